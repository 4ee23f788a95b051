/*
 * view.h: what SQL is the training view?
 */
#ifndef AICONSENT_VIEW_H
#define AICONSENT_VIEW_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/pg_list.h"

#include "label.h"
#include "registry.h"

/* One column of a training view. */
typedef struct ViewColumn
{
	char	   *name;
	Oid			type;
	int32		typmod;
	Oid			collation;
	AttrNumber	attno;			/* of the base column; 0: withdrawn */
	bool		needs_grant;	/* sensitive: only on explicit grants */
} ViewColumn;

/*
 * Does the clearance admit the column?  needs_grant is set where it does:
 * only on an explicit grant.
 */
extern bool view_releases(Oid relid, AttrNumber attno, const Label *clearance,
						  bool *needs_grant);

/* The columns that the clearance admits; those of a view, NIL: it is gone. */
extern List *view_columns_wanted(Oid relid, const Label *clearance);
extern List *view_columns_present(Oid view);

/*
 * What is wanted, to stand in the place of what a view has: that first, in its
 * order, then what is new.  What goes, or is of another type now, keeps its
 * place and is withdrawn; outdated says so.
 */
extern List *view_columns_arranged(const List *wanted, const List *present,
								   bool *outdated);

/* Would DROP VIEW be refused? */
extern bool view_is_built_on(Oid view);

/* The purpose that the view was published for; NULL: it is none of ours. */
extern char *view_purpose(Oid view);

/* The training views on a table; the one for a purpose, or InvalidOid. */
extern List *views_on(Oid relid);
extern Oid	view_for(Oid relid, const char *purpose);

/* The parts of its SQL; binding and purpose may be NULL for a typed NULL. */
extern char *view_column(const Binding *binding, const ViewColumn *column,
						 const char *purpose);
extern char *view_query(const Binding *binding, const List *columns,
						const char *purpose);
extern char *view_instant(Oid type, const char *column);

/* CREATE OR REPLACE the view of that quoted name, behind a barrier. */
extern void view_replace(const char *name, const char *query);

#endif							/* AICONSENT_VIEW_H */
