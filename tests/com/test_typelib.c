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

struct method {
    const wchar_t *name;
    SHORT parameters;
};

/* The interfaces of idl/Qmgr.idl with their own methods, in the order of the vtable. SetProp and Next, which travel as
 * something else, go by the latter's name in a type library. */
#define MOST_METHODS 16
static const struct {
    const IID *iid;
    const wchar_t *name;
    struct method methods[MOST_METHODS]; /* the last has no name */
} interfaces[] = {
    {&IID_IBackgroundCopyQMgr,
     L"IBackgroundCopyQMgr",
     {{L"CreateGroup", 2}, {L"GetGroup", 2}, {L"EnumGroups", 2}}},
    {&IID_IBackgroundCopyGroup,
     L"IBackgroundCopyGroup",
     {{L"GetProp", 2},
      {L"InternalSetProp", 2},
      {L"GetProgress", 2},
      {L"GetStatus", 2},
      {L"GetJob", 2},
      {L"SuspendGroup", 0},
      {L"ResumeGroup", 0},
      {L"CancelGroup", 0},
      {L"get_Size", 1},
      {L"get_GroupID", 1},
      {L"CreateJob", 2},
      {L"EnumJobs", 2},
      {L"SwitchToForeground", 0},
      {L"QueryNewJobInterface", 2},
      {L"SetNotificationPointer", 2}}},
    {&IID_IBackgroundCopyJob1,
     L"IBackgroundCopyJob1",
     {{L"CancelJob", 0},
      {L"GetProgress", 2},
      {L"GetStatus", 4},
      {L"AddFiles", 2},
      {L"GetFile", 2},
      {L"GetFileCount", 1},
      {L"SwitchToForeground", 0},
      {L"get_JobID", 1}}},
    {&IID_IEnumBackgroundCopyGroups,
     L"IEnumBackgroundCopyGroups",
     {{L"RemoteNext", 3}, {L"Skip", 1}, {L"Reset", 0}, {L"Clone", 1}, {L"GetCount", 1}}},
    {&IID_IEnumBackgroundCopyJobs1,
     L"IEnumBackgroundCopyJobs1",
     {{L"RemoteNext", 3}, {L"Skip", 1}, {L"Reset", 0}, {L"Clone", 1}, {L"GetCount", 1}}},
    {&IID_IBackgroundCopyCallback1,
     L"IBackgroundCopyCallback1",
     {{L"OnStatus", 7}, {L"OnProgress", 5}, {L"OnProgressEx", 7}}},
};

static void assert_named(ITypeInfo *info, MEMBERID member, const wchar_t *wanted)
{
    BSTR name;
    assert_hr(ITypeInfo_GetDocumentation(info, member, &name, NULL, NULL, NULL), S_OK);
    assert_int_equal(wcscmp(name, wanted), 0);
    SysFreeString(name);
}

/* functions counts the type's own, without those inherited. */
static ITypeInfo *assert_type(ITypeLib *from, const GUID *id, const wchar_t *name, TYPEKIND kind,
                              WORD functions)
{
    ITypeInfo *info;
    TYPEATTR *attributes;
    assert_hr(ITypeLib_GetTypeInfoOfGuid(from, id, &info), S_OK);
    assert_hr(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
    assert_memory_equal(&attributes->guid, id, sizeof *id);
    assert_int_equal(attributes->typekind, kind);
    assert_int_equal(attributes->cFuncs, functions);
    ITypeInfo_ReleaseTypeAttr(info, attributes);
    assert_named(info, MEMBERID_NIL, name);
    return info;
}

/* Name, place in the vtable, and shape: HRESULT __stdcall, with so many parameters. */
static void assert_method(ITypeInfo *info, UINT index, const struct method *method)
{
    FUNCDESC *description;
    const size_t slot = 3 + index; /* after those of IUnknown */
    assert_hr(ITypeInfo_GetFuncDesc(info, index, &description), S_OK);
    assert_named(info, description->memid, method->name);
    assert_int_equal(description->oVft, slot * sizeof(void *));
    assert_int_equal(description->funckind, FUNC_PUREVIRTUAL);
    assert_int_equal(description->invkind, INVOKE_FUNC);
    assert_int_equal(description->callconv, CC_STDCALL);
    assert_int_equal(description->cParams, method->parameters);
    assert_int_equal(description->elemdescFunc.tdesc.vt, VT_HRESULT);
    ITypeInfo_ReleaseFuncDesc(info, description);
}

static WORD method_count(const struct method methods[MOST_METHODS])
{
    WORD count = 0;
    while (methods[count].name != NULL)
        count++;
    return count;
}

static void assert_derives_from_unknown(ITypeInfo *info)
{
    HREFTYPE reference;
    ITypeInfo *base;
    TYPEATTR *attributes;
    assert_hr(ITypeInfo_GetRefTypeOfImplType(info, 0, &reference), S_OK);
    assert_hr(ITypeInfo_GetRefTypeInfo(info, reference, &base), S_OK);
    assert_hr(ITypeInfo_GetTypeAttr(base, &attributes), S_OK);
    assert_memory_equal(&attributes->guid, &IID_IUnknown, sizeof(IID));
    ITypeInfo_ReleaseTypeAttr(base, attributes);
    ITypeInfo_Release(base);
}

static void assert_interfaces(ITypeLib *from)
{
    for (size_t i = 0; i < COUNT(interfaces); i++) {
        const struct method *methods = interfaces[i].methods;
        const WORD count = method_count(methods);
        ITypeInfo *info =
            assert_type(from, interfaces[i].iid, interfaces[i].name, TKIND_INTERFACE, count);
        for (WORD k = 0; k < count; k++)
            assert_method(info, k, &methods[k]);
        assert_derives_from_unknown(info);
        ITypeInfo_Release(info);
    }
}

static void every_interface_and_method_is_described(void **state)
{
    (void)state;
    assert_interfaces(library);
}

static void the_class_is_described(void **state)
{
    (void)state;
    HREFTYPE reference;
    ITypeInfo *face;
    ITypeInfo *info =
        assert_type(library, &CLSID_BackgroundCopyQMgr, L"BackgroundCopyQMgr", TKIND_COCLASS, 0);
    assert_hr(ITypeInfo_GetRefTypeOfImplType(info, 0, &reference), S_OK);
    assert_hr(ITypeInfo_GetRefTypeInfo(info, reference, &face), S_OK);
    assert_named(face, MEMBERID_NIL, L"IBackgroundCopyQMgr");
    ITypeInfo_Release(face);
    ITypeInfo_Release(info);
}

static void the_registered_library_is_the_same(void **state)
{
    (void)state;
    ITypeLib *registered;
    assert_hr(LoadRegTypeLib(&LIBID_BackgroundCopyQMgr, 1, 0, 0, &registered), S_OK);
    assert_interfaces(registered);
    ITypeLib_Release(registered);
    assert_hr(LoadRegTypeLib(&LIBID_BackgroundCopyQMgr, 2, 0, 0, &registered),
              TYPE_E_LIBNOTREGISTERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_has_its_id_and_version),
        cmocka_unit_test(every_interface_and_method_is_described),
        cmocka_unit_test(the_class_is_described),
        cmocka_unit_test(the_registered_library_is_the_same),
    };
    return cmocka_run_group_tests(tests, load_library, free_library);
}
