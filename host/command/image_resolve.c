/* SPDX-License-Identifier: Apache-2.0 */
/* Images by name. */
#include "command/image_resolve.h"

#include "base/text.h"
#include "command/change.h"
#include "command/request.h"
#include "command/secret_text.h"
#include "command/text_at.h"
#include "plugin/fields.h"
#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>

static const char *source_of(const struct ini_section *section)
{
    const struct ini_entry *entry = ini_find(section, "source");
    return entry ? entry->value : "";
}

static json_t *section_json(const struct ini_section *section)
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
    json_t *raw = section_json(section);
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
                               const json_t *subscription, const char *region, struct error *err)
{
    if (!*source_of(section))
        return no_source(section, err);
    struct registry *registry = context_registry(context, err);
    const struct plugin *plugin =
        registry ? registry_find(registry, "image", source_of(section), err) : NULL;
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
    json_t *image = NULL;
    if (request && request_check(context, plugin, request, NULL, NULL, err) == 0)
        image = export_image(context, request, err);
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
        json_t *image = json_object_get(json_object_get(subject.data, "exports"), "image");
        if (image)
            json_incref(image);
        else
            error_set(err, ERROR_USAGE, "--image", "the image \"%s\" is not ready (status %s)",
                      name, subject.record.status);
        subject_clear(&subject);
        return image;
    }
    const struct ini_section *section = config_image(config, name);
    if (section)
        return resolve_section(context, section, subscription, region, err);
    unknown(context, name, err);
    return NULL;
}

static json_t *section_listing(const struct ini_section *section)
{
    json_t *json = section_json(section);
    json_object_set_new(json, "name", json_string(section->name));
    json_object_set_new(json, "source", json_string(source_of(section)));
    json_object_set_new(json, "status", json_string("Ready"));
    json_object_set_new(json, "statusLabel", json_string(status_label("image", "Ready")));
    char *where = text_format("%s:%d", section->file, section->line);
    if (where)
        json_object_set_new(json, "configuredIn", json_string(where));
    free(where);
    return json;
}

static bool add_record(void *context, const struct record *record)
{
    struct subject subject = {.record = *record, .data = json_loads(record->data, 0, NULL)};
    json_t *json = subject_json(&subject);
    json_object_set_new(json, "source", json_string(record->type ? record->type : ""));
    json_array_append_new(context, json);
    json_decref(subject.data);
    return true;
}

json_t *image_list(struct context *context, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct store *store = context_store(context, err);
    if (!config || !store)
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < config->image_count; i++)
        json_array_append_new(list, section_listing(config->images[i]));
    struct record_filter filter = {.kind = "image"};
    if (store->ops->record_each(store, &filter, add_record, list, err) == 0)
        return list;
    json_decref(list);
    return NULL;
}
