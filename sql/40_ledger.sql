-- What subjects said: append-only.

CREATE TABLE aiconsent.consent (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id > 0),
	subject text COLLATE "C" NOT NULL,
	purpose text CHECK ((purpose IS NULL) = (decision = 'erase')),
	decision text NOT NULL CHECK (decision IN ('grant', 'object', 'hold',
		'release', 'retract', 'mirror_true', 'mirror_false', 'mirror_unknown', 'erase')),
	effective_at timestamptz NOT NULL CHECK (pg_catalog.isfinite(effective_at)),
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by text NOT NULL,
	transaction xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
	channel text,
	notice_version text,
	evidence jsonb,
	reason text,
	retracts bigint CHECK ((retracts IS NOT NULL) = (decision = 'retract')),
	previous bigint CHECK (previous < id),
	salt bytea CHECK (pg_catalog.length(salt) OPERATOR(pg_catalog.=) 16),
	erased bytea CHECK ((erased IS NULL) = (salt IS NOT NULL)),
	hash bytea NOT NULL
);
COMMENT ON TABLE aiconsent.consent IS
'the ledger: what each subject said about a purpose, effective when, recorded when and by whom; only functions of this extension write it';
COMMENT ON SEQUENCE aiconsent.consent_id_seq IS 'ids of aiconsent.consent';
COMMENT ON COLUMN aiconsent.consent.decision IS
'grant, object; hold, release; retract, which voids another event; mirror_true, mirror_false, mirror_unknown: what a mirrored setting held; erase: the subject was erased, for all purposes';
COMMENT ON COLUMN aiconsent.consent.retracts IS
'the event that a retract voids';
COMMENT ON COLUMN aiconsent.consent.notice_version IS
'the notice that the subject had before them; only a grant with one is explicit';
COMMENT ON COLUMN aiconsent.consent.previous IS
'the subject''s event before this one; NULL: this is the first';
COMMENT ON COLUMN aiconsent.consent.salt IS
'random bytes, hashed with what an erasure takes, so that what was erased cannot be guessed from its hash';
COMMENT ON COLUMN aiconsent.consent.erased IS
'the hash, see consent_content(), of what an erasure took: the salt, the subject''s key, channel, notice_version, evidence and reason';
COMMENT ON COLUMN aiconsent.consent.hash IS
'SHA-256 of the hash of the previous event, or for the first of the keyed hash of the subject''s key, and of consent_digest() of this one';
CREATE INDEX consent_subject ON aiconsent.consent (subject, effective_at);
COMMENT ON INDEX aiconsent.consent_subject IS 'one subject''s events';

CREATE UNIQUE INDEX consent_retracts ON aiconsent.consent (retracts)
	WHERE retracts IS NOT NULL;
COMMENT ON INDEX aiconsent.consent_retracts IS 'no event is retracted twice';

CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.consent
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();

CREATE FUNCTION aiconsent.consent_content(event aiconsent.consent)
	RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.consent_content(aiconsent.consent) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.consent_content(aiconsent.consent) IS
'SHA-256 of what an erasure takes of an event: salt, subject, channel, notice_version, evidence, reason; of one that was erased, what it left of it. How they are written is said in src/chain.c. For auditors.';
CREATE FUNCTION aiconsent.consent_digest(event aiconsent.consent)
	RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.consent_digest(aiconsent.consent) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.consent_digest(aiconsent.consent) IS
'SHA-256 of all that an event says, of which event is before it, and of consent_content(). How they are written is said in src/chain.c. For auditors.';

SELECT pg_catalog.pg_extension_config_dump('aiconsent.consent', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.consent_id_seq', '');

CREATE FUNCTION aiconsent.record_consent(
	subject bigint, purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consent(bigint, text, text, timestamptz, text, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consent(bigint, text, text, timestamptz, text, text, jsonb, text) IS
'enter in the ledger what the subject says of a purpose, and judge the subject anew in the same transaction; returns the event''s id. decision: grant, object, hold or release; effective_at NULL: now, behind all that the subject said before; channel: where it was said; notice_version: the notice shown, without which a grant is not explicit; evidence: what proves it; reason: needed where effective_at is in the past. Errors: unknown subject P0002, unknown purpose 42704, other values 22023 or 22004.';
CREATE FUNCTION aiconsent.record_consent(
	subject uuid, purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consent(uuid, text, text, timestamptz, text, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consent(uuid, text, text, timestamptz, text, text, jsonb, text) IS
'enter in the ledger what the subject says of a purpose, and judge the subject anew in the same transaction; returns the event''s id. decision: grant, object, hold or release; effective_at NULL: now, behind all that the subject said before; channel: where it was said; notice_version: the notice shown, without which a grant is not explicit; evidence: what proves it; reason: needed where effective_at is in the past. Errors: unknown subject P0002, unknown purpose 42704, other values 22023 or 22004.';
CREATE FUNCTION aiconsent.record_consent(
	subject text, purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consent(text, text, text, timestamptz, text, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consent(text, text, text, timestamptz, text, text, jsonb, text) IS
'enter in the ledger what the subject says of a purpose, and judge the subject anew in the same transaction; returns the event''s id. decision: grant, object, hold or release; effective_at NULL: now, behind all that the subject said before; channel: where it was said; notice_version: the notice shown, without which a grant is not explicit; evidence: what proves it; reason: needed where effective_at is in the past. Errors: unknown subject P0002, unknown purpose 42704, other values 22023 or 22004.';
CREATE FUNCTION aiconsent.record_consents(
	subjects bigint[], purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consents(bigint[], text, text, timestamptz, text, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consents(bigint[], text, text, timestamptz, text, text, jsonb, text) IS
'the same as record_consent() for many subjects at once, much faster than one by one; returns how many events were entered. A subject that comes twice says it twice. One that is unknown is an error, and nothing is recorded.';
CREATE FUNCTION aiconsent.record_consents(
	subjects uuid[], purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consents(uuid[], text, text, timestamptz, text, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consents(uuid[], text, text, timestamptz, text, text, jsonb, text) IS
'the same as record_consent() for many subjects at once, much faster than one by one; returns how many events were entered. A subject that comes twice says it twice. One that is unknown is an error, and nothing is recorded.';
CREATE FUNCTION aiconsent.record_consents(
	subjects text[], purpose text, decision text,
	effective_at timestamptz DEFAULT NULL, channel text DEFAULT NULL,
	notice_version text DEFAULT NULL, evidence jsonb DEFAULT NULL,
	reason text DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_consents(text[], text, text, timestamptz, text, text, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_consents(text[], text, text, timestamptz, text, text, jsonb, text) IS
'the same as record_consent() for many subjects at once, much faster than one by one; returns how many events were entered. A subject that comes twice says it twice. One that is unknown is an error, and nothing is recorded.';

CREATE FUNCTION aiconsent.retract(event_ids bigint[], reason text)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.retract(bigint[], text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.retract(bigint[], text) IS
'void events of the ledger from now on, for every instant; what was known before stays known, and nothing becomes explicit by it; returns how many. All of them or none: an event that is not there, is retracted already or is a retraction is an error P0002. For stewards.';

CREATE FUNCTION aiconsent.import_consent(
	relation regclass, decision name DEFAULT NULL,
	effective_at name DEFAULT NULL,
	purpose text DEFAULT 'content_generation', subject name DEFAULT NULL,
	notice_version name DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.import_consent(regclass, name, name, text, name, name) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.import_consent(regclass, name, name, text, name, name) IS
'enter the dated history of a table in the ledger, with channel import; returns how many events. decision: a column of text (grant, object, hold, release) or boolean (a settings column''s history: false is an objection, true none); effective_at: timestamptz; subject: by default the foreign key to the subject table; notice_version: text. A row that cannot be read is an error, and nothing is imported. Needs ownership of the table; not above READ COMMITTED.';

-- People who are not to be found again, by keyed hashes.

CREATE TABLE aiconsent.secret (
	name text PRIMARY KEY,
	value bytea NOT NULL
);
COMMENT ON TABLE aiconsent.secret IS
'keys of this database under which identifiers are hashed; nobody is granted it';
CREATE TABLE aiconsent.suppression (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('key', 'email', 'handle', 'profile')),
	identifier bytea,
	reason text,
	recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	recorded_by text NOT NULL,
	retracts bigint UNIQUE,
	CHECK ((identifier IS NULL) = (retracts IS NOT NULL))
);
COMMENT ON TABLE aiconsent.suppression IS
'identifiers of people who object without an account, as keyed hashes; a row that retracts voids another';
COMMENT ON SEQUENCE aiconsent.suppression_id_seq IS 'ids of aiconsent.suppression';
CREATE INDEX suppression_identifier ON aiconsent.suppression (identifier);
COMMENT ON INDEX aiconsent.suppression_identifier IS 'is this identifier suppressed?';
CREATE TABLE aiconsent.erasure (
	subject bytea,
	reason text NOT NULL,
	recorded_at timestamptz DEFAULT pg_catalog.clock_timestamp(),
	recorded_by text NOT NULL,
	PRIMARY KEY (subject, recorded_at)
);
COMMENT ON TABLE aiconsent.erasure IS
'subjects who were erased, by the keyed hash of their key: they stay out for ever; a row for each time';
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.suppression
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.erasure
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
SELECT pg_catalog.pg_extension_config_dump('aiconsent.secret', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.suppression', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.suppression_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.erasure', '');

CREATE FUNCTION aiconsent.suppress(
	identifier text, kind text, reason text DEFAULT NULL)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.suppress(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.suppress(text, text, text) IS
'put out whoever has the identifier, now or later; returns the suppression''s id. kind: email, handle, profile (an address) or key; case, blanks, a leading @ and an address''s scheme do not matter. Only a keyed hash of it is kept. For stewards; not above READ COMMITTED.';
CREATE FUNCTION aiconsent.retract_suppression(id bigint, reason text)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.retract_suppression(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.retract_suppression(bigint, text) IS
'void a suppression from now on, for every instant. An id that is none, or is retracted already, is an error P0002. For stewards; not above READ COMMITTED.';
CREATE FUNCTION aiconsent.erase_subject(subject bigint, reason text)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.erase_subject(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.erase_subject(bigint, text) IS
'forget a subject and keep it out for ever, also when the key comes back: its past standing is deleted, and its events lose their content, their salts and the key, which an event of its own says; their hashes stay. What the key says later can be erased again; one that is erased and has said nothing since is an error 42710. Your own tables are yours to clear. For stewards.';
CREATE FUNCTION aiconsent.erase_subject(subject uuid, reason text)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.erase_subject(uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.erase_subject(uuid, text) IS
'forget a subject and keep it out for ever, also when the key comes back: its past standing is deleted, and its events lose their content, their salts and the key, which an event of its own says; their hashes stay. What the key says later can be erased again; one that is erased and has said nothing since is an error 42710. Your own tables are yours to clear. For stewards.';
CREATE FUNCTION aiconsent.erase_subject(subject text, reason text)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.erase_subject(text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.erase_subject(text, text) IS
'forget a subject and keep it out for ever, also when the key comes back: its past standing is deleted, and its events lose their content, their salts and the key, which an event of its own says; their hashes stay. What the key says later can be erased again; one that is erased and has said nothing since is an error 42710. Your own tables are yours to clear. For stewards.';
