/* SPDX-License-Identifier: MIT */
/* Keeps the interfaces of the class known to RPC while a host serves them to other processes, against a fault of
 * Wine 8.
 *
 * When the last stub of an interface goes, Wine's combase takes the interface off RPC and waits for the calls that
 * are still under way there (rpc_unregister_interface, RpcServerUnregisterIf). A call that ends just then, after its
 * client has the answer, can be missed: RPCRT4_release_server_interface looks for the event to set, without the lock,
 * between RpcServerUnregisterIf's reading of the count and its writing down the event. Then that wait has no end, and
 * as it holds the lock of all registered interfaces, the process can serve nobody any more. A client that calls a
 * method and then releases its only group is enough, on a busy machine.
 *
 * So there is always one more stub of each interface: that of an object which nobody is ever given. Windows has no need of
 * it. */
#ifndef QMGR_COM_KEPT_STUBS_H
#define QMGR_COM_KEPT_STUBS_H

#include <windows.h>

/* In the multi-threaded apartment, by the thread that calls kept_stubs_end there as well. What COM does not take is done
 * without, and its error returned; what was kept before stays. DllCanUnloadNow says no meanwhile. */
HRESULT kept_stubs_begin(void);
/* When no call is under way: the interfaces are taken off RPC here. Harmless without kept_stubs_begin. */
void kept_stubs_end(void);

#endif
