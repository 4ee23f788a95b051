/*
 * store.h: how are rows of our own tables written?
 *
 * Directly and not by SQL, because every change of somebody's standing writes
 * a few rows whose table and place are known: with the executor's functions
 * that logical replication applies changes with, so that indexes and
 * constraints are looked after.  Rows are visible behind store_close().
 */
#ifndef AICONSENT_STORE_H
#define AICONSENT_STORE_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "storage/itemptr.h"

typedef struct Store
{
	Relation	relation;
	EState	   *estate;
	ResultRelInfo *result;
	TupleTableSlot *slot;		/* the row to be written */
	TupleTableSlot *place;		/* where the row to be replaced is */
} Store;

extern void store_open(Store *store, const char *table);

/* All columns in their order; nulls NULL: none is. */
extern void store_insert(Store *store, const Datum *values, const bool *nulls);
extern void store_update(Store *store, ItemPointer tid, const Datum *values,
						 const bool *nulls);
extern void store_delete(Store *store, ItemPointer tid);
extern void store_close(Store *store);

#endif							/* AICONSENT_STORE_H */
