/* SPDX-License-Identifier: MIT */
/* The doors of QmgrPrxy.dll: what def/QmgrPrxy.def exports. The generated proxy code has doors
 * of its own, with the prefix Prx; ours let through what is meant for it. */
#include <windows.h>
#include <olectl.h>
#include <qmgr.h>
#include <wchar.h>

#include "com/autostart.h"
#include "com/host.h"
#include "com/identifiers.h"
#include "com/module.h"
#include "com/objects.h"
#include "com/registration.h"
#include "platform/log.h"

/* Made by widl (dlldata.c). */
BOOL WINAPI PrxDllMain(HINSTANCE instance, DWORD reason, LPVOID reserved);
HRESULT WINAPI PrxDllGetClassObject(REFCLSID clsid, REFIID iid, void **out);
HRESULT WINAPI PrxDllCanUnloadNow(void);

/* Called by the system; no header declares them. */
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved);
HRESULT WINAPI DllInstall(BOOL install, PCWSTR command_line);
/* Called by rundll32, which looks for RunQueueW when it is told RunQueue. */
void CALLBACK RunQueueW(HWND window, HINSTANCE program, PWSTR arguments, int show);

/* Under the loader lock. What is reached from here, all of it in kernel32 and the C library's heap:
 *
 * - loading: DisableThreadLibraryCalls, some locks and an event that has no name (module_init), and a handle that
 *   the generated code keeps (PrxDllMain). Nothing of libcurl, SQLite or mbedTLS starts: they have no
 *   constructors, and the engine starts with the first object.
 * - unloading: those are closed again, the handle of a host that was started, and the log's file (module_done).
 *   Nobody is waited for: each thread of ours keeps the DLL loaded until it ends, so none runs any more. The
 *   last of them may be the one that calls this. The engine was stopped before by whoever asked DllCanUnloadNow; who
 *   frees the library without asking has its threads keep the DLL.
 * - the end of the process: the other threads are gone already, perhaps with a lock in hand. Nothing is done.
 *
 * Threads come and go unheard; where the call above has no effect, as for DLLs with static TLS, which GCC
 * gives every one, nothing is done about them either. */
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    if (reason == DLL_PROCESS_ATTACH) {
        DisableThreadLibraryCalls(instance);
        if (!module_init(instance))
            return FALSE;
    }
    if (reason == DLL_PROCESS_DETACH && !reserved)
        module_done();
    return PrxDllMain(instance, reason, reserved);
}

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID *out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualCLSID(clsid, &CLSID_BackgroundCopyQMgr))
        return class_factory_get(iid, out);
    const CLSID *proxies = IsEqualCLSID(clsid, &CLSID_BitsProxyStub) ? &CLSID_QmgrProxyStub : clsid;
    return PrxDllGetClassObject(proxies, iid, out);
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    if (PrxDllCanUnloadNow() != S_OK || !module_can_unload())
        return S_FALSE;
    return S_OK;
}

HRESULT WINAPI DllRegisterServer(void)
{
    return registration_add(REGISTER_MACHINE);
}

/* Nothing of the DLL's is to be started by a user's log-on when it is not registered any more. */
static HRESULT unregister(enum registration_scope scope)
{
    HRESULT autostart = autostart_remove();
    HRESULT hr = registration_remove(scope);
    return FAILED(hr) ? hr : autostart;
}

HRESULT WINAPI DllUnregisterServer(void)
{
    return unregister(REGISTER_MACHINE);
}

/* `regsvr32 /n /i:user` registers for the current user, `regsvr32 /i:autostart` has the user's log-on
 * start the stand-by host. Without a word after /i it is the machine, as regsvr32 does by itself. */
HRESULT WINAPI DllInstall(BOOL install, PCWSTR command_line)
{
    enum registration_scope scope = REGISTER_MACHINE;
    if (command_line && lstrcmpiW(command_line, L"autostart") == 0)
        return install ? autostart_add() : autostart_remove();
    if (command_line && lstrcmpiW(command_line, L"user") == 0)
        scope = REGISTER_USER;
    else if (command_line && command_line[0])
        return E_INVALIDARG;
    return install ? registration_add(scope) : unregister(scope);
}

/* COM puts this behind the command line of a server that it starts for a client. */
static bool is_embedding(const wchar_t *arguments)
{
    while (arguments && *arguments == L' ')
        arguments++;
    return arguments && (*arguments == L'-' || *arguments == L'/') &&
           _wcsnicmp(arguments + 1, L"Embedding", 9) == 0;
}

void CALLBACK RunQueueW(HWND window, HINSTANCE program, PWSTR arguments, int show)
{
    (void)window;
    (void)program;
    (void)show;
    host_run(is_embedding(arguments));
}
