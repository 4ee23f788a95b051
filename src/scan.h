/*
 * scan.h: how do the parts of the scanner see the text?
 *
 * For scanner.c and what it is made of (scan_*.c), and for nobody else.
 */
#ifndef AICONSENT_SCAN_H
#define AICONSENT_SCAN_H

#include "scanner.h"

#include <stdint.h>
#include <string.h>

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------
 * Characters, as they are read
 *
 * Full-width forms are ASCII, every blank is ' ', every dash '-', every
 * apostrophe '\'', every digit one of 0 to 9; what has no width is not there.
 * Nothing is read across a placeholder, nor back into what was found: a text
 * that was scrubbed is read as it was before.
 * ------------------------------------------------------------------------
 */

#define NO_CHAR (-1)			/* the end, or what was found */

/*
 * Behind the placeholder that begins here, or where the one begins that ends
 * here; the same place: there is none.
 */
extern size_t scan_placeholder(const Scanner *scanner, size_t at);
extern size_t scan_placeholder_back(const Scanner *scanner, size_t at);

/* The character at a place, and where the next one is. */
extern int	scan_next_wide(const Scanner *scanner, size_t at, size_t *next);
extern int	scan_previous_wide(const Scanner *scanner, size_t at,
							   size_t *previous);

static inline int
next_char(const Scanner *scanner, size_t at, size_t *next)
{
	if (at < scanner->length && scanner->text[at] < 0x80 &&
		scanner->text[at] != '\t' && scanner->text[at] != '[')
	{
		*next = at + 1;
		return scanner->text[at];
	}
	return scan_next_wide(scanner, at, next);
}

/* The character before a place, and where it is. */
static inline int
previous_char(const Scanner *scanner, size_t at, size_t *previous)
{
	if (at > scanner->floor && scanner->text[at - 1] < 0x80 &&
		scanner->text[at - 1] != '\t' && scanner->text[at - 1] != ']')
	{
		*previous = at - 1;
		return scanner->text[at - 1];
	}
	return scan_previous_wide(scanner, at, previous);
}

static inline int
char_at(const Scanner *scanner, size_t at)
{
	size_t		next;

	return next_char(scanner, at, &next);
}

static inline int
char_before(const Scanner *scanner, size_t at)
{
	size_t		previous;

	return previous_char(scanner, at, &previous);
}

static inline bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_ascii_letter(int c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80;
}

static inline bool
is_upper(int c)
{
	return c >= 'A' && c <= 'Z';
}

/* Of a script that puts blanks between words. */
extern bool is_wide_letter(int c);

static inline bool
is_letter(int c)
{
	return c < 0x80 ? is_ascii_letter(c) : is_wide_letter(c);
}

static inline bool
is_alnum(int c)
{
	return is_digit(c) || is_letter(c);
}

static inline int
lower(int c)
{
	return is_upper(c) ? c | 0x20 : c;
}

/*
 * Behind these characters, which are small, in any case; or 0 where they are
 * not here.
 */
extern size_t scan_skip_chars(const Scanner *scanner, size_t at,
							  const char *chars);

static inline size_t
scan_skip(const Scanner *scanner, size_t at, const char *chars)
{
	/* most often the first one says so */
	if (at < scanner->length && is_ascii_letter(scanner->text[at]) &&
		(scanner->text[at] | 0x20) != chars[0])
		return 0;
	return scan_skip_chars(scanner, at, chars);
}

/* Behind blanks, at most so many. */
extern size_t scan_skip_blanks(const Scanner *scanner, size_t at, int most);
extern size_t scan_skip_blanks_back(const Scanner *scanner, size_t at,
									int most);

/* Behind one, if it is here. */
static inline size_t
skip_blank(const Scanner *scanner, size_t at)
{
	size_t		next;

	return next_char(scanner, at, &next) == ' ' ? next : at;
}

static inline size_t
skip_blank_back(const Scanner *scanner, size_t at)
{
	size_t		previous;

	return previous_char(scanner, at, &previous) == ' ' ? previous : at;
}

/* Behind one such character if it is here, else the same place. */
extern size_t scan_skip_one(const Scanner *scanner, size_t at,
							const char *chars);

/* ------------------------------------------------------------------------
 * Words around
 * ------------------------------------------------------------------------
 */

/* What words say, as scan_words.h has it; or-ed. */
enum
{
	NOTHING = 0,
	PAY = 1 << 0,				/* says pay by itself */
	EARNS = 1 << 1,				/* pay with a person and an amount */
	GROSS = 1 << 2,				/* before or after what is taken off */
	PERIOD = 1 << 3,			/* how often */
	JOB = 1 << 4,				/* the talk is of employment */
	NOT_PAY = 1 << 5,			/* the amount is something else */
	COUNT = 1 << 6,				/* what is counted, behind the number */
	MONEY = 1 << 7,				/* a currency */
	SCALE = 1 << 8,				/* thousand, million */
	NUMBER = 1 << 9,			/* a number word, or a part of one */
	PERSON = 1 << 10,			/* who earns */
	PHONE = 1 << 11,			/* a number to call */
	NOT_PHONE = 1 << 12,		/* another number, said before it */
	CARD = 1 << 13,				/* of payment */
	IDENTITY = 1 << 14,			/* a number that a state gives */
	SECRET = 1 << 15,			/* a password, a key */
	IS = 1 << 16,				/* between that word and the secret */
	TO = 1 << 17,				/* between the two ends of a range */
	LOGIN = 1 << 18,			/* the talk is of a way in */
	BEFORE_PAY = 1 << 19,		/* of salary_weights.h: stands right before */
	BEHIND_PAY = 1 << 20		/* a small number that is pay, or behind it */
};

typedef struct Word
{
	uint32_t	kinds;
	uint32_t	hash;			/* of it as folded */
	size_t		start;
	size_t		end;
	int			distance;		/* in words, numbers and ends of sentences */
} Word;

#define WORDS_MAX 10

/* The words around a place, the nearest first. */
typedef struct Words
{
	int			n;
	Word		word[WORDS_MAX];
	bool		after;			/* behind them is what was found, or its
								 * placeholder */
	ScanClass	after_class;
	int			after_distance;
} Words;

/* Of the tables. */
extern const char scan_words_version[];
extern const char scan_salary_version[];
extern const char scan_phone_version[];
extern const char scan_domain_version[];
extern const char scan_iban_version[];
extern const char scan_credential_version[];

/* Once, before any scan. */
extern void scan_words_init(void);
extern void scan_salary_init(void);
extern void scan_phone_init(void);
extern void scan_domain_init(void);
extern void scan_token_init(void);

/* Behind the vendor's token that begins here, or 0. */
extern size_t scan_token_end(const Scanner *scanner, size_t at);

/* How its dots may be written. */
typedef enum DomainForm
{
	DOMAIN_PLAIN,
	DOMAIN_BRACKETS,			/* or as (dot) */
	DOMAIN_WORDS				/* or as words, and with blanks around */
} DomainForm;

/* Behind the name of a host that begins here, or 0. */
extern size_t scan_domain(const Scanner *scanner, size_t at, DomainForm form);

/* Behind a word that is said for a dot, or 0. */
extern size_t scan_skip_dot_word(const Scanner *scanner, size_t at);

/* At most so many words before a place, or behind it. */
extern void scan_words_before(const Scanner *scanner, size_t at, int most,
							  Words *words);
extern void scan_words_behind(const Scanner *scanner, size_t at, int most,
							  Words *words);

/* The hash of a word, given as folded. */
extern uint32_t scan_hash(const char *word);

/* Let a word, by its hash, say this, too. */
extern void scan_add_kinds(uint32_t hash, uint32_t kinds);

/* The distance of the nearest word of these kinds; or FAR. */
#define FAR 99
extern int	scan_nearest(const Words *words, uint32_t kinds);

/* The kinds of the word that begins here, and its end. */
extern uint32_t scan_word_here(const Scanner *scanner, size_t at, size_t *end);

/* The beginning of the letters that end here. */
extern size_t scan_word_start(const Scanner *scanner, size_t at);

/* Of the word that ends here, and its beginning. */
extern uint32_t scan_word_before(const Scanner *scanner, size_t at,
								 size_t *start);

/* ------------------------------------------------------------------------
 * Numbers
 * ------------------------------------------------------------------------
 */

#define GROUPS_MAX 14
#define DIGITS_MAX 48

/* Digits in groups, as they are written. */
typedef struct Group
{
	size_t		start;
	size_t		end;
	int			first;			/* of its digits, in the number's */
	int			ndigits;
	int			separator;		/* before it: 0 for the first, ' ', '-', '.',
								 * '/', ',', '\'', '(' where there are
								 * brackets */
} Group;

typedef struct Number
{
	size_t		start;			/* of its first digit */
	size_t		end;
	int			ngroups;
	Group		group[GROUPS_MAX];
	int			ndigits;
	char		digits[DIGITS_MAX];
	bool		cut;			/* it goes on, with more groups than there is
								 * room for */
} Number;

extern void scan_read_number(const Scanner *scanner, size_t at,
							 Number *number);

/* ------------------------------------------------------------------------
 * Amounts
 * ------------------------------------------------------------------------
 */

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

/* Can a small number between words that say this be pay? */
extern bool scan_stands_by_pay(uint32_t before, uint32_t behind);

/* Is it what somebody is paid? */
extern bool scan_is_pay(const Scanner *scanner, const Amount *amount);

/* ------------------------------------------------------------------------
 * What is found, by a mark at a place.  Each tells what it found, or moves
 * scanner->at behind what need not be looked at again.
 * ------------------------------------------------------------------------
 */

static inline bool
found(ScanSpan *span, ScanClass class, size_t start, size_t end)
{
	span->class = class;
	span->start = start;
	span->length = end - start;
	return true;
}

extern bool scan_number(Scanner *scanner, ScanSpan *span);
extern bool scan_amount(Scanner *scanner, const Number *number,
						ScanSpan *span);
extern bool scan_words_of_number(Scanner *scanner, ScanSpan *span);
extern bool scan_identity(Scanner *scanner, const Number *number,
						  ScanSpan *span);
extern bool scan_phone(Scanner *scanner, const Number *number, ScanSpan *span);
extern bool scan_at(Scanner *scanner, ScanSpan *span);
extern bool scan_spelled_at(Scanner *scanner, ScanSpan *span);
extern bool scan_word_at(Scanner *scanner, ScanSpan *span);
extern bool scan_url(Scanner *scanner, ScanSpan *span);
extern bool scan_address(Scanner *scanner, ScanSpan *span);
extern bool scan_token(Scanner *scanner, ScanSpan *span);
extern bool scan_private_key(Scanner *scanner, ScanSpan *span);
extern bool scan_keyword(Scanner *scanner, ScanSpan *span);
extern bool scan_secret_around(Scanner *scanner, ScanSpan *span);
extern bool scan_combination(Scanner *scanner, ScanSpan *span);

#endif							/* AICONSENT_SCAN_H */
