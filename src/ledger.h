/*
 * ledger.h: what did the subjects say?
 */
#ifndef AICONSENT_LEDGER_H
#define AICONSENT_LEDGER_H

#include "postgres.h"

/*
 * Subjects' keys changed from before to after: enter the objections that are
 * in force or to come for the new keys, too.  A grant does not follow: it
 * must be given again.  Within sql_begin(sql_owner()), under standing_lock().
 */
extern void ledger_follow(char **before, char **after, int n, Oid recorder);

#endif							/* AICONSENT_LEDGER_H */
