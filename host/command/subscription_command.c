/* SPDX-License-Identifier: Apache-2.0 */
/* subscription list, add, show, remove. */
#include "base/uuid.h"
#include "command/key.h"
#include "command/limit.h"
#include "command/nouns.h"
#include "command/store_view.h"
#include "command/subscription.h"
#include "command/subscription_use.h"
#include "command/text_at.h"
#include "command/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Its machines, beside how many it may have; from 90 % on the operator is told. */
static void add_machines(struct context *context, const struct usage *usage, json_t *subscription)
{
    const char *name = text_at(subscription, "name");
    char scope[160];
    snprintf(scope, sizeof scope, "subscription %s", name);
    json_t *limit = limit_json(context, LIMIT_MACHINES, scope, usage_machines(usage, name));
    json_object_set(subscription, "machines", json_object_get(limit, "current"));
    json_object_set(subscription, "machinesLimit", json_object_get(limit, "most"));
    json_object_set(subscription, "machinesPercent", json_object_get(limit, "percent"));
    json_decref(limit);
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct usage usage;
    output->result = subscription_list(context, err);
    if (!output->result || usage_count(context, &usage, err) < 0)
        return -1;
    size_t i;
    json_t *subscription;
    json_array_foreach(output->result, i, subscription) add_machines(context, &usage, subscription);
    usage_clear(&usage);
    return 0;
}

static int add_users(struct context *context, json_t *subscription, struct error *err)
{
    static const char *const kinds[] = {"catalog", "image", "connection", "key"};
    static const char *const counts[] = {"catalogs", "images", "connections", "keys"};
    json_t *users =
        subscription_users(context_store(context, err), text_at(subscription, "name"), err);
    if (!users)
        return -1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        json_object_set_new(
            subscription, counts[i],
            json_integer((json_int_t)json_array_size(json_object_get(users, kinds[i]))));
    json_object_set_new(subscription, "usedBy", users);
    return 0;
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct usage usage;
    json_t *subscription = subscription_find(context, text_at(input->fields, "name"), err);
    output->result = subscription;
    if (!subscription || add_users(context, subscription, err) < 0 ||
        usage_count(context, &usage, err) < 0)
        return -1;
    add_machines(context, &usage, subscription);
    usage_clear(&usage);
    return key_warn_due_in(context, text_at(subscription, "name"), err);
}

static int refuse_twice(struct context *context, const char *name, const char *id,
                        struct error *err)
{
    json_t *list = subscription_list(context, err);
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

/* Asked again in the transaction: another process may have added it meanwhile. */
static int record_added(struct context *context, struct subject *subject, struct error *err)
{
    struct store *store = context_store(context, err);
    if (store->ops->begin(store, err) < 0)
        return -1;
    if (refuse_twice(context, subject->record.name, text_at(subject->data, "id"), err) == 0 &&
        subject_put(store, subject, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

static int add(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    const struct config *config = context_config(context, err);
    const char *name = text_at(input->fields, "name");
    const char *id = text_at(input->fields, "id");
    const char *credential = text_at(input->fields, "credential");
    if (!config || refuse_twice(context, name, id, err) < 0 ||
        ask_azure(context, id, credential, err) < 0)
        return -1;
    json_t *json =
        json_pack("{s:s, s:s, s:s*, s:s, s:O*}", "name", name, "id", id, "tenant",
                  subscription_tenant(config, text_at(input->fields, "tenant"), credential),
                  "credential", credential, "region", json_object_get(input->fields, "region"));
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
    return record_added(context, &subject, err);
}

/* The record of one that was added, or why it can't be removed. */
static int load_added(struct context *context, const char *name, struct subject *subject,
                      struct error *err)
{
    const struct config *config = context_config(context, err);
    struct store *store = config ? context_store(context, err) : NULL;
    bool found;
    if (!store || subject_find(store, "subscription", name, subject, &found, err) < 0)
        return -1;
    if (found)
        return 0;
    const struct subscription_config *configured = config_subscription(config, name);
    if (configured)
        return error_set(err, ERROR_USAGE, "/name",
                         "the subscription \"%s\" is in the configuration: when nothing uses it "
                         "any more (`flexhost subscription show %s`), take the section "
                         "[subscription \"%s\"] out of it, at %s",
                         configured->name, configured->name, configured->name, configured->source);
    json_decref(subscription_find(context, name, err)); /* says what there is */
    return -1;
}

static int refuse_last(struct context *context, const char *name, struct error *err)
{
    json_t *list = subscription_list(context, err);
    if (!list)
        return -1;
    size_t count = json_array_size(list);
    json_decref(list);
    if (count > 1)
        return 0;
    return error_set(err, ERROR_USAGE, "/name",
                     "the subscription \"%s\" is the last one: add another first (`flexhost "
                     "subscription add`, or a section in the configuration)",
                     name);
}

/* One that the configuration has as well stays there: nothing breaks. */
static int refuse_needed(struct context *context, const struct subject *subject, struct error *err)
{
    const char *name = subject->record.name;
    const struct subscription_config *same =
        config_subscription(context_config(context, err), name);
    if (same && strcasecmp(same->id, text_at(subject->data, "id")) == 0)
        return 0;
    if (refuse_last(context, name, err) < 0)
        return -1;
    return subscription_refuse_used(context_store(context, err), name, err);
}

/* Whoever creates something in it meanwhile records that in a transaction too, and looks there. */
static int delete_added(struct context *context, const struct subject *subject, struct error *err)
{
    struct store *store = context_store(context, err);
    if (store->ops->begin(store, err) < 0)
        return -1;
    if (refuse_needed(context, subject, err) == 0 &&
        store->ops->record_delete(store, "subscription", subject->record.id, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

static int remove_added(struct context *context, const struct command_input *input,
                        struct command_output *output, struct error *err)
{
    struct subject subject;
    if (load_added(context, text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    const char *name = subject.record.name;
    int result = refuse_needed(context, &subject, err);
    if (result == 0)
        result = command_acknowledge(context, input, name, input->command->acknowledgement, err);
    if (result == 0)
        result = delete_added(context, &subject, err);
    if (result == 0)
        context_remark(context, "the subscription \"%s\" is removed", name);
    subject_clear(&subject);
    return result;
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
    {.name = "region", .type = "region", .help = "the default for what is created in it"},
};
static const struct fh_field show_fields[] = {{.name = "name",
                                               .type = "string",
                                               .flags = FH_FIELD_REQUIRED,
                                               .help = "the subscription's name"}};
static const struct column columns[] = {{"name", "NAME"},
                                        {"id", "ID"},
                                        {"credential", "CREDENTIAL"},
                                        {"region", "REGION"},
                                        {"machines", "MACHINES"},
                                        {"machinesLimit", "LIMIT"},
                                        {"machinesPercent", "PERCENT"},
                                        {"source", "SOURCE"}};
static const struct column show_columns[] = {
    {"name", "NAME"},           {"id", "ID"},
    {"tenant", "TENANT"},       {"credential", "CREDENTIAL"},
    {"region", "REGION"},       {"catalogs", "CATALOGS"},
    {"images", "IMAGES"},       {"connections", "CONNECTIONS"},
    {"keys", "KEYS"},           {"machines", "MACHINES"},
    {"machinesLimit", "LIMIT"}, {"machinesPercent", "PERCENT"},
    {"source", "SOURCE"}};
static const struct command commands[] = {
    {.noun = "subscription",
     .verb = "list",
     .summary = "List the managed subscriptions, and how full each is",
     .permission = "subscription/read",
     .columns = columns,
     .column_count = sizeof columns / sizeof *columns,
     .example = "flexhost subscription list",
     .run = list},
    {.noun = "subscription",
     .verb = "add",
     .summary = "Add a managed subscription, after asking Azure whether the credential can use it",
     .permission = "subscription/create",
     .fields = add_fields,
     .field_count = sizeof add_fields / sizeof *add_fields,
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
     .columns = show_columns,
     .column_count = sizeof show_columns / sizeof *show_columns,
     .example = "flexhost subscription show engineering",
     .run = show},
    {.noun = "subscription",
     .verb = "remove",
     .summary = "Remove a managed subscription that was added and that nothing uses",
     .description = "Refused while a catalog, an image, a connection or a key uses it, and when it "
                    "is the last one. One that the configuration has is taken out there. Azure is "
                    "not asked: the subscription itself stays as it is.",
     .permission = "subscription/delete",
     .flags = COMMAND_ACKNOWLEDGE,
     .fields = show_fields,
     .field_count = 1,
     .positional = "name",
     .acknowledgement = "nothing can be created in it any more.",
     .example = "flexhost subscription remove engineering --yes",
     .run = remove_added},
};

struct noun noun_subscription(void)
{
    return (struct noun){"subscription", "Managed subscriptions, in which machines run", commands,
                         sizeof commands / sizeof *commands};
}
