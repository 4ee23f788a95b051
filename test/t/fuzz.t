#!/usr/bin/perl
# make fuzz: each parser that is pure C, for FUZZ_SECONDS (60).
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my @targets = map { basename($_, '.c') } glob("$root/test/fuzz/*.c");
plan skip_all => 'there is nothing to fuzz' unless @targets;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
my $seconds = $ENV{FUZZ_SECONDS} // 60;
my $limit = $seconds + 300;
my $dir = tempdir(CLEANUP => 1);

foreach my $target (@targets)
{
	my $output = `timeout --foreground -k 30 $limit make --no-print-directory -C '$dir' -f '$root/Makefile' fuzz-$target FUZZ_SECONDS=$seconds 2>&1`;
	my $status = $?;

	is($status, 0, "$target, fed with anything, does nothing forbidden");
	my ($executions) = $output =~ /^stat::number_of_executed_units:\s*(\d+)/m;
	diag("$target: " . ($executions // 'no') . " executions in $seconds s");
	if ($status != 0)
	{
		diag($output);
		# The input that did it, for it goes with the directory.
		diag("$_:\n" . `base64 '$_'`) foreach glob("$dir/.fuzz/$target-*");
	}
}
done_testing();
