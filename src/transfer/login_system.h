/* SPDX-License-Identifier: MIT */
/* What the system can do towards logging in. */
#ifndef QMGR_TRANSFER_LOGIN_SYSTEM_H
#define QMGR_TRANSFER_LOGIN_SYSTEM_H

#include <stdbool.h>

/* Negotiate with a name and a password. Where that is not sure to work it must not be taken: it would keep lesser
 * schemes, which do work, from being tried. */
bool login_system_negotiates(void);
/* Negotiate and NTLM as the user who is logged on. */
bool login_system_knows_user(void);

#endif
