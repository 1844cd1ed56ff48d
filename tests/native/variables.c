/* SPDX-License-Identifier: MIT */
#include "variables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "support.h"

#ifdef _WIN32

#include <windows.h>

#include "platform/text.h"

void set_variable(const char *name, const char *value)
{
    wchar_t *wide_name = text_utf16(name);
    wchar_t *wide_value = value ? text_utf16(value) : NULL;
    assert_true(wide_name && (wide_value || !value));
    SetEnvironmentVariableW(wide_name, wide_value); /* to take away what is not there fails */
    free(wide_value);
    free(wide_name);
}

#else

void set_variable(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

#endif

static char *folder, *path, *content;

void log_begin(void)
{
    log_end();
    folder = test_folder();
    path = path_join(folder, "log.txt");
    assert_non_null(path);
    set_variable("QMGRPRXY_LOG", path);
}

void log_end(void)
{
    log_close();
    set_variable("QMGRPRXY_LOG", NULL);
    test_remove_folder(folder);
    free(path);
    free(content);
    folder = path = content = NULL;
}

const char *log_path(void)
{
    return path;
}

const char *log_folder(void)
{
    return folder;
}

const char *text_of_file(const char *name)
{
    struct file *file;
    uint64_t size = 0;
    size_t got = 0;
    free(content);
    content = NULL;
    if (file_open(name, &file) == 0) {
        assert_int_equal(file_size(file, &size), 0);
        content = calloc(1, (size_t)size + 1);
        assert_non_null(content);
        assert_int_equal(file_read_at(file, 0, content, (size_t)size, &got), 0);
        file_close(file);
    }
    return content ? content : "";
}

const char *log_content(void)
{
    return text_of_file(path);
}

size_t log_count(const char *text)
{
    size_t count = 0;
    for (const char *at = log_content(); (at = strstr(at, text)) != NULL; at += strlen(text)) {
        count++;
    }
    return count;
}
