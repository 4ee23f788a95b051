/*
 * grant.h: who may do what?
 */
#ifndef AICONSENT_GRANT_H
#define AICONSENT_GRANT_H

#include "postgres.h"

extern void grant_init(void);

/*
 * Give every reader of the purpose what is published in the schema.  Readers
 * are known by name; but for the first publication, only who can use the
 * schema already is one, not somebody who took the name since.
 */
extern void grant_all_readers(const char *purpose, const char *schema,
							  bool first);

/*
 * Error unless the role is a writer of the purpose, or has the privileges of
 * one, or is a superuser: EXECUTE does not say for which purpose.
 */
extern void require_writer(Oid role, const char *purpose);

#endif							/* AICONSENT_GRANT_H */
