/*
 * fold.h: which words is this text to us?
 *
 * Pure C without any header of the server.  A text is read as folded words:
 * without case, accents and punctuation, in UTF-8; a byte that is not is read
 * as Latin-1.
 */
#ifndef AICONSENT_FOLD_H
#define AICONSENT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLD_TEXT_MAX 4096		/* bytes */

/* What is no character of a word. */
#define END			0			/* of the text */
#define DROPPED		1			/* means nothing, separates nothing */
#define GAP			' '			/* separates words */
#define APOSTROPHE	'\''		/* a gap, but not in a possessive */

/*
 * Folded words with one gap between them, and END behind the last.  A byte
 * can become two characters, where it is read as Latin-1.
 */
typedef struct Text
{
	int			length;
	uint32_t	chars[2 * FOLD_TEXT_MAX + 1];
} Text;

extern void fold_text(const char *words, size_t length, Text *text);

/* Does a word begin, or end, before this character? */
extern bool fold_is_boundary(const Text *text, int at);

/* One character of UTF-8, and behind it; and a byte of ASCII, folded. */
extern uint32_t fold_decode(const unsigned char **at,
							const unsigned char *end);
extern uint32_t fold_ascii(uint32_t c);

/* A character folded; second gets a second one, or END. */
extern uint32_t fold_character(uint32_t c, uint32_t *second);

#endif							/* AICONSENT_FOLD_H */
