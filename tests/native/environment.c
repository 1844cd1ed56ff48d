/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#ifdef _WIN32
#include <windows.h>

void environment_set(const char *name, const char *value)
{
    assert_true(SetEnvironmentVariableA(name, value) || GetLastError() == ERROR_ENVVAR_NOT_FOUND);
}
#else
void environment_set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}
#endif
