/*
 * label.h: what is a sensitivity, and does it flow?
 *
 * A label is what a field holds, or what a purpose may use: a level and a set
 * of categories, written level{category,category}.  Pure C without any header
 * of the server, so that it can be read, compiled and fuzzed alone; nothing is
 * allocated and every loop is bounded by the limits below.
 */
#ifndef AICONSENT_LABEL_H
#define AICONSENT_LABEL_H

#include <stdbool.h>
#include <stddef.h>

#define LABEL_MAX_CATEGORIES	32
#define LABEL_MAX_NAME			63	/* bytes of a category's whole name */
#define LABEL_MAX_INPUT			65536	/* bytes of text that are looked at */

/* Buffers that hold any label: its categories with commas, and all of it. */
#define LABEL_MAX_LIST	(LABEL_MAX_CATEGORIES * (LABEL_MAX_NAME + 1))
#define LABEL_MAX_TEXT	(LABEL_MAX_LIST + (sizeof("sensitive{}") - 1))

/* The numbers are on disk and on the wire: only ever append. */
typedef enum LabelLevel
{
	LABEL_PUBLIC = 0,			/* not about a person */
	LABEL_PERSONAL = 1,			/* released where the clearance admits it */
	LABEL_SENSITIVE = 2,		/* as personal, and on a grant only */
	LABEL_NEVER = 3				/* released by no policy */
} LabelLevel;

/*
 * A label, always in its one canonical form: the categories are sorted
 * bytewise, none is equal to or below another, and one of the floor's raises
 * the level to never.  Two labels are the same exactly if they print the same.
 */
typedef struct Label
{
	LabelLevel	level;
	int			ncategories;
	char		category[LABEL_MAX_CATEGORIES][LABEL_MAX_NAME + 1];
} Label;

/* Why a text is no label. */
typedef enum LabelFault
{
	LABEL_INPUT_TOO_LONG,		/* longer than LABEL_MAX_INPUT */
	LABEL_BAD_LEVEL,			/* not one of the levels, or missing */
	LABEL_NOT_CLOSED,			/* no closing brace */
	LABEL_BAD_TAIL,				/* something after the closing brace */
	LABEL_BAD_CATEGORY,			/* not a dotted name, or missing */
	LABEL_CATEGORY_TOO_LONG,	/* longer than LABEL_MAX_NAME */
	LABEL_TOO_MANY_CATEGORIES	/* more than LABEL_MAX_CATEGORIES */
} LabelFault;

/* The caller words the message; the excerpt is text[at .. at + len). */
typedef struct LabelError
{
	LabelFault	fault;
	size_t		at;
	size_t		len;			/* 0 where something is missing */
} LabelError;

/*
 * What can fail returns false and leaves *out alone, so nobody may pass over
 * that.  The result of a join or a meet may take the place of an argument.
 */
#if defined(__GNUC__)
#define LABEL_CHECKED	__attribute__((warn_unused_result))
#else
#define LABEL_CHECKED
#endif

/* Read the text form, whatever its order, duplicates and white space. */
extern bool label_parse(const char *text, size_t len, Label *out,
						LabelError *err) LABEL_CHECKED;

/* Make a label of a level and the text between the braces. */
extern bool label_from_list(LabelLevel level, const char *list, size_t len,
							Label *out, LabelError *err) LABEL_CHECKED;

/*
 * Write the text form, or the part between the braces.  Like snprintf: always
 * terminated, and the result is the length that a large enough buffer gets.
 */
extern size_t label_print(const Label *label, char *buf, size_t size);
extern size_t label_print_list(const Label *label, char *buf, size_t size);

extern const char *label_level_name(LabelLevel level);

/* May what is labelled a go where b is allowed? */
extern bool label_flows(const Label *a, const Label *b);

/*
 * Least upper and greatest lower bound.  False is more categories than a label
 * takes: a meet too can have more than either argument.
 */
extern bool label_join(const Label *a, const Label *b,
					   Label *out) LABEL_CHECKED;
extern bool label_meet(const Label *a, const Label *b,
					   Label *out) LABEL_CHECKED;

/*
 * A total order for sorting only, by level and then by the bytes of the list:
 * what compares lower need not flow.
 */
extern int	label_compare(const Label *a, const Label *b);

/* Is it canonical and within the limits?  Any bytes may be asked. */
extern bool label_valid(const Label *label);

#endif							/* AICONSENT_LABEL_H */
