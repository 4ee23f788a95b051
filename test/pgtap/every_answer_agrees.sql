-- verdict_of(), timeline(), explain() and the view standing are one answer, of
-- every subject, at every instant, as it is known and as it was.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE TABLE member (id int PRIMARY KEY, born date, region text, told timestamptz, mail text);
CREATE TABLE education (member int, level int, starts date, ends date);
CREATE TABLE setting (member int, training boolean);
INSERT INTO member SELECT g, CASE g % 6 WHEN 0 THEN NULL WHEN 1 THEN date '2008-02-29' + g WHEN 2 THEN 'infinity' ELSE '1980-01-01' END,
  (ARRAY['FR', 'GB', 'US', NULL])[1 + g % 4], CASE g % 5 WHEN 0 THEN NULL ELSE timestamptz '2025-09-16Z' + g * interval '1 day' END, 'm' || g || '@example.org'
FROM generate_series(1, 48) g;
INSERT INTO education SELECT g, 1 + g % 4, CASE WHEN g % 3 > 0 THEN date '2020-09-01' + g * 30 END, CASE WHEN g % 4 > 0 THEN date '2024-06-30' + g * 30 END FROM generate_series(1, 48, 3) g;
SELECT aiconsent.register_subject('member', birth => 'born', region => 'region', notified_at => 'told', email => 'mail') \g /dev/null
SELECT aiconsent.register_education('education', 'member', 'level', starts => 'starts', ends => 'ends') \g /dev/null
CREATE TABLE known (k timestamptz);
INSERT INTO known VALUES (NULL), (clock_timestamp());
SELECT pg_sleep(0.002) \g /dev/null
SELECT aiconsent.adopt_policy(regions => '{EEA}', notice_period => '10 days', data_from => '2015-01-01Z'), aiconsent.adopt_policy(effective_at => '2025-12-01Z') \g /dev/null
SELECT aiconsent.adopt_policy('asked', basis => 'opt_in', regions => '{FR,GB}', effective_at => '2025-11-10Z', notice_required => false),
  aiconsent.adopt_policy('asked', basis => 'forbidden', regions => '{GB}', effective_at => '2026-06-01Z'), aiconsent.adopt_policy('asked', basis => 'opt_out', regions => '{FR}', effective_at => '2028-06-01Z') \g /dev/null
SELECT aiconsent.register_preference('setting', 'member', 'training') \g /dev/null
INSERT INTO known VALUES (clock_timestamp());
SELECT pg_sleep(0.002) \g /dev/null

-- All kinds of events, some of them retracted.
SELECT aiconsent.record_consent(1 + n * 7 % 48, (ARRAY['content_generation', 'asked'])[1 + n % 2], (ARRAY['grant', 'object', 'hold', 'release'])[1 + n * 13 / 5 % 4],
  timestamptz '2025-10-01Z' + n * 37 % 900 * interval '1 day', notice_version => CASE n % 3 WHEN 0 THEN 'v1' END, reason => 'history')
FROM generate_series(1, 120) n \g /dev/null
INSERT INTO setting SELECT g, CASE g % 3 WHEN 0 THEN NULL ELSE g % 2 = 0 END FROM generate_series(1, 48, 4) g;
INSERT INTO known VALUES (clock_timestamp());
SELECT pg_sleep(0.002) \g /dev/null
SELECT aiconsent.retract(ARRAY(SELECT id FROM aiconsent.consent WHERE id % 5 = 0 AND decision <> 'retract'), 'mistake') \g /dev/null
SELECT aiconsent.suppress('m7@example.org', 'email'), aiconsent.suppress('m8@example.org', 'email') AS s8, aiconsent.suppress('1001', 'key') \gset
SELECT aiconsent.erase_subject(9, 'asked'), aiconsent.erase_subject(1002, 'asked') \g /dev/null
UPDATE setting SET training = NOT training WHERE member % 8 = 1;
DELETE FROM setting WHERE member % 8 = 5;
UPDATE member SET born = '2012-01-01' WHERE id = 10;
UPDATE member SET region = 'FR' WHERE id = 11;
DELETE FROM member WHERE id = 12;
INSERT INTO known VALUES (clock_timestamp());
SELECT pg_sleep(0.002) \g /dev/null
SELECT aiconsent.retract_suppression(:s8, 'another one') \g /dev/null
DELETE FROM education WHERE member % 2 = 0;

-- ---------------------------------------------------------------------------
-- Whom, of what, as known when: and at each turning point, just before it, and
-- in between.
-- ---------------------------------------------------------------------------
CREATE TABLE question AS
  SELECT row_number() OVER () AS q, s AS subject, p AS purpose, k
  FROM (SELECT generate_series(1, 48) UNION ALL VALUES (1001), (1002), (1003)) s(s), unnest('{content_generation,asked,never_adopted}'::text[]) p, known WHERE k IS NULL OR s % 3 = 0 OR s > 1000;
CREATE TABLE segment AS SELECT q, t.* FROM question, LATERAL aiconsent.timeline(subject, purpose, k) t;
CREATE TABLE point AS
  SELECT DISTINCT q, at FROM question, LATERAL (
    SELECT lower(during) FROM segment s WHERE s.q = question.q AND NOT lower_inf(during)
    UNION ALL SELECT lower(during) - interval '1 us' FROM segment s WHERE s.q = question.q AND NOT lower_inf(during)
    UNION ALL SELECT unnest('{2020-01-01Z,2026-01-15Z,2027-06-01Z,2040-01-01Z}'::timestamptz[])) a(at);
CREATE TABLE answer AS
  SELECT q, at, subject, purpose, k, aiconsent.verdict_of(subject, purpose, at, k)::text AS verdict FROM point JOIN question USING (q);
CREATE TABLE rule AS
  SELECT q, a.at, e.* FROM answer a, LATERAL aiconsent.explain(subject, purpose, at, k) WITH ORDINALITY AS e(rule, holds, evidence, since, until, n);
CREATE INDEX ON rule (q, at);
CREATE INDEX ON segment (q);
ANALYZE question, segment, answer, rule;
SELECT cmp_ok((SELECT count(*) FROM answer), '>', 2000::bigint, 'there are questions');
SELECT cmp_ok((SELECT count(DISTINCT verdict) FROM answer), '>', 30::bigint, 'and many kinds of answers');

SELECT is_empty('SELECT subject, purpose, k, at, a.verdict, s.verdict::text FROM answer a LEFT JOIN segment s ON s.q = a.q AND s.during @> at
  WHERE s.verdict::text IS DISTINCT FROM a.verdict AND (s.q IS NOT NULL OR a.verdict !~ ''unknown_subject'')', 'timeline() says what verdict_of() says, or nothing of nobody');
SELECT is_empty('SELECT q FROM (SELECT q, during, lag(during) OVER w AS before, lead(during) OVER w AS after FROM segment WINDOW w AS (PARTITION BY q ORDER BY during)) s
  WHERE NOT COALESCE(before -|- during, lower_inf(during)) OR NOT COALESCE(during -|- after, upper_inf(during)) OR isempty(during)',
  'its segments follow each other without a gap from the beginning of time to its end');
SELECT is_empty('SELECT q FROM (SELECT q, row(verdict::text, explicit, content_from) AS now, lag(row(verdict::text, explicit, content_from)) OVER (PARTITION BY q ORDER BY during) AS before FROM segment) s
  WHERE now = before', 'and each differs from the one before');
SELECT is_empty($$SELECT subject::text COLLATE "C", purpose, lower(during), upper(during), verdict::text, explicit, content_from FROM segment JOIN question USING (q) WHERE k IS NULL AND purpose <> 'never_adopted'
  EXCEPT SELECT subject, purpose, NULLIF(since, '-infinity'), NULLIF(until, 'infinity'), verdict::text, explicit, content_from FROM aiconsent.standing$$, 'the view standing has the same');
SELECT is_empty($$SELECT q FROM question q WHERE k IS NULL AND EXISTS (SELECT FROM member WHERE id = subject) AND NOT EXISTS (SELECT FROM segment s WHERE s.q = q.q)$$, 'every member has a timeline');
SELECT is_empty($$SELECT q.subject, q.k, s.verdict FROM question q JOIN segment s USING (q) WHERE subject IN (1001, 1002, 1003) OR subject = 12 AND k IS NULL$$, 'nobody else has one');

SELECT is((SELECT array_agg(rule ORDER BY n) FROM rule WHERE q = 1 AND at = '2026-01-15Z'),
  '{unknown_subject,not_started,region_excluded,not_notified,opted_out,not_granted,hold,minor,suspected_minor,suppressed,erased,error}'::text[], 'explain() has one row for each rule, in the order of the verdict');
SELECT is_empty('SELECT a.q, a.at FROM answer a LEFT JOIN rule r USING (q, at) GROUP BY a.q, a.at HAVING count(rule) <> 12 OR count(DISTINCT rule) <> 12', 'whatever is asked');
SELECT is_empty($$SELECT a.subject, a.purpose, a.at, a.k, a.verdict, e FROM answer a, LATERAL (SELECT COALESCE(string_agg(rule, ',' ORDER BY n) FILTER (WHERE holds), 'eligible') AS e
    FROM rule r WHERE r.q = a.q AND r.at = a.at) r WHERE e <> verdict$$, 'the rules that hold are the reasons of verdict_of()');
SELECT is_empty($$SELECT q, at, rule, since, until FROM rule WHERE NOT (since <= at AND (at < until OR until = 'infinity'))$$, 'the stretch in which a rule says so contains the instant');
SELECT is_empty($$SELECT DISTINCT subject, purpose, k, rule, since, until, a.at, holds FROM (SELECT DISTINCT q, rule, holds, since, until FROM rule) r JOIN answer a USING (q)
  WHERE (a.at >= since AND a.at < until) AND holds <> (a.verdict ~ format('\m%s\M', rule))$$, 'and every instant at which it says so');
SELECT is_empty($$SELECT DISTINCT subject, purpose, k, rule, since, until, a.at, holds FROM (SELECT DISTINCT q, rule, holds, since, until FROM rule) r JOIN answer a USING (q)
  WHERE (a.at = since - interval '1 us' OR a.at = until) AND holds = (a.verdict ~ format('\m%s\M', rule))$$, 'it says otherwise just before, and from then on');
SELECT is_empty($$SELECT q, at, rule FROM rule JOIN question USING (q) WHERE k IS NULL AND evidence IS NULL$$, 'each says on what evidence, of what is known now');
SELECT is_empty($$SELECT subject, rule, at, evidence FROM rule JOIN question USING (q) WHERE k IS NULL AND subject BETWEEN 13 AND 48 AND rule = 'minor'
  AND evidence !~ (SELECT CASE WHEN born IS NULL THEN 'missing' WHEN born = 'infinity' THEN 'unreadable' ELSE born::text END FROM member WHERE id = subject)$$, 'of a minor: the birth');

-- Now, and as known at the instant at which it became known.
SELECT is_empty($$SELECT id, p FROM member, unnest('{content_generation,asked}'::text[]) p WHERE aiconsent.verdict_of(id, p)::text
    <> (SELECT COALESCE(string_agg(rule, ',' ORDER BY n) FILTER (WHERE holds), 'eligible') FROM aiconsent.explain(id, p) WITH ORDINALITY e(rule, holds, evidence, since, until, n))
  OR (aiconsent.verdict_of(id, p)::text = 'eligible') <> aiconsent.eligible(id, p)$$, 'without an instant all answer for now, as eligible() does');
SELECT is_empty($$SELECT id, at FROM member, unnest('{2026-01-15Z,2028-01-15Z}'::timestamptz[]) at WHERE aiconsent.verdict_of(id, at => at, known_at => clock_timestamp())::text <> aiconsent.verdict_of(id, at => at)::text
  OR aiconsent.verdict_of(id, at => at, known_at => 'infinity')::text <> aiconsent.verdict_of(id, at => at)::text$$, 'what is known now is known at this instant, and ever after');
SELECT is_empty($$SELECT subject, purpose, verdict FROM answer WHERE k = (SELECT min(k) FROM known) AND purpose <> 'never_adopted' AND verdict !~ 'not_started|unknown_subject'$$, 'before a policy was adopted nobody had a standing but that');
SELECT is_empty($$SELECT FROM unnest('{2024-01-01Z,-infinity}'::timestamptz[]) k, member, aiconsent.timeline(id, known_at => k)$$, 'before the members were declared nobody was known');
SELECT is_empty('SELECT FROM aiconsent.explain(NULL::bigint) UNION ALL SELECT FROM aiconsent.explain(1, NULL) UNION ALL SELECT FROM aiconsent.timeline(NULL::bigint) UNION ALL SELECT FROM aiconsent.timeline(1::bigint, NULL)', 'nothing is explained of nothing');
SELECT is(aiconsent.verdict_of(1, at => at)::text, (SELECT verdict::text FROM aiconsent.timeline(1::bigint) ORDER BY CASE WHEN at < '2000-01-01' THEN during END, CASE WHEN at > '2000-01-01' THEN during END DESC LIMIT 1), 'at ' || at)
FROM unnest('{-infinity,infinity}'::timestamptz[]) at;
SELECT * FROM finish();
ROLLBACK;
