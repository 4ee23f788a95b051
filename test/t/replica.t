#!/usr/bin/perl
# Where triggers are told to stay quiet, a member who objects is still out:
# under session_replication_role = replica, where rows arrive by logical
# replication, and after pg_restore --disable-triggers.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

# Logical replication needs a server that writes its log for it.
my $root = abs_path(dirname(__FILE__) . '/../..');
unless (@ARGV && $ARGV[0] eq '--inside')
{
	exec "$root/scripts/with-cluster", '-o', 'wal_level=logical',
	  '-o', 'wal_retrieve_retry_interval=100ms', $^X, abs_path(__FILE__), '--inside';
}

my $dir = tempdir(CLEANUP => 1);

# SQL in a session of its own: what it prints, or the error that ended it.
sub sql
{
	my ($database, $sql) = @_;
	open my $script, '>', "$dir/script.sql" or die $!;
	print $script $sql;
	close $script;

	local $ENV{PGOPTIONS} = '-c client_min_messages=error';
	my $output = `psql -X -q -A -t -v ON_ERROR_STOP=1 -d '$database' -f '$dir/script.sql' 2>&1`;
	chomp $output;
	return $output;
}

# SQL that must not fail, before there is anything to test.
sub prepare
{
	my $output = sql(@_);
	die $output if $? != 0;
	return $output;
}

# Until it says true, or too much time has passed.
sub wait_for
{
	my ($database, $query) = @_;
	foreach (1 .. 150)
	{
		return 1 if prepare($database, $query) eq 't';
		select undef, undef, undef, 0.1;
	}
	diag("waited in vain for: $query");
	return 0;
}

# ---------------------------------------------------------------------------
# Members 1 to 6, their schooling and their settings; at the subscriber the
# schooling is in partitions, which have their columns in another order.
# ---------------------------------------------------------------------------

my $tables = <<'SQL';
CREATE TABLE member (id integer PRIMARY KEY, birth date, notified_at timestamptz DEFAULT '2025-10-01Z', nick text);
CREATE TABLE setting (member integer, key text, value text, PRIMARY KEY (member, key));
SQL
my $education = <<'SQL';
CREATE TABLE education (id integer PRIMARY KEY, member integer, level text, starts date, ends date);
SQL
my $partitioned = <<'SQL';
CREATE TABLE education (id integer, member integer, level text, starts date, ends date)
  PARTITION BY RANGE (starts);
CREATE TABLE education_old (ends date, gone text, starts date, level text, member integer, id integer);
ALTER TABLE education_old DROP gone;
ALTER TABLE education ATTACH PARTITION education_old FOR VALUES FROM (MINVALUE) TO ('2010-01-01');
CREATE TABLE education_new PARTITION OF education FOR VALUES FROM ('2010-01-01') TO (MAXVALUE);
ALTER TABLE education REPLICA IDENTITY FULL;
ALTER TABLE education_old REPLICA IDENTITY FULL;
ALTER TABLE education_new REPLICA IDENTITY FULL;
SQL
my $rows = <<'SQL';
INSERT INTO member SELECT i, '1980-01-01' FROM generate_series(1, 6) i;
SQL
my $declared = <<'SQL';
CREATE EXTENSION aiconsent;
SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'notified_at') \g /dev/null
SELECT aiconsent.register_education('education', 'member', 'level', starts => 'starts', ends => 'ends') \g /dev/null
SELECT aiconsent.adopt_policy() \g /dev/null
SELECT aiconsent.register_preference('setting', 'member', 'value', condition => $$key = 'ai'$$) \g /dev/null

-- Does the standing follow from the evidence?  Mended, if not.
CREATE FUNCTION in_step() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  wrong bigint;
BEGIN
  CREATE TEMP TABLE was ON COMMIT DROP AS
    SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing;
  CREATE TEMP TABLE had ON COMMIT DROP AS SELECT * FROM aiconsent.standing_int8;
  PERFORM aiconsent.rebuild_standing();
  SELECT count(*) INTO wrong FROM (
    (TABLE was EXCEPT ALL
      SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing)
    UNION ALL
    (SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing
      EXCEPT ALL TABLE was)) d;
  SELECT wrong + count(*) INTO wrong FROM (
    (TABLE had EXCEPT ALL TABLE aiconsent.standing_int8)
    UNION ALL
    (TABLE aiconsent.standing_int8 EXCEPT ALL TABLE had)) d;
  RETURN CASE wrong WHEN 0 THEN 'in step' ELSE wrong || ' differ' END;
END $$;
-- Who of members 1 to 6 is out, and why.
CREATE FUNCTION out_are() RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(string_agg(concat_ws(' ', i, v, CASE WHEN v::boolean <> e THEN '(NOT SO BY ELIGIBLE)' END),
      ', ' ORDER BY i), 'nobody')
  FROM generate_series(1, 6) i, LATERAL (SELECT aiconsent.verdict_of(i) AS v, aiconsent.eligible(i) AS e) j
  WHERE NOT v::boolean OR NOT e $$;
SQL

sub check_out
{
	my ($database, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is(prepare($database, 'SELECT out_are()'), $expected, $name);
	return is(prepare($database, 'SELECT in_step()'), 'in step', "$name: in step");
}

prepare('postgres', "CREATE DATABASE $_") foreach qw(replica publisher subscriber);
prepare('replica', $tables . $partitioned . $rows . $declared);

# ---------------------------------------------------------------------------
# A session that applies what somebody else's triggers have seen to
# ---------------------------------------------------------------------------

# Each statement by itself, and who is out after it.
sub as_replica
{
	my ($sql, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is(sql('replica', "SET session_replication_role = replica;\n$sql"), '', "replica: $name");
	return check_out('replica', $expected, $name);
}

check_out('replica', 'nobody', 'at first');
as_replica(q(UPDATE member SET birth = '2015-01-01' WHERE id IN (1, 2)), '1 minor, 2 minor', 'UPDATE');
as_replica(q(UPDATE member SET nick = 'x', birth = COALESCE(birth, '1980-01-01')), '1 minor, 2 minor', 'UPDATE of nothing that matters');
as_replica(q(DELETE FROM member WHERE id = 1), '1 unknown_subject, 2 minor', 'DELETE');
as_replica(q(INSERT INTO member VALUES (1, '1980-01-01'), (2, '1980-01-01') ON CONFLICT (id) DO UPDATE SET birth = EXCLUDED.birth),
	'nobody', 'INSERT ON CONFLICT');
as_replica(<<'SQL', '3 suspected_minor, 4 suspected_minor', 'COPY to a partitioned table and to a partition');
COPY education (id, member, level, starts) FROM STDIN;
1	3	lycée	2024-09-01
2	5	lycée	1999-09-01
\.
COPY education_new (id, member, level, starts) FROM STDIN;
3	4	lycée	2024-09-01
\.
SQL
as_replica(q(UPDATE education SET starts = CASE member WHEN 5 THEN date '2024-09-01' ELSE '1999-09-01' END),
	'5 suspected_minor', 'UPDATE that moves rows');
as_replica(q(MERGE INTO education e USING (VALUES (3), (5)) n(member) ON e.member = n.member
    WHEN MATCHED THEN UPDATE SET starts = CASE e.member WHEN 3 THEN date '2024-09-01' ELSE '1999-09-01' END),
	'3 suspected_minor', 'MERGE that moves rows');
as_replica(q(TRUNCATE education_new), 'nobody', 'TRUNCATE of a partition');
as_replica(q(INSERT INTO education_new VALUES (4, 4, 'lycée', '2024-09-01')), '4 suspected_minor', 'INSERT into it');
as_replica(q(TRUNCATE education), 'nobody', 'TRUNCATE');
as_replica(q(INSERT INTO setting VALUES (1, 'ai', 'off'), (2, 'ai', 'on'), (3, 'mail', 'off')), '1 opted_out', 'INSERT of settings');
as_replica(q(UPDATE setting SET value = CASE value WHEN 'on' THEN 'off' ELSE 'on' END), '2 opted_out', 'UPDATE of settings');
as_replica(q(DELETE FROM setting), 'nobody', 'DELETE of settings');
is(prepare('replica', 'SELECT string_agg(concat(subject, decision), \' \' ORDER BY id) FROM aiconsent.consent'),
	'1mirror_false 1mirror_true 2mirror_false 2mirror_true', 'they are in the ledger');
prepare('replica', q(SELECT aiconsent.record_consent(6, 'content_generation', 'object')));
as_replica(q(UPDATE member SET id = 7 WHERE id = 6; INSERT INTO member VALUES (6, '1980-01-01')), '6 opted_out',
	'an objection stays with the key');
is(prepare('replica', 'SELECT aiconsent.verdict_of(7)'), 'opted_out', 'and goes with the person');

# ---------------------------------------------------------------------------
# DISABLE TRIGGER: nothing notices, and rebuild_standing() mends it.  As after
# pg_restore --disable-triggers.
# ---------------------------------------------------------------------------

prepare('replica', q(ALTER TABLE member DISABLE TRIGGER ALL;
  UPDATE member SET birth = '2015-01-01' WHERE id = 1; DELETE FROM member WHERE id = 2));
like(prepare('replica', 'SELECT in_step()'), qr/^[1-9]\d* differ$/, 'a disabled trigger sees nothing');
check_out('replica', '1 minor, 2 unknown_subject, 6 opted_out', 'rebuild_standing() mends it');
my $modes = q(SELECT string_agg(concat_ws(' ', tgrelid::regclass, tgname, tgenabled), ', ' ORDER BY tgrelid, tgname)
  FROM pg_trigger WHERE tgfoid = 'aiconsent.evidence_changed()'::regprocedure);
prepare('replica', q(ALTER TABLE member ENABLE TRIGGER ALL));
foreach my $table (qw(education setting))
{
	my $before = prepare('replica', $modes);

	prepare('replica', "ALTER TABLE $table DISABLE TRIGGER ALL");
	isnt(prepare('replica', $modes), $before, "triggers of $table are disabled");
	prepare('replica', "ALTER TABLE $table ENABLE TRIGGER ALL");
	is(prepare('replica', $modes), $before, 'and enabled again, each in its own way');
}
as_replica(q(UPDATE member SET birth = '1980-01-01'), '2 unknown_subject, 6 opted_out', 'a replicated row fires again');
as_replica(q(INSERT INTO education VALUES (1, 3, 'lycée', '2024-09-01')), '2 unknown_subject, 3 suspected_minor, 6 opted_out',
	'in a partition, too');
as_replica(q(TRUNCATE education), '2 unknown_subject, 6 opted_out', 'and a replicated TRUNCATE');
prepare('replica', q(UPDATE member SET birth = '2015-01-01' WHERE id = 3));
check_out('replica', '2 unknown_subject, 3 minor, 6 opted_out', 'and an ordinary row');
prepare('replica', q(BEGIN; ALTER TABLE education DISABLE TRIGGER USER; ALTER TABLE education_old ENABLE TRIGGER USER;
  ALTER TABLE education_new ENABLE TRIGGER USER; ALTER TABLE education ENABLE TRIGGER USER; COMMIT));
as_replica(q(INSERT INTO education VALUES (1, 4, 'lycée', '2024-09-01')),
	'2 unknown_subject, 3 minor, 4 suspected_minor, 6 opted_out', 'TRIGGER USER, and leaves one by one');

# ---------------------------------------------------------------------------
# Dumped and restored, partitions and all
# ---------------------------------------------------------------------------

sub runs
{
	my ($command, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $output = `( $command ) 2>&1`;

	return is($?, 0, $name) || diag($output);
}

# The sections one by one, in two ways: triggers come last, or are there before
# the rows and are disabled.
my $out = '2 unknown_subject, 3 minor, 4 suspected_minor, 6 opted_out';
my $names = q(SELECT string_agg(concat_ws(' ', tgrelid::regclass, tgname, tgenabled), ', '
    ORDER BY tgrelid::regclass::text COLLATE "C", tgname)
  FROM pg_trigger WHERE tgfoid = 'aiconsent.evidence_changed()'::regprocedure);
my $there = prepare('replica', $names);

runs("pg_dump -Fc -f '$dir/dump' replica", 'dumped');
prepare('postgres', 'CREATE DATABASE restored');
prepare('postgres', 'CREATE DATABASE restored_quietly');
runs("pg_restore -e -j 2 -d restored '$dir/dump'", 'restored');
runs("pg_restore -e --section=pre-data -d restored_quietly '$dir/dump'"
	  . " && pg_restore -e --section=data --disable-triggers -d restored_quietly '$dir/dump'"
	  . " && pg_restore -e --section=post-data -d restored_quietly '$dir/dump'", 'restored by sections, triggers disabled');
foreach my $database (qw(restored restored_quietly))
{
	is(prepare($database, $names), $there, "$database: triggers are what they were");
	check_out($database, $out, "$database: so is everybody");
}
runs("pg_dump -Fc --schema-only -f '$dir/schema' replica", 'the schema is dumped');
prepare('postgres', 'CREATE DATABASE restored_late');
runs("pg_restore -e -d restored_late '$dir/schema'", 'and restored');
runs("pg_restore -e -a --disable-triggers -d restored_late '$dir/dump'", 'and the rows later, triggers disabled');
is(prepare('restored_late', $names), $there, 'triggers are what they were');
check_out('restored_late', $out, 'so is everybody');
foreach my $database (qw(restored restored_quietly restored_late))
{
	prepare($database, q(INSERT INTO education_new (id, member, level, starts) VALUES (7, 1, 'lycée', '2024-09-01')));
	prepare($database, q(SET session_replication_role = replica; TRUNCATE education_old;
	  INSERT INTO education VALUES (8, 5, 'lycée', '2024-09-01')));
	check_out($database, '1 suspected_minor, 2 unknown_subject, 3 minor, 4 suspected_minor, 5 suspected_minor, 6 opted_out',
		"$database: and what is written takes effect");
}

# ---------------------------------------------------------------------------
# Logical replication
# ---------------------------------------------------------------------------

prepare('publisher', $tables . $education . $rows . <<'SQL');
UPDATE member SET birth = '2015-01-01' WHERE id = 1;
INSERT INTO education VALUES (1, 2, 'lycée', '2024-09-01'), (2, 3, 'lycée', '1999-09-01');
INSERT INTO setting VALUES (4, 'ai', 'off'), (5, 'ai', 'on'), (6, 'mail', 'off');
ALTER TABLE education REPLICA IDENTITY FULL;
CREATE PUBLICATION evidence FOR TABLE member, education, setting;
SELECT pg_create_logical_replication_slot('evidence', 'pgoutput') \g /dev/null
SQL
prepare('subscriber', $tables . $partitioned . $declared);
prepare('subscriber', "CREATE SUBSCRIPTION evidence CONNECTION 'host=$ENV{PGHOST} port=$ENV{PGPORT} user=$ENV{PGUSER} dbname=publisher'"
	  . " PUBLICATION evidence WITH (create_slot = false, slot_name = 'evidence')");

# What the publisher does, and who is out at the subscriber.
sub published
{
	my ($sql, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	prepare('publisher', $sql);
	my $lsn = prepare('publisher', 'SELECT pg_current_wal_insert_lsn()');
	ok(wait_for('publisher', "SELECT COALESCE(bool_and(replay_lsn >= '$lsn'), false) FROM pg_stat_replication"
			  . " WHERE application_name = 'evidence'"), "published: $name");
	return check_out('subscriber', $expected, $name);
}

ok(wait_for('subscriber', q(SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel)), 'the tables are copied');
check_out('subscriber', '1 minor, 2 suspected_minor, 4 opted_out', 'as they were when the subscription began');
published(q(UPDATE member SET birth = CASE id WHEN 6 THEN date '2015-01-01' ELSE '1980-01-01' END),
	'2 suspected_minor, 4 opted_out, 6 minor', 'UPDATE of members');
published(q(DELETE FROM member WHERE id IN (1, 6); INSERT INTO member VALUES (6, '1980-01-01')),
	'1 unknown_subject, 2 suspected_minor, 4 opted_out', 'DELETE and INSERT');
published(q(INSERT INTO education VALUES (3, 5, 'lycée', '2024-09-01'); UPDATE education SET level = 'université' WHERE id = 1),
	'1 unknown_subject, 4 opted_out, 5 suspected_minor', 'schooling');
published(q(UPDATE education SET starts = CASE id WHEN 2 THEN date '2024-09-01' ELSE '1999-09-01' END),
	'1 unknown_subject, 3 suspected_minor, 4 opted_out', 'that moves between partitions here');
published(q(UPDATE setting SET value = CASE value WHEN 'on' THEN 'off' ELSE 'on' END; INSERT INTO setting VALUES (2, 'ai', NULL)),
	'1 unknown_subject, 2 error, 3 suspected_minor, 5 opted_out', 'settings');
published(q(DELETE FROM setting WHERE member IN (2, 5)), '1 unknown_subject, 3 suspected_minor', 'DELETE of settings');
published('TRUNCATE education', '1 unknown_subject', 'TRUNCATE of schooling');
prepare('subscriber', q(SELECT aiconsent.record_consent(5, 'content_generation', 'object')));
published(q(UPDATE member SET id = 1 WHERE id = 5), '1 opted_out, 5 unknown_subject', 'a key changes: the objection goes with it');
published('TRUNCATE member', '1 ' . join(', ', 'unknown_subject', map { "$_ unknown_subject" } 2 .. 6), 'TRUNCATE of members');
published(q(INSERT INTO member SELECT i, '1980-01-01' FROM generate_series(1, 6) i), '1 opted_out, 5 opted_out', 'who come back');

# Both write the same person at once.
prepare('subscriber', q(SELECT aiconsent.record_consent(2, 'content_generation', 'object')));
published(q(BEGIN; INSERT INTO education SELECT 10 + i, i, 'lycée', '2024-09-01' FROM generate_series(1, 3) i; COMMIT;),
	'1 opted_out,suspected_minor, 2 opted_out,suspected_minor, 3 suspected_minor, 5 opted_out', 'objections stay beside it');
is(prepare('subscriber', 'SELECT sum(apply_error_count) + sum(sync_error_count) FROM pg_stat_subscription_stats'), '0',
	'nothing had to be tried twice');

prepare('subscriber', 'ALTER SUBSCRIPTION evidence DISABLE; ALTER SUBSCRIPTION evidence SET (slot_name = NONE); DROP SUBSCRIPTION evidence');
done_testing();
