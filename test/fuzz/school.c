/*
 * school.c: does any text break the reading of schools?
 *
 *	 clang -g -O1 -fsanitize=fuzzer,address,undefined -Isrc \
 *		test/fuzz/school.c src/school.c src/fold.c
 *
 * The input is split at its first two line feeds into region, level and
 * school.  What is found must be a range within ISCED, the same when asked
 * again, and within what is found where the region is not known.
 *
 * Before that, the table is checked against the rules in its own header: what
 * is not folded could never be found.
 */
#include "school.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "school_words.h"

#define NWORDS (sizeof(school_words) / sizeof(school_words[0]))

#define CHECK(condition, what) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s: %s\n", what, #condition); \
			abort(); \
		} \
	} while (0)

/* The phrase without its marks, and 9 for a number; returns its length. */
static size_t
bare_phrase(const char *phrase, char *bare)
{
	const char *start = phrase + (*phrase == '*' || *phrase == '^');
	size_t		length = strlen(start);

	if (start[length - 1] == '*' || start[length - 1] == '$')
		length--;
	memcpy(bare, start, length);
	bare[length] = '\0';
	for (char *c = bare; *c != '\0'; c++)
	{
		if (*c == '#')
			*c = '9';
	}
	return length;
}

static void
check_regions(const char *regions, const char *phrase)
{
	size_t		length = strlen(regions);

	CHECK(length == 0 || length % 3 == 2, phrase);
	for (size_t i = 0; i < length; i++)
		CHECK(i % 3 == 2 ? regions[i] == ' ' :
			  regions[i] >= 'A' && regions[i] <= 'Z', phrase);
}

/* No two entries of one phrase and field may be for one region. */
static void
check_alone(size_t i)
{
	const SchoolWord *a = &school_words[i];

	for (size_t j = i + 1; j < NWORDS; j++)
	{
		const SchoolWord *b = &school_words[j];

		if (strcmp(a->phrase, b->phrase) != 0 || !(a->how & b->how & EITHER))
			continue;
		CHECK(*a->regions != '\0' || *b->regions != '\0', a->phrase);
		for (const char *r = a->regions; *r != '\0'; r += r[2] == ' ' ? 3 : 2)
		{
			char		code[3] = {r[0], r[1], '\0'};

			CHECK(strstr(b->regions, code) == NULL, a->phrase);
		}
	}
}

/*
 * Asked for itself where it holds, the phrase must not deny its entry.  A
 * number stands for all grades, and one of them may be told better.
 */
static void
check_found(const SchoolWord *word)
{
	char		bare[256];
	size_t		length = bare_phrase(word->phrase, bare);
	const char *level = word->how & LEVEL ? bare : "";
	const char *school = word->how & LEVEL ? "" : bare;
	StageRange	stage = {9, 9};
	bool		known;

	known = school_stage(level, *level ? length : 0, school,
						 *school ? length : 0, word->regions,
						 *word->regions ? 2 : 0, &stage);
	if (word->lowest < 0)
	{
		CHECK(!known || *word->regions == '\0', word->phrase);
		return;
	}
	/* what is no suspicion may be silenced by who works there */
	CHECK(known || word->lowest > 3, word->phrase);
	if (!known)
		return;
	CHECK(stage.lowest <= word->highest, word->phrase);
	CHECK(stage.highest >= word->lowest, word->phrase);
	if (word->lowest <= 3 && word->highest >= 1)
		CHECK(stage.lowest <= 3 && stage.highest >= 1, word->phrase);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void) argc;
	(void) argv;
	for (size_t i = 0; i < NWORDS; i++)
	{
		const SchoolWord *word = &school_words[i];
		char		bare[256];

		CHECK(strlen(word->phrase) < sizeof(bare), word->phrase);
		bare_phrase(word->phrase, bare);
		CHECK(strlen(bare) >= 2, word->phrase);
		CHECK(strpbrk(bare, "*^$'") == NULL, word->phrase);
		CHECK((word->how & EITHER) != 0, word->phrase);
		CHECK((word->lowest == -1 && word->highest == -1) ||
			  (word->lowest >= 0 && word->lowest <= word->highest &&
			   word->highest <= 8), word->phrase);
		check_regions(word->regions, word->phrase);
		check_alone(i);
		if (strchr(word->phrase, '#') == NULL)
			check_found(word);
	}
	fprintf(stderr, "%zu entries of the table checked\n", NWORDS);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *part[3] = {(const char *) data, "", ""};
	size_t		length[3] = {size, 0, 0};
	StageRange	stage = {0, 0};
	StageRange	again = {0, 0};
	bool		known;

	for (int i = 0; i < 2; i++)
	{
		const char *feed = length[i] == 0 ? NULL :
		memchr(part[i], '\n', length[i]);

		if (feed == NULL)
			break;
		part[i + 1] = feed + 1;
		length[i + 1] = length[i] - (size_t) (feed + 1 - part[i]);
		length[i] = (size_t) (feed - part[i]);
	}

	known = school_stage(part[1], length[1], part[2], length[2],
						 part[0], length[0], &stage);
	CHECK(!known || (stage.lowest >= 0 && stage.lowest <= stage.highest &&
					 stage.highest <= 8), "range");
	CHECK(school_stage(part[1], length[1], part[2], length[2],
					   part[0], length[0], &again) == known, "again");
	CHECK(!known || (again.lowest == stage.lowest &&
					 again.highest == stage.highest), "again");
	CHECK(!known || school_stage(part[1], length[1], part[2], length[2],
								 "", 0, &again), "anywhere");
	CHECK(!known || (again.lowest <= stage.lowest &&
					 again.highest >= stage.highest), "anywhere");
	return 0;
}
