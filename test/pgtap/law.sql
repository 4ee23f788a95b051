-- The law: every case of law.csv whose facts the extension covers gets the
-- verdict that it demands, through the public functions and real tables.
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

-- What a case has that is not built yet, or NULL.
CREATE FUNCTION not_covered(l law) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN EXISTS (SELECT FROM jsonb_array_elements(l.regions) r
      WHERE r->>'region' IS DISTINCT FROM l.region) THEN 'policies by region'
    WHEN EXISTS (SELECT FROM jsonb_array_elements(l.events) e
      WHERE e->>'decision' IN ('hold', 'release')) THEN 'holds'
    WHEN EXISTS (SELECT FROM jsonb_array_elements(l.events) e
      WHERE e->>'decision' = 'retract') THEN 'retractions'
    WHEN EXISTS (SELECT FROM jsonb_array_elements(l.events) e
      WHERE e->>'decision' LIKE 'mirror%') THEN 'mirrored settings'
    WHEN l.suppressed THEN 'suppressions'
    WHEN l.erased THEN 'erasure'
    WHEN l.known_at IS NOT NULL THEN 'events recorded in the past, which nobody can'
    WHEN EXISTS (SELECT FROM jsonb_array_elements(l.education) e
      WHERE lower(e->>'level') = 'college') THEN 'words that depend on a registered region'
  END
$$;

-- The versions of the one policy row that concerns the case; cases with the
-- same versions share a purpose.
ALTER TABLE law ADD versions jsonb, ADD purpose text, ADD missing text,
  ADD got text, ADD got_explicit bool, ADD got_content_from timestamptz;
UPDATE law SET missing = not_covered(law), versions = (
  SELECT jsonb_agg(r - 'region') FROM jsonb_array_elements(COALESCE(regions,
    jsonb_build_array(jsonb_build_object('basis', basis,
      'effective_at', effective_at, 'announced_at', announced_at,
      'notice_required', notice_required, 'notice_period', notice_period)))) r);
UPDATE law l SET purpose = 'p' || n FROM (
  SELECT case_id, dense_rank() OVER (ORDER BY versions, open_school_years,
    undated_school, minor_content) AS n FROM law) d
WHERE d.case_id = l.case_id AND missing IS NULL;

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

SELECT plan(count(*)::int + 1) FROM law;

DO $$
DECLARE p record;
BEGIN
  FOR p IN
    SELECT law.*, r FROM (SELECT DISTINCT ON (purpose) * FROM law
      WHERE purpose IS NOT NULL ORDER BY purpose) law,
      jsonb_array_elements(versions) WITH ORDINALITY AS v(r, n)
    ORDER BY purpose, n
  LOOP
    PERFORM aiconsent.adopt_policy(p.purpose, basis => p.r->>'basis',
      effective_at => (p.r->>'effective_at')::timestamptz,
      announced_at => (p.r->>'announced_at')::timestamptz,
      notice_required => (p.r->>'notice_required')::boolean,
      notice_period => (p.r->>'notice_period')::interval,
      open_school_years => p.open_school_years,
      undated_school => p.undated_school, minor_content => p.minor_content);
  END LOOP;
END $$;

CREATE TABLE education (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member text, level text, school text, starts text, ends text);
INSERT INTO education (member, level, school, starts, ends)
  SELECT case_id, COALESCE(e->>'stage', e->>'level'), e->>'school',
    e->>'starts', e->>'ends'
  FROM law, jsonb_array_elements(education) e;

-- One subject table for each kind of birth date, one after the other.
CREATE PROCEDURE judge(kind text, type text) LANGUAGE plpgsql AS $$
DECLARE b name;
BEGIN
  EXECUTE format('CREATE TABLE member_%s (id text PRIMARY KEY, birth %s,'
    ' notified_at timestamptz)', kind, type);
  EXECUTE format('INSERT INTO member_%s SELECT case_id, birth::%s, notified_at'
    ' FROM law WHERE birth_kind = $1 AND subject = ''known''', kind, type)
    USING kind;
  PERFORM aiconsent.register_subject(format('member_%s', kind)::regclass,
    birth => 'birth', notified_at => 'notified_at');
  PERFORM aiconsent.register_education('education', subject => 'member',
    level => 'level', school => 'school', starts => 'starts', ends => 'ends');
  PERFORM aiconsent.record_consent(case_id, purpose, e->>'decision',
    (e->>'effective_at')::timestamptz, notice_version => e->>'notice_version')
  FROM law, jsonb_array_elements(events) e
  WHERE birth_kind = kind AND subject = 'known' AND missing IS NULL;

  UPDATE law SET got = aiconsent.verdict_of(
    CASE subject WHEN 'known' THEN case_id WHEN 'unknown' THEN 'nobody' END,
    purpose, at)::text
  WHERE birth_kind = kind AND missing IS NULL;
  UPDATE law l SET got_explicit = s.explicit,
    got_content_from = NULLIF(s.content_from, '-infinity')
  FROM aiconsent.standing s
  WHERE s.subject = l.case_id AND s.purpose = l.purpose
    AND s.since <= l.at AND l.at < s.until;

  -- A declaration ends with its binding.
  FOR b IN SELECT binding FROM aiconsent.registration LOOP
    EXECUTE format('DROP VIEW aiconsent.%I', b);
  END LOOP;
END $$;
CALL judge('none', 'date');
CALL judge('date', 'date');
CALL judge('year', 'integer');
CALL judge('month', 'text');
CALL judge('daterange', 'daterange');

SELECT is((SELECT count(*) FROM aiconsent.standing), 0::bigint,
  'without a subject table nobody has a standing');

SELECT CASE WHEN missing IS NOT NULL THEN skip(case_id || ': ' || missing, 1)
  ELSE is(
    concat_ws(' ', got, CASE WHEN got_explicit THEN 'explicit' END,
      CASE WHEN expected = 'eligible' THEN got_content_from END),
    concat_ws(' ', expected, CASE WHEN explicit THEN 'explicit' END,
      CASE WHEN expected = 'eligible' THEN content_from END),
    case_id || ': ' || title || ' -- ' || why) END
FROM law ORDER BY case_id;
SELECT * FROM finish();
ROLLBACK;
