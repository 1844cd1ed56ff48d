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

int file_seam_ask_file(enum file_step step, struct file *file)
{
    return file_seam_ask(&(struct file_operation){.step = step, .file = file});
}

int file_seam_ask_path(enum file_step step, const char *path)
{
    return file_seam_ask(&(struct file_operation){.step = step, .path = path});
}

int file_seam_opened(int error, const char *path, struct file *const *file)
{
    if (!error) {
        (void)file_seam_ask(
            &(struct file_operation){.step = STEP_OPENED, .path = path, .file = *file});
    }
    return error;
}
