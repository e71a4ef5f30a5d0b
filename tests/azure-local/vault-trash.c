/* SPDX-License-Identifier: Apache-2.0 */
/* Deleted keys and rotation policies. */
#include "vault.h"

#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static json_t *trash(const struct vault_ask *ask)
{
    return json_object_get(ask->vault, "deletedKeys");
}

static int absent(struct exchange *x, const struct vault_ask *ask, const char *what)
{
    return vault_refuse(x, 404, "KeyNotFound", NULL,
                        "A %skey with (name/id) %s was not found in this key vault.", what,
                        ask->name);
}

static json_t *show(struct exchange *x, const struct vault_ask *ask, const char *name,
                    const json_t *key, bool whole)
{
    int64_t when = json_integer_value(json_object_get(key, "deleted"));
    json_int_t days =
        json_integer_value(dig(ask->vault, "body.properties.softDeleteRetentionInDays"));
    json_t *bundle = json_deep_copy(key_version(key, NULL));

    json_object_del(bundle, "bits");
    if (!whole) {
        const char *kid = dig_text(bundle, "key.kid");

        json_object_set_new(
            bundle, "kid",
            json_string(pool_copy(&x->pool, kid, (size_t)(strrchr(kid, '/') - kid))));
        json_object_del(bundle, "key");
    }
    json_object_set_new(bundle, "recoveryId",
                        json_string(pool_print(&x->pool, "%s/_vault/%s/deletedkeys/%s",
                                               x->sim->base, ask->vault_name, name)));
    json_object_set_new(bundle, "deletedDate", json_integer(when / 1000));
    json_object_set_new(bundle, "scheduledPurgeDate", json_integer(when / 1000 + days * 86400));
    return bundle;
}

int key_delete(struct exchange *x, const struct vault_ask *ask)
{
    json_t *keys = json_object_get(ask->vault, "keys");
    json_t *key = json_object_get(keys, ask->name);

    if (!key)
        return absent(x, ask, "");
    json_object_set_new(key, "deleted", json_integer(clock_calendar(&x->sim->clock)));
    json_object_set(trash(ask), ask->name, key);
    json_object_del(keys, ask->name);
    return reply(x, 200, show(x, ask, ask->name, json_object_get(trash(ask), ask->name), true));
}

int trash_list(struct exchange *x, const struct vault_ask *ask)
{
    json_t *list = json_array(), *key;
    const char *name;

    json_object_foreach(trash(ask), name, key)
        json_array_append_new(list, show(x, ask, name, key, false));
    return reply(x, 200, json_pack("{s:o,s:n}", "value", list, "nextLink"));
}

int trash_get(struct exchange *x, const struct vault_ask *ask)
{
    json_t *key = json_object_get(trash(ask), ask->name);

    return key ? reply(x, 200, show(x, ask, ask->name, key, true)) : absent(x, ask, "deleted ");
}

int trash_recover(struct exchange *x, const struct vault_ask *ask)
{
    json_t *key = json_object_get(trash(ask), ask->name), *bundle;

    if (!key)
        return absent(x, ask, "deleted ");
    json_object_del(key, "deleted");
    json_object_set(json_object_get(ask->vault, "keys"), ask->name, key);
    json_object_del(trash(ask), ask->name);
    bundle = json_deep_copy(key_version(key_find(ask->vault, ask->name), NULL));
    json_object_del(bundle, "bits");
    return reply(x, 200, bundle);
}

int trash_purge(struct exchange *x, const struct vault_ask *ask)
{
    if (!json_object_get(trash(ask), ask->name))
        return absent(x, ask, "deleted ");
    if (json_is_true(dig(ask->vault, "body.properties.enablePurgeProtection")))
        return vault_refuse(x, 403, "Forbidden", "ForbiddenByPolicy",
                            "Operation \"purge\" is not allowed because purge protection is "
                            "enabled for this vault. Key Vault service will automatically purge it "
                            "after the retention period has passed.");
    json_object_del(trash(ask), ask->name);
    return reply(x, 204, NULL);
}

long iso_days(const char *text)
{
    long days = 0;

    if (!text || *text++ != 'P' || !*text)
        return -1;
    while (*text) {
        char *end;
        long number = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : -1;

        if (number < 0 || number > 100000 || !*end || !strchr("YMWD", *end))
            return -1;
        days += number * (*end == 'Y' ? 365 : *end == 'M' ? 30 : *end == 'W' ? 7 : 1);
        text = end + 1;
    }
    return days;
}

static int bad_policy(struct exchange *x, const char *why)
{
    return vault_refuse(x, 400, "BadParameter", NULL, "The rotation policy is invalid: %s", why);
}

static int check_action(struct exchange *x, const json_t *action, long expiry)
{
    const char *kind = dig_text(action, "action.type");
    const char *after = dig_text(action, "trigger.timeAfterCreate");
    const char *before = dig_text(action, "trigger.timeBeforeExpiry");
    long days = iso_days(after ? after : before);

    if (!kind || (!same_text(kind, "Rotate") && !same_text(kind, "Notify")))
        return bad_policy(x, "an action is Rotate or Notify.");
    if (!after == !before)
        return bad_policy(x, "a trigger has one of timeAfterCreate and timeBeforeExpiry.");
    if (days < 7)
        return bad_policy(x, "a trigger's time must be at least P7D.");
    if (before && expiry < 0 && same_text(kind, "Rotate"))
        return bad_policy(x, "timeBeforeExpiry needs an expiryTime.");
    if (expiry >= 0 && days > expiry - 7)
        return bad_policy(x, "a trigger's time must be at least seven days less than expiryTime.");
    return 0;
}

static json_t *policy_of(struct exchange *x, const struct vault_ask *ask, const json_t *key)
{
    json_t *policy = json_object_get(key, "policy");
    json_t *copy =
        policy ? json_deep_copy(policy)
               : json_pack("{s:[{s:{s:s},s:{s:s}}],s:{}}", "lifetimeActions", "trigger",
                           "timeBeforeExpiry", "P30D", "action", "type", "Notify", "attributes");

    json_object_set_new(copy, "id",
                        json_string(pool_print(&x->pool, "%s/_vault/%s/keys/%s/rotationpolicy",
                                               x->sim->base, ask->vault_name, ask->name)));
    return copy;
}

int policy_get(struct exchange *x, const struct vault_ask *ask)
{
    json_t *key = key_find(ask->vault, ask->name);

    return key ? reply(x, 200, policy_of(x, ask, key)) : absent(x, ask, "");
}

int policy_put(struct exchange *x, const struct vault_ask *ask)
{
    json_t *key = key_find(ask->vault, ask->name), *action, *policy;
    const char *text = dig_text(x->q.json, "attributes.expiryTime");
    long expiry = text ? iso_days(text) : -1;
    json_int_t now = clock_calendar(&x->sim->clock) / 1000;
    size_t i;

    if (!key)
        return absent(x, ask, "");
    if (!json_is_object(x->q.json))
        return bad_policy(x, "a JSON object is wanted.");
    if (text && expiry < 28)
        return bad_policy(x, "expiryTime must be at least P28D.");
    json_array_foreach(json_object_get(x->q.json, "lifetimeActions"), i, action)
    {
        if (check_action(x, action, expiry))
            return -1;
    }
    policy = json_deep_copy(x->q.json);
    plant_default(policy, "lifetimeActions", json_array());
    plant(policy, "attributes.created", json_integer(now));
    plant(policy, "attributes.updated", json_integer(now));
    json_object_set_new(key, "policy", policy);
    return reply(x, 200, policy_of(x, ask, key));
}
