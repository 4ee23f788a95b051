#!/usr/bin/perl
# Everybody writes at once: no client gets an error that it should not retry,
# and at every moment the training views are what the tables say.
use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $database = 'concurrency';
my $seconds = $ENV{CONCURRENCY_SECONDS} // 5;

sub slurp
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!";
	local $/;
	return scalar <$in> // '';
}

sub spew
{
	my ($file, $text) = @_;
	open my $out, '>', $file or die "$file: $!";
	print $out $text;
	close $out or die "$file: $!";
	return;
}

sub sql
{
	my ($where, $sql) = @_;
	spew("$dir/script.sql", $sql);
	local $ENV{PGOPTIONS} = '-c client_min_messages=error';
	my $output = `psql -X -q -A -t -v ON_ERROR_STOP=1 -d '$where' -f '$dir/script.sql' 2>&1`;
	die $output if $? != 0;
	chomp $output;
	return $output;
}

# ---------------------------------------------------------------------------
# 40 members who stay and 20 who come and go, with three posts each, and two
# purposes: one on an opt-out, one whose basis changes.
# ---------------------------------------------------------------------------

sql('postgres', <<'SQL');
CREATE ROLE concurrent_owner NOLOGIN;
CREATE ROLE concurrent_reader NOLOGIN;
CREATE DATABASE concurrency;
SQL
sql($database, <<'SQL');
CREATE EXTENSION aiconsent;
GRANT USAGE ON SCHEMA aiconsent TO concurrent_owner;
GRANT CREATE, USAGE ON SCHEMA public TO concurrent_owner;
SET ROLE concurrent_owner;
CREATE TABLE member (id integer PRIMARY KEY, birth date,
  notified_at timestamptz DEFAULT '2025-10-01Z');
CREATE TABLE education (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member integer NOT NULL REFERENCES member ON DELETE CASCADE, level text);
CREATE TABLE post (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author integer NOT NULL REFERENCES member ON DELETE CASCADE,
  body text DEFAULT 'body', at timestamptz DEFAULT '2025-12-01Z');
CREATE INDEX ON education (member);
CREATE INDEX ON post (author);
INSERT INTO member SELECT i, '1980-01-01' FROM generate_series(1, 60) i;
INSERT INTO post (author) SELECT i % 60 + 1 FROM generate_series(1, 180) i;
INSERT INTO education (member, level) SELECT i, '7' FROM generate_series(1, 60) i;
RESET ROLE;
SELECT aiconsent.register_subject('member', birth => 'birth', notified_at => 'notified_at');
SELECT aiconsent.register_education('education', level => 'level');
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_field('post', 'id', 'public');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT aiconsent.adopt_policy();
SELECT aiconsent.adopt_policy('ranking', effective_at => '2025-11-10Z',
  announced_at => '2025-09-01Z', basis => 'opt_in');
SELECT aiconsent.publish();
SELECT aiconsent.publish('ranking', schema => 'ranking');
SELECT aiconsent.grant_role('concurrent_reader', 'reader');

-- The law in plain SQL, over the tables of evidence, as far as these go.  An
-- event that can be seen is in force, though the transaction began before it.
CREATE FUNCTION said(member integer, purpose text) RETURNS text
  LANGUAGE sql STABLE AS $$
  SELECT c.decision FROM aiconsent.consent c
  WHERE c.subject = member::text AND c.purpose = said.purpose
    AND c.effective_at < now() + interval '1 hour'
  ORDER BY c.effective_at DESC, c.decision = 'object' DESC LIMIT 1 $$;
CREATE VIEW in_by_the_tables AS
  SELECT m.id AS member, p.name::text AS purpose
  FROM member m, aiconsent.purpose p
  WHERE m.birth IS DISTINCT FROM '2015-01-01'
    AND NOT EXISTS (SELECT FROM education e WHERE e.member = m.id AND e.level = '3')
    AND CASE (SELECT v.basis FROM aiconsent.policy v WHERE v.purpose = p.name
        ORDER BY v.effective_at DESC, v.id DESC LIMIT 1)
      WHEN 'opt_out' THEN said(m.id, p.name) IS DISTINCT FROM 'object'
      WHEN 'opt_in' THEN said(m.id, p.name) = 'grant'
      ELSE false END;
CREATE VIEW in_by_us AS
  SELECT m.id AS member, p.name::text AS purpose
  FROM member m, aiconsent.purpose p WHERE aiconsent.eligible(m.id, p.name);
CREATE VIEW wrong AS
  (SELECT 'in' AS though, t.* FROM (TABLE in_by_us EXCEPT ALL TABLE in_by_the_tables) t)
  UNION ALL
  (SELECT 'out', t.* FROM (TABLE in_by_the_tables EXCEPT ALL TABLE in_by_us) t);

-- Both in one statement, under one snapshot; and the rows of the views.
CREATE PROCEDURE check_members() LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  SELECT string_agg(concat_ws(' ', w.though, w.member, w.purpose), ', ') INTO found FROM wrong w;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'not what the tables say: %', found;
  END IF;
END $$;
CREATE PROCEDURE check_rows(view text, purpose text) LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  EXECUTE format('SELECT string_agg(id::text, '','') FROM (
      (SELECT id FROM %1$s EXCEPT ALL
        SELECT p.id FROM post p JOIN in_by_the_tables t ON t.member = p.author WHERE t.purpose = $1)
      UNION ALL
      (SELECT p.id FROM post p JOIN in_by_the_tables t ON t.member = p.author WHERE t.purpose = $1
        EXCEPT ALL SELECT id FROM %1$s)) d', view) INTO found USING purpose;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'posts of % are not what the tables say: %', view, found;
  END IF;
END $$;
-- A column that is raised is not there any more, for its own transaction.
CREATE PROCEDURE check_raised() LANGUAGE plpgsql AS $$
DECLARE
  shown bigint;
BEGIN
  EXECUTE 'SELECT count(to_jsonb(p)->>''body'') FROM training.post p' INTO shown;
  IF shown > 0 THEN
    RAISE EXCEPTION 'a raised column is shown';
  END IF;
END $$;
SQL

# ---------------------------------------------------------------------------
# What the clients do
# ---------------------------------------------------------------------------

my %scripts = (
	consent => <<'SQL',
\set m random(1, 40)
\set d random(1, 4)
\set w random(1, 6)
SELECT aiconsent.record_consent(:m::int, CASE WHEN :w::int > 3 THEN 'ranking' ELSE 'content_generation' END,
  CASE WHEN :d::int <= 2 THEN 'object' ELSE 'grant' END,
  CASE WHEN :w::int = 1 THEN now() - interval '10 days' WHEN :w::int = 2 THEN now() + interval '10 days' END,
  notice_version => CASE WHEN :d::int = 4 THEN 'v1' END, reason => 'said before, or from then on');
SQL
	# In any order, so that two of these can wait for each other.
	pair => <<'SQL',
\set a random(1, 40)
\set b random(1, 40)
\set d random(1, 2)
BEGIN;
SELECT aiconsent.record_consent(:a::int, 'content_generation', 'object');
SELECT aiconsent.record_consent(:b::int, 'content_generation', CASE :d::int WHEN 1 THEN 'object' ELSE 'grant' END);
END;
SQL
	undone => <<'SQL',
\set a random(1, 40)
BEGIN;
SAVEPOINT s;
SELECT aiconsent.record_consent(:a::int, 'content_generation', 'grant');
UPDATE member SET birth = '1980-01-01' WHERE id = :a::int;
ROLLBACK TO SAVEPOINT s;
END;
SQL
	birth => <<'SQL',
\set m random(1, 60)
\set d random(1, 4)
UPDATE member SET birth = CASE :d::int WHEN 1 THEN date '2015-01-01' WHEN 2 THEN NULL ELSE '1980-01-01' END
  WHERE id = :m::int;
SQL
	births => <<'SQL',
\set k random(0, 6)
\set d random(1, 3)
UPDATE member SET birth = CASE :d::int WHEN 1 THEN date '2015-01-01' ELSE '1980-01-01' END WHERE id % 7 = :k::int;
SQL
	school => <<'SQL',
\set m random(1, 40)
\set d random(1, 2)
INSERT INTO education (member, level) SELECT id, CASE :d::int WHEN 1 THEN '3' ELSE '7' END
  FROM member WHERE id IN (:m::int, 41 - :m::int) ORDER BY id DESC;
SQL
	unschool => <<'SQL',
\set m random(1, 60)
DELETE FROM education WHERE member = :m::int AND level = '3';
SQL
	come => <<'SQL',
\set m random(41, 60)
\set d random(1, 2)
BEGIN;
INSERT INTO member VALUES (:m::int, CASE :d::int WHEN 1 THEN date '2015-01-01' ELSE '1980-01-01' END)
  ON CONFLICT (id) DO UPDATE SET birth = EXCLUDED.birth;
INSERT INTO education (member, level) VALUES (:m::int, '7');
INSERT INTO post (author) VALUES (:m::int);
END;
SQL
	go => <<'SQL',
\set m random(41, 60)
DELETE FROM member WHERE id = :m::int;
SQL
	raise => <<'SQL',
BEGIN;
SET LOCAL ROLE concurrent_owner;
SELECT aiconsent.register_field('post', 'body', 'never{message}');
RESET ROLE;
CALL check_raised();
END;
SQL
	lower => <<'SQL',
BEGIN;
SET LOCAL ROLE concurrent_owner;
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
END;
SQL
	publish => <<'SQL',
\set d random(1, 2)
SELECT aiconsent.publish(CASE :d::int WHEN 1 THEN 'ranking' ELSE 'content_generation' END,
  accept_lowered => true);
SQL
	adopt => <<'SQL',
\set d random(1, 5)
SELECT aiconsent.adopt_policy('ranking', effective_at => '2025-11-10Z', basis => CASE :d::int WHEN 1 THEN 'forbidden'
    WHEN 2 THEN 'opt_out' ELSE 'opt_in' END,
  clearance => (CASE :d::int WHEN 5 THEN 'personal{profile}'
    ELSE 'personal{content,profile}' END)::aiconsent.sensitivity);
SQL
	scan => <<'SQL',
BEGIN;
SET LOCAL ROLE concurrent_reader;
SELECT count(*) FROM training.post;
SELECT count(*) FROM training.corpus;
END;
SQL
	check => <<'SQL');
CALL check_members();
CALL check_rows('training.post', 'content_generation');
CALL check_rows('ranking.post', 'ranking');
SQL

spew("$dir/$_.sql", $scripts{$_}) foreach keys %scripts;

# pgbench in the background, with so many clients and those weights.
sub start
{
	my ($name, $options, $guc, %weights) = @_;
	my $files = join ' ', map { "-f '$dir/$_.sql\@$weights{$_}'" } sort keys %weights;

	local $ENV{PGOPTIONS} = "-c client_min_messages=error -c jit=off -c deadlock_timeout=20ms $guc";
	my $command = "exec timeout -k 10 @{[ $seconds + 120 ]} pgbench -n -T $seconds $options $files $database";
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$dir/$name.log";
		open STDERR, '>&', \*STDOUT;
		exec $command or die $!;
	}
	return { name => $name, pid => $pid };
}

# Its scripts, each with the number of transactions that succeeded.
sub finish
{
	my ($run) = @_;
	waitpid $run->{pid}, 0;
	my $status = $?;
	my $log = slurp("$dir/$run->{name}.log");
	my %done;

	is($status, 0, "$run->{name}: no client gave up");
	is(join('', $log =~ /^.*(?:ERROR|aborted|FATAL|PANIC).*\n/mg), '', 'nor met an error that cannot be retried');
	# From 18 on those that failed are in the first figure, and the others apart.
	while ($log =~ m{^SQL script \d+: .*/(\w+)\.sql\n((?: - .*\n)+)}mg)
	{
		my ($script, $figures) = ($1, $2);
		($done{$script}) = $figures =~ /^ - number of transactions actually processed: (\d+)/m;
		($done{$script}) = $figures =~ /^ - (\d+) transactions/m unless defined $done{$script};
	}
	my ($conflicts) = $log =~ /^number of serialization failures: (\d+)/m;
	my ($deadlocks) = $log =~ /^number of deadlock failures: (\d+)/m;
	diag("$run->{name}: " . join(', ', map { "$_ $done{$_}" } sort keys %done)
		  . '; to be retried: ' . ($conflicts // '?') . ' + ' . ($deadlocks // '?'));
	return %done;
}

# Each by itself: what fails then is no matter of concurrency.
foreach my $script (sort keys %scripts)
{
	my $output = `pgbench -n -t 1 -f '$dir/$script.sql' $database 2>&1`;

	is($?, 0, "$script, alone") or diag($output);
}

my $before = sql($database, 'SELECT count(*) FROM aiconsent.consent');
my @runs = (
	start('read committed', '-c 4 -j 2 --failures-detailed', '',
		consent => 10, pair => 3, undone => 2, birth => 5, births => 1, school => 4, unschool => 4,
		come => 3, go => 2, raise => 1, lower => 1, publish => 1, adopt => 1, scan => 3, check => 2),
	start('serializable', '-c 2 -j 1 --failures-detailed -M prepared',
		'-c default_transaction_isolation=serializable',
		consent => 10, pair => 2, birth => 4, births => 1, school => 3, unschool => 3, come => 6,
		go => 3, scan => 2, check => 1));
my %count;

foreach my $run (@runs)
{
	my %done = finish($run);

	$count{$_} += $done{$_} foreach keys %done;
}
is(join(' ', sort keys %count), join(' ', sort keys %scripts), 'all of these were in the mix');

# ---------------------------------------------------------------------------
# Afterwards
# ---------------------------------------------------------------------------

is(sql($database, 'SELECT count(*) FROM aiconsent.consent'),
	$before + $count{consent} + 2 * $count{pair},
	'every event that was acknowledged is in the ledger, and no other');
is(sql($database, 'TABLE wrong'), '', 'who is in is who the tables say');
is(sql($database, "CALL check_rows('training.post', 'content_generation');
  CALL check_rows('ranking.post', 'ranking')"), '', 'and so are the posts');
is(sql($database, <<'SQL'), '0|t', 'the standing of everybody is what a rebuild makes of it');
CREATE TEMP TABLE was AS
  SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing;
SELECT aiconsent.rebuild_standing() \g /dev/null
SELECT (SELECT count(*) FROM (
    (TABLE was EXCEPT ALL
      SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing)
    UNION ALL
    (SELECT subject, purpose, since, until, verdict, explicit, content_from FROM aiconsent.standing
      EXCEPT ALL TABLE was)) d),
  count(*) > 0 FROM was;
SQL
is(sql($database, <<'SQL'), '0|0', 'and lies in time without a gap');
SELECT count(*) FILTER (WHERE until IS DISTINCT FROM next AND until < 'infinity'),
  count(*) FILTER (WHERE first AND since > '-infinity')
FROM (SELECT since, until, lead(since) OVER w AS next, row_number() OVER w = 1 AS first
  FROM aiconsent.standing WINDOW w AS (PARTITION BY subject, purpose ORDER BY since)) s;
SQL
sql($database, "SELECT aiconsent.register_field('post', 'body', 'never{message}')");
is(sql($database, 'CALL check_raised()'), '', 'a raised column is not shown');
sql($database, "SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
  SELECT aiconsent.publish(accept_lowered => true)");
is(sql($database, "SELECT count(*) > 0, count(*) = count(body) FROM training.post"), 't|t',
	'and a published one is');

is(sql($database, 'SELECT * FROM aiconsent.verify_ledger()'), '', 'every chain of the ledger is whole');
is(sql($database, 'SELECT * FROM aiconsent.verify_standing()'), '', 'the standing follows from the evidence');
is(sql($database, 'SELECT * FROM aiconsent.leak'), '', 'nothing leaks');

sql('postgres', 'DROP DATABASE concurrency WITH (FORCE);
DROP ROLE concurrent_owner, concurrent_reader');
done_testing();
