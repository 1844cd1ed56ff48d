#!/bin/sh
# SPDX-License-Identifier: MIT
# The crash laboratory: programs share a queue, a killer ends them at random instants, and after each round a judge looks
# whether anything was lost, invented, wrong, left behind or fetched twice.  tests/crash/lab.py says how.  Before that,
# made-up rounds show that the judge itself notices what it is to notice (tests/crash/test_judge.py).
# usage: crash-test.sh [ROUNDS] [SEED]
#
# ROUNDS is 20 if it is not given, SEED comes from the clock.  Prints a line "ok RULE" or "not ok RULE" for each rule, and
# closes with a line of figures.  Exit code 0: no rule was broken.  What a round that went wrong left is kept in
# build/crash-failed.
#
# QMGR_CRASH_ON   where: x86_64, i686, wow64, or several of them, which then take turns.  If it is not set, wow64, where
#                 programs of both widths share a queue, and where there is no such Wine the two widths in turn.
set -eu
. "$(dirname -- "$0")/lib.sh"

rounds=${1:-20}
seed=${2:-$(date +%s)}
python3 -B "$QMGR_TOP/tests/crash/test_judge.py" --quiet || die "crash-test: the judge is wrong"
# shellcheck disable=SC2086  # a list of words
sh "$QMGR_TOP/tools/build.sh" $QMGR_WIDTHS

places=${QMGR_CRASH_ON-}
if [ -z "$places" ]; then
    if sh "$QMGR_TOP/tools/wine.sh" --check wow64 2>/dev/null; then
        places=wow64
    else
        places=$QMGR_WIDTHS
        say "crash-test: no Wine for both widths at once here: they take turns"
    fi
fi

# shellcheck disable=SC2086  # a list of words
stage crash $places
for place in $places; do
    sh "$QMGR_TOP/tools/wine.sh" --check "$place"
done
say "crash-test: $rounds rounds, seed $seed"
mkdir "$dir/rounds"
# shellcheck disable=SC2086  # a list of words
python3 -B "$QMGR_TOP/tests/crash/lab.py" "$QMGR_BUILD" "$dir/server" "$dir/rounds" "$rounds" "$seed" $places
