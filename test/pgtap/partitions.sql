-- Evidence in partitioned tables: whichever way it is written, attached or
-- taken away, verdicts follow at once, and the standing is what a rebuild
-- makes of it.
--
-- Partitions stand at two levels and have their columns in another order, with
-- dropped ones between them.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set QUIET 1
SET client_min_messages = error;

SELECT no_plan();

CREATE TABLE member (id integer PRIMARY KEY, birth date, notified_at timestamptz DEFAULT '2025-10-01Z')
  PARTITION BY LIST (id);
CREATE TABLE member_few (gone text, notified_at timestamptz DEFAULT '2025-10-01Z', birth date, "left" integer,
  id integer NOT NULL);
ALTER TABLE member_few DROP gone, DROP "left";
ALTER TABLE member ATTACH PARTITION member_few FOR VALUES IN (1, 2, 3, 4);
CREATE TABLE member_rest PARTITION OF member DEFAULT PARTITION BY HASH (id);
CREATE TABLE member_rest_0 PARTITION OF member_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE member_rest_1 (birth date, gone integer, id integer NOT NULL,
  notified_at timestamptz DEFAULT '2025-10-01Z');
ALTER TABLE member_rest_1 DROP gone;
ALTER TABLE member_rest ATTACH PARTITION member_rest_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);

CREATE TABLE education (member integer REFERENCES member ON DELETE CASCADE ON UPDATE CASCADE, level text,
  starts date, ends date) PARTITION BY RANGE (starts);
CREATE TABLE education_old PARTITION OF education FOR VALUES FROM (MINVALUE) TO ('2010-01-01');
CREATE TABLE education_new PARTITION OF education FOR VALUES FROM ('2010-01-01') TO (MAXVALUE)
  PARTITION BY RANGE (starts);
CREATE TABLE education_10 (ends date, gone text, starts date, level text, member integer);
ALTER TABLE education_10 DROP gone;
ALTER TABLE education_new ATTACH PARTITION education_10 FOR VALUES FROM ('2010-01-01') TO ('2020-01-01');
CREATE TABLE education_20 PARTITION OF education_new FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
CREATE TABLE education_undated PARTITION OF education DEFAULT;

-- One purpose by this column; the other keys are none of our business.
CREATE TABLE setting (member integer, key text, value text) PARTITION BY LIST (key);
CREATE TABLE setting_ai (value text, gone text, key text, member integer);
ALTER TABLE setting_ai DROP gone;
ALTER TABLE setting ATTACH PARTITION setting_ai FOR VALUES IN ('ai');
CREATE TABLE setting_other PARTITION OF setting DEFAULT;

-- Notices of another purpose, in partitions without a default one, which would
-- stand in the way of DETACH CONCURRENTLY.
CREATE TABLE notice (member integer, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE notice_2025 (at timestamptz, gone integer, member integer);
ALTER TABLE notice_2025 DROP gone;
ALTER TABLE notice ATTACH PARTITION notice_2025 FOR VALUES FROM ('2025-01-01Z') TO ('2026-01-01Z');

INSERT INTO member (id, birth) SELECT i, '1980-01-01' FROM generate_series(1, 8) i;
SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'notified_at') \g /dev/null
SELECT aiconsent.register_education('education', level => 'level', starts => 'starts', ends => 'ends') \g /dev/null
SELECT aiconsent.adopt_policy() \g /dev/null
SELECT aiconsent.register_preference('setting', 'member', 'value', condition => $$key = 'ai'$$) \g /dev/null
SELECT aiconsent.adopt_policy('other', effective_at => '2025-11-03Z', announced_at => '2025-09-18Z') \g /dev/null
SELECT aiconsent.register_notice('notice', 'member', 'at', 'other') \g /dev/null

-- Does the standing follow from the evidence?  Mended, if not.
CREATE FUNCTION in_step() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  wrong bigint;
BEGIN
  CREATE TEMP TABLE was ON COMMIT DROP AS
    SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing;
  CREATE TEMP TABLE had ON COMMIT DROP AS SELECT * FROM aiconsent.standing_int8;
  PERFORM aiconsent.rebuild_standing();
  SELECT count(*) INTO wrong FROM (
    (TABLE was EXCEPT ALL
      SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing)
    UNION ALL
    (SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing
      EXCEPT ALL TABLE was)) d;
  SELECT wrong + count(*) INTO wrong FROM (
    (TABLE had EXCEPT ALL TABLE aiconsent.standing_int8)
    UNION ALL
    (TABLE aiconsent.standing_int8 EXCEPT ALL TABLE had)) d;
  DROP TABLE was, had;
  RETURN CASE wrong WHEN 0 THEN 'in step' ELSE wrong || ' differ' END;
END $$;

-- Who of members 1 to 8 is out, and why.
CREATE FUNCTION out_are(purpose text DEFAULT 'content_generation') RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(string_agg(concat_ws(' ', i, v, CASE WHEN v::boolean <> e THEN '(NOT SO BY ELIGIBLE)' END),
      ', ' ORDER BY i), 'nobody')
  FROM generate_series(1, 8) i, LATERAL (SELECT aiconsent.verdict_of(i, purpose) AS v,
    aiconsent.eligible(i, purpose) AS e) j
  WHERE NOT v::boolean OR NOT e $$;
CREATE FUNCTION check_out(expected text, name text, purpose text DEFAULT 'content_generation')
  RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEXT is(out_are(purpose), expected, name);
  RETURN NEXT is(in_step(), 'in step', name || ': in step');
END $$;
-- Do the triggers stand on exactly the tables that are evidence?
CREATE VIEW guarded AS
  SELECT tgrelid AS relid, string_agg(concat(tgname, ' ', tgenabled), ', ' ORDER BY tgname) AS triggers
  FROM pg_trigger WHERE tgfoid = 'aiconsent.evidence_changed()'::regprocedure GROUP BY tgrelid;
CREATE VIEW to_be_guarded AS
  SELECT p.relid, concat('aiconsent_delete O, aiconsent_insert O, ',
    CASE WHEN p.isleaf THEN 'aiconsent_move O, aiconsent_replica R, ' END, 'aiconsent_truncate A, aiconsent_update O') AS triggers
  FROM unnest('{member,education,setting,notice}'::regclass[]) r, pg_partition_tree(r) p;
CREATE FUNCTION check_guarded(name text) RETURNS text LANGUAGE sql AS $$
  SELECT is((SELECT string_agg(relid::regclass::text, ', ') FROM (
    (TABLE guarded EXCEPT TABLE to_be_guarded) UNION (TABLE to_be_guarded EXCEPT TABLE guarded)) d), NULL, name) $$;

SELECT check_guarded('every partition has the triggers');
SELECT check_out('nobody', 'before anything is written');
SELECT check_out('1 not_notified, 2 not_notified, 3 not_notified, 4 not_notified, 5 not_notified, 6 not_notified, 7 not_notified, 8 not_notified',
  'nobody was told of the other purpose', 'other');

-- ---------------------------------------------------------------------------
-- Written through the partitioned table
-- ---------------------------------------------------------------------------

UPDATE member SET birth = '2015-01-01' WHERE id IN (1, 5, 6);
SELECT check_out('1 minor, 5 minor, 6 minor', 'UPDATE of births in several partitions');
UPDATE member SET birth = '1980-01-01';
DELETE FROM member WHERE id IN (2, 6);
SELECT check_out('2 unknown_subject, 6 unknown_subject', 'DELETE');
INSERT INTO member VALUES (2, '2015-01-01'), (6, '1980-01-01');
SELECT check_out('2 minor', 'INSERT');
INSERT INTO member VALUES (2, '1980-01-01'), (7, '2015-01-01') ON CONFLICT (id) DO UPDATE SET birth = EXCLUDED.birth;
SELECT check_out('7 minor', 'INSERT ON CONFLICT DO UPDATE');
INSERT INTO member VALUES (7, '1980-01-01'), (8, '2015-01-01') ON CONFLICT DO NOTHING;
SELECT check_out('7 minor', 'INSERT ON CONFLICT DO NOTHING');
MERGE INTO member m USING (VALUES (1, date '2015-01-01'), (7, '1980-01-01'), (8, NULL), (9, '1980-01-01')) n(id, birth)
  ON m.id = n.id
  WHEN MATCHED AND n.birth IS NULL THEN DELETE
  WHEN MATCHED THEN UPDATE SET birth = n.birth
  WHEN NOT MATCHED THEN INSERT VALUES (n.id, n.birth);
SELECT check_out('1 minor, 8 unknown_subject', 'MERGE that inserts, updates and deletes');
SELECT ok(aiconsent.eligible(9), 'and who is new is in');
DELETE FROM member WHERE id IN (1, 9);
COPY member (id, birth) FROM STDIN;
1	1980-01-01
8	2015-01-01
\.
SELECT check_out('8 minor', 'COPY');
WITH gone AS (DELETE FROM member WHERE id = 8 RETURNING id)
  INSERT INTO education SELECT 3, 'lycée', '2024-09-01', NULL FROM gone;
SELECT check_out('3 suspected_minor, 8 unknown_subject', 'two tables in one statement');
DELETE FROM education;
INSERT INTO member VALUES (8, '1980-01-01');

INSERT INTO education VALUES (1, 'lycée', '2024-09-01', NULL), (2, 'lycée', '1995-09-01', '1998-06-30'),
  (5, 'lycée', '2019-09-01', NULL), (6, 'lycée', NULL, NULL), (7, 'université', '2024-09-01', NULL);
SELECT check_out('1 suspected_minor, 5 suspected_minor, 6 suspected_minor', 'INSERT of schooling');
DELETE FROM education WHERE member = 6;
UPDATE education SET level = 'lycée' WHERE member = 7;
SELECT check_out('1 suspected_minor, 5 suspected_minor, 7 suspected_minor', 'DELETE and UPDATE of schooling');
UPDATE education SET member = 8 WHERE member = 7;
SELECT check_out('1 suspected_minor, 5 suspected_minor, 8 suspected_minor', 'schooling passes to another member');
DELETE FROM member WHERE id = 8;
INSERT INTO member VALUES (8, '1980-01-01');
SELECT check_out('1 suspected_minor, 5 suspected_minor', 'a member goes, and the schooling with it');

-- ---------------------------------------------------------------------------
-- Rows that move
-- ---------------------------------------------------------------------------

UPDATE education SET starts = '1995-09-01', ends = '1998-06-30' WHERE member = 1;
SELECT check_out('5 suspected_minor', 'schooling moves to the past');
UPDATE education SET starts = starts + interval '25 years', ends = NULL;
SELECT check_out('1 suspected_minor, 2 suspected_minor', 'and three rows forward at once: one is still to come');
UPDATE education SET starts = NULL WHERE member = 1;
UPDATE education SET starts = '2019-09-01' WHERE member = 5;
SELECT check_out('1 suspected_minor, 2 suspected_minor, 5 suspected_minor', 'to the default partition, and back');
MERGE INTO education e USING (VALUES (1), (2)) n(member) ON e.member = n.member
  WHEN MATCHED THEN UPDATE SET starts = '1995-09-01', ends = '1998-06-30';
SELECT check_out('5 suspected_minor', 'MERGE that moves and neither inserts nor deletes');
MERGE INTO education e USING (VALUES (1), (2), (5)) n(member) ON e.member = n.member
  WHEN MATCHED AND n.member = 5 THEN DELETE
  WHEN MATCHED THEN UPDATE SET starts = '2024-09-01', ends = NULL;
SELECT check_out('1 suspected_minor, 2 suspected_minor', 'MERGE that moves and deletes');
UPDATE education_20 SET starts = '2025-09-01', level = 'université';
SELECT check_out('nobody', 'UPDATE of a partition');
DELETE FROM education;

-- An objection goes with the person, whose schooling follows the key.
INSERT INTO education VALUES (3, 'lycée', '2024-09-01', NULL);
SELECT aiconsent.record_consent(3, 'content_generation', 'object') \g /dev/null
DELETE FROM member WHERE id = 8;
UPDATE member SET id = 8 WHERE id = 3;
SELECT check_out('3 unknown_subject, 8 opted_out,suspected_minor', 'a key changes, and the row moves');
DELETE FROM education;
INSERT INTO member VALUES (3, '1980-01-01');
SELECT check_out('3 opted_out, 8 opted_out', 'the old key comes back: what was said of it stays');
SELECT aiconsent.record_consents('{3,8}'::bigint[], 'content_generation', 'grant') \g /dev/null
SELECT check_out('nobody', 'until both grant');

-- ---------------------------------------------------------------------------
-- Written past the partitioned table
-- ---------------------------------------------------------------------------

UPDATE member_few SET birth = '2015-01-01' WHERE id = 1;
SELECT check_out('1 minor', 'UPDATE of a leaf with another order of columns');
UPDATE member_rest SET birth = '2015-01-01' WHERE id = 5;
SELECT check_out('1 minor, 5 minor', 'UPDATE of a part between root and leaf');
DELETE FROM member_few WHERE id = 1;
DELETE FROM member_rest_0;
DELETE FROM member_rest_1;
SELECT check_out('1 unknown_subject, 5 unknown_subject, 6 unknown_subject, 7 unknown_subject, 8 unknown_subject',
  'DELETE from leaves');
INSERT INTO member_few (id, birth) VALUES (1, '1980-01-01');
INSERT INTO member_rest (id, birth) VALUES (5, '1980-01-01'), (6, '2015-01-01'), (7, '1980-01-01'), (8, '1980-01-01');
SELECT check_out('6 minor', 'INSERT into parts');
INSERT INTO member_few (id, birth) VALUES (1, '2015-01-01') ON CONFLICT (id) DO UPDATE SET birth = EXCLUDED.birth;
UPDATE member_rest SET birth = '1980-01-01';
SELECT check_out('1 minor', 'INSERT ON CONFLICT into a leaf');
MERGE INTO member_few m USING (VALUES (1, date '1980-01-01'), (2, NULL), (3, '2015-01-01')) n(id, birth) ON m.id = n.id
  WHEN MATCHED AND n.birth IS NULL THEN DELETE
  WHEN MATCHED THEN UPDATE SET birth = n.birth;
SELECT check_out('2 unknown_subject, 3 minor', 'MERGE into a leaf');
DELETE FROM member_few WHERE id = 3;
COPY member_few (birth, id) FROM STDIN;
1980-01-01	2
1980-01-01	3
\.
SELECT check_out('nobody', 'COPY to a leaf');
INSERT INTO education_10 (member, level, starts) VALUES (4, 'lycée', '2019-09-01');
INSERT INTO education_new (member, level, starts) VALUES (5, 'lycée', '2024-09-01');
SELECT check_out('4 suspected_minor, 5 suspected_minor', 'INSERT of schooling into parts');
UPDATE education_new SET starts = starts + interval '10 years' WHERE member = 4;
SELECT check_out('5 suspected_minor', 'schooling moves within a part: it is still to come');
UPDATE education_new SET starts = '2015-09-01', ends = '2016-06-30' WHERE member = 5;
SELECT check_out('nobody', 'and back in time');
DELETE FROM education;

-- ---------------------------------------------------------------------------
-- Settings and notices
-- ---------------------------------------------------------------------------

INSERT INTO setting VALUES (1, 'ai', 'off'), (2, 'ai', 'on'), (3, 'mail', 'off'), (5, 'ai', NULL);
SELECT check_out('1 opted_out, 5 error', 'INSERT of settings');
UPDATE setting SET key = 'ai' WHERE member = 3;
SELECT check_out('1 opted_out, 3 opted_out, 5 error', 'one becomes the setting as its row moves');
UPDATE setting SET key = 'mail' WHERE member IN (1, 5);
SELECT check_out('3 opted_out', 'others are none any more: the default again');
UPDATE setting_ai SET value = CASE value WHEN 'on' THEN 'off' ELSE 'on' END;
SELECT check_out('2 opted_out', 'UPDATE of a leaf with another order of columns');
COPY setting_ai (member, key, value) FROM STDIN;
6	ai	no
\.
SELECT check_out('2 opted_out, 6 opted_out', 'COPY to it');
TRUNCATE setting_ai;
SELECT check_out('nobody', 'TRUNCATE of it: the default again');
TRUNCATE setting;
SELECT is((SELECT string_agg(subject || ' ' || decision, ', ' ORDER BY id) FROM aiconsent.consent WHERE channel = 'setting'),
  '1 mirror_false, 5 mirror_unknown, 3 mirror_false, 1 mirror_true, 5 mirror_true, 2 mirror_false, 3 mirror_true, 6 mirror_false, 2 mirror_true, 6 mirror_true',
  'every change of state was entered, once');

CREATE TABLE notice_2026 PARTITION OF notice FOR VALUES FROM ('2026-01-01Z') TO ('2027-01-01Z');
SELECT check_guarded('a new partition has the triggers');
INSERT INTO notice_2025 VALUES ('2025-10-01Z', 1), ('2025-06-01Z', 2);
INSERT INTO notice SELECT i, '2025-10-01Z' FROM generate_series(3, 7) i;
SELECT check_out('2 not_notified, 8 not_notified', 'INSERT of notices', 'other');
INSERT INTO notice_2026 VALUES (8, '2026-01-01Z');
UPDATE notice SET at = '2026-02-01Z' WHERE member = 2;
SELECT check_out('nobody', 'in the new partition, and one that moves there', 'other');

-- ---------------------------------------------------------------------------
-- Partitions come and go
-- ---------------------------------------------------------------------------

ALTER TABLE notice DETACH PARTITION notice_2026;
SELECT check_out('2 not_notified, 8 not_notified', 'DETACH takes rows away', 'other');
SELECT check_guarded('and the triggers');
UPDATE notice_2026 SET at = at + interval '1 day';
ALTER TABLE notice ATTACH PARTITION notice_2026 FOR VALUES FROM ('2026-01-01Z') TO ('2027-01-01Z');
SELECT check_out('nobody', 'ATTACH brings rows', 'other');
SELECT check_guarded('which have triggers again');
DELETE FROM notice_2026 WHERE member = 8;
SELECT check_out('8 not_notified', 'that fire', 'other');
ALTER TABLE notice DETACH PARTITION notice_2026 CONCURRENTLY;
SELECT check_out('2 not_notified, 8 not_notified', 'DETACH CONCURRENTLY takes rows away', 'other');
SELECT check_guarded('and the triggers, too');
DROP TABLE notice_2026;
DROP TABLE notice_2025;
SELECT is((SELECT count(*) FROM generate_series(1, 8) i WHERE aiconsent.eligible(i, 'other')), 0::bigint,
  'DROP of a partition with rows');
SELECT is(in_step(), 'in step', 'is in step');

-- A partition with schooling, at the lower level, and a whole branch.
CREATE TABLE pupil (starts date, level text, ends date, member integer);
INSERT INTO pupil VALUES ('2005-09-01', 'lycée', NULL, 1), ('2006-09-01', 'lycée', '2035-06-30', 2);
ALTER TABLE education DETACH PARTITION education_old;
ALTER TABLE education ATTACH PARTITION pupil FOR VALUES FROM (MINVALUE) TO ('2010-01-01');
SELECT check_out('2 suspected_minor', 'ATTACH of schooling');
DROP TABLE pupil;
SELECT check_out('nobody', 'DROP of it');
CREATE TABLE branch (ends date, starts date, level text, member integer) PARTITION BY RANGE (starts);
CREATE TABLE branch_05 (level text, member integer, starts date, ends date);
ALTER TABLE branch ATTACH PARTITION branch_05 FOR VALUES FROM ('2005-01-01') TO ('2006-01-01');
INSERT INTO branch (member, level, starts, ends) VALUES (3, 'lycée', '2005-09-01', '2035-06-30');
ALTER TABLE education ATTACH PARTITION branch FOR VALUES FROM (MINVALUE) TO ('2010-01-01');
SELECT check_out('3 suspected_minor', 'ATTACH of a branch');
SELECT check_guarded('whose parts have triggers');
UPDATE branch_05 SET member = 5;
SELECT check_out('5 suspected_minor', 'that fire');
ALTER TABLE branch DETACH PARTITION branch_05;
SELECT check_out('nobody', 'DETACH within the branch');
ALTER TABLE branch ATTACH PARTITION branch_05 FOR VALUES FROM ('2005-01-01') TO ('2006-01-01');
SELECT check_out('5 suspected_minor', 'ATTACH within the branch');
ALTER TABLE education DETACH PARTITION branch;
SELECT check_out('nobody', 'DETACH of a branch');
SELECT check_guarded('whose parts have lost their triggers');
DROP TABLE branch;
CREATE SCHEMA more
  CREATE TABLE education_00 PARTITION OF public.education FOR VALUES FROM (MINVALUE) TO ('2010-01-01')
  CREATE TABLE unrelated (id integer);
SELECT check_guarded('a partition that is made with its schema has the triggers');
INSERT INTO more.education_00 VALUES (6, 'lycée', '2009-09-01', '2035-06-30');
SELECT check_out('6 suspected_minor', 'and they fire');
DROP SCHEMA more CASCADE;
SELECT check_out('nobody', 'with the schema the schooling goes');

-- Members, too: an index and a foreign key go with them.
CREATE TABLE arrived (notified_at timestamptz, id integer NOT NULL, birth date);
INSERT INTO arrived VALUES ('2025-10-01Z', 20, '1980-01-01'), ('2025-10-01Z', 21, '2015-01-01');
ALTER TABLE member ATTACH PARTITION arrived FOR VALUES IN (20, 21);
SELECT is(aiconsent.verdict_of(20)::text || ' ' || aiconsent.verdict_of(21), 'eligible minor', 'ATTACH of members');
SELECT is(in_step(), 'in step', 'is in step');
ALTER TABLE member DETACH PARTITION arrived;
SELECT is(aiconsent.verdict_of(20)::text || ' ' || aiconsent.eligible(20), 'unknown_subject false', 'DETACH of members');
SELECT is(in_step(), 'in step', 'is in step');
ALTER TABLE member ATTACH PARTITION arrived FOR VALUES IN (20, 21);
BEGIN;
DROP TABLE arrived CASCADE;
SELECT is(aiconsent.eligible(20), false, 'DROP of members, in its own transaction');
ROLLBACK;
SELECT is(aiconsent.eligible(20), true, 'that is rolled back');
SELECT is(in_step(), 'in step', 'is in step');

-- ---------------------------------------------------------------------------
-- TRUNCATE
-- ---------------------------------------------------------------------------

INSERT INTO education VALUES (1, 'lycée', '2024-09-01', NULL), (4, 'lycée', '2019-09-01', NULL), (5, 'lycée', NULL, NULL);
SELECT check_out('1 suspected_minor, 4 suspected_minor, 5 suspected_minor', 'three at school');
TRUNCATE education_10;
SELECT check_out('1 suspected_minor, 5 suspected_minor', 'TRUNCATE of a leaf');
TRUNCATE ONLY education_undated;
SELECT check_out('1 suspected_minor', 'TRUNCATE ONLY of a leaf');
TRUNCATE education;
SELECT check_out('nobody', 'TRUNCATE');
TRUNCATE member CASCADE;
SELECT is((SELECT count(*) FROM aiconsent.standing), 0::bigint, 'TRUNCATE of the members');
SELECT is(in_step(), 'in step', 'is in step');
INSERT INTO member (id, birth) SELECT i, '1980-01-01' FROM generate_series(1, 8) i;
SELECT check_out('nobody', 'they come back');

-- ---------------------------------------------------------------------------
-- Refused: past our triggers, or another type under them
-- ---------------------------------------------------------------------------

CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE far (at timestamptz, member integer) SERVER nowhere;
SELECT throws_ok('CREATE FOREIGN TABLE far_notice PARTITION OF notice
    FOR VALUES FROM (''2030-01-01Z'') TO (''2031-01-01Z'') SERVER nowhere',
  '55000', NULL, 'a foreign partition is refused');
SELECT throws_ok('ALTER TABLE notice ATTACH PARTITION far FOR VALUES FROM (''2030-01-01Z'') TO (''2031-01-01Z'')',
  '55000', NULL, 'attached, too');
CREATE TABLE near (at timestamptz, member integer) PARTITION BY RANGE (at);
ALTER TABLE near ATTACH PARTITION far FOR VALUES FROM ('2030-01-01Z') TO ('2031-01-01Z');
SELECT throws_ok('ALTER TABLE notice ATTACH PARTITION near FOR VALUES FROM (''2030-01-01Z'') TO (''2031-01-01Z'')',
  '55000', NULL, 'and under a part');
SELECT throws_ok($$SELECT aiconsent.register_notice('near', 'member', 'at', 'content_generation')$$,
  '42809', NULL, 'and where it is there before the declaration');

CREATE UNLOGGED TABLE passing (at timestamptz, member integer);
SELECT throws_ok('ALTER TABLE notice ATTACH PARTITION passing FOR VALUES FROM (''2030-01-01Z'') TO (''2031-01-01Z'')',
  '55000', NULL, 'an unlogged partition, which loses its rows in a crash, is refused');
SELECT throws_ok('CREATE UNLOGGED TABLE passing_30 PARTITION OF notice FOR VALUES FROM (''2030-01-01Z'') TO (''2031-01-01Z'')',
  '55000', NULL, 'created, too');
SELECT throws_ok('ALTER TABLE setting_ai SET UNLOGGED', '55000', NULL, 'and where it becomes one');

SELECT throws_ok(format('ALTER TABLE %s ALTER %s TYPE %s', t, c, y), s, NULL, format('ALTER TYPE of %s.%s is refused', t, c))
FROM (VALUES ('member', 'id', 'bigint', '42P16'), ('member', 'birth', 'text', '0A000'), ('education', 'level', 'varchar', '0A000'),
  ('member_few', 'birth', 'text', '42P16'), ('setting', 'value', 'varchar', '0A000'), ('setting', 'key', 'varchar', '42P16'),
  ('notice', 'member', 'bigint', '0A000')) v(t, c, y, s);

CREATE TABLE plain (member integer, level text);
SELECT aiconsent.register_education('plain', 'member', 'level') \g /dev/null
SELECT throws_ok('CREATE TABLE heir () INHERITS (plain)', '55000', NULL, 'inheritance is refused');
CREATE TABLE heir (member integer, level text);
CREATE TABLE forebear (member integer, level text);
SELECT throws_ok('ALTER TABLE heir INHERIT plain', '55000', NULL, 'so is a child that is there already');
SELECT throws_ok('ALTER TABLE plain INHERIT forebear', '55000', NULL, 'and a parent');
SELECT throws_ok('CREATE SCHEMA more CREATE TABLE heir () INHERITS (public.plain)', '55000', NULL, 'in a new schema, too');
SELECT throws_ok('CREATE FOREIGN TABLE heir_afar () INHERITS (plain) SERVER nowhere', '55000', NULL, 'and a foreign child');

CREATE TABLE whole (member integer, level text) PARTITION BY LIST (member);
SELECT throws_ok('ALTER TABLE whole ATTACH PARTITION plain DEFAULT', '55000', NULL,
  'so is to become a partition: it would be written through the whole');
CREATE TABLE whole_education (member integer, level text, starts date, ends date) PARTITION BY LIST (member);
SELECT throws_ok('ALTER TABLE whole_education ATTACH PARTITION education DEFAULT', '55000', NULL,
  'for a partitioned table, too');
SELECT throws_ok('ALTER TABLE plain SET UNLOGGED', '55000', NULL, 'nor does any table of evidence become unlogged');

-- ---------------------------------------------------------------------------
-- Nobody's business: tables that are no evidence, and who may alter
-- ---------------------------------------------------------------------------

BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TABLE unrelated (id integer) PARTITION BY RANGE (id);
CREATE TABLE unrelated_1 PARTITION OF unrelated FOR VALUES FROM (1) TO (2);
INSERT INTO unrelated VALUES (1);
ALTER TABLE unrelated DETACH PARTITION unrelated_1;
DROP TABLE unrelated_1;
CREATE TABLE notice_2027 PARTITION OF notice FOR VALUES FROM ('2027-01-01Z') TO ('2028-01-01Z');
COMMIT;
SELECT pass('other tables, and empty partitions, are altered at any isolation level');

CREATE ROLE partitions_owner NOLOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO partitions_owner;
ALTER TABLE notice OWNER TO partitions_owner;
SET ROLE partitions_owner;
CREATE TABLE notice_2028 PARTITION OF notice FOR VALUES FROM ('2028-01-01Z') TO ('2029-01-01Z');
CREATE TABLE owned (at timestamptz, member integer);
INSERT INTO owned VALUES ('2025-10-01Z', 1);
ALTER TABLE notice ATTACH PARTITION owned FOR VALUES FROM ('2025-01-01Z') TO ('2026-01-01Z');
RESET ROLE;
SELECT ok(aiconsent.eligible(1, 'other'), 'the owner of evidence attaches rows, who has no right on what is ours');
SELECT is(in_step(), 'in step', 'is in step');
SET ROLE partitions_owner;
DROP TABLE owned;
RESET ROLE;
SELECT ok(NOT aiconsent.eligible(1, 'other'), 'and drops them');
SELECT is(in_step(), 'in step', 'is in step');

-- A session that stands in for replication has its commands seen to as well.
CREATE TABLE quiet (at timestamptz, member integer);
INSERT INTO quiet VALUES ('2025-10-01Z', 1), ('2025-10-01Z', 2);
SET session_replication_role = replica;
ALTER TABLE notice ATTACH PARTITION quiet FOR VALUES FROM ('2025-01-01Z') TO ('2026-01-01Z');
RESET session_replication_role;
SELECT ok(aiconsent.eligible(1, 'other'), 'ATTACH in the replica role');
SELECT is(in_step(), 'in step', 'is in step');
SET session_replication_role = replica;
DROP TABLE quiet;
RESET session_replication_role;
SELECT ok(NOT aiconsent.eligible(1, 'other'), 'DROP in the replica role');
SELECT is(in_step(), 'in step', 'is in step');

DROP OWNED BY partitions_owner CASCADE;
DROP ROLE partitions_owner;
SELECT * FROM finish();
