/* SPDX-License-Identifier: Apache-2.0 */
/* From what was typed to validated input: the row's fields and its plugin's, all problems at once.
 */
#include "command/command.h"

#include "base/text.h"
#include "command/request.h"
#include "command/secret_text.h"
#include "command/subject_change.h"
#include "plugin/fields.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The plugin is named by a field of the row that may be typed in any way: ask for it before all
 * else. */
static int find_plugin(struct context *context, const struct command *command, const json_t *raw,
                       struct command_input *input, struct error *err)
{
    if (!command->plugin_kind)
        return 0;
    const char *name = json_string_value(json_object_get(raw, command->plugin_field));
    if (!name)
        return 0; /* the row's own fields say that it is missing */
    struct registry *registry = context_registry(context, err);
    if (!registry)
        return -1;
    input->plugin = registry_find(registry, command->plugin_kind, name, err);
    if (input->plugin)
        return 0;
    char *field = text_format("/%s", command->plugin_field);
    error_set_field(err, field);
    free(field);
    return -1;
}

/* What names may refer to: the credentials and regions of the INI. */
static json_t *known_names(struct context *context)
{
    const struct config *config = context_config(context, NULL);
    json_t *credentials = json_array();
    json_t *regions = json_object();
    if (config) {
        for (size_t i = 0; i < config->credential_count; i++)
            json_array_append_new(credentials, json_string(config->credentials[i].name));
        for (size_t i = 0; i < config->regions.count; i++) {
            const struct region *region = &config->regions.regions[i];
            json_object_set_new(regions, region->name, json_string(region->display));
        }
    }
    return json_pack("{s:o, s:o}", "credential", credentials, "region", regions);
}

/* The subject that the row names: its plugin, and the fields that are changed. */
static int find_subject(struct context *context, const struct command *command, const json_t *raw,
                        struct command_input *input, json_t **fields, struct error *err)
{
    const json_t *typed = json_object_get(raw, command->plugin_subject);
    struct subject subject;
    if (!json_is_string(typed))
        return 0; /* the row's own fields say that it is missing */
    if (planned_load(context, command->noun, json_string_value(typed), &subject, err) < 0)
        return -1;
    input->plugin = request_plugin(context, &subject, err);
    input->subject_ms = subject.record.updated_ms;
    if (input->plugin)
        *fields = json_incref(json_object_get(subject.data, "fields"));
    subject_clear(&subject);
    return input->plugin ? 0 : -1;
}

static const struct fh_field *declared(const struct plugin *plugin, const char *name)
{
    for (uint32_t i = 0; plugin && i < plugin->entry.field_count; i++)
        if (strcmp(plugin->entry.fields[i].name, name) == 0)
            return &plugin->entry.fields[i];
    return NULL;
}

const struct fh_field *command_object(const struct command *command, const struct plugin *plugin,
                                      const char *subject, struct error *err)
{
    const struct fh_field *list = declared(plugin, command->plugin_object);
    if (list && list->field_count)
        return list;
    char *label = text_format("/%s", command->plugin_subject);
    error_set(err, ERROR_USAGE, label,
              "the %s \"%s\" has the type %s, which has no %ss: `flexhost %s create %s --help` "
              "lists what it has",
              command->noun, subject, plugin->name, command->plugin_object, command->noun,
              plugin->name);
    free(label);
    return NULL;
}

/* One of a list of objects instead of all fields. */
static int find_element(const struct command *command, const json_t *raw,
                        const struct plugin *plugin, json_t **fields, struct error *err)
{
    const char *list_name = command->plugin_object;
    const json_t *typed = json_object_get(raw, list_name);
    const char *name = json_string_value(typed);
    if (!plugin)
        return 0;
    const char *subject = json_string_value(json_object_get(raw, command->plugin_subject));
    if (!command_object(command, plugin, subject, err))
        return -1;
    json_t *elements = json_incref(json_object_get(*fields, list_name));
    json_t *found = NULL;
    size_t i;
    json_t *element;
    json_array_foreach(elements, i, element)
    {
        const char *other = json_string_value(json_object_get(element, "name"));
        if (name && other && strcasecmp(other, name) == 0)
            found = json_incref(element);
    }
    json_decref(elements);
    json_decref(*fields);
    *fields = found;
    if (!name || (found != NULL) != command->makes_element)
        return 0;
    json_decref(found);
    *fields = NULL;
    char *label = text_format("/%s", list_name);
    error_set(err, ERROR_USAGE, label,
              found ? "there is a %s called \"%s\" already: choose another name, or edit that one"
                    : "there is no %s called \"%s\": `flexhost %s %s list` shows those there are",
              list_name, name, command->noun, list_name);
    free(label);
    return -1;
}

static int problems_error(const struct field_problems *problems, struct error *err)
{
    struct text all = {0};
    for (size_t i = 0; i < problems->count; i++)
        text_printf(&all, "%s%s: %s", i ? "\n" : "", problems->items[i].field,
                    problems->items[i].message);
    error_set(err, ERROR_USAGE, problems->count == 1 ? problems->items[0].field : NULL, "%s",
              text_get(&all));
    text_free(&all);
    return -1;
}

static bool is_own(const struct command *command, const char *name)
{
    for (size_t i = 0; i < command->field_count; i++)
        if (strcmp(command->fields[i].name, name) == 0)
            return true;
    return false;
}

/* One set of fields, so that a suggestion for a mistyped option can come from either. */
static struct fh_field *join_fields(const struct command *command, const struct plugin *plugin,
                                    size_t *count)
{
    size_t more = plugin ? plugin->entry.field_count : 0;
    const struct fh_field *joined = plugin ? plugin->entry.fields : NULL;
    if (command->plugin_object) {
        const struct fh_field *list = declared(plugin, command->plugin_object);
        joined = list ? list->fields : NULL;
        more = list ? list->field_count : 0;
    }
    struct fh_field *fields = calloc(command->field_count + more + 1, sizeof *fields);
    if (!fields)
        return NULL;
    *count = 0;
    for (size_t i = 0; i < command->field_count; i++)
        fields[(*count)++] = command->fields[i];
    for (size_t i = 0; i < more; i++)
        if (!is_own(command, joined[i].name))
            fields[(*count)++] = joined[i];
    return fields;
}

static int split(const struct command *command, json_t *joined, struct command_input *input,
                 struct error *err)
{
    input->fields = json_object();
    input->plugin_fields = json_object();
    const char *name;
    json_t *value;
    json_object_foreach(joined, name, value)
        json_object_set(is_own(command, name) ? input->fields : input->plugin_fields, name, value);
    return input->fields && input->plugin_fields ? 0 : error_no_memory(err);
}

int command_prepare(struct context *context, const struct command *command, const json_t *raw,
                    struct command_input *input, struct error *err)
{
    input->command = command;
    /* Without it every name of a region or credential would be called unknown. */
    if (!(command->flags & COMMAND_NO_CONFIG) && !context_config(context, err))
        return -1;
    json_t *previous = NULL;
    if (command->plugin_subject ? find_subject(context, command, raw, input, &previous, err) < 0
                                : find_plugin(context, command, raw, input, err) < 0)
        return -1;
    if (command->plugin_object && find_element(command, raw, input->plugin, &previous, err) < 0)
        return -1;
    size_t count;
    struct fh_field *fields = join_fields(command, input->plugin, &count);
    json_t *known = command->flags & COMMAND_NO_CONFIG ? NULL : known_names(context);
    json_t *joined = NULL;
    struct field_problems problems = {0};
    int result = -1;
    if (!fields)
        error_no_memory(err);
    else if (fields_validate(fields, count, raw, previous, known, &joined, &input->secrets,
                             &problems) < 0)
        problems_error(&problems, err);
    else
        result = split(command, joined, input, err);
    field_problems_clear(&problems);
    json_decref(known);
    json_decref(joined);
    json_decref(previous);
    free(fields);
    return result;
}

void command_input_clear(struct command_input *input)
{
    secrets_json_wipe(input->secrets);
    json_decref(input->fields);
    json_decref(input->plugin_fields);
    memset(input, 0, sizeof *input);
}
