-- Who was erased stays out for ever, who is suppressed while it lasts, and
-- nothing of either can be read in our tables.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;

BEGIN;
SELECT * FROM no_plan();
CREATE TABLE member (id text PRIMARY KEY, birth date, handle text, email text, address text);
INSERT INTO member SELECT 'key-' || g, '1980-01-01', 'handle' || g, 'Mail' || g || '@Example.org', 'https://www.example.org/in/person' || g || '/'
  FROM generate_series(1, 40) g;
CREATE TABLE setting (member text, training boolean);
SELECT aiconsent.register_subject('member', birth => 'birth', handle => 'handle', email => 'email', profile => 'address') \g /dev/null
SELECT aiconsent.adopt_policy(notice_required => false) \g /dev/null
SELECT aiconsent.register_preference('setting', 'member', 'training') \g /dev/null

CREATE FUNCTION say(id text, decision text) RETURNS bigint LANGUAGE sql AS $$
  SELECT aiconsent.record_consent('key-' || id, 'content_generation', decision, channel => 'channel-' || id,
    notice_version => 'notice-' || id, evidence => jsonb_build_object('ticket', 'evidence-' || id), reason => 'reason-' || id) $$;
CREATE FUNCTION verdict(id text, at timestamptz DEFAULT NULL, known timestamptz DEFAULT NULL) RETURNS text LANGUAGE sql AS
  $$ SELECT aiconsent.verdict_of('key-' || id, at => at, known_at => known)::text $$;

-- Every row of every table of ours, and of the sequences' neighbours, as text.
CREATE FUNCTION found(needle text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE r regclass; n bigint;
BEGIN
  FOR r IN SELECT c.oid FROM pg_class c WHERE relkind IN ('r', 'p', 'm') AND relnamespace = 'aiconsent'::regnamespace LOOP
    EXECUTE format('SELECT count(*) FROM %s t WHERE t::text ILIKE $1 OR encode(convert_to(t::text, ''UTF8''), ''escape'') ILIKE $1'
      ' OR t::text ILIKE $2', r) INTO n USING '%' || needle || '%', '%' || encode(convert_to(needle, 'UTF8'), 'hex') || '%';
    IF n > 0 THEN RETURN NEXT format('%s: %s', r, n); END IF;
  END LOOP;
END $$;
CREATE TABLE moment AS SELECT clock_timestamp() AS t;
SELECT pg_sleep(0.001) \g /dev/null

-- ---------------------------------------------------------------------------
-- Erasure
-- ---------------------------------------------------------------------------
SELECT say('1', 'grant'), say('1', 'object'), say('1', 'hold'), say('2', 'grant') \g /dev/null
INSERT INTO setting VALUES ('key-1', false);
UPDATE setting SET training = true;
SELECT isnt_empty($$SELECT found('key-1')$$, 'before the erasure the key is in our tables');
SELECT isnt_empty($$SELECT FROM aiconsent.head_history WHERE subject = 'key-1'$$, 'and what was known before');
SELECT count(*) AS events, string_agg(format('%s %s %s %s', id, purpose, decision, effective_at), ',' ORDER BY id) AS chain
FROM aiconsent.consent \gset
DELETE FROM setting;
SELECT lives_ok($$SELECT aiconsent.erase_subject('key-1', 'asked for it')$$, 'a subject is erased');
SELECT matches(verdict('1'), '\merased\M', 'and out: erased');
SELECT is((SELECT bool_and(verdict::text ~ '\merased\M') FROM aiconsent.timeline('key-1'::text)), true, 'at every instant');
SELECT is(aiconsent.eligible('key-1'::text), false, 'eligible() says so at once');
SELECT is_empty($$SELECT FROM aiconsent.head_history WHERE subject = 'key-1'$$, 'what was known before is gone');
SELECT is_empty(format('SELECT found(%L)', needle), 'nothing has it: ' || needle)
FROM unnest('{channel-1,notice-1,evidence-1,reason-1}'::text[]) needle;
SELECT is_empty($$SELECT FROM aiconsent.consent WHERE subject = 'key-1'$$, 'the ledger has no event under the key');
DELETE FROM member WHERE id = 'key-1';
SELECT is((SELECT count(*) FROM aiconsent.head WHERE subject = 'key-1' AND segments <> ''), 0::bigint, 'once the member is gone there is no standing');
SELECT matches((SELECT string_agg(format('%s %s %s %s', id, purpose, decision, effective_at), ',' ORDER BY id) FROM aiconsent.consent),
  '^' || regexp_replace(:'chain', '([+.])', '\\\1', 'g'), 'that there were these events, of which purpose and when, stays');
SELECT is((SELECT count(*) FROM aiconsent.consent WHERE subject = 'key-2' AND evidence IS NOT NULL), 1::bigint, 'others keep their events whole');
SELECT is(verdict('2'), 'eligible', 'and their standing');
SELECT is(verdict('1'), 'unknown_subject,erased', 'a key of nobody that was erased is reported as both');
SELECT is((SELECT count(*)::int FROM (SELECT subject FROM aiconsent.head UNION ALL SELECT subject FROM aiconsent.head_history
  UNION ALL SELECT subject FROM aiconsent.consent UNION ALL SELECT subject FROM aiconsent.standing_text) k WHERE subject = 'key-1'),
  0, 'and no table of the extension has it any more');
SELECT is(verdict('1', '2026-01-01Z'), 'unknown_subject,erased', 'at every instant');

INSERT INTO member VALUES ('key-1', '1980-01-01', 'other', 'other@example.org');
SELECT is(verdict('1'), 'erased', 'the same key again stays out, and what was said before counts no more');
SELECT say('1', 'grant') \g /dev/null
SELECT is(verdict('1'), 'erased', 'whatever it grants');
SELECT is(aiconsent.eligible('key-1'::text) OR aiconsent.granted('key-1'::text), false, 'for nothing');
SELECT say('1', 'object') \g /dev/null
SELECT is(verdict('1'), 'opted_out,erased', 'what is said from now on is heard');
INSERT INTO member VALUES ('tmp', '1980-01-01');
UPDATE member SET id = 'key-1 ' WHERE id = 'tmp';
SELECT is(aiconsent.verdict_of('key-1 '::text)::text, 'eligible', 'a key is compared as it is written');
UPDATE member SET birth = '2015-01-01' WHERE id = 'key-1';
SELECT is(verdict('1'), 'opted_out,minor,erased', 'every other reason goes on being told');
SELECT lives_ok('SELECT aiconsent.rebuild_standing()', 'everybody is judged anew');
SELECT is(verdict('1'), 'opted_out,minor,erased', 'without effect');

SELECT isnt_empty($$SELECT FROM aiconsent.consent WHERE subject = 'key-1'$$, 'what it says later is entered under the key');
SELECT lives_ok($$SELECT aiconsent.erase_subject('key-1', 'again')$$, 'and can be erased again');
SELECT is_empty($$SELECT FROM aiconsent.consent WHERE subject = 'key-1'$$, 'which leaves none of it under the key');

SELECT throws_ok(command, code, NULL, 'refused: ' || command) FROM (VALUES
  ($$SELECT aiconsent.erase_subject('key-1', 'and again')$$, '42710'),
  ($$SELECT aiconsent.erase_subject('key-3', NULL)$$, '22023'),
  ($$SELECT aiconsent.erase_subject('key-3', '')$$, '22023'),
  ($$SELECT aiconsent.erase_subject(NULL::text, 'so')$$, '22004'),
  ($$DELETE FROM aiconsent.erasure$$, '55000'),
  ($$UPDATE aiconsent.consent SET subject = 'key-1'$$, '55000'),
  ($$DELETE FROM aiconsent.suppression$$, '55000')) c(command, code);
SELECT is(verdict('3'), 'eligible', 'a refused erasure has no effect');
SELECT lives_ok($$SELECT aiconsent.erase_subject('never-seen', 'asked for it')$$, 'a key of nobody can be erased beforehand');
INSERT INTO member VALUES ('never-seen', '1980-01-01');
SELECT is(aiconsent.verdict_of('never-seen'::text)::text, 'erased', 'and never comes in');
SELECT is_empty($$SELECT f FROM found('never-seen') f WHERE f !~ '\.(head|standing_text):'$$, 'its key is in the standing of the member only');

-- ---------------------------------------------------------------------------
-- Suppression
-- ---------------------------------------------------------------------------
SELECT aiconsent.suppress('mailto:mail5@example.ORG ', 'email', 'wrote a letter') AS s5,
  aiconsent.suppress('@Handle6', 'handle', 'wrote a letter') AS s6,
  aiconsent.suppress('EXAMPLE.org/in/PERSON7?utm=1', 'profile', 'wrote a letter') AS s7,
  aiconsent.suppress('key-8', 'key', 'wrote a letter') AS s8 \gset
SELECT is(verdict(n::text), 'suppressed', 'suppressed by ' || kind)
FROM (VALUES (5, 'e-mail address'), (6, 'handle'), (7, 'address of the profile'), (8, 'key')) x(n, kind);
SELECT is((SELECT count(*) FROM member WHERE id LIKE 'key-%' AND NOT aiconsent.eligible(id)), 5::bigint, 'and nobody else');
SELECT is(verdict('5', t), 'eligible', 'a suppression acts from its commit for every later instant') FROM moment;
SELECT is(verdict('5', now() + interval '10 years'), 'suppressed', 'without an end');
SELECT is(verdict('5', now() + interval '1 year', t), 'eligible', 'and was not known before') FROM moment;
SELECT say('5', 'grant') \g /dev/null
SELECT is(verdict('5'), 'suppressed', 'no grant ends it');

-- Later members, and later identifiers.
SELECT aiconsent.suppress('late@example.org', 'email') AS late, aiconsent.suppress('late', 'handle') AS late_handle,
  aiconsent.suppress('example.org/in/late', 'profile') AS late_profile, aiconsent.suppress('late-key', 'key') AS late_key \gset
INSERT INTO member VALUES ('late-key', '1980-01-01', NULL, NULL, NULL), ('l1', '1980-01-01', '@LATE', NULL, NULL), ('l2', '1980-01-01', NULL, 'Late@Example.Org', NULL),
  ('l3', '1980-01-01', NULL, NULL, 'http://example.org/in/late#top'), ('l4', '1980-01-01', 'late@example.org', 'late', 'late-key');
SELECT is((SELECT string_agg(aiconsent.verdict_of(id)::text, ' ' ORDER BY id) FROM member WHERE id LIKE 'l%'),
  'suppressed suppressed suppressed eligible suppressed', 'whoever comes later with it is out; of another kind it is another identifier');
UPDATE member SET email = 'late@example.org' WHERE id = 'key-9';
SELECT is(verdict('9'), 'suppressed', 'also a member who gets it later');
UPDATE member SET email = 'nine@example.org' WHERE id = 'key-9';
SELECT is(verdict('9'), 'eligible', 'who gives it up is in again');
UPDATE member SET id = 'late-key-2' WHERE id = 'late-key';
SELECT is(aiconsent.eligible('late-key-2'::text), true, 'a key is the key''s, not the person''s');
SELECT is(aiconsent.verdict_of('late-key'::text)::text, 'unknown_subject,suppressed', 'a key of nobody that is suppressed is reported as both');
SELECT is(aiconsent.verdict_of('nobody'::text)::text, 'unknown_subject', 'any other key of nobody alone');

-- Nothing of it can be read.
SELECT is_empty(format('SELECT f FROM found(%L) f', needle), 'no table of ours has: ' || needle)
FROM unnest('{mail5,handle6,person7,late@example,in/late}'::text[]) needle;
SELECT is((SELECT count(DISTINCT identifier) FROM aiconsent.suppression), 8::bigint, 'there are only hashes');
SELECT is_empty($$SELECT FROM aiconsent.suppression s, unnest('{mail5@example.org,handle6,example.org/in/person7,key-8,late}'::text[]) i(text),
    unnest(ARRAY[sha256(convert_to(text, 'UTF8')), decode(md5(text), 'hex'), sha512(convert_to(text, 'UTF8'))]) h(hash)
  WHERE identifier = hash OR identifier = convert_to(text, 'UTF8')$$, 'under a key: no hash that anybody could guess');

-- Its end
SELECT throws_ok(format('SELECT aiconsent.retract_suppression(%s, %L)', COALESCE(id::text, 'NULL'), reason), code, NULL,
  format('refused: retract_suppression(%s, %s)', COALESCE(id::text, 'NULL'), COALESCE(reason, 'NULL')))
FROM (VALUES (0, 'so', 'P0002'), (NULL, 'so', '22004'), (:s5, NULL, '22023'), (:s5, '', '22023')) x(id, reason, code);
UPDATE moment SET t = clock_timestamp();
SELECT pg_sleep(0.001) \g /dev/null
SELECT lives_ok(format('SELECT aiconsent.retract_suppression(%s, %L)', :s5, 'another person'), 'a steward retracts a suppression');
SELECT is(verdict('5'), 'eligible', 'and it is void');
SELECT is(verdict('5', t), 'eligible', 'for every instant') FROM moment;
SELECT is(verdict('5', t, t), 'suppressed', 'but what was known then stays known') FROM moment;
SELECT is(verdict('6'), 'suppressed', 'others stay');
SELECT throws_ok(format('SELECT aiconsent.retract_suppression(%s, %L)', :s5, 'again'), 'P0002', NULL, 'not twice');
SELECT throws_ok(format('SELECT aiconsent.retract_suppression(%s, %L)', (SELECT max(id) FROM aiconsent.suppression), 'undo'), 'P0002', NULL, 'nor the retraction');
SELECT aiconsent.suppress('mail5@example.org', 'email') AS again, aiconsent.suppress('mail5@example.org', 'email') AS twice \gset
SELECT is(verdict('5'), 'suppressed', 'it can be suppressed again');
SELECT aiconsent.retract_suppression(:again, 'one of two') \g /dev/null
SELECT is(verdict('5'), 'suppressed', 'and of two suppressions one suffices');
SELECT throws_ok(format('SELECT aiconsent.suppress(%L, %L)', identifier, kind), code, NULL, format('refused: suppress(%s, %s)', identifier, kind))
FROM (VALUES (NULL, 'email', '22004'), ('x', NULL, '22004'), ('x', 'phone', '22023'), ('', 'email', '22023'), ('  ', 'handle', '22023'),
  ('@', 'handle', '22023'), ('https://', 'profile', '22023')) x(identifier, kind, code);
SELECT is((SELECT count(*) FROM member WHERE email IS NULL AND handle IS NULL AND address IS NULL AND id LIKE 'key-%' AND NOT aiconsent.eligible(id)),
  0::bigint, 'who has no identifier has none that is suppressed');

-- Both survive that everybody is judged anew, and that the members are declared anew.
CREATE FUNCTION all_verdicts() RETURNS text LANGUAGE sql AS $$ SELECT md5(string_agg(id || aiconsent.verdict_of(id), ',' ORDER BY id)) FROM member $$;
SELECT all_verdicts() AS verdicts \gset
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT is(all_verdicts(), :'verdicts', 'judging everybody anew changes nothing');
SELECT aiconsent.unregister_preference('setting'), aiconsent.unregister_subject('member') \g /dev/null
SELECT aiconsent.register_subject('member', birth => 'birth', handle => 'handle', email => 'email', profile => 'address') \g /dev/null
SELECT is(all_verdicts(), :'verdicts', 'nor does declaring the members anew');

-- ---------------------------------------------------------------------------
-- A key that changes
-- ---------------------------------------------------------------------------
INSERT INTO member (id) VALUES ('old-1');
SELECT aiconsent.erase_subject('old-1', 'asked for it') \g /dev/null
UPDATE member SET id = 'new-1' WHERE id = 'old-1';
SELECT is(aiconsent.verdict_of('new-1'::text)::text, 'erased', 'who was erased stays out under another key');

SELECT * FROM finish();
ROLLBACK;
