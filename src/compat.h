/*
 * compat.h: what differs between server versions?
 *
 * Every #if on PG_VERSION_NUM of the extension is in this file.
 */
#ifndef AICONSENT_COMPAT_H
#define AICONSENT_COMPAT_H

#include "postgres.h"

#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "aiconsent needs PostgreSQL 15 or later"
#endif

/*
 * Soft input errors came with PostgreSQL 16: an input function hands its error
 * to the caller's ErrorSaveContext.  Before, it raises.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#define SOFT_ERROR_CONTEXT(fcinfo) ((fcinfo)->context)
#define soft_error(context, dummy, ...) ereturn(context, dummy, __VA_ARGS__)
#else
#define SOFT_ERROR_CONTEXT(fcinfo) NULL
#define soft_error(context, dummy, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy; \
	} while (0)
#endif

/* Variable-length headers moved from postgres.h to a file of their own. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* So are qualified names. */
#if PG_VERSION_NUM >= 160000
#define qualified_names(text) stringToQualifiedNameList(text, NULL)
#else
#define qualified_names(text) stringToQualifiedNameList(text)
#endif

/* Ranges are made softly, too. */
#if PG_VERSION_NUM >= 160000
#define new_range(type, lower, upper) \
	make_range(type, lower, upper, false, NULL)
#else
#define new_range(type, lower, upper) make_range(type, lower, upper, false)
#endif

/* A sort can hand out its values as they lie; we take copies. */
#if PG_VERSION_NUM >= 160000
#define next_sorted_datum(sort, value, isnull) \
	tuplesort_getdatum(sort, true, true, value, isnull, NULL)
#else
#define next_sorted_datum(sort, value, isnull) \
	tuplesort_getdatum(sort, true, value, isnull, NULL)
#endif

/* To run a query once and to its end is all that there is from 18 on. */
#if PG_VERSION_NUM >= 180000
#define run_executor(query) ExecutorRun(query, ForwardScanDirection, 0)
#else
#define run_executor(query) ExecutorRun(query, ForwardScanDirection, 0, true)
#endif

/* An index scan can be instrumented from PostgreSQL 18 on; ours are not. */
#if PG_VERSION_NUM >= 180000
#define begin_index_scan(table, index, snapshot, nkeys) \
	index_beginscan(table, index, snapshot, NULL, nkeys, 0)
#else
#define begin_index_scan(table, index, snapshot, nkeys) \
	index_beginscan(table, index, snapshot, nkeys, 0)
#endif

/* PostgreSQL 16 has one check of ownership, and of rights, for all objects. */
#include "catalog/pg_class.h"
#include "utils/acl.h"
#if PG_VERSION_NUM >= 160000
#define relation_is_owned(relid, role) \
	object_ownercheck(RelationRelationId, relid, role)
#define function_may_execute(function, role) \
	object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE)
#else
#define relation_is_owned(relid, role) pg_class_ownercheck(relid, role)
#define function_may_execute(function, role) \
	pg_proc_aclcheck(function, role, ACL_EXECUTE)
#endif

/*
 * From PostgreSQL 18 on, columns of a grouped query refer to a list of their
 * own; from 17 on, what a MERGE joins by is apart.
 */
#include "nodes/parsenodes.h"
#if PG_VERSION_NUM >= 180000
#define group_expressions(rte) ((rte)->groupexprs)
#else
#define group_expressions(rte) NIL
#endif
#if PG_VERSION_NUM >= 170000
#define merge_condition(query) ((query)->mergeJoinCondition)
#else
#define merge_condition(query) NULL
#endif

#endif							/* AICONSENT_COMPAT_H */
