/*
 * scrub.h: what of a value must not leave with it, and what stands there
 * instead?
 */
#ifndef AICONSENT_SCRUB_H
#define AICONSENT_SCRUB_H

extern void scrub_init(void);

#endif							/* AICONSENT_SCRUB_H */
