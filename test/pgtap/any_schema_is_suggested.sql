-- suggest() writes a script for a schema that it has never seen: all of it
-- comments, which run without an error where they are taken as they are.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;
CREATE SCHEMA net;
CREATE TABLE net.users (id uuid PRIMARY KEY, username text, email text, password_hash text, geburtsdatum date, pays text, informed_at timestamptz, ai_opt_out boolean);
CREATE TABLE net."Beiträge" (id int PRIMARY KEY, user_id uuid NOT NULL REFERENCES net.users, "postTitel" text, inhalt text, erstellt_am timestamptz);
CREATE TABLE net.commentaires (id int PRIMARY KEY, post int REFERENCES net."Beiträge", texte text, cree_le timestamptz);
CREATE TABLE net.mensajes (id int PRIMARY KEY, sender_id uuid REFERENCES net.users, receiver_id uuid REFERENCES net.users, cuerpo text, enviado_en timestamptz);
CREATE TABLE net.stipendi (utente_id uuid REFERENCES net.users, importo numeric, stipendio numeric);
CREATE TABLE net.opleidingen (id int PRIMARY KEY, lid uuid REFERENCES net.users, school text, niveau text, start_date date, end_date date);
CREATE TABLE net.settings (key text PRIMARY KEY, value text);
CREATE TABLE net."worst;-- '""$$" (id int PRIMARY KEY, "a
SELECT 1/0; --" uuid REFERENCES net.users, "body'; \" text, "created" timestamptz);
CREATE TEMP TABLE said AS SELECT aiconsent.suggest() AS line;
SELECT is((SELECT count(*) FROM said WHERE line !~ '^-- ' OR line ~ '[\n\r]'), 0::bigint, 'every line is a comment, whatever the names are');
SELECT ok(EXISTS (SELECT FROM said WHERE line = format('-- SELECT aiconsent.register_field(%L, %L, %L);', t, f, s)), format('%s.%s is %s', t, f, s))
FROM (VALUES ('net.users', 'username', 'personal{profile.name}'), ('net.users', 'email', 'personal{contact}'), ('net.users', 'password_hash', 'never{credential}'),
  ('net.users', 'geburtsdatum', 'personal{birth}'), ('net.users', 'pays', 'personal{profile.location}'), ('net."Beiträge"', 'postTitel', 'personal{content.post}'),
  ('net."Beiträge"', 'inhalt', 'personal{content.post}'), ('net.commentaires', 'texte', 'personal{content.comment}'), ('net.mensajes', 'cuerpo', 'never{message}'),
  ('net.stipendi', 'stipendio', 'never{salary}')) v (t, f, s)
WHERE getdatabaseencoding() = 'UTF8';
SELECT ok(EXISTS (SELECT FROM said s WHERE s.line = l), l) FROM unnest(ARRAY[
  $$-- SELECT aiconsent.register_subject('net.users', key => 'id', birth => 'geburtsdatum', email => 'email', handle => 'username', notified_at => 'informed_at', region => 'pays');$$,
  $$-- SELECT aiconsent.register_preference('net.users', subject => 'id', allows => 'NOT ai_opt_out');$$,
  $$-- SELECT aiconsent.register_education('net.opleidingen', subject => 'lid', ends => 'end_date', level => 'niveau', school => 'school', starts => 'start_date');$$,
  $$-- SELECT aiconsent.register_source('net."Beiträge"', '{user_id}', occurred_at => 'erstellt_am');$$,
  $$-- SELECT aiconsent.register_source('net.commentaires', '{post.user_id}', occurred_at => 'cree_le');$$,
  $$-- SELECT aiconsent.register_field('net.mensajes', NULL, 'never{message}');$$,
  $$-- Tables in which nothing names a person: net.settings$$]) l;
SELECT ok(NOT EXISTS (SELECT FROM said WHERE line ~ 'when a person was told'), 'a notice that is recognised is not missed');
-- As a script.
DO $$
DECLARE command text;
BEGIN
  FOR command IN SELECT regexp_replace(line, '^-- ', '') FROM said WHERE line ~ '^-- SELECT' LOOP
    EXECUTE command;
  END LOOP;
END $$;
SELECT cmp_ok((SELECT count(*) FROM aiconsent.field), '>=', 11::bigint, 'all of it can be taken');
SELECT ok(to_regclass('training."Beiträge"') IS NOT NULL, 'and publishes');
SELECT is((SELECT count(*) FROM aiconsent.field WHERE level = 'never' AND EXISTS (SELECT FROM pg_class v WHERE v.oid = to_regclass('training.mensajes'))), 0::bigint, 'no messages');
SELECT * FROM finish();
ROLLBACK;
