/*
 * window.c: is the subject eligible at this query's instant, and how?
 *
 * The first calls of a query look their subjects up by index.  When a query
 * has asked for enough of them, all windows of the purpose are read once,
 * under the same snapshot, and answer from then on.  Calls of one query for
 * one purpose share what was found, wherever they stand in it.
 *
 * What was found is good for one snapshot and the time until some window
 * begins or ends; and only until something is rolled back: after ROLLBACK TO
 * SAVEPOINT a snapshot can be equal to one from before, and the rows that it
 * sees are others.
 */
#include "compat.h"
#include "sql.h"
#include "window.h"
#include "window_read.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Fewer look-ups than this are never worth reading all windows. */
#define LEAST_LOOKUPS 64

/* ------------------------------------------------------------------------
 * What calls share
 * ------------------------------------------------------------------------
 */

static dlist_head all_known = DLIST_STATIC_INIT(all_known);

static void
forget(Known *known)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &known->sites)
	{
		Site	   *site = dlist_container(Site, node, iter.cur);

		site->known = NULL;
	}
	dlist_delete(&known->node);
	MemoryContextDelete(known->context);
}

static void
forget_all(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &all_known)
		forget(dlist_container(Known, node, iter.cur));
}

static void
on_transaction_end(XactEvent event, void *arg)
{
	forget_all();
}

static void
on_subtransaction_event(SubXactEvent event, SubTransactionId mine,
						SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_all();
}

void
window_init(void)
{
	RegisterXactCallback(on_transaction_end, NULL);
	RegisterSubXactCallback(on_subtransaction_event, NULL);
}

/* The site no longer has what it knows, and so perhaps nobody. */
static void
let_go(void *arg)
{
	Site	   *site = arg;
	Known	   *known = site->known;

	if (known == NULL)
		return;
	site->known = NULL;
	dlist_delete(&site->node);
	if (dlist_is_empty(&known->sites))
		forget(known);
}

static void
copy_snapshot(SnapshotData *copy, Snapshot s)
{
	*copy = *s;
	copy->xip = palloc(s->xcnt * sizeof(TransactionId) + 1);
	if (s->xcnt > 0)
		memcpy(copy->xip, s->xip, s->xcnt * sizeof(TransactionId));
	copy->subxip = palloc(Max(s->subxcnt, 0) * sizeof(TransactionId) + 1);
	if (s->subxcnt > 0)
		memcpy(copy->subxip, s->subxip, s->subxcnt * sizeof(TransactionId));
}

/*
 * Begin anew, for another instant.  What was worth it then is so still: a
 * cursor asks about as many instants as there are fetches from it.
 */
static void
renew(Known *known)
{
	known->at = GetCurrentStatementStartTimestamp();
	known->until = known->at + 1;
	known->complete = false;
	known->set = NULL;
	known->mentions = NULL;
	MemoryContextReset(known->mentions_context);
	MemoryContextReset(known->set_context);
}

/* Attributes, in the order of sql/20_policy.sql. */
enum
{
	PURPOSE_ID = 1,
	PURPOSE_NAME
};

/* There are so few that it is quicker to read them than to open an index. */
bool
window_find_purpose(const text *name, int16 *id)
{
	Relation	table = table_open(sql_table("purpose"), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(table);
	TableScanDesc scan = table_beginscan(table, GetActiveSnapshot(), 0, NULL);
	HeapTuple	tuple;
	bool		isnull;
	bool		found = false;

	while (!found && (tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		found = same_text(name, DatumGetTextPP(heap_getattr(tuple, PURPOSE_NAME,
															desc, &isnull)));
		if (found)
			*id = DatumGetInt16(heap_getattr(tuple, PURPOSE_ID, desc, &isnull));
	}
	table_endscan(scan);
	table_close(table, NoLock);
	return found;
}

static Known *
know_nothing(const KeyType *type, text *purpose)
{
	MemoryContext context = AllocSetContextCreate(TopTransactionContext,
												  "aiconsent windows",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Known	   *known = palloc0(sizeof(Known));

	known->context = context;
	dlist_init(&known->sites);
	copy_snapshot(&known->snapshot, GetActiveSnapshot());
	known->type = type;
	known->purpose = (text *) PG_DETOAST_DATUM_COPY(PointerGetDatum(purpose));
	known->enough = LEAST_LOOKUPS;
	known->set_context = AllocSetContextCreate(context,
											   "aiconsent window set",
											   ALLOCSET_DEFAULT_SIZES);
	known->mentions_context = AllocSetContextCreate(context,
													"aiconsent mentions",
													ALLOCSET_SMALL_SIZES);
	known->purpose_exists = window_find_purpose(known->purpose,
												&known->purpose_id);
	MemoryContextSwitchTo(caller);
	dlist_push_head(&all_known, &known->node);
	return known;
}

/* What another place of the query knows, or nothing yet. */
void
window_come_to_know(Site *site, text *purpose)
{
	Snapshot	snapshot = GetActiveSnapshot();
	dlist_iter	iter;
	Known	   *found = NULL;

	dlist_foreach(iter, &all_known)
	{
		Known	   *known = dlist_container(Known, node, iter.cur);

		if (known->type == site->type &&
			same_snapshot(&known->snapshot, snapshot) &&
			same_text(known->purpose, purpose))
		{
			found = known;
			break;
		}
	}
	if (found == NULL)
		found = know_nothing(site->type, purpose);
	if (!holds_at(found, GetCurrentStatementStartTimestamp()))
		renew(found);
	if (site->known == found)
		return;
	let_go(site);
	site->known = found;
	dlist_push_head(&found->sites, &site->node);
}

void
window_site_begin(Site *site, MemoryContext context)
{
	memset(site, 0, sizeof(Site));
	site->let_go.func = let_go;
	site->let_go.arg = site;
	MemoryContextRegisterResetCallback(context, &site->let_go);
}

Site *
window_first_call(FmgrInfo *flinfo)
{
	Site	   *site = MemoryContextAlloc(flinfo->fn_mcxt, sizeof(Site));
	Node	   *call = flinfo->fn_expr;

	window_site_begin(site, flinfo->fn_mcxt);
	site->argument = get_fn_expr_argtype(flinfo, 0);
	site->type = key_type_of(site->argument);
	if (site->type && site->type->oid == TEXTOID)
		site->argument = TEXTOID;	/* varchar is read as it */
	site->constant_purpose = call && IsA(call, FuncExpr) &&
		IsA(lsecond(((FuncExpr *) call)->args), Const);
	flinfo->fn_extra = site;
	return site;
}

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------
 */

static Stretch
find_by_index(Known *known, Datum subject)
{
	const KeyType *type = known->type;
	Lookup		lookup;
	Stretch		stretch;

	lookup_open(&lookup, type->standing, type->standing_index, 2);
	stretch = window_of_subject(&lookup, type, known->purpose_id, known->at,
								subject);
	if (++known->lookups == LEAST_LOOKUPS)
		known->enough = Max(LEAST_LOOKUPS,
							window_read_worth(type, lookup.table));
	lookup_close(&lookup);
	return stretch;
}

/* In several steps, so that an error in between leaves nothing half. */
static void
read_all(Known *known)
{
	WindowSet  *set;

	known->set = NULL;
	MemoryContextReset(known->set_context);
	set = window_read(known->set_context, known->type, known->purpose_id,
					  known->at);
	known->set = set;
	known->until = set->until;
	known->complete = true;
}

const Window *
window_look_up(Known *known, Datum subject)
{
	static const Window no_window = NO_WINDOW;

	if (!known->purpose_exists)
		return &no_window;
	if (known->set == NULL)
		known->set = window_set_create(known->set_context, known->type,
									   known->at, 0);
	if (window_set_index(known->set, subject) == NOT_IN_SET)
	{
		if (known->lookups < known->enough)
			window_set_add(known->set, subject, find_by_index(known, subject));
		else
			read_all(known);
	}
	return window_set_find(known->set, subject);
}
