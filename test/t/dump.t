#!/usr/bin/perl
# What pg_dump carries gives the same answers, and goes on living.
use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $source = 'dump_source';

sub slurp
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!";
	local $/;
	return scalar <$in> // '';
}

# A shell command: its status and all that it printed.
sub shell
{
	my ($command) = @_;
	my $status = system("( $command ) >'$dir/out' 2>&1 </dev/null");
	my $output = slurp("$dir/out");

	$? = $status;
	return ($status, $output);
}

sub runs
{
	my ($command, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($status, $output) = shell($command);

	return is($status, 0, $name) || diag($output);
}

# SQL in a session of its own: what it prints, or the error that ended it.
sub sql
{
	my ($database, $sql, $user) = @_;
	open my $script, '>', "$dir/script.sql" or die $!;
	print $script $sql;
	close $script;

	local $ENV{PGUSER} = $user // $ENV{PGUSER};
	local $ENV{PGOPTIONS} = '-c client_min_messages=error';
	my ($status, $output) = shell("psql -X -q -A -t -v ON_ERROR_STOP=1 -v VERBOSITY=verbose"
		  . " -d '$database' -f '$dir/script.sql'");
	chomp $output;
	return $output;
}

# SQL that must not fail, before there is anything to test.
sub prepare
{
	my ($database, $sql) = @_;
	my $output = sql($database, $sql);

	die $output if $? != 0;
	return $output;
}

sub fails
{
	my ($database, $sql, $state, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	like(sql($database, $sql), qr/ERROR:  $state:/, $name);
}

sub literal
{
	return "'" . $_[0] =~ s/'/''/gr . "'";
}

# A name that needs every kind of quoting, and as an identifier.
my $name = q(sélect ";'; $$ );
my $odd = '"' . $name =~ s/"/""/gr . '"';
my ($odd_literal, $name_literal) = (literal($odd), literal($name));

# ---------------------------------------------------------------------------
# The database: members 1 to 20, of whom every fifth is a child, and what they
# wrote.  Member 1 is at school, 2 objects, 3 grants with a notice, 4 objects
# from tomorrow on, 6 objects and takes it back, 7 was never told.
# ---------------------------------------------------------------------------

prepare('postgres', <<'SQL');
CREATE ROLE dump_owner NOLOGIN;
CREATE ROLE dump_reader LOGIN;
CREATE DATABASE dump_source;
SQL

prepare($source, <<"SQL");
CREATE EXTENSION aiconsent;
CREATE SCHEMA app;
GRANT USAGE, CREATE ON SCHEMA app TO dump_owner;
GRANT USAGE ON SCHEMA aiconsent TO dump_owner;
SET ROLE dump_owner;
SET search_path = app;
CREATE TABLE member (id integer PRIMARY KEY, name text, birth date,
  notified_at timestamptz);
CREATE TABLE education (id integer PRIMARY KEY,
  member_id integer NOT NULL REFERENCES member ON DELETE CASCADE,
  level text, starts date, ends date);
CREATE TABLE post (id integer PRIMARY KEY,
  author_id integer NOT NULL REFERENCES member ON DELETE CASCADE,
  title varchar(40), body text, health text, draft text,
  created_at timestamptz NOT NULL);
CREATE TABLE $odd ($odd integer PRIMARY KEY,
  giver integer NOT NULL REFERENCES member ON DELETE CASCADE,
  "Receiver" integer REFERENCES member ON DELETE CASCADE,
  "to" text, gone text, "at" date);
INSERT INTO member SELECT i, 'name ' || i,
  CASE WHEN i % 5 = 0 THEN date '2015-01-01' + i ELSE date '1980-01-01' + i END,
  CASE WHEN i <> 7 THEN timestamptz '2025-10-01Z' END
  FROM generate_series(1, 20) i;
CREATE TABLE setting (member integer, training boolean);
CREATE TABLE notice (member integer, at timestamptz);
INSERT INTO member SELECT i, 'name ' || i, '1985-01-01', '2025-10-01Z'
  FROM generate_series(30, 36) i;
INSERT INTO setting VALUES (34, false), (35, true), (36, NULL);
INSERT INTO notice SELECT id, notified_at FROM member;
INSERT INTO education SELECT i, i, '7', '1999-09-01', '2004-06-30'
  FROM generate_series(1, 20, 3) i;
INSERT INTO education VALUES (100, 1, 'lycée', '2024-09-01', NULL);
INSERT INTO post SELECT i, i % 20 + 1, 'title ' || i, 'body ' || i, 'health ' || i,
  'draft ' || i, timestamptz '2025-12-01Z' + i * interval '1 hour'
  FROM generate_series(0, 39) i;
INSERT INTO $odd SELECT i, i % 20 + 1, (i + 7) % 20 + 1, 'to ' || i, 'gone ' || i,
  '2025-12-01' FROM generate_series(0, 29) i;
SQL

prepare($source, <<"SQL");
SET search_path = app;
SELECT aiconsent.register_subject('member', birth => 'birth',
  notified_at => 'notified_at');
SELECT aiconsent.register_education('education', level => 'level',
  starts => 'starts', ends => 'ends');
SELECT aiconsent.register_source('post', occurred_at => 'created_at');
SELECT aiconsent.register_source($odd_literal, subjects => '{giver,Receiver}',
  undated => true, reason => 'praise is of all times');
SQL
prepare($source, <<"SQL");
SET search_path = app;
SELECT aiconsent.register_field('post', 'id', 'public');
SELECT aiconsent.register_field('post', 'created_at', 'public');
SELECT aiconsent.register_field('post', 'title', 'personal{content.post}');
SELECT aiconsent.register_field('post', 'body', 'personal{content.post}',
  'written for everybody''s eyes');
SELECT aiconsent.register_field('post', 'health', 'sensitive{content.post,health}');
SELECT aiconsent.register_field($odd_literal, NULL, 'personal{profile.recommendation}');
SELECT aiconsent.register_field($odd_literal, f, 'public')
  FROM unnest('{to,gone}'::name[]) f;
SELECT aiconsent.register_field($odd_literal, $name_literal, 'public');
SELECT aiconsent.adopt_policy(reason => 'announced');
SELECT aiconsent.adopt_policy(effective_at => '2025-12-01Z',
  clearance => 'sensitive{profile,content,health}', reason => 'health on a grant');
SELECT aiconsent.adopt_policy('ranking', effective_at => '2025-11-20Z',
  announced_at => '2025-09-01Z', basis => 'opt_in');
SELECT aiconsent.record_consent(2, 'content_generation', 'object', channel => 'settings');
SELECT aiconsent.record_consent(3, 'content_generation', 'grant',
  notice_version => 'v1', evidence => '{"ip": "192.0.2.1"}');
SELECT aiconsent.record_consent(4, 'content_generation', 'object',
  effective_at => now() + interval '1 day');
SELECT aiconsent.record_consent(6, 'content_generation', 'object');
SELECT aiconsent.record_consent(6, 'content_generation', 'grant');
SELECT aiconsent.record_consent(i, 'ranking', 'grant') FROM generate_series(2, 9) i;
SELECT aiconsent.record_consent(30, 'content_generation', 'hold');
SELECT aiconsent.retract(ARRAY[aiconsent.record_consent(31, 'content_generation', 'object')], 'mistake');
SELECT aiconsent.suppress('32', 'key', 'a letter');
SELECT aiconsent.suppress('100', 'key');
SELECT aiconsent.erase_subject(33, 'asked for it');
SELECT aiconsent.register_preference('setting', 'member', 'training');
SELECT aiconsent.register_notice('notice', 'member', 'at', 'ranking');
UPDATE member SET birth = '2016-01-01' WHERE id = 11;
SELECT aiconsent.publish();
SELECT aiconsent.publish('ranking', schema => 'Ranking; views');
SELECT aiconsent.grant_role('dump_reader', 'reader');
SELECT aiconsent.register_field($odd_literal, 'gone', 'never{message}');
CREATE TABLE app.log (id integer, line text) PARTITION BY RANGE (id);
CREATE TABLE app.log_of_old (LIKE app.log);
SELECT aiconsent.register_field('app.log_of_old', 'line', 'never{message}');
ALTER TABLE app.log ATTACH PARTITION app.log_of_old DEFAULT;
CREATE VIEW app.short_post AS SELECT id, title, body FROM training.post;
GRANT SELECT ON app.short_post TO dump_owner;
SQL

# ---------------------------------------------------------------------------
# What must be the same: each a query whose rows are compared
# ---------------------------------------------------------------------------

# Instants to ask about, and states of knowledge, from the source's own clock.
my ($known_before, $now) = split /\|/, prepare($source,
	"SELECT (SELECT min(superseded_at) - interval '1 microsecond'
	   FROM aiconsent.standing_history), clock_timestamp()");
my $instants = "(VALUES ('2025-10-15Z'::timestamptz), ('2025-11-03Z'), ('2025-12-15Z'),
  ('$now'::timestamptz), ('$now'::timestamptz + interval '2 days'), ('2034-06-01Z')) AS t(at)";

my %objects = (
	'views' => "SELECT schemaname, viewname, viewowner, definition FROM pg_views
	  WHERE schemaname IN ('aiconsent', 'app', 'training', 'Ranking; views')",
	'barriers and grants' => "SELECT c.oid::regclass, c.reloptions, c.relacl, c.relowner::regrole
	  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	  WHERE c.relkind IN ('v', 'r')
	    AND n.nspname IN ('aiconsent', 'app', 'training', 'Ranking; views')",
	'grants on functions and schemas' =>
	  "SELECT oid::regprocedure::text, proacl FROM pg_proc
	   WHERE pronamespace = 'aiconsent'::regnamespace
	   UNION ALL SELECT nspname, nspacl FROM pg_namespace
	   WHERE nspname IN ('aiconsent', 'training', 'Ranking; views')",
	'labels of both providers' => "SELECT provider, objtype, objname, label FROM pg_seclabels
	  WHERE provider ~ '^aiconsent'",
	'triggers' => "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger
	  WHERE NOT tgisinternal",
	'positions of sequences' => "SELECT schemaname, sequencename, last_value FROM pg_sequences");

my %stored = map { $_ => "SELECT * FROM aiconsent.$_" }
  qw(policy clearance purpose registration grantee consent secret suppression
  erasure change head head_history standing standing_history standing_int8 field);

# A restore labels the tables, which is entered, too, before what was entered
# of old.
my $dumped_at = sql($source, 'SELECT clock_timestamp()');
$stored{change} = "SELECT * FROM aiconsent.change WHERE changed_at < '$dumped_at'";

my %answers = (
	'training.post' => 'SELECT * FROM training.post',
	"training.$odd" => "SELECT * FROM training.$odd",
	'the corpus' => 'SELECT * FROM training.corpus',
	'the views of another purpose' =>
	  "SELECT t::text FROM \"Ranking; views\".post t UNION ALL
	   SELECT t::text FROM \"Ranking; views\".corpus t",
	'the view on a training view' => 'SELECT * FROM app.short_post',
	'every verdict' => "SELECT m.id, p.name, t.at, aiconsent.verdict_of(m.id, p.name, t.at)
	  FROM app.member m, aiconsent.purpose p, $instants",
	'who is eligible' => "SELECT m.id, p.name, aiconsent.eligible(m.id, p.name),
	    aiconsent.granted(m.id, p.name)
	  FROM app.member m, aiconsent.purpose p");

my %past = ('every verdict as it was known before' =>
	  "SELECT m.id, t.at, aiconsent.verdict_of(m.id, 'content_generation', t.at, '$known_before')
	  FROM app.member m, $instants");

sub rows
{
	my ($database, $query) = @_;
	return sql($database, "SELECT q::text COLLATE \"C\" FROM ($query) q ORDER BY 1");
}

sub rows_of
{
	my ($database, %queries) = @_;
	return { map { $_ => rows($database, $queries{$_}) } keys %queries };
}

my $expected = rows_of($source, %objects, %stored, %answers, %past);

# An empty answer would be the same as any other empty answer.
foreach my $what (sort keys %$expected)
{
	unlike($expected->{$what}, qr/^$|ERROR/, "there is something to compare: $what");
}
is($expected->{'training.post'} =~ tr/\n//, 2 * 12 - 1,
	'12 members of 20 are in, with two posts each');
is(rows($source, 'SELECT health FROM training.post WHERE health IS NOT NULL') =~ tr/\n//, 1,
	'the one who granted shows a sensitive field');
is(rows($source, "SELECT gone FROM training.$odd WHERE gone IS NOT NULL"), '',
	'the column that was raised after publishing shows nothing');

sub same
{
	my ($database, %queries) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is(rows($database, $queries{$_}), $expected->{$_}, "the same: $_")
	  foreach sort keys %queries;
}

# ---------------------------------------------------------------------------
# What must still take effect
# ---------------------------------------------------------------------------

sub ids
{
	my ($database) = @_;
	return sql($database, "SELECT string_agg(id::text, ',' ORDER BY id)
	  FROM training.post WHERE id < 20");
}

sub is_out
{
	my ($database, $member, $because, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is(sql($database, "SELECT aiconsent.verdict_of($member), aiconsent.eligible($member),
	  (SELECT count(*) FROM training.post WHERE id % 20 + 1 = $member)"),
		"$because|f|0", $name);
}

sub is_in
{
	my ($database, $member, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is(sql($database, "SELECT aiconsent.verdict_of($member), aiconsent.eligible($member),
	  (SELECT count(*) FROM training.post WHERE id % 20 + 1 = $member)"),
		'eligible|t|2', $name);
}

# Nothing may rest on more, or less, than what is there to be judged.
sub in_step
{
	my ($db) = @_;
	my $segments = 'SELECT subject, purpose, since, until, verdict, explicit, content_from
	  FROM aiconsent.standing';
	my $before = rows($db, $segments);

	is(sql($db, 'SELECT aiconsent.rebuild_standing()'), '', 'the standing is rebuilt');
	is(rows($db, $segments), $before, 'which changes nothing');
	return;
}

sub evidence_takes_effect
{
	my ($db) = @_;

	in_step($db);
	is_in($db, 8, 'member 8 is in');
	like(sql($db, "SELECT aiconsent.record_consent(8, 'content_generation', 'object')"),
		qr/^\d+$/, 'an event gets a number that is not taken');
	is_out($db, 8, 'opted_out', 'an opt-out takes effect');
	sql($db, "UPDATE app.member SET birth = '2015-05-05' WHERE id = 9");
	is_out($db, 9, 'minor', 'a corrected birth date takes effect');
	sql($db, "UPDATE app.member SET birth = '1985-05-05' WHERE id = 9");
	is_in($db, 9, 'and so does its correction');
	sql($db, "INSERT INTO app.education VALUES (200, 12, 'lycée', '2025-01-01', NULL)");
	is_out($db, 12, 'suspected_minor', 'a row of schooling takes effect');
	sql($db, 'DELETE FROM app.education WHERE id = 200');
	is_in($db, 12, 'and so does its end');
	is(sql($db, 'SELECT aiconsent.verdict_of(i) FROM generate_series(30, 36) i'),
		"hold\neligible\nsuppressed\nerased\nopted_out\neligible\nerror",
		'holds, retractions, suppressions, erasures and settings are kept');
	sql($db, 'UPDATE app.setting SET training = NOT training WHERE member IN (34, 35)');
	is(sql($db, 'SELECT aiconsent.verdict_of(i) FROM generate_series(34, 35) i'),
		"eligible\nopted_out", 'settings go on being mirrored');
	is(sql($db, "INSERT INTO app.member VALUES (100, 'suppressed', '1990-01-01', '2025-10-01Z');
	  SELECT aiconsent.verdict_of(100); DELETE FROM app.member WHERE id = 100"), 'suppressed',
		'who comes later and is suppressed is out');
	sql($db, 'DELETE FROM app.notice WHERE member = 9');
	is(sql($db, "SELECT aiconsent.verdict_of(9, 'ranking')"), 'not_notified',
		'notices of a purpose take effect');
	sql($db, "INSERT INTO app.member VALUES (21, 'new', '1990-01-01', '2025-10-01Z')");
	is(sql($db, 'SELECT aiconsent.verdict_of(21)'), 'eligible', 'a new member is judged');
	sql($db, 'DELETE FROM app.member WHERE id = 21');
	is(sql($db, 'SELECT aiconsent.verdict_of(21)'), 'unknown_subject', 'and forgotten');
	sql($db, "UPDATE app.member SET notified_at = '2025-10-01Z' WHERE id = 7");
	is_in($db, 7, 'a notice takes effect');
	return;
}

sub schema_takes_effect
{
	my ($db) = @_;

	is(sql($db, "BEGIN; SELECT aiconsent.register_field('app.post', 'title', 'never{message}');
	  SELECT count(*), count(title), count(body) FROM training.post;
	  SELECT count(title) FROM app.short_post;
	  SELECT count(*) FROM training.corpus WHERE field = 'title'; ROLLBACK"),
		"\n24|0|24\n0\n0", 'a raised label takes its column away in its transaction');
	is(sql($db, 'SELECT count(title) FROM training.post'), '24', 'and a rollback gives it back');

	sql($db, "ALTER TABLE app.post ADD COLUMN secret text DEFAULT 'secret'");
	is(sql($db, 'SELECT count(*) FROM aiconsent.publish()'), '3', 'publish() renews the views');
	unlike(sql($db, 'SELECT row_to_json(p) FROM training.post p'), qr/secret/,
		'an added column stays out');
	is(sql($db, "SELECT count(*) FROM information_schema.columns
	  WHERE table_schema = 'training' AND column_name = 'gone'"), '0',
		'a raised column is not there any more');

	sql($db, "SELECT aiconsent.register_field('app.post', 'health', 'personal{content.post}')");
	fails($db, 'SELECT aiconsent.publish()', '55000', 'a lowered label is refused');
	is(sql($db, 'SELECT count(health) FROM training.post'), '2', 'and releases nothing');
	is(sql($db, 'SELECT count(*) FROM aiconsent.publish(accept_lowered => true)'), '3',
		'it can be accepted');
	is(sql($db, 'SELECT count(health) FROM training.post'), '24', 'and is released then');
	return;
}

sub policy_takes_effect
{
	my ($db) = @_;

	like(sql($db, "SELECT aiconsent.adopt_policy(effective_at => '2025-12-02Z',
	  clearance => 'personal{content}', data_from => '2025-12-02Z')"), qr/^\d+$/,
		'a version of the policy gets a number that is not taken');
	is(sql($db, 'SELECT min(created_at) >= \'2025-12-02Z\', count(*) > 0 FROM training.post'), 't|t',
		'its horizon takes effect');
	is(sql($db, "SELECT count(*) FROM training.$odd WHERE \"to\" IS NOT NULL"), '0',
		'its narrower clearance takes effect');
	like(sql($db, "SELECT aiconsent.adopt_policy('telling', effective_at => '2025-12-01Z',
	  announced_at => '2025-09-01Z')"), qr/^\d+$/, 'a new purpose is adopted');
	is(sql($db, "SELECT count(*) FROM aiconsent.publish('telling', schema => 'telling')"), '3',
		'and published');
	sql($db, "CREATE TABLE app.note (id integer PRIMARY KEY,
	    author_id integer REFERENCES app.member, body text);
	  INSERT INTO app.note VALUES (1, 3, 'in'), (2, 2, 'out');
	  SELECT aiconsent.register_source('app.note', undated => true, reason => 'notes');
	  SELECT aiconsent.register_field('app.note', 'body', 'personal{content}')");
	is(sql($db, 'SELECT count(*) FROM aiconsent.publish()'), '3', 'a new source is published');
	is(sql($db, 'SELECT body FROM training.note'), 'in', 'and its readers see who is in');
	return;
}

sub reader_reads_only
{
	my ($db, $name) = @_;

	is(rows_as_reader($db, 'SELECT * FROM training.post'), $expected->{'training.post'},
		'the reader reads training.post');
	is(rows_as_reader($db, 'SELECT * FROM training.corpus'), $expected->{'the corpus'},
		'and the corpus');
	foreach my $closed ('app.post', 'app.member', 'app.short_post', 'aiconsent.standing',
		'aiconsent.consent', '"Ranking; views".post')
	{
		like(sql($db, "SELECT * FROM $closed", 'dump_reader'), qr/ERROR:  42501:/,
			"but not $closed");
	}
	like(sql($db, 'SELECT aiconsent.eligible(3)', 'dump_reader'), qr/ERROR:  42501:/,
		'and cannot ask about members');
	return;
}

sub rows_as_reader
{
	my ($database, $query) = @_;
	return sql($database, "SELECT q::text COLLATE \"C\" FROM ($query) q ORDER BY 1",
		'dump_reader');
}

# ---------------------------------------------------------------------------
# Dumps of everything
# ---------------------------------------------------------------------------

my $psql = 'PGOPTIONS="-c client_min_messages=warning" psql -X -q -v ON_ERROR_STOP=1 -o /dev/null';
my %ways = (
	'pg_dump | psql' => sub { "pg_dump -d $source -f '$dir/d.sql' && $psql -d $_[0] -f '$dir/d.sql'" },
	'pg_dump --inserts | psql' =>
	  sub { "pg_dump --inserts -d $source -f '$dir/i.sql' && $psql -d $_[0] -f '$dir/i.sql'" },
	'pg_dump -Fc | pg_restore -j2' =>
	  sub { "pg_dump -Fc -d $source -f '$dir/d.dump' && pg_restore -e -j2 -d $_[0] '$dir/d.dump'" });
my $n = 0;

foreach my $way (sort keys %ways)
{
	my $database = 'dump_' . ++$n;

	subtest $way => sub {
		runs("createdb $database && " . $ways{$way}->($database), 'the restore goes through')
		  or return;
		same($database, %objects, %stored, %answers, %past);
		reader_reads_only($database);
		evidence_takes_effect($database);
		schema_takes_effect($database);
		policy_takes_effect($database);
	};
}

# ---------------------------------------------------------------------------
# A dump of the schema only, and then of the data only
# ---------------------------------------------------------------------------

subtest 'pg_dump --schema-only' => sub {
	runs("createdb dump_schema && pg_dump -s -d $source -f '$dir/s.sql'"
		  . " && $psql -d dump_schema -f '$dir/s.sql'", 'the restore goes through')
	  or return;
	runs('createdb -T dump_schema dump_again && createdb -T dump_schema dump_data'
		  . ' && createdb -T dump_schema dump_quiet', 'it is copied');
	same('dump_schema', map { $_ => $objects{$_} } ('views', 'barriers and grants',
		'grants on functions and schemas', 'labels of both providers', 'triggers'));

	my $db = 'dump_again';
	is(sql($db, "INSERT INTO app.member VALUES (1, 'a', '1980-01-01', '2025-10-01Z'),
	    (2, 'b', '2015-01-01', '2025-10-01Z'), (3, 'c', '1980-01-01', '2025-10-01Z');
	  INSERT INTO app.education VALUES (1, 3, 'lycée', '2024-09-01', NULL);
	  UPDATE app.member SET name = 'x', birth = birth + 1;
	  DELETE FROM app.education WHERE id = 0;
	  INSERT INTO app.post SELECT i, i, 't', 'b', 'h', 'd', '2025-12-05Z'
	    FROM generate_series(1, 3) i"), '', 'writing evidence raises nothing');
	is(sql($db, 'SELECT count(*) FROM training.post'), '0', 'the training views are empty');
	is(sql($db, 'SELECT count(*) FROM training.corpus'), '0', 'the corpus is empty');
	is(sql($db, 'SELECT bool_or(aiconsent.eligible(id)) FROM app.member'), 'f',
		'nobody is eligible');
	is(sql($db, 'SELECT DISTINCT aiconsent.verdict_of(id) FROM app.member'),
		'unknown_subject', 'nobody is known');
	is(sql($db, "SELECT aiconsent.rebuild_standing();
	  SELECT count(*) FROM aiconsent.standing"), "\n0",
		'a rebuild finds nothing declared');
	like(sql($db, "SELECT aiconsent.record_consent(1, 'content_generation', 'object')"),
		qr/ERROR:  55000:.*no subject table is registered.*register_subject/s,
		'an objection is not swallowed: the error says what to do');

	# What a user does: declare, adopt and publish as for the first time.
	is(sql($db, "SELECT aiconsent.register_subject('app.member', birth => 'birth',
	    notified_at => 'notified_at');
	  SELECT aiconsent.register_education('app.education', level => 'level',
	    starts => 'starts', ends => 'ends');
	  SELECT aiconsent.register_source('app.post', occurred_at => 'created_at');
	  SELECT aiconsent.adopt_policy(clearance => 'sensitive{profile,content,health}') > 0;
	  SELECT aiconsent.publish()"),
		"\n\n\nt\ntraining.post\ntraining.corpus", 'declared, adopted and published again');
	is(sql($db, 'SELECT id FROM training.post'), '1', 'who is in is in');
	is(sql($db, 'SELECT id FROM training.post', 'dump_reader'), '1', 'the reader reads it');
	is(sql($db, "SELECT aiconsent.record_consent(1, 'content_generation', 'object') > 0;
	  SELECT count(*) FROM training.post"), "t\n0", 'and an opt-out takes effect');
};

subtest 'pg_dump --data-only into that' => sub {
	runs("pg_dump -a -d $source -f '$dir/a.sql' && $psql -d dump_data -f '$dir/a.sql'",
		'the restore goes through') or return;
	same('dump_data', %answers, %past,
		map { $_ => $stored{$_} } qw(policy purpose registration grantee consent change));
	evidence_takes_effect('dump_data');
	schema_takes_effect('dump_data');
	policy_takes_effect('dump_data');
};

subtest 'pg_dump --data-only --disable-triggers into that' => sub {
	runs("pg_dump -a --disable-triggers -d $source -f '$dir/q.sql'"
		  . " && $psql -d dump_quiet -f '$dir/q.sql'", 'the restore goes through')
	  or return;
	same('dump_quiet', %stored, %answers, %past);
	evidence_takes_effect('dump_quiet');
	schema_takes_effect('dump_quiet');
};

prepare('postgres', join '', map { "DROP DATABASE IF EXISTS $_ WITH (FORCE);\n" } $source,
	map { "dump_$_" } 1 .. $n, qw(schema again data quiet));
prepare('postgres', 'DROP ROLE dump_owner, dump_reader');
done_testing();
