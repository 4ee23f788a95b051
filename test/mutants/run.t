#!/usr/bin/perl
# Each promise has a test that would fail if it did not hold: a small patch
# that breaks the code, test/mutants/NN-NAME.patch, makes that test fail, and
# nothing else of its file.
#
#   prove test/mutants/run.t [:: NN-NAME...]
#
# A patch begins with
#   Promise: the number, or several
#   Test: the file that fails
#   Fails: a regular expression; there is one for each of the tests that do
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
# Cases of the law, and a network, that are not in the project.
$ENV{AICONSENT_SHARED} //= "$root/../shared";
my @patches = sort glob "$root/test/mutants/*.patch";
if (@ARGV)
{
	my %wanted = map { $_ => 1 } @ARGV;
	@patches = grep { $wanted{ basename($_, '.patch') } || $wanted{ (basename($_) =~ /^(\d+)/)[0] } } @patches;
}
plan skip_all => 'there are no patches of that name' unless @patches;

# Built once; a patch builds anew only what it touches.  Not in the tree, and
# where the server's user gets in.
umask 022;
my $work = tempdir('/tmp/aiconsent.XXXXXX', CLEANUP => 1);
chmod 0755, $work;
my $stage = "$work/stage";

sub run
{
	my ($command) = @_;
	my $output = `( $command ) 2>&1 </dev/null`;
	return wantarray ? ($? == 0, $output) : $? == 0 || die "$command: $output";
}

chomp(my $pg_config = (split ' ', `$root/scripts/prepare --tests`)[0]);
run("mkdir $work/tree $work/build $stage && tar -C '$root' --exclude=./.git --exclude=./.fuzz -cf - . | tar -C $work/tree -xf -");

sub build
{
	return run("make --no-print-directory -j \$(nproc) with_llvm=no PG_CONFIG=$pg_config -C $work/build -f $work/tree/Makefile install DESTDIR=$stage");
}

build();
foreach my $patch (@patches)
{
	my $name = basename($patch, '.patch');
	my (%header, @fails);
	open my $in, '<', $patch or die "$patch: $!";
	while (my $line = <$in>)
	{
		last unless $line =~ /^(\w+): (.*)$/;
		$1 eq 'Fails' ? push @fails, $2 : ($header{$1} = $2);
	}
	close $in;

	subtest "$name breaks promise $header{Promise}" => sub {
		my ($applies, $why) = run("patch -s -f -p1 -d $work/tree -i '$patch'");
		ok($applies, 'the patch applies') or return diag($why);
		my ($builds, $log) = build();
		ok($builds, 'and builds') or diag(substr $log, -2000);
		my (undef, $output) = run("cd $work/tree && AICONSENT_STAGE=$stage PG_CONFIG=$pg_config timeout -k 10 600 test/run -v '$header{Test}'");
		my @failed = $output =~ /^\s*not ok \d+ - (.*)$/mg;
		s/\s+# .*// foreach @failed;
		ok(scalar @failed, "$header{Test} fails") or diag(substr $output, -2000);
		my @unmet = grep { my $f = $_; !grep { /$f/ } @failed } @fails;
		my @unforeseen = grep { my $t = $_; !grep { $t =~ /$_/ } @fails } @failed;
		is(join("\n", @unmet), '', 'where it is to');
		is(join("\n", @unforeseen), '', 'and nowhere else');
		done_testing();
	};
	run("patch -s -f -R -p1 -d $work/tree -i '$patch'");
}
done_testing();
