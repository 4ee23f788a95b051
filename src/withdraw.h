/*
 * withdraw.h: how does a training view take back what is not released?
 */
#ifndef AICONSENT_WITHDRAW_H
#define AICONSENT_WITHDRAW_H

#include "postgres.h"

/*
 * Take back, in this transaction, what its label or its purpose's clearance
 * does not release any more: the column becomes a typed NULL, so that grants
 * and views on the view stay.  Never adds anything.  Of one table, or of all
 * where relid is invalid; and of the views that are made of it.
 * Within sql_begin(sql_owner()).
 */
extern void withdraw(Oid relid);

/* A view whose source is not declared any more, as we see it, gives no row. */
extern void withdraw_all_from(Oid view);

#endif							/* AICONSENT_WITHDRAW_H */
