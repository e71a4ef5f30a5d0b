/* SPDX-License-Identifier: Apache-2.0 */
/* Storage accounts, their keys and containers. */
#include "storage.h"

#include "blob.h"
#include "text.h"
#include "world.h"

#include <ctype.h>
#include <openssl/rand.h>
#include <string.h>

struct resource *account_find(const struct sim *sim, const char *name)
{
    for (const struct subscription *at = sim->world->subscriptions; at; at = at->next) {
        const struct shelf *shelf = store_shelf(sim, at->id, "Microsoft.Storage/storageAccounts");

        for (struct resource *account = shelf->first; account; account = account->next)
            if (same_text(account->name, name))
                return account;
    }
    return NULL;
}

static bool good_name(const char *name)
{
    size_t length = strlen(name);

    for (const char *at = name; *at; at++)
        if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at))
            return false;
    return length >= 3 && length <= 24;
}

int account_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *name = x->path.name[0];
    struct resource *other = account_find(x->sim, name);

    if (!good_name(name))
        return refuse(
            x, 400, "AccountNameInvalid",
            "%s is not a valid storage account name. Storage account name must be between "
            "3 and 24 characters in length and use numbers and lower-case letters only.",
            name);
    if (other && other != old)
        return refuse(x, 409, "StorageAccountAlreadyTaken",
                      "The storage account named %s is already taken.", name);
    if (!dig_text(wanted, "sku.name"))
        return refuse(x, 400, "InvalidValuesForRequestParameters",
                      "Values for request parameters are invalid: sku.");
    plant_default(wanted, "kind", json_string("StorageV2"));
    plant(
        wanted, "sku.tier",
        json_string(starts_with(dig_text(wanted, "sku.name"), "Premium") ? "Premium" : "Standard"));
    plant_default(wanted, "properties.supportsHttpsTrafficOnly", json_true());
    plant_default(wanted, "properties.minimumTlsVersion", json_string("TLS1_2"));
    plant_default(wanted, "properties.allowBlobPublicAccess", json_false());
    plant_default(wanted, "properties.accessTier", json_string("Hot"));
    plant(wanted, "properties.creationTime",
          json_string(old ? dig_text(old->body, "properties.creationTime")
                          : iso_time(&x->pool, clock_calendar(&x->sim->clock))));
    return 0;
}

static void new_key(struct resource *account, int index)
{
    unsigned char bytes[64];
    struct pool pool = {0};

    RAND_bytes(bytes, sizeof bytes);
    json_object_set_new(account->facts, index ? "key2" : "key1",
                        json_string(base64_encode(&pool, bytes, sizeof bytes)));
    pool_empty(&pool);
}

const char *account_key(const struct resource *account, int index)
{
    return dig_text(account->facts, index ? "key2" : "key1");
}

void account_settled(struct sim *sim, struct resource *resource)
{
    if (account_key(resource, 0))
        return;
    new_key(resource, 0);
    new_key(resource, 1);
}

void account_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    if (!same_text(get_state(resource), "Succeeded"))
        return;
    plant(answer, "properties.primaryEndpoints.blob",
          json_string(pool_print(&x->pool, "%s/_blob/%s/", x->sim->base, resource->name)));
    plant(answer, "properties.primaryLocation", json_string(resource->location));
    plant(answer, "properties.statusOfPrimary", json_string("available"));
}

void account_gone(struct sim *sim, struct resource *resource)
{
    blobs_drop(sim, resource->name, NULL);
}

int container_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    struct resource *account = store_find(x->sim, x->path.parent_key);

    if (!account || !same_text(get_state(account), "Succeeded"))
        return refuse(
            x, account ? 409 : 404, account ? "StorageAccountIsNotProvisioned" : "ResourceNotFound",
            "The storage account of %s is not there, or not yet provisioned.", x->path.id);
    plant_default(wanted, "properties.publicAccess", json_string("None"));
    plant(wanted, "properties.hasImmutabilityPolicy", json_false());
    plant(wanted, "properties.hasLegalHold", json_false());
    return 0;
}

void container_gone(struct sim *sim, struct resource *resource)
{
    if (resource->parent)
        blobs_drop(sim, resource->parent->name, resource->name);
}

static struct resource *asked_account(struct exchange *x)
{
    struct resource *account = store_find(x->sim, x->path.parent_key);

    if (!account) {
        refuse(
            x, 404, "ResourceNotFound",
            "The Resource 'Microsoft.Storage/storageAccounts/%s' under resource group '%s' was not "
            "found.",
            x->path.name[0], x->path.group);
        return NULL;
    }
    if (account_key(account, 0))
        return account;
    refuse(x, 409, "StorageAccountIsNotProvisioned",
           "The storage account provisioning state must be 'Succeeded' before executing the "
           "operation.");
    return NULL;
}

int account_keys(struct exchange *x)
{
    struct resource *account = asked_account(x);
    json_t *list;

    if (!account)
        return -1;
    list = json_array();
    for (int i = 0; i < 2; i++)
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:s}", "keyName", i ? "key2" : "key1", "value",
                                        account_key(account, i), "permissions", "Full"));
    return reply(x, 200, json_pack("{s:o}", "keys", list));
}

int account_new_key(struct exchange *x)
{
    struct resource *account = asked_account(x);

    if (!account)
        return -1;
    new_key(account, same_text(dig_text(x->q.json, "keyName"), "key2"));
    return account_keys(x);
}

int account_blob_service(struct exchange *x)
{
    struct resource *account =
        store_find(x->sim, pool_lower(&x->pool, pool_print(&x->pool,
                                                           "%s/providers/Microsoft.Storage/"
                                                           "storageAccounts/%s",
                                                           x->path.scope, x->path.name[0])));

    if (!account)
        return refuse(x, 404, "ResourceNotFound", "The storage account '%s' was not found.",
                      x->path.name[0]);
    return reply(x, 200,
                 json_pack("{s:s,s:s,s:s,s:{}}", "id", x->path.id, "name", "default", "type",
                           "Microsoft.Storage/storageAccounts/blobServices", "properties"));
}

int account_check_name(struct exchange *x)
{
    const char *name = dig_text(x->q.json, "name");

    if (!name || !good_name(name))
        return reply(x, 200,
                     json_pack("{s:b,s:s,s:s}", "nameAvailable", 0, "reason", "AccountNameInvalid",
                               "message", "The name is not a valid storage account name."));
    if (account_find(x->sim, name))
        return reply(x, 200,
                     json_pack("{s:b,s:s,s:s}", "nameAvailable", 0, "reason", "AlreadyExists",
                               "message", "The storage account name is already taken."));
    return reply(x, 200, json_pack("{s:b}", "nameAvailable", 1));
}
