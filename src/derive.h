/*
 * derive.h: from which columns is a value derived?
 *
 * What the server stores as a query is followed down to the columns of tables:
 * views, materialized views, generated columns and SQL-standard function
 * bodies, through whatever a query can be made of.
 *
 * A column is derived from every column that stands in its expression, the
 * subqueries in it and the window that it is computed over included.  What
 * decides which rows there are, and in which order (WHERE, ON, GROUP BY,
 * HAVING, DISTINCT ON, ORDER BY, LIMIT), is a channel of its own and is asked
 * for apart, by derive_rows().
 */
#ifndef AICONSENT_DERIVE_H
#define AICONSENT_DERIVE_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/parsenodes.h"

#include "label.h"

typedef struct DerivedColumn
{
	Oid			relid;
	AttrNumber	attno;
	bool		is_base;		/* else derived itself: a view's or generated */
	bool		published;		/* only seen through a training view */
} DerivedColumn;

typedef struct Derivation
{
	List	   *columns;		/* of DerivedColumn: all on the way and below */
	List	   *opaque;			/* functions that may read what is not recorded */
	bool		too_deep;		/* there is more, nested too deep to follow */
} Derivation;

/* What a query of a rule or function writes into a column of a table. */
typedef struct DerivedWrite
{
	Oid			relid;
	AttrNumber	attno;
	Derivation *derivation;
} DerivedWrite;

/* In the place of a column's number: all columns, and what decides the rows. */
#define DERIVE_ALL	InvalidAttrNumber
#define DERIVE_ROWS	PG_INT16_MIN

/* A column of a table, view or materialized view; a table's rows are just there. */
extern Derivation *derive_column(Oid relid, AttrNumber attno);

/* The same of what a function gives. */
extern Derivation *derive_function_column(Oid funcid, AttrNumber attno);

/*
 * The same of a query that a rule has, which runs with other rights than who
 * reads the result has.
 */
extern Derivation *derive_query_column(Query *query, AttrNumber attno);

/* All that a query writes, into whatever table. */
extern List *derive_writes(Query *query);

/* The columns that a query gives back. */
extern List *derive_target_list(const Query *query);

/* The queries of a function's SQL-standard body; NIL: it has none. */
extern List *derive_function_body(Oid funcid);

/*
 * The join of all labels on the way.  False where that is not all: *unknown
 * then names (as char *) each base column without a label of its own, and each
 * function that may read anything.  What is too deep counts as never.
 */
extern bool derive_sensitivity(const Derivation *derivation, Label *known,
							   List **unknown);

#endif							/* AICONSENT_DERIVE_H */
