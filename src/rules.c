/*
 * rules.c: given the facts, what is the verdict?
 *
 * The first function is the law: one line a rule, in the order in which the
 * reasons are printed, all that hold are reported.  What follows it reads
 * dates: at their youngest for a birth, at their widest for a school.
 */
#include "rules.h"

#include <stddef.h>

const char *const reason_names[REASON_COUNT] = {
	"unknown_subject", "not_started", "region_excluded", "not_notified",
	"opted_out", "not_granted", "hold", "minor", "suspected_minor",
	"suppressed", "erased", "error"
};

static bool notified(const Facts *f, Instant at);
static bool under_age(const Facts *f, Instant at);
static bool at_school(const Facts *f, Instant at);

/*
 * decide: every reason why the subject is out at the instant; none: eligible.
 *
 * Without a policy row for the subject, only the reasons that need none are
 * reported beside the one that says so.
 */
Verdict
decide(const Facts *f, Instant at)
{
	const Policy *p = f->policy;
	Verdict		out = VERDICT_ELIGIBLE;

	if (f->erased)
		out |= REASON_ERASED;
	if (f->suppressed)
		out |= REASON_SUPPRESSED;
	if (!f->known)
		return out | REASON_UNKNOWN_SUBJECT;

	if (p == NULL)
		out |= f->adopted ? REASON_REGION_EXCLUDED : REASON_NOT_STARTED;
	else
	{
		if (at < p->effective_at)
			out |= REASON_NOT_STARTED;
		if (p->basis == BASIS_FORBIDDEN)
			out |= REASON_REGION_EXCLUDED;
		if (p->notice_required && !notified(f, at))
			out |= REASON_NOT_NOTIFIED;
		if (p->basis == BASIS_OPT_IN && f->choice != CHOICE_GRANT)
			out |= REASON_NOT_GRANTED;
		if (p->birth_required && f->birth.kind == READING_MISSING)
			out |= REASON_ERROR;
	}

	if (f->choice == CHOICE_OBJECT)
		out |= REASON_OPTED_OUT;
	if (f->hold)
		out |= REASON_HOLD;
	if (f->birth.kind == READING_UNREADABLE || f->setting_unreadable)
		out |= REASON_ERROR;
	if (under_age(f, at))
		out |= REASON_MINOR;
	if (at_school(f, at))
		out |= REASON_SUSPECTED_MINOR;

	return out;
}

/* A notice before the announcement announced something else. */
static bool
notified(const Facts *f, Instant at)
{
	return f->policy->announced_at != INSTANT_END &&
		f->notified_at != INSTANT_END &&
		f->notified_at >= f->policy->announced_at &&
		at >= f->notice_over;
}

static bool
under_age(const Facts *f, Instant at)
{
	return f->birth.kind == READING_DAYS &&
		at < adult_at(&f->birth, f->policy ? f->policy->adult_age : ADULT_AGE);
}

/* Undated schooling counts only where a policy row says that it does. */
static bool
at_school(const Facts *f, Instant at)
{
	for (int i = 0; i < f->nstays; i++)
	{
		if (f->stays[i].since <= at && at < f->stays[i].until)
			return true;
	}
	return f->undated_school && f->policy && f->policy->undated_school;
}

/*
 * adult_at: the instant from which the person is of age everywhere on Earth:
 * the birthday of the youngest reading begins last at UTC-12, 12:00 UTC.
 */
Instant
adult_at(const Reading *birth, int adult_age)
{
	return day_add_years(birth->last, adult_age) * USECS_A_DAY +
		12 * USECS_AN_HOUR;
}

/*
 * school_stay: when schooling lasts at its widest: from where its first day
 * begins first (UTC+14) to where its last day ends last (UTC-12).
 *
 * An end that is missing is current for some years after the latest start; a
 * start that is missing lies before all time.  False if both are missing,
 * which an end before its start is, too.
 */
bool
school_stay(const Schooling *s, int open_school_years, Stay *stay)
{
	bool		starts = s->starts.kind == READING_DAYS;
	bool		ends = s->ends.kind == READING_DAYS;
	Day			last;

	if ((!starts && !ends) ||
		(starts && ends && s->ends.last < s->starts.first))
		return false;

	stay->since = starts ?
		s->starts.first * USECS_A_DAY - 14 * USECS_AN_HOUR : INSTANT_BEGIN;
	last = ends ? s->ends.last :
		day_add_years(s->starts.last, open_school_years);
	stay->until = (last + 1) * USECS_A_DAY + 12 * USECS_AN_HOUR;
	return true;
}

/*
 * content_horizon: rows older than this stay out although the subject is in:
 * the policy's horizon, or the day the subject was surely adult, the later.
 */
Instant
content_horizon(const Facts *f)
{
	Instant		horizon = INSTANT_BEGIN;

	if (f->policy == NULL)
		return horizon;
	horizon = f->policy->data_from;
	if (f->policy->minor_content_out && f->birth.kind == READING_DAYS)
	{
		Instant		adult = adult_at(&f->birth, f->policy->adult_age);

		if (adult > horizon)
			horizon = adult;
	}
	return horizon;
}

/* ------------------------------------------------------------------------
 * Days
 * ------------------------------------------------------------------------
 */

/* Days since 2000-01-01 of a Gregorian date (years from 1 on). */
Day
day_of_civil(int year, int month, int day)
{
	/* Count from 1 March of year 0, so that a leap day ends its year. */
	int			y = month > 2 ? year : year - 1;
	int			m = month > 2 ? month - 3 : month + 9;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
		(day - 1) - 730425;
}

static bool
leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && leap_year(year));
}

/* The same day some years later; 29 February becomes 1 March. */
Day
day_add_years(Day day, int years)
{
	int			year = 2000 + day / 366;
	int			month = 1;

	/* A first guess that is never too late, then up to the year itself. */
	if (day < 0)
		year = 2000 + day / 365 - 1;
	while (day_of_civil(year + 1, 1, 1) <= day)
		year++;
	while (month < 12 && day_of_civil(year, month + 1, 1) <= day)
		month++;

	/* 1 February + 28 days is 1 March where the 29th does not exist. */
	return day_of_civil(year + years, month, 1) +
		(day - day_of_civil(year, month, 1));
}

/*
 * A range of days; unreadable where it is no time of anybody's life.  What
 * lies in the far future is as good as its beginning, and no sum with that
 * can overflow.
 */
Reading
reading_of_days(Day first, Day last)
{
	Reading		r = {READING_UNREADABLE, first, last};

	if (first < DAY_EARLIEST || last < first)
		return r;
	r.kind = READING_DAYS;
	if (r.first > DAY_LATEST)
		r.first = DAY_LATEST;
	if (r.last > DAY_LATEST)
		r.last = DAY_LATEST;
	return r;
}

/* Exactly width digits at *at; moves it behind them.  -1 if there are none. */
static int
read_number(const char **at, const char *end, int width)
{
	int			number = 0;

	if (end - *at < width)
		return -1;
	for (int i = 0; i < width; i++)
	{
		char		c = (*at)[i];

		if (c < '0' || c > '9')
			return -1;
		number = number * 10 + (c - '0');
	}
	*at += width;
	return number;
}

/*
 * read_days: '2009', '2009-07' or '2009-07-21', blanks around it allowed:
 * all the days that it can mean.  Blank text is not missing but unreadable.
 */
Reading
read_days(const char *text, int length)
{
	const Reading unreadable = {READING_UNREADABLE, 0, 0};
	const char *end = text + length;
	int			parts[3] = {0, 0, 0};
	int			nparts = 0;

	while (text < end && *text == ' ')
		text++;
	while (text < end && end[-1] == ' ')
		end--;

	do
	{
		if (nparts == 3)
			return unreadable;
		if (nparts > 0)
			text++;				/* the hyphen */
		parts[nparts] = read_number(&text, end, nparts == 0 ? 4 : 2);
		if (parts[nparts++] < 1)
			return unreadable;
	} while (text < end && *text == '-');
	if (text != end)
		return unreadable;

	if (nparts == 1)
		return reading_of_days(day_of_civil(parts[0], 1, 1),
							   day_of_civil(parts[0], 12, 31));
	if (parts[1] > 12 ||
		(nparts == 3 && parts[2] > days_of_month(parts[0], parts[1])))
		return unreadable;
	if (nparts == 2)
		return reading_of_days(day_of_civil(parts[0], parts[1], 1),
							   day_of_civil(parts[0], parts[1],
											days_of_month(parts[0], parts[1])));
	return reading_of_days(day_of_civil(parts[0], parts[1], parts[2]),
						   day_of_civil(parts[0], parts[1], parts[2]));
}
