/*
 * evidence.c: what do the user's own tables, and the ledger, say of a subject?
 *
 * Many subjects are read at once, each table by one query that runs as the
 * table's owner, as the server does for foreign keys: whoever may change a
 * table cannot make a more powerful role read another through it.  Nothing
 * in here raises an error because of a value: it runs inside somebody's
 * UPDATE, so what cannot be read becomes a reading that says so.
 */
#include "compat.h"
#include "education.h"
#include "evidence.h"
#include "reading.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define READ_KEYS \
	"pg_catalog.unnest(($1::text[])::%s[]) WITH ORDINALITY AS i(key, number)"

/* ------------------------------------------------------------------------
 * Subjects
 * ------------------------------------------------------------------------
 */

/*
 * A binding's columns in the order asked for, after the number of the key;
 * NULL stands for one that is not registered.
 */
static uint64
read_rows(const Binding *binding, const char *key_role, const char *key_type,
		  const char *const *roles, Datum keys)
{
	StringInfoData query;
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {keys};

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT i.number");
	for (; *roles; roles++)
	{
		char	   *column = binding_column(binding, *roles);

		appendStringInfo(&query, ", %s%s", column ? "t." : "",
						 column ? column : "NULL");
	}
	appendStringInfo(&query, " FROM " READ_KEYS
					 " JOIN ONLY %s t ON t.%s = i.key",
					 key_type, sql_relation(binding->relid),
					 binding_column(binding, key_role));
	return sql_run_as(sql_relation_owner(binding->relid), query.data,
					  1, types, values, NULL);
}

/* Room for one more behind count elements: doubled at every power of two. */
static void *
grow(void *array, int count, Size size, MemoryContext context)
{
	if (array == NULL)
		return MemoryContextAlloc(context, size);
	if ((count & (count - 1)) != 0)
		return array;
	return repalloc_huge(array, 2 * count * size);
}

/* May the owner read the own table?  Who may not, cannot be asked. */
static bool
is_readable(const Binding *binding)
{
	return pg_class_aclcheck(binding->relid, sql_relation_owner(binding->relid),
							 ACL_SELECT) == ACLCHECK_OK;
}

static Evidence *
evidence_of_row(Evidence *evidence, uint64 row)
{
	bool		isnull;

	return &evidence[DatumGetInt64(sql_column(row, 1, &isnull)) - 1];
}

static void
read_subjects(const Binding *binding, const char *key_type, Datum keys,
			  Evidence *evidence)
{
	static const char *const roles[] = {"birth", "notified_at", NULL};
	Oid			birth_type = binding_type(binding, "birth");
	uint64		count = read_rows(binding, "key", key_type, roles, keys);

	for (uint64 row = 0; row < count; row++)
	{
		Evidence   *e = evidence_of_row(evidence, row);
		bool		isnull;
		Datum		value = sql_column(row, 2, &isnull);

		/* Two rows for one person contradict each other. */
		if (e->known)
			e->birth.kind = READING_UNREADABLE;
		else
			e->birth = reading_of_value(value, isnull, birth_type);
		e->known = true;
		value = sql_column(row, 3, &isnull);
		e->notified_at = instant_of_value(value, isnull);
	}
}

/* ISCED levels from a number or from words; false: nothing known. */
static bool
read_stages(Datum level, bool level_null, Oid level_type,
			Datum school, bool school_null, StageRange *stages)
{
	text	   *words = NULL;

	if (!level_null && level_type != TEXTOID && level_type != VARCHAROID)
		words = cstring_to_text(sql_output(level, level_type));
	else if (!level_null)
		words = DatumGetTextPP(level);
	return education_stages(words, school_null ? NULL : DatumGetTextPP(school),
							NULL, stages);
}

static void
read_schooling(const Binding *binding, const char *key_type, Datum keys,
			   Evidence *evidence, MemoryContext context)
{
	static const char *const roles[] = {"level", "school", "starts", "ends", NULL};
	Oid			types[] = {binding_type(binding, "level"),
		binding_type(binding, "school"), binding_type(binding, "starts"),
	binding_type(binding, "ends")};
	uint64		count = read_rows(binding, "subject", key_type, roles, keys);

	for (uint64 row = 0; row < count; row++)
	{
		Evidence   *e = evidence_of_row(evidence, row);
		Datum		values[4];
		bool		nulls[4];
		StageRange	stages;
		Schooling  *s;

		for (int i = 0; i < 4; i++)
			values[i] = sql_column(row, i + 2, &nulls[i]);
		if (!read_stages(values[0], nulls[0], types[0], values[1], nulls[1],
						&stages) ||
			stages.lowest > 3 || stages.highest < 1)
			continue;

		e->schooling = grow(e->schooling, e->nschooling, sizeof(Schooling),
							context);
		s = &e->schooling[e->nschooling++];
		s->starts = reading_of_value(values[2], nulls[2], types[2]);
		s->ends = reading_of_value(values[3], nulls[3], types[3]);
	}
}

/*
 * The ledger, in the order that decides: by effective instant; at equal ones
 * the stricter last, which is then the one in force: an objection beats a
 * grant, and a grant without a notice version beats an explicit one.
 */
static void
read_consent(Datum keys, Evidence *evidence, const Purpose *purposes,
			 int npurposes, MemoryContext context)
{
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {keys};
	uint64		count;

	count = sql_run("SELECT i.number, c.purpose, c.effective_at, c.decision,"
					" c.notice_version IS NOT NULL"
					" FROM pg_catalog.unnest($1) WITH ORDINALITY"
					"   AS i(key, number),"
					" LATERAL (SELECT * FROM aiconsent.consent c"
					"  WHERE c.subject = i.key OFFSET 0) c"
					" ORDER BY i.number, c.effective_at,"
					"  c.decision = 'object', c.notice_version IS NULL",
					1, types, values, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		Evidence   *e = evidence_of_row(evidence, row);
		char	   *purpose = sql_text_column(row, 2);
		char	   *decision = sql_text_column(row, 4);
		bool		isnull;
		int			p;
		ConsentEvent *event;

		for (p = 0; p < npurposes; p++)
		{
			if (strcmp(purposes[p].name, purpose) == 0)
				break;
		}
		if (p == npurposes)
			continue;			/* said before its policy is adopted */

		e->events = grow(e->events, e->nevents, sizeof(ConsentEvent), context);
		event = &e->events[e->nevents++];
		event->purpose = p;
		event->effective_at = DatumGetTimestampTz(sql_column(row, 3, &isnull));
		event->noticed = DatumGetBool(sql_column(row, 5, &isnull));
		/* What is not recognised grants nothing. */
		event->choice = strcmp(decision, "grant") == 0 ? CHOICE_GRANT :
			CHOICE_OBJECT;
	}
}

Evidence *
evidence_read(const Binding *subject, Datum keys, int nkeys,
			  const Purpose *purposes, int npurposes)
{
	MemoryContext context = CurrentMemoryContext;
	Evidence   *evidence = palloc0(nkeys * sizeof(Evidence));
	const char *key_type;
	ListCell   *lc;

	for (int i = 0; i < nkeys; i++)
		evidence[i].notified_at = INSTANT_END;
	if (subject == NULL)
		return evidence;

	key_type = key_type_of(binding_type(subject, "key"))->name;
	if (is_readable(subject))
		read_subjects(subject, key_type, keys, evidence);
	foreach(lc, registry_find(BINDING_EDUCATION, InvalidOid,
							  CurrentMemoryContext))
	{
		if (is_readable(lfirst(lc)))
			read_schooling(lfirst(lc), key_type, keys, evidence, context);
		else
		{
			/* Nobody's schooling is known: nobody is surely out of school. */
			for (int i = 0; i < nkeys; i++)
				evidence[i].birth.kind = READING_UNREADABLE;
		}
	}
	read_consent(keys, evidence, purposes, npurposes, context);
	return evidence;
}
