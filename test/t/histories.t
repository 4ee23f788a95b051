#!/usr/bin/perl
# Three people at work at once, whose transactions overlap, wait for each other,
# commit in another order than they began, roll back, and are tried again: what
# is in force afterwards, and what was known at every pause, is what the policy
# says of what was acknowledged.
#
# The oracle is that of test/pgtap/histories.sql.  What is random follows from
# AICONSENT_SEED (1); who waits for whom does not.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Select;
use IPC::Open3;
use Test::More;
use Time::HiRes qw(time);

my $dir = tempdir(CLEANUP => 1);
my $database = 'histories';
my $seconds = $ENV{HISTORIES_SECONDS} // 15;
my $seed = $ENV{AICONSENT_SEED} // 1;
my $members = 240;
srand($seed);

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

# The definitions of the other test: its generator, its oracle, its comparison.
my $round = 0;
my $definitions = do
{
	my $file = dirname(__FILE__) . '/../pgtap/histories.sql';
	open my $in, '<', $file or die "$file: $!";
	local $/;
	<$in>;
};
$definitions =~ s/^-- The rounds of every world\n.*//ms or die "where do the definitions end?";

sub prelude
{
	return <<"SQL";
SELECT set_config('test.seed', '$seed', false), set_config('test.world', '2', false),
  set_config('test.round', '$round', false), set_config('test.histories', '@{[ 6 * $members ]}', false),
  set_config('DateStyle', 'SQL, MDY', false), set_config('TimeZone', 'Pacific/Kiritimati', false) \\g /dev/null
SQL
}

sub observe
{
	my ($sql) = @_;
	return sql($database, prelude() . "SELECT * FROM no_plan();\n$sql");
}

sub quote
{
	my ($value) = @_;
	return 'NULL' unless defined $value;
	$value =~ s/'/''/g;
	return "'$value'";
}

# Tests that pgTAP did, as ours.
sub relay
{
	my ($output) = @_;
	my $tests = 0;
	my $diagnosis = '';

	foreach my $line (split /\n/, $output)
	{
		if ($line =~ /^(not )?ok \d+ - (.*)/)
		{
			ok(!$1, $2);
			$tests++;
		}
		elsif ($line =~ /^# /)
		{
			diag($line =~ s/^# //r);
		}
	}
	cmp_ok($tests, '>', 0, 'something was compared') or diag($output);
	return;
}

sql('postgres', "CREATE DATABASE $database");
sql($database, "CREATE EXTENSION pgtap; CREATE EXTENSION aiconsent;\n$definitions");
observe(<<'SQL');
CALL enter_world(2);
CALL come(0, 80, 'first');
CALL new_schools('first', 40);
CALL new_notices('first', 40);
CALL new_settings('first', 30);
CALL register('subject');
CALL adopt('first', 'content_generation', NULL, '2025-11-03 00:00+00');
CALL adopt('second', 'voice_model', '{EEA,US}', '2025-12-01 00:00+00');
CALL adopt('third', 'voice_model', NULL, '2025-12-01 00:00+00');
CALL register('content_generation');
CALL register('voice_model');
CALL take_notices('voice_model');
CALL note();
-- From here on nobody can say in which order settings are mirrored.
INSERT INTO mirrored SELECT key, p, NULL, true FROM key_ever, unnest(purposes()) p
  ON CONFLICT (key, purpose) DO UPDATE SET lax = true;
-- What was acknowledged, and when by the clock of the one who sent it
CREATE TABLE acknowledged (event bigint, key text, purpose text, sent int, committed int);
SQL
my @keys = split /\n/, observe('SELECT key FROM key_ever ORDER BY i;');
is(scalar @keys, $members, 'there are members, and keys of members to come');

# ---------------------------------------------------------------------------
# What happens: a transaction is a list of statements, each with what becomes
# of it for the oracle
# ---------------------------------------------------------------------------

my $salts = 0;
my %retracted;
my @events;          # numbers of committed events that may be retracted
my @suppressions;    # numbers of committed suppressions
my @erasable = @keys[ $members * 0.65 .. $members * 0.7 - 1 ];

sub one_of { return $_[ int rand @_ ]; }

# Some are in everybody's hands.
sub random_key { return rand() < 0.4 ? one_of(@keys[ 0 .. 7 ]) : one_of(@keys[ 0 .. $members * 0.65 - 1 ]); }

# An address: most of a few, which several have and which are suppressed
sub random_address { return 1 + int rand(rand() < 0.6 ? 12 : $members); }

sub effect
{
	return one_of(undef, undef, undef, undef, '2026-01-01 00:00+00', '2026-01-01 00:00+00', '2025-11-03 00:00+00',
		'2030-01-01 00:00+00', '2025-12-01 00:00+00', '2040-05-05 05:05+00');
}

sub saying
{
	my $decision = one_of(qw(grant grant object object hold release));
	my $version = $decision eq 'grant' ? one_of('2025-09', undef) : undef;
	return (one_of('content_generation', 'voice_model'), $decision, effect(), $version);
}

my %deeds = (
	say => sub {
		my $key = random_key();
		my ($purpose, $decision, $at, $version) = saying();
		return { sql => sprintf("SELECT aiconsent.record_consent(%s::bigint, %s, %s, %s, channel => 'live',"
				  . " notice_version => %s, reason => 'said');", $key, map { quote($_) } $purpose, $decision, $at, $version),
			said => [ [ $key, $purpose, $decision, $at, $version ] ] };
	},
	say_many => sub {
		my %of = map { random_key() => 1 } 1 .. 3;
		my ($purpose, $decision, $at, $version) = saying();
		return { sql => sprintf("SELECT aiconsent.record_consents(ARRAY[%s]::bigint[], %s, %s, %s, channel => 'live',"
				  . " notice_version => %s, reason => 'said') \\g /dev/null", join(', ', keys %of), map { quote($_) } $purpose,
				$decision, $at, $version),
			said => [ map { [ $_, $purpose, $decision, $at, $version ] } keys %of ] };
	},
	birth => sub {
		my $s = $salts++;
		return { sql => sprintf("UPDATE person SET birth = random_birth('%s')::daterange WHERE id = %s;", $s, random_key()) };
	},
	told => sub {
		my $s = $salts++;
		return { sql => sprintf("UPDATE person SET told = random_notice('%s'), region = random_region('%1\$s') WHERE id = %s;", $s, random_key()) };
	},
	births => sub {
		my $s = $salts++;
		return { sql => "UPDATE person SET birth = random_birth('$s' || id)::daterange WHERE dice('$s' || id, 12) = 0;" };
	},
	school => sub {
		my $s = $salts++;
		return { sql => sprintf("INSERT INTO school (who, level, school, starts, ends) SELECT %s, st[1], st[2], random_when('b%s'),"
				  . " random_when('e%2\$s') FROM random_stage('%2\$s') st;", random_key(), $s) };
	},
	unschool => sub { return { sql => sprintf('DELETE FROM school WHERE who IN (%s, %s);', random_key(), random_key()) }; },
	setting => sub {
		my $s = $salts++;
		return { sql => sprintf("INSERT INTO setting SELECT id, '%s', random_setting('%s')::boolean FROM person WHERE id = %s"
				  . ' ON CONFLICT (who, name) DO UPDATE SET value = excluded.value;',
				one_of('ai_training', 'ai_training_app', 'voice'), $s, random_key()) };
	},
	settings => sub {
		return { sql => sprintf("UPDATE setting SET value = %s WHERE name = '%s' AND dice('%s' || who, 6) = 0;",
				one_of('true', 'false', 'NULL', 'NOT value'), one_of('ai_training', 'voice'), $salts++) };
	},
	unset => sub { return { sql => sprintf('DELETE FROM setting WHERE who = %s;', random_key()) }; },
	notice => sub { return { sql => sprintf("INSERT INTO notice (who, at) VALUES (%s, random_notice('%s'));", random_key(), $salts++) }; },
	unnotice => sub { return { sql => sprintf('DELETE FROM notice WHERE who = %s;', random_key()) }; },
	go => sub { return { sql => sprintf('DELETE FROM person WHERE id = %s;', one_of(@keys[ $members * 0.7 .. $members - 1 ])) }; },
	come => sub {
		my $s = $salts++;
		return { sql => sprintf("INSERT INTO person SELECT %s, random_birth('%s')::daterange, random_region('%2\$s'), random_notice('%2\$s'),"
				  . " 'm%s\@example.org' ON CONFLICT (id) DO UPDATE SET told = excluded.told;", one_of(@keys[ $members * 0.7 .. $members - 1 ]), $s,
				random_address()) };
	},
	email => sub {
		return { sql => sprintf("UPDATE person SET email = 'm%s\@example.org' WHERE id = %s;", random_address(), random_key()) };
	},
	suppress => sub {
		my $kind = one_of(qw(email handle key));
		my $identifier = $kind eq 'email' ? 'm' . random_address() . '@example.org' : $kind eq 'handle' ? 'h' . random_address() : one_of(@keys);
		return { sql => "SELECT aiconsent.suppress('$identifier', '$kind', 'asked');", suppressed => [ $kind, $identifier ] };
	},
	retract => sub {
		my @free = grep { !$retracted{$_} } @events;
		return undef unless @free;
		my $id = one_of(@free);
		$retracted{$id} = 1;
		return { sql => "SELECT aiconsent.retract(ARRAY[$id]::bigint[], 'a mistake') \\g /dev/null", retracted => $id };
	},
	lift => sub {
		return undef unless @suppressions;
		my ($id) = splice @suppressions, int rand @suppressions, 1;
		return { sql => "SELECT aiconsent.retract_suppression($id, 'a mistake') \\g /dev/null", lifted => $id };
	},
	erase => sub {
		my ($key) = splice @erasable, int rand @erasable, 1;
		return undef unless defined $key;
		return { sql => "SELECT aiconsent.erase_subject(${key}::bigint, 'asked') \\g /dev/null", erased => $key };
	},
	adopt => sub {
		my %row = (purpose => one_of('content_generation', 'voice_model'), effective_at => one_of('2025-11-03 00:00+00', '2026-03-01 00:00+00',
				'2026-06-01 00:00+00'), basis => one_of('opt_out', 'opt_out', 'opt_in', 'forbidden'), announced_at => '2025-09-18 00:00+00',
			notice_required => one_of('true', 'false'), notice_period => one_of('0', '36 hours'), data_from => one_of('2020-01-01 00:00+00',
				'2024-06-01 00:00+00'), adult_age => one_of(18, 20), birth_required => one_of('true', 'false', 'false'),
			open_school_years => one_of(8, 4), undated_school => one_of('true', 'false'), minor_content => one_of('out', 'in'));
		my $regions = one_of(undef, undef, '{EEA}', '{FR,US}', '{GB}');
		return { sql => sprintf('SELECT aiconsent.adopt_policy(%s, regions => %s);', join(', ', map { "$_ => " . quote($row{$_}) } sort keys %row),
				quote($regions)), adopted => { %row, regions => $regions } };
	});
my %weights = (say => 14, say_many => 3, birth => 4, told => 4, births => 1, school => 4, unschool => 2, setting => 6, settings => 2, unset => 2,
	notice => 2, unnotice => 1, go => 2, come => 4, email => 2, suppress => 1, retract => 3, lift => 1, adopt => 1, erase => 1);
my @wheel = map { ($_) x $weights{$_} } sort keys %weights;

sub random_transaction
{
	my @statements;
	my $level = one_of('READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE');

	foreach (1 .. 1 + int rand 4)
	{
		my $deed = $deeds{ one_of(@wheel) }->();

		next unless defined $deed;
		# What has to see everybody is refused above READ COMMITTED.
		$level = 'READ COMMITTED' if $deed->{adopted} || $deed->{suppressed} || $deed->{lifted};
		if (rand() < 0.25 && !$deed->{retracted} && !$deed->{lifted} && !$deed->{erased})
		{
			my $undone = rand() < 0.6;
			push @statements, { sql => 'SAVEPOINT s;', mark => 1 }, $deed,
			  { sql => $undone ? 'ROLLBACK TO SAVEPOINT s;' : 'RELEASE SAVEPOINT s;', undo => $undone };
		}
		else
		{
			push @statements, $deed;
		}
	}
	return { statements => [ { sql => "BEGIN ISOLATION LEVEL $level;" }, @statements,
			{ sql => rand() < 0.85 ? 'COMMIT;' : 'ROLLBACK;', end => 1 } ], level => $level, tries => 0 };
}

# ---------------------------------------------------------------------------
# The three sessions
# ---------------------------------------------------------------------------

my $tick = 0;
my @done;            # what was acknowledged, since the last pause
my %count = map { $_ => 0 } qw(committed rolled_back again given_up waited undone);
my @unexpected;

sub open_session
{
	my ($name) = @_;
	local $ENV{PGOPTIONS} = '-c client_min_messages=error -c jit=off -c deadlock_timeout=20ms';
	my $pid = open3(my $in, my $out, undef, 'psql', '-X', '-q', '-A', '-t', '-d', $database);
	my $session = { name => $name, pid => $pid, in => $in, out => $out, text => '', select => IO::Select->new($out) };

	$in->autoflush(1);
	print $in prelude();
	tell_session($session, { sql => 'SELECT 1 \g /dev/null' });
	hear($session, 30) or die "$name does not begin";
	return $session;
}

sub tell_session
{
	my ($session, $statement) = @_;
	$session->{said} = $statement;
	$session->{sent} = ++$tick;
	$session->{since} = time;
	print { $session->{in} } "$statement->{sql}\n\\echo \@\@\@ :SQLSTATE\n";
	return;
}

# Its answer, if it is there within so many seconds.
sub hear
{
	my ($session, $wait) = @_;
	my $until = time + $wait;

	while ($session->{text} !~ /^\@\@\@ (\w+)\n/m)
	{
		my $left = $until - time;
		return 0 unless $session->{select}->can_read($left > 0 ? $left : 0);
		sysread($session->{out}, $session->{text}, 65536, length $session->{text}) or die "$session->{name} is gone: $session->{text}";
	}
	$session->{text} =~ s/\A(.*?)^\@\@\@ (\w+)\n//ms or die;
	@{$session}{qw(answer state)} = ($1, $2);
	$count{waited}++ if time - $session->{since} > 0.01 && $tick > $session->{sent};
	$session->{said} = undef;
	return 1;
}

sub begin
{
	my ($session, $transaction) = @_;
	$session->{transaction} = $transaction;
	$session->{todo} = [ @{ $transaction->{statements} } ];
	$session->{kept} = [];
	$session->{marks} = [];
	$session->{began} = time;
	return;
}

# What a statement's answer means; returns whether the transaction is over.
sub follow
{
	my ($session, $statement) = @_;
	my $transaction = $session->{transaction};
	my $state = $session->{state};

	if ($statement->{cleanup})
	{
		if ($transaction->{tries}++ < 12)
		{
			begin($session, $transaction);
			$count{again}++;
			return 0;
		}
		release($transaction);
		$count{given_up}++;
		return 1;
	}
	if ($state ne '00000')
	{
		if ($state ne '40001' && $state ne '40P01')
		{
			push @unexpected, "$transaction->{level}: $statement->{sql}: $session->{answer}";
			$transaction->{tries} = 99;
		}
		$session->{todo} = [ { sql => 'ROLLBACK;', cleanup => 1 } ];
		return 0;
	}
	my ($number) = $session->{answer} =~ /^(\d+)$/m;
	my %kept = (%$statement, number => $number, sent => $session->{sent}, from => $session->{began});
	if ($statement->{mark})
	{
		push @{ $session->{marks} }, scalar @{ $session->{kept} };
	}
	elsif (exists $statement->{undo})
	{
		my $mark = pop @{ $session->{marks} };
		$#{ $session->{kept} } = $mark - 1 if $statement->{undo};
		$count{undone}++ if $statement->{undo};
	}
	elsif ($statement->{end})
	{
		if ($statement->{sql} eq 'COMMIT;')
		{
			$tick++;
			push @done, map { { %$_, committed => $tick, until => time } } @{ $session->{kept} };
			foreach my $deed (@{ $session->{kept} })
			{
				push @events, $deed->{number} if $deed->{said} && defined $deed->{number};
				push @suppressions, $deed->{number} if $deed->{suppressed};
			}
			$count{committed}++;
		}
		else
		{
			release($transaction);
			$count{rolled_back}++;
		}
		return 1;
	}
	else
	{
		push @{ $session->{kept} }, \%kept;
	}
	return 0;
}

# It did not happen, and may happen later.
sub release
{
	my ($transaction) = @_;
	foreach my $deed (@{ $transaction->{statements} })
	{
		delete $retracted{ $deed->{retracted} } if $deed->{retracted};
		push @suppressions, $deed->{lifted} if $deed->{lifted};
		push @erasable, $deed->{erased} if $deed->{erased};
	}
	return;
}

# Overlapping transactions for so long, until all are over.
sub work
{
	my ($sessions, $for) = @_;
	my $until = time + $for;

	while (1)
	{
		my @busy = grep { $_->{said} } @$sessions;
		foreach my $session (@busy)
		{
			my $statement = $session->{said};
			next unless hear($session, 0);
			$session->{transaction} = undef if follow($session, $statement);
		}
		my @free = grep { !$_->{said} && ($_->{transaction} || time < $until) } @$sessions;
		@busy = grep { $_->{said} } @$sessions;
		if (@free && (!@busy || rand() < 0.8))
		{
			my $session = one_of(@free);
			begin($session, random_transaction()) unless $session->{transaction};
			tell_session($session, shift @{ $session->{todo} });
		}
		elsif (@busy)
		{
			IO::Select->new(map { $_->{out} } @busy)->can_read(0.002);
			my ($stuck) = grep { time - $_->{since} > 60 } @busy;
			die "$stuck->{name} waits for ever: $stuck->{said}{sql}" if $stuck;
		}
		else
		{
			return;
		}
	}
	return;
}

# ---------------------------------------------------------------------------
# A pause: nobody is at work, so what was acknowledged is what there is
# ---------------------------------------------------------------------------

sub pause
{
	my ($share) = @_;
	my (@sql, @last);

	foreach my $deed (sort { ($a->{number} // 0) <=> ($b->{number} // 0) } @done)
	{
		foreach my $said (@{ $deed->{said} // [] })
		{
			push @sql, sprintf("INSERT INTO expected (key, purpose, decision, asked_at, notice_version, channel, event, said_from)"
				  . " VALUES (%s, %s, %s, %s, %s, 'live', %s, to_timestamp(%s) - interval '1 second');", (map { quote($_) } @$said),
				$deed->{number} // 'NULL', $deed->{from});
			push @sql, sprintf('INSERT INTO acknowledged VALUES (%s, %s, %s, %s, %s);', $deed->{number}, quote($said->[0]), quote($said->[1]),
				$deed->{sent}, $deed->{committed})
			  if defined $deed->{number} && !defined $said->[3];
		}
		push @sql, sprintf("INSERT INTO expected (key, purpose, decision, retracts, channel) SELECT key, purpose, 'retract', id, '-' FROM"
			  . " (SELECT subject::text COLLATE \"default\" AS key, purpose COLLATE \"default\" AS purpose, id FROM aiconsent.consent WHERE id = %s) c;",
			$deed->{retracted})
		  if $deed->{retracted};
		push @sql, sprintf("INSERT INTO suppression VALUES (%s, '%s', '%s', to_timestamp(%s) - interval '1 second',"
			  . " to_timestamp(%s) + interval '1 second', $round);",
			$deed->{number}, @{ $deed->{suppressed} }, $deed->{from}, $deed->{until})
		  if $deed->{suppressed};
		push @last, "UPDATE suppression SET void_snap = $round WHERE id = $deed->{lifted};" if $deed->{lifted};
		# What the ledger still has under this key came later.
		push @sql, "INSERT INTO erased SELECT '$deed->{erased}', $round, COALESCE(min(id) - 1, 9e18) FROM aiconsent.consent"
		  . " WHERE subject = '$deed->{erased}';"
		  if $deed->{erased};
		if (my $row = $deed->{adopted})
		{
			push @sql, sprintf('INSERT INTO rule (known_snap, %s) VALUES (%s, %s);', join(', ', sort keys %$row), $round,
				join(', ', map { quote($row->{$_}) } sort keys %$row));
		}
	}
	@done = ();
	# What somebody still said of a second ago is not over yet.
	sleep 1;
	relay(observe(join("\n", @sql, @last) . <<"SQL"));
CALL keep();
SELECT compare('pause $round', $share);
-- The last that was mirrored is how the settings are.
SELECT is(differences('SELECT round_now() AS snap, key, purpose, state, last FROM (
    SELECT id::text AS key, purpose, COALESCE((
        SELECT CASE WHEN bool_or(NOT value) THEN ''mirror_false'' WHEN bool_or(value IS NULL) THEN ''mirror_unknown'' END
        FROM setting WHERE who = id AND CASE purpose WHEN ''voice_model'' THEN name = ''voice''
          ELSE name IN (''ai_training'', ''ai_training_app'') END), ''mirror_true'') AS state,
      COALESCE((SELECT decision COLLATE "default" FROM aiconsent.consent c
        WHERE c.subject COLLATE "default" = person.id::text AND c.purpose = p.purpose
        AND channel = ''setting'' ORDER BY effective_at DESC, c.id DESC LIMIT 1), ''mirror_true'') AS last
    FROM person, (VALUES (''content_generation''), (''voice_model'')) p(purpose)) m
  WHERE state <> last AND key NOT IN (SELECT e.key FROM erased e)'), NULL,
  'pause $round, the last that was mirrored is how the settings are');
SELECT is(differences('SELECT round_now() AS snap, a.key, a.purpose, a.event, ac.effective_at, b.event AS later, bc.effective_at AS at
  FROM acknowledged a JOIN acknowledged b USING (key, purpose)
    JOIN aiconsent.consent ac ON ac.id = a.event JOIN aiconsent.consent bc ON bc.id = b.event
  WHERE a.committed < b.sent AND ac.effective_at >= bc.effective_at'), NULL,
  format('pause $round, what is said at once acts behind what was acknowledged before (%s)', (SELECT count(*) FROM acknowledged)));
SQL
	return;
}

my @sessions = map { open_session($_) } qw(first second third);

foreach my $part (1 .. 3)
{
	$round = $part;
	work(\@sessions, $seconds / 3);
	is(join("\n", splice @unexpected), '', "part $part: nobody met an error that is not one of concurrency");
	pause($part == 3 ? 60 : 20);
}
foreach my $session (@sessions)
{
	print { $session->{in} } "\\q\n";
	waitpid $session->{pid}, 0;
}
diag(join ', ', map { "$_ $count{$_}" } sort keys %count);
cmp_ok($count{committed}, '>', 100, 'transactions were committed');
cmp_ok($count{$_}, '>', 0, "some were $_") foreach qw(rolled_back again waited undone);
cmp_ok($count{given_up}, '<', $count{committed} / 5 + 1, 'and most succeeded in the end');

relay(observe('SELECT rebuilt();'));
relay(observe("SELECT compare_known(r, 15) FROM generate_series(1, 3) r;"));

sql('postgres', "DROP DATABASE $database WITH (FORCE)");
done_testing();
