/*
 * window_write.h: how is what eligible() reads kept in step with the standing?
 */
#ifndef AICONSENT_WINDOW_WRITE_H
#define AICONSENT_WINDOW_WRITE_H

#include "postgres.h"

#include "fmgr.h"

#include "lookup.h"
#include "store.h"
#include "timeline.h"
#include "window_set.h"

typedef struct Windows
{
	const KeyType *type;
	bool		fresh;			/* there was no row when we began */
	bool		packed;			/* rows that are written are to be named */
	Store		store;
	Store		unpacked;
	Lookup		lookup;
	FmgrInfo	input;			/* of the key type */
	Oid			ioparam;
} Windows;

/* A window that is to be. */
typedef struct WantedWindow
{
	int16		purpose;
	Segment		segment;
	bool		more;
	bool		stored;			/* it stands in the table already */
} WantedWindow;

/* pack_behind: all windows are packed anew when these are written. */
extern void windows_open(Windows *w, const KeyType *type, bool pack_behind);

/* One subject's windows for all purposes; what is not wanted goes. */
extern void windows_write(Windows *w, char *key, WantedWindow *wanted,
						  int nwanted);
extern void windows_close(Windows *w);

#endif							/* AICONSENT_WINDOW_WRITE_H */
