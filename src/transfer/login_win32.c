/* SPDX-License-Identifier: MIT */
#include <windows.h>
/* after windows.h */
#define SECURITY_WIN32
#include <security.h>

#include "transfer/login_system.h"

/* Wine always says that it has Negotiate, but for a password it needs NTLM, which it has only where Samba's ntlm_auth
 * is installed. */
bool login_system_negotiates(void)
{
    wchar_t name[] = L"NTLM";
    SecPkgInfoW *info = NULL;
    bool there = QuerySecurityPackageInfoW(name, &info) == SEC_E_OK;
    if (there) {
        FreeContextBuffer(info);
    }
    return there;
}

bool login_system_knows_user(void)
{
    return true;
}
