/*
 * cursor.h: how are many rows of our own tables gone through?
 */
#ifndef AICONSENT_CURSOR_H
#define AICONSENT_CURSOR_H

#include "postgres.h"

#include "executor/spi.h"

/*
 * A query under the active snapshot, a row at a time, of which some are in
 * memory.  Within sql_begin() or sql_begin_read().
 */
typedef struct Cursor
{
	Portal		portal;
	SPITupleTable *rows;
	uint64		count;
	uint64		row;
} Cursor;

extern void cursor_open(Cursor *cursor, const char *query, int nargs,
						Oid *types, Datum *values, const char *nulls);
extern bool cursor_next(Cursor *cursor);
extern void cursor_close(Cursor *cursor);

/* A column (from 1 on) of the row; what is NULL is 0, or a NULL pointer. */
extern Datum cursor_column(const Cursor *cursor, int column, bool *isnull);
extern int64 cursor_number(const Cursor *cursor, int column);
extern char *cursor_text(const Cursor *cursor, int column);

#endif							/* AICONSENT_CURSOR_H */
