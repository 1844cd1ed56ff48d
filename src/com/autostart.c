/* SPDX-License-Identifier: MIT */
#include "com/autostart.h"

#include <olectl.h>

#include "com/host.h"
#include "com/registry.h"
#include "platform/log.h"

#define RUN_KEY L"Software\\Microsoft\\Windows\\CurrentVersion\\Run"

/* The key is the same for programs of both widths. */
#ifdef _WIN64
#define VALUE L"QmgrPrxy64"
#define JOURNAL L"Autostart64"
#else
#define VALUE L"QmgrPrxy32"
#define JOURNAL L"Autostart32"
#endif

static LONG undo(void)
{
    struct journal journal;
    LONG error = journal_open(HKEY_CURRENT_USER, JOURNAL, FALSE, &journal);
    if (error)
        return error;
    error = journal_undo(&journal);
    journal_close(&journal);
    return error;
}

static LONG set(const wchar_t *line)
{
    struct journal journal;
    LONG error = journal_open(HKEY_CURRENT_USER, JOURNAL, TRUE, &journal);
    if (error)
        return error;
    error = journal_set(&journal, RUN_KEY, VALUE, line);
    journal_close(&journal);
    return error;
}

/* What an earlier call did is undone first: the DLL may lie elsewhere now. */
HRESULT autostart_add(void)
{
    struct host_command command;
    if (!host_command(&command))
        return SELFREG_E_CLASS;
    LONG error = undo();
    if (!error) {
        error = set(command.line);
        if (error)
            undo(); /* the first error is the one to tell */
    }
    log_event("autostart on: error %ld", error);
    return HRESULT_FROM_WIN32((DWORD)error);
}

HRESULT autostart_remove(void)
{
    LONG error = undo();
    log_event("autostart off: error %ld", error);
    return HRESULT_FROM_WIN32((DWORD)error);
}
