/*
 * kept.h: what is kept for the session, and until when?
 *
 * Declarations and policies change once a month and are asked at every change
 * of evidence.  What was read of them is kept until a relation that it rests
 * on is changed: a trigger on our tables tells all sessions of a row, the
 * server itself of all else.
 */
#ifndef AICONSENT_KEPT_H
#define AICONSENT_KEPT_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct Kept
{
	const char *name;
	MemoryContext context;
	bool		valid;
	List	   *relations;		/* it rests on these */
	struct Kept *next;
} Kept;

extern void kept_init(void);
extern void kept_register(Kept *kept, const char *name);

/*
 * Begin to read anew, into kept->context; what was kept before stays until
 * the end of the transaction, for whoever still reads it.  If reading fails,
 * the error must leave kept->valid false.
 */
extern void kept_begin(Kept *kept);
extern void kept_rests_on(Kept *kept, Oid relid);

#endif							/* AICONSENT_KEPT_H */
