/*
 * enlist.c: how is said what else is looked for in texts?
 */
#include "compat.h"
#include "policy.h"
#include "recognizer.h"
#include "registry.h"
#include "sql.h"
#include "treatment.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* What both functions are given. */
typedef struct Enlisted
{
	char	   *category;
	char	   *purpose;
	char	   *reason;			/* or NULL */
} Enlisted;

static Enlisted
arguments(FunctionCallInfo fcinfo)
{
	Enlisted	given = {
		sql_text_argument(fcinfo, 0), sql_text_argument(fcinfo, 2),
		sql_text_argument(fcinfo, 3)
	};

	if (given.category == NULL || PG_ARGISNULL(1) || given.purpose == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("category, recognizer and purpose must not be null")));
	return given;
}

static uint64
run_on_row(const char *command, int nargs, const Enlisted *given,
		   const char *name)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[] = {
		CStringGetTextDatum(given->purpose),
		CStringGetTextDatum(given->category), CStringGetTextDatum(name),
		given->reason ? CStringGetTextDatum(given->reason) : (Datum) 0
	};
	char		nulls[] = {' ', ' ', ' ', given->reason ? ' ' : 'n'};

	return sql_run(command, nargs, types, values, nulls);
}

static void
record(Oid actor, const char *what, const Enlisted *given, const char *before,
	   const char *after)
{
	registry_change(actor, what,
					psprintf("%s for %s", given->category, given->purpose),
					before, after, given->reason);
}

/*
 * register_recognizer(category, recognizer, purpose, reason): see COMMENT ON.
 */
PG_FUNCTION_INFO_V1(register_recognizer);
Datum
register_recognizer(PG_FUNCTION_ARGS)
{
	Enlisted	given = arguments(fcinfo);
	Oid			function = PG_GETARG_OID(1);
	char	   *schema = get_namespace_name(get_func_namespace(function));
	char	   *name;
	char	   *why_not;
	SqlScope	scope;

	treatment_require_category(given.category);
	name = schema == NULL ? psprintf("%u", function) :
		quote_qualified_identifier(schema, get_func_name(function));
	scope = sql_begin(sql_owner());
	require_purpose(given.purpose);
	why_not = recognizer_why_not(schema ? function : InvalidOid, name);
	if (why_not)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				 errmsg("\"%s\" cannot be a recognizer", name),
				 errdetail_internal("%s.", why_not)));
	if (!treatment_is_scrub(treatments_of(given.purpose), given.category))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("texts of \"%s\" are not scrubbed for \"%s\"",
						given.category, given.purpose),
				 errdetail("What a recognizer finds is masked with what scrub finds."),
				 errhint("SELECT aiconsent.treat(%s, 'scrub', %s);",
						 quote_literal_cstr(given.category),
						 quote_literal_cstr(given.purpose))));
	run_on_row("INSERT INTO aiconsent.recognizer AS r"
			   " (purpose, category, recognizer, reason) VALUES ($1, $2, $3, $4)"
			   " ON CONFLICT (purpose, category, recognizer)"
			   " DO UPDATE SET reason = EXCLUDED.reason", 4, &given, name);
	record(scope.saved_user, "register_recognizer", &given, NULL, name);
	sql_end(&scope);
	PG_RETURN_VOID();
}

/*
 * unregister_recognizer(category, recognizer, purpose, reason): see COMMENT ON.
 */
PG_FUNCTION_INFO_V1(unregister_recognizer);
Datum
unregister_recognizer(PG_FUNCTION_ARGS)
{
	Enlisted	given = arguments(fcinfo);
	char	   *name = sql_text_argument(fcinfo, 1);
	SqlScope	scope = sql_begin(sql_owner());

	if (run_on_row("DELETE FROM aiconsent.recognizer"
				   " WHERE purpose = $1 AND category = $2"
				   "  AND $3 IN (recognizer, recognizer || '(text)')"
				   " RETURNING recognizer", 3, &given, name) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" is no recognizer for \"%s\"", name,
						given.category),
				 errhint("Recognizers are listed in aiconsent.recognizer.")));
	record(scope.saved_user, "unregister_recognizer", &given,
		   sql_text_column(0, 1), NULL);
	sql_end(&scope);
	PG_RETURN_VOID();
}
