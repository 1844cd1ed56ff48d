#!/bin/sh
# SPDX-License-Identifier: MIT
# The stand-by host from the outside: whoever reads a program's output through a pipe does not wait for the host, which
# goes on when the program has ended.
# Run by tools/test.sh for each width: QMGR_TEST_WIDTH, QMGR_TEST_HTTP, QMGRPRXY_HOME and QMGR_TEST_TMP (Unix paths).
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
tool=$top/build/$QMGR_TEST_WIDTH/qmgrctl.exe
work=$QMGR_TEST_TMP/work
err=$QMGR_TEST_TMP/err
QMGRPRXY_HOME=Z:$(printf '%s' "$QMGRPRXY_HOME" | tr / '\\')
QMGRPRXY_HOST=on
export QMGRPRXY_HOME QMGRPRXY_HOST
mkdir -p -- "$work"
cd -- "$work"

# ctl ARG…: its output is a pipe if the caller's is.
ctl() {
    sh "$top/tools/wine.sh" "$QMGR_TEST_WIDTH" "$tool" "$@" 2>>"$err" </dev/null
}

part_size() { stat -c %s -- BIT*.tmp; }

# part_grows_beyond SIZE: waits for that, a minute at most.
part_grows_beyond() {
    for _ in $(seq 600); do
        [ "$(part_size)" -le "$1" ] || return 0
        sleep 0.1
    done
    return 1
}

# The file takes more than a minute, and the part file tells that the host is at work.
a_pipe_from_the_program_ends_with_the_program_and_not_with_the_host() {
    group=$(ctl add "$QMGR_TEST_HTTP/slow/big.bin" big.bin | tr -d '\r' | tail -n 1 | cut -f 1)
    [ -n "$group" ] || return 1
    ctl resume "$group" | cat >/dev/null
    [ ! -e big.bin ] && part_grows_beyond "$(part_size)" || return 1
    ctl cancel "$group" | cat >/dev/null
    [ ! -e big.bin ]
}

# check NAME: runs the test, a function of that name.
check() {
    if "$1"; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/    err: /' "$err"
    fi
}

check a_pipe_from_the_program_ends_with_the_program_and_not_with_the_host
