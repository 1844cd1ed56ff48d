#!/bin/sh
# SPDX-License-Identifier: MIT
# A server on loopback that misbehaves on request, beside a running nginx.sh, whose certificates it has.
# usage: faults.sh start DIR    DIR as for nginx.sh; adds to DIR/env where the server is
#        faults.sh stop DIR     stops that server, by its process id
#
# Which variables there are, and what can be asked for, stands in server.py.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

usage() {
    echo "usage: faults.sh start|stop DIR" >&2
    exit 2
}
[ $# -eq 2 ] || usage

start() {
    PYTHONDONTWRITEBYTECODE=1 python3 "$here/server.py" "$2/faults" "$2/certs"
    cat -- "$2/faults/env" >>"$2/env"
}

stop() {
    pid=$(cat "$2/faults/pid" 2>/dev/null) || return 0
    # The id may have gone to somebody else since.
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q faults/server.py; then
        kill -TERM "$pid"
        while kill -0 "$pid" 2>/dev/null; do
            sleep 0.05
        done
    fi
    rm -f "$2/faults/pid"
}

case $1 in
    start) start "$@" ;;
    stop) stop "$@" ;;
    *) usage ;;
esac
