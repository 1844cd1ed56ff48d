/* SPDX-License-Identifier: MIT */
#include "faults_connections.h"

int main(void)
{
    return faults_connections_run(LIBRARY_OPENSSL);
}
