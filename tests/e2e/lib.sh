# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034 # names for the tests that source this
# What the tests through the command line share: an azure-local of their own, a configuration for
# it, flexhost itself, and assertions that speak TAP. Sourced; runs in the build's top folder.

set -uo pipefail
export LC_ALL=C.UTF-8 NO_COLOR=1

top_srcdir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
top_builddir=${FLEXHOST_BUILD:-$PWD}
azure_local=$top_builddir/tests/azure-local/azure-local
flexhost_program=$top_builddir/flexhost

# The world that azure-local starts with (tests/azure-local/world.ini).
tenant=11111111-1111-4111-8111-111111111111
managed_subscription=22222222-2222-4222-8222-222222222222
customer_subscription=33333333-3333-4333-8333-333333333333
managed_client=44444444-4444-4444-8444-444444444444
customer_client=55555555-5555-4555-8555-555555555555

scratch=$(mktemp -d "${TMPDIR:-/tmp}/flexhost-test.XXXXXX")
azure_pid=
tests_run=0
tests_failed=0

tidy_up() {
    local status=$?
    stop_azure
    [[ -n ${KEEP_SCRATCH-} ]] || rm -rf "$scratch"
    return "$status"
}
trap tidy_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# --- the local Azure -------------------------------------------------------------------------

# start_azure [OPTION...]: sets azure_pid, azure_url and azure_ca; records its exchanges beside the
# test's log, for the check against Microsoft's documents.
start_azure() {
    local folder=${azure_folder:-$scratch/azure} waited=0
    mkdir -p "$folder"
    rm -f "$folder/port"
    azure_ca=$folder/ca.pem
    "$azure_local" --port 0 --port-file "$folder/port" --ca-file "$azure_ca" \
        --world "${azure_world:-$top_srcdir/tests/azure-local/world.ini}" \
        --time-scale "${azure_time_scale:-1000}" --seed "${azure_seed:-1}" --quiet "$@" \
        >"$folder/log" 2>&1 &
    azure_pid=$!
    until [[ -s $folder/port ]]; do
        waited=$((waited + 1))
        if [[ $waited -gt 200 ]] || ! kill -0 "$azure_pid" 2>/dev/null; then
            bail_out "azure-local did not start: $(cat "$folder/log")"
        fi
        sleep 0.05
    done
    azure_url=https://127.0.0.1:$(cat "$folder/port")
}

stop_azure() {
    [[ -n $azure_pid ]] || return 0
    kill "$azure_pid" 2>/dev/null
    wait "$azure_pid" 2>/dev/null
    azure_pid=
}

# azure METHOD PATH [CURL OPTION...]: the control plane of azure-local.
azure() {
    local method=$1 path=$2
    shift 2
    curl --silent --show-error --fail --cacert "$azure_ca" -X "$method" "$@" "$azure_url/_local/$path"
}

# All resources, without what differs from run to run.
azure_state() { azure GET state; }

# How many requests came in by now, those of the control plane not among them.
azure_requests() { azure GET counts | jq .total; }

# --- flexhost --------------------------------------------------------------------------------

# write_config FOLDER: conf/local.ini and its secrets, for the running azure-local and this build.
write_config() {
    local folder=$1
    mkdir -p "$folder"
    (umask 077 && printf %s local-managed-secret >"$folder/managed.secret" &&
        printf %s local-customer-secret >"$folder/customer.secret" &&
        printf %s local-hub-secret >"$folder/hub.secret" &&
        printf %s local-security-secret >"$folder/security.secret")
    cp "$azure_ca" "$folder/ca.pem" 2>/dev/null || true
    sed -e "s#https://127.0.0.1:8443#$azure_url#" \
        -e "s#^state-folder = .*#state-folder = state\nplugin-folder = $top_builddir/plugins/.libs#" \
        -e "s#^poll-interval = .*#poll-interval = ${poll_interval:-20ms}#" \
        -e "s#^verify-window = .*#verify-window = ${verify_window:-200ms}#" \
        "$top_srcdir/conf/local.ini" >"$folder/flexhost.ini"
    chmod 600 "$folder/flexhost.ini"
    export FLEXHOST_CONFIG=$folder/flexhost.ini
}

# flexhost ARGUMENT...: stdout and stderr go to files; the exit status is flexhost's.
flexhost() {
    exit_status=0
    "$flexhost_program" "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || exit_status=$?
    return "$exit_status"
}

# --- TAP -------------------------------------------------------------------------------------

diag() { printf '# %s\n' "${*//$'\n'/$'\n# '}"; }

bail_out() {
    echo "Bail out! $*"
    exit 99
}

skip_all() {
    echo "1..0 # SKIP $*"
    exit 0
}

# report STATUS DESCRIPTION: a result; a failure shows what flexhost last said.
report() {
    tests_run=$((tests_run + 1))
    if [[ $1 -eq 0 ]]; then
        echo "ok $tests_run - $2"
        return 0
    fi
    tests_failed=$((tests_failed + 1))
    echo "not ok $tests_run - $2"
    diag "exit ${exit_status-?}; stdout: $(head -c 2000 "$scratch/stdout" 2>/dev/null)"
    diag "stderr: $(head -c 2000 "$scratch/stderr" 2>/dev/null)"
    return 1
}

# ok DESCRIPTION COMMAND...
ok() {
    local description=$1 status=0
    shift
    "$@" >/dev/null 2>&1 || status=$?
    report "$status" "$description"
}

# same DESCRIPTION WANTED GOT
same() {
    [[ $2 == "$3" ]]
    report $? "$1" || { diag "wanted: $2"; diag "got:    $3"; return 1; }
}

# exits STATUS DESCRIPTION ARGUMENT...: runs flexhost and expects the exit status.
exits() {
    local wanted=$1 description=$2
    shift 2
    flexhost "$@"
    [[ $exit_status -eq $wanted ]]
    report $? "$description" || { diag "wanted exit $wanted"; return 1; }
}

# stdout_has DESCRIPTION REGEX; stderr_has DESCRIPTION REGEX
stdout_has() { grep -qE -- "$2" "$scratch/stdout"; report $? "$1" || { diag "wanted: $2"; return 1; }; }
stderr_has() { grep -qE -- "$2" "$scratch/stderr"; report $? "$1" || { diag "wanted: $2"; return 1; }; }

# json_is DESCRIPTION FILTER WANTED: of the last command's stdout.
json_is() { same "$1" "$3" "$(jq -r "$2" "$scratch/stdout" 2>&1)"; }

done_testing() {
    echo "1..$tests_run"
    [[ $tests_failed -eq 0 ]]
    exit
}
