#!/usr/bin/perl
# A backup that is older than the last seal is restored: doctor() says so, and
# merging what was exported brings the objections back.  By point-in-time
# recovery of a server of its own.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
unless (@ARGV && $ARGV[0] eq '--inside')
{
	exec "$root/scripts/with-cluster", '-o', 'wal_level=replica', '-o', 'max_wal_senders=2', '-o', 'max_prepared_transactions=2',
	  '-o', 'archive_mode=on', '-o', 'archive_command=cp %p ../archive/%f',
	  $^X, abs_path(__FILE__), '--inside';
}

my $dir = tempdir(CLEANUP => 1);
my @as_server = split ' ', $ENV{AICONSENT_AS_SERVER} // '';
my $server = dirname($ENV{PGDATA});
my @started;

sub run
{
	my @command = @_;
	system(@command) == 0 or die "@command failed\n";
	return;
}

# SQL in a session of its own: what it prints.
sub sql
{
	my ($sql, @where) = @_;
	open my $script, '>', "$dir/script.sql" or die $!;
	print $script $sql;
	close $script;
	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	my $output = `@where psql -X -q -A -t -v ON_ERROR_STOP=1 -d audited -f '$dir/script.sql' 2>&1`;
	die $output if $? != 0;
	chomp $output;
	return $output;
}

END
{
	my $status = $?;
	system(@as_server, 'pg_ctl', '-D', $_, '-m', 'immediate', '-w', 'stop', '-s') foreach @started;
	$? = $status;
}

run(@as_server, 'mkdir', "$server/archive");
run('createdb', 'audited');
# So that its transactions have ids that a younger server has not.
sql('DO $$ BEGIN FOR i IN 1 .. 1000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$');
sql(<<'SQL');
CREATE EXTENSION aiconsent;
CREATE TABLE member (id integer PRIMARY KEY, birth date, email text);
INSERT INTO member SELECT i, '1980-01-01', 'm' || i || '@example.org' FROM generate_series(1, 60) i;
SELECT aiconsent.register_subject('member', birth => 'birth', email => 'email');
SELECT aiconsent.adopt_policy(notice_required => false);
CREATE TABLE post (id integer PRIMARY KEY, author integer REFERENCES member ON DELETE CASCADE, body text, at timestamptz);
INSERT INTO post SELECT i, i, 'post ' || i, '2026-01-01' FROM generate_series(1, 60) i;
SELECT aiconsent.register_source('post', '{author}', 'at');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT aiconsent.publish();
SELECT aiconsent.record_consents(ARRAY(SELECT generate_series(1, 10)), 'content_generation', 'object', channel => 'before', evidence => '{"a": [1.50, null]}');
SQL
my $first_root = sql('SELECT aiconsent.seal_ledger()');
sql("SELECT aiconsent.record_consents(ARRAY(SELECT generate_series(11, 20)), 'content_generation', 'grant', notice_version => 'v1')");
my $out_at_backup = sql('SELECT string_agg(id::text, \' \' ORDER BY id) FROM member WHERE NOT aiconsent.eligible(id)');

run(@as_server, 'pg_basebackup', '-D', "$server/base", '-X', 'none', '-c', 'fast', '--no-manifest');
sql("SELECT pg_create_restore_point('older')");

# What the backup does not have: of everything something.  First a run.
sub run_named
{
	my ($name, $end, @where) = @_;
	return sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT run, token AS token FROM aiconsent.begin_run('$name', recipient => 'model team') \\gset run_\n"
		  . ($end ? "SELECT aiconsent.seal_run(:'run_token') \\g /dev/null\n" : '') . "COMMIT; SELECT :run_run", @where);
}
sql(q{INSERT INTO member VALUES (61, '1980-01-01')});
my $sealed_run = run_named('sealed', 1);
sql(<<'SQL');
SELECT aiconsent.record_consents(ARRAY(SELECT generate_series(15, 25)), 'content_generation', 'object', channel => 'after', evidence => 'null');
SELECT aiconsent.record_consent(26, 'content_generation', 'hold');
SELECT aiconsent.retract(ARRAY(SELECT id FROM aiconsent.consent WHERE subject = '1'), 'a mistake');
SELECT aiconsent.record_consent(30, 'content_generation', 'object', channel => 'secret words');
SELECT aiconsent.record_consent(1, 'content_generation', 'grant', effective_at => now() + interval '1 year', notice_version => 'v2');
SELECT aiconsent.suppress('M40@example.org', 'email', 'wrote a letter');
SELECT aiconsent.retract_suppression(aiconsent.suppress('m41@example.org', 'email'), 'another person');
SELECT aiconsent.erase_subject(30, 'asked for it');
SELECT aiconsent.erase_subject(2, 'asked for it');
SELECT aiconsent.erase_subject(31, 'asked for it');
SQL
my $root2 = sql('SELECT aiconsent.seal_ledger()');
sql("SELECT aiconsent.record_consent(27, 'content_generation', 'object', channel => 'after the seal')");
# And last another, which is never sealed, by a snapshot of many transactions later.
sql('DO $$ BEGIN FOR i IN 1 .. 100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$');
my $open_run = run_named('left open', 0);
is(sql('SELECT count(*) FROM aiconsent.doctor() WHERE finding ~ \'ledger\''), '0', 'before, doctor() has nothing to say of the ledger');
run(qw(psql -X -q -d audited -c), "\\copy (SELECT aiconsent.export_events(1)) TO '$dir/events'");
my $all = q{SELECT format('%s %s', id, aiconsent.verdict_of(id)) FROM member ORDER BY id};
my $ledger = q{SELECT c.* FROM aiconsent.consent c ORDER BY id};
my $removed = q{SELECT subject, subject_ref, source, row_id, cause FROM aiconsent.removal(%d) r ORDER BY r::text COLLATE "C"};
my $removal = sql(sprintf $removed, $sealed_run);
like($removal, qr/^25\|/m, 'who objected since is to be taken out of a run of then');
my ($verdicts, $events) = (sql($all), sql("SET timezone = 'UTC'; $ledger"));
like($verdicts, qr/^25 opted_out$/m, 'a member has objected since the backup');
sql('SELECT pg_switch_wal()');
sql(q{DO $$ BEGIN FOR i IN 1 .. 300 LOOP
  EXIT WHEN (SELECT last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216) AND archived_count > 0 FROM pg_stat_archiver);
  PERFORM pg_sleep(0.1), pg_stat_clear_snapshot(); END LOOP; END $$});

# The backup as a server of its own; what makes psql talk to it.
sub restore
{
	my ($name, $signal) = @_;
	my $data = "$server/$name";
	run(@as_server, 'cp', '-a', "$server/base", $data);
	open my $conf, '>>', "$data/postgresql.conf" or die $!;
	print $conf "port = " . (7000 + @started) . "\narchive_mode = off\nrestore_command = 'cp ../archive/%f %p'\n"
	  . ($signal ? '' : "recovery_target_name = 'older'\nrecovery_target_action = 'promote'\n");
	close $conf or die $!;
	run(@as_server, 'touch', "$data/" . ($signal // 'recovery.signal'));
	run(@as_server, 'pg_ctl', '-D', $data, '-l', "$data.log", '-w', '-t', '120', '-s', 'start');
	push @started, $data;
	my $where = 'env PGPORT=' . (6999 + @started);
	foreach (1 .. ($signal ? 0 : 600))
	{
		last if sql('SELECT pg_is_in_recovery()', $where) eq 'f';
		select undef, undef, undef, 0.1;
	}
	return $where;
}
my $read = "CREATE TEMP TABLE exported (event jsonb);\n\\copy exported FROM '$dir/events'\n";
my $merge = "${read}SELECT aiconsent.merge_events(array_agg(event)) FROM exported";

# ---------------------------------------------------------------------------
# Nothing was recorded since
# ---------------------------------------------------------------------------
my $restored = restore('restored');
is(sql('SELECT string_agg(id::text, \' \' ORDER BY id) FROM member WHERE NOT aiconsent.eligible(id)', $restored), $out_at_backup,
	'the backup knows nothing of later objections');
like(sql('SELECT severity, finding, mend FROM aiconsent.doctor()', $restored),
	qr/^error\|the server was recovered or promoted since the ledger was sealed.*merge_events/m, 'doctor() says that the ledger can be older than its last seal');
like(sql("SELECT severity, finding FROM aiconsent.doctor('$root2')", $restored), qr/^error\|the ledger has no seal with this root/m, 'and, given the root, that it is');
like(sql("SELECT finding FROM aiconsent.verify_ledger('$root2')", $restored), qr/^no seal has this root/, 'so does verify_ledger()');
is(sql("SELECT * FROM aiconsent.verify_ledger('$first_root')", $restored), '', 'up to the seal that it has the ledger is right');

# Of two members who come again, another one is the first to get the number that
# one had in the sets of runs.
my $come_again = q{INSERT INTO member VALUES (70, '1980-01-01'); INSERT INTO member VALUES (61, '1980-01-01')};
my $was_in = "SELECT string_agg(m.id || CASE WHEN o.was_in THEN ' in' ELSE ' out' END, ', ' ORDER BY m.id) FROM member m, LATERAL aiconsent.run_of_subject(m.id::text) o WHERE o.run = $sealed_run AND m.id > 60";
sql($come_again, $restored);
(my $but_one = $merge) =~ s/exported$/exported WHERE event -> 'event' ->> 'subject' IS DISTINCT FROM '26'/;
is(sql("BEGIN; $but_one \\g /dev/null\nSELECT max(id) FROM aiconsent.seal; ROLLBACK", $restored), '1', 'a seal is not merged where an event that it closed is missing');
(my $no_run = $merge) =~ s/exported$/exported WHERE NOT event ? 'run_seal'/;
is(sql("BEGIN; $no_run \\g /dev/null\nSELECT max(id) FROM aiconsent.seal; ROLLBACK", $restored), '1', 'nor where a run is');
is(sql($merge, $restored), sql('SELECT count(*) FROM aiconsent.consent') - 20, 'what is missing is merged');
is(sql("SELECT name, (SELECT outcome FROM aiconsent.run_seal s WHERE s.run = r.id) FROM aiconsent.run r ORDER BY r.id", $restored), "sealed|sealed\nleft open|", 'the runs are back');
is(sql("SELECT * FROM aiconsent.verify_runs('$root2')", $restored), '', 'as the root has them');
is(sql((sprintf $removed, $sealed_run), $restored), $removal, 'and who is to be taken out of them');
is(sql($was_in, $restored), '61 in, 70 out', 'who was in is known by its number, whoever has been given that since');
sql('DELETE FROM member WHERE id = 70', $restored);
is(sql("SET timezone = 'UTC'; $ledger", $restored), $events, 'the ledger is the one that was lost, to the byte');
is(sql($all, $restored), $verdicts, 'every verdict is what it was: the objections are back, and the erasures and suppressions');
is(sql("SELECT * FROM aiconsent.verify_ledger('$root2')", $restored), '', 'the root that was kept elsewhere is right again');
is(sql('SELECT * FROM aiconsent.verify_standing()', $restored), '', 'the standing follows from the evidence');
is(sql('SELECT count(*) FROM aiconsent.consent c WHERE c::text ~ \'secret words\'', $restored), '0', 'what was erased stays erased');
is(sql("SELECT count(*) FROM aiconsent.head_history WHERE subject IN ('2', '30')", $restored), '0', 'and so does what was known of it');
is(sql($merge, $restored), '0', 'merging again changes nothing');
is(sql("SET timezone = 'UTC'; $ledger", $restored), $events, 'not a byte');
sql('SELECT aiconsent.seal_ledger()', $restored);
is(sql('SELECT count(*) FROM aiconsent.doctor() WHERE finding ~ \'ledger\'', $restored), '0', 'once it is sealed anew doctor() is content');
is(sql("SELECT (SELECT o.timeline < l.timeline FROM aiconsent.run o WHERE o.id = $open_run) FROM aiconsent.server_line() l", $restored), 't', 'transactions are counted anew from the point that was recovered to');
sql("SELECT aiconsent.record_consent(50, 'content_generation', 'object')", $restored);
sql("UPDATE member SET birth = '2015-01-01' WHERE id = 52", $restored);
is(sql("SELECT string_agg(subject || ' ' || cause, ', ' ORDER BY subject) FROM aiconsent.removal($open_run) WHERE subject IN ('50', '52') AND source IS NULL", $restored), '50 changed_since, 52 wrong_then',
	'who objects now, or is found to be a minor, was in a run that began before');
is(sql('SELECT * FROM aiconsent.verify_ledger()', $restored), '', 'what is recorded next goes on from there');

# ---------------------------------------------------------------------------
# Members went on speaking before anybody looked
# ---------------------------------------------------------------------------
my $late = restore('late');
sql("SELECT aiconsent.record_consent(15, 'content_generation', 'object', channel => 'late')", $late);
sql("SELECT aiconsent.record_consent(51, 'content_generation', 'object', channel => 'late')", $late);
sql("SELECT aiconsent.record_consent(2, 'content_generation', 'grant', channel => 'late words')", $late);
sql($come_again, $late);
is(run_named('of meanwhile', 1, $late), $sealed_run, 'another run has the number of one that was lost');
sql('SELECT aiconsent.seal_ledger()', $late);
my $late_root = sql('SELECT root FROM aiconsent.seal ORDER BY id DESC LIMIT 1', $late);
my $told = sql("SET client_min_messages = notice; $merge", $late);
like($told, qr/\d+ events were entered under new ids/, 'what has no place any more is said anew, and that is told');
like($told, qr/1 subject has another number than runs from before have it by/, 'so is who cannot have its number back, because a run of meanwhile knows another by it');
is(sql($was_in, $late), '61 in, 70 in', 'and that one stays right');
sql('DELETE FROM member WHERE id = 70', $late);
my $expected = $verdicts;
$expected =~ s/^51 eligible$/51 opted_out/m;
is(sql("$all", $late), $expected, 'every objection is back, and those of meanwhile stay');
is(sql("SELECT id, name FROM aiconsent.run ORDER BY id", $late), "$sealed_run|of meanwhile\n$open_run|left open", 'and keeps it; the other comes back');
is(sql('SELECT * FROM aiconsent.verify_runs()', $late), '', 'the runs are in order');
is(sql("SELECT count(*) FROM aiconsent.erased_reference WHERE NOT runs <@ ARRAY[$sealed_run, $open_run]::bigint[] OR $sealed_run = ANY (runs) AND erased_at < (SELECT begun_at FROM aiconsent.run WHERE id = $sealed_run)", $late), '0',
	'nobody who was erased before it is called a member of it');
is(sql('SELECT * FROM aiconsent.verify_ledger()', $late), '', 'the ledger is in order');
is(sql("SELECT * FROM aiconsent.verify_ledger('$late_root')", $late), '', 'and what was sealed meanwhile stays right');
is(sql('SELECT * FROM aiconsent.verify_standing()', $late), '', 'the standing follows from the evidence');
is(sql('SELECT count(*) FROM aiconsent.consent c WHERE c::text ~ \'secret words|late words\'', $late), '0', 'what was erased is erased, what it said meanwhile included');
my $merged = sql('SELECT count(*) FROM aiconsent.consent', $late);
like(sql($merge, $late), qr/^0$/m, 'merging again enters nothing');
is(sql('SELECT count(*) FROM aiconsent.consent', $late), $merged, 'and the ledger is the same');

# ---------------------------------------------------------------------------
# On a standby a run's manifest is a value that the primary records
# ---------------------------------------------------------------------------
sql(q{INSERT INTO post VALUES (61, 61, 'post 61', '2026-01-01'); CREATE TABLE marker ()});
my $everybody = sql('SELECT count(*) FROM member WHERE aiconsent.eligible(id)');
sql("SELECT pg_create_restore_point('standby'), pg_switch_wal()");
my $standby = restore('standby', 'standby.signal');
my $reached = 0;
foreach (1 .. 300)
{
	$reached = sql("SELECT to_regclass('marker') IS NOT NULL", $standby) eq 't' and last;
	select undef, undef, undef, 0.1;
}
ok($reached, 'a standby follows');
is(sql("SELECT count(*) FROM training.post", $standby), $everybody, 'and answers as the primary does');
like(sql("SELECT 1; BEGIN ISOLATION LEVEL REPEATABLE READ; DO \$\$ BEGIN PERFORM aiconsent.begin_run('there', recipient => 'x');
  EXCEPTION WHEN read_only_sql_transaction THEN RAISE WARNING 'refused: %', SQLERRM; END \$\$", $standby), qr/refused: a run cannot be begun on a standby/, 'a run cannot be begun there');
# Somebody is erased while it is read there, and somebody before it is recorded.
my %ref = map { $_ => sql("SELECT aiconsent.pseudonym('$_', 'content_generation')") } 57, 58;
sub forget { my ($member) = @_; return "SELECT aiconsent.erase_subject($member, 'asked for it'); DELETE FROM member WHERE id = $member" }
open my $meanwhile, '>', "$dir/meanwhile" or die $!;
print $meanwhile "env PGPORT=$ENV{PGPORT} psql -X -q -d audited -c \"@{[ forget(57) ]}\" -c 'SELECT pg_switch_wal()' >&2\n",
  "for i in \$(seq 300); do test \$($standby psql -X -A -t -d audited -c 'SELECT count(*) FROM member WHERE id = 57') = 0 && echo gone && exit; sleep 0.1; done\n";
close $meanwhile;
my $manifest = sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM training.post \\g /dev/null\n\\! sh $dir/meanwhile 2>/dev/null\nSELECT aiconsent.run_manifest('there', recipient => 'model team')", $standby);
like($manifest, qr/^gone$/m, 'the erasure arrives while a run reads there');
$manifest =~ s/^gone\n//;
sql(forget(58));
like($manifest, qr/^\{/, 'its manifest is a value');
is(sql("SELECT count(*) >= 0 FROM aiconsent.health", $standby), 't', 'health answers there');
is(sql("SELECT count(*) FROM aiconsent.verify_ledger('$root2')", $standby), '0', 'and verify_ledger()');
is(sql("SELECT count(*) FROM aiconsent.leak", $standby), '0', 'and leak');
sql("SELECT aiconsent.record_consent(55, 'content_generation', 'object')");
(my $quoted = $manifest) =~ s/'/''/g;
my $run = sql("SELECT aiconsent.record_run('$quoted')");
is(sql("SELECT outcome, exact, members FROM aiconsent.run_seal WHERE run = $run"), "sealed|t|$everybody", 'the primary records it');
is(sql("SELECT sum(rows) FROM aiconsent.run_block WHERE run = $run AND view = 'training.post'"), $everybody, 'with the rows that were read');
is(sql("SELECT string_agg(DISTINCT subject, ' ') FROM aiconsent.removal($run)"), '55', 'and knows who is to be taken out of it');
is(sql("SELECT string_agg(subject_ref, ' ' ORDER BY subject_ref) FROM aiconsent.removal($run) WHERE subject IS NULL"), join(' ', sort values %ref),
	'also who was erased while it was read, or before it was recorded');
like(sql("SELECT runs FROM aiconsent.receipt('58') WHERE purpose = 'content_generation'"), qr/[{,]$run\}/, 'who is told so, too');
is(sql('SELECT * FROM aiconsent.verify_runs()'), '', 'it is in order');
is(sql("DO \$\$ BEGIN PERFORM aiconsent.record_run('$quoted'); RAISE 'it was taken'; EXCEPTION WHEN unique_violation THEN NULL; END \$\$; SELECT 'refused'"), 'refused', 'it is recorded once');
is(sql("DO \$\$ BEGIN PERFORM aiconsent.record_run('$_'); RAISE 'it was taken'; EXCEPTION WHEN invalid_parameter_value THEN NULL; END \$\$; SELECT 'refused'"), 'refused', "refused: record_run($_)")
	foreach '{}', '[]', '{"run": 1, "seal": {}, "blocks": []}';

# ---------------------------------------------------------------------------
# What keeps an objection from being seen
# ---------------------------------------------------------------------------
sql("BEGIN; SELECT aiconsent.record_consent(56, 'content_generation', 'object'); PREPARE TRANSACTION 'left behind'");
is(sql('SELECT aiconsent.eligible(56)'), 't', 'what is prepared is not seen');
like(sql('SELECT severity, finding, mend FROM aiconsent.doctor()'), qr/^warning\|a transaction is prepared.*COMMIT PREPARED 'left behind'/m, 'doctor() says that it is there');
sql("COMMIT PREPARED 'left behind'");
is(sql('SELECT aiconsent.eligible(56)'), 'f', 'once it is committed it counts');
is(sql("SELECT count(*) FROM aiconsent.verify_ledger()"), '0', 'and its chain is whole');

# ---------------------------------------------------------------------------
# In another cluster, where everything was dumped and restored
# ---------------------------------------------------------------------------
my $open_here = run_named('open when it was dumped', 0);
my $eligible = sql('SELECT min(id) FROM member WHERE aiconsent.eligible(id)');
my $other = "$server/other";
run(@as_server, 'initdb', '-D', $other, '-A', 'trust', '-U', $ENV{PGUSER}, '-N', '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions');
open my $from, '<', "$ENV{PGDATA}/postgresql.conf" or die $!;
open my $conf, '>>', "$other/postgresql.conf" or die $!;
print $conf grep { !/^archive/ } <$from>;
print $conf "port = " . (7000 + @started) . "\narchive_mode = off\n";
close $conf or die $!;
run(@as_server, 'pg_ctl', '-D', $other, '-l', "$other.log", '-w', '-t', '120', '-s', 'start');
push @started, $other;
my $there = 'env PGPORT=' . (6999 + @started);
run("$there createdb audited && pg_dump audited | $there psql -X -q -v ON_ERROR_STOP=1 -d audited >/dev/null");
cmp_ok(sql('SELECT txid_current()', $there), '<', sql('SELECT max(transaction::text::bigint) FROM aiconsent.head_history', $there), 'transactions have lower ids there');
is(sql("SELECT * FROM aiconsent.$_", $there), '', "$_ is empty there") foreach 'verify_ledger()', 'verify_standing()', 'verify_runs()';
is(sql((sprintf $removed, $sealed_run), $there), sql(sprintf $removed, $sealed_run), 'a run has there whom it had');
sql("SELECT aiconsent.record_consent($eligible, 'content_generation', 'object')", $there);
is(sql("SELECT cause FROM aiconsent.removal($open_here) WHERE subject = '$eligible' AND source IS NULL", $there), 'changed_since', 'who objects there was in a run of before that was never sealed');
my $new = run_named('there', 0, $there);
is(sql("SELECT count(*) FROM member m, LATERAL aiconsent.run_of_subject(m.id::text) o WHERE o.run = $new AND o.was_in AND NOT aiconsent.eligible(m.id)", $there), '0',
	'and nobody who objected before is in a new one');
is(sql("SELECT count(*) FROM aiconsent.removal($new)", $there), '0', 'of which nothing is to be taken out');

# ---------------------------------------------------------------------------
# What cannot be merged
# ---------------------------------------------------------------------------
foreach my $case ([ 'NULL', '22004' ], [ q{ARRAY['{}'::jsonb]}, '22023' ], [ q{ARRAY['{"event": {}}'::jsonb, NULL]}, '22023' ],
	[ q{ARRAY['{"event":{"id":1,"subject":"1","purpose":"content_generation"}}'::jsonb]}, '22023' ],
	[ q{ARRAY['{"event":{"id":9999,"subject":"1","purpose":"content_generation","hash":"\\\\x00","effective_at":"2026-01-01Z"}}'::jsonb]}, '22023' ],
	[ q{ARRAY['{"event":{"id":9999,"hash":"\\\\x00"}}'::jsonb]}, '22023' ],
	[ q{ARRAY[(SELECT jsonb_build_object('event', to_jsonb(c) || '{"id": 9223372036854775806}') FROM aiconsent.consent c LIMIT 1)]}, '22023' ],
	[ q{ARRAY['{"number": {"subject": "1", "number": 9223372036854775806}}'::jsonb]}, '22023' ], [ q{ARRAY['{"number": {"subject": "1"}}'::jsonb]}, '22023' ],
	[ q{ARRAY['{"number": {"subject": "1", "number": 0}}'::jsonb]}, '22023' ],
	[ q{ARRAY[(SELECT jsonb_build_object('run', to_jsonb(r) || '{"id": 9223372036854775806}') FROM aiconsent.run r LIMIT 1)]}, '22023' ],
	[ q{ARRAY[(SELECT jsonb_build_object('erased_reference', to_jsonb(e) || '{"number": 9223372036854775806}') FROM aiconsent.erased_reference e LIMIT 1)]}, '22023' ],
	[ q{ARRAY[(SELECT jsonb_build_object('erased_reference', to_jsonb(e) || '{"id": -1}') FROM aiconsent.erased_reference e LIMIT 1)]}, '22023' ],
	[ q{ARRAY['{"other": 1}'::jsonb]}, '22023' ], [ q{ARRAY['[]'::jsonb]}, '22023' ])
{
	my ($events, $code) = @$case;
	is(sql("DO \$\$ BEGIN PERFORM aiconsent.merge_events($events); RAISE 'it was taken'; EXCEPTION WHEN SQLSTATE '$code' THEN NULL; END \$\$; SELECT 'refused'", $late),
		'refused', "refused: merge_events($events)");
}

# One suppression, exported twice, is one.
is(sql("SELECT aiconsent.merge_events(ARRAY(SELECT jsonb_build_object('suppression', to_jsonb(s) || '{\"identifier\": \"\\\\x00ff\"}') FROM aiconsent.suppression s, generate_series(1, 2) WHERE s.identifier IS NOT NULL));
  SELECT count(*) FROM aiconsent.suppression WHERE identifier = '\\x00ff'", $late), "0\n1", 'what is exported twice comes back once');
done_testing();
