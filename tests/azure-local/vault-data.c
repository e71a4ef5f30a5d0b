/* SPDX-License-Identifier: Apache-2.0 */
/* The data plane of key vaults: who may come in, and where a request goes. */
#include "vault.h"

#include "text.h"
#include "world.h"

#include <string.h>

int vault_refuse(struct exchange *x, int status, const char *code, const char *inner,
                 const char *format, ...)
{
    va_list list;
    char *message;

    va_start(list, format);
    message = pool_vprint(&x->pool, format, list);
    va_end(list);
    refuse(x, status, code, "%s", message);
    if (inner)
        plant(x->a.json, "error.innererror.code", json_string(inner));
    return -1;
}

/* Each operation with what it takes: a data action, or a permission of an access policy. */
static const struct route {
    enum verb verb;
    const char *pattern; /* `*` stands for one segment */
    const char *action, *permission;
    int (*handle)(struct exchange *x, const struct vault_ask *ask);
} routes[] = {
    {VERB_GET, "keys", "read", "list", key_list},
    {VERB_PUT, "keys/*", "import/action", "import", key_import},
    {VERB_DELETE, "keys/*", "delete", "delete", key_delete},
    {VERB_GET, "keys/*", "read", "get", key_get},
    {VERB_PATCH, "keys/*", "update/action", "update", key_update},
    {VERB_POST, "keys/*/create", "create/action", "create", key_create},
    {VERB_POST, "keys/*/rotate", "rotate/action", "rotate", key_rotate},
    {VERB_GET, "keys/*/versions", "read", "list", key_versions},
    {VERB_GET, "keys/*/rotationpolicy", "keyrotationpolicies/read", "getrotationpolicy",
     policy_get},
    {VERB_PUT, "keys/*/rotationpolicy", "keyrotationpolicies/write", "setrotationpolicy",
     policy_put},
    {VERB_GET, "keys/*/*", "read", "get", key_get},
    {VERB_PATCH, "keys/*/*", "update/action", "update", key_update},
    {VERB_GET, "deletedkeys", "read", "list", trash_list},
    {VERB_GET, "deletedkeys/*", "read", "get", trash_get},
    {VERB_POST, "deletedkeys/*/recover", "recover/action", "recover", trash_recover},
    {VERB_DELETE, "deletedkeys/*", "purge/action", "purge", trash_purge},
};

/* Fills the stars in. */
static bool fits(const char *pattern, const char *path, struct pool *pool, const char **stars)
{
    size_t star = 0;

    for (;;) {
        size_t want = strcspn(pattern, "/"), have = strcspn(path, "/");

        if (want == 1 && *pattern == '*') {
            if (!have)
                return false;
            stars[star++] = pool_copy(pool, path, have);
        } else if (want != have || strncmp(pattern, path, want) != 0) {
            return false;
        }
        pattern += want;
        path += have;
        path += *path == '/';
        if (!*pattern || !*path)
            return !*pattern && !*path;
        pattern++;
    }
}

static int challenge(struct exchange *x, const char *tenant, const char *message)
{
    reply_header(x, "WWW-Authenticate",
                 "Bearer authorization=\"%s/%s\", resource=\"https://vault.azure.net\"",
                 x->sim->base, tenant);
    return vault_refuse(x, 401, "Unauthorized", NULL, "%s", message);
}

static int check_token(struct exchange *x, const char *tenant)
{
    const char *audience = NULL, *fault = token_fault(x, &audience);

    if (fault)
        return challenge(x, tenant, fault);
    if (!same_text(audience, "https://vault.azure.net"))
        return challenge(x, tenant,
                         pool_print(&x->pool,
                                    "AKV10022: Invalid audience. Expected https://vault.azure.net, "
                                    "found: %s.",
                                    audience));
    if (!same_text(x->caller->tenant, tenant))
        return challenge(x, tenant,
                         pool_print(&x->pool,
                                    "AKV10032: Invalid issuer. Expected one of "
                                    "https://sts.windows.net/%s/, found "
                                    "https://sts.windows.net/%s/.",
                                    tenant, x->caller->tenant));
    return 0;
}

/* Everybody comes from 127.0.0.1 here. */
static int check_network(struct exchange *x, const json_t *vault)
{
    const json_t *acls = dig(vault, "body.properties.networkAcls");
    json_t *rule;
    size_t i;

    if (same_text(dig_text(vault, "body.properties.publicNetworkAccess"), "Disabled"))
        return vault_refuse(x, 403, "Forbidden", "ForbiddenByConnection",
                            "Public network access is disabled and request is not from a trusted "
                            "service nor via an approved private link.");
    if (!same_text(dig_text(acls, "defaultAction"), "Deny"))
        return 0;
    json_array_foreach(dig(acls, "ipRules"), i, rule)
    {
        const char *range = dig_text(rule, "value");

        if (range && (starts_with(range, "127.0.0.1") || starts_with(range, "127.0.0.0/")))
            return 0;
    }
    return vault_refuse(x, 403, "Forbidden", "ForbiddenByFirewall",
                        "Client address is not authorized and caller is not a trusted service. "
                        "Client address: 127.0.0.1");
}

static bool policy_allows(const json_t *vault, const struct principal *who, const char *permission)
{
    json_t *policy, *one;
    size_t i, k;

    json_array_foreach(dig(vault, "body.properties.accessPolicies"), i, policy)
    {
        if (!same_text(dig_text(policy, "objectId"), who->object_id))
            continue;
        json_array_foreach(dig(policy, "permissions.keys"), k,
                           one) if (same_text(json_string_value(one), permission) ||
                                    same_text(json_string_value(one), "all")) return true;
    }
    return false;
}

bool vault_allows(struct exchange *x, const json_t *vault, const struct principal *who,
                  const char *action, const char *permission)
{
    if (!json_is_true(dig(vault, "body.properties.enableRbacAuthorization")))
        return policy_allows(vault, who, permission);
    return access_allows_data(who,
                              pool_print(&x->pool, "Microsoft.KeyVault/vaults/%s%s",
                                         starts_with(action, "keyrotationpolicies") ? "" : "keys/",
                                         action),
                              dig_text(vault, "id"));
}

static int check_right(struct exchange *x, const json_t *vault, const struct route *route)
{
    bool rbac = json_is_true(dig(vault, "body.properties.enableRbacAuthorization"));

    if (vault_allows(x, vault, x->caller, route->action, route->permission))
        return 0;
    return vault_refuse(x, 403, "Forbidden", rbac ? "ForbiddenByRbac" : "AccessDenied",
                        "Caller is not authorized to perform action on resource.\r\nIf role "
                        "assignments, deny assignments or role definitions were changed recently, "
                        "please observe propagation time.\r\nCaller: appid=%s;oid=%s\r\nAction: "
                        "'Microsoft.KeyVault/vaults/keys/%s'\r\nVault: %s",
                        x->caller->client_id, x->caller->object_id, route->action,
                        dig_text(vault, "body.name"));
}

static int check_version(struct exchange *x)
{
    x->api_version = query(x, "api-version");
    if (x->api_version && *x->api_version)
        return 0;
    return vault_refuse(x, 400, "BadParameter", NULL, "AKV10000: api-version must be specified");
}

static void go(struct exchange *x, const struct vault_ask *given, const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        const char *stars[2] = {NULL, NULL};
        struct vault_ask ask = *given;

        if (routes[i].verb != x->q.verb || !fits(routes[i].pattern, path, &x->pool, stars))
            continue;
        ask.name = stars[0];
        ask.version = stars[1];
        if (!check_right(x, ask.vault, &routes[i]))
            routes[i].handle(x, &ask);
        return;
    }
    vault_refuse(x, 404, "NotFound", NULL, "There is nothing at %s here.", path);
}

void vault_handle(struct exchange *x)
{
    const char *at = x->q.path + strlen("/_vault/");
    char *name = pool_copy(&x->pool, at, strcspn(at, "/"));
    struct vault_ask ask = {.vault = vault_of(x->sim, name), .vault_name = name};
    const struct resource *resource = NULL;

    if (ask.vault)
        resource = store_find_id(x, dig_text(ask.vault, "id"));
    if (!resource) { /* in Azure there would be no such host name */
        vault_refuse(x, 404, "VaultNotFound", NULL, "There is no vault '%s'.", name);
        return;
    }
    json_object_set(ask.vault, "body", resource->body);
    at += strlen(name);
    at += *at == '/';
    if (check_token(x, dig_text(ask.vault, "body.properties.tenantId")) || check_version(x) ||
        check_network(x, ask.vault))
        return;
    go(x, &ask, at);
}
