/*
 * timeline.c: how do one subject's verdicts follow one another in time?
 *
 * A verdict can change only where one of its facts does.  These instants are
 * collected, the law is asked once at each, and equal neighbours are merged.
 */
#include "compat.h"
#include "timeline.h"

#include "lib/qunique.h"

static int
compare_instants(const void *a, const void *b)
{
	Instant		x = *(const Instant *) a;
	Instant		y = *(const Instant *) b;

	return x < y ? -1 : x > y;
}

/* Every instant at which some fact changes, -infinity first. */
static int
boundaries(const Evidence *e, const Purpose *purpose, int purpose_index,
		   Instant **instants)
{
	Size		most = 1 + e->nevents +
		(Size) purpose->nversions * (3 + 2 * e->nschooling);
	Instant    *at = palloc_extended(most * sizeof(Instant), MCXT_ALLOC_HUGE);
	Size		n = 0;

	at[n++] = INSTANT_BEGIN;
	for (int i = 0; i < e->nevents; i++)
	{
		if (e->events[i].purpose == purpose_index)
			at[n++] = e->events[i].effective_at;
	}
	for (int v = 0; v < purpose->nversions; v++)
	{
		const PolicyVersion *version = &purpose->versions[v];

		at[n++] = version->rules.effective_at;
		at[n++] = policy_notice_over(version, e->notified_at);
		if (e->birth.kind == READING_DAYS)
			at[n++] = adult_at(&e->birth, version->rules.adult_age);
		for (int s = 0; s < e->nschooling; s++)
		{
			if (school_period(&e->schooling[s],
							  version->rules.open_school_years,
							  &at[n], &at[n + 1]))
				n += 2;
		}
	}
	qsort(at, n, sizeof(Instant), compare_instants);
	n = qunique(at, n, sizeof(Instant), compare_instants);
	if (at[n - 1] == INSTANT_END)
		n--;
	*instants = at;
	return n;
}

/* The verdict from the instant on; *event walks through the ledger with it. */
static Segment
judge(const Evidence *e, const Purpose *purpose, int purpose_index, Instant at,
	  int *event, const ConsentEvent **in_force)
{
	const PolicyVersion *version = policy_at(purpose, at);
	Facts		facts = {
		.known = e->known,
		.notified_at = e->notified_at,
		.notice_over = policy_notice_over(version, e->notified_at),
		.birth = e->birth,
		.schooling = e->schooling,
		.nschooling = e->nschooling,
		.adopted = true,
		.policy = &version->rules
	};
	Segment		segment;

	while (*event < e->nevents && e->events[*event].effective_at <= at)
	{
		if (e->events[*event].purpose == purpose_index)
			*in_force = &e->events[*event];
		(*event)++;
	}
	facts.choice = *in_force ? (*in_force)->choice : CHOICE_NONE;

	segment.since = at;
	segment.until = INSTANT_END;
	segment.verdict = decide(&facts, at);
	segment.is_explicit = facts.choice == CHOICE_GRANT && (*in_force)->noticed;
	segment.content_from = content_horizon(&facts);
	return segment;
}

static bool
same_judgement(const Segment *a, const Segment *b)
{
	return a->verdict == b->verdict && a->is_explicit == b->is_explicit &&
		a->content_from == b->content_from;
}

int
timeline(const Evidence *evidence, const Purpose *purpose, int purpose_index,
		 Segment **segments)
{
	Instant    *at;
	int			n = boundaries(evidence, purpose, purpose_index, &at);
	Segment    *found = palloc_extended(n * sizeof(Segment), MCXT_ALLOC_HUGE);
	int			nfound = 0;
	int			event = 0;
	const ConsentEvent *in_force = NULL;

	for (int i = 0; i < n; i++)
	{
		Segment		next = judge(evidence, purpose, purpose_index, at[i],
								 &event, &in_force);

		if (nfound > 0 && same_judgement(&found[nfound - 1], &next))
			continue;
		if (nfound > 0)
			found[nfound - 1].until = next.since;
		found[nfound++] = next;
	}
	pfree(at);
	*segments = found;
	return nfound;
}

bool
eligible_window(const Segment *segments, int nsegments, Instant now,
				Segment *window, bool *more)
{
	int			i = 0;

	while (i < nsegments && (segments[i].until <= now ||
							 segments[i].verdict != VERDICT_ELIGIBLE))
		i++;
	if (i == nsegments)
		return false;

	*window = segments[i];
	if (window->since <= now)
		window->since = INSTANT_BEGIN;
	*more = false;
	while (++i < nsegments)
		*more |= segments[i].verdict == VERDICT_ELIGIBLE;
	return true;
}
