/*
 * adopt.c: how does a policy come into force?
 */
#include "compat.h"
#include "region.h"
#include "registry.h"
#include "sensitivity.h"
#include "sql.h"
#include "standing.h"
#include "withdraw.h"

#include "catalog/pg_type.h"
#include "lib/qunique.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* The arguments of adopt_policy(), in their order. */
enum
{
	ARG_PURPOSE,
	ARG_EFFECTIVE_AT,
	ARG_BASIS,
	ARG_ANNOUNCED_AT,
	ARG_NOTICE_REQUIRED,
	ARG_NOTICE_PERIOD,
	ARG_DATA_FROM,
	ARG_ADULT_AGE,
	ARG_BIRTH_REQUIRED,
	ARG_OPEN_SCHOOL_YEARS,
	ARG_UNDATED_SCHOOL,
	ARG_MINOR_CONTENT,
	ARG_CLEARANCE,
	ARG_REASON,
	ARG_REGIONS,
	NARGS
};

static void
check_purpose_name(const char *purpose)
{
	size_t		length = strspn(purpose, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (purpose[length] != '\0' || length == 0 || length >= NAMEDATALEN ||
		purpose[0] < 'a' || purpose[0] > 'z')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name of a purpose: \"%s\"",
						pnstrdup(purpose, pg_mbcliplen(purpose, strlen(purpose), 63))),
				 errhint("A purpose is named in lower case letters, digits and underscores, at most 63 of them, a letter first.")));
}

static void
check_word(FunctionCallInfo fcinfo, int argument, const char *name,
		   const char *const *words)
{
	char	   *given;
	StringInfoData list;

	if (PG_ARGISNULL(argument))
		return;
	given = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	initStringInfo(&list);
	for (; *words; words++)
	{
		if (strcmp(given, *words) == 0)
			return;
		appendStringInfo(&list, "%s\"%s\"", list.len > 0 ? ", " : "", *words);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s \"%s\"", name, given),
			 errhint("It is one of %s.", list.data)));
}

static void
check_number(FunctionCallInfo fcinfo, int argument, const char *name,
			 int least, int most)
{
	if (!PG_ARGISNULL(argument) &&
		(PG_GETARG_INT32(argument) < least || PG_GETARG_INT32(argument) > most))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s of a policy must lie between %d and %d",
						name, least, most)));
}

static void
check_instant(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (!PG_ARGISNULL(argument) &&
		TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(argument)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s of a policy must be finite", name)));
}

static void
check_clearance(FunctionCallInfo fcinfo)
{
	Label		clearance;

	if (PG_ARGISNULL(ARG_CLEARANCE))
		return;
	sensitivity_unpack(PG_GETARG_DATUM(ARG_CLEARANCE), &clearance);
	if (clearance.level == LABEL_NEVER)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a clearance is at most %s",
						label_level_name(LABEL_SENSITIVE)),
				 errdetail("What is %s, no policy can release.",
						   label_level_name(LABEL_NEVER))));
}

/* What the constraints of aiconsent.policy say, in words. */
static void
check_arguments(FunctionCallInfo fcinfo)
{
	static const char *const bases[] = {"opt_out", "opt_in", "forbidden", NULL};
	static const char *const contents[] = {"out", "in", NULL};

	if (PG_ARGISNULL(ARG_PURPOSE))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the purpose of a policy must not be null")));
	check_purpose_name(text_to_cstring(PG_GETARG_TEXT_PP(ARG_PURPOSE)));
	check_instant(fcinfo, ARG_EFFECTIVE_AT, "effective_at");
	check_word(fcinfo, ARG_BASIS, "basis", bases);
	check_instant(fcinfo, ARG_ANNOUNCED_AT, "announced_at");
	check_instant(fcinfo, ARG_DATA_FROM, "data_from");
	check_number(fcinfo, ARG_ADULT_AGE, "adult_age", 18, 100);
	check_number(fcinfo, ARG_OPEN_SCHOOL_YEARS, "open_school_years", 0, 100);
	check_word(fcinfo, ARG_MINOR_CONTENT, "minor_content", contents);
	check_clearance(fcinfo);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/*
 * The regions as they are compared, sorted, each once, and one that stands
 * for several with its members.  (Datum) 0: the default row.
 */
static Datum
check_regions(FunctionCallInfo fcinfo)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	List	   *regions = NIL;
	char	  **codes;

	if (PG_ARGISNULL(ARG_REGIONS))
		return (Datum) 0;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(ARG_REGIONS), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		RegionCode	code;
		text	   *region = nulls[i] ? NULL : DatumGetTextPP(elements[i]);

		if (!region || !region_read(VARDATA_ANY(region),
									VARSIZE_ANY_EXHDR(region), code))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a region of a policy must have 1 to %d letters",
							REGION_MAX),
					 errhint("Regions are ISO 3166 codes such as FR; EEA stands for its members; without regions the row is for all that no other row names.")));
		regions = lappend(regions, pstrdup(code));
		for (const char *const *member = region_members(code);
			 member && *member; member++)
			regions = lappend(regions, pstrdup(*member));
	}
	if (regions == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("regions of a policy must not be empty"),
				 errhint("For the default row leave them out.")));
	n = list_length(regions);
	codes = palloc(n * sizeof(char *));
	for (int i = 0; i < n; i++)
		codes[i] = list_nth(regions, i);
	qsort(codes, n, sizeof(char *), compare_texts);
	return sql_text_array(codes, qunique(codes, n, sizeof(char *),
										 compare_texts));
}

/*
 * What is not given comes from the purpose's last version for the same
 * regions, so that a change of one thing changes nothing else; for its first,
 * from its last default row; then from the template of its name; else from
 * the shipped one, but for its dates.
 */
static int32
insert_version(FunctionCallInfo fcinfo, Datum regions, Oid actor)
{
	Oid			types[NARGS + 1];
	Datum		values[NARGS + 1];
	char		nulls[NARGS + 1];
	bool		isnull;
	int32		id;

	for (int i = 0; i < NARGS; i++)
	{
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, i);
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	types[ARG_REGIONS] = TEXTARRAYOID;
	values[ARG_REGIONS] = regions;
	types[NARGS] = TEXTOID;
	values[NARGS] = CStringGetTextDatum(GetUserNameFromId(actor, false));
	nulls[NARGS] = ' ';

	sql_run("WITH base AS ("
			" (SELECT CASE WHEN p.regions IS NOT DISTINCT FROM $15 THEN 1 ELSE 2 END AS rank,"
			"   NULL::timestamptz AS effective_at, p.basis,"
			"   p.announced_at, p.notice_required, p.notice_period, p.data_from,"
			"   p.adult_age, p.birth_required, p.open_school_years,"
			"   p.undated_school, p.minor_content"
			"  FROM aiconsent.policy p WHERE p.purpose = $1"
			"   AND (p.regions IS NOT DISTINCT FROM $15 OR p.regions IS NULL)"
			"  ORDER BY 1, p.effective_at DESC, p.id DESC LIMIT 1)"
			" UNION ALL"
			" SELECT CASE WHEN t.purpose = $1 THEN 3 ELSE 4 END,"
			"  CASE WHEN t.purpose = $1 THEN t.effective_at END, t.basis,"
			"  CASE WHEN t.purpose = $1 THEN t.announced_at END,"
			"  t.notice_required, t.notice_period, t.data_from, t.adult_age,"
			"  t.birth_required, t.open_school_years, t.undated_school,"
			"  t.minor_content"
			" FROM aiconsent.policy_template t"
			" WHERE t.purpose IN ($1, 'content_generation')"
			" ORDER BY rank LIMIT 1)"
			" INSERT INTO aiconsent.policy (purpose, regions, effective_at, basis,"
			"  announced_at, notice_required, notice_period, data_from,"
			"  adult_age, birth_required, open_school_years, undated_school,"
			"  minor_content, reason, adopted_by)"
			" SELECT $1, $15, COALESCE($2, b.effective_at), COALESCE($3, b.basis),"
			"  COALESCE($4, b.announced_at), COALESCE($5, b.notice_required),"
			"  COALESCE($6, b.notice_period), COALESCE($7, b.data_from),"
			"  COALESCE($8, b.adult_age), COALESCE($9, b.birth_required),"
			"  COALESCE($10, b.open_school_years),"
			"  COALESCE($11, b.undated_school), COALESCE($12, b.minor_content),"
			"  $14, $16"
			" FROM base b WHERE COALESCE($2, b.effective_at) IS NOT NULL"
			" RETURNING id, pg_catalog.to_jsonb(policy)::text,"
			"  (SELECT pg_catalog.to_jsonb(p)::text FROM aiconsent.policy p"
			"   WHERE p.purpose = $1 AND p.regions IS NOT DISTINCT FROM $15"
			"   ORDER BY p.effective_at DESC, p.id DESC LIMIT 1)",
			NARGS + 1, types, values, nulls);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a policy needs the instant from which it acts"),
				 errdetail("Only the first version of a shipped template has one of its own."),
				 errhint("Give it: effective_at => '...'.")));
	id = DatumGetInt32(sql_column(0, 1, &isnull));
	registry_change(actor, "adopt_policy",
					text_to_cstring(PG_GETARG_TEXT_PP(ARG_PURPOSE)),
					sql_text_column(0, 3), sql_text_column(0, 2),
					sql_text_argument(fcinfo, ARG_REASON));
	return id;
}

/*
 * The clearance belongs to the purpose: one that is given acts from when the
 * version does, in all regions; the first comes from the template.
 */
static void
insert_clearance(FunctionCallInfo fcinfo, int32 policy, Oid actor)
{
	Oid			types[] = {
		INT4OID, get_fn_expr_argtype(fcinfo->flinfo, ARG_CLEARANCE), TEXTOID
	};
	Datum		values[] = {
		Int32GetDatum(policy), PG_GETARG_DATUM(ARG_CLEARANCE),
		CStringGetTextDatum(GetUserNameFromId(actor, false))
	};
	char		nulls[] = {' ', PG_ARGISNULL(ARG_CLEARANCE) ? 'n' : ' ', ' '};

	sql_run("INSERT INTO aiconsent.clearance"
			" (purpose, clearance, effective_at, adopted_by)"
			" SELECT p.purpose, COALESCE($2, (SELECT t.clearance"
			"   FROM aiconsent.policy_template t"
			"   WHERE t.purpose IN (p.purpose, 'content_generation')"
			"   ORDER BY t.purpose <> p.purpose LIMIT 1)),"
			"  p.effective_at, $3"
			" FROM aiconsent.policy p WHERE p.id = $1 AND ($2 IS NOT NULL"
			"  OR NOT EXISTS (SELECT FROM aiconsent.clearance c"
			"   WHERE c.purpose = p.purpose))"
			" RETURNING purpose, clearance::text,"
			"  (SELECT c.clearance::text FROM aiconsent.clearance c"
			"   WHERE c.purpose = clearance.purpose"
			"   ORDER BY c.effective_at DESC, c.id DESC LIMIT 1)",
			3, types, values, nulls);
	if (SPI_processed > 0)
		registry_change(actor, "adopt_clearance", sql_text_column(0, 1),
						sql_text_column(0, 3), sql_text_column(0, 2),
						sql_text_argument(fcinfo, ARG_REASON));
}

/*
 * With a purpose's first version come treatments, from the template of its name,
 * else from the shipped one, as the clearance does; with no later one.
 */
static void
insert_treatments(FunctionCallInfo fcinfo, int32 policy, Oid actor)
{
	Oid			types[] = {INT4OID};
	Datum		values[] = {Int32GetDatum(policy)};

	if (sql_run("WITH made AS (INSERT INTO aiconsent.treatment"
				"  (purpose, category, function, reason, shipped)"
				"  SELECT p.purpose, t.category, t.function, t.reason, true"
				"  FROM aiconsent.policy p, aiconsent.treatment_template t"
				"  WHERE p.id = $1 AND t.purpose = COALESCE("
				"    (SELECT b.purpose FROM aiconsent.policy_template b"
				"     WHERE b.purpose = p.purpose), 'content_generation')"
				"   AND NOT EXISTS (SELECT FROM aiconsent.policy o"
				"    WHERE o.purpose = p.purpose AND o.id <> p.id)"
				"  RETURNING purpose, category, function)"
				" SELECT purpose, string_agg(category || ': ' || function, ', '"
				"  ORDER BY category) FROM made GROUP BY purpose",
				1, types, values, NULL) > 0)
		registry_change(actor, "adopt_treatments", sql_text_column(0, 1), NULL,
						sql_text_column(0, 2), sql_text_argument(fcinfo, ARG_REASON));
}

PG_FUNCTION_INFO_V1(adopt_policy);
Datum
adopt_policy(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	Datum		regions;
	SqlScope	scope;
	int32		id;

	require_read_committed("adopt_policy()");
	check_arguments(fcinfo);
	regions = check_regions(fcinfo);
	values[0] = PG_GETARG_DATUM(ARG_PURPOSE);

	scope = sql_begin(sql_owner());

	/* Locks the purpose: one change of its policy or publish() at a time. */
	sql_run("INSERT INTO aiconsent.purpose (name) VALUES ($1)"
			" ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name",
			1, types, values, NULL);
	id = insert_version(fcinfo, regions, scope.saved_user);
	insert_clearance(fcinfo, id, scope.saved_user);
	insert_treatments(fcinfo, id, scope.saved_user);

	/*
	 * What waits for readers of the training views comes first: who records a
	 * consent must not wait for them.
	 */
	withdraw(InvalidOid);
	standing_lock_all();
	standing_judge_all(scope.saved_user);
	sql_end(&scope);
	PG_RETURN_INT32(id);
}
