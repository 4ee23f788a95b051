-- Whatever puts the standing out of step with the evidence is found:
-- verify_standing() names whose it is, rebuild_standing() mends it, and doctor()
-- names what is wrong in the data or the schema.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(40);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'Pacific/Chatham';

CREATE TABLE member (id int PRIMARY KEY, birth text, region text, told timestamptz);
CREATE TABLE education (id int PRIMARY KEY, member_id int REFERENCES member, level text, starts text, ends text);
CREATE INDEX ON public.education (member_id);
CREATE TABLE setting (member_id int PRIMARY KEY, allowed boolean);
INSERT INTO member SELECT i, '1980-02-29', 'FR', '2025-10-01Z' FROM generate_series(1, 9) i;
INSERT INTO education VALUES (1, 2, 'lycée', '2024', NULL), (2, 3, 'lycée', '1995-09', '1998-06');
INSERT INTO setting VALUES (1, true), (4, false);
SELECT aiconsent.adopt_policy(), aiconsent.adopt_policy('ads', effective_at => '2026-01-01', basis => 'opt_in',
  notice_required => false), aiconsent.adopt_policy(regions => '{DE}', effective_at => '2025-11-03Z',
  data_from => '2015-01-01Z') \g /dev/null
SELECT aiconsent.register_subject('member', birth => 'birth', region => 'region', notified_at => 'told'),
  aiconsent.register_education('education', level => 'level', starts => 'starts', ends => 'ends'),
  aiconsent.register_preference('setting', 'member_id', 'allowed') \g /dev/null
SELECT aiconsent.record_consent(5, 'ads', 'grant', notice_version => 'v1'),
  aiconsent.record_consent(6, 'content_generation', 'object'),
  aiconsent.record_consent(7, 'content_generation', 'hold'),
  aiconsent.record_consent(8, 'content_generation', 'grant', notice_version => 'v1'),
  aiconsent.record_consent(8, 'content_generation', 'object') \g /dev/null
SELECT aiconsent.retract(array_agg(id), 'a mistake') FROM aiconsent.consent
WHERE subject = '8' AND decision = 'object' \g /dev/null
SAVEPOINT declared;

CREATE FUNCTION found() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(DISTINCT subject || ' ' || difference, '; ') FROM aiconsent.verify_standing() $$;
CREATE FUNCTION doctor_says(severity text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT finding || ': ' || object FROM aiconsent.doctor() d WHERE d.severity = $1 $$;
RELEASE SAVEPOINT declared;
SAVEPOINT declared;

SELECT is(found(), NULL, 'what nobody touched is in step');
SELECT is_empty($$ SELECT * FROM aiconsent.doctor() $$, 'and doctor() has nothing to say');

-- ---------------------------------------------------------------------------
-- Triggers that do not fire
-- ---------------------------------------------------------------------------
ALTER TABLE member DISABLE TRIGGER USER;
UPDATE member SET birth = '2012-05-05' WHERE id = 1;
SELECT matches(found(), '1 another verdict', 'a birth date that was changed past the triggers');
SELECT results_eq($$ SELECT * FROM doctor_says('error') ORDER BY 1 $$, $$
  SELECT 'a trigger that keeps the standing in step is not enabled as it should be: aiconsent_' || t || ' on public.member'
  FROM unnest('{delete,insert,replica,truncate,update}'::text[]) t $$, 'doctor() names the triggers');
DELETE FROM member WHERE id = 9;
SELECT matches(found(), '9 a standing of nobody', 'a member who was deleted past them');
INSERT INTO member VALUES (10, '1980-01-01', 'FR', '2025-10-01Z');
SELECT matches(found(), '10 no standing', 'one who came');
SELECT is((SELECT object FROM aiconsent.doctor() WHERE finding = 'members have no standing'), '1 of 9',
  'doctor() counts those without a standing');
UPDATE member SET region = 'DE' WHERE id = 3;
SELECT matches(found(), '3 another content_from', 'one who moved to where a horizon is in force');
UPDATE member SET told = NULL WHERE id = 4;
SELECT matches(found(), '4 another verdict', 'a notice that was taken back');
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is(found(), NULL, 'rebuild_standing() mends all of it');
SELECT is(aiconsent.verdict_of(1)::text, 'minor', 'the child is out');
ALTER TABLE member ENABLE TRIGGER USER;
SELECT is_empty($$ SELECT * FROM doctor_says('error') $$, 'with its triggers enabled all is well again');
ALTER TABLE member ENABLE ALWAYS TRIGGER aiconsent_insert;
SELECT is((SELECT mend FROM aiconsent.doctor() WHERE severity = 'error'),
  'ALTER TABLE public.member ENABLE TRIGGER aiconsent_insert; SELECT aiconsent.rebuild_standing();',
  'a trigger in another mode is named, with the statement that mends it');
ROLLBACK TO SAVEPOINT declared;

ALTER TABLE education DISABLE TRIGGER USER;
INSERT INTO education VALUES (3, 1, 'lycée', '2025', NULL);
SELECT matches(found(), '1 another verdict', 'a school that came past the triggers');
DELETE FROM education WHERE id = 1;
SELECT matches(found(), '2 another verdict', 'one that went');
ROLLBACK TO SAVEPOINT declared;

DROP TRIGGER aiconsent_update ON education;
SELECT is((SELECT finding || ': ' || object FROM aiconsent.doctor()),
  'a trigger that keeps the standing in step is missing: aiconsent_update on public.education', 'a trigger that is gone is named');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Hand edits
-- ---------------------------------------------------------------------------
UPDATE aiconsent.head SET segments = (SELECT segments FROM aiconsent.head WHERE subject = '1') WHERE subject = '6';
SELECT matches(found(), '6 another verdict', 'a standing that was copied from somebody else''s');
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is(found(), NULL, 'and is mended');
UPDATE aiconsent.head SET segments = '' WHERE subject = '6';
SELECT matches(found(), '6 no standing', 'one that was emptied');
DELETE FROM aiconsent.head WHERE subject = '7';
SELECT matches(found(), '7 no standing', 'one that was deleted');
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is(found(), '7 a row of aiconsent.head_history is missing', 'and are mended, but that something that was known of one is lost goes on being told');
-- The flag explicit is in byte 23 of a segment of 24, its horizon in bytes 9 to 16.
UPDATE aiconsent.head SET segments = set_byte(segments, length(segments) - 2, 1) WHERE subject = '1';
SELECT matches(found(), '1 another explicitness', 'a grant that was made explicit');
ROLLBACK TO SAVEPOINT declared;
UPDATE aiconsent.head SET segments = set_byte(segments, length(segments) - 10, 0) WHERE subject = '1';
SELECT matches(found(), '1 another content_from', 'a horizon that was moved');
UPDATE aiconsent.head SET segments = substr(segments, 2) WHERE subject = '1';
SELECT throws_ok('SELECT * FROM aiconsent.verify_standing()', 'XX001', NULL, 'bytes that are no standing are an error that says so');
ROLLBACK TO SAVEPOINT declared;

INSERT INTO aiconsent.standing_int8 SELECT '-infinity', 'infinity', '-infinity', id, false, false, 6
FROM aiconsent.purpose WHERE name = 'content_generation';
SELECT is(aiconsent.eligible(6), true, 'a forged row lets an objector through,');
SELECT matches(found(), '6 eligible\(\) lets through who is out', 'and is found');
DELETE FROM aiconsent.standing_int8 WHERE subject = 1;
SELECT matches(found(), '1 eligible\(\) keeps out who is in', 'so is one that was taken away');
UPDATE aiconsent.standing_int8 SET content_from = '-infinity' WHERE subject = 3;
UPDATE aiconsent.standing_int8 SET explicit = true WHERE subject = 8;
SELECT matches(found(), '3 eligible\(\) answers otherwise.*8 eligible\(\) answers otherwise', 'or changed');
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is(found(), NULL, 'and all are mended');
SELECT is(aiconsent.eligible(6), false, 'the objector is out again');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- What is wrong in the data
-- ---------------------------------------------------------------------------
UPDATE member SET birth = '31.12.1980' WHERE id = 1;
UPDATE setting SET allowed = NULL WHERE member_id = 4;
UPDATE member SET region = 'Bavaria' WHERE id = 5;
SELECT set_eq($$ SELECT * FROM doctor_says('warning') $$, ARRAY[
  'a birth date cannot be read: 1', 'a setting cannot be read: 4, content_generation',
  'a region is not a code of two letters: BAVARIA'], 'doctor() lists who is out by a fault of the data');
SELECT is(found(), NULL, 'and what cannot be read is in step');
INSERT INTO education VALUES (5, 5, 'lycée', 'autumn', '1999'), (6, 6, 'lycée', '1999', '1998'), (7, 7, 'Zwergschule 7', NULL, NULL),
  (8, 8, 'lycée', NULL, NULL);
SELECT set_eq($$ SELECT * FROM doctor_says('notice') $$, ARRAY[
  'a date of schooling cannot be read: 5, public.education', 'schooling ends before it starts: 6, public.education',
  'adults are out because of undated schooling alone: 1 for content_generation'],
  'and rows of schooling that say little');
INSERT INTO education VALUES (9, 1, 'Quidditch', NULL, NULL), (10, 2, 'Quidditch', NULL, NULL);
SELECT ok((SELECT bool_or(object = 'Quidditch (2 rows)') FROM aiconsent.doctor()
  WHERE finding = 'words of schooling mean nothing to the table'), 'words that mean nothing are counted');
ROLLBACK TO SAVEPOINT declared;

DROP INDEX education_member_id_idx;
SELECT is((SELECT finding || ': ' || mend FROM aiconsent.doctor()),
  'evidence is looked up without an index: CREATE INDEX ON public.education (member_id);', 'an index that is missing is named, with its statement');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- A cluster that was made before a leak of the server was closed
-- ---------------------------------------------------------------------------
SELECT is((SELECT count(*) FROM aiconsent.doctor() WHERE finding ~ 'CVE-2024-4317'), 0::bigint, 'a cluster without a known leak is not named');
SET LOCAL allow_system_table_mods = on;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW pg_catalog.pg_stats_ext AS ' || regexp_replace(pg_get_viewdef('pg_stats_ext'::regclass), 'pg_has_role\([^)]*\)', 'true'); END $$;
SELECT is((SELECT mend FROM aiconsent.doctor() WHERE finding ~ 'CVE-2024-4317'), 'install the last minor version, and run its fix-CVE-2024-4317.sql in every database', 'one that has it is, with what mends it');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- A restore without our data
-- ---------------------------------------------------------------------------
DELETE FROM aiconsent.head;
DELETE FROM aiconsent.standing_int8;
SELECT is((SELECT count(*)::int FROM member WHERE aiconsent.eligible(id)), 0, 'without a standing everybody is out');
SELECT is((SELECT finding || ': ' || object || ': ' || mend FROM aiconsent.doctor() WHERE severity = 'error'),
  'members have no standing: 9 of 9: SELECT aiconsent.rebuild_standing();', 'doctor() says so, and what mends it');
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is((SELECT string_agg(id::text, ',' ORDER BY id) FROM member WHERE aiconsent.eligible(id)), '1,3,5,8,9',
  'and those who may be in are in again');

SELECT * FROM finish();
ROLLBACK;
