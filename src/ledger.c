/*
 * ledger.c: how is an event entered in the ledger?
 *
 * An entry is never edited.  The one exception is an erasure (erase.c), which
 * takes its content away and leaves its place.
 */
#include "compat.h"
#include "erase.h"
#include "identity.h"
#include "ledger.h"
#include "sql.h"

#include "access/xact.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

void
ledger_open(Ledger *ledger, Oid recorder)
{
	store_open(&ledger->store, "consent");
	ledger->sequence = sql_table("consent_id_seq");
	ledger->recorder = CStringGetTextDatum(GetUserNameFromId(recorder, false));
	ledger->secret = identity_secret();
}

/* Where the subject's next event goes. */
static ChainEnd *
chain_of(const Ledger *ledger, Head *head)
{
	if (head->chain.id == 0)
		chain_begin(&head->chain, ledger->secret, head->key);
	return &head->chain;
}

bool
ledger_has_place(const Ledger *ledger, Head *head, const Datum *values,
				 const bool *nulls)
{
	ChainEnd   *end = chain_of(ledger, head);
	int64		previous = nulls[CONSENT_PREVIOUS - 1] ? 0 :
		DatumGetInt64(values[CONSENT_PREVIOUS - 1]);
	bytea	   *given = DatumGetByteaPP(values[CONSENT_HASH - 1]);
	uint8		hash[SHA256_BYTES];

	if (end->id != previous || VARSIZE_ANY_EXHDR(given) != SHA256_BYTES)
		return false;
	chain_hash_row(end, values, nulls, hash);
	return memcmp(hash, VARDATA_ANY(given), SHA256_BYTES) == 0;
}

int64
ledger_append(Ledger *ledger, Head *head, const LedgerEntry *entry)
{
	int64		id = nextval_internal(ledger->sequence, false);
	Datum		values[CONSENT_NATTS] = {
		Int64GetDatum(id),
		CStringGetTextDatum(head->key),
		CStringGetTextDatum(entry->purpose ? entry->purpose : ""),
		CStringGetTextDatum(decision_names[entry->decision]),
		TimestampTzGetDatum(entry->effective_at),
		TimestampTzGetDatum(GetCurrentTimestamp()),
		ledger->recorder,
		FullTransactionIdGetDatum(GetTopFullTransactionId()),
		PointerGetDatum(entry->channel),
		PointerGetDatum(entry->notice_version),
		entry->evidence,
		PointerGetDatum(entry->reason),
		Int64GetDatum(entry->retracts)
	};
	bool		nulls[lengthof(values)] = {false};

	nulls[CONSENT_PURPOSE - 1] = entry->purpose == NULL;
	nulls[CONSENT_CHANNEL - 1] = entry->channel == NULL;
	nulls[CONSENT_NOTICE_VERSION - 1] = entry->notice_version == NULL;
	nulls[CONSENT_EVIDENCE - 1] = entry->evidence == (Datum) 0;
	nulls[CONSENT_REASON - 1] = entry->reason == NULL;
	nulls[CONSENT_RETRACTS - 1] = entry->retracts == 0;
	chain_append(chain_of(ledger, head), values, nulls);
	head->moved = true;
	store_insert(&ledger->store, values, nulls);
	for (int i = CONSENT_SUBJECT; i <= CONSENT_DECISION; i++)
		pfree(DatumGetPointer(values[i - 1]));
	pfree(DatumGetPointer(values[CONSENT_SALT - 1]));
	pfree(DatumGetPointer(values[CONSENT_HASH - 1]));
	return id;
}

void
ledger_restore(Ledger *ledger, Head *head, const Datum *values,
			   const bool *nulls)
{
	head->chain.id = DatumGetInt64(values[CONSENT_ID - 1]);
	memcpy(head->chain.hash,
		   VARDATA_ANY(DatumGetByteaPP(values[CONSENT_HASH - 1])),
		   SHA256_BYTES);
	head->last_event = Max(head->last_event,
						   DatumGetTimestampTz(values[CONSENT_EFFECTIVE_AT - 1]));
	head->moved = true;
	store_insert(&ledger->store, values, nulls);
}

void
ledger_close(Ledger *ledger)
{
	store_close(&ledger->store);
}

PG_FUNCTION_INFO_V1(refuse_edit);
Datum
refuse_edit(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as a trigger",
						"aiconsent.refuse_edit()")));
	if (erase_in_progress())
		return PointerGetDatum(NULL);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" is append-only",
					RelationGetRelationName(trigger->tg_relation)),
			 errdetail("What was recorded is evidence and is never edited."),
			 errhint("Record a newer entry that corrects it.")));
}
