/* SPDX-License-Identifier: Apache-2.0 */
/* What the completion script asks for while somebody types. */
#include "face/complete.h"

#include "command/command.h"
#include "command/request.h"
#include "face/completion.h"

#include <stdio.h>
#include <string.h>

/* A candidate becomes part of a shell line: one with other characters is better typed by hand. */
static void offer(struct text *out, const char *candidate)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "-_./@+";
    if (candidate && *candidate && candidate[strspn(candidate, harmless)] == '\0')
        text_printf(out, "%s\n", candidate);
}

static void offer_regions(struct text *out, struct context *context, const char *const *words)
{
    const struct config *config = context_config(context, NULL);
    for (size_t i = 0; config && i < config->regions.count; i++)
        offer(out, config->regions.regions[i].name);
}

static void offer_credentials(struct text *out, struct context *context, const char *const *words)
{
    const struct config *config = context_config(context, NULL);
    for (size_t i = 0; config && i < config->credential_count; i++)
        offer(out, config->credentials[i].name);
}

static void offer_plugins(struct text *out, struct context *context, const char *const *words)
{
    struct registry *registry = context_registry(context, NULL);
    for (size_t i = 0; registry && i < registry_count(registry); i++) {
        const struct plugin *plugin = registry_at(registry, i);
        if (!plugin->refusal && strcmp(plugin->kind, words[1]) == 0)
            offer(out, plugin->name);
    }
}

static void offer_personas(struct text *out, struct context *context, const char *const *words)
{
    const struct config *config = context_config(context, NULL);
    for (size_t i = 0; config && i < config->personas.count; i++)
        offer(out, config->personas.personas[i].name);
    offer(out, "custom");
}

static bool offer_record(void *data, const struct record *record)
{
    offer(data, record->name);
    return true;
}

/* Machines have no records of their own; their catalog's names them. */
static bool offer_machines(void *data, const struct record *record)
{
    json_t *catalog = record->data ? json_loads(record->data, 0, NULL) : NULL;
    const json_t *names = json_object_get(json_object_get(catalog, "internal"), "machineNames");
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name) if (json_is_string(name))
        offer(data, json_string_value(name));
    json_decref(catalog);
    return true;
}

static bool offer_operation(void *data, const struct operation *operation)
{
    offer(data, operation->id);
    return true;
}

/* Names of the configuration and of the store. */
static void offer_names(struct text *out, struct context *context, const char *const *words)
{
    const struct config *config = context_config(context, NULL);
    bool subscriptions = strcmp(words[1], "subscription") == 0;
    bool images = strcmp(words[1], "image") == 0;
    for (size_t i = 0; config && subscriptions && i < config->subscription_count; i++)
        offer(out, config->subscriptions[i].name);
    for (size_t i = 0; config && images && i < config->image_count; i++)
        offer(out, config->images[i]->name);
    struct store *store = config ? context_store(context, NULL) : NULL;
    if (!store)
        return;
    if (strcmp(words[1], "operation") == 0) {
        struct operation_filter latest = {.limit = 20};
        store->ops->operation_each(store, &latest, offer_operation, out, NULL);
        return;
    }
    bool machines = strcmp(words[1], "machine") == 0;
    bool actions = strcmp(words[1], "action") == 0; /* what they leave is an activity */
    struct record_filter filter = {.kind = machines ? "catalog" : actions ? "activity" : words[1]};
    store->ops->record_each(store, &filter, machines ? offer_machines : offer_record, out, NULL);
}

/* kind: "connection", or "@connection/route" for the sub-fields that a subject's type declares. */
static const struct plugin *plugin_of(struct context *context, const char *kind, const char *name)
{
    struct registry *registry = context_registry(context, NULL);
    if (*kind != '@')
        return registry ? registry_find(registry, kind, name, NULL) : NULL;
    char subject_kind[64];
    snprintf(subject_kind, sizeof subject_kind, "%.*s", (int)strcspn(kind + 1, "/"), kind + 1);
    struct store *store = registry ? context_store(context, NULL) : NULL;
    struct subject subject;
    if (!store || subject_load(store, subject_kind, name, &subject, NULL) < 0)
        return NULL;
    const struct plugin *plugin = request_plugin(context, &subject, NULL);
    subject_clear(&subject);
    return plugin;
}

/* One that the options of this kind join. */
static const struct command *row_of(const char *kind)
{
    for (size_t i = 0; i < command_count(); i++) {
        const struct command *row = command_at(i);
        const char *object = row->plugin_object;
        char own[96] = "";
        if (row->plugin_kind)
            snprintf(own, sizeof own, "%s%s%s%s", row->plugin_subject ? "@" : "", row->plugin_kind,
                     object ? "/" : "", object ? object : "");
        if (strcmp(own, kind) == 0)
            return row;
    }
    return NULL;
}

static void offer_options(struct text *out, struct context *context, const char *const *words)
{
    static const struct rows rows = {command_count, command_at, command_noun_summary};
    const struct plugin *plugin = plugin_of(context, words[1], words[2]);
    const struct command *row = row_of(words[1]);
    size_t count = 0;
    const struct fh_field *fields = row ? row_joined(row, plugin, &count) : NULL;
    if (fields)
        completion_options(out, &rows, row, fields, count);
    text_add(out, "\n");
}

void complete_candidates(struct text *out, struct context *context, const char *const *words,
                         size_t count)
{
    static const struct {
        const char *name;
        size_t words;
        void (*offer)(struct text *out, struct context *context, const char *const *words);
    } sources[] = {
        {"personas", 1, offer_personas},
        {"regions", 1, offer_regions},
        {"credentials", 1, offer_credentials},
        {"plugins", 2, offer_plugins},
        {"names", 2, offer_names},
        {"options", 3, offer_options},
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (count == sources[i].words && strcmp(words[0], sources[i].name) == 0)
            sources[i].offer(out, context, words);
}
