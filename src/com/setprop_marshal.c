/* SPDX-License-Identifier: MIT */
/* SetProp as it travels: the IDL calls it local, and InternalSetProp goes over the wire in its
 * place. These are the two halves that the generated proxy code leaves to us. */
#include <windows.h>
#include <qmgr.h>

/* At the client's end. A NULL is refused here with the answer that the original's proxy gives. */
HRESULT CALLBACK IBackgroundCopyGroup_SetProp_Proxy(IBackgroundCopyGroup *This, GROUPPROP propID,
                                                    VARIANT *pvarVal)
{
    if (!pvarVal)
        return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    return IBackgroundCopyGroup_InternalSetProp_Proxy(This, propID, pvarVal);
}

/* At the object's end. */
HRESULT __RPC_STUB IBackgroundCopyGroup_SetProp_Stub(IBackgroundCopyGroup *This, GROUPPROP propID,
                                                     VARIANT *pvarVal)
{
    return IBackgroundCopyGroup_SetProp(This, propID, pvarVal);
}
