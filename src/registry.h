/*
 * registry.h: which of the user's tables are declared, and as what?
 *
 * A registration is a small generated view, its binding, that selects the
 * registered columns under the names that they have for us:
 *
 *	 subject    key, birth, notified_at
 *	 education  subject, level, school, starts, ends
 *	 source     row_id, subject_1, subject_2, ..., occurred_at
 *
 * The server keeps it right through renames, blocks what would break it, and
 * pg_dump carries it.  Nobody reads through it: we resolve its columns to
 * those of the table below and read these as the table's owner.
 */
#ifndef AICONSENT_REGISTRY_H
#define AICONSENT_REGISTRY_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/pg_list.h"

typedef enum BindingKind
{
	BINDING_SUBJECT,
	BINDING_EDUCATION,
	BINDING_SOURCE
} BindingKind;

typedef struct BoundColumn
{
	char	   *role;			/* the binding's name for it */
	AttrNumber	attno;			/* in the table below */
} BoundColumn;

typedef struct Binding
{
	char	   *name;			/* the view's name, in our schema */
	BindingKind kind;
	Oid			relid;			/* the table below */
	bool		undated;		/* source: its rows have no time */
	List	   *columns;		/* of BoundColumn */
} Binding;

/*
 * All bindings of a kind, or those of one table where relid is valid.  To be
 * called within sql_begin(); the result is allocated in the context given.
 */
extern List *registry_find(BindingKind kind, Oid relid, MemoryContext context);

/* The one subject binding, or NULL. */
extern Binding *registry_subject(MemoryContext context);

/* The table's column in that role, or InvalidAttrNumber. */
extern AttrNumber binding_attno(const Binding *binding, const char *role);

/* The same as a quoted name for use in a command; NULL if there is none. */
extern char *binding_column(const Binding *binding, const char *role);

/* Its type; InvalidOid if there is none. */
extern Oid	binding_type(const Binding *binding, const char *role);

/*
 * The three types that a key can have for us; smallint and integer are read
 * as bigint, varchar as text.
 */
typedef struct KeyType
{
	Oid			oid;
	const char *name;			/* qualified, for use in a command */
	const char *standing;		/* the table that eligible() reads */
} KeyType;

/* The key type for a column's or argument's type, or NULL. */
extern const KeyType *key_type_of(Oid type);

/* Leave a row in aiconsent.change; within sql_begin(sql_owner()). */
extern void registry_change(Oid actor, const char *what, const char *object,
							const char *before, const char *after,
							const char *reason);

/* Declaring and adopting see all that is committed, or they refuse. */
extern void require_read_committed(const char *function);

#endif							/* AICONSENT_REGISTRY_H */
