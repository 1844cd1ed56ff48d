/* SPDX-License-Identifier: MIT */
/* Downloads that go on, from servers that make it hard: ranges that are ignored or wrong, versions
 * that change in between. What the paths ask for stands in tests/faults/behaviours.py. */
#include "faults.h"

static const struct fault_row rows[] = {
    {"HTTP", "/file", WHOLE, .flags = ROW_RESUMED},
    {"HTTP", "/file", WHOLE, .flags = ROW_RESUMED | ROW_SIZELESS},
    {"HTTP", "/redirect/302?location=/file", WHOLE, .flags = ROW_RESUMED},

    /* ---- the answer to a request for a part */
    {"HTTP", "/range/ignored", CHANGED, "all of the file", .flags = ROW_RESUMED},
    {"HTTP", "/range/earlier", CHANGED, "does not continue", .flags = ROW_RESUMED},
    {"HTTP", "/range/later", CHANGED, "does not continue", .flags = ROW_RESUMED},
    {"HTTP", "/range/from-start", CHANGED, "does not continue", .flags = ROW_RESUMED},
    {"HTTP", "/range/short", INVALID, "less of the file", .flags = ROW_RESUMED},
    {"HTTP", "/range/too-long", WHOLE, .flags = ROW_RESUMED},
    {"HTTP", "/range/beyond", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/length-differs", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/other-total", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/unknown-total", WHOLE, .flags = ROW_RESUMED},
    {"HTTP", "/range/unknown-total", CHANGED, .flags = ROW_RESUMED | ROW_SIZELESS},
    {"HTTP", "/range/no-range", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/garbage-range", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/two-ranges", INVALID, .flags = ROW_RESUMED},
    {"HTTP", "/range/multipart", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/other-etag", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/weak-etag", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/no-etag", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/412", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/416", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/range/416-total", CHANGED, .flags = ROW_RESUMED},
    {"HTTP", "/chunked/good", CHANGED, .flags = ROW_RESUMED},

    /* ---- what is kept when the answer is none at all */
    {"HTTP", "/status/404", ENDS(END_FATAL, 0, 404), .flags = ROW_RESUMED},
    {"HTTP", "/status/503", ENDS(END_TRANSIENT, 0, 503), .flags = ROW_RESUMED},
    {"HTTP", "/status/204", ENDS(END_TRANSIENT, 0, 204), .flags = ROW_RESUMED},
    {"HTTP", "/end/reset/request", ABORTED, .flags = ROW_RESUMED},
    {"HTTP", "/end/cut/fields", ABORTED, .flags = ROW_RESUMED},
    {"HTTP", "/fields/megabyte", INVALID, .flags = ROW_RESUMED},
    {"HTTP", "/answer?length=-1", INVALID, .flags = ROW_RESUMED},

    /* ---- other versions */
    {"HTTP", "/file?version=2", CHANGED, .flags = ROW_RESUMED, .version = 2},
    {"HTTP", "/file?version=2&size=50001", CHANGED, .flags = ROW_RESUMED, .version = 2,
     .size = 50001},
    {"HTTP", "/file?version=2&size=10000", CHANGED, .flags = ROW_RESUMED, .version = 2,
     .size = 10000},
    {"HTTP", "/file?version=2&size=0", CHANGED, .flags = ROW_RESUMED, .version = 2, .size = -1},
    {"HTTP", "/changing?breaks=1", ABORTED, .flags = ROW_BY_ITSELF, .version = 3},
    {"HTTP", "/changing?breaks=1&grows=1", ABORTED, .flags = ROW_BY_ITSELF, .version = 3,
     .size = FILE_SIZE + 2},
    {"HTTP", "/changing?breaks=1&grows=-20000", ABORTED, .flags = ROW_BY_ITSELF, .version = 3,
     .size = FILE_SIZE - 40000},
    {"HTTP", "/changing?breaks=1", CHANGED, .flags = ROW_RESUMED | ROW_BY_ITSELF, .version = 2},

    /* ---- what tells one version from another */
    {"HTTP", "/answer?send=30000", ABORTED},
    {"HTTP", "/answer?send=30000&etag=W/%22v1%22", ABORTED},
    {"HTTP", "/answer?send=30000&etag=v1", ABORTED},
    {"HTTP", "/answer?send=30000&etag=%22v1%22&field=ETag:%20%22v2%22", ABORTED},
    {"HTTP", "/answer?send=30000&proofs=no", ABORTED},
    {"HTTP", "/answer?send=30000&proofs=no&field=Last-Modified:%20yesterday", ABORTED},
};

int main(void)
{
    return faults_run(rows, sizeof rows / sizeof *rows, false);
}
