/* SPDX-License-Identifier: MIT */
/* Other programs of a test are the test program itself, run again with the name of a step. A step's exit code is 0, or
 * the number of the line that failed. */
#ifndef QMGR_TESTS_COM_CHILD_H
#define QMGR_TESTS_COM_CHILD_H

#include "support.h"

#define FAILED_AT ((DWORD)__LINE__)

struct step {
    const wchar_t *name;
    DWORD (*take)(void);
};

/* In a step: the test's folder, and what the test has said, or "". */
extern const wchar_t *step_folder, *step_argument;

/* From main: takes the step that the command line names, and does not return then. */
void child_main(const struct step *steps, size_t count);

/* Starts a step; the caller closes the handle. argument: one word, may be NULL. */
HANDLE child_start(const wchar_t *step, const wchar_t *argument);
/* Waits for its end and closes the handle; fails the test unless all went well. */
void child_finish(const wchar_t *step, HANDLE process);
void in_a_child(const wchar_t *step, const wchar_t *argument);
/* Waits for the end of any process and closes the handle. */
void wait_for_its_end(HANDLE process);
/* Kills any process, waits for its end and closes the handle. */
void kill_process(HANDLE process);

/* For steps. NULL if there is none. */
IBackgroundCopyQMgr *step_manager(DWORD context);

#endif
