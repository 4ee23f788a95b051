/*
 * school.c: what stage is this school?
 *
 * A text is read as folded words: without case, accents and punctuation.  At
 * each word the longest phrase of the table that begins in it wins and uses
 * up its words, so Collège de France is not a collège.  What the phrases of a
 * text say is put together, and then what the level and the school say.
 *
 * Nothing is allocated.  At each character a bounded number of phrases of
 * bounded length is looked at, so time is linear.
 */
#include "school.h"

#include "fold.h"

#include <string.h>

#include "school_words.h"

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))
#define NWORDS ((int) lengthof(school_words))

/* ------------------------------------------------------------------------
 * Numbers of grades: 9, 11th, 6to, 10e, XI
 * ------------------------------------------------------------------------
 */

#define NUMBER		'#'			/* stands for one in a phrase */
#define LAST_GRADE	13

/* What is written behind a number to make it an ordinal; the longest first. */
static const char *const ordinals[] = {
	"uncu", "inci", "nci", "ncu", "eme", "iem", "ere", "ide", "ste",
	"st", "nd", "rd", "th", "er", "re", "to", "ta", "do", "da", "mo", "ma",
	"ro", "ra", "no", "na", "vo", "va", "os", "as", "de", "ci", "cu", "yo",
	"e", "o", "a",
};

static const char *const romans[LAST_GRADE] = {
	"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
	"xiii",
};

static bool
is_letter(uint32_t c)
{
	return c != END && c != GAP && !(c >= '0' && c <= '9');
}

/* Behind these characters, or -1 where they are not here. */
static int
skip_ascii(const Text *text, int at, const char *chars)
{
	for (; *chars != '\0'; chars++)
	{
		if (text->chars[at++] != (unsigned char) *chars)
			return -1;
	}
	return at;
}

static int
skip_roman(const Text *text, int at)
{
	for (int i = LAST_GRADE - 1; i >= 0; i--)
	{
		int			end = skip_ascii(text, at, romans[i]);

		if (end >= 0 && !is_letter(text->chars[end]))
			return end;
	}
	return -1;
}

/* Behind the number of a grade that is here, its ordinal included; or -1. */
static int
skip_number(const Text *text, int at)
{
	uint32_t	first = text->chars[at];
	int			number = 0;

	if (first == 'i' || first == 'v' || first == 'x')
		return skip_roman(text, at);
	if (first < '0' || first > '9')
		return -1;
	for (; text->chars[at] >= '0' && text->chars[at] <= '9'; at++)
	{
		number = number * 10 + (int) (text->chars[at] - '0');
		if (number > LAST_GRADE)
			return -1;
	}
	if (number == 0)
		return -1;
	for (size_t i = 0; i < lengthof(ordinals); i++)
	{
		int			end = skip_ascii(text, at, ordinals[i]);

		if (end >= 0 && !is_letter(text->chars[end]))
			return end;
	}
	return at;
}

/* Where these folded words, if they are here, end; or -1. */
static int
find_words(const Text *text, int at, const char *words, size_t length)
{
	const unsigned char *want = (const unsigned char *) words;
	const unsigned char *end = want + length;

	/* END is in no phrase, so this stays within the text */
	while (want < end)
	{
		uint32_t	c = *want < 0x80 ? *want++ : fold_decode(&want, end);

		if (c == NUMBER)
		{
			at = skip_number(text, at);
			if (at < 0)
				return -1;
		}
		else if (text->chars[at++] != c)
			return -1;
	}
	return at;
}

/* ------------------------------------------------------------------------
 * The table, in the form in which it is searched
 * ------------------------------------------------------------------------
 */

typedef struct Phrase
{
	const char *words;			/* without marks */
	size_t		length;
	bool		open_start;		/* may begin within a word */
	bool		open_end;		/* may end within a word */
	bool		whole_start;	/* only at the text's beginning */
	bool		whole_end;		/* only at its end */
	bool		numbered;		/* with the number of a grade in it */
	int			next;			/* in the same bucket, or -1 */
} Phrase;

#define NBUCKETS 16384

static Phrase phrases[NWORDS];

/*
 * By their first characters; [1] is for those that may begin in a word.
 * Those that begin with a number have a chain of their own.
 */
static int	buckets[2][NBUCKETS];
static int	numbered = -1;
static bool indexed = false;

static int
bucket_of(const uint32_t *chars, int n)
{
	uint32_t	hash = 0;

	for (int i = 0; i < n; i++)
		hash = (hash ^ chars[i]) * 0x9E3779B1u;
	return (int) ((hash ^ hash >> 15) % NBUCKETS);
}

/*
 * The bucket of a phrase: by its first four characters, or two or one where
 * it has no more before its end or a number; *chain is that of phrases which
 * begin with a number.
 */
static int *
bucket_of_phrase(const Phrase *p, int *table, int *chain)
{
	const unsigned char *at = (const unsigned char *) p->words;
	const unsigned char *end = at + p->length;
	uint32_t	chars[4];
	int			n = 0;

	while (n < 4 && at < end)
	{
		chars[n] = *at < 0x80 ? *at++ : fold_decode(&at, end);
		if (chars[n] == NUMBER)
			break;
		n++;
	}
	if (n == 0)
		return chain;
	return &table[bucket_of(chars, n >= 4 ? 4 : n >= 2 ? 2 : 1)];
}

/* Once a process: split off the marks, and hash the first characters. */
static void
build_index(void)
{
	for (int i = 0; i < NBUCKETS; i++)
		buckets[0][i] = buckets[1][i] = -1;
	for (int i = 0; i < NWORDS; i++)
	{
		Phrase	   *p = &phrases[i];
		const char *end;
		int		   *bucket;

		p->words = school_words[i].phrase;
		p->open_start = *p->words == '*';
		p->whole_start = *p->words == '^';
		if (p->open_start || p->whole_start)
			p->words++;
		end = p->words + strlen(p->words);
		p->open_end = end[-1] == '*';
		p->whole_end = end[-1] == '$';
		if (p->open_end || p->whole_end)
			end--;
		p->length = (size_t) (end - p->words);
		p->numbered = memchr(p->words, NUMBER, p->length) != NULL;

		bucket = bucket_of_phrase(p, buckets[p->open_start], &numbered);
		p->next = *bucket;
		*bucket = i;
	}
	indexed = true;
}

/*
 * Where the phrase, if it is here, ends; or -1.  Whether it may begin here is
 * known by the bucket that it comes from.
 */
static int
find_phrase(const Phrase *p, const Text *text, int at)
{
	int			end;

	if (p->whole_start && at > 0)
		return -1;
	end = find_words(text, at, p->words, p->length);
	if (end < 0)
		return -1;
	if (p->whole_end ? end < text->length :
		!p->open_end && !fold_is_boundary(text, end))
		return -1;
	return end;
}

/* ------------------------------------------------------------------------
 * Deciding
 * ------------------------------------------------------------------------
 */

/* What a text says; of different ranks the better one alone counts. */
typedef enum Rank
{
	RANK_NOTHING,
	RANK_WEAK,
	RANK_PLAIN,
	RANK_RULING,
	RANK_SILENT					/* such a text says nothing */
} Rank;

typedef struct Found
{
	Rank		rank;
	StageRange	stage;
} Found;

static const Found nothing = {RANK_NOTHING, {0, 0}};

/* Regions by their codes. */
#define NREGIONS (26 * 26)

/* For whom a text is read; or, with named, which regions could matter. */
typedef struct Question
{
	int			field;			/* LEVEL or SCHOOL */
	const char *region;			/* two capitals */
	bool	   *named;			/* NREGIONS, or NULL */
} Question;

/* The best entries that begin in one word. */
typedef struct Match
{
	int			weight;
	Found		found;
	int			end;			/* of the one that ends last */
} Match;

static void
add(Found *found, Found other)
{
	if (other.rank > found->rank)
		*found = other;
	else if (other.rank == found->rank && other.rank != RANK_NOTHING)
	{
		if (other.stage.lowest < found->stage.lowest)
			found->stage.lowest = other.stage.lowest;
		if (other.stage.highest > found->stage.highest)
			found->stage.highest = other.stage.highest;
	}
}

static Found
found_of(const SchoolWord *word)
{
	Found		found = {RANK_PLAIN, {word->lowest, word->highest}};

	if (word->lowest < 0)
	{
		found.rank = word->how & RULES ? RANK_SILENT : RANK_NOTHING;
		return found;
	}
	if (word->how & WEAK)
		found.rank = RANK_WEAK;
	if (word->how & RULES)
		found.rank = RANK_RULING;
	return found;
}

static bool
names_region(const char *regions, const char *region)
{
	for (; *regions != '\0'; regions += regions[2] == ' ' ? 3 : 2)
	{
		if (regions[0] == region[0] && regions[1] == region[1])
			return true;
	}
	return false;
}

static void
mark_regions(const char *regions, bool *named)
{
	for (; *regions != '\0'; regions += regions[2] == ' ' ? 3 : 2)
		named[(regions[0] - 'A') * 26 + regions[1] - 'A'] = true;
}

/*
 * How much an entry weighs against others that begin in the same word, or -1
 * where it is for another region: the longer phrase is the more specific one,
 * then the one that ends with its word, the one without a number of any
 * grade, and the one that names the region.
 */
static int
weight_of(int i, const char *region)
{
	int			weight = (int) phrases[i].length * 8 +
		(phrases[i].open_end ? 0 : 4) + (phrases[i].numbered ? 0 : 2);

	if (*school_words[i].regions == '\0')
		return weight;
	return names_region(school_words[i].regions, region) ? weight + 1 : -1;
}

/* An entry's phrase was found. */
static void
add_match(Match *best, int i, int end, const Question *q)
{
	int			weight;

	if (q->named != NULL)
	{
		mark_regions(school_words[i].regions, q->named);
		return;
	}
	weight = weight_of(i, q->region);
	if (weight < best->weight)
		return;
	if (weight > best->weight)
	{
		best->weight = weight;
		best->found = nothing;
		best->end = end;
	}
	add(&best->found, found_of(&school_words[i]));
	if (end > best->end)
		best->end = end;
}

/* Look up the phrases of a chain here. */
static void
read_chain(int i, const Text *text, int at, const Question *q, Match *best)
{
	for (; i >= 0; i = phrases[i].next)
	{
		int			end;

		if ((school_words[i].how & q->field) == 0)
			continue;
		end = find_phrase(&phrases[i], text, at);
		if (end >= 0)
			add_match(best, i, end, q);
	}
}

/* Look up the phrases of these buckets here. */
static void
read_buckets(const int *table, const Text *text, int at, const Question *q,
			 Match *best)
{
	const uint32_t *chars = &text->chars[at];
	int			left = text->length - at;

	if (left >= 4)
		read_chain(table[bucket_of(chars, 4)], text, at, q, best);
	if (left >= 2)
		read_chain(table[bucket_of(chars, 2)], text, at, q, best);
	read_chain(table[bucket_of(chars, 1)], text, at, q, best);
}

/* Look up all phrases that begin in the word here. */
static Match
read_word(const Text *text, int at, const Question *q)
{
	Match		best = {0, nothing, at + 1};

	read_buckets(buckets[0], text, at, q, &best);
	if (skip_number(text, at) >= 0)
		read_chain(numbered, text, at, q, &best);
	do
		read_buckets(buckets[1], text, at, q, &best);
	while (!fold_is_boundary(text, ++at));
	return best;
}

static Found
read_words(const Text *text, const Question *q)
{
	Found		found = nothing;
	int			at = 0;

	while (at < text->length)
	{
		Match		match;

		if (text->chars[at] == GAP)
		{
			at++;
			continue;
		}
		match = read_word(text, at, q);
		add(&found, match.found);

		/* behind the phrase, or the word where there is none */
		at = match.end;
		while (!fold_is_boundary(text, at))
			at++;
	}
	return found;
}

/* After ISCED: a level, a code that begins with it, or several of them. */
static bool
read_isced_codes(const Text *text, int at, StageRange *out)
{
	bool		any = false;

	while (at < text->length)
	{
		int			level = (int) text->chars[at] - '0';
		int			digits = 0;

		if (text->chars[at] == GAP)
		{
			at++;
			continue;
		}
		if (level < 0 || level > 8)
			return false;
		if (!any || level < out->lowest)
			out->lowest = level;
		if (!any || level > out->highest)
			out->highest = level;
		any = true;
		while (!fold_is_boundary(text, ++at))
		{
			uint32_t	c = text->chars[at];

			if (++digits > 2 || !((c >= '0' && c <= '9') ||
								  (c >= 'a' && c <= 'c')))
				return false;
		}
	}
	return any;
}

/* A bare digit, or ISCED and a number. */
static bool
read_isced(const char *words, size_t length, const Text *text, StageRange *out)
{
	if (text->length == 1)
	{
		/* -3 and +3 are no levels */
		return memchr(words, '-', length) == NULL &&
			memchr(words, '+', length) == NULL &&
			read_isced_codes(text, 0, out);
	}
	for (size_t i = 0; i < lengthof(isced_names); i++)
	{
		int			end = find_words(text, 0, isced_names[i],
									 strlen(isced_names[i]));

		if (end >= 0 && read_isced_codes(text, end, out))
			return true;
	}
	return false;
}

/* The region as two capitals, or empty where that is no country's code. */
static void
read_region(const char *text, size_t length, char region[3])
{
	while (length > 0 && *text == ' ')
	{
		text++;
		length--;
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	region[0] = region[1] = region[2] = '\0';
	if (length != 2)
		return;
	for (int i = 0; i < 2; i++)
	{
		uint32_t	c = fold_ascii((unsigned char) text[i]);

		if (c < 'a' || c > 'z')
		{
			region[0] = '\0';
			return;
		}
		region[i] = (char) (c - 'a' + 'A');
	}
	for (size_t i = 0; i < lengthof(region_names); i++)
	{
		if (names_region(region_names[i].codes, region))
		{
			memcpy(region, region_names[i].reads_as, 2);
			return;
		}
	}
}

/*
 * What level and school say together.  Where both can be true at once, that
 * is it: a BTS in a lycée.  Else a weak reading gives way, and where both are
 * firm they contradict each other, and all that either says counts.
 */
static Found
combine(Found level, Found school)
{
	/* who works at a school is no pupil of it, whatever it is */
	if (level.rank == RANK_SILENT)
		return nothing;
	if (school.rank == RANK_NOTHING || school.rank == RANK_SILENT)
		return level;
	if (level.rank == RANK_NOTHING)
		return school;
	if (level.stage.lowest <= school.stage.highest &&
		school.stage.lowest <= level.stage.highest)
	{
		if (school.stage.lowest > level.stage.lowest)
			level.stage.lowest = school.stage.lowest;
		if (school.stage.highest < level.stage.highest)
			level.stage.highest = school.stage.highest;
		return level;
	}
	/* a level that rules is sure: Lehramt at a Gymnasium */
	if (level.rank == RANK_RULING)
		return level;
	if ((level.rank == RANK_WEAK) != (school.rank == RANK_WEAK))
		return level.rank == RANK_WEAK ? school : level;
	level.rank = school.rank = RANK_PLAIN;
	add(&level, school);
	return level;
}

/* Level and school as they are read. */
typedef struct Texts
{
	Text		level;
	Text		school;
	Found		isced;			/* what the level says as a number */
} Texts;

static Found
read_texts(const Texts *t, const char *region, bool *named)
{
	Question	q = {LEVEL, region, named};
	Found		level = t->isced;
	Found		school;

	if (level.rank == RANK_NOTHING)
		level = read_words(&t->level, &q);
	q.field = SCHOOL;
	school = read_words(&t->school, &q);
	return combine(level, school);
}

/*
 * In an unknown region: the widest of all readings.  Only the regions that an
 * entry names can differ from the rest, and of those only the ones whose
 * entries are in the texts.
 */
static Found
read_anywhere(const Texts *t)
{
	bool		named[NREGIONS] = {false};
	Found		found;

	read_texts(t, "", named);
	found = read_texts(t, "--", NULL);
	for (int i = 0; i < NREGIONS; i++)
	{
		char		region[3] = {(char) ('A' + i / 26), (char) ('A' + i % 26)};
		Found		there;

		if (!named[i])
			continue;
		there = read_texts(t, region, NULL);
		if (there.rank != RANK_NOTHING && found.rank != RANK_NOTHING)
			there.rank = found.rank;
		add(&found, there);
	}
	return found;
}

bool
school_stage(const char *level, size_t level_len,
			 const char *school, size_t school_len,
			 const char *region, size_t region_len, StageRange *out)
{
	Texts		t;
	Found		found;
	char		code[3];

	if (level_len > SCHOOL_TEXT_MAX || school_len > SCHOOL_TEXT_MAX)
	{
		out->lowest = 0;
		out->highest = 8;
		return true;
	}

	if (!indexed)
		build_index();
	fold_text(level, level_len, &t.level);
	fold_text(school, school_len, &t.school);
	t.isced = nothing;
	if (read_isced(level, level_len, &t.level, &t.isced.stage))
		t.isced.rank = RANK_PLAIN;
	read_region(region, region_len, code);
	found = *code != '\0' ? read_texts(&t, code, NULL) : read_anywhere(&t);
	if (found.rank != RANK_NOTHING)
		*out = found.stage;
	return found.rank != RANK_NOTHING;
}
