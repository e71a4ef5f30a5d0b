#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demonstration: a network is connected, a catalog of desktops made, one of them troubleshot, a
# creation killed and finished, everything torn down: against a local Azure, with the real program.
# Everything stays in FOLDER for looking around.
#
#   demo.sh BUILD FOLDER
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: demo.sh BUILD FOLDER" >&2; exit 2; }
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
demo=$(cd "$2" && pwd)
azure_local=$build/tests/azure-local/azure-local
time_scale=20 # a machine that Azure starts in a minute takes three seconds
azure_pid=

bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi

tidy_up() {
    [[ -z $azure_pid ]] || kill "$azure_pid" 2>/dev/null || true
}
trap tidy_up EXIT
trap 'exit 130' INT TERM

say() { printf '\n%s\n' "$*"; }

die() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

show() {
    local word text=''
    for word in "$@"; do
        case $word in *[!A-Za-z0-9_./,=:@#%+-]*) word="'$word'" ;; esac
        text+=" $word"
    done
    printf '\n%s$ flexhost%s%s\n' "$bold" "$text" "$plain"
}

run() {
    show "$@"
    "$build/flexhost" "$@" || die "the command ended with exit status $?"
}

# An answer for the script, not for the reader.
ask() { "$build/flexhost" --quiet -o json "$@"; }

control() { curl --silent --fail --cacert "$demo/ca.pem" "$azure_url/_local/$1"; }

machines_written() { control counts | jq '.operations["PUT Microsoft.Compute/virtualMachines"] // 0'; }

start_azure() {
    rm -f "$demo/port" "$demo/azure-local.jsonl"
    "$azure_local" --port 0 --port-file "$demo/port" --ca-file "$demo/ca.pem" \
        --time-scale "$time_scale" --record "$demo/azure-local.jsonl" --quiet &
    azure_pid=$!
    for _ in {1..200}; do
        [[ ! -s $demo/port ]] || break
        kill -0 "$azure_pid" 2>/dev/null || die 'azure-local did not start'
        sleep 0.05
    done
    port=$(cat "$demo/port")
    azure_url=https://127.0.0.1:$port
}

# What an operator does once: the sample configuration, with this server's address and the secrets.
configure() {
    (umask 077 && printf %s local-managed-secret >"$demo/managed.secret" &&
        printf %s local-customer-secret >"$demo/customer.secret" &&
        printf %s local-hub-secret >"$demo/hub.secret" &&
        printf %s local-security-secret >"$demo/security.secret")
    sed -e "s#https://127.0.0.1:8443#$azure_url#" \
        -e "s#^state-folder = .*#state-folder = state\nplugin-folder = $build/plugins/.libs#" \
        "$top/conf/local.ini" >"$demo/flexhost.ini"
    export FLEXHOST_CONFIG=$demo/flexhost.ini
}

connect() {
    local create=(connection create vnet-peering corp --address-range 10.20.0.0/16
        --customer-subscription 33333333-3333-4333-8333-333333333333 --customer-resource-group customer-network
        --customer-vnet office --customer-credential customer --use-gateway --dns-server 10.0.0.4)
    say 'A network of the customer, reached by peering. First only what would be done:'
    run "${create[@]}" --dry-run
    say 'And now for real:'
    run "${create[@]}"
    run connection list
    say 'A custom route is added, one write, and all is held against what Azure shows:'
    run connection route add corp firewall --destination 10.9.0.0/16 --next-hop-type VirtualAppliance --next-hop-address 10.0.0.9
    run connection check corp
}

make_catalog() {
    say 'Images that can be used at once:'
    run image list
    say 'Desktops for twenty people, four on a machine:'
    run catalog create sales --connection corp --image ubuntu-22-04-multi --persona task-worker-heavy \
        --users 20 --naming-scheme sales-##
    run machine list
}

troubleshoot() {
    local activity
    say 'One of them misbehaves: its logs are collected through Azure and brought here.'
    run action run collect-logs sales-03
    activity=$(ask action list | jq -r '.[0].name')
    run action log "$activity"
}

crash() {
    local create=(catalog create support --connection corp --image ubuntu-22-04-multi
        --persona task-worker-heavy --users 24 --naming-scheme 'support-##')
    local flexhost_pid operation before
    say 'The next creation is killed half-way, with kill -9:'
    before=$(machines_written)
    show "${create[@]}"
    "$build/flexhost" "${create[@]}" &
    flexhost_pid=$!
    until [[ $(machines_written) -ge $((before + 3)) ]]; do
        kill -0 "$flexhost_pid" 2>/dev/null || die 'the creation ended before it could be killed'
        sleep 0.02
    done
    kill -KILL "$flexhost_pid"
    wait "$flexhost_pid" 2>/dev/null || true
    printf '\n%s$ kill -9 %s%s\n' "$bold" "$flexhost_pid" "$plain"
    say 'Nothing is forgotten: the operation is in the journal, and goes on where it was.'
    run operation list --limit 3
    operation=$(ask operation list --limit 1 | jq -r '.[0].id')
    run operation resume "$operation"
    run machine list --catalog support
}

tear_down() {
    say 'Everything goes, in order; the connection is removed at the side of the customer too.'
    run catalog delete support --yes
    run catalog delete sales --yes
    run connection delete corp --yes
    control state >"$demo/state-after.json"
    if cmp -s "$demo/state-before.json" "$demo/state-after.json"; then
        say "The local Azure holds what it held before: demo/state-before.json and state-after.json are the same."
    else
        diff <(jq . "$demo/state-before.json") <(jq . "$demo/state-after.json") | head -n 40 >&2
        die 'the local Azure does not hold what it held before'
    fi
}

go_on() {
    cat <<END

It took $SECONDS seconds and $(wc -l <"$demo/azure-local.jsonl") requests, which $demo/azure-local.jsonl has
line by line. To go on by hand:

  $azure_local --port $port --ca-file $demo/ca.pem --time-scale $time_scale &
  export FLEXHOST_CONFIG=$demo/flexhost.ini PATH=$build:\$PATH
  flexhost --help
  flexhost connection create vnet-peering --help

conf/flexhost.ini is the same for the real Azure. ./autogen.sh check runs the tests.
END
}

rm -rf "$demo/state"
SECONDS=0
say "Starts a local Azure; its clock runs $time_scale times as fast as ours."
start_azure
configure
control state >"$demo/state-before.json"
run config check
run plugin list
run subscription list
run region list --geography Europe
connect
make_catalog
troubleshoot
crash
tear_down
go_on
