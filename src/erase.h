/*
 * erase.h: how is a subject forgotten, and kept out for ever?
 */
#ifndef AICONSENT_ERASE_H
#define AICONSENT_ERASE_H

#include "postgres.h"

/* Is the ledger written by an erasure, the one that may edit it? */
extern bool erase_in_progress(void);

#endif							/* AICONSENT_ERASE_H */
