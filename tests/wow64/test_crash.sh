#!/bin/sh
# SPDX-License-Identifier: MIT
# Twenty rounds of the crash laboratory, with programs of both widths on one queue.  Its rules are the tests.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
QMGR_CRASH_ON=$QMGR_TEST_WIDTH exec sh "$top/tools/crash-test.sh" 20
