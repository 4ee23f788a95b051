-- The ledger so far, closed by one hash that is kept elsewhere.

CREATE TABLE aiconsent.seal (
	id bigint PRIMARY KEY,
	sealed_at timestamptz NOT NULL,
	sealed_by text NOT NULL,
	system_identifier bigint NOT NULL,
	timeline integer NOT NULL,
	last_event bigint NOT NULL,
	events bigint NOT NULL,
	subjects bigint NOT NULL,
	heads bytea NOT NULL,
	blocks bytea NOT NULL,
	previous bytea,
	root bytea NOT NULL UNIQUE
);
COMMENT ON TABLE aiconsent.seal IS
'what seal_ledger() closed: each seal vouches for all events so far and for the seal before it';
COMMENT ON COLUMN aiconsent.seal.system_identifier IS
'of the database cluster; with the timeline, by which doctor() knows that a backup was restored since';
COMMENT ON COLUMN aiconsent.seal.last_event IS
'all events up to this one are sealed; whatever comes later has a higher id';
COMMENT ON COLUMN aiconsent.seal.events IS
'so many events there are up to it';
COMMENT ON COLUMN aiconsent.seal.subjects IS
'of so many subjects';
COMMENT ON COLUMN aiconsent.seal.heads IS
'the Merkle root over the last events of all subjects, in the order of their first events: see merkle_root()';
COMMENT ON COLUMN aiconsent.seal.blocks IS
'SHA-256 of the events'' ids and hashes in aiconsent.seal_block that this seal adds';
COMMENT ON COLUMN aiconsent.seal.previous IS
'the root of the seal before this one';
COMMENT ON COLUMN aiconsent.seal.root IS
'SHA-256 of all of this: see seal_root(); to be kept elsewhere';

CREATE TABLE aiconsent.seal_block (
	seal bigint NOT NULL,
	first bigint NOT NULL,
	ids bigint[] NOT NULL,
	hashes bytea[] NOT NULL,
	PRIMARY KEY (seal, first)
);
COMMENT ON TABLE aiconsent.seal_block IS
'the events that a seal adds to those before, a thousand in a row: by them verify_ledger() tells which one was edited';

CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.seal
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.seal_block
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
SELECT pg_catalog.pg_extension_config_dump('aiconsent.seal', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.seal_block', '');

CREATE FUNCTION aiconsent.merkle_add(internal, bytea) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.merkle_add(internal, bytea) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.merkle_add(internal, bytea) IS
'transition function of merkle_root()';
CREATE FUNCTION aiconsent.merkle_end(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.merkle_end(internal) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.merkle_end(internal) IS
'final function of merkle_root()';
CREATE AGGREGATE aiconsent.merkle_root(bytea) (
	SFUNC = aiconsent.merkle_add, STYPE = internal,
	FINALFUNC = aiconsent.merkle_end, PARALLEL = SAFE);
REVOKE ALL ON FUNCTION aiconsent.merkle_root(bytea) FROM PUBLIC;
COMMENT ON AGGREGATE aiconsent.merkle_root(bytea) IS
'the root of the Merkle tree over these values in their order, as RFC 6962 has it: SHA-256 of 00 and a value, or of 01 and the two halves; NULLs are passed over. For auditors.';

CREATE FUNCTION aiconsent.server_line(
	OUT system_identifier bigint, OUT timeline integer)
	RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.server_line() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.server_line() IS
'the cluster, and its timeline, which is another one after a recovery to an earlier point or a promotion. For auditors.';

CREATE FUNCTION aiconsent.seal_blocks(seal bigint) RETURNS bytea
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT pg_catalog.sha256(COALESCE(pg_catalog.string_agg(
			pg_catalog.sha256(pg_catalog.int8send(b.first)
				OPERATOR(pg_catalog.||) pg_catalog.array_send(b.ids)
				OPERATOR(pg_catalog.||) pg_catalog.array_send(b.hashes)),
			'' ORDER BY b.first), ''))
		FROM aiconsent.seal_block b WHERE b.seal OPERATOR(pg_catalog.=) $1);
REVOKE ALL ON FUNCTION aiconsent.seal_blocks(bigint) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.seal_blocks(bigint) IS
'SHA-256 of what aiconsent.seal_block has of a seal. For auditors.';

CREATE FUNCTION aiconsent.seal_root(seal aiconsent.seal) RETURNS bytea
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.sha256(pg_catalog.int8send(seal.id)
		OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(seal.sealed_at)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.system_identifier)
		OPERATOR(pg_catalog.||) pg_catalog.int4send(seal.timeline)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.last_event)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.events)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.subjects)
		OPERATOR(pg_catalog.||) seal.heads
		OPERATOR(pg_catalog.||) seal.blocks
		OPERATOR(pg_catalog.||) COALESCE(seal.previous, '')
		OPERATOR(pg_catalog.||) pg_catalog.convert_to(seal.sealed_by, 'UTF8'));
REVOKE ALL ON FUNCTION aiconsent.seal_root(aiconsent.seal) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.seal_root(aiconsent.seal) IS
'SHA-256 of what a seal says: id, sealed_at, system_identifier, timeline, last_event, events and subjects as their send functions write them, then heads, blocks, previous and sealed_by. For auditors.';

CREATE FUNCTION aiconsent.seal_ledger() RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.seal_ledger() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.seal_ledger() IS
'close the ledger so far; returns the root, to be kept where nobody who can write in this database can write, and given to verify_ledger(). Waits for those who are recording, who wait for a moment only. For stewards; not above READ COMMITTED.';

CREATE FUNCTION aiconsent.verify_ledger(root bytea DEFAULT NULL)
	RETURNS TABLE (event bigint, subject text, finding text)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10;
REVOKE ALL ON FUNCTION aiconsent.verify_ledger(bytea) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.verify_ledger(bytea) IS
'what was done to the ledger past the extension''s functions: events that were edited, deleted or inserted, and seals. root: what seal_ledger() returned and was kept elsewhere; up to that seal whatever was done is told, even by who could write every table, hashes included. NULL: the last seal is believed as it stands here, and behind it edits are told that did not compute the hashes anew. Empty: nothing was done. For auditors.';
