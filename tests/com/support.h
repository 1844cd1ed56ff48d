/* SPDX-License-Identifier: MIT */
/* What the COM tests share: a manager, fresh GUIDs and folders, a listener to wait with, comparisons.
 *
 * The programs run with the class registered and with the environment that tools/test.sh sets up: an
 * empty queue folder (QMGRPRXY_HOME), a writable folder (QMGR_TEST_TMP), and the URLs of the test server.
 * Expected results come from the specification (qmgr.md, decisions.md), never from the code.
 *
 * Functions that cannot do their work fail the running test. */
#ifndef QMGR_TESTS_COM_SUPPORT_H
#define QMGR_TESTS_COM_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>

#include <ole2.h>

#include <cmocka.h>

#include "qmgr.h"

/* Fails the test, with both values in hexadecimal, unless they are the same. */
#define assert_hr(actual, expected)                                                                \
    support_assert_hr((actual), (HRESULT)(expected), #actual, __FILE__, __LINE__)
void support_assert_hr(HRESULT actual, HRESULT expected, const char *what, const char *file,
                       int line);

/* What the proxy answers when an [out] pointer is NULL (qmgr.md section 12). */
#define NULL_REF_POINTER ((HRESULT)0x800706F4)

/* Status words of qmgr.md 14.2. */
#define GROUP_IS_SUSPENDED (QM_STATUS_GROUP_SUSPENDED | QM_STATUS_GROUP_INCOMPLETE)
#define GROUP_IS_RUNNING QM_STATUS_GROUP_INCOMPLETE
#define GROUP_IS_FAILED                                                                            \
    (QM_STATUS_GROUP_ERROR | QM_STATUS_GROUP_SUSPENDED | QM_STATUS_GROUP_INCOMPLETE)
#define GROUP_IS_COMPLETE (QM_STATUS_GROUP_COMPLETE | QM_STATUS_GROUP_SUSPENDED)
#define JOB_IS_INCOMPLETE QM_STATUS_JOB_INCOMPLETE
#define JOB_IS_FAILED (QM_STATUS_JOB_ERROR | QM_STATUS_JOB_INCOMPLETE)
#define JOB_IS_COMPLETE QM_STATUS_JOB_COMPLETE

#define NO_FILE_INDEX 0xFFFFFFFFu
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LONG_ENOUGH_MS 120000u /* a wait that takes this long has failed */

/* ---- the frame of a program --------------------------------------------------------------- */

/* Group setup and teardown: the multi-threaded apartment and one manager for the whole program. */
int support_start(void **state);
int support_end(void **state);
/* Each test: a fresh folder before it, an empty queue after it. */
int support_before(void **state);
int support_after(void **state);
#define A_TEST(function) cmocka_unit_test_setup_teardown(function, support_before, support_after)

IBackgroundCopyQMgr *manager(void);

/* ---- the DLL without COM's help ------------------------------------------------------------ */

/* The file in which the class is registered. NULL if it cannot be loaded; no test need be running. */
HMODULE load_dll(void);
HRESULT dll_class_object(HMODULE dll, REFCLSID clsid, REFIID iid, void **out);
HRESULT dll_can_unload(HMODULE dll);

/* ---- texts, files ------------------------------------------------------------------------- */

struct text {
    wchar_t w[2600];
};
struct text text_of(const wchar_t *format, ...);
struct text environment(const wchar_t *name); /* not set: the test fails */
struct text folder(void);                     /* this test's own, without a separator at the end */
struct text in_folder(const wchar_t *name);
struct text on_server(const wchar_t *path); /* http, e.g. L"/small.bin" */
struct text www_file(const wchar_t *name);  /* the server's own file, as a local path */
/* What the server gives out for seconds, at /slow/: the first second's share comes at once. Each test finds it
 * among the server's files. */
#define SLOW_FILE L"three.bin"
#define SLOW_SIZE (3u << 20)
struct text guid_text(const GUID *id); /* {…}, upper case */
GUID fresh_guid(void);

bool exists(const wchar_t *path);
uint64_t size_of(const wchar_t *path);
/* Byte for byte. */
bool same_content(const wchar_t *one, const wchar_t *other);
void write_file(const wchar_t *path, const void *data, size_t size);
void make_folder(const wchar_t *path);
/* Files in this test's folder that match, e.g. L"BIT*.tmp" for part files. */
unsigned count_in_folder(const wchar_t *pattern);

/* ---- groups ------------------------------------------------------------------------------- */

struct item {
    GUID id;
    GUID job_id;
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job; /* NULL if it was made without */
};

struct item item_new(void);
struct item item_without_job(void);
/* Cancels the group if it is still there and releases both. */
void item_end(struct item *item);

/* AddFiles with one file; dwSizeHint is left as real clients leave it. */
HRESULT add_one(IBackgroundCopyJob1 *job, const wchar_t *remote, const wchar_t *local);
/* The same, must succeed; remote is a path on the server, local a name in the test's folder. */
void item_add(struct item *item, const wchar_t *remote, const wchar_t *local);
/* AddFiles with `count` files, names made by the two functions (BSTR, freed afterwards). */
HRESULT add_many(IBackgroundCopyJob1 *job, ULONG count, BSTR (*remote)(ULONG),
                 BSTR (*local)(ULONG));

DWORD group_status(IBackgroundCopyGroup *group);
DWORD job_status(IBackgroundCopyJob1 *job);
DWORD group_percent(IBackgroundCopyGroup *group);
DWORD group_bytes(IBackgroundCopyGroup *group);
DWORD group_size(IBackgroundCopyGroup *group);
DWORD file_count(IBackgroundCopyJob1 *job);
HRESULT set_integer(IBackgroundCopyGroup *group, GROUPPROP property, LONG value);
HRESULT set_string(IBackgroundCopyGroup *group, GROUPPROP property, const wchar_t *value);
LONG get_integer(IBackgroundCopyGroup *group, GROUPPROP property);
struct text get_string(IBackgroundCopyGroup *group, GROUPPROP property);

/* What GetStatus of a job gives. */
struct job_report {
    DWORD status;
    DWORD win32;
    DWORD http;
    DWORD retries;
};
struct job_report job_report(IBackgroundCopyJob1 *job);

/* Resumes the group, waits until it is complete or has failed, returns its status. */
DWORD run(struct item *item);
/* Waits (nothing signals these states) until the condition holds; false if it never does. */
bool wait_until(bool (*holds)(void *context), void *context);
bool has_bytes(void *item); /* a condition for wait_until: SIZE_DONE is above 0 */

/* ---- a client's callback object ----------------------------------------------------------- */

/* What a client may pass on that has a server of its own; of the client itself it says nothing. */
#define REFUSAL HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE)

struct listener {
    IBackgroundCopyCallback1 IBackgroundCopyCallback1_iface;
    LONG references;
    HANDLE called;      /* auto-reset: set at the end of each OnStatus */
    HANDLE hold;        /* if not NULL, OnStatus waits for it */
    HANDLE entered;     /* set at the start of each OnStatus */
    LONG refusals;      /* answer REFUSAL so many times, then S_OK */
    bool cancel_inside; /* call CancelGroup in OnStatus */
    HRESULT cancelled;  /* what it answered */
    LONG calls;
    LONG progress_calls; /* of OnProgress and OnProgressEx: never made */
    DWORD thread;        /* on which the last call came */
    GUID group_id, job_id;
    bool with_group, with_job;
    DWORD file, status, retries, win32, http;
    DWORD status_inside; /* GetStatus of the group, asked inside OnStatus */
};
/* One reference, the caller's. Ends with the last Release. */
struct listener *listener_new(void);
IBackgroundCopyCallback1 *listener_face(struct listener *listener);
void listener_release(struct listener *listener);
/* Waits for the next call; false if none comes in time. */
bool listener_wait(struct listener *listener);
HRESULT set_listener(IBackgroundCopyGroup *group, struct listener *listener); /* NULL clears */

#endif
