/*
 * table.c: how is a user's table read?
 */
#include "compat.h"
#include "sql.h"
#include "table.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* For so few keys a query's plan is kept, and goes by an index. */
#define FEW_KEYS 16

/* So many rows of a whole table are taken at once. */
#define BATCH 1000

Asked
table_ask(char *const *keys, int nkeys)
{
	const Binding *subject = registry_subject();
	Asked		asked = {
		.n = nkeys,
		.keys = keys,
		.array = sql_text_array(keys, nkeys),
		.context = CurrentMemoryContext
	};

	if (subject)
		asked.type = key_type_of(binding_type(subject, "key"))->name;
	return asked;
}

/*
 * By an index for few keys, or by one pass over the table for many: a join
 * with the keys would be one that hashes the table, since nothing is known
 * of them.
 */
static uint64
read_rows(const Binding *binding, const char *key_role,
		  const char *const *roles, const char *condition, const Asked *asked)
{
	StringInfoData query;
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {asked->array};
	const char *key = binding_column(binding, key_role);

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT (%s)::pg_catalog.text", key);
	for (; *roles; roles++)
	{
		const char *column = binding_column(binding, *roles);

		appendStringInfo(&query, ", %s", column ? column : "NULL");
	}
	appendStringInfo(&query,
					 " FROM %s%s t WHERE %s = ANY (($1::text[])::%s[])",
					 get_rel_relkind(binding->relid) == RELKIND_RELATION ?
					 "ONLY " : "",
					 sql_relation(binding->relid), key, asked->type);
	if (condition)
		appendStringInfo(&query, " AND (%s)", condition);
	return sql_run_as(sql_relation_owner(binding->relid), query.data,
					  1, types, values, NULL, asked->n <= FEW_KEYS);
}

static int
compare_key(const void *a, const void *b)
{
	return strcmp(a, *(char *const *) b);
}

int
table_subject(const Asked *asked, uint64 row)
{
	char	   *key = sql_text_column(row, 1);
	char	   *const *found = bsearch(key, asked->keys, asked->n,
									   sizeof(char *), compare_key);

	if (found == NULL)
		elog(ERROR, "row of a subject that was not asked for");
	pfree(key);
	return found - asked->keys;
}

/*
 * Is it an error that the table's owner or a value can be the cause of?  A
 * cancel, a lock or a lack of memory is none.
 */
static bool
is_of_the_table(int sqlerrcode)
{
	static const int categories[] = {
		ERRCODE_DATA_EXCEPTION, ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION,
		ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION, ERRCODE_FEATURE_NOT_SUPPORTED,
		ERRCODE_EXTERNAL_ROUTINE_EXCEPTION, ERRCODE_SQL_ROUTINE_EXCEPTION,
		ERRCODE_PLPGSQL_ERROR, ERRCODE_PROGRAM_LIMIT_EXCEEDED
	};

	for (int i = 0; i < (int) lengthof(categories); i++)
	{
		if (ERRCODE_TO_CATEGORY(sqlerrcode) ==
			ERRCODE_TO_CATEGORY(categories[i]))
			return true;
	}
	return false;
}

bool
table_try(void (*work) (void *), void *argument)
{
	return sql_try(work, argument, is_of_the_table);
}

/* What read_rows() is given, and gives. */
typedef struct Reading
{
	const Binding *binding;
	const char *key_role;
	const char *const *roles;
	const char *condition;
	const Asked *asked;
	uint64		count;
} Reading;

static void
read_asked(void *argument)
{
	Reading    *reading = argument;

	reading->count = read_rows(reading->binding, reading->key_role,
							   reading->roles, reading->condition,
							   reading->asked);
}

bool
table_rows(const Binding *binding, const char *key_role,
		 const char *const *roles, const char *condition, const Asked *asked,
		 uint64 *count)
{
	Reading		reading = {binding, key_role, roles, condition, asked, 0};
	bool		done = table_try(read_asked, &reading);

	*count = reading.count;
	return done;
}

void
table_scan(const Binding *binding, const char *key_role,
		   const char *const *roles, const char *condition, TableTake take,
		   void *context)
{
	Oid			owner = sql_relation_owner(binding->relid);
	Oid			user;
	int			sec_context;
	StringInfoData query;
	SPIPlanPtr	plan;
	Portal		portal;

	initStringInfo(&query);
	appendStringInfo(&query, "SELECT (%s)::pg_catalog.text",
					 binding_column(binding, key_role));
	for (; *roles; roles++)
	{
		const char *column = binding_column(binding, *roles);

		appendStringInfo(&query, ", %s", column ? column : "NULL");
	}
	appendStringInfo(&query, " FROM %s%s t WHERE %s IS NOT NULL",
					 get_rel_relkind(binding->relid) == RELKIND_RELATION ?
					 "ONLY " : "",
					 sql_relation(binding->relid),
					 binding_column(binding, key_role));
	if (condition)
		appendStringInfo(&query, " AND (%s)", condition);

	GetUserIdAndSecContext(&user, &sec_context);
	SetUserIdAndSecContext(owner, sec_context | SECURITY_RESTRICTED_OPERATION);
	plan = SPI_prepare(query.data, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		SPITupleTable *rows;

		SetUserIdAndSecContext(owner, sec_context | SECURITY_RESTRICTED_OPERATION);
		SPI_cursor_fetch(portal, true, BATCH);
		SetUserIdAndSecContext(user, sec_context);
		if (SPI_processed == 0)
			break;
		rows = SPI_tuptable;
		take(binding, SPI_processed, context);
		SPI_freetuptable(rows);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
}
