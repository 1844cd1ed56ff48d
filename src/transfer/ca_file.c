/* SPDX-License-Identifier: MIT */
#include "transfer/ca_file.h"

#include <stdlib.h>

#include "platform/log.h"
#include "platform/settings.h"
#include "transfer/pem.h"

/* All authorities that browsers know are a quarter of a megabyte. */
#define SIZE_MOST ((size_t)4 << 20)

void ca_file_clear(struct ca_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free(file->certificates[i].data);
    }
    free(file->certificates);
    free(file->path);
    *file = (struct ca_file){0};
}

/* Takes over *der. */
static bool add(struct ca_file *file, struct blob *der)
{
    /* The room doubles whenever the count is a power of two. */
    if ((file->count & (file->count - 1)) == 0) {
        size_t room = file->count ? file->count * 2 : 1;
        struct blob *more = realloc(file->certificates, room * sizeof *more);
        if (!more) {
            free(der->data);
            return false;
        }
        file->certificates = more;
    }
    file->certificates[file->count++] = *der;
    return true;
}

/* For people: which of the file's certificates cannot be used, and why. */
struct trouble {
    size_t seen, broken;
    size_t first;    /* number of the first one that is broken, from 1 */
    const char *why; /* of that */
};

static void note(struct trouble *trouble, const char *why)
{
    if (trouble->broken++ == 0) {
        trouble->first = trouble->seen;
        trouble->why = why;
    }
}

static bool read_text(struct ca_file *file, const struct blob *text,
                      bool (*is_certificate)(const void *, size_t), struct trouble *trouble)
{
    struct pem pem = pem_start(text->data, text->size);
    struct blob der;
    enum pem_found found;
    while ((found = pem_next(&pem, &der)) != PEM_END) {
        trouble->seen++;
        if (found == PEM_MEMORY) {
            return false;
        }
        if (found == PEM_BROKEN) {
            note(trouble, "cut off or not base64");
        } else if (!is_certificate(der.data, der.size)) {
            note(trouble, "not a certificate");
            free(der.data);
        } else if (!add(file, &der)) {
            return false;
        }
    }
    return true;
}

static void report(const char *path, const struct trouble *trouble)
{
    if (trouble->seen == 0) {
        log_event("transfer: there is no certificate in %s", path);
    } else if (trouble->broken > 0) {
        log_event("transfer: %lu of the %lu certificates in %s cannot be used; the first is number "
                  "%lu: %s",
                  (unsigned long)trouble->broken, (unsigned long)trouble->seen, path,
                  (unsigned long)trouble->first, trouble->why);
    }
}

bool ca_file_read(struct ca_file *file, bool (*is_certificate)(const void *der, size_t size))
{
    *file = (struct ca_file){0};
    char *named = setting_text(SETTING_CA_FILE);
    char *path = named ? named : platform_beside_module("qmgr-ca.pem");
    if (!path) {
        return true;
    }
    struct blob text = {NULL, 0};
    int error = named || file_exists(path) ? file_read_all(path, SIZE_MOST, &text) : 0;
    if (!text.data) {
        if (error != 0) {
            log_event("transfer: %s cannot be read, or is larger than 4 MiB (error %lu): nobody is "
                      "trusted for its sake",
                      path, (unsigned long)file_error_win32(error));
        }
        free(path);
        return true;
    }
    struct trouble trouble = {0};
    file->path = path;
    bool ok = read_text(file, &text, is_certificate, &trouble);
    free(text.data);
    if (!ok) {
        ca_file_clear(file);
        return false;
    }
    report(path, &trouble);
    return true;
}
