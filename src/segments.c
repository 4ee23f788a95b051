/*
 * segments.c: how is a subject's standing kept in one row?
 */
#include "compat.h"
#include "segments.h"
#include "verdict.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define ALL_REASONS	((UINT32_C(1) << REASON_COUNT) - 1)

void
segments_begin(SegmentsBuffer *buffer)
{
	if (buffer->data == NULL)
	{
		buffer->room = VARHDRSZ + 16 * sizeof(StoredSegment);
		buffer->data = palloc(buffer->room);
	}
	SET_VARSIZE(buffer->data, VARHDRSZ);
}

void
segments_add(SegmentsBuffer *buffer, int16 purpose, const Segment *segments,
			 int nsegments)
{
	Size		used = VARSIZE(buffer->data);
	Size		needed = used + nsegments * sizeof(StoredSegment);
	char	   *at;

	if (needed > buffer->room)
	{
		if (needed > MaxAllocSize)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many changes of standing of one subject")));
		buffer->room = Min(2 * needed, MaxAllocSize);
		buffer->data = repalloc(buffer->data, buffer->room);
	}
	at = (char *) buffer->data + used;
	for (int i = 0; i < nsegments; i++)
	{
		StoredSegment stored = {
			.since = segments[i].since,
			.content_from = segments[i].content_from,
			.verdict = segments[i].verdict,
			.purpose = purpose,
			.flags = segments[i].is_explicit ? SEGMENT_EXPLICIT : 0
		};

		memcpy(at, &stored, sizeof(stored));
		at += sizeof(stored);
	}
	SET_VARSIZE(buffer->data, needed);
}

bool
segments_same(const bytea *a, const bytea *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static int
count_segments(const bytea *data)
{
	if (VARSIZE_ANY_EXHDR(data) % sizeof(StoredSegment) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a subject's standing is damaged"),
				 errhint("Judge everybody anew: SELECT aiconsent.rebuild_standing();")));
	return VARSIZE_ANY_EXHDR(data) / sizeof(StoredSegment);
}

/* The column can have a short header, so a segment is at any address. */
static StoredSegment
stored_segment(const bytea *data, int number)
{
	StoredSegment stored;

	memcpy(&stored, VARDATA_ANY(data) + number * sizeof(StoredSegment),
		   sizeof(stored));
	stored.verdict &= ALL_REASONS;
	return stored;
}

static Segment
segment_of(const bytea *data, int number, int count)
{
	StoredSegment stored = stored_segment(data, number);
	Segment		segment = {
		.since = stored.since,
		.until = INSTANT_END,
		.verdict = stored.verdict,
		.is_explicit = (stored.flags & SEGMENT_EXPLICIT) != 0,
		.content_from = stored.content_from
	};

	if (number + 1 < count)
	{
		StoredSegment next = stored_segment(data, number + 1);

		if (next.purpose == stored.purpose)
			segment.until = next.since;
	}
	return segment;
}

int
segments_of(const bytea *data, int16 purpose, Segment **segments)
{
	int			count = count_segments(data);
	int			n = 0;

	*segments = palloc(count * sizeof(Segment) + 1);
	for (int i = 0; i < count; i++)
	{
		if (stored_segment(data, i).purpose == purpose)
			(*segments)[n++] = segment_of(data, i, count);
	}
	return n;
}

PG_FUNCTION_INFO_V1(standing_segments);
Datum
standing_segments(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bytea	   *data = PG_GETARG_BYTEA_PP(0);
	int			count = count_segments(data);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < count; i++)
	{
		Segment		segment = segment_of(data, i, count);
		Datum		values[] = {
			Int16GetDatum(stored_segment(data, i).purpose),
			TimestampTzGetDatum(segment.since),
			TimestampTzGetDatum(segment.until),
			VerdictGetDatum(segment.verdict),
			BoolGetDatum(segment.is_explicit),
			TimestampTzGetDatum(segment.content_from)
		};
		bool		nulls[lengthof(values)] = {false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
