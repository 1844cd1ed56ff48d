#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the presets named, or all: i686 x86_64 native native-asan native-tsan.  Says nothing if nothing was to do.
# usage: build.sh [PRESET…]
set -eu
. "$(dirname -- "$0")/lib.sh"

presets=${*:-$QMGR_WIDTHS $QMGR_NATIVE}
sh "$QMGR_TOP/tools/setup.sh"
widths=
for preset in $presets; do
    ! is_width "$preset" || widths="$widths $preset"
done
# shellcheck disable=SC2086  # lists of words
[ -z "$widths" ] || sh "$QMGR_TOP/tools/deps.sh" $widths

mkdir -p -- "$QMGR_BUILD/log"
cd -- "$QMGR_TOP"
for preset in $presets; do
    exec 9>"$QMGR_BUILD/build-$preset.lock"
    flock 9
    log=$QMGR_BUILD/log/build-$preset.txt
    [ -e "$QMGR_BUILD/$preset/build.ninja" ] || {
        say "build: configuring $preset"
        quietly "$log" cmake --preset "$preset"
    }
    quietly "$log" cmake --build --preset "$preset" -- -k 0
    grep -q 'no work to do' "$log" || say "build: $preset built"
done
