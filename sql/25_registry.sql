-- What is declared: tables, columns and who changed what.

CREATE TABLE aiconsent.registration (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	binding name NOT NULL UNIQUE,
	kind text NOT NULL CHECK (kind IN
		('subject', 'education', 'notice', 'preference', 'source')),
	undated boolean NOT NULL DEFAULT false,
	reason text,
	purpose text CHECK ((purpose IS NOT NULL) = (kind IN ('notice', 'preference'))),
	table_label aiconsent.sensitivity,
	change uuid NOT NULL
);
COMMENT ON TABLE aiconsent.registration IS
'declared tables: each by a view of this schema, its binding, that selects the registered columns, so that the server keeps them right through renames and pg_dump';
COMMENT ON SEQUENCE aiconsent.registration_id_seq IS 'ids of aiconsent.registration';
COMMENT ON COLUMN aiconsent.registration.undated IS
'source: its rows have no time of their own; says the reason why no horizon applies to them';
COMMENT ON COLUMN aiconsent.registration.purpose IS
'notice and preference: of which purpose';
COMMENT ON COLUMN aiconsent.registration.table_label IS
'source: the table''s own label when it was last published; NULL before the first time';
COMMENT ON COLUMN aiconsent.registration.change IS
'the entry of aiconsent.change that says in words what was declared; what the entry of its end has as before';
CREATE UNIQUE INDEX registration_one_subject ON aiconsent.registration (kind)
	WHERE kind = 'subject';
COMMENT ON INDEX aiconsent.registration_one_subject IS
'one subject table per database';

-- No number of ours is the key: a restore labels the tables, which is entered
-- here, before it brings the entries of old.
CREATE TABLE aiconsent.change (
	id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
	changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	changed_by text NOT NULL,
	session_role text NOT NULL DEFAULT SESSION_USER,
	what text NOT NULL,
	object text NOT NULL,
	before text,
	after text,
	reason text
);
COMMENT ON TABLE aiconsent.change IS
'every change of a label, registration, policy, publication or grant: who, when, before, after, reason';
COMMENT ON COLUMN aiconsent.change.changed_by IS
'the role that did it; session_role is who had logged in';
COMMENT ON COLUMN aiconsent.change.what IS
'label; the function''s name for what a function did; adopt_clearance and adopt_treatments for the clearance of an adopted policy and the treatments that come with it; publish also for each training view that shows other fields or other labels than before; accept_lowered';
COMMENT ON COLUMN aiconsent.change.object IS
'a column, relation or view, a purpose, a role or a word of schooling, by the name that it had then; the end of a registration has the name that it was made under';
COMMENT ON COLUMN aiconsent.change.before IS
'what was so before, in the same words as after; NULL: nothing was';
COMMENT ON COLUMN aiconsent.change.after IS
'a label; what was registered; a version of a policy; the schema published in, or the fields of a view with their sensitivities; NULL: it ended';
COMMENT ON COLUMN aiconsent.change.reason IS
'the reason given; of a label also behind two hyphens in the label itself';

SELECT pg_catalog.pg_extension_config_dump('aiconsent.registration', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.registration_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.change', '');

-- Append-only tables refuse with one voice.
CREATE FUNCTION aiconsent.refuse_edit() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION aiconsent.refuse_edit() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.refuse_edit() IS
'trigger: the table is append-only, 55000';
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.change
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();
CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.policy
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();

CREATE TRIGGER append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON aiconsent.clearance
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.refuse_edit();

-- Sessions keep what they read of these tables until they hear of a change.
CREATE FUNCTION aiconsent.declared_changed() RETURNS trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION aiconsent.declared_changed() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.declared_changed() IS
'trigger: tells all sessions to read declarations and policies anew; derives nothing';
CREATE TRIGGER declared_changed
	AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON aiconsent.registration
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.declared_changed();
ALTER TABLE aiconsent.registration ENABLE ALWAYS TRIGGER declared_changed;
CREATE TRIGGER declared_changed
	AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON aiconsent.policy
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.declared_changed();
ALTER TABLE aiconsent.policy ENABLE ALWAYS TRIGGER declared_changed;
CREATE TRIGGER declared_changed
	AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON aiconsent.purpose
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.declared_changed();
ALTER TABLE aiconsent.purpose ENABLE ALWAYS TRIGGER declared_changed;

CREATE FUNCTION aiconsent.register_field(
	relation regclass, field name, sensitivity aiconsent.sensitivity,
	reason text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION aiconsent.register_field(regclass, name, aiconsent.sensitivity, text) IS
'say what a column holds: the same as SECURITY LABEL FOR aiconsent ON COLUMN, also in a session that has not loaded the library. field NULL labels the table itself, whose label is joined to each of its columns''; sensitivity NULL takes the label away. Needs ownership of the table. A reason is kept in the label, behind two hyphens.';

CREATE FUNCTION aiconsent.label_sensitivity(label text) RETURNS aiconsent.sensitivity
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION aiconsent.label_sensitivity(text) IS
'the sensitivity of a security label of provider aiconsent, which is its text before any '' -- reason''';

CREATE VIEW aiconsent.field AS
	SELECT c.oid::pg_catalog.regclass AS relation,
		a.attname AS field,
		s.sensitivity,
		aiconsent.sensitivity_level(s.sensitivity) AS level,
		aiconsent.sensitivity_categories(s.sensitivity) AS categories,
		pg_catalog.substring(l.label, ' -- (.*)$') AS reason
	FROM pg_catalog.pg_seclabel l
		JOIN pg_catalog.pg_class c ON c.oid = l.objoid
		JOIN pg_catalog.pg_attribute a
			ON a.attrelid = l.objoid AND a.attnum = l.objsubid
		LEFT JOIN pg_catalog.pg_seclabel t
			ON t.objoid = l.objoid AND t.classoid = l.classoid
				AND t.objsubid = 0 AND t.provider = 'aiconsent',
		LATERAL (SELECT aiconsent.label_sensitivity(l.label) OPERATOR(aiconsent.+)
			COALESCE(aiconsent.label_sensitivity(t.label), 'public')
			AS sensitivity) s
	WHERE l.provider = 'aiconsent' AND l.objsubid > 0
		AND l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
		AND NOT a.attisdropped;
COMMENT ON VIEW aiconsent.field IS
'every labelled column: what it holds (its own label joined with its table''s) and why it was labelled so';

CREATE FUNCTION aiconsent.register_subject(
	relation regclass, key name DEFAULT NULL, birth name DEFAULT NULL,
	region name DEFAULT NULL, notified_at name DEFAULT NULL,
	handle name DEFAULT NULL, email name DEFAULT NULL,
	profile name DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.register_subject(regclass, name, name, name, name, name, name, name) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.register_subject(regclass, name, name, name, name, name, name, name) IS
'declare the table whose rows are the persons that data is about: one per database. key: a column of type smallint, integer, bigint, uuid or text that is unique, by default the primary key; birth: date, timestamp, year (integer), text such as 2009-07, or daterange; region: an ISO 3166 code, by which the policy row is chosen and words of schooling are read; notified_at: timestamptz; handle, email, profile (an address): text, by which suppress() recognises a person. Judges every subject at once. Needs ownership of the table.';

CREATE FUNCTION aiconsent.register_education(
	relation regclass, subject name DEFAULT NULL, level name DEFAULT NULL,
	school name DEFAULT NULL, starts name DEFAULT NULL, ends name DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.register_education(regclass, name, name, name, name, name) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.register_education(regclass, name, name, name, name, name) IS
'declare a table of subjects'' schooling. subject: by default the foreign key to the subject table; level: an ISCED 2011 number or words; school: a school''s name; starts, ends: date, timestamp, year (integer), text such as 2009-07, or daterange. Judges the subjects at once. Needs ownership of the table.';

CREATE FUNCTION aiconsent.register_notice(
	relation regclass, subject name DEFAULT NULL, at name DEFAULT NULL,
	purpose text DEFAULT 'content_generation')
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.register_notice(regclass, name, name, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.register_notice(regclass, name, name, text) IS
'declare a table of notices that were given for one purpose: for it they count, and the subject table''s notified_at does not. Of several the first at or behind the announcement counts. subject: by default the foreign key to the subject table; at: timestamptz. Judges the subjects at once. Needs ownership of the table.';

CREATE FUNCTION aiconsent.register_preference(
	relation regclass, subject name DEFAULT NULL, allows text DEFAULT NULL,
	purpose text DEFAULT 'content_generation', condition text DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.register_preference(regclass, name, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.register_preference(regclass, name, text, text, text) IS
'mirror an existing setting into the ledger, its present state included. allows: a column, or an expression over the row of built-in immutable functions, boolean or text such as on and off or 1 and 0: false is an objection, true is no decision and takes back a mirrored objection only, what is NULL or unreadable puts the subject out; condition: which rows are the setting, where a table has several keys; of several rows of a subject the strictest counts, none is the default. One for each purpose. Needs ownership of the table.';

CREATE FUNCTION aiconsent.register_source(
	relation regclass, subjects text[] DEFAULT NULL,
	occurred_at name DEFAULT NULL, undated boolean DEFAULT false,
	reason text DEFAULT NULL, cells jsonb DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.register_source(regclass, text[], name, boolean, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.register_source(regclass, text[], name, boolean, text, jsonb) IS
'declare a table, view or foreign table whose rows may enter the corpus. subjects: the persons a row is about, all of whom must be eligible: columns of the subjects'' key type, arrays of it (of which every element counts), or paths over foreign keys of one column (post_id.author_id); one that ends in ? may be NULL, which names nobody, and else a NULL keeps the row out; by default every foreign key to the subject table, which a NOTICE says. occurred_at: when the row was written (timestamptz, or timestamp or date, read at its earliest); a table without one is registered as undated, with a reason. cells: fields that are about other persons than the row and are NULL where these are out: {"field": subject, or array of subjects, or {"subjects": ..., "occurred_at": path}}, where occurred_at is when the cell was written, by default when the row was. The owner must be able to read what paths lead to. What a view calls runs as whoever reads the training view, so that its functions must have a search_path of their own, or be written in C or as a body that was parsed. Needs ownership of the table.';

CREATE FUNCTION aiconsent.evidence_altered() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION aiconsent.evidence_altered() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.evidence_altered() IS
'event trigger: a new partition of evidence gets our triggers, and who is in it is judged; inheritance and foreign tables, past which rows could be written unseen, are refused';
CREATE EVENT TRIGGER aiconsent_evidence_altered ON ddl_command_end
	WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE FOREIGN TABLE',
		'ALTER FOREIGN TABLE', 'CREATE SCHEMA')
	EXECUTE FUNCTION aiconsent.evidence_altered();
ALTER EVENT TRIGGER aiconsent_evidence_altered ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER aiconsent_evidence_altered IS
'keeps evidence and its partitions in step, and out of inheritance';

CREATE FUNCTION aiconsent.binding_dropped() RETURNS event_trigger
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
REVOKE ALL ON FUNCTION aiconsent.binding_dropped() FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.binding_dropped() IS
'event trigger: a registration whose binding is dropped is gone, and so is what rested on it';
CREATE EVENT TRIGGER aiconsent_binding_dropped ON sql_drop
	EXECUTE FUNCTION aiconsent.binding_dropped();
ALTER EVENT TRIGGER aiconsent_binding_dropped ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER aiconsent_binding_dropped IS
'forgets registrations whose binding is dropped';

CREATE FUNCTION aiconsent.unregister_subject(relation regclass) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unregister_subject(regclass) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unregister_subject(regclass) IS
'end the declaration of a table as subject. Refused while other declarations refer to it. Everybody is judged without it at once; what was said stays in the ledger. Not above READ COMMITTED. Needs ownership of the table.';

CREATE FUNCTION aiconsent.unregister_education(relation regclass) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unregister_education(regclass) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unregister_education(regclass) IS
'end the declaration of a table as education. Everybody is judged without it at once; what was said stays in the ledger. Not above READ COMMITTED. Needs ownership of the table.';

CREATE FUNCTION aiconsent.unregister_source(relation regclass) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unregister_source(regclass) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unregister_source(regclass) IS
'end the declaration of a table as source. Refused while a training view shows it. Needs ownership of the table.';

CREATE FUNCTION aiconsent.unregister_notice(relation regclass, purpose text DEFAULT 'content_generation') RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unregister_notice(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unregister_notice(regclass, text) IS
'end the declaration of a table as notice. Everybody is judged without it at once; what was said stays in the ledger. Not above READ COMMITTED. Needs ownership of the table.';

CREATE FUNCTION aiconsent.unregister_preference(relation regclass, purpose text DEFAULT 'content_generation') RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unregister_preference(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unregister_preference(regclass, text) IS
'end the declaration of a table as preference. Everybody is judged without it at once; what was said stays in the ledger. Not above READ COMMITTED. Needs ownership of the table.';

-- Words of schooling that a steward adds to those that come with us.

CREATE TABLE aiconsent.school_word (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	phrase text NOT NULL UNIQUE,
	lowest integer NOT NULL,
	highest integer NOT NULL CHECK (0 <= lowest AND lowest <= highest AND highest <= 8),
	regions text[]
);
COMMENT ON TABLE aiconsent.school_word IS
'own words of schooling: where the phrase is in a level or a school''s name, as whole words, it means these levels of ISCED 2011; regions NULL: everywhere';
COMMENT ON SEQUENCE aiconsent.school_word_id_seq IS 'ids of aiconsent.school_word';
CREATE TRIGGER declared_changed
	AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON aiconsent.school_word
	FOR EACH STATEMENT EXECUTE FUNCTION aiconsent.declared_changed();
ALTER TABLE aiconsent.school_word ENABLE ALWAYS TRIGGER declared_changed;
SELECT pg_catalog.pg_extension_config_dump('aiconsent.school_word', '');
SELECT pg_catalog.pg_extension_config_dump('aiconsent.school_word_id_seq', '');

CREATE FUNCTION aiconsent.register_school_word(
	phrase text, lowest integer, highest integer,
	regions text[] DEFAULT NULL)
	RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.register_school_word(text, integer, integer, text[]) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.register_school_word(text, integer, integer, text[]) IS
'say what a word of schooling means: levels of ISCED 2011 from lowest to highest (0 to 8), in these regions (ISO 3166 codes; NULL: everywhere), whatever the table that comes with the extension says; case, accents and punctuation do not matter. Judges everybody. For stewards; not above READ COMMITTED.';
CREATE FUNCTION aiconsent.unregister_school_word(phrase text) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION aiconsent.unregister_school_word(text) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.unregister_school_word(text) IS
'take back what register_school_word() said of the phrase; judges everybody. For stewards; not above READ COMMITTED.';
