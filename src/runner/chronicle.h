/* SPDX-License-Identifier: MIT */
/* The life of groups and files in the log's words: one sentence an event, each said in one place.
 *
 * Groups and files go by their keys ("group 3", "file 17"); the first and the last sentence on a group
 * have its GUID as well, and the first on a file what is fetched and where to. The crash laboratory
 * (tests/crash/records.py) judges us by some of these sentences. Any thread. */
#ifndef QMGR_RUNNER_CHRONICLE_H
#define QMGR_RUNNER_CHRONICLE_H

#include "runner/live.h"

void chronicle_taken_up(int64_t key, const struct group_info *info,
                        const struct group_totals *totals);
/* The queue does not want it to run any more. */
void chronicle_stops(struct queue *queue, const struct live_group *group);
void chronicle_complete(struct queue *queue, const struct live_group *group);
void chronicle_failed(struct queue *queue, const struct live_group *group,
                      const struct group_error *error);
/* After an attempt that failed. */
void chronicle_waits(const struct live_group *group, uint32_t wait_ms);

void chronicle_begins(const struct slot *slot);
/* An attempt that has not brought all of the file. */
void chronicle_attempt_over(const struct slot *slot);
void chronicle_not_in_place(const struct slot *slot, uint32_t win32);
/* The queue has it so. */
void chronicle_recorded(const struct slot *slot, const struct file_record *record);

#endif
