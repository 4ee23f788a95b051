/*
 * timeline.h: how do one subject's verdicts follow one another in time?
 */
#ifndef AICONSENT_TIMELINE_H
#define AICONSENT_TIMELINE_H

#include "postgres.h"

#include "evidence.h"
#include "policy.h"
#include "rules.h"

/* A stretch of time with one verdict: contains since, not until. */
typedef struct Segment
{
	Instant		since;
	Instant		until;
	Verdict		verdict;
	bool		is_explicit;	/* an explicit grant is in force */
	Instant		content_from;	/* older rows stay out */
} Segment;

/*
 * The subject's whole time for one purpose, from -infinity to infinity, in
 * segments that differ from their neighbours.  A purpose without any version
 * is one that nobody adopted: then only what needs no policy is told.
 */
extern int	timeline(const Evidence *evidence, const Purpose *purpose,
					 int purpose_index, Segment **segments);

/* The segment that contains the instant. */
extern const Segment *timeline_at(const Segment *segments, int nsegments,
								  Instant at);

/*
 * The part that eligible() needs: the first stretch at or behind the instant
 * in which the subject is eligible, with one explicitness and one horizon.
 * What is known now is open to the past: a stretch that contains the instant
 * begins at -infinity.  False if the subject is out from now on.  more: the
 * subject is eligible again behind it, or differently.
 */
extern bool eligible_window(const Segment *segments, int nsegments, Instant now,
							Segment *window, bool *more);

#endif							/* AICONSENT_TIMELINE_H */
