/*
 * window_write.c: how is what eligible() reads kept in step with the standing?
 */
#include "compat.h"
#include "window_write.h"
#include "window_read.h"

#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

void
windows_open(Windows *w, const KeyType *type, bool pack_behind)
{
	Oid			input;

	w->type = type;
	getTypeInputInfo(type->oid, &input, &w->ioparam);
	fmgr_info(input, &w->input);
	store_open(&w->store, type->standing);
	w->fresh = RelationGetNumberOfBlocks(w->store.relation) == 0;
	w->packed = !pack_behind && window_is_packed(type);
	if (w->packed)
		store_open(&w->unpacked, "standing_unpacked");
	if (!w->fresh)
		lookup_open(&w->lookup, type->standing, type->standing_index, 1);
}

void
windows_close(Windows *w)
{
	if (!w->fresh)
		lookup_close(&w->lookup);
	if (w->packed)
		store_close(&w->unpacked);
	store_close(&w->store);
}

/* Is the row what is wanted of its purpose? */
static bool
is_window(TupleTableSlot *slot, const WantedWindow *wanted)
{
	const Segment *s = &wanted->segment;

	return DatumGetTimestampTz(lookup_column(slot, WINDOW_SINCE)) == s->since &&
		DatumGetTimestampTz(lookup_column(slot, WINDOW_UNTIL)) == s->until &&
		DatumGetTimestampTz(lookup_column(slot, WINDOW_CONTENT_FROM)) ==
		s->content_from &&
		DatumGetBool(lookup_column(slot, WINDOW_EXPLICIT)) == s->is_explicit &&
		DatumGetBool(lookup_column(slot, WINDOW_MORE)) == wanted->more;
}

static void
window_values(Datum key, const WantedWindow *wanted, Datum *values)
{
	values[WINDOW_SINCE - 1] = TimestampTzGetDatum(wanted->segment.since);
	values[WINDOW_UNTIL - 1] = TimestampTzGetDatum(wanted->segment.until);
	values[WINDOW_CONTENT_FROM - 1] =
		TimestampTzGetDatum(wanted->segment.content_from);
	values[WINDOW_SUBJECT - 1] = key;
	values[WINDOW_PURPOSE - 1] = Int16GetDatum(wanted->purpose);
	values[WINDOW_EXPLICIT - 1] = BoolGetDatum(wanted->segment.is_explicit);
	values[WINDOW_MORE - 1] = BoolGetDatum(wanted->more);
}

static Datum
window_key(Windows *w, char *key)
{
	return InputFunctionCall(&w->input, key, w->ioparam, -1);
}

void
windows_write(Windows *w, char *key, WantedWindow *wanted, int nwanted)
{
	Datum		subject = window_key(w, key);
	Datum		values[WINDOW_COLUMNS];
	ScanKeyData scan_key;
	bool		written = false;

	if (!w->fresh)
	{
		ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, w->type->equal, subject);
		lookup_begin(&w->lookup, &scan_key);
	}
	while (!w->fresh && lookup_next(&w->lookup))
	{
		TupleTableSlot *slot = w->lookup.slot;
		int16		purpose = DatumGetInt16(lookup_column(slot, WINDOW_PURPOSE));
		WantedWindow *found = NULL;

		for (int i = 0; i < nwanted; i++)
		{
			if (wanted[i].purpose == purpose)
				found = &wanted[i];
		}
		if (found == NULL)
		{
			store_delete(&w->store, &slot->tts_tid);
			written = true;
		}
		else
		{
			found->stored = true;
			if (!is_window(slot, found))
			{
				window_values(subject, found, values);
				store_update(&w->store, &slot->tts_tid, values, NULL);
				written = true;
			}
		}
	}
	for (int i = 0; i < nwanted; i++)
	{
		if (wanted[i].stored)
			continue;
		window_values(subject, &wanted[i], values);
		store_insert(&w->store, values, NULL);
		written = true;
	}
	if (written && w->packed)
		store_insert(&w->unpacked, &subject, NULL);
}
