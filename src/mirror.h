/*
 * mirror.h: what do the members' settings say, entered in the ledger?
 */
#ifndef AICONSENT_MIRROR_H
#define AICONSENT_MIRROR_H

#include "postgres.h"

#include "evidence.h"
#include "standing.h"

/*
 * What a setting says now of each key, sorted and each once: a DECISION_MIRROR_*, or
 * DECISION_RETRACT where there is no row.
 */
extern Decision *mirror_read(const Binding *preference, char *const *keys,
							 int nkeys);

/* Enter what is news in the ledger and in the evidence of these subjects. */
extern void mirror_settings(SubjectSet *subjects, Evidence *evidence,
							const Purpose *purposes, int npurposes,
							Mirror which, Oid recorder);

#endif							/* AICONSENT_MIRROR_H */
