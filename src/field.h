/*
 * field.h: what does a field hold?
 */
#ifndef AICONSENT_FIELD_H
#define AICONSENT_FIELD_H

#include "postgres.h"

#include "access/attnum.h"

#include "label.h"

/* The provider of the labels that say what a field holds. */
#define FIELD_PROVIDER "aiconsent"

/*
 * The provider of the labels that publish() leaves: on a column, the
 * sensitivity that it had when it was last published; on a view, the purpose
 * that it was published for.  Catalog labels, because these follow renames
 * and pg_dump by themselves.
 */
#define PUBLISHED_PROVIDER "aiconsent_published"

extern void field_init(void);

/* The sensitivity of a label's text, without its reason; or an error. */
extern void field_parse_label(const char *label, Label *sensitivity);

/* The label of a column or, with attno 0, of a table itself; false: none. */
extern bool field_label(Oid relid, AttrNumber attno, Label *label);

/* The column's label when it was last published; false: never was. */
extern bool field_published(Oid relid, AttrNumber attno, Label *sensitivity);

/* Error where a sensitivity above public names no category. */
extern void field_check_categories(const Label *sensitivity);

/* Put a label; within a scope that may, or as the caller. */
extern void field_set_label(const char *provider, Oid relid, AttrNumber attno,
							const char *label);

/*
 * Why a label was put: what stands behind the two hyphens; of a label that is
 * taken away (NULL), what register_field() is told while it runs.
 */
extern char *field_reason(const char *label);

/* A column's, or with attno 0 a relation's, name for messages. */
extern char *field_name(Oid relid, AttrNumber attno);

/*
 * The label that the SECURITY LABEL command now running replaces, as found
 * before it; NULL if there was none.  Forgets it.
 */
extern char *field_take_previous(Oid relid, AttrNumber attno);

#endif							/* AICONSENT_FIELD_H */
