#!/usr/bin/perl
# Over the whole demo database explain_row() says in exactly for the rows and
# the cells that the training views show.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $dir = tempdir(CLEANUP => 1);
my $database = "demo_$$";
$ENV{PGDATABASE} = $database;
$ENV{PGOPTIONS} = '-c client_min_messages=warning';
chdir $root or die $!;

sub psql
{
	my @arguments = @_;
	my $log = "$dir/log";
	my $status = system("timeout 500 psql -XAtq -v ON_ERROR_STOP=1 @arguments >'$log' 2>&1");
	open my $in, '<', $log or die $!;
	my $out = join '', <$in>;
	die "psql @arguments\n$out" if $status != 0;
	chomp $out;
	return $out;
}

sub sql
{
	my ($sql) = @_;
	open my $out, '>', "$dir/script.sql" or die $!;
	print $out $sql;
	close $out;
	return psql("-f $dir/script.sql");
}

system('createdb', $database) == 0 or die 'createdb failed';
sql('CREATE ROLE network; GRANT CREATE ON SCHEMA public TO network');
{
	local $ENV{PGOPTIONS} = "$ENV{PGOPTIONS} -c role=network";
	psql('-o /dev/null -f demo/network.sql');
}
psql('-o /dev/null -f demo/declare.sql');
sql("CREATE INDEX ON comment (id); ANALYZE");

my @sources = split /\n/, sql(<<'SQL');
SELECT d.relation::regclass || ' ' || a.attname || ' ' || COALESCE('training.' || c.relname, '')
FROM aiconsent.declarations() d JOIN pg_attribute a ON a.attrelid = d.relation AND a.attnum = d.attnum
  LEFT JOIN pg_class t ON t.oid = d.relation
  LEFT JOIN pg_class c ON c.relname = t.relname AND c.relnamespace = 'training'::regnamespace
WHERE d.kind = 'source' AND d.role = 'row_id' ORDER BY 1
SQL
cmp_ok(@sources, '>=', 8, 'the sources of the demo');
foreach (@sources)
{
	my ($source, $key, $view) = split / /;
	# The view shows keys only where they are released: for the comparison they are.
	my $out = sql(<<"SQL");
BEGIN;
SELECT FROM aiconsent.register_field('$source', '$key', 'public');
SELECT FROM aiconsent.publish(relation => '$source');
CREATE TEMP TABLE said AS
SELECT t.$key\::text AS key, bool_and(e.open) FILTER (WHERE e.gate <> 'field') AS is_in,
  array_agg(e.field ORDER BY e.field) FILTER (WHERE e.gate = 'field' AND e.open) AS fields
FROM $source t, LATERAL aiconsent.explain_row('$source', t.$key\::text) e GROUP BY 1;
CREATE TEMP TABLE shown (key text, fields text[]);
DO \$\$ BEGIN
  IF to_regclass('training.$source') IS NOT NULL THEN
    INSERT INTO shown SELECT t.$key\::text, (SELECT array_agg(j.key ORDER BY j.key) FROM jsonb_each(to_jsonb(t)) j) FROM training.$source t;
  END IF;
END \$\$;
SELECT count(*), count(*) FILTER (WHERE said.is_in), count(*) FILTER (WHERE said.is_in IS DISTINCT FROM (shown.key IS NOT NULL)),
  count(*) FILTER (WHERE said.is_in AND said.fields IS DISTINCT FROM shown.fields) FROM said LEFT JOIN shown USING (key);
ROLLBACK;
SQL
	my ($rows, $in, $wrong, $fields) = split /\|/, $out;
	ok($rows > 0 && $wrong == 0 && $fields == 0, "$source: of $rows rows $in are in, as shown, with the fields that are shown")
	  or diag("$wrong rows and the fields of $fields are said otherwise");
}

sql('DROP EXTENSION aiconsent CASCADE; DROP SCHEMA training CASCADE;'
	  . 'DROP OWNED BY network, steward, auditor, settings_page, trainer, app CASCADE;'
	  . 'DROP ROLE network, steward, auditor, settings_page, trainer, app');
system('dropdb', $database);
done_testing();
