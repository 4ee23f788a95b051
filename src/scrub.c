/*
 * scrub.c: what of a value must not leave with it, and what stands there
 * instead?
 *
 * The SQL face of scanner.c.  It is called for every text of a corpus: where
 * nothing is found nothing is allocated, and the value is given back as it
 * came.
 */
#include "compat.h"
#include "mention.h"
#include "recognize.h"
#include "scanner.h"
#include "scrub.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* A scan of a long text can be cancelled. */
static void
pause_scan(void)
{
	CHECK_FOR_INTERRUPTS();
}

void
scrub_init(void)
{
	scanner_pause = pause_scan;
}

/* ------------------------------------------------------------------------
 * Texts as the scanner takes them
 * ------------------------------------------------------------------------
 */

/*
 * In UTF-8, and as the server has it; the same characters, one by one.  What
 * is found is asked for from the beginning to the end.
 */
typedef struct Scanned
{
	const char *utf8;
	size_t		length;
	const char *original;
	bool		is_original;	/* both are the same bytes */
	size_t		at;				/* the bytes that were passed, of the one, */
	size_t		original_at;	/* of the other, */
	int32		characters;		/* and how many characters they are */
} Scanned;

/* A byte that does not begin one. */
static inline bool
in_character(char c)
{
	return (c & 0xC0) == 0x80;
}

static bool
is_ascii(const char *text, size_t length)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < length; i++)
		bits |= text[i];
	return bits < 0x80;
}

static int
count_characters(const char *utf8)
{
	int			count = 0;

	for (; *utf8; utf8++)
		count += !in_character(*utf8);
	return count;
}

/*
 * Not what has no equivalent, or not one for each character; a server that does
 * not know its encoding does not know characters either.
 */
static bool
convert(Scanned *scanned, int encoding)
{
	Oid			conversion;
	char	   *utf8;
	size_t		size;

	if (encoding == PG_SQL_ASCII ||
		scanned->length >= MaxAllocSize / MAX_CONVERSION_GROWTH)
		return false;
	conversion = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(conversion))
		return false;
	size = scanned->length * MAX_CONVERSION_GROWTH + 1;
	utf8 = palloc(size);
	if (pg_do_encoding_conversion_buf(conversion, encoding, PG_UTF8,
									  (unsigned char *) unconstify(char *, scanned->original),
									  scanned->length, (unsigned char *) utf8,
									  size, true) != (int) scanned->length ||
		count_characters(utf8) != pg_mbstrlen_with_len(scanned->original,
													   scanned->length))
		return false;
	scanned->utf8 = utf8;
	scanned->length = strlen(utf8);
	scanned->is_original = false;
	return true;
}

/* False where it cannot be scanned. */
static inline bool
scanned_begin(Scanned *scanned, const char *text, size_t length)
{
	int			encoding = GetDatabaseEncoding();

	*scanned = (Scanned) {
		.utf8 = text, .length = length, .original = text, .is_original = true
	};
	return encoding == PG_UTF8 || is_ascii(text, length) ||
		convert(scanned, encoding);
}

/* Go on to a byte of the UTF-8. */
static void
scanned_pass(Scanned *scanned, size_t to)
{
	for (; scanned->at < to; scanned->at++)
	{
		if (in_character(scanned->utf8[scanned->at]))
			continue;
		scanned->characters++;
		if (!scanned->is_original)
			scanned->original_at +=
				pg_mblen(scanned->original + scanned->original_at);
	}
}

/* The same byte of the text as the server has it. */
static size_t
scanned_original(Scanned *scanned, size_t to)
{
	if (scanned->is_original)
		return to;
	scanned_pass(scanned, to);
	return scanned->original_at;
}

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

/* ------------------------------------------------------------------------
 * What is found
 * ------------------------------------------------------------------------
 */

/* What the calls from one place of a query know. */
typedef struct Place
{
	Site		site;
	Recognition *recognition;
} Place;

/* How a value is to be scrubbed. */
typedef struct Scrub
{
	int			flags;			/* of scanner.h */
	FmgrInfo   *flinfo;
	text	   *purpose;		/* NULL: mentions stay */
	Recognition *recognition;	/* NULL: nothing else is looked for */
} Scrub;

static Place *
place_of(FmgrInfo *flinfo)
{
	Place	   *place = flinfo->fn_extra;

	if (place == NULL)
	{
		place = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Place));
		window_site_begin(&place->site, flinfo->fn_mcxt);
		flinfo->fn_extra = place;
	}
	return place;
}

static bool
is_masked(const Scrub *scrub, const Scanned *scanned, const ScanSpan *span)
{
	if (span->class < SCAN_HANDLE)
		return true;
	return mention_is_out(&place_of(scrub->flinfo)->site, scrub->purpose,
						  span->class == SCAN_HANDLE ? IDENTIFIER_HANDLE :
						  IDENTIFIER_PROFILE,
						  scanned->utf8 + span->start, span->length);
}

static bool
next_masked(const Scrub *scrub, const Scanned *scanned, Scanner *scanner,
			ScanSpan *span)
{
	while (scanner_next(scanner, span))
	{
		CHECK_FOR_INTERRUPTS();
		if (is_masked(scrub, scanned, span))
			return true;
		scanner_keep(scanner);
	}
	return false;
}

/* Of the UTF-8, in bytes. */
typedef struct Find
{
	size_t		start;
	size_t		end;
	const char *class;
} Find;

typedef struct Finds
{
	Find	   *finds;
	size_t		n;
	size_t		room;
} Finds;

static void
add_find(Finds *finds, size_t start, size_t end, const char *class)
{
	if (finds->n == finds->room)
	{
		finds->room = finds->room ? 2 * finds->room : 16;
		finds->finds = finds->finds ?
			repalloc_huge(finds->finds, finds->room * sizeof(Find)) :
			palloc(finds->room * sizeof(Find));
	}
	finds->finds[finds->n++] = (Find) {start, end, class};
}

/* What begins first, and of that the longest, first. */
static int
compare_finds(const void *a, const void *b)
{
	const Find *x = a;
	const Find *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return strcmp(x->class, y->class);
}

/* What overlaps becomes one, of the class that comes first. */
static void
merge_finds(Finds *finds)
{
	size_t		n = 0;

	if (finds->n > 1)
		qsort(finds->finds, finds->n, sizeof(Find), compare_finds);
	for (size_t i = 0; i < finds->n; i++)
	{
		if (n > 0 && finds->finds[i].start < finds->finds[n - 1].end)
			finds->finds[n - 1].end = Max(finds->finds[n - 1].end,
										  finds->finds[i].end);
		else
			finds->finds[n++] = finds->finds[i];
	}
	finds->n = n;
}

static void
scan_once(const Scrub *scrub, const Scanned *scanned, Finds *finds)
{
	Scanner		scanner;
	ScanSpan	span;

	scanner_begin(&scanner, scanned->utf8, scanned->length, scrub->flags);
	while (next_masked(scrub, scanned, &scanner, &span))
		add_find(finds, span.start, span.start + span.length,
				 scan_class_names[span.class]);
}

/* ------------------------------------------------------------------------
 * What stands there instead
 * ------------------------------------------------------------------------
 */

/* The text with [CLASS] in the place of each, behind room for a header. */
static void
mask(StringInfo masked, Scanned *scanned, size_t length, const Finds *finds)
{
	size_t		at = 0;

	initStringInfo(masked);
	appendStringInfoSpaces(masked, VARHDRSZ);
	for (size_t i = 0; i < finds->n; i++)
	{
		size_t		from = scanned_original(scanned, finds->finds[i].start);

		appendBinaryStringInfo(masked, scanned->original + at, from - at);
		appendStringInfoChar(masked, '[');
		appendStringInfoString(masked, finds->finds[i].class);
		appendStringInfoChar(masked, ']');
		at = scanned_original(scanned, finds->finds[i].end);
	}
	appendBinaryStringInfo(masked, scanned->original + at, length - at);
}

/*
 * Where a place of the masked text is in the text itself; within a placeholder,
 * the beginning or the end of what that stands for.  Places are asked for from
 * the beginning to the end: i is the first find that is not behind, and delta
 * how much further on the text is there.
 */
static size_t
unmask(const Finds *finds, size_t place, bool is_end, size_t *i, int64 *delta)
{
	for (; *i < finds->n; ++*i)
	{
		const Find *find = &finds->finds[*i];
		size_t		from = find->start - *delta;
		size_t		behind = from + strlen(find->class) + 2;

		if (place < from || (is_end && place == from))
			break;
		if (place < behind)
			return is_end ? find->end : find->start;
		*delta = (int64) find->end - (int64) behind;
	}
	return place + *delta;
}

#define ROUNDS_MAX 8

/*
 * What comes to light once the rest is masked is masked, too, so that a text
 * that was scrubbed has nothing left in it.  That there is any is rare.
 */
static void
find_more(const Scrub *scrub, const Scanned *scanned, Finds *finds)
{
	for (int round = 0; finds->n > 0 && round < ROUNDS_MAX; round++)
	{
		Scanned		utf8 = {
			.utf8 = scanned->utf8, .original = scanned->utf8,
			.is_original = true
		};
		Scanned		masked = {.is_original = true};
		Finds		more = {0};
		StringInfoData text;
		size_t		i = 0;
		int64		delta = 0;

		mask(&text, &utf8, scanned->length, finds);
		masked.utf8 = masked.original = text.data + VARHDRSZ;
		masked.length = text.len - VARHDRSZ;
		scan_once(scrub, &masked, &more);
		for (size_t k = 0; k < more.n; k++)
		{
			more.finds[k].start = unmask(finds, more.finds[k].start, false, &i,
										 &delta);
			more.finds[k].end = unmask(finds, more.finds[k].end, true, &i,
									   &delta);
		}
		pfree(text.data);
		if (more.n == 0)
			break;
		for (size_t k = 0; k < more.n; k++)
			add_find(finds, more.finds[k].start, more.finds[k].end,
					 more.finds[k].class);
		merge_finds(finds);
	}
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
	Finds		finds = {0};

	InitMaterializedSRF(fcinfo, 0);
	if (!scanned_begin(&scanned, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)))
		refuse();
	scan_once(&scrub, &scanned, &finds);
	find_more(&scrub, &scanned, &finds);
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
 * What others find
 * ------------------------------------------------------------------------
 */

static int
compare_places(const void *a, const void *b)
{
	size_t		x = **(size_t *const *) a;
	size_t		y = **(size_t *const *) b;

	return x < y ? -1 : x > y;
}

/*
 * What was found in characters from 1 on, in bytes.  False where any of it is
 * not in the text.
 */
static bool
locate(const Scanned *scanned, const Recognized *found, int nfound,
	   Finds *finds)
{
	size_t	  **places = palloc(2 * nfound * sizeof(size_t *) + 1);
	size_t		character = 0;
	size_t		at = 0;
	size_t		before = finds->n;

	for (int i = 0; i < nfound; i++)
	{
		if (found[i].start < 1 || found[i].length < 1)
			return false;
		add_find(finds, found[i].start - 1,
				 (size_t) found[i].start - 1 + found[i].length, found[i].class);
	}
	for (int i = 0; i < nfound; i++)
	{
		places[2 * i] = &finds->finds[before + i].start;
		places[2 * i + 1] = &finds->finds[before + i].end;
	}
	qsort(places, 2 * nfound, sizeof(size_t *), compare_places);
	for (int i = 0; i < 2 * nfound; i++)
	{
		while (character < *places[i] && at < scanned->length)
		{
			at++;
			while (at < scanned->length && in_character(scanned->utf8[at]))
				at++;
			character++;
		}
		if (character < *places[i])
			return false;
		*places[i] = at;
	}
	return true;
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
	Finds		finds = {0};

	if (!scanned_begin(&scanned, data, length))
		return WITHHELD;
	scan_once(scrub, &scanned, &finds);
	if (scrub->recognition)
	{
		Recognized *found;
		int			nfound;

		if (!recognize(scrub->recognition,
					   cstring_to_text_with_len(data, length),
					   &found, &nfound) ||
			!locate(&scanned, found, nfound, &finds))
			return WITHHELD;
		merge_finds(&finds);
	}
	if (finds.n == 0)
		return UNCHANGED;
	find_more(scrub, &scanned, &finds);
	mask(masked, &scanned, length, &finds);
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
