/*
 * verdict.h: the type verdict for the rest of the extension.
 */
#ifndef AICONSENT_VERDICT_H
#define AICONSENT_VERDICT_H

#include "postgres.h"

#include "rules.h"

#define VerdictGetDatum(v)	UInt32GetDatum(v)
#define DatumGetVerdict(d)	((Verdict) DatumGetUInt32(d))
#define PG_GETARG_VERDICT(n) DatumGetVerdict(PG_GETARG_DATUM(n))
#define PG_RETURN_VERDICT(v) return VerdictGetDatum(v)

#endif							/* AICONSENT_VERDICT_H */
