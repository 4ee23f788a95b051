/*
 * path.c: how does one get from a row to a column, over foreign keys?
 */
#include "compat.h"
#include "path.h"
#include "sql.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_operator.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

/* ------------------------------------------------------------------------
 * From names
 * ------------------------------------------------------------------------
 */

/* The one table that a column refers to, by a foreign key of its own. */
static Hop *
hop_over(Oid relid, AttrNumber column)
{
	Relation	relation = table_open(relid, AccessShareLock);
	Hop		   *hop = NULL;
	ListCell   *lc;

	foreach(lc, RelationGetFKeyList(relation))
	{
		ForeignKeyCacheInfo *fk = lfirst_node(ForeignKeyCacheInfo, lc);

		if (fk->nkeys != 1 || fk->conkey[0] != column)
			continue;
		if (hop && hop->relid != fk->confrelid)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("column %s of %s refers to more than one table",
							path_column(NULL, relid, column),
							sql_relation(relid)),
					 errhint("A path follows a column with one foreign key.")));
		hop = palloc(sizeof(Hop));
		hop->column = column;
		hop->relid = fk->confrelid;
		hop->key = fk->confkey[0];
		hop->equals = fk->conpfeqop[0];
	}
	table_close(relation, AccessShareLock);
	if (hop == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("column %s of %s has no foreign key to follow",
						path_column(NULL, relid, column), sql_relation(relid)),
				 errhint("Give it one: ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES ...; or declare a view that joins the two tables.",
						 sql_relation(relid),
						 quote_identifier(get_attname(relid, column, false)))));
	if (hop->equals >= FirstNormalObjectId)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the foreign key of column %s of %s cannot be followed",
						path_column(NULL, relid, column), sql_relation(relid)),
				 errdetail("Its equality does not come with the server.")));
	return hop;
}

static AttrNumber
column_of(Oid relid, const char *name)
{
	AttrNumber	attno = get_attnum(relid, name);

	if (attno <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation %s does not exist",
						name, sql_relation(relid)),
				 errhint("Name a column of the table, or a path over foreign keys: 'post_id.author_id'.")));
	return attno;
}

KeyPath *
path_of_names(Oid relid, const List *names)
{
	KeyPath	   *path = palloc0(sizeof(KeyPath));
	const ListCell *lc;

	path->relid = relid;
	foreach(lc, names)
	{
		path->attno = column_of(relid, lfirst(lc));
		if (lnext(names, lc))
		{
			Hop		   *hop = hop_over(relid, path->attno);

			path->hops = lappend(path->hops, hop);
			relid = hop->relid;
		}
	}
	get_atttypetypmodcoll(relid, path->attno, &path->type, &path->typmod,
						  &path->collation);
	return path;
}

/* Names between dots; what is in double quotes is one. */
static List *
split_names(const char *text)
{
	List	   *names = NIL;
	StringInfoData name;
	bool		quoted = false;

	initStringInfo(&name);
	for (const char *c = text; *c; c++)
	{
		if (*c == '"' && quoted && c[1] == '"')
			appendStringInfoChar(&name, *c++);
		else if (*c == '"')
			quoted = !quoted;
		else if (*c == '.' && !quoted)
		{
			names = lappend(names, pstrdup(name.data));
			resetStringInfo(&name);
		}
		else
			appendStringInfoChar(&name, *c);
	}
	return lappend(names, pstrdup(name.data));
}

KeyPath *
path_of_text(Oid relid, const char *text)
{
	if (get_attnum(relid, text) > 0)
		return path_of_names(relid, list_make1(pstrdup(text)));
	return path_of_names(relid, split_names(text));
}

/* ------------------------------------------------------------------------
 * From a binding
 * ------------------------------------------------------------------------
 */

/* A column, whatever cast that does nothing is around it. */
static Var *
plain_var(Node *node, Index level)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node && IsA(node, Var) && ((Var *) node)->varlevelsup == level &&
		((Var *) node)->varattno > 0)
		return (Var *) node;
	return NULL;
}

/* SELECT one thing FROM one table WHERE its key = a column of the row before. */
static Hop *
hop_of_query(Query *query)
{
	Hop		   *hop;
	OpExpr	   *equals = (OpExpr *) query->jointree->quals;
	RangeTblEntry *rte;
	Var		   *key;
	Var		   *column;

	if (list_length(query->rtable) != 1 ||
		list_length(query->jointree->fromlist) != 1 ||
		list_length(query->targetList) != 1 ||
		equals == NULL || !IsA(equals, OpExpr) || list_length(equals->args) != 2)
		return NULL;
	rte = linitial_node(RangeTblEntry, query->rtable);
	key = plain_var(linitial(equals->args), 0);
	column = plain_var(lsecond(equals->args), 1);
	if (rte->rtekind != RTE_RELATION || key == NULL || column == NULL)
		return NULL;
	hop = palloc(sizeof(Hop));
	hop->column = column->varattno;
	hop->relid = rte->relid;
	hop->key = key->varattno;
	hop->equals = equals->opno;
	return hop;
}

KeyPath *
path_of_expression(Oid relid, Node *expression)
{
	KeyPath	   *path = palloc0(sizeof(KeyPath));
	Var		   *column;

	path->relid = relid;
	while (expression && IsA(expression, SubLink))
	{
		SubLink    *link = (SubLink *) expression;
		Hop		   *hop = NULL;

		if (link->subLinkType == EXPR_SUBLINK && IsA(link->subselect, Query))
			hop = hop_of_query((Query *) link->subselect);
		if (hop == NULL)
			return NULL;
		path->hops = lappend(path->hops, hop);
		expression = (Node *) linitial_node(TargetEntry,
											((Query *) link->subselect)->targetList)->expr;
	}
	column = plain_var(expression, 0);
	if (column == NULL)
		return NULL;
	path->attno = column->varattno;
	get_atttypetypmodcoll(path_end(path), path->attno, &path->type,
						  &path->typmod, &path->collation);
	return path;
}

Oid
path_end(const KeyPath *path)
{
	return path->hops == NIL ? path->relid :
		((Hop *) llast(path->hops))->relid;
}

/* ------------------------------------------------------------------------
 * To SQL
 * ------------------------------------------------------------------------
 */

char *
path_column(const char *alias, Oid relid, AttrNumber attno)
{
	const char *name = quote_identifier(get_attname(relid, attno, false));

	return alias ? psprintf("%s.%s", alias, name) : pstrdup(name);
}

void
path_append_hop(StringInfo sql, const Hop *hop, const char *before,
				Oid before_relid, const char *alias, const char *selected)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID,
										ObjectIdGetDatum(hop->equals));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", hop->equals);

	/* A foreign key means the very table, not its children. */
	appendStringInfo(sql, "SELECT %s FROM %s%s %s WHERE %s OPERATOR(pg_catalog.%s) %s",
					 selected,
					 get_rel_relkind(hop->relid) == RELKIND_RELATION ?
					 "ONLY " : "",
					 sql_relation(hop->relid), alias,
					 path_column(alias, hop->relid, hop->key),
					 NameStr(((Form_pg_operator) GETSTRUCT(tuple))->oprname),
					 path_column(before, before_relid, hop->column));
	ReleaseSysCache(tuple);
}

char *
path_sql(const KeyPath *path)
{
	int			n = list_length(path->hops);
	char	   *sql = path_column(n ? psprintf("h%d", n) : "t", path_end(path),
								  path->attno);

	for (int i = n; i > 0; i--)
	{
		StringInfoData query;

		initStringInfo(&query);
		appendStringInfoChar(&query, '(');
		path_append_hop(&query, list_nth(path->hops, i - 1),
						i > 1 ? psprintf("h%d", i - 1) : "t",
						i > 1 ? ((Hop *) list_nth(path->hops, i - 2))->relid :
						path->relid, psprintf("h%d", i), sql);
		appendStringInfoChar(&query, ')');
		sql = query.data;
	}
	return sql;
}

char *
path_text(const KeyPath *path)
{
	StringInfoData text;
	Oid			relid = path->relid;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, path->hops)
	{
		Hop		   *hop = lfirst(lc);

		appendStringInfo(&text, "%s.", path_column(NULL, relid, hop->column));
		relid = hop->relid;
	}
	appendStringInfoString(&text, path_column(NULL, relid, path->attno));
	return text.data;
}

static void
check_column_rights(Oid relid, AttrNumber attno, Oid role)
{
	if (pg_class_aclcheck(relid, role, ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(relid, attno, role, ACL_SELECT) == ACLCHECK_OK)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("role \"%s\" may not read column %s of %s",
					GetUserNameFromId(role, false),
					path_column(NULL, relid, attno), sql_relation(relid)),
			 errdetail("The training view reads it with the rights of its source's owner."),
			 errhint("GRANT SELECT (%s) ON %s TO %s;",
					 path_column(NULL, relid, attno), sql_relation(relid),
					 quote_identifier(GetUserNameFromId(role, false)))));
}

void
path_check_rights(const KeyPath *path, Oid role)
{
	ListCell   *lc;

	foreach(lc, path->hops)
	{
		Hop		   *hop = lfirst(lc);
		ListCell   *next = lnext(path->hops, lc);

		check_column_rights(hop->relid, hop->key, role);
		check_column_rights(hop->relid,
							next ? ((Hop *) lfirst(next))->column : path->attno,
							role);
	}
}
