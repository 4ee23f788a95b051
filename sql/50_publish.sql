-- The training views.

CREATE FUNCTION aiconsent.publish(
	purpose text DEFAULT 'content_generation', schema name DEFAULT NULL,
	sealed boolean DEFAULT NULL, accept_lowered boolean DEFAULT false,
	relation regclass DEFAULT NULL)
	RETURNS SETOF regclass
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.publish(text, name, boolean, boolean, regclass) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.publish(text, name, boolean, boolean, regclass) IS
'make or renew the training views of a purpose: one for each source, with the columns that its clearance admits, and corpus, with one row per text; returns them. schema: where, by default training for content_generation; kept for later calls. sealed: no condition of a reader goes below what the views filter, so that EXPLAIN tells nothing, and no index serves it; NULL: as before, at first not. accept_lowered: release what was labelled or classified lower since the last time, which is refused otherwise. relation: only that source. For stewards.';

CREATE FUNCTION aiconsent.label_changed() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION aiconsent.label_changed() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.label_changed() IS
'event trigger: a label that was raised or taken away withdraws its column from the training views in the same transaction';
CREATE EVENT TRIGGER aiconsent_label_changed ON ddl_command_end
	WHEN TAG IN ('SECURITY LABEL')
	EXECUTE FUNCTION aiconsent.label_changed();
ALTER EVENT TRIGGER aiconsent_label_changed ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER aiconsent_label_changed IS
'withdraws what a raised label does not release any more';

CREATE FUNCTION aiconsent.source_altered() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION aiconsent.source_altered() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.source_altered() IS
'event trigger: a training view over a view that was altered gives no row until it is published again, and a field whose treatment became SECURITY DEFINER or VOLATILE, or lost its search_path, is withdrawn, in the same transaction';
CREATE EVENT TRIGGER aiconsent_source_altered ON ddl_command_end
	WHEN TAG IN ('CREATE VIEW', 'ALTER VIEW', 'ALTER TABLE', 'CREATE RULE',
		'CREATE FUNCTION', 'ALTER FUNCTION', 'ALTER ROUTINE', 'CREATE AGGREGATE')
	EXECUTE FUNCTION aiconsent.source_altered();
ALTER EVENT TRIGGER aiconsent_source_altered ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER aiconsent_source_altered IS
'withdraws what rests on a view or function that is not the same any more';
