-- A reader who attacks gets no value of a row or a cell that is out, and no
-- released value in another form than it is released in: whatever the rows'
-- persons, classes and treatments are declared by, in the fast form and in the
-- sealed one.
--
-- What must stay unseen contains secret-, which is put together here so that
-- no statement has it in its text and the server's log can be searched for it.
-- What may be seen follows from the rules below alone, without the extension.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
-- What is compiled has a place of its own below; anywhere else it takes time only.
SET jit = off;
SELECT * FROM no_plan();

CREATE ROLE ag_owner NOLOGIN;
CREATE ROLE ag_reader NOLOGIN;
CREATE SCHEMA ag_net AUTHORIZATION ag_owner;
CREATE SCHEMA ag_own AUTHORIZATION ag_owner;
CREATE SCHEMA lair AUTHORIZATION ag_reader;
GRANT USAGE ON SCHEMA ag_own, lair TO PUBLIC;
CREATE FUNCTION secret(n int) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT 'sec' || 'ret-' || md5(n::text) $$;

-- ---------------------------------------------------------------------------
-- 1, 2 and 3 are in; 4 objected, 5 is a child, 6 is nobody.
-- ---------------------------------------------------------------------------
SET ROLE ag_owner;
CREATE TYPE ag_net.kind AS ENUM ('open', 'private');
CREATE TABLE ag_net.member (id int PRIMARY KEY, birth date);
CREATE TABLE ag_net.room (id int PRIMARY KEY, is_sensitive boolean, topic text);
CREATE TABLE ag_net.post (id int PRIMARY KEY, author_id int, tagged int[],
  reviewer_id int, kind ag_net.kind, room_id int REFERENCES ag_net.room,
  quoted_id int REFERENCES ag_net.post, body text, number text, quote text,
  place text, handle text, nick text, at timestamptz DEFAULT '2026-01-01');
CREATE TABLE ag_net.comment (id int PRIMARY KEY, author_id int,
  post_id int REFERENCES ag_net.post, body text, at timestamptz DEFAULT '2026-01-01');
CREATE TABLE ag_net.note (id int PRIMARY KEY, author_id int, kind text, body text,
  number text, at timestamptz DEFAULT '2026-01-01');
RESET ROLE;
INSERT INTO ag_net.member SELECT g, CASE g WHEN 5 THEN current_date - 4000
  ELSE '1980-01-01' END::date FROM generate_series(1, 5) g;
INSERT INTO ag_net.room SELECT g, NULLIF(g, 6) = 5, secret(g) FROM generate_series(1, 6) g;
INSERT INTO ag_net.post (id, author_id, tagged, reviewer_id, kind, room_id, quoted_id)
SELECT g, NULLIF(g % 7, 0), CASE WHEN g % 11 = 0 THEN '{1,NULL}' ELSE
    ('{"{}","{1}","{2,3}","{1,4}"}'::text[])[g % 5 + 1] END::int[],
  ('{NULL,1,4,2}'::int[])[g / 2 % 4 + 1],
  CASE WHEN g % 13 = 0 THEN NULL WHEN g % 6 = 0 THEN 'private' ELSE 'open' END::ag_net.kind,
  CASE WHEN g % 9 > 0 THEN 1 + g / 3 % 6 END, CASE WHEN g % 4 > 0 THEN g * 5 % 600 + 1 END
FROM generate_series(1, 600) g;

-- Which rows are in, and whose quote is.
CREATE FUNCTION is_in(member int) RETURNS boolean LANGUAGE sql AS $$ SELECT COALESCE(member IN (1, 2, 3), false) $$;
CREATE TABLE ruled AS
SELECT p.id, is_in(p.author_id) AND COALESCE((SELECT bool_and(is_in(t)) FROM unnest(p.tagged) t), p.tagged IS NOT NULL)
    AND (p.reviewer_id IS NULL OR is_in(p.reviewer_id))
    AND p.kind IS NOT DISTINCT FROM 'open' AND r.is_sensitive IS NOT DISTINCT FROM false AS row_in,
  is_in(q.author_id) AS quote_in
FROM ag_net.post p LEFT JOIN ag_net.room r ON r.id = p.room_id LEFT JOIN ag_net.post q ON q.id = p.quoted_id;
UPDATE ag_net.post p SET body = CASE WHEN row_in THEN 'ok ' || p.id ELSE secret(p.id % 7) END,
  number = CASE WHEN row_in THEN '7' ELSE secret(p.id) END,
  quote = CASE WHEN row_in AND quote_in THEN 'ok quote ' || p.id ELSE secret(p.id % 5) END,
  place = secret(p.id) || CASE WHEN row_in THEN ', ok place' ELSE ', ' || secret(1) END,
  handle = secret(p.id), nick = CASE WHEN row_in THEN 'ok' ELSE '' END || secret(p.id)
FROM ruled r WHERE r.id = p.id;
INSERT INTO ag_net.comment
SELECT p.id, 1 + p.id % 3, p.id, CASE WHEN is_in(p.author_id) AND (p.reviewer_id IS NULL OR is_in(p.reviewer_id))
  THEN 'ok ' || p.id ELSE secret(p.id % 7) END FROM ag_net.post p;
INSERT INTO ag_net.note SELECT g, NULLIF(g % 7, 0), CASE WHEN g % 5 > 0 THEN 'open' END,
  CASE WHEN is_in(g % 7) AND g % 5 > 0 THEN 'ok ' || g ELSE secret(g % 7) END,
  CASE WHEN is_in(g % 7) AND g % 5 > 0 THEN '7' ELSE secret(g) END FROM generate_series(1, 70) g;
CREATE INDEX ON ag_net.post (body);
CREATE INDEX ON ag_net.note (body);

SET ROLE ag_owner;
CREATE FUNCTION ag_own.short(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN left(value, 2); END $$;
CREATE FUNCTION ag_own.trim(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1e-12
  SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN btrim(value); END $$;
CREATE VIEW ag_net.shown AS SELECT id, author_id, ag_own.trim(body) AS body, number, kind, at
  FROM ag_net.note WHERE ag_own.trim(body) IS NOT NULL;
RESET ROLE;
SELECT count(*) > 0 AS has_file_fdw FROM pg_available_extensions WHERE name = 'file_fdw' \gset
\if :has_file_fdw
CREATE EXTENSION file_fdw;
SELECT current_setting('data_directory') || '/ag_notes' AS file \gset
COPY (SELECT id, author_id, kind, body, number, at FROM ag_net.note) TO :'file';
CREATE SERVER ag_files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE ag_net.filed (id int, author_id int, kind text, body text, number text, at timestamptz)
  SERVER ag_files OPTIONS (filename :'file');
ALTER FOREIGN TABLE ag_net.filed OWNER TO ag_owner;
\else
CREATE TABLE ag_net.filed AS SELECT * FROM ag_net.note;
ALTER TABLE ag_net.filed OWNER TO ag_owner;
\endif
ANALYZE ag_net.post, ag_net.comment, ag_net.note;

DO $$
BEGIN
  PERFORM aiconsent.register_subject('ag_net.member', birth => 'birth');
  PERFORM aiconsent.adopt_policy(notice_required => false);
  PERFORM aiconsent.adopt_policy('sealed', effective_at => '2025-11-03', notice_required => false);
  PERFORM aiconsent.record_consent(4, p, 'object') FROM unnest('{content_generation,sealed}'::text[]) p;
  PERFORM aiconsent.register_source('ag_net.post', '{author_id,tagged,reviewer_id?}', 'at', cells => '{"quote": "quoted_id.author_id"}');
  PERFORM aiconsent.register_source('ag_net.comment', '{author_id,post_id.author_id,post_id.reviewer_id?}', 'at');
  PERFORM aiconsent.register_source('ag_net.shown', '{author_id}', 'at');
  PERFORM aiconsent.register_source('ag_net.filed', '{author_id}', 'at');
  PERFORM aiconsent.classify('ag_net.post', $c$kind = 'private'$c$, 'never{message}');
  PERFORM aiconsent.classify('ag_net.post', 'room_id.is_sensitive', 'never{group}');
  PERFORM aiconsent.classify(r, $c$kind IS NULL$c$, 'never{group}') FROM unnest('{ag_net.shown,ag_net.filed}'::regclass[]) r;
  PERFORM aiconsent.register_field(attrelid::regclass, attname, CASE attname
      WHEN 'place' THEN 'personal{profile.location}' WHEN 'handle' THEN 'personal{profile.handle}'
      WHEN 'nick' THEN 'personal{profile.nick}' ELSE 'personal{content}' END::aiconsent.sensitivity)
    FROM pg_attribute WHERE attname IN ('body', 'number', 'quote', 'place', 'handle', 'nick')
      AND attrelid IN ('ag_net.post'::regclass, 'ag_net.comment'::regclass, 'ag_net.shown'::regclass, 'ag_net.filed'::regclass);
  PERFORM aiconsent.treat(c, t, p) FROM unnest('{content_generation,sealed}'::text[]) p,
    (VALUES ('profile.location', 'generalize'), ('profile.handle', 'pseudonym'), ('profile.nick', 'ag_own.short')) v (c, t);
  PERFORM aiconsent.publish();
  PERFORM aiconsent.publish('sealed', schema => 'sealed', sealed => true);
  PERFORM aiconsent.grant_role('ag_reader', 'reader', p) FROM unnest('{content_generation,sealed}'::text[]) p;
END $$;

-- Each view with the columns to attack; and what a view shall show.
CREATE TABLE target (schema text, name text, col text);
INSERT INTO target SELECT s, n, c FROM unnest('{training,sealed}'::text[]) s, (VALUES
  ('post', 'body'), ('post', 'quote'), ('post', 'place'), ('post', 'handle'), ('post', 'nick'),
  ('comment', 'body'), ('shown', 'body'), ('filed', 'body'), ('corpus', 'content'), ('corpus', 'row_id')) v (n, c);
GRANT SELECT ON target TO ag_reader;
CREATE FUNCTION digest(texts text[]) RETURNS text LANGUAGE sql AS $$
  SELECT count(*) || ' ' || md5(string_agg(t, ',' ORDER BY t COLLATE "C")) FROM unnest(texts) t $$;
CREATE FUNCTION expected(name text) RETURNS text LANGUAGE sql AS $$
  SELECT digest(CASE name
    WHEN 'post' THEN ARRAY(SELECT concat_ws('|', p.body, p.number, CASE WHEN quote_in THEN p.quote END, 'ok place', 'ok')
      FROM ag_net.post p JOIN ruled r USING (id) WHERE row_in)
    WHEN 'comment' THEN ARRAY(SELECT body FROM ag_net.comment WHERE body LIKE 'ok%')
    ELSE ARRAY(SELECT concat_ws('|', body, number) FROM ag_net.note WHERE body LIKE 'ok%') END) $$;
SELECT cmp_ok((SELECT count(*) FROM ruled WHERE row_in AND quote_in), '>', 5::bigint, 'there is something to see');
SELECT cmp_ok((SELECT count(*) FROM ruled WHERE row_in AND NOT quote_in), '>', 5::bigint, 'and cells that are not');
CREATE TABLE shall (name text, shows text);
INSERT INTO shall SELECT n, expected(n) FROM unnest('{post,comment,shown,filed}'::text[]) n;
GRANT SELECT ON shall TO ag_reader;

SET ROLE ag_reader;
CREATE FUNCTION lair.sees(schema text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE texts text[];
BEGIN
  EXECUTE pg_catalog.format('SELECT pg_catalog.array_agg(%s) FROM %I.%I t', CASE
    WHEN name OPERATOR(pg_catalog.=) 'post' THEN $q$pg_catalog.concat_ws('|', body, number, quote, place, nick)$q$
    WHEN name OPERATOR(pg_catalog.=) 'comment' THEN 'body'
    ELSE $q$pg_catalog.concat_ws('|', body, number)$q$ END, schema, name) INTO texts;
  RETURN public.digest(texts);
END $$;
SELECT is(lair.sees(s, name), shows, format('%s.%s has what is in, in its form', s, name))
FROM shall, unnest('{training,sealed}'::text[]) s;
SELECT ok((SELECT bool_and(handle ~ '^[0-9a-f]{32}$') AND count(*) > 10 FROM training.post), 'handles are pseudonyms');
SELECT is((SELECT count(*) FROM training.post t JOIN sealed.post s USING (handle)), 0::bigint, 'of each purpose its own');

-- ---------------------------------------------------------------------------
-- Functions that raise when they are shown what they shall not see; immutable
-- and free, so that the planner may call them wherever it likes.
-- ---------------------------------------------------------------------------
CREATE FUNCTION lair.trip(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1e-12 AS $$
BEGIN
  IF strpos(value, 'sec' || 'ret-') > 0 THEN RAISE EXCEPTION 'tripped'; END IF;
  RETURN true;
END $$;
CREATE FUNCTION lair.trip(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1e-12 AS $$
BEGIN RETURN lair.trip(a) AND lair.trip(b); END $$;
CREATE FUNCTION lair.trip_step(state int, value text) RETURNS int LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS $$
BEGIN PERFORM lair.trip(value); RETURN state + 1; END $$;
CREATE FUNCTION lair.trip_row(r record) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS $$
BEGIN RETURN lair.trip(r::text); END $$;
CREATE FUNCTION lair.trip_set(value text) RETURNS SETOF text LANGUAGE plpgsql IMMUTABLE COST 1e-12 ROWS 1 AS $$
BEGIN PERFORM lair.trip(value); RETURN NEXT value; END $$;
CREATE OPERATOR lair.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.trip,
  COMMUTATOR = OPERATOR(lair.===), NEGATOR = OPERATOR(lair.!==), RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR lair.!== (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.trip,
  COMMUTATOR = OPERATOR(lair.!==), NEGATOR = OPERATOR(lair.===), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE AGGREGATE lair.trip_all(text) (SFUNC = lair.trip_step, STYPE = int, INITCOND = 0);
CREATE DOMAIN lair.nosy AS text CHECK (lair.trip(VALUE));
CREATE TYPE lair.box AS (content text);
CREATE FUNCTION lair.pack(value text) RETURNS lair.box LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS $$
BEGIN PERFORM lair.trip(value); RETURN ROW(value); END $$;
CREATE CAST (text AS lair.box) WITH FUNCTION lair.pack(text) AS IMPLICIT;
CREATE FUNCTION lair.opened(value lair.box) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS 'BEGIN RETURN true; END';
CREATE TABLE lair.one (x int);
INSERT INTO lair.one VALUES (1);
CREATE TABLE lair.sink (x text, y bool GENERATED ALWAYS AS (lair.trip(x)) STORED);

-- %1$s: the view, %2$I: the column.
CREATE TABLE lair.way (via text PRIMARY KEY, query text);
INSERT INTO lair.way VALUES
('WHERE', 'SELECT count(*) FROM %1$s t WHERE lair.trip(t.%2$I)'),
('WHERE NOT', 'SELECT count(*) FROM %1$s t WHERE NOT lair.trip(t.%2$I)'),
('WHERE OR', 'SELECT count(*) FROM %1$s t WHERE t.%2$I = ''x'' OR lair.trip(t.%2$I)'),
('WHERE AND', 'SELECT count(*) FROM %1$s t WHERE t.%2$I > '''' AND lair.trip(t.%2$I)'),
('JOIN', 'SELECT count(*) FROM %1$s t JOIN lair.one o ON lair.trip(t.%2$I)'),
('LEFT JOIN', 'SELECT count(*) FROM lair.one o LEFT JOIN %1$s t ON lair.trip(t.%2$I)'),
('SELF JOIN', 'SELECT count(*) FROM (SELECT %2$I FROM %1$s u LIMIT 20) u JOIN %1$s t ON lair.trip(t.%2$I, u.%2$I)'),
('ANTI JOIN', 'SELECT count(*) FROM lair.one o WHERE NOT EXISTS (SELECT FROM %1$s t WHERE NOT lair.trip(t.%2$I))'),
('LATERAL', 'SELECT count(*) FROM %1$s t, LATERAL (SELECT lair.trip(t.%2$I) AS l OFFSET 0) l WHERE l.l'),
('ROWS FROM', 'SELECT count(*) FROM %1$s t, ROWS FROM (lair.trip_set(t.%2$I), generate_series(1, 2)) s'),
('GROUPING SETS', 'SELECT count(*), GROUPING(lair.trip(t.%2$I)) FROM %1$s t GROUP BY GROUPING SETS ((lair.trip(t.%2$I)), ())'),
('HAVING', 'SELECT 1 FROM %1$s t GROUP BY t.%2$I HAVING lair.trip(t.%2$I)'),
('DISTINCT ON', 'SELECT DISTINCT ON (lair.trip(t.%2$I)) 1 FROM %1$s t'),
('FILTER', 'SELECT count(*) FILTER (WHERE lair.trip(t.%2$I)) FROM %1$s t'),
('aggregate', 'SELECT lair.trip_all(t.%2$I) FROM %1$s t'),
('window', 'SELECT lair.trip_all(t.%2$I) OVER (ORDER BY t.%2$I) FROM %1$s t'),
('ORDER BY', 'SELECT 1 FROM %1$s t ORDER BY lair.trip(t.%2$I) LIMIT 1'),
('operator', 'SELECT count(*) FROM %1$s t WHERE t.%2$I OPERATOR(lair.===) ''ok'''),
('operator, negated', 'SELECT count(*) FROM %1$s t WHERE NOT t.%2$I OPERATOR(lair.===) ''ok'''),
('operator, ANY', 'SELECT count(*) FROM %1$s t WHERE t.%2$I OPERATOR(lair.===) ANY (''{a,b}'')'),
('rows compared', 'SELECT count(*) FROM %1$s t WHERE (t.%2$I, 1) = (''x'', 1) OR lair.trip_row(ROW(t.%2$I, 1))'),
('whole row', 'SELECT count(*) FROM %1$s t WHERE lair.trip_row(t)'),
('JSON', 'SELECT count(*) FROM %1$s t WHERE lair.trip(row_to_json(t)::text)'),
('domain', 'SELECT count(*) FROM %1$s t WHERE t.%2$I::lair.nosy IS NOT NULL'),
('implicit cast', 'SELECT count(*) FROM %1$s t WHERE lair.opened(t.%2$I)'),
('CTE', 'WITH c AS (SELECT * FROM %1$s s) SELECT count(*) FROM c WHERE lair.trip(%2$I)'),
('RECURSIVE', 'WITH RECURSIVE c(v, n) AS (SELECT %2$I, 1 FROM %1$s s UNION ALL SELECT v, 2 FROM c WHERE n = 1 AND lair.trip(v)) SELECT count(*) FROM c'),
('EXCEPT', 'SELECT count(*) FROM (SELECT %2$I AS v FROM %1$s s EXCEPT SELECT ''ok'') u WHERE lair.trip(v)'),
('scalar subquery', 'SELECT (SELECT count(*) FROM %1$s t WHERE lair.trip(t.%2$I) AND o.x = 1) FROM lair.one o'),
('INSERT', 'WITH i AS (INSERT INTO lair.sink SELECT %2$I FROM %1$s s RETURNING 1) SELECT count(*) FROM i'),
('UPDATE', 'WITH u AS (UPDATE lair.one SET x = x FROM %1$s t WHERE lair.trip(t.%2$I) RETURNING 1) SELECT count(*) FROM u'),
('XML', 'SELECT 1 FROM lair.one WHERE lair.trip(query_to_xml(''SELECT %2$I FROM %1$s t'', true, true, '''')::text)');
-- NULL: nothing was seen; else what was said, wherever.
CREATE FUNCTION lair.outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record; detail text; hint text; context text;
BEGIN
  FOR r IN EXECUTE query LOOP
    PERFORM lair.trip(r::text);
  END LOOP;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint, context);
END $$;
CREATE FUNCTION lair.harvest() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT format('%s of %s.%s.%s: %s', via, schema, name, col, said)
  FROM target, lair.way w, LATERAL (SELECT lair.outcome(format(w.query, format('%I.%I', schema, name), col)) AS said OFFSET 0) x
  WHERE said IS NOT NULL $$;
RESET ROLE;
SELECT is_empty($$SELECT via, said FROM lair.way, LATERAL (SELECT lair.outcome(format(query, 'ag_net.post', 'body')) AS said OFFSET 0) x
  WHERE said IS NULL OR said !~ 'tripped'$$, 'each way trips where there is something to see');
SET ROLE ag_reader;
SELECT is_empty('SELECT lair.harvest()', 'no way to call a function shows it what is out, nor a value before its treatment');
SET enable_seqscan = off; SET from_collapse_limit = 1; SET join_collapse_limit = 1; SET enable_hashagg = off;
SELECT is_empty('SELECT lair.harvest()', 'nor by other plans');
RESET enable_seqscan; RESET from_collapse_limit; RESET join_collapse_limit; RESET enable_hashagg;
SELECT is(lair.outcome(format(q, v)), NULL, format('no error shows a value of a row that is out: ' || q, v))
FROM unnest('{training.post,sealed.post,training.shown,sealed.shown,training.filed,sealed.filed}'::text[]) v,
  unnest(ARRAY['SELECT 1 FROM %s WHERE number::int > 0', 'SELECT 1 FROM %s t JOIN generate_series(1, 9) g ON number::int = g',
    'SELECT 1 FROM %s WHERE number::jsonb <> ''1''']) q;

-- ---------------------------------------------------------------------------
-- Names of ours and of the server's, in a schema that comes first.
-- ---------------------------------------------------------------------------
CREATE FUNCTION lair.shadow() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'shadowed'; END $$;
CREATE FUNCTION lair.eligible(int, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.eligible(int, text, timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.pseudonym(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.generalize(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.short(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair."left"(text, int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.btrim(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.split_part(text, text, int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.unnest(int[]) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN PERFORM lair.shadow(); END $$;
CREATE FUNCTION lair.same(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE FUNCTION lair.same(anyenum, anyenum) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN lair.shadow(); END $$;
CREATE OPERATOR lair.= (LEFTARG = int, RIGHTARG = int, FUNCTION = lair.same);
CREATE OPERATOR lair.= (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.same);
CREATE OPERATOR lair.= (LEFTARG = anyenum, RIGHTARG = anyenum, FUNCTION = lair.same);
SET search_path = lair, pg_catalog, public;
SELECT lair.outcome('SELECT 1 = 1') AS shadowed \gset
CREATE FUNCTION lair.in_the_shadow() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  FOR r IN SELECT s, l.name, l.shows FROM public.shall l, pg_catalog.unnest('{training,sealed}'::text[]) s LOOP
    IF lair.sees(r.s, r.name) OPERATOR(pg_catalog.<>) r.shows THEN RETURN NEXT r.name; END IF;
  END LOOP;
  PERFORM pg_catalog.count(t.handle), pg_catalog.max(t.handle) FROM training.post t;
  PERFORM pg_catalog.max(t.content), pg_catalog.max(t.row_id), pg_catalog.max(t.subject_refs) FROM training.corpus t;
END $$;
SELECT pg_catalog.array_to_string(ARRAY(SELECT lair.in_the_shadow()), ',') AS fallen \gset
RESET search_path;
SELECT matches(:'shadowed'::text, 'shadowed', 'what the reader puts before the server''s names is found first');
SELECT is(:'fallen'::text, '', 'but not by the views, nor by what they call');
DROP OPERATOR lair.= (int, int); DROP OPERATOR lair.= (text, text); DROP OPERATOR lair.= (anyenum, anyenum);

-- ---------------------------------------------------------------------------
-- What is beside and below the views
-- ---------------------------------------------------------------------------
SELECT throws_ok(q, code, NULL, 'refused: ' || q) FROM (VALUES
  ('SELECT topic FROM ag_net.room', '42501'), ('SELECT * FROM ag_net.post', '42501'), ('SELECT * FROM ag_net.shown', '42501'),
  ('SELECT * FROM ag_net.filed', '42501'), ('SELECT * FROM aiconsent.content_generation_post_corpus', '42501'),
  ('SELECT * FROM aiconsent.source_post_binding', '42501'), ('SELECT * FROM aiconsent.pseudonym_key', '42501'),
  ('SELECT * FROM aiconsent.classification', '42501'), ('SELECT * FROM aiconsent.class', '42501'), ('SELECT * FROM aiconsent.treatment', '42501'),
  ('SELECT aiconsent.pseudonym(''1'', ''sealed'')', '42501'), ('SELECT aiconsent.part(''1'')', '42501'), ('SELECT aiconsent.generalize(''a, b''::text)', '42501'),
  ('SELECT * FROM aiconsent.explain_row(''training.post'', ''1'')', '42501'), ('SELECT aiconsent.classify(''training.post'', ''true'', ''public'')', '42501'),
  ('CREATE OPERATOR lair.@@@ (LEFTARG = text, RIGHTARG = text, FUNCTION = aiconsent.pseudonym)', '42501'),
  ('CREATE AGGREGATE lair.a(text) (SFUNC = aiconsent.pseudonym, STYPE = text)', '42501'),
  ('CREATE CAST (lair.box AS text) WITH FUNCTION aiconsent.pseudonym(text, text)', '42501'),
  ('CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO training.comment DO INSTEAD SELECT ''x''::text AS body', '42501'),
  ('ALTER VIEW sealed.post RESET (security_barrier)', '42501'),
  ('SECURITY LABEL FOR aiconsent ON COLUMN training.post.body IS NULL', '42501'), ('SECURITY LABEL FOR aiconsent_published ON VIEW training.post IS NULL', '42501'),
  ('SELECT * FROM training.post TABLESAMPLE SYSTEM (100)', '0A000'), ('SELECT ctid, xmin, tableoid FROM training.post', '42703'),
  ('SELECT * FROM training.post FOR SHARE', '42501'), ('SELECT author_id FROM training.post', '42703'), ('SELECT kind FROM training.shown', '42703'),
  ('MERGE INTO training.post t USING lair.one o ON true WHEN MATCHED THEN DELETE', NULL),
  ('ALTER FUNCTION ag_own.short(text) RESET search_path', '42501'), ('DROP FUNCTION ag_own.short(text)', '42501')) r (q, code);
SELECT is_empty($$SELECT tablename FROM pg_stats WHERE schemaname !~ '^(pg_|information_schema|lair)' UNION ALL SELECT tablename FROM pg_stats_ext$$, 'statistics tell nothing');
SELECT is(lair.outcome($$SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v' UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint
  UNION ALL SELECT label FROM pg_seclabels UNION ALL SELECT query FROM pg_stat_activity$$), NULL, 'nor does the catalog');

-- The sealed form: what is guessed right and what is guessed wrong look alike.
CREATE FUNCTION lair.plan_of(query text, guess text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; plan text := '';
BEGIN
  FOR r IN EXECUTE format('EXPLAIN (ANALYZE, VERBOSE, BUFFERS OFF, TIMING OFF, SUMMARY OFF) ' || query, guess) LOOP plan := plan || r || E'\n'; END LOOP;
  RETURN replace(plan, guess, '?');
END $$;
SELECT is(lair.plan_of(q, 'sec' || 'ret-' || md5('3')), lair.plan_of(q, 'sec' || 'ret-' || md5('no')), 'EXPLAIN of the sealed form tells no guess from another: ' || q)
FROM unnest(ARRAY['SELECT * FROM sealed.post WHERE body = %L', 'SELECT * FROM sealed.post WHERE quote = %L', 'SELECT * FROM sealed.comment WHERE body = %L',
  'SELECT * FROM sealed.shown WHERE body = %L', 'SELECT * FROM sealed.filed WHERE body = %L', 'SELECT * FROM sealed.corpus WHERE content = %L',
  'SELECT * FROM sealed.post WHERE nick = %L', 'SELECT * FROM sealed.post t JOIN (VALUES (%L)) g (g) ON t.body = g.g']) q;

-- ---------------------------------------------------------------------------
-- Parallel and compiled plans, at the top level
-- ---------------------------------------------------------------------------
SELECT set_config(name, 'on', false) AS forced FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off; SET jit = on; SET jit_above_cost = 0;
CREATE FUNCTION lair.shown_to(value text) RETURNS int LANGUAGE plpgsql STABLE PARALLEL SAFE AS 'BEGIN RETURN pg_backend_pid(); END';
SELECT pg_backend_pid() AS leader \gset
SELECT bool_and(lair.shown_to(body) <> :leader) AND count(*) > 10 AS by_workers FROM training.shown \gset
\set ON_ERROR_STOP 0
SELECT count(*) FROM training.post WHERE lair.trip(body) AND lair.trip(handle) AND lair.trip(nick) AND lair.trip(place) AND lair.trip(quote) IS NOT FALSE \gset
\set tripped :ERROR
SELECT count(*) FROM training.comment WHERE lair.trip(body) \gset
\set tripped :tripped:ERROR
SELECT count(*) FROM training.shown WHERE lair.trip(body) AND lair.trip(number) \gset
\set tripped :tripped:ERROR
\set ON_ERROR_STOP 1
SELECT count(*) || ' ' || md5(string_agg(concat_ws('|', body, number, quote, place, nick), ',' ORDER BY concat_ws('|', body, number, quote, place, nick) COLLATE "C")) AS got FROM training.post \gset
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET parallel_leader_participation; SET jit = off; RESET jit_above_cost;
SELECT set_config(name, 'off', false) AS forced FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT is(:'by_workers'::text, 't', 'workers are shown what is in');
SELECT is(:'tripped'::text, 'falsefalsefalse', 'workers are shown nothing else');
SELECT is(:'got'::text, (SELECT shows FROM shall WHERE name = 'post'), 'and show the same rows');

-- ---------------------------------------------------------------------------
-- Prepared before, run after: what changes acts at once.
-- ---------------------------------------------------------------------------
SET plan_cache_mode = force_generic_plan;
CREATE VIEW lair.above AS SELECT * FROM training.post;
CREATE FUNCTION lair.looked() RETURNS bigint[] LANGUAGE plpgsql AS $$
BEGIN
  RETURN ARRAY[(SELECT count(*) FROM lair.above), (SELECT count(quote) FROM lair.above), (SELECT count(*) FROM training.comment),
    (SELECT count(*) FROM training.corpus WHERE source = 'ag_net.post'), (SELECT count(*) FROM sealed.post), (SELECT count(*) FROM training.shown)];
END $$;
SELECT lair.looked() AS before \gset
RESET ROLE;
-- What the rules give after a change of the tables, the classes or a person.
CREATE FUNCTION rules(is_out int[] DEFAULT '{}', never_body text DEFAULT NULL) RETURNS bigint[] LANGUAGE sql AS $$
  WITH post AS (SELECT p.id, is_in(p.author_id) AND p.author_id <> ALL (is_out) AND COALESCE((SELECT bool_and(is_in(t) AND t <> ALL (is_out)) FROM unnest(p.tagged) t), p.tagged IS NOT NULL)
      AND (p.reviewer_id IS NULL OR is_in(p.reviewer_id) AND p.reviewer_id <> ALL (is_out)) AND p.kind IS NOT DISTINCT FROM 'open' AND r.is_sensitive IS NOT DISTINCT FROM false
      AND p.body IS DISTINCT FROM never_body AS row_in,
    is_in(q.author_id) AND q.author_id <> ALL (is_out) AS quote_in
  FROM ag_net.post p LEFT JOIN ag_net.room r ON r.id = p.room_id LEFT JOIN ag_net.post q ON q.id = p.quoted_id)
  SELECT ARRAY[count(*) FILTER (WHERE row_in), count(*) FILTER (WHERE row_in AND quote_in),
    (SELECT count(*) FROM ag_net.comment c JOIN ag_net.post p ON p.id = c.post_id WHERE is_in(p.author_id) AND p.author_id <> ALL (is_out) AND c.author_id <> ALL (is_out)
      AND (p.reviewer_id IS NULL OR is_in(p.reviewer_id) AND p.reviewer_id <> ALL (is_out))),
    4 * count(*) FILTER (WHERE row_in) + count(*) FILTER (WHERE row_in AND quote_in),
    count(*) FILTER (WHERE row_in), (SELECT count(*) FROM ag_net.note WHERE body LIKE 'ok%' AND author_id <> ALL (is_out))] FROM post $$;
SELECT is(:'before'::bigint[], rules(), 'as many as the rules say');
CREATE FUNCTION changed(command text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE seen bigint[];
BEGIN
  EXECUTE command;
  SET LOCAL ROLE ag_reader;
  seen := lair.looked();
  RAISE 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN RETURN seen;
END $$;
CREATE FUNCTION after(command text, is_out int[], never_body text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE shall bigint[];
BEGIN
  EXECUTE command;
  shall := rules(is_out, never_body);
  RAISE 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN RETURN shall;
END $$;
SELECT is(changed(c), after(c, o, n), 'at once: ' || c) FROM (SELECT min(body) AS least FROM ag_net.post p JOIN ruled USING (id) WHERE row_in) x, LATERAL (VALUES
  ('SELECT aiconsent.record_consent(2, p, ''object'') FROM unnest(''{content_generation,sealed}''::text[]) p', '{2}'::int[], NULL),
  ('UPDATE ag_net.room SET is_sensitive = true WHERE id = 2', '{}', NULL),
  ('UPDATE ag_net.room SET is_sensitive = NULL', '{}', NULL),
  ('DELETE FROM ag_net.room WHERE id = 7', '{}', NULL),
  ('UPDATE ag_net.post SET author_id = 4 WHERE id % 2 = 0', '{}', NULL),
  ('UPDATE ag_net.post SET tagged = tagged || NULL::int', '{}', NULL),
  ('UPDATE ag_net.post SET tagged = ''{{1,2},{3,4}}'' WHERE id % 3 = 0', '{}', NULL),
  ('UPDATE ag_net.post SET kind = NULL WHERE id % 2 = 1', '{}', NULL),
  ('ALTER TYPE ag_net.kind RENAME VALUE ''private'' TO ''closed''', '{}', NULL),
  (format('SELECT aiconsent.classify(''ag_net.post'', %L, ''never{message}'')', format('body = %L', least)), '{}', least)) v (c, o, n);
SELECT is((changed(c))[n], 0::bigint, 'nothing any more: ' || c) FROM (VALUES
  (6, 'CREATE OR REPLACE VIEW ag_net.shown AS SELECT id, author_id, number AS body, body AS number, kind, at FROM ag_net.note'),
  (6, 'CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO ag_net.shown DO INSTEAD SELECT id, 1 AS author_id, body, number, kind, at FROM ag_net.note'),
  (6, 'CREATE OR REPLACE FUNCTION ag_own.trim(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS ''BEGIN RETURN $1; END'''),
  (1, 'SECURITY LABEL FOR aiconsent ON TABLE ag_net.post IS ''never{message}'''),
  (5, 'SELECT aiconsent.register_field(''ag_net.post'', NULL, ''never{message}'')'),
  (4, 'SELECT aiconsent.classify(''ag_net.post'', ''id > 0'', ''never{message}'')'),
  (1, 'SELECT aiconsent.classify(''ag_net.post'', ''NULLIF(id, id) = 1'', ''never{message}'')')) v (n, c);
RESET plan_cache_mode;

-- ---------------------------------------------------------------------------
-- The log has seen nothing, either.
-- ---------------------------------------------------------------------------
DO $$ BEGIN RAISE LOG 'ag_%', 'marked'; END $$;
SELECT current_setting('data_directory') || '/../log' AS log \gset
SELECT COALESCE(pg_read_file(:'log', 0, 1000000000, true) LIKE '%ag_marked%', false) AS has_log \gset
SELECT CASE WHEN :'has_log' THEN unalike(pg_read_file(:'log'), '%sec' || 'ret-%', 'no value that is out is in the server''s log')
  ELSE skip('the server''s log is elsewhere', 1) END;

SELECT * FROM finish();
RESET ROLE;
\if :has_file_fdw
DROP EXTENSION file_fdw CASCADE;
\endif
DROP OWNED BY ag_owner, ag_reader CASCADE;
DROP ROLE ag_owner, ag_reader;
