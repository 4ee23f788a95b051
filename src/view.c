/*
 * view.c: what SQL is the training view, and its part of the corpus?
 *
 * A training view is plain SQL that pg_dump keeps: the columns that the
 * purpose's clearance admits, of the rows whose every subject is eligible,
 * behind a security barrier.
 *
 * What is put together here is names from the catalogs, quoted, and constants;
 * nothing that somebody wrote is pasted.
 */
#include "compat.h"
#include "field.h"
#include "policy.h"
#include "published.h"
#include "sql.h"
#include "treatment.h"
#include "view.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* As committed now: a view must not be unsealed by an older snapshot. */
static bool
is_sealed(const char *purpose)
{
	uint64		count = sql_run_now("SELECT name FROM aiconsent.purpose WHERE sealed");

	for (uint64 row = 0; row < count; row++)
	{
		if (strcmp(sql_text_column(row, 1), purpose) == 0)
			return true;
	}
	return false;
}

bool
release_of(const char *purpose, Release *release)
{
	memset(release, 0, sizeof(*release));
	release->purpose = purpose;
	release->sealed = is_sealed(purpose);
	release->treatments = treatments_of(purpose);
	return policy_clearance(purpose, &release->clearance);
}

static bool
releases(const Release *release, const Label *label)
{
	return label->level != LABEL_NEVER &&
		label_flows(label, &release->clearance);
}

/* ------------------------------------------------------------------------
 * Whose row
 * ------------------------------------------------------------------------
 */

/*
 * A column as an instant, read at its earliest: without a zone it can have
 * been written as far east as UTC+14, and a row must surely be later than its
 * horizon.  NULL where there is no such instant: a date can be too far for a
 * timestamp, and an error would show it and take the whole view away.
 */
char *
view_instant(Oid type, const char *column)
{
	if (type == TIMESTAMPTZOID)
		return pstrdup(column);
	return psprintf("CASE WHEN %s BETWEEN '4713-01-01 BC' AND '294276-12-31'"
					" THEN pg_catalog.timezone('UTC', %s%s - '14 hours'::pg_catalog.interval) END",
					column, column,
					type == DATEOID ? "::pg_catalog.timestamp" : "");
}

/* NULL: the source is undated. */
char *
view_occurred_at(const Source *source)
{
	if (source->occurred_at == InvalidAttrNumber)
		return NULL;
	return view_instant(get_atttype(source->relid, source->occurred_at),
						path_column("t", source->relid, source->occurred_at));
}

static const char *
eligible_function(const Release *release)
{
	return release->by_evidence ? "lawful" : "eligible";
}

static const char *
granted_function(const Release *release)
{
	return release->by_evidence ? "lawfully_granted" : "granted";
}

/* What is asked of every key at the end of a path. */
typedef struct Question
{
	const char *function;		/* NULL: is there anybody? */
	const char *purpose;
	const char *occurred_at;
	const Subject *subject;
} Question;

static char *
ask_key(const Question *question, const char *key)
{
	return psprintf(SCHEMA_NAME ".%s(%s%s, %s%s%s)", question->function, key,
					question->subject->type == INT2OID ?
					"::pg_catalog.int4" : "",
					quote_literal_cstr(question->purpose),
					question->occurred_at ? ", " : "",
					question->occurred_at ? question->occurred_at : "");
}

/* All that are named must be in; without anybody it is as an empty set. */
static char *
ask_column(const Question *question, const char *column)
{
	bool		optional = question->subject->optional;

	if (question->function == NULL)
		return question->subject->is_array ?
			psprintf("COALESCE(pg_catalog.cardinality(%s) > 0, false)", column) :
			psprintf("%s IS NOT NULL", column);
	if (question->subject->is_array)
		return psprintf("COALESCE((SELECT pg_catalog.bool_and(%s)"
						" FROM pg_catalog.unnest(%s) s(s)), %s%s)",
						ask_key(question, "s.s"), column,
						optional ? "true" : column,
						optional ? "" : " IS NOT NULL");
	return optional ? psprintf("(%s IS NULL OR %s)", column,
							   ask_key(question, column)) :
		ask_key(question, column);
}

/*
 * Along a path from the hop on.  An aggregate, so that the rows found may be
 * none, which is out, or several, of which all count.
 */
static char *
ask_along(const Question *question, int hop, const char *alias, Oid relid)
{
	const KeyPath *path = question->subject->path;
	Hop		   *next;
	char	   *next_alias;
	StringInfoData sql;

	if (hop == list_length(path->hops))
		return ask_column(question, path_column(alias, relid, path->attno));
	next = list_nth(path->hops, hop);
	next_alias = psprintf("h%d", hop + 1);
	initStringInfo(&sql);
	if (question->function && question->subject->optional)
		appendStringInfo(&sql, "(%s IS NULL OR ",
						 path_column(alias, relid, next->column));
	appendStringInfoString(&sql, "COALESCE((");
	path_append_hop(&sql, next, alias, relid, next_alias,
					psprintf("pg_catalog.%s(%s)",
							 question->function ? "bool_and" : "bool_or",
							 ask_along(question, hop + 1, next_alias,
									   next->relid)));
	appendStringInfoString(&sql, "), false)");
	if (question->function && question->subject->optional)
		appendStringInfoChar(&sql, ')');
	return sql.data;
}

char *
view_subject_condition(const Source *source, const Subject *subject,
					   const char *function, const char *purpose,
					   const char *occurred_at)
{
	Question	question = {function, purpose, occurred_at, subject};

	return ask_along(&question, 0, "t", source->relid);
}

static char *
every_subject(const Source *source, const List *subjects, const char *function,
			  const char *purpose, const char *occurred_at)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	foreach(lc, subjects)
		appendStringInfo(&sql, "%s%s", sql.len > 0 ? " AND " : "",
						 view_subject_condition(source, lfirst(lc), function,
												purpose, occurred_at));
	return sql.data;
}

/*
 * A row is about somebody.  NULL where one of its subjects sees to that: it is
 * no array, and may not be NULL.
 */
char *
view_names_somebody(const Source *source)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, source->subjects)
	{
		const Subject *subject = lfirst(lc);

		if (!subject->optional && !subject->is_array)
			return NULL;
		appendStringInfo(&sql, "%s%s", sql.len > 0 ? " OR " : "(",
						 view_subject_condition(source, subject, NULL, NULL,
												NULL));
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

char *
view_cell_condition(const Source *source, const Cell *cell,
					const char *function, const char *purpose)
{
	char	   *occurred_at = view_occurred_at(source);

	if (cell->occurred_at)
		occurred_at = view_instant(cell->occurred_at->type,
								   path_sql(cell->occurred_at));
	return every_subject(source, cell->subjects, function, purpose,
						 occurred_at);
}

/* ------------------------------------------------------------------------
 * What kind of row
 * ------------------------------------------------------------------------
 */

/*
 * A class that was accepted stands in the place of the table's label; any
 * other is joined to it.
 */
static bool
replaces(const RowClass *class, const Label *table)
{
	return class->lowers && class->accepted && !class->ended &&
		label_flows(table, &class->accepted_for);
}

static void
and_so(StringInfo sql, const char *condition)
{
	appendStringInfo(sql, "%s%s", sql->len > 0 ? " AND " : "", condition);
}

/* The rows that a class lifts out of what holds for the table. */
static char *
lifted(const Source *source, const Release *release, const Label *table)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, source->classes)
	{
		RowClass   *class = lfirst(lc);

		if (replaces(class, table) && releases(release, &class->sensitivity))
			appendStringInfo(&sql, "%s%s IS TRUE", sql.len > 0 ? " OR " : "(",
							 class->condition);
	}
	if (sql.len == 0)
		return NULL;
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/*
 * What a row's kind asks of it, as SQL, or NULL for nothing; false where no
 * row is released.  A label that is joined from several flows where each of
 * them does, so each class asks for itself; what is NULL counts as the
 * stricter.
 */
bool
view_class_condition(const Source *source, const Release *release,
					 char **condition)
{
	StringInfoData sql;
	Label		table;
	char	   *lift;
	char	   *granted = every_subject(source, source->subjects,
										granted_function(release),
										release->purpose,
										view_occurred_at(source));
	ListCell   *lc;

	*condition = NULL;
	initStringInfo(&sql);
	if (release->narrows)
		source_label_in_force(source, &table);
	else
		source_table_label(source->relid, &table);
	lift = lifted(source, release, &table);
	if (!releases(release, &table))
	{
		if (lift == NULL)
			return false;
		and_so(&sql, lift);
	}
	else if (table.level == LABEL_SENSITIVE)
		and_so(&sql, lift ? psprintf("(%s OR %s)", lift, granted) : granted);
	foreach(lc, source->classes)
	{
		RowClass   *class = lfirst(lc);

		if (!releases(release, &class->sensitivity))
			and_so(&sql, psprintf("%s IS FALSE", class->condition));
		else if (class->sensitivity.level == LABEL_SENSITIVE)
			and_so(&sql, psprintf("(%s IS FALSE OR %s)", class->condition,
								  granted));
	}
	if (sql.len > 0)
		*condition = sql.data;
	return true;
}

/* All that a row must meet. */
char *
view_row_condition(const Source *source, const Release *release)
{
	StringInfoData sql;
	char	   *condition;

	if (!view_class_condition(source, release, &condition))
		return "false";
	initStringInfo(&sql);
	and_so(&sql, every_subject(source, source->subjects,
							   eligible_function(release),
							   release->purpose, view_occurred_at(source)));
	if (condition)
		and_so(&sql, condition);
	condition = view_names_somebody(source);
	if (condition)
		and_so(&sql, condition);
	return sql.data;
}

/* ------------------------------------------------------------------------
 * Which field
 * ------------------------------------------------------------------------
 */

static ViewColumn *
column_of_base(const Source *source, AttrNumber attno, const Label *label,
			   const Release *release)
{
	ViewColumn *column = palloc0(sizeof(ViewColumn));
	char	   *why_not;

	column->name = get_attname(source->relid, attno, false);
	column->attno = attno;
	column->needs_grant = label->level == LABEL_SENSITIVE;
	get_atttypetypmodcoll(source->relid, attno, &column->type,
						  &column->typmod, &column->collation);
	column->value = treatment_apply(release->treatments, release->purpose,
									label, source->relid,
									path_column("t", source->relid, attno),
									&column->type, &column->typmod,
									&column->collation, &why_not);
	if (column->value)
		return column;
	if (!release->narrows)
		ereport(WARNING,
				(errmsg("%s is not released: it cannot be treated",
						field_name(source->relid, attno)),
				 errdetail_internal("%s.", why_not),
				 errhint("Name a treatment for it: SELECT aiconsent.treat('...', '...');")));
	return NULL;
}

List *
view_columns_wanted(const Source *source, const Release *release)
{
	Relation	relation = table_open(source->relid, AccessShareLock);
	List	   *columns = NIL;
	char	   *condition;
	bool		any = view_class_condition(source, release, &condition);

	for (AttrNumber attno = 1;
		 any && attno <= RelationGetNumberOfAttributes(relation); attno++)
	{
		Label		label;
		ViewColumn *column;

		if (TupleDescAttr(RelationGetDescr(relation), attno - 1)->attisdropped ||
			!source_field_label(source->relid, attno, &label) ||
			!releases(release, &label))
			continue;
		column = column_of_base(source, attno, &label, release);
		if (column)
			columns = lappend(columns, column);
	}
	table_close(relation, AccessShareLock);
	return columns;
}

/*
 * NULL, of the column's very type, so that the view can be replaced in place.
 * A cast to a domain would run its CHECK, which is its owner's code, as whoever
 * reads the view, and would fail where the domain is NOT NULL: an element that
 * an empty array does not have is of the domain, too, and nothing checks it.
 */
static char *
typed_null(const ViewColumn *column)
{
	char	   *type = format_type_extended(column->type, column->typmod,
											FORMAT_TYPE_TYPEMOD_GIVEN |
											FORMAT_TYPE_FORCE_QUALIFY);
	char	   *null = get_typtype(column->type) == TYPTYPE_DOMAIN ?
		psprintf("('{}'::%s[])[1]", type) : psprintf("NULL::%s", type);

	if (!OidIsValid(column->collation))
		return null;
	return psprintf("%s COLLATE %s", null,
					generate_collation_name(column->collation));
}

/* The value, where its cell is open; without ELSE it would lose its type. */
char *
view_column_sql(const Source *source, const ViewColumn *column,
				const Release *release)
{
	const Cell *cell = source_cell(source, column->attno);
	const char *function = column->needs_grant ? granted_function(release) :
		eligible_function(release);
	StringInfoData open;

	if (column->value == NULL)
		return typed_null(column);
	if (!column->needs_grant && cell == NULL)
		return column->value;
	initStringInfo(&open);
	if (column->needs_grant)
		and_so(&open, every_subject(source, source->subjects, function,
									release->purpose,
									view_occurred_at(source)));
	if (cell)
		and_so(&open, view_cell_condition(source, cell, function,
										  release->purpose));
	return psprintf("CASE WHEN %s THEN %s ELSE %s END", open.data,
					column->value, typed_null(column));
}

/* ------------------------------------------------------------------------
 * The training view
 * ------------------------------------------------------------------------
 */

/*
 * Sealed, a leakproof comparison of a reader's stays above what the view
 * filters, so that no plan's counts tell of what is below; nor does an index
 * serve it.
 */
const char *
view_seal(const Release *release)
{
	return release->sealed ? " OFFSET 0" : "";
}

char *
view_query(const Source *source, const List *columns, const Release *release)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	foreach(lc, columns)
	{
		ViewColumn *column = lfirst(lc);

		appendStringInfo(&sql, "%s%s AS %s",
						 lc == list_head(columns) ? "" : ", ",
						 view_column_sql(source, column, release),
						 quote_identifier(column->name));
	}
	appendStringInfo(&sql, " FROM %s t WHERE %s%s",
					 sql_relation(source->relid),
					 view_row_condition(source, release), view_seal(release));
	return sql.data;
}

char *
view_empty_query(const List *columns)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
		appendStringInfo(&sql, "%s%s AS %s",
						 lc == list_head(columns) ? "SELECT " : ", ",
						 typed_null(lfirst(lc)),
						 quote_identifier(((ViewColumn *) lfirst(lc))->name));
	appendStringInfoString(&sql, " WHERE false");
	return sql.data;
}
