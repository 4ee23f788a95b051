#!/usr/bin/perl
# Past one machine: a shard publishes its own training views, and a coordinator
# reads them by foreign tables, with a remote role that is a reader; what the
# shard does not release, the coordinator never gets.
use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

sub sql
{
	my ($database, $sql, $as) = @_;
	local $ENV{PGUSER} = $as // $ENV{PGUSER};
	open my $script, '>', "$dir/script.sql" or die $!;
	print $script $sql;
	close $script;
	my $out = `timeout 120 psql -XAtq -v ON_ERROR_STOP=1 -d '$database' -f '$dir/script.sql' 2>&1`;
	chomp $out;
	return $out;
}

sub prepare
{
	my $out = sql(@_);
	die $out if $? != 0;
	return $out;
}

my ($shard, $coordinator) = ("shard_$$", "coordinator_$$");
system('createdb', $_) == 0 or die 'createdb failed' foreach $shard, $coordinator;
if (sql($coordinator, 'CREATE EXTENSION postgres_fdw') ne '')
{
	system('dropdb', $_) foreach $shard, $coordinator;
	plan skip_all => 'this server has no postgres_fdw';
}

# The shard has members 1 to 4 and their posts; 2 objects there.
prepare($shard, <<'SQL');
CREATE EXTENSION aiconsent;
CREATE ROLE shard_reader LOGIN;
CREATE TABLE member (id int PRIMARY KEY);
INSERT INTO member SELECT generate_series(1, 4);
CREATE TABLE post (id int PRIMARY KEY, author_id int REFERENCES member, body text, secret text, at timestamptz);
INSERT INTO post SELECT g, g, 'body ' || g, 'sec' || 'ret', '2026-01-01' FROM generate_series(1, 4) g;
SELECT aiconsent.register_subject('member');
SELECT aiconsent.register_source('post', occurred_at => 'at');
SELECT aiconsent.register_field('post', f, s) FROM (VALUES ('id'::name, 'public'::aiconsent.sensitivity),
  ('author_id', 'personal{profile.key}'), ('body', 'personal{content.post}'), ('at', 'public')) v (f, s);
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.publish();
SELECT aiconsent.grant_role('shard_reader', 'reader');
SELECT aiconsent.record_consent(2, 'content_generation', 'object');
SQL

# The coordinator has one partition of its own and one that is the shard's view;
# member 3 objects here.
my $host = $ENV{PGHOST};
prepare($coordinator, <<"SQL");
CREATE EXTENSION aiconsent;
CREATE ROLE coordinator_reader LOGIN;
CREATE ROLE coordinator_owner;
GRANT CREATE ON SCHEMA public TO coordinator_owner;
CREATE SERVER shard FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', dbname '$shard');
CREATE USER MAPPING FOR coordinator_owner SERVER shard OPTIONS (user 'shard_reader', password_required 'false');
GRANT USAGE ON FOREIGN SERVER shard TO coordinator_owner;
SET ROLE coordinator_owner;
CREATE TABLE member (id int PRIMARY KEY);
INSERT INTO member SELECT generate_series(1, 8);
CREATE TABLE post (id int, author_id int, body text, at timestamptz) PARTITION BY RANGE (id);
CREATE TABLE post_here PARTITION OF post FOR VALUES FROM (5) TO (9);
CREATE FOREIGN TABLE post_there PARTITION OF post FOR VALUES FROM (1) TO (5) SERVER shard OPTIONS (schema_name 'training', table_name 'post');
CREATE FOREIGN TABLE alone (id int, author_id int, body text, at timestamptz) SERVER shard OPTIONS (schema_name 'training', table_name 'post');
INSERT INTO post SELECT g, g, 'body ' || g, '2026-01-01' FROM generate_series(5, 8) g;
RESET ROLE;
SELECT aiconsent.register_subject('member');
SELECT aiconsent.register_source(s, '{author_id}', 'at') FROM unnest('{post,alone}'::regclass[]) s;
SELECT aiconsent.register_field(s, f, 'personal{content.post}') FROM unnest('{post,alone}'::regclass[]) s, unnest('{id,body}'::name[]) f;
SELECT aiconsent.adopt_policy(notice_required => false);
SELECT aiconsent.publish();
SELECT aiconsent.grant_role('coordinator_reader', 'reader');
SELECT aiconsent.record_consent(m, 'content_generation', 'object') FROM unnest('{3,6}'::int[]) m;
SQL

is(sql($coordinator, 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM training.post', 'coordinator_reader'),
	'1,4,5,7,8', 'rows of the shard and of here: of those who are in at both');
is(sql($coordinator, 'SELECT string_agg(id::text, $$,$$ ORDER BY id) FROM training.alone', 'coordinator_reader'), '1,4', 'a foreign table alone');
is(sql($coordinator, 'SELECT count(*) FROM training.corpus WHERE source = $$public.post$$', 'coordinator_reader'), 5, 'and the corpus');
like(sql($coordinator, 'SELECT * FROM post_there', 'coordinator_reader'), qr/permission denied/, 'the foreign table itself is refused');
like(sql($shard, 'SELECT * FROM post', 'shard_reader'), qr/permission denied/, 'as is the shard\'s table to the coordinator');
prepare($shard, "SELECT aiconsent.record_consent(4, 'content_generation', 'object')");
is(sql($coordinator, 'SELECT count(*) FROM training.alone', 'coordinator_reader'), 1, 'an objection at the shard acts at once');
like(sql($coordinator, 'EXPLAIN (VERBOSE, COSTS OFF) SELECT body FROM training.alone WHERE body = $$x$$', 'coordinator_reader'), qr/Foreign Scan/, 'by a foreign scan');
prepare($shard, "SELECT aiconsent.register_field('post', 'body', 'never{message}')");
is(sql($coordinator, 'SELECT count(*) FROM training.corpus WHERE source = $$public.alone$$', 'coordinator_reader'), 0, 'as does a label that is raised there');

prepare($_, 'DROP EXTENSION aiconsent CASCADE') foreach $coordinator, $shard;
prepare($coordinator, 'DROP OWNED BY coordinator_owner, coordinator_reader CASCADE; DROP ROLE coordinator_owner, coordinator_reader');
prepare($shard, 'DROP OWNED BY shard_reader; DROP ROLE shard_reader');
system('dropdb', $_) foreach $coordinator, $shard;
done_testing();
