/* SPDX-License-Identifier: Apache-2.0 */
/* Disk encryption sets: keys of vaults, and the identity that may use them. */
#include "compute.h"

#include "text.h"
#include "vault.h"
#include "world.h"

#include <string.h>

enum { FOLLOW_SECONDS = 3600 };

/* The key of a URL of this server. NULL when there is none; *version and *vault are set else. */
static json_t *key_at(struct exchange *x, const char *url, json_t **vault, const char **version)
{
    char *text = pool_text(&x->pool, url), *rest, *name, *word, *key;
    char *base = pool_print(&x->pool, "%s/_vault/", x->sim->base);

    if (!starts_with(text, base))
        return NULL;
    rest = text + strlen(base);
    name = next_field(&rest, "/");
    word = next_field(&rest, "/");
    key = next_field(&rest, "/");
    *version = next_field(&rest, "/");
    *vault = name ? vault_of(x->sim, name) : NULL;
    if (!*vault || !key || !same_text(word, "keys"))
        return NULL;
    return key_find(*vault, key);
}

static int refuse_key(struct exchange *x, const char *code, const char *url, const char *why)
{
    return refuse(x, 400, code, "The key '%s' cannot be used by the disk encryption set: %s.",
                  url ? url : "", why);
}

static int check_key(struct exchange *x, const json_t *wanted)
{
    const char *url = dig_text(wanted, "properties.activeKey.keyUrl"), *version = NULL;
    const char *source = dig_text(wanted, "properties.activeKey.sourceVault.id");
    json_t *vault = NULL, *key = url ? key_at(x, url, &vault, &version) : NULL, *bundle;

    if (!url)
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'activeKey.keyUrl' is missing (null).");
    if (!key)
        return refuse_key(x, "KeyVaultKeyNotFound", url, "it does not exist");
    if (!version)
        return refuse_key(x, "InvalidParameter", url, "its URL has no version");
    bundle = key_version(key, version);
    if (!bundle)
        return refuse_key(x, "KeyVaultKeyNotFound", url, "it has no such version");
    if (source && !same_text(source, dig_text(vault, "id")))
        return refuse_key(x, "InvalidParameter", url, "it is not in the sourceVault");
    if (!json_is_true(dig(vault, "body.properties.enablePurgeProtection")))
        return refuse_key(x, "InvalidParameter", url, "its vault has no purge protection");
    if (!same_text(dig_text(vault, "location"), dig_text(wanted, "location")))
        return refuse_key(x, "InvalidParameter", url, "its vault is in another region");
    if (json_is_false(dig(bundle, "attributes.enabled")))
        return refuse_key(x, "KeyVaultKeyDisabled", url, "it is disabled");
    return 0;
}

/* The identity that Azure makes with the set. It stays, since roles may name it for ever. */
static struct principal *new_identity(struct exchange *x)
{
    struct world *world = x->sim->world;
    struct principal *who = must_alloc(sizeof *who);
    char *id = NULL;

    for (int i = 0; !id || world_principal(world, id, NULL); i++)
        id =
            named_guid(x->sim, &x->pool, pool_print(&x->pool, "identity %d of %s", i, x->path.key));
    who->name = must_copy(x->path.name[0]);
    who->client_id = must_copy(id);
    who->object_id = must_copy(id);
    who->tenant = must_copy(world_subscription(world, x->path.subscription)->tenant);
    who->next = world->principals;
    world->principals = who;
    return who;
}

int encryption_set_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *type = dig_text(wanted, "properties.encryptionType");
    const struct principal *identity;

    if (!type)
        type = "EncryptionAtRestWithCustomerKey";
    if (old && !same_text(type, dig_text(old->body, "properties.encryptionType")))
        return refuse(x, 409, "PropertyChangeNotAllowed",
                      "Changing property 'encryptionType' is not allowed.");
    if (!old && !same_text(dig_text(wanted, "identity.type"), "SystemAssigned"))
        return refuse(x, 400, "InvalidParameter",
                      "Required parameter 'identity' is missing (null): SystemAssigned is known "
                      "here.");
    if (check_key(x, wanted))
        return -1;
    plant(wanted, "properties.encryptionType", json_string(type));
    plant_default(wanted, "properties.rotationToLatestKeyVersionEnabled", json_false());
    plant(wanted, "properties.previousKeys", json_array());
    if (old) {
        json_object_set(wanted, "identity", json_object_get(old->body, "identity"));
        return 0;
    }
    identity = new_identity(x);
    plant(wanted, "identity.principalId", json_string(identity->object_id));
    plant(wanted, "identity.tenantId", json_string(identity->tenant));
    return 0;
}

int encryption_set_spare(struct exchange *x, struct resource *resource)
{
    const struct resource *user = store_holder(x->sim, resource, NULL, NULL);

    if (!user)
        return 0;
    return refuse(x, 409, "OperationNotAllowed",
                  "Disk encryption set '%s' cannot be deleted: it is used by %s.", resource->name,
                  user->id);
}

int encryption_set_users(struct exchange *x)
{
    const struct holders *holders = store_holders(x->sim, x->path.parent_key);
    json_t *list = json_array();

    for (size_t i = 0; i < holders->count; i++)
        json_array_append_new(list, json_string(holders->list[i]->id));
    return reply(x, 200, json_pack("{s:o}", "value", list));
}

/* A disk can be encrypted only if the set's identity may use the key. */
static int check_use(struct exchange *x, const struct resource *set)
{
    const char *url = dig_text(set->body, "properties.activeKey.keyUrl"), *version = NULL;
    const char *id = dig_text(set->body, "identity.principalId");
    const struct principal *who = id ? world_principal(x->sim->world, id, NULL) : NULL;
    json_t *vault = NULL, *key = key_at(x, url, &vault, &version);
    json_t *bundle = key ? key_version(key, version) : NULL;

    if (!bundle)
        return refuse(x, 400, "KeyVaultKeyNotFound",
                      "The key '%s' of the disk encryption set '%s' was not found.", url,
                      set->name);
    if (json_is_false(dig(bundle, "attributes.enabled")))
        return refuse(x, 400, "KeyVaultKeyDisabled",
                      "The key '%s' of the disk encryption set '%s' is disabled.", url, set->name);
    if (who && vault_allows(x, vault, who, "wrap/action", "wrapKey") &&
        vault_allows(x, vault, who, "unwrap/action", "unwrapKey"))
        return 0;
    return refuse(x, 400, "KeyVaultAccessForbidden",
                  "Unable to access key vault resource '%s' to enable encryption at rest. Please "
                  "grant get, wrap and unwrap key permissions to disk encryption set '%s'. Please "
                  "visit https://aka.ms/keyvaultaccessssecmk for more information.",
                  url, set->name);
}

int encryption_check_set(struct exchange *x, const char *id, const char *location)
{
    const struct need need = {"Microsoft.Compute/diskEncryptionSets",
                              "properties.encryption.diskEncryptionSetId",
                              "Microsoft.Compute/diskEncryptionSets/read", location, true};
    struct resource *set = need_ref(x, id, &need);

    return set ? check_use(x, set) : -1;
}

int encryption_check(struct exchange *x, const json_t *wanted)
{
    const char *type = dig_text(wanted, "properties.encryption.type");
    const char *id = dig_text(wanted, "properties.encryption.diskEncryptionSetId");
    struct resource *set;

    if (!id && (!type || same_text(type, "EncryptionAtRestWithPlatformKey")))
        return 0;
    if (!id || same_text(type, "EncryptionAtRestWithPlatformKey"))
        return refuse(x, 400, "InvalidParameter",
                      "encryption.diskEncryptionSetId and encryption.type don't fit each other.");
    if (encryption_check_set(x, id, dig_text(wanted, "location")))
        return -1;
    set = store_find_id(x, id);
    if (same_text(type, dig_text(set->body, "properties.encryptionType")))
        return 0;
    return refuse(x, 400, "InvalidParameter",
                  "The encryption type %s is not the one of the disk encryption set %s.",
                  type ? type : "", set->name);
}

int encryption_check_region(struct exchange *x, const json_t *target, const char *location)
{
    const char *id = dig_text(target, "encryption.osDiskImage.diskEncryptionSetId");

    return id ? encryption_check_set(x, id, location) : 0;
}

struct following {
    struct sim *sim;
    char url[];
};

/* Another version may have come since, whose own hour is still to come. */
static bool is_latest(struct sim *sim, const char *url)
{
    struct pool pool = {0};
    char *rest = pool_text(&pool, strstr(url, "/_vault/") + strlen("/_vault/"));
    char *vault_name = next_field(&rest, "/"), *key_name;
    json_t *vault = vault_of(sim, vault_name), *latest;
    bool same;

    next_field(&rest, "/");
    key_name = next_field(&rest, "/");
    latest = vault ? key_version(key_find(vault, key_name), NULL) : NULL;
    same = same_text(dig_text(latest, "key.kid"), url);
    pool_empty(&pool);
    return same;
}

/* Sets of other versions of the same key, that want the latest. */
static void follow(void *subject)
{
    struct following *following = subject;
    struct sim *sim = following->sim;
    size_t length = (size_t)(strrchr(following->url, '/') + 1 - following->url);

    if (!is_latest(sim, following->url))
        return;

    for (const struct subscription *at = sim->world->subscriptions; at; at = at->next)
        for (struct resource *set =
                 store_shelf(sim, at->id, "Microsoft.Compute/diskEncryptionSets")->first;
             set; set = set->next) {
            const char *url = dig_text(set->body, "properties.activeKey.keyUrl");

            if (!json_is_true(dig(set->body, "properties.rotationToLatestKeyVersionEnabled")) ||
                strncmp(url, following->url, length) != 0)
                continue;
            plant(set->body, "properties.activeKey.keyUrl", json_string(following->url));
        }
}

void encryption_sets_follow(struct sim *sim, const char *key_url)
{
    size_t size = strlen(key_url) + 1;
    struct following *following = must_alloc(sizeof *following + size);

    following->sim = sim;
    memcpy(following->url, key_url, size);
    clock_at_own(&sim->clock, clock_azure(&sim->clock) + FOLLOW_SECONDS * 1000LL, follow,
                 following);
}
