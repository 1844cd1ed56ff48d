/* SPDX-License-Identifier: MIT */
/* The table of connections that fail, for each TLS library. */
#ifndef QMGR_TESTS_NATIVE_FAULTS_CONNECTIONS_H
#define QMGR_TESTS_NATIVE_FAULTS_CONNECTIONS_H

enum {
    LIBRARY_OPENSSL = 1, /* Linux */
    LIBRARY_SCHANNEL = 2,
    LIBRARY_MBEDTLS = 4,
};

/* Runs those rows that are for this library, which is chosen; returns what main has to. */
int faults_connections_run(unsigned library);

#endif
