/*
 * suppress.c: what of people who object without an account?
 *
 * An identifier that is suppressed puts out whoever has it, now or later.
 * It is kept as a keyed hash only (identity.c).
 */
#include "compat.h"
#include "identity.h"
#include "registry.h"
#include "sql.h"
#include "standing.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The members whose identifier has that hash now; their keys, and how many. */
static char **
members_with(IdentifierKind kind, const bytea *secret, const bytea *sought,
			 int *n)
{
	static const char *const roles[] = {"key", "email", "handle", "profile"};
	const Binding *subject = registry_subject();
	const char *column = subject ? binding_column(subject, roles[kind]) : NULL;
	uint64		count;
	char	  **keys;

	*n = 0;
	if (column == NULL)
		return NULL;
	count = sql_run_as(sql_relation_owner(subject->relid),
					   psprintf("SELECT (%s)::pg_catalog.text, (%s)::pg_catalog.text"
								" FROM %s%s t WHERE %s IS NOT NULL",
								binding_column(subject, "key"), column,
								get_rel_relkind(subject->relid) ==
								RELKIND_RELATION ? "ONLY " : "",
								sql_relation(subject->relid), column),
					   0, NULL, NULL, NULL, false);
	keys = palloc_extended(count * sizeof(char *) + 1, MCXT_ALLOC_HUGE);
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		text	   *value = DatumGetTextPP(sql_column(row, 2, &isnull));
		bytea	   *hash = identity_hash(secret, kind, VARDATA_ANY(value),
										 VARSIZE_ANY_EXHDR(value));

		if (hash && memcmp(VARDATA(hash), VARDATA_ANY(sought),
						   VARSIZE_ANY_EXHDR(sought)) == 0)
			keys[(*n)++] = sql_text_column(row, 1);
		if (hash)
			pfree(hash);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_freetuptable(SPI_tuptable);
	return keys;
}

/* Judge them, under standing_lock_all(). */
static void
judge_members_with(IdentifierKind kind, const bytea *secret,
				   const bytea *hash, Oid recorder)
{
	int			n;
	char	  **keys = members_with(kind, secret, hash, &n);

	if (n > 0)
	{
		SubjectSet	set = standing_load(keys, n);

		standing_judge(&set, (JudgeOptions) {.recorder = recorder});
	}
}

/*
 * Members who get the identifier while we look for those who have it would be
 * missed by both sides, so changes of standing wait.
 */
PG_FUNCTION_INFO_V1(suppress);
Datum
suppress(PG_FUNCTION_ARGS)
{
	Oid			types[] = {TEXTOID, BYTEAOID, TEXTOID, TEXTOID};
	Datum		values[4];
	char		nulls[] = {' ', ' ', ' ', ' '};
	IdentifierKind kind;
	text	   *identifier;
	bytea	   *secret;
	bytea	   *hash;
	SqlScope	scope;
	int64		id;
	bool		isnull;

	require_read_committed("suppress()");
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("identifier and kind of a suppression must not be null")));
	identifier = PG_GETARG_TEXT_PP(0);
	if (!identifier_kind_of_text(text_to_cstring(PG_GETARG_TEXT_PP(1)), &kind))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown kind of identifier \"%s\"",
						text_to_cstring(PG_GETARG_TEXT_PP(1))),
				 errhint("The kinds are \"email\", \"handle\", \"profile\" and \"key\".")));

	scope = sql_begin(sql_owner());
	secret = identity_secret();
	hash = identity_hash(secret, kind, VARDATA_ANY(identifier),
						 VARSIZE_ANY_EXHDR(identifier));
	if (hash == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an empty identifier names nobody")));
	standing_lock_all();
	values[0] = PG_GETARG_DATUM(1);
	values[1] = PointerGetDatum(hash);
	values[2] = PG_GETARG_DATUM(2);
	nulls[2] = PG_ARGISNULL(2) ? 'n' : ' ';
	values[3] = CStringGetTextDatum(GetUserNameFromId(scope.saved_user, false));
	sql_run("INSERT INTO aiconsent.suppression"
			" (kind, identifier, reason, recorded_by) VALUES ($1, $2, $3, $4)"
			" RETURNING id", 4, types, values, nulls);
	id = DatumGetInt64(sql_column(0, 1, &isnull));
	judge_members_with(kind, secret, hash, scope.saved_user);
	sql_end(&scope);
	PG_RETURN_INT64(id);
}

PG_FUNCTION_INFO_V1(retract_suppression);
Datum
retract_suppression(PG_FUNCTION_ARGS)
{
	Oid			types[] = {INT8OID, TEXTOID, TEXTOID};
	Datum		values[3];
	SqlScope	scope;
	IdentifierKind kind;
	bytea	   *hash;
	bool		isnull;

	require_read_committed("retract_suppression()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the suppression to retract must not be null")));
	if (PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs a reason", "a retraction"),
				 errhint("Say why: reason => '...'.")));
	scope = sql_begin(sql_owner());
	standing_lock_all();
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = CStringGetTextDatum(GetUserNameFromId(scope.saved_user, false));
	if (sql_run("INSERT INTO aiconsent.suppression"
				" (kind, reason, recorded_by, retracts)"
				" SELECT s.kind, $2, $3, s.id FROM aiconsent.suppression s"
				" WHERE s.id = $1 AND s.retracts IS NULL"
				"  AND NOT EXISTS (SELECT FROM aiconsent.suppression r"
				"   WHERE r.retracts = s.id)"
				" RETURNING kind, (SELECT s.identifier"
				"  FROM aiconsent.suppression s WHERE s.id = $1)",
				3, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("there is no such suppression, or it is retracted already"),
				 errhint("Suppressions are listed in aiconsent.suppression.")));
	if (!identifier_kind_of_text(sql_text_column(0, 1), &kind))
		elog(ERROR, "unknown kind of identifier");
	hash = (bytea *) PG_DETOAST_DATUM_COPY(sql_column(0, 2, &isnull));
	judge_members_with(kind, identity_secret(), hash, scope.saved_user);
	sql_end(&scope);
	PG_RETURN_VOID();
}
