/* SPDX-License-Identifier: MIT */
/* All kinds of TLS servers with mbedtls, whatever would be chosen. */
#include <stddef.h>

#include "tls_servers.h"

int main(int argc, char **argv)
{
    return tls_servers_run("mbedtls", argc > 1 ? argv[1] : NULL);
}
