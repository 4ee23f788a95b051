/*
 * run.c: what was a training run given?
 *
 * That a run began is committed before any data can flow, so that a run which
 * fails, or is rolled back, is on record; until it is sealed, everybody who
 * could be seen since counts as having been in.
 */
#include "compat.h"
#include "autonomous.h"
#include "lend.h"
#include "members.h"
#include "policy.h"
#include "published.h"
#include "registry.h"
#include "run.h"
#include "sql.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* ------------------------------------------------------------------------
 * Beginning
 * ------------------------------------------------------------------------
 */

/* By their names, all of the purpose. */
static Datum
check_views(FunctionCallInfo fcinfo, int argument, const char *purpose)
{
	List	   *published = views_of_purpose(purpose);
	List	   *views = NIL;
	char	  **names;
	int			n = 0;
	ListCell   *lc;

	if (PG_ARGISNULL(argument))
	{
		foreach(lc, published)
		{
			if (!is_corpus_part(lfirst_oid(lc)))
				views = lappend_oid(views, lfirst_oid(lc));
		}
	}
	else
	{
		Datum	   *given;
		bool	   *nulls;
		int			ngiven;

		deconstruct_array(PG_GETARG_ARRAYTYPE_P(argument), REGCLASSOID,
						  sizeof(Oid), true, TYPALIGN_INT, &given, &nulls,
						  &ngiven);
		for (int i = 0; i < ngiven; i++)
		{
			Oid			view = nulls[i] ? InvalidOid : DatumGetObjectId(given[i]);

			if (!list_member_oid(published, view) || is_corpus_part(view))
				ereport(ERROR,
						(errcode(ERRCODE_WRONG_OBJECT_TYPE),
						 errmsg("%s is no training view of purpose \"%s\"",
								get_rel_name(view) ? sql_relation(view) : "null",
								purpose),
						 errhint("SELECT aiconsent.publish(%s); lists them.",
								 quote_literal_cstr(purpose))));
			views = list_append_unique_oid(views, view);
		}
	}
	if (views == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no training view of purpose \"%s\" to run on",
						purpose),
				 errhint("SELECT aiconsent.publish(%s);",
						 quote_literal_cstr(purpose))));
	names = palloc(list_length(views) * sizeof(char *));
	foreach(lc, views)
		names[n++] = sql_relation(lfirst_oid(lc));
	return sql_text_array(names, n);
}

static void
require_primary(void)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("a run cannot be begun on a standby"),
				 errhint("Read there, and record on the primary what run_manifest() gives: SELECT aiconsent.record_run('...');")));
}

static void
require_lasting_snapshot(void)
{
	if (!IsTransactionBlock() || IsSubTransaction() ||
		!IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("a run needs a transaction whose snapshot lasts"),
				 errhint("BEGIN ISOLATION LEVEL REPEATABLE READ; and read before it ends.")));
}

static char *
required_text(FunctionCallInfo fcinfo, int argument, const char *what)
{
	if (PG_ARGISNULL(argument) ||
		VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(argument)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of a run must be given", what)));
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/*
 * What the transaction sees.  On a standby the server does not say which
 * transactions were in progress: none from the oldest of them on.
 */
#define SNAPSHOT \
	"(SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN" \
	"  pg_catalog.format('%s:%s:', pg_catalog.pg_snapshot_xmin(s.s)," \
	"   pg_catalog.pg_snapshot_xmin(s.s))::pg_catalog.pg_snapshot ELSE s.s END" \
	" FROM pg_catalog.pg_current_snapshot() s(s))"

/* What is said of the run, as one value. */
#define SAY \
	"SELECT pg_catalog.jsonb_build_object('token', pg_catalog.gen_random_uuid()," \
	" 'name', $1, 'purpose', $2, 'views', $3, 'recipient', $4," \
	" 'begun_at', pg_catalog.clock_timestamp(), 'begun_by', $5," \
	" 'instant', pg_catalog.now()," \
	" 'system_identifier', l.system_identifier, 'timeline', l.timeline," \
	" 'snapshot', " SNAPSHOT "," \
	" 'policies', (SELECT pg_catalog.array_agg(p.id ORDER BY p.id)" \
	"  FROM aiconsent.policy p WHERE p.purpose = $2)," \
	" 'labels', aiconsent.run_labels($3)," \
	" 'rules', aiconsent.rules_version()," \
	" 'key_since', (SELECT pg_catalog.max(k.since) FROM aiconsent.pseudonym_key k" \
	"  WHERE k.purpose = $2)) FROM aiconsent.server_line() l"

/* And recorded. */
#define RECORD \
	"WITH numbered AS MATERIALIZED (" \
	"  SELECT pg_catalog.jsonb_populate_record(NULL::aiconsent.run," \
	"   $1::pg_catalog.jsonb || pg_catalog.jsonb_build_object('id'," \
	"    pg_catalog.nextval('aiconsent.run_id_seq'))) AS r)" \
	" INSERT INTO aiconsent.run OVERRIDING SYSTEM VALUE" \
	" SELECT f.* FROM numbered n," \
	"  LATERAL pg_catalog.jsonb_populate_record(n.r," \
	"   pg_catalog.jsonb_build_object('hash', aiconsent.run_hash(n.r))) f"

/* The arguments of begin_run() and run_manifest(), in one value. */
static char *
say(FunctionCallInfo fcinfo, const SqlScope *scope)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID};
	Datum		values[5];
	char	   *purpose = required_text(fcinfo, 1, "the purpose");

	values[0] = CStringGetTextDatum(required_text(fcinfo, 0, "the name"));
	values[1] = CStringGetTextDatum(purpose);
	values[3] = CStringGetTextDatum(required_text(fcinfo, 3, "the recipient"));
	values[4] = CStringGetTextDatum(GetUserNameFromId(scope->saved_user, false));
	require_purpose(purpose);
	values[2] = check_views(fcinfo, 2, purpose);
	(void) sql_run("SELECT (" SAY ")::pg_catalog.text", 5, types, values, NULL);
	return sql_text_column(0, 1);
}

/*
 * Who is erased is remembered for the runs that are on record.  So nobody is
 * while one is put there, and who was since the snapshot that it reads by does
 * not know of it.
 */
static void
keep_erasures_out(void)
{
	static const char count[] = "SELECT pg_catalog.count(*) FROM aiconsent.erasure";
	int64		seen;
	int64		committed;
	bool		isnull;

	LockRelationOid(sql_table("erasure"), ShareLock);
	(void) sql_run(count, 0, NULL, NULL, NULL);
	seen = DatumGetInt64(sql_column(0, 1, &isnull));
	(void) sql_run_now(count);
	committed = DatumGetInt64(sql_column(0, 1, &isnull));
	if (seen != committed)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("somebody was erased since this transaction began"),
				 errhint("Begin the transaction anew.")));
}

/* A query that names the columns of begin_run() by a star calls it for each. */
static void
require_new_run(FunctionCallInfo fcinfo)
{
	if (sql_run_now(psprintf("SELECT FROM aiconsent.run r WHERE r.instant = %s"
							 " AND r.name = %s AND r.purpose = %s",
							 quote_literal_cstr(timestamptz_to_str(GetCurrentTransactionStartTimestamp())),
							 quote_literal_cstr(text_to_cstring(PG_GETARG_TEXT_PP(0))),
							 quote_literal_cstr(text_to_cstring(PG_GETARG_TEXT_PP(1))))) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("this transaction has begun a run of this name already"),
				 errhint("SELECT * FROM aiconsent.begin_run(...); calls it once.")));
}

PG_FUNCTION_INFO_V1(begin_run);
Datum
begin_run(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	TupleDesc	desc;
	SqlScope	scope;
	char	   *said;
	bool		isnull;
	Datum		results[3];
	bool		nulls[3] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	require_primary();
	require_lasting_snapshot();
	scope = sql_begin(sql_owner());
	said = say(fcinfo, &scope);
	require_new_run(fcinfo);
	keep_erasures_out();
	autonomous_run(RECORD, said);
	UnlockRelationOid(sql_table("erasure"), ShareLock);
	(void) sql_run_now(psprintf("SELECT r.id, r.token::pg_catalog.text"
								" FROM aiconsent.run r WHERE r.token ="
								" (%s::pg_catalog.jsonb ->> 'token')::pg_catalog.uuid",
								quote_literal_cstr(said)));
	results[0] = sql_column(0, 1, &isnull);
	said = MemoryContextStrdup(caller, sql_text_column(0, 2));
	sql_end(&scope);
	results[1] = DirectFunctionCall1(uuid_in, CStringGetDatum(said));
	results[2] = CStringGetTextDatum(ExportSnapshot(GetTransactionSnapshot()));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  results, nulls)));
}

/* ------------------------------------------------------------------------
 * Finding
 * ------------------------------------------------------------------------
 */

/* Of columns that are named as those of aiconsent.run. */
#define COLUMNS \
	"r.id, r.purpose, r.views, r.key_since, r.instant," \
	" r.snapshot::pg_catalog.text, r.hash," \
	" (SELECT p.id FROM aiconsent.purpose p WHERE p.name = r.purpose)," \
	" r.system_identifier, r.timeline"

static bytea *
bytes_column(int column)
{
	bool		isnull;
	Datum		value = sql_column(0, column, &isnull);

	return isnull ? NULL : (bytea *) PG_DETOAST_DATUM_COPY(value);
}

/* The first row of COLUMNS. */
static Run *
read_run(void)
{
	Run		   *run = palloc0(sizeof(Run));
	bool		isnull;
	Datum	   *views;
	Datum		value = sql_column(0, 3, &isnull);

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false,
					  TYPALIGN_INT, &views, NULL, &run->nviews);
	run->views = palloc(run->nviews * sizeof(char *) + 1);
	for (int i = 0; i < run->nviews; i++)
		run->views[i] = TextDatumGetCString(views[i]);
	run->id = DatumGetInt64(sql_column(0, 1, &isnull));
	run->purpose = sql_text_column(0, 2);
	run->key_since = DatumGetTimestampTz(sql_column(0, 4, &isnull));
	run->time.from = DatumGetTimestampTz(sql_column(0, 5, &isnull));
	run->time.until = GetCurrentTimestamp();
	run->time.snapshot = sql_text_column(0, 6);
	run->hash = bytes_column(7);
	run->time.purpose = DatumGetInt16(sql_column(0, 8, &isnull));
	run->time.line.system_identifier = DatumGetInt64(sql_column(0, 9, &isnull));
	run->time.line.timeline = DatumGetInt32(sql_column(0, 10, &isnull));
	return run;
}

Run *
run_find(const char *where)
{
	Run		   *run;
	bool		isnull;

	if (sql_run_now(psprintf("SELECT " COLUMNS ", s.sealed_at, s.numbers"
							 " FROM aiconsent.run r"
							 " LEFT JOIN aiconsent.run_seal s ON s.run = r.id"
							 " WHERE %s", where)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("there is no such run"),
				 errhint("Runs are listed in aiconsent.run.")));
	run = read_run();
	run->time.run = run->id;
	run->numbers = bytes_column(12);
	run->is_sealed = run->numbers != NULL;
	if (run->is_sealed)
		run->time.until = DatumGetTimestampTz(sql_column(0, 11, &isnull));
	return run;
}

const bytea *
run_members(const Run *run)
{
	return run->is_sealed ? run->numbers : members_of(&run->time);
}

/*
 * Under each key of a purpose that the subject was ever eligible for: a run on
 * a standby is recorded when it has ended.
 */
#define ERASED_REFERENCES \
	"SELECT h.number, k.purpose, k.since," \
	" aiconsent.pseudonym_since($1, k.purpose, NULL, k.since)," \
	" COALESCE(o.runs, '{}')" \
	" FROM aiconsent.head h, aiconsent.pseudonym_key k," \
	"  LATERAL (SELECT pg_catalog.array_agg(r.id ORDER BY r.id)" \
	"   FROM aiconsent.run_of_subject($1) s JOIN aiconsent.run r ON r.id = s.run" \
	"   WHERE s.was_in AND r.purpose = k.purpose AND r.key_since = k.since) o(runs)" \
	" WHERE h.subject = $1 AND h.number IS NOT NULL" \
	"  AND (o.runs IS NOT NULL OR EXISTS (" \
	"   SELECT FROM (SELECT h.segments UNION ALL SELECT y.segments" \
	"     FROM aiconsent.head_history y WHERE y.subject = $1) v," \
	"    LATERAL aiconsent.standing_segments(v.segments) g" \
	"    JOIN aiconsent.purpose p ON p.id = g.purpose" \
	"   WHERE p.name = k.purpose AND g.verdict OPERATOR(aiconsent.=) 'eligible'" \
	"    AND g.since <= pg_catalog.clock_timestamp()))"

void
run_remember_erased(const char *subject)
{
	Oid			types[] = {INT8OID, TEXTOID, TIMESTAMPTZOID, TEXTOID,
	INT8ARRAYOID};
	Oid			key_type = TEXTOID;
	Datum		key = CStringGetTextDatum(subject);
	uint64		count = sql_run_committed(ERASED_REFERENCES, 1, &key_type, &key,
										  NULL);
	SPITupleTable *rows = SPI_tuptable;

	for (uint64 row = 0; row < count; row++)
	{
		Datum		values[lengthof(types)];
		bool		isnull;

		for (int i = 0; i < (int) lengthof(types); i++)
			values[i] = SPI_getbinval(rows->vals[row], rows->tupdesc, i + 1,
									  &isnull);
		(void) sql_run("INSERT INTO aiconsent.erased_reference"
					   " OVERRIDING SYSTEM VALUE"
					   " SELECT (n.r).id, (n.r).number, (n.r).purpose,"
					   "  (n.r).key_since, (n.r).subject_ref, (n.r).runs,"
					   "  (n.r).erased_at, aiconsent.row_hash(n.r)"
					   " FROM (SELECT ROW ("
					   "   pg_catalog.nextval('aiconsent.erased_reference_id_seq'),"
					   "   $1, $2, $3, $4, $5, pg_catalog.clock_timestamp(),"
					   "   ''::bytea)::aiconsent.erased_reference AS r) n",
					   lengthof(types), types, values, NULL);
	}
	SPI_freetuptable(rows);
}

/* ------------------------------------------------------------------------
 * What it was given
 * ------------------------------------------------------------------------
 */

/* What is hashed, and what a manifest says, follows no setting of a session. */
void
run_set(void)
{
	static const char *const settings[][2] = {
		{"timezone", "UTC"}, {"datestyle", "ISO"}, {"bytea_output", "hex"},
		{"intervalstyle", "postgres"}, {"extra_float_digits", "1"}
	};

	for (int i = 0; i < (int) lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static Oid
view_by_name(const char *name, const char *purpose)
{
	RangeVar   *range = makeRangeVarFromNameList(qualified_names(name));
	Oid			view = RangeVarGetRelid(range, NoLock, true);
	char	   *published = OidIsValid(view) ? view_purpose(view) : NULL;

	return published && strcmp(published, purpose) == 0 ? view : InvalidOid;
}

/* Rows as to_json() writes them, by whichever session. */
static char *
blocks_of_view(Oid view, const char *name)
{
	return psprintf("SELECT %s AS view, b.block, pg_catalog.count(*) AS rows,"
					" pg_catalog.sha256(pg_catalog.string_agg(b.hash, ''"
					"  ORDER BY b.hash)) AS digest"
					" FROM (SELECT h.hash, pg_catalog.get_byte(h.hash, 0) AS block"
					"  FROM %s t, LATERAL (SELECT pg_catalog.sha256("
					"   pg_catalog.convert_to(pg_catalog.to_json(t)::pg_catalog.text,"
					"    'UTF8')) AS hash OFFSET 0) h) b"
					" GROUP BY b.block",
					quote_literal_cstr(name), sql_relation(view));
}

/* Of each view, under this transaction's snapshot: an array of run_block. */
static char *
blocks_of(const Run *run, Oid sealer)
{
	StringInfoData query;
	Lent		lent;
	bool		isnull;
	char	   *blocks;

	initStringInfo(&query);
	for (int i = 0; i < run->nviews; i++)
	{
		Oid			view = view_by_name(run->views[i], run->purpose);

		if (!OidIsValid(view))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("view %s, which the run reads, is gone",
							run->views[i]),
					 errhint("End the run by aiconsent.fail_run(token, reason).")));
		appendStringInfo(&query, "%s%s", i > 0 ? " UNION ALL " : "",
						 blocks_of_view(view, run->views[i]));
	}
	lent = lend(sealer, psprintf("SELECT COALESCE(pg_catalog.jsonb_agg("
								 " pg_catalog.to_jsonb(b)), '[]')::pg_catalog.text"
								 " FROM (%s) b", query.data));
	(void) lent_next(&lent);
	blocks = TextDatumGetCString(slot_getattr(lent.slot, 1, &isnull));
	lent_end(&lent);
	return blocks;
}

/* Does this transaction see what the run's workers see? */
static bool
is_runs_own(const Run *run, bool has_written)
{
	/* What it wrote itself, its workers do not see. */
	if (!IsolationUsesXactSnapshot() || has_written ||
		GetCurrentTransactionStartTimestamp() != run->time.from)
		return false;
	(void) sql_run("SELECT (" SNAPSHOT ")::pg_catalog.text", 0, NULL, NULL, NULL);
	return strcmp(sql_text_column(0, 1), run->time.snapshot) == 0;
}

/* A row of run_seal but for run and hash. */
static char *
seal_of(const Run *run, const char *outcome, const char *reason, Oid sealer,
		bool has_written)
{
	Oid			types[] = {TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID,
	INT8OID, BYTEAOID};
	bool		failed = strcmp(outcome, "failed") == 0;
	bytea	   *members = members_of(&run->time);
	Datum		values[] = {
		TimestampTzGetDatum(run->time.until),
		CStringGetTextDatum(GetUserNameFromId(sealer, false)),
		CStringGetTextDatum(outcome),
		reason ? CStringGetTextDatum(reason) : (Datum) 0,
		BoolGetDatum(!failed && is_runs_own(run, has_written)),
		Int64GetDatum(members_count(members)),
		PointerGetDatum(members)
	};

	(void) sql_run("SELECT pg_catalog.jsonb_build_object('sealed_at', $1,"
				   " 'sealed_by', $2, 'outcome', $3, 'reason', $4, 'exact', $5,"
				   " 'members', $6, 'numbers', $7)::pg_catalog.text",
				   7, types, values, reason ? NULL : "   n   ");
	return sql_text_column(0, 1);
}

/* ------------------------------------------------------------------------
 * Sealing
 * ------------------------------------------------------------------------
 */

/* The blocks first, which the seal's hash is of, too.  Returns that. */
static bytea *
write_seal(const Run *run, const char *seal, const char *blocks)
{
	Oid			block_types[] = {INT8OID, TEXTOID};
	Datum		block_values[] = {Int64GetDatum(run->id), (Datum) 0};
	Oid			types[] = {INT8OID, TEXTOID, BYTEAOID};
	Datum		values[] = {Int64GetDatum(run->id), CStringGetTextDatum(seal),
	PointerGetDatum(run->hash)};

	if (blocks)
	{
		block_values[1] = CStringGetTextDatum(blocks);
		(void) sql_run("INSERT INTO aiconsent.run_block"
					   " SELECT $1, b.view, b.block, b.rows, b.digest"
					   " FROM pg_catalog.jsonb_populate_recordset("
					   "  NULL::aiconsent.run_block, $2::pg_catalog.jsonb) b",
					   2, block_types, block_values, NULL);
	}
	(void) sql_run("WITH said AS MATERIALIZED ("
				   "  SELECT pg_catalog.jsonb_populate_record("
				   "   NULL::aiconsent.run_seal, $2::pg_catalog.jsonb"
				   "   || pg_catalog.jsonb_build_object('run', $1)) AS s)"
				   " INSERT INTO aiconsent.run_seal SELECT f.* FROM said,"
				   "  LATERAL pg_catalog.jsonb_populate_record(said.s,"
				   "   pg_catalog.jsonb_build_object('hash',"
				   "    aiconsent.run_seal_hash(said.s, $3))) f"
				   " RETURNING hash", 3, types, values, NULL);
	return bytes_column(1);
}

static Datum
end_run(FunctionCallInfo fcinfo, const char *outcome, const char *reason)
{
	MemoryContext caller = CurrentMemoryContext;
	SqlScope	scope;
	Run		   *run;
	char	   *blocks;
	bool		has_written;
	bytea	   *hash;
	bytea	   *result;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of a run must be given", "the token")));
	scope = sql_begin(sql_owner());
	run = run_find(psprintf("r.token = '%s'",
							DatumGetCString(DirectFunctionCall1(uuid_out,
																PG_GETARG_DATUM(0)))));
	if (run->is_sealed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("run " INT64_FORMAT " is ended already", run->id),
				 errdetail("What a run was given is written once and for all.")));
	run_set();
	has_written = TransactionIdIsValid(GetTopTransactionIdIfAny());
	blocks = reason ? NULL : blocks_of(run, scope.saved_user);
	run->time.until = GetCurrentTimestamp();
	hash = write_seal(run, seal_of(run, outcome, reason, scope.saved_user,
								   has_written), blocks);
	result = MemoryContextAlloc(caller, VARSIZE(hash));
	memcpy(result, hash, VARSIZE(hash));
	sql_end(&scope);
	PG_RETURN_BYTEA_P(result);
}

PG_FUNCTION_INFO_V1(seal_run);
Datum
seal_run(PG_FUNCTION_ARGS)
{
	return end_run(fcinfo, "sealed", NULL);
}

PG_FUNCTION_INFO_V1(fail_run);
Datum
fail_run(PG_FUNCTION_ARGS)
{
	return end_run(fcinfo, "failed", required_text(fcinfo, 1, "the reason"));
}

/* ------------------------------------------------------------------------
 * On a standby
 * ------------------------------------------------------------------------
 */

PG_FUNCTION_INFO_V1(run_manifest);
Datum
run_manifest(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	SqlScope	scope = sql_begin_read(sql_owner());
	char	   *said;
	char	   *blocks;
	Run		   *run;
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		values[3];
	char	   *manifest;

	require_lasting_snapshot();
	run_set();
	said = say(fcinfo, &scope);
	values[0] = CStringGetTextDatum(said);
	(void) sql_run("SELECT " COLUMNS " FROM pg_catalog.jsonb_populate_record("
				   "  NULL::aiconsent.run, $1::pg_catalog.jsonb) r",
				   1, types, values, NULL);
	run = read_run();
	run->time.sees = true;
	blocks = blocks_of(run, scope.saved_user);
	run->time.until = GetCurrentTimestamp();
	values[1] = CStringGetTextDatum(seal_of(run, "sealed", NULL,
											scope.saved_user, false));
	values[2] = CStringGetTextDatum(blocks);
	(void) sql_run("SELECT pg_catalog.jsonb_build_object("
				   " 'run', $1::pg_catalog.jsonb, 'seal', $2::pg_catalog.jsonb,"
				   " 'blocks', $3::pg_catalog.jsonb)::pg_catalog.text",
				   3, types, values, NULL);
	manifest = MemoryContextStrdup(caller, sql_text_column(0, 1));
	sql_end(&scope);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(manifest));
}

PG_FUNCTION_INFO_V1(record_run);
Datum
record_run(PG_FUNCTION_ARGS)
{
	Oid			types[] = {JSONBOID};
	Datum		values[1];
	SqlScope	scope;
	Run		   *run;
	char	   *said;
	char	   *seal;
	char	   *blocks;
	int64		id;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the manifest must not be null")));
	values[0] = PG_GETARG_DATUM(0);
	scope = sql_begin(sql_owner());
	if (sql_run("SELECT $1 ->> 'run', $1 ->> 'seal', $1 ->> 'blocks',"
				" $1 -> 'run' ->> 'token' WHERE pg_catalog.jsonb_typeof($1 -> 'run') = 'object'"
				"  AND pg_catalog.jsonb_typeof($1 -> 'seal') = 'object'"
				"  AND pg_catalog.jsonb_typeof($1 -> 'blocks') = 'array'"
				"  AND $1 -> 'run' ? 'token'",
				1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this is no manifest of a run"),
				 errhint("It is what aiconsent.run_manifest() gives on a standby.")));
	said = sql_text_column(0, 1);
	seal = sql_text_column(0, 2);
	blocks = sql_text_column(0, 3);
	types[0] = TEXTOID;
	values[0] = CStringGetTextDatum(said);
	(void) sql_run(RECORD " RETURNING token::pg_catalog.text", 1, types, values,
				   NULL);
	run = run_find(psprintf("r.token = %s",
							quote_literal_cstr(sql_text_column(0, 1))));
	id = run->id;
	(void) write_seal(run, seal, blocks);
	sql_end(&scope);
	PG_RETURN_INT64(id);
}
