/* SPDX-License-Identifier: MIT */
/* Notifications: qmgr.md section 8 and 16 questions 31 to 44. Waiting for "no call" is done with a second
 * group that is notified later: when its call has come, the first one's would have come too. */
#include "support.h"

#include <stdlib.h>

#define PATIENCE_MS 20000u /* shorter than LONG_ENOUGH_MS, for a wait while another one goes on */

static void add_good(struct item *item)
{
    item_add(item, L"/small.bin", L"good.bin");
}

static void add_bad(struct item *item)
{
    item_add(item, L"/small.bin", L"good.bin");
    item_add(item, L"/status/404", L"bad.bin");
}

static bool is_settled(void *item)
{
    DWORD status = group_status(((struct item *)item)->group);
    return (status & QM_STATUS_GROUP_SUSPENDED) != 0;
}

/* Runs the group without anybody listening. */
static DWORD run_unheard(struct item *item)
{
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item->group), S_OK);
    assert_true(wait_until(is_settled, item));
    return group_status(item->group);
}

/* A whole group goes by, from ResumeGroup to its notification. */
static void let_another_group_be_notified(void)
{
    struct item other = item_new();
    item_add(&other, L"/one.bin", L"other.bin");
    assert_int_equal(run(&other), GROUP_IS_COMPLETE);
    item_end(&other);
}

/* A group of this process's own fails, and this process is told of it. By then it has been
 * through all earlier events too. */
static void hear_of_a_group_of_ones_own(void)
{
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_bad(&item);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    item_end(&item);
    listener_release(listener);
}

static void assert_told_of_completion(struct listener *listener, struct item *item)
{
    assert_true(listener->with_group);
    assert_memory_equal(&listener->group_id, &item->id, sizeof(GUID));
    assert_true(listener->with_job);
    assert_memory_equal(&listener->job_id, &item->job_id, sizeof(GUID));
    assert_int_equal(listener->file, NO_FILE_INDEX);
    assert_int_equal(listener->status, GROUP_IS_COMPLETE);
    assert_int_equal(listener->status_inside, GROUP_IS_COMPLETE);
    assert_int_equal(listener->retries, 0);
    assert_int_equal(listener->win32, 0);
    assert_int_equal(listener->http, 0);
    assert_int_equal(listener->progress_calls, 0);
}

static void assert_told_of_the_404(struct listener *listener, struct item *item)
{
    assert_true(listener->with_group);
    assert_memory_equal(&listener->group_id, &item->id, sizeof(GUID));
    assert_int_equal(listener->file, 1);
    assert_int_equal(listener->status, GROUP_IS_FAILED);
    assert_int_equal(listener->status_inside, GROUP_IS_FAILED);
    assert_int_equal(listener->http, 404);
    assert_int_equal(listener->win32, 0);
    assert_int_equal(listener->retries, 0);
    assert_int_equal(listener->progress_calls, 0);
}

/* ---- a class, as a client registers it ----------------------------------------------------- */

static struct listener *class_listener; /* what the class makes, again and again */
static LONG made;
static HANDLE making, hold_making; /* if not NULL: set when it is being made; waited for */

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *face, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory) ? face : NULL;
    return *out != NULL ? S_OK : E_NOINTERFACE;
}

/* The class object is a static one. */
static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *face)
{
    (void)face;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *face)
{
    (void)face;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *face, IUnknown *outer,
                                                        REFIID iid, void **out)
{
    (void)face, (void)outer;
    InterlockedIncrement(&made);
    if (making != NULL) {
        SetEvent(making);
        WaitForSingleObject(hold_making, LONG_ENOUGH_MS);
    }
    return IBackgroundCopyCallback1_QueryInterface(listener_face(class_listener), iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *face, BOOL lock)
{
    (void)face, (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_vtable = {
    .QueryInterface = factory_QueryInterface,
    .AddRef = factory_AddRef,
    .Release = factory_Release,
    .CreateInstance = factory_CreateInstance,
    .LockServer = factory_LockServer,
};

static IClassFactory class_factory = {&factory_vtable};

struct registered_class {
    GUID id;
    DWORD cookie;
};

static struct registered_class class_register_as(GUID id)
{
    struct registered_class class = {.id = id};
    class_listener = listener_new();
    made = 0;
    assert_hr(CoRegisterClassObject(&class.id, (IUnknown *)&class_factory, CLSCTX_INPROC_SERVER,
                                    REGCLS_MULTIPLEUSE, &class.cookie),
              S_OK);
    return class;
}

static struct registered_class class_register(void)
{
    return class_register_as(fresh_guid());
}

static void class_revoke(struct registered_class *class)
{
    assert_hr(CoRevokeClassObject(class->cookie), S_OK);
    listener_release(class_listener);
    class_listener = NULL;
}

/* ---- what is told, and when ----------------------------------------------------------------- */

static void completion_is_told_if_it_was_asked_for(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_good(&item);
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    assert_told_of_completion(listener, &item);
    let_another_group_be_notified();
    assert_int_equal(listener->calls, 1); /* S_OK was the answer: once is enough */
    item_end(&item);
    listener_release(listener);
}

static void completion_is_not_told_unasked(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_good(&item);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_int_equal(run_unheard(&item), GROUP_IS_COMPLETE);
    let_another_group_be_notified();
    assert_int_equal(listener->calls, 0);
    item_end(&item);
    listener_release(listener);
}

static void an_error_is_told_by_default(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_bad(&item);
    assert_int_equal(get_integer(item.group, GROUPPROP_NOTIFYFLAGS), 0);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    assert_told_of_the_404(listener, &item);
    item_end(&item);
    listener_release(listener);
}

static void disable_notify_silences_everything(void **state)
{
    (void)state;
    struct item good = item_new(), bad = item_new();
    struct listener *listener = listener_new();
    add_good(&good);
    add_bad(&bad);
    const LONG flags = QM_NOTIFY_DISABLE_NOTIFY | QM_NOTIFY_GROUP_DONE;
    assert_hr(set_integer(good.group, GROUPPROP_NOTIFYFLAGS, flags), S_OK);
    assert_hr(set_integer(bad.group, GROUPPROP_NOTIFYFLAGS, flags), S_OK);
    assert_hr(set_listener(good.group, listener), S_OK);
    assert_hr(set_listener(bad.group, listener), S_OK);
    assert_int_equal(run_unheard(&good), GROUP_IS_COMPLETE);
    assert_int_equal(run_unheard(&bad), GROUP_IS_FAILED);
    let_another_group_be_notified();
    assert_int_equal(listener->calls, 0);
    item_end(&good);
    item_end(&bad);
    listener_release(listener);
}

static void a_second_error_is_told_again(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_bad(&item);
    assert_hr(set_listener(item.group, listener), S_OK);
    for (LONG round = 1; round <= 2; round++) {
        assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
        assert_true(listener_wait(listener));
        assert_told_of_the_404(listener, &item);
        assert_int_equal(listener->calls, round);
    }
    item_end(&item);
    listener_release(listener);
}

static void an_event_waits_for_a_listener(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_good(&item);
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_int_equal(run_unheard(&item), GROUP_IS_COMPLETE);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_true(listener_wait(listener));
    assert_told_of_completion(listener, &item);
    item_end(&item);
    listener_release(listener);
}

static void it_is_told_again_until_the_answer_is_s_ok(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    listener->refusals = 1;
    add_good(&item);
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    assert_true(listener_wait(listener));
    assert_told_of_completion(listener, &item);
    let_another_group_be_notified();
    assert_int_equal(listener->calls, 2);
    item_end(&item);
    listener_release(listener);
}

static void the_group_may_be_cancelled_inside_on_status(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    listener->cancel_inside = true;
    listener->cancelled = E_UNEXPECTED;
    add_good(&item);
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    assert_hr(listener->cancelled, S_OK);
    IBackgroundCopyGroup *group;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), item.id, &group), QM_E_ITEM_NOT_FOUND);
    assert_true(same_content(in_folder(L"good.bin").w, www_file(L"small.bin").w));
    let_another_group_be_notified();
    assert_int_equal(listener->calls, 1);
    item_end(&item);
    listener_release(listener);
}

static void no_call_follows_a_cancel(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    item_add(&item, L"/slow/" SLOW_FILE, L"mid.bin");
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_bytes, &item));
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    let_another_group_be_notified();
    assert_int_equal(listener->calls, 0);
    item_end(&item);
    listener_release(listener);
}

static void a_hung_client_does_not_hold_up_another_group(void **state)
{
    (void)state;
    struct item hung = item_new();
    struct listener *listener = listener_new();
    HANDLE hold = CreateEventW(NULL, TRUE, FALSE, NULL);
    listener->hold = hold;
    add_good(&hung);
    assert_hr(set_integer(hung.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_listener(hung.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(hung.group), S_OK);
    assert_int_equal(WaitForSingleObject(listener->entered, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    let_another_group_be_notified();
    /* Nor does it hold up calls on its own group. */
    assert_int_equal(group_status(hung.group), GROUP_IS_COMPLETE);
    assert_hr(set_string(hung.group, GROUPPROP_DISPLAYNAME, L"still here"), S_OK);
    assert_int_equal(listener->calls, 0);
    SetEvent(hold);
    assert_true(listener_wait(listener));
    assert_int_equal(listener->calls, 1);
    item_end(&hung);
    listener_release(listener);
    CloseHandle(hold);
}

static void a_group_can_be_cancelled_while_its_client_hangs(void **state)
{
    (void)state;
    struct item hung = item_new();
    struct listener *listener = listener_new();
    HANDLE hold = CreateEventW(NULL, TRUE, FALSE, NULL);
    listener->hold = hold;
    add_good(&hung);
    assert_hr(set_integer(hung.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_listener(hung.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(hung.group), S_OK);
    assert_int_equal(WaitForSingleObject(listener->entered, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_hr(IBackgroundCopyGroup_CancelGroup(hung.group), S_OK);
    SetEvent(hold);
    assert_true(listener_wait(listener));
    item_end(&hung);
    listener_release(listener);
    CloseHandle(hold);
}

static void a_new_pointer_is_told_while_the_old_one_hangs(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *hung = listener_new(), *fresh = listener_new();
    HANDLE hold = CreateEventW(NULL, TRUE, FALSE, NULL);
    hung->hold = hold;
    add_bad(&item);
    assert_hr(set_listener(item.group, hung), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_int_equal(WaitForSingleObject(hung->entered, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_hr(set_listener(item.group, fresh), S_OK);
    bool told = WaitForSingleObject(fresh->called, PATIENCE_MS) == WAIT_OBJECT_0;
    LONG answers_of_the_hung = hung->calls;
    SetEvent(hold);
    assert_true(listener_wait(hung));
    assert_true(told);
    assert_int_equal(answers_of_the_hung, 0);
    assert_told_of_the_404(fresh, &item);
    item_end(&item);
    listener_release(hung);
    listener_release(fresh);
    CloseHandle(hold);
}

/* It is in the middle of hearing of the event: nobody else is told of that one. */
static void a_pointer_taken_back_while_it_is_called_leaves_the_class_alone(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    struct listener *listener = listener_new();
    HANDLE hold = CreateEventW(NULL, TRUE, FALSE, NULL);
    listener->hold = hold;
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_int_equal(WaitForSingleObject(listener->entered, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_hr(set_listener(item.group, NULL), S_OK);
    let_another_group_be_notified();
    SetEvent(hold);
    assert_true(listener_wait(listener));
    let_another_group_be_notified();
    assert_int_equal(made, 0);
    item_end(&item);
    listener_release(listener);
    class_revoke(&class);
    CloseHandle(hold);
}

static void null_takes_the_pointer_back(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_bad(&item);
    assert_hr(set_listener(item.group, NULL), S_OK); /* there was none: harmless */
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(set_listener(item.group, NULL), S_OK);
    assert_int_equal(listener->references, 1);
    assert_int_equal(run_unheard(&item), GROUP_IS_FAILED);
    let_another_group_be_notified();
    assert_int_equal(listener->calls, 0);
    item_end(&item);
    listener_release(listener);
}

static void the_last_pointer_counts(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *first = listener_new(), *second = listener_new();
    add_bad(&item);
    assert_hr(set_listener(item.group, first), S_OK);
    assert_hr(set_listener(item.group, second), S_OK);
    assert_int_equal(first->references, 1);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(second));
    assert_told_of_the_404(second, &item);
    assert_int_equal(first->calls, 0);
    item_end(&item);
    listener_release(first);
    listener_release(second);
}

static void a_cancelled_group_lets_its_listener_go(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_true(listener->references > 1);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_int_equal(listener->references, 1);
    item_end(&item);
    listener_release(listener);
}

static void a_pointer_is_taken_as_the_callback_interface_only(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    IUnknown *unknown = (IUnknown *)listener_face(listener);
    const GUID *const wrong[] = {&IID_IUnknown, &IID_IBackgroundCopyGroup, &IID_IDispatch,
                                 &GUID_NULL};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_hr(IBackgroundCopyGroup_SetNotificationPointer(item.group, wrong[i], unknown),
                  E_NOTIMPL);
    /* An object that has no such interface: the manager itself. */
    assert_hr(IBackgroundCopyGroup_SetNotificationPointer(item.group, &IID_IBackgroundCopyCallback1,
                                                          (IUnknown *)manager()),
              E_NOINTERFACE);
    assert_int_equal(listener->references, 1);
    item_end(&item);
    listener_release(listener);
}

/* ---- a client in a single-threaded apartment ---------------------------------------------- */

struct apartment {
    struct item item;
    struct listener *listener;
    HRESULT hr;
    DWORD thread;
    HANDLE ready, leave;
};

/* Sets the pointer and waits as a window's thread does: with its messages going on. */
static DWORD WINAPI listen_in_an_apartment(void *context)
{
    struct apartment *apartment = context;
    DWORD signalled;
    apartment->thread = GetCurrentThreadId();
    apartment->hr = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (FAILED(apartment->hr))
        return 0;
    apartment->hr = set_listener(apartment->item.group, apartment->listener);
    if (apartment->hr == S_OK)
        apartment->hr = IBackgroundCopyGroup_ResumeGroup(apartment->item.group);
    if (apartment->hr == S_OK)
        apartment->hr = CoWaitForMultipleHandles(0, LONG_ENOUGH_MS, 1, &apartment->listener->called,
                                                 &signalled);
    set_listener(apartment->item.group, NULL);
    CoUninitialize();
    return 0;
}

static void a_client_in_an_apartment_is_called_on_its_own_thread(void **state)
{
    (void)state;
    struct apartment apartment = {.item = item_new(), .listener = listener_new()};
    add_good(&apartment.item);
    assert_hr(set_integer(apartment.item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    HANDLE thread = CreateThread(NULL, 0, listen_in_an_apartment, &apartment, 0, NULL);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, 2 * LONG_ENOUGH_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_hr(apartment.hr, S_OK);
    assert_int_equal(apartment.listener->thread, apartment.thread);
    assert_told_of_completion(apartment.listener, &apartment.item);
    item_end(&apartment.item);
    listener_release(apartment.listener);
}

static void let_messages_go_on(void)
{
    MSG message;
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
}

/* Hands its pointer over, does not listen when it is called, and ends its apartment as a client
 * does that does not clean up. */
static DWORD WINAPI listen_and_leave(void *context)
{
    struct apartment *apartment = context;
    apartment->hr = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (FAILED(apartment->hr))
        return 0;
    apartment->hr = set_listener(apartment->item.group, apartment->listener);
    SetEvent(apartment->ready);
    WaitForSingleObject(apartment->leave, LONG_ENOUGH_MS); /* no message goes on meanwhile */
    CoUninitialize();
    apartment->hr = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED); /* and begins another one */
    SetEvent(apartment->ready);
    while (MsgWaitForMultipleObjects(1, &apartment->leave, FALSE, LONG_ENOUGH_MS, QS_ALLINPUT) ==
           WAIT_OBJECT_0 + 1)
        let_messages_go_on();
    CoUninitialize();
    return 0;
}

static void a_client_whose_apartment_has_ended_harms_nobody(void **state)
{
    (void)state;
    struct apartment apartment = {.item = item_new(), .listener = listener_new()};
    struct listener *successor = listener_new();
    apartment.ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    apartment.leave = CreateEventW(NULL, FALSE, FALSE, NULL);
    add_bad(&apartment.item);
    HANDLE thread = CreateThread(NULL, 0, listen_and_leave, &apartment, 0, NULL);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(apartment.ready, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_hr(apartment.hr, S_OK);
    assert_int_equal(run_unheard(&apartment.item), GROUP_IS_FAILED);
    hear_of_a_group_of_ones_own();
    SetEvent(apartment.leave);
    assert_int_equal(WaitForSingleObject(apartment.ready, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_hr(apartment.hr, S_OK);
    assert_int_equal(run_unheard(&apartment.item), GROUP_IS_FAILED); /* tried at once: it is new */
    hear_of_a_group_of_ones_own();
    hear_of_a_group_of_ones_own();
    assert_int_equal(apartment.listener->calls, 0);
    assert_hr(set_listener(apartment.item.group, successor), S_OK);
    assert_true(listener_wait(successor));
    assert_told_of_the_404(successor, &apartment.item);
    SetEvent(apartment.leave);
    assert_int_equal(WaitForSingleObject(thread, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    item_end(&apartment.item);
    CloseHandle(apartment.ready);
    CloseHandle(apartment.leave);
    listener_release(successor);
    listener_release(apartment.listener);
}

/* ---- by class ----------------------------------------------------------------------------- */

static void a_class_is_made_and_told(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    add_good(&item);
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_int_equal(made, 0); /* not before it is needed */
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(class_listener));
    assert_told_of_completion(class_listener, &item);
    assert_int_equal(made, 1);
    item_end(&item);
    class_revoke(&class);
}

static void a_class_is_told_of_an_error_by_default(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(class_listener));
    assert_told_of_the_404(class_listener, &item);
    item_end(&item);
    class_revoke(&class);
}

static void a_cleared_class_is_not_made(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, L""), S_OK);
    assert_int_equal(run_unheard(&item), GROUP_IS_FAILED);
    let_another_group_be_notified();
    assert_int_equal(made, 0);
    item_end(&item);
    class_revoke(&class);
}

static void a_pointer_is_preferred_to_a_class(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    struct listener *listener = listener_new();
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    let_another_group_be_notified();
    assert_int_equal(made, 0);
    assert_int_equal(class_listener->calls, 0);
    item_end(&item);
    listener_release(listener);
    class_revoke(&class);
}

static void a_class_set_later_hears_of_what_happened_before(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    add_bad(&item);
    assert_int_equal(run_unheard(&item), GROUP_IS_FAILED);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_true(listener_wait(class_listener));
    assert_told_of_the_404(class_listener, &item);
    item_end(&item);
    class_revoke(&class);
}

static void a_class_that_does_not_exist_harms_nobody(void **state)
{
    (void)state;
    const GUID nowhere = fresh_guid();
    struct item item = item_new();
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&nowhere).w), S_OK);
    assert_int_equal(run_unheard(&item), GROUP_IS_FAILED);
    let_another_group_be_notified();
    assert_int_equal(group_status(item.group), GROUP_IS_FAILED);
    item_end(&item);
}

static void a_silenced_group_is_silent_though_its_class_is_being_made(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    making = CreateEventW(NULL, FALSE, FALSE, NULL);
    hold_making = CreateEventW(NULL, TRUE, FALSE, NULL);
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_int_equal(WaitForSingleObject(making, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_DISABLE_NOTIFY), S_OK);
    SetEvent(hold_making);
    let_another_group_be_notified();
    assert_int_equal(class_listener->calls, 0);
    /* The event itself is not lost. */
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, 0), S_OK);
    assert_true(listener_wait(class_listener));
    assert_told_of_the_404(class_listener, &item);
    CloseHandle(making);
    CloseHandle(hold_making);
    making = hold_making = NULL;
    item_end(&item);
    class_revoke(&class);
}

/* ---- two processes ------------------------------------------------------------------------ */

static HANDLE start_step(const wchar_t *step, const GUID *group, const GUID *class)
{
    wchar_t program[MAX_PATH + 1];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    assert_true(GetModuleFileNameW(NULL, program, MAX_PATH) > 0);
    struct text line =
        text_of(L"\"%ls\" %ls %ls %ls", program, step, guid_text(group).w, guid_text(class).w);
    assert_true(
        CreateProcessW(program, line.w, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* Takes the step in another process; true if it went well, and ended. */
static bool in_another_process(const wchar_t *step, const GUID *group, const GUID *class)
{
    HANDLE process = start_step(step, group, class);
    DWORD code = 1;
    bool ended = WaitForSingleObject(process, LONG_ENOUGH_MS / 2) == WAIT_OBJECT_0;
    if (!ended)
        TerminateProcess(process, 1);
    ended = ended && GetExitCodeProcess(process, &code);
    CloseHandle(process);
    return ended && code == 0;
}

/* As a program that only looks, but where the class could be made as well. */
static int look_at_group(const GUID *id, const GUID *class_id)
{
    IBackgroundCopyGroup *group;
    struct registered_class class = class_register_as(*class_id);
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), *id, &group), S_OK);
    hear_of_a_group_of_ones_own();
    hear_of_a_group_of_ones_own();
    IBackgroundCopyGroup_Release(group);
    class_revoke(&class);
    return made;
}

static int come_back_to_group(const GUID *id, const GUID *class_id)
{
    IBackgroundCopyGroup *group;
    struct registered_class class = class_register_as(*class_id);
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), *id, &group), S_OK);
    bool told = listener_wait(class_listener);
    IBackgroundCopyGroup_Release(group);
    class_revoke(&class);
    return told ? 0 : 1;
}

static int clear_class(const GUID *id, const GUID *class_id)
{
    IBackgroundCopyGroup *group;
    (void)class_id;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), *id, &group), S_OK);
    assert_hr(set_string(group, GROUPPROP_NOTIFYCLSID, L""), S_OK);
    IBackgroundCopyGroup_Release(group);
    return 0;
}

static int set_class_and_die(const GUID *id, const GUID *class_id)
{
    IBackgroundCopyGroup *group;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), *id, &group), S_OK);
    assert_hr(set_string(group, GROUPPROP_NOTIFYCLSID, guid_text(class_id).w), S_OK);
    ExitProcess(0);
}

static bool is_unloadable(void *question)
{
    let_messages_go_on();
    return ((HRESULT(WINAPI *)(void))(uintptr_t)question)() == S_OK;
}

/* A whole client in a single-threaded apartment, from CoInitialize to CoUninitialize. */
static int live_in_an_apartment(void)
{
    struct listener *listener = listener_new();
    DWORD signalled;
    assert_hr(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
    IBackgroundCopyQMgr *own_manager;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                               &IID_IBackgroundCopyQMgr, (void **)&own_manager),
              S_OK);
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    assert_hr(IBackgroundCopyQMgr_CreateGroup(own_manager, fresh_guid(), &group), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(group, fresh_guid(), &job), S_OK);
    assert_hr(add_one(job, on_server(L"/status/404").w, in_folder(L"bad.bin").w), S_OK);
    assert_hr(set_listener(group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(group), S_OK);
    assert_hr(CoWaitForMultipleHandles(0, LONG_ENOUGH_MS, 1, &listener->called, &signalled), S_OK);
    assert_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
    IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(group);
    IBackgroundCopyQMgr_Release(own_manager);
    FARPROC question = GetProcAddress(GetModuleHandleW(L"QmgrPrxy.dll"), "DllCanUnloadNow");
    assert_non_null(question);
    assert_true(wait_until(is_unloadable, (void *)(uintptr_t)question));
    CoUninitialize();
    listener_release(listener);
    return 0;
}

static GUID guid_from(const char *text)
{
    WCHAR wide[64];
    GUID id;
    assert_true(MultiByteToWideChar(CP_ACP, 0, text, -1, wide, COUNT(wide)) > 0);
    assert_hr(CLSIDFromString(wide, &id), S_OK);
    return id;
}

static const struct {
    const char *name;
    int (*take)(const GUID *group, const GUID *class);
} steps[] = {
    {"look-at-group", look_at_group},
    {"come-back-to-group", come_back_to_group},
    {"clear-class", clear_class},
    {"set-class-and-die", set_class_and_die},
};

static int take_step(char **arguments)
{
    int code = 1;
    support_before(NULL);
    if (strcmp(arguments[0], "live-in-an-apartment") == 0)
        return live_in_an_apartment();
    if (support_start(NULL) != 0)
        return 1;
    const GUID group = guid_from(arguments[1]), class = guid_from(arguments[2]);
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (strcmp(arguments[0], steps[i].name) == 0)
            code = steps[i].take(&group, &class);
    }
    support_end(NULL);
    return code;
}

static void a_client_in_an_apartment_comes_to_its_end(void **state)
{
    (void)state;
    assert_true(in_another_process(L"live-in-an-apartment", &GUID_NULL, &GUID_NULL));
}

static void who_only_looks_at_a_group_takes_no_event_from_its_client(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    HANDLE hold = CreateEventW(NULL, TRUE, FALSE, NULL);
    class_listener->hold = hold;
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_int_equal(WaitForSingleObject(class_listener->entered, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    bool left_alone = in_another_process(L"look-at-group", &item.id, &class.id);
    SetEvent(hold);
    assert_true(listener_wait(class_listener));
    assert_true(left_alone);
    item_end(&item);
    class_revoke(&class);
    CloseHandle(hold);
}

static void a_client_that_comes_back_is_told_what_a_dead_one_was_not(void **state)
{
    (void)state;
    const GUID class = fresh_guid();
    struct item item = item_new();
    add_bad(&item);
    assert_true(in_another_process(L"set-class-and-die", &item.id, &class));
    assert_int_equal(run_unheard(&item), GROUP_IS_FAILED);
    assert_true(in_another_process(L"come-back-to-group", &item.id, &class));
    item_end(&item);
}

static void a_class_cleared_by_another_process_is_not_made(void **state)
{
    (void)state;
    struct registered_class class = class_register();
    struct item item = item_new();
    add_bad(&item);
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, guid_text(&class.id).w), S_OK);
    assert_true(in_another_process(L"clear-class", &item.id, &class.id));
    assert_int_equal(run_unheard(&item), GROUP_IS_FAILED);
    let_another_group_be_notified();
    assert_int_equal(made, 0);
    item_end(&item);
    class_revoke(&class);
}

int main(int count, char **arguments)
{
    if (count == 4)
        return take_step(arguments + 1);
    const struct CMUnitTest tests[] = {
        A_TEST(completion_is_told_if_it_was_asked_for),
        A_TEST(completion_is_not_told_unasked),
        A_TEST(an_error_is_told_by_default),
        A_TEST(disable_notify_silences_everything),
        A_TEST(a_second_error_is_told_again),
        A_TEST(an_event_waits_for_a_listener),
        A_TEST(it_is_told_again_until_the_answer_is_s_ok),
        A_TEST(the_group_may_be_cancelled_inside_on_status),
        A_TEST(no_call_follows_a_cancel),
        A_TEST(a_hung_client_does_not_hold_up_another_group),
        A_TEST(a_group_can_be_cancelled_while_its_client_hangs),
        A_TEST(a_new_pointer_is_told_while_the_old_one_hangs),
        A_TEST(a_pointer_taken_back_while_it_is_called_leaves_the_class_alone),
        A_TEST(null_takes_the_pointer_back),
        A_TEST(the_last_pointer_counts),
        A_TEST(a_cancelled_group_lets_its_listener_go),
        A_TEST(a_pointer_is_taken_as_the_callback_interface_only),
        A_TEST(a_client_in_an_apartment_is_called_on_its_own_thread),
        A_TEST(a_client_whose_apartment_has_ended_harms_nobody),
        A_TEST(a_class_is_made_and_told),
        A_TEST(a_class_is_told_of_an_error_by_default),
        A_TEST(a_cleared_class_is_not_made),
        A_TEST(a_pointer_is_preferred_to_a_class),
        A_TEST(a_class_set_later_hears_of_what_happened_before),
        A_TEST(a_class_that_does_not_exist_harms_nobody),
        A_TEST(a_silenced_group_is_silent_though_its_class_is_being_made),
        A_TEST(a_client_in_an_apartment_comes_to_its_end),
        A_TEST(who_only_looks_at_a_group_takes_no_event_from_its_client),
        A_TEST(a_client_that_comes_back_is_told_what_a_dead_one_was_not),
        A_TEST(a_class_cleared_by_another_process_is_not_made),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
