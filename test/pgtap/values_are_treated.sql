-- In what form a released value is shown: by purpose and category.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;
SET LOCAL TimeZone = 'Asia/Tokyo';

CREATE ROLE v_owner;
CREATE ROLE v_reader;
CREATE ROLE v_steward;
GRANT CREATE ON SCHEMA public TO v_owner;
SET ROLE v_owner;
CREATE TABLE member (id int PRIMARY KEY, email varchar(40), name text, place text, born date, seen timestamptz, local timestamp, score int, big bigint,
  pay numeric, ratio float8, tags text[], mail_and_place text);
INSERT INTO member VALUES
  (1, 'a@example.org', 'Ada', 'Paris, Île-de-France, France', '1980-05-17', '2026-01-31 20:00:00+00', '2026-02-28 23:00', 47, 123456789012, 12.5, 1.5, '{x}', 'x'),
  (2, 'b@example.org', 'Ben', 'Geneva', 'infinity', '-infinity', NULL, -3, 9223372036854775807, 'NaN', 'infinity', NULL, NULL),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -9223372036854775808, NULL, NULL, NULL, NULL);
RESET ROLE;
CREATE SCHEMA own;
GRANT USAGE ON SCHEMA own TO v_reader;
CREATE FUNCTION own.initial(value text) RETURNS text LANGUAGE sql IMMUTABLE RETURN left(value, 1) || '.';
CREATE FUNCTION own.who(value text) RETURNS text LANGUAGE sql STABLE RETURN current_user::text;
CREATE FUNCTION own.peek(value text) RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$ BEGIN RETURN (SELECT count(*) FROM public.member); END $$;
CREATE FUNCTION own.open(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN left(value, 1); END $$;
CREATE FUNCTION own.definer(value text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER RETURN value;
CREATE FUNCTION own.volatile(value text) RETURNS text LANGUAGE sql RETURN value;
CREATE FUNCTION own.many(value text) RETURNS SETOF text LANGUAGE sql STABLE RETURN value;
CREATE FUNCTION own.times(value int, n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN value * n;
SELECT aiconsent.register_subject('member') \g /dev/null
SELECT aiconsent.register_source('member', undated => true, reason => 'a profile is of today') \g /dev/null
SELECT aiconsent.register_field('member', f, s) FROM (VALUES ('id'::name, 'personal{profile.key}'::aiconsent.sensitivity), ('email', 'personal{profile.contact.email}'), ('name', 'personal{profile.name}'),
  ('place', 'personal{profile.location}'), ('born', 'personal{profile.birth}'), ('seen', 'personal{profile.seen}'), ('local', 'personal{profile.seen}'), ('score', 'personal{profile.score}'),
  ('big', 'personal{profile.score}'), ('pay', 'personal{profile.score}'), ('ratio', 'personal{profile.score}'), ('tags', 'personal{profile.tag}'),
  ('mail_and_place', 'personal{profile.contact,profile.location}')) v (f, s) \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.adopt_policy('ranking', effective_at => '2026-01-01', notice_required => false) \g /dev/null
SELECT aiconsent.grant_role('v_reader', 'reader') \g /dev/null
SELECT aiconsent.grant_role('v_reader', 'reader', 'ranking') \g /dev/null

SELECT aiconsent.treat(c, t, argument => a) FROM (VALUES ('profile.key', 'pseudonym', NULL), ('profile.contact', 'pseudonym', NULL), ('profile.location', 'generalize', NULL),
  ('profile.birth', 'generalize', NULL), ('profile.seen', 'generalize', NULL), ('profile.score', 'generalize', '20'), ('profile.name', 'own.initial', NULL)) v (c, t, a) \g /dev/null
SELECT aiconsent.treat('profile', 'pseudonym', 'ranking') \g /dev/null
SELECT aiconsent.treat('profile.name', 'none', 'ranking', reason => 'names are public') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.publish('ranking', 'ranking') \g /dev/null

SET ROLE v_reader;
SELECT results_eq('SELECT place, born, seen, local, name FROM training.member ORDER BY big DESC', $$VALUES
  ('Geneva', NULL::date, NULL::timestamptz, NULL::timestamp, 'B.'), ('France', '1980-01-01', '2026-01-01 00:00:00+00', '2026-02-01', 'A.'), (NULL, NULL, NULL, NULL, NULL)$$,
  'generalized: the last component of a place, the year of a date, the month of a timestamp, in UTC; infinity is nothing; and a function of one''s own');
SELECT results_eq('SELECT score, big, pay, ratio::numeric FROM training.member ORDER BY big DESC', $$VALUES
  (-20::numeric, 9223372036854775800::numeric, NULL::numeric, NULL::numeric), (40, 123456789000, 0, 0), (NULL, -9223372036854775820, NULL, NULL)$$,
  'and the bucket of a number, of the width that was asked for');
SELECT ok((SELECT bool_and(email ~ '^[0-9a-f]{32}$') AND count(DISTINCT email) = 2 AND count(*) = 3 FROM training.member), 'pseudonyms are 32 digits; NULL stays NULL');
SELECT is((SELECT count(*) FROM training.member t JOIN ranking.member r ON t.email = r.email OR t.id = r.id), 0::bigint, 'what is exported for two purposes cannot be joined');
SELECT is((SELECT count(DISTINCT id) FROM training.member), 3::bigint, 'within one purpose it can');
SELECT set_eq('SELECT name FROM ranking.member', ARRAY['Ada', 'Ben', NULL], 'none: as it is, where what is above has another treatment');
SELECT ok((SELECT bool_and(name ~ '^[AB]\.$') FROM training.member), 'each purpose its own');
SELECT hasnt_column('training', 'member', 'mail_and_place', 'a field whose categories have different treatments is not released');
SELECT hasnt_column('ranking', 'member', 'nothing', 'nothing');
SELECT has_column('training', 'member', 'tags', 'a field of a category without one is, as it is');
SELECT set_eq('SELECT DISTINCT row_id FROM training.corpus', 'SELECT id FROM training.member WHERE place IS NOT NULL OR name IS NOT NULL', 'the corpus names rows by what is released of the key');
SELECT set_eq($$SELECT content FROM training.corpus WHERE field = 'place'$$, ARRAY['France', 'Geneva'], 'and shows what the view shows');
SELECT throws_ok('SELECT * FROM aiconsent.pseudonym_key', '42501', NULL, 'no reader sees a key');
RESET ROLE;
SELECT ok(NOT has_table_privilege('v_reader', 'aiconsent.pseudonym_key', 'SELECT'), 'nor may');

-- HMAC-SHA256, as the server's own sha256() makes it: RFC 2104.
CREATE FUNCTION hmac(key bytea, message bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE i bytea := decode(repeat('36', 64), 'hex'); o bytea := decode(repeat('5c', 64), 'hex');
BEGIN
  FOR n IN 0 .. 63 LOOP
    i := set_byte(i, n, 54 # CASE WHEN n < length(key) THEN get_byte(key, n) ELSE 0 END);
    o := set_byte(o, n, 92 # CASE WHEN n < length(key) THEN get_byte(key, n) ELSE 0 END);
  END LOOP;
  RETURN sha256(o || sha256(i || message));
END $$;
SELECT is((SELECT id FROM training.member WHERE name = 'A.'),
  (SELECT left(encode(hmac(value, '\x00'::bytea || '1'::bytea), 'hex'), 32) FROM aiconsent.pseudonym_key WHERE purpose = 'content_generation'),
  'a pseudonym is the HMAC-SHA256 of the value under the purpose''s key');
SELECT isnt(aiconsent.pseudonym('1', 'ranking'), aiconsent.pseudonym('1', 'ranking', 'post'), 'values of two kinds have different names');
SELECT isnt(aiconsent.pseudonym('1x', 'ranking', 'pos'), aiconsent.pseudonym('x', 'ranking', 'pos1'), 'whatever is written where');

-- Rotation
SELECT id AS before FROM training.member WHERE name = 'A.' \gset
SAVEPOINT rotated;
SELECT aiconsent.rotate_pseudonyms('content_generation', 'a year is over') \g /dev/null
SELECT isnt((SELECT id FROM training.member WHERE name = 'A.'), :'before', 'after a rotation all have new names, at once');
SELECT is((SELECT count(*) FROM aiconsent.pseudonym_key WHERE purpose = 'content_generation'), 2::bigint, 'the old key stays');
ROLLBACK TO SAVEPOINT rotated;
SELECT is((SELECT id FROM training.member WHERE name = 'A.'), :'before', 'rolled back: the old names');
SELECT throws_ok($$SELECT aiconsent.pseudonym('1', 'nothing')$$, '55000', NULL, 'no key, no pseudonym');
SELECT throws_ok($$SELECT aiconsent.rotate_pseudonyms('nothing')$$, '42704', NULL, 'no purpose, no key');
SELECT throws_ok($$SELECT aiconsent.rotate_pseudonyms(NULL)$$, '22004', NULL, 'NULL is no purpose');

-- Rights of a function
SELECT aiconsent.treat('profile.name', 'own.who') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SET ROLE v_reader;
SELECT is((SELECT DISTINCT name FROM training.member), 'v_reader', 'a function runs as the reader');
RESET ROLE;
SELECT aiconsent.treat('profile.name', 'own.peek') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SET ROLE v_reader;
SELECT throws_ok('SELECT name FROM training.member', '42501', 'permission denied for table member', 'with no right beyond the reader''s');
SELECT lives_ok('SELECT place FROM training.member', 'which hurts nobody who does not ask for it');
RESET ROLE;
SELECT aiconsent.treat('profile.name', 'own.definer') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT hasnt_column('training', 'member', 'name', 'a SECURITY DEFINER function treats nothing');
SELECT aiconsent.treat('profile.name', 'own.volatile') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT hasnt_column('training', 'member', 'name', 'nor does a VOLATILE one, which runs also for those who do not ask for it');
SELECT aiconsent.treat('profile.name', 'own.open') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT hasnt_column('training', 'member', 'name', 'nor one that looks names up as its reader says, who could put there what sees the value');
ALTER FUNCTION own.open(text) SET search_path = pg_catalog, pg_temp;
SELECT aiconsent.publish() \g /dev/null
SELECT has_column('training', 'member', 'name', 'with a search_path of its own it does');
ALTER FUNCTION own.open(text) RESET search_path;
SELECT is((SELECT count(name) FROM training.member), 0::bigint, 'and where it loses that, the field is out at once');
SELECT aiconsent.treat('profile.name', 'own.many') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT hasnt_column('training', 'member', 'name', 'nor does one that returns a set');
SELECT aiconsent.treat('profile.name', 'own.times', argument => '2') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT hasnt_column('training', 'member', 'name', 'nor one that does not take the type');
SELECT aiconsent.treat('profile.score', 'own.times', argument => '2; DROP TABLE member') \g /dev/null
SELECT throws_ok('SELECT aiconsent.publish()', '22P02', NULL, 'an argument is a value, whatever it says');
SELECT aiconsent.treat('profile.score', 'own.times', argument => '2') \g /dev/null
SELECT aiconsent.treat('profile.name', NULL) \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT set_eq('SELECT name, score FROM training.member', $$VALUES ('Ada', 94), ('Ben', -6), (NULL, NULL)$$, 'no treatment: as it is; a function with an argument');
SELECT hasnt_column('training', 'member', 'big', 'where it does not take the type of another field of the category, that one is not released');

-- Persons in an array are named as they are shown.
SAVEPOINT arrays;
SET ROLE v_owner;
CREATE TABLE letter (id int PRIMARY KEY, who int[], body text, at timestamptz);
INSERT INTO letter VALUES (4711, '{1,2}', 'hello', '2026-01-01');
RESET ROLE;
CREATE FUNCTION own.mask(value int[]) RETURNS int[] LANGUAGE sql IMMUTABLE RETURN array_fill(0, ARRAY[cardinality(value)]);
SELECT aiconsent.register_source('letter', '{who}', 'at') \g /dev/null
SELECT aiconsent.register_field('letter', 'who', 'personal{profile.handle}') \g /dev/null
SELECT aiconsent.register_field('letter', 'body', 'personal{content}') \g /dev/null
SELECT aiconsent.treat('profile.handle', 'own.mask') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT ok((SELECT bool_and(r ~ '^[0-9a-f]{32}$') AND count(*) = 2 FROM training.corpus, unnest(subject_refs) r WHERE source = 'public.letter'), 'the corpus names no person of an array that is shown otherwise');
SELECT aiconsent.treat('profile.handle', 'pseudonym') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT ok((SELECT bool_and(r ~ '^[0-9a-f]{32}$') AND count(*) = 2 FROM training.corpus, unnest(subject_refs) r WHERE source = 'public.letter'), 'nor where it has a pseudonym as a whole');
ROLLBACK TO SAVEPOINT arrays;

-- A raised label does not undo a treatment.
SELECT aiconsent.treat('profile.key', NULL) \g /dev/null
SELECT aiconsent.register_field('member', 'born', 'never{message}') \g /dev/null
SELECT ok((SELECT bool_and(id ~ '^[0-9a-f]{32}$') FROM training.member), 'what is treated stays so until publish(), whatever else is raised');
SELECT aiconsent.register_field('member', 'id', 'sensitive{profile.key}') \g /dev/null
SELECT is((SELECT count(id) FROM training.member), 0::bigint, 'and is out where it is not cleared any more');

-- What cannot be said
SELECT throws_ok(format('SELECT aiconsent.treat(%L, %L, %L)', c, t, p), code, NULL, format('refused: %s, %s, %s', c, t, p))
FROM (VALUES ('Profile', 'none', 'ranking', '22023'), ('a,b', 'none', 'ranking', '22023'), ('', 'none', 'ranking', '22023'), (NULL, 'none', 'ranking', '22004'),
  ('profile', 'none', NULL, '22004'), ('profile', 'none', 'nothing', '42704'), ('profile', 'lower', 'ranking', '22023'), ('profile', 'own.nothing', 'ranking', '42883'),
  ('profile', 'a.b.c', 'ranking', '22023'), ('profile', '', 'ranking', '42602'), ('profile', 'own.initial(x)', 'ranking', '42883')) v (c, t, p, code);
SELECT set_eq($$SELECT object, before, after, reason FROM aiconsent.change WHERE what = 'treat' AND object LIKE '%ranking'$$,
  $$VALUES ('profile for ranking', NULL, 'pseudonym', NULL), ('profile.name for ranking', NULL, 'none', 'names are public')$$, 'every change is recorded');
SELECT ok(NOT has_function_privilege('public', p.oid, 'EXECUTE'), p.oid::regprocedure || ' is nobody''s by default')
FROM pg_proc p WHERE p.proname IN ('treat', 'rotate_pseudonyms', 'pseudonym', 'generalize', 'part') AND p.pronamespace = 'aiconsent'::regnamespace;

SELECT * FROM finish();
ROLLBACK;
