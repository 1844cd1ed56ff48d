/* SPDX-License-Identifier: MIT */
/* The disk as SQLite sees it, for tests that want it to be full, or to know what is on it at any instant.
 * For one thread; flushes are left out, since no power is cut here. */
#ifndef QMGR_TESTS_NATIVE_SQLITE_DISK_H
#define QMGR_TESTS_NATIVE_SQLITE_DISK_H

#include <stdbool.h>

/* To be called before the first queue is opened. */
void disk_install(void);
/* From now on writing fails as on a disk without room. */
void disk_set_full(bool full);
/* Is called before each write; NULL: no more. */
void disk_before_write(void (*call)(void *context), void *context);

#endif
