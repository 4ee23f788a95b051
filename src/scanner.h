/*
 * scanner.h: what is in this text that must not leave with it?
 *
 * Pure C without any header of the server, so that it can be read, compiled
 * and fuzzed alone.
 */
#ifndef AICONSENT_SCANNER_H
#define AICONSENT_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ScanClass
{
	SCAN_EMAIL,
	SCAN_PHONE,
	SCAN_IBAN,
	SCAN_CREDIT_CARD,
	SCAN_NATIONAL_ID,
	SCAN_CREDENTIAL,
	SCAN_URL_SECRET,
	SCAN_IP,
	SCAN_SALARY,
	/* Only with SCAN_MENTIONS, for the caller to look up: */
	SCAN_HANDLE,				/* @name */
	SCAN_ADDRESS				/* of a page, as in https://host/in/name */
} ScanClass;

#define SCAN_NCLASSES (SCAN_ADDRESS + 1)

/* EMAIL and so on: what stands in the placeholder, too; mentions: MENTION. */
extern const char *const scan_class_names[SCAN_NCLASSES];

/* Of what is looked for, and of the tables: counted up with every change. */
#define SCANNER_VERSION "2"

/* All of them, one after the other, NULL at the end. */
extern const char *const scanner_versions[][2];

/* How to scan. */
#define SCAN_STRICT		1		/* every amount near a word of pay is one */
#define SCAN_MENTIONS	2		/* handles and addresses of pages, too */

/* What was found, in bytes: whole characters, in order, none in another. */
typedef struct ScanSpan
{
	ScanClass	class;
	size_t		start;
	size_t		length;
} ScanSpan;

#define SCANNER_BLOCK 1024		/* bytes */

/* Where a scan stands; nothing in it is for the caller. */
typedef struct Scanner
{
	const unsigned char *text;
	size_t		length;
	int			flags;
	size_t		at;				/* what is before is done */
	size_t		floor;			/* the end of what was found last, */
	ScanClass	last;			/* its class, */
	size_t		kept_at;		/* and if it is kept, all three again */
	size_t		kept_floor;
	ScanClass	kept_last;
	size_t		token_end;		/* behind what was looked at as a token */
	size_t		secret_end;		/* behind what was looked at as a password, */
	size_t		secret_floor;	/* with this floor */
	size_t		url_start;		/* of the host of a page's address, */
	size_t		url_end;		/* and behind the address */
	size_t		paused;			/* where the scan could be left last */
	size_t		block;			/* where the marks are of */
				uint64_t
				marks[SCANNER_BLOCK / 64];	/* a bit for each: does it need a
											 * look? */
} Scanner;

/*
 * A scan of a text in UTF-8; the text has to stay where it is.  Each next()
 * gives what is found next, or false at the end.  It takes time in proportion
 * to what it reads, and allocates nothing.
 */
extern void scanner_begin(Scanner *scanner, const char *text, size_t length,
						  int flags);
extern bool scanner_next(Scanner *scanner, ScanSpan *span);

/* Called every now and then, and may leave the scan for good; NULL: nothing is. */
extern void (*scanner_pause) (void);

/* The mention that was found last stays: what is in it is looked at. */
extern void scanner_keep(Scanner *scanner);

#endif							/* AICONSENT_SCANNER_H */
