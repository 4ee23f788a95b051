/*
 * scanner.c: what is in this text that must not leave with it?
 *
 * Almost everything in a text is none of it.  The bytes that can be a part of
 * what is sought, a digit or an @, are marked 64 at a time; each mark is then
 * looked at by the part that knows of it, which looks around as far as it is
 * bound to and no further.
 */
#include "scan.h"

#define BLOCK 64

const char *const scan_class_names[SCAN_NCLASSES] = {
	"EMAIL", "PHONE", "IBAN", "CREDIT_CARD", "NATIONAL_ID", "CREDENTIAL",
	"URL_SECRET", "IP", "SALARY", "MENTION", "MENTION",
};

/* ------------------------------------------------------------------------
 * Marks
 * ------------------------------------------------------------------------
 */

#define LANES 16

typedef unsigned char Lanes __attribute__((vector_size(LANES)));
typedef signed char SignedLanes __attribute__((vector_size(LANES)));

static inline Lanes
load(const unsigned char *at)
{
	Lanes		lanes;

	memcpy(&lanes, at, LANES);
	return lanes;
}

/* A bit for each lane, which is 0 or 0xFF. */
static inline uint64_t
bits_of(Lanes lanes)
{
#if defined(__SSE2__)
	typedef char Chars __attribute__((vector_size(LANES)));

	return (uint32_t) __builtin_ia32_pmovmskb128((Chars) lanes);
#else
	unsigned char byte[LANES];
	uint64_t	bits = 0;

	memcpy(byte, &lanes, LANES);
	for (int i = 0; i < LANES; i++)
		bits |= (uint64_t) (byte[i] & 1) << i;
	return bits;
#endif
}

#define IS(lanes, c) ((Lanes) ((lanes) == (unsigned char) (c)))

/*
 * Which of these bytes needs a look, given those one, two and three behind.
 * Letters of any case are those with the bit of 0x20.
 */
static inline Lanes
needs_look(Lanes a, Lanes b, Lanes c, Lanes d)
{
	Lanes		case_bit = a - a + 0x20;
	Lanes		la = a | case_bit;
	Lanes		lb = b | case_bit;
	Lanes		lc = c | case_bit;
	Lanes		ld = d | case_bit;
	Lanes		digit = (Lanes) (((SignedLanes) (a + (unsigned char) (128 - '0'))) < (signed char) (-128 + 10));
	Lanes		plain = IS(a, '@') | IS(a, ':') | IS(a, '=') | IS(a, '_') |
		IS(a, '/');

	/* brackets before at, and blanks around it */
	Lanes		spelled_at = ((IS(la, '{') | IS(a, '(') | IS(a, '<')) &
							  (IS(lb, 'a') | IS(lb, 'k') | IS(lb, 'c') | IS(b, '@') | IS(b, 0xC3) | IS(b, ' '))) |
		(IS(lb, 'a') & IS(lc, 't') &
		 ((IS(a, ' ') & IS(d, ' ')) | (IS(a, '-') & IS(d, '-')))) |
		(IS(a, 0xC3) & (IS(b, 0xA4) | IS(b, 0x84)) & IS(lc, 't') & IS(d, ' '));

	/* arobase, arroba, klammeraffe, chiocciola */
	Lanes		word_at = (IS(la, 'r') & ((IS(lb, 'o') & IS(lc, 'b')) |
										  (IS(lb, 'a') & IS(lc, 'f')))) |
		(IS(la, 'i') & IS(lb, 'o') & IS(lc, 'l'));

	/* -----BEGIN; AKIA, AIza; full-width, Arabic and other digits */
	Lanes		rare =
		(IS(a, '-') & IS(b, '-') & IS(c, '-')) |
		(IS(a, 'I') & (IS(b, 'A') | IS(b, 'z'))) |
		IS(a, 0xEF) | IS(a, 0xD9) | IS(a, 0xDB) |
		(IS(a, 0xF0) & IS(b, 0x9D)) | (IS(a, 0xE0) & IS(b, 0xA5));

	/* password, pwd, kennwort; passe; contraseña */
	Lanes		secret = (IS(lb, 'w') & (IS(la, 's') | IS(la, 'p') | IS(la, 'n'))) |
		(IS(la, 's') & IS(lb, 's') & IS(lc, 'e')) |
		(IS(a, 0xC3) & IS(b, 0xB1));

	/* mille euros, thousand dollars, pounds */
	Lanes		money = (IS(la, 'u') & IS(lb, 'r') & IS(lc, 'o')) |
		(IS(la, 'o') & ((IS(lb, 'l') & IS(lc, 'l') & IS(ld, 'a')) |
						(IS(lb, 'u') & IS(lc, 'n') & IS(ld, 'd'))));

	return money | digit | plain | spelled_at | word_at | rare | secret;
}

static uint64_t
marks_of(const unsigned char *at)
{
	uint64_t	marks = 0;

	for (int i = 0; i < BLOCK; i += LANES)
		marks |= bits_of(needs_look(load(at + i), load(at + i + 1),
									load(at + i + 2), load(at + i + 3))) << i;
	return marks;
}

/* The marks of the block that begins at a place; the text may end within it. */
static void
mark_block(Scanner *scanner, size_t block)
{
	size_t		left = scanner->length - block;

	scanner->block = block;
	if (left >= BLOCK + 3)
		scanner->marks = marks_of(scanner->text + block);
	else
	{
		unsigned char last[BLOCK + LANES] = {0};

		memcpy(last, scanner->text + block, left);
		scanner->marks = marks_of(last);
	}
}

/* The next place from scanner->at on that needs a look, or the end. */
static size_t
next_mark(Scanner *scanner)
{
	size_t		at = scanner->at;

	for (;;)
	{
		size_t		block = at - at % BLOCK;

		if (at >= scanner->length)
			return scanner->length;
		if (block != scanner->block)
			mark_block(scanner, block);
		scanner->marks &= ~UINT64_C(0) << (at % BLOCK);
		if (scanner->marks != 0)
		{
			at = block + (size_t) __builtin_ctzll(scanner->marks);
			return at < scanner->length ? at : scanner->length;
		}
		at = block + BLOCK;
	}
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
			if (left > 3 && text[1] == '/' && text[2] == '/')
				return scan_url(scanner, span);
			return !in_url && scan_keyword(scanner, span);
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
	memset(scanner, 0, sizeof(*scanner));
	scanner->text = (const unsigned char *) text;
	scanner->length = length;
	scanner->flags = flags;
	scanner->block = ~(size_t) 0;
}

bool
scanner_next(Scanner *scanner, ScanSpan *span)
{
	if (scanner->floor > 0 && scanner->last == SCAN_EMAIL && scanner->at == scanner->floor &&
		scan_combination(scanner, span))
	{
		scanner->at = scanner->floor = span->start + span->length;
		scanner->last = span->class;
		return true;
	}
	for (;;)
	{
		size_t		at = scanner->at = next_mark(scanner);

		if (at >= scanner->length)
			return false;
		if (look(scanner, span))
		{
			scanner->at = scanner->floor = span->start + span->length;
			scanner->last = span->class;
			return true;
		}
		if (scanner->at <= at)
			scanner->at = at + 1;
	}
}
