/*
 * change.c: whose evidence did a statement change?
 */
#include "compat.h"
#include "consent.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "catalog/partition.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
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
	Mirror		settings;		/* which of them may be among it */
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

/* ------------------------------------------------------------------------
 * A binding's columns in the table that was written
 * ------------------------------------------------------------------------
 */

/*
 * The table is the declared one or a partition of it, which can have its
 * columns in another order.
 */
typedef struct Evident
{
	const Binding *binding;
	AttrNumber	key;
	Bitmapset  *columns;		/* NULL: any may matter */
} Evident;

static AttrNumber
attno_in(const Binding *binding, Oid relid, AttrNumber attno)
{
	return binding->relid == relid ? attno :
		get_attnum(relid, get_attname(binding->relid, attno, false));
}

static Evident *
evident_of(const Binding *binding, Oid relid)
{
	Evident    *evident = palloc0(sizeof(Evident));
	const char *key = binding->kind == BINDING_SUBJECT ? "key" : "subject";
	ListCell   *lc;

	evident->binding = binding;
	evident->key = attno_in(binding, relid, binding_attno(binding, key));
	foreach(lc, binding->columns)
	{
		AttrNumber	attno = ((BoundColumn *) lfirst(lc))->attno;

		if (attno == InvalidAttrNumber)
		{
			/* An expression: whatever it reads. */
			evident->columns = NULL;
			break;
		}
		evident->columns = bms_add_member(evident->columns,
										  attno_in(binding, relid, attno));
	}
	return evident;
}

/* What is declared of the table, or of a partitioned table that it is part of. */
static List *
find_evident(Oid relid)
{
	static const BindingKind kinds[] = {
		BINDING_SUBJECT, BINDING_EDUCATION, BINDING_NOTICE, BINDING_PREFERENCE
	};
	List	   *relids = get_rel_relispartition(relid) ?
		get_partition_ancestors(relid) : NIL;
	List	   *found = NIL;
	ListCell   *r;
	ListCell   *b;

	relids = lcons_oid(relid, relids);
	foreach(r, relids)
	{
		for (int k = 0; k < (int) lengthof(kinds); k++)
		{
			foreach(b, registry_find(kinds[k], lfirst_oid(r)))
				found = lappend(found, evident_of(lfirst(b), relid));
		}
	}
	return found;
}

/* Do both rows say the same in every column that matters? */
static bool
same_evidence(const Evident *evident, TupleTableSlot *a, TupleTableSlot *b)
{
	TupleDesc	desc = a->tts_tupleDescriptor;

	for (AttrNumber attno = 1; attno <= desc->natts; attno++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, attno - 1);
		bool		anull;
		bool		bnull;
		Datum		x;
		Datum		y;

		if (attr->attisdropped ||
			(evident->columns && !bms_is_member(attno, evident->columns)))
			continue;
		x = slot_getattr(a, attno, &anull);
		y = slot_getattr(b, attno, &bnull);
		if (anull != bnull ||
			(!anull && !datum_image_eq(x, y, attr->attbyval, attr->attlen)))
			return false;
	}
	return true;
}

/* A row before and after; NULL: it was not there. */
static void
add_row(const Evident *evident, TupleTableSlot *old, TupleTableSlot *new,
			Changes *changes)
{
	if (old && new && same_evidence(evident, old, new))
		return;
	/* A setting can be there before its member is. */
	if (evident->binding->kind == BINDING_PREFERENCE)
		changes->settings = MIRROR_ALL;
	else if (evident->binding->kind == BINDING_SUBJECT)
		changes->settings = Max(changes->settings, MIRROR_PRESENT);
	add_change(changes, old ? key_of(old, evident->key) : NULL,
			   new ? key_of(new, evident->key) : NULL,
			   evident->binding->kind == BINDING_SUBJECT);
}

/* The one row that a trigger of rows is fired for. */
static void
collect_row(const Evident *evident, const TriggerData *trigger,
			Changes *changes)
{
	TriggerEvent event = trigger->tg_event;

	add_row(evident,
			TRIGGER_FIRED_BY_INSERT(event) ? NULL : trigger->tg_trigslot,
			TRIGGER_FIRED_BY_DELETE(event) ? NULL :
			TRIGGER_FIRED_BY_UPDATE(event) ? trigger->tg_newslot :
			trigger->tg_trigslot,
			changes);
}

/*
 * The keys whose evidence a statement changed, from its transition tables.
 * An UPDATE leaves the old and the new rows in the same order.
 */
static void
collect_statement(const Evident *evident, TriggerData *trigger,
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
		add_row(evident, has_old ? old : NULL, has_new ? new : NULL,
				changes);
	}
	ExecDropSingleTupleTableSlot(old);
	ExecDropSingleTupleTableSlot(new);
}

static void
judge_changes(Changes *changes, Oid actor)
{
	SubjectSet	set;

	if (changes->concerned.n == 0)
		return;
	set = standing_lock(changes->concerned.keys, changes->concerned.n);
	if (changes->before.n > 0)
		consent_follow(changes->before.keys, changes->after.keys,
					   changes->before.n, &set, actor);
	standing_judge(&set, (JudgeOptions) {.recorder = actor,
						   .mirror = changes->settings});
}

/* ------------------------------------------------------------------------
 * Rows that MERGE moves
 * ------------------------------------------------------------------------
 */

/*
 * A row that MERGE updates and so moves to another partition is in no
 * transition table of the UPDATE: the server takes it for one deleted and one
 * inserted, for which it fires no trigger of the statement.  The partitions'
 * triggers of rows do fire, before it; whose the rows are is noted here for
 * the next trigger of a statement.  What a savepoint undid since is judged for
 * nothing, that is all.
 */
typedef struct Moved
{
	MemoryContext context;		/* of it, within the transaction's */
	MemoryContextCallback gone;
	Changes		changes;
} Moved;

static Moved *moved = NULL;

static void
forget_moved(void *arg)
{
	if (moved == arg)
		moved = NULL;
}

static void
note_moved(TriggerData *trigger)
{
	List	   *found;
	MemoryContext caller;
	ListCell   *lc;

	/* A row leaves before it comes: where none left, it is just inserted. */
	if (moved == NULL && TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return;
	found = find_evident(RelationGetRelid(trigger->tg_relation));
	if (moved == NULL)
	{
		MemoryContext context = AllocSetContextCreate(TopTransactionContext,
													  "aiconsent moved rows",
													  ALLOCSET_DEFAULT_SIZES);

		moved = MemoryContextAllocZero(context, sizeof(Moved));
		moved->context = context;
		moved->gone.func = forget_moved;
		moved->gone.arg = moved;
		MemoryContextRegisterResetCallback(context, &moved->gone);
	}
	caller = MemoryContextSwitchTo(moved->context);
	foreach(lc, found)
		collect_row(lfirst(lc), trigger, &moved->changes);
	MemoryContextSwitchTo(caller);
}

/* What was noted, good as long as the current context. */
static Changes
take_moved(void)
{
	Changes		changes = {0};

	if (moved)
	{
		changes = moved->changes;
		MemoryContextSetParent(moved->context, CurrentMemoryContext);
		moved = NULL;
	}
	return changes;
}

/* ------------------------------------------------------------------------
 * The triggers
 * ------------------------------------------------------------------------
 */

/*
 * evidence_changed: AFTER trigger for each statement on a table of evidence
 * and on each of its partitions, and for each row where rows are replicated:
 * logical replication fires no statement trigger.
 *
 * On a table that is not declared, as after a restore without our data, it
 * does nothing.
 */
PG_FUNCTION_INFO_V1(evidence_changed);
Datum
evidence_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool		statement;
	Changes		changes;
	SqlScope	scope;
	ListCell   *lc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as an AFTER trigger",
						"aiconsent.evidence_changed()")));

	statement = TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event);
	if (!statement &&
		SessionReplicationRole != SESSION_REPLICATION_ROLE_REPLICA)
	{
		note_moved(trigger);
		return PointerGetDatum(NULL);
	}

	scope = sql_begin(sql_owner());
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		require_read_committed("TRUNCATE of evidence");
		standing_lock_all();
		standing_judge_all(scope.saved_user);
		sql_end(&scope);
		return PointerGetDatum(NULL);
	}
	changes = take_moved();
	foreach(lc, find_evident(RelationGetRelid(trigger->tg_relation)))
	{
		if (statement)
			collect_statement(lfirst(lc), trigger, &changes);
		else
			collect_row(lfirst(lc), trigger, &changes);
	}
	judge_changes(&changes, scope.saved_user);
	sql_end(&scope);
	return PointerGetDatum(NULL);
}
