-- Every subject's timeline, kept in the transaction that changes what it
-- rests on.  Subjects are their keys' text form, except where eligible()
-- reads.  No trigger of ours derives anything on these tables: they are
-- restored as data.

-- No default of the column: an INSERT that finds a row there would take one.
CREATE SEQUENCE aiconsent.head_number_seq;
COMMENT ON SEQUENCE aiconsent.head_number_seq IS
'numbers of subjects, as close together as there are subjects';
CREATE TABLE aiconsent.head (
	subject text COLLATE "C" PRIMARY KEY,
	recorded_at timestamptz NOT NULL DEFAULT '-infinity',
	last_event timestamptz NOT NULL DEFAULT '-infinity',
	segments bytea NOT NULL DEFAULT '',
	handle bytea,
	profile bytea,
	last_id bigint,
	last_hash bytea CHECK ((last_hash IS NULL) = (last_id IS NULL)),
	number bigint,
	hash bytea NOT NULL DEFAULT ''
) WITH (fillfactor = 50);
COMMENT ON TABLE aiconsent.head IS
'one row per subject, updated by every recompute of its standing: where two of them meet; the view standing shows what it says';
COMMENT ON COLUMN aiconsent.head.recorded_at IS
'since when the segments are known';
COMMENT ON COLUMN aiconsent.head.last_event IS
'the instant of the subject''s last immediate event; the next one is later, whatever the clock says';
COMMENT ON COLUMN aiconsent.head.segments IS
'the subject''s timeline for every purpose, see standing_segments(); empty: no member has the key';
COMMENT ON COLUMN aiconsent.head.handle IS
'a keyed hash of the subject''s handle, by which scrub() finds whose it is; NULL: none';
COMMENT ON COLUMN aiconsent.head.profile IS
'the same of the address of the subject''s profile, behind a keyed hash of what it has in common with others, up to its last slash';
COMMENT ON COLUMN aiconsent.head.last_id IS
'the subject''s last event in the ledger; NULL: there is none';
COMMENT ON COLUMN aiconsent.head.last_hash IS
'the hash of that event, where the subject''s chain ends';
COMMENT ON COLUMN aiconsent.head.number IS
'the subject''s place in the sets of members that runs keep; given when it is judged first';
COMMENT ON COLUMN aiconsent.head.hash IS
'row_hash() of the row, by which verify_standing() sees that it was edited by hand';
CREATE INDEX head_handle ON aiconsent.head (handle) WHERE handle IS NOT NULL;
COMMENT ON INDEX aiconsent.head_handle IS 'whose handle is it?';
CREATE INDEX head_profile ON aiconsent.head (profile) WHERE profile IS NOT NULL;
COMMENT ON INDEX aiconsent.head_profile IS
'whose address is it, and is it where members'' addresses are?';

CREATE TABLE aiconsent.head_history (
	subject text COLLATE "C" NOT NULL,
	recorded_at timestamptz NOT NULL,
	superseded_at timestamptz NOT NULL,
	segments bytea NOT NULL,
	system_identifier bigint NOT NULL,
	timeline integer NOT NULL,
	transaction xid8 NOT NULL,
	hash bytea NOT NULL
);
COMMENT ON TABLE aiconsent.head_history IS
'what was known before: known from recorded_at until superseded_at; the view standing_history shows what it says';
COMMENT ON COLUMN aiconsent.head_history.transaction IS
'which replaced it: whose snapshot does not see that still had it; an id of that cluster and timeline, see server_line()';
COMMENT ON COLUMN aiconsent.head_history.hash IS
'row_hash() of the row';
-- A publication of all tables would refuse that somebody is erased.
ALTER TABLE aiconsent.head_history REPLICA IDENTITY FULL;
CREATE INDEX head_history_subject
	ON aiconsent.head_history (subject, superseded_at);
COMMENT ON INDEX aiconsent.head_history_subject IS
'one subject''s past knowledge';

CREATE FUNCTION aiconsent.row_hash("row" record) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.row_hash(record) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.row_hash(record) IS
'SHA-256 of a row of aiconsent.head or head_history but for its last column, which is that hash; how it is written is said in src/framed.h. For auditors.';

CREATE FUNCTION aiconsent.standing_segments(segments bytea,
	OUT purpose smallint, OUT since timestamptz, OUT until timestamptz,
	OUT verdict aiconsent.verdict, OUT explicit boolean,
	OUT content_from timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION aiconsent.standing_segments(bytea) IS
'the segments of time that a row of aiconsent.head has; bytes that are none are an error XX001';

CREATE TABLE aiconsent.regime (
	single boolean PRIMARY KEY DEFAULT true CHECK (single),
	changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
INSERT INTO aiconsent.regime DEFAULT VALUES;
COMMENT ON TABLE aiconsent.regime IS
'one row, updated by whatever changes how everybody is judged: a transaction with an older snapshot fails at it instead of judging by the past';

CREATE VIEW aiconsent.standing AS
	SELECT h.subject, p.name AS purpose, s.since, s.until, s.verdict,
		s.explicit, s.content_from, h.recorded_at
	FROM aiconsent.head h,
		LATERAL aiconsent.standing_segments(h.segments) s
		JOIN aiconsent.purpose p ON p.id OPERATOR(pg_catalog.=) s.purpose;
COMMENT ON VIEW aiconsent.standing IS
'what is known now: each subject''s verdict per purpose as segments of time, from -infinity to infinity; a segment contains since, not until';
COMMENT ON COLUMN aiconsent.standing.explicit IS
'a grant that was recorded with a notice version is in force';
COMMENT ON COLUMN aiconsent.standing.content_from IS
'rows older than this stay out; -infinity: none';
COMMENT ON COLUMN aiconsent.standing.recorded_at IS
'since when this is known';

CREATE VIEW aiconsent.standing_history AS
	SELECT h.subject, p.name AS purpose, s.since, s.until, s.verdict,
		s.explicit, s.content_from, h.recorded_at, h.superseded_at
	FROM aiconsent.head_history h,
		LATERAL aiconsent.standing_segments(h.segments) s
		JOIN aiconsent.purpose p ON p.id OPERATOR(pg_catalog.=) s.purpose;
COMMENT ON VIEW aiconsent.standing_history IS
'what was known before: segments that were known from recorded_at until superseded_at';

-- What eligible() reads: of each subject that is eligible now or later, the
-- first such stretch, under the key's own type.

CREATE TABLE aiconsent.standing_int8 (
	since timestamptz NOT NULL,
	until timestamptz NOT NULL,
	content_from timestamptz NOT NULL,
	purpose smallint NOT NULL,
	explicit boolean NOT NULL,
	more boolean NOT NULL,
	subject bigint NOT NULL,
	PRIMARY KEY (subject, purpose)
) USING heap WITH (fillfactor = 90);
COMMENT ON TABLE aiconsent.standing_int8 IS
'subjects with a key of type bigint that are eligible now or later: the first such stretch of their standing; more: look there behind it';
CREATE TABLE aiconsent.standing_uuid (
	since timestamptz NOT NULL,
	until timestamptz NOT NULL,
	content_from timestamptz NOT NULL,
	purpose smallint NOT NULL,
	explicit boolean NOT NULL,
	more boolean NOT NULL,
	subject uuid NOT NULL,
	PRIMARY KEY (subject, purpose)
) USING heap WITH (fillfactor = 90);
COMMENT ON TABLE aiconsent.standing_uuid IS
'subjects with a key of type uuid that are eligible now or later: the first such stretch of their standing; more: look there behind it';
CREATE TABLE aiconsent.standing_text (
	since timestamptz NOT NULL,
	until timestamptz NOT NULL,
	content_from timestamptz NOT NULL,
	purpose smallint NOT NULL,
	explicit boolean NOT NULL,
	more boolean NOT NULL,
	subject text COLLATE "C" NOT NULL,
	PRIMARY KEY (subject, purpose)
) USING heap WITH (fillfactor = 90);
COMMENT ON TABLE aiconsent.standing_text IS
'subjects with a key of type text that are eligible now or later: the first such stretch of their standing; more: look there behind it';

-- The same, so that a scan need not read a row for each: what eligible() reads
-- where it is quicker.  It is no data of its own, and no dump has it.

CREATE TABLE aiconsent.standing_packed (
	purpose smallint PRIMARY KEY,
	packed_at timestamptz NOT NULL,
	filenode oid NOT NULL,
	first bigint NOT NULL,
	room bigint NOT NULL,
	bits smallint NOT NULL,
	numbers bytea NOT NULL,
	since timestamptz[] NOT NULL,
	until timestamptz[] NOT NULL,
	content_from timestamptz[] NOT NULL,
	explicit boolean[] NOT NULL
) USING heap;
ALTER TABLE aiconsent.standing_packed ALTER COLUMN numbers SET STORAGE EXTERNAL;
COMMENT ON TABLE aiconsent.standing_packed IS
'standing_int8 as it was when everybody was judged last, one row per purpose: stretches, each once, and for every key from first on the number of its stretch, of so many bits; there is none where keys are not integers that lie close together. pack_standing() makes it anew';
COMMENT ON COLUMN aiconsent.standing_packed.filenode IS
'the file of standing_int8 then: where it has another one, its rows are read';
COMMENT ON COLUMN aiconsent.standing_packed.since IS
'-infinity: it had begun when it was packed; the first of the stretches is none';

CREATE TABLE aiconsent.standing_unpacked (
	subject bigint NOT NULL
) USING heap;
-- A publication of all tables would refuse that its rows are deleted.
ALTER TABLE aiconsent.standing_unpacked REPLICA IDENTITY FULL;
COMMENT ON TABLE aiconsent.standing_unpacked IS
'subjects whose rows of standing_int8 count and not what is packed: written since, or with more than one stretch; some are named more than once';

CREATE FUNCTION aiconsent.standing_packed_windows(
	OUT subject bigint, OUT purpose smallint, OUT since timestamptz,
	OUT until timestamptz, OUT content_from timestamptz, OUT explicit boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100000;
REVOKE ALL ON FUNCTION aiconsent.standing_packed_windows() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.standing_packed_windows() IS
'the stretches that standing_packed has, one row per subject and purpose; bytes that are none of ours are an error XX001. For auditors.';

SELECT pg_catalog.pg_extension_config_dump('aiconsent.head', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.head_number_seq', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.head_history', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.standing_int8', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.standing_uuid', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.standing_text', '');

CREATE FUNCTION aiconsent.evidence_changed() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION aiconsent.evidence_changed() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.evidence_changed() IS
'trigger, after each statement on a table of evidence: recomputes the subjects whose evidence changed';

CREATE FUNCTION aiconsent.pack_standing() RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.pack_standing() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.pack_standing() IS
'pack what eligible() reads, so that a scan need not read a row for each subject whose standing changed since everybody was judged; nobody is judged, and no answer changes. Recomputes wait meanwhile. For stewards; not above READ COMMITTED.';

CREATE FUNCTION aiconsent.rebuild_standing() RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.rebuild_standing() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.rebuild_standing() IS
'judge every subject anew, as after a restore without the extension''s data; other recomputes wait. For stewards; not above READ COMMITTED.';

CREATE FUNCTION aiconsent.verdict_of(
	subject bigint, purpose text DEFAULT 'content_generation',
	at timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL)
	RETURNS aiconsent.verdict
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.verdict_of(bigint, text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.verdict_of(bigint, text, timestamptz, timestamptz) IS
'every reason why the subject was, is or will be out at the instant (NULL: now), as it was known at known_at (NULL: now). A NULL or unknown key is unknown_subject; a purpose without a policy is not_started. For auditors.';
CREATE FUNCTION aiconsent.verdict_of(
	subject uuid, purpose text DEFAULT 'content_generation',
	at timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL)
	RETURNS aiconsent.verdict
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.verdict_of(uuid, text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.verdict_of(uuid, text, timestamptz, timestamptz) IS
'every reason why the subject was, is or will be out at the instant (NULL: now), as it was known at known_at (NULL: now). A NULL or unknown key is unknown_subject; a purpose without a policy is not_started. For auditors.';
CREATE FUNCTION aiconsent.verdict_of(
	subject text, purpose text DEFAULT 'content_generation',
	at timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL)
	RETURNS aiconsent.verdict
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.verdict_of(text, text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.verdict_of(text, text, timestamptz, timestamptz) IS
'every reason why the subject was, is or will be out at the instant (NULL: now), as it was known at known_at (NULL: now). A NULL or unknown key is unknown_subject; a purpose without a policy is not_started. For auditors.';
CREATE FUNCTION aiconsent.timeline(
	subject bigint, purpose text DEFAULT 'content_generation',
	known_at timestamptz DEFAULT NULL,
	OUT during tstzrange, OUT verdict aiconsent.verdict,
	OUT explicit boolean, OUT content_from timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_sql' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 5;
REVOKE ALL ON FUNCTION aiconsent.timeline(bigint, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.timeline(bigint, text, timestamptz) IS
'the subject''s verdicts in the order of time, past and future, as it was known at known_at (NULL: now); explicit: an explicit grant is in force; content_from: rows older than this stay out (-infinity: none). No row for a NULL or unknown key. For auditors.';
CREATE FUNCTION aiconsent.timeline(
	subject uuid, purpose text DEFAULT 'content_generation',
	known_at timestamptz DEFAULT NULL,
	OUT during tstzrange, OUT verdict aiconsent.verdict,
	OUT explicit boolean, OUT content_from timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_sql' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 5;
REVOKE ALL ON FUNCTION aiconsent.timeline(uuid, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.timeline(uuid, text, timestamptz) IS
'the subject''s verdicts in the order of time, past and future, as it was known at known_at (NULL: now); explicit: an explicit grant is in force; content_from: rows older than this stay out (-infinity: none). No row for a NULL or unknown key. For auditors.';
CREATE FUNCTION aiconsent.timeline(
	subject text, purpose text DEFAULT 'content_generation',
	known_at timestamptz DEFAULT NULL,
	OUT during tstzrange, OUT verdict aiconsent.verdict,
	OUT explicit boolean, OUT content_from timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_sql' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 5;
REVOKE ALL ON FUNCTION aiconsent.timeline(text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.timeline(text, text, timestamptz) IS
'the subject''s verdicts in the order of time, past and future, as it was known at known_at (NULL: now); explicit: an explicit grant is in force; content_from: rows older than this stay out (-infinity: none). No row for a NULL or unknown key. For auditors.';
CREATE FUNCTION aiconsent.explain(
	subject bigint, purpose text DEFAULT 'content_generation',
	at timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	OUT rule text, OUT holds boolean, OUT evidence text,
	OUT since timestamptz, OUT until timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 12;
REVOKE ALL ON FUNCTION aiconsent.explain(bigint, text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.explain(bigint, text, timestamptz, timestamptz) IS
'one row per rule: does its reason hold for the subject at the instant (NULL: now), as it was known at known_at (NULL: now), on which evidence (NULL where what is known was another then), and from when until when it says so; until is when it changes next. For auditors.';
CREATE FUNCTION aiconsent.explain(
	subject uuid, purpose text DEFAULT 'content_generation',
	at timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	OUT rule text, OUT holds boolean, OUT evidence text,
	OUT since timestamptz, OUT until timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 12;
REVOKE ALL ON FUNCTION aiconsent.explain(uuid, text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.explain(uuid, text, timestamptz, timestamptz) IS
'one row per rule: does its reason hold for the subject at the instant (NULL: now), as it was known at known_at (NULL: now), on which evidence (NULL where what is known was another then), and from when until when it says so; until is when it changes next. For auditors.';
CREATE FUNCTION aiconsent.explain(
	subject text, purpose text DEFAULT 'content_generation',
	at timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	OUT rule text, OUT holds boolean, OUT evidence text,
	OUT since timestamptz, OUT until timestamptz)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 12;
REVOKE ALL ON FUNCTION aiconsent.explain(text, text, timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.explain(text, text, timestamptz, timestamptz) IS
'one row per rule: does its reason hold for the subject at the instant (NULL: now), as it was known at known_at (NULL: now), on which evidence (NULL where what is known was another then), and from when until when it says so; until is when it changes next. For auditors.';
