/* SPDX-License-Identifier: MIT */
/* Processes that hold pointers into a stand-by host.
 *
 * Windows lets go of what a client held that died. Wine 8 does not: the host would wait for ever for a client that is
 * no more. But whoever holds a pointer into another process has our proxies loaded; so under Wine each process that
 * loads them has a named object as long as it lives, and a host looks whether there is any. */
#ifndef QMGR_COM_CLIENTS_H
#define QMGR_COM_CLIENTS_H

#include <stdbool.h>

/* This process was asked for its proxies. Any thread, any number of times; does nothing in a host, where that happens
 * for what it serves. */
void clients_show(void);
/* From DllMain, when the DLL is unloaded. */
void clients_done(void);

/* May objects of this process be held by another? Always, if that cannot be told. */
bool clients_exist(void);

#endif
