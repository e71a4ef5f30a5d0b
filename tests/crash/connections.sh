# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The same for connections: the functions that lib.sh calls make and remove one of $connection_type.
# Sourced, with connection_type set.

azure_time_scale=20000
poll_interval=5ms
# shellcheck source=tests/crash/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/e2e/connection-types.sh
source "$(dirname "${BASH_SOURCE[0]}")/../e2e/connection-types.sh"

# shellcheck disable=SC2154 # set by who sources this
case $connection_type in
none) options=(--nat-idle-timeout 10) ;;
vnet-peering) options=("${peering[@]}" --address-range 10.1.0.0/24) ;;
vpn-gateway) options=("${vpn[@]}") ;;
vwan-spoke) options=("${spoke[@]}" --nat-idle-timeout 10) ;;
esac

create_catalog() { flexhost connection create "$connection_type" tiny "${options[@]}"; }
delete_catalog() { flexhost connection delete tiny --yes; }
catalog_is_ready() { flexhost connection show tiny -o json && [[ $(jq -r .status "$scratch/stdout") == Complete ]]; }

recover_delete() {
    for _ in 1 2 3; do
        resume_all
        flexhost connection show tiny || return 0
        delete_catalog || true
    done
    ! flexhost connection show tiny
}
