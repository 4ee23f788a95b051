/*
 * members.h: who was in a run?
 */
#ifndef AICONSENT_MEMBERS_H
#define AICONSENT_MEMBERS_H

#include "postgres.h"

#include "rules.h"
#include "server_line.h"
#include "timeline.h"

/* When it was, and what was known of everybody when it began. */
typedef struct RunTime
{
	int16		purpose;		/* aiconsent.purpose.id */
	Instant		from;
	Instant		until;
	int64		run;			/* aiconsent.run.id; 0: it is not on record */
	bool		sees;			/* the transaction's snapshot is the run's */
	ServerLine	line;			/* where it was */
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

/*
 * A condition over a row of aiconsent.head_history: was it replaced since the
 * run's snapshot?  By the parameters $1 to $3 of members_arguments().
 */
#define REPLACED_SINCE(history) \
	"aiconsent.replaced_since(" history ", $1::pg_catalog.pg_snapshot, $2, $3)"

extern Oid	members_types[3];
extern void members_arguments(const RunTime *time, Datum *values);

#endif							/* AICONSENT_MEMBERS_H */
