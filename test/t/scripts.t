#!/usr/bin/perl
# The extension's scripts adopt nothing that is there already, and look nothing
# up where somebody else could have put it: as PostgreSQL's own grammar reads
# them, which comes as a package of npm.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $grammar = $ENV{AICONSENT_GRAMMAR} // `$root/scripts/grammar`;
chomp $grammar;
plan skip_all => 'there is no npm that gets the grammar' if $grammar eq '';
my $dir = tempdir(CLEANUP => 1);
symlink "$grammar/node_modules", "$dir/node_modules" or die $!;
system('cp', "$root/test/lint/scripts.mjs", $dir) == 0 or die 'cp failed';

sub findings { my (@files) = @_; my $found = `cd $dir && node scripts.mjs @files 2>&1`; $found =~ s{^\S*/}{}mg; return $found }

my @scripts = glob "$root/sql/*.sql";
cmp_ok(scalar @scripts, '>', 20, 'there are scripts');
is(findings(@scripts), '', 'nothing in them is unqualified, OR REPLACE or IF NOT EXISTS');

# What would be found
my %faults = (
	'CREATE OR REPLACE FUNCTION aiconsent.f() RETURNS integer LANGUAGE c AS $$f$$;' => 'OR REPLACE',
	'CREATE OR REPLACE VIEW aiconsent.v AS SELECT 1;' => 'OR REPLACE',
	'CREATE TABLE IF NOT EXISTS aiconsent.t ();' => 'IF NOT EXISTS',
	'CREATE SCHEMA IF NOT EXISTS aiconsent;' => 'IF NOT EXISTS',
	'CREATE FUNCTION f() RETURNS integer LANGUAGE c AS $$f$$;' => 'made in no schema',
	'CREATE TABLE t (id integer);' => 'made in no schema',
	'CREATE VIEW v AS SELECT 1;' => 'made in no schema',
	'CREATE TYPE t AS (a integer);' => 'made in no schema',
	'CREATE OPERATOR <#> (LEFTARG = text, RIGHTARG = text, FUNCTION = aiconsent.f);' => 'made in no schema',
	'CREATE TRIGGER t AFTER INSERT ON aiconsent.head EXECUTE FUNCTION f();' => 'made in no schema',
	'CREATE VIEW aiconsent.v AS SELECT * FROM head;' => 'table head is not qualified',
	'CREATE VIEW aiconsent.v AS SELECT now();' => 'function now is not qualified',
	'CREATE FUNCTION aiconsent.f() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM aiconsent.head);' => 'function count is not qualified',
	'CREATE FUNCTION aiconsent.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT pg_catalog.count(*) FROM head; END;' => 'table head is not qualified',
	'CREATE FUNCTION aiconsent.f() RETURNS bigint LANGUAGE sql AS $$ SELECT 1 $$;' => 'no search_path of its own',
	'CREATE FUNCTION aiconsent.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER RETURN 1;' => 'no search_path of its own',
	'CREATE FUNCTION aiconsent.f(a sensitivity) RETURNS bigint LANGUAGE c AS $$f$$;' => 'type sensitivity is not qualified',
	'INSERT INTO regime DEFAULT VALUES;' => 'table regime is not qualified');
foreach my $fault (sort keys %faults)
{
	open my $out, '>', "$dir/fault.sql" or die $!;
	print $out "-- A comment first.\n$fault\n";
	close $out;
	like(findings("$dir/fault.sql"), qr/^fault\.sql:2: .*\Q$faults{$fault}\E/m, "found: $fault");
}
open my $out, '>', "$dir/right.sql" or die $!;
print $out 'CREATE FUNCTION aiconsent.f() RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, aiconsent, pg_temp AS $$ WITH x AS (SELECT 1) SELECT count(*) FROM x, head $$;',
  "\nCREATE VIEW aiconsent.v AS WITH x AS (SELECT 1 AS a) SELECT pg_catalog.count(*) FROM x WHERE a IN (1, 2);\n";
close $out;
is(findings("$dir/right.sql"), '', 'what has a path of its own, or names what it makes itself, is not');
done_testing();
