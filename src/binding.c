/*
 * binding.c: how is a declaration made, and how does it end?
 *
 * A declaration is a binding (registry.h).  Tables of evidence get triggers
 * that keep the standing in step, on the table itself and on all of its
 * partitions: a statement fires those of the table that it names alone.
 */
#include "compat.h"
#include "binding.h"
#include "check.h"
#include "published.h"
#include "sql.h"
#include "standing.h"
#include "withdraw.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ------------------------------------------------------------------------
 * Making one
 * ------------------------------------------------------------------------
 */

void
bind_expression(BindingColumns *columns, const char *sql, const char *role)
{
	if (columns->list.data == NULL)
		initStringInfo(&columns->list);
	appendStringInfo(&columns->list, "%s%s AS %s",
					 columns->list.len > 0 ? ", " : "", sql,
					 quote_identifier(role));
}

void
bind_column(BindingColumns *columns, Oid relid, AttrNumber attno,
			const char *role)
{
	if (attno != InvalidAttrNumber)
		bind_expression(columns,
						psprintf("t.%s",
								 quote_identifier(get_attname(relid, attno,
															  false))),
						role);
}

/* What is declared, for people. */
static char *
in_words(const BindingColumns *columns, BindingOptions options)
{
	return psprintf("%s%s%s%s", columns->list.data,
					options.purpose ? " for " : "",
					options.purpose ? options.purpose : "",
					options.undated ? " undated" : "");
}

void
binding_create(BindingKind kind, Oid relid, const BindingColumns *columns,
			   BindingOptions options, Oid actor)
{
	const char *kind_name = binding_kind_name(kind);
	Oid			types[] = {NAMEOID, TEXTOID, BOOLOID, TEXTOID, TEXTOID, UUIDOID};
	NameData	name;
	Datum		values[] = {
		NameGetDatum(&name), CStringGetTextDatum(kind_name),
		BoolGetDatum(options.undated), (Datum) 0, (Datum) 0, (Datum) 0
	};
	char		nulls[] = {' ', ' ', ' ', 'n', 'n', ' '};

	namestrcpy(&name, ChooseRelationName(kind_name, get_rel_name(relid),
										 "binding", sql_schema(), false));
	if (options.reason)
	{
		values[3] = CStringGetTextDatum(options.reason);
		nulls[3] = ' ';
	}
	if (options.purpose)
	{
		values[4] = CStringGetTextDatum(options.purpose);
		nulls[4] = ' ';
	}

	sql_runf("CREATE VIEW %s.%s WITH (security_invoker) AS SELECT %s FROM %s t",
			 SCHEMA_NAME,
			 quote_identifier(NameStr(name)), columns->list.data,
			 sql_relation(relid));
	sql_runf("COMMENT ON VIEW %s.%s IS %s", SCHEMA_NAME,
			 quote_identifier(NameStr(name)),
			 quote_literal_cstr(psprintf("registered columns (%s); nobody reads through it",
										 kind_name)));
	values[5] = registry_change(actor, psprintf("register_%s", kind_name),
								sql_relation(relid), NULL,
								in_words(columns, options), options.reason);
	sql_run("INSERT INTO aiconsent.registration"
			" (binding, kind, undated, reason, purpose, change)"
			" VALUES ($1, $2, $3, $4, $5, $6)", 6, types, values, nulls);
}

/*
 * A column is never taken out, which a view that is replaced does not allow:
 * it becomes NULL.
 */
void
binding_set(const Binding *binding, const char *role, const char *sql)
{
	BindingColumns columns = {{0}};
	bool		found = false;
	ListCell   *lc;

	foreach(lc, binding->columns)
	{
		BoundColumn *column = lfirst(lc);
		bool		same = strcmp(column->role, role) == 0;

		found |= same;
		bind_expression(&columns, same ? sql : column->sql, column->role);
	}
	if (!found)
		bind_expression(&columns, sql, role);
	sql_runf("CREATE OR REPLACE VIEW %s.%s WITH (security_invoker) AS"
			 " SELECT %s FROM %s t", SCHEMA_NAME,
			 quote_identifier(binding->name), columns.list.data,
			 sql_relation(binding->relid));
}

void
binding_refuse_second(BindingKind kind, Oid relid, const char *purpose)
{
	ListCell   *lc;

	foreach(lc, registry_find(kind, purpose ? InvalidOid : relid))
	{
		Binding    *binding = lfirst(lc);

		if (purpose == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("%s is already registered", sql_relation(relid)),
					 errhint("End that declaration first: SELECT %s.unregister_%s(%s);",
							 SCHEMA_NAME, binding_kind_name(kind),
							 quote_literal_cstr(sql_relation(relid)))));
		if (strcmp(binding->purpose, purpose) == 0 &&
			(kind == BINDING_PREFERENCE || binding->relid == relid))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("purpose \"%s\" has a registered %s already",
							purpose, binding_kind_name(kind)),
					 errdetail("It is in %s.", sql_relation(binding->relid)),
					 errhint("End that declaration first: SELECT %s.unregister_%s(%s, %s);",
							 SCHEMA_NAME, binding_kind_name(kind),
							 quote_literal_cstr(sql_relation(binding->relid)),
							 quote_literal_cstr(purpose))));
	}
}

/* ------------------------------------------------------------------------
 * Triggers
 * ------------------------------------------------------------------------
 */

static const char *const trigger_names[] = {
	"aiconsent_insert", "aiconsent_update", "aiconsent_delete",
	"aiconsent_truncate", "aiconsent_replica", "aiconsent_move"
};

static void
create_trigger(Oid relid, const char *name, const char *event,
			   const char *level)
{
	if (!OidIsValid(get_trigger_oid(relid, name, true)))
		sql_runf("CREATE TRIGGER %s AFTER %s ON %s %s"
				 " EXECUTE FUNCTION aiconsent.evidence_changed()",
				 name, event, sql_relation(relid), level);
}

/*
 * A replicated TRUNCATE fires what is enabled always, and replicated rows fire
 * triggers of rows only, enabled for that.
 */
void
binding_enable_triggers(Oid relid)
{
	if (OidIsValid(get_trigger_oid(relid, "aiconsent_truncate", true)))
		sql_runf("ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER aiconsent_truncate",
				 sql_relation(relid));
	if (OidIsValid(get_trigger_oid(relid, "aiconsent_replica", true)))
		sql_runf("ALTER TABLE ONLY %s ENABLE REPLICA TRIGGER aiconsent_replica",
				 sql_relation(relid));
}

/*
 * A trigger of rows of a partitioned table would be cloned, so that each
 * partition has its own instead; and another one for the rows that MERGE
 * moves, see change.c.
 */
static void
create_triggers_on(Oid relid)
{
	create_trigger(relid, "aiconsent_insert", "INSERT",
				   "REFERENCING NEW TABLE AS aiconsent_new FOR EACH STATEMENT");
	create_trigger(relid, "aiconsent_update", "UPDATE",
				   "REFERENCING OLD TABLE AS aiconsent_old NEW TABLE AS aiconsent_new"
				   " FOR EACH STATEMENT");
	create_trigger(relid, "aiconsent_delete", "DELETE",
				   "REFERENCING OLD TABLE AS aiconsent_old FOR EACH STATEMENT");
	create_trigger(relid, "aiconsent_truncate", "TRUNCATE",
				   "FOR EACH STATEMENT");
	if (get_rel_relkind(relid) == RELKIND_RELATION)
		create_trigger(relid, "aiconsent_replica", "INSERT OR UPDATE OR DELETE",
					   "FOR EACH ROW");
	if (get_rel_relkind(relid) == RELKIND_RELATION &&
		get_rel_relispartition(relid))
		create_trigger(relid, "aiconsent_move", "INSERT OR DELETE",
					   "FOR EACH ROW");
	binding_enable_triggers(relid);
}

void
binding_create_triggers(Oid relid)
{
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, ShareRowExclusiveLock, NULL))
		create_triggers_on(lfirst_oid(lc));
}

void
binding_drop_triggers(Oid relid)
{
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, ShareRowExclusiveLock, NULL))
	{
		for (int i = 0; i < (int) lengthof(trigger_names); i++)
		{
			if (OidIsValid(get_trigger_oid(lfirst_oid(lc), trigger_names[i],
										   true)))
				sql_runf("DROP TRIGGER %s ON %s", trigger_names[i],
						 sql_relation(lfirst_oid(lc)));
		}
	}
}

/* ------------------------------------------------------------------------
 * Ending one
 * ------------------------------------------------------------------------
 */

/* What is declared beside the subjects refers to them. */
static void
refuse_dependants(BindingKind kind, Oid relid)
{
	List	   *views = kind == BINDING_SOURCE ? views_on(relid) : NIL;

	if (views != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("%s is published", sql_relation(relid)),
				 errdetail("Training view %s shows it.",
						   sql_relation(linitial_oid(views))),
				 errhint("Drop the view first, which the corpus and views on it can depend on: DROP VIEW %s;",
						 sql_relation(linitial_oid(views)))));
	if (kind != BINDING_SUBJECT)
		return;
	for (BindingKind other = BINDING_EDUCATION; other <= BINDING_SOURCE; other++)
	{
		List	   *found = registry_find(other, InvalidOid);

		if (found != NIL)
			ereport(ERROR,
					(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
					 errmsg("other declarations refer to the subject table"),
					 errdetail("%s is registered as %s.",
							   sql_relation(((Binding *) linitial(found))->relid),
							   binding_kind_name(other)),
					 errhint("End those first: SELECT %s.unregister_%s(...);",
							 SCHEMA_NAME, binding_kind_name(other))));
	}
}

/*
 * Record the end of a declaration, in the words in which it was made: of a row
 * of kind, binding, change.
 */
static void
record_end(const SPITupleTable *ended, uint64 row, const char *reason, Oid actor)
{
	HeapTuple	tuple = ended->vals[row];
	Oid			types[] = {UUIDOID};
	bool		isnull;
	Datum		values[] = {SPI_getbinval(tuple, ended->tupdesc, 3, &isnull)};
	bool		known;

	known = sql_run("SELECT object, after FROM aiconsent.change WHERE id = $1",
					1, types, values, NULL) > 0;
	registry_change(actor,
					psprintf("unregister_%s",
							 SPI_getvalue(tuple, ended->tupdesc, 1)),
					known ? sql_text_column(0, 1) :
					SPI_getvalue(tuple, ended->tupdesc, 2),
					known ? sql_text_column(0, 2) : NULL, NULL, reason);
}

/* The trigger below cannot know who called us, so that we record it here. */
static void
forget(const Binding *binding, Oid actor)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(binding->name)};

	if (sql_run("DELETE FROM aiconsent.registration WHERE binding = $1::name"
				" RETURNING kind, binding::text, change",
				1, types, values, NULL) > 0)
		record_end(SPI_tuptable, 0, NULL, actor);
	sql_runf("DROP VIEW %s.%s", SCHEMA_NAME, quote_identifier(binding->name));
}

/*
 * The second argument, where there is one, is the purpose.  The ledger stays.
 */
static void
unregister(FunctionCallInfo fcinfo, BindingKind kind)
{
	char	   *purpose = PG_NARGS() > 1 && !PG_ARGISNULL(1) ?
		text_to_cstring(PG_GETARG_TEXT_PP(1)) : NULL;
	const Binding *binding = NULL;
	SqlScope	scope;
	Oid			relid;
	ListCell   *lc;

	if (kind != BINDING_SOURCE)
		require_read_committed(psprintf("unregister_%s()",
										binding_kind_name(kind)));
	relid = check_relation(fcinfo, kind == BINDING_SOURCE ?
						   ShareUpdateExclusiveLock : ShareRowExclusiveLock);
	scope = sql_begin(sql_owner());
	foreach(lc, registry_find(kind, relid))
	{
		Binding    *candidate = lfirst(lc);

		if (PG_NARGS() == 1 ||
			(purpose && strcmp(candidate->purpose, purpose) == 0))
			binding = candidate;
	}
	if (binding == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s is not registered as %s", sql_relation(relid),
						binding_kind_name(kind)),
				 errhint("Declarations are listed in aiconsent.registration.")));
	refuse_dependants(kind, relid);
	forget(binding, scope.saved_user);
	if (kind == BINDING_SOURCE)
		withdraw(relid);
	if (!registry_is_evidence(relid))
		binding_drop_triggers(relid);
	if (kind != BINDING_SOURCE)
	{
		standing_lock_all();
		standing_judge_all(scope.saved_user);
	}
	sql_end(&scope);
}

#define UNREGISTER(name, kind) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	unregister(fcinfo, kind); \
	PG_RETURN_VOID(); \
} \
extern Datum name(PG_FUNCTION_ARGS)

UNREGISTER(unregister_subject, BINDING_SUBJECT);
UNREGISTER(unregister_education, BINDING_EDUCATION);
UNREGISTER(unregister_notice, BINDING_NOTICE);
UNREGISTER(unregister_preference, BINDING_PREFERENCE);
UNREGISTER(unregister_source, BINDING_SOURCE);

/*
 * A registration whose view is gone is gone, however it went.  True if it was
 * evidence.  Only who drops a view of ours waits for who declares.
 */
static bool
forget_dropped(Oid actor)
{
	bool		evidence = false;
	SPITupleTable *dropped;
	uint64		count;
	bool		isnull;

	if (sql_run("SELECT FROM pg_catalog.pg_event_trigger_dropped_objects() o"
				" WHERE o.object_type = 'view'"
				"  AND o.schema_name = '" SCHEMA_NAME "' LIMIT 1",
				0, NULL, NULL, NULL) == 0)
		return false;
	count = sql_run("DELETE FROM aiconsent.registration r"
					" USING pg_catalog.pg_event_trigger_dropped_objects() o"
					" WHERE o.object_type = 'view' AND o.schema_name = '" SCHEMA_NAME "'"
					"  AND o.object_name = r.binding"
					" RETURNING r.kind, r.binding::text, r.change, o.original",
					0, NULL, NULL, NULL);
	dropped = SPI_tuptable;
	sql_run("DELETE FROM aiconsent.classification c WHERE NOT EXISTS"
			" (SELECT FROM aiconsent.registration r WHERE r.binding = c.binding)",
			0, NULL, NULL, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		evidence |= strcmp(SPI_getvalue(dropped->vals[row], dropped->tupdesc, 1),
						   binding_kind_name(BINDING_SOURCE)) != 0;
		record_end(dropped, row,
				   DatumGetBool(SPI_getbinval(dropped->vals[row],
											  dropped->tupdesc, 4, &isnull)) ?
				   NULL : "dropped with what it rested on", actor);
	}
	return evidence;
}

/* With a partition its rows go, and no trigger of a row fires. */
static bool
lost_partition(void)
{
	return sql_run("SELECT FROM pg_catalog.pg_event_trigger_dropped_objects() o"
				   " WHERE o.object_type = 'trigger' AND NOT o.original"
				   "  AND o.object_identity LIKE 'aiconsent\\_insert on %'"
				   " LIMIT 1", 0, NULL, NULL, NULL) > 0;
}

/*
 * binding_dropped: event trigger for sql_drop.
 */
PG_FUNCTION_INFO_V1(binding_dropped);
Datum
binding_dropped(PG_FUNCTION_ARGS)
{
	SqlScope	scope;

	if (!OidIsValid(get_namespace_oid(SCHEMA_NAME, true)) ||
		!OidIsValid(sql_table("registration")))
		return PointerGetDatum(NULL);	/* the extension itself is dropped */

	scope = sql_begin(sql_owner());
	if (forget_dropped(scope.saved_user) || lost_partition())
	{
		require_read_committed("to end a declaration of evidence");
		standing_lock_all();
		standing_judge_all(scope.saved_user);
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}
