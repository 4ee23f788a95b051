-- The law: every case of law.csv gets the verdict that it demands, through the
-- public functions and real tables.
--
-- The cases are not part of the project: AICONSENT_SHARED names their folder.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set QUIET 1
\set present `test -r "$AICONSENT_SHARED/law.csv" && echo true || echo false`

BEGIN;
\if :present
\else
SELECT plan(1);
SELECT skip('the cases of the law are not here: AICONSENT_SHARED/law.csv', 1);
SELECT * FROM finish();
ROLLBACK;
\quit
\endif

-- No session setting may turn a verdict.
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'German, DMY';

CREATE TABLE law (case_id text PRIMARY KEY, title text, subject text, basis text,
  effective_at timestamptz, announced_at timestamptz, notice_required bool, notice_period interval,
  open_school_years int, undated_school bool, minor_content text, regions jsonb,
  birth text, birth_kind text, region text, notified_at timestamptz, education jsonb, events jsonb,
  suppressed bool, erased bool, at timestamptz, known_at timestamptz,
  expected text, explicit bool, content_from timestamptz, why text);
\copy law FROM PROGRAM 'cat "$AICONSENT_SHARED/law.csv"' WITH (FORMAT csv, HEADER)

-- All policy rows of a case's purpose; cases with the same ones share it.
ALTER TABLE law ADD versions jsonb, ADD purpose text, ADD round int,
  ADD got text, ADD got_explicit bool, ADD got_content_from timestamptz;
UPDATE law SET versions = COALESCE(regions,
  jsonb_build_array(jsonb_build_object('region', region, 'basis', basis,
    'effective_at', effective_at, 'announced_at', announced_at,
    'notice_required', notice_required, 'notice_period', notice_period)));
UPDATE law l SET purpose = 'p' || n FROM (
  SELECT case_id, dense_rank() OVER (ORDER BY versions, open_school_years,
    undated_school, minor_content) AS n FROM law) d
WHERE d.case_id = l.case_id;

-- The events in the order in which they were recorded, the first of each case
-- in round 1; retracts counts them as they are written down.
CREATE TABLE event AS
  SELECT case_id, purpose, n, e->>'decision' AS decision,
    (e->>'effective_at')::timestamptz AS effective_at,
    (e->>'recorded_at')::timestamptz AS recorded_at,
    e->>'notice_version' AS notice_version, (e->>'retracts')::int AS retracts,
    row_number() OVER (PARTITION BY case_id
      ORDER BY (e->>'recorded_at')::timestamptz, n)::int AS round,
    NULL::bigint AS id
  FROM law, jsonb_array_elements(events) WITH ORDINALITY AS x(e, n);
-- What was known then is what the rounds until then have told.
UPDATE law SET round = (SELECT count(*) FROM event e WHERE e.case_id = law.case_id
  AND (known_at IS NULL OR e.recorded_at <= known_at));

-- A birth that its kind cannot read is the case itself, and stays text.
CREATE FUNCTION readable(birth text, kind text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT $1::%s',
    CASE kind WHEN 'year' THEN 'int' WHEN 'month' THEN 'text' ELSE kind END)
    USING birth;
  RETURN true;
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;
UPDATE law SET birth_kind = 'month'
WHERE birth_kind <> 'none' AND NOT readable(birth, birth_kind);

-- Cases of mirrored settings that a table can hold: one instant, one value;
-- what is retracted, the table still says.
CREATE TABLE replayed AS SELECT * FROM law l
  WHERE events @? '$[*] ? (@.decision starts with "mirror")'
    AND NOT events @? '$[*] ? (@.decision == "retract")'
    AND NOT EXISTS (SELECT FROM event e WHERE e.case_id = l.case_id
      GROUP BY effective_at HAVING count(*) > 1);
SELECT plan(count(*)::int + 3 + (SELECT count(*)::int FROM replayed)) FROM law;

DO $$
DECLARE p record;
BEGIN
  FOR p IN
    SELECT law.*, r FROM (SELECT DISTINCT ON (purpose) * FROM law
      ORDER BY purpose) law,
      jsonb_array_elements(versions) WITH ORDINALITY AS v(r, n)
    ORDER BY purpose, n
  LOOP
    PERFORM aiconsent.adopt_policy(p.purpose, basis => p.r->>'basis',
      regions => CASE WHEN p.r->>'region' IS NOT NULL THEN ARRAY[p.r->>'region'] END,
      effective_at => (p.r->>'effective_at')::timestamptz,
      announced_at => (p.r->>'announced_at')::timestamptz,
      notice_required => (p.r->>'notice_required')::boolean,
      notice_period => (p.r->>'notice_period')::interval,
      open_school_years => p.open_school_years,
      undated_school => p.undated_school, minor_content => p.minor_content);
  END LOOP;
END $$;
SELECT is_empty($$SELECT purpose, CASE WHEN r->>'region' IS NOT NULL THEN ARRAY[r->>'region'] END, r->>'basis',
    (r->>'effective_at')::timestamptz, (r->>'announced_at')::timestamptz, (r->>'notice_required')::boolean,
    (r->>'notice_period')::interval, open_school_years, undated_school, minor_content, false, NULL::timestamptz
    FROM law, jsonb_array_elements(versions) r
  EXCEPT SELECT purpose, regions, basis, effective_at, announced_at, notice_required, notice_period,
    open_school_years, undated_school, minor_content, birth_required, data_from FROM aiconsent.policy$$,
  'the policies of all cases are adopted as they are written');

CREATE TABLE education (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member text, level text, school text, starts text, ends text);
INSERT INTO education (member, level, school, starts, ends)
  SELECT case_id, COALESCE(e->>'stage', e->>'level'), e->>'school',
    e->>'starts', e->>'ends'
  FROM law, jsonb_array_elements(education) e;

-- Who was erased was a member before.
CREATE TABLE gone (id text PRIMARY KEY, birth date);
INSERT INTO gone SELECT case_id, '1980-01-01' FROM law WHERE erased;
SELECT aiconsent.register_subject('gone', birth => 'birth') \g /dev/null
SELECT aiconsent.erase_subject(case_id, 'asked for it') FROM law WHERE erased \g /dev/null
DELETE FROM gone;
SELECT aiconsent.unregister_subject('gone') \g /dev/null
-- A suppression acts from its commit, which here lies before every case.
CREATE FUNCTION identifier_of(case_id text, kind text) RETURNS text LANGUAGE sql
RETURN CASE kind WHEN 'key' THEN case_id WHEN 'email' THEN case_id || '@example.org'
  WHEN 'handle' THEN '@' || case_id ELSE 'https://example.org/in/' || case_id END;
SELECT aiconsent.suppress(identifier_of(case_id, kind), kind, 'wrote a letter')
FROM (SELECT case_id, ('{key,email,handle,profile}'::text[])[1 + row_number() OVER (ORDER BY case_id) % 4] AS kind
  FROM law WHERE suppressed) s \g /dev/null
SET LOCAL session_replication_role = replica;
UPDATE aiconsent.suppression SET recorded_at = '2025-01-01Z';
RESET session_replication_role;

-- What a settings column held in the past is imported.
CREATE TABLE setting_was (member text, allows boolean, at timestamptz);

CREATE PROCEDURE tell(this_round int) LANGUAGE plpgsql AS $$
DECLARE e record; p text; told bigint;
BEGIN
  FOR e IN SELECT event.* FROM event JOIN members USING (case_id)
    WHERE event.round = this_round AND decision NOT LIKE 'mirror%' ORDER BY case_id
  LOOP
    IF e.decision = 'retract' THEN
      PERFORM aiconsent.retract(ARRAY[(SELECT id FROM event x
        WHERE x.case_id = e.case_id AND x.n = e.retracts)], 'entered by mistake');
    ELSE
      told := aiconsent.record_consent(e.case_id, e.purpose, e.decision,
        e.effective_at, notice_version => e.notice_version, reason => 'a case of the law');
      UPDATE event SET id = told WHERE case_id = e.case_id AND n = e.n;
    END IF;
  END LOOP;
  FOR p IN SELECT DISTINCT purpose FROM event JOIN members USING (case_id)
    WHERE event.round = this_round AND decision LIKE 'mirror%'
  LOOP
    TRUNCATE setting_was;
    INSERT INTO setting_was SELECT case_id, decision = 'mirror_true', effective_at
      FROM event JOIN members USING (case_id) WHERE event.round = this_round AND purpose = p AND decision LIKE 'mirror%';
    PERFORM aiconsent.import_consent('setting_was', decision => 'allows',
      effective_at => 'at', purpose => p, subject => 'member');
    UPDATE event m SET id = c.id FROM aiconsent.consent c
    WHERE m.case_id = c.subject AND m.purpose = p AND m.purpose = c.purpose
      AND m.decision = c.decision AND m.effective_at = c.effective_at
      AND m.round = this_round;
  END LOOP;
END $$;

-- One subject table for each kind of birth date, one after the other.
CREATE PROCEDURE judge(kind text, type text) LANGUAGE plpgsql AS $$
DECLARE
  heard timestamptz[];
  relation regclass;
BEGIN
  EXECUTE format('CREATE TABLE member_%s (id text PRIMARY KEY, birth %s,'
    ' region text, notified_at timestamptz, handle text, email text, profile text)', kind, type);
  EXECUTE format('INSERT INTO member_%s SELECT case_id, birth::%s, region, notified_at,'
    ' identifier_of(case_id, ''handle''), identifier_of(case_id, ''email''), identifier_of(case_id, ''profile'')'
    ' FROM law WHERE birth_kind = $1 AND subject = ''known''', kind, type)
    USING kind;
  relation := format('member_%s', kind)::regclass;
  CREATE TEMP TABLE members AS SELECT case_id FROM law WHERE birth_kind = kind AND subject = 'known';
  PERFORM aiconsent.register_subject(relation, birth => 'birth', region => 'region',
    notified_at => 'notified_at', handle => 'handle', email => 'email', profile => 'profile');
  PERFORM aiconsent.register_education('education', subject => 'member',
    level => 'level', school => 'school', starts => 'starts', ends => 'ends');
  FOR i IN 0 .. (SELECT max(event.round) FROM event) LOOP
    CALL tell(i);
    heard[i] := clock_timestamp();
    PERFORM pg_sleep(0.001);
  END LOOP;

  UPDATE law l SET got = a.got, got_explicit = a.explicit, got_content_from = a.content_from
  FROM (SELECT case_id, COALESCE(t.explicit, false) AS explicit,
      NULLIF(t.content_from, '-infinity') AS content_from,
      aiconsent.verdict_of(key, purpose, at, known)::text
      || CASE WHEN t.verdict::text <> aiconsent.verdict_of(key, purpose, at, known)::text
          THEN ', but its timeline says ' || t.verdict ELSE '' END AS got
    FROM law x CROSS JOIN LATERAL (SELECT
        CASE subject WHEN 'known' THEN case_id WHEN 'unknown' THEN 'nobody' END AS key,
        CASE WHEN known_at IS NOT NULL THEN heard[round] END AS known) k
      LEFT JOIN LATERAL aiconsent.timeline(key, purpose, known) t ON t.during @> at
    WHERE birth_kind = kind) a
  WHERE a.case_id = l.case_id;
END $$;
CREATE PROCEDURE forget(kind text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM aiconsent.unregister_education('education');
  PERFORM aiconsent.unregister_subject(format('member_%s', kind)::regclass);
  DROP TABLE members;
END $$;
CALL judge('date', 'date');
CALL forget('date');
CALL judge('year', 'integer');
CALL forget('year');
CALL judge('month', 'text');
CALL forget('month');
CALL judge('daterange', 'daterange');
CALL forget('daterange');
SELECT is((SELECT count(*) FROM aiconsent.standing), 0::bigint,
  'without a subject table nobody has a standing');
CALL judge('none', 'date');
SELECT is((SELECT count(*) FROM event WHERE id IS NULL AND decision <> 'retract'), 0::bigint,
  'all events were told');

SELECT is(
    concat_ws(' ', got, CASE WHEN got_explicit THEN 'explicit' END,
      CASE WHEN expected = 'eligible' THEN got_content_from END),
    concat_ws(' ', expected, CASE WHEN explicit THEN 'explicit' END,
      CASE WHEN expected = 'eligible' THEN content_from END),
    case_id || ': ' || title || ' -- ' || why)
FROM law ORDER BY case_id;

-- The cases of mirrored settings once more, in a settings table: what is asked
-- is the order of the events, so that they may happen now.
INSERT INTO member_none (id, region, notified_at)
  SELECT case_id || ' now', region, notified_at FROM replayed;
CREATE TABLE setting (member text PRIMARY KEY, training boolean);
SELECT aiconsent.register_preference('setting', 'member', 'training', purpose => purpose)
FROM (SELECT DISTINCT purpose FROM replayed) p \g /dev/null
CREATE PROCEDURE replay(this_round int) LANGUAGE plpgsql AS $$
DECLARE e record;
BEGIN
  FOR e IN SELECT event.* FROM event JOIN replayed USING (case_id) WHERE event.round = this_round
  LOOP
    IF e.decision LIKE 'mirror%' THEN
      INSERT INTO setting VALUES (e.case_id || ' now', e.decision = 'mirror_true')
        ON CONFLICT (member) DO UPDATE SET training = excluded.training;
    ELSE
      PERFORM aiconsent.record_consent(e.case_id || ' now', e.purpose, e.decision,
        notice_version => e.notice_version);
    END IF;
  END LOOP;
END $$;
CALL replay(1);
CALL replay(2);
CALL replay(3);
SELECT is(aiconsent.verdict_of(case_id || ' now', purpose)::text
    || CASE WHEN aiconsent.granted(case_id || ' now', purpose) THEN ' explicit' ELSE '' END,
  expected || CASE WHEN explicit AND expected = 'eligible' THEN ' explicit' ELSE '' END,
  case_id || ', in a settings table: ' || title)
FROM replayed ORDER BY case_id;
SELECT * FROM finish();
ROLLBACK;
