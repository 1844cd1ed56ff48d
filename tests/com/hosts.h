/* SPDX-License-Identifier: MIT */
/* The stand-by hosts that are there: the processes of rundll32, since nothing else in the prefix uses that. */
#ifndef QMGR_TESTS_COM_HOSTS_H
#define QMGR_TESTS_COM_HOSTS_H

#include "support.h"

#define MOST_HOSTS 8

struct hosts {
    unsigned count;
    DWORD ids[MOST_HOSTS];
};

struct hosts hosts(void);
/* Waits until there is just one. The caller closes the handle, which may be waited for and used to end it. */
HANDLE the_host(void);
int end_hosts(void);

#endif
