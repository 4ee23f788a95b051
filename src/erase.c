/*
 * erase.c: how is a subject forgotten, and kept out for ever?
 *
 * What the subject said loses its content and its key; that there was an
 * event, of which purpose and when, stays, under a keyed hash of the key, and
 * so does the event's own hash.  The same keyed hash says that the subject is
 * erased if the key ever comes back.
 */
#include "compat.h"
#include "erase.h"
#include "identity.h"
#include "ledger.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static bool erasing = false;

bool
erase_in_progress(void)
{
	return erasing;
}

/* The key under which the ledger goes on having what the subject said. */
static char *
erased_key(const bytea *hash)
{
	Datum		hex = DirectFunctionCall2(binary_encode, PointerGetDatum(hash),
										  CStringGetTextDatum("hex"));

	return psprintf("erased:%s", TextDatumGetCString(hex));
}

/* What the subject said keeps its place and its hash, and loses all else. */
static void
erase_events(const char *subject, const char *erased)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[] = {
		CStringGetTextDatum(subject), CStringGetTextDatum(erased)
	};

	erasing = true;
	PG_TRY();
	{
		sql_run("UPDATE aiconsent.consent AS c SET subject = $2,"
				" channel = NULL, notice_version = NULL, evidence = NULL,"
				" reason = NULL, salt = NULL,"
				" erased = aiconsent.consent_content(c)"
				" WHERE c.subject = $1", 2, types, values, NULL);
	}
	PG_FINALLY();
	{
		erasing = false;
	}
	PG_END_TRY();
}

/* The chain goes on under the other key, and ends with its erasure. */
static void
end_chain(Head *head, char *erased, Oid recorder)
{
	Ledger		ledger;
	Head		end = {.key = erased,.chain = head->chain};

	ledger_open(&ledger, recorder);
	ledger_append(&ledger, &end, &(LedgerEntry)
				  {
					  .decision = DECISION_ERASE,
					  .effective_at = standing_next_instant(head)
				  });
	ledger_close(&ledger);
	head->chain.id = 0;
}

static void
erase_history(const char *subject)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(subject)};

	sql_run("DELETE FROM aiconsent.head_history WHERE subject = $1",
			1, types, values, NULL);
}

PG_FUNCTION_INFO_V1(erase_subject);
Datum
erase_subject(PG_FUNCTION_ARGS)
{
	Oid			types[] = {BYTEAOID, TEXTOID, TEXTOID};
	Datum		values[3];
	SqlScope	scope;
	char	   *subject;
	char	   *key;
	bytea	   *hash;
	SubjectSet	set;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the subject to erase must not be null")));
	if (PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs a reason", "an erasure"),
				 errhint("Say why: reason => '...'.")));

	scope = sql_begin(sql_owner());
	subject = subject_key(PG_GETARG_DATUM(0),
						  get_fn_expr_argtype(fcinfo->flinfo, 0));
	key = pstrdup(subject);
	set = standing_lock(&key, 1);
	hash = identity_hash(identity_secret(), IDENTIFIER_KEY, subject,
						 strlen(subject));
	values[0] = PointerGetDatum(hash);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = CStringGetTextDatum(GetUserNameFromId(scope.saved_user, false));
	if (sql_run("INSERT INTO aiconsent.erasure (subject, reason, recorded_by)"
				" VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
				3, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("this subject is erased already")));
	erase_events(subject, erased_key(hash));
	end_chain(&set.heads[0], erased_key(hash), scope.saved_user);
	standing_judge(&set, (JudgeOptions) {.recorder = scope.saved_user});
	erase_history(subject);
	sql_end(&scope);
	PG_RETURN_VOID();
}
