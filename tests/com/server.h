/* SPDX-License-Identifier: MIT */
/* The class in a process of its own: CLSCTX_LOCAL_SERVER. */
#ifndef QMGR_TESTS_COM_SERVER_H
#define QMGR_TESTS_COM_SERVER_H

#include "support.h"

/* For a group setup: the class is not created in this process. Waits until the hosts of an earlier test program have
 * ended, which have other queues and would serve this one's. */
int server_enter_apartment(void **state);

IBackgroundCopyQMgr *server_manager(void);
/* The same after the host was killed: under Wine the first client after that is still told of the one that was. */
IBackgroundCopyQMgr *server_manager_after_kill(void);
/* What a client is answered whose server is no more. */
bool is_rpc_error(HRESULT hr);

/* A group with a job; item_end takes it off again. */
void server_item(IBackgroundCopyQMgr *queue_manager, struct item *item);

#endif
