/*
 * withdraw.c: how does a training view take back what is not released any
 * more?
 */
#include "compat.h"
#include "field.h"
#include "policy.h"
#include "registry.h"
#include "sql.h"
#include "view.h"
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
	StringInfoData sql;
	ListCell   *lc;
	List	   *columns = view_columns_present(view);

	if (columns == NIL)
		return;
	initStringInfo(&sql);
	foreach(lc, columns)
	{
		ViewColumn *column = lfirst(lc);

		column->attno = InvalidAttrNumber;
		appendStringInfo(&sql, "%s%s", sql.len > 0 ? ", " : "",
						 view_column(NULL, column, NULL));
	}
	view_replace(sql_relation(view),
				 psprintf("SELECT %s WHERE false", sql.data));
	CommandCounterIncrement();
}

static void
withdraw_from(Oid view, const Binding *binding)
{
	char	   *purpose = view_purpose(view);
	List	   *columns = view_columns_present(view);
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
		if (!cleared || !view_releases(binding->relid, column->attno,
									   &clearance, &needs_grant))
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
		view_replace(sql_relation(view), view_query(binding, columns, purpose));
		CommandCounterIncrement();
	}
}

static void
withdraw_from_views_on(Oid relid, const Binding *binding)
{
	ListCell   *lc;

	/* As publish() does: what a view has must not change until it is replaced. */
	LockRelationOid(relid, ShareUpdateExclusiveLock);
	foreach(lc, views_on(relid))
	{
		if (binding)
			withdraw_from(lfirst_oid(lc), binding);
		else
			withdraw_all_from(lfirst_oid(lc));
	}
}

void
withdraw(Oid relid)
{
	List	   *bindings = registry_find(BINDING_SOURCE, relid);
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
