/* SPDX-License-Identifier: MIT */
/* The command line that makes rundll32 a stand-by host.
 *
 * rundll32 divides the file's name from the entry's by a comma and keeps the name in MAX_PATH
 * characters; a name with a comma, or a longer one, is replaced by its short form if it has one. So is one that makes
 * the line longer than Wine 8 reads from the registry (LocalServer32): MAX_PATH characters. */
#include <stdio.h>
#include <wchar.h>

#include "com/host.h"
#include "com/module.h"
#include "platform/log.h"

#define PATH_ROOM 1024
#define LINE L"\"%ls\" \"%ls\",RunQueue"
#define LINE_REST (sizeof L"\"\" \"\",RunQueue" / sizeof(wchar_t) - 1) /* without program and DLL */

static bool is_fit(const wchar_t *path)
{
    return path[0] && wcslen(path) < MAX_PATH && !wcschr(path, L',') && !wcschr(path, L'"');
}

/* preferred: how long the name may be if there is a choice. */
static bool find_dll(size_t preferred, wchar_t path[PATH_ROOM])
{
    wchar_t full[PATH_ROOM];
    DWORD length = GetModuleFileNameW(module_instance(), full, PATH_ROOM);
    if (length == 0 || length >= PATH_ROOM)
        return false;
    if (!is_fit(full) || length > preferred) {
        length = GetShortPathNameW(full, path, PATH_ROOM);
        if (length > 0 && length < PATH_ROOM && is_fit(path))
            return true;
    }
    wcscpy(path, full);
    return is_fit(full);
}

/* The folder of this width's programs, by a name that programs of both widths understand. */
static bool find_system(wchar_t folder[MAX_PATH])
{
    UINT length = 0;
#ifndef _WIN64
    length = GetSystemWow64DirectoryW(folder, MAX_PATH); /* 0 on 32-bit Windows */
#endif
    if (length == 0)
        length = GetSystemDirectoryW(folder, MAX_PATH);
    return length > 0 && length < MAX_PATH;
}

static size_t dll_preferred(const wchar_t *program)
{
    const size_t taken = wcslen(program) + LINE_REST;
    return taken < MAX_PATH ? MAX_PATH - taken : 0;
}

/* MinGW's old runtime may leave a text that is cut without its end. */
static bool fits(int length, size_t room)
{
    return length >= 0 && (size_t)length < room;
}

bool host_command(struct host_command *command)
{
    wchar_t dll[PATH_ROOM], folder[MAX_PATH];
    const size_t program_room = sizeof command->program / sizeof *command->program;
    const size_t line_room = sizeof command->line / sizeof *command->line;
    bool made = find_system(folder) &&
                fits(_snwprintf(command->program, program_room, L"%ls\\rundll32.exe", folder),
                     program_room) &&
                find_dll(dll_preferred(command->program), dll) &&
                fits(_snwprintf(command->line, line_room, LINE, command->program, dll), line_room);
    if (!made)
        log_event("the DLL lies where rundll32 cannot find it: there is no stand-by host");
    return made;
}
