-- A view can be a source: its rows by its own subjects, its columns by their
-- own labels; when it is altered it gives nothing until somebody has looked.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;
CREATE ROLE sv_owner;
CREATE ROLE sv_reader;
GRANT CREATE ON SCHEMA public TO sv_owner;
SET ROLE sv_owner;
CREATE TABLE member (id int PRIMARY KEY);
INSERT INTO member SELECT generate_series(1, 4);
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, kind text, body text, pay text, at timestamptz);
INSERT INTO post SELECT g, g, 'post', 'body ' || g, 'pay ' || g, '2026-01-01' FROM generate_series(1, 4) g;
CREATE FUNCTION shorten(value text) RETURNS text LANGUAGE sql IMMUTABLE RETURN left(value, 6);
CREATE VIEW inner_view AS SELECT id, author_id, body, pay, at FROM post WHERE kind = 'post';
CREATE VIEW shown AS SELECT author_id, shorten(body) AS body, at FROM inner_view;
RESET ROLE;
SELECT aiconsent.register_subject('member') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.grant_role('sv_reader', 'reader') \g /dev/null
SELECT throws_ok($$SELECT aiconsent.register_source('shown', occurred_at => 'at')$$, '22023', NULL, 'a view has no foreign key to read its subjects from');
SELECT aiconsent.register_source('shown', '{author_id}', 'at') \g /dev/null
SELECT aiconsent.register_field('shown', 'body', 'personal{content.post}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.record_consent(2, 'content_generation', 'object') \g /dev/null
SET ROLE sv_reader;
SELECT set_eq('SELECT body FROM training.shown', ARRAY['body 1', 'body 3', 'body 4'], 'rows of a view, of those who are in');
SELECT is((SELECT count(DISTINCT (part, subject_refs)) FROM training.corpus WHERE row_id IS NULL), 3::bigint, 'its texts are in the corpus, by their subjects: it has no key');
SELECT throws_ok('SELECT * FROM shown', '42501', NULL, 'and nowhere else');
RESET ROLE;

-- It shows something else.
CREATE FUNCTION altered(command text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
  SET LOCAL ROLE sv_owner;
  EXECUTE command;
  SET LOCAL ROLE sv_reader;
  SELECT count(*) INTO n FROM training.shown;
  RESET ROLE;
  IF (SELECT count(*) FROM training.corpus) <> n THEN RAISE 'the corpus has others'; END IF;
  RETURN n;
END $$;
CREATE FUNCTION altered_alone(command text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
  n := altered(command);
  RAISE 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN RETURN n;
END $$;
SAVEPOINT published;
SELECT is(altered_alone(command), 0::bigint, 'altered: ' || command) FROM unnest(ARRAY[
  'CREATE OR REPLACE VIEW shown AS SELECT author_id, pay AS body, at FROM post',
  'CREATE OR REPLACE VIEW inner_view AS SELECT id, author_id, pay AS body, body AS pay, at FROM post',
  $$CREATE OR REPLACE FUNCTION shorten(value text) RETURNS text LANGUAGE sql IMMUTABLE RETURN value || ' and more'$$,
  $$CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO shown DO INSTEAD SELECT author_id, pay AS body, at FROM post$$,
  $$CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO inner_view DO INSTEAD SELECT id, author_id, pay AS body, body AS pay, at FROM post$$,
  'ALTER VIEW shown SET (security_invoker)']) command;
ROLLBACK TO SAVEPOINT published;
SELECT altered('CREATE OR REPLACE VIEW shown AS SELECT author_id, pay AS body, at FROM post') \g /dev/null
SELECT aiconsent.register_field('shown', 'at', 'never{message}') \g /dev/null
SELECT is_empty('SELECT * FROM training.shown', 'it stays without rows, whatever else is labelled');
SELECT aiconsent.publish() \g /dev/null
SELECT set_eq('SELECT body FROM training.shown', ARRAY['pay 1', 'pay 3', 'pay 4'], 'until it is published again');
ROLLBACK TO SAVEPOINT published;
SELECT is(altered_alone(command), 3::bigint, 'not altered: ' || command) FROM unnest(ARRAY[
  'ALTER VIEW shown RENAME TO renamed', 'CREATE OR REPLACE FUNCTION other(value text) RETURNS text LANGUAGE sql IMMUTABLE RETURN value',
  'CREATE OR REPLACE RULE note AS ON UPDATE TO post DO NOTHING']) command;

-- A condition over a view shows no value of a row that is out, either.
SET ROLE sv_owner;
CREATE VIEW parsed AS SELECT author_id, body, pay::int AS n, lower(kind) AS low, kind, COALESCE(kind, body) AS word, at FROM post;
CREATE VIEW deeper AS SELECT p.author_id, body, n, j.kind AS joined, p.at FROM parsed p JOIN (SELECT id, author_id, kind FROM post) j USING (author_id);
CREATE VIEW either AS SELECT author_id, body, n, kind, at FROM parsed UNION ALL SELECT author_id, body, 1, pay, at FROM post;
CREATE VIEW each AS SELECT author_id, string_agg(body, ' ') AS body, bool_or(kind = 'post') AS is_any, max(at) AS at FROM parsed GROUP BY 1;
CREATE VIEW circle AS SELECT author_id, body, at FROM post;
CREATE VIEW round AS SELECT author_id, body, at FROM circle;
CREATE OR REPLACE VIEW circle AS SELECT author_id, body, at FROM round;
RESET ROLE;
SELECT aiconsent.register_source(v, '{author_id}', 'at') FROM unnest('{parsed,deeper,either,each,circle}'::regclass[]) v \g /dev/null
SELECT throws_ok(format('SELECT aiconsent.classify(%L, %L, %L)', v, c, 'never{message}'), code, NULL, format('refused: %s over %s', c, v))
FROM (VALUES ('parsed', 'n = 5', '0A000'), ('parsed', $$low = 'post'$$, '0A000'), ('deeper', 'n IS NULL', '0A000'), ('either', 'n = 1', '0A000'),
  ('circle', $$body = 'x'$$, '54001')) v (v, c, code);
SELECT lives_ok(format('SELECT aiconsent.classify(%L, %L, %L)', v, c, 'never{message}'), format('%s over %s', c, v))
FROM (VALUES ('parsed', $$kind = 'post' OR word = 'x'$$), ('deeper', $$joined = 'post'$$), ('either', $$kind = 'post'$$), ('each', 'is_any')) v (v, c);

-- What a view calls runs as its reader, who says where names are looked up.
SET ROLE sv_owner;
CREATE FUNCTION open(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN left(value, 6); END $$;
CREATE FUNCTION open(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT a = b';
CREATE OPERATOR === (FUNCTION = open, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION joined(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || b';
CREATE AGGREGATE gather(text) (SFUNC = joined, STYPE = text);
CREATE VIEW called AS SELECT author_id, open(body) AS body, at FROM post;
CREATE VIEW compared AS SELECT author_id, body, at FROM post WHERE pay === 'pay 1';
CREATE VIEW gathered AS SELECT author_id, gather(body) AS body, max(at) AS at FROM post GROUP BY 1;
CREATE VIEW below AS SELECT author_id, body, at FROM (SELECT * FROM called) c UNION ALL SELECT * FROM shown;
RESET ROLE;
SELECT throws_ok(format('SELECT aiconsent.register_source(%L, %L, %L)', v, '{author_id}', 'at'), '42809', NULL,
  'refused, since the reader could listen to what is called: ' || v) FROM unnest('{called,compared,gathered,below}'::text[]) v;
ALTER FUNCTION open(text) SET search_path = pg_catalog, pg_temp;
SELECT lives_ok($$SELECT aiconsent.register_source('below', '{author_id}', 'at')$$, 'with a search_path of its own nobody can');
SELECT aiconsent.register_field('below', 'body', 'personal{content.post}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT is((SELECT count(*) FROM training.below), 6::bigint, 'and it is shown');
ALTER FUNCTION open(text) RESET search_path;
SELECT is_empty('SELECT * FROM training.below', 'until it loses that');
SELECT aiconsent.publish() \g /dev/null
SELECT is(to_regclass('training.below')::text, NULL, 'also when it is published anew');
SET ROLE sv_owner;
CREATE OR REPLACE VIEW called AS SELECT author_id, body, at FROM below;
RESET ROLE;
SELECT lives_ok('SELECT aiconsent.publish()', 'a view that goes in circles stops nobody''s publication');
ROLLBACK TO SAVEPOINT published;
SELECT altered('ALTER VIEW shown SET (security_invoker)') \g /dev/null
SELECT lives_ok('SELECT aiconsent.publish()', 'one that reads with its reader''s rights stops nobody''s publication');
SELECT is(to_regclass('training.shown')::text, NULL, 'and gives nothing');
ROLLBACK TO SAVEPOINT published;
SELECT is(altered(command), 3::bigint, 'the same rows: ' || command) FROM unnest(ARRAY[
  'CREATE OR REPLACE VIEW another AS SELECT * FROM post', 'CREATE VIEW over AS SELECT * FROM shown',
  $$CREATE FUNCTION other(value text) RETURNS text LANGUAGE sql IMMUTABLE RETURN value$$,
  'ALTER VIEW inner_view RENAME TO renamed', 'ALTER TABLE post RENAME body TO text', 'ALTER TABLE post ADD more text']) command;
ROLLBACK TO SAVEPOINT published;
SELECT lives_ok('ALTER VIEW shown RENAME TO seen', 'a view is renamed');
SELECT is((SELECT count(*) FROM training.shown), 3::bigint, 'and gives the same rows');
SELECT throws_ok('DROP VIEW shown', '2BP01', NULL, 'it cannot be dropped') WHERE to_regclass('shown') IS NOT NULL;
SELECT throws_ok('DROP VIEW seen', '2BP01', NULL, 'nor dropped');
SELECT throws_ok($$SELECT aiconsent.register_source('training.shown', '{body}', 'body')$$, '42809', NULL, 'a training view is no source');

-- What the columns are labelled that it is made of counts, too, whatever its own labels say.
ROLLBACK TO SAVEPOINT published;
CREATE FUNCTION seen() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE a bigint; b bigint;
BEGIN
  SET LOCAL ROLE sv_reader;
  SELECT count(body) INTO a FROM training.shown;
  SELECT count(*) INTO b FROM training.corpus WHERE source = 'public.shown';
  RESET ROLE;
  RETURN ARRAY[a, b];
END $$;
SELECT is(seen(), '{3,3}', 'of columns without a label its own says what they hold');
SELECT aiconsent.register_field('post', 'pay', 'never{salary}') \g /dev/null
SELECT is(seen(), '{3,3}', 'what it is not made of is nothing to it');
SAVEPOINT labelled;
CREATE FUNCTION seen_after(relation regclass, field name, sensitivity text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE result text[];
BEGIN
  PERFORM aiconsent.register_field(relation, field, sensitivity::aiconsent.sensitivity);
  result := seen();
  PERFORM aiconsent.publish(accept_lowered => true);
  IF result <> '{0,0}' AND seen() <> result THEN RAISE 'publish() lets out %', seen(); END IF;
  IF result = '{0,0}' AND to_regclass('training.shown') IS NOT NULL THEN RAISE 'publish() keeps it'; END IF;
  RAISE 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN RETURN result;
END $$;
SELECT is(seen_after('post', 'body', 'never{message}'), '{0,0}', 'a raised label of a table takes the fields of views at once');
SELECT is(seen_after('post', NULL, 'never{message}'), '{0,0}', 'the table''s own does');
SELECT is(seen_after('inner_view', 'body', 'never{message}'), '{0,0}', 'and that of a view between');
SELECT is(seen_after('post', 'body', 'personal{secret}'), '{0,0}', 'a category that the clearance has not is joined');
SELECT is(seen_after('post', 'body', 'public'), '{3,3}', 'a lower one changes nothing');
SELECT aiconsent.register_field('post', 'body', 'sensitive{content.post}') \g /dev/null
SELECT is_empty('SELECT body FROM training.shown WHERE body IS NOT NULL', 'what a base column holds that is sensitive takes a grant');
ROLLBACK TO SAVEPOINT labelled;
SELECT aiconsent.register_source('post', '{author_id}', 'at') \g /dev/null
SELECT aiconsent.classify('post', $$kind = 'post'$$, 'never{message}') \g /dev/null
SELECT is(seen(), '{0,0}', 'rows of the table that are stricter cannot be told in a view: all of it is taken');
ROLLBACK TO SAVEPOINT labelled;
SELECT aiconsent.register_field('post', 'body', 'personal{content.post,content.comment}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}') \g /dev/null
SELECT throws_ok('SELECT aiconsent.publish()', '55000', 'labels were lowered since the last publication', 'a lowered label of a table is lowered in views, too');

-- A treatment that gets rights of its own is withdrawn at once.
ROLLBACK TO SAVEPOINT published;
CREATE SCHEMA own;
GRANT USAGE ON SCHEMA own TO sv_reader;
CREATE FUNCTION own.treat(value text) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'treated';
SELECT aiconsent.treat('content', 'own.treat') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT set_eq('SELECT body FROM training.shown', ARRAY['treated'], 'a treatment');
ALTER FUNCTION own.treat(text) SECURITY DEFINER;
SELECT is_empty('SELECT body FROM training.shown', 'that became SECURITY DEFINER shows nothing');
SELECT * FROM finish();
ROLLBACK;
