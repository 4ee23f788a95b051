/*
 * import.c: how does a history that was kept elsewhere enter the ledger?
 */
#include "compat.h"
#include "check.h"
#include "ledger.h"
#include "policy.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* So many events are read, entered and judged at once. */
#define BATCH 10000

static Decision
read_decision(Datum value, bool isnull, Oid type)
{
	Decision	decision;
	char	   *word;

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a decision to import is null"),
				 errdetail("Nothing was imported.")));
	if (type == BOOLOID)
		return DatumGetBool(value) ? DECISION_MIRROR_TRUE :
			DECISION_MIRROR_FALSE;
	word = TextDatumGetCString(value);
	if (!decision_of_text(word, &decision) ||
		(decision != DECISION_GRANT && decision != DECISION_OBJECT &&
		 decision != DECISION_HOLD && decision != DECISION_RELEASE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown decision \"%s\"", word),
				 errdetail("Nothing was imported."),
				 errhint("The decisions are \"grant\", \"object\", \"hold\" and \"release\".")));
	return decision;
}

static Instant
read_instant(Datum value, bool isnull)
{
	if (isnull || TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a time to import is null or infinite"),
				 errdetail("Nothing was imported.")));
	return DatumGetTimestampTz(value);
}

/* Rows of subject, decision, effective_at and notice_version, from a cursor. */
static void
enter_rows(SPITupleTable *rows, uint64 count, const char *purpose,
		   Oid decision_type, Oid recorder)
{
	LedgerEntry *entries = palloc_extended(count * sizeof(LedgerEntry),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	char	  **keys = palloc(count * sizeof(char *));
	char	  **said = palloc(count * sizeof(char *));
	text	   *channel = cstring_to_text("import");
	SubjectSet	set;
	Ledger		ledger;

	for (uint64 row = 0; row < count; row++)
	{
		HeapTuple	tuple = rows->vals[row];
		LedgerEntry *entry = &entries[row];
		bool		isnull;
		Datum		value;

		keys[row] = SPI_getvalue(tuple, rows->tupdesc, 1);
		if (keys[row] == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a subject to import is null"),
					 errdetail("Nothing was imported.")));
		entry->purpose = purpose;
		entry->channel = channel;
		value = SPI_getbinval(tuple, rows->tupdesc, 2, &isnull);
		entry->decision = read_decision(value, isnull, decision_type);
		value = SPI_getbinval(tuple, rows->tupdesc, 3, &isnull);
		entry->effective_at = read_instant(value, isnull);
		value = SPI_getbinval(tuple, rows->tupdesc, 4, &isnull);
		entry->notice_version = isnull ? NULL : DatumGetTextPP(value);
	}
	memcpy(said, keys, count * sizeof(char *));
	set = standing_load(keys, count);
	ledger_open(&ledger, recorder);
	for (uint64 row = 0; row < count; row++)
		ledger_append(&ledger, standing_head(&set, said[row]), &entries[row]);
	ledger_close(&ledger);
	standing_judge(&set, (JudgeOptions) {.recorder = recorder,
						   .must_exist = true});
}

/*
 * Under standing_lock_all(), since the order of the table is not that of the
 * heads; the rows of one subject come together, so that each is judged about
 * once.
 */
static uint64
import_rows(const char *query, Oid owner, const char *purpose,
			Oid decision_type, Oid recorder)
{
	Oid			user;
	int			context;
	Portal		portal;
	uint64		imported = 0;
	SPIPlanPtr	plan;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		SqlScope	scope;
		SPITupleTable *rows;
		uint64		count;

		SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
		SPI_cursor_fetch(portal, true, BATCH);
		SetUserIdAndSecContext(user, context);
		rows = SPI_tuptable;
		count = SPI_processed;
		if (count == 0)
			break;
		scope = sql_begin(sql_owner());
		enter_rows(rows, count, purpose, decision_type, recorder);
		sql_end(&scope);
		SPI_freetuptable(rows);
		imported += count;
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
	return imported;
}

PG_FUNCTION_INFO_V1(import_consent);
Datum
import_consent(PG_FUNCTION_ARGS)
{
	Oid			relid;
	AttrNumber	decision;
	AttrNumber	effective_at;
	AttrNumber	person;
	AttrNumber	notice_version;
	Oid			decision_type;
	SqlScope	scope;
	StringInfoData query;
	char	   *purpose;
	uint64		imported;

	require_read_committed("import_consent()");
	relid = check_relation(fcinfo, ShareLock);
	decision = column_argument(fcinfo, 1, relid);
	effective_at = column_argument(fcinfo, 2, relid);
	person = column_argument(fcinfo, 4, relid);
	notice_version = column_argument(fcinfo, 5, relid);
	if (decision == InvalidAttrNumber || effective_at == InvalidAttrNumber ||
		PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an import needs decision, effective_at and purpose"),
				 errhint("Name the columns: decision => '...', effective_at => '...'.")));
	decision_type = get_atttype(relid, decision);
	if (decision_type != BOOLOID)
		check_text_type(relid, decision, "decision");
	check_instant_type(relid, effective_at, "time of a decision");
	check_text_type(relid, notice_version, "notice version");
	purpose = text_to_cstring(PG_GETARG_TEXT_PP(3));

	scope = sql_begin(sql_owner());
	standing_lock_all();
	require_purpose(purpose);
	person = check_person(require_subject(), relid, person);
	initStringInfo(&query);
	appendStringInfo(&query, "SELECT t.%s, t.%s%s, t.%s, %s%s FROM %s t ORDER BY 1, 3",
					 quote_identifier(get_attname(relid, person, false)),
					 quote_identifier(get_attname(relid, decision, false)),
					 decision_type == BOOLOID ? "" : "::pg_catalog.text",
					 quote_identifier(get_attname(relid, effective_at, false)),
					 notice_version == InvalidAttrNumber ? "NULL" : "t.",
					 notice_version == InvalidAttrNumber ? "" :
					 quote_identifier(get_attname(relid, notice_version, false)),
					 sql_relation(relid));
	imported = import_rows(query.data, sql_relation_owner(relid), purpose,
						   decision_type, scope.saved_user);
	registry_change(scope.saved_user, "import_consent", sql_relation(relid),
					NULL, psprintf(UINT64_FORMAT " events of %s", imported,
								   purpose), NULL);
	sql_end(&scope);
	PG_RETURN_INT64(imported);
}
