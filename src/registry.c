/*
 * registry.c: which of the user's tables are declared, and as what?
 */
#include "compat.h"
#include "registry.h"
#include "sql.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static const char *const kind_names[] = {"subject", "education", "source"};

/*
 * Fill in the table and columns that a binding's view stands for, from its
 * stored query.  False where somebody replaced it by another kind of query:
 * such a registration counts as missing, so what rests on it is out.
 */
static bool
resolve_columns(Binding *binding)
{
	Oid			viewid = get_relname_relid(binding->name, sql_schema());
	Relation	view;
	Query	   *query;
	ListCell   *lc;

	if (!OidIsValid(viewid) || get_rel_relkind(viewid) != RELKIND_VIEW)
		return false;

	/* It can be dropped while we wait for the lock. */
	view = try_relation_open(viewid, AccessShareLock);
	if (view == NULL)
		return false;
	query = get_view_query(view);
	binding->relid = InvalidOid;
	binding->columns = NIL;
	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		BoundColumn *column;
		RangeTblEntry *rte;

		if (entry->resjunk || !IsA(entry->expr, Var))
			break;
		rte = rt_fetch(((Var *) entry->expr)->varno, query->rtable);
		if (rte->rtekind != RTE_RELATION ||
			(OidIsValid(binding->relid) && binding->relid != rte->relid))
			break;
		binding->relid = rte->relid;
		column = palloc(sizeof(BoundColumn));
		column->role = pstrdup(entry->resname);
		column->attno = ((Var *) entry->expr)->varattno;
		binding->columns = lappend(binding->columns, column);
	}
	relation_close(view, AccessShareLock);
	return lc == NULL && OidIsValid(binding->relid);
}

List *
registry_find(BindingKind kind, Oid relid, MemoryContext context)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(kind_names[kind])};
	List	   *found = NIL;
	MemoryContext caller;
	uint64		count;

	count = sql_run("SELECT binding::text, undated FROM aiconsent.registration"
					" WHERE kind = $1 ORDER BY id", 1, types, values, NULL);
	caller = MemoryContextSwitchTo(context);
	for (uint64 i = 0; i < count; i++)
	{
		Binding    *binding = palloc0(sizeof(Binding));
		bool		isnull;

		binding->name = pstrdup(sql_text_column(i, 1));
		binding->undated = DatumGetBool(sql_column(i, 2, &isnull));
		binding->kind = kind;
		if (resolve_columns(binding) &&
			(!OidIsValid(relid) || binding->relid == relid))
			found = lappend(found, binding);
	}
	MemoryContextSwitchTo(caller);
	return found;
}

Binding *
registry_subject(MemoryContext context)
{
	List	   *found = registry_find(BINDING_SUBJECT, InvalidOid, context);

	return found == NIL ? NULL : linitial(found);
}

AttrNumber
binding_attno(const Binding *binding, const char *role)
{
	ListCell   *lc;

	foreach(lc, binding->columns)
	{
		BoundColumn *column = lfirst(lc);

		if (strcmp(column->role, role) == 0)
			return column->attno;
	}
	return InvalidAttrNumber;
}

char *
binding_column(const Binding *binding, const char *role)
{
	AttrNumber	attno = binding_attno(binding, role);

	if (attno == InvalidAttrNumber)
		return NULL;
	return pstrdup(quote_identifier(get_attname(binding->relid, attno, false)));
}

Oid
binding_type(const Binding *binding, const char *role)
{
	AttrNumber	attno = binding_attno(binding, role);

	return attno == InvalidAttrNumber ? InvalidOid :
		get_atttype(binding->relid, attno);
}

const KeyType *
key_type_of(Oid type)
{
	static const KeyType int8_key = {INT8OID, "pg_catalog.int8", "standing_int8"};
	static const KeyType uuid_key = {UUIDOID, "pg_catalog.uuid", "standing_uuid"};
	static const KeyType text_key = {TEXTOID, "pg_catalog.text", "standing_text"};

	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return &int8_key;
		case UUIDOID:
			return &uuid_key;
		case TEXTOID:
		case VARCHAROID:
			return &text_key;
		default:
			return NULL;
	}
}

void
registry_change(Oid actor, const char *what, const char *object,
				const char *before, const char *after, const char *reason)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	const char *texts[6];
	Datum		values[6];
	char		nulls[6];

	texts[0] = GetUserNameFromId(actor, false);
	texts[1] = what;
	texts[2] = object;
	texts[3] = before;
	texts[4] = after;
	texts[5] = reason;
	for (int i = 0; i < 6; i++)
	{
		nulls[i] = texts[i] ? ' ' : 'n';
		values[i] = texts[i] ? CStringGetTextDatum(texts[i]) : (Datum) 0;
	}
	sql_run("INSERT INTO aiconsent.change"
			" (changed_by, what, object, before, after, reason)"
			" VALUES ($1, $2, $3, $4, $5, $6)", 6, types, values, nulls);
}

/*
 * A snapshot taken before could miss a member who was added meanwhile, and
 * nothing would tell.
 */
void
require_read_committed(const char *function)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s is not possible at isolation level REPEATABLE READ or SERIALIZABLE",
						function),
				 errdetail("It has to see every member that is committed when it runs."),
				 errhint("Do it in a transaction begun with BEGIN ISOLATION LEVEL READ COMMITTED.")));
}
