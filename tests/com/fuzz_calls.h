/* SPDX-License-Identifier: MIT */
/* Every method of the six interfaces, called with garbage on whatever objects earlier calls have given. No
 * function fails a test: they run on any thread. */
#ifndef QMGR_TESTS_COM_FUZZ_CALLS_H
#define QMGR_TESTS_COM_FUZZ_CALLS_H

#include "garbage.h"
#include "support.h"

#define HELD_MOST 6

/* One client, with what it holds. All its interfaces are proxies; slots may be empty. */
struct client {
    struct garbage garbage;
    IBackgroundCopyQMgr *queue_manager;
    IBackgroundCopyCallback1 *callback;
    IBackgroundCopyGroup *groups[HELD_MOST];
    IBackgroundCopyJob1 *jobs[HELD_MOST];
    IEnumBackgroundCopyGroups *group_lists[HELD_MOST];
    IEnumBackgroundCopyJobs1 *job_lists[HELD_MOST];
    GUID group_id, job_id; /* of the last that was made */
    bool broke_a_promise;  /* an [out] pointer was set by a call that failed, or the like */
};

struct method {
    const char *name;
    HRESULT (*call)(struct client *client);
    bool is_slow; /* waits for the disk or the runner */
};
/* Slow ones are chosen less often. */
const struct method *any_method(struct client *client);

/* Empties all slots. */
void client_let_go(struct client *client);

#endif
