/*
 * verify.c: is the ledger what was recorded?
 *
 * One pass over the events in the order of subjects and ids, beside the last
 * hashes of the subjects' chains in aiconsent.head.  A seal says of each event
 * that it closed which hash it has, so that each of these is right or wrong by
 * itself; the others are, behind the one before them.
 */
#include "compat.h"
#include "chain.h"
#include "cursor.h"
#include "identity.h"
#include "lookup.h"
#include "merkle.h"
#include "sql.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

/* Sorts of all events go to files behind it. */
#define SORT_MEMORY "64MB"

/* What can be found, in words; what is of a seal has its number. */
typedef enum FindingKind
{
	NO_SUCH_SEAL,
	SEAL_EDITED,
	ANOTHER_LEDGER,
	EDITED,
	DELETED,
	INSERTED,
	BEGINS_ANEW,
	TAKEN,
	NOT_KEPT_OUT,
	NO_END,
	END_EDITED
} FindingKind;

static const char *const finding_words[] = {
	"no seal has this root: it was deleted, or the ledger is from before it",
	"seal " INT64_FORMAT " was edited, or one before it deleted: what it closed cannot be told",
	"the ledger is not what seal " INT64_FORMAT " closed",
	"edited",
	"deleted",
	"inserted",
	"begins the subject's chain anew",
	"its content was taken without an erasure",
	"the erased subject is not kept out: its row of aiconsent.erasure is gone",
	"the end of its chain in aiconsent.head was taken away, or it was inserted",
	"the end of its chain in aiconsent.head was edited"
};

typedef struct FindingKey
{
	int64		event;			/* 0: of none */
	int64		seal;			/* 0: of none */
	int64		kind;			/* no byte of a key is unset */
} FindingKey;

typedef struct Finding
{
	FindingKey	key;
	int64		unless;			/* an event that explains it if that was edited */
	char	   *subject;
} Finding;

typedef struct Event
{
	char	   *subject;		/* NULL: deleted, a seal has it */
	int64		id;
	int64		previous;		/* 0: none */
	bool		is_erasure;
	bool		is_erased;
	bool		is_sealed;
	bool		edited;
	uint8		hash[SHA256_BYTES];	/* what it has */
	uint8		sealed[SHA256_BYTES];	/* what a seal says that it has */
	uint8		digest[SHA256_BYTES];
	uint8		computed[SHA256_BYTES]; /* what it should have */
} Event;

typedef struct Verification
{
	bytea	   *root;			/* given; NULL: none */
	bytea	   *secret;			/* which chains begin with; NULL: none */
	int64		seal;			/* which is gone by; 0: none */
	bool		seals_intact;
	int64		closed;			/* the last event of that seal; 0: none */
	HTAB	   *findings;
	MemoryContext context;		/* of the findings */

	Cursor		ends;			/* subject, last_id, last_hash of aiconsent.head */
	bool		has_end;

	/* What the seal has of the ledger, computed anew. */
	int64		events;
	int64		chains;
	Tuplesortstate *heads;

	/* The chain that is being gone through. */
	int64		first;
	Event		last;
	Event		tip_closed;		/* its last event that the seal closed */
	int64	   *erased;
	int			nerased;
	int			room;
} Verification;

/* ------------------------------------------------------------------------
 * Findings
 * ------------------------------------------------------------------------
 */

static void
find(Verification *v, FindingKind kind, int64 event, const char *subject)
{
	FindingKey	key = {.event = event,.kind = kind};
	bool		found;
	Finding    *finding = hash_search(v->findings, &key, HASH_ENTER, &found);

	if (found)
		return;
	finding->unless = 0;
	finding->subject = subject ? MemoryContextStrdup(v->context, subject) : NULL;
}

static void
find_unless(Verification *v, FindingKind kind, int64 event, const char *subject,
			int64 unless)
{
	FindingKey	key = {.event = event,.kind = kind};

	find(v, kind, event, subject);
	((Finding *) hash_search(v->findings, &key, HASH_FIND, NULL))->unless = unless;
}

static void
find_of_seal(Verification *v, FindingKind kind, int64 seal)
{
	FindingKey	key = {.seal = seal,.kind = kind};
	bool		found;
	Finding    *finding = hash_search(v->findings, &key, HASH_ENTER, &found);

	finding->unless = 0;
	finding->subject = NULL;
}

static bool
is_found(const Verification *v, FindingKind kind, int64 event)
{
	FindingKey	key = {.event = event,.kind = kind};

	return hash_search(v->findings, &key, HASH_FIND, NULL) != NULL;
}

static int
compare_findings(const void *a, const void *b)
{
	const Finding *const *f = a;
	const Finding *const *g = b;

	if ((*f)->key.event != (*g)->key.event)
		return (*f)->key.event < (*g)->key.event ? -1 : 1;
	if ((*f)->key.seal != (*g)->key.seal)
		return (*f)->key.seal < (*g)->key.seal ? -1 : 1;
	return (*f)->key.kind - (*g)->key.kind;
}

static void
put_findings(Verification *v, ReturnSetInfo *rsinfo)
{
	int64		n = hash_get_num_entries(v->findings);
	Finding   **sorted = palloc_extended(n * sizeof(Finding *) + 1,
										 MCXT_ALLOC_HUGE);
	HASH_SEQ_STATUS status;
	Finding    *finding;

	n = 0;
	hash_seq_init(&status, v->findings);
	while ((finding = hash_seq_search(&status)) != NULL)
	{
		if (finding->unless == 0 || !is_found(v, EDITED, finding->unless))
			sorted[n++] = finding;
	}
	qsort(sorted, n, sizeof(Finding *), compare_findings);
	for (int64 i = 0; i < n; i++)
	{
		Finding    *f = sorted[i];
		Datum		values[3];
		bool		nulls[3] = {f->key.event == 0, f->subject == NULL, false};

		values[0] = Int64GetDatum(f->key.event);
		values[1] = f->subject ? CStringGetTextDatum(f->subject) : (Datum) 0;
		values[2] = CStringGetTextDatum(psprintf(finding_words[f->key.kind],
												 f->key.seal));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/* ------------------------------------------------------------------------
 * Rows
 * ------------------------------------------------------------------------
 */

/* What is no hash of ours is the hash of nothing. */
static bool
copy_hash(Datum value, bool isnull, uint8 *hash)
{
	bytea	   *bytes;

	memset(hash, 0, SHA256_BYTES);
	if (isnull)
		return false;
	bytes = DatumGetByteaPP(value);
	if (VARSIZE_ANY_EXHDR(bytes) == SHA256_BYTES)
		memcpy(hash, VARDATA_ANY(bytes), SHA256_BYTES);
	return true;
}

static bool
cursor_hash(const Cursor *cursor, int column, uint8 *hash)
{
	bool		isnull;
	Datum		value = cursor_column(cursor, column, &isnull);

	return copy_hash(value, isnull, hash);
}

static bool
same_hash(const uint8 *a, const uint8 *b)
{
	return memcmp(a, b, SHA256_BYTES) == 0;
}

/* ------------------------------------------------------------------------
 * Seals
 * ------------------------------------------------------------------------
 */

static void
verify_seals(Verification *v)
{
	Oid			types[] = {BYTEAOID};
	Datum		values[] = {PointerGetDatum(v->root)};
	uint64		count = sql_run("SELECT s.id, s.last_event, s.intact"
								" FROM aiconsent.seal_chain($1) s", 1, types,
								values, v->root ? NULL : "n");
	bool		isnull;

	if (count > 0)
		v->seal = DatumGetInt64(sql_column(count - 1, 1, &isnull));
	else if (v->root)
		find_of_seal(v, NO_SUCH_SEAL, 0);

	v->seals_intact = true;
	for (uint64 row = 0; row < count; row++)
	{
		if (DatumGetBool(sql_column(row, 3, &isnull)))
			continue;
		v->seals_intact = false;
		find_of_seal(v, SEAL_EDITED,
					 DatumGetInt64(sql_column(row, 1, &isnull)));
	}
	if (count > 0 && v->seals_intact)
		v->closed = DatumGetInt64(sql_column(count - 1, 2, &isnull));
}

/* ------------------------------------------------------------------------
 * One event
 * ------------------------------------------------------------------------
 */

static void
read_event(const Cursor *cursor, Event *event)
{
	bool		isnull;

	event->subject = cursor_text(cursor, 1);
	event->id = cursor_number(cursor, 2);
	event->previous = cursor_number(cursor, 3);
	event->is_erasure = DatumGetBool(cursor_column(cursor, 4, &isnull));
	event->is_erased = DatumGetBool(cursor_column(cursor, 5, &isnull));
	(void) cursor_hash(cursor, 6, event->hash);
	(void) cursor_hash(cursor, 7, event->digest);
	event->is_sealed = cursor_hash(cursor, 8, event->sealed);
	event->edited = false;
}

/*
 * The event that another one says it follows, where that is not the one before
 * it in its chain.  False if there is none.
 */
static bool
find_previous(int64 id, Event *previous)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	bool		isnull;
	Datum		value;

	if (sql_run("SELECT c.subject, c.hash, c.erased IS NOT NULL,"
				" (SELECT b.hashes[pg_catalog.array_position(b.ids, c.id)]"
				"  FROM aiconsent.seal_block b"
				"  WHERE b.kind = 'event' AND b.first <= c.id"
				"  ORDER BY b.first DESC LIMIT 1)"
				" FROM aiconsent.consent c WHERE c.id = $1",
				1, types, values, NULL) == 0)
		return false;
	previous->id = id;
	previous->subject = sql_text_column(0, 1);
	value = sql_column(0, 2, &isnull);
	(void) copy_hash(value, isnull, previous->hash);
	previous->is_erased = DatumGetBool(sql_column(0, 3, &isnull));
	value = sql_column(0, 4, &isnull);
	previous->is_sealed = copy_hash(value, isnull, previous->sealed);
	memcpy(previous->computed, previous->hash, SHA256_BYTES);
	return true;
}

static bool
follows(const Event *event, const uint8 *previous)
{
	uint8		hash[SHA256_BYTES];

	chain_hash(previous, event->digest, hash);
	return same_hash(event->hash, hash);
}

/*
 * previous NULL: the event is the first of its chain.  An event that no seal
 * closed is right, too, behind the hash that the one before it has or, where
 * only that one was edited, should have.
 */
static void
judge_event(const Verification *v, Event *event, const Event *previous)
{
	ChainEnd	begin;

	if (previous == NULL)
		chain_begin(&begin, v->secret, event->subject);
	chain_hash(previous == NULL ? begin.hash :
			   previous->is_sealed ? previous->sealed : previous->hash,
			   event->digest, event->computed);
	if (event->is_sealed)
		event->edited = !same_hash(event->hash, event->sealed) ||
			!same_hash(event->computed, event->sealed);
	else if (same_hash(event->hash, event->computed))
		event->edited = false;
	else if (previous &&
			 (follows(event, previous->hash) ||
			  follows(event, previous->computed)))
	{
		event->edited = false;
		memcpy(event->computed, event->hash, SHA256_BYTES);
	}
	else
		event->edited = true;
}

/* What follows from an event that is not edited, and its place in the chain. */
static void
judge_place(Verification *v, const Event *event, const Event *previous)
{
	const Event *last = v->last.id == 0 ? NULL : &v->last;

	if (event->previous == 0)
	{
		/* Whose an erased event is stands in no hash, so a seal does not tell. */
		if (last && !last->edited && (!event->is_sealed || event->is_erased))
		{
			find(v, BEGINS_ANEW, event->id, event->subject);
			find(v, BEGINS_ANEW, v->first, event->subject);
		}
	}
	else if (previous == NULL)
		find(v, DELETED, event->previous, event->subject);
	else if (strcmp(previous->subject, event->subject) != 0)
	{
		/* The hash of what is erased does not say whose it is. */
		if (event->is_erased && last == NULL)
			find(v, EDITED, event->id, event->subject);
		if (!event->is_erased || last || previous->is_erased)
			find(v, EDITED, previous->id, previous->subject);
	}
	else if (last && previous != last && !last->edited && !last->is_sealed)
		find(v, INSERTED, last->id, last->subject);
}

static void
take_event(Verification *v, Event *event)
{
	Event		elsewhere = {0};
	const Event *previous = NULL;

	if (event->previous != 0)
	{
		if (v->last.id == event->previous)
			previous = &v->last;
		else if (find_previous(event->previous, &elsewhere))
			previous = &elsewhere;
	}
	if (event->previous == 0 || previous)
		judge_event(v, event, previous);
	else if (event->is_sealed)
		event->edited = !same_hash(event->hash, event->sealed);
	if (event->edited)
		find(v, EDITED, event->id, event->subject);
	else
		judge_place(v, event, previous);
	if (event->id <= v->closed)
	{
		if (!event->is_sealed)
			find(v, INSERTED, event->id, event->subject);
		v->events++;
		v->tip_closed = *event;
	}
	if (event->is_erased)
	{
		if (v->nerased == v->room)
		{
			v->room = Max(2 * v->room, 64);
			v->erased = v->erased ?
				repalloc_huge(v->erased, v->room * sizeof(int64)) :
				MemoryContextAlloc(v->context, v->room * sizeof(int64));
		}
		v->erased[v->nerased++] = event->id;
	}
}

/* ------------------------------------------------------------------------
 * One chain
 * ------------------------------------------------------------------------
 */

/* The key of aiconsent.erasure that an erased subject's events have. */
static bool
is_kept_out(const char *subject)
{
	bytea	   *hash = palloc(VARHDRSZ + SHA256_BYTES);
	Lookup		lookup;
	ScanKeyData key;
	bool		found;

	SET_VARSIZE(hash, VARHDRSZ + SHA256_BYTES);
	if (!chain_erased_hash(subject, (uint8 *) VARDATA(hash)))
		return false;
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_BYTEAEQ,
				PointerGetDatum(hash));
	lookup_open(&lookup, "erasure", "erasure_pkey", 1);
	lookup_begin(&lookup, &key);
	found = lookup_next(&lookup);
	lookup_close(&lookup);
	return found;
}

/* An end that is no chain's: of a subject all of whose events are gone. */
static void
judge_stray_end(Verification *v)
{
	int64		id = cursor_number(&v->ends, 2);
	char	   *subject = cursor_text(&v->ends, 1);
	Event		event;

	if (find_previous(id, &event))
		find_unless(v, END_EDITED, id, subject, id);
	else
		find(v, DELETED, id, subject);
}

static int
compare_end(Verification *v, const char *subject)
{
	bool		isnull;
	text	   *key = DatumGetTextPP(cursor_column(&v->ends, 1, &isnull));
	int			length = strlen(subject);
	int			n = VARSIZE_ANY_EXHDR(key);
	int			order = memcmp(VARDATA_ANY(key), subject, Min(n, length));

	return order != 0 ? order : n - length;
}

static void
judge_end(Verification *v, const Event *tip)
{
	int64		id;
	uint8		hash[SHA256_BYTES];
	Event		event;

	while (v->has_end && compare_end(v, tip->subject) < 0)
	{
		judge_stray_end(v);
		v->has_end = cursor_next(&v->ends);
	}
	if (!v->has_end || compare_end(v, tip->subject) > 0)
	{
		if (!tip->is_erasure && !tip->is_erased && !tip->edited)
			find(v, NO_END, tip->id, tip->subject);
		return;
	}
	id = cursor_number(&v->ends, 2);
	(void) cursor_hash(&v->ends, 3, hash);
	if (id == tip->id)
	{
		if (!same_hash(hash, tip->hash) && !same_hash(hash, tip->computed))
			find(v, END_EDITED, id, tip->subject);
	}
	else if (!find_previous(id, &event))
		find(v, DELETED, id, tip->subject);
	else if (strcmp(event.subject, tip->subject) != 0)
		find_unless(v, END_EDITED, tip->id, tip->subject, id);
	else if (tip->is_sealed)
		find(v, END_EDITED, tip->id, tip->subject);
	else if (!tip->edited)
		find(v, INSERTED, tip->id, tip->subject);
	v->has_end = cursor_next(&v->ends);
}

/* What the seal has of a chain: first event, and hash of the last. */
static void
add_head(Verification *v)
{
	bytea	   *head = palloc(VARHDRSZ + sizeof(uint64) + SHA256_BYTES);
	uint64		first = pg_hton64((uint64) v->first);

	SET_VARSIZE(head, VARHDRSZ + sizeof(uint64) + SHA256_BYTES);
	memcpy(VARDATA(head), &first, sizeof(first));
	memcpy(VARDATA(head) + sizeof(first), v->tip_closed.hash, SHA256_BYTES);
	tuplesort_putdatum(v->heads, PointerGetDatum(head), false);
	pfree(head);
	v->chains++;
}

static void
finish_chain(Verification *v)
{
	const Event *tip = &v->last;

	if (tip->id == 0)
		return;
	judge_end(v, tip);
	if (tip->is_erasure)
	{
		if (!is_kept_out(tip->subject))
			find(v, NOT_KEPT_OUT, tip->id, tip->subject);
	}
	else
	{
		for (int i = 0; i < v->nerased; i++)
			find(v, TAKEN, v->erased[i], tip->subject);
	}
	if (v->tip_closed.id != 0)
		add_head(v);
	v->nerased = 0;
	v->last.id = v->tip_closed.id = 0;
}

/* ------------------------------------------------------------------------
 * The ledger
 * ------------------------------------------------------------------------
 */

/*
 * Rows without a subject come last: those of a seal whose event is gone.  A
 * digest is computed before the rows are sorted, which are narrow then.
 */
#define EVENTS \
	"WITH sealed AS (SELECT e.id, e.hash FROM aiconsent.seal_block b" \
	"  JOIN aiconsent.seal_chain($1) s ON s.id = b.seal AND s.intact," \
	"  unnest(b.ids, b.hashes) e(id, hash) WHERE b.kind = 'event')" \
	" SELECT c.subject, COALESCE(c.id, s.id), c.previous," \
	"  c.decision = 'erase', c.erased IS NOT NULL, c.hash," \
	"  aiconsent.consent_digest(c), s.hash" \
	" FROM aiconsent.consent c FULL JOIN sealed s ON s.id = c.id" \
	" ORDER BY c.subject, 2"

static void
verify_events(void *argument)
{
	Verification *v = argument;
	Cursor		events;
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext,
											  "aiconsent chain",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller;
	Oid			types[] = {BYTEAOID};
	Datum		values[] = {PointerGetDatum(v->root)};

	cursor_open(&v->ends, "SELECT h.subject, h.last_id, h.last_hash"
				" FROM aiconsent.head h WHERE h.last_id IS NOT NULL"
				" ORDER BY h.subject", 0, NULL, NULL, NULL);
	v->has_end = cursor_next(&v->ends);
	cursor_open(&events, EVENTS, 1, types, values, v->root ? NULL : "n");
	caller = MemoryContextSwitchTo(one);
	while (cursor_next(&events))
	{
		Event		event;

		read_event(&events, &event);
		if (event.subject == NULL)
		{
			find(v, DELETED, event.id, NULL);
			continue;
		}
		if (v->last.id != 0 && strcmp(v->last.subject, event.subject) != 0)
		{
			char	   *subject = event.subject;

			finish_chain(v);
			event.subject = MemoryContextStrdup(caller, subject);
			MemoryContextReset(one);
			subject = event.subject;
			event.subject = pstrdup(subject);
			pfree(subject);
		}
		/* What an erased subject said later is a chain of its own. */
		if (event.previous == 0 && v->last.id != 0 && v->last.is_erasure &&
			!v->last.edited)
			finish_chain(v);
		if (v->last.id == 0)
			v->first = event.id;
		take_event(v, &event);
		v->last = event;
	}
	finish_chain(v);
	while (v->has_end)
	{
		judge_stray_end(v);
		v->has_end = cursor_next(&v->ends);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(one);
	cursor_close(&events);
	cursor_close(&v->ends);
}

/* Is it as a whole what the seal closed? */
static void
verify_heads(void *argument)
{
	Verification *v = argument;
	Merkle		merkle = {0};
	uint8		root[SHA256_BYTES];
	uint8		sealed[SHA256_BYTES];
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(v->seal)};
	Datum		head;
	bool		isnull;

	tuplesort_performsort(v->heads);
	while (next_sorted_datum(v->heads, &head, &isnull))
	{
		merkle_append(&merkle, VARDATA_ANY(DatumGetByteaPP(head)),
					  VARSIZE_ANY_EXHDR(DatumGetByteaPP(head)));
		pfree(DatumGetPointer(head));
	}
	merkle_hash(&merkle, root);
	if (v->closed == 0 || !v->seals_intact)
		return;
	(void) sql_run("SELECT s.events, s.chains, s.heads FROM aiconsent.seal s"
				   " WHERE s.id = $1", 1, types, values, NULL);
	head = sql_column(0, 3, &isnull);
	(void) copy_hash(head, isnull, sealed);
	if (DatumGetInt64(sql_column(0, 1, &isnull)) != v->events ||
		DatumGetInt64(sql_column(0, 2, &isnull)) != v->chains ||
		!same_hash(root, sealed))
		find_of_seal(v, ANOTHER_LEDGER, v->seal);
}

PG_FUNCTION_INFO_V1(verify_ledger);
Datum
verify_ledger(PG_FUNCTION_ARGS)
{
	HASHCTL		ctl = {
		.keysize = sizeof(FindingKey),
		.entrysize = sizeof(Finding),
		.hcxt = CurrentMemoryContext
	};
	Verification v = {.context = CurrentMemoryContext};
	SqlScope	scope;

	InitMaterializedSRF(fcinfo, 0);
	v.root = PG_ARGISNULL(0) ? NULL : PG_GETARG_BYTEA_P(0);
	v.findings = hash_create("aiconsent findings", 256, &ctl,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	scope = sql_begin_read(sql_owner());
	(void) set_config_option("work_mem", SORT_MEMORY, PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	v.secret = identity_secret_seen();
	verify_seals(&v);
	v.heads = tuplesort_begin_datum(BYTEAOID, ByteaLessOperator, InvalidOid,
									false, work_mem, NULL, TUPLESORT_NONE);
	sha256_many(verify_events, &v);
	sha256_many(verify_heads, &v);
	tuplesort_end(v.heads);
	put_findings(&v, (ReturnSetInfo *) fcinfo->resultinfo);
	sql_end(&scope);
	return (Datum) 0;
}
