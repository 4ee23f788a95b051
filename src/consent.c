/*
 * consent.c: what does a subject say?
 */
#include "compat.h"
#include "consent.h"
#include "grant.h"
#include "identity.h"
#include "ledger.h"
#include "policy.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* The arguments of record_consent() and record_consents(), in their order. */
enum
{
	ARG_SUBJECT,
	ARG_PURPOSE,
	ARG_DECISION,
	ARG_EFFECTIVE_AT,
	ARG_CHANNEL,
	ARG_NOTICE_VERSION,
	ARG_EVIDENCE,
	ARG_REASON
};

/* ------------------------------------------------------------------------
 * Checks
 * ------------------------------------------------------------------------
 */

/* A purpose can be spoken of as soon as it is known, before its policy is. */
static void
check_purpose(const char *purpose)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};
	const Purpose *purposes;
	int			n = policy_purposes(&purposes);

	for (int p = 0; p < n; p++)
	{
		if (strcmp(purposes[p].name, purpose) == 0)
			return;
	}
	if (sql_run("SELECT FROM aiconsent.purpose WHERE name = $1"
				" UNION ALL"
				" SELECT FROM aiconsent.policy_template WHERE purpose = $1",
				1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("unknown purpose \"%s\"", purpose),
				 errhint("Purposes are listed in aiconsent.purpose; adopt_policy() makes a new one.")));
}

static Decision
check_decision(const char *text)
{
	Decision	decision;

	if (!decision_of_text(text, &decision) ||
		(decision != DECISION_GRANT && decision != DECISION_OBJECT &&
		 decision != DECISION_HOLD && decision != DECISION_RELEASE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown decision \"%s\"", text),
				 errhint("The decisions are \"grant\", \"object\", \"hold\" and \"release\".")));
	return decision;
}

/* What acts earlier than it was said needs a reason; NULL and '' are none. */
static void
check_effective_at(FunctionCallInfo fcinfo)
{
	TimestampTz at;

	if (PG_ARGISNULL(ARG_EFFECTIVE_AT))
		return;
	at = PG_GETARG_TIMESTAMPTZ(ARG_EFFECTIVE_AT);
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("effective_at of a consent must be finite")));
	if (at < GetCurrentTransactionStartTimestamp() &&
		(PG_ARGISNULL(ARG_REASON) ||
		 VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(ARG_REASON)) == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a consent that acts from the past needs a reason"),
				 errdetail("It changes what held before it was recorded."),
				 errhint("Say why it comes late: reason => '...'; or leave effective_at out: it acts now.")));
}

static text *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : PG_GETARG_TEXT_PP(argument);
}

static LedgerEntry
check_entry(FunctionCallInfo fcinfo)
{
	static const char *const required[] = {"subject", "purpose", "decision"};
	LedgerEntry entry = {0};

	for (int i = 0; i < (int) lengthof(required); i++)
	{
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s of a consent must not be null", required[i])));
	}
	check_effective_at(fcinfo);
	entry.purpose = text_to_cstring(PG_GETARG_TEXT_PP(ARG_PURPOSE));
	entry.decision =
		check_decision(text_to_cstring(PG_GETARG_TEXT_PP(ARG_DECISION)));
	entry.channel = text_argument(fcinfo, ARG_CHANNEL);
	entry.notice_version = text_argument(fcinfo, ARG_NOTICE_VERSION);
	entry.evidence = PG_ARGISNULL(ARG_EVIDENCE) ? (Datum) 0 :
		PG_GETARG_DATUM(ARG_EVIDENCE);
	entry.reason = text_argument(fcinfo, ARG_REASON);
	return entry;
}

/* ------------------------------------------------------------------------
 * Saying
 * ------------------------------------------------------------------------
 */

typedef struct Saying
{
	char	  **keys;			/* of who says it, some of them twice */
	int			n;
	LedgerEntry *entry;
	bool		is_immediate;	/* effective_at is each one's own */
	SubjectSet	set;
	Ledger		ledger;
	int64		id;				/* of the last event */
} Saying;

static void
enter(void *argument)
{
	Saying	   *s = argument;

	for (int i = 0; i < s->n; i++)
	{
		Head	   *head = standing_head(&s->set, s->keys[i]);

		if (s->is_immediate)
			s->entry->effective_at = standing_next_instant(head);
		s->id = ledger_append(&s->ledger, head, s->entry);
	}
}

/* Enter the same for each of these keys, which may come several times. */
static int64
say(FunctionCallInfo fcinfo, char **keys, int n, LedgerEntry *entry,
	SqlScope *scope)
{
	Saying		saying = {
		.keys = palloc_extended(n * sizeof(char *) + 1, MCXT_ALLOC_HUGE),
		.n = n,
		.entry = entry,
		.is_immediate = PG_ARGISNULL(ARG_EFFECTIVE_AT)
	};

	if (!saying.is_immediate)
		entry->effective_at = PG_GETARG_TIMESTAMPTZ(ARG_EFFECTIVE_AT);
	memcpy(saying.keys, keys, n * sizeof(char *));
	saying.set = standing_lock(keys, n);
	ledger_open(&saying.ledger, scope->saved_user);
	sha256_many(enter, &saying);
	ledger_close(&saying.ledger);
	standing_judge(&saying.set, (JudgeOptions) {.recorder = scope->saved_user,
						   .must_exist = true});
	return saying.id;
}

PG_FUNCTION_INFO_V1(record_consent);
Datum
record_consent(PG_FUNCTION_ARGS)
{
	LedgerEntry entry = check_entry(fcinfo);
	SqlScope	scope = sql_begin(sql_owner());
	char	   *subject;
	int64		id;

	check_purpose(entry.purpose);
	require_writer(scope.saved_user, entry.purpose);
	subject = subject_key(PG_GETARG_DATUM(ARG_SUBJECT),
						  get_fn_expr_argtype(fcinfo->flinfo, ARG_SUBJECT));
	id = say(fcinfo, &subject, 1, &entry, &scope);
	sql_end(&scope);
	PG_RETURN_INT64(id);
}

PG_FUNCTION_INFO_V1(record_consents);
Datum
record_consents(PG_FUNCTION_ARGS)
{
	LedgerEntry entry = check_entry(fcinfo);
	SqlScope	scope = sql_begin(sql_owner());
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(ARG_SUBJECT);
	Oid			type = ARR_ELEMTYPE(array);
	int16		length;
	bool		byvalue;
	char		align;
	Datum	   *subjects;
	bool	   *nulls;
	int			n;
	char	  **keys;

	check_purpose(entry.purpose);
	require_writer(scope.saved_user, entry.purpose);
	get_typlenbyvalalign(type, &length, &byvalue, &align);
	deconstruct_array(array, type, length, byvalue, align, &subjects, &nulls,
					  &n);
	keys = palloc_extended(n * sizeof(char *) + 1, MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s of a consent must not be null", "subject")));
		keys[i] = subject_key(subjects[i], type);
	}
	if (n > 0)
		say(fcinfo, keys, n, &entry, &scope);
	sql_end(&scope);
	PG_RETURN_INT64(n);
}

/* ------------------------------------------------------------------------
 * Retracting
 * ------------------------------------------------------------------------
 */

static void
check_reason(FunctionCallInfo fcinfo, int argument, const char *what)
{
	if (PG_ARGISNULL(argument) ||
		VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(argument)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs a reason", what),
				 errhint("Say why: reason => '...'.")));
}

/*
 * Retract events of the ledger, in whatever order: whose they are is known
 * without a lock, since no event ever changes; whether one is retracted
 * already only behind it.
 */
static int64
retract_events(ArrayType *ids, text *reason, Oid recorder)
{
	Oid			types[] = {INT8ARRAYOID};
	Datum		values[] = {PointerGetDatum(ids)};
	uint64		count;
	char	  **keys;
	SubjectSet	set;
	Ledger		ledger;
	SPITupleTable *rows;

	count = sql_run("SELECT c.subject FROM aiconsent.consent c"
					" WHERE c.id = ANY ($1)", 1, types, values, NULL);
	keys = palloc_extended(count * sizeof(char *) + 1, MCXT_ALLOC_HUGE);
	for (uint64 i = 0; i < count; i++)
		keys[i] = sql_text_column(i, 1);
	set = standing_lock(keys, count);

	count = sql_run("SELECT DISTINCT c.id, c.subject, c.purpose"
					" FROM aiconsent.consent c"
					" WHERE c.id = ANY ($1) AND c.decision <> 'retract'"
					"  AND NOT EXISTS (SELECT FROM aiconsent.consent r"
					"   WHERE r.retracts = c.id)"
					" ORDER BY c.id", 1, types, values, NULL);
	rows = SPI_tuptable;
	if (sql_run("SELECT FROM (SELECT DISTINCT i.id"
				"  FROM pg_catalog.unnest($1) AS i(id)) d",
				1, types, values, NULL) != count)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("not all of these are events that can be retracted"),
				 errdetail("There is no such event, or it is retracted already, or a retraction itself. Nothing was recorded."),
				 errhint("Events are listed in aiconsent.consent.")));

	ledger_open(&ledger, recorder);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Head	   *head = standing_head(&set, SPI_getvalue(rows->vals[row],
															rows->tupdesc, 2));
		LedgerEntry entry = {
			.purpose = SPI_getvalue(rows->vals[row], rows->tupdesc, 3),
			.decision = DECISION_RETRACT,
			.reason = reason,
			.retracts = DatumGetInt64(SPI_getbinval(rows->vals[row],
													rows->tupdesc, 1, &isnull))
		};

		entry.effective_at = standing_next_instant(head);
		ledger_append(&ledger, head, &entry);
	}
	ledger_close(&ledger);
	standing_judge(&set, (JudgeOptions) {.recorder = recorder});
	return count;
}

PG_FUNCTION_INFO_V1(retract);
Datum
retract(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	int64		count;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the events to retract must not be null")));
	check_reason(fcinfo, 1, "a retraction");
	scope = sql_begin(sql_owner());
	count = retract_events(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_TEXT_PP(1),
						   scope.saved_user);
	sql_end(&scope);
	PG_RETURN_INT64(count);
}

/* ------------------------------------------------------------------------
 * Following a key that changed
 * ------------------------------------------------------------------------
 */

/* A hold, an objection or what is still to come, from under the old key. */
static uint64
find_restrictions(char **before, char **after, int n)
{
	Oid			types[] = {TEXTARRAYOID, TEXTARRAYOID};
	Datum		values[] = {sql_text_array(before, n), sql_text_array(after, n)};

	return sql_run("SELECT k.after, c.purpose, c.decision, c.effective_at, c.id,"
				   "  c.effective_at > pg_catalog.clock_timestamp()"
				   " FROM unnest($1, $2) AS k(before, after),"
				   " LATERAL (SELECT * FROM aiconsent.consent c"
				   "  WHERE c.subject = k.before"
				   "  AND c.decision IN ('object', 'mirror_false', 'hold')"
				   "  AND NOT EXISTS (SELECT FROM aiconsent.consent r"
				   "   WHERE r.retracts = c.id)"
				   "  AND NOT EXISTS (SELECT FROM aiconsent.consent g"
				   "   WHERE g.subject = c.subject AND g.purpose = c.purpose"
				   "   AND g.decision = CASE c.decision"
				   "    WHEN 'hold' THEN 'release' ELSE 'grant' END"
				   "   AND g.effective_at > c.effective_at"
				   "   AND g.effective_at <= pg_catalog.clock_timestamp()"
				   "   AND NOT EXISTS (SELECT FROM aiconsent.consent r"
				   "    WHERE r.retracts = g.id))"
				   "  OFFSET 0) c ORDER BY c.id", 2, types, values, NULL);
}

/* Enter these rows for the new keys; what acts already acts from now on. */
static void
enter_restrictions(SPITupleTable *rows, uint64 count, const SubjectSet *set,
				   Ledger *ledger)
{
	for (uint64 row = 0; row < count; row++)
	{
		HeapTuple	tuple = rows->vals[row];
		bool		isnull;
		bool		to_come;
		Head	   *head = standing_head(set, SPI_getvalue(tuple, rows->tupdesc, 1));
		LedgerEntry entry = {
			.purpose = SPI_getvalue(tuple, rows->tupdesc, 2),
			.decision = DECISION_OBJECT,
			.channel = cstring_to_text("key changed"),
			.reason = cstring_to_text(psprintf("event %s was said under another key",
											   SPI_getvalue(tuple,
															rows->tupdesc, 5)))
		};

		if (strcmp(SPI_getvalue(tuple, rows->tupdesc, 3), "hold") == 0)
			entry.decision = DECISION_HOLD;
		to_come = DatumGetBool(SPI_getbinval(tuple, rows->tupdesc, 6, &isnull));
		entry.effective_at = to_come ?
			DatumGetTimestampTz(SPI_getbinval(tuple, rows->tupdesc, 4,
											  &isnull)) :
			standing_next_instant(head);
		ledger_append(ledger, head, &entry);
	}
}

/* What was granted under the new key, somebody else granted. */
static void
void_grants(char **after, int n, const SubjectSet *set, Ledger *ledger)
{
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {sql_text_array(after, n)};
	uint64		count;
	SPITupleTable *rows;

	count = sql_run("SELECT c.subject, c.purpose, c.id"
					" FROM pg_catalog.unnest($1) AS k(after),"
					" LATERAL (SELECT * FROM aiconsent.consent c"
					"  WHERE c.subject = k.after AND c.decision = 'grant'"
					"  AND NOT EXISTS (SELECT FROM aiconsent.consent r"
					"   WHERE r.retracts = c.id)"
					"  OFFSET 0) c ORDER BY c.id", 1, types, values, NULL);
	rows = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Head	   *head = standing_head(set, SPI_getvalue(rows->vals[row],
														   rows->tupdesc, 1));
		LedgerEntry entry = {
			.purpose = SPI_getvalue(rows->vals[row], rows->tupdesc, 2),
			.decision = DECISION_RETRACT,
			.channel = cstring_to_text("key changed"),
			.reason = cstring_to_text("the key passed to another person"),
			.retracts = DatumGetInt64(SPI_getbinval(rows->vals[row],
													rows->tupdesc, 3, &isnull))
		};

		entry.effective_at = standing_next_instant(head);
		ledger_append(ledger, head, &entry);
	}
}

void
consent_follow(char **before, char **after, int n, const SubjectSet *set,
			   Oid recorder)
{
	uint64		count = find_restrictions(before, after, n);
	SPITupleTable *rows = SPI_tuptable;
	Ledger		ledger;

	identity_follow(before, after, n, GetUserNameFromId(recorder, false));
	ledger_open(&ledger, recorder);
	void_grants(after, n, set, &ledger);
	enter_restrictions(rows, count, set, &ledger);
	ledger_close(&ledger);
}
