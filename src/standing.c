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

#include "access/table.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

/* Subjects judged at once when all of them are; bounds the memory. */
#define BATCH 10000

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static Datum
text_array(char **texts, int n)
{
	Datum	   *elements = palloc(n * sizeof(Datum) + 1);

	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
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

	qsort(keys, nkeys, sizeof(char *), compare_keys);
	set.n = qunique(keys, nkeys, sizeof(char *), compare_keys);
	values[0] = text_array(set.keys, set.n);
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

#define NEW_SEGMENTS \
	"unnest($3, $4, $5, $6, $7, $8, $9)" \
	" AS n(subject, purpose, since, until, verdict, explicit, content_from)"

/* $1: the subjects, $2: the instant of the judgement, $3 to $9: segments */
static void
write_segments(Datum subjects, Instant now, const Columns *segments)
{
	Oid			types[9] = {TEXTARRAYOID, TIMESTAMPTZOID};
	Datum		values[9] = {subjects, TimestampTzGetDatum(now)};

	columns_arrays(segments, &types[2], &values[2]);
	sql_run("WITH gone AS ("
			" DELETE FROM aiconsent.standing s USING pg_catalog.unnest($1) k(subject)"
			" WHERE s.subject = k.subject AND NOT EXISTS ("
			"  SELECT FROM " NEW_SEGMENTS
			"  WHERE n.subject = s.subject AND n.purpose = s.purpose"
			"   AND n.since = s.since AND n.until = s.until"
			"   AND n.verdict OPERATOR(aiconsent.=) s.verdict"
			"   AND n.explicit = s.explicit"
			"   AND n.content_from = s.content_from)"
			" RETURNING s.*)"
			" INSERT INTO aiconsent.standing_history"
			" (subject, purpose, since, until, verdict, explicit, content_from,"
			"  recorded_at, superseded_at)"
			" SELECT g.subject, g.purpose, g.since, g.until, g.verdict,"
			"  g.explicit, g.content_from, g.recorded_at, $2 FROM gone g",
			9, types, values, NULL);
	sql_run("INSERT INTO aiconsent.standing"
			" (subject, purpose, since, until, verdict, explicit, content_from,"
			"  recorded_at)"
			" SELECT n.*, $2 FROM " NEW_SEGMENTS
			" WHERE $1 IS NOT NULL"
			" ON CONFLICT (subject, purpose, since) DO NOTHING",
			9, types, values, NULL);
}

/* $1: the subjects, $2 to $8: their windows */
static void
write_windows(const KeyType *key, Datum subjects, const Columns *windows)
{
	Oid			types[8] = {TEXTARRAYOID};
	Datum		values[8] = {subjects};
	char	   *command;

	columns_arrays(windows, &types[1], &values[1]);
	command = psprintf("DELETE FROM aiconsent.%s w"
					   " USING pg_catalog.unnest(($1::text[])::%s[]) k(subject)"
					   " WHERE w.subject = k.subject AND NOT EXISTS ("
					   "  SELECT FROM unnest($2, ($3::text[])::%s[])"
					   "   AS n(purpose, subject)"
					   "  WHERE n.subject = w.subject AND n.purpose = w.purpose)",
					   key->standing, key->name, key->name);
	sql_run(command, 3, types, values, NULL);
	command = psprintf("INSERT INTO aiconsent.%s AS w"
					   " (purpose, subject, since, until, content_from, explicit, more)"
					   " SELECT n.* FROM unnest($2, ($3::text[])::%s[], $4, $5, $6, $7, $8)"
					   "  AS n(purpose, subject, since, until, content_from, explicit, more)"
					   " WHERE $1 IS NOT NULL"
					   " ON CONFLICT (subject, purpose) DO UPDATE SET"
					   " since = EXCLUDED.since, until = EXCLUDED.until,"
					   " content_from = EXCLUDED.content_from,"
					   " explicit = EXCLUDED.explicit, more = EXCLUDED.more"
					   " WHERE (w.since, w.until, w.content_from, w.explicit, w.more)"
					   "  IS DISTINCT FROM (EXCLUDED.since, EXCLUDED.until,"
					   "  EXCLUDED.content_from, EXCLUDED.explicit, EXCLUDED.more)",
					   key->standing, key->name);
	sql_run(command, 8, types, values, NULL);
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

static void
judge_subject(Datum key, const Evidence *evidence, const Purpose *purposes,
			  int npurposes, Instant now, Columns *segments, Columns *windows)
{
	for (int p = 0; p < npurposes; p++)
	{
		Datum		name = CStringGetTextDatum(purposes[p].name);
		Segment    *line;
		int			n = timeline(evidence, &purposes[p], p, &line);
		Segment		window;
		bool		more;

		for (int i = 0; i < n; i++)
		{
			Datum		row[] = {key, name,
				TimestampTzGetDatum(line[i].since),
				TimestampTzGetDatum(line[i].until),
				VerdictGetDatum(line[i].verdict),
				BoolGetDatum(line[i].is_explicit),
			TimestampTzGetDatum(line[i].content_from)};

			columns_add(segments, row);
		}
		if (eligible_window(line, n, now, &window, &more))
		{
			Datum		row[] = {Int16GetDatum(purposes[p].id), key,
				TimestampTzGetDatum(window.since),
				TimestampTzGetDatum(window.until),
				TimestampTzGetDatum(window.content_from),
				BoolGetDatum(window.is_explicit),
			BoolGetDatum(more)};

			columns_add(windows, row);
		}
	}
}

void
standing_judge(const SubjectSet *subjects)
{
	Oid			segment_types[] = {TEXTOID, TEXTOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, verdict_type(), BOOLOID, TIMESTAMPTZOID};
	Oid			window_types[] = {INT2OID, TEXTOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, TIMESTAMPTZOID, BOOLOID, BOOLOID};
	Datum		keys = text_array(subjects->keys, subjects->n);
	Instant		now = judgement_instant(keys);
	Binding    *binding = registry_subject(CurrentMemoryContext);
	Purpose    *purposes;
	int			npurposes = policy_load(&purposes, CurrentMemoryContext);
	Evidence   *evidence;
	Columns		segments;
	Columns		windows;

	evidence = evidence_read(binding, keys, subjects->n, purposes, npurposes);
	columns_init(&segments, 7, segment_types, 2 * subjects->n + 1);
	columns_init(&windows, 7, window_types, subjects->n + 1);
	for (int i = 0; i < subjects->n; i++)
	{
		if (evidence[i].known)
			judge_subject(CStringGetTextDatum(subjects->keys[i]), &evidence[i],
						  purposes, npurposes, now, &segments, &windows);
	}
	write_segments(keys, now, &segments);
	if (binding)
		write_windows(key_type_of(binding_type(binding, "key")), keys, &windows);
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

/* ------------------------------------------------------------------------
 * Triggers on the evidence
 * ------------------------------------------------------------------------
 */

/* Keys of a statement, as they come. */
typedef struct KeyList
{
	char	  **keys;
	int			n;
	int			room;
} KeyList;

static void
add_key(KeyList *list, TupleTableSlot *slot, AttrNumber attno)
{
	bool		isnull;
	Datum		key = slot_getattr(slot, attno, &isnull);

	if (isnull)
		return;
	if (list->n == list->room)
	{
		list->room = list->room ? 2 * list->room : 64;
		list->keys = list->keys ?
			repalloc_huge(list->keys, list->room * sizeof(char *)) :
			palloc(list->room * sizeof(char *));
	}
	list->keys[list->n++] = sql_output(key, TupleDescAttr(slot->tts_tupleDescriptor,
														  attno - 1)->atttypid);
}

/* Do both rows say the same in every registered column? */
static bool
same_evidence(const Binding *binding, TupleTableSlot *a, TupleTableSlot *b)
{
	ListCell   *lc;

	foreach(lc, binding->columns)
	{
		AttrNumber	attno = ((BoundColumn *) lfirst(lc))->attno;
		Form_pg_attribute attr = TupleDescAttr(a->tts_tupleDescriptor, attno - 1);
		bool		anull;
		bool		bnull;
		Datum		x = slot_getattr(a, attno, &anull);
		Datum		y = slot_getattr(b, attno, &bnull);

		if (anull != bnull ||
			(!anull && !datum_image_eq(x, y, attr->attbyval, attr->attlen)))
			return false;
	}
	return true;
}

/*
 * The keys whose evidence a statement changed, from its transition tables.
 * An UPDATE leaves the old and the new rows in the same order; if it ever did
 * not, rows would differ and more subjects than needed would be judged.
 */
static void
collect_keys(const Binding *binding, AttrNumber key, TriggerData *trigger,
			 KeyList *list)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	TupleTableSlot *old = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	TupleTableSlot *new = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	bool		has_old = trigger->tg_oldtable != NULL;
	bool		has_new = trigger->tg_newtable != NULL;

	if (has_old)
		tuplestore_rescan(trigger->tg_oldtable);
	if (has_new)
		tuplestore_rescan(trigger->tg_newtable);
	for (;;)
	{
		has_old = has_old &&
			tuplestore_gettupleslot(trigger->tg_oldtable, true, false, old);
		has_new = has_new &&
			tuplestore_gettupleslot(trigger->tg_newtable, true, false, new);
		if (!has_old && !has_new)
			break;
		if (has_old && has_new && same_evidence(binding, old, new))
			continue;
		if (has_old)
			add_key(list, old, key);
		if (has_new)
			add_key(list, new, key);
	}
	ExecDropSingleTupleTableSlot(old);
	ExecDropSingleTupleTableSlot(new);
}

/*
 * evidence_changed: AFTER trigger for each statement on a registered table.
 *
 * On a table that is not registered, as after a restore without our data, it
 * does nothing.
 */
PG_FUNCTION_INFO_V1(evidence_changed);
Datum
evidence_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	static const BindingKind kinds[] = {BINDING_SUBJECT, BINDING_EDUCATION};
	static const char *const roles[] = {"key", "subject"};
	KeyList		list = {NULL, 0, 0};
	SqlScope	scope;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as an AFTER trigger for each statement",
						"aiconsent.evidence_changed()")));

	scope = sql_begin(sql_owner());
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		standing_lock_all();
		standing_judge_all();
	}
	else
	{
		Oid			relid = RelationGetRelid(trigger->tg_relation);

		for (int k = 0; k < 2; k++)
		{
			ListCell   *lc;

			foreach(lc, registry_find(kinds[k], relid, CurrentMemoryContext))
				collect_keys(lfirst(lc), binding_attno(lfirst(lc), roles[k]),
							 trigger, &list);
		}
		if (list.n > 0)
		{
			SubjectSet	set = standing_lock(list.keys, list.n);

			standing_judge(&set);
		}
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
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
