-- The extension installs into its own schema, and refuses one made before.
\set VERBOSITY default
SET client_min_messages = warning;
\set SHOW_CONTEXT never
DROP EXTENSION IF EXISTS aiconsent CASCADE;

CREATE SCHEMA aiconsent;
CREATE EXTENSION aiconsent;
DROP SCHEMA aiconsent;

CREATE EXTENSION aiconsent;

-- Every object that has a comment of its own says what it is.
SELECT c.classid::regclass, pg_describe_object(c.classid, c.objid, 0) AS "without a comment"
FROM pg_depend c
WHERE c.refclassid = 'pg_extension'::regclass
  AND c.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'aiconsent')
  AND c.deptype = 'e'
  AND c.classid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass,
    'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass,
    'pg_cast'::regclass, 'pg_event_trigger'::regclass)
  -- array types and the row types of tables have none
  AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = c.objid AND t.typelem <> 0)
  AND NOT EXISTS (SELECT FROM pg_type t JOIN pg_class r ON r.oid = t.typrelid
    WHERE t.oid = c.objid AND r.relkind <> 'c')
  AND NOT EXISTS (SELECT FROM pg_class r WHERE r.oid = c.objid AND r.relkind IN ('S', 'c'))
  AND obj_description(c.objid, c.classid::regclass::name) IS NULL
ORDER BY 1, 2;

-- Nothing is executable by everybody but what reads no table, or checks the
-- owner of the table that it is given.
SELECT p.oid::regprocedure::text COLLATE "C" AS "executable by everybody, and not immutable"
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'aiconsent' AND p.provolatile <> 'i'
  AND has_function_privilege('public', p.oid, 'EXECUTE')
ORDER BY 1;
SELECT has_schema_privilege('public', 'aiconsent', 'USAGE') AS "everybody may use the schema";
