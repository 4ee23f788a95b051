/*
 * grant.c: who may read the training views?
 */
#include "compat.h"
#include "field.h"
#include "grant.h"
#include "policy.h"
#include "registry.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* What a reader needs and no more: no USAGE on our own schema. */
static void
grant_reading(const char *role, const char *schema)
{
	Oid			types[] = {NAMEOID};
	NameData	name;
	Datum		values[] = {NameGetDatum(&name)};
	SPITupleTable *commands;
	uint64		count;

	namestrcpy(&name, schema);
	sql_runf("GRANT USAGE ON SCHEMA %s TO %s", quote_identifier(schema), role);
	count = sql_run("SELECT pg_catalog.format('GRANT SELECT ON %s TO ', c.oid::pg_catalog.regclass)"
					" FROM pg_catalog.pg_class c"
					" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
					" JOIN pg_catalog.pg_seclabel l ON l.objoid = c.oid"
					"  AND l.classoid = c.tableoid AND l.objsubid = 0"
					" WHERE n.nspname = $1 AND l.provider = '" PUBLISHED_PROVIDER "'"
					" UNION ALL"
					" SELECT pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO ',"
					"  p.oid::pg_catalog.regprocedure)"
					" FROM pg_catalog.pg_proc p"
					" JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
					" WHERE n.nspname = '" SCHEMA_NAME "'"
					"  AND p.proname IN ('eligible', 'granted', 'pseudonym', 'part', 'generalize')",
					1, types, values, NULL);
	commands = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
		sql_runf("%s%s", SPI_getvalue(commands->vals[row], commands->tupdesc, 1),
				 role);
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
		grant_reading(quote_identifier(SPI_getvalue(roles->vals[row],
													roles->tupdesc, 1)),
					  schema);
}

PG_FUNCTION_INFO_V1(grant_role);
Datum
grant_role(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[2];
	char	   *role;
	char	   *purpose;
	SqlScope	scope;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("role, what and purpose must not be null")));
	if (strcmp(text_to_cstring(PG_GETARG_TEXT_PP(1)), "reader") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown kind of grant \"%s\"",
						text_to_cstring(PG_GETARG_TEXT_PP(1))),
				 errhint("What can be granted is \"reader\".")));
	role = GetUserNameFromId(PG_GETARG_OID(0), false);
	purpose = text_to_cstring(PG_GETARG_TEXT_PP(2));

	scope = sql_begin(sql_owner());
	require_purpose(purpose);
	values[0] = CStringGetTextDatum(role);
	values[1] = CStringGetTextDatum(purpose);
	sql_run("INSERT INTO aiconsent.grantee (role, what, purpose)"
			" VALUES ($1, 'reader', $2) ON CONFLICT DO NOTHING",
			2, types, values, NULL);
	registry_change(scope.saved_user, "grant_role", role, NULL,
					psprintf("reader of %s", purpose), NULL);
	if (sql_run("SELECT published_in::text FROM aiconsent.purpose"
				" WHERE name = $2 AND published_in IS NOT NULL AND $1 IS NOT NULL",
				2, types, values, NULL) > 0)
		grant_reading(quote_identifier(role), sql_text_column(0, 1));
	sql_end(&scope);
	PG_RETURN_VOID();
}
