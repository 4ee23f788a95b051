/*
 * scan_domain.c: is this the name of a host?
 */
#include "scan.h"

#include "top_level_domains.h"

const char	scan_domain_version[] = TOP_LEVEL_DOMAINS_VERSION;

#define LABEL_MAX 63			/* RFC 1035 */
#define DOMAIN_MAX 253

static unsigned short domain_first[27][27]; /* by first two letters, plus 1 */

void
scan_domain_init(void)
{
	for (size_t i = lengthof(top_level_domains); i-- > 0;)
	{
		const char *domain = top_level_domains[i];

		domain_first[domain[0] - 'a']
			[domain[1] >= 'a' ? domain[1] - 'a' : 26] =
			(unsigned short) (i + 1);
	}
}

/* By IANA's list, or for houses of their own: RFC 6761 and 6762. */
static bool
is_top_level(const char *label, int n)
{
	static const char *const special[] = {
		"example", "test", "local",
	};
	int			second;
	size_t		i;

	if (n < 2 || label[0] < 'a' || label[0] > 'z')
		return false;
	for (i = 0; i < lengthof(special); i++)
	{
		if (strlen(special[i]) == (size_t) n &&
			memcmp(special[i], label, (size_t) n) == 0)
			return true;
	}
	second = label[1] >= 'a' && label[1] <= 'z' ? label[1] - 'a' : 26;
	i = domain_first[label[0] - 'a'][second];
	for (; i > 0 && i <= lengthof(top_level_domains) &&
		 memcmp(top_level_domains[i - 1], label, 2) == 0; i++)
	{
		if (strlen(top_level_domains[i - 1]) == (size_t) n &&
			memcmp(top_level_domains[i - 1], label, (size_t) n) == 0)
			return true;
	}
	return false;
}

size_t
scan_skip_dot_word(const Scanner *scanner, size_t at)
{
	static const char *const words[] = {
		"dot", "point", "punkt", "punto", "ponto", "punt", "pt", "d0t",
	};

	for (size_t i = 0; i < lengthof(words); i++)
	{
		size_t		end = scan_skip(scanner, at, words[i]);

		if (end != 0 && !is_alnum(char_at(scanner, end)))
			return end;
	}
	return 0;
}

/* Behind a dot, or what is written for one, if it is here; or 0. */
static size_t
skip_dot(const Scanner *scanner, size_t at, DomainForm form)
{
	size_t		next;
	size_t		open;
	int			c = next_char(scanner, at, &next);

	if (c == '.')
		return next;
	if (form == DOMAIN_PLAIN)
		return 0;
	next = scan_skip_blanks(scanner, at, 2);
	open = scan_skip_one(scanner, next, "([{<-_");
	if (open == next && (next == at || form == DOMAIN_BRACKETS))
		return 0;
	c = next_char(scanner, skip_blank(scanner, open), &at);
	if (c == '.')
		next = at;
	else if ((next = scan_skip_dot_word(scanner,
										skip_blank(scanner, open))) == 0)
		return 0;
	next = skip_blank(scanner, next);
	next = scan_skip_one(scanner, next, ")]}>-_");
	return scan_skip_blanks(scanner, next, 2);
}

/*
 * Behind the name that begins here: labels, of which the last is a top-level
 * domain.  Where what follows it looks like one more label, but is none, the
 * name ends before.  Where none is, the last may be one of a house of its own
 * (.local, .example), if the name is written as one.  0: there is no name.
 */
size_t
scan_domain(const Scanner *scanner, size_t at, DomainForm form)
{
	size_t		end = 0;
	size_t		unknown = 0;	/* behind a label that could be one */
	int			labels = 0;
	size_t		start = at;

	while (at - start < DOMAIN_MAX && labels < 10)
	{
		char		label[LABEL_MAX + 1];
		int			n = 0;
		bool		wide = false;
		size_t		next;
		size_t		behind = at;
		int			c;

		while (is_alnum(c = next_char(scanner, behind, &next)) || c == '-' ||
			   (c == '_' && labels == 0 && form == DOMAIN_PLAIN))
		{
			/* -dot- */
			if (c == '-' && form != DOMAIN_PLAIN &&
				skip_dot(scanner, behind, form) != 0)
				break;
			if (n == LABEL_MAX)
				return end;
			label[n++] = (char) (c < 0x80 ? lower(c) : '?');
			wide |= c >= 0x80;
			behind = next;
		}
		while (n > 0 && label[n - 1] == '-')
		{
			n--;
			(void) previous_char(scanner, behind, &behind);
		}
		if (n == 0)
			break;
		if (labels > 0 &&
			(wide ? n >= 2 && label[0] == '?' && label[1] == '?' :
			 is_top_level(label, n)))
			end = behind;
		else if (labels > 0 && n > 4 && memcmp(label, "xn--", 4) == 0)
			end = behind;
		else if (labels > 0 && n >= 2 && is_ascii_letter(label[0]) &&
				 is_ascii_letter(label[n - 1]))
			unknown = behind;
		labels++;
		at = skip_dot(scanner, behind, form);
		if (at == 0)
			break;
	}
	return end > 0 || form == DOMAIN_WORDS ? end : unknown;
}
