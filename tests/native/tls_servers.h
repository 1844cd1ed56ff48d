/* SPDX-License-Identifier: MIT */
/* What must hold for each TLS library before the servers of tests/server/tls.py: who is believed, who is not, and what
 * is told of the reason. */
#ifndef QMGR_TESTS_NATIVE_TLS_SERVERS_H
#define QMGR_TESTS_NATIVE_TLS_SERVERS_H

/* library: as for tls_facts_run. url: NULL, or what one of these tests hands to a copy of its own program, which then
 * says by its exit code whether that can be downloaded. */
int tls_servers_run(const char *library, const char *url);

#endif
