/*
 * fit-salary.c: which weights does scan_salary.c use in these texts?
 *
 * For scripts/fit-salary.  Reads lines of a text's spans of pay, as in
 * 4-9,20-26 and in bytes, a tab, and the text with \1 for line feeds; what is
 * pay is taken from there, not from the weights.  Prints for each amount the
 * number of its text, where it begins and ends, and all weights and words.
 */
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>

static void see(const void *weight);
static void see_word(const Word *word, bool behind, int place);

#define SEE(weight) see(weight)
#define SEE_WORD(word, behind, place) see_word(word, behind, place)
#define scan_is_pay weighs_as_pay
#define scan_stands_by_pay weighs_as_near_pay
#include "scan_salary.c"
#undef scan_is_pay
#undef scan_stands_by_pay

#define SPANS_MAX 64

static const Scanner *looking;	/* NULL: what is weighed is not printed */
static size_t starts[SPANS_MAX];
static size_t ends[SPANS_MAX];
static int	nspans;
static long text;

static void
see(const void *weight)
{
	const Weight *seen = weight;

	if (looking == NULL)
		return;
	if (seen >= sign_weights && seen < sign_weights + NSIGNS)
		printf("\ts:%d", (int) (seen - sign_weights));
	for (size_t k = 0; k < lengthof(kind_weights); k++)
	{
		if (seen >= kind_weights[k].at && seen < kind_weights[k].at + NPLACES)
			printf("\tk:%d:%d", (int) k, (int) (seen - kind_weights[k].at));
	}
}

static void
see_word(const Word *word, bool behind, int place)
{
	if (looking)
		printf("\tw:%u:%c%d:%.*s", word->hash, behind ? 'F' : 'B', place,
			   (int) (word->end - word->start), looking->text + word->start);
}

bool
scan_is_pay(const Scanner *scanner, const Amount *amount)
{
	Words		before;
	Words		behind;
	bool		pay = false;

	for (int i = 0; i < nspans; i++)
		pay |= amount->start < ends[i] && starts[i] < amount->end;
	if (!may_be_pay(scanner, amount))
		return false;
	scan_words_behind(scanner, amount->end, 1, &behind);
	if (!amount->currency && is_counted(&behind))
		return false;
	printf("%ld\t%zu\t%zu\t%d", text, amount->start, amount->end,
		   is_bare(amount));
	looking = scanner;
	(void) weigh(scanner, amount, WORDS_BEFORE, WORDS_BEHIND, &before,
				 &behind);
	looking = NULL;
	printf("\n");
	return pay;
}

bool
scan_stands_by_pay(uint32_t before, uint32_t behind)
{
	return true;
}

int
main(void)
{
	char	   *line = NULL;
	size_t		size = 0;
	ssize_t		length;

	for (; (length = getline(&line, &size, stdin)) >= 0; text++)
	{
		Scanner		scanner;
		ScanSpan	span;
		char	   *at = line;

		if (length > 0 && line[length - 1] == '\n')
			line[--length] = '\0';
		for (nspans = 0; *at != '\t' && nspans < SPANS_MAX; nspans++)
		{
			starts[nspans] = strtoul(at, &at, 10);
			ends[nspans] = strtoul(at + 1, &at, 10);
			at += *at == ',';
		}
		at++;
		length -= at - line;
		for (ssize_t i = 0; i < length; i++)
			at[i] = at[i] == '\1' ? '\n' : at[i];
		scanner_begin(&scanner, at, (size_t) length, 0);
		while (scanner_next(&scanner, &span))
			;
	}
	return 0;
}
