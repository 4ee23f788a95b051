-- The choice and the hold are two states that never touch each other; at equal
-- instants the more restrictive wins; a retraction voids one event and no more.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE TABLE member (id bigint PRIMARY KEY, birth date);
INSERT INTO member SELECT generate_series(1, 400);
SELECT aiconsent.register_subject('member', birth => 'birth') \g /dev/null
SELECT aiconsent.adopt_policy('opt_out', basis => 'opt_out', effective_at => '2025-11-03Z', notice_required => false) \g /dev/null
SELECT aiconsent.adopt_policy('opt_in', basis => 'opt_in', effective_at => '2025-11-03Z', notice_required => false) \g /dev/null

CREATE FUNCTION say(id bigint, decision text, at timestamptz DEFAULT NULL, notice text DEFAULT NULL, purpose text DEFAULT 'opt_out')
  RETURNS bigint LANGUAGE sql AS
  $$ SELECT aiconsent.record_consent(id, purpose, decision, at, notice_version => notice, reason => CASE WHEN at < now() THEN 'said by letter' END) $$;
CREATE TABLE past_setting (member bigint REFERENCES member, allows boolean, at timestamptz);
CREATE FUNCTION import(id bigint, allows boolean, at timestamptz, purpose text DEFAULT 'opt_out') RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE past_setting;
  INSERT INTO past_setting VALUES (id, allows, at);
  PERFORM aiconsent.import_consent('past_setting', 'allows', 'at', purpose);
  RETURN (SELECT max(c.id) FROM aiconsent.consent c WHERE c.subject = import.id::text);
END $$;

-- ---------------------------------------------------------------------------
-- Every state of the one with every state of the other, and every event.
-- ---------------------------------------------------------------------------
-- What POLICY.md says: the last event of each axis is its state.
CREATE TABLE course AS
  SELECT row_number() OVER () AS id, choice, held, event, purpose,
    concat_ws(', ', VARIADIC choice || held || event) AS told
  FROM (VALUES ('{}'::text[]), ('{grant}'), ('{object}'), ('{grant,object}'), ('{object,grant}')) a(choice),
    (VALUES ('{}'::text[]), ('{hold}'), ('{hold,release}')) b(held),
    unnest('{grant,object,hold,release}'::text[]) event,
    unnest('{opt_out,opt_in}'::text[]) purpose;
DO $$
DECLARE c record; d text;
BEGIN
  FOR c IN SELECT * FROM course LOOP
    -- The two axes interleaved: one of each, in turn.
    FOR i IN 1 .. 2 LOOP
      IF c.choice[i] IS NOT NULL THEN PERFORM say(c.id, c.choice[i], purpose => c.purpose); END IF;
      IF c.held[i] IS NOT NULL THEN PERFORM say(c.id, c.held[i], purpose => c.purpose); END IF;
    END LOOP;
    PERFORM say(c.id, c.event, purpose => c.purpose);
  END LOOP;
END $$;
CREATE FUNCTION demanded(c course) RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(NULLIF(concat_ws(',',
    CASE WHEN choice = 'object' THEN 'opted_out' END,
    CASE WHEN choice IS DISTINCT FROM 'grant' AND c.purpose = 'opt_in' THEN 'not_granted' END,
    CASE WHEN hold = 'hold' THEN 'hold' END), ''), 'eligible')
  FROM (SELECT CASE WHEN c.event IN ('grant', 'object') THEN c.event ELSE c.choice[cardinality(c.choice)] END AS choice,
    CASE WHEN c.event IN ('hold', 'release') THEN c.event ELSE c.held[cardinality(c.held)] END AS hold) s
$$;
SELECT is(aiconsent.verdict_of(id, purpose)::text, demanded(course), format('%s: %s', purpose, told)) FROM course ORDER BY id;
SELECT is((SELECT count(*) FROM course WHERE aiconsent.eligible(id, purpose) IS DISTINCT FROM (demanded(course) = 'eligible')), 0::bigint,
  'and eligible() agrees with all of them');
SELECT is((SELECT count(*) FROM course WHERE aiconsent.verdict_of(id, CASE purpose WHEN 'opt_in' THEN 'opt_out' ELSE 'opt_in' END)::text
    <> CASE purpose WHEN 'opt_in' THEN 'eligible' ELSE 'not_granted' END), 0::bigint,
  'and no other purpose has heard of it');

-- An explicit grant outlives a hold, and is in force also while it lasts.
SELECT say(200, 'grant', notice => '2025-09'), say(200, 'hold') \g /dev/null
SELECT is(aiconsent.verdict_of(200, 'opt_out')::text, 'hold', 'a hold is out, whatever was granted');
SELECT ok((SELECT explicit FROM aiconsent.timeline(200::bigint, 'opt_out') WHERE during @> 'infinity'::timestamptz OR upper_inf(during)),
  'but the explicit grant stays in force');
SELECT ok(NOT aiconsent.granted(200, 'opt_out'), 'without releasing anything');
SELECT say(200, 'release') \g /dev/null
SELECT ok(aiconsent.granted(200, 'opt_out'), 'and releases again behind the hold');
SELECT say(200, 'grant') \g /dev/null
SELECT is(ARRAY[aiconsent.eligible(200, 'opt_out'), aiconsent.granted(200, 'opt_out')], '{t,f}',
  'the grant in force decides alone whether it is explicit');

-- ---------------------------------------------------------------------------
-- Equal instants, in either order of recording.
-- ---------------------------------------------------------------------------
CREATE TABLE tie AS SELECT 200 + row_number() OVER () AS id, t.*, reverse
FROM (VALUES
  ('grant', 'object', 'opt_out', 'opted_out', false),
  ('grant', 'object', 'opt_in', 'opted_out,not_granted', false),
  ('noticed', 'object', 'opt_out', 'opted_out', false),
  ('noticed', 'grant', 'opt_in', 'eligible', false),
  ('noticed', 'noticed', 'opt_in', 'eligible', true),
  ('noticed', 'false', 'opt_out', 'opted_out', false),
  ('true', 'noticed', 'opt_in', 'eligible', true),
  ('true', 'object', 'opt_out', 'opted_out', false),
  ('true', 'false', 'opt_out', 'opted_out', false),
  ('false', 'object', 'opt_out', 'opted_out', false),
  ('hold', 'release', 'opt_out', 'hold', false),
  ('hold', 'noticed', 'opt_in', 'hold', true),
  ('release', 'object', 'opt_out', 'opted_out', false),
  ('hold', 'object', 'opt_out', 'opted_out,hold', false)) t(one, other, purpose, expected, explicit),
  (VALUES (false), (true)) r(reverse);
DO $$
DECLARE t record; e text;
BEGIN
  FOR t IN SELECT * FROM tie LOOP
    FOREACH e IN ARRAY CASE WHEN t.reverse THEN ARRAY[t.other, t.one] ELSE ARRAY[t.one, t.other] END LOOP
      IF e IN ('true', 'false') THEN
        PERFORM import(t.id, e::boolean, '2026-01-01Z', t.purpose);
      ELSE
        PERFORM say(t.id, replace(e, 'noticed', 'grant'), '2026-01-01Z', CASE e WHEN 'noticed' THEN '2025-09' END, t.purpose);
      END IF;
    END LOOP;
  END LOOP;
END $$;
SELECT is(aiconsent.verdict_of(id, purpose)::text || CASE WHEN l.explicit THEN ' explicit' ELSE '' END,
  expected || CASE WHEN tie.explicit THEN ' explicit' ELSE '' END,
  format('%s: %s and %s at one instant%s', purpose, one, other, CASE WHEN reverse THEN ', told the other way round' ELSE '' END))
FROM tie, LATERAL aiconsent.timeline(id, purpose) l WHERE during @> now() ORDER BY id;

-- ---------------------------------------------------------------------------
-- Dates
-- ---------------------------------------------------------------------------
SELECT say(250, d, now() + at::interval) FROM (VALUES ('hold', '1 day'), ('release', '2 days'), ('object', '3 days'), ('grant', '4 days')) f(d, at) \g /dev/null
SELECT is((SELECT string_agg(aiconsent.verdict_of(250, 'opt_out', now() + n * interval '1 day')::text, ' ' ORDER BY n) FROM generate_series(0, 4) n),
  'eligible hold eligible opted_out eligible', 'future-dated events act at their date');
SELECT is(aiconsent.verdict_of(250, 'opt_out', now() + interval '1 day' - interval '1 microsecond')::text, 'eligible', 'and not a microsecond before');
SELECT is(aiconsent.eligible(250, 'opt_out'), true, 'none of them yet');

SELECT throws_ok($$SELECT aiconsent.record_consent(251, 'opt_out', 'object', now() - interval '1 second')$$, '22023',
  'a consent that acts from the past needs a reason', 'a back-dated event without a reason is refused');
SELECT throws_ok($$SELECT aiconsent.record_consent(251, 'opt_out', 'object', '2026-01-01', reason => '')$$, '22023',
  'a consent that acts from the past needs a reason', 'an empty reason is none');
SELECT throws_ok($$SELECT aiconsent.record_consents('{251}'::bigint[], 'opt_out', 'object', '2026-01-01')$$, '22023',
  'a consent that acts from the past needs a reason', 'nor many of them');
SELECT is((SELECT count(*) FROM aiconsent.consent WHERE subject = '251'), 0::bigint, 'and nothing of it is in the ledger');
SELECT lives_ok(format('SELECT aiconsent.record_consent(251, ''opt_out'', %L, %L)', d, at), d || ' ' || at || ' needs no reason')
FROM (VALUES ('object', clock_timestamp() + interval '1 hour'), ('grant', NULL)) x(d, at);
SELECT lives_ok($$SELECT aiconsent.record_consent(252, 'opt_out', 'object', '2026-01-01Z', reason => 'a letter of 2 January')$$, 'with a reason it is entered');
SELECT is((SELECT reason FROM aiconsent.consent WHERE subject = '252'), 'a letter of 2 January', 'which is kept');
SELECT is(ARRAY[aiconsent.verdict_of(252, 'opt_out', '2026-01-01Z'::timestamptz - interval '1 us')::text, aiconsent.verdict_of(252, 'opt_out', '2026-01-01Z')::text],
  '{eligible,opted_out}', 'it acts from its date');
SELECT throws_ok(format('SELECT aiconsent.record_consent(252, ''opt_out'', %L, %L, reason => ''so'')', d, at), code, NULL, format('refused: %s %s', d, at))
FROM (VALUES ('object', 'infinity', '22008'), ('hold', '-infinity', '22008'), ('retract', NULL, '22023'), ('mirror_true', NULL, '22023'),
  ('mirror_false', NULL, '22023'), ('mirror_unknown', NULL, '22023'), ('Object', NULL, '22023'), ('', NULL, '22023')) x(d, at, code);

-- ---------------------------------------------------------------------------
-- Retractions
-- ---------------------------------------------------------------------------
CREATE FUNCTION was(subject bigint, at timestamptz DEFAULT NULL, known timestamptz DEFAULT NULL, purpose text DEFAULT 'opt_out') RETURNS text LANGUAGE sql AS $$
  SELECT aiconsent.verdict_of(subject, purpose, at, known) || CASE WHEN
    (SELECT explicit FROM aiconsent.timeline(subject, purpose, known) WHERE during @> COALESCE(at, clock_timestamp())) THEN ' explicit' ELSE '' END $$;
CREATE TABLE said (name text PRIMARY KEY, event bigint, at timestamptz);
CREATE FUNCTION remember(name text, event bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO said VALUES (name, event, clock_timestamp());
  PERFORM pg_sleep(0.001);
END $$;
CREATE FUNCTION event(name text) RETURNS bigint LANGUAGE sql AS 'SELECT event FROM said WHERE said.name = event.name';
CREATE FUNCTION moment(name text) RETURNS timestamptz LANGUAGE sql AS 'SELECT at FROM said WHERE said.name = moment.name';

SELECT remember('o', say(300, 'object', '2026-01-01Z')) \g /dev/null
SELECT is(aiconsent.retract(ARRAY[event('o')], 'entered for the wrong person'), 1::bigint, 'retract() says how many events it voids');
SELECT is(was(300), 'eligible', 'a retracted objection is void');
SELECT is(was(300, '2026-02-01Z'), 'eligible', 'for every instant');
SELECT is(was(300, '2026-02-01Z', moment('o')), 'opted_out', 'but what was known then stays known');
SELECT results_eq($$SELECT decision, retracts, reason, effective_at >= now() FROM aiconsent.consent WHERE subject = '300' ORDER BY id$$,
  $$VALUES ('object', NULL::bigint, 'said by letter', false), ('retract', event('o'), 'entered for the wrong person', true)$$,
  'the ledger has both, the retraction at its own instant');
SELECT throws_ok($$SELECT aiconsent.retract(ARRAY[event('o')], 'again')$$, 'P0002', NULL, 'no event is retracted twice');
SELECT throws_ok($$SELECT aiconsent.retract(ARRAY(SELECT id FROM aiconsent.consent WHERE decision = 'retract'), 'undo')$$, 'P0002', NULL, 'nor is a retraction');
SELECT throws_ok($$SELECT aiconsent.retract('{0}', 'nothing')$$, 'P0002', NULL, 'nor what is not there');
SELECT throws_ok(format('SELECT aiconsent.retract(%L, %L)', ids, reason), code, NULL, format('refused: retract(%s, %s)', COALESCE(ids::text, 'NULL'), COALESCE(reason, 'NULL')))
FROM (VALUES (NULL::bigint[], 'so', '22004'), ('{1}', NULL, '22023'), ('{1}', '', '22023'), ('{NULL}', 'so', 'P0002')) x(ids, reason, code);
SELECT is(aiconsent.retract('{}', 'nothing to do'), 0::bigint, 'an empty list is nothing');

SELECT remember('a', say(301, 'object')), remember('b', say(302, 'object')) \g /dev/null
SELECT throws_ok($$SELECT aiconsent.retract(ARRAY[event('a'), event('o'), event('b')], 'all of them')$$, 'P0002', NULL, 'all or none');
SELECT is(was(301) || was(302), 'opted_outopted_out', 'one that cannot be retracted keeps the others, too');
SELECT is(aiconsent.retract(ARRAY[event('b'), event('a')], 'both'), 2::bigint, 'several at once, of several persons');
SELECT is(was(301) || was(302), 'eligibleeligible', 'are void');

-- Nothing becomes explicit by it, not even in the past.
SELECT remember('g', say(303, 'grant', '2026-01-01Z', '2025-09')), remember('go', say(303, 'object', '2026-02-01Z')) \g /dev/null
SELECT aiconsent.retract(ARRAY[event('go')], 'mistake') \g /dev/null
SELECT is(was(303), 'eligible', 'the grant that is in force again is not explicit');
SELECT is(was(303, '2026-01-15Z'), 'eligible explicit', 'where it was in force anyhow it stays so');
SELECT is(was(303, '2026-02-15Z', moment('go')), 'opted_out', 'and the objection stays known');
SELECT is(aiconsent.granted(303, 'opt_out'), false, 'nothing sensitive is released by a retraction');
SELECT say(303, 'grant', notice => '2026-11') \g /dev/null
SELECT is(was(303), 'eligible explicit', 'a new grant with a notice is explicit');
SELECT remember('w', say(304, 'grant', '2026-01-01Z', '2025-09')), remember('w2', say(304, 'grant', '2026-01-01Z')) \g /dev/null
SELECT is(was(304), 'eligible', 'the grant without a notice is in force');
SELECT aiconsent.retract(ARRAY[event('w2')], 'mistake') \g /dev/null
SELECT is(was(304), 'eligible', 'also its retraction makes nothing explicit');
SELECT remember('i', say(305, 'grant', '2026-01-01Z', '2025-09', 'opt_in')) \g /dev/null
SELECT aiconsent.retract(ARRAY[event('i')], 'mistake') \g /dev/null
SELECT is(was(305, purpose => 'opt_in'), 'not_granted', 'a retracted grant is none');
SELECT is(was(305, '2026-02-01Z', moment('i'), 'opt_in'), 'eligible explicit', 'though it was known as one');

-- Each axis by itself.
SELECT remember('h', say(306, 'hold', '2026-01-01Z')), remember('ho', say(306, 'object', '2026-02-01Z')), remember('hr', say(306, 'release', '2026-03-01Z')) \g /dev/null
SELECT is(was(306, '2026-02-15Z') || ' ' || was(306), 'opted_out,hold opted_out', 'a hold and an objection, each at its time');
SELECT aiconsent.retract(ARRAY[event('hr')], 'mistake') \g /dev/null
SELECT is(was(306), 'opted_out,hold', 'a retracted release: the hold is back');
SELECT aiconsent.retract(ARRAY[event('h')], 'mistake') \g /dev/null
SELECT is(was(306, '2026-02-15Z') || ' ' || was(306), 'opted_out opted_out', 'a retracted hold leaves the objection');
SELECT remember('f', say(307, 'object', now() + interval '1 day')) \g /dev/null
SELECT aiconsent.retract(ARRAY[event('f')], 'changed the mind before') \g /dev/null
SELECT is(was(307, now() + interval '2 days'), 'eligible', 'a future-dated event can be retracted before it acts');
SELECT remember('m', import(308, false, '2026-01-01Z')), remember('mt', import(308, true, '2026-02-01Z')) \g /dev/null
SELECT is(was(308, '2026-01-15Z') || ' ' || was(308), 'opted_out eligible', 'a mirrored objection is taken back by a mirrored true');
SELECT aiconsent.retract(ARRAY[event('mt')], 'not what was set') \g /dev/null
SELECT is(was(308), 'opted_out', 'whose retraction brings it back');
SELECT remember('s', say(309, 'object', '2026-01-01Z')), remember('sm', import(309, false, '2026-02-01Z')), remember('st', import(309, true, '2026-03-01Z')) \g /dev/null
SELECT is(was(309), 'opted_out', 'a mirrored true never takes back what was said');
SELECT aiconsent.retract(ARRAY[event('s')], 'mistake') \g /dev/null
SELECT is(was(309, '2026-01-15Z') || ' ' || was(309, '2026-02-15Z') || ' ' || was(309), 'eligible opted_out eligible', 'without it the mirrored ones count');

-- ---------------------------------------------------------------------------
-- A key changes: what restricts follows, a grant does not.
-- ---------------------------------------------------------------------------
SELECT say(320, 'hold'), say(321, 'hold'), say(321, 'release'), say(322, 'object'), say(322, 'hold'), say(323, 'grant', notice => 'v1', purpose => 'opt_in'), say(323, 'hold', purpose => 'opt_in'),
  say(324, 'hold', now() + interval '1 day'), say(324, 'object', now() + interval '2 days'), say(326, 'object'), say(326, 'grant') \g /dev/null
SELECT remember('k', say(325, 'hold')) \g /dev/null
SELECT aiconsent.retract(ARRAY[event('k')], 'mistake') \g /dev/null
SELECT import(327, false, '2026-01-01Z') \g /dev/null
TRUNCATE past_setting;
UPDATE member SET id = id + 1000 WHERE id BETWEEN 320 AND 327;
SELECT is(was(1000 + id, purpose => purpose), expected, 'a key changes: ' || what)
FROM (VALUES (320, 'opt_out', 'hold', 'a hold follows'), (321, 'opt_out', 'eligible', 'a released one does not'), (322, 'opt_out', 'opted_out,hold', 'an objection and a hold follow, each'),
  (323, 'opt_in', 'not_granted,hold', 'a grant does not, the hold does'), (325, 'opt_out', 'eligible', 'what is retracted does not'), (326, 'opt_out', 'eligible', 'an objection that a grant ended does not'),
  (327, 'opt_out', 'opted_out', 'a mirrored objection follows')) x(id, purpose, expected, what);
SELECT is(was(1324) || ' ' || was(1324, now() + interval '1 day') || ' ' || was(1324, now() + interval '2 days'), 'eligible hold opted_out,hold', 'a key changes: what is still to come follows');

SELECT is_empty($$SELECT count(*) FROM aiconsent.consent WHERE retracts IS NOT NULL GROUP BY retracts HAVING count(*) > 1$$, 'no event has two retractions');
SELECT lives_ok('SELECT aiconsent.rebuild_standing()', 'everybody is judged anew');
SELECT is((SELECT count(*) FROM course WHERE aiconsent.verdict_of(id, purpose)::text <> demanded(course)), 0::bigint, 'and nothing changes by it');

SELECT * FROM finish();
ROLLBACK;
