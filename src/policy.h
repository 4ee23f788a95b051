/*
 * policy.h: what may a purpose use, from when, on what basis?
 */
#ifndef AICONSENT_POLICY_H
#define AICONSENT_POLICY_H

#include "postgres.h"

#include "access/htup.h"
#include "datatype/timestamp.h"

#include "label.h"
#include "rules.h"

/* One adopted version, as a row of aiconsent.policy. */
typedef struct PolicyVersion
{
	Policy		rules;
	Interval	notice_period;
} PolicyVersion;

/* A purpose and its versions, by effective_at, then by adoption. */
typedef struct Purpose
{
	int16		id;
	char	   *name;
	int			nversions;
	PolicyVersion *versions;
} Purpose;

/* All purposes that have a policy; within sql_begin(sql_owner()). */
extern int	policy_load(Purpose **purposes, MemoryContext context);

/* The version in force at the instant; before the first, the first. */
extern const PolicyVersion *policy_at(const Purpose *purpose, Instant at);

/* A row of type aiconsent.policy. */
extern void policy_from_row(HeapTupleHeader row, PolicyVersion *version);

/* The end of the delay after a notice, in UTC; INSTANT_END: never. */
extern Instant policy_notice_over(const PolicyVersion *version,
								  Instant notified_at);

/*
 * What the purpose may use now: the meet of its current and all its future
 * versions.  False if there is none.  Within sql_begin(sql_owner()).
 */
extern bool policy_clearance(const char *purpose, Label *clearance);

/* Error unless the purpose has an adopted policy. */
extern void require_purpose(const char *purpose);

#endif							/* AICONSENT_POLICY_H */
