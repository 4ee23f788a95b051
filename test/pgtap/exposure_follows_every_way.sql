-- What can be read past the training views: every way that the server records,
-- and no other.  Each role has one way; what it shows is said beside it.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(89);
SET LOCAL client_min_messages = error;

CREATE ROLE t_owner;
CREATE SCHEMA app AUTHORIZATION t_owner;
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT CREATE ON SCHEMA public TO t_owner;

-- pgTAP's own views are everybody's.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;

-- What a role sees, apart from how it came to it
CREATE FUNCTION shown(role text) RETURNS TABLE (object text, field text, sensitivity text, base text)
  LANGUAGE sql AS $$
  SELECT kind || ' ' || object, field, sensitivity::text, replace(array_to_string(base, ' '), 'app.', '')
  FROM aiconsent.exposure e WHERE e.role = shown.role $$;
CREATE FUNCTION role_that_reads(what text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE name text := 't_reads_' || regexp_replace(what, '.*\.', '');
  BEGIN
    EXECUTE format('CREATE ROLE %I', name);
    EXECUTE format('GRANT SELECT ON %s TO %I', what, name);
    RETURN name;
  END $$;

-- faith is sensitive, name and body personal, nobody knows what a note is
SET ROLE t_owner;
CREATE TABLE app.member (id bigint PRIMARY KEY, gone text, nick text, name text, faith text, note text,
  full_name text GENERATED ALWAYS AS (nick || ' ' || name) STORED);
ALTER TABLE app.member DROP COLUMN gone;
CREATE TABLE app.post (id bigint PRIMARY KEY, author_id bigint REFERENCES app.member, body text, at timestamptz);
CREATE TABLE app.address (name text, street text);
CREATE TABLE app.letter (id bigint, text text);
CREATE TABLE app.log (x text, y text);
INSERT INTO app.member (id, nick, name, faith) VALUES (1, 'nick', 'name', 'faith');
RESET ROLE;
SELECT aiconsent.register_subject('app.member');
SELECT aiconsent.register_source('app.member', undated => true, reason => 'a profile is of today');
SELECT aiconsent.register_field(r, f, s) FROM (VALUES
  ('app.member'::regclass, 'id'::name, 'public'::aiconsent.sensitivity), ('app.member', 'nick', 'public'),
  ('app.member', 'name', 'personal{profile.name}'), ('app.member', 'faith', 'sensitive{profile.faith}'),
  ('app.post', 'id', 'public'), ('app.post', 'author_id', 'personal{profile.account}'), ('app.post', 'at', 'public'),
  ('app.post', 'body', 'personal{content.post}'),
  ('app.address', 'name', 'personal{profile.name}'), ('app.address', 'street', 'sensitive{profile.address}'),
  ('app.letter', 'id', 'public'), ('app.letter', 'text', 'personal{content}'), ('app.letter', NULL, 'never{message}'),
  ('app.log', 'x', 'public'), ('app.log', 'y', 'public')) v (r, f, s);
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT count(*) FROM aiconsent.publish() \g /dev/null

-- Tables
SELECT role_that_reads('app.member') \g /dev/null
SELECT set_eq($$ SELECT * FROM shown('t_reads_member') $$, $$ VALUES
  ('table app.member', 'name', 'personal{profile.name}', 'member.name'),
  ('table app.member', 'faith', 'sensitive{profile.faith}', 'member.faith'),
  ('table app.member', 'note', NULL, 'member.note'),
  ('generated column app.member', 'full_name', 'personal{profile.name}', 'member.name member.nick') $$,
  'a table shows what is labelled above public, what is not labelled, and what is generated from that');
SELECT is(detail, 'at least public, unknown: app.member.note', 'what is not known has no sensitivity, and is named')
  FROM aiconsent.exposure WHERE role = 't_reads_member' AND field = 'note';
SELECT role_that_reads('app.letter') \g /dev/null
SELECT set_eq($$ SELECT * FROM shown('t_reads_letter') $$, $$ VALUES
  ('table app.letter', 'id', 'never{message}', 'letter.id'),
  ('table app.letter', 'text', 'never{content,message}', 'letter.text') $$,
  'a table''s own label is joined into each of its columns');
SELECT role_that_reads('app.log') \g /dev/null
SELECT is_empty($$ SELECT * FROM shown('t_reads_log') $$, 'what is public is not listed');

-- Views.  Each: what it is, its query, and what it shows.
CREATE TABLE way (name text, query text, shows text);
INSERT INTO way VALUES
('plain', 'SELECT nick, name AS called FROM app.member',
  'called|personal{profile.name}|member.name'),
('filtered', 'SELECT nick FROM app.member WHERE faith <> '''' ORDER BY name LIMIT 3',
  '|sensitive{profile.faith,profile.name}|member.faith member.name'),
('joined_on', 'SELECT m.nick FROM app.member m JOIN app.post p ON p.author_id = m.id AND p.body = m.nick',
  '|personal{content.post,profile.account}|member.id member.nick post.author_id post.body'),
('cte', 'WITH c AS (SELECT name AS n, id FROM app.member), d AS (SELECT n FROM c) SELECT (SELECT max(n) FROM d), c.id FROM c',
  'max|personal{profile.name}|member.name'),
('recursive', 'WITH RECURSIVE r (id, path) AS (SELECT id, name FROM app.member UNION ALL
    SELECT m.id, r.path || m.faith FROM app.member m, r WHERE m.id = r.id + 1) SELECT path, id FROM r',
  'path|sensitive{profile.faith,profile.name}|member.faith member.name'),
('searched', 'WITH RECURSIVE r (id, name) AS (SELECT id, name FROM app.member UNION ALL
    SELECT m.id, m.name FROM app.member m, r WHERE m.id = r.id + 1 AND m.faith = '''') SEARCH DEPTH FIRST BY name SET way SELECT id, way::text FROM r',
  'way|personal{profile.name}|member.id member.name; |sensitive{profile.faith}|member.faith member.id'),
('unioned', 'SELECT nick AS x, id FROM app.member UNION ALL (SELECT body, id FROM app.post UNION SELECT ''x'', 1)',
  'x|personal{content.post}|member.nick post.body'),
('excepted', 'SELECT nick FROM app.member EXCEPT SELECT name FROM app.member',
  'nick|personal{profile.name}|member.name member.nick; |personal{profile.name}|member.name member.nick'),
('merged', 'SELECT name FROM app.member FULL JOIN app.address USING (name)',
  'name|personal{profile.name}|address.name member.name; |personal{profile.name}|address.name member.name'),
('whole_row', 'SELECT p FROM app.post p',
  'p|personal{content.post,profile.account}|post.at post.author_id post.body post.id'),
('whole_join', 'SELECT j::text FROM (app.address a CROSS JOIN app.log l) j',
  'j|sensitive{profile.address,profile.name}|address.name address.street log.x log.y'),
('whole_subquery', 'SELECT to_jsonb(s) AS s FROM (SELECT nick, name FROM app.member) s',
  's|personal{profile.name}|member.name member.nick'),
('aggregate', 'SELECT count(*) AS n, string_agg(name, '','' ORDER BY faith) FILTER (WHERE nick <> '''') AS names FROM app.member',
  'names|sensitive{profile.faith,profile.name}|member.faith member.name member.nick'),
('grouped', 'SELECT upper(nick) AS u, faith || ''!'' AS f, count(*) FROM app.member GROUP BY upper(nick), faith HAVING max(name) > ''a''',
  'f|sensitive{profile.faith}|member.faith; |sensitive{profile.faith,profile.name}|member.faith member.name member.nick'),
('ranked', 'SELECT id, rank() OVER w AS r, count(*) OVER () AS n FROM app.member WINDOW w AS (PARTITION BY nick ORDER BY faith)',
  'r|sensitive{profile.faith}|member.faith member.nick'),
('correlated', 'SELECT m.nick, (SELECT max(p.at) FROM app.post p WHERE p.body = m.faith) AS a, EXISTS (SELECT p.body FROM app.post p WHERE p.author_id = m.id) AS b,
    m.nick IN (SELECT street FROM app.address) AS c FROM app.member m',
  'a|sensitive{content.post,profile.faith}|member.faith post.at post.body; b|personal{profile.account}|member.id post.author_id; c|sensitive{profile.address}|address.street member.nick'),
('two_levels_up', 'SELECT (SELECT (SELECT m.name) FROM app.log) AS n FROM app.member m',
  'n|personal{profile.name}|member.name'),
('beside', 'SELECT v.x FROM app.member m, LATERAL (VALUES (m.nick), (m.name)) v (x)',
  'x|personal{profile.name}|member.name member.nick'),
('values', 'SELECT * FROM (VALUES (1, ''a'')) v (a, b)', ''),
('split', 'SELECT m.id, t.word, t.n FROM app.member m, ROWS FROM (string_to_table(m.name, '' ''), generate_series(1, m.id)) WITH ORDINALITY t (word, n, o)',
  'word|personal{profile.name}|member.name; |personal{profile.name}|member.id member.name'),
('unnested', 'SELECT id, unnest(string_to_array(nick || faith, '''')) AS c FROM app.member',
  'c|sensitive{profile.faith}|member.faith member.nick; |sensitive{profile.faith}|member.faith member.nick'),
('cases', 'SELECT CASE WHEN faith IS NULL THEN 1 END AS c, ROW(name, 1) IS NULL AS r, coalesce(nick, name) AS n FROM app.member',
  'c|sensitive{profile.faith}|member.faith; r|personal{profile.name}|member.name; n|personal{profile.name}|member.name member.nick'),
('generated', 'SELECT full_name FROM app.member', 'full_name|personal{profile.name}|member.name member.nick'),
('unlabelled', 'SELECT name || note AS n FROM app.member', 'n|?|member.name member.note'),
('tabled', 'SELECT x.a FROM app.post, XMLTABLE(''/a'' PASSING xmlelement(name a, body) COLUMNS a text) x',
  'a|personal{content.post}|post.body; |personal{content.post}|post.body'),
('safe', 'SELECT m.id, nick, at FROM app.member m, app.post p WHERE m.id = p.id', ''),
('system', 'SELECT ctid AS c, tableoid::regclass AS t, count(*) OVER () FROM app.member', ''),
('catalog', 'SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid', ''),
('statistics', 'SELECT tablename, most_common_vals::text AS v FROM pg_stats', 'v|?|' || (SELECT string_agg(format('pg_catalog.pg_statistic.%s%s', c, i), ' ' ORDER BY c, i) FROM unnest('{stakind,stavalues}'::text[]) c, generate_series(1, 5) i) || '; |?|pg_catalog.pg_statistic.staattnum pg_catalog.pg_statistic.starelid');

CREATE FUNCTION make_way(name text, query text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    SET LOCAL ROLE t_owner;
    EXECUTE format('CREATE VIEW app.%I AS %s', name, query);
    EXECUTE format('CREATE MATERIALIZED VIEW app.%I AS %s WITH NO DATA', 'copy_' || name, query);
    RESET ROLE;
    RETURN role_that_reads('app.' || name) || role_that_reads('app.copy_' || name);
  END $$;
SELECT make_way(name, query) FROM way \g /dev/null
CREATE TEMP TABLE seen AS SELECT * FROM aiconsent.exposure;
SELECT set_eq(
  format($$ SELECT concat_ws('|', coalesce(field, ''), coalesce(sensitivity::text, '?'), replace(array_to_string(base, ' '), 'app.', ''))
    FROM seen WHERE role = 't_reads_' || %L AND kind = 'view' AND object = 'app.' || %1$L $$, name), string_to_array(shows, '; '), 'a view: ' || name)
  FROM way;
SELECT set_eq($$ SELECT object, field, sensitivity, base FROM seen WHERE kind = 'materialized view' AND role LIKE 't\_reads\_%' $$,
  $$ SELECT regexp_replace(object, '^app.', 'app.copy_'), field, sensitivity, base FROM seen WHERE kind = 'view' AND role LIKE 't\_reads\_%' $$,
  'a materialized view shows what the same view shows');
SELECT is_empty($$ SELECT FROM seen WHERE role LIKE 't\_reads\_%' AND object <> 'app.' || substr(role, 9) $$,
  'and nobody is shown with what another reads');

-- Views over views; a label of a view's own is joined; names follow a rename.
SET ROLE t_owner;
CREATE VIEW app.inner_view AS SELECT id, nick AS a, name AS b FROM app.member WHERE faith > '';
CREATE VIEW app.outer_view AS SELECT a AS b, b AS a FROM app.inner_view;
ALTER VIEW app.outer_view RENAME COLUMN a TO renamed;
CREATE VIEW app.marked AS SELECT nick, name FROM app.member;
RESET ROLE;
SELECT aiconsent.register_field('app.marked', f, s) FROM (VALUES ('nick'::name, 'personal{content}'::aiconsent.sensitivity), ('name', 'public')) v (f, s);
SELECT role_that_reads('app.outer_view'), role_that_reads('app.marked') \g /dev/null
SELECT set_eq($$ SELECT * FROM shown('t_reads_outer_view') $$, $$ VALUES
  ('view app.outer_view', 'renamed', 'personal{profile.name}', 'member.name'),
  ('view app.outer_view', NULL, 'sensitive{profile.faith}', 'member.faith') $$, 'a view over a view, under the names of now');
SELECT set_eq($$ SELECT * FROM shown('t_reads_marked') $$, $$ VALUES
  ('view app.marked', 'nick', 'personal{content}', 'member.nick'),
  ('view app.marked', 'name', 'personal{profile.name}', 'member.name') $$, 'a view''s own label adds, and takes nothing away');

-- Training views are no exposure; a copy of one is, for it stays when the member objects.
SELECT aiconsent.register_field('app.post', 'author_id', 'public');
SELECT aiconsent.register_source('app.post', occurred_at => 'at');
SELECT count(*) FROM aiconsent.publish() \g /dev/null
CREATE ROLE t_trains;
SELECT aiconsent.grant_role('t_trains', 'reader');
SELECT is_empty($$ SELECT * FROM shown('t_trains') $$, 'who reads the training views only is not listed');
GRANT USAGE ON SCHEMA training TO t_owner;
SET ROLE t_owner;
CREATE VIEW app.on_training AS SELECT upper(body) AS body FROM training.post;
CREATE VIEW app.past_training AS SELECT p.body AS released, q.body AS body FROM training.post p, app.post q;
CREATE MATERIALIZED VIEW app.training_copy AS SELECT body FROM training.post WITH NO DATA;
RESET ROLE;
SELECT role_that_reads('app.on_training'), role_that_reads('app.past_training'), role_that_reads('app.training_copy') \g /dev/null
SELECT is_empty($$ SELECT * FROM shown('t_reads_on_training') $$, 'nor who reads a view over them');
SELECT set_eq($$ SELECT * FROM shown('t_reads_past_training') $$, $$ VALUES
  ('view app.past_training', 'body', 'personal{content.post}', 'post.body') $$, 'but what stands beside them is');
SELECT is((SELECT array_agg(object || ' ' || field) FROM shown('t_reads_training_copy') WHERE base = 'post.body' AND sensitivity = 'personal{content.post}'),
  '{materialized view app.training_copy body}'::text[], 'and a copy of them');
SELECT is((SELECT DISTINCT detail FROM aiconsent.exposure WHERE role = 't_reads_training_copy' AND field IS NOT NULL),
  'a copy, as of its last refresh', 'which it is said to be');

-- Whose rights
CREATE ROLE t_column;
GRANT SELECT (id, faith), INSERT ON app.member TO t_column;
SELECT set_eq($$ SELECT field FROM shown('t_column') $$, '{faith}'::text[], 'a grant of columns shows these');
CREATE ROLE t_unrelated;
SELECT is_empty($$ SELECT * FROM shown('t_unrelated') $$, 'who has nothing is not listed');
CREATE ROLE t_middle;
CREATE ROLE t_end NOINHERIT;
GRANT t_column TO t_middle;
GRANT t_middle TO t_end;
SELECT set_eq($$ SELECT role::text, field, via FROM aiconsent.exposure WHERE role IN ('t_middle', 't_end', 't_column') $$, $$ VALUES
  ('t_column', 'faith', 'grant'), ('t_middle', 'faith', 'member of t_column: grant'), ('t_end', 'faith', 'member of t_column: grant') $$,
  'a member of a member has it too, though it inherits nothing: it can SET ROLE');
SELECT set_eq($$ SELECT DISTINCT via FROM aiconsent.exposure WHERE role = 't_owner' AND object IN ('app.member', 'app.cte') $$,
  '{owner}'::text[], 'an owner reads what it owns');
REVOKE SELECT ON app.member FROM t_owner;
SELECT isnt_empty($$ SELECT FROM aiconsent.exposure WHERE role = 't_owner' AND object = 'app.member' $$, 'also if it took that from itself, for it can give it back');
SELECT is_empty($$ SELECT * FROM shown('t_reads_plain') $$, 'while who reads the view that reads with its rights now gets an error');
GRANT SELECT ON app.member TO t_owner;
SELECT isnt_empty($$ SELECT * FROM shown('t_reads_plain') $$, 'and no more, once they are back');

CREATE SCHEMA hall AUTHORIZATION t_owner;
CREATE VIEW hall.of_fame AS SELECT name FROM app.member;
ALTER VIEW hall.of_fame OWNER TO t_owner;
GRANT SELECT ON hall.of_fame TO PUBLIC;
CREATE ROLE t_guest;
SELECT is_empty($$ SELECT * FROM shown('t_guest') $$, 'a grant to PUBLIC in a schema that the role may not use shows nothing');
GRANT USAGE ON SCHEMA hall TO t_guest;
SELECT set_eq($$ SELECT object, field, via FROM aiconsent.exposure WHERE role = 't_guest' $$,
  $$ VALUES ('hall.of_fame', 'name', 'PUBLIC') $$, 'and what it gives in one that it may use');

SET ROLE t_owner;
CREATE VIEW app.as_asker WITH (security_invoker = yes) AS SELECT nick, name FROM app.member;
CREATE VIEW app.over_as_asker AS SELECT name AS n FROM app.as_asker;
RESET ROLE;
SELECT role_that_reads('app.as_asker'), role_that_reads('app.over_as_asker') \g /dev/null
SELECT is_empty($$ SELECT * FROM shown('t_reads_as_asker') $$, 'a view that reads as who asks shows nothing to who may not');
SELECT is_empty($$ SELECT * FROM shown('t_reads_over_as_asker') $$, 'and none over it');
GRANT SELECT (nick, name) ON app.member TO t_reads_as_asker, t_reads_over_as_asker;
SELECT set_eq($$ SELECT object, field FROM shown('t_reads_as_asker') $$,
  $$ VALUES ('view app.as_asker', 'name'), ('table app.member', 'name') $$, 'but to who may');
SELECT set_eq($$ SELECT object, field FROM shown('t_reads_over_as_asker') $$,
  $$ VALUES ('view app.over_as_asker', 'n'), ('table app.member', 'name') $$, 'also over it');

-- Functions
SET ROLE t_owner;
CREATE FUNCTION app.names(at_least bigint) RETURNS TABLE (who bigint, called text) SECURITY DEFINER
  BEGIN ATOMIC SELECT id, name FROM app.member WHERE faith > '' AND id > at_least; END;
CREATE FUNCTION app.members() RETURNS SETOF app.member SECURITY DEFINER
  BEGIN ATOMIC SELECT m.* FROM app.member m ORDER BY m.id; END;
CREATE FUNCTION app.whole_members() RETURNS SETOF app.address SECURITY DEFINER
  BEGIN ATOMIC SELECT a FROM app.address a ORDER BY a.name; END;
CREATE FUNCTION app.faith_of(bigint) RETURNS text SECURITY DEFINER RETURN (SELECT faith FROM app.member WHERE id = $1);
CREATE FUNCTION app.no_rights_of_its_own() RETURNS text BEGIN ATOMIC SELECT name FROM app.member; END;
CREATE FUNCTION app.logged() RETURNS SETOF text SECURITY DEFINER
  BEGIN ATOMIC INSERT INTO app.log (x, y) SELECT nick, name FROM app.member RETURNING y; END;
CREATE FUNCTION app.calls_itself() RETURNS text SECURITY DEFINER RETURN NULL::text;
CREATE OR REPLACE FUNCTION app.calls_itself() RETURNS text SECURITY DEFINER
  BEGIN ATOMIC SELECT name || app.calls_itself() FROM app.member; END;
CREATE FUNCTION app.in_a_string() RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT name FROM app.member); END';
CREATE FUNCTION app.in_a_string_of_sql() RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT name FROM app.member';
CREATE FUNCTION app.as_caller() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT name FROM app.member); END';
CREATE FUNCTION app.fires() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION app.harmless() RETURNS bigint SECURITY DEFINER RETURN (SELECT count(*) FROM app.member);
CREATE FUNCTION app.silent() RETURNS void SECURITY DEFINER BEGIN ATOMIC SELECT name FROM app.member; END;
CREATE TABLE app.kept (id bigint PRIMARY KEY, x text, y text);
CREATE FUNCTION app.keeps() RETURNS SETOF text SECURITY DEFINER
  BEGIN ATOMIC INSERT INTO app.kept SELECT id, nick FROM app.member ON CONFLICT (id) DO UPDATE SET y = (SELECT max(faith) FROM app.member) RETURNING y; END;
CREATE FUNCTION app.takes_out() RETURNS TABLE (a text, b text) SECURITY DEFINER
  BEGIN ATOMIC WITH w AS (UPDATE app.kept k SET x = m.name FROM app.member m WHERE m.id = k.id RETURNING k.x, k.y) SELECT x, y FROM w; END;
CREATE PROCEDURE app.proceeds(OUT a text) SECURITY DEFINER BEGIN ATOMIC SELECT max(faith) FROM app.member; END;
CREATE AGGREGATE app.concatenated(text) (SFUNC = textcat, STYPE = text);
CREATE VIEW app.calls AS SELECT f.called, f.who, app.faith_of(m.id) AS faith, app.in_a_string() AS s, app.concatenated(nick) OVER () AS c, lower(name) AS l
  FROM app.member m, app.names(m.id) f;
CREATE VIEW app.of_members AS SELECT nick, faith FROM app.members();
REVOKE ALL ON ALL ROUTINES IN SCHEMA app FROM PUBLIC;
RESET ROLE;
SELECT aiconsent.register_field('app.kept', f, 'public') FROM unnest('{id,x,y}'::name[]) f;
CREATE FUNCTION role_that_calls(what regproc) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE name text := 't_calls_' || (SELECT proname FROM pg_proc WHERE oid = what);
  BEGIN
    EXECUTE format('CREATE ROLE %I', name);
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I', what, name);
    RETURN name;
  END $$;
SELECT role_that_calls(oid::regproc) FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND prokind <> 'a' \g /dev/null
SELECT set_eq($$ SELECT * FROM shown('t_calls_names') $$, $$ VALUES
  ('function app.names(at_least bigint)', 'called', 'personal{profile.name}', 'member.name'),
  ('function app.names(at_least bigint)', NULL, 'sensitive{profile.faith}', 'member.faith member.id') $$,
  'a function with rights of its own shows what it gives, and by what it chooses');
SELECT set_eq($$ SELECT field, sensitivity, base FROM shown('t_calls_members') $$, $$ VALUES
  ('name', 'personal{profile.name}', 'member.name'), ('faith', 'sensitive{profile.faith}', 'member.faith'),
  ('note', NULL, 'member.note'), ('full_name', 'personal{profile.name}', 'member.name member.nick') $$,
  'each column of a row that it gives, where a column was dropped before them');
SELECT set_eq($$ SELECT field, sensitivity, base FROM shown('t_calls_whole_members') $$, $$ VALUES
  ('name', 'sensitive{profile.address,profile.name}', 'address.name address.street'),
  ('street', 'sensitive{profile.address,profile.name}', 'address.name address.street'), (NULL, 'personal{profile.name}', 'address.name') $$,
  'a row that is given as one value is in each of its columns');
SELECT set_eq($$ SELECT * FROM shown('t_calls_faith_of') $$, $$ VALUES
  ('function app.faith_of(bigint)', 'faith_of', 'sensitive{profile.faith}', 'member.faith member.id') $$, 'a single value has the function''s name');
SELECT set_eq($$ SELECT field, base FROM shown('t_calls_calls_itself') $$,
  $$ VALUES ('calls_itself', 'member.name') $$, 'a function that calls itself comes to an end');
SELECT set_eq($$ SELECT * FROM shown('t_calls_logged') $$, $$ VALUES
  ('function app.logged()', 'logged', 'personal{profile.name}', 'log.y member.name') $$, 'RETURNING gives what has been written');
SELECT set_eq($$ SELECT * FROM shown('t_calls_keeps') $$, $$ VALUES
  ('function app.keeps()', 'keeps', 'sensitive{profile.faith}', 'kept.y member.faith') $$, 'also by ON CONFLICT');
SELECT set_eq($$ SELECT * FROM shown('t_calls_takes_out') $$, $$ VALUES
  ('function app.takes_out()', 'a', 'personal{profile.name}', 'kept.x member.name') $$, 'also in a WITH');
SELECT set_eq($$ SELECT * FROM shown('t_calls_proceeds') $$, $$ VALUES
  ('function app.proceeds(OUT a text)', 'a', 'sensitive{profile.faith}', 'member.faith') $$, 'a procedure gives by its OUT arguments');
SELECT is_empty(format($$ SELECT * FROM shown('t_calls_' || %L) $$, f), 'not listed: ' || f)
  FROM unnest('{no_rights_of_its_own,as_caller,fires,harmless,silent}'::text[]) f;
SELECT set_eq(format($$ SELECT kind, object, via, detail FROM aiconsent.exposure WHERE role = 't_calls_' || %L $$, f),
  format($$ VALUES ('opaque', 'app.%s()', 'grant', 'reads with the rights of t_owner what is not recorded') $$, f), 'opaque: ' || f)
  FROM unnest('{in_a_string,in_a_string_of_sql}'::text[]) f;
SELECT is_empty($$ SELECT FROM aiconsent.exposure WHERE role = 't_owner' AND object ~ 'in_a_string|names\(' $$,
  'a function''s owner gains nothing by it');
SELECT set_eq($$ SELECT field, sensitivity, base FROM shown('t_reads_log') WHERE object = 'function app.logged()' $$,
  $$ VALUES ('y', 'personal{profile.name}', 'member.name') $$, 'what a function writes is seen by who reads where it is written');
SELECT role_that_reads('app.calls'), role_that_reads('app.of_members') \g /dev/null
SELECT set_eq($$ SELECT field, sensitivity, base FROM shown('t_reads_calls') $$, $$ VALUES
  ('called', 'personal{profile.name}', 'member.id member.name'), ('faith', 'sensitive{profile.faith}', 'member.faith member.id'),
  ('s', NULL, ''), ('l', 'personal{profile.name}', 'member.name'), (NULL, 'sensitive{profile.faith}', 'member.faith member.id') $$,
  'a view that calls functions has what they read');
SELECT is(detail, 'at least public, unknown: app.in_a_string()', 'and the function that may read anything is named')
  FROM aiconsent.exposure WHERE role = 't_reads_calls' AND field = 's';
SELECT set_eq($$ SELECT field, sensitivity, base FROM shown('t_reads_of_members') $$,
  $$ VALUES ('faith', 'sensitive{profile.faith}', 'member.faith') $$, 'a column of a function in FROM is the one of that name');

SET ROLE t_owner;
CREATE FUNCTION hall.behind(text) RETURNS text SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT name FROM app.member); END';
CREATE FUNCTION hall.hidden(text) RETURNS text SECURITY DEFINER RETURN (SELECT max(name) FROM app.member);
RESET ROLE;
SELECT is_empty($$ SELECT * FROM shown('t_unrelated') $$, 'functions of everybody''s are none in a schema that the role may not use');
SET ROLE t_owner;
CREATE OPERATOR app.!@ (FUNCTION = hall.behind, RIGHTARG = text);
CREATE OPERATOR app.!# (FUNCTION = hall.hidden, RIGHTARG = text);
RESET ROLE;
SELECT set_eq($$ SELECT object, base FROM shown('t_unrelated') $$,
  $$ VALUES ('opaque hall.behind(text)', NULL), ('function hall.hidden(text)', 'member.name') $$, 'unless an operator calls them');
DROP OPERATOR app.!@ (NONE, text);
DROP OPERATOR app.!# (NONE, text);

-- Rules
SET ROLE t_owner;
CREATE TABLE app.copied (x text, y text);
CREATE VIEW app.of_copied AS SELECT y AS z FROM app.copied;
CREATE RULE copies AS ON INSERT TO app.member DO ALSO INSERT INTO app.copied SELECT NEW.nick, p.body FROM app.post p WHERE p.author_id = NEW.id;
CREATE RULE copies_by_a_view AS ON UPDATE TO app.member DO ALSO INSERT INTO app.of_copied VALUES (OLD.name);
CREATE RULE tells AS ON DELETE TO app.log DO ALSO SELECT faith, nick FROM app.member;
CREATE RULE says AS ON UPDATE TO app.log DO ALSO NOTIFY said;
RESET ROLE;
SELECT aiconsent.register_field('app.copied', f, 'public') FROM unnest('{x,y}'::name[]) f;
SELECT role_that_reads('app.copied') \g /dev/null
CREATE ROLE t_deletes;
GRANT DELETE ON app.log TO t_deletes;
SELECT set_eq($$ SELECT kind, object, field, sensitivity::text, base, detail FROM aiconsent.exposure WHERE role = 't_reads_copied' $$, $$ VALUES
  ('rule', 'copies on app.member', 'y', 'personal{content.post}', '{app.post.body}'::text[], 'is written into app.copied'),
  ('rule', 'copies_by_a_view on app.member', 'y', 'personal{profile.name}', '{app.member.name}', 'is written into app.copied') $$,
  'what a rule writes is seen by who reads where it is written');
SELECT set_eq($$ SELECT * FROM shown('t_deletes') $$, $$ VALUES
  ('rule tells on app.log', 'faith', 'sensitive{profile.faith}', 'member.faith') $$, 'and what it tells by who may fire it');

-- What is not recorded is opaque
CREATE ROLE t_all IN ROLE pg_read_all_data;
CREATE ROLE t_files IN ROLE pg_read_server_files;
CREATE ROLE t_programs IN ROLE pg_execute_server_program;
CREATE ROLE t_monitor IN ROLE pg_monitor;
CREATE ROLE t_replica REPLICATION;
CREATE ROLE t_super SUPERUSER;
CREATE ROLE t_can_be_super IN ROLE t_super;
CREATE ROLE t_trigger;
GRANT TRIGGER ON app.member TO t_trigger;
CREATE ROLE t_foreign;
CREATE FOREIGN DATA WRAPPER afar;
CREATE SERVER "a'far" FOREIGN DATA WRAPPER afar;
GRANT USAGE ON FOREIGN SERVER "a'far" TO t_foreign;
CREATE ROLE t_reads_a_file;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO t_reads_a_file;
SELECT set_eq($$ SELECT role::text, object FROM aiconsent.exposure WHERE kind = 'opaque'
    AND role ~ '^t_(all|files|programs|monitor|replica|super|can_be_super|trigger|foreign|reads_a_file)$' $$, $$ VALUES
  ('t_all', 'pg_read_all_data'), ('t_files', 'pg_read_server_files'), ('t_programs', 'pg_execute_server_program'),
  ('t_monitor', 'pg_read_all_stats'), ('t_replica', 'replication'), ('t_super', 'superuser'), ('t_can_be_super', 'superuser'),
  ('t_trigger', 'app.member'), ('t_foreign', 'foreign server "a''far"'),
  ('t_reads_a_file', 'pg_catalog.pg_read_file(text)') $$,
  'opaque: what reads without a record, and nothing beside it');
SELECT is((SELECT count(*) FROM aiconsent.exposure WHERE role = 't_super'), 1::bigint, 'a superuser has one line');
SELECT is_empty($$ SELECT FROM aiconsent.exposure WHERE kind = 'opaque' AND sensitivity IS NOT NULL
  UNION ALL SELECT FROM aiconsent.exposure WHERE kind = 'opaque' AND detail IS NULL
  UNION ALL SELECT FROM aiconsent.exposure WHERE role ~ '^pg_' $$, 'none is ever safe, each says why, and the server''s own roles are not listed');

-- Names that were chosen to do harm
CREATE ROLE "t_Ev'il"";--";
CREATE SCHEMA "a.b'c"" {x,y}" AUTHORIZATION t_owner;
SET ROLE t_owner;
CREATE TABLE "a.b'c"" {x,y}"."T'; DROP TABLE app.post; --" ("se cret, ""x""" text, "öffentlich %I $1" text);
CREATE FUNCTION "a.b'c"" {x,y}"."f'; --"("arg'" text) RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT 1::text';
CREATE RULE "r'; --" AS ON INSERT TO "a.b'c"" {x,y}"."T'; DROP TABLE app.post; --" DO ALSO SELECT "se cret, ""x""" FROM "a.b'c"" {x,y}"."T'; DROP TABLE app.post; --";
RESET ROLE;
SELECT aiconsent.register_field('"a.b''c"" {x,y}"."T''; DROP TABLE app.post; --"', 'se cret, "x"', 'personal{content}');
GRANT ALL ON SCHEMA "a.b'c"" {x,y}" TO "t_Ev'il"";--";
GRANT SELECT, INSERT ON "a.b'c"" {x,y}"."T'; DROP TABLE app.post; --" TO "t_Ev'il"";--";
SELECT set_eq($$ SELECT kind, object, field, sensitivity::text, base FROM aiconsent.exposure WHERE role = $r$t_Ev'il";--$r$ $$, $$ VALUES
  ('table', '"a.b''c"" {x,y}"."T''; DROP TABLE app.post; --"', 'se cret, "x"', 'personal{content}',
    ARRAY['"a.b''c"" {x,y}"."T''; DROP TABLE app.post; --"."se cret, ""x"""']),
  ('table', '"a.b''c"" {x,y}"."T''; DROP TABLE app.post; --"', 'öffentlich %I $1', NULL,
    ARRAY['"a.b''c"" {x,y}"."T''; DROP TABLE app.post; --"."öffentlich %I $1"']),
  ('rule', '"r''; --" on "a.b''c"" {x,y}"."T''; DROP TABLE app.post; --"', 'se cret, "x"', 'personal{content}',
    ARRAY['"a.b''c"" {x,y}"."T''; DROP TABLE app.post; --"."se cret, ""x"""']),
  ('opaque', '"a.b''c"" {x,y}"."f''; --"("arg''" text)', NULL, NULL, NULL) $$, 'names are quoted, whatever they are');

-- For whom
CREATE ROLE t_auditor;
SELECT aiconsent.grant_role('t_auditor', 'auditor');
CREATE TEMP TABLE as_superuser AS SELECT * FROM aiconsent.exposure;
GRANT SELECT ON as_superuser TO t_auditor;
SET ROLE t_auditor;
SELECT isnt_empty('SELECT * FROM aiconsent.exposure', 'an auditor reads it');
SELECT set_eq('SELECT * FROM aiconsent.exposure', 'SELECT * FROM as_superuser', 'all that a superuser does');
SELECT throws_ok('SELECT * FROM app.member', '42501', NULL, 'with no right on what is in it');
SET ROLE t_trains;
SELECT throws_ok('SELECT * FROM aiconsent.exposure', '42501', NULL, 'and a reader does not');
RESET ROLE;
SELECT is_empty($$ SELECT * FROM shown('t_auditor') $$, 'nor is an auditor listed for it');

SELECT * FROM finish();
ROLLBACK;
