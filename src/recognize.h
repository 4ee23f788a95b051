/*
 * recognize.h: what do recognizers find in a text?
 */
#ifndef AICONSENT_RECOGNIZE_H
#define AICONSENT_RECOGNIZE_H

#include "postgres.h"

#include "utils/array.h"

/* Recognizers that are called from one place of a query. */
typedef struct Recognition Recognition;

/*
 * Of these functions (regprocedure[]), within the context.  Error 42501 where
 * the current role may not execute one.
 */
extern Recognition *recognition_begin(MemoryContext context, ArrayType *functions);

/* Is it of these? */
extern bool recognition_is_of(const Recognition *recognition,
							  const ArrayType *functions);

/* What was found, in characters, from 1 on; not yet looked at. */
typedef struct Recognized
{
	char	   *class;
	int32		start;
	int32		length;
} Recognized;

/*
 * False where any of them raises an error, or returns NULL, more than 10,000
 * spans, or a class that is not [A-Z][A-Z0-9_]* of at most 31 characters.
 */
extern bool recognize(Recognition *recognition, text *value,
					  Recognized **found, int *nfound);

#endif							/* AICONSENT_RECOGNIZE_H */
