/*
 * ledger.h: how is an event entered in the ledger?
 */
#ifndef AICONSENT_LEDGER_H
#define AICONSENT_LEDGER_H

#include "postgres.h"

#include "evidence.h"
#include "standing.h"
#include "store.h"

/* An event; what is NULL or 0 is not given. */
typedef struct LedgerEntry
{
	const char *purpose;
	Decision	decision;
	Instant		effective_at;
	text	   *channel;
	text	   *notice_version;
	Datum		evidence;		/* of type jsonb */
	text	   *reason;
	int64		retracts;
} LedgerEntry;

typedef struct Ledger
{
	Store		store;
	Oid			sequence;
	Datum		recorder;
	bytea	   *secret;			/* which chains begin with */
} Ledger;

/*
 * Within sql_begin(sql_owner()) and the subjects' standing_lock(), behind which
 * standing_judge() writes where their chains end now.
 */
extern void ledger_open(Ledger *ledger, Oid recorder);
extern int64 ledger_append(Ledger *ledger, Head *head, const LedgerEntry *entry);

/*
 * A whole row of aiconsent.consent that was there before: does the subject's
 * chain end where it was recorded?  If it does, it goes there.
 */
extern bool ledger_has_place(const Ledger *ledger, Head *head,
							 const Datum *values, const bool *nulls);
extern void ledger_restore(Ledger *ledger, Head *head, const Datum *values,
						   const bool *nulls);
extern void ledger_close(Ledger *ledger);

#endif							/* AICONSENT_LEDGER_H */
