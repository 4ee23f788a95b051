-- What can a role read above public, outside the training views?
--
-- src/derive.c says what a column is made of; the rest is plain SQL: who may
-- read what.  A role is taken to have the rights of every role that it is a
-- member of, since SET ROLE reaches it, and USAGE of a schema and SELECT may
-- come from different ones, since a prepared statement keeps what it found.
--
-- Not seen: what a trigger, a program or somebody by hand copies; what a copy
-- that a rule or function made gives to views over it; which rows row security
-- lets through; large objects; other databases that dblink has a password for.

CREATE FUNCTION aiconsent.relation_flow(
	relation regclass, OUT rule oid, OUT target oid, OUT attnum smallint,
	OUT field text, OUT base text[], OUT known aiconsent.sensitivity,
	OUT unknown text[])
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 10;
REVOKE ALL ON FUNCTION aiconsent.relation_flow(regclass) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.relation_flow(regclass) IS
'what the columns of a table or view are derived from, one row a column, and for a view one more, with field NULL, for what decides which rows there are. rule: it is this rule on the relation that gives or writes the value; target: where it can be read, NULL: from the statement that fires the rule; base: columns of tables; known: the join of all their labels and of those on the way; unknown: base columns without a label, and functions that may read anything. What is read through a training view only is left out. Needs no right on the relation. For auditors.';

CREATE FUNCTION aiconsent.function_flow(
	function regprocedure, OUT rule oid, OUT target oid, OUT attnum smallint,
	OUT field text, OUT base text[], OUT known aiconsent.sensitivity,
	OUT unknown text[])
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 10;
REVOKE ALL ON FUNCTION aiconsent.function_flow(regprocedure) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.function_flow(regprocedure) IS
'the same of a function with an SQL-standard body: target NULL: what it returns, else what it writes into that table. No rows for any other function. For auditors.';

CREATE VIEW aiconsent.exposure AS
WITH RECURSIVE
acts_as (role, actor) AS (
	SELECT r.oid, r.oid FROM pg_catalog.pg_roles r
	UNION
	SELECT a.role, m.roleid FROM acts_as a JOIN (
		SELECT member, roleid FROM pg_catalog.pg_auth_members
		UNION ALL
		-- A database's owner is a member of this one without any record.
		SELECT d.datdba, o.oid
		FROM pg_catalog.pg_database d, pg_catalog.pg_roles o
		WHERE d.datname = pg_catalog.current_database()
			AND o.rolname = 'pg_database_owner') m ON m.member = a.actor
),
-- Whose rights a role has; 0 is PUBLIC.  Superusers have a row of their own.
holder AS MATERIALIZED (
	SELECT a.role, r.rolname AS name, a.actor, s.rolname AS actor_name,
		s.rolsuper AS super,
		CASE WHEN a.role <> a.actor
			THEN pg_catalog.format('member of %I: ', s.rolname) ELSE '' END AS via
	FROM acts_as a
		JOIN pg_catalog.pg_roles r ON r.oid = a.role
		JOIN pg_catalog.pg_roles s ON s.oid = a.actor
	WHERE NOT r.rolsuper AND r.rolname !~ '^pg_'
	UNION ALL
	SELECT r.oid, r.rolname, 0, NULL, false, '' FROM pg_catalog.pg_roles r
	WHERE NOT r.rolsuper AND r.rolname !~ '^pg_'
),
-- Every privilege that can open a way, and who was given it.
privilege (class, object, attnum, privilege, actor, how) AS MATERIALIZED (
	SELECT c.tableoid, c.oid, 0, a.privilege_type, a.grantee,
		CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE 'grant' END
	FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
	WHERE a.grantee <> c.relowner AND c.relpersistence <> 't'
	UNION ALL
	SELECT c.tableoid, a.attrelid, a.attnum, x.privilege_type, x.grantee,
		CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE 'grant' END
	FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid,
		pg_catalog.aclexplode(a.attacl) x
	WHERE x.grantee <> c.relowner AND NOT a.attisdropped
	UNION ALL
	-- An owner can give itself what it took from itself.
	SELECT c.tableoid, c.oid, 0, p, c.relowner, 'owner'
	FROM pg_catalog.pg_class c,
		(VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) v(p)
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
	UNION ALL
	SELECT n.tableoid, n.oid, 0, a.privilege_type, a.grantee, ''
	FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
	UNION ALL
	SELECT n.tableoid, n.oid, 0, 'USAGE', n.nspowner, ''
	FROM pg_catalog.pg_namespace n
	UNION ALL
	SELECT p.tableoid, p.oid, 0, a.privilege_type, a.grantee,
		CASE a.grantee WHEN 0 THEN 'PUBLIC' WHEN p.proowner THEN 'owner' ELSE 'grant' END
	FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang,
		pg_catalog.aclexplode(COALESCE(
			p.proacl, pg_catalog.acldefault('f', p.proowner))) a
	-- Of the rest everybody may execute all, and nobody gains by it.
	WHERE p.prosecdef OR p.proacl IS NOT NULL
		OR NOT l.lanpltrusted AND l.lanname NOT IN ('c', 'internal')
	UNION ALL
	SELECT s.tableoid, s.oid, 0, a.privilege_type, a.grantee, 'grant'
	FROM pg_catalog.pg_foreign_server s, pg_catalog.aclexplode(s.srvacl) a
	UNION ALL
	SELECT s.tableoid, s.oid, 0, 'USAGE', s.srvowner, 'owner'
	FROM pg_catalog.pg_foreign_server s
	UNION ALL
	SELECT w.tableoid, w.oid, 0, a.privilege_type, a.grantee, 'grant'
	FROM pg_catalog.pg_foreign_data_wrapper w, pg_catalog.aclexplode(w.fdwacl) a
),
-- The same by role.  chosen: somebody gave it to it, and not to everybody.
may AS MATERIALIZED (
	SELECT h.role, h.name, p.class, p.object, p.attnum, p.privilege,
		pg_catalog.string_agg(DISTINCT h.via || p.how, ', ') AS via,
		pg_catalog.bool_or(p.how = 'grant' AND h.actor_name !~ '^pg_')
			AND pg_catalog.bool_and(p.actor <> 0) AS chosen
	FROM privilege p JOIN holder h ON h.actor = p.actor AND NOT h.super
	GROUP BY h.role, h.name, p.class, p.object, p.attnum, p.privilege
),
usable AS MATERIALIZED (
	SELECT m.role, m.object AS namespace FROM may m
	WHERE m.class = 'pg_catalog.pg_namespace'::pg_catalog.regclass
		AND m.privilege = 'USAGE'
),
-- An operator, cast or aggregate calls its function without asking for USAGE.
-- So does a view, but that is seen where the view is.
built_upon (function) AS MATERIALIZED (
	SELECT d.refobjid FROM pg_catalog.pg_depend d
	WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
		AND d.classid <> 'pg_catalog.pg_rewrite'::pg_catalog.regclass
),
-- What a view reads, as whom: 0 is who asks.
reads (object, reader, relation, attnum) AS (
	SELECT c.oid, CASE WHEN o.option_value::boolean THEN 0 ELSE c.relowner END,
		d.refobjid, d.refobjsubid
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.ev_type = '1'
		JOIN pg_catalog.pg_depend d ON d.classid = r.tableoid AND d.objid = r.oid
			AND d.refclassid = c.tableoid AND d.refobjid <> c.oid
		LEFT JOIN LATERAL (SELECT option_value
			FROM pg_catalog.pg_options_to_table(c.reloptions)
			WHERE option_name = 'security_invoker') o ON true
	WHERE c.relkind = 'v'
),
needs AS (
	SELECT * FROM reads
	UNION
	SELECT n.object, r.reader, r.relation, r.attnum
	FROM needs n JOIN reads r ON r.object = n.relation
),
-- Views that fail for a role: who reads below them may not.
fails AS MATERIALIZED (
	SELECT h.role, n.object
	FROM needs n CROSS JOIN holder h
		CROSS JOIN LATERAL (
			SELECT CASE n.reader WHEN 0 THEN h.actor ELSE n.reader END) a(actor)
	WHERE h.actor <> 0
	GROUP BY h.role, n.object, n.reader, n.relation, n.attnum
	HAVING NOT pg_catalog.bool_or(CASE n.attnum
		WHEN 0 THEN pg_catalog.has_any_column_privilege(a.actor, n.relation, 'SELECT')
		ELSE pg_catalog.has_column_privilege(
			a.actor, n.relation, n.attnum::smallint, 'SELECT') END)
),
flow AS (
	SELECT c.tableoid AS class, c.oid AS object, c.relnamespace AS namespace,
		c.relkind, NULL::oid AS owner, f.*
	FROM pg_catalog.pg_class c, aiconsent.relation_flow(c.oid) f
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
		AND (c.oid >= 16384 OR c.oid IN (
			'pg_catalog.pg_statistic'::pg_catalog.regclass,
			'pg_catalog.pg_statistic_ext_data'::pg_catalog.regclass,
			'pg_catalog.pg_largeobject'::pg_catalog.regclass))
	UNION ALL
	-- Without rights of its own it gives its caller nothing, but it can copy.
	SELECT p.tableoid, p.oid, p.pronamespace, NULL, p.proowner, f.*
	FROM pg_catalog.pg_proc p, aiconsent.function_flow(p.oid) f
	WHERE p.prosqlbody IS NOT NULL AND (p.prosecdef OR f.target IS NOT NULL)
),
-- What is above public, and the privilege on what that it takes to read it:
-- of where it is or is written to, on what fires the rule, or of the function.
path AS MATERIALIZED (
	SELECT pg_catalog.row_number() OVER () AS id, f.*,
		COALESCE(t.tableoid, f.class) AS gate_class,
		COALESCE(t.oid, f.object) AS gate,
		COALESCE(t.relnamespace, f.namespace) AS gate_namespace,
		CASE WHEN t.oid IS NOT NULL THEN 'SELECT'
			WHEN w.oid IS NULL THEN 'EXECUTE'
			WHEN w.ev_type = '2' THEN 'UPDATE'
			WHEN w.ev_type = '3' THEN 'INSERT' ELSE 'DELETE' END AS privilege,
		w.rulename
	FROM flow f
		LEFT JOIN pg_catalog.pg_class t ON t.oid = f.target
		LEFT JOIN pg_catalog.pg_rewrite w ON w.oid = f.rule
	WHERE f.unknown <> '{}' OR aiconsent.sensitivity_level(f.known) <> 'public'
),
reader AS (
	SELECT p.id, m.name, pg_catalog.string_agg(DISTINCT m.via, ', ') AS via
	FROM path p JOIN may m ON m.class = p.gate_class AND m.object = p.gate
		AND m.privilege = p.privilege
	WHERE (m.attnum = 0 OR m.attnum = p.attnum OR p.attnum IS NULL
			OR p.privilege <> 'SELECT')
		AND ((m.role, p.gate_namespace) IN (SELECT u.role, u.namespace FROM usable u)
			OR p.privilege = 'EXECUTE'
				AND p.gate IN (SELECT b.function FROM built_upon b))
		-- A rule reads as its table's owner, whoever the view reads as.
		AND (p.relkind IS DISTINCT FROM 'v' OR p.rule IS NOT NULL
			OR (m.role, p.object) NOT IN (SELECT f.role, f.object FROM fails f))
		-- A function that has its caller's rights anyhow opens nothing.
		AND (p.privilege <> 'EXECUTE'
			OR (m.role, p.owner) NOT IN (SELECT h.role, h.actor FROM holder h))
	GROUP BY p.id, m.name
),
opaque (role, object, via, detail) AS (
	SELECT r.rolname, 'superuser', 'attribute', 'reads everything'
	FROM pg_catalog.pg_roles r WHERE r.rolsuper
	UNION ALL
	SELECT h.name, 'superuser', h.via || 'attribute', 'reads everything'
	FROM holder h WHERE h.super
	UNION ALL
	SELECT h.name, 'replication', h.via || 'attribute', 'copies the whole cluster, or what it logs'
	FROM holder h JOIN pg_catalog.pg_roles s ON s.oid = h.actor
	WHERE s.rolreplication AND NOT s.rolsuper
	UNION ALL
	SELECT h.name, 'createrole', h.via || 'attribute', 'can make itself a member of roles that read everything'
	FROM holder h JOIN pg_catalog.pg_roles s ON s.oid = h.actor
	WHERE s.rolcreaterole AND NOT s.rolsuper
		AND pg_catalog.current_setting('server_version_num')::integer < 160000
	UNION ALL
	SELECT h.name, h.actor_name, 'membership', d.detail
	FROM holder h JOIN (VALUES
		('pg_read_all_data', 'reads every table and view'),
		('pg_read_server_files', 'reads the files that tables are in'),
		('pg_write_all_data', 'fires every rule, and is given what it gives'),
		('pg_write_server_files', 'can replace files, and read by that whatever it likes'),
		('pg_execute_server_program', 'runs programs that read the files that tables are in'),
		('pg_read_all_stats', 'sees the statements of others, with the values in them')
		) d(name, detail) ON d.name = h.actor_name
	UNION ALL
	SELECT m.name, pg_catalog.format('%s %I', k.what, k.name), m.via,
		'can define tables that read through it'
	FROM may m JOIN (
		SELECT tableoid, oid, srvname AS name, 'foreign server' AS what
		FROM pg_catalog.pg_foreign_server
		UNION ALL
		SELECT tableoid, oid, fdwname, 'foreign data wrapper'
		FROM pg_catalog.pg_foreign_data_wrapper) k
		ON k.tableoid = m.class AND k.oid = m.object
	WHERE m.privilege = 'USAGE'
	UNION ALL
	SELECT m.name, pg_catalog.format('%I.%I', n.nspname, c.relname), m.via,
		'TRIGGER: code of its own can be given every row that is written'
	FROM may m JOIN pg_catalog.pg_class c ON c.tableoid = m.class AND c.oid = m.object
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE m.privilege = 'TRIGGER' AND c.oid >= 16384
	UNION ALL
	SELECT m.name, pg_catalog.format('%I.%I(%s)', n.nspname, f.proname,
		pg_catalog.pg_get_function_identity_arguments(f.oid)), m.via,
		CASE WHEN f.prosecdef
			THEN pg_catalog.format('reads with the rights of %I what is not recorded',
				pg_catalog.pg_get_userbyid(f.proowner))
			WHEN l.lanname IN ('c', 'internal') THEN 'is not for everybody, and reads what is not recorded'
			ELSE 'is written in a language that can read files' END
	FROM may m
		JOIN pg_catalog.pg_proc f ON f.tableoid = m.class AND f.oid = m.object
		JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
		JOIN pg_catalog.pg_language l ON l.oid = f.prolang
	WHERE n.nspname <> 'aiconsent'
		AND ((m.role, n.oid) IN (SELECT u.role, u.namespace FROM usable u)
			OR f.oid IN (SELECT b.function FROM built_upon b))
		AND f.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype,
			'pg_catalog.event_trigger'::pg_catalog.regtype)
		AND CASE WHEN f.prosecdef THEN f.prosqlbody IS NULL
				AND (m.role, f.proowner) NOT IN (SELECT h.role, h.actor FROM holder h)
			-- The server's and extensions' keep the rights of who calls them;
			-- but not all of those that they keep from PUBLIC.
			WHEN l.lanname IN ('c', 'internal') THEN m.chosen
			ELSE NOT l.lanpltrusted END
)
SELECT r.name AS role,
	CASE WHEN p.rule IS NOT NULL THEN 'rule'
		WHEN f.oid IS NOT NULL THEN 'function'
		WHEN p.relkind = 'v' THEN 'view'
		WHEN p.relkind = 'm' THEN 'materialized view'
		WHEN a.attgenerated <> '' THEN 'generated column'
		ELSE 'table' END AS kind,
	CASE WHEN p.rule IS NOT NULL
		THEN pg_catalog.format('%I on %I.%I', p.rulename, n.nspname, c.relname)
		WHEN f.oid IS NOT NULL
		THEN pg_catalog.format('%I.%I(%s)', n.nspname, f.proname,
			pg_catalog.pg_get_function_identity_arguments(f.oid))
		ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END AS object,
	p.field,
	CASE WHEN p.unknown = '{}' THEN p.known END AS sensitivity,
	p.base,
	r.via,
	NULLIF(pg_catalog.concat_ws('; ',
		CASE WHEN p.unknown <> '{}' THEN 'at least ' || p.known::text || ', unknown: '
			|| pg_catalog.array_to_string(p.unknown, ', ') END,
		CASE WHEN p.field IS NULL THEN 'decides which rows there are' END,
		CASE WHEN p.target IS NOT NULL AND (p.rule IS NOT NULL OR f.oid IS NOT NULL)
			THEN pg_catalog.format('is written into %I.%I', tn.nspname, t.relname) END,
		CASE WHEN p.relkind = 'm' THEN 'a copy, as of its last refresh' END),
		'') AS detail
FROM reader r
	JOIN path p ON p.id = r.id
	JOIN pg_catalog.pg_namespace n ON n.oid = p.namespace
	LEFT JOIN pg_catalog.pg_class c ON c.tableoid = p.class AND c.oid = p.object
	LEFT JOIN pg_catalog.pg_proc f ON f.tableoid = p.class AND f.oid = p.object
	LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
	LEFT JOIN pg_catalog.pg_class t ON t.oid = p.target
	LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
UNION ALL
SELECT o.role, 'opaque', o.object, NULL, NULL, NULL, o.via, o.detail
FROM opaque o;
REVOKE ALL ON TABLE aiconsent.exposure FROM PUBLIC;
COMMENT ON VIEW aiconsent.exposure IS
'for each role, every field above public that it can read outside the training views, or that nobody has labelled (sensitivity NULL): by a table, a view, a copy, a rule or a function with rights of its own. base: the columns of tables that it is derived from; via: what gives the right. A row with field NULL is about what decides which rows there are. opaque: ways of reading that are not recorded, which are never safe. A training view that its owner altered is still left out: drift has it. For auditors, who need EXECUTE on relation_flow() and function_flow().';
