/*
 * reading.h: which days, or which instant, can a value of SQL mean?
 */
#ifndef AICONSENT_READING_H
#define AICONSENT_READING_H

#include "postgres.h"

#include "rules.h"

/* Can columns of the type be read as days? */
extern bool reading_supports(Oid type);

/* All days that the value can mean; type InvalidOid: no such column. */
extern Reading reading_of_value(Datum value, bool isnull, Oid type);
extern Reading reading_of_daterange(Datum value);

/* A timestamptz; INSTANT_END where it is NULL or absurd. */
extern Instant instant_of_value(Datum value, bool isnull);

/* Can an int4range mean a number from lowest to highest? */
extern bool range_overlaps_stages(Datum value, int lowest, int highest);

#endif							/* AICONSENT_READING_H */
