#!/bin/sh
# SPDX-License-Identifier: MIT
# How a background group shares a link: two network namespaces with a cable between them that carries so many megabits per
# second, nginx at one end, at the other the DLL under Wine with a group of three large files, and after a while a
# foreground load beside it, which is curl.  Prints what each got.  Needs root, and a kernel with namespaces, veth and tbf.
# usage: rate-bench.sh [MBIT]        default 20
#
# QMGR_WIDTHS  which DLLs (default: both)
set -eu
widths=${QMGR_WIDTHS-}
. "$(dirname -- "$0")/lib.sh"
[ -z "$widths" ] || QMGR_WIDTHS=$widths

mbit=${1:-20}
alone_s=15      # the group alone
load_s=30       # with the load beside it
after_s=10      # alone again
notice_s=3      # that it is given to notice the load, before its share is taken

# shellcheck disable=SC2086  # a list of words
sh "$QMGR_TOP/tools/build.sh" $QMGR_WIDTHS
dir=$(mktemp -d "$QMGR_BUILD/rate-bench-XXXXXX")
near=qmgr-near-$$
far=qmgr-far-$$
server=192.0.2.1        # an address that no network has

# The processes that this script has started are those in its namespaces.
leave() {
    for place in $QMGR_WIDTHS; do
        sh "$QMGR_TOP/tools/wine.sh" --kill "$place" || :
    done
    for space in $near $far; do
        for process in $(ip netns pids "$space" 2>/dev/null); do
            kill "$process" 2>/dev/null || :
        done
        ip netns delete "$space" 2>/dev/null || :
    done
    rm -rf -- "$dir"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- The link -----------------------------------------------------------------------------------------------
ip netns add "$near"
ip netns add "$far"
ip -n "$far" link add uplink type veth peer name downlink netns "$near"
ip -n "$far" address add $server/30 dev uplink
ip -n "$near" address add 192.0.2.2/30 dev downlink
for end in "$far uplink" "$near downlink" "$near lo"; do
    # shellcheck disable=SC2086  # two words
    ip -n ${end% *} link set ${end#* } up
done
tc -n "$far" qdisc add dev uplink root tbf rate "${mbit}mbit" burst 32kb latency 100ms

mkdir "$dir/www" "$dir/tmp" "$dir/out"
truncate -s 8G "$dir/www/1" "$dir/www/2" "$dir/www/3" "$dir/www/load"
cat >"$dir/nginx.conf" <<END
user root;
worker_processes 1;
pid "$dir/nginx.pid";
events { }
http {
    access_log off;
    sendfile on;
    client_body_temp_path "$dir/tmp";
    proxy_temp_path "$dir/tmp";
    fastcgi_temp_path "$dir/tmp";
    uwsgi_temp_path "$dir/tmp";
    scgi_temp_path "$dir/tmp";
    server {
        listen $server:80;
        root "$dir/www";
    }
}
END
ip netns exec "$far" nginx -e "$dir/error.log" -c "$dir/nginx.conf"

# --- What is measured ---------------------------------------------------------------------------------------
now() {
    date +%s%3N
}

# load SECONDS: curl, into $dir/load.
load() {
    rm -f -- "$dir/load"
    timeout "$1" ip netns exec "$near" curl -s -o "$dir/load" "http://$server/load" || :
}

# Four times a second: milliseconds, bytes that came over the link, bytes that the load has.
watch_link() {
    # shellcheck disable=SC2016  # for the inner shell
    ip netns exec "$near" sh -c 'while sleep 0.25; do
        echo "$(date +%s%3N) $(cat /sys/class/net/downlink/statistics/rx_bytes) $(stat -c %s "$1" 2>/dev/null || echo 0)"
    done' sh "$dir/load" >"$dir/samples" &
}

group() {
    QMGRPRXY_HOST=off QMGRPRXY_HOME=$(windows_path "$dir/home-$1") ip netns exec "$near" \
        sh "$QMGR_TOP/tools/wine.sh" "$1" "$QMGR_BUILD/$1/qmgrctl.exe" get --progress=never \
        "http://$server/1" "$(windows_path "$dir/out/1")" "http://$server/2" "$(windows_path "$dir/out/2")" \
        "http://$server/3" "$(windows_path "$dir/out/3")" >"$dir/group" 2>&1 &
}

# report WIDTH LINK: one row from $dir/samples, $began, $loaded and $ended; LINK is what the load has alone, in bytes per
# second of content.  A packet of 1,514 bytes carries 1,448 of those.
report() {
    awk -v width="$1" -v link="$2" -v began="$began" -v loaded="$loaded" -v ended="$ended" -v notice="$notice_s" '
        { t[NR] = $1; fg[NR] = $3; bg[NR] = $2 * 1448 / 1514 - $3 }
        $1 >= began && !a { a = NR }
        $1 < loaded { b = NR }
        $1 >= loaded + notice * 1000 && !c { c = NR }
        $1 < ended { d = NR }
        # Of group or load between two samples, as a part of the link.
        function share(of, i, j) { return (of[j] - of[i]) / (t[j] - t[i]) * 1000 / link }
        END {
            for (i = b; i <= NR - 4 && share(bg, i, i + 4) > 0.15; i++);
            yielded = t[i] < loaded ? 0 : (t[i] - loaded) / 1000
            for (j = d; j <= NR - 4 && share(bg, j, j + 4) < 0.9; j++);
            back = j <= NR - 4 ? sprintf("%.1f s", (t[j] - ended) / 1000) : "never"
            printf "| %s | %.0f %% | %.1f %% | %.0f %% | %.1f s | %s |\n", width, 100 * share(bg, a, b),
                100 * share(bg, c, d), 100 * share(fg, c, d), yielded, back
        }' "$dir/samples"
}

load 10
link=$(($(stat -c %s "$dir/load") / 10))
say "$mbit Mbit/s; the load alone has $link bytes per second, which is 100 %"
say
say '| | group alone | group beside the load | load beside the group | yields within | back to 90 % within |'
say '|---|---|---|---|---|---|'
for width in $QMGR_WIDTHS; do
    # Sockets belong to the prefix's server, which must therefore be a new one, inside.
    sh "$QMGR_TOP/tools/wine.sh" --check "$width"
    sh "$QMGR_TOP/tools/wine.sh" --kill "$width"
    rm -rf -- "$dir/load" "${dir:?}/out"
    mkdir "$dir/out"
    watch_link
    watcher=$!
    group "$width"
    downloads=$!
    sleep 8
    kill -0 "$downloads" 2>/dev/null || die "the group has ended: $(cat -- "$dir/group")"
    began=$(now)
    sleep "$alone_s"
    loaded=$(now)
    load "$load_s"
    ended=$(now)
    sleep "$after_s"
    kill "$watcher" || :
    sh "$QMGR_TOP/tools/wine.sh" --kill "$width"
    report "$width" "$link"
done
