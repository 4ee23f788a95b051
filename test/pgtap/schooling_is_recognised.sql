-- Of people in primary or secondary school at least 95 in 100 are suspected,
-- of others at most 8 in 100, by what they type in forty countries and more.
--
-- Two sets of labelled entries, written by two hands without sight of the table
-- of words: the one that it was improved by, and one that was held out.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off

BEGIN;
SELECT plan(8);
CREATE TABLE entry (level text, school text, region text, label text, why text);

CREATE FUNCTION caught() RETURNS numeric LANGUAGE sql AS $$
  SELECT round(avg((coalesce(aiconsent.education_stage(level, school, region) && '[1,3]'::int4range, false))::int), 4)
  FROM entry WHERE label = 'in' $$;
CREATE FUNCTION suspected_by_mistake() RETURNS numeric LANGUAGE sql AS $$
  SELECT round(avg((coalesce(aiconsent.education_stage(level, school, region) && '[1,3]'::int4range, false))::int), 4)
  FROM entry WHERE label = 'out' $$;

\copy entry FROM PROGRAM 'grep -v "^#" test/data/schools.tsv' WITH (FORMAT text, NULL '\N')
SELECT cmp_ok(count(*)::int, '>', 1000, 'the set that the table was improved by has over 1,000 entries') FROM entry;
SELECT cmp_ok(count(DISTINCT region)::int, '>', 40, 'from over 40 countries') FROM entry;
SELECT cmp_ok(caught(), '>=', 0.95, 'of those at school 95 % are caught: ' || caught());
SELECT cmp_ok(suspected_by_mistake(), '<=', 0.08, 'of others at most 8 % are suspected: ' || suspected_by_mistake());

TRUNCATE entry;
\copy entry FROM PROGRAM 'grep -v "^#" test/data/schools_held_out.tsv' WITH (FORMAT text, NULL '\N')
SELECT cmp_ok(count(*)::int, '>', 800, 'the set that was held out has over 800 entries') FROM entry;
SELECT cmp_ok(count(DISTINCT region)::int, '>', 100, 'from over 100 countries') FROM entry;
SELECT cmp_ok(caught(), '>=', 0.95, 'of those at school 95 % are caught: ' || caught());
SELECT cmp_ok(suspected_by_mistake(), '<=', 0.08, 'of others at most 8 % are suspected: ' || suspected_by_mistake());

SELECT * FROM finish();
ROLLBACK;
