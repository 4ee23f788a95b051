/*
 * registry.h: which of the user's tables are declared, and as what?
 *
 * A registration is a small generated view, its binding, that selects the
 * registered columns under the names that they have for us:
 *
 *	 subject     key, birth, region, notified_at, handle, email, profile
 *	 education   subject, level, school, starts, ends
 *	 notice      subject, at
 *	 preference  subject, allows, applies
 *	 source      row_id, row_id_2, ..., subject_1, ..., occurred_at, and what
 *				 source.h says
 *
 * The server keeps it right through renames, blocks what would break it, and
 * pg_dump carries it.  Nobody reads through it: we resolve its columns to
 * those of the table below and read these as the table's owner.
 */
#ifndef AICONSENT_REGISTRY_H
#define AICONSENT_REGISTRY_H

#include "postgres.h"

#include "access/attnum.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"

typedef enum BindingKind
{
	BINDING_SUBJECT,
	BINDING_EDUCATION,
	BINDING_NOTICE,
	BINDING_PREFERENCE,
	BINDING_SOURCE
} BindingKind;

extern const char *binding_kind_name(BindingKind kind);

typedef struct BoundColumn
{
	char	   *role;			/* the binding's name for it */
	AttrNumber	attno;			/* in the table below; 0: an expression */
	char	   *sql;			/* for use in a command on the table t */
	Node	   *expression;		/* over the table, as varno 1 */
	Oid			type;
} BoundColumn;

typedef struct Binding
{
	char	   *name;			/* the view's name, in our schema */
	BindingKind kind;
	Oid			relid;			/* the table below */
	bool		undated;		/* source: its rows have no time */
	char	   *purpose;		/* notice, preference; else NULL */
	char	   *table_label;	/* source: the table's when last published */
	List	   *columns;		/* of BoundColumn */
} Binding;

extern void registry_init(void);

/*
 * All bindings of a kind, or those of one table where relid is valid, as
 * committed now.  Good until the end of the transaction.
 */
extern List *registry_find(BindingKind kind, Oid relid);

/* Does a verdict rest on the table, by whatever declaration? */
extern bool registry_is_evidence(Oid relid);

/* The one subject binding, or NULL. */
extern const Binding *registry_subject(void);

/* The table's column in that role, or InvalidAttrNumber. */
extern AttrNumber binding_attno(const Binding *binding, const char *role);

/* The same for use in a command on the table t; NULL if there is none. */
extern const char *binding_column(const Binding *binding, const char *role);

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
	RegProcedure equal;
	const char *standing;		/* the table that eligible() reads, */
	const char *standing_index; /* by subject and purpose */
} KeyType;

/* The key type for a column's or argument's type, or NULL. */
extern const KeyType *key_type_of(Oid type);

/*
 * That of the subject table, as the active snapshot has it, without SQL and
 * asking no right of the current role; NULL: there is none.
 */
extern const KeyType *registry_key_type_seen(void);

/*
 * Leave a row in aiconsent.change, the only place that does, and return its
 * id, a uuid; within sql_begin(sql_owner()).
 */
extern Datum registry_change(Oid actor, const char *what, const char *object,
							 const char *before, const char *after,
							 const char *reason);

/* Declaring and adopting see all that is committed, or they refuse. */
extern void require_read_committed(const char *function);

#endif							/* AICONSENT_REGISTRY_H */
