-- Is what was decided what the evidence says?  Plain SQL over evidence that is
-- read row by row: another way than that of a judgement, with only the law
-- itself, decide(), in common.

CREATE FUNCTION aiconsent.evidence_subjects(
	OUT subject text, OUT birth daterange, OUT region text,
	OUT notified_at timestamptz, OUT suppressed_at timestamptz,
	OUT erased boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100000;
REVOKE ALL ON FUNCTION aiconsent.evidence_subjects() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.evidence_subjects() IS
'every subject as the law sees it: birth: all days that the birth date can mean, empty where it is unreadable, NULL where it is missing; region: as it is compared; notified_at: NULL where absurd. For auditors.';
CREATE FUNCTION aiconsent.evidence_mentions(
	OUT subject text, OUT handle bytea, OUT profile bytea)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100000;
REVOKE ALL ON FUNCTION aiconsent.evidence_mentions() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.evidence_mentions() IS
'every subject that has a handle or a profile: their keyed hashes, as aiconsent.head is to have them. For auditors.';
CREATE FUNCTION aiconsent.evidence_schooling(
	OUT subject text, OUT relation text, OUT level text, OUT school text,
	OUT starts daterange, OUT ends daterange)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100000;
REVOKE ALL ON FUNCTION aiconsent.evidence_schooling() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.evidence_schooling() IS
'every row of schooling: starts and ends: all days that they can mean, empty where unreadable, NULL where missing. For auditors.';
CREATE FUNCTION aiconsent.evidence_notices(
	OUT subject text, OUT purpose text, OUT at timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100000;
REVOKE ALL ON FUNCTION aiconsent.evidence_notices() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.evidence_notices() IS
'every notice of the tables of register_notice(). For auditors.';
CREATE FUNCTION aiconsent.evidence_settings(
	OUT subject text, OUT purpose text, OUT setting text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100000;
REVOKE ALL ON FUNCTION aiconsent.evidence_settings() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.evidence_settings() IS
'what the settings of register_preference() say now: mirror_true, mirror_false or mirror_unknown. For auditors.';

CREATE FUNCTION aiconsent.declarations(
	OUT binding text, OUT kind text, OUT relation regclass, OUT purpose text,
	OUT role text, OUT attnum smallint, OUT expression text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 30;
REVOKE ALL ON FUNCTION aiconsent.declarations() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.declarations() IS
'what is declared, column by column: role is what the column is for us, attnum NULL for an expression over the row. A declaration whose binding was replaced is missing. For auditors.';

CREATE FUNCTION aiconsent.coming_of_age(birth daterange, adult_age integer)
	RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN pg_catalog.upper(birth) < '5000-01-01' THEN
		pg_catalog.timezone('UTC', pg_catalog.make_date(
			pg_catalog.date_part('year', pg_catalog.upper(birth) - 1)::integer + adult_age,
			pg_catalog.date_part('month', pg_catalog.upper(birth) - 1)::integer, 1)
		+ (pg_catalog.date_part('day', pg_catalog.upper(birth) - 1)::integer - 1)
		+ '12 hours'::interval) END;
REVOKE ALL ON FUNCTION aiconsent.coming_of_age(daterange, integer) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.coming_of_age(daterange, integer) IS
'the instant from which the youngest reading of the birth is of age everywhere on Earth: 12:00 UTC of the birthday (UTC-12), 1 March for 29 February; NULL for an empty range or one in the far future';

-- Every subject's verdict as the evidence says it.

CREATE FUNCTION aiconsent.present() RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL UNSAFE
	BEGIN ATOMIC
	SELECT GREATEST(pg_catalog.clock_timestamp(), pg_catalog.max(h.recorded_at), pg_catalog.max(h.last_event))
	FROM aiconsent.head h;
	END;
REVOKE ALL ON FUNCTION aiconsent.present() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.present() IS
'now: behind all that was recorded, whatever the clock says and whenever the transaction began. For auditors.';

CREATE FUNCTION aiconsent.lawful_standing(at timestamptz DEFAULT NULL)
	RETURNS TABLE (subject text, purpose text, instant timestamptz,
		known boolean, birth daterange, verdict aiconsent.verdict,
		explicit boolean, content_from timestamptz)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100000
	SET search_path = pg_catalog, aiconsent, pg_temp
	SET jit = off
	SET work_mem = '64MB'
AS $$
WITH present AS MATERIALIZED (SELECT present() AS at),
who AS MATERIALIZED (
	SELECT s.*, COALESCE(s.region, '') AS place FROM evidence_subjects() s
),
-- The policy rows that hold for a region, each from its instant on.
line AS MATERIALIZED (
	SELECT w.place, u.name AS purpose, p.policy,
		CASE WHEN lag(p.id) OVER o IS NULL THEN '-infinity' ELSE p.effective_at END AS since,
		COALESCE(lead(p.effective_at) OVER o, 'infinity') AS until
	FROM (SELECT DISTINCT place FROM who) w, purpose u,
		LATERAL (SELECT DISTINCT ON (q.effective_at) q.effective_at, q.id, q AS policy FROM policy q
			WHERE q.purpose = u.name AND CASE
				WHEN EXISTS (SELECT FROM policy r WHERE r.purpose = u.name
					AND w.place = ANY (r.regions))
				THEN w.place = ANY (q.regions) ELSE q.regions IS NULL END
			ORDER BY q.effective_at, q.id DESC) p
	WINDOW o AS (PARTITION BY w.place, u.name ORDER BY p.effective_at)
),
-- What was said, in its order; with all events, and without retracted ones.
event AS MATERIALIZED (
	SELECT c.*, EXISTS (SELECT FROM consent r WHERE r.retracts = c.id) AS retracted,
		array_position(ARRAY['mirror_true', 'grant', 'mirror_false', 'object',
			'mirror_unknown', 'release', 'hold'], c.decision) AS rank
	FROM consent c WHERE c.decision NOT IN ('retract', 'erase')
),
hearing AS (
	SELECT e.*, voided,
		row_number() OVER (PARTITION BY e.subject, e.purpose, voided
			ORDER BY e.effective_at, e.rank, e.notice_version IS NULL, e.id) AS n
	FROM event e, (VALUES (false), (true)) v(voided)
	WHERE voided OR NOT e.retracted
),
heard AS (
	SELECT h.*,
		max(n) FILTER (WHERE decision IN ('grant', 'object')) OVER o AS said,
		max(n) FILTER (WHERE decision = 'object') OVER o AS object,
		max(n) FILTER (WHERE decision = 'mirror_true') OVER o AS yes,
		max(n) FILTER (WHERE decision = 'mirror_false') OVER o AS no,
		max(n) FILTER (WHERE decision = 'mirror_unknown') OVER o AS unknown,
		max(n) FILTER (WHERE decision = 'hold') OVER o AS hold,
		max(n) FILTER (WHERE decision = 'release') OVER o AS release
	FROM hearing h
	WINDOW o AS (PARTITION BY subject, purpose, voided ORDER BY n)
),
state AS (
	SELECT subject, purpose, voided, effective_at, n,
		CASE WHEN said = object OR no > GREATEST(said, yes, 0) THEN 'object'
			WHEN no > COALESCE(said, 0) THEN NULL
			WHEN said IS NOT NULL THEN 'grant' END AS choice,
		said, COALESCE(unknown > GREATEST(said, yes, no, 0), false) AS unreadable,
		COALESCE(hold > COALESCE(release, 0), false) AS held
	FROM heard
),
granted AS (
	SELECT s.*, CASE WHEN choice = 'grant' THEN g.id END AS grant_id,
		CASE WHEN choice = 'grant' THEN g.notice_version IS NOT NULL END AS noticed
	FROM state s LEFT JOIN hearing g ON g.subject = s.subject
		AND g.purpose = s.purpose AND g.voided = s.voided AND g.n = s.said
),
choice AS MATERIALIZED (
	SELECT c.*, COALESCE(lead(since) OVER (PARTITION BY subject, purpose, voided ORDER BY since),
		'infinity') AS until
	FROM (SELECT DISTINCT ON (subject, purpose, voided, effective_at)
			subject, purpose, voided, effective_at AS since, choice, unreadable,
			held, grant_id, noticed
		FROM granted ORDER BY subject, purpose, voided, effective_at, n DESC) c
),
schools AS MATERIALIZED (
	SELECT e.subject, array_agg(ROW (s.stage, e.starts, e.ends)::schooling) AS schooling
	FROM evidence_schooling() e JOIN who w USING (subject),
		LATERAL (SELECT education_stage(e.level, e.school, w.region) AS stage) s
	WHERE s.stage && '[1,3]'::int4range
	GROUP BY 1
),
notice AS MATERIALIZED (
	SELECT n.subject, n.purpose, n.at FROM evidence_notices() n
	UNION ALL
	SELECT w.subject, u.name, w.notified_at FROM who w, purpose u
	WHERE w.notified_at IS NOT NULL AND NOT EXISTS (SELECT FROM registration r
		WHERE r.kind = 'notice' AND r.purpose = u.name)
),
told AS MATERIALIZED (
	SELECT n.subject, n.purpose, (l.policy).id, min(n.at) AS at
	FROM notice n JOIN who w USING (subject)
		JOIN line l ON l.place = w.place AND l.purpose = n.purpose
			AND n.at >= (l.policy).announced_at
	GROUP BY 1, 2, 3
),
-- Every instant at which something can change, and the one before it.
instant AS (
	SELECT DISTINCT i.subject, i.purpose, b.at
	FROM (
		SELECT subject, purpose, since AS at FROM standing
		UNION ALL SELECT subject, purpose, effective_at FROM event
		UNION ALL SELECT w.subject, l.purpose, x.at
			FROM who w JOIN line l USING (place), LATERAL (VALUES
				(l.since), ((SELECT p.at FROM present p)), (w.suppressed_at),
				(coming_of_age(w.birth, (l.policy).adult_age))) x(at)
		UNION ALL SELECT n.subject, n.purpose, n.at FROM notice n
		UNION ALL SELECT s.subject, u.name, timezone('UTC', x.day + x.hours)
			FROM schools s, purpose u, unnest(s.schooling) e, LATERAL (VALUES
				(CASE WHEN NOT isempty(e.starts) THEN lower(e.starts)::timestamp END, interval '-14 hours'),
				(CASE WHEN NOT isempty(e.ends) THEN upper(e.ends)::timestamp END, interval '12 hours'))
				x(day, hours)
			WHERE x.day < '5000-01-01'
	) i, LATERAL (VALUES (i.at), (i.at - interval '1 microsecond')) b(at)
	WHERE $1 IS NULL AND i.at IS NOT NULL AND (isfinite(i.at) OR b.at = '-infinity')
	UNION ALL
	SELECT w.subject, u.name, $1 FROM who w, purpose u WHERE $1 IS NOT NULL
),
facts AS (
	SELECT i.subject, i.purpose, i.at, w.birth, w.erased, l.policy,
		w.subject IS NOT NULL AS known,
		COALESCE(w.suppressed_at <= i.at, false) AS suppressed,
		c.choice, c.held, c.unreadable, c.grant_id, c.noticed, a.grant_id AS voided_grant,
		x.schooling, t.at AS notified_at
	FROM instant i
		LEFT JOIN who w USING (subject)
		LEFT JOIN line l ON l.place = w.place AND l.purpose = i.purpose
			AND l.since <= i.at AND i.at < l.until
		LEFT JOIN told t ON t.subject = i.subject AND t.purpose = i.purpose
			AND t.id = (l.policy).id
		LEFT JOIN schools x ON x.subject = i.subject
		LEFT JOIN choice c ON c.subject = i.subject AND c.purpose = i.purpose
			AND NOT c.voided AND c.since <= i.at AND i.at < c.until
		LEFT JOIN choice a ON a.subject = i.subject AND a.purpose = i.purpose
			AND a.voided AND a.since <= i.at AND i.at < a.until
)
SELECT f.subject, f.purpose, f.at, f.known, f.birth,
		decide(f.policy, f.at, f.known, f.choice, COALESCE(f.held, false), f.notified_at, f.birth,
			f.schooling, f.suppressed, COALESCE(f.erased, false), true,
			COALESCE(f.unreadable, false)) AS verdict,
		COALESCE(f.noticed AND f.grant_id = f.voided_grant, false) AS explicit,
		COALESCE(GREATEST((f.policy).data_from,
			CASE WHEN (f.policy).minor_content = 'out' THEN
				coming_of_age(f.birth, (f.policy).adult_age) END),
			'-infinity') AS content_from
	FROM facts f
$$;
REVOKE ALL ON FUNCTION aiconsent.lawful_standing(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.lawful_standing(timestamptz) IS
'recompute every subject''s verdict in plain SQL from ledger, policy and evidence, at an instant, and then nothing is read of what is stored; NULL: at every instant at which a fact or what is stored changes, and just before. For auditors.';

CREATE FUNCTION aiconsent.verify_standing()
	RETURNS TABLE (subject text, purpose text, at timestamptz,
		stored aiconsent.verdict, recomputed aiconsent.verdict,
		difference text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
	SET search_path = pg_catalog, aiconsent, pg_temp
	SET jit = off
	SET work_mem = '64MB'
AS $$
WITH present AS MATERIALIZED (SELECT present() AS at),
mention AS MATERIALIZED (SELECT * FROM evidence_mentions()),
stored AS MATERIALIZED (
	SELECT s.subject, s.purpose, s.since, s.until, s.verdict, s.explicit, s.content_from,
		COALESCE(bool_or(s.verdict = 'eligible') OVER (PARTITION BY s.subject, s.purpose
			ORDER BY s.since ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), false) AS more
	FROM standing s
),
lawful AS MATERIALIZED (
	SELECT l.subject, l.purpose, l.instant AS at, l.known, l.birth, l.verdict, l.explicit, l.content_from
	FROM lawful_standing() l
)
SELECT l.subject, l.purpose, l.at, s.verdict, l.verdict,
	CASE WHEN s.verdict IS NULL THEN 'no standing'
		WHEN NOT l.known THEN 'a standing of nobody'
		WHEN s.verdict <> l.verdict THEN 'another verdict'
		WHEN s.explicit <> l.explicit THEN 'another explicitness'
		ELSE 'another content_from' END
FROM lawful l LEFT JOIN stored s ON s.subject = l.subject AND s.purpose = l.purpose
	AND s.since <= l.at AND l.at < s.until
WHERE (l.known OR s.verdict IS NOT NULL)
	AND EXISTS (SELECT FROM policy p WHERE p.purpose = l.purpose)
	AND (s.verdict IS NULL OR NOT l.known OR s.verdict <> l.verdict
		OR s.explicit <> l.explicit
		OR (s.content_from <> l.content_from AND l.known
			AND COALESCE(upper(l.birth) < '5000-01-01', true)))
UNION ALL
-- What eligible() reads follows from the standing.
SELECT COALESCE(w.subject, e.subject), COALESCE(w.purpose, e.purpose), (SELECT p.at FROM present p), e.verdict, NULL,
	CASE WHEN e.subject IS NULL THEN 'eligible() lets through who is out'
		WHEN w.subject IS NULL THEN 'eligible() keeps out who is in'
		ELSE 'eligible() answers otherwise' END
FROM (
	SELECT x.*, u.name AS purpose FROM (
		SELECT subject::text, since, until, content_from, explicit, more, purpose AS id FROM standing_int8
		UNION ALL
		SELECT subject::text, since, until, content_from, explicit, more, purpose FROM standing_uuid
		UNION ALL
		SELECT subject, since, until, content_from, explicit, more, purpose FROM standing_text) x
		LEFT JOIN purpose u ON u.id = x.id
) w FULL JOIN (
	SELECT DISTINCT ON (s.subject, s.purpose) s.*
	FROM stored s WHERE s.until > (SELECT p.at FROM present p) AND s.verdict = 'eligible'
	ORDER BY s.subject, s.purpose, s.since
) e ON e.subject = w.subject AND e.purpose = w.purpose
WHERE CASE WHEN e.subject IS NULL THEN w.until > (SELECT p.at FROM present p)
	WHEN w.subject IS NULL THEN true
	WHEN w.until <= (SELECT p.at FROM present p) THEN NOT w.more
	ELSE e.until <> w.until OR e.content_from <> w.content_from
		OR e.explicit <> w.explicit OR e.more <> w.more
		OR (e.since <> w.since AND (e.since > (SELECT p.at FROM present p) OR w.since <> '-infinity')) END
UNION ALL
-- What is packed says the same, of those who are not named apart.
SELECT COALESCE(w.subject, k.subject)::text, u.name, (SELECT p.at FROM present p), NULL, NULL,
	'eligible() answers otherwise in a scan'
FROM (
	SELECT * FROM standing_int8 s WHERE EXISTS (SELECT FROM standing_packed p WHERE p.purpose = s.purpose)
		AND s.until > (SELECT p.packed_at FROM standing_packed p WHERE p.purpose = s.purpose)
) w FULL JOIN standing_packed_windows() k ON k.subject = w.subject AND k.purpose = w.purpose
	LEFT JOIN purpose u ON u.id = COALESCE(w.purpose, k.purpose)
WHERE COALESCE(w.subject, k.subject) NOT IN (SELECT subject FROM standing_unpacked)
	AND (w.subject IS NULL OR k.subject IS NULL OR w.more OR w.until <> k.until
		OR w.content_from <> k.content_from OR w.explicit <> k.explicit
		OR (w.since <> k.since AND (k.since <> '-infinity'
			OR w.since > (SELECT p.packed_at FROM standing_packed p WHERE p.purpose = w.purpose))))
UNION ALL
-- Rows that were edited by hand, and what was known before without a gap.
SELECT h.subject, NULL, h.recorded_at, NULL, NULL, 'its row of aiconsent.head was edited'
FROM head h WHERE h.hash <> row_hash(h)
UNION ALL
SELECT h.subject, NULL, h.superseded_at, NULL, NULL, 'a row of aiconsent.head_history was edited'
FROM head_history h WHERE h.hash <> row_hash(h)
UNION ALL
SELECT o.subject, NULL, o.superseded_at, NULL, NULL, 'a row of aiconsent.head_history is missing'
FROM (SELECT h.subject, h.superseded_at, lead(h.recorded_at) OVER (PARTITION BY h.subject ORDER BY h.superseded_at) AS next
	FROM head_history h) o LEFT JOIN head d ON d.subject = o.subject
WHERE o.superseded_at <> COALESCE(o.next, d.recorded_at, o.superseded_at)
UNION ALL
-- Whom scrub() finds by a handle or an address.
SELECT COALESCE(h.subject, m.subject), NULL, (SELECT p.at FROM present p), NULL, NULL,
	'mentions of the subject are looked for otherwise'
FROM (SELECT * FROM head WHERE handle IS NOT NULL OR profile IS NOT NULL) h
	FULL JOIN mention m ON m.subject = h.subject
WHERE (h.handle IS DISTINCT FROM m.handle OR h.profile IS DISTINCT FROM m.profile)
	AND (h.subject IS NOT NULL OR EXISTS (SELECT FROM policy))
	AND NOT EXISTS (SELECT FROM mention o WHERE o.subject = h.subject
		AND o.handle IS NOT DISTINCT FROM h.handle AND o.profile IS NOT DISTINCT FROM h.profile)
$$;
REVOKE ALL ON FUNCTION aiconsent.verify_standing() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.verify_standing() IS
'recompute every subject''s standing in plain SQL, at every instant at which a fact changes, and list where what is stored differs: after triggers were disabled, or a table was edited by hand. Empty: all is in step. Reads everything; for auditors.';
