/*
 * consent.h: what does a subject say?
 */
#ifndef AICONSENT_CONSENT_H
#define AICONSENT_CONSENT_H

#include "postgres.h"

#include "standing.h"

/*
 * Subjects' keys changed from before to after: what restricts the use of
 * their data, now or later, is entered for the new keys, too.  A grant does
 * not follow, and one that somebody gave under the new key is void.  Within
 * sql_begin(sql_owner()), under standing_lock().
 */
extern void consent_follow(char **before, char **after, int n,
						   const SubjectSet *subjects, Oid recorder);

#endif							/* AICONSENT_CONSENT_H */
