/*
 * binding.h: how is a declaration made, and how does it end?
 */
#ifndef AICONSENT_BINDING_H
#define AICONSENT_BINDING_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "registry.h"

/* The target list of a binding's view while it is put together. */
typedef struct BindingColumns
{
	StringInfoData list;
} BindingColumns;

extern void bind_column(BindingColumns *columns, Oid relid, AttrNumber attno,
						const char *role);
extern void bind_expression(BindingColumns *columns, const char *sql,
							const char *role);

/* What else a declaration says. */
typedef struct BindingOptions
{
	const char *purpose;
	bool		undated;
	const char *reason;
} BindingOptions;

/* Within sql_begin(sql_owner()). */
extern void binding_create(BindingKind kind, Oid relid,
						   const BindingColumns *columns,
						   BindingOptions options, Oid actor);

/* Give a column of a binding another expression, or add it. */
extern void binding_set(const Binding *binding, const char *role,
						const char *sql);

/* The triggers of a table of evidence and of all its partitions. */
extern void binding_create_triggers(Oid relid);
extern void binding_drop_triggers(Oid relid);

/* Those of this table that are there, each in its own way. */
extern void binding_enable_triggers(Oid relid);

/* Error where the table is declared so already; purpose NULL: for any. */
extern void binding_refuse_second(BindingKind kind, Oid relid,
								  const char *purpose);

#endif							/* AICONSENT_BINDING_H */
