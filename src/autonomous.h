/*
 * autonomous.h: how is something committed before the caller's transaction is?
 */
#ifndef AICONSENT_AUTONOMOUS_H
#define AICONSENT_AUTONOMOUS_H

#include "postgres.h"

/*
 * Run a command on our own tables, whose only parameter is a text, as the role
 * that owns them, in a transaction of its own that is committed when this
 * returns, whatever becomes of the caller's.  It sees nothing that the caller
 * wrote, and must not wait for it.  An error there is an error here.
 */
extern void autonomous_run(const char *command, const char *argument);

#endif							/* AICONSENT_AUTONOMOUS_H */
