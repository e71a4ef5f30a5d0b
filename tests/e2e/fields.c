/* SPDX-License-Identifier: Apache-2.0 */
/* Prints every field of every command, also those that plugins declare, as tab-separated lines:
 * command, field, type, and "required" or "optional". The refusal test asks for wrong input of
 * each.
 *
 *   fields [CONFIG]
 */
#include "command/command.h"
#include "command/context.h"
#include "config/config.h"
#include "plugin/registry.h"

#include <stdio.h>
#include <string.h>

static void print_fields(const char *command, const struct fh_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s\t%s\t%s\t%s\n", command, fields[i].name, fields[i].type,
               fields[i].flags & FH_FIELD_REQUIRED ? "required" : "optional");
}

/* The name of an element is a field of the command itself. */
static void print_sub_fields(const char *command, const struct plugin *plugin, const char *object)
{
    for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        if (strcmp(field->name, object) != 0)
            continue;
        for (uint32_t j = 0; j < field->field_count; j++)
            if (strcmp(field->fields[j].name, "name") != 0)
                print_fields(command, &field->fields[j], 1);
    }
}

/* A command that takes a plugin's fields counts once for each plugin of that kind. */
static void print_plugin_fields(const struct command *command, const struct registry *registry)
{
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct plugin *plugin = registry_at(registry, i);
        if (plugin->refusal || strcmp(plugin->kind, command->plugin_kind) != 0)
            continue;
        char name[128];
        snprintf(name, sizeof name, "%s %s %s", command->noun, command->verb, plugin->name);
        if (command->plugin_object)
            print_sub_fields(name, plugin, command->plugin_object);
        else
            print_fields(name, plugin->entry.fields, plugin->entry.field_count);
    }
}

static void print_command(const struct command *command, const struct registry *registry)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s%s", command->noun, *command->verb ? " " : "", command->verb);
    print_fields(name, command->fields, command->field_count);
    if (command->plugin_kind && registry)
        print_plugin_fields(command, registry);
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct config *config = NULL;
    struct registry *registry = NULL;
    if (argc > 1 && config_load(argv[1], &config, &err) == 0)
        registry = registry_open(config, &err);
    if (argc > 1 && !registry) {
        fprintf(stderr, "fields: %s\n", err.message);
        config_free(config);
        return 1;
    }
    for (size_t i = 0; i < command_count(); i++)
        if (!(command_at(i)->flags & COMMAND_HIDDEN))
            print_command(command_at(i), registry);
    registry_free(registry);
    config_free(config);
    return 0;
}
