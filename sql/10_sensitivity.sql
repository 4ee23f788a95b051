-- 10_sensitivity.sql: the type sensitivity, what a field holds.
--
-- What a label means is in src/label.c, how it looks in SQL in
-- src/sensitivity.c.  Every function is strict and reads its arguments only.

CREATE TYPE aiconsent.sensitivity;

CREATE FUNCTION aiconsent.sensitivity_in(cstring)
	RETURNS aiconsent.sensitivity
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_in(cstring) IS
	'I/O: reads level{category,category}';

CREATE FUNCTION aiconsent.sensitivity_out(aiconsent.sensitivity)
	RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_out(aiconsent.sensitivity) IS
	'I/O: prints the canonical form';

CREATE FUNCTION aiconsent.sensitivity_recv(internal)
	RETURNS aiconsent.sensitivity
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_recv(internal) IS
	'I/O: reads a byte of flags (0), a byte of level (0 to 3) and the categories as text';

CREATE FUNCTION aiconsent.sensitivity_send(aiconsent.sensitivity)
	RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_send(aiconsent.sensitivity) IS
	'I/O: writes a byte of flags (0), a byte of level (0 to 3) and the categories as text';

CREATE TYPE aiconsent.sensitivity (
	INPUT = aiconsent.sensitivity_in,
	OUTPUT = aiconsent.sensitivity_out,
	RECEIVE = aiconsent.sensitivity_recv,
	SEND = aiconsent.sensitivity_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE aiconsent.sensitivity IS
	'what a field holds, or a purpose may use: a level (public, personal, sensitive, never) and dotted categories, as in personal{content.post}';


-- What it is made of

CREATE FUNCTION aiconsent.sensitivity_level(aiconsent.sensitivity)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_level(aiconsent.sensitivity) IS
	'the level: public, personal, sensitive or never';

CREATE FUNCTION aiconsent.sensitivity_categories(aiconsent.sensitivity)
	RETURNS text[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_categories(aiconsent.sensitivity) IS
	'the categories, sorted bytewise, none below another';


-- The lattice: may it flow, and what is the bound of two?

CREATE FUNCTION aiconsent.sensitivity_flows(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_flows(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of <@ operator';

CREATE OPERATOR aiconsent.<@ (
	FUNCTION = aiconsent.sensitivity_flows,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.@>),
	RESTRICT = pg_catalog.contsel,
	JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR aiconsent.<@ (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'may flow to: the level is not above, every category is admitted';

CREATE FUNCTION aiconsent.sensitivity_admits(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_admits(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of @> operator';

CREATE OPERATOR aiconsent.@> (
	FUNCTION = aiconsent.sensitivity_admits,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.<@),
	RESTRICT = pg_catalog.contsel,
	JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR aiconsent.@> (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'admits: what is on the right may flow to the left';

CREATE FUNCTION aiconsent.sensitivity_join(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS aiconsent.sensitivity
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_join(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of + operator';

CREATE OPERATOR aiconsent.+ (
	FUNCTION = aiconsent.sensitivity_join,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.+)
);
COMMENT ON OPERATOR aiconsent.+ (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'join: the least sensitivity that both may flow to';

CREATE FUNCTION aiconsent.sensitivity_meet(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS aiconsent.sensitivity
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_meet(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of * operator';

CREATE OPERATOR aiconsent.* (
	FUNCTION = aiconsent.sensitivity_meet,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.*)
);
COMMENT ON OPERATOR aiconsent.* (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'meet: the greatest sensitivity that may flow to both';

CREATE AGGREGATE aiconsent.sensitivity_join(aiconsent.sensitivity) (
	SFUNC = aiconsent.sensitivity_join,
	STYPE = aiconsent.sensitivity,
	COMBINEFUNC = aiconsent.sensitivity_join,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE aiconsent.sensitivity_join(aiconsent.sensitivity) IS
	'join of all values that are not null: the least sensitivity that each may flow to';


-- A total order for sorting only: what sorts lower need not flow

CREATE FUNCTION aiconsent.sensitivity_eq(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_eq(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of = operator';

CREATE OPERATOR aiconsent.= (
	FUNCTION = aiconsent.sensitivity_eq,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.=),
	NEGATOR = OPERATOR(aiconsent.<>),
	RESTRICT = pg_catalog.eqsel,
	JOIN = pg_catalog.eqjoinsel,
	HASHES,
	MERGES
);
COMMENT ON OPERATOR aiconsent.= (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'equal';

CREATE FUNCTION aiconsent.sensitivity_ne(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_ne(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of <> operator';

CREATE OPERATOR aiconsent.<> (
	FUNCTION = aiconsent.sensitivity_ne,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.<>),
	NEGATOR = OPERATOR(aiconsent.=),
	RESTRICT = pg_catalog.neqsel,
	JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR aiconsent.<> (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'not equal';

CREATE FUNCTION aiconsent.sensitivity_lt(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_lt(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of < operator';

CREATE OPERATOR aiconsent.< (
	FUNCTION = aiconsent.sensitivity_lt,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.>),
	NEGATOR = OPERATOR(aiconsent.>=),
	RESTRICT = pg_catalog.scalarltsel,
	JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR aiconsent.< (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'sorts before (for sorting only; see <@)';

CREATE FUNCTION aiconsent.sensitivity_le(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_le(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of <= operator';

CREATE OPERATOR aiconsent.<= (
	FUNCTION = aiconsent.sensitivity_le,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.>=),
	NEGATOR = OPERATOR(aiconsent.>),
	RESTRICT = pg_catalog.scalarlesel,
	JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR aiconsent.<= (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'sorts before or equal (for sorting only; see <@)';

CREATE FUNCTION aiconsent.sensitivity_gt(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_gt(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of > operator';

CREATE OPERATOR aiconsent.> (
	FUNCTION = aiconsent.sensitivity_gt,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.<),
	NEGATOR = OPERATOR(aiconsent.<=),
	RESTRICT = pg_catalog.scalargtsel,
	JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR aiconsent.> (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'sorts after (for sorting only; see <@)';

CREATE FUNCTION aiconsent.sensitivity_ge(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_ge(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'implementation of >= operator';

CREATE OPERATOR aiconsent.>= (
	FUNCTION = aiconsent.sensitivity_ge,
	LEFTARG = aiconsent.sensitivity,
	RIGHTARG = aiconsent.sensitivity,
	COMMUTATOR = OPERATOR(aiconsent.<=),
	NEGATOR = OPERATOR(aiconsent.<),
	RESTRICT = pg_catalog.scalargesel,
	JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR aiconsent.>= (
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'sorts after or equal (for sorting only; see <@)';

CREATE FUNCTION aiconsent.sensitivity_cmp(
	aiconsent.sensitivity, aiconsent.sensitivity)
	RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_cmp(
	aiconsent.sensitivity, aiconsent.sensitivity) IS
	'less, equal or greater: by level, then by the bytes of the categories';

CREATE FUNCTION aiconsent.sensitivity_hash(aiconsent.sensitivity)
	RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_hash(aiconsent.sensitivity) IS
	'hash';

CREATE FUNCTION aiconsent.sensitivity_hash_extended(
	aiconsent.sensitivity, bigint)
	RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.sensitivity_hash_extended(
	aiconsent.sensitivity, bigint) IS
	'hash with a seed';

CREATE OPERATOR FAMILY aiconsent.sensitivity_btree_ops USING btree;
COMMENT ON OPERATOR FAMILY aiconsent.sensitivity_btree_ops USING btree IS
	'the order of sensitivity, for sorting only';

-- Equal values have equal bytes, so that an index may keep one for many.
CREATE OPERATOR CLASS aiconsent.sensitivity_btree_ops
	DEFAULT FOR TYPE aiconsent.sensitivity USING btree
	FAMILY aiconsent.sensitivity_btree_ops AS
	OPERATOR 1 aiconsent.<,
	OPERATOR 2 aiconsent.<=,
	OPERATOR 3 aiconsent.=,
	OPERATOR 4 aiconsent.>=,
	OPERATOR 5 aiconsent.>,
	FUNCTION 1 aiconsent.sensitivity_cmp(
		aiconsent.sensitivity, aiconsent.sensitivity),
	FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS aiconsent.sensitivity_btree_ops USING btree IS
	'sorts sensitivity by level, then by the bytes of the categories';

CREATE OPERATOR FAMILY aiconsent.sensitivity_hash_ops USING hash;
COMMENT ON OPERATOR FAMILY aiconsent.sensitivity_hash_ops USING hash IS
	'equality of sensitivity';

CREATE OPERATOR CLASS aiconsent.sensitivity_hash_ops
	DEFAULT FOR TYPE aiconsent.sensitivity USING hash
	FAMILY aiconsent.sensitivity_hash_ops AS
	OPERATOR 1 aiconsent.=,
	FUNCTION 1 aiconsent.sensitivity_hash(aiconsent.sensitivity),
	FUNCTION 2 aiconsent.sensitivity_hash_extended(
		aiconsent.sensitivity, bigint);
COMMENT ON OPERATOR CLASS aiconsent.sensitivity_hash_ops USING hash IS
	'hashes sensitivity by its bytes';
