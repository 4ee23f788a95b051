/*
 * mention.c: is the person that a text mentions out?
 *
 * Who somebody is comes from aiconsent.head, whether that is in from
 * window.c; both by the snapshot of the query, so that a text and the rows
 * beside it are of one time.  Unknown is out.
 */
#include "compat.h"
#include "lookup.h"
#include "mention.h"
#include "segments.h"
#include "sql.h"

#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ------------------------------------------------------------------------
 * What is kept
 * ------------------------------------------------------------------------
 */

/* So many bytes of a keyed hash tell anybody from anybody else. */
#define HASH_BYTES 16

/*
 * Of what an address is below, fewer: all that hangs on it is whether an
 * address of nobody's is taken for somebody's.
 */
#define BELOW_BYTES 8
#define PROFILE_BYTES (BELOW_BYTES + HASH_BYTES)

bytea *
mention_secret(const Binding *subject)
{
	return binding_column(subject, "handle") ||
		binding_column(subject, "profile") ? identity_secret() : NULL;
}

static bytea *
new_bytes(Size n)
{
	bytea	   *bytes = palloc0(VARHDRSZ + n);

	SET_VARSIZE(bytes, VARHDRSZ + n);
	return bytes;
}

static bytea *
handle_hash(const bytea *secret, const char *handle, size_t length)
{
	char	   *normal = identity_normal(IDENTIFIER_HANDLE, handle, length);
	uint8		hash[IDENTITY_HASH_BYTES];
	bytea	   *kept;

	if (*normal == '\0')
		return NULL;
	identity_hash_normal(secret, IDENTIFIER_HANDLE, normal, strlen(normal),
						 hash);
	kept = new_bytes(HASH_BYTES);
	memcpy(VARDATA(kept), hash, HASH_BYTES);
	return kept;
}

bytea *
mention_handle(const bytea *secret, const text *handle)
{
	return handle_hash(secret, VARDATA_ANY(handle), VARSIZE_ANY_EXHDR(handle));
}

/* ------------------------------------------------------------------------
 * Addresses
 * ------------------------------------------------------------------------
 */

/* One name of a host stands for another language, or a smaller screen. */
static const char *
without_variant(const char *address)
{
	size_t		host = strcspn(address, "/");
	size_t		label = strcspn(address, "./");
	const char *rest = address + label + 1;

	if (label >= host || memchr(rest, '.', host - label - 1) == NULL)
		return address;
	return label == 2 || strncmp(address, "m.", 2) == 0 ||
		strncmp(address, "mobile.", 7) == 0 ? rest : address;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
		c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * An address by its page: with what is written in different ways written in
 * one, bytes behind % as they are and each slash once.
 */
static char *
page_of(const char *address, size_t length)
{
	char	   *page = identity_normal(IDENTIFIER_PROFILE, address, length);
	const char *from;
	char	   *to;

	page = unconstify(char *, without_variant(page));
	to = page;
	for (from = page; *from; from++)
	{
		char		c = *from;

		if (c == '%' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0 &&
			(from[1] != '0' || from[2] != '0'))
		{
			c = hex_digit(from[1]) << 4 | hex_digit(from[2]);
			c = pg_ascii_tolower((unsigned char) c);
			from += 2;
		}
		if (c != '/' || (to > page && to[-1] != '/'))
			*to++ = c;
	}
	while (to > page && to[-1] == '/')
		to--;
	*to = '\0';
	return page;
}

/*
 * Most pages are below the same, so that the latest is remembered: by its hash
 * under which secret.
 */
static void
below_hash(const bytea *secret, const char *page, size_t below, uint8 *kept)
{
	static struct
	{
		uint8		secret[IDENTITY_HASH_BYTES];
		char		page[64];
		size_t		below;
		uint8		hash[IDENTITY_HASH_BYTES];
	}			last;

	if (VARSIZE_ANY_EXHDR(secret) != sizeof(last.secret) ||
		below != last.below || below == 0 ||
		memcmp(page, last.page, below) != 0 ||
		memcmp(VARDATA_ANY(secret), last.secret, sizeof(last.secret)) != 0)
	{
		last.below = 0;
		identity_hash_normal(secret, IDENTIFIER_PROFILE, page, below,
							 last.hash);
		if (below <= sizeof(last.page) &&
			VARSIZE_ANY_EXHDR(secret) == sizeof(last.secret))
		{
			memcpy(last.secret, VARDATA_ANY(secret), sizeof(last.secret));
			memcpy(last.page, page, below);
			last.below = below;
		}
	}
	memcpy(kept, last.hash, BELOW_BYTES);
}

/* What is kept of a page that is below so many bytes of itself. */
static void
page_hash(const bytea *secret, const char *page, size_t below, size_t length,
		  uint8 *kept)
{
	uint8		hash[IDENTITY_HASH_BYTES];

	below_hash(secret, page, below, kept);
	identity_hash_normal(secret, IDENTIFIER_PROFILE, page, length, hash);
	memcpy(kept + BELOW_BYTES, hash, HASH_BYTES);
}

bytea *
mention_profile(const bytea *secret, const text *profile)
{
	char	   *page = page_of(VARDATA_ANY(profile), VARSIZE_ANY_EXHDR(profile));
	char	   *slash = strrchr(page, '/');
	bytea	   *kept;

	if (*page == '\0')
		return NULL;
	kept = new_bytes(PROFILE_BYTES);
	page_hash(secret, page, slash ? slash + 1 - page : 0, strlen(page),
			  (uint8 *) VARDATA(kept));
	return kept;
}

/* ------------------------------------------------------------------------
 * What is known within a snapshot
 * ------------------------------------------------------------------------
 */

/* Many texts mention few; so many are remembered. */
#define MOST_SEEN 65536
#define LONGEST_SEEN 128

typedef struct SeenEntry
{
	char	   *what;			/* behind its kind */
	bool		answer;
	uint32		hash;
	char		status;
} SeenEntry;

#define SH_PREFIX seen
#define SH_ELEMENT_TYPE SeenEntry
#define SH_KEY_TYPE char *
#define SH_KEY what
#define SH_HASH_KEY(table, key) \
	hash_bytes((const unsigned char *) (key), (int) strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Mentions
{
	bytea	   *secret;			/* NULL: nothing is kept of anybody */
	bool		has_profiles;
	FmgrInfo	input;			/* of the key type */
	Oid			ioparam;
	seen_hash  *seen;
} Mentions;

static bool
any_profile(void)
{
	Lookup		lookup;
	ScanKeyData key;
	bool		found;

	ScanKeyInit(&key, 1, BTGreaterEqualStrategyNumber, F_BYTEAGE,
				PointerGetDatum(new_bytes(0)));
	lookup_open(&lookup, "head", "head_profile", 1);
	lookup_begin(&lookup, &key);
	found = lookup_next(&lookup);
	lookup_close(&lookup);
	return found;
}

static Mentions *
know_mentions(Known *known)
{
	MemoryContext caller = MemoryContextSwitchTo(known->mentions_context);
	Mentions   *mentions = palloc0(sizeof(Mentions));
	Oid			input;

	getTypeInputInfo(known->type->oid, &input, &mentions->ioparam);
	fmgr_info_cxt(input, &mentions->input, known->mentions_context);
	mentions->secret = identity_secret_seen();
	mentions->has_profiles = any_profile();
	mentions->seen = seen_create(known->mentions_context, 64, NULL);
	MemoryContextSwitchTo(caller);
	return mentions;
}

/* NULL: there are no members. */
static Mentions *
mentions_of(Site *site, text *purpose)
{
	Known	   *known;

	if (!window_is_known(site, PointerGetDatum(purpose)))
	{
		site->type = registry_key_type_seen();
		if (site->type == NULL)
			return NULL;
		window_come_to_know(site, purpose);
	}
	known = site->known;
	if (known->mentions == NULL)
		known->mentions = know_mentions(known);
	return known->mentions->secret ? known->mentions : NULL;
}

static bool
subject_is_in(const Site *site, Mentions *mentions, TupleTableSlot *slot)
{
	char	   *key = TextDatumGetCString(lookup_column(slot, HEAD_SUBJECT));
	Datum		subject = InputFunctionCall(&mentions->input, key,
											mentions->ioparam, -1);

	return window_ask(site, subject).is_eligible;
}

/* What a page is below, beside the kinds of identifiers. */
#define KIND_BELOW 9

static bool
recall(Mentions *mentions, int kind, const char *what, size_t length,
	   bool *answer)
{
	char		key[LONGEST_SEEN + 2];
	SeenEntry  *entry;

	if (length > LONGEST_SEEN)
		return false;
	key[0] = '0' + kind;
	memcpy(key + 1, what, length);
	key[length + 1] = '\0';
	entry = seen_lookup(mentions->seen, key);
	if (entry)
		*answer = entry->answer;
	return entry != NULL;
}

static void
remember(Known *known, int kind, const char *what, size_t length, bool answer)
{
	bool		found;
	char	   *key;

	if (length > LONGEST_SEEN || known->mentions->seen->members >= MOST_SEEN)
		return;
	key = MemoryContextAlloc(known->mentions_context, length + 2);
	key[0] = '0' + kind;
	memcpy(key + 1, what, length);
	key[length + 1] = '\0';
	seen_insert(known->mentions->seen, key, &found)->answer = answer;
}

/* ------------------------------------------------------------------------
 * Whose it is
 * ------------------------------------------------------------------------
 */

typedef enum Whose
{
	NOBODYS,
	OF_WHO_IS_IN,
	OF_WHO_IS_OUT
} Whose;

/* All who have it must be in. */
static Whose
whose(const Site *site, Mentions *mentions, const char *index,
	  const bytea *kept)
{
	Lookup		lookup;
	ScanKeyData key;
	Whose		found = NOBODYS;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_BYTEAEQ,
				PointerGetDatum(kept));
	lookup_open(&lookup, "head", index, 1);
	lookup_begin(&lookup, &key);
	while (found != OF_WHO_IS_OUT && lookup_next(&lookup))
		found = subject_is_in(site, mentions, lookup.slot) ?
			OF_WHO_IS_IN : OF_WHO_IS_OUT;
	lookup_close(&lookup);
	return found;
}

/* Is any member's page below so many bytes of this one? */
static bool
find_below(const bytea *secret, const char *page, size_t below)
{
	bytea	   *ends[] = {new_bytes(PROFILE_BYTES), new_bytes(PROFILE_BYTES)};
	Lookup		lookup;
	ScanKeyData keys[2];
	bool		found;

	for (int i = 0; i < 2; i++)
	{
		below_hash(secret, page, below, (uint8 *) VARDATA(ends[i]));
		memset(VARDATA(ends[i]) + BELOW_BYTES, i == 0 ? 0 : 0xFF, HASH_BYTES);
	}
	ScanKeyInit(&keys[0], 1, BTGreaterEqualStrategyNumber, F_BYTEAGE,
				PointerGetDatum(ends[0]));
	ScanKeyInit(&keys[1], 1, BTLessEqualStrategyNumber, F_BYTEALE,
				PointerGetDatum(ends[1]));
	lookup_open(&lookup, "head", "head_profile", 2);
	lookup_begin(&lookup, keys);
	found = lookup_next(&lookup);
	lookup_close(&lookup);
	return found;
}

static bool
any_below(Known *known, const char *page, size_t below)
{
	Mentions   *mentions = known->mentions;
	bool		found;

	if (!recall(mentions, KIND_BELOW, page, below, &found))
	{
		found = find_below(mentions->secret, page, below);
		remember(known, KIND_BELOW, page, below, found);
	}
	return found;
}

static bool
handle_is_out(const Site *site, Mentions *mentions, const char *handle,
			  size_t length)
{
	bytea	   *kept = handle_hash(mentions->secret, handle, length);

	return kept == NULL ||
		whose(site, mentions, "head_handle", kept) != OF_WHO_IS_IN;
}

/* A page is nobody's if it has more parts than a profile's ever does. */
#define MOST_PARTS 16

/*
 * A page can be below a profile's own, as /in/name/posts is.  A whole host is
 * somebody's only if a member has it.
 */
static bool
page_is_out(const Site *site, Mentions *mentions, const char *address,
			size_t length)
{
	char	   *page = page_of(address, length);
	size_t		below = 0;
	bytea	   *kept = new_bytes(PROFILE_BYTES);

	for (int part = 0; page[below] != '\0' && part < MOST_PARTS; part++)
	{
		size_t		end = below + strcspn(page + below, "/");
		Whose		found = NOBODYS;

		if (any_below(site->known, page, below))
		{
			page_hash(mentions->secret, page, below, end,
					  (uint8 *) VARDATA(kept));
			found = whose(site, mentions, "head_profile", kept);
			if (found == OF_WHO_IS_OUT || (found == NOBODYS && below > 0))
				return true;
		}
		below = end + (page[end] == '/');
	}
	return false;
}

bool
mention_is_out(Site *site, text *purpose, IdentifierKind kind,
			   const char *mention, size_t length)
{
	Mentions   *mentions = mentions_of(site, purpose);
	bool		is_out;

	if (mentions == NULL)
		return kind == IDENTIFIER_HANDLE;
	if (kind == IDENTIFIER_PROFILE && !mentions->has_profiles)
		return false;
	if (recall(mentions, kind, mention, length, &is_out))
		return is_out;
	is_out = kind == IDENTIFIER_HANDLE ?
		handle_is_out(site, mentions, mention, length) :
		page_is_out(site, mentions, mention, length);
	remember(site->known, kind, mention, length, is_out);
	return is_out;
}
