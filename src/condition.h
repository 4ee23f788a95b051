/*
 * condition.h: what does an expression over a row say, and is it harmless?
 */
#ifndef AICONSENT_CONDITION_H
#define AICONSENT_CONDITION_H

#include "postgres.h"

#include "nodes/nodes.h"

/* What a condition is for. */
typedef enum ConditionUse
{
	CONDITION_EVIDENCE,			/* read by us, error or no error */
	CONDITION_ROWS				/* part of a training view: it must not tell */
} ConditionUse;

/*
 * Parse somebody's text as an expression over the columns of one relation.
 * Error unless it is made of columns, constants and what the server itself
 * brings and is immutable; name is the argument's, for messages.  One on rows
 * of a training view can follow foreign keys (path.h), whose rows its owner
 * must be able to read, and must be made of leakproof functions, since what
 * raises an error shows a value of a row that may be out.  Within sql_begin(),
 * whose search_path is what names are looked up by.
 */
extern Node *condition_parse(Oid relid, const char *text, const char *name,
							 ConditionUse use);

/* The same as SQL over the table t. */
extern char *condition_sql(Oid relid, Node *expression);

#endif							/* AICONSENT_CONDITION_H */
