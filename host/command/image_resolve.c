/* SPDX-License-Identifier: Apache-2.0 */
/* Images by name. */
#include "command/image_resolve.h"

#include "base/text.h"
#include "command/change.h"
#include "command/image_list.h"
#include "command/image_version.h"
#include "command/request.h"
#include "command/secret_text.h"
#include "command/subject_view.h"
#include "command/text_at.h"
#include "plugin/fields.h"
#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>

const char *image_section_source(const struct ini_section *section)
{
    const struct ini_entry *entry = ini_find(section, "source");
    return entry ? entry->value : "";
}

json_t *image_section_json(const struct ini_section *section)
{
    json_t *raw = json_object();
    for (size_t i = 0; i < section->entry_count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        if (strcmp(entry->key, "source") != 0)
            json_object_set_new(raw, entry->key, json_string(entry->value));
    }
    return raw;
}

/* The section's keys are the plugin's fields. */
static json_t *section_fields(const struct ini_section *section, const struct plugin *plugin,
                              struct error *err)
{
    json_t *raw = image_section_json(section);
    json_t *fields = NULL, *secrets = NULL;
    struct field_problems problems = {0};
    int result = fields_validate(plugin->entry.fields, plugin->entry.field_count, raw, NULL, NULL,
                                 &fields, &secrets, &problems);
    struct text all = {0};
    for (size_t i = 0; i < problems.count; i++) {
        const char *field = problems.items[i].field;
        text_printf(&all, "%s%s:%d: [image \"%s\"] %s: %s", i ? "\n" : "", section->file,
                    section->line, section->name, field + strspn(field, "-"),
                    problems.items[i].message);
    }
    if (result == 0 && json_object_size(secrets)) {
        text_printf(&all,
                    "%s:%d: [image \"%s\"] holds a secret, and the INI is no place for one: "
                    "make the image with `flexhost image create %s`",
                    section->file, section->line, section->name, plugin->name);
        result = -1;
    }
    if (result < 0) {
        error_set(err, ERROR_USAGE, "/image", "%s", text_get(&all));
        json_decref(fields);
        fields = NULL;
    }
    text_free(&all);
    field_problems_clear(&problems);
    secrets_json_wipe(secrets);
    json_decref(raw);
    return fields;
}

/* An image that needs no work exports itself from a plan without steps. */
static json_t *export_image(struct context *context, const json_t *request, struct error *err)
{
    struct plan *plan = NULL;
    if (request_plan(context, request, &plan, err) < 0)
        return NULL;
    json_t *json = plan_to_json(plan);
    json_t *image = json_object_get(json_object_get(json, "exports"), "image");
    if (plan_step_count(plan) > 0)
        error_set(err, ERROR_USAGE, "/image",
                  "the image \"%s\" has to be made first: run `flexhost image create`",
                  text_at(request, "name"));
    else if (!json_is_object(json_object_get(image, "reference")))
        error_set(err, ERROR_FAILED, "/image",
                  "the plugin image/%s exports no image with a reference: report it to its author",
                  text_at(request, "type"));
    bool good = plan_step_count(plan) == 0 && json_is_object(json_object_get(image, "reference"));
    image = good ? json_incref(image) : NULL;
    json_decref(json);
    plan_free(plan);
    return image;
}

static json_t *no_source(const struct ini_section *section, struct error *err)
{
    error_set(err, ERROR_USAGE, "/image",
              "%s:%d: [image \"%s\"] source: missing; name the plugin that reads the section, e.g. "
              "source = prepared (`flexhost image sources` shows them)",
              section->file, section->line, section->name);
    return NULL;
}

static json_t *resolve_section(struct context *context, const struct ini_section *section,
                               const json_t *subscription, const char *region, bool newest,
                               struct error *err)
{
    if (!*image_section_source(section))
        return no_source(section, err);
    struct registry *registry = context_registry(context, err);
    const struct plugin *plugin =
        registry ? registry_find(registry, "image", image_section_source(section), err) : NULL;
    json_t *fields = plugin ? section_fields(section, plugin, err) : NULL;
    if (!fields)
        return NULL;
    struct request_parts parts = {.operation = "create",
                                  .kind = "image",
                                  .plugin = plugin,
                                  .name = section->name,
                                  .subscription = subscription,
                                  .region = region,
                                  .fields = fields};
    json_t *request = request_new(context, &parts, err);
    json_t *known =
        request && !newest ? image_version_known(context, section->name, region, err) : NULL;
    json_t *image = NULL;
    if (known)
        json_object_set_new(request, "learned", json_deep_copy(known));
    if (request && request_check(context, plugin, request, NULL, NULL, err) == 0)
        image = export_image(context, request, err);
    if (image)
        json_object_set_new(image, "name", json_string(section->name));
    if (image && json_object_get(request, "learned"))
        json_object_set(image, "learned", json_object_get(request, "learned"));
    json_decref(known);
    json_decref(request);
    json_decref(fields);
    return image;
}

static int unknown(struct context *context, const char *name, struct error *err)
{
    json_t *all = image_list(context, err);
    if (!all)
        return -1;
    struct suggestion near = {.mistyped = name};
    size_t i;
    json_t *image;
    json_array_foreach(all, i, image) suggestion_offer(&near, text_at(image, "name"));
    error_set(err, ERROR_USAGE, "--image",
              "there is no image called \"%s\"%s%s%s: `flexhost image list` shows them", name,
              near.best ? ", did you mean \"" : "", near.best ? near.best : "",
              near.best ? "\"?" : "");
    json_decref(all);
    return -1;
}

/* Nothing is shared between subscriptions. */
static json_t *resolve_made(const struct subject *subject, const json_t *subscription,
                            struct error *err)
{
    const struct record *record = &subject->record;
    json_t *image = json_object_get(json_object_get(subject->data, "exports"), "image");
    const char *name = text_at(subscription, "name");
    bool ready = strcmp(record->status, subject_kind_find("image")->done) == 0;
    if (name && record->subscription && strcasecmp(name, record->subscription) != 0)
        error_set(
            err, ERROR_USAGE, "--image",
            "the image \"%s\" belongs to the subscription \"%s\", and the machines to \"%s\": "
            "nothing is shared between subscriptions; build or import it there too",
            record->name, record->subscription, name);
    else if (!subject_is_settled(subject) && record->operation)
        error_set(err, ERROR_RETRY, "--image",
                  "an operation of the image \"%s\" is under way, or was when its process "
                  "ended: wait for it (`flexhost operation wait %s`), or go on with it (`flexhost "
                  "operation resume %s`)",
                  record->name, record->operation, record->operation);
    else if (!ready || !image)
        error_set(err, ERROR_USAGE, "--image",
                  "the image \"%s\" cannot be used (status %s): `flexhost image show %s` says why",
                  record->name, status_label("image", record->status), record->name);
    else {
        json_t *copy = json_deep_copy(image);
        json_object_set_new(copy, "name", json_string(record->name));
        return copy;
    }
    return NULL;
}

json_t *image_resolve(struct context *context, const char *name, const json_t *subscription,
                      const char *region, struct error *err)
{
    struct store *store = context_store(context, err);
    const struct config *config = context_config(context, err);
    struct subject subject;
    bool found;
    if (!store || !config || subject_find(store, "image", name, &subject, &found, err) < 0)
        return NULL;
    if (found) {
        json_t *image = resolve_made(&subject, subscription, err);
        subject_clear(&subject);
        return image;
    }
    const struct ini_section *section = config_image(config, name);
    if (section)
        return resolve_section(context, section, subscription, region, false, err);
    unknown(context, name, err);
    return NULL;
}

int image_load(struct context *context, const char *name, struct subject *subject,
               struct error *err)
{
    struct store *store = context_store(context, err);
    const struct config *config = context_config(context, err);
    const struct ini_section *section = config ? config_image(config, name) : NULL;
    if (!store || !config)
        return -1;
    if (section)
        return error_set(
            err, ERROR_USAGE, "/name",
            "the image \"%s\" is a prepared one (%s:%d) that somebody else keeps: `flexhost image "
            "show` and `update` are for it, the rest is for images that are made here; an "
            "[image] section of that name in your configuration takes its place",
            section->name, section->file, section->line);
    return subject_load(store, "image", name, subject, err);
}

bool image_is_in(const struct subject *image, const char *region)
{
    const json_t *replicas =
        json_object_get(json_object_get(image->data, "fields"), "replica-region");
    bool is = image->record.region && strcmp(image->record.region, region) == 0;
    size_t i;
    json_t *replica;
    json_array_foreach((json_t *)replicas, i, replica) is |=
        strcmp(json_string_value(replica), region) == 0;
    return is;
}

json_t *image_resolve_newest(struct context *context, const char *name, const json_t *subscription,
                             const char *region, struct error *err)
{
    const struct config *config = context_config(context, err);
    const struct ini_section *section = config ? config_image(config, name) : NULL;
    return section ? resolve_section(context, section, subscription, region, true, err) : NULL;
}
