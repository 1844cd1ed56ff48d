#!/bin/sh
# SPDX-License-Identifier: MIT
# Static analysis: clang-tidy (checks in .clang-tidy) over src, with the compile commands of the 64-bit Windows and the
# native build, cppcheck over src, shellcheck over the scripts.  Fails on any finding.
# usage: analyze.sh [NAME…]      only C files in whose path one of these occurs
set -eu
. "$(dirname -- "$0")/lib.sh"
cd -- "$QMGR_TOP"

filters=$*
status=0
sh tools/build.sh x86_64 native || status=1     # the compiler's warnings count too

# sources BUILD: the files of src that are compiled there.
sources() {
    sed -n 's|^ *"file": "\(.*\)",\{0,1\}$|\1|p' "$QMGR_BUILD/$1/compile_commands.json" |
        grep "^$QMGR_TOP/src/.*\.c\$" | sort -u |
        while read -r file; do
            [ -n "$filters" ] || printf '%s\0' "$file"
            for filter in $filters; do
                case $file in
                    *"$filter"*)
                        printf '%s\0' "$file"
                        break
                        ;;
                esac
            done
        done
}

# tidy BUILD [argument of clang-tidy…]
tidy() {
    build=$1
    shift
    xargs -0 -r -n 4 -P "$(nproc)" clang-tidy --quiet --warnings-as-errors='*' -p "$QMGR_BUILD/$build" \
        --extra-arg=-Wno-unknown-warning-option "$@" 2>/dev/null || status=1
}

# Most files are compiled in both; Windows' view of them is the one that counts, so the native build adds only what
# is its own.
sources x86_64 >"$QMGR_BUILD/analyze.txt"
tidy x86_64 <"$QMGR_BUILD/analyze.txt"
sources native | grep -z '_posix\.c$' >"$QMGR_BUILD/analyze.txt" || :
tidy native <"$QMGR_BUILD/analyze.txt"

sources x86_64 | tr '\0' '\n' >"$QMGR_BUILD/analyze.txt"
if [ -s "$QMGR_BUILD/analyze.txt" ]; then
    cppcheck --quiet --std=c11 --platform=win64 -j "$(nproc)" --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability --suppress=missingIncludeSystem \
        --file-list="$QMGR_BUILD/analyze.txt" -I src -I include -D_WIN32 || status=1
fi

shellcheck -x -S warning -P SCRIPTDIR tools/*.sh tests/server/*.sh tests/faults/*.sh .ci/run || status=1
exit $status
