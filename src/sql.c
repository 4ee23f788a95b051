/*
 * sql.c: as whom, and with which search_path, does our own SQL run?
 *
 * The functions that declare, record and publish write tables that their
 * callers have no right on.  They are not SECURITY DEFINER, because they must
 * know who calls them; they check the caller first and enter a scope then,
 * as the server does for foreign keys.
 */
#include "sql.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* Of the innermost scope; stale outside of one, where nothing reads it. */
static bool scope_read_only = false;

Oid
sql_schema(void)
{
	return get_namespace_oid(SCHEMA_NAME, false);
}

Oid
sql_table(const char *name)
{
	return get_relname_relid(name, sql_schema());
}

bool
sql_is_empty(const char *table)
{
	Relation	relation = table_open(sql_table(table), AccessShareLock);
	bool		empty = RelationGetNumberOfBlocks(relation) == 0;

	table_close(relation, NoLock);
	return empty;
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

static void
set_option(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
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
	set_option("search_path", "pg_catalog, pg_temp");

	/*
	 * To compile costs more than our queries take.  They look up by key, and
	 * their plans are kept, perhaps since the tables were empty: a scan of all
	 * was cheaper then.
	 */
	set_option("jit", "off");
	set_option("enable_seqscan", "off");
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
	AtEOXact_GUC(false, scope->guc_level);
	SetUserIdAndSecContext(scope->saved_user, scope->saved_context);
}

/* ------------------------------------------------------------------------
 * Plans, kept for the session
 * ------------------------------------------------------------------------
 */

/*
 * The same few commands run at every change of somebody's standing, and to
 * plan them costs more than to run them: one plan for all values.  Found by
 * the command's hash; the server plans anew what a change of a table makes
 * stale.
 */
typedef struct KeptPlan
{
	uint64		hash;
	Oid			role;			/* as whom it is run */
	char	   *command;
	int			nargs;
	Oid		   *types;
	SPIPlanPtr	plan;
} KeptPlan;

#define MOST_KEPT_PLANS 200

static HTAB *kept_plans = NULL;

static bool
is_plan_for(const KeptPlan *kept, Oid role, const char *command, int nargs,
			const Oid *types)
{
	return kept->plan && kept->role == role && kept->nargs == nargs &&
		strcmp(kept->command, command) == 0 &&
		(nargs == 0 ||
		 memcmp(kept->types, types, nargs * sizeof(Oid)) == 0);
}

static void
forget_plan(KeptPlan *kept)
{
	if (kept->plan == NULL)
		return;
	SPI_freeplan(kept->plan);
	kept->plan = NULL;
	pfree(kept->command);
	pfree(kept->types);
}

static SPIPlanPtr
prepare(const char *command, int nargs, Oid *types)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(command, nargs, types,
											  CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	return plan;
}

/* A plan of this call's own, where there are too many to keep. */
static SPIPlanPtr
plan_for(Oid role, const char *command, int nargs, Oid *types)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) command,
										   strlen(command), role);
	bool		found;
	KeptPlan   *kept;
	SPIPlanPtr	plan;

	if (kept_plans == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(uint64),
		.entrysize = sizeof(KeptPlan)};

		kept_plans = hash_create("aiconsent plans", 64, &control,
								 HASH_ELEM | HASH_BLOBS);
	}
	kept = hash_search(kept_plans, &hash, HASH_FIND, &found);
	if (found && is_plan_for(kept, role, command, nargs, types))
		return kept->plan;

	plan = prepare(command, nargs, types);
	if (!found && hash_get_num_entries(kept_plans) >= MOST_KEPT_PLANS)
		return plan;
	if (!found)
	{
		kept = hash_search(kept_plans, &hash, HASH_ENTER, NULL);
		kept->plan = NULL;
	}
	forget_plan(kept);
	kept->role = role;
	kept->command = MemoryContextStrdup(TopMemoryContext, command);
	kept->nargs = nargs;
	kept->types = MemoryContextAlloc(TopMemoryContext, nargs * sizeof(Oid) + 1);
	memcpy(kept->types, types, nargs * sizeof(Oid));
	SPI_keepplan(plan);
	kept->plan = plan;
	return plan;
}

static uint64
run_plan(Oid role, const char *command, int nargs, Oid *types, Datum *values,
		 const char *nulls)
{
	int			code = SPI_execute_plan(plan_for(role, command, nargs, types),
										values, nulls, scope_read_only, 0);

	if (code < 0)
		elog(ERROR, "SPI_execute_plan failed: %s",
			 SPI_result_code_string(code));
	return SPI_processed;
}

uint64
sql_run(const char *command, int nargs, Oid *types, Datum *values,
		const char *nulls)
{
	return run_plan(InvalidOid, command, nargs, types, values, nulls);
}

uint64
sql_run_now(const char *command)
{
	bool		read_only = scope_read_only;
	uint64		count;

	PushActiveSnapshot(GetNonHistoricCatalogSnapshot(sql_table("policy")));
	scope_read_only = true;
	count = sql_run(command, 0, NULL, NULL, NULL);
	scope_read_only = read_only;
	PopActiveSnapshot();
	return count;
}

uint64
sql_run_committed(const char *command, int nargs, Oid *types, Datum *values,
				  const char *nulls)
{
	uint64		count;

	if (scope_read_only || !IsolationUsesXactSnapshot())
		return sql_run(command, nargs, types, values, nulls);
	PushActiveSnapshot(GetLatestSnapshot());
	scope_read_only = true;
	count = sql_run(command, nargs, types, values, nulls);
	scope_read_only = false;
	PopActiveSnapshot();
	return count;
}

SqlRestriction
sql_restrict(Oid role)
{
	SqlRestriction restriction;

	restriction.guc_level = NewGUCNestLevel();
	GetUserIdAndSecContext(&restriction.saved_user, &restriction.saved_context);
	SetUserIdAndSecContext(role, restriction.saved_context |
						   SECURITY_RESTRICTED_OPERATION);
	return restriction;
}

/* The false undoes what was set meanwhile. */
void
sql_unrestrict(const SqlRestriction *restriction)
{
	AtEOXact_GUC(false, restriction->guc_level);
	SetUserIdAndSecContext(restriction->saved_user, restriction->saved_context);
}

/*
 * To read a table can run its owner's code, for one an expression of an index
 * when the query is planned.
 */
uint64
sql_run_as(Oid role, const char *command, int nargs, Oid *types, Datum *values,
		   const char *nulls, bool few)
{
	SqlRestriction restriction = sql_restrict(role);
	uint64		count;

	if (few)
		count = run_plan(role, command, nargs, types, values, nulls);
	else
	{
		int			code;

		/* To send thousands of keys to other processes costs too much. */
		set_option("enable_seqscan", "on");
		set_option("max_parallel_workers_per_gather", "0");
		code = SPI_execute_with_args(command, nargs, types, values, nulls,
									 scope_read_only, 0);
		if (code < 0)
			elog(ERROR, "SPI_execute_with_args failed: %s",
				 SPI_result_code_string(code));
		count = SPI_processed;
	}
	sql_unrestrict(&restriction);
	return count;
}

uint64
sql_runf(const char *format,...)
{
	StringInfoData command;
	int			code;

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
	code = SPI_execute(command.data, scope_read_only, 0);
	if (code < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(code));
	return SPI_processed;
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
	return quote_qualified_identifier(get_namespace_name_or_temp(get_rel_namespace(relid)),
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

Datum
sql_text_array(char *const *texts, int n)
{
	Datum	   *elements = palloc(n * sizeof(Datum) + 1);

	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(texts[i]);
	return PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

char *
sql_text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

bool
sql_try(void (*work) (void *), void *argument,
		bool (*is_theirs) (int sqlerrcode))
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool		read_only = scope_read_only;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(argument);
		ReleaseCurrentSubTransaction();
		done = true;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		scope_read_only = read_only;
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (!is_theirs(error->sqlerrcode))
			ReThrowError(error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return done;
}
