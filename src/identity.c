/*
 * identity.c: is this person erased, or suppressed?
 */
#include "compat.h"
#include "evidence.h"
#include "identity.h"
#include "lookup.h"
#include "sql.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

static const char *const kind_names[] = {"key", "email", "handle", "profile"};

bool
identifier_kind_of_text(const char *text, IdentifierKind *kind)
{
	for (int i = 0; i < (int) lengthof(kind_names); i++)
	{
		if (strcmp(text, kind_names[i]) == 0)
		{
			*kind = i;
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Identifiers as they are compared
 * ------------------------------------------------------------------------
 */

static bool
skip_prefix(const char **text, int *length, const char *prefix)
{
	int			n = strlen(prefix);

	if (*length < n || pg_strncasecmp(*text, prefix, n) != 0)
		return false;
	*text += n;
	*length -= n;
	return true;
}

/*
 * Without blanks around it and in lower case (of ASCII alone, which follows
 * no locale); a handle without its @, an address without scheme, www., query
 * and last slash.  A key is a key to the letter.
 */
char *
identity_normal(IdentifierKind kind, const char *text, int length)
{
	char	   *normal;

	if (kind == IDENTIFIER_KEY)
		return pnstrdup(text, length);
	while (length > 0 && isspace((unsigned char) *text))
	{
		text++;
		length--;
	}
	while (length > 0 && isspace((unsigned char) text[length - 1]))
		length--;
	if (kind == IDENTIFIER_HANDLE)
		(void) skip_prefix(&text, &length, "@");
	else if (kind == IDENTIFIER_EMAIL)
		(void) skip_prefix(&text, &length, "mailto:");
	else
	{
		(void) (skip_prefix(&text, &length, "https://") ||
				skip_prefix(&text, &length, "http://"));
		(void) skip_prefix(&text, &length, "www.");
		for (int i = 0; i < length; i++)
		{
			if (text[i] == '?' || text[i] == '#')
				length = i;
		}
		while (length > 0 && text[length - 1] == '/')
			length--;
	}
	normal = pnstrdup(text, length);
	for (char *c = normal; *c; c++)
	{
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	}
	return normal;
}

/* ------------------------------------------------------------------------
 * Hashes
 * ------------------------------------------------------------------------
 */

/* Of two who make it at once, one waits and takes the other's. */
static bytea *
make_secret(void)
{
	uint8		value[PG_SHA256_DIGEST_LENGTH];
	bytea	   *made = palloc(VARHDRSZ + sizeof(value));
	Oid			types[] = {BYTEAOID};
	Datum		values[] = {PointerGetDatum(made)};
	bool		isnull;

	if (!pg_strong_random(value, sizeof(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	SET_VARSIZE(made, VARHDRSZ + sizeof(value));
	memcpy(VARDATA(made), value, sizeof(value));
	(void) sql_run("INSERT INTO aiconsent.secret AS s (name, value)"
				   " VALUES ('identifier', $1)"
				   " ON CONFLICT (name) DO UPDATE SET value = s.value"
				   " RETURNING value", 1, types, values, NULL);
	return (bytea *) PG_DETOAST_DATUM_COPY(sql_column(0, 1, &isnull));
}

/* Attributes of aiconsent.secret, in the order of sql/40_ledger.sql. */
enum
{
	SECRET_NAME = 1,
	SECRET_VALUE
};

bytea *
identity_secret_seen(void)
{
	Lookup		lookup;
	ScanKeyData key;
	bytea	   *secret = NULL;

	ScanKeyInit(&key, SECRET_NAME, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum("identifier"));
	key.sk_collation = DEFAULT_COLLATION_OID;
	lookup_open(&lookup, "secret", "secret_pkey", 1);
	lookup_begin(&lookup, &key);
	if (lookup_next(&lookup))
		secret = (bytea *) PG_DETOAST_DATUM_COPY(lookup_column(lookup.slot,
															   SECRET_VALUE));
	lookup_close(&lookup);
	return secret;
}

/* Made when it is needed first. */
bytea *
identity_secret(void)
{
	bytea	   *secret;

	PushActiveSnapshot(GetTransactionSnapshot());
	secret = identity_secret_seen();
	PopActiveSnapshot();
	return secret ? secret : make_secret();
}

void
identity_hash_normal(const bytea *key, IdentifierKind kind, const char *normal,
					 int length, uint8 *hash)
{
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA256);

	if (hmac == NULL ||
		pg_hmac_init(hmac, (const uint8 *) VARDATA_ANY(key),
					 VARSIZE_ANY_EXHDR(key)) < 0 ||
		pg_hmac_update(hmac, (const uint8 *) kind_names[kind],
					   strlen(kind_names[kind]) + 1) < 0 ||
		pg_hmac_update(hmac, (const uint8 *) normal, length) < 0 ||
		pg_hmac_final(hmac, hash, IDENTITY_HASH_BYTES) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute %s", "HMAC-SHA256")));
	pg_hmac_free(hmac);
}

bytea *
identity_hash(const bytea *secret, IdentifierKind kind, const char *text,
			  int length)
{
	char	   *normal = identity_normal(kind, text, length);
	bytea	   *hash;

	if (*normal == '\0' && kind != IDENTIFIER_KEY)
		return NULL;
	hash = palloc(VARHDRSZ + IDENTITY_HASH_BYTES);
	SET_VARSIZE(hash, VARHDRSZ + IDENTITY_HASH_BYTES);
	identity_hash_normal(secret, kind, normal, strlen(normal),
						 (uint8 *) VARDATA(hash));
	return hash;
}

static Datum
key_hashes(const bytea *secret, char *const *keys, int n)
{
	Datum	   *hashes = palloc_extended(n * sizeof(Datum) + 1, MCXT_ALLOC_HUGE);

	for (int i = 0; i < n; i++)
		hashes[i] = PointerGetDatum(identity_hash(secret, IDENTIFIER_KEY,
												  keys[i], strlen(keys[i])));
	return PointerGetDatum(construct_array(hashes, n, BYTEAOID, -1, false,
										   TYPALIGN_INT));
}

void
identity_follow(char *const *before, char *const *after, int n,
				const char *recorder)
{
	Oid			types[] = {BYTEAARRAYOID, BYTEAARRAYOID, TEXTOID};
	Datum		values[3];
	bytea	   *secret;

	if (sql_is_empty("erasure"))
		return;
	secret = identity_secret();
	values[0] = key_hashes(secret, before, n);
	values[1] = key_hashes(secret, after, n);
	values[2] = CStringGetTextDatum(recorder);
	sql_run("INSERT INTO aiconsent.erasure (subject, reason, recorded_by)"
			" SELECT k.after, e.reason, $3 FROM unnest($1, $2) AS k(before, after)"
			" JOIN aiconsent.erasure e ON e.subject = k.before"
			" WHERE NOT EXISTS (SELECT FROM aiconsent.erasure h"
			"  WHERE h.subject = k.after)", 3, types, values, NULL);
}

/* ------------------------------------------------------------------------
 * Looking for many
 * ------------------------------------------------------------------------
 */

struct Identifiers
{
	bytea	   *secret;
	int			n;
	int			room;
	Datum	   *numbers;		/* of the subjects */
	Datum	   *hashes;
};

Identifiers *
identity_seek(char *const *keys, int nkeys)
{
	Identifiers *sought;

	if (sql_is_empty("erasure") && sql_is_empty("suppression"))
		return NULL;
	sought = palloc(sizeof(Identifiers));
	sought->secret = identity_secret();
	sought->n = 0;
	sought->room = 4 * nkeys;
	sought->numbers = palloc_extended(sought->room * sizeof(Datum),
									  MCXT_ALLOC_HUGE);
	sought->hashes = palloc_extended(sought->room * sizeof(Datum),
									 MCXT_ALLOC_HUGE);
	for (int i = 0; i < nkeys; i++)
		identity_add(sought, i, IDENTIFIER_KEY, cstring_to_text(keys[i]));
	return sought;
}

void
identity_add(Identifiers *sought, int number, IdentifierKind kind,
			 text *identifier)
{
	bytea	   *hash = identifier == NULL ? NULL :
		identity_hash(sought->secret, kind, VARDATA_ANY(identifier),
					  VARSIZE_ANY_EXHDR(identifier));

	if (hash == NULL)
		return;					/* nobody is called so */
	if (sought->n == sought->room)
	{
		sought->room *= 2;
		sought->numbers = repalloc_huge(sought->numbers,
										sought->room * sizeof(Datum));
		sought->hashes = repalloc_huge(sought->hashes,
									   sought->room * sizeof(Datum));
	}
	sought->numbers[sought->n] = Int32GetDatum(number);
	sought->hashes[sought->n++] = PointerGetDatum(hash);
}

void
identity_find(Identifiers *sought, Evidence *evidence, int64 known_at)
{
	Oid			types[] = {INT4ARRAYOID, BYTEAARRAYOID, TIMESTAMPTZOID};
	Datum		values[3];
	uint64		count;

	if (sought == NULL)
		return;
	values[0] = PointerGetDatum(construct_array(sought->numbers, sought->n,
												INT4OID, 4, true,
												TYPALIGN_INT));
	values[1] = PointerGetDatum(construct_array(sought->hashes, sought->n,
												BYTEAOID, -1, false,
												TYPALIGN_INT));
	values[2] = TimestampTzGetDatum(known_at);
	count = sql_run_committed("SELECT i.number, f.suppressed_at"
							  " FROM unnest($1, $2) AS i(number, hash),"
							  " LATERAL (SELECT NULL::timestamptz AS suppressed_at"
							  "  FROM aiconsent.erasure e WHERE e.subject = i.hash"
							  "  UNION ALL"
							  "  SELECT s.recorded_at FROM aiconsent.suppression s"
							  "  WHERE s.identifier = i.hash AND s.recorded_at <= $3"
							  "   AND NOT EXISTS (SELECT FROM aiconsent.suppression r"
							  "    WHERE r.retracts = s.id AND r.recorded_at <= $3)"
							  "  OFFSET 0) f", 3, types, values, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Evidence   *e = &evidence[DatumGetInt32(sql_column(row, 1, &isnull))];
		Datum		at = sql_column(row, 2, &isnull);

		if (isnull)
			e->erased = true;
		else
			e->suppressed_at = Min(e->suppressed_at, DatumGetTimestampTz(at));
	}
	SPI_freetuptable(SPI_tuptable);
}
