-- The law as a function: decide(), which reads no table, gives every case of
-- law.csv its verdict from facts that are gathered here in plain SQL, also
-- those that nothing records yet: regions, holds, suppression, erasure.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
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

SET LOCAL TimeZone = 'America/St_Johns';
CREATE TABLE law (case_id text PRIMARY KEY, title text, subject text, basis text,
  effective_at timestamptz, announced_at timestamptz, notice_required bool, notice_period interval,
  open_school_years int, undated_school bool, minor_content text, regions jsonb,
  birth text, birth_kind text, region text, notified_at timestamptz, education jsonb, events jsonb,
  suppressed bool, erased bool, at timestamptz, known_at timestamptz,
  expected text, explicit bool, content_from timestamptz, why text);
\copy law FROM PROGRAM 'cat "$AICONSENT_SHARED/law.csv"' WITH (FORMAT csv, HEADER)

-- All days that text can mean; empty where it is unreadable.
CREATE FUNCTION days(value text, kind text) RETURNS daterange LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE
    WHEN value IS NULL THEN NULL
    WHEN kind = 'daterange' THEN value::daterange
    WHEN value ~ '^\d{4}$' THEN daterange((value || '-01-01')::date, (value || '-12-31')::date, '[]')
    WHEN value ~ '^\d{4}-\d{2}$' THEN daterange((value || '-01')::date,
      ((value || '-01')::date + interval '1 month')::date)
    WHEN isfinite(value::date) THEN daterange(value::date, value::date, '[]')
    ELSE 'empty' END;
EXCEPTION WHEN data_exception THEN
  RETURN 'empty';
END $$;

-- The policy row for the subject: its region's, or the default; of its
-- versions the one in force, before the first the first.
CREATE FUNCTION policy_of(l law) RETURNS aiconsent.policy LANGUAGE sql AS $$
  SELECT ROW(0, 'law', NULL, p->>'basis', (p->>'effective_at')::timestamptz, (p->>'announced_at')::timestamptz,
    (p->>'notice_required')::boolean, (p->>'notice_period')::interval, NULL, 18, false, l.open_school_years,
    l.undated_school, l.minor_content, now(), 'law', NULL)::aiconsent.policy
  FROM jsonb_array_elements(COALESCE(l.regions, jsonb_build_array(jsonb_build_object('basis', l.basis,
    'region', l.region, 'effective_at', l.effective_at, 'announced_at', l.announced_at,
    'notice_required', l.notice_required, 'notice_period', l.notice_period)))) p
  WHERE p->>'region' IS NULL OR p->>'region' = l.region
  ORDER BY p->>'region' IS NULL,
    (p->>'effective_at')::timestamptz <= l.at DESC,
    CASE WHEN (p->>'effective_at')::timestamptz <= l.at THEN (p->>'effective_at')::timestamptz END DESC,
    (p->>'effective_at')::timestamptz
  LIMIT 1
$$;

-- What is in force of one axis: the latest by effective instant, at equal ones
-- the stricter; only what was known is known.
CREATE FUNCTION in_force(l law, strict text, mild text) RETURNS text LANGUAGE sql AS $$
  SELECT e->>'decision' FROM jsonb_array_elements(l.events) e
  WHERE e->>'decision' IN (strict, mild) AND (e->>'effective_at')::timestamptz <= l.at
    AND (l.known_at IS NULL OR (e->>'recorded_at')::timestamptz <= l.known_at)
  ORDER BY (e->>'effective_at')::timestamptz DESC, e->>'decision' = strict DESC LIMIT 1
$$;

CREATE FUNCTION schooling_of(l law) RETURNS aiconsent.schooling[] LANGUAGE sql AS $$
  SELECT array_agg(ROW(
    CASE WHEN e->>'stage' IS NULL THEN aiconsent.education_stage(e->>'level', e->>'school', l.region)
      ELSE int4range((e->>'stage')::int, (e->>'stage')::int, '[]') END,
    days(e->>'starts', 'date'), days(e->>'ends', 'date'))::aiconsent.schooling)
  FROM jsonb_array_elements(l.education) e
$$;

SELECT plan(count(*)::int + 4) FROM law;
SELECT CASE WHEN EXISTS (SELECT FROM jsonb_array_elements(events) e
    WHERE e->>'decision' = 'retract' OR e->>'decision' LIKE 'mirror%')
  THEN skip(case_id || ': retractions and mirrored settings, which make no fact yet', 1)
  ELSE is(aiconsent.decide(policy_of(law), at,
      known => subject = 'known',
      choice => in_force(law, 'object', 'grant'),
      hold => COALESCE(in_force(law, 'hold', 'release') = 'hold', false),
      notified_at => notified_at,
      birth => days(birth, birth_kind),
      schooling => schooling_of(law),
      suppressed => suppressed, erased => erased)::text,
    expected, case_id || ': ' || title) END
FROM law ORDER BY case_id;

SELECT is(aiconsent.decide(NULL, now(), adopted => false)::text, 'not_started',
  'nothing adopted for the purpose: not_started');
SELECT is(aiconsent.decide(NULL, now(), choice => 'object', hold => true,
    birth => '[2015-01-01,2015-01-02)', adopted => false)::text, 'not_started,opted_out,hold,minor',
  'without a policy the reasons that need none are reported');
SELECT throws_ok($$SELECT aiconsent.decide(NULL, NULL)$$, '22004', NULL, 'a verdict needs an instant');
SELECT throws_ok($$SELECT aiconsent.decide(NULL, now(), choice => 'yes')$$, '22023', NULL,
  'a choice that is not recognised is an error, and no grant');
SELECT * FROM finish();
ROLLBACK;
