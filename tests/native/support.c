/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/platform.h"

static char *base_folder(void)
{
    const char *const names[] = {"QMGR_TEST_TMP", "TMPDIR", "TEMP"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *value = platform_env(names[i]);
        if (value && value[0] != '\0') {
            return value;
        }
        free(value);
    }
    return path_join("/tmp", "");
}

char *test_folder(void)
{
    uint32_t chance[2];
    char name[40];
    assert_true(random_bytes(chance, sizeof(chance)));
    (void)snprintf(name, sizeof(name), "qmgr-test-%08lx%08lx", (unsigned long)chance[0],
                   (unsigned long)chance[1]);
    char *base = base_folder();
    assert_non_null(base);
    char *folder = path_join(base, name);
    free(base);
    assert_non_null(folder);
    assert_false(file_exists(folder));
    assert_int_equal(folder_make(folder), 0);
    return folder;
}

#ifdef _WIN32

#include <windows.h>

#include "platform/text.h"

/* Wide, since names in it may be so; with the prefix, since paths in it may be long. */
static void remove_wide(const wchar_t *path)
{
    size_t length = wcslen(path);
    wchar_t *pattern = malloc((length + MAX_PATH + 2) * sizeof(*pattern));
    assert_non_null(pattern);
    memcpy(pattern, path, length * sizeof(*pattern));
    memcpy(pattern + length, L"\\*", 3 * sizeof(*pattern));
    WIN32_FIND_DATAW entry;
    HANDLE find = FindFirstFileW(pattern, &entry);
    while (find != INVALID_HANDLE_VALUE) {
        memcpy(pattern + length + 1, entry.cFileName,
               (wcslen(entry.cFileName) + 1) * sizeof(*pattern));
        SetFileAttributesW(pattern, FILE_ATTRIBUTE_NORMAL);
        bool folder = (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        if (wcscmp(entry.cFileName, L".") != 0 && wcscmp(entry.cFileName, L"..") != 0) {
            if (folder) {
                remove_wide(pattern);
            } else {
                DeleteFileW(pattern);
            }
        }
        if (!FindNextFileW(find, &entry)) {
            FindClose(find);
            break;
        }
    }
    free(pattern);
    RemoveDirectoryW(path);
}

void test_remove_folder(char *folder)
{
    if (folder) {
        wchar_t *wide = text_utf16(folder);
        wchar_t *full = calloc(1, 32768 * sizeof(*full));
        assert_non_null(wide);
        assert_non_null(full);
        memcpy(full, L"\\\\?\\", 4 * sizeof(*full));
        GetFullPathNameW(wide, 32768 - 4, full + 4, NULL);
        remove_wide(full);
        free(full);
        free(wide);
        free(folder);
    }
}

#else

#include <ftw.h>
#include <sys/stat.h>

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void test_remove_folder(char *folder)
{
    if (folder) {
        (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(folder);
    }
}

#endif
