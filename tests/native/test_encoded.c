/* SPDX-License-Identifier: MIT */
/* A body that comes encoded though it was asked not to is saved as it comes, and the log says so: else
 * nobody could know why the file is not what it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch.h"
#include "variables.h"

static int name_log(void **state)
{
    log_begin();
    return 0;
}

static int forget_log(void **state)
{
    log_end();
    return 0;
}

static bool is_logged(const char *text)
{
    return log_count(text) > 0;
}

static void an_encoded_body_is_saved_as_it_comes_and_the_log_says_so(void **state)
{
    size_t size = 0;
    fetch_into(fetch_url("QMGR_TEST_FAULTS_HTTP", "/answer?field=Content-Encoding:%20identity"),
               "plain");
    fetch_into(fetch_url("QMGR_TEST_FAULTS_HTTP", "/gzipped?token=hush"), "encoded");
    const char *data = fetch_read(fetch_local("encoded"), &size);
    assert_memory_equal(data, "\x1F\x8B", 2);
    assert_true(is_logged("/gzipped?***: the server sends it encoded"));
    assert_false(is_logged("hush"));
    assert_false(is_logged("identity: the server sends it encoded"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_encoded_body_is_saved_as_it_comes_and_the_log_says_so,
                                        fetch_set_up, fetch_tear_down),
    };
    if (!fetch_has_server()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, name_log, forget_log);
}
