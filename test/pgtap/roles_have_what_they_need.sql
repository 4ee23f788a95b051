-- Each kind of role has what it needs and no more: what it may do, by attempts
-- and by the server's own record of what was granted; and what was granted can
-- be taken back, that and nothing else.
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
CREATE ROLE t_steward;
CREATE ROLE t_writer;
CREATE ROLE t_app;
CREATE ROLE t_nobody;
CREATE SCHEMA net AUTHORIZATION t_owner;
GRANT USAGE ON SCHEMA net TO PUBLIC;
SET ROLE t_owner;
CREATE TABLE net.member (id bigint PRIMARY KEY, birth date, told timestamptz, handle text);
CREATE TABLE net.education (id bigint PRIMARY KEY, member_id bigint REFERENCES net.member, level text);
CREATE TABLE net.setting (member_id bigint PRIMARY KEY REFERENCES net.member, allowed boolean);
CREATE TABLE net.post (id bigint PRIMARY KEY, author_id bigint REFERENCES net.member, body text, at timestamptz);
CREATE INDEX ON net.education (member_id);
INSERT INTO net.member SELECT i, '1980-01-01', '2025-10-01', 'handle' || i FROM generate_series(1, 6) i;
INSERT INTO net.setting SELECT i, true FROM generate_series(1, 6) i;
INSERT INTO net.post SELECT i, i, 'body ' || i, '2026-01-01' FROM generate_series(1, 6) i;
CREATE TABLE net.undeclared (id bigint PRIMARY KEY, author_id bigint REFERENCES net.member, body text, at timestamptz);
GRANT SELECT, INSERT, UPDATE, DELETE ON net.member, net.education, net.setting, net.post TO t_app;
RESET ROLE;

-- A command as a role, undone behind it: ok, or its SQLSTATE.
CREATE FUNCTION attempt(who name, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text := 'ok';
BEGIN
  BEGIN
    PERFORM set_config('role', who, true);
    EXECUTE command;
    RAISE EXCEPTION USING ERRCODE = 'UNDO0';
  EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN NULL;
    WHEN OTHERS THEN said := SQLSTATE;
  END;
  RETURN said;
END $$;
-- All that was ever granted to a role, in this database and beyond.
CREATE FUNCTION granted_to(who text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend
  WHERE refclassid = 'pg_authid'::regclass AND refobjid = to_regrole(who) AND deptype = 'a' $$;

-- ---------------------------------------------------------------------------
-- A steward declares what it owns, before anything is there
-- ---------------------------------------------------------------------------
SELECT aiconsent.grant_role('t_steward', 'steward') \g /dev/null
GRANT t_owner TO t_steward;
SET ROLE t_steward;
SELECT lives_ok($$ SELECT aiconsent.register_subject('net.member', birth => 'birth', notified_at => 'told', handle => 'handle') $$,
  'a steward declares the subjects');
SELECT lives_ok($$ SELECT aiconsent.register_education('net.education', level => 'level') $$, 'and schooling');
SELECT lives_ok($$ SELECT aiconsent.register_source('net.post', occurred_at => 'at') $$, 'and a source');
SELECT lives_ok($$ SELECT aiconsent.register_field('net.post', 'body', 'personal{content.post}') $$, 'and labels it');
SELECT lives_ok($$ SELECT aiconsent.adopt_policy() $$, 'and adopts a policy');
SELECT lives_ok($$ SELECT aiconsent.adopt_policy('ads', effective_at => '2026-01-01', announced_at => '2025-09-18',
  clearance => 'personal{content}') $$, 'and another');
SELECT lives_ok($$ SELECT aiconsent.register_preference('net.setting', allows => 'allowed') $$, 'and mirrors a setting');
SELECT lives_ok($$ SELECT aiconsent.publish() $$, 'and publishes');
SELECT lives_ok($$ SELECT aiconsent.publish('ads', 'ads_training') $$, 'and that, too');
RESET ROLE;
REVOKE t_owner FROM t_steward;

SELECT aiconsent.grant_role('t_reader', 'reader'), aiconsent.grant_role('t_auditor', 'auditor'),
  aiconsent.grant_role('t_writer', 'writer') \g /dev/null

-- ---------------------------------------------------------------------------
-- What each may do.  Everybody else is refused, with 42501.
-- ---------------------------------------------------------------------------
CREATE TABLE may (n serial, command text, who name[]);
INSERT INTO may (command, who) VALUES
  ('SELECT * FROM training.post', '{t_reader}'),
  ('SELECT * FROM training.corpus', '{t_reader}'),
  ('SELECT * FROM ads_training.post', '{}'),
  ('SELECT * FROM net.post', '{t_owner,t_app}'),
  ('SELECT * FROM net.member', '{t_owner,t_app}'),
  ('INSERT INTO net.post VALUES (7, 1, ''x'', ''2026-01-01'')', '{t_owner,t_app}'),
  ('SELECT aiconsent.eligible(1)', '{t_writer,t_auditor,t_steward}'),
  ('SELECT aiconsent.granted(1)', '{t_auditor,t_steward}'),
  ('SELECT aiconsent.record_consent(1, ''content_generation'', ''object'')', '{t_writer}'),
  ('SELECT aiconsent.record_consents(''{1,2}''::bigint[], ''content_generation'', ''hold'')', '{t_writer}'),
  ('SELECT aiconsent.record_consent(1, ''ads'', ''object'')', '{}'),
  ('SELECT aiconsent.record_consents(''{1,2}''::bigint[], ''ads'', ''hold'')', '{}'),
  ('SELECT aiconsent.verdict_of(1)', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.timeline(1)', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.explain(1)', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.verify_standing()', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.doctor()', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.declarations()', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.consent', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.standing', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.standing_history', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.change', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.field', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.policy', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.clearance', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.registration', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.grantee', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.suppression', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.erasure', '{t_auditor,t_steward}'),
  ('SELECT * FROM aiconsent.secret', '{}'),
  ('SELECT * FROM aiconsent.subject_member_binding', '{}'),
  ('SELECT aiconsent.adopt_policy(effective_at => ''2025-11-03'')', '{t_steward}'),
  ('SELECT aiconsent.publish()', '{t_steward}'),
  ('SELECT aiconsent.suppress(''handle1'', ''handle'')', '{t_steward}'),
  ('SELECT aiconsent.erase_subject(1, ''asked'')', '{t_steward}'),
  ('SELECT aiconsent.rebuild_standing()', '{t_steward}'),
  ('SELECT aiconsent.pack_standing()', '{t_steward}'),
  ('SELECT aiconsent.register_school_word(''tilleuls'', 3, 3)', '{t_steward}'),
  -- Refused to a steward that does not own the table, and to an owner who is no steward.
  ('SELECT aiconsent.register_source(''net.undeclared'', occurred_at => ''at'')', '{}'),
  ('SELECT aiconsent.register_field(''net.post'', ''body'', ''public'')', '{}'),
  ('SELECT aiconsent.unregister_education(''net.education'')', '{}'),
  ('SELECT aiconsent.import_consent(''net.setting'', ''allowed'', ''allowed'')', '{}'),
  ('SELECT aiconsent.grant_role(''t_nobody'', ''reader'')', '{}'),
  ('SELECT aiconsent.revoke_role(''t_reader'', ''reader'')', '{}'),
  ('INSERT INTO aiconsent.grantee VALUES (''t_nobody'', ''steward'')', '{}'),
  ('UPDATE aiconsent.purpose SET published_in = NULL', '{}'),
  ('DELETE FROM aiconsent.change', '{}'),
  ('DELETE FROM aiconsent.consent', '{}'),
  ('CREATE TABLE aiconsent.mine ()', '{}');
SELECT is(attempt(r, command), CASE WHEN r = ANY (who) THEN 'ok' ELSE '42501' END,
  format('%s %s: %s', r, CASE WHEN r = ANY (who) THEN 'may' ELSE 'is refused' END, command))
FROM may, unnest('{t_reader,t_writer,t_auditor,t_steward,t_owner,t_app,t_nobody}'::name[]) WITH ORDINALITY w(r, o)
ORDER BY n, o;

SELECT aiconsent.record_consent(6, 'content_generation', 'object') AS event \gset
SELECT is(attempt('t_steward', format('SELECT aiconsent.retract(''{%s}'', ''a mistake'')', :event)), 'ok', 'a steward retracts');
SELECT is(attempt('t_writer', format('SELECT aiconsent.retract(''{%s}'', ''a mistake'')', :event)), '42501', 'a writer does not');

-- ---------------------------------------------------------------------------
-- What each was granted, as the server has it
-- ---------------------------------------------------------------------------
CREATE FUNCTION functions_of(who text) RETURNS SETOF name LANGUAGE sql AS $$
  SELECT DISTINCT p.proname FROM pg_shdepend d JOIN pg_proc p ON p.oid = d.objid
  WHERE d.classid = 'pg_proc'::regclass AND d.refobjid = to_regrole(who) AND d.deptype = 'a' $$;
SELECT set_eq($$ SELECT granted_to('t_reader') $$,
  $$ SELECT pg_describe_object('pg_proc'::regclass, oid, 0) FROM pg_proc
     WHERE pronamespace = 'aiconsent'::regnamespace AND proname IN ('eligible', 'granted', 'pseudonym', 'part', 'generalize', 'scrub')
     UNION ALL VALUES ('schema training'), ('view training.post'), ('view training.corpus') $$,
  'a reader has the views, and what these call');
SELECT set_eq($$ SELECT granted_to('t_writer') $$,
  $$ SELECT pg_describe_object('pg_proc'::regclass, oid, 0) FROM pg_proc
     WHERE pronamespace = 'aiconsent'::regnamespace AND proname IN ('record_consent', 'record_consents', 'eligible')
     UNION ALL VALUES ('schema aiconsent') $$,
  'a writer has what records, and eligible()');
SELECT set_eq($$ SELECT functions_of('t_auditor') $$,
  '{eligible,granted,verdict_of,timeline,explain,verify_standing,doctor,declarations,evidence_subjects,evidence_mentions,
    evidence_schooling,evidence_notices,evidence_settings,coming_of_age,classes,explain_row,suggest,name_words,name_terms,name_affixes,table_meaning,field_meaning,name_kinds,on_one_line,
    publication_drift,clearance_of,field_looks,relation_flow,function_flow,standing_packed_windows,pseudonym,part,generalize,scrub,scan,rules_version,
    verify_ledger,consent_content,consent_digest,merkle_root,server_line,seal_root,seal_blocks,export_events,
    seal_chain,run_string,run_hash,run_seal_hash,run_labels,pseudonym_since,removal,replaced_since,run_of_subject,run_had,receipt,verify_runs,row_hash,
    lawful_standing,present,leaks,lawful,lawfully_granted,health_numbers,report,corpus_categories}'::name[],
  'an auditor has the functions that answer');
SELECT set_eq($$ SELECT functions_of('t_steward') EXCEPT SELECT functions_of('t_auditor') $$,
  '{adopt_policy,publish,rebuild_standing,pack_standing,register_subject,register_education,register_notice,register_preference,
    register_source,register_field,register_school_word,unregister_subject,unregister_education,unregister_notice,
    unregister_preference,unregister_source,unregister_school_word,import_consent,retract,suppress,
    retract_suppression,erase_subject,classify,unclassify,treat,rotate_pseudonyms,register_recognizer,unregister_recognizer,
    seal_ledger,merge_events,begin_run,seal_run,fail_run,run_manifest,record_run}'::name[],
  'a steward has those that declare, adopt, publish and mend, too');
SELECT is_empty($$ SELECT functions_of('t_auditor') EXCEPT SELECT functions_of('t_steward') $$, 'and lacks none of an auditor''s');
SELECT set_eq(format($$ SELECT granted_to(%L) EXCEPT SELECT pg_describe_object('pg_proc'::regclass, oid, 0) FROM pg_proc
  WHERE pronamespace = 'aiconsent'::regnamespace $$, who),
  $$ SELECT pg_describe_object('pg_class'::regclass, oid, 0) FROM pg_class WHERE relnamespace = 'aiconsent'::regnamespace
     AND relkind IN ('r', 'v') AND relname NOT IN ('secret', 'regime', 'pseudonym_key') AND relname !~ '_(binding|corpus)$'
     UNION ALL VALUES ('schema aiconsent') $$,
  who || ' reads all tables and views but the keys, and nothing else')
FROM unnest('{t_auditor,t_steward}'::text[]) who;
SELECT is_empty($$ SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
  WHERE c.relnamespace = 'aiconsent'::regnamespace AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT' $$,
  'nobody may write a table of ours');
SELECT is_empty($$ SELECT FROM pg_proc p, aclexplode(p.proacl) a
  WHERE p.pronamespace = 'aiconsent'::regnamespace AND a.is_grantable AND a.grantee <> p.proowner
  UNION ALL SELECT FROM pg_class c, aclexplode(c.relacl) a
  WHERE c.relnamespace = 'aiconsent'::regnamespace AND a.is_grantable AND a.grantee <> c.relowner $$,
  'nor pass on what it has');
-- Every function is of a kind, a trigger's, an aggregate's, the planner's, everybody's, or the superuser's own.
SELECT set_eq($$ SELECT proname FROM pg_proc p WHERE pronamespace = 'aiconsent'::regnamespace
    AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype)
    AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
    AND NOT EXISTS (SELECT FROM pg_aggregate a WHERE a.aggfinalfn = p.oid)
  EXCEPT SELECT functions_of(who) FROM unnest('{t_reader,t_writer,t_auditor,t_steward}'::text[]) who $$,
  '{grant_role,revoke_role}'::name[], 'what no kind of role may call is to make others one');

-- ---------------------------------------------------------------------------
-- An auditor sees what is wrong, and no user's table
-- ---------------------------------------------------------------------------
SAVEPOINT sound;
SET ROLE t_auditor;
SELECT is_empty($$ SELECT * FROM aiconsent.verify_standing() $$, 'an auditor finds all in step');
SELECT is_empty($$ SELECT * FROM aiconsent.doctor() WHERE object !~ '^t_app: ' $$, 'and in order, but for the application, which reads its tables');
SELECT isnt_empty($$ SELECT * FROM aiconsent.explain(6) WHERE rule = 'opted_out' AND holds $$, 'and is told why somebody is out');
RESET ROLE;
ALTER TABLE net.member DISABLE TRIGGER USER;
UPDATE net.member SET birth = '2015-01-01' WHERE id = 1;
SET ROLE t_auditor;
SELECT set_eq($$ SELECT DISTINCT subject FROM aiconsent.verify_standing() $$, $$ VALUES ('1') $$,
  'an auditor finds what was changed past the triggers');
SELECT is((SELECT count(*) FROM aiconsent.doctor() WHERE severity = 'error'), 5::bigint, 'and the triggers');
RESET ROLE;
ROLLBACK TO SAVEPOINT sound;

-- ---------------------------------------------------------------------------
-- The application needs nothing but its own tables
-- ---------------------------------------------------------------------------
SAVEPOINT sound;
CREATE FUNCTION who_is_out() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(id || ' ' || aiconsent.verdict_of(id), '; ' ORDER BY id) FROM net.member
  WHERE NOT aiconsent.eligible(id) $$;
SELECT is_empty($$ SELECT granted_to('t_app') EXCEPT VALUES
  ('table net.member'), ('table net.education'), ('table net.setting'), ('table net.post') $$, 'the application has its tables');
SELECT is(who_is_out(), '6 opted_out', 'before it does anything, only who objected is out');
SET ROLE t_app;
UPDATE net.setting SET allowed = false WHERE member_id = 1;
UPDATE net.member SET birth = '2015-01-01' WHERE id = 2;
INSERT INTO net.education VALUES (1, 3, 'lycée');
INSERT INTO net.member VALUES (7, '1980-01-01', NULL);
DELETE FROM net.member WHERE id = 7;
INSERT INTO net.member VALUES (8, '1980-01-01', NULL);
RESET ROLE;
SELECT is(who_is_out(), '1 opted_out; 2 minor; 3 suspected_minor; 6 opted_out; 8 not_notified',
  'a setting, a birth date, a school and a new member act at once');
SET ROLE t_app;
UPDATE net.setting SET allowed = true WHERE member_id = 1;
UPDATE net.member SET birth = '1980-01-01', told = '2025-10-01';
DELETE FROM net.education;
RESET ROLE;
SELECT is(who_is_out(), '6 opted_out', 'and so does what it takes back');
SELECT is((SELECT string_agg(DISTINCT recorded_by, ', ') FROM aiconsent.consent WHERE decision = 'mirror_false' AND subject = '1'), 't_app',
  'the ledger has who did it');
ROLLBACK TO SAVEPOINT sound;

-- ---------------------------------------------------------------------------
-- A writer is one for a purpose
-- ---------------------------------------------------------------------------
CREATE ROLE t_service IN ROLE t_writer;
CREATE ROLE t_aloof NOINHERIT IN ROLE t_writer;
SELECT is(attempt('t_service', 'SELECT aiconsent.record_consent(1, ''content_generation'', ''object'')'), 'ok',
  'who has the privileges of a writer records');
SELECT is(attempt('t_service', 'SELECT aiconsent.record_consent(1, ''ads'', ''object'')'), '42501', 'for its purpose');
SELECT is(attempt('t_aloof', 'SELECT aiconsent.record_consent(1, ''content_generation'', ''object'')'), '42501', 'who does not have them does not');
SET ROLE t_writer;
SELECT throws_ok($$ SELECT aiconsent.record_consent(1, 'ads', 'object') $$, '42501',
  'permission denied to record consent for purpose "ads"', 'the error says of which purpose');
SELECT throws_ok($$ SELECT aiconsent.record_consent(1, 'adverts', 'object') $$, '42704', 'unknown purpose "adverts"', 'one that is none is told first');
RESET ROLE;
GRANT USAGE ON SCHEMA aiconsent TO t_nobody;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aiconsent TO t_nobody;
SELECT is(attempt('t_nobody', 'SELECT aiconsent.record_consent(1, ''ads'', ''object'')'), '42501', 'EXECUTE alone makes no writer');
SELECT aiconsent.grant_role('t_writer', 'writer', 'ads') \g /dev/null
SELECT is(attempt('t_writer', 'SELECT aiconsent.record_consent(1, ''ads'', ''object'')'), 'ok', 'one that is granted a second purpose records for both');
SELECT is(attempt('t_writer', 'SELECT aiconsent.record_consent(1, ''content_generation'', ''object'')'), 'ok', 'for both');
SELECT aiconsent.revoke_role('t_writer', 'writer') \g /dev/null
SELECT is(attempt('t_writer', 'SELECT aiconsent.record_consent(1, ''ads'', ''object'')'), 'ok', 'and for the other, when one is revoked');
SELECT is(attempt('t_writer', 'SELECT aiconsent.record_consent(1, ''content_generation'', ''object'')'), '42501', 'and for that no more');
SELECT aiconsent.revoke_role('t_writer', 'writer', 'ads') \g /dev/null
SELECT is_empty($$ SELECT granted_to('t_writer') $$, 'revoked from both it has nothing');

-- ---------------------------------------------------------------------------
-- Granted can be revoked, and what another grant gives stays
-- ---------------------------------------------------------------------------
CREATE ROLE "t_many '""; --";
CREATE FUNCTION granted_many() RETURNS SETOF text LANGUAGE sql AS $$ SELECT granted_to('"t_many ''""; --"') $$;
CREATE TABLE step (n serial, what text, purpose text);
INSERT INTO step (what, purpose) VALUES ('reader', 'content_generation'), ('reader', 'ads'), ('writer', 'ads'),
  ('auditor', NULL), ('steward', NULL);
-- Each kind by itself, then every pair: revoking the one leaves what the other gives.
CREATE FUNCTION left_by(given step, kept step) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE who regrole := '"t_many ''""; --"'; alone text[]; remains text[];
BEGIN
  PERFORM aiconsent.grant_role(who, kept.what, kept.purpose);
  alone := ARRAY(SELECT g FROM granted_many() g ORDER BY 1);
  PERFORM aiconsent.grant_role(who, given.what, given.purpose);
  PERFORM aiconsent.revoke_role(who, given.what, given.purpose);
  remains := ARRAY(SELECT g FROM granted_many() g ORDER BY 1);
  PERFORM aiconsent.revoke_role(who, kept.what, kept.purpose);
  RETURN alone <> '{}' AND remains = alone AND NOT EXISTS (SELECT FROM granted_many());
END $$;
SELECT ok(left_by(a, b), format('revoking %s leaves %s as it was, and revoking that leaves nothing',
  concat_ws(' of ', a.what, a.purpose), concat_ws(' of ', b.what, b.purpose)))
FROM step a, step b WHERE a.n <> b.n ORDER BY a.n, b.n;

SELECT aiconsent.grant_role('t_nobody', 'reader') \g /dev/null
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA aiconsent FROM t_nobody;
SELECT lives_ok($$ SELECT aiconsent.grant_role('t_nobody', 'reader') $$, 'to grant again what was granted is no error');
SELECT is(attempt('t_nobody', 'SELECT * FROM training.post'), 'ok', 'and gives what somebody took away');

-- ---------------------------------------------------------------------------
-- Publishing
-- ---------------------------------------------------------------------------
SET ROLE t_owner;
SET LOCAL search_path = net, public;
SECURITY LABEL FOR aiconsent ON COLUMN net.undeclared.body IS 'personal{content.article}';
RESET ROLE;
SELECT aiconsent.register_source('net.undeclared', occurred_at => 'at') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT is(attempt('t_reader', 'SELECT * FROM training.undeclared'), 'ok', 'a reader reads a view that was published later');
SELECT aiconsent.grant_role('t_reader', 'reader', 'ads') \g /dev/null
SELECT is(attempt('t_reader', 'SELECT * FROM ads_training.post'), 'ok', 'and another purpose''s when granted that');
DROP VIEW training.corpus, training.post;
SELECT lives_ok($$ SELECT aiconsent.revoke_role('t_reader', 'reader') $$, 'a reader can be revoked when views are gone');
SELECT is(attempt('t_reader', 'SELECT * FROM training.undeclared'), '42501', 'and reads those that are there no more');
SELECT is(attempt('t_reader', 'SELECT * FROM ads_training.post'), 'ok', 'but the other purpose''s');
SELECT aiconsent.publish() \g /dev/null
SELECT is(attempt('t_reader', 'SELECT * FROM training.post'), '42501', 'and is given nothing by publish()');
DROP SCHEMA ads_training CASCADE;
SELECT lives_ok($$ SELECT aiconsent.revoke_role('t_reader', 'reader', 'ads') $$, 'nor does it matter that the schema is gone');
SELECT is_empty($$ SELECT granted_to('t_reader') $$, 'revoked from all a reader has nothing');

ALTER TABLE net.post ENABLE ROW LEVEL SECURITY;
SELECT throws_ok('SELECT aiconsent.publish()', '0A000', 'net.post has row security', 'a source with row security is not published');
SELECT results_eq($$ SELECT severity, object FROM aiconsent.doctor() WHERE finding ~ 'row security' $$,
  $$ VALUES ('warning', 'net.post') $$, 'and doctor() says of one that got it later that the views pass by it');
ALTER TABLE net.post DISABLE ROW LEVEL SECURITY;

-- ---------------------------------------------------------------------------
-- A role that is dropped, and another that takes its name
-- ---------------------------------------------------------------------------
CREATE ROLE t_gone;
SELECT aiconsent.grant_role('t_gone', 'writer'), aiconsent.grant_role('t_gone', 'reader') \g /dev/null
DROP OWNED BY t_gone;
DROP ROLE t_gone;
SELECT lives_ok('SELECT aiconsent.publish()', 'publish() does not mind a role that is gone');
SELECT set_eq($$ SELECT object FROM aiconsent.doctor() WHERE finding ~ 'role that is no more' $$,
  $$ VALUES ('t_gone, writer, content_generation'), ('t_gone, reader, content_generation') $$, 'doctor() names it');
CREATE ROLE t_gone;
SELECT aiconsent.publish() \g /dev/null
SELECT is_empty($$ SELECT granted_to('t_gone') $$, 'who takes its name is given nothing');
SELECT is(attempt('t_gone', 'SELECT aiconsent.record_consent(1, ''content_generation'', ''object'')'), '42501', 'and records nothing');
DROP ROLE t_gone;
DO $$ BEGIN EXECUTE (SELECT DISTINCT mend FROM aiconsent.doctor() WHERE finding ~ 'role that is no more'); END $$;
SELECT is_empty($$ SELECT FROM aiconsent.grantee WHERE role = 't_gone' $$, 'what doctor() says mends it');

-- ---------------------------------------------------------------------------
-- What is refused
-- ---------------------------------------------------------------------------
SELECT throws_ok(format('SELECT aiconsent.%s(%s)', f, args), code, message, f || ': ' || message)
FROM unnest('{grant_role,revoke_role}'::text[]) f, (VALUES
  ('NULL, ''reader''', '22004', 'role and what must not be null'),
  ('''t_nobody'', NULL', '22004', 'role and what must not be null'),
  ('''t_nobody'', ''owner''', '22023', 'unknown kind of grant "owner"'),
  ('''t_nobody'', ''Reader''', '22023', 'unknown kind of grant "Reader"'),
  ('''t_unheard_of'', ''reader''', '42704', 'role "t_unheard_of" does not exist'),
  ('0, ''reader''', '42704', 'invalid role OID: 0'),
  ('''t_nobody'', ''auditor'', ''ads''', '22023', '"auditor" cannot be granted for one purpose'),
  ('''t_nobody'', ''steward'', ''ads''', '22023', '"steward" cannot be granted for one purpose')) e (args, code, message);
SELECT throws_ok($$ SELECT aiconsent.grant_role('t_nobody', 'writer', 'adverts') $$, '42704', NULL, 'a purpose that is none cannot be granted');
SELECT throws_ok($$ SELECT aiconsent.revoke_role('t_nobody', 'writer', 'ads') $$, '42704', 'role "t_nobody" is no writer of ads',
  'what was not granted cannot be revoked');
SELECT throws_ok($$ SELECT aiconsent.revoke_role('t_nobody', 'auditor') $$, '42704', 'role "t_nobody" is no auditor', 'neither can this');

SELECT * FROM finish();
ROLLBACK;
