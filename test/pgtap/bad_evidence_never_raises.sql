-- Whatever stands in the tables of evidence, nobody's statement fails by it;
-- what cannot be read is out.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'German, DMY';

BEGIN;
SELECT * FROM no_plan();
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
CREATE SCHEMA net;

-- POLICY.md of a birth: NULL none; unreadable, infinite, empty, half-bounded, BC or before 1900: error; after the instant: minor.
CREATE TABLE value (kind text, literal text, expected text, n serial);
INSERT INTO value (kind, literal, expected)
  SELECT 'date', v, e FROM (VALUES (NULL, 'eligible'), ('infinity', 'error'), ('-infinity', 'error'), ('4714-11-24 BC', 'error'), ('0001-01-01', 'error'), ('1899-12-31', 'error'),
    ('1900-01-01', 'eligible'), ('9999-12-31', 'minor'), ('294276-12-31', 'minor'), ('5874897-12-31', 'minor'), ('2010-02-28', 'minor'), ('1980-01-01', 'eligible')) x(v, e)
  UNION ALL SELECT 'timestamp', v, e FROM (VALUES (NULL, 'eligible'), ('infinity', 'error'), ('-infinity', 'error'), ('4714-11-24 00:00:00 BC', 'error'), ('1899-12-30 12:00', 'error'),
    ('294276-12-31 23:59:59.999999', 'minor'), ('1980-01-01 12:00', 'eligible')) x(v, e)
  UNION ALL SELECT 'timestamptz', v, e FROM (VALUES (NULL, 'eligible'), ('infinity', 'error'), ('-infinity', 'error'), ('4714-11-24 00:00:00+00 BC', 'error'), ('1899-12-30 12:00Z', 'error'),
    ('294276-12-31 23:59:59.999999Z', 'minor'), ('1980-01-01 12:00Z', 'eligible')) x(v, e)
  UNION ALL SELECT 'smallint', v, e FROM (VALUES (NULL, 'eligible'), ('-32768', 'error'), ('0', 'error'), ('99', 'error'), ('1899', 'error'), ('1980', 'eligible'), ('2015', 'minor'), ('32767', 'minor')) x(v, e)
  UNION ALL SELECT 'integer', v, e FROM (VALUES (NULL, 'eligible'), ('-2147483648', 'error'), ('-1', 'error'), ('0', 'error'), ('1899', 'error'), ('1980', 'eligible'), ('2015', 'minor'), ('294276', 'minor'), ('2147483647', 'minor')) x(v, e)
  UNION ALL SELECT t, v, e FROM unnest('{text,varchar}'::text[]) t, (VALUES (NULL, 'eligible'), ('', 'error'), ('   ', 'error'), ('1980', 'eligible'), ('1980-05', 'eligible'), ('1980-05-17', 'eligible'), ('2015', 'minor'), ('2015-07', 'minor'),
    ('2015-07-21', 'minor'), ('unknown', 'error'), ('1980-13', 'error'), ('1980-02-30', 'error'), ('1981-02-29', 'error'), ('1980-00-00', 'error'), ('infinity', 'error'), ('-infinity', 'error'), ('today', 'error'),
    ('1980-05-17 BC', 'error'), ('0000', 'error'), ('-1980', 'error'), ('198', 'error'), ('1980-05-17x', 'error'), ('1980--05', 'error'), ('17.05.1980', 'error'), ('1/2/2003', 'error'),
    ('１９８０', 'error'), (repeat('9', 100000), 'error'), (E'\x01', 'error'), ('1980-05-17T99:00', 'error'), ('{}', 'error'), ('''; DROP TABLE net.member; --', 'error')) x(v, e)
  UNION ALL SELECT 'daterange', v, e FROM (VALUES (NULL, 'eligible'), ('empty', 'error'), ('(,)', 'error'), ('[1980-01-01,)', 'error'), ('(,1980-01-01)', 'error'), ('[-infinity,1980-01-01)', 'error'),
    ('[1980-01-01,infinity)', 'error'), ('[4714-11-24 BC,1980-01-01)', 'error'), ('[1899-01-01,1980-01-01]', 'error'), ('[1980-01-01,1980-02-01)', 'eligible'), ('[1980-01-01,2015-01-01]', 'minor'), ('[2015-01-01,2015-01-01]', 'minor'),
    ('[5874897-01-01,5874897-12-30)', 'minor')) x(v, e);
CREATE TABLE wrong (what text);
CREATE PROCEDURE births(k text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE net.member (id int PRIMARY KEY, born %s, x int)', k);
  EXECUTE format('INSERT INTO net.member SELECT -n, literal::%s FROM value WHERE kind = $1', k) USING k;
  PERFORM aiconsent.register_subject('net.member', birth => 'born');
  EXECUTE format('INSERT INTO net.member SELECT n FROM value WHERE kind = $1') USING k;
  EXECUTE format('UPDATE net.member m SET born = literal::%s FROM value v WHERE v.n = m.id', k);
  EXECUTE format('INSERT INTO net.member SELECT n, literal::%s FROM value WHERE kind = $1 ON CONFLICT (id) DO UPDATE SET born = excluded.born', k) USING k;
  UPDATE net.member SET x = 1;
  INSERT INTO wrong SELECT format('%s %s%s: %s', kind, COALESCE(quote_literal(left(literal, 40)), 'NULL'), CASE WHEN sign < 0 THEN ' from before' ELSE '' END, aiconsent.verdict_of(n * sign))
    FROM value, unnest('{1,-1}'::int[]) sign WHERE kind = k AND expected <> aiconsent.verdict_of(n * sign)::text;
  INSERT INTO wrong SELECT format('eligible: %s %s', kind, literal) FROM value WHERE kind = k AND aiconsent.eligible(n) <> (expected = 'eligible');
  PERFORM aiconsent.unregister_subject('net.member');
  DROP TABLE net.member;
END $$;
SELECT lives_ok(format('CALL births(%L)', kind), 'no birth of type ' || kind || ' raises: ' || (SELECT count(*) FROM value v WHERE v.kind = k.kind) || ' values')
FROM (SELECT DISTINCT kind FROM value) k ORDER BY kind;
SELECT is_empty('SELECT what FROM wrong WHERE what IS NOT NULL', 'and each is what POLICY.md says');

-- Times of notice and regions
CREATE TABLE net.member (id int PRIMARY KEY, region text, code char(3), told timestamptz, born date);
SELECT aiconsent.adopt_policy('told', effective_at => '2025-11-03Z', announced_at => '2025-09-18Z', notice_required => true, notice_period => '100 years') \g /dev/null
SELECT aiconsent.register_subject('net.member', region => 'region', notified_at => 'told', birth => 'born') \g /dev/null
SELECT lives_ok(format('INSERT INTO net.member (id, region, told) VALUES (%s, %L, %L)', n, region, told), format('region %s, told %s', COALESCE(left(region, 20), 'NULL'), told))
FROM (VALUES (1, NULL, NULL), (2, '', 'infinity'), (3, repeat('FR', 50000), '-infinity'), (4, E'\t\n', '294276-12-31 23:59:59.999999Z'), (5, '🇫🇷', '4714-11-24 00:00:00Z BC'), (6, 'F', '2025-09-18Z'), (7, E'FR\x01', now()::text)) x(n, region, told);
SELECT is((SELECT string_agg(DISTINCT aiconsent.verdict_of(id)::text || ' ' || aiconsent.verdict_of(id, 'told'), ', ') FROM net.member), 'eligible not_notified', 'all of them by the default row, none told long enough ago');

-- ---------------------------------------------------------------------------
-- Schooling: unreadable dates are missing, contradictory ones both missing,
-- and missing ones current (undated_school, open_school_years).
-- ---------------------------------------------------------------------------
CREATE TABLE school (kind text, starts text, ends text, expected text, n serial);
INSERT INTO school (kind, starts, ends, expected)
  SELECT 'date', s, e, x FROM (VALUES (NULL, NULL, 'suspected_minor'), ('infinity', '-infinity', 'suspected_minor'), ('-infinity', 'infinity', 'suspected_minor'), ('2026-09-01', '2020-01-01', 'suspected_minor'),
    ('4714-11-24 BC', NULL, 'suspected_minor'), ('1990-09-01', '1993-06-30', 'eligible'), ('1990-09-01', NULL, 'eligible'), ('2024-09-01', NULL, 'suspected_minor'), ('2024-09-01', '5874897-12-31', 'suspected_minor'),
    ('5874897-01-01', '5874897-12-31', 'eligible'), (NULL, '1993-06-30', 'eligible')) v(s, e, x)
  UNION ALL SELECT t, s, e, x FROM unnest('{timestamp,timestamptz}'::text[]) t, (VALUES (NULL, NULL, 'suspected_minor'), ('infinity', 'infinity', 'suspected_minor'), ('2026-09-01', '2020-01-01', 'suspected_minor'),
    ('294276-12-31', '294276-12-31', 'eligible'), ('4714-11-25 BC', NULL, 'suspected_minor'), ('1990-09-01', '1993-06-30', 'eligible'), ('2024-09-01', '294276-12-31', 'suspected_minor')) v(s, e, x)
  UNION ALL SELECT t, s, e, x FROM unnest('{smallint,integer}'::text[]) t, (VALUES (NULL, NULL, 'suspected_minor'), ('0', '0', 'suspected_minor'), ('-1', '-5', 'suspected_minor'), ('2026', '2020', 'suspected_minor'),
    ('1990', '1993', 'eligible'), ('2024', '32767', 'suspected_minor'), ('32767', '32767', 'eligible'), ('1990', '99', 'eligible')) v(s, e, x)
  UNION ALL SELECT 'text', s, e, x FROM (VALUES (NULL, NULL, 'suspected_minor'), ('', '', 'suspected_minor'), ('soon', 'never', 'suspected_minor'), ('2026-13', '2026-02-30', 'suspected_minor'), ('1990', '1993-06', 'eligible'),
    ('2024-09', 'present', 'suspected_minor'), ('1990', 'present', 'eligible'), (repeat('1', 100000), repeat('2', 100000), 'suspected_minor'), ('2027', '1993', 'suspected_minor')) v(s, e, x)
  UNION ALL SELECT 'daterange', s, e, x FROM (VALUES (NULL, NULL, 'suspected_minor'), ('empty', 'empty', 'suspected_minor'), ('(,)', '(,)', 'suspected_minor'), ('[1990-01-01,1991-01-01)', '[1993-01-01,1994-01-01)', 'eligible'),
    ('[2024-01-01,2025-01-01)', '(,)', 'suspected_minor'), ('[2026-01-01,2027-01-01)', '[1993-01-01,1994-01-01)', 'suspected_minor')) v(s, e, x);
DELETE FROM net.member;
INSERT INTO net.member (id) SELECT n FROM school;
TRUNCATE wrong;
CREATE PROCEDURE schools(k text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE net.education (member int, level int, starts %s, ends %1$s)', k);
  PERFORM aiconsent.register_education('net.education', 'member', 'level', starts => 'starts', ends => 'ends');
  EXECUTE format('INSERT INTO net.education SELECT n, 3, starts::%s, ends::%1$s FROM school WHERE kind = $1', k) USING k;
  UPDATE net.education SET level = 2;
  INSERT INTO wrong SELECT format('%s from %s to %s: %s', kind, left(starts, 20), left(ends, 20), aiconsent.verdict_of(n)) FROM school WHERE kind = k AND aiconsent.verdict_of(n)::text <> expected;
  PERFORM aiconsent.unregister_education('net.education');
  DROP TABLE net.education;
END $$;
SELECT lives_ok(format('CALL schools(%L)', kind), 'no dates of schooling of type ' || kind || ' raise: ' || (SELECT count(*) FROM school v WHERE v.kind = k.kind) || ' pairs')
FROM (SELECT DISTINCT kind FROM school) k ORDER BY kind;
SELECT is_empty('SELECT what FROM wrong', 'and each is read at its widest');

-- Levels
CREATE TABLE net.level (member int, isced bigint, word varchar(200), school text);
CREATE TABLE net.word (member int, word varchar, school text);
SELECT aiconsent.register_education('net.level', 'member', 'isced') \g /dev/null
SELECT aiconsent.register_education('net.word', 'member', 'word', 'school') \g /dev/null
SELECT lives_ok(format('INSERT INTO net.level VALUES (1, %s)', n), 'ISCED ' || n) FROM unnest('{-9223372036854775808,-1,0,4,9,24,2147483648,9223372036854775807,NULL}'::text[]) n WHERE n IS NOT NULL;
INSERT INTO net.level VALUES (1, NULL);
SELECT is(aiconsent.verdict_of(1)::text, 'eligible', 'no number but 1, 2 and 3 is a school''s');
SELECT lives_ok(format('INSERT INTO net.word VALUES (2, %L, %L)', word, school), format('words: %s', left(word, 20)))
FROM (VALUES (NULL, NULL), ('', ''), (repeat('x', 100000), repeat(E'é\t', 50000)), (E'\x01\x02', '%s%n'), ('🎓🎓', E'\u202e\u0301'), ('99999999999999999999', '-3'), ('NaN', 'null'), ('3.0', '{}')) x(word, school);
SELECT lives_ok($$INSERT INTO net.word SELECT NULL, 'lycée', NULL UNION ALL SELECT 99999, 'lycée', 'x'$$, 'schooling of nobody');
SELECT is(aiconsent.verdict_of(3)::text, 'eligible', 'is nobody''s');

-- Several at once: bad ones do not hide good ones.
UPDATE net.member SET born = CASE id WHEN 3 THEN '-infinity'::date WHEN 4 THEN '2015-01-01' WHEN 5 THEN '4714-11-24 BC' ELSE '1980-01-01' END WHERE id IN (3, 4, 5, 6);
SELECT is((SELECT string_agg(aiconsent.verdict_of(id)::text, ' ' ORDER BY id) FROM net.member WHERE id IN (3, 4, 5, 6)), 'error minor error eligible', 'each is judged by its own');
INSERT INTO net.word VALUES (3, 'lycée', 'x');
SELECT is(aiconsent.verdict_of(3)::text, 'suspected_minor,error', 'and every reason is told');
SELECT lives_ok('SELECT aiconsent.rebuild_standing()', 'everybody is judged anew without an error');
SELECT * FROM finish();
ROLLBACK;
