/*
 * scrub.c: what of a value is left when what must not leave is masked?
 *
 * scan() and scrub().  A value in which nothing is found is given back as it
 * came.
 */
#include "compat.h"
#include "findings.h"
#include "scanner.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

static void
refuse(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the text cannot be scanned"),
			 errdetail("In encoding %s it has a character that cannot be converted to one of UTF8.",
					   GetDatabaseEncodingName()),
			 errhint("Keep texts in a database with encoding UTF8; what is ASCII is scanned in any.")));
}

/*
 * scan(value, strict): every finding, from the first on.
 */
PG_FUNCTION_INFO_V1(scan);
Datum
scan(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	text	   *value = PG_GETARG_TEXT_PP(0);
	Scrub		scrub = {.flags = PG_GETARG_BOOL(1) ? SCAN_STRICT : 0};
	Scanned		scanned;
	Finds		finds;

	InitMaterializedSRF(fcinfo, 0);
	if (!scanned_begin(&scanned, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)))
		refuse();
	(void) find_all(&scrub, &scanned, &finds);
	for (size_t i = 0; i < finds.n; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};
		int32		start;

		scanned_pass(&scanned, finds.finds[i].start);
		start = scanned.characters;
		scanned_pass(&scanned, finds.finds[i].end);
		values[0] = CStringGetTextDatum(finds.finds[i].class);
		values[1] = Int32GetDatum(start + 1);
		values[2] = Int32GetDatum(scanned.characters - start);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* ------------------------------------------------------------------------
 * Values
 * ------------------------------------------------------------------------
 */

typedef enum Outcome
{
	UNCHANGED,
	MASKED,
	WITHHELD					/* it cannot be told */
} Outcome;

static inline Outcome
scrub_bytes(const Scrub *scrub, const char *data, size_t length,
			StringInfo masked)
{
	Scanned		scanned;
	Finds		finds;

	if (!scanned_begin(&scanned, data, length) ||
		!find_all(scrub, &scanned, &finds))
		return WITHHELD;
	if (finds.n == 0)
		return UNCHANGED;
	mask(masked, &scanned, &finds);
	pfree(finds.finds);
	return MASKED;
}

static text *
masked_text(StringInfo masked)
{
	SET_VARSIZE(masked->data, masked->len);
	return (text *) masked->data;
}

static Outcome
scrub_text(const Scrub *scrub, Datum value, Datum *result)
{
	text	   *bytes = DatumGetTextPP(value);
	StringInfoData masked;
	Outcome		outcome = scrub_bytes(scrub, VARDATA_ANY(bytes),
									  VARSIZE_ANY_EXHDR(bytes), &masked);

	*result = outcome == MASKED ? PointerGetDatum(masked_text(&masked)) : value;
	if ((Pointer) bytes != DatumGetPointer(value))
		pfree(bytes);
	return outcome;
}

/* Elements that are NULL stay so. */
static Outcome
scrub_array(const Scrub *scrub, Datum value, Datum *result)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	Outcome		outcome = UNCHANGED;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		Outcome		one = nulls[i] ? UNCHANGED :
			scrub_text(scrub, elements[i], &elements[i]);

		outcome = Max(outcome, one);
		if (outcome == WITHHELD)
			return WITHHELD;
	}
	*result = outcome == UNCHANGED ? value :
		PointerGetDatum(construct_md_array(elements, nulls, ARR_NDIM(array),
										   ARR_DIMS(array), ARR_LBOUND(array),
										   TEXTOID, -1, false, TYPALIGN_INT));
	return outcome;
}

/* Every string in it, and every key; of keys that become one the last stays. */
static Outcome
scrub_json(const Scrub *scrub, Datum value, Datum *result)
{
	Jsonb	   *json = DatumGetJsonbP(value);
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	JsonbParseState *state = NULL;
	JsonbValue *made = NULL;
	JsonbValue	element;
	JsonbIteratorToken token;
	bool		is_scalar = false;
	Outcome		outcome = UNCHANGED;

	while ((token = JsonbIteratorNext(&iterator, &element, false)) != WJB_DONE)
	{
		bool		has_value = token == WJB_KEY || token == WJB_VALUE ||
			token == WJB_ELEM;

		if (token == WJB_BEGIN_ARRAY)
			is_scalar |= element.val.array.rawScalar;
		if (has_value && element.type == jbvString)
		{
			StringInfoData masked;
			Outcome		one = scrub_bytes(scrub, element.val.string.val,
										  element.val.string.len, &masked);

			outcome = Max(outcome, one);
			if (outcome == WITHHELD)
				return WITHHELD;
			if (one == MASKED)
			{
				element.val.string.val = masked.data + VARHDRSZ;
				element.val.string.len = masked.len - VARHDRSZ;
			}
		}
		made = pushJsonbValue(&state, token, has_value ? &element : NULL);
	}
	if (outcome == UNCHANGED)
		*result = value;
	else
	{
		if (is_scalar)
			made->val.array.rawScalar = true;
		*result = JsonbPGetDatum(JsonbValueToJsonb(made));
	}
	return outcome;
}

/*
 * scrub(value, strict): what is found is masked.  What cannot be scanned is an
 * error.
 */
PG_FUNCTION_INFO_V1(scrub);
Datum
scrub(PG_FUNCTION_ARGS)
{
	Scrub		scrub = {.flags = PG_GETARG_BOOL(1) ? SCAN_STRICT : 0};
	Datum		result;

	if (scrub_text(&scrub, PG_GETARG_DATUM(0), &result) == WITHHELD)
		refuse();
	PG_RETURN_DATUM(result);
}

static Recognition *
recognition_of(Place *place, MemoryContext context, ArrayType *functions)
{
	if (place->recognition == NULL ||
		!recognition_is_of(place->recognition, functions))
		place->recognition = recognition_begin(context, functions);
	return place->recognition;
}

/* For a purpose what cannot be scanned is withheld: an error would stop all. */
static Datum
scrub_for(FunctionCallInfo fcinfo,
		  Outcome (*scrub_value) (const Scrub *, Datum, Datum *))
{
	Scrub		scrub = {
		.flags = SCAN_MENTIONS | (PG_GETARG_BOOL(2) ? SCAN_STRICT : 0),
		.flinfo = fcinfo->flinfo,
		.purpose = PG_GETARG_TEXT_PP(1)
	};
	Datum		result;

	if (PG_NARGS() > 3)
		scrub.recognition = recognition_of(place_of(fcinfo->flinfo),
										   fcinfo->flinfo->fn_mcxt,
										   PG_GETARG_ARRAYTYPE_P(3));
	if (scrub_value(&scrub, PG_GETARG_DATUM(0), &result) == WITHHELD)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}

PG_FUNCTION_INFO_V1(scrub_text_for);
Datum
scrub_text_for(PG_FUNCTION_ARGS)
{
	return scrub_for(fcinfo, scrub_text);
}

PG_FUNCTION_INFO_V1(scrub_array_for);
Datum
scrub_array_for(PG_FUNCTION_ARGS)
{
	return scrub_for(fcinfo, scrub_array);
}

PG_FUNCTION_INFO_V1(scrub_json_for);
Datum
scrub_json_for(PG_FUNCTION_ARGS)
{
	return scrub_for(fcinfo, scrub_json);
}

/*
 * rules_version(): see COMMENT ON.
 */
PG_FUNCTION_INFO_V1(rules_version);
Datum
rules_version(PG_FUNCTION_ARGS)
{
	StringInfoData version;

	initStringInfo(&version);
	for (int i = 0; scanner_versions[i][0]; i++)
		appendStringInfo(&version, "%s%s %s", i > 0 ? ", " : "",
						 scanner_versions[i][0], scanner_versions[i][1]);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(version.data, version.len));
}
