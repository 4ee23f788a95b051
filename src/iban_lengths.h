/*
 * iban_lengths.h: how long is an IBAN of which country?
 *
 * Source: the IBAN Registry of SWIFT, which is the registration authority of
 * ISO 13616 (swift.com, IBAN Registry), as of release 102, June 2026: the 89
 * countries that are registered.  The 22 others give out account numbers in
 * the form of an IBAN without being in it (iban.com, partial and experimental
 * list).  By country.
 *
 * The lengths are those of the npm package ibantools 4.5.4, compared with two
 * that are kept apart from it, ibankit 1.6.5 and iban 0.0.14.  Of the
 * registered ones they differ in BI only, which has 27 since release 91, where
 * iban still has 16; YE (release 98) is in ibantools alone.  That BI, DJ, FK
 * and HN are registered is from the notes on releases 91, 92, 95 and 99, for
 * the packages lag behind.  Of the others, older lists give 27 for BF and 24
 * for DZ.
 *
 * What the registry lists as a part of another country has no row: IBANs of
 * Åland begin with FI, those of the French territories overseas with FR, and
 * those of Guernsey, Jersey and the Isle of Man with GB.
 *
 * Kept by hand.  To renew it, compare the rows with the lines "IBAN length"
 * of the registry's newest release; what has changed is at its end.
 */
#ifndef AICONSENT_IBAN_LENGTHS_H
#define AICONSENT_IBAN_LENGTHS_H

#define IBAN_LENGTHS_VERSION "release 102"

typedef struct IbanLength
{
	char		country[3];
	unsigned char length;
	unsigned char registered;	/* 1: in the registry, 0: only in use */
} IbanLength;

static const IbanLength iban_lengths[] = {
	{"AD", 24, 1}, {"AE", 23, 1}, {"AL", 28, 1}, {"AO", 25, 0}, {"AT", 20, 1},
	{"AZ", 28, 1}, {"BA", 20, 1}, {"BE", 16, 1}, {"BF", 28, 0}, {"BG", 22, 1},
	{"BH", 22, 1}, {"BI", 27, 1}, {"BJ", 28, 0}, {"BR", 29, 1}, {"BY", 28, 1},
	{"CF", 27, 0}, {"CG", 27, 0}, {"CH", 21, 1}, {"CI", 28, 0}, {"CM", 27, 0},
	{"CR", 22, 1}, {"CV", 25, 0}, {"CY", 28, 1}, {"CZ", 24, 1}, {"DE", 22, 1},
	{"DJ", 27, 1}, {"DK", 18, 1}, {"DO", 28, 1}, {"DZ", 26, 0}, {"EE", 20, 1},
	{"EG", 29, 1}, {"ES", 24, 1}, {"FI", 18, 1}, {"FK", 18, 1}, {"FO", 18, 1},
	{"FR", 27, 1}, {"GA", 27, 0}, {"GB", 22, 1}, {"GE", 22, 1}, {"GI", 23, 1},
	{"GL", 18, 1}, {"GQ", 27, 0}, {"GR", 27, 1}, {"GT", 28, 1}, {"GW", 25, 0},
	{"HN", 28, 1}, {"HR", 21, 1}, {"HU", 28, 1}, {"IE", 22, 1}, {"IL", 23, 1},
	{"IQ", 23, 1}, {"IR", 26, 0}, {"IS", 26, 1}, {"IT", 27, 1}, {"JO", 30, 1},
	{"KM", 27, 0}, {"KW", 30, 1}, {"KZ", 20, 1}, {"LB", 28, 1}, {"LC", 32, 1},
	{"LI", 21, 1}, {"LT", 20, 1}, {"LU", 20, 1}, {"LV", 21, 1}, {"LY", 25, 1},
	{"MA", 28, 0}, {"MC", 27, 1}, {"MD", 24, 1}, {"ME", 22, 1}, {"MG", 27, 0},
	{"MK", 19, 1}, {"ML", 28, 0}, {"MN", 20, 1}, {"MR", 27, 1}, {"MT", 31, 1},
	{"MU", 30, 1}, {"MZ", 25, 0}, {"NE", 28, 0}, {"NI", 28, 1}, {"NL", 18, 1},
	{"NO", 15, 1}, {"OM", 23, 1}, {"PK", 24, 1}, {"PL", 28, 1}, {"PS", 29, 1},
	{"PT", 25, 1}, {"QA", 29, 1}, {"RO", 24, 1}, {"RS", 22, 1}, {"RU", 33, 1},
	{"SA", 24, 1}, {"SC", 31, 1}, {"SD", 18, 1}, {"SE", 24, 1}, {"SI", 19, 1},
	{"SK", 24, 1}, {"SM", 27, 1}, {"SN", 28, 0}, {"SO", 23, 1}, {"ST", 25, 1},
	{"SV", 28, 1}, {"TD", 27, 0}, {"TG", 28, 0}, {"TL", 23, 1}, {"TN", 24, 1},
	{"TR", 26, 1}, {"UA", 29, 1}, {"VA", 22, 1}, {"VG", 24, 1}, {"XK", 20, 1},
	{"YE", 30, 1}
};

#endif							/* AICONSENT_IBAN_LENGTHS_H */
