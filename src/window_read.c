/*
 * window_read.c: how are the windows of everybody read at once?
 *
 * Whoever judges everybody packs the windows, too, and a row that is written
 * later is named in a table of its own.  All of it is written under the locks
 * that judging takes anyway, and read under one snapshot, so that both ways
 * give the same set.
 */
#include "compat.h"
#include "policy.h"
#include "segments.h"
#include "sql.h"
#include "store.h"
#include "window_read.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/*
 * To look a subject up takes as long as reading about eight blocks of windows,
 * and when many are looked up in the order of their keys, a third of that; a
 * packed window is at least thirty times as small as its row.  A block has the
 * names of about 225 subjects.  See doc/bench-scan.md; doctor() weighs alike.
 */
#define BLOCKS_PER_LOOKUP	8
#define NAMES_PER_LOOKUP	3
#define PACKED_PER_BLOCK	32
#define NAMES_PER_BLOCK		225

/* So often may a subject be named on the average, or names are not sorted. */
#define NAMED_AT_MOST		4

/* Attributes of aiconsent.standing_packed, in the order of sql/30_standing.sql. */
enum
{
	PACKED_PURPOSE = 1,
	PACKED_AT,
	PACKED_FILENODE,
	PACKED_FIRST,
	PACKED_ROOM,
	PACKED_BITS,
	PACKED_NUMBERS,
	PACKED_SINCE,
	PACKED_UNTIL,
	PACKED_CONTENT_FROM,
	PACKED_EXPLICIT,
	PACKED_COLUMNS = PACKED_EXPLICIT
};

/* ------------------------------------------------------------------------
 * Rows
 * ------------------------------------------------------------------------
 */

/* One that lies behind the first, from the whole standing. */
static Stretch
later_stretch(const KeyType *type, int16 purpose, TimestampTz at, Datum subject)
{
	ScanKeyData key;
	Lookup		lookup;
	Stretch		stretch = NO_STRETCH;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(sql_output(subject, type->oid)));
	lookup_open(&lookup, "head", "head_pkey", 1);
	lookup_begin(&lookup, &key);
	if (lookup_next(&lookup))
	{
		Segment    *segments;
		int			n = segments_of(DatumGetByteaPP(lookup_column(lookup.slot,
																  HEAD_SEGMENTS)),
									purpose, &segments);

		for (int i = 0; i < n; i++)
		{
			const Segment *s = &segments[i];

			if (s->until <= at || s->verdict != VERDICT_ELIGIBLE)
				continue;
			stretch = (Stretch) {s->since, s->until, s->content_from,
								 s->is_explicit};
			break;
		}
	}
	lookup_close(&lookup);
	return stretch;
}

/* What a row says of the instant, or what stands behind it. */
static Stretch
stretch_of_row(const KeyType *type, int16 purpose, TimestampTz at,
			   const StandingRow *row, Datum subject)
{
	if (at < row->until)
		return (Stretch) {row->since, row->until, row->content_from,
						  row->is_explicit};
	return row->more ? later_stretch(type, purpose, at, subject) : NO_STRETCH;
}

Stretch
window_of_subject(Lookup *lookup, const KeyType *type, int16 purpose,
				  TimestampTz at, Datum subject)
{
	ScanKeyData keys[2];
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, type->equal, subject);
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT2EQ,
				Int16GetDatum(purpose));
	lookup_begin(lookup, keys);
	if (!lookup_next(lookup))
		return NO_STRETCH;
	tuple = ExecFetchSlotHeapTuple(lookup->slot, false, NULL);
	return stretch_of_row(type, purpose, at, standing_row(tuple), subject);
}

/*
 * The least and the greatest key of the table, of rows that are there: an
 * index has keys of some that are no more, which can lie far beyond.
 */
static bool
range_of_keys(const KeyType *type, Relation table, int64 *least, int64 *greatest)
{
	static const ScanDirection direction[] = {ForwardScanDirection,
		BackwardScanDirection};
	Relation	index;
	TupleTableSlot *slot = table_slot_create(table, NULL);
	int64		end[2];
	bool		any = true;

	index = index_open(sql_table(type->standing_index), AccessShareLock);
	for (int i = 0; i < 2 && any; i++)
	{
		IndexScanDesc scan = begin_index_scan(table, index, GetActiveSnapshot(), 0);

		index_rescan(scan, NULL, 0, NULL, 0);
		any = index_getnext_slot(scan, direction[i], slot);
		if (any)
			end[i] = DatumGetInt64(lookup_column(slot, WINDOW_SUBJECT));
		index_endscan(scan);
	}
	index_close(index, NoLock);
	ExecDropSingleTupleTableSlot(slot);
	*least = any ? end[0] : 0;
	*greatest = any ? end[1] : 0;
	return any;
}

static double
expected_rows(Relation table)
{
	BlockNumber pages;
	double		rows;
	double		all_visible;

	table_relation_estimate_size(table, NULL, &pages, &rows, &all_visible);
	return rows;
}

/*
 * Read every row of the purpose, in the order of the table and without a slot:
 * that is most of what a large scan costs beyond the scan itself.  Who has more
 * than one stretch is left out where apart is not NULL, and named there.
 */
static WindowSet *
read_rows(MemoryContext context, const KeyType *type, int16 purpose,
		  TimestampTz at, Relation table, Store *apart)
{
	TupleDesc	desc = RelationGetDescr(table);
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext,
											  "aiconsent window",
											  ALLOCSET_SMALL_SIZES);
	int64		least;
	int64		greatest;
	WindowSet  *set;
	TableScanDesc scan;
	HeapTuple	tuple;

	if (type->oid == INT8OID && range_of_keys(type, table, &least, &greatest))
		set = window_set_create_within(context, type, at, expected_rows(table),
									   least, greatest);
	else
		set = window_set_create(context, type, at, expected_rows(table));
	scan = table_beginscan(table, GetActiveSnapshot(), 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		const StandingRow *row = standing_row(tuple);
		Datum		subject;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		if (row->purpose != purpose)
			continue;
		subject = fastgetattr(tuple, WINDOW_SUBJECT, desc, &isnull);
		if (likely(!row->more))
		{
			if (at < row->until)
				window_set_add(set, subject,
							   stretch_of_row(type, purpose, at, row, subject));
		}
		else if (apart)
			store_insert(apart, &subject, NULL);
		else
		{
			MemoryContext caller = MemoryContextSwitchTo(one);

			window_set_add(set, subject,
						   stretch_of_row(type, purpose, at, row, subject));
			MemoryContextSwitchTo(caller);
			MemoryContextReset(one);
		}
	}
	table_endscan(scan);
	MemoryContextDelete(one);
	return set;
}

/* ------------------------------------------------------------------------
 * Packed
 * ------------------------------------------------------------------------
 */

bool
window_is_packed(const KeyType *type)
{
	return type->oid == INT8OID && !sql_is_empty("standing_packed");
}

/* About how many look-ups by index take as long as reading all rows. */
static uint64
rows_worth(Relation table)
{
	return RelationGetNumberOfBlocks(table) / BLOCKS_PER_LOOKUP;
}

/* The same of packed windows and the rows of so many who are named apart. */
static uint64
packed_worth(Relation table, uint64 names)
{
	return rows_worth(table) / PACKED_PER_BLOCK + names / NAMES_PER_LOOKUP;
}

uint64
window_read_worth(const KeyType *type, Relation table)
{
	Relation	names;
	BlockNumber blocks;

	if (!window_is_packed(type))
		return rows_worth(table);
	names = table_open(sql_table("standing_unpacked"), AccessShareLock);
	blocks = RelationGetNumberOfBlocks(names);
	table_close(names, NoLock);
	return Min(packed_worth(table, (uint64) blocks * NAMES_PER_BLOCK),
			   rows_worth(table));
}

static int
compare_keys(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/*
 * Who is named apart, each once, in their order.  False if there are too many:
 * some are named more than once, but it is not worth while to sort them all to
 * know how many.
 */
static bool
read_names(Relation rows, int64 **keys, uint64 *n)
{
	Relation	table = table_open(sql_table("standing_unpacked"), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(table);
	TableScanDesc scan = table_beginscan(table, GetActiveSnapshot(), 0, NULL);
	uint64		most = (rows_worth(rows) + 1) * NAMES_PER_LOOKUP;
	uint64		room = 64;
	uint64		named = 0;
	HeapTuple	tuple;

	*keys = palloc(room * sizeof(int64));
	while (named <= NAMED_AT_MOST * most &&
		   (tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		if (named == room)
		{
			room *= 2;
			*keys = repalloc_huge(*keys, room * sizeof(int64));
		}
		(*keys)[named++] = DatumGetInt64(fastgetattr(tuple, 1, desc, &isnull));
	}
	table_endscan(scan);
	table_close(table, NoLock);
	if (named > NAMED_AT_MOST * most)
		return false;
	qsort(*keys, named, sizeof(int64), compare_keys);
	*n = qunique(*keys, named, sizeof(int64), compare_keys);
	return packed_worth(rows, *n) <= rows_worth(rows);
}

/* Those who are named apart have what their rows say, or nothing. */
static void
read_apart(WindowSet *set, int16 purpose, const int64 *keys, uint64 n)
{
	Lookup		lookup;
	MemoryContext one;
	MemoryContext caller;

	if (n == 0)
		return;
	one = AllocSetContextCreate(CurrentMemoryContext, "aiconsent window",
								ALLOCSET_SMALL_SIZES);
	lookup_open(&lookup, set->type->standing, set->type->standing_index, 2);
	caller = MemoryContextSwitchTo(one);
	for (uint64 i = 0; i < n; i++)
	{
		Datum		subject = Int64GetDatum(keys[i]);

		CHECK_FOR_INTERRUPTS();
		if (window_set_index(set, subject) == NOT_IN_SET)
			continue;			/* beyond all keys: there is no row */
		window_set_add(set, subject,
					   window_of_subject(&lookup, set->type, purpose, set->at,
										 subject));
		MemoryContextReset(one);
	}
	MemoryContextSwitchTo(caller);
	lookup_close(&lookup);
	MemoryContextDelete(one);
}

/* A row of packed windows. */
typedef struct Packed
{
	int16		purpose;
	TimestampTz at;
	Oid			filenode;
	int64		first;
	int64		room;
	int16		bits;
	bytea	   *numbers;
	Stretch    *stretches;
	int			nstretches;
} Packed;

static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("packed windows are damaged"),
			 errhint("Pack them anew: SELECT aiconsent.pack_standing();")));
}

static Datum *
elements(Datum array, Oid type, int *n)
{
	Datum	   *values;

	if (ARR_HASNULL(DatumGetArrayTypeP(array)))
		damaged();
	if (type == BOOLOID)
		deconstruct_array(DatumGetArrayTypeP(array), BOOLOID, 1, true,
						  TYPALIGN_CHAR, &values, NULL, n);
	else
		deconstruct_array(DatumGetArrayTypeP(array), TIMESTAMPTZOID, 8,
						  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values, NULL, n);
	return values;
}

/*
 * As it was written, and nothing in it that is none of ours.  A number takes a
 * bit at least, so that no room is claimed that the numbers do not have.
 */
static Packed
packed_of_row(HeapTuple tuple, TupleDesc desc)
{
	Packed		packed;
	Datum		values[PACKED_COLUMNS];
	bool		nulls[PACKED_COLUMNS];
	Datum	   *columns[4];
	int			n[4];

	heap_deform_tuple(tuple, desc, values, nulls);
	for (int i = 0; i < PACKED_COLUMNS; i++)
	{
		if (nulls[i])
			damaged();
	}
	packed.purpose = DatumGetInt16(values[PACKED_PURPOSE - 1]);
	packed.at = DatumGetTimestampTz(values[PACKED_AT - 1]);
	packed.filenode = DatumGetObjectId(values[PACKED_FILENODE - 1]);
	packed.first = DatumGetInt64(values[PACKED_FIRST - 1]);
	packed.room = DatumGetInt64(values[PACKED_ROOM - 1]);
	packed.bits = DatumGetInt16(values[PACKED_BITS - 1]);
	packed.numbers = DatumGetByteaPP(values[PACKED_NUMBERS - 1]);
	for (int i = 0; i < 4; i++)
		columns[i] = elements(values[PACKED_SINCE - 1 + i],
							  i == 3 ? BOOLOID : TIMESTAMPTZOID, &n[i]);
	if (n[0] != n[1] || n[0] != n[2] || n[0] != n[3] || packed.room < 1 ||
		(uint64) packed.room / 8 > VARSIZE_ANY_EXHDR(packed.numbers) ||
		packed.first > PG_INT64_MAX - (packed.room - 1))
		damaged();
	packed.nstretches = n[0];
	packed.stretches = palloc_extended(n[0] * sizeof(Stretch) + 1,
									   MCXT_ALLOC_HUGE);
	for (int i = 0; i < n[0]; i++)
		packed.stretches[i] = (Stretch) {
			DatumGetTimestampTz(columns[0][i]),
			DatumGetTimestampTz(columns[1][i]),
			DatumGetTimestampTz(columns[2][i]),
			DatumGetBool(columns[3][i])
		};
	return packed;
}

/* The purpose's, unless they are of another time or table. */
static bool
find_packed(int16 purpose, TimestampTz at, Relation table, Packed *packed)
{
	Relation	relation = table_open(sql_table("standing_packed"), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	TableScanDesc scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	HeapTuple	tuple;
	bool		isnull;
	bool		found = false;

	while (!found && (tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		if (DatumGetInt16(fastgetattr(tuple, PACKED_PURPOSE, desc, &isnull)) != purpose)
			continue;
		*packed = packed_of_row(heap_copytuple(tuple), desc);
		found = true;
	}
	table_endscan(scan);
	table_close(relation, NoLock);
	return found && packed->at <= at &&
		packed->filenode == table->rd_rel->relfilenode;
}

/* NULL: the rows must be read, or it is quicker. */
static WindowSet *
read_packed(MemoryContext context, const KeyType *type, int16 purpose,
			TimestampTz at, Relation table)
{
	Packed		packed;
	int64		least;
	int64		greatest;
	int64	   *names;
	uint64		nnames;
	WindowSet  *set;

	if (!window_is_packed(type) ||
		!read_names(table, &names, &nnames) ||
		!find_packed(purpose, at, table, &packed) ||
		!range_of_keys(type, table, &least, &greatest) ||
		least < packed.first)
		return NULL;
	greatest = Max(greatest, packed.first + packed.room - 1);
	set = window_set_create_within(context, type, at, expected_rows(table),
								   packed.first, greatest);
	if (!set->by_offset)
		return NULL;
	if (!window_set_load(set, packed.room, packed.bits,
						 VARDATA_ANY(packed.numbers),
						 VARSIZE_ANY_EXHDR(packed.numbers),
						 packed.stretches, packed.nstretches))
		damaged();
	read_apart(set, purpose, names, nnames);
	return set;
}

static void
write_packed(int16 purpose, Relation table, const WindowSet *set, Store *store)
{
	int			n = set->nwindows;
	Datum	   *columns[4];
	Datum		values[PACKED_COLUMNS];
	Size		bytes = window_set_bytes(set);
	bytea	   *numbers = palloc_extended(VARHDRSZ + bytes, MCXT_ALLOC_HUGE);

	SET_VARSIZE(numbers, VARHDRSZ + bytes);
	memcpy(VARDATA(numbers), set->numbers, bytes);
	for (int c = 0; c < 4; c++)
		columns[c] = palloc_extended(n * sizeof(Datum), MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
	{
		columns[0][i] = TimestampTzGetDatum(set->stretches[i].since);
		columns[1][i] = TimestampTzGetDatum(set->stretches[i].until);
		columns[2][i] = TimestampTzGetDatum(set->stretches[i].content_from);
		columns[3][i] = BoolGetDatum(set->stretches[i].is_explicit);
	}
	values[PACKED_PURPOSE - 1] = Int16GetDatum(purpose);
	values[PACKED_AT - 1] = TimestampTzGetDatum(set->at);
	values[PACKED_FILENODE - 1] = ObjectIdGetDatum(table->rd_rel->relfilenode);
	values[PACKED_FIRST - 1] = Int64GetDatum(set->first);
	values[PACKED_ROOM - 1] = Int64GetDatum(set->room);
	values[PACKED_BITS - 1] = Int16GetDatum(set->bits);
	values[PACKED_NUMBERS - 1] = PointerGetDatum(numbers);
	for (int c = 0; c < 4; c++)
		values[PACKED_SINCE - 1 + c] = PointerGetDatum(c == 3 ?
			construct_array(columns[c], n, BOOLOID, 1, true, TYPALIGN_CHAR) :
			construct_array(columns[c], n, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL,
							TYPALIGN_DOUBLE));
	store_insert(store, values, NULL);
}

/* An array has at most a gigabyte, and so has a value. */
static bool
can_be_written(const WindowSet *set)
{
	return set->by_offset && window_set_bytes(set) < MaxAllocSize / 2 &&
		set->nwindows < MaxAllocSize / 2 / sizeof(Datum);
}

void
window_pack(const KeyType *type)
{
	const Purpose *purposes;
	int			npurposes;
	Relation	table;
	Store		packed;
	Store		apart;
	MemoryContext context;
	TimestampTz at;

	if (!sql_is_empty("standing_packed"))
		sql_runf("DELETE FROM aiconsent.standing_packed");
	if (!sql_is_empty("standing_unpacked"))
		sql_runf("DELETE FROM aiconsent.standing_unpacked");
	if (type == NULL || type->oid != INT8OID)
		return;
	npurposes = policy_purposes(&purposes);
	at = GetCurrentTimestamp();
	context = AllocSetContextCreate(CurrentMemoryContext, "aiconsent packing",
									ALLOCSET_DEFAULT_SIZES);

	/* What was just written must be seen, too. */
	PushActiveSnapshot(GetTransactionSnapshot());
	table = table_open(sql_table(type->standing), AccessShareLock);
	store_open(&packed, "standing_packed");
	store_open(&apart, "standing_unpacked");
	for (int i = 0; i < npurposes; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(context);
		WindowSet  *set = read_rows(context, type, purposes[i].id, at, table,
									&apart);

		if (can_be_written(set))
			write_packed(purposes[i].id, table, set, &packed);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
	}
	store_close(&apart);
	store_close(&packed);
	table_close(table, NoLock);
	PopActiveSnapshot();
	MemoryContextDelete(context);
}

/* ------------------------------------------------------------------------
 * Either way
 * ------------------------------------------------------------------------
 */

WindowSet *
window_read(MemoryContext context, const KeyType *type, int16 purpose,
			TimestampTz at)
{
	Relation	table = table_open(sql_table(type->standing), AccessShareLock);
	WindowSet  *set = read_packed(context, type, purpose, at, table);

	if (set == NULL)
		set = read_rows(context, type, purpose, at, table, NULL);
	table_close(table, NoLock);
	window_set_finish(set);
	return set;
}

/*
 * standing_packed_windows() shows what is packed, for verify_standing().
 */
PG_FUNCTION_INFO_V1(standing_packed_windows);
Datum
standing_packed_windows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	relation;
	TupleDesc	desc;
	TableScanDesc scan;
	HeapTuple	tuple;

	InitMaterializedSRF(fcinfo, 0);
	relation = table_open(sql_table("standing_packed"), AccessShareLock);
	desc = RelationGetDescr(relation);
	scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Packed		packed = packed_of_row(heap_copytuple(tuple), desc);
		WindowSet  *set = window_set_create_within(CurrentMemoryContext,
												   key_type_of(INT8OID), packed.at,
												   PG_UINT32_MAX, packed.first,
												   packed.first + packed.room - 1);

		if (!window_set_load(set, packed.room, packed.bits,
							 VARDATA_ANY(packed.numbers),
							 VARSIZE_ANY_EXHDR(packed.numbers),
							 packed.stretches, packed.nstretches))
			damaged();
		for (int64 i = 0; i < packed.room; i++)
		{
			uint32		number = window_set_number(set, i);
			const Stretch *s = &packed.stretches[number];
			bool		nulls[6] = {false};
			Datum		values[] = {
				Int64GetDatum(packed.first + i),
				Int16GetDatum(packed.purpose),
				TimestampTzGetDatum(s->since),
				TimestampTzGetDatum(s->until),
				TimestampTzGetDatum(s->content_from),
				BoolGetDatum(s->is_explicit)
			};

			CHECK_FOR_INTERRUPTS();
			if (number > 0)
				tuplestore_putvalues(result->setResult, result->setDesc, values,
									 nulls);
		}
	}
	table_endscan(scan);
	table_close(relation, NoLock);
	return (Datum) 0;
}
