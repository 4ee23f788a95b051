/*
 * merkle.h: what one hash stands for many values in their order?
 */
#ifndef AICONSENT_MERKLE_H
#define AICONSENT_MERKLE_H

#include "postgres.h"

#include "sha256.h"

#define MERKLE_LEVELS 63

/* All zero: of no value yet. */
typedef struct Merkle
{
	uint64		count;			/* bit n: there is a tree of 2^n values */
	uint8		trees[MERKLE_LEVELS][SHA256_BYTES];
} Merkle;

extern void merkle_append(Merkle *merkle, const void *value, Size length);
extern void merkle_hash(const Merkle *merkle, uint8 *root);

#endif							/* AICONSENT_MERKLE_H */
