#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each header of the SDK compiles alone, as C11 and as C++17, without a warning.
set -eu
srcdir=${srcdir:-.}
cc=${CC:-cc}
cxx=${CXX:-c++}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
include="-I$srcdir/sdk -I$srcdir/sdk/test ${JANSSON_CFLAGS:-}"
for header in plugin jansson fhtest; do
    printf '#include <flexhost/%s.h>\nint main(void) { return FH_OK; }\n' "$header" >"$folder/$header.c"
    # shellcheck disable=SC2086 # flags are several words
    $cc -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Werror $include -fsyntax-only "$folder/$header.c"
    command -v "$cxx" >/dev/null 2>&1 || { echo "no C++ compiler: C++17 is not tried"; continue; }
    # shellcheck disable=SC2086
    $cxx -std=c++17 -Wall -Wextra -Wpedantic -Werror $include -x c++ -fsyntax-only "$folder/$header.c"
done
