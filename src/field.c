/*
 * field.c: what does a field hold?
 *
 * A field's sensitivity is a security label of the server, of our provider:
 * 'personal{content.post}', or with a reason behind two hyphens,
 * 'personal{content.post} -- written for everybody to read'.
 */
#include "compat.h"
#include "field.h"
#include "sensitivity.h"
#include "sql.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/seclabel.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "fmgr.h"

#define REASON_MARK " -- "

/* What field_take_previous() hands out; lives until the next label. */
static ObjectAddress previous_object;
static char *previous_label = NULL;

/* What field_reason() has for a label that is taken away. */
static char *removal_reason = NULL;

void
field_parse_label(const char *label, Label *sensitivity)
{
	const char *mark = strstr(label, REASON_MARK);
	char	   *text = mark ? pnstrdup(label, mark - label) : pstrdup(label);

	sensitivity_parse_or_error(text, sensitivity);
	pfree(text);
}

char *
field_reason(const char *label)
{
	const char *mark = label ? strstr(label, REASON_MARK) : NULL;

	if (label == NULL)
		return removal_reason;
	return mark ? pstrdup(mark + strlen(REASON_MARK)) : NULL;
}

char *
field_name(Oid relid, AttrNumber attno)
{
	char	   *relation = sql_relation(relid);

	if (attno == 0)
		return relation;
	return psprintf("%s.%s", relation,
					quote_identifier(get_attname(relid, attno, false)));
}

/* The statement that puts a label. */
static char *
label_command(const char *provider, Oid relid, AttrNumber attno,
			  const char *label)
{
	const char *object = attno ? "COLUMN" : "TABLE";

	if (attno == 0 && get_rel_relkind(relid) == RELKIND_VIEW)
		object = "VIEW";
	else if (attno == 0 && get_rel_relkind(relid) == RELKIND_MATVIEW)
		object = "MATERIALIZED VIEW";
	else if (attno == 0 && get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE)
		object = "FOREIGN TABLE";
	return psprintf("SECURITY LABEL FOR %s ON %s %s IS %s",
					quote_identifier(provider), object,
					field_name(relid, attno),
					label ? quote_literal_cstr(label) : "NULL");
}

/* Tables and their kin that are a user's own and stay. */
static void
check_relation(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE &&
		kind != RELKIND_VIEW && kind != RELKIND_MATVIEW &&
		kind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have a sensitivity", get_rel_name(relid)),
				 errdetail("Sensitivities are for tables, views and their columns.")));
	if (relid < FirstNormalObjectId ||
		get_rel_persistence(relid) == RELPERSISTENCE_TEMP ||
		get_rel_namespace(relid) == get_namespace_oid(SCHEMA_NAME, true))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot have a sensitivity", get_rel_name(relid)),
				 errdetail("It is a system, temporary or extension table.")));
}

/* A label above public without a category would flow to every purpose. */
void
field_check_categories(const Label *sensitivity)
{
	if (sensitivity->level > LABEL_PUBLIC && sensitivity->ncategories == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a label above public must name a category"),
				 errdetail("Without one every purpose could use the field."),
				 errhint("Say what the field holds, for example '%s{profile.name}'.",
						 label_level_name(sensitivity->level))));
}

/* A table that this one is a partition or child of, and that has the column. */
static Oid
parent_of(Oid relid, const char *column)
{
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			found = InvalidOid;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL,
							  1, &key);
	while (!OidIsValid(found) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			parent = ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent;

		if (!column || get_attnum(parent, column) != InvalidAttrNumber)
			found = parent;
	}
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return found;
}

/*
 * Rows that are read through a parent are released by the parent's labels.  No
 * error: a table can be labelled before it is attached, and pg_dump attaches
 * it first.
 */
static void
warn_of_parent(Oid relid, AttrNumber attno, const char *label)
{
	char	   *column = attno ? get_attname(relid, attno, false) : NULL;
	Oid			root = relid;
	Oid			parent;

	while (OidIsValid(parent = parent_of(root, column)))
		root = parent;
	if (root != relid)
		ereport(WARNING,
				(errmsg("the label of %s does not act on rows that are read through %s",
						field_name(relid, attno), sql_relation(root)),
				 errhint("Label that one, too: %s;",
						 label_command(FIELD_PROVIDER, root,
									   column ? get_attnum(root, column) : 0,
									   label))));
}

/*
 * The provider's check: runs inside SECURITY LABEL, behind the server's own
 * check of ownership and before the label is stored.
 */
static void
check_label(const ObjectAddress *object, const char *label)
{
	Label		sensitivity;
	char	   *old;

	if (object->classId != RelationRelationId || object->objectSubId < 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("provider \"%s\" labels columns and tables only",
						FIELD_PROVIDER)));
	check_relation(object->objectId);
	if (label)
	{
		field_parse_label(label, &sensitivity);
		field_check_categories(&sensitivity);
		warn_of_parent(object->objectId, object->objectSubId, label);
	}

	if (previous_label)
		pfree(previous_label);
	old = GetSecurityLabel(object, FIELD_PROVIDER);
	previous_label = old ? MemoryContextStrdup(TopMemoryContext, old) : NULL;
	previous_object = *object;
}

/*
 * What publish() leaves is not for others to write: a raised label replaces
 * the views that are marked so.  publish() itself does not come by here; a
 * restore does, as a superuser.
 */
static void
check_published_label(const ObjectAddress *object, const char *label)
{
	Label		sensitivity;

	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only publish() labels for provider \"%s\"",
						PUBLISHED_PROVIDER),
				 errhint("To say what a field holds, use provider \"%s\".",
						 FIELD_PROVIDER)));
	if (object->classId != RelationRelationId)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("provider \"%s\" labels columns and views only",
						PUBLISHED_PROVIDER)));
	if (label && object->objectSubId > 0)
		field_parse_label(label, &sensitivity);
}

void
field_init(void)
{
	register_label_provider(FIELD_PROVIDER, check_label);
	register_label_provider(PUBLISHED_PROVIDER, check_published_label);
}

char *
field_take_previous(Oid relid, AttrNumber attno)
{
	char	   *label = NULL;

	if (previous_label && previous_object.objectId == relid &&
		previous_object.objectSubId == attno)
	{
		label = pstrdup(previous_label);
		pfree(previous_label);
		previous_label = NULL;
	}
	return label;
}

static bool
read_label(const char *provider, Oid relid, AttrNumber attno, Label *out)
{
	ObjectAddress object;
	char	   *label;

	ObjectAddressSubSet(object, RelationRelationId, relid, attno);
	label = GetSecurityLabel(&object, provider);
	if (label == NULL)
		return false;
	field_parse_label(label, out);
	return true;
}

bool
field_label(Oid relid, AttrNumber attno, Label *label)
{
	return read_label(FIELD_PROVIDER, relid, attno, label);
}

bool
field_published(Oid relid, AttrNumber attno, Label *sensitivity)
{
	return read_label(PUBLISHED_PROVIDER, relid, attno, sensitivity);
}

/*
 * The statement and not SetSecurityLabel(): the server checks the owner, and
 * the event trigger sees it.
 */
void
field_set_label(const char *provider, Oid relid, AttrNumber attno,
				const char *label)
{
	sql_runf("%s", label_command(provider, relid, attno, label));
}

PG_FUNCTION_INFO_V1(label_sensitivity);
Datum
label_sensitivity(PG_FUNCTION_ARGS)
{
	Label		sensitivity;

	field_parse_label(text_to_cstring(PG_GETARG_TEXT_PP(0)), &sensitivity);
	return sensitivity_pack(&sensitivity);
}

/* The label's text: the canonical sensitivity and, behind it, the reason. */
static char *
label_text(FunctionCallInfo fcinfo)
{
	Label		sensitivity;
	char		buffer[LABEL_MAX_TEXT + 1];

	if (PG_ARGISNULL(2))
		return NULL;
	sensitivity_unpack(PG_GETARG_DATUM(2), &sensitivity);
	label_print(&sensitivity, buffer, sizeof(buffer));
	if (PG_ARGISNULL(3))
		return pstrdup(buffer);
	return psprintf("%s%s%s", buffer, REASON_MARK,
					text_to_cstring(PG_GETARG_TEXT_PP(3)));
}

/* A label that is taken away cannot keep its own reason. */
static void
put_label(Oid relid, AttrNumber attno, const char *label, char *reason)
{
	removal_reason = reason;
	PG_TRY();
	{
		field_set_label(FIELD_PROVIDER, relid, attno, label);
	}
	PG_FINALLY();
	{
		removal_reason = NULL;
	}
	PG_END_TRY();
}

PG_FUNCTION_INFO_V1(register_field);
Datum
register_field(PG_FUNCTION_ARGS)
{
	AttrNumber	attno = 0;
	Oid			relid;
	SqlScope	scope;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation must not be null")));
	relid = PG_GETARG_OID(0);
	if (!PG_ARGISNULL(1))
	{
		char	   *name = NameStr(*PG_GETARG_NAME(1));

		attno = get_attnum(relid, name);
		if (attno <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation %s does not exist",
							name, sql_relation(relid))));
	}

	/* As the caller, whose ownership the statement checks. */
	scope = sql_begin(GetUserId());
	put_label(relid, attno, label_text(fcinfo), PG_ARGISNULL(3) ? NULL :
			  text_to_cstring(PG_GETARG_TEXT_PP(3)));
	sql_end(&scope);
	PG_RETURN_VOID();
}
