/* SPDX-License-Identifier: MIT */
/* The process's own environment, in which settings are looked up. */
#ifndef QMGR_TESTS_NATIVE_ENVIRONMENT_H
#define QMGR_TESTS_NATIVE_ENVIRONMENT_H

/* value NULL: not set. Fails the test if it cannot. While no engine runs, since another thread may read it. */
void environment_set(const char *name, const char *value);

#endif
