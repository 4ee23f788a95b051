/*
 * classify.h: how are some rows of a table set apart from the others?
 */
#ifndef AICONSENT_CLASSIFY_H
#define AICONSENT_CLASSIFY_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "source.h"

/* What publish() would make less strict than it was. */
typedef struct Lowered
{
	char	   *what;			/* a field, or some rows of a table */
	char	   *from;
	char	   *to;
} Lowered;

extern Lowered *lowered(char *what, const Label *from, const Label *to);

/*
 * Classes of rows that are, of Lowered.  None of a source that was never
 * published.
 */
extern List *classes_lowered(const Source *source);

/*
 * Accept that; true if the binding changed and the source must be read anew.
 */
extern bool classes_accept(const Source *source);

#endif							/* AICONSENT_CLASSIFY_H */
