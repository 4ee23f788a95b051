/*
 * standing.h: how is every subject's timeline kept in step?
 */
#ifndef AICONSENT_STANDING_H
#define AICONSENT_STANDING_H

#include "postgres.h"

#include "rules.h"

/* Subjects by their keys' text form, sorted, each once. */
typedef struct SubjectSet
{
	int			n;
	char	  **keys;
} SubjectSet;

/*
 * All within sql_begin(sql_owner()).  standing_lock() takes the subjects'
 * head rows; whatever is read behind it includes all that is committed, or
 * the transaction fails with 40001.  standing_judge() recomputes them.
 */
extern SubjectSet standing_lock(char **keys, int nkeys);
extern void standing_judge(const SubjectSet *subjects);

/* Keep all other recomputes away until the end of the transaction. */
extern void standing_lock_all(void);

/* Judge every subject; under standing_lock_all(). */
extern void standing_judge_all(void);

/*
 * A key given as an argument of that type, as the subject table has it: the
 * text form that it has there.  Error if it cannot be a key of that table.
 */
extern char *subject_key(Datum key, Oid type);

/* Is there such a subject now?  Reads as the subject table's owner. */
extern bool subject_exists(const char *key);

#endif							/* AICONSENT_STANDING_H */
