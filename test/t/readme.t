#!/usr/bin/perl
# Every output in the README, and on the pages of doc/ that show some, is what the
# statements print.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $dir = tempdir(CLEANUP => 1);
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

# [language, text, line] of each block of SQL or of what it prints.
sub blocks_of
{
	my ($page) = @_;
	my @blocks;
	open my $in, '<', "$root/$page" or die "$page: $!";
	while (my $line = <$in>)
	{
		next unless $line =~ /^```(\w+)$/;
		my ($language, $start, $text) = ($1, $., '');
		while (defined($line = <$in>) && $line ne "```\n") { $text .= $line }
		push @blocks, [ $language, $text, $start ] if $language =~ /^(sql|text)$/;
	}
	close $in;
	return @blocks;
}

# Statements of one page run in one session, so that what one sets another has.
sub check
{
	my ($page, @roles) = @_;
	my @blocks = blocks_of($page);
	my $database = "readme_$$";
	system('createdb', $database) == 0 or die 'createdb failed';
	open my $script, '>', "$dir/script.sql" or die $!;
	print $script '\\set ON_ERROR_STOP 1', "\n";
	foreach my $block (grep { $_->[0] eq 'sql' } @blocks) { print $script "\\echo __LINE__ $block->[2]\n$block->[1]" }
	print $script "\\echo __LINE__ end\n";
	close $script;
	my $printed = `psql -X -q -d $database -f $dir/script.sql 2>&1`;
	my %of = $printed =~ /^__LINE__ (\w+)\n(.*?)(?=^__LINE__|\z)/msg;
	ok(exists $of{end}, "$page: all statements run") or diag(substr $printed, -500);
	foreach my $i (1 .. $#blocks)
	{
		next unless $blocks[$i][0] eq 'text' && $blocks[ $i - 1 ][0] eq 'sql';
		is($of{ $blocks[ $i - 1 ][2] }, $blocks[$i][1], "$page: the statements of line $blocks[$i - 1][2] print what line $blocks[$i][2] shows");
	}
	system('psql', '-X', '-q', '-d', $database, '-c', 'DROP EXTENSION aiconsent CASCADE',
		map { ('-c', "DROP OWNED BY $_ CASCADE", '-c', "DROP ROLE $_") } @roles);
	system('dropdb', $database);
	return;
}

check('README.md', 'trainer', 'network');
check('doc/audit.md');
check('doc/access.md', 'access_auditor', 'access_steward', 'access_writer', 'access_reader');
done_testing();
