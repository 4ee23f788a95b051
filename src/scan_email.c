/*
 * scan_email.c: is this an address of e-mail, or who is spoken to?
 *
 * jean@example.org, and what people write for it so that machines do not see
 * it: jean (at) example (dot) org, jean arobase example point org.
 */
#include "scan.h"

#define LOCAL_MAX 64			/* RFC 5321 */
#define HANDLE_MAX 64

static bool
is_local(int c)
{
	return is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' ||
		c == '%';
}

/* Is it that of o'hara, and of an address that has it: sean.o'hara? */
static bool
is_name_apostrophe(const Scanner *scanner, size_t at)
{
	size_t		letter;
	int			c = lower(previous_char(scanner, at, &letter));
	int			before = char_before(scanner, letter);

	return is_letter(c) && (before == '.' || before == '_' || before == '-' ||
							(c == 'o' && !is_alnum(before)));
}

/* Where the local part begins that ends here; the same place: none does. */
static size_t
local_start(const Scanner *scanner, size_t at)
{
	size_t		start = at;
	size_t		previous;
	int			n = 0;

	for (; n < LOCAL_MAX; n++)
	{
		int			c = previous_char(scanner, start, &previous);

		if (!is_local(c) &&
			!(c == '\'' && is_name_apostrophe(scanner, previous)))
			break;
		start = previous;
	}
	/* what joins names does not begin one */
	while (start < at && !is_alnum(char_at(scanner, start)) &&
		   char_at(scanner, start) != '_')
		(void) next_char(scanner, start, &start);
	return start;
}

/* Behind @ or what is written for it, or 0. */
static size_t
skip_at_sign(const Scanner *scanner, size_t at)
{
	static const char *const words[] = {
		"at", "arobase", "arobas", "arroba", "chiocciola", "klammeraffe",
		"apenstaartje", "apenstaart", "affenschwanz", "ad",
	};
	size_t		next;
	size_t		behind;

	if (next_char(scanner, at, &next) == '@')
		return next;
	/* (a) is one, a is a word */
	next = scan_skip(scanner, at, "a");
	if (next != 0 && scan_skip_one(scanner, next, ")]}>") != next)
		return next;
	for (size_t i = 0; i <= lengthof(words); i++)
	{
		if (i < lengthof(words))
			next = scan_skip(scanner, at, words[i]);
		else
		{
			int			c = next_char(scanner, at, &behind);

			next =
				c == 0xE4 || c == 0xC4 ? scan_skip(scanner, behind, "t") : 0;
		}
		if (next != 0 && !is_alnum(char_at(scanner, next)))
			return next;
	}
	return 0;
}

/* ------------------------------------------------------------------------
 * With the sign
 * ------------------------------------------------------------------------
 */

static bool
is_handle(int c)
{
	return is_alnum(c) || c == '_' || c == '.' || c == '-';
}

static bool
has_letter(const Scanner *scanner, size_t at, size_t end)
{
	while (at < end)
	{
		int			c = next_char(scanner, at, &at);

		if (is_letter(c) || c == '_')
			return true;
	}
	return false;
}

/* @name, where no address of e-mail is. */
static bool
scan_handle(Scanner *scanner, size_t at, size_t behind, ScanSpan *span)
{
	size_t		end = behind;
	size_t		next;
	int			n = 0;
	int			c = char_before(scanner, at);

	while (n++ < HANDLE_MAX && is_handle(next_char(scanner, end, &next)))
		end = next;
	while (end > behind && !is_alnum(char_before(scanner, end)) &&
		   char_before(scanner, end) != '_')
		(void) previous_char(scanner, end, &end);
	/* root@203.0.113.7 is a host's */
	if (!has_letter(scanner, behind, end))
		end = behind;
	scanner->at = end > behind ? end : behind;
	if (end == behind || is_alnum(c) || c == '_' || c == '/' ||
		!(scanner->flags & SCAN_MENTIONS))
		return false;
	return found(span, SCAN_HANDLE, at, end);
}

bool
scan_at(Scanner *scanner, ScanSpan *span)
{
	size_t		at = scanner->at;
	size_t		behind;
	size_t		start;
	size_t		end;
	size_t		domain;
	int			c;

	(void) next_char(scanner, at, &behind);
	c = char_at(scanner, behind);
	if (!is_handle(c) && c != ' ' && c != '[')
		return false;
	start = local_start(scanner, at);
	if (start < at)
	{
		end = scan_domain(scanner, behind, DOMAIN_BRACKETS);
		if (end == 0)
			end = scan_domain(scanner, behind, DOMAIN_WORDS);
		if (end > 0)
			return found(span, SCAN_EMAIL, start, end);
		return scan_handle(scanner, at, behind, span);
	}
	/* jean @ example . org */
	end = scan_skip_blanks_back(scanner, at, 2);
	domain = scan_skip_blanks(scanner, behind, 2);
	start = local_start(scanner, end);
	if (end < at && domain > behind && start < end)
	{
		end = scan_domain(scanner, domain, DOMAIN_WORDS);
		if (end > 0)
			return found(span, SCAN_EMAIL, start, end);
	}
	return scan_handle(scanner, at, behind, span);
}

/* ------------------------------------------------------------------------
 * Spelled
 * ------------------------------------------------------------------------
 */

/* Hosts whose name behind "at" says that an address is meant. */
static bool
is_mail_host(const Scanner *scanner, size_t at)
{
	static const char *const hosts[] = {
		"gmail.", "googlemail.", "yahoo.", "hotmail.", "outlook.", "live.",
		"icloud.", "proton.", "protonmail.", "gmx.", "web.de", "orange.",
		"free.", "laposte.", "wanadoo.", "sfr.", "bluewin.", "aol.", "msn.",
	};

	for (size_t i = 0; i < lengthof(hosts); i++)
	{
		if (scan_skip(scanner, at, hosts[i]) != 0)
			return true;
	}
	return false;
}

/* Is a dot of the name that is here spelled, too? */
static bool
has_spelled_dot(const Scanner *scanner, size_t at, size_t end)
{
	while (at < end)
	{
		int			c = next_char(scanner, at, &at);

		if (c == ' ' || c == '(' || c == '[' || c == '{')
			return true;
	}
	return false;
}

/* Is the name one that people do not have in a sentence, or asked for? */
static bool
is_plainly_local(const Scanner *scanner, size_t start, size_t end)
{
	size_t		at = start;
	size_t		word;
	int			c;

	while (at < end)
	{
		c = next_char(scanner, at, &at);
		if (is_digit(c) || c == '.' || c == '_' || c == '-' || c == '+')
			return true;
	}
	at = scan_skip_blanks_back(scanner, start, 2);
	c = char_before(scanner, at);
	if (c == ':' || c == '=')
		return true;
	(void) scan_word_before(scanner, at, &word);
	return scan_skip(scanner, word, "at ") != 0 ||
		scan_skip(scanner, word, "to ") != 0;
}

/* Where the local part begins, with what is before a dot that is a word. */
static size_t
spelled_start(const Scanner *scanner, size_t start)
{
	for (int n = 0; n < 3; n++)
	{
		size_t		dot_end = scan_skip_blanks_back(scanner, start, 2);
		size_t		dot = scan_word_start(scanner, dot_end);
		size_t		end = scan_skip_blanks_back(scanner, dot, 2);
		size_t		before = local_start(scanner, end);

		if (dot_end == start || end == dot || before == end ||
			scan_skip_dot_word(scanner, dot) != dot_end)
			break;
		start = before;
	}
	return start;
}

/*
 * At a bracket, or at the blank or first letter of what is written for @.
 * In brackets it is plain; a bare word has to be a rare one, or the dot has to
 * be spelled, too, or the host be one of mail.
 */
bool
scan_spelled_at(Scanner *scanner, ScanSpan *span)
{
	size_t		at = skip_blank(scanner, scanner->at);
	size_t		word;
	size_t		behind;
	size_t		start;
	size_t		local_end = scan_skip_blanks_back(scanner, scanner->at, 2);
	size_t		end;
	bool		bracket;

	word = scan_skip_one(scanner, at, "([{<-_");
	bracket = word != at;
	word = skip_blank(scanner, word);
	behind = skip_at_sign(scanner, word);
	if (behind == 0)
		return false;
	if (bracket)
	{
		size_t		close = skip_blank(scanner, behind);

		behind = scan_skip_one(scanner, close, ")]}>-_");
		if (behind == close)
			return false;
	}
	start = local_start(scanner, local_end);
	behind = scan_skip_blanks(scanner, behind, 2);
	if (start == local_end || !is_alnum(char_before(scanner, local_end)))
		return false;
	if (scan_skip(scanner, behind, "the ") != 0)
		return false;
	end = scan_domain(scanner, behind, DOMAIN_WORDS);
	if (end == 0)
		end = scan_domain(scanner, behind, DOMAIN_BRACKETS);
	if (end == 0)
		return false;
	if (!bracket &&
		(scan_skip(scanner, word, "at ") != 0 ||
		 scan_skip(scanner, word, "ad ") != 0) &&
		!has_spelled_dot(scanner, behind, end) &&
		!is_mail_host(scanner, behind) &&
		!is_plainly_local(scanner, start, local_end))
		return false;
	return found(span, SCAN_EMAIL, spelled_start(scanner, start), end);
}

/* Within a word that can be written for @. */
bool
scan_word_at(Scanner *scanner, ScanSpan *span)
{
	size_t		at = scanner->at;
	size_t		start;

	start = scan_word_start(scanner, at);
	scanner->at = start;
	if (scan_spelled_at(scanner, span))
		return true;
	scanner->at = at;
	return false;
}
