#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages that the build and the tests need, those that are missing.
# usage: setup.sh
set -eu
. "$(dirname -- "$0")/lib.sh"

# The native compiler is for the layers below com, and for the generator of SQLite's amalgamation (with tcl).
# wine64 without the package wine: the latter asks for 32-bit Wine, which wine.sh gets by itself.
packages='
    binutils-mingw-w64-i686 binutils-mingw-w64-x86-64
    gcc-mingw-w64-i686-win32 gcc-mingw-w64-x86-64-win32 mingw-w64-tools
    cmake ninja-build gcc libc6-dev make python3
    dpkg-dev xz-utils bzip2 tcl debian-archive-keyring ca-certificates
    libcmocka-dev libcurl4-openssl-dev libsqlite3-dev libxxhash-dev
    wine64 debootstrap
    nginx-light squid dante-server winbind python3-pyftpdlib openssl curl iproute2
    clang-format clang-tidy cppcheck shellcheck'

missing=
# shellcheck disable=SC2086  # a list of words
installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' $packages 2>/dev/null |
    sed -n 's/^ii *//p' | tr '\n' ' ')"
for package in $packages; do
    case $installed in
        *" $package "*) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

say "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
mkdir -p -- "$QMGR_BUILD/log"
# An entry of a third party that cannot be reached must not stop us; if Debian's own failed, install will.
root apt-get -q update >"$QMGR_BUILD/log/apt.txt" 2>&1 || warn "apt-get update reported an error; going on"
# nginx is wanted as a program, not as a service of this machine: without policy-rc.d its start may fail or
# take port 80.
if [ ! -e /usr/sbin/policy-rc.d ] && [ "$(id -u)" -eq 0 ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
fi
# shellcheck disable=SC2086
quietly "$QMGR_BUILD/log/apt.txt" root apt-get -q install -y --no-install-recommends $missing
