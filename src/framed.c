/*
 * framed.c: how is a value written so that it can be hashed?
 */
#include "compat.h"
#include "framed.h"
#include "sha256.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/typcache.h"

void
framed_number(StringInfo out, int64 number)
{
	pq_sendint64(out, number);
}

static void
write_null(StringInfo out)
{
	pq_sendint32(out, -1);
}

/* The same bytes in a database of whichever encoding. */
static void
write_string(StringInfo out, const char *string, int length)
{
	char	   *utf8 = pg_server_to_any(string, length, PG_UTF8);

	if (utf8 != string)
		length = strlen(utf8);
	pq_sendint32(out, length);
	appendBinaryStringInfo(out, utf8, length);
	if (utf8 != string)
		pfree(utf8);
}

void
framed_text(StringInfo out, Datum value, bool isnull)
{
	text	   *string;

	if (isnull)
	{
		write_null(out);
		return;
	}
	string = DatumGetTextPP(value);
	write_string(out, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
}

void
framed_bytes(StringInfo out, Datum value, bool isnull)
{
	bytea	   *bytes;

	if (isnull)
	{
		write_null(out);
		return;
	}
	bytes = DatumGetByteaPP(value);
	pq_sendint32(out, VARSIZE_ANY_EXHDR(bytes));
	appendBinaryStringInfo(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

void
framed_json(StringInfo out, Datum value, bool isnull)
{
	Jsonb	   *json;
	StringInfoData string;

	if (isnull)
	{
		write_null(out);
		return;
	}
	json = DatumGetJsonbP(value);
	initStringInfo(&string);
	(void) JsonbToCString(&string, &json->root, VARSIZE(json));
	write_string(out, string.data, string.len);
	pfree(string.data);
}

/* How many there are, as a length is, and these. */
static void
framed_numbers(StringInfo out, Datum value, bool isnull)
{
	Datum	   *numbers;
	bool	   *nulls;
	int			n;

	if (isnull)
	{
		write_null(out);
		return;
	}
	deconstruct_array(DatumGetArrayTypeP(value), INT8OID, sizeof(int64),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &numbers, &nulls, &n);
	pq_sendint32(out, n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			write_null(out);
		else
			framed_number(out, DatumGetInt64(numbers[i]));
	}
}

/* ------------------------------------------------------------------------
 * Rows that have a hash of their own
 * ------------------------------------------------------------------------
 */

void
framed_row_hash(TupleDesc desc, const Datum *values, const bool *nulls,
				uint8 *hash)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < desc->natts - 1; i++)
	{
		switch (TupleDescAttr(desc, i)->atttypid)
		{
			case TEXTOID:
				framed_text(&out, values[i], nulls[i]);
				break;
			case BYTEAOID:
				framed_bytes(&out, values[i], nulls[i]);
				break;
			case INT4OID:
				if (nulls[i])
					write_null(&out);
				else
					framed_number(&out, DatumGetInt32(values[i]));
				break;
			case INT8OID:
			case TIMESTAMPTZOID:
			case XID8OID:
				if (nulls[i])
					write_null(&out);
				else
					framed_number(&out, DatumGetInt64(values[i]));
				break;
			case INT8ARRAYOID:
				framed_numbers(&out, values[i], nulls[i]);
				break;
			default:
				elog(ERROR, "column \"%s\" is of no type that is hashed",
					 NameStr(TupleDescAttr(desc, i)->attname));
		}
	}
	sha256(out.data, out.len, hash);
	pfree(out.data);
}

TupleDesc
framed_columns(HeapTupleHeader row, Datum **values, bool **nulls)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row),
											  HeapTupleHeaderGetTypMod(row));
	HeapTupleData tuple = {
		.t_len = HeapTupleHeaderGetDatumLength(row),
		.t_tableOid = InvalidOid,
		.t_data = row
	};

	ItemPointerSetInvalid(&tuple.t_self);
	*values = palloc(desc->natts * sizeof(Datum));
	*nulls = palloc(desc->natts * sizeof(bool));
	heap_deform_tuple(&tuple, desc, *values, *nulls);
	return desc;
}

/*
 * row_hash(row) RETURNS bytea: the same of a row that is there.
 */
PG_FUNCTION_INFO_V1(row_hash);
Datum
row_hash(PG_FUNCTION_ARGS)
{
	Datum	   *values;
	bool	   *nulls;
	TupleDesc	desc = framed_columns(PG_GETARG_HEAPTUPLEHEADER(0), &values,
									  &nulls);
	bytea	   *hash = palloc(VARHDRSZ + SHA256_BYTES);

	SET_VARSIZE(hash, VARHDRSZ + SHA256_BYTES);
	framed_row_hash(desc, values, nulls, (uint8 *) VARDATA(hash));
	ReleaseTupleDesc(desc);
	PG_RETURN_BYTEA_P(hash);
}
