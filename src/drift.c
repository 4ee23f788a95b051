/*
 * drift.c: is what is there still what was declared?
 *
 * What can be told from the catalogs alone stands in sql/56_drift.sql.  Here is
 * what takes more: what publish() would make now, beside what it made, and what
 * released fields look like that hold something else than their label says.
 */
#include "compat.h"
#include "corpus.h"
#include "field.h"
#include "policy.h"
#include "published.h"
#include "registry.h"
#include "sensitivity.h"
#include "source.h"
#include "sql.h"
#include "table.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* ------------------------------------------------------------------------
 * What publish() would make
 * ------------------------------------------------------------------------
 */

typedef struct Comparison
{
	ReturnSetInfo *rsinfo;
	Release		release;
	const char *schema;
	List	   *left;			/* views of the purpose, none of a source yet */
} Comparison;

/* One difference; a source that has no view yet is named itself. */
static void
put(const Comparison *comparison, Oid relid, Oid view, const char *finding,
	const char *detail)
{
	Datum		values[] = {
		CStringGetTextDatum(comparison->release.purpose),
		ObjectIdGetDatum(relid), ObjectIdGetDatum(view),
		CStringGetTextDatum(finding),
		detail ? CStringGetTextDatum(detail) : (Datum) 0
	};
	bool		nulls[] = {
		false, !OidIsValid(relid), !OidIsValid(view), false, detail == NULL
	};

	tuplestore_putvalues(comparison->rsinfo->setResult,
						 comparison->rsinfo->setDesc, values, nulls);
}

/* Those that the one has and the other shows nothing of. */
static void
append_missing(StringInfo words, const char *prefix, const List *columns,
			   const List *others)
{
	const ListCell *c;
	const ListCell *o;
	bool		first = true;

	foreach(c, columns)
	{
		ViewColumn *column = lfirst(c);
		bool		found = column->attno == InvalidAttrNumber;

		foreach(o, others)
			found |= ((ViewColumn *) lfirst(o))->attno == column->attno;
		if (found)
			continue;
		appendStringInfo(words, "%s%s%s", !first ? ", " : words->len > 0 ?
						 "; " : "", first ? prefix : "",
						 quote_identifier(column->name));
		first = false;
	}
}

static const char *
difference(const List *wanted, const List *present)
{
	StringInfoData words;

	initStringInfo(&words);
	append_missing(&words, "to be released: ", wanted, present);
	append_missing(&words, "not to be released any more: ", present, wanted);
	return words.len > 0 ? words.data : "the same fields, another condition or form";
}

/* A view with the source's owner and behind a barrier, or what is wrong. */
static const char *
altered(Oid view, Oid relid)
{
	if (sql_relation_owner(view) != sql_relation_owner(relid))
		return "it belongs to another role than what it shows";
	if (!view_is_barrier(view))
		return "its options were altered: it is no security barrier, or reads with the rights of its reader";
	return NULL;
}

static void
compare_view(const Comparison *comparison, const Source *source, Oid view,
			 const List *wanted)
{
	List	   *present = view_columns_present(view);
	const char *wrong = altered(view, source->relid);
	const char *differs = difference(wanted, present);
	bool		outdated;
	List	   *arranged;

	arranged = view_columns_arranged(wanted, present, &outdated);
	if (wrong)
		put(comparison, source->relid, view,
			"a training view is altered", wrong);
	else if (wanted == NIL || outdated ||
		!view_is(view, view_query(source, arranged, &comparison->release)))
		put(comparison, source->relid, view, "a training view is stale",
			differs);
}

static void
compare_part(const Comparison *comparison, const Source *source, Oid part,
			 List *wanted)
{
	char	   *query = wanted == NIL ? NULL :
		corpus_part_query(source, wanted, &comparison->release);
	const char *wrong = OidIsValid(part) ? altered(part, source->relid) : NULL;

	if (wrong)
		put(comparison, source->relid, part,
			"a part of the corpus is altered", wrong);
	else if (query ? !OidIsValid(part) || !view_is(part, query) : OidIsValid(part))
		put(comparison, source->relid, part,
			"a part of the corpus is stale", NULL);
}

static void
compare_source(Comparison *comparison, const Source *source)
{
	const char *purpose = comparison->release.purpose;
	Oid			view = view_for(source->relid, purpose);
	Oid			part = corpus_part_for(source->relid, purpose);
	List	   *wanted = view_columns_wanted(source, &comparison->release);

	comparison->left = list_delete_oid(comparison->left, view);
	comparison->left = list_delete_oid(comparison->left, part);
	if (!OidIsValid(view) && wanted != NIL)
		put(comparison, source->relid, InvalidOid,
			"a source is not published", difference(wanted, NIL));
	if (OidIsValid(view))
	{
		compare_view(comparison, source, view, wanted);
		compare_part(comparison, source, part, wanted);
	}
}

/* A view of no source: withdrawn as a whole, or another's work. */
static void
compare_stray(const Comparison *comparison, Oid view)
{
	List	   *columns = view_columns_present(view);

	if (view_is(view, is_corpus_part(view) ? corpus_empty_query() :
				view_empty_query(columns)))
		put(comparison, InvalidOid, view, is_corpus_part(view) ?
			"a part of the corpus is stale" : "a training view is stale",
			"it was withdrawn as a whole");
	else
		put(comparison, InvalidOid, view, "a training view is altered",
			"it is no source's: its query was replaced, or the declaration ended");
}

static void
compare_corpus(Comparison *comparison, List *parts)
{
	Oid			namespace = get_namespace_oid(comparison->schema, true);
	Oid			corpus = OidIsValid(namespace) ?
		get_relname_relid(CORPUS, namespace) : InvalidOid;

	if (OidIsValid(corpus) && list_member_oid(comparison->left, corpus) &&
		view_is(corpus, corpus_query(parts)))
	{
		comparison->left = list_delete_oid(comparison->left, corpus);
		return;
	}
	put(comparison, InvalidOid, corpus, "the corpus is altered or missing",
		NULL);
	comparison->left = list_delete_oid(comparison->left, corpus);
}

static void
compare_purpose(Comparison *comparison)
{
	List	   *parts = NIL;
	ListCell   *lc;

	comparison->left = views_of_purpose(comparison->release.purpose);
	foreach(lc, comparison->left)
	{
		if (is_corpus_part(lfirst_oid(lc)))
			parts = lappend_oid(parts, lfirst_oid(lc));
	}
	compare_corpus(comparison, parts);
	foreach(lc, registry_find(BINDING_SOURCE, InvalidOid))
	{
		Source	   *source = source_find(((Binding *) lfirst(lc))->relid);

		CHECK_FOR_INTERRUPTS();
		if (source)
			compare_source(comparison, source);
	}
	foreach(lc, comparison->left)
		compare_stray(comparison, lfirst_oid(lc));
}

/*
 * publication_drift(): see COMMENT ON.  Purposes that were never published
 * have none.
 */
PG_FUNCTION_INFO_V1(publication_drift);
Datum
publication_drift(PG_FUNCTION_ARGS)
{
	Comparison	comparison = {.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo};
	List	   *purposes = NIL;
	List	   *schemas = NIL;
	ListCell   *p;
	ListCell   *s;
	uint64		count;
	SqlScope	scope;

	InitMaterializedSRF(fcinfo, 0);
	scope = sql_begin_read(sql_owner());
	count = sql_run("SELECT name, published_in::pg_catalog.text"
					" FROM aiconsent.purpose WHERE published_in IS NOT NULL"
					" ORDER BY name", 0, NULL, NULL, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		purposes = lappend(purposes, sql_text_column(row, 1));
		schemas = lappend(schemas, sql_text_column(row, 2));
	}
	forboth(p, purposes, s, schemas)
	{
		comparison.schema = lfirst(s);
		if (release_of(lfirst(p), &comparison.release))
			compare_purpose(&comparison);
	}
	sql_end(&scope);
	return (Datum) 0;
}

/*
 * clearance_of(purpose text): see COMMENT ON; NULL for a purpose that has none.
 */
PG_FUNCTION_INFO_V1(clearance_of);
Datum
clearance_of(PG_FUNCTION_ARGS)
{
	char	   *purpose = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Label		clearance;
	bool		found;
	SqlScope	scope = sql_begin_read(sql_owner());

	found = policy_clearance(purpose, &clearance);
	sql_end(&scope);
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(sensitivity_pack(&clearance));
}

/* ------------------------------------------------------------------------
 * What fields look like
 * ------------------------------------------------------------------------
 */

/* A table to look into: its texts that may be released. */
typedef struct Sample
{
	Oid			relid;
	float8		percent;		/* of its pages, about ten of them */
	List	   *fields;			/* of AttrNumber, as integers */
} Sample;

/* Texts whose own label is not never. */
static List *
released_texts(Oid relid)
{
	Relation	relation = table_open(relid, AccessShareLock);
	List	   *fields = NIL;

	for (AttrNumber attno = 1;
		 attno <= RelationGetNumberOfAttributes(relation); attno++)
	{
		Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(relation),
											   attno - 1);
		Label		label;
		char		category;
		bool		preferred;

		if (attr->attisdropped || !field_label(relid, attno, &label) ||
			label.level == LABEL_NEVER)
			continue;
		get_type_category_preferred(attr->atttypid, &category, &preferred);
		if (category == TYPCATEGORY_STRING)
			fields = lappend_int(fields, attno);
	}
	table_close(relation, AccessShareLock);
	return fields;
}

/* How much of it is about ten pages; false: part of it is on another server. */
static bool
ten_pages(Oid relid, float8 *percent)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(relid)};
	bool		isnull;

	sql_run("SELECT 100 * LEAST(1, 10.0 / GREATEST(1, pg_catalog.sum(c.relpages)))::pg_catalog.float8,"
			" pg_catalog.bool_or(c.relkind = 'f')"
			" FROM (SELECT $1 UNION SELECT t.relid FROM pg_catalog.pg_partition_tree($1) t)"
			"  p (oid) JOIN pg_catalog.pg_class c USING (oid)",
			1, types, values, NULL);
	*percent = DatumGetFloat8(sql_column(0, 1, &isnull));
	return !DatumGetBool(sql_column(0, 2, &isnull));
}

/*
 * Tables alone: what a view shows stands in one, and another server is not
 * ours to read.
 */
static List *
samples(void)
{
	List	   *list = NIL;
	ListCell   *lc;

	foreach(lc, registry_find(BINDING_SOURCE, InvalidOid))
	{
		Sample	   *sample = palloc0(sizeof(Sample));
		char		relkind;

		sample->relid = ((Binding *) lfirst(lc))->relid;
		relkind = get_rel_relkind(sample->relid);
		if (relkind != RELKIND_RELATION &&
			relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_MATVIEW)
			continue;
		sample->fields = released_texts(sample->relid);
		if (sample->fields != NIL && ten_pages(sample->relid, &sample->percent))
			list = lappend(list, sample);
	}
	return list;
}

/*
 * A row for each field and pattern: how many of the values look so.  At most a
 * hundred rows, and the first thousand characters of each.
 */
static char *
sample_query(const Sample *sample)
{
	StringInfoData fields;
	StringInfoData values;
	const ListCell *lc;

	initStringInfo(&fields);
	initStringInfo(&values);
	foreach(lc, sample->fields)
	{
		int			i = foreach_current_index(lc);
		char	   *name = get_attname(sample->relid, lfirst_int(lc), false);

		appendStringInfo(&fields, "%st.%s::pg_catalog.text AS f%d",
						 i > 0 ? ", " : "", quote_identifier(name), i);
		appendStringInfo(&values,
						 "%s(%d, pg_catalog.left(s.f%d, 1000) COLLATE pg_catalog.\"C\")",
						 i > 0 ? ", " : "", i, i);
	}
	return psprintf("SELECT f.n, p.n::pg_catalog.int4,"
					" pg_catalog.count(*) FILTER (WHERE f.value OPERATOR(pg_catalog.~) p.pattern),"
					" pg_catalog.count(f.value)"
					" FROM (SELECT %s FROM %s t TABLESAMPLE pg_catalog.system (%g)"
					"  REPEATABLE (0) LIMIT 100) s,"
					" LATERAL (VALUES %s) f(n, value),"
					" pg_catalog.unnest($1) WITH ORDINALITY p(pattern, n)"
					" GROUP BY 1, 2", fields.data, sql_relation(sample->relid),
					sample->percent, values.data);
}

/* What look_into() is given, and gives. */
typedef struct Look
{
	const Sample *sample;
	Datum		patterns;
	uint64		count;
} Look;

static void
look_into(void *argument)
{
	Look	   *look = argument;
	Oid			types[] = {TEXTARRAYOID};

	look->count = sql_run_as(sql_relation_owner(look->sample->relid),
							 sample_query(look->sample), 1, types,
							 &look->patterns, NULL, false);
}

/* The counts of the query's rows; or that it failed, which keeps nobody else's. */
static void
put_looks(ReturnSetInfo *rsinfo, const Look *look, bool done, Datum *patterns)
{
	Datum		values[5] = {ObjectIdGetDatum(look->sample->relid)};
	bool		nulls[5] = {false, true, true, true, true};
	bool		isnull;
	NameData	name;

	if (!done)
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	memset(nulls, false, sizeof(nulls));
	for (uint64 row = 0; done && row < look->count; row++)
	{
		int			field = DatumGetInt32(sql_column(row, 1, &isnull));
		int			pattern = DatumGetInt32(sql_column(row, 2, &isnull));

		namestrcpy(&name, get_attname(look->sample->relid,
									  list_nth_int(look->sample->fields, field),
									  false));
		values[1] = NameGetDatum(&name);
		values[2] = patterns[pattern - 1];
		values[3] = sql_column(row, 3, &isnull);
		values[4] = sql_column(row, 4, &isnull);
		if (DatumGetInt64(values[3]) > 0)
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values,
								 nulls);
	}
}

/*
 * field_looks(): see COMMENT ON.  Each table is read as its owner, who may;
 * what leaves are counts.
 */
PG_FUNCTION_INFO_V1(field_looks);
Datum
field_looks(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		array;
	Datum	   *patterns;
	int			npatterns;
	SqlScope	scope;
	ListCell   *lc;
	bool		isnull;

	InitMaterializedSRF(fcinfo, 0);
	scope = sql_begin_read(sql_owner());
	sql_run("SELECT pg_catalog.array_agg(pattern ORDER BY pattern)"
			" FROM aiconsent.value_pattern", 0, NULL, NULL, NULL);
	array = sql_column(0, 1, &isnull);
	if (!isnull)
	{
		deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
						  TYPALIGN_INT, &patterns, NULL, &npatterns);
		foreach(lc, samples())
		{
			Look		look = {lfirst(lc), array, 0};
			bool		done = table_try(look_into, &look);

			put_looks(rsinfo, &look, done, patterns);
		}
	}
	sql_end(&scope);
	return (Datum) 0;
}
