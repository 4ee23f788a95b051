/*
 * published.h: which training views are there, and what do they show?
 */
#ifndef AICONSENT_PUBLISHED_H
#define AICONSENT_PUBLISHED_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "view.h"

/* The purpose that the view was published for; NULL: it is none of ours. */
extern char *view_purpose(Oid view);

/* The training views on a table; the one for a purpose, or InvalidOid. */
extern List *views_on(Oid relid);
extern Oid	view_for(Oid relid, const char *purpose);

/* The same of the table's parts of corpora. */
extern List *corpus_parts_on(Oid relid);
extern Oid	corpus_part_for(Oid relid, const char *purpose);

/* The columns of a training view as it is, of ViewColumn; NIL: it is gone. */
extern List *view_columns_present(Oid view);

/*
 * What is wanted, to stand in the place of what a view has: that first, in its
 * order, then what is new.  What goes, or is of another type now, keeps its
 * place and is withdrawn; outdated says so.
 */
extern List *view_columns_arranged(const List *wanted, const List *present,
								   bool *outdated);

/* The view or table that a rewrite rule belongs to; InvalidOid: none. */
extern Oid	relation_of_rule(Oid rule);

/* What DROP VIEW would be refused for, as a list; NULL: nothing. */
extern char *view_dependants(Oid view);

/* Does it filter before its reader's conditions, with its owner's rights? */
extern bool view_is_barrier(Oid view);

/* Is it what view_replace() would make of the query? */
extern bool view_is(Oid view, const char *query);

/*
 * CREATE OR REPLACE the view behind a barrier, where it is another than it is:
 * that waits for whoever reads it.
 */
extern void view_replace(Oid view, const char *query);

/* All views that were published for a purpose, by their names. */
extern List *views_of_purpose(const char *purpose);

/* Parts of a corpus are in our own schema. */
extern bool is_corpus_part(Oid view);

#endif							/* AICONSENT_PUBLISHED_H */
