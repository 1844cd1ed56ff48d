#!/bin/sh
# SPDX-License-Identifier: MIT
# 32-bit and 64-bit programs of one user: they have one queue, and the DLLs of both widths are registered side by side.
# Run by tools/test.sh, once: QMGR_TEST_HTTP, QMGR_TEST_WWW, QMGR_TEST_CLOSED, QMGRPRXY_HOME and QMGR_TEST_TMP (Unix
# paths).
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
out=$QMGR_TEST_TMP/out
err=$QMGR_TEST_TMP/err
work=$QMGR_TEST_TMP/work
own_prefix=$QMGR_TEST_TMP/prefix # of the tests in which something is registered
classes='HKLM\Software\Classes'  # the 32-bit ones are below it

windows_path() { printf 'Z:%s' "$1" | tr / '\\'; }

QMGRPRXY_HOME=$(windows_path "$QMGRPRXY_HOME")
export QMGRPRXY_HOME
mkdir -p -- "$work"
cd -- "$work"

wine() { sh "$top/tools/wine.sh" wow64 "$@"; }

in_own_prefix() {
    (
        export QMGR_WINE_PREFIX="$own_prefix"
        "$@"
    )
}

trap 'in_own_prefix sh "$top/tools/wine.sh" --kill wow64' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ctl WIDTH ARG…: runs the tool of that width; $status, $out and $err tell what came of it.
ctl() {
    tool=$top/build/$1/qmgrctl.exe
    shift
    status=0
    wine "$tool" "$@" >"$out" 2>"$err" </dev/null || status=$?
}

# check NAME [ARG…]: runs the test, a function of that name.
check() {
    if "$@"; then
        echo "ok $*"
    else
        echo "not ok $*"
        sed 's/^/    out: /' "$out"
        sed 's/^/    err: /' "$err"
    fi
}

says() { grep -q -e "$2" -- "$1"; }
queue_is_empty_for() {
    ctl "$1" list
    [ $status -eq 0 ] && [ ! -s "$out" ]
}
# The GUID on the last line of the output.
printed_group() { tail -n 1 -- "$out" | cut -f 1; }

# --- One queue ----------------------------------------------------------------------------------------------

# MADE-BY FINISHED-BY
a_group_of_one_width_is_seen_and_finished_by_the_other() {
    ctl "$1" add "$QMGR_TEST_HTTP/mid.bin" "$1.bin"
    [ $status -eq 0 ] || return 1
    group=$(printed_group)
    ctl "$2" list --porcelain
    says "$out" "^$group	suspended	.*	$1.bin$" || return 1
    ctl "$2" resume "$group" && ctl "$2" wait "$group"
    [ $status -eq 0 ] && says "$out" 'complete$' && cmp -s "$1.bin" "$QMGR_TEST_WWW/mid.bin" || return 1
    ctl "$1" info --porcelain "$group"
    says "$out" '^status	complete$' || return 1
    ctl "$1" cancel "$group"
    [ $status -eq 0 ] && queue_is_empty_for "$1" && queue_is_empty_for "$2"
}

# run_in_vain WIDTH [OPTION]: a program gets what is not to be had; $getter is its process, $group its running group.
run_in_vain() {
    wine "$top/build/$1/qmgrctl.exe" get "$QMGR_TEST_CLOSED/x" later.bin ${2:+"$2"} >"$out.get" 2>"$err.get" \
        </dev/null &
    getter=$!
    group=
    while [ -z "$group" ] && kill -0 "$getter"; do
        ctl "$1" list --porcelain
        group=$(awk -F '\t' '$2 == "running" { print $1 }' "$out")
    done
}

# That program has ended, since its group is suspended.
getter_was_suspended() {
    wait "$getter" && status=0 || status=$?
    mv -- "$out.get" "$out"
    mv -- "$err.get" "$err"
    [ $status -eq 1 ] && says "$out" 'suspended$'
}

# RUN-BY SUSPENDED-BY
a_group_that_one_width_runs_is_suspended_by_the_other() {
    run_in_vain "$1"
    ctl "$2" suspend "$group"
    getter_was_suspended || return 1
    ctl "$2" cancel "$group"
    [ $status -eq 0 ] && queue_is_empty_for "$1"
}

# CLIENT SERVER: a program of the server's width has come first, so its server is the one that is there.
a_program_of_one_width_uses_the_server_of_the_other() {
    sh "$top/tools/wine.sh" --kill wow64
    run_in_vain "$2" --server
    ctl "$1" suspend --server "$group"
    [ $status -eq 0 ] && getter_was_suspended || return 1
    ctl "$1" get --server "$QMGR_TEST_HTTP/mid.bin" mid.bin
    [ $status -eq 0 ] && cmp -s mid.bin "$QMGR_TEST_WWW/mid.bin" || return 1
    rm -f mid.bin
    ctl "$1" cancel --server "$group"
    [ $status -eq 0 ] && queue_is_empty_for "$1"
}

# --- One registry -------------------------------------------------------------------------------------------

# register WIDTH [/u]
register() {
    case $1 in
        x86_64) regsvr32='C:\windows\system32\regsvr32.exe' ;;
        *) regsvr32='C:\windows\syswow64\regsvr32.exe' ;;
    esac
    dll=$(windows_path "$top/build/$1/QmgrPrxy.dll")
    shift
    wine "$regsvr32" /s "$@" "$dll" >"$out" 2>"$err" </dev/null
}

# snapshot FILE: the classes of the machine as text.
snapshot() {
    wine reg export "$classes" "$(windows_path "$1.reg")" /y >"$out" 2>"$err" </dev/null &&
        iconv -f UTF-16 -t UTF-8 -- "$1.reg" | tr -d '\r' >"$1" && [ -s "$1" ]
}

works_for() {
    ctl "$1" list
    [ $status -eq 0 ]
}

# FIRST SECOND: the first to come is the first to go.  That a width that is not registered has no class, the registry
# tells below: in Wine 8 a client that also takes local servers can hang in CoCreateInstance if only the other width
# is registered.
unregistering_one_width_leaves_the_other() {
    register "$1" && works_for "$1" || return 1
    register "$2" && works_for "$1" && works_for "$2" || return 1
    register "$1" /u && works_for "$2" || return 1
    register "$2" /u
}

# In any order.
the_registry_is_as_found_after_both_are_gone() {
    snapshot "$QMGR_TEST_TMP/found" || return 1
    for steps in 'i686 x86_64 i686/u x86_64/u' 'i686 x86_64 x86_64/u i686/u' \
        'x86_64 i686 x86_64/u i686/u' 'x86_64 i686 i686/u x86_64/u'; do
        for step in $steps; do
            case $step in
                */u) register "${step%/u}" /u || return 1 ;;
                *) register "$step" || return 1 ;;
            esac
        done
        snapshot "$QMGR_TEST_TMP/left" || return 1
        diff -- "$QMGR_TEST_TMP/found" "$QMGR_TEST_TMP/left" >"$out" || return 1
    done
}

for widths in 'i686 x86_64' 'x86_64 i686'; do
    # shellcheck disable=SC2086  # two words
    {
        check a_group_of_one_width_is_seen_and_finished_by_the_other $widths
        check a_group_that_one_width_runs_is_suspended_by_the_other $widths
        check a_program_of_one_width_uses_the_server_of_the_other $widths
    }
done
in_own_prefix check the_registry_is_as_found_after_both_are_gone
for widths in 'i686 x86_64' 'x86_64 i686'; do
    # shellcheck disable=SC2086  # two words
    in_own_prefix check unregistering_one_width_leaves_the_other $widths
done
