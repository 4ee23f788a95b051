/*
 * members.h: who was in a run?
 */
#ifndef AICONSENT_MEMBERS_H
#define AICONSENT_MEMBERS_H

#include "postgres.h"

#include "rules.h"
#include "timeline.h"

/* When it was, and what was known of everybody when it began. */
typedef struct RunTime
{
	int16		purpose;		/* aiconsent.purpose.id */
	Instant		from;
	Instant		until;
	char	   *snapshot;		/* a pg_snapshot */
} RunTime;

/*
 * A bit for each subject's number, the least first: all who were eligible at
 * any moment by anything that was known in between, as committed now.  Within
 * sql_begin() or sql_begin_read().
 */
extern bytea *members_of(const RunTime *time);

extern bool members_has(const bytea *members, int64 number);
extern int64 members_count(const bytea *members);

/* Is there a moment of the run at which these segments are eligible? */
extern bool members_eligible(const RunTime *time, const Segment *segments,
							 int nsegments);

/* What of what is known now was not known to the run's snapshot? */
#define NEW_TO_SNAPSHOT(history, snapshot) \
	"NOT pg_catalog.pg_visible_in_snapshot(" history ".transaction, " \
	snapshot "::pg_catalog.pg_snapshot)"

#endif							/* AICONSENT_MEMBERS_H */
