/* SPDX-License-Identifier: MIT */
/* For how long a caller waits to see its order carried out. Whoever runs the queue may hang, and the caller with
 * it: so not for ever. But a cancelled group of 100,000 files takes its time to be deleted on a slow disk, and the
 * caller counts on their being gone: as long as the list of files to delete gets shorter, it goes on waiting. */
#include "platform/platform.h"
#include "runner/runner_private.h"

struct patience patience_begin(struct runner *runner)
{
    struct patience patience = {.until = clock_ms() + runner->order_patience_ms};
    if (queue_discards_count(runner->queue, &patience.files_left))
        patience.files_left = 0; /* what cannot be told is no progress */
    return patience;
}

uint32_t patience_left_ms(const struct patience *patience)
{
    const uint64_t now = clock_ms();
    return now < patience->until ? (uint32_t)(patience->until - now) : 0;
}

bool patience_is_over(struct patience *patience, struct runner *runner)
{
    if (patience_left_ms(patience) > 0)
        return false;
    int64_t left;
    if (queue_discards_count(runner->queue, &left))
        return true;
    const bool moves = left < patience->files_left;
    patience->files_left = left;
    patience->until = clock_ms() + runner->order_patience_ms;
    return !moves;
}
