/*
 * policy.c: what may a purpose use, from when, on what basis?
 */
#include "compat.h"
#include "kept.h"
#include "policy.h"
#include "sensitivity.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
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

	version->nregions = 0;
	version->regions = NULL;

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

Instant
policy_notice(const PolicyVersion *version, const Instant *notices,
			  int nnotices)
{
	Instant		first = INSTANT_END;

	for (int i = 0; i < nnotices; i++)
	{
		if (notices[i] >= version->rules.announced_at && notices[i] < first)
			first = notices[i];
	}
	return first;
}

/* ------------------------------------------------------------------------
 * Lines: which versions hold for a region
 * ------------------------------------------------------------------------
 */

static bool
names_region(const PolicyVersion *version, const char *region)
{
	for (int i = 0; i < version->nregions; i++)
	{
		if (strcmp(version->regions[i], region) == 0)
			return true;
	}
	return false;
}

static void
add_line(Purpose *purpose, const char *region)
{
	PolicyLine *line = &purpose->lines[purpose->nlines++];

	line->region = region;
	line->nversions = 0;
	line->versions = palloc(purpose->nversions * sizeof(PolicyVersion *));
	for (int v = 0; v < purpose->nversions; v++)
	{
		const PolicyVersion *version = &purpose->versions[v];

		if (region[0] == '\0' ? version->nregions == 0 :
			names_region(version, region))
			line->versions[line->nversions++] = version;
	}
}

static bool
has_line(const Purpose *purpose, const char *region)
{
	for (int i = 0; i < purpose->nlines; i++)
	{
		if (strcmp(purpose->lines[i].region, region) == 0)
			return true;
	}
	return false;
}

static void
add_lines(Purpose *purpose)
{
	int			most = 1;

	for (int v = 0; v < purpose->nversions; v++)
		most += purpose->versions[v].nregions;
	purpose->lines = palloc(most * sizeof(PolicyLine));
	purpose->nlines = 0;
	add_line(purpose, "");
	for (int v = 0; v < purpose->nversions; v++)
	{
		for (int r = 0; r < purpose->versions[v].nregions; r++)
		{
			if (!has_line(purpose, purpose->versions[v].regions[r]))
				add_line(purpose, purpose->versions[v].regions[r]);
		}
	}
}

const PolicyLine *
policy_line(const Purpose *purpose, const char *region)
{
	const PolicyLine *line = purpose->lines;

	for (int i = 1; i < purpose->nlines; i++)
	{
		if (strcmp(purpose->lines[i].region, region) == 0)
			line = &purpose->lines[i];
	}
	return line->nversions > 0 ? line : NULL;
}

const PolicyVersion *
policy_at(const PolicyLine *line, Instant at)
{
	Instant		first = line->versions[0]->rules.effective_at;
	const PolicyVersion *current = line->versions[0];

	for (int i = 1; i < line->nversions; i++)
	{
		Instant		effective_at = line->versions[i]->rules.effective_at;

		if (effective_at <= at || effective_at == first)
			current = line->versions[i];
	}
	return current;
}

/* ------------------------------------------------------------------------
 * Loading, and keeping for the session what no change has made stale
 * ------------------------------------------------------------------------
 */

static Kept kept;
static Purpose *kept_purposes;
static int	nkept;

static void
read_regions(PolicyVersion *version, Datum array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &n);
	version->regions = palloc(n * sizeof(RegionCode) + 1);
	version->nregions = 0;
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i] &&
			region_read(VARDATA_ANY(DatumGetTextPP(elements[i])),
						VARSIZE_ANY_EXHDR(DatumGetTextPP(elements[i])),
						version->regions[version->nregions]))
			version->nregions++;
	}
}

/* The rows of the query below, in the current context. */
static void
read_purposes(uint64 count)
{
	kept_purposes = palloc(count * sizeof(Purpose) + 1);
	nkept = 0;
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		int16		id = DatumGetInt16(sql_column(row, 1, &isnull));
		PolicyVersion *version;
		Purpose    *purpose;
		Datum		regions;

		if (nkept == 0 || kept_purposes[nkept - 1].id != id)
		{
			purpose = &kept_purposes[nkept++];
			purpose->id = id;
			purpose->name = pstrdup(sql_text_column(row, 2));
			purpose->adopted_at =
				DatumGetTimestampTz(sql_column(row, 5, &isnull));
			purpose->nversions = 0;
			purpose->versions = palloc((count - row) * sizeof(PolicyVersion));
		}
		purpose = &kept_purposes[nkept - 1];
		version = &purpose->versions[purpose->nversions++];
		policy_from_row(DatumGetHeapTupleHeader(sql_column(row, 3, &isnull)),
						version);
		regions = sql_column(row, 4, &isnull);
		if (!isnull)
			read_regions(version, regions);
	}
	for (int i = 0; i < nkept; i++)
		add_lines(&kept_purposes[i]);
}

static void
load_purposes(void)
{
	MemoryContext caller;
	SqlScope	scope = sql_begin_read(sql_owner());
	uint64		count;

	kept_begin(&kept);
	PG_TRY();
	{
		kept_rests_on(&kept, sql_table("policy"));
		kept_rests_on(&kept, sql_table("purpose"));
		count = sql_run_now("SELECT u.id, u.name, p, p.regions,"
							"  pg_catalog.min(p.adopted_at) OVER (PARTITION BY u.id)"
							" FROM aiconsent.policy p"
							" JOIN aiconsent.purpose u ON u.name = p.purpose"
							" ORDER BY u.id, p.effective_at, p.id");
		caller = MemoryContextSwitchTo(kept.context);
		read_purposes(count);
		MemoryContextSwitchTo(caller);
	}
	PG_CATCH();
	{
		kept.valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	sql_end(&scope);
}

int
policy_purposes(const Purpose **purposes)
{
	if (!kept.valid)
		load_purposes();
	*purposes = kept_purposes;
	return nkept;
}

void
policy_init(void)
{
	kept_register(&kept, "policies");
}

bool
policy_clearance(const char *purpose, Label *clearance)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};
	uint64		count;

	count = sql_run("SELECT c.clearance FROM aiconsent.clearance c"
					" WHERE c.purpose = $1 AND NOT EXISTS ("
					"  SELECT FROM aiconsent.clearance n"
					"  WHERE n.purpose = c.purpose"
					"   AND n.effective_at <= pg_catalog.clock_timestamp()"
					"   AND (n.effective_at, n.id) > (c.effective_at, c.id))",
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
