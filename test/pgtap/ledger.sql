-- The ledger: what was said is recorded once and for all, and acts at its time.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(26);

CREATE TABLE member (id bigint PRIMARY KEY, birth date);
INSERT INTO member SELECT generate_series(1, 20);
SELECT aiconsent.register_subject('member', birth => 'birth');
SELECT aiconsent.adopt_policy(notice_required => false);
CREATE FUNCTION say(id bigint, decision text, at timestamptz DEFAULT NULL, notice text DEFAULT NULL)
  RETURNS void LANGUAGE sql AS
  $$ SELECT aiconsent.record_consent(id, 'content_generation', decision, at, notice_version => notice, reason => 'said by letter') $$;

-- What is written
SELECT aiconsent.record_consent(1, 'content_generation', 'object', channel => 'settings', evidence => '{"ticket": "a \"quoted\" one"}');
SELECT results_eq(
  $$SELECT subject COLLATE "default", purpose, decision, channel, evidence, transaction = pg_current_xact_id(), recorded_by = (current_user COLLATE "default"),
      effective_at <= recorded_at AND effective_at >= now() FROM aiconsent.consent$$,
  $$VALUES ('1', 'content_generation', 'object', 'settings', '{"ticket": "a \"quoted\" one"}'::jsonb, true, true, true)$$,
  'an event has its subject, decision, channel, evidence, transaction, role and both times');
SELECT is(aiconsent.verdict_of(1)::text, 'opted_out', 'an objection acts in its own transaction');
SELECT is(aiconsent.eligible(1), false, 'and for eligible(), although the transaction began before it');

-- Nobody edits it
SELECT throws_ok($$UPDATE aiconsent.consent SET decision = 'grant'$$, '55000', NULL, 'UPDATE of the ledger is refused');
SELECT throws_ok('DELETE FROM aiconsent.consent', '55000', NULL, 'DELETE, too');
SELECT throws_ok('TRUNCATE aiconsent.consent', '55000', NULL, 'and TRUNCATE');
CREATE ROLE t_nobody;
GRANT USAGE ON SCHEMA aiconsent TO t_nobody;
SET ROLE t_nobody;
SELECT throws_ok($$INSERT INTO aiconsent.consent (subject, purpose, decision, effective_at, recorded_by) VALUES ('1', 'content_generation', 'grant', now(), 'me')$$,
  '42501', NULL, 'no role can write it but by record_consent()');
SELECT throws_ok($$SELECT aiconsent.record_consent(1, 'content_generation', 'grant')$$, '42501', NULL, 'which must be granted');
RESET ROLE;

-- What acts when
SELECT say(2, 'object'); SELECT say(2, 'grant', notice => '2025-09');
SELECT is(aiconsent.verdict_of(2)::text, 'eligible', 'a later grant ends an objection');
SELECT say(2, 'object');
SELECT is(aiconsent.verdict_of(2)::text, 'opted_out', 'and a later objection a grant, within one transaction');
SELECT say(3, 'object', now() + interval '1 day');
SELECT is(aiconsent.verdict_of(3)::text, 'eligible', 'a future-dated objection does not act yet');
SELECT is(aiconsent.verdict_of(3, at => now() + interval '1 day')::text, 'opted_out', 'but from its date');
SELECT is((SELECT until FROM aiconsent.standing_int8 WHERE subject = 3), now() + interval '1 day', 'without any event then');
SELECT say(4, 'object'); SELECT say(4, 'grant', now() + interval '1 day');
SELECT is(aiconsent.eligible(4), false, 'a future-dated grant does not act yet');
SELECT is(aiconsent.verdict_of(4, at => now() + interval '1 day')::text, 'eligible', 'but from its date');
SELECT say(5, 'grant', '2026-01-01', '2025-09'); SELECT say(5, 'object', '2026-01-01');
SELECT say(6, 'object', '2026-01-01'); SELECT say(6, 'grant', '2026-01-01', '2025-09');
SELECT is(aiconsent.eligible(5) OR aiconsent.eligible(6), false, 'at equal instants the objection wins, in any order');
SELECT say(7, 'grant', '2026-01-01', '2025-09'); SELECT say(7, 'grant', '2026-01-01');
SELECT is(aiconsent.granted(7), false, 'and of two grants the one without a notice');
SELECT is(aiconsent.eligible(7), true, 'which is a grant still');

-- Valid time and recorded time
SELECT say(8, 'object', '2026-01-01');
SELECT is(aiconsent.verdict_of(8, at => '2026-02-01')::text, 'opted_out', 'a back-dated objection shows in questions about the past');
SELECT is(aiconsent.verdict_of(8, at => '2026-02-01', known_at => now() - interval '1 day')::text, 'unknown_subject',
  'a question about what was known asks what was on record then: nothing');
CREATE TEMP TABLE moment AS SELECT clock_timestamp() AS t;
SELECT pg_sleep(0.001);
SELECT say(9, 'object', '2026-01-01');
SELECT is((SELECT aiconsent.verdict_of(9, at => '2026-02-01', known_at => t)::text FROM moment), 'eligible',
  'and the verdict as it was known before the objection was recorded');
SELECT is((SELECT string_agg(verdict::text, ' ' ORDER BY since) FROM aiconsent.standing_history WHERE subject = '9'), 'not_started eligible', 'what is replaced is kept');

-- Coming of age needs no event
UPDATE member SET birth = ((now() AT TIME ZONE 'UTC') - interval '17 years')::date WHERE id = 10;
SELECT is(aiconsent.verdict_of(10)::text, 'minor', 'a child is out');
SELECT is((SELECT since FROM aiconsent.standing_int8 WHERE subject = 10),
  ((SELECT birth FROM member WHERE id = 10) + interval '18 years' + interval '12 hours') AT TIME ZONE 'UTC',
  'and in from noon UTC of the 18th birthday, by what is already stored');

-- A subject that comes and goes
DELETE FROM member WHERE id = 11;
SELECT is(aiconsent.verdict_of(11)::text, 'unknown_subject', 'a deleted member is out');
INSERT INTO member VALUES (1000), (11);
SELECT is(aiconsent.verdict_of(11)::text, 'eligible', 'a new one is judged when it comes');

SELECT * FROM finish();
ROLLBACK;
