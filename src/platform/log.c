/* SPDX-License-Identifier: MIT */
#include "platform/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log_sink.h"
#include "platform/log_text.h"
#include "platform/platform.h"
#include "platform/settings.h"

#define LINE_SIZE 2048
/* After what could not be written, before the next is tried: a share that is not there costs half a
 * minute each time. */
#define PAUSE_MS 3000u

/* Set once; they stay until log_close, since a thread may be writing at any time. */
enum log_state { LOG_UNKNOWN, LOG_OFF, LOG_ON };
static atomic_int state;
static _Atomic(struct log_sink *) the_sink;

static _Atomic uint64_t not_before; /* by clock_ms */
static atomic_ulong lost;           /* lines since the last one that was written */
static atomic_flag complained = ATOMIC_FLAG_INIT;

/* ---- where it goes ------------------------------------------------------------------------- */

static void complain(void)
{
    if (!atomic_flag_test_and_set(&complained)) {
        log_sink_complain("QmgrPrxy: the log cannot be written\n");
    }
}

static struct log_sink *new_sink(void)
{
    char *path = setting_text(SETTING_LOG);
    uint64_t most = path ? (uint64_t)setting_number(SETTING_LOG_SIZE) * 1024 : 0;
    struct log_sink *sink = path ? log_sink_new(path, most) : NULL;
    if (path && !sink) {
        complain();
    }
    free(path);
    return sink;
}

static struct log_sink *open_sink(void)
{
    struct log_sink *sink = new_sink();
    if (!sink) {
        int unknown = LOG_UNKNOWN; /* another thread may have had more luck */
        atomic_compare_exchange_strong(&state, &unknown, LOG_OFF);
        return atomic_load(&the_sink);
    }
    /* Of several threads that come here first, one wins. */
    struct log_sink *present = NULL;
    if (!atomic_compare_exchange_strong(&the_sink, &present, sink)) {
        log_sink_free(sink);
        sink = present;
    }
    atomic_store(&state, LOG_ON);
    return sink;
}

void log_close(void)
{
    struct log_sink *sink = atomic_exchange(&the_sink, NULL);
    atomic_store(&state, LOG_UNKNOWN);
    atomic_store(&not_before, 0);
    atomic_store(&lost, 0);
    if (sink) {
        log_sink_free(sink);
    }
}

/* ---- lines --------------------------------------------------------------------------------- */

bool log_sink_is_stamp(const char *text, size_t size)
{
    static const char form[] = "0000-00-00T";
    for (size_t i = 0; i < LOG_STAMP_LEAST; i++) {
        bool digit = i < size && text[i] >= '0' && text[i] <= '9';
        if (i >= size || (form[i] == '0' ? !digit : text[i] != form[i])) {
            return false;
        }
    }
    return true;
}

static bool write_line(struct log_sink *sink, char line[LINE_SIZE])
{
    line[LINE_SIZE - 2] = '\0'; /* msvcrt's printf does not end a text that was cut */
    log_make_safe(line);
    size_t length = strlen(line);
    line[length++] = '\n';
    return log_sink_write(sink, line, length);
}

static void tell_lost(struct log_sink *sink)
{
    char line[LINE_SIZE];
    unsigned long count = atomic_exchange(&lost, 0);
    if (count > 0) {
        size_t head = log_sink_stamp(line, LINE_SIZE / 2);
        (void)snprintf(line + head, LINE_SIZE - 1 - head,
                       "%lu lines before the last one could not be written", count);
        (void)write_line(sink, line);
    }
}

static void put(struct log_sink *sink, char line[LINE_SIZE])
{
    if (clock_ms() < atomic_load(&not_before)) {
        atomic_fetch_add(&lost, 1);
    } else if (write_line(sink, line)) {
        tell_lost(sink);
    } else {
        atomic_fetch_add(&lost, 1);
        atomic_store(&not_before, clock_ms() + PAUSE_MS);
        complain();
    }
}

void log_event(const char *format, ...)
{
    int now = atomic_load_explicit(&state, memory_order_acquire);
    if (now == LOG_OFF) {
        return;
    }
    struct log_sink *sink = now == LOG_ON ? atomic_load(&the_sink) : open_sink();
    if (!sink) {
        return;
    }
    char line[LINE_SIZE];
    size_t head = log_sink_stamp(line, LINE_SIZE / 2);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line + head, LINE_SIZE - 1 - head, format, arguments);
    va_end(arguments);
    put(sink, line);
}
