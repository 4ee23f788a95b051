/*
 * identity.h: is this person erased, or suppressed?
 *
 * Neither list has a name in it: an identifier is kept as its HMAC-SHA256
 * under a key of this database, and can be recognised but not read.
 */
#ifndef AICONSENT_IDENTITY_H
#define AICONSENT_IDENTITY_H

#include "postgres.h"

struct Evidence;

typedef enum IdentifierKind
{
	IDENTIFIER_KEY,				/* of the subject table */
	IDENTIFIER_EMAIL,
	IDENTIFIER_HANDLE,
	IDENTIFIER_PROFILE			/* an address of a profile's page */
} IdentifierKind;

/* False where there is no such kind. */
extern bool identifier_kind_of_text(const char *text, IdentifierKind *kind);

/* The key of this database.  Within sql_begin(sql_owner()). */
extern bytea *identity_secret(void);

/*
 * The same as the active snapshot has it, without SQL and asking no right of
 * the current role; NULL: there is none yet.
 */
extern bytea *identity_secret_seen(void);

/*
 * An identifier as it is compared: without case, blanks and what is written
 * around it; a key to the letter.
 */
extern char *identity_normal(IdentifierKind kind, const char *text, int length);

/* The keyed hash of so many bytes of that, of IDENTITY_HASH_BYTES. */
#define IDENTITY_HASH_BYTES 32
extern void identity_hash_normal(const bytea *secret, IdentifierKind kind,
								 const char *normal, int length, uint8 *hash);

/* Both.  NULL where nothing is left: it names nobody. */
extern bytea *identity_hash(const bytea *secret, IdentifierKind kind,
							const char *text, int length);

/*
 * Subjects' keys changed from before to after: who is erased is so under the
 * new one, too.  A suppressed key is the key's, as a suppressed address is.
 */
extern void identity_follow(char *const *before, char *const *after, int n,
							const char *recorder);

/* Identifiers of subjects, by their numbers, while they are put together. */
typedef struct Identifiers Identifiers;

/* NULL: nobody is erased or suppressed, so there is nothing to look for. */
extern Identifiers *identity_seek(char *const *keys, int nkeys);
extern void identity_add(Identifiers *sought, int number, IdentifierKind kind,
						 text *identifier);

/* Fill in who is erased, and since when suppressed, as known at an instant. */
extern void identity_find(Identifiers *sought, struct Evidence *evidence,
						  int64 known_at);

#endif							/* AICONSENT_IDENTITY_H */
