# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A catalog is created and deleted while something strikes; afterwards the local Azure must hold
# byte for byte what it holds after a run that nothing disturbed. Sourced by the tests beside it.

# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

strike_library=$top_builddir/.libs/libstrike.so

[[ -z ${FLEXHOST_SKIP_CRASH-} ]] || skip_all 'FLEXHOST_SKIP_CRASH is set'

# Not through a pipe to grep -q: with pipefail, ldd dies of the closed pipe now and then, and "no" is the answer.
sanitized() { [[ $(ldd "$flexhost_program") == *libasan* ]]; }

# Preloading needs a program that is not itself instrumented.
need_strike_library() {
    if sanitized; then
        skip_all "the sanitizers' runtime must be loaded first, so nothing can be preloaded"
    fi
    [[ -e $strike_library ]] || skip_all "no $strike_library"
}

create_catalog() {
    flexhost catalog create tiny --connection lan --image ubuntu-22-04-multi --persona task-worker-medium \
        --users 16 --naming-scheme tiny-##
}

delete_catalog() { flexhost catalog delete tiny --yes; }

# All that the local Azure holds, but for the digests of what was sent: a machine's digest covers its
# password, which is made anew for each creation.
holdings() { azure_state | jq 'walk(if type == "object" then del(."flexhost-digest") else . end)'; }

# Prepares a world with a connection, and learns what an undisturbed run leaves.
prepare() {
    start_azure
    write_config "$scratch"
    [[ -n ${connection_type-} ]] || flexhost connection create none lan --subscription managed || bail_out "connection: $(cat "$scratch/stderr")"
    holdings >"$scratch/without"
    create_catalog || bail_out "undisturbed creation: $(cat "$scratch/stderr")"
    holdings >"$scratch/with"
    delete_catalog || bail_out "undisturbed deletion: $(cat "$scratch/stderr")"
    same "an undisturbed deletion leaves what was there before" "$(cat "$scratch/without")" "$(holdings)"
}

catalog_is_ready() { flexhost catalog show tiny -o json && [[ $(jq -r .statusLabel "$scratch/stdout") == 'Ready to use' ]]; }

unfinished() {
    flexhost operation list -o json || return
    jq -r '.[] | select(.status != "Succeeded" and .status != "Canceled") | .id' "$scratch/stdout"
}

resume_all() {
    local id
    for id in $(unfinished); do
        flexhost operation resume "$id" || true
    done
}

# What an operator does after a crash: resume what was begun, or give the command again.
recover_create() {
    for _ in 1 2 3; do
        resume_all
        catalog_is_ready && return 0
        create_catalog || true
    done
    catalog_is_ready
}

recover_delete() {
    for _ in 1 2 3; do
        resume_all
        flexhost catalog show tiny || return 0
        delete_catalog || true
    done
    ! flexhost catalog show tiny
}

# compare DESCRIPTION FILE [FILTER]: the local Azure holds what the file says, nothing twice, nothing
# left; the filter takes away what may differ.
compare() {
    local differences
    differences=$(diff <(jq "${3-.}" "$2") <(holdings | jq "${3-.}"))
    report $? "$1" || diag "$(head -n 40 <<<"$differences")"
}

# struck NAME=VALUE COMMAND...: runs with the strike in the environment; true when it was hit, that
# is, when the program did not end well by itself.
struck() {
    local strike=$1
    shift
    local -x LD_PRELOAD=$strike_library
    local -x "${strike?}"
    ! "$@"
}

# strike_at OPERATION N STRIKE STATUS WANTED: one visit of creation or deletion; an operation that
# ended before its strike runs undisturbed from then on.
declare -A unstruck
surprises=0

# Something else than the strike ends the program: going on to the last moment would only repeat it.
surprised() {
    surprises=$((surprises + 1))
    [[ $surprises -lt 3 ]] || bail_out "exit status $exit_status: $(head -c 500 "$scratch/stderr")"
}

strike_at() {
    local operation=$1 n=$2 strike=$3 status=$4 wanted=$5 label
    label="$operation, $strike"
    if [[ -n ${unstruck[$operation]-} ]]; then
        "${operation}_catalog"
        report $? "$operation, undisturbed"
    elif struck "$strike" "${operation}_catalog"; then
        same "$label: ends with exit status $status" "$status" "$exit_status" || surprised
        "recover_$operation"
        report $? "$label: is completed afterwards"
    else
        unstruck[$operation]=$n
    fi
    compare "$label: leaves what an undisturbed run leaves" "$wanted"
}

# visit STRIKE-PREFIX SUFFIX STATUS: strikes creation and deletion at n = 1, 2, 3 ... until neither
# is hit any more.
visit() {
    local prefix=$1 suffix=$2 status=$3 n=0
    unstruck=()
    while [[ ${#unstruck[@]} -lt 2 ]]; do
        n=$((n + 1))
        strike_at create "$n" "$prefix$n$suffix" "$status" "$scratch/with"
        strike_at delete "$n" "$prefix$n$suffix" "$status" "$scratch/without"
        [[ $n -lt 500 ]] || bail_out "$prefix: no run ended unstruck"
    done
    diag "$prefix: $((unstruck[create] - 1)) moments of a creation, $((unstruck[delete] - 1)) of a deletion"
}
