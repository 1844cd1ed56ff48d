#!/bin/sh
# SPDX-License-Identifier: MIT
# What the disk, and what others do on it, make of a download: a full or read-only disk, links put in the way, folders and
# files that go.  These are done from the Unix side, and the disks are mounted in a name space of this script's own.
# Run by tools/test.sh for each width: QMGR_TEST_WIDTH, QMGR_TEST_HTTP, QMGR_TEST_WWW, QMGRPRXY_HOME and QMGR_TEST_TMP (Unix
# paths).
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)

# A Wine server from before would not see the mounts, and no later one is to see them.
if [ -z "${QMGR_TEST_MOUNTS-}" ]; then
    sh "$top/tools/wine.sh" --kill "$QMGR_TEST_WIDTH"
    QMGR_TEST_MOUNTS=no
    ! unshare --mount true 2>/dev/null || QMGR_TEST_MOUNTS=yes
    export QMGR_TEST_MOUNTS
    status=0
    if [ $QMGR_TEST_MOUNTS = yes ]; then
        unshare --mount -- sh "$0" || status=$?
    else
        sh "$0" || status=$?
    fi
    sh "$top/tools/wine.sh" --kill "$QMGR_TEST_WIDTH"
    exit $status
fi

tool=$top/build/$QMGR_TEST_WIDTH/qmgrctl.exe
out=$QMGR_TEST_TMP/out
err=$QMGR_TEST_TMP/err
work=$QMGR_TEST_TMP/work
name=disk-$QMGR_TEST_WIDTH-$$.bin
served=$QMGR_TEST_WWW/$name
QMGRPRXY_HOME=Z:$(printf '%s' "$QMGRPRXY_HOME" | tr / '\\')
export QMGRPRXY_HOME
mkdir -p -- "$work"
cd -- "$work"
head -c 3145728 -- "$QMGR_TEST_WWW/big.bin" >"$served"
trap 'rm -f -- "$served"' EXIT

# ctl ARG…: runs the tool; $status, $out and $err tell what came of it, without carriage returns.
ctl() {
    status=0
    sh "$top/tools/wine.sh" "$QMGR_TEST_WIDTH" "$tool" "$@" >"$out" 2>"$err" </dev/null || status=$?
}

says() { grep -q -e "$2" -- "$1"; }

# add URL FILE: a suspended group; $group is its GUID, $part its part file's name.
add() {
    ctl add "$QMGR_TEST_HTTP/$1" "$2"
    [ $status -eq 0 ] || return 1
    group=$(tail -n 1 -- "$out" | tr -d '\r' | cut -f 1)
    part=$(cd -- "$(dirname -- "$2")" && ls BIT*.tmp)
}

# run: resumes the group and waits for its end.
run() {
    ctl resume "$group"
    ctl wait "$group"
}

fails_with() {
    run
    [ $status -eq 1 ] && says "$err" "($1)"
}

# arrives FILE: and the group goes.
arrives() {
    run
    [ $status -eq 0 ] && cmp -s "$1" "$served" && ctl cancel "$group"
}

# start FILE: resumes the group, waits for it in the background, and returns when bytes of FILE, its part file, have come.
start() {
    ctl resume "$group"
    sh "$top/tools/wine.sh" "$QMGR_TEST_WIDTH" "$tool" wait "$group" >"$out.wait" 2>"$err.wait" </dev/null &
    waiter=$!
    for _ in $(seq 600); do
        [ ! -s "$1" ] || return 0
        sleep 0.1
    done
    return 1
}

# ended: the one in the background has; $status and $err tell of it.
ended() {
    status=0
    wait "$waiter" || status=$?
    cp -- "$err.wait" "$err"
}

# --- Disks --------------------------------------------------------------------------------------------------

a_file_that_does_not_fit_is_not_begun_and_goes_on_after_room_was_made() {
    head -c 6291456 /dev/zero >disk/ballast
    add "$name" disk/x && fails_with 112 && [ ! -s "disk/$part" ] || return 1
    rm disk/ballast
    arrives disk/x
}

a_disk_that_fills_in_mid_transfer_keeps_what_came() {
    add "slow/$name" disk/x && start "disk/$part" || return 1
    head -c 8388608 /dev/zero >disk/ballast 2>/dev/null || :
    ended
    [ $status -eq 1 ] && says "$err" '(112)' || return 1
    rm disk/ballast
    arrives disk/x
}

a_disk_that_became_read_only_is_an_error_until_it_is_not() {
    add "$name" disk/x || return 1
    mount -o remount,ro disk
    fails_with '\(19\|5\)' || return 1 # Wine 8 says "access denied" of it
    ctl add "$QMGR_TEST_HTTP/$name" disk/y
    [ $status -ne 0 ] && says "$err" 'may not be written' || return 1
    mount -o remount,rw disk
    arrives disk/x
}

# --- Folders ------------------------------------------------------------------------------------------------

# The folder "ours" leads to "theirs" from now on, where files have the names of the target and of the part file.
put_link_in_the_way() {
    echo theirs >theirs/x
    echo theirs >"theirs/$part"
    mv ours aside
    ln -s theirs ours
}

theirs_is_untouched() {
    [ "$(cat theirs/x "theirs/$part")" = "theirs
theirs" ] && [ "$(find theirs -type f | wc -l)" -eq 2 ]
}

take_link_away() {
    rm ours
    mv aside ours
}

a_link_in_the_folders_place_leads_nowhere() {
    add "$name" ours/x || return 1
    put_link_in_the_way
    fails_with 3 && theirs_is_untouched || return 1
    take_link_away
    arrives ours/x && theirs_is_untouched
}

a_link_that_comes_in_mid_transfer_leads_nowhere() {
    add "slow/$name" ours/x && start "ours/$part" || return 1
    put_link_in_the_way
    ended
    [ $status -eq 1 ] && says "$err" '(3)' && theirs_is_untouched || return 1
    take_link_away
    arrives ours/x && theirs_is_untouched
}

a_folder_that_goes_is_an_error() {
    add "slow/$name" ours/x && start "ours/$part" || return 1
    rm -r ours
    ended
    [ $status -eq 1 ] && says "$err" '(3)' && [ ! -e ours ] && ctl cancel "$group"
}

# --- Files --------------------------------------------------------------------------------------------------

nothing_is_written_to_a_file_with_a_second_name() {
    add "$name" ours/x || return 1
    echo theirs >theirs/x
    ln -f theirs/x "ours/$part"
    arrives ours/x && [ "$(cat theirs/x)" = theirs ]
}

a_file_that_takes_the_part_files_name_never_becomes_the_target() {
    add "slow/$name" ours/x && start "ours/$part" || return 1
    head -c 3145728 /dev/zero >ours/other
    mv -f ours/other "ours/$part"
    ended
    [ $status -eq 0 ] && cmp -s ours/x "$served" && ctl cancel "$group"
}

a_target_that_is_a_link_is_replaced_itself() {
    echo theirs >theirs/x
    ln -s ../theirs/x ours/x
    add "$name" ours/x && arrives ours/x && [ ! -L ours/x ] && [ "$(cat theirs/x)" = theirs ]
}

# check NAME: runs the test, a function of that name, with fresh folders.
check() {
    rm -rf -- ours aside theirs disk/*
    mkdir -p ours theirs
    if "$1"; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/    out: /' "$out"
        sed 's/^/    err: /' "$err"
    fi
}

# Mounted once and for all: each Wine that lives in a root of its own sees what was mounted when its server began.
mkdir -p disk
[ "$QMGR_TEST_MOUNTS" != yes ] || mount -t tmpfs -o size=8m none disk || QMGR_TEST_MOUNTS=no
for test in a_file_that_does_not_fit_is_not_begun_and_goes_on_after_room_was_made \
    a_disk_that_fills_in_mid_transfer_keeps_what_came \
    a_disk_that_became_read_only_is_an_error_until_it_is_not; do
    if [ "$QMGR_TEST_MOUNTS" = yes ]; then
        check $test
    else
        echo "nothing can be mounted here: $test is NOT tested"
        echo '[  SKIPPED ] 1 test(s), listed above'
    fi
done
for test in a_link_in_the_folders_place_leads_nowhere \
    a_link_that_comes_in_mid_transfer_leads_nowhere \
    a_folder_that_goes_is_an_error \
    nothing_is_written_to_a_file_with_a_second_name \
    a_file_that_takes_the_part_files_name_never_becomes_the_target \
    a_target_that_is_a_link_is_replaced_itself; do
    check $test
done
