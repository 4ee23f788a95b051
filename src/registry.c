/*
 * registry.c: which of the user's tables are declared, and as what?
 */
#include "compat.h"
#include "kept.h"
#include "lookup.h"
#include "path.h"
#include "registry.h"
#include "sql.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

static Kept kept;
static List *kept_bindings;

static const char *const kind_names[] = {
	"subject", "education", "notice", "preference", "source"
};

const char *
binding_kind_name(BindingKind kind)
{
	return kind_names[kind];
}

static BindingKind
kind_of_name(const char *name)
{
	int			kind = 0;

	while (strcmp(kind_names[kind], name) != 0)
		kind++;
	return kind;
}

static BoundColumn *
resolve_column(TargetEntry *entry, Oid relid)
{
	BoundColumn *column = palloc0(sizeof(BoundColumn));

	column->role = pstrdup(entry->resname);
	column->expression = (Node *) entry->expr;
	column->type = exprType((Node *) entry->expr);
	if (IsA(entry->expr, Var))
		column->attno = ((Var *) entry->expr)->varattno;
	if (column->attno > 0)
		column->sql = psprintf("t.%s",
							   quote_identifier(get_attname(relid, column->attno,
															false)));
	else
		column->sql = deparse_expression((Node *) entry->expr,
										 deparse_context_for("t", relid),
										 true, false);
	return column;
}

/* What is kept rests on every relation that the query reads. */
static bool
rests_on_all(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		if (((RangeTblEntry *) node)->rtekind == RTE_RELATION)
			kept_rests_on(&kept, ((RangeTblEntry *) node)->relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, rests_on_all, context,
								 QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, rests_on_all, context);
}

static bool
has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Is it what a binding of this kind can have in that role? */
static bool
is_bindable(const Binding *binding, const TargetEntry *entry)
{
	Node	   *expression = (Node *) entry->expr;
	const char *role = entry->resname;

	if (IsA(expression, Var) || binding->kind == BINDING_PREFERENCE)
		return true;
	if (binding->kind != BINDING_SOURCE)
		return false;
	if (has_prefix(role, "class_"))
		return exprType(expression) == BOOLOID;
	return (has_prefix(role, "subject_") || has_prefix(role, "optional_") ||
			has_prefix(role, "cell_")) &&
		path_of_expression(binding->relid, expression) != NULL;
}

/*
 * Fill in the table and columns that a binding's view stands for, from its
 * stored query.  False where somebody replaced it by another kind of query:
 * such a registration counts as missing, so what rests on it is out.
 */
static bool
resolve_columns(Binding *binding)
{
	Oid			viewid = sql_table(binding->name);
	Relation	view;
	Query	   *query;
	bool		plain;
	ListCell   *lc;

	if (!OidIsValid(viewid) || get_rel_relkind(viewid) != RELKIND_VIEW)
		return false;

	/* It can be dropped while we wait for the lock. */
	view = try_relation_open(viewid, AccessShareLock);
	if (view == NULL)
		return false;
	kept_rests_on(&kept, viewid);
	query = get_view_query(view);
	plain = list_length(query->rtable) > 0 &&
		list_length(query->jointree->fromlist) == 1 &&
		IsA(linitial(query->jointree->fromlist), RangeTblRef) &&
		query->jointree->quals == NULL;
	if (plain)
	{
		RangeTblRef *from = linitial(query->jointree->fromlist);
		RangeTblEntry *rte = rt_fetch(from->rtindex, query->rtable);

		plain = rte->rtekind == RTE_RELATION;
		binding->relid = rte->relid;
		query = copyObject(query);
		(void) rests_on_all((Node *) query, NULL);
		ChangeVarNodes((Node *) query->targetList, from->rtindex, 1, 0);
	}
	binding->columns = NIL;
	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (!plain || entry->resjunk || !is_bindable(binding, entry))
		{
			plain = false;
			break;
		}
		binding->columns = lappend(binding->columns,
								   resolve_column(entry, binding->relid));
	}
	relation_close(view, AccessShareLock);
	return plain;
}

/* The rows of the query below, in the current context. */
static void
read_bindings(uint64 count)
{
	SPITupleTable *rows = SPI_tuptable;

	kept_bindings = NIL;
	for (uint64 i = 0; i < count; i++)
	{
		Binding    *binding = palloc0(sizeof(Binding));
		char	   *purpose = SPI_getvalue(rows->vals[i], rows->tupdesc, 4);
		char	   *table_label;
		bool		isnull;

		binding->name = pstrdup(SPI_getvalue(rows->vals[i], rows->tupdesc, 1));
		binding->kind = kind_of_name(SPI_getvalue(rows->vals[i],
												  rows->tupdesc, 2));
		binding->undated = DatumGetBool(SPI_getbinval(rows->vals[i],
													  rows->tupdesc, 3,
													  &isnull));
		binding->purpose = purpose ? pstrdup(purpose) : NULL;
		table_label = SPI_getvalue(rows->vals[i], rows->tupdesc, 5);
		binding->table_label = table_label ? pstrdup(table_label) : NULL;
		if (resolve_columns(binding))
			kept_bindings = lappend(kept_bindings, binding);
	}
}

static void
load_bindings(void)
{
	SqlScope	scope = sql_begin_read(sql_owner());
	MemoryContext caller;
	uint64		count;

	kept_begin(&kept);
	PG_TRY();
	{
		kept_rests_on(&kept, sql_table("registration"));
		count = sql_run_now("SELECT binding::text, kind, undated, purpose,"
							" table_label::text"
							" FROM aiconsent.registration ORDER BY id");
		caller = MemoryContextSwitchTo(kept.context);
		read_bindings(count);
		MemoryContextSwitchTo(caller);
	}
	PG_CATCH();
	{
		kept.valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	sql_end(&scope);
}

List *
registry_find(BindingKind kind, Oid relid)
{
	List	   *found = NIL;
	ListCell   *lc;

	if (!kept.valid)
		load_bindings();
	foreach(lc, kept_bindings)
	{
		Binding    *binding = lfirst(lc);

		if (binding->kind == kind &&
			(!OidIsValid(relid) || binding->relid == relid))
			found = lappend(found, binding);
	}
	return found;
}

bool
registry_is_evidence(Oid relid)
{
	for (BindingKind kind = BINDING_SUBJECT; kind < BINDING_SOURCE; kind++)
	{
		if (registry_find(kind, relid) != NIL)
			return true;
	}
	return false;
}

const Binding *
registry_subject(void)
{
	List	   *found = registry_find(BINDING_SUBJECT, InvalidOid);

	return found == NIL ? NULL : linitial(found);
}

void
registry_init(void)
{
	kept_register(&kept, "declarations");
}

static const BoundColumn *
bound_column(const Binding *binding, const char *role)
{
	ListCell   *lc;

	foreach(lc, binding->columns)
	{
		BoundColumn *column = lfirst(lc);

		if (strcmp(column->role, role) == 0)
			return column;
	}
	return NULL;
}

AttrNumber
binding_attno(const Binding *binding, const char *role)
{
	const BoundColumn *column = bound_column(binding, role);

	return column ? column->attno : InvalidAttrNumber;
}

const char *
binding_column(const Binding *binding, const char *role)
{
	const BoundColumn *column = bound_column(binding, role);

	return column ? column->sql : NULL;
}

Oid
binding_type(const Binding *binding, const char *role)
{
	const BoundColumn *column = bound_column(binding, role);

	return column ? column->type : InvalidOid;
}

const KeyType *
key_type_of(Oid type)
{
	static const KeyType int8_key = {INT8OID, "pg_catalog.int8", F_INT8EQ,
	"standing_int8", "standing_int8_pkey"};
	static const KeyType uuid_key = {UUIDOID, "pg_catalog.uuid", F_UUID_EQ,
	"standing_uuid", "standing_uuid_pkey"};
	static const KeyType text_key = {TEXTOID, "pg_catalog.text", F_TEXTEQ,
	"standing_text", "standing_text_pkey"};

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

/* Attributes of aiconsent.registration, in the order of sql/25_registry.sql. */
enum
{
	REGISTRATION_BINDING = 2
};

const KeyType *
registry_key_type_seen(void)
{
	Lookup		lookup;
	ScanKeyData key;
	Oid			binding = InvalidOid;
	AttrNumber	attno;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(binding_kind_name(BINDING_SUBJECT)));
	key.sk_collation = DEFAULT_COLLATION_OID;
	lookup_open(&lookup, "registration", "registration_one_subject", 1);
	lookup_begin(&lookup, &key);
	if (lookup_next(&lookup))
		binding = sql_table(NameStr(*DatumGetName(lookup_column(lookup.slot,
																REGISTRATION_BINDING))));
	lookup_close(&lookup);
	attno = OidIsValid(binding) ? get_attnum(binding, "key") : InvalidAttrNumber;
	return attno == InvalidAttrNumber ? NULL :
		key_type_of(get_atttype(binding, attno));
}

Datum
registry_change(Oid actor, const char *what, const char *object,
				const char *before, const char *after, const char *reason)
{
	bool		isnull;
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
			" VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
			6, types, values, nulls);
	return sql_column(0, 1, &isnull);
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
