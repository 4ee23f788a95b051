-- What needs a look?  One row a finding, with the statement that mends it.

CREATE FUNCTION aiconsent.doctor(root bytea DEFAULT NULL)
	RETURNS TABLE (severity text, finding text, object text, mend text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 20
	SET search_path = pg_catalog, aiconsent, pg_temp
	SET jit = off
AS $$
WITH declared AS MATERIALIZED (SELECT * FROM declarations()),
evidence AS (
	SELECT DISTINCT COALESCE(t.relid, d.relation) AS relid
	FROM declared d LEFT JOIN LATERAL pg_partition_tree(d.relation) t ON true
	WHERE d.kind <> 'source'
),
trigger AS (
	SELECT e.relid, n.name, n.enabled, t.tgenabled
	FROM evidence e JOIN pg_class c ON c.oid = e.relid
		CROSS JOIN (VALUES ('aiconsent_insert', 'O'), ('aiconsent_update', 'O'),
			('aiconsent_delete', 'O'), ('aiconsent_truncate', 'A'),
			('aiconsent_replica', 'R'), ('aiconsent_move', 'O')) n(name, enabled)
		LEFT JOIN pg_trigger t ON t.tgrelid = e.relid AND t.tgname = n.name
	WHERE CASE n.name WHEN 'aiconsent_replica' THEN c.relkind = 'r'
		WHEN 'aiconsent_move' THEN c.relkind = 'r' AND c.relispartition ELSE true END
),
who AS MATERIALIZED (SELECT * FROM evidence_subjects()),
school AS MATERIALIZED (
	SELECT e.*, education_stage(e.level, e.school, w.region) AS stage
	FROM evidence_schooling() e LEFT JOIN who w USING (subject)
)
SELECT 'error', CASE WHEN t.tgenabled IS NULL THEN 'a trigger that keeps the standing in step is missing'
		ELSE 'a trigger that keeps the standing in step is not enabled as it should be' END,
	format('%s on %s', t.name, t.relid::regclass),
	CASE WHEN t.tgenabled IS NULL
		THEN 'end the declaration by unregister_...(), declare it again'
		ELSE format('ALTER TABLE %s ENABLE%s TRIGGER %s; SELECT aiconsent.rebuild_standing();', t.relid::regclass,
			CASE t.enabled WHEN 'A' THEN ' ALWAYS' WHEN 'R' THEN ' REPLICA' ELSE '' END, t.name) END
FROM trigger t WHERE t.tgenabled IS DISTINCT FROM t.enabled::"char"
UNION ALL
SELECT 'error', 'an event trigger is not enabled always', e.evtname,
	format('ALTER EVENT TRIGGER %I ENABLE ALWAYS;', e.evtname)
FROM pg_event_trigger e
WHERE e.evtname IN ('aiconsent_evidence_altered', 'aiconsent_binding_dropped', 'aiconsent_label_changed',
		'aiconsent_source_altered')
	AND e.evtenabled <> 'A'
UNION ALL
SELECT 'error', 'a table of ours can be edited: its trigger is not enabled', format('%s on %s', t.tgname, t.tgrelid::regclass),
	format('ALTER TABLE %s ENABLE%s TRIGGER %I; then see verify_ledger(), verify_runs() and verify_standing()', t.tgrelid::regclass,
		CASE t.tgname WHEN 'declared_changed' THEN ' ALWAYS' ELSE '' END, t.tgname)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'aiconsent'::regnamespace AND t.tgname IN ('append_only', 'declared_changed')
	AND t.tgenabled <> CASE t.tgname WHEN 'declared_changed' THEN 'A' ELSE 'O' END
UNION ALL
SELECT 'error', 'a training view is not what publish() makes: ' || p.finding, COALESCE(p.view, p.source)::text,
	format('SELECT aiconsent.publish(%L);', p.purpose)
FROM publication_drift() p
UNION ALL
SELECT 'warning', 'a transaction is prepared, and keeps what it changed from being seen', format('%s of %s', x.gid, x.prepared),
	format('COMMIT PREPARED %L; or ROLLBACK PREPARED %L;', x.gid, x.gid)
FROM pg_prepared_xacts x WHERE x.database = current_database()
UNION ALL
SELECT 'warning', 'a session reads by a snapshot that is an hour old or more: it does not see objections of since',
	format('process %s of %s', a.pid, a.usename), format('SELECT pg_terminate_backend(%s);', a.pid)
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.backend_xmin IS NOT NULL AND a.pid <> pg_backend_pid()
	AND a.xact_start < clock_timestamp() - interval '1 hour'
UNION ALL
SELECT 'warning', 'this standby is behind: objections of since are not seen here', format('%s behind', clock_timestamp() - pg_last_xact_replay_timestamp()),
	'see why it does not replay, or do not read here until it has'
WHERE pg_is_in_recovery() AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()
	AND pg_last_xact_replay_timestamp() < clock_timestamp() - interval '1 minute'
UNION ALL
SELECT 'warning', 'a standby is behind: objections of since are not seen there', format('%s, %s behind', r.application_name, r.replay_lag),
	'see why it does not replay, or do not read there until it has'
FROM pg_stat_replication r WHERE r.replay_lag > interval '1 minute'
UNION ALL
-- Statistics show sampled values of what a view, policy or grant hides.
SELECT 'warning', 'this server shows readers sampled values of what views hide (CVE-2025-8713)', format('PostgreSQL %s', current_setting('server_version')),
	format('install version %s.%s or later', v.major, v.minor)
FROM (VALUES (15, 14), (16, 10), (17, 6)) v(major, minor)
WHERE current_setting('server_version_num')::int BETWEEN v.major * 10000 AND v.major * 10000 + v.minor - 1
UNION ALL
SELECT 'warning', 'this cluster shows everybody extended statistics of tables that they may not read (CVE-2024-4317)', format('PostgreSQL %s', current_setting('server_version')),
	'install the last minor version, and run its fix-CVE-2024-4317.sql in every database'
WHERE pg_get_viewdef('pg_stats_ext'::regclass) !~ 'pg_has_role' OR pg_get_viewdef('pg_stats_ext_exprs'::regclass) !~ 'pg_has_role'
UNION ALL
SELECT 'warning', 'events of a month or more are not sealed', format('since %s', min(c.recorded_at)),
	'SELECT aiconsent.seal_ledger(); and keep the root elsewhere'
FROM consent c WHERE c.id > COALESCE((SELECT max(s.last_event) FROM seal s), 0)
HAVING min(c.recorded_at) < clock_timestamp() - interval '1 month'
UNION ALL
SELECT 'warning', 'a run was begun a week ago or more and not ended: everybody counts as having been in it', format('run %s, %s', r.id, r.name),
	format('SELECT aiconsent.seal_run(%L); or aiconsent.fail_run(%L, reason);', r.token, r.token)
FROM run r WHERE r.begun_at < clock_timestamp() - interval '1 week' AND NOT EXISTS (SELECT FROM run_seal s WHERE s.run = r.id)
UNION ALL
SELECT 'notice', 'a role reads past the training views what is not public there', format('%s: %s', e.role, e.object),
	CASE WHEN bool_and(e.via = 'PUBLIC') THEN format('REVOKE ALL ON %s FROM PUBLIC;', e.object)
		WHEN bool_and(e.via = 'grant') THEN format('REVOKE ALL ON %s FROM %I; unless it needs it for something else', e.object, e.role)
		ELSE format('by %s: see aiconsent.exposure', string_agg(DISTINCT e.via, ', ')) END
FROM exposure e
WHERE e.kind <> 'opaque' AND e.via !~ '^owner$'
GROUP BY e.role, e.object
UNION ALL
SELECT 'notice', 'a role bypasses row security', r.rolname::text, format('ALTER ROLE %I NOBYPASSRLS;', r.rolname)
FROM pg_roles r WHERE r.rolbypassrls AND NOT r.rolsuper AND r.rolname !~ '^pg_'
UNION ALL
SELECT 'error', 'members have no standing', format('%s of %s', count(*) FILTER (WHERE h.subject IS NULL), count(*)),
	'SELECT aiconsent.rebuild_standing();'
FROM who w LEFT JOIN head h ON h.subject = w.subject AND h.segments <> ''
WHERE EXISTS (SELECT FROM policy)
HAVING count(*) FILTER (WHERE h.subject IS NULL) > 0
UNION ALL
SELECT 'error', 'the ledger has no seal with this root: it is a backup from before it, or was cut off', encode($1, 'hex'),
	'merge what was exported since: SELECT aiconsent.merge_events(array_agg(event)) FROM ...;'
WHERE $1 IS NOT NULL AND NOT EXISTS (SELECT FROM seal s WHERE s.root = $1)
UNION ALL
SELECT 'error', CASE WHEN s.system_identifier <> l.system_identifier
		THEN 'the ledger was sealed last on another server: if this is a backup of it, what came later is missing'
		ELSE 'the server was recovered or promoted since the ledger was sealed: if that was to an earlier point, what came later is missing' END,
	format('seal %s of %s', s.id, s.sealed_at),
	'SELECT * FROM aiconsent.verify_ledger(the last root that is kept elsewhere); if it is missing, aiconsent.merge_events(); then SELECT aiconsent.seal_ledger();'
FROM (SELECT * FROM seal ORDER BY id DESC LIMIT 1) s, server_line() l
WHERE (s.system_identifier, s.timeline) <> (l.system_identifier, l.timeline)
UNION ALL
SELECT 'error', 'a binding is not the view that it was made as', r.binding::text,
	'end the declaration by dropping the view, declare it again'
FROM registration r WHERE NOT EXISTS (SELECT FROM declared d WHERE d.binding = r.binding::text)
UNION ALL
SELECT 'warning', 'a source has row security, which its training views pass by', d.relation::text,
	'end the declaration by unregister_source(), or row security: publish() refuses until then'
FROM (SELECT DISTINCT relation FROM declared WHERE kind = 'source') d
	JOIN pg_class c ON c.oid = d.relation AND c.relrowsecurity
UNION ALL
SELECT 'error', 'a recognizer is no more: texts of its category are not released', format('%s for %s', r.recognizer, r.category),
	format('SELECT aiconsent.unregister_recognizer(%L, %L, %L);', r.category, r.recognizer, r.purpose)
FROM recognizer r
WHERE NOT EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE format('%I.%I', n.nspname, p.proname) = r.recognizer AND p.proargtypes[0] = 'text'::regtype AND p.pronargs = 1)
UNION ALL
SELECT 'warning', 'texts that are not ASCII cannot be scrubbed and are withheld', format('encoding %s', getdatabaseencoding()),
	'keep the texts in a database with encoding UTF8'
WHERE getdatabaseencoding() IN ('SQL_ASCII', 'MULE_INTERNAL') AND EXISTS (SELECT FROM treatment WHERE function = 'scrub')
UNION ALL
SELECT 'notice', 'grant_role() gave something to a role that is no more', concat_ws(', ', g.role, g.what, g.purpose),
	format('DELETE FROM aiconsent.grantee WHERE role = %L;', g.role)
FROM grantee g WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = g.role)
UNION ALL
SELECT 'warning', 'a birth date cannot be read', w.subject, 'correct it: the subject is out until then'
FROM who w WHERE isempty(w.birth)
UNION ALL
SELECT 'warning', 'a setting cannot be read', s.subject || ', ' || s.purpose, 'correct it: the subject is out until then'
FROM evidence_settings() s WHERE s.setting = 'mirror_unknown'
UNION ALL
SELECT 'warning', 'a region is not a code of two letters', w.region, 'the default row of a policy holds for it, if there is one'
FROM who w WHERE w.region !~ '^[A-Z]{2}$' GROUP BY w.region
UNION ALL
SELECT 'notice', CASE WHEN isempty(s.starts) OR isempty(s.ends) THEN 'a date of schooling cannot be read'
		ELSE 'schooling ends before it starts' END,
	s.subject || ', ' || s.relation, 'correct it: it counts as missing'
FROM school s WHERE s.stage && '[1,3]'::int4range
	AND (isempty(s.starts) OR isempty(s.ends) OR upper(s.ends) <= lower(s.starts))
UNION ALL
SELECT 'notice', 'words of schooling mean nothing to the table',
	format('%s (%s rows)', concat_ws(', ', s.level, s.school), count(*)),
	'no suspicion follows from them'
FROM school s WHERE s.stage IS NULL AND (s.level IS NOT NULL OR s.school IS NOT NULL)
GROUP BY s.level, s.school
UNION ALL
SELECT 'notice', 'adults are out because of undated schooling alone', format('%s for %s', count(*), s.purpose),
	'date their schooling, or adopt a policy with undated_school => false'
FROM standing s
WHERE s.since <= clock_timestamp() AND clock_timestamp() < s.until AND s.verdict = 'suspected_minor'
	AND EXISTS (SELECT FROM who w WHERE w.subject = s.subject AND NOT isempty(w.birth))
	AND EXISTS (SELECT FROM school e WHERE e.subject = s.subject AND e.stage && '[1,3]'::int4range
		AND e.starts IS NULL AND e.ends IS NULL)
	AND NOT EXISTS (SELECT FROM school e WHERE e.subject = s.subject AND e.stage && '[1,3]'::int4range
		AND (e.starts IS NOT NULL OR e.ends IS NOT NULL))
GROUP BY s.purpose
UNION ALL
-- As window_read.c weighs it: three names a look-up, a look-up as eight blocks.
SELECT 'notice', 'too much has changed since the standing was packed: scans read a row for every subject',
	'aiconsent.standing_packed', 'SELECT aiconsent.pack_standing();'
FROM (SELECT count(DISTINCT subject), pg_relation_size('standing_int8') FROM standing_unpacked) s(names, rows),
	(SELECT reltuples, relfilenode FROM pg_class WHERE oid = 'standing_int8'::regclass) c,
	(SELECT current_setting('block_size')::int) b(size)
WHERE s.rows > 128 * b.size
	AND CASE WHEN EXISTS (SELECT FROM standing_packed)
		THEN s.names / 3 > s.rows / b.size / 8
			OR EXISTS (SELECT FROM standing_packed p WHERE p.filenode <> c.relfilenode)
		ELSE (SELECT max(subject)::numeric - min(subject) FROM standing_int8) < 16 * c.reltuples END
UNION ALL
SELECT 'notice', 'evidence is looked up without an index',
	format('%s (%I)', d.relation, a.attname),
	format('CREATE INDEX ON %s (%I);', d.relation, a.attname)
FROM declared d JOIN pg_attribute a ON a.attrelid = d.relation AND a.attnum = d.attnum
WHERE d.role = 'subject' AND NOT EXISTS (
	SELECT FROM pg_index i WHERE i.indrelid = d.relation AND i.indkey[0] = d.attnum AND i.indpred IS NULL)
$$;
REVOKE ALL ON FUNCTION aiconsent.doctor(bytea) FROM PUBLIC;
COMMENT ON FUNCTION aiconsent.doctor(bytea) IS
'findings, with what mends them; root: of the last seal, as it is kept elsewhere (NULL: that is not looked at); severity error (verdicts can be wrong), warning (somebody is out by a fault of the data) or notice; object: what it is about, a subject''s key or a relation. Reads all evidence. For auditors.';
