-- What subjects said: append-only.

CREATE TABLE aiconsent.consent (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	subject text COLLATE "C" NOT NULL,
	purpose text NOT NULL,
	decision text NOT NULL CHECK (decision IN ('grant', 'object')),
	effective_at timestamptz NOT NULL CHECK (isfinite(effective_at)),
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by text NOT NULL,
	transaction xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
	channel text,
	notice_version text,
	evidence jsonb
);
COMMENT ON TABLE aiconsent.consent IS
'the ledger: what each subject said about a purpose, effective when, recorded when and by whom; only record_consent() writes it';
COMMENT ON COLUMN aiconsent.consent.notice_version IS
'the notice that the subject had before them; only a grant with one is explicit';
CREATE INDEX consent_subject ON aiconsent.consent (subject, effective_at);
COMMENT ON INDEX aiconsent.consent_subject IS 'one subject''s events';

CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.consent
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();

SELECT pg_catalog.pg_extension_config_dump('aiconsent.consent', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.consent_id_seq', '');

CREATE FUNCTION aiconsent.record_consent(
	subject bigint, purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consent(bigint, text, text, timestamptz, text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consent(bigint, text, text, timestamptz, text, text, jsonb) IS
'enter in the ledger that the subject grants or objects to a purpose, and judge the subject anew in the same transaction; returns the event''s id. effective_at NULL: now, behind all that the subject said before; channel: where it was said; notice_version: the notice shown, without which a grant is not explicit; evidence: what proves it. Errors: unknown subject P0002, unknown purpose 42704, other values 22023 or 22004.';
CREATE FUNCTION aiconsent.record_consent(
	subject uuid, purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consent(uuid, text, text, timestamptz, text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consent(uuid, text, text, timestamptz, text, text, jsonb) IS
'enter in the ledger that the subject grants or objects to a purpose, and judge the subject anew in the same transaction; returns the event''s id. effective_at NULL: now, behind all that the subject said before; channel: where it was said; notice_version: the notice shown, without which a grant is not explicit; evidence: what proves it. Errors: unknown subject P0002, unknown purpose 42704, other values 22023 or 22004.';
CREATE FUNCTION aiconsent.record_consent(
	subject text, purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consent(text, text, text, timestamptz, text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consent(text, text, text, timestamptz, text, text, jsonb) IS
'enter in the ledger that the subject grants or objects to a purpose, and judge the subject anew in the same transaction; returns the event''s id. effective_at NULL: now, behind all that the subject said before; channel: where it was said; notice_version: the notice shown, without which a grant is not explicit; evidence: what proves it. Errors: unknown subject P0002, unknown purpose 42704, other values 22023 or 22004.';
