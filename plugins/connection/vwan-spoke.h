/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vwan-spoke: what its two files share. */
#ifndef FLEXHOST_PLUGINS_CONNECTION_VWAN_SPOKE_H
#define FLEXHOST_PLUGINS_CONNECTION_VWAN_SPOKE_H

#include "../common/customer.h"
#include "../common/names.h"
#include "../common/network.h"
#include "../common/routes.h"

/* Questions to Azure and to the DNS servers; nothing is changed. */
int32_t vwan_spoke_check(struct fh_call *call);

/* NULL: the field names a virtual hub. */
static inline const char *hub_fault(struct fh_call *call)
{
    static const char *const parts[] = {
        "subscriptions", NULL, "resourceGroups", NULL, "providers", "Microsoft.Network",
        "virtualHubs",   NULL};
    const char *id = fh_value(call, "/fields/hub");
    const char *at = id;
    size_t i = 0;
    for (; at && *at == '/' && i < COUNT(parts); i++) {
        size_t length = strcspn(at + 1, "/");
        if (!length || (parts[i] &&
                        (strlen(parts[i]) != length || strncasecmp(at + 1, parts[i], length) != 0)))
            break;
        at += 1 + length;
    }
    if (at && i == COUNT(parts) && !*at)
        return NULL;
    return fh_printf(
        call,
        "%s is no virtual hub: write /subscriptions/GUID/resourceGroups/GROUP/"
        "providers/Microsoft.Network/virtualHubs/NAME, as the hub's properties show it",
        id ? id : "nothing");
}

static inline const char *hub_path(struct fh_call *call)
{
    return fh_value(call, "/fields/hub");
}

static inline const char *hub_name(struct fh_call *call)
{
    return last_part(hub_path(call));
}

/* The first `count` parts of the hub's id, each with its slash. */
static inline const char *hub_scope(struct fh_call *call, int count)
{
    const char *id = hub_path(call), *at = id;
    while (count-- > 0 && *at == '/')
        at += 1 + strcspn(at + 1, "/");
    return fh_printf(call, "%.*s", (int)(at - id), id);
}

static inline const char *hub_connections_path(struct fh_call *call)
{
    return fh_printf(call, "%s/hubVirtualNetworkConnections", hub_path(call));
}

static inline const char *hub_connection_name(struct fh_call *call)
{
    return fh_resource_name(call, "spoke", 80, NULL);
}

/* "10-200-0-0-24": a range as part of a step's key and of a subnet's name. */
static inline const char *range_key(struct fh_call *call, const char *range)
{
    char *key = fh_printf(call, "%s", range);
    for (char *c = key; *c; c++)
        if (*c == '.' || *c == '/')
            *c = '-';
    return key;
}

static inline const char *subnet_name(struct fh_call *call, const char *range)
{
    return fh_printf(call, "machines-%s", range_key(call, range));
}

/* The ranges of `from` that `other` does not have: a new reference. */
static inline json_t *ranges_only_in(const json_t *from, const json_t *other)
{
    json_t *only = json_array();
    for (size_t i = 0; i < json_array_size(from); i++) {
        json_t *range = json_array_get(from, i);
        if (json_is_string(range) && !holds_text(other, json_string_value(range)))
            json_array_append(only, range);
    }
    return only;
}

/* Those that a change takes away. */
static inline json_t *removed_ranges(const json_t *request)
{
    return ranges_only_in(fh_json_at(request, "/previous/address-range"),
                          fh_json_at(request, "/fields/address-range"));
}

/* "10.200.0.0/24,10.201.0.0/24", as rules of the firewall take it. */
static inline const char *joined_ranges(struct fh_call *call, const json_t *ranges)
{
    const char *all = "";
    for (size_t i = 0; i < json_array_size(ranges); i++)
        all = fh_printf(call, "%s%s%s", all, i ? "," : "",
                        json_string_value(json_array_get(ranges, i)));
    return all;
}

#endif
