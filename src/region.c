/*
 * region.c: which region is that?
 */
#include "region.h"

#include <string.h>

/* Codes that people and the EU's offices write for ISO's. */
static const struct
{
	const char *written;
	const char *code;
}			aliases[] = {
	{"UK", "GB"},
	{"EL", "GR"},
};

/*
 * The European Economic Area: the members of the EU, and the three states of
 * EFTA that take part.  Source: Agreement on the EEA, as of 2025.
 */
static const char *const eea[] = {
	"AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR",
	"HU", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK",
	"SI", "ES", "SE", "IS", "LI", "NO", NULL
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool
region_read(const char *text, size_t length, RegionCode out)
{
	out[0] = '\0';
	while (length > 0 && is_blank(*text))
	{
		text++;
		length--;
	}
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	if (length == 0 || length > REGION_MAX)
		return false;

	for (size_t i = 0; i < length; i++)
		out[i] = text[i] >= 'a' && text[i] <= 'z' ?
			(char) (text[i] - 'a' + 'A') : text[i];
	out[length] = '\0';
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
	{
		if (strcmp(out, aliases[i].written) == 0)
			strcpy(out, aliases[i].code);
	}
	return true;
}

const char *const *
region_members(const char *region)
{
	return strcmp(region, "EEA") == 0 ? eea : NULL;
}
