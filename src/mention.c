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

/* What is kept of a page that is below so many bytes of itself. */
static void
page_hash(const bytea *secret, const char *page, size_t below, size_t length,
		  uint8 *kept)
{
	uint8		hash[IDENTITY_HASH_BYTES];

	identity_hash_normal(secret, IDENTIFIER_PROFILE, page, below, hash);
	memcpy(kept, hash, BELOW_BYTES);
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
	char	   *mention;		/* behind its kind */
	bool		is_out;
	uint32		hash;
	char		status;
} SeenEntry;

#define SH_PREFIX seen
#define SH_ELEMENT_TYPE SeenEntry
#define SH_KEY_TYPE char *
#define SH_KEY mention
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

/* Is any member's address below the same? */
static bool
any_below(const bytea *kept)
{
	bytea	   *ends[] = {new_bytes(PROFILE_BYTES), new_bytes(PROFILE_BYTES)};
	Lookup		lookup;
	ScanKeyData keys[2];
	bool		found;

	for (int i = 0; i < 2; i++)
	{
		memcpy(VARDATA(ends[i]), VARDATA(kept), BELOW_BYTES);
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
		Whose		found;

		page_hash(mentions->secret, page, below, end, (uint8 *) VARDATA(kept));
		found = whose(site, mentions, "head_profile", kept);
		if (found == OF_WHO_IS_OUT ||
			(found == NOBODYS && below > 0 && any_below(kept)))
			return true;
		below = end + (page[end] == '/');
	}
	return false;
}

bool
mention_is_out(Site *site, text *purpose, IdentifierKind kind,
			   const char *mention, size_t length)
{
	Mentions   *mentions = mentions_of(site, purpose);
	SeenEntry  *entry;
	char	   *key;
	bool		is_out;
	bool		found;

	if (mentions == NULL)
		return kind == IDENTIFIER_HANDLE;
	if (kind == IDENTIFIER_PROFILE && !mentions->has_profiles)
		return false;
	key = psprintf("%d%.*s", kind, (int) Min(length, LONGEST_SEEN), mention);
	entry = length > LONGEST_SEEN ? NULL : seen_lookup(mentions->seen, key);
	if (entry)
		return entry->is_out;
	is_out = kind == IDENTIFIER_HANDLE ?
		handle_is_out(site, mentions, mention, length) :
		page_is_out(site, mentions, mention, length);
	if (length <= LONGEST_SEEN && mentions->seen->members < MOST_SEEN)
	{
		Assert(site->known->mentions == mentions);
		key = MemoryContextStrdup(site->known->mentions_context, key);
		seen_insert(mentions->seen, key, &found)->is_out = is_out;
	}
	return is_out;
}
