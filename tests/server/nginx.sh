#!/bin/sh
# SPDX-License-Identifier: MIT
# A real web server on loopback, for the tests and the demo.
# usage: nginx.sh start DIR     makes DIR anew, starts the server, writes DIR/env
#        nginx.sh stop DIR      stops that server, by its process id
#        nginx.sh again DIR     starts it once more, as it was: on the same ports, with the same files
#
# DIR/env says, as shell assignments, where the server is (QMGR_TEST_HTTP, _HTTPS, _HTTPS_WRONGNAME, _HTTPS_EXPIRED,
# _HTTPS_UNKNOWN; _FTP by ftp.py; _CLOSED is a port where nobody listens) and which files belong to it: QMGR_TEST_WWW, the folder
# that is served, QMGR_TEST_CA and QMGR_TEST_CA_DER, the authority of the certificates, QMGR_TEST_ACCESS_LOG.  What each
# path of the server does stands in nginx.conf.in.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
debian_python=/usr/bin/python3 # whatever comes first in PATH: pyftpdlib is a package of Debian

usage() {
    echo "usage: nginx.sh start|stop|again DIR" >&2
    exit 2
}
[ $# -eq 2 ] || usage

make_files() {
    mkdir -p "$dir/www"
    python3 "$here/make-files.py" "$dir/www"
    (
        cd "$dir/www"
        find . -type f ! -name SHA256SUMS | LC_ALL=C sort | sed 's|^\./||' | tr '\n' '\0' |
            xargs -0 sha256sum >SHA256SUMS
    )
}

# certificate AUTHORITY NAME SUBJECT [option of openssl ca…]: NAME.pem and NAME.key, signed by AUTHORITY.
certificate() {
    authority=$1 name=$2 subject=$3
    shift 3
    openssl req -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$subject"
    printf 'subjectAltName=DNS:%s%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n' "$subject" \
        "$names" >"$name.ext"
    : >index.txt
    cat >ca.conf <<END
[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = none
[any]
commonName = supplied
END
    # The chain of a server is its certificate alone: the authority is what a client has or has not.
    openssl ca -batch -notext -config ca.conf -cert "$authority.pem" -keyfile "$authority.key" \
        -extfile "$name.ext" -in "$name.csr" -out "$name.pem" "$@"
}

authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$2" \
        -addext keyUsage=critical,keyCertSign,cRLSign
}

make_certificates() {
    names=
    mkdir -p "$dir/certs"
    (
        cd "$dir/certs"
        authority ca 'QmgrPrxy test authority'
        authority stranger 'QmgrPrxy unknown authority'
        openssl x509 -in ca.pem -outform DER -out ca.der
        certificate ca good localhost -days 30
        certificate ca wrongname wrong.example -days 30
        certificate ca expired localhost -startdate 20200101000000Z -enddate 20200201000000Z
        certificate stranger unknown localhost -days 30
        # For many names, of which all that end so are this machine (RFC 6761).
        names=$(seq -f ',DNS:%g.localhost' 0 255 | tr -d '\n')
        certificate ca names localhost -days 30
        # Its own authority, of which nobody has heard.
        openssl req -x509 -newkey rsa:2048 -nodes -keyout selfsigned.key -out selfsigned.pem -days 30 \
            -subj /CN=localhost -addext subjectAltName=DNS:localhost
    ) >"$dir/logs/openssl.txt" 2>&1 || {
        cat "$dir/logs/openssl.txt" >&2
        exit 1
    }
}

# free_ports N: that many free ports of 127.0.0.1, all different.
free_ports() {
    python3 -c '
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

again() {
    nginx -e "$dir/logs/error.log" -p "$dir" -c "$dir/nginx.conf" 2>"$dir/logs/start.txt"
}

start() {
    rm -rf -- "$dir"
    mkdir -p -- "$dir"
    dir=$(CDPATH='' cd -- "$dir" && pwd -P)
    mkdir -p "$dir/logs" "$dir/tmp"
    make_files
    make_certificates
    printf 'user:%s\n' "$(openssl passwd -apr1 secret)" >"$dir/htpasswd"
    user=
    [ "$(id -u)" -ne 0 ] || user='user root;'
    # Somebody may take a port between our asking and nginx's binding.
    tries=0
    while :; do
        # shellcheck disable=SC2046  # six words
        set -- $(free_ports 6)
        sed -e "s|@DIR@|$dir|g" -e "s|@USER@|$user|" -e "s|@HTTP@|$1|g" -e "s|@HTTPS@|$2|g" \
            -e "s|@WRONGNAME@|$3|g" -e "s|@EXPIRED@|$4|g" -e "s|@UNKNOWN@|$5|g" \
            "$here/nginx.conf.in" >"$dir/nginx.conf"
        ! again || break
        tries=$((tries + 1))
        [ $tries -lt 5 ] || {
            cat "$dir/logs/start.txt" >&2
            exit 1
        }
    done
    cat >"$dir/env" <<END
QMGR_TEST_HTTP='http://127.0.0.1:$1'
QMGR_TEST_HTTPS='https://localhost:$2'
QMGR_TEST_HTTPS_WRONGNAME='https://localhost:$3'
QMGR_TEST_HTTPS_EXPIRED='https://localhost:$4'
QMGR_TEST_HTTPS_UNKNOWN='https://localhost:$5'
QMGR_TEST_CLOSED='http://127.0.0.1:$6'
QMGR_TEST_WWW='$dir/www'
QMGR_TEST_CA='$dir/certs/ca.pem'
QMGR_TEST_CA_DER='$dir/certs/ca.der'
QMGR_TEST_ACCESS_LOG='$dir/logs/access.log'
END
    "$debian_python" "$here/ftp.py" start "$dir" || {
        stop
        exit 1
    }
}

stop() {
    "$debian_python" "$here/ftp.py" stop "$dir"
    pid=$(cat "$dir/nginx.pid" 2>/dev/null) || return 0
    # The id may have gone to somebody else since.
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q nginx; then
        kill -TERM "$pid"
        while kill -0 "$pid" 2>/dev/null; do
            sleep 0.05
        done
    fi
    rm -f "$dir/nginx.pid"
}

dir=$2
case $1 in
    start) start ;;
    stop) stop ;;
    again)
        again || {
            cat "$dir/logs/start.txt" >&2
            exit 1
        }
        ;;
    *) usage ;;
esac
