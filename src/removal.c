/*
 * removal.c: what is to be taken out of what a run got?
 *
 * Whoever was in and is out now; and of those who are in, the rows that were
 * not too old for the run and are now.
 */
#include "compat.h"
#include "corpus.h"
#include "cursor.h"
#include "published.h"
#include "registry.h"
#include "run.h"
#include "segments.h"
#include "source.h"
#include "sql.h"
#include "verdict.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef struct Removed
{
	char	   *subject;
	char	   *ref;
	bool		wrong_then;
	Instant		since;
	Verdict		verdict;
	Instant		rows_from;		/* only rows since then, */
	Instant		rows_before;	/* before then; INSTANT_END: all rows */
} Removed;

typedef struct Removal
{
	const Run  *run;
	Instant		now;
	ReturnSetInfo *rsinfo;
	MemoryContext context;
	Removed    *removed;
	int			n;
	int			room;
} Removal;

/* ------------------------------------------------------------------------
 * Subjects
 * ------------------------------------------------------------------------
 */

static void
put(Removal *removal, const char *subject, const char *ref, const char *source,
	const char *row_id, const Removed *removed)
{
	bool		nulls[7] = {subject == NULL, ref == NULL, source == NULL,
	row_id == NULL, false, false, false};
	Datum		values[7] = {
		subject ? CStringGetTextDatum(subject) : (Datum) 0,
		ref ? CStringGetTextDatum(ref) : (Datum) 0,
		source ? CStringGetTextDatum(source) : (Datum) 0,
		row_id ? CStringGetTextDatum(row_id) : (Datum) 0,
		CStringGetTextDatum(removed->wrong_then ? "wrong_then" : "changed_since"),
		TimestampTzGetDatum(removed->since),
		VerdictGetDatum(removed->verdict)
	};

	tuplestore_putvalues(removal->rsinfo->setResult, removal->rsinfo->setDesc,
						 values, nulls);
}

/* That somebody is gone, or was erased since, was not so then. */
static bool
was_lawful(const RunTime *time, const Segment *segments, int n)
{
	for (int i = 0; i < n; i++)
	{
		if ((segments[i].verdict & ~(REASON_ERASED | REASON_UNKNOWN_SUBJECT)) ==
			VERDICT_ELIGIBLE && segments[i].since <= time->until &&
			segments[i].until > time->from)
			return true;
	}
	return n == 0;
}

/* The beginning of the stretch that the segment is of, all of it out. */
static Instant
out_since(const Segment *segments, const Segment *at)
{
	while (at > segments && at[-1].verdict != VERDICT_ELIGIBLE)
		at--;
	return at->since;
}

static Removed *
add_removed(Removal *removal, const char *subject)
{
	Removed    *removed;

	if (removal->n == removal->room)
	{
		removal->room = Max(2 * removal->room, 64);
		removal->removed = removal->removed ?
			repalloc_huge(removal->removed, removal->room * sizeof(Removed)) :
			MemoryContextAllocHuge(removal->context,
								   removal->room * sizeof(Removed));
	}
	removed = &removal->removed[removal->n++];
	memset(removed, 0, sizeof(Removed));
	removed->subject = MemoryContextStrdup(removal->context, subject);
	removed->rows_before = INSTANT_END;
	return removed;
}

/* Since when rows were in at any moment of the run; INSTANT_END: none was. */
static Instant
horizon_of(const RunTime *time, const Segment *segments, int n)
{
	Instant		horizon = INSTANT_END;

	for (int i = 0; i < n; i++)
	{
		if (members_eligible(time, &segments[i], 1))
			horizon = Min(horizon, segments[i].content_from);
	}
	return horizon;
}

/* The same by all that was replaced since the run's snapshot: bytea[]. */
static Instant
horizon_replaced(const RunTime *time, Datum replaced)
{
	Instant		horizon = INSTANT_END;
	Datum	   *values;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(replaced), BYTEAOID, -1, false,
					  TYPALIGN_INT, &values, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		Segment    *segments;
		int			nsegments = segments_of(DatumGetByteaPP(values[i]),
											time->purpose, &segments);

		horizon = Min(horizon, horizon_of(time, segments, nsegments));
	}
	return horizon;
}

/* Rows that the run could have by what was known then, and not by now. */
static void
judge_horizon(Removal *removal, const char *subject, const Segment *segments,
			  int n, Instant replaced)
{
	const Segment *at = timeline_at(segments, n, removal->now);
	Instant		lawful = horizon_of(&removal->run->time, segments, n);
	Instant		was = Min(lawful, replaced);
	Removed    *removed;

	if (at->content_from <= was)
		return;
	removed = add_removed(removal, subject);
	removed->wrong_then = lawful > was;
	removed->since = at->since;
	removed->verdict = at->verdict;
	removed->rows_from = was;
	removed->rows_before = at->content_from;
}

static void
judge_member(Removal *removal, const Cursor *heads)
{
	const RunTime *time = &removal->run->time;
	bool		isnull;
	Datum		value = cursor_column(heads, 3, &isnull);
	Datum		replaced;
	Segment    *segments;
	int			n = segments_of(DatumGetByteaPP(value), time->purpose, &segments);
	const Segment *at = n > 0 ? timeline_at(segments, n, removal->now) : NULL;
	Removed    *removed;

	if (at && at->verdict == VERDICT_ELIGIBLE)
	{
		replaced = cursor_column(heads, 5, &isnull);
		judge_horizon(removal, cursor_text(heads, 1), segments, n,
					  isnull ? INSTANT_END : horizon_replaced(time, replaced));
		return;
	}
	removed = add_removed(removal, cursor_text(heads, 1));
	removed->wrong_then = !was_lawful(time, segments, n);
	removed->verdict = at ? at->verdict : REASON_UNKNOWN_SUBJECT;
	removed->since = at ? out_since(segments, at) : cursor_number(heads, 4);
}

/* Of each subject what is known now, and all that was replaced since then. */
#define HEADS \
	"SELECT h.subject, h.number, h.segments," \
	" h.recorded_at, o.segments" \
	" FROM aiconsent.head h LEFT JOIN (" \
	"  SELECT o.subject, pg_catalog.array_agg(o.segments) AS segments" \
	"  FROM aiconsent.head_history o WHERE " REPLACED_SINCE("o") \
	"  GROUP BY o.subject) o ON o.subject = h.subject"

static void
judge_members(Removal *removal)
{
	Datum		values[lengthof(members_types)];
	const bytea *members = run_members(removal->run);
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext,
											  "aiconsent removal",
											  ALLOCSET_DEFAULT_SIZES);
	Cursor		heads;

	members_arguments(&removal->run->time, values);
	cursor_open(&heads, HEADS, lengthof(members_types), members_types, values,
				NULL);
	while (cursor_next(&heads))
	{
		MemoryContext caller = MemoryContextSwitchTo(one);

		if (members_has(members, cursor_number(&heads, 2)))
			judge_member(removal, &heads);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(one);
	}
	cursor_close(&heads);
	MemoryContextDelete(one);
}

/* ------------------------------------------------------------------------
 * Names and rows
 * ------------------------------------------------------------------------
 */

static char **
subject_keys(const Removal *removal)
{
	char	  **keys = palloc_extended(removal->n * sizeof(char *) + 1,
									   MCXT_ALLOC_HUGE);

	for (int i = 0; i < removal->n; i++)
		keys[i] = removal->removed[i].subject;
	return keys;
}

static Datum
instants_of(const Removal *removal, bool before)
{
	Datum	   *instants = palloc_extended(removal->n * sizeof(Datum) + 1,
										   MCXT_ALLOC_HUGE);
	bool	   *nulls = palloc_extended(removal->n + 1, MCXT_ALLOC_HUGE);
	int			n = removal->n;
	int			lower = 1;

	for (int i = 0; i < n; i++)
	{
		const Removed *r = &removal->removed[i];

		instants[i] = TimestampTzGetDatum(before ? r->rows_before : r->rows_from);
		nulls[i] = r->rows_before == INSTANT_END;
	}
	return PointerGetDatum(construct_md_array(instants, nulls, 1, &n, &lower,
											  TIMESTAMPTZOID, 8, true,
											  TYPALIGN_DOUBLE));
}

/*
 * Keys by the pseudonyms that the run's export has for them, in place; of: the
 * source whose rows' keys they are, NULL: subjects'.
 */
static void
name_keys(const Removal *removal, const char *of, char **keys, uint64 n)
{
	Oid			types[] = {TEXTARRAYOID, TEXTOID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {
		sql_text_array(keys, n), CStringGetTextDatum(removal->run->purpose),
		of ? CStringGetTextDatum(of) : (Datum) 0,
		TimestampTzGetDatum(removal->run->key_since)
	};
	uint64		count;

	count = sql_run("SELECT aiconsent.pseudonym_since(k.key, $2, $3, $4)"
					" FROM unnest($1) WITH ORDINALITY AS k(key, number)"
					" ORDER BY k.number", 4, types, values,
					of ? NULL : "  n ");
	for (uint64 row = 0; row < count; row++)
		keys[row] = sql_text_column(row, 1);
	SPI_freetuptable(SPI_tuptable);
}

static void
name_subjects(Removal *removal)
{
	char	  **keys = subject_keys(removal);

	name_keys(removal, NULL, keys, removal->n);
	for (int i = 0; i < removal->n; i++)
		removal->removed[i].ref = keys[i] ?
			MemoryContextStrdup(removal->context, keys[i]) : NULL;
}

/* As the source's owner, whose code may run there. */
static void
put_rows(Removal *removal, const Source *source, const List *columns)
{
	Oid			types[] = {TEXTARRAYOID, TIMESTAMPTZARRAYOID,
	TIMESTAMPTZARRAYOID};
	Datum		values[] = {
		sql_text_array(subject_keys(removal), removal->n),
		instants_of(removal, false),
		instants_of(removal, true)
	};
	uint64		count;
	char	   *name = NULL;
	char	  **keys;
	int64	   *subjects;
	bool		has_key = source->keys != NIL;

	count = sql_run_as(sql_relation_owner(source->relid),
					   corpus_rows_query(source), 3, types, values, NULL, false);
	keys = palloc_extended(count * sizeof(char *) + 1, MCXT_ALLOC_HUGE);
	subjects = palloc_extended(count * sizeof(int64) + 1, MCXT_ALLOC_HUGE);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;

		name = sql_text_column(row, 1);
		keys[row] = sql_text_column(row, 2);
		has_key &= keys[row] != NULL;
		subjects[row] = DatumGetInt64(sql_column(row, 3, &isnull)) - 1;
	}
	if (count > 0 && has_key && !corpus_shows_rows(source, columns))
		name_keys(removal, source->binding->name, keys, count);
	for (uint64 row = 0; row < count; row++)
	{
		const Removed *removed = &removal->removed[subjects[row]];

		put(removal, removed->subject, removed->ref, name,
			has_key ? keys[row] : NULL, removed);
	}
}

/* Those whom it concerns as a whole; and their rows, source by source. */
static void
put_removed(Removal *removal)
{
	Release		release;
	ListCell   *lc;

	if (!release_of(removal->run->purpose, &release))
		release.purpose = NULL;
	foreach(lc, registry_find(BINDING_SOURCE, InvalidOid))
	{
		const Source *source = source_of(lfirst(lc));
		List	   *columns;

		if (release.purpose == NULL ||
			!OidIsValid(view_for(source->relid, removal->run->purpose)))
			continue;
		columns = view_columns_wanted(source, &release);
		put_rows(removal, source, columns);
	}
	for (int i = 0; i < removal->n; i++)
	{
		const Removed *removed = &removal->removed[i];

		if (removed->rows_before == INSTANT_END)
			put(removal, removed->subject, removed->ref, NULL, NULL, removed);
	}
}

/* Whose key nobody knows any more, but the export has its pseudonym. */
static void
put_erased(Removal *removal)
{
	const Run  *run = removal->run;
	Oid			types[] = {INT8OID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {
		Int64GetDatum(run->id), (Datum) 0, CStringGetTextDatum(run->purpose),
		TimestampTzGetDatum(run->key_since)
	};
	char	  **refs = palloc_extended(removal->n * sizeof(char *) + 1,
									   MCXT_ALLOC_HUGE);
	uint64		count;
	int			n = 0;

	for (int i = 0; i < removal->n; i++)
	{
		if (removal->removed[i].ref)
			refs[n++] = removal->removed[i].ref;
	}
	values[1] = sql_text_array(refs, n);
	count = sql_run("SELECT e.subject_ref, pg_catalog.min(e.erased_at)"
					" FROM aiconsent.erased_reference e"
					"  LEFT JOIN aiconsent.run_seal s ON s.run = $1"
					" WHERE e.purpose = $3 AND e.key_since = $4"
					"  AND ($1 = ANY (e.runs) OR aiconsent.run_had(s.numbers, e.number))"
					"  AND NOT EXISTS (SELECT FROM unnest($2) AS r(ref)"
					"   WHERE r.ref = e.subject_ref) GROUP BY 1",
					4, types, values, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Removed		removed = {
			.since = DatumGetTimestampTz(sql_column(row, 2, &isnull)),
			.verdict = REASON_ERASED
		};

		put(removal, NULL, sql_text_column(row, 1), NULL, NULL, &removed);
	}
}

PG_FUNCTION_INFO_V1(removal);
Datum
removal(PG_FUNCTION_ARGS)
{
	Removal		removal = {.context = CurrentMemoryContext};
	SqlScope	scope;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the run must not be null")));
	InitMaterializedSRF(fcinfo, 0);
	removal.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	scope = sql_begin_read(sql_owner());
	run_set();
	removal.run = run_find(psprintf("r.id = " INT64_FORMAT,
									PG_GETARG_INT64(0)));
	removal.now = GetCurrentTimestamp();
	judge_members(&removal);
	if (removal.n > 0)
	{
		name_subjects(&removal);
		put_removed(&removal);
	}
	put_erased(&removal);
	sql_end(&scope);
	return (Datum) 0;
}
