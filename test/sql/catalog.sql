-- What the extension is to the server's catalogs, pinned: a change of it is to
-- be seen, and meant.
\set QUIET 1
\pset format unaligned
\pset tuples_only on
\pset pager off

\echo == Objects without a comment
SELECT pg_describe_object(d.classid, d.objid, d.objsubid) COLLATE "C" AS object
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'aiconsent'
  -- array types and the row types of tables have none
  AND NOT EXISTS (SELECT FROM pg_type t LEFT JOIN pg_class r ON r.oid = t.typrelid
    WHERE t.oid = d.objid AND (t.typelem <> 0 OR r.relkind <> 'c'))
  AND obj_description(d.objid, d.classid::regclass::name) IS NULL
ORDER BY 1;

\echo == Functions: volatility, parallel safety, strictness; definer, leakproof, settings
SELECT format('%s %s %s%s%s%s%s', p.oid::regprocedure,
  CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
  CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
  CASE WHEN p.proisstrict THEN ' strict' ELSE '' END, CASE WHEN p.prosecdef THEN ' DEFINER' ELSE '' END,
  CASE WHEN p.proleakproof THEN ' LEAKPROOF' ELSE '' END, ' ' || p.proconfig::text) COLLATE "C"
FROM pg_proc p WHERE p.pronamespace = 'aiconsent'::regnamespace
ORDER BY 1;

\echo == Functions that PUBLIC may execute
SELECT p.oid::regprocedure::text COLLATE "C"
FROM pg_proc p WHERE p.pronamespace = 'aiconsent'::regnamespace
  AND EXISTS (SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
ORDER BY 1;

\echo == Types of ours: binary input and output, and default classes to sort and hash by
SELECT format('%s: receives %s, sends %s, %s', t.oid::regtype, t.typreceive, t.typsend,
  (SELECT string_agg(m.amname, ', ' ORDER BY m.amname) FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod WHERE o.opcintype = t.oid AND o.opcdefault)) COLLATE "C"
FROM pg_type t WHERE t.typnamespace = 'aiconsent'::regnamespace AND t.typtype = 'b' AND t.typelem = 0
ORDER BY 1;

\echo == Tables that a dump has
SELECT c::regclass::text COLLATE "C" FROM pg_extension e, unnest(e.extconfig) c WHERE e.extname = 'aiconsent' ORDER BY 1;
\echo == and that it has not
SELECT c.oid::regclass::text COLLATE "C" FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'aiconsent' AND c.oid <> ALL (e.extconfig)
WHERE c.relkind IN ('r', 'S') ORDER BY 1;

\echo == Triggers, and when they fire: A always, O not on a replica
SELECT format('%s on %s: %s', t.tgname, t.tgrelid::regclass, t.tgenabled) COLLATE "C"
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'aiconsent'::regnamespace AND NOT t.tgisinternal
ORDER BY 1;
SELECT format('event trigger %s on %s: %s', evtname, evtevent, evtenabled) COLLATE "C" FROM pg_event_trigger WHERE evtname LIKE 'aiconsent%' ORDER BY 1;
