/*
 * scan_password.c: is this said to be secret?
 *
 * A password has no form.  It is known by the word that stands before it, and
 * by not looking like a word itself.
 */
#include "scan.h"

#define SECRET_MAX	128			/* characters of a password */

/* Words that are also said of what is no secret: a key, a token, a code. */
static bool
is_plain_password(const Scanner *scanner, size_t start, size_t end)
{
	static const char *const words[] = {
		"password", "passwort", "passwd", "passwords", "pwd", "mdp", "passe",
		"contrase", "kennwort", "wachtwoord", "senha", "passphrase",
		"passcode", "pass", "pw", "clave",
	};

	for (size_t i = 0; i < lengthof(words); i++)
	{
		size_t		behind = scan_skip(scanner, start, words[i]);

		if (behind == end || (behind != 0 && i == 7))
			return true;
	}
	return false;
}

typedef struct Secret
{
	size_t		start;
	size_t		end;
	int			n;
	bool		has_digit,
				has_upper,
				has_lower,
				has_sign,
				upper_inside;
} Secret;

static bool
ends_secret(int c)
{
	return c == NO_CHAR || c == ' ' || c == '\n' || c == '\r' || c == '<' ||
		c == '>';
}

/* What stands here up to a blank, or up to the quote that closes it. */
static bool
read_secret(const Scanner *scanner, size_t at, Secret *secret)
{
	size_t		next;
	int			quote = char_at(scanner, at);
	int			c;

	memset(secret, 0, sizeof(*secret));
	if (quote == '"' || quote == '\'' || quote == '`')
		(void) next_char(scanner, at, &at);
	else
		quote = 0;
	secret->start = secret->end = at;
	while (!ends_secret(c = next_char(scanner, at, &next)) && c != quote)
	{
		if (++secret->n > SECRET_MAX)
			return false;
		at = secret->end = next;
	}
	if (quote != 0 && c != quote)
		return false;
	/* what the sentence puts behind it */
	while (quote == 0 && secret->n > 0)
	{
		c = previous_char(scanner, secret->end, &at);
		if (c < 0 || c >= 0x80 || strchr(".,;:)]}\"'`", c) == NULL)
			break;
		secret->end = at;
		secret->n--;
	}
	for (at = secret->start; at < secret->end;)
	{
		size_t		from = at;

		c = next_char(scanner, at, &at);
		secret->has_digit |= is_digit(c);
		secret->has_lower |= is_letter(c) && !is_upper(c);
		secret->has_upper |= is_upper(c);
		secret->upper_inside |= is_upper(c) && from > secret->start;
		/* what ends a sentence is a sign only within */
		secret->has_sign |= c < 0x80 && !is_alnum(c) &&
			strchr("'-./,", c) == NULL &&
			(at < secret->end || quote != 0 || secret->has_digit ||
			 (c != '?' && c != '!'));
	}
	return secret->n > 0;
}

/* [EMAIL], ${NAME}, %s, <token>, ***: nothing is told. */
static bool
is_blanked(const Scanner *scanner, const Secret *secret)
{
	int			c = char_at(scanner, secret->start);
	size_t		second;
	int			d;

	(void) next_char(scanner, secret->start, &second);
	d = char_at(scanner, second);
	if (c == '[' || c == '{' || c == '(' ||
		(c == '$' && (d == '{' || d == '(' || is_upper(d))) ||
		(c == '%' && d == 's'))
		return true;
	for (size_t at = secret->start; at < secret->end;)
	{
		int			other = next_char(scanner, at, &at);

		if (other != c && lower(other) != 'x' && other != '*')
			return false;
	}
	return true;
}

/* How sure is it, of 4, that this is no word of the sentence? */
static int
strength(const Secret *secret)
{
	int			kinds = secret->has_digit + secret->has_sign +
	secret->has_upper + secret->has_lower;

	if (secret->n < 4)
		return 0;
	if (!secret->has_lower && !secret->has_upper)
		return 2;
	if (secret->has_digit && secret->has_sign && secret->n >= 6)
		return 4;
	if (secret->has_digit && kinds >= 2)
		return secret->n >= 6 ? 3 : 2;
	if (secret->has_sign && kinds >= 2)
		return 3;
	if (secret->upper_inside && secret->has_lower)
		return 3;
	return secret->has_digit ? 2 : 1;
}

/* A long mixture: what a key or a token is. */
static bool
is_key(const Secret *secret)
{
	return secret->n >= 12 && secret->has_digit &&
		(secret->has_lower || secret->has_upper);
}

/*
 * Behind a word of secrets: of, for whom or what (at most so many words), and
 * then what says that the secret follows.  How much it says so: 3 a sign, 2 a
 * verb or a quote, 1 that it stands right behind, 0 nothing.
 */
static size_t
skip_saying(const Scanner *scanner, size_t at, int *says)
{
	int			words = 0;

	*says = 1;
	while (words < 6)
	{
		size_t		next;
		int			c;

		at = scan_skip_blanks(scanner, at, 2);
		c = next_char(scanner, at, &next);
		if (c == ':' || c == '=')
		{
			if (c == ':' && char_at(scanner, next) == '/')
				return 0;
			*says = 3;
			at = scan_skip_one(scanner, next, "=>");
			return scan_skip_blanks(scanner, at, 3);
		}
		if (c == '"' || c == '\'' || c == '`')
		{
			/* {"password": "..."} */
			size_t		behind = skip_blank(scanner, next);

			if (words == 0 &&
				(char_at(scanner, behind) == ':' ||
				 char_at(scanner, behind) == '='))
			{
				at = next;
				continue;
			}
			if (*says == 1)
				*says = 2;
			return at;
		}
		if (c == '(' && words < 5)
		{
			/* password (wifi): x */
			for (int n = 0; n < 30 && c != ')' && c != NO_CHAR && c != '\n';
				 n++)
				c = next_char(scanner, next, &next);
			if (c != ')')
				return 0;
			at = next;
			continue;
		}
		if (c == '-' && scan_skip_one(scanner, next, ">") > next)
		{
			*says = 3;
			return scan_skip_blanks(scanner,
									scan_skip_one(scanner, next, ">"), 2);
		}
		if (is_letter(c))
		{
			size_t		end;
			uint32_t	kinds = scan_word_here(scanner, at, &end);
			int			behind = char_at(scanner, end);

			/* the line ends as the text could */
			if ((kinds & IS) && (behind == '\n' || behind == '\r'))
				return 0;
			if (end == at ||
				(behind > 0 && behind != ' ' && behind != ':' &&
				 behind != '=' && behind != '\'' && behind != '-' &&
				 behind != ')'))
				break;
			if ((kinds & IS) && behind != '\'')
			{
				size_t		after = scan_skip_blanks(scanner, end, 2);
				int			sign = char_at(scanner, after);

				if (sign == ':' || sign == '=')
				{
					at = end;
					continue;
				}
				*says = 2;
				return after;
			}
			if (behind != ' ' && behind != '\'' && behind != ':' &&
				behind != '=' && behind != '-' && behind != ')')
				break;
			at = scan_skip_one(scanner, end, "'-");
			words++;
			continue;
		}
		break;
	}
	if (words > 0)
		*says = 0;
	return words < 6 ? at : 0;
}

/* Is the word that begins here one of secrets, and does a secret follow? */
static bool
secret_behind(const Scanner *scanner, size_t start, ScanSpan *span)
{
	size_t		end;
	size_t		at;
	uint32_t	kinds = scan_word_here(scanner, start, &end);
	bool		plain;
	int			says;
	int			sure;
	Secret		secret;

	if (!(kinds & SECRET) || is_digit(char_at(scanner, end)))
		return false;
	plain = is_plain_password(scanner, start, end);
	if ((!plain && (kinds & (NUMBER | PERSON | PERIOD))))
		return false;
	at = skip_saying(scanner, end, &says);
	if (at == 0)
		return false;
	if (says == 3 && (end = scan_token_end(scanner, at)) > scanner->at)
		return found(span, SCAN_CREDENTIAL, at, end);
	if (!read_secret(scanner, at, &secret) || secret.end <= scanner->at ||
		is_blanked(scanner, &secret))
		return false;
	sure = strength(&secret);
	/* est toujours X, is still X */
	for (int words = 0; words < 2 && plain && says == 2 && sure <= 1 &&
		 secret.start == at; words++)
	{
		at = skip_blank(scanner, secret.end);
		if (at == secret.end || !read_secret(scanner, at, &secret))
			return false;
		sure = strength(&secret) >= 3 ? 3 : 0;
	}
	if (!plain)
		return says >= 2 && is_key(&secret) &&
			found(span, SCAN_CREDENTIAL, secret.start, secret.end);
	/* what is quoted need not look like one */
	if (secret.start > at && says >= 2 && secret.n >= 4)
		sure = 4;
	if (sure < (says == 3 ? 2 : says == 0 ? 4 : 3))
		return false;
	return found(span, SCAN_CREDENTIAL, secret.start, secret.end);
}

/* Admin account: office / secret; an e-mail's is found behind its address. */
static bool
scan_login(const Scanner *scanner, size_t at, ScanSpan *span)
{
	size_t		start = at;
	size_t		user;
	size_t		next;
	Words		words;
	Secret		secret;

	(void) next_char(scanner, at, &user);
	user = scan_skip_blanks(scanner, user, 2);
	for (at = user; at < scanner->length && at - user < 40 &&
		 (is_digit(scanner->text[at]) || is_ascii_letter(scanner->text[at]) ||
		  scanner->text[at] == '.' || scanner->text[at] == '_' ||
		  scanner->text[at] == '-'); at++)
		;
	if (at - user < 2 ||
		next_char(scanner, skip_blank(scanner, at), &next) != '/' ||
		!read_secret(scanner, skip_blank(scanner, next), &secret) ||
		strength(&secret) < 3 || is_blanked(scanner, &secret))
		return false;
	scan_words_before(scanner, start, 6, &words);
	return scan_nearest(&words, LOGIN | SECRET) < FAR &&
		found(span, SCAN_CREDENTIAL, secret.start, secret.end);
}

/* At a mark within or behind a word of secrets. */
bool
scan_keyword(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		previous;
	int			c = char_at(scanner, start);

	if (c == ':' || c == '=')
	{
		start = skip_blank_back(scanner, start);
		c = previous_char(scanner, start, &previous);
		if (c == '"' || c == '\'' || c == '`')
			start = previous;
	}
	return secret_behind(scanner, scan_word_start(scanner, start), span) ||
		(char_at(scanner, scanner->at) == ':' &&
		 scan_login(scanner, scanner->at, span));
}

/* At a digit within what could be a secret: does a word before it say so? */
bool
scan_secret_around(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		end = scanner->at;
	size_t		next;
	Words		words;
	int			n;

	/* what was said of its first sign goes for all of it */
	if (start < scanner->secret_end && scanner->floor == scanner->secret_floor)
		return false;
	for (n = 0; n < SECRET_MAX &&
		 !ends_secret(previous_char(scanner, start, &next)); n++)
		start = next;
	for (; n <= SECRET_MAX + 2 && !ends_secret(next_char(scanner, end, &next));
		 n++)
		end = next;
	scanner->secret_end = end;
	scanner->secret_floor = scanner->floor;
	/* 2nd, 19h30; or too long, quotes included */
	if (n < 6 || n > SECRET_MAX + 2)
		return false;
	scan_words_before(scanner, start, 5, &words);
	for (int i = 0; i < words.n; i++)
	{
		if (secret_behind(scanner, words.word[i].start, span))
			return true;
	}
	return false;
}

/* jean@example.org:Hunter22!, and / or | between them. */
bool
scan_combination(Scanner *scanner, ScanSpan *span)
{
	size_t		at = skip_blank(scanner, scanner->floor);
	size_t		next = scan_skip_one(scanner, at, ":/|;");
	Secret		secret;

	if (next == at)
		return false;
	at = skip_blank(scanner, next);
	return read_secret(scanner, at, &secret) && strength(&secret) >= 4 &&
		secret.has_upper && !is_blanked(scanner, &secret) &&
		found(span, SCAN_CREDENTIAL, secret.start, secret.end);
}
