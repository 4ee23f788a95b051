/*
 * scan_salary.c: is this amount what somebody is paid?
 *
 * An amount says nothing of that itself.  The words around it do, each by what
 * it means and by how near it is, and so do a currency and a k behind it; the
 * sum has to reach a threshold.
 */
#include "scan.h"

typedef struct Amount
{
	size_t		start;			/* of the number, its currency included */
	size_t		digits_end;
	size_t		end;
	double		value;
	int			ndigits;
	bool		year;
	bool		decimal;
	bool		currency;
	bool		thousands;		/* k */
	bool		millions;
	bool		range;
	uint32_t	said;			/* by the word right behind the digits, */
	size_t		said_end;		/* which ends here */
} Amount;

/* ------------------------------------------------------------------------
 * Reading one
 * ------------------------------------------------------------------------
 */

/*
 * The groups from one on that are one number: thousands apart, and decimals.
 * Returns the group behind.
 */
static int
read_value(const Number *number, int from, Amount *amount)
{
	const Group *group = &number->group[from];
	int			at = from + 1;
	int			separator;

	amount->value = 0;
	amount->decimal = false;
	for (int i = 0; i < group->ndigits && i < 15; i++)
		amount->value =
			amount->value * 10 + number->digits[group->first + i] - '0';
	separator = at < number->ngroups ? number->group[at].separator : 0;
	if (separator == ' ' || separator == '.' || separator == ',' ||
		separator == '\'')
	{
		while (group->ndigits <= 3 && at < number->ngroups && at - from < 5 &&
			   number->group[at].separator == separator &&
			   number->group[at].ndigits == 3)
		{
			for (int i = 0; i < 3; i++)
				amount->value = amount->value * 10 +
					number->digits[number->group[at].first + i] - '0';
			at++;
		}
	}
	if (at < number->ngroups && number->group[at].ndigits <= 2 &&
		(number->group[at].separator == '.' ||
		 number->group[at].separator == ','))
	{
		amount->decimal = true;
		at++;
	}
	amount->digits_end = number->group[at - 1].end;
	amount->ndigits = number->group[at - 1].first +
		number->group[at - 1].ndigits - group->first;
	amount->year = at == from + 1 && group->ndigits == 4 &&
		amount->value >= 1900 && amount->value < 2100;
	return at;
}

static bool
is_currency_sign(int c)
{
	return c == '$' || c == 0xA3 || c == 0xA5 || (c >= 0x20A0 && c <= 0x20CF);
}

/* A currency before it: $, US$, CHF, Fr. */
static void
read_currency_before(const Scanner *scanner, Amount *amount)
{
	size_t		at = skip_blank_back(scanner, amount->start);
	size_t		previous;
	int			c = previous_char(scanner, at, &previous);
	size_t		start;

	if (is_currency_sign(c))
	{
		amount->currency = true;
		amount->start = previous;
		for (int n = 0; n < 3 &&
			 is_upper(previous_char(scanner, amount->start, &previous));
			 n++)
			amount->start = previous;
		return;
	}
	if (c == '.')
		at = previous;
	if (!is_letter(char_before(scanner, at)))
		return;
	start = scan_word_start(scanner, at);
	if (at - start <= (c == '.' ? 3 : 4) &&
		(scan_word_here(scanner, start, &previous) & MONEY))
	{
		amount->currency = true;
		amount->start = start;
	}
}

/* k, K€, ke, keur behind it, at one of these letters. */
static bool
read_thousands(const Scanner *scanner, size_t at, Amount *amount)
{
	static const char *const codes[] = {
		"e", "eur", "euro", "euros", "chf", "usd", "gbp", "cad", "aud",
		"fr", "francs", "pln",
	};
	size_t		next;
	int			c = lower(next_char(scanner, at, &next));

	if (is_letter(char_at(scanner, next)))
	{
		size_t		behind = 0;

		for (size_t i = 0; i < lengthof(codes) && behind == 0; i++)
		{
			behind = scan_skip(scanner, next, codes[i]);
			if (behind != 0 && is_letter(char_at(scanner, behind)))
				behind = 0;
		}
		if (behind == 0 || (c == 't' && behind == next + 1))
			return false;
		next = behind;
		amount->currency = true;
	}
	else if (c != 'k' && !is_currency_sign(char_at(scanner, next)) &&
			 !amount->currency)
		return false;			/* metres */
	if (c != 'm')
		amount->thousands = true;
	else
		amount->millions = true;
	amount->end = next;
	return true;
}

/* million, Mio, crore: mil, mille and mila are thousands, as all else is. */
static bool
is_millions(const Scanner *scanner, size_t at, size_t behind)
{
	int			c = lower(char_at(scanner, at));

	return c == 'b' || c == 'c' ||
		(scan_skip(scanner, at, "mi") != 0 &&
		 scan_skip(scanner, at, "mille") == 0 &&
		 scan_skip(scanner, at, "mila") == 0 &&
		 (behind - at > 3 || scan_skip(scanner, at, "mil") == 0));
}

/* mille, Tsd., millions d': a word of three letters or more. */
static void
read_scale_word(const Scanner *scanner, size_t at, size_t behind,
				Amount *amount)
{
	size_t		of;

	if (is_millions(scanner, at, behind))
		amount->millions = true;
	else
		amount->thousands = true;
	amount->end = behind;
	if (char_at(scanner, behind) == '.')
		amount->end = behind + 1;
	at = skip_blank(scanner, amount->end);
	if ((of = scan_skip(scanner, at, "d'")) != 0)
		amount->end = of;
	else if ((of = scan_skip(scanner, at, "de ")) != 0)
		amount->end = of - 1;
}

/* €, euros, ,- € behind it. */
static void
read_currency_behind(const Scanner *scanner, Amount *amount)
{
	size_t		at = scan_skip(scanner, amount->end, ",-");
	size_t		next;
	int			c;

	if (at == 0)
		at = scan_skip(scanner, amount->end, ".-");
	if (at != 0)
	{
		amount->end = at;
		amount->currency = true;
	}
	at = skip_blank(scanner, amount->end);
	c = next_char(scanner, at, &next);
	if (is_currency_sign(c) ||
		(is_letter(c) && (scan_word_here(scanner, at, &next) & MONEY)))
	{
		/* 45€50 is another way to write decimals */
		amount->currency = true;
		amount->end = next;
	}
}

static void
read_marks(const Scanner *scanner, Amount *amount)
{
	size_t		at = skip_blank(scanner, amount->digits_end);
	int			c = lower(char_at(scanner, at));

	amount->end = amount->digits_end;
	amount->currency = amount->thousands = amount->millions = false;
	amount->range = false;
	amount->said = 0;
	read_currency_before(scanner, amount);
	if (is_letter(c) && !((c == 'k' || c == 'm' || c == 't') &&
						  read_thousands(scanner, at, amount)))
	{
		/* most have none of these marks, and one word is read for all */
		amount->said = scan_word_here(scanner, at, &amount->said_end);
		if ((amount->said & SCALE) && amount->said_end - at >= 3)
			read_scale_word(scanner, at, amount->said_end, amount);
		else if (!(amount->said & MONEY))
			return;
	}
	read_currency_behind(scanner, amount);
}

/* ------------------------------------------------------------------------
 * Two of them: from, to
 * ------------------------------------------------------------------------
 */

/* Behind what joins two amounts, where the second one's digits are; or 0. */
static size_t
skip_joint(const Scanner *scanner, const Amount *amount, size_t *second_start)
{
	size_t		next;
	size_t		behind = skip_blank(scanner, amount->end);
	int			c = next_char(scanner, behind, &next);

	if (c == '-' || c == '/' || c == '~' || c == 0x2192)
		behind = next;
	else if (behind == amount->end || !is_letter(c))
		return 0;
	else
	{
		uint32_t	kinds = amount->said;

		if (amount->end == amount->digits_end)
			behind = amount->said_end;
		else
			kinds = scan_word_here(scanner, behind, &behind);
		if (!(kinds & TO) || char_at(scanner, behind) != ' ')
			return 0;
	}
	behind = scan_skip_one(scanner, skip_blank(scanner, behind), ">");
	behind = skip_blank(scanner, behind);
	*second_start = behind;
	/* its own currency */
	c = next_char(scanner, behind, &next);
	for (int n = 0; n < 4 && is_upper(c); n++)
	{
		behind = next;
		c = next_char(scanner, behind, &next);
	}
	if (is_currency_sign(c))
		behind = next;
	behind = skip_blank(scanner, behind);
	return is_digit(char_at(scanner, behind)) ? behind : 0;
}

/* Take in the second one, if there is one. */
static void
read_range(const Scanner *scanner, Amount *amount)
{
	size_t		start;
	size_t		at = skip_joint(scanner, amount, &start);
	Number		number;
	Amount		second;

	if (at == 0)
		return;
	scan_read_number(scanner, at, &number);
	(void) read_value(&number, 0, &second);
	second.start = start;
	read_marks(scanner, &second);
	if (second.year && !second.currency && !second.thousands)
		return;
	if (amount->year && !second.currency && !second.thousands &&
		!amount->currency)
		return;
	/* a number of another thing stands there */
	if (!(second.currency || second.thousands) &&
		(amount->currency || amount->thousands) &&
		second.value < amount->value / 20)
		return;
	if (is_digit(char_at(scanner, second.end)) ||
		is_ascii_letter(char_at(scanner, second.end)))
		return;
	amount->end = second.end;
	amount->range = true;
	amount->currency |= second.currency;
	amount->thousands |= second.thousands;
	amount->millions |= second.millions;
	amount->year = false;
	amount->decimal = false;
}

/* ------------------------------------------------------------------------
 * What it is
 * ------------------------------------------------------------------------
 */

/* Places of a word: before it within so many words, and behind it. */
enum
{
	NEAR_BEFORE, BEFORE, FAR_BEFORE, NEAR_BEHIND, BEHIND, NPLACES
};

static const int place_ends[NPLACES] = {
	[NEAR_BEFORE] = 2,[BEFORE] = 5,[FAR_BEFORE] = 9,
	[NEAR_BEHIND] = 2,[BEHIND] = 6,
};

#define WEIGHED \
	(PAY | EARNS | GROSS | PERIOD | JOB | PERSON | NOT_PAY | COUNT | NOT_PHONE)

typedef struct Weight
{
	uint32_t	kind;
	signed char at[NPLACES];
} Weight;

static const Weight weights[] = {
	{PAY, {42, 31, 12, 35, 5}},
	{EARNS, {19, 7, 8, 16, 4}},
	{GROSS, {10, 4, 7, 32, 0}},
	{PERIOD, {5, 0, -3, 10, 10}},
	{JOB, {17, 19, 17, 18, 14}},
	{PERSON, {4, 6, 6, 7, -2}},
	{NOT_PAY, {-37, -34, -24, -23, -12}},
	{COUNT, {-5, 2, -6, -4, 6}},
	{NOT_PHONE, {1, -15, -11, 3, -2}},
};

/* What the amount itself says. */
enum
{
	ALONE, CURRENCY, THOUSANDS, BOTH, MILLIONS, RANGE,
	BELOW_15, BELOW_100, BELOW_1000, BELOW_10000, BELOW_300000, ABOVE,
	AFTER_NEAR, AFTER_FAR, NSIGNS
};

static const signed char sign_weights[NSIGNS] = {
	[ALONE] = -12,
	[CURRENCY] = 1,
	[THOUSANDS] = 1,
	[BOTH] = 7,
	[MILLIONS] = -15,
	[RANGE] = 14,
	[BELOW_15] = -7,
	[BELOW_100] = -5,
	[BELOW_1000] = -6,
	[BELOW_10000] = 9,
	[BELOW_300000] = 3,
	[ABOVE] = -14,
	[AFTER_NEAR] = 19,
	[AFTER_FAR] = 11,
};

#define THRESHOLD 14

static int
sign_of_value(const Amount *amount)
{
	double		value = amount->value * (amount->thousands ? 1000 : 1);

	return value < 15 ? BELOW_15 : value < 100 ? BELOW_100 :
		value < 1000 ? BELOW_1000 : value < 10000 ? BELOW_10000 :
		value < 300000 ? BELOW_300000 : ABOVE;
}

/* Of a kind, the nearest word counts. */
static int
weigh_words(const Words *words, int place, int behind)
{
	uint32_t	left = WEIGHED;
	int			sum = 0;

	for (int i = 0; i < words->n; i++)
	{
		uint32_t	kinds = words->word[i].kinds & left;

		while (place < behind && words->word[i].distance > place_ends[place])
			place++;
		if (place == behind)
			break;
		left &= ~kinds;
		for (size_t k = 0; kinds != 0 && k < lengthof(weights); k++)
		{
			if (kinds & weights[k].kind)
				sum += weights[k].at[place];
		}
	}
	return sum;
}

static int
weigh_signs(const Amount *amount, const Words *before)
{
	int			sum = sign_weights[sign_of_value(amount)];

	sum += sign_weights[amount->millions ? MILLIONS :
						amount->currency && amount->thousands ? BOTH :
						amount->currency ? CURRENCY :
						amount->thousands ? THOUSANDS : ALONE];
	if (amount->range)
		sum += sign_weights[RANGE];
	if (before->after && before->after_class == SCAN_SALARY)
		sum +=
			sign_weights[before->after_distance <= 4 ? AFTER_NEAR : AFTER_FAR];
	return sum;
}

/* Is a number that such a word is right behind one of things? */
static bool
is_counted(uint32_t kinds)
{
	return (kinds & COUNT) && !(kinds & (PERIOD | GROSS | EARNS));
}

static bool
is_pay(const Scanner *scanner, const Amount *amount)
{
	Words		before;
	Words		behind;
	bool		marked = amount->currency || amount->thousands ||
		amount->millions;

	/* a number alone has to be a large one, for most are days and ages */
	if (!marked && (amount->ndigits > 6 || amount->value < 100))
		return false;
	if (char_at(scanner, skip_blank(scanner, amount->end)) == '%')
		return false;
	/* 450 people */
	if (!marked && !amount->range && is_counted(amount->said))
		return false;
	/* ... and next to a word of pay: most numbers of a text are not */
	if (!marked)
	{
		scan_words_before(scanner, amount->start,
						  amount->year ? 2 : 4, &before);
		if (scan_nearest(&before, amount->year ? PAY : PAY | GROSS | EARNS) ==
			FAR)
		{
			scan_words_behind(scanner, amount->end, amount->year ? 1 : 2,
							  &behind);
			if (scan_nearest(&behind, amount->year ? GROSS : GROSS | PAY) ==
				FAR)
				return false;
		}
	}
	scan_words_before(scanner, amount->start, 9, &before);
	scan_words_behind(scanner, amount->end, 6, &behind);
	if ((scanner->flags & SCAN_STRICT) &&
		(scan_nearest(&before, PAY | EARNS | GROSS) < FAR ||
		 scan_nearest(&behind, PAY | EARNS | GROSS) < FAR))
		return true;
	/* 45k views: what is counted stands right behind, and is nothing else */
	if (!amount->currency && behind.n > 0 && behind.word[0].distance == 1 &&
		is_counted(behind.word[0].kinds))
		return false;
	return weigh_signs(amount, &before) +
		weigh_words(&before, NEAR_BEFORE, NEAR_BEHIND) +
		weigh_words(&behind, NEAR_BEHIND, NPLACES) >= THRESHOLD;
}

/* ------------------------------------------------------------------------
 * In words: thirty-five thousand euros
 * ------------------------------------------------------------------------
 */

#define NUMBER_WORDS_MAX 10

/* What stands between two words of one number: et, und, y, and, e, de. */
static bool
is_between(const Scanner *scanner, size_t start, size_t end)
{
	static const char *const words[] = {
		"et", "und", "y", "and", "e", "de", "d", "en",
	};

	for (size_t i = 0; i < lengthof(words); i++)
	{
		if (scan_skip(scanner, start, words[i]) == end)
			return true;
	}
	return false;
}

/* Is it a word of a number and its thousands, as zweitausend and tremila? */
static bool
is_compound(const Scanner *scanner, size_t start, size_t end, uint32_t kinds)
{
	return (kinds & NUMBER) ||
		(end - start > 7 && (scan_skip(scanner, end - 7, "tausend") != 0 ||
							 scan_skip(scanner, end - 7, "duizend") != 0));
}

/*
 * Behind the words of a number that go on here, and the name of a currency
 * that has no mark of its own.
 */
static size_t
skip_number_words(const Scanner *scanner, size_t at)
{
	for (int n = 0; n < NUMBER_WORDS_MAX; n++)
	{
		size_t		end;
		uint32_t	kinds = scan_word_here(scanner, skip_blank(scanner, at),
										   &end);

		if (!(kinds & (NUMBER | MONEY)))
			break;
		at = end;
		if (kinds & MONEY)
			break;
	}
	return at;
}

/* At a mark within the name of a currency, or a word for thousands. */
bool
scan_words_of_number(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scan_word_start(scanner, scanner->at);
	size_t		end;
	Amount		amount = {0};
	uint32_t	kinds = scan_word_here(scanner, start, &end);
	int			numbers = 0;

	if (!(kinds & (MONEY | SCALE)) ||
		((kinds & SCALE) && is_millions(scanner, start, end)))
		return false;
	amount.start = start;
	amount.end = end;
	if (kinds & SCALE)
	{
		amount.thousands = true;
		amount.end = skip_number_words(scanner, end);
		numbers = is_compound(scanner, start, end, kinds);
	}
	for (int n = 0; n < NUMBER_WORDS_MAX; n++)
	{
		size_t		previous;
		size_t		at = start;
		int			c = previous_char(scanner, at, &previous);

		if (c == ' ' || c == '-' || c == '\'')
			at = previous;
		kinds = scan_word_before(scanner, at, &previous);
		if (previous == at)
			break;
		start = previous;
		if (kinds & (NUMBER | SCALE))
		{
			amount.start = start;
			amount.thousands |= (kinds & SCALE) != 0;
			amount.millions |= (kinds & SCALE) &&
				is_millions(scanner, start, at);
			numbers++;
		}
		else if (!is_between(scanner, start, at))
			break;
	}
	/* five euros are none, but a thousand are */
	if (numbers == 0 || (numbers == 1 && !amount.thousands) ||
		is_digit(char_before(scanner, skip_blank_back(scanner, amount.start))))
		return false;
	amount.currency = true;
	amount.value = amount.thousands ? 30 : 1000;
	return is_pay(scanner, &amount) &&
		found(span, SCAN_SALARY, amount.start, amount.end);
}

/* ------------------------------------------------------------------------
 * In digits
 * ------------------------------------------------------------------------
 */

bool
scan_amount(Scanner *scanner, const Number *number, ScanSpan *span)
{
	for (int from = 0, behind; from < number->ngroups; from = behind)
	{
		Amount		amount;
		int			c;

		behind = read_value(number, from, &amount);
		amount.start = number->group[from].start;
		if (from == 0)
		{
			c = char_before(scanner, amount.start);
			if (c == '#' || c == '_' || (is_digit(c)))
				continue;
		}
		else if (number->group[from].separator != ' ' &&
				 number->group[from].separator != '-' &&
				 number->group[from].separator != '/' &&
				 number->group[from].separator != '(')
			continue;

		/*
		 * within the number there is no sign of money, and small ones are
		 * none
		 */
		if (from > 0 && behind < number->ngroups && amount.value < 100 &&
			number->group[behind].separator != '-' &&
			number->group[behind].separator != '/')
			continue;
		if (amount.ndigits > 9 ||
			(number->digits[number->group[from].first] == '0' &&
			 amount.ndigits > 1 && !amount.decimal))
			continue;
		read_marks(scanner, &amount);
		/* the first of two, whose currency is behind the second */
		read_range(scanner, &amount);
		c = char_at(scanner, amount.end);
		if ((is_letter(c) || c == '_') && amount.end == amount.digits_end)
			continue;
		if (is_pay(scanner, &amount))
			return found(span, SCAN_SALARY, amount.start, amount.end);
	}
	return false;
}
