/* SPDX-License-Identifier: MIT */
/* AddFiles is sent as a number of files and an array, which says its own length: two numbers on the wire, that are one
 * to our proxies and to those of the original. The system's engine need not compare them, and a hostile client's
 * would have the object read past the end of the array. So the stubs that are made from the IDL look at such a
 * message before the engine does (proxy_prelude.h leads them here); its form is that of DCE RPC, chapter 14. */
#include "com/proxy_prelude.h"

#include <qmgr.h>
#include <rpcproxy.h>
#include <stdbool.h>
#include <string.h>

#define ADD_FILES 6u /* its slot */

struct add_files_request { /* its beginning, in the sender's byte order */
    ULONG count;
    ULONG length; /* of the array, which follows */
};

static bool is_add_files(IRpcStubBuffer *stub, const RPCOLEMESSAGE *message)
{
    const CInterfaceStubVtbl *vtable = CONTAINING_RECORD(stub->lpVtbl, CInterfaceStubVtbl, Vtbl);
    return message->iMethod == ADD_FILES &&
           IsEqualIID(vtable->header.piid, &IID_IBackgroundCopyJob1);
}

static bool is_sound(const RPCOLEMESSAGE *message)
{
    struct add_files_request request;
    if (message->cbBuffer < sizeof request)
        return false;
    memcpy(&request, message->Buffer, sizeof request);
    return request.count == request.length;
}

HRESULT STDMETHODCALLTYPE checking_stub_Invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
                                               IRpcChannelBuffer *channel)
{
    if (is_add_files(stub, message) && !is_sound(message))
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    return CStdStubBuffer_Invoke(stub, message, channel);
}
