-- Labels: what a field holds is said once, and only ever acts to protect.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(36);
SET LOCAL client_min_messages = error;

CREATE TABLE member (id bigint PRIMARY KEY);
CREATE TABLE post (id bigint PRIMARY KEY, author_id bigint REFERENCES member,
  title text, body text, note varchar(20) COLLATE "C", at timestamptz);
INSERT INTO member VALUES (1), (2);
INSERT INTO post VALUES (1, 1, 'title', 'body', 'note', '2026-01-01');
SELECT aiconsent.register_subject('member');
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.adopt_policy(notice_required => false);

CREATE FUNCTION sensitivity_of(f name) RETURNS text LANGUAGE sql AS
  $$ SELECT sensitivity::text FROM aiconsent.field WHERE relation = 'post'::regclass AND field = f $$;
CREATE FUNCTION columns_of(v regclass) RETURNS text LANGUAGE sql AS
  $$ SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = v AND attnum > 0 AND NOT attisdropped $$;

-- One thing, said in two ways
SECURITY LABEL FOR aiconsent ON COLUMN post.title IS 'personal{content.post}';
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}', 'written for everybody');
SELECT is(sensitivity_of('title'), sensitivity_of('body'), 'SECURITY LABEL and register_field() say the same');
SELECT is((SELECT reason FROM aiconsent.field WHERE field = 'body'), 'written for everybody', 'a reason is kept with the label');
SECURITY LABEL FOR aiconsent ON COLUMN post.note IS ' personal { salary , content } -- of last year';
SELECT is(sensitivity_of('note'), 'never{content,salary}', 'a label is read as the type reads it, floor included');
SELECT is((SELECT level || ' ' || categories::text FROM aiconsent.field WHERE field = 'note'),
  'never {content,salary}', 'the view field has level and categories apart');
SELECT throws_ok($$SECURITY LABEL FOR aiconsent ON COLUMN post.note IS 'hush'$$, '22P02', NULL,
  'a label that the type cannot read is refused');
SELECT throws_ok($$SECURITY LABEL FOR aiconsent ON TABLE post IS 'sensitive'$$, '22023', NULL,
  'a label above public without a category is refused');
SELECT lives_ok($$SECURITY LABEL FOR aiconsent ON COLUMN post.id IS 'public'$$, 'public needs none');
SELECT is((SELECT count(*) FROM aiconsent.field WHERE relation = 'post'::regclass), 4::bigint,
  'the view field lists labelled columns only');

-- A table's label is joined to each of its columns'
SELECT aiconsent.register_field('post', NULL, 'sensitive{group}');
SELECT is(sensitivity_of('title'), 'sensitive{content.post,group}', 'a table''s label raises its labelled columns');
SELECT is(sensitivity_of('at'), NULL, 'and labels no other');
SELECT aiconsent.register_field('post', NULL, NULL);
SELECT is(sensitivity_of('title'), 'personal{content.post}', 'taking it away leaves the columns'' own');

-- Publishing
SELECT aiconsent.publish();
SELECT is(columns_of('training.post'), 'id,title,body', 'what is never or unlabelled is not published');
CREATE VIEW mine AS SELECT body FROM training.post;

-- Raising acts in its transaction
SAVEPOINT before;
SELECT aiconsent.register_field('post', 'body', 'never{message}');
SELECT is((SELECT body FROM training.post), NULL, 'a raised label empties its column at once');
SELECT is((SELECT body FROM mine), NULL, 'also below a view of the user''s, which stays');
SELECT is((SELECT count(*) FROM training.corpus WHERE field = 'body'), 0::bigint, 'and takes it out of the corpus');
SELECT is((SELECT title FROM training.post), 'title', 'and no other');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT is((SELECT body FROM training.post), NULL, 'lowering it again does not act at once');
SELECT aiconsent.publish();
SELECT is((SELECT body FROM training.post), 'body', 'but at the next publish(), which finds nothing lowered since the last');
ROLLBACK TO before;
SELECT is((SELECT body FROM training.post), 'body', 'a rolled back label has done nothing');
SELECT aiconsent.register_field('post', 'body', NULL);
SELECT is((SELECT body FROM training.post), NULL, 'a label taken away empties its column at once');
ROLLBACK TO before;
SELECT aiconsent.register_field('post', NULL, 'never{message}');
SELECT is((SELECT count(title) + count(body) FROM training.post), 0::bigint, 'a raised table label empties all columns');
ROLLBACK TO before;
SELECT aiconsent.register_field('post', 'body', 'sensitive{content.post}');
SELECT is((SELECT body FROM training.post), NULL, 'a level above the clearance empties it, too');
ROLLBACK TO before;
SELECT aiconsent.adopt_policy(effective_at => '2100-01-01', notice_required => false, clearance => 'personal{profile}');
SELECT is((SELECT count(title) + count(body) FROM training.post), 0::bigint,
  'a narrower clearance, even one of the future, acts when it is adopted');
ROLLBACK TO before;

-- Sensitive is shown on grants only, and is of the column's type all the same
CREATE DOMAIN words AS varchar(20) COLLATE "C" NOT NULL CHECK (VALUE <> '');
ALTER TABLE post ADD COLUMN strict words DEFAULT 'strict';
SELECT aiconsent.adopt_policy(effective_at => '2025-11-03', notice_required => false, clearance => 'sensitive{content}');
SELECT aiconsent.register_field('post', f, 'personal{content}') FROM unnest('{note,strict}'::name[]) f;
SELECT aiconsent.publish(accept_lowered => true);
CREATE VIEW yours AS SELECT note, strict FROM training.post;
SELECT lives_ok($$SELECT aiconsent.register_field('post', f, 'sensitive{content}') FROM unnest('{note,strict}'::name[]) f$$,
  'a label is raised to sensitive, whatever type the column has');
SELECT results_eq('SELECT to_jsonb(y)::text FROM yours y', ARRAY['{"note": null, "strict": null}'],
  'and the column is empty for who has not granted');
SELECT lives_ok('SELECT aiconsent.publish()', 'it is published without replacing what is built on it');
SELECT aiconsent.record_consent(1, 'content_generation', 'grant', notice_version => 'v1');
SELECT results_eq('SELECT to_jsonb(y)::text FROM yours y', ARRAY['{"note": "note", "strict": "strict"}'],
  'and shows what was granted');
ROLLBACK TO before;

-- Lowering acts at the next publish, and is said
SELECT aiconsent.register_field('post', 'note', 'personal{content.post}');
SELECT is(columns_of('training.post'), 'id,title,body', 'a lowered label releases nothing at once');
SELECT throws_like('SELECT aiconsent.publish()', 'labels were lowered%', 'publish() refuses a lowered label');
SELECT is(columns_of('training.post'), 'id,title,body', 'and has changed nothing');
SELECT aiconsent.publish(accept_lowered => true);
SELECT is(columns_of('training.post'), 'id,title,body,note', 'until it is told to accept it');
SELECT lives_ok('SELECT aiconsent.publish()', 'once accepted it is not asked again');

-- Every change is on record
SELECT results_eq($$SELECT before, after FROM aiconsent.change WHERE what = 'label' AND object = 'public.post.note' ORDER BY changed_at$$,
  $$VALUES (NULL, ' personal { salary , content } -- of last year'),
    (' personal { salary , content } -- of last year', 'personal{content.post}')$$,
  'each label leaves before and after, plain SECURITY LABEL included');
SELECT count(*) AS entries FROM aiconsent.change \gset
SECURITY LABEL FOR aiconsent_published ON COLUMN post.title IS 'personal{content.post}';
SECURITY LABEL FOR aiconsent_published ON COLUMN post.at IS NULL;
SELECT is((SELECT count(*) FROM aiconsent.change), :entries::bigint, 'a label of another provider leaves nothing');
SECURITY LABEL FOR aiconsent ON COLUMN post.title IS NULL;
SELECT results_eq($$SELECT before, after FROM aiconsent.change WHERE what = 'label' AND object = 'public.post.title' ORDER BY changed_at DESC LIMIT 1$$,
  $$VALUES ('personal{content.post}', NULL)$$, 'and does not hide what was there before');
SELECT throws_ok('DELETE FROM aiconsent.change', '55000', NULL, 'and that record is append-only');

SELECT * FROM finish();
ROLLBACK;
