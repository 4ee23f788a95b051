/*
 * path.h: how does one get from a row to a column, over foreign keys?
 *
 * 'author_id' is a column of the row itself; 'post_id.author_id' is the
 * author of the post that the row refers to.  A binding keeps a path as a
 * subquery, so that the server follows renames and refuses drops:
 *
 *	 (SELECT h1.author_id FROM post h1 WHERE h1.id = t.post_id)
 */
#ifndef AICONSENT_PATH_H
#define AICONSENT_PATH_H

#include "postgres.h"

#include "access/attnum.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"

/* One step: from a column to the row of another table that it refers to. */
typedef struct Hop
{
	AttrNumber	column;			/* of the table before */
	Oid			relid;
	AttrNumber	key;
	Oid			equals;			/* operator, built in */
} Hop;

typedef struct KeyPath
{
	Oid			relid;			/* the table that it begins at */
	List	   *hops;			/* of Hop; NIL: a column of the row itself */
	AttrNumber	attno;			/* of the table at its end */
	Oid			type;
	int32		typmod;
	Oid			collation;
} KeyPath;

/* Of these names; an error with a hint where there is no such path. */
extern KeyPath *path_of_names(Oid relid, const List *names);

/*
 * Of a text: the name of a column, to the letter, or names with dots between
 * them, in double quotes where they have a dot or a quote themselves.
 */
extern KeyPath *path_of_text(Oid relid, const char *text);

/* Of what a binding has; NULL where that is none. */
extern KeyPath *path_of_expression(Oid relid, Node *expression);

/* The relation at its end. */
extern Oid	path_end(const KeyPath *path);

/* The subquery, or the column itself, over a table t. */
extern char *path_sql(const KeyPath *path);

/*
 * The beginning of a subquery over a hop, SELECT and all up to WHERE, whose
 * row goes by alias in what is selected; before is the row that it starts
 * from.
 */
extern void path_append_hop(StringInfo sql, const Hop *hop, const char *before,
							Oid before_relid, const char *alias,
							const char *selected);

/* A column of a row that goes by an alias. */
extern char *path_column(const char *alias, Oid relid, AttrNumber attno);

/* As it is written, for messages and for people. */
extern char *path_text(const KeyPath *path);

/* Error unless the role may read all that is behind the first step. */
extern void path_check_rights(const KeyPath *path, Oid role);

#endif							/* AICONSENT_PATH_H */
