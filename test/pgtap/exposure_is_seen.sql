-- exposure shows, for every role, each way on which it reads a field above
-- public outside the training views, with what the field is made of.
-- One way at a time, which is then taken away: what is listed is that and nothing
-- else.  A whole network of ways at once is in exposure_follows_every_way.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;
CREATE ROLE t_owner;
CREATE ROLE t_reader;
CREATE ROLE t_auditor;
CREATE SCHEMA net AUTHORIZATION t_owner;
GRANT USAGE ON SCHEMA net TO t_reader;
SET ROLE t_owner;
-- p is public, the others are what their names say; u has no label.
CREATE TABLE net.member (id int PRIMARY KEY, birth date);
CREATE TABLE net.post (id int PRIMARY KEY, author_id int REFERENCES net.member, at timestamptz, p text, body text, pay int, faith text, u text);
RESET ROLE;
SELECT aiconsent.register_field('net.member', f, s) FROM (VALUES ('id'::name, 'public'::aiconsent.sensitivity), ('birth', 'personal{profile.birth}')) v (f, s);
SELECT aiconsent.register_field('net.post', f, s) FROM (VALUES
  ('id'::name, 'public'::aiconsent.sensitivity), ('author_id', 'public'), ('at', 'public'), ('p', 'public'), ('body', 'personal{content.post}'),
  ('pay', 'never{salary}'), ('faith', 'sensitive{profile.religion}')) v (f, s);
SELECT aiconsent.register_subject('net.member', birth => 'birth');
SELECT aiconsent.register_source('net.post', '{author_id}', 'at');
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.publish();
SELECT aiconsent.grant_role('t_reader', 'reader');
SELECT aiconsent.grant_role('t_auditor', 'auditor');
GRANT USAGE ON SCHEMA training, aiconsent TO t_owner;
GRANT SELECT ON training.post TO t_owner;

-- What a role is exposed to by an object that the command makes, which is then undone
CREATE FUNCTION exposed_by(commands text[], who name DEFAULT 't_reader', as_owner boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  command text;
  result text[];
BEGIN
  IF as_owner THEN SET LOCAL ROLE t_owner; END IF;
  FOREACH command IN ARRAY commands LOOP EXECUTE command; END LOOP;
  SET LOCAL ROLE t_auditor;
  SELECT array_agg(concat_ws(' | ', kind, object || COALESCE('.' || quote_ident(field), ''), sensitivity, base::text, via, detail)) INTO result
  FROM aiconsent.exposure WHERE role = who;
  RESET ROLE;
  RAISE 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
  RETURN QUERY SELECT unnest(result);
END $$;
-- The same where all is one view or function that t_reader may use, without what is always the same
CREATE FUNCTION made_of(query text, setup text DEFAULT 'SELECT') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT replace(replace(line, 'view | net.x', 'x'), ' | grant', '') FROM exposed_by(ARRAY[setup, 'CREATE VIEW net.x AS ' || query, 'GRANT SELECT ON net.x TO t_reader']) line $$;

-- ---------------------------------------------------------------------------
-- Who has nothing is shown nothing
-- ---------------------------------------------------------------------------
SELECT is_empty($$ SELECT exposed_by('{SELECT}') $$, 'a reader of the training views is exposed to nothing');
SELECT is_empty($$ SELECT made_of('SELECT id, p FROM net.post') $$, 'what is public is no exposure');
SELECT is_empty($$ SELECT made_of('SELECT body FROM training.post') $$, 'nor is what is read through a training view');
SELECT isnt_empty($$ SELECT exposed_by('{CREATE MATERIALIZED VIEW net.x AS SELECT body FROM training.post WITH NO DATA,GRANT SELECT ON net.x TO t_reader}') $$, 'but a copy of one is, which keeps who objected since');
SELECT is_empty($$ SELECT exposed_by('{CREATE VIEW net.x AS SELECT body FROM net.post}') $$, 'nor a view that is not granted');
SELECT is_empty($$ SELECT exposed_by('{GRANT SELECT ON net.post TO t_reader, REVOKE USAGE ON SCHEMA net FROM t_reader}') $$, 'nor a table in a schema that cannot be used');

-- ---------------------------------------------------------------------------
-- Tables, and what gives the right
-- ---------------------------------------------------------------------------
SELECT set_eq($$ SELECT exposed_by('{GRANT SELECT ON net.post TO t_reader}') $$, $$ VALUES
  ('table | net.post.body | personal{content.post} | {net.post.body} | grant'), ('table | net.post.pay | never{salary} | {net.post.pay} | grant'),
  ('table | net.post.faith | sensitive{profile.religion} | {net.post.faith} | grant'), ('table | net.post.u | {net.post.u} | grant | at least public, unknown: net.post.u') $$,
  'every field above public of a table, and those that nobody labelled, which are never taken for safe');
SELECT set_eq($$ SELECT exposed_by('{"GRANT SELECT (id, pay) ON net.post TO t_reader"}') $$, $$ VALUES ('table | net.post.pay | never{salary} | {net.post.pay} | grant') $$, 'columns that are granted one by one');
SELECT set_eq($$ SELECT exposed_by('{"GRANT SELECT (pay) ON net.post TO PUBLIC"}') $$, $$ VALUES ('table | net.post.pay | never{salary} | {net.post.pay} | PUBLIC') $$, 'what is granted to PUBLIC');
SELECT set_eq($$ SELECT exposed_by('{CREATE ROLE t_team, CREATE ROLE t_part NOINHERIT IN ROLE t_team, GRANT t_part TO t_reader, GRANT SELECT (pay) ON net.post TO t_team}', as_owner => false) $$,
  $$ VALUES ('table | net.post.pay | never{salary} | {net.post.pay} | member of t_team: grant') $$, 'what a role can become, inherited or not');
SELECT set_eq($$ SELECT line FROM exposed_by('{SELECT}', 't_owner') line WHERE line ~ 'pay' $$, $$ VALUES ('table | net.post.pay | never{salary} | {net.post.pay} | owner') $$, 'and what it owns');
SELECT set_eq($$ SELECT exposed_by('{"SELECT aiconsent.register_field(''net.post'', NULL, ''never{message}'')", "GRANT SELECT (p, body) ON net.post TO t_reader"}') $$, $$ VALUES
  ('table | net.post.p | never{message} | {net.post.p} | grant'), ('table | net.post.body | never{content.post,message} | {net.post.body} | grant') $$, 'the table''s own label is joined');

-- ---------------------------------------------------------------------------
-- Views: each shape that a query can have
-- ---------------------------------------------------------------------------
SELECT set_eq(format('SELECT made_of(%L)', query), says::text[], what) FROM (VALUES
  ('an expression is as its parts are joined', 'SELECT body || pay AS c FROM net.post', '{"x.c | never{content.post,salary} | {net.post.body,net.post.pay}"}'),
  ('nested queries', 'SELECT b AS c FROM (SELECT lower(body) AS b, pay FROM net.post) q', '{"x.c | personal{content.post} | {net.post.body}"}'),
  ('WITH', 'WITH w AS (SELECT pay AS n, p FROM net.post) SELECT n AS c, p FROM w', '{"x.c | never{salary} | {net.post.pay}"}'),
  ('UNION, each branch', 'SELECT p AS c FROM net.post UNION ALL SELECT pay::text FROM net.post UNION ALL SELECT birth::text FROM net.member', '{"x.c | never{profile.birth,salary} | {net.member.birth,net.post.p,net.post.pay}"}'),
  ('JOIN USING', 'SELECT id, a.body AS c FROM net.post a JOIN net.post b USING (id)', '{"x.c | personal{content.post} | {net.post.body}"}'),
  ('FULL JOIN USING of two columns', 'SELECT k AS c FROM (SELECT body AS k FROM net.post) a FULL JOIN (SELECT faith AS k FROM net.post) b USING (k)',
    '{"x.c | sensitive{content.post,profile.religion} | {net.post.body,net.post.faith}","x | sensitive{content.post,profile.religion} | {net.post.body,net.post.faith} | decides which rows there are"}'),
  ('LATERAL', 'SELECT l.c FROM net.post o, LATERAL (SELECT o.pay * 2 AS c) l', '{"x.c | never{salary} | {net.post.pay}"}'),
  ('VALUES', 'SELECT v.c FROM net.post o, LATERAL (VALUES (o.p), (o.body)) v(c)', '{"x.c | personal{content.post} | {net.post.body,net.post.p}"}'),
  ('aggregates', 'SELECT max(pay) AS c FROM net.post', '{"x.c | never{salary} | {net.post.pay}"}'),
  ('FILTER', 'SELECT count(*) FILTER (WHERE faith = ''x'') AS c FROM net.post', '{"x.c | sensitive{profile.religion} | {net.post.faith}"}'),
  ('GROUP BY', 'SELECT pay AS c, count(*) FROM net.post GROUP BY pay', '{"x.c | never{salary} | {net.post.pay}","x | never{salary} | {net.post.pay} | decides which rows there are"}'),
  ('windows', 'SELECT row_number() OVER (PARTITION BY faith ORDER BY pay) AS c FROM net.post', '{"x.c | never{profile.religion,salary} | {net.post.faith,net.post.pay}"}'),
  ('scalar subqueries', 'SELECT p, (SELECT max(pay) FROM net.post i WHERE i.id = o.id) AS c FROM net.post o', '{"x.c | never{salary} | {net.post.id,net.post.pay}"}'),
  ('EXISTS', 'SELECT EXISTS (SELECT FROM net.post i WHERE i.faith = o.p) AS c FROM net.post o', '{"x.c | sensitive{profile.religion} | {net.post.faith,net.post.p}"}'),
  ('CASE', 'SELECT CASE WHEN pay > 5 THEN p END AS c FROM net.post', '{"x.c | never{salary} | {net.post.p,net.post.pay}"}'),
  ('functions in FROM', 'SELECT f.c FROM net.post o, regexp_split_to_table(o.body, '' '') f(c)', '{"x.c | personal{content.post} | {net.post.body}","x | personal{content.post} | {net.post.body} | decides which rows there are"}'),
  ('XMLTABLE', 'SELECT t.c FROM net.post o, XMLTABLE(''/a'' PASSING (CAST(''<a>'' || o.pay || ''</a>'' AS xml)) COLUMNS c text PATH ''.'') t', '{"x.c | never{salary} | {net.post.pay}","x | never{salary} | {net.post.pay} | decides which rows there are"}'),
  ('a condition', 'SELECT p FROM net.post WHERE faith = ''x''', '{"x | sensitive{profile.religion} | {net.post.faith} | decides which rows there are"}'),
  ('a join''s condition', 'SELECT a.p FROM net.post a JOIN net.member m ON m.birth > a.at', '{"x | personal{profile.birth} | {net.member.birth,net.post.at} | decides which rows there are"}'),
  ('ORDER BY and LIMIT', 'SELECT p FROM net.post ORDER BY pay LIMIT 1', '{"x | never{salary} | {net.post.pay} | decides which rows there are"}'),
  ('HAVING', 'SELECT p FROM net.post GROUP BY p HAVING max(pay) > 5', '{"x | never{salary} | {net.post.p,net.post.pay} | decides which rows there are"}')
) v (what, query, says);
SELECT ok(EXISTS (SELECT FROM made_of('WITH RECURSIVE w(n, c) AS (SELECT 1, body FROM net.post UNION ALL SELECT n + 1, c || p FROM w JOIN net.post ON true WHERE n < 3) SELECT c FROM w') line
  WHERE line ~ '^x[.]c [|] personal[{]content[.]post[}] [|] [{]net[.]post[.]body,net[.]post[.]p'), 'WITH RECURSIVE');
SELECT ok(EXISTS (SELECT FROM made_of('SELECT p FROM net.post EXCEPT SELECT body FROM net.post') line WHERE line ~ 'content[.]post'), 'EXCEPT tells of both sides');
SELECT ok(EXISTS (SELECT FROM made_of('SELECT o AS c FROM net.post o') line WHERE line ~ '^x[.]c [|] [{].*pay.*at least never[{]content[.]post,profile[.]religion,salary[}], unknown: net[.]post[.]u'), 'a whole row is all of its columns');
SELECT ok(EXISTS (SELECT FROM made_of('SELECT to_jsonb(o) - ''pay'' AS c FROM net.post o') line WHERE line ~ '^x[.]c [|] [{].*pay'), 'and stays so in an expression');
SELECT is_empty($$ SELECT made_of('SELECT p AS pay, p AS body FROM net.post') $$, 'names tell nothing');

SELECT set_eq($$ SELECT line FROM exposed_by('{CREATE VIEW net.a AS SELECT pay AS one FROM net.post,CREATE VIEW net.b AS SELECT one + 1 AS two FROM net.a,CREATE VIEW net.c AS SELECT two AS three FROM net.b,GRANT SELECT ON net.c TO t_reader}') line $$,
  $$ VALUES ('view | net.c.three | never{salary} | {net.post.pay} | grant') $$, 'views on views');
SELECT set_eq($$ SELECT exposed_by('{CREATE VIEW net.a AS SELECT p AS one FROM net.post,"SELECT aiconsent.register_field(''net.a'', ''one'', ''personal{group}'')",CREATE VIEW net.b AS SELECT one AS two FROM net.a,GRANT SELECT ON net.b TO t_reader}') $$,
  $$ VALUES ('view | net.b.two | personal{group} | {net.post.p} | grant') $$, 'the label of a view on the way is joined');
SELECT set_eq($$ SELECT exposed_by('{CREATE MATERIALIZED VIEW net.x AS SELECT pay FROM net.post,GRANT SELECT ON net.x TO t_reader}') $$,
  $$ VALUES ('materialized view | net.x.pay | never{salary} | {net.post.pay} | grant | a copy, as of its last refresh') $$, 'a materialized view is a copy');
SELECT set_eq($$ SELECT exposed_by('{"ALTER TABLE net.post ADD x int GENERATED ALWAYS AS (pay / 1000) STORED","GRANT SELECT (x) ON net.post TO t_reader"}') $$,
  $$ VALUES ('generated column | net.post.x | never{salary} | {net.post.pay} | grant') $$, 'a generated column is as what it is generated from');
SELECT set_eq($$ SELECT made_of('SELECT x FROM net.post', 'ALTER TABLE net.post ADD x int GENERATED ALWAYS AS (pay / 1000) STORED') $$,
  $$ VALUES ('x.x | never{salary} | {net.post.pay}') $$, 'through a view, too');
SELECT set_eq($$ SELECT exposed_by('{"ALTER TABLE net.post RENAME pay TO p2","ALTER TABLE net.post RENAME p TO pay","ALTER TABLE net.post DROP u","ALTER TABLE net.post ADD u int","GRANT SELECT (pay, p2, u) ON net.post TO t_reader"}') $$, $$ VALUES
  ('table | net.post.p2 | never{salary} | {net.post.p2} | grant'), ('table | net.post.u | {net.post.u} | grant | at least public, unknown: net.post.u') $$, 'labels follow the column, through renames and drops');

-- ---------------------------------------------------------------------------
-- With whose rights a view reads
-- ---------------------------------------------------------------------------
SELECT is_empty($$ SELECT made_of('SELECT pay FROM net.post', 'SELECT') EXCEPT SELECT 'x.pay | never{salary} | {net.post.pay}' $$, 'a view reads with its owner''s rights');
SELECT is_empty($$ SELECT exposed_by('{CREATE VIEW net.x WITH (security_invoker) AS SELECT pay FROM net.post,GRANT SELECT ON net.x TO t_reader}') $$, 'or with its reader''s, who has none');
SELECT set_eq($$ SELECT exposed_by('{CREATE VIEW net.x WITH (security_invoker) AS SELECT pay FROM net.post,GRANT SELECT ON net.x TO t_reader,"GRANT SELECT (pay) ON net.post TO t_reader"}') $$, $$ VALUES
  ('view | net.x.pay | never{salary} | {net.post.pay} | grant'), ('table | net.post.pay | never{salary} | {net.post.pay} | grant') $$, 'or has');
SELECT is_empty($$ SELECT exposed_by('{CREATE ROLE t_other,CREATE VIEW net.x AS SELECT pay FROM net.post,ALTER VIEW net.x OWNER TO t_other,GRANT SELECT ON net.x TO t_reader}', as_owner => false) $$, 'a view whose owner may not read gives nothing');

-- ---------------------------------------------------------------------------
-- Functions and rules
-- ---------------------------------------------------------------------------
SELECT set_eq($$ SELECT exposed_by('{"CREATE FUNCTION net.f(n int) RETURNS TABLE (c int, d text) LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT pay, p FROM net.post WHERE id = n; END"}') $$,
  $$ VALUES ('function | net.f(n integer).c | never{salary} | {net.post.pay} | PUBLIC') $$, 'a function with an SQL body and its owner''s rights');
SELECT is_empty($$ SELECT exposed_by('{"CREATE FUNCTION net.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(pay) FROM net.post; END"}') $$, 'one with its caller''s rights gives it nothing');
SELECT is_empty($$ SELECT exposed_by('{"CREATE FUNCTION net.f() RETURNS int LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT max(pay) FROM net.post; END",REVOKE EXECUTE ON FUNCTION net.f FROM PUBLIC}') $$, 'nor one that it may not execute');
SELECT set_eq($$ SELECT exposed_by('{"CREATE FUNCTION net.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS ''SELECT max(pay) FROM net.post''"}') $$,
  $$ VALUES ('opaque | net.f() | PUBLIC | reads with the rights of t_owner what is not recorded') $$, 'a body that is a string is opaque, never safe');
SELECT set_eq($$ SELECT exposed_by('{"CREATE FUNCTION net.f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS ''BEGIN RETURN 1; END''"}') $$,
  $$ VALUES ('opaque | net.f() | PUBLIC | reads with the rights of t_owner what is not recorded') $$, 'whatever is in it');
SELECT set_eq($$ SELECT made_of('SELECT net.f() AS c', 'CREATE FUNCTION net.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(pay) FROM net.post; END') $$,
  $$ VALUES ('x.c | never{salary} | {net.post.pay}') $$, 'a function in a view is followed into its body');
SELECT ok(EXISTS (SELECT FROM made_of('SELECT net.f() AS c', 'CREATE FUNCTION net.f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS ''BEGIN RETURN 1; END''') line WHERE line ~ '^x[.]c [|] .*unknown: net[.]f'), 'or makes the column unknown, where it has rights of its own');
SELECT is_empty($$ SELECT made_of('SELECT net.f() AS c', 'CREATE FUNCTION net.f() RETURNS int LANGUAGE plpgsql AS ''BEGIN RETURN 1; END''') $$, 'one that has its reader''s rights gives it nothing');
SELECT ok(EXISTS (SELECT FROM exposed_by('{"CREATE FUNCTION net.f() RETURNS int LANGUAGE plpgsql AS ''BEGIN RETURN 1; END''",CREATE MATERIALIZED VIEW net.x AS SELECT net.f() AS c,GRANT SELECT ON net.x TO t_reader}') line
  WHERE line ~ '^materialized view [|] net[.]x[.]c [|] .*unknown: net[.]f'), 'but what was called with another''s rights makes a copy unknown');
SELECT set_eq($$ SELECT exposed_by('{CREATE TABLE net.seen (what text),"SELECT aiconsent.register_field(''net.seen'', ''what'', ''public'')",CREATE RULE note AS ON UPDATE TO net.post DO ALSO INSERT INTO net.seen VALUES (old.body),GRANT SELECT ON net.seen TO t_reader}') $$,
  $$ VALUES ('rule | note on net.post.what | personal{content.post} | {net.post.body} | grant | is written into net.seen') $$, 'what a rule copies is where it copies it to');
SELECT set_eq($$ SELECT exposed_by('{CREATE TABLE net.box (n int),"SELECT aiconsent.register_field(''net.box'', ''n'', ''public'')",CREATE RULE give AS ON INSERT TO net.box DO INSTEAD SELECT pay FROM net.post,GRANT INSERT ON net.box TO t_reader}') $$,
  $$ VALUES ('rule | give on net.box.pay | never{salary} | {net.post.pay} | grant') $$, 'what a rule gives back is for whoever fires it');

-- ---------------------------------------------------------------------------
-- What cannot be followed
-- ---------------------------------------------------------------------------
SELECT ok(EXISTS (SELECT FROM exposed_by(ARRAY[command], as_owner => false) line WHERE line ~ says), 'opaque: ' || command)
FROM (VALUES ('GRANT pg_read_all_data TO t_reader', '^opaque [|] pg_read_all_data [|] membership'), ('ALTER ROLE t_reader REPLICATION', '^opaque [|] replication [|] attribute'),
  ('GRANT pg_read_server_files TO t_reader', '^opaque [|] pg_read_server_files'), ('GRANT pg_execute_server_program TO t_reader', '^opaque [|] pg_execute_server_program'),
  ('GRANT pg_write_server_files TO t_reader', '^opaque [|] pg_write_server_files'), ('ALTER ROLE t_reader SUPERUSER', '^opaque [|] superuser [|] attribute'),
  ('GRANT TRIGGER ON net.post TO t_reader', '^opaque [|] net[.]post .*TRIGGER'), ('GRANT EXECUTE ON FUNCTION pg_read_file(text) TO t_reader', '^opaque [|] pg_catalog[.]pg_read_file')) v (command, says);
SELECT isnt_empty($$ SELECT FROM aiconsent.exposure WHERE role = (SELECT rolname FROM pg_roles WHERE oid = 10) AND kind = 'opaque' AND object = 'superuser' $$, 'each superuser has one row, that says all');
SELECT is_empty($$ SELECT FROM aiconsent.exposure WHERE role IN (SELECT rolname FROM pg_roles WHERE rolsuper) AND kind <> 'opaque' $$, 'and no other');

-- ---------------------------------------------------------------------------
-- Names, whatever is in them, and circles
-- ---------------------------------------------------------------------------
SET ROLE t_owner;
CREATE TABLE net."T;'$$ x" ("W"" ." text);
CREATE VIEW net."V "" v" AS SELECT "W"" ." AS "C' c" FROM net."T;'$$ x";
GRANT SELECT ON net."V "" v" TO t_reader;
RESET ROLE;
SELECT aiconsent.register_field('net."T;''$$ x"', 'W" .', 'never{secret}');
SELECT set_eq($q$ SELECT exposed_by('{SELECT}') $q$, ARRAY[$q$view | net."V "" v"."C' c" | never{secret} | {$q$ || '"net.\"T;''$$ x\".\"W\"\" .\""' || '} | grant'], 'hostile names are quoted');
DROP TABLE net."T;'$$ x" CASCADE;
SET ROLE t_owner;
CREATE VIEW net.round AS SELECT body FROM net.post;
CREATE VIEW net.trip AS SELECT body FROM net.round;
CREATE OR REPLACE VIEW net.round AS SELECT body FROM net.trip;
GRANT SELECT ON net.round TO t_reader;
RESET ROLE;
SELECT lives_ok('SELECT count(*) FROM aiconsent.exposure', 'views in a circle end somewhere');
DROP VIEW net.round CASCADE;
SET ROLE t_owner;
DO $$
BEGIN
  EXECUTE 'CREATE VIEW net.d1 AS SELECT author_id, at, p AS body FROM net.post';
  FOR i IN 2 .. 130 LOOP EXECUTE format('CREATE VIEW net.d%s AS SELECT * FROM net.d%s', i, i - 1); END LOOP;
END $$;
GRANT SELECT ON net.d130, net.d90 TO t_reader;
RESET ROLE;
SELECT set_eq($$ SELECT object, sensitivity, detail FROM aiconsent.exposure WHERE role = 't_reader' AND field = 'body' $$,
  $$ VALUES ('net.d130', NULL::aiconsent.sensitivity, 'at least never, unknown: what is nested too deep to be followed') $$, 'what is nested too deep is not taken for safe, and stops nobody');
SELECT aiconsent.register_source(v, '{author_id}', 'at'), aiconsent.register_field(v, 'body', 'public') FROM unnest('{net.d130,net.d90}'::regclass[]) v;
SELECT aiconsent.publish();
SELECT is(to_regclass('training.d130')::text, NULL, 'nor released');
SELECT isnt(to_regclass('training.d90')::text, NULL, 'while what can be followed is');

CREATE ROLE t_nobody;
SET ROLE t_nobody;
SELECT throws_ok('SELECT * FROM aiconsent.exposure', '42501', NULL, 'who may ask is an auditor');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
