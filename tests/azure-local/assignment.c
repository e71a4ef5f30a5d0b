/* SPDX-License-Identifier: Apache-2.0 */
/* Role assignments: what they grant holds at once. */
#include "storage.h"

#include "text.h"
#include "world.h"

#include <string.h>

static struct principal *principal_of(const struct sim *sim, const json_t *body)
{
    const char *id = dig_text(body, "properties.principalId");

    return id ? (struct principal *)(uintptr_t)world_principal(sim->world, id, NULL) : NULL;
}

int assignment_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *role = dig_text(wanted, "properties.roleDefinitionId");
    const char *principal = dig_text(wanted, "properties.principalId");

    if (old && (!same_text(role, dig_text(old->body, "properties.roleDefinitionId")) ||
                !same_text(principal, dig_text(old->body, "properties.principalId"))))
        return refuse(x, 400, "RoleAssignmentUpdateNotPermitted",
                      "Tenant ID, application ID, principal ID, and scope are not allowed to be "
                      "updated.");
    if (!role || !principal)
        return refuse(x, 400, "BadRequestFormat",
                      "The request was incorrectly formatted: roleDefinitionId and principalId are "
                      "wanted.");
    if (!role_name(role))
        return refuse(x, 404, "RoleDefinitionDoesNotExist",
                      "The specified role definition with ID '%s' does not exist.", role);
    if (!principal_of(x->sim, wanted))
        return refuse(x, 400, "PrincipalNotFound", "Principal %s does not exist in the directory.",
                      principal);
    plant(wanted, "properties.scope", json_string(x->path.scope));
    plant_default(wanted, "properties.principalType", json_string("ServicePrincipal"));
    plant(wanted, "properties.createdOn",
          json_string(iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    return 0;
}

void assignment_settled(struct sim *sim, struct resource *resource)
{
    access_grant(principal_of(sim, resource->body),
                 role_name(dig_text(resource->body, "properties.roleDefinitionId")),
                 dig_text(resource->body, "properties.scope"));
}

void assignment_gone(struct sim *sim, struct resource *resource)
{
    access_revoke(principal_of(sim, resource->body),
                  role_name(dig_text(resource->body, "properties.roleDefinitionId")),
                  dig_text(resource->body, "properties.scope"));
}
