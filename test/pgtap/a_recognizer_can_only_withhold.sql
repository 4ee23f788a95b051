-- A function of the user's finds more in a text than we do: what it finds is
-- masked, too, and where it fails the value is withheld.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;

CREATE ROLE r_owner;
CREATE ROLE r_reader;
CREATE ROLE r_steward;
CREATE ROLE r_author;
GRANT CREATE ON SCHEMA public TO r_owner;
SET ROLE r_owner;
CREATE TABLE member (id int PRIMARY KEY, handle text);
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, body text, tags text[], doc jsonb, likes int, at timestamptz);
INSERT INTO member VALUES (1, 'ada');
INSERT INTO post VALUES (1, 1, 'hello', '{}', '{}', 7, '2026-01-01');
RESET ROLE;

-- The readers need no USAGE on the schema: they look no name up.
CREATE SCHEMA own AUTHORIZATION r_author;
SET ROLE r_author;
-- Badges of a company: two letters, a hyphen, four digits.
CREATE FUNCTION own.badge(value text) RETURNS TABLE (class text, start integer, length integer)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  BEGIN ATOMIC
    SELECT 'BADGE', regexp_instr(value, '\m[A-Z]{2}-\d{4}\M', 1, n), 7
    FROM generate_series(1, regexp_count(value, '\m[A-Z]{2}-\d{4}\M')) n;
  END;
-- Whatever the text asks for.
CREATE FUNCTION own.told(value text) RETURNS TABLE (class text, start integer, length integer)
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  CASE split_part(value, ' ', 1)
    WHEN 'raise' THEN RAISE EXCEPTION 'I saw %', value;
    WHEN 'divide' THEN class := 'X'; start := 1 / 0; length := 1; RETURN NEXT;
    WHEN 'null' THEN RETURN QUERY SELECT NULLIF(c, 'X'), NULLIF(s, 0), NULLIF(l, 0) FROM (SELECT split_part(value, ' ', 2), split_part(value, ' ', 3)::int, split_part(value, ' ', 4)::int) v (c, s, l);
    WHEN 'span' THEN RETURN QUERY SELECT split_part(value, ' ', 2), split_part(value, ' ', 3)::int, split_part(value, ' ', 4)::int;
    WHEN 'many' THEN RETURN QUERY SELECT 'X', 1, 1 FROM generate_series(1, split_part(value, ' ', 2)::int);
    WHEN 'who' THEN class := CASE current_user WHEN 'r_reader' THEN 'READER' ELSE 'OTHER' END; start := 1; length := 3; RETURN NEXT;
    WHEN 'peek' THEN PERFORM * FROM public.member;
    WHEN 'write' THEN UPDATE public.post SET body = 'written';
    ELSE NULL;
  END CASE;
END $$;
CREATE FUNCTION own.definer(value text) RETURNS TABLE (class text, start integer, length integer) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 'X', 1, 1 $$;
CREATE FUNCTION own.volatile(value text) RETURNS TABLE (class text, start integer, length integer) LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ SELECT 'X', 1, 1 $$;
CREATE FUNCTION own.open(value text) RETURNS TABLE (class text, start integer, length integer) LANGUAGE sql STABLE AS $$ SELECT 'X', 1, 1 $$;
CREATE FUNCTION own.other(value text) RETURNS TABLE (class text, start bigint, length integer) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT 'X', 1::bigint, 1 $$;
CREATE FUNCTION own.record(value text) RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT 'X', 1, 1 $$;
CREATE FUNCTION own.two(value text, more text) RETURNS TABLE (class text, start integer, length integer) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT 'X', 1, 1 $$;
RESET ROLE;

SELECT aiconsent.register_subject('member', handle => 'handle');
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_field('post', f, 'personal{content.post}') FROM unnest('{body,tags,doc,likes}'::name[]) f;
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.grant_role('r_reader', 'reader');
SELECT aiconsent.grant_role('r_steward', 'steward');
SELECT aiconsent.publish();

CREATE FUNCTION read(body text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE seen text;
BEGIN
  UPDATE post SET body = read.body;
  SET LOCAL ROLE r_reader;
  SELECT p.body INTO seen FROM training.post p;
  RESET ROLE;
  RETURN seen;
END $$;

-- A worked example
SELECT is(read('badge AB-1234 of ada@example.org'), 'badge AB-1234 of [EMAIL]', 'a badge is nothing to us');
GRANT USAGE ON SCHEMA own TO r_steward;
SET ROLE r_steward;
SELECT aiconsent.register_recognizer('content', 'own.badge(text)', reason => 'badges open doors');
SELECT aiconsent.publish();
RESET ROLE;
REVOKE USAGE ON SCHEMA own FROM r_steward;
SELECT is(read('badge AB-1234 of ada@example.org'), 'badge [BADGE] of [EMAIL]', 'but to the company, in all content');
SELECT is(read('é AB-1234, AB-1235 by @ada and @nobody'), 'é [BADGE], [BADGE] by @ada and [MENTION]', 'several, in characters, and mentions as ever');
SELECT is(read('nothing'), 'nothing', 'nothing found, nothing changed');
UPDATE post SET tags = '{AB-1234,x}', doc = '{"AB-1234": ["AB-1235", 1]}';
SET ROLE r_reader;
SELECT results_eq('SELECT tags, doc, likes FROM training.post', $$VALUES ('{[BADGE],x}'::text[], '{"[BADGE]": ["[BADGE]", 1]}'::jsonb, 7)$$, 'in arrays and jsonb; a number is none of its business');
SELECT throws_ok($$SELECT aiconsent.scrub('x', 'content_generation', false, 'own.badge(text)'::regprocedure)$$, '42501', NULL, 'no reader calls it');
RESET ROLE;
UPDATE post SET tags = '{}', doc = '{}';
SELECT is((SELECT changed_by || ', ' || object || ', ' || after || ', ' || reason FROM aiconsent.change WHERE what = 'register_recognizer'),
  'r_steward, content for content_generation, own.badge, badges open doors', 'who registered it and why is recorded');
SELECT is_empty('SELECT * FROM aiconsent.publication_drift()', 'what is published is what publish() would make');
SELECT throws_ok('DROP FUNCTION own.badge(text)', '2BP01', NULL, 'it cannot be dropped under the views');

-- Where it fails
SELECT aiconsent.register_recognizer('content.post', 'own.told(text)');
SELECT aiconsent.publish();
SELECT is(read('of AB-1234'), 'of [BADGE]', 'several recognizers');
SELECT is(read(t), NULL, 'withheld: ' || t) FROM unnest(ARRAY['raise', 'divide', 'null X 1 1', 'null Y 0 1', 'null Y 1 0', 'span X 0 1', 'span X -1 2', 'span X 1 0', 'span X 1 -1', 'span X 12 2', 'span X 13 1', 'span X 2147483647 2147483647',
  'span x 1 1', 'span 1X 1 1', 'span X-Y 1 1', 'span _X 1 1', 'span ABCDEFGHIJABCDEFGHIJABCDEFGHIJ12 1 1', 'span X ten 1', 'many 10001', 'peek', 'write']) t;
SELECT is(read('span X 1 11'), '[X]', 'the whole text');
SELECT is(read('span X_1 13 1'), 'span X_1 13 [X_1]', 'its last character');
SELECT is(read('span ABCDEFGHIJABCDEFGHIJABCDEFGHIJ1 1 4'), '[ABCDEFGHIJABCDEFGHIJABCDEFGHIJ1] ABCDEFGHIJABCDEFGHIJABCDEFGHIJ1 1 4', 'a class of 31 characters');
SELECT is(read('many 10000'), '[X]any 10000', 'ten thousand spans, which are one');
SELECT is(read('who AB-1234'), '[READER] [BADGE]', 'it runs as the reader, with no right beyond that');
SELECT is((SELECT body FROM post), 'who AB-1234', 'and leaves nothing behind');

-- What overlaps is one: of the class that begins first, and of those the longest
SELECT is(read('span X 14 3 AB-1234'), 'span X 14 3 [BADGE]', 'what begins with another and is shorter is in it');
SELECT is(read('span X 12 4 AB-1234'), 'span X 12 4[X]', 'what begins before it has its class, to the end of both');
SELECT is(read('span X 16 9 AB-1234, more'), 'span X 16 9 [BADGE]e', 'what begins within it has not');
SELECT is(read('span X 12 5 ada@example.org'), 'span X 12 5[X]', 'the same of what we find ourselves');


-- The right to execute is asked for
REVOKE EXECUTE ON FUNCTION own.badge(text) FROM PUBLIC;
SELECT throws_ok($$SELECT read('AB-1234')$$, '42501', 'permission denied for function badge', 'a reader must be allowed to execute it');
GRANT EXECUTE ON FUNCTION own.badge(text) TO r_reader;
SELECT is(read('AB-1234'), '[BADGE]', 'and then is');

-- What it must be
SELECT throws_ok(format('SELECT aiconsent.register_recognizer(%L, %L::regprocedure)', c, f), code, NULL, format('refused: %s for %s', f, c))
FROM (VALUES ('content', 'own.definer(text)', '42P13'), ('content', 'own.volatile(text)', '42P13'), ('content', 'own.open(text)', '42P13'), ('content', 'own.other(text)', '42P13'), ('content', 'own.record(text)', '42P13'),
  ('content', 'own.two(text,text)', '42P13'), ('content', 'upper(text)', '42P13'), ('Content', 'own.badge(text)', '22023'), (NULL, 'own.badge(text)', '22004'), ('content', NULL, '22004'),
  ('profile.name', 'own.badge(text)', '55000'), ('other', 'own.badge(text)', '55000')) v (c, f, code);
SELECT throws_ok($$SELECT aiconsent.register_recognizer('content', 'own.badge(text)', 'nothing')$$, '42704', NULL, 'a purpose that is not adopted');
SELECT is((SELECT p.provolatile::text || p.proparallel::text FROM pg_proc p WHERE p.proname = 'scrub' AND p.pronargs = 4 AND p.proargtypes[0] = 'text'::regtype), 'su', 'no query with one is parallel');

-- One that is altered
SAVEPOINT altered;
ALTER FUNCTION own.told(text) SECURITY DEFINER;
SELECT is(read('hello'), NULL, 'made SECURITY DEFINER, the fields are out at once');
ROLLBACK TO SAVEPOINT altered;
ALTER FUNCTION own.told(text) RESET search_path;
SELECT is(read('hello'), NULL, 'without its search_path, too');
ROLLBACK TO SAVEPOINT altered;

-- Treatments and its end
SELECT aiconsent.treat('content.post', 'none');
SELECT aiconsent.publish();
SELECT hasnt_column('training', 'post', 'body', 'a field with a recognizer that is not scrubbed is not released');
SELECT has_column('training', 'post', 'likes', 'but what has no text');
SELECT aiconsent.treat('content.post', NULL);
SELECT aiconsent.unregister_recognizer('content.post', 'own.told(text)', reason => 'it talks');
SELECT aiconsent.publish();
SELECT is(read('raise AB-1234'), 'raise [BADGE]', 'a recognizer is taken back');
SELECT is((SELECT before || ', ' || reason FROM aiconsent.change WHERE what = 'unregister_recognizer'), 'own.told, it talks', 'which is recorded');
SELECT throws_ok($$SELECT aiconsent.unregister_recognizer('content.post', 'own.told')$$, '42704', NULL, 'once');
DROP VIEW training.corpus, training.post CASCADE;
DROP FUNCTION own.badge(text) CASCADE;
SELECT aiconsent.publish();
SELECT hasnt_column('training', 'post', 'body', 'where it is no more, the field is not released');
SELECT set_eq($$SELECT severity, object, mend FROM aiconsent.doctor() WHERE finding ~ 'recognizer'$$, $$VALUES ('error', 'own.badge for content', 'SELECT aiconsent.unregister_recognizer(''content'', ''own.badge'', ''content_generation'');')$$,
  'which doctor() says');
SELECT aiconsent.unregister_recognizer('content', 'own.badge');
SELECT aiconsent.publish();
SELECT is(read('AB-1234'), 'AB-1234', 'nor looked for any more');

SELECT ok(NOT has_function_privilege('public', p.oid, 'EXECUTE'), p.oid::regprocedure || ' is nobody''s by default')
FROM pg_proc p WHERE p.proname IN ('scan', 'scrub', 'register_recognizer', 'unregister_recognizer', 'evidence_mentions') AND p.pronamespace = 'aiconsent'::regnamespace;

SELECT * FROM finish();
ROLLBACK;
