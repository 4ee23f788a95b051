-- show.sql: what is in the corpus, what is not, and why?
\set ECHO none
\set QUIET on
\pset footer off

\echo
\echo '== 1. What is labelled =='
\echo 'A column without a label is never released; message and salary are never, whatever the label says.'
SELECT relation, field, sensitivity, reason FROM aiconsent.field ORDER BY relation::text, field;

\echo '== 2. Who is out, and for which reasons =='
\echo 'Every member has one verdict now: eligible, or all the reasons that hold.'
SELECT verdict, count(*) AS members FROM aiconsent.standing
WHERE purpose = 'content_generation' AND since <= now() AND now() < until
GROUP BY verdict ORDER BY members DESC;

\echo '== 3. A training view, as the role trainer sees it =='
\echo 'Only labelled columns, only rows whose author is eligible; the table itself is refused.'
SET ROLE trainer;
SELECT id, title, left(body, 60) AS body FROM training.post ORDER BY id LIMIT 4;
RESET ROLE;
SELECT (SELECT count(*) FROM post) AS posts, (SELECT count(*) FROM training.post) AS "in training.post",
  has_table_privilege('trainer', 'post', 'SELECT') AS "trainer may read post";

\echo '== 4. training.corpus: every released text, with where it came from =='
SET ROLE trainer;
SELECT source, row_id, field, category, left(content, 30) AS content, occurred_at::date
FROM (SELECT *, row_number() OVER (PARTITION BY source, field ORDER BY content) AS n FROM training.corpus) c
WHERE n = 1 ORDER BY source, field;

\echo '== 5. No message and no salary is there =='
\echo 'The trainer can see these relations, and no other; none shows a message or an amount.'
SELECT c.oid::regclass AS relation,
  (SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0) AS columns
FROM pg_class c
WHERE relkind IN ('r', 'v', 'm', 'p') AND oid >= 16384
  AND has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(oid, 'SELECT')
ORDER BY 1;
RESET ROLE;
SELECT count(*) AS "private messages", (SELECT count(*) FROM salary) AS salaries,
  (SELECT count(*) FROM training.corpus JOIN private_message ON content = body) AS "messages in the corpus",
  (SELECT count(*) FROM training.corpus WHERE source LIKE '%salary' OR category ~ 'salary|message') AS "fields of these kinds"
FROM private_message;

\echo '== 6. What a post says of pay, of numbers and of others =='
\echo 'Texts are scrubbed: as it stands in the table, and as the trainer sees it.  A mention of who is in stays.'
INSERT INTO post (id, author_id, title, body, created_at)
SELECT (SELECT max(id) + 1 FROM post),
  (SELECT author_id FROM training.post JOIN post USING (id) ORDER BY id LIMIT 1), 'Un an déjà',
  format('Merci @%s et @%s ! Je suis passée de 38 à 45 k€ brut. Écrivez-moi : lea (at) exemple (dot) fr ou 06 12 34 56 78. '
    'Le mot de passe du wifi est toujours Soleil35%% :)',
    (SELECT handle FROM member WHERE aiconsent.eligible(id) ORDER BY id LIMIT 1),
    (SELECT handle FROM member WHERE NOT aiconsent.eligible(id) ORDER BY id LIMIT 1)),
  (SELECT max(created_at) FROM training.post);
\x on
SELECT p.body AS "in the table", t.body AS "in training.post"
FROM post p JOIN training.post t USING (id) WHERE p.body <> t.body ORDER BY p.id DESC LIMIT 3;
\x off

\echo '== 7. A member opts out, and is gone in the same transaction =='
\echo 'Member 7 objects, and the role settings_page, a writer, records it. Before the commit their texts have left the corpus'
\echo 'for this transaction, after it for all.'
BEGIN;
SELECT 'before' AS "member 7", aiconsent.verdict_of(7), count(*) AS "posts in training.post"
FROM training.post WHERE id IN (SELECT id FROM post WHERE author_id = 7);
SET LOCAL ROLE settings_page;
SELECT aiconsent.record_consent(7, 'content_generation', 'object', channel => 'settings page') AS event;
RESET ROLE;
SELECT 'after' AS "member 7", aiconsent.verdict_of(7), count(*) AS "posts in training.post"
FROM training.post WHERE id IN (SELECT id FROM post WHERE author_id = 7);
COMMIT;
\echo 'The role app switches the setting of member 8 off, with rights on its own table only: that acts as well.'
SELECT aiconsent.verdict_of(8) AS before \gset
SET ROLE app;
UPDATE member_setting SET ai_training = false WHERE member_id = 8;
RESET ROLE;
SELECT has_table_privilege('app', 'member_setting', 'UPDATE') AS "app may update the setting",
  has_schema_privilege('app', 'aiconsent', 'USAGE') AS "and schema aiconsent", :'before' AS "member 8 before",
  aiconsent.verdict_of(8) AS "member 8 after";

\echo '== 8. Why a 16-year-old with the setting on is out =='
\echo 'Member 16 has the setting on; the birth date and the school each suffice, and both are reported.'
SELECT m.id, s.ai_training AS "setting on", age(m.birth_date) AS age, e.level AS school,
  aiconsent.verdict_of(m.id) AS verdict, aiconsent.eligible(m.id) AS eligible
FROM member m JOIN member_setting s ON s.member_id = m.id JOIN education e ON e.member_id = m.id AND e.ends IS NULL
WHERE m.id = 16;
SELECT min(id) AS missing FROM comment WHERE author_id = 16 OR post_id IN (SELECT id FROM post WHERE author_id = 16) \gset
\echo 'The role auditor asks why, and which evidence holds; it reads no table of the network itself.'
SET ROLE auditor;
SELECT rule, evidence, since, until FROM aiconsent.explain(16) WHERE holds;
\echo 'No event will be needed when member 16 comes of age and leaves school: the standing is already known.'
SELECT since, until, verdict, content_from FROM aiconsent.standing
WHERE subject = '16' AND purpose = 'content_generation' ORDER BY since;
\echo 'And why a comment is missing, gate by gate and field by field.'
SELECT gate, field, open, detail FROM aiconsent.explain_row('comment', :'missing');
RESET ROLE;
SELECT has_table_privilege('auditor', 'member', 'SELECT') AS "auditor may read member",
  has_table_privilege('auditor', 'training.post', 'SELECT') AS "auditor may read training.post";

\echo '== 9. The audit query that proves it =='
\echo 'Every row of every view, against verdicts recomputed from the raw facts by nothing but SQL: no row may be left.'
SELECT count(*) AS "rows in training.post", count(*) FILTER (WHERE m.id IS NULL) AS "of nobody",
  count(*) FILTER (WHERE m.birth_date > (now() AT TIME ZONE 'Etc/GMT+12')::date - interval '18 years') AS "of minors",
  count(*) FILTER (WHERE m.notified_at IS NULL) AS "of people never told",
  count(*) FILTER (WHERE EXISTS (SELECT FROM aiconsent.consent c WHERE c.subject = m.id::text
    AND c.decision = 'object' AND c.effective_at <= now()) OR EXISTS (SELECT FROM member_setting s
    WHERE s.member_id = m.id AND NOT s.ai_training)) AS "of objectors",
  count(*) FILTER (WHERE EXISTS (SELECT FROM education e WHERE e.member_id = m.id
    AND aiconsent.education_stage(e.level, e.school, m.country) && '[1,3]'::int4range
    AND (e.ends IS NULL AND coalesce(e.starts, now()) > now() - interval '8 years' OR e.ends >= now()))) AS "of pupils"
FROM training.post v JOIN post p USING (id) LEFT JOIN member m ON m.id = p.author_id;
\echo 'And what was known, and when: the verdict on member 7, as known before and after the objection.'
SELECT decision, effective_at::timestamptz(0), recorded_by, channel,
  aiconsent.verdict_of(7, 'content_generation', effective_at, effective_at - interval '1 microsecond') AS "verdict, as known before",
  aiconsent.verdict_of(7, 'content_generation', effective_at) AS "as known now"
FROM aiconsent.consent WHERE subject = '7' AND decision = 'object';
