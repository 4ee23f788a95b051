/*
 * chain.h: how does each event of the ledger vouch for those before it?
 *
 * The events of one subject are a chain: each has the hash of its content and
 * of the hash of the one before it.  Chains of different subjects do not know
 * of each other, so that who records for one waits for nobody else.
 *
 * What can be erased of an event is hashed first, with a salt; once the salt
 * is gone with the content, the hash stays right and says nothing.
 */
#ifndef AICONSENT_CHAIN_H
#define AICONSENT_CHAIN_H

#include "postgres.h"

#include "sha256.h"

#define CHAIN_SALT_BYTES 16

/*
 * What a chain ends with: its last event or, before there is one, the keyed
 * hash of the subject's key, which it goes on from.  An erasure leaves that
 * hash as the subject, so that nobody's chain can pass for another's.
 */
typedef struct ChainEnd
{
	int64		id;				/* 0: there is no event yet */
	uint8		hash[SHA256_BYTES];
} ChainEnd;

/* The ledger's key of an erased subject: this, and that hash in hexadecimal. */
#define ERASED_PREFIX "erased:"

/* secret: see identity.h; NULL: there is none, and no chain is right. */
extern void chain_begin(ChainEnd *end, const bytea *secret, const char *subject);

/* The hash that such a key has; false if it is none. */
extern bool chain_erased_hash(const char *subject, uint8 *hash);
extern char *chain_erased_key(const bytea *hash);

/*
 * Make a row of aiconsent.consent, whose other columns are there, the next of
 * the chain: the columns previous, salt and hash, allocated in the current
 * context.  The chain ends with it.
 */
extern void chain_append(ChainEnd *end, Datum *values, bool *nulls);

/* The hash that a row with previous and salt has, or had, as the next. */
extern void chain_hash_row(const ChainEnd *end, const Datum *values,
						   const bool *nulls, uint8 *hash);

/* The hash of an event with that digest behind that one. */
extern void chain_hash(const uint8 *previous, const uint8 *digest, uint8 *hash);

#endif							/* AICONSENT_CHAIN_H */
