/*
 * teach.c: how does a steward add words of schooling?
 */
#include "compat.h"
#include "education.h"
#include "fold.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* A row of aiconsent.school_word for the record of changes. */
#define IN_WORDS \
	"phrase, pg_catalog.format('ISCED %s to %s%s', lowest, highest," \
	" ' in ' || pg_catalog.array_to_string(regions, ', '))"

PG_FUNCTION_INFO_V1(register_school_word);
Datum
register_school_word(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID, INT4OID, INT4OID, TEXTARRAYOID};
	Datum		values[4];
	char		nulls[] = {' ', ' ', ' ', ' '};
	char	   *phrase;
	Text	   *folded = palloc(sizeof(Text));
	SqlScope	scope;

	require_read_committed("register_school_word()");
	for (int i = 0; i < 3; i++)
	{
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("phrase, lowest and highest must not be null")));
	}
	phrase = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (strlen(phrase) <= SCHOOL_TEXT_MAX)
		fold_text(education_utf8(phrase), strlen(education_utf8(phrase)), folded);
	if (strlen(phrase) > SCHOOL_TEXT_MAX || folded->length == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a phrase must have a letter or digit and at most %d bytes",
						SCHOOL_TEXT_MAX)));
	if (!PG_ARGISNULL(3) && array_contains_nulls(PG_GETARG_ARRAYTYPE_P(3)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a region must not be null")));
	if (PG_GETARG_INT32(1) < 0 || PG_GETARG_INT32(1) > PG_GETARG_INT32(2) ||
		PG_GETARG_INT32(2) > 8)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lowest and highest must be levels of ISCED 2011, 0 to 8, in this order")));

	scope = sql_begin(sql_owner());
	standing_lock_all();
	for (int i = 0; i < 4; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	sql_run("INSERT INTO aiconsent.school_word (phrase, lowest, highest, regions)"
			" VALUES ($1, $2, $3, $4) RETURNING " IN_WORDS,
			4, types, values, nulls);
	registry_change(scope.saved_user, "register_school_word",
					sql_text_column(0, 1), NULL, sql_text_column(0, 2), NULL);
	standing_judge_all(scope.saved_user);
	sql_end(&scope);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(unregister_school_word);
Datum
unregister_school_word(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {PG_GETARG_DATUM(0)};
	SqlScope	scope;

	require_read_committed("unregister_school_word()");
	scope = sql_begin(sql_owner());
	standing_lock_all();
	if (PG_ARGISNULL(0) ||
		sql_run("DELETE FROM aiconsent.school_word WHERE phrase = $1"
				" RETURNING " IN_WORDS, 1, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no such word of schooling"),
				 errhint("They are listed in aiconsent.school_word.")));
	registry_change(scope.saved_user, "unregister_school_word",
					sql_text_column(0, 1), sql_text_column(0, 2), NULL, NULL);
	standing_judge_all(scope.saved_user);
	sql_end(&scope);
	PG_RETURN_VOID();
}
