#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a Windows program in a throw-away Wine prefix in which this build's DLL is registered.
# usage: wine.sh i686|x86_64 PROGRAM [ARG…]
#        wine.sh --kill i686|x86_64      end all of the prefix's processes
#        wine.sh --check i686|x86_64     get Wine and the prefix ready, run nothing
#
# PROGRAM is a file of this machine, a Windows path, or a name that Wine knows (regsvr32).  Environment, standard
# streams and exit code are passed through; Wine cuts exit codes to 8 bits.  The prefix is
# build/WIDTH/prefix, made at first use.  QMGR_WINE_PREFIX names another one, in which nothing is registered.
# Files must lie below this checkout: 32-bit Wine may live in a root of its own, which sees nothing else.
# Exit code 77: there is no Wine of this width and none can be made.
#
# What a program leaves running keeps its output open: read it from a file, not from a pipe.
set -eu
. "$(dirname -- "$0")/lib.sh"

mode=run
case ${1-} in
    --kill | --check)
        mode=${1#--}
        shift
        ;;
esac
width=${1-}
is_width "$width" || die "usage: wine.sh [--kill|--check] i686|x86_64 PROGRAM [ARG…]"
shift
[ "$mode" != run ] || [ $# -gt 0 ] || die "which program?"

prefix=${QMGR_WINE_PREFIX:-$QMGR_BUILD/$width/prefix}
root=$QMGR_BUILD/wine32-root        # holds a Debian for i386 with its Wine, if the system has none
libexec=/usr/lib/wine               # where Debian keeps the programs proper, behind its wrappers
dll=$QMGR_BUILD/$width/QmgrPrxy.dll
idle=10                             # seconds for which the prefix's server outlives its last program

# --- Finding Wine -------------------------------------------------------------------------------------------

no_wine() {
    warn "no $width Wine here: $*"
    exit 77
}

make_root() {
    [ "$(id -u)" -eq 0 ] || no_wine "the package wine32 is not installed, and only root can make a root for it"
    unshare --mount true 2>/dev/null || no_wine "mount namespaces are not allowed here"
    command -v debootstrap >/dev/null || sh "$QMGR_TOP/tools/setup.sh"
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")
    [ -n "$(debian_archives)" ] || root apt-get -q update >/dev/null 2>&1 || :
    mirror=$(debian_archives | awk -v suite="$codename" '$2 == suite { print $1; exit }')
    [ -n "$mirror" ] || no_wine "apt knows no Debian archive to make a root from"
    say "wine: making a 32-bit Debian with Wine below build/ (about a minute)" >&2
    # debootstrap bears no space in the path.
    new=$root.new
    case $new in
        *[[:space:]]*) new=$(mktemp -d)/root ;;
    esac
    rm -rf -- "$new"
    mkdir -p -- "$QMGR_BUILD/log"
    debootstrap --arch=i386 --variant=minbase --include=wine32 \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        "$codename" "$new" "$mirror" >"$QMGR_BUILD/log/wine32-root.txt" 2>&1 ||
        {
            tail -n 20 "$QMGR_BUILD/log/wine32-root.txt" >&2
            no_wine "debootstrap failed"
        }
    rm -rf -- "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
    cp /etc/hosts "$new/etc/hosts"
    mv -- "$new" "$root"
}

# Sets how: the way to run this width's Wine, "system" or "root".
find_wine() {
    if [ "$width" = x86_64 ]; then
        [ -x $libexec/wine64 ] || sh "$QMGR_TOP/tools/setup.sh"
        [ -x $libexec/wine64 ] || no_wine "the package wine64 is not installed"
        loader=$libexec/wine64
        server=$libexec/wineserver64
        arch=win64
        how=system
        return
    fi
    loader=$libexec/wine
    server=$libexec/wineserver32
    arch=win32
    how=system
    [ ! -x $loader ] || return 0
    how=root
    [ ! -d "$root" ] || return 0
    mkdir -p -- "$QMGR_BUILD"
    exec 8>"$root.lock"
    flock 8
    [ -d "$root" ] || make_root
    exec 8>&-
}

# enter COMMAND [ARG…]: replaces this shell by COMMAND, inside the root if Wine lives there.  The mounts are made in
# a name space of their own and vanish with the last process in it.
enter() {
    if [ "$how" = system ]; then
        exec "$@"
    fi
    # shellcheck disable=SC2016  # for the inner shell
    exec unshare --mount -- /bin/sh -c '
        root=$1 top=$2 here=$3
        shift 3
        mkdir -p -- "$root$top" &&
            mount --bind /proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --bind /sys "$root/sys" &&
            mount --bind "$top" "$root$top" || exit 77
        case $here/ in
            "$top"/*) ;;
            *) here=$top ;;
        esac
        exec chroot "$root" /bin/sh -c "cd -- \"\$1\" && shift && exec \"\$@\"" sh "$here" "$@"
    ' sh "$root" "$QMGR_TOP" "$(pwd -P)" "$@"
}

# wine COMMAND [ARG…]: for our own errands: no streams, no locks handed on.
wine() {
    (enter "$loader" "$@") </dev/null >/dev/null 2>&1 8>&- 9>&-
}

wineserver() {
    (enter "$server" "$@") </dev/null >/dev/null 2>&1 8>&- 9>&-
}

# Nothing to end where nothing was made.
[ "$mode" != kill ] || [ -d "$prefix" ] || exit 0
find_wine
unset DISPLAY
export WINEPREFIX="$prefix" WINEARCH="$arch" LC_ALL=C.UTF-8
export WINEDEBUG="${WINEDEBUG--all}"
# Wine has a qmgrprxy.dll of its own, which it loads in the place of any file of that name, wherever it lies, unless
# told otherwise.  Nothing offers to download Mono and Gecko, nothing writes desktop menus.
export WINEDLLOVERRIDES="${WINEDLLOVERRIDES:+$WINEDLLOVERRIDES;}qmgrprxy=n,b;mscoree,mshtml,winemenubuilder.exe="

if [ "$mode" = kill ]; then
    wineserver -k || :
    wineserver -w || :
    exit 0
fi

# --- The prefix ---------------------------------------------------------------------------------------------

prepare() {
    if [ ! -e "$prefix/.qmgr-ready" ]; then
        say "wine: making the $width prefix" >&2
        rm -rf -- "$prefix"
        mkdir -p -- "$prefix"
        wineserver -p$idle || :
        wine wineboot -i || die "wineboot failed"
        : >"$prefix/.qmgr-ready"
    fi
    if [ -z "${QMGR_WINE_PREFIX-}" ] && [ -e "$dll" ] &&
        { [ ! -e "$prefix/.qmgr-registered" ] || [ -n "$(find "$dll" -newer "$prefix/.qmgr-registered")" ]; }; then
        # Programs that have the former DLL open must go: its file was written anew under them.
        if [ -e "$prefix/.qmgr-registered" ]; then
            wineserver -k || :
            wineserver -w || :
            wineserver -p$idle || :
        fi
        touch -r "$dll" "$prefix/.qmgr-new"
        wine regsvr32 /s "$(windows_path "$dll")" || die "regsvr32 could not register $dll"
        mv -- "$prefix/.qmgr-new" "$prefix/.qmgr-registered"
    fi
}

mkdir -p -- "$(dirname -- "$prefix")"
exec 9>"$prefix.lock"
flock 9
prepare
# Wine's own services are started by the first program and would inherit its streams, so the first is ours.
# The server says no if it is there already.
if wineserver -p$idle; then
    wine cmd /c exit || :
fi
exec 9>&-
[ "$mode" = run ] || exit 0

program=$1
shift
if [ -f "$program" ]; then
    program=$(cd -- "$(dirname -- "$program")" && pwd -P)/$(basename -- "$program")
fi
enter "$loader" "$program" "$@"
