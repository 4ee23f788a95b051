/*
 * scan_url.c: is this the address of a page, and does it open something?
 *
 * An address carries a secret in its user's password, in a parameter whose
 * name says so, or in the path of a hook.
 */
#include "scan.h"

#define SCHEME_MAX 12

static bool
ends_url(int c)
{
	return c == NO_CHAR || c == ' ' || c == '\n' || c == '\r' || c == '<' ||
		c == '>' || c == '"' || c == '`' || c == '|' || c == '\\';
}

/* Behind the address; what a sentence puts behind it is not its. */
static size_t
url_end(const Scanner *scanner, size_t at)
{
	size_t		next;
	size_t		start = at;
	int			c;

	while (!ends_url(next_char(scanner, at, &next)))
		at = next;
	while (at > start)
	{
		c = previous_char(scanner, at, &next);
		if (c < 0 || c >= 0x80 || strchr(".,;:!?)]}'*", c) == NULL)
			break;
		at = next;
	}
	return at;
}

static bool
same_name(const Scanner *scanner, size_t at, size_t end, const char *name)
{
	return scan_skip(scanner, at, name) == end;
}

static bool
is_secret_name(const Scanner *scanner, size_t at, size_t end)
{
	static const char *const names[] = {
		"token", "access_token", "id_token", "refresh_token", "auth_token",
		"authtoken", "auth", "authorization", "sig", "signature", "sign",
		"hmac", "key", "api_key", "apikey", "api-key", "secret",
		"client_secret", "password", "passwd", "pwd", "pass", "mdp", "code",
		"session", "sessionid", "session_id", "sid", "phpsessid", "jsessionid",
		"jwt", "sas", "otp", "ticket", "invite", "magic", "nonce", "hash",
		"x-amz-signature", "x-amz-credential", "x-amz-security-token",
		"x-goog-signature", "x-goog-credential", "awsaccesskeyid", "accesskey",
		"access_key", "private_token", "reset_token", "reset_password_token",
		"confirmation_token", "invitation_token", "verification_token",
		"resettoken", "accesstoken", "confirm", "verify", "credential",
		"login_token", "share_token", "bearer", "_token", "csrf", "oobcode",
		"tk",
	};
	size_t		length = end - at;

	if (length < 2 || length > 24)
		return false;
	for (size_t i = 0; i < lengthof(names); i++)
	{
		if (strlen(names[i]) == length &&
			same_name(scanner, at, end, names[i]))
			return true;
	}
	/* any_token, anyToken, any-secret */
	return (length > 5 && same_name(scanner, end - 5, end, "token")) ||
		(length > 6 && same_name(scanner, end - 6, end, "secret")) ||
		(length > 9 && same_name(scanner, end - 9, end, "signature"));
}

/* Long enough, and not a word. */
static bool
is_secret_value(const Scanner *scanner, size_t at, size_t end, size_t least)
{
	int			digits = 0;
	int			upper = 0;

	for (size_t i = at; i < end; i++)
	{
		digits += is_digit(scanner->text[i]);
		upper += is_upper(scanner->text[i]);
	}
	return end - at >= least && (digits > 0 || (upper > 1 && end - at > 10)) &&
		scanner->text[at] != '[' && scanner->text[at] != '{' &&
		scanner->text[at] != '$';
}

/* Names that are said of much that is no secret want a longer value. */
static size_t
least_value(const Scanner *scanner, size_t at, size_t end)
{
	static const char *const vague[] = {
		"code", "key", "hash", "confirm", "verify", "invite", "ticket", "sign",
		"pass", "session", "sid", "csrf", "nonce",
	};

	for (size_t i = 0; i < lengthof(vague); i++)
	{
		if (same_name(scanner, at, end, vague[i]))
			return 12;
	}
	return 6;
}

/* Parameters: name=value, from any of ? & # ; on. */
static bool
has_secret_parameter(const Scanner *scanner, size_t at, size_t end)
{
	size_t		name = 0;

	for (; at < end; at++)
	{
		int			c = scanner->text[at];

		if (c == '?' || c == '&' || c == '#' || c == ';')
			name = at + 1;
		else if (c == '=' && name != 0)
		{
			size_t		value = at + 1;

			for (at = value; at < end && scanner->text[at] != '&' &&
				 scanner->text[at] != '#' && scanner->text[at] != ';'; at++)
				;
			if (is_secret_name(scanner, name, value - 1) &&
				is_secret_value(scanner, value, at,
								least_value(scanner, name, value - 1)))
				return true;
			name = 0;
			at--;
		}
	}
	return false;
}

/* Paths that open something to whoever has them. */
static bool
has_secret_path(const Scanner *scanner, size_t host, size_t at, size_t end)
{
	static const char *const hooks[] = {
		"hooks.slack.com/", "discord.com/api/webhooks/",
		"discordapp.com/api/webhooks/", "ptb.discord.com/api/webhooks/",
		"canary.discord.com/api/webhooks/", "outlook.office.com/webhook",
		"api.telegram.org/bot", "hooks.zapier.com/", "hook.eu1.make.com/",
		"hook.us1.make.com/", "chat.googleapis.com/v1/spaces/",
		"maker.ifttt.com/",
	};
	static const char *const words[] = {
		"reset", "password", "token", "magic", "invite", "invitation",
		"confirm", "verify", "unsubscribe", "login", "activate", "auth",
		"recover", "secret", "webhook", "webhooks", "hook", "hooks", "join",
		"share", "s3", "access", "signin", "einladung", "invitacion",
	};
	bool		opens = false;

	for (size_t i = 0; i < lengthof(hooks); i++)
	{
		if (scan_skip(scanner, host, hooks[i]) != 0)
			return true;
	}
	for (size_t dot = host; dot < at; dot++)
	{
		if (scan_skip(scanner, dot, ".webhook.office.com/") != 0)
			return true;
	}
	while (at < end)
	{
		size_t		start = at;
		int			upper = 0;
		int			digits = 0;
		int			lowers = 0;

		while (at < end && scanner->text[at] != '/' &&
			   scanner->text[at] != '?' && scanner->text[at] != '#')
		{
			digits += is_digit(scanner->text[at]);
			upper += is_upper(scanner->text[at]);
			lowers += is_ascii_letter(scanner->text[at]) &&
				!is_upper(scanner->text[at]);
			at++;
		}
		if (opens && at - start >= 16 && digits >= 2 &&
			(upper + lowers) >= 2 &&
			memchr(scanner->text + start, '.', at - start) == NULL)
			return true;
		for (size_t i = 0; i < lengthof(words); i++)
		{
			size_t		n = strlen(words[i]);

			if (at - start >= n && at - start <= n + 9 &&
				scan_skip(scanner, start, words[i]) != 0)
				opens = true;
		}
		if (at < end && scanner->text[at] != '/')
			break;
		at++;
	}
	return false;
}

/* A vendor's token anywhere in it. */
static bool
has_token(Scanner *scanner, size_t at, size_t end)
{
	Scanner		inner = *scanner;
	ScanSpan	span;

	inner.length = end;
	inner.token_end = 0;
	for (; at < end; at++)
	{
		if ((is_digit(scanner->text[at]) || scanner->text[at] == '_' ||
			 scanner->text[at] == '-') &&
			at >= inner.token_end)
		{
			inner.at = at;
			if (scan_token(&inner, &span))
				return true;
		}
	}
	return false;
}

/* Where the host begins: behind user and password, if there are any. */
static size_t
host_start(const Scanner *scanner, size_t at, size_t end, bool *password)
{
	size_t		host = at;
	bool		colon = false;

	*password = false;
	for (size_t i = at; i < end && scanner->text[i] != '/' &&
		 scanner->text[i] != '?' && scanner->text[i] != '#'; i++)
	{
		if (scanner->text[i] == ':')
			colon = i + 1 < end && scanner->text[i + 1] != '@';
		if (scanner->text[i] == '@')
		{
			*password = colon;
			host = i + 1;
		}
	}
	return host;
}

static bool
scan_whole(Scanner *scanner, size_t start, size_t authority, ScanSpan *span)
{
	size_t		end = url_end(scanner, authority);
	size_t		host;
	size_t		path;
	bool		password;

	if (end <= authority)
		return false;
	host = host_start(scanner, authority, end, &password);
	for (path = host; path < end && scanner->text[path] != '/' &&
		 scanner->text[path] != '?' && scanner->text[path] != '#'; path++)
		;
	if (password || has_secret_parameter(scanner, host, end) ||
		has_secret_path(scanner, host, path, end) ||
		has_token(scanner, path, end))
		return found(span, SCAN_URL_SECRET, start, end);
	/* numbers in its path are no one's; a host may be one */
	scanner->url_start = host;
	scanner->url_end = end;
	scanner->kept_at = host > scanner->at ? host : scanner->at + 1;
	if (scanner->flags & SCAN_MENTIONS)
		return found(span, SCAN_ADDRESS, start, end);
	scanner->at = scanner->kept_at;
	return false;
}

/* At the colon of ://. */
bool
scan_url(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		previous;
	int			n = 0;

	while (n++ < SCHEME_MAX &&
		   is_ascii_letter(previous_char(scanner, start, &previous)))
		start = previous;
	if (start == scanner->at)
		return false;
	if (is_alnum(char_before(scanner, start)))
		start = scanner->at;	/* what is glued before it is not its */
	return scan_whole(scanner, start, scanner->at + 3, span);
}

/* At the first / of an address without a scheme: example.org/reset?token= */
bool
scan_address(Scanner *scanner, ScanSpan *span)
{
	size_t		start = scanner->at;
	size_t		previous;
	int			n = 0;
	int			c;

	while (n++ < 80 &&
		   ((c = previous_char(scanner, start, &previous)) == '-' ||
			c == '.' || is_alnum(c)))
		start = previous;
	while (start < scanner->at && !is_alnum(char_at(scanner, start)))
		(void) next_char(scanner, start, &start);
	c = char_before(scanner, start);
	if (start == scanner->at || c == '@' || c == '/' || c == '_' ||
		is_alnum(c) ||
		scan_domain(scanner, start, DOMAIN_PLAIN) != scanner->at)
		return false;
	return scan_whole(scanner, start, start, span);
}
