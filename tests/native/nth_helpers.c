/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nth.h"
#include "platform/platform.h"

const struct nth_file nth_files[NTH_FILES] = {
    {.name = "mid", .size = 160 * 1024, .in_steps = true},
    {.name = "small", .size = 3000},
    {.name = "tiny", .size = 1, .was_there = true},
    {.name = "waiting", .size = 5000, .was_there = true},
    {.name = "dropped", .size = 2000},
};

const struct nth_group nth_groups[NTH_GROUPS] = {
    {.first = 0, .count = 3, .runs = true},
    {.first = 3, .count = 1},
    {.first = 4, .count = 1, .dropped = true},
};

const char *const nth_mode_names[NTH_MODES] = {"count", "stop", "cut", "fail", "long"};

static struct queue_id id_of(size_t number)
{
    struct queue_id id;
    memset(id.bytes, (int)number, sizeof id.bytes);
    return id;
}

struct queue_id nth_group_id(size_t group)
{
    return id_of(0xA0 + group);
}

struct queue_id nth_job_id(size_t group)
{
    return id_of(0xB0 + group);
}

uint8_t nth_byte(size_t file, size_t offset)
{
    /* no two blocks alike, so that a byte in the wrong place is found */
    uint32_t mixed = ((uint32_t)offset + (uint32_t)file * 1000003u + 1) * 2654435761u;
    return (uint8_t)(mixed >> 24 ^ mixed >> 11);
}

void *nth_memory(size_t size)
{
    void *memory = calloc(1, size + 1);
    if (!memory) {
        fprintf(stderr, "out of memory\n");
        nth_end(1);
    }
    return memory;
}

char *nth_path(const char *work, const char *folder, const char *name)
{
    char *path = path_join(work, folder ? folder : name);
    if (path && folder && name) {
        char *whole = path_join(path, name);
        free(path);
        path = whole;
    }
    if (!path) {
        nth_end(1);
    }
    return path;
}

uint8_t *nth_read(const char *path, size_t *size)
{
    *size = 0;
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long end = ftell(file);
    rewind(file);
    uint8_t *data = end >= 0 ? nth_memory((size_t)end) : NULL;
    if (data) {
        *size = fread(data, 1, (size_t)end, file);
    }
    fclose(file);
    return data;
}

bool nth_write(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    bool ok = file && (size == 0 || fwrite(data, 1, size, file) == size);
    return file && fclose(file) == 0 && ok;
}

void nth_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    free(names);
}
