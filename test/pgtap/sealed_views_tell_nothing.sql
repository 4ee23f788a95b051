-- Promise 3: EXPLAIN (ANALYZE) of a comparison with a value that only an
-- excluded row has.  On the fast form of the views its counts tell, which is
-- known and written down; on the sealed form they do not depend on the
-- comparison.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;

CREATE ROLE s_owner;
CREATE ROLE s_reader;
GRANT CREATE ON SCHEMA public TO s_owner;
SET ROLE s_owner;
CREATE TABLE member (id int PRIMARY KEY);
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, kind text, body text, faith text, number int, at timestamptz);
CREATE INDEX ON post (body);
CREATE INDEX ON post (author_id);
INSERT INTO member SELECT generate_series(1, 20);
-- The even ones are out.
INSERT INTO post SELECT g, 1 + g % 20, CASE WHEN g % 3 = 0 THEN 'mail' ELSE 'post' END, CASE WHEN g % 2 = 0 THEN 'in ' ELSE 'out ' END || g, 'faith ' || g, g, '2026-01-01' FROM generate_series(0, 1999) g;
ANALYZE member, post;
RESET ROLE;
SELECT aiconsent.register_subject('member') \g /dev/null
SELECT aiconsent.register_source('post', occurred_at => 'at') \g /dev/null
SELECT aiconsent.register_field('post', f, s) FROM (VALUES ('id'::name, 'public'::aiconsent.sensitivity), ('author_id', 'personal{profile.key}'),
  ('body', 'personal{content}'), ('number', 'personal{content}'), ('faith', 'sensitive{content}')) v (f, s) \g /dev/null
SELECT aiconsent.classify('post', $$kind = 'mail'$$, 'never{message}') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false, clearance => 'sensitive{content,profile}') \g /dev/null
SELECT aiconsent.record_consent(id, 'content_generation', CASE WHEN id % 2 = 0 THEN 'object' ELSE 'grant' END, notice_version => 'v1') FROM member \g /dev/null
SELECT aiconsent.grant_role('s_reader', 'reader') \g /dev/null

-- All that EXPLAIN (ANALYZE) counts, without the conditions' own text.
CREATE FUNCTION counts(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  SET LOCAL ROLE s_reader;
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON) SELECT id FROM training.' || condition INTO plan;
  RESET ROLE;
  RETURN regexp_replace(plan #>> '{0,Plan}', '"(Filter|Index Cond|Recheck Cond|Total Cost|Startup Cost|Plan Rows|Shared [A-Za-z ]+)": [^\n]*', '', 'g');
END $$;
-- A value that an excluded row has, and one that no row has.
CREATE TEMP TABLE pair (there text, nowhere text);
INSERT INTO pair VALUES
  ($$post WHERE body = 'out 7'$$, $$post WHERE body = 'out x'$$), ($$post WHERE body IN ('out 7', 'out 9')$$, $$post WHERE body IN ('out x', 'out y')$$),
  ('post WHERE number = 7', 'post WHERE number = 7777'), ('post WHERE number > 1990 AND number % 2 = 1', 'post WHERE number > 5000 AND number % 2 = 1'),
  ('post WHERE id = 7', 'post WHERE id = 7777'), ('post WHERE author_id = 8', 'post WHERE author_id = 99'), ($$post WHERE body = 'in 6'$$, $$post WHERE body = 'in x'$$),
  ($$post WHERE faith = 'faith 7'$$, $$post WHERE faith = 'faith x'$$), ($$post WHERE body = 'out 7' LIMIT 1$$, $$post WHERE body = 'out x' LIMIT 1$$),
  ($$post JOIN (VALUES ('out 7')) v(b) ON b = body$$, $$post JOIN (VALUES ('out x')) v(b) ON b = body$$);

SELECT aiconsent.publish() \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM pair WHERE counts(there) <> counts(nowhere)), '>', 0::bigint, 'the fast form: counts tell of excluded rows, as the README says');
SELECT aiconsent.publish(sealed => true) \g /dev/null
SELECT is(counts(there), counts(nowhere), 'sealed: ' || there || ' counts as what is nowhere') FROM pair;
SELECT is((SELECT count(*) FROM pair WHERE counts(there) ~ 'Index'), 0::bigint, 'for no index serves a reader''s condition');
SET ROLE s_reader;
SELECT is((SELECT count(*) FROM training.post), 666::bigint, 'the rows are the same');
SELECT is((SELECT count(*) FROM training.post WHERE id = 1999), 0::bigint, 'with a condition, too');
RESET ROLE;
SET LOCAL enable_seqscan = off;
SELECT is(counts(there), counts(nowhere), 'sealed, whatever the planner is told: ' || there) FROM pair;
RESET enable_seqscan;

-- It stays sealed until somebody says otherwise.
SELECT aiconsent.publish() \g /dev/null
SELECT matches(pg_get_viewdef('training.post'), 'OFFSET 0', 'published again, it stays sealed');
SELECT matches(pg_get_viewdef('aiconsent.content_generation_post_corpus'), 'OFFSET 0;$', 'its part of the corpus, too');
SELECT aiconsent.register_field('post', 'number', 'never{message}') \g /dev/null
SELECT matches(pg_get_viewdef('training.post'), 'OFFSET 0', 'a raised label leaves it sealed');
SELECT aiconsent.publish(sealed => false) \g /dev/null
SELECT doesnt_match(pg_get_viewdef('training.post'), 'OFFSET 0', 'until it is published unsealed');
SELECT * FROM finish();
ROLLBACK;
