-- Texts of the shipped policy's categories are scrubbed, unless a steward says
-- otherwise.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;

CREATE ROLE s_owner;
CREATE ROLE s_reader;
CREATE ROLE s_steward;
GRANT CREATE ON SCHEMA public TO s_owner;
SELECT aiconsent.grant_role('s_steward', 'steward');
SET ROLE s_owner;
CREATE TYPE mood AS ENUM ('good');
CREATE DOMAIN title AS varchar(80) CHECK (value <> '');
CREATE TABLE member (id int PRIMARY KEY, name text, photo text, headline text);
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, body text, short varchar(40), fixed char(30), heading title, tags text[], words varchar(20)[],
  doc jsonb, raw json, bytes bytea, at timestamptz, day date, likes int, score numeric, shown boolean, mood mood, token uuid, during tstzrange, levels int[], address inet);
INSERT INTO member VALUES (1, 'ada@example.org', 'ada@example.org', 'ada@example.org');
INSERT INTO post VALUES (1, 1, 'write ada@example.org', 'ada@example.org', 'ada@example.org', 'ada@example.org', '{x,ada@example.org}', '{ada@example.org}', '{"a": "ada@example.org"}', '{}', 'x',
  '2026-01-01', '2026-01-01', 5, 1.5, true, 'good', '00000000-0000-0000-0000-000000000001', '[2026-01-01,2026-02-01)', '{1,2}', '10.0.0.1');
RESET ROLE;
SELECT aiconsent.register_subject('member');
SELECT aiconsent.register_source('member', undated => true, reason => 'a profile is of today');
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_field('post', attname, 'personal{content.post}') FROM pg_attribute WHERE attrelid = 'post'::regclass AND attnum > 2;
SELECT aiconsent.register_field('member', f, s) FROM (VALUES ('name'::name, 'personal{profile.name}'::aiconsent.sensitivity), ('photo', 'personal{profile.photo}'), ('headline', 'personal{profile.position}')) v (f, s);
SELECT is_empty('SELECT * FROM aiconsent.treatment', 'nothing is in force before a policy is adopted');

SET ROLE s_steward;
SELECT aiconsent.adopt_policy(notice_required => false, reason => 'announced');
RESET ROLE;
SELECT set_eq('SELECT purpose, category, function, reason FROM aiconsent.treatment WHERE shipped', 'SELECT purpose, category, function, reason FROM aiconsent.treatment_template',
  'with the first policy come its treatments, each with a reason');
SELECT is((SELECT changed_by || ', ' || reason FROM aiconsent.change WHERE what = 'adopt_treatments'), 's_steward, announced', 'which is recorded');
-- Every category that the shipped clearance admits, but names and photos.
SELECT is((SELECT array_agg(c ORDER BY c) FROM unnest(aiconsent.sensitivity_categories((SELECT clearance FROM aiconsent.policy_template WHERE purpose = 'content_generation'))) c
  WHERE NOT EXISTS (SELECT FROM aiconsent.treatment t WHERE t.category = c AND t.function = 'scrub')), NULL, 'for all that the policy admits');

SELECT aiconsent.publish();
SELECT aiconsent.grant_role('s_reader', 'reader');
SET ROLE s_reader;
SELECT is((SELECT body FROM training.post), 'write [EMAIL]', 'text');
SELECT is((SELECT short || '|' || fixed || '|' || heading FROM training.post), '[EMAIL]|[EMAIL]|[EMAIL]', 'varchar, char, and a domain over it');
SELECT is((SELECT tags || words FROM training.post), '{x,[EMAIL],[EMAIL]}', 'arrays of text');
SELECT is((SELECT doc FROM training.post), '{"a": "[EMAIL]"}'::jsonb, 'and jsonb');
SELECT results_eq('SELECT at, day, likes, score, shown, mood, token, during, levels FROM training.post', $$VALUES (timestamptz '2026-01-01', date '2026-01-01', 5, 1.5::numeric, true, 'good'::mood,
  '00000000-0000-0000-0000-000000000001'::uuid, tstzrange('2026-01-01', '2026-02-01'), '{1,2}'::int[])$$, 'what cannot hold text is as it is');
SELECT is((SELECT headline FROM training.member), '[EMAIL]', 'a profile');
SELECT is((SELECT name || '|' || photo FROM training.member), 'ada@example.org|ada@example.org', 'not its name and photo');
SELECT set_eq('SELECT field, content FROM training.corpus', $$VALUES ('body', 'write [EMAIL]'), ('short', '[EMAIL]'), ('fixed', '[EMAIL]'), ('heading', '[EMAIL]'), ('headline', '[EMAIL]'),
  ('name', 'ada@example.org'), ('photo', 'ada@example.org')$$, 'the corpus shows the same');
RESET ROLE;
SELECT is((SELECT count(*) FROM information_schema.columns WHERE table_schema = 'training' AND table_name = 'post' AND column_name IN ('raw', 'bytes', 'address')), 0::bigint,
  'a type that can hold text and cannot be scrubbed is not released');
SELECT is_empty($$SELECT * FROM aiconsent.publication_drift()$$, 'what is published is what publish() would make');

-- Otherwise
SELECT throws_ok($$SELECT aiconsent.treat('content', 'scrub', argument => 'loose')$$, '22023', NULL, 'scrub has one argument');
SELECT aiconsent.treat('content', 'scrub', argument => 'strict');
SELECT aiconsent.publish();
SELECT matches(pg_get_viewdef('training.post'), 'scrub\((t\.)?body, ''content_generation''::text, true\)', 'strict, where it is asked for');
SELECT aiconsent.treat('content.post', 'none', reason => 'all of it was read by somebody');
SELECT aiconsent.publish();
SET ROLE s_reader;
SELECT is((SELECT body FROM training.post), 'write ada@example.org', 'none: as it is');
RESET ROLE;
SELECT has_column('training', 'post', 'bytes', 'whatever its type');
SELECT aiconsent.adopt_policy(effective_at => '2026-01-01', adult_age => 21);
SELECT aiconsent.publish();
SELECT is((SELECT body FROM training.post), 'write ada@example.org', 'a later version of the policy changes nothing of that');
SELECT is((SELECT count(*) FROM aiconsent.treatment WHERE shipped), (SELECT count(*) FROM aiconsent.treatment_template), 'nor brings anything');
SELECT aiconsent.treat('content.post', NULL);
SELECT aiconsent.treat('content', NULL);
SELECT aiconsent.publish();
SELECT is((SELECT body FROM training.post), 'write [EMAIL]', 'taken back, what came with the policy holds again');
SELECT aiconsent.treat('profile', 'pseudonym');
SELECT aiconsent.publish();
SELECT ok((SELECT name ~ '^[0-9a-f]{32}$' AND photo ~ '^[0-9a-f]{32}$' AND headline ~ '^[0-9a-f]{32}$' FROM training.member),
  'what a steward says of all below a category goes before what came for one of them');

-- A field of several categories
SELECT aiconsent.register_field('post', 'body', 'personal{content.post,other}');
SELECT aiconsent.register_field('post', 'short', 'personal{content.post,profile.name}');
SELECT aiconsent.treat('profile', NULL);
SELECT aiconsent.adopt_policy(effective_at => '2026-01-02', clearance => 'personal{content,profile,other}');
SELECT aiconsent.publish(accept_lowered => true);
SELECT is((SELECT body || '|' || short FROM training.post), 'write [EMAIL]|[EMAIL]', 'is scrubbed where one of them is, and of the others nothing is said');

-- Another purpose, which inherits from the shipped template
SELECT aiconsent.adopt_policy('ranking', effective_at => '2026-01-01', notice_required => false);
SELECT aiconsent.publish('ranking', 'ranking');
SELECT is((SELECT tags[2] FROM ranking.post), '[EMAIL]', 'brings its treatments, too');

SELECT * FROM finish();
ROLLBACK;
