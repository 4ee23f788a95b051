/*
 * scan_number.c: what is this number?
 *
 * The digits are read once, in the groups in which they are written; what they
 * can be is asked of them in turn, what has a check digit first.
 */
#include "scan.h"

/* ------------------------------------------------------------------------
 * Reading it
 * ------------------------------------------------------------------------
 */

/*
 * Behind what can stand between two groups of a number, if a digit follows,
 * and how it is called; or 0.
 */
static size_t
skip_separator(const Scanner *scanner, size_t at, int *separator)
{
	size_t		next;
	int			c = next_char(scanner, at, &next);

	*separator = c;
	/* most often one sign, and a digit right behind it */
	if (next < scanner->length && is_digit(scanner->text[next]) &&
		(c == ' ' || c == '-' || c == '.' || c == ','))
		return next;
	switch (c)
	{
		case ' ':
			next = skip_blank(scanner, next);
			c = char_at(scanner, next);
			if (c == '(' || c == '/')
			{
				*separator = c;
				(void) next_char(scanner, next, &next);
				next = skip_blank(scanner, next);
			}
			break;
		case ')':
			*separator = '(';
			next = skip_blank(scanner, next);
			next = scan_skip_one(scanner, next, "-/.");
			next = skip_blank(scanner, next);
			break;
		case '/':
			next = skip_blank(scanner, next);
			break;
		case '(':
		case '-':
		case '.':
		case ',':
		case '\'':
			break;
		default:
			return 0;
	}
	return is_digit(char_at(scanner, next)) ? next : 0;
}

void
scan_read_number(const Scanner *scanner, size_t at, Number *number)
{
	int			separator = 0;

	number->start = at;
	number->ngroups = 0;
	number->ndigits = 0;
	number->cut = false;
	for (;;)
	{
		Group	   *group = &number->group[number->ngroups++];
		size_t		next;
		size_t		behind;
		int			c;

		group->start = at;
		group->first = number->ndigits;
		group->separator = separator;
		while (at < scanner->length && is_digit(scanner->text[at]) &&
			   number->ndigits < DIGITS_MAX)
			number->digits[number->ndigits++] = (char) scanner->text[at++];
		while (is_digit(c = next_char(scanner, at, &next)))
		{
			if (number->ndigits < DIGITS_MAX)
				number->digits[number->ndigits++] = (char) c;
			else
				number->cut = true;
			at = next;
		}
		group->ndigits = number->ndigits - group->first;
		if (group->ndigits == 0)
		{
			number->ngroups--;	/* there was no room for any */
			break;
		}
		group->end = number->end = at;
		behind = skip_separator(scanner, at, &separator);
		if (behind == 0 || number->cut)
			break;
		if (number->ngroups == GROUPS_MAX)
		{
			number->cut = true;
			break;
		}
		at = behind;
	}
}

/* ------------------------------------------------------------------------
 * What is no number of a person
 * ------------------------------------------------------------------------
 */

static int
value_of(const Number *number, int i)
{
	int			value = 0;

	for (int k = 0; k < number->group[i].ndigits && k < 8; k++)
		value = value * 10 + number->digits[number->group[i].first + k] - '0';
	return value;
}

static bool
is_year(const Number *number, int i)
{
	return number->group[i].ndigits == 4 && value_of(number, i) >= 1200 &&
		value_of(number, i) < 2200;
}

/* 2025-11-03, 3.11.2025, 03/11/25: the first three groups. */
static bool
is_date(const Number *number)
{
	int			a,
				b,
				c,
				separator;

	if (number->ngroups < 3)
		return false;
	separator = number->group[1].separator;
	if (separator != number->group[2].separator ||
		(separator != '-' && separator != '.' && separator != '/'))
		return false;
	a = value_of(number, 0);
	b = value_of(number, 1);
	c = value_of(number, 2);
	if (is_year(number, 0))
		return b >= 1 && b <= 12 && c >= 1 && c <= 31 &&
			number->group[1].ndigits <= 2 && number->group[2].ndigits <= 2;
	return number->group[0].ndigits <= 2 && number->group[1].ndigits <= 2 &&
		a >= 1 && b >= 1 && a <= 31 && b <= 31 && (a <= 12 || b <= 12) &&
		(is_year(number, 2) ||
		 (number->group[2].ndigits == 2 && number->ngroups == 3 &&
		  separator != '-'));
}

/* 1 2 3 4 5 6 ...: no number of anything is written so. */
static bool
is_row_of_digits(const Number *number)
{
	for (int i = 0; i < GROUPS_MAX; i++)
	{
		if (i >= number->ngroups || number->group[i].ndigits > 1)
			return false;
	}
	return number->cut;
}

/* ------------------------------------------------------------------------
 * Addresses of hosts
 * ------------------------------------------------------------------------
 */

/* RFC 6890 and its registry: what is not routed, or is for examples. */
static bool
is_public_v4(const int *byte)
{
	switch (byte[0])
	{
		case 0:
		case 10:
		case 127:
			return false;
		case 100:
			return byte[1] < 64 || byte[1] > 127;
		case 169:
			return byte[1] != 254;
		case 172:
			return byte[1] < 16 || byte[1] > 31;
		case 192:
			return byte[1] != 168 &&
				!(byte[1] == 0 && (byte[2] == 0 || byte[2] == 2)) &&
				!(byte[1] == 88 && byte[2] == 99);
		case 198:
			return byte[1] != 18 && byte[1] != 19 &&
				!(byte[1] == 51 && byte[2] == 100);
		case 203:
			return !(byte[1] == 0 && byte[2] == 113);
		default:
			return byte[0] < 224;
	}
}

/* Numbers of chapters and versions look the same. */
static bool
is_numbering(const Scanner *scanner, size_t at)
{
	Words		words;
	int			c = char_before(scanner, at);

	if (c == 'v' || c == 'V')
		return true;
	scan_words_before(scanner, at, 2, &words);
	return scan_nearest(&words, NOT_PHONE) <= 2;
}

/* Four numbers below 256 with dots, public or not: nothing else is so. */
static bool
scan_ipv4(Scanner *scanner, const Number *number, ScanSpan *span)
{
	int			byte[4];
	size_t		next;
	int			c;

	if (number->ngroups < 4)
		return false;
	for (int i = 0; i < 4; i++)
	{
		const Group *group = &number->group[i];

		byte[i] = value_of(number, i);
		if (group->ndigits > 3 || byte[i] > 255 ||
			(i > 0 && group->separator != '.') ||
			(group->ndigits > 1 && number->digits[group->first] == '0'))
			return false;
	}
	if (number->ngroups > 4 && (number->group[4].separator == '.' ||
								number->group[4].separator == '-'))
		return false;
	c = next_char(scanner, number->group[3].end, &next);
	if (is_letter(c) || c == '_' || c == '-')
		return false;
	c = char_before(scanner, number->start);
	if (is_letter(c) || c == '.' || c == '-' || c == '_' ||
		!is_public_v4(byte) || is_numbering(scanner, number->start))
	{
		scanner->at = number->group[3].end;
		return false;
	}
	return found(span, SCAN_IP, number->start, number->group[3].end);
}

static inline int
hex_value(int c)
{
	return is_digit(c) ? c - '0' :
		(c | 0x20) >= 'a' && (c | 0x20) <= 'f' && c < 0x80 ?
		(c | 0x20) - 'a' + 10 :
		-1;
}

/* fc00::/7, fe80::/10, ff00::/8, 2001:db8::/32, and what begins with 00. */
static bool
is_public_v6(int first, int second)
{
	return first >> 8 != 0 && first >> 9 != 0xFC >> 1 &&
		first >> 6 != 0xFE80 >> 6 && first >> 8 != 0xFF &&
		!(first == 0x2001 && second == 0xDB8);
}

/* Where the groups of hexadecimal digits begin in which a place is. */
static size_t
hex_start(const Scanner *scanner, size_t at)
{
	size_t		previous;

	for (int n = 0; n < 40; n++)
	{
		int			c = previous_char(scanner, at, &previous);

		if (hex_value(c) < 0 && c != ':')
			break;
		at = previous;
	}
	return at;
}

static bool
scan_ipv6(Scanner *scanner, ScanSpan *span)
{
	size_t		start = hex_start(scanner, scanner->at);
	size_t		at = start;
	size_t		end = start;
	int			group[2] = {0, 0};
	int			ngroups = 0;
	bool		gap = false;
	int			c;

	if (is_alnum(char_before(scanner, start)) ||
		char_at(scanner, start) == ':')
		return false;
	while (ngroups < 8)
	{
		int			value = 0;
		int			n = 0;
		size_t		next;

		for (; n < 4 && hex_value(c = next_char(scanner, at, &next)) >= 0; n++)
		{
			value = value << 4 | hex_value(c);
			at = next;
		}
		if (n == 0)
			break;
		end = at;
		if (ngroups < 2)
			group[ngroups] = value;
		ngroups++;
		if (next_char(scanner, at, &next) != ':')
			break;
		at = next;
		if (next_char(scanner, at, &next) == ':')
		{
			if (gap)
				break;
			gap = true;
			at = end = next;
		}
	}
	c = char_at(scanner, end);
	if (is_alnum(c) || c == ':' || ngroups < 2 ||
		(gap ? ngroups > 7 : ngroups != 8) ||
		!is_public_v6(group[0], group[1]))
		return false;
	return found(span, SCAN_IP, start, end);
}

/* ------------------------------------------------------------------------
 * Cards
 * ------------------------------------------------------------------------
 */

static bool
luhn(const char *digits, int n)
{
	int			sum = 0;

	for (int i = 0; i < n; i++)
	{
		int			digit = digits[n - 1 - i] - '0';

		if (i % 2 == 1)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return sum % 10 == 0;
}

/*
 * Does a card of some brand have this many digits and begin so?  The ranges
 * are those that the brands have published (ISO/IEC 7812 numbers).
 */
static bool
is_card_number(const char *digits, int n)
{
	int			two = (digits[0] - '0') * 10 + digits[1] - '0';
	int			four = two * 100 + (digits[2] - '0') * 10 + digits[3] - '0';

	if (digits[0] == '4')
		return n == 13 || n == 16 || n == 19;
	if (two == 34 || two == 37)
		return n == 15;
	if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))
		return n == 16;
	if (two == 36 || two == 38 || two == 39 || (four >= 3000 && four <= 3059))
		return n >= 14 && n <= 19;
	if (two == 35 || four == 6011 || two == 64 || two == 65 || two == 62)
		return n >= 16 && n <= 19;
	if (four == 1800 || four == 2131)
		return n == 15;
	return (two == 50 || (two >= 56 && two <= 69)) && n >= 12 && n <= 19;
}

/* As cards are embossed: 4 4 4 4, 4 6 5, 4 6 4, or without any blank. */
static bool
is_card_shape(const Number *number, int ngroups)
{
	if (ngroups == 1)
		return true;
	for (int i = 1; i < ngroups; i++)
	{
		if (number->group[i].separator != ' ' &&
			number->group[i].separator != '-')
			return false;
		if (number->group[i].separator != number->group[1].separator)
			return false;
	}
	if (number->group[0].ndigits != 4)
		return false;
	if (ngroups == 3)
		return number->group[1].ndigits == 6 && number->group[2].ndigits >= 4;
	for (int i = 1; i < ngroups - 1; i++)
	{
		if (number->group[i].ndigits != 4)
			return false;
	}
	return ngroups >= 4 && ngroups <= 5 &&
		number->group[ngroups - 1].ndigits <= 4;
}

/* One sign between any two groups, a blank or a dash. */
static bool
is_spaced(const Number *number, int ngroups)
{
	for (int i = 1; i < ngroups; i++)
	{
		if (number->group[i].separator != number->group[1].separator ||
			(number->group[i].separator != ' ' &&
			 number->group[i].separator != '-'))
			return false;
	}
	return true;
}

static bool
scan_card(const Scanner *scanner, const Number *number, ScanSpan *span)
{
	int			c = char_before(scanner, number->start);
	size_t		mistyped = 0;

	if (is_letter(c) || c == '_' || c == '.' || number->ndigits < 12)
		return false;
	for (int ngroups = 1; ngroups <= number->ngroups && ngroups <= 6;
		 ngroups++)
	{
		const Group *last = &number->group[ngroups - 1];
		int			n = last->first + last->ndigits;
		bool		checked;
		Words		words;
		int			card;

		bool		embossed = is_card_shape(number, ngroups);

		if (n < 12 || n > 19 || !is_card_number(number->digits, n) ||
			(!embossed && !is_spaced(number, ngroups)))
			continue;
		c = char_at(scanner, last->end);
		if (is_letter(c) || c == '_' ||
			(ngroups < number->ngroups &&
			 number->group[ngroups].separator != ' ' &&
			 number->group[ngroups].separator != '/' &&
			 number->group[ngroups].separator != '('))
			continue;
		checked = luhn(number->digits, n);
		scan_words_before(scanner, number->start, 8, &words);
		card = scan_nearest(&words, CARD);
		if (words.after && words.after_class == SCAN_CREDIT_CARD &&
			words.after_distance <= 4)
			card = words.after_distance;
		if (checked ? card < FAR ||
			(embossed &&
			 (n == 15 || n == 16 || n == 19 ||
			  (n == 14 && ngroups > 1)) &&
			 scan_nearest(&words, NOT_PHONE) > 3) :
			card <= 5 && n >= 15 && ngroups > 1 && embossed)
			mistyped = last->end;
		else
			continue;
		if (checked)
			return found(span, SCAN_CREDIT_CARD, number->start, last->end);
	}
	/* what is called a card, and is written as one, needs no check digit */
	return mistyped > 0 &&
		found(span, SCAN_CREDIT_CARD, number->start, mistyped);
}

/* ------------------------------------------------------------------------
 * All of them, in turn
 * ------------------------------------------------------------------------
 */

/* Behind the letters and digits that go on here. */
static size_t
skip_alnum(const Scanner *scanner, size_t at)
{
	size_t		next;
	int			c;

	while (is_alnum(c = next_char(scanner, at, &next)) || c == '_')
		at = next;
	return at;
}

/* Does a word go on behind these digits? */
static bool
is_joined(int c)
{
	return is_letter(c) ||
		(c > 0 && c < 0x80 && strchr("_!#$*^&?+-@", c) != NULL);
}

static bool
is_joined_before(const Scanner *scanner, size_t at)
{
	int			c = previous_char(scanner, at, &at);

	return c == '-' ? is_letter(char_before(scanner, at)) : is_joined(c);
}

/*
 * Most numbers are small, and of what is named behind them: 3 days, 12 cities.
 * Behind such a number, or 0 where it has to be looked at.
 */
static size_t
skip_small_number(const Scanner *scanner, size_t at)
{
	const unsigned char *text = scanner->text;
	size_t		end = at;
	size_t		word;
	size_t		next;
	uint32_t	before = 0;
	uint32_t	behind;

	while (end < scanner->length && is_digit(text[end]) && end - at < 3)
		end++;
	if (end == at || end - at > 2 || end + 1 >= scanner->length ||
		text[end] != ' ' || !is_ascii_letter(text[end + 1]) ||
		at < scanner->floor + 2 || text[at - 1] != ' ')
		return 0;
	/* a currency, or another number, before it */
	if (is_ascii_letter(text[at - 2]))
	{
		word = scan_word_start(scanner, at - 1);
		before = scan_word_here(scanner, word, &next);
		if ((before & MONEY) && at - 1 - word <= 4)
			return 0;
	}
	else if (text[at - 2] != ',' && text[at - 2] != ':' &&
			 text[at - 2] != ';')
		return 0;
	/* a currency, a k, or the way to another number, behind it */
	behind = scan_word_here(scanner, end + 1, &next);
	if ((behind & (MONEY | SCALE | TO)) || scan_stands_by_pay(before, behind))
		return 0;
	return strchr("kKmMtT", text[end + 1]) != NULL && next - end <= 8 ? 0 :
		end;
}

bool
scan_number(Scanner *scanner, ScanSpan *span)
{
	Number		number;
	size_t		at = scanner->at;
	size_t		letters;
	int			before = char_before(scanner, at);
	int			behind;
	uint32_t	kinds = 0;

	if (before == ' ' && (scanner->at = skip_small_number(scanner, at)) > at)
		return false;
	scanner->at = at;
	if ((is_ascii_letter(before) || before == '_' || before == '-') &&
		scan_token(scanner, span))
		return true;
	if (before == ':' || hex_value(before) >= 0)
	{
		if (scan_ipv6(scanner, span))
			return true;
	}
	scan_read_number(scanner, at, &number);
	behind = char_at(scanner, number.group[0].end);
	if ((behind == ':' || hex_value(behind) >= 0) && scan_ipv6(scanner, span))
		return true;

	if (is_letter(before) || before == '_')
	{
		kinds = scan_word_before(scanner, at, &letters);
		if (scan_identity(scanner, &number, span))
			return true;
		if (scanner->at > at)
			return false;
		if (scan_secret_around(scanner, span))
			return true;
		if (!(kinds & MONEY))
		{
			scanner->at = skip_alnum(scanner, number.group[0].end);
			return false;
		}
	}
	if (is_row_of_digits(&number))
	{
		scanner->at = number.end;
		return false;
	}
	if (is_date(&number))
	{
		scanner->at = number.group[2].end;
		return false;
	}
	if (scan_ipv4(scanner, &number, span))
		return true;
	if (scanner->at > at)
		return false;
	if (scan_identity(scanner, &number, span) ||
		(scanner->at == at && scan_card(scanner, &number, span)) ||
		(scanner->at == at && scan_phone(scanner, &number, span)) ||
		(scanner->at == at && scan_amount(scanner, &number, span)) ||
		((is_joined(behind) || is_joined_before(scanner, at)) &&
		 scan_secret_around(scanner, span)))
		return true;
	if (scanner->at > at)
		return false;
	scanner->at = number.cut && number.ngroups > GROUPS_MAX / 2 ?
		number.group[GROUPS_MAX / 2].start : number.end;
	return false;
}
