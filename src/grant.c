/*
 * grant.c: who may do what?
 *
 * What each kind of role needs is in one table below, and given or taken by
 * the server's own GRANT and REVOKE.  What these cannot say, that a writer is
 * one for a purpose, is asked here at each event.
 */
#include "compat.h"
#include "field.h"
#include "grant.h"
#include "kept.h"
#include "policy.h"
#include "registry.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#define DEFAULT_PURPOSE "content_generation"

/* ------------------------------------------------------------------------
 * What each kind needs, and no more
 * ------------------------------------------------------------------------
 */

/* What training views call: they do it as who reads them. */
#define READER_FUNCTIONS \
	"eligible, granted, pseudonym, part, generalize, scrub"

/*
 * verify_standing(), doctor() and the views run as who asks, so that an
 * auditor needs what these read and call; never a table of keys.  What reads
 * no table of ours but the words of schooling, everybody may execute.
 */
#define AUDITOR_FUNCTIONS \
	READER_FUNCTIONS ", verdict_of, timeline, explain, verify_standing, doctor," \
	" declarations, evidence_subjects, evidence_mentions, evidence_schooling," \
	" evidence_notices, scan, rules_version," \
	" evidence_settings, coming_of_age, classes, explain_row," \
	" suggest, name_words, name_terms, name_affixes, table_meaning," \
	" field_meaning, name_kinds, on_one_line," \
	" publication_drift, clearance_of, field_looks, relation_flow, function_flow," \
	" standing_packed_windows," \
	" verify_ledger, consent_content, consent_digest, merkle_root, server_line," \
	" seal_root, seal_blocks, export_events," \
	" run_string, run_hash, run_seal_hash, run_labels, pseudonym_since, removal," \
	" replaced_since, run_of_subject, run_had, receipt, verify_runs, seal_chain, row_hash," \
	" lawful_standing, present, leaks, lawful, lawfully_granted, health_numbers, report, corpus_categories"
#define AUDITOR_RELATIONS \
	"field, registration, classification, class, treatment, change, grantee," \
	" treatment_template, recognizer, school_word, name_word, guess, value_pattern, drift, exposure, leak, health," \
	" purpose, policy, clearance, policy_template," \
	" consent, seal, seal_block, run, run_seal, run_block, erased_reference," \
	" suppression, erasure," \
	" standing, standing_history, head, head_history," \
	" standing_int8, standing_uuid, standing_text," \
	" standing_packed, standing_unpacked"

/*
 * Not grant_role(): who adopts, labels and publishes decides what is released,
 * and somebody else to whom.  Not record_consent(): nobody speaks for members
 * by the way.
 */
#define STEWARD_FUNCTIONS \
	AUDITOR_FUNCTIONS ", adopt_policy, publish, rebuild_standing," \
	" pack_standing, register_subject, register_education, register_notice," \
	" register_preference, register_source, register_field," \
	" register_school_word, unregister_subject, unregister_education," \
	" unregister_notice, unregister_preference, unregister_source," \
	" unregister_school_word, classify, unclassify, treat," \
	" register_recognizer, unregister_recognizer," \
	" rotate_pseudonyms, import_consent, retract, suppress," \
	" retract_suppression, erase_subject, seal_ledger, merge_events," \
	" begin_run, seal_run, fail_run, run_manifest, record_run"

#define WRITER_FUNCTIONS \
	"record_consent, record_consents, eligible"

/*
 * Every right of every kind: what, purpose (NULL: whatever it is), privilege
 * and object as GRANT has them.  A reader has no USAGE on our schema: the
 * views work, and nobody enumerates members.
 */
#define RIGHTS \
	"WITH kind (what, needs_schema, functions, relations) AS (VALUES" \
	"  ('reader', false, '{" READER_FUNCTIONS "}'::text[], '{}'::text[])," \
	"  ('auditor', true, '{" AUDITOR_FUNCTIONS "}', '{" AUDITOR_RELATIONS "}')," \
	"  ('steward', true, '{" STEWARD_FUNCTIONS "}', '{" AUDITOR_RELATIONS "}')," \
	"  ('writer', true, '{" WRITER_FUNCTIONS "}', '{}'))," \
	" rights (what, purpose, privilege, object) AS (" \
	"  SELECT k.what, NULL::text, 'USAGE ON SCHEMA', n.oid::regnamespace::text" \
	"  FROM kind k, pg_namespace n" \
	"  WHERE n.nspname = '" SCHEMA_NAME "' AND k.needs_schema" \
	"  UNION ALL" \
	"  SELECT k.what, NULL, 'EXECUTE ON FUNCTION', p.oid::regprocedure::text" \
	"  FROM kind k JOIN pg_proc p ON p.proname = ANY (k.functions)" \
	"  WHERE p.pronamespace = '" SCHEMA_NAME "'::regnamespace" \
	"  UNION ALL" \
	"  SELECT k.what, NULL, 'SELECT ON', c.oid::regclass::text" \
	"  FROM kind k JOIN pg_class c ON c.relname = ANY (k.relations)" \
	"  WHERE c.relnamespace = '" SCHEMA_NAME "'::regnamespace" \
	"  UNION ALL" \
	"  SELECT 'reader', u.name, 'USAGE ON SCHEMA', n.oid::regnamespace::text" \
	"  FROM aiconsent.purpose u JOIN pg_namespace n ON n.nspname = u.published_in" \
	"  UNION ALL" \
	"  SELECT 'reader', l.label, 'SELECT ON', c.oid::regclass::text" \
	"  FROM pg_seclabel l JOIN pg_class c ON c.oid = l.objoid" \
	"  WHERE l.provider = '" PUBLISHED_PROVIDER "' AND l.objsubid = 0" \
	"   AND l.classoid = 'pg_class'::regclass" \
	"   AND c.relnamespace <> '" SCHEMA_NAME "'::regnamespace)"

/* Those of one grant: $1 is what, $2 the purpose. */
#define GIVEN \
	" SELECT privilege, object FROM rights" \
	" WHERE what = $1 AND (purpose IS NULL OR purpose = $2)"

/* Those of all that the role $3 was granted. */
#define KEPT \
	" SELECT r.privilege, r.object FROM aiconsent.grantee g" \
	" JOIN rights r ON r.what = g.what" \
	"  AND (r.purpose IS NULL OR r.purpose = g.purpose)" \
	" WHERE g.role = $3"

/* Those that it has already: to grant them anew would tell all sessions. */
#define HELD \
	" SELECT h.privilege, h.object FROM pg_roles r, (" \
	"  SELECT 'USAGE ON SCHEMA', n.oid::regnamespace::text, n.nspowner, a.*" \
	"  FROM pg_namespace n, aclexplode(n.nspacl) a" \
	"  UNION ALL" \
	"  SELECT 'EXECUTE ON FUNCTION', p.oid::regprocedure::text, p.proowner, a.*" \
	"  FROM pg_proc p, aclexplode(p.proacl) a" \
	"  UNION ALL" \
	"  SELECT 'SELECT ON', c.oid::regclass::text, c.relowner, a.*" \
	"  FROM pg_class c, aclexplode(c.relacl) a)" \
	"  h (privilege, object, owner, grantor, grantee, type, is_grantable)" \
	" WHERE r.rolname = $3 AND h.grantee = r.oid AND h.grantor = h.owner" \
	"  AND h.privilege LIKE h.type || ' %'"

/* ------------------------------------------------------------------------
 * Giving and taking
 * ------------------------------------------------------------------------
 */

typedef struct Grant
{
	char	   *role;			/* its name, as the catalog has it */
	char	   *what;
	char	   *purpose;		/* NULL: for all of them */
} Grant;

/* Run the command for each privilege of a query over RIGHTS. */
static void
run_for_rights(const char *verb, const char *query, const char *direction,
			   const Grant *grant)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		values[] = {
		CStringGetTextDatum(grant->what),
		grant->purpose ? CStringGetTextDatum(grant->purpose) : (Datum) 0,
		CStringGetTextDatum(grant->role)
	};
	char		nulls[] = {' ', grant->purpose ? ' ' : 'n', ' '};
	SPITupleTable *rights;
	uint64		count;

	count = sql_run(psprintf(RIGHTS " SELECT privilege,"
							 "  pg_catalog.string_agg(object, ', ' ORDER BY object)"
							 " FROM (%s) r WHERE $3 IS NOT NULL"
							 " GROUP BY privilege", query),
					3, types, values, nulls);
	rights = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
		sql_runf("%s %s %s %s %s", verb,
				 SPI_getvalue(rights->vals[row], rights->tupdesc, 1),
				 SPI_getvalue(rights->vals[row], rights->tupdesc, 2),
				 direction, quote_identifier(grant->role));
}

static void
give(const Grant *grant)
{
	run_for_rights("GRANT", GIVEN " EXCEPT" HELD, "TO", grant);
}

void
grant_all_readers(const char *purpose, const char *schema, bool first)
{
	Oid			types[] = {TEXTOID, BOOLOID, TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose), BoolGetDatum(first),
	CStringGetTextDatum(schema)};
	SPITupleTable *roles;
	uint64		count;

	count = sql_run("SELECT g.role FROM aiconsent.grantee g"
					" JOIN pg_catalog.pg_roles r ON r.rolname = g.role"
					" WHERE g.purpose = $1 AND g.what = 'reader'"
					"  AND ($2 OR pg_catalog.has_schema_privilege(r.oid, $3, 'USAGE'))"
					" ORDER BY 1", 3, types, values, NULL);
	roles = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
	{
		Grant		grant = {
			.role = SPI_getvalue(roles->vals[row], roles->tupdesc, 1),
			.what = "reader",
			.purpose = pstrdup(purpose)
		};

		give(&grant);
	}
}

/* "reader of content_generation", for people. */
static char *
in_words(const Grant *grant)
{
	return grant->purpose ?
		psprintf("%s of %s", grant->what, grant->purpose) : grant->what;
}

static bool
is_for_one_purpose(const char *what)
{
	if (strcmp(what, "reader") == 0 || strcmp(what, "writer") == 0)
		return true;
	if (strcmp(what, "auditor") != 0 && strcmp(what, "steward") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown kind of grant \"%s\"", what),
				 errhint("It is one of \"reader\", \"writer\", \"auditor\", \"steward\".")));
	return false;
}

static Grant
grant_argument(FunctionCallInfo fcinfo)
{
	Grant		grant;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("role and what must not be null")));
	grant.role = GetUserNameFromId(PG_GETARG_OID(0), false);
	grant.what = text_to_cstring(PG_GETARG_TEXT_PP(1));
	grant.purpose = PG_ARGISNULL(2) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (is_for_one_purpose(grant.what))
	{
		if (grant.purpose == NULL)
			grant.purpose = DEFAULT_PURPOSE;
	}
	else if (grant.purpose)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" cannot be granted for one purpose", grant.what),
				 errdetail("What an auditor or a steward may do is not limited to a purpose."),
				 errhint("Leave the purpose out.")));
	return grant;
}

/* Run the command on the grant's row of aiconsent.grantee; was there one to do? */
static bool
run_on_row(const char *command, const Grant *grant)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		values[] = {
		CStringGetTextDatum(grant->role), CStringGetTextDatum(grant->what),
		grant->purpose ? CStringGetTextDatum(grant->purpose) : (Datum) 0
	};
	char		nulls[] = {' ', ' ', grant->purpose ? ' ' : 'n'};

	return sql_run(command, 3, types, values, nulls) > 0;
}

PG_FUNCTION_INFO_V1(grant_role);
Datum
grant_role(PG_FUNCTION_ARGS)
{
	Grant		grant = grant_argument(fcinfo);
	SqlScope	scope = sql_begin(sql_owner());
	bool		new;

	if (grant.purpose)
		require_purpose(grant.purpose);
	new = run_on_row("INSERT INTO aiconsent.grantee (role, what, purpose)"
					 " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", &grant);
	registry_change(scope.saved_user, "grant_role", grant.role,
					new ? NULL : in_words(&grant), in_words(&grant),
					sql_text_argument(fcinfo, 3));
	give(&grant);
	sql_end(&scope);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(revoke_role);
Datum
revoke_role(PG_FUNCTION_ARGS)
{
	Grant		grant = grant_argument(fcinfo);
	SqlScope	scope = sql_begin(sql_owner());

	if (!run_on_row("DELETE FROM aiconsent.grantee WHERE role = $1"
					" AND what = $2 AND purpose IS NOT DISTINCT FROM $3",
					&grant))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" is no %s", grant.role, in_words(&grant)),
				 errhint("What was granted is listed in aiconsent.grantee.")));
	registry_change(scope.saved_user, "revoke_role", grant.role,
					in_words(&grant), NULL, sql_text_argument(fcinfo, 3));
	run_for_rights("REVOKE", GIVEN " EXCEPT" KEPT, "FROM", &grant);
	sql_end(&scope);
	PG_RETURN_VOID();
}

/* ------------------------------------------------------------------------
 * Writers
 * ------------------------------------------------------------------------
 */

static Kept kept;
static List *kept_writers;		/* of Grant, by the names of roles */

static void
load_writers(void)
{
	SqlScope	scope = sql_begin_read(sql_owner());

	kept_begin(&kept);
	PG_TRY();
	{
		uint64		count;
		MemoryContext caller;

		kept_rests_on(&kept, sql_table("grantee"));
		count = sql_run_now("SELECT role, purpose FROM aiconsent.grantee"
							" WHERE what = 'writer'");
		caller = MemoryContextSwitchTo(kept.context);
		kept_writers = NIL;
		for (uint64 row = 0; row < count; row++)
		{
			Grant	   *writer = palloc0(sizeof(Grant));

			writer->role = pstrdup(sql_text_column(row, 1));
			writer->purpose = pstrdup(sql_text_column(row, 2));
			kept_writers = lappend(kept_writers, writer);
		}
		MemoryContextSwitchTo(caller);
	}
	PG_CATCH();
	{
		kept.valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	sql_end(&scope);
}

void
grant_init(void)
{
	kept_register(&kept, "writers");
}

static bool
is_writer(Oid role, const char *purpose)
{
	ListCell   *lc;

	if (superuser_arg(role))
		return true;
	if (!kept.valid)
		load_writers();
	foreach(lc, kept_writers)
	{
		Grant	   *writer = lfirst(lc);
		Oid			writer_role;

		if (strcmp(writer->purpose, purpose) != 0)
			continue;
		writer_role = get_role_oid(writer->role, true);
		if (OidIsValid(writer_role) && has_privs_of_role(role, writer_role))
			return true;
	}
	return false;
}

void
require_writer(Oid role, const char *purpose)
{
	char	   *name;

	if (is_writer(role, purpose))
		return;
	name = GetUserNameFromId(role, false);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to record consent for purpose \"%s\"",
					purpose),
			 errdetail("Role \"%s\" is no writer of it.", name),
			 errhint("A superuser can make it one: SELECT %s.grant_role(%s, 'writer', %s);",
					 SCHEMA_NAME,
					 quote_literal_cstr(quote_identifier(name)),
					 quote_literal_cstr(purpose))));
}
