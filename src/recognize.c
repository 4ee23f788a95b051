/*
 * recognize.c: what do recognizers find in a text?
 *
 * They are called as whoever reads, in a subtransaction, so that an error of
 * theirs, whose words could have the text in it, is known to nobody: the value
 * is withheld, that is all.
 */
#include "compat.h"
#include "recognize.h"
#include "sql.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define MOST_SPANS 10000
#define LONGEST_CLASS 31

typedef struct KeptPlan
{
	Oid			function;
	SPIPlanPtr	plan;			/* NULL: not made yet */
} KeptPlan;

struct Recognition
{
	ArrayType  *functions;
	int			n;
	KeptPlan   *plans;
	MemoryContextCallback free_plans;
};

static void
free_plans(void *arg)
{
	Recognition *recognition = arg;

	for (int i = 0; i < recognition->n; i++)
	{
		if (recognition->plans[i].plan)
			SPI_freeplan(recognition->plans[i].plan);
	}
}

static void
require_execute(Oid function)
{
	AclResult	result = function_may_execute(function, GetUserId());

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
}

Recognition *
recognition_begin(MemoryContext context, ArrayType *functions)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	Recognition *recognition = palloc0(sizeof(Recognition));
	Datum	   *elements;
	bool	   *nulls;

	recognition->functions = (ArrayType *)
		datumCopy(PointerGetDatum(functions), false, -1);
	deconstruct_array(recognition->functions, REGPROCEDUREOID, sizeof(Oid),
					  true, TYPALIGN_INT, &elements, &nulls, &recognition->n);
	recognition->plans = palloc0(recognition->n * sizeof(KeptPlan) + 1);
	for (int i = 0; i < recognition->n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a recognizer must not be null")));
		recognition->plans[i].function = DatumGetObjectId(elements[i]);
		require_execute(recognition->plans[i].function);
	}
	recognition->free_plans.func = free_plans;
	recognition->free_plans.arg = recognition;
	MemoryContextRegisterResetCallback(context, &recognition->free_plans);
	MemoryContextSwitchTo(caller);
	return recognition;
}

bool
recognition_is_of(const Recognition *recognition, const ArrayType *functions)
{
	return VARSIZE_ANY(recognition->functions) == VARSIZE_ANY(functions) &&
		memcmp(recognition->functions, functions, VARSIZE_ANY(functions)) == 0;
}

/*
 * The reader needs the right to execute the function, and not to look its name
 * up, as is so for all that a view calls: so it is looked up as ourselves, and
 * planned and executed as the reader.
 */
static SPIPlanPtr
make_plan(Oid function)
{
	Oid			types[] = {TEXTOID};
	Oid			user;
	int			context;
	char	   *schema = get_namespace_name(get_func_namespace(function));
	char	   *name = get_func_name(function);
	SPIPlanPtr	plan;

	if (schema == NULL || name == NULL)
		elog(ERROR, "cache lookup failed for function %u", function);
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(sql_owner(), context | SECURITY_LOCAL_USERID_CHANGE);
	plan = SPI_prepare(psprintf("SELECT * FROM %s($1)",
								quote_qualified_identifier(schema, name)),
					   1, types);
	SetUserIdAndSecContext(user, context);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	return plan;
}

static bool
is_class(const char *class)
{
	size_t		length = strspn(class, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return length > 0 && class[length] == '\0' && length <= LONGEST_CLASS &&
		class[0] >= 'A' && class[0] <= 'Z';
}

/* What is put together of one text. */
typedef struct Work
{
	Recognition *recognition;
	text	   *value;
	MemoryContext context;		/* of what is found */
	Recognized *found;
	int			nfound;
	bool		good;
} Work;

static bool
take_row(Work *work, uint64 row)
{
	Recognized *one = &work->found[work->nfound];
	char	   *class = sql_text_column(row, 1);
	bool		no_start;
	bool		no_length;

	one->start = DatumGetInt32(sql_column(row, 2, &no_start));
	one->length = DatumGetInt32(sql_column(row, 3, &no_length));
	if (class == NULL || no_start || no_length || !is_class(class) ||
		work->nfound == MOST_SPANS)
		return false;
	one->class = MemoryContextStrdup(work->context, class);
	work->nfound++;
	return true;
}

static bool
ask(Work *work, KeptPlan *plan)
{
	Datum		values[] = {PointerGetDatum(work->value)};
	int			result;

	if (plan->plan == NULL)
		plan->plan = make_plan(plan->function);
	result = SPI_execute_plan(plan->plan, values, NULL, true, MOST_SPANS + 1);
	if (result != SPI_OK_SELECT || SPI_tuptable->tupdesc->natts != 3 ||
		SPI_gettypeid(SPI_tuptable->tupdesc, 1) != TEXTOID ||
		SPI_gettypeid(SPI_tuptable->tupdesc, 2) != INT4OID ||
		SPI_gettypeid(SPI_tuptable->tupdesc, 3) != INT4OID)
		return false;
	work->found = work->found ?
		repalloc(work->found, (work->nfound + SPI_processed + 1) *
				 sizeof(Recognized)) :
		MemoryContextAlloc(work->context, (SPI_processed + 1) *
						   sizeof(Recognized));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		if (!take_row(work, row))
			return false;
	}
	return true;
}

static void
ask_all(void *argument)
{
	Work	   *work = argument;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	work->good = true;
	for (int i = 0; i < work->recognition->n && work->good; i++)
		work->good = ask(work, &work->recognition->plans[i]);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/* Not a cancel, a lack of memory or a lost race, which are the session's. */
static bool
is_the_recognizers(int sqlerrcode)
{
	int			category = ERRCODE_TO_CATEGORY(sqlerrcode);

	return category != ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR);
}

bool
recognize(Recognition *recognition, text *value, Recognized **found,
		  int *nfound)
{
	Work		work = {
		recognition, value, CurrentMemoryContext, NULL, 0, false
	};

	if (!sql_try(ask_all, &work, is_the_recognizers))
		return false;
	*found = work.found;
	*nfound = work.nfound;
	return work.good;
}
