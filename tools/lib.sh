# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034
# What the scripts in this folder share.  They read it with
#   . "$(dirname -- "$0")/lib.sh"
# and then have QMGR_TOP (this checkout), QMGR_BUILD (its build folder) and the functions below.

QMGR_TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
QMGR_BUILD=$QMGR_TOP/build
QMGR_WIDTHS='x86_64 i686'
QMGR_WINES="$QMGR_WIDTHS wow64"     # where Windows programs run; nothing is built for wow64, which takes both widths
QMGR_NATIVE='native native-asan native-tsan'

say() {
    printf '%s\n' "$*"
}

warn() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    warn "$*"
    exit 1
}

# root COMMAND [ARG…]: runs it as root, by sudo where we are somebody else.
root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        die "this needs root: $*"
    fi
}

# key FILE…: one line that changes when the content or the name of one of the files does, wherever they lie.
key() {
    sha256sum -- "$@" | sed 's|  .*/|  |' | sha256sum | cut -d ' ' -f 1
}

# quietly LOG COMMAND [ARG…]: keeps the output in the file LOG and shows it only if the command fails,
# less ninja's lines of progress.
quietly() {
    quietly_log=$1
    shift
    mkdir -p -- "$(dirname -- "$quietly_log")"
    if ! "$@" >"$quietly_log" 2>&1; then
        grep -v '^\[[0-9]*/[0-9]*\]' "$quietly_log" >&2
        die "failed: $*"
    fi
}

# debian_archives: the Debian archives that this machine's apt is set up for, one a line: URI, suite.
# Entries of others are left out.  apt itself tells, so the format of its source entries is its own affair.
debian_archives() {
    # shellcheck disable=SC2016  # the dollars are apt's
    apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
        awk '$1 == "Debian" && $2 == "main" { print $3, $4 }' | sort -u
}

# windows_path FILE: the absolute path as Wine's programs know it; there drive Z: is the whole machine.
windows_path() {
    printf 'Z:%s' "$1" | tr / '\\'
}

# is_width NAME: Windows programs are built for it.
is_width() {
    case " $QMGR_WIDTHS " in
        *" $1 "*) return 0 ;;
        *) return 1 ;;
    esac
}

# is_wine NAME: Windows programs run there.
is_wine() {
    case " $QMGR_WINES " in
        *" $1 "*) return 0 ;;
        *) return 1 ;;
    esac
}

# stage NAME PLACE…: a folder of its own below the build folder as $dir, with the test server in it, whose addresses are
# then in the shell's variables.  At the end of the script it all goes, and the Wines of these places end; others may be in
# use by somebody else.
stage() {
    dir=$(mktemp -d "$QMGR_BUILD/$1-XXXXXX")
    shift
    stage_places=$*
    trap leave_stage EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    sh "$QMGR_TOP/tests/server/nginx.sh" start "$dir/server"
    # shellcheck source=/dev/null
    . "$dir/server/env"
}

leave_stage() {
    sh "$QMGR_TOP/tests/server/nginx.sh" stop "$dir/server" || :
    for place in $stage_places; do
        sh "$QMGR_TOP/tools/wine.sh" --kill "$place" || :
    done
    rm -rf -- "$dir"
}
