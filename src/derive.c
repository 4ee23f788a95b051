/*
 * derive.c: from which columns is a value derived?
 *
 * One walk over a graph: a step goes from a column to what its expression has.
 * No step is made twice, so that recursion of queries, functions and views
 * ends.  The walk asks no right of anybody.
 */
#include "compat.h"
#include "derive.h"
#include "field.h"
#include "sql.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_language.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext_data.h"
#include "commands/seclabel.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/* Views on views, functions in functions: deeper, somebody plays with us. */
#define DEEPEST		100

/* What the walk came through first: that decides. */
typedef enum Through
{
	THROUGH_VIEWS,
	THROUGH_TRAINING_VIEW,
	THROUGH_COPY
} Through;

typedef struct Step
{
	Oid			catalog;		/* InvalidOid: a query, by its address */
	uintptr_t	object;
	AttrNumber	attno;
	Through		through;
	bool		for_another;
} Step;

/* Queries that were read; their addresses must last as long as the walk. */
typedef struct Stored
{
	Oid			catalog;
	Oid			object;
	List	   *queries;
} Stored;

typedef struct Walk
{
	Derivation *found;
	HTAB	   *steps;
	List	   *stored;			/* of Stored */
	Through		through;
	bool		for_another;	/* done with other rights than who reads has */
	int			depth;			/* of views and functions */
} Walk;

/* Where an expression stands: a query in others, or a relation's own. */
typedef struct Level
{
	Query	   *query;
	Oid			relid;			/* query NULL: of this relation */
	const struct Level *outer;
} Level;

/* What the server's walkers carry along. */
typedef struct Place
{
	Walk	   *walk;
	const Level *level;
} Place;

static void follow_relation(Walk *walk, Oid relid, AttrNumber attno);
static void follow_function(Walk *walk, Oid funcid, AttrNumber attno);
static void follow_output(Walk *walk, const Level *level, AttrNumber attno);
static void follow_rows(Walk *walk, const Level *level);
static bool follow_node(Node *node, Place *place);

static void
follow(Walk *walk, const Level *level, void *node)
{
	Place		place = {walk, level};

	(void) follow_node(node, &place);
}

/* What is not followed is said: it counts as never. */
static bool
go_down(Walk *walk)
{
	if (walk->depth < DEEPEST)
	{
		walk->depth++;
		return true;
	}
	walk->found->too_deep = true;
	return false;
}

static bool
is_first_step(Walk *walk, Oid catalog, uintptr_t object, AttrNumber attno)
{
	Step		step;
	bool		found;

	memset(&step, 0, sizeof(step));
	step.catalog = catalog;
	step.object = object;
	step.attno = attno;
	step.through = walk->through;
	step.for_another = walk->for_another;
	hash_search(walk->steps, &step, HASH_ENTER, &found);
	return !found;
}

/* ------------------------------------------------------------------------
 * Stored queries
 * ------------------------------------------------------------------------
 */

/* The query of a view or materialized view; NIL: it is gone. */
static List *
read_view(Oid relid)
{
	Relation	view = try_relation_open(relid, AccessShareLock);
	List	   *queries = NIL;

	if (view == NULL)
		return NIL;
	for (int i = 0; view->rd_rules && i < view->rd_rules->numLocks; i++)
	{
		RewriteRule *rule = view->rd_rules->rules[i];

		if (rule->event == CMD_SELECT)
			queries = copyObject(rule->actions);
	}
	relation_close(view, AccessShareLock);
	return queries;
}

List *
derive_function_body(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Datum		body;
	bool		isnull;
	Node	   *node = NULL;

	if (!HeapTupleIsValid(tuple))
		return NIL;
	body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &isnull);
	if (!isnull)
		node = stringToNode(TextDatumGetCString(body));
	ReleaseSysCache(tuple);
	if (node == NULL)
		return NIL;

	/* BEGIN ATOMIC has a list in a list, RETURN has the query alone. */
	return IsA(node, List) ? linitial_node(List, (List *) node) :
		list_make1(node);
}

static List *
stored_queries(Walk *walk, Oid catalog, Oid object)
{
	ListCell   *lc;
	Stored	   *stored;

	foreach(lc, walk->stored)
	{
		stored = lfirst(lc);
		if (stored->catalog == catalog && stored->object == object)
			return stored->queries;
	}
	stored = palloc(sizeof(Stored));
	stored->catalog = catalog;
	stored->object = object;
	stored->queries = catalog == ProcedureRelationId ?
		derive_function_body(object) : read_view(object);
	walk->stored = lappend(walk->stored, stored);
	return stored->queries;
}

/* ------------------------------------------------------------------------
 * Relations
 * ------------------------------------------------------------------------
 */

/*
 * The server's catalogs and our own tables hold no fields; but some catalogs
 * have values of other tables in them.
 */
static bool
holds_no_fields(Oid relid, char relkind)
{
	if (relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW)
		return false;
	if (relkind == RELKIND_SEQUENCE)
		return true;
	if (relid < FirstNormalObjectId)
		return relid != StatisticRelationId &&
			relid != StatisticExtDataRelationId &&
			relid != LargeObjectRelationId;
	return get_rel_namespace(relid) == sql_schema();
}

static bool
is_training_view(Oid relid)
{
	ObjectAddress object;

	ObjectAddressSet(object, RelationRelationId, relid);
	return GetSecurityLabel(&object, PUBLISHED_PROVIDER) != NULL;
}

static void
found_column(Walk *walk, Oid relid, AttrNumber attno, bool is_base)
{
	DerivedColumn *column;
	ListCell   *lc;

	/* By two ways, with other rights each */
	foreach(lc, walk->found->columns)
	{
		column = lfirst(lc);
		if (column->relid == relid && column->attno == attno &&
			column->published == (walk->through == THROUGH_TRAINING_VIEW))
			return;
	}
	column = palloc(sizeof(DerivedColumn));
	column->relid = relid;
	column->attno = attno;
	column->is_base = is_base;
	column->published = walk->through == THROUGH_TRAINING_VIEW;
	walk->found->columns = lappend(walk->found->columns, column);
}

/*
 * A materialized view is a copy: it keeps what a training view showed when it
 * was refreshed, also of those who have objected since.
 */
static void
follow_view(Walk *walk, Oid relid, char relkind, AttrNumber attno)
{
	Walk		saved = *walk;
	List	   *queries;

	if (relkind == RELKIND_MATVIEW)
		walk->for_another = true;
	if (saved.through == THROUGH_VIEWS && relkind == RELKIND_MATVIEW)
		walk->through = THROUGH_COPY;
	else if (saved.through == THROUGH_VIEWS && is_training_view(relid))
		walk->through = THROUGH_TRAINING_VIEW;
	if (attno != DERIVE_ROWS)
		found_column(walk, relid, attno, false);
	queries = stored_queries(walk, RelationRelationId, relid);
	if (queries != NIL && go_down(walk))
	{
		Level		level = {linitial(queries), InvalidOid, NULL};

		if (attno == DERIVE_ROWS)
			follow_rows(walk, &level);
		else
			follow_output(walk, &level, attno);
		walk->depth--;
	}
	walk->through = saved.through;
	walk->for_another = saved.for_another;
}

static void
follow_generated(Walk *walk, Oid relid, AttrNumber attno)
{
	Relation	relation = try_relation_open(relid, AccessShareLock);
	Level		level = {NULL, relid, NULL};
	bool		saved = walk->for_another;

	found_column(walk, relid, attno, false);
	if (relation == NULL)
		return;
	walk->for_another = true;
	follow(walk, &level, build_column_default(relation, attno));
	walk->for_another = saved;
	relation_close(relation, AccessShareLock);
}

static void
follow_every_column(Walk *walk, Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	AttrNumber	natts;

	if (!HeapTupleIsValid(tuple))
		return;
	natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	for (AttrNumber attno = 1; attno <= natts; attno++)
	{
		tuple = SearchSysCacheAttNum(relid, attno);
		if (!HeapTupleIsValid(tuple))
			continue;			/* dropped */
		ReleaseSysCache(tuple);
		follow_relation(walk, relid, attno);
	}
}

static void
follow_relation(Walk *walk, Oid relid, AttrNumber attno)
{
	char		relkind = get_rel_relkind(relid);

	check_stack_depth();
	if (holds_no_fields(relid, relkind) ||
		!is_first_step(walk, RelationRelationId, relid, attno))
		return;
	if (attno == DERIVE_ALL)
		follow_every_column(walk, relid);
	else if (relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW)
		follow_view(walk, relid, relkind, attno);
	else if (attno == DERIVE_ROWS)
		return;
	else if (get_attgenerated(relid, attno) != '\0')
		follow_generated(walk, relid, attno);
	else
		found_column(walk, relid, attno, true);
}

/* ------------------------------------------------------------------------
 * Functions
 * ------------------------------------------------------------------------
 */

/* Of the server's own, those that read what a string or number names. */
static bool
reads_by_name(const char *function)
{
	static const char *const functions[] = {
		"query_to_xml", "query_to_xml_and_xmlschema",
		"cursor_to_xml", "table_to_xml", "table_to_xml_and_xmlschema",
		"schema_to_xml", "schema_to_xml_and_xmlschema",
		"database_to_xml", "database_to_xml_and_xmlschema",
		"ts_stat", "ts_rewrite", "lo_get", "loread",
		"pg_read_file", "pg_read_file_old", "pg_read_binary_file",
		"pg_logical_slot_get_changes", "pg_logical_slot_peek_changes",
		"pg_logical_slot_get_binary_changes",
		"pg_logical_slot_peek_binary_changes"
	};

	for (int i = 0; i < (int) lengthof(functions); i++)
	{
		if (strcmp(functions[i], function) == 0)
			return true;
	}
	return false;
}

/*
 * May the function read what nobody recorded?  One that is immutable promises
 * not to; that is believed of C, which a superuser installed.
 */
static bool
is_opaque(Oid funcid, const FormData_pg_proc *function)
{
	if (funcid < FirstNormalObjectId)
		return reads_by_name(NameStr(function->proname));
	if (function->pronamespace == sql_schema())
		return false;
	return function->provolatile != PROVOLATILE_IMMUTABLE ||
		(function->prolang != ClanguageId &&
		 function->prolang != INTERNALlanguageId);
}

static void
follow_aggregate(Walk *walk, Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(funcid));
	Form_pg_aggregate aggregate;

	if (!HeapTupleIsValid(tuple))
		return;
	aggregate = (Form_pg_aggregate) GETSTRUCT(tuple);
	follow_function(walk, aggregate->aggtransfn, DERIVE_ALL);
	follow_function(walk, aggregate->aggfinalfn, DERIVE_ALL);
	follow_function(walk, aggregate->aggcombinefn, DERIVE_ALL);
	follow_function(walk, aggregate->aggserialfn, DERIVE_ALL);
	follow_function(walk, aggregate->aggdeserialfn, DERIVE_ALL);
	follow_function(walk, aggregate->aggmtransfn, DERIVE_ALL);
	follow_function(walk, aggregate->aggminvtransfn, DERIVE_ALL);
	follow_function(walk, aggregate->aggmfinalfn, DERIVE_ALL);
	ReleaseSysCache(tuple);
}

/*
 * What its last query gives is the function's result.  A row of a table still
 * has the places of dropped columns, for which the query gives nothing.
 */
static AttrNumber
place_in_query(Oid funcid, AttrNumber attno)
{
	Oid			type;
	TupleDesc	result = NULL;
	AttrNumber	place = attno;

	if (attno > 0)
		(void) get_func_result_type(funcid, &type, &result);
	for (int i = 0; result && i < attno && i < result->natts; i++)
		place -= TupleDescAttr(result, i)->attisdropped;
	return place;
}

static void
follow_body(Walk *walk, Oid funcid, List *body, AttrNumber attno)
{
	Level		level = {llast(body), InvalidOid, NULL};

	if (attno != DERIVE_ROWS)
		follow_output(walk, &level, place_in_query(funcid, attno));
	if (attno == DERIVE_ROWS || attno == DERIVE_ALL)
		follow_rows(walk, &level);
}

/* DERIVE_ALL, for a value in an expression, includes what decides the rows. */
static void
follow_function(Walk *walk, Oid funcid, AttrNumber attno)
{
	HeapTuple	tuple;
	Form_pg_proc function;
	List	   *body = NIL;
	bool		saved = walk->for_another;

	check_stack_depth();
	if (!OidIsValid(funcid) ||
		!is_first_step(walk, ProcedureRelationId, funcid, attno))
		return;
	if (funcid >= FirstNormalObjectId)
		body = stored_queries(walk, ProcedureRelationId, funcid);
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	if (!HeapTupleIsValid(tuple))
		return;
	function = (Form_pg_proc) GETSTRUCT(tuple);
	walk->for_another |= function->prosecdef;
	if (function->prokind == PROKIND_AGGREGATE)
		follow_aggregate(walk, funcid);
	else if (body != NIL)
	{
		if (go_down(walk))
		{
			follow_body(walk, funcid, body, attno);
			walk->depth--;
		}
	}
	/* Called by a view it has its reader's rights, who gains nothing by it. */
	else if (walk->for_another && walk->through != THROUGH_TRAINING_VIEW &&
			 is_opaque(funcid, function))
		walk->found->opaque = list_append_unique_oid(walk->found->opaque,
													 funcid);
	walk->for_another = saved;
	ReleaseSysCache(tuple);
}

static bool
follow_called(Oid funcid, void *place)
{
	follow_function(((Place *) place)->walk, funcid, DERIVE_ALL);
	return false;
}

/* ------------------------------------------------------------------------
 * Range tables
 * ------------------------------------------------------------------------
 */

/* One of a list, or with DERIVE_ALL each. */
static void
follow_nth(Walk *walk, const Level *level, List *list, AttrNumber attno)
{
	if (attno > 0 && attno <= list_length(list))
		follow(walk, level, list_nth(list, attno - 1));
	else
		follow(walk, level, list);
}

/* The query of a WITH, and in *level where it stands. */
static bool
find_cte(const RangeTblEntry *rte, const Level *at, Level *level)
{
	ListCell   *lc;

	for (Index up = 0; up < rte->ctelevelsup; up++)
		at = at->outer;
	foreach(lc, at->query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		if (strcmp(cte->ctename, rte->ctename) == 0)
		{
			*level = (Level) {
				castNode(Query, cte->ctequery), InvalidOid, at
			};
			return true;
		}
	}
	return false;
}

/* The call, and behind it the function's body. */
static void
follow_call(Walk *walk, const Level *level, Node *call, AttrNumber attno)
{
	if (IsA(call, FuncExpr))
	{
		follow(walk, level, ((FuncExpr *) call)->args);
		follow_function(walk, ((FuncExpr *) call)->funcid, attno);
	}
	else
		follow(walk, level, call);
}

/* The functions of ROWS FROM stand side by side; an ordinality is last. */
static void
follow_function_scan(Walk *walk, const Level *level, RangeTblEntry *rte,
					 AttrNumber attno)
{
	AttrNumber	before = 0;
	ListCell   *lc;

	foreach(lc, rte->functions)
	{
		RangeTblFunction *function = lfirst_node(RangeTblFunction, lc);
		AttrNumber	nth = attno - before;

		if (attno == DERIVE_ALL || attno == DERIVE_ROWS)
			follow_call(walk, level, function->funcexpr, attno);
		else if (nth > 0 && nth <= function->funccolcount)
			follow_call(walk, level, function->funcexpr, nth);
		before += function->funccolcount;
	}
}

static void
follow_range(Walk *walk, const Level *level, RangeTblEntry *rte,
			 AttrNumber attno)
{
	Level		inner = {rte->subquery, InvalidOid, level};
	ListCell   *lc;

	switch (rte->rtekind)
	{
		case RTE_RELATION:
			follow_relation(walk, rte->relid, attno);
			break;
		case RTE_SUBQUERY:
			follow_output(walk, &inner, attno);
			break;
		case RTE_JOIN:
			follow_nth(walk, level, rte->joinaliasvars, attno);
			break;
		case RTE_FUNCTION:
			follow_function_scan(walk, level, rte, attno);
			break;
		case RTE_TABLEFUNC:
			follow(walk, level, rte->tablefunc);
			break;
		case RTE_VALUES:
			foreach(lc, rte->values_lists)
				follow_nth(walk, level, lfirst(lc), attno);
			break;
		case RTE_CTE:
			if (find_cte(rte, level, &inner))
				follow_output(walk, &inner, attno);
			break;
		default:
			follow_nth(walk, level, group_expressions(rte), attno);
			break;
	}
}

static void
follow_range_rows(Walk *walk, const Level *level, RangeTblEntry *rte)
{
	Level		inner = {rte->subquery, InvalidOid, level};

	switch (rte->rtekind)
	{
		case RTE_RELATION:
			follow_relation(walk, rte->relid, DERIVE_ROWS);
			follow(walk, level, rte->tablesample);
			break;
		case RTE_SUBQUERY:
			follow_rows(walk, &inner);
			break;
		case RTE_FUNCTION:
			follow_function_scan(walk, level, rte, DERIVE_ROWS);
			break;
		case RTE_TABLEFUNC:
			follow(walk, level, rte->tablefunc);
			break;
		case RTE_CTE:
			if (find_cte(rte, level, &inner))
				follow_rows(walk, &inner);
			break;
		default:
			break;
	}
}

/* ------------------------------------------------------------------------
 * Expressions
 * ------------------------------------------------------------------------
 */

/* What a query writes: lists of expressions, by the table's columns. */
static List *
written_lists(const Query *query)
{
	List	   *lists = NIL;
	ListCell   *lc;

	if (query->commandType == CMD_INSERT || query->commandType == CMD_UPDATE)
		lists = lappend(lists, query->targetList);
	if (query->onConflict)
		lists = lappend(lists, query->onConflict->onConflictSet);
	foreach(lc, query->mergeActionList)
		lists = lappend(lists, lfirst_node(MergeAction, lc)->targetList);
	return lists;
}

/* RETURNING shows what has just been written. */
static void
follow_written(Walk *walk, const Level *level, AttrNumber attno)
{
	ListCell   *lists;
	ListCell   *lc;

	if (!is_first_step(walk, InvalidOid,
					   (uintptr_t) &level->query->resultRelation, attno))
		return;
	foreach(lists, written_lists(level->query))
	{
		foreach(lc, (List *) lfirst(lists))
		{
			TargetEntry *entry = lfirst_node(TargetEntry, lc);

			if (!entry->resjunk && (attno == 0 || entry->resno == attno))
				follow(walk, level, entry->expr);
		}
	}
}

static void
follow_var(Walk *walk, const Level *level, const Var *var)
{
	for (Index up = 0; up < var->varlevelsup; up++)
		level = level->outer;

	/* System columns hold nothing of a person. */
	if (var->varattno < 0)
		return;
	if (level->query == NULL)
	{
		follow_relation(walk, level->relid, var->varattno);
		return;
	}
	if (var->varno == level->query->resultRelation)
		follow_written(walk, level, var->varattno);
	follow_range(walk, level, rt_fetch(var->varno, level->query->rtable),
				 var->varattno);
}

static void
follow_clauses(Walk *walk, const Level *level, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
		follow(walk, level,
			   get_sortgroupclause_expr(lfirst_node(SortGroupClause, lc),
										level->query->targetList));
}

/* OVER (...) is part of the expression: a rank tells the order. */
static void
follow_window(Walk *walk, const Level *level, const WindowFunc *function)
{
	ListCell   *lc;

	foreach(lc, level->query->windowClause)
	{
		WindowClause *window = lfirst_node(WindowClause, lc);

		if (window->winref != function->winref)
			continue;
		follow_clauses(walk, level, window->partitionClause);
		follow_clauses(walk, level, window->orderClause);
		follow(walk, level, window->startOffset);
		follow(walk, level, window->endOffset);
	}
}

/* All of a subquery is in its value; of EXISTS, only that there are rows. */
static void
follow_sublink(Walk *walk, const Level *level, const SubLink *sublink)
{
	Level		inner = {
		castNode(Query, sublink->subselect), InvalidOid, level
	};

	follow(walk, level, sublink->testexpr);
	if (sublink->subLinkType != EXISTS_SUBLINK)
		follow_output(walk, &inner, DERIVE_ALL);
	follow_rows(walk, &inner);
}

static bool
follow_node(Node *node, Place *place)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		follow_var(place->walk, place->level, (Var *) node);
		return false;
	}
	if (IsA(node, SubLink))
	{
		follow_sublink(place->walk, place->level, (SubLink *) node);
		return false;
	}
	if (IsA(node, WindowFunc))
		follow_window(place->walk, place->level, (WindowFunc *) node);
	(void) check_functions_in_node(node, follow_called, place);
	return expression_tree_walker(node, follow_node, place);
}

/* ------------------------------------------------------------------------
 * Queries
 * ------------------------------------------------------------------------
 */

/* The branches of a UNION and its like. */
static List *
branches_of(Node *node, List *branches)
{
	if (IsA(node, RangeTblRef))
		return lappend_int(branches, ((RangeTblRef *) node)->rtindex);
	branches = branches_of(castNode(SetOperationStmt, node)->larg, branches);
	return branches_of(((SetOperationStmt *) node)->rarg, branches);
}

List *
derive_target_list(const Query *query)
{
	return query->commandType == CMD_SELECT ? query->targetList :
		query->returningList;
}

/*
 * A number that is none of its columns is all: SEARCH and CYCLE add some, and
 * a function can give a row as one column.
 */
static void
follow_output(Walk *walk, const Level *level, AttrNumber attno)
{
	Query	   *query = level->query;
	List	   *targets = derive_target_list(query);
	TargetEntry *one = get_tle_by_resno(targets, attno);
	ListCell   *lc;

	if (!is_first_step(walk, InvalidOid, (uintptr_t) query, attno))
		return;
	if (one && one->resjunk)
		one = NULL;
	if (query->setOperations)
	{
		foreach(lc, branches_of(query->setOperations, NIL))
			follow_range(walk, level, rt_fetch(lfirst_int(lc), query->rtable),
						 one ? attno : DERIVE_ALL);
		return;
	}
	foreach(lc, targets)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (entry == one || (one == NULL && !entry->resjunk))
			follow(walk, level, entry->expr);
	}
}

static void
follow_from(Walk *walk, const Level *level, Node *node)
{
	ListCell   *lc;

	if (node == NULL)
		return;
	if (IsA(node, RangeTblRef))
		follow_range_rows(walk, level, rt_fetch(((RangeTblRef *) node)->rtindex,
												level->query->rtable));
	else if (IsA(node, JoinExpr))
	{
		follow_from(walk, level, ((JoinExpr *) node)->larg);
		follow_from(walk, level, ((JoinExpr *) node)->rarg);
		follow(walk, level, ((JoinExpr *) node)->quals);
	}
	else
	{
		foreach(lc, castNode(FromExpr, node)->fromlist)
			follow_from(walk, level, lfirst(lc));
		follow(walk, level, ((FromExpr *) node)->quals);
	}
}

/* UNION shows all that it compares; INTERSECT and EXCEPT do not. */
static void
follow_set_rows(Walk *walk, const Level *level, Node *node)
{
	SetOperationStmt *operation = (SetOperationStmt *) node;
	ListCell   *lc;

	if (IsA(node, RangeTblRef))
	{
		follow_from(walk, level, node);
		return;
	}
	follow_set_rows(walk, level, operation->larg);
	follow_set_rows(walk, level, operation->rarg);
	if (operation->op == SETOP_UNION)
		return;
	foreach(lc, branches_of(node, NIL))
		follow_range(walk, level, rt_fetch(lfirst_int(lc), level->query->rtable),
					 DERIVE_ALL);
}

static void
follow_rows(Walk *walk, const Level *level)
{
	Query	   *query = level->query;
	ListCell   *lc;

	if (!is_first_step(walk, InvalidOid, (uintptr_t) query, DERIVE_ROWS))
		return;
	follow_from(walk, level, (Node *) query->jointree);
	if (query->setOperations)
		follow_set_rows(walk, level, query->setOperations);
	else
	{
		follow_clauses(walk, level, query->sortClause);
		follow_clauses(walk, level, query->distinctClause);
	}
	follow_clauses(walk, level, query->groupClause);
	follow(walk, level, query->havingQual);
	follow(walk, level, query->limitOffset);
	follow(walk, level, query->limitCount);
	if (query->onConflict)
		follow(walk, level, query->onConflict->onConflictWhere);
	follow(walk, level, query->mergeActionList);
	follow(walk, level, merge_condition(query));

	/* A function that returns a set decides how often the others are there. */
	foreach(lc, query->hasTargetSRFs ? query->targetList : NIL)
	{
		if (expression_returns_set((Node *) lfirst_node(TargetEntry, lc)->expr))
			follow(walk, level, lfirst_node(TargetEntry, lc)->expr);
	}
}

/* ------------------------------------------------------------------------
 * What is asked
 * ------------------------------------------------------------------------
 */

static Walk
walk_begin(void)
{
	HASHCTL		control = {.keysize = sizeof(Step),.entrysize = sizeof(Step),
	.hcxt = CurrentMemoryContext};
	Walk		walk = {0};

	walk.found = palloc0(sizeof(Derivation));
	walk.steps = hash_create("aiconsent steps of a derivation", 16, &control,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return walk;
}

static Derivation *
walk_end(Walk *walk)
{
	hash_destroy(walk->steps);
	return walk->found;
}

Derivation *
derive_column(Oid relid, AttrNumber attno)
{
	Walk		walk = walk_begin();

	follow_relation(&walk, relid, attno);
	return walk_end(&walk);
}

Derivation *
derive_function_column(Oid funcid, AttrNumber attno)
{
	Walk		walk = walk_begin();

	follow_function(&walk, funcid, attno);
	return walk_end(&walk);
}

Derivation *
derive_query_column(Query *query, AttrNumber attno)
{
	Walk		walk = walk_begin();
	Level		level = {query, InvalidOid, NULL};

	walk.for_another = true;
	if (attno == DERIVE_ROWS)
		follow_rows(&walk, &level);
	else
		follow_output(&walk, &level, attno);
	return walk_end(&walk);
}

static List *
writes_of_list(const Level *level, List *targets, List *writes)
{
	Query	   *query = level->query;
	Oid			relid = rt_fetch(query->resultRelation, query->rtable)->relid;
	ListCell   *lc;

	foreach(lc, targets)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		DerivedWrite *write;
		Walk		walk;

		if (entry->resjunk)
			continue;
		write = palloc(sizeof(DerivedWrite));
		walk = walk_begin();
		walk.for_another = true;
		follow(&walk, level, entry->expr);
		write->relid = relid;
		write->attno = entry->resno;
		write->derivation = walk_end(&walk);
		writes = lappend(writes, write);
	}
	return writes;
}

static List *
writes_of(const Level *level, List *writes)
{
	Query	   *query = level->query;
	ListCell   *lc;

	foreach(lc, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);
		Level		inner = {castNode(Query, cte->ctequery), InvalidOid, level};

		writes = writes_of(&inner, writes);
	}
	foreach(lc, written_lists(query))
		writes = writes_of_list(level, lfirst(lc), writes);
	return writes;
}

List *
derive_writes(Query *query)
{
	Level		level = {query, InvalidOid, NULL};

	return writes_of(&level, NIL);
}

/* ------------------------------------------------------------------------
 * What it holds
 * ------------------------------------------------------------------------
 */

/* Join a label, if there is one; true: there is. */
static bool
join_label(Oid relid, AttrNumber attno, Label *known, List **unknown)
{
	Label		label;

	if (!field_label(relid, attno, &label))
		return false;
	if (!label_join(known, &label, known))
	{
		known->level = LABEL_NEVER;
		*unknown = lappend(*unknown,
						   psprintf("all of %s: too many categories",
									field_name(relid, attno)));
	}
	return true;
}

bool
derive_sensitivity(const Derivation *derivation, Label *known, List **unknown)
{
	ListCell   *lc;

	memset(known, 0, sizeof(Label));
	*unknown = NIL;
	foreach(lc, derivation->columns)
	{
		DerivedColumn *column = lfirst(lc);

		if (!join_label(column->relid, column->attno, known, unknown) &&
			column->is_base)
			*unknown = lappend(*unknown,
							   field_name(column->relid, column->attno));
		(void) join_label(column->relid, 0, known, unknown);
	}
	foreach(lc, derivation->opaque)
		*unknown = lappend(*unknown,
						   format_procedure_qualified(lfirst_oid(lc)));
	if (derivation->too_deep)
	{
		known->level = LABEL_NEVER;
		*unknown = lappend(*unknown, "what is nested too deep to be followed");
	}
	return *unknown == NIL;
}
