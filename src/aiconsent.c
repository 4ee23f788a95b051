/*
 * aiconsent.c: what happens when the library is loaded?
 */
#include "compat.h"
#include "field.h"
#include "findings.h"
#include "grant.h"
#include "kept.h"
#include "own_words.h"
#include "policy.h"
#include "pseudonym.h"
#include "registry.h"
#include "window.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	kept_init();
	policy_init();
	registry_init();
	own_words_init();
	pseudonym_init();
	field_init();
	grant_init();
	findings_init();
	window_init();
}
