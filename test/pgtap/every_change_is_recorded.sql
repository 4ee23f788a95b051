-- aiconsent.change has who, what, before, after and the reason for every label,
-- registration, policy, publication and grant, however it was made.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;

CREATE ROLE c_owner;
CREATE ROLE c_steward;
CREATE ROLE c_reader;
GRANT CREATE ON SCHEMA public TO c_owner;
GRANT c_owner TO c_steward;
SET ROLE c_owner;
CREATE TABLE member (id bigint PRIMARY KEY, birth date, told timestamptz);
CREATE TABLE education (id bigint PRIMARY KEY, member_id bigint REFERENCES member, level text);
CREATE TABLE notice (id bigint PRIMARY KEY, member_id bigint REFERENCES member, at timestamptz);
CREATE TABLE setting (member_id bigint PRIMARY KEY REFERENCES member, allowed boolean);
CREATE TABLE post (id bigint PRIMARY KEY, author_id bigint REFERENCES member, body text, title text, at timestamptz);
CREATE TABLE profile (id bigint PRIMARY KEY, member_id bigint REFERENCES member, words text);
RESET ROLE;

-- What was recorded since the last call.  It says so once.
CREATE TABLE seen (id uuid PRIMARY KEY);
CREATE FUNCTION news() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE lines text[];
BEGIN
  WITH new AS (
    INSERT INTO seen SELECT c.id FROM aiconsent.change c WHERE c.id NOT IN (SELECT s.id FROM seen s) RETURNING id)
  SELECT array_agg(concat_ws(' | ', changed_by, what, object, COALESCE(before, '-'), COALESCE(after, '-'), reason)
    ORDER BY changed_at)
  INTO lines FROM new JOIN aiconsent.change USING (id);
  RETURN QUERY SELECT unnest(lines);
END $$;
GRANT EXECUTE ON FUNCTION news() TO PUBLIC;
CREATE FUNCTION is_news(name text, VARIADIC lines text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
  SELECT is(ARRAY(SELECT news()), lines, name) $$;

SELECT is_empty('SELECT news()', 'nothing is recorded of an installation');
SELECT aiconsent.grant_role('c_steward', 'steward') \g /dev/null
SELECT is_news('a grant', session_user || ' | grant_role | c_steward | - | steward');
SELECT is((SELECT session_role FROM aiconsent.change), session_user::text, 'with who had logged in');

-- ---------------------------------------------------------------------------
-- Registrations
-- ---------------------------------------------------------------------------
SET ROLE c_steward;
SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'told') \g /dev/null
RESET ROLE;
SELECT is_news('a registration has its columns',
  'c_steward | register_subject | public.member | - | t.id AS key, t.birth AS birth, t.told AS notified_at');
SET ROLE c_steward;
SELECT aiconsent.register_education('education', level => 'level') \g /dev/null
SELECT aiconsent.register_source('post', occurred_at => 'at') \g /dev/null
SELECT aiconsent.register_source('profile', undated => true, reason => 'of today') \g /dev/null
RESET ROLE;
SELECT is_news('each of them, and the reason that it was given',
  'c_steward | register_education | public.education | - | t.member_id AS subject, t.level AS level',
  'c_steward | register_source | public.post | - | t.id AS row_id, t.author_id AS subject_1, t.at AS occurred_at',
  'c_steward | register_source | public.profile | - | t.id AS row_id, t.member_id AS subject_1 undated | of today');

-- ---------------------------------------------------------------------------
-- Policies
-- ---------------------------------------------------------------------------
SET ROLE c_steward;
SELECT aiconsent.adopt_policy(reason => 'announced') \g /dev/null
RESET ROLE;
SELECT is((SELECT array_agg(concat_ws(' | ', changed_by, what, object, COALESCE(before, '-'), reason) ORDER BY changed_at)
    FROM aiconsent.change WHERE what LIKE 'adopt%'),
  '{c_steward | adopt_policy | content_generation | - | announced,c_steward | adopt_clearance | content_generation | - | announced,c_steward | adopt_treatments | content_generation | - | announced}'::text[],
  'a first policy, its clearance, and the treatments that come with it');
SELECT is((SELECT after FROM aiconsent.change WHERE what = 'adopt_treatments'),
  'ai_input: scrub, content: scrub, feedback: scrub, group: scrub, job.resume: scrub, job.screening: scrub, profile: scrub, profile.name: none, profile.photo: none',
  'these are there');
SELECT is((SELECT after FROM aiconsent.change WHERE what = 'adopt_clearance'),
  (SELECT clearance::text FROM aiconsent.policy_template WHERE purpose = 'content_generation'), 'the clearance is there');
SELECT is((SELECT after::jsonb FROM aiconsent.change WHERE what = 'adopt_policy'),
  (SELECT to_jsonb(p) FROM aiconsent.policy p), 'and every part of the policy');
SELECT news() \g /dev/null
SET ROLE c_steward;
SELECT aiconsent.adopt_policy(effective_at => '2026-01-01', adult_age => 21, reason => 'careful') \g /dev/null
RESET ROLE;
SELECT is((SELECT before::jsonb = (SELECT to_jsonb(p) FROM aiconsent.policy p ORDER BY id LIMIT 1)
    AND after::jsonb = (SELECT to_jsonb(p) FROM aiconsent.policy p ORDER BY id DESC LIMIT 1)
    FROM aiconsent.change WHERE what = 'adopt_policy' AND reason = 'careful'), true,
  'a later version has the one before it');
SELECT is((SELECT count(*) FROM news()), 1::bigint, 'and no clearance where none was given');
SELECT aiconsent.adopt_policy(regions => '{FR}', effective_at => '2026-01-01', reason => 'France') \g /dev/null
SELECT is((SELECT before FROM aiconsent.change WHERE reason = 'France'), NULL, 'a region''s first version has none before it');
SELECT aiconsent.adopt_policy(effective_at => '2026-02-01', clearance => 'personal{content}', reason => 'less') \g /dev/null
SELECT is((SELECT before || ' > ' || after FROM aiconsent.change WHERE what = 'adopt_clearance' AND reason = 'less'),
  (SELECT clearance::text FROM aiconsent.policy_template WHERE purpose = 'content_generation') || ' > personal{content}',
  'a later clearance has the one before it');
SELECT news() \g /dev/null

SELECT aiconsent.register_notice('notice', 'member_id', 'at'), aiconsent.register_preference('setting', allows => 'NOT allowed') \g /dev/null
SELECT is_news('what is of a purpose says of which',
  session_user || ' | register_notice | public.notice | - | t.member_id AS subject, t.at AS at for content_generation',
  session_user || ' | register_preference | public.setting | - | t.member_id AS subject, (NOT t.allowed) AS allows for content_generation');

-- ---------------------------------------------------------------------------
-- Labels
-- ---------------------------------------------------------------------------
SET ROLE c_owner;
SECURITY LABEL FOR aiconsent ON COLUMN post.body IS 'personal{content.post} -- for everybody -- to read';
RESET ROLE;
SELECT is_news('a plain label, with its reason',
  'c_owner | label | public.post.body | - | personal{content.post} -- for everybody -- to read | for everybody -- to read');
SELECT aiconsent.register_field('post', 'body', 'personal{content}', 'more than posts') \g /dev/null
SELECT is_news('a label by register_field(), with the one before',
  session_user || ' | label | public.post.body | personal{content.post} -- for everybody -- to read | personal{content} -- more than posts | more than posts');
SELECT aiconsent.register_field('post', 'body', 'personal{content}', 'more than posts') \g /dev/null
SELECT is_news('one that changes nothing is no news');
SECURITY LABEL FOR aiconsent ON TABLE post IS 'public';
SELECT aiconsent.register_field('post', NULL, NULL, 'it said nothing') \g /dev/null
SELECT is_news('a table''s, and that it was taken away, with the reason',
  session_user || ' | label | public.post | - | public',
  session_user || ' | label | public.post | public | - | it said nothing');
SECURITY LABEL FOR aiconsent ON COLUMN post.body IS NULL;
SELECT is_news('a plain one that is taken away has none',
  session_user || ' | label | public.post.body | personal{content} -- more than posts | -');
SELECT throws_ok($$ SELECT aiconsent.register_field('pg_class', 'relname', NULL, 'no such label') $$, '42809', NULL, 'what fails');
SECURITY LABEL FOR aiconsent ON COLUMN post.body IS 'personal{content.post}';
SECURITY LABEL FOR aiconsent ON COLUMN post.body IS NULL;
SELECT is_news('leaves no reason behind',
  session_user || ' | label | public.post.body | - | personal{content.post}',
  session_user || ' | label | public.post.body | personal{content.post} | -');
SELECT throws_ok($$ SECURITY LABEL ON COLUMN post.body IS 'public' $$, '22023', NULL, 'a label of no provider is none');
SELECT throws_ok($$ SECURITY LABEL FOR aiconsent ON COLUMN post.body IS 'open' $$, NULL, NULL, 'nor is one that says nothing');
SECURITY LABEL FOR aiconsent_published ON COLUMN post.title IS 'public';
SECURITY LABEL FOR aiconsent_published ON COLUMN post.title IS NULL;
SELECT is_news('neither is recorded, nor what publish() notes for itself');
DO $$ BEGIN EXECUTE 'SECURITY LABEL FOR aiconsent ON COLUMN post.body IS ''personal{content.post}'''; END $$;
SELECT aiconsent.register_field('post', 'title', 'public') \g /dev/null
SELECT is_news('a label put by a function is',
  session_user || ' | label | public.post.body | - | personal{content.post}',
  session_user || ' | label | public.post.title | - | public');

-- ---------------------------------------------------------------------------
-- Publications
-- ---------------------------------------------------------------------------
SET ROLE c_steward;
SELECT aiconsent.publish() \g /dev/null
RESET ROLE;
SELECT is_news('a publication has the fields of each view, and its schema',
  'c_steward | publish | training.post | - | body personal{content.post}, title public',
  'c_steward | publish | content_generation | - | training');
SELECT aiconsent.publish() \g /dev/null
SELECT is_news('one that changes nothing has only that it was',
  session_user || ' | publish | content_generation | training | training');
SELECT aiconsent.register_field('post', 'id', 'public'), aiconsent.register_field('post', 'title', 'personal{content.post}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT is_news('a new field and a raised label',
  session_user || ' | label | public.post.id | - | public',
  session_user || ' | label | public.post.title | public | personal{content.post}',
  session_user || ' | publish | training.post | body personal{content.post}, title public | id public, body personal{content.post}, title personal{content.post}',
  session_user || ' | publish | content_generation | training | training');
SELECT aiconsent.register_field('post', 'title', 'public') \g /dev/null
SELECT throws_ok('SELECT aiconsent.publish()', '55000', 'labels were lowered since the last publication', 'a lowered label is refused');
SELECT aiconsent.publish(accept_lowered => true) \g /dev/null
SELECT is_news('until it is accepted, by whom',
  session_user || ' | label | public.post.title | personal{content.post} | public',
  session_user || ' | accept_lowered | public.post.title | personal{content.post} | public',
  session_user || ' | publish | training.post | id public, body personal{content.post}, title personal{content.post} | id public, body personal{content.post}, title public',
  session_user || ' | publish | content_generation | training | training');
SECURITY LABEL FOR aiconsent ON COLUMN post.title IS 'never{message}';
SELECT aiconsent.publish() \g /dev/null
SELECT is_news('a field that is withdrawn left with its label',
  session_user || ' | label | public.post.title | public | never{message}',
  session_user || ' | publish | content_generation | training | training');
SELECT aiconsent.register_field('profile', 'words', 'personal{content}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT news() \g /dev/null

-- ---------------------------------------------------------------------------
-- Ends
-- ---------------------------------------------------------------------------
DROP TABLE profile CASCADE;
SELECT is_news('a table that is dropped takes its registration away',
  session_user || ' | unregister_source | public.profile | t.id AS row_id, t.member_id AS subject_1 undated | - | dropped with what it rested on');
SELECT aiconsent.publish() \g /dev/null
SELECT is_news('and its view, before publish() comes', session_user || ' | publish | content_generation | training | training');
ALTER TABLE education RENAME TO school;
DROP VIEW aiconsent.education_education_binding;
SELECT is_news('so does who drops the binding; it is recorded by the name that it was made under',
  session_user || ' | unregister_education | public.education | t.member_id AS subject, t.level AS level | -');
SET ROLE c_owner;
GRANT SELECT ON post TO c_steward;
RESET ROLE;
DROP VIEW aiconsent.source_post_binding;
SELECT aiconsent.publish() \g /dev/null
SELECT is_news('a view that is no source''s any more goes with the next publish()',
  session_user || ' | unregister_source | public.post | t.id AS row_id, t.author_id AS subject_1, t.at AS occurred_at | -',
  session_user || ' | publish | training.post | id, body | - | no source''s view any more',
  session_user || ' | publish | content_generation | training | training');
SET ROLE c_steward;
SELECT aiconsent.unregister_notice('notice'), aiconsent.unregister_preference('setting') \g /dev/null
RESET ROLE;
SELECT is_news('who ends a declaration is recorded with what it said',
  'c_steward | unregister_notice | public.notice | t.member_id AS subject, t.at AS at for content_generation | -',
  'c_steward | unregister_preference | public.setting | t.member_id AS subject, (NOT t.allowed) AS allows for content_generation | -');
SET ROLE c_steward;
SELECT aiconsent.unregister_subject('member') \g /dev/null
RESET ROLE;
SELECT is_news('also of the subjects',
  'c_steward | unregister_subject | public.member | t.id AS key, t.birth AS birth, t.told AS notified_at | -');

-- ---------------------------------------------------------------------------
-- Words, grants
-- ---------------------------------------------------------------------------
SET ROLE c_steward;
SELECT aiconsent.register_school_word('Tilleuls', 2, 3, '{FR,CH}') \g /dev/null
SELECT aiconsent.unregister_school_word('Tilleuls') \g /dev/null
SELECT aiconsent.register_school_word('tilleuls', 3, 3) \g /dev/null
RESET ROLE;
SELECT is_news('words of schooling, with what they meant',
  'c_steward | register_school_word | Tilleuls | - | ISCED 2 to 3 in FR, CH',
  'c_steward | unregister_school_word | Tilleuls | ISCED 2 to 3 in FR, CH | -',
  'c_steward | register_school_word | tilleuls | - | ISCED 3 to 3');
SELECT aiconsent.grant_role('c_reader', 'reader', reason => 'the model of May') \g /dev/null
SELECT aiconsent.grant_role('c_reader', 'reader') \g /dev/null
SELECT aiconsent.grant_role('c_reader', 'auditor') \g /dev/null
SELECT aiconsent.revoke_role('c_reader', 'reader', 'content_generation', 'it is trained') \g /dev/null
SELECT aiconsent.revoke_role('c_reader', 'auditor') \g /dev/null
SELECT is_news('grants, also one that was there, and what was revoked, with reasons',
  session_user || ' | grant_role | c_reader | - | reader of content_generation | the model of May',
  session_user || ' | grant_role | c_reader | reader of content_generation | reader of content_generation',
  session_user || ' | grant_role | c_reader | - | auditor',
  session_user || ' | revoke_role | c_reader | reader of content_generation | - | it is trained',
  session_user || ' | revoke_role | c_reader | auditor | -');

SELECT throws_ok(c, '55000', NULL, 'the record stays: ' || c) FROM (VALUES ('UPDATE aiconsent.change SET reason = NULL'),
  ('DELETE FROM aiconsent.change'), ('TRUNCATE aiconsent.change')) x (c);

SELECT * FROM finish();
ROLLBACK;
