/*
 * explain.c: what did the database decide, and when did it know?
 */
#include "compat.h"
#include "evidence.h"
#include "policy.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"
#include "verdict.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * Before a policy is adopted nothing is written down: the law is asked with
 * what is known now, for the reasons that need no policy.
 */
static Verdict
verdict_without_policy(char *subject, text *purpose, Instant at)
{
	Purpose		asked = {.name = text_to_cstring(purpose)};
	Evidence   *evidence = evidence_read(registry_subject(CurrentMemoryContext),
										 sql_text_array(&subject, 1), 1,
										 &asked, 1);
	Facts		facts = {
		.known = evidence->known,
		.notified_at = INSTANT_END,
		.notice_over = INSTANT_END,
		.birth = evidence->birth,
		.schooling = evidence->schooling,
		.nschooling = evidence->nschooling,
		.adopted = false
	};

	for (int i = 0; i < evidence->nevents; i++)
	{
		if (evidence->events[i].effective_at <= at)
			facts.choice = evidence->events[i].choice;
	}
	return decide(&facts, at);
}

/* What has no standing: nobody there, or no policy yet. */
static Verdict
verdict_without_standing(char *subject, text *purpose, Instant at)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {PointerGetDatum(purpose)};

	if (sql_run("SELECT FROM aiconsent.policy WHERE purpose = $1 LIMIT 1",
				1, types, values, NULL) > 0)
		return REASON_UNKNOWN_SUBJECT;
	return verdict_without_policy(subject, purpose, at);
}

/*
 * The instant that eligible() answers for: that of the statement, or of the
 * last judgement where the statement is older, so that what was said since is not missed.
 */
static Datum
current_instant(const char *subject)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(subject)};
	bool		isnull;

	sql_run("SELECT GREATEST(pg_catalog.statement_timestamp(),"
			" pg_catalog.max(recorded_at))"
			" FROM aiconsent.standing WHERE subject = $1",
			1, types, values, NULL);
	return sql_column(0, 1, &isnull);
}

PG_FUNCTION_INFO_V1(verdict_of);
Datum
verdict_of(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Datum		values[4];
	char		nulls[4] = {' ', ' ', ' ', ' '};
	SqlScope	scope;
	char	   *subject;
	Verdict		verdict;
	bool		isnull;

	if (PG_ARGISNULL(0))
		PG_RETURN_VERDICT(REASON_UNKNOWN_SUBJECT);
	if (PG_ARGISNULL(1))
		PG_RETURN_VERDICT(REASON_NOT_STARTED);

	scope = sql_begin_read(sql_owner());
	if (registry_subject(CurrentMemoryContext) == NULL)
	{
		sql_end(&scope);
		PG_RETURN_VERDICT(REASON_UNKNOWN_SUBJECT);
	}
	subject = subject_key(PG_GETARG_DATUM(0),
						  get_fn_expr_argtype(fcinfo->flinfo, 0));
	values[0] = CStringGetTextDatum(subject);
	values[1] = PointerGetDatum(PG_GETARG_TEXT_PP(1));
	values[2] = PG_ARGISNULL(2) ? current_instant(subject) : PG_GETARG_DATUM(2);
	nulls[3] = PG_ARGISNULL(3) ? 'n' : ' ';
	values[3] = PG_ARGISNULL(3) ? (Datum) 0 : PG_GETARG_DATUM(3);

	if (sql_run("SELECT s.verdict FROM aiconsent.standing s"
				" WHERE s.subject = $1 AND s.purpose = $2"
				"  AND s.since <= $3 AND $3 < s.until"
				"  AND ($4 IS NULL OR s.recorded_at <= $4)"
				" UNION ALL"
				" SELECT h.verdict FROM aiconsent.standing_history h"
				" WHERE h.subject = $1 AND h.purpose = $2"
				"  AND h.since <= $3 AND $3 < h.until"
				"  AND h.recorded_at <= $4 AND $4 < h.superseded_at",
				4, types, values, nulls) > 0)
		verdict = DatumGetVerdict(sql_column(0, 1, &isnull));
	else
		verdict = verdict_without_standing(subject, PG_GETARG_TEXT_PP(1),
										   DatumGetTimestampTz(values[2]));
	sql_end(&scope);
	PG_RETURN_VERDICT(verdict);
}
