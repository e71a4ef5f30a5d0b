/* SPDX-License-Identifier: Apache-2.0 */
/* How a connection is, out of what Azure shows and of what failed in the last operation. Its route
 * table and its NAT gateway can fail by themselves, while the rest of it serves. */
#ifndef FLEXHOST_PLUGINS_COMMON_HEALTH_H
#define FLEXHOST_PLUGINS_COMMON_HEALTH_H

#include "network.h"

#define ROUTES_FAILED "RouteTableFailed"
#define BOTH_FAILED   "RouteTableAndNatGatewayFailed"

/* Messages; NULL where nothing is wrong. */
struct health {
    const char *fault; /* of what nothing works without */
    const char *fault_status;
    const char *fault_label;
    const char *routes;
    const char *nat;
    const char *meanwhile; /* what can be done while these two fail, as a clause */
};

static inline void health_add_fault(struct health *health, const char *status, const char *label,
                                    const char *fault)
{
    if (!fault || health->fault)
        return;
    health->fault = fault;
    health->fault_status = status;
    health->fault_label = label;
}

/* Looks at a step that nothing works without. */
static inline void health_look(struct fh_call *call, const json_t *request, struct health *health,
                               const char *step, const char *what)
{
    health_add_fault(health, "Failed", "Failed", resource_fault(call, request, step, what));
}

static inline const char *part_fault(struct fh_call *call, const struct health *health,
                                     const char *what, const char *why)
{
    int length = (int)strlen(why);
    if (length && why[length - 1] == '.') /* Azure ends its sentences */
        length--;
    return fh_printf(call,
                     "%s could not be set up: %.*s. %s. Mend what Azure names, then `flexhost "
                     "connection retry %s` tries this alone again",
                     what, length, why, health->meanwhile, fh_value(call, "/name"));
}

static inline void health_add_failure(struct fh_call *call, struct health *health,
                                      const char *status, const char *why)
{
    if (strcmp(status, ROUTES_FAILED) == 0) {
        if (!health->routes)
            health->routes = part_fault(call, health, "the route table", why);
    } else if (strcmp(status, NAT_FAILED) == 0) {
        if (!health->nat)
            health->nat = part_fault(call, health, "the NAT gateway", why);
    } else {
        health_add_fault(health, "Failed", "Failed", why);
    }
}

/* The route table and the NAT gateway: what failed in the last operation, and what is gone since. A
 * plugin that has more statuses looks at the failures first. */
static inline void health_parts(struct fh_call *call, const json_t *request, struct health *health)
{
    const char *step;
    json_t *failure;
    json_object_foreach(json_object_get(request, "failures"), step, failure)
    {
        const char *status = fh_json_text(failure, "/status");
        const char *why = fh_json_text(failure, "/message");
        health_add_failure(call, health, status ? status : "Failed", why ? why : step);
    }
    if (!health->routes)
        health->routes = resource_fault(call, request, "routes", "route table");
    if (!health->nat && has_nat(call))
        health->nat = resource_fault(call, request, "nat", "NAT gateway");
    if (!health->nat && has_nat(call))
        health->nat = resource_fault(call, request, "nat-ip", "NAT gateway's public address");
}

static inline int32_t health_tell(struct fh_call *call, const struct health *health)
{
    if (health->fault)
        return fh_status(call, health->fault_status, health->fault_label, health->fault);
    if (health->routes && health->nat)
        return fh_status(call, BOTH_FAILED, "Route table and NAT gateway failed",
                         fh_printf(call, "%s; %s", health->routes, health->nat));
    if (health->routes)
        return fh_status(call, ROUTES_FAILED, "Route table failed", health->routes);
    if (health->nat)
        return fh_status(call, NAT_FAILED, "NAT gateway failed", health->nat);
    return fh_status(call, "Complete", "Ready to use", NULL);
}

#endif
