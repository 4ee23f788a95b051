-- The shapes of the plans that a training view gives.
SET client_min_messages = warning;
CREATE ROLE regress_owner;
CREATE SCHEMA shop AUTHORIZATION regress_owner;
SET ROLE regress_owner;
CREATE TABLE shop.member (id bigint PRIMARY KEY);
CREATE TABLE shop.post (id bigint PRIMARY KEY, author_id bigint REFERENCES shop.member,
  title text, body text, at timestamptz);
CREATE INDEX ON shop.post (author_id);
INSERT INTO shop.member SELECT generate_series(1, 1000);
INSERT INTO shop.post SELECT i, 1 + i % 1000, 'title ' || i, 'body ' || i, '2026-01-01'
  FROM generate_series(1, 20000) i;
ANALYZE shop.member, shop.post;
RESET ROLE;
SELECT aiconsent.register_subject('shop.member');
SELECT aiconsent.register_source('shop.post', occurred_at => 'at');
SELECT aiconsent.register_field('shop.post', f, s) FROM (VALUES ('id'::name, 'public'::aiconsent.sensitivity),
  ('author_id', 'personal{profile}'), ('title', 'personal{content.post}'), ('body', 'personal{content.post}')) AS v (f, s);
SELECT aiconsent.adopt_policy('content_generation', notice_required => false) > 0 AS adopted;
SELECT aiconsent.publish();

-- A key goes below the barrier to the index, a test that could leak does not.
EXPLAIN (COSTS OFF) SELECT body FROM training.post WHERE id = 7;
EXPLAIN (COSTS OFF) SELECT body FROM training.post WHERE author_id = 7;
EXPLAIN (COSTS OFF) SELECT body FROM training.post WHERE body::int = 7;

-- One scan of the table and nothing joined, also for several fields.
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT * FROM training.post;
-- (what a subplan refers to is written otherwise from 17 on)
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    RETURN NEXT replace(replace(line, ' (returns $1)', ''), '($0)', '(t.author_id)');
  END LOOP;
END $$;
SELECT * FROM pg_temp.plan('SELECT * FROM training.corpus') AS plan;

-- And in parallel.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT count(body) FROM training.post;
SELECT count(body) FROM training.post;
SELECT aiconsent.record_consent(id, 'content_generation', 'object') > 0 AS recorded FROM shop.member WHERE id = 8;
SELECT count(body) FROM training.post;
SET max_parallel_workers_per_gather = 0;
SELECT count(body) FROM training.post;

SET client_min_messages = error;
DROP EXTENSION aiconsent CASCADE;
DROP SCHEMA shop, training CASCADE;
DROP ROLE regress_owner;
CREATE EXTENSION aiconsent;
