#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh AZURE-LOCAL SOURCE-DIR BUILD-DIR [ARM-CHECK]: Microsoft's clients against azure-local, once with the
# versions that they send by themselves, and once with the documented ones, recorded. That record, and the one of
# azure-local's own tests, are held against Microsoft's documents.
set -eu
program=$1 source=$2 work=$3/work arm_check=${4-}
say() { printf 'check-azure: %s\n' "$*"; }

for tool in node npm; do
    command -v "$tool" >/dev/null || { say "SKIPPED: there is no $tool here"; exit 77; }
done
[ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || { say "SKIPPED: Node.js 20 or newer is wanted"; exit 77; }

mkdir -p "$work"
for file in package.json package-lock.json .npmrc azure.mjs blob-account.mjs blob.test.mjs client.test.mjs \
    image.test.mjs page-blob.mjs vpn.test.mjs; do
    cmp -s "$source/$file" "$work/$file" || { rm -rf "$work/ready"; cp "$source/$file" "$work/$file"; }
done
[ -e "$work/ready" ] || (cd "$work" && npm ci --no-audit --no-fund --loglevel=error && touch ready)
sed -e 's/^page-size = .*/page-size = 2/' -e '/^role = Key Vault Crypto Officer/d' "$source/../azure-local/world.ini" >"$work/world.ini"

pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || :' EXIT
run() { # run AS_DOCUMENTED [OPTION...]
    versions=$1
    shift
    rm -f "$work/port"
    "$program" --quiet --port-file "$work/port" --ca-file "$work/ca.pem" --world "$work/world.ini" --time-scale 200 "$@" &
    pid=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ -s "$work/port" ] && break
        sleep 0.1
    done
    (cd "$work" && AS_DOCUMENTED=$versions AZURE_LOCAL="https://127.0.0.1:$(cat port)" \
        NODE_EXTRA_CA_CERTS=$PWD/ca.pem sh -ec 'node --test client.test.mjs
            node --test vpn.test.mjs
            node --test image.test.mjs
            export $(node blob-account.mjs)
            node --test blob.test.mjs')
    kill "$pid"
    wait "$pid" || :
    pid=
}

# The same tests of blobs against Microsoft's emulator, so that they hold azure-local to more than itself.
azurite() {
    key=$(head -c 32 /dev/urandom | base64)
    port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => {
        console.log(s.address().port); s.close(); })')
    AZURITE_ACCOUNTS=blobs:$key "$work/node_modules/.bin/azurite-blob" --silent --disableTelemetry \
        --skipApiVersionCheck --inMemoryPersistence --blobPort "$port" &
    pid=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        node -e "fetch('http://127.0.0.1:$port/').catch(() => process.exit(1))" && break
        sleep 0.3
    done
    (cd "$work" && AZURITE=yes BLOB_URL=http://127.0.0.1:$port/blobs BLOB_ACCOUNT=blobs BLOB_KEY=$key \
        node --test blob.test.mjs)
    say "an import, from Azurite"
    if command -v qemu-img >/dev/null; then
        BLOB_URL=http://127.0.0.1:$port/blobs BLOB_ACCOUNT=blobs BLOB_KEY=$key FLEXHOST_BUILD=${program%/tests/*} \
            "$source/import.tap" "$work"
    else
        say "SKIPPED: there is no qemu-img here"
    fi
    kill "$pid"
    wait "$pid" || :
    pid=
}

say "blobs, against Azurite"
azurite
say "with the versions that the clients send"
run ''
say "with the documented versions, recorded"
rm -f "$work/record.jsonl"
run yes --record "$work/record.jsonl"
if [ -n "$arm_check" ] && [ -x "$arm_check" ]; then
    "$arm_check" "$work/record.jsonl"
    rm -f "$work/semantics.jsonl"
    say "azure-local's own tests, recorded"
    AZURE_LOCAL_PROGRAM=$program AZURE_LOCAL_RECORD=$work/semantics.jsonl "${program%/*}/semantics.tap" >/dev/null
    "$arm_check" "$work/semantics.jsonl"
else
    say "SKIPPED: the records are not held against Microsoft's documents; set ARM_CHECK to the program that does it"
fi
