/* SPDX-License-Identifier: MIT */
/* What a user or an administrator can set: one table, and one module that reads it.
 *
 * Each setting may stand in five places; the first that has it wins:
 *
 *     HKEY_LOCAL_MACHINE\Software\Policies\QmgrPrxy    machine policy
 *     HKEY_CURRENT_USER\Software\Policies\QmgrPrxy     user policy
 *     environment of the process, QMGRPRXY_<NAME>
 *     HKEY_CURRENT_USER\Software\QmgrPrxy              the user's choice
 *     HKEY_LOCAL_MACHINE\Software\QmgrPrxy             the machine's
 *
 * A setting that is a secret is read from the environment only: the registry would show it to others.
 *
 * In the registry a value is REG_SZ, REG_EXPAND_SZ or, unless it is to be a text, REG_DWORD (always of
 * the 64-bit view, so that both widths read the same). An empty text counts as not set. A value that is wrong is logged once a
 * process, and the default is used in its place: not what a place of lower rank says. README's
 * table "Settings" describes each one. On POSIX, which is for tests, there is the environment only.
 *
 * Read when they are asked for; nothing is kept. A question costs a few registry calls, so it is asked
 * when an engine starts or a download begins, not for each byte. Any thread; no lock. */
#ifndef QMGR_PLATFORM_SETTINGS_H
#define QMGR_PLATFORM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of the table in settings.c. */
enum setting {
    SETTING_CA_FILE,      /* text: a path */
    SETTING_HOST,         /* flag */
    SETTING_LOG,          /* text: a path, or "-" */
    SETTING_LOG_SIZE,     /* number: KiB */
    SETTING_LOGON,        /* choice: enum setting_logon */
    SETTING_PROTOCOLS,    /* text: words, with any of SETTING_PROTOCOLS_BETWEEN between them */
    SETTING_PROXY,        /* text: "auto", "none" or a list of proxies */
    SETTING_PROXY_BYPASS, /* text: a bypass list */
    SETTING_PROXY_LOGIN,  /* text: "user:password"; from the environment only */
    SETTING_PROXY_SCRIPT, /* text: URL of a script for automatic configuration */
    SETTING_RATE_ADAPT,   /* flag */
    SETTING_RATE_HOURS,   /* text: platform/rate_hours.h */
    SETTING_RATE_LIMIT,   /* number: bytes per second, 0: none */
    SETTING_TLS,          /* choice: enum setting_tls */
    SETTING_USER_AGENT,   /* text */
    SETTING_COUNT
};

#define SETTING_PROTOCOLS_BETWEEN " ,;"

enum setting_logon { SETTING_LOGON_OFF, SETTING_LOGON_PROXY, SETTING_LOGON_ON };
enum setting_tls { SETTING_TLS_AUTO, SETTING_TLS_SCHANNEL, SETTING_TLS_MBEDTLS };

/* The accessor of the setting's kind; another one is a mistake of the program, which
 * ends it. */

/* UTF-8, malloc'ed, not empty; NULL if it is not set, not usable, or memory is short. */
char *setting_text(enum setting setting);
/* on, yes, 1 and any other number but 0; off, no, 0. */
bool setting_flag(enum setting setting);
/* In the setting's range. */
uint32_t setting_number(enum setting setting);
/* Index of the word. */
unsigned setting_choice(enum setting setting);

/* ---- for the files settings*.c ------------------------------------------------------------- */

/* In the order of their rank. */
enum setting_place {
    PLACE_MACHINE_POLICY,
    PLACE_USER_POLICY,
    PLACE_ENVIRONMENT,
    PLACE_USER,
    PLACE_MACHINE,
    PLACE_COUNT
};

/* FOUND_NUMBER: a REG_DWORD, as decimal digits, which is no value for a text. */
enum setting_found { FOUND_NOT, FOUND_TEXT, FOUND_NUMBER, FOUND_WRONG };
/* settings_win32.c, settings_posix.c. name: as in the registry ("UserAgent"); place: not the
 * environment. FOUND_TEXT, FOUND_NUMBER: *text is malloc'ed and not empty. FOUND_WRONG: there is a
 * value of another type, or one that is no text. */
enum setting_found setting_look(enum setting_place place, const char *name, char **text);
/* Likewise; variable: "QMGRPRXY_USER_AGENT". */
enum setting_found setting_look_environment(const char *variable, char **text);

#endif
