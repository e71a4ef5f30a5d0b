#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What flexhost costs, as ratios to something measured in the same run; prints a table and writes
# bench.json. A ratio of 1 or less keeps the promise.
#
#   BENCH_MACHINES (1000), BENCH_PLANNED (5000): how many machines are created, and planned
#   BENCH_TIME_SCALE (4): Azure's seconds in one of ours, for the run under Azure's buckets
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "$0")/../e2e/lib.sh"

measure=$top_builddir/tests/bench/measure
strike_library=$top_builddir/.libs/libstrike.so
count=${BENCH_MACHINES:-1000}
planned=${BENCH_PLANNED:-5000}
scale=${BENCH_TIME_SCALE:-4}
results=$scratch/results
: >"$results"

# result ITEM MEASURED UNIT AGAINST RATIO: a ratio of more than 1 breaks a promise.
result() {
    jq -cn --arg item "$1" --argjson measured "$2" --arg unit "$3" --arg against "$4" --argjson ratio "$5" \
        '{item: $item, measured: $measured, unit: $unit, against: $against, ratio: $ratio}' >>"$results"
    echo "measured: $1: $2 $3" >&2
}

ratio() { jq -n "(($1) / ($2) * 1000 | round) / 1000"; }

fail() {
    echo "bench: $*" >&2
    sed 's/^/  /' "$scratch/stderr" >&2
    exit 1
}

# costs COMMAND...: runs flexhost; its costs are in $scratch/costs.
costs() {
    "$measure" "$scratch/costs" "$flexhost_program" "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
}
cost() { jq "$1" "$scratch/costs"; }

# world SCALE PACE [OPTION...]: a fresh local Azure, configuration and connection. PACE goes into the
# INI; machines are looked at every ten seconds of Azure's, but never oftener than ten times a second.
world() {
    local scale=$1 pace=$2
    stop_azure
    rm -rf "$scratch/azure" "$scratch/state"
    azure_time_scale=$scale start_azure "${@:3}"
    poll_interval=$(jq -nr "10000 / $scale | if . < 100 then 100 else . end | round")ms write_config "$scratch"
    sed -i "s/^poll-interval/$pace\n&/" "$scratch/flexhost.ini"
    printf '\n[limits]\nmachines-per-subscription = %d\n' $((planned * 2)) >>"$scratch/flexhost.ini"
    flexhost connection create none lan --subscription managed || fail 'no connection'
}

catalog() {
    local name=$1 machines=$2
    shift 2
    costs catalog create "$name" --connection lan --image windows-11-pro \
        --persona knowledge-worker --users "$machines" --naming-scheme "$name-####" "$@"
}

machine_writes() { azure GET counts | jq '.operations["PUT Microsoft.Compute/virtualMachines"] // 0'; }

# Prints the seconds between the first and the last write of a machine, while the creation runs.
watch_writes() {
    local first='' now written
    while kill -0 "$1" 2>/dev/null; do
        written=$(machine_writes)
        now=$EPOCHREALTIME
        [[ -n $first || $written -eq 0 ]] || first=$now
        if [[ $written -ge $count ]]; then
            jq -n "$now - $first"
            return
        fi
        sleep 0.1
    done
    echo null
}

# Without a throttle: what the host itself costs a machine.
bench_host_cpu() {
    world 100 'pace = no' --no-throttle
    azure POST counts/reset >/dev/null
    local azure_before azure_after counts
    azure_before=$(awk '{ print $14 + $15 }' "/proc/$azure_pid/stat")
    FH_COUNTS=$scratch/counts LD_PRELOAD=$strike_library catalog fast "$count" || fail 'creation without a throttle'
    azure_after=$(awk '{ print $14 + $15 }' "/proc/$azure_pid/stat")
    counts=$(azure GET counts)
    result "host CPU for $count machines" "$(cost '.user + .system')" s '1,000 machines a second of CPU' \
        "$(ratio "$(cost '.user + .system')" "$count / 1000")"
    result 'azure-local CPU for the same' "$(jq -n "($azure_after - $azure_before) / 100")" s 'the host' \
        "$(ratio "($azure_after - $azure_before) / 100" "$(cost '.user + .system')")"
    result 'peak memory of the creation' "$(cost '.peakBytes / 1000000 | round')" MB '100 MB' "$(ratio "$(cost .peakBytes)" 100000000)"
    result 'fsyncs in one loop turn, at most' "$(jq .mostSyncsATurn "$scratch/counts")" '' '2' \
        "$(ratio "$(jq .mostSyncsATurn "$scratch/counts")" 2)"
    result 'writes a machine' "$(jq "(.operations[\"PUT Microsoft.Compute/virtualMachines\"] // 0) / $count" <<<"$counts")" '' '1' \
        "$(jq "(.operations[\"PUT Microsoft.Compute/virtualMachines\"] // 0) / $count" <<<"$counts")"
    result 'all requests a machine' "$(jq ".total / $count" <<<"$counts")" '' '2' "$(jq ".total / $count / 2" <<<"$counts")"
    result 'reads to watch a machine' "$(jq "(.methods.GET // 0) / $count" <<<"$counts")" '' 'one a machine' \
        "$(jq "(.methods.GET // 0) / $count" <<<"$counts")"
    azure POST counts/reset >/dev/null
    costs catalog delete fast --yes || fail 'deletion without a throttle'
    counts=$(azure GET counts)
    result 'deletes a machine' "$(jq "(.operations[\"DELETE Microsoft.Compute/virtualMachines\"] // 0) / $count" <<<"$counts")" '' '1' \
        "$(jq "(.operations[\"DELETE Microsoft.Compute/virtualMachines\"] // 0) / $count" <<<"$counts")"
}

# Under Azure's buckets: 200 writes at once, then 10 a second.
bench_buckets() {
    world "$scale" "write-burst = 200\\nwrite-rate = $((10 * scale))"
    azure POST counts/reset >/dev/null
    local creation seconds floor
    catalog paced "$count" &
    creation=$!
    seconds=$(watch_writes "$creation")
    wait "$creation" || fail 'creation under the buckets'
    floor=$(jq -n "($count - 200) / 10 / $scale")
    result "$count machines written under Azure's buckets" "$seconds" s "the buckets' floor, $floor s, and 10 %" \
        "$(ratio "$seconds" "$floor * 1.1")"
    result 'requests before their Retry-After' "$(azure GET counts | jq .violations)" '' 'none' \
        "$(azure GET counts | jq .violations)"
    result 'requests throttled' "$(azure GET counts | jq .throttled)" '' 'of all requests' \
        "$(azure GET counts | jq '.throttled / .total')"
}

bench_planning() {
    local small
    catalog some "$((planned / 10))" --dry-run || fail 'planning the tenth'
    small=$(cost .wall)
    catalog many "$planned" --dry-run || fail "planning $planned machines"
    result "planning $planned machines" "$(cost .wall)" s '1 s' "$(cost .wall)"
    result 'planning ten times as many' "$(ratio "$(cost .wall)" "$small")" times 'ten times as long' \
        "$(ratio "$(cost .wall)" "$small * 10")"
    result "memory to plan $planned machines" "$(cost '.peakBytes / 1000000 | round')" MB '100 MB' "$(ratio "$(cost .peakBytes)" 100000000)"
}

# The median of 21 starts, beside those of a program that does nothing.
median_start() {
    for _ in {1..21}; do
        "$measure" "$scratch/costs" "$@" >/dev/null 2>&1 </dev/null
        cost .wall
    done | sort -n | sed -n 11p
}

bench_start() {
    local start nothing
    start=$(median_start "$flexhost_program" connection list)
    nothing=$(median_start true)
    result 'cold start of connection list' "$(jq -n "$start * 1000")" ms '30 ms' "$(ratio "$start" 0.03)"
    result 'the start of a program that does nothing' "$(jq -n "$nothing * 1000")" ms 'that' "$(ratio "$nothing" "$start")"
}

bench_host_cpu
bench_planning
bench_start
bench_buckets

jq -s --argjson machines "$count" --argjson scale "$scale" '{machines: $machines, timeScale: $scale, results: .}' \
    "$results" >bench.json
jq -r '.results[] | [.item, .measured, .unit, .ratio, .against] | @tsv' bench.json |
    awk -F '\t' 'BEGIN { printf "%-46s %10s %-6s %7s  %s\n", "ITEM", "MEASURED", "", "RATIO", "AGAINST" }
                 { printf "%-46s %10.4g %-6s %7.3f  %s\n", $1, $2, $3, $4, $5 }'
