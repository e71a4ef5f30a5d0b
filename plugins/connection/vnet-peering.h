/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vnet-peering: what its two files share. */
#ifndef FLEXHOST_PLUGINS_CONNECTION_VNET_PEERING_H
#define FLEXHOST_PLUGINS_CONNECTION_VNET_PEERING_H

#include "../common/customer.h"
#include "../common/names.h"
#include "../common/network.h"
#include "../common/routes.h"

/* Questions to Azure and to the DNS servers; nothing is changed. */
int32_t vnet_peering_check(struct fh_call *call);

static inline const char *customer_group_path(struct fh_call *call)
{
    return fh_printf(call, "/subscriptions/%s/resourceGroups/%s",
                     fh_value(call, "/fields/customer-subscription"),
                     fh_value(call, "/fields/customer-resource-group"));
}

static inline const char *customer_network_path(struct fh_call *call)
{
    return fh_printf(call, "%s/providers/Microsoft.Network/virtualNetworks/%s",
                     customer_group_path(call), fh_value(call, "/fields/customer-vnet"));
}

/* Both halves of the peering bear one name, derived from the connection. */
static inline const char *peering_name(struct fh_call *call)
{
    return fh_resource_name(call, "peering", 80, NULL);
}

/* Whether the customer's network is in another tenant than the machines. */
static inline bool crosses_tenants(struct fh_call *call)
{
    return is_other_tenant(call, their_tenant(call, "customer-tenant", "customer-credential"));
}

#endif
