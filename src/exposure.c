/*
 * exposure.c: what does each column of an object give away?
 *
 * The SQL face of derive.c: an object's columns one by one, each with the base
 * columns that it is derived from and the sensitivity that follows.  What was
 * read through a training view only is left out: that is no exposure.  Who may
 * read the object is asked in plain SQL, in sql/60_exposure.sql.
 */
#include "compat.h"
#include "derive.h"
#include "field.h"
#include "sensitivity.h"
#include "sql.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "rewrite/prs2lock.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* One row: where a value can be read, and what it is. */
typedef struct Flow
{
	Oid			rule;			/* that does it, or InvalidOid */
	Oid			target;			/* read from this; invalid: from the result */
	const char *field;			/* NULL: which rows there are */
	AttrNumber	attno;
} Flow;

static List *
without_published(const List *columns)
{
	List	   *kept = NIL;
	const ListCell *lc;

	foreach(lc, columns)
	{
		if (!((DerivedColumn *) lfirst(lc))->published)
			kept = lappend(kept, lfirst(lc));
	}
	return kept;
}

static Datum
text_array(const List *texts)
{
	char	  **array = palloc(list_length(texts) * sizeof(char *) + 1);
	const ListCell *lc;

	foreach(lc, texts)
		array[foreach_current_index(lc)] = lfirst(lc);
	return sql_text_array(array, list_length(texts));
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

static Datum
base_names(const List *columns)
{
	List	   *names = NIL;
	const ListCell *lc;

	foreach(lc, columns)
	{
		DerivedColumn *column = lfirst(lc);

		if (column->is_base)
			names = lappend(names, field_name(column->relid, column->attno));
	}
	list_sort(names, compare_names);
	return text_array(names);
}

static void
put(FunctionCallInfo fcinfo, const Flow *flow, Derivation *derivation)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Label		known;
	List	   *unknown;
	Datum		values[7] = {0};
	bool		nulls[7] = {false};

	derivation->columns = without_published(derivation->columns);
	(void) derive_sensitivity(derivation, &known, &unknown);
	nulls[0] = !OidIsValid(flow->rule);
	values[0] = ObjectIdGetDatum(flow->rule);
	nulls[1] = !OidIsValid(flow->target);
	values[1] = ObjectIdGetDatum(flow->target);
	nulls[2] = nulls[3] = flow->field == NULL;
	values[2] = Int16GetDatum(flow->attno);
	if (flow->field)
		values[3] = CStringGetTextDatum(flow->field);
	values[4] = base_names(derivation->columns);
	values[5] = sensitivity_pack(&known);
	values[6] = text_array(unknown);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* What a rule's query gives to who fires it. */
static void
put_output(FunctionCallInfo fcinfo, Oid rule, Query *query)
{
	Flow		flow = {.rule = rule};
	List	   *targets = derive_target_list(query);
	ListCell   *lc;

	foreach(lc, targets)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (entry->resjunk)
			continue;
		flow.attno = entry->resno;
		flow.field = entry->resname;
		put(fcinfo, &flow, derive_query_column(query, entry->resno));
	}
	flow.field = NULL;
	if (targets != NIL)
		put(fcinfo, &flow, derive_query_column(query, DERIVE_ROWS));
}

/*
 * What is written can be read where it was written: in a table, also if it was
 * named by a view.
 */
static void
put_writes(FunctionCallInfo fcinfo, Oid rule, Query *query)
{
	ListCell   *writes;
	ListCell   *lc;

	foreach(writes, derive_writes(query))
	{
		DerivedWrite *write = lfirst(writes);

		foreach(lc, derive_column(write->relid, write->attno)->columns)
		{
			DerivedColumn *column = lfirst(lc);
			char	   *field = get_attname(column->relid, column->attno, false);
			Flow		flow = {rule, column->relid, field, column->attno};

			put(fcinfo, &flow, write->derivation);
		}
	}
}

static void
put_rules(FunctionCallInfo fcinfo, Relation relation)
{
	for (int i = 0; relation->rd_rules && i < relation->rd_rules->numLocks; i++)
	{
		RewriteRule *rule = relation->rd_rules->rules[i];
		ListCell   *lc;

		foreach(lc, rule->event == CMD_SELECT ? NIL : rule->actions)
		{
			put_output(fcinfo, rule->ruleId, lfirst(lc));
			put_writes(fcinfo, rule->ruleId, lfirst(lc));
		}
	}
}

/* relation_flow(relation regclass): NULL or gone: no rows. */
PG_FUNCTION_INFO_V1(relation_flow);
Datum
relation_flow(PG_FUNCTION_ARGS)
{
	Relation	relation;
	TupleDesc	columns;
	Flow		flow = {.target = PG_GETARG_OID(0)};
	char		relkind;

	InitMaterializedSRF(fcinfo, 0);
	relation = try_relation_open(flow.target, AccessShareLock);
	if (relation == NULL)
		return (Datum) 0;
	columns = RelationGetDescr(relation);
	relkind = relation->rd_rel->relkind;
	for (AttrNumber attno = 1; attno <= columns->natts; attno++)
	{
		flow.attno = attno;
		flow.field = NameStr(TupleDescAttr(columns, attno - 1)->attname);
		if (!TupleDescAttr(columns, attno - 1)->attisdropped)
			put(fcinfo, &flow, derive_column(flow.target, attno));
	}
	flow.field = NULL;
	if (relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW)
		put(fcinfo, &flow, derive_column(flow.target, DERIVE_ROWS));
	put_rules(fcinfo, relation);
	relation_close(relation, AccessShareLock);
	return (Datum) 0;
}

/* What a function gives to who calls it. */
static void
put_result(FunctionCallInfo fcinfo, Oid funcid)
{
	Flow		flow = {0};
	Oid			type;
	TupleDesc	result = NULL;
	TypeFuncClass class = get_func_result_type(funcid, &type, &result);

	if (type == VOIDOID)
		return;
	if (result == NULL)
	{
		flow.attno = class == TYPEFUNC_SCALAR ? 1 : 0;
		flow.field = get_func_name(funcid);
		put(fcinfo, &flow, derive_function_column(funcid, flow.attno));
	}
	for (int i = 0; result && i < result->natts; i++)
	{
		flow.attno = i + 1;
		flow.field = NameStr(TupleDescAttr(result, i)->attname);
		if (!TupleDescAttr(result, i)->attisdropped)
			put(fcinfo, &flow, derive_function_column(funcid, flow.attno));
	}
	flow.field = NULL;
	put(fcinfo, &flow, derive_function_column(funcid, DERIVE_ROWS));
}

/* function_flow(function regprocedure): without such a body: no rows. */
PG_FUNCTION_INFO_V1(function_flow);
Datum
function_flow(PG_FUNCTION_ARGS)
{
	Oid			funcid = PG_GETARG_OID(0);
	List	   *body = derive_function_body(funcid);
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, body)
		put_writes(fcinfo, InvalidOid, lfirst(lc));
	if (body != NIL)
		put_result(fcinfo, funcid);
	return (Datum) 0;
}
