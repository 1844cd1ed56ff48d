/* SPDX-License-Identifier: MIT */
/* The processes that use the objects of this one, a stand-by host.
 *
 * Windows lets go of what a client held that died. Wine 8 does not: the host would wait for ever for a client that is
 * no more. So under Wine the host keeps in mind which processes have called it, and looks whether any of them lives. */
#ifndef QMGR_COM_CLIENTS_H
#define QMGR_COM_CLIENTS_H

#include <stdbool.h>

bool clients_init(void); /* from DllMain; false if out of memory */
void clients_done(void);

/* Whenever an object is made, and whenever one asks for the queue, as nearly every method does. Does nothing where it is
 * not needed, and if no other process calls. Any thread. */
void clients_note_caller(void);

/* May objects of this process be held by another? Always, where COM sees to it itself. */
bool clients_exist(void);

#endif
