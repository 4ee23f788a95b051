/*
 * condition.c: what does an expression over a row say, and is it harmless?
 *
 * The text is parsed by the server's own parser and never put into a command:
 * what a binding gets is made anew from the tree.
 */
#include "compat.h"
#include "condition.h"
#include "path.h"
#include "sql.h"
#include "trust.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/tlist.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* What the parser's hook has to know. */
typedef struct Reading
{
	Oid			relid;
	const char *name;
	ConditionUse use;
	bool		following;		/* what is parsed now is ours */
} Reading;

static void
refuse(const Reading *reading, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s is not an expression that can be registered",
					reading->name),
			 errdetail("%s", detail),
			 errhint("It can be made of columns of the table, constants, AND, OR, NOT, IS NULL, IN, CASE, and built-in immutable functions and operators%s.",
					 reading->use == CONDITION_ROWS ?
					 " that are leakproof, such as = and <" : "")));
}

/*
 * A star is no expression, and the parser does not expect one here.  Queries
 * are ours alone to put in, for a path.
 */
static bool
has_star_or_query(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, A_Star) || IsA(node, SubLink))
		return true;
	if (IsA(node, ColumnRef))
		return IsA(llast(((ColumnRef *) node)->fields), A_Star);
	if (IsA(node, A_Indirection) &&
		IsA(llast(((A_Indirection *) node)->indirection), A_Star))
		return true;
	return raw_expression_tree_walker(node, has_star_or_query, context);
}

/* The one expression of a text that is nothing else. */
static Node *
only_expression(const char *text, const Reading *reading)
{
	List	   *parsed = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select;
	ResTarget  *target;

	if (list_length(parsed) != 1)
		refuse(reading, "It is not one expression.");
	select = (SelectStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (!IsA(select, SelectStmt) || list_length(select->targetList) != 1 ||
		select->distinctClause || select->intoClause || select->fromClause ||
		select->whereClause || select->groupClause || select->havingClause ||
		select->windowClause || select->valuesLists || select->sortClause ||
		select->limitOffset || select->limitCount || select->lockingClause ||
		select->withClause || select->op != SETOP_NONE)
		refuse(reading, "It is more than one expression.");
	target = linitial_node(ResTarget, select->targetList);
	if (has_star_or_query(target->val, NULL))
		refuse(reading, "It has a star or a query in it.");
	return target->val;
}

static bool
is_strange_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId ||
		func_volatile(function) != PROVOLATILE_IMMUTABLE;
}

/* ------------------------------------------------------------------------
 * Paths
 * ------------------------------------------------------------------------
 */

/*
 * The parser's hook for names with dots: group_id.is_sensitive is a column of
 * the group, found by a subquery.
 */
static Node *
follow_path(ParseState *pstate, ColumnRef *reference)
{
	Reading    *reading = pstate->p_ref_hook_state;
	List	   *names = NIL;
	ListCell   *lc;
	List	   *parsed;
	KeyPath	   *path;
	Node	   *query;

	if (reading->following || reading->use != CONDITION_ROWS ||
		list_length(reference->fields) < 2 ||
		get_attnum(reading->relid, strVal(linitial(reference->fields))) <= 0)
		return NULL;
	foreach(lc, reference->fields)
		names = lappend(names, strVal(lfirst(lc)));
	path = path_of_names(reading->relid, names);
	path_check_rights(path, sql_relation_owner(reading->relid));
	parsed = raw_parser(path_sql(path), RAW_PARSE_PLPGSQL_EXPR);
	query = linitial_node(ResTarget,
						  ((SelectStmt *) linitial_node(RawStmt, parsed)->stmt)->targetList)->val;
	reading->following = true;
	query = transformExpr(pstate, query, pstate->p_expr_kind);
	reading->following = false;
	return query;
}

/* ------------------------------------------------------------------------
 * What is harmless
 * ------------------------------------------------------------------------
 */

/* Does it contain anything but what is listed here? */
static bool
is_strange(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			return ((Var *) node)->varattno <= 0 ||
				((Var *) node)->varlevelsup != 0;
		case T_Const:
			return !trust_constants(((Const *) node)->consttype);
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			/* Of another operator NOT can make one that does what it likes. */
			if (((OpExpr *) node)->opno >= FirstNormalObjectId)
				return true;
			break;
		case T_ScalarArrayOpExpr:
			if (((ScalarArrayOpExpr *) node)->opno >= FirstNormalObjectId)
				return true;
			break;
		case T_BoolExpr:
		case T_FuncExpr:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_ArrayCoerceExpr:
		case T_ArrayExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_SubscriptingRef:
		case T_CollateExpr:
		case T_List:
			break;
		case T_SubLink:
			/* Of ours: nobody else's gets here. */
			return path_of_expression(*(Oid *) context, node) == NULL;
		default:
			return true;
	}
	return check_functions_in_node(node, is_strange_function, context) ||
		expression_tree_walker(node, is_strange, context);
}

/*
 * The expression as contain_leaked_vars() can judge it: a path is a column,
 * COALESCE no more than its arguments, and enums are equal as their numbers
 * are, which raises nothing, though the server does not say so.
 */
static Node *
for_leak_check(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, SubLink))
	{
		KeyPath	   *path = context ?
			path_of_expression(*(Oid *) context, node) : NULL;

		if (path == NULL)
			return node;
		return (Node *) makeVar(1, path->attno, path->type, path->typmod,
								path->collation, 0);
	}
	node = expression_tree_mutator(node, for_leak_check, context);
	if (IsA(node, CoalesceExpr))
		return (Node *) ((CoalesceExpr *) node)->args;
	if (IsA(node, OpExpr) && (get_opcode(((OpExpr *) node)->opno) == F_ENUM_EQ ||
							  get_opcode(((OpExpr *) node)->opno) == F_ENUM_NE))
		((OpExpr *) node)->opfuncid = F_OIDEQ;
	if (IsA(node, ScalarArrayOpExpr) &&
		get_opcode(((ScalarArrayOpExpr *) node)->opno) == F_ENUM_EQ)
		((ScalarArrayOpExpr *) node)->opfuncid = F_OIDEQ;
	return node;
}

/* ------------------------------------------------------------------------
 * Columns of views
 * ------------------------------------------------------------------------
 */

static bool reads_leaky_column(Node *node, void *context);

/*
 * Is the column computed by what is not leakproof, when somebody asks for it?
 * What is grouped and the like is computed whoever asks.
 */
static bool
is_leaky_column(Query *query, AttrNumber attno)
{
	Node	   *expression;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, query->setOperations ? query->rtable : NIL)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY &&
			is_leaky_column(rte->subquery, attno))
			return true;
	}
	if (attno <= 0 || query->setOperations || query->groupClause ||
		query->groupingSets || query->hasAggs || query->hasWindowFuncs ||
		query->distinctClause || query->hasTargetSRFs ||
		query->limitCount || query->limitOffset)
		return false;
	expression = (Node *) get_tle_by_resno(query->targetList, attno)->expr;
	return contain_leaked_vars(for_leak_check(expression, NULL)) ||
		reads_leaky_column(expression, query);
}

static bool
is_leaky_view_column(Oid view, AttrNumber attno)
{
	Relation	relation = table_open(view, AccessShareLock);
	bool		leaky = is_leaky_column(get_view_query(relation), attno);

	table_close(relation, AccessShareLock);
	return leaky;
}

/* Walks an expression of the query in context. */
static bool
reads_leaky_column(Node *node, void *context)
{
	Query	   *query = context;
	Var		   *var = (Var *) node;
	RangeTblEntry *rte;

	if (node == NULL)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, reads_leaky_column, context);
	if (var->varlevelsup > 0 || var->varattno <= 0)
		return true;
	rte = rt_fetch(var->varno, query->rtable);
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return rte->relkind == RELKIND_VIEW &&
				is_leaky_view_column(rte->relid, var->varattno);
		case RTE_SUBQUERY:
			return is_leaky_column(rte->subquery, var->varattno);
		case RTE_JOIN:
			return reads_leaky_column(list_nth(rte->joinaliasvars,
											   var->varattno - 1), context);
		default:
			return rte->rtekind != RTE_FUNCTION && rte->rtekind != RTE_VALUES;
	}
}

/* The same of a condition over a view. */
static bool
reads_leaky_view_column(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return is_leaky_view_column(*(Oid *) context, ((Var *) node)->varattno);
	return expression_tree_walker(node, reads_leaky_view_column, context);
}

/* ------------------------------------------------------------------------
 * Parsing
 * ------------------------------------------------------------------------
 */

/*
 * To read a constant can run code: as the table's owner, who is the one that
 * may say what its rows are, and not as us.
 */
static Node *
transform(ParseState *pstate, Node *raw, Oid relid)
{
	SqlRestriction restriction = sql_restrict(sql_relation_owner(relid));
	Node	   *expression = transformExpr(pstate, raw, EXPR_KIND_WHERE);

	sql_unrestrict(&restriction);
	return expression;
}

Node *
condition_parse(Oid relid, const char *text, const char *name,
				ConditionUse use)
{
	Reading		reading = {relid, name, use, false};
	ParseState *pstate = make_parsestate(NULL);
	Relation	relation = table_open(relid, AccessShareLock);
	ParseNamespaceItem *item;
	Node	   *expression;

	pstate->p_sourcetext = text;
	pstate->p_pre_columnref_hook = follow_path;
	pstate->p_ref_hook_state = &reading;
	item = addRangeTableEntryForRelation(pstate, relation, AccessShareLock,
										 makeAlias("t", NIL), false, true);
	addNSItemToQuery(pstate, item, false, true, true);
	expression = transform(pstate, only_expression(text, &reading), relid);
	assign_expr_collations(pstate, expression);
	if (exprType(expression) == UNKNOWNOID || pstate->p_hasAggs ||
		is_strange(expression, &relid))
		refuse(&reading, "It calls what the server does not bring, or what can change by itself, or is no condition on a row.");
	if (use == CONDITION_ROWS &&
		contain_leaked_vars(for_leak_check(expression, &relid)))
		refuse(&reading, "It calls what is not leakproof: an error in it could show a value of a row that is out.");
	if (use == CONDITION_ROWS && get_rel_relkind(relid) == RELKIND_VIEW &&
		reads_leaky_view_column(expression, &relid))
		refuse(&reading, "It reads a column that the view computes by what is not leakproof: an error in that could show a value of a row that is out.");
	free_parsestate(pstate);
	table_close(relation, NoLock);
	return expression;
}

char *
condition_sql(Oid relid, Node *expression)
{
	return deparse_expression(expression, deparse_context_for("t", relid),
							  true, false);
}
