/*
 * sensitivity.c: how does a label look in SQL?
 *
 * What a label means is in label.c; here it becomes the type sensitivity:
 * text, wire and stored form, operators and classes, and the wording of what
 * can be wrong.  Nothing here reads a table.
 */
#include "compat.h"
#include "sensitivity.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define TYPE_NAME	"aiconsent.sensitivity"

/* As much of somebody's input as an error repeats. */
#define EXCERPT_BYTES	40

/*
 * The stored form, behind a varlena header of any kind, and the wire form.
 * The list is canonical and not terminated.  One label has one such form, so
 * equality and hashing look at the bytes, and so does the order: with flags
 * always 0 it is that of label_compare().
 */
typedef struct Frame
{
	uint8		flags;			/* reserved, always 0 */
	uint8		level;
	char		list[FLEXIBLE_ARRAY_MEMBER];
} Frame;

#define FRAME_SIZE	offsetof(Frame, list)
#define FRAME(value) ((Frame *) VARDATA_ANY(value))
#define LIST_LENGTH(value) (VARSIZE_ANY_EXHDR(value) - FRAME_SIZE)


/*
 * What is wrong with an input?
 */

/* A piece of input that is safe to show: short, whole characters, one line. */
static char *
excerpt(const char *input, size_t len)
{
	int			whole = pg_mbcliplen(input, (int) len, EXCERPT_BYTES);
	int			shown = Min(whole, (int) len);
	char	   *result = palloc(shown + sizeof("..."));

	for (int i = 0; i < shown; i++)
	{
		unsigned char c = input[i];

		result[i] = (c < 0x20 || c == 0x7f) ? '?' : c;
	}
	strcpy(result + shown, (size_t) shown < len ? "..." : "");
	return result;
}

static const char *
fault_message(const LabelError *err, const char *input, size_t len)
{
	switch (err->fault)
	{
		case LABEL_INPUT_TOO_LONG:
			return "text of a sensitivity is too long";
		case LABEL_CATEGORY_TOO_LONG:
			return "name of a category is too long";
		case LABEL_TOO_MANY_CATEGORIES:
			return "too many categories in a sensitivity";
		default:
			return psprintf("invalid input syntax for type %s: \"%s\"",
							TYPE_NAME, excerpt(input, len));
	}
}

static const char *
fault_detail(const LabelError *err, const char *input)
{
	char	   *found = excerpt(input + err->at, err->len);

	switch (err->fault)
	{
		case LABEL_INPUT_TOO_LONG:
			return psprintf("It has %zu bytes, the limit is %d.",
							err->len, LABEL_MAX_INPUT);
		case LABEL_BAD_LEVEL:
			if (err->len == 0)
				return "The level is missing.";
			return psprintf("\"%s\" is not a level.", found);
		case LABEL_NOT_CLOSED:
			return "The closing brace is missing.";
		case LABEL_BAD_TAIL:
			return psprintf("\"%s\" stands after the closing brace.", found);
		case LABEL_BAD_CATEGORY:
			if (err->len == 0)
				return "A category is missing beside a comma.";
			return psprintf("\"%s\" is not the name of a category.", found);
		case LABEL_CATEGORY_TOO_LONG:
			return psprintf("\"%s\" has %zu bytes, the limit is %d.",
							found, err->len, LABEL_MAX_NAME);
		case LABEL_TOO_MANY_CATEGORIES:
			return psprintf("The limit is %d, not counting those below another one.",
							LABEL_MAX_CATEGORIES);
	}
	pg_unreachable();
}

static const char *
fault_hint(const LabelError *err)
{
	switch (err->fault)
	{
		case LABEL_INPUT_TOO_LONG:
			return "Write each category once.";
		case LABEL_BAD_CATEGORY:
			return "A category is one or more parts with dots between them, as in content.post; each part is a lower-case letter, then lower-case letters, digits and underscores.";
		case LABEL_CATEGORY_TOO_LONG:
			return "Choose a shorter name.";
		case LABEL_TOO_MANY_CATEGORIES:
			return "Name one above several of them: content has content.post and content.comment below it.";
		default:
			return "Write a level, and its categories in braces, as in personal{content.post}. The levels are public, personal, sensitive, never.";
	}
}

/* A limit is told from a mistake, which differs between text and wire. */
static int
fault_code(const LabelError *err, int syntax_code)
{
	switch (err->fault)
	{
		case LABEL_INPUT_TOO_LONG:
		case LABEL_CATEGORY_TOO_LONG:
		case LABEL_TOO_MANY_CATEGORIES:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		default:
			return syntax_code;
	}
}

#define REPORT_FAULT(err, input, len, syntax_code) \
	(errcode(fault_code(err, syntax_code)), \
	 errmsg_internal("%s", fault_message(err, input, len)), \
	 errdetail_internal("%s", fault_detail(err, input)), \
	 errhint("%s", fault_hint(err)))


/*
 * The stored form
 */

char *
sensitivity_text(const Label *label)
{
	char	   *text = palloc(LABEL_MAX_TEXT + 1);

	label_print(label, text, LABEL_MAX_TEXT + 1);
	return text;
}

Datum
sensitivity_pack(const Label *label)
{
	char		list[LABEL_MAX_LIST];
	size_t		len;
	struct varlena *value;

	if (!label_valid(label))
		elog(ERROR, "cannot store a label that is not canonical");
	len = label_print_list(label, list, sizeof(list));
	value = palloc(VARHDRSZ + FRAME_SIZE + len);
	SET_VARSIZE(value, VARHDRSZ + FRAME_SIZE + len);
	FRAME(value)->flags = 0;
	FRAME(value)->level = (uint8) label->level;
	memcpy(FRAME(value)->list, list, len);
	return PointerGetDatum(value);
}

/* Nothing of the bytes is repeated: they could be anybody's. */
static void
corrupt(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored value of type %s is damaged", TYPE_NAME),
			 errdetail("%s", detail),
			 errhint("It is damaged on disk, or was not written by this type.")));
}

/* The value in memory, as far as comparing the bytes needs it checked. */
static struct varlena *
framed(Datum datum)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);

	if (VARSIZE_ANY_EXHDR(value) < FRAME_SIZE)
		corrupt("It is too short.");
	if (FRAME(value)->flags != 0)
		corrupt("Its flags are not those of this version.");
	if (FRAME(value)->level > LABEL_NEVER)
		corrupt("Its level is not defined.");
	return value;
}

void
sensitivity_unpack(Datum datum, Label *out)
{
	struct varlena *value = framed(datum);
	const Frame *frame = FRAME(value);
	size_t		len = LIST_LENGTH(value);
	LabelError	err;
	char		list[LABEL_MAX_LIST];

	/* What reads well but prints differently was not written by pack. */
	if (!label_from_list((LabelLevel) frame->level, frame->list, len, out,
						 &err) ||
		out->level != (LabelLevel) frame->level ||
		label_print_list(out, list, sizeof(list)) != len ||
		memcmp(list, frame->list, len) != 0)
		corrupt("Its categories are not in canonical form.");

	if ((Pointer) value != DatumGetPointer(datum))
		pfree(value);
}


/*
 * Text and wire
 */

void
sensitivity_parse_or_error(const char *input, Label *out)
{
	size_t		len = strlen(input);
	LabelError	err;

	if (!label_parse(input, len, out, &err))
		ereport(ERROR,
				REPORT_FAULT(&err, input, len,
							 ERRCODE_INVALID_TEXT_REPRESENTATION));
}

PG_FUNCTION_INFO_V1(sensitivity_in);
Datum
sensitivity_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	size_t		len = strlen(input);
	Label		label;
	LabelError	err;

	if (!label_parse(input, len, &label, &err))
		soft_error(SOFT_ERROR_CONTEXT(fcinfo), (Datum) 0,
				   REPORT_FAULT(&err, input, len,
								ERRCODE_INVALID_TEXT_REPRESENTATION));
	return sensitivity_pack(&label);
}

PG_FUNCTION_INFO_V1(sensitivity_out);
Datum
sensitivity_out(PG_FUNCTION_ARGS)
{
	Label		label;
	char	   *result = palloc(LABEL_MAX_TEXT);

	sensitivity_unpack(PG_GETARG_DATUM(0), &label);
	label_print(&label, result, LABEL_MAX_TEXT);
	PG_RETURN_CSTRING(result);
}

static void
bad_wire(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary representation of type %s", TYPE_NAME),
			 errdetail("%s", detail),
			 errhint("It is a byte of flags, which is 0, a byte of level, from 0 to %d, and the categories as text.",
					 LABEL_NEVER)));
}

/* What a client sends need not be canonical: it is read as text is. */
PG_FUNCTION_INFO_V1(sensitivity_recv);
Datum
sensitivity_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Label		label;
	LabelError	err;
	int			level;
	char	   *list;
	int			len;

	if (buf->len - buf->cursor < (int) FRAME_SIZE)
		bad_wire("It is too short.");
	if (pq_getmsgbyte(buf) != 0)
		bad_wire("Its flags are not 0.");
	level = pq_getmsgbyte(buf);
	if (level > LABEL_NEVER)
		bad_wire("Its level is not defined.");

	list = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	if (!label_from_list((LabelLevel) level, list, len, &label, &err))
		ereport(ERROR,
				REPORT_FAULT(&err, list, len,
							 ERRCODE_INVALID_BINARY_REPRESENTATION));
	pfree(list);
	return sensitivity_pack(&label);
}

PG_FUNCTION_INFO_V1(sensitivity_send);
Datum
sensitivity_send(PG_FUNCTION_ARGS)
{
	Label		label;
	char		list[LABEL_MAX_LIST];
	size_t		len;
	StringInfoData buf;

	sensitivity_unpack(PG_GETARG_DATUM(0), &label);
	len = label_print_list(&label, list, sizeof(list));
	pq_begintypsend(&buf);
	pq_sendint8(&buf, 0);
	pq_sendint8(&buf, (uint8) label.level);
	pq_sendtext(&buf, list, (int) len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

PG_FUNCTION_INFO_V1(sensitivity_level);
Datum
sensitivity_level(PG_FUNCTION_ARGS)
{
	Label		label;

	sensitivity_unpack(PG_GETARG_DATUM(0), &label);
	PG_RETURN_TEXT_P(cstring_to_text(label_level_name(label.level)));
}

PG_FUNCTION_INFO_V1(sensitivity_categories);
Datum
sensitivity_categories(PG_FUNCTION_ARGS)
{
	Label		label;
	Datum		names[LABEL_MAX_CATEGORIES];

	sensitivity_unpack(PG_GETARG_DATUM(0), &label);
	for (int i = 0; i < label.ncategories; i++)
		names[i] = CStringGetTextDatum(label.category[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(names, label.ncategories, TEXTOID,
										  -1, false, TYPALIGN_INT));
}


/*
 * The lattice
 */

static bool
flows(Datum a, Datum b)
{
	Label		from;
	Label		to;

	sensitivity_unpack(a, &from);
	sensitivity_unpack(b, &to);
	return label_flows(&from, &to);
}

PG_FUNCTION_INFO_V1(sensitivity_flows);
Datum
sensitivity_flows(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flows(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

PG_FUNCTION_INFO_V1(sensitivity_admits);
Datum
sensitivity_admits(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(flows(PG_GETARG_DATUM(1), PG_GETARG_DATUM(0)));
}

typedef bool (*Bound) (const Label *a, const Label *b, Label *out);

static Datum
bound_of(FunctionCallInfo fcinfo, Bound bound)
{
	Label		a;
	Label		b;

	sensitivity_unpack(PG_GETARG_DATUM(0), &a);
	sensitivity_unpack(PG_GETARG_DATUM(1), &b);
	if (!bound(&a, &b, &a))
	{
		LabelError	err = {LABEL_TOO_MANY_CATEGORIES, 0, 0};

		ereport(ERROR, REPORT_FAULT(&err, "", 0, 0));
	}
	return sensitivity_pack(&a);
}

PG_FUNCTION_INFO_V1(sensitivity_join);
Datum
sensitivity_join(PG_FUNCTION_ARGS)
{
	return bound_of(fcinfo, label_join);
}

PG_FUNCTION_INFO_V1(sensitivity_meet);
Datum
sensitivity_meet(PG_FUNCTION_ARGS)
{
	return bound_of(fcinfo, label_meet);
}


/*
 * The order for sorting, and hashing
 */

static int
compare(FunctionCallInfo fcinfo)
{
	struct varlena *a = framed(PG_GETARG_DATUM(0));
	struct varlena *b = framed(PG_GETARG_DATUM(1));
	size_t		a_len = VARSIZE_ANY_EXHDR(a);
	size_t		b_len = VARSIZE_ANY_EXHDR(b);
	int			order = memcmp(FRAME(a), FRAME(b), Min(a_len, b_len));

	if (order == 0 && a_len != b_len)
		order = a_len < b_len ? -1 : 1;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

PG_FUNCTION_INFO_V1(sensitivity_cmp);
Datum
sensitivity_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

#define COMPARISON(name, op) \
PG_FUNCTION_INFO_V1(name); \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(compare(fcinfo) op 0); \
} \
extern Datum name(PG_FUNCTION_ARGS)

COMPARISON(sensitivity_eq, ==);
COMPARISON(sensitivity_ne, !=);
COMPARISON(sensitivity_lt, <);
COMPARISON(sensitivity_le, <=);
COMPARISON(sensitivity_gt, >);
COMPARISON(sensitivity_ge, >=);

PG_FUNCTION_INFO_V1(sensitivity_hash);
Datum
sensitivity_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = framed(PG_GETARG_DATUM(0));
	Datum		result = hash_any((unsigned char *) FRAME(value),
								  (int) VARSIZE_ANY_EXHDR(value));

	PG_FREE_IF_COPY(value, 0);
	return result;
}

PG_FUNCTION_INFO_V1(sensitivity_hash_extended);
Datum
sensitivity_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = framed(PG_GETARG_DATUM(0));
	Datum		result = hash_any_extended((unsigned char *) FRAME(value),
										   (int) VARSIZE_ANY_EXHDR(value),
										   PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	return result;
}
