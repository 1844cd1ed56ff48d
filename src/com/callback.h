/* SPDX-License-Identifier: MIT */
/* Clients' callback objects: how they come from the apartment that they were handed over in to
 * that of a delivery, and how they are let go. */
#ifndef QMGR_COM_CALLBACK_H
#define QMGR_COM_CALLBACK_H

#include <windows.h>
#include <ole2.h>
#include <stdbool.h>

#include <qmgr.h>

/* What is to be let go of. */
struct leftover {
    DWORD cookie;                       /* 0 if none */
    IBackgroundCopyCallback1 *instance; /* lives in the multi-threaded apartment; may be NULL */
    bool in_use;                        /* the client is being called, and may hang */
};

/* In the client's apartment. *cookie is 0 for no object, else for held_get. E_NOINTERFACE if the object is no
 * IBackgroundCopyCallback1, or what COM answers. */
HRESULT callback_enter(IUnknown *object, DWORD *cookie);
/* A new object of the client's class. */
HRESULT callback_make(const CLSID *clsid, IBackgroundCopyCallback1 **callback);

/* In a call of the client's own: its object is released when this returns, unless that would
 * mean to wait for somebody; then it is done by an errand. */
void callback_let_go(const struct leftover *leftover);
/* Always by an errand. True if there was anything. */
bool callback_let_go_later(const struct leftover *leftover);

#endif
