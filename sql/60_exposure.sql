-- What can a role read above public, outside the training views?
--
-- src/derive.c says what a column is made of; the rest is plain SQL: who may
-- read what.  A role is taken to have the rights of every role that it is a
-- member of, since SET ROLE reaches it, and USAGE of a schema and SELECT may
-- come from different ones, since a prepared statement keeps what it found.

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

-- What it joins, the planner knows nothing of, and takes for a row or two: to go
-- through one list for each of another would take hours in a large schema.
CREATE FUNCTION aiconsent.exposures()
	RETURNS TABLE (role name, kind text, object text, field text,
		sensitivity aiconsent.sensitivity, base text[], via text, detail text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1000
	SET search_path = pg_catalog, aiconsent, pg_temp
	SET enable_nestloop = off
	SET enable_mergejoin = off
	SET jit = off
AS $$
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
	FROM pg_catalog.pg_proc p, pg_catalog.aclexplode(COALESCE(
		p.proacl, pg_catalog.acldefault('f', p.proowner))) a
	-- What is everybody's and has its caller's rights gives nobody anything.
	WHERE p.prosecdef OR p.proacl IS NOT NULL OR p.prolang IN (
		SELECT l.oid FROM pg_catalog.pg_language l
		WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('c', 'internal'))
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
may AS MATERIALIZED (
	SELECT h.role, h.name, p.class, p.object, p.attnum, p.privilege,
		pg_catalog.string_agg(DISTINCT h.via || p.how, ', ') AS via
	FROM privilege p JOIN holder h ON h.actor = p.actor AND NOT h.super
	GROUP BY h.role, h.name, p.class, p.object, p.attnum, p.privilege
),
-- What a view or function reads, as whom: 0 is who asks.
reads (class, object, reader, relation, attnum) AS (
	SELECT c.tableoid, c.oid,
		CASE WHEN o.option_value::boolean THEN 0 ELSE c.relowner END,
		d.refobjid, d.refobjsubid
	FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.ev_type = '1'
		JOIN pg_catalog.pg_depend d ON d.classid = r.tableoid AND d.objid = r.oid
			AND d.refclassid = c.tableoid AND d.refobjid <> c.oid
		LEFT JOIN LATERAL (SELECT option_value
			FROM pg_catalog.pg_options_to_table(c.reloptions)
			WHERE option_name = 'security_invoker') o ON true
	WHERE c.relkind = 'v'
	UNION ALL
	SELECT p.tableoid, p.oid, p.proowner, d.refobjid, d.refobjsubid
	FROM pg_catalog.pg_proc p
		JOIN pg_catalog.pg_depend d ON d.classid = p.tableoid AND d.objid = p.oid
			AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
	WHERE p.prosecdef AND p.prosqlbody IS NOT NULL
),
needs (class, object, reader, relation, attnum) AS (
	SELECT * FROM reads
	UNION
	-- Through views; what one reads as who asks, a function asks as its owner.
	SELECT n.class, n.object,
		CASE WHEN r.reader = 0 AND n.class = 'pg_catalog.pg_proc'::pg_catalog.regclass
			THEN n.reader ELSE r.reader END,
		r.relation, r.attnum
	FROM needs n JOIN reads r ON r.object = n.relation
		AND r.class = 'pg_catalog.pg_class'::pg_catalog.regclass
),
-- What fails: a view whose owner may not read what it reads, a function whose
-- owner may do nothing with what is in it, which can be written, too.
dead AS MATERIALIZED (
	SELECT DISTINCT n.class, n.object
	FROM needs n, LATERAL (SELECT CASE n.class
		WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'SELECT'
		ELSE 'SELECT, INSERT, UPDATE' END) o (any_of)
	WHERE n.reader <> 0 AND NOT CASE n.attnum
		WHEN 0 THEN pg_catalog.has_any_column_privilege(n.reader, n.relation, o.any_of)
			OR n.class = 'pg_catalog.pg_proc'::pg_catalog.regclass
				AND pg_catalog.has_table_privilege(n.reader, n.relation, 'DELETE')
		ELSE pg_catalog.has_column_privilege(n.reader, n.relation,
			n.attnum::smallint, o.any_of) END
),
flow AS MATERIALIZED (
	SELECT c.tableoid AS class, c.oid AS object, f.*
	FROM pg_catalog.pg_class c, aiconsent.relation_flow(c.oid) f
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
		AND (c.oid >= 16384 OR c.oid IN (
			'pg_catalog.pg_statistic'::pg_catalog.regclass,
			'pg_catalog.pg_statistic_ext_data'::pg_catalog.regclass,
			'pg_catalog.pg_largeobject'::pg_catalog.regclass))
	UNION ALL
	SELECT p.tableoid, p.oid, f.*
	FROM pg_catalog.pg_proc p, aiconsent.function_flow(p.oid) f
	-- Without rights of its own it gives its caller nothing, but it can copy.
	WHERE p.prosqlbody IS NOT NULL AND (p.prosecdef OR f.target IS NOT NULL)
),
path AS MATERIALIZED (
	SELECT pg_catalog.row_number() OVER () AS id, f.*
	FROM flow f
	WHERE (f.unknown <> '{}' OR aiconsent.sensitivity_level(f.known) <> 'public')
		AND NOT (f.rule IS NULL AND EXISTS (SELECT FROM dead d
			WHERE d.class = f.class AND d.object = f.object))
),
reader (id, role, name, via) AS (
	-- What is in a relation, its own or written into it
	SELECT p.id, m.role, m.name, m.via
	FROM path p JOIN may m ON m.class = 'pg_catalog.pg_class'::pg_catalog.regclass
		AND m.object = p.target AND m.privilege = 'SELECT'
		AND (m.attnum = 0 OR m.attnum = p.attnum OR p.attnum IS NULL)
	UNION ALL
	-- What a rule gives back to whoever fires it
	SELECT p.id, m.role, m.name, m.via
	FROM path p JOIN pg_catalog.pg_rewrite r ON r.oid = p.rule
		JOIN may m ON m.class = p.class AND m.object = p.object
			AND m.privilege = CASE r.ev_type
				WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END
	WHERE p.target IS NULL
	UNION ALL
	-- What a function gives back that has rights which its caller has not
	SELECT p.id, m.role, m.name, m.via
	FROM path p JOIN pg_catalog.pg_proc f ON f.oid = p.object AND f.tableoid = p.class
		JOIN may m ON m.class = p.class AND m.object = p.object
	WHERE p.target IS NULL
		AND NOT EXISTS (SELECT FROM holder h WHERE h.role = m.role AND h.actor = f.proowner)
),
-- Views that read with the rights of a role that has not all of them
denied AS MATERIALIZED (
	SELECT DISTINCT r.role, n.object
	FROM (SELECT DISTINCT object, relation, attnum FROM needs WHERE reader = 0
			AND class = 'pg_catalog.pg_class'::pg_catalog.regclass) n
		CROSS JOIN (SELECT DISTINCT role FROM holder) r
		LEFT JOIN may w ON w.role = r.role AND w.object = n.relation AND w.attnum = 0
			AND w.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND w.privilege = 'SELECT'
		LEFT JOIN may c ON c.role = r.role AND c.object = n.relation AND c.attnum = n.attnum
			AND c.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.privilege = 'SELECT'
	WHERE w.role IS NULL AND c.role IS NULL
		AND NOT (n.attnum = 0 AND EXISTS (SELECT FROM may a
			WHERE a.role = r.role AND a.object = n.relation
			AND a.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND a.privilege = 'SELECT'))
),
usable AS MATERIALIZED (
	SELECT m.role, m.object AS namespace FROM may m
	WHERE m.class = 'pg_catalog.pg_namespace'::pg_catalog.regclass
		AND m.privilege = 'USAGE'
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
		AND f.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype,
			'pg_catalog.event_trigger'::pg_catalog.regtype)
		AND CASE WHEN f.prosecdef THEN f.prosqlbody IS NULL
				AND NOT EXISTS (SELECT FROM holder h
					WHERE h.role = m.role AND h.actor = f.proowner)
			WHEN l.lanname IN ('c', 'internal') THEN EXISTS (
				SELECT FROM privilege g JOIN holder h ON h.actor = g.actor
				WHERE g.class = m.class AND g.object = m.object AND g.how = 'grant'
					AND h.role = m.role AND h.actor_name !~ '^pg_')
				AND NOT EXISTS (SELECT FROM privilege g
					WHERE g.class = m.class AND g.object = m.object AND g.actor = 0)
			ELSE NOT l.lanpltrusted AND l.lanname <> 'sql' END
)
SELECT r.name AS role,
	CASE WHEN p.rule IS NOT NULL THEN 'rule'
		WHEN f.oid IS NOT NULL THEN 'function'
		WHEN c.relkind = 'v' THEN 'view'
		WHEN c.relkind = 'm' THEN 'materialized view'
		WHEN a.attgenerated <> '' THEN 'generated column'
		ELSE 'table' END AS kind,
	CASE WHEN w.oid IS NOT NULL
		THEN pg_catalog.format('%I on %I.%I', w.rulename, n.nspname, c.relname)
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
		CASE WHEN p.attnum IS NULL AND p.field IS NULL THEN 'decides which rows there are' END,
		CASE WHEN p.target <> p.object OR (p.target IS NOT NULL AND p.rule IS NOT NULL)
			OR (p.target IS NOT NULL AND f.oid IS NOT NULL)
			THEN pg_catalog.format('is written into %I.%I', tn.nspname, t.relname) END,
		CASE WHEN c.relkind = 'm' THEN 'a copy, as of its last refresh' END),
		'') AS detail
FROM (SELECT id, role, name, pg_catalog.string_agg(DISTINCT via, ', ') AS via
		FROM reader GROUP BY id, role, name) r
	JOIN path p ON p.id = r.id
	LEFT JOIN pg_catalog.pg_class c ON c.tableoid = p.class AND c.oid = p.object
	LEFT JOIN pg_catalog.pg_proc f ON f.tableoid = p.class AND f.oid = p.object
	JOIN pg_catalog.pg_namespace n ON n.oid = COALESCE(c.relnamespace, f.pronamespace)
	LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
	LEFT JOIN pg_catalog.pg_rewrite w ON w.oid = p.rule
	LEFT JOIN pg_catalog.pg_class t ON t.oid = p.target
	LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE NOT (p.rule IS NULL AND c.relkind = 'v' AND EXISTS (SELECT FROM denied d
		WHERE d.role = r.role AND d.object = p.object))
	AND (f.oid IS NOT NULL AND p.target IS NULL OR EXISTS (SELECT FROM usable u
		WHERE u.role = r.role AND u.namespace = COALESCE(t.relnamespace, c.relnamespace)))
UNION ALL
SELECT o.role, 'opaque', o.object, NULL, NULL, NULL, o.via, o.detail
FROM opaque o
$$;
REVOKE ALL ON FUNCTION aiconsent.exposures() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.exposures() IS
'the rows of the view exposure, which has the explanation. For auditors.';
CREATE VIEW aiconsent.exposure AS SELECT * FROM aiconsent.exposures();
REVOKE ALL ON TABLE aiconsent.exposure FROM PUBLIC;
COMMENT ON VIEW aiconsent.exposure IS
'for each role, every field above public that it can read outside the training views, or that nobody has labelled (sensitivity NULL): by a table, a view, a copy, a rule or a function with rights of its own. base: the columns of tables that it is derived from; via: what gives the right. A row with field NULL is about what decides which rows there are. opaque: ways of reading that are not recorded, which are never safe. For auditors, who need EXECUTE on exposures(), relation_flow() and function_flow().';
