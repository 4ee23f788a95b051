-- declare.sql: what does it take to declare a network?  These statements.
\set ECHO queries
\set QUIET on
\set VERBOSITY terse
\pset footer off
\echo
\echo '== Declaring the network: who, what, under which policy =='
\echo

\o /dev/null
CREATE EXTENSION aiconsent;

-- One role of each kind.  Who declares a table must own it, so the steward is a member of its owner.
CREATE ROLE steward IN ROLE network;
CREATE ROLE auditor;
CREATE ROLE settings_page;
CREATE ROLE trainer;
SELECT aiconsent.grant_role('steward', 'steward'), aiconsent.grant_role('auditor', 'auditor');

SET ROLE steward;

-- Whose data it is, and what tells that somebody is a child.
SELECT aiconsent.register_subject('member', birth => 'birth_date', region => 'country', notified_at => 'notified_at', handle => 'handle');
SELECT aiconsent.register_education('education', level => 'level', school => 'school', starts => 'starts', ends => 'ends');

-- Which tables may enter the corpus; whom a row is about is read from the foreign keys, or said: a comment is about who
-- wrote the post above it, too.
SELECT aiconsent.register_source('member', undated => true, reason => 'a profile says what is so today');
SELECT aiconsent.register_source('skill', undated => true, reason => 'a profile says what is so today');
SELECT aiconsent.register_source(source, occurred_at => at) FROM (VALUES
  ('post'::regclass, 'created_at'::name), ('group_contribution', 'created_at'), ('recommendation', 'given_at'),
  ('recruiter_exchange', 'sent_at'), ('private_message', 'sent_at'), ('salary', 'given_at')) AS s (source, at);
SELECT aiconsent.register_source('comment', '{author_id,post_id.author_id}', 'created_at');

-- What each column holds.  One without a label is never released.
SELECT aiconsent.register_field(relation, field, sensitivity) FROM (VALUES
  ('member'::regclass, 'full_name'::name, 'personal{profile.name}'::aiconsent.sensitivity),
  ('member', 'headline', 'personal{profile.position}'), ('member', 'position', 'personal{profile.position}'),
  ('member', 'location', 'personal{profile.location}'), ('skill', 'name', 'personal{profile.skill}'),
  ('post', 'id', 'public'), ('post', 'created_at', 'public'),
  ('post', 'title', 'personal{content.post}'), ('post', 'body', 'personal{content.post}'),
  ('comment', 'body', 'personal{content.comment}'), ('comment', 'created_at', 'public'),
  ('group_contribution', 'body', 'personal{group}'), ('recommendation', 'body', 'personal{profile.recommendation}'),
  ('salary', 'amount', 'never{salary}')) AS f (relation, field, sensitivity);
SELECT aiconsent.register_field('private_message', NULL, 'never{message}', 'private, whatever its columns say');
SELECT aiconsent.register_field('private_message', 'body', 'personal{content}', 'labelled too low, by mistake');

-- Rows of one table differ: of the exchanges with recruiters screening answers and resumes may be used, where they are kept
-- for later and not tied to an application; InMails are messages.
SELECT aiconsent.register_field('recruiter_exchange', NULL, 'never{message,application}');
SELECT aiconsent.register_field('recruiter_exchange', 'body', 'personal{job.screening}');
SELECT aiconsent.classify('recruiter_exchange', $$kind = 'screening' AND application_id IS NULL$$, 'personal{job.screening}', 'kept for future use');
SELECT aiconsent.classify('recruiter_exchange', $$kind = 'resume' AND application_id IS NULL$$, 'personal{job.resume}', 'kept for future use');

-- Nothing is in force before the steward adopts it.
SELECT aiconsent.adopt_policy('content_generation', reason => 'announced on 18 September 2025');

-- In what form: of a place, the country.
SELECT aiconsent.treat('profile.location', 'generalize');

\o
-- The setting that is there already: what it held since when, and from now on its every change.
SELECT aiconsent.import_consent('member_setting', decision => 'ai_training', effective_at => 'changed_at') AS "settings entered in the ledger";
\o /dev/null
SELECT aiconsent.register_preference('member_setting', allows => 'ai_training');
\o

-- The training views.
SELECT publish AS "training views" FROM aiconsent.publish();
\o /dev/null
RESET ROLE;

-- Who may read them, and who records what members say.  Not the steward's to grant.
SELECT aiconsent.grant_role('trainer', 'reader'), aiconsent.grant_role('settings_page', 'writer');

-- The application that members use needs nothing but its own tables.
CREATE ROLE app;
GRANT SELECT, UPDATE ON member_setting TO app;
\o
