/*
 * scan_text.c: which character is this to the scanner?
 *
 * Nothing is copied: a look at a place reads what stands there as what it
 * means.  A byte that is no UTF-8 is a character of its own that means
 * nothing.
 */
#include "scan.h"

#include "fold.h"

#define UNSEEN	1				/* has no width */
#define FIRST_OF(c)	(-(c))		/* of ten digits */

/* What characters beyond ASCII are read as; sorted. */
static const struct
{
	int			first;
	int			last;
	int			as;
}			readings[] = {
	{0x0085, 0x0085, '\n'}, {0x00A0, 0x00A0, ' '}, {0x00AB, 0x00AB, '"'},
	{0x00AD, 0x00AD, UNSEEN}, {0x00B4, 0x00B4, '\''}, {0x00BB, 0x00BB, '"'},
	{0x02B9, 0x02B9, '\''}, {0x02BB, 0x02BD, '\''},
	{0x0300, 0x036F, UNSEEN},	/* accents of their own */
	{0x061C, 0x061C, UNSEEN}, {0x0660, 0x0669, FIRST_OF(0x0660)},
	{0x06F0, 0x06F9, FIRST_OF(0x06F0)}, {0x0966, 0x096F, FIRST_OF(0x0966)},
	{0x1680, 0x1680, ' '}, {0x180E, 0x180E, UNSEEN}, {0x2000, 0x200A, ' '},
	{0x200B, 0x200F, UNSEEN}, {0x2010, 0x2015, '-'}, {0x2018, 0x2019, '\''},
	{0x201B, 0x201B, '\''}, {0x201C, 0x201F, '"'}, {0x2024, 0x2024, '.'},
	{0x2028, 0x2029, '\n'}, {0x202A, 0x202E, UNSEEN}, {0x202F, 0x202F, ' '},
	{0x2032, 0x2032, '\''}, {0x2039, 0x203A, '\''}, {0x2044, 0x2044, '/'},
	{0x205F, 0x205F, ' '}, {0x2060, 0x206F, UNSEEN}, {0x2212, 0x2212, '-'},
	{0x2215, 0x2215, '/'}, {0x2236, 0x2236, ':'}, {0x3000, 0x3000, ' '},
	{0xFE00, 0xFE0F, UNSEEN}, {0xFE52, 0xFE52, '.'}, {0xFE55, 0xFE55, ':'},
	{0xFE58, 0xFE58, '-'}, {0xFE62, 0xFE62, '+'}, {0xFE63, 0xFE63, '-'},
	{0xFE6B, 0xFE6B, '@'}, {0xFEFF, 0xFEFF, UNSEEN},
	{0x1D7CE, 0x1D7D7, FIRST_OF(0x1D7CE)},	/* mathematical */
	{0x1D7D8, 0x1D7E1, FIRST_OF(0x1D7D8)},
	{0x1D7E2, 0x1D7EB, FIRST_OF(0x1D7E2)},
	{0x1D7EC, 0x1D7F5, FIRST_OF(0x1D7EC)},
	{0x1D7F6, 0x1D7FF, FIRST_OF(0x1D7F6)}, {0xE0000, 0xE0FFF, UNSEEN},
};

static int
read_as(int c)
{
	size_t		low = 0;
	size_t		high = lengthof(readings);

	if (c == '\t')
		return ' ';
	if (c >= 0xFF01 && c <= 0xFF5E)
		return c - 0xFEE0;		/* full width */
	if (c == 0xFFE1 || c == 0xFFE5)
		return c == 0xFFE1 ? 0xA3 : 0xA5;	/* and so their pound and yen */
	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (c > readings[middle].last)
			low = middle + 1;
		else if (c < readings[middle].first)
			high = middle;
		else
			return readings[middle].as < 0 ? '0' + c + readings[middle].as :
				readings[middle].as;
	}
	return c;
}

static int
decode(const Scanner *scanner, size_t at, size_t *next)
{
	const unsigned char *start = scanner->text + at;
	const unsigned char *behind = start;
	const unsigned char *end = scanner->text + scanner->length;
	int			c = (int) fold_decode(&behind, end);

	*next = at + (size_t) (behind - start);
	return *start >= 0x80 && behind == start + 1 ? 0xFFFD : c;
}

#define PLACEHOLDER_MAX 33		/* brackets and a class of 31 */

static bool
is_of_class(int c)
{
	return is_upper(c) || is_digit(c) || c == '_';
}

size_t
scan_placeholder(const Scanner *scanner, size_t at)
{
	size_t		end = at + 1;

	while (end < scanner->length && end - at < PLACEHOLDER_MAX &&
		   is_of_class(scanner->text[end]))
		end++;
	return end > at + 1 && end < scanner->length &&
		scanner->text[end] == ']' && is_upper(scanner->text[at + 1]) ?
		end + 1 :
		at;
}

size_t
scan_placeholder_back(const Scanner *scanner, size_t at)
{
	size_t		start = at - 1;

	while (start > scanner->floor && at - start < PLACEHOLDER_MAX &&
		   is_of_class(scanner->text[start - 1]))
		start--;
	return start > scanner->floor && scanner->text[start - 1] == '[' &&
		scan_placeholder(scanner, start - 1) == at ? start - 1 : at;
}

int
scan_next_wide(const Scanner *scanner, size_t at, size_t *next)
{
	while (at < scanner->length)
	{
		int			c;

		*next = at;
		if (scanner->text[at] == '[' && scan_placeholder(scanner, at) > at)
			return NO_CHAR;
		c = read_as(decode(scanner, at, &at));

		if (c != UNSEEN)
		{
			*next = at;
			return c;
		}
	}
	*next = at;
	return NO_CHAR;
}

int
scan_previous_wide(const Scanner *scanner, size_t at, size_t *previous)
{
	while (at > scanner->floor)
	{
		size_t		start = at - 1;
		size_t		behind;
		int			c;

		while (start > scanner->floor && at - start < 4 &&
			   (scanner->text[start] & 0xC0) == 0x80)
			start--;
		c = decode(scanner, start, &behind);
		if (behind != at)		/* no character begins there and ends here */
		{
			start = at - 1;
			c = decode(scanner, start, &behind);
		}
		if (c == ']' && scan_placeholder_back(scanner, at) < at)
			break;
		at = start;
		c = read_as(c);
		if (c != UNSEEN)
		{
			*previous = at;
			return c;
		}
	}
	*previous = at;
	return NO_CHAR;
}

bool
is_wide_letter(int c)
{
	if (c < 0x250)
		return c >= 0xC0 ? c != 0xD7 && c != 0xF7 :
			c == 0xAA || c == 0xB5 || c == 0xBA;
	return c < 0xE00 || (c >= 0x1E00 && c < 0x2000) ||
		(c >= 0x2C00 && c < 0x2E00) || (c >= 0xA640 && c < 0xA6A0);
}

size_t
scan_skip_chars(const Scanner *scanner, size_t at, const char *chars)
{
	for (; *chars != '\0'; chars++)
	{
		if (lower(next_char(scanner, at, &at)) != *chars)
			return 0;
	}
	return at;
}

size_t
scan_skip_blanks(const Scanner *scanner, size_t at, int most)
{
	size_t		next;

	while (most-- > 0 && next_char(scanner, at, &next) == ' ')
		at = next;
	return at;
}

size_t
scan_skip_blanks_back(const Scanner *scanner, size_t at, int most)
{
	size_t		previous;

	while (most-- > 0 && previous_char(scanner, at, &previous) == ' ')
		at = previous;
	return at;
}

size_t
scan_skip_one(const Scanner *scanner, size_t at, const char *chars)
{
	size_t		next;
	int			c = next_char(scanner, at, &next);

	return c > 0 && c < 0x80 && strchr(chars, c) != NULL ? next : at;
}
