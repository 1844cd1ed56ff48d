/* SPDX-License-Identifier: MIT */
/* The notification class as a DLL. */
#include "callback_class.h"

#include <olectl.h>

__declspec(dllexport) HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualCLSID(clsid, &clsid_of_dll))
        return CLASS_E_CLASSNOTAVAILABLE;
    return IClassFactory_QueryInterface(callback_factory(&clsid_of_dll), iid, out);
}

__declspec(dllexport) HRESULT WINAPI DllCanUnloadNow(void)
{
    return S_FALSE; /* it stays where it was loaded */
}
