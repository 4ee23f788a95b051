-- The planner expects about as many rows of a training view as there are: it
-- knows the share of the subjects who are eligible, per purpose, and of those
-- on an explicit grant.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SET LOCAL client_min_messages = warning;
SELECT plan(20);
CREATE ROLE t_owner;
CREATE ROLE t_reader;
CREATE SCHEMA net AUTHORIZATION t_owner;
SET ROLE t_owner;
CREATE TABLE net.member (id bigint PRIMARY KEY);
INSERT INTO net.member SELECT generate_series(1, 2000);
CREATE TABLE net.post (id bigint PRIMARY KEY, author_id bigint REFERENCES net.member, other_id bigint REFERENCES net.member,
  at timestamptz, body text);
INSERT INTO net.post SELECT i, 1 + i % 2000, 1 + i * 7 % 2000, '2026-01-01', 'body ' || i FROM generate_series(1, 10000) i;
CREATE INDEX ON net.post (author_id);
RESET ROLE;

-- How many rows the topmost node of a plan is expected to have, and what kind it is.
CREATE FUNCTION plan_of(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan->0->'Plan';
END $$;
CREATE FUNCTION expected(query text) RETURNS float LANGUAGE sql AS $$ SELECT (plan_of(query)->>'Plan Rows')::float $$;
CREATE FUNCTION counted(query text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE n float;
BEGIN
  EXECUTE format('SELECT count(*) FROM (%s) q', query) INTO n;
  RETURN n;
END $$;

SELECT aiconsent.register_subject('net.member') \g /dev/null
SELECT aiconsent.register_source('net.post', '{author_id}', 'at') \g /dev/null
SELECT aiconsent.register_field('net.post', f, 'personal{content.post}') FROM unnest('{id,author_id,body}'::name[]) f \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.adopt_policy('ads', effective_at => now(), basis => 'opt_out', notice_required => false, clearance => 'personal{content}') \g /dev/null
SELECT aiconsent.record_consents((SELECT array_agg(id) FROM net.member WHERE id % 4 = 0), 'content_generation', 'object') \g /dev/null
SELECT aiconsent.record_consents((SELECT array_agg(id) FROM net.member WHERE id % 10 <> 0), 'ads', 'object') \g /dev/null
SELECT aiconsent.record_consents((SELECT array_agg(id) FROM net.member WHERE id % 20 = 1), 'content_generation', 'grant',
  notice_version => 'v1') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.publish('ads', schema => 'ads') \g /dev/null
ANALYZE net.post;

SELECT ok(expected('SELECT * FROM training.post') BETWEEN 3000 AND 3700,
  'without statistics of ours, the server''s default of a third');
ANALYZE aiconsent.head, aiconsent.standing_int8, aiconsent.standing_text;
SELECT unnest(ARRAY[is(counted(q), n, format('there are %s: %s', n, q)),
  ok(abs(expected(q) - n) <= greatest(tolerance * n, 1), format('and %s are expected', expected(q)))])
FROM (VALUES
  ('SELECT * FROM training.post', 7500::float, 0.05),
  ('SELECT * FROM ads.post', 1000, 0.05),
  -- Explicit grants are taken to be as many for each purpose.
  ('SELECT * FROM net.post WHERE aiconsent.granted(author_id)', 500, 0.15),
  ('SELECT * FROM net.post WHERE aiconsent.eligible(author_id, ''no_such_purpose'')', 0, 0.05),
  ('SELECT * FROM net.post WHERE aiconsent.eligible(author_id::int)', 7500, 0.05),
  ('SELECT * FROM net.post WHERE aiconsent.eligible(author_id, ''content_generation'', at)', 7500, 0.05),
  ('SELECT * FROM net.post WHERE NOT aiconsent.eligible(author_id)', 2500, 0.05)) v(q, n, tolerance);
SELECT ok(abs(expected('SELECT * FROM net.post WHERE aiconsent.eligible(author_id) AND aiconsent.eligible(other_id)') - 5625) <= 300,
  'two subjects count as independent');
SELECT ok(expected('SELECT * FROM net.post WHERE aiconsent.eligible(author_id::text)') <= 1, 'a key of another type is nobody''s');
SELECT ok(expected('SELECT * FROM net.post, (VALUES (''ads'')) p(p) WHERE aiconsent.eligible(author_id, p || '''')') > 0,
  'a purpose that is not known yet is no error');

-- What follows from it.
SELECT is(plan_of('SELECT body FROM training.post WHERE id = 7')->'Plans'->0->>'Node Type', 'Index Scan', 'a key is looked up');
SELECT is_empty($$ SELECT FROM plan_of('SELECT * FROM training.post a JOIN training.post b USING (id)') p
  WHERE p::text ~ 'Materialize|Nested Loop' $$, 'large parts are joined as such');
SELECT * FROM finish();
ROLLBACK;
