/*
 * education.c: what does a word of schooling mean, asked in SQL?
 *
 * Nothing raises an error because of a value: the function stands in
 * conditions that run inside somebody's UPDATE.
 */
#include "compat.h"
#include "education.h"
#include "own_words.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

/* Text as the pure files read it; may be empty. */
typedef struct Words
{
	char	   *text;
	size_t		length;
} Words;

/*
 * Bytes of the database's encoding as UTF-8.  What has no character there
 * becomes a blank, where pg_server_to_any() would raise.  In a SQL_ASCII
 * database nothing is known of the encoding, and the bytes are passed as they
 * are.
 */
static Words
words_in_utf8(char *bytes, size_t length)
{
	int			encoding = GetDatabaseEncoding();
	Words		words = {bytes, length};
	Size		size = (Size) length * MAX_CONVERSION_GROWTH + 1;
	unsigned char *to;
	Oid			proc;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII ||
		length > SCHOOL_TEXT_MAX)
		return words;
	proc = FindDefaultConversionProc(encoding, PG_UTF8);
	if (!OidIsValid(proc))
		return words;

	to = palloc(size);
	words.text = (char *) to;
	words.length = 0;
	while (length > 0)
	{
		int			done;

		done = pg_do_encoding_conversion_buf(proc, encoding, PG_UTF8,
											 (unsigned char *) bytes,
											 (int) length,
											 to + words.length,
											 (int) (size - words.length),
											 true);
		words.length += strlen(words.text + words.length);
		bytes += done;
		length -= done;
		if (length > 0)
		{
			int			skipped = pg_encoding_mblen(encoding, bytes);

			skipped = Min(skipped, (int) length);
			to[words.length++] = ' ';
			bytes += skipped;
			length -= skipped;
		}
	}
	return words;
}

static Words
words_of(text *value)
{
	Words		none = {"", 0};

	return value ?
		words_in_utf8(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) : none;
}

char *
education_utf8(char *text)
{
	Words		words = words_in_utf8(text, strlen(text));

	return pnstrdup(words.text, words.length);
}

bool
education_stages(text *level, text *school, text *region, StageRange *stages)
{
	Words		l = words_of(level);
	Words		s = words_of(school);
	Words		r = words_of(region);

	return own_words_stage(l.text, l.length, s.text, s.length,
						   r.text, r.length, stages) ||
		school_stage(l.text, l.length, s.text, s.length, r.text, r.length,
					 stages);
}

static RangeType *
range_of_stages(StageRange stage)
{
	TypeCacheEntry *type;
	RangeBound	lower = {0};
	RangeBound	upper = {0};

	type = lookup_type_cache(INT4RANGEOID, TYPECACHE_RANGE_INFO);
	lower.val = Int32GetDatum(stage.lowest);
	lower.inclusive = true;
	lower.lower = true;
	upper.val = Int32GetDatum(stage.highest);
	upper.inclusive = true;
	return new_range(type, &lower, &upper);
}

PG_FUNCTION_INFO_V1(education_stage);
Datum
education_stage(PG_FUNCTION_ARGS)
{
	StageRange	stages;

	if (!education_stages(PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0),
						  PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1),
						  PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2),
						  &stages))
		PG_RETURN_NULL();
	PG_RETURN_RANGE_P(range_of_stages(stages));
}
