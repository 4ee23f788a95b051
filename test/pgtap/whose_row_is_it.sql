-- Whose row is it: a column, an array, the end of a path over foreign keys,
-- and cells that are somebody else's.  Every one who is named must be in.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;

CREATE ROLE w_owner;
CREATE ROLE w_other;
CREATE ROLE w_reader;
GRANT CREATE ON SCHEMA public TO w_owner, w_other;
SAVEPOINT nothing;
SET ROLE w_owner;
-- 1 to 5 are in until they object; 6 is nobody.
CREATE TABLE member (id int PRIMARY KEY, birth date);
INSERT INTO member SELECT g, CASE g WHEN 5 THEN '2000-01-01' ELSE '1980-01-01' END::date FROM generate_series(1, 5) g;
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member ON DELETE SET NULL, reviewer_id int, tagged int[], body text, at timestamptz);
CREATE TABLE comment (id int PRIMARY KEY, post_id int REFERENCES post, author_id int REFERENCES member, body text, at timestamptz);
CREATE TABLE reaction (id int PRIMARY KEY, comment_id int REFERENCES comment, by_id int REFERENCES member, word text, at timestamptz);
CREATE TABLE poll (id int PRIMARY KEY, voters int[], question text, at timestamptz);
CREATE TABLE reply (id int PRIMARY KEY, author_id int REFERENCES member, body text, quote text, quoted_id int REFERENCES post, at timestamptz);
INSERT INTO post VALUES
  (1, 1, NULL, '{}', 'by 1', '2026-01-01'), (2, 2, 1, '{1,3}', 'by 2, for 1, with 1 3', '2026-01-01'),
  (3, 3, 4, NULL, 'by 3, for 4', '2026-01-01'), (4, 4, NULL, '{6}', 'by 4, with 6', '2026-01-01'),
  (5, NULL, NULL, '{1}', 'by nobody, with 1', '2026-01-01'), (6, 1, NULL, '{2,NULL}', 'by 1, with 2 and ?', '2026-01-01'),
  (7, 5, NULL, '{}', 'by 5 as a child', '2012-01-01');
INSERT INTO comment VALUES (1, 1, 2, '2 under 1', '2026-01-02'), (2, 2, 1, '1 under 2', '2026-01-02'),
  (3, 5, 1, '1 under nobody', '2026-01-02'), (4, NULL, 1, '1 under nothing', '2026-01-02');
INSERT INTO reaction VALUES (1, 1, 3, '3 on 2 under 1', '2026-01-03'), (2, 2, 3, '3 on 1 under 2', '2026-01-03'), (3, 4, 3, '3 on 1 under nothing', '2026-01-03');
INSERT INTO poll VALUES (1, '{1,2}', 'asked 1 2', '2026-01-01'), (2, '{}', 'asked nobody', '2026-01-01'), (3, NULL, 'asked ?', '2026-01-01');
INSERT INTO reply VALUES (1, 1, '1 to 2', 'of 2', 2, '2026-01-02'), (2, 2, '2 to 1', 'of 1', 1, '2026-01-02'),
  (3, 3, '3 to nobody', 'of nobody', 5, '2026-01-02'), (4, 3, '3 alone', 'of ?', NULL, '2026-01-02'),
  (5, 3, '3 to a child', 'of 5 as a child', 7, '2026-01-02');
RESET ROLE;
SELECT aiconsent.register_subject('member', birth => 'birth') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.register_field(r, f, 'personal{content}') FROM (VALUES
  ('post'::regclass, 'body'::name), ('comment', 'body'), ('reaction', 'word'), ('poll', 'question'), ('reply', 'body'), ('reply', 'quote')) v (r, f) \g /dev/null

-- What a declaration gives: declared, published, read, taken back.
CREATE FUNCTION gives(source regclass, subjects text[], text text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE found text[];
BEGIN
  PERFORM aiconsent.register_source(source, subjects, occurred_at => 'at');
  PERFORM aiconsent.publish();
  EXECUTE format('SELECT COALESCE(array_agg(%1$I ORDER BY %1$I), ''{}'') FROM training.%2$I', text, source) INTO found;
  EXECUTE format('DROP VIEW training.%I', source);
  PERFORM aiconsent.unregister_source(source);
  RETURN found;
END $$;

-- ---------------------------------------------------------------------------
-- Columns and arrays
-- ---------------------------------------------------------------------------
SELECT is(gives('post', '{author_id}', 'body'), '{"by 1","by 1, with 2 and ?","by 2, for 1, with 1 3","by 3, for 4","by 4, with 6"}'::text[],
  'a column: its person is in, NULL is out');
SELECT is(gives('post', '{author_id,reviewer_id}', 'body'), '{"by 2, for 1, with 1 3","by 3, for 4"}'::text[],
  'several: all of them, and NULL is nobody known');
SELECT is(gives('post', '{author_id,reviewer_id?}', 'body'), '{"by 1","by 1, with 2 and ?","by 2, for 1, with 1 3","by 3, for 4","by 4, with 6"}'::text[],
  'one that may be NULL by explicit choice');
SELECT is(gives('post', '{author_id,tagged}', 'body'), '{"by 1","by 2, for 1, with 1 3"}'::text[],
  'an array: every element, an empty one is nobody, NULL and unknown keys in it are out');
SELECT is(gives('post', '{author_id,tagged?}', 'body'), '{"by 1","by 2, for 1, with 1 3","by 3, for 4"}'::text[],
  'an array that may be NULL');
SELECT is(gives('poll', '{voters}', 'question'), '{"asked 1 2"}'::text[], 'an array alone: a row about nobody is out');
SELECT is(gives('poll', '{voters?}', 'question'), '{"asked 1 2"}'::text[], 'also where the array may be NULL');
SELECT is(gives('post', '{author_id?,reviewer_id?}', 'body'), '{"by 1","by 1, with 2 and ?","by 2, for 1, with 1 3","by 3, for 4","by 4, with 6"}'::text[],
  'and where any may be NULL: one is named');

-- ---------------------------------------------------------------------------
-- Paths
-- ---------------------------------------------------------------------------
SELECT is(gives('comment', '{author_id,post_id.author_id}', 'body'), '{"1 under 2","2 under 1"}'::text[],
  'a path: the comment is about its author and the post''s; where either is missing it is out');
SELECT is(gives('comment', '{author_id,post_id.author_id?}', 'body'), '{"1 under 2","1 under nobody","1 under nothing","2 under 1"}'::text[],
  'a path that may be NULL, anywhere on its way');
SELECT is(gives('comment', '{author_id,post_id.tagged}', 'body'), '{"1 under 2","1 under nobody","2 under 1"}'::text[],
  'a path to an array');
SELECT is(gives('reaction', '{by_id,comment_id.author_id,comment_id.post_id.author_id}', 'word'), '{"3 on 1 under 2","3 on 2 under 1"}'::text[],
  'a path of two steps');
SELECT aiconsent.record_consent(2, 'content_generation', 'object') \g /dev/null
SELECT is(gives('comment', '{author_id,post_id.author_id}', 'body'), '{}'::text[], 'the post''s author objects: the comments under it are out');
SELECT is(gives('comment', '{author_id}', 'body'), '{"1 under 2","1 under nobody","1 under nothing"}'::text[], 'which they are not where that is not declared');
SELECT is(gives('reaction', '{by_id,comment_id.post_id.author_id}', 'word'), '{"3 on 2 under 1"}'::text[], 'nor is what is two steps away');
SELECT is(gives('post', '{author_id,tagged}', 'body'), '{"by 1"}'::text[], 'one of those tagged objects');

-- The path's own rows.
SELECT aiconsent.register_source('comment', '{author_id,post_id.author_id}', 'at') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
UPDATE post SET author_id = 3 WHERE id = 2;
SELECT set_eq('SELECT body FROM training.comment', ARRAY['1 under 2'], 'a post gets another author: at once');
ALTER TABLE post RENAME author_id TO writer;
ALTER TABLE post RENAME TO entry;
ALTER TABLE comment RENAME post_id TO entry_id;
SELECT aiconsent.register_field('comment', 'at', 'public') \g /dev/null
SELECT lives_ok('SELECT aiconsent.publish()', 'names on the path change');
SELECT set_eq('SELECT body FROM training.comment', ARRAY['1 under 2'], 'and it is followed as before');
SELECT throws_ok('ALTER TABLE entry DROP COLUMN writer', '2BP01', NULL, 'what is on the path cannot be dropped');
ALTER TABLE comment DROP CONSTRAINT comment_post_id_fkey;
ALTER TABLE reply DROP CONSTRAINT reply_quoted_id_fkey;
ALTER TABLE entry DROP CONSTRAINT post_pkey;
INSERT INTO entry VALUES (2, 2, NULL, NULL, 'again', '2026-01-01');
SELECT is_empty('SELECT body FROM training.comment', 'two posts of one key, and one is of somebody who is out');
DELETE FROM entry WHERE body = 'again';
ALTER TABLE entry ADD CONSTRAINT post_pkey PRIMARY KEY (id);
ALTER TABLE reply ADD FOREIGN KEY (quoted_id) REFERENCES entry;
UPDATE reply SET quoted_id = NULL WHERE quoted_id = 2;
DELETE FROM entry WHERE id = 2;
SELECT is_empty('SELECT body FROM training.comment', 'the post is gone');

-- ---------------------------------------------------------------------------
-- Cells
-- ---------------------------------------------------------------------------
ROLLBACK TO SAVEPOINT nothing;
SET ROLE w_owner;
CREATE TABLE member (id int PRIMARY KEY, birth date);
INSERT INTO member SELECT g, CASE g WHEN 5 THEN '2000-01-01' ELSE '1980-01-01' END::date FROM generate_series(1, 5) g;
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, at timestamptz);
INSERT INTO post VALUES (1, 1, '2026-01-01'), (2, 2, '2026-01-01'), (3, NULL, '2026-01-01'), (5, 5, '2012-01-01'), (6, 5, '2026-01-01');
CREATE TABLE reply (id int PRIMARY KEY, author_id int REFERENCES member, body text, quote text, quoted_id int REFERENCES post, at timestamptz);
INSERT INTO reply VALUES (1, 1, '1 to 2', 'of 2', 2, '2026-01-02'), (2, 2, '2 to 1', 'of 1', 1, '2026-01-02'),
  (3, 3, '3 to nobody', 'of nobody', 3, '2026-01-02'), (4, 3, '3 alone', 'of ?', NULL, '2026-01-02'),
  (5, 3, '3 to a child', 'of 5 as a child', 5, '2026-01-02'), (6, 3, '3 to 5', 'of 5', 6, '2026-01-02');
CREATE TABLE praise (id int PRIMARY KEY, giver int REFERENCES member, receiver int REFERENCES member, body text, title text, faith text, at date);
INSERT INTO praise VALUES (1, 1, 2, '1 on 2', 'title of 2', 'faith of 2', '2026-01-05'), (2, 2, 1, '2 on 1', 'title of 1', 'faith of 1', '2026-01-05');
RESET ROLE;
SELECT aiconsent.register_subject('member', birth => 'birth') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false, clearance => 'sensitive{content,profile}') \g /dev/null
SELECT aiconsent.register_source('reply', '{author_id}', 'at',
  cells => '{"quote": {"subjects": "quoted_id.author_id", "occurred_at": "quoted_id.at"}}') \g /dev/null
SELECT aiconsent.register_source('praise', '{giver}', 'at', cells => '{"title": "receiver", "faith": ["receiver"]}') \g /dev/null
SELECT aiconsent.register_field(r, f, s) FROM (VALUES
  ('reply'::regclass, 'body'::name, 'personal{content}'::aiconsent.sensitivity), ('reply', 'quote', 'personal{content}'),
  ('praise', 'body', 'personal{content}'), ('praise', 'title', 'personal{profile}'), ('praise', 'faith', 'sensitive{profile.faith}')) v (r, f, s) \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.grant_role('w_reader', 'reader') \g /dev/null
SELECT aiconsent.record_consent(1, 'content_generation', 'grant', notice_version => 'v1') \g /dev/null
SET ROLE w_reader;
SELECT set_eq('SELECT body, quote FROM training.reply', $$VALUES ('1 to 2', 'of 2'), ('2 to 1', 'of 1'), ('3 to nobody', NULL), ('3 alone', NULL),
  ('3 to a child', NULL), ('3 to 5', 'of 5')$$, 'a quote is shown where the quoted is in, as of when it was written, and NULL where nobody is known');
SELECT set_eq('SELECT body, title, faith FROM training.praise', $$VALUES ('1 on 2', 'title of 2', NULL), ('2 on 1', 'title of 1', NULL)$$,
  'a sensitive cell of another''s opens on the grants of both alone');
RESET ROLE;
SELECT aiconsent.record_consent(2, 'content_generation', 'grant', notice_version => 'v1') \g /dev/null
SELECT set_eq('SELECT body, title, faith FROM training.praise', $$VALUES ('1 on 2', 'title of 2', 'faith of 2'), ('2 on 1', 'title of 1', 'faith of 1')$$,
  'both granted');
SELECT aiconsent.record_consent(2, 'content_generation', 'object') \g /dev/null
SELECT set_eq('SELECT body, quote FROM training.reply', $$VALUES ('1 to 2', NULL), ('3 to nobody', NULL), ('3 alone', NULL), ('3 to a child', NULL), ('3 to 5', 'of 5')$$,
  'the quoted objects: the cell is NULL, the row stays');
SELECT set_eq('SELECT body, title FROM training.praise', $$VALUES ('1 on 2', NULL)$$, 'giver and receiver: the row is the giver''s, the title the receiver''s');
SELECT set_eq($$SELECT content FROM training.corpus WHERE field = 'quote'$$, $$VALUES ('of 5')$$, 'and so in the corpus');
SELECT set_eq($$SELECT field, cardinality(subject_refs) FROM training.corpus WHERE content IN ('3 to 5', 'of 5')$$,
  $$VALUES ('body', 1), ('quote', 2)$$, 'where a text is found by all whom it is about');
SELECT aiconsent.register_field('praise', 'title', 'sensitive{profile}') \g /dev/null
SELECT set_eq('SELECT title FROM training.praise', $$VALUES (NULL::text)$$, 'a raised label keeps the cell''s own subject');
SELECT throws_ok('ALTER TABLE praise DROP COLUMN receiver', '2BP01', NULL, 'whose cell it is cannot be dropped');
ALTER TABLE praise DROP COLUMN receiver CASCADE;
SELECT aiconsent.publish() \g /dev/null
SELECT hasnt_view('training', 'praise', 'with CASCADE the declaration goes, and all of the source');

-- ---------------------------------------------------------------------------
-- What cannot be declared
-- ---------------------------------------------------------------------------
SET ROLE w_owner;
CREATE TABLE mixed (id int PRIMARY KEY, who int REFERENCES member, text_id text, ids text[], big bigint, bigs bigint[],
  a int, b int, reply_id int REFERENCES reply, at timestamptz, "odd.name" int REFERENCES member, "why?" int REFERENCES member);
RESET ROLE;
SET ROLE w_other;
CREATE TABLE foreign_post (id int PRIMARY KEY, author_id int);
RESET ROLE;
GRANT REFERENCES ON foreign_post TO w_owner;
SET ROLE w_owner;
ALTER TABLE mixed ADD foreign_id int REFERENCES foreign_post;
RESET ROLE;
SELECT throws_ok(format('SELECT aiconsent.register_source(%L, %L, %L)', 'mixed', s, 'at'), code, NULL, 'no subject: ' || s)
FROM (VALUES ('{nobody}', '42703'), ('{text_id}', '42804'), ('{ids}', '42804'), ('{a.b}', '42704'), ('{reply_id.nobody}', '42703'),
  ('{reply_id.body}', '42804'), ('{reply_id.}', '42703'), ('{.reply_id}', '42703'), ('{?}', '42703'), ('{reply_id.quoted_id}', NULL),
  ('{}', '22023'), ('{NULL}', '22004'), ('{foreign_id.author_id}', '42501'), ('{who.id.id}', '42704')) v (s, code)
WHERE code IS NOT NULL;
SELECT throws_ok(format('SELECT aiconsent.register_source(%L, %L, %L, cells => %L)', 'mixed', '{who}', 'at', c), code, NULL, 'no cell: ' || c)
FROM (VALUES ('{"nothing": "who"}', '42703'), ('{"a": null}', '22023'), ('{"a": {}}', '22023'), ('{"a": []}', '22023'), ('{"a": {"subjects": []}}', '22023'), ('{"a": {"subjects": "who", "occured_at": "at"}}', '22023'), ('{"a": {"subjects": "who", "occurred_at": "a"}}', '42804'),
  ('{"a": 5}', '42703'), ('{"a": "text_id"}', '42804'), ('[]', '22023')) v (c, code);
GRANT SELECT (id, author_id) ON foreign_post TO w_owner;
SELECT lives_ok($$SELECT aiconsent.register_source('mixed', '{"\"odd.name\"",why?,who?,foreign_id.author_id?,reply_id.author_id?,odd.name}', 'at')$$,
  'a path whose table''s columns may be read; a name with a dot, or with a question mark at its end');
SELECT set_eq($$SELECT role FROM aiconsent.declarations() WHERE relation = 'mixed'::regclass AND role ~ 'subject|optional'$$,
  '{subject_1,subject_2,optional_3,optional_4,optional_5,subject_6}'::text[], 'each as what it is');

SELECT * FROM finish();
ROLLBACK;
