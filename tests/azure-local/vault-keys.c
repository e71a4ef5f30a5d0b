/* SPDX-License-Identifier: Apache-2.0 */
/* Keys: only what is public of them is kept, and nothing is encrypted with them. */
#include "vault.h"

#include "text.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

json_t *key_find(const json_t *vault, const char *name)
{
    return json_object_get(json_object_get(vault, "keys"), name);
}

json_t *key_version(const json_t *key, const char *version)
{
    json_t *list = json_object_get(key, "versions"), *one;
    size_t i;

    if (!version)
        return json_array_get(list, json_array_size(list) - 1);
    json_array_foreach(list, i, one)
    {
        const char *kid = dig_text(one, "key.kid");

        if (same_text(strrchr(kid, '/') + 1, version))
            return one;
    }
    return NULL;
}

static int absent(struct exchange *x, const struct vault_ask *ask)
{
    return vault_refuse(x, 404, "KeyNotFound", NULL,
                        "A key with (name/id) %s was not found in this key vault. If you recently "
                        "deleted this key you may be able to recover it using the correct recovery "
                        "command.",
                        ask->name);
}

static int check_name(struct exchange *x, const struct vault_ask *ask)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";

    if (strlen(ask->name) > 127 || strspn(ask->name, letters) != strlen(ask->name))
        return vault_refuse(x, 400, "BadParameter", NULL,
                            "The request URI contains an invalid name: %s", ask->name);
    if (json_object_get(json_object_get(ask->vault, "deletedKeys"), ask->name))
        return vault_refuse(x, 409, "Conflict", "ObjectIsDeletedButRecoverable",
                            "Key %s is currently in a deleted but recoverable state, and its name "
                            "cannot be reused; in this state, the key can only be recovered or "
                            "purged.",
                            ask->name);
    return 0;
}

static void take_attributes(struct exchange *x, json_t *bundle)
{
    static const char *const given[] = {"enabled", "exp", "nbf", "exportable"};
    json_t *asked = json_object_get(x->q.json, "attributes");
    json_t *own = json_object_get(bundle, "attributes");

    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (json_object_get(asked, given[i]))
            json_object_set(own, given[i], json_object_get(asked, given[i]));
    if (json_object_get(x->q.json, "tags"))
        json_object_set(bundle, "tags", json_object_get(x->q.json, "tags"));
    if (json_is_array(json_object_get(x->q.json, "key_ops")))
        plant(bundle, "key.key_ops", json_incref(json_object_get(x->q.json, "key_ops")));
}

static const char *recovery_level(const json_t *vault)
{
    json_t *days = dig(vault, "body.properties.softDeleteRetentionInDays");
    bool custom = days && json_integer_value(days) < 90;

    if (json_is_true(dig(vault, "body.properties.enablePurgeProtection")))
        return custom ? "CustomizedRecoverable" : "Recoverable";
    return custom ? "CustomizedRecoverable+Purgeable" : "Recoverable+Purgeable";
}

static json_t *bundle_of(struct exchange *x, const struct vault_ask *ask, const char *kind,
                         const char *n, const char *e, int bits)
{
    unsigned char bytes[16];
    char version[33];
    json_int_t now = clock_calendar(&x->sim->clock) / 1000;

    RAND_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(version + 2 * i, 3, "%02x", bytes[i]);
    return json_pack(
        "{s:{s:s,s:s,s:s,s:s,s:[s,s,s,s,s,s]},s:{s:b,s:I,s:I,s:s,s:I},s:i}", "key", "kid",
        pool_print(&x->pool, "%s/_vault/%s/keys/%s/%s", x->sim->base, ask->vault_name, ask->name,
                   version),
        "kty", kind, "n", n, "e", e, "key_ops", "encrypt", "decrypt", "sign", "verify", "wrapKey",
        "unwrapKey", "attributes", "enabled", 1, "created", now, "updated", now, "recoveryLevel",
        recovery_level(ask->vault), "recoverableDays",
        json_integer_value(dig(ask->vault, "body.properties.softDeleteRetentionInDays")), "bits",
        bits);
}

/* The modulus is made up: nobody has the private part, and nobody asks for it. */
json_t *key_new_bundle(struct exchange *x, const struct vault_ask *ask, int bits)
{
    unsigned char modulus[512];

    RAND_bytes(modulus, bits / 8);
    modulus[0] |= 0x80;
    modulus[bits / 8 - 1] |= 1;
    return bundle_of(x, ask, "RSA", base64url_encode(&x->pool, modulus, (size_t)bits / 8), "AQAB",
                     bits);
}

void key_add(struct exchange *x, const struct vault_ask *ask, json_t *bundle)
{
    json_t *key = key_find(ask->vault, ask->name);
    const char *expiry = dig_text(key, "policy.attributes.expiryTime");
    json_t *attributes = json_object_get(bundle, "attributes");

    if (expiry && !json_object_get(attributes, "exp"))
        json_object_set_new(
            attributes, "exp",
            json_integer(clock_calendar(&x->sim->clock) / 1000 + iso_days(expiry) * 86400));
    if (!key) {
        key = json_pack("{s:[]}", "versions");
        json_object_set_new(json_object_get(ask->vault, "keys"), ask->name, key);
    }
    json_array_append_new(json_object_get(key, "versions"), bundle);
    encryption_sets_follow(x->sim, dig_text(bundle, "key.kid"));
}

static int answer(struct exchange *x, const json_t *bundle)
{
    json_t *copy = json_deep_copy(bundle);

    json_object_del(copy, "bits");
    return reply(x, 200, copy);
}

static bool good_bits(json_int_t bits)
{
    return bits == 2048 || bits == 3072 || bits == 4096;
}

static int check_kind(struct exchange *x, const struct vault_ask *ask, const char *kind)
{
    bool premium = same_text(dig_text(ask->vault, "body.properties.sku.name"), "premium");

    if (kind && (strcmp(kind, "RSA") == 0 || (strcmp(kind, "RSA-HSM") == 0 && premium)))
        return 0;
    if (kind && strcmp(kind, "RSA-HSM") == 0)
        return vault_refuse(x, 403, "Forbidden", NULL, "HSM keys need a vault of the sku premium.");
    return vault_refuse(x, 400, "BadParameter", NULL,
                        "Property kty has invalid value; RSA is known here.");
}

int key_import(struct exchange *x, const struct vault_ask *ask)
{
    json_t *key = json_object_get(x->q.json, "key"), *bundle;
    const char *n = dig_text(key, "n"), *e = dig_text(key, "e");
    size_t size = 0;
    unsigned char *bytes;
    char *plain;

    if (check_name(x, ask) || check_kind(x, ask, dig_text(key, "kty")))
        return -1;
    if (!n || !e || !dig_text(key, "d") || !dig_text(key, "p") || !dig_text(key, "q"))
        return vault_refuse(x, 400, "BadParameter", NULL,
                            "Key is missing mandatory property: n, e, d, p and q are wanted.");
    plain = pool_print(&x->pool, "%s%.*s", n, (int)((4 - strlen(n) % 4) % 4), "===");
    for (char *at = plain; *at; at++)
        *at = (char)(*at == '-' ? '+' : *at == '_' ? '/' : *at);
    bytes = base64_decode(&x->pool, plain, strlen(plain), &size);
    while (bytes && size && !*bytes)
        bytes++, size--;
    if (!bytes || !size || !(*bytes & 0x80) || !good_bits((json_int_t)size * 8))
        return vault_refuse(x, 400, "BadParameter", NULL,
                            "Key size is not supported: 2048, 3072 and 4096 bits are.");
    bundle = bundle_of(x, ask, dig_text(key, "kty"), n, e, (int)size * 8);
    take_attributes(x, bundle);
    if (json_is_array(json_object_get(key, "key_ops")))
        plant(bundle, "key.key_ops", json_incref(json_object_get(key, "key_ops")));
    key_add(x, ask, bundle);
    return answer(x, bundle);
}

int key_create(struct exchange *x, const struct vault_ask *ask)
{
    json_t *size = json_object_get(x->q.json, "key_size"), *bundle;
    json_int_t bits = size ? json_integer_value(size) : 2048;

    if (check_name(x, ask) || check_kind(x, ask, dig_text(x->q.json, "kty")))
        return -1;
    if (!good_bits(bits))
        return vault_refuse(x, 400, "BadParameter", NULL,
                            "Property key_size has invalid value; 2048, 3072 and 4096 are valid.");
    bundle = key_new_bundle(x, ask, (int)bits);
    plant(bundle, "key.kty", json_incref(json_object_get(x->q.json, "kty")));
    take_attributes(x, bundle);
    key_add(x, ask, bundle);
    return answer(x, bundle);
}

int key_rotate(struct exchange *x, const struct vault_ask *ask)
{
    json_t *key = key_find(ask->vault, ask->name), *last = key_version(key, NULL), *bundle;

    if (!last)
        return absent(x, ask);
    bundle = key_new_bundle(x, ask, (int)json_integer_value(json_object_get(last, "bits")));
    plant(bundle, "key.kty", json_incref(dig(last, "key.kty")));
    if (json_object_get(last, "tags"))
        json_object_set(bundle, "tags", json_object_get(last, "tags"));
    key_add(x, ask, bundle);
    return answer(x, bundle);
}

int key_get(struct exchange *x, const struct vault_ask *ask)
{
    json_t *bundle = key_version(key_find(ask->vault, ask->name), ask->version);

    if (!bundle)
        return absent(x, ask);
    return answer(x, bundle);
}

int key_update(struct exchange *x, const struct vault_ask *ask)
{
    json_t *bundle = key_version(key_find(ask->vault, ask->name), ask->version);

    if (!bundle)
        return absent(x, ask);
    take_attributes(x, bundle);
    plant(bundle, "attributes.updated", json_integer(clock_calendar(&x->sim->clock) / 1000));
    return answer(x, bundle);
}

static json_t *item(struct exchange *x, const json_t *bundle, bool versioned)
{
    const char *kid = dig_text(bundle, "key.kid");
    char *id = versioned ? pool_text(&x->pool, kid)
                         : pool_copy(&x->pool, kid, (size_t)(strrchr(kid, '/') - kid));
    json_t *one =
        json_pack("{s:s,s:O}", "kid", id, "attributes", json_object_get(bundle, "attributes"));

    if (json_object_get(bundle, "tags"))
        json_object_set(one, "tags", json_object_get(bundle, "tags"));
    return one;
}

int key_list(struct exchange *x, const struct vault_ask *ask)
{
    json_t *list = json_array(), *key;
    const char *name;

    json_object_foreach(json_object_get(ask->vault, "keys"), name, key)
        json_array_append_new(list, item(x, key_version(key, NULL), false));
    return reply(x, 200, json_pack("{s:o,s:n}", "value", list, "nextLink"));
}

int key_versions(struct exchange *x, const struct vault_ask *ask)
{
    json_t *list = json_array(), *bundle;
    size_t i;

    json_array_foreach(json_object_get(key_find(ask->vault, ask->name), "versions"), i, bundle)
        json_array_append_new(list, item(x, bundle, true));
    return reply(x, 200, json_pack("{s:o,s:n}", "value", list, "nextLink"));
}
