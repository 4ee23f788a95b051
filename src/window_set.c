/*
 * window_set.c: which window does each of many subjects have?
 */
#include "compat.h"
#include "window_set.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/*
 * By hash, three places for two subjects: most are found at the first or the
 * second.  By offset, a place is at least a bit and mostly a byte, by hash it
 * has a key, too: with this many places for a subject the former is not larger.
 */
#define PLACES_BY_HASH 3
#define SUBJECTS_BY_HASH 2
#define PLACES_PER_SUBJECT 16

/* By hash, who is known to have no stretch has this one, which never is. */
#define KNOWN_OUT ((Stretch) {DT_NOEND, DT_NOBEGIN, DT_NOEND, true})

/* ------------------------------------------------------------------------
 * Stretches, each once
 * ------------------------------------------------------------------------
 */

typedef struct StretchEntry
{
	Stretch		stretch;
	uint32		number;
	char		status;
} StretchEntry;

static inline uint32
hash_instant(TimestampTz instant)
{
	return murmurhash32((uint32) instant ^ (uint32) (instant >> 32));
}

static inline uint32
hash_stretch(Stretch s)
{
	return hash_combine(hash_combine(hash_instant(s.since),
									 hash_instant(s.until)),
						hash_instant(s.content_from) ^ s.is_explicit);
}

static inline bool
same_stretch(Stretch a, Stretch b)
{
	return a.since == b.since && a.until == b.until &&
		a.content_from == b.content_from && a.is_explicit == b.is_explicit;
}

#define SH_PREFIX stretchhash
#define SH_ELEMENT_TYPE StretchEntry
#define SH_KEY_TYPE Stretch
#define SH_KEY stretch
#define SH_HASH_KEY(table, key) hash_stretch(key)
#define SH_EQUAL(table, a, b) same_stretch(a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* ------------------------------------------------------------------------
 * Numbers
 * ------------------------------------------------------------------------
 */

static void *
allocate(const WindowSet *set, Size size)
{
	return MemoryContextAllocExtended(set->context, size,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

static inline Size
bytes_of_numbers(uint64 room, int bits)
{
	return bits == 1 ? (room + 7) / 8 : room * (bits / 8);
}

Size
window_set_bytes(const WindowSet *set)
{
	return bytes_of_numbers(set->room, set->bits);
}

static inline void
set_subject(WindowSet *set, uint64 place, Datum subject)
{
	if (set->type->oid == UUIDOID)
		((pg_uuid_t *) set->subjects)[place] = *DatumGetUUIDP(subject);
	else
		((Datum *) set->subjects)[place] = subject;
}

static inline void
set_number(WindowSet *set, uint64 index, uint32 number)
{
	switch (set->bits)
	{
		case 1:
			{
				uint8	   *byte = (uint8 *) set->numbers + (index >> 3);

				*byte = (*byte & ~(1 << (index & 7))) | number << (index & 7);
			}
			break;
		case 8:
			((uint8 *) set->numbers)[index] = number;
			break;
		case 16:
			((uint16 *) set->numbers)[index] = number;
			break;
		default:
			((uint32 *) set->numbers)[index] = number;
			break;
	}
}

/* So many numbers are to come. */
static pg_noinline void
widen(WindowSet *set)
{
	WindowSet	narrow = *set;

	set->bits = narrow.bits == 1 ? 8 : 2 * narrow.bits;
	set->numbers = allocate(set, bytes_of_numbers(set->room, set->bits));
	for (uint64 i = 0; i < set->room; i++)
		set_number(set, i, window_set_number(&narrow, i));
	pfree(narrow.numbers);
}

/* What holds of a new stretch at the set's instant, and until when. */
static void
add_window(WindowSet *set, Stretch s)
{
	bool		has_begun = s.since <= set->at;
	bool		has_ended = s.until <= set->at;

	if (set->nwindows == set->windows_room)
	{
		set->windows_room *= 2;
		set->windows = repalloc_huge(set->windows, set->windows_room *
									 sizeof(Window));
		set->stretches = repalloc_huge(set->stretches, set->windows_room *
									   sizeof(Stretch));
	}
	set->stretches[set->nwindows] = s;
	set->windows[set->nwindows] = has_begun && !has_ended ?
		(Window) {s.content_from, true, s.is_explicit} :
		NO_WINDOW;
	if (!has_begun)
		set->until = Min(set->until, s.since);
	else if (!has_ended)
		set->until = Min(set->until, s.until);
	set->nwindows++;
}

/* Time does not go back: when it began is all the same. */
static inline Stretch
begun(const WindowSet *set, Stretch stretch)
{
	if (stretch.since <= set->at)
		stretch.since = DT_NOBEGIN;
	return stretch;
}

static uint32
number_of(WindowSet *set, Stretch stretch)
{
	StretchEntry *entry;
	bool		found;

	stretch = begun(set, stretch);

	/* Most have the same as the one before. */
	if (same_stretch(set->stretches[set->latest], stretch))
		return set->latest;
	entry = stretchhash_insert(set->by_stretch, stretch, &found);
	if (!found)
	{
		entry->number = set->nwindows;
		add_window(set, stretch);
		if ((uint64) entry->number >> set->bits > 0)
			widen(set);
	}
	set->latest = entry->number;
	return entry->number;
}

/* ------------------------------------------------------------------------
 * The set
 * ------------------------------------------------------------------------
 */

static WindowSet *
create(MemoryContext context, const KeyType *type, TimestampTz at, uint64 room)
{
	WindowSet  *set = MemoryContextAllocZero(context, sizeof(WindowSet));
	bool		found;

	set->type = type;
	set->context = context;
	set->at = at;
	set->until = DT_NOEND;
	set->bits = 1;
	set->room = room;
	set->numbers = allocate(set, bytes_of_numbers(room, set->bits));
	set->windows_room = 4;
	set->windows = allocate(set, set->windows_room * sizeof(Window));
	set->stretches = allocate(set, set->windows_room * sizeof(Stretch));
	set->by_stretch = stretchhash_create(context, 4, NULL);
	stretchhash_insert(set->by_stretch, NO_STRETCH, &found)->number = 0;
	add_window(set, NO_STRETCH);
	return set;
}

static Size
bytes_of_subjects(const WindowSet *set)
{
	return set->room * (set->type->oid == UUIDOID ? UUID_LEN : sizeof(Datum));
}

static void
allocate_subjects(WindowSet *set)
{
	set->subjects = MemoryContextAllocHuge(set->context, bytes_of_subjects(set));
}

WindowSet *
window_set_create(MemoryContext context, const KeyType *type, TimestampTz at,
				  uint64 expected)
{
	WindowSet  *set = create(context, type, at,
							 Max(expected, 16) * PLACES_BY_HASH / SUBJECTS_BY_HASH);

	allocate_subjects(set);
	return set;
}

WindowSet *
window_set_create_within(MemoryContext context, const KeyType *type,
						 TimestampTz at, uint64 expected,
						 int64 least, int64 greatest)
{
	uint64		span = (uint64) greatest - (uint64) least;
	WindowSet  *set;

	if (greatest < least || span / PLACES_PER_SUBJECT > expected)
		return window_set_create(context, type, at, expected);
	set = create(context, type, at, span + 1);
	set->by_offset = true;
	set->first = least;
	return set;
}

/* ------------------------------------------------------------------------
 * By hash
 * ------------------------------------------------------------------------
 */

static inline Datum
subject_at(const WindowSet *set, uint64 place)
{
	if (set->type->oid == UUIDOID)
		return UUIDPGetDatum((pg_uuid_t *) set->subjects + place);
	return ((Datum *) set->subjects)[place];
}

static inline bool
same_subject(const KeyType *type, Datum a, Datum b)
{
	if (type->oid == INT8OID)
		return DatumGetInt64(a) == DatumGetInt64(b);
	if (type->oid == UUIDOID)
		return memcmp(DatumGetPointer(a), DatumGetPointer(b), UUID_LEN) == 0;
	return same_text((text *) DatumGetPointer(a), (text *) DatumGetPointer(b));
}

static inline uint32
hash_subject(const KeyType *type, Datum subject)
{
	uint64		half[2];

	/* Not only one half upon the other: keys of shards would fall together. */
	if (type->oid == INT8OID)
		return murmurhash32((uint32) DatumGetInt64(subject) ^
							murmurhash32((uint32) (DatumGetInt64(subject) >> 32)));
	if (type->oid != UUIDOID)
		return hash_bytes((unsigned char *) VARDATA_ANY(DatumGetPointer(subject)),
						  VARSIZE_ANY_EXHDR(DatumGetPointer(subject)));
	memcpy(half, DatumGetPointer(subject), UUID_LEN);
	half[0] = hash_combine64(half[0], half[1]);
	return murmurhash32((uint32) half[0] ^ (uint32) (half[0] >> 32));
}

/*
 * The subject's place, or the free one where it would be.  Places are tried
 * one after the other from where the hash points, as its share of the room; a
 * place without a number is free.  Numbers are looked at first: they are
 * near, while most keys are far from the processor.
 */
static inline uint64
place_of(const WindowSet *set, Datum subject, bool *found)
{
	uint64		place = ((uint64) hash_subject(set->type, subject) * set->room) >> 32;

	while ((*found = window_set_number(set, place) != 0) &&
		   !same_subject(set->type, subject_at(set, place), subject))
	{
		if (++place == set->room)
			place = 0;
	}
	return place;
}

/* All subjects get other places. */
static pg_noinline void
enlarge(WindowSet *set)
{
	WindowSet	small = *set;

	if (set->room >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many subjects for one set")));
	set->room = Min(2 * small.room, PG_UINT32_MAX);
	set->numbers = allocate(set, window_set_bytes(set));
	allocate_subjects(set);
	for (uint64 i = 0; i < small.room; i++)
	{
		uint32		number = window_set_number(&small, i);
		uint64		place;
		bool		found;

		if (number == 0)
			continue;
		place = place_of(set, subject_at(&small, i), &found);
		set_subject(set, place, subject_at(&small, i));
		set_number(set, place, number);
	}
	pfree(small.numbers);
	pfree(small.subjects);
}

static void
add_hashed(WindowSet *set, Datum subject, uint32 number)
{
	uint64		place;
	bool		found;

	if (set->nsubjects >= set->room / 4 * 3)
		enlarge(set);
	place = place_of(set, subject, &found);
	if (!found)
	{
		if (set->type->oid == TEXTOID)
		{
			MemoryContext caller = MemoryContextSwitchTo(set->context);

			subject = PointerGetDatum(PG_DETOAST_DATUM_COPY(subject));
			MemoryContextSwitchTo(caller);
		}
		set_subject(set, place, subject);
		set->nsubjects++;
	}
	set_number(set, place, number);
}

uint64
window_set_find_hashed(const WindowSet *set, Datum subject)
{
	bool		found;
	uint64		place = place_of(set, subject, &found);

	return found ? place : NOT_IN_SET;
}

/* ------------------------------------------------------------------------
 * Filling a set
 * ------------------------------------------------------------------------
 */

void
window_set_add(WindowSet *set, Datum subject, Stretch stretch)
{
	uint32		number = number_of(set, stretch);

	if (set->by_offset)
	{
		uint64		index = window_set_index(set, subject);

		if (index == NOT_IN_SET)
			ereport(ERROR,
					(errcode(ERRCODE_INDEX_CORRUPTED),
					 errmsg("a row of \"%s\" is not in its index", set->type->standing),
					 errhint("Make it anew: REINDEX TABLE aiconsent.%s;",
							 set->type->standing)));
		set_number(set, index, number);
	}
	else
		add_hashed(set, subject, number ? number : number_of(set, KNOWN_OUT));
}

/* What only adding needs can be many times what looking up does. */
void
window_set_finish(WindowSet *set)
{
	stretchhash_destroy(set->by_stretch);
	pfree(set->stretches);
	set->by_stretch = NULL;
	set->stretches = NULL;
}

/* Is every number one of the windows'? */
static bool
numbers_are_good(const WindowSet *set)
{
	if (set->bits < 32 && set->nwindows >> set->bits > 0)
		return true;			/* so many bits have no other */
	for (uint64 i = 0; i < set->room; i++)
	{
		if (window_set_number(set, i) >= set->nwindows)
			return false;
	}
	return true;
}

/* Is there a number in the last byte that is nobody's of so many? */
static bool
has_number_behind(const void *numbers, uint64 room, int bits)
{
	return bits == 1 && room % 8 > 0 &&
		((const uint8 *) numbers)[room / 8] >> room % 8 > 0;
}

bool
window_set_load(WindowSet *set, uint64 room, int bits, const void *numbers,
				Size bytes, const Stretch *stretches, int nstretches)
{
	bool		found;

	if ((bits != 1 && bits != 8 && bits != 16 && bits != 32) ||
		room > set->room || bytes != bytes_of_numbers(room, bits) ||
		has_number_behind(numbers, room, bits) ||
		nstretches < 1 || (uint64) (nstretches - 1) >> bits > 0 ||
		!same_stretch(stretches[0], NO_STRETCH))
		return false;
	if (bits > set->bits)
	{
		pfree(set->numbers);
		set->bits = bits;
		set->numbers = allocate(set, window_set_bytes(set));
	}
	memcpy(set->numbers, numbers, bytes);
	for (int i = 1; i < nstretches; i++)
	{
		Stretch		stretch = begun(set, stretches[i]);
		StretchEntry *entry = stretchhash_insert(set->by_stretch, stretch, &found);

		if (!found)
			entry->number = set->nwindows;
		add_window(set, stretch);
	}
	return numbers_are_good(set);
}
