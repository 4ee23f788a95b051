/*
 * ledger.c: what did the subjects say?
 */
#include "compat.h"
#include "ledger.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* A purpose can be spoken of as soon as it is known, before its policy is. */
static void
check_purpose(const char *purpose)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};

	if (sql_run("SELECT FROM aiconsent.purpose WHERE name = $1"
				" UNION ALL"
				" SELECT FROM aiconsent.policy_template WHERE purpose = $1",
				1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("unknown purpose \"%s\"", purpose),
				 errhint("Purposes are listed in aiconsent.purpose; adopt_policy() makes a new one.")));
}

static void
check_decision(const char *decision)
{
	if (strcmp(decision, "grant") != 0 && strcmp(decision, "object") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown decision \"%s\"", decision),
				 errhint("The decisions are \"grant\" and \"object\".")));
}

/* The head is locked; an immediate event comes behind the subject's last. */
static int64
append_event(const char *subject, FunctionCallInfo fcinfo, Oid recorder)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID,
	TEXTOID, JSONBOID, TEXTOID};
	Datum		values[8];
	char		nulls[8];
	bool		isnull;

	for (int i = 1; i < 7; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	values[0] = CStringGetTextDatum(subject);
	values[7] = CStringGetTextDatum(GetUserNameFromId(recorder, false));
	nulls[0] = nulls[7] = ' ';

	sql_run("WITH h AS ("
			" UPDATE aiconsent.head SET last_event = GREATEST("
			"  pg_catalog.clock_timestamp(),"
			"  last_event + '1 microsecond'::pg_catalog.interval)"
			" WHERE subject = $1 AND $4 IS NULL"
			" RETURNING last_event)"
			" INSERT INTO aiconsent.consent (subject, purpose, decision,"
			"  effective_at, channel, notice_version, evidence, recorded_by)"
			" SELECT $1, $2, $3, COALESCE($4, (SELECT last_event FROM h)),"
			"  $5, $6, $7, $8"
			" RETURNING id", 8, types, values, nulls);
	return DatumGetInt64(sql_column(0, 1, &isnull));
}

PG_FUNCTION_INFO_V1(record_consent);
Datum
record_consent(PG_FUNCTION_ARGS)
{
	static const char *const required[] = {"subject", "purpose", "decision"};
	SqlScope	scope;
	SubjectSet	set;
	char	   *subject;
	int64		id;

	for (int i = 0; i < 3; i++)
	{
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s of a consent must not be null", required[i])));
	}
	if (!PG_ARGISNULL(3) && TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(3)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("effective_at of a consent must be finite")));
	check_decision(text_to_cstring(PG_GETARG_TEXT_PP(2)));

	scope = sql_begin(sql_owner());
	check_purpose(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	subject = subject_key(PG_GETARG_DATUM(0),
						  get_fn_expr_argtype(fcinfo->flinfo, 0));
	set = standing_lock(&subject, 1);
	if (!subject_exists(subject))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no subject with that key"),
				 errdetail("Nothing was recorded."),
				 errhint("The subject's row must exist in the table given to register_subject().")));
	id = append_event(subject, fcinfo, scope.saved_user);
	standing_judge(&set);
	sql_end(&scope);
	PG_RETURN_INT64(id);
}

void
ledger_follow(char **before, char **after, int n, Oid recorder)
{
	Oid			types[] = {TEXTARRAYOID, TEXTARRAYOID, TEXTOID};
	Datum		values[] = {sql_text_array(before, n), sql_text_array(after, n),
	CStringGetTextDatum(GetUserNameFromId(recorder, false))};

	sql_run("INSERT INTO aiconsent.consent (subject, purpose, decision,"
			"  effective_at, channel, evidence, recorded_by)"
			" SELECT k.after, c.purpose, c.decision, c.effective_at,"
			"  'key changed', pg_catalog.jsonb_build_object('event', c.id), $3"
			" FROM unnest($1, $2) AS k(before, after),"
			" LATERAL (SELECT * FROM aiconsent.consent c"
			"  WHERE c.subject = k.before AND c.decision = 'object'"
			"  AND NOT EXISTS (SELECT FROM aiconsent.consent g"
			"   WHERE g.subject = c.subject AND g.purpose = c.purpose"
			"   AND g.decision = 'grant' AND g.effective_at > c.effective_at"
			"   AND g.effective_at <= pg_catalog.clock_timestamp())"
			"  OFFSET 0) c", 3, types, values, NULL);
}

PG_FUNCTION_INFO_V1(refuse_edit);
Datum
refuse_edit(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as a trigger",
						"aiconsent.refuse_edit()")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" is append-only",
					RelationGetRelationName(trigger->tg_relation)),
			 errdetail("What was recorded is evidence and is never edited."),
			 errhint("Record a newer entry that corrects it.")));
}
