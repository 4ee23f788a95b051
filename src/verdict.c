/*
 * verdict.c: how does a verdict look in SQL?
 *
 * A set of reasons in four bytes, passed by value.  Its text form is the
 * reasons in their order, or the word eligible for none.
 */
#include "compat.h"
#include "verdict.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#define ALL_REASONS ((UINT32_C(1) << REASON_COUNT) - 1)
#define ELIGIBLE	"eligible"

/* The reason of that name, or 0. */
static Verdict
reason_by_name(const char *name, size_t length)
{
	for (int i = 0; i < REASON_COUNT; i++)
	{
		if (strlen(reason_names[i]) == length &&
			memcmp(reason_names[i], name, length) == 0)
			return UINT32_C(1) << i;
	}
	return 0;
}

static char *
verdict_text(Verdict verdict)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < REASON_COUNT; i++)
	{
		if (verdict & (UINT32_C(1) << i))
			appendStringInfo(&text, "%s%s", text.len > 0 ? "," : "",
							 reason_names[i]);
	}
	if (text.len == 0)
		appendStringInfoString(&text, ELIGIBLE);
	return text.data;
}

PG_FUNCTION_INFO_V1(verdict_in);
Datum
verdict_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Verdict		verdict = VERDICT_ELIGIBLE;

	if (strcmp(text, ELIGIBLE) == 0)
		PG_RETURN_VERDICT(VERDICT_ELIGIBLE);

	for (;;)
	{
		size_t		length = strcspn(text, ",");
		Verdict		reason = reason_by_name(text, length);

		if (reason == 0)
			soft_error(SOFT_ERROR_CONTEXT(fcinfo), (Datum) 0,
					   (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type %s",
							   "aiconsent.verdict"),
						errdetail("A verdict is \"%s\" or a list of reasons separated by commas.",
								  ELIGIBLE),
						errhint("The reasons are: %s.",
								verdict_text(ALL_REASONS))));
		verdict |= reason;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	PG_RETURN_VERDICT(verdict);
}

PG_FUNCTION_INFO_V1(verdict_out);
Datum
verdict_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(verdict_text(PG_GETARG_VERDICT(0)));
}

PG_FUNCTION_INFO_V1(verdict_recv);
Datum
verdict_recv(PG_FUNCTION_ARGS)
{
	Verdict		verdict = pq_getmsgint((StringInfo) PG_GETARG_POINTER(0), 4);

	if (verdict & ~ALL_REASONS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary representation of type %s",
						"aiconsent.verdict"),
				 errdetail("It has reasons that are not defined.")));
	PG_RETURN_VERDICT(verdict);
}

PG_FUNCTION_INFO_V1(verdict_send);
Datum
verdict_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, PG_GETARG_VERDICT(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(verdict_union);
Datum
verdict_union(PG_FUNCTION_ARGS)
{
	PG_RETURN_VERDICT(PG_GETARG_VERDICT(0) | PG_GETARG_VERDICT(1));
}

PG_FUNCTION_INFO_V1(verdict_has);
Datum
verdict_has(PG_FUNCTION_ARGS)
{
	Verdict		sought = PG_GETARG_VERDICT(1);

	PG_RETURN_BOOL((PG_GETARG_VERDICT(0) & sought) == sought);
}

PG_FUNCTION_INFO_V1(verdict_is_eligible);
Datum
verdict_is_eligible(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_VERDICT(0) == VERDICT_ELIGIBLE);
}

/* A total order for sorting only: no verdict is worse than another. */
static int
compare(Verdict a, Verdict b)
{
	return a < b ? -1 : a > b;
}

PG_FUNCTION_INFO_V1(verdict_cmp);
Datum
verdict_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(PG_GETARG_VERDICT(0), PG_GETARG_VERDICT(1)));
}

#define COMPARISON(name, op) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(compare(PG_GETARG_VERDICT(0), PG_GETARG_VERDICT(1)) op 0); \
} \
extern Datum name(PG_FUNCTION_ARGS)

COMPARISON(verdict_eq, ==);
COMPARISON(verdict_ne, !=);
COMPARISON(verdict_lt, <);
COMPARISON(verdict_le, <=);
COMPARISON(verdict_gt, >);
COMPARISON(verdict_ge, >=);

PG_FUNCTION_INFO_V1(verdict_hash);
Datum
verdict_hash(PG_FUNCTION_ARGS)
{
	return hash_uint32(PG_GETARG_VERDICT(0));
}

PG_FUNCTION_INFO_V1(verdict_hash_extended);
Datum
verdict_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_uint32_extended(PG_GETARG_VERDICT(0), PG_GETARG_INT64(1));
}
