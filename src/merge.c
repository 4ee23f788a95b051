/*
 * merge.c: how does what was exported come back after a restore?
 *
 * An event that the ledger lacks takes its old place, id and hash included, if
 * its subject's chain ends where it did: then the seals from before are right
 * again.  If something else was recorded there since, it is said anew, at the
 * end of the chain and with the effect that it had.
 */
#include "compat.h"
#include "erase.h"
#include "identity.h"
#include "ledger.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Nothing has lost so many rows that a higher number could be one of them. */
#define MOST_AHEAD "1000000000"

/* A column behind those of aiconsent.consent. */
enum
{
	EXISTING_HASH = CONSENT_NATTS + 1	/* of the event with that id here */
};

typedef struct Merge
{
	Datum		events;			/* jsonb[], as export_events() has them */
	Oid			recorder;
	int64		closed;			/* no event comes before this one any more */
	int64		entered;
	int64		anew;			/* of these, under another id */
	Datum		erasures;		/* bytea[]: of who was not erased here; 0: none */
	bool		judge_all;
} Merge;

static Oid	array_types[] = {JSONBARRAYOID};

/* ------------------------------------------------------------------------
 * Erasures and suppressions
 * ------------------------------------------------------------------------
 */

/* Rows of one key of what was exported that are not here. */
static uint64
missing_rows(Merge *merge, const char *query)
{
	return sql_run(query, 1, array_types, &merge->events, NULL);
}

/* Whoever was erased is so again, whatever came back of it. */
static void
merge_erasures(Merge *merge)
{
	bool		isnull;

	(void) missing_rows(merge,
						"WITH erased AS (INSERT INTO aiconsent.erasure"
						"  SELECT e.* FROM unnest($1) AS j(row),"
						"   LATERAL pg_catalog.jsonb_populate_record("
						"    NULL::aiconsent.erasure, j.row -> 'erasure') e"
						"  WHERE j.row ? 'erasure'"
						"  ON CONFLICT DO NOTHING RETURNING subject)"
						" SELECT pg_catalog.array_agg(subject) FROM erased");
	merge->erasures = sql_column(0, 1, &isnull);
	if (isnull)
		merge->erasures = (Datum) 0;
	else
	{
		erase_again(merge->erasures);
		merge->judge_all = true;
	}
}

static void
merge_suppressions(Merge *merge)
{
	if (missing_rows(merge,
					 "INSERT INTO aiconsent.suppression"
					 " (kind, identifier, reason, recorded_at, recorded_by)"
					 " SELECT DISTINCT ON (s.kind, s.identifier)"
					 "  s.kind, s.identifier, s.reason, s.recorded_at, s.recorded_by"
					 " FROM unnest($1) AS j(row),"
					 "  LATERAL pg_catalog.jsonb_populate_record("
					 "   NULL::aiconsent.suppression, j.row -> 'suppression') s"
					 " WHERE j.row ? 'suppression' AND NOT EXISTS ("
					 "  SELECT FROM aiconsent.suppression h"
					 "  WHERE h.kind = s.kind AND h.identifier = s.identifier"
					 "  AND NOT EXISTS (SELECT FROM aiconsent.suppression r"
					 "   WHERE r.retracts = h.id))"
					 " ORDER BY s.kind, s.identifier, s.recorded_at") > 0)
		merge->judge_all = true;
}

/* ------------------------------------------------------------------------
 * Events
 * ------------------------------------------------------------------------
 */

static bool
is_erased_key(const char *subject)
{
	return strncmp(subject, ERASED_PREFIX, strlen(ERASED_PREFIX)) == 0;
}

/*
 * Behind what no seal closed, and behind all that was erased of the subject:
 * its chains follow each other.
 */
static bool
is_late_enough(const Merge *merge, const Head *head, int64 id)
{
	bytea	   *hash;
	bool		has_ended;

	if (id <= merge->closed)
		return false;
	if (head->chain.id != 0 || is_erased_key(head->key))
		return head->chain.id < id;
	if (sql_is_empty("erasure"))
		return true;
	hash = identity_hash(identity_secret(), IDENTIFIER_KEY, head->key,
						 strlen(head->key));
	return erase_chain_end(chain_erased_key(hash), &has_ended).id < id;
}

/* Was that very thing said here, too? */
static bool
is_said(HeapTuple tuple, TupleDesc desc)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INT8OID};
	Datum		values[5];
	char		nulls[] = {' ', ' ', ' ', ' ', ' '};
	static const int columns[] = {
		CONSENT_SUBJECT, CONSENT_PURPOSE, CONSENT_DECISION,
		CONSENT_EFFECTIVE_AT, CONSENT_RETRACTS
	};

	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		bool		isnull;

		values[i] = SPI_getbinval(tuple, desc, columns[i], &isnull);
		nulls[i] = isnull ? 'n' : ' ';
	}
	return sql_run("SELECT FROM aiconsent.consent c WHERE c.subject = $1"
				   " AND c.purpose = $2 AND c.decision = $3"
				   " AND c.effective_at = $4"
				   " AND c.retracts IS NOT DISTINCT FROM $5 LIMIT 1",
				   5, types, values, nulls) > 0;
}

static text *
text_value(const Datum *values, const bool *nulls, int column)
{
	return nulls[column - 1] ? NULL : DatumGetTextPP(values[column - 1]);
}

/*
 * A retraction is said anew only of the very event that it is about: under
 * another id, what was retracted acts, and that can be retracted again.
 */
static bool
can_be_said_anew(const Datum *values, const bool *nulls, Decision *decision)
{
	Oid			types[] = {INT8OID, TEXTOID};
	Datum		arguments[] = {values[CONSENT_RETRACTS - 1],
	values[CONSENT_SUBJECT - 1]};

	if (!nulls[CONSENT_ERASED - 1] || nulls[CONSENT_PURPOSE - 1] ||
		!decision_of_text(TextDatumGetCString(values[CONSENT_DECISION - 1]),
						  decision))
		return false;
	return *decision != DECISION_RETRACT ||
		sql_run("SELECT FROM aiconsent.consent c"
				" WHERE c.id = $1 AND c.subject = $2 AND NOT EXISTS ("
				"  SELECT FROM aiconsent.consent r WHERE r.retracts = c.id)",
				2, types, arguments, NULL) > 0;
}

static void
say_anew(Ledger *ledger, Head *head, Decision decision, const Datum *values,
		 const bool *nulls)
{
	text	   *reason = text_value(values, nulls, CONSENT_REASON);
	LedgerEntry entry = {
		.purpose = TextDatumGetCString(values[CONSENT_PURPOSE - 1]),
		.decision = decision,
		.effective_at =
		DatumGetTimestampTz(values[CONSENT_EFFECTIVE_AT - 1]),
		.channel = text_value(values, nulls, CONSENT_CHANNEL),
		.notice_version = text_value(values, nulls, CONSENT_NOTICE_VERSION),
		.evidence = nulls[CONSENT_EVIDENCE - 1] ? (Datum) 0 :
		values[CONSENT_EVIDENCE - 1],
		.retracts = nulls[CONSENT_RETRACTS - 1] ? 0 :
		DatumGetInt64(values[CONSENT_RETRACTS - 1])
	};

	entry.reason = cstring_to_text(psprintf("merged from event " INT64_FORMAT "%s%s",
											DatumGetInt64(values[CONSENT_ID - 1]),
											reason ? ": " : "",
											reason ? text_to_cstring(reason) : ""));
	ledger_append(ledger, head, &entry);
}

/*
 * Events under the keys of erased subjects have chains, but no heads.  A command
 * sees what was entered just before it.
 */
static Head
erased_head(char *subject, int64 id)
{
	Head		head = {.key = subject};
	bool		has_ended;

	head.chain = erase_chain_end(subject, &has_ended);
	if (has_ended && head.chain.id < id)
		head.chain.id = 0;		/* the next chain */
	return head;
}

static void
merge_event(Merge *merge, HeapTuple tuple, TupleDesc desc,
			const SubjectSet *set, Ledger *ledger)
{
	Datum		values[CONSENT_NATTS];
	bool		nulls[CONSENT_NATTS];
	Decision	decision;
	bool		is_free;
	int64		id;
	char	   *subject;
	Head		erased;
	Head	   *head;

	for (int i = 0; i < CONSENT_NATTS; i++)
		values[i] = SPI_getbinval(tuple, desc, i + 1, &nulls[i]);
	(void) SPI_getbinval(tuple, desc, EXISTING_HASH, &is_free);
	id = DatumGetInt64(values[CONSENT_ID - 1]);
	subject = TextDatumGetCString(values[CONSENT_SUBJECT - 1]);
	if (is_erased_key(subject))
	{
		erased = erased_head(subject, id);
		head = &erased;
	}
	else
		head = standing_head(set, subject);
	if (is_free && is_late_enough(merge, head, id) &&
		ledger_has_place(ledger, head, values, nulls))
		ledger_restore(ledger, head, values, nulls);
	else if (!is_said(tuple, desc) &&
			 can_be_said_anew(values, nulls, &decision))
	{
		say_anew(ledger, head, decision, values, nulls);
		merge->anew++;
	}
	else
		return;
	merge->entered++;
}

/* All that was exported and is not here as it was, in its order. */
static void
merge_ledger(Merge *merge)
{
	uint64		count;
	SPITupleTable *rows;
	SubjectSet	set;
	Ledger		ledger;
	char	  **keys;
	int			n = 0;

	count = missing_rows(merge,
						 "SELECT e.id, e.subject, e.purpose, e.decision,"
						 "  e.effective_at, e.recorded_at, e.recorded_by,"
						 "  e.transaction, e.channel, e.notice_version,"
						 "  j.row -> 'event' -> 'evidence', e.reason, e.retracts,"
						 "  e.previous, e.salt, e.erased, e.hash, c.hash"
						 " FROM (SELECT DISTINCT ON ((row -> 'event' -> 'id')::bigint) row"
						 "   FROM unnest($1) AS j(row) WHERE row ? 'event') j,"
						 "  LATERAL pg_catalog.jsonb_populate_record("
						 "   NULL::aiconsent.consent, j.row -> 'event') e"
						 "  LEFT JOIN aiconsent.consent c ON c.id = e.id"
						 " WHERE c.hash IS DISTINCT FROM e.hash ORDER BY e.id");
	rows = SPI_tuptable;
	if (count == 0)
		return;
	keys = palloc_extended(count * sizeof(char *), MCXT_ALLOC_HUGE);
	for (uint64 row = 0; row < count; row++)
	{
		char	   *subject = SPI_getvalue(rows->vals[row], rows->tupdesc,
										   CONSENT_SUBJECT);

		if (!is_erased_key(subject))
			keys[n++] = subject;
	}
	set = standing_load(keys, n);
	ledger_open(&ledger, merge->recorder);
	for (uint64 row = 0; row < count; row++)
	{
		CHECK_FOR_INTERRUPTS();
		merge_event(merge, rows->vals[row], rows->tupdesc, &set, &ledger);
	}
	ledger_close(&ledger);
	standing_judge(&set, (JudgeOptions) {.recorder = merge->recorder});
}

/* ------------------------------------------------------------------------
 * Numbers
 * ------------------------------------------------------------------------
 */

/* Is the number of a set of a run that was sealed here? */
#define IS_USED(number) \
	"EXISTS (SELECT FROM aiconsent.run_seal s" \
	" WHERE aiconsent.run_had(s.numbers, " number "))"

#define GIVEN_NUMBERS \
	"unnest($1) AS j(row), LATERAL (SELECT j.row -> 'number' ->> 'subject'," \
	" (j.row -> 'number' ->> 'number')::bigint) g(subject, number)"

/* Give subjects the numbers that the query has of them. */
#define RENUMBER(query) \
	"UPDATE aiconsent.head AS h SET number = n.number," \
	" hash = aiconsent.row_hash(ROW (h.subject, h.recorded_at, h.last_event," \
	"  h.segments, h.handle, h.profile, h.last_id, h.last_hash, n.number," \
	"  ''::bytea)::aiconsent.head) FROM (" query ") n" \
	" WHERE n.subject = h.subject"

/*
 * Subjects get the numbers back that they have in the sets of runs; who was
 * given one of these since gets another.  Where the set of a run that was
 * sealed here since would name somebody else, it stays as it is.
 */
static void
merge_numbers(Merge *merge)
{
	uint64		kept;

	(void) missing_rows(merge, "SELECT pg_catalog.setval("
						"  'aiconsent.head_number_seq', GREATEST(n.last_value,"
						"   pg_catalog.max((j.row -> 'number' ->> 'number')::bigint),"
						"   pg_catalog.max((j.row -> 'erased_reference' ->> 'number')::bigint),"
						"   pg_catalog.max(8 * pg_catalog.length("
						"    (j.row -> 'run_seal' ->> 'numbers')::bytea))))"
						" FROM aiconsent.head_number_seq n, unnest($1) AS j(row)"
						" WHERE j.row ?| '{number,erased_reference,run_seal}'"
						" GROUP BY n.last_value");
	(void) missing_rows(merge, RENUMBER("SELECT h.subject, pg_catalog.nextval("
										"  'aiconsent.head_number_seq') AS number"
										" FROM aiconsent.head h, " GIVEN_NUMBERS
										" WHERE j.row ? 'number' AND g.number = h.number"
										"  AND g.subject <> h.subject"
										"  AND NOT " IS_USED("h.number")));
	(void) missing_rows(merge, RENUMBER("SELECT h.subject, g.number"
										" FROM aiconsent.head h, " GIVEN_NUMBERS
										" WHERE j.row ? 'number' AND g.subject = h.subject"
										"  AND g.number <> h.number"
										"  AND NOT " IS_USED("h.number")
										"  AND NOT EXISTS (SELECT FROM aiconsent.head o"
										"   WHERE o.number = g.number)"));
	kept = missing_rows(merge, "SELECT FROM aiconsent.head h, " GIVEN_NUMBERS
						" WHERE j.row ? 'number' AND g.subject = h.subject"
						"  AND g.number <> h.number");
	if (kept > 0)
		ereport(WARNING,
				(errmsg_plural("%d subject has another number than runs from before have it by",
							   "%d subjects have other numbers than runs from before have them by",
							   (unsigned long) kept, (int) kept),
				 errdetail("A run was sealed since the backup, by whose set they have the numbers that they have."),
				 errhint("For runs from before, ask a server that has what was lost.")));
}

/* ------------------------------------------------------------------------
 * Runs and seals
 * ------------------------------------------------------------------------
 */

/* Runs whose numbers are free, and what was written of those that are here. */
static void
merge_runs(Merge *merge)
{
	static const char *const parts[] = {"run_seal", "run_block"};

	(void) missing_rows(merge, "INSERT INTO aiconsent.run OVERRIDING SYSTEM VALUE"
						" SELECT r.* FROM unnest($1) AS j(row),"
						"  LATERAL pg_catalog.jsonb_populate_record("
						"   NULL::aiconsent.run, j.row -> 'run') r"
						" WHERE j.row ? 'run' ON CONFLICT DO NOTHING");
	(void) missing_rows(merge, "SELECT pg_catalog.setval('aiconsent.run_id_seq',"
						"  pg_catalog.max(r.id)) FROM aiconsent.run r,"
						"  unnest($1[1:1]) HAVING pg_catalog.max(r.id) > 0");
	for (int i = 0; i < (int) lengthof(parts); i++)
		(void) missing_rows(merge,
							psprintf("INSERT INTO aiconsent.%s SELECT p.*"
									 " FROM unnest($1) AS j(row),"
									 "  LATERAL pg_catalog.jsonb_populate_record("
									 "   NULL::aiconsent.%s, j.row -> '%s') p"
									 "  JOIN aiconsent.run r ON r.id = p.run"
									 "  JOIN (SELECT g.row -> 'run' ->> 'token' AS token"
									 "   FROM unnest($1) AS g(row)) g"
									 "   ON g.token = r.token::pg_catalog.text"
									 " WHERE j.row ? '%s' ON CONFLICT DO NOTHING",
									 parts[i], parts[i], parts[i], parts[i]));
}

/*
 * Who was erased since.  With the ids that they had, where these are free and
 * the runs that they were in are here again.
 */
static void
merge_erased_references(Merge *merge)
{
	(void) missing_rows(merge,
						"SELECT pg_catalog.setval('aiconsent.erased_reference_id_seq',"
						"  GREATEST(s.last_value, pg_catalog.max("
						"   (j.row -> 'erased_reference' ->> 'id')::bigint)))"
						" FROM aiconsent.erased_reference_id_seq s, unnest($1) AS j(row)"
						" WHERE j.row ? 'erased_reference' GROUP BY s.last_value");
	(void) missing_rows(merge,
						"WITH given AS (SELECT e.*, ARRAY(SELECT r.id"
						"   FROM aiconsent.run r, unnest($1) AS g(row)"
						"   WHERE r.id = ANY (e.runs)"
						"    AND g.row -> 'run' ->> 'token' = r.token::pg_catalog.text"
						"   ORDER BY r.id) AS here"
						"  FROM unnest($1) AS j(row),"
						"   LATERAL pg_catalog.jsonb_populate_record("
						"    NULL::aiconsent.erased_reference, j.row -> 'erased_reference') e"
						"  WHERE j.row ? 'erased_reference' AND NOT EXISTS ("
						"   SELECT FROM aiconsent.erased_reference o"
						"   WHERE o.subject_ref = e.subject_ref"
						"    AND o.purpose = e.purpose AND o.key_since = e.key_since"
						"    AND o.erased_at = e.erased_at))"
						" INSERT INTO aiconsent.erased_reference OVERRIDING SYSTEM VALUE"
						" SELECT (n.r).id, (n.r).number, (n.r).purpose,"
						"  (n.r).key_since, (n.r).subject_ref, (n.r).runs,"
						"  (n.r).erased_at, aiconsent.row_hash(n.r)"
						" FROM (SELECT ROW (CASE WHEN g.here = g.runs AND NOT EXISTS ("
						"    SELECT FROM aiconsent.erased_reference o WHERE o.id = g.id)"
						"    THEN g.id ELSE pg_catalog.nextval("
						"     'aiconsent.erased_reference_id_seq') END,"
						"   g.number, g.purpose, g.key_since, g.subject_ref, g.here,"
						"   g.erased_at, ''::bytea)::aiconsent.erased_reference AS r"
						"  FROM given g) n");
}

/*
 * Those that come next of ours, as far as all that they closed is here again;
 * after one that was made here, there is none.
 */
static void
merge_seals(Merge *merge)
{
	uint64		count;

	count = missing_rows(merge,
						 "WITH given AS (SELECT s.* FROM unnest($1) AS j(row),"
						 "   LATERAL pg_catalog.jsonb_populate_record("
						 "    NULL::aiconsent.seal, j.row -> 'seal') s"
						 "  WHERE j.row ? 'seal'),"
						 " ours AS (SELECT COALESCE(pg_catalog.max(o.id), 0) AS id"
						 "  FROM aiconsent.seal o)"
						 " INSERT INTO aiconsent.seal"
						 " SELECT g.* FROM given g, ours o WHERE g.id > o.id"
						 "  AND (SELECT n.previous FROM given n WHERE n.id = o.id + 1"
						 "   LIMIT 1) IS NOT DISTINCT FROM"
						 "   (SELECT s.root FROM aiconsent.seal s WHERE s.id = o.id)"
						 "  AND EXISTS (SELECT FROM given n WHERE n.id = o.id + 1)"
						 "  AND NOT EXISTS (SELECT FROM unnest($1) AS j(row),"
						 "   LATERAL pg_catalog.jsonb_populate_record("
						 "    NULL::aiconsent.seal_block, j.row -> 'seal_block') b,"
						 "   unnest(b.ids, b.hashes) e(id, hash)"
						 "   WHERE j.row ? 'seal_block' AND b.seal <= g.id"
						 "    AND NOT CASE b.kind WHEN 'event' THEN EXISTS ("
						 "      SELECT FROM aiconsent.consent c"
						 "      WHERE c.id = e.id AND c.hash = e.hash)"
						 "     WHEN 'run' THEN EXISTS (SELECT FROM aiconsent.run r"
						 "      WHERE r.id = e.id AND r.hash = e.hash)"
						 "     WHEN 'erased_reference' THEN EXISTS ("
						 "      SELECT FROM aiconsent.erased_reference r"
						 "      WHERE r.id = e.id AND r.hash = e.hash)"
						 "     ELSE EXISTS (SELECT FROM aiconsent.run_seal r"
						 "      WHERE r.run = e.id AND r.hash = e.hash) END)"
						 " ON CONFLICT DO NOTHING");
	if (count > 0)
		(void) missing_rows(merge,
							"INSERT INTO aiconsent.seal_block"
							" SELECT b.* FROM unnest($1) AS j(row),"
							"  LATERAL pg_catalog.jsonb_populate_record("
							"   NULL::aiconsent.seal_block, j.row -> 'seal_block') b"
							" WHERE j.row ? 'seal_block' AND EXISTS ("
							"  SELECT FROM aiconsent.seal s WHERE s.id = b.seal)"
							" ON CONFLICT DO NOTHING");
}

static void
check_rows(Merge *merge)
{
	if (missing_rows(merge, "SELECT FROM unnest($1) AS j(row)"
					 " WHERE COALESCE(pg_catalog.jsonb_typeof(j.row) <> 'object'"
					 "  OR NOT j.row ?| '{event,erasure,suppression,number,run,run_seal,run_block,erased_reference,seal,seal_block}',"
					 "  true) LIMIT 1") > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("not all of these are rows of export_events()"),
				 errdetail("Nothing was merged.")));
	if (missing_rows(merge, "SELECT FROM unnest($1) AS j(row),"
					 "  LATERAL pg_catalog.jsonb_populate_record("
					 "   NULL::aiconsent.consent, j.row -> 'event') e,"
					 "  aiconsent.consent_id_seq s"
					 " WHERE j.row ? 'event' AND NOT COALESCE("
					 "  e.id > 0 AND e.id < s.last_value + " MOST_AHEAD
					 "  AND e.subject IS NOT NULL"
					 "  AND e.decision IN ('grant', 'object', 'hold', 'release',"
					 "   'retract', 'mirror_true', 'mirror_false',"
					 "   'mirror_unknown', 'erase')"
					 "  AND (e.purpose IS NULL) = (e.decision = 'erase')"
					 "  AND (e.retracts IS NULL) = (e.decision <> 'retract')"
					 "  AND pg_catalog.isfinite(e.effective_at)"
					 "  AND e.recorded_at IS NOT NULL AND e.recorded_by IS NOT NULL"
					 "  AND e.transaction IS NOT NULL"
					 "  AND COALESCE(e.previous < e.id, true)"
					 "  AND (e.salt IS NULL) = (e.erased IS NOT NULL)"
					 "  AND pg_catalog.length(e.hash) = 32, false) LIMIT 1") > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("not all of these events are as the ledger has them"),
				 errdetail("Nothing was merged.")));
}

/* Nor would a sequence go on behind a number that nobody can have had. */
static void
check_numbers(Merge *merge, const char *what, const char *key, const char *column,
			  const char *sequence)
{
	if (missing_rows(merge,
					 psprintf("SELECT FROM unnest($1) AS j(row), aiconsent.%s s"
							  " WHERE j.row ? '%s' AND NOT COALESCE("
							  "  (j.row -> '%s' ->> '%s')::bigint"
							  "   BETWEEN 1 AND s.last_value + " MOST_AHEAD
							  "  , false) LIMIT 1",
							  sequence, key, key, column)) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("not all of these %s are as they were exported", what),
				 errdetail("Nothing was merged.")));
}

static void
take_numbers(Merge *merge)
{
	bool		isnull;

	/* What is said anew must not take the id of what keeps its own. */
	(void) missing_rows(merge,
						"SELECT pg_catalog.setval('aiconsent.consent_id_seq',"
						"  GREATEST(s.last_value, pg_catalog.max("
						"   (j.row -> 'event' ->> 'id')::bigint)))"
						" FROM aiconsent.consent_id_seq s, unnest($1) AS j(row)"
						" WHERE j.row ? 'event' GROUP BY s.last_value");
	sql_runf("SELECT COALESCE(pg_catalog.max(s.last_event), 0)"
			 " FROM aiconsent.seal s");
	merge->closed = DatumGetInt64(sql_column(0, 1, &isnull));
}

PG_FUNCTION_INFO_V1(merge_events);
Datum
merge_events(PG_FUNCTION_ARGS)
{
	Merge		merge = {0};
	SqlScope	scope;

	require_read_committed("merge_events()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the events to merge must not be null")));
	merge.events = PG_GETARG_DATUM(0);
	scope = sql_begin(sql_owner());
	merge.recorder = scope.saved_user;
	standing_lock_all();
	sql_runf("LOCK TABLE aiconsent.seal IN SHARE ROW EXCLUSIVE MODE");
	check_rows(&merge);
	check_numbers(&merge, "numbers", "number", "number", "head_number_seq");
	check_numbers(&merge, "runs", "run", "id", "run_id_seq");
	check_numbers(&merge, "references", "erased_reference", "id",
				  "erased_reference_id_seq");
	check_numbers(&merge, "references", "erased_reference", "number",
				  "head_number_seq");
	take_numbers(&merge);
	merge_erasures(&merge);
	merge_suppressions(&merge);
	merge_ledger(&merge);
	if (merge.erasures != (Datum) 0)
		erase_end_chains(merge.erasures, merge.recorder);
	merge_numbers(&merge);
	merge_runs(&merge);
	merge_erased_references(&merge);
	merge_seals(&merge);
	if (merge.judge_all)
		standing_judge_all(merge.recorder);
	if (merge.anew > 0)
		ereport(NOTICE,
				(errmsg(INT64_FORMAT " events were entered under new ids",
						merge.anew),
				 errdetail("Something else was recorded in their places, or closed by a seal, since the backup.")));
	registry_change(merge.recorder, "merge_events", SCHEMA_NAME ".consent",
					NULL, psprintf(INT64_FORMAT " events", merge.entered), NULL);
	sql_end(&scope);
	PG_RETURN_INT64(merge.entered);
}
