#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the libraries that Windows has not (libcurl, mbedTLS, nghttp2, SQLite, cmocka) from Debian's source
# packages into build/deps/WIDTH, and puts the .idl files that ours imports into build/deps/idl.
# usage: deps.sh [WIDTH…]
#
# The sources are asked for by a private apt configuration, made from this machine's own: the system's source
# entries and lists stay as they are, and apt checks the signatures.  Revisions are not pinned: Debian's
# security updates are wanted, and older revisions vanish from the archive.
set -eu
. "$(dirname -- "$0")/lib.sh"

sources='cmocka curl mbedtls mingw-w64 nghttp2 sqlite3'
src=$QMGR_BUILD/deps-src
deps=$QMGR_BUILD/deps
mkdir -p -- "$deps" "$QMGR_BUILD/log"

exec 9>"$QMGR_BUILD/deps.lock"
flock 9

private_apt() {
    apt-get -q -o "Dir::Etc::sourcelist=$work/apt/none" -o "Dir::Etc::sourceparts=$work/apt/parts" \
        -o "Dir::State::lists=$work/apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=false "$@"
}

fetch() {
    archives=$(debian_archives)
    if [ -z "$archives" ]; then
        root apt-get -q update || warn "apt-get update reported an error; going on"
        archives=$(debian_archives)
    fi
    [ -n "$archives" ] || die "apt knows no Debian archive on this machine"
    mkdir -p apt/parts apt/lists/partial
    printf '%s\n' "$archives" | while read -r uri suite; do
        printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suite"
        printf 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n'
    done >apt/parts/debian.sources
    private_apt update
    # shellcheck disable=SC2086
    private_apt --only-source source $sources
    for name in $sources; do
        mv -- "$name"-[0-9]*/ "$name"
    done
    # The .idl files are all that is wanted of mingw-w64.
    mkdir idl
    cp mingw-w64/mingw-w64-headers/include/*.idl idl/
    # SQLite's one big file is made by its own tools, which run here and bear no space in their path.
    tree=$(mktemp -d)
    mv sqlite3 "$tree/source"
    mkdir sqlite3 "$tree/build"
    (
        cd -- "$tree/build"
        ../source/configure --disable-tcl --disable-readline
        make sqlite3.c sqlite3.h
    )
    mv "$tree/build/sqlite3.c" "$tree/build/sqlite3.h" sqlite3/
    rm -rf -- "$tree"
    rm -rf -- mingw-w64 apt ./*.dsc ./*.tar.* ./*.asc
}

want=$(key "$QMGR_TOP/tools/deps.sh")
if [ "$(cat -- "$src/stamp" 2>/dev/null)" != "$want" ]; then
    say "deps: fetching the sources of $sources"
    work=$src.new
    rm -rf -- "$work" "$src"
    mkdir -p -- "$work"
    # In the background, because set -e does not hold in a command whose failure is asked for.
    (
        cd -- "$work"
        fetch
        printf '%s\n' "$want" >stamp
    ) >"$QMGR_BUILD/log/deps-src.txt" 2>&1 &
    wait "$!" || {
        tail -n 40 "$QMGR_BUILD/log/deps-src.txt" >&2
        die "the sources could not be had"
    }
    mv -- "$work" "$src"
    rm -rf -- "$deps/idl"
fi
if [ ! -d "$deps/idl" ]; then
    cp -r -- "$src/idl" "$deps/idl.new"
    mv -- "$deps/idl.new" "$deps/idl"
fi

build() {
    width=$1
    dir=$QMGR_BUILD/deps-build/$width
    rm -rf -- "$dir" "${deps:?}/$width"
    cmake -S "$QMGR_TOP/cmake/deps" -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_TOOLCHAIN_FILE="$QMGR_TOP/cmake/$width-w64-mingw32.cmake" \
        -DCMAKE_INSTALL_PREFIX="$deps/$width" -DQMGR_SRC="$src" &&
        cmake --build "$dir" &&
        cmake --install "$dir" &&
        rm -rf -- "$dir" &&
        printf '%s\n' "$want" >"$deps/$width/stamp"
}

jobs=
# shellcheck disable=SC2048  # words without spaces
for width in ${*:-$QMGR_WIDTHS}; do
    is_width "$width" || die "no such width: $width"
    want=$(key "$QMGR_TOP"/cmake/deps/* "$QMGR_TOP"/cmake/*mingw*.cmake "$src/stamp")
    [ "$(cat -- "$deps/$width/stamp" 2>/dev/null)" != "$want" ] || continue
    say "deps: building for $width"
    build "$width" >"$QMGR_BUILD/log/deps-$width.txt" 2>&1 &
    jobs="$jobs $width:$!"
done
failed=
for job in $jobs; do
    wait "${job#*:}" || {
        tail -n 40 "$QMGR_BUILD/log/deps-${job%:*}.txt" >&2
        failed=1
    }
done
[ -z "$failed" ] || die "the libraries could not be built"
