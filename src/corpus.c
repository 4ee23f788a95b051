/*
 * corpus.c: what SQL is the corpus, one row for each released text?
 *
 * Each source has its part: the training view's rows and cells, a row for each
 * text, with where it comes from.  Subjects, and a row whose key is not
 * released itself, are named by pseudonyms of the purpose, so that an export
 * can be purged later without naming anybody, also when somebody's key is
 * known to nobody any more.
 */
#include "compat.h"
#include "corpus.h"
#include "field.h"
#include "sql.h"
#include "treatment.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define AS_TEXT "::pg_catalog.text COLLATE pg_catalog.\"default\""

/* Text that the server itself turns into text, without code of somebody's. */
static bool
is_text(Oid type)
{
	Oid			base = getBaseType(type);

	return base == BPCHAROID || IsBinaryCoercible(base, TEXTOID);
}

/* The same for what names a row. */
static bool
is_plain(Oid type)
{
	return getBaseType(type) < FirstNormalObjectId || is_text(type);
}

/* ------------------------------------------------------------------------
 * Names for rows and subjects
 * ------------------------------------------------------------------------
 */

/* Released as it is, to everybody who sees the row. */
static const ViewColumn *
shown_plainly(const Source *source, const List *columns, AttrNumber attno)
{
	const ListCell *lc;

	foreach(lc, columns)
	{
		const ViewColumn *column = lfirst(lc);

		if (column->attno == attno && column->value && !column->needs_grant &&
			!source_cell(source, attno) && is_plain(column->type))
			return column;
	}
	return NULL;
}

/* A key as text that follows no setting of the session. */
static char *
key_text(Oid type, const char *column)
{
	switch (getBaseType(type))
	{
		case DATEOID:
			return psprintf("(%s - '2000-01-01'::pg_catalog.date)::pg_catalog.text",
							column);
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return psprintf("EXTRACT(epoch FROM %s)::pg_catalog.text", column);
		default:
			return psprintf("%s::pg_catalog.text", column);
	}
}

static char *
row_key(const Source *source)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, source->keys)
	{
		AttrNumber	attno = lfirst_int(lc);
		Oid			type = get_atttype(source->relid, attno);

		if (!is_plain(type))
			return NULL;
		appendStringInfo(&sql, "%s%s", sql.len > 0 ? ", " : "",
						 key_text(type, path_column("t", source->relid, attno)));
	}
	if (sql.len == 0)
		return NULL;
	return list_length(source->keys) == 1 ? sql.data :
		psprintf("pg_catalog.jsonb_build_array(%s)::pg_catalog.text", sql.data);
}

static char *
pseudonym(const char *value, const char *purpose, const char *of)
{
	return psprintf(SCHEMA_NAME ".pseudonym(%s, %s%s%s)", value,
					quote_literal_cstr(purpose), of ? ", " : "",
					of ? quote_literal_cstr(of) : "");
}

/*
 * A query of the names of all subjects at the end of a path; purpose NULL: of
 * their keys.
 */
static char *
subject_names(const Source *source, const Subject *subject,
			  const char *purpose)
{
	const KeyPath *path = subject->path;
	int			n = list_length(path->hops);
	char	   *key = path_column(n ? psprintf("h%d", n) : "t", path_end(path),
								  path->attno);
	char	   *sql;

	if (subject->is_array)
		key = psprintf("pg_catalog.unnest(%s)", key);
	key = psprintf("%s::pg_catalog.text", key);
	sql = psprintf("SELECT %s", purpose == NULL ? key :
				   pseudonym(key, purpose, NULL));

	for (int i = n; i > 0; i--)
	{
		StringInfoData query;

		if (i == n)
			sql = sql + strlen("SELECT ");
		else
			sql = psprintf("pg_catalog.unnest(ARRAY(%s))", sql);
		initStringInfo(&query);
		path_append_hop(&query, list_nth(path->hops, i - 1),
						i > 1 ? psprintf("h%d", i - 1) : "t",
						i > 1 ? ((Hop *) list_nth(path->hops, i - 2))->relid :
						source->relid, psprintf("h%d", i), sql);
		sql = query.data;
	}
	return sql;
}

static char *
names_of(const Source *source, const List *subjects, const char *purpose)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	foreach(lc, subjects)
		appendStringInfo(&sql, "%s%s", sql.len > 0 ? " UNION " : "",
						 subject_names(source, lfirst(lc), purpose));
	return psprintf("ARRAY(SELECT s.ref" AS_TEXT " FROM (%s) s(ref)"
					" WHERE s.ref IS NOT NULL ORDER BY 1)", sql.data);
}

/* A text in a cell of its own is about other subjects, too. */
static char *
subject_refs(const Source *source, const char *purpose)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, source->cells)
	{
		const Cell *cell = lfirst(lc);

		appendStringInfo(&sql, " WHEN %s THEN %s",
						 quote_literal_cstr(get_attname(source->relid,
														cell->attno, false)),
						 names_of(source,
								  list_concat_copy(source->subjects,
												   cell->subjects),
								  purpose));
	}
	if (sql.len == 0)
		return "k.refs";
	return psprintf("CASE f.field%s ELSE k.refs END", sql.data);
}

/* ------------------------------------------------------------------------
 * The texts
 * ------------------------------------------------------------------------
 */

/* What the field is about: with its table's categories, where these hold. */
static void
print_categories(const Source *source, const ViewColumn *column,
				 const Release *release, char *categories, size_t size)
{
	Label		label;
	Label		table;

	*categories = '\0';
	if (!source_field_label(source->relid, column->attno, &label))
		return;
	source_table_label(source->relid, &table);
	if (label_flows(&table, &release->clearance) &&
		!label_join(&label, &table, &label))
		return;
	label_print_list(&label, categories, size);
}

/* (name, categories, text) of each column that has text. */
static char *
text_fields(const Source *source, const List *columns, const Release *release)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		ViewColumn *column = lfirst(lc);
		char		categories[LABEL_MAX_TEXT];

		if (column->value == NULL || !is_text(column->type) ||
			treatment_names(column->value))
			continue;
		print_categories(source, column, release, categories,
						 sizeof(categories));
		appendStringInfo(&sql, "%s(%s, %s, (%s)" AS_TEXT ")",
						 sql.len > 0 ? ", " : "",
						 quote_literal_cstr(column->name),
						 quote_literal_cstr(categories),
						 view_column_sql(source, column, release));
	}
	return sql.len > 0 ? sql.data : NULL;
}

/* The row's time as it is released, if it is. */
static char *
shown_time(const Source *source, const List *columns)
{
	const ViewColumn *shown = source->occurred_at == InvalidAttrNumber ? NULL :
		shown_plainly(source, columns, source->occurred_at);

	if (shown == NULL || (shown->type != TIMESTAMPTZOID &&
						  shown->type != TIMESTAMPOID && shown->type != DATEOID))
		return NULL;
	return view_instant(shown->type, shown->value);
}

/*
 * The names are made in a subquery that the planner leaves alone, once a row
 * and only where they are asked for.
 */
char *
corpus_part_query(const Source *source, const List *columns,
				  const Release *release)
{
	const char *purpose = release->purpose;
	char	   *fields = text_fields(source, columns, release);
	char	   *key = row_key(source);
	char	   *names = names_of(source, source->subjects, purpose);
	const ViewColumn *id = list_length(source->keys) == 1 ?
		shown_plainly(source, columns, linitial_int(source->keys)) : NULL;
	char	   *occurred_at = shown_time(source, columns);

	if (fields == NULL)
		return NULL;
	return psprintf("SELECT %s::pg_catalog.text AS source, (%s)" AS_TEXT " AS row_id,"
					" f.field, f.category, f.content, (%s)::pg_catalog.timestamptz AS occurred_at,"
					" " SCHEMA_NAME ".part(k.ref) AS part,"
					" %s AS subject_refs"
					" FROM %s t, LATERAL (SELECT %s AS ref, %s AS refs OFFSET 0) k,"
					" LATERAL (VALUES %s) f(field, category, content)"
					" WHERE %s AND f.content IS NOT NULL%s",
					quote_literal_cstr(sql_relation(source->relid)),
					id ? id->value : key ? "k.ref" : "NULL",
					occurred_at ? occurred_at : "NULL",
					subject_refs(source, purpose),
					sql_relation(source->relid),
					pseudonym(key ? key : psprintf("pg_catalog.to_jsonb(%s)::pg_catalog.text",
												   names),
							  purpose, source->binding->name),
					names, fields, view_row_condition(source, release),
					view_seal(release));
}

char *
corpus_empty_query(void)
{
	return "SELECT NULL::pg_catalog.text AS source,"
		" NULL::pg_catalog.text AS row_id, NULL::pg_catalog.text AS field,"
		" NULL::pg_catalog.text AS category, NULL::pg_catalog.text AS content,"
		" NULL::pg_catalog.timestamptz AS occurred_at,"
		" NULL::pg_catalog.int4 AS part, NULL::pg_catalog.text[] AS subject_refs"
		" WHERE false";
}

static int
by_name(const ListCell *a, const ListCell *b)
{
	return strcmp(get_rel_name(lfirst_oid(a)), get_rel_name(lfirst_oid(b)));
}

char *
corpus_query(List *parts)
{
	StringInfoData sql;
	const ListCell *lc;

	if (parts == NIL)
		return corpus_empty_query();
	list_sort(parts, by_name);
	initStringInfo(&sql);
	foreach(lc, parts)
		appendStringInfo(&sql, "%sSELECT source, row_id, field, category,"
						 " content, occurred_at, part, subject_refs FROM %s",
						 sql.len > 0 ? " UNION ALL " : "",
						 sql_relation(lfirst_oid(lc)));
	return sql.data;
}

/* ------------------------------------------------------------------------
 * Whose rows
 * ------------------------------------------------------------------------
 */

bool
corpus_shows_rows(const Source *source, const List *columns)
{
	return list_length(source->keys) == 1 &&
		shown_plainly(source, columns, linitial_int(source->keys));
}

char *
corpus_rows_query(const Source *source)
{
	StringInfoData keys;
	ListCell   *lc;
	char	   *key = row_key(source);
	char	   *occurred_at = view_occurred_at(source);

	initStringInfo(&keys);
	foreach(lc, source->subjects)
		appendStringInfo(&keys, "%s%s", keys.len > 0 ? " UNION " : "",
						 subject_names(source, lfirst(lc), NULL));
	return psprintf("SELECT %s::pg_catalog.text, (%s)" AS_TEXT ", r.number"
					" FROM %s t, LATERAL (%s) s(key),"
					" unnest($1, $2, $3) WITH ORDINALITY AS r(key, since, until, number)"
					" WHERE s.key = r.key AND (r.until IS NULL OR"
					"  (%s >= r.since AND %s < r.until))",
					quote_literal_cstr(sql_relation(source->relid)),
					key ? key : "NULL",
					sql_relation(source->relid), keys.data,
					occurred_at ? occurred_at : "NULL",
					occurred_at ? occurred_at : "NULL");
}
