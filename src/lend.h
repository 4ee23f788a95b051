/*
 * lend.h: how is something read for who may not read it?
 *
 * As through a view of ours: the tables and views that a query names are read
 * by our right, and what it calls runs as who asks, who must be allowed to
 * call it and is lent no more than that.
 */
#ifndef AICONSENT_LEND_H
#define AICONSENT_LEND_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/tuplestore.h"

typedef struct Lent
{
	Tuplestorestate *rows;
	TupleTableSlot *slot;		/* the row that lent_next() went to */
} Lent;

/*
 * Run a query as that role, by the active snapshot.  Within sql_begin() or
 * sql_begin_read() of sql_owner().
 */
extern Lent lend(Oid role, const char *query);

/* False: there are no more rows. */
extern bool lent_next(Lent *lent);
extern void lent_end(Lent *lent);

#endif							/* AICONSENT_LEND_H */
