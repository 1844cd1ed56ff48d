/* SPDX-License-Identifier: MIT */
#include "com/registration_table.h"

#define CLASSES L"Software\\Classes\\"

/* Name, number of vtable slots and proxy class of an interface, by its IID. */
#define INTERFACE(name, iid, slots)                                                                \
    {OWN, CLASSES L"Interface\\{" iid L"}", NULL, name},                                           \
        {OWN, CLASSES L"Interface\\{" iid L"}\\NumMethods", NULL, slots},                          \
    {                                                                                              \
        OWN, CLASSES L"Interface\\{" iid L"}\\ProxyStubClsid32", NULL, L"{proxy}"                  \
    }

#ifdef _WIN64
#define LIBRARY_SYSTEM L"win64"
#else
#define LIBRARY_SYSTEM L"win32"
#endif
#define LIBRARY CLASSES L"TypeLib\\{library}\\1.0"

const struct registration_row registration_table[] = {
    {SHARED, CLASSES L"AppID\\{app}", NULL, L"Background Copy Queue Manager"},
    {SHARED, CLASSES L"AppID\\{app}", L"DllSurrogate", L""},
    {SHARED, LIBRARY, NULL, L"Background copy queue manager 1.0"},
    {SHARED, LIBRARY L"\\FLAGS", NULL, L"0"},
    {SHARED, LIBRARY L"\\0", NULL, NULL},

    {OWN, CLASSES L"CLSID\\{class}", NULL, L"Background Copy Queue Manager"},
    {OWN, CLASSES L"CLSID\\{class}", L"AppID", L"{app}"},
    {OWN, CLASSES L"CLSID\\{class}\\InprocServer32", NULL, L"{file}"},
    {OWN, CLASSES L"CLSID\\{class}\\InprocServer32", L"ThreadingModel", L"Both"},
    {OWN, CLASSES L"CLSID\\{class}\\TypeLib", NULL, L"{library}"},
    {OWN, CLASSES L"CLSID\\{class}\\Version", NULL, L"1.0"},
    {OWN, CLASSES L"CLSID\\{proxy}", NULL, L"Background Copy Queue Manager proxies"},
    {OWN, CLASSES L"CLSID\\{proxy}\\InprocServer32", NULL, L"{file}"},
    {OWN, CLASSES L"CLSID\\{proxy}\\InprocServer32", L"ThreadingModel", L"Both"},

    INTERFACE(L"IBackgroundCopyQMgr", L"16F41C69-09F5-41D2-8CD8-3C08C47BC8A8", L"6"),
    INTERFACE(L"IBackgroundCopyGroup", L"1DED80A7-53EA-424F-8A04-17FEA9ADC4F5", L"18"),
    INTERFACE(L"IBackgroundCopyJob1", L"59F5553C-2031-4629-BB18-2645A6970947", L"11"),
    INTERFACE(L"IEnumBackgroundCopyGroups", L"D993E603-4AA4-47C5-8665-C20D39C2BA4F", L"8"),
    INTERFACE(L"IEnumBackgroundCopyJobs1", L"8BAEBA9D-8F1C-42C4-B82C-09AE79980D25", L"8"),
    INTERFACE(L"IBackgroundCopyCallback1", L"084F6593-3800-4E08-9B59-99FA59ADDF82", L"6"),

    {OWN, LIBRARY L"\\0\\" LIBRARY_SYSTEM, NULL, L"{file}"},
};

const size_t registration_table_rows = sizeof registration_table / sizeof *registration_table;
