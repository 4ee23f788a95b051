-- suggest() proposes no release of what the policy keeps out, however a schema
-- is written: without foreign keys, with prefixes, in compounds, without a
-- word in a table's name that says what it holds.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;
CREATE SCHEMA w;
-- No foreign key at all; the columns of a table begin with one word.
CREATE TABLE w.account (acc_id int PRIMARY KEY, acc_name text UNIQUE, acc_emailaddress text, acc_mail_host text, acc_newpassword text,
  acc_birthday date, acc_passport text, acc_gender text, acc_homephone text, acc_street text, acc_city text, acc_state text, acc_steam_id text, acc_wallet jsonb);
CREATE TABLE w.edit (ed_id int PRIMARY KEY, ed_creator int NOT NULL, ed_comment text, ed_timestamp timestamptz);
CREATE TABLE w.comment (comment_id int PRIMARY KEY, comment_user int NOT NULL, comment_text text, comment_topic uuid, comment_timestamp timestamptz);
CREATE TABLE w.actor (actor_id int PRIMARY KEY, actor_text text);
CREATE TABLE w.post_attachment (id int PRIMARY KEY, creator int, message_id text, subject text, content text, created timestamptz);
CREATE TABLE w.anhang (id int PRIMARY KEY, benutzer_id int, empfaenger text, inhalt text);
CREATE TABLE w.recommendation (id int PRIMARY KEY, author_id int, receiver_id int, body text, created timestamptz);
CREATE TABLE w.contacts (id int PRIMARY KEY, owner_id int, name text, email text, notes text);
CREATE TABLE w.authtokens (id int PRIMARY KEY, owner int, description text);
CREATE TABLE w.directmessages (id int PRIMARY KEY, author_id int, body text);
CREATE TABLE w.category (id int PRIMARY KEY, creator int, name text, tag_name text);
CREATE TABLE w.groupe (id int PRIMARY KEY, creator int, nom text, cree_le date);
CREATE TABLE w.avis (id int PRIMARY KEY, user_id int, texte text, saisi_le date, relu_le date);
CREATE TEMP TABLE said AS SELECT aiconsent.suggest() AS line;
CREATE TEMP TABLE guess AS SELECT m[1] AS tab, m[2] AS field, m[3]::aiconsent.sensitivity AS sensitivity
FROM said, regexp_match(line, $$register_field\('w\.([a-z_]+)', '?([A-Za-z_]+)'?, '(.*)'\)$$) m WHERE m IS NOT NULL;

-- The clearance of the shipped policy, asked independently of the names.
CREATE FUNCTION pg_temp.released(t text, f text) RETURNS boolean LANGUAGE sql AS $$
  SELECT COALESCE((SELECT aiconsent.sensitivity_level(g.sensitivity OPERATOR(aiconsent.+) COALESCE((SELECT n.sensitivity FROM guess n WHERE n.tab = t AND n.field = 'NULL'), 'public'))
      IN ('public', 'personal') AND NOT EXISTS (SELECT FROM unnest(aiconsent.sensitivity_categories(g.sensitivity)) c
        WHERE NOT EXISTS (SELECT FROM aiconsent.policy_template p, unnest(aiconsent.sensitivity_categories(p.clearance)) a
          WHERE c = a OR starts_with(c, a || '.')))
    FROM guess g WHERE g.tab = t AND g.field = f), false)
$$;
SET LOCAL search_path = public, aiconsent, pg_catalog;
SELECT ok(NOT pg_temp.released(t, f), format('%s.%s is not released', t, f))
FROM (VALUES ('account', 'acc_emailaddress'), ('account', 'acc_newpassword'), ('account', 'acc_birthday'), ('account', 'acc_passport'), ('account', 'acc_gender'),
  ('account', 'acc_homephone'), ('account', 'acc_street'), ('account', 'acc_steam_id'), ('account', 'acc_wallet'), ('account', 'acc_state'),
  ('post_attachment', 'subject'), ('post_attachment', 'content'), ('anhang', 'inhalt'), ('contacts', 'name'), ('contacts', 'email'), ('contacts', 'notes'),
  ('authtokens', 'description'), ('directmessages', 'body'), ('category', 'name'), ('category', 'tag_name'), ('comment', 'comment_topic')) v (t, f);
SELECT ok(pg_temp.released(t, f), format('%s.%s is', t, f))
FROM (VALUES ('account', 'acc_name'), ('account', 'acc_city'), ('comment', 'comment_text'), ('groupe', 'nom'), ('recommendation', 'body')) v (t, f);
SELECT is((SELECT sensitivity FROM guess WHERE tab = t AND field = f), s::aiconsent.sensitivity, format('%s.%s is %s', t, f, s))
FROM (VALUES ('account', 'acc_newpassword', 'never{credential}'), ('account', 'acc_wallet', 'never{payment}'), ('account', 'acc_emailaddress', 'personal{contact}'),
  ('account', 'acc_birthday', 'personal{birth}'), ('account', 'acc_steam_id', 'personal{identifier}'), ('post_attachment', 'NULL', 'never{message}'), ('anhang', 'NULL', 'never{message}'),
  ('contacts', 'NULL', 'never{contact}'), ('authtokens', 'NULL', 'never{credential}'), ('directmessages', 'NULL', 'never{message}')) v (t, f, s);
SELECT ok(EXISTS (SELECT FROM said s WHERE s.line = l), l) FROM unnest(ARRAY[
  $$-- SELECT aiconsent.register_subject('w.account', key => 'acc_id', birth => 'acc_birthday', email => 'acc_emailaddress', handle => 'acc_name');$$,
  $$-- No foreign key refers to that table: what names a person below is told by its name alone.$$,
  $$-- SELECT aiconsent.register_source('w.account', '{acc_id}', undated => true, reason => 'to be said: why does no horizon apply to its rows?');$$,
  $$-- SELECT aiconsent.register_source('w.comment', '{comment_user}', occurred_at => 'comment_timestamp');$$,
  $$-- SELECT aiconsent.register_source('w.avis', '{user_id}', undated => true, reason => 'to be said: why does no horizon apply to its rows, not by saisi_le or relu_le?');$$,
  $$-- Nothing there tells when a person was told: where the policy requires a notice, register_notice() names a table, or nobody is in.$$,
  $$-- w.contacts: no source but to classify(), its label lets nothing out$$]) l;
SELECT ok(NOT EXISTS (SELECT FROM said WHERE line ~ $$register_source\('w[.](actor|contacts|authtokens|post_attachment|category)'$$),
  'no source is proposed of what only has its own key, nor of what lets nothing out');

-- One foreign key to the persons: the rest is told by name, and said to be.
ALTER TABLE w.edit ADD FOREIGN KEY (ed_creator) REFERENCES w.account;
SELECT ok(EXISTS (SELECT FROM aiconsent.suggest() l WHERE l = '-- w.comment: only its name tells that comment_user names a person, no foreign key does'), 'a guess by name is called one');
SELECT ok(NOT EXISTS (SELECT FROM aiconsent.suggest() l WHERE l ~ '^-- w.edit: only'), 'a foreign key is none');

-- What is written wrong is said.
SELECT aiconsent.register_subject('w.account') \g /dev/null
CREATE TABLE w.blog (id int PRIMARY KEY, owner int REFERENCES w.account);
CREATE TABLE w.entry (id int PRIMARY KEY, blog_id int REFERENCES w.blog, page_id int, body text, at timestamptz);
CREATE TABLE w.card (account_id int PRIMARY KEY REFERENCES w.account);
CREATE TABLE w.line (id int PRIMARY KEY, card_id int REFERENCES w.card, at timestamptz);
SELECT throws_ok($$SELECT aiconsent.register_source('w.entry', '{page_id.owner}', occurred_at => 'at')$$, '42704', 'column page_id of w.entry has no foreign key to follow', 'a path without a foreign key');
SELECT throws_ok($$SELECT aiconsent.register_subject('w.actor')$$, '42710', 'a subject table is already registered', 'a second subject table');
SELECT * FROM finish();
ROLLBACK;
