/*
 * sql.c: as whom, and with which search_path, does our own SQL run?
 *
 * The functions that declare, record and publish write tables that their
 * callers have no right on.  They are not SECURITY DEFINER, because they must
 * know who calls them; they check the caller first and enter a scope then,
 * as the server does for foreign keys.
 */
#include "sql.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Of the innermost scope; stale outside of one, where nothing reads it. */
static bool scope_read_only = false;

Oid
sql_schema(void)
{
	return get_namespace_oid(SCHEMA_NAME, false);
}

Oid
sql_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID,
										ObjectIdGetDatum(sql_schema()));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema %s", SCHEMA_NAME);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * SECURITY_NOFORCE_RLS: a table's owner sees all its rows, as a foreign key
 * does, or a forced policy could hide the row that makes somebody a minor.
 */
static SqlScope
begin(Oid role, bool read_only)
{
	SqlScope	scope;

	scope.saved_read_only = scope_read_only;
	scope_read_only = read_only;
	GetUserIdAndSecContext(&scope.saved_user, &scope.saved_context);
	scope.guc_level = NewGUCNestLevel();
	SetUserIdAndSecContext(role, scope.saved_context |
						   SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	return scope;
}

SqlScope
sql_begin(Oid role)
{
	return begin(role, false);
}

SqlScope
sql_begin_read(Oid role)
{
	return begin(role, true);
}

void
sql_end(SqlScope *scope)
{
	scope_read_only = scope->saved_read_only;
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	AtEOXact_GUC(true, scope->guc_level);
	SetUserIdAndSecContext(scope->saved_user, scope->saved_context);
}

uint64
sql_run(const char *command, int nargs, Oid *types, Datum *values,
		const char *nulls)
{
	int			code = SPI_execute_with_args(command, nargs, types, values,
											 nulls, scope_read_only, 0);

	if (code < 0)
		elog(ERROR, "SPI_execute_with_args failed: %s",
			 SPI_result_code_string(code));
	return SPI_processed;
}

uint64
sql_run_as(Oid role, const char *command, int nargs, Oid *types, Datum *values,
		   const char *nulls)
{
	Oid			user;
	int			context;
	uint64		count;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(role, context);
	count = sql_run(command, nargs, types, values, nulls);
	SetUserIdAndSecContext(user, context);
	return count;
}

uint64
sql_runf(const char *format,...)
{
	StringInfoData command;

	initStringInfo(&command);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&command, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&command, needed);
	}
	return sql_run(command.data, 0, NULL, NULL, NULL);
}

Datum
sql_column(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}

char *
sql_text_column(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						column);
}

char *
sql_relation(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  name);
}

Oid
sql_relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

char *
sql_output(Datum value, Oid type)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}
