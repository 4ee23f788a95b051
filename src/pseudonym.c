/*
 * pseudonym.c: how is named what must not be named?
 *
 * A pseudonym is the HMAC-SHA256 of a value under a key of the purpose, so
 * that what was exported for two purposes cannot be joined.  The keys are in
 * a table that nobody but its owner reads; the views call as their reader, so
 * it is read here in C, without asking for rights.
 */
#include "compat.h"
#include "kept.h"
#include "policy.h"
#include "pseudonym.h"
#include "registry.h"
#include "sql.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* As many bytes of the hash make a pseudonym, in hexadecimal. */
#define PSEUDONYM_BYTES 16

/* The columns of aiconsent.pseudonym_key. */
enum
{
	KEY_PURPOSE = 1,
	KEY_SINCE,
	KEY_VALUE
};

typedef struct Key
{
	char	   *purpose;
	TimestampTz since;
	uint8		value[PG_SHA256_DIGEST_LENGTH];
} Key;

static Kept kept;
static List *kept_keys;

void
pseudonym_init(void)
{
	kept_register(&kept, "pseudonym keys");
}

static Key *
find_key(const char *purpose, size_t length)
{
	ListCell   *lc;

	foreach(lc, kept_keys)
	{
		Key		   *key = lfirst(lc);

		if (strlen(key->purpose) == length &&
			memcmp(key->purpose, purpose, length) == 0)
			return key;
	}
	return NULL;
}

/* The latest of each purpose. */
static void
take_key(HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	text	   *purpose = DatumGetTextPP(heap_getattr(tuple, KEY_PURPOSE, desc,
													  &isnull));
	TimestampTz since = DatumGetTimestampTz(heap_getattr(tuple, KEY_SINCE,
														 desc, &isnull));
	bytea	   *value = DatumGetByteaPP(heap_getattr(tuple, KEY_VALUE, desc,
													 &isnull));
	Key		   *key = find_key(VARDATA_ANY(purpose),
							   VARSIZE_ANY_EXHDR(purpose));

	if (VARSIZE_ANY_EXHDR(value) != PG_SHA256_DIGEST_LENGTH ||
		(key && key->since >= since))
		return;
	if (key == NULL)
	{
		key = palloc(sizeof(Key));
		key->purpose = text_to_cstring(purpose);
		kept_keys = lappend(kept_keys, key);
	}
	key->since = since;
	memcpy(key->value, VARDATA_ANY(value), PG_SHA256_DIGEST_LENGTH);
}

/*
 * A scan and no query, and by a snapshot of now: workers of a parallel query
 * come by here, and a change is told once only.
 */
static void
load_keys(void)
{
	Relation	table = table_open(sql_table("pseudonym_key"), AccessShareLock);
	MemoryContext caller;
	SysScanDesc scan;
	HeapTuple	tuple;

	kept_begin(&kept);
	kept_keys = NIL;
	PG_TRY();
	{
		kept_rests_on(&kept, RelationGetRelid(table));
		scan = systable_beginscan(table, InvalidOid, false, NULL, 0, NULL);
		caller = MemoryContextSwitchTo(kept.context);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
			take_key(tuple, RelationGetDescr(table));
		MemoryContextSwitchTo(caller);
		systable_endscan(scan);
	}
	PG_CATCH();
	{
		kept.valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	table_close(table, AccessShareLock);
}

static const Key *
key_of(const text *purpose)
{
	const Key  *key;

	if (!kept.valid)
		load_keys();
	key = find_key(VARDATA_ANY(purpose), VARSIZE_ANY_EXHDR(purpose));
	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("purpose \"%s\" has no key for pseudonyms",
						text_to_cstring(purpose)),
				 errhint("SELECT aiconsent.publish(%s); makes one.",
						 quote_literal_cstr(text_to_cstring(purpose)))));
	return key;
}

static text *
pseudonym_of(const text *value, const Key *key, const text *of)
{
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA256);
	uint8		hash[PG_SHA256_DIGEST_LENGTH];
	text	   *result = palloc(VARHDRSZ + 2 * PSEUDONYM_BYTES);

	/* What it is of comes first, and ends: no two values are written alike. */
	if (hmac == NULL ||
		pg_hmac_init(hmac, key->value, sizeof(key->value)) < 0 ||
		(of && pg_hmac_update(hmac, (const uint8 *) VARDATA_ANY(of),
							  VARSIZE_ANY_EXHDR(of)) < 0) ||
		pg_hmac_update(hmac, (const uint8 *) "", 1) < 0 ||
		pg_hmac_update(hmac, (const uint8 *) VARDATA_ANY(value),
					   VARSIZE_ANY_EXHDR(value)) < 0 ||
		pg_hmac_final(hmac, hash, sizeof(hash)) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute %s", "HMAC-SHA256")));
	pg_hmac_free(hmac);
	SET_VARSIZE(result, VARHDRSZ + 2 * PSEUDONYM_BYTES);
	(void) hex_encode((const char *) hash, PSEUDONYM_BYTES, VARDATA(result));
	return result;
}

PG_FUNCTION_INFO_V1(pseudonym);
Datum
pseudonym(PG_FUNCTION_ARGS)
{
	text	   *of = PG_NARGS() > 2 ? PG_GETARG_TEXT_PP(2) : NULL;

	PG_RETURN_TEXT_P(pseudonym_of(PG_GETARG_TEXT_PP(0),
								  key_of(PG_GETARG_TEXT_PP(1)), of));
}

/*
 * pseudonym_since(value, purpose, of, since): the same under an older key.
 */
PG_FUNCTION_INFO_V1(pseudonym_since);
Datum
pseudonym_since(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(3)};
	Key			key;
	SqlScope	scope;
	bool		isnull;
	bytea	   *value;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	scope = sql_begin_read(sql_owner());
	if (sql_run("SELECT k.value FROM aiconsent.pseudonym_key k"
				" WHERE k.purpose = $1 AND k.since = $2"
				"  AND pg_catalog.length(k.value) = 32",
				2, types, values, NULL) == 0)
	{
		sql_end(&scope);
		PG_RETURN_NULL();
	}
	value = DatumGetByteaPP(sql_column(0, 1, &isnull));
	memcpy(key.value, VARDATA_ANY(value), sizeof(key.value));
	sql_end(&scope);
	PG_RETURN_TEXT_P(pseudonym_of(PG_GETARG_TEXT_PP(0), &key,
								  PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2)));
}

/*
 * part(pseudonym): one of 1,024 parts, by the pseudonym's first bits.
 */
PG_FUNCTION_INFO_V1(part);
Datum
part(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	char		bytes[2];

	if (VARSIZE_ANY_EXHDR(name) != 2 * PSEUDONYM_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a part is of a pseudonym, which has %d digits",
						2 * PSEUDONYM_BYTES)));
	(void) hex_decode(VARDATA_ANY(name), 4, bytes);
	PG_RETURN_INT32(((uint8) bytes[0] << 2 | (uint8) bytes[1] >> 6));
}

/* ------------------------------------------------------------------------
 * Keys
 * ------------------------------------------------------------------------
 */

static void
make_key(const char *purpose)
{
	uint8		random[PG_SHA256_DIGEST_LENGTH];
	bytea	   *value = palloc(VARHDRSZ + sizeof(random));
	Oid			types[] = {TEXTOID, BYTEAOID};
	Datum		values[] = {CStringGetTextDatum(purpose),
	PointerGetDatum(value)};

	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	SET_VARSIZE(value, VARHDRSZ + sizeof(random));
	memcpy(VARDATA(value), random, sizeof(random));
	sql_run("INSERT INTO aiconsent.pseudonym_key (purpose, value) VALUES ($1, $2)",
			2, types, values, NULL);
}

void
pseudonym_ensure_key(const char *purpose)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};

	if (sql_run("SELECT FROM aiconsent.pseudonym_key WHERE purpose = $1 LIMIT 1",
				1, types, values, NULL) == 0)
		make_key(purpose);
}

PG_FUNCTION_INFO_V1(rotate_pseudonyms);
Datum
rotate_pseudonyms(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	char	   *purpose;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the purpose must not be null")));
	purpose = text_to_cstring(PG_GETARG_TEXT_PP(0));
	scope = sql_begin(sql_owner());
	require_purpose(purpose);
	make_key(purpose);
	registry_change(scope.saved_user, "rotate_pseudonyms", purpose, NULL, NULL,
					PG_ARGISNULL(1) ? NULL :
					text_to_cstring(PG_GETARG_TEXT_PP(1)));
	sql_end(&scope);
	PG_RETURN_VOID();
}
