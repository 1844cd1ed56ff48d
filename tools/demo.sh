#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the whole thing at work, first in 64-bit, then in 32-bit Wine: builds the DLL, registers it with regsvr32,
# downloads files from an nginx on loopback through COM with qmgrctl, and compares what arrived.
# usage: demo.sh
set -eu
. "$(dirname -- "$0")/lib.sh"

sh "$QMGR_TOP/tools/build.sh" x86_64 i686
stage demo x86_64 i686
say "demo: nginx serves $QMGR_TEST_HTTP"

demo() {
    width=$1
    arrived=$dir/$width
    mkdir -p -- "$arrived/many" "$dir/home-$width"
    say
    say "=== $width: QmgrPrxy.dll, registered by regsvr32 in a Wine prefix of its own"
    sh "$QMGR_TOP/tools/wine.sh" "$width" regsvr32 "$(windows_path "$QMGR_BUILD/$width/QmgrPrxy.dll")"

    set --
    for name in big.bin mid.bin small.bin 'with space.bin' one.bin empty.bin \
        many/f000.bin many/f001.bin many/f002.bin many/f003.bin many/f004.bin; do
        # At 25 MiB a second for each file, so that there is something to see.
        set -- "$@" "$QMGR_TEST_HTTP/brisk/$(printf '%s' "$name" | sed 's/ /%20/g')" \
            "$(windows_path "$arrived/$name")"
        grep "  $name\$" "$QMGR_TEST_WWW/SHA256SUMS"
    done >"$dir/wanted-$width"
    say "=== $width: qmgrctl get, through CoCreateInstance"
    QMGRPRXY_HOME=$(windows_path "$dir/home-$width") \
        sh "$QMGR_TOP/tools/wine.sh" "$width" "$QMGR_BUILD/$width/qmgrctl.exe" get "$@"
    say "=== $width: SHA-256 of what arrived"
    (cd -- "$arrived" && sha256sum -c -- "$dir/wanted-$width")
}

demo x86_64
demo i686
say
say "demo: all files arrived, in both widths"
