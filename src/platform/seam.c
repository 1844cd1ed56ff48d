/* SPDX-License-Identifier: MIT */
#include "platform/seam.h"

#include <stdatomic.h>
#include <stddef.h>

static int (*_Atomic asked)(const struct file_operation *operation);

void file_seam_set(int (*seam)(const struct file_operation *operation))
{
    atomic_store(&asked, seam);
}

int file_seam_ask(const struct file_operation *operation)
{
    int (*seam)(const struct file_operation *) = atomic_load_explicit(&asked, memory_order_acquire);
    return seam ? seam(operation) : 0;
}
