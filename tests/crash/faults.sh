#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each thing that Azure can do wrong, at each of the first requests that it can do it to. Where the
# host overcomes it by itself the command succeeds; otherwise it is finished by hand, as after a kill.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

# effect, methods, further keys of the rule as JSON
faults() {
    cat <<'END'
status               PUT,GET,DELETE  {"status": 500, "code": "InternalServerError"}
status               PUT,GET,DELETE  {"status": 503, "retryAfter": 1}
status               PUT,GET,DELETE  {"status": 429, "code": "TooManyRequests", "retryAfter": 1}
status               PUT,DELETE      {"status": 409, "code": "AnotherOperationInProgress"}
status               PUT,DELETE      {"status": 502, "wrapper": false}
async-failure        PUT,DELETE      {"code": "InternalExecutionError"}
async-failure        PUT             {"code": "ZonalAllocationFailed"}
late-success         PUT             {"code": "OSProvisioningTimedOut", "after": 5}
lost-request         PUT,GET,DELETE  {}
lost-reply           PUT,GET,DELETE  {}
not-found-after-put  PUT             {"reads": 2}
expire-token         PUT,GET,DELETE  {}
malformed            PUT,GET,DELETE  {}
truncated            PUT,GET,DELETE  {}
slow                 PUT,DELETE      {"delay": 300}
END
}

# with_fault OPERATION EFFECT METHOD N KEYS WANTED
with_fault() {
    local operation=$1 effect=$2 method=$3 n=$4 keys=$5 wanted=$6 label
    label="$operation, $effect at $method $n $keys"
    azure POST faults --data "$(jq -c --arg effect "$effect" --arg method "$method" --argjson n "$n" \
        '[. + {effect: $effect, method: $method, path: "*/subscriptions/*", nth: $n}]' <<<"$keys")" >/dev/null ||
        report 1 "$label: azure-local takes the fault"
    "${operation}_catalog" || "recover_$operation"
    report $? "$label: is completed"
    azure DELETE faults >/dev/null
    compare "$label: leaves what an undisturbed run leaves" "$wanted"
}

prepare
while read -r effect methods keys; do
    for n in 1 2 3; do
        for method in ${methods//,/ }; do
            # A creation deletes nothing and a deletion puts nothing.
            case $method in
            DELETE) create_catalog || report 1 'creation without a fault' ;;
            *) with_fault create "$effect" "$method" "$n" "$keys" "$scratch/with" ;;
            esac
            case $method in
            PUT) delete_catalog || report 1 'deletion without a fault' ;;
            *) with_fault delete "$effect" "$method" "$n" "$keys" "$scratch/without" ;;
            esac
        done
    done
done < <(faults)
done_testing
