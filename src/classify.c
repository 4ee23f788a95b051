/*
 * classify.c: how are some rows of a table set apart from the others?
 *
 * A class is a condition in the source's binding, and a row in
 * aiconsent.classification that says what such rows hold.  What makes a row
 * stricter acts at once; what makes it less so, at the next publish() that
 * accepts it.
 */
#include "compat.h"
#include "binding.h"
#include "check.h"
#include "classify.h"
#include "condition.h"
#include "field.h"
#include "sensitivity.h"
#include "source.h"
#include "sql.h"
#include "withdraw.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define NO_CONDITION "NULL::pg_catalog.bool"

static Source *
require_source(Oid relid)
{
	Source	   *source = source_find(relid);

	if (source == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s is not registered as source", sql_relation(relid)),
				 errhint("Declare it first: SELECT aiconsent.register_source(%s, ...);",
						 quote_literal_cstr(sql_relation(relid)))));
	return source;
}

/* As SQL over t, by which two conditions are the same. */
static char *
parse(Oid relid, const char *text)
{
	Node	   *condition;

	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("condition must not be null")));
	condition = condition_parse(relid, text, "condition", CONDITION_ROWS);
	if (exprType(condition) != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("condition must be boolean, not %s",
						format_type_be(exprType(condition)))));
	/* In the binding a constant is the place of a class that was taken away. */
	if (IsA(condition, Const))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("condition must not be a constant"),
				 errdetail("It would hold for every row of %s, or for none.",
						   sql_relation(relid)),
				 errhint("What holds for every row is said of the table: SELECT aiconsent.register_field(%s, NULL, '...');",
						 quote_literal_cstr(sql_relation(relid)))));
	return condition_sql(relid, condition);
}

static RowClass *
class_with(const Source *source, const char *condition)
{
	ListCell   *lc;

	foreach(lc, source->classes)
	{
		RowClass   *class = lfirst(lc);

		if (strcmp(class->condition, condition) == 0)
			return class;
	}
	return NULL;
}

/* A role whose class was taken away, or a new one. */
static char *
free_role(const Binding *binding)
{
	int			n = 0;
	ListCell   *lc;

	foreach(lc, binding->columns)
	{
		BoundColumn *column = lfirst(lc);

		if (strncmp(column->role, "class_", 6) != 0)
			continue;
		if (IsA(column->expression, Const))
			return column->role;
		n++;
	}
	return psprintf("class_%d", n + 1);
}

/* binding and role of a class, for a command. */
typedef struct ClassKey
{
	NameData	binding;
	NameData	role;
} ClassKey;

static void
set_key(ClassKey *key, const Source *source, const char *role)
{
	namestrcpy(&key->binding, source->binding->name);
	namestrcpy(&key->role, role);
}

static void
insert_class(const Source *source, const RowClass *class)
{
	ClassKey	key;
	Oid			types[] = {NAMEOID, NAMEOID, TEXTOID, BOOLOID, TEXTOID};
	Datum		values[] = {
		NameGetDatum(&key.binding), NameGetDatum(&key.role),
		CStringGetTextDatum(sensitivity_text(&class->sensitivity)),
		BoolGetDatum(class->lowers),
		class->reason ? CStringGetTextDatum(class->reason) : (Datum) 0
	};
	char		nulls[] = {' ', ' ', ' ', ' ', class->reason ? ' ' : 'n'};

	set_key(&key, source, class->role);
	sql_run("INSERT INTO aiconsent.classification"
			" (binding, role, sensitivity, lowers, reason)"
			" VALUES ($1, $2, $3::aiconsent.sensitivity, $4, $5)",
			5, types, values, nulls);
}

static void
remove_class(const Source *source, const RowClass *class)
{
	ClassKey	key;
	Oid			types[] = {NAMEOID, NAMEOID};
	Datum		values[] = {NameGetDatum(&key.binding),
	NameGetDatum(&key.role)};

	set_key(&key, source, class->role);
	sql_run("DELETE FROM aiconsent.classification"
			" WHERE binding = $1 AND role = $2", 2, types, values, NULL);
	/* Read anew: several can be removed at once. */
	binding_set(linitial(registry_find(BINDING_SOURCE, source->relid)),
				class->role, NO_CONDITION);
}

/* Set one column of a class. */
static void
update_class(const Source *source, const RowClass *class, const char *set,
			 const char *value)
{
	ClassKey	key;
	Oid			types[] = {NAMEOID, NAMEOID, TEXTOID};
	Datum		values[] = {
		NameGetDatum(&key.binding), NameGetDatum(&key.role),
		CStringGetTextDatum(value)
	};

	set_key(&key, source, class->role);
	sql_run(psprintf("UPDATE aiconsent.classification SET %s"
					 " WHERE binding = $1 AND role = $2", set),
			3, types, values, NULL);
}

/* ------------------------------------------------------------------------
 * What waits for publish()
 * ------------------------------------------------------------------------
 */

/*
 * Would the table's rows be less strict without it?  Not where it is the only
 * class of a table of which nothing else is released.
 */
static bool
holds_back(const Source *source, const RowClass *class, const Label *table)
{
	if (table->level == LABEL_NEVER && list_length(source->classes) == 1)
		return false;
	return !class->lowers || !label_flows(&class->sensitivity, table);
}

static bool
is_accepted(const RowClass *class, const Label *table)
{
	return class->accepted && label_flows(table, &class->accepted_for);
}

Lowered *
lowered(char *what, const Label *from, const Label *to)
{
	Lowered    *one = palloc(sizeof(Lowered));

	one->what = what;
	one->from = sensitivity_text(from);
	one->to = sensitivity_text(to);
	return one;
}

List *
classes_lowered(const Source *source)
{
	List	   *found = NIL;
	Label		table;
	ListCell   *lc;

	if (source->binding->table_label == NULL)
		return NIL;
	source_table_label(source->relid, &table);
	foreach(lc, source->classes)
	{
		RowClass   *class = lfirst(lc);
		char	   *rows = psprintf("rows of %s where %s",
									sql_relation(source->relid),
									class->condition);

		if (class->ended)
			found = lappend(found, lowered(rows, &class->sensitivity, &table));
		else if (class->lowers && !is_accepted(class, &table))
			found = lappend(found, lowered(rows, &table, &class->sensitivity));
	}
	return found;
}

bool
classes_accept(const Source *source)
{
	Label		table;
	bool		changed = false;
	ListCell   *lc;

	source_table_label(source->relid, &table);
	foreach(lc, source->classes)
	{
		RowClass   *class = lfirst(lc);

		if (class->ended)
			remove_class(source, class);
		else if (class->lowers && !is_accepted(class, &table))
			update_class(source, class,
						 "accepted_for = $3::aiconsent.sensitivity",
						 sensitivity_text(&table));
		else
			continue;
		changed = true;
	}
	return changed;
}

/* ------------------------------------------------------------------------
 * Saying so
 * ------------------------------------------------------------------------
 */

/*
 * classify(relation, condition, sensitivity, reason): see COMMENT ON.
 */
PG_FUNCTION_INFO_V1(classify);
Datum
classify(PG_FUNCTION_ARGS)
{
	Oid			relid = check_relation(fcinfo, ShareUpdateExclusiveLock);
	SqlScope	scope = sql_begin(sql_owner());
	Source	   *source = require_source(relid);
	RowClass	class = {0};
	Label		table;

	class.condition = parse(relid, sql_text_argument(fcinfo, 1));
	class.reason = sql_text_argument(fcinfo, 3);
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("sensitivity must not be null"),
				 errhint("unclassify() takes a class away.")));
	sensitivity_unpack(PG_GETARG_DATUM(2), &class.sensitivity);
	field_check_categories(&class.sensitivity);
	if (class_with(source, class.condition))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("rows of %s are classified by that condition already",
						sql_relation(relid)),
				 errhint("Take that away first: SELECT aiconsent.unclassify(%s, %s, '...');",
						 quote_literal_cstr(sql_relation(relid)),
						 quote_literal_cstr(sql_text_argument(fcinfo, 1)))));
	source_table_label(relid, &table);
	class.lowers = !label_flows(&table, &class.sensitivity);
	if (class.lowers && (class.reason == NULL || class.reason[0] == '\0'))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("what lowers the label of %s needs a reason",
						sql_relation(relid)),
				 errdetail("The table is labelled %s.", sensitivity_text(&table)),
				 errhint("Say why: reason => '...'.")));
	class.role = free_role(source->binding);
	binding_set(source->binding, class.role, class.condition);
	insert_class(source, &class);
	registry_change(scope.saved_user, "classify", sql_relation(relid), NULL,
					psprintf("%s where %s", sensitivity_text(&class.sensitivity),
							 class.condition), class.reason);
	withdraw(relid);
	sql_end(&scope);
	PG_RETURN_VOID();
}

/*
 * unclassify(relation, condition, reason): see COMMENT ON.
 */
PG_FUNCTION_INFO_V1(unclassify);
Datum
unclassify(PG_FUNCTION_ARGS)
{
	Oid			relid = check_relation(fcinfo, ShareUpdateExclusiveLock);
	SqlScope	scope = sql_begin(sql_owner());
	Source	   *source = require_source(relid);
	RowClass   *class = class_with(source,
								   parse(relid, sql_text_argument(fcinfo, 1)));
	Label		table;

	if (class == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("rows of %s are not classified by that condition",
						sql_relation(relid)),
				 errhint("Classes are listed in aiconsent.class.")));
	source_table_label(relid, &table);
	if (source->binding->table_label && holds_back(source, class, &table))
		update_class(source, class, "ended = $3 IS NOT NULL", "");
	else
		remove_class(source, class);
	registry_change(scope.saved_user, "unclassify", sql_relation(relid),
					psprintf("%s where %s", sensitivity_text(&class->sensitivity),
							 class->condition), NULL, sql_text_argument(fcinfo, 2));
	withdraw(relid);
	sql_end(&scope);
	PG_RETURN_VOID();
}

/*
 * classes(): one row a class, for the view aiconsent.class.
 */
PG_FUNCTION_INFO_V1(classes);
Datum
classes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SqlScope	scope;
	ListCell   *s;
	ListCell   *c;

	InitMaterializedSRF(fcinfo, 0);
	scope = sql_begin_read(sql_owner());
	foreach(s, registry_find(BINDING_SOURCE, InvalidOid))
	{
		Source	   *source = source_of(lfirst(s));
		Label		table;

		source_table_label(source->relid, &table);
		foreach(c, source->classes)
		{
			RowClass   *class = lfirst(c);
			Datum		values[] = {
				ObjectIdGetDatum(source->relid),
				CStringGetTextDatum(class->condition),
				sensitivity_pack(&class->sensitivity),
				BoolGetDatum(class->lowers),
				BoolGetDatum(class->ended ||
							 (class->lowers && !is_accepted(class, &table))),
				class->reason ? CStringGetTextDatum(class->reason) : (Datum) 0
			};
			bool		nulls[lengthof(values)] = {false};

			nulls[5] = class->reason == NULL;
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
								 nulls);
		}
	}
	sql_end(&scope);
	return (Datum) 0;
}
