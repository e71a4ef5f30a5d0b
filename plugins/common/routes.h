/* SPDX-License-Identifier: Apache-2.0 */
/* Custom routes of a connection: what an operator types, the rules between the fields, Azure's
 * form. */
#ifndef FLEXHOST_PLUGINS_COMMON_ROUTES_H
#define FLEXHOST_PLUGINS_COMMON_ROUTES_H

#include "azure.h"

#include <string.h>
#include <strings.h>

/* The sub-fields of a route. Which prefixes a destination may have differs with the connection; no
 * bounds, 0 and 0, leave it to route_fault(). */
#define ROUTE_FIELDS(destination_help, shortest, longest)                                          \
    {.name = "name",                                                                               \
     .type = "string",                                                                             \
     .flags = FH_FIELD_REQUIRED,                                                                   \
     .help = "name of the route",                                                                  \
     .min = 1,                                                                                     \
     .max = 80,                                                                                    \
     .pattern = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?",                                       \
     .pattern_help = "letters, digits, '.', '_' and '-', beginning with a letter or digit"},       \
        {.name = "destination",                                                                    \
         .type = "cidr",                                                                           \
         .flags = FH_FIELD_REQUIRED,                                                               \
         .help = (destination_help),                                                               \
         .min = (shortest),                                                                        \
         .max = (longest)},                                                                        \
        {.name = "next-hop-type",                                                                  \
         .type = "enum",                                                                           \
         .flags = FH_FIELD_REQUIRED,                                                               \
         .help = "by which way",                                                                   \
         .values = "VirtualNetworkGateway|VnetLocal|Internet|VirtualAppliance|None"},              \
        {.name = "next-hop-address",                                                               \
         .type = "ipv4",                                                                           \
         .help = "internal address of the appliance, with VirtualAppliance alone"},                \
    {                                                                                              \
        .name = "enabled", .type = "bool",                                                         \
        .help = "a disabled route stays listed and leaves Azure", .default_value = "yes"           \
    }

static const struct fh_field route_fields[] = {
    ROUTE_FIELDS("where the traffic goes, a range from /16 to /24", 16, 24),
};

#define ROUTE_ACKNOWLEDGEMENT "active sessions may be disrupted."
#define DEFAULT_ROUTE         "0.0.0.0/0"

enum { MOST_ROUTES = 400 }; /* of a route table, by Azure's limit */

/* The manual's bounds; its "0.0.0.0/0" comes this far only where the field lets it through. */
static inline bool is_destination(const char *range)
{
    const char *slash = strchr(range, '/');
    long prefix = slash ? strtol(slash + 1, NULL, 10) : 32;
    return strcmp(range, DEFAULT_ROUTE) == 0 || (prefix >= 16 && prefix <= 24);
}

/* A route's fault against its own fields or an earlier route; NULL: none. *field is what to name.
 */
static inline const char *route_fault(struct fh_call *call, const json_t *routes, size_t at,
                                      const char **field)
{
    const json_t *route = json_array_get(routes, at);
    const char *name = fh_json_text(route, "/name");
    const char *address = fh_json_text(route, "/next-hop-address");
    const char *destination = fh_json_text(route, "/destination");
    bool appliance = strcmp(fh_json_text(route, "/next-hop-type"), "VirtualAppliance") == 0;
    *field = fh_printf(call, "/route/%zu/destination", at);
    if (!is_destination(destination))
        return fh_printf(call,
                         "the route \"%s\" goes to %s: give a range from /16 to /24, or 0.0.0.0/0",
                         name, destination);
    *field = fh_printf(call, "/route/%zu/next-hop-address", at);
    if (appliance && !address)
        return fh_printf(call,
                         "the route \"%s\" goes to a virtual appliance: give the appliance's "
                         "internal address as next-hop-address",
                         name);
    if (!appliance && address)
        return fh_printf(call,
                         "the route \"%s\" has the next hop %s, which takes no address: leave out "
                         "next-hop-address (an edit unsets it with --next-hop-address=), or write "
                         "next-hop-type=VirtualAppliance",
                         name, fh_json_text(route, "/next-hop-type"));
    for (size_t i = 0; i < at; i++) {
        const json_t *other = json_array_get(routes, i);
        *field = fh_printf(call, "/route/%zu/name", at);
        if (strcasecmp(fh_json_text(other, "/name"), name) == 0)
            return fh_printf(call, "two routes are called \"%s\": rename one of them", name);
        *field = fh_printf(call, "/route/%zu/destination", at);
        if (strcmp(fh_json_text(other, "/destination"), destination) == 0)
            return fh_printf(call,
                             "the routes \"%s\" and \"%s\" have the same destination %s: Azure "
                             "takes one route a destination, so leave one of them out",
                             fh_json_text(other, "/name"), name, destination);
    }
    return NULL;
}

/* check: each fault is a finding. */
static inline int32_t check_routes(struct fh_call *call, const json_t *routes)
{
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(routes); i++) {
        const char *field;
        const char *fault = route_fault(call, routes, i, &field);
        if (fault)
            result = fh_finding(call, FH_FAIL, "routes", field, fault, NULL);
    }
    return result;
}

/* plan: the first fault ends the call. */
static inline int32_t require_routes(struct fh_call *call, const json_t *routes)
{
    for (size_t i = 0; i < json_array_size(routes); i++) {
        const char *field;
        const char *fault = route_fault(call, routes, i, &field);
        if (fault)
            return fh_fail(call, FH_EINVAL, field, "%s", fault);
    }
    return FH_OK;
}

/* Those that are enabled, in the order given, as Azure has them. */
static inline json_t *routes_json(const json_t *routes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(routes); i++) {
        const json_t *route = json_array_get(routes, i);
        const char *address = fh_json_text(route, "/next-hop-address");
        if (!json_is_true(json_object_get(route, "enabled")))
            continue;
        json_t *properties =
            json_pack("{s:s, s:s}", "addressPrefix", fh_json_text(route, "/destination"),
                      "nextHopType", fh_json_text(route, "/next-hop-type"));
        if (address)
            json_object_set_new(properties, "nextHopIpAddress", json_string(address));
        json_array_append_new(list, json_pack("{s:s, s:o}", "name", fh_json_text(route, "/name"),
                                              "properties", properties));
    }
    return list;
}

#endif
