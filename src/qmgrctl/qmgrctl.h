/* SPDX-License-Identifier: MIT */
/* qmgrctl, a command-line client of the class BackgroundCopyQMgr. It knows what any client knows, the
 * interfaces of qmgr.h, and nothing of what serves them. */
#ifndef QMGR_QMGRCTL_QMGRCTL_H
#define QMGR_QMGRCTL_QMGRCTL_H

#include <stdbool.h>
#include <stddef.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>

#include <ole2.h>

#include "qmgr.h"

/* Exit codes; scripts rely on them. */
enum outcome {
    OUTCOME_OK = 0,
    OUTCOME_FAILED = 1,   /* a transfer failed, was stopped, or may not be written */
    OUTCOME_USAGE = 2,    /* wrong command line, or a URL or file name that is not valid */
    OUTCOME_NO_GROUP = 3, /* the queue has no such group */
    OUTCOME_COM = 4,      /* the class is not available, or a call failed in another way */
    OUTCOME_TIMEOUT = 5,  /* `wait` has waited long enough */
};

enum progress_mode {
    PROGRESS_AUTO, /* a bar if standard error is a console */
    PROGRESS_ALWAYS,
    PROGRESS_NEVER,
};

#define NO_TIMEOUT 0xFFFFFFFFu

struct options {
    enum progress_mode progress;
    bool porcelain;
    bool keep;
    bool server;
    DWORD timeout_s; /* NO_TIMEOUT if none was given */
    bool has_group;
    GUID group; /* of --group */
    int count;  /* words of the command, without its name and options */
    wchar_t **words;
};

/* ---- output.c ----------------------------------------------------------------------------- */

/* Standard output and standard error: a console gets its own characters, everything else UTF-8. The
 * format is that of wprintf, with %ls for text. */
void say(const wchar_t *format, ...);
void complain(const wchar_t *format, ...);
/* Is standard error a console that a bar can be drawn on? */
bool error_output_is_console(void);

/* ---- words.c ------------------------------------------------------------------------------ */

/* Each fills text (room in characters, terminator included) and returns it. */
const wchar_t *words_for_hresult(HRESULT hr, wchar_t *text, size_t room);
/* "" if both are 0. An HTTP status wins over a Win32 code. */
const wchar_t *words_for_results(DWORD win32, DWORD http, wchar_t *text, size_t room);
/* What one can do about them. */
const wchar_t *advice_for_results(DWORD win32, DWORD http);
/* "12.3 MiB"; what is at the limit of a DWORD is "4 GiB or more". */
const wchar_t *words_for_bytes(DWORD bytes, wchar_t *text, size_t room);
const wchar_t *words_for_status(DWORD group_status);
/* A copy of the URL with *** in place of its password, if there is one. Free it; NULL if out of memory. */
wchar_t *masked_url(const wchar_t *url);
/* Replaces tabs, line ends and other control characters by blanks, in place: one line stays one line. */
void flatten(wchar_t *text);

/* ---- client.c ----------------------------------------------------------------------------- */

/* Says in words what failed, and returns the outcome that fits the HRESULT. */
enum outcome failed(const wchar_t *what, HRESULT hr);

enum outcome connect_to_class(DWORD context, IBackgroundCopyQMgr **manager);
/* With or without braces. */
bool parse_guid(const wchar_t *text, GUID *id);
struct guid_text {
    wchar_t w[40];
};
struct guid_text guid_text(const GUID *id); /* {…} */

/* The pointers are the caller's to release. */
enum outcome open_group(IBackgroundCopyQMgr *manager, const GUID *id, IBackgroundCopyGroup **group);
/* *job is NULL, with OUTCOME_OK, for a group that has none. */
enum outcome open_job(IBackgroundCopyGroup *group, IBackgroundCopyJob1 **job);
/* A new group with its job, suspended. */
enum outcome make_group(IBackgroundCopyQMgr *manager, const GUID *id, IBackgroundCopyGroup **group,
                        IBackgroundCopyJob1 **job);
/* The group of that GUID with its job, which it must have; made if there is none. */
enum outcome open_or_make_group(IBackgroundCopyQMgr *manager, const GUID *id,
                                IBackgroundCopyGroup **group, IBackgroundCopyJob1 **job,
                                bool *made);
/* words are URL FILE URL FILE…; file names may be relative. All are added, or none. */
enum outcome add_pairs(IBackgroundCopyJob1 *job, int count, wchar_t **words);
/* Sets the display name to the last part of the first file's name. A name is a comfort: failure is none. */
void name_group(IBackgroundCopyGroup *group, const wchar_t *file);

/* Frees a text that may hold a password (NULL: nothing) and wipes it first, since OLE keeps what is
 * freed for a while. */
void free_secret(BSTR text);

/* How a group stands. */
struct standing {
    DWORD status; /* QM_STATUS_GROUP_… */
    DWORD percent;
    DWORD bytes;
    DWORD size; /* 0: not known */
};
HRESULT get_standing(IBackgroundCopyGroup *group, struct standing *standing);
void standing_line(const GUID *id, const struct standing *standing);

/* ---- bar.c -------------------------------------------------------------------------------- */

struct bar {
    bool drawn_at_all, on;
    DWORD last_tick, last_bytes;
    DWORD rate; /* bytes a second, smoothed */
    size_t width;
};
void bar_start(struct bar *bar, enum progress_mode mode);
void bar_draw(struct bar *bar, const struct standing *standing);
/* Leaves the last state standing and begins a new line. */
void bar_end(struct bar *bar);

/* ---- commands ----------------------------------------------------------------------------- */

/* Each returns the program's outcome and has said what went wrong. */
enum outcome command_get(IBackgroundCopyQMgr *manager, const struct options *options);
enum outcome command_wait(IBackgroundCopyQMgr *manager, const struct options *options);
enum outcome command_add(IBackgroundCopyQMgr *manager, const struct options *options);
enum outcome command_list(IBackgroundCopyQMgr *manager, const struct options *options);
enum outcome command_info(IBackgroundCopyQMgr *manager, const struct options *options);
enum outcome command_resume(IBackgroundCopyQMgr *manager, const struct options *options);
enum outcome command_suspend(IBackgroundCopyQMgr *manager, const struct options *options);
enum outcome command_cancel(IBackgroundCopyQMgr *manager, const struct options *options);

#endif
