/*
 * policy.c: what may a purpose use, from when, on what basis?
 */
#include "compat.h"
#include "policy.h"
#include "sensitivity.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* A column of the row that cannot be NULL, unless an absent is given. */
static Datum
column(HeapTupleHeader row, const char *name, Datum absent)
{
	bool		isnull;
	Datum		value = GetAttributeByName(row, name, &isnull);

	return isnull ? absent : value;
}

static Basis
basis_of_text(const char *basis)
{
	if (strcmp(basis, "opt_out") == 0)
		return BASIS_OPT_OUT;
	if (strcmp(basis, "opt_in") == 0)
		return BASIS_OPT_IN;
	return BASIS_FORBIDDEN;
}

void
policy_from_row(HeapTupleHeader row, PolicyVersion *version)
{
	Policy	   *p = &version->rules;
	Datum		forbidden = CStringGetTextDatum("forbidden");
	Datum		out = CStringGetTextDatum("out");
	Interval	none = {0};

	/* A row made by hand can have any column NULL: the strictest reading. */
	p->basis = basis_of_text(TextDatumGetCString(column(row, "basis", forbidden)));
	p->effective_at = DatumGetTimestampTz(column(row, "effective_at",
												 TimestampTzGetDatum(INSTANT_END)));
	p->announced_at = DatumGetTimestampTz(column(row, "announced_at",
												 TimestampTzGetDatum(INSTANT_END)));
	p->notice_required = DatumGetBool(column(row, "notice_required",
											 BoolGetDatum(true)));
	p->data_from = DatumGetTimestampTz(column(row, "data_from",
											  TimestampTzGetDatum(INSTANT_BEGIN)));
	p->adult_age = DatumGetInt32(column(row, "adult_age", Int32GetDatum(18)));
	p->birth_required = DatumGetBool(column(row, "birth_required",
											BoolGetDatum(true)));
	p->open_school_years = DatumGetInt32(column(row, "open_school_years",
												Int32GetDatum(8)));
	p->undated_school = DatumGetBool(column(row, "undated_school",
											BoolGetDatum(true)));
	p->minor_content_out = strcmp(TextDatumGetCString(column(row, "minor_content", out)),
								  "in") != 0;
	version->notice_period = *DatumGetIntervalP(column(row, "notice_period",
													   IntervalPGetDatum(&none)));
}

/* The session's time zone must not move the end: added without one, in UTC. */
Instant
policy_notice_over(const PolicyVersion *version, Instant notified_at)
{
	if (notified_at == INSTANT_END)
		return INSTANT_END;
	return DatumGetTimestamp(DirectFunctionCall2(timestamp_pl_interval,
												 TimestampGetDatum(notified_at),
												 IntervalPGetDatum(&version->notice_period)));
}

int
policy_load(Purpose **purposes, MemoryContext context)
{
	uint64		count = sql_run("SELECT u.id, u.name, p"
								" FROM aiconsent.policy p"
								" JOIN aiconsent.purpose u ON u.name = p.purpose"
								" ORDER BY u.id, p.effective_at, p.id",
								0, NULL, NULL, NULL);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Purpose    *found = palloc(count * sizeof(Purpose) + 1);
	int			n = 0;

	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		int16		id = DatumGetInt16(sql_column(row, 1, &isnull));
		Purpose    *purpose;

		if (n == 0 || found[n - 1].id != id)
		{
			purpose = &found[n++];
			purpose->id = id;
			purpose->name = pstrdup(sql_text_column(row, 2));
			purpose->nversions = 0;
			purpose->versions = palloc((count - row) * sizeof(PolicyVersion));
		}
		purpose = &found[n - 1];
		policy_from_row(DatumGetHeapTupleHeader(sql_column(row, 3, &isnull)),
						&purpose->versions[purpose->nversions++]);
	}
	MemoryContextSwitchTo(caller);
	*purposes = found;
	return n;
}

const PolicyVersion *
policy_at(const Purpose *purpose, Instant at)
{
	const PolicyVersion *current = &purpose->versions[0];

	for (int i = 1; i < purpose->nversions; i++)
	{
		if (purpose->versions[i].rules.effective_at <= at)
			current = &purpose->versions[i];
	}
	return current;
}

bool
policy_clearance(const char *purpose, Label *clearance)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};
	uint64		count;

	count = sql_run("SELECT p.clearance FROM aiconsent.policy p"
					" WHERE p.purpose = $1 AND NOT EXISTS ("
					"  SELECT FROM aiconsent.policy n"
					"  WHERE n.purpose = p.purpose"
					"   AND n.effective_at <= pg_catalog.clock_timestamp()"
					"   AND (n.effective_at, n.id) > (p.effective_at, p.id))",
					1, types, values, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Label		version;
		Label		meet;

		sensitivity_unpack(sql_column(row, 1, &isnull), &version);
		if (row == 0)
			*clearance = version;
		else
		{
			if (!label_meet(clearance, &version, &meet))
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("too many categories in the clearance of purpose \"%s\"",
								purpose),
						 errdetail("A sensitivity has at most %d categories.",
								   LABEL_MAX_CATEGORIES)));
			*clearance = meet;
		}
	}
	return count > 0;
}

void
require_purpose(const char *purpose)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};

	if (sql_run("SELECT FROM aiconsent.policy WHERE purpose = $1 LIMIT 1",
				1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("no policy is adopted for purpose \"%s\"", purpose),
				 errhint("Adopt one: SELECT aiconsent.adopt_policy(%s);",
						 quote_literal_cstr(purpose))));
}
