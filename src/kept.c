/*
 * kept.c: what is kept for the session, and until when?
 */
#include "compat.h"
#include "kept.h"

#include "commands/trigger.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

static Kept *all_kept = NULL;

/* Called in the midst of anything: it only flips a flag. */
static void
relation_changed(Datum arg, Oid relid)
{
	for (Kept *kept = all_kept; kept; kept = kept->next)
	{
		if (!OidIsValid(relid) || list_member_oid(kept->relations, relid))
			kept->valid = false;
	}
}

void
kept_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

void
kept_register(Kept *kept, const char *name)
{
	kept->name = name;
	kept->next = all_kept;
	all_kept = kept;
}

/*
 * Valid from the start, so that a change that is heard of while we read makes
 * it stale again.
 */
void
kept_begin(Kept *kept)
{
	MemoryContext old = kept->context;

	kept->context = NULL;
	kept->relations = NIL;
	if (old)
		MemoryContextSetParent(old, TopTransactionContext);
	kept->context = AllocSetContextCreate(TopMemoryContext, "aiconsent kept",
										  ALLOCSET_SMALL_SIZES);
	MemoryContextSetIdentifier(kept->context, kept->name);
	kept->valid = true;
}

void
kept_rests_on(Kept *kept, Oid relid)
{
	MemoryContext caller = MemoryContextSwitchTo(kept->context);

	kept->relations = lappend_oid(kept->relations, relid);
	MemoryContextSwitchTo(caller);
}

/*
 * declared_changed: trigger on our tables of declarations and policies: what
 * sessions keep of them is stale.  It derives nothing, so a restore may run it.
 */
PG_FUNCTION_INFO_V1(declared_changed);
Datum
declared_changed(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as a trigger",
						"aiconsent.declared_changed()")));
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	return PointerGetDatum(NULL);
}
