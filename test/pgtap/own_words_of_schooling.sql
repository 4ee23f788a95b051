-- A steward can say what a word of schooling means, and everybody is judged by
-- it at once.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(18);
SET LOCAL client_min_messages = warning;
CREATE TABLE member (id int PRIMARY KEY, region text);
CREATE TABLE education (member int, level text, school text);
INSERT INTO member VALUES (1, 'FR'), (2, 'DE'), (3, NULL);
INSERT INTO education VALUES (1, 'Zwölfte Woge', NULL), (2, NULL, 'Haus der ZWOLFTEN-WOGE'), (3, 'zwölfte woge!', NULL);
SELECT aiconsent.register_subject('member', region => 'region'),
  aiconsent.register_education('education', 'member', 'level', 'school'),
  aiconsent.adopt_policy(notice_required => false) \g /dev/null

CREATE FUNCTION who() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(id::text, ',' ORDER BY id) FILTER (WHERE aiconsent.eligible(id)), '-') FROM member $$;

SELECT is(aiconsent.education_stage('zwölfte Woge', NULL, NULL), NULL, 'a word that nobody knows means nothing');
SELECT is(who(), '1,2,3', 'and nobody is suspected');
SELECT aiconsent.register_school_word('Zwölfte Woge', 3, 3) \g /dev/null
SELECT is(aiconsent.education_stage('ZWÖLFTE  WOGE', NULL, 'FR'), '[3,4)', 'what a steward adds is known, without case and accents');
SELECT is(aiconsent.education_stage('zwolfte wogen', NULL, 'FR'), NULL, 'as whole words');
SELECT is(who(), '2', 'and everybody is judged by it');
SELECT aiconsent.register_school_word('zwolften woge', 2, 3, '{de}') \g /dev/null
SELECT is(who(), '-', 'in the school, too, and in its region');
SELECT is(aiconsent.education_stage('zwolften woge', NULL, 'FR'), NULL, 'not in another one');
SELECT is(aiconsent.education_stage('zwolften woge', NULL, NULL), '[2,4)', 'but where the region is unknown');
SELECT aiconsent.register_school_word('lycée', 7, 7, '{FR}') \g /dev/null
SELECT is(aiconsent.education_stage('lycée', NULL, 'FR'), '[7,8)', 'it wins over what comes with the extension');
SELECT is_empty('SELECT * FROM aiconsent.verify_standing()', 'verification goes by it');
SELECT aiconsent.unregister_school_word('Zwölfte Woge'), aiconsent.unregister_school_word('zwolften woge') \g /dev/null
SELECT is(who(), '1,2,3', 'what is taken back acts at once');
SELECT is((SELECT string_agg(what, ',' ORDER BY changed_at) FROM aiconsent.change WHERE what LIKE '%school_word'),
  'register_school_word,register_school_word,register_school_word,unregister_school_word,unregister_school_word', 'each is a change on record');
SELECT throws_ok($$SELECT aiconsent.register_school_word(NULL, 1, 2)$$, '22004', NULL, 'a phrase is needed');
SELECT throws_ok($$SELECT aiconsent.register_school_word(' - ', 1, 2)$$, '22023', NULL, 'with something in it');
SELECT throws_ok($$SELECT aiconsent.register_school_word('x', 3, 2)$$, '22023', NULL, 'levels in their order');
SELECT throws_ok($$SELECT aiconsent.register_school_word('x', 0, 9)$$, '22023', NULL, 'and within ISCED');
SELECT throws_ok($$SELECT aiconsent.register_school_word('x', 1, 2, '{FR,NULL}')$$, '22004', NULL, 'regions without NULL');
SELECT throws_ok($$SELECT aiconsent.unregister_school_word('x')$$, '42704', NULL, 'what is not there cannot be taken back');

SELECT * FROM finish();
ROLLBACK;
