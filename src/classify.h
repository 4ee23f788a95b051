/*
 * classify.h: how are some rows of a table set apart from the others?
 */
#ifndef AICONSENT_CLASSIFY_H
#define AICONSENT_CLASSIFY_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "source.h"

/*
 * What publish() would make less strict than it was: appended to the list, one
 * phrase each.  Nothing for a source that was never published.
 */
extern void classes_list_lowered(const Source *source, StringInfo list);

/*
 * Accept that; true if the binding changed and the source must be read anew.
 */
extern bool classes_accept(const Source *source);

#endif							/* AICONSENT_CLASSIFY_H */
