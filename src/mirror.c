/*
 * mirror.c: what do the members' settings say, entered in the ledger?
 *
 * A setting is mirrored by its state: what its rows say now is compared with
 * what the ledger has last.
 */
#include "compat.h"
#include "ledger.h"
#include "mirror.h"
#include "sql.h"
#include "table.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* ------------------------------------------------------------------------
 * What a setting says
 * ------------------------------------------------------------------------
 */

static Decision
decision_of_word(const char *word, Size length)
{
	bool		allowed;

	while (length > 0 && (*word == ' ' || *word == '\t'))
	{
		word++;
		length--;
	}
	while (length > 0 && (word[length - 1] == ' ' || word[length - 1] == '\t'))
		length--;
	/* The server's reader takes no letters for any. */
	if (length == 0 || !parse_bool_with_len(word, length, &allowed))
		return DECISION_MIRROR_UNKNOWN;
	return allowed ? DECISION_MIRROR_TRUE : DECISION_MIRROR_FALSE;
}

static Decision
decision_of_number(int64 number)
{
	if (number == 0)
		return DECISION_MIRROR_FALSE;
	return number == 1 ? DECISION_MIRROR_TRUE : DECISION_MIRROR_UNKNOWN;
}

static Decision
decision_of_setting(Datum value, bool isnull, Oid type)
{
	if (isnull)
		return DECISION_MIRROR_UNKNOWN;
	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(value) ? DECISION_MIRROR_TRUE :
				DECISION_MIRROR_FALSE;
		case INT2OID:
			return decision_of_number(DatumGetInt16(value));
		case INT4OID:
			return decision_of_number(DatumGetInt32(value));
		case INT8OID:
			return decision_of_number(DatumGetInt64(value));
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return decision_of_word(VARDATA_ANY(DatumGetTextPP(value)),
									VARSIZE_ANY_EXHDR(DatumGetTextPP(value)));
		default:
			return DECISION_MIRROR_UNKNOWN;
	}
}

/* Of several rows the strictest counts: false, then unreadable, then true. */
static Decision
stricter_setting(Decision a, Decision b)
{
	if (a == DECISION_MIRROR_FALSE || b == DECISION_MIRROR_FALSE)
		return DECISION_MIRROR_FALSE;
	return Max(a, b);
}

Decision *
mirror_read(const Binding *preference, char *const *keys, int nkeys)
{
	static const char *const roles[] = {"allows", NULL};
	Decision   *settings = palloc(nkeys * sizeof(Decision));
	Oid			type = binding_type(preference, "allows");
	Asked		asked = table_ask(keys, nkeys);
	uint64		count;

	for (int i = 0; i < nkeys; i++)
		settings[i] = DECISION_RETRACT;
	if (!table_rows(preference, "subject", roles,
				  binding_column(preference, "applies"), &asked, &count))
	{
		/* Whose value raises cannot be told from many: each by itself. */
		for (int i = 0; i < nkeys; i++)
			settings[i] = nkeys == 1 ? DECISION_MIRROR_UNKNOWN :
				*mirror_read(preference, &keys[i], 1);
		return settings;
	}
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		int			i = table_subject(&asked, row);
		Datum		value = sql_column(row, 2, &isnull);

		settings[i] = stricter_setting(settings[i],
									   decision_of_setting(value, isnull, type));
	}
	SPI_freetuptable(SPI_tuptable);
	return settings;
}

/* ------------------------------------------------------------------------
 * What is news of it
 * ------------------------------------------------------------------------
 */

/* What the ledger has of a setting last; DECISION_RETRACT: nothing. */
static Decision
mirrored_last(const Evidence *e, int purpose)
{
	Decision	last = DECISION_RETRACT;
	int64		id = 0;

	for (int i = 0; i < e->nevents; i++)
	{
		const ConsentEvent *event = &e->events[i];

		if (event->purpose == purpose && event->id > id &&
			(event->decision == DECISION_MIRROR_TRUE ||
			 event->decision == DECISION_MIRROR_FALSE ||
			 event->decision == DECISION_MIRROR_UNKNOWN))
		{
			last = event->decision;
			id = event->id;
		}
	}
	return last;
}

static void
mirror_setting(Head *head, Evidence *e, const Purpose *purpose, int p,
			   Decision setting, Ledger *ledger)
{
	Decision	last = mirrored_last(e, p);
	LedgerEntry entry = {
		.purpose = purpose->name,
		.decision = setting,
		.channel = cstring_to_text("setting")
	};
	ConsentEvent event = {.purpose = p};

	/* What an erased subject's setting says is nobody's any more. */
	if (e->erased)
		return;

	/* No row, or one that says yes, is the default: only news if it was not. */
	if (entry.decision == DECISION_RETRACT)
		entry.decision = DECISION_MIRROR_TRUE;
	if (entry.decision == last ||
		(last == DECISION_RETRACT && entry.decision == DECISION_MIRROR_TRUE))
		return;
	entry.effective_at = standing_next_instant(head);
	event.id = ledger_append(ledger, head, &entry);
	event.effective_at = event.recorded_at = entry.effective_at;
	event.decision = entry.decision;
	evidence_add_event(e, &event);
}

void
mirror_settings(SubjectSet *set, Evidence *evidence, const Purpose *purposes,
				int npurposes, Mirror which, Oid recorder)
{
	ListCell   *lc;
	char	  **keys = standing_keys(set);

	foreach(lc, registry_find(BINDING_PREFERENCE, InvalidOid))
	{
		const Binding *preference = lfirst(lc);
		Decision   *settings;
		Ledger		ledger;
		int			p = 0;

		while (p < npurposes &&
			   strcmp(purposes[p].name, preference->purpose) != 0)
			p++;
		if (p == npurposes)
			continue;			/* mirrored when its policy is adopted */
		settings = mirror_read(preference, keys, set->n);
		ledger_open(&ledger, recorder);
		for (int i = 0; i < set->n; i++)
		{
			if (which == MIRROR_ALL || settings[i] != DECISION_RETRACT)
				mirror_setting(&set->heads[i], &evidence[i], &purposes[p], p,
							   settings[i], &ledger);
		}
		ledger_close(&ledger);
	}
}
