/* SPDX-License-Identifier: Apache-2.0 */
/* Managed subscriptions: from the INI or added at the command line. */
#include "command/subscription.h"

#include "command/store_view.h"
#include "command/text_at.h"
#include "rules/forms.h"
#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static json_t *configured_json(const struct config *config,
                               const struct subscription_config *subscription)
{
    return json_pack("{s:s, s:s, s:s*, s:s, s:s*, s:s*}", "name", subscription->name, "id",
                     subscription->id, "tenant",
                     subscription_tenant(config, subscription->tenant, subscription->credential),
                     "credential", subscription->credential, "region", subscription->region,
                     "source", subscription->source);
}

struct listing {
    const struct config *config;
    json_t *list;
};

/* One that the INI has as well is the INI's. */
static bool is_configured(const struct config *config, const char *name, const char *id)
{
    const struct subscription_config *configured = config_subscription(config, name);
    return configured && id && strcasecmp(configured->id, id) == 0;
}

static bool add_recorded(void *context, const struct record *record)
{
    struct listing *listing = context;
    json_t *data = json_loads(record->data, 0, NULL);
    if (!is_configured(listing->config, record->name, text_at(data, "id")))
        json_array_append_new(listing->list,
                              json_pack("{s:s, s:O*, s:O*, s:O*, s:O*, s:s}", "name", record->name,
                                        "id", json_object_get(data, "id"), "tenant",
                                        json_object_get(data, "tenant"), "credential",
                                        json_object_get(data, "credential"), "region",
                                        json_object_get(data, "region"), "source", "added"));
    json_decref(data);
    return true;
}

json_t *subscription_list(struct context *context, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct store *store = config ? context_store(context, err) : NULL;
    if (!store)
        return NULL;
    struct listing listing = {config, json_array()};
    for (size_t i = 0; i < config->subscription_count; i++)
        json_array_append_new(listing.list, configured_json(config, &config->subscriptions[i]));
    struct record_filter filter = {.kind = "subscription"};
    if (store->ops->record_each(store, &filter, add_recorded, &listing, err) == 0)
        return listing.list;
    json_decref(listing.list);
    return NULL;
}

static int not_found(const json_t *list, const char *name, struct error *err)
{
    if (json_array_size(list) == 0)
        return error_set(
            err, ERROR_USAGE, "/subscription",
            "there is no managed subscription: add [subscription \"NAME\"] to the configuration or "
            "run `flexhost subscription add`");
    if (!name)
        return error_set(err, ERROR_USAGE, "/subscription",
                         "there are %zu managed subscriptions: say which with --subscription NAME "
                         "(`flexhost subscription list` shows them)",
                         json_array_size(list));
    struct suggestion near = {.mistyped = name};
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item) suggestion_offer(&near, text_at(item, "name"));
    return error_set(err, ERROR_USAGE, "/subscription",
                     "there is no managed subscription called \"%s\"%s%s%s: `flexhost subscription "
                     "list` shows them",
                     name, near.best ? ", did you mean \"" : "", near.best ? near.best : "",
                     near.best ? "\"?" : "");
}

/* Added at the command line, then another one written into the INI under its name. */
static int refuse_two(const json_t *first, const json_t *second, struct error *err)
{
    return error_set(err, ERROR_USAGE, "/subscription",
                     "two managed subscriptions are called \"%s\": %s (%s) and %s (%s); name the "
                     "section of the configuration otherwise",
                     text_at(first, "name"), text_at(first, "id"), text_at(first, "source"),
                     text_at(second, "id"), text_at(second, "source"));
}

/* Borrowed from the list; NULL with err set. */
static json_t *find(const json_t *list, const char *name, struct error *err)
{
    json_t *found = NULL;
    size_t i;
    json_t *item;
    if (!name && json_array_size(list) == 1)
        return json_array_get(list, 0);
    json_array_foreach((json_t *)list, i, item)
    {
        if (!name || strcasecmp(text_at(item, "name"), name) != 0)
            continue;
        if (found) {
            refuse_two(found, item, err);
            return NULL;
        }
        found = item;
    }
    if (!found)
        not_found(list, name, err);
    return found;
}

json_t *subscription_find(struct context *context, const char *name, struct error *err)
{
    json_t *list = subscription_list(context, err);
    json_t *found = list ? json_incref(find(list, name, err)) : NULL;
    json_decref(list);
    return found;
}

json_t *subscription_resolve(struct context *context, const char *name, struct error *err)
{
    json_t *found = subscription_find(context, name, err);
    if (found)
        json_object_del(found, "source");
    return found;
}

static int refuse_gone(struct context *context, const json_t *list, const json_t *wanted,
                       struct error *err)
{
    const char *name = text_at(wanted, "name"), *id = text_at(wanted, "id");
    const char *path = context_config_path(context);
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item)
    {
        if (strcasecmp(text_at(item, "id"), id) == 0)
            return error_set(err, ERROR_USAGE, "/subscription",
                             "the subscription %s is called \"%s\" now (%s), and was \"%s\" when "
                             "this was created: give it that name again",
                             id, text_at(item, "name"), text_at(item, "source"), name);
        if (strcasecmp(text_at(item, "name"), name) == 0)
            return error_set(err, ERROR_USAGE, "/subscription",
                             "the subscription \"%s\" is %s now (%s), and was %s when this was "
                             "created: call the new one otherwise, and add %s as \"%s\" again",
                             name, text_at(item, "id"), text_at(item, "source"), id, id, name);
    }
    return error_set(err, ERROR_USAGE, "/subscription",
                     "the subscription \"%s\" (%s) is no longer configured: put [subscription "
                     "\"%s\"] with id = %s back into %s, or run `flexhost subscription add %s --id "
                     "%s --credential NAME`",
                     name, id, name, id, path ? path : "the configuration", name, id);
}

int subscription_check(struct context *context, const json_t *subscription, struct error *err)
{
    const char *name = text_at(subscription, "name"), *id = text_at(subscription, "id");
    if (!name || !id)
        return 0;
    json_t *list = subscription_list(context, err);
    if (!list)
        return -1;
    bool there = false;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) there |=
        strcasecmp(text_at(item, "name"), name) == 0 && strcasecmp(text_at(item, "id"), id) == 0;
    int result = there ? 0 : refuse_gone(context, list, subscription, err);
    json_decref(list);
    return result;
}

const char *subscription_tenant(const struct config *config, const char *tenant,
                                const char *credential)
{
    if (tenant)
        return tenant;
    const struct credential_config *found = config_credential(config, credential);
    if (found && found->token_tenant)
        return found->token_tenant;
    /* A domain, or any tenant, says too little. */
    return found && form_is_guid(found->tenant ? found->tenant : "") ? found->tenant : NULL;
}
