/*
 * leak.c: does a training view show what it must not?
 *
 * What each view shows is compared with what the same source would release by
 * the labels of now, where whether somebody is in is asked of the evidence
 * (lawful_standing() in SQL) instead of the standing.  Rows are compared as
 * wholes, so that a cell too many is seen as well as a row.
 */
#include "compat.h"
#include "corpus.h"
#include "cursor.h"
#include "lend.h"
#include "policy.h"
#include "published.h"
#include "registry.h"
#include "source.h"
#include "sql.h"
#include "view.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* ------------------------------------------------------------------------
 * Who is in, by the evidence
 * ------------------------------------------------------------------------
 */

typedef struct Lawful
{
	char	   *subject;
	Instant		content_from;
	bool		is_explicit;
	char		status;
} Lawful;

#define SH_PREFIX lawfulhash
#define SH_ELEMENT_TYPE Lawful
#define SH_KEY_TYPE char *
#define SH_KEY subject
#define SH_HASH_KEY(table, key) \
	hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Of the purpose that is looked at; only while leaks() runs. */
static struct lawfulhash_hash *lawful_subjects = NULL;
static const char *lawful_purpose = NULL;

/* What views and sources call runs as this role. */
static Oid asker;

/* All who are in now; in the current context. */
static void
load_lawful(const char *purpose)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(purpose)};
	Cursor		cursor;

	lawful_subjects = lawfulhash_create(CurrentMemoryContext, 1024, NULL);
	lawful_purpose = purpose;
	cursor_open(&cursor, "SELECT l.subject, l.explicit, l.content_from"
				" FROM aiconsent.lawful_standing(aiconsent.present()) l"
				" WHERE l.purpose = $1 AND l.known"
				"  AND l.verdict OPERATOR(aiconsent.=) 'eligible'",
				1, types, values, NULL);
	while (cursor_next(&cursor))
	{
		bool		found;
		bool		isnull;
		Lawful	   *lawful = lawfulhash_insert(lawful_subjects,
											   cursor_text(&cursor, 1), &found);

		lawful->is_explicit = DatumGetBool(cursor_column(&cursor, 2, &isnull));
		lawful->content_from =
			DatumGetTimestampTz(cursor_column(&cursor, 3, &isnull));
	}
	cursor_close(&cursor);
}

static bool
is_lawful(FunctionCallInfo fcinfo, bool only_explicit)
{
	char	   *subject;
	Lawful	   *lawful;

	if (lawful_subjects == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this function is part of the view %s",
						SCHEMA_NAME ".leak")));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) ||
		strcmp(text_to_cstring(PG_GETARG_TEXT_PP(1)), lawful_purpose) != 0)
		return false;
	subject = sql_output(PG_GETARG_DATUM(0),
						 get_fn_expr_argtype(fcinfo->flinfo, 0));
	lawful = lawfulhash_lookup(lawful_subjects, subject);
	pfree(subject);
	if (lawful == NULL || (only_explicit && !lawful->is_explicit))
		return false;
	if (PG_NARGS() < 3 || lawful->content_from == INSTANT_BEGIN)
		return true;
	return !PG_ARGISNULL(2) && PG_GETARG_TIMESTAMPTZ(2) >= lawful->content_from;
}

PG_FUNCTION_INFO_V1(lawful);
Datum
lawful(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(is_lawful(fcinfo, false));
}

PG_FUNCTION_INFO_V1(lawfully_granted);
Datum
lawfully_granted(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(is_lawful(fcinfo, true));
}

/* ------------------------------------------------------------------------
 * What is shown, and what would be
 * ------------------------------------------------------------------------
 */

/* Of what is released those that the view has, by their names. */
static List *
columns_of_view(Oid view, List *wanted)
{
	Relation	relation = table_open(view, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, wanted)
	{
		ViewColumn *column = lfirst(lc);

		for (int i = 0; i < desc->natts; i++)
		{
			if (!TupleDescAttr(desc, i)->attisdropped &&
				strcmp(NameStr(TupleDescAttr(desc, i)->attname),
					   column->name) == 0)
				columns = lappend(columns, column);
		}
	}
	table_close(relation, NoLock);
	return columns;
}

/* What view.c writes of such a column; nothing is called to find out. */
static bool
is_closed(Node *expression)
{
	for (;;)
	{
		if (IsA(expression, CollateExpr))
			expression = (Node *) ((CollateExpr *) expression)->arg;
		else if (IsA(expression, RelabelType))
			expression = (Node *) ((RelabelType *) expression)->arg;
		else if (IsA(expression, FuncExpr) &&
				 ((FuncExpr *) expression)->funcid < FirstGenbkiObjectId &&
				 ((FuncExpr *) expression)->args != NIL &&
				 func_strict(((FuncExpr *) expression)->funcid))
			expression = linitial(((FuncExpr *) expression)->args); /* a length */
		else
			break;
	}
	if (IsA(expression, SubscriptingRef))
	{
		Node	   *array = (Node *) ((SubscriptingRef *) expression)->refexpr;

		return IsA(array, Const) && !((Const *) array)->constisnull &&
			ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(((Const *) array)->constvalue)),
						   ARR_DIMS(DatumGetArrayTypeP(((Const *) array)->constvalue))) == 0;
	}
	return IsA(expression, Const) && ((Const *) expression)->constisnull;
}

/*
 * text[] of the columns that the view has as NULL whatever the row: those whose
 * label was raised.  Lowered again, they are shown when it is made anew.
 */
static char *
closed_columns(Oid view)
{
	Relation	relation = table_open(view, AccessShareLock);
	ListCell   *lc;
	StringInfoData names;

	initStringInfo(&names);
	foreach(lc, get_view_query(relation)->targetList)
	{
		TargetEntry *entry = lfirst(lc);

		if (is_closed((Node *) entry->expr))
			appendStringInfo(&names, "%s%s", names.len > 0 ? "," : "",
							 quote_literal_cstr(entry->resname));
	}
	table_close(relation, NoLock);
	return psprintf("ARRAY[%s]::text[]", names.data);
}

/* More rows than released has; NULL: nothing is. */
static void
put_difference(ReturnSetInfo *rsinfo, const char *purpose, Oid view,
			   Oid source, const char *shown, const char *released)
{
	static const char rows_of[] =
		"SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(r)) - %s"
		" FROM (%s) r";
	char	   *closed = closed_columns(view);
	char	   *first = psprintf(rows_of, closed, shown);
	char	   *second = released ? psprintf(rows_of, closed, released) : NULL;
	Lent		difference;

	difference = lend(asker, psprintf("SELECT pg_catalog.encode(pg_catalog.sha256("
									  "  pg_catalog.convert_to(d.r::pg_catalog.text, 'UTF8')), 'hex'),"
									  " pg_catalog.count(*)"
									  " FROM (%s%s%s) d(r) GROUP BY d.r ORDER BY 1",
									  first, second ? " EXCEPT ALL " : "",
									  second ? second : ""));
	while (lent_next(&difference))
	{
		bool		isnull;
		Datum		values[5];
		bool		nulls[5] = {false, false, !OidIsValid(source), false, false};

		values[0] = CStringGetTextDatum(purpose);
		values[1] = ObjectIdGetDatum(view);
		values[2] = ObjectIdGetDatum(source);
		values[3] = slot_getattr(difference.slot, 1, &isnull);
		values[4] = slot_getattr(difference.slot, 2, &isnull);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	lent_end(&difference);
}

/*
 * What shows a source: its view, whatever else somebody made of that, and its
 * part of the corpus.  Returns the views.
 */
static List *
look_at_source(ReturnSetInfo *rsinfo, const Source *source,
			   const Release *release, Oid corpus)
{
	List	   *views = NIL;
	ListCell   *lc;
	List	   *wanted = view_columns_wanted(source, release);
	char	   *name = quote_literal_cstr(sql_relation(source->relid));
	char	   *texts = wanted == NIL ? NULL :
		corpus_part_query(source, wanted, release);

	foreach(lc, views_on(source->relid))
	{
		Oid			view = lfirst_oid(lc);
		List	   *columns = columns_of_view(view, wanted);

		if (strcmp(view_purpose(view), release->purpose) != 0 ||
			view == corpus)
			continue;
		views = lappend_oid(views, view);
		put_difference(rsinfo, release->purpose, view, source->relid,
					   psprintf("SELECT * FROM %s", sql_relation(view)),
					   columns == NIL ? NULL :
					   view_query(source, columns, release));
	}
	if (OidIsValid(corpus))
		put_difference(rsinfo, release->purpose, corpus, source->relid,
					   psprintf("SELECT c.row_id, c.field, c.category, c.content,"
								" c.occurred_at, c.subject_refs FROM %s c"
								" WHERE c.source = %s", sql_relation(corpus), name),
					   texts ? psprintf("SELECT p.row_id, p.field, p.category,"
										" p.content, p.occurred_at, p.subject_refs"
										" FROM (%s) p", texts) : NULL);
	return views;
}

/* Views of the purpose that show no source: no row of theirs is released. */
static void
look_at_strays(ReturnSetInfo *rsinfo, const char *purpose, List *known,
			   Oid corpus, const char *sources)
{
	ListCell   *lc;

	foreach(lc, views_of_purpose(purpose))
	{
		Oid			view = lfirst_oid(lc);

		if (!list_member_oid(known, view) && !is_corpus_part(view) &&
			view != corpus)
			put_difference(rsinfo, purpose, view, InvalidOid,
						   psprintf("SELECT * FROM %s", sql_relation(view)), NULL);
	}
	if (OidIsValid(corpus))
		put_difference(rsinfo, purpose, corpus, InvalidOid,
					   psprintf("SELECT * FROM %s c WHERE (c.source IN (%s)) IS NOT TRUE",
								sql_relation(corpus), sources), NULL);
}

static Oid
corpus_of(const char *purpose)
{
	ListCell   *lc;

	foreach(lc, views_of_purpose(purpose))
	{
		if (!is_corpus_part(lfirst_oid(lc)) &&
			strcmp(get_rel_name(lfirst_oid(lc)), CORPUS) == 0)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

static void
look_at_purpose(ReturnSetInfo *rsinfo, const char *purpose)
{
	Release		release;
	Oid			corpus = corpus_of(purpose);
	List	   *known = NIL;
	StringInfoData sources;
	ListCell   *lc;
	bool		any = release_of(purpose, &release);

	release.narrows = true;
	release.by_evidence = true;
	load_lawful(purpose);
	initStringInfo(&sources);
	appendStringInfoString(&sources, "NULL");
	foreach(lc, registry_find(BINDING_SOURCE, InvalidOid))
	{
		const Source *source = source_of(lfirst(lc));

		if (!any)
			continue;
		appendStringInfo(&sources, ", %s",
						 quote_literal_cstr(sql_relation(source->relid)));
		known = list_concat(known, look_at_source(rsinfo, source, &release,
												  corpus));
	}
	look_at_strays(rsinfo, purpose, known, corpus, sources.data);
}

PG_FUNCTION_INFO_V1(leaks);
Datum
leaks(PG_FUNCTION_ARGS)
{
	SqlScope	scope;
	const Purpose *purposes;
	int			npurposes;

	InitMaterializedSRF(fcinfo, 0);
	scope = sql_begin_read(sql_owner());
	npurposes = policy_purposes(&purposes);
	asker = scope.saved_user;
	PG_TRY();
	{
		for (int p = 0; p < npurposes; p++)
			look_at_purpose((ReturnSetInfo *) fcinfo->resultinfo,
							pstrdup(purposes[p].name));
	}
	PG_FINALLY();
	{
		lawful_subjects = NULL;
		lawful_purpose = NULL;
	}
	PG_END_TRY();
	sql_end(&scope);
	return (Datum) 0;
}
