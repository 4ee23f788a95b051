-- sensitivity.sql: does the type sensitivity keep its promises?
--
-- What must come out is computed here from the definition, not by the code
-- under test: a label means a level and a set of names that is closed
-- downwards, and over a small tree of names such a set is a bit mask.

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS aiconsent;

SELECT plan(223);

-- What somebody's statement fails with: SQLSTATE, message, detail and hint.
CREATE FUNCTION pg_temp.failure(statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE,
		message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', state || ' ' || message, nullif(detail, ''),
		nullif(hint, ''));
END
$$;

CREATE FUNCTION pg_temp.failure_of_input(input text) RETURNS text
LANGUAGE sql AS $$
	SELECT pg_temp.failure(format('SELECT %L::aiconsent.sensitivity', input))
$$;

-- The plan of a statement, in one text.
CREATE FUNCTION pg_temp.plan_of(statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	line text; lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || statement LOOP
		lines := lines || line || E'\n';
	END LOOP;
	RETURN lines;
END
$$;

-- A query for counter-examples finds none; of those it finds a few are shown.
CREATE FUNCTION pg_temp.none(query text, promise text) RETURNS text
LANGUAGE sql AS $$
	SELECT is_empty(format('WITH found AS MATERIALIZED (%s)
		SELECT * FROM found LIMIT 5', query), promise)
$$;

CREATE FUNCTION pg_temp.form_hint() RETURNS text LANGUAGE sql AS $$
	SELECT 'Write a level, and its categories in braces, as in '
		'personal{content.post}. The levels are public, personal, sensitive, '
		'never.'
$$;

CREATE FUNCTION pg_temp.category_hint() RETURNS text LANGUAGE sql AS $$
	SELECT 'A category is one or more parts with dots between them, as in '
		'content.post; each part is a lower-case letter, then lower-case '
		'letters, digits and underscores.'
$$;

-- n categories of w bytes, none below another.
CREATE FUNCTION pg_temp.siblings(n integer, w integer) RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(rpad('c' || to_char(i, 'FM000'), w, 'x'), ',' ORDER BY i)
	FROM generate_series(1, n) i
$$;


-- The canonical form

SELECT is(input::aiconsent.sensitivity::text, canonical, promise)
FROM (VALUES
	('public', 'public', 'public is a label'),
	('personal', 'personal', 'personal is a label'),
	('sensitive', 'sensitive', 'sensitive is a label'),
	('never', 'never', 'never is a label'),
	('personal{content.post}', 'personal{content.post}',
		'a label prints as it is written where that is canonical'),
	('public{content}', 'public{content}', 'public may have categories'),
	('personal{}', 'personal', 'empty braces are none'),
	('personal{ }', 'personal', 'braces around a blank are none'),
	('personal{b,a,c}', 'personal{a,b,c}', 'categories are sorted'),
	('personal{a,a,a}', 'personal{a}', 'a category is kept once'),
	('personal{content,content.post}', 'personal{content}',
		'a category below another of the set is dropped'),
	('personal{content.post,content}', 'personal{content}',
		'whichever of the two comes first'),
	('personal{a.b.c.d,a.b}', 'personal{a.b}',
		'however far it is below'),
	('personal{a,a0,a.b,a_,a.b0,aa.b}', 'personal{a,a0,a_,aa.b}',
		'and whatever could sort between them'),
	('personal{content,contents}', 'personal{content,contents}',
		'below means whole parts, not letters'),
	('personal{a.b,a.c}', 'personal{a.b,a.c}',
		'brothers and sisters do not stand for the one above'),
	('personal{b.a,a_b,a.b,a0,ab}', 'personal{a.b,a0,a_b,ab,b.a}',
		'the order is that of bytes: dot, digit, underscore, letter'),
	('personal{z9_,a_1.b__2}', 'personal{a_1.b__2,z9_}',
		'digits and underscores may follow a letter'),
	(E' \t\n\r\x0b\x0c personal \t{ a , \n b } \r\n', 'personal{a,b}',
		'white space around tokens is accepted and not printed')
) AS t(input, canonical, promise);


-- The floor

SELECT is(format('%s{%s}', level, name)::aiconsent.sensitivity::text,
	format('never{%s}', name),
	format('%s can be no less than never, %s or not', name, level))
FROM unnest(ARRAY['message', 'salary', 'credential', 'payment',
		'application']) AS root,
	unnest(ARRAY['', '.x', '.x.y']) AS tail,
	LATERAL (SELECT root || tail) AS n(name),
	unnest(ARRAY['public', 'personal', 'sensitive']) AS level
WHERE tail = '' OR level = 'public';

SELECT is(format('personal{%s}', name)::aiconsent.sensitivity::text,
	format('personal{%s}', name), format('the floor leaves %s alone', name))
FROM unnest(ARRAY['messages', 'salary_band', 'salary0', 'profile.salary',
	'pay', 'applications.sent', 'x.message.y']) AS name;

SELECT is('public{zz,payment.card,content}'::aiconsent.sensitivity::text,
	'never{content,payment.card,zz}',
	'one category of the floor is enough, among any others');
SELECT is(('personal{content}'::aiconsent.sensitivity OPERATOR(aiconsent.+)
		'public{salary}')::text,
	'never{content,salary}', 'a join has the floor of its arguments');
SELECT is(('never{salary,content}'::aiconsent.sensitivity
		OPERATOR(aiconsent.*) 'personal{content}')::text,
	'personal{content}', 'a meet without the category is free of its floor');


-- What is refused, and how it is said

SELECT is(pg_temp.failure_of_input(input),
	format(E'22P02 invalid input syntax for type aiconsent.sensitivity: "%s"'
		'\n%s\n%s', input, detail, pg_temp.form_hint()), promise)
FROM (VALUES
	('', 'The level is missing.', 'a label has a level'),
	('  ', 'The level is missing.', 'a blank is no level'),
	('{content}', 'The level is missing.', 'categories alone are no label'),
	('persnal{content}', '"persnal" is not a level.',
		'a level that does not exist is named, with those that do'),
	('Personal', '"Personal" is not a level.', 'levels are in lower case'),
	('person', '"person" is not a level.', 'levels are not shortened'),
	('personals', '"personals" is not a level.', 'nor lengthened'),
	('never content', '"never content" is not a level.',
		'categories stand in braces'),
	('personal}', '"personal}" is not a level.',
		'braces are opened before they are closed'),
	('personal{content', 'The closing brace is missing.',
		'braces that are opened are closed'),
	('personal{', 'The closing brace is missing.', 'even with nothing in them'),
	('personal{a}b', '"b" stands after the closing brace.',
		'nothing follows the closing brace'),
	('personal{a} {b}', '"{b}" stands after the closing brace.',
		'not even more braces'),
	('personal{a}}', '"}" stands after the closing brace.',
		'braces are closed once')
) AS t(input, detail, promise);

SELECT is(pg_temp.failure_of_input(input),
	format(E'22P02 invalid input syntax for type aiconsent.sensitivity: "%s"'
		'\n%s\n%s', input, detail, pg_temp.category_hint()), promise)
FROM (VALUES
	('personal{a,}', 'A category is missing beside a comma.',
		'a comma is followed by a category'),
	('personal{,a}', 'A category is missing beside a comma.',
		'and follows one'),
	('personal{,}', 'A category is missing beside a comma.',
		'a comma alone is no set'),
	('personal{a, ,b}', 'A category is missing beside a comma.',
		'a blank is no category'),
	('personal{Content}', '"Content" is not the name of a category.',
		'categories are in lower case'),
	('personal{a,9b}', '"9b" is not the name of a category.',
		'a category begins with a letter'),
	('personal{_a}', '"_a" is not the name of a category.',
		'and not with an underscore'),
	('personal{a.9}', '"a.9" is not the name of a category.',
		'and so does each of its parts'),
	('personal{.a}', '".a" is not the name of a category.',
		'no part is empty: not the first'),
	('personal{a.}', '"a." is not the name of a category.',
		'no part is empty: not the last'),
	('personal{a..b}', '"a..b" is not the name of a category.',
		'no part is empty: not one between'),
	('personal{a b}', '"a b" is not the name of a category.',
		'no blank is inside a name'),
	('personal{a . b}', '"a . b" is not the name of a category.',
		'nor around a dot'),
	('personal{a-b}', '"a-b" is not the name of a category.',
		'no other sign is in a name'),
	('personal{a*}', '"a*" is not the name of a category.',
		'there are no wildcards'),
	('personal{{a}', '"{a" is not the name of a category.',
		'braces are opened once')
) AS t(input, detail, promise);


-- Errors repeat little, and only what can be shown

SELECT is(pg_temp.failure_of_input('secret' || repeat('y', 1000)),
	E'22P02 invalid input syntax for type aiconsent.sensitivity: "secret'
		|| repeat('y', 34) || E'..."\n"secret' || repeat('y', 34)
		|| E'..." is not a level.\n' || pg_temp.form_hint(),
	'of a long input an error repeats 40 bytes');
SELECT is(pg_temp.failure_of_input(repeat('y', 40)),
	'22P02 invalid input syntax for type aiconsent.sensitivity: "'
		|| repeat('y', 40) || E'"\n"' || repeat('y', 40)
		|| E'" is not a level.\n' || pg_temp.form_hint(),
	'of 40 bytes all');
SELECT is(pg_temp.failure_of_input(E'a\x1b[2Jb\nc\x7f'),
	E'22P02 invalid input syntax for type aiconsent.sensitivity: "a?[2Jb?c?"'
		'\n"a?[2Jb?c?" is not a level.\n' || pg_temp.form_hint(),
	'control characters are not repeated');
SELECT CASE WHEN pg_catalog.getdatabaseencoding() = 'UTF8' THEN
	is(pg_temp.failure_of_input(repeat('y', 39) || convert_from('\xc3a9', 'UTF8')),
		'22P02 invalid input syntax for type aiconsent.sensitivity: "'
			|| repeat('y', 39) || E'..."\n"' || repeat('y', 39)
			|| E'..." is not a level.\n' || pg_temp.form_hint(),
		'no character is cut in two')
	ELSE skip('no character has two bytes here', 1) END;


-- The limits

SELECT is(format('personal{%s}', name)::aiconsent.sensitivity::text,
	format('personal{%s}', name), 'a name of 63 bytes is taken')
FROM (VALUES (repeat('a', 63)), (repeat('a.', 31) || 'a')) AS t(name);
SELECT is(pg_temp.failure_of_input('personal{' || repeat('a', 64) || '}'),
	E'54000 name of a category is too long\n"' || repeat('a', 40)
		|| E'..." has 64 bytes, the limit is 63.\nChoose a shorter name.',
	'a name of 64 bytes is refused and not cut');
SELECT is(pg_temp.failure_of_input('personal{' || repeat('a.', 32) || 'a}'),
	E'54000 name of a category is too long\n"' || repeat('a.', 20)
		|| E'..." has 65 bytes, the limit is 63.\nChoose a shorter name.',
	'the limit is that of the whole name');
SELECT is(format('personal{%s}', pg_temp.siblings(32, 63))
		::aiconsent.sensitivity::text,
	format('personal{%s}', pg_temp.siblings(32, 63)),
	'32 categories of 63 bytes are taken');
SELECT is(pg_temp.failure_of_input(format('personal{%s}',
		pg_temp.siblings(33, 4))),
	E'54000 too many categories in a sensitivity\n'
		'The limit is 32, not counting those below another one.\n'
		'Name one above several of them: content has content.post and '
		'content.comment below it.',
	'33 are refused and none is dropped');
SELECT is(format('personal{%s}', repeat('a,', 99) || 'a')
		::aiconsent.sensitivity::text,
	'personal{a}', 'the limit counts what is kept, not what is written');
SELECT is(format('personal{%s,c}',
		(SELECT string_agg('c.x' || i, ',') FROM generate_series(1, 99) i))
		::aiconsent.sensitivity::text,
	'personal{c}', 'even if what drops the rest comes last');
SELECT is(pg_temp.failure(format($$
	SELECT 'personal{%s}'::aiconsent.sensitivity OPERATOR(aiconsent.+)
		'personal{d}'$$, pg_temp.siblings(32, 4))),
	E'54000 too many categories in a sensitivity\n'
		'The limit is 32, not counting those below another one.\n'
		'Name one above several of them: content has content.post and '
		'content.comment below it.',
	'a join that would have more fails, and is not cut');
SELECT is((format('personal{%s}', pg_temp.siblings(32, 4))
		::aiconsent.sensitivity OPERATOR(aiconsent.+) 'sensitive{c001.a}')
		::text,
	format('sensitive{%s}', pg_temp.siblings(32, 4)),
	'a join that has 32 does not');
SELECT is(pg_temp.failure(format($$
	SELECT 'personal{p,%s}'::aiconsent.sensitivity OPERATOR(aiconsent.*)
		'personal{q,%s}'$$,
		replace(pg_temp.siblings(20, 4), 'c', 'q.c'),
		replace(pg_temp.siblings(20, 4), 'c', 'p.c'))),
	E'54000 too many categories in a sensitivity\n'
		'The limit is 32, not counting those below another one.\n'
		'Name one above several of them: content has content.post and '
		'content.comment below it.',
	'a meet can need more than either of its arguments, and fails too');
SELECT is(format('personal{%s}', repeat(' ', 65536 - 10))
		::aiconsent.sensitivity::text,
	'personal', 'a text of 65536 bytes is read');
SELECT is(pg_temp.failure_of_input(format('personal{%s}',
		repeat(' ', 65537 - 10))),
	E'54000 text of a sensitivity is too long\n'
		'It has 65537 bytes, the limit is 65536.\nWrite each category once.',
	'a longer one is not');


-- Flowing, by hand

SELECT is(a::aiconsent.sensitivity
		OPERATOR(aiconsent.<@) b::aiconsent.sensitivity, flows,
	format('%s %s %s: %s', a,
		CASE WHEN flows THEN 'flows to' ELSE 'does not flow to' END, b, why))
FROM (VALUES
	('personal{content.post}', 'personal{content}', true, 'it is below'),
	('personal{content}', 'personal{content.post}', false, 'it is above'),
	('personal{contents}', 'personal{content}', false, 'no whole part'),
	('personal{content}', 'personal{contents}', false, 'no part of it'),
	('personal{content.post}', 'personal{content.posts}', false,
		'no whole part further down either'),
	('public{content}', 'personal{content}', true, 'the level is lower'),
	('sensitive{content}', 'personal{content}', false, 'the level is higher'),
	('personal{a,b}', 'personal{a}', false, 'b is not admitted'),
	('personal{a.x,a.y}', 'personal{a}', true, 'both are'),
	('public', 'public', true, 'they are the same'),
	('public', 'never{a}', true, 'nothing is below public'),
	('never{a}', 'sensitive{a}', false, 'no clearance reaches never'),
	('personal', 'personal{a}', true, 'no category is admitted by any'),
	('personal{a}', 'personal', false, 'none admits nothing')
) AS t(a, b, flows, why);


-- Three hundred labels, and what they mean

CREATE TEMPORARY TABLE name AS
SELECT (row_number() OVER ())::integer - 1 AS bit, name
FROM unnest(ARRAY['content', 'content.post', 'content.post.title',
	'content.comment', 'contents', 'content_x', 'content0', 'content0.a',
	'profile', 'profile.education', 'profile.education.school', 'a', 'a.b',
	'a.b.c', 'a.c', 'messages', 'x.salary', 'salary', 'salary.base',
	'message.body', 'payment']) AS name;
ALTER TABLE name ADD below bigint, ADD floor boolean;
UPDATE name SET
	below = (SELECT sum(1::bigint << n.bit) FROM name n
		WHERE n.name = name.name OR starts_with(n.name, name.name || '.')),
	floor = split_part(name, '.', 1) IN
		('message', 'salary', 'credential', 'payment', 'application');

-- The canonical text of a meaning.
CREATE FUNCTION pg_temp.meaning(level integer, mask bigint) RETURNS text
LANGUAGE sql AS $$
	SELECT (ARRAY['public', 'personal', 'sensitive', 'never'])[level + 1]
		|| COALESCE('{' || string_agg(n.name, ',' ORDER BY n.name COLLATE "C")
			|| '}', '')
	FROM name n
	WHERE mask & (1::bigint << n.bit) <> 0
		AND NOT EXISTS (SELECT FROM name top
			WHERE mask & (1::bigint << top.bit) <> 0
				AND top.bit <> n.bit
				AND top.below & (1::bigint << n.bit) <> 0)
$$;

-- Each is written in no order, with repetitions and blanks.
CREATE TEMPORARY TABLE written AS
SELECT i, i % 4 AS level, n.bit
FROM generate_series(0, 359) AS i
	LEFT JOIN name n ON i >= 4
		AND (i * 7919 + n.bit * 10429 + i * n.bit * 31) % 1009 % 9 < 2
		AND (NOT n.floor OR i % 3 = 0);
CREATE TEMPORARY TABLE label AS
SELECT i, CASE WHEN bool_or(n.floor) THEN 3 ELSE w.level END AS level,
	COALESCE(bit_or(n.below), 0) AS mask,
	(ARRAY['public', 'personal', 'sensitive', 'never'])[w.level + 1]
		|| COALESCE(' {' || string_agg(n.name || ' ,' || n.name, ', '
			ORDER BY (n.bit * 37 + i) % 101) || '}', '') AS input
FROM written w LEFT JOIN name n USING (bit)
GROUP BY i, w.level;
ALTER TABLE label ADD s aiconsent.sensitivity, ADD expected text;
UPDATE label SET s = input::aiconsent.sensitivity,
	expected = pg_temp.meaning(level, mask);
ANALYZE label;

SELECT cmp_ok(count(DISTINCT expected)::integer, '>=', 300,
	'there are 300 labels that differ') FROM label;
SELECT cmp_ok(count(*)::integer, '>=', 50,
	'among them 50 with the floor') FROM label
WHERE level = 3 AND EXISTS (SELECT FROM name
	WHERE floor AND mask & (1::bigint << bit) <> 0);
SELECT pg_temp.none('SELECT input, s::text, expected FROM label
	WHERE s::text <> expected', 'each reads as what it means');
SELECT pg_temp.none('SELECT s::text FROM label
	WHERE s::text::aiconsent.sensitivity::text <> s::text',
	'what is printed reads as the same');
SELECT pg_temp.none($$SELECT s::text FROM label
	WHERE aiconsent.sensitivity_level(s) IS DISTINCT FROM
		(ARRAY['public', 'personal', 'sensitive', 'never'])[level + 1]$$,
	'sensitivity_level() is the level');
SELECT pg_temp.none($$SELECT s::text FROM label
	WHERE aiconsent.sensitivity_categories(s) IS DISTINCT FROM
		string_to_array(rtrim(split_part(expected, '{', 2), '}'), ',')$$,
	'sensitivity_categories() are the categories, in their order');
SELECT is(aiconsent.sensitivity_categories('personal'), '{}',
	'and an empty array where there are none');


-- All pairs

CREATE TEMPORARY TABLE pair AS
SELECT a.i AS a, b.i AS b, a.s AS a_s, b.s AS b_s,
	a.level <= b.level AND a.mask & ~b.mask = 0 AS flows,
	a.level = b.level AND a.mask = b.mask AS same,
	greatest(a.level, b.level) AS join_level, a.mask | b.mask AS join_mask,
	least(a.level, b.level) AS meet_level, a.mask & b.mask AS meet_mask,
	(a.s OPERATOR(aiconsent.+) b.s) AS joined,
	(a.s OPERATOR(aiconsent.*) b.s) AS met,
	(a.s OPERATOR(aiconsent.<@) b.s) AS flowing,
	aiconsent.sensitivity_cmp(a.s, b.s) AS cmp
FROM label a, label b;
ANALYZE pair;
CREATE TEMPORARY TABLE meaning AS
SELECT level, mask, pg_temp.meaning(level, mask) AS expected
FROM (SELECT join_level, join_mask FROM pair
	UNION SELECT meet_level, meet_mask FROM pair) AS t(level, mask);
ANALYZE meaning;

SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE flowing IS DISTINCT FROM flows',
	'<@ is: the level not above, every category admitted');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE (b_s OPERATOR(aiconsent.@>) a_s) IS DISTINCT FROM flows',
	'@> is its converse');
SELECT pg_temp.none('SELECT a_s::text, b_s::text, joined::text, m.expected
	FROM pair JOIN meaning m ON m.level = join_level AND m.mask = join_mask
	WHERE joined::text <> m.expected',
	'+ is the higher level and all categories');
SELECT pg_temp.none('SELECT a_s::text, b_s::text, met::text, m.expected
	FROM pair JOIN meaning m ON m.level = meet_level AND m.mask = meet_mask
	WHERE met::text <> m.expected',
	'* is the lower level and the categories that both admit');
SELECT is(count(*), (SELECT count(*) * count(*) FROM label),
	'of every pair') FROM pair
	JOIN meaning j ON j.level = join_level AND j.mask = join_mask
	JOIN meaning m ON m.level = meet_level AND m.mask = meet_mask;

SELECT pg_temp.none('SELECT a_s::text FROM pair WHERE a = b AND NOT flowing',
	'<@ is reflexive');
SELECT pg_temp.none('SELECT p.a_s::text, p.b_s::text FROM pair p
	JOIN pair q ON q.a = p.b AND q.b = p.a
	WHERE p.flowing AND q.flowing AND p.a_s::text <> p.b_s::text',
	'<@ is antisymmetric');
SELECT pg_temp.none('SELECT p.a_s::text, p.b_s::text, q.b_s::text FROM pair p
	JOIN pair q ON q.a = p.b AND q.flowing
	WHERE p.flowing AND NOT p.a_s OPERATOR(aiconsent.<@) q.b_s',
	'<@ is transitive');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE NOT (a_s OPERATOR(aiconsent.<@) joined
		AND b_s OPERATOR(aiconsent.<@) joined)',
	'a join is an upper bound');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE NOT (met OPERATOR(aiconsent.<@) a_s
		AND met OPERATOR(aiconsent.<@) b_s)',
	'a meet is a lower bound');
SELECT pg_temp.none('SELECT p.a_s::text, p.b_s::text FROM pair p
	JOIN pair q ON q.a = p.b AND q.b = p.a
	WHERE p.joined::text <> q.joined::text', '+ is commutative');
SELECT pg_temp.none('SELECT p.a_s::text, p.b_s::text FROM pair p
	JOIN pair q ON q.a = p.b AND q.b = p.a
	WHERE p.met::text <> q.met::text', '* is commutative');
SELECT pg_temp.none('SELECT a_s::text FROM pair
	WHERE a = b AND joined::text <> a_s::text', '+ is idempotent');
SELECT pg_temp.none('SELECT a_s::text FROM pair
	WHERE a = b AND met::text <> a_s::text', '* is idempotent');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE (a_s OPERATOR(aiconsent.*) joined)::text <> a_s::text',
	'* absorbs +');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE (a_s OPERATOR(aiconsent.+) met)::text <> a_s::text',
	'+ absorbs *');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE flowing <> (joined::text = b_s::text)
		OR flowing <> (met::text = a_s::text)',
	'<@, + and * tell one order');
SELECT pg_temp.none($$SELECT joined::text, met::text FROM pair
	WHERE EXISTS (SELECT FROM name WHERE floor
			AND join_mask & (1::bigint << bit) <> 0)
		AND aiconsent.sensitivity_level(joined) <> 'never'
	OR EXISTS (SELECT FROM name WHERE floor
			AND meet_mask & (1::bigint << bit) <> 0)
		AND aiconsent.sensitivity_level(met) <> 'never'$$,
	'no join and no meet goes below the floor');


-- A sample of triples

CREATE TEMPORARY TABLE triple AS
SELECT a.s AS a, b.s AS b, c.s AS c
FROM label a, label b, label c
WHERE a.i % 6 = 0 AND b.i % 7 = 3 AND c.i % 5 = 1
	AND (a.i + b.i * 3 + c.i * 5) % 2 = 0;

SELECT cmp_ok(count(*)::integer, '>=', 50000, 'there are 50,000 triples')
FROM triple;
SELECT pg_temp.none('SELECT a::text, b::text, c::text FROM triple
	WHERE (a OPERATOR(aiconsent.<@) c AND b OPERATOR(aiconsent.<@) c)
		<> ((a OPERATOR(aiconsent.+) b) OPERATOR(aiconsent.<@) c)',
	'a join is the least upper bound');
SELECT pg_temp.none('SELECT a::text, b::text, c::text FROM triple
	WHERE (c OPERATOR(aiconsent.<@) a AND c OPERATOR(aiconsent.<@) b)
		<> (c OPERATOR(aiconsent.<@) (a OPERATOR(aiconsent.*) b))',
	'a meet is the greatest lower bound');
SELECT pg_temp.none('SELECT a::text, b::text, c::text FROM triple
	WHERE ((a OPERATOR(aiconsent.+) b) OPERATOR(aiconsent.+) c)::text
		<> (a OPERATOR(aiconsent.+) (b OPERATOR(aiconsent.+) c))::text',
	'+ is associative');
SELECT pg_temp.none('SELECT a::text, b::text, c::text FROM triple
	WHERE ((a OPERATOR(aiconsent.*) b) OPERATOR(aiconsent.*) c)::text
		<> (a OPERATOR(aiconsent.*) (b OPERATOR(aiconsent.*) c))::text',
	'* is associative');
SELECT pg_temp.none('SELECT a::text, b::text, c::text FROM triple
	WHERE (a OPERATOR(aiconsent.*) (b OPERATOR(aiconsent.+) c))::text
		<> ((a OPERATOR(aiconsent.*) b)
			OPERATOR(aiconsent.+) (a OPERATOR(aiconsent.*) c))::text',
	'* distributes over +');
SELECT pg_temp.none('SELECT a::text, b::text, c::text FROM triple
	WHERE aiconsent.sensitivity_cmp(a, b) <= 0
		AND aiconsent.sensitivity_cmp(b, c) <= 0
		AND aiconsent.sensitivity_cmp(a, c) > 0',
	'the order for sorting is transitive');


-- The order for sorting, and equality

SELECT pg_temp.none('SELECT p.a_s::text, p.b_s::text FROM pair p
	JOIN label a ON a.i = p.a JOIN label b ON b.i = p.b
	WHERE sign(cmp) <> CASE
		WHEN p.same THEN 0
		WHEN (a.level, trim(''}'' FROM split_part(a.expected, ''{'', 2))
				COLLATE "C")
			< (b.level, trim(''}'' FROM split_part(b.expected, ''{'', 2)))
		THEN -1
		ELSE 1 END',
	'the order is by level, then by the bytes of the categories');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE (a_s OPERATOR(aiconsent.=) b_s) <> same
		OR (a_s OPERATOR(aiconsent.<>) b_s) = same',
	'= and <> tell the labels that mean the same');
SELECT pg_temp.none('SELECT a_s::text, b_s::text FROM pair
	WHERE (a_s OPERATOR(aiconsent.<) b_s) <> (cmp < 0)
		OR (a_s OPERATOR(aiconsent.<=) b_s) <> (cmp <= 0)
		OR (a_s OPERATOR(aiconsent.>) b_s) <> (cmp > 0)
		OR (a_s OPERATOR(aiconsent.>=) b_s) <> (cmp >= 0)
		OR (cmp = 0) <> same',
	'< <= > >= are that order, and it is total');
SELECT pg_temp.none('SELECT a_s::text FROM pair WHERE same AND
	(aiconsent.sensitivity_hash(a_s) <> aiconsent.sensitivity_hash(b_s)
	OR aiconsent.sensitivity_hash_extended(a_s, 42)
		<> aiconsent.sensitivity_hash_extended(b_s, 42))',
	'what is equal has equal hashes');
SELECT cmp_ok(count(DISTINCT aiconsent.sensitivity_hash(s))::integer, '>=',
	count(DISTINCT expected)::integer - 3, 'what differs has other hashes')
FROM label;
SELECT pg_temp.none('SELECT s::text FROM label
	WHERE aiconsent.sensitivity_hash_extended(s, 0) & 4294967295
		<> aiconsent.sensitivity_hash(s)::bigint & 4294967295',
	'the hash with seed 0 ends in the one without');
SELECT pg_temp.none('SELECT s::text FROM label
	WHERE aiconsent.sensitivity_hash_extended(s, 1)
		= aiconsent.sensitivity_hash_extended(s, 2)',
	'the seed matters');
SELECT results_eq('SELECT s::text AS shown FROM label ORDER BY s, i',
	'SELECT expected FROM label
		ORDER BY level,
			trim(''}'' FROM split_part(expected, ''{'', 2)) COLLATE "C", i',
	'ORDER BY needs no operator to be named');
SELECT is(min(s::text), 'public', 'the least of all is public')
FROM (SELECT s FROM label ORDER BY s LIMIT 1) AS t;


-- The classes

CREATE TABLE sensitivity_stored AS SELECT i, s FROM label;
ANALYZE sensitivity_stored;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
CREATE INDEX sensitivity_index ON sensitivity_stored USING hash (s);
SELECT alike(pg_temp.plan_of('SELECT * FROM sensitivity_stored
	WHERE s OPERATOR(aiconsent.=) ''personal'''),
	'%Index Scan using sensitivity_index%', 'a hash index finds equal ones');
SELECT pg_temp.none('SELECT l.s::text FROM label l
	WHERE (SELECT count(*) FROM sensitivity_stored t
			WHERE t.s OPERATOR(aiconsent.=) l.s)
		<> (SELECT count(*) FROM label m WHERE m.expected = l.expected)',
	'all of them');
DROP INDEX sensitivity_index;
CREATE INDEX sensitivity_index ON sensitivity_stored (s);
SELECT alike(pg_temp.plan_of('SELECT * FROM sensitivity_stored
	WHERE s OPERATOR(aiconsent.>=) ''sensitive'''),
	'%Index Scan using sensitivity_index%', 'a btree index finds a range');
SELECT is((SELECT count(*) FROM sensitivity_stored
		WHERE s OPERATOR(aiconsent.>=) 'sensitive'),
	(SELECT count(*) FROM label WHERE level >= 2), 'all of it');
RESET enable_seqscan;
RESET enable_bitmapscan;

CREATE FUNCTION pg_temp.equal_pairs() RETURNS text LANGUAGE sql AS $$
	SELECT 'SELECT count(*) FROM label a JOIN sensitivity_stored b
		ON a.s OPERATOR(aiconsent.=) b.s'
$$;
CREATE FUNCTION pg_temp.count_equal_pairs() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE pg_temp.equal_pairs() INTO n;
	RETURN n;
END
$$;
SET LOCAL enable_nestloop = off;
SET LOCAL enable_mergejoin = off;
SELECT alike(pg_temp.plan_of(pg_temp.equal_pairs()), '%Hash Join%',
	'a join can hash');
SELECT is(pg_temp.count_equal_pairs(), (SELECT count(*) FROM pair WHERE same),
	'and finds every equal pair');
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = on;
SELECT alike(pg_temp.plan_of(pg_temp.equal_pairs()), '%Merge Join%',
	'a join can merge');
SELECT is(pg_temp.count_equal_pairs(), (SELECT count(*) FROM pair WHERE same),
	'and finds the same');
RESET enable_nestloop;
RESET enable_hashjoin;
RESET enable_mergejoin;

SELECT ok(bool_and(amvalidate(oid)) AND count(*) = 2,
	'the server finds both classes complete')
FROM pg_catalog.pg_opclass
WHERE opcintype = 'aiconsent.sensitivity'::regtype AND opcdefault;


-- The aggregate

SELECT pg_temp.none('SELECT k FROM (SELECT i % 37 AS k,
		aiconsent.sensitivity_join(s)::text AS joined,
		pg_temp.meaning(max(level), bit_or(mask)) AS expected
		FROM label GROUP BY 1) AS t WHERE joined <> expected',
	'sensitivity_join() of a group is the join of all its labels');
SELECT ok(aiconsent.sensitivity_join(s) IS NULL, 'of none it is unknown')
FROM label WHERE false;
SELECT is(aiconsent.sensitivity_join(s)::text, 'personal{a,b}',
	'and what is unknown is passed over')
FROM (VALUES (NULL), ('public{a}'), (NULL), ('personal{b}'))
	AS t(s0), LATERAL (SELECT s0::aiconsent.sensitivity) AS u(s);
SELECT is(aiconsent.sensitivity_join(s)::text, 'sensitive{a}',
	'of one it is that one')
FROM (VALUES ('sensitive{a}'::aiconsent.sensitivity)) AS t(s);

CREATE TABLE sensitivity_many AS
SELECT l.s FROM label l, generate_series(1, 50);
ANALYZE sensitivity_many;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT alike(pg_temp.plan_of('SELECT aiconsent.sensitivity_join(s)
	FROM sensitivity_many'), '%Finalize Aggregate%Gather%Partial Aggregate%',
	'workers share in an aggregate');
SELECT is(aiconsent.sensitivity_join(s)::text,
	(SELECT pg_temp.meaning(max(level), bit_or(mask)) FROM label),
	'and come to the same') FROM sensitivity_many;


-- On the wire

CREATE TEMPORARY TABLE received (s aiconsent.sensitivity);

-- What becomes of these bytes when a client sends them.  The server has no
-- function for that, so a shell prints the file that COPY reads.
CREATE FUNCTION pg_temp.receive(wire bytea[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	stream bytea := '\x5047434f50590aff0d0a000000000000000000';
	bytes text;
	value bytea;
BEGIN
	FOREACH value IN ARRAY wire LOOP
		stream := stream || '\x0001'::bytea || int4send(length(value))
			|| value;
	END LOOP;
	stream := stream || '\xffff'::bytea;
	SELECT string_agg(format('\%s%s%s', b >> 6, b >> 3 & 7, b & 7), ''
		ORDER BY i)
	FROM generate_series(0, length(stream) - 1) AS i,
		LATERAL (SELECT get_byte(stream, i)) AS t(b) INTO bytes;
	DELETE FROM received;
	EXECUTE format('COPY received FROM PROGRAM %L (FORMAT binary)',
		format('printf ''%s''', bytes));
END
$$;

CREATE FUNCTION pg_temp.received(wire bytea) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.receive(ARRAY[wire]);
	RETURN (SELECT s::text FROM received);
END
$$;

SELECT pg_temp.none($$SELECT s::text FROM label
	WHERE aiconsent.sensitivity_send(s) <> '\x00'::bytea
		|| set_byte('\x00'::bytea, 0, level)
		|| convert_to(rtrim(split_part(expected, '{', 2), '}'), 'SQL_ASCII')$$,
	'sent are no flags, the level and the categories');
SELECT pg_temp.receive(array_agg(aiconsent.sensitivity_send(s) ORDER BY i))
	IS NULL AS received FROM label \gset
SELECT results_eq('SELECT s::text AS shown FROM received ORDER BY s',
	'SELECT expected FROM label ORDER BY s',
	'what is sent is received as it was');
SELECT is(pg_temp.received(wire), label, promise)
FROM (VALUES
	('\x0000'::bytea, 'public', 'two bytes are a label'),
	('\x0001' || 'b, a.x ,a,b'::bytea, 'personal{a,b}',
		'what is received is made canonical'),
	('\x0001' || 'salary'::bytea, 'never{salary}',
		'what is received has the floor')
) AS t(wire, label, promise);

SELECT is(pg_temp.failure(format('SELECT pg_temp.received(%L)', wire)),
	format(E'22P03 invalid binary representation of type '
		'aiconsent.sensitivity\n%s\nIt is a byte of flags, which is 0, a byte '
		'of level, from 0 to 3, and the categories as text.', detail), promise)
FROM (VALUES
	('\x'::bytea, 'It is too short.', 'no bytes are no label'),
	('\x00', 'It is too short.', 'one byte is none'),
	('\x0100', 'Its flags are not 0.', 'flags must be 0'),
	('\x8001', 'Its flags are not 0.', 'all of them'),
	('\x0004', 'Its level is not defined.', 'a level must be one of four'),
	('\x00ff', 'Its level is not defined.', 'and is not negative')
) AS t(wire, detail, promise);
SELECT is(pg_temp.failure(format('SELECT pg_temp.received(%L)',
		'\x0001'::bytea || convert_to(list, 'SQL_ASCII'))),
	format(E'22P03 invalid input syntax for type aiconsent.sensitivity: "%s"'
		'\n%s\n%s', list, detail, pg_temp.category_hint()), promise)
FROM (VALUES
	('a,', 'A category is missing beside a comma.',
		'categories are checked as those of a text'),
	('A', '"A" is not the name of a category.', 'their names too'),
	('{a}', '"{a}" is not the name of a category.', 'they are sent bare')
) AS t(list, detail, promise);
SELECT is(pg_temp.failure(format('SELECT pg_temp.received(%L)',
		'\x0001'::bytea || convert_to(list, 'SQL_ASCII'))), failure, promise)
FROM (VALUES
	(repeat('a', 64), E'54000 name of a category is too long\n"'
		|| repeat('a', 40) || E'..." has 64 bytes, the limit is 63.\n'
		'Choose a shorter name.', 'the limit of a name is kept'),
	(pg_temp.siblings(33, 4), E'54000 too many categories in a sensitivity\n'
		'The limit is 32, not counting those below another one.\n'
		'Name one above several of them: content has content.post and '
		'content.comment below it.', 'and that of their number')
) AS t(list, failure, promise);


-- On disk

CREATE CAST (bytea AS aiconsent.sensitivity) WITHOUT FUNCTION;
CREATE CAST (aiconsent.sensitivity AS bytea) WITHOUT FUNCTION;
SELECT pg_temp.none('SELECT s::text FROM label
	WHERE s::bytea <> aiconsent.sensitivity_send(s)',
	'stored are the same bytes as sent');
SELECT is(pg_temp.failure(format(
		'SELECT (%L::bytea::aiconsent.sensitivity)::text', stored)),
	format(E'XX001 stored value of type aiconsent.sensitivity is damaged\n'
		'%s\nIt is damaged on disk, or was not written by this type.', detail),
	promise)
FROM (VALUES
	('\x'::bytea, 'It is too short.', 'damage is told: nothing'),
	('\x00', 'It is too short.', 'damage is told: half a header'),
	('\x0100', 'Its flags are not those of this version.',
		'damage is told: flags'),
	('\x0007', 'Its level is not defined.', 'damage is told: level'),
	('\x0001' || 'b,a'::bytea, 'Its categories are not in canonical form.',
		'damage is told: order'),
	('\x0001' || 'a,a.b'::bytea, 'Its categories are not in canonical form.',
		'damage is told: one below another'),
	('\x0001' || 'a, b'::bytea, 'Its categories are not in canonical form.',
		'damage is told: blank'),
	('\x0001' || 'a,'::bytea, 'Its categories are not in canonical form.',
		'damage is told: cut off'),
	('\x0001' || 'salary'::bytea, 'Its categories are not in canonical form.',
		'damage is told: below the floor'),
	('\x000100ff80', 'Its categories are not in canonical form.',
		'damage is told: no text')
) AS t(stored, detail, promise);
SELECT is(pg_temp.failure(replace(statement, '$bad$',
		'''\x0100''::bytea::aiconsent.sensitivity')),
	E'XX001 stored value of type aiconsent.sensitivity is damaged\n'
		'Its flags are not those of this version.\n'
		'It is damaged on disk, or was not written by this type.',
	'and found by: ' || statement)
FROM (VALUES
	('SELECT aiconsent.sensitivity_send($bad$)'),
	('SELECT aiconsent.sensitivity_level($bad$)'),
	('SELECT aiconsent.sensitivity_categories($bad$)'),
	('SELECT $bad$ OPERATOR(aiconsent.<@) ''never'''),
	('SELECT ''public'' OPERATOR(aiconsent.<@) $bad$'),
	('SELECT ''public'' OPERATOR(aiconsent.+) $bad$'),
	('SELECT ''public'' OPERATOR(aiconsent.*) $bad$'),
	('SELECT ''public'' OPERATOR(aiconsent.=) $bad$'),
	('SELECT $bad$ OPERATOR(aiconsent.<) ''public'''),
	('SELECT aiconsent.sensitivity_hash($bad$)'),
	('SELECT aiconsent.sensitivity_hash_extended($bad$, 1)')
) AS t(statement);

CREATE TABLE sensitivity_wide (k integer, s aiconsent.sensitivity)
	WITH (toast_tuple_target = 128);
INSERT INTO sensitivity_wide VALUES
	(1, format('personal{%s}', pg_temp.siblings(32, 63))::aiconsent.sensitivity);
ALTER TABLE sensitivity_wide ALTER s SET STORAGE external;
INSERT INTO sensitivity_wide VALUES
	(2, format('personal{%s}', pg_temp.siblings(32, 63))::aiconsent.sensitivity);
SELECT ok(
	(SELECT pg_column_size(s) FROM sensitivity_wide WHERE k = 1) < 2049
	AND (SELECT pg_relation_size(reltoastrelid) > 0 FROM pg_catalog.pg_class
		WHERE oid = 'sensitivity_wide'::regclass),
	'a wide label can be compressed, and stored out of line');
SELECT ok(bool_and(s::text = format('personal{%s}', pg_temp.siblings(32, 63))),
	'and reads as it was') FROM sensitivity_wide;
SELECT ok(a.s OPERATOR(aiconsent.=) b.s
		AND aiconsent.sensitivity_hash(a.s) = aiconsent.sensitivity_hash(b.s)
		AND aiconsent.sensitivity_hash_extended(a.s, 7)
			= aiconsent.sensitivity_hash_extended(b.s, 7)
		AND a.s OPERATOR(aiconsent.<@) b.s
		AND (a.s OPERATOR(aiconsent.+) b.s)::text = a.s::text,
	'and is equal to itself, however stored')
FROM sensitivity_wide a, sensitivity_wide b WHERE a.k = 1 AND b.k = 2;


-- Where the server has soft errors

CREATE FUNCTION pg_temp.soft(input text, OUT result text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT concat_ws(E''\n'', sql_error_code || '' '' || message,
			detail, hint)
		FROM pg_catalog.pg_input_error_info($1, ''aiconsent.sensitivity'')'
		INTO result USING input;
END
$$;
SELECT CASE WHEN current_setting('server_version_num')::integer >= 160000
	THEN is(pg_temp.soft(input), pg_temp.failure_of_input(input), promise)
	ELSE skip('this server has no soft errors', 1) END
FROM (VALUES
	('persnal', 'a mistake can be asked for without an error'),
	('personal{A}', 'so can one in a category'),
	('personal{' || pg_temp.siblings(33, 4) || '}', 'so can a limit')
) AS t(input, promise);
SELECT CASE WHEN current_setting('server_version_num')::integer >= 160000
	THEN is(pg_temp.soft('personal{a}'), '', 'what is right is no mistake')
	ELSE skip('this server has no soft errors', 1) END;


-- In any session

CREATE SCHEMA hostile;
CREATE DOMAIN hostile.sensitivity AS text;
CREATE FUNCTION hostile.yes(aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR hostile.<@ (FUNCTION = hostile.yes,
	LEFTARG = aiconsent.sensitivity, RIGHTARG = aiconsent.sensitivity);
CREATE OPERATOR hostile.= (FUNCTION = hostile.yes,
	LEFTARG = aiconsent.sensitivity, RIGHTARG = aiconsent.sensitivity);
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(input::aiconsent.sensitivity::text
		|| (s OPERATOR(aiconsent.<@) 'sensitive{content,a}')
		|| (s OPERATOR(aiconsent.+) 'public{b}')
		|| (s OPERATOR(aiconsent.*) 'sensitive{content.post,a}'), ';'
		ORDER BY s, i))
	FROM label
$$;
CREATE TEMPORARY TABLE digest AS SELECT pg_temp.digest() AS here;
SET LOCAL search_path = hostile, pg_catalog, public;
SELECT is(pg_temp.digest(), here, 'whatever the search_path') FROM digest;
SET LOCAL search_path = public;
SET LOCAL TimeZone = 'Pacific/Kiritimati';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL standard_conforming_strings = off;
SET LOCAL lc_messages = 'C';
SET LOCAL lc_numeric = 'C';
SELECT is(pg_temp.digest(), here, 'whatever the zone and style')
FROM digest;
SET LOCAL standard_conforming_strings = on;


-- In the catalog

CREATE TEMPORARY VIEW object AS
SELECT classid, objid, pg_describe_object(classid, objid, 0) AS name
FROM pg_catalog.pg_depend
WHERE refclassid = 'pg_catalog.pg_extension'::regclass
	AND refobjid = (SELECT oid FROM pg_catalog.pg_extension
		WHERE extname = 'aiconsent')
	AND deptype = 'e'
	AND pg_describe_object(classid, objid, 0) ~ ('^type aiconsent.sensitivity$'
		'|^(function|operator (class|family)) aiconsent.sensitivity_'
		'|^operator .*sensitivity');
SELECT pg_temp.none($$SELECT proname FROM pg_catalog.pg_proc
	WHERE pronamespace = 'aiconsent'::regnamespace
		AND starts_with(proname, 'sensitivity_') AND prokind = 'f'
		AND NOT (provolatile = 'i' AND proisstrict AND proparallel = 's'
			AND NOT prosecdef AND NOT proleakproof)$$,
	'every function is immutable, strict and parallel safe');
SELECT is(proparallel::text, 's', 'so is the aggregate') FROM pg_catalog.pg_proc
WHERE oid = 'aiconsent.sensitivity_join(aiconsent.sensitivity)'::regprocedure;
SELECT results_eq($$SELECT format('%s %s %s', oprname, oprcom::regoper,
		oprnegate::regoper) COLLATE "C"
	FROM pg_catalog.pg_operator
	WHERE oprleft = 'aiconsent.sensitivity'::regtype
		AND oprnamespace = 'aiconsent'::regnamespace
	ORDER BY oprname COLLATE "C"$$,
	$$SELECT format('%s aiconsent.%s %s', name, commutator,
		COALESCE('aiconsent.' || negator, '0')) COLLATE "C"
	FROM (VALUES ('*', '*', NULL), ('+', '+', NULL), ('<', '>', '>='),
		('<=', '>=', '>'), ('<>', '<>', '='), ('<@', '@>', NULL),
		('=', '=', '<>'), ('>', '<', '<='), ('>=', '<=', '<'),
		('@>', '<@', NULL)) AS t(name, commutator, negator)$$,
	'every operator has its commutator and its negator');
-- The type, 19 functions, an aggregate, 10 operators, 2 classes, 2 families.
SELECT is(count(*), 35::bigint, 'the type has its objects') FROM object;
SELECT pg_temp.none('SELECT name FROM object
	WHERE pg_catalog.obj_description(objid,
		(SELECT relname FROM pg_catalog.pg_class WHERE oid = classid)) IS NULL',
	'and each has a comment');

SELECT * FROM finish();
ROLLBACK;
