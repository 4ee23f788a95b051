/*
 * eligible.c: may this subject's data be used now?
 *
 * What the training views ask for every row, as the reader, who has no right
 * on our tables.
 */
#include "compat.h"
#include "window.h"

#include "utils/timestamp.h"

static pg_attribute_always_inline bool
answer(FunctionCallInfo fcinfo, bool only_explicit)
{
	Window		window;
	bool		is_in;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	window = window_find(fcinfo->flinfo, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
	is_in = window.is_eligible & (window.is_explicit | !only_explicit);

	/*
	 * A row that has no time, or lies before the horizon, stays out.
	 * Infinity is no time at which anything was written.
	 */
	if (PG_NARGS() > 2 && window.content_from != DT_NOBEGIN)
		return is_in & !PG_ARGISNULL(2) &&
			!TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(2)) &&
			PG_GETARG_TIMESTAMPTZ(2) >= window.content_from;
	return is_in;
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
