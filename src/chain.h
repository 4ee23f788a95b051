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

/* The last event of a chain. */
typedef struct ChainEnd
{
	int64		id;				/* 0: there is no event yet */
	uint8		hash[SHA256_BYTES];
} ChainEnd;

/*
 * Make a row of aiconsent.consent, whose other columns are there, the next of
 * the chain: the columns previous, salt and hash, allocated in the current
 * context.  The chain ends with it.
 */
extern void chain_append(ChainEnd *end, Datum *values, bool *nulls);

/* The hash that a row with previous and salt has, or had, as the next. */
extern void chain_hash_row(const ChainEnd *end, const Datum *values,
						   const bool *nulls, uint8 *hash);

/* The hash of an event with that digest; previous NULL: it is the first. */
extern void chain_hash(const uint8 *previous, const uint8 *digest, uint8 *hash);

#endif							/* AICONSENT_CHAIN_H */
