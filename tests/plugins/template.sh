#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The template builds out of tree with one make, through pkg-config, and its test passes.
# usage: template.sh [FOLDER-OF-PC-FILES TEMPLATE]; without arguments those of the build tree.
set -eu
srcdir=${srcdir:-.}
pc=${1:-$PWD/sdk}
template=${2:-$srcdir/sdk/template}
if grep -q '^SANITIZE_CFLAGS = -f' Makefile 2>/dev/null; then
    echo "skipped: a sanitized test library needs its runtime in the program"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$template/Makefile" "$template/plugin.c" "$template/plugin.map" "$template/test.c" "$folder"
chmod -R u+w "$folder"
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS DESTDIR
PKG_CONFIG_PATH=$pc
export PKG_CONFIG_PATH
make -C "$folder"
make -C "$folder" check
make -C "$folder" install DESTDIR="$folder/root"
find "$folder/root" -name connection-example.so | grep . >/dev/null
symbols=$(nm -D --defined-only "$folder/connection-example.so" | awk '{ print $3 }')
[ "$symbols" = fh_plugin_entry ] || { echo "it exports $symbols"; exit 1; }
