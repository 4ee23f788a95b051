/*
 * head.c: how is a subject's row written, and what was known before?
 *
 * Each row has a hash of its own, by which verify_standing() sees that it was
 * edited by hand.
 */
#include "compat.h"
#include "framed.h"
#include "head.h"
#include "segments.h"
#include "server_line.h"
#include "sql.h"

#include "commands/sequence.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

bool
head_changes(const Head *head, const bytea *segments)
{
	return head->segments == NULL ? VARSIZE_ANY_EXHDR(segments) > 0 :
		!segments_same(head->segments, segments);
}

bool
head_was_known(const Head *head)
{
	return head->recorded_at != INSTANT_BEGIN;
}

static bool
same_bytes(const bytea *a, const bytea *b)
{
	return a == b || (a && b && segments_same(a, b));
}

static bytea *
make_hash(const uint8 *hash)
{
	bytea	   *made = palloc(VARHDRSZ + SHA256_BYTES);

	SET_VARSIZE(made, VARHDRSZ + SHA256_BYTES);
	memcpy(VARDATA(made), hash, SHA256_BYTES);
	return made;
}

static Datum
row_hash_of(const Store *store, const Datum *values, const bool *nulls)
{
	uint8		hash[SHA256_BYTES];

	framed_row_hash(RelationGetDescr(store->relation), values, nulls, hash);
	return PointerGetDatum(make_hash(hash));
}

/*
 * Who took the row by a lock writes it in any case, because that is what an
 * older snapshot fails at.
 */
void
head_write(Store *store, Head *head, bool locked, const Evidence *evidence,
		   bytea *segments, Instant now)
{
	bool		changed = head_changes(head, segments);
	Datum		values[HEAD_COLUMNS];
	bool		nulls[HEAD_COLUMNS] = {false};

	if (!changed && !head->moved && !locked &&
		same_bytes(head->handle, evidence->handle) &&
		same_bytes(head->profile, evidence->profile))
		return;
	values[HEAD_SUBJECT - 1] = CStringGetTextDatum(head->key);
	values[HEAD_RECORDED_AT - 1] =
		TimestampTzGetDatum(changed ? now : head->recorded_at);
	values[HEAD_LAST_EVENT - 1] = TimestampTzGetDatum(head->last_event);
	values[HEAD_SEGMENTS - 1] = PointerGetDatum(segments);
	values[HEAD_HANDLE - 1] = PointerGetDatum(evidence->handle);
	nulls[HEAD_HANDLE - 1] = evidence->handle == NULL;
	values[HEAD_PROFILE - 1] = PointerGetDatum(evidence->profile);
	nulls[HEAD_PROFILE - 1] = evidence->profile == NULL;
	values[HEAD_LAST_ID - 1] = Int64GetDatum(head->chain.id);
	nulls[HEAD_LAST_ID - 1] = head->chain.id == 0;
	values[HEAD_LAST_HASH - 1] = PointerGetDatum(make_hash(head->chain.hash));
	nulls[HEAD_LAST_HASH - 1] = head->chain.id == 0;
	if (head->number == 0)
		head->number = nextval_internal(sql_table("head_number_seq"), false);
	values[HEAD_NUMBER - 1] = Int64GetDatum(head->number);
	values[HEAD_HASH - 1] = row_hash_of(store, values, nulls);
	if (ItemPointerIsValid(&head->tid))
		store_update(store, &head->tid, values, nulls);
	else
		store_insert(store, values, nulls);
}

void
head_forget(Store *store, Head *head)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(head->key)};

	if (ItemPointerIsValid(&head->tid))
		store_delete(store, &head->tid);
	sql_run("DELETE FROM aiconsent.head_history WHERE subject = $1",
			1, types, values, NULL);
}

void
head_supersede(Store *history, const Head *head, Instant now)
{
	ServerLine	line = server_line_now();
	Datum		values[] = {
		CStringGetTextDatum(head->key),
		TimestampTzGetDatum(head->recorded_at),
		TimestampTzGetDatum(now),
		PointerGetDatum(head->segments ? head->segments :
						(bytea *) cstring_to_text("")),
		Int64GetDatum(line.system_identifier),
		Int32GetDatum(line.timeline),
		FullTransactionIdGetDatum(GetTopFullTransactionId()),
		(Datum) 0
	};
	bool		nulls[lengthof(values)] = {false};

	values[lengthof(values) - 1] = row_hash_of(history, values, nulls);
	store_insert(history, values, nulls);
}
