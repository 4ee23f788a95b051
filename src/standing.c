/*
 * standing.c: how is every subject's timeline kept in step?
 *
 * A subject's standing is recomputed in the transaction that changes what it
 * rests on.  Two such transactions meet at the subject's row in
 * aiconsent.head, which each of them updates: the second waits for the first
 * and then reads what it committed, or, with an older snapshot, fails with
 * 40001; a lock on the row would not make it fail.
 */
#include "compat.h"
#include "standing.h"

#include "evidence.h"
#include "policy.h"
#include "registry.h"
#include "sql.h"
#include "timeline.h"
#include "verdict.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* Subjects judged at once when all of them are; bounds the memory. */
#define BATCH 10000

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/*
 * The heads are taken in the order of their keys, so that two statements
 * cannot wait for each other.
 */
SubjectSet
standing_lock(char **keys, int nkeys)
{
	SubjectSet	set = {nkeys, keys};
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[1];

	/* An older snapshot would not see a policy or declaration of since. */
	if (IsolationUsesXactSnapshot())
		sql_run("SELECT FROM aiconsent.regime FOR SHARE", 0, NULL, NULL, NULL);

	qsort(keys, nkeys, sizeof(char *), compare_keys);
	set.n = qunique(keys, nkeys, sizeof(char *), compare_keys);
	values[0] = sql_text_array(set.keys, set.n);
	sql_run("INSERT INTO aiconsent.head AS h (subject)"
			" SELECT i.key FROM pg_catalog.unnest($1) WITH ORDINALITY"
			"   AS i(key, number) ORDER BY i.number"
			" ON CONFLICT (subject) DO UPDATE"
			" SET judged_at = pg_catalog.clock_timestamp()",
			1, types, values, NULL);
	return set;
}

void
standing_lock_all(void)
{
	sql_runf("LOCK TABLE aiconsent.head IN SHARE ROW EXCLUSIVE MODE");
	sql_run("UPDATE aiconsent.regime SET changed_at = pg_catalog.clock_timestamp()",
			0, NULL, NULL, NULL);
}

/* ------------------------------------------------------------------------
 * Writing: new segments in, those that they replace to the history
 * ------------------------------------------------------------------------
 */

/* Rows for a table, column by column, as parameters for unnest(). */
#define MAX_COLUMNS 8

typedef struct Columns
{
	int			ncolumns;
	Oid			element[MAX_COLUMNS];
	int			n;
	int			room;
	Datum	   *values[MAX_COLUMNS];
} Columns;

static void
columns_init(Columns *c, int ncolumns, const Oid *elements, int room)
{
	c->ncolumns = ncolumns;
	c->n = 0;
	c->room = room;
	for (int i = 0; i < ncolumns; i++)
	{
		c->element[i] = elements[i];
		c->values[i] = palloc_extended(room * sizeof(Datum), MCXT_ALLOC_HUGE);
	}
}

static void
columns_add(Columns *c, const Datum *row)
{
	if (c->n == c->room)
	{
		c->room *= 2;
		for (int i = 0; i < c->ncolumns; i++)
			c->values[i] = repalloc_huge(c->values[i], c->room * sizeof(Datum));
	}
	for (int i = 0; i < c->ncolumns; i++)
		c->values[i][c->n] = row[i];
	c->n++;
}

/* The arrays, and their types, from parameter number first on. */
static void
columns_arrays(const Columns *c, Oid *types, Datum *values)
{
	for (int i = 0; i < c->ncolumns; i++)
	{
		int16		length;
		bool		byvalue;
		char		align;

		get_typlenbyvalalign(c->element[i], &length, &byvalue, &align);
		types[i] = get_array_type(c->element[i]);
		values[i] = PointerGetDatum(construct_array(c->values[i], c->n,
													c->element[i], length,
													byvalue, align));
	}
}

static Oid
verdict_type(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum("verdict"),
						   ObjectIdGetDatum(sql_schema()));
}

/* Move segments that do not hold any more, by their ctid, to the history. */
static void
supersede_segments(const Columns *gone, Instant now)
{
	Oid			types[2];
	Datum		values[2];

	columns_arrays(gone, types, values);
	types[1] = TIMESTAMPTZOID;
	values[1] = TimestampTzGetDatum(now);
	sql_run("WITH gone AS ("
			" DELETE FROM aiconsent.standing s WHERE s.ctid = ANY ($1)"
			" RETURNING s.*)"
			" INSERT INTO aiconsent.standing_history"
			" (subject, purpose, since, until, verdict, explicit, content_from,"
			"  recorded_at, superseded_at)"
			" SELECT g.subject, g.purpose, g.since, g.until, g.verdict,"
			"  g.explicit, g.content_from, g.recorded_at, $2 FROM gone g",
			2, types, values, NULL);
}

static void
insert_segments(const Columns *segments, Instant now)
{
	Oid			types[8];
	Datum		values[8];

	columns_arrays(segments, types, values);
	types[7] = TIMESTAMPTZOID;
	values[7] = TimestampTzGetDatum(now);
	sql_run("INSERT INTO aiconsent.standing"
			" (subject, purpose, since, until, verdict, explicit, content_from,"
			"  recorded_at)"
			" SELECT n.*, $8 FROM unnest($1, $2, $3, $4, $5, $6, $7) n",
			8, types, values, NULL);
}

static void
delete_windows(const KeyType *key, const Columns *gone)
{
	Oid			types[1];
	Datum		values[1];

	columns_arrays(gone, types, values);
	sql_run(psprintf("DELETE FROM aiconsent.%s w WHERE w.ctid = ANY ($1)",
					 key->standing),
			1, types, values, NULL);
}

static void
insert_windows(const KeyType *key, const Columns *windows)
{
	Oid			types[7];
	Datum		values[7];

	columns_arrays(windows, types, values);
	sql_run(psprintf("INSERT INTO aiconsent.%s"
					 " (purpose, subject, since, until, content_from, explicit, more)"
					 " SELECT n.* FROM unnest($1, ($2::text[])::%s[], $3, $4, $5, $6, $7) n",
					 key->standing, key->name),
			7, types, values, NULL);
}

/* ------------------------------------------------------------------------
 * Judging
 * ------------------------------------------------------------------------
 */

/*
 * The instant of a judgement: behind every immediate event of the subjects,
 * even where the clock was set back since.
 */
static Instant
judgement_instant(Datum subjects)
{
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {subjects};
	bool		isnull;

	sql_run("SELECT GREATEST(pg_catalog.clock_timestamp(),"
			" pg_catalog.max(h.last_event))"
			" FROM aiconsent.head h"
			" WHERE h.subject OPERATOR(pg_catalog.=) ANY ($1)",
			1, types, values, NULL);
	return DatumGetTimestampTz(sql_column(0, 1, &isnull));
}

/* A segment, or a window, of one of the subjects for one of the purposes. */
typedef struct Judged
{
	int			subject;		/* index into the subjects */
	int			purpose;		/* index into the purposes */
	Segment		segment;
	bool		more;			/* window: eligible again behind it */
	bool		stored;			/* it stands in our table already */
} Judged;

/* Judged things in the order of their subjects, and where each one's begin. */
typedef struct JudgedList
{
	int			n;
	int			room;
	Judged	   *judged;
	int		   *first;			/* by subject, and one more behind the last */
} JudgedList;

static void
judged_init(JudgedList *list, int nsubjects)
{
	list->n = 0;
	list->room = 4 * nsubjects;
	list->judged = palloc_extended(list->room * sizeof(Judged),
								   MCXT_ALLOC_HUGE);
	list->first = palloc((nsubjects + 1) * sizeof(int));
}

static void
judged_add(JudgedList *list, const Judged *judged)
{
	if (list->n == list->room)
	{
		list->room *= 2;
		list->judged = repalloc_huge(list->judged, list->room * sizeof(Judged));
	}
	list->judged[list->n++] = *judged;
}

static void
judge_subject(int subject, const Evidence *evidence, const Purpose *purposes,
			  int npurposes, Instant now, JudgedList *segments,
			  JudgedList *windows)
{
	for (int p = 0; evidence->known && p < npurposes; p++)
	{
		Judged		judged = {.subject = subject,.purpose = p};
		Segment    *line;
		int			n = timeline(evidence, &purposes[p], p, &line);

		for (int i = 0; i < n; i++)
		{
			judged.segment = line[i];
			judged_add(segments, &judged);
		}
		if (eligible_window(line, n, now, &judged.segment, &judged.more))
			judged_add(windows, &judged);
		pfree(line);
	}
}

/*
 * Is the row that SPI_tuptable has of a subject, from its number on, among
 * those now judged?  Then there is nothing to write for it.
 */
static bool
find_judged(JudgedList *list, const Judged *row)
{
	for (int i = list->first[row->subject]; i < list->first[row->subject + 1]; i++)
	{
		Judged	   *judged = &list->judged[i];

		if (judged->purpose == row->purpose &&
			judged->segment.since == row->segment.since &&
			judged->segment.until == row->segment.until &&
			judged->segment.verdict == row->segment.verdict &&
			judged->segment.is_explicit == row->segment.is_explicit &&
			judged->segment.content_from == row->segment.content_from &&
			judged->more == row->more)
		{
			judged->stored = true;
			return true;
		}
	}
	return false;
}

static Instant
instant_column(uint64 row, int column)
{
	bool		isnull;

	return DatumGetTimestampTz(sql_column(row, column, &isnull));
}

static int
purpose_by_name(const Purpose *purposes, int npurposes, const char *name)
{
	for (int p = 0; p < npurposes; p++)
	{
		if (strcmp(purposes[p].name, name) == 0)
			return p;
	}
	return -1;
}

static int
purpose_by_id(const Purpose *purposes, int npurposes, int16 id)
{
	for (int p = 0; p < npurposes; p++)
	{
		if (purposes[p].id == id)
			return p;
	}
	return -1;
}

static void
write_segments(const SubjectSet *subjects, Datum keys, const Purpose *purposes,
			   int npurposes, Instant now, JudgedList *segments)
{
	Oid			types[] = {TEXTARRAYOID};
	Oid			columns[] = {TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
	verdict_type(), BOOLOID, TIMESTAMPTZOID};
	Oid			row_pointer[] = {TIDOID};
	Columns		gone;
	Columns		new;
	uint64		count;

	columns_init(&gone, 1, row_pointer, 8);
	count = sql_run("SELECT i.number, s.purpose, s.since, s.until, s.verdict,"
					" s.explicit, s.content_from, s.ctid"
					" FROM pg_catalog.unnest($1) WITH ORDINALITY i(key, number),"
					" LATERAL (SELECT s.*, s.ctid FROM aiconsent.standing s"
					"  WHERE s.subject = i.key OFFSET 0) s",
					1, types, &keys, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Judged		stored = {
			.subject = DatumGetInt64(sql_column(row, 1, &isnull)) - 1,
			.purpose = purpose_by_name(purposes, npurposes,
									   sql_text_column(row, 2)),
			.segment = {
				.since = instant_column(row, 3),
				.until = instant_column(row, 4),
				.verdict = DatumGetVerdict(sql_column(row, 5, &isnull)),
				.is_explicit = DatumGetBool(sql_column(row, 6, &isnull)),
				.content_from = instant_column(row, 7)
			}
		};

		Datum		row_at = sql_column(row, 8, &isnull);

		if (!find_judged(segments, &stored))
			columns_add(&gone, &row_at);
	}
	if (gone.n > 0)
		supersede_segments(&gone, now);

	columns_init(&new, 7, columns, 8);
	for (int i = 0; i < segments->n; i++)
	{
		const Judged *judged = &segments->judged[i];
		Datum		values[] = {
			CStringGetTextDatum(subjects->keys[judged->subject]),
			CStringGetTextDatum(purposes[judged->purpose].name),
			TimestampTzGetDatum(judged->segment.since),
			TimestampTzGetDatum(judged->segment.until),
			VerdictGetDatum(judged->segment.verdict),
			BoolGetDatum(judged->segment.is_explicit),
		TimestampTzGetDatum(judged->segment.content_from)};

		if (!judged->stored)
			columns_add(&new, values);
	}
	if (new.n > 0)
		insert_segments(&new, now);
}

static void
write_windows(const KeyType *key, const SubjectSet *subjects, Datum keys,
			  const Purpose *purposes, int npurposes, JudgedList *windows)
{
	Oid			types[] = {TEXTARRAYOID};
	Oid			row_pointer[] = {TIDOID};
	Oid			columns[] = {INT2OID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, BOOLOID, BOOLOID};
	Columns		gone;
	Columns		new;
	uint64		count;

	columns_init(&gone, 1, row_pointer, 8);
	count = sql_run(psprintf("SELECT i.number, w.purpose, w.since, w.until,"
							 " w.content_from, w.explicit, w.more, w.ctid"
							 " FROM pg_catalog.unnest(($1::text[])::%s[])"
							 "  WITH ORDINALITY i(key, number),"
							 " LATERAL (SELECT w.*, w.ctid FROM aiconsent.%s w"
							 "  WHERE w.subject = i.key OFFSET 0) w",
							 key->name, key->standing),
					1, types, &keys, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		int16		id = DatumGetInt16(sql_column(row, 2, &isnull));
		Judged		stored = {
			.subject = DatumGetInt64(sql_column(row, 1, &isnull)) - 1,
			.purpose = purpose_by_id(purposes, npurposes, id),
			.segment = {
				.since = instant_column(row, 3),
				.until = instant_column(row, 4),
				.verdict = VERDICT_ELIGIBLE,
				.is_explicit = DatumGetBool(sql_column(row, 6, &isnull)),
				.content_from = instant_column(row, 5)
			},
			.more = DatumGetBool(sql_column(row, 7, &isnull))
		};

		Datum		row_at = sql_column(row, 8, &isnull);

		if (!find_judged(windows, &stored))
			columns_add(&gone, &row_at);
	}
	if (gone.n > 0)
		delete_windows(key, &gone);

	columns_init(&new, 7, columns, 8);
	for (int i = 0; i < windows->n; i++)
	{
		const Judged *judged = &windows->judged[i];
		Datum		values[] = {
			Int16GetDatum(purposes[judged->purpose].id),
			CStringGetTextDatum(subjects->keys[judged->subject]),
			TimestampTzGetDatum(judged->segment.since),
			TimestampTzGetDatum(judged->segment.until),
			TimestampTzGetDatum(judged->segment.content_from),
			BoolGetDatum(judged->segment.is_explicit),
		BoolGetDatum(judged->more)};

		if (!judged->stored)
			columns_add(&new, values);
	}
	if (new.n > 0)
		insert_windows(key, &new);
}

void
standing_judge(const SubjectSet *subjects)
{
	Datum		keys = sql_text_array(subjects->keys, subjects->n);
	Instant		now = judgement_instant(keys);
	Binding    *binding = registry_subject(CurrentMemoryContext);
	Purpose    *purposes;
	int			npurposes = policy_load(&purposes, CurrentMemoryContext);
	Evidence   *evidence;
	JudgedList	segments;
	JudgedList	windows;

	evidence = evidence_read(binding, keys, subjects->n, purposes, npurposes);
	judged_init(&segments, subjects->n);
	judged_init(&windows, subjects->n);
	for (int i = 0; i < subjects->n; i++)
	{
		segments.first[i] = segments.n;
		windows.first[i] = windows.n;
		judge_subject(i, &evidence[i], purposes, npurposes, now, &segments,
					  &windows);
	}
	segments.first[subjects->n] = segments.n;
	windows.first[subjects->n] = windows.n;

	write_segments(subjects, keys, purposes, npurposes, now, &segments);
	if (binding)
		write_windows(key_type_of(binding_type(binding, "key")), subjects, keys,
					  purposes, npurposes, &windows);
}

/* Judge the keys in the first column of SPI_tuptable; returns the last. */
static char *
judge_rows(MemoryContext context)
{
	int			n = SPI_processed;
	char	  **keys = palloc(n * sizeof(char *));
	char	   *last;
	SubjectSet	set;

	for (int i = 0; i < n; i++)
		keys[i] = sql_text_column(i, 1);
	last = MemoryContextStrdup(context, keys[n - 1]);
	set = standing_lock(keys, n);
	standing_judge(&set);
	return last;
}

/* Members in the order of their keys, a batch at a time. */
static void
judge_members(void)
{
	Binding    *binding = registry_subject(CurrentMemoryContext);
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	char	   *last = NULL;
	char	   *query;
	const char *key;
	const char *type;
	MemoryContext context = CurrentMemoryContext;

	if (binding == NULL)
		return;
	key = binding_column(binding, "key");
	type = key_type_of(binding_type(binding, "key"))->name;
	query = psprintf("SELECT t.%s::text FROM ONLY %s t"
					 " WHERE t.%s IS NOT NULL"
					 " AND ($1 IS NULL OR t.%s > $1::%s)"
					 " ORDER BY t.%s LIMIT %d",
					 key, sql_relation(binding->relid), key, key, type, key,
					 BATCH);
	for (;;)
	{
		SqlScope	scope = sql_begin(sql_owner());
		char	   *nulls = last ? " " : "n";

		values[0] = last ? CStringGetTextDatum(last) : (Datum) 0;
		if (sql_run_as(sql_relation_owner(binding->relid), query, 1, types, values,
					   nulls) == 0)
		{
			sql_end(&scope);
			break;
		}
		last = judge_rows(context);
		sql_end(&scope);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Subjects that have a standing although they are no members any more. */
static void
judge_rest(TimestampTz begun)
{
	Oid			types[] = {TIMESTAMPTZOID, INT4OID};
	Datum		values[] = {TimestampTzGetDatum(begun), Int32GetDatum(BATCH)};
	bool		found = true;

	while (found)
	{
		SqlScope	scope = sql_begin(sql_owner());

		found = sql_run("SELECT DISTINCT s.subject FROM aiconsent.standing s"
						" WHERE NOT EXISTS (SELECT FROM aiconsent.head h"
						"  WHERE h.subject = s.subject AND h.judged_at >= $1)"
						" LIMIT $2", 2, types, values, NULL) > 0;
		if (found)
			judge_rows(CurrentMemoryContext);
		sql_end(&scope);
	}
}

/* Nobody is a member any more: no key type to go by, so all of them. */
static void
forget_windows(void)
{
	sql_runf("DELETE FROM aiconsent.standing_int8");
	sql_runf("DELETE FROM aiconsent.standing_uuid");
	sql_runf("DELETE FROM aiconsent.standing_text");
}

void
standing_judge_all(void)
{
	TimestampTz begun = GetCurrentTimestamp();

	if (registry_subject(CurrentMemoryContext) == NULL)
		forget_windows();
	judge_members();
	judge_rest(begun);
}

char *
subject_key(Datum key, Oid type)
{
	Binding    *binding = registry_subject(CurrentMemoryContext);
	char	   *text = sql_output(key, type);
	Oid			input;
	Oid			param;
	Oid			registered;

	if (binding == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no subject table is registered"),
				 errhint("Declare it first: SELECT aiconsent.register_subject('schema.table');")));
	registered = key_type_of(binding_type(binding, "key"))->oid;
	getTypeInputInfo(registered, &input, &param);
	return sql_output(OidInputFunctionCall(input, text, param, -1), registered);
}

bool
subject_exists(const char *key)
{
	Binding    *binding = registry_subject(CurrentMemoryContext);
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(key)};
	char	   *query;

	if (binding == NULL)
		return false;
	query = psprintf("SELECT FROM ONLY %s t WHERE t.%s = $1::%s",
					 sql_relation(binding->relid),
					 binding_column(binding, "key"),
					 key_type_of(binding_type(binding, "key"))->name);
	return sql_run_as(sql_relation_owner(binding->relid), query,
					  1, types, values, NULL) > 0;
}

PG_FUNCTION_INFO_V1(rebuild_standing);
Datum
rebuild_standing(PG_FUNCTION_ARGS)
{
	SqlScope	scope;

	require_read_committed("rebuild_standing()");
	scope = sql_begin(sql_owner());
	standing_lock_all();
	standing_judge_all();
	sql_end(&scope);
	PG_RETURN_VOID();
}
