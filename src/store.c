/*
 * store.c: how are rows of our own tables written?
 */
#include "compat.h"
#include "sql.h"
#include "store.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

void
store_open(Store *store, const char *table)
{
	store->relation = table_open(get_relname_relid(table, sql_schema()),
								 RowExclusiveLock);
	store->estate = CreateExecutorState();
	store->estate->es_snapshot = GetActiveSnapshot();
	store->result = makeNode(ResultRelInfo);
	InitResultRelInfo(store->result, store->relation, 0, NULL, 0);
	ExecOpenIndices(store->result, false);
	store->slot = table_slot_create(store->relation, NULL);
	store->place = table_slot_create(store->relation, NULL);
}

static void
fill_slot(Store *store, const Datum *values, const bool *nulls)
{
	int			n = RelationGetDescr(store->relation)->natts;

	ExecClearTuple(store->slot);
	memcpy(store->slot->tts_values, values, n * sizeof(Datum));
	if (nulls)
		memcpy(store->slot->tts_isnull, nulls, n * sizeof(bool));
	else
		memset(store->slot->tts_isnull, false, n * sizeof(bool));
	ExecStoreVirtualTuple(store->slot);
}

void
store_insert(Store *store, const Datum *values, const bool *nulls)
{
	fill_slot(store, values, nulls);
	ExecSimpleRelationInsert(store->result, store->estate, store->slot);
	ResetPerTupleExprContext(store->estate);
}

void
store_update(Store *store, ItemPointer tid, const Datum *values,
			 const bool *nulls)
{
	fill_slot(store, values, nulls);
	ItemPointerCopy(tid, &store->place->tts_tid);
	ExecSimpleRelationUpdate(store->result, store->estate, NULL, store->place,
							 store->slot);
	ResetPerTupleExprContext(store->estate);
}

void
store_delete(Store *store, ItemPointer tid)
{
	ItemPointerCopy(tid, &store->place->tts_tid);
	ExecSimpleRelationDelete(store->result, store->estate, NULL, store->place);
	ResetPerTupleExprContext(store->estate);
}

void
store_close(Store *store)
{
	ExecDropSingleTupleTableSlot(store->slot);
	ExecDropSingleTupleTableSlot(store->place);
	ExecCloseIndices(store->result);
	FreeExecutorState(store->estate);
	table_close(store->relation, NoLock);
	CommandCounterIncrement();
}
