/* SPDX-License-Identifier: MIT */
/* What a client of the class learns when servers misbehave, and that what is worth another try is tried
 * again until it is whole. tests/native/test_faults_*.c have many more rows; these are here for the codes in
 * GetStatus and OnStatus. What the paths ask for stands in tests/faults. */
#include "support.h"

#define FILE_SIZE 50000u

struct row {
    const wchar_t *server; /* "HTTP": where QMGR_TEST_FAULTS_HTTP says */
    const wchar_t *path;
    DWORD win32, http; /* both 0: it recovers */
};

static const struct row refusals[] = {
    {L"HTTP", L"/status/404", 0, 404},
    {L"HTTP", L"/status/403", 0, 403},
    {L"HTTP", L"/status/410", 0, 410},
    {L"HTTP", L"/status/501", 0, 501},
    {L"HTTP", L"/login", 0, 401},
    {L"HTTP", L"/status/302", 0, 302},
    {L"HTTP", L"/hops/loop", 12156, 0},
    {L"HTTP", L"/redirect/302?location=file:///c:/boot.ini", 12156, 0},
    {L"HTTP", L"/part-unasked", 12152, 0},
    {L"UNKNOWN", L"/file", 12045, 0},
    {L"SELFSIGNED", L"/file", 12045, 0},
    {L"WRONGNAME", L"/file", 12038, 0},
    {L"EXPIRED", L"/file", 12037, 0},
};

static const struct row recoveries[] = {
    {L"HTTP", L"/status/503?heal=1", 0, 0},        {L"HTTP", L"/status/408?heal=1", 0, 0},
    {L"HTTP", L"/end/reset/request?heal=1", 0, 0}, {L"HTTP", L"/end/close/fields?heal=1", 0, 0},
    {L"HTTP", L"/end/close/body?heal=1", 0, 0},    {L"HTTP", L"/end/reset/last?heal=1", 0, 0},
    {L"HTTP", L"/chunked/bad-size?heal=1", 0, 0},  {L"HTTP", L"/chunked/missing-last?heal=1", 0, 0},
    {L"HTTP", L"/fields/megabyte?heal=1", 0, 0},   {L"HTTP", L"/answer?length=-1&heal=1", 0, 0},
    {L"HTTPS", L"/end/cut/body?heal=1", 0, 0},     {L"HTTP", L"/premature", 0, 0},
};

enum { ROWS_MOST = 16 };

static struct text url_of(const struct row *row, const GUID *key)
{
    struct text server = environment(text_of(L"QMGR_TEST_FAULTS_%ls", row->server).w);
    const wchar_t *mark = wcschr(row->path, L'?') != NULL ? L"&" : L"?";
    return text_of(L"%ls%ls%lskey=%08lx", server.w, row->path, mark, (unsigned long)key->Data1);
}

/* The bytes of tests/faults/server.py. */
static bool is_the_file(const wchar_t *path)
{
    static BYTE data[FILE_SIZE + 1];
    DWORD size = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    bool same = file != INVALID_HANDLE_VALUE &&
                ReadFile(file, data, sizeof data, &size, NULL) != FALSE && size == FILE_SIZE;
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    for (DWORD i = 0; same && i < size; i++) {
        DWORD word = i / 4 * 2654435761u + 40503u;
        same = data[i] == (BYTE)(word >> (8 * (i % 4)));
    }
    return same;
}

static void assert_told(const struct row *row, struct item *item, const struct listener *listener,
                        const wchar_t *local)
{
    bool refused = row->win32 != 0 || row->http != 0;
    DWORD status = refused ? GROUP_IS_FAILED : GROUP_IS_COMPLETE;
    struct job_report report = job_report(item->job);
    if (listener->status != status || listener->win32 != row->win32 ||
        listener->http != row->http || report.win32 != row->win32 || report.http != row->http)
        print_error("%ls: OnStatus %lx %lu %lu, GetStatus %lx %lu %lu after %lu retries\n",
                    row->path, listener->status, listener->win32, listener->http, report.status,
                    report.win32, report.http, report.retries);
    assert_int_equal(listener->status, status);
    assert_int_equal(listener->file, refused ? 0 : NO_FILE_INDEX);
    assert_int_equal(listener->win32, row->win32);
    assert_int_equal(listener->http, row->http);
    assert_int_equal(listener->retries, 0); /* the first failure is no retry yet */
    assert_int_equal(report.status, refused ? JOB_IS_FAILED : JOB_IS_COMPLETE);
    assert_int_equal(report.win32, row->win32);
    assert_int_equal(report.http, row->http);
    assert_int_equal(report.retries, 0);
    /* Nothing of it is in place unless all of it is. */
    assert_int_equal(exists(local), !refused);
    assert_true(refused || is_the_file(local));
}

/* Each row with a group of its own, all at the same time. */
static void tell(const struct row *rows, size_t count)
{
    struct item items[ROWS_MOST];
    struct listener *listeners[ROWS_MOST];
    assert_true(count <= ROWS_MOST);
    for (size_t i = 0; i < count; i++) {
        items[i] = item_new();
        listeners[i] = listener_new();
        assert_hr(set_integer(items[i].group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
        assert_hr(set_listener(items[i].group, listeners[i]), S_OK);
        assert_hr(add_one(items[i].job, url_of(&rows[i], &items[i].id).w,
                          in_folder(text_of(L"target%u", (unsigned)i).w).w),
                  S_OK);
    }
    for (size_t i = 0; i < count; i++)
        assert_hr(IBackgroundCopyGroup_ResumeGroup(items[i].group), S_OK);
    for (size_t i = 0; i < count; i++) {
        if (!listener_wait(listeners[i])) {
            print_error("%ls: nobody is told of an end\n", rows[i].path);
            fail();
        }
        assert_told(&rows[i], &items[i], listeners[i],
                    in_folder(text_of(L"target%u", (unsigned)i).w).w);
        item_end(&items[i]);
        listener_release(listeners[i]);
    }
}

static void what_does_not_help_is_an_error_with_its_codes(void **state)
{
    (void)state;
    tell(refusals, COUNT(refusals));
}

static void what_passes_is_tried_again_and_becomes_whole(void **state)
{
    (void)state;
    tell(recoveries, COUNT(recoveries));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(what_does_not_help_is_an_error_with_its_codes),
        A_TEST(what_passes_is_tried_again_and_becomes_whole),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
