-- Random histories: whatever members, schools and stewards do in whatever
-- order, every answer about every instant is what the policy says in plain SQL.
--
-- The oracle is one view of that name.  It was written from the policy, not from
-- the extension's code.  What is random follows from AICONSENT_SEED (1).
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set seed `echo "${AICONSENT_SEED:-1}"`

-- Not in one transaction: what happens here is committed.
SELECT plan(53);
SET client_min_messages = warning;
SET jit = off;
-- No session setting may turn a verdict.
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'German, DMY';
SELECT set_config('test.seed', :'seed', false) \g /dev/null


-- Dice, and what they throw

CREATE FUNCTION dice(salt text, sides int) RETURNS int LANGUAGE sql STABLE
  RETURN ('x' || substr(md5(current_setting('test.seed') || '/' || salt), 1, 8))::bit(32)::bigint % sides;

CREATE FUNCTION today() RETURNS date LANGUAGE sql STABLE
  RETURN (now() AT TIME ZONE 'UTC')::date;

CREATE FUNCTION random_birth(salt text) RETURNS date LANGUAGE sql STABLE
  RETURN CASE dice('birth' || salt, 30)
    WHEN 0 THEN date 'infinity' WHEN 1 THEN date '-infinity'
    WHEN 2 THEN date '1899-12-31' WHEN 3 THEN date '1900-01-01'
    WHEN 4 THEN date '0044-03-15 BC' WHEN 5 THEN date '9999-12-31'
    WHEN 6 THEN date '2008-02-29' WHEN 7 THEN date '2004-02-29'
    WHEN 8 THEN date '2012-02-29' WHEN 9 THEN date '2009-02-28'
    WHEN 10 THEN date '2010-03-01'
    WHEN 11 THEN today() + dice('coming' || salt, 900)
    WHEN 12 THEN (today() - interval '18 years')::date
    WHEN 13 THEN (today() - interval '18 years')::date + 1
    WHEN 14 THEN (today() - interval '18 years')::date + dice('near' || salt, 1500) - 750
    WHEN 15 THEN (today() - interval '20 years')::date + dice('near' || salt, 1500) - 750
    WHEN 16 THEN date '2008-01-01' + dice('child' || salt, 6000)
    WHEN 17 THEN date '2008-01-01' + dice('child' || salt, 6000)
    WHEN 18 THEN date '1901-01-01' + dice('adult' || salt, 36000)
    WHEN 19 THEN date '1901-01-01' + dice('adult' || salt, 36000)
    WHEN 20 THEN date '1901-01-01' + dice('adult' || salt, 36000)
    WHEN 21 THEN date '1960-01-01' + dice('adult' || salt, 15000)
    WHEN 22 THEN date '1960-01-01' + dice('adult' || salt, 15000)
    WHEN 23 THEN date '4000-06-30'
    END;

CREATE FUNCTION random_notice(salt text) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN CASE dice('notice' || salt, 16)
    WHEN 0 THEN NULL WHEN 1 THEN 'infinity' WHEN 2 THEN '-infinity'
    WHEN 3 THEN timestamptz '2025-09-18 00:00+00' - interval '1 microsecond'
    WHEN 4 THEN timestamptz '2025-09-18 00:00+00'
    WHEN 5 THEN timestamptz '2025-10-01 00:00+00' - interval '1 microsecond'
    WHEN 6 THEN timestamptz '2025-10-01 00:00+00'
    WHEN 7 THEN timestamptz '294276-12-01 00:00+00'
    WHEN 8 THEN timestamptz '2025-01-01 00:00+00' + dice('long ago' || salt, 260) * interval '24 hours'
    WHEN 9 THEN now() + (dice('soon' || salt, 5000000) - 2500000) * interval '1 second'
    WHEN 10 THEN now() + (dice('soon' || salt, 5000000) - 2500000) * interval '1 second'
    ELSE timestamptz '2025-09-18 00:00+00' + dice('told' || salt, 5000000) * interval '1 second'
    END;

CREATE FUNCTION random_stage(salt text) RETURNS text LANGUAGE sql STABLE
  RETURN CASE dice('stage' || salt, 20)
    WHEN 0 THEN NULL WHEN 1 THEN '0' WHEN 2 THEN '4' WHEN 3 THEN '5'
    WHEN 4 THEN '6' WHEN 5 THEN '7' WHEN 6 THEN '8' WHEN 7 THEN 'Hochschule'
    WHEN 8 THEN 'qwxz' WHEN 9 THEN '9' WHEN 10 THEN 'lycée'
    WHEN 11 THEN '1' WHEN 12 THEN '2' WHEN 13 THEN '2' ELSE '3' END;

-- A day, a month, a year, nothing, or something that nobody can read
CREATE FUNCTION random_when(salt text) RETURNS text LANGUAGE sql STABLE
  RETURN CASE dice('when' || salt, 16)
    WHEN 0 THEN NULL WHEN 1 THEN NULL WHEN 2 THEN NULL WHEN 3 THEN 'soon'
    WHEN 4 THEN '20??' WHEN 5 THEN '2023-02-30' WHEN 6 THEN ''
    WHEN 7 THEN (2012 + dice('year' || salt, 22))::text
    WHEN 8 THEN (2012 + dice('year' || salt, 22))::text
    WHEN 9 THEN to_char(today() + dice('month' || salt, 7000) - 5000, 'YYYY-MM')
    WHEN 10 THEN '2020-02-29'
    ELSE to_char(today() + dice('day' || salt, 7000) - 5000, 'YYYY-MM-DD') END;

-- NULL: at once
CREATE FUNCTION random_effect(salt text) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN CASE dice('effect' || salt, 12)
    WHEN 0 THEN timestamptz '2026-01-01 00:00+00' WHEN 1 THEN timestamptz '2026-01-01 00:00+00'
    WHEN 2 THEN timestamptz '2025-11-03 00:00+00' WHEN 3 THEN timestamptz '2030-01-01 00:00+00'
    WHEN 4 THEN timestamptz '2030-01-01 00:00+00' - interval '1 microsecond'
    WHEN 5 THEN now() - dice('back' || salt, 40000000) * interval '1 second'
    WHEN 6 THEN now() + dice('ahead' || salt, 40000000) * interval '1 second' + interval '1 hour'
    WHEN 7 THEN timestamptz '1999-12-31 00:00+00' END;


-- The facts

CREATE TABLE person (key text PRIMARY KEY, birth date, told timestamptz);
-- No foreign key: an entry may come before its person, or belong to nobody.
CREATE TABLE school (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  who text, stage text, starts text, ends text);
CREATE INDEX ON school (who);

-- What the test itself keeps, beside the extension: every key that ever was,
-- what was said, and what was adopted.
CREATE TABLE key_ever (key text PRIMARY KEY);
CREATE TABLE said (event bigint PRIMARY KEY, key text NOT NULL, purpose text NOT NULL,
  decision text NOT NULL, asked_at timestamptz, effective_at timestamptz, notice_version text,
  said_from timestamptz NOT NULL, said_until timestamptz);
CREATE INDEX ON said (key, purpose);
CREATE TABLE rule (nr int GENERATED ALWAYS AS IDENTITY, purpose text, effective_at timestamptz,
  basis text, announced_at timestamptz, notice_required boolean, notice_period interval,
  data_from timestamptz, adult_age int, birth_required boolean, open_school_years int,
  undated_school boolean, minor_content text);

CREATE FUNCTION new_persons(salt text, first int, last int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO person SELECT k, random_birth(salt || k), random_notice(salt || k)
    FROM generate_series(first, last) i,
      LATERAL (SELECT CASE i % 4 WHEN 0 THEN 'p' || i WHEN 1 THEN i::text WHEN 2 THEN 'Ü "' || i || '''' ELSE ' ' || i END AS k) n;
  INSERT INTO key_ever SELECT key FROM person ON CONFLICT DO NOTHING;
$$;
CREATE FUNCTION new_schools(salt text, n int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO school (who, stage, starts, ends)
  SELECT who, random_stage(s), random_when('starts' || s), random_when('ends' || s)
  FROM generate_series(1, n) i, LATERAL (SELECT salt || '/' || i AS s) x,
    LATERAL (SELECT key AS who FROM key_ever ORDER BY md5(s || key) LIMIT 1) w
$$;

-- What somebody who exists says, under a salt for each purpose
CREATE FUNCTION say(salt text) RETURNS void LANGUAGE sql AS $$
  WITH p AS (SELECT key, CASE dice('purpose' || salt, 2) WHEN 0 THEN 'content_generation' ELSE 'voice_model' END AS purpose,
      CASE dice('decision' || salt, 2) WHEN 0 THEN 'grant' ELSE 'object' END AS decision,
      random_effect(salt) AS asked_at,
      CASE WHEN dice('version' || salt, 3) > 0 THEN '2025-09' END AS notice_version,
      clock_timestamp() AS said_from
    FROM person ORDER BY md5(current_setting('test.seed') || salt || key) LIMIT 1)
  INSERT INTO said (event, key, purpose, decision, asked_at, effective_at, notice_version, said_from)
  SELECT aiconsent.record_consent(key, purpose, decision, asked_at, notice_version => notice_version),
    key, purpose, decision, asked_at, asked_at, notice_version, said_from FROM p;
$$;
-- What is said at once acts from an instant that the ledger takes.
CREATE FUNCTION note_instants() RETURNS void LANGUAGE sql AS $$
  UPDATE said SET effective_at = c.effective_at, said_until = clock_timestamp()
  FROM aiconsent.consent c WHERE c.id = event AND said.effective_at IS NULL;
$$;

CREATE FUNCTION adopt(r rule) RETURNS void LANGUAGE sql AS $$
  SELECT aiconsent.adopt_policy(r.purpose, effective_at => r.effective_at, basis => r.basis,
    announced_at => r.announced_at, notice_required => r.notice_required,
    notice_period => r.notice_period, data_from => r.data_from, adult_age => r.adult_age,
    birth_required => r.birth_required, open_school_years => r.open_school_years,
    undated_school => r.undated_school, minor_content => r.minor_content)
$$;


-- The oracle

-- What a school's date can mean: its first and its last day
CREATE FUNCTION first_day(value text) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN value ~ '^\d{4}$' THEN make_date(value::int, 1, 1)
    WHEN value ~ '^\d{4}-(0[1-9]|1[0-2])$' THEN make_date(left(value, 4)::int, right(value, 2)::int, 1)
    WHEN value ~ '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
      AND right(value, 2)::int <= extract(day FROM
        make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1) + interval '1 month' - interval '1 day')
    THEN make_date(left(value, 4)::int, substr(value, 6, 2)::int, right(value, 2)::int) END;
CREATE FUNCTION last_day(value text) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN CASE length(value) WHEN 4 THEN (first_day(value) + interval '1 year')::date - 1
    WHEN 7 THEN (first_day(value) + interval '1 month')::date - 1 ELSE first_day(value) END;
-- A day begins first at UTC+14 and ends last at UTC-12.
CREATE FUNCTION day_begins(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN (day::timestamp - interval '14 hours') AT TIME ZONE 'UTC';
CREATE FUNCTION day_ends(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN (day::timestamp + interval '36 hours') AT TIME ZONE 'UTC';

-- Minors: primary and secondary school; an end before its start: both missing.
CREATE VIEW attendance AS
SELECT who, undated, day_begins(first_start) AS current_from,
  day_ends(last_end) AS current_until, last_start
FROM school, LATERAL (SELECT COALESCE(last_day(ends) < first_day(starts), false) AS contradictory) c,
  LATERAL (SELECT CASE WHEN NOT contradictory THEN first_day(starts) END AS first_start,
    CASE WHEN NOT contradictory THEN last_day(starts) END AS last_start,
    CASE WHEN NOT contradictory THEN last_day(ends) END AS last_end) d,
  LATERAL (SELECT first_start IS NULL AND last_end IS NULL AS undated) u
WHERE stage IN ('1', '2', '3', 'lycée');
CREATE FUNCTION attendance_ends(current_until timestamptz, last_start date, open_school_years int)
  RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN COALESCE(current_until, day_ends((last_start + make_interval(years => open_school_years))::date));

-- Fine points: adult at noon UTC of the birthday, on 1 March where there is no
-- 29 February; infinite or before 1900 is an error alone.
CREATE FUNCTION unreadable(birth date) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN COALESCE(NOT isfinite(birth) OR birth < '1900-01-01', false);
CREATE FUNCTION adult_at(birth date, age int) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN birth IS NULL OR unreadable(birth) THEN NULL
    WHEN birth > '290000-01-01' THEN timestamptz 'infinity'
    ELSE (make_date(extract(year FROM birth)::int + age, extract(month FROM birth)::int, 1)
      + (extract(day FROM birth)::int - 1) + interval '12 hours') AT TIME ZONE 'UTC' END;
-- A notice counts plus the policy's delay, which is the same everywhere.
CREATE FUNCTION notice_counts(told timestamptz, delay interval) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN NOT isfinite(told) THEN told WHEN told > '290000-01-01 00:00+00' THEN timestamptz 'infinity'
    ELSE (told AT TIME ZONE 'UTC' + delay) AT TIME ZONE 'UTC' END;

CREATE TABLE question (key text, purpose text, at timestamptz, UNIQUE (key, purpose, at));

CREATE VIEW oracle AS
SELECT q.key, q.purpose, q.at,
  CASE WHEN p.key IS NULL THEN 'unknown_subject' ELSE COALESCE(NULLIF(concat_ws(',',
    CASE WHEN q.at < r.effective_at THEN 'not_started' END,
    CASE WHEN r.basis = 'forbidden' THEN 'region_excluded' END,
    CASE WHEN r.notice_required AND (p.told < r.announced_at IS NOT FALSE
      OR q.at < notice_counts(p.told, r.notice_period)) THEN 'not_notified' END,
    CASE WHEN s.decision = 'object' THEN 'opted_out' END,
    CASE WHEN r.basis = 'opt_in' AND s.decision IS DISTINCT FROM 'grant' THEN 'not_granted' END,
    CASE WHEN q.at < adult_at(p.birth, r.adult_age) THEN 'minor' END,
    CASE WHEN EXISTS (SELECT FROM attendance a WHERE a.who = q.key AND CASE WHEN undated THEN r.undated_school
      ELSE (current_from <= q.at OR current_from IS NULL)
        AND q.at < attendance_ends(current_until, last_start, r.open_school_years) END) THEN 'suspected_minor' END,
    CASE WHEN unreadable(p.birth) OR p.birth IS NULL AND r.birth_required THEN 'error' END), ''), 'eligible') END AS verdict,
  p.key IS NOT NULL AND COALESCE(s.decision = 'grant' AND s.notice_version IS NOT NULL, false) AS explicit,
  COALESCE(GREATEST(r.data_from,
    CASE WHEN r.minor_content = 'out' THEN adult_at(p.birth, r.adult_age) END), '-infinity') AS content_from
FROM question q LEFT JOIN person p ON p.key = q.key,
  -- the version in force, before the start the first; of two with one date the later adopted
  LATERAL (SELECT * FROM rule WHERE rule.purpose = q.purpose
    ORDER BY effective_at <= q.at DESC, CASE WHEN effective_at <= q.at THEN effective_at END DESC,
      effective_at, nr DESC LIMIT 1) r
  -- the last by effect; at equal instants the more restrictive
  LEFT JOIN LATERAL (SELECT decision, notice_version FROM said
    WHERE said.key = q.key AND said.purpose = q.purpose AND said.effective_at <= q.at
    ORDER BY effective_at DESC, decision = 'object' DESC, notice_version IS NULL DESC LIMIT 1) s ON true;

-- Every instant at which the oracle's answer can change, or the extension's does
CREATE VIEW turning_point AS
WITH about AS (SELECT key, purpose FROM key_ever, (SELECT DISTINCT purpose FROM rule) p)
SELECT about.*, effective_at AS at FROM about JOIN rule USING (purpose)
UNION ALL SELECT about.*, adult_at(birth, adult_age) FROM about JOIN person USING (key) JOIN rule USING (purpose)
UNION ALL SELECT about.*, told FROM about JOIN person USING (key)
UNION ALL SELECT about.*, notice_counts(told, notice_period) FROM about JOIN person USING (key) JOIN rule USING (purpose)
UNION ALL SELECT about.*, current_from FROM about JOIN attendance ON who = key
UNION ALL SELECT about.*, attendance_ends(current_until, last_start, open_school_years)
  FROM about JOIN attendance ON who = key JOIN rule USING (purpose)
UNION ALL SELECT key, purpose, effective_at FROM said
UNION ALL SELECT subject, purpose, since FROM aiconsent.standing;


-- The comparison

-- What was answered about every key at some instants, after each round
CREATE TABLE once (round int, known_at timestamptz, key text, purpose text, at timestamptz, verdict text);
CREATE TABLE answer AS SELECT * FROM oracle LIMIT 0;

-- Several rows of disagreement in one text, or NULL
CREATE FUNCTION first_few(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  EXECUTE format('SELECT string_agg(t, E''\n'') FROM (SELECT d::text AS t FROM (%s) d LIMIT 5) few', query) INTO found;
  RETURN found;
END $$;

CREATE FUNCTION compare(round int, step text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  -- In a transaction that says something at once this is later than now().
  present timestamptz := clock_timestamp();
  questions bigint;
BEGIN
  TRUNCATE question, answer;
  INSERT INTO question SELECT key, purpose, at + shift FROM turning_point,
    (VALUES (interval '0'), (interval '-1 microsecond')) v(shift)
    WHERE isfinite(at) ON CONFLICT DO NOTHING;
  INSERT INTO question SELECT key, purpose, at FROM key_ever, (SELECT DISTINCT purpose FROM rule) p,
    (VALUES (present), (timestamptz '4713-01-01 00:00+00 BC'), ('1970-01-01 00:00+00'), ('2025-11-02 23:59:59.999999+00'), ('2026-06-01 00:00+00'),
      ('2031-01-01 00:00+00'), ('2040-01-01 00:00+00'), ('294276-12-31 00:00+00')) v(at)
    ON CONFLICT DO NOTHING;
  ANALYZE question, person, school, said, rule;
  INSERT INTO answer SELECT * FROM oracle;
  ANALYZE answer;
  SELECT count(*) INTO questions FROM answer;

  RETURN NEXT is(first_few(
    'SELECT a.key, a.purpose, a.at, a.verdict AS should_be, a.explicit, a.content_from,
       s.verdict AS is, s.explicit, s.content_from
     FROM answer a LEFT JOIN aiconsent.standing s
       ON s.subject = a.key AND s.purpose = a.purpose AND s.since <= a.at AND a.at < s.until
     WHERE (a.verdict, a.explicit) IS DISTINCT FROM (COALESCE(s.verdict::text, ''unknown_subject''), COALESCE(s.explicit, false))
       OR a.verdict = ''eligible'' AND a.content_from <> s.content_from'), NULL,
    format('%s, the standing is what the policy says, at every turning point and just before it (%s answers of %s kinds)',
      step, questions, (SELECT count(DISTINCT verdict) FROM answer)));

  RETURN NEXT is(first_few(
    'SELECT * FROM (SELECT subject, purpose, since, until,
         lag(until) OVER w AS before, lead(since) OVER w AS behind
       FROM aiconsent.standing WINDOW w AS (PARTITION BY subject, purpose ORDER BY since)) s
     WHERE since >= until OR since <> COALESCE(before, ''-infinity'') OR until <> COALESCE(behind, ''infinity'')
     UNION ALL SELECT key, purpose, NULL, NULL, NULL, NULL FROM
       (SELECT key, purpose FROM person, (SELECT DISTINCT purpose FROM rule) p
        EXCEPT SELECT subject, purpose FROM aiconsent.standing) nobody'), NULL,
    format('%s, everybody''s segments tile all of time, without a gap or an overlap (%s segments)',
      step, (SELECT count(*) FROM aiconsent.standing)));

  RETURN NEXT is(first_few(format(
    'WITH sample AS MATERIALIZED (
       SELECT key, purpose, at, verdict FROM answer WHERE dice(key || at::text, 13) = 0
       UNION ALL SELECT key, purpose, NULL, verdict FROM answer WHERE at = %L)
     SELECT *, aiconsent.verdict_of(key, purpose, at) AS is FROM sample
     WHERE aiconsent.verdict_of(key, purpose, at)::text <> verdict', present)), NULL,
    format('%s, verdict_of() gives every reason, now and at any instant', step));

  RETURN NEXT is(first_few(format(
    'SELECT key, purpose, verdict AS should_be, explicit, aiconsent.eligible(key, purpose), aiconsent.granted(key, purpose) FROM answer
     WHERE at = %L AND (aiconsent.eligible(key, purpose) <> (verdict = ''eligible'')
       OR aiconsent.granted(key, purpose) <> (verdict = ''eligible'' AND explicit))', present)), NULL,
    format('%s, those are eligible whose verdict is, and granted who said so besides (%s, %s)', step,
      (SELECT count(*) FROM answer WHERE at = present AND verdict = 'eligible'),
      (SELECT count(*) FROM answer WHERE at = present AND verdict = 'eligible' AND explicit)));

  RETURN NEXT is(first_few(format(
    'SELECT key, purpose, verdict, content_from, written FROM answer,
       LATERAL (VALUES (NULL), (content_from), (timestamptz ''2024-06-01 00:00+00''), (''infinity''),
         (CASE WHEN isfinite(content_from) THEN content_from - interval ''1 microsecond'' END)) v(written)
     WHERE at = %L AND aiconsent.eligible(key, purpose, written) <> (verdict = ''eligible''
       AND (content_from = ''-infinity'' OR isfinite(written) AND COALESCE(written >= content_from, false)))', present)), NULL,
    format('%s, of theirs only rows that are not older than they may be (%s have a bound)', step,
      (SELECT count(*) FROM answer WHERE at = present AND verdict = 'eligible' AND content_from > '-infinity')));

  INSERT INTO once SELECT round, clock_timestamp(), key, purpose, at, verdict FROM answer
  WHERE at = '2026-06-01 00:00+00' OR dice(key || at::text, 29) = 0;
END $$;

-- The answers of now to the questions of an earlier round
CREATE FUNCTION as_in(earlier int, step text) RETURNS text LANGUAGE sql AS $$
  SELECT is(first_few(format('SELECT * FROM (SELECT key, purpose, at, verdict AS before, aiconsent.verdict_of(key, purpose, at)::text AS is
    FROM once WHERE round = %s) o WHERE before <> "is"', earlier)), NULL,
    format('%s (%s answers)', step, (SELECT count(*) FROM once WHERE round = earlier)))
$$;


-- Round 0: some are there when the table is declared, some come when a policy
-- is in force.
SELECT new_persons('first', 1, 130) \g /dev/null
SELECT new_schools('first', 130) \g /dev/null
SELECT aiconsent.register_subject('person', birth => 'birth', notified_at => 'told') \g /dev/null
SELECT aiconsent.register_education('school', subject => 'who', level => 'stage', starts => 'starts', ends => 'ends') \g /dev/null
-- The policy as it was announced; another purpose, more strict in most respects
INSERT INTO rule (purpose, effective_at, basis, announced_at, notice_required, notice_period, data_from,
  adult_age, birth_required, open_school_years, undated_school, minor_content) VALUES
  ('content_generation', '2025-11-03 00:00+00', 'opt_out', '2025-09-18 00:00+00', true, '0', NULL, 18, false, 8, true, 'out'),
  ('voice_model', '2025-12-01 00:00+00', 'opt_in', '2025-10-01 00:00+00', true, '40 days 06:00', '2020-01-01 00:00+00', 20, true, 4, false, 'in');
SELECT aiconsent.adopt_policy() \g /dev/null
SELECT adopt(rule) FROM rule WHERE purpose = 'voice_model' \g /dev/null
SELECT new_persons('second', 131, 260) \g /dev/null
SELECT new_schools('second', 130) \g /dev/null
INSERT INTO school (who, stage) VALUES (NULL, '3'), ('nobody', '3');
SELECT compare(0, 'at first');

-- Round 1: what is said, several times by some, in one statement and in many
SELECT say('bulk' || i) FROM generate_series(1, 200) i \g /dev/null
DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM say('single' || i); END LOOP; END $$;
SELECT say('alone 1') \g /dev/null
SELECT say('alone 2') \g /dev/null
SELECT note_instants() \g /dev/null
SELECT compare(1, 'after 400 decisions');

SELECT is(first_few('SELECT s.*, c.* FROM said s FULL JOIN aiconsent.consent c ON c.id = s.event
    WHERE (s.key, s.purpose, s.decision, s.notice_version, s.effective_at)
      IS DISTINCT FROM (c.subject COLLATE "default", c.purpose, c.decision, c.notice_version, c.effective_at)'), NULL,
  'the ledger has what was said, and nothing else');
SELECT is(first_few('SELECT * FROM (SELECT *, lag(effective_at) OVER (PARTITION BY key ORDER BY event) AS before FROM said WHERE asked_at IS NULL) s
    WHERE effective_at <= before OR effective_at < said_from OR effective_at > said_until'), NULL,
  'what is said at once acts from then, behind what was said at once before');

-- Round 2: evidence in bulk
UPDATE person SET birth = random_birth('2' || key) WHERE dice('2a' || key, 3) = 0;
UPDATE person SET told = random_notice('2' || key), birth = random_birth('2b' || key) WHERE dice('2b' || key, 4) = 0;
UPDATE school SET stage = random_stage('2' || id), ends = random_when('2' || id) WHERE dice('2' || id, 3) = 0;
UPDATE school SET who = (SELECT key FROM key_ever ORDER BY md5(id || key) LIMIT 1) WHERE dice('2c' || id, 9) = 0;
DELETE FROM school WHERE dice('2d' || id, 6) = 0;
SELECT new_schools('2', 60) \g /dev/null
INSERT INTO person SELECT key, random_birth('2x' || key) FROM person WHERE dice('2x' || key, 20) = 0
  ON CONFLICT (key) DO UPDATE SET birth = excluded.birth;
SELECT compare(2, 'after evidence changed in bulk');

-- Round 3: single statements, many in a transaction, some of which fail
CREATE PROCEDURE one_by_one(salt text, n int) LANGUAGE plpgsql AS $$
DECLARE k text; s text;
BEGIN
  FOR i IN 1..n LOOP
    s := salt || '.' || i;
    SELECT key INTO k FROM person ORDER BY md5(current_setting('test.seed') || s || key) LIMIT 1;
    BEGIN
      CASE dice('deed' || s, 9)
        WHEN 0 THEN UPDATE person SET birth = random_birth(s) WHERE key = k;
        WHEN 1 THEN UPDATE person SET told = random_notice(s) WHERE key = k;
        WHEN 2 THEN PERFORM new_schools(s, 1);
        WHEN 3 THEN DELETE FROM school WHERE id = (SELECT id FROM school ORDER BY md5(s || id) LIMIT 1);
        WHEN 4 THEN UPDATE school SET starts = random_when(s) WHERE who = k;
        WHEN 5 THEN DELETE FROM person WHERE key = k;
        WHEN 6 THEN INSERT INTO person SELECT key, random_birth(s), random_notice(s) FROM key_ever
          WHERE NOT EXISTS (SELECT FROM person p WHERE p.key = key_ever.key) ORDER BY md5(s || key) LIMIT 1;
        ELSE PERFORM say(s);
      END CASE;
      IF dice('fails' || s, 5) = 0 THEN RAISE EXCEPTION 'not this time'; END IF;
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
  END LOOP;
  PERFORM note_instants();
END $$;
CALL one_by_one('3', 300);
SELECT compare(3, 'after 300 single statements, some of which were undone');

-- Round 4: later versions of the policies, one that was in force already, two
-- of one date
INSERT INTO rule (purpose, effective_at, basis, announced_at, notice_required, notice_period, data_from,
  adult_age, birth_required, open_school_years, undated_school, minor_content) VALUES
  ('content_generation', '2026-03-01 00:00+00', 'opt_out', '2025-09-18 00:00+00', true, '36 hours', '2021-07-01 00:00+00', 18, false, 8, false, 'out'),
  ('voice_model', '2030-01-01 00:00+00', 'opt_out', '2025-10-01 00:00+00', false, '0', '2024-06-01 00:00+00', 18, false, 8, true, 'out'),
  ('voice_model', '2033-01-01 00:00+00', 'opt_in', '2025-10-01 00:00+00', true, '10 days', '2024-06-01 00:00+00', 18, false, 8, true, 'out'),
  ('voice_model', '2033-01-01 00:00+00', 'forbidden', '2025-10-01 00:00+00', true, '10 days', '2024-06-01 00:00+00', 18, false, 8, true, 'out');
DO $$ DECLARE r rule; BEGIN FOR r IN SELECT * FROM rule WHERE nr > 2 ORDER BY nr LOOP PERFORM adopt(r); END LOOP; END $$;
SELECT compare(4, 'after later versions of the policies were adopted');

-- Round 5: keys that go, come back and change
CREATE TABLE away AS SELECT * FROM person WHERE dice('5' || key, 5) = 0;
DELETE FROM person WHERE key IN (SELECT key FROM away);
INSERT INTO person SELECT key, random_birth('5' || key), told FROM away WHERE dice('5b' || key, 2) = 0;
INSERT INTO key_ever SELECT key || '*' FROM person WHERE dice('5c' || key, 12) = 0;
UPDATE person SET key = key || '*' WHERE dice('5c' || key, 12) = 0;
-- An objection in force, or to come, follows its person to the new key; a
-- grant does not.
INSERT INTO said (event, key, purpose, decision, effective_at, said_from)
  SELECT -s.event, s.key || '*', s.purpose, s.decision, s.effective_at, clock_timestamp()
  FROM said s JOIN person p ON p.key = s.key || '*'
  WHERE dice('5c' || s.key, 12) = 0 AND s.decision = 'object' AND NOT EXISTS (
    SELECT FROM said g WHERE g.key = s.key AND g.purpose = s.purpose AND g.decision = 'grant'
      AND g.effective_at > s.effective_at AND g.effective_at <= clock_timestamp());
SELECT say('after all ' || i) FROM generate_series(1, 100) i \g /dev/null
SELECT note_instants() \g /dev/null
SELECT compare(5, 'after keys went, came back and changed');

-- Round 6: what is rolled back
BEGIN;
SAVEPOINT before;
CALL one_by_one('6', 200);
UPDATE person SET birth = random_birth('6' || key), told = random_notice('6' || key) WHERE dice('6' || key, 2) = 0;
TRUNCATE school;
SELECT new_schools('6', 100) \g /dev/null
DELETE FROM person WHERE dice('6d' || key, 8) = 0;
SELECT compare(6, 'within a savepoint');
-- Only the client remembers what is rolled back.
SELECT count(*) AS turned FROM once a JOIN once b USING (key, purpose, at)
  WHERE a.round = 5 AND b.round = 6 AND a.verdict <> b.verdict \gset
ROLLBACK TO before;
SELECT cmp_ok(:turned, '>', 300, format('which turns verdicts (%s of those compared)', :turned));
SELECT as_in(5, 'after the savepoint was rolled back, the answers are those from before');
COMMIT;
SELECT compare(7, 'after that transaction committed');

-- Round 8: everything anew
TRUNCATE school;
SELECT new_schools('8', 120) \g /dev/null
SELECT compare(8, 'after all schooling was replaced');
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT as_in(8, 'after everybody was judged anew, the answers are those from before');

-- Fine points: born after the instant is a minor; implausible is before 1900.
INSERT INTO person VALUES ('far', '9999-12-31', '2025-09-25'), ('farther', '10000-01-01', '2025-09-25');
SELECT is(aiconsent.verdict_of('far')::text, 'minor', 'who is born in the year 9999 is a minor until then');
SELECT is(aiconsent.verdict_of('farther')::text, 'minor', 'and so is who is born the day after');
DELETE FROM person WHERE key LIKE 'far%';

-- What was known
SELECT is(first_few('SELECT * FROM (SELECT o.*, aiconsent.verdict_of(key, purpose, at, known_at) AS is FROM once o) o WHERE "is"::text <> verdict'), NULL,
  format('what was answered after each round is what was known then (%s answers)', (SELECT count(*) FROM once)));
SELECT * FROM finish();
