#!/usr/bin/perl
# Most of the pay in the texts of data/pay is found, and most of what is found
# is pay.  The weights were fitted to these texts: what they do on others is in
# doc/design.md.
use strict;
use warnings;

use Cwd qw(abs_path);
use Encode qw(decode_utf8 encode_utf8);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $dir = tempdir(CLEANUP => 1);
my @marked;    # of each text: [start, behind, is it pay?]

open my $texts, '>:raw', "$dir/texts.csv" or die $!;
foreach my $path (glob "$root/data/pay/*.txt")
{
	open my $in, '<:raw', $path or die $!;
	while (my $line = <$in>)
	{
		my ($text, @marks) = ('');
		chomp $line;
		$line = decode_utf8($line);
		$line =~ s/\\n/\n/g;
		foreach my $part (split /(<<.*?>>|<\?.*?\?>)/s, $line)
		{
			if ($part =~ /^<([<?])(.*)[>?]>$/s)
			{
				push @marks, [ length $text, length($text) + length $2, $1 eq '<' ];
				$part = $2;
			}
			$text .= $part;
		}
		push @marked, \@marks;
		$text =~ s/"/""/g;
		print $texts $#marked, ',"', encode_utf8($text), qq{"\n};
	}
}
close $texts;
cmp_ok(scalar @marked, '>', 3000, 'there are texts');

open my $script, '>', "$dir/scan.sql" or die $!;
print $script <<"SCAN";
CREATE TEMPORARY TABLE t (i int, value text);
\\copy t FROM '$dir/texts.csv' CSV
SELECT i, start - 1, start - 1 + length FROM t, aiconsent.scan(value) WHERE class = 'SALARY' ORDER BY 1, 2;
SCAN
close $script;

my ($pay, $found, $reported, $right) = (0, 0, 0, 0);
my @spans = map { [] } @marked;
foreach my $line (`psql -XqAt -F ' ' -v ON_ERROR_STOP=1 -d pgtap -f '$dir/scan.sql'`)
{
	my ($i, @span) = split ' ', $line;
	push @{ $spans[$i] }, \@span;
}
is($?, 0, 'all are scanned');

sub overlap
{
	my ($one, $other) = @_;
	return $one->[0] < $other->[1] && $other->[0] < $one->[1];
}

foreach my $i (0 .. $#marked)
{
	foreach my $mark (grep { $_->[2] } @{ $marked[$i] })
	{
		$pay++;
		$found++ if grep { overlap($mark, $_) } @{ $spans[$i] };
	}
	foreach my $span (@{ $spans[$i] })
	{
		my @touched = grep { overlap($span, $_) } @{ $marked[$i] };
		next if @touched && !grep { $_->[2] } @touched;
		$reported++;
		$right++ if @touched;
	}
}
diag(sprintf 'of %d amounts of pay %.1f %% are found; of %d found %.1f %% are pay', $pay, 100 * $found / $pay,
	$reported, 100 * $right / $reported);
cmp_ok($found / $pay, '>', 0.90, 'nine in ten amounts of pay are found');
cmp_ok($right / $reported, '>', 0.95, 'nineteen in twenty of what is found are pay');
done_testing();
