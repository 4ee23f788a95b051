/*
 * declare.c: how does a table become a subject, education or source?
 *
 * Each declaration checks what it is given as its caller, proposes from the
 * catalog what it is not given, and makes a binding (registry.h).  Tables of
 * evidence get triggers that keep the standing in step, and every subject is
 * judged at once.
 */
#include "compat.h"
#include "field.h"
#include "reading.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

/* ------------------------------------------------------------------------
 * Relations
 * ------------------------------------------------------------------------
 */

static void
check_owner(Oid relid)
{
	if (!relation_is_owned(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

/*
 * The relation is one that the caller may declare, and is locked: by its OID,
 * so that a rename or a swap between the check and the use cannot matter.
 */
static Oid
check_relation(FunctionCallInfo fcinfo, LOCKMODE lock)
{
	Oid			relid;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation must not be null")));
	relid = PG_GETARG_OID(0);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	check_owner(relid);
	LockRelationOid(relid, lock);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u was dropped", relid)));
	check_owner(relid);

	if (relid < FirstNormalObjectId ||
		get_rel_namespace(relid) == sql_schema())
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be declared", sql_relation(relid)),
				 errdetail("It is a system or extension table.")));
	if (get_rel_persistence(relid) != RELPERSISTENCE_PERMANENT)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be declared", sql_relation(relid)),
				 errdetail("Temporary and unlogged tables lose their rows."),
				 errhint("Declare a permanent table.")));
	if (get_rel_relispartition(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be declared", sql_relation(relid)),
				 errdetail("It is a partition."),
				 errhint("Declare the partitioned table itself.")));
	return relid;
}

/* Evidence must fire our triggers whatever way it is written. */
static void
check_evidence_table(Oid relid)
{
	if (get_rel_relkind(relid) != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot hold evidence", sql_relation(relid)),
				 errdetail("Evidence is read from ordinary tables only.")));
	if (has_subclass(relid) || has_superclass(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot hold evidence", sql_relation(relid)),
				 errdetail("It takes part in inheritance, past which rows can be written unseen.")));
}

/* ------------------------------------------------------------------------
 * Columns
 * ------------------------------------------------------------------------
 */

static AttrNumber
column_by_name(Oid relid, const char *name)
{
	AttrNumber	attno = get_attnum(relid, name);

	if (attno <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation %s does not exist",
						name, sql_relation(relid)),
				 errhint("Name a column of the table itself.")));
	return attno;
}

/* The column named by an argument, or InvalidAttrNumber where it is NULL. */
static AttrNumber
column_argument(FunctionCallInfo fcinfo, int argument, Oid relid)
{
	if (PG_ARGISNULL(argument))
		return InvalidAttrNumber;
	return column_by_name(relid, NameStr(*PG_GETARG_NAME(argument)));
}

static void
wrong_type(Oid relid, AttrNumber attno, const char *use, const char *types)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column %s cannot be the %s", field_name(relid, attno), use),
			 errdetail("It has type %s.", format_type_be(get_atttype(relid, attno))),
			 errhint("The %s has type %s.", use, types)));
}

static const KeyType *
check_key_type(Oid relid, AttrNumber attno)
{
	Oid			type;
	int32		typmod;
	Oid			collation;
	const KeyType *key;

	get_atttypetypmodcoll(relid, attno, &type, &typmod, &collation);
	key = key_type_of(type);
	if (key == NULL)
		wrong_type(relid, attno, "key",
				   "smallint, integer, bigint, uuid, text or varchar");
	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column %s cannot be the key", field_name(relid, attno)),
				 errdetail("Its collation takes different texts for the same."),
				 errhint("Give the column a deterministic collation.")));
	return key;
}

static void
check_days_type(Oid relid, AttrNumber attno, const char *use)
{
	if (attno != InvalidAttrNumber &&
		!reading_supports(get_atttype(relid, attno)))
		wrong_type(relid, attno, use,
				   "date, timestamp, integer (a year), text or daterange");
}

/* The primary key's one column, or an error that says what to name. */
static AttrNumber
primary_key(Oid relid)
{
	Oid			constraint;
	Bitmapset  *columns = get_primary_key_attnos(relid, false, &constraint);

	if (bms_num_members(columns) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the primary key of %s has more than one column",
						sql_relation(relid)),
				 errdetail("A subject is named by one column."),
				 errhint("Name a column that is unique by itself: key => '...'.")));
	if (columns == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s has no primary key", sql_relation(relid)),
				 errhint("Name a column that is unique: key => '...'.")));
	return bms_singleton_member(columns) + FirstLowInvalidHeapAttributeNumber;
}

/* Two rows with one key would be two birth dates for one person. */
static void
check_unique(Oid relid, AttrNumber attno)
{
	Relation	relation = table_open(relid, NoLock);
	bool		unique = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(relation))
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID,
											ObjectIdGetDatum(lfirst_oid(lc)));
		Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);

		unique |= index->indisunique && index->indisvalid &&
			index->indimmediate && index->indnkeyatts == 1 &&
			index->indkey.values[0] == attno &&
			heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
		ReleaseSysCache(tuple);
	}
	table_close(relation, NoLock);
	if (!unique)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("key %s is not unique", field_name(relid, attno)),
				 errhint("Give it a primary key or a unique constraint.")));
}

/* The columns of a table that refer to the subjects, in their order. */
static List *
references_to(const Binding *subject, Oid relid)
{
	Relation	relation = table_open(relid, NoLock);
	AttrNumber	key = binding_attno(subject, "key");
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, RelationGetFKeyList(relation))
	{
		ForeignKeyCacheInfo *fk = lfirst_node(ForeignKeyCacheInfo, lc);

		if (fk->nkeys == 1 && fk->confrelid == subject->relid &&
			fk->confkey[0] == key)
			found = list_append_unique_int(found, fk->conkey[0]);
	}
	table_close(relation, NoLock);
	list_sort(found, list_int_cmp);
	return found;
}

/* A column that names a subject has the type of the subjects' key. */
static void
check_reference(const Binding *subject, Oid relid, AttrNumber attno)
{
	const KeyType *key = key_type_of(binding_type(subject, "key"));

	if (check_key_type(relid, attno) != key)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column %s cannot name a subject",
						field_name(relid, attno)),
				 errdetail("It has type %s, but the subjects' key has type %s.",
						   format_type_be(get_atttype(relid, attno)),
						   format_type_be(binding_type(subject, "key"))),
				 errhint("No cast stands between a row and its verdict: make the types agree.")));
}

static Binding *
require_subject(void)
{
	Binding    *subject = registry_subject(CurrentMemoryContext);

	if (subject == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no subject table is registered"),
				 errhint("Declare it first: SELECT aiconsent.register_subject('schema.table');")));
	return subject;
}

/* ------------------------------------------------------------------------
 * Bindings and triggers
 * ------------------------------------------------------------------------
 */

typedef struct BindingColumns
{
	StringInfoData list;
} BindingColumns;

static void
bind_column(BindingColumns *columns, Oid relid, AttrNumber attno,
			const char *role)
{
	if (columns->list.data == NULL)
		initStringInfo(&columns->list);
	if (attno != InvalidAttrNumber)
		appendStringInfo(&columns->list, "%st.%s AS %s",
						 columns->list.len > 0 ? ", " : "",
						 quote_identifier(get_attname(relid, attno, false)),
						 role);
}

static void
create_binding(const char *kind, Oid relid, const BindingColumns *columns,
			   bool undated, const char *reason, Oid actor)
{
	Oid			types[] = {NAMEOID, TEXTOID, BOOLOID, TEXTOID};
	NameData	name;
	Datum		values[] = {NameGetDatum(&name), CStringGetTextDatum(kind),
	BoolGetDatum(undated), (Datum) 0};
	char		nulls[] = {' ', ' ', ' ', ' '};

	namestrcpy(&name, ChooseRelationName(kind, get_rel_name(relid), "binding",
										 sql_schema(), false));
	values[3] = reason ? CStringGetTextDatum(reason) : (Datum) 0;
	nulls[3] = reason ? ' ' : 'n';

	sql_runf("CREATE VIEW %s.%s WITH (security_invoker) AS SELECT %s FROM %s t",
			 SCHEMA_NAME,
			 quote_identifier(NameStr(name)), columns->list.data,
			 sql_relation(relid));
	sql_runf("COMMENT ON VIEW %s.%s IS %s", SCHEMA_NAME,
			 quote_identifier(NameStr(name)),
			 quote_literal_cstr(psprintf("registered columns (%s); nobody reads through it",
										 kind)));
	sql_run("INSERT INTO aiconsent.registration (binding, kind, undated, reason)"
			" VALUES ($1, $2, $3, $4)", 4, types, values, nulls);
	registry_change(actor, psprintf("register_%s", kind), sql_relation(relid),
					NULL, columns->list.data, reason);
}

static void
create_trigger(Oid relid, const char *event, const char *transition_tables)
{
	char	   *name = psprintf("aiconsent_%s", event);

	if (!OidIsValid(get_trigger_oid(relid, name, true)))
		sql_runf("CREATE TRIGGER %s AFTER %s ON %s %s FOR EACH STATEMENT"
				 " EXECUTE FUNCTION aiconsent.evidence_changed()",
				 name, event, sql_relation(relid), transition_tables);
}

static void
create_triggers(Oid relid)
{
	create_trigger(relid, "insert", "REFERENCING NEW TABLE AS aiconsent_new");
	create_trigger(relid, "update",
				   "REFERENCING OLD TABLE AS aiconsent_old NEW TABLE AS aiconsent_new");
	create_trigger(relid, "delete", "REFERENCING OLD TABLE AS aiconsent_old");
	create_trigger(relid, "truncate", "");
}

static void
refuse_second(BindingKind kind, Oid relid)
{
	if (registry_find(kind, relid, CurrentMemoryContext) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("%s is already registered", sql_relation(relid)),
				 errhint("A declaration ends when its binding is dropped: see \\dv %s.*_binding.",
						 SCHEMA_NAME)));
}

/* ------------------------------------------------------------------------
 * The declarations
 * ------------------------------------------------------------------------
 */

PG_FUNCTION_INFO_V1(register_subject);
Datum
register_subject(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	Oid			relid;
	AttrNumber	key;
	AttrNumber	birth;
	AttrNumber	notified_at;
	BindingColumns columns = {{0}};

	require_read_committed("register_subject()");
	relid = check_relation(fcinfo, ShareRowExclusiveLock);
	check_evidence_table(relid);
	key = column_argument(fcinfo, 1, relid);
	if (key == InvalidAttrNumber)
		key = primary_key(relid);
	check_key_type(relid, key);
	check_unique(relid, key);
	birth = column_argument(fcinfo, 2, relid);
	check_days_type(relid, birth, "birth");
	notified_at = column_argument(fcinfo, 3, relid);
	if (notified_at != InvalidAttrNumber &&
		get_atttype(relid, notified_at) != TIMESTAMPTZOID)
		wrong_type(relid, notified_at, "time of notice",
				   "timestamp with time zone");

	scope = sql_begin(sql_owner());
	standing_lock_all();
	if (registry_subject(CurrentMemoryContext) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("a subject table is already registered"),
				 errdetail("There is one subject table per database.")));
	bind_column(&columns, relid, key, "key");
	bind_column(&columns, relid, birth, "birth");
	bind_column(&columns, relid, notified_at, "notified_at");
	create_binding("subject", relid, &columns, false, NULL, scope.saved_user);
	create_triggers(relid);
	standing_judge_all();
	sql_end(&scope);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(register_education);
Datum
register_education(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {"level", "school", "starts", "ends"};
	SqlScope	scope;
	Oid			relid;
	Binding    *subject;
	AttrNumber	person;
	AttrNumber	fields[4];
	BindingColumns columns = {{0}};

	require_read_committed("register_education()");
	relid = check_relation(fcinfo, ShareRowExclusiveLock);
	check_evidence_table(relid);
	person = column_argument(fcinfo, 1, relid);
	for (int i = 0; i < 4; i++)
		fields[i] = column_argument(fcinfo, i + 2, relid);
	if (fields[0] == InvalidAttrNumber && fields[1] == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("education needs a level or a school"),
				 errhint("Name the column: level => '...' or school => '...'.")));
	for (int i = 0; i < 2; i++)
	{
		Oid			type;

		if (fields[i] == InvalidAttrNumber)
			continue;
		type = get_atttype(relid, fields[i]);
		if (type != TEXTOID && type != VARCHAROID &&
			(i == 1 || (type != INT2OID && type != INT4OID && type != INT8OID)))
			wrong_type(relid, fields[i], roles[i],
					   i == 0 ? "text or integer (an ISCED number)" : "text");
	}
	check_days_type(relid, fields[2], "start");
	check_days_type(relid, fields[3], "end");

	scope = sql_begin(sql_owner());
	standing_lock_all();
	subject = require_subject();
	refuse_second(BINDING_EDUCATION, relid);
	if (person == InvalidAttrNumber)
	{
		List	   *found = references_to(subject, relid);

		if (list_length(found) != 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s has %d foreign keys to the subject table",
							sql_relation(relid), list_length(found)),
					 errhint("Name the column of the person: subject => '...'.")));
		person = linitial_int(found);
	}
	check_reference(subject, relid, person);
	bind_column(&columns, relid, person, "subject");
	for (int i = 0; i < 4; i++)
		bind_column(&columns, relid, fields[i], roles[i]);
	create_binding("education", relid, &columns, false, NULL, scope.saved_user);
	create_triggers(relid);
	standing_judge_all();
	sql_end(&scope);
	PG_RETURN_VOID();
}

/* The columns of the persons that a source's rows are about. */
static List *
source_subjects(FunctionCallInfo fcinfo, const Binding *subject, Oid relid)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;
	List	   *found = NIL;

	if (PG_ARGISNULL(1))
	{
		/* The subject table's own rows are about themselves. */
		if (relid == subject->relid)
			return list_make1_int(binding_attno(subject, "key"));
		found = references_to(subject, relid);
		if (found == NIL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s has no foreign key to the subject table",
							sql_relation(relid)),
					 errhint("Name the columns of the persons that a row is about: subjects => '{...}'.")));
		return found;
	}

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT,
					  &names, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		AttrNumber	attno;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the name of a subject's column must not be null")));
		attno = column_by_name(relid, TextDatumGetCString(names[i]));
		check_reference(subject, relid, attno);
		found = list_append_unique_int(found, attno);
	}
	if (found == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a source needs at least one subject"),
				 errhint("Rows that are about nobody need no consent: keep them out of the sources.")));
	return found;
}

/* A row's time decides where older rows stay out, so none must be forgotten. */
static void
check_occurred_at(Oid relid, AttrNumber occurred_at, bool undated,
				  const char *reason)
{
	Oid			type;

	if (undated)
	{
		if (occurred_at != InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a source is undated or has occurred_at, not both")));
		if (reason == NULL || reason[0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("an undated source needs a reason"),
					 errdetail("No horizon applies to its rows."),
					 errhint("Say why: reason => '...'.")));
		return;
	}
	if (occurred_at == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a source needs the time of its rows"),
				 errdetail("What was written before the horizon, or as a child, stays out."),
				 errhint("Name the column: occurred_at => '...'; or say why there is none: undated => true, reason => '...'.")));
	type = get_atttype(relid, occurred_at);
	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		wrong_type(relid, occurred_at, "time of a row",
				   "timestamp with time zone, timestamp or date");
}

PG_FUNCTION_INFO_V1(register_source);
Datum
register_source(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	Oid			relid;
	AttrNumber	occurred_at;
	bool		undated = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	char	   *reason = PG_ARGISNULL(4) ? NULL :
		text_to_cstring(PG_GETARG_TEXT_PP(4));
	Oid			constraint;
	Bitmapset  *key;
	List	   *subjects;
	ListCell   *lc;
	BindingColumns columns = {{0}};

	require_read_committed("register_source()");
	relid = check_relation(fcinfo, ShareUpdateExclusiveLock);
	if (get_rel_relkind(relid) != RELKIND_RELATION &&
		get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be a source", sql_relation(relid)),
				 errdetail("Sources are ordinary and partitioned tables.")));
	occurred_at = column_argument(fcinfo, 2, relid);
	check_occurred_at(relid, occurred_at, undated, reason);

	scope = sql_begin(sql_owner());
	sql_runf("LOCK TABLE aiconsent.registration IN SHARE ROW EXCLUSIVE MODE");
	refuse_second(BINDING_SOURCE, relid);
	subjects = source_subjects(fcinfo, require_subject(), relid);

	key = get_primary_key_attnos(relid, true, &constraint);
	if (bms_num_members(key) == 1)
		bind_column(&columns, relid, bms_singleton_member(key) +
					FirstLowInvalidHeapAttributeNumber, "row_id");
	foreach(lc, subjects)
		bind_column(&columns, relid, lfirst_int(lc),
					psprintf("subject_%d", foreach_current_index(lc) + 1));
	bind_column(&columns, relid, occurred_at, "occurred_at");
	create_binding("source", relid, &columns, undated, reason, scope.saved_user);
	sql_end(&scope);
	PG_RETURN_VOID();
}

/*
 * evidence_altered: event trigger for CREATE TABLE and ALTER TABLE.  A table
 * that becomes a partition or a child can be written through its parent, and
 * our triggers do not fire then.
 */
PG_FUNCTION_INFO_V1(evidence_altered);
Datum
evidence_altered(PG_FUNCTION_ARGS)
{
	SqlScope	scope = sql_begin(sql_owner());
	static const BindingKind kinds[] = {BINDING_SUBJECT, BINDING_EDUCATION};

	for (int k = 0; k < 2; k++)
	{
		ListCell   *lc;

		foreach(lc, registry_find(kinds[k], InvalidOid, CurrentMemoryContext))
		{
			Oid			relid = ((Binding *) lfirst(lc))->relid;

			if (has_superclass(relid) || has_subclass(relid))
				ereport(ERROR,
						(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						 errmsg("%s cannot take part in partitioning or inheritance",
								sql_relation(relid)),
						 errdetail("It holds evidence, and rows could be written past its triggers."),
						 errhint("End its declaration first: drop its binding, see \\dv %s.*_binding.",
								 SCHEMA_NAME)));
		}
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}

/*
 * binding_dropped: event trigger for sql_drop.  A registration whose view is
 * gone is gone, however it went; if it was evidence, all are judged anew.
 */
PG_FUNCTION_INFO_V1(binding_dropped);
Datum
binding_dropped(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	bool		evidence = false;
	uint64		count;

	if (!OidIsValid(get_namespace_oid(SCHEMA_NAME, true)) ||
		!OidIsValid(get_relname_relid("registration", sql_schema())))
		return PointerGetDatum(NULL);	/* the extension itself is dropped */

	scope = sql_begin(sql_owner());
	count = sql_run("DELETE FROM aiconsent.registration r"
					" USING pg_catalog.pg_event_trigger_dropped_objects() o"
					" WHERE o.object_type = 'view' AND o.schema_name = '" SCHEMA_NAME "'"
					"  AND o.object_name = r.binding"
					" RETURNING r.kind, r.binding::text", 0, NULL, NULL, NULL);
	if (count > 0)
	{
		SPITupleTable *dropped = SPI_tuptable;

		for (uint64 row = 0; row < count; row++)
		{
			char	   *kind = SPI_getvalue(dropped->vals[row], dropped->tupdesc, 1);

			evidence |= strcmp(kind, "source") != 0;
			registry_change(scope.saved_user, psprintf("unregister_%s", kind),
							SPI_getvalue(dropped->vals[row], dropped->tupdesc, 2),
							NULL, NULL, "its binding was dropped");
		}
	}
	if (evidence)
	{
		require_read_committed("to end a declaration of evidence");
		standing_lock_all();
		standing_judge_all();
	}
	sql_end(&scope);
	return PointerGetDatum(NULL);
}
