-- Is what is there still what was declared?

CREATE FUNCTION aiconsent.publication_drift(
	OUT purpose text, OUT source regclass, OUT view regclass,
	OUT finding text, OUT detail text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10;
REVOKE ALL ON FUNCTION aiconsent.publication_drift() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.publication_drift() IS
'training views that are not what publish() would make now, or that somebody altered, of every purpose that was published. source NULL: it is no source''s; view NULL: it is missing. For auditors.';

CREATE FUNCTION aiconsent.clearance_of(purpose text) RETURNS aiconsent.sensitivity
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.clearance_of(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.clearance_of(text) IS
'what a purpose may use now: the meet of its clearance in force and of those to come; NULL: it has none. For auditors.';

-- What values look like that are not just what somebody wrote.
CREATE TABLE aiconsent.value_pattern (
	pattern text COLLATE "C" PRIMARY KEY,
	looks_like text NOT NULL,
	sensitivity aiconsent.sensitivity NOT NULL,
	share real NOT NULL CHECK (share >= 0 AND share <= 1),
	own boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE aiconsent.value_pattern IS
'regular expressions for values of a field, and what the field then holds; add your own';
COMMENT ON COLUMN aiconsent.value_pattern.share IS
'of the values that are looked at: so many must match; 0: one is enough';
COMMENT ON COLUMN aiconsent.value_pattern.own IS
'yours, and not of those that come with the extension';
-- Sources: RFC 5321 (addresses), E.164 (telephone), RFC 791 and 4291 (IP),
-- ISO 13616 (IBAN), ISO/IEC 7812 (cards), RFC 7468 (PEM), RFC 7519 (JWT), and the
-- prefixes under which crypt(3) keeps what a password was hashed by.
INSERT INTO aiconsent.value_pattern (pattern, looks_like, sensitivity, share, own) VALUES
	('^\s*[^@\s]+@[^@\s]+[.][A-Za-z]{2,}\s*$', 'an e-mail address', 'personal{contact}', 0.5, false),
	('^\s*([+]|00|0)[1-9][0-9 ().\-/]{6,17}\s*$', 'a telephone number', 'personal{contact}', 0.5, false),
	('^\s*([0-9]{1,3}[.]){3}[0-9]{1,3}(/[0-9]+)?\s*$', 'an IP address', 'personal{network.address}', 0.5, false),
	('^\s*[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){3,7}(/[0-9]+)?\s*$', 'an IP or MAC address', 'personal{network.address}', 0.5, false),
	('^\s*[0-9]{3}-[0-9]{2}-[0-9]{4}\s*$', 'a social security number', 'personal{identifier}', 0.5, false),
	('^\s*756[.]?[0-9]{4}[.]?[0-9]{4}[.]?[0-9]{2}\s*$', 'a social security number', 'personal{identifier}', 0.5, false),
	('^\s*[12] ?[0-9]{2} ?[0-9]{2} ?[0-9AB]{2} ?[0-9]{3} ?[0-9]{3}( ?[0-9]{2})?\s*$', 'a social security number', 'personal{identifier}', 0.5, false),
	('^\s*[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){2,7}( ?[A-Z0-9]{1,3})?\s*$', 'an IBAN', 'never{payment}', 0.5, false),
	('^\s*[3-6][0-9]{3}([ -]?[0-9]{4}){2}[ -]?[0-9]{1,4}\s*$', 'a card number', 'never{payment}', 0.5, false),
	('-----BEGIN [A-Z ]*PRIVATE KEY-----', 'a private key', 'never{credential}', 0, false),
	('\yeyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.]', 'a token', 'never{credential}', 0, false),
	('^\s*[$](1|2[abxy]?|5|6|7|y|gy|argon2(i|d|id)|scrypt|pbkdf2[a-z0-9-]*)[$]', 'a hashed password', 'never{credential}', 0, false);
SELECT pg_catalog.pg_extension_config_dump('aiconsent.value_pattern', 'WHERE own');

CREATE FUNCTION aiconsent.field_looks(
	OUT relation regclass, OUT field name, OUT pattern text,
	OUT matching bigint, OUT looked_at bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100;
REVOKE ALL ON FUNCTION aiconsent.field_looks() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.field_looks() IS
'the text fields of sources that are labelled, and not never, in which values match a pattern of value_pattern: how many, of those of at most a hundred rows from about ten pages of the table. Tables are read as their owners; no value leaves. field and the rest NULL: the table cannot be read. Views and foreign tables are not looked into. For auditors.';

CREATE VIEW aiconsent.drift AS
WITH declared AS MATERIALIZED (
	SELECT d.relation, pg_catalog.bool_or(d.kind = 'source') AS is_source,
		pg_catalog.bool_or(d.kind = 'subject') AS is_subject,
		pg_catalog.array_agg(d.attnum) AS attnums
	FROM aiconsent.declarations() d GROUP BY d.relation
),
name_of AS (
	SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
),
guessed AS MATERIALIZED (
	SELECT g.relation, g.field, g.sensitivity FROM aiconsent.guess g
	WHERE g.sensitivity IS NOT NULL
),
clearance AS MATERIALIZED (
	SELECT c.clearance FROM aiconsent.purpose p, aiconsent.clearance_of(p.name) c (clearance)
	WHERE c.clearance IS NOT NULL
),
looks AS MATERIALIZED (SELECT * FROM aiconsent.field_looks()),
-- Fields of sources with what else they seem to hold, by name and by content
seems AS (
	SELECT f.relation, f.field, f.sensitivity, g.sensitivity AS seeming,
		'its name tells of ' || g.sensitivity::text AS why
	FROM aiconsent.field f JOIN guessed g USING (relation, field)
	WHERE f.reason IS NULL -- else somebody thought of it
	UNION ALL
	SELECT f.relation, f.field, f.sensitivity, p.sensitivity,
		pg_catalog.format('%s of %s values look like %s, which is %s', l.matching, l.looked_at, p.looks_like, p.sensitivity)
	FROM looks l JOIN aiconsent.value_pattern p USING (pattern)
		JOIN aiconsent.field f USING (relation, field)
	WHERE l.matching >= p.share * l.looked_at
)
SELECT 'nobody has said what a column holds' AS finding,
	pg_catalog.format('%s.%I', n.name, a.attname) AS object,
	pg_catalog.concat_ws('; ', CASE WHEN d.is_source THEN 'it is not released' END,
		'its name tells of ' || g.sensitivity::text) AS detail,
	pg_catalog.format('SELECT aiconsent.register_field(%L, %L, %L);', n.name, a.attname,
		COALESCE(g.sensitivity::text, '...')) AS mend
FROM declared d
	JOIN name_of n ON n.oid = d.relation
	JOIN pg_catalog.pg_attribute a ON a.attrelid = d.relation AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN guessed g ON g.relation = d.relation AND g.field = a.attname
WHERE a.attnum <> ALL (d.attnums) -- of those it is said what they are
	AND NOT EXISTS (SELECT FROM pg_catalog.pg_seclabel l
		WHERE l.provider = 'aiconsent' AND l.objoid = a.attrelid AND l.objsubid = a.attnum
			AND l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass)
	-- A table of which nothing may ever be used needs no more.
	AND NOT (EXISTS (SELECT FROM pg_catalog.pg_seclabel t
			WHERE t.provider = 'aiconsent' AND t.objoid = a.attrelid AND t.objsubid = 0
				AND t.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
				AND aiconsent.sensitivity_level(aiconsent.label_sensitivity(t.label)) = 'never')
		AND NOT EXISTS (SELECT FROM aiconsent.class k WHERE k.relation = d.relation))
UNION ALL
SELECT 'a table refers to persons and is not declared', n.name,
	'by ' || pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(a.attname), ', '),
	pg_catalog.format('SELECT aiconsent.register_source(%L, %L, occurred_at => %L);', n.name,
		pg_catalog.array_agg(DISTINCT a.attname || CASE WHEN a.attnotnull THEN '' ELSE '?' END)::text, '...')
FROM declared s JOIN pg_catalog.pg_constraint c ON c.confrelid = s.relation AND c.contype = 'f' AND c.conparentid = 0
	JOIN pg_catalog.pg_class r ON r.oid = c.conrelid AND NOT r.relispartition
	JOIN name_of n ON n.oid = r.oid
	JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY (c.conkey)
WHERE s.is_subject AND NOT EXISTS (SELECT FROM declared d WHERE d.relation = r.oid)
GROUP BY n.name
UNION ALL
SELECT p.finding, COALESCE(v.name, n.name, p.purpose || '''s corpus'),
	pg_catalog.concat_ws('; ', 'for ' || p.purpose, CASE WHEN p.view IS NOT NULL THEN 'of ' || n.name END, p.detail),
	pg_catalog.format('SELECT aiconsent.publish(%L);', p.purpose)
FROM aiconsent.publication_drift() p
	LEFT JOIN name_of n ON n.oid = p.source LEFT JOIN name_of v ON v.oid = p.view
UNION ALL
SELECT 'no policy admits the label', pg_catalog.format('%s.%I', n.name, f.field),
	f.sensitivity::text,
	pg_catalog.format('SELECT aiconsent.adopt_policy(clearance => ...); or SELECT aiconsent.register_field(%L, %L, ''never{...}'');', n.name, f.field)
FROM aiconsent.field f JOIN name_of n ON n.oid = f.relation
WHERE aiconsent.sensitivity_level(f.sensitivity) <> 'never'
	AND f.relation IN (SELECT relation FROM declared WHERE is_source)
	AND EXISTS (SELECT FROM clearance)
	AND NOT EXISTS (SELECT FROM clearance c WHERE f.sensitivity OPERATOR(aiconsent.<@) c.clearance)
UNION ALL
SELECT 'a table cannot be looked into', n.name,
	'its owner may not read it, or code of its owner''s fails',
	pg_catalog.format('SET ROLE %I; SELECT * FROM %s LIMIT 1;', pg_catalog.pg_get_userbyid(c.relowner), n.name)
FROM looks l JOIN name_of n ON n.oid = l.relation JOIN pg_catalog.pg_class c ON c.oid = n.oid
WHERE l.field IS NULL
UNION ALL
SELECT 'a column looks like something else than its label says',
	pg_catalog.format('%s.%I', n.name, s.field),
	s.sensitivity::text || '; ' || s.why,
	pg_catalog.format('SELECT aiconsent.register_field(%L, %L, %L);', n.name, s.field,
		(s.sensitivity OPERATOR(aiconsent.+) s.seeming)::text)
FROM seems s JOIN name_of n ON n.oid = s.relation
WHERE s.relation IN (SELECT relation FROM declared WHERE is_source)
	AND aiconsent.sensitivity_level(s.sensitivity) <> 'never'
	AND NOT s.seeming OPERATOR(aiconsent.<@) s.sensitivity
	-- Whose text it is and what kind of text, a name tells least of all.
	AND NOT (s.seeming::text ~ '^personal[{]content' AND aiconsent.sensitivity_level(s.sensitivity) <> 'public');
REVOKE ALL ON TABLE aiconsent.drift FROM PUBLIC;
COMMENT ON VIEW aiconsent.drift IS
'what is not as it was declared: columns that neither a label nor a declaration speaks of, tables that refer to persons and are not declared, training views that are stale, altered or missing, labels that no policy admits, and fields whose name or content looks like something that their label does not say. mend: the statement, where ... is yours to fill in. No finding releases anything. For auditors.';
COMMENT ON COLUMN aiconsent.drift.object IS
'a column, table or view';
