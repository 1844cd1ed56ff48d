/* SPDX-License-Identifier: MIT */
/* A program of the crash laboratory, which uses the class by COM only.
 * usage: crash_client work NAME SEED MILLISECONDS JOURNAL TARGETS SERVER SOURCES
 *        crash_client steady NAME SEED MILLISECONDS JOURNAL TARGETS SERVER SOURCES
 *        crash_client finish NAME SEED MILLISECONDS JOURNAL TARGETS SERVER SOURCES
 *
 * work: does random things with its own groups and those of others, so long, then ends, cleanly or not.
 * steady: the same, but what was resumed is left in peace.
 * finish: resumes whatever is not complete, waits until everything is (no longer than it is told), reports every
 * group to the judge, and cancels them all.
 *
 * What the words mean: groups.h. lab.py starts these programs, kills them, and reads their journals. */
#include "groups.h"

#include <stdlib.h>
#include <wchar.h>

#include "journal.h"

enum { ARGUMENTS = 9 };
#define OWN_GROUPS_MOST 3u
#define POLL_MS 40u

static struct circle circle;

/* ---- work --------------------------------------------------------------------------------- */

static struct known *somebody(struct chance *chance)
{
    struct known *known = circle.count ? &circle.known[chance_below(chance, circle.count)] : NULL;
    return known && !known->gone ? known : NULL;
}

static void poll_all(void)
{
    for (unsigned i = 0; i < circle.count; i++) {
        if (!circle.known[i].gone)
            group_poll(&circle.known[i]);
    }
}

/* Others' groups are cancelled less often: they would hardly ever become complete. */
static void perhaps_cancel(struct known *known, struct chance *chance)
{
    if (known->ours || chance_below(chance, 4) == 0)
        group_cancel(known);
}

/* Of 100 random numbers those from here on disturb a group that runs. */
#define DISTURBING 80u

static void do_something(const struct order *order, struct chance *chance, uint32_t choices)
{
    uint32_t what = chance_below(chance, choices);
    struct known *known = somebody(chance);
    if (circle.made < OWN_GROUPS_MOST && (what < 25 || circle.made == 0))
        group_make(&circle, order, chance);
    else if (what < 35)
        groups_look_around(&circle);
    else if (what < 65 || !known)
        poll_all();
    else if (what < DISTURBING)
        group_resume(known);
    else if (what < 90)
        group_suspend(known);
    else if (what < 94)
        perhaps_cancel(known, chance);
    else
        group_foreground(known);
}

static int work(const struct order *order, struct chance *chance, DWORD milliseconds,
                uint32_t choices)
{
    DWORD begin = GetTickCount();
    while (GetTickCount() - begin < milliseconds) {
        do_something(order, chance, choices);
        Sleep(5 + chance_below(chance, POLL_MS));
    }
    bool cleanly = chance_below(chance, 2) == 0;
    journal("end %s", cleanly ? "with releases" : "without releases");
    if (cleanly) {
        groups_release(&circle);
        CoUninitialize();
    }
    return 0;
}

/* ---- finish ------------------------------------------------------------------------------- */

static bool is_to_resume(DWORD status)
{
    return status && !(status & QM_STATUS_GROUP_COMPLETE);
}

/* A group whose maker was killed before it had files cannot be resumed, and is as complete as it will ever be. */
static void resume_all(void)
{
    for (unsigned i = 0; i < circle.count; i++) {
        struct known *known = &circle.known[i];
        DWORD status = group_poll(known);
        journal("found %s %lx", guid_name(&known->id).text, status);
        if (is_to_resume(status))
            group_resume(known);
    }
}

static unsigned count_running(void)
{
    unsigned running = 0;
    for (unsigned i = 0; i < circle.count; i++) {
        struct known *known = &circle.known[i];
        DWORD status = known->complete ? 0 : group_poll(known);
        running += status && !(status & (QM_STATUS_GROUP_COMPLETE | QM_STATUS_GROUP_SUSPENDED));
    }
    return running;
}

static bool wait_until_all_are_complete(DWORD milliseconds)
{
    DWORD begin = GetTickCount();
    while (count_running() > 0) {
        if (GetTickCount() - begin > milliseconds)
            return false;
        Sleep(POLL_MS);
    }
    return true;
}

static int finish(DWORD milliseconds)
{
    groups_look_around(&circle);
    resume_all();
    bool complete = wait_until_all_are_complete(milliseconds);
    journal(complete ? "all complete" : "stuck");
    for (unsigned i = 0; i < circle.count; i++)
        group_report(&circle.known[i]);
    journal("reported");
    for (unsigned i = 0; i < circle.count; i++) {
        if (!circle.known[i].gone)
            group_cancel(&circle.known[i]);
    }
    journal("end with releases");
    groups_release(&circle);
    CoUninitialize();
    return complete ? 0 : 1;
}

/* ---- both --------------------------------------------------------------------------------- */

static bool begin(const wchar_t *journal_path)
{
    if (!journal_open(journal_path))
        return false;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    HRESULT hr = CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IBackgroundCopyQMgr, (void **)&circle.manager);
    if (hr != S_OK)
        journal("broken CoCreateInstance answered %08lx", (unsigned long)hr);
    else
        journal("begin %lu", GetCurrentProcessId());
    return hr == S_OK;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    if (argc != ARGUMENTS)
        return 2;
    const struct order order = {.name = argv[2],
                                .targets = argv[6],
                                .server = argv[7],
                                .sources = (unsigned)wcstoul(argv[8], NULL, 10)};
    struct chance chance = {(uint32_t)wcstoul(argv[3], NULL, 10)};
    DWORD milliseconds = wcstoul(argv[4], NULL, 10);
    if (!begin(argv[5]))
        return 3;
    if (wcscmp(argv[1], L"finish") == 0)
        return finish(milliseconds);
    bool steady = wcscmp(argv[1], L"steady") == 0;
    return work(&order, &chance, milliseconds, steady ? DISTURBING : 100);
}
