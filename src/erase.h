/*
 * erase.h: how is a subject forgotten, and kept out for ever?
 */
#ifndef AICONSENT_ERASE_H
#define AICONSENT_ERASE_H

#include "postgres.h"

#include "chain.h"

/* Is the ledger written by an erasure, the one that may edit it? */
extern bool erase_in_progress(void);

/*
 * Where subjects were erased elsewhere: the hashes of their keys, bytea[].
 * Whatever is here of them loses its content; their standing is to be judged
 * behind it.  Under standing_lock_all().
 */
extern void erase_again(Datum hashes);

/* Behind what else came of them: their chains end with an erasure. */
extern void erase_end_chains(Datum hashes, Oid recorder);

/*
 * The last event that the ledger has of an erased subject, by its key there;
 * id 0: there is none.  Has it ended the chain, so that a further event is the
 * first of another one?
 */
extern ChainEnd erase_chain_end(const char *erased, bool *has_ended);

#endif							/* AICONSENT_ERASE_H */
