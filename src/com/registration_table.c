/* SPDX-License-Identifier: MIT */
#include "com/registration_table.h"

#include "com/registration_list.h"

#define CLASSES L"Software\\Classes\\"
#define APP CLASSES L"AppID\\" QMGR_APP
#define CLASS CLASSES L"CLSID\\" QMGR_CLASS
#define LIBRARY CLASSES L"TypeLib\\" QMGR_LIBRARY L"\\" QMGR_LIBRARY_VERSION
#ifdef _WIN64
#define LIBRARY_SYSTEM L"win64"
#else
#define LIBRARY_SYSTEM L"win32"
#endif

/* Server, threads and name of a class. */
#define SERVER(id) CLASSES L"CLSID\\" id L"\\InprocServer32"
#define CLASS_ROWS(id, name)                                                                       \
    {OWN, SERVER(id), NULL, REGISTRATION_FILE},                                                    \
        {OWN, SERVER(id), L"ThreadingModel", L"" THREADING_MODEL},                                 \
    {                                                                                              \
        OWN, CLASSES L"CLSID\\" id, NULL, L"" name                                                 \
    }

/* Name, number of vtable slots and proxy class of an interface. */
#define INTERFACE(id) CLASSES L"Interface\\" id
#define PROXY(id) INTERFACE(id) L"\\ProxyStubClsid32"
#define INTERFACE_ROWS(name, id, slots, proxy)                                                     \
    {OWN, INTERFACE(id), NULL, L"" #name}, {OWN, INTERFACE(id) L"\\NumMethods", NULL, L"" #slots}, \
    {                                                                                              \
        OWN, PROXY(id), NULL, L"" proxy                                                            \
    }
#define QMGR_ROWS(name, id, slots, base) INTERFACE_ROWS(name, id, slots, QMGR_PROXY),
#define BITS_VACANCY(name, id, slots, base)                                                        \
    {PROXY(id), {INTERFACE_ROWS(name, id, slots, BITS_PROXY)}},

const struct registration_row registration_table[] = {
    {SHARED, APP, NULL, L"" QMGR_CLASS_NAME},
    {SHARED, APP, L"DllSurrogate", L""},
    {SHARED, LIBRARY, NULL, L"" QMGR_LIBRARY_NAME},
    {SHARED, LIBRARY L"\\FLAGS", NULL, L"0"},
    {SHARED, LIBRARY L"\\0", NULL, NULL},

    CLASS_ROWS(QMGR_CLASS, QMGR_CLASS_NAME),
    {OWN, CLASS, L"AppID", L"" QMGR_APP},
    {OWN, CLASS L"\\LocalServer32", NULL, REGISTRATION_HOST},
    {OWN, CLASS L"\\TypeLib", NULL, L"" QMGR_LIBRARY},
    {OWN, CLASS L"\\Version", NULL, L"" QMGR_CLASS_VERSION},
    CLASS_ROWS(QMGR_PROXY, QMGR_PROXY_NAME),

    {OWN, LIBRARY L"\\0\\" LIBRARY_SYSTEM, NULL, REGISTRATION_FILE},

    QMGR_INTERFACES(QMGR_ROWS)};
const size_t registration_table_rows = sizeof registration_table / sizeof *registration_table;

const struct registration_vacancy registration_bits[] = {
    {SERVER(BITS_PROXY), {CLASS_ROWS(BITS_PROXY, BITS_PROXY_NAME)}},

    BITS_INTERFACES(BITS_VACANCY)};
const size_t registration_bits_count = sizeof registration_bits / sizeof *registration_bits;
