/*
 * recognizer.h: what else is looked for in the texts of a category?
 *
 * A recognizer is a function of the user's that takes a text and returns what
 * it finds in it: class, start and length.
 */
#ifndef AICONSENT_RECOGNIZER_H
#define AICONSENT_RECOGNIZER_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "label.h"

typedef struct Recognizer
{
	char	   *category;
	char	   *name;			/* qualified; it takes a text */
} Recognizer;

/* All of a purpose, by name; within sql_begin(sql_owner()). */
extern List *recognizers_of(const char *purpose);

/* Those for any of the categories or what is above them, each once. */
extern List *recognizers_for(const List *recognizers, const Label *sensitivity);

/* The function, or InvalidOid. */
extern Oid	recognizer_function(const char *name);

/* Why the function cannot be one, or not any more; NULL: it can. */
extern char *recognizer_why_not(Oid function, const char *name);

#endif							/* AICONSENT_RECOGNIZER_H */
