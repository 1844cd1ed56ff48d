/* SPDX-License-Identifier: MIT */
/* Which failures are worth another try, and after how long. A table and two functions without
 * state, so that they can be tested with any clock. bits-behaviour.md sections 2, 4 and 14;
 * decisions.md. */
#ifndef QMGR_TRANSFER_RETRY_H
#define QMGR_TRANSFER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "transfer/transfer.h"

/* END_WHOLE for 200 and 206, otherwise END_TRANSIENT or END_FATAL. */
enum download_end retry_class_of_status(long http_status);

#define RETRY_FIRST_MS 5000u
#define RETRY_MOST_MS 600000u
#define RETRY_MOST_FOREGROUND_MS 60000u
#define RETRY_AFTER_MOST_S 3600u
#define NO_PROGRESS_LIMIT_MS (UINT64_C(14) * 24 * 3600 * 1000)

/* Wait before the next attempt, in ms. failures: attempts that failed in a row without progress,
 * from 1. chance: any number, spreads the wait by +-20 %. retry_after_s wins if it is longer. */
uint32_t retry_wait_ms(uint32_t failures, bool foreground, uint32_t retry_after_s, uint32_t chance);

#endif
