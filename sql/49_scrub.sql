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
