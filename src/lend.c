/*
 * lend.c: how is something read for who may not read it?
 */
#include "compat.h"
#include "lend.h"
#include "sql.h"

#include "executor/executor.h"
#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "rewrite/rewriteDefine.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"

/* Names are looked up by our right, too, and policies for rows are ours. */
static Query *
analyze(const char *text)
{
	List	   *parsed = pg_parse_query(text);
	Query	   *query = parse_analyze_fixedparams(linitial_node(RawStmt, parsed),
												  text, NULL, 0, NULL);

	setRuleCheckAsUser((Node *) query, GetUserId());
	return linitial_node(Query, pg_rewrite_query(query));
}

static void
execute(PlannedStmt *plan, const char *text, Lent *lent)
{
	DestReceiver *receiver = CreateDestReceiver(DestTuplestore);
	QueryDesc  *query;

	lent->rows = tuplestore_begin_heap(false, false, work_mem);
	SetTuplestoreDestReceiverParams(receiver, lent->rows, CurrentMemoryContext,
									false, NULL, NULL);
	query = CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot,
							receiver, NULL, NULL, 0);
	ExecutorStart(query, 0);
	run_executor(query);
	lent->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(query->tupDesc),
										  &TTSOpsMinimalTuple);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	receiver->rDestroy(receiver);
}

Lent
lend(Oid role, const char *text)
{
	Lent		lent;
	Query	   *query = analyze(text);
	SqlRestriction restriction = sql_restrict(role);

	/* It goes over whole tables. */
	(void) set_config_option("enable_seqscan", "on", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	execute(pg_plan_query(query, text, 0, NULL), text, &lent);
	sql_unrestrict(&restriction);
	return lent;
}

bool
lent_next(Lent *lent)
{
	return tuplestore_gettupleslot(lent->rows, true, false, lent->slot);
}

void
lent_end(Lent *lent)
{
	ExecDropSingleTupleTableSlot(lent->slot);
	tuplestore_end(lent->rows);
}
