/*
 * window_set.h: which window does each of many subjects have?
 *
 * A window is kept once, and of a subject the window's number, which takes a
 * bit where there is only one window, and a byte, two or four where there are
 * more.  Integers that lie close together have their numbers by offset; all
 * other keys by a hash table, which compares them, never just hashes.  Not the
 * server's simplehash: a place has no more than its key and number, which is
 * a cache miss less for each row of a scan, and any number of places will do.
 */
#ifndef AICONSENT_WINDOW_SET_H
#define AICONSENT_WINDOW_SET_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "registry.h"

/* A stretch of eligibility: from since on, before until. */
typedef struct Stretch
{
	TimestampTz since;
	TimestampTz until;
	TimestampTz content_from;	/* older rows stay out */
	bool		is_explicit;	/* rests on an explicit grant */
} Stretch;

#define NO_STRETCH ((Stretch) {DT_NOEND, DT_NOBEGIN, DT_NOEND, false})

/* What holds of it at one instant. */
typedef struct Window
{
	TimestampTz content_from;
	bool		is_eligible;
	bool		is_explicit;
} Window;

#define NO_WINDOW ((Window) {.content_from = DT_NOEND})

/* To the letter, as keys and purposes are compared. */
static inline bool
same_text(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

struct stretchhash_hash;

typedef struct WindowSet
{
	const KeyType *type;
	MemoryContext context;
	TimestampTz at;				/* the windows are of this instant, */
	TimestampTz until;			/* and the same before that */

	bool		by_offset;
	int64		first;			/* by offset: the least key */
	uint64		room;			/* of places, which can have a number */
	int			bits;			/* of a number: 1, 8, 16 or 32 */
	void	   *numbers;

	Window	   *windows;		/* by number; 0 is of NO_STRETCH */
	Stretch    *stretches;
	uint32		nwindows;
	uint32		windows_room;
	uint32		latest;			/* the number that was given last */
	struct stretchhash_hash *by_stretch;

	/* By hash: who has the n-th number? */
	void	   *subjects;
	uint64		nsubjects;
} WindowSet;

/*
 * Empty, in a context where it takes what it needs later, too.  About so many
 * subjects are expected.
 */
extern WindowSet *window_set_create(MemoryContext context, const KeyType *type,
									TimestampTz at, uint64 expected);

/* The same for integers from least to greatest: by offset, if that pays. */
extern WindowSet *window_set_create_within(MemoryContext context,
										   const KeyType *type, TimestampTz at,
										   uint64 expected,
										   int64 least, int64 greatest);

/*
 * Who is added again has the stretch that came last.  What a key points to is
 * copied.
 */
extern void window_set_add(WindowSet *set, Datum subject, Stretch stretch);

/* Nothing will be added any more. */
extern void window_set_finish(WindowSet *set);

/* How much its numbers take. */
extern Size window_set_bytes(const WindowSet *set);

/*
 * Fill an empty set by offset with the numbers of another, which has the same
 * first key and so many subjects, and its stretches.  False where these are
 * not what a set can have.
 */
extern bool window_set_load(WindowSet *set, uint64 room, int bits,
							const void *numbers, Size bytes,
							const Stretch *stretches, int nstretches);

#define NOT_IN_SET PG_UINT64_MAX

/* By hash: the index of the subject's number. */
extern uint64 window_set_find_hashed(const WindowSet *set, Datum subject);

static inline uint32
window_set_number(const WindowSet *set, uint64 index)
{
	switch (set->bits)
	{
		case 1:
			return ((const uint8 *) set->numbers)[index >> 3] >> (index & 7) & 1;
		case 8:
			return ((const uint8 *) set->numbers)[index];
		case 16:
			return ((const uint16 *) set->numbers)[index];
		default:
			return ((const uint32 *) set->numbers)[index];
	}
}

/* By offset, whoever was not added has no window. */
static inline uint64
window_set_index(const WindowSet *set, Datum subject)
{
	uint64		index;

	if (!set->by_offset)
		return window_set_find_hashed(set, subject);
	index = (uint64) DatumGetInt64(subject) - (uint64) set->first;
	return index < set->room ? index : NOT_IN_SET;
}

/* Who is not in the set has no window. */
static inline const Window *
window_set_find(const WindowSet *set, Datum subject)
{
	uint64		index = window_set_index(set, subject);

	return &set->windows[index == NOT_IN_SET ? 0 :
						 window_set_number(set, index)];
}

#endif							/* AICONSENT_WINDOW_SET_H */
