-- Does a training view show what it must not?  Found by another way than the
-- views take: from ledger, policy and evidence, and never from the standing.

CREATE FUNCTION aiconsent.lawful(subject anynonarray, purpose text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE COST 3;
REVOKE ALL ON FUNCTION aiconsent.lawful(anynonarray, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.lawful(anynonarray, text) IS
'what eligible() is to answer, by the evidence. Only within leaks().';
CREATE FUNCTION aiconsent.lawful(subject anynonarray, purpose text, occurred_at timestamptz) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE COST 3;
REVOKE ALL ON FUNCTION aiconsent.lawful(anynonarray, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.lawful(anynonarray, text, timestamptz) IS
'what eligible() is to answer, by the evidence. Only within leaks().';
CREATE FUNCTION aiconsent.lawfully_granted(subject anynonarray, purpose text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE COST 3;
REVOKE ALL ON FUNCTION aiconsent.lawfully_granted(anynonarray, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.lawfully_granted(anynonarray, text) IS
'what granted() is to answer, by the evidence. Only within leaks().';
CREATE FUNCTION aiconsent.lawfully_granted(subject anynonarray, purpose text, occurred_at timestamptz) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE COST 3;
REVOKE ALL ON FUNCTION aiconsent.lawfully_granted(anynonarray, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.lawfully_granted(anynonarray, text, timestamptz) IS
'what granted() is to answer, by the evidence. Only within leaks().';

CREATE FUNCTION aiconsent.leaks(
	OUT purpose text, OUT view regclass, OUT source regclass,
	OUT row_hash text, OUT rows bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10;
REVOKE ALL ON FUNCTION aiconsent.leaks() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.leaks() IS
'what the view leak shows; reads every source, every training view and all evidence. For auditors.';

CREATE VIEW aiconsent.leak AS SELECT l.* FROM aiconsent.leaks() l;
COMMENT ON VIEW aiconsent.leak IS
'rows, or cells of them, that a training view shows and ledger, policy, labels and evidence do not release; the standing is not read. Empty: there are none. As slow as reading every source and all evidence. As with any view, what training views call, treatments and recognizers of yours among them, runs as who asks: ask as an auditor. In a transaction that began before an event that it sees, the present counts.';
COMMENT ON COLUMN aiconsent.leak.source IS
'what the view shows; NULL: it is no source''s any more';
COMMENT ON COLUMN aiconsent.leak.row_hash IS
'SHA-256, in hexadecimal, of the row as to_jsonb() has it without its NULLs: no content is shown';
COMMENT ON COLUMN aiconsent.leak.rows IS
'so many more of such rows than are released';
