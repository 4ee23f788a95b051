/*
 * scan_amount.c: what is written of an amount of money?
 *
 * The number with its thousands and decimals, a currency before or behind it,
 * a k or a word for thousands, and the other end of a range; or all of it in
 * words.  Whether it is what somebody is paid, scan_salary.c says.
 */
#include "scan.h"

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
			 !amount->currency &&
			 (at > amount->digits_end || scanner->text[at] != 'T'))
		return false;			/* metres; but 43T in German */
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
	/* 1960e, but not the 2e and 20e of an order */
	if (c == 'e' && at == amount->digits_end && amount->value >= 100 &&
		!is_alnum(char_at(scanner, next)))
	{
		amount->currency = true;
		amount->end = next;
		return;
	}
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
		else if (!(amount->said & MONEY) && c != 'e')
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
	return scan_is_pay(scanner, &amount) &&
		found(span, SCAN_SALARY, amount.start, amount.end);
}

/* ------------------------------------------------------------------------
 * In digits
 * ------------------------------------------------------------------------
 */

/* Can an amount begin with this group? */
static bool
begins_amount(const Scanner *scanner, const Number *number, int from)
{
	int			c = from > 0 ? number->group[from].separator :
		char_before(scanner, number->start);

	return from > 0 ? c == ' ' || c == '-' || c == '/' || c == '(' :
		c != '#' && c != '_' && !is_digit(c);
}

/* Are these groups of a number of another kind? */
static bool
is_of_other(const Number *number, int from, int behind, const Amount *amount)
{
	int			c = behind < number->ngroups ?
		number->group[behind].separator : 0;

	/* 06 12 34: small ones in a row */
	if (amount->value < 100 &&
		(behind < number->ngroups ? c != '-' && c != '/' : from > 1))
		return true;
	return amount->ndigits > 9 ||
		(number->digits[number->group[from].first] == '0' &&
		 amount->ndigits > 1 && !amount->decimal);
}

/* 978-2-5079-6437-7 */
static bool
has_dashes(const Number *number)
{
	int			n = 0;

	for (int i = 1; i < number->ngroups; i++)
		n += number->group[i].separator == '-';
	return n > 1;
}

bool
scan_amount(Scanner *scanner, const Number *number, ScanSpan *span)
{
	for (int from = 0, behind; from < number->ngroups; from = behind)
	{
		Amount		amount;
		int			c;

		behind = read_value(number, from, &amount);
		amount.start = number->group[from].start;
		if (!begins_amount(scanner, number, from) ||
			is_of_other(number, from, behind, &amount))
			continue;
		read_marks(scanner, &amount);
		/* the first of two, whose currency is behind the second */
		read_range(scanner, &amount);
		c = char_at(scanner, amount.end);
		/* 12th, but £525pd */
		if ((is_letter(c) || c == '_') && amount.end == amount.digits_end &&
			!(amount.currency && (amount.said & PERIOD)))
			continue;
		if (!amount.currency && !amount.thousands && has_dashes(number))
			continue;
		if (scan_is_pay(scanner, &amount))
			return found(span, SCAN_SALARY, amount.start, amount.end);
	}
	return false;
}
