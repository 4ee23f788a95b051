-- Who may do what?  What each kind of role gets is in src/grant.c.

CREATE TABLE aiconsent.grantee (
	role text NOT NULL,
	what text NOT NULL CHECK (what IN ('reader', 'writer', 'auditor', 'steward')),
	purpose text,
	UNIQUE NULLS NOT DISTINCT (role, what, purpose),
	CHECK ((purpose IS NULL) = (what IN ('auditor', 'steward')))
);
COMMENT ON TABLE aiconsent.grantee IS
'roles that grant_role() gave something to, by name, so that a restore needs none of them; publish() grants readers the views that are new, and record_consent() asks here for which purpose a writer is one';
COMMENT ON COLUMN aiconsent.grantee.purpose IS
'of a reader and a writer; NULL: an auditor and a steward are not limited to one';
CREATE TRIGGER declared_changed
	AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON aiconsent.grantee
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.declared_changed();
ALTER TABLE aiconsent.grantee ENABLE ALWAYS TRIGGER declared_changed;
SELECT pg_catalog.pg_extension_config_dump('aiconsent.grantee', '');

CREATE FUNCTION aiconsent.grant_role(
	role regrole, what text, purpose text DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.grant_role(regrole, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.grant_role(regrole, text, text, text) IS
'give a role what it needs, and no more. what: reader, to SELECT from the training views of the purpose, present and future; writer, to record what members say of the purpose, and to ask eligible(); auditor, to ask for verdicts, their reasons and the evidence as the law takes it, and to read the tables of this schema but the keys; steward, what an auditor may, and to declare tables that the role owns, to adopt, publish, retract, suppress, erase and rebuild. purpose: NULL means content_generation for a reader and a writer; an auditor and a steward are not limited to one, and naming one is an error 22023. Whoever may execute this can make anybody anything, so that no kind of role may; needs EXECUTE from a superuser.';
CREATE FUNCTION aiconsent.revoke_role(
	role regrole, what text, purpose text DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.revoke_role(regrole, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.revoke_role(regrole, text, text, text) IS
'take back what grant_role() gave with the same arguments, but for what another grant of the role still gives. Not granted: an error 42704. Needs EXECUTE from a superuser.';
