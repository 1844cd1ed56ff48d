/* SPDX-License-Identifier: MIT */
#include "platform/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log_sink.h"
#include "platform/settings.h"

/* Set once; they stay until log_close, since a thread may be writing at any time. */
enum log_state { LOG_UNKNOWN, LOG_OFF, LOG_ON };
static atomic_int state;
static _Atomic(struct log_sink *) the_sink;

static struct log_sink *open_sink(void)
{
    char *path = setting_text(SETTING_LOG);
    struct log_sink *sink = path ? log_sink_open(path) : NULL;
    free(path);
    if (!sink) {
        int unknown = LOG_UNKNOWN; /* another thread may have had more luck */
        atomic_compare_exchange_strong(&state, &unknown, LOG_OFF);
        return atomic_load(&the_sink);
    }
    /* Of several threads that come here first, one wins. */
    struct log_sink *present = NULL;
    if (!atomic_compare_exchange_strong(&the_sink, &present, sink)) {
        log_sink_close(sink);
        sink = present;
    }
    atomic_store(&state, LOG_ON);
    return sink;
}

void log_close(void)
{
    struct log_sink *sink = atomic_exchange(&the_sink, NULL);
    atomic_store(&state, LOG_UNKNOWN);
    if (sink) {
        log_sink_close(sink);
    }
}

/* What is logged may come from outside; it must not be able to make up lines. */
static void replace_controls(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) {
            text[i] = '?';
        }
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
    char line[1024];
    size_t head = log_sink_stamp(line, sizeof(line) / 2);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line + head, sizeof(line) - 1 - head, format, arguments);
    va_end(arguments);
    /* msvcrt's does not end a text that was cut. */
    line[sizeof(line) - 2] = '\0';
    size_t length = strlen(line);
    replace_controls(line, length);
    line[length++] = '\n';
    log_sink_write(sink, line, length);
}
