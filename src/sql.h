/*
 * sql.h: as whom, and with which search_path, does our own SQL run?
 */
#ifndef AICONSENT_SQL_H
#define AICONSENT_SQL_H

#include "postgres.h"

#include "executor/spi.h"

#define SCHEMA_NAME "aiconsent"

/* What sql_begin() changed and sql_end() puts back. */
typedef struct SqlScope
{
	Oid			saved_user;
	int			saved_context;
	int			guc_level;
	bool		saved_read_only;
} SqlScope;

/* Our schema, a table in it, and the role that owns all of it. */
extern Oid	sql_schema(void);
extern Oid	sql_table(const char *name);
extern Oid	sql_owner(void);

/* Has nothing ever been in our table, as far as its size tells? */
extern bool sql_is_empty(const char *table);

/*
 * Between these two, SQL runs as the role, with a search_path that only the
 * server's own objects are on, whatever the caller's session has set.  An
 * error puts everything back by itself, as the transaction or subtransaction
 * ends.
 */
extern SqlScope sql_begin(Oid role);

/* The same for functions that only read: under the caller's own snapshot. */
extern SqlScope sql_begin_read(Oid role);
extern void sql_end(SqlScope *scope);

/*
 * Run one command on our own tables; values and nulls as SPI has them (nulls
 * NULL: none is).  Its plan is kept, so it must be right for tables of any
 * size: many keys are looked up by a LATERAL subquery with OFFSET 0, which
 * can only become an index look-up for each.  Returns the number of rows;
 * rows of a query are in SPI_tuptable.
 */
extern uint64 sql_run(const char *command, int nargs, Oid *types,
					  Datum *values, const char *nulls);

/*
 * The same without parameters, and not by the transaction's snapshot: what is
 * committed now, and what this transaction itself wrote before.
 */
extern uint64 sql_run_now(const char *command);

/*
 * The same where an older snapshot must not decide: as committed now, unless
 * the scope only reads.
 */
extern uint64 sql_run_committed(const char *command, int nargs, Oid *types,
								Datum *values, const char *nulls);

/*
 * The same as another role, for reading a user's table as its owner: planned
 * for this one time where many keys are asked for, since who knows its
 * indexes; for few, the plan is kept and goes by an index if there is one.
 */
extern uint64 sql_run_as(Oid role, const char *command, int nargs, Oid *types,
						 Datum *values, const char *nulls, bool few);

/*
 * Between these two, code of the role's can run: as that role, and it leaves
 * nothing behind, no deferred trigger, no role and no setting.
 */
typedef struct SqlRestriction
{
	Oid			saved_user;
	int			saved_context;
	int			guc_level;
} SqlRestriction;

extern SqlRestriction sql_restrict(Oid role);
extern void sql_unrestrict(const SqlRestriction *restriction);

/* Run one command made by psprintf's rules, without parameters. */
extern uint64 sql_runf(const char *format,...) pg_attribute_printf(1, 2);

/*
 * Do work in a subtransaction.  False where it raised an error that is theirs
 * whose code or values it is about; any other is raised.
 */
extern bool sql_try(void (*work) (void *), void *argument,
					bool (*is_theirs) (int sqlerrcode));

/* One column (from 1 on) of a row of SPI_tuptable. */
extern Datum sql_column(uint64 row, int column, bool *isnull);
extern char *sql_text_column(uint64 row, int column);

/* A relation's name, qualified and quoted for use in a command. */
extern char *sql_relation(Oid relid);

extern Oid	sql_relation_owner(Oid relid);

/* The type's output for a value that is not NULL. */
extern char *sql_output(Datum value, Oid type);

/* A text argument of a function; NULL for NULL. */
extern char *sql_text_argument(FunctionCallInfo fcinfo, int argument);

/* A text[] of these. */
extern Datum sql_text_array(char *const *texts, int n);

#endif							/* AICONSENT_SQL_H */
