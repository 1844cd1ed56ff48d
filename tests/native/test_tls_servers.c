/* SPDX-License-Identifier: MIT */
/* All kinds of TLS servers with the TLS library that is chosen by itself. */
#include <stddef.h>

#include "tls_servers.h"

int main(int argc, char **argv)
{
    return tls_servers_run(NULL, argc > 1 ? argv[1] : NULL);
}
