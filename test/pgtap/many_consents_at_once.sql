-- record_consents() is record_consent() for each, at once or not at all.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE TABLE member (id bigint PRIMARY KEY, birth date);
SELECT aiconsent.register_subject('member', birth => 'birth') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.adopt_policy('asked', basis => 'opt_in', effective_at => '2025-11-03Z', notice_required => false) \g /dev/null
-- Members come when all is declared, so that they are judged once.
INSERT INTO member SELECT g, CASE WHEN g % 5 = 0 THEN date '2012-01-01' ELSE '1980-01-01' END FROM generate_series(1, 100000) g;

-- The same result as one by one: 1 to 50 one by one, 51 to 100 at once.
CREATE TABLE step AS SELECT * FROM (VALUES
  (1, 'content_generation', 'grant', NULL::timestamptz, 'v1', NULL), (2, 'asked', 'grant', NULL, 'v1', NULL), (3, 'content_generation', 'hold', '2026-05-01Z', NULL, 'a letter'),
  (4, 'asked', 'object', '2040-01-01Z', NULL, NULL), (5, 'content_generation', 'release', '2027-01-01Z', NULL, NULL), (6, 'content_generation', 'object', '2026-05-01Z', 'v2', 'a letter'),
  (7, 'asked', 'grant', '2026-01-01Z', NULL, 'a letter')) s(n, purpose, decision, at, notice, reason);
CREATE TABLE mine AS SELECT n, g AS id FROM step, generate_series(1, 50) g WHERE (g * 7 + n * 3) % 4 > 0;
SELECT count(aiconsent.record_consent(id, purpose, decision, at, 'web', notice, '{"a": [1]}', reason)) FROM (SELECT * FROM step JOIN mine USING (n) ORDER BY n, id) x \g /dev/null
SELECT is(aiconsent.record_consents(ARRAY(SELECT id + 50 FROM mine WHERE mine.n = step.n ORDER BY id DESC)::bigint[], purpose, decision, at, 'web', notice, '{"a": [1]}', reason),
  (SELECT count(*) FROM mine WHERE mine.n = step.n), format('step %s: %s for %s, it says how many', n, decision, purpose))
FROM step ORDER BY n;
SELECT is_empty($$SELECT id, p FROM generate_series(1, 50) id, unnest('{asked,content_generation}'::text[]) p
  WHERE aiconsent.verdict_of(id, p)::text <> aiconsent.verdict_of(id + 50, p)::text
    OR aiconsent.verdict_of(id, p, '2045-01-01Z')::text <> aiconsent.verdict_of(id + 50, p, '2045-01-01Z')::text
    OR aiconsent.verdict_of(id, p, '2026-06-01Z')::text <> aiconsent.verdict_of(id + 50, p, '2026-06-01Z')::text
    OR aiconsent.granted(id, p) <> aiconsent.granted(id + 50, p)$$, 'the verdicts are the same as one by one');
SELECT is_empty($$SELECT subject::int, purpose, decision, channel, notice_version, evidence, reason FROM aiconsent.consent WHERE subject::int <= 50
  EXCEPT ALL SELECT subject::int - 50, purpose, decision, channel, notice_version, evidence, reason FROM aiconsent.consent WHERE subject::int > 50$$, 'and so is the ledger');

-- What comes several times is said several times.
SELECT is(aiconsent.record_consents('{202,201,202,202}'::bigint[], 'content_generation', 'object'), 4::bigint, 'a subject that comes several times');
SELECT is((SELECT count(*) FROM aiconsent.consent WHERE subject = '202'), 3::bigint, 'says it as often');
SELECT is(ARRAY[aiconsent.verdict_of(202)::text, aiconsent.verdict_of(201)::text], '{opted_out,opted_out}', 'and is judged once');
SELECT aiconsent.record_consents('{202,201}'::bigint[], 'content_generation', 'grant') \g /dev/null
SELECT is(ARRAY[aiconsent.eligible(202), aiconsent.eligible(201)], '{t,t}', 'what is said next comes behind all of it');

-- All or none
SELECT count(*) AS events FROM aiconsent.consent \gset
SELECT throws_ok(command, code, NULL, 'refused: ' || command) FROM (VALUES
  ($$SELECT aiconsent.record_consents('{300,301,999999999}'::bigint[], 'content_generation', 'object')$$, 'P0002'),
  ($$SELECT aiconsent.record_consents('{300,-1,301}'::bigint[], 'content_generation', 'object')$$, 'P0002'),
  ($$SELECT aiconsent.record_consents('{300,NULL,301}'::bigint[], 'content_generation', 'object')$$, '22004'),
  ($$SELECT aiconsent.record_consents(NULL::bigint[], 'content_generation', 'object')$$, '22004'),
  ($$SELECT aiconsent.record_consents('{300}'::bigint[], NULL, 'object')$$, '22004'),
  ($$SELECT aiconsent.record_consents('{300}'::bigint[], 'content_generation', NULL)$$, '22004'),
  ($$SELECT aiconsent.record_consents('{300}'::bigint[], 'content_generation', 'retract')$$, '22023'),
  ($$SELECT aiconsent.record_consents('{300}'::bigint[], 'unheard_of', 'object')$$, '42704'),
  ($$SELECT aiconsent.record_consents('{300}'::bigint[], 'content_generation', 'object', 'infinity')$$, '22008'),
  ($$SELECT aiconsent.record_consents('{300}'::bigint[], 'content_generation', 'object', '2020-01-01')$$, '22023'),
  ($$SELECT aiconsent.record_consents('{one}'::text[], 'content_generation', 'object')$$, '22P02'),
  ($$SELECT aiconsent.record_consents('{00000000-0000-0000-0000-000000000000}'::uuid[], 'content_generation', 'object')$$, '22P02')) c(command, code);
SELECT is((SELECT count(*) FROM aiconsent.consent), :events::bigint, 'nothing was entered');
SELECT is(ARRAY[aiconsent.eligible(301), aiconsent.eligible(302)], '{t,t}', 'nor counts');
SELECT is(aiconsent.record_consents('{}'::bigint[], 'content_generation', 'object'), 0::bigint, 'nobody is nothing');
SELECT is(aiconsent.record_consents('{{301,302},{303,304}}'::bigint[], 'content_generation', 'object'), 4::bigint, 'an array of two dimensions has its elements');
SELECT is((SELECT bool_or(aiconsent.eligible(g)) FROM generate_series(301, 304) g), false, 'each of which objects');

-- Very many
SELECT is(aiconsent.record_consents(ARRAY(SELECT id FROM member ORDER BY hashint8(id)), 'content_generation', 'hold', channel => 'authority'), 100000::bigint, '100,000 in one statement');
SELECT is((SELECT count(*) FROM member WHERE aiconsent.eligible(id)), 0::bigint, 'everybody is out at once');
SELECT is((SELECT count(*) FROM aiconsent.consent WHERE channel = 'authority' AND decision = 'hold'), 100000::bigint, 'by an event each');
SELECT is((SELECT count(*) FROM generate_series(1, 100000, 997) g WHERE aiconsent.verdict_of(g)::text !~ '\mhold\M'), 0::bigint, 'and verdict_of() says why');
SELECT * FROM finish();
ROLLBACK;
