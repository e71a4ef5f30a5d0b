#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A plugin in C++17 compiles without a warning, exports the entry alone and is taken by the host.
set -eu
srcdir=${srcdir:-.}
cxx=${CXX:-c++}
command -v "$cxx" >/dev/null 2>&1 || { echo "skipped: no C++ compiler"; exit 77; }
if grep -q '^SANITIZE_CFLAGS = -f' Makefile 2>/dev/null; then
    echo "skipped: its exceptions would need the sanitizer's runtime"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
module=$folder/connection-cpp.so
"$cxx" -std=c++17 -Wall -Wextra -Wpedantic -Werror -I"$srcdir/sdk" -fPIC -fvisibility=hidden -shared \
    -Wl,-z,defs -Wl,--version-script="$srcdir/sdk/template/plugin.map" -o "$module" "$srcdir/tests/plugins/example.cpp"
./flexhost plugin check "$module" -o json >"$folder/findings" || { cat "$folder/findings"; exit 1; }
! grep -q '"rule": *"exports".*warning\|also exports' "$folder/findings" || { cat "$folder/findings"; exit 1; }
symbols=$(nm -D --defined-only "$module" | awk '$2 != "A" { print $3 }' | tr '\n' ' ')
[ "$symbols" = "fh_plugin_entry " ] || { echo "it exports $symbols"; exit 1; }
cat >"$folder/test.c" <<'END'
#include <flexhost/fhtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    char *why = NULL;
    struct fhtest *test = argc == 2 ? fhtest_open(argv[1], &why) : NULL;
    char *plan = test ? fhtest_plan(test, NULL, "{\"fields\":{\"address-range\":\"10.1.0.0/24\"}}") : why;
    puts(plan);
    int good = strstr(plan, "\"groupId\":\"${Group.id}\"") != NULL;
    free(plan);
    fhtest_free(test);
    return !good;
}
END
"${CC:-cc}" -std=c11 -I"$srcdir/sdk" -I"$srcdir/sdk/test" -o "$folder/test" "$folder/test.c" -Lsdk/test/.libs -lfhtest
LD_LIBRARY_PATH=$PWD/sdk/test/.libs "$folder/test" "$module"
