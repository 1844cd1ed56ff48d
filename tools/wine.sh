#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a Windows program in a throw-away Wine prefix in which this build's DLL is registered.
# usage: wine.sh i686|x86_64|wow64 PROGRAM [ARG…]
#        wine.sh --kill i686|x86_64|wow64      end all of the prefix's processes
#        wine.sh --check i686|x86_64|wow64     get Wine and the prefix ready, run nothing
#
# i686 is a 32-bit Windows, x86_64 a 64-bit one without 32-bit programs.  wow64 runs programs of both widths, as 64-bit
# Windows does, and has the DLLs of both registered: its programs share mutexes, events and registry.
#
# PROGRAM is a file of this machine, a Windows path, or a name that Wine knows (regsvr32; in wow64 the 64-bit one, the
# other is C:\windows\syswow64\regsvr32.exe).  Environment, standard streams and exit code are passed through; Wine cuts
# exit codes to 8 bits.  A file of this machine runs in the very process that wine.sh was started as, and can be killed
# by that number; a 32-bit program that is given otherwise is a child of it in wow64.  The prefix is
# build/i686/prefix and so on, made at first use.  QMGR_WINE_PREFIX names another one, in which nothing is registered.
# Files must lie below this checkout: 32-bit Wine may live in a root of its own, which sees nothing else.
# Exit code 77: there is no such Wine and none can be made.
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
place=${1-}
is_wine "$place" || die "usage: wine.sh [--kill|--check] i686|x86_64|wow64 PROGRAM [ARG…]"
shift
[ "$mode" != run ] || [ $# -gt 0 ] || die "which program?"

prefix=${QMGR_WINE_PREFIX:-$QMGR_BUILD/$place/prefix}
root=$QMGR_BUILD/wine32-root        # holds a Debian for i386 with its Wine, if the system has none
libexec=/usr/lib/wine               # where Debian keeps the programs proper, behind its wrappers
idle=10                             # seconds for which the prefix's server outlives its last program

# --- Finding Wine -------------------------------------------------------------------------------------------

no_wine() {
    warn "no $place Wine here: $*"
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
    # What Wine has of NTLM is winbind's ntlm_auth.
    debootstrap --arch=i386 --variant=minbase --include=wine32,winbind \
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

need_wine64() {
    [ -x $libexec/wine64 ] || sh "$QMGR_TOP/tools/setup.sh"
    [ -x $libexec/wine64 ] || no_wine "the package wine64 is not installed"
}

# Sets how: the way to run 32-bit Wine, "system" or "root".
find_wine32() {
    how=system
    [ ! -x $libexec/wine ] || return 0
    how=root
    [ ! -d "$root" ] || return 0
    mkdir -p -- "$QMGR_BUILD"
    exec 8>"$root.lock"
    flock 8
    [ -d "$root" ] || make_root
    exec 8>&-
}

# Sets how; the loader that runs programs by default, the server, the kind of prefix, the widths whose DLLs belong into
# it; and what the system lends to the root.  Debian lays the files of the two widths out so that they can stand in one
# tree: with the 64-bit Wine and the libraries that it needs the root is like a system that has both.
find_wine() {
    loader=$libexec/wine64
    server=$libexec/wineserver64
    arch=win64
    widths=$place
    lent=
    case $place in
        x86_64)
            need_wine64
            how=system
            ;;
        i686)
            find_wine32
            loader=$libexec/wine
            server=$libexec/wineserver32
            arch=win32
            ;;
        wow64)
            need_wine64
            find_wine32
            widths=$QMGR_WIDTHS
            lent="/lib64 /usr/lib/x86_64-linux-gnu $loader $server"
            ;;
    esac
}

# is_32bit FILE: it is a Windows program for 32 bits; a PE header says so behind its signature.
is_32bit() {
    header=$(od -An -tu4 -j60 -N4 -- "$1" | tr -d ' ')
    [ -n "$header" ] && [ "$(od -An -tx2 -j"$((header + 4))" -N2 -- "$1" 2>/dev/null | tr -d ' ')" = 014c ]
}

# enter COMMAND [ARG…]: replaces this shell by COMMAND, inside the root if Wine lives there.  The mounts are made in
# a name space of their own and vanish with the last process in it.
enter() {
    if [ "$how" = system ]; then
        exec "$@"
    fi
    # shellcheck disable=SC2016  # for the inner shell
    exec unshare --mount -- /bin/sh -c '
        root=$1 top=$2 here=$3 lent=$4
        shift 4
        # With what is mounted below the checkout, and first, lest it take the others along.
        mkdir -p -- "$root$top" &&
            mount --rbind "$top" "$root$top" &&
            mount --bind /proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --bind /sys "$root/sys" || exit 77
        for path in $lent; do
            if [ -d "$path" ]; then mkdir -p -- "$root$path"; else : >>"$root$path"; fi &&
                mount --bind "$path" "$root$path" || exit 77
        done
        case $here/ in
            "$top"/*) ;;
            *) here=$top ;;
        esac
        exec chroot "$root" /bin/sh -c "cd -- \"\$1\" && shift && exec \"\$@\"" sh "$here" "$@"
    ' sh "$root" "$QMGR_TOP" "$(pwd -P)" "$lent" "$@"
}

# wine COMMAND [ARG…]: for our own errands: no streams, no locks handed on.
wine() {
    (enter "$loader" "$@") </dev/null >/dev/null 2>&1 8>&- 9>&-
}

wineserver() {
    (enter "$server" "$@") </dev/null >/dev/null 2>&1 8>&- 9>&-
}

end_all() {
    wineserver -k || :
    wineserver -w || :
}

# Nothing to end where nothing was made.
[ "$mode" != kill ] || [ -d "$prefix" ] || exit 0
find_wine
unset DISPLAY
export WINEPREFIX="$prefix" WINEARCH="$arch" WINESERVER="$server" LC_ALL=C.UTF-8
export WINEDEBUG="${WINEDEBUG--all}"
# Wine has a qmgrprxy.dll of its own, which it loads in the place of any file of that name, wherever it lies, unless
# told otherwise.  Nothing offers to download Mono and Gecko, nothing writes desktop menus.
export WINEDLLOVERRIDES="${WINEDLLOVERRIDES:+$WINEDLLOVERRIDES;}qmgrprxy=n,b;mscoree,mshtml,winemenubuilder.exe="

if [ "$mode" = kill ]; then
    end_all
    exit 0
fi

# --- The prefix ---------------------------------------------------------------------------------------------

# Two Wines that are not of one version do not talk to each other.
check_versions() {
    [ "$place" = wow64 ] || return 0
    of64=$( (enter $libexec/wine64 --version) </dev/null 2>/dev/null 9>&- || :)
    of32=$( (enter $libexec/wine --version) </dev/null 2>/dev/null 9>&- || :)
    [ "$of64" = "$of32" ] ||
        no_wine "64-bit Wine is '$of64' and 32-bit Wine '$of32'; if that is in build/wine32-root, delete it"
}

make_prefix() {
    check_versions
    say "wine: making the $place prefix" >&2
    rm -rf -- "$prefix"
    mkdir -p -- "$prefix"
    wineserver -p$idle || :
    wine wineboot -i || die "wineboot failed"
    : >"$prefix/.qmgr-ready"
}

# register WIDTH: this width's DLL, with the regsvr32 that can load it.
register() {
    dll=$QMGR_BUILD/$1/QmgrPrxy.dll
    regsvr32=regsvr32
    [ "$place/$1" != wow64/i686 ] || regsvr32='C:\windows\syswow64\regsvr32.exe'
    touch -r "$dll" "$prefix/.qmgr-new"
    wine "$regsvr32" /s "$(windows_path "$dll")" || die "regsvr32 could not register $dll"
    mv -- "$prefix/.qmgr-new" "$prefix/.qmgr-registered-$1"
}

register_new() {
    new=
    again=
    for width in $widths; do
        dll=$QMGR_BUILD/$width/QmgrPrxy.dll
        mark=$prefix/.qmgr-registered-$width
        [ -e "$dll" ] || continue
        if [ ! -e "$mark" ]; then
            new="$new $width"
        elif [ -n "$(find "$dll" -newer "$mark")" ]; then
            new="$new $width"
            again=yes
        fi
    done
    # Programs that have the former DLL open must go: its file was written anew under them.
    if [ -n "$again" ]; then
        end_all
        wineserver -p$idle || :
    fi
    for width in $new; do
        register "$width"
    done
}

mkdir -p -- "$(dirname -- "$prefix")"
exec 9>"$prefix.lock"
flock 9
[ -e "$prefix/.qmgr-ready" ] || make_prefix
[ -n "${QMGR_WINE_PREFIX-}" ] || register_new
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
    # The 64-bit loader would start it as a child.
    [ "$place" != wow64 ] || ! is_32bit "$program" || loader=$libexec/wine
fi
enter "$loader" "$program" "$@"
