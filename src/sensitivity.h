/*
 * sensitivity.h: the type sensitivity for the rest of the extension.
 */
#ifndef AICONSENT_SENSITIVITY_H
#define AICONSENT_SENSITIVITY_H

#include "postgres.h"

#include "label.h"

/* Read a stored value; one that is not what pack writes is an error. */
extern void sensitivity_unpack(Datum value, Label *out);

/* Make a value in the current memory context. */
extern Datum sensitivity_pack(const Label *label);

/* The text form. */
extern char *sensitivity_text(const Label *label);

/* Read the text form, of a user: what is wrong is an error with a hint. */
extern void sensitivity_parse_or_error(const char *input, Label *out);

#endif							/* AICONSENT_SENSITIVITY_H */
