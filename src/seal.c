/*
 * seal.c: how is the ledger closed so far?
 *
 * By one hash over the last hashes of all subjects' chains, and over the list
 * of the hashes that all events have.  The former is the proof; the latter
 * tells which event is another one, when the proof fails.
 */
#include "compat.h"
#include "registry.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"

/* So many events are a row of aiconsent.seal_block. */
#define EVENTS_A_BLOCK "1000"

/* How far the ledger is closed. */
typedef struct Closed
{
	int64		event;
	int64		number;			/* of a subject */
} Closed;

/*
 * The id that no event of before is above and no event of later below: whoever
 * records holds a lock from before the id is drawn to the commit, and we wait
 * for all of them.  Once that is known, others go on.
 */
static Closed
close_so_far(void)
{
	Oid			head = sql_table("head");
	bool		isnull;
	Closed		closed;

	LockRelationOid(head, ShareLock);
	sql_runf("SELECT GREATEST("
			 " (SELECT pg_catalog.max(id) FROM aiconsent.consent),"
			 " (SELECT pg_catalog.max(last_event) FROM aiconsent.seal), 0),"
			 " CASE WHEN n.is_called THEN n.last_value ELSE 0 END"
			 " FROM aiconsent.head_number_seq n");
	closed.event = DatumGetInt64(sql_column(0, 1, &isnull));
	closed.number = DatumGetInt64(sql_column(0, 2, &isnull));
	UnlockRelationOid(head, ShareLock);
	return closed;
}

static void
write_blocks(int64 last)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(last)};

	sql_run("INSERT INTO aiconsent.seal_block (seal, kind, first, ids, hashes)"
			" SELECT COALESCE((SELECT pg_catalog.max(id) FROM aiconsent.seal), 0) + 1,"
			"  'event', pg_catalog.min(e.id), pg_catalog.array_agg(e.id ORDER BY e.id),"
			"  pg_catalog.array_agg(e.hash ORDER BY e.id)"
			" FROM (SELECT c.id, c.hash, (pg_catalog.row_number() OVER (ORDER BY c.id)"
			"   - 1) / " EVENTS_A_BLOCK " AS block FROM aiconsent.consent c"
			"  WHERE c.id > COALESCE((SELECT pg_catalog.max(last_event)"
			"   FROM aiconsent.seal), 0) AND c.id <= $1) e"
			" GROUP BY e.block", 1, types, values, NULL);
}

/* Of runs, what no seal has yet. */
static void
write_runs(const char *kind, const char *rows)
{
	sql_runf("INSERT INTO aiconsent.seal_block (seal, kind, first, ids, hashes)"
			 " SELECT COALESCE((SELECT pg_catalog.max(id) FROM aiconsent.seal), 0) + 1,"
			 "  '%s', pg_catalog.min(r.id), pg_catalog.array_agg(r.id ORDER BY r.id),"
			 "  pg_catalog.array_agg(r.hash ORDER BY r.id)"
			 " FROM (%s) r(id, hash) WHERE NOT EXISTS ("
			 "  SELECT FROM aiconsent.seal_block b"
			 "  WHERE b.kind = '%s' AND r.id = ANY (b.ids))"
			 " HAVING count(*) > 0", kind, rows, kind);
}

/* Behind the blocks; a root is of what is written, so it is written last. */
static bytea *
write_seal(Closed closed, Oid sealer)
{
	Oid			types[] = {INT8OID, TEXTOID, INT8OID};
	Datum		values[] = {
		Int64GetDatum(closed.event),
		CStringGetTextDatum(GetUserNameFromId(sealer, false)),
		Int64GetDatum(closed.number)
	};
	bool		isnull;

	sql_run("INSERT INTO aiconsent.seal"
			" SELECT (s.made).id, (s.made).sealed_at, (s.made).sealed_by,"
			"  (s.made).system_identifier, (s.made).timeline, (s.made).last_event,"
			"  (s.made).last_number,"
			"  (s.made).events, (s.made).chains, (s.made).heads,"
			"  (s.made).blocks, (s.made).previous, aiconsent.seal_root(s.made)"
			" FROM (SELECT ROW (n.id, pg_catalog.clock_timestamp(), $2,"
			"   l.system_identifier, l.timeline, $1, $3, h.events, h.chains,"
			"   h.heads, aiconsent.seal_blocks(n.id), n.root, ''::bytea"
			"   )::aiconsent.seal AS made"
			"  FROM aiconsent.server_line() l,"
			"   (SELECT COALESCE(pg_catalog.max(s.id), 0) + 1 AS id,"
			"    (SELECT p.root FROM aiconsent.seal p ORDER BY p.id DESC LIMIT 1)"
			"    FROM aiconsent.seal s) n,"
			"   (SELECT pg_catalog.count(*) AS events,"
			"     pg_catalog.count(*) FILTER (WHERE c.last) AS chains,"
			"     aiconsent.merkle_root(pg_catalog.int8send(c.first) || c.hash"
			"      ORDER BY c.first) FILTER (WHERE c.last) AS heads"
			"    FROM (SELECT e.hash, pg_catalog.max(e.id)"
			"       FILTER (WHERE e.previous IS NULL) OVER o AS first,"
			"      COALESCE(pg_catalog.lead(e.previous IS NULL) OVER o, true) AS last"
			"     FROM aiconsent.consent e WHERE e.id <= $1"
			"     WINDOW o AS (PARTITION BY e.subject ORDER BY e.id)) c) h) s"
			" RETURNING root", 3, types, values, NULL);
	return (bytea *) PG_DETOAST_DATUM_COPY(sql_column(0, 1, &isnull));
}

PG_FUNCTION_INFO_V1(seal_ledger);
Datum
seal_ledger(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	bytea	   *root;
	bytea	   *result;
	SqlScope	scope;
	Closed		closed;

	require_read_committed("seal_ledger()");
	scope = sql_begin(sql_owner());
	sql_runf("LOCK TABLE aiconsent.seal IN SHARE ROW EXCLUSIVE MODE");
	closed = close_so_far();
	write_blocks(closed.event);
	write_runs("run", "SELECT id, hash FROM aiconsent.run");
	write_runs("run_seal", "SELECT run, hash FROM aiconsent.run_seal");
	write_runs("erased_reference",
			   "SELECT id, hash FROM aiconsent.erased_reference");
	root = write_seal(closed, scope.saved_user);
	result = MemoryContextAlloc(caller, VARSIZE(root));
	memcpy(result, root, VARSIZE(root));
	sql_end(&scope);
	PG_RETURN_BYTEA_P(result);
}
