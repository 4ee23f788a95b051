#!/usr/bin/perl
# What pg_dump carries of sources of every form gives the same rows, in the
# same form and under the same pseudonyms, and goes on being withdrawn.
use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $source = 'forms_source';
$ENV{PGOPTIONS} = '-c client_min_messages=error';

# SQL in a session of its own: what it prints, or the error that ended it.
sub sql
{
	my ($database, $sql, $user) = @_;
	local $ENV{PGUSER} = $user // $ENV{PGUSER};
	open my $script, '>', "$dir/script.sql" or die $!;
	print $script $sql;
	close $script;
	my $out = `timeout 120 psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -d '$database' -f '$dir/script.sql' 2>&1`;
	chomp $out;
	return $out;
}

# SQL that must not fail, before there is anything to test.
sub prepare
{
	my $out = sql(@_);
	die $out if $? != 0;
	return $out;
}

# ---------------------------------------------------------------------------
# Members 1, 2 and 3 are in; 4 objected, 5 is a child, 6 is nobody.
# ---------------------------------------------------------------------------

prepare('postgres', <<'SQL');
CREATE ROLE forms_owner NOLOGIN;
CREATE ROLE forms_reader LOGIN;
CREATE DATABASE forms_source;
SQL

prepare($source, <<'SQL');
CREATE EXTENSION aiconsent;
CREATE SCHEMA app AUTHORIZATION forms_owner;
SET ROLE forms_owner;
SET search_path = app;
CREATE TYPE kind AS ENUM ('open', 'private');
CREATE TABLE member (id int PRIMARY KEY, birth date, handle text);
CREATE TABLE room (id int PRIMARY KEY, is_sensitive boolean);
CREATE TABLE post (id int PRIMARY KEY, author_id int, tagged int[], reviewer_id int,
  kind kind, room_id int REFERENCES room, quoted_id int REFERENCES post, body text,
  quote text, place text, handle text, nick text, age int, at timestamptz DEFAULT '2026-01-01Z');
CREATE TABLE comment (id int PRIMARY KEY, author_id int, post_id int REFERENCES post, body text,
  at timestamptz DEFAULT '2026-01-01Z');
CREATE TABLE message (id int PRIMARY KEY, author_id int REFERENCES member, kind text, body text,
  at timestamptz DEFAULT '2026-01-01Z');
CREATE TABLE letter (LIKE message INCLUDING ALL);
CREATE FUNCTION short(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE
  SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN left(value, 2); END $$;
CREATE FUNCTION badge(value text) RETURNS TABLE (class text, start int, length int) LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC SELECT 'BADGE', regexp_instr(value, 'AB-\d+'), 5 WHERE value ~ 'AB-\d+'; END;
CREATE VIEW shown AS SELECT id, author_id, body || '!' AS body, kind, at FROM letter;

INSERT INTO member SELECT g, CASE g WHEN 5 THEN current_date - 4000 ELSE '1980-01-01' END::date, 'm' || g
  FROM generate_series(1, 5) g;
INSERT INTO room VALUES (1, false), (2, true), (3, NULL);
-- 1 to 4 are in, of which 2 has no quote and 3 no reviewer; each other one is
-- out for a reason of its own.
INSERT INTO post (id, author_id, tagged, reviewer_id, kind, room_id, quoted_id) VALUES
  (1, 1, '{}', 2, 'open', 1, 3), (2, 2, '{1,3}', 1, 'open', 1, 5), (3, 3, '{2}', NULL, 'open', 1, NULL),
  (4, 1, '{3}', 2, 'open', 1, 2), (5, 4, '{}', 1, 'open', 1, NULL), (6, NULL, '{}', 1, 'open', 1, 1),
  (7, 1, '{1,4}', 1, 'open', 1, 1), (8, 1, '{NULL}', 1, 'open', 1, 1), (9, 1, NULL, 1, 'open', 1, 1),
  (10, 1, '{}', 5, 'open', 1, 1), (11, 1, '{}', 1, 'private', 1, 1), (12, 1, '{}', 1, NULL, 1, 1),
  (13, 1, '{}', 1, 'open', 2, 1), (14, 1, '{}', 1, 'open', 3, 1), (15, 1, '{}', 1, 'open', NULL, 1);
UPDATE post SET body = 'body ' || id || ' AB-12 by @m1 and @m4', quote = 'quote ' || id, place = 'street ' || id || ', Berne, CH',
  handle = 'handle ' || id, nick = id || ' nick', age = 20 + id;
INSERT INTO comment SELECT id, 1 + id % 3, id, 'comment ' || id FROM post;
INSERT INTO message SELECT id, NULLIF(author_id, 6), CASE id % 4 WHEN 0 THEN 'mail' WHEN 1 THEN 'group' WHEN 2 THEN 'note' END, 'message ' || id FROM post;
INSERT INTO letter TABLE message;
RESET ROLE;

SET search_path = app;
SELECT aiconsent.register_subject('member', birth => 'birth', handle => 'handle');
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.adopt_policy('sealed', effective_at => '2025-11-03Z', notice_required => false);
SELECT aiconsent.record_consent(4, p, 'object') FROM unnest('{content_generation,sealed}'::text[]) p;
SELECT aiconsent.register_source('post', '{author_id,tagged,reviewer_id?}', 'at', cells => '{"quote": "quoted_id.author_id"}');
SELECT aiconsent.register_source('comment', '{author_id,post_id.author_id}', 'at');
SELECT aiconsent.register_source('message', occurred_at => 'at');
SELECT aiconsent.register_source('shown', '{author_id}', 'at');
SELECT aiconsent.register_field('message', NULL, 'never{message}');
SELECT aiconsent.register_field(r, f, 'public')
  FROM (VALUES ('post'::regclass, 'id'::name), ('comment', 'id')) v (r, f);
SELECT aiconsent.register_field(r, f, s::aiconsent.sensitivity) FROM (VALUES
  ('post'::regclass, 'body'::name, 'personal{content}'), ('post', 'quote', 'personal{content}'),
  ('post', 'place', 'personal{profile.location}'), ('post', 'handle', 'personal{profile.handle}'),
  ('post', 'nick', 'personal{profile.nick}'), ('post', 'age', 'personal{profile.age}'),
  ('comment', 'body', 'personal{content}'), ('message', 'body', 'personal{group}'), ('shown', 'body', 'personal{content}')) v (r, f, s);
SELECT aiconsent.classify('post', $$kind = 'private'$$, 'never{message}');
SELECT aiconsent.classify('post', 'room_id.is_sensitive', 'never{group}');
SELECT aiconsent.classify('message', $$kind = 'group'$$, 'personal{group}', 'for all of the group');
SELECT aiconsent.classify('shown', $$kind = 'mail'$$, 'never{message}');
SELECT aiconsent.classify('shown', $$kind = 'note'$$, 'never{message}');
SELECT aiconsent.treat(c, t, p, a) FROM unnest('{content_generation,sealed}'::text[]) p,
  (VALUES ('profile.location', 'generalize', NULL), ('profile.handle', 'pseudonym', NULL),
    ('profile.nick', 'app.short', NULL), ('profile.age', 'generalize', '5')) v (c, t, a);
SELECT aiconsent.register_recognizer('content', 'badge(text)');
SELECT aiconsent.publish(accept_lowered => true);
SELECT aiconsent.rotate_pseudonyms('content_generation');
SELECT aiconsent.publish('sealed', schema => 'sealed', sealed => true, accept_lowered => true);
SELECT aiconsent.grant_role('forms_reader', 'reader', p) FROM unnest('{content_generation,sealed}'::text[]) p;
-- These wait for a publish() that accepts them.
SELECT aiconsent.classify('message', $$kind = 'note'$$, 'personal{group}', 'notes are, too');
SELECT aiconsent.unclassify('shown', $$kind = 'note'$$, 'they are for everybody');
SQL

# ---------------------------------------------------------------------------
# What must be the same, by the reader's eyes and by ours
# ---------------------------------------------------------------------------

my @views = map { my $s = $_; map { "$s.$_" } qw(post comment message shown corpus) } qw(training sealed);
my %stored = (
	'what the views are' => "SELECT c.oid::regclass, c.reloptions, c.relacl, c.relowner::regrole, pg_get_viewdef(c.oid)
	  FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace::regnamespace::text IN ('aiconsent', 'training', 'sealed')",
	'labels' => 'SELECT provider, objtype, objname, label FROM pg_seclabels',
	(map { $_ => "SELECT * FROM aiconsent.$_" }
	  qw(class classification treatment recognizer head pseudonym_key registration purpose grantee)),
	'reasons' => "SELECT p.id, e.* FROM app.post p, aiconsent.explain_row('app.post', p.id::text) e");

sub digests
{
	my ($database) = @_;
	my %found;

	$found{$_} = sql($database, "SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE \"C\")) FROM $_ t", 'forms_reader')
	  foreach @views;
	$found{$_} = sql($database, "SELECT q::text COLLATE \"C\" FROM ($stored{$_}) q ORDER BY 1")
	  foreach keys %stored;
	return \%found;
}

my $expected = digests($source);

foreach my $schema ('training', 'sealed')
{
	# A recognizer is one purpose's; who is out is so for both.
	my $more = ($schema eq 'training' ? '[BADGE]' : 'AB-12') . ' by @m1 and [MENTION]';
	is(prepare($source, "SELECT string_agg(concat_ws('/', id, body, quote, place, nick, age), ' ' ORDER BY id) FROM $schema.post", 'forms_reader'),
		join(' ', 
			"1/body 1 $more/quote 1/CH/1 /20", "2/body 2 $more/CH/2 /20", "3/body 3 $more/CH/3 /20", "4/body 4 $more/quote 4/CH/4 /20"),
		"$schema.post has what is in, in its form");
	is(prepare($source, "SELECT count(*) FROM $schema.corpus WHERE source = 'app.post'"), '14',
		'and the corpus its texts, of which a pseudonym is none');
	is(prepare($source, "SELECT string_agg(id::text, ',' ORDER BY id) FROM $schema.comment"), '1,2,3,4,7,8,9,10,11,12,13,14,15',
		"$schema.comment what is of two that are in");
	is(prepare($source, "SELECT string_agg(body, ',' ORDER BY body) FROM $schema.message"), 'message 1,message 13,message 9',
		"$schema.message messages of a group");
	is(prepare($source, "SELECT string_agg(body, ',' ORDER BY body COLLATE \"C\") FROM $schema.shown"), 'message 1!,message 13!,message 9!',
		"$schema.shown the rows of a view, of a known kind");
}
unlike($expected->{$_}, qr/^$|^0|ERROR/, "there is something to compare: $_") foreach sort keys %$expected;

# ---------------------------------------------------------------------------
# What must still act
# ---------------------------------------------------------------------------

my $counts = "SELECT (SELECT count(*) FROM training.post), (SELECT count(quote) FROM training.post),
  (SELECT count(*) FROM training.comment), (SELECT count(*) FROM training.message), (SELECT count(*) FROM training.shown),
  (SELECT count(*) FROM training.corpus), (SELECT count(*) FROM sealed.post), (SELECT count(*) FROM sealed.corpus)";
my $all = '4|2|13|3|3|33|4|33';
my $none_of_shown = '4|2|13|3|0|30|4|30';

# How many of each there are after a command, in its transaction.
sub acts
{
	my ($database, $command, $after, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is(sql($database, "BEGIN;\n\\o /dev/null\n$command;\n\\o\n$counts;\nROLLBACK;"), $after, $name);
	return;
}

sub everything_acts
{
	my ($db) = @_;

	acts($db, 'SELECT', $all, 'before');
	acts($db, "SELECT aiconsent.record_consent(2, p, 'object') FROM unnest('{content_generation,sealed}'::text[]) p",
		'0|0|7|3|3|13|0|13', 'an opt-out: of an author, of who is tagged, of a reviewer');
	acts($db, "SELECT aiconsent.record_consent(3, 'content_generation', 'object')", '1|0|8|3|3|17|4|33',
		'of who is quoted, and for one purpose only');
	acts($db, 'UPDATE app.room SET is_sensitive = true WHERE id = 1', '0|0|13|3|3|19|0|19', 'a group is flagged');
	acts($db, "UPDATE app.post SET tagged = tagged || 4 WHERE id = 1", '3|1|13|3|3|29|3|29', 'somebody is tagged');
	acts($db, "SELECT aiconsent.classify('app.post', 'id = 1', 'never{message}')", '3|1|13|3|3|29|3|29', 'a class');
	acts($db, "SELECT aiconsent.register_field('app.post', 'quote', 'never{message}')", '4|0|13|3|3|31|4|31', 'a raised label');
	acts($db, "SELECT aiconsent.register_field('app.comment', NULL, 'never{message}')", '4|2|0|3|3|20|4|20', 'of a table');
	acts($db, "SELECT aiconsent.register_field('app.letter', 'body', 'never{message}')", $none_of_shown, 'of what a view is made of');
	acts($db, "SELECT aiconsent.register_field('app.message', NULL, 'never{health}')", '4|2|13|0|3|30|4|30', 'above what was accepted');
	acts($db, 'CREATE OR REPLACE VIEW app.shown AS SELECT id, author_id, kind AS body, body AS kind, at FROM app.letter',
		$none_of_shown, 'a view is altered');
	acts($db, 'ALTER FUNCTION app.short(text) RESET search_path; CREATE TEMP TABLE s AS SELECT nick FROM training.post UNION ALL SELECT nick FROM sealed.post;
	  DO $$ BEGIN ASSERT (SELECT count(*) = 8 AND count(nick) = 0 FROM s); END $$', $all =~ s/33/29/gr,
		'a treatment is not what it was');
	acts($db, 'SELECT aiconsent.publish(accept_lowered => true)', '4|2|13|6|6|39|4|33', 'what waits is accepted, for one purpose');
	like(sql($db, 'SELECT aiconsent.publish()'), qr/ERROR:  55000:/, 'and else refused');
	like(sql($db, 'ALTER TABLE app.room DROP COLUMN is_sensitive'), qr/ERROR:  2BP01:/, 'what a class rests on stays');
	like(sql($db, 'SELECT * FROM aiconsent.pseudonym_key', 'forms_reader'), qr/ERROR:  42501:/, 'the keys are closed');
	isnt(sql($db, "BEGIN;\nSELECT aiconsent.rotate_pseudonyms('content_generation');\nSELECT max(handle) FROM training.post"),
		"\n" . sql($db, 'SELECT max(handle) FROM training.post'), 'pseudonyms can be rotated');
	acts($db, 'SELECT', $all, 'and nothing of this is left');
	return;
}

subtest 'the source itself' => sub { everything_acts($source) };

my %ways = (
	'pg_dump | psql' => sub { "pg_dump -d $source -f '$dir/d.sql' && psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -d $_[0] -f '$dir/d.sql'" },
	'pg_dump -Fc | pg_restore -j2' => sub { "pg_dump -Fc -d $source -f '$dir/d.dump' && pg_restore -e -j2 -d $_[0] '$dir/d.dump'" });
my $n = 0;

foreach my $way (sort keys %ways)
{
	my $database = 'forms_' . ++$n;

	subtest $way => sub {
		my $status = system("( createdb $database && " . $ways{$way}->($database) . " ) >'$dir/out' 2>&1");

		is($status, 0, 'the restore goes through') or diag(`cat '$dir/out'`), return;
		my $restored = digests($database);

		is($restored->{$_}, $expected->{$_}, "the same: $_") foreach sort keys %$expected;
		everything_acts($database);
	};
}

prepare('postgres', join '', map { "DROP DATABASE IF EXISTS $_ WITH (FORCE);\n" } $source, map { "forms_$_" } 1 .. $n);
prepare('postgres', 'DROP ROLE forms_owner, forms_reader');
done_testing();
