#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the C files are formatted as .clang-format says.
# usage: format.sh [--fix]
set -eu
. "$(dirname -- "$0")/lib.sh"
cd -- "$QMGR_TOP"

case ${1-} in
    '') set -- --dry-run --Werror ;;
    --fix) set -- -i ;;
    *) die "usage: format.sh [--fix]" ;;
esac
command -v clang-format >/dev/null || sh tools/setup.sh
find include src tests -name '*.[ch]' -print0 2>/dev/null | xargs -0 -r clang-format "$@"
