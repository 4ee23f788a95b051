-- A real network: what its training views hold is what the policy says in plain
-- SQL over the raw tables, row by row, after everything that members do.
--
-- The oracle is two views, truth (who is in, and every reason) and entitled_*
-- (whose rows).  It was written from the policy, not from the extension's code.
-- The network is not part of the project: AICONSENT_SHARED names its folder.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set present `test -r "$AICONSENT_SHARED/network/users.csv.gz" && echo true || echo false`

\if :present
\else
SELECT plan(1);
SELECT skip('the network is not here: AICONSENT_SHARED/network', 1);
SELECT * FROM finish();
\quit
\endif

-- Not in one transaction: what members do here is committed.
SELECT plan(97);
SET client_min_messages = warning;
SET TimeZone = 'UTC';

-- The network, as it was exported
CREATE ROLE network_owner NOLOGIN;
CREATE ROLE network_reader NOLOGIN;
GRANT CREATE ON SCHEMA public TO network_owner;
SET ROLE network_owner;
CREATE TABLE member (id bigint PRIMARY KEY, created_at timestamptz NOT NULL,
  display_name text, location text, about_me text);
CREATE TABLE post (id bigint PRIMARY KEY, parent_id bigint REFERENCES post,
  author_id bigint REFERENCES member ON DELETE SET NULL, created_at timestamptz,
  title text, body text);
-- Its times have no zone: they are read at their earliest, in UTC+14.
CREATE TABLE comment (id bigint PRIMARY KEY, post_id bigint REFERENCES post,
  author_id bigint REFERENCES member ON DELETE SET NULL, created_at timestamp,
  body text);
RESET ROLE;
\copy member FROM PROGRAM 'zcat "$AICONSENT_SHARED/network/users.csv.gz"' CSV HEADER
\copy post FROM PROGRAM 'zcat "$AICONSENT_SHARED/network/posts.csv.gz"' CSV HEADER
\copy comment FROM PROGRAM 'zcat "$AICONSENT_SHARED/network/comments.csv.gz"' CSV HEADER

-- What the export does not have, by rule of the row number n
SET ROLE network_owner;
ALTER TABLE member ADD n int, ADD birth_date date, ADD told_at timestamptz,
  ADD salary text, ADD note text;
UPDATE member m SET n = r.n FROM (
  SELECT id, row_number() OVER (ORDER BY id) AS n FROM member) r WHERE r.id = m.id;
UPDATE member SET note = 'note ' || n, salary = 1000 + n,
  told_at = CASE n % 13
    WHEN 0 THEN '2025-09-17 23:59:59.999999+00' WHEN 1 THEN '2025-09-18 00:00+00'
    ELSE timestamptz '2025-09-25 09:00+00' + n * interval '1 minute' END,
  birth_date = CASE n % 20
    WHEN 0 THEN (now() AT TIME ZONE 'UTC')::date - interval '18 years'
    WHEN 1 THEN (now() AT TIME ZONE 'UTC')::date - interval '18 years' + interval '1 day'
    WHEN 2 THEN (now() AT TIME ZONE 'UTC')::date - interval '18 years' - interval '1 day'
    WHEN 3 THEN date 'infinity' WHEN 4 THEN date '-infinity'
    WHEN 5 THEN date '2000-02-29' WHEN 6 THEN date '2000-05-17'
    WHEN 7 THEN date '2000-07-01' WHEN 8 THEN date '1899-12-31'
    WHEN 9 THEN date '2012-02-29' WHEN 10 THEN date '0044-03-15 BC'
    WHEN 11 THEN date '1900-01-01' WHEN 12 THEN date '1950-01-01' + n * 5
    WHEN 13 THEN date '1999-12-31'
    WHEN 14 THEN (now() AT TIME ZONE 'UTC')::date + interval '1 year'
    END;
-- Rows written on the very instant that their author became adult, just before
-- it, and some time.
UPDATE post SET created_at = CASE author_id % 20 WHEN 0 THEN NULL
    ELSE (CASE n % 20 WHEN 5 THEN timestamptz '2018-03-01 12:00+00'
      WHEN 6 THEN '2018-05-17 12:00+00' ELSE '2018-07-01 12:00+00' END)
      - (post.id % 2) * interval '1 microsecond' END
  FROM member m WHERE m.id = author_id AND n % 20 IN (5, 6, 7) AND post.id % 5 < 2;
UPDATE comment SET created_at = CASE n % 20 WHEN 5 THEN timestamp '2018-03-02 02:00'
      WHEN 6 THEN '2018-05-18 02:00' ELSE '2018-07-02 02:00' END
      - (comment.id % 2) * interval '1 microsecond'
  FROM member m WHERE m.id = author_id AND n % 20 IN (5, 6, 7) AND comment.id % 5 < 2;
UPDATE post SET created_at = NULL WHERE id % 29 = 0;
UPDATE comment SET created_at = NULL WHERE id % 29 = 0;

-- Every eleventh is or was at school: what of, and whether the policy calls
-- that primary or secondary.
CREATE TABLE curriculum (kind int PRIMARY KEY, level text, school text,
  starts text, ends text, secondary boolean NOT NULL);
INSERT INTO curriculum
SELECT row_number() OVER () - 1, v.* FROM (VALUES
  ('3', NULL, (current_date - 400)::text, NULL, true),
  ('lycée', NULL, NULL, NULL, true),
  (NULL, 'Gymnasium', to_char(now(), 'YYYY'), NULL, true),
  ('中學', NULL, (current_date - 100)::text, (current_date + 500)::text, true),
  ('high school', NULL, '2009', '2012', true),
  ('6', NULL, NULL, NULL, false),
  ('Hochschule', NULL, NULL, NULL, false),
  ('2', NULL, '2010-09-01', NULL, true),
  ('1', NULL, (current_date + 2)::text, NULL, true),
  ('3', NULL, '2019', (current_date - 1)::text, true),
  ('3', NULL, NULL, (current_date + 30)::text, true),
  ('collège', NULL, NULL, (current_date + 1)::text, true),
  (NULL, NULL, NULL, NULL, false),
  ('4', NULL, NULL, NULL, false),
  ('3', NULL, 'soon', '20??', true),
  ('Realschule', NULL, '2024-09-01', '2020', true),
  ('cégep', NULL, NULL, NULL, false),
  ('sixth form', 'Imperial College', NULL, '2020-06-30', true),
  (NULL, 'Collège de France', NULL, NULL, false),
  ('0', NULL, NULL, NULL, false)) AS v(level, school, starts, ends, secondary);
CREATE TABLE education (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id bigint REFERENCES member ON DELETE CASCADE, kind int REFERENCES curriculum,
  level text, school text, starts text, ends text);
INSERT INTO education (member_id, kind, level, school, starts, ends)
  SELECT id, kind, level, school, starts, ends
  FROM member JOIN curriculum ON kind IN (n / 11 % 19, n / 77 % 20) WHERE n % 11 = 0;
CREATE INDEX ON education (member_id);
RESET ROLE;

-- The oracle.  What was said, in the order of saying it:
CREATE TABLE said (nr int GENERATED ALWAYS AS IDENTITY, member_id bigint, decision text);
CREATE INDEX ON said (member_id);
-- the policy's horizon, none at first:
CREATE TABLE horizon (data_from timestamptz);
INSERT INTO horizon VALUES (NULL);

CREATE FUNCTION is_day(value text) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN value ~ '^\d{4}-\d\d-\d\d$';
CREATE FUNCTION is_year(value text) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN value ~ '^\d{4}$';

-- Minors: a school day lasts from its beginning at UTC+14 to its end at UTC-12;
-- a year is read at its widest; what is unreadable is missing, and so are both
-- where the end is before the start.
CREATE VIEW attendance AS
SELECT member_id, current_from, current_until
FROM education e JOIN curriculum c USING (kind),
  LATERAL (SELECT
    CASE WHEN is_day(e.starts) THEN e.starts::date WHEN is_year(e.starts) THEN make_date(e.starts::int, 1, 1) END AS first_start,
    CASE WHEN is_day(e.starts) THEN e.starts::date WHEN is_year(e.starts) THEN make_date(e.starts::int, 12, 31) END AS last_start,
    CASE WHEN is_day(e.ends) THEN e.ends::date WHEN is_year(e.ends) THEN make_date(e.ends::int, 12, 31) END AS last_end) r,
  LATERAL (SELECT COALESCE(last_end < first_start, false) AS contradictory) x,
  LATERAL (SELECT
    CASE WHEN contradictory OR first_start IS NULL THEN '-infinity'
      ELSE (first_start::timestamp - interval '14 hours') AT TIME ZONE 'UTC' END AS current_from,
    CASE WHEN contradictory OR first_start IS NULL AND last_end IS NULL THEN 'infinity'
      ELSE (COALESCE(last_end, (last_start + interval '8 years')::date) + interval '36 hours') AT TIME ZONE 'UTC' END
      AS current_until) w
WHERE c.secondary;

-- Fine points: 18 at noon UTC of the birthday, on 1 March where there is no
-- 29 February; infinite or before 1900 is an error alone.
CREATE VIEW coming_of_age AS
SELECT id, birth_date IS NOT NULL AND NOT readable AS unreadable,
  CASE WHEN readable THEN (
    make_date(extract(year FROM birth_date)::int + 18, extract(month FROM birth_date)::int, 1)
      + (extract(day FROM birth_date)::int - 1) + interval '12 hours') AT TIME ZONE 'UTC' END AS adult_at
FROM member, LATERAL (SELECT isfinite(birth_date) AND birth_date >= '1900-01-01' AS readable) r;

CREATE VIEW truth AS
SELECT id, COALESCE(NULLIF(concat_ws(',',
    CASE WHEN now() < '2025-11-03 00:00+00' THEN 'not_started' END,
    CASE WHEN told_at IS NULL OR told_at < '2025-09-18 00:00+00' OR told_at > now() THEN 'not_notified' END,
    CASE WHEN (SELECT decision FROM said WHERE member_id = id ORDER BY nr DESC LIMIT 1) = 'object' THEN 'opted_out' END,
    CASE WHEN now() < adult_at THEN 'minor' END,
    CASE WHEN EXISTS (SELECT FROM attendance WHERE member_id = id
      AND current_from <= now() AND now() < current_until) THEN 'suspected_minor' END,
    CASE WHEN unreadable THEN 'error' END), ''), 'eligible') AS verdict,
  GREATEST(adult_at, (SELECT data_from FROM horizon)) AS content_from
FROM member JOIN coming_of_age USING (id);

-- What the oracle said last: everything below rests on it.
CREATE TABLE judged (id bigint PRIMARY KEY, verdict text, content_from timestamptz);
CREATE FUNCTION ask_oracle() RETURNS void LANGUAGE sql AS $$
  TRUNCATE judged;
  INSERT INTO judged SELECT * FROM truth;
$$;

CREATE VIEW entitled_member AS
SELECT display_name, location, about_me FROM member JOIN judged USING (id) WHERE verdict = 'eligible';
CREATE VIEW entitled_post AS
SELECT post.id, created_at, title, body FROM post JOIN judged ON judged.id = author_id
WHERE verdict = 'eligible' AND (content_from IS NULL OR created_at >= content_from);
CREATE VIEW entitled_comment AS
SELECT comment.body, comment.created_at FROM comment JOIN judged ON judged.id = author_id
WHERE verdict = 'eligible'
  AND (content_from IS NULL OR (created_at - interval '14 hours') AT TIME ZONE 'UTC' >= content_from);
CREATE VIEW entitled_corpus AS
SELECT * FROM (
  SELECT 'public.member' AS source, NULL AS row_id, 'display_name' AS field, 'profile.name' AS category,
    display_name AS content, NULL::timestamptz AS occurred_at FROM entitled_member
  UNION ALL SELECT 'public.member', NULL, 'location', 'profile.location', location, NULL FROM entitled_member
  UNION ALL SELECT 'public.member', NULL, 'about_me', 'profile.about', about_me, NULL FROM entitled_member
  UNION ALL SELECT 'public.post', id::text, 'title', 'content.post', title, created_at FROM entitled_post
  UNION ALL SELECT 'public.post', id::text, 'body', 'content.post', body, created_at FROM entitled_post
  UNION ALL SELECT 'public.comment', NULL, 'body', 'content.comment', body,
    (created_at - interval '14 hours') AT TIME ZONE 'UTC' FROM entitled_comment) texts
WHERE content IS NOT NULL;

-- The declaration
SELECT aiconsent.register_subject('member', birth => 'birth_date', notified_at => 'told_at');
SELECT aiconsent.register_education('education', level => 'level', school => 'school', starts => 'starts', ends => 'ends');
SELECT aiconsent.register_source('member', undated => true, reason => 'a profile is of today');
SELECT aiconsent.register_source('post', occurred_at => 'created_at');
SELECT aiconsent.register_source('comment', occurred_at => 'created_at');
SELECT aiconsent.register_field(r, f, s) FROM (VALUES
  ('member'::regclass, 'display_name'::name, 'personal{profile.name}'::aiconsent.sensitivity),
  ('member', 'location', 'personal{profile.location}'), ('member', 'about_me', 'personal{profile.about}'),
  ('member', 'salary', 'personal{salary}'),
  ('post', 'id', 'public'), ('post', 'created_at', 'public'),
  ('post', 'title', 'personal{content.post}'), ('post', 'body', 'personal{content.post}'),
  ('comment', 'body', 'personal{content.comment}'), ('comment', 'created_at', 'public')) v(r, f, s);
SELECT is((SELECT count(*) FROM member WHERE aiconsent.eligible(id)), 0::bigint,
  'before a policy is adopted nobody is eligible');
-- Fine points: without a policy row, reasons that need none are reported.  Of
-- schooling that is what has both dates.
SELECT is(string_agg(format('member %s: should be %s, is %s', id, verdict, aiconsent.verdict_of(id)), E'\n' ORDER BY id)
    FILTER (WHERE id < 25 AND aiconsent.verdict_of(id)::text <> verdict), NULL,
  format('before a policy is adopted everybody is not_started, and what needs no policy is reported, too (%s of %s members)',
    count(*) FILTER (WHERE verdict <> 'not_started'), count(*)))
FROM (SELECT id, concat_ws(',', 'not_started', CASE WHEN now() < adult_at THEN 'minor' END,
    CASE WHEN EXISTS (SELECT FROM attendance WHERE member_id = id
      AND current_from <= now() AND now() < current_until) THEN 'suspected_minor' END,
    CASE WHEN unreadable THEN 'error' END) AS verdict
  FROM coming_of_age c
  WHERE NOT EXISTS (SELECT FROM education e JOIN curriculum USING (kind) WHERE member_id = c.id AND secondary
    AND NOT (is_day(e.starts) AND is_day(e.ends) AND e.starts < e.ends IS TRUE))) needless;
SELECT aiconsent.adopt_policy() \g /dev/null
-- Which rows there are is asked here, so texts are as they are.
SELECT aiconsent.treat(category, 'none') FROM unnest('{content,profile}'::text[]) category \g /dev/null
SELECT set_eq('SELECT * FROM aiconsent.publish()',
  $$VALUES ('training.member'::regclass), ('training.post'), ('training.comment'), ('training.corpus')$$,
  'a network of three tables is published as three views and the corpus');
SELECT aiconsent.grant_role('network_reader', 'reader');
-- The owner, too, reads training views only as a reader.
SELECT aiconsent.grant_role('network_owner', 'reader');

SELECT set_eq($$SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = 'training' AND table_name <> 'corpus'$$,
  ARRAY['member.display_name', 'member.location', 'member.about_me', 'post.id',
    'post.created_at', 'post.title', 'post.body', 'comment.body', 'comment.created_at'],
  'the views have the labelled columns that the purpose may use, and no other: no key, no salary, no unlabelled note');

-- One step: the four views and every verdict, against the oracle, in one
-- statement and so at one instant.
CREATE FUNCTION agrees(view text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  missing bigint; surplus bigint; entitled bigint; columns text;
  -- A pseudonym names a row to nobody.
  unnamed text := $q$(SELECT source, CASE WHEN row_id !~ '^[0-9a-f]{32}$' THEN row_id END AS row_id, field, category, content, occurred_at
    FROM training.corpus) c$q$;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
  FROM pg_attribute WHERE attrelid = format('entitled_%s', view)::regclass AND attnum > 0;
  EXECUTE format('SELECT (SELECT count(*) FROM entitled_%1$s),'
    ' (SELECT count(*) FROM (SELECT %2$s FROM entitled_%1$s EXCEPT ALL SELECT %2$s FROM %3$s) m),'
    ' (SELECT count(*) FROM (SELECT %2$s FROM %3$s EXCEPT ALL SELECT %2$s FROM entitled_%1$s) s)',
    view, columns, CASE view WHEN 'corpus' THEN unnamed ELSE 'training.' || view END) INTO entitled, missing, surplus;
  RETURN CASE WHEN entitled = 0 THEN 'nothing to compare' ELSE format('%s missing, %s too many', missing, surplus) END;
END $$;

CREATE FUNCTION misjudged() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT format('member %s (n %s): should be %s, is %s', id, n, verdict, aiconsent.verdict_of(id))
  FROM judged JOIN member USING (id)
  WHERE aiconsent.verdict_of(id)::text <> verdict OR aiconsent.eligible(id) <> (verdict = 'eligible')
  ORDER BY n LIMIT 5
$$;

-- A role that reads for itself, and how its rows differ from a superuser's.
CREATE FUNCTION as_seen_by(reader text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text; difference bigint; found text := '';
BEGIN
  FOREACH v IN ARRAY ARRAY['member', 'post', 'comment', 'corpus'] LOOP
    PERFORM set_config('role', reader, true);
    EXECUTE format('CREATE TEMP TABLE seen_%1$s AS SELECT * FROM training.%1$s', v);
    PERFORM set_config('role', 'none', true);
    EXECUTE format('SELECT count(*) FROM ((SELECT * FROM seen_%1$s EXCEPT ALL SELECT * FROM training.%1$s)'
      ' UNION ALL (SELECT * FROM training.%1$s EXCEPT ALL SELECT * FROM seen_%1$s)) d', v) INTO difference;
    found := found || format('%s %s ', v, difference);
    EXECUTE format('DROP TABLE seen_%s', v);
  END LOOP;
  RETURN found;
END $$;

CREATE TABLE before (step int, view text, rows bigint, PRIMARY KEY (step, view));
CREATE FUNCTION compare(nr int, step text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE v text; n bigint;
BEGIN
  PERFORM ask_oracle();
  FOREACH v IN ARRAY ARRAY['member', 'post', 'comment', 'corpus'] LOOP
    EXECUTE format('SELECT count(*) FROM training.%I', v) INTO n;
    INSERT INTO before VALUES (nr, v, n);
    RETURN NEXT is(agrees(v), '0 missing, 0 too many',
      format('%s, training.%s has exactly the rows that the policy lets it have (%s rows)', step, v, n));
  END LOOP;
  RETURN NEXT is((SELECT string_agg(m, E'\n') FROM misjudged() m), NULL,
    format('%s, every member has the verdict, with all its reasons (%s members, %s eligible)', step,
      (SELECT count(*) FROM judged), (SELECT count(*) FROM judged WHERE verdict = 'eligible')));
  RETURN NEXT is(as_seen_by('network_reader'), 'member 0 post 0 comment 0 corpus 0 ',
    format('%s, a reader sees the very same rows', step));
END $$;

-- From here on in another zone: no session setting turns a verdict.
SET TimeZone = 'America/St_Johns';
SET DateStyle = 'SQL, DMY';

SELECT ask_oracle() \g /dev/null
SELECT cmp_ok(count(*), '>=', 12::bigint, 'the network has members out for many reasons and sets of reasons: '
  || string_agg(format('%s %s', n, verdict), '; ' ORDER BY n DESC))
FROM (SELECT verdict, count(*) AS n FROM judged GROUP BY verdict) r;
SELECT cmp_ok(count(*), '>', 20::bigint, format('and rows of eligible members that stay out, since they were written by a child (%s)', count(*)))
FROM post JOIN judged ON judged.id = author_id WHERE verdict = 'eligible' AND created_at < content_from;
SELECT cmp_ok(count(*), '>', 0::bigint, format('or at a time that nobody knows (%s)', count(*)))
FROM post JOIN judged ON judged.id = author_id WHERE verdict = 'eligible' AND created_at IS NULL AND content_from IS NOT NULL;
SELECT cmp_ok(count(*), '>', 0::bigint, format('and rows from the instant at which the author was surely adult (%s), or one microsecond before', count(*)))
FROM post JOIN judged ON judged.id = author_id WHERE verdict = 'eligible' AND created_at = content_from;

SELECT compare(0, 'before anybody objects');
SELECT is(as_seen_by('network_owner'), 'member 0 post 0 comment 0 corpus 0 ', 'and so does the owner of the tables, who is a reader, too');

-- Objections
SELECT count(aiconsent.record_consent(id, 'content_generation', 'object')) >= 0 FROM member WHERE n % 7 = 0 \g /dev/null
INSERT INTO said (member_id, decision) SELECT id, 'object' FROM member WHERE n % 7 = 0;
SELECT compare(1, 'after every seventh member objected');
SELECT ok((SELECT bool_and(b.rows > a.rows) FROM before b JOIN before a USING (view) WHERE b.step = 0 AND a.step = 1),
  'which took rows out of every view');

-- A reader who asks for one row at a time is answered from an index instead of
-- a set: the answers are the same.
CREATE FUNCTION one_by_one() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE p bigint; there boolean; wrong bigint := 0;
BEGIN
  FOR p IN SELECT id FROM post LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM training.post WHERE id = $1)' INTO there USING p;
    IF there <> EXISTS (SELECT FROM entitled_post WHERE id = p) THEN wrong := wrong + 1; END IF;
  END LOOP;
  RETURN wrong;
END $$;
SELECT is(one_by_one(), 0::bigint, 'a post that is looked up alone is there exactly if it is in the whole');

-- An objection in the transaction that reads
BEGIN;
SELECT aiconsent.record_consent(id, 'content_generation', 'object') FROM member
WHERE id = (SELECT author_id FROM entitled_post p JOIN post USING (id) GROUP BY author_id ORDER BY count(*) DESC LIMIT 1) \gset
INSERT INTO said (member_id, decision)
  SELECT subject::bigint, decision FROM aiconsent.consent WHERE id = :record_consent;
SELECT compare(2, 'in the transaction of the busiest author''s objection');
ROLLBACK;
SELECT is((SELECT count(*) FROM training.post), (SELECT rows FROM before WHERE step = 1 AND view = 'post'),
  'which never was, if that transaction is rolled back');

-- Deleted members
CREATE TABLE gone AS SELECT * FROM member WHERE n % 17 = 3
  OR id = (SELECT author_id FROM entitled_post JOIN post USING (id) JOIN member m ON m.id = author_id
    WHERE m.n % 7 <> 1 GROUP BY author_id ORDER BY count(*) DESC LIMIT 1);
SELECT cmp_ok(count(*), '>', 50::bigint, format('some authors of published posts are deleted now (with %s posts)', count(*)))
FROM entitled_post JOIN post USING (id) WHERE author_id IN (SELECT id FROM gone);
DELETE FROM member WHERE id IN (SELECT id FROM gone);
SELECT compare(3, 'after members were deleted');
SELECT is((SELECT count(*) FROM gone WHERE aiconsent.verdict_of(id)::text <> 'unknown_subject'
  OR aiconsent.eligible(id)), 0::bigint, 'a deleted member is an unknown subject');
INSERT INTO member SELECT * FROM gone WHERE n % 2 = 0;
SELECT compare(4, 'after some keys came back, without their posts');

-- Births
UPDATE member SET birth_date = '2012-01-01' WHERE n % 20 = 12 AND n % 3 = 0;
UPDATE member SET birth_date = NULL WHERE n % 20 = 9;
UPDATE member SET birth_date = '1980-02-29' WHERE n % 20 IN (3, 4, 14) AND n % 3 = 1;
UPDATE member SET birth_date = birth_date + 40 WHERE n % 20 = 6;
SELECT compare(5, 'after births were corrected, to a child''s, an adult''s and none');
DO $$
DECLARE m bigint;
BEGIN
  FOR m IN SELECT id FROM member WHERE n % 20 IN (3, 4, 14) AND n % 3 = 1 LOOP
    UPDATE member SET birth_date = (now() AT TIME ZONE 'UTC')::date - interval '18 years' + interval '1 day' WHERE id = m;
    UPDATE member SET birth_date = '1990-06-15' WHERE id = m;
  END LOOP;
END $$;
SELECT compare(6, 'and after they were corrected one by one, twice in a transaction');

-- Schooling
UPDATE education SET ends = to_char((now() AT TIME ZONE 'UTC') - interval '3 days', 'YYYY-MM-DD') WHERE ends IS NULL AND starts ~ '^\d{4}-\d\d-\d\d$';
UPDATE education SET ends = '2020' WHERE starts IS NULL AND level = 'lycée';
SELECT compare(7, 'after schooling ended');
SELECT cmp_ok((SELECT rows FROM before WHERE step = 7 AND view = 'member'), '>',
  (SELECT rows FROM before WHERE step = 6 AND view = 'member'), 'which let members in');
DELETE FROM education WHERE kind IN (2, 5);
INSERT INTO education (member_id, kind, level, school, starts, ends)
  SELECT m.id, kind, level, school, starts, ends FROM member m, curriculum WHERE n % 31 = 5 AND kind = 3;
UPDATE education e SET kind = c.kind, level = c.level, school = c.school, starts = c.starts, ends = c.ends
  FROM curriculum c WHERE e.kind = 0 AND c.kind = 5;
UPDATE education SET member_id = (SELECT id FROM member WHERE n = 40) WHERE member_id = (SELECT id FROM member WHERE n = 44);
SELECT compare(8, 'after entries of schooling came, went, changed and moved to another member');

-- Notice
UPDATE member SET told_at = NULL WHERE n % 19 = 1;
UPDATE member SET told_at = now() + interval '1 hour' WHERE n % 19 = 2;
UPDATE member SET told_at = now() WHERE n % 19 = 3;
SELECT compare(9, 'after notices were withdrawn, put off and given');
SELECT cmp_ok((SELECT rows FROM before WHERE step = 9 AND view = 'member'), '<',
  (SELECT rows FROM before WHERE step = 8 AND view = 'member'), 'which put members out');

-- Grants
SELECT count(aiconsent.record_consent(id, 'content_generation', 'grant', notice_version => '2025-09')) >= 0
  FROM member WHERE n % 14 = 0 \g /dev/null
INSERT INTO said (member_id, decision) SELECT id, 'grant' FROM member WHERE n % 14 = 0;
SELECT compare(10, 'after half of those who objected granted it');
SELECT cmp_ok((SELECT rows FROM before WHERE step = 10 AND view = 'member'), '>',
  (SELECT rows FROM before WHERE step = 9 AND view = 'member'), 'which let members in');
SELECT cmp_ok(count(*), '>', 0::bigint, format('a grant lets no child in, and nobody untold (%s who granted are out)', count(*)))
FROM judged JOIN member USING (id) WHERE n % 14 = 0 AND NOT aiconsent.eligible(id);

-- The horizon
SELECT aiconsent.adopt_policy(effective_at => now(), data_from => '2018-06-01 00:00+00', reason => 'a shorter horizon') \g /dev/null
UPDATE horizon SET data_from = '2018-06-01 00:00+00';
SELECT compare(11, 'after a shorter horizon was adopted, without a new publication');
SELECT ok((SELECT max(rows) = min(rows) FROM before WHERE step IN (10, 11) AND view = 'member'),
  'which does not concern members'' profiles, which are undated');

-- Everything anew
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT compare(12, 'after everything was published and judged anew');

SELECT * FROM finish();
SET client_min_messages = error;
DROP SCHEMA training CASCADE;
DROP OWNED BY network_owner, network_reader CASCADE;
DROP ROLE network_owner, network_reader;
