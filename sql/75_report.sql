-- Numbers: for monitoring, and for who has to report.

CREATE FUNCTION aiconsent.health_numbers(
	OUT subjects bigint, OUT estimated boolean, OUT eligible bigint,
	OUT not_started bigint, OUT region_excluded bigint,
	OUT not_notified bigint, OUT opted_out bigint, OUT not_granted bigint,
	OUT hold bigint, OUT minor bigint, OUT suspected_minor bigint,
	OUT suppressed bigint, OUT erased bigint, OUT error bigint,
	OUT last_event interval, OUT last_seal interval, OUT unsealed bigint,
	OUT open_runs bigint, OUT drift bigint, OUT longest_snapshot interval)
	RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.health_numbers() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.health_numbers() IS
'what the view health shows. For auditors.';
CREATE VIEW aiconsent.health AS SELECT h.* FROM aiconsent.health_numbers() h;
COMMENT ON VIEW aiconsent.health IS
'one row of numbers, for monitoring: cheap at any number of subjects';
COMMENT ON COLUMN aiconsent.health.subjects IS
'members; all of the next, up to error, are of these, for each purpose: one who is out for two reasons counts for both';
COMMENT ON COLUMN aiconsent.health.estimated IS
'there are many subjects, and these numbers are those of a sample of some thousands, as a share of all; aiconsent.standing has them exactly';
COMMENT ON COLUMN aiconsent.health.last_event IS
'since the last event was recorded';
COMMENT ON COLUMN aiconsent.health.last_seal IS
'since the ledger was sealed last; NULL: never';
COMMENT ON COLUMN aiconsent.health.unsealed IS
'ids of events given since the last seal';
COMMENT ON COLUMN aiconsent.health.open_runs IS
'runs that were neither sealed nor failed';
COMMENT ON COLUMN aiconsent.health.drift IS
'training views that are not what publish() would make now; aiconsent.drift looks for more';
COMMENT ON COLUMN aiconsent.health.longest_snapshot IS
'since when the oldest transaction that reads by one snapshot reads by it';

CREATE FUNCTION aiconsent.corpus_categories(
	purpose text, OUT category text, OUT number bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20;
REVOKE ALL ON FUNCTION aiconsent.corpus_categories(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.corpus_categories(text) IS
'how many texts of each category the corpus of a purpose has now; none where it is not published. Reads all of it. For auditors.';

CREATE FUNCTION aiconsent.report(
	purpose text DEFAULT 'content_generation', during tstzrange DEFAULT NULL)
	RETURNS TABLE (section text, month date, region text, category text,
		reason text, number bigint, span interval)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1000
	SET search_path = pg_catalog, aiconsent, pg_temp
	SET timezone = 'UTC'
	SET jit = off
	SET work_mem = '64MB'
AS $$
WITH period AS MATERIALIZED (
	SELECT COALESCE(lower($2), (SELECT min(p.effective_at) FROM policy p WHERE p.purpose = $1)) AS since,
		LEAST(COALESCE(upper($2), 'infinity'), clock_timestamp()) AS until
),
-- The end of each month of it, or now.
month_end AS MATERIALIZED (
	SELECT m::date AS month, LEAST(m + interval '1 month' - interval '1 microsecond', p.until) AS at
	FROM period p, generate_series(date_trunc('month', p.since), p.until, interval '1 month') m
),
who AS MATERIALIZED (SELECT s.subject, COALESCE(s.region, '') AS region FROM evidence_subjects() s),
-- Who said no, and from when until the first run that was without them.
objection AS MATERIALIZED (
	SELECT c.id, c.subject, c.recorded_at, COALESCE(w.region, '') AS region,
		(SELECT min(r.begun_at) FROM run r JOIN run_seal s ON s.run = r.id
			LEFT JOIN head h ON h.subject = c.subject
			WHERE r.purpose = c.purpose AND r.begun_at >= c.recorded_at
				AND NOT run_had(s.numbers, h.number)) AS effective
	FROM consent c LEFT JOIN who w USING (subject), period p
	WHERE c.purpose = $1 AND c.decision IN ('object', 'mirror_false', 'hold')
		AND c.recorded_at >= p.since AND c.recorded_at < p.until
)
SELECT 'standing', v.month, v.region, NULL::text, e.reason, sum(v.number)::bigint, NULL::interval
FROM (SELECT m.month, w.region, s.verdict, count(*) AS number
		FROM standing s JOIN who w USING (subject) JOIN month_end m ON s.since <= m.at AND m.at < s.until
		WHERE s.purpose = $1
		GROUP BY 1, 2, 3) v,
	unnest(string_to_array(v.verdict::text, ',')) e(reason)
GROUP BY 2, 3, 5
UNION ALL
SELECT 'event', date_trunc('month', c.recorded_at)::date, COALESCE(w.region, ''), NULL, c.decision, count(*), NULL
FROM consent c LEFT JOIN who w USING (subject), period p
WHERE (c.purpose = $1 OR c.decision = 'erase') AND c.recorded_at >= p.since AND c.recorded_at < p.until
GROUP BY 2, 3, 5
UNION ALL
SELECT 'latency', NULL, NULL, NULL, q.name, count(o.effective), percentile_disc(q.share) WITHIN GROUP (ORDER BY o.effective - o.recorded_at)
FROM objection o, (VALUES ('p50', 0.5), ('p99', 0.99), ('max', 1)) q(name, share)
GROUP BY q.name, q.share
UNION ALL
SELECT 'latency', NULL, NULL, NULL, 'no run since', count(*), NULL FROM objection o WHERE o.effective IS NULL
UNION ALL
SELECT 'correction', date_trunc('month', c.recorded_at)::date, NULL, NULL,
	CASE WHEN c.decision = 'retract' THEN 'retracted' ELSE 'dated back' END, count(*), NULL
FROM consent c, period p
WHERE c.purpose = $1 AND c.recorded_at >= p.since AND c.recorded_at < p.until
	AND (c.decision = 'retract' OR c.effective_at < c.recorded_at - interval '1 minute') AND c.channel IS DISTINCT FROM 'import'
GROUP BY 2, 5
UNION ALL
SELECT 'run', date_trunc('month', r.begun_at)::date, NULL, NULL, COALESCE(s.outcome, 'open'), count(*), NULL
FROM run r LEFT JOIN run_seal s ON s.run = r.id, period p
WHERE r.purpose = $1 AND r.begun_at >= p.since AND r.begun_at < p.until
GROUP BY 2, 5
UNION ALL
SELECT 'removal', date_trunc('month', r.begun_at)::date, NULL, NULL, m.cause, count(DISTINCT COALESCE(m.subject, m.subject_ref)), NULL
FROM run r, removal(r.id) m, period p
WHERE r.purpose = $1 AND r.begun_at >= p.since AND r.begun_at < p.until
GROUP BY 2, 5
UNION ALL
SELECT 'text', NULL, NULL, t.category, NULL, t.number, NULL FROM corpus_categories($1) t
UNION ALL
SELECT 'field', NULL, NULL, x.category, COALESCE(f.level, 'unlabelled'), count(*), NULL
FROM (SELECT DISTINCT d.relation FROM declarations() d WHERE d.kind = 'source') d
	JOIN pg_attribute a ON a.attrelid = d.relation AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN field f ON f.relation = d.relation AND f.field = a.attname
	LEFT JOIN LATERAL unnest(f.categories) x(category) ON true
GROUP BY 4, 5
ORDER BY 1, 2, 3, 4, 5
$$;
REVOKE ALL ON FUNCTION aiconsent.report(text, tstzrange) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.report(text, tstzrange) IS
'what a regulator asks for, of a purpose in a period (NULL: since its policy is in force, until now), in UTC. section standing: subjects at the end of each month by region and reason (eligible, or why they are out; who has two reasons counts for both), as is known now; event: what was said, by month; latency: from an objection, a setting that was switched off or a hold to the first sealed run that was without the subject (number: of so many, span: p50, p99, max); correction: events retracted, or dated back; run: by outcome; removal: subjects to be taken out of the runs of a month, by cause; text: texts in the corpus now, by category; field: columns of the sources, by level and category. region: the empty text is none. For auditors.';
