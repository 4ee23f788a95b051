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
#include "run.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static bool erasing = false;

bool
erase_in_progress(void)
{
	return erasing;
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
end_chain(char *erased, const ChainEnd *chain, Instant at, Oid recorder)
{
	Ledger		ledger;
	Head		head = {.key = erased,.chain = *chain};

	ledger_open(&ledger, recorder);
	ledger_append(&ledger, &head, &(LedgerEntry)
				  {
					  .decision = DECISION_ERASE,
					  .effective_at = at
				  });
	ledger_close(&ledger);
}

/* What was said since is to be erased, too. */
static void
require_something_to_erase(const char *subject, const bytea *hash)
{
	Oid			types[] = {TEXTOID, BYTEAOID};
	Datum		values[] = {CStringGetTextDatum(subject), PointerGetDatum(hash)};

	if (sql_run("SELECT FROM aiconsent.erasure e WHERE e.subject = $2"
				" AND NOT EXISTS (SELECT FROM aiconsent.consent c"
				"  WHERE c.subject = $1) LIMIT 1", 2, types, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("this subject is erased already"),
				 errdetail("It has said nothing since.")));
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
	char	   *erased;
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
	require_something_to_erase(subject, hash);
	values[0] = PointerGetDatum(hash);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = CStringGetTextDatum(GetUserNameFromId(scope.saved_user, false));
	(void) sql_run("INSERT INTO aiconsent.erasure (subject, reason, recorded_by)"
				   " VALUES ($1, $2, $3)", 3, types, values, NULL);
	run_remember_erased(subject);
	erased = chain_erased_key(hash);
	erase_events(subject, erased);
	end_chain(erased, &set.heads[0].chain,
			  standing_next_instant(&set.heads[0]), scope.saved_user);
	set.heads[0].chain.id = 0;
	standing_judge(&set, (JudgeOptions) {.recorder = scope.saved_user});
	erase_history(subject);
	sql_end(&scope);
	PG_RETURN_VOID();
}

/* ------------------------------------------------------------------------
 * The same behind a restore
 * ------------------------------------------------------------------------
 */

/* So many subjects are looked at at once. */
#define BATCH 10000

static int
compare_hashes(const void *a, const void *b)
{
	const bytea *const *x = a;
	const bytea *const *y = b;

	return memcmp(VARDATA_ANY(*x), VARDATA_ANY(*y), IDENTITY_HASH_BYTES);
}

/* Those of the right length, sorted. */
static bytea **
sorted_hashes(Datum hashes, int *n)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	bytea	  **sorted;

	deconstruct_array(DatumGetArrayTypeP(hashes), BYTEAOID, -1, false,
					  TYPALIGN_INT, &values, &nulls, &count);
	sorted = palloc_extended(count * sizeof(bytea *) + 1, MCXT_ALLOC_HUGE);
	*n = 0;
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i] &&
			VARSIZE_ANY_EXHDR(DatumGetByteaPP(values[i])) == IDENTITY_HASH_BYTES)
			sorted[(*n)++] = DatumGetByteaPP(values[i]);
	}
	qsort(sorted, *n, sizeof(bytea *), compare_hashes);
	return sorted;
}

static void
forget(const char *subject, const bytea *hash)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(subject)};

	run_remember_erased(subject);
	erase_events(subject, chain_erased_key(hash));
	erase_history(subject);
	sql_run("UPDATE aiconsent.head SET last_id = NULL, last_hash = NULL"
			" WHERE subject = $1", 1, types, values, NULL);
	sql_run("UPDATE aiconsent.head AS h SET hash = aiconsent.row_hash(h)"
			" WHERE h.subject = $1", 1, types, values, NULL);
}

/* Whose the hashes are is only known by hashing every subject's key. */
void
erase_again(Datum hashes)
{
	int			n;
	bytea	  **sorted = sorted_hashes(hashes, &n);
	bytea	   *secret = identity_secret();
	Oid			types[] = {TEXTOID, INT4OID};
	Datum		values[] = {CStringGetTextDatum(""), Int32GetDatum(BATCH)};
	uint64		count;

	do
	{
		SPITupleTable *rows;

		CHECK_FOR_INTERRUPTS();
		count = sql_run("SELECT h.subject FROM aiconsent.head h"
						" WHERE h.subject > $1 ORDER BY h.subject LIMIT $2",
						2, types, values, NULL);
		rows = SPI_tuptable;
		for (uint64 row = 0; row < count; row++)
		{
			char	   *subject = SPI_getvalue(rows->vals[row], rows->tupdesc, 1);
			bytea	   *hash = identity_hash(secret, IDENTIFIER_KEY, subject,
											 strlen(subject));

			if (bsearch(&hash, sorted, n, sizeof(bytea *), compare_hashes))
				forget(subject, hash);
			if (row + 1 == count)
				values[0] = CStringGetTextDatum(subject);
			pfree(subject);
			pfree(hash);
		}
		SPI_freetuptable(rows);
	} while (count == BATCH);
}

ChainEnd
erase_chain_end(const char *erased, bool *has_ended)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(erased)};
	ChainEnd	end = {0};
	bool		isnull;
	bytea	   *hash;

	*has_ended = false;
	if (sql_run("SELECT c.id, c.hash, c.decision = 'erase'"
				" FROM aiconsent.consent c"
				" WHERE c.subject = $1 ORDER BY c.id DESC LIMIT 1",
				1, types, values, NULL) == 0)
		return end;
	end.id = DatumGetInt64(sql_column(0, 1, &isnull));
	*has_ended = DatumGetBool(sql_column(0, 3, &isnull));
	hash = DatumGetByteaPP(sql_column(0, 2, &isnull));
	memcpy(end.hash, VARDATA_ANY(hash),
		   Min(VARSIZE_ANY_EXHDR(hash), SHA256_BYTES));
	return end;
}

void
erase_end_chains(Datum hashes, Oid recorder)
{
	int			n;
	bytea	  **sorted = sorted_hashes(hashes, &n);

	for (int i = 0; i < n; i++)
	{
		char	   *erased = chain_erased_key(sorted[i]);
		bool		has_ended;
		ChainEnd	end = erase_chain_end(erased, &has_ended);

		if (!has_ended)
			end_chain(erased, &end, GetCurrentTimestamp(), recorder);
	}
}
