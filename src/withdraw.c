/*
 * withdraw.c: how does a training view take back what is not released any
 * more?
 */
#include "compat.h"
#include "corpus.h"
#include "field.h"
#include "published.h"
#include "registry.h"
#include "source.h"
#include "sql.h"
#include "withdraw.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "tcop/deparse_utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

void
withdraw_all_from(Oid view)
{
	List	   *columns = view_columns_present(view);
	ListCell   *lc;

	if (columns == NIL)
		return;
	foreach(lc, columns)
		((ViewColumn *) lfirst(lc))->value = NULL;
	view_replace(view, view_empty_query(columns));
}

/* What of a view is still released, in the form that it has. */
static List *
still_released(const Source *source, List *present, const Release *release)
{
	List	   *wanted = view_columns_wanted(source, release);
	ListCell   *p;
	ListCell   *w;

	foreach(p, present)
	{
		ViewColumn *column = lfirst(p);
		bool		found = false;

		foreach(w, wanted)
		{
			ViewColumn *now = lfirst(w);

			if (now->attno != column->attno)
				continue;
			found = true;
			column->needs_grant |= now->needs_grant;
		}
		if (!found)
		{
			column->attno = InvalidAttrNumber;
			column->value = NULL;
		}
	}
	return wanted == NIL ? NIL : present;
}

static bool
any_shown(const List *columns)
{
	const ListCell *lc;

	foreach(lc, columns)
	{
		if (((ViewColumn *) lfirst(lc))->value)
			return true;
	}
	return false;
}

static void
withdraw_from(Oid view, const Source *source)
{
	char	   *purpose = view_purpose(view);
	Oid			part = corpus_part_for(source->relid, purpose);
	List	   *present = view_columns_present(view);
	Release		release;
	List	   *columns = NIL;
	char	   *texts = NULL;

	if (present == NIL)
		return;
	if (release_of(purpose, &release))
	{
		release.narrows = true;
		columns = still_released(source, present, &release);
	}
	if (!any_shown(columns))
		withdraw_all_from(view);
	else
	{
		view_replace(view, view_query(source, columns, &release));
		texts = corpus_part_query(source, columns, &release);
	}
	if (OidIsValid(part))
		view_replace(part, texts ? texts : corpus_empty_query());
}

/* No row any more, of a view and of the table's part of the corpus. */
static void
withdraw_rows(Oid view, Oid relid)
{
	Oid			part = corpus_part_for(relid, view_purpose(view));

	withdraw_all_from(view);
	if (OidIsValid(part))
		view_replace(part, corpus_empty_query());
}

/*
 * Parts of the corpus whose training view its owner dropped, or gave another
 * query: what they may go on showing cannot be read from it.
 */
static void
withdraw_parts_alone(Oid relid)
{
	ListCell   *lc;

	foreach(lc, corpus_parts_on(relid))
	{
		if (!OidIsValid(view_for(relid, view_purpose(lfirst_oid(lc)))))
			view_replace(lfirst_oid(lc), corpus_empty_query());
	}
}

/*
 * Behind the lock that publish() and classify() take, too: what a view has must
 * not change until it is replaced.
 */
static void
withdraw_from_views_on(Oid relid)
{
	Source	   *source;
	ListCell   *lc;

	LockRelationOid(relid, ShareUpdateExclusiveLock);
	source = source_find(relid);
	foreach(lc, views_on(relid))
	{
		if (source)
			withdraw_from(lfirst_oid(lc), source);
		else
			withdraw_rows(lfirst_oid(lc), relid);
	}
	withdraw_parts_alone(relid);
}

void
withdraw(Oid relid)
{
	List	   *relids = OidIsValid(relid) ? list_make1_oid(relid) : NIL;
	ListCell   *lc;

	foreach(lc, registry_find(BINDING_SOURCE, InvalidOid))
	{
		Oid			source = ((Binding *) lfirst(lc))->relid;

		if (!OidIsValid(relid) ||
			list_member_oid(source_made_of(source), relid))
			relids = lappend_oid(relids, source);
	}
	foreach(lc, relids)
		withdraw_from_views_on(lfirst_oid(lc));
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
 * Was it a label of ours?  The catalog function that lists the commands does
 * not say.  A command that names no provider means the only one there is, and
 * we are two.
 */
static bool
is_label_of_field(Datum command)
{
	CollectedCommand *collected = (CollectedCommand *) DatumGetPointer(command);
	SecLabelStmt *statement;

	if (collected->type != SCT_Simple ||
		!IsA(collected->parsetree, SecLabelStmt))
		return false;
	statement = (SecLabelStmt *) collected->parsetree;
	return statement->provider &&
		strcmp(statement->provider, FIELD_PROVIDER) == 0;
}

/*
 * label_changed: event trigger for SECURITY LABEL, in any session, a restore
 * included, which labels tables before it makes the views.
 */
PG_FUNCTION_INFO_V1(label_changed);
Datum
label_changed(PG_FUNCTION_ARGS)
{
	SqlScope	scope = sql_begin(sql_owner());
	SPITupleTable *commands;
	uint64		count;

	count = sql_run("SELECT c.objid, c.objsubid, c.command"
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
		char	   *before;
		char	   *after;

		if (!is_label_of_field(SPI_getbinval(commands->vals[row],
											 commands->tupdesc, 3, &isnull)))
			continue;
		before = field_take_previous(relid, attno);
		after = current_label(relid, attno);
		if (before ? !after || strcmp(before, after) != 0 : after != NULL)
			registry_change(scope.saved_user, "label", field_name(relid, attno),
							before, after, field_reason(after));
		withdraw(relid);
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}

/* ------------------------------------------------------------------------
 * What a source, or a treatment, rests on
 * ------------------------------------------------------------------------
 */

/* Our own views and functions are no part of a source. */
static bool
is_ours(Oid class, Oid object)
{
	return (class == RelationRelationId ? get_rel_namespace(object) :
			class == ProcedureRelationId ? get_func_namespace(object) :
			InvalidOid) == sql_schema();
}

/* A new name, owner or schema changes nothing of what a view shows. */
static bool
alters_content(Datum command)
{
	CollectedCommand *collected = (CollectedCommand *) DatumGetPointer(command);

	return collected->type != SCT_Simple ||
		!(IsA(collected->parsetree, RenameStmt) ||
		  IsA(collected->parsetree, AlterOwnerStmt) ||
		  IsA(collected->parsetree, AlterObjectSchemaStmt));
}

/* Does a view rest on the object, itself or by whatever it rests on? */
static bool
rests_on(Oid view, Oid class, Oid object)
{
	Oid			types[] = {OIDOID, OIDOID, OIDOID};
	Datum		values[] = {ObjectIdGetDatum(view), ObjectIdGetDatum(class),
	ObjectIdGetDatum(object)};

	return sql_run("WITH RECURSIVE below (class, object) AS ("
				   "  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, $1"
				   " UNION SELECT d.refclassid, d.refobjid FROM below b"
				   "  LEFT JOIN pg_catalog.pg_rewrite r ON r.ev_class = b.object"
				   "   AND b.class = 'pg_catalog.pg_class'::pg_catalog.regclass"
				   "  JOIN pg_catalog.pg_depend d"
				   "   ON (d.classid = b.class AND d.objid = b.object)"
				   "   OR (d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
				   "    AND d.objid = r.oid))"
				   " SELECT FROM below WHERE class = $2 AND object = $3",
				   3, types, values, NULL) > 0;
}

/*
 * A view that is a source shows something else: what its columns were labelled
 * for is not known any more, so it gives no row until it is published again.
 */
static void
withdraw_altered_views(Oid class, Oid object)
{
	ListCell   *s;
	ListCell   *v;

	foreach(s, registry_find(BINDING_SOURCE, InvalidOid))
	{
		Oid			relid = ((Binding *) lfirst(s))->relid;

		if (get_rel_relkind(relid) != RELKIND_VIEW ||
			!rests_on(relid, class, object))
			continue;
		foreach(v, views_on(relid))
		{
			ereport(WARNING,
					(errmsg("training view %s gives no row until it is published again",
							sql_relation(lfirst_oid(v))),
					 errdetail("%s, which it shows, was altered.",
							   sql_relation(relid)),
					 errhint("See what its columns hold now, and: SELECT aiconsent.publish(%s);",
							 quote_literal_cstr(view_purpose(lfirst_oid(v))))));
			withdraw_rows(lfirst_oid(v), relid);
		}
		withdraw_parts_alone(relid);
	}
}

/* A function that treats values must go on having no rights of its own. */
static void
withdraw_altered_treatments(Oid function)
{
	ListCell   *s;
	ListCell   *v;

	foreach(s, registry_find(BINDING_SOURCE, InvalidOid))
	{
		Oid			relid = ((Binding *) lfirst(s))->relid;

		foreach(v, list_concat(views_on(relid), corpus_parts_on(relid)))
		{
			if (rests_on(lfirst_oid(v), ProcedureRelationId, function))
				withdraw(relid);
		}
	}
}

/*
 * A part of the corpus belongs to the source's owner, so that it reads with
 * the owner's rights; to alter it is for us alone.  What was moved out of our
 * schema is remembered with the command.
 */
static void
refuse_others(Datum command, Oid view, Oid role)
{
	CollectedCommand *collected = (CollectedCommand *) DatumGetPointer(command);
	bool		moved = collected->type == SCT_Simple &&
		IsA(collected->parsetree, AlterObjectSchemaStmt) &&
		collected->d.simple.secondaryObject.objectId == sql_schema();

	if ((moved || get_rel_namespace(view) == sql_schema()) &&
		!has_privs_of_role(role, sql_owner()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only aiconsent alters view %s", sql_relation(view)),
				 errdetail("It is made from what is declared and published.")));
}

/*
 * source_altered: event trigger for commands on views, which can be given a
 * rule, and on functions.  Who alters a table must not wait here for who
 * alters another one, as a restore does by several workers: the declarations,
 * which are read from all tables, are looked at where it is needed only.
 */
PG_FUNCTION_INFO_V1(source_altered);
Datum
source_altered(PG_FUNCTION_ARGS)
{
	SqlScope	scope = sql_begin(sql_owner());
	SPITupleTable *commands;
	uint64		count;

	count = sql_run("SELECT c.classid, c.objid, c.command"
					" FROM pg_catalog.pg_event_trigger_ddl_commands() c",
					0, NULL, NULL, NULL);
	commands = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
	{
		HeapTuple	tuple = commands->vals[row];
		TupleDesc	desc = commands->tupdesc;
		bool		isnull;
		Oid			class = DatumGetObjectId(SPI_getbinval(tuple, desc, 1,
														   &isnull));
		Oid			object = DatumGetObjectId(SPI_getbinval(tuple, desc, 2,
															&isnull));
		Datum		command = SPI_getbinval(tuple, desc, 3, &isnull);

		if (class == RewriteRelationId)
		{
			class = RelationRelationId;
			object = relation_of_rule(object);
		}
		if (class == RelationRelationId)
		{
			if (get_rel_relkind(object) != RELKIND_VIEW)
				continue;
			refuse_others(command, object, scope.saved_user);
			if (view_purpose(object))
				continue;
		}
		if (!alters_content(command) || is_ours(class, object))
			continue;
		withdraw_altered_views(class, object);
		if (class == ProcedureRelationId)
			withdraw_altered_treatments(object);
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}
