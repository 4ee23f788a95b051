/*
 * fold.c: which words is this text to us?
 *
 * Nothing is allocated, and time is linear.
 */
#include "fold.h"

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------
 * Folding: which character is this to us?
 * ------------------------------------------------------------------------
 */

/* Where a whole range folds to one thing; sorted. */
static const struct
{
	uint32_t	first;
	uint32_t	last;
	uint32_t	to;
}			fold_ranges[] = {
	{0x0080, 0x0090, GAP}, {0x0091, 0x0092, APOSTROPHE},
	{0x0093, 0x00A9, GAP}, {0x00AA, 0x00AA, 'a'}, {0x00AB, 0x00AC, GAP},
	{0x00AD, 0x00AD, DROPPED}, {0x00AE, 0x00B1, GAP}, {0x00B2, 0x00B2, '2'},
	{0x00B3, 0x00B3, '3'}, {0x00B4, 0x00B4, APOSTROPHE},
	{0x00B5, 0x00B8, GAP}, {0x00B9, 0x00B9, '1'}, {0x00BA, 0x00BA, 'o'},
	{0x00BB, 0x00BF, GAP}, {0x00D7, 0x00D7, GAP}, {0x00F7, 0x00F7, GAP},
	{0x01A0, 0x01A1, 'o'}, {0x01AF, 0x01B0, 'u'}, {0x0218, 0x0219, 's'},
	{0x021A, 0x021B, 't'}, {0x02B9, 0x02BF, APOSTROPHE},
	{0x0300, 0x036F, DROPPED},	/* combining accents */
	{0x1AB0, 0x1AFF, DROPPED}, {0x1DC0, 0x1DFF, DROPPED},
	{0x1E80, 0x1E89, 'w'}, {0x1EA0, 0x1EB7, 'a'}, {0x1EB8, 0x1EC7, 'e'},
	{0x1EC8, 0x1ECB, 'i'}, {0x1ECC, 0x1EE3, 'o'}, {0x1EE4, 0x1EF1, 'u'},
	{0x1EF2, 0x1EF9, 'y'}, {0x2000, 0x200A, GAP},
	{0x200B, 0x200F, DROPPED},	/* joiners, direction marks */
	{0x2010, 0x2017, GAP}, {0x2018, 0x201B, APOSTROPHE},
	{0x201C, 0x2029, GAP}, {0x202A, 0x202E, DROPPED},
	{0x202F, 0x2031, GAP}, {0x2032, 0x2032, APOSTROPHE},
	{0x2033, 0x205F, GAP}, {0x2060, 0x206F, DROPPED},
	{0x20D0, 0x20FF, DROPPED}, {0x2190, 0x2BFF, GAP}, {0x2E00, 0x2E7F, GAP},
	{0x3000, 0x3004, GAP}, {0x3008, 0x3020, GAP}, {0x30FB, 0x30FB, GAP},
	{0xFE00, 0xFE0F, DROPPED}, {0xFE10, 0xFE6F, GAP},
	{0xFEFF, 0xFEFF, DROPPED}, {0xFF5F, 0xFF65, GAP}, {0xFFFD, 0xFFFD, GAP},
	{0x1F000, 0x1FAFF, GAP}, {0xE0000, 0xE0FFF, DROPPED},
};

/* Base letters of U+00C0 to U+00DF, U+00E0 to U+00FF being the same. */
static const char latin_1[] = "aaaaaaaceeeeiiiidnooooo ouuuuyts";

/* Base letters of U+0100 to U+017F. */
static const char latin_a[] =
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllll"
	"nnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Greek letters with an accent, and final sigma, in pairs. */
static const uint16_t greek_accents[][2] = {
	{0x386, 0x3B1}, {0x388, 0x3B5}, {0x389, 0x3B7}, {0x38A, 0x3B9},
	{0x38C, 0x3BF}, {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x390, 0x3B9},
	{0x3AA, 0x3B9}, {0x3AB, 0x3C5}, {0x3AC, 0x3B1}, {0x3AD, 0x3B5},
	{0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3B0, 0x3C5}, {0x3C2, 0x3C3},
	{0x3CA, 0x3B9}, {0x3CB, 0x3C5}, {0x3CC, 0x3BF}, {0x3CD, 0x3C5},
	{0x3CE, 0x3C9},
};

/*
 * One character of UTF-8.  A byte that begins no valid character is read
 * alone, as Latin-1: what old data most probably means by it.
 */
uint32_t
fold_decode(const unsigned char **at, const unsigned char *end)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *p = *at;
	uint32_t	c = *p;
	int			more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;

	*at = p + 1;
	if (c < 0xC2 || c > 0xF4 || end - p <= more)
		return c;
	c &= 0x3F >> more;
	for (int i = 1; i <= more; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return *p;
		c = c << 6 | (p[i] & 0x3F);
	}
	if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return *p;
	*at = p + 1 + more;
	return c;
}

uint32_t
fold_ascii(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return c;
	return c == '\'' || c == '`' ? APOSTROPHE : GAP;
}

/* Latin letters below U+0180; some are two letters to us. */
static uint32_t
fold_latin(uint32_t c, uint32_t *second)
{
	switch (c)
	{
		case 0xC6:
		case 0xE6:
			*second = 'e';		/* æ */
			break;
		case 0xDE:
		case 0xFE:
			*second = 'h';		/* þ */
			break;
		case 0xDF:
			*second = 's';		/* ß */
			break;
		case 0xFF:
			return 'y';
		case 0x132:
		case 0x133:
			*second = 'j';		/* ij */
			break;
		case 0x152:
		case 0x153:
			*second = 'e';		/* œ */
			break;
	}
	return c < 0x100 ? latin_1[c & 0x1F] : latin_a[c - 0x100];
}

static uint32_t
fold_greek_cyrillic(uint32_t c)
{
	for (size_t i = 0; i < lengthof(greek_accents); i++)
	{
		if (greek_accents[i][0] == c)
			return greek_accents[i][1];
	}
	if (c >= 0x391 && c <= 0x3A9)
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40F)
		c += 0x50;
	else if (c >= 0x410 && c <= 0x42F)
		c += 0x20;
	/* й, ї, ё as a decomposed text has them when its accents are dropped */
	return c == 0x439 ? 0x438 : c == 0x457 ? 0x456 : c == 0x451 ? 0x435 : c;
}

uint32_t
fold_character(uint32_t c, uint32_t *second)
{
	size_t		low = 0;
	size_t		high = lengthof(fold_ranges);

	*second = END;
	if (c >= 0xFF01 && c <= 0xFF5E)
		c -= 0xFEE0;			/* full width */
	else if (c >= 0x1D400 && c <= 0x1D6A3)
		c = 'a' + (c - 0x1D400) % 26;	/* mathematical letters */
	else if (c >= 0x1D7CE && c <= 0x1D7FF)
		c = '0' + (c - 0x1D7CE) % 10;
	if (c < 0x80)
		return fold_ascii(c);

	if (c >= 0xC0 && c < 0x180 && c != 0xD7 && c != 0xF7)
		return fold_latin(c, second);
	while (low < high)
	{
		size_t		middle = (low + high) / 2;

		if (c > fold_ranges[middle].last)
			low = middle + 1;
		else if (c < fold_ranges[middle].first)
			high = middle;
		else
			return fold_ranges[middle].to;
	}
	if (c == 0x1E9E)
	{
		*second = 's';			/* capital ß */
		return 's';
	}
	return c >= 0x386 && c <= 0x457 ? fold_greek_cyrillic(c) : c;
}

/* ------------------------------------------------------------------------
 * Reading: the text as folded words
 * ------------------------------------------------------------------------
 */

/* Is the apostrophe before us that of king's? */
static bool
possessive(const unsigned char *at, const unsigned char *end)
{
	uint32_t	second;
	uint32_t	c;

	if (at == end || (*at | 0x20) != 's')
		return false;
	if (++at == end)
		return true;
	c = fold_character(fold_decode(&at, end), &second);
	return c == GAP || c == APOSTROPHE;
}

void
fold_text(const char *words, size_t length, Text *text)
{
	const unsigned char *at = (const unsigned char *) words;
	const unsigned char *end = length > 0 ? at + length : at;
	bool		gap = false;
	int			n = 0;

	while (at < end)
	{
		uint32_t	second;
		uint32_t	c = fold_character(fold_decode(&at, end), &second);

		if (c == DROPPED || (c == APOSTROPHE && possessive(at, end)))
			continue;
		if (c == GAP || c == APOSTROPHE)
		{
			gap = n > 0;
			continue;
		}
		if (gap)
			text->chars[n++] = GAP;
		gap = false;
		text->chars[n++] = c;
		if (second != END)
			text->chars[n++] = second;
	}
	text->chars[n] = END;
	text->length = n;
}

/* Characters that are words of their own: the script has no spaces. */
static bool
is_ideograph(uint32_t c)
{
	return (c >= 0x3005 && c <= 0x3007) || (c >= 0x3040 && c <= 0x30FF) ||
		(c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
		(c >= 0x20000 && c <= 0x3FFFF);
}

bool
fold_is_boundary(const Text *text, int at)
{
	uint32_t	before;
	uint32_t	after = text->chars[at];

	if (at == 0 || after == GAP || after == END)
		return true;
	before = text->chars[at - 1];
	return before == GAP || is_ideograph(before) || is_ideograph(after);
}
