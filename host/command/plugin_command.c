/* SPDX-License-Identifier: Apache-2.0 */
/* plugin list, show, check. */
#include "command/nouns.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static json_t *fields_json(const struct fh_field *fields, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        const struct fh_field *field = &fields[i];
        json_t *json = json_pack(
            "{s:s, s:s, s:b, s:b, s:b, s:s*, s:s*, s:s*}", "name", field->name, "type", field->type,
            "required", (field->flags & FH_FIELD_REQUIRED) != 0, "immutable",
            (field->flags & FH_FIELD_IMMUTABLE) != 0, "list", (field->flags & FH_FIELD_LIST) != 0,
            "default", field->default_value, "values", field->values, "help", field->help);
        if (field->field_count)
            json_object_set_new(json, "fields", fields_json(field->fields, field->field_count));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *verbs_json(const struct fh_plugin *entry)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < entry->verb_count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s*, s:o}", "name", entry->verbs[i].name, "help",
                            entry->verbs[i].help, "fields",
                            fields_json(entry->verbs[i].fields, entry->verbs[i].field_count)));
    return list;
}

static json_t *plugin_json(const struct plugin *plugin)
{
    const char *state = !plugin->enabled ? "disabled" : plugin->refusal ? "refused" : "loaded";
    json_t *json = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:i}", "kind", plugin->kind, "name",
                             plugin->name, "state", state, "file", plugin->file, "configuredIn",
                             plugin->ini_file, "line", plugin->ini_line);
    if (plugin->refusal)
        json_object_set_new(json, "refusal", json_string(plugin->refusal));
    if (!plugin->refusal && plugin->enabled) {
        json_object_set_new(json, "version", json_string(plugin->entry.version));
        json_object_set_new(json, "summary", json_string(plugin->entry.summary));
        json_object_set_new(json, "abi", json_string(plugin->built));
    }
    return json;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    const struct registry *registry = context_registry(context, err);
    if (!registry)
        return -1;
    output->result = json_array();
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct plugin *plugin = registry_at(registry, i);
        if (plugin->refusal && plugin->enabled)
            context_warn(context, "%s", plugin->refusal);
        json_array_append_new(output->result, plugin_json(plugin));
    }
    return 0;
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct registry *registry = context_registry(context, err);
    if (!registry)
        return -1;
    const char *full = json_string_value(json_object_get(input->fields, "name"));
    const char *slash = strchr(full, '/');
    if (!slash)
        return error_set(err, ERROR_USAGE, "/name",
                         "\"%s\" is not KIND/NAME, e.g. connection/vnet-peering: `flexhost plugin "
                         "list` shows them",
                         full);
    char *kind = text_format("%.*s", (int)(slash - full), full);
    const struct plugin *plugin = kind ? registry_find(registry, kind, slash + 1, err) : NULL;
    free(kind);
    if (!plugin)
        return -1;
    json_t *json = plugin_json(plugin);
    const struct fh_plugin *entry = &plugin->entry;
    json_object_set_new(json, "needsAbi", json_string(plugin->needs));
    if (entry->description)
        json_object_set_new(json, "description", json_string(entry->description));
    if (entry->required_roles)
        json_object_set_new(json, "requiredRoles", json_string(entry->required_roles));
    json_object_set_new(json, "fields", fields_json(entry->fields, entry->field_count));
    json_object_set_new(json, "options", fields_json(entry->options, entry->option_count));
    json_object_set_new(json, "verbs", verbs_json(entry));
    output->result = json;
    return 0;
}

struct checking {
    json_t *findings;
    int failed;
};

static void add_finding(void *context, int severity, const char *rule, const char *message,
                        const char *mend)
{
    static const char *const names[] = {"pass", "warning", "fail"};
    struct checking *checking = context;
    checking->failed += severity == FH_FAIL;
    json_array_append_new(checking->findings,
                          json_pack("{s:s, s:s, s:s, s:s*}", "result", names[severity], "rule",
                                    rule, "message", message, "mend", mend));
}

static int check(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    const char *file = json_string_value(json_object_get(input->fields, "file"));
    struct checking checking = {.findings = json_array()};
    if (plugin_check_file(file, add_finding, &checking, err) < 0 && !checking.failed) {
        json_decref(checking.findings);
        return -1;
    }
    output->result = checking.findings;
    if (!checking.failed)
        return 0;
    return error_set(err, ERROR_USAGE, NULL, "%s breaks %d rule%s of the plugin contract", file,
                     checking.failed, checking.failed == 1 ? "" : "s");
}

static const struct fh_field show_fields[] = {{.name = "name",
                                               .type = "string",
                                               .flags = FH_FIELD_REQUIRED,
                                               .help = "KIND/NAME, e.g. connection/vnet-peering"}};
static const struct fh_field check_fields[] = {
    {.name = "file", .type = "path", .flags = FH_FIELD_REQUIRED, .help = "the .so file"}};
static const struct column list_columns[] = {{"kind", "KIND"},   {"name", "NAME"},
                                             {"state", "STATE"}, {"version", "VERSION"},
                                             {"abi", "ABI"},     {"summary", "SUMMARY"}};
static const struct column check_columns[] = {
    {"result", "RESULT"}, {"rule", "RULE"}, {"message", "MESSAGE"}, {"mend", "MEND"}};
static const struct command commands[] = {
    {.noun = "plugin",
     .verb = "list",
     .summary = "List the plugins that the configuration names, and how they loaded",
     .permission = "plugin/read",
     .columns = list_columns,
     .column_count = 6,
     .example = "flexhost plugin list",
     .run = list},
    {.noun = "plugin",
     .verb = "show",
     .summary = "Show a plugin: its file, ABI, fields, options and verbs",
     .permission = "plugin/read",
     .fields = show_fields,
     .field_count = 1,
     .positional = "name",
     .example = "flexhost plugin show connection/vnet-peering",
     .run = show},
    {.noun = "plugin",
     .verb = "check",
     .summary = "Tell what is wrong with a plugin file, without configuring it",
     .permission = "plugin/read",
     .flags = COMMAND_NO_CONFIG,
     .fields = check_fields,
     .field_count = 1,
     .positional = "file",
     .columns = check_columns,
     .column_count = 4,
     .example = "flexhost plugin check ./my-connection.so",
     .run = check},
};

struct noun noun_plugin(void)
{
    return (struct noun){"plugin", "Plugins for connections, images and actions", commands,
                         sizeof commands / sizeof *commands};
}
