-- What of a text must not leave with it.

CREATE FUNCTION aiconsent.scan(value text, strict boolean DEFAULT false)
	RETURNS TABLE (class text, start integer, length integer)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 3;
REVOKE ALL ON FUNCTION aiconsent.scan(text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scan(text, boolean) IS
'what a text has in it of e-mail addresses, telephone numbers, IBANs, cards, national numbers, credentials, URLs with a secret, public IP addresses and salaries: class, and where it begins and how long it is, in characters as substr() counts. strict: every amount near a word of pay is a salary. No row for NULL. Text that is not ASCII is refused, 0A000, in a database whose encoding is SQL_ASCII, or where a character has no equivalent in UTF8.';

CREATE FUNCTION aiconsent.scrub(value text, strict boolean DEFAULT false)
	RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION aiconsent.scrub(text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scrub(text, boolean) IS
'the text with [CLASS] in the place of all that scan() finds. NULL for NULL.';

CREATE FUNCTION aiconsent.rules_version() RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
REVOKE ALL ON FUNCTION aiconsent.rules_version() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.rules_version() IS
'by which rules and tables scan() and scrub() find what they find: the version of the scanner, and of each table its own or that of its source';

CREATE FUNCTION aiconsent.scrub(value text, purpose text, strict boolean)
	RETURNS text
	AS 'MODULE_PATHNAME', 'scrub_text_for' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 20;
REVOKE ALL ON FUNCTION aiconsent.scrub(text, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scrub(text, text, boolean) IS
'the text with [CLASS] in the place of all that scan() finds, and with [MENTION] in the place of @handles and addresses of profiles whose member is out for the purpose, or is not known: of all who have it every one must be in. An address that is below no other member''s, up to its last slash, is no profile''s and stays. What training views call: it reads by the snapshot of the query. NULL for NULL, and for a text that scan() would refuse.';
CREATE FUNCTION aiconsent.scrub(value text[], purpose text, strict boolean)
	RETURNS text[]
	AS 'MODULE_PATHNAME', 'scrub_array_for' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
REVOKE ALL ON FUNCTION aiconsent.scrub(text[], text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scrub(text[], text, boolean) IS
'the same of every element';
CREATE FUNCTION aiconsent.scrub(value jsonb, purpose text, strict boolean)
	RETURNS jsonb
	AS 'MODULE_PATHNAME', 'scrub_json_for' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 40;
REVOKE ALL ON FUNCTION aiconsent.scrub(jsonb, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scrub(jsonb, text, boolean) IS
'the same of every string in it, and of every key; numbers stay';

-- What else is looked for: functions of the user's.

CREATE TABLE aiconsent.recognizer (
	purpose text NOT NULL,
	category text COLLATE "C" NOT NULL,
	recognizer text NOT NULL,
	reason text,
	PRIMARY KEY (purpose, category, recognizer)
);
COMMENT ON TABLE aiconsent.recognizer IS
'functions that find more in texts of a category, and of all below it, than scan() does, by purpose';
SELECT pg_catalog.pg_extension_config_dump('aiconsent.recognizer', '');

CREATE FUNCTION aiconsent.register_recognizer(
	category text, recognizer regprocedure,
	purpose text DEFAULT 'content_generation', reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.register_recognizer(text, regprocedure, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.register_recognizer(text, regprocedure, text, text) IS
'from the next publish() on, mask in texts of the category and of all below it also what a function finds: it takes a text and returns rows of (class text, start integer, length integer), in characters as substr() counts; [CLASS] stands in their place. The category needs the treatment scrub. The function runs as whoever reads the view, so that it must not be SECURITY DEFINER, nor VOLATILE, and must look no names up by the reader''s search_path, who needs EXECUTE of it. A value of which it raises an error, or returns a NULL, a span that is not in the text, more than 10000 spans, or a class that is not capital letters, digits and underscores (31 at most, a letter first) is withheld: it is NULL. For stewards.';

CREATE FUNCTION aiconsent.unregister_recognizer(
	category text, recognizer text,
	purpose text DEFAULT 'content_generation', reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unregister_recognizer(text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unregister_recognizer(text, text, text, text) IS
'take back what register_recognizer() said, from the next publish() on; recognizer: as aiconsent.recognizer has it, which can name a function that is no more. For stewards.';

CREATE FUNCTION aiconsent.scrub(value text, purpose text, strict boolean, VARIADIC recognizers regprocedure[])
	RETURNS text
	AS 'MODULE_PATHNAME', 'scrub_text_for' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000;
REVOKE ALL ON FUNCTION aiconsent.scrub(text, text, boolean, regprocedure[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scrub(text, text, boolean, regprocedure[]) IS
'the same with what recognizers find, too (see register_recognizer()); what overlaps becomes one, of the class that begins first, and of those the longest. NULL also where a recognizer fails. Each value is a subtransaction, so that no query with it is parallel.';

CREATE FUNCTION aiconsent.scrub(value text[], purpose text, strict boolean, VARIADIC recognizers regprocedure[])
	RETURNS text[]
	AS 'MODULE_PATHNAME', 'scrub_array_for' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000;
REVOKE ALL ON FUNCTION aiconsent.scrub(text[], text, boolean, regprocedure[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scrub(text[], text, boolean, regprocedure[]) IS
'the same with what recognizers find, too (see register_recognizer()); what overlaps becomes one, of the class that begins first, and of those the longest. NULL also where a recognizer fails. Each value is a subtransaction, so that no query with it is parallel.';

CREATE FUNCTION aiconsent.scrub(value jsonb, purpose text, strict boolean, VARIADIC recognizers regprocedure[])
	RETURNS jsonb
	AS 'MODULE_PATHNAME', 'scrub_json_for' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 1000;
REVOKE ALL ON FUNCTION aiconsent.scrub(jsonb, text, boolean, regprocedure[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.scrub(jsonb, text, boolean, regprocedure[]) IS
'the same with what recognizers find, too (see register_recognizer()); what overlaps becomes one, of the class that begins first, and of those the longest. NULL also where a recognizer fails. Each value is a subtransaction, so that no query with it is parallel.';
