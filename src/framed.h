/*
 * framed.h: how is a value written so that it can be hashed?
 *
 * So that no two are written alike, and the same by every server: numbers as
 * eight bytes, the highest first; text in UTF-8, bytes, and several numbers,
 * behind their length in four bytes, which is -1 for NULL.
 */
#ifndef AICONSENT_FRAMED_H
#define AICONSENT_FRAMED_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "lib/stringinfo.h"

extern void framed_number(StringInfo out, int64 number);
extern void framed_text(StringInfo out, Datum value, bool isnull);
extern void framed_bytes(StringInfo out, Datum value, bool isnull);
extern void framed_json(StringInfo out, Datum value, bool isnull);

/*
 * The columns of a row that is a function's argument, allocated in the current
 * context; ReleaseTupleDesc() what is returned.
 */
extern TupleDesc framed_columns(HeapTupleHeader row, Datum **values,
								bool **nulls);

/*
 * SHA-256 of a row but for its last column, which is that hash: NULL for
 * numbers and times, too, is -1 in four bytes.
 */
extern void framed_row_hash(TupleDesc desc, const Datum *values,
							const bool *nulls, uint8 *hash);

#endif							/* AICONSENT_FRAMED_H */
