/* SPDX-License-Identifier: MIT */
/* What can go wrong below the COM layer. src/com/fault_hresult.c is the only place that turns a
 * fault into an HRESULT. */
#ifndef QMGR_PLATFORM_FAULT_H
#define QMGR_PLATFORM_FAULT_H

enum fault {
    FAULT_NONE = 0,
    FAULT_ARGUMENT,    /* a value from outside is not valid */
    FAULT_NOT_FOUND,   /* the queue has no such group, job or file */
    FAULT_EXISTS,      /* the identifier is taken */
    FAULT_STATE,       /* not allowed in the present state */
    FAULT_SECOND_JOB,  /* the group has its one job already */
    FAULT_ACCESS,      /* the user may not write there */
    FAULT_MEMORY,      /* out of memory; nothing was changed */
    FAULT_STORE,       /* the queue's store cannot be opened, read or written */
    FAULT_STORE_NEWER, /* the store was written by a later version; left alone */
    FAULT_ENGINE,      /* the transfer engine cannot be started */
    FAULT_DISK_FULL,   /* or the quota is used up */
    FAULT_DISK,        /* a file operation failed for another reason (an I/O error) */
};

#endif
