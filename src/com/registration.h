/* SPDX-License-Identifier: MIT */
/* Puts the class, its interfaces, proxies and type library into the registry, and takes them out
 * again so that the registry is as it was found.
 *
 * On 64-bit Windows the 32-bit and the 64-bit DLL can be registered side by side, and then share
 * the AppID and the type library's key; each has all the rest for itself. What each has found and
 * changed is noted in a journal of its own (Saved32, Saved64), what concerns both in a third
 * (Shared). A width is registered as long as its journal exists; the last of the two to go undoes
 * Shared as well, so the shared keys become what they were before the first one came.
 *
 * The proxies of the BITS interfaces are registered only where nobody serves their class, and then only for those
 * interfaces that have no proxies; that is noted by itself (Bits32, Bits64). If somebody else serves the class when
 * we go, all of it is his and stays. */
#ifndef QMGR_COM_REGISTRATION_H
#define QMGR_COM_REGISTRATION_H

#include <windows.h>

enum registration_scope {
    REGISTER_MACHINE, /* HKEY_LOCAL_MACHINE\Software\Classes; needs administrator rights */
    REGISTER_USER,    /* HKEY_CURRENT_USER\Software\Classes */
};

/* Registers the file that this code is in; as a local server too, unless it lies where no host can be started from
 * it, which the log tells. Repeating it is harmless. On failure nothing of ours
 * is left behind: HRESULT of the Win32 error, SELFREG_E_CLASS if the file's own name cannot be
 * learned, E_OUTOFMEMORY. */
HRESULT registration_add(enum registration_scope scope);

/* Restores what was overwritten and deletes what was created. Values that somebody else has
 * written since, and keys that have got other content, stay. S_OK also if nothing was
 * registered. */
HRESULT registration_remove(enum registration_scope scope);

#endif
