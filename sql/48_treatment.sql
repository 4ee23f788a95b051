-- In what form a released value is shown.

CREATE TABLE aiconsent.treatment (
	purpose text NOT NULL,
	category text COLLATE "C" NOT NULL,
	function text NOT NULL,
	argument text,
	reason text,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (purpose, category, shipped)
);
COMMENT ON TABLE aiconsent.treatment IS
'what happens to released values of a category and all below it, by purpose: the function that the training views call; none: as they are';
COMMENT ON COLUMN aiconsent.treatment.shipped IS
'made when the purpose''s policy was adopted first; holds for what no treat() of the category or of one above it says otherwise';
SELECT pg_catalog.pg_extension_config_dump('aiconsent.treatment', '');

CREATE TABLE aiconsent.treatment_template (
	purpose text NOT NULL,
	category text COLLATE "C" NOT NULL,
	function text NOT NULL,
	reason text NOT NULL,
	PRIMARY KEY (purpose, category)
);
COMMENT ON TABLE aiconsent.treatment_template IS
'treatments that come with the policies of aiconsent.policy_template; the first adopt_policy() of a purpose puts them in force';
INSERT INTO aiconsent.treatment_template (purpose, category, function, reason)
SELECT 'content_generation', c.category, c.function, c.reason
FROM (VALUES
	('content', 'scrub', 'text that members wrote can name others, and hold what the policy excludes'),
	('group', 'scrub', 'text that members wrote can name others, and hold what the policy excludes'),
	('feedback', 'scrub', 'text that members wrote can name others, and hold what the policy excludes'),
	('ai_input', 'scrub', 'text that members wrote can name others, and hold what the policy excludes'),
	('job.screening', 'scrub', 'text that members wrote can name others, and hold what the policy excludes'),
	('job.resume', 'scrub', 'text that members wrote can name others, and hold what the policy excludes'),
	('profile', 'scrub', 'text that members wrote can name others, and hold what the policy excludes'),
	('profile.name', 'none', 'a name is no text'),
	('profile.photo', 'none', 'a photo is no text')) c (category, function, reason);

CREATE FUNCTION aiconsent.treat(
	category text, treatment text, purpose text DEFAULT 'content_generation',
	argument text DEFAULT NULL, reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.treat(text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.treat(text, text, text, text, text) IS
'say in what form the purpose gets values of a category and of all below it, from the next publish() on. treatment: none (as they are, where what is above has another), pseudonym, generalize, scrub (see aiconsent.scrub(); with the argument strict every amount near a word of pay is masked; numbers, booleans, dates, times, uuids and enums stay as they are), or a function, as schema.name, that takes the value and perhaps the argument; it runs as whoever reads the view, so that it must not be SECURITY DEFINER, nor VOLATILE, and must look no names up by the reader''s search_path: it has one of its own, or is written in C or as a body that was parsed (RETURN ..., BEGIN ATOMIC); NULL takes the treatment away, and what came with the policy holds again. A field whose categories have different treatments, or whose type the function does not take, is not released, and publish() warns. For stewards.';

CREATE TABLE aiconsent.pseudonym_key (
	purpose text NOT NULL,
	since timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	value bytea NOT NULL,
	PRIMARY KEY (purpose, since)
);
COMMENT ON TABLE aiconsent.pseudonym_key IS
'keys of each purpose''s pseudonyms, of which the last is used and the others tell whom an older export meant; nobody is granted it';
SELECT pg_catalog.pg_extension_config_dump('aiconsent.pseudonym_key', '');
CREATE TRIGGER declared_changed
	AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON aiconsent.pseudonym_key
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.declared_changed();
ALTER TABLE aiconsent.pseudonym_key ENABLE ALWAYS TRIGGER declared_changed;

CREATE FUNCTION aiconsent.pseudonym(value text, purpose text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION aiconsent.pseudonym(text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.pseudonym(text, text) IS
'a name for the value that says nothing of it and is another one for each purpose: 32 digits of its HMAC-SHA256 under the purpose''s key, which publish() makes. NULL for NULL. Whoever may call it can try values.';
CREATE FUNCTION aiconsent.pseudonym(value text, purpose text, of text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION aiconsent.pseudonym(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.pseudonym(text, text, text) IS
'the same for values of one kind: equal values of two kinds have different names';

CREATE FUNCTION aiconsent.part(pseudonym text) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.part(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.part(text) IS
'which of 1,024 parts a pseudonym is in, from 0 on, evenly: for readers who share a corpus';

CREATE FUNCTION aiconsent.rotate_pseudonyms(purpose text, reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.rotate_pseudonyms(text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.rotate_pseudonyms(text, text) IS
'a new key for a purpose''s pseudonyms: what is exported from now on cannot be joined with what was before. The old keys stay, to purge old exports by. For stewards.';

CREATE FUNCTION aiconsent.generalize(value date) RETURNS date
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN pg_catalog.isfinite(value)
		THEN pg_catalog.date_trunc('year', value::timestamp)::date END;
REVOKE ALL ON FUNCTION aiconsent.generalize(date) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.generalize(date) IS
'the first day of the date''s year; NULL for infinity';
CREATE FUNCTION aiconsent.generalize(value timestamp) RETURNS timestamp
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN pg_catalog.isfinite(value)
		THEN pg_catalog.date_trunc('month', value) END;
REVOKE ALL ON FUNCTION aiconsent.generalize(timestamp) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.generalize(timestamp) IS
'the beginning of the timestamp''s month; NULL for infinity';
CREATE FUNCTION aiconsent.generalize(value timestamptz) RETURNS timestamptz
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN pg_catalog.isfinite(value) THEN
		pg_catalog.timezone('UTC', pg_catalog.date_trunc('month', pg_catalog.timezone('UTC', value))) END;
REVOKE ALL ON FUNCTION aiconsent.generalize(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.generalize(timestamptz) IS
'the beginning of the instant''s month, in UTC; NULL for infinity';
CREATE FUNCTION aiconsent.generalize(value numeric, bucket numeric DEFAULT 10) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN bucket > 0 AND bucket < 'infinity' AND value > '-infinity' AND value < 'infinity'
		THEN value - pg_catalog.mod(pg_catalog.mod(value, bucket) + bucket, bucket) END;
REVOKE ALL ON FUNCTION aiconsent.generalize(numeric, numeric) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.generalize(numeric, numeric) IS
'the lower end of the number''s bucket: of 10, or of that width; NULL for NaN, infinity and a width that is not positive';
CREATE FUNCTION aiconsent.generalize(value text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.btrim(pg_catalog.split_part(value, ',', -1));
REVOKE ALL ON FUNCTION aiconsent.generalize(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.generalize(text) IS
'a location''s last component, behind the last comma: of Paris, Île-de-France, France that is France';
