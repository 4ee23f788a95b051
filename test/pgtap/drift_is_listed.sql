-- drift lists what is not as it was declared, and its statement mends it.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;
CREATE ROLE t_owner;
CREATE ROLE t_auditor;
CREATE SCHEMA net AUTHORIZATION t_owner;
SET ROLE t_owner;
CREATE TABLE net.member (id bigint PRIMARY KEY, birth date, motto text);
CREATE TABLE net.post (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES net.member, at timestamptz NOT NULL, title text, body text);
CREATE TABLE net.letter (id bigint PRIMARY KEY, sender_id bigint REFERENCES net.member, text text);
INSERT INTO net.member SELECT g, '1980-01-01', 'onward' FROM generate_series(1, 40) g;
INSERT INTO net.post SELECT g, g % 40 + 1, '2026-01-01', 'title ' || g, 'body ' || g FROM generate_series(1, 400) g;
RESET ROLE;
SELECT aiconsent.register_subject('net.member', birth => 'birth');
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.register_source('net.post', '{author_id}', 'at');
SELECT aiconsent.register_source('net.letter', '{sender_id}', undated => true, reason => 'nothing of it is released');
SELECT aiconsent.register_field('net.letter', NULL, 'never{message}');
SELECT aiconsent.register_field('net.member', 'motto', 'personal{profile.motto}');
SELECT aiconsent.register_field('net.post', f, 'personal{content.post}') FROM unnest('{title,body}'::name[]) f;
SELECT aiconsent.publish();
SELECT aiconsent.grant_role('t_auditor', 'auditor');

SET ROLE t_auditor;
SELECT is_empty('SELECT * FROM aiconsent.drift', 'all is as it was declared: nothing is listed; and an auditor may ask');
RESET ROLE;
CREATE FUNCTION found() RETURNS SETOF text LANGUAGE sql AS $$ SELECT concat_ws(' | ', finding, object, detail) FROM aiconsent.drift $$;
-- Do what is listed
CREATE FUNCTION mend(what text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
DECLARE statement text;
BEGIN
  FOR statement IN SELECT mend FROM aiconsent.drift WHERE finding ~ what LOOP EXECUTE statement; END LOOP;
END $$;

-- Columns
ALTER TABLE net.post ADD mood text, ADD "Sala;'ry" int, ADD salario_bruto numeric;
SELECT set_eq('SELECT found()', $$VALUES
  ('nobody has said what a column holds | net.post.mood | it is not released'),
  ('nobody has said what a column holds | net.post."Sala;''ry" | it is not released'),
  ('nobody has said what a column holds | net.post.salario_bruto | it is not released; its name tells of never{salary}')$$,
  'columns that nobody has labelled, with what their names tell');
SELECT aiconsent.register_field('net.post', f, s) FROM (VALUES ('mood'::name, 'personal{content.post}'::aiconsent.sensitivity), ('Sala;''ry', 'never{salary}')) v (f, s);
SELECT mend('holds');
SELECT is((SELECT sensitivity::text FROM aiconsent.field WHERE field = 'salario_bruto'), 'never{salary}', 'what is proposed is a statement that can be run');

-- What a label lets out that was not published yet
SELECT set_eq('SELECT found()', $$VALUES
  ('a training view is stale | training.post | for content_generation; of net.post; to be released: mood'),
  ('a part of the corpus is stale | aiconsent.content_generation_post_corpus | for content_generation; of net.post')$$,
  'training views that publish() would make otherwise');
SELECT mend('stale');
SELECT is_empty('SELECT found()', 'and does');

-- A raised label is withdrawn at once; the empty column is left to clear away
SELECT aiconsent.register_field('net.post', 'mood', 'never{feedback}');
SELECT set_eq('SELECT found()', $$VALUES ('a training view is stale | training.post | for content_generation; of net.post; the same fields, another condition or form')$$,
  'columns that were withdrawn stay until publish()');
SELECT mend();

SELECT aiconsent.treat('content.post', 'pseudonym');
SELECT set_eq('SELECT found()', $$VALUES
  ('a training view is stale | training.post | for content_generation; of net.post; the same fields, another condition or form'),
  ('a part of the corpus is stale | aiconsent.content_generation_post_corpus | for content_generation; of net.post')$$,
  'a treatment that publish() has not heard of');
SELECT aiconsent.treat('content.post', NULL);
SELECT is_empty('SELECT found()', 'taken back: nothing to do');

-- Tables
CREATE TABLE net.reaction (id bigint PRIMARY KEY, member_id bigint NOT NULL REFERENCES net.member, target_id bigint REFERENCES net.member, kind text);
CREATE TABLE net.visit (at date, member_id bigint NOT NULL REFERENCES net.member) PARTITION BY RANGE (at);
CREATE TABLE net.visit_2026 PARTITION OF net.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT set_eq('SELECT found()', $$VALUES
  ('a table refers to persons and is not declared | net.reaction | by member_id, target_id'),
  ('a table refers to persons and is not declared | net.visit | by member_id')$$, 'tables that refer to persons and are not declared, a partitioned one once');
SELECT set_eq('SELECT mend FROM aiconsent.drift', $$VALUES
  ('SELECT aiconsent.register_source(''net.reaction'', ''{member_id,target_id?}'', occurred_at => ''...'');'),
  ('SELECT aiconsent.register_source(''net.visit'', ''{member_id}'', occurred_at => ''...'');')$$, 'with whom each row is about');
DROP TABLE net.reaction, net.visit;

-- Sources that are declared later
CREATE TABLE net.poll (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES net.member, question text);
SELECT aiconsent.register_source('net.poll', '{author_id}', undated => true, reason => 'a test');
SELECT set_eq('SELECT found()', $$VALUES ('nobody has said what a column holds | net.poll.question | it is not released; its name tells of personal{content.poll}')$$,
  'a source that releases nothing needs no training view');
SELECT aiconsent.register_field('net.poll', 'question', 'personal{content.poll}');
SELECT set_eq('SELECT found()', $$VALUES ('a source is not published | net.poll | for content_generation; to be released: question')$$, 'a source without a training view');
SELECT mend();
SELECT is_empty('SELECT found()', 'has one then');

-- Views that somebody laid hands on
CREATE FUNCTION after(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE change;
  RETURN QUERY SELECT concat_ws(' | ', finding, object, detail) FROM aiconsent.drift WHERE finding ~ 'altered|not published';
  PERFORM mend();
END $$;
SELECT set_eq($$SELECT after('CREATE OR REPLACE VIEW training.poll AS SELECT question FROM net.poll')$$, $$VALUES
  ('a training view is altered | training.poll | for content_generation; of net.poll; its options were altered: it is no security barrier, or reads with the rights of its reader')$$,
  'a training view without its condition');
SELECT set_eq($$SELECT after('CREATE OR REPLACE VIEW training.poll AS SELECT title AS question FROM net.post')$$, $$VALUES
  ('a training view is altered | training.poll | for content_generation; it is no source''s: its query was replaced, or the declaration ended'),
  ('a source is not published | net.poll | for content_generation; to be released: question')$$, 'a training view over another table');
SELECT set_eq($$SELECT after('ALTER VIEW training.poll RESET (security_barrier)')$$, $$VALUES
  ('a training view is altered | training.poll | for content_generation; of net.poll; its options were altered: it is no security barrier, or reads with the rights of its reader')$$,
  'a training view without its barrier');
SELECT set_eq($$SELECT after('ALTER VIEW training.poll OWNER TO t_owner')$$, $$VALUES
  ('a training view is altered | training.poll | for content_generation; of net.poll; it belongs to another role than what it shows')$$, 'a training view of another owner');
SELECT is((SELECT relowner FROM pg_class WHERE oid = 'training.poll'::regclass), (SELECT relowner FROM pg_class WHERE oid = 'net.poll'::regclass), 'which publish() gives back');
SELECT set_eq($$SELECT after('CREATE OR REPLACE VIEW training.corpus AS SELECT NULL::text AS source, NULL::text AS row_id, NULL::text AS field, NULL::text AS category, question AS content, NULL::timestamptz AS occurred_at, 1 AS part, NULL::text[] AS subject_refs FROM net.poll')$$,
  $$VALUES ('the corpus is altered or missing | training.corpus | for content_generation')$$, 'a corpus of somebody''s own');
SELECT set_eq($$SELECT after('DROP VIEW training.corpus')$$, $$VALUES ('the corpus is altered or missing | content_generation''s corpus | for content_generation')$$, 'a corpus that is gone');
SELECT is_empty('SELECT found()', 'publish() mends each');

-- Labels that lead nowhere
SELECT aiconsent.register_field('net.post', 'mood', 'sensitive{profile.health}');
SELECT set_eq('SELECT found()', $$VALUES ('no policy admits the label | net.post.mood | sensitive{profile.health}')$$, 'labels that no policy admits');
SELECT aiconsent.adopt_policy('health', clearance => 'sensitive{profile.health}', effective_at => '2026-01-01', notice_required => false);
SELECT is_empty('SELECT found()', 'one purpose''s is enough');
SELECT aiconsent.register_field('net.post', 'mood', 'never{feedback}');

-- Names that tell of something else, in seven languages
CREATE TABLE net.dossier (id bigint PRIMARY KEY, member_id bigint NOT NULL REFERENCES net.member, about text);
SELECT aiconsent.register_source('net.dossier', '{member_id}', undated => true, reason => 'a test');
SELECT aiconsent.register_field('net.dossier', 'about', 'personal{profile.experience}');
CREATE FUNCTION looks(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('ALTER TABLE net.dossier RENAME about TO %I', name);
  SELECT string_agg(concat_ws(' | ', object, detail, mend), '; ') INTO result FROM aiconsent.drift WHERE finding ~ '^a column looks';
  EXECUTE format('ALTER TABLE net.dossier RENAME %I TO about', name);
  RETURN result;
END $$;
SELECT is(looks(name), format('net.dossier.%1$I | personal{profile.experience}; its name tells of %2$s | SELECT aiconsent.register_field(''net.dossier'', %1$L, %3$L);', name, told, mended), language)
FROM (VALUES
  ('English', 'salary', 'never{salary}', 'never{profile.experience,salary}'), ('French', 'mot_de_passe', 'never{credential}', 'never{credential,profile.experience}'),
  ('German', 'Krankheit', 'sensitive{profile.health}', 'sensitive{profile.experience,profile.health}'), ('Spanish', 'numero_tarjeta', 'never{payment}', 'never{payment,profile.experience}'),
  ('Italian', 'codice_fiscale', 'personal{identifier}', 'personal{identifier,profile.experience}'), ('Portuguese', 'religiao', 'sensitive{profile.religion}', 'sensitive{profile.experience,profile.religion}'),
  ('Dutch', 'wachtwoord', 'never{credential}', 'never{credential,profile.experience}')) v (language, name, told, mended);
SELECT is(looks('bio'), NULL, 'a name that tells what the label says is no finding');
SELECT is(looks('body'), NULL, 'nor one that tells of a text');
SELECT is(looks('zorp'), NULL, 'nor one that tells nothing');
SELECT aiconsent.register_field('net.dossier', 'about', 'public');
SELECT is(looks('bio'), 'net.dossier.bio | public; its name tells of personal{profile.experience} | SELECT aiconsent.register_field(''net.dossier'', ''bio'', ''personal{profile.experience}'');', 'a label below what the name tells');
SELECT aiconsent.register_field('net.dossier', 'about', 'public', 'of companies, not of persons');
SELECT is(looks('bio'), NULL, 'a label with a reason settles it');
SELECT aiconsent.register_field('net.dossier', 'about', 'never{salary}');
SELECT is(looks('bio'), NULL, 'what is never used needs no more');

-- Values that look like something else
SELECT aiconsent.register_field('net.dossier', 'about', 'personal{profile.experience}', 'a reason settles the name only');
SELECT mend();
SELECT set_config('t.jwt', 'ey' || 'J0eXAiOiJKV1Q.ey' || 'JzdWIiOiIxIn0aa.c2ln', true);
CREATE FUNCTION holds(texts text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  DELETE FROM net.dossier;
  INSERT INTO net.dossier SELECT n, n, v FROM unnest(texts) WITH ORDINALITY u (v, n);
  SELECT string_agg(detail, '; ' ORDER BY detail) INTO result FROM aiconsent.drift WHERE finding ~ '^a column looks';
  RETURN result;
END $$;
SELECT is(holds(ARRAY[v, v, NULL, 'plain words']), 'personal{profile.experience}; 2 of 3 values look like ' || told, told)
FROM (VALUES ('ann@example.org', 'an e-mail address, which is personal{contact}'), ('+33 1 99 00 12 34', 'a telephone number, which is personal{contact}'),
  ('192.0.2.17', 'an IP address, which is personal{network.address}'), ('2001:db8::5:7', 'an IP or MAC address, which is personal{network.address}'),
  ('219-09-9999', 'a social security number, which is personal{identifier}'), ('GB29 NWBK 6016 1331 9268 19', 'an IBAN, which is never{payment}'),
  ('4111 1111 1111 1111', 'a card number, which is never{payment}'), ('$2b$12$abcdefghijklmnopqrstuv', 'a hashed password, which is never{credential}')) v (v, told);
SELECT is(holds(ARRAY['ann@example.org'] || array_fill('plain words'::text, '{3}')), NULL, 'less than the share of the pattern is none');
SELECT is(holds(array_fill('plain words'::text, '{29}') || ARRAY['it is ' || current_setting('t.jwt')]),
  'personal{profile.experience}; 1 of 30 values look like a token, which is never{credential}', 'of a credential one is enough');
SELECT is(holds(array_fill('plain words'::text, '{29}') || ARRAY[E'-----BEGIN RSA ' || E'PRIVATE KEY-----\nMII']),
  'personal{profile.experience}; 1 of 30 values look like a private key, which is never{credential}', 'of a private key, too');
SELECT is(holds('{2026-01-01,12:30:15,10.5,2024-0117-0001,12345}'), NULL, 'dates, times and numbers are none of these');
INSERT INTO aiconsent.value_pattern VALUES ('^agent 00[0-9]$', 'a spy', 'never{secret}', 1);
SELECT is(holds('{agent 007,agent 006}'), 'personal{profile.experience}; 2 of 2 values look like a spy, which is never{secret}', 'patterns of one''s own');
SELECT aiconsent.register_field('net.dossier', 'about', 'never{secret}');
SELECT is(holds('{agent 007}'), NULL, 'a field that is never used is not looked into');
SELECT set_eq('SELECT found()', $$VALUES ('a training view is stale | training.dossier | for content_generation; it was withdrawn as a whole'),
  ('a part of the corpus is stale | aiconsent.content_generation_dossier_corpus | for content_generation; it was withdrawn as a whole')$$,
  'what is left of a training view that releases nothing any more is stale');
SELECT mend('stale');
SELECT is_empty('SELECT found()', 'and goes');
SELECT is((SELECT count(*) FROM aiconsent.field_looks() WHERE looked_at > 100), 0::bigint, 'at most a hundred rows are looked at');

-- A table that cannot be read stops nobody; code of its owner's does not either, see nobody_gains_rights
CREATE FUNCTION cannot() RETURNS SETOF text LANGUAGE sql AS $$ SELECT concat_ws(' | ', object, detail, mend) FROM aiconsent.drift WHERE finding = 'a table cannot be looked into' $$;
SELECT is_empty('SELECT cannot()', 'no table is out of reach');
SET ROLE t_owner;
CREATE TABLE net.shut (id bigint PRIMARY KEY, author_id bigint REFERENCES net.member, body text);
REVOKE SELECT ON net.shut FROM t_owner;
RESET ROLE;
SELECT aiconsent.register_source('net.shut', '{author_id}', undated => true, reason => 'a test');
SELECT aiconsent.register_field('net.shut', 'body', 'personal{content.post}');
SELECT set_eq('SELECT cannot()', $$VALUES ('net.shut | its owner may not read it, or code of its owner''s fails | SET ROLE t_owner; SELECT * FROM net.shut LIMIT 1;')$$, 'a table that its owner may not read is a finding');
SELECT aiconsent.register_field('net.dossier', 'about', 'personal{profile.experience}', 'a reason');
SELECT is(holds('{ann@example.org}'), 'personal{profile.experience}; 1 of 1 values look like an e-mail address, which is personal{contact}', 'and the others are looked into all the same');

-- Who may ask
CREATE ROLE t_nobody;
SET ROLE t_nobody;
SELECT throws_ok(q, '42501') FROM unnest('{SELECT * FROM aiconsent.drift,SELECT * FROM aiconsent.field_looks(),SELECT * FROM aiconsent.publication_drift()}'::text[]) q;
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
