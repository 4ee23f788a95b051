/*
 * publish.c: how are the training views made and renewed?
 *
 * Two views for each source, which belong to the source's owner: the training
 * view (view.c), and the source's part of the corpus (corpus.c); and one of all
 * parts.  A label of provider aiconsent_published on a base column says which
 * sensitivity it had when it was last published.
 */
#include "compat.h"
#include "classify.h"
#include "corpus.h"
#include "field.h"
#include "grant.h"
#include "policy.h"
#include "pseudonym.h"
#include "published.h"
#include "registry.h"
#include "sql.h"
#include "trust.h"
#include "withdraw.h"

#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/seclabel.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* A source with what a purpose has of it, and may have. */
typedef struct Published
{
	Source	   *source;
	Oid			view;			/* the training view, or InvalidOid */
	Oid			part;			/* the part of the corpus, or InvalidOid */
	List	   *columns;		/* of ViewColumn: as they shall be */
	char	   *name_before;	/* of the view, and what it showed, in words */
	char	   *shown_before;
} Published;

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

/* ------------------------------------------------------------------------
 * The record
 * ------------------------------------------------------------------------
 */

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

static void
note_before(Published *publication)
{
	if (!OidIsValid(publication->view))
		return;
	publication->name_before = sql_relation(publication->view);
	publication->shown_before = shown_in_words(publication->view,
											   publication->source->relid);
}

/* The entry of a view that shows other fields or other labels than before. */
static void
record_view(const Published *publication, Oid actor)
{
	char	   *name = publication->name_before;
	char	   *before = publication->shown_before;
	char	   *shown = NULL;

	if (OidIsValid(publication->view))
	{
		name = sql_relation(publication->view);
		shown = shown_in_words(publication->view, publication->source->relid);
	}
	if (shown ? !before || strcmp(shown, before) != 0 : before != NULL)
		registry_change(actor, "publish", name, before, shown, NULL);
}

/* ------------------------------------------------------------------------
 * The sources
 * ------------------------------------------------------------------------
 */

/*
 * A view that came to read with the rights of its reader would show nothing
 * but errors, and stop the corpus; one that came to call what its reader can
 * listen to would show too much.
 */
static bool
can_be_read(Oid relid)
{
	Relation	relation = table_open(relid, NoLock);
	bool		is_view = relation->rd_rel->relkind == RELKIND_VIEW;
	bool		invoker = is_view && RelationHasSecurityInvoker(relation);
	Oid			open = is_view ? trust_find_open(relid) : InvalidOid;

	table_close(relation, NoLock);
	if (invoker)
		ereport(WARNING,
				(errmsg("%s is not released: it reads with the rights of its reader",
						sql_relation(relid)),
				 errhint("ALTER VIEW %s RESET (security_invoker);",
						 sql_relation(relid))));
	else if (OidIsValid(open))
		ereport(WARNING,
				(errmsg("%s is not released: function %s looks names up by its reader's search_path",
						sql_relation(relid), format_procedure_qualified(open)),
				 errhint("ALTER ROUTINE %s SET search_path = pg_catalog, pg_temp;",
						 format_procedure_qualified(open))));
	return !invoker && !OidIsValid(open);
}

/* The tables that are sources: this one, or all where relid is invalid. */
static List *
source_tables(Oid relid)
{
	List	   *relids = NIL;
	ListCell   *lc;

	foreach(lc, registry_find(BINDING_SOURCE, relid))
		relids = lappend_oid(relids, ((Binding *) lfirst(lc))->relid);
	return relids;
}

/* What these are made of, where they are views, in the order of their OIDs. */
static List *
made_of_all(const List *relids)
{
	List	   *below = NIL;
	const ListCell *lc;

	foreach(lc, relids)
		below = list_concat_unique_oid(below, source_made_of(lfirst_oid(lc)));
	list_sort(below, list_oid_cmp);
	return below;
}

static void
lock_each(const List *relids)
{
	const ListCell *lc;

	foreach(lc, relids)
		LockRelationOid(lfirst_oid(lc), ShareUpdateExclusiveLock);
}

/*
 * The lock conflicts with SECURITY LABEL and classify(): nothing changes under
 * our eyes, and what was changed before we got it is read behind it.  A label
 * has the table that it is on, and then asks for the views that are made of it:
 * in that order we do, too.
 */
static List *
load_publications(Oid relid, const Release *release)
{
	List	   *publications = NIL;
	List	   *relids = source_tables(relid);
	ListCell   *lc;

	lock_each(made_of_all(relids));
	lock_each(relids);
	lock_each(made_of_all(relids)); /* what a view came to meanwhile */
	foreach(lc, relids)
	{
		Published  *publication = palloc0(sizeof(Published));
		Source	   *source;

		source = source_find(lfirst_oid(lc));
		if (source == NULL)
			continue;
		publication->source = source;
		publication->view = view_for(source->relid, release->purpose);
		publication->part = corpus_part_for(source->relid, release->purpose);
		note_before(publication);
		if (can_be_read(source->relid))
			publication->columns = view_columns_wanted(source, release);
		publications = lappend(publications, publication);
	}
	if (publications == NIL && OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s is not registered as source", sql_relation(relid)),
				 errhint("Declare it first: SELECT aiconsent.register_source(%s, ...);",
						 quote_literal_cstr(sql_relation(relid)))));
	return publications;
}

/*
 * The view of the source's name that we published and that is no source's any
 * more: its owner gave it another query, or ended the declaration and declared
 * the table anew.  Its readers are ours, so it becomes the source's again.
 */
static Oid
stray_view(const Published *one, const List *all, const char *schema,
		   const char *purpose)
{
	char	   *name = get_rel_name(one->source->relid);
	Oid			view = get_relname_relid(name, get_namespace_oid(schema, false));
	char	   *label = OidIsValid(view) ? view_purpose(view) : NULL;
	const ListCell *lc;

	if (label == NULL || strcmp(label, purpose) != 0 ||
		strcmp(name, CORPUS) == 0 || get_rel_relkind(view) != RELKIND_VIEW)
		return InvalidOid;
	foreach(lc, all)
	{
		if (((Published *) lfirst(lc))->view == view)
			return InvalidOid;
	}
	return view;
}

static void
take_strays(const List *publications, const char *schema, const char *purpose)
{
	const ListCell *lc;

	foreach(lc, publications)
	{
		Published *publication = lfirst(lc);

		if (OidIsValid(publication->view))
			continue;
		publication->view = stray_view(publication, publications, schema,
									   purpose);
		note_before(publication);
	}
}

/* Fields whose label was lowered since they were published, of Lowered. */
static List *
fields_lowered(const Published *publication)
{
	Oid			relid = publication->source->relid;
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, publication->columns)
	{
		ViewColumn *column = lfirst(lc);
		Label		before;
		Label		now;

		if (field_published(relid, column->attno, &before) &&
			source_field_sensitivity(relid, column->attno, &now) &&
			!label_flows(&before, &now))
			found = lappend(found, lowered(field_name(relid, column->attno),
										   &before, &now));
	}
	return found;
}

static void
refuse_lowered(const List *publications, bool accept, Oid actor)
{
	List	   *found = NIL;
	StringInfoData names;
	const ListCell *lc;

	foreach(lc, publications)
	{
		found = list_concat(found, fields_lowered(lfirst(lc)));
		found = list_concat(found,
							classes_lowered(((Published *) lfirst(lc))->source));
	}
	initStringInfo(&names);
	foreach(lc, found)
	{
		Lowered    *one = lfirst(lc);

		appendStringInfo(&names, "%s%s from %s to %s", names.len > 0 ? ", " : "",
						 one->what, one->from, one->to);
		if (accept)
			registry_change(actor, "accept_lowered", one->what, one->from,
							one->to, NULL);
	}
	if (found != NIL && !accept)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("labels were lowered since the last publication"),
				 errdetail("Lowered: %s.", names.data),
				 errhint("Release them: publish(accept_lowered => true).")));
}

/* What is accepted, or published for the first time, is so from now on. */
static void
accept_classes(List *publications, const Release *release)
{
	ListCell   *lc;

	foreach(lc, publications)
	{
		Published *publication = lfirst(lc);

		if (!classes_accept(publication->source))
			continue;
		publication->source = source_find(publication->source->relid);
		publication->columns = view_columns_wanted(publication->source,
												   release);
	}
}

/*
 * Rows are read with the rights of the source's owner, and no policy of row
 * security applies to a table's owner or to whoever bypasses it.
 */
static void
check_owner_rights(const List *publications)
{
	const ListCell *lc;
	StringInfoData powerful;

	initStringInfo(&powerful);
	foreach(lc, publications)
	{
		Oid			relid = ((Published *) lfirst(lc))->source->relid;
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

/* Remember a column's label as it is now published. */
static void
mark_column(Oid relid, AttrNumber attno)
{
	ObjectAddress object;
	Label		now;
	Label		before;
	char		text[LABEL_MAX_TEXT + 1];

	if (!source_field_sensitivity(relid, attno, &now) ||
		(field_published(relid, attno, &before) &&
		 label_compare(&before, &now) == 0))
		return;
	label_print(&now, text, sizeof(text));
	ObjectAddressSubSet(object, RelationRelationId, relid, attno);
	SetSecurityLabel(&object, PUBLISHED_PROVIDER, text);
}

static void
mark_columns(const Source *source)
{
	Relation	relation = table_open(source->relid, AccessShareLock);

	for (AttrNumber attno = 1; attno <= RelationGetNumberOfAttributes(relation); attno++)
	{
		if (!TupleDescAttr(RelationGetDescr(relation), attno - 1)->attisdropped)
			mark_column(source->relid, attno);
	}
	table_close(relation, AccessShareLock);
	CommandCounterIncrement();
}

/*
 * The same of the tables themselves; when all else is done, since sessions
 * read all declarations anew for it, ours too.
 */
static void
mark_tables(const List *publications)
{
	const ListCell *lc;

	foreach(lc, publications)
	{
		const Source *source = ((Published *) lfirst(lc))->source;
		Oid			types[] = {NAMEOID, TEXTOID};
		NameData	name;
		Label		table;
		char		text[LABEL_MAX_TEXT + 1];
		Datum		values[] = {NameGetDatum(&name), (Datum) 0};

		source_table_label(source->relid, &table);
		label_print(&table, text, sizeof(text));
		if (source->binding->table_label &&
			strcmp(source->binding->table_label, text) == 0)
			continue;
		namestrcpy(&name, source->binding->name);
		values[1] = CStringGetTextDatum(text);
		sql_run("UPDATE aiconsent.registration"
				" SET table_label = $2::aiconsent.sensitivity WHERE binding = $1",
				2, types, values, NULL);
	}
}

/*
 * Make the source's columns fit into its view.  Where something goes that takes
 * a new view, and the grants for that are returned; but not where somebody
 * built on it, who could else keep all others from being published.
 */
static List *
fit_into_view(Published *publication)
{
	bool		outdated;
	List	   *arranged = view_columns_arranged(publication->columns,
												 view_columns_present(publication->view),
												 &outdated);
	char	   *dependants = outdated ? view_dependants(publication->view) : NULL;
	List	   *grants;

	if (outdated && dependants == NULL)
	{
		grants = saved_grants(publication->view);
		sql_runf("DROP VIEW %s", sql_relation(publication->view));
		publication->view = InvalidOid;
		return grants;
	}
	if (outdated)
		ereport(WARNING,
				(errmsg("training view %s keeps columns that are not released any more",
						sql_relation(publication->view)),
				 errdetail("They are NULL. Built on the view: %s.", dependants),
				 errhint("Drop what is built on it, and publish again: DROP VIEW %s; SELECT aiconsent.publish(...);",
						 dependants)));
	publication->columns = arranged;
	return NIL;
}

static void
give_to_owner_of(Oid relid, Oid view)
{
	Oid			owner = sql_relation_owner(relid);

	if (sql_relation_owner(view) != owner)
		sql_runf("ALTER VIEW %s OWNER TO %s", sql_relation(view),
				 quote_identifier(GetUserNameFromId(owner, false)));
}

static Oid
create_view(Oid namespace, const char *name, const char *query,
			const char *purpose)
{
	Oid			view;

	sql_runf("CREATE VIEW %s WITH (security_barrier) AS %s",
			 quote_qualified_identifier(get_namespace_name(namespace), name),
			 query);
	CommandCounterIncrement();
	view = get_relname_relid(name, namespace);
	mark_view(view, purpose);
	return view;
}

/* Make or renew the training view; a source that gives nothing has none. */
static void
publish_view(Published *publication, const char *schema,
			 const Release *release)
{
	const Source *source = publication->source;
	Oid			namespace = get_namespace_oid(schema, false);
	char	   *name = get_rel_name(source->relid);
	List	   *grants = NIL;
	char	   *query;
	ListCell   *lc;

	if (OidIsValid(publication->view))
	{
		namespace = get_rel_namespace(publication->view);
		name = get_rel_name(publication->view);
		grants = fit_into_view(publication);
	}
	if (publication->columns == NIL)
		return;

	query = view_query(source, publication->columns, release);
	if (OidIsValid(publication->view))
		view_replace(publication->view, query);
	else
	{
		check_name_is_free(get_namespace_name(namespace), name,
						   strcmp(name, CORPUS) == 0 ?
						   "The view of all texts" : NULL);
		publication->view = create_view(namespace, name, query,
										release->purpose);
		foreach(lc, grants)
			sql_runf("%s", (char *) lfirst(lc));
	}
	give_to_owner_of(source->relid, publication->view);
}

/* The same for the part of the corpus; true if there is one more, or less. */
static bool
publish_part(Published *publication, const Release *release)
{
	const Source *source = publication->source;
	char	   *query = publication->columns == NIL ? NULL :
		corpus_part_query(source, publication->columns, release);
	bool		is_new = false;

	if (query == NULL)
	{
		bool		had = OidIsValid(publication->part);

		publication->part = InvalidOid;
		return had;
	}
	if (OidIsValid(publication->part))
		view_replace(publication->part, query);
	else
	{
		publication->part =
			create_view(sql_schema(),
						ChooseRelationName(release->purpose,
										   get_rel_name(source->relid), CORPUS,
										   sql_schema(), false),
						query, release->purpose);
		is_new = true;
	}
	give_to_owner_of(source->relid, publication->part);
	if (is_new && !superuser_arg(sql_owner()))
		sql_runf("GRANT SELECT ON %s TO %s", sql_relation(publication->part),
				 quote_identifier(GetUserNameFromId(sql_owner(), false)));
	return is_new;
}

static Oid
publish_corpus(const char *schema, const char *purpose, List *parts)
{
	Oid			namespace = get_namespace_oid(schema, false);
	Oid			view = get_relname_relid(CORPUS, namespace);
	char	   *query = corpus_query(parts);

	if (OidIsValid(view) && view_purpose(view) == NULL)
		check_name_is_free(schema, CORPUS, NULL);
	if (!OidIsValid(view))
		return create_view(namespace, CORPUS, query, purpose);
	view_replace(view, query);
	return view;
}

/*
 * A view of the purpose that is no source's any more, since its declaration
 * ended or its owner turned it away: it goes, or gives no row where somebody
 * built on it.
 */
static void
retire(const List *views, Oid actor)
{
	const ListCell *lc;

	foreach(lc, views)
	{
		char	   *shown;

		if (get_rel_name(lfirst_oid(lc)) == NULL)
			continue;			/* replaced by another */
		shown = is_corpus_part(lfirst_oid(lc)) ? NULL :
			shown_in_words(lfirst_oid(lc), InvalidOid);
		if (shown)
			registry_change(actor, "publish", sql_relation(lfirst_oid(lc)),
							shown, NULL, "no source's view any more");
		if (view_dependants(lfirst_oid(lc)))
			withdraw_all_from(lfirst_oid(lc));
		else
			sql_runf("DROP VIEW %s", sql_relation(lfirst_oid(lc)));
	}
}

/* All parts of the purpose's corpus but those that go. */
static List *
parts_of_corpus(const char *purpose, const List *gone)
{
	List	   *parts = NIL;
	ListCell   *lc;

	foreach(lc, views_of_purpose(purpose))
	{
		if (is_corpus_part(lfirst_oid(lc)) &&
			!list_member_oid(gone, lfirst_oid(lc)))
			parts = lappend_oid(parts, lfirst_oid(lc));
	}
	return parts;
}

/*
 * Publish these sources, which are all, or one; returns their views and the
 * corpus.  *made: one of them is new, or is made anew.
 */
static List *
publish_all(List *publications, const char *schema, const Release *release,
			bool one, Oid actor, bool *made)
{
	List	   *before = one ? NIL : views_of_purpose(release->purpose);
	List	   *views = NIL;
	List	   *parts = NIL;
	List	   *gone = NIL;
	bool		changed = !one;
	Oid			corpus;
	ListCell   *lc;

	*made = false;
	foreach(lc, publications)
	{
		Published  *publication = lfirst(lc);
		Oid			view = publication->view;
		Oid			part = publication->part;

		publish_view(publication, schema, release);
		changed |= publish_part(publication, release);
		mark_columns(publication->source);
		record_view(publication, actor);
		*made |= publication->view != view;
		if (OidIsValid(publication->view))
			views = lappend_oid(views, publication->view);
		if (OidIsValid(publication->part))
			parts = lappend_oid(parts, publication->part);
		else if (OidIsValid(part))
			gone = lappend_oid(gone, part);
	}
	mark_tables(publications);
	corpus = get_relname_relid(CORPUS, get_namespace_oid(schema, false));
	*made |= !OidIsValid(corpus);
	if (changed || !OidIsValid(corpus))
		corpus = publish_corpus(schema, release->purpose, one ?
								parts_of_corpus(release->purpose, gone) :
								parts);
	views = lappend_oid(views, corpus);
	if (!one)
		retire(list_difference_oid(list_difference_oid(before, views), parts),
			   actor);
	return views;
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

/* Whether readers' conditions stay above the views; NULL: as it was. */
static void
set_sealed(FunctionCallInfo fcinfo, int argument, const char *purpose)
{
	Oid			types[] = {TEXTOID, BOOLOID};
	Datum		values[] = {CStringGetTextDatum(purpose), (Datum) 0};

	if (PG_ARGISNULL(argument))
		return;
	values[1] = PG_GETARG_DATUM(argument);
	sql_run("UPDATE aiconsent.purpose SET sealed = $2"
			" WHERE name = $1 AND sealed <> $2", 2, types, values, NULL);
}

/*
 * publish(purpose, schema, sealed, accept_lowered, relation): see COMMENT ON.
 */
PG_FUNCTION_INFO_V1(publish);
Datum
publish(PG_FUNCTION_ARGS)
{
	bool		accept = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	Oid			relid = PG_ARGISNULL(4) ? InvalidOid : PG_GETARG_OID(4);
	char	   *purpose;
	char	   *schema;
	Release		release;
	List	   *publications;
	ListCell   *lc;
	SqlScope	scope;
	bool		first;
	bool		made;

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
	set_sealed(fcinfo, 2, purpose);
	pseudonym_ensure_key(purpose);
	if (!release_of(purpose, &release))
		elog(ERROR, "purpose \"%s\" has no clearance", purpose);
	publications = load_publications(relid, &release);
	take_strays(publications, schema, purpose);
	refuse_lowered(publications, accept, scope.saved_user);
	accept_classes(publications, &release);
	check_owner_rights(publications);

	foreach(lc, publish_all(publications, schema, &release, OidIsValid(relid),
							scope.saved_user, &made))
		return_view(fcinfo, lfirst_oid(lc));
	if (made || !OidIsValid(relid))
		grant_all_readers(purpose, schema, first);
	registry_change(scope.saved_user, "publish", purpose, first ? NULL : schema,
					schema, NULL);
	sql_end(&scope);
	return (Datum) 0;
}
