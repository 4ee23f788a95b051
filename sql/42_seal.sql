-- The ledger so far, closed by one hash that is kept elsewhere.

CREATE TABLE aiconsent.seal (
	id bigint PRIMARY KEY,
	sealed_at timestamptz NOT NULL,
	sealed_by text NOT NULL,
	system_identifier bigint NOT NULL,
	timeline integer NOT NULL,
	last_event bigint NOT NULL,
	last_number bigint NOT NULL,
	events bigint NOT NULL,
	chains bigint NOT NULL,
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
COMMENT ON COLUMN aiconsent.seal.last_number IS
'no subject had a higher number then: see aiconsent.head.number';
COMMENT ON COLUMN aiconsent.seal.events IS
'so many events there are up to it';
COMMENT ON COLUMN aiconsent.seal.chains IS
'in so many chains: one for each subject, and one more for each time that it was erased';
COMMENT ON COLUMN aiconsent.seal.heads IS
'the Merkle root over the chains: each one''s first id and its last hash, in the order of the former: see merkle_root()';
COMMENT ON COLUMN aiconsent.seal.blocks IS
'SHA-256 of what aiconsent.seal_block has of this seal: see seal_blocks()';
COMMENT ON COLUMN aiconsent.seal.previous IS
'the root of the seal before this one';
COMMENT ON COLUMN aiconsent.seal.root IS
'SHA-256 of all of this: see seal_root(); to be kept elsewhere';

CREATE TABLE aiconsent.seal_block (
	seal bigint NOT NULL,
	kind text NOT NULL CHECK (kind IN ('event', 'run', 'run_seal', 'erased_reference')),
	first bigint NOT NULL,
	ids bigint[] NOT NULL,
	hashes bytea[] NOT NULL,
	PRIMARY KEY (seal, kind, first)
);
COMMENT ON TABLE aiconsent.seal_block IS
'what a seal adds to those before: the events, a thousand in a row, by which verify_ledger() tells which one was edited; and the training runs, as they began and as they were sealed, and who of them was erased, for verify_runs()';

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
			pg_catalog.sha256(pg_catalog.convert_to(b.kind, 'UTF8')
				OPERATOR(pg_catalog.||) pg_catalog.int8send(b.first)
				OPERATOR(pg_catalog.||) pg_catalog.array_send(b.ids)
				OPERATOR(pg_catalog.||) pg_catalog.array_send(b.hashes)),
			'' ORDER BY b.kind COLLATE "C", b.first), ''))
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
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.last_number)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.events)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.chains)
		OPERATOR(pg_catalog.||) seal.heads
		OPERATOR(pg_catalog.||) seal.blocks
		OPERATOR(pg_catalog.||) COALESCE(seal.previous, '')
		OPERATOR(pg_catalog.||) pg_catalog.convert_to(seal.sealed_by, 'UTF8'));
REVOKE ALL ON FUNCTION aiconsent.seal_root(aiconsent.seal) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.seal_root(aiconsent.seal) IS
'SHA-256 of what a seal says: id, sealed_at, system_identifier, timeline, last_event, last_number, events and chains as their send functions write them, then heads, blocks, previous and sealed_by. For auditors.';

CREATE FUNCTION aiconsent.seal_chain(root bytea)
	RETURNS TABLE (id bigint, last_event bigint, intact boolean)
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
	SELECT c.id, c.last_event, pg_catalog.bool_and(c.intact) OVER (ORDER BY c.id DESC)
	FROM (SELECT s.id, s.last_event,
		COALESCE(s.root OPERATOR(pg_catalog.=) aiconsent.seal_root(s)
			AND s.blocks OPERATOR(pg_catalog.=) aiconsent.seal_blocks(s.id)
			AND COALESCE(pg_catalog.lead(s.previous) OVER o, s.root) OPERATOR(pg_catalog.=) s.root
			AND (s.previous IS NULL) OPERATOR(pg_catalog.=) (s.id OPERATOR(pg_catalog.=) 1)
			AND COALESCE(pg_catalog.lag(s.id) OVER o, 0) OPERATOR(pg_catalog.=) (s.id OPERATOR(pg_catalog.-) 1), false) AS intact
	FROM aiconsent.seal s
	WHERE s.id OPERATOR(pg_catalog.<=) (SELECT pg_catalog.max(l.id) FROM aiconsent.seal l
		WHERE seal_chain.root IS NULL OR l.root OPERATOR(pg_catalog.=) seal_chain.root)
	WINDOW o AS (ORDER BY s.id)) c
	ORDER BY c.id;
	END;
REVOKE ALL ON FUNCTION aiconsent.seal_chain(bytea) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.seal_chain(bytea) IS
'the seal with that root (NULL: the last one) and those before it: is each what it was? The last is vouched for by its root, each one before by the next, so that before one that is not none is. For auditors.';

CREATE FUNCTION aiconsent.seal_ledger() RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.seal_ledger() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.seal_ledger() IS
'close the ledger so far; returns the root, to be kept where nobody who can write in this database can write, and given to verify_ledger(). Waits for those who are recording, who wait for a moment only. For stewards; not above READ COMMITTED.';

CREATE FUNCTION aiconsent.export_events(since bigint DEFAULT 0)
	RETURNS SETOF jsonb
	LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL UNSAFE ROWS 100000
	SET search_path = pg_catalog, aiconsent, pg_temp
	SET bytea_output = 'hex'
	SET timezone = 'UTC'
AS $$
SELECT e.exported FROM (
	SELECT 1 AS part, c.id, jsonb_build_object('event',
		CASE WHEN c.evidence IS NULL THEN to_jsonb(c) - 'evidence' ELSE to_jsonb(c) END) AS exported
	FROM consent c WHERE c.id > COALESCE((SELECT s.last_event FROM seal s WHERE s.id = $1), 0)
	UNION ALL
	SELECT 2, 0, jsonb_build_object('erasure', to_jsonb(e)) FROM erasure e
	UNION ALL
	SELECT 3, s.id, jsonb_build_object('suppression', to_jsonb(s)) FROM suppression s
	WHERE s.identifier IS NOT NULL AND NOT EXISTS (SELECT FROM suppression r WHERE r.retracts = s.id)
	UNION ALL
	SELECT 4, h.number, jsonb_build_object('number', jsonb_build_object('subject', h.subject, 'number', h.number))
	FROM head h WHERE h.number > COALESCE((SELECT s.last_number FROM seal s WHERE s.id = $1), 0)
	UNION ALL
	SELECT 5, s.id, jsonb_build_object('seal', to_jsonb(s)) FROM seal s WHERE s.id > COALESCE($1, 0)
	UNION ALL
	SELECT 6, b.first, jsonb_build_object('seal_block', to_jsonb(b)) FROM seal_block b WHERE b.seal > COALESCE($1, 0)
	UNION ALL
	SELECT 7, r.id, jsonb_build_object('run', to_jsonb(r)) FROM run r
	UNION ALL
	SELECT 8, s.run, jsonb_build_object('run_seal', to_jsonb(s)) FROM run_seal s
	UNION ALL
	SELECT 9, b.run, jsonb_build_object('run_block', to_jsonb(b)) FROM run_block b
	UNION ALL
	SELECT 10, e.id, jsonb_build_object('erased_reference', to_jsonb(e)) FROM erased_reference e
) e ORDER BY e.part, e.id
$$;
REVOKE ALL ON FUNCTION aiconsent.export_events(bigint) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.export_events(bigint) IS
'what is to be kept beside a backup, for merge_events(): the events that the seal of this number (0, or NULL: all) did not close, with content and salts; all erasures and training runs; the suppressions in force; which numbers subjects were given since then; and the later seals. Keep it no longer than the backups that it is for: what is erased here stays in it. For auditors.';

CREATE FUNCTION aiconsent.merge_events(events jsonb[]) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.merge_events(jsonb[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.merge_events(jsonb[]) IS
'after a restore, enter what export_events() gave before: what is missing comes back with its id and hash, or, where something else was recorded in its place since, as a new event of the same effect; who was erased or suppressed is so again; and so are the runs, and the seals of all that is there again. Judges whom it is about; returns how many events were entered. What is there already is passed over, so that it can be done again. For stewards; not above READ COMMITTED.';

CREATE FUNCTION aiconsent.verify_ledger(root bytea DEFAULT NULL)
	RETURNS TABLE (event bigint, subject text, finding text)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10;
REVOKE ALL ON FUNCTION aiconsent.verify_ledger(bytea) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.verify_ledger(bytea) IS
'what was done to the ledger past the extension''s functions: events that were edited, deleted or inserted, and seals. root: what seal_ledger() returned and was kept elsewhere; up to that seal whatever was done is told, even by who could write every table, hashes included. NULL: the last seal is believed as it stands here, and behind it edits are told that did not compute the hashes anew. Empty: nothing was done. For auditors.';
