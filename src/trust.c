/*
 * trust.c: can somebody else's code get in where it should not?
 *
 * Two ways are closed here.  What somebody wrote is parsed as the extension's
 * owner, and a constant of a domain is checked by its owner's function then.
 * And what a view calls runs as whoever reads the view, who sets the
 * search_path by which the function's own names are looked up.
 */
#include "compat.h"
#include "trust.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/*
 * Types of the server's, and those that a superuser's C reads; what is made of
 * other types reads theirs, which can be domains.
 */
bool
trust_constants(Oid type)
{
	Oid			element = get_element_type(type);
	char		kind = get_typtype(type);

	if (OidIsValid(element))
		return trust_constants(element);
	return type < FirstNormalObjectId || kind == TYPTYPE_BASE ||
		kind == TYPTYPE_ENUM;
}

/* ------------------------------------------------------------------------
 * Names
 * ------------------------------------------------------------------------
 */

static bool
sets_search_path(HeapTuple function)
{
	bool		isnull;
	Datum		settings = SysCacheGetAttr(PROCOID, function,
										   Anum_pg_proc_proconfig, &isnull);
	Datum	   *texts;
	int			n;

	if (isnull)
		return false;
	deconstruct_array(DatumGetArrayTypeP(settings), TEXTOID, -1, false,
					  TYPALIGN_INT, &texts, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		if (strncmp(TextDatumGetCString(texts[i]), "search_path=", 12) == 0)
			return true;
	}
	return false;
}

/* An aggregate is as good as what it is made of. */
static bool
trust_aggregate(Oid aggregate)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID,
										ObjectIdGetDatum(aggregate));
	Form_pg_aggregate form;
	bool		trusted;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	trusted = trust_names(form->aggtransfn) && trust_names(form->aggfinalfn) &&
		trust_names(form->aggcombinefn) && trust_names(form->aggserialfn) &&
		trust_names(form->aggdeserialfn) && trust_names(form->aggmtransfn) &&
		trust_names(form->aggminvtransfn) && trust_names(form->aggmfinalfn);
	ReleaseSysCache(tuple);
	return trusted;
}

bool
trust_names(Oid function)
{
	HeapTuple	tuple;
	Form_pg_proc form;
	bool		trusted;

	if (function < FirstNormalObjectId)
		return true;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (form->prokind == PROKIND_AGGREGATE)
		trusted = trust_aggregate(function);
	else
		trusted = form->prolang == INTERNALlanguageId ||
			form->prolang == ClanguageId ||
			!heap_attisnull(tuple, Anum_pg_proc_prosqlbody, NULL) ||
			sets_search_path(tuple);
	ReleaseSysCache(tuple);
	return trusted;
}

char *
trust_why_not_call(Oid function, const char *name)
{
	HeapTuple	tuple;
	Form_pg_proc form;
	char	   *why_not = NULL;

	if (!trust_names(function))
		return psprintf("function %s looks names up by its reader's search_path, who could see the value",
						name);
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (form->prosecdef)
		why_not = psprintf("function %s is SECURITY DEFINER and would run with more rights than the reader's",
						   name);
	else if (form->provolatile == PROVOLATILE_VOLATILE)
		why_not = psprintf("function %s is VOLATILE and would run for readers who do not ask for the field, too",
						   name);
	ReleaseSysCache(tuple);
	return why_not;
}

/* ------------------------------------------------------------------------
 * Views
 * ------------------------------------------------------------------------
 */

/* Views that were walked through, which can go in circles, and the find. */
typedef struct Walk
{
	List	   *views;
	Oid			open;
} Walk;

static void walk_view(Walk *walk, Oid view);

static bool
note_open(Oid function, void *context)
{
	if (trust_names(function))
		return false;
	((Walk *) context)->open = function;
	return true;
}

static bool
find_open(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_VIEW)
			walk_view(context, rte->relid);
		return OidIsValid(((Walk *) context)->open);
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_open, context,
								 QTW_EXAMINE_RTES_BEFORE);
	return check_functions_in_node(node, note_open, context) ||
		expression_tree_walker(node, find_open, context);
}

static void
walk_view(Walk *walk, Oid view)
{
	Relation	relation;

	if (list_member_oid(walk->views, view))
		return;
	walk->views = lappend_oid(walk->views, view);
	relation = table_open(view, AccessShareLock);
	(void) find_open((Node *) get_view_query(relation), walk);
	table_close(relation, AccessShareLock);
}

Oid
trust_find_open(Oid view)
{
	Walk		walk = {NIL, InvalidOid};

	walk_view(&walk, view);
	return walk.open;
}
