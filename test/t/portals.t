#!/usr/bin/perl
# A client that speaks the protocol itself, and fetches a portal some rows at a
# time, gets eligible rows only: as text and as bytes, whatever is interleaved.
use strict;
use warnings;

use IO::Socket::UNIX;
use Test::More;

my $database = "portals_$$";
system('createdb', $database) == 0 or die 'createdb failed';

sub sql
{
	my ($sql) = @_;
	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	open my $psql, '|-', "psql -X -q -v ON_ERROR_STOP=1 -d $database >/dev/null" or die $!;
	print $psql $sql;
	close $psql or die "psql: $?";
	return;
}

sql(<<'SQL');
CREATE EXTENSION aiconsent;
CREATE ROLE portal_reader LOGIN;
CREATE TABLE member (id integer PRIMARY KEY, birth date);
INSERT INTO member SELECT i, CASE WHEN i % 10 = 0 THEN '2015-01-01' ELSE '1980-01-01' END::date FROM generate_series(1, 200) i;
CREATE TABLE post (id integer PRIMARY KEY, author integer REFERENCES member, body text, at timestamptz);
INSERT INTO post SELECT i, 1 + i % 200, 'post ' || i, '2026-01-01' FROM generate_series(0, 1999) i;
SELECT aiconsent.register_subject('member', birth => 'birth');
SELECT aiconsent.register_source('post', '{author}', 'at');
SELECT aiconsent.register_field('post', 'id', 'public');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.record_consents(ARRAY(SELECT generate_series(1, 50)), 'content_generation', 'object');
SELECT aiconsent.publish();
SELECT aiconsent.grant_role('portal_reader', 'reader');
SQL
sub is_out { my ($id) = @_; my $author = 1 + $id % 200; return $author <= 50 || $author % 10 == 0 }
my @expected = grep { !is_out($_) } 0 .. 1999;

# ---------------------------------------------------------------------------
# The protocol, version 3
# ---------------------------------------------------------------------------
my $socket;

sub message { my ($type, $body) = @_; return $type . pack('N', 4 + length $body) . $body }

sub receive
{
	local $SIG{ALRM} = sub { BAIL_OUT('the server does not answer') };
	alarm 60;
	my ($head, $body) = ('', '');
	while (length $head < 5) { sysread $socket, $head, 5 - length $head, length $head or die 'the server is gone' }
	my ($type, $length) = unpack 'aN', $head;
	while (length $body < $length - 4) { sysread $socket, $body, $length - 4 - length $body, length $body or die 'the server is gone' }
	alarm 0;
	return ($type, $body);
}

# All messages until one of a type; errors are kept.
my @errors;
sub until_type
{
	my ($wanted) = @_;
	my @messages;
	for (;;)
	{
		my ($type, $body) = receive();
		push @errors, $body if $type eq 'E';
		push @messages, [ $type, $body ];
		return @messages if $type =~ /[$wanted]/;
	}
}

sub connect_as
{
	my ($user) = @_;
	$socket = IO::Socket::UNIX->new(Peer => "$ENV{PGHOST}/.s.PGSQL.$ENV{PGPORT}") or die $!;
	my $body = pack('N', 196608) . "user\0$user\0database\0$database\0\0";
	syswrite $socket, pack('N', 4 + length $body) . $body;
	until_type('Z');
	return;
}

sub query { my ($text) = @_; syswrite $socket, message('Q', "$text\0"); return until_type('Z') }

# Rows of a portal, so many at a time; meanwhile is called between two fetches.
sub fetch_all
{
	my ($text, $limit, $binary, $meanwhile) = @_;
	my @rows;
	my $fetches = 0;
	query('BEGIN');
	syswrite $socket, message('P', "\0$text\0" . pack('n', 0))
	  . message('B', "portal\0\0" . pack('n', 0) . pack('n', 0) . pack('nn', 1, $binary)) . message('H', '');
	my @bound = until_type('2E');
	while ($bound[-1][0] ne 'E')
	{
		syswrite $socket, message('E', "portal\0" . pack('N', $limit)) . message('H', '');
		my @messages = until_type('sCE');
		$fetches++;
		foreach my $message (grep { $_->[0] eq 'D' } @messages)
		{
			my $body = $message->[1];
			my $n = unpack 'n', $body;
			my ($at, @columns) = (2);
			for (1 .. $n)
			{
				my $length = unpack 'N', substr $body, $at, 4;
				$at += 4;
				if ($length == 0xFFFFFFFF) { push @columns, undef; next }
				push @columns, substr $body, $at, $length;
				$at += $length;
			}
			push @rows, \@columns;
		}
		last if $messages[-1][0] ne 's';
		$meanwhile->($fetches) if $meanwhile;
	}
	syswrite $socket, message('S', '');
	until_type('Z');
	query('COMMIT');
	return (\@rows, $fetches);
}

sub ids { my ($rows, $binary) = @_; return join ' ', sort { $a <=> $b } map { $binary ? unpack 'N', $_->[0] : $_->[0] } @$rows }

connect_as('portal_reader');
foreach my $limit (1, 7, 100, 1999, 0)
{
	my ($rows, $fetches) = fetch_all('SELECT id, body FROM training.post', $limit, 0);
	is(ids($rows, 0), join(' ', @expected), "a portal of $limit rows at a time has eligible rows only");
	cmp_ok($fetches, '>', 1, 'in several fetches') if $limit && $limit < 1000;
}
my ($rows) = fetch_all('SELECT id, body FROM training.post', 13, 1);
is(ids($rows, 1), join(' ', @expected), 'as bytes, too');
is(join(' ', sort map { $_->[1] } @$rows), join(' ', sort map { "post $_" } @expected), 'with their texts');
($rows) = fetch_all('SELECT id, body FROM training.post ORDER BY id DESC', 50, 0);
is(join(' ', map { $_->[0] } @$rows), join(' ', reverse @expected), 'in another order');
($rows) = fetch_all(q{SELECT id, body FROM training.post WHERE body ~ '[13579]$'}, 11, 0);
is(ids($rows, 0), join(' ', grep { $_ % 2 } @expected), 'by a condition');

# What is committed between two fetches
($rows) = fetch_all('SELECT id, body FROM training.post', 100, 0, sub
{
	my ($fetch) = @_;
	sql("SELECT aiconsent.record_consents(ARRAY(SELECT generate_series(51, 60)), 'content_generation', 'object')") if $fetch == 2;
	sql("SELECT aiconsent.record_consents(ARRAY(SELECT generate_series(1, 9)), 'content_generation', 'grant')") if $fetch == 4;
});
my %got = map { $_->[0] => 1 } @$rows;
is(scalar(grep { is_out($_) } keys %got), 0, 'nobody who was out when it was opened comes in while it is open');
($rows) = fetch_all('SELECT id, body FROM training.post', 100, 0);
%got = map { $_->[0] => 1 } @$rows;
is(scalar(grep { my $a = 1 + $_ % 200; $a >= 51 && $a <= 60 } keys %got), 0, 'and the next one does not have who objected meanwhile');

# What a portal cannot get at
@errors = ();
foreach my $text ('SELECT body FROM post', 'SELECT ctid, body FROM training.post', 'SELECT body FROM training.post FOR UPDATE', 'UPDATE training.post SET body = body RETURNING body')
{
	($rows) = fetch_all($text, 5, 0);
	is(scalar @$rows, 0, "no row: $text");
}
is(scalar(grep { /C(42501|42703|55000|0A000)/ } @errors), 4, 'each is refused');
close $socket;
system('psql', '-X', '-q', '-d', $database, '-c', 'DROP OWNED BY portal_reader CASCADE', '-c', 'DROP ROLE portal_reader');
system('dropdb', $database);
done_testing();
