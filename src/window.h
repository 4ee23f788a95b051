/*
 * window.h: is the subject eligible at this query's instant, and how?
 */
#ifndef AICONSENT_WINDOW_H
#define AICONSENT_WINDOW_H

#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/ilist.h"
#include "utils/snapmgr.h"
#include "utils/snapshot.h"

#include "window_set.h"

/*
 * What is known of a purpose's windows.  What each call looks at comes first.
 */
typedef struct Known
{
	TimestampTz at;				/* the instant that was asked about; */
	TimestampTz until;			/* before that, the answers are the same */
	SnapshotData snapshot;		/* a copy */
	bool		complete;		/* all windows were read */
	WindowSet  *set;			/* NULL: nothing was found yet */

	dlist_node	node;			/* in the list of all */
	dlist_head	sites;			/* that have this */
	MemoryContext context;		/* of this, but not of the set */
	MemoryContext set_context;
	MemoryContext mentions_context; /* of what mention.c knows by it, */
	struct Mentions *mentions;	/* NULL: nothing yet */
	const KeyType *type;
	text	   *purpose;
	bool		purpose_exists;
	int16		purpose_id;
	uint64		lookups;
	uint64		enough;			/* so many are worth reading all */
} Known;

/* A place in a query from which we are called. */
typedef struct Site
{
	Known	   *known;			/* NULL: nothing, or no more */
	const KeyType *type;		/* of the subject's argument; NULL: no key */
	Oid			argument;		/* as it is passed */
	bool		constant_purpose;
	dlist_node	node;			/* in the sites of known */
	MemoryContextCallback let_go;
} Site;

extern void window_init(void);

/* As the active snapshot has it; false: there is no such purpose. */
extern bool window_find_purpose(const text *name, int16 *id);

extern Site *window_first_call(FmgrInfo *flinfo);

/*
 * The same for a place that asks by keys which it found itself: it sets the
 * type before it comes to know.  The site goes with the context.
 */
extern void window_site_begin(Site *site, MemoryContext context);
extern void window_come_to_know(Site *site, text *purpose);
extern const Window *window_look_up(Known *known, Datum subject);

/* Do both see the same rows, unless something was rolled back in between? */
static inline bool
same_snapshot(const SnapshotData *a, const SnapshotData *b)
{
	return a->xmin == b->xmin && a->xmax == b->xmax &&
		a->curcid == b->curcid &&
		a->xcnt == b->xcnt && a->subxcnt == b->subxcnt &&
		a->suboverflowed == b->suboverflowed &&
		a->takenDuringRecovery == b->takenDuringRecovery &&
		a->snapshot_type == b->snapshot_type &&
		(a->xcnt == 0 ||
		 memcmp(a->xip, b->xip, a->xcnt * sizeof(TransactionId)) == 0) &&
		(a->subxcnt <= 0 ||
		 memcmp(a->subxip, b->subxip, a->subxcnt * sizeof(TransactionId)) == 0);
}

static inline bool
holds_at(const Known *known, TimestampTz now)
{
	return known->at <= now && now < known->until;
}

/* Is what the place knows good for this query, and for the purpose? */
static pg_attribute_always_inline bool
window_is_known(const Site *site, Datum purpose)
{
	const Known *known = site->known;

	return known && holds_at(known, GetCurrentStatementStartTimestamp()) &&
		same_snapshot(&known->snapshot, GetActiveSnapshot()) &&
		(site->constant_purpose ||
		 same_text(known->purpose, DatumGetTextPP(purpose)));
}

/* A place that knows asks about a key, of the type that it knows about. */
static pg_attribute_always_inline Window
window_ask(const Site *site, Datum subject)
{
	const Known *known = site->known;

	return *(likely(known->complete) ? window_set_find(known->set, subject) :
			 window_look_up(site->known, subject));
}

/*
 * NO_WINDOW if the subject is out now, or is no key.  Reads under the query's
 * own snapshot, asking no right of the current role.  flinfo is of the function
 * whose first two arguments, neither of them NULL, subject and purpose are; it
 * keeps what its calls know.  It is called for every row of a corpus: once all
 * is known by offset, there is no branch that a row decides.
 */
static pg_attribute_always_inline Window
window_find(FmgrInfo *flinfo, Datum subject, Datum purpose)
{
	Site	   *site = flinfo->fn_extra;

	if (unlikely(site == NULL))
		site = window_first_call(flinfo);
	if (unlikely(site->type == NULL))
		return NO_WINDOW;
	if (site->argument == INT4OID)
		subject = Int64GetDatum(DatumGetInt32(subject));
	else if (site->argument == TEXTOID)
		subject = PointerGetDatum(DatumGetTextPP(subject));

	if (unlikely(!window_is_known(site, purpose)))
		window_come_to_know(site, DatumGetTextPP(purpose));
	return window_ask(site, subject);
}

#endif							/* AICONSENT_WINDOW_H */
