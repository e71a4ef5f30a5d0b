/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft.KeyVault/vaults, those that were deleted, and their keys as the resource manager sees
 * them. */
#include "vault.h"

#include "text.h"
#include "world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };

json_t *vault_of(const struct sim *sim, const char *name)
{
    struct pool pool = {0};
    json_t *vault = json_object_get(sim->vaults, pool_lower(&pool, name));

    pool_empty(&pool);
    return json_object_get(vault, "deleted") ? NULL : vault;
}

static int by_number(const void *one, const void *other)
{
    size_t a = *(const size_t *)one, b = *(const size_t *)other;

    return a < b ? -1 : a > b;
}

static json_t *count_versions(json_t *keys)
{
    size_t *counts = must_alloc((json_object_size(keys) + 1) * sizeof *counts), n = 0;
    json_t *list = json_array(), *key;
    const char *name;

    json_object_foreach(keys, name, key) counts[n++] =
        json_array_size(json_object_get(key, "versions"));
    qsort(counts, n, sizeof *counts, by_number);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_integer((json_int_t)counts[i]));
    free(counts);
    return list;
}

json_t *vaults_show(const struct sim *sim)
{
    json_t *all = json_object(), *vault;
    const char *name;

    json_object_foreach(sim->vaults, name, vault) if (!json_object_get(vault, "deleted"))
        json_object_set_new(all, name, count_versions(json_object_get(vault, "keys")));
    return all;
}

static bool good_name(const char *name)
{
    size_t length = strlen(name);

    if (length < 3 || length > 24 || !isalpha((unsigned char)*name) || strstr(name, "--") ||
        name[length - 1] == '-')
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '-')
            return false;
    return true;
}

static json_t *any_vault(struct exchange *x, const char *name)
{
    return json_object_get(x->sim->vaults, pool_lower(&x->pool, name));
}

static int check_identity(struct exchange *x, const json_t *wanted, const struct resource *old)
{
    const char *name = x->path.name[0], *mode = dig_text(wanted, "properties.createMode");
    json_t *other = any_vault(x, name);
    bool deleted = json_object_get(other, "deleted");

    if (!good_name(name))
        return refuse(x, 400, "VaultNameNotValid",
                      "The vault name '%s' is invalid. A vault's name must be between 3-24 "
                      "alphanumeric characters. The name must begin with a letter, end with a "
                      "letter or digit, and not contain consecutive hyphens.",
                      name);
    if (old)
        return 0;
    if (same_text(mode, "recover"))
        return deleted && same_text(dig_text(other, "id"), x->path.id)
                   ? 0
                   : refuse(x, 404, "DeletedVaultNotFound", "The deleted vault '%s' was not found.",
                            name);
    if (deleted)
        return refuse(x, 409, "ConflictError",
                      "A vault with the same name already exists in deleted state. You need to "
                      "either recover or purge existing key vault.");
    if (other)
        return refuse(x, 409, "VaultAlreadyExists",
                      "The vault name '%s' is already in use. Vault names are globally unique so "
                      "it is possible that the name is already taken.",
                      name);
    return 0;
}

static int check_protection(struct exchange *x, const json_t *wanted, const struct resource *old)
{
    json_t *purge = dig(wanted, "properties.enablePurgeProtection");
    json_t *days = dig(wanted, "properties.softDeleteRetentionInDays");
    json_t *before = old ? dig(old->body, "properties.softDeleteRetentionInDays") : NULL;

    if (json_is_false(purge))
        return refuse(x, 400, "BadRequest",
                      "The property \"enablePurgeProtection\" cannot be set to false. Enabling the "
                      "purge protection for a vault is an irreversible action.");
    if (json_is_false(dig(wanted, "properties.enableSoftDelete")))
        return refuse(x, 400, "BadRequest",
                      "The property \"enableSoftDelete\" cannot be set to false.");
    if (days && (json_integer_value(days) < 7 || json_integer_value(days) > 90))
        return refuse(x, 400, "BadRequest",
                      "The property \"softDeleteRetentionInDays\" must be between 7 and 90.");
    if (days && before && !json_equal(days, before))
        return refuse(x, 400, "BadRequest",
                      "The property \"softDeleteRetentionInDays\" has been set already and it "
                      "can't be modified.");
    return 0;
}

static int check_properties(struct exchange *x, const json_t *wanted)
{
    const char *tenant = dig_text(wanted, "properties.tenantId");
    const char *sku = dig_text(wanted, "properties.sku.name");
    const char *own = world_subscription(x->sim->world, x->path.subscription)->tenant;

    if (!tenant || !sku || !same_text(dig_text(wanted, "properties.sku.family"), "A") ||
        (!same_text(sku, "standard") && !same_text(sku, "premium")))
        return refuse(x, 400, "BadRequest",
                      "An invalid value was provided for 'tenantId' or 'sku': {\"family\":\"A\","
                      "\"name\":\"standard\"} is wanted.");
    if (!same_text(tenant, own))
        return refuse(x, 400, "BadRequest", "An invalid value was provided for 'tenantId'.");
    return 0;
}

/* What is once set, stays without being sent again. */
static void keep_old(const struct resource *old, json_t *wanted)
{
    static const char *const kept[] = {
        "properties.enablePurgeProtection", "properties.softDeleteRetentionInDays",
        "properties.enableRbacAuthorization", "properties.networkAcls"};

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (dig(old->body, kept[i]))
            plant_default(wanted, kept[i], json_incref(dig(old->body, kept[i])));
}

int vault_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *other = any_vault(x, x->path.name[0]);
    bool recovers = same_text(dig_text(wanted, "properties.createMode"), "recover");

    if (check_identity(x, wanted, old))
        return -1;
    if (recovers && !old)
        plant(wanted, "properties", json_deep_copy(dig(other, "body.properties")));
    if (check_properties(x, wanted) || check_protection(x, wanted, old))
        return -1;
    if (old)
        keep_old(old, wanted);
    json_object_del(dig(wanted, "properties"), "createMode");
    plant_default(wanted, "properties.accessPolicies", json_array());
    plant_default(wanted, "properties.enabledForDeployment", json_false());
    plant_default(wanted, "properties.enableSoftDelete", json_true());
    plant_default(wanted, "properties.softDeleteRetentionInDays", json_integer(90));
    plant_default(wanted, "properties.enableRbacAuthorization", json_false());
    plant_default(wanted, "properties.publicNetworkAccess", json_string("Enabled"));
    plant(wanted, "properties.vaultUri",
          json_string(pool_print(&x->pool, "%s/_vault/%s/", x->sim->base, x->path.name[0])));
    return 0;
}

void vault_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    char *name = pool_lower(&x->pool, resource->name);
    json_t *vault = json_object_get(x->sim->vaults, name);

    if (!vault) {
        vault = json_pack("{s:{},s:{}}", "keys", "deletedKeys");
        json_object_set_new(x->sim->vaults, name, vault);
    }
    json_object_del(vault, "deleted");
    json_object_set_new(vault, "id", json_string(resource->id));
    json_object_set_new(vault, "location", json_string(resource->location));
    json_object_set(vault, "body", resource->body);
}

void vault_gone(struct sim *sim, struct resource *resource)
{
    json_t *vault = vault_of(sim, resource->name);

    if (!vault)
        return;
    json_object_set_new(vault, "deleted", json_integer(clock_calendar(&sim->clock)));
    json_object_set_new(vault, "body", json_deep_copy(resource->body));
}

/* The policy of the same object, or -1. */
static int policy_at(const json_t *list, const char *object)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i,
                       one) if (same_text(dig_text(one, "objectId"), object)) return (int)i;
    return -1;
}

/* PUT …/accessPolicies/add, replace or remove */
int vault_policies(struct exchange *x)
{
    const char *how = x->path.segment[x->path.count - 1];
    struct resource *resource = store_find(
        x->sim,
        pool_lower(&x->pool, pool_print(&x->pool, "%s/providers/Microsoft.KeyVault/vaults/%s",
                                        x->path.scope, x->path.name[0])));
    json_t *given = dig(x->q.json, "properties.accessPolicies"), *list, *one;
    size_t i;

    if (!resource)
        return refuse(x, 404, "ResourceNotFound",
                      "The Resource 'Microsoft.KeyVault/vaults/%s' was not found.",
                      x->path.name[0]);
    if (!json_is_array(given) ||
        (!same_text(how, "add") && !same_text(how, "replace") && !same_text(how, "remove")))
        return refuse(x, 400, "BadRequest",
                      "An array of accessPolicies to add, replace or remove "
                      "is wanted.");
    list = dig(resource->body, "properties.accessPolicies");
    if (same_text(how, "replace"))
        json_array_clear(list);
    json_array_foreach(given, i, one)
    {
        int at = policy_at(list, dig_text(one, "objectId"));

        if (at >= 0)
            json_array_remove(list, (size_t)at);
        if (!same_text(how, "remove"))
            json_array_append_new(list, json_deep_copy(one));
    }
    return reply(x, 200,
                 json_pack("{s:s,s:s,s:s,s:{s:O}}", "id", pool_print(&x->pool, "%s/", x->path.id),
                           "type", "Microsoft.KeyVault/vaults/accessPolicies", "name", how,
                           "properties", "accessPolicies", list));
}

static json_t *show_deleted(struct exchange *x, const char *name, json_t *vault)
{
    int64_t when = json_integer_value(json_object_get(vault, "deleted"));
    int64_t days = json_integer_value(dig(vault, "body.properties.softDeleteRetentionInDays"));
    const char *location = dig_text(vault, "location");
    json_t *one = json_pack(
        "{s:s,s:s,s:s,s:{s:s,s:s,s:s,s:s}}", "id",
        pool_print(&x->pool,
                   "/subscriptions/%s/providers/Microsoft.KeyVault/locations/%s/deletedVaults/%s",
                   x->path.subscription, location, name),
        "name", name, "type", "Microsoft.KeyVault/deletedVaults", "properties", "vaultId",
        dig_text(vault, "id"), "location", location, "deletionDate", iso_time(&x->pool, when),
        "scheduledPurgeDate", iso_time(&x->pool, when + days * DAY * 1000));

    if (json_object_get(dig(vault, "body"), "tags"))
        plant(one, "properties.tags", json_incref(dig(vault, "body.tags")));
    if (json_is_true(dig(vault, "body.properties.enablePurgeProtection")))
        plant(one, "properties.purgeProtectionEnabled", json_true());
    return one;
}

static bool is_of(struct exchange *x, const json_t *vault)
{
    return json_object_get(vault, "deleted") &&
           starts_with(dig_text(vault, "id"),
                       pool_print(&x->pool, "/subscriptions/%s/", x->path.subscription));
}

int vaults_deleted(struct exchange *x)
{
    json_t *list = json_array(), *vault;
    const char *name;

    json_object_foreach(x->sim->vaults, name, vault) if (is_of(x, vault))
        json_array_append_new(list, show_deleted(x, name, vault));
    return reply(x, 200, json_pack("{s:o}", "value", list));
}

static json_t *asked_deleted(struct exchange *x)
{
    json_t *vault = any_vault(x, x->path.segment[7]);

    if (vault && is_of(x, vault) && same_text(dig_text(vault, "location"), x->path.segment[5]))
        return vault;
    refuse(x, 404, "DeletedVaultNotFound", "The deleted vault '%s' was not found.",
           x->path.segment[7]);
    return NULL;
}

int vault_deleted(struct exchange *x)
{
    json_t *vault = asked_deleted(x);

    return vault ? reply(x, 200, show_deleted(x, x->path.segment[7], vault)) : -1;
}

int vault_purge(struct exchange *x)
{
    json_t *vault = asked_deleted(x);

    if (!vault)
        return -1;
    if (json_is_true(dig(vault, "body.properties.enablePurgeProtection")))
        return refuse(x, 409, "DeletedVaultPurge",
                      "Operation 'DeletedVaultPurge' is not allowed: purge protection is enabled "
                      "for the vault '%s'.",
                      x->path.segment[7]);
    json_object_del(x->sim->vaults, pool_lower(&x->pool, x->path.segment[7]));
    return reply(x, 200, NULL);
}

int vault_check_name(struct exchange *x)
{
    const char *name = dig_text(x->q.json, "name");
    bool good = name && good_name(name), taken = good && any_vault(x, name);

    if (good && !taken)
        return reply(x, 200, json_pack("{s:b}", "nameAvailable", 1));
    return reply(x, 200,
                 json_pack("{s:b,s:s,s:s}", "nameAvailable", 0, "reason",
                           good ? "AlreadyExists" : "AccountNameInvalid", "message",
                           good ? "The vault name is already in use." : "The name is invalid."));
}

static json_t *arm_vault(struct exchange *x)
{
    const struct resource *vault =
        store_find(x->sim, pool_lower(&x->pool, pool_print(&x->pool,
                                                           "%s/providers/Microsoft.KeyVault/vaults/"
                                                           "%s",
                                                           x->path.scope, x->path.name[0])));

    if (vault)
        return vault_of(x->sim, vault->name);
    refuse(x, 404, "ResourceNotFound",
           "The Resource 'Microsoft.KeyVault/vaults/%s' under resource group '%s' was not found.",
           x->path.name[0], x->path.group);
    return NULL;
}

static json_t *arm_key(struct exchange *x, const char *name, const json_t *key, bool whole)
{
    const json_t *bundle = key_version(key, NULL);
    const char *kid = dig_text(bundle, "key.kid");
    char *base = pool_copy(&x->pool, kid, (size_t)(strrchr(kid, '/') - kid));
    json_t *one =
        json_pack("{s:s,s:s,s:s,s:{s:s,s:s}}", "id",
                  pool_print(&x->pool, "%s/providers/Microsoft.KeyVault/vaults/%s/keys/%s",
                             x->path.scope, x->path.name[0], name),
                  "name", name, "type", "Microsoft.KeyVault/vaults/keys", "properties", "keyUri",
                  base, "keyUriWithVersion", kid);

    plant(one, "properties.attributes", json_deep_copy(dig(bundle, "attributes")));
    json_object_del(dig(one, "properties.attributes"), "recoverableDays");
    if (whole) {
        plant(one, "properties.kty", json_incref(dig(bundle, "key.kty")));
        plant(one, "properties.keyOps", json_incref(dig(bundle, "key.key_ops")));
        plant(one, "properties.keySize", json_incref(dig(bundle, "bits")));
    }
    return one;
}

int vault_keys_list(struct exchange *x)
{
    json_t *vault = arm_vault(x), *list, *key;
    const char *name;

    if (!vault)
        return -1;
    list = json_array();
    json_object_foreach(json_object_get(vault, "keys"), name, key)
        json_array_append_new(list, arm_key(x, name, key, false));
    return reply(x, 200, json_pack("{s:o}", "value", list));
}

int vault_key_get(struct exchange *x)
{
    json_t *vault = arm_vault(x), *key = vault ? key_find(vault, x->path.name[1]) : NULL;

    if (!vault)
        return -1;
    if (!key)
        return refuse(x, 404, "ResourceNotFound", "The key '%s' was not found.", x->path.name[1]);
    return reply(x, 200, arm_key(x, x->path.name[1], key, true));
}

/* Makes a key that isn't there; one that is stays as it is. */
int vault_key_put(struct exchange *x)
{
    json_t *vault = arm_vault(x), *size = dig(x->q.json, "properties.keySize");
    const char *kind = dig_text(x->q.json, "properties.kty");
    struct vault_ask ask = {vault, x->path.name[0], x->path.name[1], NULL};
    json_int_t bits = size ? json_integer_value(size) : 2048;
    json_t *bundle;

    if (!vault)
        return -1;
    if (!same_text(kind, "RSA") || (bits != 2048 && bits != 3072 && bits != 4096))
        return refuse(x, 400, "BadRequest", "The kty or keySize of the key is not supported.");
    if (!key_find(vault, ask.name)) {
        bundle = key_new_bundle(x, &ask, (int)bits);
        key_add(x, &ask, bundle);
    }
    return vault_key_get(x);
}
