/* SPDX-License-Identifier: MIT */
/* The class for other processes: a stand-by host serves those who ask for CLSCTX_LOCAL_SERVER. */
#ifndef QMGR_COM_LOCAL_SERVER_H
#define QMGR_COM_LOCAL_SERVER_H

#include <stdbool.h>

/* Tells COM that this process serves the class, from the caller's apartment, which has to be the multi-threaded one
 * and to outlast local_server_end. False, with a line in the log, if COM does not take it. Both are called by the
 * host's thread only. */
bool local_server_begin(void);
/* Nobody new comes from now on, but for those who have the factory already. Harmless without local_server_begin. */
void local_server_end(void);
/* The last clients are gone as well. On the thread of local_server_begin; harmless without it. */
void local_server_done(void);

/* Does a client, in this process or another, hold an object, or a lock of IClassFactory::LockServer? `own` are the
 * caller's own objects, see module_object_added. */
bool local_server_is_used(long own);

#endif
