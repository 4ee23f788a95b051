/*
 * sha256.h: what is the SHA-256 of these bytes?
 */
#ifndef AICONSENT_SHA256_H
#define AICONSENT_SHA256_H

#include "postgres.h"

#include "common/sha2.h"

#define SHA256_BYTES PG_SHA256_DIGEST_LENGTH

extern void sha256(const void *data, Size length, uint8 *hash);

/*
 * Run work, in which all hashes are made by one context of the server's: to
 * make that costs more than a hash.
 */
extern void sha256_many(void (*work) (void *), void *argument);

#endif							/* AICONSENT_SHA256_H */
