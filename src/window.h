/*
 * window.h: is the subject eligible at this query's instant, and how?
 */
#ifndef AICONSENT_WINDOW_H
#define AICONSENT_WINDOW_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"

#include "registry.h"

/* The stretch of eligibility that holds for a subject now. */
typedef struct Window
{
	TimestampTz content_from;	/* older rows stay out */
	bool		is_explicit;	/* rests on an explicit grant */
} Window;

extern void window_init(void);

/*
 * False if the subject is out now.  Reads under the query's own snapshot,
 * asking no right of the current role.  flinfo keeps what calls of one query
 * share; subject is of the key type.
 */
extern bool window_find(FmgrInfo *flinfo, const KeyType *type, Datum subject,
						text *purpose, Window *window);

#endif							/* AICONSENT_WINDOW_H */
