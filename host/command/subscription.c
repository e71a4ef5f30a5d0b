/* SPDX-License-Identifier: Apache-2.0 */
/* subscription list, add, show. */
#include "command/subscription.h"

#include "base/uuid.h"
#include "command/key.h"
#include "command/nouns.h"
#include "command/store_view.h"
#include "command/text_at.h"
#include "rules/forms.h"
#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *tenant_of(const struct config *config, const char *tenant,
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

static json_t *configured_json(const struct config *config,
                               const struct subscription_config *subscription)
{
    return json_pack(
        "{s:s, s:s, s:s*, s:s, s:s*, s:s*}", "name", subscription->name, "id", subscription->id,
        "tenant", tenant_of(config, subscription->tenant, subscription->credential), "credential",
        subscription->credential, "region", subscription->region, "source", subscription->source);
}

struct listing {
    json_t *list;
};

static bool add_recorded(void *context, const struct record *record)
{
    struct listing *listing = context;
    json_t *data = json_loads(record->data, 0, NULL);
    json_t *json = json_pack("{s:s, s:O*, s:O*, s:O*, s:s}", "name", record->name, "id",
                             json_object_get(data, "id"), "tenant", json_object_get(data, "tenant"),
                             "credential", json_object_get(data, "credential"), "source", "added");
    json_array_append_new(listing->list, json);
    json_decref(data);
    return true;
}

/* Both sources in one list; the INI's first. */
static json_t *all_subscriptions(struct context *context, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct store *store = config ? context_store(context, err) : NULL;
    if (!store)
        return NULL;
    struct listing listing = {json_array()};
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

json_t *subscription_resolve(struct context *context, const char *name, struct error *err)
{
    json_t *list = all_subscriptions(context, err);
    if (!list)
        return NULL;
    json_t *found = NULL;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) if (name ? strcasecmp(text_at(item, "name"), name) == 0
                                               : json_array_size(list) == 1) found = item;
    if (found) {
        json_incref(found);
        json_object_del(found, "source");
    } else {
        not_found(list, name, err);
    }
    json_decref(list);
    return found;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    output->result = all_subscriptions(context, err);
    return output->result ? 0 : -1;
}

static bool count_machine(void *context, const struct journal_step *step)
{
    *(json_int_t *)context += strchr(step->key + strlen("machine/"), '/') == NULL;
    return true;
}

struct counting {
    struct store *store;
    const char *subscription;
    const char *kind;
    json_int_t subjects;
    json_int_t machines;
    int failed;
};

static bool count_subject(void *context, const struct record *record)
{
    struct counting *counting = context;
    if (!record->subscription || strcasecmp(record->subscription, counting->subscription) != 0)
        return true;
    counting->subjects++;
    if (strcmp(counting->kind, "catalog") != 0)
        return true;
    struct journal_filter filter = {.subject_id = record->id, .key_prefix = "machine/"};
    counting->failed |= counting->store->ops->journal_each(counting->store, &filter, count_machine,
                                                           &counting->machines, NULL);
    return true;
}

static int add_counts(struct store *store, json_t *subscription, struct error *err)
{
    static const char *const kinds[] = {"catalog", "image", "connection", "key"};
    static const char *const keys[] = {"catalogs", "images", "connections", "keys"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct counting counting = {store, text_at(subscription, "name"), kinds[i], 0, 0, 0};
        struct record_filter filter = {.kind = kinds[i]};
        if (store->ops->record_each(store, &filter, count_subject, &counting, err) < 0)
            return -1;
        json_object_set_new(subscription, keys[i], json_integer(counting.subjects));
        if (i == 0)
            json_object_set_new(subscription, "machines", json_integer(counting.machines));
    }
    return 0;
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    json_t *subscription = subscription_resolve(context, text_at(input->fields, "name"), err);
    if (!subscription)
        return -1;
    output->result = subscription;
    if (add_counts(context_store(context, err), subscription, err) < 0)
        return -1;
    return key_warn_due_in(context, text_at(subscription, "name"), err);
}

static int refuse_twice(struct context *context, const char *name, const char *id,
                        struct error *err)
{
    json_t *list = all_subscriptions(context, err);
    if (!list)
        return -1;
    int result = 0;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (strcasecmp(text_at(item, "name"), name) == 0)
            result =
                error_set(err, ERROR_USAGE, "/name",
                          "there is a subscription called \"%s\" already (%s): choose another name",
                          name, text_at(item, "source"));
        else if (strcasecmp(text_at(item, "id"), id) == 0)
            result = error_set(err, ERROR_USAGE, "/id",
                               "the subscription %s is there already, as \"%s\"", id,
                               text_at(item, "name"));
    }
    json_decref(list);
    return result;
}

/* Whether the credential can see it: better known now than at the first catalog. */
static int ask_azure(struct context *context, const char *id, const char *credential,
                     struct error *err)
{
    const struct plugin_services *services = context_services(context, err);
    if (!services)
        return -1;
    char path[64];
    snprintf(path, sizeof path, "/subscriptions/%s", id);
    int status = 0;
    char *answer =
        services->arm_get(services->context, credential, path, "2022-12-01", &status, err);
    if (!answer)
        return -1;
    free(answer);
    if (status == 200)
        return 0;
    return error_set(err, ERROR_CREDENTIALS, "/id",
                     "the credential \"%s\" cannot read the subscription %s (Azure answers %d): "
                     "check the id, and "
                     "that the principal has the role Contributor there",
                     credential, id, status);
}

static int add(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct store *store = context_store(context, err);
    const char *name = text_at(input->fields, "name");
    const char *id = text_at(input->fields, "id");
    const char *credential = text_at(input->fields, "credential");
    if (!config || !store || refuse_twice(context, name, id, err) < 0)
        return -1;
    if (ask_azure(context, id, credential, err) < 0)
        return -1;
    json_t *json = json_pack("{s:s, s:s, s:s*, s:s}", "name", name, "id", id, "tenant",
                             tenant_of(config, text_at(input->fields, "tenant"), credential),
                             "credential", credential);
    char record_id[UUID_TEXT];
    uuid_v7(clock_system(), record_id);
    struct subject subject = {.data = json};
    subject.record = (struct record){.kind = "subscription",
                                     .id = record_id,
                                     .name = name,
                                     .status = "Active",
                                     .created_ms = clock_wall(clock_system()),
                                     .updated_ms = clock_wall(clock_system())};
    output->result = json;
    if (store->ops->begin(store, err) < 0)
        return -1;
    if (subject_put(store, &subject, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

static const struct fh_field add_fields[] = {
    {.name = "name", .type = "name", .flags = FH_FIELD_REQUIRED, .help = "what to call it"},
    {.name = "id",
     .type = "guid",
     .flags = FH_FIELD_REQUIRED,
     .help = "Azure's id of the subscription"},
    {.name = "credential",
     .type = "credential",
     .flags = FH_FIELD_REQUIRED,
     .help = "the [credential \"NAME\"] that signs in to it"},
    {.name = "tenant", .type = "guid", .help = "its tenant, if not the credential's"},
};
static const struct fh_field show_fields[] = {{.name = "name",
                                               .type = "string",
                                               .flags = FH_FIELD_REQUIRED,
                                               .help = "the subscription's name"}};
static const struct column columns[] = {{"name", "NAME"},
                                        {"id", "ID"},
                                        {"credential", "CREDENTIAL"},
                                        {"region", "REGION"},
                                        {"source", "SOURCE"}};
static const struct command commands[] = {
    {.noun = "subscription",
     .verb = "list",
     .summary = "List the managed subscriptions",
     .permission = "subscription/read",
     .columns = columns,
     .column_count = 5,
     .example = "flexhost subscription list",
     .run = list},
    {.noun = "subscription",
     .verb = "add",
     .summary = "Add a managed subscription, after asking Azure whether the credential can use it",
     .permission = "subscription/create",
     .fields = add_fields,
     .field_count = 4,
     .positional = "name",
     .example = "flexhost subscription add engineering --id 11111111-2222-3333-4444-555555555555 "
                "--credential main",
     .run = add},
    {.noun = "subscription",
     .verb = "show",
     .summary = "Show a subscription and what uses it",
     .permission = "subscription/read",
     .fields = show_fields,
     .field_count = 1,
     .positional = "name",
     .example = "flexhost subscription show engineering",
     .run = show},
};

struct noun noun_subscription(void)
{
    return (struct noun){"subscription", "Managed subscriptions, in which machines run", commands,
                         sizeof commands / sizeof *commands};
}
