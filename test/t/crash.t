#!/usr/bin/perl
# The server is killed while members speak: what was acknowledged is there, of
# the rest all or nothing, and ledger, standing and indexes are in order.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(sleep);

my $root = abs_path(dirname(__FILE__) . '/../..');
unless (@ARGV && $ARGV[0] eq '--inside')
{
	exec "$root/scripts/with-cluster", '-o', 'max_wal_size=64MB', '-o', 'checkpoint_timeout=30s',
	  $^X, abs_path(__FILE__), '--inside';
}

my $dir = tempdir(CLEANUP => 1);
my @as_server = split ' ', $ENV{AICONSENT_AS_SERVER} // '';
my $rounds = $ENV{AICONSENT_CRASHES} // 5;
my $members = 2000;
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

sub sql
{
	my ($sql) = @_;
	open my $script, '>', "$dir/script.sql" or die $!;
	print $script $sql;
	close $script;
	my $output = `psql -X -q -A -t -v ON_ERROR_STOP=1 -d crash -f '$dir/script.sql' 2>&1`;
	chomp $output;
	return $output;
}

system('createdb', 'crash') == 0 or die 'createdb failed';
is(sql(<<"SQL"), '', 'a database of members');
CREATE EXTENSION aiconsent;
CREATE EXTENSION amcheck;
CREATE TABLE member (id integer PRIMARY KEY, birth date);
INSERT INTO member SELECT i, '1980-01-01' FROM generate_series(1, $members) i;
SELECT FROM aiconsent.register_subject('member', birth => 'birth');
SELECT FROM aiconsent.adopt_policy(notice_required => false);
SQL

# Statements without end, each of which prints what it was acknowledged with.
# Who speaks about whom does not meet, so that nothing is tried again.
my %speech = (
	one => sub { my ($n) = @_; return "SELECT 'event ' || aiconsent.record_consent(" . (1 + $n % 500) . ", 'content_generation', '" . ($n % 3 ? 'object' : 'grant') . "');\n" },
	many => sub { my ($n) = @_; return "SELECT 'events ' || aiconsent.record_consents(ARRAY(SELECT generate_series(501, 700)), 'content_generation', '" . ($n % 2 ? 'object' : 'grant') . "', channel => 'batch $n');\n" },
	evidence => sub { my ($n) = @_; return "UPDATE member SET birth = '" . ($n % 2 ? '2014-01-01' : '1980-01-01') . "' WHERE id BETWEEN 800 AND 900 RETURNING 'birth ' || birth;\n" },
	erase => sub { my ($n) = @_; return "SELECT 'erased ' || x FROM (SELECT aiconsent.record_consent(m, 'content_generation', 'object'), m AS x FROM (VALUES (1000 + $n)) v(m)) s, LATERAL (SELECT aiconsent.erase_subject(x, 'asked for it')) e;\n" },
	seal => sub { return "SELECT format('root %s', aiconsent.seal_ledger());\nSELECT pg_sleep(0.05);\n" });

my (%events, @roots, %batches, %erased, $next_erasure);
$next_erasure = 0;
for my $round (1 .. $rounds)
{
	my @clients;
	foreach my $who (sort keys %speech)
	{
		open my $script, '>', "$dir/$who.sql" or die $!;
		print $script $speech{$who}->($who eq 'erase' ? $next_erasure + $_ : 100_000 * $round + $_) for 1 .. ($who eq 'erase' ? 150 : 5000);
		close $script;
		my $pid = fork // die $!;
		if ($pid == 0)
		{
			open STDOUT, '>', "$dir/$who.out" or die $!;
			open STDERR, '>', "$dir/$who.err" or die $!;
			exec 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', 'crash', '-f', "$dir/$who.sql";
		}
		push @clients, $pid;
	}
	sleep 0.5 + rand 1.5;    # in the middle of whatever it does
	open my $pidfile, '<', "$ENV{PGDATA}/postmaster.pid" or die $!;
	chomp(my $postmaster = <$pidfile>);
	close $pidfile;
	my @children = split ' ', `ps -o pid= --ppid $postmaster`;
	kill 'KILL', $postmaster, @children;
	waitpid $_, 0 foreach @clients;

	# Its lock file can be in the way once, while the children end.
	my $started = 0;
	for (1 .. 20)
	{
		$started = system(join(' ', @as_server, 'pg_ctl', '-D', "'$ENV{PGDATA}'", '-l', "'$ENV{PGDATA}/../log'", '-w', '-t', '60', '-s', 'start', '2>/dev/null')) == 0;
		last if $started;
		sleep 0.5;
	}
	ok($started, "round $round: killed with all its processes, the server starts again") or BAIL_OUT('no server');

	my ($acknowledged, $broken) = (0, '');
	foreach my $who (sort keys %speech)
	{
		open my $out, '<', "$dir/$who.out" or die $!;
		while (my $line = <$out>)
		{
			$line =~ s/\n\z// or last;    # what was cut off was not read
			$acknowledged++;
			if ($line =~ /^event (\d+)$/) { $events{$1} = 1 }
			elsif ($line =~ /^root (\\x[0-9a-f]{64})$/) { push @roots, $1 }
			elsif ($line =~ /^erased (\d+)$/) { $erased{$1} = 1; $next_erasure = $1 - 1000 if $1 - 1000 > $next_erasure }
		}
		open my $err, '<', "$dir/$who.err" or die $!;
		$broken .= join '', grep { !/terminated|closed|lost|connection|FATAL|server process|crash|DETAIL|HINT|This probably|processing the request/ } <$err>;
	}
	$next_erasure += 10;
	cmp_ok($acknowledged, '>', 20, "round $round: members spoke until then");
	is($broken, '', "round $round: without an error of ours");
	my $ids = join ',', keys %events;
	is(sql("SELECT count(*) FROM unnest('{$ids}'::bigint[]) i WHERE NOT EXISTS (SELECT FROM aiconsent.consent c WHERE c.id = i)"), '0', "round $round: each event that was acknowledged is there");
	is(sql("SELECT string_agg(channel, ' ') FROM (SELECT channel FROM aiconsent.consent WHERE channel LIKE 'batch %' GROUP BY channel HAVING count(*) <> 200) b"), '', "round $round: of a statement all or nothing");
	my $gone = join ',', keys %erased;
	is(sql("SELECT count(*) FROM unnest('{$gone}'::text[]) i WHERE aiconsent.verdict_of(i)::text !~ 'erased' OR EXISTS (SELECT FROM aiconsent.consent c WHERE c.subject = i)"), '0', "round $round: who was erased is");
	is(sql("SELECT * FROM aiconsent.verify_ledger()"), '', "round $round: the chains are whole");
	is(sql("SELECT * FROM aiconsent.verify_ledger('$roots[-1]')"), '', "round $round: the last root that was given out is right") if @roots;
	is(sql("SELECT * FROM aiconsent.verify_standing()"), '', "round $round: the standing is what the evidence says");
}
cmp_ok(scalar @roots, '>', 0, 'there were seals');
cmp_ok(scalar keys %erased, '>', 0, 'and erasures');
is(sql("SELECT * FROM aiconsent.verify_ledger('$_')"), '', 'every root that was given out is right') foreach $roots[0], $roots[ @roots / 2 ];
my $amcheck = `pg_amcheck -d crash --heapallindexed 2>&1`;
is($amcheck, '', 'pg_amcheck finds tables and indexes in order');
done_testing();
