/*
 * explain.c: what did the database decide, why, and when did it know?
 */
#include "compat.h"
#include "evidence.h"
#include "identity.h"
#include "policy.h"
#include "registry.h"
#include "segments.h"
#include "sql.h"
#include "standing.h"
#include "timeline.h"
#include "verdict.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* The arguments that all of these share. */
enum
{
	ARG_SUBJECT,
	ARG_PURPOSE,
	ARG_AT,
	ARG_KNOWN_AT
};

/* What is known of a subject and a purpose. */
typedef struct Known
{
	char	   *subject;
	Purpose		purpose;		/* nversions 0: nobody adopted it */
	int			nsegments;
	Segment    *segments;		/* none: no member, or not known then */
	Evidence   *evidence;		/* read where it was needed, or NULL */
	Instant		known_at;		/* INSTANT_END: now */
	Instant		recorded_at;	/* since when it is known */
	bool		current;		/* it still is what is known */
} Known;

/* ------------------------------------------------------------------------
 * Finding out
 * ------------------------------------------------------------------------
 */

static Purpose
find_purpose(const char *name)
{
	const Purpose *purposes;
	int			n = policy_purposes(&purposes);
	Purpose		unknown = {.id = 0,.name = pstrdup(name)};

	for (int p = 0; p < n; p++)
	{
		if (strcmp(purposes[p].name, name) == 0)
			return purposes[p];
	}
	return unknown;
}

static Evidence *
read_evidence(Known *known)
{
	if (known->evidence == NULL)
		known->evidence = evidence_read(&known->subject, 1, &known->purpose, 1);
	return known->evidence;
}

/*
 * What the database knew at an instant, or knows now; false: nothing was
 * recorded of the subject, as a member, for any purpose.
 */
static bool
read_standing(Known *known, bool now, Instant known_at)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {
		CStringGetTextDatum(known->subject), TimestampTzGetDatum(known_at)
	};
	bool		isnull;

	if (sql_run("(SELECT h.segments, h.recorded_at, true AS current"
				"  FROM aiconsent.head h"
				"  WHERE h.subject = $1 AND ($2 IS NULL OR h.recorded_at <= $2))"
				" UNION ALL"
				" (SELECT h.segments, h.recorded_at, false"
				"  FROM aiconsent.head_history h"
				"  WHERE h.subject = $1 AND h.recorded_at <= $2"
				"   AND $2 < h.superseded_at"
				"  ORDER BY h.superseded_at LIMIT 1)"
				" ORDER BY current DESC LIMIT 1",
				2, types, values, now ? " n" : NULL) == 0)
		return false;
	known->nsegments =
		segments_of(DatumGetByteaPP(sql_column(0, 1, &isnull)),
					known->purpose.id, &known->segments);
	known->recorded_at = DatumGetTimestampTz(sql_column(0, 2, &isnull));
	known->current = DatumGetBool(sql_column(0, 3, &isnull));
	return VARSIZE_ANY_EXHDR(DatumGetByteaPP(sql_column(0, 1, &isnull))) > 0;
}

/*
 * Before a policy is adopted nothing is written down of its purpose: the law
 * is asked with the evidence of now, for the reasons that need no policy, and
 * with what was said until then.
 */
static void
judge_unadopted(Known *known, bool member, Instant known_at)
{
	Evidence   *evidence = read_evidence(known);
	int			n = 0;

	for (int i = 0; i < evidence->nevents; i++)
	{
		if (evidence->events[i].recorded_at <= known_at)
			evidence->events[n++] = evidence->events[i];
	}
	evidence->nevents = n;
	known->purpose.nversions = 0;

	/* Who was a member then may have left. */
	evidence->known |= member;
	if (evidence->known)
		known->nsegments = timeline(evidence, &known->purpose, 0,
									&known->segments);
}

/*
 * The instant that eligible() answers for: that of the statement, or of the
 * last judgement where the statement is older, so that what was said since is
 * not missed.
 */
static Instant
current_instant(const Known *known)
{
	return Max(GetCurrentStatementStartTimestamp(), known->recorded_at);
}

static Known
find_known(FunctionCallInfo fcinfo, int known_argument)
{
	Known		known = {.recorded_at = INSTANT_BEGIN,.current = true};
	bool		found;
	bool		now = PG_ARGISNULL(known_argument);
	Instant		known_at = now ? INSTANT_END :
		PG_GETARG_TIMESTAMPTZ(known_argument);

	known.subject = subject_key(PG_GETARG_DATUM(ARG_SUBJECT),
								get_fn_expr_argtype(fcinfo->flinfo,
													ARG_SUBJECT));
	known.purpose =
		find_purpose(text_to_cstring(PG_GETARG_TEXT_PP(ARG_PURPOSE)));
	known.known_at = known_at;
	found = read_standing(&known, now, known_at);
	if (known.purpose.nversions == 0 || known.purpose.adopted_at > known_at)
	{
		/* Of whom nothing was recorded then, nobody knew. */
		if (now || found)
			judge_unadopted(&known, found && !now, known_at);
	}
	return known;
}

/* Nobody of that key: only what is known of the key itself. */
static Verdict
verdict_of_nobody(Known *known, Instant at)
{
	Evidence	key = {.suppressed_at = INSTANT_END};
	Facts		facts = {0};

	identity_find(identity_seek(&known->subject, 1), &key, known->known_at);
	facts.erased = key.erased;
	facts.suppressed = key.suppressed_at <= at;
	return decide(&facts, at);
}

static Verdict
verdict_at(Known *known, Instant at)
{
	return known->nsegments > 0 ?
		timeline_at(known->segments, known->nsegments, at)->verdict :
		verdict_of_nobody(known, at);
}

/* ------------------------------------------------------------------------
 * verdict_of() and timeline()
 * ------------------------------------------------------------------------
 */

PG_FUNCTION_INFO_V1(verdict_of);
Datum
verdict_of(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	Known		known;
	Verdict		verdict;

	if (PG_ARGISNULL(ARG_SUBJECT))
		PG_RETURN_VERDICT(REASON_UNKNOWN_SUBJECT);
	if (PG_ARGISNULL(ARG_PURPOSE))
		PG_RETURN_VERDICT(REASON_NOT_STARTED);

	scope = sql_begin_read(sql_owner());
	if (registry_subject() == NULL)
		verdict = REASON_UNKNOWN_SUBJECT;
	else
	{
		known = find_known(fcinfo, ARG_KNOWN_AT);
		verdict = verdict_at(&known, PG_ARGISNULL(ARG_AT) ?
							 current_instant(&known) :
							 PG_GETARG_TIMESTAMPTZ(ARG_AT));
	}
	sql_end(&scope);
	PG_RETURN_VERDICT(verdict);
}

static Datum
range_of(Instant since, Instant until)
{
	TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID,
											 TYPECACHE_RANGE_INFO);
	RangeBound	lower = {
		.val = TimestampTzGetDatum(since),
		.infinite = since == INSTANT_BEGIN,
		.inclusive = since != INSTANT_BEGIN,
		.lower = true
	};
	RangeBound	upper = {
		.val = TimestampTzGetDatum(until),
		.infinite = until == INSTANT_END
	};

	return RangeTypePGetDatum(new_range(type, &lower, &upper));
}

PG_FUNCTION_INFO_V1(timeline_sql);
Datum
timeline_sql(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SqlScope	scope;
	Known		known;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(ARG_SUBJECT) || PG_ARGISNULL(ARG_PURPOSE))
		return (Datum) 0;
	scope = sql_begin_read(sql_owner());
	if (registry_subject() != NULL)
	{
		known = find_known(fcinfo, ARG_AT);
		for (int i = 0; i < known.nsegments; i++)
		{
			const Segment *s = &known.segments[i];
			Datum		values[] = {
				range_of(s->since, s->until),
				VerdictGetDatum(s->verdict),
				BoolGetDatum(s->is_explicit),
				TimestampTzGetDatum(s->content_from)
			};
			bool		nulls[lengthof(values)] = {false};

			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
								 nulls);
		}
	}
	sql_end(&scope);
	return (Datum) 0;
}

/* ------------------------------------------------------------------------
 * explain()
 * ------------------------------------------------------------------------
 */

static char *
text_of_instant(Instant at)
{
	return sql_output(TimestampTzGetDatum(at), TIMESTAMPTZOID);
}

static char *
text_of_days(const Reading *reading)
{
	char	   *first;

	if (reading->kind == READING_MISSING)
		return pstrdup("missing");
	if (reading->kind == READING_UNREADABLE)
		return pstrdup("unreadable");
	first = sql_output(Int32GetDatum(reading->first), DATEOID);
	if (reading->first == reading->last)
		return first;
	return psprintf("%s to %s", first,
					sql_output(Int32GetDatum(reading->last), DATEOID));
}

/* The last event of some decisions that is in effect at the instant. */
static char *
text_of_event(const Evidence *e, uint32 decisions, Instant at)
{
	const ConsentEvent *found = NULL;

	for (int i = 0; i < e->nevents; i++)
	{
		const ConsentEvent *event = &e->events[i];

		if (event->purpose == 0 && event->effective_at <= at &&
			!event->retracted && (decisions & (1u << event->decision)))
			found = event;
	}
	if (found == NULL)
		return pstrdup("nothing said");
	return psprintf("event " INT64_FORMAT ": %s of %s", found->id,
					decision_names[found->decision],
					text_of_instant(found->effective_at));
}

static char *
text_of_schooling(const Evidence *e)
{
	StringInfoData text;

	if (e->nschooling == 0)
		return pstrdup("no school of ISCED 1 to 3");
	initStringInfo(&text);
	for (int i = 0; i < e->nschooling && i < 10; i++)
	{
		const Schooling *stay = &e->schooling[i];

		appendStringInfoString(&text, i > 0 ? "; " : "");
		if (stay->starts.kind == READING_MISSING &&
			stay->ends.kind == READING_MISSING)
			appendStringInfoString(&text, "a school of ISCED 1 to 3, without dates");
		else
			appendStringInfo(&text, "from %s to %s", text_of_days(&stay->starts),
							 text_of_days(&stay->ends));
	}
	if (e->nschooling > 10)
		appendStringInfo(&text, "; and %d more", e->nschooling - 10);
	return text.data;
}

static char *
text_of_notice(const Evidence *e, const Known *known,
			   const PolicyVersion *version)
{
	Instant		first = INSTANT_END;

	for (int i = 0; i < e->nnotices; i++)
	{
		if (e->notices[i].purpose ==
			(evidence_has_notices(known->purpose.name) ? 0 : -1) &&
			(first == INSTANT_END || (version && e->notices[i].at >=
									  version->rules.announced_at)))
			first = Min(first, e->notices[i].at);
	}
	if (version && !version->rules.notice_required)
		return pstrdup("no notice is required");
	return psprintf("%s, announced %s",
					first == INSTANT_END ? "no notice" :
					psprintf("notice of %s", text_of_instant(first)),
					version && version->rules.announced_at != INSTANT_END ?
					text_of_instant(version->rules.announced_at) : "never");
}

/* What the rule looked at, as it is now. */
static char *
text_of_evidence(Known *known, int reason, const PolicyVersion *version,
				 Instant at)
{
	static const char *const bases[] = {"opt_out", "opt_in", "forbidden"};
	const Evidence *e = read_evidence(known);
	uint32		choices = 1u << DECISION_GRANT | 1u << DECISION_OBJECT |
		1u << DECISION_MIRROR_TRUE | 1u << DECISION_MIRROR_FALSE |
		1u << DECISION_MIRROR_UNKNOWN;

	switch (UINT32_C(1) << reason)
	{
		case REASON_UNKNOWN_SUBJECT:
			return pstrdup(e->known ? "a member has the key" :
						   "no member has the key");
		case REASON_NOT_STARTED:
			return version ? psprintf("effective %s",
									  text_of_instant(version->rules.effective_at)) :
				pstrdup("no policy row");
		case REASON_REGION_EXCLUDED:
			return psprintf("region %s, %s",
							e->region[0] ? e->region : "unknown",
							version ? bases[version->rules.basis] :
							"no policy row");
		case REASON_NOT_NOTIFIED:
			return text_of_notice(e, known, version);
		case REASON_OPTED_OUT:
		case REASON_NOT_GRANTED:
			return psprintf("%s%s", text_of_event(e, choices, at),
							version ? psprintf(", basis %s",
											   bases[version->rules.basis]) : "");
		case REASON_HOLD:
			return text_of_event(e, 1u << DECISION_HOLD | 1u << DECISION_RELEASE,
								 at);
		case REASON_MINOR:
			return psprintf("birth: %s", text_of_days(&e->birth));
		case REASON_SUSPECTED_MINOR:
			return text_of_schooling(e);
		case REASON_SUPPRESSED:
			return e->suppressed_at == INSTANT_END ?
				pstrdup("no identifier is suppressed") :
				psprintf("an identifier is suppressed since %s",
						 text_of_instant(e->suppressed_at));
		case REASON_ERASED:
			return pstrdup(e->erased ? "erased" : "not erased");
		default:
			return psprintf("birth: %s; setting: %s", text_of_days(&e->birth),
							text_of_event(e, choices, at));
	}
}

/* The stretch around the instant in which the rule says the same. */
static void
stretch_of(const Known *known, Verdict reason, Instant at, Instant *since,
		   Instant *until)
{
	const Segment *s = timeline_at(known->segments, known->nsegments, at);
	const Segment *first = s;
	const Segment *last = s;
	const Segment *end = known->segments + known->nsegments;

	while (first > known->segments &&
		   ((first[-1].verdict ^ s->verdict) & reason) == 0)
		first--;
	while (last + 1 < end && ((last[1].verdict ^ s->verdict) & reason) == 0)
		last++;
	*since = first->since;
	*until = last->until;
}

PG_FUNCTION_INFO_V1(explain);
Datum
explain(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SqlScope	scope;
	Known		known;
	Instant		at;
	Verdict		verdict;
	const PolicyLine *line = NULL;
	const PolicyVersion *version = NULL;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(ARG_SUBJECT) || PG_ARGISNULL(ARG_PURPOSE))
		return (Datum) 0;
	scope = sql_begin_read(sql_owner());
	if (registry_subject() == NULL)
	{
		sql_end(&scope);
		return (Datum) 0;
	}
	known = find_known(fcinfo, ARG_KNOWN_AT);
	at = PG_ARGISNULL(ARG_AT) ? current_instant(&known) :
		PG_GETARG_TIMESTAMPTZ(ARG_AT);
	verdict = verdict_at(&known, at);
	if (known.purpose.nversions > 0)
		line = policy_line(&known.purpose, read_evidence(&known)->region);
	if (line)
		version = policy_at(line, at);

	/* Evidence of then is kept nowhere: it is told where it is that of now. */
	for (int reason = 0; reason < REASON_COUNT; reason++)
	{
		Verdict		bit = UINT32_C(1) << reason;
		Instant		since = INSTANT_BEGIN;
		Instant		until = INSTANT_END;
		Datum		values[5];
		bool		nulls[5] = {false};

		if (known.nsegments > 0)
			stretch_of(&known, bit, at, &since, &until);
		else if (bit == REASON_SUPPRESSED &&
				 read_evidence(&known)->suppressed_at <= known.known_at)
			*((verdict & bit) ? &since : &until) =
				read_evidence(&known)->suppressed_at;
		values[0] = CStringGetTextDatum(reason_names[reason]);
		values[1] = BoolGetDatum((verdict & bit) != 0);
		nulls[2] = !known.current;
		values[2] = known.current ?
			CStringGetTextDatum(text_of_evidence(&known, reason, version, at)) :
			(Datum) 0;
		values[3] = TimestampTzGetDatum(since);
		values[4] = TimestampTzGetDatum(until);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	sql_end(&scope);
	return (Datum) 0;
}
