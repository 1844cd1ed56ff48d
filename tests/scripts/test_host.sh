#!/bin/sh
# SPDX-License-Identifier: MIT
# The stand-by host from the outside: whoever reads a program's output does not wait for the host.
# Run by tools/test.sh for each width: QMGR_TEST_WIDTH, QMGR_TEST_HTTP, QMGRPRXY_HOME and QMGR_TEST_TMP (Unix paths).
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
# shellcheck source=tools/lib.sh
. "$top/tools/lib.sh" 2>/dev/null || :
