/* SPDX-License-Identifier: MIT */
/* The side-by-side manifest: the class without any registry entry, for a program that has only files beside it. The
 * DLL is unregistered for the time of this program, in the real registry, since COM looks into no scratch one. */
#include "scratch_registry.h"

#include <wchar.h>

#include "qmgrprxy_version.h"

#define FAILED_AT ((DWORD)__LINE__)
#define CANNOT_MAKE_CONTEXT 14001 /* ERROR_SXS_CANT_GEN_ACTCTX */
#define VERSION QMGRPRXY_VERSION_STRING ".0"

#ifdef _WIN64
#define ARCHITECTURE "amd64"
#else
#define ARCHITECTURE "x86"
#endif

/* A program's own manifest, that names an assembly. */
#define PROGRAM_MANIFEST(name, version)                                                            \
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"                                \
    "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">"                \
    "<assemblyIdentity type=\"win32\" name=\"client\" version=\"1.0.0.0\" "                        \
    "processorArchitecture=\"" ARCHITECTURE "\"/><dependency><dependentAssembly>"                  \
    "<assemblyIdentity type=\"win32\" name=\"" name "\" version=\"" version "\" "                  \
    "processorArchitecture=\"" ARCHITECTURE "\"/></dependentAssembly></dependency></assembly>"

/* ---- what a program can do ---------------------------------------------------------------- */

static HRESULT new_manager(IBackgroundCopyQMgr **face)
{
    *face = NULL;
    return CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                            &IID_IBackgroundCopyQMgr, (void **)face);
}

static bool can_make_a_group(IBackgroundCopyQMgr *face)
{
    IBackgroundCopyGroup *group = NULL;
    GUID id, same = GUID_NULL;
    bool can = CoCreateGuid(&id) == S_OK &&
               IBackgroundCopyQMgr_CreateGroup(face, id, &group) == S_OK &&
               IBackgroundCopyGroup_get_GroupID(group, &same) == S_OK && IsEqualGUID(&id, &same);
    if (group != NULL) {
        can = IBackgroundCopyGroup_CancelGroup(group) == S_OK && can;
        IBackgroundCopyGroup_Release(group);
    }
    return can;
}

static bool has_library(void)
{
    ITypeLib *library;
    if (LoadRegTypeLib(&LIBID_BackgroundCopyQMgr, 1, 0, 0, &library) != S_OK)
        return false;
    ITypeLib_Release(library);
    return true;
}

static HRESULT proxy_class_of(const struct face *face, CLSID *clsid)
{
    IID iid;
    HRESULT hr = IIDFromString(wcschr(face->key, L'{'), &iid);
    *clsid = CLSID_NULL;
    return FAILED(hr) ? hr : CoGetPSClsid(&iid, clsid);
}

/* Those of BITS are left to whoever has them. */
static bool proxies_are_named(void)
{
    CLSID clsid, ours;
    if (proxy_class_of(faces, &ours) != S_OK)
        return false;
    for (size_t i = 0; i < QMGR_FACES; i++)
        if (proxy_class_of(&faces[i], &clsid) != S_OK || !IsEqualGUID(&clsid, &ours))
            return false;
    for (size_t i = 0; i < BITS_FACES; i++)
        if (proxy_class_of(&bits_faces[i], &clsid) == S_OK && IsEqualGUID(&clsid, &ours))
            return false;
    return true;
}

/* ---- the client: this program, run again with a manifest of its own ----------------------- */

struct visitor {
    IStream *stream;
    IBackgroundCopyQMgr *original;
    DWORD failed_at;
};

/* From another apartment, through proxies: the manager's own, and that of the group which it makes. */
static DWORD WINAPI visit(void *context)
{
    struct visitor *visitor = context;
    IBackgroundCopyQMgr *proxy = NULL;
    visitor->failed_at = FAILED_AT;
    if (CoInitializeEx(NULL, COINIT_APARTMENTTHREADED) != S_OK)
        return 0;
    if (CoUnmarshalInterface(visitor->stream, &IID_IBackgroundCopyQMgr, (void **)&proxy) != S_OK)
        visitor->failed_at = FAILED_AT;
    else if (proxy == visitor->original)
        visitor->failed_at = FAILED_AT;
    else if (!can_make_a_group(proxy))
        visitor->failed_at = FAILED_AT;
    else
        visitor->failed_at = 0;
    if (proxy != NULL)
        IBackgroundCopyQMgr_Release(proxy);
    CoUninitialize();
    return 0;
}

static DWORD use_from_another_apartment(IBackgroundCopyQMgr *face)
{
    struct visitor visitor = {.original = face};
    const LARGE_INTEGER start = {.QuadPart = 0};
    if (CreateStreamOnHGlobal(NULL, TRUE, &visitor.stream) != S_OK ||
        CoMarshalInterface(visitor.stream, &IID_IBackgroundCopyQMgr, (IUnknown *)face, MSHCTX_LOCAL,
                           NULL, MSHLFLAGS_NORMAL) != S_OK ||
        IStream_Seek(visitor.stream, start, STREAM_SEEK_SET, NULL) != S_OK)
        return FAILED_AT;
    HANDLE thread = CreateThread(NULL, 0, visit, &visitor, 0, NULL);
    if (thread == NULL || WaitForSingleObject(thread, LONG_ENOUGH_MS) != WAIT_OBJECT_0)
        return FAILED_AT;
    CloseHandle(thread);
    IStream_Release(visitor.stream);
    return visitor.failed_at;
}

/* The DLL is the one beside the program. */
static bool dll_is_beside(void)
{
    wchar_t program[MAX_PATH + 1], module[MAX_PATH + 1];
    if (GetModuleFileNameW(NULL, program, MAX_PATH) == 0 ||
        GetModuleFileNameW(GetModuleHandleW(L"QmgrPrxy.dll"), module, MAX_PATH) == 0)
        return false;
    size_t folder_length = (size_t)(wcsrchr(program, L'\\') - program) + 1;
    return _wcsnicmp(program, module, folder_length) == 0 &&
           _wcsicmp(module + folder_length, L"QmgrPrxy.dll") == 0;
}

/* 0, or the number of the line that failed. */
static DWORD be_the_client(void)
{
    IBackgroundCopyQMgr *face;
    if (CoInitializeEx(NULL, COINIT_MULTITHREADED) != S_OK)
        return FAILED_AT;
    if (new_manager(&face) != S_OK)
        return FAILED_AT;
    if (!dll_is_beside())
        return FAILED_AT;
    if (!can_make_a_group(face))
        return FAILED_AT;
    DWORD failed_at = use_from_another_apartment(face);
    if (failed_at != 0)
        return failed_at;
    IBackgroundCopyQMgr_Release(face);
    if (!proxies_are_named())
        return FAILED_AT;
    return has_library() ? 0 : FAILED_AT;
}

/* ---- the frame ---------------------------------------------------------------------------- */

static struct text built_manifest(void)
{
    wchar_t path[MAX_PATH + 1];
    wcscpy(path, dll_path);
    wcscpy(wcsrchr(path, L'\\') + 1, L"QmgrPrxy.manifest");
    return text_of(L"%ls", path);
}

static int leave_the_registry(void **state)
{
    if (find_dll(state) != 0 || FAILED(unregister_server()))
        return -1;
    return lose_dll(state) == 0 && SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ? 0 : -1;
}

static int return_to_the_registry(void **state)
{
    (void)state;
    CoUninitialize();
    HMODULE dll = LoadLibraryW(dll_path);
    return dll != NULL && SUCCEEDED(call(dll, "DllRegisterServer")) ? 0 : -1;
}

/* The test's folder has the DLL and its manifest in it. */
static int put_files(void **state)
{
    support_before(state);
    return CopyFileW(dll_path, in_folder(L"QmgrPrxy.dll").w, TRUE) &&
                   CopyFileW(built_manifest().w, in_folder(L"QmgrPrxy.manifest").w, TRUE)
               ? 0
               : -1;
}

static void write_text(const wchar_t *name, const char *text)
{
    write_file(in_folder(name).w, text, strlen(text));
}

/* INVALID_HANDLE_VALUE if there is no context to be made from the file. */
static HANDLE context_of(const wchar_t *name)
{
    const struct text path = in_folder(name);
    const ACTCTXW request = {.cbSize = sizeof request, .lpSource = path.w};
    return CreateActCtxW(&request);
}

static void assert_not_registered(void)
{
    IBackgroundCopyQMgr *face;
    CLSID clsid;
    assert_hr(new_manager(&face), REGDB_E_CLASSNOTREG);
    assert_null(face);
    assert_hr(proxy_class_of(faces, &clsid), REGDB_E_IIDNOTREG);
    assert_false(has_library());
}

/* What comes of creating an object in the context. */
static HRESULT create_within(HANDLE context)
{
    ULONG_PTR cookie;
    IBackgroundCopyQMgr *face;
    assert_true(ActivateActCtx(context, &cookie));
    HRESULT hr = new_manager(&face);
    assert_true(DeactivateActCtx(0, cookie));
    assert_int_equal(face != NULL, SUCCEEDED(hr));
    if (face != NULL)
        IBackgroundCopyQMgr_Release(face);
    return hr;
}

/* ---- tests -------------------------------------------------------------------------------- */

static void a_program_that_names_the_assembly_needs_no_registry(void **state)
{
    (void)state;
    wchar_t self[MAX_PATH + 1];
    DWORD code = 0;
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    assert_not_registered();
    assert_true(GetModuleFileNameW(NULL, self, MAX_PATH) > 0);
    assert_true(CopyFileW(self, in_folder(L"client.exe").w, TRUE));
    write_text(L"client.exe.manifest", PROGRAM_MANIFEST("QmgrPrxy", VERSION));
    struct text line = text_of(L"\"%ls\" client", in_folder(L"client.exe").w);
    assert_true(CreateProcessW(NULL, line.w, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    assert_int_equal(WaitForSingleObject(process.hProcess, 2 * LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(process.hProcess, &code));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    assert_int_equal(code, 0);
}

static void the_class_is_there_while_a_context_of_the_manifest_is_active(void **state)
{
    (void)state;
    ULONG_PTR cookie;
    IBackgroundCopyQMgr *face;
    HANDLE context = context_of(L"QmgrPrxy.manifest");
    assert_true(context != INVALID_HANDLE_VALUE);
    assert_not_registered();
    assert_true(ActivateActCtx(context, &cookie));
    assert_hr(new_manager(&face), S_OK);
    assert_true(can_make_a_group(face));
    assert_true(proxies_are_named());
    assert_true(has_library());
    IBackgroundCopyQMgr_Release(face);
    assert_true(DeactivateActCtx(0, cookie));
    assert_not_registered();
    ReleaseActCtx(context);
}

static void a_file_that_is_no_manifest_makes_no_context(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "this is no XML",
        "<?xml version=\"1.0\"?>",
        "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">",
        "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\">"
        "<file name=\"QmgrPrxy.dll\"></assembly>",
        "<assembly xmlns=\"urn:schemas-microsoft-com:asm.v1\"></assembly>",
    };
    for (size_t i = 0; i < COUNT(contents); i++) {
        write_text(L"bad.manifest", contents[i]);
        SetLastError(0);
        assert_true(context_of(L"bad.manifest") == INVALID_HANDLE_VALUE);
        assert_int_equal(GetLastError(), CANNOT_MAKE_CONTEXT);
    }
    assert_not_registered();
}

static void a_manifest_that_is_missing_makes_no_context(void **state)
{
    (void)state;
    assert_true(context_of(L"missing.manifest") == INVALID_HANDLE_VALUE);
    assert_int_equal(GetLastError(), ERROR_FILE_NOT_FOUND);
    write_text(L"client.exe.manifest", PROGRAM_MANIFEST("NoSuchAssembly", VERSION));
    assert_true(context_of(L"client.exe.manifest") == INVALID_HANDLE_VALUE);
    assert_int_equal(GetLastError(), CANNOT_MAKE_CONTEXT);
}

static void another_version_than_the_program_asks_for_makes_no_context(void **state)
{
    (void)state;
    write_text(L"client.exe.manifest", PROGRAM_MANIFEST("QmgrPrxy", "9.9.9.9"));
    assert_true(context_of(L"client.exe.manifest") == INVALID_HANDLE_VALUE);
    assert_int_equal(GetLastError(), CANNOT_MAKE_CONTEXT);
}

static void assert_dll_cannot_be_loaded(DWORD error)
{
    HANDLE context = context_of(L"QmgrPrxy.manifest");
    assert_true(context != INVALID_HANDLE_VALUE);
    assert_load_error(create_within(context), error);
    assert_true(CopyFileW(dll_path, in_folder(L"QmgrPrxy.dll").w, FALSE));
    assert_hr(create_within(context), S_OK); /* what was wrong is not remembered */
    ReleaseActCtx(context);
}

static void a_manifest_without_a_dll_activates_nothing(void **state)
{
    (void)state;
    assert_true(DeleteFileW(in_folder(L"QmgrPrxy.dll").w));
    assert_dll_cannot_be_loaded(ERROR_MOD_NOT_FOUND);
}

static void a_dll_that_is_none_activates_nothing(void **state)
{
    (void)state;
    write_text(L"QmgrPrxy.dll", "this is no program");
    assert_dll_cannot_be_loaded(ERROR_BAD_EXE_FORMAT);
}

/* The header of the file says for which machine it is. */
static void the_dll_of_another_architecture_activates_nothing(void **state)
{
    (void)state;
    const WORD other = IMAGE_FILE_MACHINE_IA64;
    LONG header = 0;
    DWORD done = 0;
    HANDLE file = CreateFileW(in_folder(L"QmgrPrxy.dll").w, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                              OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    SetFilePointer(file, offsetof(IMAGE_DOS_HEADER, e_lfanew), NULL, FILE_BEGIN);
    assert_true(ReadFile(file, &header, sizeof header, &done, NULL));
    header += (LONG)offsetof(IMAGE_NT_HEADERS, FileHeader.Machine);
    SetFilePointer(file, header, NULL, FILE_BEGIN);
    assert_true(WriteFile(file, &other, sizeof other, &done, NULL));
    CloseHandle(file);
    assert_dll_cannot_be_loaded(ERROR_BAD_EXE_FORMAT);
}

#define WITH_FILES(function) cmocka_unit_test_setup_teardown(function, put_files, NULL)

int main(void)
{
    if (wcsstr(GetCommandLineW(), L"client.exe\" client") != NULL)
        ExitProcess(be_the_client());
    const struct CMUnitTest tests[] = {
        WITH_FILES(a_program_that_names_the_assembly_needs_no_registry),
        WITH_FILES(the_class_is_there_while_a_context_of_the_manifest_is_active),
        WITH_FILES(a_file_that_is_no_manifest_makes_no_context),
        WITH_FILES(a_manifest_that_is_missing_makes_no_context),
        WITH_FILES(another_version_than_the_program_asks_for_makes_no_context),
        WITH_FILES(a_manifest_without_a_dll_activates_nothing),
        WITH_FILES(a_dll_that_is_none_activates_nothing),
        WITH_FILES(the_dll_of_another_architecture_activates_nothing),
    };
    return cmocka_run_group_tests(tests, leave_the_registry, return_to_the_registry);
}
