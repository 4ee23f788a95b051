/*
 * treatment.h: in what form is a released value shown?
 */
#ifndef AICONSENT_TREATMENT_H
#define AICONSENT_TREATMENT_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "label.h"

typedef struct Treatment
{
	char	   *category;
	char	   *function;		/* "none" is no function */
	char	   *argument;		/* of it, behind the value; or NULL */
} Treatment;

/* All of a purpose; within sql_begin(sql_owner()). */
extern List *treatments_of(const char *purpose);

/*
 * The expression that shows a value of these categories, given as SQL over
 * the table t, of which the value is a column; its type is set where it is
 * treated.  NULL, and why, where it cannot be shown.
 */
extern char *treatment_apply(const List *treatments, const char *purpose,
							 const Label *sensitivity, Oid relid,
							 char *value, Oid *type, int32 *typmod,
							 Oid *collation, char **why_not);

/* Is a value, as SQL, named and not shown? */
extern bool treatment_names(const char *value);

#endif							/* AICONSENT_TREATMENT_H */
