/*
 * standing.h: how is every subject's timeline kept in step?
 */
#ifndef AICONSENT_STANDING_H
#define AICONSENT_STANDING_H

#include "postgres.h"

#include "chain.h"
#include "evidence.h"
#include "rules.h"
#include "storage/itemptr.h"

/* A subject by its key's text form, with its row of aiconsent.head. */
typedef struct Head
{
	char	   *key;
	ItemPointerData tid;		/* invalid: there is no row yet */
	int64		number;			/* 0: none was given yet */
	Instant		recorded_at;
	Instant		last_event;
	ChainEnd	chain;			/* of what the subject said */
	bool		moved;			/* last_event or chain is not written yet */
	bytea	   *segments;		/* NULL: none */
	bytea	   *handle;			/* as in Evidence */
	bytea	   *profile;
} Head;

/* Subjects in the order of their keys, each once. */
typedef struct SubjectSet
{
	int			n;
	Head	   *heads;
	bool		locked;			/* by standing_lock() */
} SubjectSet;

/*
 * All within sql_begin(sql_owner()).  standing_lock() takes the subjects'
 * head rows; whatever is read behind it includes all that is committed, or
 * the transaction fails with 40001.
 */
extern SubjectSet standing_lock(char **keys, int nkeys);

/* Keep all other recomputes away until the end of the transaction. */
extern void standing_lock_all(void);

/* The same for subjects of whom all are locked by standing_lock_all(). */
extern SubjectSet standing_load(char **keys, int nkeys);

extern char **standing_keys(const SubjectSet *subjects);
extern Head *standing_head(const SubjectSet *subjects, const char *key);

/*
 * The instant of something that a subject says now: behind all that it said
 * before, whatever the clock says.
 */
extern Instant standing_next_instant(Head *head);

/*
 * What settings are to be entered in the ledger: none; what those say that
 * are there; and that none is there any more.  Who is new is no proof of the
 * latter: a restore brings members before their settings.
 */
typedef enum Mirror
{
	MIRROR_NONE,
	MIRROR_PRESENT,
	MIRROR_ALL
} Mirror;

/* What is to be done besides judging. */
typedef struct JudgeOptions
{
	Oid			recorder;		/* who is the cause of it */
	Mirror		mirror;
	bool		must_exist;		/* error P0002 unless all are members */
	bool		pack_behind;	/* all windows are packed anew behind it */
} JudgeOptions;

/* Recompute the standing of the subjects, and write what is not so yet. */
extern void standing_judge(SubjectSet *subjects, JudgeOptions options);

/* Judge every subject, settings included; under standing_lock_all(). */
extern void standing_judge_all(Oid recorder);

/*
 * A key given as an argument of that type, as the subject table has it: the
 * text form that it has there.  Error if it cannot be a key of that table.
 */
extern char *subject_key(Datum key, Oid type);

#endif							/* AICONSENT_STANDING_H */
