#!/usr/bin/perl
# Every output in the README is what its statements print.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
open my $in, '<', "$root/README.md" or die "README.md: $!";
my @blocks;    # [language, text, line]
while (my $line = <$in>)
{
	next unless $line =~ /^```(\w+)$/;
	my ($language, $start, $text) = ($1, $., '');
	while (defined($line = <$in>) && $line ne "```\n") { $text .= $line }
	push @blocks, [ $language, $text, $start ] if $language =~ /^(sql|text)$/;
}
close $in;

$ENV{PGOPTIONS} = '-c client_min_messages=warning';
my $database = "readme_$$";
system('createdb', $database) == 0 or die 'createdb failed';
my $dir = tempdir(CLEANUP => 1);

for my $i (0 .. $#blocks)
{
	my ($language, $text, $line) = @{ $blocks[$i] };
	next unless $language eq 'sql';
	my $file = "$dir/$line.sql";
	open my $out, '>', $file or die "$file: $!";
	print $out $text;
	close $out;
	my $printed = `psql -X -q -v ON_ERROR_STOP=1 -d $database -f $file 2>&1`;
	is($?, 0, "the statements of line $line run") or diag($printed);
	next unless $i < $#blocks && $blocks[ $i + 1 ][0] eq 'text';
	is($printed, $blocks[ $i + 1 ][1], "and print what line $blocks[$i + 1][2] shows");
}
system('psql', '-X', '-q', '-d', $database, '-c',
	'DROP EXTENSION aiconsent CASCADE', '-c', 'DROP OWNED BY trainer, network CASCADE',
	'-c', 'DROP ROLE trainer, network');
system('dropdb', $database);
done_testing();
