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
#include "commands/seclabel.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "tcop/deparse_utility.h"

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
	if (columns == NIL)
		withdraw_all_from(view);
	else
	{
		view_replace(view, view_query(source, columns, &release));
		texts = corpus_part_query(source, columns, &release);
	}
	if (OidIsValid(part))
		view_replace(part, texts ? texts : corpus_empty_query());
}

static void
withdraw_from_views_on(Oid relid, const Source *source)
{
	ListCell   *lc;

	/* As publish() does: what a view has must not change until it is replaced. */
	LockRelationOid(relid, ShareUpdateExclusiveLock);
	foreach(lc, views_on(relid))
	{
		char	   *purpose = view_purpose(lfirst_oid(lc));

		if (source)
			withdraw_from(lfirst_oid(lc), source);
		else
		{
			withdraw_all_from(lfirst_oid(lc));
			if (OidIsValid(corpus_part_for(relid, purpose)))
				view_replace(corpus_part_for(relid, purpose),
							 corpus_empty_query());
		}
	}
}

void
withdraw(Oid relid)
{
	List	   *bindings = registry_find(BINDING_SOURCE, relid);
	ListCell   *lc;

	foreach(lc, bindings)
		withdraw_from_views_on(((Binding *) lfirst(lc))->relid,
							   source_of(lfirst(lc)));
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
