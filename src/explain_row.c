/*
 * explain_row.c: why is this row, this cell, in or out?
 *
 * Gates, one after the other, all of which must be open.  What the row says,
 * whom it names and which conditions it meets, is read as its table's owner;
 * whether these are in is asked of eligible().  What is released is put
 * together here from the labels, by another way than view.c takes.
 */
#include "compat.h"
#include "field.h"
#include "published.h"
#include "sensitivity.h"
#include "source.h"
#include "sql.h"
#include "view.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* One answer about a person. */
typedef struct Person
{
	char	   *key;
	bool		eligible;		/* at all */
	bool		in_time;		/* for what was written then */
	bool		granted;
	char	   *verdict;
} Person;

/* The persons of a path, and what is there where there are none. */
typedef struct Named
{
	const Subject *subject;
	List	   *persons;		/* of Person */
	bool		is_open;
	bool		in_time;
	bool		granted;
	bool		somebody;
	const char *nobody;			/* what is there that is nobody, or NULL */
	bool		nobody_is_open;
} Named;

typedef struct Explained
{
	ReturnSetInfo *rsinfo;
	const Source *source;
	Release		release;
	bool		granted;		/* by all whom the row is about */
	List	   *named;			/* of Named */
} Explained;

/* ------------------------------------------------------------------------
 * The answer
 * ------------------------------------------------------------------------
 */

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

static void
put(const Explained *e, const char *gate, const char *field, bool is_open,
	const char *detail, const char *change)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = CStringGetTextDatum(gate);
	values[1] = text_or_null(field, &nulls[1]);
	values[2] = BoolGetDatum(is_open);
	values[3] = text_or_null(detail, &nulls[3]);
	values[4] = text_or_null(is_open ? NULL : change, &nulls[4]);
	tuplestore_putvalues(e->rsinfo->setResult, e->rsinfo->setDesc, values,
						 nulls);
}

static char *
call_on(const Explained *e, const char *function)
{
	return psprintf("SELECT aiconsent.%s(%s, ...);", function,
					quote_literal_cstr(sql_relation(e->source->relid)));
}

/* ------------------------------------------------------------------------
 * What the row says
 * ------------------------------------------------------------------------
 */

/*
 * An array of what is at the end of a path: "=" and a key; "-" where a column
 * of it is NULL; "?" for an element that is NULL; "0" for an array without
 * elements; and nothing where a row is missing.
 */
static char *
entries(const KeyPath *path, bool is_array, int hop, const char *alias,
		Oid relid)
{
	StringInfoData sql;
	char	   *next_alias;
	char	   *column;
	Hop		   *next;

	initStringInfo(&sql);
	if (hop == list_length(path->hops))
	{
		column = path_column(alias, relid, path->attno);
		appendStringInfo(&sql, is_array ?
						 "CASE WHEN %s IS NULL THEN '{-}'"
						 " WHEN pg_catalog.cardinality(%s) = 0 THEN '{0}'"
						 " ELSE ARRAY(SELECT COALESCE('=' || s.s::pg_catalog.text, '?')"
						 " FROM pg_catalog.unnest(%s) s(s)) END" :
						 "ARRAY[COALESCE('=' || %s::pg_catalog.text, '-')]",
						 column, column, column);
		return sql.data;
	}
	next = list_nth(path->hops, hop);
	next_alias = psprintf("h%d", hop + 1);
	appendStringInfo(&sql, "CASE WHEN %s IS NULL THEN '{-}' ELSE ARRAY(",
					 path_column(alias, relid, next->column));
	path_append_hop(&sql, next, alias, relid, next_alias,
					psprintf("pg_catalog.unnest(%s)",
							 entries(path, is_array, hop + 1, next_alias,
									 next->relid)));
	appendStringInfoString(&sql, ") END");
	return sql.data;
}

static void
append_entries(StringInfo sql, const List *subjects)
{
	const ListCell *lc;

	foreach(lc, subjects)
	{
		const Subject *subject = lfirst(lc);

		appendStringInfo(sql, ", (%s)::pg_catalog.text[]",
						 entries(subject->path, subject->is_array, 0, "t",
								 subject->path->relid));
	}
}

/* The row's key as somebody gives it: the key, or a JSON array of several. */
static char *
key_condition(const Source *source)
{
	AttrNumber	attno;
	Oid			type;
	StringInfoData keys;
	ListCell   *lc;

	if (source->keys == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rows of %s have no primary key to be named by",
						sql_relation(source->relid))));
	attno = linitial_int(source->keys);
	type = get_atttype(source->relid, attno);
	if (list_length(source->keys) == 1 && getBaseType(type) < FirstNormalObjectId)
		return psprintf("%s = $1::%s", path_column("t", source->relid, attno),
						format_type_extended(getBaseType(type), -1,
											 FORMAT_TYPE_FORCE_QUALIFY));
	initStringInfo(&keys);
	foreach(lc, source->keys)
		appendStringInfo(&keys, "%s%s::pg_catalog.text",
						 keys.len > 0 ? ", " : "",
						 path_column("t", source->relid, lfirst_int(lc)));
	return psprintf("pg_catalog.jsonb_build_array(%s) = $1::pg_catalog.jsonb",
					keys.data);
}

/* The columns of the row's facts, in their order. */
#define FACT_OCCURRED_AT 1

/*
 * When it was written, whom it names, whom its cells name and when these were
 * written, and which conditions it meets.
 */
static char *
facts_query(const Source *source)
{
	StringInfoData sql;
	char	   *occurred_at = view_occurred_at(source);
	ListCell   *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", occurred_at ? occurred_at :
					 "NULL::pg_catalog.timestamptz");
	append_entries(&sql, source->subjects);
	foreach(lc, source->cells)
	{
		const Cell *cell = lfirst(lc);

		appendStringInfo(&sql, ", %s", cell->occurred_at ?
						 view_instant(cell->occurred_at->type,
									  path_sql(cell->occurred_at)) :
						 occurred_at ? occurred_at :
						 "NULL::pg_catalog.timestamptz");
		append_entries(&sql, cell->subjects);
	}
	foreach(lc, source->classes)
		appendStringInfo(&sql, ", %s", ((RowClass *) lfirst(lc))->condition);
	appendStringInfo(&sql, " FROM %s t WHERE %s LIMIT 1",
					 sql_relation(source->relid), key_condition(source));
	return sql.data;
}

/* ------------------------------------------------------------------------
 * Persons
 * ------------------------------------------------------------------------
 */

static Person *
ask(const Explained *e, const Subject *subject, char *key, Datum occurred_at,
	bool isnull)
{
	const char *type = key_type_of(subject->type)->name;
	bool		dated = e->source->occurred_at != InvalidAttrNumber;
	Oid			types[] = {TEXTOID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {CStringGetTextDatum(key),
	CStringGetTextDatum(e->release.purpose), occurred_at};
	char		nulls[] = {' ', ' ', isnull ? 'n' : ' '};
	const char *time = dated ? ", $3" : "";
	Person	   *person = palloc0(sizeof(Person));

	sql_run(psprintf("SELECT aiconsent.eligible($1::%s, $2),"
					 " aiconsent.eligible($1::%s, $2%s),"
					 " aiconsent.granted($1::%s, $2%s),"
					 " aiconsent.verdict_of($1::%s, $2)::pg_catalog.text"
					 " WHERE $3 IS NULL OR true",
					 type, type, time, type, time, type),
			3, types, values, nulls);
	person->key = key;
	person->eligible = DatumGetBool(sql_column(0, 1, &isnull));
	person->in_time = DatumGetBool(sql_column(0, 2, &isnull));
	person->granted = DatumGetBool(sql_column(0, 3, &isnull));
	person->verdict = sql_text_column(0, 4);
	return person;
}

/* What stands for nobody; false where the entry is a person's key. */
static bool
take_nobody(Named *named, const char *entry)
{
	bool		is_open = false;

	switch (entry[0])
	{
		case '=':
			return false;
		case '0':
			named->nobody = "nobody";
			is_open = true;
			break;
		case '-':
			is_open = named->subject->optional;
			named->nobody = is_open ? "NULL, which names nobody" :
				"NULL: nobody is known";
			break;
		default:
			named->somebody = true;
			named->nobody = "an element is NULL: nobody is known";
	}
	named->nobody_is_open &= is_open;
	return true;
}

static Named *
name_persons(const Explained *e, const Subject *subject, Datum array,
			 Datum occurred_at, bool isnull)
{
	Named	   *named = palloc0(sizeof(Named));
	Datum	   *elements;
	int			n;

	named->subject = subject;
	named->in_time = true;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, &n);
	named->is_open = true;
	named->nobody_is_open = n > 0;
	if (n == 0)
		named->nobody = "a row on the path is missing";
	for (int i = 0; i < n; i++)
	{
		char	   *entry = TextDatumGetCString(elements[i]);
		Person	   *person;

		if (take_nobody(named, entry))
			continue;
		named->somebody = true;
		person = ask(e, subject, entry + 1, occurred_at, isnull);
		named->is_open &= person->eligible;
		named->in_time &= person->in_time || !person->eligible;
		named->persons = lappend(named->persons, person);
	}
	if (named->nobody)
		named->is_open &= named->nobody_is_open;
	named->granted = named->is_open && named->in_time;
	return named;
}

static bool
all_granted(const List *named)
{
	const ListCell *n;
	const ListCell *p;

	foreach(n, named)
	{
		const Named *one = lfirst(n);

		if (!one->granted)
			return false;
		foreach(p, one->persons)
		{
			if (!((Person *) lfirst(p))->granted)
				return false;
		}
	}
	return true;
}

/* What would change a verdict: the member's own word, or what it rests on. */
static char *
change_for(const Explained *e, const Person *person)
{
	const char *purpose = quote_literal_cstr(e->release.purpose);
	const char *key = quote_literal_cstr(person->key);

	if (strcmp(person->verdict, "opted_out") == 0 ||
		strcmp(person->verdict, "not_granted") == 0 ||
		strcmp(person->verdict, "opted_out,not_granted") == 0)
		return psprintf("SELECT aiconsent.record_consent(%s, %s, 'grant', ...); is the member's to ask for",
						key, purpose);
	if (strcmp(person->verdict, "hold") == 0)
		return psprintf("SELECT aiconsent.record_consent(%s, %s, 'release', ...);",
						key, purpose);
	return psprintf("SELECT * FROM aiconsent.explain(%s, %s);", key, purpose);
}

static void
put_persons(const Explained *e, const Named *named)
{
	char	   *path = path_text(named->subject->path);
	ListCell   *lc;

	if (named->nobody)
		put(e, "subject", NULL, named->nobody_is_open,
			psprintf("%s: %s", path, named->nobody),
			call_on(e, "register_source"));
	foreach(lc, named->persons)
	{
		Person	   *person = lfirst(lc);

		put(e, "subject", NULL, person->eligible,
			psprintf("%s: %s is %s", path, person->key, person->verdict),
			change_for(e, person));
		if (e->source->occurred_at != InvalidAttrNumber)
			put(e, "horizon", NULL, person->in_time || !person->eligible,
				psprintf("%s: %s, for what was written then", path, person->key),
				psprintf("SELECT content_from FROM aiconsent.timeline(%s, %s);",
						 quote_literal_cstr(person->key),
						 quote_literal_cstr(e->release.purpose)));
	}
}

/* ------------------------------------------------------------------------
 * Labels
 * ------------------------------------------------------------------------
 */

/* Is a label released, for a row whose persons granted or did not? */
static bool
admits(const Explained *e, const Label *label)
{
	return label->level != LABEL_NEVER &&
		label_flows(label, &e->release.clearance) &&
		(label->level != LABEL_SENSITIVE || e->granted);
}

static void
put_classes(const Explained *e, HeapTuple row, TupleDesc desc, int column)
{
	Label		table;
	bool		replaced = false;
	ListCell   *lc;

	source_label_in_force(e->source, &table);
	foreach(lc, e->source->classes)
	{
		RowClass   *class = lfirst(lc);
		bool		isnull;
		Datum		value = SPI_getbinval(row, desc, column++, &isnull);
		bool		is_true = !isnull && DatumGetBool(value);
		bool		is_false = !isnull && !DatumGetBool(value);

		replaced |= is_true && class->lowers && class->accepted &&
			!class->ended && label_flows(&table, &class->accepted_for);
		put(e, "classification", NULL,
			is_false || admits(e, &class->sensitivity),
			psprintf("%s is %s: %s", class->condition,
					 isnull ? "unknown" : is_true ? "true" : "false",
					 sensitivity_text(&class->sensitivity)),
			call_on(e, "unclassify"));
	}
	put(e, "table label", NULL, replaced || admits(e, &table),
		psprintf("%s%s", sensitivity_text(&table),
				 replaced ? ", in whose place a class stands" : ""),
		psprintf("SECURITY LABEL FOR aiconsent ON TABLE %s IS '...';",
				 sql_relation(e->source->relid)));
}

/* ------------------------------------------------------------------------
 * Fields
 * ------------------------------------------------------------------------
 */

static const ViewColumn *
shown(const List *columns, AttrNumber attno)
{
	const ListCell *lc;

	foreach(lc, columns)
	{
		if (((ViewColumn *) lfirst(lc))->attno == attno)
			return lfirst(lc);
	}
	return NULL;
}

static void
put_field(const Explained *e, AttrNumber attno, const List *columns,
		  const List *cell_named)
{
	Oid			relid = e->source->relid;
	char	   *name = get_attname(relid, attno, false);
	const ViewColumn *column = shown(columns, attno);
	Label		label;
	bool		sensitive;
	const ListCell *lc;

	if (!source_field_label(relid, attno, &label))
	{
		put(e, "field", name, false, "it has no label",
			psprintf("SELECT aiconsent.register_field(%s, %s, '...');",
					 quote_literal_cstr(sql_relation(relid)),
					 quote_literal_cstr(name)));
		return;
	}
	sensitive = label.level == LABEL_SENSITIVE ||
		(column && column->needs_grant);
	if (label.level == LABEL_NEVER ||
		!label_flows(&label, &e->release.clearance))
		put(e, "field", name, false,
			psprintf("%s, beyond the clearance %s", sensitivity_text(&label),
					 sensitivity_text(&e->release.clearance)),
			label.level == LABEL_NEVER ? NULL :
			psprintf("SELECT aiconsent.adopt_policy(%s, clearance => '...');",
					 quote_literal_cstr(e->release.purpose)));
	else if (column == NULL)
		put(e, "field", name, false, "the training view does not have it",
			psprintf("SELECT aiconsent.publish(%s, relation => %s);",
					 quote_literal_cstr(e->release.purpose),
					 quote_literal_cstr(sql_relation(relid))));
	else if (sensitive && !(e->granted && all_granted(cell_named)))
		put(e, "field", name, false,
			psprintf("%s, and not all of its subjects granted explicitly",
					 sensitivity_text(&label)),
			"SELECT aiconsent.record_consent(..., 'grant', notice_version => '...'); is the member's to ask for");
	else
	{
		foreach(lc, cell_named)
		{
			const Named *named = lfirst(lc);

			if (named->is_open && named->in_time)
				continue;
			put(e, "field", name, false,
				psprintf("%s: the cell's own subject is out",
						 path_text(named->subject->path)),
				named->persons == NIL ? NULL :
				change_for(e, linitial(named->persons)));
			return;
		}
		put(e, "field", name, true, sensitivity_text(&label), NULL);
	}
}

/* ------------------------------------------------------------------------
 * explain_row()
 * ------------------------------------------------------------------------
 */

/* Persons of the next columns of the row. */
static List *
read_persons(const Explained *e, const List *subjects, HeapTuple row,
			 TupleDesc desc, int *column, Datum at, bool at_null)
{
	List	   *named = NIL;
	const ListCell *lc;

	foreach(lc, subjects)
	{
		bool		isnull;
		Datum		array = SPI_getbinval(row, desc, (*column)++, &isnull);

		named = lappend(named, name_persons(e, lfirst(lc), array, at, at_null));
	}
	return named;
}

static void
put_fields(const Explained *e, const List *columns, List *const *cells)
{
	Relation	relation = table_open(e->source->relid, AccessShareLock);

	for (AttrNumber attno = 1; attno <= RelationGetNumberOfAttributes(relation); attno++)
	{
		const Cell *cell = source_cell(e->source, attno);
		ListCell   *lc;
		List	   *named = NIL;

		if (TupleDescAttr(RelationGetDescr(relation), attno - 1)->attisdropped)
			continue;
		foreach(lc, e->source->cells)
		{
			if (lfirst(lc) == cell)
				named = cells[foreach_current_index(lc)];
		}
		put_field(e, attno, columns, named);
	}
	table_close(relation, AccessShareLock);
}

static void
explain_found(Explained *e, HeapTuple row, TupleDesc desc, Oid view)
{
	const Source *source = e->source;
	bool		at_null;
	Datum		at = SPI_getbinval(row, desc, FACT_OCCURRED_AT, &at_null);
	int			column = FACT_OCCURRED_AT + 1;
	List	  **cells = palloc0(list_length(source->cells) * sizeof(List *) + 1);
	bool		somebody = false;
	ListCell   *lc;

	e->named = read_persons(e, source->subjects, row, desc, &column, at,
							at_null);
	e->granted = all_granted(e->named);
	foreach(lc, e->named)
	{
		put_persons(e, lfirst(lc));
		somebody |= ((Named *) lfirst(lc))->somebody;
	}
	if (view_names_somebody(source))
		put(e, "somebody", NULL, somebody, somebody ? "the row names somebody" :
			"the row names nobody", call_on(e, "register_source"));
	foreach(lc, source->cells)
	{
		bool		cell_null;
		Datum		cell_at = SPI_getbinval(row, desc, column++, &cell_null);

		cells[foreach_current_index(lc)] =
			read_persons(e, ((Cell *) lfirst(lc))->subjects, row, desc,
						 &column, cell_at, cell_null);
	}
	put_classes(e, row, desc, column);
	put_fields(e, OidIsValid(view) ? view_columns_present(view) : NIL, cells);
}

/* The gate before all others; false where nothing is behind it. */
static bool
put_source(Explained *e, Oid relid, Oid view)
{
	if (e->source == NULL)
		put(e, "source", NULL, false,
			psprintf("%s is not declared", sql_relation(relid)),
			psprintf("SELECT aiconsent.register_source(%s, ...);",
					 quote_literal_cstr(sql_relation(relid))));
	else
		put(e, "source", NULL, OidIsValid(view), OidIsValid(view) ?
			psprintf("published as %s", sql_relation(view)) :
			"it has no training view",
			psprintf("SELECT aiconsent.publish(%s);",
					 quote_literal_cstr(e->release.purpose)));
	return e->source != NULL;
}

PG_FUNCTION_INFO_V1(explain_row);
Datum
explain_row(PG_FUNCTION_ARGS)
{
	Explained	e = {.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo};
	SqlScope	scope;
	Oid			relid;
	Oid			view;
	Oid			types[] = {TEXTOID};
	Datum		values[1];
	SPITupleTable *rows;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return (Datum) 0;
	relid = PG_GETARG_OID(0);
	values[0] = PG_GETARG_DATUM(1);
	scope = sql_begin_read(sql_owner());
	e.source = source_find(relid);
	if (!release_of(text_to_cstring(PG_GETARG_TEXT_PP(2)), &e.release))
	{
		put(&e, "policy", NULL, false, "none is adopted for the purpose",
			psprintf("SELECT aiconsent.adopt_policy(%s, ...);",
					 quote_literal_cstr(e.release.purpose)));
		sql_end(&scope);
		return (Datum) 0;
	}
	view = view_for(relid, e.release.purpose);
	if (put_source(&e, relid, view))
	{
		bool		found =
		sql_run_as(sql_relation_owner(relid), facts_query(e.source),
				   1, types, values, NULL, false) > 0;

		rows = SPI_tuptable;
		put(&e, "key", NULL, found, found ? "the row is there" :
			"there is no such row", NULL);
		if (found)
			explain_found(&e, rows->vals[0], rows->tupdesc, view);
	}
	sql_end(&scope);
	return (Datum) 0;
}
