/*
 * view.h: what SQL is the training view, and its part of the corpus?
 */
#ifndef AICONSENT_VIEW_H
#define AICONSENT_VIEW_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/pg_list.h"

#include "label.h"
#include "source.h"
#include "treatment.h"

/* What a purpose may have, and how. */
typedef struct Release
{
	const char *purpose;
	Label		clearance;
	const Treatments *treatments;
	bool		sealed;			/* nothing of a reader's goes below the view */
	bool		by_evidence;	/* asks lawful(), not eligible(): see leak.c */
	bool		narrows;		/* not published now: labels lowered since the
								 * last time count as they were */
} Release;

/* False where the purpose has no clearance: nothing is released. */
extern bool release_of(const char *purpose, Release *release);

/* One column of a training view. */
typedef struct ViewColumn
{
	char	   *name;
	Oid			type;
	int32		typmod;
	Oid			collation;
	AttrNumber	attno;			/* of the base column; 0: withdrawn */
	char	   *value;			/* SQL over the table t; NULL: withdrawn */
	bool		needs_grant;	/* sensitive: only on explicit grants */
} ViewColumn;

/*
 * The columns that are released, of ViewColumn; NIL: no row is, or nothing of
 * it.
 */
extern List *view_columns_wanted(const Source *source, const Release *release);

/* The training view's query; columns as they shall be. */
extern char *view_query(const Source *source, const List *columns,
						const Release *release);

/* A query of these columns, all withdrawn, that gives no row. */
extern char *view_empty_query(const List *columns);

/* The parts of both: a cell as it is shown, what a row must meet, the end. */
extern char *view_column_sql(const Source *source, const ViewColumn *column,
							 const Release *release);
extern char *view_row_condition(const Source *source, const Release *release);
extern const char *view_seal(const Release *release);

/* Which conditions a row must meet, in SQL over t; explain_row() asks each. */
extern char *view_subject_condition(const Source *source,
									const Subject *subject,
									const char *function, const char *purpose,
									const char *occurred_at);
extern char *view_instant(Oid type, const char *column);
extern char *view_occurred_at(const Source *source);
extern char *view_names_somebody(const Source *source);
extern bool view_class_condition(const Source *source, const Release *release,
								 char **condition);
extern char *view_cell_condition(const Source *source, const Cell *cell,
								 const char *function, const char *purpose);

#endif							/* AICONSENT_VIEW_H */
