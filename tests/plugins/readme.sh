#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The action in the SDK's README is a whole plugin: it compiles without a warning, and plans.
set -eu
srcdir=${srcdir:-.}
if grep -q '^SANITIZE_CFLAGS = -f' Makefile 2>/dev/null; then
    echo "skipped: a sanitized test library needs its runtime in the program"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk '/^## / { action = /An action/ } action && /^```$/ { code = 0 } code { print }
    action && /^```c$/ { code = 1 }' "$srcdir/sdk/README.md" >"$folder/action.c"
module=$folder/action-restart.so
"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$srcdir/sdk" -fPIC -fvisibility=hidden -shared \
    -Wl,-z,defs -o "$module" "$folder/action.c"
cat >"$folder/test.c" <<'END'
#include <flexhost/fhtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int lacks(char *text, const char *words)
{
    int missing = !strstr(text, words);
    if (missing)
        printf("wanted %s\nin     %s\n", words, text);
    free(text);
    return missing;
}
int main(int argc, char **argv)
{
    char *why = NULL;
    struct fhtest *test = argc == 2 ? fhtest_open(argv[1], &why) : NULL;
    if (!test)
        return puts(why ? why : "no plugin given"), 1;
    int failed = lacks(fhtest_plan(test, NULL, "{}"), "/virtualMachines/PC-01/restart\"") +
                 lacks(fhtest_plan(test, NULL, "{}"), "PowerState/running") +
                 lacks(fhtest_observe(test, "{\"outputs\":{\"back\":{\"power\":\"on\"}}}"), "\"value\":\"on\"") +
                 lacks(fhtest_observe(test, "{}"), "\"Successful\"");
    fhtest_free(test);
    return failed != 0;
}
END
"${CC:-cc}" -std=c11 -I"$srcdir/sdk" -I"$srcdir/sdk/test" -o "$folder/test" "$folder/test.c" -Lsdk/test/.libs -lfhtest
LD_LIBRARY_PATH=$PWD/sdk/test/.libs "$folder/test" "$module"
