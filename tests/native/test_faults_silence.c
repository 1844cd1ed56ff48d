/* SPDX-License-Identifier: MIT */
/* Servers that say nothing any more, at every stage. The engine's patience is a few seconds here. */
#include "faults.h"

#ifdef _WIN32
#include <windows.h>
#endif

static const struct fault_row rows[] = {
    {"ACCEPT_STALL", "/file", SILENT, .flags = ROW_LASTS},
    {"ACCEPT_NEVER", "/file", SILENT, .flags = ROW_LASTS},
    {"HELLO_STALL", "/file", SILENT, .flags = ROW_LASTS},
    {"HTTP", "/end/stall/request", SILENT},
    {"HTTP", "/end/stall/request", SILENT, .flags = ROW_RESUMED},
    {"HTTP", "/end/stall/request", SILENT, .flags = ROW_ASKS},
    {"HTTP", "/end/stall/status", SILENT},
    {"HTTP", "/end/stall/fields", SILENT},
    {"HTTP", "/end/stall/head", SILENT},
    {"HTTP", "/end/stall/body", SILENT},
    {"HTTP", "/end/stall/last", SILENT},
    {"HTTP", "/answer?length=none&end=stall", SILENT},
    {"HTTP", "/answer?status=HTTP/1.1%20404%20No&send=1000&end=stall", FATAL(404)},
    {"HTTPS", "/end/stall/request", SILENT},
    {"HTTPS", "/end/stall/body", SILENT},
    {"H2", "/stall", SILENT},
    {"H2", "/end-body/stall", SILENT},
};

static int run(void)
{
    return faults_run(rows, sizeof rows / sizeof *rows, true);
}

#ifdef _WIN32
static int run_with(const char *library)
{
    return SetEnvironmentVariableA("QMGRPRXY_TLS", library) ? run() : 1;
}

int main(void)
{
    int schannel = run_with("schannel");
    return run_with("mbedtls") + schannel;
}
#else
int main(void)
{
    return run();
}
#endif
