/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "nth.h"

char **nth_names(const char *folder, size_t *count)
{
    char **names = nth_memory(sizeof *names);
    *count = 0;
    char *pattern = nth_path(folder, "*", NULL);
    WIN32_FIND_DATAA entry;
    HANDLE find = FindFirstFileA(pattern, &entry);
    free(pattern);
    while (find != INVALID_HANDLE_VALUE) {
        if (strcmp(entry.cFileName, ".") != 0 && strcmp(entry.cFileName, "..") != 0) {
            char **more = realloc(names, (*count + 1) * sizeof *names);
            if (!more) {
                break;
            }
            names = more;
            names[(*count)++] = strdup(entry.cFileName);
        }
        if (!FindNextFileA(find, &entry)) {
            break;
        }
    }
    if (find != INVALID_HANDLE_VALUE) {
        FindClose(find);
    }
    return names;
}

bool nth_rename(const char *from, const char *to)
{
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) != 0;
}

void nth_end(int code)
{
    TerminateProcess(GetCurrentProcess(), (UINT)code);
    abort();
}

/* Wine on a busy machine refuses to start a process now and then, which is not what is looked at here. */
static bool start_process(const char *program, char *line, HANDLE *process)
{
    enum { TRIES = 3 };
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION child;
    for (int i = 0; i < TRIES; i++) {
        if (CreateProcessA(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &child)) {
            CloseHandle(child.hThread);
            *process = child.hProcess;
            return true;
        }
        fprintf(stderr, "no process: Win32 error %lu\n", GetLastError());
    }
    return false;
}

int nth_run_self(const char *const *arguments)
{
    enum { LINE = 4096 };
    char program[MAX_PATH];
    char line[LINE] = "nth";
    if (GetModuleFileNameA(NULL, program, sizeof program) == 0) {
        return -1;
    }
    for (; *arguments; arguments++) {
        size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, " \"%s\"", *arguments);
    }
    HANDLE child;
    if (!start_process(program, line, &child)) {
        return -1;
    }
    DWORD code = 0;
    bool ended =
        WaitForSingleObject(child, INFINITE) == WAIT_OBJECT_0 && GetExitCodeProcess(child, &code);
    CloseHandle(child);
    return ended ? (int)code : -1;
}
