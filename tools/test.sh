#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds everything and runs every test: natively (plain, with AddressSanitizer and UBSan, with ThreadSanitizer), under
# 64-bit and under 32-bit Wine, and under a Wine for both.  Closes with a line "N passed, N failed".
# usage: test.sh [NAME…]         only programs in whose name one of these occurs
#
# Programs under Wine wait most of their time, so lanes run side by side: 64-bit Wine, 32-bit Wine, and all else.  Within
# a lane one program runs at a time.  Each lane has its own server, folders and Wine prefixes, and touches no other's.
#
# QMGR_TEST_ON       where: some of "native x86_64 i686 wow64" (default: all four)
# QMGR_TEST_TIMEOUT  seconds that one program may take (default 600)
# QMGR_TEST_KEEP     if set, what the programs wrote is kept, below build/test-*
# CI                 if "true", 32-bit Wine and one for both must be had
#
# What a test program finds in its environment: where the servers are (tests/server/nginx.sh, tls.py and proxies.sh, and
# tests/faults/server.py say the names),
# QMGRPRXY_HOME and QMGR_TEST_TMP, two folders of its own.  Under Wine all paths are Windows paths.  QMGRPRXY_HOST is off,
# so that no host stays behind: a test that wants one turns it on.
# Scripts tests/scripts/test_*.sh run once for each Windows width, with the same environment in Unix paths and the width
# in QMGR_TEST_WIDTH; each of their tests prints a line "ok NAME" or "not ok NAME".  Scripts tests/wow64/test_*.sh are
# about programs of both widths on one machine; they run once, with QMGR_TEST_WIDTH=wow64.
set -eu
. "$(dirname -- "$0")/lib.sh"

places=${QMGR_TEST_ON:-native x86_64 i686 wow64}
limit=${QMGR_TEST_TIMEOUT:-600}
# Of the lane in which this shell is, and in the end of all.
passed=0
failed=0
skipped=0
failures=

# What is built, and where it is run.
presets=
runs=
for place in $places; do
    case $place in
        native)
            presets="$presets $QMGR_NATIVE"
            runs="$runs $QMGR_NATIVE"
            ;;
        wow64)
            presets="$presets $QMGR_WIDTHS"
            runs="$runs wow64"
            ;;
        *)
            presets="$presets $place"
            runs="$runs $place"
            ;;
    esac
done

# finish: the closing line and the exit code.
finish() {
    if [ "$skipped" -gt 0 ]; then
        say "$skipped tests skipped themselves"
    fi
    if [ -n "$failures" ]; then
        say "failed:$failures"
    fi
    say "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] || exit 1
    exit 0
}

# fail NAME
fail() {
    failed=$((failed + 1))
    failures="$failures $1"
}

# shellcheck disable=SC2046,SC2086  # lists of words
if ! sh "$QMGR_TOP/tools/build.sh" $(printf '%s\n' $presets | awk '!seen[$0]++'); then
    fail build
    finish
fi

# Two runs at once would end each other's Wine.
exec 7>"$QMGR_BUILD/test.lock"
flock 7
dir=$(mktemp -d "$QMGR_BUILD/test-XXXXXX")
log=$QMGR_BUILD/log/test
rm -rf -- "$log"
mkdir -p -- "$log"

# export_environment WIDTH|native HOME TMP: what a test program finds; call it in a subshell.
# shellcheck disable=SC2034  # exported by name
export_environment() {
    QMGRPRXY_HOME=$2
    QMGR_TEST_TMP=$3
    export QMGRPRXY_HOST=off
    # The proxies of whoever runs the tests cannot reach this machine's loopback.
    unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
    for variable in $server_variables QMGRPRXY_HOME QMGR_TEST_TMP; do
        eval "value=\$$variable"
        case $1$value in
            native*) ;;
            "$1"/*) value=$(windows_path "$value") ;;
        esac
        export "$variable=$value"
    done
}

# wanted NAME: the name passes the filters of the command line.
filters=$*
wanted() {
    [ -n "$filters" ] || return 0
    for filter in $filters; do
        case $1 in
            *"$filter"*) return 0 ;;
        esac
    done
    return 1
}

# count PATTERN FILE…: the sum of the numbers that the pattern's group finds, or of its matches if it has no group.
count() {
    pattern=$1
    shift
    cat -- "$@" | tr -d '\r' | sed -n "s/^$pattern.*/\\1/p" | awk '{ n += $1 } END { print n + 0 }'
}

# show: prints what it reads in one piece, whatever the other lanes have to say.
show() {
    flock "$dir/show.lock" cat
}

# judge PLACE NAME STATUS: reads what the program wrote to $log/PLACE-NAME.{out,err} and counts its tests.
judge() {
    out=$log/$1-$2.out
    err=$log/$1-$2.err
    ok=$(cat -- "$out" | tr -d '\r' | grep -c -e '^\[       OK \] ' -e '^ok ' || :)
    bad=$(count '\[  FAILED  \] \([0-9][0-9]*\) test(s)' "$out" "$err")
    bad=$((bad + $(grep -c '^not ok ' "$out" || :)))
    skip=$(count '\[  SKIPPED \] \([0-9][0-9]*\) test(s)' "$out" "$err")
    why=
    # Whatever ended it (a crash, a sanitizer, the clock) is one more failure than the program itself knew of.
    if [ "$3" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
        why=" exit code $3"
    fi
    [ "$3" -ne 124 ] && [ "$3" -ne 137 ] || why=" not done after $limit s"
    if [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ] && [ "$skip" -eq 0 ]; then
        bad=1
        why=' ran no test'
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
    took=$((($(date +%s%N) - started) / 100000000))
    [ "$bad" -eq 0 ] || failures="$failures $1/$2"
    {
        printf '%-12s %-32s %4d ok %5d.%d s%s\n' "$1" "$2" "$ok" "$((took / 10))" "$((took % 10))" \
            "$([ "$bad" -eq 0 ] || printf '  %d FAILED%s' "$bad" "${why:+:$why}")"
        # A line of the program that looks like our closing line must not be taken for it.
        [ "$bad" -eq 0 ] || cat -- "$out" "$err" | tr -d '\r' | tail -n 200 | sed 's/^/    | /'
    } | show
}

# run PLACE NAME COMMAND [ARG…]: one test program with folders of its own.  Its output goes to files, not
# through a pipe, which a process left behind would hold open.  It runs in the background, so that the lane hears a signal
# meanwhile.
run() {
    place=$1
    name=$2
    shift 2
    started=$(date +%s%N)
    own=$dir/$place-$name
    mkdir -p -- "$own/home" "$own/tmp"
    status=0
    (
        cd -- "$own/tmp"
        case $place in
            native*) export_environment native "$own/home" "$own/tmp" ;;
            *-script) export_environment native "$own/home" "$own/tmp" ;;
            *) export_environment "$place" "$own/home" "$own/tmp" ;;
        esac
        exec timeout -k 10 "$limit" "$@"
    ) >"$log/$place-$name.out" 2>"$log/$place-$name.err" </dev/null &
    program=$!
    wait "$program" || status=$?
    program=
    judge "$place" "$name" "$status"
    [ -n "${QMGR_TEST_KEEP-}" ] || rm -rf -- "$own"
}

# programs PRESET: the names of its test programs.
programs() {
    ctest --test-dir "$QMGR_BUILD/$1" -N | sed -n 's/^ *Test *#[0-9]*: *//p'
}

# --- Native -------------------------------------------------------------------------------------------------
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-second_deadlock_stack=1}"

run_native() {
    for name in $(programs "$1"); do
        ! wanted "$name" || run "$1" "$name" "$QMGR_BUILD/$1/$name"
    done
}

# --- Wine ---------------------------------------------------------------------------------------------------

# Every PE file that was built, one test a width.
run_audit() {
    wanted xp-imports || return 0
    started=$(date +%s%N)
    status=0
    python3 "$QMGR_TOP/tools/xp-imports.py" "$QMGR_TOP/data/xp-exports" \
        "$QMGR_BUILD/$1"/*.dll "$QMGR_BUILD/$1"/*.exe >"$log/$1-xp-imports.out" 2>"$log/$1-xp-imports.err" ||
        status=$?
    [ "$status" -ne 0 ] || say 'ok xp-imports' >>"$log/$1-xp-imports.out"
    judge "$1" xp-imports "$status"
}

# wine_is_ready PLACE: says so if not.
wine_is_ready() {
    status=0
    sh "$QMGR_TOP/tools/wine.sh" --check "$1" || status=$?
    if [ "$status" -eq 77 ] && [ "${CI-}" != true ]; then
        show <<END
*****************************************************************************
*** There is no $1 Wine on this machine: its tests are NOT run.
*****************************************************************************
END
    elif [ "$status" -ne 0 ]; then
        fail "$1/wine"
    fi
    return "$status"
}

# trust_server PLACE WIDTH
trust_server() {
    sh "$QMGR_TOP/tools/wine.sh" "$1" "$QMGR_BUILD/$2/addroot.exe" "$(windows_path "$QMGR_TEST_CA_DER")" ||
        fail "$1/addroot"
}

# run_scripts PLACE FOLDER
run_scripts() {
    for script in "$QMGR_TOP/tests/$2"/test_*.sh; do
        [ -e "$script" ] || continue
        name=$(basename -- "$script" .sh)
        ! wanted "$name" || run "$1-script" "$name" env QMGR_TEST_WIDTH="$1" sh "$script"
    done
}

run_windows() {
    run_audit "$1"
    wine_is_ready "$1" || return 0
    trust_server "$1" "$1"
    names=$(programs "$1")
    # From the other end, so that the two widths do not both keep the processor or the disk busy with the same.
    [ "$1" != i686 ] || names=$(programs "$1" | tac)
    for name in $names; do
        wanted "$name" || continue
        run "$1" "$name" sh "$QMGR_TOP/tools/wine.sh" "$1" "$QMGR_BUILD/$1/$name.exe"
        # Each program gets a Wine server of its own: one in which programs were killed in mid-transfer may spin from
        # then on, and loses track of its services.
        sh "$QMGR_TOP/tools/wine.sh" --kill "$1"
        # One that was killed itself may have left a registration that it had changed for a while.
        [ "$status" -lt 124 ] || rm -f -- "$QMGR_BUILD/$1/prefix"/.qmgr-registered-*
    done
    run_scripts "$1" scripts
}

run_wow64() {
    wine_is_ready wow64 || return 0
    for width in $QMGR_WIDTHS; do
        trust_server wow64 "$width"
    done
    run_scripts wow64 wow64
}

# --- Lanes --------------------------------------------------------------------------------------------------

leave_lane() {
    trap '' INT TERM
    if [ -n "$program" ]; then
        # timeout passes it on to the program and all its children.
        kill "$program" 2>/dev/null || :
        wait "$program" || :
    fi
    sh "$QMGR_TOP/tests/server/proxies.sh" stop "$server" || :
    sh "$QMGR_TOP/tests/faults/faults.sh" stop "$server" || :
    sh "$QMGR_TOP/tests/server/nginx.sh" stop "$server" || :
    python3 "$QMGR_TOP/tests/server/tls.py" stop "$server" || :
    for place in $lane; do
        ! is_wine "$place" || sh "$QMGR_TOP/tools/wine.sh" --kill "$place" || :
    done
}

run_lane() {
    sh "$QMGR_TOP/tests/server/nginx.sh" start "$server"
    python3 "$QMGR_TOP/tests/server/tls.py" start "$server"
    sh "$QMGR_TOP/tests/faults/faults.sh" start "$server"
    sh "$QMGR_TOP/tests/server/proxies.sh" start "$server"
    server_variables=$(sed 's/=.*//' "$server/env")
    # shellcheck source=/dev/null
    . "$server/env"
    for place in $lane; do
        case $place in
            wow64) run_wow64 ;;
            native*) run_native "$place" ;;
            *) run_windows "$place" ;;
        esac
    done
}

# start_lane NAME PLACE…: these places, one after the other, in a process of its own, which leaves what it has counted in
# $dir/NAME.counts.
jobs=
start_lane() {
    (
        exec 7>&-
        counts=$dir/$1.counts
        server=$dir/server-$1
        program=
        shift
        lane=$*
        trap leave_lane EXIT
        trap 'exit 143' TERM
        run_lane
        say "$passed $failed $skipped$failures" >"$counts"
    ) &
    jobs="$jobs $1:$!"
}

# end_lane JOB: waits for it and adds what it has counted.  One that could not count has failed.
end_lane() {
    wait "${1#*:}" || :
    if read -r lane_passed lane_failed lane_skipped lane_failures <"$dir/${1%:*}.counts"; then
        passed=$((passed + lane_passed))
        failed=$((failed + lane_failed))
        skipped=$((skipped + lane_skipped))
        failures="$failures${lane_failures:+ $lane_failures}"
    else
        fail "${1%:*}/lane"
    fi
}

# A lane that has left its counts ends by itself.
clean_up() {
    trap '' INT TERM
    for job in $jobs; do
        [ -e "$dir/${job%:*}.counts" ] || kill "${job#*:}" 2>/dev/null || :
    done
    wait
    [ -n "${QMGR_TEST_KEEP-}" ] || rm -rf -- "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

others=
for place in $runs; do
    if is_width "$place"; then
        start_lane "$place" "$place"
    else
        others="$others $place"
    fi
done
# shellcheck disable=SC2086  # a list of words
[ -z "$others" ] || start_lane others $others
for job in $jobs; do
    end_lane "$job"
done
finish
