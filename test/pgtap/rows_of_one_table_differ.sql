-- Rows of one table differ: classify() sets some of them apart, by conditions
-- that tell nothing, and what is unknown counts as the stricter.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;

CREATE ROLE c_owner;
CREATE ROLE c_reader;
GRANT CREATE ON SCHEMA public TO c_owner;
GRANT USAGE ON SCHEMA aiconsent TO c_owner;
GRANT EXECUTE ON FUNCTION aiconsent.classify(regclass, text, aiconsent.sensitivity, text), aiconsent.unclassify(regclass, text, text) TO c_owner;
SET ROLE c_owner;
CREATE TABLE member (id int PRIMARY KEY);
INSERT INTO member SELECT generate_series(1, 3);
CREATE TYPE mood AS ENUM ('group', 'mail');
CREATE TABLE circle (id int PRIMARY KEY, is_sensitive boolean, owner_id int);
INSERT INTO circle VALUES (1, false), (2, true), (3, NULL);
CREATE TABLE message (id int PRIMARY KEY, author_id int REFERENCES member, kind text, mood mood, circle_id int REFERENCES circle,
  draft boolean, deleted_at timestamptz, body text, pay text, note text, at timestamptz DEFAULT '2026-01-01');
INSERT INTO message (id, author_id, kind, mood, circle_id, body, pay, note) VALUES
  (1, 1, 'group', 'group', 1, 'group', '1000', 'note'), (2, 1, 'mail', 'mail', 1, 'mail', '1000', 'note'),
  (3, 1, NULL, NULL, 2, 'unknown', '1000', 'note'), (4, 2, 'group', 'group', NULL, 'group of 2', '1000', 'note');
RESET ROLE;
SELECT aiconsent.register_subject('member') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false, clearance => 'sensitive{group,content}') \g /dev/null
SELECT aiconsent.register_source('message', occurred_at => 'at') \g /dev/null
SELECT aiconsent.register_field('message', NULL, 'never{message}') \g /dev/null
SELECT aiconsent.register_field('message', 'body', 'personal{group}') \g /dev/null
SELECT aiconsent.register_field('message', 'pay', 'never{salary}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.grant_role('c_reader', 'reader') \g /dev/null
SELECT hasnt_view('training', 'message', 'a table of messages gives nothing');

-- ---------------------------------------------------------------------------
-- Messages and group messages
-- ---------------------------------------------------------------------------
SELECT throws_ok($$SELECT aiconsent.classify('message', $c$kind = 'group'$c$, 'personal{group}')$$, '22023', NULL, 'what lowers needs a reason');
SELECT aiconsent.classify('message', $$kind = 'group'$$, 'personal{group}', 'group messages are for all of the group') \g /dev/null
SELECT results_eq('SELECT relation::text, condition, sensitivity::text, lowers, pending FROM aiconsent.class',
  $$VALUES ('message', '(t.kind = ''group''::text)', 'personal{group}', true, true)$$, 'and is listed, as waiting');
SELECT throws_ok('SELECT aiconsent.publish()', '55000', NULL, 'and acts at the publish() that accepts it');
SELECT aiconsent.publish(accept_lowered => true) \g /dev/null
SET ROLE c_reader;
SELECT set_eq('SELECT to_jsonb(m) FROM training.message m', $$VALUES ('{"body": "group"}'::jsonb), ('{"body": "group of 2"}')$$,
  'table never{message}, body personal{group}, pay never{salary}, note unlabelled: a group row shows body only');
RESET ROLE;
SELECT lives_ok('SELECT aiconsent.publish()', 'what was accepted is accepted');
SELECT set_eq('SELECT category FROM training.corpus', '{group}'::text[], 'in the corpus it is of its own category');
SELECT aiconsent.record_consent(2, 'content_generation', 'object') \g /dev/null
SELECT set_eq('SELECT body FROM training.message', '{group}'::text[], 'an objector''s group message is out');
UPDATE message SET kind = 'group' WHERE id = 2;
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'a row changes its kind: at once');

-- Table and columns are labelled higher: at once, whatever was accepted for less.
SAVEPOINT raised;
SELECT aiconsent.register_field('message', NULL, 'never{message,credential}') \g /dev/null
SELECT is_empty('SELECT * FROM training.message', 'the table is labelled higher than was accepted');
SELECT throws_ok('SELECT aiconsent.publish()', '55000', NULL, 'and that is to be accepted again');
SELECT aiconsent.publish(accept_lowered => true) \g /dev/null
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'once it is');
ROLLBACK TO SAVEPOINT raised;
SELECT aiconsent.register_field('message', NULL, 'public') \g /dev/null
SELECT aiconsent.register_field('message', 'note', 'never{message}') \g /dev/null
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'a lowered label of the table waits, whatever else is labelled');
SELECT throws_ok('SELECT aiconsent.publish()', '55000', NULL, 'and publish() refuses it');
ROLLBACK TO SAVEPOINT raised;

-- ---------------------------------------------------------------------------
-- Raising
-- ---------------------------------------------------------------------------
SELECT aiconsent.classify('message', 'draft', 'never{message}') \g /dev/null
SELECT is_empty('SELECT * FROM training.message', 'a raise acts at once, and NULL is the stricter');
UPDATE message SET draft = false;
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'what is surely none is in');
UPDATE message SET draft = true WHERE id = 2;
SELECT set_eq('SELECT body FROM training.message', '{group}'::text[], 'a draft is out');
SELECT aiconsent.classify('message', 'deleted_at IS NOT NULL', 'never{message}', 'soft-deleted') \g /dev/null
UPDATE message SET draft = false, deleted_at = CASE id WHEN 1 THEN 'infinity'::timestamptz END;
SELECT set_eq('SELECT body FROM training.message', '{mail}'::text[], 'what is soft-deleted is out');
UPDATE message SET deleted_at = NULL;
SELECT aiconsent.unclassify('message', 'draft', 'no drafts any more') \g /dev/null
UPDATE message SET draft = true;
SELECT is_empty('SELECT * FROM training.message', 'a raise that is taken away acts on');
SELECT throws_ok('SELECT aiconsent.publish()', '55000', NULL, 'until publish()');
SELECT aiconsent.publish(accept_lowered => true) \g /dev/null
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'accepts it');
SELECT is((SELECT count(*) FROM aiconsent.class WHERE condition ~ 'draft'), 0::bigint, 'and it is gone');
ALTER TABLE message DROP COLUMN draft;
SELECT aiconsent.unclassify('message', $$kind = 'group'$$) \g /dev/null
SELECT is_empty('SELECT * FROM training.message', 'a lowering that is taken away goes at once');
ROLLBACK TO SAVEPOINT raised;

-- ---------------------------------------------------------------------------
-- Over a foreign key: a group is flagged
-- ---------------------------------------------------------------------------
SELECT aiconsent.classify('message', 'circle_id.is_sensitive', 'sensitive{group.sensitive}', 'a group of whom one does not say so') \g /dev/null
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'groups that are not sensitive');
UPDATE circle SET is_sensitive = true WHERE id = 1;
SELECT is_empty('SELECT * FROM training.message', 'flagging a group takes its posts out in that transaction');
SELECT aiconsent.record_consent(1, 'content_generation', 'grant', notice_version => 'v1') \g /dev/null
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'but for those who granted explicitly');
SELECT aiconsent.register_field('message', 'id', 'public') \g /dev/null
SELECT aiconsent.publish(accept_lowered => true) \g /dev/null
SELECT set_eq('SELECT id, body FROM training.message', $$VALUES (1, 'group'), (2, 'mail'), (3, 'unknown')$$,
  'and once it is accepted, messages of flagged groups, too: that is what they were said to hold');
ALTER TABLE circle RENAME is_sensitive TO flagged;
SELECT throws_ok('ALTER TABLE circle DROP COLUMN flagged', '2BP01', NULL, 'what a condition rests on cannot be dropped');
ALTER TABLE circle DROP COLUMN flagged CASCADE;
SELECT lives_ok('SELECT aiconsent.publish()', 'but with all that rests on it');
SELECT hasnt_view('training', 'message', 'and the source is none any more');
ROLLBACK TO SAVEPOINT raised;
SELECT aiconsent.classify('message', 'circle_id.is_sensitive', 'never{message}') \g /dev/null
SELECT set_eq('SELECT body FROM training.message', '{group,mail}'::text[], 'no group and a flag that is NULL are the stricter');
UPDATE circle SET is_sensitive = NULL WHERE id = 1;
SELECT is_empty('SELECT * FROM training.message', 'a flag that is NULL now');
ROLLBACK TO SAVEPOINT raised;

-- ---------------------------------------------------------------------------
-- Every combination, against the joined labels
-- ---------------------------------------------------------------------------
SET ROLE c_owner;
CREATE TABLE item (id int PRIMARY KEY, author_id int REFERENCES member, a boolean, b boolean, c boolean, at timestamptz DEFAULT '2026-01-01');
INSERT INTO item SELECT row_number() OVER (), who, a, b, c FROM (VALUES (true), (false), (NULL)) x(a), (VALUES (true), (false), (NULL)) y(b),
  (VALUES (true), (false), (NULL)) z(c), generate_series(1, 3, 2) who;
RESET ROLE;
SELECT aiconsent.register_source('item', occurred_at => 'at') \g /dev/null
SELECT aiconsent.register_field('item', 'id', 'personal{content}') \g /dev/null
-- What the law of labels says a row holds: the table's label, or what stands in
-- its place, joined with all raises; where unknown, both.
CREATE FUNCTION holds(t aiconsent.sensitivity, s aiconsent.sensitivity[], v boolean[]) RETURNS aiconsent.sensitivity LANGUAGE plpgsql AS $$
DECLARE
  base aiconsent.sensitivity;
  result aiconsent.sensitivity := 'public';
BEGIN
  FOR i IN 1 .. cardinality(s) LOOP
    CONTINUE WHEN NOT COALESCE(v[i], true);
    IF NOT t OPERATOR(aiconsent.<@) s[i] AND v[i] THEN
      base := COALESCE(base, 'public') OPERATOR(aiconsent.+) s[i];
    ELSE
      result := result OPERATOR(aiconsent.+) s[i];
    END IF;
  END LOOP;
  RETURN result OPERATOR(aiconsent.+) COALESCE(base, t);
END $$;
CREATE FUNCTION wrong(t aiconsent.sensitivity, s aiconsent.sensitivity[]) RETURNS SETOF int LANGUAGE plpgsql AS $$
DECLARE
  shown int[];
BEGIN
  PERFORM aiconsent.register_field('item', NULL, t);
  FOR i IN 1 .. 3 LOOP
    PERFORM aiconsent.classify('item', (ARRAY['a', 'b', 'c'])[i], s[i], 'for the test');
  END LOOP;
  PERFORM aiconsent.publish(accept_lowered => true);
  IF to_regclass('training.item') IS NOT NULL THEN
    EXECUTE 'SELECT array_agg(id) FROM training.item' INTO shown;
  END IF;
  FOR i IN 1 .. 3 LOOP
    PERFORM aiconsent.unclassify('item', (ARRAY['a', 'b', 'c'])[i]);
  END LOOP;
  PERFORM aiconsent.publish(accept_lowered => true);
  RETURN QUERY SELECT i.id FROM item i, LATERAL (SELECT holds(t, s, ARRAY[a, b, c])
      OPERATOR(aiconsent.+) 'personal{content}'::aiconsent.sensitivity AS held) h
    WHERE (h.held OPERATOR(aiconsent.<@) 'sensitive{group,content}'::aiconsent.sensitivity
      AND (aiconsent.sensitivity_level(h.held) <> 'sensitive' OR i.author_id = 1)) <> (i.id = ANY (COALESCE(shown, '{}')));
END $$;
SELECT aiconsent.record_consent(1, 'content_generation', 'grant', notice_version => 'v1') \g /dev/null
SELECT is_empty(format('SELECT wrong(%L, %L)', t, ARRAY[x, y, z]), format('table %s, classes %s, %s, %s', t, x, y, z))
FROM unnest(ARRAY['public', 'personal{content}', 'personal{group,other}', 'sensitive{content}', 'never{message}']) t,
  (VALUES ('personal{group}', 'never{message}', 'sensitive{group}'), ('personal{group}', 'personal{content}', 'personal{other}'),
    ('public', 'sensitive{content}', 'sensitive{other}'), ('never{salary}', 'personal{content}', 'public'),
    ('sensitive{group}', 'sensitive{content}', 'personal{group}')) v (x, y, z);

-- ---------------------------------------------------------------------------
-- What cannot be a condition
-- ---------------------------------------------------------------------------
SELECT throws_ok(format('SELECT aiconsent.classify(%L, %L, %L)', 'message', c, 'never{message}'), code, NULL, 'refused: ' || COALESCE(c, 'NULL'))
FROM (VALUES ('body::int = 1', '0A000'), ('1 / id = 1', '0A000'), ('length(body) > 3', '0A000'), ($$body ~ '('$$, '0A000'),
  ($$kind = 'group'; DROP TABLE message$$, '42601'), ('true) OR (true', '42601'), ('EXISTS (SELECT FROM message)', '0A000'),
  ('(SELECT true)', '0A000'), ('id IN (SELECT 1)', '0A000'), ('now() > at', '0A000'), ('random() > 0.5', '0A000'), ('count(*) > 0', '42803'),
  ('nothing = 1', '42703'), ('circle_id.nothing', '42703'), ('kind.nothing = 1', '42704'), ('author_id.id.id = 1', '42704'), ('kind', '42804'), ('message IS NULL', NULL), ('*', '0A000'),
  ('ctid IS NULL', '0A000'), ('tableoid = 1', '0A000'), (NULL, '22004'), ('', '0A000'), ('true', '22023'), ('NULL::bool', '22023'), ('''t''::bool', '22023'), ('aiconsent.eligible(author_id)', '0A000'), ('lower(kind) = kind', '0A000')) v (c, code)
WHERE code IS NOT NULL;
SELECT lives_ok(format('SELECT aiconsent.classify(%L, %L, %L)', 'message', c, 'never{message}'), 'taken: ' || c)
FROM unnest(ARRAY[$$kind IN ('mail', 'inmail')$$, $$mood = 'mail'$$, $$mood IN ('mail', 'group')$$, 'deleted_at IS NOT NULL AND NOT draft', 'id BETWEEN 100 AND 200',
  $$CASE WHEN draft THEN kind = 'group' ELSE false END$$, 'circle_id.owner_id = 5', $$at < '2020-01-01Z'$$, 'author_id.id > 1000', $$COALESCE(draft, false)$$]) c;
SET ROLE c_owner;
SELECT lives_ok($$SELECT aiconsent.classify('message', 'id = 77', 'never{message}')$$, 'the owner may');
RESET ROLE;
SET ROLE c_reader;
SELECT throws_ok($$SELECT aiconsent.classify('message', 'id = 78', 'never{message}')$$, '42501', NULL, 'and nobody else');
RESET ROLE;
SELECT throws_ok($$SELECT aiconsent.classify('circle', 'is_sensitive', 'never{message}')$$, '55000', NULL, 'only of a source');
SELECT throws_ok($$SELECT aiconsent.classify('message', 'id = 77', 'never{message}')$$, '42710', NULL, 'not twice');
SELECT throws_ok($$SELECT aiconsent.unclassify('message', 'id = 76')$$, '42704', NULL, 'what is not there is not taken away');
SELECT throws_ok($$SELECT aiconsent.classify('message', 'id = 76', 'personal')$$, '22023', NULL, 'above public names a category');
SELECT throws_ok($$SELECT aiconsent.classify('message', 'id = 76', NULL)$$, '22004', NULL, 'NULL is no sensitivity');

-- A class whose row in the table of classes is lost is never released.
DELETE FROM aiconsent.classification;
SELECT aiconsent.publish() \g /dev/null
SELECT ok(to_regclass('training.message') IS NULL OR NOT EXISTS (SELECT FROM aiconsent.class WHERE sensitivity::text <> 'never'), 'what is lost of a class is the strictest');

SELECT * FROM finish();
ROLLBACK;
