-- A scan, which reads everybody at once, answers as a look-up of one subject
-- does, and both as the standing says: whether windows are packed or not,
-- whatever was written since, in whatever transaction, snapshot and instant.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SELECT * FROM no_plan();

CREATE SCHEMA net;

-- ---------------------------------------------------------------------------
-- Members 1 to 300 of every kind: children, not told, grown up a short while
-- ago, with an objection or a grant, with what is to come.
-- ---------------------------------------------------------------------------
CREATE FUNCTION key_of(n int, type text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE type
    WHEN 'uuid' THEN 'a0000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0')
    WHEN 'text' THEN repeat('Anne "', n % 3) || n || '"'' '
    ELSE (n - 150)::text END $$;

-- For n from 1 on; nobody of them is there before.
CREATE PROCEDURE add_members(type text, first int, last int) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO net.member SELECT key_of(n, %L)::%s, n,'
    ' CASE n %% 12 WHEN 1 THEN date ''2020-01-01'' WHEN 2 THEN date ''2003-01-01'' + n'
    '   ELSE date ''1980-01-01'' END,'
    ' CASE WHEN n %% 12 <> 3 THEN timestamptz ''2025-10-01'' END'
    ' FROM generate_series(%s, %s) n', type, type, first, last);
END $$;

CREATE FUNCTION say(n int, decision text, purpose text DEFAULT 'content_generation',
  at timestamptz DEFAULT NULL, notice text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE type text := (SELECT format_type(atttypid, NULL) FROM pg_attribute
  WHERE attrelid = 'net.member'::regclass AND attname = 'id');
BEGIN
  EXECUTE format('SELECT aiconsent.record_consent(id, $2, $3, $4, notice_version => $5)'
    ' FROM net.member WHERE n = $1') USING n, purpose, decision, at, notice;
END $$;

-- Who is asked about: all of them, some who come later, and who is nobody.
CREATE PROCEDURE declare(type text) LANGUAGE plpgsql AS $$
BEGIN
  DROP SCHEMA net CASCADE;
  CREATE SCHEMA net;
  EXECUTE format('CREATE TABLE net.member (id %s PRIMARY KEY, n int, birth date,'
    ' notified_at timestamptz)', type);
  CALL add_members(type, 1, 300);
  EXECUTE format('CREATE TABLE net.asked AS SELECT n, key_of(n, %L)::%s AS id'
    ' FROM generate_series(-20, 360) n', type, type);
  INSERT INTO net.asked VALUES (NULL, NULL);
  IF type = 'bigint' THEN
    INSERT INTO net.asked VALUES (NULL, -9223372036854775808), (NULL, 9223372036854775807),
      (NULL, 4294967297), (NULL, -4294967297);
  END IF;
  PERFORM aiconsent.register_subject('net.member', birth => 'birth', notified_at => 'notified_at');
  PERFORM say(n, 'object') FROM generate_series(4, 300, 12) n;
  PERFORM say(n, 'grant', notice => 'v1') FROM generate_series(5, 300, 12) n;
  PERFORM say(n, 'grant', 'other', notice => 'v1') FROM generate_series(6, 300, 4) n;
  -- One stretch that ends, one that has not begun, and two of them.
  PERFORM say(n, 'object', at => '2099-01-01') FROM generate_series(7, 300, 12) n;
  PERFORM say(n, 'object'), say(n, 'grant', at => '2099-01-01', notice => 'v1')
    FROM generate_series(8, 300, 36) n;
  PERFORM say(n, 'object', at => '2098-01-01'), say(n, 'grant', at => '2099-01-01', notice => 'v1')
    FROM generate_series(9, 300, 36) n;
END $$;

-- ---------------------------------------------------------------------------
-- What is said and what should be said.
-- ---------------------------------------------------------------------------
CREATE FUNCTION by_standing(purpose text)
RETURNS TABLE (subject text, is_in boolean, is_granted boolean, is_dated boolean) LANGUAGE sql AS $$
  SELECT s.subject, true, s.explicit, s.content_from <= '2021-06-01'
  FROM aiconsent.standing s
  WHERE s.purpose = by_standing.purpose AND s.verdict::text = 'eligible'
    AND s.since <= statement_timestamp() AND statement_timestamp() < s.until $$;

CREATE FUNCTION by_scan(purpose text)
RETURNS TABLE (subject text, is_in boolean, is_granted boolean, is_dated boolean) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT COALESCE(id::text, ''no key''), aiconsent.eligible(id, %1$L),'
    ' aiconsent.granted(id, %1$L), aiconsent.eligible(id, %1$L, ''2021-06-01'') FROM net.asked', purpose);
END $$;

-- One statement for each, so that none knows what another found.
CREATE FUNCTION by_look_up(purpose text)
RETURNS TABLE (subject text, is_in boolean, is_granted boolean, is_dated boolean) LANGUAGE plpgsql AS $$
DECLARE id text;
BEGIN
  FOR id IN SELECT quote_nullable(a.id) FROM net.asked a LOOP
    RETURN QUERY EXECUTE format('SELECT COALESCE(x.id::text, ''no key''), aiconsent.eligible(id, %1$L),'
      ' aiconsent.granted(id, %1$L), aiconsent.eligible(id, %1$L, ''2021-06-01'')'
      ' FROM (SELECT %2$s::%3$s AS id) x', purpose, id,
      (SELECT pg_typeof(a.id) FROM net.asked a LIMIT 1));
  END LOOP;
END $$;

-- One line for every answer that is wrong.
CREATE FUNCTION wrong(purpose text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT format('%s: scan %s, look-up %s, standing %s', COALESCE(a.subject, s.subject), a, l, s)
  FROM by_scan($1) a FULL JOIN by_standing($1) s USING (subject)
    FULL JOIN by_look_up($1) l USING (subject)
  WHERE (a.is_in, a.is_granted, a.is_dated) IS DISTINCT FROM (l.is_in, l.is_granted, l.is_dated)
    OR (a.is_in, a.is_granted, a.is_dated) IS DISTINCT FROM (COALESCE(s.is_in, false),
      COALESCE(s.is_granted, false), COALESCE(s.is_dated, false)) $$;

-- Does a scan go by what is packed?  It fails where that is damaged.
CREATE FUNCTION goes_by_packed(purpose text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE aiconsent.standing_packed SET numbers = numbers || '\x00';
  PERFORM by_scan(purpose);
  RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION
  WHEN data_corrupted THEN RETURN true;
  WHEN SQLSTATE 'UNDO0' THEN RETURN false;
END $$;

CREATE FUNCTION agree(state text, packed boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE p text;
BEGIN
  FOREACH p IN ARRAY ARRAY['content_generation', 'other', 'nothing'] LOOP
    RETURN NEXT is_empty(format('SELECT wrong(%L)', p), format('%s, %s', state, p));
  END LOOP;
  RETURN NEXT is(goes_by_packed('content_generation'), packed,
    state || ': a scan goes by ' || CASE WHEN packed THEN 'what is packed' ELSE 'rows' END);
  RETURN NEXT is_empty('SELECT * FROM aiconsent.verify_standing()', state || ': all is in step');
END $$;

-- Is the member let through, by a scan that reads all?
CREATE FUNCTION scanned(n int, purpose text DEFAULT 'content_generation')
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found boolean;
BEGIN
  EXECUTE format('SELECT bool_or(n = %s) FROM net.asked WHERE aiconsent.eligible(id, %L)', n, purpose)
    INTO found;
  RETURN COALESCE(found, false);
END $$;

-- Blocks of rows that are no more make what is packed worth it, as in a large
-- table; their keys are some that are there.
CREATE PROCEDURE make_large(key bigint DEFAULT 0) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO aiconsent.standing_int8
  SELECT '-infinity', 'infinity', '-infinity', 1000 + i, false, false, key FROM generate_series(1, 18000) i;
  RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
END $$;

ALTER TABLE aiconsent.standing_int8 SET (fillfactor = 10, autovacuum_enabled = off);
SELECT aiconsent.adopt_policy() AS done \gset
SELECT aiconsent.adopt_policy('other', effective_at => '2025-11-03',
  announced_at => '2025-09-18', basis => 'opt_in') AS done \gset
CALL declare('bigint');
SELECT aiconsent.rebuild_standing() \g /dev/null
CALL make_large();

-- ---------------------------------------------------------------------------
-- Integers: packed, written since, and not packed.
-- ---------------------------------------------------------------------------
SELECT is((SELECT count(*)::int FROM by_scan('content_generation') WHERE is_in), 300 - 4 * 25 + 16,
  'all are let through but children, who was not told, who objected and whose grant is to come');
SELECT agree('packed when everybody was judged', true);

SELECT say(10, 'object') \g /dev/null
SELECT say(11, 'grant', notice => 'v1') \g /dev/null
SELECT say(4, 'grant', notice => 'v1') \g /dev/null
SELECT say(12, 'object', at => '2097-01-01') \g /dev/null
SELECT say(22, 'object', at => '2097-01-01'), say(22, 'grant', at => '2097-02-01') \g /dev/null
SELECT say(8, 'object', at => '2099-06-01') \g /dev/null
SELECT say(10, 'grant', 'other') \g /dev/null
SELECT say(20, 'grant', 'other', at => '2097-01-01') \g /dev/null
UPDATE net.member SET birth = '2020-01-01' WHERE n = 23;
UPDATE net.member SET birth = '2000-05-05' WHERE n = 1;
UPDATE net.member SET notified_at = NULL WHERE n = 24;
DELETE FROM net.member WHERE n IN (34, 35, 300);
CALL add_members('bigint', 301, 350);
SELECT say(301, 'object') \g /dev/null
UPDATE net.member SET n = 355, id = 205 WHERE n = 36;
SELECT agree('written since, and members beyond what is packed', true);
SELECT ok(NOT scanned(10) AND scanned(11) AND scanned(4) AND NOT scanned(23) AND scanned(1)
  AND NOT scanned(24) AND NOT scanned(34) AND NOT scanned(300) AND NOT scanned(301)
  AND scanned(302) AND scanned(355) AND NOT scanned(36) AND scanned(10, 'other')
  AND NOT scanned(20, 'other') AND NOT scanned(8) AND NOT scanned(351),
  'each of these changes acts on a scan');

CALL add_members('bigint', -10, 0);
SELECT say(-10, 'object') \g /dev/null
SELECT agree('members before what is packed', false);
DELETE FROM net.member WHERE n = -10;
SELECT agree('and one of them is gone', false);

SELECT aiconsent.pack_standing() \g /dev/null
SELECT agree('packed anew', true);
SELECT is((SELECT count(*)::int FROM aiconsent.standing_unpacked),
  (SELECT count(*)::int FROM aiconsent.standing_int8 WHERE more), 'and nobody is named without need');

DELETE FROM aiconsent.standing_packed;
SELECT agree('not packed', false);
SELECT say(15, 'object') \g /dev/null
SELECT agree('not packed, and written since', false);
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT agree('packed when everybody was judged anew', true);

VACUUM FULL aiconsent.standing_int8;
SELECT agree('the table has another file', false);
SELECT aiconsent.pack_standing() \g /dev/null
CALL make_large();
SELECT agree('and is packed from that', true);
CLUSTER aiconsent.standing_int8 USING standing_int8_pkey;
REINDEX TABLE aiconsent.standing_int8;
SELECT agree('clustered, indexed anew', false);
BEGIN;
SELECT aiconsent.pack_standing() \g /dev/null
CREATE TEMP TABLE saved AS SELECT * FROM aiconsent.standing_int8;
TRUNCATE aiconsent.standing_int8;
SELECT is_empty($$SELECT FROM by_scan('content_generation') WHERE is_in$$, 'a table that is emptied has nobody');
INSERT INTO aiconsent.standing_int8 SELECT * FROM saved WHERE subject % 3 = 0;
CALL make_large();
SELECT set_eq($$SELECT * FROM by_scan('content_generation')$$, $$SELECT * FROM by_look_up('content_generation')$$,
  'and then those whose rows come back');
ROLLBACK;
SELECT agree('none of it was committed', false);

-- Of several windows each has its number, of as many bits as it takes: so
-- many, and then two that were written since.
SELECT aiconsent.adopt_policy('third', effective_at => '2025-11-03',
  announced_at => '2025-09-18', basis => 'opt_in') AS third \gset
CREATE PROCEDURE write_rows(first bigint, start int, n int, purpose int) LANGUAGE sql AS $$
  INSERT INTO aiconsent.standing_int8
  SELECT '-infinity', 'infinity', timestamptz '1990-01-01' + start * interval '1 hour' + i * interval '1 hour',
    purpose, i % 2 = 0, false, first + i FROM generate_series(0, n - 1) i $$;
-- By plain SQL, subject by subject and a little beyond.
CREATE FUNCTION wrong_rows(first bigint, last bigint, p int) RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM generate_series(first, last) a
    LEFT JOIN aiconsent.standing_int8 s ON s.subject = a AND s.purpose = p
  WHERE (aiconsent.eligible(a, 'third'), aiconsent.granted(a, 'third'),
      aiconsent.eligible(a, 'third', COALESCE(s.content_from, '2026-01-01')),
      aiconsent.eligible(a, 'third', COALESCE(s.content_from, '2026-01-01') - interval '1 us'))
    IS DISTINCT FROM (s.subject IS NOT NULL, COALESCE(s.explicit, false), s.subject IS NOT NULL, false) $$;
CREATE FUNCTION pack_so_many(n int, bits int, first bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE third int := (SELECT id FROM aiconsent.purpose WHERE name = 'third');
BEGIN
  TRUNCATE aiconsent.standing_int8;
  CALL write_rows(first, 0, n - 1, third);
  PERFORM aiconsent.pack_standing();
  RETURN NEXT is((SELECT p.bits::int FROM aiconsent.standing_packed p WHERE p.purpose = third), bits,
    format('%s windows take %s bits', n, bits));
  RETURN NEXT is(wrong_rows(first - 100, first + n + 100, third), 0::bigint, format('%s windows: answers', n));
  CALL make_large(first);
END $$;
-- In a statement of its own, whose instant is behind the packing.
CREATE FUNCTION write_more(n int, first bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE third int := (SELECT id FROM aiconsent.purpose WHERE name = 'third');
BEGIN
  DELETE FROM aiconsent.standing_int8 WHERE subject = first + n / 2 - 1;
  INSERT INTO aiconsent.standing_unpacked VALUES (first + n / 2 - 1);
  RETURN NEXT is(wrong_rows(first - 100, first + n + 100, third), 0::bigint, format('%s windows and one less: answers', n));
  CALL write_rows(first + n + 5, n, 2, third);
  UPDATE aiconsent.standing_int8 SET content_from = '2025-01-01', explicit = false WHERE subject = first + n / 2;
  INSERT INTO aiconsent.standing_unpacked VALUES (first + n + 5), (first + n + 6), (first + n / 2);
  RETURN NEXT ok(goes_by_packed('third'), format('%s windows and some more: a scan goes by what is packed', n));
  RETURN NEXT is(wrong_rows(first - 100, first + n + 100, third), 0::bigint, format('%s windows and some more: answers', n));
END $$;
VACUUM aiconsent.standing_unpacked;
BEGIN; SELECT pack_so_many(2, 1, 0); SELECT write_more(2, 0); ROLLBACK;
BEGIN; SELECT pack_so_many(3, 8, -1); SELECT write_more(3, -1); ROLLBACK;
BEGIN; SELECT pack_so_many(256, 8, -100); SELECT write_more(256, -100); ROLLBACK;
BEGIN; SELECT pack_so_many(257, 16, -100); SELECT write_more(257, -100); ROLLBACK;
BEGIN; SELECT pack_so_many(65536, 16, -100); SELECT write_more(65536, -100); ROLLBACK;
BEGIN; SELECT pack_so_many(65537, 32, -100); SELECT write_more(65537, -100); ROLLBACK;
BEGIN; SELECT pack_so_many(300, 16, -9223372036854775808 + 100); SELECT write_more(300, -9223372036854775808 + 100); ROLLBACK;

-- The ends of the range: by hash.
BEGIN;
INSERT INTO net.member VALUES (-9223372036854775808, 361, '1980-01-01', '2025-10-01'),
  (9223372036854775807, 362, '1980-01-01', '2025-10-01');
SELECT agree('keys at both ends of their range', false);
SELECT say(362, 'object') \g /dev/null
SELECT agree('one of whom objected', false);
SELECT aiconsent.pack_standing() \g /dev/null
SELECT agree('what lies so far apart is not packed', false);
TRUNCATE aiconsent.standing_packed;
SELECT aiconsent.pack_standing(), aiconsent.pack_standing() \g /dev/null
SELECT is((SELECT count(*) FROM aiconsent.standing_unpacked),
  (SELECT count(DISTINCT subject) FROM aiconsent.standing_unpacked), 'and names do not pile up there');
ROLLBACK;
SELECT aiconsent.pack_standing() \g /dev/null
CALL make_large();
SELECT agree('packed again, who was far apart being there no more', true);

-- Of names that are too many to be sorted, none is overlooked.
BEGIN;
INSERT INTO aiconsent.standing_unpacked SELECT (SELECT min(subject) FROM aiconsent.standing_int8) FROM generate_series(1, 100000);
SELECT say(n, 'object') FROM (SELECT n FROM net.asked WHERE aiconsent.eligible(id) ORDER BY n DESC LIMIT 5) e \g /dev/null
SELECT agree('one is named very often, and others behind', false);
ROLLBACK;
VACUUM aiconsent.standing_unpacked;

-- ---------------------------------------------------------------------------
-- All are judged anew: nobody need be named who is packed behind it.
-- ---------------------------------------------------------------------------
SELECT pg_relation_size('aiconsent.standing_unpacked') AS names \gset
BEGIN;
SELECT aiconsent.adopt_policy(effective_at => '2025-11-04', data_from => day) FROM generate_series(
  timestamptz '2020-01-01', '2020-01-04', '1 day') day \g /dev/null
SELECT agree('all have another window', true);
SELECT is(pg_relation_size('aiconsent.standing_unpacked'), :names::bigint, 'and what is named takes no more than before');
ROLLBACK;

-- ---------------------------------------------------------------------------
-- What is edited.
-- ---------------------------------------------------------------------------
CREATE FUNCTION after_edit(edit text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  EXECUTE edit;
  EXECUTE query INTO answer;
  RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION
  WHEN data_corrupted THEN RETURN 'damaged';
  WHEN SQLSTATE 'UNDO0' THEN RETURN COALESCE(answer, 'nothing');
END $$;
CREATE TABLE edit (edit text);
INSERT INTO edit VALUES ('bits = 0'), ('bits = 7'), ('bits = 1'), ('bits = 16'), ('bits = -8'),
  ('room = room + 1'), ('room = room - 1'), ('room = 0'), ('room = -1'), ('room = 9223372036854775807'),
  ('first = 9223372036854775807'), ('numbers = ''\x'''), ('numbers = substr(numbers, 2)'),
  ('numbers = set_byte(numbers, 0, 255)'), ('since = since[2:]'), ('until = array_append(until, NULL)'),
  ('until = until || until'), ('content_from = ''{}'''), ('explicit[3] = NULL'),
  ('until[1] = ''infinity'''), ('since[1] = ''-infinity'''), ('explicit[1] = true'),
  ('since = ''{}'', until = ''{}'', content_from = ''{}'', explicit = ''{}'''),
  ('since = since[:2], until = until[:2], content_from = content_from[:2], explicit = explicit[:2]'),
  ('bits = 1, numbers = substr(numbers, 1, (room + 7)::int / 8)');
SELECT is(after_edit('UPDATE aiconsent.standing_packed SET ' || edit,
    'SELECT count(*) FROM aiconsent.standing_packed_windows()'), 'damaged', edit)
FROM edit;
SELECT is(after_edit('UPDATE aiconsent.standing_packed SET bits = 0',
    'SELECT count(*) FROM aiconsent.verify_standing()'), 'damaged', 'verify_standing() says so');
SELECT is(after_edit('UPDATE aiconsent.standing_packed SET ' || edit,
    'SELECT count(*) FROM by_scan(''content_generation'')'), 'damaged', edit || ': a scan')
FROM edit WHERE edit <> 'first = 9223372036854775807';
SELECT is(after_edit('UPDATE aiconsent.standing_packed SET first = 9223372036854775807',
    'SELECT string_agg(w, '' '') FROM wrong(''content_generation'') w'), 'damaged', 'a key beyond the last');
SELECT is(after_edit('ALTER TABLE aiconsent.standing_packed ALTER numbers DROP NOT NULL;'
    ' UPDATE aiconsent.standing_packed SET numbers = NULL', 'SELECT count(*) FROM by_scan(''content_generation'')'),
  'damaged', 'NULL where none can be');
-- Behind the last there is nobody, though its byte has a place for him.
SELECT is(after_edit('UPDATE aiconsent.standing_packed SET room = 9, bits = 1, numbers = ''\x0002'','
    ' since = since[:2], until = until[:2], content_from = content_from[:2], explicit = explicit[:2]', query),
  'damaged', 'a number behind the last: ' || what)
FROM (VALUES ('shown', 'SELECT count(*) FROM aiconsent.standing_packed_windows()'),
  ('a scan', 'SELECT count(*) FROM by_scan(''content_generation'')')) q(what, query);

SELECT is(after_edit('UPDATE aiconsent.standing_packed SET ' || edit,
    'SELECT bool_or(difference = ''eligible() answers otherwise in a scan'') FROM aiconsent.verify_standing()'),
  'true', 'verify_standing() names: ' || edit)
FROM (VALUES ('first = first - 1'), ('first = first + 1'), ('purpose = 3000 WHERE purpose = 1'),
  ('numbers = set_byte(numbers, 16, get_byte(numbers, 13)) WHERE purpose = 1'),
  ('numbers = set_byte(numbers, 16, 0) WHERE purpose = 1'),
  ('since[2] = ''2098-02-02'' WHERE purpose = 1'), ('until[2] = ''2098-02-02'' WHERE purpose = 1'),
  ('content_from[2] = ''2001-02-02'' WHERE purpose = 1'),
  ('explicit[2] = NOT explicit[2] WHERE purpose = 1')) x(edit);

-- ---------------------------------------------------------------------------
-- Transactions.  Every twelfth said nothing.
-- ---------------------------------------------------------------------------
CREATE FUNCTION ask_all(n int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found boolean := false; asked record;
BEGIN
  FOR asked IN SELECT * FROM net.asked a WHERE a.n IS NOT NULL LOOP
    found := aiconsent.eligible(asked.id) AND asked.n = ask_all.n OR found;
  END LOOP;
  RETURN found;
END $$;
BEGIN;
SELECT scanned(120) AS a \gset
SAVEPOINT s;
SELECT say(120, 'object') \g /dev/null
SELECT scanned(120) AS b \gset
ROLLBACK TO s;
SELECT scanned(120) AS c \gset
SELECT aiconsent.pack_standing() \g /dev/null
SAVEPOINT s;
SELECT say(120, 'object') \g /dev/null
SELECT aiconsent.pack_standing() \g /dev/null
SELECT scanned(120) AS d \gset
ROLLBACK TO s;
SELECT scanned(120) AS e \gset
SELECT say(120, 'object') \g /dev/null
SELECT scanned(120) AS f \gset
SELECT agree('in a transaction that packed', true);
ROLLBACK;
SELECT scanned(120) AS g \gset
SELECT is(:'a' || :'b' || :'c' || :'d' || :'e' || :'f' || :'g', 'tftftft',
  'a scan sees what its transaction did, and not what was taken back');

VACUUM aiconsent.standing_unpacked;

-- One call goes on while a savepoint is taken back, and the end of another
-- transaction hides that from the snapshot.
BEGIN;
SELECT say(132, 'object') \g /dev/null
SELECT ask_all(132) AS a \gset
SAVEPOINT s;
SELECT say(132, 'grant') \g /dev/null
\! psql -X -q -A -t -o /dev/null -c 'SELECT pg_current_xact_id()'
SELECT ask_all(132) AS b \gset
ROLLBACK TO s;
SELECT ask_all(132) AS c \gset
ROLLBACK;
SELECT is(:'a' || :'b' || :'c', 'ftf', 'a grant that a savepoint took back is taken back for a call that goes on');

CREATE FUNCTION undone(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answers text := '';
BEGIN
  FOR i IN 1 .. 2 LOOP
    BEGIN
      PERFORM say(n, 'object');
      answers := answers || ask_all(n)::int;
      PERFORM 1 / 0;
    EXCEPTION WHEN division_by_zero THEN
      answers := answers || ask_all(n)::int;
    END;
    BEGIN
      UPDATE aiconsent.standing_packed SET bits = 3;
      answers := answers || scanned(n)::int || '?';
      RAISE data_corrupted;
    EXCEPTION WHEN data_corrupted THEN
      answers := answers || scanned(n)::int || ' ';
    END;
  END LOOP;
  RETURN answers;
END $$;
SELECT is(undone(132), '011 011 ', 'what an exception undoes is undone, and a scan that failed leaves nothing');

-- A purpose that changes from row to row, and two calls of one row.
SELECT is((SELECT count(*)::int FROM net.asked a, (VALUES ('content_generation'), ('other'), ('nothing'), (NULL)) p(p)
    WHERE aiconsent.eligible(a.id, p.p)
      <> EXISTS (SELECT FROM by_standing(p.p) s WHERE s.subject = a.id::text)),
  0, 'one call that is asked about several purposes');
SELECT is((SELECT count(*)::int FROM net.asked a
    WHERE (aiconsent.granted(a.id) OR aiconsent.eligible(a.id, 'other', '2021-06-01'))
      <> (EXISTS (SELECT FROM by_standing('content_generation') s WHERE s.subject = a.id::text AND s.is_granted)
        OR EXISTS (SELECT FROM by_standing('other') s WHERE s.subject = a.id::text AND s.is_dated))),
  0, 'two calls about two purposes');

-- Snapshots: each statement sees what was committed before it.
\setenv SAY 'SELECT say(276, $$object$$)'
BEGIN;
SELECT ask_all(276) AS a, scanned(276) AS b \gset
\! psql -X -q -A -t -o /dev/null -c "$SAY"
SELECT ask_all(276) AS c, scanned(276) AS d \gset
COMMIT;
SELECT is(:'a' || :'b' || :'c' || :'d', 'ttff', 'an objection that another transaction commits acts on the next statement');

-- One that is older than an objection, a grant and the packing of
-- another transaction stays as it was.
\setenv SAY 'SELECT say(144, $$object$$), say(28, $$grant$$); SELECT aiconsent.pack_standing()'
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT scanned(144) AS a, scanned(28) AS b, pg_export_snapshot() AS snapshot \gset
\! psql -X -q -A -t -o /dev/null -c "$SAY"
SELECT scanned(144) AS c, scanned(28) AS d, ask_all(144) AS e \gset
\setenv SNAPSHOT :snapshot
\set exported `psql -X -A -t -q -c 'BEGIN ISOLATION LEVEL REPEATABLE READ' -c "SET TRANSACTION SNAPSHOT '$SNAPSHOT'" -c 'SELECT scanned(144), scanned(28)'`
SELECT is_empty('SELECT wrong(''content_generation'')', 'a snapshot that is older than what is packed');
COMMIT;
SELECT scanned(144) AS f, scanned(28) AS g \gset
SELECT is(:'a' || :'b' || ' ' || :'c' || :'d' || :'e' || ' ' || :'exported' || ' ' || :'f' || :'g', 'tf tft t|f ft',
  'a transaction stays with its snapshot, another with the one that it is given, and the next sees all');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT say(156, 'object') \g /dev/null
SELECT agree('SERIALIZABLE', true);
COMMIT;
SELECT ok(NOT scanned(156), 'and committed');

-- What a function does inside of a scan does not act on that scan.
CREATE FUNCTION objecting(n int) RETURNS boolean LANGUAGE plpgsql AS
  'BEGIN PERFORM say(n, ''object''); RETURN ask_all(n); END';
CREATE TABLE net.twice AS
  SELECT part, n, id FROM (VALUES (1), (2)) p(part), net.asked WHERE n > 0 ORDER BY part, n;
SELECT is((SELECT string_agg(aiconsent.eligible(id)::int || CASE WHEN part = 1 AND n = 168
      THEN ' ' || objecting(168)::int || ' ' ELSE '' END, '') FILTER (WHERE n = 168) FROM net.twice),
  '1 0 1', 'an objection inside of a scan does not act on that scan');
SELECT ok(NOT scanned(168), 'but on the next');

-- Time, while a cursor and a transaction are open: a stretch ends (192, 216),
-- ends and is followed by another (240) and, for the other purpose, begins (52,
-- 64); of members who are packed with it and who are named since.
SELECT clock_timestamp() AS t0 \gset
SELECT say(192, 'object', at => :'t0'::timestamptz + '2 s') \g /dev/null
SELECT say(52, 'grant', 'other', at => :'t0'::timestamptz + '2 s') \g /dev/null
SELECT say(240, 'object', at => :'t0'::timestamptz + '1.9 s'), say(240, 'grant', at => :'t0'::timestamptz + '2 s') \g /dev/null
SELECT aiconsent.pack_standing() \g /dev/null
SELECT say(216, 'object', at => :'t0'::timestamptz + '2 s') \g /dev/null
SELECT say(64, 'grant', 'other', at => :'t0'::timestamptz + '2 s') \g /dev/null
BEGIN;
DECLARE c CURSOR FOR SELECT part, n, aiconsent.eligible(id) AS is_in, aiconsent.eligible(id, 'other') AS other FROM net.twice;
DECLARE held CURSOR WITH HOLD FOR SELECT count(*) AS n FROM net.twice WHERE n = 204 AND aiconsent.eligible(id);
CREATE TEMP TABLE fetched (part int, n int, is_in boolean);
CREATE PROCEDURE fetch_part() LANGUAGE plpgsql AS $$
DECLARE c refcursor := 'c'; r record;
BEGIN
  FOR i IN 1 .. 360 LOOP
    FETCH c INTO r;
    INSERT INTO fetched SELECT r.part, r.n, CASE WHEN r.n IN (52, 64) THEN r.other ELSE r.is_in END;
  END LOOP;
END $$;
CALL fetch_part();
SELECT concat(scanned(192), scanned(52, 'other'), scanned(216), scanned(64, 'other')) AS a, clock_timestamp() < :'t0'::timestamptz + '1.9 s' AS in_time \gset
SELECT pg_sleep_until(:'t0'::timestamptz + '2.1 s');
CALL fetch_part();
SELECT concat(scanned(192), scanned(52, 'other'), scanned(216), scanned(64, 'other')) AS b \gset
SELECT say(204, 'object') \g /dev/null
COMMIT;
FETCH held \gset held_
SELECT ok(:'in_time'::boolean, 'in time');
SELECT is((SELECT string_agg(is_in::int::text, '' ORDER BY part, n % 12, n) FROM fetched WHERE n IN (192, 52, 216, 64, 240)),
  '1110000111', 'a cursor goes with the time');
SELECT is(:'a' || ' ' || :'b', 'tftf ftft', 'and so does a scan in an open transaction');
SELECT is(:held_n, 2, 'a cursor that is held has the answers of its snapshot');
SELECT agree('when the time has come', true);

-- Workers.
CREATE TABLE net.wide AS SELECT n, (n % 400 - 170)::bigint AS id FROM generate_series(1, 20000) n;
ANALYZE net.wide;
SELECT count(*) AS serial FROM net.wide WHERE aiconsent.eligible(id) \gset
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
BEGIN;
SELECT count(*) AS parallel FROM net.wide WHERE aiconsent.eligible(id) \gset
SELECT say(228, 'object') \g /dev/null
SELECT count(*) AS later FROM net.wide WHERE aiconsent.eligible(id) \gset
ROLLBACK;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
SELECT is(:parallel, :serial, 'workers go by what is packed, too');
SELECT is(:later, :serial - 50, 'and by what their transaction wrote since');

-- Nothing is kept that grows.
CREATE FUNCTION used() RETURNS bigint LANGUAGE sql AS 'SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts';
CREATE FUNCTION grown(how text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE before bigint; x boolean; c refcursor; r record;
BEGIN
  FOR round IN 1 .. 2 LOOP
    before := used();
    CASE how
      WHEN 'calls' THEN
        FOR i IN 1 .. 50000 LOOP
          x := aiconsent.eligible(i % 300, CASE WHEN i % 1000 = 0 THEN 'other' ELSE 'content_generation' END);
        END LOOP;
      WHEN 'snapshots' THEN
        FOR i IN 1 .. 300 LOOP
          INSERT INTO fetched VALUES (i);
          x := ask_all(i);
        END LOOP;
      WHEN 'exceptions' THEN
        FOR i IN 1 .. 300 LOOP
          BEGIN
            x := ask_all(i);
            RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
          EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
          END;
        END LOOP;
      WHEN 'cursors' THEN
        FOR i IN 1 .. 300 LOOP
          OPEN c FOR SELECT id FROM net.twice WHERE aiconsent.eligible(id);
          FOR j IN 1 .. 100 LOOP FETCH c INTO r; END LOOP;
          CLOSE c;
        END LOOP;
    END CASE;
  END LOOP;
  RETURN used() - before;
END $$;
SELECT cmp_ok(grown(how), '<', 200000::bigint, 'no memory is kept: many ' || how)
FROM (VALUES ('calls'), ('snapshots'), ('exceptions'), ('cursors')) h(how);
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM net.twice WHERE aiconsent.eligible(id);
\o /dev/null
FETCH 70 FROM c;
SELECT used() AS before \gset
SELECT 'FETCH c' FROM generate_series(1, 350) \gexec
\o
SELECT cmp_ok(used() - :before, '<', 200000::bigint, 'nor by many statements that fetch from one cursor');
COMMIT;

-- ---------------------------------------------------------------------------
-- A publication of all tables, the extension made anew, other types of keys.
-- ---------------------------------------------------------------------------
BEGIN;
CREATE PUBLICATION everything FOR ALL TABLES;
SELECT lives_ok('SELECT aiconsent.pack_standing()', 'what is packed and published is packed anew');
SELECT lives_ok('SELECT aiconsent.rebuild_standing()', 'so are all judged');
DELETE FROM net.member WHERE n = 258;
SELECT lives_ok('SELECT aiconsent.erase_subject(90, ''asked for'')', 'and somebody is erased');
SELECT agree('published', true);
ROLLBACK;

BEGIN;
DECLARE c CURSOR FOR SELECT aiconsent.eligible(id) AS is_in FROM net.twice;
MOVE 100 FROM c;
SELECT ask_all(252) AS a \gset
DROP EXTENSION aiconsent CASCADE;
CREATE EXTENSION aiconsent;
SELECT ask_all(252) AS b, scanned(252) AS c \gset
SELECT aiconsent.adopt_policy() AS done \gset
SELECT aiconsent.register_subject('net.member', birth => 'birth', notified_at => 'notified_at') \g /dev/null
SELECT ask_all(252) AS d, scanned(252) AS e \gset
SELECT is(:'a' || :'b' || :'c' || :'d' || :'e', 'tfftt', 'nobody is let through by what an extension knew that is no more');
SELECT agree('made anew in a transaction', true);
ROLLBACK;

CREATE PROCEDURE end_declarations() LANGUAGE plpgsql AS $$
DECLARE b name;
BEGIN
  FOR b IN SELECT binding FROM aiconsent.registration LOOP
    EXECUTE format('DROP VIEW aiconsent.%I', b);
  END LOOP;
END $$;
CREATE FUNCTION by_other_type(type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT agree(type, false);
  PERFORM say(10, 'object'), say(11, 'grant', notice => 'v1'), say(4, 'grant', notice => 'v1'),
    say(12, 'object', at => '2097-01-01'), say(22, 'object', at => '2097-01-01'),
    say(22, 'grant', at => '2097-02-01');
  UPDATE net.member SET birth = '2020-01-01' WHERE n = 23;
  DELETE FROM net.member WHERE n IN (34, 300);
  CALL add_members(type, 301, 350);
  PERFORM aiconsent.pack_standing();
END $$;
CALL end_declarations();
SELECT is_empty('SELECT FROM by_scan(''content_generation'') WHERE is_in', 'nobody without a table of members');
SELECT ok(NOT EXISTS (SELECT FROM aiconsent.standing_packed), 'and nothing is packed');
CALL declare('uuid');
SELECT by_other_type('uuid');
SELECT agree('uuid, written since', false);
CALL end_declarations();
CALL declare('text');
SELECT by_other_type('text');
SELECT agree('text, written since', false);

SELECT * FROM finish();
