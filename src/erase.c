/*
 * erase.c: how is a subject forgotten, and kept out for ever?
 *
 * What the subject said loses its content and its key; that there was an
 * event, of which purpose and when, stays, under a keyed hash of the key.  The
 * same hash says that the subject is erased if the key ever comes back.
 */
#include "compat.h"
#include "erase.h"
#include "identity.h"
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

/* What the subject said keeps its place, and loses all else. */
static void
erase_ledger(const char *subject, const bytea *hash)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		hex = DirectFunctionCall2(binary_encode, PointerGetDatum(hash),
										  CStringGetTextDatum("hex"));
	Datum		values[] = {
		CStringGetTextDatum(subject),
		CStringGetTextDatum(psprintf("erased:%s", TextDatumGetCString(hex)))
	};

	erasing = true;
	PG_TRY();
	{
		sql_run("UPDATE aiconsent.consent SET subject = $2, channel = NULL,"
				" notice_version = NULL, evidence = NULL, reason = NULL"
				" WHERE subject = $1", 2, types, values, NULL);
	}
	PG_FINALLY();
	{
		erasing = false;
	}
	PG_END_TRY();
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
	erase_ledger(subject, hash);
	standing_judge(&set, (JudgeOptions) {.recorder = scope.saved_user});
	erase_history(subject);
	sql_end(&scope);
	PG_RETURN_VOID();
}
