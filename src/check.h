/*
 * check.h: may this table, may this column be declared, and as what?
 *
 * All of these raise an error with a hint where not.
 */
#ifndef AICONSENT_CHECK_H
#define AICONSENT_CHECK_H

#include "postgres.h"

#include "access/attnum.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "storage/lockdefs.h"

#include "registry.h"

struct Subject;

/* The relation of the first argument, locked; the caller owns it. */
extern Oid	check_relation(FunctionCallInfo fcinfo, LOCKMODE lock);
extern void check_evidence_table(Oid relid);

/* A column by its name, or by an argument (InvalidAttrNumber for NULL). */
extern AttrNumber column_by_name(Oid relid, const char *name);
extern AttrNumber column_argument(FunctionCallInfo fcinfo, int argument,
								  Oid relid);

/* Its type; InvalidAttrNumber passes but for a key. */
extern const KeyType *check_key_type(Oid relid, AttrNumber attno);
extern void check_days_type(Oid relid, AttrNumber attno, const char *use);
extern void check_text_type(Oid relid, AttrNumber attno, const char *use);
extern void check_instant_type(Oid relid, AttrNumber attno, const char *use);
extern void wrong_type(Oid relid, AttrNumber attno, const char *use,
					   const char *types);

extern AttrNumber primary_key(Oid relid);
extern void check_unique(Oid relid, AttrNumber attno);

/* The columns of a table that refer to the subjects, in their order. */
extern List *references_to(const Binding *subject, Oid relid);
extern void check_reference(const Binding *subject, Oid relid,
							AttrNumber attno);
extern void check_subject_type(const Binding *subjects,
							   const struct Subject *subject);
extern void check_source_view(Oid relid);
extern AttrNumber check_person(const Binding *subject, Oid relid,
							   AttrNumber person);
extern const Binding *require_subject(void);

#endif							/* AICONSENT_CHECK_H */
