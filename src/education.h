/*
 * education.h: what does a word of schooling mean?
 */
#ifndef AICONSENT_EDUCATION_H
#define AICONSENT_EDUCATION_H

#include "postgres.h"

#include "school.h"

/*
 * The ISCED levels that the words can mean in the region, in the database's
 * encoding; any may be NULL.  False where they mean nothing.  Never raises.
 */
extern bool education_stages(text *level, text *school, text *region,
							 StageRange *stages);

#endif							/* AICONSENT_EDUCATION_H */
