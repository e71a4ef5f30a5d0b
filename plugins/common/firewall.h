/* SPDX-License-Identifier: Apache-2.0 */
/* The manual's firewall policy for networks with a connection. */
#ifndef FLEXHOST_PLUGINS_COMMON_FIREWALL_H
#define FLEXHOST_PLUGINS_COMMON_FIREWALL_H

#include "network.h"

/* Machines reach one another on the ports of a session only, so the customer's side is allowed by a
 * tag that holds our own range as well, and our own range is denied before it. */
static inline void connected_firewall(const char *own_range, struct rule rules[5])
{
    rules[0] = (struct rule){"allow-sessions", 1000,      "Inbound",         "Allow", "Tcp",
                             own_range,        own_range, "80,443,1494,2598"};
    rules[1] = (struct rule){
        "deny-machine-to-machine", 1100, "Inbound", "Deny", "*", own_range, own_range, "*"};
    rules[2] = (struct rule){"allow-shadowing", 1200,      "Inbound",    "Allow", "Tcp",
                             "VirtualNetwork",  own_range, "49152-65535"};
    rules[3] = (struct rule){"deny-all-inbound", 4096, "Inbound", "Deny", "*", "*", "*", "*"};
    rules[4] = (struct rule){"allow-all-outbound", 4096, "Outbound", "Allow", "*", "*", "*", "*"};
}

/* What the operator opens on the customer's side, by the manual's table. */
static inline json_t *customer_firewall(const char *own_range)
{
    const struct rule rules[] = {
        {"domain-services", 0, "Inbound", "Allow", "*", own_range, "VirtualNetwork",
         "53,88,123,135-139,389,445,636"},
        {"sessions-inside", 0, "Outbound", "Allow", "Tcp", "VirtualNetwork", own_range,
         "443,1494,2598"},
    };
    json_t *list = rules_json(rules, COUNT(rules));
    for (size_t i = 0; i < json_array_size(list); i++)
        json_object_del(json_object_get(json_array_get(list, i), "properties"), "priority");
    return list;
}

#endif
