/*
 * scan_phone.c: is this a number to call?
 *
 * It is, where it is written as one is dialled from abroad and its country has
 * numbers that begin so and are so long; where a word of calling stands near;
 * and without either where its digits and its groups are those of a country.
 */
#include "scan.h"

#include "phone_plans.h"

const char	scan_phone_version[] = PHONE_PLANS_VERSION;

#define DIGITS_LEAST	6
#define DIGITS_MOST		15		/* ITU-T E.164 */

/* ------------------------------------------------------------------------
 * The plans
 * ------------------------------------------------------------------------
 */

#define NPLANS lengthof(phone_plans)
#define NSHAPES lengthof(phone_shapes)

static unsigned short code_first[1000]; /* row of each calling code, plus 1 */
static uint64_t shape_keys[NSHAPES];
static unsigned short shape_first[NSHAPES]; /* row of the region's plans */

/* Groups of digits as one number: 4 bits each. */
static uint64_t
shape_key(const char *shape)
{
	uint64_t	key = 0;

	for (; *shape != '\0'; shape++)
	{
		int			n = *shape - '0';

		if (*shape == ' ')
			continue;
		if (is_digit(shape[1]))
			n = n * 10 + *++shape - '0';
		key = key << 4 | (uint64_t) n;
	}
	return key;
}

void
scan_phone_init(void)
{
	unsigned short region_first[32][32] = {{0}};

	for (size_t i = NPLANS; i-- > 0;)
	{
		const char *region = phone_plans[i].region;

		code_first[phone_plans[i].code] = (unsigned short) (i + 1);
		region_first[region[0] & 31][region[1] & 31] = (unsigned short) i;
	}
	for (size_t k = 0; k < NSHAPES; k++)
	{
		const char *region = phone_shapes[k].region;

		shape_first[k] = region_first[region[0] & 31][region[1] & 31];
		shape_keys[k] = shape_key(phone_shapes[k].shape);
	}
}

/* Can a national number be so, by the rows of one code or region? */
static bool
plan_has(size_t row, const char *digits, int n, bool of_region)
{
	int			two = (digits[0] - '0') * 10 + digits[1] - '0';
	const PhonePlan *first = &phone_plans[row];

	for (; row < NPLANS && phone_plans[row].code == first->code &&
		 (!of_region || strcmp(phone_plans[row].region, first->region) == 0);
		 row++)
	{
		if (two >= phone_plans[row].from && two <= phone_plans[row].to)
		{
			if (phone_plans[row].lengths >> n & 1)
				return true;
		}
	}
	return false;
}

/* Is this calling code and number one of some country? */
static bool
is_international(const char *digits, int n)
{
	int			code = 0;

	for (int i = 0; i < 3 && i < n - 3; i++)
	{
		code = code * 10 + digits[i] - '0';
		if (code_first[code] != 0 &&
			plan_has(code_first[code] - 1u, digits + i + 1, n - i - 1, false))
			return true;
	}
	return false;
}

/* Is it one of the region, as dialled there? */
static bool
is_of_region(size_t row, const char *digits, int n)
{
	const char *trunk = phone_plans[row].trunk;
	int			length = (int) strlen(trunk);

	/* most write the 0 that they dial; some do not */
	if ((*trunk != '0' ||
		 strstr("BR IN CN", phone_plans[row].region) != NULL) &&
		plan_has(row, digits, n, true))
		return true;
	return length > 0 && n > length + 3 &&
		memcmp(digits, trunk, (size_t) length) == 0 &&
		plan_has(row, digits + length, n - length, true);
}

/* Is it written in the groups of a country that has such numbers? */
static bool
has_shape(const char *digits, int n, uint64_t key)
{
	for (size_t i = 0; i < NSHAPES; i++)
	{
		if (shape_keys[i] == key && is_of_region(shape_first[i], digits, n))
			return true;
	}
	return false;
}

/* Has a country whose people write much here such numbers? */
static bool
is_dialled_somewhere(const char *digits, int n)
{
	static const char regions[] = "FR BE CH DE AT GB IE NL IT AU AR SE FI";

	for (size_t i = 0; i < NSHAPES; i++)
	{
		if ((i == 0 || shape_first[i] != shape_first[i - 1]) &&
			strstr(regions, phone_plans[shape_first[i]].region) != NULL &&
			is_of_region(shape_first[i], digits, n))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * A number in its text
 * ------------------------------------------------------------------------
 */

typedef struct Candidate
{
	const Number *number;
	int			from;			/* groups */
	int			behind;
	char		digits[DIGITS_MAX]; /* without a (0) that is not dialled */
	int			n;
	uint64_t	key;
	bool		plus;
	bool		separated;		/* by another sign than blanks or dots */
	size_t		start;
	size_t		end;
} Candidate;

static bool
take(const Scanner *scanner, const Number *number, int from, int behind,
	 Candidate *candidate)
{
	size_t		previous;

	candidate->number = number;
	candidate->from = from;
	candidate->behind = behind;
	candidate->n = 0;
	candidate->key = 0;
	candidate->separated = false;
	candidate->start = number->group[from].start;
	candidate->end = number->group[behind - 1].end;
	for (int i = from; i < behind; i++)
	{
		const Group *group = &number->group[i];
		bool		not_dialled = i > from && group->separator == '(' &&
		group->ndigits == 1 && number->digits[group->first] == '0' &&
		candidate->n <= 5;

		if (candidate->n + group->ndigits > DIGITS_MOST + 5)
			return false;
		if (i > from && group->separator != ' ' && group->separator != '.')
			candidate->separated = true;
		if (not_dialled)
			continue;
		memcpy(candidate->digits + candidate->n, number->digits + group->first,
			   (size_t) group->ndigits);
		candidate->n += group->ndigits;
		candidate->key =
			candidate->key << 4 | (uint64_t) (group->ndigits & 15);
	}
	candidate->plus = false;
	if (from == 0)
	{
		if (previous_char(scanner, candidate->start, &previous) == '(')
		{
			candidate->start = previous;
			candidate->separated = true;
		}
		if (previous_char(scanner, candidate->start, &previous) == '+')
		{
			candidate->plus = true;
			candidate->start = previous;
			if (previous_char(scanner, candidate->start, &previous) == '(')
				candidate->start = previous;
		}
	}
	return candidate->n >= DIGITS_LEAST;
}

/* What is said behind a number, but has other uses before one. */
static bool
is_place(const Scanner *scanner, size_t at)
{
	static const char *const places[] = {"office", "desk", "home", "work"};

	for (size_t i = 0; i < lengthof(places); i++)
	{
		size_t		end = scan_skip(scanner, at, places[i]);

		if (end != 0 && !is_alnum(char_at(scanner, end)))
			return true;
	}
	return false;
}

/* Does nothing touch it that makes something else of it? */
static bool
stands_alone(const Scanner *scanner, const Candidate *candidate)
{
	size_t		previous;
	size_t		next;
	int			c = previous_char(scanner, candidate->start, &previous);

	if (is_letter(c) || is_digit(c) ||
		(c > 0 && c < 0x80 && strchr("_@#$%&=~\\", c) != NULL && c != '=') ||
		c == 0xA3 || c == 0x20AC)
		return false;
	if ((c == '-' || c == '/' || c == '.') &&
		is_alnum(char_before(scanner, previous)) &&
		(c != '.' || is_digit(char_before(scanner, previous))))
		return false;
	c = next_char(scanner, candidate->end, &next);
	if (is_letter(c))
		return (c | 0x20) == 'x' && is_digit(char_at(scanner, next));
	if (c == '_' || c == '@' || c == '%' || c == '$' || c == 0xA3 ||
		c == 0x20AC || c == 0xB0)
		return false;
	if (c == '/' && candidate->behind < candidate->number->ngroups)
		return true;
	if (c == '-' || c == '/')
	{
		size_t		end;

		return !is_alnum(char_at(scanner, next)) ||
			(scan_word_here(scanner, next, &end) & PHONE) ||
			is_place(scanner, next);
	}
	if (c == ' ')
	{
		size_t		end;

		c = char_at(scanner, next);
		if (c == 0x20AC || c == '$' || c == 0xA3 || c == '%')
			return false;
		return (scan_word_here(scanner, next, &end) & (MONEY | SCALE)) == 0 ||
			candidate->plus;
	}
	return true;
}

/* An extension that is said behind: x42, ext. 42, poste 42, -DW 42. */
static size_t
skip_extension(const Scanner *scanner, size_t at)
{
	static const char *const words[] = {
		"x", "ext.", "ext", "extension", "poste", "durchwahl", "dw",
	};
	size_t		behind = skip_blank(scanner, at);

	behind = scan_skip_one(scanner, behind, ",");
	behind = skip_blank(scanner, behind);
	for (size_t i = 0; i < lengthof(words); i++)
	{
		size_t		next = scan_skip(scanner, behind, words[i]);
		size_t		end;
		int			n = 0;

		if (next == 0)
			continue;
		next = skip_blank(scanner, next);
		while (is_digit(next_char(scanner, next, &end)))
		{
			next = end;
			n++;
		}
		if (n > 0 && n < 7)
			return next;
	}
	return at;
}

/* 1 234 567, 12.345.678: groups of three behind one that may be shorter. */
static bool
is_counted(const Candidate *candidate)
{
	const Number *number = candidate->number;

	if (candidate->behind - candidate->from < 2 || candidate->separated ||
		number->group[candidate->from].ndigits > 3 ||
		number->digits[number->group[candidate->from].first] == '0')
		return false;
	for (int i = candidate->from + 1; i < candidate->behind; i++)
	{
		if (number->group[i].ndigits != 3)
			return false;
	}
	return true;
}

/* 1961-1992, 48.85341 */
static bool
is_range_or_decimal(const Candidate *candidate)
{
	const Number *number = candidate->number;
	const Group *group = &number->group[candidate->from];
	int			ngroups = candidate->behind - candidate->from;

	if (ngroups != 2)
		return false;
	if (group[1].separator == '.' || group[1].separator == ',')
		return number->digits[group[0].first] != '0' || group[0].ndigits == 1;
	return group[0].ndigits == 4 && group[1].ndigits == 4 &&
		strchr("12", number->digits[group[0].first]) != NULL &&
		strchr("12", number->digits[group[1].first]) != NULL;
}

static bool
has_comma(const Candidate *candidate)
{
	for (int i = candidate->from + 1; i < candidate->behind; i++)
	{
		int			separator = candidate->number->group[i].separator;

		if (separator == ',' || separator == '\'')
			return true;
	}
	return false;
}

/* A picture of one stands before it. */
static bool
is_telephone_sign(const Scanner *scanner, size_t at)
{
	int			c;

	at = scan_skip_blanks_back(scanner, at, 2);
	c = previous_char(scanner, at, &at);
	if (c == ':')
		c = previous_char(scanner, skip_blank_back(scanner, at), &at);
	return c == 0x260E || c == 0x260F || c == 0x2706 ||
		(c >= 0x1F4DE && c <= 0x1F4F2);
}

/* , jean@example.org: as in a signature. */
static bool
email_behind(const Scanner *scanner, size_t at)
{
	size_t		next;
	int			c;

	at = skip_blank(scanner, at);
	next = scan_skip_one(scanner, at, ",-/|;");
	if (next == at)
		return false;
	at = skip_blank(scanner, next);
	for (int n = 0; n < 64; n++)
	{
		c = next_char(scanner, at, &at);
		if (c == '@')
			return n > 0;
		if (!is_alnum(c) && c != '.' && c != '_' && c != '-' && c != '+' &&
			c != '\'')
			return false;
	}
	return false;
}

/* T, M, F: as before the numbers of a letterhead. */
static bool
is_initial(const Scanner *scanner, const Word *word)
{
	return word->end - word->start == 1 &&
		strchr("tmfphTMFPH", scanner->text[word->start]) != NULL &&
		char_at(scanner, word->end) != '\'' &&
		char_before(scanner, word->start) != '\'';
}

/* What the words around say of a number: to call, something else, nothing. */
static int
words_say(const Scanner *scanner, const Candidate *candidate)
{
	Words		words;
	int			phone;
	int			other;

	if (is_telephone_sign(scanner, candidate->start))
		return 1;
	scan_words_before(scanner, candidate->start, 7, &words);
	phone = scan_nearest(&words, PHONE);
	if (words.n > 0 && words.word[0].distance == 1 &&
		is_initial(scanner, &words.word[0]))
		phone = 1;
	if (words.after && words.after_class == SCAN_PHONE &&
		words.after_distance <= 3)
		phone = phone < words.after_distance ? phone : words.after_distance;
	other = scan_nearest(&words, NOT_PHONE | CARD | IDENTITY);
	if (phone <= 6 && phone <= other)
		return 1;
	if (other <= 3)
		return -1;
	if (words.after && words.after_class == SCAN_EMAIL &&
		words.after_distance == 1)
		return 1;
	scan_words_behind(scanner, candidate->end, 2, &words);
	if (scan_nearest(&words, PHONE) == 1 ||
		(words.n > 0 && is_place(scanner, words.word[0].start)) ||
		email_behind(scanner, candidate->end))
		return 1;
	if (scan_nearest(&words, COUNT | SCALE) == 1)
		return -1;
	scan_words_behind(scanner, candidate->end, 4, &words);
	return scan_nearest(&words, NOT_PHONE) <= 4 ? -1 : 0;
}

static bool
is_phone(const Scanner *scanner, const Candidate *candidate)
{
	int			n = candidate->n;
	const char *digits = candidate->digits;
	bool		international = candidate->plus;
	int			say;

	if (has_comma(candidate) || !stands_alone(scanner, candidate))
		return false;
	if (!international && n >= 10 && digits[0] == '0' && digits[1] == '0')
	{
		international = true;
		digits += 2;
		n -= 2;
	}
	say = words_say(scanner, candidate);
	if (say > 0)
		return n <= DIGITS_MOST &&
			!(is_counted(candidate) && n < 8 && n != 7) &&
			!(n == 8 && candidate->behind - candidate->from == 2 &&
			  is_range_or_decimal(candidate) && !candidate->plus);
	if (international)
	{
		if (n > DIGITS_MOST || n < 7)
			return false;
		if (is_international(digits, n))
			return say == 0 || (candidate->plus && !is_counted(candidate));
		return candidate->plus && say == 0 && n >= 9 && !is_counted(candidate);
	}
	if (say < 0 || is_range_or_decimal(candidate) || n < 8)
		return false;
	if (candidate->behind - candidate->from == 1)
		return digits[0] == '0' && digits[1] != '0' && n >= 10 && n <= 12 &&
			has_shape(digits, n, n == 10 ? 0x22222 : n == 11 ? 0x56 : 0x57);
	if (is_counted(candidate))
		return false;
	if (has_shape(digits, n, candidate->key))
		return true;
	/* 1-506-234-5067; in groups of one's own, with the 0 that is dialled */
	if (candidate->key == 0x1334)
		return digits[0] == '1' && has_shape(digits + 1, 10, 0x334);
	return digits[0] == '0' && digits[1] != '0' && n >= 9 && n <= 12 &&
		candidate->behind - candidate->from <= 6 &&
		is_dialled_somewhere(digits, n);
}

/* What stands before a part of the number may be an amount: that is first. */
static bool
found_part(Scanner *scanner, const Number *number, const Candidate *candidate,
		   ScanSpan *span)
{
	Number		before = *number;

	before.ngroups = candidate->from;
	if (before.ngroups > 0)
	{
		before.end = before.group[before.ngroups - 1].end;
		before.cut = false;
		if (scan_amount(scanner, &before, span))
			return true;
	}
	return found(span, SCAN_PHONE, candidate->start, candidate->end);
}

bool
scan_phone(Scanner *scanner, const Number *number, ScanSpan *span)
{
	Candidate	candidate;

	if (number->ndigits < DIGITS_LEAST)
		return false;
	if (!number->cut &&
		take(scanner, number, 0, number->ngroups, &candidate) &&
		is_phone(scanner, &candidate))
		return found(span, SCAN_PHONE, candidate.start,
					 skip_extension(scanner, candidate.end));
	/* Two of them: 06 12 34 56 78 / 06 ... */
	for (int from = 0, behind = 1; from < number->ngroups; from = behind++)
	{
		while (behind < number->ngroups &&
			   number->group[behind].separator != '/')
			behind++;
		if ((behind < number->ngroups || (from > 0 && !number->cut)) &&
			take(scanner, number, from, behind, &candidate) &&
			candidate.n >= 8 && is_phone(scanner, &candidate))
			return found_part(scanner, number, &candidate, span);
	}
	/* A part of it, before or behind another number: 75011 01 23 45 67 89 */
	for (int from = 0; from < number->ngroups - 1; from++)
	{
		int			n = 0;

		if (from > 0 && number->group[from].separator != ' ' &&
			number->group[from].separator != '/' &&
			number->group[from].separator != '(')
			continue;
		for (int behind = from + 1; behind <= number->ngroups; behind++)
		{
			int			c = behind == number->ngroups ? 0 :
			number->group[behind].separator;

			n += number->group[behind - 1].ndigits;
			if (n > 12)
				break;
			if (n < 8 || behind - from < 3 ||
				(c != 0 && c != ' ' && c != '/') ||
				(number->digits[number->group[from].first] != '0' &&
				 number->group[from].separator != '('))
				continue;
			if (take(scanner, number, from, behind, &candidate) &&
				!has_comma(&candidate) && !is_counted(&candidate) &&
				!is_range_or_decimal(&candidate) &&
				has_shape(candidate.digits, candidate.n, candidate.key) &&
				words_say(scanner, &candidate) >= 0 &&
				(c != 0 || stands_alone(scanner, &candidate)))
				return found_part(scanner, number, &candidate, span);
		}
	}
	return false;
}
