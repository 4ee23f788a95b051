#!/usr/bin/perl
# Texts are scanned in every encoding that can be converted to UTF8; what cannot
# be is refused, and withheld from training.
use strict;
use warnings;

use Test::More;

# What a statement prints in a database, or its error; bytes come in and go out
# as the database has them.
sub sql
{
	my ($database, $sql) = @_;
	local $ENV{PGCLIENTENCODING} = 'SQL_ASCII';
	local $ENV{PGOPTIONS} = '-c client_min_messages=error';

	open my $out, '-|', 'psql', '-X', '-q', '-A', '-t', '-v', 'VERBOSITY=verbose', '-d', $database, '-c', $sql
	  or die $!;
	local $/;
	my $output = <$out> // '';
	close $out;
	$output =~ s{\n\z}{};
	return $output;
}

sub fails
{
	my ($database, $call, $state, $name) = @_;

	sql($database, "DO \$\$ BEGIN PERFORM $call; RAISE EXCEPTION 'no error'; EXCEPTION WHEN SQLSTATE '$state' THEN CREATE TABLE IF NOT EXISTS failed AS SELECT true; END \$\$");
	return is(sql($database, 'SELECT count(*) FROM pg_class WHERE relname = $$failed$$'), '1', $name)
	  && sql($database, 'DROP TABLE failed');
}

foreach my $encoding (qw(UTF8 LATIN1 WIN1252 SQL_ASCII))
{
	my $database = lc "encoding_$encoding";

	sql('postgres', "CREATE DATABASE $database ENCODING '$encoding' TEMPLATE template0 LOCALE 'C'");
	sql($database, 'CREATE EXTENSION aiconsent');
	is(sql($database, q{SELECT aiconsent.scrub('by me@x.example and @kid', 'p', false)}), 'by [EMAIL] and [MENTION]', "$encoding: ASCII is scanned");
	is(sql($database, q{SELECT class, start, length FROM aiconsent.scan('by me@x.example')}), 'EMAIL|4|12', 'and said where');
}

# The same text in bytes of each, é being two in UTF8 and one in the others.
my %letter = (utf8 => "\xc3\xa9", latin1 => "\xe9", win1252 => "\xe9");
foreach my $encoding (sort keys %letter)
{
	my $e = $letter{$encoding};

	is(sql("encoding_$encoding", "SELECT aiconsent.scrub('$e$e me\@x.example, \@kid $e', 'p', false)"), "$e$e [EMAIL], [MENTION] $e",
		"$encoding: what is beside it stays to the byte");
	is(sql("encoding_$encoding", "SELECT start, length FROM aiconsent.scan('$e$e me\@x.example $e')"), '4|12', 'spans are characters');
	is(sql("encoding_$encoding", "SELECT aiconsent.scrub('$e', 'p', false)"), $e, 'and nothing found, nothing changed');
}
fails('encoding_sql_ascii', "aiconsent.scrub(E'\\xe9 me\@x.example')", '0A000', 'SQL_ASCII: what is not ASCII is refused');
fails('encoding_sql_ascii', "* FROM aiconsent.scan(E'\\xe9')", '0A000', 'by scan(), too');
is(sql('encoding_sql_ascii', "SELECT aiconsent.scrub(E'\\xe9 me\@x.example', 'p', false) IS NULL"), 't', 'and withheld from training');
fails('encoding_win1252', 'aiconsent.scrub(chr(129))', '0A000', 'a byte that is no character in UTF8 is refused');
is(sql('encoding_win1252', "SELECT aiconsent.scrub(chr(129), 'p', false) IS NULL"), 't', 'and withheld');

sql('postgres', "DROP DATABASE encoding_$_") foreach qw(utf8 latin1 win1252 sql_ascii);
done_testing();
