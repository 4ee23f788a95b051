/*
 * publish.c: what SQL is the training view?
 *
 * A training view is plain SQL that belongs to the source's owner and that
 * pg_dump keeps: the columns that the purpose's clearance admits, of the rows
 * whose every subject is eligible, behind a security barrier.  A label of
 * provider aiconsent_published on the view says for which purpose it is, on a
 * base column which sensitivity it had when it was last published.
 */
#include "compat.h"
#include "field.h"
#include "policy.h"
#include "publish.h"
#include "registry.h"
#include "sensitivity.h"
#include "sql.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#define CORPUS "corpus"

/* One column of a training view. */
typedef struct ViewColumn
{
	char	   *name;
	Oid			type;
	int32		typmod;
	Oid			collation;
	AttrNumber	attno;			/* of the base column; 0: withdrawn */
	bool		needs_grant;	/* sensitive: only on explicit grants */
} ViewColumn;

/* A source with what a purpose may have of it. */
typedef struct Source
{
	Binding    *binding;
	Oid			view;			/* the published view, or InvalidOid */
	List	   *columns;		/* of ViewColumn: as they shall be */
} Source;

/* ------------------------------------------------------------------------
 * What is released
 * ------------------------------------------------------------------------
 */

static bool
released(Oid relid, AttrNumber attno, const Label *clearance,
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

static List *
released_columns(Oid relid, const Label *clearance)
{
	Relation	relation = table_open(relid, AccessShareLock);
	List	   *columns = NIL;

	for (AttrNumber attno = 1; attno <= RelationGetNumberOfAttributes(relation); attno++)
	{
		bool		needs_grant;

		if (!TupleDescAttr(RelationGetDescr(relation), attno - 1)->attisdropped &&
			released(relid, attno, clearance, &needs_grant))
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
static char *
published_for(Oid view)
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
 * The training views on a table, by the server's own record of what depends
 * on it, so that a renamed view is still found.  A scan of the catalog and no
 * query, because it must see what is committed now, also from a transaction
 * with an older snapshot.
 */
static List *
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
		if (OidIsValid(view) && view != relid && published_for(view))
			views = list_append_unique_oid(views, view);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return views;
}

static Oid
view_for(Oid relid, const char *purpose)
{
	ListCell   *lc;

	foreach(lc, views_on(relid))
	{
		if (strcmp(published_for(lfirst_oid(lc)), purpose) == 0)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

/* The base column that an expression of a training view shows; 0: none. */
static AttrNumber
shown_column(Expr *expr)
{
	if (IsA(expr, CaseExpr))
		expr = linitial_node(CaseWhen, ((CaseExpr *) expr)->args)->result;
	return IsA(expr, Var) ? ((Var *) expr)->varattno : InvalidAttrNumber;
}

/* The columns of a training view as it is. */
static List *
view_columns(Oid view)
{
	Relation	relation = relation_open(view, AccessShareLock);
	Query	   *query = get_view_query(relation);
	List	   *columns = NIL;
	ListCell   *lc;

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
	return strcmp(a->name, b->name) == 0 && a->type == b->type && a->typmod == b->typmod &&
		a->collation == b->collation;
}

/*
 * What there is first, in its order, then what is new: so that a view which
 * only grows is replaced in place, with its grants and dependants.  False if
 * something goes or changes its name or type: that takes a new view.
 */
static bool
arrange_columns(List **wanted, const List *present)
{
	List	   *arranged = NIL;
	ListCell   *p;
	ListCell   *w;

	foreach(p, present)
	{
		ViewColumn *found = NULL;

		foreach(w, *wanted)
		{
			if (same_column(lfirst(p), lfirst(w)))
				found = lfirst(w);
		}
		if (found == NULL)
			return false;
		arranged = lappend(arranged, found);
	}
	*wanted = list_concat_unique_ptr(arranged, *wanted);
	return true;
}

/* ------------------------------------------------------------------------
 * The SQL
 * ------------------------------------------------------------------------
 */

/*
 * A column as an instant, read at its earliest: without a zone it can have
 * been written as far east as UTC+14, and a row must surely be later than its
 * horizon.  NULL where there is no such column.
 */
static char *
instant_expression(Oid type, const char *column)
{
	if (type == TIMESTAMPTZOID)
		return pstrdup(column);
	return psprintf("pg_catalog.timezone('UTC', %s%s - '14 hours'::pg_catalog.interval)",
					column, type == DATEOID ? "::pg_catalog.timestamp" : "");
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
	char	   *occurred_at = binding_column(binding, "occurred_at");

	if (occurred_at)
		occurred_at = instant_expression(binding_type(binding, "occurred_at"),
										 psprintf("t.%s", occurred_at));
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

static char *
column_expression(const Binding *binding, const ViewColumn *column,
				  const char *purpose)
{
	StringInfoData sql;

	initStringInfo(&sql);
	if (column->attno == InvalidAttrNumber)
	{
		appendStringInfo(&sql, "NULL::%s",
						 format_type_extended(column->type, column->typmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN |
											  FORMAT_TYPE_FORCE_QUALIFY));
		if (OidIsValid(column->collation))
			appendStringInfo(&sql, " COLLATE %s",
							 generate_collation_name(column->collation));
	}
	else
	{
		char	   *name = psprintf("t.%s",
									quote_identifier(get_attname(binding->relid,
																 column->attno,
																 false)));

		if (column->needs_grant)
			appendStringInfo(&sql, "CASE WHEN %s THEN %s END",
							 every_subject(binding, "granted", purpose), name);
		else
			appendStringInfoString(&sql, name);
	}
	appendStringInfo(&sql, " AS %s", quote_identifier(column->name));
	return sql.data;
}

/* The body of a source's training view. */
static char *
view_query(const Binding *binding, const List *columns, const char *purpose)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	foreach(lc, columns)
		appendStringInfo(&sql, "%s%s", lc == list_head(columns) ? "" : ", ",
						 column_expression(binding, lfirst(lc), purpose));
	appendStringInfo(&sql, " FROM %s t WHERE %s", sql_relation(binding->relid),
					 every_subject(binding, "eligible", purpose));
	return sql.data;
}

static void
replace_view(const char *name, const char *query)
{
	sql_runf("CREATE OR REPLACE VIEW %s WITH (security_barrier) AS %s",
			 name, query);
}

static bool
is_text(Oid type)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING;
}

static const ViewColumn *
column_shown_as(const List *columns, AttrNumber attno)
{
	const ListCell *lc;

	foreach(lc, columns)
	{
		ViewColumn *column = lfirst(lc);

		if (attno != InvalidAttrNumber && column->attno == attno)
			return column;
	}
	return NULL;
}

/*
 * One source's part of the corpus: its training view, unpivoted in one scan.
 * Row key and time are there only where they are released themselves.
 */
static char *
corpus_branch(const Source *source)
{
	const Binding *binding = source->binding;
	const ViewColumn *row_id =
	column_shown_as(source->columns, binding_attno(binding, "row_id"));
	const ViewColumn *occurred_at =
	column_shown_as(source->columns, binding_attno(binding, "occurred_at"));
	StringInfoData fields;
	ListCell   *lc;

	initStringInfo(&fields);
	foreach(lc, source->columns)
	{
		ViewColumn *column = lfirst(lc);
		Label		sensitivity;
		char		categories[LABEL_MAX_TEXT];

		if (!is_text(column->type) ||
			!field_sensitivity(binding->relid, column->attno, &sensitivity))
			continue;
		label_print_list(&sensitivity, categories, sizeof(categories));
		appendStringInfo(&fields, "%s(%s, %s, v.%s::pg_catalog.text COLLATE pg_catalog.\"default\")",
						 fields.len > 0 ? ", " : "",
						 quote_literal_cstr(column->name),
						 quote_literal_cstr(categories),
						 quote_identifier(column->name));
	}
	if (fields.len == 0)
		return NULL;
	return psprintf("SELECT %s::pg_catalog.text AS source,"
					" %s::pg_catalog.text COLLATE pg_catalog.\"default\" AS row_id, f.field, f.category,"
					" f.content, %s::pg_catalog.timestamptz AS occurred_at"
					" FROM %s v, LATERAL (VALUES %s) f(field, category, content)"
					" WHERE f.content IS NOT NULL",
					quote_literal_cstr(sql_relation(binding->relid)),
					row_id ? psprintf("v.%s", quote_identifier(row_id->name)) : "NULL",
					occurred_at ?
					instant_expression(occurred_at->type,
									   psprintf("v.%s", quote_identifier(occurred_at->name))) :
					"NULL",
					sql_relation(source->view), fields.data);
}

static char *
corpus_query(const List *sources)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	foreach(lc, sources)
	{
		char	   *branch = corpus_branch(lfirst(lc));

		if (branch)
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? " UNION ALL " : "",
							 branch);
	}
	if (sql.len > 0)
		return sql.data;
	return "SELECT NULL::pg_catalog.text AS source,"
		" NULL::pg_catalog.text AS row_id,"
		" NULL::pg_catalog.text AS field, NULL::pg_catalog.text AS category,"
		" NULL::pg_catalog.text AS content,"
		" NULL::pg_catalog.timestamptz AS occurred_at WHERE false";
}

/* ------------------------------------------------------------------------
 * Withdrawing
 * ------------------------------------------------------------------------
 */

/* A view whose source is not declared any more, as we see it, gives no row. */
static void
withdraw_all_from(Oid view)
{
	StringInfoData sql;
	ListCell   *lc;
	List	   *columns = view_columns(view);

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		ViewColumn *column = lfirst(lc);

		column->attno = InvalidAttrNumber;
		appendStringInfo(&sql, "%s%s", sql.len > 0 ? ", " : "",
						 column_expression(NULL, column, NULL));
	}
	replace_view(sql_relation(view),
				 psprintf("SELECT %s WHERE false", sql.data));
	CommandCounterIncrement();
}

static void
withdraw_from(Oid view, const Binding *binding)
{
	char	   *purpose = published_for(view);
	List	   *columns = view_columns(view);
	Label		clearance;
	bool		cleared = policy_clearance(purpose, &clearance);
	bool		changed = false;
	ListCell   *lc;

	foreach(lc, columns)
	{
		ViewColumn *column = lfirst(lc);
		bool		needs_grant = false;

		if (column->attno == InvalidAttrNumber)
			continue;
		if (!cleared || !released(binding->relid, column->attno, &clearance,
								  &needs_grant))
		{
			column->attno = InvalidAttrNumber;
			changed = true;
		}
		else if (needs_grant && !column->needs_grant)
		{
			column->needs_grant = true;
			changed = true;
		}
	}
	if (changed)
	{
		replace_view(sql_relation(view), view_query(binding, columns, purpose));
		CommandCounterIncrement();
	}
}

static void
withdraw_from_views_on(Oid relid, const Binding *binding)
{
	ListCell   *lc;

	foreach(lc, views_on(relid))
	{
		if (binding)
			withdraw_from(lfirst_oid(lc), binding);
		else
			withdraw_all_from(lfirst_oid(lc));
	}
}

void
publish_withdraw(Oid relid)
{
	List	   *bindings = registry_find(BINDING_SOURCE, relid,
										 CurrentMemoryContext);
	ListCell   *lc;

	foreach(lc, bindings)
		withdraw_from_views_on(((Binding *) lfirst(lc))->relid, lfirst(lc));
	if (bindings == NIL && OidIsValid(relid))
		withdraw_from_views_on(relid, NULL);
}

/* The label that a column or table has now, for the record. */
static char *
current_label(Oid relid, AttrNumber attno)
{
	ObjectAddress object;

	ObjectAddressSubSet(object, RelationRelationId, relid, attno);
	return GetSecurityLabel(&object, FIELD_PROVIDER);
}

/*
 * label_changed: event trigger for SECURITY LABEL, of any provider and in any
 * session, a restore included, which labels tables before it makes the views.
 */
PG_FUNCTION_INFO_V1(label_changed);
Datum
label_changed(PG_FUNCTION_ARGS)
{
	SqlScope	scope = sql_begin(sql_owner());
	SPITupleTable *commands;
	uint64		count;

	count = sql_run("SELECT c.objid, c.objsubid"
					" FROM pg_catalog.pg_event_trigger_ddl_commands() c"
					" WHERE c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass",
					0, NULL, NULL, NULL);
	commands = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Oid			relid = DatumGetObjectId(SPI_getbinval(commands->vals[row],
														   commands->tupdesc, 1,
														   &isnull));
		AttrNumber	attno = DatumGetInt32(SPI_getbinval(commands->vals[row],
														commands->tupdesc, 2,
														&isnull));
		char	   *before = field_take_previous(relid, attno);
		char	   *after = current_label(relid, attno);

		if (before ? !after || strcmp(before, after) != 0 : after != NULL)
			registry_change(scope.saved_user, "label", field_name(relid, attno),
							before, after, NULL);
		publish_withdraw(relid);
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}

/* ------------------------------------------------------------------------
 * Publishing
 * ------------------------------------------------------------------------
 */

/* The schema to publish in: as asked for, as before, or as for the shipped. */
static char *
publication_schema(const char *purpose, const char *asked)
{
	Oid			types[] = {TEXTOID, NAMEOID};
	NameData	name;
	Datum		values[] = {CStringGetTextDatum(purpose), NameGetDatum(&name)};
	char	   *before;

	/* Locks the purpose: one publish() or change of its policy at a time. */
	sql_run("SELECT published_in::text FROM aiconsent.purpose WHERE name = $1 FOR UPDATE",
			1, types, values, NULL);
	before = sql_text_column(0, 1);
	if (before && asked && strcmp(before, asked) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("purpose \"%s\" is published in schema \"%s\"",
						purpose, before),
				 errhint("Rename it: ALTER SCHEMA %s RENAME TO %s; and update aiconsent.purpose.",
						 quote_identifier(before), quote_identifier(asked))));
	if (before)
		return before;
	if (asked == NULL && strcmp(purpose, "content_generation") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no schema is named for the training views of \"%s\"",
						purpose),
				 errhint("Name one: SELECT aiconsent.publish(%s, schema => '...');",
						 quote_literal_cstr(purpose))));
	namestrcpy(&name, asked ? asked : "training");
	if (sql_run("UPDATE aiconsent.purpose SET published_in = $2 WHERE name = $1"
				" AND NOT EXISTS (SELECT FROM aiconsent.purpose WHERE published_in = $2)",
				2, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("another purpose is published in schema \"%s\"",
						NameStr(name)),
				 errhint("Name another schema.")));
	return pstrdup(NameStr(name));
}

/* Whoever owns the schema can replace what is in it. */
static void
ensure_schema(const char *schema)
{
	Oid			oid = get_namespace_oid(schema, true);
	HeapTuple	tuple;
	Oid			owner;

	if (!OidIsValid(oid))
	{
		sql_runf("CREATE SCHEMA %s", quote_identifier(schema));
		return;
	}
	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(oid));
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	if (!superuser_arg(owner) && owner != sql_owner())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"%s\" belongs to role \"%s\"", schema,
						GetUserNameFromId(owner, false)),
				 errdetail("Its owner could replace the training views in it."),
				 errhint("ALTER SCHEMA %s OWNER TO %s;", quote_identifier(schema),
						 quote_identifier(GetUserNameFromId(sql_owner(), false)))));
}

/* All sources with what the purpose may have of them. */
static List *
load_sources(const char *purpose, const Label *clearance)
{
	List	   *sources = NIL;
	ListCell   *lc;

	foreach(lc, registry_find(BINDING_SOURCE, InvalidOid, CurrentMemoryContext))
	{
		Source	   *source = palloc(sizeof(Source));

		source->binding = lfirst(lc);
		/* Conflicts with SECURITY LABEL: no label changes under our eyes. */
		LockRelationOid(source->binding->relid, ShareUpdateExclusiveLock);
		source->view = view_for(source->binding->relid, purpose);
		source->columns = released_columns(source->binding->relid, clearance);
		sources = lappend(sources, source);
	}
	return sources;
}

static void
refuse_lowered(const List *sources, bool accept, Oid actor)
{
	StringInfoData lowered;
	const ListCell *s;
	const ListCell *c;

	initStringInfo(&lowered);
	foreach(s, sources)
	{
		Source	   *source = lfirst(s);
		Oid			relid = source->binding->relid;

		foreach(c, source->columns)
		{
			ViewColumn *column = lfirst(c);
			Label		before;
			Label		now;
			char		text[2][LABEL_MAX_TEXT + 1];

			if (!field_published(relid, column->attno, &before) ||
				!field_sensitivity(relid, column->attno, &now) ||
				label_flows(&before, &now))
				continue;
			label_print(&before, text[0], sizeof(text[0]));
			label_print(&now, text[1], sizeof(text[1]));
			appendStringInfo(&lowered, "%s%s from %s to %s",
							 lowered.len > 0 ? ", " : "",
							 field_name(relid, column->attno), text[0], text[1]);
			if (accept)
				registry_change(actor, "accept_lowered",
								field_name(relid, column->attno),
								text[0], text[1], NULL);
		}
	}
	if (lowered.len > 0 && !accept)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("labels were lowered since the last publication"),
				 errdetail("Lowered: %s.", lowered.data),
				 errhint("Release them: publish(accept_lowered => true).")));
}

/*
 * Rows are read with the rights of the source's owner, and no policy of row
 * security applies to a table's owner or to whoever bypasses it.
 */
static void
check_owner_rights(const List *sources)
{
	const ListCell *lc;
	StringInfoData powerful;

	initStringInfo(&powerful);
	foreach(lc, sources)
	{
		Oid			relid = ((Source *) lfirst(lc))->binding->relid;
		Oid			owner = sql_relation_owner(relid);
		Relation	relation = table_open(relid, NoLock);
		bool		secured = relation->rd_rel->relrowsecurity;

		table_close(relation, NoLock);
		if (secured)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s has row security", sql_relation(relid)),
					 errdetail("Its policies would not apply to a view of its owner's."),
					 errhint("Publish a table without row security.")));
		if (has_bypassrls_privilege(owner))
			appendStringInfo(&powerful, "%s%s", powerful.len > 0 ? ", " : "",
							 sql_relation(relid));
	}
	if (powerful.len > 0)
		ereport(WARNING,
				(errmsg("training views will belong to a role that is a superuser or bypasses row security"),
				 errdetail("Owned by such a role: %s.", powerful.data),
				 errhint("Let a role own them that owns nothing else.")));
}

static void
check_name_is_free(const char *schema, const char *name, const char *taken_by)
{
	if (taken_by == NULL &&
		!OidIsValid(get_relname_relid(name, get_namespace_oid(schema, false))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("training view %s cannot be made",
					quote_qualified_identifier(schema, name)),
			 errdetail("%s has that name.",
					   taken_by ? taken_by : "Another relation"),
			 errhint("Rename one of the two.")));
}

/* GRANTs that give a view's privileges to a new one of the same name. */
static List *
saved_grants(Oid view)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(view)};
	List	   *grants = NIL;
	uint64		count;

	count = sql_run("SELECT pg_catalog.format('GRANT %s ON %s TO %s%s',"
					"  a.privilege_type, c.oid::pg_catalog.regclass,"
					"  CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE"
					"   pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,"
					"  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)"
					" FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a"
					" WHERE c.oid = $1 AND a.grantee <> c.relowner",
					1, types, values, NULL);
	for (uint64 row = 0; row < count; row++)
		grants = lappend(grants, sql_text_column(row, 1));
	return grants;
}

static void
mark_view(Oid view, const char *purpose)
{
	ObjectAddress object;

	ObjectAddressSet(object, RelationRelationId, view);
	SetSecurityLabel(&object, PUBLISHED_PROVIDER, purpose);
	CommandCounterIncrement();
}

/* Remember every label of the source as it is now published. */
static void
mark_columns(Oid relid)
{
	Relation	relation = table_open(relid, AccessShareLock);

	for (AttrNumber attno = 1; attno <= RelationGetNumberOfAttributes(relation); attno++)
	{
		ObjectAddress object;
		Label		sensitivity;
		char		text[LABEL_MAX_TEXT + 1];

		if (TupleDescAttr(RelationGetDescr(relation), attno - 1)->attisdropped ||
			!field_sensitivity(relid, attno, &sensitivity))
			continue;
		label_print(&sensitivity, text, sizeof(text));
		ObjectAddressSubSet(object, RelationRelationId, relid, attno);
		SetSecurityLabel(&object, PUBLISHED_PROVIDER, text);
	}
	table_close(relation, AccessShareLock);
}

/* Make or renew one source's view; a source that gives nothing has none. */
static void
publish_source(Source *source, const char *schema, const char *purpose)
{
	Oid			relid = source->binding->relid;
	Oid			namespace = get_namespace_oid(schema, false);
	char	   *relname = get_rel_name(relid);
	char	   *name;
	List	   *grants = NIL;
	ListCell   *lc;

	if (OidIsValid(source->view))
	{
		namespace = get_rel_namespace(source->view);
		relname = get_rel_name(source->view);
		if (source->columns == NIL ||
			!arrange_columns(&source->columns, view_columns(source->view)))
		{
			grants = saved_grants(source->view);
			sql_runf("DROP VIEW %s", sql_relation(source->view));
			source->view = InvalidOid;
		}
	}
	if (source->columns == NIL)
		return;

	name = quote_qualified_identifier(get_namespace_name(namespace), relname);
	if (!OidIsValid(source->view))
		check_name_is_free(get_namespace_name(namespace), relname,
						   strcmp(relname, CORPUS) == 0 ?
						   "The view of all texts" : NULL);
	replace_view(name, view_query(source->binding, source->columns, purpose));
	if (!OidIsValid(source->view))
	{
		sql_runf("ALTER VIEW %s OWNER TO %s", name,
				 quote_identifier(GetUserNameFromId(sql_relation_owner(relid),
													false)));
		foreach(lc, grants)
			sql_runf("%s", (char *) lfirst(lc));
		source->view = get_relname_relid(relname, namespace);
		mark_view(source->view, purpose);
	}
	mark_columns(relid);
	CommandCounterIncrement();
}

static Oid
publish_corpus(const char *schema, const char *purpose, const List *sources)
{
	char	   *name = quote_qualified_identifier(schema, CORPUS);
	Oid			namespace = get_namespace_oid(schema, false);
	Oid			view = get_relname_relid(CORPUS, namespace);

	if (OidIsValid(view) && published_for(view) == NULL)
		check_name_is_free(schema, CORPUS, NULL);
	replace_view(name, corpus_query(sources));
	CommandCounterIncrement();
	view = get_relname_relid(CORPUS, namespace);
	mark_view(view, purpose);
	return view;
}

/* ------------------------------------------------------------------------
 * Readers
 * ------------------------------------------------------------------------
 */

/* What a reader needs and no more: no USAGE on our own schema. */
static void
grant_reading(const char *role, const char *schema)
{
	Oid			types[] = {NAMEOID};
	NameData	name;
	Datum		values[] = {NameGetDatum(&name)};
	SPITupleTable *commands;
	uint64		count;

	namestrcpy(&name, schema);
	sql_runf("GRANT USAGE ON SCHEMA %s TO %s", quote_identifier(schema), role);
	count = sql_run("SELECT pg_catalog.format('GRANT SELECT ON %s TO ', c.oid::pg_catalog.regclass)"
					" FROM pg_catalog.pg_class c"
					" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
					" JOIN pg_catalog.pg_seclabel l ON l.objoid = c.oid"
					"  AND l.classoid = c.tableoid AND l.objsubid = 0"
					" WHERE n.nspname = $1 AND l.provider = '" PUBLISHED_PROVIDER "'"
					" UNION ALL"
					" SELECT pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO ',"
					"  p.oid::pg_catalog.regprocedure)"
					" FROM pg_catalog.pg_proc p"
					" JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
					" WHERE n.nspname = '" SCHEMA_NAME "'"
					"  AND p.proname IN ('eligible', 'granted')",
					1, types, values, NULL);
	commands = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
		sql_runf("%s%s", SPI_getvalue(commands->vals[row], commands->tupdesc, 1),
				 role);
}

static void
grant_all_readers(const char *purpose, const char *schema)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};
	SPITupleTable *roles;
	uint64		count;

	count = sql_run("SELECT g.role FROM aiconsent.grantee g"
					" JOIN pg_catalog.pg_roles r ON r.rolname = g.role"
					" WHERE g.purpose = $1 AND g.what = 'reader' ORDER BY 1",
					1, types, values, NULL);
	roles = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
		grant_reading(quote_identifier(SPI_getvalue(roles->vals[row],
													roles->tupdesc, 1)),
					  schema);
}

PG_FUNCTION_INFO_V1(grant_role);
Datum
grant_role(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[2];
	char	   *role;
	char	   *purpose;
	SqlScope	scope;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("role, what and purpose must not be null")));
	if (strcmp(text_to_cstring(PG_GETARG_TEXT_PP(1)), "reader") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown kind of grant \"%s\"",
						text_to_cstring(PG_GETARG_TEXT_PP(1))),
				 errhint("What can be granted is \"reader\".")));
	role = GetUserNameFromId(PG_GETARG_OID(0), false);
	purpose = text_to_cstring(PG_GETARG_TEXT_PP(2));

	scope = sql_begin(sql_owner());
	require_purpose(purpose);
	values[0] = CStringGetTextDatum(role);
	values[1] = CStringGetTextDatum(purpose);
	sql_run("INSERT INTO aiconsent.grantee (role, what, purpose)"
			" VALUES ($1, 'reader', $2) ON CONFLICT DO NOTHING",
			2, types, values, NULL);
	registry_change(scope.saved_user, "grant_role", role, NULL,
					psprintf("reader of %s", purpose), NULL);
	if (sql_run("SELECT published_in::text FROM aiconsent.purpose"
				" WHERE name = $2 AND published_in IS NOT NULL AND $1 IS NOT NULL",
				2, types, values, NULL) > 0)
		grant_reading(quote_identifier(role), sql_text_column(0, 1));
	sql_end(&scope);
	PG_RETURN_VOID();
}

/* A row of the result, which is the regclass of a view. */
static void
return_view(FunctionCallInfo fcinfo, Oid view)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		value = ObjectIdGetDatum(view);
	bool		isnull = false;

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &value, &isnull);
}

PG_FUNCTION_INFO_V1(publish);
Datum
publish(PG_FUNCTION_ARGS)
{
	char	   *purpose;
	char	   *schema;
	bool		accept = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	Label		clearance;
	List	   *sources;
	ListCell   *lc;
	SqlScope	scope;
	Oid			corpus;

	require_read_committed("publish()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the purpose to publish for must not be null")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	purpose = text_to_cstring(PG_GETARG_TEXT_PP(0));

	scope = sql_begin(sql_owner());
	require_purpose(purpose);
	schema = publication_schema(purpose, PG_ARGISNULL(1) ? NULL :
								NameStr(*PG_GETARG_NAME(1)));
	ensure_schema(schema);
	if (!policy_clearance(purpose, &clearance))
		elog(ERROR, "purpose \"%s\" has no clearance", purpose);
	sources = load_sources(purpose, &clearance);
	refuse_lowered(sources, accept, scope.saved_user);
	check_owner_rights(sources);

	/* An empty corpus depends on no view, so that these can be replaced. */
	publish_corpus(schema, purpose, NIL);
	foreach(lc, sources)
		publish_source(lfirst(lc), schema, purpose);
	corpus = publish_corpus(schema, purpose, sources);
	grant_all_readers(purpose, schema);
	registry_change(scope.saved_user, "publish", purpose, NULL, schema, NULL);

	foreach(lc, sources)
	{
		Source	   *source = lfirst(lc);

		if (OidIsValid(source->view))
			return_view(fcinfo, source->view);
	}
	return_view(fcinfo, corpus);
	sql_end(&scope);
	return (Datum) 0;
}
