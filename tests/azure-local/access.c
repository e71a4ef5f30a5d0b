/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: which actions they allow, and at which scopes a principal has them. */
#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct role {
    const char *name, *definition;
    const char *allowed[10];
    const char *denied[6];
    const char *data[8]; /* actions of a data plane */
};

static const struct role roles[] = {
    {"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", {"*"}, {0}},
    {"Contributor",
     "b24988ac-6180-42a0-ab88-20f7382dd24c",
     {"*"},
     {"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action"}},
    {"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", {"*/read"}, {0}},
    {"Network Contributor",
     "4d97b98b-1d4f-4787-a291-c67834d212e7",
     {"Microsoft.Network/*", "Microsoft.Authorization/*/read", "Microsoft.Resources/deployments/*",
      "Microsoft.Resources/subscriptions/resourceGroups/read"},
     {0}},
    {"Virtual Machine Contributor",
     "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
     {"Microsoft.Compute/virtualMachines/*", "Microsoft.Compute/disks/*",
      "Microsoft.Compute/locations/*", "Microsoft.Network/networkInterfaces/*",
      "Microsoft.Network/virtualNetworks/read",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
      "Microsoft.Network/networkSecurityGroups/join/action",
      "Microsoft.Network/networkSecurityGroups/read",
      "Microsoft.Resources/subscriptions/resourceGroups/read"},
     {0}},
    {"Storage Account Contributor",
     "17d1049b-9a84-46fb-8f53-869881c3d3ab",
     {"Microsoft.Storage/storageAccounts/*", "Microsoft.Authorization/*/read",
      "Microsoft.Resources/subscriptions/resourceGroups/read"},
     {0}},
    {"Key Vault Contributor",
     "f25e0fa2-a7c8-4377-a976-54943a77a395",
     {"Microsoft.KeyVault/*", "Microsoft.Authorization/*/read",
      "Microsoft.Resources/subscriptions/resourceGroups/read"},
     {"Microsoft.KeyVault/locations/deletedVaults/purge/action"},
     {0}},
    {"Key Vault Administrator",
     "00482a5a-887f-4fb3-b363-3b7fe8e74483",
     {"Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/deletedVaults/read",
      "Microsoft.Authorization/*/read"},
     {0},
     {"Microsoft.KeyVault/vaults/*"}},
    {"Key Vault Crypto Officer",
     "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
     {"Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/deletedVaults/read",
      "Microsoft.Authorization/*/read"},
     {0},
     {"Microsoft.KeyVault/vaults/keys/*", "Microsoft.KeyVault/vaults/keyrotationpolicies/*"}},
    {"Key Vault Crypto Service Encryption User",
     "e147488a-f6f5-4113-8e2d-b22465e65bf6",
     {"Microsoft.EventGrid/eventSubscriptions/write", "Microsoft.EventGrid/eventSubscriptions/read",
      "Microsoft.EventGrid/eventSubscriptions/delete"},
     {0},
     {"Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/wrap/action",
      "Microsoft.KeyVault/vaults/keys/unwrap/action"}},
    {"Key Vault Crypto User",
     "12338af0-0e69-4776-bea7-57ae8d297424",
     {0},
     {0},
     {"Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/update/action",
      "Microsoft.KeyVault/vaults/keys/wrap/action",
      "Microsoft.KeyVault/vaults/keys/unwrap/action"}},
    {"Key Vault Reader",
     "21090545-7ca7-4776-b22c-e363652d74d2",
     {"Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/deletedVaults/read",
      "Microsoft.Authorization/*/read"},
     {0},
     {"Microsoft.KeyVault/vaults/*/read"}},
    {"User Access Administrator",
     "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
     {"*/read", "Microsoft.Authorization/*"},
     {0}},
};

static const struct role *role_find(const char *name)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (same_text(roles[i].name, name))
            return &roles[i];
    return NULL;
}

const char *role_name(const char *definition_id)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (definition_id && ends_with(definition_id, roles[i].definition))
            return roles[i].name;
    return NULL;
}

const char *role_definition(const char *name)
{
    const struct role *role = role_find(name);

    return role ? role->definition : NULL;
}

static bool role_allows(const struct role *role, const char *action)
{
    for (const char *const *denied = role->denied; *denied; denied++)
        if (text_matches(*denied, action))
            return false;
    for (const char *const *allowed = role->allowed; *allowed; allowed++)
        if (text_matches(*allowed, action))
            return true;
    return false;
}

static bool in_scope(const char *scope, const char *grant)
{
    size_t length = strlen(grant);

    return starts_with(scope, grant) && (!scope[length] || scope[length] == '/');
}

bool access_allows(const struct principal *who, const char *action, const char *scope)
{
    for (const struct grant *grant = who->grants; grant; grant = grant->next) {
        const struct role *role = role_find(grant->role);

        if (role && in_scope(scope, grant->scope) && role_allows(role, action))
            return true;
    }
    return false;
}

bool access_allows_data(const struct principal *who, const char *action, const char *scope)
{
    for (const struct grant *grant = who->grants; grant; grant = grant->next) {
        const struct role *role = role_find(grant->role);

        if (!role || !in_scope(scope, grant->scope))
            continue;
        for (const char *const *allowed = role->data; *allowed; allowed++)
            if (text_matches(*allowed, action))
                return true;
    }
    return false;
}

int access_check(struct exchange *x, const char *action, const char *scope)
{
    if (access_allows(x->caller, action, scope))
        return 0;
    return refuse(x, 403, "AuthorizationFailed",
                  "The client '%s' with object id '%s' does not have authorization to perform "
                  "action '%s' over scope '%s' or the scope is invalid. If access was recently "
                  "granted, please refresh your credentials.",
                  x->caller->client_id, x->caller->object_id, action, scope);
}

static char *own_action(struct exchange *x)
{
    return pool_print(&x->pool, "%s/write", x->path.type);
}

int access_linked(struct exchange *x, const char *action, const char *linked)
{
    const struct principal *who = x->caller;
    const struct subscription *there;
    struct arm_path path;

    if (!who || arm_path_parse(&x->pool, linked, &path) || !path.subscription)
        return 0;
    there = world_subscription(x->sim->world, path.subscription);
    if (there && !same_text(there->tenant, who->tenant)) {
        who = token_auxiliary(x, there->tenant);
        if (!who)
            return refuse(x, 403, "LinkedAuthorizationFailed",
                          "The client has permission to perform action '%s' on scope '%s', however "
                          "the current tenant '%s' is not authorized to access linked subscription "
                          "'%s'.",
                          action, x->path.id, x->caller->tenant, path.subscription);
    }
    if (access_allows(who, action, linked))
        return 0;
    return refuse(x, 403, "LinkedAuthorizationFailed",
                  "The client '%s' with object id '%s' has permission to perform action '%s' on "
                  "scope '%s'; however, it does not have permission to perform action(s) '%s' on "
                  "the linked scope(s) '%s' (respectively) or the linked scope(s) are invalid.",
                  who->client_id, who->object_id, own_action(x), x->path.id, action, linked);
}

static char *tidy_scope(const char *scope)
{
    char *tidy = must_copy(scope);
    size_t length = strlen(tidy);

    while (length && tidy[length - 1] == '/')
        tidy[--length] = '\0';
    return tidy;
}

void access_grant(struct principal *who, const char *role, const char *scope)
{
    char *tidy = tidy_scope(scope);
    struct grant *grant;

    for (grant = who->grants; grant; grant = grant->next)
        if (same_text(grant->role, role) && same_text(grant->scope, tidy)) {
            free(tidy);
            return;
        }
    grant = must_alloc(sizeof *grant);
    grant->role = must_copy(role);
    grant->scope = tidy;
    grant->next = who->grants;
    who->grants = grant;
}

void access_revoke(struct principal *who, const char *role, const char *scope)
{
    for (struct grant **at = &who->grants; *at; at = &(*at)->next) {
        struct grant *grant = *at;

        if (!same_text(grant->role, role) || !same_text(grant->scope, scope))
            continue;
        *at = grant->next;
        free(grant->role);
        free(grant->scope);
        free(grant);
        return;
    }
}

static json_t *list_patterns(const char *const *patterns)
{
    json_t *list = json_array();

    for (; *patterns; patterns++)
        json_array_append_new(list, json_string(*patterns));
    return list;
}

int access_permissions(struct exchange *x)
{
    json_t *list = json_array();

    for (const struct grant *grant = x->caller->grants; grant; grant = grant->next) {
        const struct role *role = role_find(grant->role);

        if (role && in_scope(x->path.scope, grant->scope))
            json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:[]}", "actions",
                                                  list_patterns(role->allowed), "notActions",
                                                  list_patterns(role->denied), "dataActions",
                                                  list_patterns(role->data), "notDataActions"));
    }
    return reply(x, 200, json_pack("{s:o}", "value", list));
}
