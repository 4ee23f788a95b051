-- Whoever has only grant_role('...', 'reader') sees no value of a row, or of a
-- cell, that is not eligible: promises 1, 2 and 4 to 10.
--
-- What must stay unseen contains secret-, which is put together here so that no
-- statement has it in its text and the server's log can be searched for it.
-- What may be seen begins with ok, and which is which follows from the rules
-- below alone, without the extension.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
\set QUIET 1
SET client_min_messages = warning;
SELECT * FROM no_plan();

CREATE ROLE rs_owner NOLOGIN;
CREATE ROLE rs_trainer NOLOGIN;
CREATE ROLE rs_nobody NOLOGIN;
CREATE SCHEMA rs_net AUTHORIZATION rs_owner;
CREATE SCHEMA lair AUTHORIZATION rs_trainer;
GRANT USAGE ON SCHEMA aiconsent TO rs_owner;
CREATE FUNCTION secret(n int) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT 'sec' || 'ret-' || md5(n::text) $$;

CREATE TABLE rs_net.member (id int PRIMARY KEY, birth date, notified_at timestamptz);
CREATE TABLE rs_net.education (member_id int, level text);
CREATE TABLE rs_net.post (id int PRIMARY KEY, author_id int, body text,
  mood text, number text, filler text, pattern text, liked text, doc jsonb,
  json text, day text, markup text, hidden text, created_at timestamptz);
CREATE TABLE rs_net.reco (LIKE rs_net.post INCLUDING ALL);
ALTER TABLE rs_net.reco RENAME author_id TO giver;
ALTER TABLE rs_net.reco ADD receiver int;
CREATE TABLE rs_net.part (id int, author_id int, body text, created_at timestamptz)
  PARTITION BY RANGE (id);
CREATE TABLE rs_net.part_1 PARTITION OF rs_net.part FOR VALUES FROM (0) TO (1000);
CREATE TABLE rs_net.old_post () INHERITS (rs_net.post);

-- 1 and 2 granted; 3 and 4 said nothing; 4 came of age in 2018; 5 objected, 6
-- is a child, 7 was not told, 8 is at school, 9 has no readable birth, 10 is
-- nobody.
INSERT INTO rs_net.member SELECT g,
  CASE g WHEN 4 THEN '2000-01-01' WHEN 6 THEN current_date - 4000
    WHEN 9 THEN 'infinity' ELSE '1980-01-01' END::date,
  CASE WHEN g <> 7 THEN '2025-10-01'::timestamptz END
FROM generate_series(1, 9) g;
INSERT INTO rs_net.education VALUES (8, 'lycée');
-- One row of five is from 2010.
INSERT INTO rs_net.post
SELECT g, a, CASE WHEN ok THEN 'ok ' || g ELSE secret(g % 7) END,
  CASE WHEN ok AND a <= 2 THEN 'ok mood' ELSE secret(0) END,
  CASE WHEN ok THEN '7' ELSE secret(g) END,
  CASE WHEN ok THEN 'ok' ELSE '' END,
  CASE WHEN ok THEN 'ok' ELSE '(' || secret(g) END,
  CASE WHEN ok THEN 'ok%' ELSE secret(g) || '\' END,
  CASE WHEN ok THEN '{"a": {"b": 1}}' ELSE jsonb_build_object('c', secret(g)) END,
  CASE WHEN ok THEN '{"a": 1}' ELSE '{' || secret(g) END,
  CASE WHEN ok THEN '2025-11-05' ELSE secret(g) END,
  CASE WHEN ok THEN '<ok/>' ELSE '<' || secret(g) END,
  secret(g), t
FROM generate_series(1, 110) g, LATERAL (SELECT NULLIF(g % 11, 0) AS a,
  CASE g % 5 WHEN 0 THEN '2010-01-01' ELSE '2025-06-01' END::timestamptz AS t) x,
LATERAL (SELECT a <= 3 OR a = 4 AND g % 5 <> 0 AS ok) y;
INSERT INTO rs_net.reco
SELECT p.id, a, CASE WHEN yes THEN 'ok ' || p.id ELSE secret(p.id % 7) END,
  CASE WHEN yes AND GREATEST(a, b) <= 2 THEN 'ok mood' ELSE secret(0) END,
  CASE WHEN yes THEN '7' ELSE secret(p.id) END,
  CASE WHEN yes THEN 'ok' ELSE '' END,
  CASE WHEN yes THEN 'ok' ELSE '(' || secret(p.id) END,
  CASE WHEN yes THEN 'ok%' ELSE secret(p.id) || '\' END,
  CASE WHEN yes THEN '{"a": {"b": 1}}' ELSE jsonb_build_object('c', secret(p.id)) END,
  CASE WHEN yes THEN '{"a": 1}' ELSE '{' || secret(p.id) END,
  CASE WHEN yes THEN '2025-11-05' ELSE secret(p.id) END,
  CASE WHEN yes THEN '<ok/>' ELSE '<' || secret(p.id) END,
  secret(p.id), p.created_at, b
FROM rs_net.post p, LATERAL (SELECT p.author_id AS a, NULLIF(p.id / 2 % 11, 0) AS b,
  p.created_at < '2018-01-01' AS old) x,
LATERAL (SELECT COALESCE((a <= 3 OR a = 4 AND NOT old)
  AND (b <= 3 OR b = 4 AND NOT old), false) AS yes) y;
INSERT INTO rs_net.part SELECT id, author_id, body, created_at FROM rs_net.post;
INSERT INTO rs_net.old_post SELECT p.* FROM rs_net.post p WHERE body !~ '^ok';
UPDATE rs_net.old_post SET id = id + 1000;
CREATE INDEX ON rs_net.post (body);
CREATE INDEX ON rs_net.post (lower(body));
CREATE INDEX ON rs_net.reco (body);
CREATE STATISTICS rs_net.post_stat ON body, mood, (lower(body)) FROM rs_net.post;
DO $$
DECLARE r regclass;
BEGIN
  FOR r IN SELECT oid FROM pg_class WHERE relnamespace = 'rs_net'::regnamespace
    AND relkind IN ('r', 'p') LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO rs_owner', r);
  END LOOP;
END $$;
ANALYZE rs_net.post, rs_net.reco, rs_net.part;

DO $$
BEGIN
  PERFORM aiconsent.register_subject('rs_net.member', birth => 'birth', notified_at => 'notified_at');
  PERFORM aiconsent.register_education('rs_net.education', subject => 'member_id', level => 'level');
  PERFORM aiconsent.register_source('rs_net.post', '{author_id}', 'created_at');
  PERFORM aiconsent.register_source('rs_net.part', '{author_id}', 'created_at');
  PERFORM aiconsent.register_source('rs_net.reco', '{giver,receiver}', 'created_at');
  PERFORM aiconsent.register_field(attrelid::regclass, attname, CASE attname
      WHEN 'mood' THEN 'sensitive{content.mood}' ELSE 'personal{content.post}'
      END::aiconsent.sensitivity)
    FROM pg_attribute
    WHERE attrelid IN ('rs_net.post'::regclass, 'rs_net.reco'::regclass, 'rs_net.part'::regclass)
      AND attnum > 0
      AND attname NOT IN ('id', 'author_id', 'giver', 'receiver', 'hidden', 'created_at');
  PERFORM aiconsent.adopt_policy(clearance => 'sensitive{content}');
  PERFORM aiconsent.record_consent(g, 'content_generation', 'grant', notice_version => 'v1')
    FROM generate_series(1, 2) g;
  PERFORM aiconsent.record_consent(5, 'content_generation', 'object');
  -- Texts as they are: to scrub one costs more than to ask who is in, so that the
  -- latter would be asked first whatever keeps the order.
  PERFORM aiconsent.treat('content', 'none');
  PERFORM aiconsent.publish();
  PERFORM aiconsent.grant_role('rs_trainer', 'reader');
END $$;

-- ---------------------------------------------------------------------------
-- What the reader brings: functions that cost nothing and tell what they are
-- shown, in everything that can call one.
-- ---------------------------------------------------------------------------
SET ROLE rs_trainer;
CREATE TABLE lair.seen (via text, value text);
CREATE FUNCTION lair.note(value text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO lair.seen VALUES (current_setting('rs.via'), value) $$;
-- Immutable, so that the planner may call it wherever it likes.
CREATE FUNCTION lair.leak(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS $$
BEGIN PERFORM lair.note(value); RETURN true; END $$;
CREATE FUNCTION lair.leak(a text, b text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS $$
BEGIN PERFORM lair.note(a), lair.note(b); RETURN true; END $$;
CREATE FUNCTION lair.leak_step(state int, value text) RETURNS int
LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS $$
BEGIN PERFORM lair.note(value); RETURN state + 1; END $$;
CREATE FUNCTION lair.leak_row(r record) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE COST 1e-12 AS $$
BEGIN PERFORM lair.note(r::text); RETURN true; END $$;
CREATE FUNCTION lair.leak_set(value text) RETURNS SETOF text
LANGUAGE plpgsql IMMUTABLE COST 1e-12 ROWS 1 AS $$
BEGIN PERFORM lair.note(value); RETURN NEXT value; END $$;
CREATE FUNCTION lair.leak_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM lair.note(NEW::text); RETURN NEW; END $$;
CREATE OPERATOR lair.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.leak,
  COMMUTATOR = OPERATOR(lair.===), RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR lair.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.leak,
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR lair.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.leak,
  RESTRICT = matchingsel, JOIN = matchingjoinsel);
CREATE AGGREGATE lair.leak_all(text)
  (SFUNC = lair.leak_step, STYPE = int, INITCOND = 0);
CREATE DOMAIN lair.nosy AS text CHECK (lair.leak(VALUE));
CREATE TABLE lair.one (x int DEFAULT 1);
INSERT INTO lair.one VALUES (1);
CREATE TABLE lair.copied (v text CHECK (lair.leak(v)));
CREATE TABLE lair.derived (v text, w bool GENERATED ALWAYS AS (lair.leak(v)) STORED);
CREATE TABLE lair.watched (v text);
CREATE TRIGGER leak BEFORE INSERT OR UPDATE ON lair.watched
  FOR EACH ROW EXECUTE FUNCTION lair.leak_trigger();

-- %1$s: the view, %2$I: the column.
CREATE TABLE lair.way (via text PRIMARY KEY, query text);
INSERT INTO lair.way VALUES
('WHERE', 'SELECT count(*) FROM %1$s t WHERE lair.leak(t.%2$I)'),
('WHERE AND', 'SELECT count(*) FROM %1$s t WHERE t.%2$I > '''' AND lair.leak(t.%2$I)'),
('WHERE OR', 'SELECT count(*) FROM %1$s t WHERE t.%2$I = ''x'' OR lair.leak(t.%2$I)'),
('WHERE NOT', 'SELECT count(*) FROM %1$s t WHERE NOT lair.leak(t.%2$I)'),
('CASE', 'SELECT count(CASE WHEN lair.leak(t.%2$I) THEN 1 END) FROM %1$s t'),
('ORDER BY', 'SELECT t.%2$I FROM %1$s t ORDER BY lair.leak(t.%2$I), 1 LIMIT 1'),
('SELECT', 'SELECT lair.leak(t.%2$I) FROM %1$s t OFFSET 0'),
('JOIN', 'SELECT count(*) FROM %1$s t JOIN lair.one o ON lair.leak(t.%2$I)'),
('LEFT JOIN', 'SELECT count(*) FROM lair.one o LEFT JOIN %1$s t ON lair.leak(t.%2$I)'),
('FULL JOIN', 'SELECT count(*) FROM lair.one o FULL JOIN (SELECT *, lair.leak(%2$I)::int AS l FROM %1$s s) t ON t.l = o.x'),
('SELF JOIN', 'SELECT count(*) FROM %1$s t JOIN %1$s u ON lair.leak(t.%2$I, u.%2$I)'),
('ANTI JOIN', 'SELECT count(*) FROM lair.one o WHERE NOT EXISTS (SELECT FROM %1$s t WHERE lair.leak(t.%2$I))'),
('SEMI JOIN', 'SELECT count(*) FROM lair.one o WHERE o.x IN (SELECT lair.leak(t.%2$I)::int FROM %1$s t)'),
('LATERAL', 'SELECT count(*) FROM %1$s t, LATERAL (SELECT lair.leak(t.%2$I) AS l OFFSET 0) l WHERE l.l'),
('SRF', 'SELECT count(*) FROM %1$s t, lair.leak_set(t.%2$I) s WHERE s IS NOT NULL'),
('DISTINCT ON', 'SELECT DISTINCT ON (lair.leak(t.%2$I)) 1 FROM %1$s t'),
('GROUP BY', 'SELECT count(*) FROM %1$s t GROUP BY lair.leak(t.%2$I)'),
('HAVING', 'SELECT 1 FROM %1$s t GROUP BY t.%2$I HAVING lair.leak(t.%2$I)'),
('FILTER', 'SELECT count(*) FILTER (WHERE lair.leak(t.%2$I)) FROM %1$s t'),
('aggregate', 'SELECT lair.leak_all(t.%2$I) FROM %1$s t'),
('aggregate ORDER BY', 'SELECT array_agg(1 ORDER BY lair.leak(t.%2$I)) FROM %1$s t'),
('window', 'SELECT lair.leak_all(t.%2$I) OVER () FROM %1$s t'),
('PARTITION BY', 'SELECT rank() OVER (PARTITION BY lair.leak(t.%2$I)) FROM %1$s t'),
('above a window', 'SELECT count(*) FROM (SELECT t.%2$I AS v, rank() OVER (PARTITION BY t.%2$I) FROM %1$s t) w WHERE lair.leak(v)'),
('operator, equality', 'SELECT count(*) FROM %1$s t WHERE t.%2$I OPERATOR(lair.===) ''ok'''),
('operator, join', 'SELECT count(*) FROM %1$s t JOIN %1$s u ON t.%2$I OPERATOR(lair.===) u.%2$I'),
('operator, range', 'SELECT count(*) FROM %1$s t WHERE t.%2$I OPERATOR(lair.<<<) ''ok'''),
('operator, match', 'SELECT count(*) FROM %1$s t WHERE t.%2$I OPERATOR(lair.~~~) ''ok'''),
('operator, ANY', 'SELECT count(*) FROM %1$s t WHERE t.%2$I OPERATOR(lair.===) ANY (''{a,b}'')'),
('domain', 'SELECT count(t.%2$I::lair.nosy) FROM %1$s t'),
('domain in WHERE', 'SELECT count(*) FROM %1$s t WHERE t.%2$I::lair.nosy IS NOT NULL'),
('row', 'SELECT count(*) FROM %1$s t WHERE lair.leak_row(t)'),
('JSON', 'SELECT count(*) FROM %1$s t WHERE lair.leak(row_to_json(t)::text)'),
('CTE', 'WITH c AS (SELECT * FROM %1$s s) SELECT count(*) FROM c WHERE lair.leak(%2$I)'),
('CTE MATERIALIZED', 'WITH c AS MATERIALIZED (SELECT * FROM %1$s s) SELECT count(*) FROM c WHERE lair.leak(%2$I)'),
('RECURSIVE', 'WITH RECURSIVE c(v, n) AS (SELECT %2$I, 1 FROM %1$s s UNION ALL SELECT v, 2 FROM c WHERE n = 1 AND lair.leak(v)) SELECT count(*) FROM c'),
('UNION', 'SELECT count(*) FROM (SELECT %2$I AS v FROM %1$s s UNION SELECT ''ok'') u WHERE lair.leak(v)'),
('EXCEPT', 'SELECT count(*) FROM (SELECT %2$I AS v FROM %1$s s EXCEPT SELECT ''ok'') u WHERE lair.leak(v)'),
('scalar subquery', 'SELECT (SELECT count(*) FROM %1$s t WHERE lair.leak(t.%2$I) AND o.x = 1) FROM lair.one o'),
('VALUES', 'SELECT count(*) FROM %1$s t, LATERAL (VALUES (lair.leak(t.%2$I))) v(l) WHERE l'),
('INSERT, constraint', 'INSERT INTO lair.copied SELECT %2$I FROM %1$s s'),
('INSERT, generated', 'INSERT INTO lair.derived SELECT %2$I FROM %1$s s'),
('INSERT, trigger', 'INSERT INTO lair.watched SELECT %2$I FROM %1$s s'),
('INSERT RETURNING', 'INSERT INTO lair.one SELECT 2 FROM %1$s t WHERE lair.leak(t.%2$I) RETURNING x'),
('UPDATE FROM', 'UPDATE lair.one SET x = x FROM %1$s t WHERE lair.leak(t.%2$I)'),
('DELETE USING', 'DELETE FROM lair.one USING %1$s t WHERE x = 2 AND lair.leak(t.%2$I)'),
('MERGE', 'MERGE INTO lair.one o USING %1$s t ON o.x = 3 WHEN NOT MATCHED AND lair.leak(t.%2$I) THEN INSERT VALUES (4)');

-- What is said, in whichever message, is seen as well.
CREATE PROCEDURE lair.attack(view text, columns text[]) LANGUAGE plpgsql AS $$
DECLARE w record; c text; r record; detail text; hint text; context text;
BEGIN
  FOREACH c IN ARRAY columns LOOP
    FOR w IN SELECT * FROM lair.way ORDER BY via LOOP
      PERFORM set_config('rs.via', format('%s of %s.%s', w.via, view, c), false);
      BEGIN
        IF w.query ~ '^(INSERT|UPDATE|DELETE|MERGE)' THEN
          EXECUTE format(w.query, view, c);
        ELSE
          FOR r IN EXECUTE format(w.query, view, c) LOOP
            PERFORM lair.note(r::text);
          END LOOP;
        END IF;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL,
          hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
        PERFORM lair.note(concat_ws(' | ', 'ERROR', SQLERRM, detail, hint, context));
      END;
    END LOOP;
  END LOOP;
END $$;
-- One line for every way that saw too much, failed, or saw nothing at all.
CREATE FUNCTION lair.harvest(view text, columns text[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE settings text;
BEGIN
  TRUNCATE lair.seen;
  CALL lair.attack(view, columns);
  RETURN QUERY SELECT 'too much: ' || via || ': ' || value
    FROM lair.seen WHERE value ~ 'secret' OR value ~ '^ERROR';
  RETURN QUERY SELECT 'not tried: ' || v FROM (
    SELECT format('%s of %s.%s', w.via, view, c) AS v
    FROM lair.way w, unnest(columns) c) x
    WHERE NOT EXISTS (SELECT FROM lair.seen s WHERE s.via = v AND s.value ~ 'ok');
END $$;

SELECT is_empty($$SELECT lair.harvest('training.post', '{body,mood}')$$,
  '1: one subject: whatever calls a function, it is shown eligible rows and granted cells only');
SELECT is_empty($$SELECT lair.harvest('training.reco', '{body,mood}')$$,
  '1: two subjects: the same');
SELECT is_empty($$SELECT lair.harvest('(SELECT * FROM training.corpus WHERE field = ''body'')', '{content}')$$,
  '1: the corpus: the same');
SET jit = off;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
SELECT is_empty($$SELECT lair.harvest('training.post', '{body,mood}')$$,
  '1: one subject, other plans: the same');
SELECT is_empty($$SELECT lair.harvest('training.reco', '{body,mood}')$$,
  '1: two subjects, other plans: the same');
RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin;
SET from_collapse_limit = 1; SET join_collapse_limit = 1; SET enable_material = off; SET enable_hashagg = off;
SELECT is_empty($$SELECT lair.harvest('training.post', '{body,mood}')$$,
  '1: one subject, yet other plans: the same');
RESET ALL;
SET client_min_messages = warning;
SET ROLE rs_trainer;
SELECT throws_ok($$CREATE FUNCTION lair.quiet(text) RETURNS boolean
  LANGUAGE sql LEAKPROOF AS 'SELECT true'$$, '42501', NULL,
  '1: a reader can make no function that goes below the barrier');
SELECT throws_ok($$ALTER VIEW training.post SET (security_barrier = false)$$,
  '42501', NULL, '1: nor take the barrier away');

-- ---------------------------------------------------------------------------
-- 2. Errors: every value that would raise one is in a row that is out, so that
-- the queries succeed.
-- ---------------------------------------------------------------------------
CREATE TYPE lair.digit AS ENUM ('7');
CREATE DOMAIN lair.short AS text CHECK (length(VALUE) < 5);
CREATE FUNCTION lair.outcome(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text; context text; r record; said text := '';
BEGIN
  FOR r IN EXECUTE query LOOP
    said := said || r::text;
  END LOOP;
  RETURN CASE WHEN said ~ 'secret' THEN said ELSE 'fine' END;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint, context);
END $$;
SELECT is(lair.outcome(format(query, view)), 'fine',
  format('2: %s: %s says nothing of a row that is out', view, name))
FROM unnest('{training.post,training.reco}'::text[]) view, (VALUES
  ('a cast to integer', 'SELECT * FROM %s WHERE number::int >= 0'),
  ('a cast to integer, ordered', 'SELECT number::int FROM %s ORDER BY number::int'),
  ('a cast to integer, joined', 'SELECT 1 FROM %s t JOIN generate_series(1, 9) g ON t.number::int = g'),
  ('a division by a length', 'SELECT 1 FROM %s WHERE 1 / length(filler) > 0'),
  ('a bad regular expression', 'SELECT 1 FROM %s WHERE ''x'' ~ pattern'),
  ('a bad LIKE pattern', 'SELECT 1 FROM %s WHERE ''x'' LIKE liked'),
  ('a strict JSON path', 'SELECT 1 FROM %s WHERE jsonb_path_exists(doc, ''strict $.a.b'')'),
  ('a JSON cast', 'SELECT 1 FROM %s WHERE (json::jsonb ->> ''a'') = ''1'''),
  ('a cast to date', 'SELECT 1 FROM %s WHERE day::date > ''2000-01-01'''),
  ('a cast to xml', 'SELECT 1 FROM %s WHERE (markup::xml) IS NOT NULL'),
  ('a cast to an enum', 'SELECT 1 FROM %s WHERE number::lair.digit IS NOT NULL'),
  ('a cast to char(1)', 'SELECT 1 FROM %s WHERE number::int2 > 0'),
  ('an array index', 'SELECT 1 FROM %s WHERE (''{1}''::int[])[number::int] IS NULL'),
  ('a domain', 'SELECT 1 FROM %s WHERE number::lair.short IS NOT NULL')) q(name, query)
ORDER BY view, name;

-- ---------------------------------------------------------------------------
-- 3. EXPLAIN: counts are known on this view, values are not.
-- ---------------------------------------------------------------------------
SELECT is(lair.outcome(format('EXPLAIN (ANALYZE, VERBOSE, COSTS, BUFFERS, FORMAT JSON) SELECT * FROM %s WHERE body > ''a'' ORDER BY body', view)),
  'fine', format('3: EXPLAIN of %s shows no value', view))
FROM unnest('{training.post,training.reco,training.corpus}'::text[]) view
WHERE view <> 'training.corpus'
UNION ALL
SELECT is(lair.outcome('EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM training.corpus WHERE content > ''a'''),
  'fine', '3: EXPLAIN of the corpus shows no value');

-- ---------------------------------------------------------------------------
-- 4. and 9. What is below, beside and behind the views.
-- ---------------------------------------------------------------------------
SELECT is_empty($$SELECT schemaname, tablename, attname FROM pg_stats
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'lair')$$,
  '4: pg_stats has nothing of any table but the reader''s own');
SELECT is_empty('SELECT * FROM pg_stats_ext', '4: nor has pg_stats_ext');
SELECT is_empty('SELECT * FROM pg_stats_ext_exprs', '4: nor has pg_stats_ext_exprs');
SELECT throws_ok(q, '42501', NULL, n || ': refused: ' || q) FROM (VALUES
  ('4', 'SELECT * FROM pg_statistic'),
  ('4', 'SELECT * FROM pg_statistic_ext_data'),
  ('9', 'SELECT 1 FROM rs_net.member'),
  ('9', 'SELECT count(*) FROM rs_net.post'),
  ('9', 'SELECT body FROM rs_net.post'),
  ('9', 'SELECT 1 FROM rs_net.reco'),
  ('9', 'SELECT 1 FROM rs_net.part'),
  ('9', 'SELECT 1 FROM rs_net.part_1'),
  ('9', 'SELECT 1 FROM rs_net.old_post'),
  ('9', 'SELECT 1 FROM ONLY rs_net.post'),
  ('9', 'SELECT 1 FROM aiconsent.standing'),
  ('9', 'SELECT aiconsent.eligible(7)'),
  ('9', 'SELECT aiconsent.granted(7, ''content_generation'')'),
  ('9', 'SELECT aiconsent.verdict_of(7)'),
  ('9', 'SELECT ''minor''::aiconsent.verdict'),
  ('9', 'SELECT * FROM aiconsent.field'),
  ('9', 'CREATE OPERATOR lair.?? (LEFTARG = int, RIGHTARG = text, FUNCTION = aiconsent.eligible)'),
  ('9', 'CREATE VIEW lair.v AS SELECT g FROM generate_series(1, 9) g WHERE aiconsent.eligible(g)'),
  ('9', 'CREATE TABLE lair.t (x int CHECK (aiconsent.eligible(x)))')) r(n, q);
RESET ROLE;
SELECT is_empty($$
  SELECT c.oid::regclass::text FROM pg_class c
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND c.relnamespace::regnamespace::text IN ('aiconsent', 'rs_net')
    AND (has_any_column_privilege('rs_trainer', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
      OR has_table_privilege('rs_trainer', c.oid, 'DELETE, TRUNCATE, TRIGGER'))
    AND c.relkind <> 'S'
  UNION ALL
  SELECT p.oid::regprocedure::text FROM pg_proc p
  WHERE p.pronamespace = 'aiconsent'::regnamespace
    AND has_function_privilege('rs_trainer', p.oid, 'EXECUTE')
    AND NOT has_function_privilege('rs_nobody', p.oid, 'EXECUTE')
    AND p.proname NOT IN ('eligible', 'granted', 'pseudonym', 'part', 'generalize', 'scrub')
  UNION ALL
  SELECT 'USAGE of aiconsent' WHERE has_schema_privilege('rs_trainer', 'aiconsent', 'USAGE')$$,
  '9: a reader has privileges on the training views and what these call, and no more');
SET ROLE rs_trainer;

-- ---------------------------------------------------------------------------
-- 5. and 6. Only SELECT, and only what is published.
-- ---------------------------------------------------------------------------
SELECT throws_ok(q, code, NULL, '5: refused: ' || q) FROM (VALUES
  ('0A000', 'SELECT * FROM training.post TABLESAMPLE BERNOULLI (100)'),
  ('42501', 'SELECT * FROM training.post FOR UPDATE'),
  ('42501', 'SELECT * FROM training.post FOR KEY SHARE'),
  ('42703', 'SELECT ctid FROM training.post'),
  ('42703', 'SELECT xmin FROM training.post'),
  ('42703', 'SELECT tableoid FROM training.post'),
  ('42703', 'SELECT hidden FROM training.post'),
  ('42703', 'SELECT author_id FROM training.post'),
  -- Of what is scrubbed there is nothing to write.
  ('42501', 'UPDATE training.post SET body = body'),
  ('42501', 'DELETE FROM training.post'),
  ('42501', 'INSERT INTO training.post (body) VALUES (NULL)'),
  -- Up to PostgreSQL 16 there is no MERGE into a view at all.
  (CASE WHEN current_setting('server_version_num')::int < 170000 THEN '0A000' ELSE '42501' END,
   'MERGE INTO training.post t USING lair.one o ON true WHEN MATCHED THEN DELETE'),
  ('42809', 'TRUNCATE training.post'),
  ('42501', 'LOCK TABLE training.post IN ROW EXCLUSIVE MODE'),
  ('42501', 'CREATE RULE r AS ON UPDATE TO training.post DO INSTEAD NOTHING'),
  ('42501', 'CREATE TRIGGER t INSTEAD OF DELETE ON training.post FOR EACH ROW EXECUTE FUNCTION lair.leak_trigger()'),
  ('42501', 'CREATE OR REPLACE VIEW training.post AS SELECT 1 AS one'),
  ('42501', 'CREATE TABLE training.t ()')) r(code, q);
SELECT is((SELECT array_agg(DISTINCT k ORDER BY k) FROM training.post t,
  json_object_keys(row_to_json(t)) k),
  '{body,day,doc,filler,json,liked,markup,mood,number,pattern}'::text[],
  '6: row_to_json() has the published columns only');
SELECT is_empty($$SELECT t::text FROM training.post t WHERE t::text ~ 'secret'
  UNION ALL SELECT t::text FROM training.reco t WHERE t::text ~ 'secret'
  UNION ALL SELECT t::text FROM training.corpus t WHERE t::text ~ 'secret'
  UNION ALL SELECT query_to_xml('SELECT * FROM training.post', true, true, '')::text
    WHERE query_to_xml('SELECT * FROM training.post', true, true, '')::text ~ 'secret'$$,
  '6: nor has the row as text, or as XML');

-- ---------------------------------------------------------------------------
-- What a reader shall see, computed without the extension.
-- ---------------------------------------------------------------------------
RESET ROLE;
CREATE FUNCTION expected(view text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT body || COALESCE('+' || CASE WHEN author_id IN (1, 2) THEN mood END, '')
    FROM rs_net.post WHERE view = 'training.post' AND body ~ '^ok'
  UNION ALL
  SELECT body || COALESCE('+' || CASE WHEN giver IN (1, 2) AND receiver IN (1, 2) THEN mood END, '')
    FROM rs_net.reco WHERE view = 'training.reco' AND body ~ '^ok'
  ORDER BY 1 $$;
CREATE FUNCTION checksum(texts text[]) RETURNS text LANGUAGE sql AS $$
  SELECT count(*) || ' ' || md5(string_agg(t, ',' ORDER BY t COLLATE "C")) FROM unnest(texts) t $$;
GRANT EXECUTE ON FUNCTION checksum(text[]) TO PUBLIC;
SELECT checksum(ARRAY(SELECT expected('training.post'))) AS posts,
  checksum(ARRAY(SELECT expected('training.reco'))) AS recos \gset
SELECT cmp_ok(split_part(:'posts', ' ', 1)::int, '>', 30, 'there is something to see');
SET ROLE rs_trainer;

-- ---------------------------------------------------------------------------
-- 8. The same rows, however they are computed: at the top level, for a query in
-- PL/pgSQL or beside an unsafe function would not be parallel.
-- ---------------------------------------------------------------------------
\set digest 'count(*) || $$ $$ || md5(string_agg(body || COALESCE($$+$$ || mood, $$$$), $$,$$ ORDER BY body || COALESCE($$+$$ || mood, $$$$) COLLATE "C"))'
SELECT :digest AS got_posts FROM training.post \gset
SELECT :digest AS got_recos FROM training.reco \gset
SELECT is(:'got_posts'::text, :'posts', '8: serial plan: the rows of one subject');
SELECT is(:'got_recos'::text, :'recos', '8: serial plan: the rows of two subjects');

CREATE FUNCTION lair.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r text; plan text := '';
BEGIN
  FOR r IN EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF) ' || query LOOP
    plan := plan || r;
  END LOOP;
  RETURN plan;
END $$;
-- Workers cannot write lair.seen, but they can raise what they are shown.
CREATE FUNCTION lair.trip(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1e-12 AS $$
BEGIN
  IF value ~ 'secret' THEN RAISE EXCEPTION 'tripped over %', value; END IF;
  RETURN true;
END $$;
SELECT set_config(name, 'on', false) AS forced FROM pg_settings
  WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 4;
SET parallel_leader_participation = off;
SELECT matches(lair.plan_of('SELECT body, mood FROM training.post'),
  'Workers Launched: [1-9]', '8: the plan is parallel');
SELECT :digest AS got_posts FROM training.post \gset
SELECT :digest AS got_recos FROM training.reco \gset
\set ON_ERROR_STOP 0
SELECT count(*) FROM training.post WHERE lair.trip(body) AND lair.trip(mood) \gset
\set tripped :ERROR
SELECT count(*) FROM training.reco WHERE lair.trip(body) AND lair.trip(mood) \gset
\set tripped :tripped:ERROR
\set ON_ERROR_STOP 1
RESET parallel_setup_cost; RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;
SELECT set_config(name, 'off', false) AS forced FROM pg_settings
  WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SELECT is(:'got_posts'::text, :'posts', '8: parallel plan: the rows of one subject');
SELECT is(:'got_recos'::text, :'recos', '8: parallel plan: the rows of two subjects');
SELECT is(:'tripped'::text, 'falsefalse', '8: workers show a leaking function nothing else');

SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0;
SELECT CASE WHEN pg_jit_available()
  THEN matches(lair.plan_of('SELECT body, mood FROM training.post'), 'JIT:', '8: the plan is compiled')
  ELSE skip('8: the plan is compiled: no JIT here', 1) END;
SELECT :digest AS got_posts FROM training.post \gset
SELECT :digest AS got_recos FROM training.reco \gset
SELECT is(:'got_posts'::text, :'posts', '8: compiled plan: the rows of one subject');
SELECT is(:'got_recos'::text, :'recos', '8: compiled plan: the rows of two subjects');
RESET jit; RESET jit_above_cost; RESET jit_inline_above_cost; RESET jit_optimize_above_cost;
RESET ROLE;
SELECT max_val::int > 0 AS discards FROM pg_settings WHERE name = 'debug_discard_caches' \gset
\if :discards
SET debug_discard_caches = 1;
\endif
SET ROLE rs_trainer;
SELECT :digest AS got_posts FROM training.post \gset
SELECT CASE WHEN :'discards' THEN is(:'got_posts'::text, :'posts', '8: caches discarded: the same rows')
  ELSE skip('8: caches discarded: this server is built without', 1) END;
\if :discards
RESET ROLE;
RESET debug_discard_caches;
SET ROLE rs_trainer;
\endif

-- ---------------------------------------------------------------------------
-- 10. What a reader makes of the view.
-- ---------------------------------------------------------------------------
CREATE VIEW lair.above AS SELECT body, mood FROM training.post;
CREATE VIEW lair.invoked WITH (security_invoker) AS SELECT body, mood FROM training.post;
CREATE MATERIALIZED VIEW lair.kept AS SELECT body, mood FROM training.post;
CREATE TABLE lair.taken AS SELECT * FROM training.post;
CREATE FUNCTION lair.looked() RETURNS TABLE (b text, m text) LANGUAGE plpgsql AS $$
BEGIN
  FOR b, m IN SELECT t.body, t.mood FROM training.post t LOOP RETURN NEXT; END LOOP;
END $$;
CREATE FUNCTION lair.defined() RETURNS TABLE (b text, m text)
  LANGUAGE sql SECURITY DEFINER AS 'SELECT body, mood FROM training.post';
SELECT is(checksum(a), :'posts', '10: ' || how || ': the same rows') FROM (VALUES
  ('a view on the view', ARRAY(SELECT body || COALESCE('+' || mood, '') FROM lair.above)),
  ('a view with the invoker''s rights', ARRAY(SELECT body || COALESCE('+' || mood, '') FROM lair.invoked)),
  ('a materialized view', ARRAY(SELECT body || COALESCE('+' || mood, '') FROM lair.kept)),
  ('CREATE TABLE AS', ARRAY(SELECT body || COALESCE('+' || mood, '') FROM lair.taken)),
  ('a loop in PL/pgSQL', ARRAY(SELECT b || COALESCE('+' || m, '') FROM lair.looked())),
  ('SECURITY DEFINER', ARRAY(SELECT b || COALESCE('+' || m, '') FROM lair.defined()))) w(how, a);
TRUNCATE lair.seen;
SET rs.via = 'DO';
DO $$
DECLARE r record; c refcursor; v text;
BEGIN
  FOR r IN SELECT body || COALESCE('+' || mood, '') AS v FROM training.post LOOP
    INSERT INTO lair.seen VALUES ('DO', r.v);
  END LOOP;
  OPEN c FOR SELECT body || COALESCE('+' || mood, '') FROM training.post WHERE lair.leak(body);
  LOOP
    FETCH c INTO v;
    EXIT WHEN NOT FOUND;
    INSERT INTO lair.seen VALUES ('cursor', v);
  END LOOP;
END $$;
SELECT is(checksum(ARRAY(SELECT value FROM lair.seen WHERE via = 'cursor')), :'posts',
  '10: a cursor in a DO block: the same rows');
SELECT is_empty($$SELECT * FROM lair.seen WHERE value ~ 'secret'$$,
  '10: a DO block is shown nothing else');

-- COPY, and a portal that is read a few rows at a time.
\set file `mktemp`
COPY (SELECT body || COALESCE('+' || mood, '') FROM training.post) TO STDOUT \g :file
\set copied `wc -l <:file | tr -d '\n '; printf ' '; LC_ALL=C sort :file | paste -sd, | tr -d '\n' | md5sum | cut -c-32`
\set gone `rm -f :file`
SELECT is(:'copied'::text, :'posts', '10: COPY (SELECT ...): the same rows');
BEGIN;
DECLARE few CURSOR FOR SELECT body || COALESCE('+' || mood, '') FROM training.post;
CREATE FUNCTION lair.fetched(n int) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE c refcursor := 'few'; v text; got text[];
BEGIN
  FOR i IN 1 .. n LOOP
    FETCH c INTO v;
    EXIT WHEN NOT FOUND;
    got := got || v;
  END LOOP;
  RETURN got;
END $$;
SELECT is(checksum(lair.fetched(3) || lair.fetched(1) || lair.fetched(100000)), :'posts',
  '10: a cursor that is read a few rows at a time: the same rows');
COMMIT;

-- ---------------------------------------------------------------------------
-- 7. Prepared, generic, held open: current rights and the statement's state.
-- ---------------------------------------------------------------------------
SET plan_cache_mode = force_generic_plan;
PREPARE look(text) AS SELECT checksum(ARRAY(
  SELECT body || COALESCE('+' || mood, '') FROM training.post WHERE body LIKE $1));
CREATE FUNCTION lair.look() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN checksum(ARRAY(SELECT body || COALESCE('+' || mood, '') FROM training.post));
END $$;
GRANT USAGE ON SCHEMA lair TO rs_nobody;
CREATE FUNCTION lair.execute(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text; BEGIN EXECUTE query INTO v; RETURN v; END $$;
SELECT is(lair.execute($$EXECUTE look('%')$$), :'posts', '7: a prepared statement: the rows');
SELECT is(lair.look(), :'posts', '7: a plan of PL/pgSQL: the rows');
BEGIN;
DECLARE few CURSOR WITH HOLD FOR SELECT body || COALESCE('+' || mood, '') FROM training.post;
SELECT lair.fetched(1) AS first \gset
RESET ROLE;
SELECT aiconsent.record_consent(2, 'content_generation', 'object') AS event \gset
SELECT checksum(ARRAY(SELECT body || COALESCE('+' || CASE WHEN author_id = 1 THEN mood END, '')
  FROM rs_net.post WHERE body ~ '^ok' AND author_id <> 2)) AS fewer \gset
SET ROLE rs_trainer;
SELECT is(lair.execute($$EXECUTE look('%')$$), :'fewer',
  '7: a prepared statement sees an objection at once');
SELECT is(lair.look(), :'fewer', '7: so does a plan of PL/pgSQL');
COMMIT;
SELECT is(checksum(:'first'::text[] || lair.fetched(100000)), :'posts',
  '7: a cursor held open has the rows of its own snapshot');
CLOSE few;
SET ROLE rs_nobody;
SELECT throws_ok($$EXECUTE look('%')$$, '42501', NULL,
  '7: what one role prepared, another one without the right cannot execute');
SELECT throws_ok($$SELECT lair.look()$$, '42501', NULL, '7: nor by a cached plan');
RESET ROLE;
SELECT aiconsent.register_field('rs_net.post', 'mood', 'never{salary}') AS raised \gset
SET ROLE rs_trainer;
SELECT checksum(ARRAY(SELECT split_part(b, '+', 1) FROM (
  SELECT body AS b FROM training.post) x)) AS without_mood \gset
SELECT is(lair.execute($$EXECUTE look('%')$$), :'without_mood',
  '7: a prepared statement loses a field whose label is raised');
RESET ROLE;
REVOKE SELECT ON training.post FROM rs_trainer;
SET ROLE rs_trainer;
SELECT throws_ok($$EXECUTE look('%')$$, '42501', NULL,
  '7: a prepared statement ends with the right to read');
SELECT throws_ok($$SELECT lair.look()$$, '42501', NULL, '7: and so does a cached plan');
RESET ROLE;
SELECT throws_ok($$REFRESH MATERIALIZED VIEW lair.kept$$, '42501', NULL,
  '10: and so does a materialized view, by whomever it is refreshed');
RESET plan_cache_mode;

-- ---------------------------------------------------------------------------
-- 2. The log, too, has seen nothing.
-- ---------------------------------------------------------------------------
SELECT current_setting('data_directory') || '/../log' AS log \gset
SELECT CASE WHEN (pg_stat_file(:'log', true)).size IS NULL
  THEN skip('2: the server''s log is elsewhere', 1)
  ELSE unalike(pg_read_file(:'log'), '%sec' || 'ret-%', '2: no excluded value is in the server''s log') END;

SELECT * FROM finish();
RESET ROLE;
DROP OWNED BY rs_owner, rs_trainer, rs_nobody CASCADE;
DROP ROLE rs_owner, rs_trainer, rs_nobody;
