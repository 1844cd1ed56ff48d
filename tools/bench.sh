#!/bin/sh
# SPDX-License-Identifier: MIT
# How long downloads take, through the class, from an nginx on loopback: one file of 1 GiB, and 2,000 files of 4 KiB in
# one group; native curl beside them, to have something to compare with.  Prints the median of several runs.  Needs
# 3 GiB of disk.
# usage: bench.sh [RUNS]         default 3
set -eu
. "$(dirname -- "$0")/lib.sh"

runs=${1:-3}
# shellcheck disable=SC2086  # a list of words
sh "$QMGR_TOP/tools/build.sh" $QMGR_WIDTHS
# shellcheck disable=SC2086  # a list of words
stage bench $QMGR_WIDTHS
out=$dir/out
openssl enc -aes-128-ctr -K 0f -iv 0f -in /dev/zero 2>/dev/null | head -c 1073741824 >"$QMGR_TEST_WWW/gig.bin"
mkdir "$QMGR_TEST_WWW/s"
head -c 8192000 "$QMGR_TEST_WWW/gig.bin" | split -a 4 -d -b 4096 - "$QMGR_TEST_WWW/s/"

# arrived: all that is in $out is what the server has, and it is all there.
arrived() {
    if [ -e "$out/gig.bin" ]; then
        cmp -- "$out/gig.bin" "$QMGR_TEST_WWW/gig.bin"
    else
        diff -r -- "$out" "$QMGR_TEST_WWW/s"
    fi >&2
}

# median COMMAND [ARG…]: seconds of its runs, the one in the middle.
median() {
    for _ in $(seq "$runs"); do
        rm -rf -- "$out"
        mkdir "$out"
        before=$(date +%s%N)
        "$@" >"$dir/said" 2>&1 || die "failed: $* ($(cat -- "$dir/said"))"
        echo $((($(date +%s%N) - before) / 1000000))
        arrived
    done | sort -n | awk -v middle="$(((runs + 1) / 2))" 'NR == middle { printf "%.2f", $1 / 1000 }'
}

ctl() {
    QMGRPRXY_HOME=$(windows_path "$dir/home-$width") \
        sh "$QMGR_TOP/tools/wine.sh" "$width" "$QMGR_BUILD/$width/qmgrctl.exe" "$@"
}

get_large() {
    ctl get --progress=never "$QMGR_TEST_HTTP/gig.bin" "$(windows_path "$out/gig.bin")"
}

# A command line has room for some 250 files.
get_small() {
    group=
    for hundred in $(seq 0 2 18); do
        set --
        for i in $(seq -f %04g $((hundred * 100)) $((hundred * 100 + 199))); do
            set -- "$@" "$QMGR_TEST_HTTP/s/$i" "$(windows_path "$out/$i")"
        done
        group=$(ctl add ${group:+--group "$group"} "$@" | tr -d '\r' | cut -c 1-38)
    done
    ctl resume "$group" && ctl wait "$group" && ctl cancel "$group"
}

native_small() {
    seq -f %04g 0 1999 | sed "s|.*|url=\"$QMGR_TEST_HTTP/s/&\"\noutput=\"$out/&\"|" |
        curl --silent --fail --parallel --config -
}

say "1 GiB:       native curl $(median curl --silent --output "$out/gig.bin" "$QMGR_TEST_HTTP/gig.bin") s"
say "2,000 files: native curl $(median native_small) s"
for width in $QMGR_WIDTHS; do
    ctl list >/dev/null 2>&1
    say "1 GiB:       $width $(median get_large) s"
    say "2,000 files: $width $(median get_small) s (making the group and its part files included)"
done
