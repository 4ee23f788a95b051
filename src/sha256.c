/*
 * sha256.c: what is the SHA-256 of these bytes?
 */
#include "compat.h"
#include "sha256.h"

#include "common/cryptohash.h"

/*
 * Not kept for longer than sha256_many() lasts: it is the server that frees it
 * when a transaction fails.
 */
static pg_cryptohash_ctx *kept = NULL;

void
sha256(const void *data, Size length, uint8 *hash)
{
	pg_cryptohash_ctx *context = kept ? kept : pg_cryptohash_create(PG_SHA256);

	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, data, length) < 0 ||
		pg_cryptohash_final(context, hash, SHA256_BYTES) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute %s", "SHA-256")));
	if (context != kept)
		pg_cryptohash_free(context);
}

void
sha256_many(void (*work) (void *), void *argument)
{
	pg_cryptohash_ctx *before = kept;

	kept = pg_cryptohash_create(PG_SHA256);
	PG_TRY();
	{
		work(argument);
	}
	PG_FINALLY();
	{
		pg_cryptohash_free(kept);
		kept = before;
	}
	PG_END_TRY();
}
