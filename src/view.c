/*
 * view.c: what SQL is the training view?
 *
 * A training view is plain SQL that pg_dump keeps: the columns that the
 * purpose's clearance admits, of the rows whose every subject is eligible,
 * behind a security barrier.  A label of provider aiconsent_published on the
 * view says for which purpose it is.
 */
#include "compat.h"
#include "field.h"
#include "sql.h"
#include "view.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* ------------------------------------------------------------------------
 * What is released
 * ------------------------------------------------------------------------
 */

bool
view_releases(Oid relid, AttrNumber attno, const Label *clearance,
		 bool *needs_grant)
{
	Label		sensitivity;

	if (!field_sensitivity(relid, attno, &sensitivity))
		return false;
	*needs_grant = sensitivity.level == LABEL_SENSITIVE;
	return sensitivity.level != LABEL_NEVER &&
		label_flows(&sensitivity, clearance);
}

static ViewColumn *
column_of_base(Oid relid, AttrNumber attno, bool needs_grant)
{
	ViewColumn *column = palloc0(sizeof(ViewColumn));

	column->name = get_attname(relid, attno, false);
	column->attno = attno;
	column->needs_grant = needs_grant;
	get_atttypetypmodcoll(relid, attno, &column->type, &column->typmod,
						  &column->collation);
	return column;
}

List *
view_columns_wanted(Oid relid, const Label *clearance)
{
	Relation	relation = table_open(relid, AccessShareLock);
	List	   *columns = NIL;

	for (AttrNumber attno = 1; attno <= RelationGetNumberOfAttributes(relation); attno++)
	{
		bool		needs_grant;

		if (!TupleDescAttr(RelationGetDescr(relation), attno - 1)->attisdropped &&
			view_releases(relid, attno, clearance, &needs_grant))
			columns = lappend(columns, column_of_base(relid, attno, needs_grant));
	}
	table_close(relation, AccessShareLock);
	return columns;
}

/* ------------------------------------------------------------------------
 * What is published
 * ------------------------------------------------------------------------
 */

/* The purpose that the view was published for; NULL: it is none of ours. */
char *
view_purpose(Oid view)
{
	ObjectAddress object;

	ObjectAddressSet(object, RelationRelationId, view);
	return GetSecurityLabel(&object, PUBLISHED_PROVIDER);
}

/* The view or table that a rewrite rule belongs to. */
static Oid
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
 * Does the view read the table and nothing else?  A training view does.  Its
 * owner can give it another query; that one reads with the owner's own rights
 * and is none of ours any more.
 */
static bool
reads_only(Oid view, Oid relid)
{
	Relation	relation = try_relation_open(view, AccessShareLock);
	bool		only = true;
	ListCell   *lc;

	if (relation == NULL)
		return false;
	if (relation->rd_rel->relkind != RELKIND_VIEW)
		only = false;
	else
	{
		foreach(lc, get_view_query(relation)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			only = only && rte->rtekind == RTE_RELATION &&
				(rte->relid == relid || rte->relid == view);
		}
	}
	relation_close(relation, AccessShareLock);
	return only;
}

/*
 * The training views on a table, by the server's own record of what depends
 * on it, so that a renamed view is still found.  A scan of the catalog and no
 * query, because it must see what is committed now, also from a transaction
 * with an older snapshot.
 */
List *
views_on(Oid relid)
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
			reads_only(view, relid))
			views = list_append_unique_oid(views, view);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return views;
}

Oid
view_for(Oid relid, const char *purpose)
{
	ListCell   *lc;

	foreach(lc, views_on(relid))
	{
		if (strcmp(view_purpose(lfirst_oid(lc)), purpose) == 0)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

/* The base column that an expression of a training view shows; 0: withdrawn. */
static AttrNumber
shown_column(Expr *expr)
{
	if (IsA(expr, CaseExpr))
		expr = linitial_node(CaseWhen, ((CaseExpr *) expr)->args)->result;
	return IsA(expr, Var) ? ((Var *) expr)->varattno : InvalidAttrNumber;
}

/* The columns of a training view as it is. */
List *
view_columns_present(Oid view)
{
	Relation	relation = try_relation_open(view, AccessShareLock);
	Query	   *query;
	List	   *columns = NIL;
	ListCell   *lc;

	/* It can have been dropped while we waited for the lock. */
	if (relation == NULL)
		return NIL;
	query = get_view_query(relation);

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
		column->attno = shown_column(entry->expr);
		column->needs_grant = IsA(entry->expr, CaseExpr);
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

/* Its own rule is on it, too, and does not count. */
bool
view_is_built_on(Oid view)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(view)};

	return sql_run("SELECT FROM pg_catalog.pg_class c"
				   " JOIN pg_catalog.pg_type t ON t.oid = c.reltype"
				   " JOIN pg_catalog.pg_depend d ON d.deptype = 'n' AND ("
				   "  d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
				   "   AND d.refobjid = c.oid"
				   "  OR d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass"
				   "   AND d.refobjid IN (t.oid, t.typarray))"
				   " WHERE c.oid = $1 AND NOT EXISTS ("
				   "  SELECT FROM pg_catalog.pg_rewrite r"
				   "  WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
				   "   AND r.oid = d.objid AND r.ev_class = c.oid)"
				   " LIMIT 1", 1, types, values, NULL) > 0;
}

/* ------------------------------------------------------------------------
 * The SQL
 * ------------------------------------------------------------------------
 */

/*
 * A column as an instant, read at its earliest: without a zone it can have
 * been written as far east as UTC+14, and a row must surely be later than its
 * horizon.  NULL where there is no such instant: a date can be too far for a
 * timestamp, and an error would show it and take the whole view away.
 */
char *
view_instant(Oid type, const char *column)
{
	if (type == TIMESTAMPTZOID)
		return pstrdup(column);
	return psprintf("CASE WHEN %s BETWEEN '4713-01-01 BC' AND '294276-12-31'"
					" THEN pg_catalog.timezone('UTC', %s%s - '14 hours'::pg_catalog.interval) END",
					column, column,
					type == DATEOID ? "::pg_catalog.timestamp" : "");
}

/*
 * One call of eligible() or granted() for every subject of the row, joined by
 * AND.
 */
static char *
every_subject(const Binding *binding, const char *function,
			  const char *purpose)
{
	StringInfoData sql;
	ListCell   *lc;
	const char *occurred_at = binding_column(binding, "occurred_at");

	if (occurred_at)
		occurred_at = view_instant(binding_type(binding, "occurred_at"),
								   occurred_at);
	initStringInfo(&sql);
	foreach(lc, binding->columns)
	{
		BoundColumn *column = lfirst(lc);

		if (strncmp(column->role, "subject_", 8) != 0)
			continue;
		appendStringInfo(&sql, "%saiconsent.%s(t.%s%s, %s%s%s)",
						 sql.len > 0 ? " AND " : "", function,
						 quote_identifier(get_attname(binding->relid,
													  column->attno, false)),
						 get_atttype(binding->relid, column->attno) == INT2OID ?
						 "::pg_catalog.int4" : "",
						 quote_literal_cstr(purpose),
						 occurred_at ? ", " : "",
						 occurred_at ? occurred_at : "");
	}
	return sql.data;
}

/*
 * NULL, of the column's very type, so that the view can be replaced in place.
 * A cast to a domain would run its CHECK, which is its owner's code, as whoever
 * reads the view, and would fail where the domain is NOT NULL: an element that
 * an empty array does not have is of the domain, too, and nothing checks it.
 */
static char *
typed_null(const ViewColumn *column)
{
	char	   *type = format_type_extended(column->type, column->typmod,
											FORMAT_TYPE_TYPEMOD_GIVEN |
											FORMAT_TYPE_FORCE_QUALIFY);
	char	   *null = get_typtype(column->type) == TYPTYPE_DOMAIN ?
		psprintf("('{}'::%s[])[1]", type) : psprintf("NULL::%s", type);

	if (!OidIsValid(column->collation))
		return null;
	return psprintf("%s COLLATE %s", null,
					generate_collation_name(column->collation));
}

char *
view_column(const Binding *binding, const ViewColumn *column,
				  const char *purpose)
{
	char	   *shown;

	if (column->attno == InvalidAttrNumber)
		shown = typed_null(column);
	else
	{
		shown = psprintf("t.%s", quote_identifier(get_attname(binding->relid,
															  column->attno,
															  false)));

		/* Without ELSE it would lose its domain or its length. */
		if (column->needs_grant)
			shown = psprintf("CASE WHEN %s THEN %s ELSE %s END",
							 every_subject(binding, "granted", purpose), shown,
							 typed_null(column));
	}
	return psprintf("%s AS %s", shown, quote_identifier(column->name));
}

/* The body of a source's training view. */
char *
view_query(const Binding *binding, const List *columns, const char *purpose)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	foreach(lc, columns)
		appendStringInfo(&sql, "%s%s", lc == list_head(columns) ? "" : ", ",
						 view_column(binding, lfirst(lc), purpose));
	appendStringInfo(&sql, " FROM %s t WHERE %s", sql_relation(binding->relid),
					 every_subject(binding, "eligible", purpose));
	return sql.data;
}

void
view_replace(const char *name, const char *query)
{
	sql_runf("CREATE OR REPLACE VIEW %s WITH (security_barrier) AS %s",
			 name, query);
}
