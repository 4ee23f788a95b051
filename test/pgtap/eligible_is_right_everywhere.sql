-- eligible() and granted() say what the standing says, for every type of key
-- and wherever they are called: promises 7, 8, 11, 16 and 23.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SELECT * FROM no_plan();

CREATE SCHEMA net;
SELECT aiconsent.adopt_policy() AS done \gset
SELECT aiconsent.adopt_policy('other', effective_at => '2025-11-03',
  announced_at => '2025-09-18', basis => 'opt_in') AS done \gset

-- ---------------------------------------------------------------------------
-- Every type of key, as the subjects' and in a source, judged by what is
-- written here: 1 said nothing, 2 granted, 3 objected, 4 is a child, 5 was not
-- told, 6 is nobody.
-- ---------------------------------------------------------------------------
CREATE FUNCTION key_of(n int, type text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE type WHEN 'uuid' THEN '00000000-0000-0000-0000-00000000000' || n
    WHEN 'text' THEN 'Anne "' || n || '"''\' WHEN 'varchar' THEN ' ' || n || ' '
    ELSE n::text END $$;
CREATE FUNCTION should(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n <= 2';

CREATE PROCEDURE declare(type text) LANGUAGE plpgsql AS $$
DECLARE b name;
BEGIN
  FOR b IN SELECT binding FROM aiconsent.registration LOOP
    EXECUTE format('DROP VIEW aiconsent.%I', b);
  END LOOP;
  DROP SCHEMA net CASCADE;
  CREATE SCHEMA net;
  EXECUTE format('CREATE TABLE net.member (id %s PRIMARY KEY, n int, birth date,'
    ' notified_at timestamptz)', type);
  EXECUTE format('INSERT INTO net.member SELECT key_of(n, %L)::%s, n,'
    ' CASE n WHEN 4 THEN ''2020-01-01'' ELSE ''1980-01-01'' END::date,'
    ' CASE WHEN n <> 5 THEN ''2025-10-01''::timestamptz END'
    ' FROM generate_series(1, 5) n', type, type);
  PERFORM aiconsent.register_subject('net.member', birth => 'birth',
    notified_at => 'notified_at');
  PERFORM aiconsent.record_consent(key_of(2, type), 'content_generation', 'grant',
    notice_version => 'v1');
  PERFORM aiconsent.record_consent(key_of(3, type), 'content_generation', 'object');
END $$;

-- One line for every answer that is wrong.
CREATE FUNCTION wrong_answers(subject_type text, asked_type text)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE n int; call record; got boolean; compatible boolean;
BEGIN
  compatible := subject_type = asked_type
    OR subject_type LIKE 'int%' AND asked_type LIKE 'int%'
    OR subject_type IN ('text', 'varchar') AND asked_type IN ('text', 'varchar');
  FOR n IN 0 .. 6 LOOP
    FOR call IN
      SELECT format(f, format(CASE WHEN n = 0 THEN 'NULL::%2$s' ELSE '%1$L::%2$s' END,
          key_of(n, subject_type), asked_type)) AS sql, yes
      FROM (VALUES
        ('aiconsent.eligible(%s)', should(n)),
        ('aiconsent.eligible(%s, ''content_generation'')', should(n)),
        ('aiconsent.eligible(%s, ''content_generation'', ''2025-06-01'')', should(n)),
        ('aiconsent.eligible(%s, ''content_generation'', ''1990-01-01'')', false),
        ('aiconsent.eligible(%s, ''content_generation'', NULL)', false),
        ('aiconsent.eligible(%s, ''content_generation'', ''-infinity'')', false),
        ('aiconsent.eligible(%s, ''other'')', false),
        ('aiconsent.eligible(%s, ''nothing'')', false),
        ('aiconsent.eligible(%s, '''')', false),
        ('aiconsent.eligible(%s, repeat(''x'', 1000))', false),
        ('aiconsent.eligible(%s, NULL)', false),
        ('aiconsent.granted(%s)', n = 2),
        ('aiconsent.granted(%s, ''content_generation'', ''2025-06-01'')', n = 2),
        ('aiconsent.granted(%s, ''content_generation'', ''1990-01-01'')', false),
        ('aiconsent.granted(%s, ''other'')', false),
        ('aiconsent.granted(%s, NULL)', false)) f(f, yes)
    LOOP
      BEGIN
        EXECUTE 'SELECT ' || call.sql INTO got;
      EXCEPTION
        -- No key of the type that is asked; smallint has to say which one.
        WHEN invalid_text_representation OR ambiguous_function THEN
          CONTINUE;
      END;
      IF got IS DISTINCT FROM (call.yes AND n > 0 AND compatible) THEN
        RETURN NEXT format('%s: %s', call.sql, got);
      END IF;
    END LOOP;
  END LOOP;
END $$;

-- The same through a training view, from columns of every type that can refer,
-- in so many rows that the subjects are not looked up one by one any more.
CREATE FUNCTION wrong_rows(subject_type text, column_type text)
RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE net.post_%s (id int, author %1$s, body text, at timestamptz)',
    column_type);
  EXECUTE format('INSERT INTO net.post_%s SELECT n, CASE WHEN n > 0 THEN'
    ' key_of(n, %L)::%1$s END, n::text, ''2025-06-01'' FROM generate_series(0, 6) n,'
    ' generate_series(1, 100)',
    column_type, subject_type);
  PERFORM aiconsent.register_source(format('net.post_%s', column_type)::regclass,
    '{author}', 'at');
  PERFORM aiconsent.register_field(format('net.post_%s', column_type)::regclass,
    'body', 'personal{content.post}');
  PERFORM aiconsent.publish();
  RETURN QUERY EXECUTE format('SELECT ''too much: '' || body FROM training.post_%s'
    ' WHERE NOT should(body::int)', column_type);
  RETURN QUERY EXECUTE format('SELECT ''too little: '' || n FROM generate_series(1, 6) n'
    ' WHERE should(n) AND n::text NOT IN (SELECT body FROM training.post_%s)', column_type);
  EXECUTE format('DROP TABLE net.post_%s CASCADE', column_type);
END $$;

CREATE TABLE key_type (type text);
INSERT INTO key_type VALUES ('int2'), ('int4'), ('int8'), ('uuid'), ('text'), ('varchar');
\set types `echo "int2 int4 int8 uuid text varchar"`
\set check 'SELECT is_empty(format(''SELECT wrong_answers(%L, %L)'', :''type'', type), format(''a key of type %s, asked as %s'', :''type'', type)) FROM key_type UNION ALL SELECT is_empty(format(''SELECT wrong_rows(%L, %L)'', :''type'', type), format(''a key of type %s, in a column of type %s'', :''type'', type)) FROM key_type WHERE type = :''type'' OR type LIKE ''int%'' AND :''type'' LIKE ''int%'' OR type IN (''text'', ''varchar'') AND :''type'' IN (''text'', ''varchar'');'
\set type int2
CALL declare(:'type');
:check
\set type int8
CALL declare(:'type');
:check
\set type uuid
CALL declare(:'type');
:check
\set type text
CALL declare(:'type');
:check
\set type varchar
CALL declare(:'type');
:check
\set type int4
CALL declare(:'type');
:check
SELECT throws_ok(format('SELECT aiconsent.eligible(%s)', v), code, NULL,
  'no cast makes a key of: ' || v)
FROM (VALUES ('1.0', '42883'), ('1::float8', '42883'), ('true', '42883'),
  ('''1''::bytea', '42883'), ('''1''::xid', '42883'), ('''{1}''::int[]', '42883'),
  ('ROW(1)', '42883'), ('NULL::date', '42883')) x(v, code);
SELECT ok(NOT aiconsent.eligible('1'), 'an untyped literal is text, and so no number''s key');
SELECT ok(NOT aiconsent.eligible(9223372036854775807) AND NOT aiconsent.eligible(-2147483648)
  AND NOT aiconsent.eligible(4294967297), 'the ends of the range, and 1 + 2^32, are nobody');

-- ---------------------------------------------------------------------------
-- From here on keys are of type integer.
-- ---------------------------------------------------------------------------
INSERT INTO net.member SELECT n, n, '1980-01-01', '2025-10-01' FROM generate_series(11, 99) n;
CREATE FUNCTION say(subject int, decision text, purpose text DEFAULT 'content_generation')
RETURNS void LANGUAGE sql AS $$
  SELECT aiconsent.record_consent(subject::bigint, purpose, decision, notice_version => 'v1') $$;

-- In PL/pgSQL, with changes in between: one FmgrInfo for the whole session.
CREATE FUNCTION looped(subject int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text := '';
BEGIN
  FOR i IN 1 .. 3 LOOP
    answers := answers || aiconsent.eligible(subject)::int || aiconsent.granted(subject)::int;
    PERFORM say(subject, 'object');
    answers := answers || aiconsent.eligible(subject)::int || aiconsent.granted(subject)::int;
    PERFORM say(subject, 'grant');
  END LOOP;
  RETURN answers;
END $$;
SELECT is(looped(11), '100011001100', 'a loop in PL/pgSQL sees each change');
SELECT is(looped(11), '110011001100', 'and the same loop again, by the same plans');

CREATE FUNCTION undone(subject int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text := '';
BEGIN
  FOR i IN 1 .. 3 LOOP
    BEGIN
      PERFORM say(subject, 'object');
      answers := answers || aiconsent.eligible(subject)::int;
      RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
      answers := answers || aiconsent.eligible(subject)::int;
    END;
  END LOOP;
  RETURN answers;
END $$;
SELECT is(undone(12), '010101', 'what an exception undoes is undone');

CREATE FUNCTION adopted(purpose text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text := '';
BEGIN
  FOR i IN 1 .. 3 LOOP
    BEGIN
      PERFORM aiconsent.adopt_policy(purpose, effective_at => '2025-11-03', announced_at => '2025-09-18');
      answers := answers || aiconsent.eligible(13, purpose)::int;
      RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
      answers := answers || aiconsent.eligible(13, purpose)::int;
    END;
  END LOOP;
  RETURN answers;
END $$;
SELECT is(adopted('brief'), '101010', 'a purpose whose adoption is undone is unknown again');
SELECT is(adopted('brief'), '101010', 'and the same again, by the same plans');

CREATE FUNCTION switched(a text, b text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text := ''; p text;
BEGIN
  FOREACH p IN ARRAY ARRAY[a, b, a, b, NULL, a, left(a, 5), a || ' ', a] LOOP
    answers := answers || aiconsent.eligible(13, p)::int;
  END LOOP;
  RETURN answers;
END $$;
SELECT is(switched('content_generation', 'other'), '101001001',
  'a call that is made for one purpose and then another answers for each');

-- The same where one call is made so often that it reads all subjects at once.
CREATE FUNCTION asked_often(subject int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text := ''; x boolean; n int;
BEGIN
  FOR round IN 1 .. 8 LOOP
    BEGIN
      IF round IN (2, 5, 7) THEN PERFORM say(subject, 'object');
      ELSIF round IN (3, 6, 8) THEN PERFORM say(subject, 'grant');
      END IF;
      n := 0;
      FOR i IN 1 .. 501 LOOP
        x := aiconsent.eligible(CASE i WHEN 501 THEN subject ELSE i % 100 END);
        n := n + x::int;
      END LOOP;
      answers := answers || x::int || '/' || n || ' ';
      IF round IN (2, 7) THEN
        RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
      END IF;
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
      NULL;
    END;
  END LOOP;
  RETURN answers;
END $$;
SELECT count(*) * 5 AS n FROM net.member WHERE id BETWEEN 1 AND 99
  AND id NOT IN (3, 4, 5) \gset
SELECT is(asked_often(29), format('1/%1$s 0/%2$s 1/%1$s 1/%1$s 0/%2$s 1/%1$s 0/%2$s 1/%1$s ',
  :n + 1, :n - 5), 'asked so often that all are read at once: each change is seen');
BEGIN;
SELECT asked_often(29) AS again \gset
SAVEPOINT s;
SELECT say(29, 'object');
SELECT count(*) AS a FROM generate_series(1, 500) g WHERE aiconsent.eligible(29) \gset
ROLLBACK TO s;
SELECT count(*) AS b FROM generate_series(1, 500) g WHERE aiconsent.eligible(29) \gset
ROLLBACK;
SELECT is(:'a' || ' ' || :'b', '0 500', 'and what a savepoint took back is taken back');

-- A savepoint's rollback that leaves the snapshot as it was, because another
-- transaction ended after the savepoint's had begun.
CREATE FUNCTION ask_often(subject int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int := 0;
BEGIN
  FOR i IN 1 .. 200 LOOP
    n := n + aiconsent.eligible(subject)::int;
  END LOOP;
  RETURN n;
END $$;
BEGIN;
SELECT say(29, 'object');
SELECT ask_often(29) AS a \gset
SAVEPOINT s;
SELECT say(29, 'grant');
\! psql -X -q -A -t -o /dev/null -c 'SELECT pg_current_xact_id()'
SELECT ask_often(29) AS b \gset
ROLLBACK TO s;
SELECT ask_often(29) AS c \gset
ROLLBACK;
SELECT is(:'a' || ' ' || :'b' || ' ' || :'c', '0 200 0',
  'a grant that a savepoint took back is taken back, also where the snapshot does not tell');

-- Savepoints, and a transaction's own changes.
BEGIN;
SELECT aiconsent.eligible(14) AS a \gset
SAVEPOINT s;
SELECT say(14, 'object');
SELECT aiconsent.eligible(14) AS b \gset
ROLLBACK TO s;
SELECT aiconsent.eligible(14) AS c \gset
SELECT say(14, 'object');
RELEASE s;
SELECT aiconsent.eligible(14) AS d \gset
DELETE FROM net.member WHERE id = 15;
SELECT aiconsent.eligible(15) AS e \gset
INSERT INTO net.member VALUES (101, 101, '1980-01-01', '2025-10-01');
SELECT aiconsent.eligible(101) AS f \gset
UPDATE net.member SET birth = '2020-01-01' WHERE id = 101;
SELECT aiconsent.eligible(101) AS g \gset
UPDATE net.member SET id = 102, birth = '1980-01-01' WHERE id = 101;
SELECT aiconsent.eligible(101) AS h, aiconsent.eligible(102) AS i \gset
SELECT is(:'a' || :'b' || :'c' || :'d' || :'e' || :'f' || :'g' || :'h' || :'i', 'tftfftfft',
  'a transaction sees its own changes, and not those that a savepoint took back');
ROLLBACK;
SELECT ok(aiconsent.eligible(14) AND aiconsent.eligible(15) AND NOT aiconsent.eligible(102),
  'nor does anybody those of a transaction that was rolled back');

-- The statement's snapshot: a volatile function goes with the changes; one that
-- is stable or inlined, and a cursor, stay where their statement began.
CREATE FUNCTION volatile_answer(subject int) RETURNS boolean LANGUAGE plpgsql VOLATILE AS
  'BEGIN RETURN aiconsent.eligible(subject); END';
CREATE FUNCTION stable_answer(subject int) RETURNS boolean LANGUAGE plpgsql STABLE AS
  'BEGIN RETURN aiconsent.eligible(subject); END';
CREATE FUNCTION sql_answer(subject int) RETURNS boolean LANGUAGE sql STABLE AS
  'SELECT aiconsent.eligible(subject)';
CREATE FUNCTION sql_volatile_answer(subject int) RETURNS boolean LANGUAGE sql VOLATILE AS
  'SELECT aiconsent.eligible(subject)';
CREATE FUNCTION standard_answer(subject int) RETURNS boolean LANGUAGE sql
  RETURN aiconsent.eligible(subject);
CREATE FUNCTION objecting(subject int) RETURNS text LANGUAGE sql VOLATILE AS
  $$ SELECT say(subject, 'object'); SELECT 'said' $$;
SELECT is((SELECT concat(volatile_answer(16), sql_volatile_answer(16), stable_answer(16), sql_answer(16), standard_answer(16), aiconsent.eligible(16), ' ',
    objecting(16), ' ',
    volatile_answer(16), sql_volatile_answer(16), stable_answer(16), sql_answer(16), standard_answer(16), aiconsent.eligible(16))),
  'tttttt said fttttt', 'within one statement, each kind of function has its own snapshot');
SELECT ok(NOT (volatile_answer(16) OR sql_volatile_answer(16) OR stable_answer(16)
  OR sql_answer(16) OR standard_answer(16) OR aiconsent.eligible(16)),
  'and in the next statement all agree');

BEGIN;
DECLARE c CURSOR FOR SELECT id FROM net.member WHERE aiconsent.eligible(id) AND id IN (17, 18, 19) ORDER BY id;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM net.member WHERE aiconsent.eligible(id) AND id IN (17, 18, 19) ORDER BY id;
FETCH c \gset c1_
SELECT say(18, 'object');
SELECT say(19, 'object');
FETCH c \gset c2_
FETCH c \gset c3_
FETCH held \gset h1_
COMMIT;
FETCH held \gset h2_
FETCH held \gset h3_
SELECT is(:'c1_id' || ' ' || :'c2_id' || ' ' || :'c3_id', '17 18 19', 'a cursor stays with its snapshot');
SELECT is(:'h1_id' || ' ' || :'h2_id' || ' ' || :'h3_id', '17 18 19', 'and so does one that is held');
CLOSE held;

-- REPEATABLE READ: one snapshot, and one's own changes.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT aiconsent.eligible(20) AS a \gset
SELECT say(20, 'object');
SELECT aiconsent.eligible(20) AS b \gset
COMMIT;
SELECT is(:'a' || :'b', 'tf', 'REPEATABLE READ sees its own objection');

-- Prepared statements.
PREPARE ask(int) AS SELECT aiconsent.eligible($1);
PREPARE ask_text(text) AS SELECT aiconsent.eligible($1);
PREPARE ask_any AS SELECT aiconsent.eligible($1);
PREPARE ask_purpose(text) AS SELECT aiconsent.eligible(21, $1);
CREATE FUNCTION run(query text) RETURNS text LANGUAGE plpgsql AS
  'DECLARE v text; BEGIN EXECUTE query INTO v; RETURN v; END';
SET plan_cache_mode = force_generic_plan;
SELECT is(run('EXECUTE ask(21)') || run('EXECUTE ask(3)') || run('EXECUTE ask(NULL)')
  || run('EXECUTE ask_text(''21'')') || run('EXECUTE ask_purpose(''content_generation'')')
  || run('EXECUTE ask_purpose(''other'')') || run('EXECUTE ask_purpose(NULL)'),
  'truefalsefalsefalsetruefalsefalse', 'prepared, generic plan');
SELECT say(21, 'object');
SELECT is(run('EXECUTE ask(21)') || run('EXECUTE ask_purpose(''content_generation'')'),
  'falsefalse', 'prepared, generic plan: sees an objection');
SET plan_cache_mode = force_custom_plan;
SELECT is(run('EXECUTE ask(22)') || run('EXECUTE ask(21)'), 'truefalse', 'prepared, custom plan');
RESET plan_cache_mode;

-- Everywhere an expression can stand.
CREATE TABLE net.kept (id int CONSTRAINT only_eligible CHECK (aiconsent.eligible(id)),
  ok bool DEFAULT aiconsent.eligible(23));
SELECT lives_ok('INSERT INTO net.kept VALUES (23)', 'in a CHECK: an eligible subject');
SELECT throws_ok('INSERT INTO net.kept VALUES (3)', '23514', NULL, 'in a CHECK: one who objected');
SELECT throws_ok('INSERT INTO net.kept VALUES (NULL)', '23514', NULL, 'in a CHECK: NULL');
SELECT is((SELECT ok FROM net.kept), true, 'in a DEFAULT');
CREATE DOMAIN net.eligible_id AS int CHECK (aiconsent.eligible(VALUE));
SELECT is(23::net.eligible_id::int, 23, 'in a domain''s CHECK: an eligible subject');
SELECT throws_ok('SELECT 3::net.eligible_id', '23514', NULL, 'in a domain''s CHECK: one who objected');
SELECT ok(aiconsent.eligible(23::net.eligible_id), 'asked with a key whose type is a domain');
SELECT is((SELECT string_agg(id::text, ' ' ORDER BY id) FROM net.member
  WHERE id BETWEEN 1 AND 23 AND CASE WHEN id % 2 = 0 THEN aiconsent.eligible(id) ELSE false END),
  '2 12 14 22', 'in a CASE');
SELECT is((SELECT count(*) FROM generate_series(1, 3) n
  WHERE (SELECT bool_and(aiconsent.eligible(m)) FROM generate_series(1, n) m)), 2::bigint,
  'in a correlated subquery');
SELECT is((SELECT string_agg(aiconsent.eligible(n)::int::text, '' ORDER BY aiconsent.eligible(n), n)
  FROM generate_series(1, 6) n), '000011', 'in ORDER BY');
SELECT is((SELECT string_agg(n || ':' || e, ' ' ORDER BY n) FROM (
    SELECT DISTINCT ON (aiconsent.eligible(n)) n, aiconsent.eligible(n)::int AS e
    FROM generate_series(1, 6) n ORDER BY aiconsent.eligible(n), n) d), '1:1 3:0', 'in DISTINCT ON');
CREATE FUNCTION net.on_insert() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN NEW.ok := aiconsent.eligible(NEW.id); RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON net.kept FOR EACH ROW EXECUTE FUNCTION net.on_insert();
INSERT INTO net.kept VALUES (24, NULL), (25, NULL);
SELECT is((SELECT bool_and(ok) FROM net.kept WHERE id > 23), true, 'in a trigger');
CREATE TABLE net.secured (id int, v text);
INSERT INTO net.secured SELECT n, 'x' FROM generate_series(1, 6) n;
ALTER TABLE net.secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON net.secured USING (aiconsent.eligible(id));
CREATE ROLE ee_service NOLOGIN;
GRANT USAGE ON SCHEMA net, aiconsent TO ee_service;
GRANT SELECT ON net.secured TO ee_service;
GRANT EXECUTE ON FUNCTION aiconsent.eligible(int, text) TO ee_service;
SET ROLE ee_service;
SELECT is((SELECT array_agg(id ORDER BY id) FROM net.secured), '{1,2}', 'in a row security policy');
SELECT ok(aiconsent.eligible(1) AND NOT aiconsent.eligible(3), 'asked by a service without any right on our tables');
RESET ROLE;
DO $$ BEGIN ASSERT aiconsent.eligible(1) AND NOT aiconsent.eligible(3); END $$;
SELECT pass('in a DO block');
CREATE PROCEDURE net.ask_between(OUT said text) LANGUAGE plpgsql AS $$
BEGIN
  said := aiconsent.eligible(26)::int;
  PERFORM say(26, 'object');
  COMMIT;
  said := said || aiconsent.eligible(26)::int;
  PERFORM say(26, 'grant');
  ROLLBACK;
  said := said || aiconsent.eligible(26)::int;
END $$;
CALL net.ask_between(NULL) \gset asked_
SELECT is(:'asked_said'::text, '100', 'in a procedure that commits and rolls back');

-- Parallel workers, compiled expressions, other plans.
CREATE TABLE net.wide AS SELECT n AS id, n % 120 AS who FROM generate_series(1, 20000) n;
ANALYZE net.wide;
SELECT count(*) AS serial FROM net.wide WHERE aiconsent.eligible(who) \gset
SELECT is(:serial::bigint, (SELECT count(*) FROM net.wide WHERE who IN
  (SELECT subject::int FROM aiconsent.standing WHERE purpose = 'content_generation'
    AND verdict::text = 'eligible' AND since <= now() AND now() < until)), 'a scan agrees with the standing');
SELECT say(40, 'grant', 'other');
SELECT is((SELECT array_agg(DISTINCT who) FROM net.wide WHERE aiconsent.eligible(who, 'other')), '{40}',
  'a scan for another purpose has that purpose''s subjects');
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT set_config(name, 'on', false) AS forced FROM pg_settings
  WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
-- At the top level, for beside an unsafe function no query is parallel.
SELECT count(*) AS parallel FROM net.wide WHERE aiconsent.eligible(who) \gset
SELECT is(:parallel, :serial, 'in parallel workers');
SELECT is(looped(27), '100011001100', 'a loop that changes things, with parallel plans forced');
BEGIN;
SELECT say(28, 'object');
SELECT count(*) AS parallel FROM net.wide WHERE aiconsent.eligible(who) AND who = 28 \gset
SELECT is(:parallel, 0, 'workers see the transaction''s own changes');
ROLLBACK;
SELECT set_config(name, 'off', false) AS forced FROM pg_settings
  WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \gset
SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0;
SELECT is((SELECT count(*) FROM net.wide WHERE aiconsent.eligible(who)), :serial::bigint, 'compiled');
RESET jit; RESET jit_above_cost; RESET jit_inline_above_cost; RESET jit_optimize_above_cost;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
SELECT is((SELECT count(*) FROM net.wide WHERE aiconsent.eligible(who)), :serial::bigint, 'whatever plans are disabled');
RESET enable_indexscan; RESET enable_indexonlyscan; RESET enable_bitmapscan;

-- ---------------------------------------------------------------------------
-- Time: a stretch that ends and one that comes later, without any event.
-- ---------------------------------------------------------------------------
SELECT clock_timestamp() AS t0 \gset
SELECT aiconsent.record_consent(30, 'content_generation', 'object', :'t0'::timestamptz + '1 s') AS a,
  aiconsent.record_consent(30, 'content_generation', 'grant', :'t0'::timestamptz + '2 s', notice_version => 'v1') AS b \gset
SELECT aiconsent.eligible(30) AS a, aiconsent.granted(30) AS b \gset
SELECT pg_sleep_until(:'t0'::timestamptz + '1.3 s');
SELECT aiconsent.eligible(30) AS c, aiconsent.granted(30) AS d \gset
SELECT pg_sleep_until(:'t0'::timestamptz + '2.3 s');
SELECT aiconsent.eligible(30) AS e, aiconsent.granted(30) AS f,
  aiconsent.eligible(30, 'content_generation', '1990-01-01') AS g,
  aiconsent.eligible(30, 'content_generation', '2025-01-01') AS h \gset
SELECT is(:'a' || :'b' || :'c' || :'d' || :'e' || :'f' || :'g' || :'h', 'tfffttft',
  'eligible, then out, then eligible again and on a grant, as time goes by');
SELECT say(30, 'object');
SELECT ok(NOT aiconsent.eligible(30), 'and an objection ends the later stretch, too');

-- What a transaction that began before it sees at once.
BEGIN;
SELECT now() AS begun \gset
SELECT pg_sleep(0.05);
SELECT say(31, 'object');
SELECT ok(NOT aiconsent.eligible(31), 'an objection that is later than the transaction''s clock bites');
ROLLBACK;
SELECT clock_timestamp() AS t0 \gset
SELECT aiconsent.record_consent(32, 'content_generation', 'object', :'t0'::timestamptz + '0.5 s') AS a \gset
BEGIN;
SELECT aiconsent.eligible(32) AS a \gset
SELECT pg_sleep_until(:'t0'::timestamptz + '1 s');
SELECT aiconsent.eligible(32) AS b \gset
COMMIT;
SELECT is(:'a' || :'b', 'tf', 'a future-dated objection acts at its date in a transaction that is open then');

-- No table of subjects: nobody.
SELECT format('DROP VIEW aiconsent.%I', binding) FROM aiconsent.registration WHERE kind = 'subject' \gexec
SELECT ok(NOT aiconsent.eligible(1) AND NOT aiconsent.granted(2), 'without a table of subjects nobody is eligible');

SELECT * FROM finish();
DROP OWNED BY ee_service;
DROP ROLE ee_service;
