-- Nobody gains rights by what they own, name, create or set: promises 11, 13,
-- 16 and 17.
--
-- ng_mallory has a schema of her own, lair, may declare what she owns, and sets
-- what she likes.  What she leaves there raises, or writes down who ran it.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SELECT * FROM no_plan();

CREATE ROLE ng_owner NOLOGIN;
CREATE ROLE ng_mallory NOLOGIN;
CREATE ROLE ng_app NOLOGIN;
CREATE ROLE ng_steward NOLOGIN;
CREATE ROLE ng_trainer NOLOGIN;
CREATE ROLE ng_other_trainer NOLOGIN;
CREATE ROLE "ng_'""; DROP TABLE canary; --" NOLOGIN;
CREATE TABLE canary (alive text DEFAULT 'yes');
INSERT INTO canary DEFAULT VALUES;
CREATE SCHEMA net AUTHORIZATION ng_owner;
CREATE SCHEMA lair AUTHORIZATION ng_mallory;
GRANT USAGE ON SCHEMA aiconsent TO ng_owner, ng_mallory, ng_app, ng_steward;
GRANT USAGE ON SCHEMA net, lair TO PUBLIC;
GRANT EXECUTE ON FUNCTION aiconsent.verdict_of(bigint, text, timestamptz, timestamptz) TO ng_app;
GRANT EXECUTE ON FUNCTION aiconsent.adopt_policy, aiconsent.publish,
  aiconsent.grant_role, aiconsent.rebuild_standing TO ng_steward;

GRANT EXECUTE ON FUNCTION aiconsent.register_subject,
  aiconsent.register_education, aiconsent.register_source TO ng_owner, ng_mallory;

CREATE TABLE net.member (id int PRIMARY KEY, birth date, notified_at timestamptz);
CREATE TABLE net.education (member_id int, level text, starts timestamptz, ends date);
CREATE TABLE net.post (id int PRIMARY KEY, author_id int, body text, at timestamp);
INSERT INTO net.member SELECT g, '1980-01-01', '2025-10-01' FROM generate_series(1, 9) g;
INSERT INTO net.post SELECT g, g, 'post ' || g, '2025-06-01' FROM generate_series(1, 9) g;
ALTER TABLE net.member OWNER TO ng_owner;
ALTER TABLE net.education OWNER TO ng_owner;
ALTER TABLE net.post OWNER TO ng_owner;
GRANT ALL ON ALL TABLES IN SCHEMA net TO ng_app;

-- A command as a role, under settings; ok, its one value, or how it failed.
CREATE FUNCTION attempt(who name, command text, settings text[] DEFAULT '{}')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE s text; v text := 'ok'; before text[] := '{}';
BEGIN
  BEGIN
    FOREACH s IN ARRAY settings LOOP
      before := before || (split_part(s, '=', 1) || '=' ||
        current_setting(split_part(s, '=', 1)));
    END LOOP;
    PERFORM set_config('role', who, true);
    FOREACH s IN ARRAY settings LOOP
      PERFORM pg_catalog.set_config(pg_catalog.split_part(s, '=', 1),
        pg_catalog.substr(s, pg_catalog.strpos(s, '=') OPERATOR(pg_catalog.+) 1), true);
    END LOOP;
    IF pg_catalog.starts_with(command, 'SELECT') THEN
      EXECUTE command INTO v;
      v := COALESCE(pg_catalog."left"(v, 200), 'null');
    ELSE
      EXECUTE command;
    END IF;
    FOREACH s IN ARRAY before LOOP
      PERFORM pg_catalog.set_config(pg_catalog.split_part(s, '=', 1),
        pg_catalog.substr(s, pg_catalog.strpos(s, '=') OPERATOR(pg_catalog.+) 1), true);
    END LOOP;
    PERFORM set_config('role', 'none', true);
  EXCEPTION WHEN OTHERS THEN
    v := SQLSTATE || ': ' || SQLERRM;
  END;
  RETURN v;
END $$;
GRANT EXECUTE ON FUNCTION attempt TO PUBLIC;

-- ---------------------------------------------------------------------------
-- Who may call and touch what.
-- ---------------------------------------------------------------------------
SELECT bag_eq($$
  SELECT p.oid::regprocedure::text FROM pg_proc p
  WHERE p.pronamespace = 'aiconsent'::regnamespace
    AND EXISTS (SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
      WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
    AND p.proname !~ '^(sensitivity|verdict)_|^boolean$' $$,
  ARRAY['aiconsent.education_stage(text,text,text)',
    'aiconsent.decide(aiconsent.policy,timestamp with time zone,boolean,text,boolean,timestamp with time zone,daterange,aiconsent.schooling[],boolean,boolean,boolean,boolean)',
    'aiconsent.standing_segments(bytea)',
    'aiconsent.label_sensitivity(text)',
    'aiconsent.register_field(regclass,name,aiconsent.sensitivity,text)'],
  'PUBLIC may execute exactly these, and what the two types are made of');
SELECT bag_eq($$
  SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'aiconsent'::regnamespace
    AND p.proname ~ '^(sensitivity|verdict)_|^boolean$'
    AND has_function_privilege('ng_trainer', p.oid, 'EXECUTE') GROUP BY 1 $$,
  ARRAY['boolean', 'sensitivity_admits', 'sensitivity_categories', 'sensitivity_cmp',
    'sensitivity_eq', 'sensitivity_flows', 'sensitivity_ge', 'sensitivity_gt',
    'sensitivity_hash', 'sensitivity_hash_extended', 'sensitivity_in',
    'sensitivity_join', 'sensitivity_le', 'sensitivity_level', 'sensitivity_lt',
    'sensitivity_meet', 'sensitivity_ne', 'sensitivity_out', 'sensitivity_recv',
    'sensitivity_send', 'verdict_cmp', 'verdict_eq', 'verdict_ge', 'verdict_gt',
    'verdict_has', 'verdict_hash', 'verdict_hash_extended', 'verdict_in',
    'verdict_le', 'verdict_lt', 'verdict_ne', 'verdict_out', 'verdict_recv',
    'verdict_send', 'verdict_union']::name[],
  'and these are what the types are made of, which read no table');
SELECT is_empty($$
  SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'aiconsent'::regnamespace
    AND (p.prosecdef OR p.proleakproof) $$,
  'no function has its definer''s rights or goes below a barrier');
SELECT set_eq($$
  SELECT p.proname, (SELECT min(c) FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')
  FROM pg_proc p WHERE p.pronamespace = 'aiconsent'::regnamespace AND p.prokind = 'f'
    AND (p.proconfig IS NOT NULL OR p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c'))
    AND p.prosqlbody IS NULL $$,
  $$ VALUES ('verify_standing'::name, 'search_path=pg_catalog, aiconsent, pg_temp'),
    ('doctor', 'search_path=pg_catalog, aiconsent, pg_temp'), ('suggest', 'search_path=pg_catalog, aiconsent, pg_temp'),
    ('export_events', 'search_path=pg_catalog, aiconsent, pg_temp'),
    ('lawful_standing', 'search_path=pg_catalog, aiconsent, pg_temp'), ('report', 'search_path=pg_catalog, aiconsent, pg_temp') $$,
  'all are C, or were parsed when they were made, but what auditors call, which runs as they and looks up no name of theirs');
SELECT is_empty($$
  SELECT 'schema' FROM pg_namespace n, aclexplode(n.nspacl) a
    WHERE n.nspname = 'aiconsent' AND a.grantee = 0
  UNION ALL
  SELECT c.relname FROM pg_class c,
    aclexplode(COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
    WHERE c.relnamespace = 'aiconsent'::regnamespace AND a.grantee <> c.relowner
  UNION ALL
  SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'aiconsent'::regnamespace AND c.relowner <> 10
  UNION ALL
  SELECT p.proname FROM pg_proc p
    WHERE p.pronamespace = 'aiconsent'::regnamespace AND p.proowner <> 10 $$,
  'the schema, its tables, sequences and views are the owner''s alone');
SELECT is_empty($$SELECT name, context FROM pg_settings WHERE name LIKE 'aiconsent%'
    AND context NOT IN ('internal', 'postmaster', 'sighup', 'superuser-backend', 'superuser')$$,
  '16: no setting of ours can be set by an ordinary role');

DO $$
BEGIN
  PERFORM set_config('role', 'ng_owner', true);
  PERFORM aiconsent.register_subject('net.member', birth => 'birth', notified_at => 'notified_at');
  PERFORM aiconsent.register_source('net.post', '{author_id}', 'at');
  PERFORM aiconsent.register_field('net.post', 'body', 'personal{content.post}');
  PERFORM set_config('role', 'ng_steward', true);
  PERFORM aiconsent.adopt_policy();
  -- A delay across the end of summer time, which differs between zones.
  PERFORM aiconsent.adopt_policy('other', effective_at => '2025-11-03',
    announced_at => '2025-09-18', notice_period => '1 month 10 days');
  PERFORM aiconsent.publish();
  PERFORM aiconsent.publish('other', schema => 'training_other');
  PERFORM aiconsent.grant_role('ng_trainer', 'reader');
  PERFORM aiconsent.grant_role('ng_other_trainer', 'reader', 'other');
  PERFORM aiconsent.grant_role('ng_app', 'writer');
END $$;
SELECT is(attempt('ng_trainer', 'SELECT count(*) FROM training.post'), '9', 'a steward needs no table to publish');

SELECT matches(attempt(r, command), '^42501: (permission denied|must be owner)', r || ' is refused: ' || command)
FROM unnest('{ng_mallory,ng_app,ng_steward,ng_trainer}'::name[]) r, (VALUES
  ('SELECT 1 FROM aiconsent.consent'),
  ('SELECT 1 FROM aiconsent.standing'),
  ('SELECT 1 FROM aiconsent.standing_int8'),
  ('SELECT 1 FROM aiconsent.registration'),
  ('SELECT 1 FROM aiconsent.change'),
  ('SELECT 1 FROM aiconsent.field'),
  ('SELECT 1 FROM aiconsent.subject_member_binding'),
  ('INSERT INTO aiconsent.consent (subject, purpose, decision, effective_at, recorded_by) VALUES (1, ''content_generation'', ''grant'', now(), ''x'')'),
  ('INSERT INTO aiconsent.standing_int8 VALUES (''-infinity'', ''infinity'', ''-infinity'', 1, true, false, 99)'),
  ('UPDATE aiconsent.standing_int8 SET explicit = true'),
  ('DELETE FROM aiconsent.head'),
  ('SELECT 1 FROM aiconsent.head'),
  ('SELECT 1 FROM aiconsent.head_history'),
  ('SELECT 1 FROM aiconsent.standing_history'),
  ('SELECT 1 FROM aiconsent.secret'),
  ('SELECT 1 FROM aiconsent.suppression'),
  ('SELECT 1 FROM aiconsent.erasure'),
  ('SELECT 1 FROM aiconsent.clearance'),
  ('TRUNCATE aiconsent.head_history'),
  ('DELETE FROM aiconsent.suppression'),
  ('UPDATE aiconsent.secret SET value = ''\x00'''),
  ('DELETE FROM aiconsent.erasure'),
  ('UPDATE aiconsent.registration SET kind = ''source'''),
  ('INSERT INTO aiconsent.grantee VALUES (''ng_mallory'', ''reader'', ''content_generation'')'),
  ('ALTER TABLE aiconsent.consent DISABLE TRIGGER ALL'),
  ('CREATE TABLE aiconsent.mine ()'),
  ('CREATE VIEW aiconsent.mine AS SELECT 1 AS one'),
  ('CREATE OR REPLACE VIEW aiconsent.subject_member_binding AS SELECT 1 AS key'),
  ('DROP VIEW aiconsent.subject_member_binding'),
  ('CREATE FUNCTION aiconsent.eligible(int) RETURNS boolean LANGUAGE sql AS ''SELECT true'''),
  ('ALTER EVENT TRIGGER aiconsent_label_changed DISABLE'),
  ('SELECT aiconsent.evidence_changed()'),
  ('SELECT aiconsent.refuse_edit()'),
  ('SELECT aiconsent.label_changed()'),
  ('SELECT aiconsent.binding_dropped()'),
  ('SELECT aiconsent.evidence_altered()'),
  ('SELECT aiconsent.declared_changed()'),
  ('SELECT aiconsent.granted(1)')) c(command);
SELECT matches(attempt(r, command), '^42501: (permission denied|must be owner)', r || ' is refused: ' || command)
FROM (VALUES
  ('ng_mallory', 'SELECT aiconsent.record_consent(1, ''content_generation'', ''grant'')'),
  ('ng_app', 'SELECT aiconsent.register_source(''net.post'')'),
  ('ng_app', 'SELECT aiconsent.register_subject(''net.member'')'),
  ('ng_app', 'SELECT aiconsent.register_education(''net.education'')'),
  ('ng_mallory', 'SELECT aiconsent.verdict_of(1)'),
  ('ng_mallory', 'SELECT aiconsent.adopt_policy()'),
  ('ng_mallory', 'SELECT aiconsent.publish()'),
  ('ng_mallory', 'SELECT aiconsent.eligible(1)'),
  ('ng_steward', 'SELECT aiconsent.eligible(1)'),
  ('ng_trainer', 'SELECT aiconsent.eligible(1)'),
  ('ng_mallory', 'SELECT aiconsent.grant_role(''ng_mallory'', ''reader'')'),
  ('ng_mallory', 'SELECT aiconsent.revoke_role(''ng_trainer'', ''reader'')'),
  ('ng_mallory', 'SELECT aiconsent.rebuild_standing()'),
  ('ng_mallory', 'SELECT aiconsent.record_consents(''{1}''::bigint[], ''content_generation'', ''grant'')'),
  ('ng_mallory', 'SELECT aiconsent.retract(''{1}'', ''so'')'),
  ('ng_mallory', 'SELECT aiconsent.erase_subject(1, ''so'')'),
  ('ng_mallory', 'SELECT aiconsent.suppress(''1'', ''key'')'),
  ('ng_mallory', 'SELECT aiconsent.retract_suppression(1, ''so'')'),
  ('ng_mallory', 'SELECT aiconsent.import_consent(''net.post'', ''body'', ''at'')'),
  ('ng_mallory', 'SELECT aiconsent.timeline(1)'),
  ('ng_mallory', 'SELECT aiconsent.explain(1)'),
  ('ng_mallory', 'SELECT aiconsent.register_notice(''net.post'')'),
  ('ng_mallory', 'SELECT aiconsent.register_preference(''net.post'', allows => ''body'')'),
  ('ng_mallory', 'SELECT aiconsent.unregister_subject(''net.member'')'),
  ('ng_mallory', 'SELECT aiconsent.unregister_education(''net.education'')'),
  ('ng_mallory', 'SELECT aiconsent.unregister_notice(''net.post'')'),
  ('ng_mallory', 'SELECT aiconsent.unregister_preference(''net.post'')'),
  ('ng_mallory', 'SELECT aiconsent.unregister_source(''net.post'')'),
  ('ng_app', 'SELECT aiconsent.retract(''{1}'', ''so'')'),
  ('ng_app', 'SELECT aiconsent.erase_subject(1, ''so'')'),
  ('ng_app', 'SELECT aiconsent.suppress(''1'', ''key'')'),
  ('ng_mallory', 'CREATE TRIGGER t AFTER INSERT ON net.post EXECUTE FUNCTION aiconsent.evidence_changed()'),
  ('ng_mallory', 'SELECT * FROM training.post'),
  ('ng_steward', 'SELECT * FROM training.post'),
  ('ng_steward', 'SELECT aiconsent.record_consent(1, ''content_generation'', ''grant'')'),
  ('ng_steward', 'SELECT aiconsent.verdict_of(1)'),
  ('ng_app', 'SELECT aiconsent.publish()'),
  ('ng_other_trainer', 'SELECT * FROM training.post'),
  ('ng_other_trainer', 'SELECT * FROM training.corpus')) c(r, command);
SELECT is(attempt('none', command), '55000: table "' || t || '" is append-only', 'even a superuser is refused: ' || command)
FROM unnest('{consent,policy,clearance,suppression,change}'::text[]) t,
  LATERAL (VALUES (format('UPDATE aiconsent.%I SET id = DEFAULT', t)),
    (format('DELETE FROM aiconsent.%I', t)), (format('TRUNCATE aiconsent.%I', t))) c(command);

-- ---------------------------------------------------------------------------
-- 13. Only what one owns, and only what is a table of a user's.
-- ---------------------------------------------------------------------------
SELECT matches(attempt('ng_mallory', command), '^42501: ', '13: refused: ' || command)
FROM (VALUES ('SELECT aiconsent.register_subject(''net.member'')'),
  ('SELECT aiconsent.register_education(''net.education'', ''member_id'', ''level'')'),
  ('SELECT aiconsent.register_source(''net.post'', ''{author_id}'', ''at'')'),
  ('SELECT aiconsent.register_source(''pg_class'')'),
  ('SELECT aiconsent.register_source(''pg_authid'')'),
  ('SELECT aiconsent.register_source(''aiconsent.consent'')'),
  ('SELECT aiconsent.register_source(''net.post_pkey'')'),
  ('SELECT aiconsent.register_source(''training.corpus'')'),
  ('SELECT aiconsent.register_field(''net.post'', ''body'', ''public'')'),
  ('SELECT aiconsent.register_field(''net.post'', NULL, ''public'')'),
  ('SELECT aiconsent.register_field(''net.post'', ''body'', NULL)'),
  ('SELECT aiconsent.register_field(''pg_authid'', ''rolname'', ''public'')'),
  ('SELECT aiconsent.register_field(''training.post'', ''body'', ''public'')'),
  ('SECURITY LABEL FOR aiconsent ON COLUMN net.post.body IS ''public'''),
  ('SECURITY LABEL FOR aiconsent ON TABLE net.post IS ''public'''),
  ('SECURITY LABEL FOR aiconsent_published ON COLUMN net.post.body IS ''public'''),
  ('SECURITY LABEL FOR aiconsent_published ON VIEW training.post IS NULL')) c(command);

CREATE TABLE net.split (id int, who int, at date) PARTITION BY RANGE (id);
CREATE TABLE net.split_1 PARTITION OF net.split FOR VALUES FROM (0) TO (9);
CREATE TABLE net.family (id int PRIMARY KEY, who int, at date);
CREATE TABLE net.child () INHERITS (net.family);
CREATE UNLOGGED TABLE net.unlogged (id int PRIMARY KEY, who int, at date);
CREATE TEMP TABLE temporary (id int PRIMARY KEY, who int, at date);
CREATE VIEW net.view AS SELECT * FROM net.post;
CREATE MATERIALIZED VIEW net.materialized AS SELECT * FROM net.post;
CREATE SEQUENCE net.sequence;
CREATE TYPE net.composite AS (id int);
CREATE FOREIGN DATA WRAPPER ng_wrapper;
CREATE SERVER ng_server FOREIGN DATA WRAPPER ng_wrapper;
CREATE FOREIGN TABLE net.elsewhere (id int, who int, at date) SERVER ng_server;
SELECT reltoastrelid::regclass AS toast FROM pg_class WHERE oid = 'net.post'::regclass \gset
SELECT matches(attempt('none', format(command, relation)), '^42809: ', '13: refused by kind: ' || format(command, relation))
FROM unnest(ARRAY['pg_class', 'information_schema.sql_features', :'toast', 'net.split_1',
    'net.unlogged', 'pg_temp.temporary', 'net.view', 'net.materialized', 'net.sequence',
    'net.composite', 'net.elsewhere', 'net.post_pkey', 'aiconsent.consent',
    'aiconsent.standing', 'aiconsent.consent_id_seq', 'aiconsent.subject_member_binding',
    'training.post', 'training.corpus']) relation,
  unnest('{"SELECT aiconsent.register_subject(%L)",
    "SELECT aiconsent.register_education(%L)", "SELECT aiconsent.register_source(%L)"}'::text[]) command
WHERE NOT (relation IN ('net.view', 'net.elsewhere') AND command ~ 'source')
UNION ALL
SELECT matches(attempt('none', format(command, relation)), '^42809: ', '13: refused as evidence: ' || format(command, relation))
FROM unnest('{net.family,net.child}'::text[]) relation,
  unnest('{"SELECT aiconsent.register_subject(%L)", "SELECT aiconsent.register_education(%L)"}'::text[]) command
UNION ALL
SELECT matches(attempt('none', format('SELECT aiconsent.register_field(%L, NULL, ''public'')', relation)),
  '^42809: ', '13: no label for: ' || relation)
FROM unnest(ARRAY['pg_class', 'pg_temp.temporary', 'net.sequence', 'net.composite',
  'net.post_pkey', 'aiconsent.consent', 'aiconsent.consent_id_seq', :'toast']) relation;
SELECT matches(attempt('none', format('SELECT aiconsent.%s(%s)', f, r)), code,
  format('13: %s of %s', f, r))
FROM unnest('{register_subject,register_education,register_source}'::text[]) f,
  (VALUES ('NULL', '^22004'), ('0', '^42P01'), ('4294967295', '^42P01')) x(r, code);

-- ---------------------------------------------------------------------------
-- 11. Shadows: everything that our SQL could name, in schemas that come first.
-- ---------------------------------------------------------------------------
CREATE FUNCTION shadow(target text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE o record; n int := 0; body text;
BEGIN
  body := $b$BEGIN RAISE EXCEPTION 'trapped as %', current_user; END$b$;
  FOR o IN
    SELECT p.oprname, p.oprleft::regtype AS l, p.oprright::regtype AS r, p.oprresult::regtype AS t
    FROM pg_operator p WHERE p.oprnamespace = 'pg_catalog'::regnamespace AND p.oprkind = 'b'
      AND p.oprleft = ANY ('{text,int2,int4,int8,uuid,timestamptz,timestamp,date,name,bool,oid,interval,jsonb,record,anyarray,daterange,regclass}'::regtype[])
      AND p.oprright = ANY ('{text,int2,int4,int8,uuid,timestamptz,timestamp,date,name,bool,oid,interval,jsonb,record,anyarray,daterange,regclass}'::regtype[])
      AND p.oprname IN ('=', '<>', '<', '<=', '>', '>=', '+', '-', '||', '~', '@>', '<@', '*', '&&')
      AND NOT 'record'::regtype IN (p.oprleft, p.oprright)
  LOOP
    n := n + 1;
    EXECUTE format('CREATE FUNCTION %s.trap_%s(l %s, r %s) RETURNS %s LANGUAGE plpgsql AS %L',
      target, n, o.l, o.r, o.t, body);
    EXECUTE format('CREATE OPERATOR %s.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %s.trap_%s)',
      target, o.oprname, o.l, o.r, target, n);
  END LOOP;
  FOR o IN
    SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS args, pg_get_function_result(p.oid) AS result
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
      AND p.provariadic = 0 AND p.proname IN ('clock_timestamp', 'now', 'statement_timestamp',
        'transaction_timestamp', 'unnest', 'quote_ident', 'quote_literal', 'quote_nullable',
        'substring', 'isfinite', 'timezone', 'to_jsonb', 'pg_get_userbyid', 'texteq',
        'int8eq', 'int4eq', 'timestamptz_ge', 'int4', 'int8', 'text', 'length', 'lower',
        'array_length', 'pg_current_xact_id', 'current_setting', 'has_table_privilege')
  LOOP
    EXECUTE format('CREATE FUNCTION %s.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
      target, o.proname, o.args, o.result, body);
    n := n + 1;
  END LOOP;
  FOR o IN SELECT format('CREATE FUNCTION %s.%s LANGUAGE plpgsql AS %L', target, f, body) AS c
    FROM unnest('{"eligible(int, text, timestamptz) RETURNS boolean",
      "eligible(int, text) RETURNS boolean", "granted(int, text, timestamptz) RETURNS boolean",
      "decide() RETURNS int", "count(int) RETURNS bigint", "max(timestamptz) RETURNS timestamptz",
      "format(text, text) RETURNS text", "aclexplode(aclitem[]) RETURNS int"}'::text[]) f LOOP
    EXECUTE o.c;
    n := n + 1;
  END LOOP;
  FOR o IN SELECT t FROM unnest('{text,timestamptz,int8,int2,uuid,name,regclass,interval,timestamp,jsonb,bool}'::text[]) t LOOP
    EXECUTE format('CREATE DOMAIN %s.%I AS pg_catalog.%s CHECK (%s.trap_1(NULL, NULL) IS NULL)',
      target, o.t, o.t, target);
    n := n + 1;
  END LOOP;
  FOR o IN SELECT relname FROM pg_class WHERE relkind = 'r'
    AND (relnamespace = 'aiconsent'::regnamespace
      OR relnamespace = 'pg_catalog'::regnamespace AND relname IN ('pg_class', 'pg_proc',
        'pg_namespace', 'pg_seclabel', 'pg_roles', 'pg_depend', 'pg_type', 'pg_attribute')) LOOP
    EXECUTE format('CREATE TABLE %s.%I (id pg_catalog.int4 DEFAULT %s.trap_1(NULL, NULL)::pg_catalog.text::pg_catalog.int4)',
      target, o.relname, target);
    n := n + 1;
  END LOOP;
  RETURN n;
END $$;
CREATE TABLE deed (n serial, who name, command text, said text);
INSERT INTO deed (who, command, said) VALUES
  ('ng_owner', $$SELECT aiconsent.register_education('net.education', 'member_id', 'level', NULL, 'starts', 'ends')$$, ''),
  ('ng_app', $$INSERT INTO net.education VALUES (1, 'lycée', '2025-01-01', NULL), (2, 'BSc', NULL, NULL)$$, 'ok'),
  ('ng_app', $$UPDATE net.member SET birth = '2015-01-01' WHERE id OPERATOR(pg_catalog.=) 3$$, 'ok'),
  ('ng_app', $$INSERT INTO net.member VALUES (10, '1980-01-01', '2025-10-01'), (11, '1980-01-01', NULL)$$, 'ok'),
  ('ng_app', $$SELECT aiconsent.record_consent(4, 'content_generation', 'object', '2025-11-05', 'web', 'v1', '{}', 'by letter') IS NOT NULL$$, 'true'),
  ('ng_app', $$SELECT aiconsent.record_consent(5, 'content_generation', 'object') IS NOT NULL$$, 'true'),
  ('ng_app', $$SELECT aiconsent.verdict_of(4)::pg_catalog.text$$, 'opted_out'),
  ('ng_app', $$SELECT aiconsent.verdict_of(4, 'content_generation', '2025-11-04', pg_catalog.clock_timestamp())::pg_catalog.text$$, 'eligible'),
  ('ng_owner', $$SELECT aiconsent.register_field('net.post', 'id', 'public', 'a reason')$$, ''),
  ('ng_owner', $$SECURITY LABEL FOR aiconsent ON COLUMN net.post.id IS 'public -- a reason'$$, 'ok'),
  ('ng_steward', $$SELECT pg_catalog.count(*) FROM aiconsent.publish()$$, '2'),
  ('ng_steward', $$SELECT pg_catalog.count(*) FROM aiconsent.publish('other')$$, '2'),
  ('ng_steward', $$SELECT aiconsent.grant_role('ng_trainer', 'reader')$$, ''),
  ('ng_steward', $$SELECT aiconsent.rebuild_standing()$$, ''),
  ('ng_steward', $$SELECT aiconsent.adopt_policy(data_from => '2025-01-01', effective_at => '2025-11-03') IS NOT NULL$$, 'true'),
  ('ng_trainer', $$SELECT pg_catalog.string_agg(body, ',') FROM training.post$$, 'post 2,post 6,post 7,post 8,post 9'),
  ('ng_trainer', $$SELECT pg_catalog.count(content) FROM training.corpus$$, '5'),
  ('ng_owner', $$SELECT aiconsent.register_field('net.post', 'body', 'never{salary}')$$, ''),
  ('ng_trainer', $$SELECT pg_catalog.count(body) FROM training.post$$, '0'),
  ('ng_owner', $$SELECT aiconsent.register_field('net.post', 'body', 'personal{content.post}')$$, ''),
  ('ng_app', $$DELETE FROM net.education$$, 'ok'),
  ('ng_app', $$DELETE FROM net.member WHERE id OPERATOR(pg_catalog.>) 9$$, 'ok'),
  ('ng_app', $$UPDATE net.member SET birth = '1980-01-01'$$, 'ok'),
  ('ng_owner', $$TRUNCATE net.education$$, 'ok'),
  ('none', $$DROP VIEW aiconsent.education_education_binding$$, 'ok');
-- All of them beside the shadows, and then undone: one line for each that was
-- not as it should be.
CREATE FUNCTION beside_shadows(target text, path text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE d record; got text; lines text[] := '{}';
BEGIN
  BEGIN
    IF attempt('ng_mallory', pg_catalog.format('SELECT shadow(%L)', target)) !~ '^[0-9]{3}$' THEN
      lines := lines || ARRAY['there are no shadows'];
    END IF;
    IF attempt('ng_mallory', 'SELECT 1::text', ARRAY[path]) !~ 'trapped as ng_mallory' THEN
      lines := lines || ARRAY['the shadows are not seen by who asks for them'];
    END IF;
    FOR d IN SELECT * FROM deed ORDER BY n LOOP
      got := attempt(d.who, d.command, ARRAY[path]);
      IF got <> d.said THEN
        lines := lines || ARRAY[pg_catalog.format('%s: %s: %s', d.who, d.command, got)];
      END IF;
    END LOOP;
    RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
  EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
    NULL;
  END;
  RETURN QUERY SELECT pg_catalog.unnest(lines);
END $$;
SELECT is_empty($$SELECT beside_shadows('lair', 'search_path=lair, pg_temp, pg_catalog, public')$$,
  '11: operators, functions, types and tables in a schema that comes first have no effect');
SELECT is_empty($$SELECT beside_shadows('pg_temp', 'search_path=pg_temp, pg_catalog, public')$$,
  '11: nor have those among the temporary objects');

-- ---------------------------------------------------------------------------
-- 16. What the caller sets changes no verdict.
-- ---------------------------------------------------------------------------
-- Born in every month around the day that makes an adult now, as every type.
CREATE FUNCTION digest() RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(md5(string_agg(concat_ws(' ', subject, purpose, extract(epoch FROM since),
    extract(epoch FROM until), verdict::text, explicit, extract(epoch FROM content_from)), ','
    ORDER BY subject, purpose, since)), 'nobody') FROM aiconsent.standing $$;
CREATE TABLE net.person (id int PRIMARY KEY, birth text, notified_at timestamptz);
CREATE TABLE net.person_school (person int, level text, starts timestamptz, ends date);
CREATE TABLE net.note (id int PRIMARY KEY, person int, body text, day date);
CREATE TABLE net.memo (id int PRIMARY KEY, person int, body text, at timestamp);
ALTER TABLE net.person OWNER TO ng_owner;
ALTER TABLE net.person_school OWNER TO ng_owner;
ALTER TABLE net.note OWNER TO ng_owner;
ALTER TABLE net.memo OWNER TO ng_owner;
GRANT ALL ON ALL TABLES IN SCHEMA net TO ng_app;
ALTER TABLE net.person ENABLE ROW LEVEL SECURITY;
ALTER TABLE net.person FORCE ROW LEVEL SECURITY;
ALTER TABLE net.person_school ENABLE ROW LEVEL SECURITY;
ALTER TABLE net.person_school FORCE ROW LEVEL SECURITY;
CREATE POLICY all_but_minors ON net.person USING (birth < '2000') WITH CHECK (true);
CREATE POLICY none ON net.person_school USING (false) WITH CHECK (true);
DROP VIEW aiconsent.subject_member_binding;
SELECT attempt('ng_owner', 'SELECT aiconsent.register_subject(''net.person'', birth => ''birth'', notified_at => ''notified_at'')') AS a,
  attempt('ng_owner', 'SELECT aiconsent.register_education(''net.person_school'', ''person'', ''level'', NULL, ''starts'', ''ends'')') AS b,
  attempt('ng_owner', 'SELECT aiconsent.register_source(''net.note'', ''{person}'', ''day'')') AS c,
  attempt('ng_owner', 'SELECT aiconsent.register_source(''net.memo'', ''{person}'', ''at'')') AS d,
  attempt('ng_owner', 'SELECT aiconsent.register_field(''net.note'', ''body'', ''personal{content}'')') AS e,
  attempt('ng_owner', 'SELECT aiconsent.register_field(''net.memo'', ''body'', ''personal{content}'')') AS f,
  attempt('ng_steward', 'SELECT count(*) FROM aiconsent.publish()') AS g \gset
\set fill 'INSERT INTO net.person SELECT g, CASE g % 4 WHEN 0 THEN to_char(d, $$YYYY-MM-DD$$) WHEN 1 THEN to_char(d, $$YYYY-MM$$) WHEN 2 THEN to_char(d, $$YYYY$$) ELSE $$01/02/2003$$ END, $$2025-09-30 23:30+00$$ FROM pg_catalog.generate_series(1, 40) g, LATERAL (SELECT $$2007-11-01$$::date + g AS d) x; INSERT INTO net.person_school SELECT g, $$lycée$$, $$2020-09-01 00:30+00$$, $$2026-01-01$$::date + g FROM generate_series(1, 40, 3) g'
:fill;
INSERT INTO net.note SELECT g, 41, 'note ' || g, '2017-12-31'::date + g FROM generate_series(1, 10) g;
INSERT INTO net.memo SELECT g, 41, 'memo ' || g, '2018-01-02'::timestamp + g * interval '1 hour' FROM generate_series(-40, 40) g;
INSERT INTO net.person VALUES (41, '2000-01-02', '2025-10-01 00:00+00');
SELECT digest() AS verdicts, attempt('ng_trainer', 'SELECT md5(string_agg(body, '','' ORDER BY body)) FROM (SELECT body FROM training.note UNION ALL SELECT body FROM training.memo) x') AS rows \gset
SELECT isnt(attempt('none', 'SELECT count(DISTINCT verdict) > 2 AND count(*) > 100 FROM aiconsent.standing'), 'f', '16: there are verdicts to change');
SELECT isnt(:'rows'::text, 'null', '16: and rows to see');
CREATE FUNCTION turned(settings text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE s text; said text;
BEGIN
  BEGIN
    PERFORM attempt('none', 'DELETE FROM net.person_school');
    FOREACH s IN ARRAY ARRAY['DELETE FROM net.person', 'DELETE FROM net.person_school'] LOOP
      EXECUTE s;
    END LOOP;
    said := attempt('ng_app', 'DO $b$ BEGIN ' || current_setting('ng.fill') || '; INSERT INTO net.person VALUES (41, ''2000-01-02'', ''2025-10-01 00:00+00''); END $b$', settings);
    said := said || ' ' || digest();
    said := said || ' ' || attempt('ng_steward', 'SELECT aiconsent.rebuild_standing()', settings);
    said := said || digest();
    said := said || ' ' || attempt('ng_trainer', 'SELECT md5(string_agg(body, '','' ORDER BY body)) FROM (SELECT body FROM training.note UNION ALL SELECT body FROM training.memo) x', settings);
    RAISE EXCEPTION USING ERRCODE = 'UNDO0', MESSAGE = said;
  EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
    RETURN SQLERRM;
  END;
END $$;
SELECT set_config('ng.fill', replace(:'fill', '$$', ''''), false) AS set \gset
SELECT is(turned(settings), format('ok %s %1$s %2$s', :'verdicts', :'rows'),
  '16: nothing turns by ' || array_to_string(settings, ', '))
FROM (VALUES ('{}'::text[]), ('{TimeZone=Pacific/Kiritimati}'), ('{TimeZone=Etc/GMT+12}'),
  ('{TimeZone=America/New_York}'), ('{TimeZone=Asia/Kathmandu}'), ('{"DateStyle=German, DMY"}'), ('{"DateStyle=SQL, MDY"}'),
  ('{"DateStyle=Postgres, DMY"}'), ('{"DateStyle=ISO, YMD"}'), ('{IntervalStyle=sql_standard}'),
  ('{IntervalStyle=iso_8601}'), ('{IntervalStyle=postgres_verbose}'),
  ('{"search_path="}'), ('{"search_path=lair"}'), ('{standard_conforming_strings=off,backslash_quote=on}'),
  ('{quote_all_identifiers=on}'), ('{transform_null_equals=on}'), ('{array_nulls=off}'),
  ('{extra_float_digits=-15}'), ('{bytea_output=escape}'), ('{timezone_abbreviations=India}'),
  ('{lc_time=C,lc_monetary=C,lc_numeric=C}'), ('{xmloption=document}'),
  ('{constraint_exclusion=on}'), ('{enable_indexscan=off,enable_bitmapscan=off,enable_seqscan=off}'),
  ('{plan_cache_mode=force_generic_plan}'), ('{work_mem=64kB}'), ('{check_function_bodies=off}'),
  ('{default_transaction_isolation=serializable}'), ('{synchronous_commit=off}'),
  ('{client_encoding=LATIN1}'), ('{escape_string_warning=off}')) s(settings);
SELECT matches(attempt('ng_app', 'SELECT set_config(''' || replace(s, '=', ''', ''') || ''', true)'),
  '^42501', '16: an ordinary role cannot set ' || s)
FROM unnest('{session_replication_role=replica,lo_compat_privileges=on,allow_system_table_mods=on,session_preload_libraries=x,log_statement=all,log_min_messages=debug5,zero_damaged_pages=on}'::text[]) s;
-- row_security off cannot widen what the application itself may do, but neither
-- does it hide evidence from us: as the tables' owner we see it all.
SELECT is(attempt('ng_steward', 'SELECT aiconsent.rebuild_standing()', '{row_security=off}') || digest(),
  :'verdicts', '16: nothing turns by row_security');
DROP VIEW aiconsent.source_note_binding, aiconsent.source_memo_binding,
  aiconsent.education_person_school_binding, aiconsent.subject_person_binding;
DROP VIEW training.note, training.memo CASCADE;

-- ---------------------------------------------------------------------------
-- 17. Injection: refused or inert.
-- ---------------------------------------------------------------------------
SELECT attempt('ng_owner', 'SELECT aiconsent.register_subject(''net.member'', birth => ''birth'', notified_at => ''notified_at'')') AS a,
  attempt('none', 'DELETE FROM net.member WHERE id > 9') AS b \gset
SELECT matches(attempt('ng_owner', format('SECURITY LABEL FOR aiconsent ON COLUMN net.post.id IS %L', label)),
  '^(22P02|22023|54000): ', '17: no label: ' || left(label, 60))
FROM (VALUES (''), (' '), ('x'), ('public; DROP TABLE canary'), ('personal'), ('sensitive{}'),
  ('personal{content''); DROP TABLE canary; --}'), ('personal{"content"}'), ('personal{a;b}'),
  ('personal{content} , never{salary}'), ('personal{CONTENT}'), ('personal{content.}'),
  ('personal{.content}'), ('personal{content..post}'), ('personal{content}--no blank'),
  ('personal{$1}'), ('personal{content\}'), (E'personal{con\ttent}'), (E'per\u00adsonal{content}'),
  ('ｐublic'), (E'personal{cont\u200bent}'), ('public{' || repeat('x', 64) || '}'),
  (repeat('x', 70000)), (' -- public'), ('-- public')) l(label);
SELECT is(attempt('ng_owner', format('SELECT aiconsent.register_field(''net.post'', ''id'', ''public'', %L)', reason), settings), '',
  '17: a reason is kept: ' || quote_nullable(replace(reason, E'\n', '<nl>')))
FROM (VALUES ('''); DROP TABLE canary; --'), ('\'' || (SELECT 1)'), ('$$; DROP TABLE canary; $$'),
  (E'new\nline -- and -- more'), ('%s %n %1$s'), ('personal{content.post}')) r(reason),
  (VALUES ('{}'::text[]), ('{standard_conforming_strings=off}'), ('{quote_all_identifiers=on}')) s(settings);
SELECT is((SELECT count(*) FROM aiconsent.change WHERE what = 'label' AND object = 'net.post.id'
    AND after ~ 'DROP TABLE canary'), 2::bigint, '17: and written down as it is');
SELECT results_eq('SELECT sensitivity::text, reason COLLATE "default" FROM aiconsent.field WHERE relation = ''net.post''::regclass AND field = ''id''',
  $$SELECT 'public'::text, 'personal{content.post}'::text$$, '17: what a reason says is not what the label says');

-- Names.
CREATE SCHEMA "ng '""; DROP TABLE canary; -- \";
CREATE TABLE "ng '""; DROP TABLE canary; -- \"."t'""; DROP TABLE canary; $$ \" (
  "k'"")); DROP TABLE canary; -- \" int PRIMARY KEY, "who'""\ %s $1" int,
  "b'""; DELETE FROM canary; --" text, "at'""$$" timestamptz);
INSERT INTO "ng '""; DROP TABLE canary; -- \"."t'""; DROP TABLE canary; $$ \" VALUES (1, 6, 'odd', '2025-06-01'), (2, 4, 'even', '2025-06-01');
ALTER TABLE "ng '""; DROP TABLE canary; -- \"."t'""; DROP TABLE canary; $$ \" OWNER TO ng_owner;
GRANT USAGE ON SCHEMA "ng '""; DROP TABLE canary; -- \" TO ng_owner;
SELECT c.oid AS odd FROM pg_class c WHERE c.relname LIKE 't''"%' AND c.relkind = 'r' \gset
SELECT is(attempt('ng_owner', format('SELECT aiconsent.register_source(%s, ARRAY[%L], %L)',
    :odd, 'who''"\ %s $1', 'at''"$$')), '', '17: a table with such names is registered');
SELECT is(attempt('ng_owner', format('SELECT aiconsent.register_field(%s, %L, ''personal{content}'')',
    :odd, 'b''"; DELETE FROM canary; --')), '', '17: and labelled');
SELECT aiconsent.record_consent(4, 'content_generation', 'object') AS event \gset
SELECT is(attempt('ng_steward', 'SELECT count(*) FROM aiconsent.publish()',
    ARRAY[s]), '3', '17: and published, with ' || s)
FROM unnest('{standard_conforming_strings=on,standard_conforming_strings=off,quote_all_identifiers=on}'::text[]) s;
SELECT is(attempt('ng_trainer', 'SELECT string_agg(content, '','') FROM training.corpus WHERE source ~ ''DROP'''),
  'odd', '17: and gives what it should');
SELECT is(attempt('ng_owner', format('SELECT aiconsent.register_field(%s, %L, ''never{salary}'')',
    :odd, 'b''"; DELETE FROM canary; --'), '{standard_conforming_strings=off,backslash_quote=on}') || attempt('ng_trainer', 'SELECT count(content) FROM training.corpus WHERE source ~ ''DROP'''),
  '0', '17: and is withdrawn');
SELECT is(attempt('ng_steward', format('SELECT aiconsent.grant_role(%L::regrole, ''reader'')', quote_ident(r))), '',
  '17: a role with such a name is granted') FROM pg_roles, LATERAL (SELECT rolname AS r) x WHERE rolname LIKE 'ng_''%';
SELECT is((SELECT has_table_privilege(rolname, 'training.corpus', 'SELECT') FROM pg_roles WHERE rolname LIKE 'ng_''%'), true,
  '17: and may read');
SELECT is(attempt('ng_steward', format('SELECT aiconsent.adopt_policy(%L, effective_at => ''2025-11-03'')', n)),
  '42602: invalid name of a purpose: "' || left(n, 63) || '"', '17: no purpose: ' || left(n, 63))
FROM (VALUES (''), ('x'';'), ('Content'), ('a b'), ('a.b'), ('a"'), ('$1'), ('é'), (repeat('x', 64)), ('_x'), ('1x')) x(n);
SELECT is(attempt('ng_steward', format('SELECT count(*) FROM aiconsent.publish(''third'', schema => %L)', 's''"; DROP TABLE canary; -- \')),
  said, '17: a schema with such a name') FROM (SELECT attempt('ng_steward', 'SELECT aiconsent.adopt_policy(''third'', effective_at => ''2025-11-03'', announced_at => ''2025-09-18'') IS NULL') AS a, '2' AS said) x
WHERE a = 'false';
-- What is said.
SELECT is(attempt('ng_app', format('SELECT aiconsent.record_consent(7, ''content_generation'', ''grant'', NULL, %L, %1$L, %L) IS NOT NULL',
  '''); DROP TABLE canary; -- \ $$', '{"a": "''); DROP TABLE canary; --", "$1": ["\\", "$$"]}')), 'true', '17: evidence with such text is recorded');
SELECT is((SELECT channel || notice_version || evidence FROM aiconsent.consent ORDER BY id DESC LIMIT 1),
  '''); DROP TABLE canary; -- \ $$''); DROP TABLE canary; -- \ $${"a": "''); DROP TABLE canary; --", "$1": ["\\", "$$"]}',
  '17: as it is');
SELECT matches(attempt('ng_app', format('SELECT aiconsent.record_consent(7, %L, %L)', p, d)), '^(42704|22023): ', '17: refused: ' || p || ' ' || d)
FROM (VALUES ('content_generation'' OR ''1''=''1', 'object'), ('content_generation', 'object'' OR TRUE --'),
  ('content_generation', 'OBJECT'), ('content_generation', ''), ('', 'object'), ('content_generation ', 'object')) x(p, d);
SELECT is((SELECT alive FROM canary), 'yes', '17: the canary is alive');

-- ---------------------------------------------------------------------------
-- A table of evidence can have code in it, which the server runs when the table
-- is planned: an index on an expression with constants only.  It is its
-- owner's, and must stay that.
-- ---------------------------------------------------------------------------
SELECT is((SELECT array_agg(attempt('ng_mallory', c) ORDER BY n) FROM (VALUES
  (1, 'CREATE TABLE lair.school (member int, level text)'),
  (2, 'CREATE TABLE lair.log (who text, how text)'),
  (3, 'CREATE TABLE lair.bait (x int)'),
  (4, 'CREATE FUNCTION lair.log(how text) RETURNS void LANGUAGE sql SET search_path = pg_catalog AS $b$ INSERT INTO lair.log VALUES (current_user, how) $b$'),
  (5, 'CREATE FUNCTION lair.later() RETURNS trigger LANGUAGE plpgsql AS $b$ BEGIN PERFORM lair.log(''a deferred trigger''); RETURN NULL; END $b$'),
  (6, 'CREATE CONSTRAINT TRIGGER later AFTER INSERT ON lair.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lair.later()'),
  (7, 'CREATE FUNCTION lair.volatile(how text) RETURNS int LANGUAGE plpgsql AS $b$ BEGIN PERFORM lair.log(''planned''); IF how = ''defer'' THEN INSERT INTO lair.bait VALUES (1); ELSIF how = ''path'' THEN PERFORM set_config(''search_path'', ''lair, pg_catalog'', false); ELSIF how = ''zone'' THEN PERFORM set_config(''TimeZone'', ''Etc/GMT+12'', false); ELSIF how = ''role'' THEN EXECUTE ''RESET ROLE''; ELSIF how = ''fail'' THEN RAISE EXCEPTION ''because''; END IF; RETURN 1; END $b$'),
  (8, 'CREATE FUNCTION lair.planned(how text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $b$ BEGIN IF current_setting(''ng.armed'', true) = ''yes'' THEN PERFORM lair.volatile(how); END IF; RETURN 1; END $b$'),
  (9, 'CREATE FUNCTION lair.equal(l text, r text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $b$ BEGIN PERFORM lair.log(''an operator''); RETURN l = r; END $b$'),
  (10, 'CREATE OPERATOR lair.= (LEFTARG = text, RIGHTARG = text, FUNCTION = lair.equal)'),
  (11, 'GRANT ALL ON ALL TABLES IN SCHEMA lair TO PUBLIC')) x(n, c)),
  array_fill('ok'::text, ARRAY[11]), 'code is laid out');
SELECT attempt('none', $$SELECT aiconsent.register_education('lair.school', 'member', 'level')$$) AS a \gset
-- The code runs once in a session for each time that the index is made.
CREATE PROCEDURE arm(how text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('ng.armed', 'no', false);
  DROP INDEX IF EXISTS lair.armed;
  EXECUTE format('CREATE INDEX armed ON lair.school ((lair.planned(%L)))', how);
  TRUNCATE lair.log;
  PERFORM set_config('ng.armed', 'yes', false);
END $$;
\set path_before `echo '"$user", public'`

-- Deferred until the commit, which is a superuser's.
CALL arm('defer');
SELECT attempt('ng_app', 'UPDATE net.member SET birth = birth - 1 WHERE id = 8') AS a \gset
SELECT is_empty($$SELECT DISTINCT who, how FROM lair.log WHERE who <> 'ng_mallory'$$,
  'a trigger that it leaves for the commit does not run as whoever commits');
CALL arm('path');
SELECT attempt('ng_app', 'UPDATE net.member SET birth = birth - 1 WHERE id = 8') AS b,
  current_setting('search_path') AS path \gset
RESET search_path;
SELECT is(:'path'::text, :'path_before', 'code in a table of evidence leaves no search_path behind');
SELECT is_empty($$SELECT DISTINCT who, how FROM lair.log WHERE who <> 'ng_mallory'$$,
  'what it leaves runs as nobody but its owner');
CALL arm('zone');
SELECT attempt('ng_app', 'UPDATE net.member SET birth = birth - 1 WHERE id = 8') AS b,
  current_setting('TimeZone') AS zone \gset
RESET TimeZone;
SELECT is(:'zone'::text, current_setting('TimeZone'), 'nor a time zone');
CALL arm('role');
SELECT attempt('ng_app', 'UPDATE net.member SET birth = birth - 1 WHERE id = 8') AS b \gset
SELECT is_empty($$SELECT DISTINCT who, how FROM lair.log WHERE who <> 'ng_mallory'$$,
  'nor can it set the role back');
CALL arm('fail');
SELECT is(attempt('ng_app', 'UPDATE net.member SET birth = birth - 1 WHERE id = 8'), 'ok',
  'nor make the statement fail');
-- A source's is read by the look for drift, too.
SELECT attempt('none', $$SELECT aiconsent.register_source('lair.school', '{member}', undated => true, reason => 'a test')$$) AS a,
  attempt('none', $$SELECT aiconsent.register_field('lair.school', 'level', 'personal{content}')$$) AS b \gset
CALL arm('path');
SELECT attempt('none', 'SELECT count(*) FROM aiconsent.field_looks()') AS a \gset
SELECT set_eq('SELECT DISTINCT who FROM lair.log', ARRAY['ng_mallory'], 'code in a source runs as its owner where drift is looked for');
CALL arm('fail');
SELECT is((SELECT string_agg(relation::text, ', ') FROM aiconsent.field_looks() WHERE field IS NULL), 'lair.school',
  'and keeps nobody from looking into the others');

-- ---------------------------------------------------------------------------
-- What else an owner of something, a steward or a reader could reach for.
-- ---------------------------------------------------------------------------
-- The last answer of commands that are then undone.
CREATE FUNCTION outcome(VARIADIC steps text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE s text; said text;
BEGIN
  BEGIN
    FOREACH s IN ARRAY steps LOOP
      said := attempt(split_part(s, ': ', 1), substr(s, strpos(s, ': ') + 2));
    END LOOP;
    RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
  EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
    NULL;
  END;
  RETURN said;
END $$;
SELECT attempt('none', 'DROP TABLE lair.school CASCADE') AS a,
  attempt('ng_steward', 'SELECT count(*) FROM aiconsent.publish()') AS b,
  attempt('none', 'SELECT string_agg(v::text, '', '') FROM aiconsent.publish() v') AS views \gset

SELECT is(outcome('ng_mallory: CREATE VIEW lair.decoy AS SELECT 1 AS one FROM net.post',
  'ng_mallory: SECURITY LABEL FOR aiconsent_published ON VIEW lair.decoy IS ''content_generation''',
  'ng_steward: SELECT string_agg(v::text, '', '') FROM aiconsent.publish() v'), :'views',
  'publish() makes its views where they belong, whatever else is marked');
SELECT matches(outcome('ng_mallory: CREATE VIEW lair.decoy AS SELECT 1 AS one FROM net.post',
  'ng_mallory: GRANT SELECT ON lair.decoy TO PUBLIC',
  'ng_mallory: SECURITY LABEL FOR aiconsent_published ON VIEW lair.decoy IS ''content_generation''',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_other_trainer: SELECT count(body) FROM lair.decoy'), '^42703',
  'a reader of one purpose reads nothing that is published for another');
SELECT is(outcome('ng_mallory: CREATE TABLE lair.ruled (x int)',
  'ng_mallory: CREATE RULE r AS ON INSERT TO lair.ruled DO ALSO SELECT 1 FROM net.post',
  'ng_mallory: SECURITY LABEL FOR aiconsent_published ON TABLE lair.ruled IS ''content_generation''',
  'ng_owner: SELECT aiconsent.register_field(''net.post'', ''body'', ''never{salary}'')',
  'ng_trainer: SELECT count(body) FROM training.post'), '0',
  'nobody keeps an owner from raising a label');
SELECT is(outcome('ng_mallory: CREATE MATERIALIZED VIEW lair.made AS SELECT body FROM net.post WITH NO DATA',
  'ng_mallory: SECURITY LABEL FOR aiconsent_published ON MATERIALIZED VIEW lair.made IS ''content_generation''',
  'ng_owner: SELECT aiconsent.register_field(''net.post'', ''body'', ''never{salary}'')',
  'ng_trainer: SELECT count(body) FROM training.post'), '0',
  'nor by a materialized view');
SELECT is(outcome('ng_mallory: CREATE TABLE lair.source (id int PRIMARY KEY, who int, body text, title text, at timestamptz)',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''title'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_steward: SELECT aiconsent.grant_role(''ng_mallory'', ''reader'')',
  'ng_mallory: CREATE TABLE lair.wide (c1 text, c2 int, c3 text)',
  'ng_mallory: CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO training.source DO INSTEAD SELECT w.c1 AS body, w.c3 AS title FROM net.post, lair.wide w',
  'ng_owner: SELECT aiconsent.register_field(''net.post'', ''body'', ''never{salary}'')',
  'ng_trainer: SELECT count(body) FROM training.post'), '0',
  'nor by a training view of the own source that is turned to another table');
-- Her part of the corpus, which is hers so that it reads with her rights.
SELECT is(outcome('ng_mallory: CREATE TABLE lair.source (id int PRIMARY KEY, who int, body text, at timestamptz)',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_mallory: ALTER VIEW aiconsent.content_generation_source_corpus SET (security_barrier)',
  command,
  'ng_owner: SELECT aiconsent.register_field(''net.post'', ''body'', ''never{salary}'')',
  'ng_trainer: SELECT count(content) FROM training.corpus WHERE source = ''net.post'''), '0',
  'nor by a part of the corpus: ' || command)
FROM unnest(ARRAY[
  $$ng_mallory: CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO aiconsent.content_generation_source_corpus DO INSTEAD SELECT ''::text AS source, NULL::text AS row_id, ''::text AS field, ''::text AS category, ''::text AS content, NULL::timestamptz AS occurred_at, 1 AS part, '{}'::text[] AS subject_refs FROM net.post$$,
  'ng_mallory: SELECT count(*) FROM training.source']) command;
SELECT matches(outcome('ng_mallory: CREATE TABLE lair.source (id int PRIMARY KEY, who int, body text, at timestamptz)',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_mallory: ' || command), '^42501: (only aiconsent alters|permission denied for schema aiconsent)', 'refused: ' || command)
FROM unnest(ARRAY['ALTER VIEW aiconsent.content_generation_source_corpus SET (security_invoker)',
  'ALTER VIEW aiconsent.content_generation_source_corpus SET SCHEMA lair', 'ALTER TABLE aiconsent.content_generation_source_corpus SET SCHEMA lair',
  'ALTER VIEW aiconsent.content_generation_source_corpus RENAME TO mine', 'ALTER TABLE aiconsent.content_generation_source_corpus RENAME COLUMN source TO mine',
  'ALTER VIEW aiconsent.content_generation_source_corpus ALTER COLUMN source SET DEFAULT 1',
  'CREATE RULE r AS ON INSERT TO aiconsent.content_generation_source_corpus DO INSTEAD NOTHING']) command;
SELECT is(outcome('none: CREATE SCHEMA lab', 'none: GRANT USAGE, CREATE ON SCHEMA lab TO ng_mallory',
  'ng_mallory: CREATE VIEW lab.corpus AS SELECT ''''::text AS source, ''''::text AS row_id, ''''::text AS field, ''''::text AS category, ''''::text AS content, now() AS occurred_at',
  'ng_mallory: SECURITY LABEL FOR aiconsent_published ON VIEW lab.corpus IS ''x''',
  'ng_steward: SELECT aiconsent.adopt_policy(''fourth'', effective_at => ''2025-11-03'', announced_at => ''2025-09-18'')',
  'ng_steward: SELECT aiconsent.grant_role(''ng_trainer'', ''reader'', ''fourth'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish(''fourth'', schema => ''lab'')',
  'none: SELECT count(*) FROM pg_class WHERE relname = ''corpus'' AND relowner = ''ng_mallory''::regrole AND has_table_privilege(''ng_trainer'', oid, ''SELECT'')'), '0',
  'a corpus that somebody made before is not taken for ours');

GRANT USAGE ON SCHEMA training TO ng_owner;
SELECT is(outcome('ng_owner: SECURITY LABEL FOR aiconsent_published ON VIEW training.post IS NULL',
  'ng_steward: SELECT aiconsent.adopt_policy(effective_at => ''2025-11-03'', clearance => ''public'')',
  'ng_trainer: SELECT count(body) FROM training.post'), '0',
  'what a steward narrows is withdrawn, whatever an owner says of the view');
SELECT is(outcome('ng_owner: SECURITY LABEL FOR aiconsent_published ON VIEW training.post IS NULL',
  'ng_steward: SELECT string_agg(v::text, '', '') FROM aiconsent.publish() v'), :'views',
  'and can be published again');
SELECT matches(outcome('none: SELECT aiconsent.register_field(''net.post'', ''body'', ''personal{content.post,profile}'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_owner: SELECT aiconsent.register_field(''net.post'', ''body'', ''personal{content.post}'')',
  'ng_owner: SECURITY LABEL FOR aiconsent_published ON COLUMN net.post.body IS NULL',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()'), '^55000: labels were lowered',
  'a label that is lowered is shown to the steward, whatever an owner says');
SELECT matches(outcome('none: SELECT aiconsent.register_field(''net.post'', ''body'', ''personal{content.post,profile}'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_owner: SELECT aiconsent.register_field(''net.post'', ''body'', ''personal{content.post}'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()'), '^55000: labels were lowered',
  'a label that is lowered is shown to the steward');
REVOKE USAGE ON SCHEMA training FROM ng_owner;

SELECT is(outcome('ng_steward: SELECT aiconsent.adopt_policy(''fourth'', effective_at => ''2025-11-03'')',
  format('ng_steward: SELECT count(*) FROM aiconsent.publish(''fourth'', schema => %L)', s)),
  said, 'a steward cannot publish in ' || s)
FROM (VALUES ('net', '55000: schema "net" belongs to role "ng_owner"'),
  ('lair', '55000: schema "lair" belongs to role "ng_mallory"'),
  ('public', '55000: schema "public" belongs to role "pg_database_owner"'),
  ('pg_catalog', '55000: schema "pg_catalog" is not for training views'),
  ('pg_toast', '55000: schema "pg_toast" is not for training views'),
  ('pg_mine', '42939: unacceptable schema name "pg_mine"'),
  ('training', '42710: another purpose is published in schema "training"')) x(s, said);
SELECT is(outcome('ng_steward: SELECT aiconsent.adopt_policy(''fourth'', effective_at => ''2025-11-03'', announced_at => ''2025-09-18'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish(''fourth'', schema => ''aiconsent'')',
  'ng_steward: SELECT aiconsent.grant_role(''ng_other_trainer'', ''reader'', ''fourth'')',
  'ng_other_trainer: SELECT aiconsent.eligible(1)'), '42501: permission denied for schema aiconsent',
  'a reader cannot ask who is eligible, wherever a steward publishes');
SELECT is(outcome('none: CREATE SCHEMA vault',
  'none: CREATE FUNCTION vault.open() RETURNS text LANGUAGE sql AS ''SELECT 1::text''',
  'ng_steward: SELECT aiconsent.adopt_policy(''fourth'', effective_at => ''2025-11-03'', announced_at => ''2025-09-18'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish(''fourth'', schema => ''vault'')',
  'ng_steward: SELECT aiconsent.grant_role(''ng_mallory'', ''reader'', ''fourth'')',
  'ng_mallory: SELECT vault.open()'), '42501: permission denied for schema vault',
  'a steward cannot open a superuser''s schema');
SELECT matches(outcome('ng_steward: SELECT aiconsent.adopt_policy(''fourth'', effective_at => ''2025-11-03'', announced_at => ''2025-09-18'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish(''fourth'', schema => ''information_schema'')'), '^(42|55)...: ',
  'nor publish in information_schema');

SELECT is(outcome('ng_mallory: CREATE TYPE lair.kind AS ENUM (''a'')',
  'ng_mallory: CREATE FUNCTION lair.cast(lair.kind) RETURNS text LANGUAGE plpgsql AS $b$ BEGIN INSERT INTO lair.log VALUES (current_user, ''a cast''); RETURN ''x''; END $b$',
  'ng_mallory: CREATE CAST (lair.kind AS text) WITH FUNCTION lair.cast(lair.kind)',
  'ng_mallory: CREATE TABLE lair.source (id lair.kind PRIMARY KEY, who int, body text, at timestamptz)',
  'ng_mallory: INSERT INTO lair.source VALUES (''a'', 6, ''bait'', ''2025-06-01'')',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''id'', ''public'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_trainer: SELECT count(row_id) FROM training.corpus',
  'ng_mallory: SELECT count(*) FROM lair.log WHERE who <> ''ng_mallory'''), '0',
  'no code of a source''s owner runs as the reader of the corpus');

SELECT matches(outcome('none: REVOKE ALL ON net.member FROM ng_app',
  'none: ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ng_app',
  'none: DROP VIEW aiconsent.subject_member_binding',
  'ng_owner: SELECT aiconsent.register_subject(''net.member'', birth => ''birth'', notified_at => ''notified_at'')',
  'ng_app: SELECT max(birth) FROM aiconsent.subject_member_binding'), '^42501: ',
  'whoever may read whatever the extension''s owner makes, reads no evidence by it');
SELECT is(outcome('none: ALTER ROLE ng_trainer RENAME TO ng_trainer_before',
  'none: CREATE ROLE ng_trainer', 'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_trainer: SELECT has_schema_privilege(''training'', ''USAGE'')'), 'false',
  'a role that takes the name of a reader does not become one');

SELECT is(outcome('ng_mallory: CREATE FUNCTION lair.check(v text) RETURNS boolean LANGUAGE plpgsql AS $b$ BEGIN INSERT INTO lair.log VALUES (current_user, ''a domain''); RETURN true; END $b$',
  'ng_mallory: CREATE DOMAIN lair.checked AS text CHECK (lair.check(VALUE))',
  'ng_mallory: CREATE TABLE lair.source (id int PRIMARY KEY, who int, body lair.checked, title text, at timestamptz)',
  'ng_mallory: INSERT INTO lair.source VALUES (1, 6, ''bait'', ''bait'', ''2025-06-01'')',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''title'', ''public'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', NULL)',
  'ng_trainer: SELECT count(content) FROM training.corpus',
  'ng_mallory: SELECT count(*) FROM lair.log WHERE who <> ''ng_mallory'''), '0',
  'nor by a column that is withdrawn');
SELECT is(outcome('ng_owner: CREATE DOMAIN net.words AS text NOT NULL',
  'ng_owner: CREATE TABLE net.remark (id int PRIMARY KEY, who int, body net.words, title text, at timestamptz)',
  'ng_owner: INSERT INTO net.remark VALUES (1, 6, ''body'', ''title'', ''2025-06-01'')',
  'ng_owner: SELECT aiconsent.register_source(''net.remark'', ''{who}'', ''at'')',
  'ng_owner: SELECT aiconsent.register_field(''net.remark'', ''title'', ''personal{content}'')',
  'ng_owner: SELECT aiconsent.register_field(''net.remark'', ''body'', ''personal{content}'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_owner: SELECT aiconsent.register_field(''net.remark'', ''body'', ''never{salary}'')',
  'ng_trainer: SELECT string_agg(content, '','') FROM training.corpus WHERE source = ''net.remark'''), 'title',
  'what a column of a strict domain leaves behind can be read');

-- A constant of a domain is checked when it is parsed, by its owner's code.
CREATE FUNCTION constants(VARIADIC steps text[]) RETURNS text LANGUAGE sql AS $$
  SELECT outcome(VARIADIC ARRAY['none: GRANT EXECUTE ON FUNCTION aiconsent.classify, aiconsent.register_preference TO ng_mallory',
  'none: GRANT EXECUTE ON FUNCTION aiconsent.treat TO ng_steward',
  'none: SELECT aiconsent.grant_role(''ng_mallory'', ''reader'')',
  'ng_mallory: CREATE FUNCTION lair.check(v int) RETURNS boolean LANGUAGE plpgsql AS $b$ BEGIN IF current_user <> ''ng_mallory'' THEN RAISE ''ran as %'', current_user; END IF; RETURN true; END $b$',
  'ng_mallory: CREATE DOMAIN lair.checked AS int CHECK (lair.check(VALUE))',
  'ng_mallory: CREATE TYPE lair.pair AS (n lair.checked)',
  'ng_mallory: CREATE TYPE lair.span AS RANGE (subtype = lair.checked)',
  'ng_mallory: CREATE FUNCTION lair.shorten(v text, a lair.checked[]) RETURNS text LANGUAGE sql IMMUTABLE RETURN v',
  'ng_mallory: CREATE FUNCTION lair.shortest(v anyelement, a anyelement) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS ''SELECT ''''x''''::text''',
  'ng_mallory: CREATE TABLE lair.source (id int PRIMARY KEY, who int, body text, title text, odd lair.checked[], at timestamptz)',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''title'', ''personal{content.short}'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''odd'', ''personal{content.odd}'')'] || steps) $$;
SELECT matches(constants(format('ng_mallory: SELECT aiconsent.classify(''lair.source'', %L, ''never{message}'')', c)), '^0A000',
  'no constant of a domain in a condition: ' || c)
FROM unnest(ARRAY[$$who = 1 OR '{1}'::lair.checked[] IS NULL$$, $$who = 1 OR '(1)'::lair.pair IS NULL$$,
  $$who = 1 OR '[1,2]'::lair.span IS NULL$$, $$who = 1 OR '{"[1,2]"}'::lair.span[] IS NULL$$, $$odd = '{1}'$$]) c;
SELECT matches(constants('ng_mallory: SELECT aiconsent.register_preference(''lair.source'', ''who'', $b$body = ''x'' OR ''{1}''::lair.checked[] IS NULL$b$)'), '^0A000',
  'nor in a setting');
SELECT is(constants('ng_steward: SELECT aiconsent.treat(''content.short'', ''lair.shorten'', argument => ''{1}'')',
  'ng_steward: SELECT aiconsent.treat(''content.odd'', ''lair.shortest'', argument => ''{1}'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'none: SELECT string_agg(attname, '','') FROM pg_attribute WHERE attrelid = ''training.source''::regclass'), 'body',
  'nor in the argument of a treatment, whose field is not released');
SELECT is(constants('ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_mallory: CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO training.source DO INSTEAD SELECT lair.shorten(body, ''{1}'') AS body, title, odd FROM lair.source',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''title'', ''never{message}'') IS NULL'), 'false',
  'nor in a training view that its owner gave another query');
SELECT matches(constants('ng_mallory: CREATE OPERATOR lair.=== (FUNCTION = pg_catalog.int4eq, LEFTARG = int, RIGHTARG = int)',
  'ng_mallory: SELECT aiconsent.classify(''lair.source'', ''who OPERATOR(lair.===) 1'', ''never{message}'')'), '^0A000',
  'nor an operator of hers, whose negator could be anything');

GRANT CREATE ON SCHEMA net TO ng_app;
SELECT is(outcome('ng_mallory: CREATE TABLE lair.school (member int, level text)',
  'ng_mallory: SELECT aiconsent.register_education(''lair.school'', ''member'', ''level'')',
  'none: GRANT USAGE ON FOREIGN SERVER ng_server TO ng_mallory',
  'ng_mallory: CREATE FOREIGN TABLE lair.child () INHERITS (lair.school) SERVER ng_server',
  'ng_app: CREATE TABLE net.apart ()'), 'ok',
  'the owner of a table of evidence stops nobody''s CREATE TABLE by a foreign child');
SELECT is(outcome('ng_mallory: CREATE TABLE lair.school (member int, level text)',
  'ng_mallory: SELECT aiconsent.register_education(''lair.school'', ''member'', ''level'')',
  format('none: GRANT CREATE ON DATABASE %I TO ng_mallory', current_database()),
  'ng_mallory: CREATE SCHEMA den CREATE TABLE child () INHERITS (lair.school)',
  'ng_app: CREATE TABLE net.apart ()'), 'ok',
  'nor by one that is made with a schema');

SELECT is(outcome('ng_mallory: CREATE TABLE lair.source (id int PRIMARY KEY, who int, body text, at timestamptz)',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_steward: SELECT aiconsent.grant_role(''ng_mallory'', ''reader'')',
  'ng_mallory: CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO training.source DO INSTEAD SELECT ''x''::text AS body',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()'), '3',
  'what one source''s owner does to the own view does not keep the others from being published');
SELECT is(outcome('ng_mallory: CREATE TABLE lair.source (id int PRIMARY KEY, who int, body text, at timestamptz)',
  'ng_mallory: INSERT INTO lair.source VALUES (1, 6, ''bait'', ''2025-06-01'')',
  'ng_mallory: SELECT aiconsent.register_source(''lair.source'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.source'', ''body'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_steward: SELECT aiconsent.grant_role(''ng_mallory'', ''reader'')',
  'ng_mallory: CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO training.source DO INSTEAD SELECT ''x''::text AS body',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()',
  'ng_trainer: SELECT string_agg(body, '','') FROM training.source'), 'bait',
  'and readers read the source by it again');
SELECT matches(outcome('ng_mallory: CREATE TABLE lair.post (id int PRIMARY KEY, who int, body text, at timestamptz)',
  'ng_mallory: SELECT aiconsent.register_source(''lair.post'', ''{who}'', ''at'')',
  'ng_mallory: SELECT aiconsent.register_field(''lair.post'', ''body'', ''public'')',
  'ng_steward: SELECT count(*) FROM aiconsent.publish()'), '^42P07: training view training.post cannot be made',
  'a source takes no view that is another''s');

SELECT is(outcome('ng_mallory: CREATE TABLE lair.school (member int, level text)',
  'ng_mallory: SELECT aiconsent.register_education(''lair.school'', ''member'', ''level'')',
  'ng_mallory: REVOKE ALL ON lair.school FROM ng_mallory',
  'ng_app: UPDATE net.member SET birth = birth - 1'), 'ok',
  'the owner of one table of evidence cannot make a write to another one fail');
SELECT is(outcome('ng_mallory: CREATE TABLE lair.school (member int, level text)',
  'ng_mallory: SELECT aiconsent.register_education(''lair.school'', ''member'', ''level'')',
  'ng_mallory: REVOKE ALL ON lair.school FROM ng_mallory',
  'ng_app: SELECT aiconsent.record_consent(1, ''content_generation'', ''object'') > 0'), 'true',
  'nor keep an objection from being recorded');

SELECT is(outcome('ng_mallory: CREATE TABLE lair.school (member int, level text)',
  'ng_mallory: SELECT aiconsent.register_education(''lair.school'', ''member'', ''level'')',
  'ng_mallory: REVOKE ALL ON SCHEMA lair FROM PUBLIC, ng_mallory',
  'ng_app: UPDATE net.member SET birth = birth - 1'), 'ok',
  'nor by taking the schema away');

SELECT * FROM finish();
DROP OWNED BY ng_owner, ng_mallory, ng_app, ng_steward, ng_trainer, ng_other_trainer CASCADE;
DROP OWNED BY "ng_'""; DROP TABLE canary; --";
DROP ROLE ng_owner, ng_mallory, ng_app, ng_steward, ng_trainer, ng_other_trainer, "ng_'""; DROP TABLE canary; --";
