/* SPDX-License-Identifier: Apache-2.0 */
/* Who stands on a managed subscription. */
#include "command/subscription_use.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

struct search {
    const char *subscription;
    json_t *users;
};

static bool add_user(void *context, const struct record *record)
{
    struct search *search = context;
    if (!record->subscription || strcasecmp(record->subscription, search->subscription) != 0 ||
        strcmp(record->kind, "activity") == 0)
        return true;
    json_t *names = json_object_get(search->users, record->kind);
    if (!names)
        json_object_set_new(search->users, record->kind, names = json_array());
    json_array_append_new(names, json_string(record->name));
    return true;
}

json_t *subscription_users(struct store *store, const char *name, struct error *err)
{
    struct search search = {name, json_object()};
    struct record_filter all = {0};
    if (store->ops->record_each(store, &all, add_user, &search, err) == 0)
        return search.users;
    json_decref(search.users);
    return NULL;
}

static bool add_used(void *context, const struct record *record)
{
    json_t *data = record->subscription ? json_loads(record->data, 0, NULL) : NULL;
    json_t *subscription = json_object_get(data, "subscription");
    if (json_is_object(subscription) && strcmp(record->kind, "activity") != 0)
        json_object_set(context, record->subscription, subscription);
    json_decref(data);
    return true;
}

json_t *subscriptions_used(struct store *store, struct error *err)
{
    json_t *used = json_object();
    struct record_filter all = {0};
    if (store->ops->record_each(store, &all, add_used, used, err) == 0)
        return used;
    json_decref(used);
    return NULL;
}

static void add_names(struct text *text, const char *kind, const json_t *names)
{
    size_t i;
    json_t *name;
    text_printf(text, "%sthe %s%s ", text->length ? " and " : "", kind,
                json_array_size(names) == 1 ? "" : "s");
    json_array_foreach((json_t *)names, i, name)
        text_printf(text, "%s\"%s\"", i ? ", " : "", json_string_value(name));
}

int subscription_refuse_used(struct store *store, const char *name, struct error *err)
{
    json_t *users = subscription_users(store, name, err);
    if (!users)
        return -1;
    struct text text = {0};
    const char *kind;
    json_t *names;
    json_object_foreach(users, kind, names) add_names(&text, kind, names);
    int result = json_object_size(users) == 0
                     ? 0
                     : error_set(err, ERROR_USAGE, "/name",
                                 "the subscription \"%s\" is used by %s: delete what uses it first",
                                 name, text_get(&text));
    text_free(&text);
    json_decref(users);
    return result;
}
