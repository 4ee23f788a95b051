/*
 * scanner.c: what is in this text that must not leave with it?
 *
 * Almost everything in a text is none of it.  The bytes that can be a part of
 * what is sought, a digit or an @, are marked, a block at a time; each is then
 * looked at by the part that knows of it, which looks around as far as it is
 * bound to and no further.
 */
#include "scan.h"

#define BLOCK SCANNER_BLOCK

const char *const scan_class_names[SCAN_NCLASSES] = {
	"EMAIL", "PHONE", "IBAN", "CREDIT_CARD", "NATIONAL_ID", "CREDENTIAL",
	"URL_SECRET", "IP", "SALARY", "MENTION", "MENTION",
};

const char *const scanner_versions[][2] = {
	{"scanner", SCANNER_VERSION},
	{"words", scan_words_version},
	{"weights of pay", scan_salary_version},
	{"telephone numbers", scan_phone_version},
	{"top-level domains", scan_domain_version},
	{"IBANs", scan_iban_version},
	{"credentials", scan_credential_version},
	{NULL, NULL},
};

/* ------------------------------------------------------------------------
 * Marks
 *
 * A place is marked where it and the three bytes behind it are of one of eight
 * sets of four.  A vector instruction looks up 32 bytes by their halves, which
 * takes some for members that are none: each mark is confirmed.
 * ------------------------------------------------------------------------
 */

#define ANY NULL

static const struct
{
	int			set;
	const char *bytes[4];
}			sought[] = {
	{0, {"0123456789:=@", ANY, ANY, ANY}},
	{1, {"_/\xEF", ANY, ANY, ANY}}, /* EF: full width */
	/* thousand, tausend, mille, mila */
	{2, {"uUmM", "sSiI", "aAeElL", "nNlLaA"}},
	/* (at), and placeholders of ours with a _ in them */
	{3, {"([{<", "akcAKC@\xC3NU", ANY, ANY}},
	/* at with blanks, with dashes, and as it is in German; ----- */
	{4, {" -\xC3", "aA\xA4\x84-", "tT-", " -"}},
	/* arobase, arroba, klammeraffe, chiocciola */
	{5, {"rRiI", "oOaA", "bBfFlL", "aAfF"}},
	/* euro, dollar, pound */
	{6, {"eEoO", "uUlL", "rRlLnN", "oOaAdD"}},
	/* password, passe, contraseña */
	{7, {"pPrR", "aA", "sS", "sSeE"}},
};

static unsigned char sets_of[4][256];	/* of a byte, at each of the four */

static inline bool
is_sought(const unsigned char *at)
{
	return (sets_of[0][at[0]] & sets_of[1][at[1]] & sets_of[2][at[2]] &
			sets_of[3][at[3]]) != 0;
}

/* Which of n bytes, a multiple of 32, need a look, given three behind each. */
static void
mark_bytes(const unsigned char *at, size_t n, uint64_t *marks)
{
	for (size_t i = 0; i < n; i++)
		marks[i / 64] |= (uint64_t) is_sought(at + i) << i % 64;
}

static void (*mark) (const unsigned char *at, size_t n,
					 uint64_t *marks) = mark_bytes;

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

static unsigned char sets_of_low[4][32];	/* of each half byte, twice */
static unsigned char sets_of_high[4][32];

__attribute__((target("avx2")))
static void
mark_avx2(const unsigned char *at, size_t n, uint64_t *marks)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i		low[4];
	__m256i		high[4];

	for (int k = 0; k < 4; k++)
	{
		low[k] = _mm256_loadu_si256((const __m256i *) sets_of_low[k]);
		high[k] = _mm256_loadu_si256((const __m256i *) sets_of_high[k]);
	}
	for (size_t i = 0; i < n; i += 32)
	{
		__m256i		sets = _mm256_set1_epi8(-1);
		uint32_t	not_sought;

		for (int k = 0; k < 4; k++)
		{
			const unsigned char *from = at + i + k;
			__m256i		bytes = _mm256_loadu_si256((const __m256i *) from);
			__m256i		halves = _mm256_and_si256(bytes, half);

			sets = _mm256_and_si256(sets,
									_mm256_shuffle_epi8(low[k], halves));
			halves = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
			sets = _mm256_and_si256(sets,
									_mm256_shuffle_epi8(high[k], halves));
		}
		not_sought = (uint32_t)
			_mm256_movemask_epi8(_mm256_cmpeq_epi8(sets,
												   _mm256_setzero_si256()));
		marks[i / 64] |= (uint64_t) ~not_sought << i % 64;
	}
}

static void
choose_mark(void)
{
	for (int k = 0; k < 4; k++)
	{
		for (int c = 0; c < 256; c++)
		{
			sets_of_low[k][c & 15] |= sets_of[k][c];
			sets_of_high[k][c >> 4] |= sets_of[k][c];
		}
		memcpy(sets_of_low[k] + 16, sets_of_low[k], 16);
		memcpy(sets_of_high[k] + 16, sets_of_high[k], 16);
	}
	if (__builtin_cpu_supports("avx2"))
		mark = mark_avx2;
}
#else
static void
choose_mark(void)
{
}
#endif

static void
marks_init(void)
{
	for (size_t i = 0; i < lengthof(sought); i++)
	{
		unsigned char set = (unsigned char) (1 << sought[i].set);

		for (int k = 0; k < 4; k++)
		{
			for (int c = 0; c < 256; c++)
			{
				if (sought[i].bytes[k] == ANY ||
					(c != 0 && strchr(sought[i].bytes[k], c) != NULL))
					sets_of[k][c] |= set;
			}
		}
	}
	choose_mark();
}

void		(*scanner_pause) (void) = NULL;

#define PAUSE (64 * 1024)		/* bytes */

/* The marks of the block that begins here; the text may end within it. */
static void
mark_block(Scanner *scanner, size_t block)
{
	size_t		left = scanner->length - block;
	size_t		whole;

	if (block >= scanner->paused + PAUSE)
	{
		scanner->paused = block;
		if (scanner_pause)
			scanner_pause();
	}

	scanner->block = block;
	if (left > BLOCK)
		left = BLOCK;
	memset(scanner->marks, 0, (left + 63) / 64 * sizeof(uint64_t));
	/* as far as there are three more bytes behind */
	whole = scanner->length - block >= left + 3 ? left :
		left < 3 ? 0 : (left - 3) / 64 * 64;
	mark(scanner->text + block, whole, scanner->marks);
	if (whole < left)
	{
		unsigned char last[64 + 32 + 32] = {0};
		size_t		n = left - whole;

		memcpy(last, scanner->text + block + whole, n);
		mark(last, n > 32 ? 64 : 32, scanner->marks + whole / 64);
		if (n > 64)
			mark(last + 64, 32, scanner->marks + whole / 64 + 1);
	}
}

/* The next place from scanner->at on that needs a look, or the end. */
static size_t
next_mark(Scanner *scanner)
{
	size_t		at = scanner->at;

	while (at < scanner->length)
	{
		size_t		in_block = at % BLOCK;
		uint64_t	marks;

		if (at - in_block != scanner->block)
			mark_block(scanner, at - in_block);
		marks = scanner->marks[in_block / 64] & ~UINT64_C(0) << at % 64;
		if (marks == 0)
		{
			at = at / 64 * 64 + 64;
			continue;
		}
		at = at / 64 * 64 + (size_t) __builtin_ctzll(marks);
		if (at >= scanner->length)
			break;
		/* at the end of the text only single bytes are sought */
		if (scanner->length - at < 4 ?
			(sets_of[0][scanner->text[at]] & 3) != 0 :
			is_sought(scanner->text + at))
			return at;
		at++;
	}
	return scanner->length;
}

/* ------------------------------------------------------------------------
 * The looks
 * ------------------------------------------------------------------------
 */

static bool
look(Scanner *scanner, ScanSpan *span)
{
	size_t		at = scanner->at;
	const unsigned char *text = scanner->text + at;
	size_t		left = scanner->length - at;
	bool		in_url = at < scanner->url_end;
	int			c = char_at(scanner, at);

	if (c == NO_CHAR)
	{
		/* a placeholder, or nothing: what was masked has nothing in it */
		if (*text == '[')
			scanner->at = scan_placeholder(scanner, at);
		return false;
	}
	if (is_digit(c))
	{
		if (!in_url || at == scanner->url_start)
			return scan_number(scanner, span);
		return false;
	}
	switch (c)
	{
		case '@':
			return scan_at(scanner, span);
		case ':':
			if (in_url)
				return false;	/* its own, or one in it */
			return left > 3 && text[1] == '/' && text[2] == '/' ?
				scan_url(scanner, span) : scan_keyword(scanner, span);
		case '=':
			return !in_url && scan_keyword(scanner, span);
		case '/':
			return !in_url && scan_address(scanner, span);
		case '_':
			return !in_url && (scan_token(scanner, span) ||
							   scan_spelled_at(scanner, span));
		case '-':
			return left > 1 && text[1] == '-' ?
				scan_private_key(scanner, span) :
				scan_spelled_at(scanner, span);
		case '(':
		case '[':
		case '{':
		case '<':
		case ' ':
		case 0xC4:
		case 0xE4:
			return scan_spelled_at(scanner, span);
		case 'r':
		case 'R':
			if (left > 2 && (text[2] | 0x20) == 's')
				return !in_url && scan_keyword(scanner, span);
			return scan_word_at(scanner, span);
		case 'i':
		case 'I':
			return scan_word_at(scanner, span);
		case 'e':
		case 'E':
		case 'o':
		case 'O':
		case 'u':
		case 'U':
		case 'm':
		case 'M':
			return !in_url && scan_words_of_number(scanner, span);
		default:
			return !in_url && scan_keyword(scanner, span);
	}
}

static void
init(void)
{
	static bool done = false;

	if (done)
		return;
	marks_init();
	scan_words_init();
	scan_salary_init();
	scan_phone_init();
	scan_domain_init();
	scan_token_init();
	done = true;
}

void
scanner_begin(Scanner *scanner, const char *text, size_t length, int flags)
{
	init();
	memset(scanner, 0, offsetof(Scanner, marks));
	scanner->text = (const unsigned char *) text;
	scanner->length = length;
	scanner->flags = flags;
	scanner->block = ~(size_t) 0;
}

bool
scanner_next(Scanner *scanner, ScanSpan *span)
{
	/* a password stands right behind its address, and has no mark */
	bool		combine = scanner->floor > 0 && scanner->last == SCAN_EMAIL &&
	scanner->at == scanner->floor;

	for (;;)
	{
		size_t		at = scanner->at;

		if (!combine)
			at = scanner->at = next_mark(scanner);
		if (at >= scanner->length)
			return false;
		scanner->kept_at = 0;
		if (combine ? scan_combination(scanner, span) : look(scanner, span))
		{
			size_t		end = span->start + span->length;

			if (scanner->kept_at == 0)
				scanner->kept_at = end;
			scanner->kept_floor = scanner->floor;
			scanner->kept_last = scanner->last;
			scanner->at = scanner->floor = end;
			scanner->last = span->class;
			return true;
		}
		if (!combine && scanner->at <= at)
			scanner->at = at + 1;
		combine = false;
	}
}

void
scanner_keep(Scanner *scanner)
{
	scanner->at = scanner->kept_at;
	scanner->floor = scanner->kept_floor;
	scanner->last = scanner->kept_last;
}
