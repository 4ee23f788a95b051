-- What is missing, and what follows: the table of the policy, line by line.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(38);

CREATE TABLE member (id bigint PRIMARY KEY, birth date, told timestamptz);
CREATE TABLE school (id int PRIMARY KEY, member_id bigint REFERENCES member,
  stage int, starts text, ends text);
CREATE TABLE post (id bigint PRIMARY KEY, author_id bigint REFERENCES member,
  body text, label_less text, written timestamptz);
INSERT INTO member SELECT i, NULL, '2025-10-01' FROM generate_series(1, 30) i;

SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'told');
SELECT aiconsent.register_education('school', level => 'stage', starts => 'starts', ends => 'ends');
SELECT aiconsent.register_source('post', occurred_at => 'written');
SELECT aiconsent.register_field('post', 'id', 'public');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');

-- The policy
SELECT is(aiconsent.verdict_of(1)::text, 'not_started',
  'without an adopted policy everybody is not_started');
SELECT is(aiconsent.eligible(1), false, 'without an adopted policy nobody is eligible');
SELECT throws_ok($$SELECT aiconsent.publish()$$, '42704',
  'no policy is adopted for purpose "content_generation"',
  'without an adopted policy nothing is published');
SELECT aiconsent.adopt_policy();
SELECT is(aiconsent.verdict_of(1)::text, 'eligible', 'adopting it puts it in force');
SELECT is(aiconsent.verdict_of(1, 'advertising')::text, 'not_started',
  'a purpose without a policy is not_started for everybody');
SELECT is(aiconsent.eligible(1, 'advertising'), false,
  'a purpose without a policy has nobody eligible');
SELECT is(aiconsent.eligible(1, NULL), false, 'a NULL purpose has nobody eligible');

-- The subject key
SELECT is(aiconsent.verdict_of(NULL::bigint)::text, 'unknown_subject', 'a NULL key is out: unknown_subject');
SELECT is(aiconsent.verdict_of(31)::text, 'unknown_subject', 'a key of nobody is out: unknown_subject');
SELECT is(aiconsent.verdict_of(31, 'advertising')::text, 'unknown_subject',
  'a key of nobody is unknown_subject alone, also without a policy');
SELECT is(aiconsent.eligible(NULL::bigint), false, 'a NULL key is not eligible, and not NULL');
SELECT is(aiconsent.eligible(31), false, 'a key of nobody is not eligible');

-- Birth
SELECT is(aiconsent.verdict_of(2)::text, 'eligible', 'no birth date is no evidence of minority');
UPDATE member SET birth = 'infinity' WHERE id = 3;
UPDATE member SET birth = '-infinity' WHERE id = 4;
UPDATE member SET birth = '0044-03-15 BC' WHERE id = 5;
UPDATE member SET birth = '1899-12-31' WHERE id = 6;
UPDATE member SET birth = '1900-01-01' WHERE id = 7;
SELECT results_eq(
  $$SELECT i, aiconsent.verdict_of(i)::text FROM generate_series(3, 7) i$$,
  $$VALUES (3, 'error'), (4, 'error'), (5, 'error'), (6, 'error'), (7, 'eligible')$$,
  'an infinite or implausible birth date is error alone; 1900 is plausible');
SELECT aiconsent.adopt_policy('strict', effective_at => '2025-11-03', birth_required => true,
  announced_at => '2025-09-18');
SELECT is(aiconsent.verdict_of(2, 'strict')::text, 'error',
  'no birth date is error where the policy requires one');
SELECT is(aiconsent.verdict_of(7, 'strict')::text, 'eligible',
  'birth_required asks for a birth date and no more');

-- Schooling
INSERT INTO school VALUES (1, 8, 3, '20??', 'soon'), (2, 9, 3, '2015-09-01', 'soon'),
  (3, 10, NULL, NULL, NULL), (4, 11, 2, NULL, NULL), (5, 12, 3, '2026', '2024'),
  (6, 13, 6, NULL, NULL), (7, NULL, 3, NULL, NULL);
SELECT is(aiconsent.verdict_of(1)::text, 'eligible', 'no schooling is no suspicion');
SELECT is(aiconsent.verdict_of(8)::text, 'suspected_minor', 'unreadable dates are read at their widest: now');
SELECT is(aiconsent.verdict_of(9)::text, 'eligible',
  'an unreadable end is a missing end: eight years from 2015 are over');
SELECT is(aiconsent.verdict_of(10)::text, 'eligible', 'an unknown stage is no suspicion');
SELECT is(aiconsent.verdict_of(11)::text, 'suspected_minor', 'schooling without dates is current');
SELECT is(aiconsent.verdict_of(12)::text, 'suspected_minor', 'an end before its start: both are missing');
SELECT is(aiconsent.verdict_of(13)::text, 'eligible', 'tertiary education is no suspicion');

-- Notice
UPDATE member SET told = NULL WHERE id = 14;
UPDATE member SET told = '2025-09-17 23:59:59.999999+00' WHERE id = 15;
UPDATE member SET told = 'infinity' WHERE id = 16;
UPDATE member SET told = '294276-01-01' WHERE id = 17;
SELECT is(aiconsent.verdict_of(14)::text, 'not_notified', 'never told is out: not_notified');
SELECT is(aiconsent.verdict_of(15)::text, 'not_notified', 'told before the announcement is not_notified');
SELECT is(aiconsent.verdict_of(16)::text, 'not_notified', 'a notice at infinity is none');
SELECT is(aiconsent.verdict_of(17)::text, 'not_notified',
  'an absurd notice is none, and raises no error in the UPDATE');
SELECT aiconsent.adopt_policy('silent', effective_at => '2025-11-03', notice_required => false);
SELECT is(aiconsent.verdict_of(14, 'silent')::text, 'eligible', 'a policy that requires no notice asks for none');
SELECT aiconsent.adopt_policy('unannounced', effective_at => '2025-11-03');
SELECT is(aiconsent.verdict_of(1, 'unannounced')::text, 'not_notified',
  'a notice is required and nothing was announced: not_notified');

-- The time of a row
UPDATE member SET birth = '2000-01-01' WHERE id = 18;
INSERT INTO post VALUES
  (1, 18, 'as a child', 'x', '2018-01-01 11:59:59.999999+00'),
  (2, 18, 'as an adult', 'x', '2018-01-01 12:00:00+00'),
  (3, 18, 'some day', 'x', NULL),
  (4, 1, 'no horizon applies', 'x', NULL),
  (5, NULL, 'by nobody', 'x', '2025-12-01'),
  (6, 18, 'never was', 'x', 'infinity'), (7, 18, 'always was', 'x', '-infinity');
SELECT aiconsent.publish();
SELECT set_eq('SELECT id, body FROM training.post',
  $$VALUES (2::bigint, 'as an adult'), (4, 'no horizon applies')$$,
  'a row without a time, or from childhood, stays out where a horizon applies; one of nobody always');
-- A time that no timestamp has, and one that is none.  An error would show it.
CREATE TABLE diary (id bigint PRIMARY KEY, author_id bigint REFERENCES member, body text, on_day date);
CREATE TABLE note (id bigint PRIMARY KEY, author_id bigint REFERENCES member, body text, at timestamp);
INSERT INTO diary SELECT id, author, 'x', on_day::date FROM (VALUES (1, 18, 'infinity'), (2, 18, '-infinity'),
  (3, 18, '5874897-12-31'), (4, 18, '294277-01-01'), (5, 18, '4714-11-24 BC'), (6, 18, '2019-01-01'),
  (7, 1, 'infinity'), (8, 1, '5874897-12-31'), (9, 1, '4714-11-24 BC')) v(id, author, on_day);
INSERT INTO note SELECT id, author, 'x', at::timestamp FROM (VALUES (1, 18, 'infinity'), (2, 18, '-infinity'),
  (3, 18, '4714-11-24 00:00:00 BC'), (4, 18, '2019-01-01'), (5, 1, 'infinity'), (6, 1, '4714-11-24 00:00:00 BC')) v(id, author, at);
SELECT aiconsent.register_source(r, occurred_at => at) FROM (VALUES ('diary'::regclass, 'on_day'::name), ('note', 'at')) v(r, at);
SELECT aiconsent.register_field(r, f, 'public') FROM (VALUES ('diary'::regclass, 'id'::name), ('diary', 'body'),
  ('diary', 'on_day'), ('note', 'id'), ('note', 'body'), ('note', 'at')) v(r, f);
SELECT aiconsent.publish();
SELECT results_eq('SELECT id FROM training.diary ORDER BY 1', '{6,7,8,9}'::bigint[],
  'a date that no timestamp has stays out where a horizon applies, and no query fails');
SELECT results_eq('SELECT id FROM training.note ORDER BY 1', '{4,5,6}'::bigint[],
  'nor does one for a timestamp that is too early');
SELECT is((SELECT count(*) FROM training.corpus WHERE source IN ('public.diary', 'public.note')), 7::bigint,
  'nor a query of the corpus');
SELECT is((SELECT count(*) FROM training.corpus WHERE source = 'public.diary' AND occurred_at > '1900-01-01'), 1::bigint,
  'where such a date is no time');
SELECT throws_ok($$SELECT aiconsent.register_source('school', subjects => '{member_id}')$$, '22023',
  'a source needs the time of its rows', 'a source without a time is refused');
SELECT throws_ok($$SELECT aiconsent.register_source('school', subjects => '{member_id}', undated => true)$$,
  '22023', 'an undated source needs a reason', 'and an undated one without a reason');

-- The label
SELECT hasnt_column('training', 'post', 'label_less', 'a column without a label is not there');
SELECT aiconsent.register_field('post', NULL, 'personal{content}', 'the table is labelled');
SELECT aiconsent.publish();
SELECT hasnt_column('training', 'post', 'label_less',
  'nor under a labelled table: only its own label releases a column');

SELECT * FROM finish();
ROLLBACK;
