#!/usr/bin/perl
# What a training run was given is on record, whatever becomes of the run: who
# was in, which rows, and what is to be taken out again when somebody leaves.
use strict;
use warnings;

use Digest::SHA qw(sha256 sha256_hex);
use File::Temp qw(tempdir);
use IPC::Open2;
use JSON::PP;
use Test::More;

# A session that waits for another would wait for ever.
$SIG{ALRM} = sub { BAIL_OUT('a session waits in vain') };
alarm 300;

my $dir = tempdir(CLEANUP => 1);
my $database = "run_$$";
system('createdb', $database) == 0 or die 'createdb failed';
$ENV{PGDATABASE} = $database;
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

# A session that goes on: what a command prints, or its error.
sub session
{
	my ($as) = @_;
	local $ENV{PGUSER} = $as // $ENV{PGUSER};
	my $pid = open2(my $out, my $in, 'psql -XAtq 2>&1');
	return { pid => $pid, in => $in, out => $out };
}

sub say_to
{
	my ($session, $sql) = @_;
	print { $session->{in} } "$sql\n;\n\\echo __END__\n";
	$session->{in}->flush;
	my @lines;
	while (my $line = readline $session->{out})
	{
		chomp $line;
		last if $line eq '__END__';
		push @lines, $line;
	}
	return join "\n", @lines;
}

sub end_session
{
	my ($session) = @_;
	close $session->{in};
	close $session->{out};
	waitpid $session->{pid}, 0;
	return;
}

my $main = session();
sub sql { return say_to($main, $_[0]) }

sql(<<'SQL');
CREATE EXTENSION aiconsent;
CREATE ROLE run_reader LOGIN;
CREATE ROLE run_steward LOGIN;
CREATE TABLE member (id int PRIMARY KEY, birth date, name text);
INSERT INTO member SELECT g, '1980-01-01', 'member ' || g FROM generate_series(1, 40) g;
CREATE TABLE post (id int PRIMARY KEY, author int REFERENCES member ON DELETE CASCADE, tagged int[] DEFAULT '{}', body text, at timestamptz);
INSERT INTO post SELECT g, 1 + g % 40, CASE WHEN g % 7 = 0 THEN ARRAY[1 + (g + 3) % 40] ELSE '{}' END, 'post ' || g || ' é', '2025-01-01'::timestamptz + g * interval '1 day'
FROM generate_series(0, 399) g;
CREATE TABLE note (author int REFERENCES member ON DELETE CASCADE, body text, at timestamptz);
INSERT INTO note SELECT 1 + g % 40, 'note ' || g, '2026-01-01' FROM generate_series(0, 79) g;
SELECT aiconsent.register_subject('member', birth => 'birth');
SELECT aiconsent.register_source('post', '{author,tagged}', 'at');
SELECT aiconsent.register_source('note', '{author}', 'at');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT aiconsent.register_field('note', 'body', 'personal{content.post}');
SELECT aiconsent.register_field('note', 'author', 'personal{content.post}');
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.publish();
SELECT aiconsent.grant_role('run_reader', 'reader');
SELECT aiconsent.grant_role('run_steward', 'steward');
SELECT aiconsent.record_consent(40, 'content_generation', 'object');
CREATE FUNCTION public.said(who int, decision text) RETURNS bigint LANGUAGE sql AS $$ SELECT aiconsent.record_consent(who, 'content_generation', decision) $$;
-- Who was in a run, by its stored set.
CREATE FUNCTION was_in(run bigint) RETURNS text LANGUAGE sql AS $$
  SELECT COALESCE(string_agg(m.id::text, ' ' ORDER BY m.id) FILTER (WHERE NOT o.was_in), 'nobody') || ' not in'
  FROM member m, LATERAL aiconsent.run_of_subject(m.id::text) o WHERE o.run = was_in.run $$;
SQL

# A run: the leader's session, and what begin_run() gave.
sub begin_run
{
	my ($name, $as) = @_;
	my $leader = session($as);
	say_to($leader, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
	my $given = say_to($leader, "SELECT run, token, snapshot FROM aiconsent.begin_run('$name', recipient => 'model team')");
	my ($run, $token, $snapshot) = split /\|/, $given;
	return { leader => $leader, run => $run, token => $token, snapshot => $snapshot, given => $given };
}

sub bodies_of { my ($session) = @_; return say_to($session, "SELECT string_agg(body, ',' ORDER BY body) FROM training.note") }

# ---------------------------------------------------------------------------
# Beginning
# ---------------------------------------------------------------------------
my $first = begin_run('first');
like($first->{given}, qr/^\d+\|[0-9a-f-]{36}\|[0-9A-F-]+$/, 'begin_run() gives a number, a token and a snapshot');
is(sql("SELECT name, purpose, recipient, views FROM aiconsent.run"), 'first|content_generation|model team|{training.corpus,training.note,training.post}',
	'that it began is committed, although the transaction goes on');
is(sql("SELECT policies = ARRAY(SELECT id FROM aiconsent.policy ORDER BY id), labels = aiconsent.run_labels(views), rules = aiconsent.rules_version() FROM aiconsent.run"),
	't|t|t', 'with the versions of the policy, the digest of the labels and the rules');
sql("SELECT aiconsent.register_field('member', 'name', 'personal{profile.name}')");
is(sql('SELECT labels = aiconsent.run_labels(views) FROM aiconsent.run'), 'f', 'another label is another digest');

# Opt-out between begin and COPY
sql("SELECT said(1, 'object')");
my $worker = session('run_reader');
say_to($worker, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
say_to($worker, "SET TRANSACTION SNAPSHOT '$first->{snapshot}'");
like(bodies_of($worker), qr/note 0,/, 'a worker that imports the snapshot still has who objected since');
unlike(bodies_of($main), qr/note 0,/, 'who reads by a newer one has not');
is(say_to($first->{leader}, "\\copy (SELECT to_json(n) FROM training.note n) TO '$dir/notes'"), '', 'the data is read');

# between COPY and seal
sql("SELECT said(2, 'object')");
sql("SELECT said(39, 'hold')");
sql("SELECT said(39, 'release')");
sql("SELECT said(40, 'grant')");
like(say_to($first->{leader}, "SELECT aiconsent.seal_run('$first->{token}')"), qr/^\\x[0-9a-f]{64}$/, 'the run is sealed');
say_to($first->{leader}, 'COMMIT');
is(sql("SELECT outcome, exact, members FROM aiconsent.run_seal WHERE run = 1"), 'sealed|t|40', 'everybody who was eligible at any moment of it was in');
is(sql('SELECT was_in(1)'), 'nobody not in', 'those who left between begin and COPY, between COPY and seal, and who came meanwhile');

# Rows and digests, computed from the file
my %hashes;
open my $file, '<', "$dir/notes" or die $!;
while (my $line = <$file>)
{
	chomp $line;
	$line =~ s/\\\\/\\/g;
	my $hash = sha256($line);
	push @{ $hashes{ ord $hash } }, $hash;
}
close $file;
my $blocks = join "\n", map { join '|', $_, scalar @{ $hashes{$_} }, sha256_hex(join '', sort @{ $hashes{$_} }) } sort { $a <=> $b } keys %hashes;
is(sql("SELECT block, rows, encode(digest, 'hex') FROM aiconsent.run_block WHERE run = 1 AND view = 'training.note' ORDER BY block"), $blocks,
	'rows and digests of each view are those of the file that was exported');
say_to($worker, 'COMMIT');
end_session($first->{leader});

like(sql("SELECT aiconsent.seal_run('$first->{token}')"), qr/ERROR:  run 1 is ended already/, 'a run is sealed once');
like(sql("SELECT aiconsent.fail_run('$first->{token}', 'so')"), qr/ERROR:  run 1 is ended already/, 'and has not failed then');
foreach my $table (qw(run run_seal run_block erased_reference))
{
	like(sql("UPDATE aiconsent.$table SET hash = hash"), qr/append-only/, "nobody edits $table") if $table ne 'run_block';
	like(sql("DELETE FROM aiconsent.$table"), qr/append-only/, "nor deletes of $table");
}

# ---------------------------------------------------------------------------
# Runs that end otherwise
# ---------------------------------------------------------------------------
sql("SELECT said(3, 'object')");
my $rolled = begin_run('rolled back');
bodies_of($rolled->{leader});
say_to($rolled->{leader}, "\\copy (SELECT to_json(n) FROM training.note n) TO '$dir/rolled'");
say_to($rolled->{leader}, "SELECT aiconsent.seal_run('$rolled->{token}')");
say_to($rolled->{leader}, 'ROLLBACK');
end_session($rolled->{leader});
is(sql('SELECT count(*) FROM aiconsent.run r LEFT JOIN aiconsent.run_seal s ON s.run = r.id WHERE r.name = $$rolled back$$ AND s.run IS NULL'), '1',
	'ROLLBACK after COPY: the run is on record, and not sealed');
is(sql("SELECT was_in($rolled->{run})"), '1 2 3 not in', 'it counts as having had everybody who was eligible');
sql("SELECT said(4, 'object')");
is(sql("SELECT was_in($rolled->{run})"), '1 2 3 not in', 'also who left since');
is(sql("SELECT string_agg(DISTINCT subject, ' ') FROM aiconsent.removal($rolled->{run})"), '4', 'and is to be taken out of it');
like(sql("SELECT aiconsent.fail_run('$rolled->{token}', 'rolled back')"), qr/^\\x/, 'it can be ended as failed');
is(sql("SELECT outcome, reason, exact, members FROM aiconsent.run_seal WHERE run = $rolled->{run}"), 'failed|rolled back|f|37', 'with all of them');
sql("SELECT said(5, 'grant')");
sql("SELECT said(3, 'grant')");
is(sql("SELECT was_in($rolled->{run})"), '1 2 3 not in', 'and who comes later was not in it');

# Recorded before the run began, committed after: clocks cannot tell.
my $slow = session();
say_to($slow, 'BEGIN');
say_to($slow, "SELECT said(6, 'object')");
my $crossed = begin_run('crossed');
say_to($slow, 'COMMIT');
end_session($slow);
like(bodies_of($crossed->{leader}), qr/note 5,/, 'who objected before a run began, and committed after, is in its snapshot');
say_to($crossed->{leader}, "SELECT aiconsent.seal_run('$crossed->{token}')");
say_to($crossed->{leader}, 'COMMIT');
end_session($crossed->{leader});
is(sql("SELECT was_in($crossed->{run})"), '1 2 4 not in', 'and in the set of who was in');

# Two workers across an instant at which everybody comes in, as somebody does at
# midnight who comes of age.
sql(<<'SQL');
SELECT aiconsent.adopt_policy('soon', effective_at => clock_timestamp() + interval '2 seconds', announced_at => '2025-01-01', notice_required => false, basis => 'opt_out', clearance => 'personal{content}');
SELECT aiconsent.publish('soon', schema => 'soon');
SELECT aiconsent.grant_role('run_reader', 'reader', 'soon');
SQL
my $leader = session();
say_to($leader, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
my ($midnight, $token, $snapshot) = split /\|/, say_to($leader, "SELECT * FROM aiconsent.begin_run('midnight', 'soon', '{soon.note}', 'model team')");
my @workers = (session('run_reader'), session('run_reader'));
say_to($workers[0], 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
say_to($workers[0], "SET TRANSACTION SNAPSHOT '$snapshot'");
is(say_to($workers[0], 'SELECT count(*) FROM soon.note'), '0', 'a worker before the instant has nobody');
sleep 3;
say_to($workers[1], 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
say_to($workers[1], "SET TRANSACTION SNAPSHOT '$snapshot'");
cmp_ok(say_to($workers[1], 'SELECT count(*) FROM soon.note'), '>', 70, 'one behind it, by the same snapshot, has those who were to come in');
end_session($_) foreach @workers;
say_to($leader, "SELECT aiconsent.seal_run('$token')");
say_to($leader, 'COMMIT');
end_session($leader);
cmp_ok(sql("SELECT members FROM aiconsent.run_seal WHERE run = $midnight"), '>', 35, 'all of them were in');

# ---------------------------------------------------------------------------
# What is to be taken out
# ---------------------------------------------------------------------------
sub lines_of
{
	my ($name) = @_;
	my $json = JSON::PP->new->canonical;
	open my $in, '<', "$dir/$name" or die $!;
	my @rows;
	while (my $line = <$in>) { push @rows, $json->decode($line) }
	return \@rows;
}
sub sorted { my ($rows) = @_; my $json = JSON::PP->new->canonical; return [ sort map { $json->encode($_) } @$rows ] }
sub export
{
	my ($session, $name) = @_;
	return say_to($session, "\\copy (SELECT to_json(c) FROM training.corpus c) TO '$dir/$name' (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')");
}

sql("SELECT said(8, 'object')");
my $run = begin_run('to be purged');
export($run->{leader}, 'exported');
say_to($run->{leader}, "SELECT aiconsent.seal_run('$run->{token}')");
say_to($run->{leader}, 'COMMIT');
end_session($run->{leader});
my $before = sql('SELECT count(*) FROM training.corpus');

sql("SELECT said(9, 'object')");                                      # changed since
sql("UPDATE member SET birth = '2014-01-01' WHERE id = 10");            # was wrong then
sql("UPDATE member SET birth = '2007-06-01' WHERE id = 11");            # in, but what was written as a child is not
sql("SELECT aiconsent.erase_subject(12::bigint, 'asked for it')");      # erased, and gone
sql("DELETE FROM member WHERE id = 12");
sql("SELECT aiconsent.erase_subject(13::bigint, 'asked for it')");      # erased, and there
sql("DELETE FROM member WHERE id = 14");                                # gone
sql("SELECT said(15, 'hold')");
sql("SELECT aiconsent.rotate_pseudonyms('content_generation', 'every month')");
sql("SELECT aiconsent.record_consent(16, 'content_generation', 'object', effective_at => '2026-01-01', reason => 'a letter of then')");
sql("SELECT said(8, 'grant')");                                       # a later grant
is(sql("SELECT string_agg(DISTINCT concat_ws(' ', COALESCE(subject, '-'), cause), ', ' ORDER BY concat_ws(' ', COALESCE(subject, '-'), cause)) FROM aiconsent.removal($run->{run})"),
	'- changed_since, 10 wrong_then, 11 wrong_then, 13 changed_since, 14 changed_since, 15 changed_since, 16 wrong_then, 9 changed_since',
	'who is out now and was in, and whether it was wrong then');
is(sql("SELECT string_agg(DISTINCT verdict::text, ' ' ORDER BY verdict::text) FROM aiconsent.removal($run->{run}) WHERE subject IN ('9', '10', '13')"),
	'erased minor opted_out', 'with the verdict of now');

# An exported file is purged by it alone.
sub purge
{
	my ($rows, $number) = @_;
	my (%refs, %rows);
	foreach my $line (split /\n/, sql("SELECT subject_ref, source, row_id FROM aiconsent.removal($number)"))
	{
		my ($ref, $source, $id) = split /\|/, $line, -1;
		$refs{$ref} = 1 if $source eq '';
		$rows{"$source $id"} = 1 if $source ne '' && $id ne '';
	}
	return [ grep { !$rows{ $_->{source} . ' ' . ($_->{row_id} // '') } && !grep { $refs{$_} } @{ $_->{subject_refs} } } @$rows ];
}
my $purged = purge(lines_of('exported'), $run->{run});
export($main, 'fresh');
# What is the same under every key: source, field and text.
my %later = map { $_ => 1 } split /\n/, sql("SELECT body FROM post WHERE author = 8 OR 8 = ANY (tagged) UNION ALL SELECT body FROM note WHERE author = 8");
my @fresh = sort map { "$_->{source} $_->{field} $_->{content}" } grep { !$later{ $_->{content} } } @{ lines_of('fresh') };
my @left = sort map { "$_->{source} $_->{field} $_->{content}" } @$purged;
is_deeply(\@left, \@fresh, 'an export that is purged by it alone is a fresh one without later grants');
cmp_ok(scalar @left, '<', $before, 'something was taken out');
cmp_ok(scalar @left, '>', $before / 2, 'and not all');
isnt(sql("SELECT count(*) FROM aiconsent.removal($run->{run}) WHERE source = 'public.post' AND subject = '11'"), '0', 'rows that are too old now, of a member who is in');
is(sql("SELECT count(*) FROM aiconsent.removal($run->{run}) WHERE source IS NULL AND subject = '11'"), '0', 'who is not taken out as a whole');

# ---------------------------------------------------------------------------
# One person's picture
# ---------------------------------------------------------------------------
is(sql("SELECT is_in, verdict, runs, effective_from FROM aiconsent.receipt('9') WHERE purpose = 'content_generation'"), "f|opted_out|{1,$rolled->{run},$crossed->{run},$run->{run}}|",
	'a receipt: out, why, and the runs that it was in');
my $next = begin_run('after');
say_to($next->{leader}, "SELECT aiconsent.seal_run('$next->{token}')");
say_to($next->{leader}, 'COMMIT');
end_session($next->{leader});
is(sql("SELECT effective_from FROM aiconsent.receipt('9') WHERE purpose = 'content_generation'"), $next->{run}, 'and the first that was without it');
is(sql("SELECT is_in, verdict, since, effective_from FROM aiconsent.receipt('20') WHERE purpose = 'content_generation'"), 't|eligible|2025-11-03 00:00:00+00|',
	'of somebody who is in') if sql("SHOW timezone") =~ /UTC/;
is(sql("SELECT is_in, verdict, runs FROM aiconsent.receipt('12') WHERE purpose = 'content_generation'"), "f|unknown_subject,erased|{1,$rolled->{run},$crossed->{run},$run->{run}}",
	'an erased one who asks by the key is told, too');
is(sql("SELECT is_in, verdict, runs, effective_from IS NULL FROM aiconsent.receipt('4711') WHERE purpose = 'content_generation'"), 'f|unknown_subject|{}|t', 'of nobody');

# ---------------------------------------------------------------------------
# Who is erased while a run begins is in it or is not, and is taken out of it
# ---------------------------------------------------------------------------
sub ref_of { my ($session, $member) = @_; return say_to($session, "SELECT aiconsent.pseudonym('$member', 'content_generation')") }
my $eraser = session();
my $early = session();
say_to($eraser, 'BEGIN');
say_to($eraser, "SELECT aiconsent.erase_subject(17::bigint, 'asked for it')");
say_to($early, "SET lock_timeout = '300ms'");
say_to($early, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
say_to($early, 'SELECT count(*) FROM training.note');
like(say_to($early, "SELECT run FROM aiconsent.begin_run('early', recipient => 'model team')"), qr/canceling statement due to lock timeout/, 'a run waits for who is being erased');
say_to($early, 'ROLLBACK');
say_to($early, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
say_to($early, 'SELECT count(*) FROM training.note');
say_to($eraser, 'COMMIT');
like(say_to($early, "\\set VERBOSITY verbose\n SELECT run FROM aiconsent.begin_run('early', recipient => 'model team')"), qr/40001: .*somebody was erased since this transaction began.*HINT:  Begin the transaction anew/s,
	'and cannot be begun by a snapshot of before');
say_to($early, 'ROLLBACK');
is(sql("SELECT count(*) FROM aiconsent.run WHERE name = 'early'"), '0', 'nothing of it is on record');
end_session($early);

# Two erasures that begin before the run and end after it
say_to($eraser, 'BEGIN ISOLATION LEVEL REPEATABLE READ');
say_to($eraser, 'SELECT count(*) FROM training.note');
my $later = begin_run('later');
like($later->{given}, qr/^\d+\|/, 'begun anew, it is');
my %ref = map { $_ => ref_of($later->{leader}, $_) } 17, 18, 19;
export($later->{leader}, 'later');
my $had = sub { my ($ref) = @_; return scalar grep { grep { $_ eq $ref } @{ $_->{subject_refs} } } @{ lines_of('later') } };
is($had->($ref{17}), 0, 'without who was erased');
cmp_ok($had->($ref{18}), '>', 0, 'with who is not yet');
is(say_to($eraser, "SELECT aiconsent.erase_subject(18::bigint, 'asked for it')"), '', 'an older transaction erases somebody');
say_to($eraser, 'COMMIT');
sql("SELECT aiconsent.erase_subject(19::bigint, 'asked for it')");
sql('DELETE FROM member WHERE id IN (17, 18, 19)');
my $out_of = sub { my ($ref) = @_; return sql("SELECT count(*) FROM aiconsent.removal($later->{run}) WHERE subject_ref = '$ref' AND source IS NULL") };
is(join(' ', map { $out_of->($ref{$_}) } 17, 18, 19), '0 1 1', 'who was erased since is to be taken out of it, before it is sealed');
like(say_to($later->{leader}, "SELECT aiconsent.seal_run('$later->{token}')"), qr/^\\x/, 'it is sealed');
say_to($later->{leader}, 'COMMIT');
is(join(' ', map { $out_of->($ref{$_}) } 17, 18, 19), '0 1 1', 'and behind that');
my $members = sql("SELECT members FROM aiconsent.run_seal WHERE run = $later->{run}");
is(sql("SELECT sum(aiconsent.run_had(s.numbers, e.number)::int) FROM aiconsent.run_seal s, aiconsent.erased_reference e WHERE s.run = $later->{run}
	AND e.subject_ref IN ('$ref{18}', '$ref{19}')"), '2', 'the set has them');
my %refs = map { $_ => 1 } map { @{ $_->{subject_refs} } } @{ lines_of('later') };
cmp_ok($members, '>=', scalar keys %refs, 'and everybody who is named in the export');
like(sql("SELECT runs FROM aiconsent.receipt('$_') WHERE purpose = 'content_generation'"), qr/[{,]$later->{run}\}/, "$_ who asks by the key is told") foreach 18, 19;
unlike(sql("SELECT runs FROM aiconsent.receipt('17') WHERE purpose = 'content_generation'"), qr/[{,]$later->{run}\}/, 'and 17 that it was not in');
end_session($eraser);
end_session($later->{leader});

# Who came in while a run went on, and had rows in it that are too old as is known now
sql("SELECT said(22, 'object')");
my $horizon = begin_run('horizon');
sql("SELECT said(22, 'grant')");
say_to($horizon->{leader}, "SELECT aiconsent.seal_run('$horizon->{token}')");
say_to($horizon->{leader}, 'COMMIT');
end_session($horizon->{leader});
sql("UPDATE member SET birth = '2007-06-01' WHERE id = 22");
is(sql("SELECT DISTINCT cause, source FROM aiconsent.removal($horizon->{run}) WHERE subject = '22'"), 'wrong_then|public.post', 'rows from before somebody was of age are to be taken out of a run that it came into');

# ---------------------------------------------------------------------------
# Who may
# ---------------------------------------------------------------------------
my $steward = begin_run('by a steward', 'run_steward');
like($steward->{given}, qr/^\d+\|/, 'a steward begins a run');
like(say_to($steward->{leader}, 'SAVEPOINT s; SELECT count(*) FROM training.post'), qr/permission denied/, 'who may not read what it is of');
say_to($steward->{leader}, 'ROLLBACK TO s; RELEASE s');
is(sql("SELECT begun_by FROM aiconsent.run WHERE name = 'by a steward'"), 'run_steward', 'which has the name');
like(say_to($steward->{leader}, "SELECT aiconsent.seal_run('$steward->{token}')"), qr/^\\x/, 'and seals it');
is(say_to($steward->{leader}, "SELECT exact, (SELECT sum(rows) > 100 FROM aiconsent.run_block b WHERE b.run = s.run AND view = 'training.post') FROM aiconsent.run_seal s WHERE run = $steward->{run}"), 't|t', 'with the digests of all that it was given');
say_to($steward->{leader}, 'COMMIT');
end_session($steward->{leader});
my $reader = session('run_reader');
like(say_to($reader, "SELECT * FROM aiconsent.$_"), qr/permission denied/, "a reader has not $_") foreach 'run', 'run_seal', q(removal(1)), q(receipt('1'));
end_session($reader);
foreach my $case (
	[ q{BEGIN; SELECT aiconsent.begin_run('x', recipient => 'y')}, qr/needs a transaction whose snapshot lasts/ ],
	[ q{SELECT aiconsent.begin_run('x', recipient => 'y')}, qr/needs a transaction whose snapshot lasts/ ],
	[ q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT aiconsent.begin_run('x')}, qr/the recipient of a run must be given/ ],
	[ q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT aiconsent.begin_run('', recipient => 'y')}, qr/the name of a run must be given/ ],
	[ q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT aiconsent.begin_run('x', 'unheard_of', recipient => 'y')}, qr/unheard_of/ ],
	[ q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT aiconsent.begin_run('x', views => '{member}', recipient => 'y')}, qr/is no training view/ ],
	[ q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT aiconsent.begin_run('x', views => '{soon.note}', recipient => 'y')}, qr/is no training view/ ],
	[ q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT (aiconsent.begin_run('twice', recipient => 'y')).*}, qr/has begun a run of this name already/ ],
	[ q{SELECT aiconsent.seal_run(gen_random_uuid())}, qr/there is no such run/ ],
	[ q{SELECT aiconsent.seal_run(NULL)}, qr/the token of a run must be given/ ],
	[ q{SELECT aiconsent.fail_run(gen_random_uuid(), NULL)}, qr/the reason of a run must be given/ ],
	[ q{SELECT aiconsent.removal(999)}, qr/there is no such run/ ],
	[ q{SELECT aiconsent.removal(NULL)}, qr/the run must not be null/ ])
{
	my ($command, $error) = @$case;
	like(sql($command), $error, "refused: $command");
	sql('ROLLBACK');
}

is(sql(q{SELECT count(*) FROM aiconsent.run WHERE name = 'twice'}), '1', 'what a star calls three times begins one run');
my $wrote = begin_run('wrote itself');
say_to($wrote->{leader}, 'DELETE FROM note WHERE author = 20');
say_to($wrote->{leader}, "SELECT aiconsent.seal_run('$wrote->{token}')");
is(say_to($wrote->{leader}, "SELECT exact FROM aiconsent.run_seal WHERE run = $wrote->{run}"), 'f', 'rows are not called those of the workers where the transaction changed some itself');
say_to($wrote->{leader}, 'ROLLBACK');
end_session($wrote->{leader});

# ---------------------------------------------------------------------------
# What a table's owner planted runs as nobody who can do more
# ---------------------------------------------------------------------------
sql(<<'SQL');
CREATE ROLE run_owner NOLOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO run_owner;
GRANT SELECT ON member TO run_owner;
ALTER TABLE post OWNER TO run_owner;
CREATE TABLE ran_as (who text);
GRANT INSERT ON ran_as TO PUBLIC;
SET ROLE run_owner;
CREATE FUNCTION public.planted() RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ran_as VALUES (current_user); RETURN ''; EXCEPTION WHEN OTHERS THEN RETURN ''; END $$;
CREATE FUNCTION public.folded(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.planted(); END $$;
CREATE INDEX ON post ((body || public.folded('x')));
RESET ROLE;
DELETE FROM ran_as;
SELECT aiconsent.publish();
DELETE FROM ran_as;
SQL
sql("SELECT count(*) FROM aiconsent.removal($run->{run})");
my $planted = begin_run('planted', 'run_steward');
like(say_to($planted->{leader}, "SELECT aiconsent.seal_run('$planted->{token}')"), qr/^\\x/, 'a run over the table is sealed');
say_to($planted->{leader}, 'COMMIT');
end_session($planted->{leader});
# Each in a session of its own: what was folded once is not again.
foreach my $asked ("SELECT sum(number) > 0 FROM aiconsent.corpus_categories('content_generation')", 'SELECT count(*) = 0 FROM aiconsent.leak')
{
	my $asker = session('run_steward');
	is(say_to($asker, $asked), 't', $asked);
	end_session($asker);
}
is(sql("SELECT string_agg(DISTINCT who, ' ') FROM ran_as WHERE who NOT IN ('run_owner', 'run_steward')"), '', 'what the owner planted ran as the owner, or as who asks');
isnt(sql("SELECT count(*) FROM ran_as WHERE who = 'run_steward'"), '0', 'as whom it did run');

# ---------------------------------------------------------------------------
# Nobody edits it unseen
# ---------------------------------------------------------------------------
my $root = sql('SELECT aiconsent.seal_ledger()');
is(sql("SELECT * FROM aiconsent.verify_runs('$root')"), '', 'the runs are what they were');
sub attack
{
	my ($command, $given) = @_;
	sql('BEGIN; SET LOCAL session_replication_role = replica');
	my $error = sql($command);
	die "$command: $error" if $error =~ /ERROR/;
	my $found = sql('SELECT run, finding FROM aiconsent.verify_runs(' . ($given ? "'$given'" : '') . ')');
	sql('ROLLBACK');
	return $found;
}
my %values = (token => 'gen_random_uuid()', name => q('x'), purpose => q('soon'), views => q('{a}'), recipient => q('x'), begun_at => 'now()', begun_by => q('x'), instant => 'now()',
	system_identifier => '1', timeline => '77', snapshot => q('1:1:'), policies => q('{}'), labels => q('\x00'), rules => q('x'), key_since => 'now()', hash => q('\x00'), sealed_at => 'now()', sealed_by => q('x'), outcome => q('failed'),
	reason => q('x'), exact => 'NOT exact', members => '0', numbers => q('\xffff'), view => q('x'), block => '-1', rows => '0', digest => q('\x00'));
sql('ALTER TABLE aiconsent.run ALTER id SET GENERATED BY DEFAULT');
foreach my $table (qw(run run_seal run_block))
{
	foreach my $field (split /\n/, sql("SELECT attname FROM pg_attribute WHERE attrelid = 'aiconsent.$table'::regclass AND attnum > 0 AND NOT attisdropped"))
	{
		my $key = $table eq 'run' ? 'id' : 'run';
		my $value = $values{$field} // ($field eq $key ? 99 : die $field);
		my $where = "$key = 1" . ($table eq 'run_block' ? " AND view = 'training.note' AND block = (SELECT min(block) FROM aiconsent.run_block WHERE run = 1 AND view = 'training.note')" : '');
		like(attack("UPDATE aiconsent.$table SET $field = $value WHERE $where"), qr/^1\|/m, "named: $table.$field");
	}
}
my %others = (id => '99', number => 'number + 1', purpose => q('soon'), key_since => 'now()', subject_ref => q('x'), runs => 'runs[2:]', erased_at => 'now()', hash => q('\x00'));
foreach my $field (split /\n/, sql("SELECT attname FROM pg_attribute WHERE attrelid = 'aiconsent.erased_reference'::regclass AND attnum > 0"))
{
	like(attack("ALTER TABLE aiconsent.erased_reference ALTER id SET GENERATED BY DEFAULT; UPDATE aiconsent.erased_reference SET $field = $others{$field} WHERE id = 1"),
		qr/^\|row 1 of aiconsent.erased_reference was (edited|deleted)/m, "named: erased_reference.$field");
}
like(attack('UPDATE aiconsent.erased_reference e SET runs = runs[2:]; UPDATE aiconsent.erased_reference e SET hash = aiconsent.row_hash(e)', $root),
	qr/^\|row 1 of aiconsent.erased_reference was edited/m, 'named: its hash computed anew, too');
like(attack('DELETE FROM aiconsent.erased_reference WHERE id = 1'), qr/^\|row 1 of aiconsent.erased_reference was deleted/m, 'named: who was erased, deleted');
like(attack('DELETE FROM aiconsent.run WHERE id = 1'), qr/^1\|deleted/m, 'named: a run that was deleted');
like(attack('DELETE FROM aiconsent.run_seal WHERE run = 1'), qr/^1\|what it was sealed as was deleted/m, 'named: a seal of a run that was deleted');
like(attack("DELETE FROM aiconsent.run_block WHERE run = 1 AND view = 'training.note'"), qr/^1\|what it was sealed as was edited/m, 'named: rows that were deleted');
my $forge = q{UPDATE aiconsent.run_seal SET numbers = '\x00' WHERE run = 1;
  UPDATE aiconsent.run_seal s SET hash = aiconsent.run_seal_hash(s, (SELECT r.hash FROM aiconsent.run r WHERE r.id = s.run)) WHERE run = 1};
like(attack($forge, $root), qr/^1\|what it was sealed as was edited/m, 'named: a set with its hash computed anew');
like(attack("$forge; UPDATE aiconsent.seal_block SET hashes = '{}' WHERE kind = 'run_seal'", $root), qr/seal 1 was edited/, 'or the seal, if that was edited, too');

is(sql('SELECT * FROM aiconsent.verify_ledger()'), '', 'the ledger is in order, erasures included');
is(sql('SELECT * FROM aiconsent.verify_standing()'), '', 'and so is the standing');
end_session($worker);
end_session($main);
system('dropdb', '-f', $database);
done_testing();
