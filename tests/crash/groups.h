/* SPDX-License-Identifier: MIT */
/* The groups that a program of the crash laboratory knows: its own, and those of others that it came across. Every
 * call that changes something is in the journal; a call that answers anything but S_OK is there too. */
#ifndef QMGR_TESTS_CRASH_GROUPS_H
#define QMGR_TESTS_CRASH_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>

#include <ole2.h>

#include "qmgr.h"

/* Numbers from a seed: the same seed, the same choices. */
struct chance {
    uint32_t state;
};
/* 0 to limit - 1. */
uint32_t chance_below(struct chance *chance, uint32_t limit);

/* What a program is told by its command line. */
struct order {
    const wchar_t *name;    /* of this program; begins the names of its files */
    const wchar_t *targets; /* the folder that everything is downloaded to */
    const wchar_t *server;  /* http://…, without a slash at the end */
    unsigned sources;       /* the server has files crash/s00.bin and so on, so many */
};

struct known {
    GUID id;
    IBackgroundCopyGroup *group;
    bool ours;     /* made by this program */
    bool gone;     /* cancelled, by whomever */
    bool complete; /* seen complete */
    DWORD percent; /* at the last look, 0 if it did not run then */
};

#define KNOWN_MOST 256u
struct circle {
    IBackgroundCopyQMgr *manager;
    struct known known[KNOWN_MOST];
    unsigned count;
    unsigned made; /* groups, by this program */
};

/* A group with its job and one to six files; some of their targets exist already, with old content. */
void group_make(struct circle *circle, const struct order *order, struct chance *chance);
void group_resume(struct known *known);
void group_suspend(struct known *known);
void group_cancel(struct known *known);
void group_foreground(struct known *known);
/* Takes up all groups of the queue that are not known yet. */
void groups_look_around(struct circle *circle);
/* Asks for progress and status, and says in the journal what must not be: a percentage that falls while the group
 * runs, 100 of a group that is not complete, a complete one without its targets. Returns the status, 0 if the group
 * is gone. */
DWORD group_poll(struct known *known);
/* The number of its files and its status, for the judge: the last word. */
void group_report(struct known *known);
void groups_release(struct circle *circle);

#endif
