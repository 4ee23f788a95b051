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
	{"telephone numbers", scan_phone_version},
	{"top-level domains", scan_domain_version},
	{"IBANs", scan_iban_version},
	{"credentials", scan_credential_version},
	{NULL, NULL},
};

/* ------------------------------------------------------------------------
 * Marks
 * ------------------------------------------------------------------------
 */

#define LANES 32

typedef unsigned char Lanes __attribute__((vector_size(LANES)));
typedef signed char SignedLanes __attribute__((vector_size(LANES)));
typedef unsigned char LooseLanes
	__attribute__((vector_size(LANES), aligned(1), may_alias));

/* Where the processor has wider registers than all have, they are used. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && \
	!defined(__clang__)
#define WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define WIDEST
#endif

#define ARE(lanes, c) ((Lanes) ((lanes) == (unsigned char) (c)))

/*
 * Which of n bytes, a multiple of LANES, need a look, given the three behind
 * each.  Letters of any case are those with the bit of 0x20.
 */
WIDEST
static void
mark(const unsigned char *at, size_t n, unsigned char *marks)
{
	for (size_t i = 0; i < n; i += LANES)
	{
		Lanes		a = *(const LooseLanes *) (at + i);
		Lanes		b = *(const LooseLanes *) (at + i + 1);
		Lanes		c = *(const LooseLanes *) (at + i + 2);
		Lanes		d = *(const LooseLanes *) (at + i + 3);
		Lanes		case_bit = a - a + 0x20;
		Lanes		la = a | case_bit;
		Lanes		lb = b | case_bit;
		Lanes		lc = c | case_bit;
		Lanes		ld = d | case_bit;
		Lanes		digit = (Lanes) (((SignedLanes) (a + (unsigned char) (128 - '0'))) < (signed char) (-128 + 10));
		Lanes		plain = ARE(a, '@') | ARE(a, ':') | ARE(a, '=') | ARE(a, '_') |
			ARE(a, '/');

		/* brackets before at, and blanks around it */
		Lanes		spelled_at = ((ARE(la, '{') | ARE(a, '(') | ARE(a, '<')) &
								  (ARE(lb, 'a') | ARE(lb, 'k') | ARE(lb, 'c') | ARE(b, '@') | ARE(b, 0xC3) | ARE(b, ' '))) |
			(ARE(lb, 'a') & ARE(lc, 't') &
			 ((ARE(a, ' ') & ARE(d, ' ')) | (ARE(a, '-') & ARE(d, '-')))) |
			(ARE(a, 0xC3) & (ARE(b, 0xA4) | ARE(b, 0x84)) & ARE(lc, 't') & ARE(d, ' '));

		/* arobase, arroba, klammeraffe, chiocciola */
		Lanes		word_at = (ARE(la, 'r') & ((ARE(lb, 'o') & ARE(lc, 'b')) |
											  (ARE(lb, 'a') & ARE(lc, 'f')))) |
			(ARE(la, 'i') & ARE(lb, 'o') & ARE(lc, 'l'));

		/* -----BEGIN; AKIA, AIza; full-width, Arabic and other digits */
		Lanes		rare =
			(ARE(a, '-') & ARE(b, '-') & ARE(c, '-')) |
			(ARE(a, 'I') & (ARE(b, 'A') | ARE(b, 'z'))) |
			ARE(a, 0xEF) | ARE(a, 0xD9) | ARE(a, 0xDB) |
			(ARE(a, 0xF0) & ARE(b, 0x9D)) | (ARE(a, 0xE0) & ARE(b, 0xA5));

		/* password, passwort, mot de passe; pwd, kennwort; contraseña */
		Lanes		secret = (ARE(la, 'p') & ((ARE(lb, 'a') & ARE(lc, 's') & ARE(ld, 's')) |
											 (ARE(lb, 'w') & ARE(lc, 'd')))) |
			(ARE(la, 'n') & ARE(lb, 'w') & ARE(lc, 'o')) |
			(ARE(la, 'r') & ARE(lb, 'a') & ARE(lc, 's') & ARE(ld, 'e'));

		/* mille euros, thousand dollars, pounds */
		Lanes		money = (ARE(la, 'u') & ARE(lb, 'r') & ARE(lc, 'o')) |
			(ARE(la, 'o') & ((ARE(lb, 'l') & ARE(lc, 'l') & ARE(ld, 'a')) |
							(ARE(lb, 'u') & ARE(lc, 'n') & ARE(ld, 'd'))));
		Lanes		all = money | digit | plain | spelled_at | word_at | rare | secret;

		memcpy(marks + i, &all, LANES);
	}
}

void		(*scanner_pause) (void) = NULL;

#define PAUSE (64 * 1024)		/* bytes */

/* The marks of the block that begins at a place; the text may end within it. */
static void
mark_block(Scanner *scanner, size_t block)
{
	size_t		left = scanner->length - block;
	size_t		whole;

	if (block % PAUSE == 0 && block > 0 && scanner_pause)
		scanner_pause();

	scanner->block = block;
	if (left > BLOCK)
		left = BLOCK;
	/* as far as there are three more bytes behind */
	whole = scanner->length - block < left + 3 ?
		(left < 3 ? 0 : left - 3) / LANES * LANES : left;
	mark(scanner->text + block, whole, scanner->marks);
	if (whole < left)
	{
		unsigned char last[3 * LANES] = {0};

		memcpy(last, scanner->text + block + whole, left - whole);
		mark(last, (left - whole + LANES - 1) / LANES * LANES,
			 scanner->marks + whole);
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
		uint64_t	eight;

		if (at - in_block != scanner->block)
			mark_block(scanner, at - in_block);
		memcpy(&eight, scanner->marks + in_block / 8 * 8, 8);
		if (eight == 0)
		{
			at = at / 8 * 8 + 8;
			continue;
		}
		for (; at % BLOCK / 8 == in_block / 8 && at - at % BLOCK == scanner->block; at++)
		{
			if (scanner->marks[at % BLOCK] != 0)
				return at < scanner->length ? at : scanner->length;
		}
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
				return false;	/* its own, or one in it: both were looked at */
			return left > 3 && text[1] == '/' && text[2] == '/' ?
				scan_url(scanner, span) : scan_keyword(scanner, span);
		case '=':
			return !in_url && scan_keyword(scanner, span);
		case '/':
			return !in_url && scan_address(scanner, span);
		case '_':
			return !in_url && (scan_token(scanner, span) ||
							   scan_spelled_at(scanner, span));
		case 'I':
			if (left > 1 && (text[1] == 'A' || text[1] == 'z'))
				return !in_url && scan_token(scanner, span);
			return scan_word_at(scanner, span);
		case '-':
			return left > 1 && text[1] == '-' ? scan_private_key(scanner, span) :
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
			return scan_word_at(scanner, span);
		case 'u':
		case 'U':
		case 'o':
		case 'O':
			return !in_url && scan_words_of_number(scanner, span);
		default:
			return c != NO_CHAR && !in_url && scan_keyword(scanner, span);
	}
}

static void
init(void)
{
	static bool done = false;

	if (done)
		return;
	scan_words_init();
	scan_phone_init();
	scan_domain_init();
	scan_secret_init();
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
	/* a password stands right behind its address, and has no mark of its own */
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
