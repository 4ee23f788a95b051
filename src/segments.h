/*
 * segments.h: how is a subject's standing kept in one row?
 *
 * As a bytea: the segments of all purposes, one behind the other.  A segment
 * lasts until the next one of its purpose begins; the first begins at
 * -infinity.  To write it costs one row however many segments there are.
 */
#ifndef AICONSENT_SEGMENTS_H
#define AICONSENT_SEGMENTS_H

#include "postgres.h"

#include "rules.h"
#include "timeline.h"

/* Attributes of aiconsent.head, in the order of sql/30_standing.sql. */
enum
{
	HEAD_SUBJECT = 1,
	HEAD_RECORDED_AT,
	HEAD_LAST_EVENT,
	HEAD_SEGMENTS,
	HEAD_HANDLE,
	HEAD_PROFILE,
	HEAD_LAST_ID,
	HEAD_LAST_HASH,
	HEAD_NUMBER,
	HEAD_HASH,
	HEAD_COLUMNS = HEAD_HASH
};

/* On disk, and therefore only to be changed with a new version of all rows. */
typedef struct StoredSegment
{
	Instant		since;
	Instant		content_from;
	Verdict		verdict;
	int16		purpose;		/* aiconsent.purpose.id */
	uint16		flags;			/* SEGMENT_EXPLICIT; the others are zero */
} StoredSegment;

#define SEGMENT_EXPLICIT	0x0001

/* The rows' columns of this type while they are put together. */
typedef struct SegmentsBuffer
{
	bytea	   *data;
	Size		room;
} SegmentsBuffer;

extern void segments_begin(SegmentsBuffer *buffer);
extern void segments_add(SegmentsBuffer *buffer, int16 purpose,
						 const Segment *segments, int nsegments);

extern bool segments_same(const bytea *a, const bytea *b);

/*
 * One purpose's segments, in the current context; their number, 0 if there are
 * none.  Error XX001 where the bytes are none of ours.
 */
extern int	segments_of(const bytea *data, int16 purpose, Segment **segments);

#endif							/* AICONSENT_SEGMENTS_H */
