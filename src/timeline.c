/*
 * timeline.c: how do one subject's verdicts follow one another in time?
 *
 * A verdict can change only where one of its facts does.  These instants are
 * collected, the law is asked once at each, and equal neighbours are merged.
 * All facts are walked through in order, so the time that it takes grows with
 * their number and not with its square.
 */
#include "compat.h"
#include "timeline.h"

#include "lib/qunique.h"
#include "miscadmin.h"

/* ------------------------------------------------------------------------
 * The facts under one version of the policy
 * ------------------------------------------------------------------------
 */

typedef struct FactsUnder
{
	const PolicyVersion *version;	/* NULL: no row holds for the subject */
	Instant		notified_at;
	Instant		notice_over;
	int			nstays;			/* sorted and apart from each other */
	Stay	   *stays;
	int			current;		/* the first stay that is not over yet */
	bool		undated_school;
} FactsUnder;

static int
compare_stays(const void *a, const void *b)
{
	const Stay *x = a;
	const Stay *y = b;

	return x->since < y->since ? -1 : x->since > y->since;
}

/* Stays at schools, those that overlap put together. */
static void
collect_stays(const Evidence *e, int open_school_years, FactsUnder *view)
{
	int			n = 0;
	int			kept = 0;

	view->stays = palloc_extended(e->nschooling * sizeof(Stay) + 1,
								  MCXT_ALLOC_HUGE);
	for (int i = 0; i < e->nschooling; i++)
	{
		if (school_stay(&e->schooling[i], open_school_years, &view->stays[n]))
			n++;
		else
			view->undated_school = true;
	}
	if (n > 1)
		qsort(view->stays, n, sizeof(Stay), compare_stays);
	for (int i = 1; i < n; i++)
	{
		if (view->stays[i].since > view->stays[kept].until)
			view->stays[++kept] = view->stays[i];
		else
			view->stays[kept].until = Max(view->stays[kept].until,
										  view->stays[i].until);
	}
	view->nstays = n == 0 ? 0 : kept + 1;
	view->current = 0;
}

static bool
has_own_notices(const Evidence *e, int purpose_index, const char *purpose)
{
	for (int i = 0; i < e->nnotices; i++)
	{
		if (e->notices[i].purpose == purpose_index)
			return true;
	}
	return evidence_has_notices(purpose);
}

/* The instants of the notices that count for the purpose. */
static int
collect_notices(const Evidence *e, const Purpose *purpose, int purpose_index,
				Instant **notices)
{
	int			counts = has_own_notices(e, purpose_index, purpose->name) ?
		purpose_index : -1;
	int			n = 0;

	*notices = palloc(e->nnotices * sizeof(Instant) + 1);
	for (int i = 0; i < e->nnotices; i++)
	{
		if (e->notices[i].purpose == counts)
			(*notices)[n++] = e->notices[i].at;
	}
	return n;
}

static int
collect_views(const Evidence *e, const Purpose *purpose, int purpose_index,
			  const PolicyLine *line, FactsUnder **views)
{
	int			n = line ? line->nversions : 1;
	Instant    *notices;
	int			nnotices = collect_notices(e, purpose, purpose_index, &notices);

	*views = palloc0(n * sizeof(FactsUnder));
	for (int v = 0; v < n; v++)
	{
		FactsUnder *view = &(*views)[v];

		view->version = line ? line->versions[v] : NULL;
		view->notified_at = view->notice_over = INSTANT_END;
		if (line)
		{
			view->notified_at = policy_notice(view->version, notices, nnotices);
			view->notice_over = policy_notice_over(view->version,
												   view->notified_at);
		}
		collect_stays(e, line ? view->version->rules.open_school_years :
					  OPEN_SCHOOL_YEARS, view);
	}
	return n;
}

/* ------------------------------------------------------------------------
 * The instants at which some fact changes
 * ------------------------------------------------------------------------
 */

static int
compare_instants(const void *a, const void *b)
{
	Instant		x = *(const Instant *) a;
	Instant		y = *(const Instant *) b;

	return x < y ? -1 : x > y;
}

/* Every one of them, -infinity first. */
static int
boundaries(const Evidence *e, int purpose_index, const FactsUnder *views, int nviews,
		   Instant **instants)
{
	Size		most = 2 + e->nevents + 3 * (Size) nviews;
	Instant    *at;
	Size		n = 0;

	for (int v = 0; v < nviews; v++)
		most += 2 * (Size) views[v].nstays;
	at = palloc_extended(most * sizeof(Instant), MCXT_ALLOC_HUGE);
	at[n++] = INSTANT_BEGIN;
	at[n++] = e->suppressed_at;
	for (int i = 0; i < e->nevents; i++)
	{
		if (e->events[i].purpose == purpose_index)
			at[n++] = e->events[i].effective_at;
	}
	for (int v = 0; v < nviews; v++)
	{
		const PolicyVersion *version = views[v].version;

		if (version)
			at[n++] = version->rules.effective_at;
		at[n++] = views[v].notice_over;
		if (e->birth.kind == READING_DAYS)
			at[n++] = adult_at(&e->birth, version ? version->rules.adult_age :
							   ADULT_AGE);
		for (int s = 0; s < views[v].nstays; s++)
		{
			at[n++] = views[v].stays[s].since;
			at[n++] = views[v].stays[s].until;
		}
	}
	qsort(at, n, sizeof(Instant), compare_instants);
	n = qunique(at, n, sizeof(Instant), compare_instants);
	if (at[n - 1] == INSTANT_END)
		n--;
	*instants = at;
	return n;
}

/* ------------------------------------------------------------------------
 * What the subject has said so far
 * ------------------------------------------------------------------------
 */

typedef struct Said
{
	Choice		choice;
	bool		mirrored;		/* the objection is a setting's, not said */
	bool		unreadable;		/* the setting is */
	bool		hold;
	const ConsentEvent *grant;	/* in force, with CHOICE_GRANT */
} Said;

/*
 * A setting that is switched on says nothing: it takes back what it said
 * itself when it was off, and no decision that somebody made.
 */
static void
hear(Said *said, const ConsentEvent *event)
{
	switch (event->decision)
	{
		case DECISION_GRANT:
			said->choice = CHOICE_GRANT;
			said->grant = event;
			said->mirrored = said->unreadable = false;
			break;
		case DECISION_OBJECT:
			said->choice = CHOICE_OBJECT;
			said->mirrored = said->unreadable = false;
			break;
		case DECISION_MIRROR_FALSE:
			said->mirrored |= said->choice != CHOICE_OBJECT;
			said->choice = CHOICE_OBJECT;
			said->unreadable = false;
			break;
		case DECISION_MIRROR_TRUE:
			if (said->mirrored)
				said->choice = CHOICE_NONE;
			said->mirrored = said->unreadable = false;
			break;
		case DECISION_MIRROR_UNKNOWN:
			said->unreadable = true;
			break;
		case DECISION_HOLD:
			said->hold = true;
			break;
		case DECISION_RELEASE:
			said->hold = false;
			break;
		case DECISION_ERASE:
		case DECISION_RETRACT:
		case NDECISIONS:
			break;
	}
}

/*
 * Whoever walks through the ledger hears it twice: as it counts, and as if
 * nothing had been retracted.  A grant that is in force only because of a
 * retraction is not explicit.
 */
typedef struct Walk
{
	int			next;
	Said		said;
	Said		unretracted;
} Walk;

static void
walk_to(Walk *walk, const Evidence *e, int purpose_index, Instant at)
{
	while (walk->next < e->nevents && e->events[walk->next].effective_at <= at)
	{
		const ConsentEvent *event = &e->events[walk->next++];

		if (event->purpose != purpose_index)
			continue;
		hear(&walk->unretracted, event);
		if (!event->retracted)
			hear(&walk->said, event);
	}
}

static bool
is_explicit(const Walk *walk)
{
	return walk->said.choice == CHOICE_GRANT && walk->said.grant->noticed &&
		walk->unretracted.choice == CHOICE_GRANT &&
		walk->unretracted.grant == walk->said.grant;
}

/* ------------------------------------------------------------------------
 * The timeline
 * ------------------------------------------------------------------------
 */

static Segment
judge(const Evidence *e, const Purpose *purpose, FactsUnder *view, const Walk *walk,
	  Instant at)
{
	Facts		facts = {
		.known = e->known,
		.erased = e->erased,
		.suppressed = e->suppressed_at <= at,
		.hold = walk->said.hold,
		.setting_unreadable = walk->said.unreadable,
		.choice = walk->said.choice,
		.notified_at = view->notified_at,
		.notice_over = view->notice_over,
		.birth = e->birth,
		.undated_school = view->undated_school,
		.adopted = purpose->nversions > 0,
		.policy = view->version ? &view->version->rules : NULL
	};
	Segment		segment = {.since = at,.until = INSTANT_END};

	while (view->current < view->nstays &&
		   view->stays[view->current].until <= at)
		view->current++;
	facts.stays = &view->stays[view->current];
	facts.nstays = view->current < view->nstays ? 1 : 0;

	segment.verdict = decide(&facts, at);
	segment.is_explicit = is_explicit(walk);
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
	const PolicyLine *line = purpose->nversions > 0 ?
		policy_line(purpose, evidence->region) : NULL;
	FactsUnder *views;
	int			nviews = collect_views(evidence, purpose, purpose_index, line,
									   &views);
	Instant    *at;
	int			n = boundaries(evidence, purpose_index, views, nviews, &at);
	Segment    *found = palloc_extended(n * sizeof(Segment), MCXT_ALLOC_HUGE);
	int			nfound = 0;
	Walk		walk = {0};

	for (int i = 0; i < n; i++)
	{
		FactsUnder *view = views;
		Segment		next;

		if (line)
		{
			const PolicyVersion *version = policy_at(line, at[i]);

			while (view->version != version)
				view++;
		}
		walk_to(&walk, evidence, purpose_index, at[i]);
		next = judge(evidence, purpose, view, &walk, at[i]);
		if (i % 10000 == 0)
			CHECK_FOR_INTERRUPTS();
		if (nfound > 0 && same_judgement(&found[nfound - 1], &next))
			continue;
		if (nfound > 0)
			found[nfound - 1].until = next.since;
		found[nfound++] = next;
	}
	*segments = found;
	return nfound;
}

const Segment *
timeline_at(const Segment *segments, int nsegments, Instant at)
{
	int			i = nsegments - 1;

	while (i > 0 && segments[i].since > at)
		i--;
	return &segments[i];
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
