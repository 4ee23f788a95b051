/*
 * publish.c: how are the training views made and renewed?
 *
 * One view for each source (view.c), which belongs to the source's owner, and
 * one of all texts, the corpus.  A label of provider aiconsent_published on a
 * base column says which sensitivity it had when it was last published.
 */
#include "compat.h"
#include "field.h"
#include "grant.h"
#include "policy.h"
#include "registry.h"
#include "sql.h"
#include "view.h"
#include "withdraw.h"

#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#define CORPUS "corpus"

/* A source with what a purpose may have of it. */
typedef struct Source
{
	Binding    *binding;
	Oid			view;			/* the published view, or InvalidOid */
	List	   *columns;		/* of ViewColumn: as they shall be */
	char	   *name_before;	/* of the view, and what it showed, in words */
	char	   *shown_before;
} Source;

/* ------------------------------------------------------------------------
 * The corpus
 * ------------------------------------------------------------------------
 */

/* Text that the server itself turns into text, without code of somebody's. */
static bool
is_text(Oid type)
{
	Oid			base = getBaseType(type);

	return base == BPCHAROID || IsBinaryCoercible(base, TEXTOID);
}

/* The same for what names a row. */
static bool
is_plain(const ViewColumn *column)
{
	return column && (getBaseType(column->type) < FirstNormalObjectId ||
					  is_text(column->type));
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

		if (column->attno == InvalidAttrNumber || !is_text(column->type) ||
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
					is_plain(row_id) ? psprintf("v.%s", quote_identifier(row_id->name)) : "NULL",
					occurred_at ?
					view_instant(occurred_at->type,
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
 * Publishing
 * ------------------------------------------------------------------------
 */

/* The schema to publish in: as asked for, as before, or as for the shipped. */
static char *
publication_schema(const char *purpose, const char *asked, bool *first)
{
	Oid			types[] = {TEXTOID, NAMEOID};
	NameData	name;
	Datum		values[] = {CStringGetTextDatum(purpose), NameGetDatum(&name)};
	char	   *before;

	/* Locks the purpose: one publish() or change of its policy at a time. */
	sql_run("SELECT published_in::text FROM aiconsent.purpose WHERE name = $1 FOR UPDATE",
			1, types, values, NULL);
	before = sql_text_column(0, 1);
	*first = before == NULL;
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

/* Is anything in the schema but training views, as after a restore? */
static bool
is_empty(Oid schema)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(schema)};

	return sql_run("SELECT FROM pg_catalog.pg_depend d"
				   " WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass"
				   "  AND d.refobjid = $1 AND NOT EXISTS ("
				   "   SELECT FROM pg_catalog.pg_seclabel l"
				   "   WHERE l.provider = '" PUBLISHED_PROVIDER "'"
				   "    AND l.classoid = d.classid AND l.objoid = d.objid"
				   "    AND l.objsubid = 0)"
				   " LIMIT 1", 1, types, values, NULL) == 0;
}

/*
 * Whoever owns the schema can replace what is in it, and readers get USAGE of
 * it: on the first publication it must have nothing in it that is another's.
 */
static void
ensure_schema(const char *schema, bool first)
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
	if (oid == sql_schema() || oid < FirstNormalObjectId ||
		(first && !is_empty(oid)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"%s\" is not for training views", schema),
				 errdetail("Readers get USAGE of it, and there is something in it."),
				 errhint("Name a schema that does not exist, or is empty.")));
}

static int
by_attno(const ListCell *a, const ListCell *b)
{
	return ((ViewColumn *) lfirst(a))->attno - ((ViewColumn *) lfirst(b))->attno;
}

/*
 * What a training view shows, for the record: its fields in the table's order,
 * since a view can be made anew, each with the sensitivity that it was
 * published with.  NULL: none.
 */
static char *
shown_in_words(Oid view, Oid relid)
{
	StringInfoData words;
	List	   *columns = view_columns_present(view);
	ListCell   *lc;

	list_sort(columns, by_attno);
	initStringInfo(&words);
	foreach(lc, columns)
	{
		ViewColumn *column = lfirst(lc);
		Label		sensitivity;
		char		text[LABEL_MAX_TEXT + 1];

		if (column->attno == InvalidAttrNumber)
			continue;
		appendStringInfo(&words, "%s%s", words.len > 0 ? ", " : "",
						 quote_identifier(column->name));
		if (!field_published(relid, column->attno, &sensitivity))
			continue;
		label_print(&sensitivity, text, sizeof(text));
		appendStringInfo(&words, " %s", text);
	}
	return words.len > 0 ? words.data : NULL;
}

/* The entry of a view that shows other fields or other labels than before. */
static void
record_view(const Source *source, Oid actor)
{
	char	   *name = source->name_before;
	char	   *shown = NULL;

	if (OidIsValid(source->view))
	{
		name = sql_relation(source->view);
		shown = shown_in_words(source->view, source->binding->relid);
	}
	if (shown ? !source->shown_before || strcmp(shown, source->shown_before) != 0 :
		source->shown_before != NULL)
		registry_change(actor, "publish", name, source->shown_before, shown,
						NULL);
}

/* All sources with what the purpose may have of them. */
static List *
load_sources(const char *purpose, const Label *clearance)
{
	List	   *sources = NIL;
	ListCell   *lc;

	foreach(lc, registry_find(BINDING_SOURCE, InvalidOid))
	{
		Source	   *source = palloc0(sizeof(Source));

		source->binding = lfirst(lc);
		/* Conflicts with SECURITY LABEL: no label changes under our eyes. */
		LockRelationOid(source->binding->relid, ShareUpdateExclusiveLock);
		source->view = view_for(source->binding->relid, purpose);
		if (OidIsValid(source->view))
		{
			source->name_before = sql_relation(source->view);
			source->shown_before = shown_in_words(source->view,
												  source->binding->relid);
		}
		source->columns = view_columns_wanted(source->binding->relid, clearance);
		sources = lappend(sources, source);
	}
	return sources;
}

/*
 * The view of the source's name that we published and that is no source's any
 * more: its owner gave it another query, or ended the declaration and declared
 * the table anew.  Its readers are ours, so it becomes the source's again.
 */
static Oid
stray_view(const Source *source, const List *sources, const char *schema,
		   const char *purpose)
{
	char	   *name = get_rel_name(source->binding->relid);
	Oid			view = get_relname_relid(name, get_namespace_oid(schema, false));
	char	   *label = OidIsValid(view) ? view_purpose(view) : NULL;
	const ListCell *lc;

	if (label == NULL || strcmp(label, purpose) != 0 ||
		strcmp(name, CORPUS) == 0 || get_rel_relkind(view) != RELKIND_VIEW)
		return InvalidOid;
	foreach(lc, sources)
	{
		if (((Source *) lfirst(lc))->view == view)
			return InvalidOid;
	}
	return view;
}

static void
take_strays(const List *sources, const char *schema, const char *purpose)
{
	const ListCell *lc;

	foreach(lc, sources)
	{
		Source	   *source = lfirst(lc);

		if (!OidIsValid(source->view))
			source->view = stray_view(source, sources, schema, purpose);
	}
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

/*
 * Make the source's columns fit into its view.  Where something goes that takes
 * a new view, and the grants for that are returned; but not where somebody
 * built on it, who could else keep all others from being published.
 */
static List *
fit_into_view(Source *source)
{
	bool		outdated;
	List	   *arranged = view_columns_arranged(source->columns,
												 view_columns_present(source->view),
												 &outdated);
	List	   *grants;

	if (outdated && !view_is_built_on(source->view))
	{
		grants = saved_grants(source->view);
		sql_runf("DROP VIEW %s", sql_relation(source->view));
		source->view = InvalidOid;
		return grants;
	}
	if (outdated)
		ereport(WARNING,
				(errmsg("training view %s keeps columns that are not released any more",
						sql_relation(source->view)),
				 errdetail("They are NULL. Something is built on the view."),
				 errhint("Drop that, and publish again.")));
	source->columns = arranged;
	return NIL;
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
		grants = fit_into_view(source);
	}
	if (source->columns == NIL)
		return;

	name = quote_qualified_identifier(get_namespace_name(namespace), relname);
	if (!OidIsValid(source->view))
		check_name_is_free(get_namespace_name(namespace), relname,
						   strcmp(relname, CORPUS) == 0 ?
						   "The view of all texts" : NULL);
	view_replace(name, view_query(source->binding, source->columns, purpose));
	CommandCounterIncrement();
	if (!OidIsValid(source->view))
	{
		source->view = get_relname_relid(relname, namespace);
		mark_view(source->view, purpose);
		foreach(lc, grants)
			sql_runf("%s", (char *) lfirst(lc));
	}
	if (sql_relation_owner(source->view) != sql_relation_owner(relid))
		sql_runf("ALTER VIEW %s OWNER TO %s", name,
				 quote_identifier(GetUserNameFromId(sql_relation_owner(relid),
													false)));
	mark_columns(relid);
	CommandCounterIncrement();
}

static Oid
publish_corpus(const char *schema, const char *purpose, const List *sources)
{
	char	   *name = quote_qualified_identifier(schema, CORPUS);
	Oid			namespace = get_namespace_oid(schema, false);
	Oid			view = get_relname_relid(CORPUS, namespace);

	if (OidIsValid(view) && view_purpose(view) == NULL)
		check_name_is_free(schema, CORPUS, NULL);
	view_replace(name, corpus_query(sources));
	CommandCounterIncrement();
	view = get_relname_relid(CORPUS, namespace);
	mark_view(view, purpose);
	return view;
}

/*
 * A view of the purpose that is no source's any more, since its declaration
 * ended or its owner turned it away: it goes, or gives no row where somebody
 * built on it.
 */
static void
retire_others(const List *views, const char *purpose, Oid actor)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};
	List	   *others = NIL;
	ListCell   *lc;
	uint64		count;

	count = sql_run("SELECT c.oid FROM pg_catalog.pg_seclabel l"
					" JOIN pg_catalog.pg_class c ON c.oid = l.objoid AND c.relkind = 'v'"
					" WHERE l.provider = '" PUBLISHED_PROVIDER "' AND l.label = $1"
					"  AND l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass"
					"  AND l.objsubid = 0", 1, types, values, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;

		others = lappend_oid(others,
							 DatumGetObjectId(sql_column(row, 1, &isnull)));
	}
	foreach(lc, list_difference_oid(others, views))
	{
		char	   *shown = shown_in_words(lfirst_oid(lc), InvalidOid);

		if (shown)
			registry_change(actor, "publish", sql_relation(lfirst_oid(lc)),
							shown, NULL, "no source's view any more");
		if (view_is_built_on(lfirst_oid(lc)))
			withdraw_all_from(lfirst_oid(lc));
		else
			sql_runf("DROP VIEW %s", sql_relation(lfirst_oid(lc)));
	}
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
	List	   *views = NIL;
	ListCell   *lc;
	SqlScope	scope;
	Oid			corpus;
	bool		first;

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
								NameStr(*PG_GETARG_NAME(1)), &first);
	ensure_schema(schema, first);
	if (!policy_clearance(purpose, &clearance))
		elog(ERROR, "purpose \"%s\" has no clearance", purpose);
	sources = load_sources(purpose, &clearance);
	take_strays(sources, schema, purpose);
	refuse_lowered(sources, accept, scope.saved_user);
	check_owner_rights(sources);

	/* An empty corpus depends on no view, so that these can be replaced. */
	corpus = publish_corpus(schema, purpose, NIL);
	foreach(lc, sources)
	{
		Source	   *source = lfirst(lc);

		publish_source(source, schema, purpose);
		record_view(source, scope.saved_user);
		if (OidIsValid(source->view))
			views = lappend_oid(views, source->view);
	}
	views = lappend_oid(views, corpus);
	retire_others(views, purpose, scope.saved_user);
	publish_corpus(schema, purpose, sources);
	grant_all_readers(purpose, schema, first);
	registry_change(scope.saved_user, "publish", purpose, first ? NULL : schema,
					schema, NULL);

	foreach(lc, views)
		return_view(fcinfo, lfirst_oid(lc));
	sql_end(&scope);
	return (Datum) 0;
}
