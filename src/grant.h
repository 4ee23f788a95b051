/*
 * grant.h: who may read the training views?
 */
#ifndef AICONSENT_GRANT_H
#define AICONSENT_GRANT_H

/* Give every reader of the purpose what is published in the schema. */
extern void grant_all_readers(const char *purpose, const char *schema);

#endif							/* AICONSENT_GRANT_H */
