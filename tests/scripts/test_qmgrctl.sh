#!/bin/sh
# SPDX-License-Identifier: MIT
# qmgrctl from the outside: what it prints, what it returns, what it leaves in the queue.
# Run by tools/test.sh for each width: QMGR_TEST_WIDTH, QMGR_TEST_HTTP, QMGR_TEST_WWW, QMGR_TEST_CLOSED,
# QMGRPRXY_HOME and QMGR_TEST_TMP (Unix paths).
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
tool=$top/build/$QMGR_TEST_WIDTH/qmgrctl.exe
out=$QMGR_TEST_TMP/out
err=$QMGR_TEST_TMP/err
work=$QMGR_TEST_TMP/work
unknown='{7F1D3F6A-4B6C-4A51-9A0E-521F0C6B2D10}'
QMGRPRXY_HOME=Z:$(printf '%s' "$QMGRPRXY_HOME" | tr / '\\')
export QMGRPRXY_HOME
mkdir -p -- "$work"
cd -- "$work"

# ctl ARG…: runs the tool; $status, $out and $err tell what came of it, without carriage returns.
ctl() {
    status=0
    sh "$top/tools/wine.sh" "$QMGR_TEST_WIDTH" "$tool" "$@" >"$out" 2>"$err" </dev/null || status=$?
}

# check NAME: runs the test, a function of that name.
check() {
    if "$1"; then
        echo "ok $1"
    else
        echo "not ok $1"
        sed 's/^/    out: /' "$out"
        sed 's/^/    err: /' "$err"
    fi
}

# start_get ARG…: a get in the background; waits until its group runs. $getter is its process, $group its group.
start_get() {
    sh "$top/tools/wine.sh" "$QMGR_TEST_WIDTH" "$tool" get "$@" >"$out.get" 2>"$err.get" </dev/null &
    getter=$!
    group=
    while [ -z "$group" ] && kill -0 "$getter"; do
        ctl list --porcelain
        group=$(awk -F '\t' '$2 == "running" { print $1 }' "$out")
    done
}

# end_get: waits for it; $status, $out and $err then tell of it.
end_get() {
    status=0
    wait "$getter" || status=$?
    mv -- "$out.get" "$out"
    mv -- "$err.get" "$err"
}

says() { grep -q -e "$2" -- "$1"; }
silent() { [ ! -s "$1" ]; }
queue_is_empty() {
    ctl list
    [ $status -eq 0 ] && silent "$out"
}
# The GUID on the last line of the output.
printed_group() { tail -n 1 -- "$out" | cut -f 1; }

help_and_version() {
    ctl --help
    [ $status -eq 0 ] && says "$out" 'qmgrctl get URL FILE' && silent "$err" || return 1
    ctl --version
    [ $status -eq 0 ] && says "$out" '^qmgrctl [0-9]*\.[0-9]*\.[0-9]*$'
}

wrong_usage_is_2() {
    for line in '' 'frobnicate' 'get' 'get http://localhost/x' 'resume' 'resume nonsense' 'list extra' \
        'list --keep' 'wait --timeout' "wait $unknown --timeout soon" 'get --progress=maybe a b' \
        "add --group nonsense http://localhost/x y"; do
        # shellcheck disable=SC2086  # a list of words
        ctl $line
        [ $status -eq 2 ] && silent "$out" && says "$err" qmgrctl || return 1
    done
    queue_is_empty
}

unknown_group_is_3() {
    for command in resume suspend cancel info wait; do
        ctl $command "$unknown"
        [ $status -eq 3 ] && silent "$out" && says "$err" 0x81001004 || return 1
    done
}

get_fetches_and_leaves_nothing_in_the_queue() {
    ctl get "$QMGR_TEST_HTTP/mid.bin" mid.bin "$QMGR_TEST_HTTP/with%20space.bin" 'with space ü.bin'
    [ $status -eq 0 ] && silent "$err" || return 1
    says "$out" "^{[0-9A-F-]*}	100%	[0-9]* bytes	complete$" || return 1
    cmp -s mid.bin "$QMGR_TEST_WWW/mid.bin" && cmp -s 'with space ü.bin' "$QMGR_TEST_WWW/with space.bin" &&
        queue_is_empty
}

get_draws_a_bar_if_told_to() {
    ctl get --progress=always "$QMGR_TEST_HTTP/mid.bin" bar.bin
    [ $status -eq 0 ] && says "$err" '100% \[#*\] 1\.0 MiB of 1\.0 MiB' && says "$out" complete
}

get_of_a_missing_file_is_1_and_says_why() {
    ctl get "$QMGR_TEST_HTTP/missing.bin" missing.bin
    [ $status -eq 1 ] && says "$out" error && says "$err" 'HTTP 404' && [ ! -e missing.bin ] &&
        queue_is_empty
}

get_of_a_bad_name_is_2() {
    ctl get ftp://localhost/x x.bin
    [ $status -eq 2 ] || return 1
    ctl get "$QMGR_TEST_HTTP/mid.bin" no/such/folder/x.bin
    [ $status -eq 2 ] || return 1
    ctl add --group "$unknown" ftp://localhost/x x.bin
    [ $status -eq 2 ] && queue_is_empty
}

keep_leaves_the_group_in_the_queue() {
    ctl get --keep "$QMGR_TEST_HTTP/one.bin" kept.bin
    [ $status -eq 0 ] || return 1
    group=$(printed_group)
    ctl list --porcelain
    says "$out" "^$group	complete	100	1	1	kept.bin$" || return 1
    ctl cancel "$group"
    [ $status -eq 0 ] && [ -s kept.bin ] && queue_is_empty
}

a_group_goes_from_add_to_cancel() {
    ctl add "$QMGR_TEST_HTTP/small.bin" small.bin
    [ $status -eq 0 ] && silent "$err" || return 1
    group=$(printed_group)
    bare=$(printf '%s' "$group" | tr -d '{}')
    ctl add --group "$bare" "$QMGR_TEST_HTTP/one.bin" one.bin
    [ $status -eq 0 ] && says "$out" "^$group$" || return 1
    ctl info --porcelain "$group"
    says "$out" '^status	suspended$' && says "$out" '^files	2$' &&
        says "$out" "^file	1	$QMGR_TEST_HTTP/one.bin	Z:.*one.bin$" || return 1
    ctl wait "$group"
    [ $status -eq 1 ] && says "$err" suspended || return 1
    ctl resume "$group" && ctl wait "$group"
    [ $status -eq 0 ] && says "$out" 'complete$' && cmp -s small.bin "$QMGR_TEST_WWW/small.bin" || return 1
    ctl cancel "$group"
    [ $status -eq 0 ] && [ -e small.bin ] && queue_is_empty
}

info_says_in_words_why_a_group_failed_and_what_can_be_done() {
    ctl add "$QMGR_TEST_HTTP/missing.bin" missing.bin
    group=$(printed_group)
    ctl resume "$group" && ctl wait "$group"
    [ $status -eq 1 ] || return 1
    ctl info --porcelain "$group"
    says "$out" '^status	error$' && says "$out" '^http	404$' && says "$out" '^win32	0$' &&
        says "$out" '^error	no such file on the server (HTTP 404)$' &&
        says "$out" '^advice	see whether the URL is right$' || return 1
    ctl info "$group"
    says "$out" '^error  *no such file on the server (HTTP 404)$' && says "$out" '^advice  *see whether' || return 1
    ctl cancel "$group"
    queue_is_empty
}

info_says_that_a_group_tries_again() {
    start_get "$QMGR_TEST_CLOSED/x" later.bin # it runs the queue meanwhile
    note=
    while [ -z "$note" ] && kill -0 "$getter"; do
        ctl info --porcelain "$group"
        note=$(grep '^note	.*tries again by itself' "$out" || :)
    done
    says "$out" '^retries	[1-9]' && says "$out" '^status	running$' || return 1
    ctl suspend "$group"
    end_get
    ctl cancel "$group"
    [ $status -eq 0 ] && queue_is_empty
}

wait_runs_out_of_time_with_5() {
    ctl add "$QMGR_TEST_CLOSED/x" never.bin
    group=$(printed_group)
    ctl resume "$group"
    ctl wait "$group" --timeout 1
    [ $status -eq 5 ] && says "$out" 'running$' || return 1
    ctl suspend "$group"
    [ $status -eq 0 ] || return 1
    ctl cancel "$group"
    [ $status -eq 0 ] && queue_is_empty
}

get_leaves_a_group_that_somebody_else_suspends() {
    start_get "$QMGR_TEST_CLOSED/x" later.bin
    ctl suspend "$group"
    end_get
    [ $status -eq 1 ] && says "$out" 'suspended$' && says "$err" "qmgrctl resume $group" || return 1
    ctl list --porcelain
    says "$out" "^$group	suspended	" || return 1
    ctl cancel "$group"
    [ $status -eq 0 ] && queue_is_empty
}

ctrl_c_in_get_suspends_the_group() {
    start_get "$QMGR_TEST_CLOSED/x" later.bin
    kill -INT "$getter" # Wine makes it a Ctrl-C
    end_get
    [ $status -eq 1 ] && says "$err" "qmgrctl resume $group" || return 1
    ctl list --porcelain
    says "$out" "^$group	suspended	" || return 1
    ctl cancel "$group"
    [ $status -eq 0 ] && queue_is_empty
}

passwords_are_never_shown() {
    ctl add http://someone:Sesam@localhost:1/x secret.bin
    group=$(printed_group)
    ctl info "$group"
    says "$out" 'http://localhost:1/x' && ! says "$out" Sesam && ! says "$err" Sesam || return 1
    ctl cancel "$group"
    for line in http://someone:Sesam@localhost/x 'get --http://someone:Sesam@localhost/x x' \
        'get --progress=http://someone:Sesam@localhost/x x y' \
        'add --group http://someone:Sesam@localhost/x x y'; do
        # shellcheck disable=SC2086  # a list of words
        ctl $line
        [ $status -eq 2 ] && says "$err" 'http://someone:\*\*\*@localhost/x' && ! says "$err" Sesam || return 1
    done
}

for name in help_and_version \
    wrong_usage_is_2 \
    unknown_group_is_3 \
    get_fetches_and_leaves_nothing_in_the_queue \
    get_draws_a_bar_if_told_to \
    get_of_a_missing_file_is_1_and_says_why \
    get_of_a_bad_name_is_2 \
    keep_leaves_the_group_in_the_queue \
    a_group_goes_from_add_to_cancel \
    info_says_in_words_why_a_group_failed_and_what_can_be_done \
    info_says_that_a_group_tries_again \
    wait_runs_out_of_time_with_5 \
    get_leaves_a_group_that_somebody_else_suspends \
    ctrl_c_in_get_suspends_the_group \
    passwords_are_never_shown; do
    check "$name"
done
