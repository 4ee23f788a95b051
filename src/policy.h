/*
 * policy.h: what may a purpose use, of whom, from when, on what basis?
 */
#ifndef AICONSENT_POLICY_H
#define AICONSENT_POLICY_H

#include "postgres.h"

#include "access/htup.h"
#include "datatype/timestamp.h"

#include "label.h"
#include "region.h"
#include "rules.h"

/* One adopted version, as a row of aiconsent.policy. */
typedef struct PolicyVersion
{
	Policy		rules;
	Interval	notice_period;
	int			nregions;		/* 0: the default row */
	RegionCode *regions;
} PolicyVersion;

/* The versions that hold for a region, by effective_at, then by adoption. */
typedef struct PolicyLine
{
	const char *region;			/* "": all that no row names */
	int			nversions;
	const PolicyVersion **versions;
} PolicyLine;

typedef struct Purpose
{
	int16		id;
	char	   *name;
	Instant		adopted_at;		/* when the first version was */
	int			nversions;
	PolicyVersion *versions;
	int			nlines;
	PolicyLine *lines;			/* the first is that of the default */
} Purpose;

extern void policy_init(void);

/*
 * All purposes that have a policy, as committed now; good until the end of
 * the transaction.  To be called behind the lock that keeps them as they are.
 */
extern int	policy_purposes(const Purpose **purposes);

/* The line for a subject's region; NULL: no row of the purpose holds there. */
extern const PolicyLine *policy_line(const Purpose *purpose,
									 const char *region);

/* The version in force at the instant; before the first, the first. */
extern const PolicyVersion *policy_at(const PolicyLine *line, Instant at);

/* A row of type aiconsent.policy; regions are left out. */
extern void policy_from_row(HeapTupleHeader row, PolicyVersion *version);

/* The end of the delay after a notice, in UTC; INSTANT_END: never. */
extern Instant policy_notice_over(const PolicyVersion *version,
								  Instant notified_at);

/* Of several notices the first that counts for a version, or INSTANT_END. */
extern Instant policy_notice(const PolicyVersion *version,
							 const Instant *notices, int nnotices);

/*
 * What the purpose may use now: the meet of its current and all its future
 * clearances.  False if there is none.  Within sql_begin(sql_owner()).
 */
extern bool policy_clearance(const char *purpose, Label *clearance);

/* Error unless the purpose has an adopted policy. */
extern void require_purpose(const char *purpose);

#endif							/* AICONSENT_POLICY_H */
