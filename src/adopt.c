/*
 * adopt.c: how does a policy come into force?
 */
#include "compat.h"
#include "registry.h"
#include "sensitivity.h"
#include "sql.h"
#include "standing.h"
#include "withdraw.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
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

/*
 * What is not given comes from the purpose's last version, so that a change
 * of one thing changes nothing else; for its first, from the template of its
 * name; else from the shipped one, but for its dates.
 */
static int32
insert_version(FunctionCallInfo fcinfo, Oid actor)
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
	types[NARGS] = TEXTOID;
	values[NARGS] = CStringGetTextDatum(GetUserNameFromId(actor, false));
	nulls[NARGS] = ' ';

	sql_run("WITH base AS ("
			" (SELECT 1 AS rank, NULL::timestamptz AS effective_at, p.basis,"
			"   p.announced_at, p.notice_required, p.notice_period, p.data_from,"
			"   p.adult_age, p.birth_required, p.open_school_years,"
			"   p.undated_school, p.minor_content, p.clearance"
			"  FROM aiconsent.policy p WHERE p.purpose = $1"
			"  ORDER BY p.effective_at DESC, p.id DESC LIMIT 1)"
			" UNION ALL"
			" SELECT CASE WHEN t.purpose = $1 THEN 2 ELSE 3 END,"
			"  CASE WHEN t.purpose = $1 THEN t.effective_at END, t.basis,"
			"  CASE WHEN t.purpose = $1 THEN t.announced_at END,"
			"  t.notice_required, t.notice_period, t.data_from, t.adult_age,"
			"  t.birth_required, t.open_school_years, t.undated_school,"
			"  t.minor_content, t.clearance"
			" FROM aiconsent.policy_template t"
			" WHERE t.purpose IN ($1, 'content_generation')"
			" ORDER BY rank LIMIT 1)"
			" INSERT INTO aiconsent.policy (purpose, effective_at, basis,"
			"  announced_at, notice_required, notice_period, data_from,"
			"  adult_age, birth_required, open_school_years, undated_school,"
			"  minor_content, clearance, reason, adopted_by)"
			" SELECT $1, COALESCE($2, b.effective_at), COALESCE($3, b.basis),"
			"  COALESCE($4, b.announced_at), COALESCE($5, b.notice_required),"
			"  COALESCE($6, b.notice_period), COALESCE($7, b.data_from),"
			"  COALESCE($8, b.adult_age), COALESCE($9, b.birth_required),"
			"  COALESCE($10, b.open_school_years),"
			"  COALESCE($11, b.undated_school), COALESCE($12, b.minor_content),"
			"  COALESCE($13, b.clearance), $14, $15"
			" FROM base b WHERE COALESCE($2, b.effective_at) IS NOT NULL"
			" RETURNING id, pg_catalog.to_jsonb(policy)::text", NARGS + 1, types, values, nulls);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a policy needs the instant from which it acts"),
				 errdetail("Only the first version of a shipped template has one of its own."),
				 errhint("Give it: effective_at => '...'.")));
	id = DatumGetInt32(sql_column(0, 1, &isnull));
	registry_change(actor, "adopt_policy",
					text_to_cstring(PG_GETARG_TEXT_PP(ARG_PURPOSE)), NULL,
					sql_text_column(0, 2),
					PG_ARGISNULL(ARG_REASON) ? NULL :
					text_to_cstring(PG_GETARG_TEXT_PP(ARG_REASON)));
	return id;
}

PG_FUNCTION_INFO_V1(adopt_policy);
Datum
adopt_policy(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	SqlScope	scope;
	int32		id;

	require_read_committed("adopt_policy()");
	check_arguments(fcinfo);
	values[0] = PG_GETARG_DATUM(ARG_PURPOSE);

	scope = sql_begin(sql_owner());
	standing_lock_all();
	sql_run("INSERT INTO aiconsent.purpose (name) VALUES ($1)"
			" ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name",
			1, types, values, NULL);
	id = insert_version(fcinfo, scope.saved_user);
	standing_judge_all();
	withdraw(InvalidOid);
	sql_end(&scope);
	PG_RETURN_INT32(id);
}
