/*
 * scanner.c: does any text break the scanner, or a promise of it?
 *
 *	 clang -g -O1 -fsanitize=fuzzer,address,undefined -Isrc \
 *		test/fuzz/scanner.c src/scan*.c src/fold.c
 *
 * The first byte says how to scan.  What is found must lie in the text, in
 * order, and be whole characters.  A text that is scrubbed until nothing is
 * found must come to that soon, as scrub.c relies on.  Of two texts with a
 * blank line between them must be found what is found of each.
 *
 * Before that, the table of words is checked against the rules in its own
 * header, and that a long text can be cancelled.
 */
#include "scan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan_words.h"

#define SPANS_MAX 4096
#define TEXT_MAX 65536

#define CHECK(condition, what) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s: %s\n", what, #condition); \
			abort(); \
		} \
	} while (0)

static ScanSpan spans[SPANS_MAX];
static ScanSpan again[2 * SPANS_MAX];
static char text[TEXT_MAX];
static char scrubbed[TEXT_MAX];

static size_t
scan_all(const char *of, size_t length, int flags, ScanSpan *found)
{
	Scanner		scanner;
	size_t		n = 0;
	size_t		end = 0;

	scanner_begin(&scanner, of, length, flags);
	while (n < SPANS_MAX && scanner_next(&scanner, &found[n]))
	{
		const ScanSpan *span = &found[n++];

		CHECK(span->class < SCAN_NCLASSES, "class");
		CHECK(span->length > 0 && span->start >= end, "order");
		end = span->start + span->length;
		CHECK(end <= length, "end");
		/* UTF-8 in, UTF-8 out: no character is cut in two */
		CHECK((of[span->start] & 0xC0) != 0x80, "start of a character");
		CHECK(end == length || (of[end] & 0xC0) != 0x80, "end of a character");
	}
	return n;
}

/* Every text of a database is valid; bring what we are given into that form. */
static size_t
make_valid(const uint8_t * data, size_t size)
{
	size_t		n = 0;

	for (size_t i = 0; i < size && n + 8 < TEXT_MAX / 4;)
	{
		int			more = data[i] >= 0xF0 ? 3 : data[i] >= 0xE0 ? 2 :
		data[i] >= 0xC2 ? 1 : 0;

		if (data[i] == 0)
		{
			i++;
			continue;
		}
		if (data[i] < 0x80)
		{
			text[n++] = (char) data[i++];
			continue;
		}
		if (data[i] < 0xC2 || data[i] > 0xF4 || i + (size_t) more >= size)
		{
			i++;
			continue;
		}
		text[n] = (char) data[i];
		for (int k = 1; k <= more; k++)
			text[n + (size_t) k] =
				(char) (0x80 | (data[i + (size_t) k] & 0x3F));
		/* neither overlong nor a surrogate nor beyond the last */
		if ((data[i] == 0xE0 && (uint8_t) text[n + 1] < 0xA0) ||
			(data[i] == 0xED && (uint8_t) text[n + 1] > 0x9F) ||
			(data[i] == 0xF0 && (uint8_t) text[n + 1] < 0x90) ||
			(data[i] == 0xF4 && (uint8_t) text[n + 1] > 0x8F))
		{
			i++;
			continue;
		}
		n += (size_t) more + 1;
		i += (size_t) more + 1;
	}
	return n;
}

static size_t
scrub(const char *of, size_t length, const ScanSpan *found, size_t n)
{
	size_t		at = 0;
	size_t		out = 0;

	for (size_t i = 0; i < n; i++)
	{
		memcpy(scrubbed + out, of + at, found[i].start - at);
		out += found[i].start - at;
		out += (size_t) sprintf(scrubbed + out, "[%s]",
								scan_class_names[found[i].class]);
		at = found[i].start + found[i].length;
	}
	memcpy(scrubbed + out, of + at, length - at);
	return out + length - at;
}

/* ------------------------------------------------------------------------
 * The table of words
 * ------------------------------------------------------------------------
 */

static int
compare_words(const void *a, const void *b)
{
	return strcmp(((const ScanWord *) a)->word, ((const ScanWord *) b)->word);
}

/* A word of letters, with a mark at one end at most. */
static void
check_word(const char *word, size_t length, bool may_be_pattern)
{
	size_t		letters = 0;

	for (size_t i = 0; i < length; i++)
	{
		if (word[i] == '*')
			CHECK(may_be_pattern && length > 3 &&
				  (i == 0) != (i == length - 1), word);
		else
		{
			CHECK(word[i] >= 'a' && word[i] <= 'z', word);
			letters++;
		}
	}
	CHECK(letters > 0 && letters <= 40, word);
	CHECK(word[0] != '*' || word[length - 1] != '*', word);
}

static size_t
check_phrase(const char *phrase)
{
	size_t		words = 0;

	for (const char *at = phrase;;)
	{
		size_t		length = strcspn(at, " ");

		check_word(at, length, false);
		words++;
		if (at[length] == '\0')
			break;
		at += length + 1;
	}
	CHECK(words >= 2 && words <= 4, phrase);
	return words;
}

static void
check_alone(const ScanWord *table, size_t n)
{
	ScanWord   *sorted = malloc(n * sizeof(ScanWord));

	memcpy(sorted, table, n * sizeof(ScanWord));
	qsort(sorted, n, sizeof(ScanWord), compare_words);
	for (size_t i = 1; i < n; i++)
		CHECK(strcmp(sorted[i - 1].word, sorted[i].word) != 0, sorted[i].word);
	free(sorted);
}

/*
 * What the scanner has of a word is what the table says: no two of them are
 * taken for one another.
 */
static void
check_known(const ScanWord *entry)
{
	Scanner		scanner;
	size_t		end;

	scanner_begin(&scanner, entry->word, strlen(entry->word), 0);
	CHECK((scan_word_here(&scanner, 0, &end) & ~(BEFORE_PAY | BEHIND_PAY)) ==
		  entry->kinds, entry->word);
	CHECK(end == strlen(entry->word), entry->word);
}

/* And of a phrase, behind its words. */
static void
check_phrase_known(const ScanWord *entry, size_t nwords)
{
	Scanner		scanner;
	Words		words;

	scanner_begin(&scanner, entry->word, strlen(entry->word), 0);
	scan_words_before(&scanner, strlen(entry->word), WORDS_MAX, &words);
	CHECK((size_t) words.n == nwords, entry->word);
	CHECK(words.word[0].kinds == entry->kinds, entry->word);
}

static void
check_words(void)
{
	for (size_t i = 0; i < lengthof(scan_words); i++)
	{
		const ScanWord *entry = &scan_words[i];
		size_t		length = strlen(entry->word);

		check_word(entry->word, length, true);
		if (entry->word[0] != '*' && entry->word[length - 1] != '*')
			check_known(entry);
	}
	for (size_t i = 0; i < lengthof(scan_phrases); i++)
		check_phrase_known(&scan_phrases[i], check_phrase(scan_phrases[i].word));
	check_alone(scan_words, lengthof(scan_words));
	check_alone(scan_phrases, lengthof(scan_phrases));
	fprintf(stderr, "%zu words and %zu phrases checked\n",
			lengthof(scan_words), lengthof(scan_phrases));
}

static int	pauses;

static void
count_pause(void)
{
	pauses++;
}

/* A text of a megabyte with nothing in it, and one of longer words than blocks. */
static void
check_pauses(void)
{
	const size_t length = 1 << 20;
	char	   *long_text = malloc(length);
	ScanSpan	span;

	for (int kind = 0; kind < 2; kind++)
	{
		Scanner		scanner;

		for (size_t i = 0; i < length; i++)
			long_text[i] = i % (kind == 0 ? 7 : 3001) == 0 ? ' ' :
				kind == 0 ? 'a' : "1a"[i % 2];
		pauses = 0;
		scanner_pause = count_pause;
		scanner_begin(&scanner, long_text, length, 0);
		while (scanner_next(&scanner, &span))
			;
		scanner_pause = NULL;
		CHECK(pauses >= 8, "a long scan can be left");
	}
	free(long_text);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	check_words();
	check_pauses();
	return 0;
}

/* ------------------------------------------------------------------------
 * Any text
 * ------------------------------------------------------------------------
 */

/* ROUNDS_MAX of scrub.c, and the first scan. */
#define ROUNDS_MAX 8

static void
check_scrubbed(const char *of, size_t length, int flags)
{
	size_t		n = scan_all(of, length, flags, spans);

	for (int round = 0; n > 0 && n < SPANS_MAX; round++)
	{
		CHECK(round < ROUNDS_MAX, "nothing is left");
		length = scrub(of, length, spans, n);
		if (length > TEXT_MAX / 4)
			return;
		memcpy(text, scrubbed, length);
		of = text;
		n = scan_all(of, length, flags, spans);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t * data, size_t size)
{
	int			flags;
	size_t		length;
	size_t		half;
	size_t		n;
	size_t		m;

	if (size < 2)
		return 0;
	flags = data[0] & (SCAN_STRICT | SCAN_MENTIONS);
	length = make_valid(data + 1, size - 1);
	/* exactly as long as it is, for reads beyond it to be seen */
	char	   *exact = malloc(length > 0 ? length : 1);

	memcpy(exact, text, length);

	check_scrubbed(exact, length, flags);

	/* the two halves, apart and together */
	for (half = length / 2; half < length && (exact[half] & 0xC0) == 0x80;)
		half++;
	n = scan_all(exact, half, flags, spans);
	m = scan_all(exact + half, length - half, flags, again);
	if (n < SPANS_MAX && n + m < SPANS_MAX)
	{
		for (size_t i = 0; i < m; i++)
		{
			spans[n + i] = again[i];
			spans[n + i].start += half + 2;
		}
		memcpy(scrubbed, exact, half);
		memcpy(scrubbed + half, "\n\n", 2);
		memcpy(scrubbed + half + 2, exact + half, length - half);
		size_t		both = scan_all(scrubbed, length + 2, flags, again);

		if (both != n + m)
			fprintf(stderr, "of \"%.*s\": %zu + %zu, together %zu\n",
					(int) length + 2, scrubbed, n, m, both);
		CHECK(both == n + m, "as many together");
		for (size_t i = 0; i < both; i++)
			CHECK(again[i].start == spans[i].start &&
				  again[i].length == spans[i].length &&
				  again[i].class == spans[i].class, "the same together");
	}
	free(exact);
	return 0;
}
