/*
 * source.h: whose is a row, which of its cells are somebody else's, and how do
 * its rows differ?
 *
 * A source's binding has, beside the columns of its own table,
 *
 *	 row_id, row_id_2, ...				its primary key
 *	 subject_N, optional_N				a path (path.h) to persons: a key or
 *										an array of keys; an optional one may
 *										be NULL, which names nobody
 *	 occurred_at
 *	 cell_N, cell_N_subject_M, cell_N_optional_M, cell_N_occurred_at
 *										a column whose cells are about other
 *										persons than the row
 *	 class_N							a condition of classify(); NULL where
 *										it was taken away
 *
 * All of it stands in one view, so that whatever drops a part of it, by
 * CASCADE, ends the declaration, and what rests on it is out.
 */
#ifndef AICONSENT_SOURCE_H
#define AICONSENT_SOURCE_H

#include "postgres.h"

#include "label.h"
#include "path.h"
#include "registry.h"

typedef struct Subject
{
	KeyPath	   *path;
	bool		optional;
	bool		is_array;
	Oid			type;			/* of a key, or of an element */
} Subject;

typedef struct Cell
{
	AttrNumber	attno;
	List	   *subjects;		/* of Subject */
	KeyPath	   *occurred_at;	/* NULL: the row's */
} Cell;

/* A condition that sets some rows apart, and what these hold. */
typedef struct RowClass
{
	char	   *role;			/* class_N */
	char	   *condition;		/* SQL over the table t */
	Label		sensitivity;
	char	   *reason;
	bool		lowers;			/* stands in the place of the table's label */
	bool		accepted;		/* publish() was told so, for this table label */
	Label		accepted_for;
	bool		ended;			/* taken away; acts on until publish() is told */
} RowClass;

typedef struct Source
{
	const Binding *binding;
	Oid			relid;
	List	   *keys;			/* of AttrNumber, as integers */
	List	   *subjects;		/* of Subject */
	List	   *cells;			/* of Cell */
	List	   *classes;		/* of RowClass */
	AttrNumber	occurred_at;
} Source;

/* Within sql_begin(sql_owner()) or sql_begin_read(). */
extern Source *source_of(const Binding *binding);

/* The source that a table is; NULL: it is none. */
extern Source *source_find(Oid relid);

/* The cell's own persons; NULL: it is about the row's. */
extern const Cell *source_cell(const Source *source, AttrNumber attno);

/* A person of a path, or of an array of persons; NULL type if neither. */
extern Subject *source_subject(KeyPath *path, bool optional);

/*
 * What a column holds: its own label, and where it is a view's those of all
 * columns that it is made of, whatever rows a class of theirs raises included.
 * False without a label of its own: such a column is never released.
 */
extern bool source_field_label(Oid relid, AttrNumber attno, Label *label);

/* The same joined with the label of the table itself. */
extern bool source_field_sensitivity(Oid relid, AttrNumber attno,
									 Label *sensitivity);

/*
 * The tables and views whose labels restrict a view's fields, in the order of
 * their OIDs; NIL: it is no view.
 */
extern List *source_made_of(Oid relid);

/* The table's own label; public where it has none. */
extern void source_table_label(Oid relid, Label *label);

/* The same joined with what it was when it was last published. */
extern void source_label_in_force(const Source *source, Label *label);

#endif							/* AICONSENT_SOURCE_H */
