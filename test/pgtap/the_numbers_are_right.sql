-- health and report() count what is so.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET timezone = 'UTC';

BEGIN;
SELECT * FROM no_plan();
CREATE TABLE member (id int PRIMARY KEY, birth date, region text, notified_at timestamptz DEFAULT '2025-10-01Z', handle text);
CREATE TABLE education (member int, level text);
CREATE TABLE post (id int PRIMARY KEY, author int, body text, secret text, at timestamptz DEFAULT '2026-01-01Z');
INSERT INTO member SELECT g, '1980-01-01', CASE WHEN g % 3 = 0 THEN 'FR' WHEN g % 3 = 1 THEN 'DE' END, CASE WHEN g > 90 THEN NULL ELSE '2025-10-01Z'::timestamptz END, 'h' || g FROM generate_series(1, 100) g;
INSERT INTO post SELECT g, g, 'post' FROM generate_series(1, 100) g;
SELECT aiconsent.register_subject('member', birth => 'birth', region => 'region', notified_at => 'notified_at', handle => 'handle') \g /dev/null
SELECT aiconsent.register_education('education', 'member', 'level') \g /dev/null
SELECT aiconsent.register_source('post', '{author}', 'at') \g /dev/null
SELECT is((SELECT subjects FROM aiconsent.health), 0::bigint, 'before anything is adopted nobody is counted');
SELECT aiconsent.adopt_policy() \g /dev/null
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}') \g /dev/null
SELECT aiconsent.publish() \g /dev/null
SELECT aiconsent.record_consent(id, 'content_generation', 'object') FROM generate_series(1, 10) id \g /dev/null
SELECT aiconsent.record_consent(id, 'content_generation', 'hold') FROM generate_series(10, 12) id \g /dev/null
UPDATE member SET birth = '2014-01-01' WHERE id IN (20, 21);
INSERT INTO education VALUES (22, 'lycée');
SELECT aiconsent.suppress('h23', 'handle') \g /dev/null
SELECT aiconsent.erase_subject(24::bigint, 'asked for it') \g /dev/null
UPDATE member SET birth = 'infinity' WHERE id = 25;

-- By verdict_of(), one by one.
CREATE VIEW out_by AS SELECT r.reason, count(*) AS n FROM member m, unnest(string_to_array(aiconsent.verdict_of(m.id)::text, ',')) r(reason) GROUP BY 1;
SELECT results_eq($$SELECT h.reason, h.n FROM aiconsent.health x, LATERAL (VALUES ('eligible', x.eligible), ('not_started', x.not_started), ('region_excluded', x.region_excluded), ('not_notified', x.not_notified),
      ('opted_out', x.opted_out), ('not_granted', x.not_granted), ('hold', x.hold), ('minor', x.minor), ('suspected_minor', x.suspected_minor), ('suppressed', x.suppressed), ('erased', x.erased), ('error', x.error)) h(reason, n)
    WHERE h.n > 0 ORDER BY 1$$, 'SELECT reason, n FROM out_by ORDER BY 1', 'health counts each reason as verdict_of() says it');
SELECT results_eq('SELECT subjects, estimated, open_runs, drift, last_seal IS NULL, last_event < interval ''1 minute'' FROM aiconsent.health', $$VALUES (100::bigint, false, 0::bigint, 0::bigint, true, true)$$, 'and of how many; and what else is to be watched');
SELECT aiconsent.seal_ledger() \g /dev/null
SELECT is((SELECT unsealed FROM aiconsent.health), 0::bigint, 'nothing is unsealed behind a seal');
CREATE OR REPLACE VIEW training.post AS SELECT body FROM post;
SELECT is((SELECT drift FROM aiconsent.health), (SELECT count(*) FROM aiconsent.publication_drift()), 'views that were altered are counted');
SELECT isnt((SELECT drift FROM aiconsent.health), 0::bigint, 'there are some');
SELECT matches((SELECT string_agg(finding, ';') FROM aiconsent.doctor() WHERE severity = 'error'), 'a training view is not what publish\(\) makes', 'doctor() names them');
SELECT aiconsent.publish() \g /dev/null
SELECT is((SELECT drift FROM aiconsent.health), 0::bigint, 'what it says mends them');

-- The report, against the same.
CREATE TABLE reported AS SELECT * FROM aiconsent.report('content_generation', '[2025-11-03, infinity)');
SELECT results_eq($$SELECT reason COLLATE "default", sum(number)::bigint FROM reported WHERE section = 'standing' AND month = date_trunc('month', now())::date GROUP BY 1 ORDER BY 1$$,
  'SELECT reason, n FROM out_by ORDER BY 1', 'report() has the reasons of this month');
SELECT results_eq($$SELECT region COLLATE "default", sum(number)::bigint FROM reported WHERE section = 'standing' AND month = date_trunc('month', now())::date AND reason = 'eligible' GROUP BY 1 ORDER BY 1$$,
  $$SELECT COALESCE(region, ''), count(*) FROM member WHERE aiconsent.eligible(id) GROUP BY 1 ORDER BY 1$$, 'by region');
SELECT is((SELECT count(DISTINCT month) FROM reported WHERE section = 'standing'),
  (SELECT count(*) FROM generate_series('2025-11-01'::date, now(), interval '1 month')), 'and by month, each of the period');
SELECT results_eq($$SELECT reason COLLATE "default", sum(number)::bigint FROM reported WHERE section = 'event' GROUP BY 1 ORDER BY 1$$,
  $$VALUES ('erase', 1::bigint), ('hold', 3), ('object', 10)$$, 'what was said');
SELECT results_eq($$SELECT category COLLATE "default", number FROM reported WHERE section = 'text'$$, $$SELECT 'content.post', count(*) FROM member WHERE aiconsent.eligible(id)$$, 'texts by category');
SELECT results_eq($$SELECT reason COLLATE "default", number FROM reported WHERE section = 'field' ORDER BY 1$$, $$VALUES ('personal', 1::bigint), ('unlabelled', 4)$$, 'coverage of labels');
SELECT is((SELECT number FROM reported WHERE section = 'latency' AND reason = 'no run since'), 13::bigint, 'objections that no run has come after');
SELECT is_empty($$SELECT * FROM aiconsent.report('content_generation', '[1999-01-01, 1999-02-01)') WHERE section IN ('event', 'run', 'correction', 'removal')$$, 'nothing was said in a period before');
SELECT is_empty($$SELECT FROM aiconsent.report('unheard_of') WHERE section NOT IN ('field', 'latency')$$, 'nor for a purpose that is none');
SELECT aiconsent.retract(ARRAY(SELECT min(id) FROM aiconsent.consent), 'a mistake') \g /dev/null
SELECT aiconsent.record_consent(30, 'content_generation', 'object', effective_at => '2026-01-01', reason => 'a letter') \g /dev/null
SELECT results_eq($$SELECT reason COLLATE "default", number FROM aiconsent.report() WHERE section = 'correction' ORDER BY 1$$, $$VALUES ('dated back', 1::bigint), ('retracted', 1)$$, 'corrections');

-- An auditor alone, who may read no training view, is told the same.
CREATE ROLE numbers_auditor NOLOGIN;
SELECT aiconsent.grant_role('numbers_auditor', 'auditor') \g /dev/null
CREATE TEMP TABLE asked AS SELECT * FROM aiconsent.report();
GRANT SELECT ON asked TO numbers_auditor;
SET ROLE numbers_auditor;
SELECT is_empty($$SELECT * FROM aiconsent.report() EXCEPT ALL SELECT * FROM asked$$, 'an auditor alone has the same report');
SELECT is((SELECT sum(number) FROM aiconsent.report() WHERE section = 'text') > 0, true, 'with what the corpus has of each category');
SELECT throws_ok('SELECT FROM training.corpus', '42501', NULL, 'which it may not read');
RESET ROLE;

-- Of many, a share
INSERT INTO member SELECT g, CASE WHEN g % 4 = 0 THEN '2014-01-01'::date ELSE '1980-01-01' END, 'FR' FROM generate_series(1001, 41000) g;
SELECT is((SELECT estimated FROM aiconsent.health), true, 'of many it is a sample');
SELECT cmp_ok((SELECT abs(minor - 10000) FROM aiconsent.health), '<', 2000::bigint, 'that comes near');
SELECT cmp_ok((SELECT abs(subjects - 40100) FROM aiconsent.health), '<', 4000::bigint, 'of about all');

-- What doctor() says of our own tables
ALTER TABLE aiconsent.consent DISABLE TRIGGER append_only;
SELECT is((SELECT object FROM aiconsent.doctor() WHERE finding ~ 'a table of ours can be edited'), 'append_only on consent', 'a ledger that can be edited is named');
ALTER TABLE aiconsent.consent ENABLE TRIGGER append_only;
CREATE ROLE numbers_app NOLOGIN;
CREATE ROLE numbers_bypass NOLOGIN BYPASSRLS;
GRANT SELECT ON post TO numbers_app;
SELECT set_eq($$SELECT object || ': ' || mend FROM aiconsent.doctor() WHERE object ~ 'numbers_'$$,
  ARRAY['numbers_app: public.post: REVOKE ALL ON public.post FROM numbers_app; unless it needs it for something else', 'numbers_bypass: ALTER ROLE numbers_bypass NOBYPASSRLS;'],
  'roles that read past the views, or past row security');
SELECT * FROM finish();
ROLLBACK;
