/*
 * health.c: how are things, in numbers?
 *
 * Quickly, at any number of subjects: of many, a sample of the pages that their
 * standing is on tells what share of them is out, and why.
 */
#include "compat.h"
#include "corpus.h"
#include "cursor.h"
#include "lend.h"
#include "policy.h"
#include "published.h"
#include "registry.h"
#include "rules.h"
#include "segments.h"
#include "sql.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* About so many subjects are looked at. */
#define SAMPLE 4000

/* The columns of health_numbers(). */
enum
{
	HEALTH_SUBJECTS,
	HEALTH_ESTIMATED,
	HEALTH_ELIGIBLE,
	HEALTH_REASONS,				/* from the second reason on */
	HEALTH_LAST_EVENT = HEALTH_REASONS + REASON_COUNT - 1,
	HEALTH_LAST_SEAL,
	HEALTH_UNSEALED,
	HEALTH_OPEN_RUNS,
	HEALTH_DRIFT,
	HEALTH_LONGEST_SNAPSHOT,
	HEALTH_COLUMNS
};

typedef struct Sampled
{
	int64		heads;
	int64		subjects;		/* with a standing */
	int64		eligible;
	int64		reasons[REASON_COUNT];
} Sampled;

static void
count_standing(Sampled *sampled, const bytea *segments, Instant now)
{
	const Purpose *purposes;
	int			npurposes = policy_purposes(&purposes);

	sampled->heads++;
	if (VARSIZE_ANY_EXHDR(segments) == 0)
		return;
	sampled->subjects++;
	for (int p = 0; p < npurposes; p++)
	{
		Segment    *of_purpose;
		int			n = segments_of(segments, purposes[p].id, &of_purpose);
		Verdict		verdict;

		if (n == 0)
			continue;
		verdict = timeline_at(of_purpose, n, now)->verdict;
		sampled->eligible += verdict == VERDICT_ELIGIBLE;
		for (int i = 0; i < REASON_COUNT; i++)
			sampled->reasons[i] += verdict >> i & 1;
	}
}

/* How many subjects were ever judged; few are gone again. */
static double
estimated_heads(void)
{
	bool		isnull;

	sql_runf("SELECT s.last_value FROM aiconsent.head_number_seq s");
	return DatumGetInt64(sql_column(0, 1, &isnull));
}

static bool
sample_standing(Sampled *sampled, double *scale)
{
	double		heads = estimated_heads();
	bool		estimated = heads > 4 * SAMPLE;
	Instant		now = GetCurrentTimestamp();
	Cursor		cursor;

	memset(sampled, 0, sizeof(Sampled));
	cursor_open(&cursor, estimated ?
				psprintf("SELECT h.segments FROM aiconsent.head h"
						 " TABLESAMPLE SYSTEM (%.6f)", 100.0 * SAMPLE / heads) :
				"SELECT h.segments FROM aiconsent.head h", 0, NULL, NULL, NULL);
	while (cursor_next(&cursor))
	{
		bool		isnull;
		Datum		segments = cursor_column(&cursor, 1, &isnull);

		count_standing(sampled, DatumGetByteaPP(segments), now);
	}
	cursor_close(&cursor);
	*scale = estimated && sampled->heads > 0 ? heads / sampled->heads : 1;
	return estimated;
}

/* Intervals and counts, each by an index or from what the server knows. */
#define OTHERS \
	"SELECT (SELECT pg_catalog.clock_timestamp() - c.recorded_at" \
	"  FROM aiconsent.consent c ORDER BY c.id DESC LIMIT 1)," \
	" (SELECT pg_catalog.clock_timestamp() - s.sealed_at" \
	"  FROM aiconsent.seal s ORDER BY s.id DESC LIMIT 1)," \
	" COALESCE((SELECT c.id FROM aiconsent.consent c ORDER BY c.id DESC LIMIT 1), 0)" \
	"  - COALESCE((SELECT s.last_event FROM aiconsent.seal s ORDER BY s.id DESC LIMIT 1), 0)," \
	" (SELECT pg_catalog.count(*) FROM aiconsent.run r WHERE NOT EXISTS (" \
	"  SELECT FROM aiconsent.run_seal s WHERE s.run = r.id))," \
	" (SELECT pg_catalog.count(*) FROM aiconsent.publication_drift())," \
	" (SELECT pg_catalog.max(pg_catalog.clock_timestamp() - a.xact_start)" \
	"  FROM pg_catalog.pg_stat_activity a WHERE a.backend_xmin IS NOT NULL" \
	"  AND a.datname = pg_catalog.current_database()" \
	"  AND a.pid <> pg_catalog.pg_backend_pid())"

PG_FUNCTION_INFO_V1(health_numbers);
Datum
health_numbers(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	SqlScope	scope;
	Sampled		sampled;
	double		scale;
	Datum		values[HEALTH_COLUMNS] = {0};
	bool		nulls[HEALTH_COLUMNS] = {false};
	HeapTuple	others;
	HeapTuple	row;
	MemoryContext caller = CurrentMemoryContext;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);
	scope = sql_begin_read(sql_owner());
	values[HEALTH_ESTIMATED] = BoolGetDatum(sample_standing(&sampled, &scale));
	values[HEALTH_SUBJECTS] = Int64GetDatum((int64) (sampled.subjects * scale));
	values[HEALTH_ELIGIBLE] = Int64GetDatum((int64) (sampled.eligible * scale));
	for (int i = 1; i < REASON_COUNT; i++)
		values[HEALTH_REASONS + i - 1] =
			Int64GetDatum((int64) (sampled.reasons[i] * scale));
	(void) sql_run(OTHERS, 0, NULL, NULL, NULL);
	others = SPI_tuptable->vals[0];
	for (int i = 0; i < HEALTH_COLUMNS - HEALTH_LAST_EVENT; i++)
		values[HEALTH_LAST_EVENT + i] =
			SPI_getbinval(others, SPI_tuptable->tupdesc, i + 1,
						  &nulls[HEALTH_LAST_EVENT + i]);
	MemoryContextSwitchTo(caller);
	row = heap_form_tuple(desc, values, nulls);
	sql_end(&scope);
	PG_RETURN_DATUM(HeapTupleGetDatum(row));
}

PG_FUNCTION_INFO_V1(corpus_categories);
Datum
corpus_categories(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SqlScope	scope;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scope = sql_begin_read(sql_owner());
	foreach(lc, views_of_purpose(text_to_cstring(PG_GETARG_TEXT_PP(0))))
	{
		Oid			view = lfirst_oid(lc);
		Lent		counts;

		if (is_corpus_part(view) || strcmp(get_rel_name(view), CORPUS) != 0)
			continue;
		counts = lend(scope.saved_user,
					  psprintf("SELECT c.category, pg_catalog.count(*) FROM %s c"
							   " GROUP BY 1 ORDER BY 1", sql_relation(view)));
		while (lent_next(&counts))
			tuplestore_puttupleslot(rsinfo->setResult, counts.slot);
		lent_end(&counts);
	}
	sql_end(&scope);
	return (Datum) 0;
}
