/*
 * head.h: how is a subject's row written, and what was known before?
 */
#ifndef AICONSENT_HEAD_H
#define AICONSENT_HEAD_H

#include "postgres.h"

#include "standing.h"
#include "store.h"

/* Was anything ever known of the subject, be it that it is gone? */
extern bool head_was_known(const Head *head);

/* Are the segments others than those that it has? */
extern bool head_changes(const Head *head, const bytea *segments);

/* locked: the row was taken by a lock, and is written in any case. */
extern void head_write(Store *store, Head *head, bool locked,
					   const Evidence *evidence, bytea *segments, Instant now);

/* What was known of the subject until now goes to the history. */
extern void head_supersede(Store *history, const Head *head, Instant now);

/* Of an erased subject who is gone not even the key stays. */
extern void head_forget(Store *store, Head *head);

#endif							/* AICONSENT_HEAD_H */
