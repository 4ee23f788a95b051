-- Rows of one table that differ in what they hold.

CREATE TABLE aiconsent.classification (
	binding name NOT NULL,
	role name NOT NULL,
	sensitivity aiconsent.sensitivity NOT NULL,
	lowers boolean NOT NULL,
	accepted_for aiconsent.sensitivity,
	ended boolean NOT NULL DEFAULT false,
	reason text CHECK (reason IS NOT NULL OR NOT lowers),
	PRIMARY KEY (binding, role)
);
COMMENT ON TABLE aiconsent.classification IS
'classes of a source''s rows: what those hold that meet the condition of this role in the binding';
COMMENT ON COLUMN aiconsent.classification.lowers IS
'it stands in the place of the table''s label, once publish() was told to accept that; else it is joined to it';
COMMENT ON COLUMN aiconsent.classification.accepted_for IS
'the table''s label that it may stand in the place of; where the table is labelled higher since, it does not';
COMMENT ON COLUMN aiconsent.classification.ended IS
'taken away by unclassify(), and joined to the table''s label until publish() is told to accept that';
SELECT pg_catalog.pg_extension_config_dump('aiconsent.classification', '');

CREATE FUNCTION aiconsent.classify(
	relation regclass, condition text, sensitivity aiconsent.sensitivity,
	reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.classify(regclass, text, aiconsent.sensitivity, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.classify(regclass, text, aiconsent.sensitivity, text) IS
'say what some rows of a source hold: for those that meet the condition the sensitivity is joined to the table''s label, if that flows to it, and acts at once; else it stands in its place, which needs a reason and acts at the next publish() that accepts it. Each column''s own label is joined as ever. A condition that is NULL counts as the stricter. condition: columns, constants, AND, OR, NOT, IS NULL, IN, CASE and built-in leakproof functions; over a view, columns that it computes by such; a column can be reached over foreign keys of one column (group_id.is_sensitive). Needs ownership of the table.';

CREATE FUNCTION aiconsent.unclassify(
	relation regclass, condition text, reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unclassify(regclass, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unclassify(regclass, text, text) IS
'take a class of rows away. Where rows are stricter without it that acts at once, else at the next publish() that accepts it. Needs ownership of the table.';

CREATE FUNCTION aiconsent.classes(
	OUT relation regclass, OUT condition text,
	OUT sensitivity aiconsent.sensitivity, OUT lowers boolean,
	OUT pending boolean, OUT reason text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100;
REVOKE ALL ON FUNCTION aiconsent.classes() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.classes() IS
'all classes of rows, see the view aiconsent.class. For auditors.';

CREATE VIEW aiconsent.class AS SELECT * FROM aiconsent.classes();
COMMENT ON VIEW aiconsent.class IS
'all classes of rows: what those hold that meet the condition (over the table t); lowers: in the place of the table''s label; pending: it waits, or its end does, for a publish() that accepts what is lowered';
