-- Publishing: explicit columns of eligible rows, for those who may read them.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(39);
SET LOCAL client_min_messages = error;

CREATE ROLE t_owner;
CREATE ROLE t_reader;
CREATE ROLE t_late;
GRANT CREATE ON SCHEMA public TO t_owner;
SET ROLE t_owner;
CREATE TABLE member (id bigint PRIMARY KEY, name text, faith text);
CREATE TABLE post (id bigint PRIMARY KEY, author_id bigint REFERENCES member, body text, at timestamp);
CREATE TABLE praise (id bigint PRIMARY KEY, giver bigint REFERENCES member, receiver bigint REFERENCES member,
  body text, on_day date);
CREATE TABLE ballast (id bigint PRIMARY KEY, author_id bigint REFERENCES member, body text, at timestamptz);
INSERT INTO member SELECT i, 'name ' || i, 'faith ' || i FROM generate_series(1, 4) i;
INSERT INTO post SELECT i, i, 'body ' || i, '2026-01-01' FROM generate_series(1, 4) i;
INSERT INTO praise SELECT 10 * g + r, g, r, g || ' on ' || r, '2026-01-01'
  FROM generate_series(1, 4) g, generate_series(1, 4) r WHERE g <> r;
RESET ROLE;
SELECT aiconsent.register_subject('member');
SELECT aiconsent.register_source('member', undated => true, reason => 'a profile is of today');
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_source('praise', occurred_at => 'on_day');
SELECT aiconsent.register_source('ballast', occurred_at => 'at');
SELECT aiconsent.register_field(r, f, s) FROM (VALUES
  ('member'::regclass, 'name'::name, 'personal{profile.name}'::aiconsent.sensitivity),
  ('member', 'faith', 'sensitive{profile.faith}'),
  ('post', 'body', 'personal{content.post}'), ('post', 'at', 'public'),
  ('praise', 'id', 'public'), ('praise', 'body', 'personal{profile.recommendation}'), ('praise', 'on_day', 'public')) v (r, f, s);
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.grant_role('t_reader', 'reader');

SELECT set_eq($$SELECT * FROM aiconsent.publish()$$,
  $$VALUES ('training.member'::regclass), ('training.post'), ('training.praise'), ('training.corpus')$$,
  'publish() makes a view for each source that gives something, and the corpus');
SELECT hasnt_view('training', 'ballast', 'a source without a releasable column has no view');
SELECT view_owner_is('training', 'post', 't_owner', 'a training view belongs to its source''s owner');
SELECT is((SELECT count(*) FROM pg_class WHERE relnamespace = 'training'::regnamespace AND relkind = 'v'
  AND NOT reloptions @> '{security_barrier=true}'), 0::bigint, 'every one is a security barrier');

-- Readers
SET ROLE t_reader;
SELECT is((SELECT count(*) FROM training.post), 4::bigint, 'a reader reads the training views');
SELECT throws_ok('SELECT * FROM post', '42501', NULL, 'and no base table');
SELECT throws_ok('SELECT aiconsent.eligible(1)', '42501', NULL, 'and has no USAGE on schema aiconsent');
RESET ROLE;
SELECT aiconsent.grant_role('t_late', 'reader');
SET ROLE t_late;
SELECT is((SELECT count(*) FROM training.corpus), 4 + 4 + 12::bigint, 'a role granted later reads what was published before');
RESET ROLE;

-- Whose rows
SELECT aiconsent.record_consent(1, 'content_generation', 'object');
SELECT set_eq('SELECT body FROM training.post', $$VALUES ('body 2'), ('body 3'), ('body 4')$$, 'an objector''s rows are out');
SELECT set_eq('SELECT body FROM training.praise',
  $$VALUES ('2 on 3'), ('2 on 4'), ('3 on 2'), ('3 on 4'), ('4 on 2'), ('4 on 3')$$,
  'a row about two subjects is in only if both are eligible');
SELECT is((SELECT count(*) FROM training.member WHERE name = 'name 1'), 0::bigint, 'the member''s own row, too');

-- The corpus
SELECT set_eq($$SELECT source, row_id, field, category, content FROM training.corpus WHERE source = 'public.praise' AND content LIKE '2 on%'$$,
  $$VALUES ('public.praise', '23', 'body', 'profile.recommendation', '2 on 3'), ('public.praise', '24', 'body', 'profile.recommendation', '2 on 4')$$,
  'the corpus has one row per released text, with its source, key, field and category');
SELECT is((SELECT count(DISTINCT row_id) FROM training.corpus WHERE source = 'public.post' AND row_id ~ '^[0-9a-f]{32}$'), 3::bigint,
  'a pseudonym where the key is not labelled');
SELECT is((SELECT count(occurred_at) FROM training.corpus WHERE source = 'public.post'), 3::bigint, 'a time where the column is labelled');
SELECT is((SELECT count(occurred_at) FROM training.corpus WHERE source = 'public.member'), 0::bigint, 'and none where it is not');

-- Sensitive fields
SELECT hasnt_column('training', 'member', 'faith', 'what is above the clearance is not there');
SELECT aiconsent.adopt_policy(effective_at => '2025-11-03', notice_required => false, clearance => 'sensitive{profile,content}');
SELECT hasnt_column('training', 'member', 'faith', 'a wider clearance acts at the next publish() only');
SELECT aiconsent.publish();
SELECT aiconsent.record_consent(2, 'content_generation', 'grant', notice_version => '2025-09');
SELECT aiconsent.record_consent(3, 'content_generation', 'grant');
SELECT set_eq('SELECT name, faith FROM training.member',
  $$VALUES ('name 2', 'faith 2'), ('name 3', NULL), ('name 4', NULL)$$,
  'a sensitive cell opens on a grant that was made with a notice, and on nothing else');

-- Publishing again
GRANT SELECT ON training.post TO PUBLIC;
CREATE VIEW on_corpus AS SELECT content FROM training.corpus;
SELECT aiconsent.register_field('post', 'id', 'public');
SELECT aiconsent.publish();
SELECT has_column('training', 'post', 'id', 'a new label is published next time, behind the columns that were there');
SELECT ok(has_table_privilege('public', 'training.post', 'SELECT'), 'grants survive that');
SELECT aiconsent.register_field('post', 'at', NULL);
SELECT aiconsent.publish();
SELECT hasnt_column('training', 'post', 'at', 'a withdrawn column is gone after the next publish()');
SELECT ok(has_table_privilege('public', 'training.post', 'SELECT') AND has_table_privilege('t_reader', 'training.post', 'SELECT'),
  'grants survive that, too');
SELECT is((SELECT count(*) FROM on_corpus WHERE content LIKE 'body%'), 3::bigint, 'and views on the corpus');
CREATE TEMP TABLE query_before AS SELECT oid, ctid AS place FROM pg_rewrite;
SELECT lives_ok('SELECT aiconsent.publish()', 'publishing what is published works');
SELECT is_empty('SELECT r.ev_class::regclass FROM pg_rewrite r WHERE NOT EXISTS (SELECT FROM query_before b WHERE b.oid = r.oid AND b.place = r.ctid)',
  'and replaces no view, for which it would wait for readers');

-- Somebody builds on a training view
CREATE VIEW on_post AS SELECT id, body FROM training.post;
SELECT aiconsent.register_field('post', 'id', NULL);
SELECT lives_ok('SELECT aiconsent.publish()', 'who builds on a training view keeps nobody from being published');
SELECT is((SELECT count(id) FROM on_post), 0::bigint, 'what is not released any more stays as NULL');
SELECT set_eq('SELECT body FROM on_post', $$VALUES ('body 2'), ('body 3'), ('body 4')$$, 'what is, is shown on');
SELECT is((SELECT count(*) FROM training.corpus WHERE source = 'public.post'), 3::bigint, 'also in the corpus');
SELECT aiconsent.register_field('post', 'body', NULL);
SELECT lives_ok('SELECT aiconsent.publish()', 'a source that gives nothing any more has a view as long as somebody builds on it');
SELECT is((SELECT count(id) + count(body) FROM on_post), 0::bigint, 'which shows nothing');
DROP VIEW on_post;
SELECT aiconsent.publish();
SELECT hasnt_view('training', 'post', 'and no longer');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT aiconsent.publish();

-- Two purposes
SELECT aiconsent.adopt_policy('search_ranking', effective_at => '2026-01-01', notice_required => false, clearance => 'personal{profile.name}');
SELECT aiconsent.publish('search_ranking', 'ranking');
SELECT is((SELECT count(*) FROM ranking.member), 4::bigint, 'consent is per purpose');
SELECT hasnt_column('ranking', 'post', 'body', 'and so is what is released');
SET ROLE t_reader;
SELECT throws_ok('SELECT * FROM ranking.member', '42501', NULL, 'and who may read it');
RESET ROLE;

-- The training view alone is dropped
SAVEPOINT dropped;
DROP VIEW training.post;
SELECT is((SELECT count(*) FROM training.corpus WHERE source = 'public.post'), 3::bigint, 'a training view that is dropped leaves the corpus');
SAVEPOINT raised;
SELECT aiconsent.register_field('post', 'body', 'never{message}');
SELECT is((SELECT count(*) FROM training.corpus WHERE source = 'public.post'), 0::bigint, 'from which a raised label takes it');
ROLLBACK TO SAVEPOINT raised;
SELECT aiconsent.unregister_source('post');
SELECT is((SELECT count(*) FROM training.corpus WHERE source = 'public.post'), 0::bigint, 'and the end of its declaration, at once');
ROLLBACK TO SAVEPOINT dropped;
GRANT USAGE ON SCHEMA training TO t_owner;
SET ROLE t_owner;
CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO training.post DO INSTEAD SELECT 'another query'::text AS body;
RESET ROLE;
SELECT aiconsent.register_field('post', 'body', 'never{message}');
SELECT is((SELECT count(*) FROM training.corpus WHERE source = 'public.post'), 0::bigint, 'a raised label acts on the corpus where the training view is another''s query');

SELECT * FROM finish();
ROLLBACK;
