/*
 * cursor.c: how are many rows of our own tables gone through?
 */
#include "compat.h"
#include "cursor.h"

#include "miscadmin.h"

/* So many rows are taken at once. */
#define BATCH 1000

void
cursor_open(Cursor *cursor, const char *query, int nargs, Oid *types,
			Datum *values, const char *nulls)
{
	SPIPlanPtr	plan = SPI_prepare(query, nargs, types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	cursor->portal = SPI_cursor_open(NULL, plan, values, nulls, true);
	cursor->rows = NULL;
	cursor->count = cursor->row = 0;
}

bool
cursor_next(Cursor *cursor)
{
	if (++cursor->row < cursor->count)
		return true;
	CHECK_FOR_INTERRUPTS();
	if (cursor->rows)
		SPI_freetuptable(cursor->rows);
	SPI_cursor_fetch(cursor->portal, true, BATCH);
	cursor->rows = SPI_tuptable;
	cursor->count = SPI_processed;
	cursor->row = 0;
	return cursor->count > 0;
}

void
cursor_close(Cursor *cursor)
{
	if (cursor->rows)
		SPI_freetuptable(cursor->rows);
	SPI_cursor_close(cursor->portal);
}

Datum
cursor_column(const Cursor *cursor, int column, bool *isnull)
{
	return SPI_getbinval(cursor->rows->vals[cursor->row], cursor->rows->tupdesc,
						 column, isnull);
}

int64
cursor_number(const Cursor *cursor, int column)
{
	bool		isnull;
	Datum		value = cursor_column(cursor, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

char *
cursor_text(const Cursor *cursor, int column)
{
	return SPI_getvalue(cursor->rows->vals[cursor->row], cursor->rows->tupdesc,
						column);
}
