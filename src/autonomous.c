/*
 * autonomous.c: how is something committed before the caller's transaction is?
 *
 * By a background worker that lives for one command.  It needs no library to
 * be preloaded, only one of max_worker_processes.
 */
#include "compat.h"
#include "autonomous.h"
#include "sql.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

PGDLLEXPORT void autonomous_main(Datum handle);

/* What the two processes share. */
typedef struct Work
{
	bool		done;
	char		error[1024];	/* what went wrong; "": the worker did not say */
	Size		argument;		/* where it stands in texts */
	char		texts[FLEXIBLE_ARRAY_MEMBER];	/* the command, the argument */
} Work;

/* ------------------------------------------------------------------------
 * The worker
 * ------------------------------------------------------------------------
 */

static void
run(const Work *work)
{
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	SqlScope	scope;

	PushActiveSnapshot(GetTransactionSnapshot());
	scope = sql_begin(sql_owner());
	/* Who asks for it can hold a lock, and waits for us. */
	(void) set_config_option("lock_timeout", "10s", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	values[0] = CStringGetTextDatum(work->texts + work->argument);
	(void) sql_run(work->texts, 1, types, values, NULL);
	sql_end(&scope);
	PopActiveSnapshot();
}

static void
tell_error(Work *work)
{
	ErrorData  *error;

	MemoryContextSwitchTo(TopMemoryContext);
	error = CopyErrorData();
	strlcpy(work->error, error->message, sizeof(work->error));
	FlushErrorState();
}

void
autonomous_main(Datum handle)
{
	Oid			database;
	dsm_segment *segment;
	Work	   *work;

	memcpy(&database, MyBgworkerEntry->bgw_extra, sizeof(Oid));
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	StartTransactionCommand();
	segment = dsm_attach(DatumGetUInt32(handle));
	if (segment == NULL)
		ereport(FATAL,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not map dynamic shared memory segment")));
	dsm_pin_mapping(segment);
	work = dsm_segment_address(segment);
	PG_TRY();
	{
		run(work);
		CommitTransactionCommand();
		work->done = true;
	}
	PG_CATCH();
	{
		tell_error(work);
		AbortCurrentTransaction();
	}
	PG_END_TRY();
	dsm_detach(segment);
	proc_exit(0);
}

/* ------------------------------------------------------------------------
 * Who asks for it
 * ------------------------------------------------------------------------
 */

static BackgroundWorkerHandle *
start_worker(dsm_segment *segment)
{
	BackgroundWorker worker = {
		.bgw_name = "aiconsent autonomous transaction",
		.bgw_type = "aiconsent autonomous transaction",
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = BGW_NEVER_RESTART,
		.bgw_library_name = "aiconsent",
		.bgw_function_name = "autonomous_main",
		.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment)),
		.bgw_notify_pid = MyProcPid
	};
	BackgroundWorkerHandle *handle;

	memcpy(worker.bgw_extra, &MyDatabaseId, sizeof(Oid));
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not start a background worker"),
				 errhint("Raise max_worker_processes, or wait until one of them has ended.")));
	return handle;
}

void
autonomous_run(const char *command, const char *argument)
{
	Size		length = strlen(command) + 1;
	Size		size = offsetof(Work, texts) + length + strlen(argument) + 1;
	dsm_segment *segment = dsm_create(size, 0);
	Work	   *work = dsm_segment_address(segment);
	BgwHandleStatus status;

	work->done = false;
	work->error[0] = '\0';
	work->argument = length;
	strcpy(work->texts, command);
	strcpy(work->texts + length, argument);
	status = WaitForBackgroundWorkerShutdown(start_worker(segment));
	if (status == BGWH_POSTMASTER_DIED)
		ereport(FATAL,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("the server stopped")));
	if (!work->done)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not commit apart from this transaction: %s",
						work->error[0] ? work->error :
						"the worker ended, see the server's log")));
	dsm_detach(segment);
}
