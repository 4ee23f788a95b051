/*
 * published.c: which training views are there, and what do they show?
 *
 * A label of provider aiconsent_published on a view says for which purpose it
 * is.  Of each source there are two: the training view, and its part of the
 * corpus, which stands in our own schema.
 */
#include "compat.h"
#include "field.h"
#include "published.h"
#include "sql.h"
#include "trust.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* The purpose that the view was published for; NULL: it is none of ours. */
char *
view_purpose(Oid view)
{
	ObjectAddress object;

	ObjectAddressSet(object, RelationRelationId, view);
	return GetSecurityLabel(&object, PUBLISHED_PROVIDER);
}

Oid
relation_of_rule(Oid rule)
{
	Relation	rewrite = table_open(RewriteRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			relid = InvalidOid;

	ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(rule));
	scan = systable_beginscan(rewrite, RewriteOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		relid = ((Form_pg_rewrite) GETSTRUCT(tuple))->ev_class;
	systable_endscan(scan);
	table_close(rewrite, AccessShareLock);
	return relid;
}

/*
 * Is it the table's rows that the view shows?  What else it may read, behind
 * foreign keys, is in subqueries.  A training view's owner can give it another
 * query; that one reads with the owner's own rights and is none of ours any
 * more.  No owner of a source can change what is in our own schema.
 */
static bool
shows_rows_of(Oid view, Oid relid)
{
	Relation	relation = try_relation_open(view, AccessShareLock);
	bool		shows;
	ListCell   *lc;

	if (relation == NULL)
		return false;
	shows = relation->rd_rel->relkind == RELKIND_VIEW;
	if (shows)
	{
		Query	   *query = get_view_query(relation);
		RangeTblRef *first = query->jointree->fromlist == NIL ? NULL :
			linitial(query->jointree->fromlist);

		shows = first && IsA(first, RangeTblRef) &&
			rt_fetch(first->rtindex, query->rtable)->relid == relid;
		foreach(lc, query->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			shows = shows &&
				(RelationGetNamespace(relation) == sql_schema() ||
				 (rte->rtekind == RTE_RELATION &&
				  (rte->relid == relid || rte->relid == view)));
		}
	}
	relation_close(relation, AccessShareLock);
	return shows;
}

/*
 * The training views on a table, by the server's own record of what depends
 * on it, so that a renamed view is still found.  A scan of the catalog and no
 * query, because it must see what is committed now, also from a transaction
 * with an older snapshot.
 */
static List *
views_showing(Oid relid)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *views = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2,
							  keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend d = (Form_pg_depend) GETSTRUCT(tuple);
		Oid			view;

		if (d->classid != RewriteRelationId)
			continue;
		view = relation_of_rule(d->objid);
		if (OidIsValid(view) && view != relid && view_purpose(view) &&
			!list_member_oid(views, view) && shows_rows_of(view, relid))
			views = list_append_unique_oid(views, view);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return views;
}

bool
is_corpus_part(Oid view)
{
	return get_rel_namespace(view) == sql_schema();
}

static List *
only(List *views, bool parts)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, views)
	{
		if (is_corpus_part(lfirst_oid(lc)) == parts)
			found = lappend_oid(found, lfirst_oid(lc));
	}
	return found;
}

List *
views_on(Oid relid)
{
	return only(views_showing(relid), false);
}

List *
corpus_parts_on(Oid relid)
{
	return only(views_showing(relid), true);
}

static Oid
for_purpose(List *views, const char *purpose)
{
	ListCell   *lc;

	foreach(lc, views)
	{
		if (strcmp(view_purpose(lfirst_oid(lc)), purpose) == 0)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

Oid
view_for(Oid relid, const char *purpose)
{
	return for_purpose(views_on(relid), purpose);
}

Oid
corpus_part_for(Oid relid, const char *purpose)
{
	return for_purpose(corpus_parts_on(relid), purpose);
}

/* ------------------------------------------------------------------------
 * What a training view shows
 * ------------------------------------------------------------------------
 */

/* What a cell shows where it shows something. */
static Expr *
shown_expression(Expr *expr)
{
	if (IsA(expr, CaseExpr))
		return linitial_node(CaseWhen, ((CaseExpr *) expr)->args)->result;
	return expr;
}

static bool
is_constant(const Node *node)
{
	return IsA(node, Const) &&
		trust_constants(((const Const *) node)->consttype);
}

static bool
are_constants(const List *nodes)
{
	const ListCell *lc;

	foreach(lc, nodes)
	{
		if (!is_constant(lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * A treatment's arguments behind the value, recognizers among them as a list.  A view's owner can have put
 * others there, and what is here is parsed again, as ourselves.
 */
static bool
is_treatment(const FuncExpr *call)
{
	const ListCell *lc;

	foreach(lc, call->args)
	{
		const Node *argument = lfirst(lc);

		if (foreach_current_index(lc) > 0 &&
			!(IsA(argument, ArrayExpr) ?
			  are_constants(((const ArrayExpr *) argument)->elements) :
			  is_constant(argument)))
			return false;
	}
	return call->args != NIL;
}

/* The base column in it, perhaps under a treatment; 0: withdrawn. */
static AttrNumber
shown_column(Expr *expr)
{
	expr = shown_expression(expr);
	while (expr && !IsA(expr, Var))
	{
		if (IsA(expr, FuncExpr) && is_treatment((FuncExpr *) expr))
			expr = linitial(((FuncExpr *) expr)->args);
		else if (IsA(expr, RelabelType))
			expr = ((RelabelType *) expr)->arg;
		else if (IsA(expr, CoerceViaIO))
			expr = ((CoerceViaIO *) expr)->arg;
		else if (IsA(expr, ArrayCoerceExpr))
			expr = ((ArrayCoerceExpr *) expr)->arg;
		else
			return InvalidAttrNumber;
	}
	return expr && ((Var *) expr)->varattno > 0 ? ((Var *) expr)->varattno :
		InvalidAttrNumber;
}

static bool
is_call_of_granted(Oid function, void *context)
{
	char	   *name = get_func_name(function);

	return name && strcmp(name, "granted") == 0 &&
		get_func_namespace(function) == sql_schema();
}

static bool
asks_for_grant(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_call_of_granted, context) ||
		(IsA(node, Query) ?
		 query_tree_walker((Query *) node, asks_for_grant, context, 0) :
		 expression_tree_walker(node, asks_for_grant, context));
}

/* The columns of a training view as it is; NIL: it is gone, or is none. */
List *
view_columns_present(Oid view)
{
	Relation	relation = try_relation_open(view, AccessShareLock);
	Query	   *query;
	List	   *columns = NIL;
	ListCell   *lc;
	RangeTblRef *from;
	Oid			base = InvalidOid;

	/* It can have been dropped while we waited for the lock. */
	if (relation == NULL)
		return NIL;
	query = copyObject(get_view_query(relation));
	from = query->jointree->fromlist == NIL ? NULL :
		linitial(query->jointree->fromlist);
	if (from && IsA(from, RangeTblRef))
	{
		base = rt_fetch(from->rtindex, query->rtable)->relid;
		ChangeVarNodes((Node *) query->targetList, from->rtindex, 1, 0);
	}

	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		Form_pg_attribute attr;
		ViewColumn *column;

		if (entry->resjunk)
			continue;
		attr = TupleDescAttr(RelationGetDescr(relation), entry->resno - 1);
		column = palloc0(sizeof(ViewColumn));
		column->name = pstrdup(NameStr(attr->attname));
		column->type = attr->atttypid;
		column->typmod = attr->atttypmod;
		column->collation = attr->attcollation;
		if (OidIsValid(base))
			column->attno = shown_column(entry->expr);
		if (column->attno != InvalidAttrNumber)
			column->value =
				deparse_expression((Node *) shown_expression(entry->expr),
								   deparse_context_for("t", base), true, false);
		column->needs_grant = IsA(entry->expr, CaseExpr) &&
			asks_for_grant((Node *) entry->expr, NULL);
		columns = lappend(columns, column);
	}
	relation_close(relation, AccessShareLock);
	return columns;
}

/* Can the one stand in the other's place, as CREATE OR REPLACE VIEW asks? */
static bool
same_column(const ViewColumn *a, const ViewColumn *b)
{
	return strcmp(a->name, b->name) == 0 && a->type == b->type &&
		a->typmod == b->typmod && a->collation == b->collation;
}

static ViewColumn *
column_named(const List *columns, const char *name)
{
	const ListCell *lc;

	foreach(lc, columns)
	{
		if (strcmp(((ViewColumn *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	}
	return NULL;
}

/* A view that only grows can be replaced, with its grants and dependants. */
List *
view_columns_arranged(const List *wanted, const List *present, bool *outdated)
{
	List	   *arranged = NIL;
	const ListCell *lc;

	*outdated = false;
	foreach(lc, present)
	{
		ViewColumn *column = lfirst(lc);
		ViewColumn *found = column_named(wanted, column->name);

		if (found == NULL || !same_column(column, found))
		{
			column->attno = InvalidAttrNumber;
			*outdated = true;
			found = column;
		}
		arranged = lappend(arranged, found);
	}
	foreach(lc, wanted)
	{
		if (column_named(arranged, ((ViewColumn *) lfirst(lc))->name) == NULL)
			arranged = lappend(arranged, lfirst(lc));
	}
	return arranged;
}

/*
 * Its own rule is on it, too, and does not count.  What else is on its type,
 * say a column of it, is described by the server.
 */
char *
view_dependants(Oid view)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(view)};
	uint64		count;

	count = sql_run("SELECT pg_catalog.string_agg(DISTINCT COALESCE("
					"  rel.oid::pg_catalog.regclass::pg_catalog.text,"
					"  pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)), ', ')"
					" FROM pg_catalog.pg_class c"
					" JOIN pg_catalog.pg_type t ON t.oid = c.reltype"
					" JOIN pg_catalog.pg_depend d ON d.deptype = 'n' AND ("
					"  d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
					"   AND d.refobjid = c.oid"
					"  OR d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass"
					"   AND d.refobjid IN (t.oid, t.typarray))"
					" LEFT JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid"
					"  AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
					" LEFT JOIN pg_catalog.pg_class rel ON rel.oid = r.ev_class"
					" WHERE c.oid = $1 AND r.ev_class IS DISTINCT FROM c.oid",
					1, types, values, NULL);
	return count > 0 ? sql_text_column(0, 1) : NULL;
}

List *
views_of_purpose(const char *purpose)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};
	List	   *views = NIL;
	uint64		count;

	count = sql_run("SELECT c.oid FROM pg_catalog.pg_seclabel l"
					" JOIN pg_catalog.pg_class c ON c.oid = l.objoid AND c.relkind = 'v'"
					" WHERE l.provider = '" PUBLISHED_PROVIDER "' AND l.label = $1"
					"  AND l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass"
					"  AND l.objsubid = 0"
					" ORDER BY c.relname, c.oid", 1, types, values, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;

		views = lappend_oid(views,
							DatumGetObjectId(sql_column(row, 1, &isnull)));
	}
	return views;
}

/* ------------------------------------------------------------------------
 * Replacing one
 * ------------------------------------------------------------------------
 */

/*
 * The query as CREATE VIEW stores it: up to PostgreSQL 15 that puts two entries
 * of its own before the tables, by which the printed form differs.
 */
static Query *
as_stored(const char *query, const Query *stored)
{
	List	   *parsed = raw_parser(query, RAW_PARSE_DEFAULT);
	Query	   *analyzed = parse_analyze_fixedparams(linitial_node(RawStmt, parsed),
													 query, NULL, 0, NULL);
	int			extra = list_length(stored->rtable) - list_length(analyzed->rtable);

	if (extra > 0)
	{
		OffsetVarNodes((Node *) analyzed, extra, 0);
		analyzed->rtable = list_concat(list_copy_head(stored->rtable, extra),
									   analyzed->rtable);
	}
	return analyzed;
}

bool
view_is_barrier(Oid view)
{
	Relation	relation = try_relation_open(view, AccessShareLock);
	bool		barrier;

	if (relation == NULL)
		return false;
	barrier = RelationIsSecurityView(relation) &&
		!RelationHasSecurityInvoker(relation);
	relation_close(relation, AccessShareLock);
	return barrier;
}

bool
view_is(Oid view, const char *query)
{
	Relation	relation = try_relation_open(view, AccessShareLock);
	Query	   *stored;

	if (relation == NULL)
		return false;
	stored = copyObject(get_view_query(relation));
	relation_close(relation, AccessShareLock);
	return view_is_barrier(view) &&
		strcmp(pg_get_querydef(as_stored(query, stored), false),
			   pg_get_querydef(stored, false)) == 0;
}

void
view_replace(Oid view, const char *query)
{
	if (!view_is(view, query))
	{
		sql_runf("CREATE OR REPLACE VIEW %s WITH (security_barrier) AS %s",
				 sql_relation(view), query);
		CommandCounterIncrement();
	}
}
