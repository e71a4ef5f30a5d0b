/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vwan-spoke: what is looked at before anything is created or changed. */
#include "vwan-spoke.h"

#include <ctype.h>

#define CONNECTION_WRITE "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/write"

static const char *hub_credential(struct fh_call *call)
{
    return fh_value(call, "/fields/hub-credential");
}

/* ---- the fields ---- */

/* The manual refuses it for peerings and VPNs only: here private zones may be all that is needed.
 */
static int32_t check_azure_dns(struct fh_call *call, const json_t *request)
{
    const json_t *servers = fh_json_at(request, "/fields/dns-server");
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(servers); i++)
        if (strcmp(json_string_value(json_array_get(servers, i)), AZURE_DNS) == 0)
            result =
                fh_finding(call, FH_WARNING, "dns-own", fh_printf(call, "/dns-server/%zu", i),
                           "168.63.129.16 is Azure's own DNS server, which knows no name of "
                           "yours, and answers nobody outside Azure: it is not asked from here",
                           "give the address of a DNS server that the hub reaches, unless "
                           "machines need public names alone");
    return result;
}

static const json_t *default_route(const json_t *request)
{
    const json_t *routes = fh_json_at(request, "/fields/route");
    for (size_t i = 0; i < json_array_size(routes); i++) {
        const json_t *route = json_array_get(routes, i);
        const char *destination = fh_json_text(route, "/destination");
        if (destination && strcmp(destination, DEFAULT_ROUTE) == 0 &&
            json_is_true(json_object_get(route, "enabled")))
            return route;
    }
    return NULL;
}

/* By the manual's troubleshooting, machines of a spoke reach the Internet by a route of their own;
 * with internet security the hub's firewall lets them out. */
static int32_t check_internet(struct fh_call *call, const json_t *request)
{
    const char *hop = fh_json_text(default_route(request), "/next-hop-type");
    bool secure = is_true(call, "/fields/internet-security");
    bool direct = hop && strcmp(hop, "Internet") == 0;
    if (!secure && (!hop || strcmp(hop, "None") == 0))
        return fh_finding(
            call, FH_WARNING, "internet-route", "/route",
            "no route leads to the Internet: machines may be unable to download the software that "
            "they need, and get stuck while they are set up",
            "add --route name=internet,destination=0.0.0.0/0,next-hop-type=Internet");
    if (secure && direct)
        return fh_finding(call, FH_WARNING, "internet-route", "/route",
                          "the route to 0.0.0.0/0 by Internet goes past the hub's firewall, which "
                          "internet security sends the traffic through",
                          "leave out the route, or --internet-security");
    return fh_finding(call, FH_PASS, "internet-route", NULL,
                      secure ? "machines reach the Internet through the hub"
                             : "a route of their own leads machines to the Internet",
                      NULL);
}

static int32_t check_propagation(struct fh_call *call)
{
    if (is_true(call, "/fields/route-propagation"))
        return FH_OK;
    return fh_finding(call, FH_WARNING, "route-propagation", "/route-propagation",
                      "without route propagation machines learn no route from the hub, and the hub "
                      "none to them",
                      "add a --route for each network that machines use, and routes to the "
                      "machines in the hub's route tables");
}

static int32_t check_fields(struct fh_call *call, const json_t *request)
{
    const char *fault = hub_fault(call);
    int32_t result = fault ? fh_finding(call, FH_FAIL, "hub", "/hub", fault, NULL) : FH_OK;
    if (result == FH_OK)
        result = check_routes(call, fh_json_at(request, "/fields/route"));
    if (result == FH_OK && asks_about(call, request, "dns-server"))
        result = check_azure_dns(call, request);
    if (result == FH_OK && asks_about(call, request, "route") && !fh_refused(call))
        result = check_internet(call, request);
    if (result == FH_OK && !operation_is(call, "update"))
        result = check_propagation(call);
    return result;
}

/* ---- the hub ---- */

/* "West US 3" is westus3. */
static bool is_same_region(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

static int32_t check_region(struct fh_call *call, const json_t *hub)
{
    const char *theirs = fh_json_text(hub, "/location");
    const char *ours = fh_value(call, "/region");
    if (!theirs || !ours)
        return FH_OK;
    if (is_same_region(theirs, ours))
        return fh_finding(
            call, FH_PASS, "hub-region", NULL,
            fh_printf(call, "the virtual hub %s is in the region of the machines", hub_name(call)),
            NULL);
    return fh_finding(
        call, FH_WARNING, "hub-region", NULL,
        fh_printf(call,
                  "the virtual hub %s is in %s and the machines are in %s: all that "
                  "they send to it crosses regions, which takes longer and costs more",
                  hub_name(call), theirs, ours),
        fh_printf(call, "create the connection in the region %s", theirs));
}

static int32_t check_state(struct fh_call *call, const json_t *hub)
{
    const char *state = fh_json_text(hub, "/properties/provisioningState");
    const char *routing = fh_json_text(hub, "/properties/routingState");
    const char *name = hub_name(call);
    if (state && strcmp(state, "Succeeded") != 0)
        return fh_finding(call, FH_FAIL, "hub-state", "/hub",
                          fh_printf(call, "the virtual hub %s is %s, not Succeeded", name, state),
                          strcmp(state, "Failed") == 0 ? "mend the hub first"
                                                       : "wait until the hub is ready");
    if (routing && strcmp(routing, "Provisioned") != 0)
        return fh_finding(call, FH_FAIL, "hub-state", "/hub",
                          fh_printf(call, "the router of the virtual hub %s is %s, not Provisioned",
                                    name, routing),
                          strcmp(routing, "Failed") == 0 ? "reset the hub's router"
                                                         : "wait until it is ready");
    return fh_finding(call, FH_PASS, "hub-state", NULL,
                      fh_printf(call, "the virtual hub %s is ready", name), NULL);
}

static int32_t judge_type(struct fh_call *call, const char *type)
{
    if (strcasecmp(type, "Standard") == 0)
        return fh_finding(call, FH_PASS, "hub-type", NULL,
                          fh_printf(call, "the virtual WAN of %s is Standard", hub_name(call)),
                          NULL);
    return fh_finding(
        call, FH_FAIL, "hub-type", "/hub",
        fh_printf(call, "the virtual WAN of the hub %s is %s, which connects no virtual networks",
                  hub_name(call), type),
        "upgrade the virtual WAN to Standard");
}

/* The type is the WAN's; the hub repeats it, for those who may not read the WAN. */
static int32_t check_wan(struct fh_call *call, const json_t *hub)
{
    const char *wan = fh_json_text(hub, "/properties/virtualWan/id");
    const char *sku = fh_json_text(hub, "/properties/sku");
    int32_t status = 0;
    if (!wan)
        return fh_finding(call, FH_FAIL, "hub-type", "/hub",
                          fh_printf(call, "%s is no hub of a virtual WAN", hub_name(call)),
                          "give the resource id of a virtual hub of a virtual WAN");
    const char *text = fh_arm_get(call, hub_credential(call), wan, API_NETWORK, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = json_loads(text, 0, NULL);
    const char *type = status == 200 ? fh_json_text(answer, "/properties/type") : NULL;
    if (!type)
        type = sku;
    int32_t result =
        type ? judge_type(call, type)
             : fh_finding(call, FH_WARNING, "hub-type", "/hub",
                          fh_printf(call,
                                    "whether the virtual WAN %s is of the type Standard is "
                                    "unknown: it cannot be read (HTTP %d): %s",
                                    last_part(wan), (int)status,
                                    azure_message(answer, "no reason given")),
                          fh_printf(call, "give \"%s\" the role Reader on the virtual WAN",
                                    hub_credential(call)));
    json_decref(answer);
    return result;
}

static int32_t check_hub_body(struct fh_call *call, const json_t *hub, bool about_ranges)
{
    const char *prefix = fh_json_text(hub, "/properties/addressPrefix");
    int32_t result = check_wan(call, hub);
    if (result == FH_OK)
        result = check_state(call, hub);
    if (result == FH_OK)
        result = check_region(call, hub);
    if (result == FH_OK && about_ranges && prefix && *prefix)
        result = fh_claim(call, prefix, fh_printf(call, "the virtual hub %s", hub_name(call)));
    return result;
}

/* *there: it was read, and more can be asked of it. Claims are all or none: they replace those that
 * are known. */
static int32_t check_hub(struct fh_call *call, bool about_ranges, bool *there)
{
    int32_t status = 0;
    const char *text = fh_arm_get(call, hub_credential(call), hub_path(call), API_NETWORK, &status);
    if (!text)
        return FH_EFAILED;
    json_t *hub = json_loads(text, 0, NULL);
    *there = status == 200;
    int32_t result =
        *there ? check_hub_body(call, hub, about_ranges)
               : refuse_answer(call, hub_credential(call), "hub", "/hub",
                               fh_printf(call, "the virtual hub %s in the resource group %s",
                                         hub_name(call), last_part(hub_scope(call, 4))),
                               status, hub);
    json_decref(hub);
    return result;
}

static int32_t check_role(struct fh_call *call)
{
    const char *credential = hub_credential(call);
    const char *scopes[] = {hub_scope(call, 4), hub_path(call)};
    enum permission permission;
    if (find_permission(call, credential, scopes, COUNT(scopes), CONNECTION_WRITE, &permission) !=
        FH_OK)
        return FH_EFAILED;
    if (permission == UNKNOWN)
        return FH_OK;
    if (permission == PERMITTED)
        return fh_finding(
            call, FH_PASS, "hub-role", NULL,
            fh_printf(call, "the credential \"%s\" may connect networks to the hub", credential),
            NULL);
    return fh_finding(
        call, FH_FAIL, "hub-role", "/hub-credential",
        fh_printf(call, "the credential \"%s\" may not connect a network to the virtual hub %s",
                  credential, hub_name(call)),
        fh_printf(call, "give \"%s\" the role Network Contributor on the hub's resource group",
                  credential));
}

/* ---- what is connected to it ---- */

static int32_t check_own_connection(struct fh_call *call, const json_t *connection)
{
    const char *state = fh_json_text(connection, "/properties/provisioningState");
    bool good = !state || strcmp(state, "Succeeded") == 0;
    if (!operation_is(call, "check"))
        return FH_OK;
    return fh_finding(
        call, good ? FH_PASS : missing_severity(call), "hub-connection", NULL,
        good ? fh_printf(call, "the machines' network is connected to the hub %s", hub_name(call))
             : fh_printf(call, "the hub %s reports the connection as %s", hub_name(call), state),
        good                 ? NULL
        : is_under_way(call) ? mend_by_retry(call)
                             : "look at the connection in the hub, or create this one again");
}

/* A network of somebody else, of which we may not know more than its name. */
static int32_t check_neighbour(struct fh_call *call, const char *id)
{
    int32_t status = 0;
    const char *text = fh_arm_get(call, hub_credential(call), id, API_NETWORK, &status);
    if (!text)
        return FH_EFAILED;
    json_t *network = json_loads(text, 0, NULL);
    const char *name = last_part(id);
    int32_t result =
        status == 200
            ? claim_all(
                  call, fh_json_at(network, "/properties/addressSpace/addressPrefixes"),
                  fh_printf(call, "the network %s, which is connected to %s", name, hub_name(call)))
            : fh_finding(call, FH_WARNING, "hub-neighbour", "/hub-credential",
                         fh_printf(call,
                                   "the ranges of the network %s, which is connected to %s, are "
                                   "unknown: it cannot be read (HTTP %d): %s",
                                   name, hub_name(call), (int)status,
                                   azure_message(network, "no reason given")),
                         fh_printf(call,
                                   "give \"%s\" the role Reader on it, or see to it that "
                                   "ranges do not overlap",
                                   hub_credential(call)));
    json_decref(network);
    return result;
}

/* Ours, from before, is no stranger. */
static int32_t check_connected(struct fh_call *call, const json_t *connection, bool *own)
{
    const char *remote = fh_json_text(connection, "/properties/remoteVirtualNetwork/id");
    const char *name = fh_json_text(connection, "/name");
    if (remote && strcasecmp(remote, network_path(call)) == 0) {
        *own = true;
        return check_own_connection(call, connection);
    }
    if (name && strcasecmp(name, hub_connection_name(call)) == 0)
        return fh_finding(
            call, FH_FAIL, "hub-connection-name", NULL,
            fh_printf(call, "%s has a connection called %s already, with another network",
                      hub_name(call), name),
            "delete that connection of the hub, or create this one under another name");
    return remote ? check_neighbour(call, remote) : FH_OK;
}

static int32_t check_connections(struct fh_call *call)
{
    const char *why = NULL;
    int32_t status = 0;
    bool own = false;
    json_t *connections = json_array();
    int32_t result = list_all(call, hub_credential(call), hub_connections_path(call), connections,
                              &status, &why);
    if (result == FH_OK && status != 200) {
        json_t *answer = json_pack("{s:s}", "message", why);
        result =
            refuse_answer(call, hub_credential(call), "hub-connections", "/hub-credential",
                          fh_printf(call, "the connections of the virtual hub %s", hub_name(call)),
                          status, answer);
        json_decref(answer);
        own = true; /* nobody knows */
    }
    for (size_t i = 0; result == FH_OK && i < json_array_size(connections); i++)
        result = check_connected(call, json_array_get(connections, i), &own);
    json_decref(connections);
    if (result != FH_OK || own || !operation_is(call, "check"))
        return result;
    return fh_finding(call, missing_severity(call), "hub-connection", NULL,
                      fh_printf(call, "the hub %s has no connection with the machines' network %s",
                                hub_name(call), is_under_way(call) ? "yet" : "any more"),
                      mend_by_retry(call));
}

/* ---- ranges that go ---- */

static size_t addresses_in_use(struct fh_call *call, const json_t *network, const char *range)
{
    const json_t *subnets = fh_json_at(network, "/properties/subnets");
    for (size_t i = 0; i < json_array_size(subnets); i++) {
        const json_t *subnet = json_array_get(subnets, i);
        const char *name = fh_json_text(subnet, "/name");
        if (name && strcasecmp(name, subnet_name(call, range)) == 0)
            return json_array_size(fh_json_at(subnet, "/properties/ipConfigurations"));
    }
    return 0;
}

static int32_t check_unused(struct fh_call *call, const json_t *network, const char *range)
{
    size_t used = addresses_in_use(call, network, range);
    if (used == 0)
        return fh_finding(call, FH_PASS, "range-unused", NULL,
                          fh_printf(call, "nothing uses the range %s any more", range), NULL);
    return fh_finding(call, FH_FAIL, "range-unused", "/address-range",
                      fh_printf(call,
                                "the range %s cannot change or go: %zu of its addresses %s in use",
                                range, used, used == 1 ? "is" : "are"),
                      "delete the machines, bastions and image preparations in it first, or keep "
                      "the range");
}

static int32_t check_removed(struct fh_call *call, const json_t *ranges)
{
    const char *credential = fh_value(call, "/subscription/credential");
    int32_t status = 0;
    if (json_array_size(ranges) == 0)
        return FH_OK;
    const char *text = fh_arm_get(call, NULL, network_path(call), API_NETWORK, &status);
    if (!text)
        return FH_EFAILED;
    json_t *network = json_loads(text, 0, NULL);
    int32_t result = FH_OK;
    if (status != 200 && status != 404) /* of what is not there, nothing is in use */
        result = refuse_answer(call, credential ? credential : "default", "range-unused",
                               "/address-range", "the machines' virtual network", status, network);
    else
        for (size_t i = 0; result == FH_OK && i < json_array_size(ranges); i++)
            result = check_unused(call, network, json_string_value(json_array_get(ranges, i)));
    json_decref(network);
    return result;
}

/* ---- all of it ---- */

/* The same request without Azure's own server, which cannot be asked from outside Azure. */
static json_t *without_azure_dns(const json_t *request)
{
    static const char *const lists[] = {"/fields/dns-server", "/previous/dns-server"};
    json_t *copy = json_deep_copy(request);
    for (size_t i = 0; i < COUNT(lists); i++) {
        json_t *servers = fh_json_at(copy, lists[i]);
        for (size_t k = json_array_size(servers); k-- > 0;)
            if (strcmp(json_string_value(json_array_get(servers, k)), AZURE_DNS) == 0)
                json_array_remove(servers, k);
    }
    return copy;
}

static int32_t ask_hub(struct fh_call *call, bool about_credential, bool about_ranges)
{
    const struct tenant_question tenant = {
        .credential = hub_credential(call),
        .subscription = last_part(hub_scope(call, 2)),
        .declared = their_tenant(call, "hub-tenant", "hub-credential"),
        .subscription_field = "/hub",
        .tenant_field = "/hub-tenant",
    };
    bool there = false;
    int32_t result = about_credential ? check_tenant(call, &tenant) : FH_OK;
    if (result == FH_OK)
        result = check_hub(call, about_ranges, &there);
    if (result == FH_OK && there && about_credential)
        result = check_role(call);
    if (result == FH_OK && there && about_ranges)
        result = check_connections(call);
    return result;
}

static int32_t ask(struct fh_call *call, const json_t *request)
{
    bool changes = operation_is(call, "update");
    json_t *removed = changes ? removed_ranges(request) : json_array();
    json_t *added = ranges_only_in(fh_json_at(request, "/fields/address-range"),
                                   fh_json_at(request, "/previous/address-range"));
    json_t *named = without_azure_dns(request);
    bool about_ranges = !changes || json_array_size(added) > 0;
    bool about_credential = asks_about(call, request, "hub-credential");
    int32_t result = check_removed(call, removed);
    if (result == FH_OK && (about_ranges || about_credential))
        result = ask_hub(call, about_credential, about_ranges);
    if (result == FH_OK)
        result = check_name_servers(call, named);
    json_decref(named);
    json_decref(added);
    json_decref(removed);
    return result;
}

int32_t vwan_spoke_check(struct fh_call *call)
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
