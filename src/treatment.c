/*
 * treatment.c: in what form is a released value shown?
 *
 * A purpose can have a treatment for a category, and so for all that is below
 * it: a function that the training view calls with the value, as whoever
 * reads the view.
 */
#include "compat.h"
#include "policy.h"
#include "recognizer.h"
#include "registry.h"
#include "sql.h"
#include "treatment.h"
#include "trust.h"

#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_func.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"

#define NO_TREATMENT "none"
#define PSEUDONYM SCHEMA_NAME ".pseudonym("
#define SCRUB "scrub"
#define STRICT "strict"

/* ------------------------------------------------------------------------
 * Which one
 * ------------------------------------------------------------------------
 */

/* As committed now, as for all that makes a view stricter. */
const Treatments *
treatments_of(const char *purpose)
{
	Treatments *treatments = palloc0(sizeof(Treatments));
	uint64		count;

	count = sql_run_now("SELECT purpose, category, function, argument, shipped"
						" FROM aiconsent.treatment ORDER BY category");
	for (uint64 row = 0; row < count; row++)
	{
		Treatment  *treatment = palloc(sizeof(Treatment));
		bool		isnull;

		if (strcmp(sql_text_column(row, 1), purpose) != 0)
			continue;
		treatment->category = sql_text_column(row, 2);
		treatment->function = sql_text_column(row, 3);
		treatment->argument = sql_text_column(row, 4);
		treatment->shipped = DatumGetBool(sql_column(row, 5, &isnull));
		treatments->list = lappend(treatments->list, treatment);
	}
	treatments->recognizers = recognizers_of(purpose);
	return treatments;
}

/* The one for the category itself, or the nearest above it. */
static const Treatment *
nearest_treatment(const Treatments *treatments, const char *category, bool shipped)
{
	const Treatment *nearest = NULL;
	const ListCell *lc;

	foreach(lc, treatments->list)
	{
		const Treatment *treatment = lfirst(lc);
		size_t		length = strlen(treatment->category);

		if (treatment->shipped == shipped &&
			strncmp(category, treatment->category, length) == 0 &&
			(category[length] == '\0' || category[length] == '.') &&
			(nearest == NULL || length > strlen(nearest->category)))
			nearest = treatment;
	}
	return nearest;
}

/* What somebody said, however far above, goes before what came with us. */
static const Treatment *
treatment_for(const Treatments *treatments, const char *category)
{
	const Treatment *own = nearest_treatment(treatments, category, false);

	return own ? own : nearest_treatment(treatments, category, true);
}

static bool
same_treatment(const Treatment *a, const Treatment *b)
{
	return a == b ||
		(a && b && strcmp(a->function, b->function) == 0 &&
		 (a->argument && b->argument ?
		  strcmp(a->argument, b->argument) == 0 : a->argument == b->argument));
}

/* What came with us for another category is stricter, and holds for both. */
static bool
says_nothing(const Treatment *treatment)
{
	return treatment == NULL ||
		(treatment->shipped && strcmp(treatment->function, NO_TREATMENT) == 0);
}

/* ------------------------------------------------------------------------
 * Names of functions
 * ------------------------------------------------------------------------
 */

/* Ours go without a schema. */
static bool
is_ours(const char *function)
{
	return strcmp(function, "pseudonym") == 0 ||
		strcmp(function, "generalize") == 0 ||
		strcmp(function, SCRUB) == 0;
}

static List *
function_names(const char *function)
{
	if (is_ours(function))
		return list_make2(makeString(SCHEMA_NAME),
						  makeString(pstrdup(function)));
	return qualified_names(function);
}

/* What a function of ours takes of a type that needs to be told: numeric. */
static Oid
type_taken(const Treatment *treatment, Oid type)
{
	Oid			base = getBaseType(type);

	return strcmp(treatment->function, "generalize") == 0 &&
		(base == FLOAT4OID || base == FLOAT8OID) ? NUMERICOID : type;
}

/* ------------------------------------------------------------------------
 * scrub: text
 * ------------------------------------------------------------------------
 */

/* Nothing that somebody wrote is in a value of the type. */
static bool
has_no_text(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);
	char		kind = get_typtype(base);
	char		category;
	bool		preferred;

	if (OidIsValid(element))
		return has_no_text(element);
	if (kind == TYPTYPE_ENUM || base == UUIDOID)
		return true;
	if (base >= FirstNormalObjectId)
		return false;
	get_type_category_preferred(base, &category, &preferred);
	return kind == TYPTYPE_RANGE || kind == TYPTYPE_MULTIRANGE ||
		category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_BOOLEAN ||
		category == TYPCATEGORY_DATETIME || category == TYPCATEGORY_TIMESPAN ||
		category == TYPCATEGORY_GEOMETRIC;
}

/* The server itself makes text of it, without code of somebody's. */
static bool
is_text(Oid type)
{
	Oid			base = getBaseType(type);

	return base == BPCHAROID || base == NAMEOID || base == CHAROID ||
		IsBinaryCoercible(base, TEXTOID);
}

static bool
can_be_scrubbed(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	return base == JSONBOID || is_text(OidIsValid(element) ? element : base);
}

static bool
is_scrub(const Treatment *treatment)
{
	return treatment && strcmp(treatment->function, SCRUB) == 0;
}

/* Recognizers are constants of the view, so that none is dropped under it. */
static char *
scrub_call(const Treatment *treatment, const char *purpose, const char *value,
		   const List *recognizers)
{
	StringInfoData sql;
	const ListCell *lc;

	initStringInfo(&sql);
	appendStringInfo(&sql, SCHEMA_NAME "." SCRUB "(%s, %s, %s", value,
					 quote_literal_cstr(purpose),
					 treatment->argument ? "true" : "false");
	foreach(lc, recognizers)
		appendStringInfo(&sql, ", %s::pg_catalog.regprocedure",
						 quote_literal_cstr(psprintf("%s(pg_catalog.text)",
													 ((Recognizer *) lfirst(lc))->name)));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static char *
why_not_scrub(const Treatment *treatment, Oid type, const List *recognizers)
{
	const ListCell *lc;

	if (is_scrub(treatment) && !can_be_scrubbed(type))
		return psprintf("function %s does not take %s", SCRUB,
						format_type_be(type));
	foreach(lc, recognizers)
	{
		const char *name = ((Recognizer *) lfirst(lc))->name;
		char	   *why_not;

		if (!is_scrub(treatment))
			return psprintf("recognizer %s needs the treatment %s", name, SCRUB);
		why_not = recognizer_why_not(recognizer_function(name), name);
		if (why_not)
			return why_not;
	}
	return NULL;
}

bool
treatment_is_scrub(const Treatments *treatments, const char *category)
{
	return is_scrub(treatment_for(treatments, category));
}

/* ------------------------------------------------------------------------
 * The call of a treatment
 * ------------------------------------------------------------------------
 */

/* The argument is of the type that the function takes and no other. */
static char *
call_of(const Treatment *treatment, const char *purpose, const char *value,
		Oid type, Oid argument_type)
{
	if (type_taken(treatment, type) != type)
		value = psprintf("%s::pg_catalog.numeric", value);
	if (strcmp(treatment->function, "pseudonym") == 0)
		return psprintf(PSEUDONYM "%s::pg_catalog.text, %s)", value,
						quote_literal_cstr(purpose));
	return psprintf("%s(%s%s%s%s%s)",
					NameListToQuotedString(function_names(treatment->function)),
					value, treatment->argument ? ", " : "",
					treatment->argument ?
					quote_literal_cstr(treatment->argument) : "",
					treatment->argument ? "::" : "",
					treatment->argument ?
					format_type_extended(argument_type, -1,
										 FORMAT_TYPE_FORCE_QUALIFY) : "");
}

bool
treatment_names(const char *value)
{
	return strncmp(value, PSEUDONYM, strlen(PSEUDONYM)) == 0;
}

/*
 * Why the function cannot treat a value of the type; NULL: it can, and takes
 * an argument of this type.
 */
static char *
why_not_call(const Treatment *treatment, Oid type, Oid *argument_type)
{
	Oid			arguments[] = {type_taken(treatment, type), UNKNOWNOID};
	int			nargs = treatment->argument ? 2 : 1;
	Oid			function;
	Oid			result;
	bool		retset;
	int			nvargs;
	Oid			vatype;
	Oid		   *declared;

	if (strcmp(treatment->function, "pseudonym") == 0)
		return getBaseType(type) < FirstNormalObjectId ? NULL :
			psprintf("type %s has no pseudonym", format_type_be(type));
	if (func_get_detail(function_names(treatment->function), NIL, NIL, nargs,
						arguments, false, false, false, &function, &result,
						&retset, &nvargs, &vatype, &declared,
						NULL) != FUNCDETAIL_NORMAL || retset)
		return psprintf("function %s does not take %s", treatment->function,
						format_type_be(type));
	*argument_type = nargs == 2 ? declared[1] : InvalidOid;
	if (nargs == 2 && (IsPolymorphicType(declared[1]) ||
					   !trust_constants(declared[1])))
		return psprintf("function %s takes no argument that could be written down",
						treatment->function);
	return trust_why_not_call(function, treatment->function);
}

/* What the call gives, as the parser sees it. */
static void
describe(const char *call, Oid relid, Oid *type, int32 *typmod, Oid *collation)
{
	ParseState *pstate = make_parsestate(NULL);
	Relation	relation = table_open(relid, AccessShareLock);
	ParseNamespaceItem *item;
	List	   *parsed = raw_parser(call, RAW_PARSE_PLPGSQL_EXPR);
	Node	   *node;

	item = addRangeTableEntryForRelation(pstate, relation, AccessShareLock,
										 makeAlias("t", NIL), false, true);
	addNSItemToQuery(pstate, item, false, true, true);
	node = transformExpr(pstate,
						 linitial_node(ResTarget,
									   ((SelectStmt *) linitial_node(RawStmt, parsed)->stmt)->targetList)->val,
						 EXPR_KIND_SELECT_TARGET);
	assign_expr_collations(pstate, node);
	*type = exprType(node);
	*typmod = exprTypmod(node);
	*collation = exprCollation(node);
	free_parsestate(pstate);
	table_close(relation, NoLock);
}

char *
treatment_apply(const Treatments *treatments, const char *purpose,
				const Label *sensitivity, Oid relid, char *value,
				Oid *type, int32 *typmod, Oid *collation, char **why_not)
{
	const Treatment *treatment = NULL;
	List	   *recognizers = has_no_text(*type) ? NIL :
		recognizers_for(treatments->recognizers, sensitivity);
	Oid			argument_type = InvalidOid;
	char	   *call;

	*why_not = NULL;
	for (int i = 0; i < sensitivity->ncategories; i++)
	{
		const Treatment *one = treatment_for(treatments,
											 sensitivity->category[i]);

		if (i > 0 && says_nothing(one) && treatment && treatment->shipped)
			continue;
		if (i > 0 && !same_treatment(one, treatment) &&
			!(says_nothing(treatment) && one && one->shipped))
		{
			*why_not = pstrdup("its categories have different treatments");
			return NULL;
		}
		treatment = one;
	}
	if (is_scrub(treatment) && has_no_text(*type))
		return value;
	*why_not = why_not_scrub(treatment, *type, recognizers);
	if (*why_not)
		return NULL;
	if (treatment == NULL || strcmp(treatment->function, NO_TREATMENT) == 0)
		return value;
	if (is_scrub(treatment))
		call = scrub_call(treatment, purpose, value, recognizers);
	else
	{
		*why_not = why_not_call(treatment, *type, &argument_type);
		if (*why_not)
			return NULL;
		call = call_of(treatment, purpose, value, *type, argument_type);
	}
	describe(call, relid, type, typmod, collation);
	return call;
}

/* ------------------------------------------------------------------------
 * Saying so
 * ------------------------------------------------------------------------
 */

static char *
treatment_text(const char *function, const char *argument)
{
	return argument ? psprintf("%s, %s", function, argument) :
		function ? pstrdup(function) : NULL;
}

static void
check_function(const char *function, const char *argument)
{
	List	   *names;

	if (strcmp(function, NO_TREATMENT) == 0)
		return;
	if (strcmp(function, SCRUB) == 0 && argument &&
		strcmp(argument, STRICT) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown argument of %s: \"%s\"", SCRUB, argument),
				 errhint("It is %s, or none.", STRICT)));
	names = function_names(function);
	if (list_length(names) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("treatment \"%s\" names no schema", function),
				 errhint("A treatment is none, pseudonym, generalize, scrub, or a function of yours: 'schema.function'.")));
	if (FuncnameGetCandidates(names, -1, NIL, false, false, false, true) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s does not exist",
						NameListToQuotedString(names))));
}

void
treatment_require_category(const char *name)
{
	Label		category;
	LabelError	fault;

	if (!label_from_list(LABEL_PERSONAL, name, strlen(name), &category, &fault) ||
		category.ncategories != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not a category", name),
				 errhint("A category is a dotted name such as content.post.")));
}

/*
 * treat(category, treatment, purpose, argument, reason): see COMMENT ON.
 */
PG_FUNCTION_INFO_V1(treat);
Datum
treat(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	static const int order[] = {2, 0, 1, 3, 4};
	Datum		values[lengthof(types)];
	char		nulls[lengthof(types)];
	char	   *texts[lengthof(types)];
	char	   *before = NULL;
	SqlScope	scope;

	for (int i = 0; i < (int) lengthof(types); i++)
	{
		int			argument = order[i];

		nulls[i] = PG_ARGISNULL(argument) ? 'n' : ' ';
		values[i] = PG_ARGISNULL(argument) ? (Datum) 0 :
			PG_GETARG_DATUM(argument);
		texts[i] = PG_ARGISNULL(argument) ? NULL :
			text_to_cstring(PG_GETARG_TEXT_PP(argument));
	}
	if (texts[0] == NULL || texts[1] == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("category and purpose must not be null")));
	treatment_require_category(texts[1]);

	scope = sql_begin(sql_owner());
	require_purpose(texts[0]);
	if (texts[2])
		check_function(texts[2], texts[3]);
	if (sql_run("DELETE FROM aiconsent.treatment"
				" WHERE purpose = $1 AND category = $2 AND NOT shipped"
				" RETURNING function, argument", 2, types, values, nulls) > 0)
		before = treatment_text(sql_text_column(0, 1), sql_text_column(0, 2));
	if (texts[2])
		sql_run("INSERT INTO aiconsent.treatment"
				" (purpose, category, function, argument, reason)"
				" VALUES ($1, $2, $3, $4, $5)", 5, types, values, nulls);
	registry_change(scope.saved_user, "treat",
					psprintf("%s for %s", texts[1], texts[0]), before,
					treatment_text(texts[2], texts[3]), texts[4]);
	sql_end(&scope);
	PG_RETURN_VOID();
}
