/*
 * aiconsent.c: what happens when the library is loaded?
 */
#include "compat.h"
#include "field.h"
#include "window.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	field_init();
	window_init();
}
