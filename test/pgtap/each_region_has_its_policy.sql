-- A row is judged by its subject's own region and policy, and dated changes of
-- policy act at their date, without a new publication.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
-- Not in one transaction: a policy of the next second has to come.
SELECT * FROM no_plan();

CREATE SCHEMA net;
CREATE TABLE net.member (id int PRIMARY KEY, region text, born date, told timestamptz DEFAULT '2025-10-01Z');
INSERT INTO net.member (id, region) VALUES (1, 'FR'), (2, 'GB'), (3, 'CH'), (4, 'CA'), (5, 'HK'), (6, 'US'), (7, 'AQ'), (8, NULL),
  (9, 'uk'), (10, 'fr'), (11, 'EL'), (12, ' De '), (13, 'UK'), (14, 'NO'), (15, ''), (16, 'GR'), (17, 'EEA'), (18, 'FRA'), (19, 'Frankreich');
SELECT aiconsent.register_subject('net.member', birth => 'born', region => 'region', notified_at => 'told') \g /dev/null
CREATE FUNCTION verdict(id int, purpose text DEFAULT 'content_generation', at timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS
  $$ SELECT aiconsent.verdict_of(id, purpose, at)::text $$;
CREATE FUNCTION who(purpose text) RETURNS int[] LANGUAGE sql AS $$ SELECT ARRAY(SELECT id FROM net.member m WHERE aiconsent.eligible(m.id, purpose) ORDER BY 1) $$;

-- ---------------------------------------------------------------------------
-- Horizons: the EEA's from 2015, the United Kingdom's from 2003.
-- ---------------------------------------------------------------------------
CREATE TABLE net.post (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author int REFERENCES net.member, body text, at timestamptz);
INSERT INTO net.post (author, body, at) SELECT id, format('%s of %s', y, id), make_timestamptz(y, 1, 1, 0, 0, 0, 'UTC')
  FROM net.member, unnest('{2002,2003,2014,2015,2020}'::int[]) y;
CREATE TABLE net.letter (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, giver int REFERENCES net.member, receiver int REFERENCES net.member, body text, at timestamptz);
INSERT INTO net.letter (giver, receiver, body, at) SELECT 2, 1, y::text, make_timestamptz(y, 1, 1, 0, 0, 0, 'UTC') FROM unnest('{2002,2003,2014,2015,2020}'::int[]) y;
SELECT aiconsent.register_source('net.post', occurred_at => 'at'), aiconsent.register_field('net.post', 'body', 'personal{content.post}'),
  aiconsent.register_field('net.post', 'author', 'public'), aiconsent.register_field('net.post', 'at', 'public'),
  aiconsent.register_source('net.letter', occurred_at => 'at'), aiconsent.register_field('net.letter', 'body', 'personal{content.post}') \g /dev/null
SELECT aiconsent.adopt_policy(regions => '{GB}', data_from => '2003-01-01Z') \g /dev/null
SELECT count(*) FROM aiconsent.publish() \g /dev/null
CREATE FUNCTION years(author int) RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(string_agg(extract(year FROM at AT TIME ZONE 'UTC')::text, ' ' ORDER BY at), '-') FROM training.post WHERE post.author = years.author $$;
SELECT is(years(2), '2003 2014 2015 2020', 'a British member by the British horizon');
SELECT is(years(1) || years(8), '--', 'nobody else has a policy: region_excluded');
SELECT is(ARRAY[verdict(1), verdict(8), verdict(15)], '{region_excluded,region_excluded,region_excluded}', 'a region without a row, and none, are out');
SELECT aiconsent.adopt_policy(regions => '{EEA}', effective_at => '2025-11-03Z', announced_at => '2025-09-18Z', data_from => '2015-01-01Z') \g /dev/null
SELECT is(years(1), '2015 2020', 'a French one by the EEA''s, without a new publication');
SELECT is(years(14), '2015 2020', 'Norway is in the EEA');
SELECT is(years(3), '-', 'Switzerland is not');
SELECT is((SELECT string_agg(body, ' ' ORDER BY body) FROM training.letter), '2015 2020', 'a row about two persons: by both horizons');
SELECT is((SELECT string_agg(id::text, ' ' ORDER BY id) FROM net.member WHERE aiconsent.eligible(id)), '1 2 9 10 11 12 13 14 16 17',
  'lower case, UK, EL and blanks are understood');
SELECT is(ARRAY[years(9), years(13), years(10), years(11), years(12)], ARRAY[years(2), years(2), years(1), years(1), years(1)], 'and judged alike');
SELECT is(ARRAY[verdict(18), verdict(19)], '{region_excluded,region_excluded}', 'what is no code is a region without a row');
SELECT is((SELECT content_from FROM aiconsent.timeline(2::bigint) WHERE during @> now()), '2003-01-01Z', 'the timeline has the horizon');

-- A default row is for all that no row names.
SELECT aiconsent.adopt_policy(effective_at => '2025-11-03Z', announced_at => '2025-09-18Z') \g /dev/null
SELECT is(years(6), '2002 2003 2014 2015 2020', 'the default row, without a horizon');
SELECT is(ARRAY[years(7), years(8), years(15)], ARRAY[years(6), years(6), years(6)], 'is for every region that no row names, and none');
SELECT is(ARRAY[years(1), years(2)], '{2015 2020,2003 2014 2015 2020}', 'and for no other');
SELECT is((SELECT regions[1:3] || cardinality(regions)::text FROM aiconsent.policy WHERE 'FR' = ANY (regions)), '{AT,BE,BG,31}', 'EEA stands for its thirty members, and itself');

-- A member moves.
UPDATE net.member SET region = 'gb' WHERE id = 1;
SELECT is(years(1), '2003 2014 2015 2020', 'who moves is judged by the new region at once');
UPDATE net.member SET region = NULL WHERE id = 1;
SELECT is(years(1), years(6), 'or by the default row');
UPDATE net.member SET region = 'FR' WHERE id = 1;
SELECT is((SELECT string_agg(body, ' ' ORDER BY body) FROM training.letter), '2015 2020', 'with every row that is about the member');

-- ---------------------------------------------------------------------------
-- Overlapping rows are versions.
-- ---------------------------------------------------------------------------
SELECT aiconsent.adopt_policy('p', regions => '{FR,DE}', basis => 'opt_out', effective_at => '2025-11-03Z', notice_required => false),
  aiconsent.adopt_policy('p', regions => '{EEA}', basis => 'opt_in', effective_at => '2026-02-01Z', notice_required => false),
  aiconsent.adopt_policy('p', regions => '{DE,CH}', basis => 'forbidden', effective_at => '2026-03-01Z', notice_required => false),
  aiconsent.adopt_policy('p', regions => '{FR}', basis => 'opt_out', effective_at => '2026-03-01Z', notice_required => false) \g /dev/null
SELECT is(ARRAY[verdict(1, 'p', at), verdict(12, 'p', at), verdict(14, 'p', at), verdict(3, 'p', at), verdict(6, 'p', at)], expected::text[], 'overlapping sets of regions, on ' || at::date)
FROM (VALUES ('2025-11-02Z'::timestamptz, '{not_started,not_started,"not_started,not_granted","not_started,region_excluded",region_excluded}'),
  ('2025-11-03Z', '{eligible,eligible,"not_started,not_granted","not_started,region_excluded",region_excluded}'),
  ('2026-02-01Z', '{not_granted,not_granted,not_granted,"not_started,region_excluded",region_excluded}'),
  ('2026-03-01Z', '{eligible,region_excluded,not_granted,region_excluded,region_excluded}')) x(at, expected);
SELECT aiconsent.adopt_policy('p', regions => '{FR}', basis => 'opt_in', effective_at => '2026-03-01Z') \g /dev/null
SELECT is(verdict(1, 'p'), 'not_granted', 'of two with one effective_at the later adopted');
SELECT aiconsent.adopt_policy('p', basis => 'opt_out', effective_at => '2025-01-01Z', notice_required => false) \g /dev/null
SELECT is(ARRAY[verdict(1, 'p', '2025-11-02Z'), verdict(6, 'p')], '{not_started,eligible}', 'who has a row is not judged by the default row, not even before it acts');
SELECT aiconsent.adopt_policy('p', basis => 'forbidden', effective_at => '2026-04-01Z') \g /dev/null
SELECT is(ARRAY[verdict(6, 'p', '2026-03-31Z'), verdict(6, 'p'), verdict(14, 'p')], '{eligible,region_excluded,not_granted}', 'the default row ends by a version that forbids');

-- Regions side by side, purposes side by side.
SELECT is(who('content_generation') = who('p'), false, 'each purpose by itself');
SELECT aiconsent.adopt_policy('q', basis => 'opt_out', effective_at => '2025-11-03Z', notice_required => false) \g /dev/null
SELECT aiconsent.record_consent(6, 'q', 'object') \g /dev/null
SELECT is(ARRAY[verdict(6, 'q'), verdict(6), verdict(7, 'q')], '{opted_out,eligible,eligible}', 'an objection says nothing of other purposes');
SELECT is((SELECT count(DISTINCT purpose) FROM aiconsent.standing WHERE subject = '6'), 3::bigint, 'everybody has a standing for each');

-- What is known then covers policies.
SELECT clock_timestamp() AS before, pg_sleep(0.002) \gset
SELECT aiconsent.adopt_policy('q', basis => 'forbidden', effective_at => '2025-11-03Z', regions => '{US}') \g /dev/null
SELECT is(aiconsent.verdict_of(6, 'q', '2026-01-01Z', :'before')::text || ' ' || verdict(6, 'q', '2026-01-01Z'), 'eligible region_excluded', 'as known before a version was adopted');

-- ---------------------------------------------------------------------------
-- A version of the next second, and no publication.
-- ---------------------------------------------------------------------------
SELECT aiconsent.adopt_policy(regions => '{GB}', basis => 'forbidden', effective_at => clock_timestamp() + interval '1 second') \g /dev/null
SELECT aiconsent.adopt_policy(effective_at => clock_timestamp() + interval '1 second', data_from => '2020-01-01Z') \g /dev/null
SELECT is(years(2) || ', ' || years(6), '2003 2014 2015 2020, 2002 2003 2014 2015 2020', 'adopted, but not yet in force');
SELECT ok(aiconsent.eligible(2), 'eligible() agrees');
SELECT pg_sleep(1.1) \g /dev/null
SELECT is(years(2) || ', ' || years(6), '-, 2020', 'a second later it acts, without any event');
SELECT is(verdict(2), 'region_excluded', 'verdict_of() says so');
SELECT is(years(1), '2015 2020', 'and others are as they were');

-- ---------------------------------------------------------------------------
-- The clearance is the purpose's, whatever the regions.
-- ---------------------------------------------------------------------------
ALTER TABLE net.post ADD title text DEFAULT 'a title';
SELECT aiconsent.register_field('net.post', 'title', 'personal{profile}') \g /dev/null
SELECT count(*) FROM aiconsent.publish(accept_lowered => true) \g /dev/null
SELECT results_eq('SELECT count(title) > 0, count(body) > 0 FROM training.post', 'VALUES (true, true)', 'both columns are released');
SELECT aiconsent.adopt_policy(regions => '{CA}', clearance => 'personal{content}', effective_at => now() + interval '1 year') \g /dev/null
SELECT results_eq('SELECT count(title), count(body) > 0 FROM training.post', 'VALUES (0::bigint, true)',
  'a narrower clearance acts at once and in all regions, though it came with a version of one');
SELECT results_eq('SELECT count(title) FROM training.post WHERE author = 1', 'VALUES (0::bigint)', 'in France, too');
SELECT aiconsent.adopt_policy(regions => '{CA}', clearance => 'personal{content,profile}', effective_at => '2025-11-03Z') \g /dev/null
SELECT results_eq('SELECT count(title) FROM training.post', 'VALUES (0::bigint)', 'a wider one brings nothing back while a narrower one is to come');
SELECT is((SELECT count(*) FROM aiconsent.clearance WHERE purpose = 'content_generation'), 3::bigint, 'the clearances are kept as the policy''s versions are');
SELECT throws_ok('UPDATE aiconsent.clearance SET clearance = ''personal{profile}''', '55000', NULL, 'and never edited');

-- What is no region
SELECT throws_ok(format('SELECT aiconsent.adopt_policy(''p'', effective_at => ''2026-01-01'', regions => %L)', regions), '22023', NULL, 'no regions: ' || regions)
FROM unnest(ARRAY['{}', '{NULL}', '{""}', '{" "}', '{FR,NULL}']) regions;
SELECT throws_ok($$SELECT aiconsent.adopt_policy('r', regions => '{FR}')$$, '22023', NULL, 'a first version needs its date, also for a region');
SELECT lives_ok($$SELECT aiconsent.adopt_policy('r', regions => '{fr,FR," fr "}', effective_at => '2026-01-01Z', notice_required => false)$$, 'the same region several times');
SELECT is((SELECT regions FROM aiconsent.policy WHERE purpose = 'r'), '{FR}', 'is one');
SELECT is(who('r'), '{1,10}', 'whatever its case');

-- Nothing but what is in force was needed to say so.
SELECT string_agg(id || verdict(id) || verdict(id, 'p') || verdict(id, 'q') || verdict(id, 'r'), ',' ORDER BY id) AS verdicts FROM net.member \gset
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is((SELECT string_agg(id || verdict(id) || verdict(id, 'p') || verdict(id, 'q') || verdict(id, 'r'), ',' ORDER BY id) FROM net.member), :'verdicts', 'judging everybody anew changes nothing');
SELECT * FROM finish();
