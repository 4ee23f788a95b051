/*
 * corpus.h: what SQL is the corpus, one row for each released text?
 */
#ifndef AICONSENT_CORPUS_H
#define AICONSENT_CORPUS_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "view.h"

#define CORPUS "corpus"

/* A source's part, of these columns of its training view; NULL: no text. */
extern char *corpus_part_query(const Source *source, const List *columns,
							   const Release *release);

/* A part that has no row any more. */
extern char *corpus_empty_query(void);

/* All parts, which are views, in the order of their names. */
extern char *corpus_query(List *parts);

/* Is row_id the row's key as it is, and no pseudonym? */
extern bool corpus_shows_rows(const Source *source, const List *columns);

/*
 * The rows that are about some subjects, to be asked as the source's owner:
 * source, the row's key as text, and a subject's place in $1, text[] of their
 * keys.  $2 and $3, timestamptz[]: only rows that were written from then on,
 * before then; NULL: all.
 */
extern char *corpus_rows_query(const Source *source);

#endif							/* AICONSENT_CORPUS_H */
