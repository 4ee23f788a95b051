/*
 * window_read.h: how are the windows of everybody read at once?
 *
 * Row by row; or, where keys are integers that lie close together, packed into
 * one value per purpose, which takes a bit or little more for a subject, and
 * of those whose rows were written since by their rows.
 */
#ifndef AICONSENT_WINDOW_READ_H
#define AICONSENT_WINDOW_READ_H

#include "postgres.h"

#include "access/htup_details.h"
#include "utils/relcache.h"

#include "lookup.h"
#include "window_set.h"

/* Attributes of aiconsent.standing_int8 and its like. */
enum
{
	WINDOW_SINCE = 1,
	WINDOW_UNTIL,
	WINDOW_CONTENT_FROM,
	WINDOW_PURPOSE,
	WINDOW_EXPLICIT,
	WINDOW_MORE,
	WINDOW_SUBJECT,
	WINDOW_COLUMNS = WINDOW_SUBJECT
};

/*
 * A row of these, as it lies in its tuple: nothing before the subject is
 * ever NULL or of variable length.
 */
typedef struct StandingRow
{
	TimestampTz since;
	TimestampTz until;
	TimestampTz content_from;
	int16		purpose;
	bool		is_explicit;
	bool		more;
	/* subject */
} StandingRow;

static inline const StandingRow *
standing_row(HeapTuple tuple)
{
	return (const StandingRow *) GETSTRUCT(tuple);
}

/*
 * What the subject's row of windows says of an instant, or what stands behind
 * it; in a look-up that was opened for the type's index, with two keys.
 */
extern Stretch window_of_subject(Lookup *lookup, const KeyType *type,
								 int16 purpose, TimestampTz at, Datum subject);

/* All windows of a purpose, as the active snapshot has them. */
extern WindowSet *window_read(MemoryContext context, const KeyType *type,
							  int16 purpose, TimestampTz at);

/* About how many look-ups by index take as long as that. */
extern uint64 window_read_worth(const KeyType *type, Relation table);

/*
 * Pack all windows.  Within sql_begin(sql_owner()), under standing_lock_all();
 * type NULL: there are none.
 */
extern void window_pack(const KeyType *type);

/* Is there anything that rows which are written now must be told apart from? */
extern bool window_is_packed(const KeyType *type);

#endif							/* AICONSENT_WINDOW_READ_H */
