-- leak recomputes what the training views may show, without the standing: it is
-- empty, and a fault of each kind that is planted shows in it.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE ROLE leak_owner NOLOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO leak_owner;
SET ROLE leak_owner;
CREATE TABLE member (id int PRIMARY KEY, birth date, region text, handle text);
CREATE TABLE education (member int REFERENCES member, level text);
CREATE TABLE post (id int PRIMARY KEY, author int REFERENCES member, tagged int[] DEFAULT '{}', body text, health text, place text, kind text DEFAULT 'open', at timestamptz);
CREATE TABLE recommendation (id int PRIMARY KEY, receiver int REFERENCES member, giver int REFERENCES member, words text, at timestamptz);
CREATE TABLE comment (id int PRIMARY KEY, post int REFERENCES post, writer int REFERENCES member, body text, at timestamptz);
INSERT INTO member SELECT g, '1980-01-01', (ARRAY['FR', 'DE', 'US'])[g % 3 + 1], 'handle' || g FROM generate_series(1, 30) g;
INSERT INTO post SELECT g, 1 + g % 30, CASE WHEN g % 5 = 0 THEN ARRAY[1 + g * 7 % 30] ELSE '{}' END, 'post ' || g, 'health ' || g, 'Quartier, Ville ' || g, CASE WHEN g % 4 = 0 THEN 'closed' ELSE 'open' END,
  '2024-01-01'::timestamptz + g * interval '7 days' FROM generate_series(0, 149) g;
INSERT INTO recommendation SELECT g, 1 + g % 30, 1 + g * 11 % 30, 'words ' || g, '2025-06-01' FROM generate_series(0, 59) g;
INSERT INTO comment SELECT g, g % 150, 1 + g * 13 % 30, 'comment ' || g, '2025-07-01' FROM generate_series(0, 199) g;
CREATE VIEW short_comment AS SELECT id, writer, left(body, 9) AS start, at FROM comment;
RESET ROLE;
SELECT aiconsent.register_subject('member', birth => 'birth', region => 'region', handle => 'handle') \g /dev/null
SELECT aiconsent.register_education('education', level => 'level') \g /dev/null
SELECT aiconsent.register_source('post', '{author,tagged}', 'at') \g /dev/null
SELECT aiconsent.register_source('recommendation', '{receiver}', 'at', cells => '{"words": "giver"}') \g /dev/null
SELECT aiconsent.register_source('comment', '{writer,post.author}', 'at') \g /dev/null
SELECT aiconsent.register_source('short_comment', '{writer}', 'at') \g /dev/null
SELECT aiconsent.register_field(relation::regclass, field::name, label::aiconsent.sensitivity) FROM (VALUES
  ('post', 'id', 'public'), ('post', 'body', 'personal{content.post}'), ('post', 'health', 'sensitive{content.health}'), ('post', 'place', 'personal{profile.location}'),
  ('recommendation', 'id', 'public'), ('recommendation', 'words', 'personal{profile.recommendation}'), ('comment', 'body', 'personal{content.comment}'),
  ('short_comment', 'start', 'personal{content.comment}')) l(relation, field, label) \g /dev/null
SELECT aiconsent.classify('post', $$kind = 'closed'$$, 'never{message}', 'closed groups') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false, clearance => 'sensitive{profile,content}') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false, regions => '{FR}', effective_at => '2025-11-03', data_from => '2025-01-01') \g /dev/null
SELECT aiconsent.adopt_policy('ranking', effective_at => '2026-01-01', announced_at => '2025-09-01', notice_required => false, basis => 'opt_in', clearance => 'personal{content}') \g /dev/null
SELECT aiconsent.treat('profile.location', 'generalize') \g /dev/null
-- Asked by an auditor, who may read no source and no training view.
CREATE ROLE leak_auditor NOLOGIN;
SELECT aiconsent.grant_role('leak_auditor', 'auditor') \g /dev/null
CREATE FUNCTION seen() RETURNS text LANGUAGE sql SET role = leak_auditor AS $$
  SELECT COALESCE(string_agg(DISTINCT l.view::text, ' '), 'nothing') FROM aiconsent.leak l $$;
SELECT is(seen(), 'nothing', 'nothing leaks where nothing is published');
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.publish('ranking', schema => 'ranking') \g /dev/null
SELECT aiconsent.record_consent(id, 'content_generation', 'object') FROM generate_series(1, 3) id \g /dev/null
SELECT aiconsent.record_consent(id, 'content_generation', 'grant', notice_version => 'v1') FROM generate_series(4, 20) id \g /dev/null
SELECT aiconsent.record_consent(id, 'ranking', 'grant') FROM generate_series(1, 12) id \g /dev/null
UPDATE member SET birth = '2014-01-01' WHERE id = 5;
UPDATE member SET birth = '2006-08-01' WHERE id = 6;
INSERT INTO education VALUES (7, 'lycée');
SELECT aiconsent.suppress('handle8', 'handle') \g /dev/null
SELECT aiconsent.erase_subject(9::bigint, 'asked') \g /dev/null
SELECT is(seen(), 'nothing', 'nothing leaks, whoever is out, and for whatever reason');
SELECT is(has_table_privilege('leak_auditor', relation, 'SELECT'), false, 'an auditor alone sees that, who may not read ' || relation) FROM unnest('{post,training.post,training.corpus}'::text[]) relation;
SELECT isnt((SELECT count(*) FROM training.post), 0::bigint, 'while something is shown');
SELECT isnt((SELECT count(*) FROM training.post WHERE health IS NOT NULL), 0::bigint, 'and something sensitive');
SELECT isnt((SELECT count(*) FROM training.recommendation WHERE words IS NULL), 0::bigint, 'and cells are closed');
SELECT isnt((SELECT count(*) FROM ranking.post), 0::bigint, 'and for another purpose');

-- What is planted by who can do everything, and in which views it shows.
CREATE FUNCTION planted(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  SET LOCAL session_replication_role = replica;
  EXECUTE command;
  SET LOCAL session_replication_role = origin;
  result := seen();
  RAISE EXCEPTION USING ERRCODE = 'P9999', MESSAGE = result;
EXCEPTION WHEN SQLSTATE 'P9999' THEN
  RETURN SQLERRM;
END $$;
-- Whoever is in for ever, as eligible() reads it.
CREATE FUNCTION let_in(id bigint, explicit boolean DEFAULT false, content_from timestamptz DEFAULT '-infinity') RETURNS void LANGUAGE sql AS $$
  DELETE FROM aiconsent.standing_packed;
  DELETE FROM aiconsent.standing_int8 WHERE subject = id AND purpose = 1;
  INSERT INTO aiconsent.standing_int8 VALUES ('-infinity', 'infinity', content_from, 1, explicit, false, id) $$;

SELECT is(planted(command), expected, 'planted: ' || fault) FROM (VALUES
  ('a standing of who objected', 'SELECT let_in(1)', 'training.comment training.corpus training.post training.recommendation training.short_comment'),
  ('a standing of a minor', 'SELECT let_in(5)', 'training.comment training.corpus training.post training.recommendation training.short_comment'),
  ('a standing of a pupil', 'SELECT let_in(7)', 'training.comment training.corpus training.post training.recommendation training.short_comment'),
  ('a standing of who is suppressed', 'SELECT let_in(8)', 'training.comment training.corpus training.post training.recommendation training.short_comment'),
  ('a standing of who was erased', 'SELECT let_in(9)', 'training.comment training.corpus training.post training.recommendation training.short_comment'),
  ('a grant that nobody gave', 'SELECT let_in(21, true)', 'training.corpus training.post'),
  ('a horizon that was moved', 'SELECT let_in(6)', 'training.corpus training.post'),
  ('an objection that a trigger missed', 'UPDATE member SET birth = ''2014-01-01'' WHERE id = 10; DELETE FROM aiconsent.standing_packed; SELECT let_in(10)',
    'training.comment training.corpus training.post training.recommendation training.short_comment'),
  ('a view without its filter', 'CREATE OR REPLACE VIEW training.short_comment AS SELECT left(body, 9) AS start FROM comment', 'training.short_comment'),
  ('a view of another field', 'CREATE OR REPLACE VIEW training.short_comment AS SELECT body AS start FROM comment WHERE aiconsent.eligible(writer, ''content_generation'', at)', 'training.short_comment'),
  ('a view with a treatment less', (SELECT 'CREATE OR REPLACE VIEW training.post AS ' || regexp_replace(pg_get_viewdef('training.post'::regclass), 'aiconsent\.generalize\(((t\.)?place)\)', '\1')), 'training.post'),
  ('a view without the cell''s person', 'CREATE OR REPLACE VIEW training.recommendation AS SELECT id, words FROM recommendation WHERE aiconsent.eligible(receiver, ''content_generation'')', 'training.recommendation'),
  ('a view that shows a class of rows', (SELECT 'CREATE OR REPLACE VIEW training.post AS ' || regexp_replace(pg_get_viewdef('training.post'::regclass), '\((t\.)?kind = ''closed''::text\) IS FALSE', 'true')), 'training.post'),
  ('a view under another purpose''s filter', 'CREATE OR REPLACE VIEW ranking.comment AS SELECT body FROM comment WHERE aiconsent.eligible(writer, ''content_generation'')', 'ranking.comment'),
  ('a corpus with rows of its own', 'CREATE OR REPLACE VIEW training.corpus AS SELECT ''public.message''::text AS source, ''1''::text AS row_id, ''body''::text AS field, ''message''::text AS category, ''hello''::text AS content, now() AS occurred_at, 1 AS part, ''{}''::text[] AS subject_refs',
    'training.corpus'),
  ('a label that was raised unseen', 'UPDATE pg_seclabel SET label = ''never{message}'' WHERE provider = ''aiconsent'' AND objoid = ''comment''::regclass AND objsubid > 0', 'ranking.comment ranking.corpus ranking.short_comment training.comment training.corpus training.short_comment'),
  ('a policy that nobody was judged by', 'UPDATE aiconsent.policy SET basis = ''forbidden'' WHERE purpose = ''ranking''', 'ranking.comment ranking.corpus ranking.post ranking.recommendation ranking.short_comment')) f(fault, command, expected);
SELECT is(planted('CREATE OR REPLACE VIEW training.short_comment AS SELECT ''dup''::text AS start FROM post'), 'training.short_comment', 'planted: content from nowhere');
SELECT is(planted('SELECT 1'), 'nothing', 'nothing planted, nothing seen');
SELECT is(planted('ALTER TABLE comment ENABLE ROW LEVEL SECURITY; ALTER TABLE comment FORCE ROW LEVEL SECURITY'), 'nothing', 'a source that shows its rows to some only is read as a whole');
SELECT is(planted('ALTER TABLE comment ENABLE ROW LEVEL SECURITY; CREATE OR REPLACE VIEW training.short_comment AS SELECT left(body, 9) AS start FROM comment'), 'training.short_comment', 'so that a leak of it is seen');

-- A column that is closed until the view is made anew shows nothing.
SELECT is(planted($$SELECT aiconsent.register_field('post', 'body', 'never{message}'); SELECT aiconsent.register_field('post', 'body', 'personal{content.post}')$$), 'nothing',
  'a view that shows less than is released is none');
SELECT is(planted($$SELECT aiconsent.register_field('post', 'body', 'never{message}'); SELECT let_in(1)$$) ~ 'training.post', true, 'but by its other columns a row shows');

-- No content is shown.
SELECT is((SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'aiconsent.leak'::regclass AND attnum > 0), 'purpose view source row_hash rows', 'leak shows no content');
SELECT throws_ok($$SELECT aiconsent.lawful(1, 'content_generation')$$, '55000', NULL, 'what it is made of answers nobody else');
SELECT * FROM finish();
ROLLBACK;
