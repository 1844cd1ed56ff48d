/* SPDX-License-Identifier: MIT */
/* How long a server may keep silent before a download is given up for now. */
#ifndef QMGR_TRANSFER_PATIENCE_H
#define QMGR_TRANSFER_PATIENCE_H

#include <curl/curl.h>

#include "transfer/transfer.h"

/* Sets what transfer_options says of it on the handle. */
CURLcode patience_set_up(CURL *easy, const struct transfer_options *options);

#endif
