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
	bool		shipped;		/* holds where no other does */
} Treatment;

typedef struct Treatments
{
	List	   *list;			/* of Treatment */
	List	   *recognizers;	/* of Recognizer, for those that scrub */
} Treatments;

/* All of a purpose; within sql_begin(sql_owner()). */
extern const Treatments *treatments_of(const char *purpose);

/* Are texts of the category scrubbed? */
extern bool treatment_is_scrub(const Treatments *treatments,
							   const char *category);

/* Error unless it is the name of one. */
extern void treatment_require_category(const char *name);

/*
 * The expression that shows a value of these categories, given as SQL over
 * the table t, of which the value is a column; its type is set where it is
 * treated.  NULL, and why, where it cannot be shown.
 */
extern char *treatment_apply(const Treatments *treatments, const char *purpose,
							 const Label *sensitivity, Oid relid,
							 char *value, Oid *type, int32 *typmod,
							 Oid *collation, char **why_not);

/* Is a value, as SQL, named and not shown? */
extern bool treatment_names(const char *value);

#endif							/* AICONSENT_TREATMENT_H */
