/*
 * own_words.c: what do words of schooling mean that a steward added?
 *
 * They are read as those of the table that comes with us, folded and as whole
 * words, and win over it.
 */
#include "compat.h"
#include "education.h"
#include "fold.h"
#include "kept.h"
#include "own_words.h"
#include "sql.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

typedef struct OwnWord
{
	int			length;
	uint32_t   *chars;			/* folded */
	int			nregions;		/* 0: all */
	RegionCode *regions;
	StageRange	stage;
} OwnWord;

static Kept kept;
static OwnWord *kept_words;
static int	nkept;

void
own_words_init(void)
{
	kept_register(&kept, "words of schooling");
}

/* ------------------------------------------------------------------------
 * Reading the table
 * ------------------------------------------------------------------------
 */

static void
read_regions(OwnWord *word, Datum array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, &nulls, &n);
	word->regions = palloc0(n * sizeof(RegionCode) + 1);
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			region_read(VARDATA_ANY(DatumGetTextPP(elements[i])),
						VARSIZE_ANY_EXHDR(DatumGetTextPP(elements[i])),
						word->regions[i]);
	}
	word->nregions = n;
}

/* The rows of the query below, in the current context. */
static void
read_words(uint64 count)
{
	Text	   *folded = palloc(sizeof(Text));

	kept_words = palloc0(count * sizeof(OwnWord) + 1);
	nkept = count;
	for (uint64 row = 0; row < count; row++)
	{
		OwnWord    *word = &kept_words[row];
		char	   *phrase = education_utf8(sql_text_column(row, 1));
		bool		isnull;
		Datum		value;

		fold_text(phrase, strlen(phrase), folded);
		word->length = folded->length;
		word->chars = palloc(folded->length * sizeof(uint32_t) + 1);
		memcpy(word->chars, folded->chars, folded->length * sizeof(uint32_t));
		word->stage.lowest = DatumGetInt32(sql_column(row, 2, &isnull));
		word->stage.highest = DatumGetInt32(sql_column(row, 3, &isnull));
		value = sql_column(row, 4, &isnull);
		if (!isnull)
			read_regions(word, value);
	}
	pfree(folded);
}

static void
load_words(void)
{
	SqlScope	scope = sql_begin_read(sql_owner());
	MemoryContext caller;
	uint64		count;

	kept_begin(&kept);
	PG_TRY();
	{
		kept_rests_on(&kept, sql_table("school_word"));
		count = sql_run_now("SELECT phrase, lowest, highest, regions"
							" FROM aiconsent.school_word"
							" ORDER BY pg_catalog.length(phrase) DESC, id");
		caller = MemoryContextSwitchTo(kept.context);
		read_words(count);
		MemoryContextSwitchTo(caller);
	}
	PG_CATCH();
	{
		kept.valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	sql_end(&scope);
}

/* ------------------------------------------------------------------------
 * Looking for them
 * ------------------------------------------------------------------------
 */

static bool
is_in(const OwnWord *word, const Text *text)
{
	for (int at = 0; at + word->length <= text->length; at++)
	{
		if (fold_is_boundary(text, at) &&
			memcmp(&text->chars[at], word->chars,
				   word->length * sizeof(uint32_t)) == 0 &&
			fold_is_boundary(text, at + word->length))
			return true;
	}
	return false;
}

/* In an unknown region every region's word counts, as everywhere. */
static bool
is_for(const OwnWord *word, const char *region)
{
	if (word->nregions == 0 || *region == '\0')
		return true;
	for (int i = 0; i < word->nregions; i++)
	{
		if (strcmp(word->regions[i], region) == 0)
			return true;
	}
	return false;
}

bool
own_words_stage(const char *level, size_t level_len,
				const char *school, size_t school_len,
				const char *region, size_t region_len, StageRange *out)
{
	Text	   *texts;
	RegionCode	code;
	bool		found = false;

	if (!kept.valid)
		load_words();
	if (nkept == 0 || level_len > SCHOOL_TEXT_MAX ||
		school_len > SCHOOL_TEXT_MAX)
		return false;
	texts = palloc(2 * sizeof(Text));
	fold_text(level, level_len, &texts[0]);
	fold_text(school, school_len, &texts[1]);
	region_read(region, region_len, code);
	for (int i = 0; !found && i < nkept; i++)
	{
		found = is_for(&kept_words[i], code) &&
			(is_in(&kept_words[i], &texts[0]) ||
			 is_in(&kept_words[i], &texts[1]));
		if (found)
			*out = kept_words[i].stage;
	}
	pfree(texts);
	return found;
}
