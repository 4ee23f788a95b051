/*
 * run.h: what was a training run given?
 */
#ifndef AICONSENT_RUN_H
#define AICONSENT_RUN_H

#include "postgres.h"

#include "members.h"

/* A row of aiconsent.run, with what it was sealed as. */
typedef struct Run
{
	int64		id;
	char	   *purpose;
	int			nviews;
	char	  **views;			/* qualified names */
	Instant		key_since;
	RunTime		time;			/* until: when it was sealed, else now */
	bytea	   *hash;
	bool		is_sealed;
	bytea	   *numbers;		/* NULL: it is not sealed */
} Run;

/*
 * The run, whatever the transaction's snapshot is; error if there is none.
 * where: a condition over r, a row of aiconsent.run.  Within sql_begin() or
 * sql_begin_read().
 */
extern Run *run_find(const char *where);

/* For the scope: what is written as text follows no setting of the session. */
extern void run_set(void);

/* Who was in; of one that is not sealed, who could have been until now. */
extern const bytea *run_members(const Run *run);

/*
 * Before a subject is forgotten: by which names it can be in exports, and
 * which runs it was in.  Behind a lock on aiconsent.erasure, which begin_run()
 * waits for.
 */
extern void run_remember_erased(const char *subject);

#endif							/* AICONSENT_RUN_H */
