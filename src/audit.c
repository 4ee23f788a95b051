/*
 * audit.c: what evidence does the database see, row by row?
 *
 * For auditors, and for verify_standing() and doctor(), which are plain SQL
 * over it: each declared table read as a whole, in the form in which the law
 * takes it.  Not the way of a judgement, which asks for single subjects.
 */
#include "compat.h"
#include "education.h"
#include "evidence.h"
#include "identity.h"
#include "mention.h"
#include "mirror.h"
#include "reading.h"
#include "registry.h"
#include "sql.h"
#include "table.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/qunique.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* ------------------------------------------------------------------------
 * Giving rows back
 * ------------------------------------------------------------------------
 */

static void
put(void *result, Datum *values, bool *nulls)
{
	ReturnSetInfo *rsinfo = result;

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* All days that a reading can mean; empty where it is unreadable. */
static Datum
range_of_reading(const Reading *reading)
{
	TypeCacheEntry *type = lookup_type_cache(DATERANGEOID,
											 TYPECACHE_RANGE_INFO);
	RangeBound	lower = {.val = DateADTGetDatum(reading->first),
	.inclusive = true,.lower = true};
	RangeBound	upper = {.val = DateADTGetDatum(reading->last),
	.inclusive = true};

	if (reading->kind == READING_UNREADABLE)
		return RangeTypePGetDatum(make_empty_range(type));
	return RangeTypePGetDatum(new_range(type, &lower, &upper));
}

static void
put_reading(const Reading *reading, Datum *value, bool *isnull)
{
	*isnull = reading->kind == READING_MISSING;
	if (!*isnull)
		*value = range_of_reading(reading);
}

static void
put_instant(Instant at, Datum *value, bool *isnull)
{
	*isnull = at == INSTANT_END;
	*value = TimestampTzGetDatum(at);
}

static text *
text_of_column(uint64 row, int column)
{
	bool		isnull;
	Datum		value = sql_column(row, column, &isnull);

	return isnull ? NULL : DatumGetTextPP(value);
}

/* Scan every table of a kind; for auditors, see sql/45_audit.sql. */
static Datum
scan_all(FunctionCallInfo fcinfo, BindingKind kind, const char *key_role,
		 const char *const *roles, TableTake take)
{
	SqlScope	scope;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	scope = sql_begin_read(sql_owner());
	foreach(lc, registry_find(kind, InvalidOid))
	{
		table_scan(lfirst(lc), key_role, roles,
				   binding_column(lfirst(lc), "applies"), take,
				   fcinfo->resultinfo);
	}
	sql_end(&scope);
	return (Datum) 0;
}

/* ------------------------------------------------------------------------
 * Subjects
 * ------------------------------------------------------------------------
 */

static void
take_subjects(const Binding *binding, uint64 count, void *result)
{
	SPITupleTable *rows = SPI_tuptable;
	Oid			birth_type = binding_type(binding, "birth");
	char	  **keys = palloc(count * sizeof(char *));
	Evidence   *evidence = palloc0(count * sizeof(Evidence));
	Identifiers *sought;

	for (uint64 row = 0; row < count; row++)
	{
		keys[row] = sql_text_column(row, 1);
		evidence[row].suppressed_at = INSTANT_END;
	}
	sought = identity_seek(keys, count);
	SPI_tuptable = rows;
	if (sought)
	{
		for (uint64 row = 0; row < count; row++)
		{
			identity_add(sought, row, IDENTIFIER_HANDLE, text_of_column(row, 5));
			identity_add(sought, row, IDENTIFIER_EMAIL, text_of_column(row, 6));
			identity_add(sought, row, IDENTIFIER_PROFILE, text_of_column(row, 7));
		}
		identity_find(sought, evidence, INSTANT_END);
		SPI_tuptable = rows;
	}
	for (uint64 row = 0; row < count; row++)
	{
		Datum		values[6];
		bool		nulls[6] = {false};
		bool		isnull;
		Datum		value = sql_column(row, 2, &isnull);
		Reading		birth = reading_of_value(value, isnull, birth_type);
		text	   *region = text_of_column(row, 3);
		RegionCode	code = "";

		values[0] = CStringGetTextDatum(keys[row]);
		put_reading(&birth, &values[1], &nulls[1]);
		nulls[2] = region == NULL ||
			!region_read(VARDATA_ANY(region), VARSIZE_ANY_EXHDR(region), code);
		values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(code);
		value = sql_column(row, 4, &isnull);
		put_instant(instant_of_value(value, isnull), &values[3], &nulls[3]);
		put_instant(evidence[row].suppressed_at, &values[4], &nulls[4]);
		values[5] = BoolGetDatum(evidence[row].erased);
		put(result, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(evidence_subjects);
Datum
evidence_subjects(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {
		"birth", "region", "notified_at", "handle", "email", "profile", NULL
	};

	return scan_all(fcinfo, BINDING_SUBJECT, "key", roles, take_subjects);
}

/* By what texts mention them, as it is kept. */
static void
take_mentions(const Binding *binding, uint64 count, void *result)
{
	const bytea *secret = identity_secret_seen();

	for (uint64 row = 0; secret && row < count; row++)
	{
		text	   *handle = text_of_column(row, 2);
		text	   *profile = text_of_column(row, 3);
		Datum		values[] = {
			CStringGetTextDatum(sql_text_column(row, 1)),
			PointerGetDatum(handle ? mention_handle(secret, handle) : NULL),
			PointerGetDatum(profile ? mention_profile(secret, profile) : NULL)
		};
		bool		nulls[] = {
			false, !DatumGetPointer(values[1]), !DatumGetPointer(values[2])
		};

		if (!nulls[1] || !nulls[2])
			put(result, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(evidence_mentions);
Datum
evidence_mentions(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {"handle", "profile", NULL};

	return scan_all(fcinfo, BINDING_SUBJECT, "key", roles, take_mentions);
}

/* ------------------------------------------------------------------------
 * Schooling
 * ------------------------------------------------------------------------
 */

static void
take_schooling(const Binding *binding, uint64 count, void *result)
{
	Oid			types[] = {
		binding_type(binding, "level"),
		binding_type(binding, "starts"),
		binding_type(binding, "ends")
	};

	for (uint64 row = 0; row < count; row++)
	{
		Datum		values[6];
		bool		nulls[6] = {false};
		bool		isnull;
		Datum		value = sql_column(row, 2, &isnull);
		Reading		reading;

		values[0] = CStringGetTextDatum(sql_text_column(row, 1));
		values[1] = CStringGetTextDatum(sql_relation(binding->relid));
		nulls[2] = isnull;
		if (!isnull)
			values[2] = types[0] == TEXTOID || types[0] == VARCHAROID ? value :
				CStringGetTextDatum(sql_output(value, types[0]));
		values[3] = PointerGetDatum(text_of_column(row, 3));
		nulls[3] = DatumGetPointer(values[3]) == NULL;
		value = sql_column(row, 4, &isnull);
		reading = reading_of_value(value, isnull, types[1]);
		put_reading(&reading, &values[4], &nulls[4]);
		value = sql_column(row, 5, &isnull);
		reading = reading_of_value(value, isnull, types[2]);
		put_reading(&reading, &values[5], &nulls[5]);
		put(result, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(evidence_schooling);
Datum
evidence_schooling(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {
		"level", "school", "starts", "ends", NULL
	};

	return scan_all(fcinfo, BINDING_EDUCATION, "subject", roles,
					take_schooling);
}

/* ------------------------------------------------------------------------
 * Notices and settings
 * ------------------------------------------------------------------------
 */

static void
take_notices(const Binding *binding, uint64 count, void *result)
{
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Datum		value = sql_column(row, 2, &isnull);
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = CStringGetTextDatum(sql_text_column(row, 1));
		values[1] = CStringGetTextDatum(binding->purpose);
		put_instant(instant_of_value(value, isnull), &values[2], &nulls[2]);
		if (!nulls[2])
			put(result, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(evidence_notices);
Datum
evidence_notices(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {"at", NULL};

	return scan_all(fcinfo, BINDING_NOTICE, "subject", roles, take_notices);
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* What each subject's setting says, as a decision of the ledger. */
static void
take_settings(const Binding *binding, uint64 count, void *result)
{
	char	  **keys = palloc(count * sizeof(char *));
	Decision   *settings;

	for (uint64 row = 0; row < count; row++)
		keys[row] = sql_text_column(row, 1);
	qsort(keys, count, sizeof(char *), compare_keys);
	count = qunique(keys, count, sizeof(char *), compare_keys);
	settings = mirror_read(binding, keys, count);
	for (uint64 row = 0; row < count; row++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = CStringGetTextDatum(keys[row]);
		values[1] = CStringGetTextDatum(binding->purpose);
		values[2] = CStringGetTextDatum(decision_names[settings[row]]);
		put(result, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(evidence_settings);
Datum
evidence_settings(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {NULL};

	return scan_all(fcinfo, BINDING_PREFERENCE, "subject", roles,
					take_settings);
}

/* ------------------------------------------------------------------------
 * Declarations
 * ------------------------------------------------------------------------
 */

PG_FUNCTION_INFO_V1(declarations);
Datum
declarations(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SqlScope	scope;

	InitMaterializedSRF(fcinfo, 0);
	scope = sql_begin_read(sql_owner());
	for (BindingKind kind = BINDING_SUBJECT; kind <= BINDING_SOURCE; kind++)
	{
		ListCell   *b;
		ListCell   *c;

		foreach(b, registry_find(kind, InvalidOid))
		{
			Binding    *binding = lfirst(b);

			foreach(c, binding->columns)
			{
				BoundColumn *column = lfirst(c);
				Datum		values[] = {
					CStringGetTextDatum(binding->name),
					CStringGetTextDatum(binding_kind_name(kind)),
					ObjectIdGetDatum(binding->relid),
					binding->purpose ?
					CStringGetTextDatum(binding->purpose) : (Datum) 0,
					CStringGetTextDatum(column->role),
					Int16GetDatum(column->attno),
					CStringGetTextDatum(column->sql)
				};
				bool		nulls[lengthof(values)] = {false};

				nulls[3] = binding->purpose == NULL;
				nulls[5] = column->attno == InvalidAttrNumber;
				tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
									 values, nulls);
			}
		}
	}
	sql_end(&scope);
	return (Datum) 0;
}
