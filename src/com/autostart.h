/* SPDX-License-Identifier: MIT */
/* Has the current user's log-on start the stand-by host, which goes on with what the queue holds. Each width
 * has a value of its own in the user's Run key, and a journal of what was found there. */
#ifndef QMGR_COM_AUTOSTART_H
#define QMGR_COM_AUTOSTART_H

#include <windows.h>

/* Repeating it is harmless. HRESULT of the Win32 error; SELFREG_E_CLASS if rundll32 cannot reach the
 * DLL. On failure nothing of ours is left behind. */
HRESULT autostart_add(void);
/* S_OK also if there is nothing to take out. */
HRESULT autostart_remove(void);

#endif
