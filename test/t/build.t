#!/usr/bin/perl
# Every way to build, in copies of the tree.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $dir = tempdir(CLEANUP => 1);
my $tree = "$dir/tree";
my $pg_config = $ENV{PG_CONFIG} // 'pg_config';

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PG_CONFIG)};

# Shell commands; their output is told where they fail.
sub runs
{
	my ($commands, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $output = `( set -e; cd '$dir'; $commands ) 2>&1 </dev/null`;

	is($?, 0, $name) or diag($output);
	return $output;
}

sub files
{
	my ($where) = @_;
	return join('', sort `cd '$where' && find . -type f`);
}

sub slurp
{
	my ($file) = @_;
	open my $in, '<', $file or return '';
	local $/;
	return scalar <$in>;
}

my $make = "timeout --foreground -k 30 600 make -j2 PG_CONFIG='$pg_config'";
runs(
	"mkdir tree; cd '$root'; cp -R Makefile aiconsent.control src sql '$tree';"
	  . " $make -C '$tree' clean",
	'the sources are copied');
my $sources = files($tree);

runs("$make -C tree CC=gcc COPT=-Werror; $make -C tree clean", 'gcc warns of nothing');
is(files($tree), $sources, 'make clean leaves what was there before');
runs("$make -C tree CC=clang COPT=-Werror with_llvm=no; $make -C tree clean", 'clang warns of nothing');

runs("$make -C tree install DESTDIR='$dir/d1'", 'make install');
my $installed = files("$dir/d1");
like($installed, qr{/aiconsent\.so\n}, 'the library is installed');
like($installed, qr{/extension/aiconsent\.control\n}, 'the control file is installed');

my ($version) = slurp("$root/aiconsent.control") =~ /^default_version = '(.*)'/m;
like($installed, qr{/extension/aiconsent--\Q$version\E\.sql\n},
	'the script is installed under the version of the control file');
like(slurp("$tree/sql/aiconsent--$version.sql"),
	qr/\A\\echo Use "CREATE EXTENSION aiconsent" to load this file\. \\quit\n/,
	'the script refuses to be read by psql');
is_deeply([ slurp("$root/META.json") =~ /^ +"version": "(.*)",?$/mg ],
	[ $version, $version, '1.0.0' ], 'META.json has that version too');

# The tree is left built: nothing of it may be taken for built elsewhere.
runs("mkdir b1; cd b1; $make -f ../tree/Makefile install DESTDIR='$dir/d2'",
	'a build beside the tree');
is(files("$dir/d2"), $installed, 'which installs the same files');
runs("mkdir b2; $make -C b2 -f '$tree/Makefile' VPATH='$tree' install DESTDIR='$dir/d3'",
	'a build beside the tree, as pg_buildext makes it');
is(files("$dir/d3"), $installed, 'which installs the same files');

like(runs("touch tree/src/*.h; $make -C tree", 'a header is touched'),
	qr/-c -o src/, 'which compiles anew');
unlike(runs("$make -C tree", 'make again'), qr/-c -o src/, 'which has nothing to do');
runs("$make -C tree clean; $make -C tree with_llvm=no install DESTDIR='$dir/d4'",
	'a build without LLVM');
unlike(files("$dir/d4"), qr/\.bc\n/, 'which installs no bitcode');

done_testing();
