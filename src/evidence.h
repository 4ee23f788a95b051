/*
 * evidence.h: what do the user's own tables, and the ledger, say of a subject?
 */
#ifndef AICONSENT_EVIDENCE_H
#define AICONSENT_EVIDENCE_H

#include "postgres.h"

#include "policy.h"
#include "registry.h"
#include "rules.h"

/* What a subject said, as far as the verdict needs it. */
typedef struct ConsentEvent
{
	int			purpose;		/* index into the purposes */
	Instant		effective_at;
	Choice		choice;
	bool		noticed;		/* recorded with a notice version */
} ConsentEvent;

/* All that is known of one subject, at all times. */
typedef struct Evidence
{
	bool		known;
	Reading		birth;
	Instant		notified_at;	/* INSTANT_END: never */
	int			nschooling;
	Schooling  *schooling;
	int			nevents;
	ConsentEvent *events;		/* by effective_at, the stricter last */
} Evidence;

/*
 * Read the evidence of many subjects, given by their keys' text form, into an
 * array allocated in the current context.  Within sql_begin(sql_owner());
 * each table is read as its own owner.
 */
extern Evidence *evidence_read(const Binding *subject, Datum keys, int nkeys,
							   const Purpose *purposes, int npurposes);

#endif							/* AICONSENT_EVIDENCE_H */
