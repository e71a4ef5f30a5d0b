/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vwan-spoke: a network of ours as a spoke of the customer's virtual hub. */
#include "vwan-spoke.h"

#include "../common/firewall.h"
#include "../common/health.h"

#define HUB_FAILED "VWanConnectionFailed"

static const struct fh_field spoke_route_fields[] = {
    ROUTE_FIELDS("where the traffic goes, 0.0.0.0/0 or a range from /16 to /24", 0, 0),
};

static const struct fh_field fields[] = {
    {.name = "hub",
     .type = "resource-id",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "resource id of the virtual hub, of a virtual WAN of the type Standard",
     .immutable_advice = "create another connection for the other hub"},
    {.name = "hub-credential",
     .type = "credential",
     .flags = FH_FIELD_REQUIRED,
     .help = "credential of an administrator or a service principal, with the role Network "
             "Contributor on the hub's resource group"},
    {.name = "hub-tenant",
     .type = "guid",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "tenant of the hub's subscription, when it is neither the machines' own nor the "
             "credential's",
     .immutable_advice = "create another connection for the other hub"},
    {.name = "address-range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST | FH_FIELD_OCCUPIES,
     .help = "range of the machines, unused in the hub and in every network connected to it; /24 "
             "at least",
     .min = 8,
     .max = 24,
     .max_count = 16},
    {.name = "internet-security",
     .type = "bool",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "send what goes to the Internet through the hub's firewall",
     .default_value = "no",
     .immutable_advice = "create another connection with the other setting"},
    {.name = "route-propagation",
     .type = "bool",
     .flags = FH_FIELD_IMMUTABLE,
     .help = "share routes between the machines' network, the hub and what is connected to it",
     .default_value = "yes",
     .immutable_advice = "create another connection with the other setting"},
    NAME_FIELDS,
    {.name = "route",
     .type = "object",
     .flags = FH_FIELD_LIST,
     .help = "custom route; one to 0.0.0.0/0 by Internet lets machines download software",
     .fields = spoke_route_fields,
     .field_count = COUNT(spoke_route_fields),
     .max_count = MOST_ROUTES,
     .acknowledgement = ROUTE_ACKNOWLEDGEMENT},
    NAT_FIELD_LATER,
};

static const struct fh_field options[] = {NAME_OPTIONS};

/* ---- the network ---- */

static const char *subnet_path(struct fh_call *call, const char *range)
{
    return fh_printf(call, "%s/subnets/%s", network_path(call), subnet_name(call, range));
}

/* No subnets in the body: Azure keeps those that there are, with their route table and gateway. */
static int32_t plan_spoke(struct fh_call *call, const json_t *request, const char *last)
{
    const char *after[] = {"firewall", last};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    json_t *ranges = fh_json_at(request, "/fields/address-range");
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "network",
                           .title = fh_printf(call, "virtual network %s%s",
                                              fh_json_text(request, "/fields/address-range/0"),
                                              json_array_size(ranges) > 1 ? " and more" : ""),
                           .path = network_path(call),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = last ? 2 : 1,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 10,
                           .list_path = list_of(call, "Microsoft.Network/virtualNetworks")};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:{s:O}, s:{s:O}}}", "location",
                                  fh_value(call, "/region"), "properties", "addressSpace",
                                  "addressPrefixes", ranges, "dhcpOptions", "dnsServers",
                                  fh_json_at(request, "/fields/dns-server")));
}

/* A subnet is written up to three times, each time with one thing more, so that a route table or a
 * gateway that fails leaves it usable. Azure writes to one subnet of a network at a time: the steps
 * come one after another. */
struct layer {
    const char *key;
    const char *title;
    const char *part;
    const char *failed_status;
    const struct layer *beneath;
    bool routes, nat;
};

static const struct layer plain = {.key = "subnet", .title = "subnet"};
static const struct layer routed = {.key = "subnet-routes",
                                    .title = "route table of the subnet",
                                    .part = "routes",
                                    .failed_status = ROUTES_FAILED,
                                    .beneath = &plain,
                                    .routes = true};
static const struct layer translated = {.key = "subnet-nat",
                                        .title = "NAT gateway of the subnet",
                                        .part = "nat",
                                        .failed_status = NAT_FAILED,
                                        .beneath = &routed,
                                        .routes = true,
                                        .nat = true};

static const char *layer_key(struct fh_call *call, const struct layer *layer, const char *range)
{
    return fh_printf(call, "%s/%s", layer->key, range_key(call, range));
}

static json_t *subnet_body(const struct layer *layer, const char *range)
{
    json_t *properties = json_pack("{s:s, s:{s:s}}", "addressPrefix", range, "networkSecurityGroup",
                                   "id", "${firewall.id}");
    if (layer->routes)
        json_object_set_new(properties, "routeTable", json_pack("{s:s}", "id", "${routes.id}"));
    if (layer->nat)
        json_object_set_new(properties, "natGateway", json_pack("{s:s}", "id", "${nat.id}"));
    return json_pack("{s:o}", "properties", properties);
}

/* How each is undone: the gateway is taken out of the subnet, which stays when the gateway is
 * switched off; else the subnet goes, before its route table can. */
static int32_t plan_layer(struct fh_call *call, const struct layer *layer, const char *range,
                          const char *const *after, uint32_t after_count)
{
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = layer_key(call, layer, range),
                           .title = fh_printf(call, "%s %s", layer->title, range),
                           .path = subnet_path(call, range),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = after_count,
                           .outputs = outputs,
                           .output_count = layer == &plain ? COUNT(outputs) : 0,
                           .output_size = sizeof *outputs,
                           .expected_seconds = 5,
                           .part = layer->part,
                           .failed_status = layer->failed_status,
                           .list_path = list_of(call, "Microsoft.Network/virtualNetworks")};
    if (layer->nat) {
        json_t *without = subnet_body(&routed, range);
        step.undo_method = "PUT";
        step.undo_body = fh_json_print(call, without);
        json_decref(without);
    }
    return fh_json_step(call, &step, subnet_body(layer, range));
}

/* The same ranges in an order of their own, which no change of the list alters. What a step came
 * after is kept for its removal, so two plans must never put two subnets in opposite orders. */
static json_t *ordered(const json_t *ranges)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        json_t *range = json_array_get(ranges, i);
        size_t at = 0;
        while (at < json_array_size(list) &&
               strcmp(json_string_value(json_array_get(list, at)), json_string_value(range)) < 0)
            at++;
        json_array_insert(list, at, range);
    }
    return list;
}

/* The layer on every subnet, in turn, behind the step `gate`. *last: the step to come after, or
 * NULL; then the last of these. Each names the gate and what lies beneath as well: when the one
 * before it goes with its range, the order in which all of it is removed must still hold. */
static int32_t plan_layers(struct fh_call *call, const struct layer *layer, const json_t *ranges,
                           const char *gate, const char **last)
{
    json_t *list = ordered(ranges);
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(list); i++) {
        const char *range = json_string_value(json_array_get(list, i));
        const char *after[3] = {gate};
        uint32_t count = 1;
        if (layer->beneath)
            after[count++] = layer_key(call, layer->beneath, range);
        if (*last && strcmp(*last, after[count - 1]) != 0)
            after[count++] = *last;
        result = plan_layer(call, layer, range, after, count);
        *last = layer_key(call, layer, range);
    }
    json_decref(list);
    return result;
}

static int32_t plan_removal(struct fh_call *call, const struct layer *layer, const char *range,
                            const char **last)
{
    const char *after[] = {"firewall", *last};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_ACTION,
                           .key = layer_key(call, layer, range),
                           .title = fh_printf(call, "removal of the %s %s", layer->title, range),
                           .method = "DELETE",
                           .path = subnet_path(call, range),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = *last ? 2 : 1,
                           .expected_seconds = 10};
    int32_t result = fh_step(call, &step);
    *last = step.key;
    return result;
}

/* The network cannot give up a range that has a subnet, and what vanishes from a plan is undone
 * only afterwards: so the subnet goes by a step of its own. It bears the keys of what it replaces,
 * so that nothing is undone in a subnet that is gone, and that a range can come back. */
static int32_t plan_removals(struct fh_call *call, const json_t *request, const char **last)
{
    json_t *ranges = removed_ranges(request);
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(ranges); i++) {
        const char *range = json_string_value(json_array_get(ranges, i));
        result = plan_removal(call, &plain, range, last);
        if (result == FH_OK)
            result = plan_removal(call, &routed, range, last);
        if (result == FH_OK && (has_nat(call) || fh_value(call, "/previous/nat-idle-timeout")))
            result = plan_removal(call, &translated, range, last);
    }
    json_decref(ranges);
    return result;
}

/* ---- the hub ---- */

static const char *hub_route_table(struct fh_call *call, const char *name)
{
    return fh_printf(call, "%s/hubRouteTables/%s", hub_path(call), name);
}

/* The label "none" stands for no route table at all. */
static json_t *hub_connection_body(struct fh_call *call)
{
    bool shares = is_true(call, "/fields/route-propagation");
    return json_pack("{s:{s:{s:s}, s:b, s:{s:{s:s}, s:{s:[s], s:[{s:s}]}}}}", "properties",
                     "remoteVirtualNetwork", "id", "${network.id}", "enableInternetSecurity",
                     is_true(call, "/fields/internet-security"), "routingConfiguration",
                     "associatedRouteTable", "id", hub_route_table(call, "defaultRouteTable"),
                     "propagatedRouteTables", "labels", shares ? "default" : "none", "ids", "id",
                     hub_route_table(call, shares ? "defaultRouteTable" : "noneRouteTable"));
}

static int32_t plan_hub_connection(struct fh_call *call, const char *last)
{
    const char *after[] = {"network", last};
    const char *own[] = {fh_value(call, "/subscription/credential")};
    bool crosses = is_other_tenant(call, their_tenant(call, "hub-tenant", "hub-credential"));
    struct fh_step step = {
        .struct_size = sizeof step,
        .key = "hub-connection",
        .title = fh_printf(call, "connection to the virtual hub %s", hub_name(call)),
        .path = fh_printf(call, "%s/%s", hub_connections_path(call), hub_connection_name(call)),
        .api_version = API_NETWORK,
        .after = after,
        .after_count = COUNT(after),
        .credential = fh_value(call, "/fields/hub-credential"),
        .auxiliary = own,
        .auxiliary_count = crosses && own[0] ? 1 : 0,
        .expected_seconds = 600,
        .failed_status = HUB_FAILED,
        .list_path = hub_connections_path(call)};
    return fh_json_step(call, &step, hub_connection_body(call));
}

/* There is a route table even without routes: a route that is added later changes it alone. */
static int32_t plan_routes(struct fh_call *call, const json_t *routes)
{
    static const char *const after[] = {"hub-connection"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "routes",
                           .title = "route table",
                           .path = resource_path(call, "Microsoft.Network/routeTables",
                                                 fh_resource_name(call, "routes", 80, NULL)),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = COUNT(after),
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 5,
                           .part = routed.part,
                           .failed_status = ROUTES_FAILED,
                           .list_path = list_of(call, "Microsoft.Network/routeTables")};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:b, s:o}}", "location", fh_value(call, "/region"),
                                  "properties", "disableBgpRoutePropagation",
                                  !is_true(call, "/fields/route-propagation"), "routes",
                                  routes_json(routes)));
}

/* ---- the plan ---- */

static int32_t plan_main(struct fh_call *call, const json_t *request)
{
    const json_t *ranges = fh_json_at(request, "/fields/address-range");
    const char *removed = NULL, *last = NULL;
    struct rule rules[5];
    connected_firewall(joined_ranges(call, ranges), rules);
    int32_t result = plan_group(call);
    if (result == FH_OK)
        result = plan_security_group(call, rules, COUNT(rules));
    if (result == FH_OK)
        result = plan_removals(call, request, &removed);
    if (result == FH_OK)
        result = plan_spoke(call, request, removed);
    if (result == FH_OK)
        result = plan_layers(call, &plain, ranges, "network", &last);
    return result == FH_OK ? plan_hub_connection(call, last) : result;
}

static int32_t plan_parts(struct fh_call *call, const json_t *request)
{
    static const char *const after_hub[] = {"hub-connection"};
    const json_t *ranges = fh_json_at(request, "/fields/address-range");
    const char *last = NULL;
    int32_t result = plan_routes(call, fh_json_at(request, "/fields/route"));
    if (result == FH_OK)
        result = plan_layers(call, &routed, ranges, "routes", &last);
    if (result != FH_OK || !has_nat(call))
        return result;
    result = plan_nat(call, translated.part, after_hub, COUNT(after_hub));
    return result == FH_OK ? plan_layers(call, &translated, ranges, "nat", &last) : result;
}

static int32_t export_spoke(struct fh_call *call, const json_t *request)
{
    const char *first = fh_json_text(request, "/fields/address-range/0");
    int32_t result =
        fh_export(call, "subnetId", fh_printf(call, "${%s.id}", layer_key(call, &plain, first)));
    const json_t *ranges = fh_json_at(request, "/fields/address-range");
    json_t *subnets = json_array();
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        const char *range = json_string_value(json_array_get(ranges, i));
        json_array_append_new(subnets,
                              json_pack("{s:s, s:s}", "id",
                                        fh_printf(call, "${%s.id}", layer_key(call, &plain, range)),
                                        "addressRange", range));
    }
    if (result == FH_OK)
        result = fh_json_export(call, "subnets", subnets);
    else
        json_decref(subnets);
    if (result == FH_OK)
        result = fh_export(call, "networkSecurityGroupId", "${firewall.id}");
    return result == FH_OK ? fh_export(call, "region", fh_value(call, "/region")) : result;
}

static int32_t plan(struct fh_call *call)
{
    const char *fault = hub_fault(call);
    if (fault)
        return fh_fail(call, FH_EINVAL, "/hub", "%s", fault);
    int32_t result = require_place(call);
    json_t *request = result == FH_OK ? fh_json_request(call) : NULL;
    if (!request)
        return result == FH_OK ? FH_EFAILED : result;
    result = require_routes(call, fh_json_at(request, "/fields/route"));
    if (result == FH_OK)
        result = plan_main(call, request);
    if (result == FH_OK)
        result = plan_parts(call, request);
    if (result == FH_OK)
        result = export_spoke(call, request);
    json_decref(request);
    return result;
}

/* ---- what it is like ---- */

static bool mentions(const char *text, const char *const *words)
{
    while (*words && !strstr(text, *words))
        words++;
    return *words != NULL;
}

/* The manual's two common causes, and how to mend each. The credential has to join the machines'
 * network as well, which Azure calls a linked scope. */
static const char *explain_hub(struct fh_call *call, const char *why)
{
    static const char *const overlaps[] = {"verlap", NULL};
    static const char *const links[] = {"linked scope", "LinkedAuthorization", NULL};
    static const char *const rights[] = {"uthoriz", "orbidden", "permission", NULL};
    const char *credential = fh_value(call, "/fields/hub-credential");
    const char *range = "choose a range that is free in the hub and in every network connected to "
                        "it: delete this connection and create it again";
    const char *role = fh_printf(call,
                                 "give \"%s\" the role Network Contributor on the hub's resource "
                                 "group, then run `flexhost connection retry %s`",
                                 credential, fh_value(call, "/name"));
    const char *mend;
    if (mentions(why, overlaps))
        mend = fh_printf(call, "Ranges overlap: %s", range);
    else if (mentions(why, links))
        mend = fh_printf(call,
                         "A permission is missing: give \"%s\" the role Network Contributor on the "
                         "resource group %s too, then run `flexhost connection retry %s`",
                         credential, fh_value(call, "/resourceGroup"), fh_value(call, "/name"));
    else if (mentions(why, rights))
        mend = fh_printf(call, "A permission is missing: %s", role);
    else
        mend = fh_printf(call, "When ranges overlap, %s. When a permission is missing, %s", range,
                         role);
    return fh_printf(call,
                     "Azure did not attach the machines' network to the virtual hub %s: %s. %s",
                     hub_name(call), why, mend);
}

static const char *hub_failure(struct fh_call *call, const json_t *request)
{
    const char *step;
    json_t *failure;
    json_object_foreach(json_object_get(request, "failures"), step, failure)
    {
        const char *status = fh_json_text(failure, "/status");
        const char *why = fh_json_text(failure, "/message");
        if (status && strcmp(status, HUB_FAILED) == 0)
            return explain_hub(call, why ? why : step);
    }
    return resource_fault(call, request, "hub-connection",
                          fh_printf(call, "connection to the virtual hub %s", hub_name(call)));
}

static void look_at_subnets(struct fh_call *call, const json_t *request, struct health *health)
{
    const json_t *ranges = fh_json_at(request, "/fields/address-range");
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        const char *range = json_string_value(json_array_get(ranges, i));
        health_look(call, request, health, layer_key(call, &plain, range),
                    fh_printf(call, "subnet %s", range));
    }
}

/* With how many addresses machines can have, and have, where Azure shows it. */
static json_t *ranges_json(struct fh_call *call, const json_t *request)
{
    const json_t *ranges = fh_json_at(request, "/fields/address-range");
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        const char *range = json_string_value(json_array_get(ranges, i));
        const json_t *subnet =
            json_object_get(json_object_get(request, "resources"), layer_key(call, &plain, range));
        json_t *one = json_pack("{s:s, s:I}", "range", range, "addressesForMachines",
                                (json_int_t)addresses_for_machines(range));
        if (json_is_object(subnet))
            json_object_set_new(one, "addressesInUse",
                                json_integer((json_int_t)json_array_size(
                                    fh_json_at(subnet, "/properties/ipConfigurations"))));
        json_array_append_new(list, one);
    }
    return list;
}

static int32_t detail_place(struct fh_call *call, const json_t *request)
{
    const char *id = fh_value(call, "/subscription/id");
    const char *name = fh_value(call, "/subscription/name");
    int32_t result = fh_detail(call, "region", "Region", fh_value(call, "/region"));
    if (result == FH_OK)
        result = fh_detail(call, "subscription", "Subscription",
                           name ? fh_printf(call, "%s (%s)", name, id) : id);
    if (result == FH_OK)
        result = fh_detail(call, "virtualHub", "Virtual hub", hub_path(call));
    if (result == FH_OK)
        result =
            fh_json_detail(call, "addressRanges", "Address ranges", ranges_json(call, request));
    if (result == FH_OK)
        result = fh_json_detail(call, "dnsServers", "DNS servers",
                                json_copy(fh_json_at(request, "/fields/dns-server")));
    return result;
}

static int32_t detail_traffic(struct fh_call *call, const json_t *request)
{
    const char *ranges = joined_ranges(call, fh_json_at(request, "/fields/address-range"));
    json_t *routes = fh_json_at(request, "/fields/route");
    struct rule rules[5];
    connected_firewall(ranges, rules);
    int32_t result = fh_detail(call, "internetSecurity", "Internet security",
                               is_true(call, "/fields/internet-security") ? "yes" : "no");
    if (result == FH_OK)
        result = fh_detail(call, "routePropagation", "Route propagation",
                           is_true(call, "/fields/route-propagation") ? "yes" : "no");
    if (result == FH_OK)
        result =
            fh_json_detail(call, "routes", "Routes", routes ? json_incref(routes) : json_array());
    if (result == FH_OK)
        result = detail_nat(call, request, true);
    if (result == FH_OK)
        result = fh_json_detail(call, "firewall", "Firewall", rules_json(rules, COUNT(rules)));
    if (result == FH_OK)
        result = fh_json_detail(call, "customerFirewall", "To open on the customer's side",
                                customer_firewall(ranges));
    return result;
}

static int32_t observe(struct fh_call *call)
{
    struct health health = {.meanwhile =
                                "The hub is connected, and machines can be made meanwhile"};
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    health_add_fault(&health, HUB_FAILED, "Connection to the hub failed",
                     hub_failure(call, request));
    health_look(call, request, &health, "firewall", "network security group");
    health_look(call, request, &health, "network", "virtual network");
    look_at_subnets(call, request, &health);
    health_parts(call, request, &health);
    int32_t result = health_tell(call, &health);
    if (result == FH_OK)
        result = detail_place(call, request);
    if (result == FH_OK)
        result = detail_traffic(call, request);
    json_decref(request);
    return result;
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "connection",
    .name = "vwan-spoke",
    .version = "1.0",
    .summary = "A spoke of a virtual hub of yours, in the same tenant or another",
    .description =
        "A network for machines, connected to a virtual hub of your own virtual WAN, so that they "
        "reach all that the hub reaches. It has one address range or several, which can change. "
        "The hub, what is connected to it, DNS servers and permissions are looked at before "
        "anything is created; nothing else of the hub is touched.",
    .flags = FH_PLUGIN_DOMAIN_JOIN | FH_PLUGIN_NAT,
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .options = options,
    .option_count = COUNT(options),
    .check = vwan_spoke_check,
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription; Network Contributor on the virtual "
                      "hub's resource group",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
