/*
 * declare.c: how does a table become a subject, evidence or a source?
 *
 * Each declaration checks what it is given as its caller (check.c), proposes
 * from the catalog what it is not given, and makes a binding (binding.c).
 * What is evidence then judges every subject at once.
 */
#include "compat.h"
#include "binding.h"
#include "check.h"
#include "condition.h"
#include "identity.h"
#include "policy.h"
#include "registry.h"
#include "source.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"

/* Behind all that is declared of evidence: triggers, and everybody judged. */
static void
finish_evidence(BindingKind kind, Oid relid, const BindingColumns *columns,
				const char *purpose, SqlScope *scope)
{
	binding_create(kind, relid, columns, (BindingOptions) {.purpose = purpose},
				   scope->saved_user);
	binding_create_triggers(relid);
	standing_judge_all(scope->saved_user);
	sql_end(scope);
}

PG_FUNCTION_INFO_V1(register_subject);
Datum
register_subject(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {
		"birth", "region", "notified_at", "handle", "email", "profile"
	};
	SqlScope	scope;
	Oid			relid;
	AttrNumber	key;
	AttrNumber	fields[lengthof(roles)];
	BindingColumns columns = {{0}};

	require_read_committed("register_subject()");
	relid = check_relation(fcinfo, ShareRowExclusiveLock);
	check_evidence_table(relid);
	key = column_argument(fcinfo, 1, relid);
	if (key == InvalidAttrNumber)
		key = primary_key(relid);
	check_key_type(relid, key);
	check_unique(relid, key);
	for (int i = 0; i < (int) lengthof(roles); i++)
		fields[i] = column_argument(fcinfo, i + 2, relid);
	check_days_type(relid, fields[0], "birth");
	check_text_type(relid, fields[1], "region");
	check_instant_type(relid, fields[2], "time of notice");
	check_text_type(relid, fields[3], "handle");
	check_text_type(relid, fields[4], "e-mail address");
	check_text_type(relid, fields[5], "profile's address");

	scope = sql_begin(sql_owner());
	standing_lock_all();
	if (registry_subject() != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("a subject table is already registered"),
				 errdetail("It is %s, and there is one per database.",
						   sql_relation(registry_subject()->relid)),
				 errhint("End that declaration first: SELECT %s.unregister_subject(%s);",
						 SCHEMA_NAME,
						 quote_literal_cstr(sql_relation(registry_subject()->relid)))));
	/* Made now, so that every backup has the one that hashes are made with. */
	(void) identity_secret();
	bind_column(&columns, relid, key, "key");
	for (int i = 0; i < (int) lengthof(roles); i++)
		bind_column(&columns, relid, fields[i], roles[i]);
	finish_evidence(BINDING_SUBJECT, relid, &columns, NULL, &scope);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(register_education);
Datum
register_education(PG_FUNCTION_ARGS)
{
	static const char *const roles[] = {"level", "school", "starts", "ends"};
	SqlScope	scope;
	Oid			relid;
	const Binding *subject;
	AttrNumber	person;
	AttrNumber	fields[lengthof(roles)];
	BindingColumns columns = {{0}};

	require_read_committed("register_education()");
	relid = check_relation(fcinfo, ShareRowExclusiveLock);
	check_evidence_table(relid);
	person = column_argument(fcinfo, 1, relid);
	for (int i = 0; i < (int) lengthof(roles); i++)
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
	binding_refuse_second(BINDING_EDUCATION, relid, NULL);
	person = check_person(subject, relid, person);
	bind_column(&columns, relid, person, "subject");
	for (int i = 0; i < (int) lengthof(roles); i++)
		bind_column(&columns, relid, fields[i], roles[i]);
	finish_evidence(BINDING_EDUCATION, relid, &columns, NULL, &scope);
	PG_RETURN_VOID();
}

/* The purpose of a declaration, which need not have a policy yet. */
static char *
purpose_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the purpose must not be null")));
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

PG_FUNCTION_INFO_V1(register_notice);
Datum
register_notice(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	Oid			relid;
	AttrNumber	person;
	AttrNumber	at;
	char	   *purpose = purpose_argument(fcinfo, 3);
	BindingColumns columns = {{0}};

	require_read_committed("register_notice()");
	relid = check_relation(fcinfo, ShareRowExclusiveLock);
	check_evidence_table(relid);
	person = column_argument(fcinfo, 1, relid);
	at = column_argument(fcinfo, 2, relid);
	if (at == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a notice needs its time"),
				 errhint("Name the column: at => '...'.")));
	check_instant_type(relid, at, "time of notice");

	scope = sql_begin(sql_owner());
	standing_lock_all();
	require_purpose(purpose);
	binding_refuse_second(BINDING_NOTICE, relid, purpose);
	person = check_person(require_subject(), relid, person);
	bind_column(&columns, relid, person, "subject");
	bind_column(&columns, relid, at, "at");
	finish_evidence(BINDING_NOTICE, relid, &columns, purpose, &scope);
	PG_RETURN_VOID();
}

static void
check_setting_type(Node *allows)
{
	Oid			type = exprType(allows);

	if (type != BOOLOID && type != INT2OID && type != INT4OID &&
		type != INT8OID && type != TEXTOID && type != VARCHAROID &&
		type != BPCHAROID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a setting cannot be of type %s", format_type_be(type)),
				 errhint("allows is boolean, text such as on and off, or the integers 1 and 0.")));
}

PG_FUNCTION_INFO_V1(register_preference);
Datum
register_preference(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	Oid			relid;
	AttrNumber	person;
	char	   *purpose = purpose_argument(fcinfo, 3);
	Node	   *allows;
	Node	   *applies = NULL;
	BindingColumns columns = {{0}};

	require_read_committed("register_preference()");
	relid = check_relation(fcinfo, ShareRowExclusiveLock);
	check_evidence_table(relid);
	person = column_argument(fcinfo, 1, relid);
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a preference needs to say when it allows"),
				 errhint("Name a column or give an expression over the row: allows => '...'.")));

	scope = sql_begin(sql_owner());
	standing_lock_all();
	allows = condition_parse(relid, text_to_cstring(PG_GETARG_TEXT_PP(2)),
							 "allows", CONDITION_EVIDENCE);
	check_setting_type(allows);
	if (!PG_ARGISNULL(4))
	{
		applies = condition_parse(relid, text_to_cstring(PG_GETARG_TEXT_PP(4)),
								  "condition", CONDITION_EVIDENCE);
		if (exprType(applies) != BOOLOID)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("condition must be boolean, not %s",
							format_type_be(exprType(applies)))));
	}
	require_purpose(purpose);
	binding_refuse_second(BINDING_PREFERENCE, relid, purpose);
	person = check_person(require_subject(), relid, person);
	bind_column(&columns, relid, person, "subject");
	bind_expression(&columns, condition_sql(relid, allows), "allows");
	if (applies)
		bind_expression(&columns, condition_sql(relid, applies), "applies");
	finish_evidence(BINDING_PREFERENCE, relid, &columns, purpose, &scope);
	PG_RETURN_VOID();
}

/* ------------------------------------------------------------------------
 * Sources
 * ------------------------------------------------------------------------
 */

/* Rows of these can be read, and have an owner to read them. */
static void
check_source_relation(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE &&
		kind != RELKIND_VIEW && kind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot be a source", sql_relation(relid)),
				 errdetail("Sources are ordinary, partitioned and foreign tables, and views.")));
	if (kind == RELKIND_VIEW)
		check_source_view(relid);
}

/* A path that ends at persons, or at an array of them. */
static Subject *
subject_of_text(const Binding *subjects, Oid relid, const char *text)
{
	size_t		length = strlen(text);
	bool		optional = length > 1 && text[length - 1] == '?' &&
		get_attnum(relid, text) == InvalidAttrNumber;
	Subject    *subject;

	if (optional)
		text = pnstrdup(text, length - 1);
	subject = source_subject(path_of_text(relid, text), optional);
	check_subject_type(subjects, subject);
	path_check_rights(subject->path, sql_relation_owner(relid));
	return subject;
}

/* What the catalog tells, said aloud. */
static List *
assumed_subjects(const Binding *subjects, Oid relid)
{
	List	   *columns = relid == subjects->relid ?
		list_make1_int(binding_attno(subjects, "key")) :
		references_to(subjects, relid);
	List	   *assumed = NIL;
	StringInfoData names;
	ListCell   *lc;

	if (columns == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has no foreign key to the subject table",
						sql_relation(relid)),
				 errhint("Name the columns of the persons that a row is about: subjects => '{...}'.")));
	initStringInfo(&names);
	foreach(lc, columns)
	{
		char	   *name = get_attname(relid, lfirst_int(lc), false);

		assumed = lappend(assumed,
						  source_subject(path_of_names(relid, list_make1(name)),
										 false));
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
						 quote_identifier(name));
	}
	ereport(NOTICE,
			(errmsg("rows of %s are taken to be about %s", sql_relation(relid),
					names.data),
			 errdetail(relid == subjects->relid ?
					   "It is the subject table." :
					   "So its foreign keys say. A row where one of them is NULL stays out."),
			 errhint("Name them if it is not so: subjects => '{...}'.")));
	return assumed;
}

/* The persons that a source's rows are about. */
static List *
source_subjects(FunctionCallInfo fcinfo, const Binding *subjects, Oid relid)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;
	List	   *found = NIL;

	if (PG_ARGISNULL(1))
		return assumed_subjects(subjects, relid);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT,
					  &names, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the name of a subject's column must not be null")));
		found = lappend(found,
						subject_of_text(subjects, relid,
										TextDatumGetCString(names[i])));
	}
	if (found == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a source needs at least one subject"),
				 errhint("Rows that are about nobody need no consent: keep them out of the sources.")));
	return found;
}

/* A row's time, as register_source() has it. */
static void
check_row_time(Oid relid, AttrNumber attno)
{
	Oid			type = get_atttype(relid, attno);

	if (type != TIMESTAMPTZOID && type != TIMESTAMPOID && type != DATEOID)
		wrong_type(relid, attno, "time of a row",
				   "timestamp with time zone, timestamp or date");
}

static void
bind_cell_time(BindingColumns *columns, Oid relid, const char *text,
			   int number)
{
	KeyPath	   *path = path_of_text(relid, text);

	check_row_time(path_end(path), path->attno);
	path_check_rights(path, sql_relation_owner(relid));
	bind_expression(columns, path_sql(path),
					psprintf("cell_%d_occurred_at", number));
}

static void
bind_subjects(BindingColumns *columns, const List *subjects, const char *prefix)
{
	const ListCell *lc;

	foreach(lc, subjects)
	{
		const Subject *subject = lfirst(lc);

		bind_expression(columns, path_sql(subject->path),
						psprintf("%s%s_%d", prefix,
								 subject->optional ? "optional" : "subject",
								 foreach_current_index(lc) + 1));
	}
}

/*
 * cells => '{"quote": "quoted_id.author_id"}': a field and the person, or the
 * array of persons, that it is about; or an object of subjects and occurred_at,
 * where the cell is older than its row.
 */
static void
bind_cells(BindingColumns *columns, const Binding *subjects, Oid relid,
		   Datum cells)
{
	Oid			types[] = {JSONBOID};
	Datum		values[] = {cells};
	SPITupleTable *rows;
	uint64		count;
	const char *field = NULL;
	int			number = 0;
	List	   *persons = NIL;

	count = sql_run("SELECT c.key, c.value->>'occurred_at', s.subject, n.rest"
					" FROM pg_catalog.jsonb_each($1) c, LATERAL (SELECT"
					"  CASE pg_catalog.jsonb_typeof(c.value) WHEN 'object'"
					"   THEN c.value->'subjects' ELSE c.value END,"
					"  CASE pg_catalog.jsonb_typeof(c.value) WHEN 'object'"
					"   THEN c.value - '{subjects,occurred_at}'::pg_catalog.text[] <> '{}'"
					"  END) n(named, rest)"
					" LEFT JOIN LATERAL pg_catalog.jsonb_array_elements_text("
					"  CASE pg_catalog.jsonb_typeof(n.named) WHEN 'array'"
					"   THEN n.named ELSE pg_catalog.jsonb_build_array(n.named)"
					"  END) s(subject) ON true ORDER BY 1", 1, types, values, NULL);
	rows = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
	{
		char	   *name = SPI_getvalue(rows->vals[row], rows->tupdesc, 1);
		char	   *at = SPI_getvalue(rows->vals[row], rows->tupdesc, 2);
		char	   *person = SPI_getvalue(rows->vals[row], rows->tupdesc, 3);
		char	   *rest = SPI_getvalue(rows->vals[row], rows->tupdesc, 4);

		if (rest && *rest == 't')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cells of \"%s\" have more than subjects and occurred_at",
							name)));
		if (person == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("cells of \"%s\" need a subject", name),
					 errhint("Name it: cells => '{\"field\": \"subject\"}'.")));
		if (field == NULL || strcmp(field, name) != 0)
		{
			field = name;
			persons = NIL;
			number++;
			bind_column(columns, relid, column_by_name(relid, name),
						psprintf("cell_%d", number));
			if (at)
				bind_cell_time(columns, relid, at, number);
		}
		persons = lappend(persons, subject_of_text(subjects, relid, person));
		if (row + 1 == count ||
			strcmp(SPI_getvalue(rows->vals[row + 1], rows->tupdesc, 1),
				   name) != 0)
			bind_subjects(columns, persons, psprintf("cell_%d_", number));
	}
}

/* A row's time decides where older rows stay out, so none must be forgotten. */
static void
check_occurred_at(Oid relid, AttrNumber occurred_at, bool undated,
				  const char *reason)
{
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
	check_row_time(relid, occurred_at);
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
	int			attno = -1;
	const Binding *subjects;
	BindingColumns columns = {{0}};

	require_read_committed("register_source()");
	relid = check_relation(fcinfo, ShareUpdateExclusiveLock);
	check_source_relation(relid);
	occurred_at = column_argument(fcinfo, 2, relid);
	check_occurred_at(relid, occurred_at, undated, reason);

	scope = sql_begin(sql_owner());
	binding_refuse_second(BINDING_SOURCE, relid, NULL);
	subjects = require_subject();

	key = get_primary_key_attnos(relid, true, &constraint);
	for (int i = 1; (attno = bms_next_member(key, attno)) >= 0; i++)
		bind_column(&columns, relid, attno + FirstLowInvalidHeapAttributeNumber,
					i == 1 ? "row_id" : psprintf("row_id_%d", i));
	bind_subjects(&columns, source_subjects(fcinfo, subjects, relid), "");
	bind_column(&columns, relid, occurred_at, "occurred_at");
	if (!PG_ARGISNULL(5))
		bind_cells(&columns, subjects, relid, PG_GETARG_DATUM(5));
	binding_create(BINDING_SOURCE, relid, &columns,
				   (BindingOptions) {.undated = undated,.reason = reason},
				   scope.saved_user);
	sql_end(&scope);
	PG_RETURN_VOID();
}
