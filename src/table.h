/*
 * table.h: how is a user's table read?
 *
 * As its owner, as the server does for foreign keys, and in a security-
 * restricted operation: whoever may change a table cannot make a more
 * powerful role read another through it, nor leave anything behind.  Within
 * sql_begin(sql_owner()).
 */
#ifndef AICONSENT_TABLE_H
#define AICONSENT_TABLE_H

#include "postgres.h"

#include "registry.h"

/* The subjects that are asked about, in the order of their keys, each once. */
typedef struct Asked
{
	int			n;
	char	   *const *keys;
	Datum		array;			/* the same as text[] */
	const char *type;			/* of the key, for use in a command */
	MemoryContext context;		/* of what is found */
} Asked;

extern Asked table_ask(char *const *keys, int nkeys);

/*
 * Do that in a subtransaction.  False where it fails by an error that a table's
 * owner or a value can be the cause of, which must not stop the statement of
 * somebody else; what concerns the whole transaction is thrown.
 */
extern bool table_try(void (*work) (void *), void *argument);

/*
 * Their rows, in SPI_tuptable: the subject's key as text, then the columns in
 * these roles, NULL for one that is not declared; condition can be NULL.
 * False, and no rows, where the table cannot be read.
 */
extern bool table_rows(const Binding *binding, const char *key_role,
					   const char *const *roles, const char *condition,
					   const Asked *asked, uint64 *count);

/* Which of the subjects is the row of SPI_tuptable about? */
extern int	table_subject(const Asked *asked, uint64 row);

/*
 * All of its rows, some at a time: the key as text, then the columns.  take()
 * finds them in SPI_tuptable.
 */
typedef void (*TableTake) (const Binding *binding, uint64 count, void *context);
extern void table_scan(const Binding *binding, const char *key_role,
					   const char *const *roles, const char *condition,
					   TableTake take, void *context);

#endif							/* AICONSENT_TABLE_H */
