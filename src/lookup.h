/*
 * lookup.h: how are rows of our own tables found by an index?
 *
 * Without SQL, asking no right of the current role, under the active
 * snapshot.  The locks stay until the end of the transaction, as those of any
 * query do.
 */
#ifndef AICONSENT_LOOKUP_H
#define AICONSENT_LOOKUP_H

#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "utils/relcache.h"

typedef struct Lookup
{
	Relation	table;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;		/* the row that was found */
	MemoryContext context;		/* what the scan needs is kept there */
} Lookup;

extern void lookup_open(Lookup *lookup, const char *table, const char *index,
						int nkeys);

/* As often as needed: begin with these keys, then row by row. */
extern void lookup_begin(Lookup *lookup, ScanKey keys);
extern bool lookup_next(Lookup *lookup);
extern void lookup_close(Lookup *lookup);

/* A column of a row of our tables that is never NULL. */
extern Datum lookup_column(TupleTableSlot *slot, AttrNumber attno);

#endif							/* AICONSENT_LOOKUP_H */
