/*
 * evidence.h: what do the user's own tables, and the ledger, say of a subject?
 */
#ifndef AICONSENT_EVIDENCE_H
#define AICONSENT_EVIDENCE_H

#include "postgres.h"

#include "policy.h"
#include "registry.h"
#include "rules.h"

/*
 * What the ledger can hold, by how it counts at one instant: of two events of
 * one axis at the same effective instant the later in this list wins.
 */
typedef enum Decision
{
	DECISION_ERASE,				/* ends what was said: it was erased */
	DECISION_RETRACT,			/* voids another event */
	DECISION_MIRROR_TRUE,		/* what a mirrored setting held */
	DECISION_GRANT,
	DECISION_MIRROR_FALSE,
	DECISION_OBJECT,
	DECISION_MIRROR_UNKNOWN,
	DECISION_RELEASE,			/* an axis of its own: the hold */
	DECISION_HOLD,
	NDECISIONS
} Decision;

extern const char *const decision_names[NDECISIONS];

/* False where the text is none of these. */
extern bool decision_of_text(const char *text, Decision *decision);

/* Attributes of aiconsent.consent, in the order of sql/40_ledger.sql. */
enum
{
	CONSENT_ID = 1,
	CONSENT_SUBJECT,
	CONSENT_PURPOSE,
	CONSENT_DECISION,
	CONSENT_EFFECTIVE_AT,
	CONSENT_RECORDED_AT,
	CONSENT_RECORDED_BY,
	CONSENT_TRANSACTION,
	CONSENT_CHANNEL,
	CONSENT_NOTICE_VERSION,
	CONSENT_EVIDENCE,
	CONSENT_REASON,
	CONSENT_RETRACTS,
	CONSENT_PREVIOUS,
	CONSENT_SALT,
	CONSENT_ERASED,
	CONSENT_HASH,
	CONSENT_NATTS = CONSENT_HASH
};

/* What a subject said, as far as the verdict needs it. */
typedef struct ConsentEvent
{
	int64		id;
	int64		retracts;		/* the event that is voided; 0: none */
	Instant		effective_at;
	Instant		recorded_at;
	int			purpose;		/* index into the purposes */
	Decision	decision;
	bool		noticed;		/* recorded with a notice version */
	bool		retracted;
} ConsentEvent;

/* Notices, of each purpose and (index -1) those that count for the others. */
typedef struct Notice
{
	int			purpose;
	Instant		at;
} Notice;

/* All that is known of one subject, at all times. */
typedef struct Evidence
{
	bool		known;
	bool		erased;
	Instant		suppressed_at;	/* INSTANT_END: never */
	Reading		birth;
	RegionCode	region;			/* "": none */
	bytea	   *handle;			/* by which texts mention the subject, as */
	bytea	   *profile;		/* mention.h keeps them; NULL: none */
	int			nnotices;
	Notice	   *notices;
	int			nschooling;
	Schooling  *schooling;
	int			nevents;
	ConsentEvent *events;		/* by effective_at, the stricter last */
} Evidence;

/*
 * Read the evidence of many subjects, given by their keys' text form, into an
 * array allocated in the current context.  Within sql_begin(sql_owner());
 * each table is read as its own owner.
 */
extern Evidence *evidence_read(char *const *keys, int nkeys,
							   const Purpose *purposes, int npurposes);

/* Enter one more event in its place. */
extern void evidence_add_event(Evidence *evidence, const ConsentEvent *event);

/* Does the purpose have a table of notices of its own? */
extern bool evidence_has_notices(const char *purpose);

#endif							/* AICONSENT_EVIDENCE_H */
