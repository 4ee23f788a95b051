-- May this subject's data be used now?  The one question that readers ask,
-- through the training views.  Not LEAKPROOF: a cancel or a lack of memory
-- throws.

CREATE FUNCTION aiconsent.eligible_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.eligible_support(internal) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible_support(internal) IS
'tells the planner what share of the subjects is eligible';
CREATE FUNCTION aiconsent.granted_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.granted_support(internal) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted_support(internal) IS
'tells the planner what share of the subjects is eligible on an explicit grant';

CREATE FUNCTION aiconsent.eligible(subject integer, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(integer, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(integer, text) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.eligible(subject integer, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(integer, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(integer, text, timestamptz) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.eligible(subject bigint, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(bigint, text) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.eligible(subject bigint, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(bigint, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(bigint, text, timestamptz) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.eligible(subject uuid, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(uuid, text) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.eligible(subject uuid, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(uuid, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(uuid, text, timestamptz) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.eligible(subject text, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(text, text) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.eligible(subject text, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.eligible_support;
REVOKE ALL ON FUNCTION aiconsent.eligible(text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.eligible(text, text, timestamptz) IS
'may the subject''s data be used for the purpose now? With a third argument: may a row that was written then? NULL, an unknown key or purpose and a key of another type than the subjects'' are not eligible; neither is a row without a time where older rows stay out.';
CREATE FUNCTION aiconsent.granted(subject integer, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(integer, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(integer, text) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
CREATE FUNCTION aiconsent.granted(subject integer, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(integer, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(integer, text, timestamptz) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
CREATE FUNCTION aiconsent.granted(subject bigint, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(bigint, text) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
CREATE FUNCTION aiconsent.granted(subject bigint, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 3
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(bigint, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(bigint, text, timestamptz) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
CREATE FUNCTION aiconsent.granted(subject uuid, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(uuid, text) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
CREATE FUNCTION aiconsent.granted(subject uuid, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(uuid, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(uuid, text, timestamptz) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
CREATE FUNCTION aiconsent.granted(subject text, purpose text DEFAULT 'content_generation')
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(text, text) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
CREATE FUNCTION aiconsent.granted(subject text, purpose text, occurred_at timestamptz)
	RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE COST 8
	SUPPORT aiconsent.granted_support;
REVOKE ALL ON FUNCTION aiconsent.granted(text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.granted(text, text, timestamptz) IS
'is the subject eligible, and on an explicit grant? Opens sensitive fields. NULL and all that is unknown: no.';
