/*
 * findings.h: what in a text must not leave with it?
 *
 * What scanner.c finds, whom it mentions, and what recognizers find, together.
 */
#ifndef AICONSENT_FINDINGS_H
#define AICONSENT_FINDINGS_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "recognize.h"
#include "window.h"

/*
 * In UTF-8, and as the server has it; the same characters, one by one.  What
 * is found is asked for from the beginning to the end.
 */
typedef struct Scanned
{
	const char *utf8;
	size_t		length;
	const char *original;
	size_t		original_length;
	bool		is_original;	/* both are the same bytes */
	size_t		at;				/* the bytes that were passed, of the one, */
	size_t		original_at;	/* of the other, */
	int32		characters;		/* and how many characters they are */
} Scanned;

/* Of the UTF-8, in bytes. */
typedef struct Find
{
	size_t		start;
	size_t		end;
	const char *class;
} Find;

typedef struct Finds
{
	Find	   *finds;
	size_t		n;
	size_t		room;
} Finds;

/* What the calls from one place of a query know. */
typedef struct Place
{
	Site		site;
	Recognition *recognition;
} Place;

/* How a value is to be scrubbed. */
typedef struct Scrub
{
	int			flags;			/* of scanner.h */
	FmgrInfo   *flinfo;
	text	   *purpose;		/* NULL: mentions stay */
	Recognition *recognition;	/* NULL: nothing else is looked for */
} Scrub;

extern void findings_init(void);

/* The place that a function is called from; it is kept there. */
extern Place *place_of(FmgrInfo *flinfo);

/* A text as the server has it.  False where it cannot be scanned. */
extern bool scanned_begin(Scanned *scanned, const char *text, size_t length);

/* Go on to a byte of the UTF-8. */
extern void scanned_pass(Scanned *scanned, size_t to);

/*
 * All that is found, from the beginning to the end, none in another.  False
 * where a recognizer failed: nothing is known of the text.
 */
extern bool find_all(const Scrub *scrub, const Scanned *scanned, Finds *finds);

/* The text with [CLASS] in the place of each, behind room for a header. */
extern void mask(StringInfo masked, Scanned *scanned, const Finds *finds);

#endif							/* AICONSENT_FINDINGS_H */
