/*
 * eligible.c: may this subject's data be used now?
 *
 * What the training views ask for every row, as the reader, who has no right
 * on our tables.
 */
#include "compat.h"
#include "registry.h"
#include "window.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The first argument as the key type has it; NULL for any other type. */
static const KeyType *
subject_argument(FunctionCallInfo fcinfo, Datum *subject)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);

	*subject = PG_GETARG_DATUM(0);
	if (type == INT4OID)
		*subject = Int64GetDatum(PG_GETARG_INT32(0));
	else if (type == TEXTOID)
		*subject = PointerGetDatum(PG_GETARG_TEXT_PP(0));
	return key_type_of(type);
}

static bool
answer(FunctionCallInfo fcinfo, bool only_explicit)
{
	const KeyType *type;
	Datum		subject;
	Window		window;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	type = subject_argument(fcinfo, &subject);
	if (type == NULL ||
		!window_find(fcinfo->flinfo, type, subject, PG_GETARG_TEXT_PP(1), &window))
		return false;
	if (only_explicit && !window.is_explicit)
		return false;

	/*
	 * A row that has no time, or lies before the horizon, stays out.
	 * Infinity is no time at which anything was written.
	 */
	if (PG_NARGS() > 2 && window.content_from != DT_NOBEGIN)
		return !PG_ARGISNULL(2) &&
			!TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(2)) &&
			PG_GETARG_TIMESTAMPTZ(2) >= window.content_from;
	return true;
}

PG_FUNCTION_INFO_V1(eligible);
Datum
eligible(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(answer(fcinfo, false));
}

PG_FUNCTION_INFO_V1(granted);
Datum
granted(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(answer(fcinfo, true));
}
