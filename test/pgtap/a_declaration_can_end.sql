-- A declaration ends by unregister_*(): its triggers go, everybody is judged
-- without it, what was said stays; refused while something rests on it.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE ROLE d_owner NOLOGIN;
CREATE ROLE d_other NOLOGIN;
GRANT USAGE ON SCHEMA aiconsent TO d_owner, d_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aiconsent TO d_owner, d_other;
CREATE SCHEMA net AUTHORIZATION d_owner;
GRANT USAGE ON SCHEMA net TO d_other;
SET ROLE d_owner;
CREATE TABLE net.member (id int PRIMARY KEY, born date, told timestamptz);
CREATE TABLE net."Edu; --" (id int PRIMARY KEY, member int REFERENCES net.member, level text);
CREATE TABLE net.notice (member int REFERENCES net.member, at timestamptz);
CREATE TABLE net.setting (member int REFERENCES net.member, training boolean);
CREATE TABLE net.post (id int PRIMARY KEY, author int REFERENCES net.member, body text, at timestamptz);
INSERT INTO net.member VALUES (1, '1980-01-01', '2025-10-01Z'), (2, '2015-01-01', '2025-10-01Z'), (3, NULL, '2025-10-01Z'), (4, NULL, NULL), (5, NULL, '2025-10-01Z'), (6, NULL, '2025-10-01Z');
INSERT INTO net."Edu; --" VALUES (1, 3, 'lycée');
INSERT INTO net.notice SELECT id, '2025-10-02Z' FROM net.member WHERE id <> 6;
INSERT INTO net.setting VALUES (5, false);
INSERT INTO net.post SELECT id, id, 'post ' || id, '2026-01-01Z' FROM net.member;
CREATE TRIGGER own AFTER INSERT ON net.member FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE net.member DISABLE TRIGGER own;
RESET ROLE;
SELECT aiconsent.adopt_policy() \g /dev/null
CREATE PROCEDURE declare(what text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('role', 'd_owner', true);
  CASE what
    WHEN 'subject' THEN PERFORM aiconsent.register_subject('net.member', birth => 'born', notified_at => 'told');
    WHEN 'education' THEN PERFORM aiconsent.register_education('net."Edu; --"', level => 'level');
    WHEN 'notice' THEN PERFORM aiconsent.register_notice('net.notice', at => 'at');
    WHEN 'preference' THEN PERFORM aiconsent.register_preference('net.setting', allows => 'training');
    WHEN 'source' THEN PERFORM aiconsent.register_source('net.post', occurred_at => 'at');
  END CASE;
  PERFORM set_config('role', 'none', true);
END $$;
CREATE PROCEDURE declare_all() LANGUAGE sql AS $$
  CALL declare('subject'); CALL declare('education'); CALL declare('notice'); CALL declare('preference'); CALL declare('source') $$;
CREATE FUNCTION failure(actor name, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('role', actor, true);
  EXECUTE statement;
  PERFORM set_config('role', 'none', true);
  RETURN 'done';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
CREATE FUNCTION who() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(id || ' ' || aiconsent.verdict_of(id), ', ' ORDER BY id) FROM net.member $$;
CREATE FUNCTION triggers() RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(string_agg(DISTINCT tgrelid::regclass::text, ' ' ORDER BY tgrelid::regclass::text), 'none') FROM pg_trigger
  WHERE tgfoid = 'aiconsent.evidence_changed'::regproc $$;

CALL declare_all();
SELECT aiconsent.register_field('net.post', 'body', 'personal{content.post}') \g /dev/null
SELECT aiconsent.record_consent(1, 'content_generation', 'grant', notice_version => 'v1') AS granted \gset
SELECT is(who(), '1 eligible, 2 minor, 3 suspected_minor, 4 eligible, 5 opted_out, 6 not_notified', 'everything that is declared counts');
SELECT is(triggers(), 'net."Edu; --" net.member net.notice net.setting', 'by triggers');

-- Each by itself, and again.
SELECT is(failure('d_owner', $$SELECT aiconsent.unregister_education('net."Edu; --"')$$), 'done', 'education ends');
SELECT is(who(), '1 eligible, 2 minor, 3 eligible, 4 eligible, 5 opted_out, 6 not_notified', 'and everybody is judged without it');
INSERT INTO net."Edu; --" VALUES (2, 1, 'lycée');
SELECT is(aiconsent.eligible(1), true, 'what is written to it counts no more');
CALL declare('education');
SELECT is(who(), '1 suspected_minor, 2 minor, 3 suspected_minor, 4 eligible, 5 opted_out, 6 not_notified', 'until it is declared again');
DELETE FROM net."Edu; --" WHERE id = 2;
SELECT is(aiconsent.eligible(1), true, 'with its triggers');
SELECT is(failure('d_owner', $$SELECT aiconsent.unregister_notice('net.notice')$$), 'done', 'notices end');
SELECT is(who(), '1 eligible, 2 minor, 3 suspected_minor, 4 not_notified, 5 opted_out, 6 eligible', 'the subject table''s column counts again');
CALL declare('notice');
SELECT is(who(), '1 eligible, 2 minor, 3 suspected_minor, 4 eligible, 5 opted_out, 6 not_notified', 'and not, when they are declared again');
SELECT is(failure('d_owner', $$SELECT aiconsent.unregister_preference('net.setting')$$), 'done', 'a setting ends');
SELECT is(aiconsent.verdict_of(5)::text, 'opted_out', 'what it said stays said');
UPDATE net.setting SET training = true;
SELECT is(aiconsent.verdict_of(5)::text, 'opted_out', 'what it says now is not heard');
SELECT count(*) AS events FROM aiconsent.consent \gset
CALL declare('preference');
SELECT is(aiconsent.verdict_of(5)::text, 'eligible', 'until it is declared again');
UPDATE net.setting SET training = false;
SELECT is(triggers(), 'net."Edu; --" net.member net.notice net.setting', 'all triggers are there again');

-- What rests on it.
SELECT count(*) FROM aiconsent.publish() \g /dev/null
SELECT is(failure('d_owner', $$SELECT aiconsent.unregister_source('net.post')$$), '2BP01', 'a source is refused while a training view shows it');
SELECT is((SELECT string_agg(body, ', ' ORDER BY body) FROM training.post), 'post 1, post 4', 'which goes on');
SELECT is(failure('d_owner', $$SELECT aiconsent.unregister_subject('net.member')$$), '2BP01', 'the subject is refused while others refer to it');
SELECT is(failure('d_other', statement), '42501', 'who does not own the table is refused: ' || statement)
FROM unnest(ARRAY[$$SELECT aiconsent.unregister_subject('net.member')$$, $$SELECT aiconsent.unregister_education('net."Edu; --"')$$, $$SELECT aiconsent.unregister_notice('net.notice')$$,
  $$SELECT aiconsent.unregister_preference('net.setting')$$, $$SELECT aiconsent.unregister_source('net.post')$$]) statement;
SELECT is(failure('none', statement), code, 'refused: ' || statement) FROM (VALUES
  ($$SELECT aiconsent.unregister_subject('net.post')$$, '42704'), ($$SELECT aiconsent.unregister_education('net.member')$$, '42704'), ($$SELECT aiconsent.unregister_notice('net.notice', 'ads')$$, '42704'),
  ($$SELECT aiconsent.unregister_notice('net.notice', NULL)$$, '42704'), ($$SELECT aiconsent.unregister_preference('net.setting', 'ads')$$, '42704'), ($$SELECT aiconsent.unregister_source('net.member')$$, '42704'),
  ($$SELECT aiconsent.unregister_source(NULL)$$, '22004'), ($$SELECT aiconsent.unregister_subject(0)$$, '42P01'), ($$SELECT aiconsent.unregister_subject('pg_class')$$, '42809'),
  ($$SELECT aiconsent.unregister_education('nothing')$$, '42P01')) c(statement, code);
SELECT is((SELECT count(*) FROM aiconsent.registration), 5::bigint, 'nothing has ended');
DROP VIEW training.post CASCADE;
SELECT is(failure('d_owner', $$SELECT aiconsent.unregister_source('net.post')$$), 'done', 'without the view the source ends');
SELECT is(failure('d_owner', $$SELECT aiconsent.unregister_subject('net.member')$$), '2BP01', 'the subject is still referred to');
SELECT is(failure('d_owner', s), 'done', 'then all of them end: ' || s)
FROM unnest(ARRAY[$$SELECT aiconsent.unregister_education('net."Edu; --"')$$, $$SELECT aiconsent.unregister_notice('net.notice')$$, $$SELECT aiconsent.unregister_preference('net.setting')$$,
  $$SELECT aiconsent.unregister_subject('net.member')$$]) s;
SELECT is(triggers(), 'none', 'no table has a trigger of ours');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'net.member'::regclass AND tgname = 'own'), 1::bigint, 'but its own');
SELECT is((SELECT count(*) FROM aiconsent.registration) + (SELECT count(*) FROM pg_class WHERE relnamespace = 'aiconsent'::regnamespace AND relname ~ '_binding$'), 0::bigint, 'nothing is declared');
SELECT is((SELECT count(*) FROM aiconsent.standing) + (SELECT count(*) FROM aiconsent.standing_int8), 0::bigint, 'nobody has a standing');
SELECT is(aiconsent.verdict_of(1)::text, 'unknown_subject', 'everybody is unknown');
SELECT is(aiconsent.eligible(1), false, 'and out');
SELECT cmp_ok((SELECT count(*) FROM aiconsent.consent), '>', :events::bigint, 'the ledger is kept');
SELECT is((SELECT count(*) FROM aiconsent.change WHERE what LIKE 'unregister%'), 8::bigint, 'each end is on record');
SELECT lives_ok('ALTER TABLE net.setting DROP COLUMN training', 'the tables are their owner''s again');
SELECT lives_ok('ALTER TABLE net.member ALTER told TYPE date; ALTER TABLE net.member ALTER told TYPE timestamptz; ALTER TABLE net.setting ADD training boolean', 'free to change');
INSERT INTO net.member VALUES (7);
UPDATE net.setting SET training = false;

CALL declare_all();
SELECT is(who(), '1 eligible, 2 minor, 3 suspected_minor, 4 eligible, 5 opted_out, 6 not_notified, 7 not_notified', 'declared again, all is as before, by what was said');
SELECT is(aiconsent.granted(1), true, 'a grant, too');
SELECT lives_ok($$SELECT count(*) FROM aiconsent.publish()$$, 'it can be published');
SELECT is((SELECT string_agg(body, ', ' ORDER BY body) FROM training.post), 'post 1, post 4', 'for the same members');
SAVEPOINT s;
SELECT aiconsent.unregister_education('net."Edu; --"') \g /dev/null
ROLLBACK TO SAVEPOINT s;
SELECT is(aiconsent.verdict_of(3)::text, 'suspected_minor', 'an end that is undone is none');
INSERT INTO net."Edu; --" VALUES (9, 1, 'lycée');
SELECT is(aiconsent.verdict_of(1)::text, 'suspected_minor', 'with its triggers');
SELECT * FROM finish();
ROLLBACK;
