-- Why is this row, this cell, in or out?

CREATE FUNCTION aiconsent.explain_row(
	relation regclass, key text, purpose text DEFAULT 'content_generation',
	OUT gate text, OUT field text, OUT open boolean, OUT detail text,
	OUT change text)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20;
REVOKE ALL ON FUNCTION aiconsent.explain_row(regclass, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.explain_row(regclass, text, text) IS
'why a row of a source is in or out of a purpose''s training view, one row for each gate, all of which must be open: source, key (is the row there), subject and horizon (of everybody whom it names), classification and table label; and one row for each field, which is shown where all gates and its own are open. change: the statement that would open a gate, where one could. key: the primary key''s value, or a JSON array of text where it has several columns. Shows keys of subjects and their verdicts, and no value of a field. NULL for any argument: nothing. For auditors.';
