/*
 * rules.h: given the facts, what is the verdict?
 *
 * Pure C without any header of the server, so that it can be read, compiled
 * and fuzzed alone.  Instants are microseconds and days are days since
 * 2000-01-01 UTC, exactly the server's timestamptz and date.
 */
#ifndef AICONSENT_RULES_H
#define AICONSENT_RULES_H

#include <stdbool.h>
#include <stdint.h>

typedef int64_t Instant;
typedef int32_t Day;

#define INSTANT_BEGIN	INT64_MIN	/* -infinity */
#define INSTANT_END		INT64_MAX	/* infinity */
#define USECS_A_DAY		INT64_C(86400000000)
#define USECS_AN_HOUR	INT64_C(3600000000)

/* No date of anybody's life lies before; days after are read as the latest. */
#define DAY_EARLIEST	(-36524)	/* 1900-01-01 */
#define DAY_LATEST		106650810	/* 294000-01-01 */

/* What the law says where no policy row does. */
#define ADULT_AGE			18
#define OPEN_SCHOOL_YEARS	8

/*
 * Why a subject is out: one bit a reason, in the order in which they are
 * printed.  The empty set means eligible.  Part of the on-disk format of the
 * type verdict: only ever append.
 */
typedef uint32_t Verdict;

#define REASON_UNKNOWN_SUBJECT	(UINT32_C(1) << 0)
#define REASON_NOT_STARTED		(UINT32_C(1) << 1)
#define REASON_REGION_EXCLUDED	(UINT32_C(1) << 2)
#define REASON_NOT_NOTIFIED		(UINT32_C(1) << 3)
#define REASON_OPTED_OUT		(UINT32_C(1) << 4)
#define REASON_NOT_GRANTED		(UINT32_C(1) << 5)
#define REASON_HOLD				(UINT32_C(1) << 6)
#define REASON_MINOR			(UINT32_C(1) << 7)
#define REASON_SUSPECTED_MINOR	(UINT32_C(1) << 8)
#define REASON_SUPPRESSED		(UINT32_C(1) << 9)
#define REASON_ERASED			(UINT32_C(1) << 10)
#define REASON_ERROR			(UINT32_C(1) << 11)
#define REASON_COUNT			12
#define VERDICT_ELIGIBLE		UINT32_C(0)

extern const char *const reason_names[REASON_COUNT];

/* What a date-like value can mean: every day from first to last. */
typedef enum ReadingKind
{
	READING_MISSING,
	READING_UNREADABLE,
	READING_DAYS
} ReadingKind;

typedef struct Reading
{
	ReadingKind kind;
	Day			first;
	Day			last;
} Reading;

typedef enum Basis
{
	BASIS_OPT_OUT,				/* in unless objected */
	BASIS_OPT_IN,				/* in only on a grant */
	BASIS_FORBIDDEN
} Basis;

typedef enum Choice
{
	CHOICE_NONE,				/* nothing said */
	CHOICE_GRANT,
	CHOICE_OBJECT
} Choice;

/* One adopted version of a purpose's policy. */
typedef struct Policy
{
	Basis		basis;
	Instant		effective_at;
	bool		notice_required;
	Instant		announced_at;	/* INSTANT_END: not announced */
	Instant		data_from;		/* INSTANT_BEGIN: no horizon */
	int			adult_age;
	bool		birth_required;
	int			open_school_years;
	bool		undated_school;
	bool		minor_content_out;
} Policy;

/* Schooling that can be of ISCED 1, 2 or 3. */
typedef struct Schooling
{
	Reading		starts;
	Reading		ends;
} Schooling;

/* A stay at such a school, at its widest: contains since, not until. */
typedef struct Stay
{
	Instant		since;
	Instant		until;
} Stay;

/* All that the verdict at one instant rests on. */
typedef struct Facts
{
	bool		known;			/* the key names a member */
	bool		erased;
	bool		suppressed;
	bool		hold;
	bool		setting_unreadable; /* a mirrored setting says nothing */
	Choice		choice;
	Instant		notified_at;	/* INSTANT_END: never */
	Instant		notice_over;	/* notified_at plus the policy's delay */
	Reading		birth;
	const Stay *stays;
	int			nstays;
	bool		undated_school; /* schooling without any date */
	bool		adopted;		/* the purpose has a policy for somebody */
	const Policy *policy;		/* the one for this subject, or NULL */
} Facts;

extern Verdict decide(const Facts *facts, Instant at);

/* The readings that decide() rests on; their instants bound its segments. */
extern Instant adult_at(const Reading *birth, int adult_age);
extern bool school_stay(const Schooling *schooling, int open_school_years,
						Stay *stay);
extern Instant content_horizon(const Facts *facts);
extern Reading read_days(const char *text, int length);
extern Reading reading_of_days(Day first, Day last);

/* Calendar arithmetic that follows no session's time zone. */
extern Day	day_of_civil(int year, int month, int day);
extern Day	day_add_years(Day day, int years);

#endif							/* AICONSENT_RULES_H */
