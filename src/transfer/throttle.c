/* SPDX-License-Identifier: MIT */
#include "transfer/throttle.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "platform/rate_hours.h"
#include "platform/settings.h"
#include "platform/socket.h"
#include "transfer/download.h"
#include "transfer/url.h"

enum {
    LOOK_EVERY_MS = 60000,
    SAMPLE_EVERY_MS = 500,
    READS_MOST = 4,
    TICK_MS = 50,
    WAIT_MOST_MS = 500,
    FIXED_LEAST = 1024, /* less counts as this; BITS does likewise */
    BUFFER_LEAST = 16 << 10,
    BUFFER_UNKNOWN = 128 << 10, /* while the link's capacity is not known */
    BUFFER_MOST = 1 << 20,      /* under Wine, libcurl's default of 16 KiB costs a factor of ten */
    WINDOW_LEAST = 16 << 10,
    WINDOW_FIRST = 256 << 10,
    WINDOW_UNKNOWN = 128 << 10,
    PER_SECOND = 1000 / TICK_MS, /* bursts */
};

/* ---- the fixed limit ----------------------------------------------------------------------- */

static uint64_t read_fixed(void)
{
    uint64_t limit = setting_number(SETTING_RATE_LIMIT);
    limit = limit == 0 ? RATE_FREE : limit;
    char *hours = setting_text(SETTING_RATE_HOURS);
    uint64_t by_hour;
    if (hours && rate_hours_find(hours, clock_local_hour(), &by_hour)) {
        limit = by_hour == RATE_HOURS_NONE ? RATE_FREE : by_hour;
    }
    free(hours);
    return limit > 0 && limit < FIXED_LEAST ? FIXED_LEAST : limit;
}

static void log_fixed(uint64_t limit)
{
    if (limit == RATE_FREE) {
        log_event("background downloads have no fixed limit");
    } else if (limit == 0) {
        log_event("background downloads wait: their limit is 0 in this hour");
    } else {
        log_event("background downloads: at most %lu bytes per second", (unsigned long)limit);
    }
}

static void look_at_settings(struct throttle *throttle, uint64_t now)
{
    uint64_t before = throttle->fixed;
    throttle->next_look = now + LOOK_EVERY_MS;
    throttle->adapts = setting_flag(SETTING_RATE_ADAPT);
    throttle->fixed = read_fixed();
    if (throttle->fixed != before) {
        log_fixed(throttle->fixed);
    }
}

void throttle_init(struct throttle *throttle)
{
    *throttle = (struct throttle){.fixed = RATE_FREE};
    look_at_settings(throttle, clock_ms());
}

/* ---- the limit that adapts ----------------------------------------------------------------- */

static uint64_t adaptive(const struct throttle *throttle)
{
    return throttle->adapts ? rate_allowed(&throttle->rate) : RATE_FREE;
}

static bool is_background(const struct download *download)
{
    return !atomic_load_explicit(&download->foreground, memory_order_relaxed);
}

static bool uses_network(const struct download *download)
{
    return is_background(download) && !download->local;
}

static bool any_uses_network(struct download *const *active, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (uses_network(active[i])) {
            return true;
        }
    }
    return false;
}

/* libcurl keeps what it has read for a download that is held. */
static uint64_t bytes_in_libcurl(const struct download *download)
{
    curl_off_t read = 0;
    curl_easy_getinfo(download->easy, CURLINFO_SIZE_DOWNLOAD_T, &read);
    int64_t taken = download->begun ? atomic_load(&download->bytes) - download->from : read;
    return read > taken ? (uint64_t)(read - taken) : 0;
}

/* What has come for us and was not taken yet: megabytes, where something is held. */
static uint64_t bytes_not_taken(struct download *const *active, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (uses_network(active[i]) && active[i]->lane != NO_LANE) {
            sum += socket_bytes_queued(active[i]->lane) + bytes_in_libcurl(active[i]);
        }
    }
    return sum;
}

static void grow_lanes(struct throttle *throttle, struct download *const *active, size_t count,
                       uint64_t elapsed_ms)
{
    for (size_t i = 0; i < count; i++) {
        if (uses_network(active[i])) {
            lanes_grow(&throttle->lanes, active[i]->lane, active[i]->taken * 1000 / elapsed_ms);
            active[i]->taken = 0;
        }
    }
}

/* Since the last sample: all bytes, and ours. The two cannot be read at the same instant, and in between more comes: where
 * that is much, since others had the processor, they are read again. */
static void read_counters(struct throttle *throttle, struct download *const *active, size_t count,
                          uint64_t *received, uint64_t *ours)
{
    uint64_t before = 0;
    uint64_t after = 0;
    uint64_t more = 0;
    bool known = true;
    *received = 0;
    for (int tries = 0; tries < READS_MOST; tries++) {
        before = bytes_not_taken(active, count);
        known = netload_received(&throttle->netload, &more);
        *received += more;
        after = bytes_not_taken(active, count);
        if (after - before <= (throttle->ours + after) / 256) {
            break;
        }
    }
    uint64_t queued = (before + after) / 2;
    uint64_t arrived = throttle->ours + queued;
    *ours = arrived > throttle->queued ? arrived - throttle->queued : 0;
    throttle->ours = 0;
    throttle->queued = queued;
    if (!known) {
        *received = *ours;
    }
}

static void sample_network(struct throttle *throttle, struct download *const *active, size_t count,
                           uint64_t now)
{
    uint64_t elapsed = now - throttle->sampled_at;
    uint64_t received;
    if (elapsed < SAMPLE_EVERY_MS) {
        return;
    }
    bool was_free = adaptive(throttle) == RATE_FREE;
    uint64_t ours;
    read_counters(throttle, active, count, &received, &ours);
    rate_sample(&throttle->rate, elapsed > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed, received,
                ours);
    throttle->sampled_at = now;
    grow_lanes(throttle, active, count, elapsed);
    if (was_free != (adaptive(throttle) == RATE_FREE)) {
        log_event(was_free ? "others use the network: background downloads yield"
                           : "the network is free: background downloads take it");
    }
}

/* ---- what may be taken --------------------------------------------------------------------- */

static void fill(int64_t *tokens, uint64_t rate, uint64_t elapsed_ms)
{
    if (rate == RATE_FREE) {
        *tokens = 1;
        return;
    }
    int64_t most = (int64_t)(rate / PER_SECOND) + 1;
    int64_t more = (int64_t)(rate * (elapsed_ms < 1000 ? elapsed_ms : 1000) / 1000);
    *tokens = *tokens + more < most ? *tokens + more : most;
}

void throttle_tick(struct throttle *throttle, struct download *const *active, size_t count)
{
    uint64_t now = clock_ms();
    if (now >= throttle->next_look) {
        look_at_settings(throttle, now);
    }
    if (throttle->adapts && any_uses_network(active, count)) {
        sample_network(throttle, active, count, now);
    }
    if (now - throttle->filled_at >= TICK_MS / 2) {
        fill(&throttle->fixed_tokens, throttle->fixed, now - throttle->filled_at);
        fill(&throttle->adaptive_tokens, adaptive(throttle), now - throttle->filled_at);
        throttle->filled_at = now;
    }
}

uint32_t throttle_wait_ms(const struct throttle *throttle, struct download *const *active,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (active[i]->held) {
            return TICK_MS;
        }
    }
    return throttle->adapts && any_uses_network(active, count) ? SAMPLE_EVERY_MS : LOOK_EVERY_MS;
}

/* ---- one download -------------------------------------------------------------------------- */

bool throttle_forbids(const struct throttle *throttle, const struct download *download)
{
    return throttle->fixed == 0 && is_background(download);
}

bool throttle_wants_1_1(struct throttle *throttle, const struct download *download)
{
    throttle->wants_1_1 = throttle->wants_1_1 || throttle->fixed != RATE_FREE ||
                          (throttle->adapts && !download->local);
    return throttle->wants_1_1;
}

bool throttle_holds(const struct throttle *throttle, const struct download *download)
{
    return is_background(download) && !download->answer.framed &&
           (throttle->fixed_tokens <= 0 || (throttle->adaptive_tokens <= 0 && !download->local));
}

void throttle_hold(struct throttle *throttle, struct download *download)
{
    download->held = true;
    download->ticket = throttle->tickets++;
}

static void spend(int64_t *tokens, uint64_t rate, uint64_t bytes)
{
    if (rate != RATE_FREE) {
        *tokens -= (int64_t)bytes;
    }
}

void throttle_spend(struct throttle *throttle, struct download *download, uint64_t bytes)
{
    if (!is_background(download)) {
        return;
    }
    if (!download->local) {
        throttle->ours += bytes;
        download->taken += bytes;
    }
    /* What cannot be held would run up a debt that all the others had to pay. */
    if (!download->answer.framed) {
        spend(&throttle->fixed_tokens, throttle->fixed, bytes);
    }
    if (!download->answer.framed && !download->local) {
        spend(&throttle->adaptive_tokens, adaptive(throttle), bytes);
    }
}

long throttle_buffer(const struct throttle *throttle, const struct download *download)
{
    if (!is_background(download)) {
        return BUFFER_MOST;
    }
    uint64_t burst = throttle->fixed == RATE_FREE ? BUFFER_MOST : throttle->fixed / PER_SECOND;
    if (throttle->adapts && !download->local) {
        uint64_t capacity = throttle->rate.capacity;
        uint64_t adapted = capacity > 0 ? capacity / PER_SECOND : BUFFER_UNKNOWN;
        burst = adapted < burst ? adapted : burst;
    }
    return burst < BUFFER_LEAST ? BUFFER_LEAST : burst > BUFFER_MOST ? BUFFER_MOST : (long)burst;
}

/* ---- where its bytes come from ------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_local_connection(CURL *easy)
{
    const char *ours = NULL;
    const char *theirs = NULL;
    curl_easy_getinfo(easy, CURLINFO_LOCAL_IP, &ours);
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &theirs);
    return ours && theirs && (begins(theirs, "127.") || strcmp(ours, theirs) == 0);
}

static int first_window(const struct throttle *throttle)
{
    uint64_t capacity = throttle->rate.capacity;
    uint64_t eighth = capacity > 0 ? capacity / 8 : WINDOW_UNKNOWN;
    return (int)(eighth < WINDOW_LEAST   ? WINDOW_LEAST
                 : eighth > WINDOW_FIRST ? WINDOW_FIRST
                                         : eighth);
}

CURLcode throttle_set_up(struct throttle *throttle, struct download *download, const char *url)
{
    download->local = url_is_loopback(url);
    download->taken = 0;
    /* FTP's bytes come by a second connection, which nobody would find again to let its window grow. */
    if (!throttle->adapts || !uses_network(download) || download->is_ftp) {
        return CURLE_OK;
    }
    throttle->lanes.first_window = first_window(throttle);
    return lanes_set_up(&throttle->lanes, download->easy);
}

void throttle_connected(struct throttle *throttle, struct download *download)
{
    download->local = is_local_connection(download->easy);
    download->lane = lanes_find(&throttle->lanes, download->easy);
    throttle_hastened(throttle, download);
}

void throttle_hastened(struct throttle *throttle, const struct download *download)
{
    if (!is_background(download)) {
        lanes_open(&throttle->lanes, download->lane);
    }
}
