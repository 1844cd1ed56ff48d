/* SPDX-License-Identifier: MIT */
/* Clients' callback objects that are held for deliveries, which are made in the multi-threaded apartment, by numbers.
 *
 * An object that was handed over in that apartment is held as it is; that of another apartment in the global interface
 * table. (That would do for both, but Wine 8 cannot let go of another process's object there, and every object that a
 * client of a local server hands over is one.) */
#ifndef QMGR_COM_HELD_H
#define QMGR_COM_HELD_H

#include <windows.h>
#include <ole2.h>
#include <stdbool.h>

#include <qmgr.h>

bool held_init(void); /* from DllMain; false if out of memory */
void held_done(void);

/* In the client's apartment. *cookie is never 0. E_OUTOFMEMORY, or what COM answers. */
HRESULT held_add(IBackgroundCopyCallback1 *callback, DWORD *cookie);
/* In the multi-threaded apartment. RPC_E_DISCONNECTED if the client's apartment is gone, E_INVALIDARG if nothing is held
 * by that number (any more). */
HRESULT held_get(DWORD cookie, IBackgroundCopyCallback1 **callback);
/* May call the client. In any apartment, but for what held_is_bound says of. */
HRESULT held_remove(DWORD cookie);
/* Can it be let go of in the multi-threaded apartment only, and is this another? */
bool held_is_bound(DWORD cookie);

#endif
