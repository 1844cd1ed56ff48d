/* SPDX-License-Identifier: MIT */
/* Certificates in a text (RFC 7468), whose other content is passed over. The text may be hostile. */
#ifndef QMGR_TRANSFER_PEM_H
#define QMGR_TRANSFER_PEM_H

#include <stddef.h>

#include "platform/platform.h"

struct pem {
    const char *at, *end; /* what has not been read */
};

enum pem_found {
    PEM_END,         /* no other certificate */
    PEM_CERTIFICATE, /* what was between the lines is base64; nobody has looked at it */
    PEM_BROKEN,      /* a beginning without its end, or something else than base64 in between */
    PEM_MEMORY,
};

struct pem pem_start(const void *text, size_t size); /* text stays the caller's, and stays */
/* The next one. *der is the caller's, and {NULL, 0} unless PEM_CERTIFICATE is returned. */
enum pem_found pem_next(struct pem *pem, struct blob *der);

#endif
