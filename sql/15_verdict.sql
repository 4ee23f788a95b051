-- The type verdict: why a subject is out; the empty set means eligible.

CREATE TYPE aiconsent.verdict;

CREATE FUNCTION aiconsent.verdict_in(cstring) RETURNS aiconsent.verdict
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION aiconsent.verdict_out(aiconsent.verdict) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION aiconsent.verdict_recv(internal) RETURNS aiconsent.verdict
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION aiconsent.verdict_send(aiconsent.verdict) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_in(cstring) IS 'I/O of aiconsent.verdict';
COMMENT ON FUNCTION aiconsent.verdict_out(aiconsent.verdict) IS 'I/O of aiconsent.verdict';
COMMENT ON FUNCTION aiconsent.verdict_recv(internal) IS 'I/O of aiconsent.verdict';
COMMENT ON FUNCTION aiconsent.verdict_send(aiconsent.verdict) IS 'I/O of aiconsent.verdict';

CREATE TYPE aiconsent.verdict (
	INPUT = aiconsent.verdict_in,
	OUTPUT = aiconsent.verdict_out,
	RECEIVE = aiconsent.verdict_recv,
	SEND = aiconsent.verdict_send,
	INTERNALLENGTH = 4,
	PASSEDBYVALUE,
	ALIGNMENT = int4
);
COMMENT ON TYPE aiconsent.verdict IS
'a set of reasons why a subject is out, such as opted_out,minor, or eligible for none; the reasons are unknown_subject, not_started, region_excluded, not_notified, opted_out, not_granted, hold, minor, suspected_minor, suppressed, erased, error';

CREATE FUNCTION aiconsent.verdict_union(aiconsent.verdict, aiconsent.verdict)
	RETURNS aiconsent.verdict
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_union(aiconsent.verdict, aiconsent.verdict) IS
'the reasons of both verdicts; NULL if one is NULL';
CREATE OPERATOR aiconsent.+ (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_union, COMMUTATOR = OPERATOR(aiconsent.+)
);
COMMENT ON OPERATOR aiconsent.+ (aiconsent.verdict, aiconsent.verdict) IS
'the reasons of both verdicts';

CREATE FUNCTION aiconsent.verdict_has(aiconsent.verdict, aiconsent.verdict)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_has(aiconsent.verdict, aiconsent.verdict) IS
'does the first verdict have all reasons of the second?';
CREATE OPERATOR aiconsent.@> (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_has, RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR aiconsent.@> (aiconsent.verdict, aiconsent.verdict) IS
'does the first verdict have all reasons of the second?';

CREATE AGGREGATE aiconsent.verdict_union(aiconsent.verdict) (
	SFUNC = aiconsent.verdict_union,
	STYPE = aiconsent.verdict,
	COMBINEFUNC = aiconsent.verdict_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE aiconsent.verdict_union(aiconsent.verdict) IS
'all reasons of the verdicts that are not NULL; NULL if there are none';

CREATE FUNCTION aiconsent.boolean(aiconsent.verdict) RETURNS boolean
	AS 'MODULE_PATHNAME', 'verdict_is_eligible'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.boolean(aiconsent.verdict) IS
'true for the empty set of reasons only: eligible';
CREATE CAST (aiconsent.verdict AS boolean)
	WITH FUNCTION aiconsent.boolean(aiconsent.verdict);
COMMENT ON CAST (aiconsent.verdict AS boolean) IS
'true for the empty set of reasons only: eligible';

-- A total order for sorting, grouping and indexes only.

CREATE FUNCTION aiconsent.verdict_eq(aiconsent.verdict, aiconsent.verdict)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_eq(aiconsent.verdict, aiconsent.verdict) IS 'equal';
CREATE FUNCTION aiconsent.verdict_ne(aiconsent.verdict, aiconsent.verdict)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_ne(aiconsent.verdict, aiconsent.verdict) IS 'not equal';
CREATE FUNCTION aiconsent.verdict_lt(aiconsent.verdict, aiconsent.verdict)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_lt(aiconsent.verdict, aiconsent.verdict) IS 'sorts before';
CREATE FUNCTION aiconsent.verdict_le(aiconsent.verdict, aiconsent.verdict)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_le(aiconsent.verdict, aiconsent.verdict) IS 'sorts before or equal';
CREATE FUNCTION aiconsent.verdict_gt(aiconsent.verdict, aiconsent.verdict)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_gt(aiconsent.verdict, aiconsent.verdict) IS 'sorts behind';
CREATE FUNCTION aiconsent.verdict_ge(aiconsent.verdict, aiconsent.verdict)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_ge(aiconsent.verdict, aiconsent.verdict) IS 'sorts behind or equal';
CREATE OPERATOR aiconsent.= (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_eq, COMMUTATOR = OPERATOR(aiconsent.=),
	NEGATOR = OPERATOR(aiconsent.<>), RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR aiconsent.= (aiconsent.verdict, aiconsent.verdict) IS 'equal';
CREATE OPERATOR aiconsent.<> (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_ne, COMMUTATOR = OPERATOR(aiconsent.<>),
	NEGATOR = OPERATOR(aiconsent.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR aiconsent.<> (aiconsent.verdict, aiconsent.verdict) IS 'not equal';
CREATE OPERATOR aiconsent.< (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_lt, COMMUTATOR = OPERATOR(aiconsent.>),
	NEGATOR = OPERATOR(aiconsent.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR aiconsent.< (aiconsent.verdict, aiconsent.verdict) IS 'sorts before';
CREATE OPERATOR aiconsent.<= (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_le, COMMUTATOR = OPERATOR(aiconsent.>=),
	NEGATOR = OPERATOR(aiconsent.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR aiconsent.<= (aiconsent.verdict, aiconsent.verdict) IS 'sorts before or equal';
CREATE OPERATOR aiconsent.> (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_gt, COMMUTATOR = OPERATOR(aiconsent.<),
	NEGATOR = OPERATOR(aiconsent.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR aiconsent.> (aiconsent.verdict, aiconsent.verdict) IS 'sorts behind';
CREATE OPERATOR aiconsent.>= (
	LEFTARG = aiconsent.verdict, RIGHTARG = aiconsent.verdict,
	FUNCTION = aiconsent.verdict_ge, COMMUTATOR = OPERATOR(aiconsent.<=),
	NEGATOR = OPERATOR(aiconsent.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR aiconsent.>= (aiconsent.verdict, aiconsent.verdict) IS 'sorts behind or equal';

CREATE FUNCTION aiconsent.verdict_cmp(aiconsent.verdict, aiconsent.verdict)
	RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_cmp(aiconsent.verdict, aiconsent.verdict) IS
'btree comparison: less than, equal to or greater than 0';
CREATE FUNCTION aiconsent.verdict_hash(aiconsent.verdict) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_hash(aiconsent.verdict) IS 'hash';
CREATE FUNCTION aiconsent.verdict_hash_extended(aiconsent.verdict, bigint)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.verdict_hash_extended(aiconsent.verdict, bigint) IS
'hash with a seed';

CREATE OPERATOR FAMILY aiconsent.verdict_ops USING btree;
CREATE OPERATOR CLASS aiconsent.verdict_ops
	DEFAULT FOR TYPE aiconsent.verdict USING btree FAMILY aiconsent.verdict_ops AS
	OPERATOR 1 aiconsent.<, OPERATOR 2 aiconsent.<=, OPERATOR 3 aiconsent.=,
	OPERATOR 4 aiconsent.>=, OPERATOR 5 aiconsent.>,
	FUNCTION 1 aiconsent.verdict_cmp(aiconsent.verdict, aiconsent.verdict);
CREATE OPERATOR FAMILY aiconsent.verdict_ops USING hash;
CREATE OPERATOR CLASS aiconsent.verdict_ops
	DEFAULT FOR TYPE aiconsent.verdict USING hash FAMILY aiconsent.verdict_ops AS
	OPERATOR 1 aiconsent.=,
	FUNCTION 1 aiconsent.verdict_hash(aiconsent.verdict),
	FUNCTION 2 aiconsent.verdict_hash_extended(aiconsent.verdict, bigint);
COMMENT ON OPERATOR FAMILY aiconsent.verdict_ops USING btree IS 'sorting of verdicts';
COMMENT ON OPERATOR CLASS aiconsent.verdict_ops USING btree IS 'sorting of verdicts';
COMMENT ON OPERATOR FAMILY aiconsent.verdict_ops USING hash IS 'hashing of verdicts';
COMMENT ON OPERATOR CLASS aiconsent.verdict_ops USING hash IS 'hashing of verdicts';
