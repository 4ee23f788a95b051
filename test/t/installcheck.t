#!/usr/bin/perl
# make installcheck, out of the tree so that two can run at once.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my @tests = (glob("$root/test/sql/*.sql"), glob("$root/test/isolation/specs/*.spec"));
plan skip_all => 'there are no regression tests' unless @tests;

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
my $dir = tempdir(CLEANUP => 1);
my $log = "$dir/log.txt";
my $status = system("timeout --foreground -k 30 1800 make --no-print-directory -C '$dir'"
	  . " -f '$root/Makefile' installcheck >'$log' 2>&1");

is($status, 0, 'make installcheck: ' . @tests . ' tests');
if ($status != 0)
{
	foreach my $file ($log, glob("$dir/regression.diffs $dir/output_iso/regression.diffs"))
	{
		open my $in, '<', $file or next;
		diag(<$in>);
	}
}
done_testing();
