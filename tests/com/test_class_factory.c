/* SPDX-License-Identifier: MIT */
/* The class object, and what QueryInterface answers: qmgr.md section 13, and 16 questions 77, 79. */
#include "support.h"

#include <wchar.h>

/* CLSID of the newer class, which is none of ours, and its interface. */
static const GUID other_class = {
    0x4991d34b, 0x80a1, 0x4291, {0x83, 0xb6, 0x33, 0x28, 0x36, 0x6b, 0x90, 0x97}};

static HMODULE dll; /* loaded by ourselves, so that it stays */

static int start(void **state)
{
    (void)state;
    dll = load_dll();
    return dll != NULL && SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    CoUninitialize();
    return FreeLibrary(dll) ? 0 : -1;
}

static HRESULT class_object(REFCLSID clsid, REFIID iid, void **out)
{
    return dll_class_object(dll, clsid, iid, out);
}

static IClassFactory *factory(void)
{
    IClassFactory *face;
    assert_hr(CoGetClassObject(&CLSID_BackgroundCopyQMgr, CLSCTX_INPROC_SERVER, NULL,
                               &IID_IClassFactory, (void **)&face),
              S_OK);
    return face;
}

static IBackgroundCopyQMgr *new_manager(void)
{
    IBackgroundCopyQMgr *face;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL,
                               &IID_IBackgroundCopyQMgr, (void **)&face),
              S_OK);
    return face;
}

static void the_class_makes_managers(void **state)
{
    (void)state;
    IClassFactory *face = factory();
    IUnknown *unknown = NULL;
    IBackgroundCopyQMgr *queue_manager = NULL;
    assert_hr(IClassFactory_CreateInstance(face, NULL, &IID_IUnknown, (void **)&unknown), S_OK);
    assert_hr(IUnknown_QueryInterface(unknown, &IID_IBackgroundCopyQMgr, (void **)&queue_manager),
              S_OK);
    IBackgroundCopyQMgr_Release(queue_manager);
    IUnknown_Release(unknown);
    IClassFactory_Release(face);
}

static void the_class_makes_nothing_else(void **state)
{
    (void)state;
    IClassFactory *face = factory();
    const GUID *const wrong[] = {
        &IID_IBackgroundCopyGroup, &IID_IBackgroundCopyJob1, &IID_IEnumBackgroundCopyGroups,
        &IID_IClassFactory,        &IID_IDispatch,           &GUID_NULL};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        void *object = (void *)1;
        assert_hr(IClassFactory_CreateInstance(face, NULL, wrong[i], &object), E_NOINTERFACE);
        assert_null(object);
        object = (void *)1;
        assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL, wrong[i], &object),
                  E_NOINTERFACE);
        assert_null(object);
    }
    assert_hr(IClassFactory_CreateInstance(face, NULL, &IID_IUnknown, NULL), E_POINTER);
    IClassFactory_Release(face);
}

static void the_class_does_not_aggregate(void **state)
{
    (void)state;
    IClassFactory *face = factory();
    void *object = (void *)1;
    assert_hr(IClassFactory_CreateInstance(face, (IUnknown *)face, &IID_IUnknown, &object),
              CLASS_E_NOAGGREGATION);
    assert_null(object);
    object = (void *)1;
    assert_hr(
        IClassFactory_CreateInstance(face, (IUnknown *)face, &IID_IBackgroundCopyQMgr, &object),
        CLASS_E_NOAGGREGATION);
    assert_null(object);
    IClassFactory_Release(face);
}

static void the_dll_answers_for_its_own_classes_only(void **state)
{
    (void)state;
    void *object = (void *)1;
    assert_hr(class_object(&other_class, &IID_IClassFactory, &object), CLASS_E_CLASSNOTAVAILABLE);
    assert_null(object);
    object = (void *)1;
    assert_hr(class_object(&GUID_NULL, &IID_IClassFactory, &object), CLASS_E_CLASSNOTAVAILABLE);
    assert_null(object);
    object = (void *)1;
    assert_hr(class_object(&CLSID_BackgroundCopyQMgr, &IID_IBackgroundCopyQMgr, &object),
              E_NOINTERFACE);
    assert_null(object);
    assert_hr(class_object(&CLSID_BackgroundCopyQMgr, &IID_IClassFactory, NULL), E_POINTER);
    assert_hr(class_object(&CLSID_BackgroundCopyQMgr, &IID_IUnknown, &object), S_OK);
    IUnknown_Release((IUnknown *)object);
}

/* ---- QueryInterface ----------------------------------------------------------------------- */

static const GUID *const all_faces[] = {
    &IID_IBackgroundCopyQMgr,
    &IID_IBackgroundCopyGroup,
    &IID_IBackgroundCopyJob1,
    &IID_IEnumBackgroundCopyGroups,
    &IID_IEnumBackgroundCopyJobs1,
    &IID_IBackgroundCopyCallback1,
    &IID_IClassFactory,
    &IID_IDispatch,
    &IID_IPersist,
};

/* The object answers for IUnknown and `own`, from either, and for no other face. */
static void assert_identity(void *object, const GUID *own)
{
    IUnknown *face = object, *unknown, *again, *back;
    assert_hr(IUnknown_QueryInterface(face, &IID_IUnknown, (void **)&unknown), S_OK);
    assert_hr(IUnknown_QueryInterface(unknown, &IID_IUnknown, (void **)&again), S_OK);
    assert_ptr_equal(unknown, again);
    IUnknown_Release(again);
    assert_hr(IUnknown_QueryInterface(unknown, own, (void **)&back), S_OK);
    assert_ptr_equal(back, face);
    assert_hr(IUnknown_QueryInterface(back, &IID_IUnknown, (void **)&again), S_OK);
    assert_ptr_equal(unknown, again);
    IUnknown_Release(again);
    IUnknown_Release(back);
    for (size_t i = 0; i < COUNT(all_faces); i++) {
        void *other = (void *)1;
        if (IsEqualGUID(all_faces[i], own))
            continue;
        assert_hr(IUnknown_QueryInterface(unknown, all_faces[i], &other), E_NOINTERFACE);
        assert_null(other);
    }
    assert_hr(IUnknown_QueryInterface(face, own, NULL), E_POINTER);
    IUnknown_Release(unknown);
    ULONG references = IUnknown_AddRef(face);
    assert_int_equal(IUnknown_Release(face), references - 1);
}

static void each_object_is_itself_and_nothing_else(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = new_manager();
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    IEnumBackgroundCopyGroups *groups;
    IEnumBackgroundCopyJobs1 *jobs;
    IClassFactory *class_face = factory();
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, fresh_guid(), &group), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(group, fresh_guid(), &job), S_OK);
    assert_hr(IBackgroundCopyQMgr_EnumGroups(queue_manager, 0, &groups), S_OK);
    assert_hr(IBackgroundCopyGroup_EnumJobs(group, 0, &jobs), S_OK);
    assert_identity(queue_manager, &IID_IBackgroundCopyQMgr);
    assert_identity(group, &IID_IBackgroundCopyGroup);
    assert_identity(job, &IID_IBackgroundCopyJob1);
    assert_identity(groups, &IID_IEnumBackgroundCopyGroups);
    assert_identity(jobs, &IID_IEnumBackgroundCopyJobs1);
    assert_identity(class_face, &IID_IClassFactory);
    assert_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
    assert_identity(group, &IID_IBackgroundCopyGroup); /* also when it is gone */
    assert_identity(job, &IID_IBackgroundCopyJob1);
    IClassFactory_Release(class_face);
    IEnumBackgroundCopyJobs1_Release(jobs);
    IEnumBackgroundCopyGroups_Release(groups);
    IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(group);
    IBackgroundCopyQMgr_Release(queue_manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(the_class_makes_managers),
        A_TEST(the_class_makes_nothing_else),
        A_TEST(the_class_does_not_aggregate),
        A_TEST(the_dll_answers_for_its_own_classes_only),
        A_TEST(each_object_is_itself_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, start, end);
}
