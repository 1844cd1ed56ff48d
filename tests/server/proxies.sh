#!/bin/sh
# SPDX-License-Identifier: MIT
# Real proxies on loopback, beside the web server of nginx.sh, which must have been started in the same DIR.
# usage: proxies.sh start DIR     starts them and adds to DIR/env
#        proxies.sh stop DIR      stops them, by their process ids
#
# DIR/env then says where the proxies are, as HOST:PORT: QMGR_TEST_PROXY serves everybody, _PROXY_BASIC, _PROXY_DIGEST and
# _PROXY_NTLM want user "user" with password "secret", _PROXY_SOCKS speaks SOCKS 4 and 5.
# QMGR_TEST_HTTP_DIGEST and _HTTP_NTLM are web servers that want the same, with the files of the test server.
# QMGR_TEST_PROXIED is the test server by a name that only the proxies (but SOCKS) can resolve.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

usage() {
    echo "usage: proxies.sh start|stop DIR" >&2
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

# is_ours PID: it is a proxy of this folder.
is_ours() {
    tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -q " $own/"
}

# listens PORT PID: once it does; false if the process ends before.
listens() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do # until it is the program, and not this shell any more
        ! is_ours "$2" || break
        sleep 0.05
    done
    while is_ours "$2"; do
        ! python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$1" \
            2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}

# run NAME PORT COMMAND [ARG…]: starts it in the background; its process id goes to DIR/NAME.pid.  False if it does not listen.
run() {
    name=$1 port=$2
    shift 2
    "$@" >"$dir/logs/$name.txt" 2>&1 </dev/null &
    echo $! >"$dir/$name.pid"
    listens "$port" $!
}

fill_in() {
    sed -e "s|@DIR@|$own|g" -e "s|@HTTP@|$http|g" -e "s|@OPEN@|$1|" -e "s|@BASIC@|$2|" -e "s|@DIGEST@|$3|" \
        -e "s|@NTLM@|$4|" -e "s|@SERVER_DIGEST@|$5|" -e "s|@SERVER_NTLM@|$6|" "$here/squid.conf.in" >"$own/squid.conf"
    nobody=$(id -un)
    [ "$nobody" != root ] || nobody=proxy
    sed -e "s|@DIR@|$own|" -e "s|@SOCKS@|$7|" -e "s|@USER@|$(id -un)|" -e "s|@NOBODY@|$nobody|" \
        "$here/danted.conf.in" >"$own/danted.conf"
}

run_all() {
    run squid "$6" squid -N -f "$own/squid.conf" &&
        run danted "$7" danted -f "$own/danted.conf" -p "$own/danted.pid"
}

start() {
    # squid and danted run by root give its rights up, and could then not get at a checkout that is root's alone.
    own=$(mktemp -d)
    printf '%s\n' "$own" >"$dir/proxies.dir"
    printf '127.0.0.1 localhost origin.test\n' >"$own/hosts"
    cp "$dir/htpasswd" "$own/htpasswd"
    printf 'user:secret\n' >"$own/passwords"
    http=$(sed -n "s|^QMGR_TEST_HTTP='http://127.0.0.1:\(.*\)'|\1|p" "$dir/env")
    [ "$(id -u)" -ne 0 ] || chown -R proxy "$own"
    # Somebody may take a port between our asking and the binding.
    tries=0
    while :; do
        # shellcheck disable=SC2046  # seven words
        set -- $(free_ports 7)
        fill_in "$@"
        ! run_all "$@" || break
        end_all
        tries=$((tries + 1))
        [ $tries -lt 5 ] || {
            cat "$dir"/logs/squid.txt "$dir"/logs/danted.txt "$own"/*.log >&2 || :
            exit 1
        }
    done
    cat >>"$dir/env" <<END
QMGR_TEST_PROXY='127.0.0.1:$1'
QMGR_TEST_PROXY_BASIC='127.0.0.1:$2'
QMGR_TEST_PROXY_DIGEST='127.0.0.1:$3'
QMGR_TEST_PROXY_NTLM='127.0.0.1:$4'
QMGR_TEST_PROXY_SOCKS='127.0.0.1:$7'
QMGR_TEST_HTTP_DIGEST='http://127.0.0.1:$5'
QMGR_TEST_HTTP_NTLM='http://127.0.0.1:$6'
QMGR_TEST_PROXIED='http://origin.test:$http'
END
}

# The ids may have gone to somebody else since.  squid has nothing to save, and would take a second to end by itself.
end_all() {
    for end in squid:KILL danted:TERM; do
        pid=$(cat "$dir/${end%:*}.pid" 2>/dev/null) || continue
        if is_ours "$pid"; then
            kill "-${end#*:}" "$pid"
            while is_ours "$pid"; do
                sleep 0.05
            done
        fi
        rm -f "$dir/${end%:*}.pid"
    done
}

stop() {
    own=$(cat "$dir/proxies.dir" 2>/dev/null) || return 0
    end_all
    rm -rf -- "$own"
    rm -f "$dir/proxies.dir"
}

case $1 in
    start) start ;;
    stop) stop ;;
    *) usage ;;
esac
