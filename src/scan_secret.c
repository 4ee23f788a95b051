/*
 * scan_secret.c: is this a password, a key or a token?
 *
 * A vendor's token is known by how it begins; any other secret by the word
 * that stands before it.
 */
#include "scan.h"

#include "credential_prefixes.h"

const char scan_credential_version[] = CREDENTIAL_PREFIXES_VERSION;

#define TOKEN_BACK	200			/* bytes; no prefix is so far off */
#define SECRET_MAX	128			/* characters of a password */

#define NPREFIXES lengthof(credential_prefixes)

static unsigned char prefix_first[128];	/* by first letter, plus 1 */
static unsigned char prefix_next[NPREFIXES];	/* with the same one, plus 1 */

void
scan_secret_init(void)
{
	for (size_t i = NPREFIXES; i-- > 0;)
	{
		int			c = credential_prefixes[i].prefix[0];

		prefix_next[i] = prefix_first[c];
		prefix_first[c] = (unsigned char) (i + 1);
	}
}

/* ------------------------------------------------------------------------
 * Tokens of vendors
 * ------------------------------------------------------------------------
 */

static bool
is_base64url(int c)
{
	return is_digit(c) || is_ascii_letter(c) || c == '_' || c == '-';
}

static bool
is_one_of(int c, CredentialChars chars)
{
	switch (chars)
	{
		case CREDENTIAL_DIGITS:
			return is_digit(c);
		case CREDENTIAL_HEX:
			return is_digit(c) ||
				((c | 0x20) >= 'a' && (c | 0x20) <= 'f' && c < 0x80);
		case CREDENTIAL_BASE32:
			return is_upper(c) || (c >= '2' && c <= '7');
		case CREDENTIAL_UPPER:
			return is_upper(c) || is_digit(c);
		case CREDENTIAL_BASE62:
			return is_digit(c) || is_ascii_letter(c);
		case CREDENTIAL_BASE64URL:
			return is_base64url(c);
		case CREDENTIAL_DOTTED:
			return is_base64url(c) || c == '.';
		case CREDENTIAL_BASE64:
			return is_base64url(c) || c == '+' || c == '/' || c == '=';
	}
	return false;
}

/* Behind the run of such characters; how many there are. */
static size_t
skip_run(const Scanner *scanner, size_t at, CredentialChars chars,
		 size_t most, size_t *n)
{
	size_t		start = at;

	/* tokens are ASCII, a character is a byte */
	while (at < scanner->length && is_one_of(scanner->text[at], chars) &&
		   (most == 0 || at - start < most))
		at++;
	while (at > start && scanner->text[at - 1] == '.')
		at--;
	*n = at - start;
	return at;
}

/* Is it more than a name, or than one letter over and over? */
static bool
is_random(const Scanner *scanner, size_t start, size_t end)
{
	int			digits = 0;
	int			changes = 0;
	int			uppers = 0;

	for (size_t i = start; i < end; i++)
	{
		digits += is_digit(scanner->text[i]);
		uppers += is_upper(scanner->text[i]);
		if (i > start && scanner->text[i] != scanner->text[i - 1])
			changes++;
	}
	return changes * 2 > (int) (end - start) &&
		(digits > 0 || uppers > (int) (end - start) / 5);
}

/* Behind the token that begins here, or 0. */
static size_t
token_end(const Scanner *scanner, size_t at)
{
	size_t		length = scanner->length - at;
	const char *text = (const char *) scanner->text + at;
	size_t		best = 0;
	size_t		best_prefix = 0;

	if (length == 0 || *text < 0)
		return 0;
	for (size_t i = prefix_first[(int) *text]; i > 0; i = prefix_next[i - 1])
	{
		const CredentialPrefix *prefix = &credential_prefixes[i - 1];
		size_t		n = strlen(prefix->prefix);
		size_t		run;
		size_t		end;

		if (n <= best_prefix || n > length || memcmp(text, prefix->prefix, n) != 0)
			continue;
		end = skip_run(scanner, at + n, prefix->chars, prefix->most, &run);
		if (run < prefix->least ||
			(prefix->most != 0 && is_base64url(char_at(scanner, end))) ||
			!is_random(scanner, at + n, end))
			continue;
		best = end;
		best_prefix = n;
	}
	return best;
}

/* A prefix that ends with one of these signs: SG. and AccountKey= */
static size_t
token_end_before(const Scanner *scanner, size_t *start)
{
	size_t		at = *start;
	size_t		end = 0;

	while (at > scanner->floor && *start - at < 18 && end == 0)
	{
		at--;
		if (!is_one_of(scanner->text[at], CREDENTIAL_BASE64) && scanner->text[at] != '.')
			break;
		if (at == scanner->floor || !is_base64url(scanner->text[at - 1]))
			end = token_end(scanner, at);
	}
	if (end > *start)
	{
		*start = at;
		return end;
	}
	return 0;
}

/* A JSON Web Token: three parts, the first two of them objects. */
static size_t
web_token_end(const Scanner *scanner, size_t at)
{
	size_t		end = at;

	if (scanner->length - at < 16 || memcmp(scanner->text + at, "eyJ", 3) != 0)
		return 0;
	for (int part = 0; part < 3; part++)
	{
		size_t		n;

		end = skip_run(scanner, end, CREDENTIAL_BASE64URL, 0, &n);
		if (n < 10 && part < 2)
			return 0;
		if (part < 2 && (end >= scanner->length || scanner->text[end] != '.'))
			return 0;
		end += part < 2;
	}
	return end;
}

/* Tokens that are known by the signs between their parts. */
static size_t
shape_end(const Scanner *scanner, size_t at)
{
	for (size_t i = 0; i < lengthof(credential_shapes); i++)
	{
		const CredentialPart *part = credential_shapes[i].parts;
		size_t		end = at;

		for (int k = 0; k < 3 && part[k].before != NULL; k++)
		{
			size_t		before = strlen(part[k].before);
			size_t		n = 0;

			if (scanner->length - end < before ||
				memcmp(scanner->text + end, part[k].before, before) != 0)
			{
				end = 0;
				break;
			}
			end = skip_run(scanner, end + before, part[k].chars, part[k].most, &n);
			if (n < part[k].least)
			{
				end = 0;
				break;
			}
		}
		if (end > at && !is_base64url(char_at(scanner, end)))
			return end;
	}
	return 0;
}

/*
 * In a run of letters, digits, _ and - that has not been looked at: is it a
 * token, or does one begin with its first characters?
 */
bool
scan_token(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		limit = start > TOKEN_BACK ? start - TOKEN_BACK : 0;
	size_t		end;

	if (start < scanner->token_end)
		return false;
	if (limit < scanner->floor)
		limit = scanner->floor;
	while (start > limit && is_base64url(scanner->text[start - 1]))
		start--;
	/* the run as it is, to be looked at once */
	for (end = scanner->at; end < scanner->length &&
		 is_base64url(scanner->text[end]); end++)
		;
	scanner->token_end = end > scanner->at ? end : scanner->at + 1;
	if (start > scanner->floor && start == limit && is_base64url(scanner->text[start - 1]))
		return false;
	/* a - or _ may stand before it */
	while (start < end && (scanner->text[start] == '-' || scanner->text[start] == '_'))
		start++;
	end = token_end(scanner, start);
	if (end == 0 && start > scanner->floor &&
		(scanner->text[start - 1] == '.' || scanner->text[start - 1] == '=' ||
		 scanner->text[start - 1] == '/'))
		end = token_end_before(scanner, &start);
	if (end == 0)
		end = web_token_end(scanner, start);
	if (end == 0)
		end = shape_end(scanner, start);
	return end > scanner->at && found(span, SCAN_CREDENTIAL, start, end);
}

/* ------------------------------------------------------------------------
 * Private keys
 * ------------------------------------------------------------------------
 */

/* Behind the line that goes on here. */
static size_t
skip_line(const Scanner *scanner, size_t at)
{
	const unsigned char *feed = memchr(scanner->text + at, '\n', scanner->length - at);

	return feed ? (size_t) (feed - scanner->text) + 1 : scanner->length;
}

/* -----BEGIN or END, and PRIVATE KEY within its line; behind the dashes. */
static size_t
skip_boundary(const Scanner *scanner, size_t at, const char *word)
{
	static const char key[] = "PRIVATE KEY";
	size_t		n = strlen(word);
	size_t		end;

	if (scanner->length - at < n || memcmp(scanner->text + at, word, n) != 0)
		return 0;
	for (end = at + n; end < scanner->length && end - at < 80 &&
		 scanner->text[end] != '\n' && scanner->text[end] != '-'; end++)
		;
	if (end == scanner->length || scanner->text[end] != '-')
		return 0;
	for (size_t i = at + n; i + sizeof(key) - 1 <= end; i++)
	{
		if (memcmp(scanner->text + i, key, sizeof(key) - 1) == 0)
		{
			while (end < scanner->length && scanner->text[end] == '-')
				end++;
			return end;
		}
	}
	return 0;
}

/* Is the line one of base64, or a header of a key? */
static bool
is_key_line(const Scanner *scanner, size_t at, size_t end)
{
	size_t		n = 0;

	while (at < end && is_one_of(scanner->text[at], CREDENTIAL_BASE64))
	{
		at++;
		n++;
	}
	while (at < end && (scanner->text[at] == '\r' || scanner->text[at] == ' ' ||
						scanner->text[at] == '\n'))
		at++;
	return n > 0 && (at == end || scanner->text[at] == ':');
}

/*
 * From the beginning of a key to its end, or to that of the paragraph: what
 * stands behind a blank line is another's (an end has its own lines before it).
 */
bool
scan_private_key(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		end = skip_boundary(scanner, start, "-----BEGIN ");
	size_t		at;

	if (end == 0)
	{
		end = skip_boundary(scanner, start, "-----END ");
		if (end != 0)
		{
			/* the lines before it, within the paragraph */
			while (start > scanner->floor)
			{
				size_t		line = start - 1;

				if (scanner->text[line] != '\n')
					break;
				while (line > scanner->floor && scanner->text[line - 1] != '\n' &&
					   start - line < 100)
					line--;
				if (!is_key_line(scanner, line, start))
					break;
				start = line;
			}
			return found(span, SCAN_CREDENTIAL, start, end);
		}
		/* all dashes are looked at once */
		while (scanner->at < scanner->length && scanner->text[scanner->at] == '-')
			scanner->at++;
		return false;
	}
	/* on one line, with blanks or \n between its lines */
	for (at = end; at < scanner->length && scanner->text[at] != '\n'; at++)
	{
		size_t		behind = skip_boundary(scanner, at, "-----END ");

		if (behind != 0)
			return found(span, SCAN_CREDENTIAL, start, behind);
		if (!is_one_of(scanner->text[at], CREDENTIAL_BASE64) &&
			strchr(" \\:,\r", scanner->text[at]) == NULL)
			break;
		if (scanner->text[at] != ' ' && scanner->text[at] != '\r')
			end = at + 1;
	}
	/* or each on its own */
	while (at < scanner->length && scanner->text[at] == '\n')
	{
		size_t		line = at + 1;
		size_t		next = skip_line(scanner, line);
		size_t		behind = skip_boundary(scanner, line, "-----END ");

		if (behind != 0)
			return found(span, SCAN_CREDENTIAL, start, behind);
		if (!is_key_line(scanner, line, next))
			break;
		at = next > line && scanner->text[next - 1] == '\n' ? next - 1 : next;
		end = at > line && scanner->text[at - 1] == '\r' ? at - 1 : at;
	}
	return found(span, SCAN_CREDENTIAL, start, end);
}

/* ------------------------------------------------------------------------
 * What is said to be secret
 * ------------------------------------------------------------------------
 */

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
	return c == NO_CHAR || c == ' ' || c == '\n' || c == '\r' || c == '<' || c == '>';
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
			(at < secret->end || quote != 0 || secret->has_digit || (c != '?' && c != '!'));
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
	if (c == '[' || c == '{' || c == '(' || (c == '$' && (d == '{' || d == '(' || is_upper(d))) ||
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
			size_t		behind = scan_skip_blanks(scanner, next, 1);

			if (words == 0 && (char_at(scanner, behind) == ':' || char_at(scanner, behind) == '='))
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
			for (int n = 0; n < 30 && c != ')' && c != NO_CHAR && c != '\n'; n++)
				c = next_char(scanner, next, &next);
			if (c != ')')
				return 0;
			at = next;
			continue;
		}
		if (c == '-' && next < scanner->length && scanner->text[next] == '>')
		{
			*says = 3;
			return scan_skip_blanks(scanner, next + 1, 2);
		}
		if (is_letter(c))
		{
			size_t		end;
			uint32_t	kinds = scan_word_here(scanner, at, &end);
			int			behind = char_at(scanner, end);

			if (end == at || (behind > 0 && behind != ' ' && behind != ':' && behind != '=' &&
							  behind != '\'' && behind != '-' && behind != ')'))
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
			if (behind != ' ' && behind != '\'' && behind != ':' && behind != '=' && behind != '-' && behind != ')')
				break;
			at = behind == '\'' || behind == '-' ? end + 1 : end;
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
	if (says == 3 && (end = token_end(scanner, at)) > scanner->at)
		return found(span, SCAN_CREDENTIAL, at, end);
	if (!read_secret(scanner, at, &secret) || secret.end <= scanner->at ||
		is_blanked(scanner, &secret))
		return false;
	sure = strength(&secret);
	/* est toujours X, is still X */
	for (int words = 0; words < 2 && plain && says == 2 && sure <= 1 &&
		 secret.start == at; words++)
	{
		at = scan_skip_blanks(scanner, secret.end, 1);
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

/* At a mark within or behind a word of secrets. */
bool
scan_keyword(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		previous;
	int			c = char_at(scanner, start);

	if (c == ':' || c == '=')
	{
		start = scan_skip_blanks_back(scanner, start, 1);
		c = previous_char(scanner, start, &previous);
		if (c == '"' || c == '\'' || c == '`')
			start = previous;
	}
	return secret_behind(scanner, scan_word_start(scanner, start), span);
}

/* At a digit within what could be a secret: does a word before it say so? */
bool
scan_secret_around(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		previous;
	Words		words;
	int			n;

	for (n = 0; n < SECRET_MAX && !ends_secret(previous_char(scanner, start, &previous)); n++)
		start = previous;
	/* 2nd, 19h30 */
	for (previous = scanner->at; n < 6; n++)
	{
		if (ends_secret(next_char(scanner, previous, &previous)))
			return false;
	}
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
	size_t		at = scan_skip_blanks(scanner, scanner->floor, 1);
	size_t		next = scan_skip_one(scanner, at, ":/|;");
	Secret		secret;

	if (next == at)
		return false;
	at = scan_skip_blanks(scanner, next, 1);
	return read_secret(scanner, at, &secret) && strength(&secret) >= 4 &&
		secret.has_upper && !is_blanked(scanner, &secret) &&
		found(span, SCAN_CREDENTIAL, secret.start, secret.end);
}
