/*
 * trust.h: can somebody else's code get in where it should not?
 */
#ifndef AICONSENT_TRUST_H
#define AICONSENT_TRUST_H

#include "postgres.h"

/*
 * Does it run no code of a user's to read a constant of the type?  The server
 * reads them when it parses, as whoever parses.
 */
extern bool trust_constants(Oid type);

/*
 * Does the function look no names up by the search_path of whoever calls it?
 * Else these can put functions of their own there, and see what it is given.
 */
extern bool trust_names(Oid function);

/*
 * Why the function cannot be given released values, as whoever reads a view;
 * NULL: it can.
 */
extern char *trust_why_not_call(Oid function, const char *name);

/* The first function of a view, or of one below it, that does; or InvalidOid. */
extern Oid	trust_find_open(Oid view);

#endif							/* AICONSENT_TRUST_H */
