/* SPDX-License-Identifier: MIT */
/* The type library in the DLL: qmgr.md section 2. */
#include "support.h"

#include <wchar.h>

static ITypeLib *library;

static int load_library(void **state)
{
    (void)state;
    wchar_t path[MAX_PATH + 1];
    LONG size = sizeof path;
    struct text key =
        text_of(L"CLSID\\%ls\\InprocServer32", guid_text(&CLSID_BackgroundCopyQMgr).w);
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ||
        RegQueryValueW(HKEY_CLASSES_ROOT, key.w, path, &size) != ERROR_SUCCESS)
        return -1;
    return LoadTypeLibEx(path, REGKIND_NONE, &library) == S_OK ? 0 : -1;
}

static int free_library(void **state)
{
    (void)state;
    if (library != NULL)
        ITypeLib_Release(library);
    CoUninitialize();
    return 0;
}

static void the_library_has_its_id_and_version(void **state)
{
    (void)state;
    TLIBATTR *attributes;
    BSTR name;
    assert_hr(ITypeLib_GetLibAttr(library, &attributes), S_OK);
    assert_memory_equal(&attributes->guid, &LIBID_BackgroundCopyQMgr, sizeof(GUID));
    assert_int_equal(attributes->wMajorVerNum, 1);
    assert_int_equal(attributes->wMinorVerNum, 0);
    assert_int_equal(attributes->lcid, 0);
    ITypeLib_ReleaseTLibAttr(library, attributes);
    assert_hr(ITypeLib_GetDocumentation(library, -1, &name, NULL, NULL, NULL), S_OK);
    assert_int_equal(wcscmp(name, L"BackgroundCopyQMgr"), 0);
    SysFreeString(name);
}

/* What the library says about one type; functions counts its own, without those inherited. */
static void assert_type(const GUID *id, const wchar_t *wanted, TYPEKIND kind, WORD functions)
{
    ITypeInfo *info;
    TYPEATTR *attributes;
    BSTR name;
    assert_hr(ITypeLib_GetTypeInfoOfGuid(library, id, &info), S_OK);
    assert_hr(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    assert_int_equal(attributes->typekind, kind);
    assert_int_equal(attributes->cFuncs, functions);
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    assert_hr(ITypeInfo_GetDocumentation(info, MEMBERID_NIL, &name, NULL, NULL, NULL), S_OK);
    assert_int_equal(wcscmp(name, wanted), 0);
    SysFreeString(name);
    ITypeInfo_Release(info);
}

static void all_interfaces_and_the_class_are_described(void **state)
{
    (void)state;
    assert_type(&IID_IBackgroundCopyQMgr, L"IBackgroundCopyQMgr", TKIND_INTERFACE, 3);
    assert_type(&IID_IBackgroundCopyGroup, L"IBackgroundCopyGroup", TKIND_INTERFACE, 15);
    assert_type(&IID_IBackgroundCopyJob1, L"IBackgroundCopyJob1", TKIND_INTERFACE, 8);
    assert_type(&IID_IEnumBackgroundCopyGroups, L"IEnumBackgroundCopyGroups", TKIND_INTERFACE, 5);
    assert_type(&IID_IEnumBackgroundCopyJobs1, L"IEnumBackgroundCopyJobs1", TKIND_INTERFACE, 5);
    assert_type(&IID_IBackgroundCopyCallback1, L"IBackgroundCopyCallback1", TKIND_INTERFACE, 3);
    assert_type(&CLSID_BackgroundCopyQMgr, L"BackgroundCopyQMgr", TKIND_COCLASS, 0);
}

static void the_library_is_registered(void **state)
{
    (void)state;
    ITypeLib *registered;
    assert_hr(LoadRegTypeLib(&LIBID_BackgroundCopyQMgr, 1, 0, 0, &registered), S_OK);
    ITypeLib_Release(registered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_has_its_id_and_version),
        cmocka_unit_test(all_interfaces_and_the_class_are_described),
        cmocka_unit_test(the_library_is_registered),
    };
    return cmocka_run_group_tests(tests, load_library, free_library);
}
