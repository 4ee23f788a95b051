/*
 * recognizer.c: what else is looked for in the texts of a category?
 */
#include "compat.h"
#include "recognizer.h"
#include "sql.h"
#include "trust.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "parser/parse_func.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/* As committed now, as for all that makes a view stricter. */
List *
recognizers_of(const char *purpose)
{
	List	   *recognizers = NIL;
	uint64		count;

	count = sql_run_now("SELECT purpose, category, recognizer"
						" FROM aiconsent.recognizer"
						" ORDER BY recognizer COLLATE \"C\", category");
	for (uint64 row = 0; row < count; row++)
	{
		Recognizer *recognizer = palloc(sizeof(Recognizer));

		if (strcmp(sql_text_column(row, 1), purpose) != 0)
			continue;
		recognizer->category = sql_text_column(row, 2);
		recognizer->name = sql_text_column(row, 3);
		recognizers = lappend(recognizers, recognizer);
	}
	return recognizers;
}

static bool
is_for(const Recognizer *recognizer, const Label *sensitivity)
{
	size_t		length = strlen(recognizer->category);

	for (int i = 0; i < sensitivity->ncategories; i++)
	{
		const char *category = sensitivity->category[i];

		if (strncmp(category, recognizer->category, length) == 0 &&
			(category[length] == '\0' || category[length] == '.'))
			return true;
	}
	return false;
}

List *
recognizers_for(const List *recognizers, const Label *sensitivity)
{
	List	   *found = NIL;
	const ListCell *lc;

	foreach(lc, recognizers)
	{
		Recognizer *recognizer = lfirst(lc);

		if (is_for(recognizer, sensitivity) &&
			(found == NIL || strcmp(((Recognizer *) llast(found))->name,
									recognizer->name) != 0))
			found = lappend(found, recognizer);
	}
	return found;
}

Oid
recognizer_function(const char *name)
{
	Oid			types[] = {TEXTOID};

	return LookupFuncName(qualified_names(name), 1, types, true);
}

/* (class text, start integer, length integer), whatever their names. */
static bool
returns_spans(Oid function)
{
	static const Oid types[] = {TEXTOID, INT4OID, INT4OID};
	TupleDesc	desc;
	Oid			type;

	if (get_func_result_type(function, &type, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(types))
		return false;
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped ||
			TupleDescAttr(desc, i)->atttypid != types[i])
			return false;
	}
	return true;
}

static bool
takes_text(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		takes;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	takes = form->prokind == PROKIND_FUNCTION && form->pronargs == 1 &&
		form->proargtypes.values[0] == TEXTOID;
	ReleaseSysCache(tuple);
	return takes;
}

char *
recognizer_why_not(Oid function, const char *name)
{
	if (!OidIsValid(function))
		return psprintf("recognizer %s does not exist", name);
	if (!takes_text(function) || !returns_spans(function))
		return psprintf("function %s does not take a text and return (class text, start integer, length integer)",
						name);
	return trust_why_not_call(function, name);
}
