/*
 * window.c: is the subject eligible at this query's instant, and how?
 *
 * The first calls of a query look their subject up by index.  When a query
 * has asked often enough, all windows of the purpose are read once into a
 * hash table, under the same snapshot, and answer from then on.
 *
 * What is kept hangs on the FmgrInfo, and PL/pgSQL keeps that from one
 * statement to the next: it is therefore good for one snapshot, one instant
 * and one epoch only.  The epoch is what the snapshot does not tell: after
 * ROLLBACK TO SAVEPOINT it can be equal to one from before, and the rows that
 * it sees are others.
 */
#include "compat.h"
#include "lookup.h"
#include "segments.h"
#include "sql.h"
#include "standing.h"
#include "window.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Fewer look-ups than this are never worth a table. */
#define LEAST_LOOKUPS 64

static uint64 epoch = 0;

/* ------------------------------------------------------------------------
 * The table of windows
 * ------------------------------------------------------------------------
 */

typedef struct WindowEntry
{
	Datum		subject;
	Window		window;
	uint32		hash;
	char		status;
} WindowEntry;

/* Keys are compared, never just hashed; the type is the same for all. */
static bool
same_subject(const KeyType *type, Datum a, Datum b)
{
	if (type->oid == INT8OID)
		return DatumGetInt64(a) == DatumGetInt64(b);
	if (type->oid == UUIDOID)
		return memcmp(DatumGetPointer(a), DatumGetPointer(b), UUID_LEN) == 0;
	return VARSIZE_ANY_EXHDR(DatumGetPointer(a)) ==
		VARSIZE_ANY_EXHDR(DatumGetPointer(b)) &&
		memcmp(VARDATA_ANY(DatumGetPointer(a)), VARDATA_ANY(DatumGetPointer(b)),
			   VARSIZE_ANY_EXHDR(DatumGetPointer(a))) == 0;
}

static uint32
hash_subject(const KeyType *type, Datum subject)
{
	if (type->oid == INT8OID)
		return murmurhash32((uint32) DatumGetInt64(subject) ^
							(uint32) (DatumGetInt64(subject) >> 32));
	if (type->oid == UUIDOID)
		return hash_bytes((unsigned char *) DatumGetPointer(subject), UUID_LEN);
	return hash_bytes((unsigned char *) VARDATA_ANY(DatumGetPointer(subject)),
					  VARSIZE_ANY_EXHDR(DatumGetPointer(subject)));
}

#define SH_PREFIX windowhash
#define SH_ELEMENT_TYPE WindowEntry
#define SH_KEY_TYPE Datum
#define SH_KEY subject
#define SH_HASH_KEY(table, key) \
	hash_subject((const KeyType *) (table)->private_data, key)
#define SH_EQUAL(table, a, b) \
	same_subject((const KeyType *) (table)->private_data, a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* ------------------------------------------------------------------------
 * What calls of one query share
 * ------------------------------------------------------------------------
 */

typedef struct Shared
{
	MemoryContext context;		/* of the table, the snapshot and the name */
	Snapshot	snapshot;		/* a copy; NULL: nothing is shared yet */
	TimestampTz now;
	uint64		epoch;
	const KeyType *type;
	text	   *purpose;
	bool		purpose_known;
	int16		purpose_id;
	uint64		lookups;
	uint64		enough;			/* so many are worth the table */
	windowhash_hash *table;
} Shared;

static void
on_transaction_end(XactEvent event, void *arg)
{
	epoch++;
}

static void
on_subtransaction_event(SubXactEvent event, SubTransactionId mine,
						SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		epoch++;
}

void
window_init(void)
{
	RegisterXactCallback(on_transaction_end, NULL);
	RegisterSubXactCallback(on_subtransaction_event, NULL);
}

/* Do both see the same rows, within one epoch? */
static bool
same_snapshot(Snapshot a, Snapshot b)
{
	return a->snapshot_type == b->snapshot_type &&
		a->xmin == b->xmin && a->xmax == b->xmax &&
		a->curcid == b->curcid &&
		a->xcnt == b->xcnt && a->subxcnt == b->subxcnt &&
		a->suboverflowed == b->suboverflowed &&
		a->takenDuringRecovery == b->takenDuringRecovery &&
		memcmp(a->xip, b->xip, a->xcnt * sizeof(TransactionId)) == 0 &&
		(a->subxcnt <= 0 ||
		 memcmp(a->subxip, b->subxip, a->subxcnt * sizeof(TransactionId)) == 0);
}

static Snapshot
copy_snapshot(Snapshot s)
{
	Snapshot	copy = palloc(sizeof(SnapshotData));

	*copy = *s;
	copy->xip = palloc(s->xcnt * sizeof(TransactionId) + 1);
	if (s->xcnt > 0)
		memcpy(copy->xip, s->xip, s->xcnt * sizeof(TransactionId));
	copy->subxip = palloc(Max(s->subxcnt, 0) * sizeof(TransactionId) + 1);
	if (s->subxcnt > 0)
		memcpy(copy->subxip, s->subxip, s->subxcnt * sizeof(TransactionId));
	return copy;
}

static bool
same_text(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* What this call shares with those before it, or starts to. */
static Shared *
get_shared(FmgrInfo *flinfo, const KeyType *type, text *purpose)
{
	Shared	   *shared = flinfo->fn_extra;
	Snapshot	snapshot = GetActiveSnapshot();
	TimestampTz now = GetCurrentStatementStartTimestamp();
	MemoryContext caller;

	if (shared && shared->snapshot && shared->epoch == epoch &&
		shared->now == now && shared->type == type &&
		same_snapshot(shared->snapshot, snapshot) &&
		same_text(shared->purpose, purpose))
		return shared;

	if (shared == NULL)
	{
		shared = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Shared));
		shared->context = AllocSetContextCreate(flinfo->fn_mcxt,
												"aiconsent windows",
												ALLOCSET_DEFAULT_SIZES);
		flinfo->fn_extra = shared;
	}
	shared->snapshot = NULL;	/* until all is set, in case of an error */
	shared->table = NULL;
	MemoryContextReset(shared->context);
	caller = MemoryContextSwitchTo(shared->context);
	shared->now = now;
	shared->epoch = epoch;
	shared->type = type;
	shared->purpose = (text *) PG_DETOAST_DATUM_COPY(PointerGetDatum(purpose));
	shared->purpose_known = false;
	shared->lookups = 0;
	shared->enough = LEAST_LOOKUPS;
	shared->snapshot = copy_snapshot(snapshot);
	MemoryContextSwitchTo(caller);
	return shared;
}

/* ------------------------------------------------------------------------
 * Reading our tables
 * ------------------------------------------------------------------------
 */

/* Attributes, in the order of sql/20_policy.sql. */
enum
{
	PURPOSE_ID = 1
};

static bool
find_purpose(Shared *shared)
{
	ScanKeyData key;
	Lookup		lookup;

	if (shared->purpose_known)
		return true;
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ,
				PointerGetDatum(shared->purpose));
	lookup_open(&lookup, "purpose", "purpose_name_key", 1);
	lookup_begin(&lookup, &key);
	if (lookup_next(&lookup))
	{
		shared->purpose_id = DatumGetInt16(lookup_column(lookup.slot, PURPOSE_ID));
		shared->purpose_known = true;
	}
	lookup_close(&lookup);
	return shared->purpose_known;
}

/* A stretch that lies behind the first one, from the whole standing. */
static bool
find_later_window(const Shared *shared, Datum subject, Window *window)
{
	ScanKeyData key;
	Lookup		lookup;
	bool		found = false;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(sql_output(subject, shared->type->oid)));
	lookup_open(&lookup, "head", "head_pkey", 1);
	lookup_begin(&lookup, &key);
	if (lookup_next(&lookup))
	{
		Segment    *segments;
		int			n = segments_of(DatumGetByteaPP(lookup_column(lookup.slot,
																  HEAD_SEGMENTS)),
									shared->purpose_id, &segments);

		if (n > 0)
		{
			const Segment *now = timeline_at(segments, n, shared->now);

			found = now->verdict == VERDICT_ELIGIBLE;
			window->is_explicit = now->is_explicit;
			window->content_from = now->content_from;
		}
	}
	lookup_close(&lookup);
	return found;
}

/* Does the row of windows in the slot, or one behind it, hold now? */
static bool
window_of_row(const Shared *shared, TupleTableSlot *slot, Window *window)
{
	if (shared->now >= DatumGetTimestampTz(lookup_column(slot, WINDOW_UNTIL)))
		return DatumGetBool(lookup_column(slot, WINDOW_MORE)) &&
			find_later_window(shared, lookup_column(slot, WINDOW_SUBJECT), window);
	window->content_from =
		DatumGetTimestampTz(lookup_column(slot, WINDOW_CONTENT_FROM));
	window->is_explicit = DatumGetBool(lookup_column(slot, WINDOW_EXPLICIT));
	return shared->now >= DatumGetTimestampTz(lookup_column(slot, WINDOW_SINCE));
}

static bool
find_by_index(Shared *shared, Datum subject, Window *window)
{
	const KeyType *type = shared->type;
	RegProcedure equal = type->oid == INT8OID ? F_INT8EQ :
		type->oid == UUIDOID ? F_UUID_EQ : F_TEXTEQ;
	ScanKeyData keys[2];
	Lookup		lookup;
	char		index[NAMEDATALEN];
	bool		found;

	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, equal, subject);
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT2EQ,
				Int16GetDatum(shared->purpose_id));
	snprintf(index, sizeof(index), "%s_pkey", type->standing);
	lookup_open(&lookup, type->standing, index, 2);
	lookup_begin(&lookup, keys);
	found = lookup_next(&lookup) && window_of_row(shared, lookup.slot, window);

	/* To look one subject up costs about what a block of the table does. */
	if (shared->lookups++ == 0)
		shared->enough = Max(LEAST_LOOKUPS,
							 RelationGetNumberOfBlocks(lookup.table));
	lookup_close(&lookup);
	return found;
}

/* Read all windows of the purpose that hold now. */
static void
load_table(Shared *shared)
{
	const KeyType *type = shared->type;
	bool		byvalue = get_typbyval(type->oid);
	int16		length = get_typlen(type->oid);
	Relation	relation = table_open(sql_table(type->standing), AccessShareLock);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan;
	windowhash_hash *table;

	/* In several steps, so that an error in between leaves nothing half. */
	table = windowhash_create(shared->context, 1024, unconstify(KeyType *, type));
	scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Window		window;
		WindowEntry *entry;
		Datum		subject;
		bool		found;

		CHECK_FOR_INTERRUPTS();
		if (DatumGetInt16(lookup_column(slot, WINDOW_PURPOSE)) != shared->purpose_id ||
			!window_of_row(shared, slot, &window))
			continue;
		subject = lookup_column(slot, WINDOW_SUBJECT);
		if (!byvalue)
		{
			MemoryContext caller = MemoryContextSwitchTo(shared->context);

			subject = length > 0 ? datumCopy(subject, false, length) :
				PointerGetDatum(PG_DETOAST_DATUM_COPY(subject));
			MemoryContextSwitchTo(caller);
		}
		entry = windowhash_insert(table, subject, &found);
		entry->window = window;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, NoLock);
	shared->table = table;
}

bool
window_find(FmgrInfo *flinfo, const KeyType *type, Datum subject,
			text *purpose, Window *window)
{
	Shared	   *shared = get_shared(flinfo, type, purpose);
	WindowEntry *entry;

	if (!find_purpose(shared))
		return false;
	if (shared->table == NULL)
	{
		if (shared->lookups < shared->enough)
			return find_by_index(shared, subject, window);
		load_table(shared);
	}
	entry = windowhash_lookup(shared->table, subject);
	if (entry)
		*window = entry->window;
	return entry != NULL;
}
