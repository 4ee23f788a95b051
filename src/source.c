/*
 * source.c: whose is a row, which of its cells are somebody else's, and how do
 * its rows differ?
 */
#include "compat.h"
#include "derive.h"
#include "field.h"
#include "sensitivity.h"
#include "source.h"
#include "sql.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static bool
has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The number of a role's first part, and what stands behind it: cell_2_x. */
static int
role_number(const char *role, const char *prefix, const char **rest)
{
	char	   *end;
	long		number;

	if (!has_prefix(role, prefix))
		return 0;
	number = strtol(role + strlen(prefix), &end, 10);
	*rest = end;
	return (int) number;
}

Subject *
source_subject(KeyPath *path, bool optional)
{
	Subject    *subject = palloc0(sizeof(Subject));
	Oid			element = get_element_type(path->type);

	subject->path = path;
	subject->optional = optional;
	subject->is_array = OidIsValid(element);
	subject->type = subject->is_array ? element : path->type;
	return subject;
}

static Cell *
cell_numbered(List **cells, int number)
{
	while (list_length(*cells) < number)
		*cells = lappend(*cells, palloc0(sizeof(Cell)));
	return list_nth(*cells, number - 1);
}

/* Put one column of the binding where it belongs. */
static void
take_column(Source *source, const BoundColumn *column)
{
	const char *role = column->role;
	const char *rest;
	int			number;
	KeyPath	   *path = path_of_expression(source->relid, column->expression);
	Cell	   *cell;

	if (has_prefix(role, "row_id"))
		source->keys = lappend_int(source->keys, column->attno);
	else if (strcmp(role, "occurred_at") == 0)
		source->occurred_at = column->attno;
	else if (has_prefix(role, "subject_") || has_prefix(role, "optional_"))
		source->subjects = lappend(source->subjects,
								   source_subject(path,
												  role[0] == 'o'));
	else if ((number = role_number(role, "cell_", &rest)) > 0)
	{
		cell = cell_numbered(&source->cells, number);
		if (*rest == '\0')
			cell->attno = column->attno;
		else if (strcmp(rest, "_occurred_at") == 0)
			cell->occurred_at = path;
		else
			cell->subjects = lappend(cell->subjects,
									 source_subject(path, rest[1] == 'o'));
	}
}

/* ------------------------------------------------------------------------
 * Classes of rows
 * ------------------------------------------------------------------------
 */

/* What is not known of a class: that its rows are released. */
static RowClass *
class_of(const BoundColumn *column)
{
	RowClass   *class = palloc0(sizeof(RowClass));

	class->role = column->role;
	class->condition = column->sql;
	class->sensitivity.level = LABEL_NEVER;
	return class;
}

static RowClass *
class_named(const List *classes, const char *role)
{
	const ListCell *lc;

	foreach(lc, classes)
	{
		if (strcmp(((RowClass *) lfirst(lc))->role, role) == 0)
			return lfirst(lc);
	}
	return NULL;
}

/*
 * As committed now: a transaction with an older snapshot would bring back what
 * was made stricter since.
 */
static void
read_classes(Source *source)
{
	SPITupleTable *rows;
	uint64		count;

	count = sql_run_now("SELECT binding::text, role::text, sensitivity, reason,"
						" lowers, accepted_for, ended"
						" FROM aiconsent.classification");
	rows = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
	{
		HeapTuple	tuple = rows->vals[row];
		TupleDesc	desc = rows->tupdesc;
		RowClass   *class;
		bool		isnull;
		Datum		accepted;

		if (strcmp(SPI_getvalue(tuple, desc, 1), source->binding->name) != 0)
			continue;
		class = class_named(source->classes, SPI_getvalue(tuple, desc, 2));
		if (class == NULL)
			continue;
		sensitivity_unpack(SPI_getbinval(tuple, desc, 3, &isnull),
						   &class->sensitivity);
		class->reason = SPI_getvalue(tuple, desc, 4);
		class->lowers = DatumGetBool(SPI_getbinval(tuple, desc, 5, &isnull));
		accepted = SPI_getbinval(tuple, desc, 6, &isnull);
		class->accepted = !isnull;
		if (!isnull)
			sensitivity_unpack(accepted, &class->accepted_for);
		class->ended = DatumGetBool(SPI_getbinval(tuple, desc, 7, &isnull));
	}
}

Source *
source_of(const Binding *binding)
{
	Source	   *source = palloc0(sizeof(Source));
	ListCell   *lc;

	source->binding = binding;
	source->relid = binding->relid;
	foreach(lc, binding->columns)
	{
		BoundColumn *column = lfirst(lc);

		if (!has_prefix(column->role, "class_"))
			take_column(source, column);
		else if (!IsA(column->expression, Const))
			source->classes = lappend(source->classes, class_of(column));
	}
	if (source->classes)
		read_classes(source);
	return source;
}

Source *
source_find(Oid relid)
{
	List	   *found = registry_find(BINDING_SOURCE, relid);

	return found == NIL ? NULL : source_of(linitial(found));
}

const Cell *
source_cell(const Source *source, AttrNumber attno)
{
	const ListCell *lc;

	foreach(lc, source->cells)
	{
		const Cell *cell = lfirst(lc);

		if (cell->attno == attno)
			return cell;
	}
	return NULL;
}

/* What rows of a table hold that one of its classes raises. */
static bool
join_raised(Oid relid, Label *label)
{
	const Source *source = source_find(relid);
	ListCell   *lc;
	bool		joined = true;

	foreach(lc, source ? source->classes : NIL)
	{
		const RowClass *class = lfirst(lc);

		if (!class->lowers)
			joined &= label_join(label, &class->sensitivity, label);
	}
	return joined;
}

/* Rows of the base that are stricter than others cannot be told in a view. */
static bool
join_derived(Oid relid, AttrNumber attno, Label *label)
{
	Derivation *derivation = derive_column(relid, attno);
	Label		known;
	List	   *unknown;
	ListCell   *lc;
	bool		joined;

	(void) derive_sensitivity(derivation, &known, &unknown);
	joined = label_join(label, &known, label);
	foreach(lc, derivation->columns)
	{
		Oid			base = ((DerivedColumn *) lfirst(lc))->relid;

		if (base != relid)
			joined &= join_raised(base, label);
	}
	return joined;
}

bool
source_field_label(Oid relid, AttrNumber attno, Label *label)
{
	if (!field_label(relid, attno, label))
		return false;
	if (get_rel_relkind(relid) == RELKIND_VIEW &&
		!join_derived(relid, attno, label))
		label->level = LABEL_NEVER;
	return true;
}

bool
source_field_sensitivity(Oid relid, AttrNumber attno, Label *sensitivity)
{
	Label		table;

	if (!source_field_label(relid, attno, sensitivity))
		return false;
	source_table_label(relid, &table);
	if (!label_join(sensitivity, &table, sensitivity))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many categories on column %s and its table",
						field_name(relid, attno)),
				 errdetail("A sensitivity has at most %d categories.",
						   LABEL_MAX_CATEGORIES)));
	return true;
}

List *
source_made_of(Oid relid)
{
	List	   *relids = NIL;
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_VIEW)
		return NIL;
	foreach(lc, derive_column(relid, DERIVE_ALL)->columns)
		relids = list_append_unique_oid(relids,
										((DerivedColumn *) lfirst(lc))->relid);
	relids = list_delete_oid(relids, relid);
	list_sort(relids, list_oid_cmp);
	return relids;
}

void
source_table_label(Oid relid, Label *label)
{
	if (!field_label(relid, 0, label))
		memset(label, 0, sizeof(*label));
}

void
source_label_in_force(const Source *source, Label *label)
{
	Label		before;

	source_table_label(source->relid, label);
	if (source->binding->table_label == NULL)
		return;
	field_parse_label(source->binding->table_label, &before);
	if (!label_join(label, &before, label))
		label->level = LABEL_NEVER;
}
