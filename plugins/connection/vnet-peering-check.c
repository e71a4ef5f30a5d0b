/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vnet-peering: what is looked at before anything is created. */
#include "vnet-peering.h"

#define API_SUBSCRIPTIONS "2022-12-01"
#define PEERING_WRITE     "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write"

static int32_t refuse_answer(struct fh_call *call, const char *rule, const char *field,
                             const char *what, int32_t status, const json_t *answer)
{
    const char *credential = fh_value(call, "/fields/customer-credential");
    if (status == 404)
        return fh_finding(call, FH_FAIL, rule, field, fh_printf(call, "%s does not exist", what),
                          "correct the name, the resource group or the subscription");
    if (status == 401 || status == 403)
        return fh_finding(
            call, FH_FAIL, rule, field,
            fh_printf(call, "the credential \"%s\" may not read %s: %s", credential, what,
                      azure_message(answer, "no reason given")),
            fh_printf(call, "give \"%s\" the role Network Contributor on it", credential));
    return fh_finding(call, FH_FAIL, rule, field,
                      fh_printf(call, "%s cannot be read (HTTP %d): %s", what, (int)status,
                                azure_message(answer, "no reason given")),
                      "try again later");
}

/* Azure says in which tenant a subscription is; the two sides need tokens accordingly. */
static int32_t check_tenant(struct fh_call *call)
{
    const char *own = fh_value(call, "/subscription/tenant");
    const char *declared = fh_value(call, "/fields/customer-tenant");
    const char *id = fh_value(call, "/fields/customer-subscription");
    int32_t status = 0;
    const char *text =
        fh_arm_get(call, fh_value(call, "/fields/customer-credential"),
                   fh_printf(call, "/subscriptions/%s", id), API_SUBSCRIPTIONS, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = json_loads(text, 0, NULL);
    const char *actual = fh_json_text(answer, "/tenantId");
    const char *expected = declared ? declared : own;
    int32_t result = FH_OK;
    if (status == 403) /* a role on the network alone does not show the subscription */
        result = FH_OK;
    else if (status != 200)
        result = refuse_answer(call, "customer-subscription", "/customer-subscription",
                               fh_printf(call, "the subscription %s", id), status, answer);
    else if (actual && expected && strcasecmp(actual, expected) != 0)
        result = fh_finding(call, FH_FAIL, "customer-tenant", "/customer-tenant",
                            fh_printf(call, "the subscription %s is in the tenant %s, not %s", id,
                                      actual, expected),
                            fh_printf(call, "give --customer-tenant %s", actual));
    json_decref(answer);
    return result;
}

/* Action patterns of roles hold '*' for any text. */
static bool covers(const char *pattern, const char *action)
{
    for (; *pattern; pattern++, action++) {
        if (*pattern == '*') {
            for (const char *rest = action; *rest; rest++)
                if (covers(pattern + 1, rest))
                    return true;
            return pattern[1] == '\0';
        }
        if (strncasecmp(pattern, action, 1) != 0)
            return false;
    }
    return *action == '\0';
}

static bool any_covers(const json_t *patterns, const char *action)
{
    for (size_t i = 0; i < json_array_size(patterns); i++) {
        const char *pattern = json_string_value(json_array_get(patterns, i));
        if (pattern && covers(pattern, action))
            return true;
    }
    return false;
}

static bool may_peer(const json_t *permissions)
{
    for (size_t i = 0; i < json_array_size(permissions); i++) {
        const json_t *permission = json_array_get(permissions, i);
        if (any_covers(json_object_get(permission, "actions"), PEERING_WRITE) &&
            !any_covers(json_object_get(permission, "notActions"), PEERING_WRITE))
            return true;
    }
    return false;
}

enum permission { PERMITTED, FORBIDDEN, UNKNOWN };

/* Where Azure does not answer this question, the peering itself will tell. */
static int32_t ask_permission(struct fh_call *call, const char *scope, enum permission *permission)
{
    int32_t status = 0;
    const char *text =
        fh_arm_get(call, fh_value(call, "/fields/customer-credential"),
                   fh_printf(call, "%s/providers/Microsoft.Authorization/permissions", scope),
                   API_AUTHORIZATION, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = status == 200 ? json_loads(text, 0, NULL) : NULL;
    *permission = !answer                                      ? UNKNOWN
                  : may_peer(json_object_get(answer, "value")) ? PERMITTED
                                                               : FORBIDDEN;
    json_decref(answer);
    return FH_OK;
}

/* The role is given on the resource group as a rule, else on the network itself. */
static int32_t check_role(struct fh_call *call)
{
    const char *credential = fh_value(call, "/fields/customer-credential");
    const char *scopes[] = {customer_group_path(call), customer_network_path(call)};
    enum permission permission = UNKNOWN;
    for (size_t i = 0; permission != PERMITTED && i < COUNT(scopes); i++)
        if (ask_permission(call, scopes[i], &permission) != FH_OK)
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

static int32_t claim_all(struct fh_call *call, const json_t *prefixes, const char *owner)
{
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(prefixes); i++) {
        const char *prefix = json_string_value(json_array_get(prefixes, i));
        if (prefix && !strchr(prefix, ':')) /* IPv6 overlaps nothing of ours */
            result = fh_claim(call, prefix, owner);
    }
    return result;
}

static const char *last_part(const char *id)
{
    const char *slash = id ? strrchr(id, '/') : NULL;
    return slash ? slash + 1 : "?";
}

/* One network that is peered with theirs. Ours, from an earlier attempt, is no stranger. */
static int32_t check_peered(struct fh_call *call, const json_t *peering)
{
    const char *remote = fh_json_text(peering, "/properties/remoteVirtualNetwork/id");
    const char *name = fh_json_text(peering, "/name");
    const char *vnet = fh_value(call, "/fields/customer-vnet");
    if (remote && strcasecmp(remote, network_path(call)) == 0)
        return FH_OK;
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

static int32_t check_network_body(struct fh_call *call, const json_t *network)
{
    const char *vnet = fh_value(call, "/fields/customer-vnet");
    const json_t *peerings = fh_json_at(network, "/properties/virtualNetworkPeerings");
    int32_t result = fh_finding(call, FH_PASS, "customer-vnet", NULL,
                                fh_printf(call, "the virtual network %s is there, in %s", vnet,
                                          fh_json_text(network, "/location")),
                                NULL);
    if (result == FH_OK)
        result = claim_all(call, fh_json_at(network, "/properties/addressSpace/addressPrefixes"),
                           fh_printf(call, "the virtual network %s", vnet));
    for (size_t i = 0; result == FH_OK && i < json_array_size(peerings); i++)
        result = check_peered(call, json_array_get(peerings, i));
    return result == FH_OK ? check_gateway(call, network) : result;
}

static int32_t check_network(struct fh_call *call)
{
    int32_t status = 0;
    const char *text = fh_arm_get(call, fh_value(call, "/fields/customer-credential"),
                                  customer_network_path(call), API_NETWORK, &status);
    if (!text)
        return FH_EFAILED;
    json_t *network = json_loads(text, 0, NULL);
    int32_t result =
        status == 200
            ? check_network_body(call, network)
            : refuse_answer(call, "customer-vnet", "/customer-vnet",
                            fh_printf(call, "the virtual network %s in the resource group %s",
                                      fh_value(call, "/fields/customer-vnet"),
                                      fh_value(call, "/fields/customer-resource-group")),
                            status, network);
    json_decref(network);
    if (result == FH_OK && status == 200)
        result = check_role(call);
    return result;
}

static int32_t check_propagation(struct fh_call *call)
{
    if (is_true(call, "/fields/gateway-route-propagation") || !is_true(call, "/fields/use-gateway"))
        return FH_OK;
    return fh_finding(call, FH_WARNING, "gateway-route-propagation", "/gateway-route-propagation",
                      "without gateway route propagation machines learn no route to your networks",
                      "add a --route for each network that machines use");
}

int32_t vnet_peering_check(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    int32_t result = check_routes(call, fh_json_at(request, "/fields/route"));
    if (result == FH_OK)
        result = check_name_fields(call, request);
    if (result == FH_OK)
        result = check_propagation(call);
    if (result != FH_OK || fh_refused(call)) { /* ask nobody about what is refused anyway */
        json_decref(request);
        return result;
    }
    result = check_tenant(call);
    if (result == FH_OK)
        result = check_network(call);
    if (result == FH_OK)
        result = check_name_servers(call, request);
    json_decref(request);
    return result;
}
