/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vnet-peering: what is looked at before anything is created. */
#include "vnet-peering.h"

#define PEERING_WRITE "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write"

/* The role is given on the resource group as a rule, else on the network itself. */
static int32_t check_role(struct fh_call *call)
{
    const char *credential = fh_value(call, "/fields/customer-credential");
    const char *scopes[] = {customer_group_path(call), customer_network_path(call)};
    enum permission permission;
    if (find_permission(call, credential, scopes, COUNT(scopes), PEERING_WRITE, &permission) !=
        FH_OK)
        return FH_EFAILED;
    if (permission == UNKNOWN)
        return FH_OK;
    if (permission == PERMITTED)
        return fh_finding(
            call, FH_PASS, "customer-role", NULL,
            fh_printf(call, "the credential \"%s\" may create the peering", credential), NULL);
    return fh_finding(
        call, FH_FAIL, "customer-role", "/customer-credential",
        fh_printf(call, "the credential \"%s\" may not create a peering in the network %s",
                  credential, fh_value(call, "/fields/customer-vnet")),
        fh_printf(call, "give \"%s\" the role Network Contributor on that network", credential));
}

/* Their half of our own peering, in a check of what exists. */
static int32_t check_own_peering(struct fh_call *call, const json_t *peering)
{
    const char *vnet = fh_value(call, "/fields/customer-vnet");
    const char *state = fh_json_text(peering, "/properties/peeringState");
    if (!operation_is(call, "check"))
        return FH_OK;
    if (state && strcmp(state, "Connected") == 0)
        return fh_finding(call, FH_PASS, "peering", NULL,
                          fh_printf(call, "%s reports the peering as Connected", vnet), NULL);
    return fh_finding(
        call, missing_severity(call), "peering", NULL,
        fh_printf(call, "%s reports the peering as %s", vnet, state ? state : "in no state"),
        mend_by_retry(call));
}

static bool is_own_peering(struct fh_call *call, const json_t *peering)
{
    const char *remote = fh_json_text(peering, "/properties/remoteVirtualNetwork/id");
    return remote && strcasecmp(remote, network_path(call)) == 0;
}

/* One network that is peered with theirs. Ours, from an earlier attempt, is no stranger. */
static int32_t check_peered(struct fh_call *call, const json_t *peering)
{
    const char *remote = fh_json_text(peering, "/properties/remoteVirtualNetwork/id");
    const char *name = fh_json_text(peering, "/name");
    const char *vnet = fh_value(call, "/fields/customer-vnet");
    if (is_own_peering(call, peering))
        return check_own_peering(call, peering);
    if (name && strcasecmp(name, peering_name(call)) == 0)
        return fh_finding(
            call, FH_FAIL, "peering-name", NULL,
            fh_printf(call, "%s has a peering called %s already, with another network", vnet, name),
            "delete that peering, or create the connection under another name");
    const json_t *prefixes =
        fh_json_at(peering, "/properties/remoteVirtualNetworkAddressSpace/addressPrefixes");
    if (!prefixes)
        prefixes = fh_json_at(peering, "/properties/remoteAddressSpace/addressPrefixes");
    return claim_all(
        call, prefixes,
        fh_printf(call, "the network %s, which is peered with %s", last_part(remote), vnet));
}

static const json_t *gateway_subnet(const json_t *network)
{
    const json_t *subnets = fh_json_at(network, "/properties/subnets");
    for (size_t i = 0; i < json_array_size(subnets); i++) {
        const json_t *subnet = json_array_get(subnets, i);
        const char *name = fh_json_text(subnet, "/name");
        if (name && strcasecmp(name, "GatewaySubnet") == 0)
            return subnet;
    }
    return NULL;
}

/* A gateway shows as the user of an address in the subnet that is made for it. */
static int32_t check_gateway(struct fh_call *call, const json_t *network)
{
    const char *vnet = fh_value(call, "/fields/customer-vnet");
    const json_t *subnet = gateway_subnet(network);
    bool there = json_array_size(fh_json_at(subnet, "/properties/ipConfigurations")) > 0;
    if (!is_true(call, "/fields/use-gateway")) {
        if (!there)
            return FH_OK;
        return fh_finding(call, FH_WARNING, "gateway-unused", "/use-gateway",
                          fh_printf(call,
                                    "%s has a virtual network gateway that this connection "
                                    "does not use",
                                    vnet),
                          "give --use-gateway to reach what lies behind it");
    }
    if (there)
        return fh_finding(call, FH_PASS, "gateway", NULL,
                          fh_printf(call, "%s has a virtual network gateway", vnet), NULL);
    return fh_finding(call, FH_FAIL, "gateway", "/use-gateway",
                      fh_printf(call, "%s has no virtual network gateway%s", vnet,
                                subnet ? " in its GatewaySubnet" : ": it has no GatewaySubnet"),
                      "create the gateway first, or leave out --use-gateway");
}

static int32_t check_peerings(struct fh_call *call, const json_t *peerings)
{
    bool own = false;
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(peerings); i++) {
        own = own || is_own_peering(call, json_array_get(peerings, i));
        result = check_peered(call, json_array_get(peerings, i));
    }
    if (result != FH_OK || own || !operation_is(call, "check"))
        return result;
    return fh_finding(call, missing_severity(call), "peering", NULL,
                      fh_printf(call, "%s has no peering with the machines' network %s",
                                fh_value(call, "/fields/customer-vnet"),
                                is_under_way(call) ? "yet" : "any more"),
                      mend_by_retry(call));
}

static int32_t claim_site(struct fh_call *call, const json_t *gateway)
{
    const char *name = fh_json_text(gateway, "/name");
    const json_t *prefixes =
        fh_json_at(gateway, "/properties/localNetworkAddressSpace/addressPrefixes");
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(prefixes); i++) {
        const char *prefix = json_string_value(json_array_get(prefixes, i));
        if (prefix && !strchr(prefix, ':'))
            result = fh_claim(
                call, prefix,
                fh_printf(call, "the on-premises network %s behind the local network gateway %s",
                          prefix, name ? name : "?"));
    }
    return result;
}

/* What lies behind their gateway is told by its sites. Where they may not be read, the operator's
 * own list of ranges has to do. */
static int32_t check_sites(struct fh_call *call)
{
    const char *credential = fh_value(call, "/fields/customer-credential");
    const char *why = NULL;
    int32_t status = 0;
    json_t *gateways = json_array();
    int32_t result = list_all(call, credential,
                              fh_printf(call, "%s/providers/Microsoft.Network/localNetworkGateways",
                                        customer_group_path(call)),
                              gateways, &status, &why);
    if (result == FH_OK && status != 200)
        result = fh_finding(
            call, FH_WARNING, "on-premises", NULL,
            fh_printf(call,
                      "the credential \"%s\" shows no local network gateways, so the ranges behind "
                      "them are unknown: %s",
                      credential, why),
            "declare the on-premises ranges in the INI");
    for (size_t i = 0; result == FH_OK && i < json_array_size(gateways); i++)
        result = claim_site(call, json_array_get(gateways, i));
    json_decref(gateways);
    return result;
}

static int32_t check_network_body(struct fh_call *call, const json_t *network)
{
    const char *vnet = fh_value(call, "/fields/customer-vnet");
    const json_t *peerings = fh_json_at(network, "/properties/virtualNetworkPeerings");
    const char *location = fh_json_text(network, "/location");
    int32_t result = fh_finding(call, FH_PASS, "customer-vnet", NULL,
                                fh_printf(call, "the virtual network %s is there, in %s", vnet,
                                          location ? location : "an unknown region"),
                                NULL);
    if (result == FH_OK)
        result = claim_all(call, fh_json_at(network, "/properties/addressSpace/addressPrefixes"),
                           fh_printf(call, "the virtual network %s", vnet));
    if (result == FH_OK)
        result = check_peerings(call, peerings);
    if (result == FH_OK)
        result = check_gateway(call, network);
    if (result == FH_OK && is_true(call, "/fields/use-gateway") && !fh_refused(call))
        result = check_sites(call);
    return result;
}

static int32_t check_network(struct fh_call *call, bool with_role)
{
    const char *credential = fh_value(call, "/fields/customer-credential");
    int32_t status = 0;
    const char *text =
        fh_arm_get(call, credential, customer_network_path(call), API_NETWORK, &status);
    if (!text)
        return FH_EFAILED;
    json_t *network = json_loads(text, 0, NULL);
    int32_t result =
        status == 200
            ? check_network_body(call, network)
            : refuse_answer(call, credential, "customer-vnet", "/customer-vnet",
                            fh_printf(call, "the virtual network %s in the resource group %s",
                                      fh_value(call, "/fields/customer-vnet"),
                                      fh_value(call, "/fields/customer-resource-group")),
                            status, network);
    json_decref(network);
    if (result == FH_OK && status == 200 && with_role)
        result = check_role(call);
    return result;
}

static int32_t check_propagation(struct fh_call *call, const json_t *request)
{
    if (is_true(call, "/fields/gateway-route-propagation") || !is_true(call, "/fields/use-gateway"))
        return FH_OK;
    if (!asks_about(call, request, "gateway-route-propagation") &&
        !asks_about(call, request, "use-gateway"))
        return FH_OK;
    return fh_finding(call, FH_WARNING, "gateway-route-propagation", "/gateway-route-propagation",
                      "without gateway route propagation machines learn no route to your networks",
                      "add a --route for each network that machines use");
}

static int32_t check_fields(struct fh_call *call, const json_t *request)
{
    int32_t result = check_routes(call, fh_json_at(request, "/fields/route"));
    if (result == FH_OK)
        result = check_name_fields(call, request);
    return result == FH_OK ? check_propagation(call, request) : result;
}

static int32_t ask(struct fh_call *call, const json_t *request)
{
    const struct tenant_question tenant = {
        .credential = fh_value(call, "/fields/customer-credential"),
        .subscription = fh_value(call, "/fields/customer-subscription"),
        .declared = their_tenant(call, "customer-tenant", "customer-credential"),
        .subscription_field = "/customer-subscription",
        .tenant_field = "/customer-tenant",
    };
    bool credential = asks_about(call, request, "customer-credential");
    int32_t result = credential ? check_tenant(call, &tenant) : FH_OK;
    if (result == FH_OK && (credential || asks_about(call, request, "use-gateway")))
        result = check_network(call, credential);
    return result == FH_OK ? check_name_servers(call, request) : result;
}

int32_t vnet_peering_check(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    int32_t result = check_fields(call, request);
    if (result == FH_OK && !fh_refused(call)) /* ask nobody about what is refused anyway */
        result = ask(call, request);
    json_decref(request);
    return result;
}
