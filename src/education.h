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

/* Text in the database's encoding as the pure files read it. */
extern char *education_utf8(char *text);

#endif							/* AICONSENT_EDUCATION_H */
