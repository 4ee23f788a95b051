/*
 * scan_context.c: what do the words around a place say?
 *
 * Words are looked for within the paragraph, and not beyond anything that was
 * found: a placeholder in its place is seen as the same.  So what stands
 * elsewhere changes nothing, and a text that was scrubbed is read as before.
 */
#include "scan.h"

#include "fold.h"
#include "scan_words.h"

const char	scan_words_version[] = SCAN_WORDS_VERSION;

#define WORD_MAX 40				/* letters; a longer word says nothing */
#define LOOK_MAX 160			/* bytes, in each direction */
#define SENTENCE 3				/* so many words is its end worth */
#define DISTANCE_MAX 10			/* what is farther off says nothing */
#define PHRASE_MAX 4			/* words */

/* Internal kinds: is a word of some phrase. */
#define IN_PHRASE (1u << 31)

/* ------------------------------------------------------------------------
 * The table, hashed
 * ------------------------------------------------------------------------
 */

#define SLOTS 32768

typedef struct Slot
{
	uint32_t	hash;			/* 0: empty */
	uint32_t	kinds;
} Slot;

static Slot slots[SLOTS];
static uint64_t
patterns[64];					/* a bit for hashes of which some is a
								 * pattern's */

static inline uint32_t
hash_letter(uint32_t hash, uint32_t c)
{
	return (hash ^ c) * 16777619u;
}

#define HASH_START 2166136261u
#define PATTERN '*'

static inline uint32_t
hash_word(uint32_t hash, uint32_t word)
{
	return (hash + word) * 2654435761u ^ hash >> 15;
}

uint32_t
scan_hash(const char *word)
{
	uint32_t	hash = HASH_START;

	for (; *word != '\0'; word++)
		hash = hash_letter(hash, (unsigned char) *word);
	return hash;
}

/* The words that were read last: people use few of them most of the time. */
#define RECENT 4096

static Slot recent[RECENT];

static Slot *
slot_of(uint32_t hash)
{
	uint32_t	i = (hash ^ hash >> 14) % SLOTS;

	while (slots[i].hash != 0 && slots[i].hash != hash)
		i = (i + 1) % SLOTS;
	return &slots[i];
}

void
scan_add_kinds(uint32_t hash, uint32_t kinds)
{
	Slot	   *slot = slot_of(hash);

	slot->hash = hash;
	slot->kinds |= kinds;
}

static inline bool
may_be_pattern(uint32_t hash)
{
	return patterns[hash >> 6 & 63] >> (hash & 63) & 1;
}

/* A pattern is hashed from the end that is given, and ends with the mark. */
static void
remember_word(const char *word, uint32_t kinds)
{
	size_t		length = strlen(word);
	bool		any_beginning = word[0] == PATTERN;
	bool		any_ending = word[length - 1] == PATTERN;
	uint32_t	hash = HASH_START;

	for (size_t i = any_beginning; i < length - any_ending; i++)
		hash = hash_letter(hash, (unsigned char)
						   word[any_beginning ? length - i : i]);
	if (any_beginning || any_ending)
	{
		patterns[hash >> 6 & 63] |= UINT64_C(1) << (hash & 63);
		hash = hash_letter(hash, any_ending ? PATTERN : '^');
	}
	scan_add_kinds(hash, kinds);
}

static void
remember_phrase(const char *phrase, uint32_t kinds)
{
	uint32_t	together = 0;
	uint32_t	hash = HASH_START;

	for (;; phrase++)
	{
		if (*phrase != ' ' && *phrase != '\0')
		{
			hash = hash_letter(hash, (unsigned char) *phrase);
			continue;
		}
		scan_add_kinds(hash, IN_PHRASE);
		together = hash_word(together, hash);
		hash = HASH_START;
		if (*phrase == '\0')
			break;
	}
	scan_add_kinds(together, kinds | IN_PHRASE);
}

/* The small letter that a byte of ASCII is, or 0: most words need no more. */
static unsigned char ascii_letters[256];

void
scan_words_init(void)
{
	if (slot_of(HASH_START)->hash != 0)
		return;
	for (int c = 'a'; c <= 'z'; c++)
		ascii_letters[c] = ascii_letters[c & ~0x20] = (unsigned char) c;
	for (size_t i = 0; i < lengthof(scan_words); i++)
		remember_word(scan_words[i].word, scan_words[i].kinds);
	for (size_t i = 0; i < lengthof(scan_phrases); i++)
		remember_phrase(scan_phrases[i].word, scan_phrases[i].kinds);
	scan_add_kinds(HASH_START, 0);
}

/* What all patterns say that match. */
static uint32_t
match_patterns(const char *letters, int n)
{
	uint32_t	kinds = 0;
	uint32_t	forward = HASH_START;
	uint32_t	backward = HASH_START;

	for (int i = 0; i < n; i++)
	{
		forward = hash_letter(forward, (unsigned char) letters[i]);
		backward = hash_letter(backward, (unsigned char) letters[n - 1 - i]);
		if (may_be_pattern(forward))
			kinds |= slot_of(hash_letter(forward, PATTERN))->kinds;
		if (may_be_pattern(backward))
			kinds |= slot_of(hash_letter(backward, '^'))->kinds;
	}
	return kinds;
}

/* ------------------------------------------------------------------------
 * One word
 * ------------------------------------------------------------------------
 */

/* Behind the letters of ASCII that begin at a place. */
static inline size_t
skip_ascii(const Scanner *scanner, size_t at)
{
	while (at < scanner->length && ascii_letters[scanner->text[at]] != 0)
		at++;
	return at;
}

/* The letters of a word, folded; -1 where it is too long. */
static int
fold_word(const Scanner *scanner, size_t at, char *letters, size_t *end)
{
	int			n = 0;
	int			c;

	for (*end = at; is_letter(c = next_char(scanner, at, &at)); *end = at)
	{
		uint32_t	second = END;
		uint32_t	first = (uint32_t) lower(c);

		if (c >= 0x80)
			first = fold_character((uint32_t) c, &second);
		for (; first != END; first = second, second = END)
		{
			if (n == WORD_MAX)
				return -1;
			letters[n++] = first < 0x80 ? (char) first : '?';
		}
	}
	return n;
}

/* What a word says that was not read lately. */
static uint32_t
look_up(const Scanner *scanner, size_t at, uint32_t hash)
{
	Slot	   *slot = &recent[hash % RECENT];
	char		letters[WORD_MAX];
	size_t		end;
	int			n;

	slot->hash = hash;
	slot->kinds = slot_of(hash)->kinds;
	if ((slot->kinds & ~(IN_PHRASE | BEFORE_PAY | BEHIND_PAY)) == 0 &&
		(n = fold_word(scanner, at, letters, &end)) >= 4)
		slot->kinds |= match_patterns(letters, n);
	return slot->kinds;
}

/* Read the word that begins at a place; false where it is too long. */
static bool
read_word(const Scanner *scanner, size_t at, Word *word)
{
	uint32_t	hash = HASH_START;
	size_t		end = skip_ascii(scanner, at);

	word->start = at;
	word->end = end;
	word->kinds = 0;
	word->hash = 0;
	if (end < scanner->length && scanner->text[end] >= 0x80)
	{
		char		letters[WORD_MAX];
		int			n = fold_word(scanner, at, letters, &word->end);

		if (n < 0)
			return false;
		for (int i = 0; i < n; i++)
			hash = hash_letter(hash, (unsigned char) letters[i]);
	}
	else
	{
		if (end - at > WORD_MAX)
			return false;
		for (size_t i = at; i < end; i++)
			hash = hash_letter(hash, ascii_letters[scanner->text[i]]);
	}
	word->hash = hash;
	word->kinds = recent[hash % RECENT].hash == hash ?
		recent[hash % RECENT].kinds : look_up(scanner, at, hash);
	return true;
}

uint32_t
scan_word_here(const Scanner *scanner, size_t at, size_t *end)
{
	Word		word;

	*end = at;
	if (!is_letter(char_at(scanner, at)) || !read_word(scanner, at, &word))
		return 0;
	*end = word.end;
	return word.kinds & ~IN_PHRASE;
}

size_t
scan_word_start(const Scanner *scanner, size_t at)
{
	/* one letter more than a word can have: else its end would be one */
	size_t		limit = at > WORD_MAX + 1 ? at - WORD_MAX - 1 : 0;
	size_t		previous;

	if (limit < scanner->floor)
		limit = scanner->floor;
	while (at > limit && ascii_letters[scanner->text[at - 1]] != 0)
		at--;
	if (at > scanner->floor && scanner->text[at - 1] < 0x80)
		return at;
	for (int n = 0; n <= WORD_MAX &&
		 is_letter(previous_char(scanner, at, &previous)); n++)
		at = previous;
	return at;
}

uint32_t
scan_word_before(const Scanner *scanner, size_t at, size_t *start)
{
	size_t		end;
	uint32_t	kinds;

	*start = scan_word_start(scanner, at);
	kinds = scan_word_here(scanner, *start, &end);
	return end == at ? kinds : 0;
}

/* ------------------------------------------------------------------------
 * The words around
 * ------------------------------------------------------------------------
 */

/* What class is the placeholder that ends here?  Others are as an e-mail's. */
static ScanClass
class_before(const Scanner *scanner, size_t at)
{
	size_t		start = scan_placeholder_back(scanner, at) + 1;

	for (int i = 0; i < SCAN_NCLASSES; i++)
	{
		if (strlen(scan_class_names[i]) == at - 1 - start &&
			memcmp(scan_class_names[i], scanner->text + start,
				   at - 1 - start) == 0)
			return (ScanClass) i;
	}
	return SCAN_EMAIL;
}

static void
found_before(Words *words, ScanClass class, int distance)
{
	words->after = true;
	words->after_class = class;
	words->after_distance = distance;
}

/*
 * Put phrases in the place of their words, the longest first.  forward: the
 * nearest word is the first of the text.
 */
static void
read_phrases(Words *words, bool forward)
{
	for (int i = 0; i + 1 < words->n; i++)
	{
		if (!(words->word[i].kinds & words->word[i + 1].kinds & IN_PHRASE))
			continue;
		for (int length = PHRASE_MAX; length > 1; length--)
		{
			uint32_t	hash = 0;
			int			k;

			for (k = 0; k < length; k++)
			{
				int			j = forward ? i + k : i + length - 1 - k;

				if (j >= words->n || !(words->word[j].kinds & IN_PHRASE) ||
					words->word[j].distance - words->word[i].distance >=
					length)
					break;
				hash = hash_word(hash, words->word[j].hash);
			}
			if (k == length && slot_of(hash)->hash == hash)
			{
				words->word[i].kinds = slot_of(hash)->kinds & ~IN_PHRASE;
				for (k = 1; k < length; k++)
					words->word[i + k].kinds = 0;
				break;
			}
		}
	}
}

/* Does a line feed before a place end a paragraph? */
static bool
blank_line_before(const Scanner *scanner, size_t at)
{
	int			c;
	int			n = 0;

	do
		c = previous_char(scanner, at, &at);
	while ((c == ' ' || c == '\r') && n++ < LOOK_MAX);
	return c == '\n';
}

void
scan_words_before(const Scanner *scanner, size_t at, int most, Words *words)
{
	size_t		limit = at > LOOK_MAX ? at - LOOK_MAX : 0;
	int			distance = 1;
	bool		blank = false;	/* is one behind us */

	words->n = 0;
	words->after = false;
	while (at > limit && words->n < most && distance <= DISTANCE_MAX)
	{
		size_t		previous;
		int			c = previous_char(scanner, at, &previous);

		if (c == NO_CHAR && previous > scanner->floor)
			found_before(words, class_before(scanner, previous), distance);
		else if (c == NO_CHAR && scanner->floor > 0)
			found_before(words, scanner->last, distance);
		if (c == NO_CHAR || c == '@' || c == '_' ||
			(c == '\n' && blank_line_before(scanner, previous)))
			break;
		if (is_letter(c))
		{
			Word	   *word = &words->word[words->n];
			size_t		start = scan_word_start(scanner, at);

			if ((start <= limit && limit > 0) ||
				char_before(scanner, start) == '@' ||
				char_before(scanner, start) == '_')
				break;
			if (read_word(scanner, start, word))
			{
				word->distance = distance++;
				words->n++;
			}
			previous = start;
		}
		else if (c >= 0x1F4B0 && c <= 0x1F4B8)
		{
			/* a picture of money */
			Word	   *word = &words->word[words->n++];

			word->kinds = EARNS;
			word->hash = 0;
			word->start = previous;
			word->end = at;
			word->distance = distance++;
		}
		else if (is_digit(c))
		{
			size_t		before;

			while (previous > limit && previous > scanner->floor &&
				   is_digit(scanner->text[previous - 1]))
				previous--;
			while (previous > limit &&
				   is_digit(previous_char(scanner, previous, &before)))
				previous = before;
			distance++;
		}
		else if ((c == '.' && blank && at - previous == 1 &&
				  at - scan_word_start(scanner, previous) > 5) ||
				 c == '!' || c == '?')
			distance += SENTENCE;
		blank = c == ' ' || c == '\n';
		at = previous;
	}
	read_phrases(words, false);
}

void
scan_words_behind(const Scanner *scanner, size_t at, int most, Words *words)
{
	size_t		limit = at + LOOK_MAX;
	int			distance = 1;

	words->n = 0;
	words->after = false;
	while (at < limit && words->n < most)
	{
		size_t		next;
		int			c = next_char(scanner, at, &next);

		if (is_letter(c))
		{
			Word	   *word = &words->word[words->n];

			if (!read_word(scanner, at, word))
				break;
			next = word->end;
			c = char_at(scanner, next);
			if (c == '@' || c == '_' || c == '/' || c == '=' || is_digit(c))
				break;
			word->distance = distance++;
			words->n++;
		}
		else if (c == '.' || c == '!' || c == '?' || c == ';')
		{
			int			behind = char_at(scanner, next);

			if (c != '.' || behind == NO_CHAR || behind == '\n' ||
				(behind == ' ' && words->n > 0 &&
				 next - words->word[words->n - 1].start > 4))
				break;
		}
		else if (is_digit(c) || c == NO_CHAR || c == '@' || c == '_' ||
				 c == '{' || c == '=' || c == '\n')
			break;
		at = next;
	}
	read_phrases(words, true);
}

int
scan_nearest(const Words *words, uint32_t kinds)
{
	for (int i = 0; i < words->n; i++)
	{
		if (words->word[i].kinds & kinds)
			return words->word[i].distance;
	}
	return FAR;
}
