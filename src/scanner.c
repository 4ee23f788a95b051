/*
 * scanner.c: what is in this text that must not leave with it?
 *
 * A stand-in: plain e-mails, handles and addresses of pages.
 */
#include "scanner.h"

#include <string.h>

const char *const scan_class_names[SCAN_NCLASSES] = {
	"EMAIL", "PHONE", "IBAN", "CREDIT_CARD", "NATIONAL_ID", "CREDENTIAL",
	"URL_SECRET", "IP", "SALARY", "MENTION", "MENTION"
};

static bool
in_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c >= 0x80;
}

void
scanner_begin(Scanner *scanner, const char *text, size_t length, int flags)
{
	*scanner = (Scanner) {(const unsigned char *) text, length, flags, 0, 0, 0};
}

static bool
take(Scanner *s, ScanSpan *span, ScanClass class, size_t start, size_t end)
{
	*span = (ScanSpan) {class, start, end - start};
	s->at = s->floor = end;
	return true;
}

static size_t
end_of(const Scanner *s, size_t at, bool slashes)
{
	while (at < s->length && (in_word(s->text[at]) ||
							  (slashes && strchr("/?#=%:", s->text[at]) &&
							   s->text[at] != 0)))
		at++;
	while (at > 0 && s->text[at - 1] == '.')
		at--;
	return at;
}

bool
scanner_next(Scanner *s, ScanSpan *span)
{
	for (; s->at < s->length; s->at++)
	{
		const unsigned char *t = s->text;
		size_t		start = s->at;
		size_t		end;

		if (t[start] == 'h' && s->length - start > 8 &&
			(memcmp(t + start, "http://", 7) == 0 ||
			 memcmp(t + start, "https://", 8) == 0))
		{
			end = end_of(s, start, true);
			if (s->flags & SCAN_MENTIONS)
				return take(s, span, SCAN_ADDRESS, start, end);
			s->at = end - 1;
		}
		else if (t[start] == '@')
		{
			end = end_of(s, start + 1, false);
			while (start > s->floor && in_word(t[start - 1]))
				start--;
			if (end <= s->at + 1)
				continue;
			if (start < s->at)
				return take(s, span, SCAN_EMAIL, start, end);
			if (s->flags & SCAN_MENTIONS)
				return take(s, span, SCAN_HANDLE, start, end);
		}
	}
	return false;
}
