/*
 * estimate.c: how many rows does the planner expect to be eligible?
 *
 * As many as the share of subjects who are.  It goes by the server's own
 * statistics of what eligible() reads, which ANALYZE keeps; what is not known
 * is left to the server's default.
 *
 * The cost is that of a call when all windows are known, by COST in
 * sql/35_eligible.sql.  What it takes to come to know them is not told: a
 * startup cost would be charged again for every rescan, while it is paid once
 * for a query, and only where enough subjects are asked for.
 */
#include "compat.h"
#include "registry.h"
#include "sql.h"
#include "window.h"
#include "window_read.h"

#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

/* As last counted; negative: never. */
static double
count_rows(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		rows = -1;

	if (HeapTupleIsValid(tuple))
	{
		rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return rows;
}

/* The share of a table's rows that have the value in the column. */
static bool
share_of(Oid relid, AttrNumber attno, Datum value, double *share)
{
	HeapTuple	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid),
										Int16GetDatum(attno), BoolGetDatum(false));
	AttStatsSlot slot;
	bool		known;

	if (!HeapTupleIsValid(tuple))
		return false;
	known = get_attstatsslot(&slot, tuple, STATISTIC_KIND_MCV, InvalidOid,
							 ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS);
	if (known)
	{
		*share = 0;
		for (int i = 0; i < slot.nvalues; i++)
		{
			if (slot.values[i] == value)
				*share = slot.numbers[i];
		}
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return known;
}

/* The share of subjects who are eligible for the purpose. */
static bool
estimate(Node *subject, Node *purpose, bool only_explicit, double *share)
{
	const KeyType *type = key_type_of(exprType(subject));
	double		subjects = count_rows(sql_table("head"));
	double		windows;
	double		of_purpose = 1;
	double		of_explicit = 1;
	int16		purpose_id;
	Oid			standing;

	if (!IsA(purpose, Const) || ((Const *) purpose)->constisnull ||
		!ActiveSnapshotSet())
		return false;
	if (type == NULL ||
		!window_find_purpose(DatumGetTextPP(((Const *) purpose)->constvalue),
							 &purpose_id))
	{
		*share = 0;				/* nobody */
		return true;
	}
	standing = sql_table(type->standing);
	windows = count_rows(standing);
	if (subjects <= 0 || windows < 0 ||
		(windows > 0 && !share_of(standing, WINDOW_PURPOSE,
								  Int16GetDatum(purpose_id), &of_purpose)) ||
		(windows > 0 && only_explicit &&
		 !share_of(standing, WINDOW_EXPLICIT, BoolGetDatum(true), &of_explicit)))
		return false;
	*share = windows * of_purpose * of_explicit / subjects;
	CLAMP_PROBABILITY(*share);
	return true;
}

static Node *
answer(Node *request, bool only_explicit)
{
	SupportRequestSelectivity *selectivity;
	double		share;

	if (!IsA(request, SupportRequestSelectivity))
		return NULL;
	selectivity = (SupportRequestSelectivity *) request;
	if (!estimate(linitial(selectivity->args), lsecond(selectivity->args),
				  only_explicit, &share))
		return NULL;
	selectivity->selectivity = share;
	return request;
}

PG_FUNCTION_INFO_V1(eligible_support);
Datum
eligible_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(answer((Node *) PG_GETARG_POINTER(0), false));
}

PG_FUNCTION_INFO_V1(granted_support);
Datum
granted_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(answer((Node *) PG_GETARG_POINTER(0), true));
}
