#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sparse page blob from one local server to another, by flexhost and by Microsoft's azcopy, in the same
# run; prints both and their ratio, and writes bench-copy.json. A ratio of 1 or less keeps the promise.
#
#   BENCH_COPY_DATA (512): MiB of data in the 8 GiB of the blob
#   BENCH_COPY_ROUNDS (3): how often each copies; the medians count
#   AZCOPY: the program; without it npm fetches it (it needs the library libsecret, Debian: libsecret-1-0)
# shellcheck source=tests/copy/lib.sh
source "$(dirname "$0")/../copy/lib.sh"

measure=$top_builddir/tests/bench/measure
data=${BENCH_COPY_DATA:-512}
rounds=${BENCH_COPY_ROUNDS:-3}
size=$((8 * 1024 * megabyte))
results=$scratch/results
: >"$results"

fail() {
    echo "bench: $*" >&2
    exit 1
}

# result ITEM MEASURED UNIT AGAINST RATIO
result() {
    jq -cn --arg item "$1" --argjson measured "$2" --arg unit "$3" --arg against "$4" --argjson ratio "$5" \
        '{item: $item, measured: $measured, unit: $unit, against: $against, ratio: $ratio}' >>"$results"
}

ratio() { jq -n "(($1) / ($2) * 1000 | round) / 1000"; }

# Pieces of 4 MiB, evenly spread, where a grid of 4 MiB cuts none of them: azcopy moves by such a grid.
fill_source() {
    local pieces=$((data / 4)) piece step
    step=$((size / pieces - size / pieces % (4 * megabyte)))
    make_pages big "$size"
    for ((piece = 0; piece < pieces; piece++)); do
        random $((4 * megabyte)) | put_pages big $((step * piece))
    done
}

find_azcopy() {
    [[ -z ${AZCOPY-} ]] || return 0
    command -v npm >/dev/null || return 1
    (cd "$scratch" && npm install --no-audit --no-fund --loglevel=error --prefix "$scratch/npm" @azure-tools/azcopy-linux) >&2 || return 1
    AZCOPY=$scratch/npm/node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64
    chmod +x "$AZCOPY" && "$AZCOPY" --version >&2
}

# What the target was sent since this line of its record: bytes by Put Page.
bytes_since() {
    tail -n "+$(($1 + 1))" "$scratch/record.jsonl" | grep '"x-ms-copy-source"' |
        jq -s '[.[].request.headers["x-ms-range"] | capture("=(?<a>[0-9]+)-(?<b>[0-9]+)") | (.b | tonumber) - (.a | tonumber) + 1] | add'
}

record_lines() { wc -l <"$scratch/record.jsonl"; }

copy_by_flexhost() {
    local before
    make_pages "by-flexhost-$1" "$size"
    secret target "$(blob_url "by-flexhost-$1" "$write_sas")"
    before=$(record_lines)
    "$measure" "$scratch/flexhost-$1.json" "$flexhost_program" connection create copied "c$1" --subscription managed \
        --source-file "$scratch/source.url" --target-file "$scratch/target.url" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null ||
        fail "flexhost: $(cat "$scratch/stderr")"
    bytes_since "$before" >"$scratch/flexhost-$1.bytes"
}

copy_by_azcopy() {
    local before
    before=$(record_lines)
    SSL_CERT_FILE=$scratch/both.pem AZCOPY_LOG_LOCATION=$scratch/azcopy AZCOPY_JOB_PLAN_LOCATION=$scratch/azcopy \
        AZCOPY_DISABLE_SYSLOG=true "$measure" "$scratch/azcopy-$1.json" "$AZCOPY" copy "$source_url" "$(blob_url "by-azcopy-$1" "$write_sas")" \
        --from-to BlobBlob --blob-type PageBlob --s2s-preserve-access-tier=false --skip-version-check >"$scratch/stdout" 2>"$scratch/stderr" </dev/null ||
        fail "azcopy: $(tail -n 30 "$scratch/stdout" "$scratch/stderr")"
    bytes_since "$before" >"$scratch/azcopy-$1.bytes"
}

# median PROGRAM FILTER
median() { jq -s "map($2) | sort | .[length / 2 | floor]" "$scratch/$1"-*.json; }

azure_folder=$scratch/from start_azure --no-throttle
from_pid=$azure_pid
trap 'kill "$from_pid" 2>/dev/null; tidy_up' EXIT
cp "$azure_ca" "$scratch/both.pem"
make_account
fill_source
source_url=$(blob_url big "$(sign r)")
secret source "$source_url"
azure_folder=$scratch/to start_azure --no-throttle --record "$scratch/record.jsonl"
cat "$azure_ca" >>"$scratch/both.pem"
write_copy_config
cp "$scratch/both.pem" "$scratch/ca.pem"
make_account

compared=yes
find_azcopy || compared=
for ((round = 1; round <= rounds; round++)); do
    copy_by_flexhost "$round"
    [[ -z $compared ]] || copy_by_azcopy "$round"
done

# against FILTER: azcopy's median, and the ratio to it; "null" where there is no azcopy.
against() { if [[ -z $compared ]]; then echo null; else ratio "$(median flexhost "$1")" "$(median azcopy "$1")"; fi; }
words() { if [[ -z $compared ]]; then echo 'azcopy, which cannot be had here'; else echo "azcopy, $(median azcopy "$1") $2"; fi; }

result "$data MiB in 8 GiB copied by flexhost" "$(median flexhost .wall)" s "$(words .wall s)" "$(against .wall)"
result 'bytes moved' "$(cat "$scratch/flexhost-1.bytes")" B "the source's data, $((data * megabyte)) B" "$(ratio "$(cat "$scratch/flexhost-1.bytes")" "$data * $megabyte")"
[[ -z $compared ]] || result 'bytes moved by azcopy' "$(cat "$scratch/azcopy-1.bytes")" B 'the same' "$(ratio "$(cat "$scratch/azcopy-1.bytes")" "$data * $megabyte")"
result 'peak memory of flexhost' "$(median flexhost '.peakBytes / 1000000 | round')" MB '64 MB' "$(ratio "$(median flexhost .peakBytes)" 64000000)"
result 'the same beside azcopy' "$(median flexhost '.peakBytes / 1000000 | round')" MB "$(words '.peakBytes / 1000000 | round' MB)" "$(against .peakBytes)"
result 'CPU of flexhost' "$(median flexhost '.user + .system')" s "$(words '.user + .system' s)" "$(against '.user + .system')"
[[ $(sum_of "$(blob_url by-flexhost-1 "$write_sas")") == "$(curl -sk "$source_url" | sha256sum)" ]] || fail 'the copy has other bytes than the source'

jq -s --argjson data "$data" '{dataMiB: $data, results: .}' "$results" >bench-copy.json
jq -r '.results[] | [.item, .measured, .unit, .ratio // "-", .against] | @tsv' bench-copy.json |
    awk -F '\t' '{ printf "%-46s %10.4g %-6s %7s  %s\n", $1, $2, $3, $4, $5 }'
