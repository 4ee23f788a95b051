/*
 * partition.c: what happens when a table of evidence gets or loses a part?
 *
 * A partition brings rows and takes them away without any trigger of a row.
 * When the partitioned table is altered, new partitions get our triggers, and
 * whoever is in them is judged; those that left lose both.
 */
#include "compat.h"
#include "binding.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "nodes/parsenodes.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* The table of evidence that this one is, or is a partition of. */
static Oid
evidence_of(Oid relid)
{
	ListCell   *lc;

	if (registry_is_evidence(relid))
		return relid;
	if (!get_rel_relispartition(relid))
		return InvalidOid;
	foreach(lc, get_partition_ancestors(relid))
	{
		if (registry_is_evidence(lfirst_oid(lc)))
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

static void
refuse_part(Oid evidence, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s cannot take part in this", sql_relation(evidence)),
			 errdetail("It holds evidence, and %s.", detail),
			 errhint("End its declaration first, see aiconsent.registration.")));
}

/* Why a table cannot be evidence, or a partition of it; NULL: it can. */
static const char *
unfitness(Oid relid)
{
	if (get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE)
		return "a foreign table can be written unseen";
	if (get_rel_persistence(relid) != RELPERSISTENCE_PERMANENT)
		return "an unlogged table loses its rows in a crash";
	if (get_rel_relkind(relid) == RELKIND_RELATION &&
		!get_rel_relispartition(relid) &&
		(has_superclass(relid) || has_subclass(relid)))
		return "children can be written past its triggers";
	return NULL;
}

/* Would evidence be written past its triggers, or lose rows unseen? */
static void
check_parts(Oid relid)
{
	Oid			evidence = evidence_of(relid);
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		Oid			part = lfirst_oid(lc);
		const char *why = OidIsValid(evidence) ? unfitness(part) : NULL;

		if (why)
			refuse_part(evidence, why);
		if (part != relid && registry_is_evidence(part))
			refuse_part(part, "a partition can be written past its triggers");
	}
	if (OidIsValid(evidence) || !has_superclass(relid))
		return;

	/* Any parent, at any height, that is evidence? */
	for (BindingKind kind = BINDING_SUBJECT; kind < BINDING_SOURCE; kind++)
	{
		foreach(lc, registry_find(kind, InvalidOid))
		{
			Oid			parent = ((Binding *) lfirst(lc))->relid;
			const char *why = unfitness(parent);

			if (why &&
				list_member_oid(find_all_inheritors(parent, NoLock, NULL),
								relid))
				refuse_part(parent, why);
		}
	}
}

static bool
has_rows(Oid relid)
{
	Relation	relation;
	bool		any;

	if (get_rel_relkind(relid) != RELKIND_RELATION)
		return false;
	relation = table_open(relid, AccessShareLock);
	any = RelationGetNumberOfBlocks(relation) > 0;
	table_close(relation, NoLock);
	return any;
}

/* The parts that have no triggers of ours yet; is one of them not empty? */
static List *
find_new_parts(Oid evidence, bool *rows)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(evidence, NoLock, NULL))
	{
		if (OidIsValid(get_trigger_oid(lfirst_oid(lc), "aiconsent_insert", true)))
			continue;
		found = lappend_oid(found, lfirst_oid(lc));
		*rows |= has_rows(lfirst_oid(lc));
	}
	return found;
}

/* Tables that have our triggers and are no evidence any more. */
static List *
find_departed(void)
{
	uint64		count = sql_run("SELECT t.tgrelid FROM pg_catalog.pg_trigger t"
								" WHERE t.tgname = 'aiconsent_insert'"
								"  AND t.tgfoid = 'aiconsent.evidence_changed()'::pg_catalog.regprocedure",
								0, NULL, NULL, NULL);
	List	   *found = NIL;

	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Oid			relid = DatumGetObjectId(sql_column(row, 1, &isnull));

		if (!OidIsValid(evidence_of(relid)))
			found = lappend_oid(found, relid);
	}
	return found;
}

/* ------------------------------------------------------------------------
 * Which commands matter
 * ------------------------------------------------------------------------
 */

/* Does the command have a part of one of these kinds? */
static bool
alters(const Node *stmt, const AlterTableType *kinds, int n)
{
	ListCell   *lc;

	if (!IsA(stmt, AlterTableStmt))
		return false;
	foreach(lc, ((const AlterTableStmt *) stmt)->cmds)
	{
		for (int i = 0; i < n; i++)
		{
			if (lfirst_node(AlterTableCmd, lc)->subtype == kinds[i])
				return true;
		}
	}
	return false;
}

/*
 * Does the command make a table part of another, or not any more, or not fit
 * for it?  A restore alters tables in other ways, and makes our triggers by
 * itself.
 */
static bool
concerns_parts(const Node *stmt)
{
	static const AlterTableType kinds[] = {
		AT_AttachPartition, AT_DetachPartition, AT_DetachPartitionFinalize,
		AT_AddInherit, AT_SetUnLogged
	};
	ListCell   *lc;

	if (IsA(stmt, CreateStmt) || IsA(stmt, CreateForeignTableStmt))
		return ((const CreateStmt *) stmt)->inhRelations != NIL;
	if (IsA(stmt, CreateSchemaStmt))
	{
		foreach(lc, ((const CreateSchemaStmt *) stmt)->schemaElts)
		{
			if (concerns_parts(lfirst(lc)))
				return true;
		}
	}
	return alters(stmt, kinds, lengthof(kinds));
}

/*
 * Does it enable all triggers, as a restore does behind the data?  Those that
 * are for replicated rows are made ordinary ones by that.
 */
static bool
enables_triggers(const Node *stmt)
{
	static const AlterTableType kinds[] = {
		AT_EnableTrigAll, AT_EnableTrigUser
	};

	return alters(stmt, kinds, lengthof(kinds));
}

/* The tables that the command made or altered. */
static List *
tables_of_command(void)
{
	uint64		count = sql_run("SELECT DISTINCT c.objid"
								" FROM pg_catalog.pg_event_trigger_ddl_commands() c"
								" WHERE c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
								"  AND c.objsubid = 0",
								0, NULL, NULL, NULL);
	List	   *relids = NIL;

	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Oid			relid = DatumGetObjectId(sql_column(row, 1, &isnull));

		if (get_rel_relkind(relid) != '\0')
			relids = lappend_oid(relids, relid);
	}
	return relids;
}

/* The table was made or altered as a part of another one, or as its parent. */
static void
guard_parts(Oid relid, bool *rows, bool *partitions)
{
	Oid			evidence;
	ListCell   *lc;

	check_parts(relid);
	evidence = evidence_of(relid);
	if (!OidIsValid(evidence))
		return;
	*partitions = true;
	foreach(lc, find_new_parts(evidence, rows))
		binding_create_triggers(lfirst_oid(lc));
}

/*
 * evidence_altered: event trigger for what makes or alters tables; looks at
 * the tables of the command alone.
 */
PG_FUNCTION_INFO_V1(evidence_altered);
Datum
evidence_altered(PG_FUNCTION_ARGS)
{
	const Node *stmt;
	bool		parts;
	SqlScope	scope;
	bool		partitions = false;
	bool		rows = false;
	List	   *departed = NIL;
	ListCell   *lc;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		return PointerGetDatum(NULL);
	stmt = ((EventTriggerData *) fcinfo->context)->parsetree;
	parts = concerns_parts(stmt);
	if (!parts && !enables_triggers(stmt))
		return PointerGetDatum(NULL);

	scope = sql_begin(sql_owner());
	foreach(lc, tables_of_command())
	{
		if (parts)
			guard_parts(lfirst_oid(lc), &rows, &partitions);
		else if (OidIsValid(evidence_of(lfirst_oid(lc))))
			binding_enable_triggers(lfirst_oid(lc));
	}
	if (partitions)
		departed = find_departed();
	foreach(lc, departed)
		binding_drop_triggers(lfirst_oid(lc));
	if (rows || departed != NIL)
	{
		require_read_committed("to attach or detach a partition of evidence");
		standing_lock_all();
		standing_judge_all(scope.saved_user);
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}
