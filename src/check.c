/*
 * check.c: may this table, may this column be declared, and as what?
 *
 * Everything is checked as the caller, by its OID and under a lock, and every
 * refusal says what would do.
 */
#include "compat.h"
#include "check.h"
#include "field.h"
#include "published.h"
#include "reading.h"
#include "source.h"
#include "sql.h"
#include "trust.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
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
Oid
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

/*
 * Evidence must fire our triggers whatever way it is written: no foreign
 * table does, and a child of inheritance can be written past its parent's.
 */
void
check_evidence_table(Oid relid)
{
	char		kind = get_rel_relkind(relid);
	ListCell   *lc;

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot hold evidence", sql_relation(relid)),
				 errdetail("Evidence is read from ordinary and partitioned tables only.")));
	if (kind == RELKIND_RELATION &&
		(has_subclass(relid) || has_superclass(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot hold evidence", sql_relation(relid)),
				 errdetail("It takes part in inheritance, past which rows can be written unseen.")));
	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_FOREIGN_TABLE)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("%s cannot hold evidence", sql_relation(relid)),
					 errdetail("Its partition %s is a foreign table, which can be written unseen.",
							   sql_relation(lfirst_oid(lc)))));
		if (get_rel_persistence(lfirst_oid(lc)) != RELPERSISTENCE_PERMANENT)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("%s cannot hold evidence", sql_relation(relid)),
					 errdetail("Its partition %s is temporary or unlogged and loses its rows.",
							   sql_relation(lfirst_oid(lc)))));
	}
}

/* ------------------------------------------------------------------------
 * Columns
 * ------------------------------------------------------------------------
 */

AttrNumber
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
AttrNumber
column_argument(FunctionCallInfo fcinfo, int argument, Oid relid)
{
	if (PG_ARGISNULL(argument))
		return InvalidAttrNumber;
	return column_by_name(relid, NameStr(*PG_GETARG_NAME(argument)));
}

void
wrong_type(Oid relid, AttrNumber attno, const char *use, const char *types)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column %s cannot be the %s", field_name(relid, attno), use),
			 errdetail("It has type %s.", format_type_be(get_atttype(relid, attno))),
			 errhint("The %s has type %s.", use, types)));
}

const KeyType *
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

void
check_days_type(Oid relid, AttrNumber attno, const char *use)
{
	if (attno != InvalidAttrNumber &&
		!reading_supports(get_atttype(relid, attno)))
		wrong_type(relid, attno, use,
				   "date, timestamp, integer (a year), text or daterange");
}

void
check_text_type(Oid relid, AttrNumber attno, const char *use)
{
	Oid			type;

	if (attno == InvalidAttrNumber)
		return;
	type = get_atttype(relid, attno);
	if (type != TEXTOID && type != VARCHAROID && type != BPCHAROID)
		wrong_type(relid, attno, use, "text, varchar or char");
}

void
check_instant_type(Oid relid, AttrNumber attno, const char *use)
{
	if (attno != InvalidAttrNumber &&
		get_atttype(relid, attno) != TIMESTAMPTZOID)
		wrong_type(relid, attno, use, "timestamp with time zone");
}

/* The primary key's one column, or an error that says what to name. */
AttrNumber
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
void
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
List *
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

/*
 * Do the foreign keys of a column lead to the subjects, at once or over tables
 * that share their key?  *other is the first table that they lead to.
 */
static bool
leads_to_subject(const Binding *subject, Oid relid, AttrNumber attno,
				 int steps, Oid *other)
{
	Relation	relation;
	ListCell   *lc;
	bool		found = relid == subject->relid &&
		attno == binding_attno(subject, "key");

	if (found || steps == 0)
		return found;
	relation = table_open(relid, AccessShareLock);
	foreach(lc, RelationGetFKeyList(relation))
	{
		ForeignKeyCacheInfo *fk = lfirst_node(ForeignKeyCacheInfo, lc);
		Oid			beyond;

		if (fk->nkeys != 1 || fk->conkey[0] != attno)
			continue;
		*other = fk->confrelid;
		found |= leads_to_subject(subject, fk->confrelid, fk->confkey[0],
								  steps - 1, &beyond);
	}
	table_close(relation, AccessShareLock);
	return found;
}

/*
 * A column that names a subject has the type of the subjects' key.  One whose
 * values are keys of another table would have rows judged by a stranger.
 */
void
check_reference(const Binding *subject, Oid relid, AttrNumber attno)
{
	const KeyType *key = key_type_of(binding_type(subject, "key"));
	Oid			other = InvalidOid;

	if (check_key_type(relid, attno) != key)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column %s cannot name a subject",
						field_name(relid, attno)),
				 errdetail("It has type %s, but the subjects' key has type %s.",
						   format_type_be(get_atttype(relid, attno)),
						   format_type_be(binding_type(subject, "key"))),
				 errhint("No cast stands between a row and its verdict: make the types agree.")));
	if (!leads_to_subject(subject, relid, attno, 8, &other) && OidIsValid(other))
		ereport(WARNING,
				(errmsg("column %s refers to %s, not to the subject table",
						field_name(relid, attno), sql_relation(other)),
				 errdetail("A row would be judged by whoever has that key as a person."),
				 errhint("Where %s names the person, follow the foreign key: '%s.author_id', for example.",
						 sql_relation(other),
						 get_attname(relid, attno, false))));
}

/* The same of what is at a path's end, or of each element of an array there. */
void
check_subject_type(const Binding *subjects, const Subject *subject)
{
	Oid			end = path_end(subject->path);
	AttrNumber	attno = subject->path->attno;

	if (!subject->is_array)
		check_reference(subjects, end, attno);
	else if (key_type_of(subject->type) == NULL ||
			 key_type_of(subject->type) !=
			 key_type_of(binding_type(subjects, "key")))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column %s cannot name subjects",
						field_name(end, attno)),
				 errdetail("It has type %s, but the subjects' key has type %s.",
						   format_type_be(get_atttype(end, attno)),
						   format_type_be(binding_type(subjects, "key"))),
				 errhint("No cast stands between a row and its verdict: make the types agree.")));
}

/* A view's rows are its owner's to read, and must not come from ourselves. */
void
check_source_view(Oid relid)
{
	Relation	view = table_open(relid, NoLock);
	bool		invoker = RelationHasSecurityInvoker(view);
	Oid			open = trust_find_open(relid);

	table_close(view, NoLock);
	if (invoker)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be a source", sql_relation(relid)),
				 errdetail("It reads with the rights of whoever reads it, who has none on its tables."),
				 errhint("ALTER VIEW %s RESET (security_invoker);",
						 sql_relation(relid))));
	if (OidIsValid(open))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be a source", sql_relation(relid)),
				 errdetail("Function %s looks names up by the search_path of whoever reads it, who could see what it is given.",
						   format_procedure_qualified(open)),
				 errhint("ALTER ROUTINE %s SET search_path = pg_catalog, pg_temp;",
						 format_procedure_qualified(open))));
	if (view_purpose(relid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be a source", sql_relation(relid)),
				 errdetail("It is a training view.")));
}

/* The person of a row: as named, or by the one foreign key that there is. */
AttrNumber
check_person(const Binding *subject, Oid relid, AttrNumber person)
{
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
	return person;
}

const Binding *
require_subject(void)
{
	const Binding *subject = registry_subject();

	if (subject == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no subject table is registered"),
				 errhint("Declare it first: SELECT aiconsent.register_subject('schema.table');")));
	return subject;
}
