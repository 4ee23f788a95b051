/*
 * chain.c: how does each event of the ledger vouch for those before it?
 *
 * What is hashed is written as framed.h says:
 *
 *	content = SHA-256(salt, subject, channel, notice_version, evidence, reason)
 *	digest  = SHA-256(id, purpose, decision, effective_at, recorded_at,
 *					  recorded_by, transaction, retracts, previous, content)
 *	hash    = SHA-256(hash of the previous event, digest)
 *
 * where the salt stands without a length, as content does; times are
 * microseconds since 2000; no retracts or previous is 0; and before a
 * subject's first event is the HMAC-SHA256 of its key under the secret of this
 * database, which identity.c has.
 */
#include "compat.h"
#include "chain.h"
#include "evidence.h"
#include "framed.h"
#include "identity.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

/* ------------------------------------------------------------------------
 * Bytes
 * ------------------------------------------------------------------------
 */

static bytea *
make_bytes(int length)
{
	bytea	   *bytes = palloc(VARHDRSZ + length);

	SET_VARSIZE(bytes, VARHDRSZ + length);
	return bytes;
}

static void
write_salt(StringInfo out, Datum value)
{
	bytea	   *salt = DatumGetByteaPP(value);

	appendBinaryStringInfo(out, VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt));
}

/* ------------------------------------------------------------------------
 * Before the first event
 * ------------------------------------------------------------------------
 */

char *
chain_erased_key(const bytea *hash)
{
	Datum		hex = DirectFunctionCall2(binary_encode, PointerGetDatum(hash),
										  CStringGetTextDatum("hex"));

	return psprintf(ERASED_PREFIX "%s", TextDatumGetCString(hex));
}

bool
chain_erased_hash(const char *subject, uint8 *hash)
{
	static const char prefix[] = ERASED_PREFIX;
	const char *hex = subject + strlen(prefix);

	if (strncmp(subject, prefix, strlen(prefix)) != 0 ||
		strlen(hex) != 2 * SHA256_BYTES ||
		strspn(hex, "0123456789abcdef") != 2 * SHA256_BYTES)
		return false;
	(void) hex_decode(hex, 2 * SHA256_BYTES, (char *) hash);
	return true;
}

void
chain_begin(ChainEnd *end, const bytea *secret, const char *subject)
{
	end->id = 0;
	if (chain_erased_hash(subject, end->hash))
		return;
	if (secret)
		identity_hash_normal(secret, IDENTIFIER_KEY, subject, strlen(subject),
							 end->hash);
	else
		memset(end->hash, 0, SHA256_BYTES);
}

/* ------------------------------------------------------------------------
 * The hashes of an event, whose columns values are
 * ------------------------------------------------------------------------
 */

#define COLUMN(attno) values[(attno) - 1], nulls[(attno) - 1]
#define NUMBER(attno) \
	(nulls[(attno) - 1] ? 0 : DatumGetInt64(values[(attno) - 1]))

/* An erasure leaves the hash of what was there, and nothing else. */
static bool
is_erased(const Datum *values, const bool *nulls, uint8 *hash)
{
	bytea	   *erased;

	if (nulls[CONSENT_ERASED - 1] || !nulls[CONSENT_CHANNEL - 1] ||
		!nulls[CONSENT_NOTICE_VERSION - 1] || !nulls[CONSENT_EVIDENCE - 1] ||
		!nulls[CONSENT_REASON - 1] || !nulls[CONSENT_SALT - 1])
		return false;
	erased = DatumGetByteaPP(values[CONSENT_ERASED - 1]);
	if (VARSIZE_ANY_EXHDR(erased) != SHA256_BYTES)
		return false;
	memcpy(hash, VARDATA_ANY(erased), SHA256_BYTES);
	return true;
}

static void
hash_content(const Datum *values, const bool *nulls, uint8 *hash)
{
	StringInfoData out;

	if (is_erased(values, nulls, hash))
		return;
	initStringInfo(&out);
	if (!nulls[CONSENT_SALT - 1])
		write_salt(&out, values[CONSENT_SALT - 1]);
	framed_text(&out, COLUMN(CONSENT_SUBJECT));
	framed_text(&out, COLUMN(CONSENT_CHANNEL));
	framed_text(&out, COLUMN(CONSENT_NOTICE_VERSION));
	framed_json(&out, COLUMN(CONSENT_EVIDENCE));
	framed_text(&out, COLUMN(CONSENT_REASON));
	sha256(out.data, out.len, hash);
	pfree(out.data);
}

static void
hash_event(const Datum *values, const bool *nulls, uint8 *hash)
{
	StringInfoData out;
	uint8		content[SHA256_BYTES];

	hash_content(values, nulls, content);
	initStringInfo(&out);
	framed_number(&out, NUMBER(CONSENT_ID));
	framed_text(&out, COLUMN(CONSENT_PURPOSE));
	framed_text(&out, COLUMN(CONSENT_DECISION));
	framed_number(&out, NUMBER(CONSENT_EFFECTIVE_AT));
	framed_number(&out, NUMBER(CONSENT_RECORDED_AT));
	framed_text(&out, COLUMN(CONSENT_RECORDED_BY));
	framed_number(&out, NUMBER(CONSENT_TRANSACTION));
	framed_number(&out, NUMBER(CONSENT_RETRACTS));
	framed_number(&out, NUMBER(CONSENT_PREVIOUS));
	appendBinaryStringInfo(&out, (char *) content, SHA256_BYTES);
	sha256(out.data, out.len, hash);
	pfree(out.data);
}

void
chain_hash(const uint8 *previous, const uint8 *digest, uint8 *hash)
{
	uint8		link[2 * SHA256_BYTES];

	memcpy(link, previous, SHA256_BYTES);
	memcpy(link + SHA256_BYTES, digest, SHA256_BYTES);
	sha256(link, sizeof(link), hash);
}

void
chain_hash_row(const ChainEnd *end, const Datum *values, const bool *nulls,
			   uint8 *hash)
{
	uint8		digest[SHA256_BYTES];

	hash_event(values, nulls, digest);
	chain_hash(end->hash, digest, hash);
}

void
chain_append(ChainEnd *end, Datum *values, bool *nulls)
{
	bytea	   *salt = make_bytes(CHAIN_SALT_BYTES);
	bytea	   *hash = make_bytes(SHA256_BYTES);

	if (!pg_strong_random(VARDATA(salt), CHAIN_SALT_BYTES))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	values[CONSENT_PREVIOUS - 1] = Int64GetDatum(end->id);
	nulls[CONSENT_PREVIOUS - 1] = end->id == 0;
	values[CONSENT_SALT - 1] = PointerGetDatum(salt);
	nulls[CONSENT_ERASED - 1] = true;
	chain_hash_row(end, values, nulls, (uint8 *) VARDATA(hash));
	end->id = DatumGetInt64(values[CONSENT_ID - 1]);
	memcpy(end->hash, VARDATA(hash), SHA256_BYTES);
	values[CONSENT_HASH - 1] = PointerGetDatum(hash);
}

/* ------------------------------------------------------------------------
 * The same of rows that are there
 * ------------------------------------------------------------------------
 */

static void
hash_row(FunctionCallInfo fcinfo,
		 void (*hash_of) (const Datum *, const bool *, uint8 *), bytea *hash)
{
	Datum	   *values;
	bool	   *nulls;
	TupleDesc	desc = framed_columns(PG_GETARG_HEAPTUPLEHEADER(0), &values,
									  &nulls);

	if (desc->natts != CONSENT_NATTS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("an event of the ledger has %d columns, not %d",
						CONSENT_NATTS, desc->natts),
				 errhint("The library and the extension's objects are of different versions: ALTER EXTENSION aiconsent UPDATE;")));
	ReleaseTupleDesc(desc);
	hash_of(values, nulls, (uint8 *) VARDATA(hash));
}

/*
 * consent_content(event) RETURNS bytea: the hash of what an erasure takes.
 */
PG_FUNCTION_INFO_V1(consent_content);
Datum
consent_content(PG_FUNCTION_ARGS)
{
	bytea	   *hash = make_bytes(SHA256_BYTES);

	hash_row(fcinfo, hash_content, hash);
	PG_RETURN_BYTEA_P(hash);
}

/*
 * consent_digest(event) RETURNS bytea: the hash of all that an event says.
 */
PG_FUNCTION_INFO_V1(consent_digest);
Datum
consent_digest(PG_FUNCTION_ARGS)
{
	bytea	   *hash = make_bytes(SHA256_BYTES);

	hash_row(fcinfo, hash_event, hash);
	PG_RETURN_BYTEA_P(hash);
}
