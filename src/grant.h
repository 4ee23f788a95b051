/*
 * grant.h: who may read the training views?
 */
#ifndef AICONSENT_GRANT_H
#define AICONSENT_GRANT_H

/*
 * Give every reader of the purpose what is published in the schema.  Readers
 * are known by name; but for the first publication, only who can use the
 * schema already is one, not somebody who took the name since.
 */
extern void grant_all_readers(const char *purpose, const char *schema,
							  bool first);

#endif							/* AICONSENT_GRANT_H */
