/* SPDX-License-Identifier: MIT */
/* The notification class as a program of its own. Each object gets a process of its own (REGCLS_SINGLEUSE), which ends
 * with it. */
#include "callback_class.h"

int main(void)
{
    DWORD cookie;
    HANDLE unused = callback_is_unused();
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr) || unused == NULL)
        return 1;
    hr = CoRegisterClassObject(&clsid_of_program, (IUnknown *)callback_factory(&clsid_of_program),
                               CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, &cookie);
    if (FAILED(hr))
        return 2;
    WaitForSingleObject(unused, INFINITE);
    CoRevokeClassObject(cookie);
    CoUninitialize();
    return 0;
}
