-- What a purpose may use: its policy, in versions that are never edited.

CREATE TABLE aiconsent.policy_template (
	purpose text PRIMARY KEY,
	basis text NOT NULL,
	effective_at timestamptz NOT NULL,
	announced_at timestamptz,
	notice_required boolean NOT NULL,
	notice_period interval NOT NULL,
	data_from timestamptz,
	adult_age integer NOT NULL,
	birth_required boolean NOT NULL,
	open_school_years integer NOT NULL,
	undated_school boolean NOT NULL,
	minor_content text NOT NULL,
	clearance aiconsent.sensitivity NOT NULL
);
COMMENT ON TABLE aiconsent.policy_template IS
'policies that come with the extension; none is in force until a steward calls adopt_policy()';

-- The announcement of 18 September 2025: training of content-creating models
-- on members' content from 3 November 2025, on by default, never on minors.
INSERT INTO aiconsent.policy_template VALUES (
	'content_generation', 'opt_out',
	'2025-11-03 00:00:00+00', '2025-09-18 00:00:00+00', true, '0', NULL,
	18, false, 8, true, 'out',
	'personal{profile,content,group,job.screening,job.resume,ai_input,feedback}'
);

CREATE TABLE aiconsent.purpose (
	id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
	published_in name UNIQUE,
	sealed boolean NOT NULL DEFAULT false
) USING heap;
COMMENT ON TABLE aiconsent.purpose IS
'what models are trained for: every purpose that has an adopted policy';
COMMENT ON SEQUENCE aiconsent.purpose_id_seq IS 'ids of aiconsent.purpose';
COMMENT ON COLUMN aiconsent.purpose.sealed IS
'the training views let no condition of their readers below what they filter, so that EXPLAIN tells nothing';
COMMENT ON COLUMN aiconsent.purpose.published_in IS
'the schema of the purpose''s training views; NULL before the first publish()';

CREATE TABLE aiconsent.policy (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	purpose text NOT NULL,
	regions text[],
	basis text NOT NULL
		CHECK (basis IN ('opt_out', 'opt_in', 'forbidden')),
	effective_at timestamptz NOT NULL CHECK (pg_catalog.isfinite(effective_at)),
	announced_at timestamptz CHECK (pg_catalog.isfinite(announced_at)),
	notice_required boolean NOT NULL,
	notice_period interval NOT NULL
		CHECK (notice_period >= '0' AND notice_period <= '100 years'),
	data_from timestamptz CHECK (pg_catalog.isfinite(data_from)),
	adult_age integer NOT NULL CHECK (adult_age BETWEEN 18 AND 100),
	birth_required boolean NOT NULL,
	open_school_years integer NOT NULL
		CHECK (open_school_years BETWEEN 0 AND 100),
	undated_school boolean NOT NULL,
	minor_content text NOT NULL CHECK (minor_content IN ('out', 'in')),
	adopted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	adopted_by text NOT NULL,
	reason text
);
COMMENT ON TABLE aiconsent.policy IS
'adopted versions of each purpose''s policy: of the rows for a region each acts from its effective_at until the next; of two with one effective_at the later adopted holds';
COMMENT ON SEQUENCE aiconsent.policy_id_seq IS 'ids of aiconsent.policy';
COMMENT ON COLUMN aiconsent.policy.regions IS
'ISO 3166 codes of the regions whose members are judged by this row; NULL: the default row, for all that no row of the purpose names';
COMMENT ON COLUMN aiconsent.policy.basis IS
'opt_out: in unless objected; opt_in: in only on a grant; forbidden: out';
COMMENT ON COLUMN aiconsent.policy.announced_at IS
'a notice given before announced something else';
COMMENT ON COLUMN aiconsent.policy.notice_period IS
'delay between a subject''s notice and the use of the data';
COMMENT ON COLUMN aiconsent.policy.data_from IS
'horizon: rows older than this stay out; NULL: none';
COMMENT ON COLUMN aiconsent.policy.birth_required IS
'on: a subject without a birth date is out with the reason error';
COMMENT ON COLUMN aiconsent.policy.open_school_years IS
'years for which schooling without an end counts as current';
COMMENT ON COLUMN aiconsent.policy.undated_school IS
'on: schooling without any date counts as current';
COMMENT ON COLUMN aiconsent.policy.minor_content IS
'out: what was written before the author was surely adult stays out';

CREATE TABLE aiconsent.clearance (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	purpose text NOT NULL,
	clearance aiconsent.sensitivity NOT NULL
		CHECK (aiconsent.sensitivity_level(clearance) <> 'never'),
	effective_at timestamptz NOT NULL CHECK (pg_catalog.isfinite(effective_at)),
	adopted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	adopted_by text NOT NULL
);
COMMENT ON TABLE aiconsent.clearance IS
'what each purpose may use, in all regions, each from its effective_at; in force is the meet of the current and all later ones, so that narrowing acts at once';
COMMENT ON SEQUENCE aiconsent.clearance_id_seq IS 'ids of aiconsent.clearance';

CREATE TYPE aiconsent.schooling AS (
	stage int4range,
	starts daterange,
	ends daterange
);
COMMENT ON TYPE aiconsent.schooling IS
'a stay at school: the ISCED 2011 levels that it can mean, and all days that its start and its end can mean (NULL: missing)';

CREATE FUNCTION aiconsent.decide(
	policy aiconsent.policy, at timestamptz,
	known boolean DEFAULT true,
	choice text DEFAULT NULL, hold boolean DEFAULT false,
	notified_at timestamptz DEFAULT NULL,
	birth daterange DEFAULT NULL,
	schooling aiconsent.schooling[] DEFAULT NULL,
	suppressed boolean DEFAULT false, erased boolean DEFAULT false,
	adopted boolean DEFAULT true, setting_unreadable boolean DEFAULT false)
	RETURNS aiconsent.verdict
	AS 'MODULE_PATHNAME', 'decide_sql' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.decide(aiconsent.policy, timestamptz, boolean, text, boolean, timestamptz, daterange, aiconsent.schooling[], boolean, boolean, boolean, boolean) IS
'the law: every reason why a subject with these facts is out at the instant. policy: the row for the subject, NULL if there is none (adopted: the purpose has rows for others); choice: grant, object or NULL for nothing said; hold: is one in force; birth: all days that the birth date can mean, NULL if missing; schooling: NULL or empty if none; setting_unreadable: a mirrored setting says nothing. A NULL instant is an error 22004, an unknown choice 22023.';

CREATE FUNCTION aiconsent.adopt_policy(
	purpose text DEFAULT 'content_generation',
	effective_at timestamptz DEFAULT NULL,
	basis text DEFAULT NULL,
	announced_at timestamptz DEFAULT NULL,
	notice_required boolean DEFAULT NULL,
	notice_period interval DEFAULT NULL,
	data_from timestamptz DEFAULT NULL,
	adult_age integer DEFAULT NULL,
	birth_required boolean DEFAULT NULL,
	open_school_years integer DEFAULT NULL,
	undated_school boolean DEFAULT NULL,
	minor_content text DEFAULT NULL,
	clearance aiconsent.sensitivity DEFAULT NULL,
	reason text DEFAULT NULL,
	regions text[] DEFAULT NULL)
	RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.adopt_policy(text, timestamptz, text, timestamptz, boolean, interval, timestamptz, integer, boolean, integer, boolean, text, aiconsent.sensitivity, text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.adopt_policy(text, timestamptz, text, timestamptz, boolean, interval, timestamptz, integer, boolean, integer, boolean, text, aiconsent.sensitivity, text, text[]) IS
'put a version of a purpose''s policy in force and judge every subject by it; returns its id. regions: ISO 3166 codes (EEA stands for its members), whose members this row and no default row is for; NULL: the default row. What is not given (NULL) comes from the purpose''s last version for the same regions, else from its last default row, else from the template of that name, else from the one of content_generation, whose dates are not taken: another purpose needs effective_at. The clearance is the purpose''s, whatever the regions. A purpose''s first version brings treatments, too (aiconsent.treatment). For stewards; not above READ COMMITTED.';

SELECT pg_catalog.pg_extension_config_dump('aiconsent.purpose', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.purpose_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.policy', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.policy_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.clearance', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.clearance_id_seq', '');
