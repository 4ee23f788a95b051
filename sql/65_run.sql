-- Training runs: who was in, under which policy, and what was handed out.

CREATE TABLE aiconsent.run (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	token uuid NOT NULL UNIQUE,
	name text NOT NULL,
	purpose text NOT NULL,
	views text[] NOT NULL,
	recipient text NOT NULL,
	begun_at timestamptz NOT NULL,
	begun_by text NOT NULL,
	instant timestamptz NOT NULL,
	system_identifier bigint NOT NULL,
	timeline integer NOT NULL,
	snapshot pg_snapshot NOT NULL,
	policies integer[] NOT NULL,
	labels bytea NOT NULL,
	rules text NOT NULL,
	key_since timestamptz NOT NULL,
	hash bytea NOT NULL
);
COMMENT ON TABLE aiconsent.run IS
'training runs as they began, each committed before any of its data was read; what became of it is in run_seal, and without that it is as if everybody who was eligible since had been in';
COMMENT ON SEQUENCE aiconsent.run_id_seq IS 'ids of aiconsent.run';
COMMENT ON COLUMN aiconsent.run.token IS
'what begin_run() gave, by which it is sealed';
COMMENT ON COLUMN aiconsent.run.views IS
'the training views that it reads, by their qualified names';
COMMENT ON COLUMN aiconsent.run.instant IS
'the beginning of the transaction that it was begun in, by which eligible() goes there';
COMMENT ON COLUMN aiconsent.run.snapshot IS
'what had been committed for that transaction, and so for all workers that import its snapshot; of that cluster and timeline, see server_line()';
COMMENT ON COLUMN aiconsent.run.policies IS
'the versions of the purpose''s policy that had been adopted: ids of aiconsent.policy';
COMMENT ON COLUMN aiconsent.run.labels IS
'SHA-256 of all labels, and of what the views are: see run_labels()';
COMMENT ON COLUMN aiconsent.run.rules IS
'rules_version() then';
COMMENT ON COLUMN aiconsent.run.key_since IS
'the purpose''s key for pseudonyms then: since, of aiconsent.pseudonym_key';
COMMENT ON COLUMN aiconsent.run.hash IS
'SHA-256 of all of this: see run_hash()';

CREATE TABLE aiconsent.run_seal (
	run bigint PRIMARY KEY,
	sealed_at timestamptz NOT NULL,
	sealed_by text NOT NULL,
	outcome text NOT NULL CHECK (outcome IN ('sealed', 'failed')),
	reason text,
	exact boolean NOT NULL,
	members bigint NOT NULL,
	numbers bytea NOT NULL,
	hash bytea NOT NULL
);
-- So that a single bit is read without all of them.
ALTER TABLE aiconsent.run_seal ALTER COLUMN numbers SET STORAGE EXTERNAL;
COMMENT ON TABLE aiconsent.run_seal IS
'who was in a run: everybody who was eligible at any moment of it';
COMMENT ON COLUMN aiconsent.run_seal.outcome IS
'failed: ended by fail_run(); whoever could have been in counts as having been';
COMMENT ON COLUMN aiconsent.run_seal.exact IS
'rows and digests in run_block are of the run''s own snapshot: it was sealed in the transaction that it was begun in';
COMMENT ON COLUMN aiconsent.run_seal.members IS
'so many subjects';
COMMENT ON COLUMN aiconsent.run_seal.numbers IS
'a bit for each aiconsent.head.number, the least significant of the first byte for 0';
COMMENT ON COLUMN aiconsent.run_seal.hash IS
'SHA-256 of all of this, of what run_block has of the run, and of the run''s own hash: see run_seal_hash()';

CREATE TABLE aiconsent.run_block (
	run bigint NOT NULL,
	view text NOT NULL,
	block integer NOT NULL,
	rows bigint NOT NULL,
	digest bytea NOT NULL,
	PRIMARY KEY (run, view, block)
);
COMMENT ON TABLE aiconsent.run_block IS
'what a run read of each view, in up to 256 blocks';
COMMENT ON COLUMN aiconsent.run_block.block IS
'the first byte of a row''s hash, which is SHA-256 of to_json() of the row with TimeZone UTC, in UTF-8';
COMMENT ON COLUMN aiconsent.run_block.digest IS
'SHA-256 of the hashes of its rows, in their order';

CREATE TABLE aiconsent.erased_reference (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	number bigint NOT NULL,
	purpose text NOT NULL,
	key_since timestamptz NOT NULL,
	subject_ref text NOT NULL,
	runs bigint[] NOT NULL,
	erased_at timestamptz NOT NULL,
	hash bytea NOT NULL
);
COMMENT ON TABLE aiconsent.erased_reference IS
'subjects who could be in an export of the purpose and were erased since, by the pseudonym that they have in it: what is left of them, so that they can be taken out';
COMMENT ON SEQUENCE aiconsent.erased_reference_id_seq IS 'ids of aiconsent.erased_reference';
COMMENT ON COLUMN aiconsent.erased_reference.number IS
'the subject''s place in the sets of run_seal, as aiconsent.head had it';
COMMENT ON COLUMN aiconsent.erased_reference.key_since IS
'under which of the purpose''s keys: since, of aiconsent.pseudonym_key';
COMMENT ON COLUMN aiconsent.erased_reference.runs IS
'the runs that it was in or, of one that was not sealed, could have been; one that was recorded later has its number';
COMMENT ON COLUMN aiconsent.erased_reference.hash IS
'row_hash() of the row';
CREATE INDEX erased_reference_ref ON aiconsent.erased_reference (subject_ref);
COMMENT ON INDEX aiconsent.erased_reference_ref IS 'who has this pseudonym?';

CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.run
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.run_seal
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.run_block
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.erased_reference
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
SELECT pg_catalog.pg_extension_config_dump('aiconsent.run', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.run_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.run_seal', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.run_block', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.erased_reference', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.erased_reference_id_seq', '');

-- Hashes

CREATE FUNCTION aiconsent.run_string(value text) RETURNS bytea
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN value IS NULL THEN pg_catalog.int4send(-1)
		ELSE pg_catalog.int4send(pg_catalog.octet_length(pg_catalog.convert_to(value, 'UTF8')))
			OPERATOR(pg_catalog.||) pg_catalog.convert_to(value, 'UTF8') END;
REVOKE ALL ON FUNCTION aiconsent.run_string(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.run_string(text) IS
'a text as it is hashed: its length in four bytes, -1 for NULL, and itself in UTF-8. For auditors.';

CREATE FUNCTION aiconsent.run_hash(run aiconsent.run) RETURNS bytea
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN pg_catalog.sha256(pg_catalog.int8send(run.id)
		OPERATOR(pg_catalog.||) pg_catalog.uuid_send(run.token)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.name)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.purpose)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.views::text)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.recipient)
		OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(run.begun_at)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.begun_by)
		OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(run.instant)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(run.system_identifier)
		OPERATOR(pg_catalog.||) pg_catalog.int4send(run.timeline)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.snapshot::text)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.policies::text)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.labels::text)
		OPERATOR(pg_catalog.||) aiconsent.run_string(run.rules)
		OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(run.key_since));
REVOKE ALL ON FUNCTION aiconsent.run_hash(aiconsent.run) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.run_hash(aiconsent.run) IS
'SHA-256 of what the row says, but for its hash: numbers and times as their send functions write them, all else as text, see run_string(). For auditors.';

CREATE FUNCTION aiconsent.run_seal_hash(seal aiconsent.run_seal, run_hash bytea)
	RETURNS bytea
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN pg_catalog.sha256(pg_catalog.int8send(seal.run)
		OPERATOR(pg_catalog.||) pg_catalog.timestamptz_send(seal.sealed_at)
		OPERATOR(pg_catalog.||) aiconsent.run_string(seal.sealed_by)
		OPERATOR(pg_catalog.||) aiconsent.run_string(seal.outcome)
		OPERATOR(pg_catalog.||) aiconsent.run_string(seal.reason)
		OPERATOR(pg_catalog.||) pg_catalog.boolsend(seal.exact)
		OPERATOR(pg_catalog.||) pg_catalog.int8send(seal.members)
		OPERATOR(pg_catalog.||) pg_catalog.sha256(seal.numbers)
		OPERATOR(pg_catalog.||) COALESCE((SELECT pg_catalog.sha256(pg_catalog.string_agg(
				aiconsent.run_string(b.view)
				OPERATOR(pg_catalog.||) pg_catalog.int4send(b.block)
				OPERATOR(pg_catalog.||) pg_catalog.int8send(b.rows)
				OPERATOR(pg_catalog.||) b.digest, '' ORDER BY b.view COLLATE "C", b.block))
			FROM aiconsent.run_block b WHERE b.run OPERATOR(pg_catalog.=) seal.run), '')
		OPERATOR(pg_catalog.||) COALESCE(run_hash, ''));
REVOKE ALL ON FUNCTION aiconsent.run_seal_hash(aiconsent.run_seal, bytea) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.run_seal_hash(aiconsent.run_seal, bytea) IS
'SHA-256 of what the row says, of the run''s blocks and of the hash of the run itself: written as for run_hash(), of numbers their SHA-256. For auditors.';

CREATE FUNCTION aiconsent.run_labels(views text[]) RETURNS bytea
	LANGUAGE sql STABLE PARALLEL SAFE
	SET search_path = pg_catalog
	RETURN pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat(
		(SELECT pg_catalog.string_agg(pg_catalog.format('%s.%I %s' OPERATOR(pg_catalog.||) E'\n',
				f.relation, f.field, f.sensitivity), ''
				ORDER BY f.relation::text COLLATE "C", f.field)
			FROM aiconsent.field f),
		(SELECT pg_catalog.string_agg(pg_catalog.concat(v.name, ':', pg_catalog.pg_get_viewdef(
				pg_catalog.to_regclass(v.name)::pg_catalog.oid), E'\n'), '' ORDER BY v.name COLLATE "C")
			FROM pg_catalog.unnest(views) v(name))), 'UTF8'));
REVOKE ALL ON FUNCTION aiconsent.run_labels(text[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.run_labels(text[]) IS
'SHA-256 of every labelled column with its sensitivity, and of the definitions of these views, as they are now. For auditors.';

-- Running

CREATE FUNCTION aiconsent.begin_run(
	name text, purpose text DEFAULT 'content_generation',
	views regclass[] DEFAULT NULL, recipient text DEFAULT NULL,
	OUT run bigint, OUT token uuid, OUT snapshot text)
	RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.begin_run(text, text, regclass[], text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.begin_run(text, text, regclass[], text) IS
'begin a training run: that it began is committed before this returns, whatever becomes of the transaction, which must be REPEATABLE READ and go on until all workers have imported the snapshot. views: training views of the purpose, by default all; recipient: whom the data is for. Returns the run''s number, the token by which it is sealed and a snapshot for SET TRANSACTION SNAPSHOT. Takes a background worker for a moment. For stewards.';

CREATE FUNCTION aiconsent.seal_run(token uuid) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.seal_run(uuid) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.seal_run(uuid) IS
'end a run, once nothing reads for it any more: who was in, and rows and digests of each view, are written for good; returns the hash of it. In the transaction that the run was begun in, rows and digests are of what its workers saw; later, of what is there by then, which run_seal.exact tells. What the views call, treatments and recognizers of yours among them, runs as who calls. For stewards.';

CREATE FUNCTION aiconsent.fail_run(token uuid, reason text) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.fail_run(uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.fail_run(uuid, text) IS
'end a run that was not finished: everybody who could have been in counts as having been; returns the hash of it. For stewards.';

CREATE FUNCTION aiconsent.run_manifest(
	name text, purpose text DEFAULT 'content_generation',
	views regclass[] DEFAULT NULL, recipient text DEFAULT NULL)
	RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.run_manifest(text, text, regclass[], text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.run_manifest(text, text, regclass[], text) IS
'on a standby, which cannot record a run: the whole of what begin_run() and seal_run() would, as a value for record_run() on the primary. Called when nothing reads any more, in the transaction whose snapshot was read by. For stewards.';

CREATE FUNCTION aiconsent.record_run(manifest jsonb) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.record_run(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.record_run(jsonb) IS
'record what run_manifest() gave on a standby of this server; returns the run''s number. One that is recorded already is an error 23505. For stewards.';

CREATE FUNCTION aiconsent.pseudonym_since(value text, purpose text, of text, since timestamptz)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.pseudonym_since(text, text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.pseudonym_since(text, text, text, timestamptz) IS
'pseudonym() under the key that the purpose had since then, as an older export has it; NULL for NULL, and where there is no such key. For auditors.';

CREATE FUNCTION aiconsent.removal(run bigint)
	RETURNS TABLE (subject text, subject_ref text, source text, row_id text,
		cause text, since timestamptz, verdict aiconsent.verdict)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE ROWS 1000;
REVOKE ALL ON FUNCTION aiconsent.removal(bigint) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.removal(bigint) IS
'what is to be taken out of what a run got: who was in and is out now, with subject_ref as the run''s export has it, first by itself and then for each row that is about the subject; and rows that are too old now, of subjects who are in. cause: wrong_then, as is known now the subject was not eligible at any moment of the run; changed_since, it was lawful then. since: when the subject''s present verdict begins. subject NULL: erased since. For auditors.';

CREATE FUNCTION aiconsent.run_had(numbers bytea, number bigint) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN number OPERATOR(pg_catalog./) 8 OPERATOR(pg_catalog.<) pg_catalog.length(numbers)
		THEN pg_catalog.get_byte(pg_catalog.substring(numbers,
				(number OPERATOR(pg_catalog./) 8)::integer OPERATOR(pg_catalog.+) 1, 1), 0)
			OPERATOR(pg_catalog.>>) (number OPERATOR(pg_catalog.%) 8)::integer
			OPERATOR(pg_catalog.&) 1 OPERATOR(pg_catalog.=) 1
		ELSE false END;
REVOKE ALL ON FUNCTION aiconsent.run_had(bytea, bigint) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.run_had(bytea, bigint) IS
'is the subject of this number (aiconsent.head) in a run''s set (aiconsent.run_seal)? NULL: no. For auditors.';

CREATE FUNCTION aiconsent.replaced_since(history aiconsent.head_history,
	snapshot pg_snapshot, system_identifier bigint, timeline integer)
	RETURNS boolean
	LANGUAGE sql STABLE PARALLEL UNSAFE
	RETURN CASE
		WHEN history.system_identifier OPERATOR(pg_catalog.<>) replaced_since.system_identifier THEN
			(aiconsent.server_line()).system_identifier OPERATOR(pg_catalog.=) history.system_identifier
			OR (aiconsent.server_line()).system_identifier OPERATOR(pg_catalog.<>) replaced_since.system_identifier
		WHEN history.timeline OPERATOR(pg_catalog.<>) replaced_since.timeline THEN
			history.timeline OPERATOR(pg_catalog.>) replaced_since.timeline
		ELSE NOT pg_catalog.pg_visible_in_snapshot(history.transaction, snapshot) END;
REVOKE ALL ON FUNCTION aiconsent.replaced_since(aiconsent.head_history, pg_snapshot, bigint, integer) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.replaced_since(aiconsent.head_history, pg_snapshot, bigint, integer) IS
'was that still known to a transaction with the snapshot, on that cluster and timeline? What another cluster replaced was so before everything is dumped and restored here, so that only runs of before can have seen it; of two other clusters it is taken to be so. For auditors.';

CREATE FUNCTION aiconsent.run_of_subject(subject text)
	RETURNS TABLE (run bigint, purpose text, was_in boolean)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
	BEGIN ATOMIC
	SELECT r.id, r.purpose,
		COALESCE(CASE WHEN s.run IS NOT NULL
			THEN aiconsent.run_had(s.numbers, h.number)
			ELSE EXISTS (SELECT FROM (
					SELECT h.segments
					UNION ALL SELECT o.segments FROM aiconsent.head_history o
					WHERE o.subject OPERATOR(pg_catalog.=) $1
						AND aiconsent.replaced_since(o, r.snapshot, r.system_identifier, r.timeline)) v,
					LATERAL aiconsent.standing_segments(v.segments) g
				WHERE g.purpose OPERATOR(pg_catalog.=) p.id
					AND g.verdict OPERATOR(aiconsent.=) 'eligible'
					AND g.since OPERATOR(pg_catalog.<=) pg_catalog.clock_timestamp()
					AND g.until OPERATOR(pg_catalog.>) r.instant)
			END, false)
		OR EXISTS (SELECT FROM aiconsent.erased_reference e
			WHERE e.subject_ref OPERATOR(pg_catalog.=) aiconsent.pseudonym_since($1, r.purpose, NULL, r.key_since)
				AND e.purpose OPERATOR(pg_catalog.=) r.purpose
				AND e.key_since OPERATOR(pg_catalog.=) r.key_since
				AND (r.id OPERATOR(pg_catalog.=) ANY (e.runs) OR aiconsent.run_had(s.numbers, e.number)))
	FROM aiconsent.run r
		LEFT JOIN aiconsent.run_seal s ON s.run OPERATOR(pg_catalog.=) r.id
		LEFT JOIN aiconsent.purpose p ON p.name OPERATOR(pg_catalog.=) r.purpose
		LEFT JOIN aiconsent.head h ON h.subject OPERATOR(pg_catalog.=) $1
	ORDER BY r.id;
	END;
REVOKE ALL ON FUNCTION aiconsent.run_of_subject(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.run_of_subject(text) IS
'each run, and whether the subject was in it; of one that is not sealed, whether it could have been. For auditors.';

CREATE FUNCTION aiconsent.receipt(subject text)
	RETURNS TABLE (purpose text, is_in boolean, verdict aiconsent.verdict,
		since timestamptz, runs bigint[], effective_from bigint)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 3
	BEGIN ATOMIC
	SELECT p.name, v.verdict OPERATOR(aiconsent.=) 'eligible', v.verdict, v.since,
		COALESCE((SELECT pg_catalog.array_agg(o.run ORDER BY o.run)
			FROM aiconsent.run_of_subject($1) o
			WHERE o.purpose OPERATOR(pg_catalog.=) p.name AND o.was_in), '{}'),
		CASE WHEN v.verdict OPERATOR(aiconsent.<>) 'eligible' THEN
			(SELECT pg_catalog.min(o.run) FROM aiconsent.run_of_subject($1) o
				JOIN aiconsent.run r ON r.id OPERATOR(pg_catalog.=) o.run
			WHERE o.purpose OPERATOR(pg_catalog.=) p.name AND NOT o.was_in
				AND r.begun_at OPERATOR(pg_catalog.>=) v.since) END
	FROM aiconsent.purpose p, LATERAL (
		SELECT t.verdict, pg_catalog.lower(t.during) AS since
		FROM aiconsent.timeline($1, p.name) t
		WHERE t.during OPERATOR(pg_catalog.@>) pg_catalog.clock_timestamp()
		UNION ALL
		SELECT aiconsent.verdict_of($1, p.name), NULL
		WHERE NOT EXISTS (SELECT FROM aiconsent.timeline($1, p.name))) v
	ORDER BY p.name;
	END;
REVOKE ALL ON FUNCTION aiconsent.receipt(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.receipt(text) IS
'one person''s picture, a row for each purpose: in or out now, why, since when (NULL: it is no member), the runs it was in, and, for who is out, the first run since then that was without it (NULL: there was none yet). The subject by its key as text. For auditors.';

CREATE FUNCTION aiconsent.verify_runs(root bytea DEFAULT NULL)
	RETURNS TABLE (run bigint, finding text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10
	BEGIN ATOMIC
	WITH chain AS MATERIALIZED (SELECT c.* FROM aiconsent.seal_chain(verify_runs.root) c),
	closed AS MATERIALIZED (
		SELECT b.kind, e.id, e.hash
		FROM aiconsent.seal_block b JOIN chain c ON c.id OPERATOR(pg_catalog.=) b.seal AND c.intact,
			LATERAL ROWS FROM (pg_catalog.unnest(b.ids), pg_catalog.unnest(b.hashes)) e(id, hash)
	),
	stored AS MATERIALIZED (
		SELECT 'run' AS kind, r.id, r.hash, aiconsent.run_hash(r) AS computed FROM aiconsent.run r
		UNION ALL
		SELECT 'run_seal', s.run, s.hash, aiconsent.run_seal_hash(s, r.hash)
		FROM aiconsent.run_seal s LEFT JOIN aiconsent.run r ON r.id OPERATOR(pg_catalog.=) s.run
		UNION ALL
		SELECT 'erased_reference', e.id, e.hash, aiconsent.row_hash(e) FROM aiconsent.erased_reference e
	)
	SELECT NULL::bigint, 'no seal has this root: it was deleted, or the runs are from before it'
	WHERE verify_runs.root IS NOT NULL AND NOT EXISTS (SELECT FROM chain)
	UNION ALL
	SELECT NULL, pg_catalog.format('seal %s was edited, or one before it deleted: what it closed cannot be told', c.id)
	FROM chain c WHERE NOT c.intact
	UNION ALL
	SELECT CASE WHEN s.kind OPERATOR(pg_catalog.<>) 'erased_reference' THEN s.id END,
		CASE s.kind WHEN 'run' THEN 'edited' WHEN 'run_seal' THEN 'what it was sealed as was edited'
			ELSE pg_catalog.format('row %s of aiconsent.erased_reference was edited', s.id) END
	FROM stored s LEFT JOIN closed c ON c.kind OPERATOR(pg_catalog.=) s.kind AND c.id OPERATOR(pg_catalog.=) s.id
	WHERE s.computed IS DISTINCT FROM s.hash OR s.hash OPERATOR(pg_catalog.<>) c.hash
	UNION ALL
	SELECT CASE WHEN c.kind OPERATOR(pg_catalog.<>) 'erased_reference' THEN c.id END,
		CASE c.kind WHEN 'run' THEN 'deleted' WHEN 'run_seal' THEN 'what it was sealed as was deleted'
			ELSE pg_catalog.format('row %s of aiconsent.erased_reference was deleted', c.id) END
	FROM closed c
	WHERE c.kind OPERATOR(pg_catalog.<>) 'event' AND NOT EXISTS (SELECT FROM stored s
		WHERE s.kind OPERATOR(pg_catalog.=) c.kind AND s.id OPERATOR(pg_catalog.=) c.id)
	UNION ALL
	SELECT s.run, 'deleted' FROM aiconsent.run_seal s
	WHERE NOT EXISTS (SELECT FROM aiconsent.run r WHERE r.id OPERATOR(pg_catalog.=) s.run)
		AND NOT EXISTS (SELECT FROM closed c
			WHERE c.kind OPERATOR(pg_catalog.=) 'run' AND c.id OPERATOR(pg_catalog.=) s.run)
	UNION ALL
	SELECT DISTINCT b.run, 'rows of it are listed, but it is not sealed' FROM aiconsent.run_block b
	WHERE NOT EXISTS (SELECT FROM aiconsent.run_seal s WHERE s.run OPERATOR(pg_catalog.=) b.run)
	ORDER BY 1 NULLS FIRST, 2;
	END;
REVOKE ALL ON FUNCTION aiconsent.verify_runs(bytea) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.verify_runs(bytea) IS
'what was done to the training runs past the extension''s functions. root: what seal_ledger() returned and was kept elsewhere: whatever was done to runs from before it is told, even by who computed hashes anew; NULL: the last seal is believed as it stands here. Empty: nothing was done. For auditors.';
