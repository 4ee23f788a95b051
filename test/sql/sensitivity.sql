-- The type sensitivity as its users meet it: the extension is there.
\pset format unaligned
\pset tuples_only on
-- the canonical form
SELECT 'personal'::aiconsent.sensitivity;
SELECT 'personal{}'::aiconsent.sensitivity;
SELECT ' personal { profile.name , content.post , content } '::aiconsent.sensitivity;
SELECT 'public{salary.base}'::aiconsent.sensitivity;
SELECT s, aiconsent.sensitivity_level(s), aiconsent.sensitivity_categories(s)
FROM (SELECT 'sensitive{b,a}'::aiconsent.sensitivity) AS t(s);
-- does it flow?
SELECT 'personal{content.post}'::aiconsent.sensitivity OPERATOR(aiconsent.<@) 'personal{content}';
SELECT 'personal{contents}'::aiconsent.sensitivity OPERATOR(aiconsent.<@) 'personal{content}';
SELECT 'personal{content}'::aiconsent.sensitivity OPERATOR(aiconsent.@>) 'public{content.post}';
SELECT 'never{content}'::aiconsent.sensitivity OPERATOR(aiconsent.<@) 'sensitive{content}';
-- bounds
SELECT 'personal{content.post}'::aiconsent.sensitivity OPERATOR(aiconsent.+) 'sensitive{content,health}';
SELECT 'personal{content.post,profile}'::aiconsent.sensitivity OPERATOR(aiconsent.*) 'sensitive{content,health}';
SELECT aiconsent.sensitivity_join(s::aiconsent.sensitivity)
FROM (VALUES ('public{a}'), (NULL), ('personal{b}'), ('personal{a.b}')) AS t(s);
-- sorting, which is not flowing
SELECT s FROM (VALUES ('never'::aiconsent.sensitivity), ('personal{b}'), ('sensitive'),
	('personal{a}'), ('public{z}'), ('personal{a,b}'), ('personal')) AS t(s) ORDER BY s;
SELECT DISTINCT s FROM (VALUES ('personal{a,b}'::aiconsent.sensitivity), ('personal{b,a,b.c}')) AS t(s);
-- what is refused
SELECT 'persnal{content}'::aiconsent.sensitivity;
SELECT 'Personal'::aiconsent.sensitivity;
SELECT ''::aiconsent.sensitivity;
SELECT 'personal{content'::aiconsent.sensitivity;
SELECT 'personal{content} and more'::aiconsent.sensitivity;
SELECT 'personal{Content.Post}'::aiconsent.sensitivity;
SELECT 'personal{content,}'::aiconsent.sensitivity;
SELECT ('personal{' || repeat('x', 64) || '}')::aiconsent.sensitivity;
SELECT ('personal{' || string_agg('c' || i, ',') || '}')::aiconsent.sensitivity
FROM generate_series(1, 33) i;
SELECT repeat(' ', 65537)::aiconsent.sensitivity;
