-- Schema changes fail closed: whatever is renamed, swapped, dropped, moved or
-- given away after it was declared and published, a column is released by its
-- own label only, and a row by its own subject's verdict.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set QUIET 1

BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

CREATE ROLE changes_owner NOLOGIN;
CREATE ROLE changes_heir NOLOGIN;
CREATE ROLE changes_reader NOLOGIN;
GRANT USAGE ON SCHEMA aiconsent TO changes_owner;

-- Members: 1 adult, 2 a child, 3 an adult at school, 4 an adult who objects.
-- Each wrote the post of the same number.
CREATE SCHEMA app AUTHORIZATION changes_owner;
SET LOCAL ROLE changes_owner;
SET LOCAL search_path = app, public;
CREATE TABLE member (id integer PRIMARY KEY, name text, birth date, joined date,
  notified_at timestamptz);
CREATE TABLE education (id integer PRIMARY KEY,
  member_id integer REFERENCES member ON DELETE CASCADE ON UPDATE CASCADE,
  level text, starts date, ends date);
CREATE TABLE post (id integer PRIMARY KEY,
  author integer REFERENCES member ON DELETE CASCADE ON UPDATE CASCADE,
  body text, secret text, draft text, at timestamptz);
INSERT INTO member SELECT i, 'name ' || i,
  CASE i WHEN 2 THEN date '2016-01-01' ELSE '1980-01-01' END, '2020-01-01', '2025-10-01Z'
  FROM generate_series(1, 4) i;
INSERT INTO education VALUES (1, 1, '7', '1999-09-01', '2004-06-30'), (3, 3, 'lycée', '2025-01-01', NULL);
INSERT INTO post SELECT i, i, 'body ' || i, 'SECRET ' || i, 'DRAFT ' || i, '2025-12-01Z'
  FROM generate_series(1, 4) i;
RESET ROLE;

SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'notified_at') \g /dev/null
SELECT aiconsent.register_education('education', level => 'level', starts => 'starts', ends => 'ends') \g /dev/null
SELECT aiconsent.register_source('post', occurred_at => 'at') \g /dev/null
SELECT aiconsent.register_field('post', f, s) FROM (VALUES ('id'::name, 'public'::aiconsent.sensitivity),
  ('body', 'personal{content.post}'), ('secret', 'never{message}')) v(f, s) \g /dev/null
SELECT aiconsent.adopt_policy() \g /dev/null
SELECT aiconsent.record_consent(4, 'content_generation', 'object') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.grant_role('changes_reader', 'reader') \g /dev/null

-- The members whose posts are in, and what the reader is shown of them.
CREATE FUNCTION public.who() RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  found integer[];
BEGIN
  EXECUTE 'SELECT COALESCE(array_agg(id ORDER BY id), ''{}'') FROM training.post' INTO found;
  RETURN found;
END $$;
CREATE FUNCTION public.shown(view text DEFAULT 'training.post') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL ROLE changes_reader;
  RETURN QUERY EXECUTE 'SELECT to_jsonb(v)::text FROM ' || view || ' v ORDER BY 1';
  RESET ROLE;
END $$;
-- How a statement fails: state, message and detail; '' where it does not.
CREATE FUNCTION public.failure(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state text;
  message text;
  detail text;
BEGIN
  EXECUTE statement;
  RETURN '';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
    detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' ', state, message, detail);
END $$;
-- As the owner of the tables, who is no superuser.
CREATE FUNCTION public.as_owner(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL ROLE changes_owner;
  EXECUTE statement;
  RESET ROLE;
END $$;
GRANT USAGE, CREATE ON SCHEMA app TO changes_heir;

SELECT is(who(), '{1}', 'before any change the adult is in');
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "body": "body 1"}'],
  'and the labelled columns are shown');
SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Renamed
-- ---------------------------------------------------------------------------

SELECT as_owner('ALTER TABLE member RENAME id TO key;
  ALTER TABLE member RENAME birth TO born; ALTER TABLE member RENAME TO person') \g /dev/null
SELECT as_owner('ALTER TABLE education RENAME member_id TO pupil;
  ALTER TABLE education RENAME level TO kind; ALTER TABLE education RENAME TO school') \g /dev/null
SELECT as_owner('ALTER TABLE post RENAME author TO writer; ALTER TABLE post RENAME body TO words;
  ALTER TABLE post RENAME TO text') \g /dev/null
ALTER SCHEMA app RENAME TO "new app";
SET LOCAL search_path = "new app", public;
SELECT is(who(), '{1}', 'columns, tables and the schema are renamed: the same posts are in');
UPDATE person SET born = '2016-01-01' WHERE key = 1;
UPDATE person SET born = '1980-01-01' WHERE key = 2;
SELECT is(who(), '{2}', 'a birth date takes effect under its new name');
INSERT INTO school VALUES (5, 2, 'lycée', '2025-01-01', NULL);
DELETE FROM school WHERE pupil = 3;
SELECT is(who(), '{3}', 'so does schooling');
SELECT is((SELECT array_agg(relation || '.' || field ORDER BY field) FROM aiconsent.field),
  ARRAY['text.id', 'text.secret', 'text.words'], 'labels stay with their columns');
SELECT results_eq('SELECT shown()', ARRAY['{"id": 3, "body": "body 3"}'],
  'the training view shows what it showed');
SELECT as_owner($$SELECT aiconsent.register_field('"new app".text', 'words', 'never{message}')$$) \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 3, "body": null}'],
  'a label that is raised under the new name is withdrawn from the old one');
SELECT as_owner($$SELECT aiconsent.register_field('"new app".text', 'words', 'personal{content.post}')$$) \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 3, "words": "body 3"}'],
  'the next publish() shows it under the new name');
ROLLBACK TO SAVEPOINT declared;

ALTER SCHEMA training RENAME TO corpora;
SELECT as_owner($$SELECT aiconsent.register_field('app.post', 'body', 'never{message}')$$) \g /dev/null
SELECT results_eq($$SELECT shown('corpora.post')$$, ARRAY['{"id": 1, "body": null}'],
  'the schema of the training views is renamed: a raised label is withdrawn');
SELECT is((SELECT count(*) FROM corpora.corpus), 0::bigint, 'from the corpus too');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Two names swapped
-- ---------------------------------------------------------------------------

SELECT as_owner('ALTER TABLE member RENAME birth TO swap; ALTER TABLE member RENAME joined TO birth;
  ALTER TABLE member RENAME swap TO joined') \g /dev/null
UPDATE member SET birth = '2016-01-01';
SELECT is(who(), '{1}', 'birth and another date swap names: what is called birth now is not read as one');
UPDATE member SET joined = '2016-01-01' WHERE id = 1;
UPDATE member SET joined = '1980-01-01' WHERE id = 2;
SELECT is(who(), '{2}', 'what was declared as birth is');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('ALTER TABLE education RENAME starts TO swap; ALTER TABLE education RENAME ends TO starts;
  ALTER TABLE education RENAME swap TO ends') \g /dev/null
UPDATE education SET starts = '2025-06-30' WHERE member_id = 3;
SELECT is(who(), '{1,3}', 'start and end swap names: the end is still the end');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('ALTER TABLE post RENAME body TO swap; ALTER TABLE post RENAME secret TO body;
  ALTER TABLE post RENAME swap TO secret') \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "body": "body 1"}'],
  'a released and a secret column swap names: the same content is shown');
SELECT is((SELECT array_agg(concat(field, ' ', level) ORDER BY field) FROM aiconsent.field),
  ARRAY['body never', 'id public', 'secret personal'], 'sensitivity follows the column');
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "secret": "body 1"}'],
  'also after publish()');
SELECT is((SELECT count(*) FROM training.corpus WHERE content LIKE 'SECRET%'), 0::bigint,
  'and in the corpus');
SELECT as_owner($$SELECT aiconsent.register_field('app.post', 'secret', 'never{message}')$$) \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "secret": null}'],
  'a label acts on the column that has the name now');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('ALTER TABLE post RENAME body TO swap; ALTER TABLE post RENAME draft TO body;
  ALTER TABLE post RENAME swap TO draft') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "draft": "body 1"}'],
  'an unlabelled column gets a released one''s name: it is not released by that');
ROLLBACK TO SAVEPOINT declared;

-- Subjects of a row: who wrote it swaps names with who read it.
SELECT as_owner('ALTER TABLE post ADD reader integer DEFAULT 1;
  ALTER TABLE post RENAME author TO swap; ALTER TABLE post RENAME reader TO author;
  ALTER TABLE post RENAME swap TO reader') \g /dev/null
SELECT is(who(), '{1}', 'the subject''s column swaps names with another: the same person is asked');
SELECT aiconsent.publish() \g /dev/null
SELECT is(who(), '{1}', 'also after publish()');
ROLLBACK TO SAVEPOINT declared;

-- Two tables: diary has what post has, and everybody's.
SELECT as_owner('CREATE TABLE diary AS SELECT id, 1 AS author, ''DIARY'' AS body, secret, draft, at FROM post;
  ALTER TABLE post RENAME TO swap; ALTER TABLE diary RENAME TO post; ALTER TABLE swap RENAME TO diary') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "body": "body 1"}'],
  'a source and another table swap names: the declared one is read, the other one never');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('CREATE TABLE other AS SELECT id, name, date ''1980-01-01'' AS birth, joined, notified_at FROM member;
  ALTER TABLE member RENAME TO swap; ALTER TABLE other RENAME TO member; ALTER TABLE swap RENAME TO other') \g /dev/null
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is(who(), '{1}', 'the subject table swaps names with another: the declared one is read');
UPDATE other SET birth = '1980-01-01' WHERE id = 2;
SELECT is(who(), '{1,2}', 'and its changes take effect');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Added, dropped, added again
-- ---------------------------------------------------------------------------

SELECT as_owner($$ALTER TABLE post ADD COLUMN extra text DEFAULT 'EXTRA'$$) \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "body": "body 1"}'], 'an added column is not shown');
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "body": "body 1"}'], 'nor after publish()');
SELECT is((SELECT count(*) FROM training.corpus WHERE content LIKE 'EXTRA%'), 0::bigint,
  'nor in the corpus');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('ALTER TABLE post DROP COLUMN body CASCADE') \g /dev/null
SELECT is(to_regclass('training.post'), NULL,
  'a published column is dropped with CASCADE: its training view is gone');
SELECT is(to_regclass('training.corpus'), NULL, 'and the corpus with it');
SELECT as_owner($$ALTER TABLE post ADD COLUMN body text DEFAULT 'NEW'$$) \g /dev/null
SELECT is((SELECT count(*) FROM pg_seclabels WHERE objname = 'app.post.body'), 0::bigint,
  'a column of the same name has none of its labels');
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1}'], 'and is not released');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner($$SELECT aiconsent.register_field('app.post', 'body', 'never{message}')$$) \g /dev/null
SELECT as_owner('ALTER TABLE post DROP COLUMN body') \g /dev/null
SELECT as_owner($$ALTER TABLE post ADD COLUMN body text DEFAULT 'NEW'$$) \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "body": null}'],
  'a withdrawn column can be dropped; one of the same name is not shown in its place');
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1}'], 'nor after publish()');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- What a declaration rests on cannot be dropped or change its type
-- ---------------------------------------------------------------------------

CREATE TEMP TABLE used (relation name, field name, by text);
INSERT INTO used VALUES
  ('member', 'id', 'subject_member_binding'), ('member', 'birth', 'subject_member_binding'),
  ('member', 'notified_at', 'subject_member_binding'),
  ('education', 'member_id', 'education_education_binding'),
  ('education', 'level', 'education_education_binding'),
  ('education', 'starts', 'education_education_binding'),
  ('education', 'ends', 'education_education_binding'),
  ('post', 'author', 'source_post_binding'), ('post', 'at', 'source_post_binding'),
  ('post', 'body', 'training.post');
SELECT matches(failure(format('ALTER TABLE app.%I DROP COLUMN %I', relation, field)),
  '^2BP01 cannot drop column ' || field || ' .*' || by,
  relation || '.' || field || ' cannot be dropped: the error names what needs it')
FROM used;
SELECT matches(failure(format('ALTER TABLE app.%I ALTER COLUMN %I TYPE %s USING NULL', relation, field,
    CASE WHEN field IN ('id', 'member_id', 'author') THEN 'bigint' ELSE 'varchar' END)),
  '^0A000 cannot alter type of a column used by a view or rule.*' || by,
  relation || '.' || field || ' cannot change its type: the error names what needs it')
FROM used;
SELECT matches(failure('DROP TABLE app.' || relation),
  '^2BP01 cannot drop table .*' || relation || '_binding',
  'table ' || relation || ' cannot be dropped: the error names what needs it')
FROM (VALUES ('member'), ('education'), ('post')) v(relation);
SELECT is(failure('ALTER TABLE app.member ALTER name TYPE varchar, DROP joined'), '',
  'columns that nothing rests on can');
SELECT is(who(), '{1}', 'and nothing has changed');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Dropped all the same
-- ---------------------------------------------------------------------------

SELECT as_owner('DROP TABLE member CASCADE') \g /dev/null
SELECT is(who(), '{}', 'the subject table is dropped with CASCADE: nobody is in');
SELECT is((SELECT bool_or(aiconsent.eligible(i)) FROM generate_series(1, 4) i), false,
  'nobody is eligible');
SELECT is(aiconsent.verdict_of(1)::text, 'unknown_subject', 'nobody is known');
SELECT is((SELECT count(*) FROM aiconsent.standing), 0::bigint, 'and nobody has a standing');
SELECT is((SELECT changed_by FROM aiconsent.change WHERE what = 'unregister_subject'),
  'changes_owner', 'it is written down who did it');
SELECT as_owner($$CREATE TABLE member (id integer PRIMARY KEY, birth date, notified_at timestamptz);
  INSERT INTO member VALUES (1, '2016-01-01', '2025-10-01Z'), (2, '1980-01-01', '2025-10-01Z'),
    (4, '1980-01-01', '2025-10-01Z')$$) \g /dev/null
SELECT is(who(), '{}', 'another table of the same name is not the subject table');
SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'notified_at') \g /dev/null
SELECT is(who(), '{2}', 'until it is declared; then what was said before counts');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('DROP TABLE education CASCADE') \g /dev/null
SELECT is(who(), '{1,3}', 'schooling is dropped with CASCADE: all are judged without it');
SELECT is((SELECT changed_by FROM aiconsent.change WHERE what = 'unregister_education'),
  'changes_owner', 'and it is written down who did it');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('DROP TABLE post CASCADE') \g /dev/null
SELECT is(to_regclass('training.post'), NULL, 'a source is dropped with CASCADE: so is its training view');
SELECT is(failure('SELECT aiconsent.publish()'), '', 'and publish() goes on without it');
ROLLBACK TO SAVEPOINT declared;

DROP VIEW aiconsent.source_post_binding;
SELECT aiconsent.publish() \g /dev/null
SELECT is(to_regclass('training.post'), NULL,
  'a declaration ends: its training view is gone at the next publish()');
ROLLBACK TO SAVEPOINT declared;
CREATE VIEW app.mine AS SELECT id, body FROM training.post;
DROP VIEW aiconsent.source_post_binding;
SELECT aiconsent.publish() \g /dev/null
SELECT is((SELECT count(*) FROM app.mine), 0::bigint, 'or is empty where something is built on it');
ROLLBACK TO SAVEPOINT declared;

-- A declaration that ends and comes again.
DROP VIEW aiconsent.source_post_binding;
SELECT as_owner($$SELECT aiconsent.register_field('app.post', 'body', 'personal{content.post,profile}')$$) \g /dev/null
SELECT results_eq('SELECT shown()', '{}'::text[],
  'a label that is raised after the declaration ended: the training view shows nothing');
SELECT aiconsent.register_source('post', occurred_at => 'at') \g /dev/null
SELECT is(failure('SELECT aiconsent.publish()'), '', 'declared anew, it can be published');
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "body": "body 1"}'], 'and is read again');
ROLLBACK TO SAVEPOINT declared;

DROP SCHEMA app CASCADE;
SELECT is((SELECT count(*) FROM aiconsent.standing) + (SELECT count(*) FROM aiconsent.standing_int8)
  + (SELECT count(*) FROM aiconsent.registration), 0::bigint,
  'the whole schema is dropped: no declaration and nobody''s standing is left');
ROLLBACK TO SAVEPOINT declared;

DROP OWNED BY changes_owner CASCADE;
SELECT is((SELECT count(*) FROM aiconsent.standing) + (SELECT count(*) FROM aiconsent.standing_int8)
  + (SELECT count(*) FROM aiconsent.registration), 0::bigint,
  'and so it is with all that its owner owns');
ROLLBACK TO SAVEPOINT declared;

SELECT as_owner('ALTER TABLE member DROP CONSTRAINT member_pkey CASCADE') \g /dev/null
INSERT INTO member VALUES (1, 'twice', '1980-01-01', NULL, '2025-10-01Z');
SELECT is(aiconsent.verdict_of(1)::text, 'error', 'the key is not unique any more: two rows for one person are out');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Training views that their owner renames or moves
-- ---------------------------------------------------------------------------

-- Which takes a right that it does not get from us.
GRANT USAGE, CREATE ON SCHEMA training TO changes_owner;
GRANT USAGE ON SCHEMA app TO changes_reader;
SAVEPOINT granted;
SELECT as_owner('ALTER VIEW training.post RENAME TO mine') \g /dev/null
SELECT as_owner($$SELECT aiconsent.register_field('app.post', 'body', 'never{message}')$$) \g /dev/null
SELECT results_eq($$SELECT shown('training.mine')$$, ARRAY['{"id": 1, "body": null}'],
  'a training view is renamed: a raised label is withdrawn from it');
SELECT is((SELECT count(*) FROM training.corpus), 0::bigint, 'and from the corpus');
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq($$SELECT shown('training.mine')$$, ARRAY['{"id": 1}'],
  'publish() renews it under its name');
ROLLBACK TO SAVEPOINT granted;

SELECT as_owner('ALTER VIEW training.post RENAME TO moved; ALTER VIEW training.moved SET SCHEMA app') \g /dev/null
SELECT as_owner($$SELECT aiconsent.register_field('app.post', NULL, 'never{message}')$$) \g /dev/null
SELECT is_empty($$SELECT shown('app.moved')$$,
  'a training view is moved: a label on the whole table is withdrawn from it');
ROLLBACK TO SAVEPOINT granted;

SELECT as_owner('ALTER VIEW training.post RENAME COLUMN body TO words') \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "words": "body 1"}'],
  'a training view''s column is renamed');
SELECT as_owner($$SELECT aiconsent.register_field('app.post', 'body', NULL)$$) \g /dev/null
SELECT results_eq('SELECT shown()', ARRAY['{"id": 1, "words": null}'],
  'a label that is taken away is withdrawn from it');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Given to another owner
-- ---------------------------------------------------------------------------

ALTER TABLE member OWNER TO changes_heir;
ALTER TABLE education OWNER TO changes_heir;
UPDATE member SET birth = '1980-01-01' WHERE id = 2;
DELETE FROM education WHERE id = 3;
SELECT is(who(), '{1,2,3}', 'tables of evidence get another owner: what they say still counts');
ROLLBACK TO SAVEPOINT declared;

ALTER TABLE post OWNER TO changes_heir;
SELECT is(failure($$SELECT shown()$$) ~ '^(42501 permission denied|$)', true,
  'a source gets another owner: readers read on, or are refused');
SELECT aiconsent.publish() \g /dev/null
SELECT is((SELECT relowner::regrole::text FROM pg_class WHERE oid = 'training.post'::regclass),
  'changes_heir', 'after publish() its training view belongs to that owner');
SELECT is(failure($$SELECT shown()$$), '', 'and is read again');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Evidence, written in every way
-- ---------------------------------------------------------------------------

TRUNCATE education;
SELECT is(who(), '{1,3}', 'TRUNCATE of schooling takes effect');
ROLLBACK TO SAVEPOINT declared;
ALTER TABLE post DROP CONSTRAINT post_author_fkey;
TRUNCATE member CASCADE;
SELECT is(who(), '{}', 'TRUNCATE of the members takes effect');
SELECT is(aiconsent.verdict_of(1)::text, 'unknown_subject', 'nobody is known');
ROLLBACK TO SAVEPOINT declared;

UPDATE member SET id = 10 WHERE id = 2;
SELECT is(ARRAY[aiconsent.verdict_of(2), aiconsent.verdict_of(10)]::text[],
  '{unknown_subject,minor}', 'a key changes: the new one is judged, the old one unknown');
UPDATE member SET id = 30 WHERE id = 3;
SELECT is(ARRAY[aiconsent.verdict_of(3), aiconsent.verdict_of(30)]::text[],
  '{unknown_subject,suspected_minor}', 'schooling follows by its foreign key');
UPDATE member SET id = 11 WHERE id = 1;
SELECT is(who(), '{1}', 'so do the posts');
ROLLBACK TO SAVEPOINT declared;

-- The person is the same, whatever number the row has.
UPDATE member SET id = 40 WHERE id = 4;
SELECT is(aiconsent.eligible(40), false, 'an objection is not lost when the key changes');
SELECT is(who(), '{1}', 'and the objector''s posts stay out');
ROLLBACK TO SAVEPOINT declared;

-- The new key was somebody else's, who granted later than the objector objected.
INSERT INTO member VALUES (40, 'somebody', '1980-01-01', '2020-01-01', '2025-10-01Z');
SELECT aiconsent.record_consent(40, 'content_generation', 'grant', notice_version => 'v1') \g /dev/null
DELETE FROM member WHERE id = 40;
UPDATE member SET id = 40 WHERE id = 4;
SELECT is(aiconsent.eligible(40), false,
  'an objection is not lost when the key changes to one that somebody granted under');
SELECT is(aiconsent.granted(40), false, 'nor does that grant pass to the objector');
ROLLBACK TO SAVEPOINT declared;

-- All are numbered anew: everybody gets the key of the next, who granted.
SELECT as_owner('ALTER TABLE education DROP CONSTRAINT education_member_id_fkey;
  ALTER TABLE post DROP CONSTRAINT post_author_fkey;
  ALTER TABLE member DROP CONSTRAINT member_pkey, ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED') \g /dev/null
INSERT INTO member VALUES (5, 'somebody', '1980-01-01', '2020-01-01', '2025-10-01Z');
SELECT aiconsent.record_consent(5, 'content_generation', 'grant', notice_version => 'v1') \g /dev/null
UPDATE member SET id = id + 1;
SELECT is(ARRAY[aiconsent.eligible(5), aiconsent.granted(5)], '{f,f}',
  'members are numbered anew: the objector is out under the number of one who granted');
ROLLBACK TO SAVEPOINT declared;

MERGE INTO member m USING (VALUES (1, date '2016-01-01'), (2, '1980-01-01'), (5, '1980-01-01')) v(id, birth)
  ON m.id = v.id
  WHEN MATCHED THEN UPDATE SET birth = v.birth
  WHEN NOT MATCHED THEN INSERT (id, birth, notified_at) VALUES (v.id, v.birth, '2025-10-01Z');
SELECT is(ARRAY(SELECT id FROM member WHERE aiconsent.eligible(id) ORDER BY 1), '{2,5}',
  'MERGE that updates and inserts members takes effect');
MERGE INTO member m USING (VALUES (2), (5)) v(id) ON m.id = v.id
  WHEN MATCHED AND m.id = 5 THEN DELETE
  WHEN MATCHED THEN UPDATE SET birth = '2016-01-01';
SELECT is(ARRAY(SELECT id FROM generate_series(1, 5) id WHERE aiconsent.eligible(id)), '{}',
  'MERGE that updates and deletes members takes effect');
MERGE INTO education e USING (VALUES (1), (3), (5)) v(id) ON e.id = v.id
  WHEN MATCHED AND e.id = 3 THEN DELETE
  WHEN MATCHED THEN UPDATE SET level = 'lycée', ends = NULL, starts = '2025-01-01'
  WHEN NOT MATCHED THEN INSERT VALUES (v.id, 4, 'lycée', '2025-01-01', NULL);
SELECT is(ARRAY(SELECT aiconsent.verdict_of(id)::text FROM generate_series(1, 4) id),
  '{"minor,suspected_minor",minor,eligible,"opted_out,suspected_minor"}',
  'MERGE of schooling takes effect');
ROLLBACK TO SAVEPOINT declared;

INSERT INTO member (id, birth, notified_at) VALUES (1, '2016-01-01', '2025-10-01Z'), (6, '1980-01-01', '2025-10-01Z')
  ON CONFLICT (id) DO UPDATE SET birth = EXCLUDED.birth;
SELECT is(ARRAY(SELECT id FROM member WHERE aiconsent.eligible(id) ORDER BY 1), '{6}',
  'INSERT ON CONFLICT takes effect for those it inserts and those it updates');
INSERT INTO education VALUES (3, 6, 'lycée', '2025-01-01', NULL) ON CONFLICT (id) DO UPDATE SET member_id = 6;
SELECT is(ARRAY(SELECT id FROM member WHERE aiconsent.eligible(id) ORDER BY 1), '{3}',
  'a row of schooling that goes from one member to another takes effect for both');
INSERT INTO education VALUES (3, 3, 'lycée', '2025-01-01', NULL) ON CONFLICT DO NOTHING;
SELECT is(ARRAY(SELECT id FROM member WHERE aiconsent.eligible(id) ORDER BY 1), '{3}',
  'and ON CONFLICT DO NOTHING changes nothing');
ROLLBACK TO SAVEPOINT declared;

COPY education FROM STDIN;
7	1	lycée	2025-01-01	\N
\.
COPY member (id, birth, notified_at) FROM STDIN;
7	1980-01-01	2025-10-01 00:00:00+00
8	2016-01-01	2025-10-01 00:00:00+00
\.
SELECT is(ARRAY(SELECT id FROM member WHERE aiconsent.eligible(id) ORDER BY 1), '{7}',
  'COPY takes effect');
WITH schooled AS (INSERT INTO education VALUES (8, 7, 'lycée', '2025-01-01', NULL)),
  grown AS (UPDATE member SET birth = '1980-01-01' WHERE id = 8)
DELETE FROM education WHERE id IN (3, 7);
SELECT is(ARRAY(SELECT id FROM member WHERE aiconsent.eligible(id) ORDER BY 1), '{1,3,8}',
  'and so do three statements in one');
ROLLBACK TO SAVEPOINT declared;

-- Rows that reach a table of evidence by another name.
CREATE VIEW app.pupil AS SELECT * FROM app.education;
INSERT INTO app.pupil VALUES (9, 1, 'lycée', '2025-01-01', NULL);
SELECT is(who(), '{}', 'writing through a view takes effect');
ROLLBACK TO SAVEPOINT declared;

-- Each of these may be refused; what goes through must count.
CREATE TABLE app.parent (LIKE app.education);
SELECT failure('ALTER TABLE app.education INHERIT app.parent') \g /dev/null
SELECT failure($$UPDATE app.parent SET level = 'lycée', starts = '2025-01-01', ends = NULL WHERE id = 1$$) \g /dev/null
SELECT is(who() = '{1}' AND EXISTS (SELECT FROM app.education WHERE id = 1 AND level <> '7'), false,
  'schooling that is written through a table''s parent takes effect');
ROLLBACK TO SAVEPOINT declared;

CREATE TABLE app.parent (LIKE app.education) PARTITION BY LIST (id);
SELECT failure('ALTER TABLE app.parent ATTACH PARTITION app.education DEFAULT') \g /dev/null
SELECT failure($$INSERT INTO app.parent VALUES (9, 1, 'lycée', '2025-01-01', NULL)$$) \g /dev/null
SELECT is(who() = '{1}' AND EXISTS (SELECT FROM app.education WHERE id = 9), false,
  'so does what reaches it as a partition');
ROLLBACK TO SAVEPOINT declared;

SELECT failure('CREATE TABLE app.child () INHERITS (app.education)') \g /dev/null
SELECT failure($$INSERT INTO app.child VALUES (9, 1, 'lycée', '2025-01-01', NULL)$$) \g /dev/null
SELECT is(who() = '{1}' AND EXISTS (SELECT FROM app.education WHERE id = 9), false,
  'and what a child table adds to it');
ROLLBACK TO SAVEPOINT declared;

SELECT failure('CREATE SCHEMA more CREATE TABLE child () INHERITS (app.education)') \g /dev/null
SELECT failure($$INSERT INTO more.child VALUES (9, 1, 'lycée', '2025-01-01', NULL)$$) \g /dev/null
SELECT is(who() = '{1}' AND EXISTS (SELECT FROM app.education WHERE id = 9), false,
  'also a child that comes with its schema');
ROLLBACK TO SAVEPOINT declared;

CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE app.child (id integer NOT NULL, member_id integer, level text, starts date, ends date)
  SERVER nowhere;
SELECT failure('ALTER FOREIGN TABLE app.child INHERIT app.education') \g /dev/null
SELECT is(EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'app.education'::regclass), false,
  'a foreign table does not become one');
ROLLBACK TO SAVEPOINT declared;
SELECT failure('CREATE FOREIGN DATA WRAPPER nothing') || failure('CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing')
  || failure('CREATE FOREIGN TABLE app.child () INHERITS (app.education) SERVER nowhere') \g /dev/null
SELECT is(EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'app.education'::regclass), false,
  'nor is it made as one');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- The extension is dropped
-- ---------------------------------------------------------------------------

CREATE VIEW app.mine AS SELECT id, body FROM training.post;
SELECT matches(failure('DROP EXTENSION aiconsent'),
  '^2BP01 cannot drop extension aiconsent .*view training.post depends on',
  'DROP EXTENSION is refused: the error names the training views');
SELECT is(who(), '{1}', 'and nothing has happened');
DROP EXTENSION aiconsent CASCADE;
SELECT is(ARRAY[to_regclass('training.post'), to_regclass('training.corpus'), to_regclass('app.mine')]::text[],
  '{NULL,NULL,NULL}', 'with CASCADE the training views are gone, and what was made on them');
SELECT is((SELECT count(*) FROM post), 4::bigint, 'the tables are untouched');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'aiconsent%'), 0::bigint,
  'and none of our triggers is left on them');
SELECT matches(failure('SELECT shown(''app.post'')'), '^42501', 'which the reader cannot read');
CREATE EXTENSION aiconsent;
SELECT is((SELECT bool_or(aiconsent.eligible(i)) FROM generate_series(1, 4) i), false,
  'created again, it knows nobody');
SELECT matches(failure('SELECT aiconsent.publish()'), '^42704 no policy is adopted',
  'and publishes nothing before a policy is adopted');
SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'notified_at') \g /dev/null
SELECT aiconsent.register_source('post', occurred_at => 'at') \g /dev/null
SELECT aiconsent.adopt_policy() \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT results_eq($$SELECT to_jsonb(p)::text FROM training.post p WHERE id = 1$$,
  ARRAY['{"id": 1, "body": "body 1"}'], 'the labels of the columns have stayed with them');
ROLLBACK TO SAVEPOINT declared;

-- ---------------------------------------------------------------------------
-- Any name
-- ---------------------------------------------------------------------------

-- A network of its own in which every identifier is that name, declared,
-- published, read, raised, and taken back; what became of it.
DROP SCHEMA app CASCADE;
CREATE FUNCTION public.declared_as(name text) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
  steps text[] = '{}';
  step text;
BEGIN
  EXECUTE format($$
    CREATE ROLE %1$I NOLOGIN;
    CREATE SCHEMA %1$I AUTHORIZATION %1$I;
    CREATE TABLE %1$I."member" (%1$I integer PRIMARY KEY, born date, told timestamptz);
    CREATE TABLE %1$I.school (%1$I integer REFERENCES %1$I."member", kind text);
    CREATE TABLE %1$I.%1$I ("id" integer PRIMARY KEY, writer integer REFERENCES %1$I."member",
      %1$I text, hidden text DEFAULT 'HIDDEN', "at" timestamptz DEFAULT '2025-12-01Z');
    INSERT INTO %1$I."member" VALUES (1, '1980-01-01', '2025-10-01Z'), (2, '1980-01-01', '2025-10-01Z'),
      (3, '2016-01-01', '2025-10-01Z');
    INSERT INTO %1$I.school VALUES (2, 'lycée');
    INSERT INTO %1$I.%1$I SELECT i, i, 'body ' || i FROM generate_series(1, 3) i;
    ALTER TABLE %1$I.%1$I OWNER TO %1$I$$, name);
  EXECUTE format($$SELECT aiconsent.register_subject(%L, birth => 'born', notified_at => 'told')$$,
    format('%I.member', name));
  EXECUTE format('SELECT aiconsent.register_education(%L, subject => %L, level => ''kind'')',
    format('%I.school', name), name);
  EXECUTE format('SELECT aiconsent.register_source(%L, subjects => ARRAY[''writer''], occurred_at => ''at'')',
    format('%I.%I', name, name));
  EXECUTE format('SELECT aiconsent.register_field(%L, %L, ''personal{content.post}'', %L)',
    format('%I.%I', name, name), name, name);
  PERFORM aiconsent.grant_role(format('%I', name)::regrole, 'reader');
  PERFORM aiconsent.publish();
  EXECUTE format('SELECT string_agg(to_jsonb("a row")->>%L, '','') FROM training.%I "a row"', name, name) INTO step;
  steps = steps || step;
  EXECUTE format('SET LOCAL ROLE %I', name);
  EXECUTE 'SELECT string_agg(DISTINCT concat(field, '' '', content), '','') FROM training.corpus' INTO step;
  RESET ROLE;
  steps = steps || CASE step WHEN name || ' body 1' THEN 'corpus' ELSE step END;
  EXECUTE format('SELECT aiconsent.register_field(%L, %L, ''never{message}'')',
    format('%I.%I', name, name), name);
  EXECUTE format('SELECT count(to_jsonb("a row")->>%L) FROM training.%I "a row"', name, name) INTO step;
  steps = steps || step;
  EXECUTE format('DROP TABLE %I."member" CASCADE', name);
  EXECUTE format('SELECT count(*) FROM training.%I', name) INTO step;
  steps = steps || step;
  RAISE SQLSTATE 'UNDO0' USING MESSAGE = array_to_string(steps, '; ');
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
  RETURN SQLERRM;
END $body$;

SELECT is(declared_as(name), 'body 1; corpus; 0; 0', what || ': declared, published, read, raised and dropped')
FROM (VALUES
  ('quo"te', 'double quotes'), ('"', 'one double quote'), ('it''s', 'single quotes'),
  ('a;b', 'semicolons'), ('a$$b$body$', 'dollar quotes'),
  ('x"; DROP TABLE aiconsent.consent; --', 'an injection'), ('''); SELECT 1; --', 'another one'),
  ('per%cent %s %n %I', 'format marks'), ('back\slash\', 'backslashes'),
  ('with space', 'spaces'), (E'line\nbreak', 'line breaks'), (E'\t', 'a tabulator'),
  ('UPPER', 'upper case'), ('ünïcödé', 'accents'), ('会员', 'Chinese'), ('עברית', 'Hebrew'),
  (E'\u202Eright to left', 'right to left'), (E'e\u0301', 'a combining accent'), (E'\U0001F469\u200D\U0001F393', 'an emoji of three'),
  (repeat('x', 63), '63 bytes'), (repeat('é', 31), '62 bytes of two each'), (repeat('员', 21), '63 bytes of three each'),
  ('select', 'a reserved word'), ('user', 'a reserved word'), ('table', 'a reserved word'),
  ('current_date', 'a reserved word'), ('t', 'our own alias'), ('v', 'our own alias'), ('f', 'our own alias'),
  ('key', 'our name for the key'), ('subject_1', 'our name for a subject'), ('content', 'the corpus''s own column'),
  ('1a', 'a digit first'), ('a.b', 'dots'), ('a,b', 'commas'), ('{a}', 'braces'), ('a -- b', 'a mark of reasons')) v(name, what);

SELECT matches(failure($$SELECT declared_as('corpus')$$), '^42P07 training view training.corpus cannot be made',
  'a source called corpus is refused with a reason');

SELECT * FROM finish();
ROLLBACK;
