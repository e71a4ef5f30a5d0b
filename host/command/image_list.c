/* SPDX-License-Identifier: Apache-2.0 */
/* Images as `list` and `show` have them. */
#include "command/image_list.h"

#include "base/text.h"
#include "command/change.h"
#include "command/image_resolve.h"
#include "command/image_version.h"
#include "command/subject_view.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct column image_columns[IMAGE_COLUMNS] = {
    {"name", "NAME"},     {"source", "SOURCE"},         {"statusLabel", "STATUS"},
    {"os", "OS"},         {"generation", "GENERATION"}, {"sessions", "SESSIONS"},
    {"region", "REGION"}, {"update", "UPDATE"},         {"message", "MESSAGE"}};

/* The published model tells what is being done beside the state. */
static const struct {
    const char *status;
    const char *state;
    const char *sub_state;
} states[] = {
    {"Importing", "Importing", "ProcessingImportingImageVhdFile"},
    {"BuilderProvisioning", "BuilderProvisioning", "ProcessingCreatingBuilderVm"},
    {"BuilderVerifying", "BuilderVerifying", "ProcessingVerifyingMasterImage"},
    {"BuilderRestarting", "BuilderRestarting", "ProcessingPoweringBuilderVm"},
    {"Enumerating", "Enumerating", "ProcessingVerifyingMasterImage"},
    {"Deleting", "Pending", "ProcessingRemovingMasterImageAzureResources"},
};

static void set_state(json_t *json, const char *status)
{
    const char *state = status, *sub_state = NULL;
    if (strncmp(status, "Error", 5) == 0) {
        state = "Failed";
        sub_state = status;
    }
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(status, states[i].status) == 0) {
            state = states[i].state;
            sub_state = states[i].sub_state;
        }
    json_object_set_new(json, "status", json_string(state));
    if (sub_state)
        json_object_set_new(json, "subState", json_string(sub_state));
}

static void take(json_t *json, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    if (value && !json_object_get(json, key))
        json_object_set(json, key, value);
}

/* While it is made, its plugin tells what it will be. */
static void take_details(json_t *json, const json_t *details, const char *key)
{
    size_t i;
    json_t *detail;
    json_array_foreach((json_t *)details, i, detail)
    {
        const char *name = text_at(detail, "name");
        if (name && strcmp(name, key) == 0)
            take(json, detail, "value");
    }
    json_t *value = json_object_get(json, "value");
    if (value && !json_object_get(json, key))
        json_object_set(json, key, value);
    json_object_del(json, "value");
}

json_t *image_json(const struct subject *subject)
{
    static const char *const told[] = {
        "os",        "generation", "sessions",           "specialized",
        "osDiskGib", "secureBoot", "diskEncryptionSetId"};
    const json_t *exports = json_object_get(subject->data, "exports");
    const json_t *fields = json_object_get(subject->data, "fields");
    json_t *json = subject_json(subject);
    set_state(json, subject->record.status);
    json_object_set_new(json, "source",
                        json_string(subject->record.type ? subject->record.type : ""));
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        take(json, json_object_get(exports, "image"), told[i]);
    take(json, fields, "os"); /* before it is made, what was asked for */
    take(json, fields, "sessions");
    take(json, fields, "generation");
    for (size_t i = 0; i < 3; i++)
        take_details(json, json_object_get(subject->data, "details"), told[i]);
    take(json, fields, "notes");
    return json;
}

static bool add_record(void *context, const struct record *record)
{
    struct subject subject = {.record = *record, .data = json_loads(record->data, 0, NULL)};
    json_t *json = image_json(&subject);
    if (!subject_is_settled(&subject))
        json_object_set_new(json, "isBusy", json_true());
    json_array_append_new(context, json);
    json_decref(subject.data);
    return true;
}

/* What seems to be under way, and nobody works on. */
static void tell_interrupted(struct store *store, json_t *list)
{
    size_t i;
    json_t *image;
    json_array_foreach(list, i, image)
    {
        struct lease_holder holder;
        bool held = true;
        const char *operation = text_at(image, "transactionId");
        if (json_object_get(image, "isBusy") && operation &&
            store->ops->lease_query(store, text_at(image, "id"), &held, &holder, NULL) == 0 &&
            !held)
            json_object_set_new(
                image, "message",
                json_sprintf("interrupted: `flexhost operation resume %s` goes on", operation));
        json_object_del(image, "isBusy");
    }
}

/* As images that were made here have it. */
static void tell_section_field(const struct fh_field *field, const char *value, json_t *json)
{
    if (strcmp(field->type, "secret") == 0) /* resolving it refuses the section */
        return;
    if (strcmp(field->name, "os") == 0)
        json_object_set_new(json, "os",
                            json_string(strcasecmp(value, "windows") == 0 ? "Windows" : "Linux"));
    else if (strcmp(field->type, "int") == 0)
        json_object_set_new(json, field->name, json_integer(strtoll(value, NULL, 10)));
    else
        json_object_set_new(json, field->name, json_string(value));
}

/* What no plugin declares may be anything, a secret too, and is not shown. */
static void tell_section(struct context *context, const struct ini_section *section, json_t *json)
{
    struct registry *registry = context_registry(context, NULL);
    struct error err = ERROR_INIT;
    const struct plugin *plugin =
        registry ? registry_find(registry, "image", image_section_source(section), &err) : NULL;
    json_t *raw = plugin ? image_section_json(section) : NULL;
    for (uint32_t i = 0; plugin && i < plugin->entry.field_count; i++) {
        const char *value = text_at(raw, plugin->entry.fields[i].name);
        if (value)
            tell_section_field(&plugin->entry.fields[i], value, json);
    }
    json_decref(raw);
    error_clear(&err);
}

static json_t *section_listing(struct context *context, const struct ini_section *section)
{
    json_t *json = json_object();
    tell_section(context, section, json);
    json_object_set_new(json, "name", json_string(section->name));
    json_object_set_new(json, "source", json_string(image_section_source(section)));
    json_object_set_new(json, "status", json_string("Ready"));
    json_object_set_new(json, "statusLabel", json_string(status_label("image", "Ready")));
    char *where = text_format("%s:%d", section->file, section->line);
    if (where)
        json_object_set_new(json, "configuredIn", json_string(where));
    free(where);
    image_version_tell(context, section->name, json);
    return json;
}

json_t *image_list(struct context *context, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct store *store = context_store(context, err);
    if (!config || !store)
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < config->image_count; i++)
        json_array_append_new(list, section_listing(context, config->images[i]));
    struct record_filter filter = {.kind = "image"};
    if (store->ops->record_each(store, &filter, add_record, list, err) == 0) {
        tell_interrupted(store, list);
        return list;
    }
    json_decref(list);
    return NULL;
}

void image_output(struct context *context, struct command_output *output)
{
    struct subject subject;
    bool found;
    const char *id = text_at(output->result, "id");
    struct store *store = id ? context_store(context, NULL) : NULL;
    if (!store || subject_find(store, "image", id, &subject, &found, NULL) < 0 || !found)
        return;
    json_decref(output->result);
    output->result = image_json(&subject);
    subject_clear(&subject);
}
