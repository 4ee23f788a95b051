/*
 * server_line.h: which cluster, and which of its timelines, is this?
 *
 * Transaction ids can be compared along such a line only: another cluster has
 * its own, and a recovery to an earlier point gives some out once more.
 */
#ifndef AICONSENT_SERVER_LINE_H
#define AICONSENT_SERVER_LINE_H

#include "postgres.h"

typedef struct ServerLine
{
	int64		system_identifier;
	int32		timeline;
} ServerLine;

extern ServerLine server_line_now(void);

#endif							/* AICONSENT_SERVER_LINE_H */
