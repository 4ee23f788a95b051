-- What a wrong declaration is told: what is wrong, and what to do.
SET client_min_messages = warning;
CREATE ROLE regress_owner;
CREATE ROLE regress_other;
GRANT USAGE ON SCHEMA aiconsent TO regress_owner, regress_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aiconsent TO regress_owner, regress_other;
CREATE SCHEMA shop AUTHORIZATION regress_owner;
GRANT USAGE ON SCHEMA shop TO regress_other;
SET ROLE regress_owner;
SET search_path = shop;
CREATE TABLE member (id bigint PRIMARY KEY, birth date, told timestamptz, nick text);
CREATE TABLE pair (a bigint, b bigint, PRIMARY KEY (a, b));
CREATE TABLE heap (id bigint, n numeric);
CREATE TABLE post (id bigint PRIMARY KEY, author_id bigint REFERENCES member, body text, at timestamptz);
CREATE TABLE school (id int PRIMARY KEY, member_id bigint REFERENCES member, tutor_id bigint REFERENCES member, level text);
CREATE TABLE log (id int PRIMARY KEY, who text, at timestamptz);
CREATE VIEW member_view AS SELECT * FROM member;
CREATE VIEW invoker_view WITH (security_invoker) AS SELECT * FROM member;
CREATE MATERIALIZED VIEW stored_view AS SELECT * FROM member;
CREATE UNLOGGED TABLE fleeting (id bigint PRIMARY KEY);
CREATE TEMP TABLE passing (id bigint PRIMARY KEY);
CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts DEFAULT;
CREATE TABLE parent (id bigint PRIMARY KEY);
CREATE TABLE child () INHERITS (parent);
CREATE SEQUENCE counter;
CREATE TYPE mood AS ENUM ('fine');
CREATE DOMAIN key AS bigint;
CREATE TABLE odd (id key PRIMARY KEY);

-- before there is a subject
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_education('school', level => 'level');

-- subjects
SELECT aiconsent.register_subject(NULL);
SELECT aiconsent.register_subject('nothing');
SELECT aiconsent.register_subject('member', key => 'nothing');
SELECT aiconsent.register_subject('member', key => 'ctid');
SELECT aiconsent.register_subject('pair');
SELECT aiconsent.register_subject('heap');
SELECT aiconsent.register_subject('heap', key => 'id');
SELECT aiconsent.register_subject('heap', key => 'n');
SELECT aiconsent.register_subject('odd');
SELECT aiconsent.register_subject('member_view', key => 'id');
SELECT aiconsent.register_subject('fleeting');
SELECT aiconsent.register_subject('passing');
SELECT aiconsent.register_subject('part', key => 'id');
SELECT aiconsent.register_subject('parent');
SELECT aiconsent.register_subject('child', key => 'id');
SELECT aiconsent.register_subject('counter');
SELECT aiconsent.register_subject('pg_catalog.pg_authid', key => 'oid');
SELECT aiconsent.register_subject('member', birth => 'nick', notified_at => 'birth');
SELECT aiconsent.register_subject('member', birth => 'id');
RESET ROLE;
SELECT aiconsent.register_subject('aiconsent.head');
SET ROLE regress_other;
SELECT aiconsent.register_subject('member');
SET ROLE regress_owner;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT aiconsent.register_subject('member');
ROLLBACK;
SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'told');
SELECT aiconsent.register_subject('heap', key => 'id');
CREATE TABLE other (id bigint PRIMARY KEY);
SELECT aiconsent.register_subject('other');

-- education
SELECT aiconsent.register_education('school');
SELECT aiconsent.register_education('school', level => 'level');
SELECT aiconsent.register_education('log', level => 'who');
SELECT aiconsent.register_education('log', subject => 'who', level => 'who');
SELECT aiconsent.register_education('school', subject => 'member_id', level => 'level', starts => 'tutor_id');
SELECT aiconsent.register_education('school', subject => 'member_id', school => 'tutor_id');
SELECT aiconsent.register_education('school', subject => 'member_id', level => 'level');
SELECT aiconsent.register_education('school', subject => 'member_id', level => 'level');

-- sources
SELECT aiconsent.register_source('log', occurred_at => 'at');
SELECT aiconsent.register_source('log', subjects => '{who}', occurred_at => 'at');
SELECT aiconsent.register_source('log', subjects => '{}', occurred_at => 'at');
SELECT aiconsent.register_source('post', subjects => '{NULL}', occurred_at => 'at');
SELECT aiconsent.register_source('post', subjects => '{nobody}', occurred_at => 'at');
SELECT aiconsent.register_source('post');
SELECT aiconsent.register_source('post', occurred_at => 'body');
SELECT aiconsent.register_source('post', undated => true);
SELECT aiconsent.register_source('post', occurred_at => 'at', undated => true, reason => 'both');
SELECT aiconsent.register_source('invoker_view', subjects => '{id}', occurred_at => 'told');
SELECT aiconsent.register_source('stored_view', subjects => '{id}', occurred_at => 'told');
SET ROLE regress_other;
SELECT aiconsent.register_source('post', occurred_at => 'at');
SET ROLE regress_owner;
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_source('post', occurred_at => 'at');

-- a foreign key that leads elsewhere names a stranger
CREATE TABLE badge (id bigint PRIMARY KEY REFERENCES member);
CREATE TABLE likes (post_id bigint REFERENCES post, badge_id bigint REFERENCES badge, at timestamptz);
SELECT aiconsent.register_source('likes', subjects => '{post_id}', occurred_at => 'at');
SELECT aiconsent.unregister_source('likes');
SELECT aiconsent.register_source('likes', subjects => '{badge_id,post_id.author_id}', occurred_at => 'at');
SELECT aiconsent.unregister_source('likes');
SELECT aiconsent.register_source('likes', subjects => '{at.author_id}', occurred_at => 'at');
-- labels
SELECT aiconsent.register_field('post', 'nothing', 'public');
SELECT aiconsent.register_field('post', 'body', 'secret{content.post}');
SELECT aiconsent.register_field('post', 'body', 'personal');
SELECT aiconsent.register_field('passing', 'id', 'public');
SELECT aiconsent.register_field('counter', NULL, 'public');
SECURITY LABEL FOR aiconsent ON SCHEMA shop IS 'public';
SECURITY LABEL FOR aiconsent ON COLUMN post.body IS 'personal{content,}';
SECURITY LABEL FOR aiconsent ON COLUMN part.id IS 'never{message} -- it''s secret';
SELECT aiconsent.register_field('child', NULL, 'never{message}');
ALTER TABLE child ADD COLUMN own text;
SELECT aiconsent.register_field('child', 'own', 'public');
SET ROLE regress_other;
SELECT aiconsent.register_field('post', 'body', 'public');
SET ROLE regress_owner;

-- policy, ledger, publication
RESET ROLE;
SET search_path = shop;
SELECT aiconsent.adopt_policy(NULL);
SELECT aiconsent.adopt_policy('Content Generation');
SELECT aiconsent.adopt_policy('advertising');
SELECT aiconsent.adopt_policy(basis => 'consent');
SELECT aiconsent.adopt_policy(clearance => 'never{salary}');
SELECT aiconsent.adopt_policy(adult_age => 16);
SELECT aiconsent.adopt_policy(open_school_years => -1);
SELECT aiconsent.adopt_policy(minor_content => 'maybe');
SELECT aiconsent.adopt_policy(effective_at => 'infinity');
SELECT aiconsent.publish();
SELECT aiconsent.record_consent(1, 'content_generation', 'object');
INSERT INTO member VALUES (1);
SELECT aiconsent.record_consent(NULL::bigint, 'content_generation', 'object');
SELECT aiconsent.record_consent(1, NULL, 'object');
SELECT aiconsent.record_consent(1, 'content_generation', NULL);
SELECT aiconsent.record_consent(1, 'content_generation', 'agree');
SELECT aiconsent.record_consent(1, 'advertising', 'object');
SELECT aiconsent.record_consent(1, 'content_generation', 'object', 'infinity');
SELECT aiconsent.record_consent('one', 'content_generation', 'object');
SELECT count(*) AS "events recorded" FROM aiconsent.consent;
SELECT aiconsent.record_consent(1, 'content_generation', 'object') > 0 AS recorded;
UPDATE aiconsent.consent SET decision = 'grant';
DELETE FROM aiconsent.consent;
TRUNCATE aiconsent.consent;
SELECT aiconsent.adopt_policy() > 0 AS adopted;
SELECT aiconsent.adopt_policy();
UPDATE aiconsent.policy SET basis = 'opt_in';
SELECT aiconsent.grant_role('regress_other', 'owner');
SELECT aiconsent.grant_role('regress_other', 'reader', 'advertising');
SELECT aiconsent.adopt_policy('advertising', effective_at => '2026-01-01', reason => 'for the test') > 0 AS adopted;
SELECT aiconsent.publish('advertising');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
ALTER TABLE post RENAME TO corpus;
SELECT aiconsent.publish();
ALTER TABLE corpus RENAME TO post;
CREATE SCHEMA training AUTHORIZATION regress_other;
SELECT aiconsent.publish();
DROP SCHEMA training;
ALTER TABLE post ENABLE ROW LEVEL SECURITY;
SELECT aiconsent.publish();
ALTER TABLE post DISABLE ROW LEVEL SECURITY;
SELECT aiconsent.publish();
SELECT aiconsent.publish('advertising', 'training');
SELECT aiconsent.publish(schema => 'elsewhere');

-- what a declaration blocks
DROP VIEW member_view, invoker_view;
DROP MATERIALIZED VIEW stored_view;
ALTER TABLE member ALTER birth TYPE timestamptz;
ALTER TABLE member DROP COLUMN told;
DROP TABLE school;
DROP EXTENSION aiconsent;

-- The training view is what one would write by hand.
-- (from 16 on without t., where it is not needed)
SELECT regexp_replace(pg_get_viewdef('training.post', true), '\mt\.', '', 'g') AS definition;
SELECT regexp_replace(pg_get_viewdef('training.corpus', true), '(\m| )content_generation_post_corpus\.', '\1', 'g') AS definition;
SELECT pg_get_viewdef('aiconsent.content_generation_post_corpus', true) AS definition;
SELECT reloptions FROM pg_class WHERE oid = 'training.post'::regclass;

SET client_min_messages = error;
DROP TABLE passing;
DROP EXTENSION aiconsent CASCADE;
DROP SCHEMA shop, training CASCADE;
DROP ROLE regress_owner, regress_other;
CREATE EXTENSION aiconsent;
