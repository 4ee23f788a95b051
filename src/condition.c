/*
 * condition.c: what does an expression over a row say, and is it harmless?
 *
 * The text is parsed by the server's own parser and never put into a command:
 * what a binding gets is made anew from the tree.
 */
#include "compat.h"
#include "condition.h"
#include "sql.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

static void
refuse(const char *use, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s is not an expression that can be registered", use),
			 errdetail("%s", detail),
			 errhint("It can be made of columns of the table, constants, AND, OR, NOT, IS NULL, IN, CASE, and built-in immutable functions and operators.")));
}

/* A star is no expression, and the parser does not expect one here. */
static bool
has_star(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, A_Star))
		return true;
	if (IsA(node, ColumnRef))
		return IsA(llast(((ColumnRef *) node)->fields), A_Star);
	if (IsA(node, A_Indirection) &&
		IsA(llast(((A_Indirection *) node)->indirection), A_Star))
		return true;
	return raw_expression_tree_walker(node, has_star, context);
}

/* The one expression of a text that is nothing else. */
static Node *
only_expression(const char *text, const char *use)
{
	List	   *parsed = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select;
	ResTarget  *target;

	if (list_length(parsed) != 1)
		refuse(use, "It is not one expression.");
	select = (SelectStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (!IsA(select, SelectStmt) || list_length(select->targetList) != 1 ||
		select->distinctClause || select->intoClause || select->fromClause ||
		select->whereClause || select->groupClause || select->havingClause ||
		select->windowClause || select->valuesLists || select->sortClause ||
		select->limitOffset || select->limitCount || select->lockingClause ||
		select->withClause || select->op != SETOP_NONE)
		refuse(use, "It is more than one expression.");
	target = linitial_node(ResTarget, select->targetList);
	if (has_star(target->val, NULL))
		refuse(use, "It is a star.");
	return target->val;
}

static bool
is_strange_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId ||
		func_volatile(function) != PROVOLATILE_IMMUTABLE;
}

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
		case T_BoolExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
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
		default:
			return true;
	}
	return check_functions_in_node(node, is_strange_function, context) ||
		expression_tree_walker(node, is_strange, context);
}

Node *
condition_parse(Oid relid, const char *text, const char *use)
{
	ParseState *pstate = make_parsestate(NULL);
	Relation	relation = table_open(relid, AccessShareLock);
	ParseNamespaceItem *item;
	Node	   *expression;

	pstate->p_sourcetext = text;
	item = addRangeTableEntryForRelation(pstate, relation, AccessShareLock,
										 NULL, false, true);
	addNSItemToQuery(pstate, item, false, true, true);
	expression = transformExpr(pstate, only_expression(text, use),
							   EXPR_KIND_CHECK_CONSTRAINT);
	assign_expr_collations(pstate, expression);
	if (exprType(expression) == UNKNOWNOID || pstate->p_hasSubLinks ||
		is_strange(expression, NULL))
		refuse(use, "It calls what the server does not bring, or what can change by itself, or is no condition on a row.");
	free_parsestate(pstate);
	table_close(relation, NoLock);
	return expression;
}

char *
condition_sql(Oid relid, Node *expression)
{
	return psprintf("(%s)",
					deparse_expression(expression,
									   deparse_context_for("t", relid),
									   true, false));
}
