-- The extension installs into its own schema, and refuses one made before.
\set VERBOSITY default
SET client_min_messages = warning;
\set SHOW_CONTEXT never
DROP EXTENSION IF EXISTS aiconsent CASCADE;

CREATE SCHEMA aiconsent;
CREATE EXTENSION aiconsent;
DROP SCHEMA aiconsent;

CREATE EXTENSION aiconsent;

SELECT has_schema_privilege('public', 'aiconsent', 'USAGE') AS "everybody may use the schema";
