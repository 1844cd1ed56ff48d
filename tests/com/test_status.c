/* SPDX-License-Identifier: MIT */
/* The status model: qmgr.md 14.1 and 14.2, as a walk through a table of steps. */
#include "support.h"

enum act {
    CREATE_JOB,
    ADD_SLOW,
    ADD_SMALL,
    ADD_MISSING,
    ADD_UNREACHABLE,
    SUSPEND,
    RESUME,
    RUN,
    FOREGROUND,
};

struct step {
    enum act act;
    DWORD group; /* status afterwards */
    DWORD job;   /* 0: there is no job yet */
};

static void act_on(struct item *item, enum act act)
{
    switch (act) {
    case CREATE_JOB:
        assert_hr(IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job), S_OK);
        break;
    case ADD_SLOW: item_add(item, L"/veryslow/mid.bin", L"slow.bin"); break;
    case ADD_SMALL: item_add(item, L"/small.bin", L"small.bin"); break;
    case ADD_MISSING: item_add(item, L"/status/404", L"missing.bin"); break;
    case ADD_UNREACHABLE:
        assert_hr(add_one(item->job, text_of(L"%ls/x", environment(L"QMGR_TEST_CLOSED").w).w,
                          in_folder(L"unreachable.bin").w),
                  S_OK);
        break;
    case SUSPEND: assert_hr(IBackgroundCopyGroup_SuspendGroup(item->group), S_OK); break;
    case RESUME: assert_hr(IBackgroundCopyGroup_ResumeGroup(item->group), S_OK); break;
    case RUN: run(item); break;
    case FOREGROUND: assert_hr(IBackgroundCopyGroup_SwitchToForeground(item->group), S_OK); break;
    }
}

/* qmgr.md 14.2: true in every state. */
static void assert_invariants(DWORD group, DWORD job)
{
    assert_int_not_equal((group & QM_STATUS_GROUP_COMPLETE) != 0,
                         (group & QM_STATUS_GROUP_INCOMPLETE) != 0);
    if ((group & QM_STATUS_GROUP_ERROR) != 0)
        assert_true((group & QM_STATUS_GROUP_SUSPENDED) != 0);
    if (job == 0)
        return;
    assert_int_not_equal((job & QM_STATUS_JOB_COMPLETE) != 0,
                         (job & QM_STATUS_JOB_INCOMPLETE) != 0);
    assert_int_equal((job & QM_STATUS_JOB_FOREGROUND), 0);
    assert_int_equal((job & QM_STATUS_JOB_ERROR) != 0, (group & QM_STATUS_GROUP_ERROR) != 0);
}

static void walk(const struct step *steps, size_t count)
{
    struct item item = item_without_job();
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    for (size_t i = 0; i < count; i++) {
        act_on(&item, steps[i].act);
        DWORD group = group_status(item.group);
        DWORD job = item.job != NULL ? job_status(item.job) : 0;
        if (group != steps[i].group || job != steps[i].job)
            print_error("step %u\n", (unsigned)i);
        assert_int_equal(group, steps[i].group);
        assert_int_equal(job, steps[i].job);
        assert_invariants(group, job);
    }
    item_end(&item);
}

static void new_running_suspended_and_running_again(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {CREATE_JOB, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {ADD_SLOW, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {RESUME, GROUP_IS_RUNNING, JOB_IS_INCOMPLETE},
        {ADD_SMALL, GROUP_IS_RUNNING, JOB_IS_INCOMPLETE},
        {SUSPEND, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {RESUME, GROUP_IS_RUNNING, JOB_IS_INCOMPLETE},
        {SUSPEND, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
    };
    walk(steps, COUNT(steps));
}

static void completion_suspends_the_group(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {CREATE_JOB, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {ADD_SMALL, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {RUN, GROUP_IS_COMPLETE, JOB_IS_COMPLETE},
        {SUSPEND, GROUP_IS_COMPLETE, JOB_IS_COMPLETE},
        {RESUME, GROUP_IS_COMPLETE, JOB_IS_COMPLETE},
        {ADD_SLOW, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {RESUME, GROUP_IS_RUNNING, JOB_IS_INCOMPLETE},
    };
    walk(steps, COUNT(steps));
}

static void an_error_suspends_the_group(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {CREATE_JOB, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {ADD_MISSING, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {RUN, GROUP_IS_FAILED, JOB_IS_FAILED},
        {SUSPEND, GROUP_IS_FAILED, JOB_IS_FAILED},
        {ADD_SMALL, GROUP_IS_FAILED, JOB_IS_FAILED},
        {RUN, GROUP_IS_FAILED, JOB_IS_FAILED},
    };
    walk(steps, COUNT(steps));
}

static void foreground_stays_set_in_every_state(void **state)
{
    (void)state;
    const DWORD f = QM_STATUS_GROUP_FOREGROUND;
    const struct step steps[] = {
        {FOREGROUND, GROUP_IS_SUSPENDED | f, 0},
        {CREATE_JOB, GROUP_IS_SUSPENDED | f, JOB_IS_INCOMPLETE},
        {ADD_SMALL, GROUP_IS_SUSPENDED | f, JOB_IS_INCOMPLETE},
        {RUN, GROUP_IS_COMPLETE | f, JOB_IS_COMPLETE},
        {ADD_SLOW, GROUP_IS_SUSPENDED | f, JOB_IS_INCOMPLETE},
        {RESUME, GROUP_IS_RUNNING | f, JOB_IS_INCOMPLETE},
        {SUSPEND, GROUP_IS_SUSPENDED | f, JOB_IS_INCOMPLETE},
    };
    walk(steps, COUNT(steps));
}

static void foreground_stays_set_after_an_error(void **state)
{
    (void)state;
    const DWORD f = QM_STATUS_GROUP_FOREGROUND;
    const struct step steps[] = {
        {CREATE_JOB, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {ADD_MISSING, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {RUN, GROUP_IS_FAILED, JOB_IS_FAILED},
        {FOREGROUND, GROUP_IS_FAILED | f, JOB_IS_FAILED},
    };
    walk(steps, COUNT(steps));
}

/* Nobody listens there: worth another try after a while, which the client does not see as an error. */
static void a_transient_error_is_not_an_error(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {CREATE_JOB, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {ADD_UNREACHABLE, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
        {RESUME, GROUP_IS_RUNNING, JOB_IS_INCOMPLETE},
        {SUSPEND, GROUP_IS_SUSPENDED, JOB_IS_INCOMPLETE},
    };
    walk(steps, COUNT(steps));
}

static void resume_out_of_an_error_clears_it(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/status/404", L"missing.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    struct job_report before = job_report(item.job);
    assert_int_equal(before.http, 404);
    assert_int_equal(before.win32, 0);
    assert_int_equal(run(&item), GROUP_IS_FAILED); /* tried again, failed again */
    struct job_report after = job_report(item.job);
    assert_int_equal(after.http, 404);
    assert_int_equal(after.retries, 0);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(new_running_suspended_and_running_again),
        A_TEST(completion_suspends_the_group),
        A_TEST(an_error_suspends_the_group),
        A_TEST(foreground_stays_set_in_every_state),
        A_TEST(foreground_stays_set_after_an_error),
        A_TEST(a_transient_error_is_not_an_error),
        A_TEST(resume_out_of_an_error_clears_it),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
