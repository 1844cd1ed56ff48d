/* SPDX-License-Identifier: MIT */
/* Scripts that take their time, and what is made of their answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/platform.h"
#include "transfer/proxy_asks.h"

#define PATIENCE_MS 60000u

/* What the script is told to do; it says what it was asked. */
static struct script {
    struct wakeup *may_answer, *has_begun, *has_answered, *news;
    struct lock *lock;
    bool answers;
    unsigned questions;
} the;

static bool ask(const char *script, const char *url, bool own_logon, struct proxy_answer *answer)
{
    lock_take(the.lock);
    the.questions++;
    bool answers = the.answers;
    lock_drop(the.lock);
    wakeup_set(the.has_begun);
    assert_true(wakeup_wait(the.may_answer, PATIENCE_MS));
    *answer = (struct proxy_answer){0};
    if (answers) {
        answer->list = malloc(strlen(url) + 8);
        strcpy(strcpy(answer->list, script ? "script:" : "found:") + (script ? 7 : 6), url);
    }
    (void)own_logon;
    wakeup_set(the.has_answered);
    return answers;
}

static void news(void *context)
{
    wakeup_set(((struct script *)context)->news);
}

static unsigned questions(void)
{
    lock_take(the.lock);
    unsigned count = the.questions;
    lock_drop(the.lock);
    return count;
}

static int set_up(void **state)
{
    the = (struct script){.may_answer = wakeup_new(NULL),
                          .has_begun = wakeup_new(NULL),
                          .has_answered = wakeup_new(NULL),
                          .news = wakeup_new(NULL),
                          .lock = lock_new(),
                          .answers = true};
    return 0;
}

static int tear_down(void **state)
{
    wakeup_free(the.may_answer);
    wakeup_free(the.has_begun);
    wakeup_free(the.has_answered);
    wakeup_free(the.news);
    lock_free(the.lock);
    return 0;
}

static struct proxy_asks *begin(uint32_t patience_ms, uint32_t keep_ms)
{
    const struct proxy_asks_options options = {
        .ask = ask, .news = news, .context = &the, .patience_ms = patience_ms, .keep_ms = keep_ms};
    struct proxy_asks *asks = proxy_asks_new(&options);
    assert_non_null(asks);
    return asks;
}

static void assert_asked(struct proxy_asks *asks, const char *script, const char *url,
                         enum proxy_asked expected)
{
    struct proxy_answer answer;
    assert_int_equal(proxy_asks_get(asks, script, url, false, &answer), expected);
    assert_null(answer.list);
}

static void assert_answer(struct proxy_asks *asks, const char *script, const char *url,
                          const char *list)
{
    struct proxy_answer answer;
    assert_int_equal(proxy_asks_get(asks, script, url, false, &answer), ASKED_ANSWER);
    assert_string_equal(answer.list, list);
    proxy_answer_clear(&answer);
}

static void let_answer(void)
{
    wakeup_set(the.may_answer);
    assert_true(wakeup_wait(the.news, PATIENCE_MS));
}

static void who_asks_is_not_kept_waiting(void **state)
{
    struct proxy_asks *asks = begin(PATIENCE_MS, PATIENCE_MS);
    assert_false(proxy_asks_pending(asks));
    assert_asked(asks, "http://pac/", "http://host/one?x", ASKED_LATER);
    assert_true(wakeup_wait(the.has_begun, PATIENCE_MS));
    assert_asked(asks, "http://pac/", "http://host/one?x", ASKED_LATER);
    assert_true(proxy_asks_pending(asks));
    let_answer();
    assert_answer(asks, "http://pac/", "http://host/one?x", "script:http://host/");
    assert_false(proxy_asks_pending(asks));
    proxy_asks_free(asks);
}

static void an_answer_serves_all_files_of_a_server(void **state)
{
    struct proxy_asks *asks = begin(PATIENCE_MS, PATIENCE_MS);
    assert_asked(asks, NULL, "http://host:81/one", ASKED_LATER);
    let_answer();
    assert_answer(asks, NULL, "http://host:81/two#z", "found:http://host:81/");
    assert_answer(asks, NULL, "http://host:81", "found:http://host:81/");
    assert_int_equal(questions(), 1);
    /* Not those of others. */
    static const char *const others[] = {"http://host/", "https://host:81/", "http://host:8/",
                                         "http://host:811/"};
    for (size_t i = 0; i < 4; i++) {
        assert_asked(asks, NULL, others[i], ASKED_LATER);
        let_answer();
    }
    assert_asked(asks, "http://pac/", "http://host:81/", ASKED_LATER);
    let_answer();
    assert_int_equal(questions(), 6);
    proxy_asks_free(asks);
}

static void an_answer_grows_old(void **state)
{
    struct proxy_asks *asks = begin(PATIENCE_MS, 0);
    assert_asked(asks, NULL, "http://host/", ASKED_LATER);
    let_answer();
    assert_asked(asks, NULL, "http://host/", ASKED_LATER);
    let_answer();
    assert_int_equal(questions(), 2);
    proxy_asks_free(asks);
}

static void a_script_that_does_not_answer_is_left_alone(void **state)
{
    struct proxy_asks *asks = begin(PATIENCE_MS, PATIENCE_MS);
    the.answers = false;
    assert_asked(asks, "http://pac/", "http://one/", ASKED_LATER);
    assert_true(wakeup_wait(the.has_begun, PATIENCE_MS));
    assert_asked(asks, "http://pac/", "http://two/", ASKED_LATER);
    let_answer();
    assert_asked(asks, "http://pac/", "http://one/", ASKED_NOTHING);
    assert_asked(asks, "http://pac/", "http://two/", ASKED_NOTHING);
    assert_asked(asks, "http://pac/", "http://three/", ASKED_NOTHING);
    assert_int_equal(questions(), 1);
    proxy_asks_free(asks);
}

static void patience_ends(void **state)
{
    struct proxy_asks *asks = begin(0, PATIENCE_MS);
    assert_asked(asks, NULL, "http://host/", ASKED_NOTHING);
    assert_true(wakeup_wait(the.has_begun, PATIENCE_MS));
    assert_asked(asks, NULL, "http://host/", ASKED_NOTHING);
    assert_false(proxy_asks_pending(asks));
    /* What comes late counts from then on. */
    let_answer();
    assert_answer(asks, NULL, "http://host/", "found:http://host/");
    proxy_asks_free(asks);
}

static void nobody_waits_for_a_script_at_the_end(void **state)
{
    struct proxy_asks *asks = begin(PATIENCE_MS, PATIENCE_MS);
    assert_asked(asks, NULL, "http://host/", ASKED_LATER);
    assert_asked(asks, NULL, "http://another/", ASKED_LATER);
    assert_true(wakeup_wait(the.has_begun, PATIENCE_MS));
    proxy_asks_free(asks);
    /* The thread is still at it, ends by itself, and has nothing to tell anybody. */
    wakeup_set(the.may_answer);
    assert_true(wakeup_wait(the.has_answered, PATIENCE_MS));
    assert_false(wakeup_wait(the.news, 100));
    assert_int_equal(questions(), 1);
}

#define A_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(who_asks_is_not_kept_waiting),
        A_TEST(an_answer_serves_all_files_of_a_server),
        A_TEST(an_answer_grows_old),
        A_TEST(a_script_that_does_not_answer_is_left_alone),
        A_TEST(patience_ends),
        A_TEST(nobody_waits_for_a_script_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
