#!/bin/sh
# SPDX-License-Identifier: MIT
# A real proxy on loopback, beside the web server of nginx.sh, which must have been started in the same DIR.
# usage: squid.sh start DIR     starts it and adds to DIR/env
#        squid.sh stop DIR      stops that proxy, by its process id
#
# DIR/env then says where the proxies are, as HOST:PORT: QMGR_TEST_PROXY serves everybody, _PROXY_BASIC, _PROXY_DIGEST and
# _PROXY_NTLM want user "user" with password "secret" (NTLM: any).  QMGR_TEST_HTTP_DIGEST and _HTTP_NTLM are web servers that
# want the same, with the files of the test server.  QMGR_TEST_PROXIED is the test server by a name that
# only these proxies can resolve.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

usage() {
    echo "usage: squid.sh start|stop DIR" >&2
    exit 2
}
[ $# -eq 2 ] || usage
dir=$(CDPATH='' cd -- "$2" && pwd -P)

free_ports() {
    python3 -c '
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

is_ours() {
    tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -q "squid.*$own"
}

# listens PORT PID: once it does; false if the process ends before.
listens() {
    while is_ours "$2"; do
        ! curl -s -o "$own/answer" "http://127.0.0.1:$1/" || return 0
        sleep 0.05
    done
    return 1
}

start() {
    # squid run by root gives its rights up, and could then not get at a checkout that is root's alone.
    own=$(mktemp -d)
    printf '%s\n' "$own" >"$dir/squid.dir"
    printf '127.0.0.1 localhost origin.test\n' >"$own/hosts"
    cp "$dir/htpasswd" "$own/htpasswd"
    printf 'user:secret\n' >"$own/passwords"
    http=$(sed -n "s|^QMGR_TEST_HTTP='http://127.0.0.1:\(.*\)'|\1|p" "$dir/env")
    [ "$(id -u)" -ne 0 ] || chown -R proxy "$own"
    tries=0
    while :; do
        # shellcheck disable=SC2046  # six words
        set -- $(free_ports 6)
        sed -e "s|@DIR@|$own|g" -e "s|@HTTP@|$http|g" -e "s|@OPEN@|$1|" -e "s|@BASIC@|$2|" -e "s|@DIGEST@|$3|" \
            -e "s|@NTLM@|$4|" -e "s|@SERVER_DIGEST@|$5|" -e "s|@SERVER_NTLM@|$6|" \
            "$here/squid.conf.in" >"$own/squid.conf"
        squid -N -f "$own/squid.conf" >"$dir/logs/squid.txt" 2>&1 </dev/null 7>&- &
        echo $! >"$dir/squid.pid"
        sleep 0.1
        ! listens "$6" "$!" || break
        tries=$((tries + 1))
        [ $tries -lt 5 ] || {
            cat "$dir/logs/squid.txt" "$own/cache.log" >&2 || :
            exit 1
        }
    done
    cat >>"$dir/env" <<END
QMGR_TEST_PROXY='127.0.0.1:$1'
QMGR_TEST_PROXY_BASIC='127.0.0.1:$2'
QMGR_TEST_PROXY_DIGEST='127.0.0.1:$3'
QMGR_TEST_PROXY_NTLM='127.0.0.1:$4'
QMGR_TEST_HTTP_DIGEST='http://127.0.0.1:$5'
QMGR_TEST_HTTP_NTLM='http://127.0.0.1:$6'
QMGR_TEST_PROXIED='http://origin.test:$http'
END
}

stop() {
    own=$(cat "$dir/squid.dir" 2>/dev/null) || return 0
    pid=$(cat "$dir/squid.pid" 2>/dev/null) || pid=
    # The id may have gone to somebody else since.
    if [ -n "$pid" ] && is_ours "$pid"; then
        kill -KILL "$pid"  # it has nothing to save, and would take a second
        while is_ours "$pid"; do
            sleep 0.05
        done
    fi
    rm -rf -- "$own"
    rm -f "$dir/squid.dir" "$dir/squid.pid"
}

case $1 in
    start) start ;;
    stop) stop ;;
    *) usage ;;
esac
