/* SPDX-License-Identifier: MIT */
/* Connections that are not had, or break: at every stage, in TCP, TLS and HTTP/2. What the ports
 * and paths do stands in tests/faults. */
#include "faults_connections.h"

#include "faults.h"

#ifdef _WIN32
#include <windows.h>
#endif

/* No name service is asked for it: a label has 63 letters at most. */
#define NO_NAME "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg.invalid"

static const struct fault_row rows[] = {
    /* ---- who is not there */
    {"http://" NO_NAME, "/file", ENDS(END_TRANSIENT, 12007, 0), NO_NAME, ROW_LASTS},
    {"http://127.0.0.1:1", "/file", NO_CONNECTION, .flags = ROW_LASTS},
    {"https://127.0.0.1:1", "/file", NO_CONNECTION, .flags = ROW_LASTS},
    {"IPV6", "/file", WHOLE},
    {"IPV6", "/end/reset/body", ABORTED},
    /* A name with two addresses, and nobody at the one or the other. */
    {"IPV6_NAME", "/file", WHOLE},
    {"OTHER", "/file", WHOLE},
    {"ACCEPT_CLOSE", "/file", ABORTED, .flags = ROW_LASTS},
    {"ACCEPT_RESET", "/file", ABORTED, .flags = ROW_LASTS | ROW_REFUSED},

    /* ---- TCP breaks off at every stage */
    {"HTTP", "/end/close/request", ABORTED},
    {"HTTP", "/end/close/status", ABORTED},
    {"HTTP", "/end/close/fields", ABORTED},
    {"HTTP", "/end/close/head", ABORTED},
    {"HTTP", "/end/close/body", ABORTED},
    {"HTTP", "/end/close/body?after=1", ABORTED},
    {"HTTP", "/end/close/last", ABORTED},
    {"HTTP", "/end/reset/request", ABORTED},
    {"HTTP", "/end/reset/status", ABORTED},
    {"HTTP", "/end/reset/fields", ABORTED},
    {"HTTP", "/end/reset/head", ABORTED},
    {"HTTP", "/end/reset/body", ABORTED},
    {"HTTP", "/end/reset/last", ABORTED},
    /* Wine takes it for an end in good order. */
    {"HTTP", "/answer?length=none&send=30000&end=reset", ABORTED, .only = LIBRARY_OPENSSL},

    /* ---- TLS */
    {"HTTPS", "/file", WHOLE},
    {"HTTPS", "/end/close/request", ABORTED},
    {"HTTPS", "/end/close/fields", ABORTED},
    {"HTTPS", "/end/close/body", ABORTED},
    {"HTTPS", "/end/cut/request", ABORTED},
    {"HTTPS", "/end/cut/status", ABORTED},
    {"HTTPS", "/end/cut/fields", ABORTED},
    {"HTTPS", "/end/cut/head", ABORTED},
    {"HTTPS", "/end/cut/body", ABORTED},
    {"HTTPS", "/end/cut/last", ABORTED},
    {"HTTPS", "/end/reset/request", ABORTED},
    {"HTTPS", "/end/reset/body", ABORTED},
    /* Only close_notify tells the end of a body without a length from a line that was cut. libcurl
     * with OpenSSL, with which we only test, does not insist on it; Wine's Schannel does not tell
     * of it. */
    {"HTTPS", "/answer?length=none&end=close", WHOLE, .only = LIBRARY_OPENSSL | LIBRARY_MBEDTLS},
    {"HTTPS", "/answer?length=none&end=cut", ABORTED, .only = LIBRARY_SCHANNEL | LIBRARY_MBEDTLS},
    {"HTTPS", "/answer?length=none&end=cut&send=30000", ABORTED,
     .only = LIBRARY_SCHANNEL | LIBRARY_MBEDTLS},
    {"TLS10", "/file", NO_CHANNEL, .flags = ROW_LASTS},
    {"TLS11", "/file", NO_CHANNEL, .flags = ROW_LASTS},
    {"TLS12", "/file", WHOLE, .flags = ROW_LASTS},
    /* Neither Debian's mbedTLS 2.28 nor Schannel before Windows 11 can do it. */
    {"TLS13", "/file", WHOLE, .flags = ROW_LASTS, .only = LIBRARY_OPENSSL},
    {"TLS13", "/file", NO_CHANNEL, .flags = ROW_LASTS, .only = LIBRARY_SCHANNEL | LIBRARY_MBEDTLS},
    {"SELFSIGNED", "/file", ENDS(END_FATAL, 12045, 0), "signed by itself"},
    {"WRONGNAME", "/file", ENDS(END_FATAL, 12038, 0), "certificate"},
    {"EXPIRED", "/file", ENDS(END_FATAL, 12037, 0), "expired"},
    {"UNKNOWN", "/file", ENDS(END_FATAL, 12045, 0), "unknown authority"},
    {"PLAIN_HTTPS", "/file", NO_CHANNEL, .flags = ROW_LASTS},
    {"TLS_HTTP", "/file", ABORTED, .flags = ROW_LASTS},
    {"HELLO_CUT", "/file", NO_CHANNEL, .flags = ROW_LASTS},
    {"HELLO_RESET", "/file", NO_CHANNEL, .flags = ROW_LASTS},
    {"HELLO_GARBAGE", "/file", NO_CHANNEL, .flags = ROW_LASTS},
    /* To OpenSSL it looks as if a certificate of the client were wanted. */
    {"HELLO_ALERT", "/file", NO_CHANNEL, .flags = ROW_LASTS,
     .only = LIBRARY_SCHANNEL | LIBRARY_MBEDTLS},
    {"HELLO_HALF", "/file", NO_CHANNEL, .flags = ROW_LASTS},

    /* ---- from one server to another */
    {"HTTP", "/redirect/302?location={HTTPS}/file", WHOLE},
    {"HTTPS", "/redirect/302?location={HTTP}/file", REDIRECT, "from https to http"},
    {"HTTP", "/redirect/302?location={HTTPS}/redirect/302%3Flocation={HTTP}/file", REDIRECT},
    {"HTTP", "/redirect/302?location={UNKNOWN}/file", ENDS(END_FATAL, 12045, 0)},
    {"HTTP", "/redirect/302?location={HELLO_CUT}/file", NO_CHANNEL},
    {"HTTP", "/redirect/302?location=http://" NO_NAME "/", ENDS(END_TRANSIENT, 12007, 0)},
    {"HTTP", "/redirect/302?location={OTHER}/file", WHOLE, .flags = ROW_LOGIN},
    {"HTTP", "/redirect/302?location={OTHER}/no-login", WHOLE, .flags = ROW_LASTS | ROW_LOGIN},
    {"HTTP", "/redirect/302?location={OTHER}/no-login%3Fasks=1", FATAL(401),
     .flags = ROW_LASTS | ROW_LOGIN},
    {"HTTP", "/redirect/302?location={OTHER}/login", FATAL(401), .flags = ROW_LASTS | ROW_LOGIN},
    {"HTTPS", "/redirect/302?location={TLS12}/no-login%3Fasks=1", FATAL(401),
     .flags = ROW_LASTS | ROW_LOGIN},

    /* ---- connections that are used again */
    {"HTTP", "/keep-alive-lie/close", WHOLE},
    {"HTTP", "/keep-alive-lie/reset", WHOLE},
    {"HTTPS", "/keep-alive-lie/cut", WHOLE},
    {"HTTPS", "/keep-alive-lie/close", WHOLE},
    {"HTTP", "/premature", WHOLE},
    {"HTTP", "/premature?body=5", WHOLE},
    {"HTTP", "/premature?body=40000", WHOLE},
    {"HTTPS", "/premature?body=5", WHOLE},
    {"HTTP", "/answer?extra=20&end=keep", WHOLE},

    /* ---- HTTP/2 */
    {"H2", "/file", WHOLE},
    {"H2", "/status/404", ENDS(END_FATAL, 0, 404)},
    {"H2", "/status/503", ENDS(END_TRANSIENT, 0, 503)},
    {"H2", "/rst/refused-stream", WHOLE},
    {"H2", "/rst/no-error", ABORTED},
    {"H2", "/rst/protocol-error", ABORTED},
    {"H2", "/rst/internal-error", ABORTED},
    {"H2", "/rst/cancel", ABORTED},
    {"H2", "/rst/enhance-your-calm", ABORTED},
    {"H2", "/rst/inadequate-security", ABORTED},
    {"H2", "/rst/http-1-1-required", WHOLE},
    {"H2", "/rst-head/cancel", ABORTED},
    {"H2", "/rst-head/no-error", ABORTED},
    {"H2", "/rst-body/internal-error", ABORTED},
    {"H2", "/rst-body/no-error", ABORTED},
    {"H2", "/goaway/no-error", ABORTED},
    {"H2", "/goaway/enhance-your-calm", ABORTED},
    {"H2", "/goaway-body/no-error", ABORTED},
    {"H2", "/goaway-body/internal-error", ABORTED},
    {"H2", "/goaway-finish/no-error", WHOLE},
    {"H2", "/close", ABORTED},
    {"H2", "/cut", ABORTED},
    {"H2", "/reset", ABORTED},
    {"H2", "/end-body/close", ABORTED},
    {"H2", "/end-body/cut", ABORTED},
    {"H2", "/end-body/reset", ABORTED},
    {"H2", "/short", ABORTED},
    {"H2", "/long", ABORTED},
    {"H2", "/no-length", WHOLE},
    /* See http_answer_ends_by_close. Were the size not known, nobody could tell. */
    {"H2", "/no-length-rst/no-error", ABORTED, .flags = ROW_SIZED},
    {"H2", "/no-length", WHOLE, .flags = ROW_SIZED},
    {"H2", "/no-length-rst/cancel", ABORTED},
    {"H2", "/no-length-cut", ABORTED},
    {"H2", "/no-status", ABORTED},
    {"H2", "/upper-case", ABORTED},
    {"H2", "/connection-field", ABORTED},
    {"H2", "/line-break", ABORTED},
    {"H2", "/two-lengths", ABORTED},
    {"H2", "/many-fields", ABORTED},
    {"H2", "/data-first", ABORTED},
    {"H2", "/garbage", ABORTED},
    {"H2", "/frame-too-long", ABORTED},
    {"H2", "/bad-hpack", ABORTED},
    {"H2", "/push", ABORTED},
    {"H2", "/other-stream", ABORTED},
    {"H2", "/interim", WHOLE},
    {"H2", "/trailers", WHOLE},
    {"H2", "/trailing-length", ABORTED},
    {"H2", "/padded", WHOLE},
    {"H2", "/file", ENDS(END_CHANGED, 0, 0), .flags = ROW_RESUMED},
    {"H2", "/rst/cancel", ABORTED, .flags = ROW_RESUMED},
};

int faults_connections_run(unsigned library)
{
#ifdef _WIN32
    SetEnvironmentVariableA("QMGRPRXY_TLS", library == LIBRARY_MBEDTLS ? "mbedtls" : "schannel");
#endif
    struct fault_row chosen[sizeof rows / sizeof *rows];
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].only || rows[i].only & library) {
            chosen[count++] = rows[i];
        }
    }
    return faults_run(chosen, count, false);
}
