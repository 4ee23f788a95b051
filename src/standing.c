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
#include "head.h"
#include "lookup.h"
#include "mirror.h"
#include "policy.h"
#include "registry.h"
#include "segments.h"
#include "sql.h"
#include "store.h"
#include "timeline.h"
#include "window_read.h"
#include "window_write.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/*
 * Subjects judged at once when all of them are.  The least bounds the overhead
 * of a batch, the most the memory.  In between a share of them, because a
 * table of evidence without an index is read once for each batch.
 */
#define LEAST_BATCH 10000
#define MOST_BATCH 200000
#define MOST_BATCHES 16

/* ------------------------------------------------------------------------
 * Heads: where recomputes of one subject meet
 * ------------------------------------------------------------------------
 */

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static SubjectSet
make_set(char **keys, int nkeys)
{
	SubjectSet	set = {0};

	qsort(keys, nkeys, sizeof(char *), compare_keys);
	set.n = qunique(keys, nkeys, sizeof(char *), compare_keys);
	set.heads = palloc_extended(set.n * sizeof(Head) + 1,
								MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < set.n; i++)
	{
		set.heads[i].key = keys[i];
		set.heads[i].last_event = set.heads[i].recorded_at = INSTANT_BEGIN;
		ItemPointerSetInvalid(&set.heads[i].tid);
	}
	return set;
}

char **
standing_keys(const SubjectSet *set)
{
	char	  **keys = palloc_extended(set->n * sizeof(char *) + 1,
									   MCXT_ALLOC_HUGE);

	for (int i = 0; i < set->n; i++)
		keys[i] = set->heads[i].key;
	return keys;
}

static bytea *
load_bytes(TupleTableSlot *slot, AttrNumber attno)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, attno, &isnull);

	return isnull ? NULL : (bytea *) PG_DETOAST_DATUM_COPY(value);
}

static void
load_chain(TupleTableSlot *slot, ChainEnd *chain)
{
	bytea	   *hash;

	if (slot_attisnull(slot, HEAD_LAST_ID) ||
		slot_attisnull(slot, HEAD_LAST_HASH))
		return;
	hash = DatumGetByteaPP(lookup_column(slot, HEAD_LAST_HASH));
	chain->id = DatumGetInt64(lookup_column(slot, HEAD_LAST_ID));
	memcpy(chain->hash, VARDATA_ANY(hash),
		   Min(VARSIZE_ANY_EXHDR(hash), SHA256_BYTES));
}

/* Read the heads that are there. */
static void
load_heads(SubjectSet *set)
{
	Lookup		lookup;

	PushActiveSnapshot(GetTransactionSnapshot());
	lookup_open(&lookup, "head", "head_pkey", 1);
	for (int i = 0; i < set->n; i++)
	{
		Head	   *head = &set->heads[i];
		text	   *key = cstring_to_text(head->key);
		ScanKeyData scan_key;
		bytea	   *segments;

		ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_TEXTEQ,
					PointerGetDatum(key));
		lookup_begin(&lookup, &scan_key);
		if (lookup_next(&lookup))
		{
			head->tid = lookup.slot->tts_tid;
			if (!slot_attisnull(lookup.slot, HEAD_NUMBER))
				head->number =
					DatumGetInt64(lookup_column(lookup.slot, HEAD_NUMBER));
			head->recorded_at =
				DatumGetTimestampTz(lookup_column(lookup.slot, HEAD_RECORDED_AT));
			head->last_event =
				DatumGetTimestampTz(lookup_column(lookup.slot, HEAD_LAST_EVENT));
			segments = DatumGetByteaPP(lookup_column(lookup.slot, HEAD_SEGMENTS));
			if (VARSIZE_ANY_EXHDR(segments) > 0)
				head->segments = (bytea *)
					PG_DETOAST_DATUM_COPY(PointerGetDatum(segments));
			head->handle = load_bytes(lookup.slot, HEAD_HANDLE);
			head->profile = load_bytes(lookup.slot, HEAD_PROFILE);
			load_chain(lookup.slot, &head->chain);
		}
		pfree(key);
	}
	lookup_close(&lookup);
	PopActiveSnapshot();
}

/*
 * The heads are taken in the order of their keys, so that two statements
 * cannot wait for each other; and behind the table, so that nobody who waits
 * for it holds the regime that its holder is about to change.
 *
 * A row that is there is locked, and written when its subject is judged;
 * where it changed since an older snapshot, to lock it fails.
 */
SubjectSet
standing_lock(char **keys, int nkeys)
{
	SubjectSet	set = make_set(keys, nkeys);
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {sql_text_array(keys, set.n)};

	LockRelationOid(sql_table("head"), RowExclusiveLock);

	/* An older snapshot would not see a policy or declaration of since. */
	if (IsolationUsesXactSnapshot())
		sql_run("SELECT FROM aiconsent.regime FOR SHARE", 0, NULL, NULL, NULL);

	sql_run("INSERT INTO aiconsent.head AS h (subject)"
			" SELECT i.key FROM pg_catalog.unnest($1) WITH ORDINALITY"
			"   AS i(key, number) ORDER BY i.number"
			" ON CONFLICT (subject) DO UPDATE SET subject = h.subject WHERE false",
			1, types, values, NULL);
	load_heads(&set);
	set.locked = true;
	return set;
}

void
standing_lock_all(void)
{
	sql_runf("LOCK TABLE aiconsent.head IN SHARE ROW EXCLUSIVE MODE");
	sql_run("UPDATE aiconsent.regime SET changed_at = pg_catalog.clock_timestamp()",
			0, NULL, NULL, NULL);
}

SubjectSet
standing_load(char **keys, int nkeys)
{
	SubjectSet	set = make_set(keys, nkeys);

	load_heads(&set);
	return set;
}

static int
compare_key_to_head(const void *key, const void *head)
{
	return strcmp(key, ((const Head *) head)->key);
}

Head *
standing_head(const SubjectSet *set, const char *key)
{
	return bsearch(key, set->heads, set->n, sizeof(Head), compare_key_to_head);
}

Instant
standing_next_instant(Head *head)
{
	head->last_event = Max(GetCurrentTimestamp(), head->last_event + 1);
	head->moved = true;
	return head->last_event;
}

/*
 * The instant of a judgement: behind every immediate event of the subjects,
 * even where the clock was set back since.
 */
static Instant
judgement_instant(const SubjectSet *set)
{
	Instant		now = GetCurrentTimestamp();

	for (int i = 0; i < set->n; i++)
		now = Max(now, set->heads[i].last_event);
	return now;
}

/* ------------------------------------------------------------------------
 * Judging
 * ------------------------------------------------------------------------
 */

/* The tables that a judgement writes. */
typedef struct Judgement
{
	const Purpose *purposes;
	int			npurposes;
	Instant		now;
	bool		locked;			/* each head by itself */
	Store		heads;
	Store		history;
	bool		has_history;	/* there is something known before */
	Windows		windows;
	SegmentsBuffer buffer;
	WantedWindow *wanted;
	SubjectSet *subjects;
	const Evidence *evidence;	/* of each of these */
} Judgement;

static void
judge_subject(Judgement *j, Head *head, const Evidence *evidence)
{
	int			nwanted = 0;

	segments_begin(&j->buffer);
	for (int p = 0; evidence->known && p < j->npurposes; p++)
	{
		WantedWindow *wanted = &j->wanted[nwanted];
		Segment    *line;
		int			n = timeline(evidence, &j->purposes[p], p, &line);

		segments_add(&j->buffer, j->purposes[p].id, line, n);
		wanted->purpose = j->purposes[p].id;
		wanted->stored = false;
		if (eligible_window(line, n, j->now, &wanted->segment, &wanted->more))
			nwanted++;
	}
	if (evidence->erased && !evidence->known)
		head_forget(&j->heads, head);
	else
	{
		if (head_was_known(head) && !evidence->erased &&
			head_changes(head, j->buffer.data))
			head_supersede(&j->history, head, j->now);
		head_write(&j->heads, head, j->locked, evidence, j->buffer.data,
				   j->now);
	}
	if (j->windows.type)
		windows_write(&j->windows, head->key, j->wanted, nwanted);
}

static void
judge_subjects(void *argument)
{
	Judgement  *j = argument;
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext,
											  "aiconsent judgement",
											  ALLOCSET_DEFAULT_SIZES);

	for (int i = 0; i < j->subjects->n; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(one);

		CHECK_FOR_INTERRUPTS();
		judge_subject(j, &j->subjects->heads[i], &j->evidence[i]);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(one);
	}
	MemoryContextDelete(one);
}

static void
require_members(const SubjectSet *set, const Evidence *evidence)
{
	int			missing = 0;

	for (int i = 0; i < set->n; i++)
		missing += !evidence[i].known;
	if (missing > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 set->n == 1 ? errmsg("no subject with that key") :
				 errmsg("no subjects with %d of these keys", missing),
				 errdetail("Nothing was recorded."),
				 errhint("The subject's row must exist in the table given to register_subject().")));
}

void
standing_judge(SubjectSet *set, JudgeOptions options)
{
	const Binding *subject = registry_subject();
	Judgement	j = {.subjects = set};
	Evidence   *evidence;

	j.npurposes = policy_purposes(&j.purposes);
	PushActiveSnapshot(GetTransactionSnapshot());
	evidence = evidence_read(standing_keys(set), set->n, j.purposes, j.npurposes);
	j.evidence = evidence;
	if (options.must_exist)
		require_members(set, evidence);
	if (options.mirror != MIRROR_NONE)
		mirror_settings(set, evidence, j.purposes, j.npurposes,
						options.mirror, options.recorder);
	j.now = judgement_instant(set);
	j.locked = set->locked;
	j.wanted = palloc(j.npurposes * sizeof(WantedWindow) + 1);
	segments_begin(&j.buffer);
	PopActiveSnapshot();

	/* What was just written must be seen, too. */
	PushActiveSnapshot(GetTransactionSnapshot());
	store_open(&j.heads, "head");
	for (int i = 0; i < set->n; i++)
		j.has_history |= head_was_known(&set->heads[i]);
	if (j.has_history)
		store_open(&j.history, "head_history");
	if (subject)
		windows_open(&j.windows, key_type_of(binding_type(subject, "key")),
					 options.pack_behind);
	sha256_many(judge_subjects, &j);
	if (j.windows.type)
		windows_close(&j.windows);
	if (j.has_history)
		store_close(&j.history);
	store_close(&j.heads);
	PopActiveSnapshot();
}

/* ------------------------------------------------------------------------
 * Judging everybody
 * ------------------------------------------------------------------------
 */

static int
batch_size(const Binding *subject)
{
	HeapTuple	tuple = SearchSysCache1(RELOID,
										ObjectIdGetDatum(subject->relid));
	float4		tuples;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", subject->relid);
	tuples = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
	ReleaseSysCache(tuple);
	return Max(LEAST_BATCH, Min(MOST_BATCH, tuples / MOST_BATCHES));
}

/* Judge the keys in the first column of SPI_tuptable; returns the last. */
static char *
judge_rows(MemoryContext context, Oid recorder)
{
	int			n = SPI_processed;
	char	  **keys = palloc(n * sizeof(char *));
	char	   *last;
	SubjectSet	set;

	for (int i = 0; i < n; i++)
		keys[i] = sql_text_column(i, 1);
	last = MemoryContextStrdup(context, keys[n - 1]);
	SPI_freetuptable(SPI_tuptable);
	set = standing_load(keys, n);
	standing_judge(&set, (JudgeOptions) {.recorder = recorder,
						   .mirror = MIRROR_ALL, .pack_behind = true});
	return last;
}

/* Members in the order of their keys, a batch at a time; how many. */
static uint64
judge_members(const Binding *binding, Oid recorder)
{
	const char *key = binding_column(binding, "key");
	const char *type = key_type_of(binding_type(binding, "key"))->name;
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	char	   *last = NULL;
	char	   *query;
	MemoryContext context = CurrentMemoryContext;
	uint64		batch = batch_size(binding);
	uint64		judged = 0;

	query = psprintf("SELECT (%s)::pg_catalog.text FROM %s%s t"
					 " WHERE %s IS NOT NULL"
					 " AND ($1 IS NULL OR %s > $1::%s)"
					 " ORDER BY %s LIMIT " UINT64_FORMAT, key,
					 get_rel_relkind(binding->relid) == RELKIND_RELATION ?
					 "ONLY " : "",
					 sql_relation(binding->relid), key, key, type, key, batch);
	for (;;)
	{
		SqlScope	scope = sql_begin(sql_owner());
		uint64		count;

		values[0] = last ? CStringGetTextDatum(last) : (Datum) 0;
		count = sql_run_as(sql_relation_owner(binding->relid), query,
						   1, types, values, last ? " " : "n", false);
		if (count > 0)
			last = judge_rows(context, recorder);
		sql_end(&scope);
		judged += count;
		if (count < batch)
			return judged;
		CHECK_FOR_INTERRUPTS();
	}
}

static uint64
count_standing(void)
{
	bool		isnull;

	sql_runf("SELECT count(*) FROM aiconsent.head WHERE segments <> ''");
	return DatumGetInt64(sql_column(0, 1, &isnull));
}

/* Subjects that have a standing although they are no members any more. */
static void
judge_rest(Oid recorder)
{
	Oid			types[] = {TEXTOID, INT4OID};
	char	   *last = pstrdup("");
	MemoryContext context = CurrentMemoryContext;
	uint64		count;

	do
	{
		SqlScope	scope = sql_begin(sql_owner());
		Datum		values[] = {CStringGetTextDatum(last), Int32GetDatum(LEAST_BATCH)};

		count = sql_run("SELECT h.subject FROM aiconsent.head h"
						" WHERE h.subject > $1 AND h.segments <> ''"
						" ORDER BY h.subject LIMIT $2", 2, types, values, NULL);
		if (count > 0)
			last = judge_rows(context, recorder);
		sql_end(&scope);
	} while (count == LEAST_BATCH);
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
standing_judge_all(Oid recorder)
{
	const Binding *subject = registry_subject();
	uint64		members = 0;

	if (subject == NULL)
		forget_windows();
	else
		members = judge_members(subject, recorder);
	if (count_standing() > members)
		judge_rest(recorder);
	window_pack(subject ? key_type_of(binding_type(subject, "key")) : NULL);
}

/* ------------------------------------------------------------------------
 * Keys
 * ------------------------------------------------------------------------
 */

char *
subject_key(Datum key, Oid type)
{
	const Binding *binding = registry_subject();
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
	if (registered == type)
		return text;
	getTypeInputInfo(registered, &input, &param);
	return sql_output(OidInputFunctionCall(input, text, param, -1), registered);
}

PG_FUNCTION_INFO_V1(pack_standing);
Datum
pack_standing(PG_FUNCTION_ARGS)
{
	const Binding *subject;
	SqlScope	scope;

	require_read_committed("pack_standing()");
	scope = sql_begin(sql_owner());
	standing_lock_all();
	subject = registry_subject();
	window_pack(subject ? key_type_of(binding_type(subject, "key")) : NULL);
	sql_end(&scope);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(rebuild_standing);
Datum
rebuild_standing(PG_FUNCTION_ARGS)
{
	SqlScope	scope;

	require_read_committed("rebuild_standing()");
	scope = sql_begin(sql_owner());
	standing_lock_all();
	standing_judge_all(scope.saved_user);
	sql_end(&scope);
	PG_RETURN_VOID();
}
