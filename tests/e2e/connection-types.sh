# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034 # for the tests that source this
# A connection of every type, as the tests create them. Sourced.

azure_time_scale=${azure_time_scale:-5000} # a VPN gateway takes Azure 45 minutes
# shellcheck source=tests/e2e/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

pre_shared_key=correct.horse.battery
(umask 077 && printf %s "$pre_shared_key" >"$scratch/psk")

peering=(--customer-subscription "$customer_subscription" --customer-resource-group customer-network
    --customer-vnet office --customer-credential customer --use-gateway --dns-server 10.0.0.4)
vpn=(--vpn-address 203.0.113.10 --allowed-network 10.50.0.0/16 --pre-shared-key-file "$scratch/psk"
    --address-range 10.70.0.0/24 --gateway-subnet 10.70.1.0/27 --dns-server 10.50.0.4)
# shellcheck disable=SC2054
spoke=(--hub "/subscriptions/$customer_subscription/resourceGroups/customer-wan/providers/Microsoft.Network/virtualHubs/corp-hub"
    --hub-credential hub --address-range 10.200.0.0/24 --dns-server 10.101.0.4
    --route name=internet,destination=0.0.0.0/0,next-hop-type=Internet)
