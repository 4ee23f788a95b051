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
#include "identity.h"
#include "lookup.h"
#include "mention.h"
#include "reading.h"
#include "sql.h"
#include "table.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

const char *const decision_names[NDECISIONS] = {
	"erase", "retract", "mirror_true", "grant", "mirror_false", "object",
	"mirror_unknown", "release", "hold"
};

bool
decision_of_text(const char *text, Decision *decision)
{
	for (int i = 0; i < NDECISIONS; i++)
	{
		if (strcmp(text, decision_names[i]) == 0)
		{
			*decision = i;
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------------
 * What rows are made of
 * ------------------------------------------------------------------------
 */

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

static void
add_notice(Evidence *e, int purpose, Instant at, MemoryContext context)
{
	if (at == INSTANT_END)
		return;
	e->notices = grow(e->notices, e->nnotices, sizeof(Notice), context);
	e->notices[e->nnotices++] = (Notice)
	{
		purpose, at
	};
}

/* ------------------------------------------------------------------------
 * Subjects
 * ------------------------------------------------------------------------
 */

enum
{
	SUBJECT_BIRTH = 2,
	SUBJECT_REGION,
	SUBJECT_NOTIFIED_AT,
	SUBJECT_HANDLE,
	SUBJECT_EMAIL,
	SUBJECT_PROFILE
};
static const char *const subject_roles[] = {
	"birth", "region", "notified_at", "handle", "email", "profile", NULL
};

static text *
text_column(uint64 row, int column)
{
	bool		isnull;
	Datum		value = sql_column(row, column, &isnull);

	return isnull ? NULL : DatumGetTextPP(value);
}

/* Of two rows for one person the first: that person is out. */
static void
read_mentions(uint64 row, Evidence *e, const bytea *secret)
{
	text	   *handle = text_column(row, SUBJECT_HANDLE);
	text	   *profile = text_column(row, SUBJECT_PROFILE);

	if (handle && !e->known)
		e->handle = mention_handle(secret, handle);
	if (profile && !e->known)
		e->profile = mention_profile(secret, profile);
}

static void
read_subject(uint64 row, Evidence *e, Oid birth_type, const Asked *asked)
{
	bool		isnull;
	Datum		value = sql_column(row, SUBJECT_BIRTH, &isnull);
	text	   *region = text_column(row, SUBJECT_REGION);

	/* Two rows for one person contradict each other. */
	if (e->known)
		e->birth.kind = READING_UNREADABLE;
	else
		e->birth = reading_of_value(value, isnull, birth_type);
	e->known = true;
	if (region)
		region_read(VARDATA_ANY(region), VARSIZE_ANY_EXHDR(region), e->region);
	value = sql_column(row, SUBJECT_NOTIFIED_AT, &isnull);
	add_notice(e, -1, instant_of_value(value, isnull), asked->context);
}

/* What they are mentioned by is kept for purposes to ask about. */
static void
read_subjects(const Binding *binding, const Asked *asked, bool mentions,
			  Evidence *evidence)
{
	static const struct
	{
		IdentifierKind kind;
		int			column;
	}			identifiers[] = {
		{IDENTIFIER_HANDLE, SUBJECT_HANDLE},
		{IDENTIFIER_EMAIL, SUBJECT_EMAIL},
		{IDENTIFIER_PROFILE, SUBJECT_PROFILE}
	};
	uint64		count;
	Identifiers *sought = identity_seek(asked->keys, asked->n);
	const bytea *secret = mentions ? mention_secret(binding) : NULL;
	SPITupleTable *rows;

	if (table_rows(binding, "key", subject_roles, NULL, asked, &count))
	{
		Oid			birth_type = binding_type(binding, "birth");

		rows = SPI_tuptable;
		for (uint64 row = 0; row < count; row++)
		{
			Evidence   *e = &evidence[table_subject(asked, row)];

			if (secret)
				read_mentions(row, e, secret);
			read_subject(row, e, birth_type, asked);
			for (int i = 0; sought && i < (int) lengthof(identifiers); i++)
				identity_add(sought, e - evidence, identifiers[i].kind,
							 text_column(row, identifiers[i].column));
		}
		SPI_freetuptable(rows);
	}
	identity_find(sought, evidence, INSTANT_END);
}

/* ------------------------------------------------------------------------
 * Schooling
 * ------------------------------------------------------------------------
 */

enum
{
	SCHOOL_LEVEL = 2,
	SCHOOL_NAME,
	SCHOOL_STARTS,
	SCHOOL_ENDS
};
static const char *const schooling_roles[] = {
	"level", "school", "starts", "ends", NULL
};

/* What words were found to mean, since many people go to like schools. */
typedef struct WordsEntry
{
	char	   *words;			/* region, level and school */
	bool		minor;			/* can be of ISCED 1, 2 or 3 */
	uint32		hash;
	char		status;
} WordsEntry;

#define SH_PREFIX words
#define SH_ELEMENT_TYPE WordsEntry
#define SH_KEY_TYPE char *
#define SH_KEY words
#define SH_HASH_KEY(table, key) \
	hash_bytes((const unsigned char *) (key), (int) strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static bool
is_minors_school(text *level, text *school, const char *region)
{
	StageRange	stages;

	return education_stages(level, school,
							*region ? cstring_to_text(region) : NULL,
							&stages) &&
		stages.lowest <= 3 && stages.highest >= 1;
}

static bool
look_up_school(words_hash *seen, text *level, text *school, const char *region)
{
	int			level_length = level ? VARSIZE_ANY_EXHDR(level) : 0;
	int			school_length = school ? VARSIZE_ANY_EXHDR(school) : 0;
	char	   *words = psprintf("%s\t%.*s\t%.*s", region,
								 level_length, level ? VARDATA_ANY(level) : "",
								 school_length, school ? VARDATA_ANY(school) : "");
	bool		found;
	WordsEntry *entry = words_insert(seen, words, &found);

	if (!found)
		entry->minor = is_minors_school(level, school, region);
	else
		pfree(words);
	return entry->minor;
}

static void
read_schooling(const Binding *binding, const Asked *asked, Evidence *evidence)
{
	Oid			types[] = {
		binding_type(binding, "level"), binding_type(binding, "starts"),
		binding_type(binding, "ends")
	};
	uint64		count;
	words_hash *seen;

	if (!table_rows(binding, "subject", schooling_roles, NULL, asked, &count))
	{
		/* Nobody's schooling is known: nobody is surely out of school. */
		for (int i = 0; i < asked->n; i++)
			evidence[i].birth.kind = READING_UNREADABLE;
		return;
	}
	seen = words_create(CurrentMemoryContext, 64, NULL);
	for (uint64 row = 0; row < count; row++)
	{
		Evidence   *e = &evidence[table_subject(asked, row)];
		bool		isnull;
		Datum		value = sql_column(row, SCHOOL_LEVEL, &isnull);
		text	   *level = NULL;
		Schooling  *s;

		if (!isnull)
			level = types[0] == TEXTOID || types[0] == VARCHAROID ?
				DatumGetTextPP(value) :
				cstring_to_text(sql_output(value, types[0]));
		if (!look_up_school(seen, level, text_column(row, SCHOOL_NAME),
							e->region))
			continue;

		e->schooling = grow(e->schooling, e->nschooling, sizeof(Schooling),
							asked->context);
		s = &e->schooling[e->nschooling++];
		value = sql_column(row, SCHOOL_STARTS, &isnull);
		s->starts = reading_of_value(value, isnull, types[1]);
		value = sql_column(row, SCHOOL_ENDS, &isnull);
		s->ends = reading_of_value(value, isnull, types[2]);
	}
	words_destroy(seen);
	SPI_freetuptable(SPI_tuptable);
}

/* ------------------------------------------------------------------------
 * Notices of one purpose
 * ------------------------------------------------------------------------
 */

bool
evidence_has_notices(const char *purpose)
{
	ListCell   *lc;

	foreach(lc, registry_find(BINDING_NOTICE, InvalidOid))
	{
		if (strcmp(((Binding *) lfirst(lc))->purpose, purpose) == 0)
			return true;
	}
	return false;
}

/* What cannot be read was not given. */
static void
read_notices(const Binding *binding, const Asked *asked,
			 const Purpose *purposes, int npurposes, Evidence *evidence)
{
	static const char *const roles[] = {"at", NULL};
	uint64		count;
	int			p = 0;

	while (p < npurposes && strcmp(purposes[p].name, binding->purpose) != 0)
		p++;
	if (p == npurposes ||
		!table_rows(binding, "subject", roles, NULL, asked, &count))
		return;
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Datum		value = sql_column(row, 2, &isnull);

		add_notice(&evidence[table_subject(asked, row)], p,
				   instant_of_value(value, isnull), asked->context);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* ------------------------------------------------------------------------
 * The ledger
 * ------------------------------------------------------------------------
 */

/* At equal instants the stricter last: it is then the one in force. */
static int
compare_events(const void *a, const void *b)
{
	const ConsentEvent *x = a;
	const ConsentEvent *y = b;

	if (x->effective_at != y->effective_at)
		return x->effective_at < y->effective_at ? -1 : 1;
	if (x->decision != y->decision)
		return x->decision < y->decision ? -1 : 1;
	if (x->noticed != y->noticed)
		return x->noticed ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/* Put one subject's events in order, and mark what was retracted. */
static void
arrange_events(Evidence *e)
{
	int64	   *retracted;
	int			n = 0;

	qsort(e->events, e->nevents, sizeof(ConsentEvent), compare_events);
	for (int i = 0; i < e->nevents; i++)
		n += e->events[i].decision == DECISION_RETRACT;
	if (n == 0)
		return;
	retracted = palloc_extended(n * sizeof(int64), MCXT_ALLOC_HUGE);
	n = 0;
	for (int i = 0; i < e->nevents; i++)
	{
		if (e->events[i].decision == DECISION_RETRACT)
			retracted[n++] = e->events[i].retracts;
	}
	qsort(retracted, n, sizeof(int64), compare_ids);
	for (int i = 0; i < e->nevents; i++)
		e->events[i].retracted = bsearch(&e->events[i].id, retracted, n,
										 sizeof(int64), compare_ids) != NULL;
	pfree(retracted);
}

void
evidence_add_event(Evidence *e, const ConsentEvent *event)
{
	e->events = grow(e->events, e->nevents, sizeof(ConsentEvent),
					 e->events ? GetMemoryChunkContext(e->events) :
					 CurrentMemoryContext);
	e->events[e->nevents++] = *event;
	arrange_events(e);
}

static int
purpose_by_name(const Purpose *purposes, int npurposes, const char *name)
{
	int			p = 0;

	while (p < npurposes && strcmp(purposes[p].name, name) != 0)
		p++;
	return p;
}

static char *
text_of_slot(TupleTableSlot *slot, AttrNumber attno)
{
	return TextDatumGetCString(lookup_column(slot, attno));
}

static void
read_event(TupleTableSlot *slot, const Purpose *purposes, int npurposes,
		   Evidence *e, MemoryContext context)
{
	ConsentEvent event;

	if (slot_attisnull(slot, CONSENT_PURPOSE))
		return;					/* an erasure, of a key that is written so */
	event = (ConsentEvent)
	{
		.purpose = purpose_by_name(purposes, npurposes,
								   text_of_slot(slot, CONSENT_PURPOSE)),
		.effective_at =
		DatumGetTimestampTz(lookup_column(slot, CONSENT_EFFECTIVE_AT)),
		.recorded_at =
		DatumGetTimestampTz(lookup_column(slot, CONSENT_RECORDED_AT)),
		.id = DatumGetInt64(lookup_column(slot, CONSENT_ID)),
		.noticed = !slot_attisnull(slot, CONSENT_NOTICE_VERSION)
	};

	if (event.purpose == npurposes)
		return;					/* said before its policy is adopted */
	if (!decision_of_text(text_of_slot(slot, CONSENT_DECISION),
						  &event.decision))
		event.decision = DECISION_OBJECT;	/* it grants nothing */
	if (event.decision == DECISION_RETRACT)
		event.retracts = DatumGetInt64(lookup_column(slot, CONSENT_RETRACTS));
	e->events = grow(e->events, e->nevents, sizeof(ConsentEvent), context);
	e->events[e->nevents++] = event;
}

static void
read_events(const Asked *asked, const Purpose *purposes, int npurposes,
			Evidence *evidence)
{
	Lookup		lookup;
	MemoryContext one;

	if (sql_is_empty("consent"))
		return;
	one = AllocSetContextCreate(asked->context, "aiconsent event",
								ALLOCSET_SMALL_SIZES);
	lookup_open(&lookup, "consent", "consent_subject", 1);
	for (int i = 0; i < asked->n; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(one);
		ScanKeyData key;

		ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ,
					CStringGetTextDatum(asked->keys[i]));
		lookup_begin(&lookup, &key);
		for (int n = 1; lookup_next(&lookup); n++)
		{
			read_event(lookup.slot, purposes, npurposes, &evidence[i],
					   asked->context);
			if (n % 1000 == 0)
			{
				CHECK_FOR_INTERRUPTS();
				MemoryContextReset(one);
			}
		}
		arrange_events(&evidence[i]);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(one);
	}
	lookup_close(&lookup);
	MemoryContextDelete(one);
}

Evidence *
evidence_read(char *const *keys, int nkeys, const Purpose *purposes,
			  int npurposes)
{
	const Binding *subject = registry_subject();
	Asked		asked = table_ask(keys, nkeys);
	Evidence   *evidence = palloc_extended(nkeys * sizeof(Evidence),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	ListCell   *lc;

	for (int i = 0; i < nkeys; i++)
		evidence[i].suppressed_at = INSTANT_END;
	if (subject)
	{
		read_subjects(subject, &asked, npurposes > 0, evidence);
		foreach(lc, registry_find(BINDING_EDUCATION, InvalidOid))
			read_schooling(lfirst(lc), &asked, evidence);
		foreach(lc, registry_find(BINDING_NOTICE, InvalidOid))
			read_notices(lfirst(lc), &asked, purposes, npurposes, evidence);
	}
	read_events(&asked, purposes, npurposes, evidence);
	return evidence;
}
