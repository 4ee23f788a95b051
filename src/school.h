/*
 * school.h: what stage is this school?
 *
 * Pure C without any header of the server, so that it can be read, compiled
 * and fuzzed alone.
 */
#ifndef AICONSENT_SCHOOL_H
#define AICONSENT_SCHOOL_H

#include "fold.h"

#include <stdbool.h>
#include <stddef.h>

/* ISCED 2011 levels, 0 to 8, both ends included. */
typedef struct StageRange
{
	int			lowest;
	int			highest;
} StageRange;

/*
 * No name of a school is longer, in bytes.  A longer text is not searched: it
 * can mean every stage.
 */
#define SCHOOL_TEXT_MAX FOLD_TEXT_MAX

/*
 * Which levels can these words mean to a person in that region?  The level is
 * what is learnt (lycée, BSc, or the number of an ISCED level), the school is
 * where; either may be empty.  The region is an ISO 3166 alpha-2 code in any
 * case; what is none of these is unknown, and then every region's reading
 * counts.  Texts are UTF-8; a byte that is not is read as Latin-1.  Returns
 * false, and leaves out alone, where the words mean nothing to the table.
 */
extern bool school_stage(const char *level, size_t level_len,
						 const char *school, size_t school_len,
						 const char *region, size_t region_len,
						 StageRange *out);

#endif							/* AICONSENT_SCHOOL_H */
