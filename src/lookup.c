/*
 * lookup.c: how are rows of our own tables found by an index?
 */
#include "compat.h"
#include "lookup.h"
#include "sql.h"

#include "access/table.h"
#include "access/tableam.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

void
lookup_open(Lookup *lookup, const char *table, const char *index, int nkeys)
{
	lookup->context = CurrentMemoryContext;
	lookup->table = table_open(sql_table(table), AccessShareLock);
	lookup->index = index_open(sql_table(index), AccessShareLock);
	lookup->slot = table_slot_create(lookup->table, NULL);
	lookup->scan = begin_index_scan(lookup->table, lookup->index,
									GetActiveSnapshot(), nkeys);
}

void
lookup_begin(Lookup *lookup, ScanKey keys)
{
	MemoryContext caller = MemoryContextSwitchTo(lookup->context);

	index_rescan(lookup->scan, keys, lookup->scan->numberOfKeys, NULL, 0);
	MemoryContextSwitchTo(caller);
}

bool
lookup_next(Lookup *lookup)
{
	MemoryContext caller = MemoryContextSwitchTo(lookup->context);
	bool		found = index_getnext_slot(lookup->scan, ForwardScanDirection,
										   lookup->slot);

	MemoryContextSwitchTo(caller);
	return found;
}

void
lookup_close(Lookup *lookup)
{
	index_endscan(lookup->scan);
	ExecDropSingleTupleTableSlot(lookup->slot);
	index_close(lookup->index, NoLock);
	table_close(lookup->table, NoLock);
}

Datum
lookup_column(TupleTableSlot *slot, AttrNumber attno)
{
	bool		isnull;

	return slot_getattr(slot, attno, &isnull);
}
