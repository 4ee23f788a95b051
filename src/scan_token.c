/*
 * scan_token.c: is this a vendor's token, or a private key?
 *
 * A token is known by how it begins and by its characters, a key by the line
 * before it.
 */
#include "scan.h"

#include "credential_prefixes.h"

const char	scan_credential_version[] = CREDENTIAL_PREFIXES_VERSION;

#define TOKEN_BACK	200			/* bytes; no prefix is so far off */

#define NPREFIXES lengthof(credential_prefixes)

static unsigned char prefix_first[128]; /* by first letter, plus 1 */
static unsigned char prefix_next[NPREFIXES];	/* with the same one, plus 1 */

void
scan_token_init(void)
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

size_t
scan_token_end(const Scanner *scanner, size_t at)
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
		size_t		n;
		size_t		run;
		size_t		end;

		if (length < 2 || text[1] != prefix->prefix[1])
			continue;
		n = strlen(prefix->prefix);
		if (n <= best_prefix || n > length ||
			memcmp(text, prefix->prefix, n) != 0)
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
		if (!is_one_of(scanner->text[at], CREDENTIAL_BASE64) &&
			scanner->text[at] != '.')
			break;
		if (at == scanner->floor || !is_base64url(scanner->text[at - 1]))
			end = scan_token_end(scanner, at);
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
			end = skip_run(scanner, end + before, part[k].chars, part[k].most,
						   &n);
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
	if (start > scanner->floor && start == limit &&
		is_base64url(scanner->text[start - 1]))
		return false;
	/* a - or _ may stand before it */
	while (start < end &&
		   (scanner->text[start] == '-' || scanner->text[start] == '_'))
		start++;
	end = scan_token_end(scanner, start);
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
	const unsigned char *feed =
	memchr(scanner->text + at, '\n', scanner->length - at);

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
	while (at < end &&
		   (scanner->text[at] == '\r' || scanner->text[at] == ' ' ||
			scanner->text[at] == '\n'))
		at++;
	return n > 0 && (at == end || scanner->text[at] == ':');
}

/*
 * From the beginning of a key to its end, or to that of the paragraph: what
 * stands behind a blank line is another's (an end has its lines before it).
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
				while (line > scanner->floor &&
					   scanner->text[line - 1] != '\n' && start - line < 100)
					line--;
				if (!is_key_line(scanner, line, start))
					break;
				start = line;
			}
			return found(span, SCAN_CREDENTIAL, start, end);
		}
		/* all dashes are looked at once */
		while (scanner->at < scanner->length &&
			   scanner->text[scanner->at] == '-')
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
