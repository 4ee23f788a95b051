-- A setting that is there already is mirrored into the ledger: false is an
-- objection, true is no decision and never explicit, what cannot be read is
-- out, and no value ever raises in anybody's statement.  Promise 40.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE SCHEMA net;
CREATE TABLE net.member (id int PRIMARY KEY, health text);
INSERT INTO net.member SELECT g, 'ill ' || g FROM generate_series(1, 1000) g;
SELECT aiconsent.register_subject('net.member') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.adopt_policy('asked', basis => 'opt_in', effective_at => '2025-11-03Z', notice_required => false) \g /dev/null

CREATE FUNCTION verdict(id int, purpose text DEFAULT 'content_generation') RETURNS text LANGUAGE sql AS $$ SELECT aiconsent.verdict_of(id, purpose)::text $$;
CREATE FUNCTION verdicts(ids int[], purpose text DEFAULT 'content_generation') RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(verdict(id, purpose), ' ' ORDER BY n) FROM unnest(ids) WITH ORDINALITY u(id, n) $$;
CREATE FUNCTION ledger(id int, purpose text DEFAULT 'content_generation') RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(decision, ' ' ORDER BY c.id) FROM aiconsent.consent c WHERE subject = ledger.id::text AND c.purpose = ledger.purpose $$;

-- ---------------------------------------------------------------------------
-- A boolean column
-- ---------------------------------------------------------------------------
CREATE TABLE net.setting (member_id int PRIMARY KEY REFERENCES net.member ON DELETE CASCADE ON UPDATE CASCADE, training boolean, note text);
INSERT INTO net.setting VALUES (1, true), (2, false), (3, NULL);
SELECT aiconsent.register_preference('net.setting', allows => 'training') \g /dev/null
SELECT is(verdicts('{1,2,3,4}'), 'eligible opted_out error eligible', 'what is set when it is declared counts at once: true, false, NULL, no row');
SELECT is(concat_ws('|', COALESCE(ledger(1), '-'), ledger(2), ledger(3), COALESCE(ledger(4), '-')), '-|mirror_false|mirror_unknown|-',
  'it is in the ledger, but for a true that follows nothing');
SELECT is((SELECT string_agg(DISTINCT channel, ',') FROM aiconsent.consent), 'setting', 'with channel setting');
UPDATE net.setting SET training = NOT training;
SELECT is(verdicts('{1,2,3}'), 'opted_out eligible error', 'a bulk UPDATE turns each of them');
UPDATE net.setting SET training = false;
SELECT is(verdicts('{1,2,3}'), 'opted_out opted_out opted_out', 'and all of them');
UPDATE net.setting SET training = true;
SELECT is(verdicts('{1,2,3}'), 'eligible eligible eligible', 'true takes mirrored objections and unreadable values back');
SELECT is(ledger(2), 'mirror_false mirror_true mirror_false mirror_true', 'each change of state is an event');
UPDATE net.setting SET note = 'x', training = training;
SELECT is(ledger(2), 'mirror_false mirror_true mirror_false mirror_true', 'what changes no state is none');
INSERT INTO net.setting VALUES (4, true), (1, false) ON CONFLICT (member_id) DO UPDATE SET training = excluded.training;
SELECT is(verdicts('{1,4}') || COALESCE(ledger(4), ''), 'opted_out eligible', 'ON CONFLICT DO UPDATE takes effect');
DELETE FROM net.setting WHERE member_id = 1;
SELECT is(verdict(1) || ' ' || ledger(1), 'eligible mirror_false mirror_true mirror_false mirror_true', 'a row that is gone is the default again');
UPDATE net.setting SET training = false WHERE member_id IN (2, 3);
SELECT is(verdicts('{2,3}'), 'opted_out opted_out', 'before the table is emptied');
TRUNCATE net.setting;
SELECT is(verdicts('{2,3}'), 'eligible eligible', 'TRUNCATE: the default for all');
COPY net.setting (member_id, training) FROM STDIN;
2	f
3	\N
\.
SELECT is(verdicts('{2,3}'), 'opted_out error', 'COPY takes effect');
UPDATE net.setting SET member_id = 5 WHERE member_id = 2;
SELECT is(verdicts('{2,5}'), 'eligible opted_out', 'a row that passes to another member objects for that one');
MERGE INTO net.setting s USING (VALUES (5, true), (6, false)) v(id, t) ON s.member_id = v.id
  WHEN MATCHED THEN UPDATE SET training = v.t WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.t);
SELECT is(verdicts('{5,6}'), 'eligible opted_out', 'MERGE takes effect');
SAVEPOINT s;
UPDATE net.setting SET training = true WHERE member_id = 6;
ROLLBACK TO SAVEPOINT s;
SELECT is(verdict(6), 'opted_out', 'what is undone was never set');

-- What was said is stronger.
SELECT aiconsent.record_consent(10, 'content_generation', 'object'), aiconsent.record_consent(11, 'content_generation', 'grant', notice_version => 'v1') \g /dev/null
INSERT INTO net.setting VALUES (10, false), (11, true);
UPDATE net.setting SET training = true WHERE member_id = 10;
SELECT is(verdict(10), 'opted_out', 'true never takes back what was said');
SELECT is(aiconsent.granted(11), true, 'and leaves an explicit grant in force');
UPDATE net.setting SET training = false WHERE member_id = 11;
SELECT is(verdict(11), 'opted_out', 'false behind a grant is an objection');
UPDATE net.setting SET training = true WHERE member_id = 11;
SELECT is(verdict(11) || aiconsent.granted(11), 'eligiblefalse', 'and true behind that makes nothing explicit');
UPDATE net.setting SET training = NULL WHERE member_id IN (10, 11);
SELECT is(verdicts('{10,11}'), 'opted_out,error error', 'NULL is out besides');
SELECT aiconsent.record_consent(11, 'content_generation', 'grant', notice_version => 'v2') \g /dev/null
SELECT is(verdict(11), 'eligible', 'a later said decision ends the unreadable state');
SELECT aiconsent.record_consent(10, 'content_generation', 'hold') \g /dev/null
SELECT is(verdict(10), 'opted_out,hold,error', 'a hold is no decision about it');
SELECT is(verdicts('{10,11}', 'asked'), 'not_granted not_granted', 'no other purpose hears of the setting');
SELECT throws_ok($$SELECT aiconsent.register_preference('net.setting', allows => 'training')$$, '42710', NULL, 'one setting for each purpose');

-- Two purposes on one table.
SELECT aiconsent.register_preference('net.setting', 'member_id', 'NOT training', 'asked') \g /dev/null
INSERT INTO net.setting VALUES (20, true), (21, false);
SELECT is(verdicts('{20,21}') || ' ' || verdicts('{20,21}', 'asked'), 'eligible opted_out opted_out,not_granted not_granted',
  'two purposes on one table, one of them by NOT: each has its own');
SELECT lives_ok($$SELECT aiconsent.unregister_preference('net.setting', 'asked')$$, 'one of them ends');
UPDATE net.setting SET training = NOT training WHERE member_id IN (20, 21);
SELECT is(verdicts('{20,21}') || ' ' || verdicts('{20,21}', 'asked'), 'opted_out eligible opted_out,not_granted not_granted',
  'the other goes on; what was mirrored stays said');
SELECT lives_ok($$SELECT aiconsent.unregister_preference('net.setting')$$, 'the other ends, too');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'net.setting'::regclass AND NOT tgisinternal), 0::bigint, 'and the table has no trigger of ours');
UPDATE net.setting SET training = true WHERE member_id = 20;
SELECT is(verdict(20), 'opted_out', 'nothing is mirrored any more');
SELECT aiconsent.register_preference('net.setting', allows => 'training') \g /dev/null
SELECT is(verdict(20), 'eligible', 'declared again, what is set counts');
SELECT aiconsent.unregister_preference('net.setting') \g /dev/null

-- ---------------------------------------------------------------------------
-- Every form that a setting takes: value, and what it is.
-- ---------------------------------------------------------------------------
CREATE TABLE form (form text, expression text, value text, state text);
INSERT INTO form
  SELECT 'text', 'value', v, s FROM (VALUES ('on', 't'), ('off', 'f'), ('true', 't'), ('false', 'f'), ('yes', 't'), ('no', 'f'), ('1', 't'), ('0', 'f'),
    ('', 'u'), ('maybe', 'u'), ('2', 'u'), (NULL, 'u'), (repeat('x', 100000), 'u'), ('ｏｎ', 'u')) x(v, s)
  UNION ALL SELECT 'integer', 'number', v, s FROM (VALUES ('1', 't'), ('0', 'f'), (NULL, 'u'), ('2', 'u'), ('-1', 'u'), ('2147483647', 'u')) x(v, s)
  UNION ALL SELECT 'jsonb text', 'settings->>''x''', v, s FROM (VALUES ('{"x": "on"}', 't'), ('{"x": "off"}', 'f'), ('{"x": true}', 't'), ('{"x": false}', 'f'),
    ('{"x": 1}', 't'), ('{"x": 0}', 'f'), ('{"x": null}', 'u'), ('{}', 'u'), ('[]', 'u'), ('"on"', 'u'), ('{"x": {"y": 1}}', 'u'), (NULL, 'u')) x(v, s)
  UNION ALL SELECT 'jsonb cast', '(settings->>''x'')::boolean', v, s FROM (VALUES ('{"x": true}', 't'), ('{"x": "false"}', 'f'), ('{"x": "maybe"}', 'u'),
    ('{"x": ""}', 'u'), ('{"x": {}}', 'u'), ('{}', 'u'), (NULL, 'u')) x(v, s)
  UNION ALL SELECT 'jsonb number', '(settings->>''x'')::int = 1', v, s FROM (VALUES ('{"x": 1}', 't'), ('{"x": 0}', 'f'), ('{"x": "one"}', 'u'), ('{"x": 1e30}', 'u')) x(v, s)
  UNION ALL SELECT 'division', '1 / number = 1', v, s FROM (VALUES ('1', 't'), ('5', 'f'), ('0', 'u'), (NULL, 'u')) x(v, s)
  UNION ALL SELECT 'logic', 'number IN (1, 3) AND value IS NOT NULL OR CASE WHEN number = 7 THEN true ELSE false END', v, s
    FROM (VALUES ('1', 'f'), ('7', 't'), ('8', 'f')) x(v, s);
CREATE TABLE net.pref (member_id int PRIMARY KEY, value text, number int, settings jsonb);
CREATE PROCEDURE set_all(f text) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO net.pref SELECT 100 + n, CASE WHEN f = 'text' THEN value END, CASE WHEN f IN ('integer', 'division', 'logic') THEN value::int END,
      CASE WHEN f LIKE 'jsonb%' THEN value::jsonb END
    FROM numbered WHERE form = f
  ON CONFLICT (member_id) DO UPDATE SET value = excluded.value, number = excluded.number, settings = excluded.settings;
END $$;
CREATE TABLE numbered AS SELECT *, row_number() OVER () AS n, 'p' || dense_rank() OVER (ORDER BY form) AS purpose FROM form;
SELECT aiconsent.adopt_policy(p, effective_at => '2025-11-03Z', notice_required => false) FROM (SELECT DISTINCT purpose AS p FROM numbered) x \g /dev/null
-- Half of it set before, half after.
CREATE PROCEDURE declare_all() LANGUAGE plpgsql AS $$
DECLARE f record;
BEGIN
  FOR f IN SELECT DISTINCT form, expression, purpose FROM numbered LOOP
    TRUNCATE net.pref;
    IF f.purpose IN ('p1', 'p3', 'p5') THEN CALL set_all(f.form); END IF;
    PERFORM aiconsent.register_preference('net.pref', 'member_id', f.expression, f.purpose);
    CALL set_all(f.form);
    UPDATE net.pref SET value = value, number = number;
    PERFORM aiconsent.unregister_preference('net.pref', f.purpose);
  END LOOP;
END $$;
SELECT lives_ok('CALL declare_all()', 'no value raises, neither when it is declared nor in anybody''s statement');
SELECT is(verdict((100 + n)::int, purpose), CASE state WHEN 't' THEN 'eligible' WHEN 'f' THEN 'opted_out' ELSE 'error' END,
  format('%s %s is %s', expression, COALESCE(quote_literal(left(value, 20)), 'NULL'), CASE state WHEN 't' THEN 'true' WHEN 'f' THEN 'false' ELSE 'unreadable' END))
FROM numbered ORDER BY n;

-- No letters are no word, whatever the memory behind them holds of earlier words.
CREATE TABLE net.blank (member_id int PRIMARY KEY, value text);
SELECT aiconsent.register_preference('net.blank', 'member_id', 'value') \g /dev/null
CREATE FUNCTION read_as_a_word(letter text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE words bigint := 0;
BEGIN
  FOR n IN 1 .. 200 LOOP
    INSERT INTO net.blank VALUES (101, repeat(letter, n)) ON CONFLICT (member_id) DO UPDATE SET value = excluded.value;
    UPDATE net.blank SET value = repeat(E' \t', n % 3);
    words := words + (verdict(101) NOT LIKE '%error')::int;
  END LOOP;
  RETURN words;
END $$;
SELECT is(read_as_a_word(letter), 0::bigint, format('a setting of no letters is unreadable, also where there was %s', letter))
FROM unnest('{t,n,y,f}'::text[]) letter;
SELECT aiconsent.unregister_preference('net.blank') \g /dev/null

-- A value that raises, among others that do not, in one statement.
TRUNCATE net.pref;
INSERT INTO net.pref (member_id, settings) SELECT g, '{"x": true}' FROM generate_series(300, 400) g;
SELECT aiconsent.register_preference('net.pref', 'member_id', '(settings->>''x'')::boolean') \g /dev/null
SELECT lives_ok($$UPDATE net.pref SET settings = CASE WHEN member_id = 350 THEN '{"x": "maybe"}'::jsonb ELSE '{"x": false}' END WHERE member_id >= 340$$,
  'a cast that raises does not raise in somebody''s UPDATE');
SELECT is((SELECT string_agg(DISTINCT verdict(g), ' ' ORDER BY verdict(g)) FROM generate_series(340, 400) g WHERE g <> 350), 'opted_out', 'the others'' objections count');
SELECT is(verdict(350), 'error', 'and it is unreadable');
SELECT is((SELECT string_agg(DISTINCT verdict(g), ' ') FROM generate_series(300, 339) g), 'eligible', 'who did not change anything is not touched');
UPDATE net.pref SET settings = '{"x": true}' WHERE member_id = 350;
SELECT is(verdict(350), 'eligible', 'a readable value follows');
SELECT aiconsent.unregister_preference('net.pref') \g /dev/null

-- ---------------------------------------------------------------------------
-- A table of keys and values
-- ---------------------------------------------------------------------------
CREATE TABLE net.kv (who int, key text, value text, device int DEFAULT 1, PRIMARY KEY (who, key, device));
INSERT INTO net.kv VALUES (501, 'ai_training', 'off'), (501, 'theme', 'dark'), (502, 'ai_training', 'on'), (502, 'theme', 'off'), (503, 'theme', NULL);
SELECT aiconsent.register_preference('net.kv', 'who', 'value', condition => $$key = 'ai_training'$$) \g /dev/null
SELECT is(verdicts('{501,502,503}'), 'opted_out eligible eligible', 'only the rows of the condition are the setting');
UPDATE net.kv SET key = 'ai_training' WHERE who = 503;
SELECT is(verdict(503), 'error', 'a row that becomes the setting counts');
UPDATE net.kv SET key = 'old' WHERE who = 501 AND key = 'ai_training';
SELECT is(verdict(501), 'eligible', 'one that is it no more is gone: the default');
INSERT INTO net.kv VALUES (502, 'ai_training', 'off', 2);
SELECT is(verdict(502), 'opted_out', 'of several rows any false is false');
INSERT INTO net.kv VALUES (502, 'ai_training', NULL, 3);
SELECT is(verdict(502), 'opted_out', 'also beside an unreadable one');
DELETE FROM net.kv WHERE who = 502 AND device = 2;
SELECT is(verdict(502), 'opted_out,error', 'else any that is unreadable is that, besides what was objected');
DELETE FROM net.kv WHERE who = 502 AND device = 3;
SELECT is(verdict(502), 'eligible', 'else it is true');
INSERT INTO net.kv VALUES (2000, 'ai_training', 'off'), (2001, 'ai_training', NULL);
INSERT INTO net.member VALUES (2000), (2001), (2002);
SELECT is(verdicts('{2000,2001,2002}'), 'opted_out error eligible', 'a setting that is there before its member counts when the member comes');
SELECT aiconsent.unregister_preference('net.kv') \g /dev/null
INSERT INTO net.kv VALUES (2003, 'ai_training', 'off');
SELECT aiconsent.register_preference('net.kv', 'who', 'value', condition => $$key = 'ai_training'$$) \g /dev/null
INSERT INTO net.member VALUES (2003);
SELECT is(verdict(2003), 'opted_out', 'also one that was there before it was declared');
SELECT lives_ok('INSERT INTO net.kv VALUES (999999, ''ai_training'', ''off''), (504, ''ai_training'', ''off'')', 'a setting of nobody raises nothing');
SELECT is(verdict(504), 'opted_out', 'nor hides others');
SELECT throws_ok('INSERT INTO net.kv VALUES (NULL, ''ai_training'', ''off'')', '23502', NULL, 'what the table refuses is refused by the table');
SELECT aiconsent.unregister_preference('net.kv') \g /dev/null

-- ---------------------------------------------------------------------------
-- What is no expression over the row
-- ---------------------------------------------------------------------------
CREATE FUNCTION net.mine(boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION net.mine(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR net.!!! (rightarg = boolean, function = net.mine);
CREATE TYPE net.odd AS ENUM ('yes');
CREATE TABLE net.victim (v boolean);
CREATE TABLE refused (expression text);
INSERT INTO refused VALUES ('(SELECT true)'), ('training AND (SELECT v FROM net.victim)'), ('EXISTS (SELECT FROM net.victim)'),
  ('training = ANY (SELECT v FROM net.victim)'), ('random() > 0.5'), ('now() > ''2025-01-01'''), ('clock_timestamp() IS NOT NULL'), ('note::date > current_date'),
  ('net.mine(training)'), ('net.!!! training'), ('training OPERATOR(net.!!!)'), ('victim.v'), ('net.victim.v'), ('nothing'), ('training, note'), ('true; DROP TABLE net.victim'),
  ('training) FROM net.setting; DROP TABLE net.victim; --'), ('training FROM net.victim'), ('training /* '), (''), ('   '), ('*'),
  ('setting.*'), ('setting'), ('ROW(training)'), ('count(*) > 0'), ('bool_and(training)'), ('row_number() OVER () = 1'), ('generate_series(1, 2) = 1'),
  ('$1'), ('$$'), ('E''\'), ('training UNION SELECT true'), ('training WHERE true'), ('training LIMIT 1'), ('ctid IS NOT NULL'), ('tableoid = 1'), ('xmin IS NOT NULL'),
  ('pg_sleep(1) IS NULL'), ('current_user = ''x'''), ('current_setting(''x'') = ''y'''), ('query_to_xml(''DROP TABLE net.victim'', true, true, '''') IS NULL'),
  ('nextval(''x'') > 0'), ('note::net.odd = ''yes'''), ('note::xml IS NOT NULL'), ('note ~ note COLLATE "nothing"'), ('1.5'), ('note::date'), ('ARRAY[training]'),
  ('pg_read_file(note) IS NULL'), ('lo_import(note) > 0'), ('set_config(''a.b'', note, false) = '''''), ('to_char(now(), ''YYYY'') = note'), ('training' || repeat(' AND training', 0) || ')'),
  ('((training)'), ('DEFAULT'), ('GROUPING(training) = 1'), ('CURRENT OF c'), ('pg_advisory_lock(1) IS NULL'), ('note::timestamptz IS NULL');
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RAISE EXCEPTION 'accepted' USING ERRCODE = 'ZZZZZ';
EXCEPTION WHEN OTHERS THEN
  RETURN CASE WHEN SQLSTATE = 'ZZZZZ' THEN SQLERRM WHEN SQLSTATE LIKE 'XX%' THEN 'internal ' || SQLERRM WHEN SQLSTATE LIKE '58%' THEN SQLERRM ELSE 'refused' END;
END $$;
SELECT is(outcome(format('SELECT aiconsent.register_preference(''net.setting'', allows => %L)', expression)), 'refused', 'no setting: ' || expression) FROM refused;
SELECT is(outcome(format('SELECT aiconsent.register_preference(''net.setting'', allows => ''training'', condition => %L)', expression)), 'refused', 'no condition: ' || expression)
FROM refused WHERE expression NOT IN ('');
SELECT is(outcome(statement), 'refused', 'refused: ' || statement) FROM unnest(ARRAY[
  'SELECT aiconsent.register_preference(''net.setting'', allows => ''training'', condition => ''note'')',
  'SELECT aiconsent.register_preference(''net.setting'', allows => NULL)',
  'SELECT aiconsent.register_preference(''net.setting'', allows => ''training'', purpose => ''unheard_of'')',
  'SELECT aiconsent.register_preference(''net.setting'', allows => ''training'', purpose => NULL)',
  'SELECT aiconsent.register_preference(''net.setting'', ''note'', ''training'')',
  'SELECT aiconsent.register_preference(''net.kv'', allows => ''value'')',
  'SELECT aiconsent.register_preference(NULL, allows => ''value'')',
  'SELECT aiconsent.unregister_preference(''net.setting'')',
  'SELECT aiconsent.unregister_preference(''net.kv'', ''asked'')']) statement;
SELECT is((SELECT count(*) FROM aiconsent.registration WHERE kind = 'preference'), 0::bigint, 'nothing of it was declared');
SELECT has_table('net'::name, 'victim'::name, 'and nothing was done');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'net.setting'::regclass AND NOT tgisinternal), 0::bigint, 'nor left behind');

-- The settings follow the columns' names.
SELECT aiconsent.register_preference('net.setting', allows => 'NOT NOT training') \g /dev/null
ALTER TABLE net.setting RENAME training TO allowed;
ALTER TABLE net.setting RENAME TO settings_of_today;
INSERT INTO net.settings_of_today VALUES (600, false);
SELECT is(verdict(600), 'opted_out', 'renaming table and column changes nothing');
SELECT throws_ok('ALTER TABLE net.settings_of_today DROP COLUMN allowed', '2BP01', NULL, 'a mirrored column is not dropped');
SELECT aiconsent.unregister_preference('net.settings_of_today') \g /dev/null

-- ---------------------------------------------------------------------------
-- 40. A setting that is true for everybody releases nothing that is asked for.
-- ---------------------------------------------------------------------------
CREATE TABLE net.everybody (member_id int PRIMARY KEY REFERENCES net.member, training boolean DEFAULT true);
SELECT aiconsent.register_preference('net.everybody', allows => 'training', purpose => 'asked') \g /dev/null
SELECT aiconsent.register_preference('net.everybody', allows => 'training') \g /dev/null
INSERT INTO net.everybody SELECT id FROM net.member;
UPDATE net.everybody SET training = false WHERE member_id BETWEEN 701 AND 800;
UPDATE net.everybody SET training = true;
CREATE TABLE net.post (id int PRIMARY KEY, author int REFERENCES net.member, body text, health text, at timestamptz DEFAULT '2026-01-01Z');
INSERT INTO net.post SELECT id, id, 'post ' || id, 'ill ' || id FROM net.member WHERE id BETWEEN 601 AND 1000;
SELECT aiconsent.register_source('net.post', occurred_at => 'at'),
  aiconsent.register_field('net.post', 'body', 'personal{content.post}'),
  aiconsent.register_field('net.post', 'health', 'sensitive{health}') \g /dev/null
SELECT aiconsent.adopt_policy(effective_at => '2025-11-03Z', clearance => 'sensitive{content,health}'), aiconsent.adopt_policy('asked', effective_at => '2025-11-03Z', clearance => 'sensitive{content,health}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.publish('asked', schema => 'asked') \g /dev/null
SELECT results_eq('SELECT count(body), count(health) FROM training.post', 'VALUES (400::bigint, 0::bigint)', '40: mirrored trues release no sensitive cell');
SELECT results_eq('SELECT count(*) FROM asked.post', 'VALUES (0::bigint)', '40: and no row under opt_in');
SELECT is((SELECT count(*) FROM net.member WHERE aiconsent.granted(id)), 1::bigint, '40: nobody has granted but who did');
SELECT aiconsent.record_consent(700, 'content_generation', 'grant', notice_version => 'v1'), aiconsent.record_consent(700, 'asked', 'grant', notice_version => 'v1') \g /dev/null
SELECT results_eq('SELECT count(body), max(health) FROM training.post', 'VALUES (400::bigint, ''ill 700''::text)', '40: an explicit grant does');
SELECT results_eq('SELECT body FROM asked.post', 'VALUES (''post 700''::text)', '40: here, too');
UPDATE net.everybody SET training = NULL WHERE member_id = 700;
SELECT results_eq('SELECT count(body), count(health) FROM training.post', 'VALUES (399::bigint, 0::bigint)', 'an unreadable setting takes both out');

SELECT * FROM finish();
ROLLBACK;
