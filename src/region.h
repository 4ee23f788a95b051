/*
 * region.h: which region is that?
 *
 * Pure C without any header of the server.  A region is an ISO 3166 alpha-2
 * code; what is written otherwise is a region of its own that no policy names.
 */
#ifndef AICONSENT_REGION_H
#define AICONSENT_REGION_H

#include <stdbool.h>
#include <stddef.h>

#define REGION_MAX 15			/* bytes; what is longer names no region */

typedef char RegionCode[REGION_MAX + 1];

/*
 * The region as it is compared: upper case, without blanks around it, and
 * with the codes of the EU and of common use read as ISO's.  False, and empty,
 * where the text is blank or too long.
 */
extern bool region_read(const char *text, size_t length, RegionCode out);

/* The members of a region that stands for several; NULL: it does not. */
extern const char *const *region_members(const char *region);

#endif							/* AICONSENT_REGION_H */
