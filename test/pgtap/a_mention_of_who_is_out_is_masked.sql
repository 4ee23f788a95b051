-- A text mentions members by handles and by addresses of profiles: those of who
-- is in stay, those of who is out are masked, and nobody is out.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT * FROM no_plan();
SET LOCAL client_min_messages = error;

CREATE ROLE m_owner;
CREATE ROLE m_reader;
GRANT CREATE ON SCHEMA public TO m_owner;
SET ROLE m_owner;
CREATE TABLE member (id bigint PRIMARY KEY, birth date, handle text, page text);
CREATE TABLE post (id bigint PRIMARY KEY, author_id bigint REFERENCES member, body text, at timestamptz);
INSERT INTO member VALUES
  (1, '1980-01-01', 'ada', 'https://www.network.example/in/ada'),
  (2, '1980-01-01', 'ben', 'network.example/in/ben/'),
  (3, '2015-01-01', 'kid', 'https://network.example/in/kid'),
  (4, '1980-01-01', '@Jean.Dupont', 'https://network.example/in/jean-dupont-42'),
  (5, '1980-01-01', 'twin', NULL),
  (6, '1980-01-01', 'Twin', NULL),
  (7, '1980-01-01', 'gone', 'https://network.example/in/gone'),
  (8, '1980-01-01', 'listed', NULL),
  (9, '1980-01-01', 'before', 'https://network.example/in/before'),
  (10, '1980-01-01', NULL, NULL),
  (11, '1980-01-01', '', ' ');
INSERT INTO post SELECT 1, 1, 'hello', '2026-01-01';
RESET ROLE;
SELECT aiconsent.register_subject('member', birth => 'birth', handle => 'handle', profile => 'page');
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.adopt_policy('ranking', effective_at => '2026-01-01', notice_required => false);
SELECT aiconsent.publish();
SELECT aiconsent.publish('ranking', 'ranking');
SELECT aiconsent.grant_role('m_reader', 'reader');
SELECT aiconsent.grant_role('m_reader', 'reader', 'ranking');

-- What the reader, who may do nothing else, sees of a text.
CREATE FUNCTION read(body text, purpose text DEFAULT 'content_generation') RETURNS text LANGUAGE plpgsql AS $$
DECLARE seen text;
BEGIN
  UPDATE post SET body = read.body;
  SET LOCAL ROLE m_reader;
  EXECUTE format('SELECT body FROM %s.post', CASE purpose WHEN 'ranking' THEN 'ranking' ELSE 'training' END) INTO seen;
  RESET ROLE;
  RETURN seen;
END $$;

-- Handles
SELECT is(read('Thanks to @ada and @ben.'), 'Thanks to @ada and @ben.', 'whoever is in stays');
SELECT is(read('Thanks to @kid, and to @nobody!'), 'Thanks to [MENTION], and to [MENTION]!', 'a child is masked, and who is no member');
SELECT is(read('@Ada @BEN @KID'), '@Ada @BEN [MENTION]', 'case does not matter');
SELECT is(read('So says @jean.dupont.'), 'So says @jean.dupont.', 'a dot in a handle is of the handle, one behind it is not');
SELECT is(read('So says @jean.'), 'So says [MENTION].', 'nor is a part of it the handle');
SELECT is(read('@twin'), '@twin', 'two members of one handle who are in');
SELECT aiconsent.record_consent(6, 'content_generation', 'object');
SELECT is(read('@twin'), '[MENTION]', 'one of them out: masked');
SELECT aiconsent.record_consent(2, 'content_generation', 'object');
SELECT is(read('Thanks to @ada and @ben.'), 'Thanks to @ada and [MENTION].', 'from the objection on, in its own transaction');
SELECT is(read('Thanks to @ada and @ben.', 'ranking'), 'Thanks to @ada and @ben.', 'for that purpose and no other');
SAVEPOINT back;
SELECT aiconsent.record_consent(2, 'content_generation', 'grant');
SELECT is(read('@ben'), '@ben', 'a grant brings the mention back');
ROLLBACK TO SAVEPOINT back;
SELECT is(read('@ben'), '[MENTION]', 'undone: masked again');
SELECT aiconsent.erase_subject(7, 'asked to be forgotten');
SELECT is(read('@gone https://network.example/in/gone'), '[MENTION] [MENTION]', 'who was erased');
DELETE FROM member WHERE id = 7;
SELECT is(read('@gone https://network.example/in/gone'), '[MENTION] [MENTION]', 'and is gone');
SELECT is(read('@listed'), '@listed', 'before somebody is suppressed');
SELECT aiconsent.suppress('@Listed', 'handle', 'asked by post');
SELECT is(read('@listed'), '[MENTION]', 'and then');
SELECT is(read('@before @after'), '@before [MENTION]', 'before a member has another handle');
UPDATE member SET handle = 'after' WHERE id = 9;
SELECT is(read('@before @after'), '[MENTION] @after', 'and then: the old one is nobody''s');
UPDATE member SET handle = NULL WHERE id = 9;
SELECT is(read('@after'), '[MENTION]', 'who has none any more');
UPDATE member SET id = 90, handle = 'after' WHERE id = 9;
SELECT is(read('@after'), '@after', 'a member''s key changes');
SELECT is(read('me@network.example'), '[EMAIL]', 'what is masked anyway is');

-- Addresses
SELECT is(read(a), a, 'the profile of who is in stays: ' || a) FROM unnest(ARRAY['https://network.example/in/ada', 'https://www.network.example/in/ada/', 'http://network.example/in/ADA?x=1',
  'https://network.example/in/ada#top', 'https://network.example/in/ada/details/skills', 'https://fr.network.example/in/ada', 'https://network.example/in/jean-dupont-42']) a;
SELECT is(read('see ' || a || ' there'), 'see [MENTION] there', 'that of who is out is masked: ' || a) FROM unnest(ARRAY['https://network.example/in/kid', 'https://www.network.example/in/kid/', 'http://network.example/in/KID?x=1',
  'https://network.example/in/kid#top', 'https://network.example/in/kid/details/skills', 'https://fr.network.example/in/kid', 'https://m.network.example/in/kid', 'https://network.example/in/%6Bid', 'https://network.example//in/kid']) a;
SELECT is(read('https://network.example/in/nobody'), '[MENTION]', 'an address below which members are, and that is nobody''s');
SELECT is(read(a), a, 'a plain link stays: ' || a) FROM unnest(ARRAY['https://network.example/', 'https://network.example/about', 'https://network.example/in', 'https://other.example/in/kid', 'https://network.example/company/in/kid']) a;
SELECT is(read('see http://81.2.69.142/x?to=ann@example.org there'), 'see http://[IP]/x?to=[EMAIL] there', 'what is in a link that stays is found');
SELECT is(read('@ada earns 45 k€ a year, says @kid'), '@ada earns [SALARY] a year, says [MENTION]', 'and what stands beside a mention');
-- One place that is called again and again knows nothing for longer than its snapshot.
SAVEPOINT again;
CREATE FUNCTION again() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  seen text[];
BEGIN
  FOR i IN 1..3 LOOP
    seen := seen || aiconsent.scrub('@ada https://network.example/in/ada', 'content_generation', false);
    IF i = 2 THEN
      PERFORM aiconsent.record_consent(1, 'content_generation', 'object');
    END IF;
  END LOOP;
  RETURN seen;
END $$;
SELECT is(again(), '{"@ada https://network.example/in/ada","@ada https://network.example/in/ada","[MENTION] [MENTION]"}', 'who objects between two calls from one place');
ROLLBACK TO again;
-- Nor for longer than its instant: a cursor keeps its snapshot, and time goes on.
SELECT aiconsent.record_consent(1, 'content_generation', 'object', effective_at => clock_timestamp() + interval '3 seconds');
DECLARE slowly CURSOR FOR SELECT aiconsent.scrub('@ada', 'content_generation', false) AS text FROM generate_series(1, 2);
FETCH slowly \gset before_
SELECT pg_sleep(3.1);
FETCH slowly \gset after_
SELECT is(:'before_text' || ' ' || :'after_text', '@ada [MENTION]', 'who objected for later, when that comes while a cursor is read');
ROLLBACK TO again;
UPDATE member SET page = 'https://network.example/in/grown' WHERE id = 3;
SELECT is(read('https://network.example/in/kid https://network.example/in/grown'), '[MENTION] [MENTION]', 'a page that moved');
SAVEPOINT pages;
UPDATE member SET page = NULL;
SELECT is(read('https://network.example/in/nobody'), 'https://network.example/in/nobody', 'nobody''s address is there: a plain link');
UPDATE member SET page = 'https://kid.example' WHERE id = 3;
UPDATE member SET page = 'https://ada.example' WHERE id = 1;
SELECT is(read('https://kid.example https://ada.example/about https://else.example/x'), '[MENTION] https://ada.example/about https://else.example/x', 'hosts that are somebody''s');
ROLLBACK TO SAVEPOINT pages;

-- At the instant and by the snapshot of the query
SELECT is(read('@ada'), '@ada', 'before an objection of tomorrow');
SELECT aiconsent.record_consent(1, 'ranking', 'object', effective_at => clock_timestamp() + interval '1 day');
SELECT is(read('@ada', 'ranking'), '@ada', 'it has not come yet');
UPDATE post SET body = 'by @jean.dupont';
INSERT INTO post VALUES (2, 1, 'by @jean.dupont', '2026-01-01');
DECLARE reading CURSOR FOR SELECT body FROM training.post;
FETCH reading;
SELECT aiconsent.record_consent(4, 'content_generation', 'object');
FETCH reading \gset later_
SELECT is(:'later_body'::text, 'by @jean.dupont', 'a cursor reads by the snapshot that it was opened with');
CLOSE reading;
DELETE FROM post WHERE id = 2;
SELECT is(read('by @jean.dupont'), 'by [MENTION]', 'the next query by its own');
CREATE FUNCTION twice() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  FOR n IN 1 .. 2 LOOP
    RETURN NEXT (SELECT aiconsent.scrub('@ada', 'content_generation', false));
    IF n = 1 THEN PERFORM aiconsent.record_consent(1, 'content_generation', 'hold'); END IF;
  END LOOP;
END $$;
SELECT results_eq('SELECT twice()', ARRAY['@ada', '[MENTION]'], 'a place that asks twice asks anew');
SELECT aiconsent.record_consent(1, 'content_generation', 'release');

-- Other forms of a value
SELECT is(aiconsent.scrub(ARRAY[['@ada', NULL], ['@kid', 'me@x.example']], 'content_generation', false), '{{@ada,NULL},{[MENTION],[EMAIL]}}', 'every element of an array');
SELECT is(aiconsent.scrub('{"@kid": ["@ada", 1, {"a": "by @kid"}], "b": null}'::jsonb, 'content_generation', false), '{"[MENTION]": ["@ada", 1, {"a": "by [MENTION]"}], "b": null}'::jsonb, 'every string in JSON, and every key');
SELECT is(aiconsent.scrub('"@kid"'::jsonb, 'content_generation', false), '"[MENTION]"'::jsonb, 'one that is a string');
SELECT is(aiconsent.scrub(NULL::text, 'content_generation', false), NULL::text, 'NULL stays NULL');
SELECT is(aiconsent.scrub('@ada', 'nothing', false), '[MENTION]', 'for a purpose that is not adopted all are out');

-- What is kept
SELECT is((SELECT count(*) FROM aiconsent.head h WHERE h::text ~* 'jean|twin|network'), 0::bigint, 'no handle is kept, nor an address');
SELECT is((SELECT handle = left_of FROM aiconsent.head, LATERAL (SELECT substr(s.identifier, 1, 16) AS left_of FROM aiconsent.suppression s) s WHERE subject = '8'), true,
  'but the beginning of the hash by which it is suppressed, too');
SELECT is_empty('SELECT * FROM aiconsent.verify_standing()', 'all is in step');
SELECT count(*) AS known FROM aiconsent.head_history \gset
ALTER TABLE member DISABLE TRIGGER aiconsent_update;
UPDATE member SET handle = 'eve' WHERE id = 1;
UPDATE member SET page = NULL WHERE id = 4;
ALTER TABLE member ENABLE TRIGGER aiconsent_update;
SELECT set_eq('SELECT subject, difference FROM aiconsent.verify_standing()', $$VALUES ('1', 'mentions of the subject are looked for otherwise'), ('4', 'mentions of the subject are looked for otherwise')$$,
  'what triggers did not see is found');
SELECT is(read('@eve @ada'), '[MENTION] @ada', 'and is not so yet');
SELECT aiconsent.rebuild_standing();
SELECT is_empty('SELECT * FROM aiconsent.verify_standing()', 'rebuilt');
SELECT is(read('@eve @ada'), '@eve [MENTION]', 'and so');
SELECT is((SELECT count(*) FROM aiconsent.head_history), :'known'::bigint, 'a handle has no history');

-- Without handles
SET LOCAL client_min_messages = error;
SELECT aiconsent.publish(relation => 'post');
DROP VIEW training.post, training.corpus, ranking.post, ranking.corpus CASCADE;
SELECT aiconsent.unregister_source('post');
SELECT aiconsent.unregister_subject('member');
SELECT is(aiconsent.scrub('@eve', 'content_generation', false), '[MENTION]', 'no member, no handle that is somebody''s');
SELECT is((SELECT count(*) FROM aiconsent.head WHERE handle IS NOT NULL OR profile IS NOT NULL), 0::bigint, 'nothing is kept of them any more');
SELECT aiconsent.register_subject('member', birth => 'birth');
SELECT is(aiconsent.scrub('@eve https://network.example/in/kid', 'content_generation', false), '[MENTION] https://network.example/in/kid', 'no handle is registered: each is masked; no profile: links stay');

SELECT * FROM finish();
ROLLBACK;
