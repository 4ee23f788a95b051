/*
 * scan_identity.c: is this a number that a state or a bank gives?
 *
 * Each is known by its form and its check digits.  Where these are few, or
 * missing, a word has to say what it is.
 *
 * Sources of the rules: IBAN: ISO 13616 and 7064 (mod 97-10).  FR: INSEE,
 * number of inscription au répertoire.  CH: the 13-digit number is an EAN-13
 * that begins with 756.  ES: order of the Ministerio del Interior (mod 23).
 * DE: § 139b Abgabenordnung, ISO 7064 mod 11,10.  UK: HMRC, NIM39110.  US:
 * SSA, numbers that are not assigned.  BE: rijksregister, mod 97.  IT: D.M.
 * 23 dicembre 1976.  CA: Luhn.
 */
#include "scan.h"

#include "iban_lengths.h"

const char	scan_iban_version[] = IBAN_LENGTHS_VERSION;

#define COLLECT_MAX 36

/* What is collected of a number that is written with or without separators. */
typedef struct Collected
{
	char		chars[COLLECT_MAX + 1]; /* digits and capitals */
	size_t		ends[COLLECT_MAX];	/* behind each */
	int			breaks[COLLECT_MAX];	/* the separator before it, or 0 */
	int			n;
} Collected;

/* Is a digit (0), a letter (A) or either (?), or itself, what is asked for? */
static inline bool
fits(char asked, int c)
{
	return asked == '0' ? is_digit(c) : asked == 'A' ? is_ascii_letter(c) :
		asked == '?' || asked == c;
}

/*
 * So many letters and digits, at most a separator and blanks between two; no
 * further than they are as the form says, as far as there is one.
 */
static void
collect(const Scanner *scanner, size_t at, int most, const char *form,
		Collected *collected)
{
	int			separator = 0;
	int			width = 0;

	collected->n = 0;
	while (collected->n < most)
	{
		size_t		next;
		int			c = next_char(scanner, at, &next);

		if (is_digit(c) || is_ascii_letter(c))
		{
			c = is_digit(c) ? c : c & ~0x20;
			if (*form != '\0' && !fits(*form++, c))
				break;
			collected->chars[collected->n] = (char) c;
			collected->breaks[collected->n] = separator;
			collected->ends[collected->n++] = at = next;
			separator = width = 0;
		}
		else if (collected->n > 0 &&
				 (c == ' ' || c == '-' || c == '.' || c == '/') &&
				 (separator == 0 || separator == ' ' || c == ' ') && width < 3)
		{
			if (separator == 0 || separator == ' ')
				separator = c;
			width++;
			at = next;
		}
		else
			break;
	}
	collected->chars[collected->n] = '\0';
}

/* Are they as the form says, as far as it goes? */
static bool
has_form(const Collected *collected, const char *form)
{
	const char *c = collected->chars;

	for (; *form != '\0'; form++, c++)
	{
		if (*c == '\0' || !fits(*form, *c))
			return false;
	}
	return true;
}

/* Does it end with its n-th character, and not within a word or number? */
static bool
ends_at(const Scanner *scanner, const Collected *collected, int n)
{
	size_t		next;
	size_t		at = collected->ends[n - 1];
	int			c = next_char(scanner, at, &next);

	if (is_alnum(c) || c == '_' || c == '@')
		return false;
	if (c == '-' || c == '.' || c == ',')
		return !is_digit(char_at(scanner, next));
	return true;
}

static bool
begins_at(const Scanner *scanner, size_t at)
{
	size_t		previous;
	int			c = previous_char(scanner, at, &previous);

	if (is_alnum(c) || c == '_' || c == '@')
		return false;
	if (c == '-' || c == '.' || c == ',' || c == '/')
		return !is_digit(char_before(scanner, previous));
	return true;
}

static int64_t
digits_value(const char *digits, int from, int n)
{
	int64_t		value = 0;

	for (int i = from; i < from + n; i++)
		value = value * 10 + digits[i] - '0';
	return value;
}

static bool
said(const Scanner *scanner, size_t at, uint32_t kinds)
{
	Words		words;

	scan_words_before(scanner, at, 8, &words);
	return scan_nearest(&words, kinds) < scan_nearest(&words, NOT_PHONE);
}

/* ------------------------------------------------------------------------
 * IBAN
 * ------------------------------------------------------------------------
 */

static int
iban_length(const char *country)
{
	for (size_t i = 0; i < lengthof(iban_lengths); i++)
	{
		if (memcmp(iban_lengths[i].country, country, 2) == 0)
			return iban_lengths[i].length;
	}
	return 0;
}

static bool
mod_97(const char *chars, int n)
{
	int			rest = 0;

	for (int i = 0; i < n; i++)
	{
		int			c = chars[(i + 4) % n];

		rest = is_digit(c) ? (rest * 10 + c - '0') % 97 :
			(rest * 100 + c - 'A' + 10) % 97;
	}
	return rest == 1;
}

/* IBAN: or IBAN = right before it. */
static bool
is_labelled(const Scanner *scanner, size_t start, const char *label)
{
	size_t		at = scan_skip_blanks_back(scanner, start, 2);
	size_t		previous;
	size_t		word;
	int			c = previous_char(scanner, at, &previous);

	if (c != ':' && c != '=')
		return false;
	at = skip_blank_back(scanner, previous);
	word = scan_word_start(scanner, at);
	return word < at && scan_skip(scanner, word, label) == at;
}

static bool
scan_iban(Scanner *scanner, size_t start, ScanSpan *span)
{
	Collected	collected;
	int			length;
	int			digits = 0;

	if (is_alnum(char_before(scanner, start)))
		return false;
	collect(scanner, start, 34, "AA00", &collected);
	if (collected.n < 15)
		return false;
	length = iban_length(collected.chars);
	if (length == 0 || collected.n < length ||
		is_alnum(char_at(scanner, collected.ends[length - 1])))
		return false;
	if (!mod_97(collected.chars, length))
	{
		/* Of nothing else, if it is written as one and most are digits. */
		for (int i = 0; i < length; i++)
		{
			digits += is_digit(collected.chars[i]);
			if (collected.breaks[i] != 0 && i % 4 != 0)
				return false;
		}
		if (digits < length / 2)
			return false;
		scanner->at = collected.ends[length - 1];
		if (!is_labelled(scanner, start, "iban"))
			return false;
	}
	return found(span, SCAN_IBAN, start, collected.ends[length - 1]);
}

/* ------------------------------------------------------------------------
 * Of states: letters and digits
 * ------------------------------------------------------------------------
 */

static bool
is_dni(const Collected *collected, int from)
{
	static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
	const char *c = collected->chars;
	int64_t		value = digits_value(c, from, 8 - from);

	if (from == 1)
		value += (int64_t) (c[0] - 'X') * 10000000;
	return letters[value % 23] == c[8];
}

static bool
scan_nie(const Scanner *scanner, size_t start, ScanSpan *span)
{
	Collected	collected;

	collect(scanner, start, 9, "A0000000A", &collected);
	if (collected.n < 9 || collected.chars[0] < 'X' ||
		!is_dni(&collected, 1) ||
		!begins_at(scanner, start) || !ends_at(scanner, &collected, 9))
		return false;
	return found(span, SCAN_NATIONAL_ID, start, collected.ends[8]);
}

static bool
scan_nino(const Scanner *scanner, size_t start, ScanSpan *span)
{
	static const char *const never[] = {
		"BG", "GB", "KN", "NK", "NT", "TN", "ZZ",
	};
	Collected	collected;
	const char *c = collected.chars;

	if (!begins_at(scanner, start))
		return false;
	collect(scanner, start, 9, "AA000000A", &collected);
	if (collected.n < 9 || c[8] > 'D' ||
		strchr("DFIQUV", c[0]) != NULL || strchr("DFIOQUV", c[1]) != NULL ||
		!ends_at(scanner, &collected, 9))
		return false;
	for (size_t i = 0; i < lengthof(never); i++)
	{
		if (memcmp(never[i], c, 2) == 0)
			return false;
	}
	return found(span, SCAN_NATIONAL_ID, start, collected.ends[8]);
}

/* The values of characters at odd places; those at even places are plain. */
static bool
is_codice_fiscale(const char *c)
{
	static const unsigned char odd[] = {
		1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14,
		16, 10, 22, 25, 24, 23,
	};
	int			sum = 0;

	for (int i = 0; i < 15; i++)
	{
		int			value = is_digit(c[i]) ? c[i] - '0' : c[i] - 'A';

		sum += i % 2 == 0 ? odd[value] : value;
	}
	return sum % 26 == c[15] - 'A';
}

static bool
scan_codice_fiscale(const Scanner *scanner, size_t start, ScanSpan *span)
{
	Collected	collected;

	if (!begins_at(scanner, start))
		return false;
	/* letters may stand for digits, where two persons would have the same */
	collect(scanner, start, 16, "AAAAAA??A??A???A", &collected);
	if (collected.n < 16 || !is_codice_fiscale(collected.chars) ||
		!ends_at(scanner, &collected, 16))
		return false;
	return found(span, SCAN_NATIONAL_ID, start, collected.ends[15]);
}

/* ------------------------------------------------------------------------
 * Of states: digits
 * ------------------------------------------------------------------------
 */

/* Are there separators in exactly these places, or only in some of them? */
static bool
breaks_are(const Collected *collected, int n, const char *places)
{
	for (int i = 1; i < n; i++)
	{
		if ((collected->breaks[i] != 0) != (places[i] != ' '))
			return false;
	}
	return true;
}

static bool
breaks_within(const Collected *collected, int n, const char *places)
{
	for (int i = 1; i < n; i++)
	{
		if (collected->breaks[i] != 0 && places[i] == ' ')
			return false;
	}
	return true;
}

/* 1 85 05 78 006 084 36; the key may be missing; Corsica is 2A and 2B. */
static int
nir_length(const Scanner *scanner, size_t start, const Collected *collected)
{
	char		digits[COLLECT_MAX + 1];
	int			corsica = 0;
	int			month;
	int64_t		number;

	if (collected->n < 13 || !breaks_within(collected, 13, " x x x x  x  x"))
		return 0;
	memcpy(digits, collected->chars, sizeof(digits));
	if (digits[5] == '2' && (digits[6] == 'A' || digits[6] == 'B'))
	{
		corsica = digits[6] == 'A' ? 1000000 : 2000000;
		digits[6] = '0';
	}
	for (int i = 0; i < 13; i++)
	{
		if (!is_digit(digits[i]))
			return 0;
	}
	month = (int) digits_value(digits, 3, 2);
	if (strchr("123478", digits[0]) == NULL || month == 0 ||
		(month > 12 && month < 20) || (month > 42 && month < 50))
		return 0;
	number = digits_value(digits, 0, 13) - corsica;
	if (collected->n >= 15 && is_digit(digits[13]) && is_digit(digits[14]) &&
		digits_value(digits, 13, 2) == 97 - number % 97)
		return 15;
	if (!said(scanner, start, IDENTITY))
		return 0;
	return collected->n >= 15 && is_digit(digits[13]) &&
		is_digit(digits[14]) && ends_at(scanner, collected, 15) ?
		15 :
		13;
}

static bool
is_ean_13(const char *digits)
{
	int			sum = 0;

	for (int i = 0; i < 13; i++)
		sum += (digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
	return sum % 10 == 0;
}

/* 756.1234.5678.97: with these dots it can be nothing else. */
static bool
is_avs(const Collected *collected)
{
	return has_form(collected, "7560000000000") &&
		(is_ean_13(collected->chars) ||
		 (collected->breaks[3] == '.' && collected->breaks[7] == '.' &&
		  collected->breaks[11] == '.'));
}

/* One digit comes two or three times among the first ten, no other twice. */
static bool
is_idnr(const char *digits)
{
	int			count[10] = {0};
	int			twice = 0;
	int			product = 10;

	if (digits[0] == '0')
		return false;
	for (int i = 0; i < 10; i++)
	{
		int			sum = (digits[i] - '0' + product) % 10;

		count[digits[i] - '0']++;
		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	for (int i = 0; i < 10; i++)
	{
		if (count[i] > 3)
			return false;
		twice += count[i] > 1;
	}
	return twice == 1 && (11 - product) % 10 == digits[10] - '0';
}

/* 85.07.30-033.28, and a 2 before all of it for those born since 2000. */
static bool
is_belgian(const char *digits)
{
	int64_t		number = digits_value(digits, 0, 9);
	int			month = (int) digits_value(digits, 2, 2) % 20;
	int			key = (int) digits_value(digits, 9, 2);

	return month <= 12 && digits_value(digits, 4, 2) <= 31 &&
		(key == 97 - number % 97 || key == 97 - (number + 2000000000) % 97);
}

static bool
is_ssn(const Scanner *scanner, size_t start, const Collected *collected)
{
	const char *c = collected->chars;
	int			area = (int) digits_value(c, 0, 3);
	bool		assigned = area != 0 && area != 666 && area < 900 &&
	digits_value(c, 3, 2) != 0 && digits_value(c, 5, 4) != 0;

	if (breaks_are(collected, 9, "   x x   ") && collected->breaks[3] == '-' &&
		collected->breaks[5] == '-')
	{
		Words		words;

		if (!assigned)
			return said(scanner, start, IDENTITY);
		scan_words_before(scanner, start, 3, &words);
		return scan_nearest(&words, IDENTITY) < FAR ||
			scan_nearest(&words, NOT_PHONE) > 2;
	}
	return (breaks_are(collected, 9, "   x x   ") ||
			(assigned && breaks_are(collected, 9, "         "))) &&
		said(scanner, start, IDENTITY);
}

static bool
is_sin(const Scanner *scanner, size_t start, const Collected *collected)
{
	int			sum = 0;

	for (int i = 0; i < 9; i++)
	{
		int			digit = (collected->chars[i] - '0') << (i % 2);

		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0 && collected->chars[0] != '0' &&
		(said(scanner, start, IDENTITY) ||
		 (breaks_are(collected, 9, "   x  x  ") &&
		  collected->breaks[3] == '-' && collected->breaks[6] == '-'));
}

/* How many of its digits are one, from the first on; 0: none. */
static int
national_length(const Scanner *scanner, size_t start,
				const Collected *collected)
{
	const char *c = collected->chars;
	int			n = nir_length(scanner, start, collected);

	if (n > 0)
		return n;
	if (is_avs(collected))
		return 13;
	if (has_form(collected, "00000000A") && is_dni(collected, 0) &&
		!collected->breaks[7])
		return 9;
	if (has_form(collected, "00000000000"))
	{
		if (is_belgian(c) && (collected->breaks[6] != 0 ||
							  said(scanner, start, IDENTITY)))
			return 11;
		if (is_idnr(c) && (breaks_are(collected, 11, "           ") ||
						   breaks_are(collected, 11, "  x  x  x  ") ||
						   said(scanner, start, IDENTITY)))
			return 11;
	}
	if (has_form(collected, "000000000") &&
		(is_ssn(scanner, start, collected) ||
		 is_sin(scanner, start, collected)))
		return 9;
	return 0;
}

/* Two letters and a blank are before it: CE 75 43 20 C, FR 76 3000 ... */
static bool
scan_spaced(Scanner *scanner, size_t start, ScanSpan *span)
{
	size_t		previous;
	size_t		letter;
	int			c = previous_char(scanner, start, &previous);

	if (c != ' ' && c != '-')
		return false;
	if (start - previous == 1 && start >= scanner->floor + 8 &&
		is_ascii_letter(scanner->text[start - 8]) &&
		scan_codice_fiscale(scanner, start - 8, span))
		return true;			/* MNG LNV 94L54 F205I */
	c = lower(previous_char(scanner, previous, &letter));
	if (c >= 'x' && c <= 'z' && scan_nie(scanner, letter, span))
		return true;
	for (int i = 0; i < 2; i++)
	{
		if (!is_ascii_letter(previous_char(scanner, previous, &previous)))
			return false;
	}
	return scan_iban(scanner, previous, span) ||
		scan_nino(scanner, previous, span);
}

bool
scan_identity(Scanner *scanner, const Number *number, ScanSpan *span)
{
	size_t		start = number->start;
	Collected	collected;
	int			letters = 0;
	int			n;

	while (letters < 7)
	{
		size_t		previous;

		if (!is_ascii_letter(previous_char(scanner, start, &previous)))
			break;
		start = previous;
		letters++;
	}
	switch (letters)
	{
		case 0:
			break;
		case 1:
			return scan_nie(scanner, start, span);
		case 2:
			return scan_iban(scanner, start, span) ||
				scan_nino(scanner, start, span);
		case 6:
			return scan_codice_fiscale(scanner, start, span);
		default:
			return false;
	}
	if ((number->ndigits != number->group[0].ndigits ||
		 is_letter(char_at(scanner, number->end)) || number->ndigits > 5) &&
		scan_spaced(scanner, start, span))
		return true;
	/* eight of them at least, if there is no 2A or 2B of Corsica in it */
	if (number->ndigits < 5 ||
		(number->ndigits < 8 && !is_letter(char_at(scanner, number->end))))
		return false;
	if (scanner->at > start + 4)
		return false;
	if (!begins_at(scanner, start))
		return false;
	collect(scanner, start, 15, "00000", &collected);
	n = collected.n < 9 ? 0 : national_length(scanner, start, &collected);
	if (n > 0 && ends_at(scanner, &collected, n))
		return found(span, SCAN_NATIONAL_ID, start, collected.ends[n - 1]);
	return false;
}
