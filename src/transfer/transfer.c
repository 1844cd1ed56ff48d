/* SPDX-License-Identifier: MIT */
#include "transfer/transfer.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "platform/settings.h"
#include "qmgrprxy_version.h"
#include "transfer/copy.h"
#include "transfer/download.h"
#include "transfer/errors.h"
#include "transfer/lost.h"
#include "transfer/patience.h"
#include "transfer/proxies.h"
#include "transfer/scheme.h"
#include "transfer/throttle.h"
#include "transfer/tls.h"

enum {
    ACTIVE_MOST = 16,  /* exchanges at a time; each may need two buffers of 1 MiB */
    PER_HOST_MOST = 8, /* of them with one server */
    PER_FTP_MOST = 3,  /* each of them is a log-on, of which servers allow few */
    SCHEMES_LAST_MS =
        1000, /* while there are downloads: to ask for each would slow down many small ones */
    COPIES_MOST = 3, /* each has a thread, and a disk does not get faster by more */
    /* Of all these, so many are for the foreground: a limit may keep the others at work for hours. */
    ACTIVE_KEPT = 4,
    PER_HOST_KEPT = 2,
    PER_FTP_KEPT = 1,
    COPIES_KEPT = 1,
    IDLE_WAIT_MS = 60000,
    PROXY_WAIT_MS = 1000, /* while a script is asked */
    TROUBLE_WAIT_MS = 1000,
};

struct list {
    struct download *first, *last;
};

struct transfer {
    struct transfer_options options;
    char *user_agent;
    struct tls *tls;
    struct proxies *proxies;
    CURLM *multi;
    struct thread *thread;
    struct wakeup *pause; /* never set: only waited for */

    atomic_bool quit;
    atomic_bool stops_wanted; /* some download has stop_wanted */
    atomic_bool haste_wanted; /* some download has gone to the foreground */
    struct lock *mailbox;     /* for the list of those that were started and not yet taken */
    struct list arrived;
    struct list copied; /* under the mailbox's lock too: copies whose thread is done */

    /* The thread only. */
    struct list checking; /* the first of them is at it; foreground first */
    struct list waiting;  /* likewise */
    struct download *active[ACTIVE_MOST];
    size_t active_count;
    struct download *copying[COPIES_MOST];
    size_t copying_count;
    CURL *idle[ACTIVE_MOST]; /* used handles: setting up a new one costs more than a reset */
    size_t idle_count;
    struct lost lost;
    unsigned schemes; /* that are allowed, as of */
    uint64_t schemes_at;
    struct throttle throttle;
};

/* ---- lists --------------------------------------------------------------------------------- */

static void list_append(struct list *list, struct download *download)
{
    download->next = NULL;
    if (list->last) {
        list->last->next = download;
    } else {
        list->first = download;
    }
    list->last = download;
}

/* The one after `before` (NULL: the first) leaves the list. NULL if there is none. */
static struct download *list_take_after(struct list *list, struct download *before)
{
    struct download *taken = before ? before->next : list->first;
    if (taken) {
        *(before ? &before->next : &list->first) = taken->next;
        list->last = list->last == taken ? before : list->last;
        taken->next = NULL;
    }
    return taken;
}

static struct download *list_take(struct list *list)
{
    return list_take_after(list, NULL);
}

/* Behind the others in the foreground, before those that are not. */
static void list_insert(struct list *list, struct download *download)
{
    bool foreground = atomic_load(&download->foreground);
    struct download **at = &list->first;
    while (foreground && *at && atomic_load(&(*at)->foreground)) {
        at = &(*at)->next;
    }
    if (!foreground || !*at) {
        list_append(list, download);
        return;
    }
    download->next = *at;
    *at = download;
}

static void list_sort(struct list *list)
{
    struct list before = *list;
    *list = (struct list){0};
    struct download *download;
    while ((download = list_take(&before)) != NULL) {
        list_insert(list, download);
    }
}

/* ---- the thread ---------------------------------------------------------------------------- */

/* The download has its result; the engine's reference goes. */
static void tell_end(struct transfer *transfer, struct download *download)
{
    if (download->result.end == END_CHANGED && download->part_path) {
        lost_note(&transfer->lost, download->part_path, download->had);
    }
    transfer->options.on_end(transfer->options.context, download);
    download_free(download);
}

static void stow(struct transfer *transfer, CURL *easy)
{
    curl_easy_reset(easy);
    /* A handle that shared its connection keeps its buffer, and until that is gone libcurl 7.88
     * refuses to have it another size: such a one is of no more use. */
    if (transfer->idle_count < ACTIVE_MOST &&
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)CURL_MAX_WRITE_SIZE) == CURLE_OK) {
        transfer->idle[transfer->idle_count++] = easy;
    } else {
        curl_easy_cleanup(easy);
    }
}

static CURL *take_handle(struct transfer *transfer)
{
    return transfer->idle_count > 0 ? transfer->idle[--transfer->idle_count] : curl_easy_init();
}

static unsigned schemes_now(struct transfer *transfer)
{
    uint64_t now = clock_ms();
    bool idle = transfer->active_count + transfer->copying_count == 0;
    if (idle || now - transfer->schemes_at > SCHEMES_LAST_MS) {
        transfer->schemes = schemes_enabled();
        transfer->schemes_at = now;
    }
    return transfer->schemes;
}

/* Gives it a handle and starts its next exchange, to which the way is known. False: it has ended. */
static bool start_exchange(struct transfer *transfer, struct download *download)
{
    download->throttle = &transfer->throttle;
    if (download->ended) {
        return false;
    }
    if (atomic_load(&download->stop_wanted)) {
        download_abandon(download, END_STOPPED, 0, "");
        return false;
    }
    if (!download_is_allowed(download, schemes_now(transfer))) {
        return false;
    }
    CURL *easy = take_handle(transfer);
    if (!easy) {
        download_abandon(download, END_TRANSIENT, CODE_OUT_OF_MEMORY, "out of memory");
        return false;
    }
    if (!download_set_up(download, easy, transfer->tls, transfer->user_agent)) {
        download->easy = NULL;
        stow(transfer, easy);
        return false;
    }
    CURLMcode rc = patience_set_up(easy, &transfer->options) == CURLE_OK
                       ? curl_multi_add_handle(transfer->multi, easy)
                       : CURLM_OUT_OF_MEMORY;
    if (rc != CURLM_OK) {
        download->easy = NULL;
        stow(transfer, easy);
        download_abandon(download, END_TRANSIENT,
                         rc == CURLM_OUT_OF_MEMORY ? CODE_OUT_OF_MEMORY : CODE_INTERNAL,
                         curl_multi_strerror(rc));
        return false;
    }
    return true;
}

static bool same_server(const struct download *a, const struct download *b)
{
    return a->server_length == b->server_length && memcmp(a->url, b->url, a->server_length) == 0;
}

static bool server_is_busy(const struct transfer *transfer, const struct download *download,
                           bool foreground)
{
    if (download->is_file) {
        return transfer->copying_count >= (size_t)(COPIES_MOST - (foreground ? 0 : COPIES_KEPT));
    }
    size_t busy = 0;
    for (size_t i = 0; i < transfer->active_count; i++) {
        busy += same_server(transfer->active[i], download);
    }
    int most = download->is_ftp ? PER_FTP_MOST : PER_HOST_MOST;
    int kept = download->is_ftp ? PER_FTP_KEPT : PER_HOST_KEPT;
    return busy >= (size_t)(most - (foreground ? 0 : kept));
}

static bool may_start(struct transfer *transfer, struct download *download)
{
    bool foreground = atomic_load(&download->foreground);
    return !server_is_busy(transfer, download, foreground) &&
           transfer->active_count < (size_t)(ACTIVE_MOST - (foreground ? 0 : ACTIVE_KEPT)) &&
           !throttle_forbids(&transfer->throttle, download) &&
           download_is_routed(download, transfer->proxies);
}

/* The first that waits for a server that is not busy, and to which the way is known. (libcurl could hold the others
 * back as well, but knows no foreground.) */
static struct download *take_next(struct transfer *transfer)
{
    struct download *before = NULL;
    struct download *next = transfer->waiting.first;
    while (next && !may_start(transfer, next)) {
        before = next;
        next = next->next;
    }
    return next ? list_take_after(&transfer->waiting, before) : NULL;
}

/* ---- copies, each on a thread of its own --------------------------------------------------- */

static void copy_on_thread(void *context)
{
    struct download *download = context;
    struct transfer *transfer = download->engine;
    copy_run(download);
    lock_take(transfer->mailbox);
    list_append(&transfer->copied, download);
    lock_drop(transfer->mailbox);
    curl_multi_wakeup(transfer->multi);
}

static void start_copy(struct transfer *transfer, struct download *download)
{
    download->engine = transfer;
    if (download_is_allowed(download, schemes_now(transfer))) {
        download->copier = thread_start("copy", copy_on_thread, download);
        if (download->copier) {
            transfer->copying[transfer->copying_count++] = download;
            return;
        }
        download_abandon(download, END_TRANSIENT, CODE_OUT_OF_MEMORY, "no thread for a copy");
    }
    tell_end(transfer, download);
}

static void end_copy(struct transfer *transfer, struct download *download)
{
    thread_join(download->copier);
    download->copier = NULL;
    for (size_t i = 0; i < transfer->copying_count; i++) {
        if (transfer->copying[i] == download) {
            transfer->copying[i] = transfer->copying[--transfer->copying_count];
            break;
        }
    }
    tell_end(transfer, download);
}

static void take_copied(struct transfer *transfer)
{
    lock_take(transfer->mailbox);
    struct list copied = transfer->copied;
    transfer->copied = (struct list){0};
    lock_drop(transfer->mailbox);
    struct download *download;
    while ((download = list_take(&copied)) != NULL) {
        end_copy(transfer, download);
    }
}

/* They look at stop_wanted themselves, but one that waits for a share does so when that answers. */
static void end_copies(struct transfer *transfer)
{
    for (size_t i = 0; i < transfer->copying_count; i++) {
        atomic_store(&transfer->copying[i]->stop_wanted, true);
    }
    while (transfer->copying_count > 0) {
        end_copy(transfer, transfer->copying[0]);
    }
    transfer->copied = (struct list){0};
}

/* ---- exchanges ------------------------------------------------------------------------------ */

static void start_waiting(struct transfer *transfer)
{
    while (transfer->active_count < ACTIVE_MOST) {
        struct download *download = take_next(transfer);
        if (!download) {
            return;
        }
        if (download->is_file) {
            start_copy(transfer, download);
        } else if (start_exchange(transfer, download)) {
            transfer->active[transfer->active_count++] = download;
        } else {
            tell_end(transfer, download);
        }
    }
}

/* Takes the download off its handle. */
static void detach(struct transfer *transfer, struct download *download)
{
    CURLMcode rc = curl_multi_remove_handle(transfer->multi, download->easy);
    if (rc != CURLM_OK) {
        log_event("transfer: %s", curl_multi_strerror(rc));
    }
}

static void attach_idle(struct transfer *transfer, struct download *download)
{
    stow(transfer, download->easy);
    download->easy = NULL;
}

static void forget_active(struct transfer *transfer, const struct download *download)
{
    for (size_t i = 0; i < transfer->active_count; i++) {
        if (transfer->active[i] == download) {
            transfer->active[i] = transfer->active[--transfer->active_count];
            return;
        }
    }
}

static void abandon_active(struct transfer *transfer, struct download *download,
                           enum download_end end, uint32_t win32, const char *cause)
{
    detach(transfer, download);
    attach_idle(transfer, download);
    forget_active(transfer, download);
    download_abandon(download, end, win32, cause);
    tell_end(transfer, download);
}

static void abandon_all_active(struct transfer *transfer, enum download_end end, uint32_t win32,
                               const char *cause)
{
    while (transfer->active_count > 0) {
        abandon_active(transfer, transfer->active[0], end, win32, cause);
    }
}

static void exchange_over(struct transfer *transfer, CURL *easy, CURLcode rc)
{
    char *private = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    struct download *download = (struct download *)(void *)private;
    detach(transfer, download);
    bool another = download_exchange_over(download, rc);
    attach_idle(transfer, download);
    if (another && !download_is_routed(download, transfer->proxies)) {
        forget_active(transfer, download);
        list_insert(&transfer->waiting, download);
    } else if (!another || !start_exchange(transfer, download)) {
        forget_active(transfer, download);
        tell_end(transfer, download);
    }
}

/* True if some exchange was over. */
static bool harvest(struct transfer *transfer)
{
    bool any = false;
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(transfer->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            /* The message is gone once the handle is removed. */
            exchange_over(transfer, message->easy_handle, message->data.result);
            any = true;
        }
    }
    return any;
}

static void take_arrivals(struct transfer *transfer)
{
    lock_take(transfer->mailbox);
    struct list arrived = transfer->arrived;
    transfer->arrived = (struct list){0};
    lock_drop(transfer->mailbox);
    struct download *download;
    while ((download = list_take(&arrived)) != NULL) {
        download->lost = download->part_path ? lost_bytes(&transfer->lost, download->part_path) : 0;
        list_insert(download_must_check(download) ? &transfer->checking : &transfer->waiting,
                    download);
    }
}

/* One slice of one part file, between which what comes from the servers is taken. */
static void check_next(struct transfer *transfer)
{
    struct download *download = transfer->checking.first;
    enum download_check check = download ? download_check(download) : CHECK_GOES_ON;
    if (check == CHECK_GOES_ON) {
        return;
    }
    list_take(&transfer->checking);
    if (check == CHECK_PASSED) {
        list_insert(&transfer->waiting, download);
    } else {
        tell_end(transfer, download);
    }
}

static void end_listed(struct transfer *transfer, struct list *list, bool all)
{
    struct list kept = {0};
    struct download *download;
    while ((download = list_take(list)) != NULL) {
        if (all || atomic_load(&download->stop_wanted)) {
            download_abandon(download, END_STOPPED, 0, "");
            tell_end(transfer, download);
        } else {
            list_append(&kept, download);
        }
    }
    *list = kept;
}

static void end_stopped(struct transfer *transfer, bool all)
{
    end_listed(transfer, &transfer->checking, all);
    end_listed(transfer, &transfer->waiting, all);
    for (size_t i = transfer->active_count; i-- > 0;) {
        if (all || atomic_load(&transfer->active[i]->stop_wanted)) {
            abandon_active(transfer, transfer->active[i], END_STOPPED, 0, "");
        }
    }
}

/* ---- limits for the background ------------------------------------------------------------- */

/* Of those that are held and need not be, the one that has waited longest. NULL: none. */
static struct download *first_to_go_on(const struct transfer *transfer)
{
    struct download *first = NULL;
    for (size_t i = 0; i < transfer->active_count; i++) {
        struct download *download = transfer->active[i];
        if (download->held && (!first || download->ticket < first->ticket) &&
            !throttle_holds(&transfer->throttle, download)) {
            first = download;
        }
    }
    return first;
}

/* Each may be held again before this returns. */
static void let_go(struct transfer *transfer)
{
    struct download *download;
    while ((download = first_to_go_on(transfer)) != NULL) {
        download->held = false;
        CURL *easy = download->easy;
        CURLcode rc = curl_easy_pause(easy, CURLPAUSE_CONT);
        if (rc != CURLE_OK) {
            exchange_over(transfer, easy, rc);
        }
    }
}

/* They come again at once, and wait in our list for a better hour: a server would not wait so long. */
static void end_forbidden(struct transfer *transfer)
{
    for (size_t i = transfer->active_count; i-- > 0;) {
        if (throttle_forbids(&transfer->throttle, transfer->active[i])) {
            abandon_active(transfer, transfer->active[i], END_STOPPED, 0, "");
        }
    }
    for (size_t i = 0; i < transfer->copying_count; i++) {
        if (throttle_forbids(&transfer->throttle, transfer->copying[i])) {
            atomic_store(&transfer->copying[i]->stop_wanted, true);
        }
    }
}

static void limit_background(struct transfer *transfer)
{
    throttle_tick(&transfer->throttle, transfer->active, transfer->active_count);
    if (atomic_exchange(&transfer->haste_wanted, false)) {
        list_sort(&transfer->checking);
        list_sort(&transfer->waiting);
        for (size_t i = 0; i < transfer->active_count; i++) {
            throttle_hastened(&transfer->throttle, transfer->active[i]);
        }
    }
    end_forbidden(transfer);
    let_go(transfer);
}

static int wait_ms(struct transfer *transfer)
{
    if (transfer->checking.first) {
        return 0;
    }
    uint32_t wait = throttle_wait_ms(&transfer->throttle, transfer->active, transfer->active_count);
    uint32_t most = proxies_pending(transfer->proxies) ? PROXY_WAIT_MS : IDLE_WAIT_MS;
    return (int)(wait < most ? wait : most);
}

/* libcurl could not do its work at all (out of memory, out of sockets): nothing that is at work
 * may hang. */
static void cope(struct transfer *transfer, CURLMcode rc)
{
    log_event("transfer: %s", curl_multi_strerror(rc));
    abandon_all_active(transfer, END_TRANSIENT,
                       rc == CURLM_OUT_OF_MEMORY ? CODE_OUT_OF_MEMORY : CODE_INTERNAL,
                       curl_multi_strerror(rc));
    wakeup_wait(transfer->pause, TROUBLE_WAIT_MS);
}

static void run(void *context)
{
    struct transfer *transfer = context;
    while (!atomic_load(&transfer->quit)) {
        /* Asked before the arrivals are taken: whoever is to be stopped had arrived by then. The
         * other way round, one that arrives and is to be stopped in between would be missed. */
        bool stops = atomic_exchange(&transfer->stops_wanted, false);
        take_arrivals(transfer);
        take_copied(transfer);
        if (stops) {
            end_stopped(transfer, false);
        }
        limit_background(transfer);
        check_next(transfer);
        start_waiting(transfer);
        int running = 0;
        CURLMcode rc = curl_multi_perform(transfer->multi, &running);
        /* Where one has ended another can start: no waiting then. */
        if (rc == CURLM_OK && !harvest(transfer)) {
            rc = curl_multi_poll(transfer->multi, NULL, 0, wait_ms(transfer), NULL);
        }
        if (rc != CURLM_OK) {
            cope(transfer, rc);
        }
    }
    take_arrivals(transfer);
    end_stopped(transfer, true);
    end_copies(transfer);
}

/* ---- for the caller ------------------------------------------------------------------------ */

/* libcurl's own start is not safe in threads on every system, and its end forgets the TLS
 * library. */
static atomic_flag starting = ATOMIC_FLAG_INIT;
static unsigned started; /* engines */

static bool start_curl(void)
{
    while (atomic_flag_test_and_set(&starting)) {
    }
    bool ok = (started > 0 || tls_choose()) && curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
    started += ok;
    atomic_flag_clear(&starting);
    return ok;
}

static void stop_curl(void)
{
    while (atomic_flag_test_and_set(&starting)) {
    }
    curl_global_cleanup();
    started--;
    atomic_flag_clear(&starting);
}

/* malloc'ed. */
static char *choose_user_agent(void)
{
    static const char ours[] = "Microsoft BITS/6.7 QmgrPrxy/" QMGRPRXY_VERSION_STRING;
    char *wish = setting_text(SETTING_USER_AGENT);
    char *copy = wish ? wish : malloc(sizeof ours);
    return copy && !wish ? strcpy(copy, ours) : copy;
}

/* From the thread that asks scripts. */
static void wake_for_news(void *multi)
{
    (void)curl_multi_wakeup(multi);
}

static bool set_up_multi(CURLM *multi)
{
    /* Not PER_HOST_MOST, which we see to ourselves: behind a proxy, libcurl counts all servers as one. */
    return curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)ACTIVE_MOST) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)ACTIVE_MOST) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX) == CURLM_OK;
}

/* Frees what was made; the thread has ended or never ran. */
static void take_apart(struct transfer *transfer)
{
    for (size_t i = 0; i < transfer->idle_count; i++) {
        curl_easy_cleanup(transfer->idle[i]);
    }
    proxies_free(transfer->proxies); /* before the multi handle, which its news wake */
    if (transfer->multi) {
        curl_multi_cleanup(transfer->multi);
    }
    tls_free(transfer->tls);
    lock_free(transfer->mailbox);
    wakeup_free(transfer->pause);
    free(transfer->user_agent);
    free(transfer);
}

enum fault transfer_create(const struct transfer_options *options, struct transfer **out)
{
    *out = NULL;
    if (!start_curl()) {
        log_event("transfer: libcurl does not start");
        return FAULT_ENGINE;
    }
    enum fault fault = FAULT_MEMORY;
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) {
        goto stop;
    }
    transfer->options = *options;
    atomic_init(&transfer->quit, false);
    atomic_init(&transfer->stops_wanted, false);
    atomic_init(&transfer->haste_wanted, false);
    throttle_init(&transfer->throttle);
    transfer->user_agent = choose_user_agent();
    transfer->mailbox = lock_new();
    transfer->pause = wakeup_new(NULL);
    transfer->tls = tls_new();
    transfer->multi = curl_multi_init();
    transfer->proxies = transfer->multi ? proxies_new(wake_for_news, transfer->multi) : NULL;
    if (!transfer->proxies || !transfer->user_agent || !transfer->mailbox || !transfer->pause ||
        !transfer->tls || !transfer->multi) {
        goto apart;
    }
    fault = FAULT_ENGINE;
    if (!set_up_multi(transfer->multi)) {
        goto apart;
    }
    transfer->thread = thread_start("transfer", run, transfer);
    if (!transfer->thread) {
        goto apart;
    }
    *out = transfer;
    log_event("transfer: started, with %s", curl_version());
    return FAULT_NONE;

apart:
    take_apart(transfer);
stop:
    stop_curl();
    return fault;
}

static void wake(struct transfer *transfer)
{
    CURLMcode rc = curl_multi_wakeup(transfer->multi);
    if (rc != CURLM_OK) {
        /* The thread comes round by itself, only later. */
        log_event("transfer: %s", curl_multi_strerror(rc));
    }
}

void transfer_destroy(struct transfer *transfer)
{
    if (!transfer) {
        return;
    }
    atomic_store(&transfer->quit, true);
    wake(transfer);
    thread_join(transfer->thread);
    take_apart(transfer);
    stop_curl();
}

enum fault transfer_start(struct transfer *transfer, const struct download_request *request,
                          struct download **out)
{
    *out = NULL;
    struct download *download = download_new(request);
    if (!download) {
        return FAULT_MEMORY;
    }
    download_refer(download);
    *out = download;
    lock_take(transfer->mailbox);
    list_append(&transfer->arrived, download);
    lock_drop(transfer->mailbox);
    wake(transfer);
    return FAULT_NONE;
}

void transfer_stop(struct transfer *transfer, struct download *download)
{
    atomic_store(&download->stop_wanted, true);
    atomic_store(&transfer->stops_wanted, true);
    wake(transfer);
}

void transfer_hasten(struct transfer *transfer, struct download *download)
{
    atomic_store(&download->foreground, true);
    atomic_store(&transfer->haste_wanted, true);
    wake(transfer);
}
