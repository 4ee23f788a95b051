/*
 * members.c: who was in a run?
 *
 * Everybody who could be seen in the training views at any moment of it: by
 * the segments that are known now, and by all that replaced each other since
 * the run's snapshot, which clocks cannot tell: what was recorded before a run
 * began can be committed after.  Of who was erased since, nothing of that is
 * left but that it was in.
 */
#include "compat.h"
#include "cursor.h"
#include "members.h"
#include "segments.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

bool
members_has(const bytea *members, int64 number)
{
	const uint8 *bits = (const uint8 *) VARDATA_ANY(members);

	return number >= 0 && number / 8 < (int64) VARSIZE_ANY_EXHDR(members) &&
		(bits[number / 8] >> (number % 8) & 1);
}

int64
members_count(const bytea *members)
{
	return pg_popcount(VARDATA_ANY(members), VARSIZE_ANY_EXHDR(members));
}

bool
members_eligible(const RunTime *time, const Segment *segments, int nsegments)
{
	for (int i = 0; i < nsegments; i++)
	{
		if (segments[i].verdict == VERDICT_ELIGIBLE &&
			segments[i].since <= time->until && segments[i].until > time->from)
			return true;
	}
	return false;
}

Oid			members_types[] = {TEXTOID, INT8OID, INT4OID};

void
members_arguments(const RunTime *time, Datum *values)
{
	values[0] = CStringGetTextDatum(time->snapshot);
	values[1] = Int64GetDatum(time->line.system_identifier);
	values[2] = Int32GetDatum(time->line.timeline);
}

/* What is known when the set is made is not all that is to come into it. */
static void
add_member(bytea **members, int64 number)
{
	int64		room = VARSIZE(*members) - VARHDRSZ;
	int64		wanted = number / 8 + 1;

	if (wanted > room)
	{
		*members = repalloc_huge(*members, VARHDRSZ + wanted);
		memset(VARDATA(*members) + room, 0, wanted - room);
		SET_VARSIZE(*members, VARHDRSZ + wanted);
	}
	((uint8 *) VARDATA(*members))[number / 8] |= 1 << (number % 8);
}

/* Add whom the query has, by number and segments. */
static void
add_eligible(bytea **members, const RunTime *time, const char *query, int nargs,
			 Oid *types, Datum *values)
{
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext,
											  "aiconsent members",
											  ALLOCSET_SMALL_SIZES);
	Cursor		cursor;

	cursor_open(&cursor, query, nargs, types, values, NULL);
	while (cursor_next(&cursor))
	{
		MemoryContext caller = MemoryContextSwitchTo(one);
		int64		number = cursor_number(&cursor, 1);
		bool		isnull;
		Segment    *segments;
		int			n = segments_of(DatumGetByteaPP(cursor_column(&cursor, 2,
																  &isnull)),
									time->purpose, &segments);
		bool		is_in = members_eligible(time, segments, n);

		MemoryContextSwitchTo(caller);
		if (is_in)
			add_member(members, number);
		MemoryContextReset(one);
	}
	cursor_close(&cursor);
	MemoryContextDelete(one);
}

/* Who was in, and has been erased since the run was recorded. */
static void
add_erased(bytea **members, const RunTime *time)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(time->run)};
	Cursor		cursor;

	cursor_open(&cursor, "SELECT e.number FROM aiconsent.erased_reference e"
				" WHERE $1 = ANY (e.runs)", 1, types, values, NULL);
	while (cursor_next(&cursor))
		add_member(members, cursor_number(&cursor, 1));
	cursor_close(&cursor);
}

/* By the active snapshot. */
static void
add_known(bytea **members, const RunTime *time)
{
	Datum		values[lengthof(members_types)];

	members_arguments(time, values);
	add_eligible(members, time, "SELECT h.number, h.segments"
				 " FROM aiconsent.head h WHERE h.segments <> ''",
				 0, NULL, NULL);
	add_eligible(members, time, "SELECT d.number, h.segments"
				 " FROM aiconsent.head_history h"
				 " JOIN aiconsent.head d ON d.subject = h.subject"
				 " WHERE " REPLACED_SINCE("h"), lengthof(members_types),
				 members_types, values);
}

/* As the active snapshot has it: a command would be run by a newer one. */
static bytea *
no_members(void)
{
	Cursor		cursor;
	Size		size;
	bytea	   *members;

	cursor_open(&cursor, "SELECT pg_catalog.max(h.number) FROM aiconsent.head h",
				0, NULL, NULL, NULL);
	(void) cursor_next(&cursor);
	size = VARHDRSZ + cursor_number(&cursor, 1) / 8 + 1;
	cursor_close(&cursor);
	members = palloc_extended(size, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	SET_VARSIZE(members, size);
	return members;
}

bytea *
members_of(const RunTime *time)
{
	bytea	   *members;

	PushActiveSnapshot(GetLatestSnapshot());
	members = no_members();
	add_known(&members, time);
	add_erased(&members, time);
	PopActiveSnapshot();
	if (time->sees)
		add_known(&members, time);
	return members;
}
