/*
 * change.c: whose evidence did a statement change?
 */
#include "compat.h"
#include "ledger.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

/* Keys of a statement, as they come. */
typedef struct KeyList
{
	char	  **keys;
	int			n;
	int			room;
} KeyList;

/* What a statement changed. */
typedef struct Changes
{
	KeyList		concerned;		/* subjects to be judged */
	KeyList		before;			/* subjects whose key changed, */
	KeyList		after;			/* and what it is now */
} Changes;

/* A row's key as text; NULL where it has none. */
static char *
key_of(TupleTableSlot *slot, AttrNumber attno)
{
	bool		isnull;
	Datum		key = slot_getattr(slot, attno, &isnull);

	return isnull ? NULL :
		sql_output(key, TupleDescAttr(slot->tts_tupleDescriptor,
									  attno - 1)->atttypid);
}

static void
add_key(KeyList *list, char *key)
{
	if (list->n == list->room)
	{
		list->room = list->room ? 2 * list->room : 64;
		list->keys = list->keys ?
			repalloc_huge(list->keys, list->room * sizeof(char *)) :
			palloc(list->room * sizeof(char *));
	}
	list->keys[list->n++] = key;
}

static void
add_change(Changes *changes, char *before, char *after, bool renames)
{
	if (before)
		add_key(&changes->concerned, before);
	if (after && (!before || strcmp(before, after) != 0))
		add_key(&changes->concerned, after);
	if (renames && before && after && strcmp(before, after) != 0)
	{
		add_key(&changes->before, before);
		add_key(&changes->after, after);
	}
}

/* Do both rows say the same in every registered column? */
static bool
same_evidence(const Binding *binding, TupleTableSlot *a, TupleTableSlot *b)
{
	ListCell   *lc;

	foreach(lc, binding->columns)
	{
		AttrNumber	attno = ((BoundColumn *) lfirst(lc))->attno;
		Form_pg_attribute attr = TupleDescAttr(a->tts_tupleDescriptor, attno - 1);
		bool		anull;
		bool		bnull;
		Datum		x = slot_getattr(a, attno, &anull);
		Datum		y = slot_getattr(b, attno, &bnull);

		if (anull != bnull ||
			(!anull && !datum_image_eq(x, y, attr->attbyval, attr->attlen)))
			return false;
	}
	return true;
}

/*
 * The keys whose evidence a statement changed, from its transition tables.
 * An UPDATE leaves the old and the new rows in the same order; if it ever did
 * not, rows would differ and more subjects than needed would be judged.
 */
static void
collect_changes(const Binding *binding, AttrNumber key, TriggerData *trigger,
				Changes *changes)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	TupleTableSlot *old = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	TupleTableSlot *new = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	bool		has_old = trigger->tg_oldtable != NULL;
	bool		has_new = trigger->tg_newtable != NULL;

	if (has_old)
		tuplestore_rescan(trigger->tg_oldtable);
	if (has_new)
		tuplestore_rescan(trigger->tg_newtable);
	for (;;)
	{
		has_old = has_old &&
			tuplestore_gettupleslot(trigger->tg_oldtable, true, false, old);
		has_new = has_new &&
			tuplestore_gettupleslot(trigger->tg_newtable, true, false, new);
		if (!has_old && !has_new)
			break;
		if (has_old && has_new && same_evidence(binding, old, new))
			continue;
		add_change(changes, has_old ? key_of(old, key) : NULL,
				   has_new ? key_of(new, key) : NULL,
				   binding->kind == BINDING_SUBJECT);
	}
	ExecDropSingleTupleTableSlot(old);
	ExecDropSingleTupleTableSlot(new);
}

/*
 * evidence_changed: AFTER trigger for each statement on a registered table.
 *
 * On a table that is not registered, as after a restore without our data, it
 * does nothing.
 */
PG_FUNCTION_INFO_V1(evidence_changed);
Datum
evidence_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	static const BindingKind kinds[] = {BINDING_SUBJECT, BINDING_EDUCATION};
	static const char *const roles[] = {"key", "subject"};
	Changes		changes;
	SqlScope	scope;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as an AFTER trigger for each statement",
						"aiconsent.evidence_changed()")));

	memset(&changes, 0, sizeof(changes));
	scope = sql_begin(sql_owner());
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		require_read_committed("TRUNCATE of evidence");
		standing_lock_all();
		standing_judge_all();
	}
	else
	{
		Oid			relid = RelationGetRelid(trigger->tg_relation);

		for (int k = 0; k < 2; k++)
		{
			ListCell   *lc;

			foreach(lc, registry_find(kinds[k], relid, CurrentMemoryContext))
				collect_changes(lfirst(lc), binding_attno(lfirst(lc), roles[k]),
								trigger, &changes);
		}
		if (changes.concerned.n > 0)
		{
			SubjectSet	set = standing_lock(changes.concerned.keys,
											changes.concerned.n);

			if (changes.before.n > 0)
				ledger_follow(changes.before.keys, changes.after.keys,
							  changes.before.n, scope.saved_user);
			standing_judge(&set);
		}
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}
