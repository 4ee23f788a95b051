/*
 * condition.h: what does an expression over a row say, and is it harmless?
 */
#ifndef AICONSENT_CONDITION_H
#define AICONSENT_CONDITION_H

#include "postgres.h"

#include "nodes/nodes.h"

/*
 * Parse somebody's text as an expression over the columns of one relation.
 * Error unless it is made of columns, constants and what the server itself
 * brings and is immutable; use names the argument in messages.  Within
 * sql_begin(), whose search_path is what names are looked up by.
 */
extern Node *condition_parse(Oid relid, const char *text, const char *use);

/* The same as SQL over the table t. */
extern char *condition_sql(Oid relid, Node *expression);

#endif							/* AICONSENT_CONDITION_H */
