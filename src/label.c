/*
 * label.c: what is a sensitivity, and does it flow?
 *
 * A category stands for itself and all that is below it, so a label stands
 * for a level and a set of names that is closed downwards; what is written is
 * the tops of that set.  Flowing is to be contained, the join is the union and
 * the meet the intersection.
 *
 * '.' sorts before every other byte of a name ('0', '_', 'a').  Therefore all
 * that is below a category follows it in the bytewise order without a gap, and
 * a name that is below any of some tops is below the last of them that does
 * not sort after it.  The code leans on that wherever it looks at one only.
 */
#include "label.h"

#include <string.h>

/* A piece of somebody's text, not terminated. */
typedef struct Span
{
	const char *at;
	size_t		len;
} Span;

static const char *const level_names[] =
{"public", "personal", "sensitive", "never"};

/* Below these no policy can reach, whatever level was written. */
static const char *const floor_roots[] =
{"message", "salary", "credential", "payment", "application"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static Span
span(const char *at, size_t len)
{
	Span		result;

	result.at = at;
	result.len = len;
	return result;
}

/* Neither the locale nor a high byte has a say, unlike in isspace(). */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static Span
trim(const char *at, size_t len)
{
	while (len > 0 && is_space(at[0]))
	{
		at++;
		len--;
	}
	while (len > 0 && is_space(at[len - 1]))
		len--;
	return span(at, len);
}

/* Is it one or more of [a-z][a-z0-9_]* with dots between them? */
static bool
well_formed(Span name)
{
	bool		inside = false;

	for (size_t i = 0; i < name.len; i++)
	{
		char		c = name.at[i];

		if (c >= 'a' && c <= 'z')
			inside = true;
		else if (inside && c == '.')
			inside = false;
		else if (!inside || !((c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return inside;
}

static int
compare_names(Span a, Span b)
{
	size_t		shorter = a.len < b.len ? a.len : b.len;
	int			order = memcmp(a.at, b.at, shorter);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* Is it equal to or below the other?  Whole components count. */
static bool
admits(Span above, Span name)
{
	return name.len >= above.len &&
		memcmp(name.at, above.at, above.len) == 0 &&
		(name.len == above.len || name.at[above.len] == '.');
}

static Span
category(const Label *label, int i)
{
	return span(label->category[i], strlen(label->category[i]));
}

/*
 * Is the name admitted by any category of the label?  Only the last one that
 * does not sort after it can do that.
 */
static bool
label_admits(const Label *label, Span name)
{
	int			first = 0;
	int			end = label->ncategories;

	while (first < end)
	{
		int			middle = (first + end) / 2;

		if (compare_names(category(label, middle), name) <= 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first > 0 && admits(category(label, first - 1), name);
}

static bool
touches_floor(const Label *label)
{
	for (int i = 0; i < label->ncategories; i++)
	{
		for (size_t r = 0; r < LENGTH(floor_roots); r++)
		{
			Span		root = span(floor_roots[r], strlen(floor_roots[r]));

			if (admits(root, category(label, i)))
				return true;
		}
	}
	return false;
}

/* An empty label to append to: unused bytes are zero. */
static void
begin(Label *label, LabelLevel level)
{
	memset(label, 0, sizeof(*label));
	label->level = level;
}

/*
 * Add a name that sorts at or after the last one, unless that admits it.
 * False is that there is no room.
 */
static bool
append(Label *label, Span name)
{
	int			n = label->ncategories;

	if (n > 0 && admits(category(label, n - 1), name))
		return true;
	if (n == LABEL_MAX_CATEGORIES)
		return false;
	memcpy(label->category[n], name.at, name.len);
	label->category[n][name.len] = '\0';
	label->ncategories++;
	return true;
}

/* The end of whatever makes a label: the floor, and only now the result. */
static bool
finish(Label *label, Label *out)
{
	if (label->level != LABEL_NEVER && touches_floor(label))
		label->level = LABEL_NEVER;
	*out = *label;
	return true;
}

/* Offsets count from the origin, the beginning of what the caller gave. */
static bool
fail(LabelError *err, LabelFault fault, const char *origin, Span excerpt)
{
	err->fault = fault;
	err->at = excerpt.at - origin;
	err->len = excerpt.len;
	return false;
}

/* Take the next name of a list that is not blank; false is the list's end. */
static bool
next_name(Span list, size_t *pos, Span *name)
{
	const char *start;
	const char *comma;
	size_t		len;

	if (*pos > list.len)
		return false;
	start = list.at + *pos;
	len = list.len - *pos;
	comma = memchr(start, ',', len);
	if (comma != NULL)
		len = comma - start;
	*name = trim(start, len);
	*pos += len + 1;
	return true;
}

static bool
check_names(Span list, const char *origin, LabelError *err)
{
	size_t		pos = 0;
	Span		name;

	while (next_name(list, &pos, &name))
	{
		if (!well_formed(name))
			return fail(err, LABEL_BAD_CATEGORY, origin, name);
		if (name.len > LABEL_MAX_NAME)
			return fail(err, LABEL_CATEGORY_TOO_LONG, origin, name);
	}
	return true;
}

/*
 * Find the first name of the list, in bytewise order, that sorts after the
 * last one found and is not below it.
 */
static bool
next_in_order(Span list, const Span *last, Span *found)
{
	size_t		pos = 0;
	Span		name;

	found->at = NULL;
	while (next_name(list, &pos, &name))
	{
		if (last != NULL &&
			(compare_names(name, *last) <= 0 || admits(*last, name)))
			continue;
		if (found->at == NULL || compare_names(name, *found) < 0)
			*found = name;
	}
	return found->at != NULL;
}

/*
 * Sort by selection, straight from the text: at most one pass for each
 * category that is kept and one more.  So the limit counts what is kept,
 * however often and in whichever order it was written, and no room is needed
 * for what is not.
 */
static bool
read_list(LabelLevel level, Span list, const char *origin, Label *out,
		  LabelError *err)
{
	Label		label;
	Span		last;
	Span		name;

	begin(&label, level);
	list = trim(list.at, list.len);
	if (list.len > 0)
	{
		if (!check_names(list, origin, err))
			return false;
		for (bool more = next_in_order(list, NULL, &name); more;
			 more = next_in_order(list, &last, &name))
		{
			if (!append(&label, name))
				return fail(err, LABEL_TOO_MANY_CATEGORIES, origin, list);
			last = name;
		}
	}
	return finish(&label, out);
}

static bool
read_level(Span name, LabelLevel *level)
{
	for (size_t i = 0; i < LENGTH(level_names); i++)
	{
		if (compare_names(name, span(level_names[i],
									 strlen(level_names[i]))) == 0)
		{
			*level = (LabelLevel) i;
			return true;
		}
	}
	return false;
}

/* What stands between the braces, of a text that begins with one. */
static bool
read_braces(Span rest, const char *origin, Span *list, LabelError *err)
{
	const char *end = rest.at + rest.len;
	const char *brace = memchr(rest.at, '}', rest.len);
	Span		tail;

	if (brace == NULL)
		return fail(err, LABEL_NOT_CLOSED, origin, span(end, 0));
	tail = trim(brace + 1, end - brace - 1);
	if (tail.len > 0)
		return fail(err, LABEL_BAD_TAIL, origin, tail);
	*list = span(rest.at + 1, brace - rest.at - 1);
	return true;
}

bool
label_from_list(LabelLevel level, const char *list, size_t len, Label *out,
				LabelError *err)
{
	Span		all = span(list, len);

	if (len > LABEL_MAX_INPUT)
		return fail(err, LABEL_INPUT_TOO_LONG, list, all);
	if ((unsigned int) level > LABEL_NEVER)
		return fail(err, LABEL_BAD_LEVEL, list, span(list, 0));
	return read_list(level, all, list, out, err);
}

bool
label_parse(const char *text, size_t len, Label *out, LabelError *err)
{
	const char *brace;
	LabelLevel	level;
	Span		name;
	Span		list = span(text, 0);

	if (len > LABEL_MAX_INPUT)
		return fail(err, LABEL_INPUT_TOO_LONG, text, span(text, len));

	brace = memchr(text, '{', len);
	name = trim(text, brace == NULL ? len : (size_t) (brace - text));
	if (!read_level(name, &level))
		return fail(err, LABEL_BAD_LEVEL, text, name);
	if (brace != NULL &&
		!read_braces(span(brace, len - (brace - text)), text, &list, err))
		return false;
	return read_list(level, list, text, out, err);
}

/* Write a string at a place of the buffer; the place after it. */
static size_t
put(char *buf, size_t size, size_t at, const char *string)
{
	for (; *string != '\0'; string++, at++)
	{
		if (at + 1 < size)
			buf[at] = *string;
	}
	if (size > 0)
		buf[at < size ? at : size - 1] = '\0';
	return at;
}

static size_t
put_list(const Label *label, char *buf, size_t size, size_t at)
{
	at = put(buf, size, at, "");
	for (int i = 0; i < label->ncategories; i++)
	{
		if (i > 0)
			at = put(buf, size, at, ",");
		at = put(buf, size, at, label->category[i]);
	}
	return at;
}

size_t
label_print_list(const Label *label, char *buf, size_t size)
{
	return put_list(label, buf, size, 0);
}

size_t
label_print(const Label *label, char *buf, size_t size)
{
	size_t		at = put(buf, size, 0, level_names[label->level]);

	if (label->ncategories > 0)
	{
		at = put(buf, size, at, "{");
		at = put_list(label, buf, size, at);
		at = put(buf, size, at, "}");
	}
	return at;
}

const char *
label_level_name(LabelLevel level)
{
	return level_names[level];
}

bool
label_flows(const Label *a, const Label *b)
{
	if (a->level > b->level)
		return false;
	for (int i = 0; i < a->ncategories; i++)
	{
		if (!label_admits(b, category(a, i)))
			return false;
	}
	return true;
}

/*
 * Append the categories of both in order: all of them, or only those that the
 * other one admits.
 */
static bool
merge(const Label *a, const Label *b, bool common, Label *result)
{
	int			i = 0;
	int			j = 0;

	while (i < a->ncategories || j < b->ncategories)
	{
		bool		from_a;
		Span		name;

		if (i == a->ncategories)
			from_a = false;
		else if (j == b->ncategories)
			from_a = true;
		else
			from_a = strcmp(a->category[i], b->category[j]) <= 0;
		name = from_a ? category(a, i++) : category(b, j++);

		if (common && !label_admits(from_a ? b : a, name))
			continue;
		if (!append(result, name))
			return false;
	}
	return true;
}

bool
label_join(const Label *a, const Label *b, Label *out)
{
	Label		result;

	begin(&result, a->level > b->level ? a->level : b->level);
	if (!merge(a, b, false, &result))
		return false;
	return finish(&result, out);
}

/*
 * A meet can need more room than either: of {p,q.a,q.b} and {q,p.a,p.b} it is
 * {p.a,p.b,q.a,q.b}.  The floor asks nothing here: a category of the meet that
 * it has is in or below one of each argument, so both are at never already.
 */
bool
label_meet(const Label *a, const Label *b, Label *out)
{
	Label		result;

	begin(&result, a->level < b->level ? a->level : b->level);
	if (!merge(a, b, true, &result))
		return false;
	return finish(&result, out);
}

/*
 * One category after the other is the order of the list's bytes, for ','
 * sorts before every byte of a name, and the end before that.
 */
int
label_compare(const Label *a, const Label *b)
{
	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	for (int i = 0; i < a->ncategories && i < b->ncategories; i++)
	{
		int			order = strcmp(a->category[i], b->category[i]);

		if (order != 0)
			return order < 0 ? -1 : 1;
	}
	if (a->ncategories != b->ncategories)
		return a->ncategories < b->ncategories ? -1 : 1;
	return 0;
}

bool
label_valid(const Label *label)
{
	if ((unsigned int) label->level > LABEL_NEVER ||
		label->ncategories < 0 || label->ncategories > LABEL_MAX_CATEGORIES)
		return false;
	for (int i = 0; i < label->ncategories; i++)
	{
		const char *name = label->category[i];

		if (memchr(name, '\0', LABEL_MAX_NAME + 1) == NULL ||
			!well_formed(category(label, i)))
			return false;
		if (i > 0 &&
			(compare_names(category(label, i - 1), category(label, i)) >= 0 ||
			 admits(category(label, i - 1), category(label, i))))
			return false;
	}
	return label->level == LABEL_NEVER || !touches_floor(label);
}
