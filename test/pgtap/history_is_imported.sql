-- A dated history that was kept elsewhere enters the ledger as it is, or not at all.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE TABLE member (id bigint PRIMARY KEY);
INSERT INTO member SELECT generate_series(1, 2000);
SELECT aiconsent.register_subject('member') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.adopt_policy('asked', basis => 'opt_in', effective_at => '2025-11-03Z', notice_required => false) \g /dev/null
CREATE FUNCTION course(id bigint, purpose text DEFAULT 'content_generation') RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(aiconsent.verdict_of(id, purpose, at)::text, ' ' ORDER BY at)
  FROM unnest('{2025-12-01Z,2026-01-01Z,2026-02-01Z,2026-03-01Z}'::timestamptz[]) at $$;

-- Text: what was said.
CREATE TABLE said (who bigint REFERENCES member, what text, at timestamptz, notice text, extra text);
INSERT INTO said VALUES (1, 'object', '2026-01-01Z', NULL), (1, 'grant', '2026-02-01Z', 'v1'), (1, 'hold', '2026-03-01Z', NULL), (2, 'release', '2026-02-01Z', NULL),
  (2, 'hold', '2026-01-01Z', NULL), (3, 'grant', '2026-01-01Z', 'v1'), (3, 'grant', '2026-02-01Z', NULL), (4, 'object', now() + interval '1 day', NULL);
SELECT clock_timestamp() AS before, pg_sleep(0.001) \gset
SELECT is(aiconsent.import_consent('said', 'what', 'at', notice_version => 'notice'), 8::bigint, 'import_consent() says how many events it entered');
SELECT is(course(1), 'eligible opted_out eligible hold', 'each acts from its date');
SELECT is(course(2), 'eligible hold eligible eligible', 'in the order of their dates');
SELECT is((SELECT string_agg(explicit::text, ' ' ORDER BY during) FROM aiconsent.timeline(3::bigint) WHERE upper(during) > '2026-01-01Z' OR upper_inf(during)), 'true false',
  'a grant with a notice version is explicit');
SELECT is(ARRAY[aiconsent.verdict_of(4)::text, aiconsent.verdict_of(4, at => now() + interval '1 day')::text], '{eligible,opted_out}', 'what is still to come is imported, too');
SELECT is(aiconsent.verdict_of(1, at => '2026-01-01Z', known_at => :'before')::text, 'eligible', 'what was not on record then was not known then');
SELECT is((SELECT string_agg(DISTINCT channel || COALESCE(notice_version, '-'), ' ') FROM aiconsent.consent), 'import- importv1', 'the ledger has the channel and the notice');
SELECT is((SELECT count(*) FROM aiconsent.consent WHERE recorded_at > :'before'), 8::bigint, 'recorded when it was entered');
SELECT is(course(1, 'asked'), 'not_granted not_granted not_granted not_granted', 'for its purpose only');
SELECT is(aiconsent.import_consent('said', 'what', 'at', 'asked', 'who', 'notice'), 8::bigint, 'the same history for another purpose');
SELECT is(course(1, 'asked'), 'not_granted opted_out,not_granted eligible hold', 'counts by its basis');
SELECT is((SELECT count(*) FROM aiconsent.change WHERE what = 'import_consent'), 2::bigint, 'each import is on record');

-- Boolean: what a settings column held.
CREATE TABLE held (member bigint, allows boolean, at timestamptz);
INSERT INTO held VALUES (11, false, '2026-01-01Z'), (11, true, '2026-02-01Z'), (12, true, '2026-01-01Z'), (13, false, '2026-01-01Z'), (14, false, '2026-02-01Z'), (14, true, '2026-03-01Z');
SELECT aiconsent.record_consent(14, 'content_generation', 'object', '2026-01-01Z', reason => 'a letter') \g /dev/null
SELECT is(aiconsent.import_consent('held', 'allows', 'at', subject => 'member'), 6::bigint, 'a boolean history');
SELECT is(course(11), 'eligible opted_out eligible eligible', 'false is an objection, true takes it back');
SELECT is(course(12), 'eligible eligible eligible eligible', 'true is no decision');
SELECT is(course(13), 'eligible opted_out opted_out opted_out', 'false lasts');
SELECT is(course(14), 'eligible opted_out opted_out opted_out', 'true never takes back what was said');
SELECT is((SELECT string_agg(DISTINCT decision, ' ') FROM aiconsent.consent WHERE subject IN ('11', '12', '13')), 'mirror_false mirror_true', 'they are no decisions');
SELECT aiconsent.import_consent('held', 'allows', 'at', 'asked', 'member') \g /dev/null
SELECT is((SELECT count(*) FROM held WHERE aiconsent.eligible(member, 'asked') OR aiconsent.granted(member)), 0::bigint, 'and grant nothing');

-- One bad row, and nothing is imported.
CREATE TABLE bad (who bigint, what text, flag boolean, at timestamptz);
CREATE FUNCTION attempt(r bad, decision name DEFAULT 'what') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE bad;
  INSERT INTO bad SELECT g, 'object', false, '2026-01-01Z' FROM generate_series(1000, 1010) g;
  INSERT INTO bad SELECT r.*;
  PERFORM aiconsent.import_consent('bad', decision, 'at', subject => 'who');
  RETURN 'imported';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SELECT is(attempt(ROW(who, what, flag, at), decision), code, format('refused: %s, %s of %s at %s', decision, COALESCE(what, flag::text), who, at))
FROM (VALUES (999999::bigint, 'object', NULL::boolean, '2026-01-01Z'::timestamptz, 'what', 'P0002'), (NULL, 'object', NULL, '2026-01-01Z', 'what', '22004'),
  (1, NULL, NULL, '2026-01-01Z', 'what', '22004'), (1, 'OBJECT', NULL, '2026-01-01Z', 'what', '22023'), (1, 'retract', NULL, '2026-01-01Z', 'what', '22023'),
  (1, 'mirror_true', NULL, '2026-01-01Z', 'what', '22023'), (1, '', NULL, '2026-01-01Z', 'what', '22023'), (1, 'object', NULL, NULL, 'what', '22008'),
  (1, 'object', NULL, 'infinity', 'what', '22008'), (1, 'object', NULL, '-infinity', 'what', '22008'), (1, NULL, NULL, '2026-01-01Z', 'flag', '22004')) x(who, what, flag, at, decision, code);
SELECT is((SELECT count(*) FROM aiconsent.consent WHERE subject IN (SELECT generate_series(1000, 1010)::text)), 0::bigint, 'not one of the rows beside it was entered');
SELECT is((SELECT count(*) FROM generate_series(1000, 1010) g WHERE NOT aiconsent.eligible(g)), 0::bigint, 'nor counts');
SELECT is(attempt(ROW(1, 'object', false, '4000-01-01Z')), 'imported', 'without a bad row it is imported');
SELECT is((SELECT count(*) FROM generate_series(1000, 1010) g WHERE aiconsent.eligible(g)), 0::bigint, 'and counts');
SELECT throws_ok(command, code, NULL, 'refused: ' || command) FROM (VALUES
  ($$SELECT aiconsent.import_consent('said')$$, '22023'),
  ($$SELECT aiconsent.import_consent('said', 'what')$$, '22023'),
  ($$SELECT aiconsent.import_consent(NULL, 'what', 'at')$$, '22004'),
  ($$SELECT aiconsent.import_consent('said', 'nothing', 'at')$$, '42703'),
  ($$SELECT aiconsent.import_consent('said', 'who', 'at')$$, '42804'),
  ($$SELECT aiconsent.import_consent('said', 'what', 'extra')$$, '42804'),
  ($$SELECT aiconsent.import_consent('said', 'what', 'at', 'unheard_of')$$, '42704'),
  ($$SELECT aiconsent.import_consent('said', 'what', 'at', NULL)$$, '22023'),
  ($$SELECT aiconsent.import_consent('held', 'allows', 'at')$$, '22023'),
  ($$SELECT aiconsent.import_consent('said', 'what', 'at', subject => 'extra')$$, '42804')) c(command, code);
CREATE TABLE empty (LIKE said);
SELECT is(aiconsent.import_consent('empty', 'what', 'at', subject => 'who'), 0::bigint, 'an empty history is nothing');

-- Many events, of few members and at few instants.
CREATE TABLE many (who bigint, what text, at timestamptz);
INSERT INTO many SELECT 101 + g % 1900, (ARRAY['grant', 'object', 'hold', 'release'])[1 + (g * 7919 / 3) % 4], '2026-01-01Z'::timestamptz + (g * 7907 % 20) * interval '1 day'
  FROM generate_series(1, 20000) g WHERE 101 + g % 1900 NOT BETWEEN 1000 AND 1010;
SELECT is(aiconsent.import_consent('many', 'what', 'at', subject => 'who'), (SELECT count(*) FROM many), 'some 20,000 events');
SELECT is((SELECT count(*) FROM aiconsent.consent c WHERE EXISTS (SELECT FROM many WHERE who::text = c.subject)), (SELECT count(*) FROM many), 'each is in the ledger');
-- By POLICY.md: the last of each axis; at equal instants the more restrictive.
SELECT is_empty($$SELECT who, d, got FROM (
    SELECT who, at AS d, aiconsent.verdict_of(who, at => at)::text AS got, COALESCE(NULLIF(concat_ws(',',
      CASE (SELECT what FROM many n WHERE n.who = m.who AND n.at <= m.at AND what IN ('grant', 'object') ORDER BY n.at DESC, what = 'object' DESC LIMIT 1) WHEN 'object' THEN 'opted_out' END,
      CASE (SELECT what FROM many n WHERE n.who = m.who AND n.at <= m.at AND what IN ('hold', 'release') ORDER BY n.at DESC, what = 'hold' DESC LIMIT 1) WHEN 'hold' THEN 'hold' END), ''), 'eligible') AS want
    FROM (SELECT DISTINCT who, at FROM many WHERE who % 7 = 0) m) x WHERE got <> want$$, 'and everybody''s course of time is what the events say');
SELECT * FROM finish();
ROLLBACK;
