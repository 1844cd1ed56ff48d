/* SPDX-License-Identifier: MIT */
/* The stand-by host: a process of its own, without a window, that runs the queue when no program does, and the local
 * server of the class.
 * It is rundll32 with the entry RunQueue of this DLL. It takes part in the election of the runner like
 * every process that has the class in use: while a program lives that runs the queue, the host only
 * stands by; when that one ends or dies, the host takes over. It ends when nothing is left to do.
 *
 * There is one host for each queue: it holds a claim, whose name comes from module_queue_name. */
#ifndef QMGR_COM_HOST_H
#define QMGR_COM_HOST_H

#include <windows.h>
#include <stdbool.h>

#include "com/module.h"

/* From DllMain. False if out of memory. The handle of a host that was started is kept until it is known to
 * serve, or to have failed, and goes with host_done at the latest; it keeps nothing loaded. (host_start.c) */
bool host_init(void);
void host_done(void);

/* Called when a group was made to run, after that was written to the queue: starts a host, unless
 * there is one, this process is one, or it is turned off. Takes as long as starting a process does; at
 * most one start is tried in two seconds, none while a host is on its way, and ever fewer while none comes to
 * serve. A failure goes to the log: the work is done by the programs then. Any thread, no lock held; the
 * caller keeps the engine up. (host_start.c) */
void host_ensure(void);

/* What RunQueue does: runs the queue, and serves the class to other processes, until nothing is left to do and nobody
 * holds an object. Also when the host is turned off, since somebody has asked for it.
 *
 * The class is served for the user's usual queue; programs that have another one (QMGRPRXY_HOME) are not to find their
 * groups in somebody else's. `embedded`: COM has started this process for a client that asked for CLSCTX_LOCAL_SERVER;
 * then it serves the class whatever its queue is, also beside another host. Else it returns at once if another process
 * is the host. */
void host_run(bool embedded);
/* Is this process a host? */
bool host_is_here(void);

#define HOST_NAME_SIZE (MODULE_QUEUE_NAME_SIZE + 16)
enum host_name {
    HOST_CLAIM,  /* what the host has while it serves, for claim_new */
    HOST_SERVES, /* what a host sets when the queue has one: itself or another; for wakeup_new */
};
/* Names that all processes share that use the open queue. False as module_queue_name. */
bool host_name(enum host_name which, char name[HOST_NAME_SIZE]);

struct host_command {
    wchar_t program[MAX_PATH];       /* rundll32.exe of this width */
    wchar_t line[2 * MAX_PATH + 16]; /* the whole command line */
};
/* How a host is started. False, with a line in the log, if the DLL lies where rundll32 cannot reach it.
 * (host_command.c) */
bool host_command(struct host_command *command);

/* The environment of this process for a host that serves the queue in `home`, whatever this process would now
 * take for its queue. The host starts in another folder: a relative path of the log is made absolute.
 * malloc'ed, as for CREATE_UNICODE_ENVIRONMENT; NULL if out of memory. (host_environment.c) */
wchar_t *host_environment(const char *home);

#endif
