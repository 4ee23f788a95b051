-- Random histories: whatever members, schools, settings and stewards do in
-- whatever order, every answer about every instant, as known at every instant,
-- is what the policy says in plain SQL.
--
-- A history is one subject and all that happens to it.  AICONSENT_HISTORIES
-- (10000) of them are dealt to six worlds, which differ in the type of the key,
-- of the birth date and of the settings; each has an extension of its own.  What
-- is random follows from AICONSENT_SEED (1).
--
-- The oracle is one view of that name over facts that the test itself keeps.  It
-- was written from the policy, not from the extension's code, and is held
-- against the table of the law's cases first (AICONSENT_SHARED/law.csv).
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set seed `echo "${AICONSENT_SEED:-1}"`
\set histories `echo "${AICONSENT_HISTORIES:-10000}"`
\set law `test -r "$AICONSENT_SHARED/law.csv" && echo true || echo false`

-- Not in one transaction: what happens here is committed.
SELECT no_plan();
SET client_min_messages = warning;
SET jit = off;
SET check_function_bodies = off;
SELECT set_config('test.seed', :'seed', false), set_config('test.histories', :'histories', false),
  set_config('test.world', '0', false), set_config('test.round', '0', false) \g /dev/null


-- The worlds.  No session setting may turn a verdict: every world has others.

CREATE TABLE world (nr int PRIMARY KEY, key_type text, asked_type text, birth_type text,
  setting_type text, zone text, style text);
INSERT INTO world VALUES
  (1, 'text', 'text', 'text', 'text', 'Asia/Kathmandu', 'German, DMY'),
  (2, 'bigint', 'bigint', 'daterange', 'boolean', 'Pacific/Kiritimati', 'SQL, MDY'),
  (3, 'uuid', 'uuid', 'date', 'integer', 'America/St_Johns', 'Postgres, DMY'),
  (4, 'integer', 'bigint', 'smallint', 'text', 'Etc/GMT+12', 'SQL, DMY'),
  (5, 'varchar(40)', 'text', 'timestamptz', 'boolean', 'Europe/Dublin', 'Postgres, MDY'),
  (6, 'smallint', 'bigint', 'timestamp', 'integer', 'Australia/Lord_Howe', 'ISO, YMD');
-- Under an even seed other types that mean the same
UPDATE world SET birth_type = CASE birth_type WHEN 'text' THEN 'varchar(20)' WHEN 'smallint' THEN 'integer' ELSE birth_type END
WHERE :'seed' ~ '[02468]$';

CREATE FUNCTION world() RETURNS world LANGUAGE sql STABLE
  RETURN (SELECT w FROM world w WHERE nr = current_setting('test.world')::int);
-- What happens now belongs to this round; what is kept at its end has its number.
CREATE FUNCTION round_now() RETURNS int LANGUAGE sql STABLE
  RETURN current_setting('test.round')::int;
CREATE PROCEDURE enter_round(nr int) LANGUAGE plpgsql AS $$
BEGIN PERFORM set_config('test.round', nr::text, false); END $$;

-- A statement with this world's types in it
CREATE FUNCTION here(query text) RETURNS text LANGUAGE sql STABLE
  RETURN (SELECT replace(replace(replace(replace(query, '@key', key_type), '@asked', asked_type),
    '@birth', birth_type), '@setting', setting_type) FROM world WHERE nr = current_setting('test.world')::int);
CREATE PROCEDURE run(query text) LANGUAGE plpgsql AS $$
BEGIN EXECUTE here(query); END $$;


-- Dice, and what they throw

CREATE FUNCTION dice(salt text, sides int) RETURNS int LANGUAGE sql STABLE
  RETURN ('x' || substr(md5(current_setting('test.seed') || '/' || current_setting('test.world') || '/' || salt), 1, 8))::bit(32)::bigint % sides;

CREATE FUNCTION today() RETURNS date LANGUAGE sql STABLE
  RETURN (now() AT TIME ZONE 'UTC')::date;

CREATE FUNCTION random_day(salt text) RETURNS date LANGUAGE sql STABLE
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
    WHEN 17 THEN date '4000-06-30'
    WHEN 18 THEN date '1901-01-01' + dice('adult' || salt, 36000)
    WHEN 19 THEN date '1901-01-01' + dice('adult' || salt, 36000)
    WHEN 20 THEN date '1960-01-01' + dice('adult' || salt, 15000)
    WHEN 21 THEN date '1960-01-01' + dice('adult' || salt, 15000)
    WHEN 22 THEN date '1960-01-01' + dice('adult' || salt, 15000)
    WHEN 23 THEN date '1960-01-01' + dice('adult' || salt, 15000)
    END;

-- A birth in the form that its type has.  ISO forms mean the same under every
-- DateStyle.  A timestamptz is one whose UTC day is the day at UTC+14, too.
CREATE FUNCTION random_birth(salt text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  d date := random_day(salt);
  plain boolean := isfinite(d) AND d > '1000-01-01';
  shown text := CASE WHEN isfinite(d) THEN to_char(d, 'YYYY-MM-DD') || CASE WHEN d < '0001-01-01' THEN ' BC' ELSE '' END
    WHEN d > '2000-01-01' THEN 'infinity' WHEN d < '2000-01-01' THEN '-infinity' END;
  later text;
BEGIN
  CASE (world()).birth_type
    WHEN 'text', 'varchar(20)' THEN
      IF dice('odd' || salt, 12) = 0 THEN
        RETURN (ARRAY['n/a', '2009-13', '2007-02-30', '31 février', '', '21.07.2009', '2007-00', '2001-02-29', '20090', 'adult',
          '2009-7-', '1899', '1899-12', 'infinity', '0044-03-15 BC'])[1 + dice('which' || salt, 15)];
      END IF;
      RETURN CASE WHEN plain THEN to_char(d, (ARRAY['YYYY', 'YYYY-MM', 'YYYY-MM-DD', 'YYYY-MM-DD'])[1 + dice('form' || salt, 4)]) END;
    WHEN 'date' THEN
      RETURN CASE WHEN dice('far' || salt, 60) = 0 THEN '10000-01-01' ELSE shown END;
    WHEN 'smallint', 'integer' THEN
      RETURN CASE dice('odd' || salt, 30) WHEN 0 THEN '0' WHEN 1 THEN '-5' WHEN 2 THEN '1899' WHEN 3 THEN '1900'
        ELSE CASE WHEN plain THEN to_char(d, 'YYYY') END END;
    WHEN 'timestamp' THEN
      RETURN shown || CASE WHEN plain THEN ' ' || (ARRAY['00:00', '23:59:59.999999', '12:00', '04:30'])[1 + dice('hour' || salt, 4)] ELSE '' END;
    WHEN 'timestamptz' THEN
      RETURN CASE WHEN d = '1900-01-01' THEN '1900-01-02 00:00+00' WHEN NOT isfinite(d) THEN shown
        WHEN plain THEN shown || ' ' || (ARRAY['00:00', '09:59:59.999999', '04:30', '06:00'])[1 + dice('hour' || salt, 4)] || '+00'
        ELSE replace(shown, ' BC', ' 00:00+00 BC') END;
    WHEN 'daterange' THEN
      CASE dice('form' || salt, 14)
        WHEN 0 THEN RETURN 'empty';
        WHEN 1 THEN RETURN '[' || shown || ',)';
        WHEN 2 THEN RETURN '(,' || shown || ']';
        WHEN 3 THEN RETURN '[' || shown || ',infinity)';
        WHEN 4 THEN RETURN '(,)';
        WHEN 5 THEN RETURN '[-infinity,' || shown || ']';
        WHEN 6 THEN RETURN CASE WHEN plain THEN '[1950-01-01,' || to_char(GREATEST(d, '1950-01-02'), 'YYYY-MM-DD') || ')' END;
        ELSE
          later := CASE WHEN plain AND d NOT BETWEEN '1890-01-01' AND '1900-01-01'
            THEN to_char(d + 1 + dice('wide' || salt, 400), 'YYYY-MM-DD') END;
          RETURN '[' || shown || ',' || CASE WHEN later IS NULL OR dice('closed' || salt, 2) = 0 THEN COALESCE(later, shown) || ']' ELSE later || ')' END;
      END CASE;
  END CASE;
END $$;

CREATE FUNCTION random_region(salt text) RETURNS text LANGUAGE sql STABLE
  RETURN (ARRAY[NULL, 'fr', 'XX', 'EEA', 'IS', 'FR', 'FR', 'DE', 'CH', 'GB', 'US', 'HK', 'CA', 'NL', 'us', '', 'GB', NULL])
    [1 + dice('region' || salt, 18)];

CREATE FUNCTION random_notice(salt text) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN CASE dice('notice' || salt, 18)
    WHEN 0 THEN NULL WHEN 1 THEN 'infinity' WHEN 2 THEN '-infinity'
    WHEN 3 THEN timestamptz '2025-09-18 00:00+00' - interval '1 microsecond'
    WHEN 4 THEN timestamptz '2025-09-18 00:00+00'
    WHEN 5 THEN timestamptz '2025-10-01 00:00+00' - interval '1 microsecond'
    WHEN 6 THEN timestamptz '2025-10-01 00:00+00'
    WHEN 7 THEN timestamptz '294276-12-01 00:00+00'
    WHEN 8 THEN timestamptz '2025-01-01 00:00+00' + dice('long ago' || salt, 260) * interval '24 hours'
    WHEN 9 THEN now() - (3600 + dice('soon' || salt, 2500000)) * interval '1 second'
    WHEN 10 THEN now() + (7200 + dice('soon' || salt, 2500000)) * interval '1 second'
    WHEN 11 THEN timestamptz '2026-02-01 00:00+00' WHEN 12 THEN timestamptz '2026-02-10 00:00+00'
    ELSE timestamptz '2025-09-18 00:00+00' + dice('told' || salt, 5000000) * interval '1 second'
    END;

-- Level and school: ISCED numbers, words that mean one thing everywhere, words
-- that mean nothing; and one whose meaning hangs on the region.
CREATE FUNCTION random_stage(salt text) RETURNS text[] LANGUAGE sql STABLE
  RETURN CASE dice('stage' || salt, 26)
    WHEN 0 THEN ARRAY[NULL, NULL] WHEN 1 THEN ARRAY['0', NULL] WHEN 2 THEN ARRAY['4', NULL]
    WHEN 3 THEN ARRAY['5', NULL] WHEN 4 THEN ARRAY['6', NULL] WHEN 5 THEN ARRAY['7', NULL]
    WHEN 6 THEN ARRAY['8', NULL] WHEN 7 THEN ARRAY['Hochschule', NULL] WHEN 8 THEN ARRAY['qwxz', NULL]
    WHEN 9 THEN ARRAY['9', NULL] WHEN 10 THEN ARRAY['lycée', NULL] WHEN 11 THEN ARRAY[NULL, 'Volkshochschule']
    WHEN 12 THEN ARRAY['sixth form', NULL] WHEN 13 THEN ARRAY[NULL, 'Realschule'] WHEN 14 THEN ARRAY['VWO', NULL]
    WHEN 15 THEN ARRAY['college', NULL] WHEN 16 THEN ARRAY['1', NULL] WHEN 17 THEN ARRAY['2', NULL]
    WHEN 18 THEN ARRAY['2', NULL] WHEN 19 THEN ARRAY['high school', NULL] ELSE ARRAY['3', NULL] END;

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

-- What a setting's column holds; NULL and what nobody can read, too
CREATE FUNCTION random_setting(salt text) RETURNS text LANGUAGE sql STABLE
  RETURN (SELECT CASE setting_type
    WHEN 'boolean' THEN (ARRAY['true', 'true', 'true', 'false', 'false', NULL])[1 + dice('setting' || salt, 6)]
    WHEN 'integer' THEN (ARRAY['1', '1', '1', '0', '0', NULL, '2', '-1'])[1 + dice('setting' || salt, 8)]
    WHEN 'text' THEN (ARRAY['on', 'true', 'yes', '1', 'on', 'true', 'off', 'false', 'no', '0', NULL, 'maybe', '', 'soon'])
      [1 + dice('setting' || salt, 14)] END
  FROM world WHERE nr = current_setting('test.world')::int);

-- NULL: at once.  Few instants, so that many are equal.
CREATE FUNCTION random_effect(salt text) RETURNS timestamptz LANGUAGE sql STABLE
  RETURN CASE dice('effect' || salt, 16)
    WHEN 0 THEN timestamptz '2026-01-01 00:00+00' WHEN 1 THEN timestamptz '2026-01-01 00:00+00'
    WHEN 2 THEN timestamptz '2025-11-03 00:00+00' WHEN 3 THEN timestamptz '2030-01-01 00:00+00'
    WHEN 4 THEN timestamptz '2030-01-01 00:00+00' - interval '1 microsecond'
    WHEN 5 THEN now() - (60 + dice('back' || salt, 40000000)) * interval '1 second'
    WHEN 6 THEN now() + (7200 + dice('ahead' || salt, 40000000)) * interval '1 second'
    WHEN 7 THEN timestamptz '1999-12-31 00:00+00' WHEN 8 THEN timestamptz '2025-12-01 00:00+00'
    WHEN 9 THEN timestamptz '2026-01-01 00:00+00' + interval '1 microsecond'
    WHEN 10 THEN timestamptz '2026-01-01 00:00+00' END;
CREATE FUNCTION random_decision(salt text) RETURNS text LANGUAGE sql STABLE
  RETURN (ARRAY['grant', 'grant', 'grant', 'object', 'object', 'hold', 'release'])[1 + dice('decision' || salt, 7)];
CREATE FUNCTION random_version(salt text, decision text) RETURNS text LANGUAGE sql STABLE
  RETURN CASE WHEN decision = 'grant' THEN (ARRAY['2025-09', '2026-02', NULL])[1 + dice('version' || salt, 3)] END;


-- What the test keeps, beside the extension.  What is kept at the end of a
-- round is known from then on.

CREATE TABLE key_ever (i int, key text PRIMARY KEY);
CREATE TABLE checkpoint (snap int PRIMARY KEY, known_at timestamptz);

CREATE TABLE rule (nr int GENERATED ALWAYS AS IDENTITY, known_snap int, purpose text, regions text[],
  effective_at timestamptz, basis text, announced_at timestamptz, notice_required boolean,
  notice_period interval, data_from timestamptz, adult_age int, birth_required boolean,
  open_school_years int, undated_school boolean, minor_content text);

-- What must come into the ledger, in this order; what did; what nobody expected
CREATE TABLE expected (nr bigint GENERATED ALWAYS AS IDENTITY, key text, purpose text, decision text,
  asked_at timestamptz, notice_version text, channel text, retracts bigint, event bigint, said_from timestamptz);
CREATE INDEX ON expected (key, purpose);
CREATE INDEX ON expected (event);
CREATE TABLE event (id bigint PRIMARY KEY, key text, purpose text, decision text, effective_at timestamptz,
  notice_version text, known_snap int, void_snap int);
CREATE INDEX ON event (key, purpose);
CREATE TABLE fresh (id bigint, key text, purpose text, decision text, effective_at timestamptz, notice_version text,
  channel text, retracts bigint, asked timestamptz, nr bigint, event bigint, said_from timestamptz, should_be jsonb);
CREATE TABLE surprise (round int, what text);

-- The last state that was mirrored; lax where no rule says what to expect
CREATE TABLE mirrored (key text, purpose text, last text, lax boolean DEFAULT false, PRIMARY KEY (key, purpose));
CREATE TABLE preference (purpose text PRIMARY KEY, query text);
CREATE TABLE noticed (purpose text PRIMARY KEY);
-- Recorded at some instant from t0 to t1, of which the test learns no more
CREATE TABLE suppression (id bigint PRIMARY KEY, kind text, identifier text, t0 timestamptz, t1 timestamptz,
  known_snap int, void_snap int);
-- What the ledger had then is gone: as known from then on it counts no more.
CREATE TABLE erased (key text PRIMARY KEY, known_snap int, last_event bigint);
CREATE TABLE moved (old text, new text);

-- Facts as they were at the end of each round
CREATE TABLE f_member (snap int, key text, region text, youngest date, bad boolean,
  told timestamptz, email text, handle text, profile text, raw jsonb, PRIMARY KEY (snap, key));
CREATE TABLE f_school (snap int, key text, undated boolean, current_from timestamptz,
  current_until timestamptz, last_start date, level text);
CREATE INDEX ON f_school (snap, key);
CREATE TABLE f_notice (snap int, key text, purpose text, at timestamptz);
CREATE INDEX ON f_notice (snap, key, purpose);
CREATE TABLE f_row (snap int, region text, since timestamptz, until timestamptz, LIKE rule);
CREATE INDEX ON f_row (snap, region, purpose, since);
CREATE TABLE f_purpose (snap int, purpose text, PRIMARY KEY (snap, purpose));
CREATE TABLE f_choice (snap int, counting_retracted boolean, key text, purpose text, since timestamptz, until timestamptz,
  decision text, event bigint, notice_version text, unknown boolean);
CREATE INDEX ON f_choice (snap, counting_retracted, key, purpose, since);
CREATE TABLE f_hold (snap int, key text, purpose text, since timestamptz, until timestamptz);
CREATE INDEX ON f_hold (snap, key, purpose, since);
CREATE TABLE f_suppressed (snap int, key text, t0 timestamptz, t1 timestamptz);
CREATE INDEX ON f_suppressed (snap, key);


-- The oracle: how facts are read

CREATE FUNCTION read_day(value text) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN value ~ '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
      AND right(value, 2)::int <= extract(day FROM
        make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1) + interval '1 month' - interval '1 day')
    THEN make_date(left(value, 4)::int, substr(value, 6, 2)::int, right(value, 2)::int) END;
-- What a date can mean: its first and its last day
CREATE FUNCTION first_day(value text) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN value ~ '^\d{4}$' AND value > '0000' THEN make_date(value::int, 1, 1)
    WHEN value ~ '^\d{4}-(0[1-9]|1[0-2])$' AND value > '0001' THEN make_date(left(value, 4)::int, right(value, 2)::int, 1)
    ELSE read_day(value) END;
CREATE FUNCTION last_day(value text) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN CASE length(value) WHEN 4 THEN (first_day(value) + interval '1 year')::date - 1
    WHEN 7 THEN (first_day(value) + interval '1 month')::date - 1 ELSE first_day(value) END;
-- A day begins first at UTC+14 and ends last at UTC-12.
CREATE FUNCTION day_begins(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN (day::timestamp - interval '14 hours') AT TIME ZONE 'UTC';
CREATE FUNCTION day_ends(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN (day::timestamp + interval '36 hours') AT TIME ZONE 'UTC';

-- Minors: does this level or school mean ISCED 1, 2 or 3?  These are words of
-- the policy; college is secondary, but not in the US.
CREATE FUNCTION is_school(level text, school text, region text) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN level ~ '^\d+$' THEN level IN ('1', '2', '3')
    WHEN lower(COALESCE(level, school)) = 'college' THEN upper(region) IS DISTINCT FROM 'US'
    ELSE COALESCE(lower(COALESCE(level, school)) IN ('collège', 'lycée', 'gymnasium', 'kantonsschule', 'sixth form',
      'high school', 'vwo', 'bac pro', '中學', 'realschule'), false) END;
-- An end before its start: both missing.  An unreadable date counts as missing.
CREATE FUNCTION attendance(starts text, ends text, OUT undated boolean, OUT current_from timestamptz,
    OUT current_until timestamptz, OUT last_start date) LANGUAGE sql IMMUTABLE
  RETURN (SELECT ROW(first_start IS NULL AND last_end IS NULL, day_begins(first_start), day_ends(last_end), last_start)
    FROM (SELECT COALESCE(last_day(ends) < first_day(starts), false) AS contradictory) c,
      LATERAL (SELECT CASE WHEN NOT contradictory THEN first_day(starts) END AS first_start,
        CASE WHEN NOT contradictory THEN last_day(starts) END AS last_start,
        CASE WHEN NOT contradictory THEN last_day(ends) END AS last_end) d);
CREATE FUNCTION attendance_ends(current_until timestamptz, last_start date, open_school_years int)
  RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN COALESCE(current_until, day_ends((last_start + make_interval(years => open_school_years))::date));

-- Fine points: adult at noon UTC of the birthday, on 1 March where there is no
-- 29 February; infinite, empty, half-bounded or before 1900 is an error alone.
CREATE FUNCTION implausible(birth date) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN COALESCE(NOT isfinite(birth) OR birth < '1900-01-01', false);
CREATE FUNCTION adult_at(youngest date, age int) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN (make_date(extract(year FROM youngest)::int + age, extract(month FROM youngest)::int, 1)
    + (extract(day FROM youngest)::int - 1) + interval '12 hours') AT TIME ZONE 'UTC';
-- The youngest reading of a birth, and whether there is none, as expressions over
-- the column b of each type
CREATE FUNCTION birth_reading(OUT youngest text, OUT bad text) LANGUAGE sql STABLE AS $$
  SELECT v.youngest, v.bad FROM world() w JOIN (VALUES
    ('text', 'last_day(b)', 'first_day(b) IS NULL AND b IS NOT NULL OR implausible(first_day(b))'),
    ('varchar(20)', 'last_day(b)', 'first_day(b) IS NULL AND b IS NOT NULL OR implausible(first_day(b))'),
    ('integer', 'CASE WHEN b >= 1900 THEN make_date(b, 12, 31) END', 'b < 1900'),
    ('daterange', 'CASE WHEN NOT upper_inf(b) AND NOT isempty(b) THEN upper(b) - 1 END',
      'isempty(b) OR lower_inf(b) OR upper_inf(b) OR implausible(lower(b)) OR implausible(upper(b))'),
    ('smallint', 'CASE WHEN b >= 1900 THEN make_date(b, 12, 31) END', 'b < 1900'),
    ('date', 'b', 'implausible(b)'),
    ('timestamp', 'b::date', 'implausible(b::date)'),
    ('timestamptz', '(b AT TIME ZONE ''UTC'')::date', 'implausible((b AT TIME ZONE ''UTC'')::date)')) v(type, youngest, bad)
    ON type = w.birth_type
$$;
-- A notice counts plus the policy's delay, which is the same everywhere.
CREATE FUNCTION notice_counts(told timestamptz, delay interval) RETURNS timestamptz LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN NOT isfinite(told) THEN told WHEN told > '290000-01-01 00:00+00' THEN timestamptz 'infinity'
    ELSE (told AT TIME ZONE 'UTC' + delay) AT TIME ZONE 'UTC' END;
-- EEA stands for its members, too.
CREATE FUNCTION names(regions text[], region text) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN COALESCE(region = ANY (regions) OR 'EEA' = ANY (regions) AND region IN ('AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK',
    'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU', 'MT', 'NL', 'PL', 'PT', 'RO', 'SK', 'SI', 'ES', 'SE',
    'IS', 'LI', 'NO'), false);

-- The choice: what is said and mirrored goes through it in the order of its
-- effect, at equal instants the more restrictive last.
CREATE FUNCTION restriction(decision text, notice_version text) RETURNS int LANGUAGE sql IMMUTABLE
  RETURN CASE decision WHEN 'mirror_true' THEN 1 WHEN 'grant' THEN CASE WHEN notice_version IS NULL THEN 3 ELSE 2 END
    WHEN 'mirror_false' THEN 4 WHEN 'object' THEN 5 WHEN 'mirror_unknown' THEN 6
    WHEN 'release' THEN 1 WHEN 'hold' THEN 2 END;
CREATE TYPE choice AS (decision text, event bigint, notice_version text, unknown boolean);
CREATE FUNCTION follow(before choice, decision text, event bigint, notice_version text) RETURNS choice
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN CASE
    WHEN decision = 'grant' THEN ROW(decision, event, notice_version, false)
    WHEN decision = 'object' THEN ROW(decision, event, NULL::text, false)
    WHEN decision = 'mirror_false' AND before.decision = 'object' THEN ROW(before.decision, before.event, NULL::text, false)
    WHEN decision = 'mirror_false' THEN ROW(decision, event, NULL::text, false)
    WHEN decision = 'mirror_true' AND before.decision = 'mirror_false' THEN ROW(NULL::text, NULL::bigint, NULL::text, false)
    WHEN decision = 'mirror_true' THEN ROW(before.decision, before.event, before.notice_version, false)
    WHEN decision = 'mirror_unknown' THEN ROW(before.decision, before.event, before.notice_version, true)
  END;
END $$;
CREATE AGGREGATE in_force(decision text, event bigint, notice_version text) (SFUNC = follow, STYPE = choice);

-- The choice and the hold of everybody, from the ledger as known at a round
CREATE VIEW known_event AS
  SELECT e.*, snap FROM event e JOIN checkpoint c ON known_snap <= snap
  WHERE NOT EXISTS (SELECT FROM erased WHERE erased.key = e.key AND erased.known_snap <= snap AND id <= last_event);
CREATE PROCEDURE derive_choices(asked int) LANGUAGE sql AS $$
  INSERT INTO f_choice
  SELECT asked, counting, key, purpose, effective_at, until, (c).decision, (c).event, (c).notice_version, (c).unknown
  FROM (SELECT counting, key, purpose, effective_at, c,
      lead(effective_at, 1, 'infinity') OVER (PARTITION BY counting, key, purpose ORDER BY effective_at, nr) AS until
    FROM (SELECT *, in_force(decision, id, notice_version) OVER w AS c, row_number() OVER w AS nr
      FROM known_event, (VALUES (false), (true)) v(counting)
      WHERE snap = asked AND decision NOT IN ('hold', 'release') AND (counting OR void_snap > asked IS NOT FALSE)
      WINDOW w AS (PARTITION BY counting, key, purpose ORDER BY effective_at, restriction(decision, notice_version), id
        ROWS UNBOUNDED PRECEDING)) s) t
  WHERE effective_at < until;
  INSERT INTO f_hold
  SELECT asked, key, purpose, effective_at, until
  FROM (SELECT *, lead(effective_at, 1, 'infinity') OVER
      (PARTITION BY key, purpose ORDER BY effective_at, restriction(decision, NULL)) AS until
    FROM known_event WHERE snap = asked AND decision IN ('hold', 'release') AND void_snap > asked IS NOT FALSE) s
  WHERE effective_at < until AND decision = 'hold';
$$;

-- A region's rows of a purpose: those that name it, and no other; else the
-- default rows.  Each acts until the next, the first also before its date.
CREATE PROCEDURE derive_rows(asked int) LANGUAGE sql AS $$
  INSERT INTO f_purpose SELECT DISTINCT asked, purpose FROM rule WHERE known_snap <= asked;
  INSERT INTO f_row
  SELECT asked, region, CASE WHEN lag(nr) OVER w IS NULL THEN '-infinity' ELSE effective_at END,
    lead(effective_at, 1, 'infinity') OVER w, nr, known_snap, purpose, regions, effective_at, basis, announced_at,
    notice_required, notice_period, data_from, adult_age, birth_required, open_school_years, undated_school, minor_content
  FROM (SELECT DISTINCT ON (region, purpose, effective_at) region, rule.*
    FROM (SELECT DISTINCT region FROM f_member WHERE snap = asked) m, rule
    WHERE known_snap <= asked AND CASE WHEN EXISTS (SELECT FROM rule o WHERE o.known_snap <= asked AND o.purpose = rule.purpose
        AND names(o.regions, region)) THEN names(regions, region) ELSE regions IS NULL END
    ORDER BY region, purpose, effective_at, nr DESC) r
  WINDOW w AS (PARTITION BY region, purpose ORDER BY effective_at);
$$;

-- The oracle itself

-- lot: by which some are chosen
CREATE TABLE question (snap int, key text, purpose text, at timestamptz, lot int);

CREATE VIEW oracle AS
SELECT q.snap, q.key, q.purpose, q.at, q.lot, m.key IS NOT NULL AS known,
  COALESCE(NULLIF(CASE WHEN m.key IS NULL
    THEN concat_ws(',', 'unknown_subject', out.suppressed, out.erased)
    ELSE concat_ws(',',
      CASE WHEN p.purpose IS NULL OR q.at < r.effective_at THEN 'not_started' END,
      CASE WHEN p.purpose IS NOT NULL AND r.nr IS NULL OR r.basis = 'forbidden' THEN 'region_excluded' END,
      CASE WHEN r.notice_required AND q.at >= notice_counts((SELECT min(n.at) FROM f_notice n WHERE n.snap = q.snap
        AND n.key = q.key AND n.purpose = q.purpose AND n.at >= r.announced_at), r.notice_period) IS NOT TRUE
        THEN 'not_notified' END,
      CASE WHEN c.decision IN ('object', 'mirror_false') THEN 'opted_out' END,
      CASE WHEN r.basis = 'opt_in' AND c.decision IS DISTINCT FROM 'grant' THEN 'not_granted' END,
      CASE WHEN EXISTS (SELECT FROM f_hold h WHERE h.snap = q.snap AND h.key = q.key AND h.purpose = q.purpose
        AND h.since <= q.at AND q.at < h.until) THEN 'hold' END,
      CASE WHEN q.at < adult.at THEN 'minor' END,
      CASE WHEN EXISTS (SELECT FROM f_school s WHERE s.snap = q.snap AND s.key = q.key AND CASE WHEN undated
          THEN r.undated_school ELSE (current_from <= q.at OR current_from IS NULL)
            AND q.at < attendance_ends(current_until, last_start, COALESCE(r.open_school_years, 8)) END)
        THEN 'suspected_minor' END,
      out.suppressed, out.erased,
      CASE WHEN m.bad OR c.unknown OR r.birth_required AND m.youngest IS NULL THEN 'error' END) END, ''), 'eligible') AS verdict,
  COALESCE(c.decision = 'grant' AND c.notice_version IS NOT NULL AND c.event = (SELECT f.event FROM f_choice f
    WHERE f.snap = q.snap AND f.counting_retracted AND f.key = q.key AND f.purpose = q.purpose
      AND f.since <= q.at AND q.at < f.until), false) AS explicit,
  COALESCE(GREATEST(r.data_from, CASE WHEN r.minor_content = 'out' THEN adult.at END), '-infinity') AS content_from
FROM question q
  LEFT JOIN f_member m ON m.snap = q.snap AND m.key = q.key
  LEFT JOIN f_purpose p ON p.snap = q.snap AND p.purpose = q.purpose
  LEFT JOIN LATERAL (SELECT * FROM f_row r WHERE r.snap = q.snap AND r.region = m.region AND r.purpose = q.purpose
    AND r.since <= q.at AND q.at < r.until OFFSET 0) r ON true
  LEFT JOIN LATERAL (SELECT * FROM f_choice c WHERE c.snap = q.snap AND NOT c.counting_retracted AND c.key = q.key
    AND c.purpose = q.purpose AND c.since <= q.at AND q.at < c.until OFFSET 0) c ON true
  LEFT JOIN LATERAL (SELECT CASE WHEN NOT m.bad THEN adult_at(m.youngest, COALESCE(r.adult_age, 18)) END AS at) adult ON true
  LEFT JOIN LATERAL (SELECT
    CASE WHEN EXISTS (SELECT FROM f_suppressed s WHERE s.snap = q.snap AND s.key = q.key AND s.t1 <= q.at) THEN 'suppressed' END AS suppressed,
    CASE WHEN EXISTS (SELECT FROM erased e WHERE e.key = q.key AND e.known_snap <= q.snap) THEN 'erased' END AS erased) out ON true;


-- Is the oracle right?  Every case of the law is asked first.

CREATE TABLE law (case_id text PRIMARY KEY, title text, subject text, basis text,
  effective_at timestamptz, announced_at timestamptz, notice_required bool, notice_period interval,
  open_school_years int, undated_school bool, minor_content text, regions jsonb,
  birth text, birth_kind text, region text, notified_at timestamptz, education jsonb, events jsonb,
  suppressed bool, erased bool, at timestamptz, known_at timestamptz,
  expected text, explicit bool, content_from timestamptz, why text);
\if :law
\copy law FROM PROGRAM 'cat "$AICONSENT_SHARED/law.csv"' WITH (FORMAT csv, HEADER)
\endif

CREATE FUNCTION readable(birth text, type text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT $1::%s', type) USING birth;
  RETURN true;
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;

-- Cases are a round before all others, each a subject and a purpose of its own.
CREATE PROCEDURE take_law() LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO f_member SELECT -1, case_id, COALESCE(region, ''), CASE WHEN NOT bad THEN last_reading END, bad, notified_at
  FROM law, LATERAL (SELECT CASE birth_kind WHEN 'date' THEN 'date' WHEN 'daterange' THEN 'daterange' ELSE 'text' END AS type) t,
    LATERAL (SELECT NOT readable(birth, type) AS garbled) g,
    LATERAL (SELECT CASE WHEN NOT garbled AND type = 'daterange' THEN birth::daterange END AS r,
      CASE WHEN NOT garbled AND type = 'date' THEN birth::date WHEN type = 'text' THEN last_day(birth) END AS d) v,
    LATERAL (SELECT garbled OR birth_kind IN ('year', 'month') AND d IS NULL OR implausible(d) OR isempty(r) IS TRUE AS bad,
      COALESCE(d, upper(r) - 1) AS last_reading) b
  WHERE subject = 'known';
  INSERT INTO rule (known_snap, purpose, regions, effective_at, basis, announced_at, notice_required, notice_period,
    adult_age, birth_required, open_school_years, undated_school, minor_content)
  SELECT -1, case_id, CASE WHEN r->>'region' IS NOT NULL THEN ARRAY[r->>'region'] END, (r->>'effective_at')::timestamptz, r->>'basis',
    (r->>'announced_at')::timestamptz, (r->>'notice_required')::boolean, (r->>'notice_period')::interval,
    18, false, open_school_years, undated_school, minor_content
  FROM law, jsonb_array_elements(COALESCE(regions, jsonb_build_array(jsonb_build_object('region', region, 'basis', basis,
    'effective_at', effective_at, 'announced_at', announced_at, 'notice_required', notice_required,
    'notice_period', notice_period)))) r;
  INSERT INTO f_notice SELECT -1, key, key, told FROM f_member WHERE snap = -1 AND told IS NOT NULL;
  INSERT INTO f_school SELECT -1, case_id, a.*, e->>'level'
  FROM law, jsonb_array_elements(education) e, attendance(e->>'starts', e->>'ends') a
  WHERE is_school(COALESCE(e->>'stage', e->>'level'), e->>'school', region);
  INSERT INTO f_suppressed SELECT -1, case_id, '-infinity', '-infinity' FROM law WHERE suppressed;
  INSERT INTO erased SELECT case_id, -1, 0 FROM law WHERE erased;
  WITH e AS (SELECT row_number() OVER () AS id, case_id, nr, (e->>'effective_at')::timestamptz AS effective_at,
      e->>'decision' AS decision, e->>'notice_version' AS notice_version, (e->>'retracts')::int AS retracts
    FROM law, jsonb_array_elements(events) WITH ORDINALITY v(e, nr)
    WHERE known_at IS NULL OR (e->>'recorded_at')::timestamptz <= known_at)
  INSERT INTO event SELECT id, case_id, case_id, decision, effective_at, notice_version, -1,
    CASE WHEN EXISTS (SELECT FROM e r WHERE r.case_id = e.case_id AND r.retracts = e.nr) THEN -1 END
  FROM e WHERE decision <> 'retract';
  INSERT INTO checkpoint VALUES (-1, now());
  CALL derive_choices(-1);
  CALL derive_rows(-1);
  INSERT INTO question SELECT -1, CASE subject WHEN 'known' THEN case_id WHEN 'unknown' THEN 'nobody' END, case_id, at FROM law;
END $$;
CALL take_law();
SELECT CASE WHEN count(*) = 0 THEN skip('the cases of the law are not here: AICONSENT_SHARED/law.csv', 1)
  ELSE is(string_agg(case_id || ' should be ' || concat_ws(' ', expected, law.explicit, law.content_from) || ' but the oracle says '
    || concat_ws(' ', verdict, o.explicit, o.content_from), E'\n') FILTER (WHERE law.expected <> verdict OR law.explicit <> o.explicit
      OR law.expected = 'eligible' AND COALESCE(law.content_from, '-infinity') <> o.content_from), NULL,
    format('the oracle gives the verdict of all %s cases of the law', count(verdict))) END
FROM law LEFT JOIN oracle o ON o.purpose = case_id;
TRUNCATE question, f_member, f_school, f_notice, f_row, f_purpose, f_choice, f_hold, f_suppressed, event, rule, erased, checkpoint;


-- What the test keeps: how

CREATE TABLE seen (id bigint);
INSERT INTO seen VALUES (0);
-- A word of schooling whose reading no rule gives for the member's region
CREATE TABLE f_unsure (snap int, key text, PRIMARY KEY (snap, key));

-- What members' settings say must be in the ledger: each change of state once,
-- and a true only where it takes something back.
CREATE FUNCTION read_setting(value text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN CASE WHEN value IN ('true', 'on', 'yes', '1') THEN 'mirror_true'
    WHEN value IN ('false', 'off', 'no', '0') THEN 'mirror_false' ELSE 'mirror_unknown' END;
CREATE PROCEDURE expect_mirrored(only_key text DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE p record;
BEGIN
  FOR p IN SELECT * FROM preference ORDER BY purpose LOOP
    EXECUTE format('
      WITH state AS (SELECT key, CASE WHEN bool_or(v = ''mirror_false'') THEN ''mirror_false''
            WHEN bool_or(v = ''mirror_unknown'') THEN ''mirror_unknown'' ELSE ''mirror_true'' END AS now
          FROM (SELECT key, read_setting(value) AS v FROM (%s) s WHERE $2 IS NULL OR key = $2) r GROUP BY key),
        entered AS (SELECT key, COALESCE(now, ''mirror_true'') AS now
          FROM (SELECT id::text AS key FROM person WHERE $2 IS NULL OR id::text = $2) k LEFT JOIN state USING (key)
            LEFT JOIN (SELECT * FROM mirrored WHERE purpose = $1) m USING (key)
          WHERE m.lax IS NOT TRUE AND key NOT IN (SELECT e.key FROM erased e)
            AND COALESCE(now, ''mirror_true'') <> COALESCE(m.last, ''mirror_true'')),
        kept AS (INSERT INTO mirrored (key, purpose, last) SELECT key, $1, now FROM entered
          ON CONFLICT (key, purpose) DO UPDATE SET last = excluded.last)
      INSERT INTO expected (key, purpose, decision, channel) SELECT key, $1, now, ''setting'' FROM entered',
      p.query) USING p.purpose, only_key;
  END LOOP;
END $$;

-- Where no rule says what the ledger has: keys that no member has, that were
-- erased, or that just became another's; a setting whose entry was retracted.
CREATE FUNCTION is_lax(key text, purpose text, decision text, channel text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE member boolean;
BEGIN
  -- The ledger of who was erased is under no key.
  IF key NOT IN (SELECT k.key FROM key_ever k) THEN
    RETURN EXISTS (SELECT FROM erased);
  END IF;
  EXECUTE here('SELECT EXISTS (SELECT FROM person WHERE id = $1::@key)') INTO member USING key;
  RETURN CASE WHEN EXISTS (SELECT FROM erased e WHERE e.key = is_lax.key) THEN true
    WHEN EXISTS (SELECT FROM moved WHERE new = is_lax.key) THEN true
    ELSE decision LIKE 'mirror%' AND channel = 'setting'
      AND (NOT member OR EXISTS (SELECT FROM mirrored m WHERE m.key = is_lax.key AND m.purpose = is_lax.purpose AND lax)) END;
END $$;

-- Take what the ledger has got since, each entry against what was expected.
CREATE PROCEDURE note() LANGUAGE plpgsql AS $$
DECLARE
  noted timestamptz := clock_timestamp();
BEGIN
  IF NOT EXISTS (SELECT FROM expected) AND NOT EXISTS (SELECT FROM aiconsent.consent c, seen WHERE c.id > seen.id) THEN
    RETURN;
  END IF;
  INSERT INTO fresh
  WITH l AS (SELECT id, subject COLLATE "default" AS key, purpose COLLATE "default" AS purpose, decision COLLATE "default" AS decision,
      effective_at, notice_version COLLATE "default" AS notice_version, retracts,
      CASE WHEN decision <> 'retract' THEN channel COLLATE "default" ELSE '-' END AS channel
    FROM aiconsent.consent c WHERE id > (SELECT seen.id FROM seen)),
  -- By its number, where that was returned, else by what it says
  ln AS (SELECT l.*, asked, pin, row_number() OVER (PARTITION BY l.key, l.purpose, l.decision, l.notice_version, l.channel, l.retracts, asked, pin
      ORDER BY l.id) AS n
    FROM l LEFT JOIN LATERAL (SELECT asked_at AS asked FROM expected e WHERE e.key = l.key AND e.purpose = l.purpose AND e.decision = l.decision
        AND e.asked_at = l.effective_at AND e.notice_version IS NOT DISTINCT FROM l.notice_version LIMIT 1) a ON true
      LEFT JOIN LATERAL (SELECT event AS pin FROM expected e WHERE e.event = l.id LIMIT 1) p ON true),
  en AS (SELECT *, row_number() OVER (PARTITION BY key, purpose, decision, notice_version, channel, retracts, asked_at, event ORDER BY nr) AS n FROM expected)
  SELECT ln.id, ln.key, ln.purpose, ln.decision, ln.effective_at, ln.notice_version, ln.channel, ln.retracts, ln.asked, en.nr, en.event,
    en.said_from, to_jsonb(en) AS should_be
  FROM ln FULL JOIN en ON ROW(ln.key, ln.purpose, ln.decision, COALESCE(ln.notice_version, '-'), ln.channel,
      COALESCE(ln.retracts, 0), COALESCE(ln.asked, 'infinity'), COALESCE(ln.pin, 0), ln.n)
    = ROW(en.key, en.purpose, en.decision, COALESCE(en.notice_version, '-'), en.channel,
      COALESCE(en.retracts, 0), COALESCE(en.asked_at, 'infinity'), COALESCE(en.event, 0), en.n);

  INSERT INTO surprise
  SELECT round_now(), CASE WHEN id IS NULL THEN 'not in the ledger: ' || should_be::text
    WHEN nr IS NULL THEN 'in the ledger, but nobody said so: ' || to_jsonb(fresh)::text
    ELSE 'said at once, but acts at another time: ' || to_jsonb(fresh)::text || ', now ' || noted END
    || COALESCE(E'\n    settings ' || (SELECT jsonb_agg(to_jsonb(s)) FROM setting s WHERE who::text = COALESCE(key, should_be->>'key'))::text, '')
    || COALESCE(E'\n    flags ' || (SELECT jsonb_agg(to_jsonb(f)) FROM flag f WHERE who::text = COALESCE(key, should_be->>'key'))::text, '')
  FROM fresh
  WHERE id IS NULL OR nr IS NULL AND NOT is_lax(key, purpose, decision, channel)
    OR nr IS NOT NULL AND asked IS NULL AND channel <> 'setting' AND (effective_at < said_from OR effective_at > noted);
  -- Said at once: behind what the same person said at once before
  INSERT INTO surprise
  SELECT round_now(), 'said at once, but not acting in that order: ' || to_jsonb(s)::text
  FROM (SELECT *, lag(effective_at) OVER (PARTITION BY key, purpose ORDER BY id) AS before FROM fresh
    WHERE nr IS NOT NULL AND asked IS NULL AND channel = 'web') s
  WHERE effective_at <= before;

  INSERT INTO event SELECT id, key, purpose, decision, effective_at, notice_version, round_now() FROM fresh
  WHERE id IS NOT NULL AND decision IN ('grant', 'object', 'hold', 'release', 'mirror_true', 'mirror_false', 'mirror_unknown')
    AND key IN (SELECT k.key FROM key_ever k);
  UPDATE event SET void_snap = round_now() FROM fresh f WHERE f.retracts = event.id AND f.id IS NOT NULL;
  INSERT INTO mirrored SELECT DISTINCT ON (key, purpose) key, purpose, decision, false FROM fresh
    WHERE id IS NOT NULL AND nr IS NULL AND decision LIKE 'mirror%' ORDER BY key, purpose, id DESC
    ON CONFLICT (key, purpose) DO UPDATE SET last = excluded.last;
  UPDATE seen SET id = GREATEST(seen.id, (SELECT max(fresh.id) FROM fresh));
  DELETE FROM expected;
  DELETE FROM fresh;
END $$;

-- The end of a round: its facts
CREATE PROCEDURE keep() LANGUAGE plpgsql AS $$
DECLARE
  r int := round_now();
  t text;
BEGIN
  CALL note();
  FOREACH t IN ARRAY ARRAY['f_member', 'f_school', 'f_notice', 'f_row', 'f_purpose', 'f_choice', 'f_hold', 'f_suppressed', 'f_unsure', 'checkpoint'] LOOP
    EXECUTE format('DELETE FROM %I WHERE snap = %s', t, r);
  END LOOP;
  CALL run(format('INSERT INTO f_member SELECT %s, id::text, COALESCE(upper(region), ''''), CASE WHEN (%s) IS NOT TRUE THEN %s END,
      COALESCE(%2$s, false), told, email, handle, profile, to_jsonb(p) FROM (SELECT *, birth AS b FROM person) p',
    r, (birth_reading()).bad, (birth_reading()).youngest));
  CALL run(format('INSERT INTO f_school SELECT %s, id::text, a.*, level FROM school JOIN person ON id = who, attendance(starts, ends) a
    WHERE is_school(level, school, region)', r));
  CALL run(format('INSERT INTO f_unsure SELECT DISTINCT %s, id::text FROM school JOIN person ON id = who
    WHERE level = ''college'' AND region NOT IN (''US'', ''GB'', ''FR'', '''')', r));
  CALL run(format('INSERT INTO f_notice SELECT %s, id::text, p, told FROM person, unnest(purposes()) p
      WHERE told IS NOT NULL AND p NOT IN (SELECT purpose FROM noticed)
    UNION ALL SELECT %1$s, who::text, purpose, at FROM notice, noticed WHERE who IS NOT NULL AND at IS NOT NULL', r));
  INSERT INTO f_suppressed SELECT r, k.key, t0, t1 FROM suppression s, key_ever k LEFT JOIN f_member m ON m.snap = r AND m.key = k.key
    WHERE known_snap <= r AND void_snap > r IS NOT FALSE
      AND identifier = CASE kind WHEN 'key' THEN k.key WHEN 'email' THEN email WHEN 'handle' THEN handle WHEN 'profile' THEN profile END;
  INSERT INTO checkpoint VALUES (r, clock_timestamp());
  CALL derive_choices(r);
  CALL derive_rows(r);
  ANALYZE f_member, f_school, f_notice, f_row, f_choice, f_hold, f_suppressed, event;
END $$;


-- What happens

CREATE FUNCTION purposes() RETURNS text[] LANGUAGE sql IMMUTABLE
  RETURN ARRAY['content_generation', 'voice_model', 'ad_texts'];

CREATE PROCEDURE enter_world(nr int) LANGUAGE plpgsql AS $$
DECLARE w world;
BEGIN
  PERFORM set_config('test.world', nr::text, false), set_config('test.round', '0', false);
  w := world();
  PERFORM set_config('TimeZone', w.zone, false), set_config('DateStyle', w.style, false);
  TRUNCATE key_ever, checkpoint, rule, expected, event, surprise, mirrored, preference, noticed, suppression, erased, moved, seen,
    f_member, f_school, f_notice, f_row, f_purpose, f_choice, f_hold, f_suppressed, f_unsure;
  INSERT INTO seen VALUES (0);
  DROP TABLE IF EXISTS person, school, notice, setting, flag, import_text, import_switch;
  CALL run('CREATE TABLE person (id @key PRIMARY KEY, birth @birth, region text, told timestamptz, email text, handle text, profile text);
    -- No foreign keys: an entry may come before its person, or belong to nobody.
    CREATE TABLE school (nr int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who @key, level text, school text, starts text, ends text);
    CREATE INDEX ON school (who);
    CREATE TABLE notice (nr int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who @key, at timestamptz);
    CREATE INDEX ON notice (who);
    CREATE TABLE setting (who @key, name text, value @setting, PRIMARY KEY (who, name));
    CREATE TABLE flag (who @key, device int, refused boolean, PRIMARY KEY (who, device));
    CREATE TABLE import_text (nr int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who @key, what text, at timestamptz, version text);
    CREATE TABLE import_switch (nr int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who @key, what boolean, at timestamptz)');
  INSERT INTO key_ever SELECT i, CASE w.key_type WHEN 'text' THEN CASE i % 4 WHEN 0 THEN 'p' || i WHEN 1 THEN i::text
        WHEN 2 THEN 'Ü "' || i || '''' ELSE ' ' || i END
      WHEN 'varchar(40)' THEN 'v\' || i WHEN 'bigint' THEN (i * 1000003::bigint - 5000000000)::text
      WHEN 'uuid' THEN md5(i::text)::uuid::text WHEN 'integer' THEN (CASE WHEN i % 2 = 0 THEN -i ELSE i * 1000 END)::text
      WHEN 'smallint' THEN (i - 800)::text END
    FROM generate_series(1, (current_setting('test.histories')::int + 5) / 6) i;
END $$;

-- Of a share of all keys, in per cent
CREATE PROCEDURE come(first float, last float, salt text) LANGUAGE plpgsql AS $$
BEGIN
  CALL run(format('INSERT INTO person SELECT key::@key, random_birth(s)::@birth, random_region(s), random_notice(s),
      CASE WHEN dice(''email'' || s, 8) > 0 THEN ''m'' || i - (i %% 11 = 0)::int || ''@example.org'' END,
      CASE WHEN dice(''handle'' || s, 8) > 0 THEN ''h'' || i END,
      CASE WHEN dice(''profile'' || s, 8) > 0 THEN ''https://example.org/in/p'' || i END
    FROM key_ever, LATERAL (SELECT %L || key AS s) x, (SELECT max(i) / 100.0 AS percent FROM key_ever) m
    WHERE i > percent * %s AND i <= percent * %s ON CONFLICT DO NOTHING', salt, first, last));
  CALL expect_mirrored();
END $$;

CREATE PROCEDURE new_schools(salt text, per_cent int) LANGUAGE plpgsql AS $$
BEGIN
  CALL run(format('INSERT INTO school (who, level, school, starts, ends)
    SELECT key::@key, stage[1], stage[2], random_when(''starts'' || s), random_when(''ends'' || s)
    FROM key_ever, generate_series(1, 2) n, LATERAL (SELECT %L || n || key AS s) x, LATERAL (SELECT random_stage(s) AS stage) y
    WHERE dice(''school'' || s, 200) < %s', salt, per_cent));
  INSERT INTO school (level, starts) VALUES ('3', '2025-09-01');
END $$;

CREATE PROCEDURE new_notices(salt text, per_cent int) LANGUAGE plpgsql AS $$
BEGIN
  CALL run(format('INSERT INTO notice (who, at) SELECT key::@key, random_notice(s || n)
    FROM key_ever, generate_series(1, 3) n, LATERAL (SELECT %L || n || key AS s) x WHERE dice(''noticed'' || s, 300) < %s', salt, per_cent));
END $$;

-- Settings only of members, but for a few
CREATE PROCEDURE new_settings(salt text, per_cent int) LANGUAGE plpgsql AS $$
BEGIN
  CALL run(format('INSERT INTO setting SELECT key::@key, name, random_setting(s)::@setting
    FROM key_ever LEFT JOIN person ON id = key::@key, unnest(ARRAY[''ai_training'', ''ai_training_app'', ''voice'', ''letters'']) name,
      LATERAL (SELECT %L || name || key AS s) x
    WHERE dice(''set'' || s, 100) < %s AND (id IS NOT NULL OR dice(''early'' || s, 10) = 0)
    ON CONFLICT (who, name) DO UPDATE SET value = excluded.value', salt, per_cent));
  CALL expect_mirrored();
  CALL run(format('INSERT INTO flag SELECT key::@key, device, (ARRAY[true, false, false, NULL])[1 + dice(''refused'' || s, 4)]
    FROM key_ever JOIN person ON id = key::@key, generate_series(1, 2) device, LATERAL (SELECT %L || device || key AS s) x
    WHERE dice(''flagged'' || s, 100) < %s ON CONFLICT DO NOTHING', salt, per_cent));
  CALL expect_mirrored();
END $$;

-- A purpose that is adopted by now
CREATE FUNCTION random_purpose(salt text) RETURNS text LANGUAGE sql STABLE
  RETURN (SELECT purpose FROM (SELECT DISTINCT purpose FROM rule) p
    ORDER BY md5(current_setting('test.seed') || salt || purpose) LIMIT 1);

-- What members say, each by a call of its own in one statement
CREATE PROCEDURE say(salt text, per_cent int, only_key text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE here('WITH p AS MATERIALIZED (SELECT id, id::text AS key, random_purpose(s) AS purpose, decision, random_effect(s) AS asked_at,
        random_version(s, decision) AS notice_version
      FROM person, LATERAL (SELECT $1 || id AS s) x, LATERAL (SELECT random_decision(s) AS decision) d
      WHERE ($3 IS NULL OR id = $3::@key) AND dice(''say'' || s, 100) < $2 AND id::text NOT IN (SELECT key FROM erased) ORDER BY md5(s))
    INSERT INTO expected (key, purpose, decision, asked_at, notice_version, channel, event, said_from)
    SELECT key, purpose, decision, asked_at, notice_version, ''web'',
      aiconsent.record_consent(id::@asked, purpose, decision, asked_at, channel => ''web'', notice_version => notice_version,
        evidence => ''{"form": 1}'', reason => CASE WHEN asked_at < now() THEN ''found later'' END), $4 FROM p')
  USING salt, per_cent, only_key, clock_timestamp();
END $$;

-- Many at once
CREATE PROCEDURE say_in_bulk(salt text, groups int) LANGUAGE plpgsql AS $$
DECLARE
  g record;
  returned bigint;
BEGIN
  FOR g IN SELECT s, decision, random_purpose(s) AS purpose, random_effect(s) AS asked_at, random_version(s, decision) AS notice_version
      FROM generate_series(1, groups) i, LATERAL (SELECT salt || '.' || i AS s) x, LATERAL (SELECT random_decision(s) AS decision) d LOOP
    EXECUTE here('WITH p AS MATERIALIZED (SELECT id FROM person WHERE dice($1 || id, 12) = 0 AND id::text NOT IN (SELECT key FROM erased)),
      e AS (INSERT INTO expected (key, purpose, decision, asked_at, notice_version, channel, said_from)
        SELECT id::text, $2, $3, $4, $5, ''bulk'', $6 FROM p)
      SELECT aiconsent.record_consents(array_agg(id::@asked), $2, $3, $4, channel => ''bulk'', notice_version => $5,
        reason => CASE WHEN $4 < now() THEN ''found later'' END) - count(*) FROM p HAVING count(*) > 0')
      INTO returned USING g.s, g.purpose, g.decision, g.asked_at, g.notice_version, clock_timestamp();
    IF returned <> 0 THEN
      INSERT INTO surprise VALUES (round_now(), format('record_consents() returned %s too many', returned));
    END IF;
  END LOOP;
END $$;

-- Dated history of elsewhere: decisions in words; or switches, which are
-- mirrored, for people whose settings nobody else mirrors
CREATE PROCEDURE import(salt text) LANGUAGE plpgsql AS $$
DECLARE
  p text := random_purpose(salt);
BEGIN
  CALL run('TRUNCATE import_text, import_switch');
  CALL run(format('INSERT INTO import_text (who, what, at, version) SELECT id, decision, COALESCE(random_effect(s), now() - interval ''90 minutes''),
      random_version(s, decision)
    FROM person, LATERAL (SELECT %L || id AS s) x, LATERAL (SELECT random_decision(s) AS decision) d
    WHERE dice(''import'' || s, 7) = 0 AND id::text NOT IN (SELECT key FROM erased)', salt));
  INSERT INTO expected (key, purpose, decision, asked_at, notice_version, channel) SELECT who::text, p, what, at, version, 'import' FROM import_text;
  PERFORM aiconsent.import_consent('import_text', decision => 'what', effective_at => 'at', purpose => p, subject => 'who', notice_version => 'version');
  CALL run(format('INSERT INTO import_switch (who, what, at)
    SELECT id, dice(''switch'' || s, 2) = 0, COALESCE(random_effect(s), now() - interval ''80 minutes'')
    FROM person, generate_series(1, 2) n, LATERAL (SELECT %L || n || id AS s) x
    WHERE dice(''switched'' || id, 12) = 0 AND id::text NOT IN (SELECT key FROM erased)', salt));
  INSERT INTO mirrored SELECT DISTINCT who::text, p, NULL, true FROM import_switch ON CONFLICT (key, purpose) DO UPDATE SET lax = true;
  INSERT INTO expected (key, purpose, decision, asked_at, channel)
    SELECT who::text, p, CASE WHEN what THEN 'mirror_true' ELSE 'mirror_false' END, at, 'import' FROM import_switch;
  PERFORM aiconsent.import_consent('import_switch', decision => 'what', effective_at => 'at', purpose => p, subject => 'who');
END $$;

-- A steward voids events, several at once.
CREATE PROCEDURE retract(salt text, per_mille int) LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  CALL note();
  FOR ids IN SELECT array_agg(id) FROM event WHERE void_snap IS NULL AND dice(salt || id, 1000) < per_mille
      AND (decision NOT LIKE 'mirror%' OR dice('mirror' || id, 3) = 0) AND key NOT IN (SELECT e.key FROM erased e)
      GROUP BY dice('at once' || id, 20) LOOP
    INSERT INTO mirrored SELECT DISTINCT key, purpose, NULL, true FROM event WHERE id = ANY (ids) AND decision LIKE 'mirror%'
      ON CONFLICT (key, purpose) DO UPDATE SET lax = true;
    INSERT INTO expected (key, purpose, decision, retracts, channel) SELECT key, purpose, 'retract', id, '-' FROM event WHERE id = ANY (ids);
    PERFORM aiconsent.retract(ids, 'a mistake');
  END LOOP;
END $$;

-- Of members and of people who come later, or never
CREATE PROCEDURE suppress(salt text, sides int) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO suppression SELECT aiconsent.suppress(identifier, kind, 'they asked'), kind, identifier, now(), NULL, round_now()
  FROM (SELECT DISTINCT kind, identifier FROM key_ever, LATERAL (SELECT salt || key AS s) x,
      LATERAL (SELECT (ARRAY['email', 'handle', 'profile', 'key'])[1 + dice('kind' || s, 4)] AS kind) k,
      LATERAL (SELECT CASE kind WHEN 'key' THEN key WHEN 'email' THEN 'm' || i || '@example.org' WHEN 'handle' THEN 'h' || i
        ELSE 'https://example.org/in/p' || i END AS identifier) l
    WHERE dice('suppress' || s, sides) = 0 AND (kind <> 'key' OR key NOT IN (SELECT e.key FROM erased e))) i
  WHERE NOT EXISTS (SELECT FROM suppression o WHERE o.identifier = i.identifier AND o.void_snap IS NULL);
  UPDATE suppression SET t1 = clock_timestamp() WHERE t1 IS NULL;
END $$;
CREATE PROCEDURE lift(salt text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM aiconsent.retract_suppression(id, 'somebody else''s') FROM suppression WHERE void_snap IS NULL AND dice(salt || id, 3) = 0;
  UPDATE suppression SET void_snap = round_now() WHERE void_snap IS NULL AND dice(salt || id, 3) = 0;
END $$;

CREATE PROCEDURE erase(salt text, sides int) LANGUAGE plpgsql AS $$
BEGIN
  CALL note();
  EXECUTE here('WITH p AS MATERIALIZED (SELECT id FROM person WHERE dice($1 || id, $2) = 0 AND id::text NOT IN (SELECT key FROM erased)),
    e AS (INSERT INTO erased SELECT id::text, round_now(), (SELECT seen.id FROM seen) FROM p)
    SELECT aiconsent.erase_subject(id::@asked, ''they asked'') FROM p') USING salt, sides;
END $$;

-- A version of a policy.  What is not given is the last version's for the same
-- regions, else the last default row's, else the template's.
CREATE PROCEDURE adopt(salt text, for_purpose text, for_regions text[], from_date timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  base rule;
  given rule;
  partial boolean := dice('partial' || salt, 2) = 0;
BEGIN
  SELECT * INTO base FROM rule WHERE purpose = for_purpose AND (regions IS NOT DISTINCT FROM for_regions OR regions IS NULL)
  ORDER BY regions IS NOT DISTINCT FROM for_regions DESC, nr DESC LIMIT 1;
  IF base.nr IS NULL AND for_purpose = 'content_generation' THEN
    base := ROW(0, 0, for_purpose, NULL, '2025-11-03 00:00+00', 'opt_out', '2025-09-18 00:00+00', true, '0', NULL, 18, false, 8, true, 'out')::rule;
  ELSIF base.nr IS NULL OR EXISTS (SELECT FROM rule o WHERE o.purpose = for_purpose AND o.regions IS NOT DISTINCT FROM base.regions
      AND o.effective_at > base.effective_at) THEN
    -- It is not said whether the last is the last adopted or the last to act.
    partial := false;
  END IF;
  given := ROW(NULL, NULL, for_purpose, for_regions, from_date,
    (ARRAY['opt_out', 'opt_out', 'opt_out', 'opt_in', 'opt_in', 'forbidden'])[1 + dice('basis' || salt, 6)],
    ((ARRAY['2025-09-18', '2025-10-01', '2026-02-01'])[1 + dice('announced' || salt, 3)] || ' 00:00+00')::timestamptz,
    dice('required' || salt, 3) > 0,
    (ARRAY['0', '36 hours', '40 days 06:00', '10 days', '1 mon'])[1 + dice('period' || salt, 5)]::interval,
    CASE dice('data' || salt, 4) WHEN 0 THEN '2020-01-01 00:00+00' WHEN 1 THEN '2024-06-01 00:00+00'
      ELSE base.data_from END,
    (ARRAY[18, 18, 20, 21])[1 + dice('age' || salt, 4)], dice('birth' || salt, 4) = 0,
    (ARRAY[8, 8, 4, 12])[1 + dice('open' || salt, 4)], dice('undated' || salt, 2) = 0,
    (ARRAY['out', 'in'])[1 + dice('minor' || salt, 2)])::rule;
  IF partial THEN
    IF dice('1' || salt, 2) = 0 THEN given.basis := NULL; END IF;
    IF dice('2' || salt, 2) = 0 THEN given.announced_at := NULL; END IF;
    IF dice('3' || salt, 2) = 0 THEN given.notice_required := NULL; END IF;
    IF dice('4' || salt, 2) = 0 THEN given.notice_period := NULL; END IF;
    IF dice('5' || salt, 2) = 0 THEN given.data_from := NULL; END IF;
    IF dice('6' || salt, 2) = 0 THEN given.adult_age := NULL; END IF;
    IF dice('7' || salt, 2) = 0 THEN given.birth_required := NULL; END IF;
    IF dice('8' || salt, 2) = 0 THEN given.open_school_years := NULL; END IF;
    IF dice('9' || salt, 2) = 0 THEN given.undated_school := NULL; END IF;
    IF dice('10' || salt, 2) = 0 THEN given.minor_content := NULL; END IF;
  END IF;
  INSERT INTO rule (known_snap, purpose, regions, effective_at, basis, announced_at, notice_required, notice_period,
    data_from, adult_age, birth_required, open_school_years, undated_school, minor_content)
  VALUES (round_now(), for_purpose, for_regions, from_date, COALESCE(given.basis, base.basis),
    COALESCE(given.announced_at, base.announced_at), COALESCE(given.notice_required, base.notice_required),
    COALESCE(given.notice_period, base.notice_period), COALESCE(given.data_from, base.data_from),
    COALESCE(given.adult_age, base.adult_age), COALESCE(given.birth_required, base.birth_required),
    COALESCE(given.open_school_years, base.open_school_years), COALESCE(given.undated_school, base.undated_school),
    COALESCE(given.minor_content, base.minor_content));
  PERFORM aiconsent.adopt_policy(for_purpose, effective_at => from_date, basis => given.basis, announced_at => given.announced_at,
    notice_required => given.notice_required, notice_period => given.notice_period, data_from => given.data_from,
    adult_age => given.adult_age, birth_required => given.birth_required, open_school_years => given.open_school_years,
    undated_school => given.undated_school, minor_content => given.minor_content, reason => 'random', regions => for_regions);
END $$;

-- Evidence and settings, many at once
CREATE PROCEDURE change_evidence(salt text) LANGUAGE plpgsql AS $$
BEGIN
  CALL run(format('UPDATE person SET birth = random_birth(%1$L || id)::@birth WHERE dice(''a'' || %1$L || id, 4) = 0', salt));
  CALL run(format('UPDATE person SET told = random_notice(%1$L || id), region = random_region(%1$L || id) WHERE dice(''b'' || %1$L || id, 5) = 0', salt));
  CALL run(format('UPDATE person SET region = random_region(''r'' || %1$L || id), birth = random_birth(''r'' || %1$L || id)::@birth
    WHERE dice(''c'' || %1$L || id, 8) = 0', salt));
  CALL run(format('UPDATE person SET email = ''m'' || dice(''e'' || %1$L || id, 2000) || ''@example.org'', handle = ''h'' || dice(''h'' || %1$L || id, 2000),
    profile = NULL WHERE dice(''d'' || %1$L || id, 12) = 0', salt));
  CALL run(format('UPDATE school SET starts = random_when(%1$L || nr), ends = random_when(''e'' || %1$L || nr)
    WHERE dice(''s'' || %1$L || nr, 4) = 0', salt));
  CALL run(format('UPDATE school SET level = (random_stage(%1$L || nr))[1], school = (random_stage(%1$L || nr))[2],
    who = (SELECT key FROM key_ever WHERE i = 1 + dice(''w'' || %1$L || nr, 1000))::@key WHERE dice(''t'' || %1$L || nr, 9) = 0', salt));
  CALL run(format('DELETE FROM school WHERE dice(''x'' || %L || nr, 8) = 0', salt));
  CALL new_schools(salt, 20);
  CALL run(format('UPDATE notice SET at = random_notice(%1$L || nr) WHERE dice(''n'' || %1$L || nr, 5) = 0', salt));
  CALL run(format('DELETE FROM notice WHERE dice(''m'' || %L || nr, 8) = 0', salt));
  CALL new_notices(salt, 10);
  CALL run(format('UPDATE setting SET value = random_setting(%1$L || who || name)::@setting WHERE dice(''s'' || %1$L || who || name, 3) = 0', salt));
  CALL expect_mirrored();
  CALL run(format('DELETE FROM setting WHERE dice(''d'' || %1$L || who || name, 7) = 0', salt));
  CALL expect_mirrored();
  CALL run(format('UPDATE setting SET name = ''voice'' WHERE name = ''letters'' AND dice(''n'' || %1$L || who, 5) = 0
    AND NOT EXISTS (SELECT FROM setting s WHERE s.who = setting.who AND s.name = ''voice'')', salt));
  CALL expect_mirrored();
  CALL new_settings(salt, 12);
  CALL run(format('UPDATE flag SET refused = NOT refused WHERE dice(''f'' || %1$L || who || device, 6) = 0', salt));
  CALL expect_mirrored();
  CALL run(format('INSERT INTO person SELECT id, random_birth(''u'' || %1$L || id)::@birth FROM person WHERE dice(''u'' || %1$L || id, 20) = 0
    ON CONFLICT (id) DO UPDATE SET birth = excluded.birth', salt));
END $$;

-- Single statements, some of which fail afterwards
CREATE PROCEDURE one_by_one(salt text, share int, each_commits boolean) LANGUAGE plpgsql AS $$
DECLARE
  k text;
  s text;
BEGIN
  FOR i IN 1..(SELECT count(*) * share / 100 FROM key_ever) LOOP
    s := salt || '.' || i;
    SELECT key INTO k FROM key_ever, LATERAL (SELECT max(e.i) AS last FROM key_ever e) m WHERE key_ever.i = 1 + dice('whose' || s, last);
    BEGIN
      CASE dice('deed' || s, 18)
        WHEN 0, 1 THEN EXECUTE here('UPDATE person SET birth = $1::@birth WHERE id = $2::@key') USING random_birth(s), k;
        WHEN 2 THEN EXECUTE here('UPDATE person SET told = $1 WHERE id = $2::@key') USING random_notice(s), k;
        WHEN 3 THEN EXECUTE here('UPDATE person SET region = $1 WHERE id = $2::@key') USING random_region(s), k;
        WHEN 4 THEN EXECUTE here('INSERT INTO school (who, level, school, starts, ends) 
          SELECT $2::@key, st[1], st[2], random_when(''b'' || $1), random_when(''e'' || $1)
          FROM random_stage($1) st') USING s, k;
        WHEN 5 THEN EXECUTE here('DELETE FROM school WHERE who = $1::@key') USING k;
        WHEN 6 THEN EXECUTE here('UPDATE school SET starts = random_when($1) WHERE who = $2::@key') USING s, k;
        WHEN 7 THEN EXECUTE here('DELETE FROM person WHERE id = $1::@key') USING k;
        WHEN 8 THEN EXECUTE here('INSERT INTO person SELECT $2::@key, random_birth($1)::@birth, random_region($1), random_notice($1),
            ''m'' || $3 || ''@example.org'' ON CONFLICT (id) DO UPDATE SET birth = excluded.birth, told = excluded.told') USING s, k, i;
          CALL expect_mirrored(k);
        WHEN 9, 10 THEN EXECUTE here('INSERT INTO setting SELECT id, (ARRAY[''ai_training'', ''voice''])[1 + dice($1, 2)], random_setting($1)::@setting
          FROM person WHERE id = $2::@key ON CONFLICT (who, name) DO UPDATE SET value = excluded.value') USING s, k;
          CALL expect_mirrored(k);
        WHEN 11 THEN EXECUTE here('DELETE FROM setting WHERE who = $1::@key') USING k;
          CALL expect_mirrored(k);
        WHEN 12 THEN EXECUTE here('UPDATE setting SET value = NULL WHERE who = $1::@key') USING k;
          CALL expect_mirrored(k);
        WHEN 13 THEN EXECUTE here('INSERT INTO notice (who, at) VALUES ($1::@key, random_notice($2))') USING k, s;
        WHEN 14 THEN EXECUTE here('UPDATE person SET email = ''m'' || $2 || ''@example.org'' WHERE id = $1::@key') USING k, i;
        ELSE CALL say(s, 100, k);
      END CASE;
      IF dice('fails' || s, 5) = 0 THEN RAISE EXCEPTION 'not this time'; END IF;
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
    CALL note();
    IF each_commits THEN COMMIT; END IF;
  END LOOP;
END $$;

CREATE PROCEDURE return_erased() LANGUAGE plpgsql AS $$
BEGIN
  CALL run('INSERT INTO person SELECT key::@key, random_birth(key)::@birth, ''FR'', ''2025-10-10 00:00+00'' FROM erased ON CONFLICT DO NOTHING');
  CALL expect_mirrored();
END $$;

-- Keys that go, come back and change
CREATE PROCEDURE change_keys(salt text) LANGUAGE plpgsql AS $$
BEGIN
  CALL note();
  CALL run(format('CREATE TEMP TABLE away ON COMMIT DROP AS SELECT * FROM person
      WHERE dice(%1$L || id, 6) = 0 OR id::text IN (SELECT key FROM erased WHERE dice(%1$L || key, 2) = 0);
    DELETE FROM person WHERE id IN (SELECT id FROM away);
    INSERT INTO person SELECT id, random_birth(%1$L || id)::@birth, region, told, email, handle, profile FROM away
      WHERE dice(''b'' || %1$L || id, 2) = 0', salt));
  CALL expect_mirrored();
  -- Not those whose settings would have to follow
  INSERT INTO moved SELECT key, CASE WHEN (world()).key_type IN ('text', 'varchar(40)') THEN key || '*'
      WHEN (world()).key_type = 'uuid' THEN md5(key)::uuid::text ELSE (key::bigint + 12000)::text END
    FROM f_member WHERE snap = round_now() - 1 AND dice('moves' || salt || key, 20 - 17 * (key IN (SELECT e.key FROM erased e))::int) = 0
      AND key NOT IN (SELECT m.key FROM mirrored m) AND key NOT IN (SELECT identifier FROM suppression WHERE kind = 'key');
  CALL run('DELETE FROM moved WHERE new IN (SELECT key FROM key_ever) OR old NOT IN (SELECT id::text FROM person)');
  INSERT INTO key_ever SELECT 0, new FROM moved;
  CALL run('UPDATE person SET id = new::@key FROM moved WHERE id::text = old');
  -- Who was erased stays so.
  INSERT INTO erased SELECT new, round_now(), seen.id FROM moved JOIN erased ON key = old, seen;
END $$;


-- The comparison

CREATE TABLE answer AS SELECT * FROM oracle LIMIT 0;
CREATE TABLE answer_now (LIKE answer);
CREATE TABLE tally (world int, what text, times bigint);
-- Segments of time as they were known then, copied for their indexes
CREATE TABLE segment (subject text, purpose text, since timestamptz, until timestamptz, verdict text, explicit boolean, content_from timestamptz);
CREATE INDEX ON segment (subject, purpose, since);

-- All that is known about a key and a purpose at a round, for whoever looks into
-- a difference
CREATE FUNCTION facts(snap int, key text, purpose text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT string_agg(kind || ' ' || fact, E'\n    ') FROM (
    SELECT 'member' AS kind, to_jsonb(f)::text AS fact FROM f_member f WHERE f.snap = $1 AND f.key = $2
    UNION ALL SELECT 'school', to_jsonb(f)::text FROM f_school f WHERE f.snap = $1 AND f.key = $2
    UNION ALL SELECT 'notice', to_jsonb(f)::text FROM f_notice f WHERE f.snap = $1 AND f.key = $2 AND f.purpose = $3
    UNION ALL SELECT 'row', to_jsonb(f)::text FROM f_row f WHERE f.snap = $1 AND f.purpose = $3
      AND f.region = (SELECT m.region FROM f_member m WHERE m.snap = $1 AND m.key = $2)
    UNION ALL (SELECT 'event', to_jsonb(e)::text FROM event e WHERE e.key = $2 AND e.purpose = $3 AND e.known_snap <= $1
      ORDER BY e.effective_at, restriction(decision, notice_version), id)
    UNION ALL SELECT 'suppressed', to_jsonb(f)::text FROM f_suppressed f WHERE f.snap = $1 AND f.key = $2
    UNION ALL SELECT 'suppression', to_jsonb(s)::text FROM suppression s WHERE kind = 'key' AND identifier = $2
    UNION ALL SELECT 'erased', to_jsonb(e)::text FROM erased e WHERE e.key = $2
    UNION ALL SELECT 'moved', to_jsonb(m)::text FROM moved m WHERE $2 IN (old, new)) f
$$;

-- The first rows of disagreement and what is known about them, or NULL.  Their
-- first three columns are round, key and purpose.
CREATE FUNCTION differences(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
  n bigint;
BEGIN
  EXECUTE format('SELECT count(*), string_agg(d::text || CASE WHEN nr <= 2
      THEN E''\n    '' || COALESCE(facts(snap, key, purpose), ''nothing is known'') ELSE '''' END, E''\n'')
    FILTER (WHERE nr <= 4) FROM (SELECT *, row_number() OVER (ORDER BY md5(key), purpose) AS nr FROM (%s) d) d', query) INTO n, found;
  RETURN n || E' differ, as\n' || found;
END $$;

-- Questions about a share of the histories (in per cent): every instant at which
-- the oracle's answer can change or the extension's does, just before and just
-- behind; fixed ones, far off too; random ones.  Not while a suppression was
-- being recorded, and not about what was known earlier of people who are erased.
CREATE PROCEDURE ask(snap int, salt text, share int, also timestamptz[] DEFAULT '{}') LANGUAGE sql
SET enable_seqscan = off SET enable_memoize = off AS $$
  TRUNCATE question, answer;
  INSERT INTO question
  WITH about AS MATERIALIZED (SELECT k.key, p AS purpose, region, youngest FROM key_ever k CROSS JOIN unnest(purposes()) p
      LEFT JOIN f_member m ON m.snap = $1 AND m.key = k.key
      WHERE dice('about' || salt || k.key, 100) < share AND k.key NOT IN (SELECT u.key FROM f_unsure u WHERE u.snap = $1)
        AND k.key NOT IN (SELECT e.key FROM erased e WHERE round_now() > $1)),
    judged AS MATERIALIZED (SELECT a.*, r.since, r.effective_at, r.adult_age, r.open_school_years, r.announced_at, r.notice_period
      FROM about a JOIN f_row r ON r.snap = $1 AND r.region = a.region AND r.purpose = a.purpose),
    told AS MATERIALIZED (SELECT j.key, j.purpose, notice_period, min(n.at) AS at FROM judged j JOIN f_notice n ON n.snap = $1 AND n.key = j.key
      AND n.purpose = j.purpose AND n.at >= announced_at GROUP BY 1, 2, 3, announced_at),
    point AS (
      SELECT key, purpose, since AS at FROM judged
      UNION ALL SELECT key, purpose, effective_at FROM judged
      UNION ALL SELECT key, purpose, adult_at(youngest, adult_age) FROM judged
      UNION ALL SELECT key, purpose, adult_at(youngest, 18) FROM about
      UNION ALL SELECT key, purpose, at FROM told
      UNION ALL SELECT key, purpose, notice_counts(at, notice_period) FROM told
      UNION ALL SELECT a.key, a.purpose, current_from FROM about a JOIN f_school s ON s.snap = $1 AND s.key = a.key
      UNION ALL SELECT a.key, a.purpose, attendance_ends(current_until, last_start, years)
        FROM about a JOIN f_school s ON s.snap = $1 AND s.key = a.key,
          LATERAL (SELECT 8 AS years UNION SELECT j.open_school_years FROM judged j WHERE j.key = a.key AND j.purpose = a.purpose) y
      UNION ALL SELECT a.key, a.purpose, e.effective_at FROM about a JOIN event e USING (key, purpose) WHERE e.known_snap <= $1
      UNION ALL SELECT a.key, a.purpose, CASE WHEN n = 0 THEN t0 ELSE t1 END FROM about a JOIN f_suppressed s ON s.snap = $1 AND s.key = a.key,
        generate_series(0, 1) n
      UNION ALL SELECT a.key, a.purpose, s.since FROM about a JOIN segment s ON s.subject = a.key AND s.purpose = a.purpose),
    moment AS (
      SELECT key, purpose, at FROM about, (VALUES (timestamptz '4713-01-01 00:00+00 BC'), ('1970-01-01 00:00+00'),
        ('2026-06-01 00:00+00'), ('2040-01-01 00:00+00'), ('294276-12-31 00:00+00')) v(at)
      UNION ALL SELECT key, purpose, unnest(also) FROM about
      UNION ALL SELECT key, purpose, timestamptz '1990-01-01 00:00+00' + dice(n || salt || key || purpose, 2000000000) * interval '1 second'
        FROM about, generate_series(1, 2) n)
  SELECT $1, key, purpose, at, ('x' || substr(md5(key || purpose || extract(epoch FROM at)), 1, 5))::bit(20)::int % 1000
  FROM (SELECT * FROM moment UNION SELECT key, purpose, at + shift
    FROM point, (VALUES (interval '0'), ('-1 microsecond'), ('1 microsecond')) v(shift)
    WHERE isfinite(at) AND (shift <= '0' OR dice('behind' || salt || key || purpose, 3) = 0)) q
  WHERE NOT EXISTS (SELECT FROM f_suppressed s WHERE s.snap = $1 AND s.key = q.key AND s.t0 <= q.at AND q.at < s.t1);
  ANALYZE question;
  INSERT INTO answer SELECT * FROM oracle;
  ANALYZE answer;
$$;

CREATE FUNCTION literal(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00';

CREATE PROCEDURE copy_segments(known_at timestamptz) LANGUAGE sql AS $$
  TRUNCATE segment;
  INSERT INTO segment SELECT subject, purpose, since, until, verdict::text, explicit, content_from FROM aiconsent.standing s
    WHERE $1 IS NULL OR recorded_at <= $1
  UNION ALL SELECT subject, purpose, since, until, verdict::text, explicit, content_from FROM aiconsent.standing_history h
    WHERE recorded_at <= $1 AND $1 < superseded_at;
  ANALYZE segment;
$$;

CREATE FUNCTION compare_segments(step text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEXT is(differences(
    'SELECT snap, key, a.purpose, at, a.verdict AS should_be, a.explicit, a.content_from, s.verdict AS is, s.explicit, s.content_from, s.since, s.until
     FROM answer a LEFT JOIN segment s ON s.subject = a.key AND s.purpose = a.purpose AND s.since <= a.at AND a.at < s.until
     WHERE CASE WHEN known AND a.purpose IN (SELECT p.purpose FROM f_purpose p WHERE p.snap = a.snap) THEN a.verdict IS DISTINCT FROM s.verdict
         OR a.content_from IS DISTINCT FROM s.content_from
         OR a.explicit IS DISTINCT FROM s.explicit
       ELSE a.verdict <> s.verdict END'), NULL,
    format('%s, the segments of time are what the policy says, at every turning point, just before it and just behind (%s answers of %s kinds)',
      step, (SELECT count(*) FROM answer), (SELECT count(DISTINCT (verdict, explicit)) FROM answer)));

  RETURN NEXT is(differences(
    'SELECT DISTINCT snap, key, purpose, since, until, before, behind FROM answer JOIN (SELECT subject AS key, purpose, since, until,
         lag(until) OVER w AS before, lead(since) OVER w AS behind
       FROM segment WINDOW w AS (PARTITION BY subject, purpose ORDER BY since, until)) s USING (key, purpose)
     WHERE since >= until OR since <> COALESCE(before, ''-infinity'') OR until <> COALESCE(behind, ''infinity'')'), NULL,
    format('%s, everybody''s segments tile all of time, without a gap or an overlap (%s segments)', step, (SELECT count(*) FROM segment)));
END $$;

-- Now
CREATE FUNCTION compare(step text, share int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  r int := round_now();
  -- In a transaction that says something at once this is later than now(), and
  -- whatever changes until the end of this comparison is not judged.
  present timestamptz := clock_timestamp();
  soon timestamptz := present + interval '2 minutes';
  asked text := here('@asked');
BEGIN
  step := format('World %s, %s', (world()).nr, step);
  CALL copy_segments(NULL);
  CALL ask(r, r::text, share, ARRAY[present, soon]);
  TRUNCATE answer_now;
  INSERT INTO answer_now SELECT a.* FROM answer a JOIN answer b USING (snap, key, purpose, known, verdict, explicit, content_from)
    WHERE a.at = present AND b.at = soon;
  INSERT INTO tally SELECT (world()).nr, w, count(*) FROM answer, unnest(string_to_array(verdict, ',') || CASE WHEN explicit THEN 'explicit' END
    || CASE WHEN content_from > '-infinity' THEN 'content_from' END) w WHERE w IS NOT NULL GROUP BY w;

  RETURN NEXT is((SELECT count(*) || E' differ, as\n' || string_agg(what, E'\n') FILTER (WHERE nr <= 4)
      FROM (SELECT *, row_number() OVER () AS nr FROM surprise) s HAVING count(*) > 0), NULL,
    format('%s, the ledger has what was said, mirrored and imported, and nothing else (%s events)', step, (SELECT count(*) FROM event)));
  DELETE FROM surprise;

  RETURN QUERY SELECT compare_segments(step);

  RETURN NEXT is(differences(format(
    'WITH asked AS MATERIALIZED (SELECT snap, key, purpose, at, verdict FROM answer WHERE lot < 40 OR NOT known AND lot < 200
       UNION ALL SELECT snap, key, purpose, NULL, verdict FROM answer_now)
     SELECT * FROM (SELECT snap, key, purpose, at, verdict AS should_be, CASE WHEN at IS NULL THEN aiconsent.verdict_of(key::%1$s, purpose)
         ELSE aiconsent.verdict_of(key::%1$s, purpose, at) END::text AS is FROM asked) v WHERE "is" IS DISTINCT FROM should_be', asked)), NULL,
    format('%s, verdict_of() gives every reason, now and at any instant', step));

  RETURN NEXT is(differences(format(
    'SELECT snap, key, purpose, verdict AS should_be, explicit, aiconsent.eligible(key::%1$s, purpose), aiconsent.granted(key::%1$s, purpose)
     FROM answer_now WHERE aiconsent.eligible(key::%1$s, purpose) IS DISTINCT FROM (verdict = ''eligible'')
       OR aiconsent.granted(key::%1$s, purpose) IS DISTINCT FROM (verdict = ''eligible'' AND explicit)', asked)), NULL,
    format('%s, those are eligible whose verdict is, and granted who said so besides (%s, %s)', step,
      (SELECT count(*) FROM answer_now WHERE verdict = 'eligible'),
      (SELECT count(*) FROM answer_now WHERE verdict = 'eligible' AND explicit)));

  RETURN NEXT is(differences(format(
    'SELECT snap, key, purpose, verdict, content_from, written FROM answer_now,
       LATERAL (VALUES (NULL), (content_from), (timestamptz ''2024-06-01 00:00+00''), (''infinity''), (''-infinity''),
         (CASE WHEN isfinite(content_from) THEN content_from - interval ''1 microsecond'' END)) v(written)
     WHERE aiconsent.eligible(key::%s, purpose, written) IS DISTINCT FROM (verdict = ''eligible''
       AND (content_from = ''-infinity'' OR COALESCE(written >= content_from AND isfinite(written), false)))', asked)), NULL,
    format('%s, of theirs only rows that are not older than they may be (%s have a bound)', step,
      (SELECT count(*) FROM answer_now WHERE verdict = 'eligible' AND content_from > '-infinity')));

  RETURN NEXT is(differences(format(
    'WITH about AS MATERIALIZED (SELECT DISTINCT snap, key, purpose FROM answer WHERE known AND dice(''line'' || key || purpose, 60) = 0
         AND purpose IN (SELECT p.purpose FROM f_purpose p WHERE p.snap = answer.snap)),
       line AS MATERIALIZED (SELECT about.*, during, verdict::text AS is, explicit, content_from FROM about, LATERAL aiconsent.timeline(key::%s, purpose) t)
     SELECT snap, key, purpose, at, a.verdict AS should_be, a.explicit, a.content_from, l.is, l.explicit, l.content_from
     FROM about JOIN answer a USING (snap, key, purpose) LEFT JOIN line l USING (snap, key, purpose)
     WHERE (during @> at OR during IS NULL) AND (a.verdict IS DISTINCT FROM l.is OR a.content_from IS DISTINCT FROM l.content_from
       OR a.explicit IS DISTINCT FROM l.explicit)', asked)), NULL,
    format('%s, timeline() is what verdict_of() says at every instant', step));
END $$;

-- What was known at the end of an earlier round.  Of whom is erased it may be
-- gone.  Of a purpose that nobody had adopted then only that is kept: the other
-- reasons are told from the evidence of now.
CREATE FUNCTION compare_known(r int, share int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  step text := format('World %s, as known at the end of round %s', (world()).nr, r);
  known_at timestamptz := (SELECT c.known_at FROM checkpoint c WHERE snap = r);
BEGIN
  CALL copy_segments(known_at);
  CALL ask(r, 'known' || r, share);
  RETURN QUERY SELECT compare_segments(step);
  RETURN NEXT is(differences(format(
    'WITH asked AS MATERIALIZED (SELECT * FROM answer a WHERE lot < 100 AND purpose IN (SELECT p.purpose FROM f_purpose p WHERE p.snap = a.snap))
     SELECT * FROM (SELECT snap, key, purpose, at, verdict AS should_be, aiconsent.verdict_of(key::%s, purpose, at, known_at => %L)::text AS is
     FROM asked) v WHERE "is" IS DISTINCT FROM should_be', here('@asked'), literal(known_at))), NULL,
    format('%s, verdict_of() gives every reason', step));
  RETURN NEXT is(differences(format(
    'WITH asked AS MATERIALIZED (SELECT * FROM answer a WHERE lot < 100 AND purpose NOT IN (SELECT p.purpose FROM f_purpose p WHERE p.snap = a.snap))
     SELECT * FROM (SELECT snap, key, purpose, at, verdict AS should_be, aiconsent.verdict_of(key::%s, purpose, at, known_at => %L)::text AS is
     FROM asked) v WHERE ("is" ~ ''not_started'') IS DISTINCT FROM (should_be ~ ''not_started'')
       OR ("is" ~ ''unknown_subject'') IS DISTINCT FROM (should_be ~ ''unknown_subject'')', here('@asked'), literal(known_at))), NULL,
    format('%s, of a purpose that nobody had adopted then, that it was so', step));
  RETURN NEXT is(differences(format(
    'WITH about AS MATERIALIZED (SELECT DISTINCT snap, key, purpose FROM answer WHERE known AND dice(''line'' || key || purpose, 30) = 0
         AND purpose IN (SELECT p.purpose FROM f_purpose p WHERE p.snap = answer.snap)),
       line AS MATERIALIZED (SELECT about.*, during, verdict::text AS is FROM about, LATERAL aiconsent.timeline(key::%s, purpose, known_at => %L) t)
     SELECT snap, key, purpose, at, a.verdict AS should_be, l.is
     FROM about JOIN answer a USING (snap, key, purpose) LEFT JOIN line l USING (snap, key, purpose)
     WHERE (during @> at OR during IS NULL) AND a.verdict IS DISTINCT FROM l.is', here('@asked'), literal(known_at))), NULL,
    format('%s, timeline() says the same', step));
  TRUNCATE question, answer;
  INSERT INTO question SELECT r, key, p, at FROM erased, unnest(purposes()) p, (VALUES (now()), (timestamptz '2026-06-01 00:00+00')) v(at);
  INSERT INTO answer SELECT * FROM oracle;
  RETURN NEXT is(differences(format(
    'SELECT * FROM (SELECT snap, key, purpose, at, verdict AS should_be, aiconsent.verdict_of(key::%s, purpose, at, known_at => %L)::text AS is
     FROM answer) v WHERE "is" <> should_be AND "is" NOT LIKE ''%%erased%%''', here('@asked'), literal(known_at))), NULL,
    format('%s, of those who are erased by now it says that, or what was known (%s answers)', step, (SELECT count(*) FROM answer)));
END $$;

-- Objections in force or to come follow a changed key; a grant does not.
CREATE FUNCTION keys_followed() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE question, answer;
  INSERT INTO question SELECT DISTINCT round_now(), old, e.purpose, GREATEST(e.effective_at, clock_timestamp())
    FROM moved JOIN event e ON e.key = old WHERE e.decision = 'object';
  INSERT INTO answer SELECT * FROM oracle;
  RETURN NEXT is(differences(format('SELECT a.snap, new AS key, a.purpose, at, aiconsent.verdict_of(new::%s, a.purpose, at)::text
    FROM answer a JOIN moved ON old = a.key
      JOIN f_choice c ON c.snap = a.snap AND c.key = old AND c.purpose = a.purpose AND since <= at AND at < until
        AND NOT counting_retracted AND c.decision = ''object''
      WHERE aiconsent.verdict_of(new::%1$s, a.purpose, at)::text NOT LIKE ''%%opted_out%%''', here('@asked'))), NULL,
    format('World %s, an objection in force or to come follows a changed key (%s)', (world()).nr, (SELECT count(*) FROM answer)));
  RETURN NEXT is(differences('SELECT known_snap AS snap, key, purpose, decision FROM event JOIN moved ON key = new
      WHERE decision = ''grant'' AND known_snap = round_now()'), NULL,
    format('World %s, a grant does not', (world()).nr));
  -- From here on the new keys are members as others.
  TRUNCATE moved;
END $$;

-- Within what is rolled back afterwards, or that would prove nothing
CREATE FUNCTION turned() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE question SET snap = snap - 1;
  RETURN QUERY SELECT cmp_ok(count(*), '>', 0::bigint, format('World %s, which turns verdicts (%s of those compared)', (world()).nr, count(*)))
    FROM answer a JOIN oracle o USING (key, purpose, at) WHERE a.verdict <> o.verdict;
END $$;

-- Is what is stored what a judgement of everybody makes of it?
CREATE FUNCTION rebuilt() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEXT is((SELECT count(*) || ' differ, as ' || (array_agg(v::text))[1] FROM aiconsent.verify_standing() v HAVING count(*) > 0), NULL::text,
    format('World %s, verify_standing() finds nothing', (world()).nr));
  CALL copy_segments(NULL);
  CREATE TEMP TABLE before ON COMMIT DROP AS TABLE segment;
  PERFORM aiconsent.rebuild_standing();
  CALL copy_segments(NULL);
  RETURN NEXT is(differences(format('SELECT %s AS snap, subject AS key, * FROM (
      (TABLE segment EXCEPT ALL TABLE before) UNION ALL (TABLE before EXCEPT ALL TABLE segment)) d', round_now())), NULL,
    format('World %s, rebuild_standing() makes nothing else of it', (world()).nr));
  RETURN NEXT is((SELECT count(*) FROM aiconsent.verify_standing()), 0::bigint, format('World %s, nor does verify_standing() afterwards', (world()).nr));
END $$;

CREATE PROCEDURE register(part text) LANGUAGE plpgsql AS $$
BEGIN
  CASE part
    WHEN 'subject' THEN
      PERFORM aiconsent.register_subject('person', birth => 'birth', region => 'region', notified_at => 'told',
        handle => 'handle', email => 'email', profile => 'profile');
      PERFORM aiconsent.register_education('school', subject => 'who', level => 'level', school => 'school', starts => 'starts', ends => 'ends');
    WHEN 'content_generation' THEN
      PERFORM aiconsent.register_preference('setting', subject => 'who', allows => 'value', condition => $c$name IN ('ai_training', 'ai_training_app')$c$);
      INSERT INTO preference VALUES (part, $q$SELECT who::text AS key, value::text AS value FROM setting WHERE name IN ('ai_training', 'ai_training_app')$q$);
      CALL expect_mirrored();
    WHEN 'voice_model' THEN
      PERFORM aiconsent.register_preference('setting', subject => 'who', allows => 'value', purpose => part, condition => $c$name = 'voice'$c$);
      INSERT INTO preference VALUES (part, $q$SELECT who::text AS key, value::text AS value FROM setting WHERE name = 'voice'$q$);
      CALL expect_mirrored();
    WHEN 'ad_texts' THEN
      PERFORM aiconsent.register_preference('flag', subject => 'who', allows => 'NOT refused', purpose => part);
      INSERT INTO preference VALUES (part, $q$SELECT who::text AS key, (NOT refused)::text AS value FROM flag$q$);
      CALL expect_mirrored();
  END CASE;
END $$;
CREATE PROCEDURE take_notices(for_purpose text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM aiconsent.register_notice('notice', subject => 'who', at => 'at', purpose => for_purpose);
  INSERT INTO noticed VALUES (for_purpose);
END $$;
CREATE PROCEDURE drop_notices(for_purpose text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM aiconsent.unregister_notice('notice', for_purpose);
  DELETE FROM noticed WHERE purpose = for_purpose;
END $$;
-- Odd worlds begin with the policy as it was announced, the others with another.
CREATE PROCEDURE adopt_first() LANGUAGE plpgsql AS $$
BEGIN
  IF (world()).nr % 2 = 1 THEN
    INSERT INTO rule (known_snap, purpose, effective_at, basis, announced_at, notice_required, notice_period, adult_age, birth_required,
      open_school_years, undated_school, minor_content)
    VALUES (0, 'content_generation', '2025-11-03 00:00+00', 'opt_out', '2025-09-18 00:00+00', true, '0', 18, false, 8, true, 'out');
    PERFORM aiconsent.adopt_policy();
  ELSE
    CALL adopt('first', 'content_generation', '{EEA}', '2025-11-03 00:00+00');
    CALL adopt('second', 'content_generation', '{CH,GB,CA,HK}', '2026-02-01 00:00+00');
  END IF;
  CALL adopt('voice', 'voice_model', NULL, '2025-12-01 00:00+00');
  CALL adopt('voice2', 'voice_model', '{FR,US}', '2025-12-01 00:00+00');
END $$;


-- The rounds of every world

CREATE TABLE step (nr int GENERATED ALWAYS AS IDENTITY, does text);
INSERT INTO step (does) VALUES
-- Round 0: some are there when the tables are declared, some come when policies
-- are in force, some much later.
  ($$CALL enter_world(%s)$$),
  ($$CALL come(0, 40, 'first')$$), ($$CALL new_schools('first', 40)$$), ($$CALL new_notices('first', 40)$$), ($$CALL new_settings('first', 20)$$),
  ($$CALL register('subject')$$), ($$CALL adopt_first()$$), ($$CALL register('content_generation')$$), ($$CALL register('voice_model')$$),
  ($$CALL take_notices('voice_model')$$), ($$CALL note()$$),
  ($$CALL come(40, 85, 'second')$$), ($$CALL note()$$), ($$CALL new_schools('second', 20)$$), ($$CALL new_settings('second', 10)$$),
  ($$CALL keep()$$), ($$SELECT compare('at first', 15)$$),
-- Round 1: what is said, in one statement, in many, and elsewhere
  ($$CALL enter_round(1)$$), ($$CALL say_in_bulk('1', 20)$$), ($$CALL say('1a', 40)$$), ($$CALL say('1b', 20)$$), ($$CALL import('1')$$),
  ($$CALL say('1c', 10)$$), ($$CALL keep()$$), ($$SELECT compare('after members said something', 10)$$),
-- Round 2: evidence and settings in bulk
  ($$CALL enter_round(2)$$), ($$CALL change_evidence('2')$$), ($$CALL keep()$$), ($$SELECT compare('after evidence and settings changed', 10)$$),
-- Round 3: stewards: retractions, suppressions, erasures, versions of policies
-- for regions, with dates of then and of now, and a third purpose
  ($$CALL enter_round(3)$$), ($$CALL retract('3', 150)$$), ($$CALL suppress('3', 25)$$), ($$CALL erase('3', 50)$$),
  ($$CALL adopt('3a', 'content_generation', '{FR,DE,US}', '2026-03-01 00:00+00')$$),
  ($$CALL adopt('3b', 'content_generation', NULL, '2026-03-01 00:00+00')$$),
  ($$CALL adopt('3c', 'voice_model', '{EEA}', date_trunc('second', now()) - interval '1 day')$$),
  ($$CALL adopt('3d', 'ad_texts', '{CH,GB}', date_trunc('second', now()) - interval '1 hour')$$),
  ($$CALL note()$$), ($$CALL register('ad_texts')$$), ($$CALL say('3a', 20)$$), ($$CALL import('3')$$),
  ($$CALL keep()$$), ($$SELECT compare('after stewards did their work', 10)$$),
-- Round 4: single statements, each a transaction, some of which are undone
  ($$CALL enter_round(4)$$), ($$CALL one_by_one('4', 35, true)$$),
  ($$CALL keep()$$), ($$SELECT compare('after single statements, some of which were undone', 10)$$),
-- Round 5: keys that go, come back and change; other declarations
  ($$CALL enter_round(5)$$), ($$CALL change_keys('5')$$), ($$CALL keep()$$), ($$SELECT keys_followed()$$),
  ($$CALL lift('5')$$), ($$CALL suppress('5', 60)$$), ($$CALL drop_notices('voice_model')$$), ($$CALL take_notices('content_generation')$$),
  ($$CALL say('5', 10)$$), ($$CALL keep()$$), ($$SELECT compare('after keys went, came back and changed', 10)$$),
-- Round 6: what is rolled back
  ($$CALL enter_round(6)$$), ($$BEGIN$$), ($$SAVEPOINT before$$),
  ($$CALL one_by_one('6', 6, false)$$), ($$CALL change_evidence('6')$$), ($$CALL retract('6', 50)$$), ($$CALL suppress('6', 60)$$),
  ($$CALL lift('6')$$), ($$CALL erase('6', 60)$$),
  ($$CALL adopt('6', 'ad_texts', NULL, '2025-12-01 00:00+00')$$), ($$DO 'BEGIN TRUNCATE school, setting; CALL expect_mirrored(); CALL note(); END'$$),
  ($$CALL new_schools('6', 30)$$), ($$CALL say('6', 10)$$), ($$CALL keep()$$), ($$SELECT compare('within a savepoint', 8)$$),
  ($$SELECT turned()$$),
  ($$ROLLBACK TO before$$), ($$CALL keep()$$), ($$SELECT compare('after the savepoint was rolled back', 8)$$), ($$COMMIT$$),
  ($$CALL keep()$$), ($$SELECT compare('after that transaction committed', 5)$$),
-- Round 7: late arrivals, also under keys that were erased; more versions, some
-- of one date; schooling anew; and what is said about all that
  ($$CALL enter_round(7)$$), ($$CALL come(85, 100, 'late')$$), ($$CALL note()$$), ($$DO 'BEGIN TRUNCATE school; END'$$), ($$CALL new_schools('7', 40)$$),
  ($$CALL adopt('7a', 'content_generation', '{EEA}', '2026-03-01 00:00+00')$$), ($$CALL adopt('7b', 'voice_model', NULL, '2033-01-01 00:00+00')$$),
  ($$CALL adopt('7c', 'voice_model', NULL, '2033-01-01 00:00+00')$$), ($$CALL adopt('7d', 'ad_texts', NULL, '2025-01-01 00:00+00')$$),
  ($$CALL say_in_bulk('7', 8)$$), ($$CALL say('7', 20)$$), ($$CALL retract('7', 40)$$), ($$CALL new_settings('7', 8)$$),
  ($$CALL erase('7', 80)$$), ($$CALL note()$$),
  ($$CALL return_erased()$$),
  ($$CALL keep()$$), ($$SELECT compare('at last', 100)$$), ($$SELECT rebuilt()$$),
  ($$SELECT compare_known(r, 7) FROM generate_series(0, 7) r$$),
  ($$DROP EXTENSION aiconsent CASCADE$$), ($$CREATE EXTENSION aiconsent$$);

SELECT format(does, nr_of_world) FROM (SELECT nr AS nr_of_world FROM world) w, step ORDER BY nr_of_world, nr \gexec

SELECT is(string_agg(format('world %s: %s', world, kinds), ', '), NULL, 'in every world nearly all of the reasons were met')
FROM (SELECT world, count(DISTINCT what) AS kinds FROM tally GROUP BY world) w WHERE kinds < 14;
SELECT is(count(DISTINCT what), 15::bigint, 'in all of them all twelve reasons, none at all, grants that are explicit, and bounds of content') FROM tally;
SELECT * FROM finish();
