/* SPDX-License-Identifier: MIT */
/* Threads of the notifier: what may have to wait for a client is done on one of its own.
 *
 * Each is in the multi-threaded apartment. When it leaves it COM may ask the DLL, on that very
 * thread, whether it can be unloaded; the thread is still counted then, so the answer is no, and
 * nobody ever waits for one. */
#ifndef QMGR_COM_ERRAND_H
#define QMGR_COM_ERRAND_H

#include <stdbool.h>

/* Runs run(what); the notifier is woken when it is done. False if there is no memory or no
 * thread. */
bool errand_start(const char *name, void (*run)(void *), void *what);
/* How many have begun and not ended. */
unsigned errand_count(void);

#endif
