/*
 * own_words.h: what do words of schooling mean that a steward added?
 */
#ifndef AICONSENT_OWN_WORDS_H
#define AICONSENT_OWN_WORDS_H

#include "postgres.h"

#include "region.h"
#include "school.h"

extern void own_words_init(void);

/*
 * The stages of the longest phrase of aiconsent.school_word that is in one of
 * the texts, for the region or for all.  False if there is none.
 */
extern bool own_words_stage(const char *level, size_t level_len,
							const char *school, size_t school_len,
							const char *region, size_t region_len,
							StageRange *out);

#endif							/* AICONSENT_OWN_WORDS_H */
