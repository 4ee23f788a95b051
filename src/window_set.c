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
 * By offset, a place is at least a bit and mostly a byte; by hash, a subject
 * takes its key and at least six bytes.  With this many places for a subject
 * the former is not larger.
 */
#define PLACES_PER_SUBJECT 16

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
 * Subjects, by hash
 * ------------------------------------------------------------------------
 */

/* Of four bytes, so that most of a set's memory is its keys. */
typedef struct SubjectEntry
{
	uint32		index:31;		/* in the set's subjects */
	uint32		status:1;
} SubjectEntry;

/* Stands for the subject that is looked for, which has no index yet. */
#define SOUGHT ((UINT32_C(1) << 31) - 1)

static inline Datum
subject_at(const WindowSet *set, uint32 index)
{
	if (index == SOUGHT)
		return set->sought;
	if (set->type->oid == UUIDOID)
		return UUIDPGetDatum((pg_uuid_t *) set->subjects + index);
	return ((Datum *) set->subjects)[index];
}

static inline bool
same_subject(const WindowSet *set, uint32 a_index, uint32 b_index)
{
	Datum		a = subject_at(set, a_index);
	Datum		b = subject_at(set, b_index);

	if (set->type->oid == INT8OID)
		return DatumGetInt64(a) == DatumGetInt64(b);
	if (set->type->oid == UUIDOID)
		return memcmp(DatumGetPointer(a), DatumGetPointer(b), UUID_LEN) == 0;
	return VARSIZE_ANY_EXHDR(DatumGetPointer(a)) ==
		VARSIZE_ANY_EXHDR(DatumGetPointer(b)) &&
		memcmp(VARDATA_ANY(DatumGetPointer(a)), VARDATA_ANY(DatumGetPointer(b)),
			   VARSIZE_ANY_EXHDR(DatumGetPointer(a))) == 0;
}

static inline uint32
hash_subject(const WindowSet *set, uint32 index)
{
	Datum		subject = subject_at(set, index);

	if (set->type->oid == INT8OID)
		return murmurhash32((uint32) DatumGetInt64(subject) ^
							(uint32) (DatumGetInt64(subject) >> 32));
	if (set->type->oid == UUIDOID)
		return hash_bytes((unsigned char *) DatumGetPointer(subject), UUID_LEN);
	return hash_bytes((unsigned char *) VARDATA_ANY(DatumGetPointer(subject)),
					  VARSIZE_ANY_EXHDR(DatumGetPointer(subject)));
}

#define SH_PREFIX subjecthash
#define SH_ELEMENT_TYPE SubjectEntry
#define SH_KEY_TYPE uint32
#define SH_KEY index
#define SH_HASH_KEY(table, key) \
	hash_subject((const WindowSet *) (table)->private_data, key)
#define SH_EQUAL(table, a, b) \
	same_subject((const WindowSet *) (table)->private_data, a, b)
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

WindowSet *
window_set_create(MemoryContext context, const KeyType *type, TimestampTz at,
				  uint64 expected)
{
	WindowSet  *set = create(context, type, at, Max(expected, 16));

	set->subjects = MemoryContextAllocHuge(context, bytes_of_subjects(set));
	set->by_subject = subjecthash_create(set->context,
										 Min(set->room, SOUGHT / 2), set);
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

static pg_noinline void
enlarge(WindowSet *set)
{
	Size		had = bytes_of_numbers(set->room, set->bits);
	Size		bytes;

	if (set->room >= SOUGHT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many subjects for one set")));
	set->room = Min(set->room + set->room / 4 + 8, SOUGHT);
	set->subjects = repalloc_huge(set->subjects, bytes_of_subjects(set));
	bytes = bytes_of_numbers(set->room, set->bits);
	set->numbers = repalloc_huge(set->numbers, bytes);
	memset((char *) set->numbers + had, 0, bytes - had);
}

static uint64
add_hashed(WindowSet *set, Datum subject)
{
	uint32		index = set->nsubjects;
	MemoryContext caller;
	bool		found;

	if (index == set->room)
		enlarge(set);
	set->sought = subject;
	subjecthash_insert(set->by_subject, SOUGHT, &found)->index = index;
	Assert(!found);
	switch (set->type->oid)
	{
		case INT8OID:
			((Datum *) set->subjects)[index] = subject;
			break;
		case UUIDOID:
			((pg_uuid_t *) set->subjects)[index] = *DatumGetUUIDP(subject);
			break;
		default:
			caller = MemoryContextSwitchTo(set->context);
			((Datum *) set->subjects)[index] =
				PointerGetDatum(PG_DETOAST_DATUM_COPY(subject));
			MemoryContextSwitchTo(caller);
			break;
	}
	set->nsubjects++;
	return index;
}

void
window_set_add(WindowSet *set, Datum subject, Stretch stretch)
{
	uint64		index = set->by_offset ? window_set_index(set, subject) :
		add_hashed(set, subject);
	uint32		number = number_of(set, stretch);

	if (index == NOT_IN_SET)
		elog(ERROR, "subject is outside of its set");
	set_number(set, index, number);
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

uint64
window_set_find_hashed(WindowSet *set, Datum subject)
{
	SubjectEntry *entry;

	set->sought = subject;
	entry = subjecthash_lookup(set->by_subject, SOUGHT);
	return entry ? entry->index : NOT_IN_SET;
}
