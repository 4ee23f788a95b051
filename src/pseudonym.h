/*
 * pseudonym.h: how is named what must not be named?
 */
#ifndef AICONSENT_PSEUDONYM_H
#define AICONSENT_PSEUDONYM_H

#include "postgres.h"

extern void pseudonym_init(void);

/* A purpose that is published has a key.  Within sql_begin(sql_owner()). */
extern void pseudonym_ensure_key(const char *purpose);

#endif							/* AICONSENT_PSEUDONYM_H */
