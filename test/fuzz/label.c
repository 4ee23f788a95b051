/*
 * label.c: does label.c keep its promises for any bytes?
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined -Isrc \
 *		test/fuzz/label.c src/label.c -o label
 *	./label -max_total_time=60
 *
 * An input's first byte says how it is read: as up to three texts, one a
 * line; as a list and as the memory of a label; or as small numbers that name
 * categories of a small tree, where ancestors, duplicates and the limit are
 * frequent.  Of the last, what must come out is computed here once more, from
 * the definition and without any of the sorting.
 *
 * All that costs a hundred times what parsing does, so of most inputs only the
 * parser's own promise is checked: what is read prints in a form that reads
 * the same.  Which inputs are checked thoroughly is decided by their bytes, so
 * that a finding can be repeated.
 */
#include "label.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABELS		3
#define MAX_NAMES	40			/* past the limit of 32 */

#define CHECK(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
same(const Label *a, const Label *b)
{
	return label_compare(a, b) == 0;
}


/*
 * One label
 */

/* Written in any way that means the same, it reads as the same. */
static void
check_rewritten(const Label *label)
{
	char		input[2 * LABEL_MAX_TEXT + 64];
	size_t		len;
	Label		again;
	LabelError	err;

	len = sprintf(input, "\t%s\v{", label_level_name(label->level));
	for (int i = label->ncategories - 1; i >= 0; i--)
		len += sprintf(input + len, "%s \n,\r\f%s%s", label->category[i],
					   label->category[i], i > 0 ? "," : "");
	len += sprintf(input + len, " } ");
	CHECK(label_parse(input, len, &again, &err));
	CHECK(same(label, &again));
	input[len] = 'x';
	CHECK(!label_parse(input, len + 1, &again, &err));
}

/* What a name of the floor is, and a name, read off the definition. */
static bool
is_floor(const char *name)
{
	static const char *const roots[] =
	{"message", "salary", "credential", "payment", "application"};
	size_t		root_len = strcspn(name, ".");

	for (int i = 0; i < 5; i++)
	{
		if (strlen(roots[i]) == root_len &&
			strncmp(name, roots[i], root_len) == 0)
			return true;
	}
	return false;
}

static void
check_name(const char *name)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyz0123456789_.";

	CHECK(strlen(name) <= LABEL_MAX_NAME);
	CHECK(name[strspn(name, letters)] == '\0');
	CHECK(*name >= 'a' && *name <= 'z');
	for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.'))
		CHECK(dot[1] >= 'a' && dot[1] <= 'z');
}

/* Only the level that the floor leaves is valid. */
static void
check_names(const Label *label)
{
	bool		floored = false;
	Label		other = *label;

	for (int i = 0; i < label->ncategories; i++)
	{
		check_name(label->category[i]);
		floored = floored || is_floor(label->category[i]);
	}
	for (int level = -1; level <= LABEL_NEVER + 1; level++)
	{
		other.level = (LabelLevel) level;
		CHECK(label_valid(&other) ==
			  (level == LABEL_NEVER || (level >= LABEL_PUBLIC &&
										level < LABEL_NEVER && !floored)));
	}
}

/*
 * Not a byte past the end is looked at, and with a dot in any place it is
 * still made of names, if of anything.
 */
static void
check_exact(const Label *label, const char *list, size_t len)
{
	char	   *exact = malloc(len);
	Label		again;
	LabelError	err;

	memcpy(exact, list, len);
	CHECK(label_from_list(label->level, exact, len, &again, &err));
	CHECK(same(label, &again));
	for (size_t i = 0; i < len && label->ncategories <= 4; i++)
	{
		char		byte = exact[i];

		exact[i] = '.';
		if (label_from_list(label->level, exact, len, &again, &err))
			check_names(&again);
		exact[i] = byte;
	}
	free(exact);
}

/* A buffer of any size takes a terminated beginning, and no more. */
static void
check_short_buffers(const Label *label, const char *whole, size_t len)
{
	size_t		sizes[] = {0, 1, 2, len / 2, len, len + 1};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		size_t		size = sizes[i];
		char	   *buf = malloc(size);

		CHECK(label_print(label, buf, size) == len);
		if (size > 0)
		{
			size_t		shown = size - 1 < len ? size - 1 : len;

			CHECK(memcmp(buf, whole, shown) == 0 && buf[shown] == '\0');
		}
		free(buf);
	}
}

static void
check_label(const Label *label)
{
	char		whole[LABEL_MAX_TEXT];
	char		list[LABEL_MAX_LIST];
	size_t		len = label_print(label, whole, sizeof(whole));
	size_t		list_len = label_print_list(label, list, sizeof(list));
	Label		again;
	LabelError	err;

	CHECK(label_valid(label));
	CHECK(len < sizeof(whole) && len == strlen(whole));
	CHECK(list_len < sizeof(list) && list_len == strlen(list));
	CHECK(label_parse(whole, len, &again, &err) && same(label, &again));
	CHECK(label_flows(label, label));
	check_exact(label, list, list_len);
	check_names(label);
	check_rewritten(label);
	check_short_buffers(label, whole, len);
}

/* Read somebody's text; what fails points into it and makes no label. */
static bool
read_text(const char *input, size_t len, Label *label)
{
	Label		before;
	LabelError	err;

	memset(label, 0x5a, sizeof(*label));
	before = *label;
	if (label_parse(input, len, label, &err))
	{
		check_label(label);
		return true;
	}
	CHECK(memcmp(label, &before, sizeof(before)) == 0);
	CHECK(err.fault <= LABEL_TOO_MANY_CATEGORIES);
	CHECK(err.at <= len && err.len <= len - err.at);
	return false;
}


/*
 * Two and three
 */

static int
sign(int n)
{
	return n < 0 ? -1 : n > 0;
}

static void
check_order(const Label *a, const Label *b)
{
	char		a_list[LABEL_MAX_LIST];
	char		b_list[LABEL_MAX_LIST];
	int			expected = (int) a->level - (int) b->level;

	label_print_list(a, a_list, sizeof(a_list));
	label_print_list(b, b_list, sizeof(b_list));
	if (expected == 0)
		expected = strcmp(a_list, b_list);
	CHECK(label_compare(a, b) == sign(expected));
	CHECK(label_compare(b, a) == -sign(expected));
}

static void
check_pair(const Label *a, const Label *b)
{
	Label		bound;
	Label		other;

	check_order(a, b);
	CHECK((label_flows(a, b) && label_flows(b, a)) == same(a, b));

	if (label_join(a, b, &bound))
	{
		CHECK(label_valid(&bound));
		CHECK(label_flows(a, &bound) && label_flows(b, &bound));
		CHECK(label_flows(a, b) == same(&bound, b));
		CHECK(label_join(b, a, &other) && same(&bound, &other));
		CHECK(label_meet(a, &bound, &other) && same(&other, a));
	}
	else
		CHECK(!label_flows(a, b) && !label_flows(b, a));

	if (label_meet(a, b, &bound))
	{
		CHECK(label_valid(&bound));
		CHECK(label_flows(&bound, a) && label_flows(&bound, b));
		CHECK(label_flows(a, b) == same(&bound, a));
		CHECK(label_meet(b, a, &other) && same(&bound, &other));
		CHECK(label_join(a, &bound, &other) && same(&other, a));
	}
	else
		CHECK(!label_flows(a, b) && !label_flows(b, a));
}

/* Associative, where there is room on both ways. */
static void
check_grouping(bool (*bound) (const Label *, const Label *, Label *),
			   const Label *a, const Label *b, const Label *c)
{
	Label		left;
	Label		right;

	if (bound(a, b, &left) && bound(&left, c, &left) &&
		bound(b, c, &right) && bound(a, &right, &right))
		CHECK(same(&left, &right));
}

static void
check_triple(const Label *a, const Label *b, const Label *c)
{
	Label		bound;
	Label		left;
	Label		right;

	if (label_flows(a, b) && label_flows(b, c))
		CHECK(label_flows(a, c));
	if (label_compare(a, b) <= 0 && label_compare(b, c) <= 0)
		CHECK(label_compare(a, c) <= 0);
	if (label_join(a, b, &bound))
		CHECK(label_flows(&bound, c) ==
			  (label_flows(a, c) && label_flows(b, c)));
	if (label_meet(a, b, &bound))
		CHECK(label_flows(c, &bound) ==
			  (label_flows(c, a) && label_flows(c, b)));
	check_grouping(label_join, a, b, c);
	check_grouping(label_meet, a, b, c);

	/* Sets closed downwards make a distributive lattice. */
	if (label_join(b, c, &bound) && label_meet(a, &bound, &left) &&
		label_meet(a, b, &bound) && label_meet(a, c, &right) &&
		label_join(&bound, &right, &right))
		CHECK(same(&left, &right));
}

static void
check_laws(const Label *labels, int n)
{
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j <= i; j++)
			check_pair(&labels[i], &labels[j]);
	}
	if (n == 3)
	{
		check_triple(&labels[0], &labels[1], &labels[2]);
		check_triple(&labels[1], &labels[2], &labels[0]);
		check_triple(&labels[2], &labels[1], &labels[0]);
	}
}


/*
 * From the definition, once more
 */

typedef struct Names
{
	LabelLevel	level;
	int			count;
	char		name[2 * MAX_NAMES][LABEL_MAX_NAME + 1];
} Names;

/*
 * What stands in the name after the other one: '.' is below it, nothing is
 * the same name.  By hand, for the sanitizers make strncmp() slow.
 */
static char
after(const char *name, const char *above)
{
	while (*above != '\0' && *name == *above)
	{
		name++;
		above++;
	}
	return *above == '\0' ? *name : '?';
}

static bool
below(const char *name, const char *above)
{
	return after(name, above) == '.';
}

static bool
equal(const char *name, const char *other)
{
	return after(name, other) == '\0';
}

static bool
among(const Names *names, const char *name)
{
	for (int i = 0; i < names->count; i++)
	{
		if (equal(name, names->name[i]) || below(name, names->name[i]))
			return true;
	}
	return false;
}

/* Is it the first of its like and below no other? */
static bool
is_top(const Names *names, int i)
{
	for (int j = 0; j < names->count; j++)
	{
		if (below(names->name[i], names->name[j]) ||
			(j < i && equal(names->name[i], names->name[j])))
			return false;
	}
	return true;
}

static void
add(Names *names, const char *name)
{
	strcpy(names->name[names->count++], name);
}

/* Is the label what these names mean, or were they too many for one? */
static void
check_means(bool made, const Label *label, const Names *names)
{
	int			tops = 0;
	bool		never = names->level == LABEL_NEVER;

	for (int i = 0; i < names->count; i++)
	{
		bool		found = false;

		if (!is_top(names, i))
			continue;
		tops++;
		for (int j = 0; made && j < label->ncategories; j++)
			found = found || equal(names->name[i], label->category[j]);
		CHECK(found == made);
		if (is_floor(names->name[i]))
			never = true;
	}
	CHECK(made == (tops <= LABEL_MAX_CATEGORIES));
	if (made)
	{
		CHECK(label->ncategories == tops);
		CHECK(label->level == (never ? LABEL_NEVER : names->level));
	}
}

/* A category of a tree of eight roots; the longest takes all 63 bytes. */
static void
name_of(int root, int leaf, int depth, char *name)
{
	static const char *const roots[] = {"a", "a0", "a_",
	"salary", "message", "credential", "payment", "application"};
	static const char *const parts[] = {"a", "a0", "a_",
	"b", "b.c", "salary", "z", "zzzzzzzzzzzzzzzzzzzzzzzzz"};

	strcpy(name, roots[root]);
	if (depth > 1)
		strcat(strcat(name, "."), parts[leaf / 8 % 8]);
	if (depth > 2)
		strcat(strcat(name, "."), parts[leaf % 8]);
}

/* Two bytes are a run of neighbours: where it begins and how many they are. */
static void
read_names(const uint8_t *data, size_t size, Names *names)
{
	names->count = 0;
	names->level = size > 0 ? (LabelLevel) (data[0] & 3) : LABEL_PUBLIC;
	for (size_t i = 1; i + 1 < size; i += 2)
	{
		int			leaf = data[i + 1] >> 2 & 56;
		int			run = data[i + 1] & 31;

		for (; run >= 0 && names->count < MAX_NAMES; run--)
		{
			name_of(data[i] & 7, leaf++, 1 + (data[i] >> 3) % 3,
					names->name[names->count]);
			names->count++;
		}
	}
}

static bool
make_label(const Names *names, Label *label)
{
	char		input[MAX_NAMES * (LABEL_MAX_NAME + 1) + 32];
	size_t		len;
	LabelError	err;
	bool		made;

	len = sprintf(input, "%s{", label_level_name(names->level));
	for (int i = 0; i < names->count; i++)
		len += sprintf(input + len, "%s%s", i > 0 ? "," : "", names->name[i]);
	len += sprintf(input + len, "}");
	made = label_parse(input, len, label, &err);
	CHECK(made || err.fault == LABEL_TOO_MANY_CATEGORIES);
	check_means(made, label, names);
	if (made)
		check_label(label);
	return made;
}

static void
check_bounds_mean(const Label *a, const Names *a_names,
				  const Label *b, const Names *b_names)
{
	Label		bound;
	Names		names;
	bool		flows = a->level <= b->level;

	names.count = 0;
	names.level = a->level > b->level ? a->level : b->level;
	for (int i = 0; i < a_names->count; i++)
		add(&names, a_names->name[i]);
	for (int i = 0; i < b_names->count; i++)
		add(&names, b_names->name[i]);
	check_means(label_join(a, b, &bound), &bound, &names);

	names.count = 0;
	names.level = a->level < b->level ? a->level : b->level;
	for (int i = 0; i < a_names->count; i++)
	{
		if (among(b_names, a_names->name[i]))
			add(&names, a_names->name[i]);
		else
			flows = false;
	}
	for (int i = 0; i < b_names->count; i++)
	{
		if (among(a_names, b_names->name[i]))
			add(&names, b_names->name[i]);
	}
	check_means(label_meet(a, b, &bound), &bound, &names);
	CHECK(label_flows(a, b) == flows);
}


/*
 * The three readings of an input
 */

/* A line that begins with the number of a level is read with its name too. */
static bool
read_line(const char *line, size_t len, Label *label)
{
	char		input[4096];
	int			name_len;

	if (len == 0 || line[0] < '0' || line[0] > '3' || len > 4000)
		return read_text(line, len, label);
	name_len = sprintf(input, "%s",
					   label_level_name((LabelLevel) (line[0] - '0')));
	memcpy(input + name_len, line + 1, len - 1);
	return read_text(input, name_len + len - 1, label);
}

static void
as_texts(const char *data, size_t size)
{
	Label		labels[LABELS];
	int			n = 0;
	Label		whole;

	read_text(data, size, &whole);
	for (int i = 0; i < LABELS; i++)
	{
		const char *end = memchr(data, '\n', size);
		size_t		len = end == NULL ? size : (size_t) (end - data);

		if (read_line(data, len, &labels[n]))
			n++;
		if (end == NULL)
			break;
		data += len + 1;
		size -= len + 1;
	}
	check_laws(labels, n);
}

static void
as_memory(const char *data, size_t size)
{
	Label		label;
	LabelError	err;

	int			level = (int) (size % 6) - 1;

	if (label_from_list((LabelLevel) level, data, size, &label, &err))
		check_label(&label);
	else
		CHECK(err.at <= size && err.len <= size - err.at);
	memset(&label, 0, sizeof(label));
	memcpy(&label, data, size < sizeof(label) ? size : sizeof(label));
	if (label_valid(&label))
		check_label(&label);
}

static void
as_numbers(const uint8_t *data, size_t size)
{
	static Names names[LABELS];
	Label		labels[LABELS];
	size_t		share = size / LABELS;
	int			n = 0;

	for (int i = 0; i < LABELS; i++)
	{
		read_names(data + i * share, share, &names[n]);
		if (make_label(&names[n], &labels[n]))
			n++;
	}
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < i; j++)
			check_bounds_mean(&labels[i], &names[i], &labels[j], &names[j]);
	}
	check_laws(labels, n);
}

/* One input in two thousand or so, always the same. */
static bool
is_chosen(const uint8_t *data, size_t size)
{
	uint32_t	hash = 2166136261u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619u;
	return (hash >> 16) % 2048 == 0;
}

static void
check_round_trip(const char *text, size_t size)
{
	static char printed[LABEL_MAX_TEXT];
	static Label label;
	static Label again;
	LabelError	err;
	size_t		len;

	if (!label_parse(text, size, &label, &err))
	{
		CHECK(err.fault <= LABEL_TOO_MANY_CATEGORIES);
		CHECK(err.at <= size && err.len <= size - err.at);
		return;
	}
	len = label_print(&label, printed, sizeof(printed));
	CHECK(len < sizeof(printed));
	CHECK(label_parse(printed, len, &again, &err) && same(&label, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!is_chosen(data, size))
		check_round_trip((const char *) data, size);
	else if (size == 0)
		as_texts("", 0);
	else if (data[0] < 0x20)
		as_memory((const char *) data + 1, size - 1);
	else if (data[0] < 0x80)
		as_texts((const char *) data, size);
	else
		as_numbers(data + 1, size - 1);
	return 0;
}
