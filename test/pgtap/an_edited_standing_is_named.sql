-- Whoever can write every table cannot change a standing row unseen: each
-- column of each table that the standing is kept in, a row at a time.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();

-- For each type of key members with a past, a handle, a grant and a future.
CREATE FUNCTION declare_members(type text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE member (id %s PRIMARY KEY, birth date, handle text, profile text)', type);
  EXECUTE format('INSERT INTO member SELECT (%s)::%s, ''1980-01-01'', ''name'' || g, ''https://example.org/in/name'' || g FROM generate_series(1, 20) g',
    CASE type WHEN 'uuid' THEN 'lpad(g::text, 32, ''0'')' ELSE 'g::text' END, type);
  PERFORM aiconsent.register_subject('member', birth => 'birth', handle => 'handle', profile => 'profile');
  PERFORM aiconsent.adopt_policy(notice_required => false, data_from => '2020-01-01');
  EXECUTE format('SELECT aiconsent.record_consent(id, ''content_generation'', d.decision, notice_version => ''v1'')
    FROM member, (VALUES (1, ''object''), (2, ''grant'')) d(n, decision) WHERE handle = ''name1'' ORDER BY d.n');
  UPDATE member SET birth = ((now() AT TIME ZONE 'UTC') - interval '17 years')::date WHERE handle = 'name2';
  UPDATE member SET birth = '1990-01-01' WHERE handle = 'name2';
  UPDATE member SET birth = ((now() AT TIME ZONE 'UTC') - interval '17 years')::date WHERE handle = 'name3';
END $$;

CREATE FUNCTION attack(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  SET LOCAL session_replication_role = replica;
  EXECUTE command;
  SET LOCAL session_replication_role = origin;
  BEGIN
    SELECT COALESCE(string_agg(DISTINCT difference, '; '), 'nothing') INTO result FROM aiconsent.verify_standing();
  EXCEPTION WHEN data_corrupted THEN
    result := 'an error: ' || SQLERRM;
  END;
  RAISE EXCEPTION USING ERRCODE = 'P9999', MESSAGE = result;
EXCEPTION WHEN SQLSTATE 'P9999' THEN
  RETURN SQLERRM;
END $$;

-- Another value of the same type.
CREATE FUNCTION another(type regtype, field text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE type::text
    WHEN 'text' THEN format('%I || ''x''', field)
    WHEN 'bigint' THEN format('COALESCE(%I, 0) + 77', field)
    WHEN 'smallint' THEN format('%I + 1', field)
    WHEN 'integer' THEN format('%I + 1', field)
    WHEN 'oid' THEN '77'
    WHEN 'boolean' THEN format('NOT %I', field)
    WHEN 'uuid' THEN 'gen_random_uuid()'
    WHEN 'xid8' THEN '''1'''
    WHEN 'bytea' THEN format('CASE WHEN length(%1$I) > 0 THEN set_byte(%1$I, length(%1$I) - 1, get_byte(%1$I, length(%1$I) - 1) # 1) ELSE ''\x01'' END', field)
    WHEN 'timestamp with time zone' THEN format('CASE WHEN isfinite(%1$I) THEN %1$I + interval ''1 second'' ELSE ''2024-05-05'' END', field)
    WHEN 'timestamp with time zone[]' THEN format('%1$I[:1] || ''2024-05-05''::timestamptz || %1$I[3:]', field)
    WHEN 'boolean[]' THEN format('%1$I[:1] || (NOT %1$I[2]) || %1$I[3:]', field)
  END $$;

CREATE FUNCTION attacks(relation regclass, condition text, but_for text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  f record;
  found text;
BEGIN
  FOR f IN SELECT attname, atttypid::regtype AS type FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attname <> ALL (but_for) LOOP
    found := attack(format('UPDATE %s SET %I = %s WHERE %s', relation, f.attname, another(f.type, f.attname), condition));
    RETURN NEXT isnt(found, 'nothing', format('named: %s.%I (%s)', relation, f.attname, found));
  END LOOP;
END $$;

ALTER TABLE aiconsent.head DROP CONSTRAINT head_check;
SAVEPOINT before;
SELECT declare_members('bigint') \g /dev/null
SELECT is_empty('SELECT * FROM aiconsent.verify_standing()', 'the standing is what the evidence says');
SELECT isnt((SELECT count(*) FROM aiconsent.head_history), 0::bigint, 'there is something that was known before');
SELECT attacks('aiconsent.head', $$subject = '1'$$);
SELECT attacks('aiconsent.head_history', $$subject = '2' AND superseded_at = (SELECT max(superseded_at) FROM aiconsent.head_history WHERE subject = '2')$$);
SELECT attacks('aiconsent.standing_int8', 'subject = 1');
SELECT attacks('aiconsent.standing_int8', 'subject = 3');
SELECT isnt(attack($$DELETE FROM aiconsent.head WHERE subject = '5'$$), 'nothing', 'named: a head that was deleted');
SELECT isnt(attack($$DELETE FROM aiconsent.standing_int8 WHERE subject = 5$$), 'nothing', 'named: a row that eligible() reads, deleted');
SELECT isnt(attack($$INSERT INTO aiconsent.standing_int8 SELECT since, until, content_from, purpose, explicit, more, 3000 FROM aiconsent.standing_int8 WHERE subject = 5$$), 'nothing',
  'named: one that was made for nobody');
SELECT isnt(attack($$DELETE FROM aiconsent.head_history WHERE subject = '2' AND superseded_at = (SELECT max(superseded_at) FROM aiconsent.head_history WHERE subject = '2')$$), 'nothing',
  'named: what was known before, deleted');
-- Two subjects' places in the sets of runs, swapped.
SELECT isnt(attack($$UPDATE aiconsent.head SET number = CASE subject WHEN '5' THEN (SELECT number FROM aiconsent.head WHERE subject = '6') ELSE (SELECT number FROM aiconsent.head WHERE subject = '5') END
  WHERE subject IN ('5', '6')$$), 'nothing', 'named: numbers of two subjects, swapped');
SELECT isnt((SELECT count(*) FROM aiconsent.standing_packed), 0::bigint, 'the standing is packed');
-- When it was packed, and of which file, decides only whether rows are read instead.
SELECT attacks('aiconsent.standing_packed', 'true', '{packed_at,filenode}');
ROLLBACK TO SAVEPOINT before;

SELECT declare_members('text') \g /dev/null
SELECT attacks('aiconsent.standing_text', $$subject = '1'$$);
ROLLBACK TO SAVEPOINT before;
SELECT declare_members('uuid') \g /dev/null
SELECT attacks('aiconsent.standing_uuid', $$subject = lpad('1', 32, '0')::uuid$$);
SELECT * FROM finish();
ROLLBACK;
