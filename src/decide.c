/*
 * decide.c: the law as a function of SQL.
 *
 * It takes values only, reads no table and knows no clock: what a lawyer is
 * shown.  rules.c has the law itself.
 */
#include "compat.h"
#include "policy.h"
#include "reading.h"
#include "verdict.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static Reading
reading_of_range(Datum value, bool isnull)
{
	return isnull ? (Reading) {READING_MISSING, 0, 0} :
		reading_of_daterange(value);
}

/* Stays at schools of ISCED 1, 2 or 3, under the policy's number of years. */
static void
read_schooling(ArrayType *array, int open_school_years, Facts *facts)
{
	Oid			type = ARR_ELEMTYPE(array);
	int16		length;
	bool		byvalue;
	char		align;
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	Stay	   *stays;

	get_typlenbyvalalign(type, &length, &byvalue, &align);
	deconstruct_array(array, type, length, byvalue, align, &elements, &nulls, &n);
	stays = palloc(n * sizeof(Stay) + 1);
	for (int i = 0; i < n; i++)
	{
		HeapTupleHeader row;
		bool		isnull;
		Datum		value;
		Schooling	s;

		if (nulls[i])
			continue;
		row = DatumGetHeapTupleHeader(elements[i]);
		value = GetAttributeByName(row, "stage", &isnull);
		if (isnull || !range_overlaps_stages(value, 1, 3))
			continue;
		value = GetAttributeByName(row, "starts", &isnull);
		s.starts = reading_of_range(value, isnull);
		value = GetAttributeByName(row, "ends", &isnull);
		s.ends = reading_of_range(value, isnull);
		if (school_stay(&s, open_school_years, &stays[facts->nstays]))
			facts->nstays++;
		else
			facts->undated_school = true;
	}
	facts->stays = stays;
}

static Choice
choice_of_text(const char *choice)
{
	if (strcmp(choice, "grant") == 0)
		return CHOICE_GRANT;
	if (strcmp(choice, "object") == 0)
		return CHOICE_OBJECT;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown choice \"%s\"", choice),
			 errhint("A choice is \"grant\", \"object\" or null.")));
}

/* NULL stands for the stricter of two, so that nothing is decided by it. */
static bool
flag(FunctionCallInfo fcinfo, int n, bool strict)
{
	return PG_ARGISNULL(n) ? strict : PG_GETARG_BOOL(n);
}

PG_FUNCTION_INFO_V1(decide_sql);
Datum
decide_sql(PG_FUNCTION_ARGS)
{
	PolicyVersion version;
	Facts		facts = {0};

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the instant of a verdict must not be null")));

	facts.known = flag(fcinfo, 2, false);
	facts.choice = PG_ARGISNULL(3) ? CHOICE_NONE :
		choice_of_text(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	facts.hold = flag(fcinfo, 4, true);
	facts.notified_at = PG_ARGISNULL(5) ? INSTANT_END : PG_GETARG_TIMESTAMPTZ(5);
	facts.notice_over = facts.notified_at;
	facts.birth = reading_of_range(PG_ARGISNULL(6) ? (Datum) 0 :
								   PG_GETARG_DATUM(6), PG_ARGISNULL(6));
	facts.suppressed = flag(fcinfo, 8, true);
	facts.erased = flag(fcinfo, 9, true);
	facts.adopted = flag(fcinfo, 10, true);
	facts.setting_unreadable = flag(fcinfo, 11, true);
	if (!PG_ARGISNULL(0))
	{
		policy_from_row(PG_GETARG_HEAPTUPLEHEADER(0), &version);
		facts.policy = &version.rules;
		facts.notice_over = policy_notice_over(&version, facts.notified_at);
	}
	if (!PG_ARGISNULL(7))
		read_schooling(PG_GETARG_ARRAYTYPE_P(7),
					   facts.policy ? facts.policy->open_school_years :
					   OPEN_SCHOOL_YEARS, &facts);
	PG_RETURN_VERDICT(decide(&facts, PG_GETARG_TIMESTAMPTZ(1)));
}
