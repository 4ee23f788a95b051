-- A member must have been told of the purpose, since it was announced; the
-- policy's delay runs from there.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE TABLE member (id text PRIMARY KEY, told timestamptz);
INSERT INTO member VALUES ('none', NULL), ('early', '2025-09-17 23:59:59.999999Z'), ('same', '2025-09-18Z'), ('told', '2025-09-25Z'), ('late', '2026-06-01Z'),
  ('never', 'infinity'), ('long ago', '-infinity'), ('future', '2030-01-01Z');
SELECT aiconsent.register_subject('member', notified_at => 'told') \g /dev/null
SELECT aiconsent.adopt_policy() \g /dev/null
SELECT aiconsent.adopt_policy('ads', effective_at => '2025-11-03Z', announced_at => '2025-10-10Z', notice_period => '1 month') \g /dev/null
SELECT aiconsent.adopt_policy('voice', effective_at => '2025-11-03Z') \g /dev/null
SELECT aiconsent.adopt_policy('free', effective_at => '2025-11-03Z', notice_required => false) \g /dev/null
CREATE FUNCTION verdict(id text, purpose text DEFAULT 'content_generation', at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS
  $$ SELECT aiconsent.verdict_of(id, purpose, at)::text $$;
CREATE FUNCTION notified(p text DEFAULT 'content_generation', at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(string_agg(id, ', ' ORDER BY id COLLATE "C"), 'nobody') FROM member WHERE verdict(id, p, at) !~ 'not_notified' $$;

-- By the subject table's own column.
SELECT is(notified(), 'late, same, told', 'told since the announcement, to the microsecond; an infinite or missing notice is none');
SELECT is(notified(at => '2026-05-31Z'), 'same, told', 'not before it was given');
SELECT is(notified('ads'), 'late', 'one time column counts for all purposes, each with its own announcement');
SELECT is(notified('voice'), 'nobody', 'what was never announced, nobody was told of');
SELECT is(notified('free'), 'early, future, late, long ago, never, none, same, told', 'where no notice is required nobody lacks one');

-- By a table of notices.
CREATE TABLE notice (member text REFERENCES member, at timestamptz, title text);
INSERT INTO notice VALUES ('none', '2025-10-11Z', 'ads'), ('told', '2025-10-01Z', 'ads'), ('early', '2025-10-01Z', 'ads'), ('early', '2025-12-01Z', 'ads'), ('same', NULL, 'ads'),
  ('never', 'infinity', 'ads'), ('long ago', '-infinity', 'ads');
SELECT aiconsent.register_notice('notice', at => 'at', purpose => 'ads') \g /dev/null
SELECT is(notified('ads'), 'early, none', 'the notices of the purpose count, and the subject table''s column does not');
SELECT is(notified(), 'late, same, told', 'for other purposes it goes on counting');
SELECT is((SELECT string_agg(notified('ads', at), '; ' ORDER BY at) FROM (VALUES ('2025-11-10 23:59Z'::timestamptz), ('2025-11-11Z'), ('2025-12-31 23:59Z'), ('2026-01-01Z')) x(at)),
  'nobody; none; none; early, none', 'the delay of the policy runs from the first notice since the announcement');
INSERT INTO notice VALUES ('none', '2026-03-01Z'), ('none', '2025-10-10Z'), ('none', '2025-01-01Z');
SELECT is(notified('ads', '2025-11-10Z'), 'none', 'of several the first since the announcement, in whatever order they come');
DELETE FROM notice WHERE member = 'none' AND at = '2025-10-10Z';
SELECT is(notified('ads', '2025-11-10 23:59Z'), 'nobody', 'one that is deleted was never given');
UPDATE notice SET at = '2025-11-20Z' WHERE member = 'early' AND at = '2025-12-01Z';
SELECT is(notified('ads', '2025-12-20Z'), 'early, none', 'one that is corrected counts as it is now');
UPDATE notice SET member = 'told' WHERE member = 'early';
SELECT is(notified('ads'), 'none, told', 'and passes to whom it was given');
INSERT INTO member VALUES ('new', '2025-10-01Z');
SELECT is(verdict('new', 'ads'), 'not_notified', 'a new member was told of nothing by a column of another table');
INSERT INTO notice VALUES ('new', now());
SELECT is(verdict('new', 'ads', now() + interval '1 month'), 'eligible', 'until a notice is given and the delay is over');
SELECT is(verdict('new', 'ads'), 'not_notified', 'not before');
CREATE TABLE other_notice (who text, given timestamptz);
INSERT INTO other_notice VALUES ('same', '2025-11-01Z'), ('nobody at all', '2025-11-01Z'), (NULL, '2025-11-01Z');
SELECT lives_ok($$SELECT aiconsent.register_notice('other_notice', 'who', 'given', 'ads')$$, 'a purpose can have several tables of notices');
SELECT is(notified('ads'), 'none, same, told', 'all of which count');
SELECT lives_ok($$SELECT aiconsent.register_notice('other_notice', 'who', 'given')$$, 'and one table can serve several purposes');
SELECT is(notified(), 'same', 'each by itself');
TRUNCATE other_notice;
SELECT is(notified() || '; ' || notified('ads'), 'nobody; none, told', 'TRUNCATE takes effect on both');
SELECT aiconsent.unregister_notice('other_notice') \g /dev/null
SELECT is(notified(), 'late, new, same, told', 'without a table of notices the column counts again');
INSERT INTO other_notice VALUES ('same', '2025-11-01Z');
SELECT is(notified('ads'), 'none, same, told', 'the declaration for the other purpose stays');
SELECT aiconsent.unregister_notice('other_notice', 'ads') \g /dev/null
SELECT is(notified('ads'), 'none, told', 'until it ends, too');

-- Absurd times raise nothing.
SELECT lives_ok(format('INSERT INTO notice VALUES (''late'', %L)', at), 'a notice of ' || COALESCE(at, 'NULL'))
FROM (VALUES ('4713-01-01 BC'), ('294276-12-31 23:59:59.999999Z'), ('infinity'), ('-infinity'), (NULL)) x(at);
SELECT is(verdict('late', 'ads'), 'not_notified', 'is none');

SELECT throws_ok(command, code, NULL, 'refused: ' || command) FROM (VALUES
  ($$SELECT aiconsent.register_notice('notice', at => 'at', purpose => 'ads')$$, '42710'),
  ($$SELECT aiconsent.register_notice('notice', at => 'at', purpose => 'unheard_of')$$, '42704'),
  ($$SELECT aiconsent.register_notice('notice', at => 'at', purpose => NULL)$$, '22004'),
  ($$SELECT aiconsent.register_notice('notice')$$, '22023'),
  ($$SELECT aiconsent.register_notice('notice', at => 'title')$$, '42804'),
  ($$SELECT aiconsent.register_notice('notice', at => 'nothing')$$, '42703'),
  ($$SELECT aiconsent.register_notice('other_notice', at => 'given')$$, '22023'),
  ($$SELECT aiconsent.unregister_notice('other_notice')$$, '42704'),
  ($$SELECT aiconsent.unregister_notice('notice')$$, '42704'),
  ($$ALTER TABLE notice DROP COLUMN at$$, '2BP01'),
  ($$ALTER TABLE notice ALTER at TYPE date$$, '0A000')) c(command, code);

SELECT string_agg(id || verdict(id) || verdict(id, 'ads'), ',' ORDER BY id) AS verdicts FROM member \gset
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is((SELECT string_agg(id || verdict(id) || verdict(id, 'ads'), ',' ORDER BY id) FROM member), :'verdicts', 'judging everybody anew changes nothing');
SELECT * FROM finish();
ROLLBACK;
