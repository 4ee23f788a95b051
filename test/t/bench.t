#!/usr/bin/perl
# The benchmarks still run, at a small size; what they measure is no test.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
foreach my $bench (glob("$root/bench/*"))
{
	my $output = `timeout --foreground -k 30 300 '$bench' --small 2>&1`;

	is($?, 0, "bench/" . ($bench =~ s/.*\///r) . ' runs') or diag($output);
	like($output, qr/^\| ---/m, 'and prints a table');
	unlike($output, qr/\| *(nan|inf)? *\|\s*$/m, 'without gaps');
}
done_testing();
