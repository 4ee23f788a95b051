/*
 * mention.h: is the person that a text mentions out?
 *
 * A text mentions somebody by a handle or by the address of a profile.  Of
 * members' own only keyed hashes are kept, in aiconsent.head.
 */
#ifndef AICONSENT_MENTION_H
#define AICONSENT_MENTION_H

#include "postgres.h"

#include "identity.h"
#include "registry.h"
#include "window.h"

/*
 * What is kept of a member's handle and profile; NULL: it has none.  The secret
 * is identity_secret(), and NULL where the subject table has neither.
 */
extern bytea *mention_secret(const Binding *subject);
extern bytea *mention_handle(const bytea *secret, const text *handle);
extern bytea *mention_profile(const bytea *secret, const text *profile);

/*
 * Is whoever has the handle (IDENTIFIER_HANDLE) or page (IDENTIFIER_PROFILE)
 * out for the purpose?  Of several who have it, is any?  Nobody is out; but a
 * page that lies where no member's does is nobody's, and not out.  As
 * window_find() reads: under the query's own snapshot, asking no right.  The
 * site is window_site_begin()'s.
 */
extern bool mention_is_out(Site *site, text *purpose, IdentifierKind kind,
						   const char *mention, size_t length);

#endif							/* AICONSENT_MENTION_H */
