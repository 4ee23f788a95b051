/*
 * reading.c: which days, or which instant, can a value of SQL mean?
 *
 * No value raises an error here: what cannot be read becomes a reading that
 * says so.
 */
#include "compat.h"
#include "reading.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

bool
reading_supports(Oid type)
{
	switch (type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INT2OID:
		case INT4OID:
		case TEXTOID:
		case VARCHAROID:
		case DATERANGEOID:
			return true;
		default:
			return false;
	}
}

static Reading
read_date(DateADT date)
{
	if (DATE_NOT_FINITE(date))
		return (Reading) {READING_UNREADABLE, 0, 0};
	return reading_of_days(date, date);
}

static Day
day_of_instant(Instant at)
{
	return at >= 0 ? at / USECS_A_DAY : -((-at + USECS_A_DAY - 1) / USECS_A_DAY);
}

/* An instant falls on different days around the Earth: margin says how far. */
static Reading
read_timestamp(Timestamp at, int64 west, int64 east)
{
	if (TIMESTAMP_NOT_FINITE(at) || at < DAY_EARLIEST * USECS_A_DAY)
		return (Reading) {READING_UNREADABLE, 0, 0};
	if (at > DAY_LATEST * USECS_A_DAY)
		return reading_of_days(DAY_LATEST, DAY_LATEST);
	return reading_of_days(day_of_instant(at - west), day_of_instant(at + east));
}

static Reading
read_year(int year)
{
	if (year < 1900)
		return (Reading) {READING_UNREADABLE, 0, 0};
	if (year > 9999)
		return reading_of_days(DAY_LATEST, DAY_LATEST);
	return reading_of_days(day_of_civil(year, 1, 1), day_of_civil(year, 12, 31));
}

static bool
deserialize(Datum value, RangeBound *lower, RangeBound *upper)
{
	RangeType  *range = DatumGetRangeTypeP(value);
	TypeCacheEntry *typcache = lookup_type_cache(RangeTypeGetOid(range),
												 TYPECACHE_RANGE_INFO);
	bool		empty;

	range_deserialize(typcache, range, lower, upper, &empty);
	return !empty;
}

/* A range that is empty or has an open side names no days. */
Reading
reading_of_daterange(Datum value)
{
	RangeBound	lower;
	RangeBound	upper;

	if (!deserialize(value, &lower, &upper) ||
		lower.infinite || upper.infinite ||
		DATE_NOT_FINITE(DatumGetDateADT(lower.val)) ||
		DATE_NOT_FINITE(DatumGetDateADT(upper.val)))
		return (Reading) {READING_UNREADABLE, 0, 0};
	return reading_of_days(DatumGetDateADT(lower.val) + !lower.inclusive,
						   DatumGetDateADT(upper.val) - !upper.inclusive);
}

static Reading
read_text(Datum value)
{
	text	   *t = DatumGetTextPP(value);

	return read_days(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t));
}

Reading
reading_of_value(Datum value, bool isnull, Oid type)
{
	if (isnull || !OidIsValid(type))
		return (Reading) {READING_MISSING, 0, 0};
	switch (type)
	{
		case DATEOID:
			return read_date(DatumGetDateADT(value));
		case TIMESTAMPOID:
			return read_timestamp(DatumGetTimestamp(value), 0, 0);
		case TIMESTAMPTZOID:
			return read_timestamp(DatumGetTimestampTz(value),
								  12 * USECS_AN_HOUR, 14 * USECS_AN_HOUR);
		case INT2OID:
			return read_year(DatumGetInt16(value));
		case INT4OID:
			return read_year(DatumGetInt32(value));
		case TEXTOID:
		case VARCHAROID:
			return read_text(value);
		case DATERANGEOID:
			return reading_of_daterange(value);
		default:
			return (Reading) {READING_UNREADABLE, 0, 0};
	}
}

/* An absurd instant is as good as none, and no sum with it can overflow. */
Instant
instant_of_value(Datum value, bool isnull)
{
	TimestampTz at;

	if (isnull)
		return INSTANT_END;
	at = DatumGetTimestampTz(value);
	return TIMESTAMP_NOT_FINITE(at) || at > DAY_LATEST * USECS_A_DAY ?
		INSTANT_END : at;
}

bool
range_overlaps_stages(Datum value, int lowest, int highest)
{
	RangeBound	lower;
	RangeBound	upper;

	return deserialize(value, &lower, &upper) &&
		(lower.infinite ||
		 DatumGetInt32(lower.val) + !lower.inclusive <= highest) &&
		(upper.infinite ||
		 DatumGetInt32(upper.val) - !upper.inclusive >= lowest);
}
