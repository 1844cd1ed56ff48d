/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <wchar.h>

const wchar_t *step_folder, *step_argument;

void child_main(const struct step *steps, size_t count)
{
    int words = 0;
    wchar_t **line = CommandLineToArgvW(GetCommandLineW(), &words);
    if (line == NULL || words < 3)
        return;
    step_folder = line[2];
    step_argument = words > 3 ? line[3] : L"";
    for (size_t i = 0; i < count; i++) {
        if (wcscmp(steps[i].name, line[1]) == 0)
            ExitProcess(steps[i].take());
    }
    ExitProcess(FAILED_AT);
}

HANDLE child_start(const wchar_t *step, const wchar_t *argument)
{
    wchar_t program[MAX_PATH + 1];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    assert_true(GetModuleFileNameW(NULL, program, MAX_PATH) > 0);
    struct text line = text_of(L"\"%ls\" %ls \"%ls\" %ls", program, step, folder().w,
                               argument != NULL ? argument : L"");
    assert_true(CreateProcessW(program, line.w, NULL, NULL, FALSE, 0, NULL, folder().w, &startup,
                               &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

void child_finish(const wchar_t *step, HANDLE process)
{
    DWORD code = 0;
    assert_int_equal(WaitForSingleObject(process, 2 * LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process, &code));
    CloseHandle(process);
    if (code != 0)
        print_error("step %ls failed at line %lu\n", step, code);
    assert_int_equal(code, 0);
}

void in_a_child(const wchar_t *step, const wchar_t *argument)
{
    child_finish(step, child_start(step, argument));
}

void wait_for_its_end(HANDLE process)
{
    assert_int_equal(WaitForSingleObject(process, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    CloseHandle(process);
}

void kill_process(HANDLE process)
{
    assert_true(TerminateProcess(process, 1));
    wait_for_its_end(process);
}

IBackgroundCopyQMgr *step_manager(DWORD context)
{
    IBackgroundCopyQMgr *queue_manager = NULL;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, context, &IID_IBackgroundCopyQMgr,
                     (void **)&queue_manager);
    return queue_manager;
}
