/* SPDX-License-Identifier: MIT */
/* A file that is copied, from a share or a disk, and not fetched by libcurl: put into HTTP's words like FTP
 * (ftp.h), its size and time of last writing being the version.
 *
 * libcurl would read it in one go on the engine's thread, where nothing else would go on meanwhile; a
 * share that does not answer holds whoever asks it for a minute. So each copy has a thread. */
#ifndef QMGR_TRANSFER_COPY_H
#define QMGR_TRANSFER_COPY_H

#include "transfer/download.h"

/* All of it, on the calling thread, which has the download in the place of the engine's until this returns.
 * Then it has ended. stop_wanted is looked at between two pieces. */
void copy_run(struct download *download);

#endif
