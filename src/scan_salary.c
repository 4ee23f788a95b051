/*
 * scan_salary.c: is this amount what somebody is paid?
 *
 * An amount says nothing of that itself.  The words around it do, each by what
 * it means and by how near it is, and so do a currency, a k, and how large it
 * is; the sum has to reach a threshold.  A number without any mark of money is
 * weighed with weights of its own: most are no money at all.
 */
#include "scan.h"

#define WORDS_BEFORE		9
#define WORDS_BEHIND		6
#define NEAR_WORDS_BEFORE	4
#define NEAR_WORDS_BEHIND	3

/* Places of a word: before it within so many words, and behind it. */
enum
{
	NEAR_BEFORE, BEFORE, FAR_BEFORE, NEAR_BEHIND, BEHIND, NPLACES
};

static const int place_ends[NPLACES] = {
	[NEAR_BEFORE] = 2,[BEFORE] = 5,[FAR_BEFORE] = WORDS_BEFORE,
	[NEAR_BEHIND] = 2,[BEHIND] = WORDS_BEHIND,
};

/* What the amount itself says, and what stands right before and behind it. */
typedef enum Sign
{
	ALONE, CURRENCY, THOUSANDS, BOTH, MILLIONS, RANGE, YEAR, DECIMALS,
	BELOW_15, BELOW_20, BELOW_100, BELOW_250, BELOW_1000, BELOW_2500,
	BELOW_10000, BELOW_20000, BELOW_100000, BELOW_300000, ABOVE,
	AFTER_NEAR, AFTER_FAR,		/* what was found as one, too */
	UNSAID,						/* no word around is of pay, or of work */
	NEXT,						/* a character: NEXT + END and so on */
	PREVIOUS = NEXT + 13,
	NSIGNS = PREVIOUS + 13
} Sign;

enum
{
	END, STOP, COMMA, COLON, QUOTE, OPEN, CLOSE, DASH, SLASH, PLUS, LETTER,
	DIGIT, OTHER
};

typedef struct Weight
{
	signed char marked;
	signed char bare;
} Weight;

/* Words beside what they mean: right before, near, and farther; and behind. */
typedef struct WordWeight
{
	const char *word;
	signed char before[3];
	signed char behind[3];
} WordWeight;

#include "salary_weights.h"

const char	scan_salary_version[] = SALARY_WEIGHTS_VERSION;

/* scripts/fit-salary looks on. */
#ifndef SEE
#define SEE(weight) ((void) 0)
#define SEE_WORD(word, behind, place) ((void) 0)
#endif

#define WEIGHED \
	(PAY | EARNS | GROSS | PERIOD | JOB | PERSON | NOT_PAY | COUNT | NOT_PHONE)

#define OF_PAY (PAY | EARNS | GROSS | JOB)

static int
weight_of(const Weight *weight, bool bare)
{
	SEE(weight);
	return bare ? weight->bare : weight->marked;
}

/* ------------------------------------------------------------------------
 * Words
 * ------------------------------------------------------------------------
 */

#define SLOTS 4096				/* a power of two */
#define STANDS_BY 4				/* so much says a word for pay */

_Static_assert(lengthof(word_weights) < SLOTS / 2,
			   "word_weights needs more slots");

static uint32_t hashes[SLOTS];
static unsigned short rows[SLOTS];	/* of word_weights, plus 1 */

static size_t
slot_of(uint32_t hash)
{
	size_t		i = (hash ^ hash >> 14) % SLOTS;

	while (rows[i] != 0 && hashes[i] != hash)
		i = (i + 1) % SLOTS;
	return i;
}

void
scan_salary_init(void)
{
	for (size_t row = 0; row < lengthof(word_weights); row++)
	{
		const WordWeight *weight = &word_weights[row];
		uint32_t	hash = scan_hash(weight->word);
		size_t		i = slot_of(hash);

		hashes[i] = hash;
		rows[i] = (unsigned short) (row + 1);
		if (weight->before[0] >= STANDS_BY)
			scan_add_kinds(hash, BEFORE_PAY);
		if (weight->behind[0] >= STANDS_BY)
			scan_add_kinds(hash, BEHIND_PAY);
	}
}

bool
scan_stands_by_pay(uint32_t before, uint32_t behind)
{
	return (before & BEFORE_PAY) || (behind & BEHIND_PAY);
}

static int
weigh_word(const Word *word, bool behind)
{
	unsigned short row = rows[slot_of(word->hash)];
	int			place = word->distance == 1 ? 0 :
		word->distance <= (behind ? NEAR_WORDS_BEHIND : NEAR_WORDS_BEFORE) ?
		1 : 2;

	SEE_WORD(word, behind, place);
	if (row == 0)
		return 0;
	return behind ? word_weights[row - 1].behind[place] :
		word_weights[row - 1].before[place];
}

/* By what they mean: of a kind, the nearest word counts. */
static int
weigh_words(const Words *words, bool behind, bool bare)
{
	int			place = behind ? NEAR_BEHIND : NEAR_BEFORE;
	int			end = behind ? NPLACES : NEAR_BEHIND;
	uint32_t	left = WEIGHED;
	int			sum = 0;

	for (int i = 0; i < words->n; i++)
	{
		uint32_t	kinds = words->word[i].kinds & left;

		while (place < end && words->word[i].distance > place_ends[place])
			place++;
		if (place == end)
			break;
		sum += weigh_word(&words->word[i], behind);
		left &= ~kinds;
		for (size_t k = 0; kinds != 0 && k < lengthof(kind_weights); k++)
		{
			if (kinds & kind_weights[k].kind)
				sum += weight_of(&kind_weights[k].at[place], bare);
		}
	}
	return sum;
}

/* ------------------------------------------------------------------------
 * Signs
 * ------------------------------------------------------------------------
 */

static Sign
sign_of_value(const Amount *amount)
{
	double		value = amount->value * (amount->thousands ? 1000 : 1);

	return value < 15 ? BELOW_15 : value < 20 ? BELOW_20 :
		value < 100 ? BELOW_100 : value < 250 ? BELOW_250 :
		value < 1000 ? BELOW_1000 : value < 2500 ? BELOW_2500 :
		value < 10000 ? BELOW_10000 : value < 20000 ? BELOW_20000 :
		value < 100000 ? BELOW_100000 : value < 300000 ? BELOW_300000 : ABOVE;
}

static int
class_of_char(int c)
{
	static const struct
	{
		const char *chars;
		int			class;
	}			classes[] = {
		{".?!", STOP}, {",;", COMMA}, {":", COLON}, {"\"", QUOTE},
		{"([", OPEN}, {")]", CLOSE}, {"-", DASH}, {"/", SLASH}, {"+", PLUS},
	};

	if (c == NO_CHAR || c == '\n' || c == '\r')
		return END;
	if (is_letter(c))
		return LETTER;
	if (is_digit(c))
		return DIGIT;
	for (size_t i = 0; c < 0x80 && i < lengthof(classes); i++)
	{
		if (strchr(classes[i].chars, c) != NULL)
			return classes[i].class;
	}
	return OTHER;
}

static int
weigh_signs(const Scanner *scanner, const Amount *amount, const Words *before,
			const Words *behind, bool bare)
{
	int			next = char_at(scanner, skip_blank(scanner, amount->end));
	int			previous =
	char_before(scanner, skip_blank_back(scanner, amount->start));
	int			sum = 0;

#define ADD(sign) (sum += weight_of(&sign_weights[sign], bare))
	ADD(amount->millions ? MILLIONS :
		amount->currency && amount->thousands ? BOTH :
		amount->currency ? CURRENCY : amount->thousands ? THOUSANDS : ALONE);
	ADD(sign_of_value(amount));
	ADD(NEXT + class_of_char(next));
	ADD(PREVIOUS + class_of_char(previous));
	if (amount->range)
		ADD(RANGE);
	if (amount->year)
		ADD(YEAR);
	if (amount->decimal)
		ADD(DECIMALS);
	if (before->after && before->after_class == SCAN_SALARY)
		ADD(before->after_distance <= 4 ? AFTER_NEAR : AFTER_FAR);
	else if (scan_nearest(before, OF_PAY) > WORDS_BEFORE &&
			 scan_nearest(behind, OF_PAY) > WORDS_BEHIND)
		ADD(UNSAID);
#undef ADD
	return sum;
}

static bool
is_bare(const Amount *amount)
{
	return !amount->currency && !amount->thousands && !amount->millions;
}

/* 450 people, 45k views: what is counted stands right behind. */
static bool
names_things(uint32_t kinds)
{
	return (kinds & COUNT) && !(kinds & (PERIOD | GROSS | EARNS));
}

static bool
is_counted(const Words *behind)
{
	return behind->n > 0 && behind->word[0].distance == 1 &&
		names_things(behind->word[0].kinds);
}

static bool
may_be_pay(const Scanner *scanner, const Amount *amount)
{
	return !(is_bare(amount) &&
			 (amount->ndigits > 6 || amount->value < 5 ||
			  (!amount->range && names_things(amount->said)))) &&
		char_at(scanner, skip_blank(scanner, amount->end)) != '%';
}

/* With so many words before it and behind it. */
static int
weigh(const Scanner *scanner, const Amount *amount, int nbefore, int nbehind,
	  Words *before, Words *behind)
{
	bool		bare = is_bare(amount);

	scan_words_before(scanner, amount->start, nbefore, before);
	scan_words_behind(scanner, amount->end, nbehind, behind);
	return weigh_words(before, false, bare) + weigh_words(behind, true, bare) +
		weigh_signs(scanner, amount, before, behind, bare);
}

/*
 * Of most numbers what is near decides: what is farther adds no more than this
 * in any text of data/pay.
 */
#define FAR_MOST 75

bool
scan_is_pay(const Scanner *scanner, const Amount *amount)
{
	Words		before;
	Words		behind;
	bool		bare = is_bare(amount);
	int			sum;

	if (!may_be_pay(scanner, amount))
		return false;
	if (bare && !(scanner->flags & SCAN_STRICT) &&
		weigh(scanner, amount, NEAR_WORDS_BEFORE, NEAR_WORDS_BEHIND, &before,
			  &behind) < THRESHOLD - FAR_MOST)
		return false;
	sum = weigh(scanner, amount, WORDS_BEFORE, WORDS_BEHIND, &before, &behind);
	if ((scanner->flags & SCAN_STRICT) && (!bare || amount->value >= 100) &&
		(scan_nearest(&before, PAY | EARNS | GROSS) < FAR ||
		 scan_nearest(&behind, PAY | EARNS | GROSS) < FAR))
		return true;
	return sum >= THRESHOLD && (amount->currency || !is_counted(&behind));
}
