#!/usr/bin/perl
# Every recipe of doc/export.md gives JSON Lines that parse, each text once, as
# of one snapshot; and an export is purged by what is in it alone.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $dir = tempdir(CLEANUP => 1);
my $database = "export_$$";
system('createdb', $database) == 0 or die 'createdb failed';
$ENV{PGDATABASE} = $database;
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

sub sql
{
	my ($sql, $as) = @_;
	local $ENV{PGUSER} = $as // $ENV{PGUSER};
	open my $psql, '|-', "psql -XAtq -v ON_ERROR_STOP=1 >'$dir/out' 2>&1" or die $!;
	print $psql $sql;
	my $fine = close $psql;
	open my $in, '<:encoding(UTF-8)', "$dir/out" or die $!;
	my $out = join '', <$in>;
	die "$sql\n$out" unless $fine;
	chomp $out;
	return $out;
}

# The code of a language in the page, by the name in its first line or by number.
my %block;
{
	open my $in, '<', "$root/doc/export.md" or die $!;
	my $page = join '', <$in>;
	my %n;
	while ($page =~ /^```(\w+)\n(.*?)^```\n/msg)
	{
		my ($language, $text) = ($1, $2);
		my $name = $text =~ /^# (\S+\.py):/ ? $1 : $language . ++$n{$language};
		$block{$name} = $text;
	}
}

# What an export holds, as lines in one order.
sub lines_of
{
	my $json = JSON::PP->new->utf8->canonical;
	my @lines;
	foreach my $file (@_)
	{
		open my $in, '<', "$dir/$file" or return "no $file";
		while (my $line = <$in>)
		{
			my $row = eval { $json->decode($line) } or return "$file: $@ $line";
			delete $row->{occurred_at};
			push @lines, $json->encode($row);
		}
	}
	return [ sort @lines ];
}

sub run_as_reader
{
	my ($command) = @_;
	my $status = system("cd '$dir' && PGUSER=export_reader timeout 120 $command >'$dir/log' 2>&1");
	return 1 if $status == 0;
	open my $in, '<', "$dir/log";
	diag(<$in>);
	return 0;
}

# Members 1 to 40, of whom every fifth objects; texts with all that can spoil a
# line: quotes, backslashes, line ends, control characters, tabs, commas.
sql(<<'SQL');
CREATE EXTENSION aiconsent;
CREATE ROLE export_reader LOGIN;
CREATE TABLE member (id int PRIMARY KEY);
INSERT INTO member SELECT generate_series(1, 40);
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, tagged int[], body text, document jsonb, at timestamptz);
INSERT INTO post SELECT g, 1 + g % 40, ARRAY[1 + (g + 1) % 40], g || E' \\ "quoted", a\ttab,\r\nlines, \x01\x02\x7f, é 中 🎓 \\N \\.', jsonb_build_object('title', 'title ' || g, 'secret', 'sec' || 'ret'), '2026-01-01'
FROM generate_series(0, 1999) g;
SELECT aiconsent.register_subject('member');
SELECT aiconsent.register_source('post', '{author_id,tagged}', 'at');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}');
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.record_consent(id, 'content_generation', 'object') FROM member WHERE id % 5 = 0;
SELECT aiconsent.publish();
SELECT aiconsent.grant_role('export_reader', 'reader');
SQL

# Who wrote it and who is tagged must both be in.
my @expected = grep { (1 + $_ % 40) % 5 && (1 + ($_ + 1) % 40) % 5 } 0 .. 1999;

ok(run_as_reader($block{sh1}), 'psql');
my $psql = lines_of('corpus.jsonl');
is(ref $psql ? scalar @$psql : $psql, scalar @expected, 'every line parses, and every released text has one');
my %seen = map { my $row = JSON::PP->new->utf8->decode($_); $row->{content} =~ /^(\d+) / ? ($1 => $row) : () } @$psql;
is_deeply([ sort { $a <=> $b } keys %seen ], \@expected, 'those and no others');
is((grep { $seen{$_}{content} ne $_ . " \\ \"quoted\", a\ttab,\r\nlines, \x01\x02\x7f, \x{e9} \x{4e2d} \x{1f393} \\N \\." } @expected), 0,
	'and each is what was written');
my %part;
$part{ $_->{part} }++ foreach values %seen;
ok((!grep { $_ < 0 || $_ > 1023 } keys %part) && keys %part > 500, 'parts are many, from 0 to 1023');
is(scalar(grep { $_->{row_id} !~ /^[0-9a-f]{32}$/ } values %seen), 0, 'rows are named by pseudonyms');

ok(run_as_reader($block{sh2}), 'COPY');
is_deeply(lines_of('copied.jsonl'), $psql, 'COPY gives the same');

SKIP:
{
	# Debian's, for which its packages are.
	local $ENV{PATH} = "/usr/bin:$ENV{PATH}";
	system("python3 -c 'import psycopg' 2>/dev/null") == 0 or skip 'psycopg is not there', 5;
	foreach my $name (qw(export.py workers.py))
	{
		open my $out, '>', "$dir/$name" or die $!;
		print $out $block{$name};
		close $out;
	}
	ok(run_as_reader('python3 export.py'), 'Python');
	is_deeply(lines_of('python.jsonl'), $psql, 'Python gives the same');
	foreach my $n (1, 3)
	{
		unlink glob("$dir/share-*.jsonl");
		ok(run_as_reader("python3 workers.py $n"), "$n readers");
		is_deeply(lines_of(map { "share-$_.jsonl" } 0 .. $n - 1), $psql, 'have each text once, together');
	}
}

# The recipe for jsonb.
sql($block{sql1});
is(sql('SELECT count(*), min(content) FROM training.corpus WHERE field = $$title$$', 'export_reader'),
	@expected . '|title ' . (sort map { "$_" } @expected)[0], 'a generated column of a jsonb one is released');
is(sql('SELECT count(*) FROM training.corpus c WHERE c::text ~ $$secret$$', 'export_reader'), 0, 'and nothing else of it');
sql("SELECT aiconsent.register_field('post', 'title', NULL); SELECT aiconsent.publish(relation => 'post')");

# Purging: member 7 objects, member 12 (who was tagged) is erased, member 5 grants.
sql(<<'SQL');
SELECT aiconsent.record_consent(7, 'content_generation', 'object');
SELECT aiconsent.record_consent(12, 'content_generation', 'hold');
SELECT aiconsent.record_consent(5, 'content_generation', 'grant');
SQL
my %out = map { $_ => 1 } split /\n/, sql($block{sql2});
my $json = JSON::PP->new->utf8->canonical;
my @purged = grep { !grep { $out{$_} } @{ $json->decode($_)->{subject_refs} } } @$psql;
ok(run_as_reader($block{sh1}), 'exported anew');
my $later = lines_of('corpus.jsonl');
my %earlier = map { $_ => 1 } @$psql;
is_deeply(\@purged, [ grep { $earlier{$_} } @$later ], 'a purged export is a fresh one without what was granted later');
cmp_ok(@purged, '<', @$psql, 'and less than it was');

# After a rotation nothing of the two exports can be joined.
sql("SELECT aiconsent.rotate_pseudonyms('content_generation')");
ok(run_as_reader($block{sh1}), 'exported after a rotation');
my %row = map { my $r = $json->decode($_); map { $_ => 1 } $r->{row_id}, @{ $r->{subject_refs} } } @$later;
is((grep { my $r = $json->decode($_); grep { $row{$_} } $r->{row_id}, @{ $r->{subject_refs} } } @{ lines_of('corpus.jsonl') }),
	0, 'no name is one of before');

sql('DROP EXTENSION aiconsent CASCADE; DROP OWNED BY export_reader; DROP ROLE export_reader');
system('dropdb', $database);
done_testing();
