/*
 * server_line.c: which cluster, and which of its timelines, is this?
 */
#include "compat.h"
#include "server_line.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "funcapi.h"

ServerLine
server_line_now(void)
{
	ServerLine	line = {.system_identifier = (int64) GetSystemIdentifier()};
	TimeLineID	timeline;

	if (RecoveryInProgress())
		(void) GetXLogReplayRecPtr(&timeline);
	else
		timeline = GetWALInsertionTimeLine();
	line.timeline = (int32) timeline;
	return line;
}

PG_FUNCTION_INFO_V1(server_line);
Datum
server_line(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	ServerLine	line = server_line_now();
	Datum		values[] = {
		Int64GetDatum(line.system_identifier),
		Int32GetDatum(line.timeline)
	};
	bool		nulls[lengthof(values)] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc),
													  values, nulls)));
}
