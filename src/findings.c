/*
 * findings.c: what in a text must not leave with it?
 *
 * It is asked for every text of a corpus: where nothing is found nothing is
 * allocated.
 */
#include "compat.h"
#include "findings.h"
#include "mention.h"
#include "scanner.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* A scan of a long text can be cancelled. */
static void
pause_scan(void)
{
	CHECK_FOR_INTERRUPTS();
}

void
findings_init(void)
{
	scanner_pause = pause_scan;
}

/* ------------------------------------------------------------------------
 * Texts as the scanner takes them
 * ------------------------------------------------------------------------
 */

/* A byte that does not begin one. */
static inline bool
in_character(char c)
{
	return (c & 0xC0) == 0x80;
}

static bool
is_ascii(const char *text, size_t length)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < length; i++)
		bits |= text[i];
	return bits < 0x80;
}

static int
count_characters(const char *utf8)
{
	int			count = 0;

	for (; *utf8; utf8++)
		count += !in_character(*utf8);
	return count;
}

/*
 * Not what has no equivalent, or not one for each character; a server that does
 * not know its encoding does not know characters either.
 */
static bool
convert(Scanned *scanned, int encoding)
{
	Oid			conversion;
	char	   *utf8;
	size_t		size;

	if (encoding == PG_SQL_ASCII ||
		scanned->length >= MaxAllocSize / MAX_CONVERSION_GROWTH)
		return false;
	conversion = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(conversion))
		return false;
	size = scanned->length * MAX_CONVERSION_GROWTH + 1;
	utf8 = palloc(size);
	if (pg_do_encoding_conversion_buf(conversion, encoding, PG_UTF8,
									  (unsigned char *) unconstify(char *, scanned->original),
									  scanned->length, (unsigned char *) utf8,
									  size, true) != (int) scanned->length ||
		count_characters(utf8) != pg_mbstrlen_with_len(scanned->original,
													   scanned->length))
		return false;
	scanned->utf8 = utf8;
	scanned->length = strlen(utf8);
	scanned->is_original = false;
	return true;
}

bool
scanned_begin(Scanned *scanned, const char *text, size_t length)
{
	int			encoding = GetDatabaseEncoding();

	*scanned = (Scanned) {
		.utf8 = text, .length = length, .original = text,
		.original_length = length, .is_original = true
	};
	return encoding == PG_UTF8 || is_ascii(text, length) ||
		convert(scanned, encoding);
}

void
scanned_pass(Scanned *scanned, size_t to)
{
	for (; scanned->at < to; scanned->at++)
	{
		if (in_character(scanned->utf8[scanned->at]))
			continue;
		scanned->characters++;
		if (!scanned->is_original)
			scanned->original_at +=
				pg_mblen(scanned->original + scanned->original_at);
	}
}

/* The same byte of the text as the server has it. */
static size_t
scanned_original(Scanned *scanned, size_t to)
{
	if (scanned->is_original)
		return to;
	scanned_pass(scanned, to);
	return scanned->original_at;
}

/* ------------------------------------------------------------------------
 * What is found
 * ------------------------------------------------------------------------
 */

Place *
place_of(FmgrInfo *flinfo)
{
	Place	   *place = flinfo->fn_extra;

	if (place == NULL)
	{
		place = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Place));
		window_site_begin(&place->site, flinfo->fn_mcxt);
		flinfo->fn_extra = place;
	}
	return place;
}

static bool
is_masked(const Scrub *scrub, const Scanned *scanned, const ScanSpan *span)
{
	if (span->class < SCAN_HANDLE)
		return true;
	return mention_is_out(&place_of(scrub->flinfo)->site, scrub->purpose,
						  span->class == SCAN_HANDLE ? IDENTIFIER_HANDLE :
						  IDENTIFIER_PROFILE,
						  scanned->utf8 + span->start, span->length);
}

static bool
next_masked(const Scrub *scrub, const Scanned *scanned, Scanner *scanner,
			ScanSpan *span)
{
	while (scanner_next(scanner, span))
	{
		CHECK_FOR_INTERRUPTS();
		if (is_masked(scrub, scanned, span))
			return true;
		scanner_keep(scanner);
	}
	return false;
}

static void
add_find(Finds *finds, size_t start, size_t end, const char *class)
{
	if (finds->n == finds->room)
	{
		finds->room = finds->room ? 2 * finds->room : 16;
		finds->finds = finds->finds ?
			repalloc_huge(finds->finds, finds->room * sizeof(Find)) :
			palloc(finds->room * sizeof(Find));
	}
	finds->finds[finds->n++] = (Find) {start, end, class};
}

/* What begins first, and of that the longest, first. */
static int
compare_finds(const void *a, const void *b)
{
	const Find *x = a;
	const Find *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return strcmp(x->class, y->class);
}

/* What overlaps becomes one, of the class that comes first. */
static void
merge_finds(Finds *finds)
{
	size_t		n = 0;

	if (finds->n > 1)
		qsort(finds->finds, finds->n, sizeof(Find), compare_finds);
	for (size_t i = 0; i < finds->n; i++)
	{
		if (n > 0 && finds->finds[i].start < finds->finds[n - 1].end)
			finds->finds[n - 1].end = Max(finds->finds[n - 1].end,
										  finds->finds[i].end);
		else
			finds->finds[n++] = finds->finds[i];
	}
	finds->n = n;
}

static void
scan_once(const Scrub *scrub, const Scanned *scanned, Finds *finds)
{
	Scanner		scanner;
	ScanSpan	span;

	scanner_begin(&scanner, scanned->utf8, scanned->length, scrub->flags);
	while (next_masked(scrub, scanned, &scanner, &span))
		add_find(finds, span.start, span.start + span.length,
				 scan_class_names[span.class]);
}

/* ------------------------------------------------------------------------
 * What others find
 * ------------------------------------------------------------------------
 */

static int
compare_places(const void *a, const void *b)
{
	size_t		x = **(size_t *const *) a;
	size_t		y = **(size_t *const *) b;

	return x < y ? -1 : x > y;
}

/*
 * What was found in characters from 1 on, in bytes.  False where any of it is
 * not in the text.
 */
static bool
locate(const Scanned *scanned, const Recognized *found, int nfound,
	   Finds *finds)
{
	size_t	  **places = palloc(2 * nfound * sizeof(size_t *) + 1);
	size_t		character = 0;
	size_t		at = 0;
	size_t		before = finds->n;

	for (int i = 0; i < nfound; i++)
	{
		if (found[i].start < 1 || found[i].length < 1)
			return false;
		add_find(finds, found[i].start - 1,
				 (size_t) found[i].start - 1 + found[i].length, found[i].class);
	}
	for (int i = 0; i < nfound; i++)
	{
		places[2 * i] = &finds->finds[before + i].start;
		places[2 * i + 1] = &finds->finds[before + i].end;
	}
	qsort(places, 2 * nfound, sizeof(size_t *), compare_places);
	for (int i = 0; i < 2 * nfound; i++)
	{
		while (character < *places[i] && at < scanned->length)
		{
			at++;
			while (at < scanned->length && in_character(scanned->utf8[at]))
				at++;
			character++;
		}
		if (character < *places[i])
			return false;
		*places[i] = at;
	}
	return true;
}

static bool
add_recognized(const Scrub *scrub, const Scanned *scanned, Finds *finds)
{
	text	   *value = cstring_to_text_with_len(scanned->original,
												 scanned->original_length);
	Recognized *found;
	int			nfound;

	if (!recognize(scrub->recognition, value, &found, &nfound) ||
		!locate(scanned, found, nfound, finds))
		return false;
	merge_finds(finds);
	return true;
}

/* ------------------------------------------------------------------------
 * What stands there instead
 * ------------------------------------------------------------------------
 */

void
mask(StringInfo masked, Scanned *scanned, const Finds *finds)
{
	size_t		at = 0;

	initStringInfo(masked);
	appendStringInfoSpaces(masked, VARHDRSZ);
	for (size_t i = 0; i < finds->n; i++)
	{
		size_t		from = scanned_original(scanned, finds->finds[i].start);

		appendBinaryStringInfo(masked, scanned->original + at, from - at);
		appendStringInfoChar(masked, '[');
		appendStringInfoString(masked, finds->finds[i].class);
		appendStringInfoChar(masked, ']');
		at = scanned_original(scanned, finds->finds[i].end);
	}
	appendBinaryStringInfo(masked, scanned->original + at,
						   scanned->original_length - at);
}

/*
 * Where a place of the masked text is in the text itself; within a placeholder,
 * the beginning or the end of what that stands for.  Places are asked for from
 * the beginning to the end: i is the first find that is not behind, and delta
 * how much further on the text is there.
 */
static size_t
unmask(const Finds *finds, size_t place, bool is_end, size_t *i, int64 *delta)
{
	for (; *i < finds->n; ++*i)
	{
		const Find *find = &finds->finds[*i];
		size_t		from = find->start - *delta;
		size_t		behind = from + strlen(find->class) + 2;

		if (place < from || (is_end && place == from))
			break;
		if (place < behind)
			return is_end ? find->end : find->start;
		*delta = (int64) find->end - (int64) behind;
	}
	return place + *delta;
}

#define ROUNDS_MAX 8

/*
 * What comes to light once the rest is masked is masked, too, so that a text
 * that was scrubbed has nothing left in it.  That there is any is rare.
 */
static void
find_more(const Scrub *scrub, const Scanned *scanned, Finds *finds)
{
	for (int round = 0; finds->n > 0 && round < ROUNDS_MAX; round++)
	{
		Scanned		utf8 = {
			.utf8 = scanned->utf8, .length = scanned->length,
			.original = scanned->utf8, .original_length = scanned->length,
			.is_original = true
		};
		Scanned		masked = {.is_original = true};
		Finds		more = {0};
		StringInfoData text;
		size_t		i = 0;
		int64		delta = 0;

		mask(&text, &utf8, finds);
		masked.utf8 = masked.original = text.data + VARHDRSZ;
		masked.length = masked.original_length = text.len - VARHDRSZ;
		scan_once(scrub, &masked, &more);
		for (size_t k = 0; k < more.n; k++)
		{
			more.finds[k].start = unmask(finds, more.finds[k].start, false, &i,
										 &delta);
			more.finds[k].end = unmask(finds, more.finds[k].end, true, &i,
									   &delta);
		}
		pfree(text.data);
		if (more.n == 0)
			break;
		for (size_t k = 0; k < more.n; k++)
			add_find(finds, more.finds[k].start, more.finds[k].end,
					 more.finds[k].class);
		merge_finds(finds);
	}
}

bool
find_all(const Scrub *scrub, const Scanned *scanned, Finds *finds)
{
	*finds = (Finds) {0};
	scan_once(scrub, scanned, finds);
	if (scrub->recognition && !add_recognized(scrub, scanned, finds))
		return false;
	find_more(scrub, scanned, finds);
	return true;
}
