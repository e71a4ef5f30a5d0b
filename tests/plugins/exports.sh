#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every module exports the one function of the contract, and the test library its own names alone.
set -eu
status=0
for module in plugins/.libs/*.so; do
    symbols=$(nm -D --defined-only "$module" | awk '{ print $3 }' | grep -v '^__\(asan\|ubsan\|odr_asan\)' | tr '\n' ' ')
    [ "$symbols" = "fh_plugin_entry " ] || { echo "$module exports $symbols"; status=1; }
done
others=$(nm -D --defined-only sdk/test/.libs/libfhtest.so | awk '{ print $3 }' | grep -v '^fhtest_\|^__' | tr '\n' ' ')
[ -z "$others" ] || { echo "libfhtest exports $others"; status=1; }
exit $status
