#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The completion script and the manual in the sources are what the command table gives now.
set -eu
srcdir=${srcdir:-.}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

./flexhost completion bash > "$scratch/flexhost"
./flexhost man | awk -v commands=- '/^@COMMANDS@$/ {
	while ((getline line < commands) > 0) print line; next } { print }' \
	"$srcdir/host/face/flexhost.1.in" > "$scratch/flexhost.1"

for file in host/face/bash/flexhost host/face/flexhost.1; do
	if ! cmp -s "$srcdir/$file" "$scratch/${file##*/}"; then
		echo "$file is stale: run make regenerate" >&2
		diff -u "$srcdir/$file" "$scratch/${file##*/}" | head -20 >&2
		exit 1
	fi
done

bash -n "$scratch/flexhost"
if command -v mandoc > /dev/null; then
	# Other manuals need not be installed where this one is tested.
	if mandoc -Tlint "$scratch/flexhost.1" 2> /dev/null | grep -v "referenced manual not found" >&2; then
		exit 1
	fi
fi
