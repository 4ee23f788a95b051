-- Why is this row missing?  explain_row() has an answer for each gate and each
-- field, and says in exactly for the rows and cells that the view shows.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;
CREATE ROLE e_owner;
CREATE ROLE e_auditor;
CREATE ROLE e_reader;
GRANT CREATE ON SCHEMA public TO e_owner;
SET ROLE e_owner;
-- 1 and 2 granted, 3 said nothing, 4 objects, 5 came of age in 2018, 6 holds, 7 is a child.
CREATE TABLE member (id int PRIMARY KEY, birth date);
INSERT INTO member SELECT g, CASE g WHEN 5 THEN '2000-01-01' WHEN 7 THEN current_date - 4000 ELSE '1980-01-01' END::date FROM generate_series(1, 7) g;
CREATE TABLE circle (id int PRIMARY KEY, is_sensitive boolean);
INSERT INTO circle VALUES (1, false), (2, true), (3, NULL);
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, at timestamptz);
INSERT INTO post SELECT g, NULLIF(g % 8, 0), CASE g % 3 WHEN 0 THEN '2010-01-01' ELSE '2026-01-01' END::timestamptz FROM generate_series(0, 23) g;
CREATE TABLE reply (a int, b text, author_id int, tagged int[], post_id int REFERENCES post, circle_id int REFERENCES circle,
  draft boolean, body text, quote text, mood text, note text, pay text, at timestamptz, PRIMARY KEY (a, b));
INSERT INTO reply
SELECT g, 'k' || g, NULLIF(g % 9, 0), CASE g % 7 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN ARRAY[1, NULL] ELSE ARRAY[1 + g % 3, 1 + g % 5] END, CASE WHEN g % 5 > 0 THEN g % 24 END,
  NULLIF(g % 4, 0), CASE g % 3 WHEN 0 THEN NULL ELSE g % 3 = 1 END, 'body ' || g, 'quote', 'mood', 'note', 'pay', CASE g % 11 WHEN 0 THEN NULL WHEN 1 THEN '2012-01-01' ELSE '2026-02-01' END::timestamptz
FROM generate_series(1, 1000) g;
RESET ROLE;
SELECT aiconsent.register_subject('member', birth => 'birth') \g /dev/null
SELECT aiconsent.register_source('reply', '{author_id,tagged?,post_id.author_id?}', 'at', cells => '{"quote": {"subjects": "post_id.author_id", "occurred_at": "post_id.at"}}') \g /dev/null
SELECT aiconsent.register_source('post', '{author_id?}', 'at') \g /dev/null
SELECT aiconsent.register_source('member', undated => true, reason => 'for the test') \g /dev/null
SELECT aiconsent.register_field(r, f, s) FROM (VALUES ('reply'::regclass, 'a'::name, 'public'::aiconsent.sensitivity), ('reply', 'b', 'public'), ('reply', 'body', 'personal{content}'),
  ('reply', 'quote', 'personal{content}'), ('reply', 'mood', 'sensitive{content.mood}'), ('reply', 'pay', 'personal{salary}'), ('post', 'id', 'public'),
  ('post', 'at', 'personal{other}'), ('member', 'id', 'personal{content}')) v (r, f, s) \g /dev/null
SELECT aiconsent.register_field('reply', NULL, 'never{message}') \g /dev/null
SELECT aiconsent.classify('reply', 'circle_id IS NOT NULL', 'personal{content.group}', 'groups') \g /dev/null
SELECT aiconsent.classify('reply', 'circle_id.is_sensitive', 'sensitive{content.group}', 'sensitive ones') \g /dev/null
SELECT aiconsent.classify('reply', 'draft', 'never{message}') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false, clearance => 'sensitive{content}') \g /dev/null
SELECT aiconsent.adopt_policy('ranking', effective_at => '2026-01-01', notice_required => false, basis => 'opt_in', clearance => 'personal{content}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.publish('ranking', 'ranking') \g /dev/null
SELECT aiconsent.record_consent(g, p, d, notice_version => 'v1') FROM (VALUES (1, 'content_generation', 'grant'), (2, 'content_generation', 'grant'), (4, 'content_generation', 'object'),
  (6, 'content_generation', 'hold'), (1, 'ranking', 'grant'), (3, 'ranking', 'grant')) v (g, p, d) \g /dev/null
SELECT aiconsent.grant_role('e_auditor', 'auditor') \g /dev/null

-- Every row and every cell of a source, as explained and as shown.
CREATE FUNCTION differs(source regclass, key text, purpose text, view regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$
    WITH said AS (
      SELECT k.key, bool_and(e.open) FILTER (WHERE e.gate <> 'field') AS is_in,
        array_agg(e.field ORDER BY e.field) FILTER (WHERE e.gate = 'field' AND e.open) AS fields
      FROM (SELECT %2$s AS key FROM %1$s t) k, LATERAL aiconsent.explain_row(%1$L, k.key, %3$L) e GROUP BY k.key),
    shown AS (
      SELECT %2$s AS key, (SELECT array_agg(j.key ORDER BY j.key) FROM jsonb_each(to_jsonb(t)) j WHERE j.value <> 'null') AS fields FROM %4$s t)
    SELECT format('%%s: said %%s %%s, shown %%s', COALESCE(said.key, shown.key), said.is_in, said.fields, shown.fields)
    FROM said FULL JOIN shown USING (key)
    WHERE said.is_in IS DISTINCT FROM (shown.key IS NOT NULL) OR said.is_in AND said.fields IS DISTINCT FROM shown.fields$q$, source, key, purpose, view);
END $$;
SELECT is_empty($$SELECT differs('reply', 'jsonb_build_array(a::text, b)::text', 'content_generation', 'training.reply')$$, 'replies: said in exactly as shown, row and cell');
SELECT is_empty($$SELECT differs('post', 'id::text', 'content_generation', 'training.post')$$, 'posts');
SELECT is_empty($$SELECT differs('member', 'id::text', 'content_generation', 'training.member')$$, 'members');
SELECT is_empty($$SELECT differs('reply', 'jsonb_build_array(a::text, b)::text', 'ranking', 'ranking.reply')$$, 'another purpose');
SELECT cmp_ok((SELECT count(*) FROM training.reply), '>', 20::bigint, 'where there is something to compare');
SELECT cmp_ok((SELECT count(*) FROM training.reply WHERE quote IS NULL), '>', 0::bigint, 'with cells');
SELECT cmp_ok((SELECT count(*) FROM training.reply WHERE mood IS NOT NULL), '>', 0::bigint, 'that are shown and not');

-- After a label was raised, before it is published.
SAVEPOINT before;
SELECT aiconsent.register_field('reply', 'body', 'sensitive{content}') \g /dev/null
SELECT is_empty($$SELECT differs('reply', 'jsonb_build_array(a::text, b)::text', 'content_generation', 'training.reply')$$, 'a raised label');
SELECT aiconsent.register_field('reply', NULL, 'never{message,salary}') \g /dev/null
SELECT is_empty($$SELECT differs('reply', 'jsonb_build_array(a::text, b)::text', 'content_generation', 'training.reply')$$, 'a raised label of the table');
ROLLBACK TO SAVEPOINT before;
SELECT aiconsent.register_field('reply', 'note', 'personal{content}') \g /dev/null
SELECT aiconsent.register_field('reply', NULL, 'public') \g /dev/null
SELECT is_empty($$SELECT differs('reply', 'jsonb_build_array(a::text, b)::text', 'content_generation', 'training.reply')$$, 'labels that wait for publish()');
SELECT aiconsent.publish(accept_lowered => true) \g /dev/null
SELECT is_empty($$SELECT differs('reply', 'jsonb_build_array(a::text, b)::text', 'content_generation', 'training.reply')$$, 'and are published');
ROLLBACK TO SAVEPOINT before;

-- Each gate says what is shut, and what would open it.
SET ROLE e_auditor;
SELECT set_eq($$SELECT gate, detail, change FROM aiconsent.explain_row('public.post', '4') WHERE NOT open AND field IS NULL$$,
  $$VALUES ('subject', 'author_id: 4 is opted_out', 'SELECT aiconsent.record_consent(''4'', ''content_generation'', ''grant'', ...); is the member''s to ask for')$$, 'an objection');
SELECT set_eq($$SELECT gate, detail FROM aiconsent.explain_row('public.post', '21') WHERE NOT open AND field IS NULL$$,
  $$VALUES ('horizon', 'author_id: 5, for what was written then')$$, 'what was written as a child');
SELECT set_eq($$SELECT gate, detail FROM aiconsent.explain_row('public.post', '7') WHERE NOT open AND field IS NULL$$, $$VALUES ('subject', 'author_id: 7 is minor')$$, 'a child');
SELECT set_eq($$SELECT gate, detail FROM aiconsent.explain_row('public.post', '8') WHERE NOT open AND field IS NULL$$,
  $$VALUES ('somebody', 'the row names nobody')$$, 'nobody');
SELECT set_eq($$SELECT gate, detail FROM aiconsent.explain_row('public.post', '99') WHERE NOT open$$, $$VALUES ('key', 'there is no such row')$$, 'no row');
SELECT set_eq($$SELECT field, detail, change FROM aiconsent.explain_row('public.post', '1') WHERE NOT open$$,
  $$VALUES ('author_id', 'it has no label', 'SELECT aiconsent.register_field(''public.post'', ''author_id'', ''...'');'),
    ('at', 'personal{other}, beyond the clearance sensitive{content}', 'SELECT aiconsent.adopt_policy(''content_generation'', clearance => ''...'');')$$, 'fields');
SELECT set_eq($$SELECT gate, detail FROM aiconsent.explain_row('public.circle', '1') WHERE NOT open$$, $$VALUES ('source', 'public.circle is not declared')$$, 'no source');
SELECT set_eq($$SELECT gate, detail FROM aiconsent.explain_row('public.post', '1', 'nothing') WHERE NOT open$$, $$VALUES ('policy', 'none is adopted for the purpose')$$, 'no policy');
SELECT is_empty($$SELECT * FROM aiconsent.explain_row('public.post', NULL)$$, 'NULL');
SELECT throws_ok($$SELECT * FROM aiconsent.explain_row('public.post', 'one')$$, '22P02', NULL, 'no key of its type');
SELECT is((SELECT count(*) FROM aiconsent.explain_row('public.reply', '["3", "k3"]') WHERE gate = 'classification'), 3::bigint, 'each class');
SELECT throws_ok('SELECT * FROM post', '42501', NULL, 'the auditor reads no table');
SELECT is_empty($$SELECT * FROM aiconsent.explain_row('public.reply', '["3", "k3"]') e WHERE e::text ~ 'body 3'$$, 'and is shown no value');
RESET ROLE;
GRANT USAGE ON SCHEMA aiconsent TO e_reader;
SET ROLE e_reader;
SELECT throws_ok($$SELECT * FROM aiconsent.explain_row('public.post', '4')$$, '42501', NULL, 'for auditors alone');
SELECT * FROM finish();
ROLLBACK;
