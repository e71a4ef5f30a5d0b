/* SPDX-License-Identifier: Apache-2.0 */
/* A small command table and two plugins. */
#include "face_table.h"

#include <string.h>

static const struct fh_field create_fields[] = {
    {.name = "type", .type = "name", .flags = FH_FIELD_REQUIRED, .help = "Kind of connection"},
    {.name = "name", .type = "name", .flags = FH_FIELD_REQUIRED, .help = "Name"},
    {.name = "region", .type = "region", .flags = FH_FIELD_REQUIRED, .help = "Region"},
    {.name = "dns-server", .type = "ipv4", .flags = FH_FIELD_LIST, .help = "DNS server"},
    {.name = "gateway", .type = "bool", .help = "Use the gateway", .default_value = "no"},
    {.name = "tuning", .type = "int", .flags = FH_FIELD_ADVANCED, .help = "Rarely needed"},
};

static const struct fh_field show_fields[] = {
    {.name = "name", .type = "name", .flags = FH_FIELD_REQUIRED, .help = "Name"},
};

static const struct fh_field route_fields[] = {
    {.name = "name", .type = "name", .flags = FH_FIELD_REQUIRED, .help = "Name"},
    {.name = "route", .type = "name", .flags = FH_FIELD_REQUIRED, .help = "Route"},
};

static const struct fh_field power_fields[] = {
    {.name = "machine",
     .type = "name",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST,
     .help = "Machines"},
    {.name = "mode", .type = "enum", .values = "soft|hard", .help = "How"},
};

static const struct command commands[] = {
    {.noun = "connection",
     .verb = "create",
     .summary = "Create a connection",
     .description = "Makes it. Then it is there.\nA second paragraph.",
     .flags = COMMAND_CHANGES,
     .fields = create_fields,
     .field_count = 6,
     .positional = "type name",
     .plugin_kind = "connection",
     .plugin_field = "type",
     .example = "flexhost connection create mesh m1 --region westus3"},
    {.noun = "connection", .verb = "list", .summary = "List connections"},
    {.noun = "connection",
     .verb = "show",
     .summary = "Show a connection",
     .fields = show_fields,
     .field_count = 1,
     .positional = "name"},
    {.noun = "connection",
     .verb = "set",
     .summary = "Change a connection",
     .flags = COMMAND_CHANGES,
     .fields = show_fields,
     .field_count = 1,
     .positional = "name",
     .plugin_kind = "connection",
     .plugin_subject = "name"},
    {.noun = "connection",
     .verb = "route add",
     .summary = "Add a route",
     .flags = COMMAND_CHANGES,
     .fields = route_fields,
     .field_count = 2,
     .positional = "name route",
     .plugin_kind = "connection",
     .plugin_subject = "name",
     .plugin_object = "route",
     .makes_element = true},
    {.noun = "connection",
     .verb = "route edit",
     .summary = "Change a route",
     .flags = COMMAND_CHANGES,
     .fields = route_fields,
     .field_count = 2,
     .positional = "name route",
     .plugin_kind = "connection",
     .plugin_subject = "name",
     .plugin_object = "route"},
    {.noun = "doctor", .verb = "", .summary = "Examine this installation"},
    {.noun = "machine",
     .verb = "power",
     .summary = "Switch machines",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = power_fields,
     .field_count = 2,
     .positional = "machine...",
     .acknowledgement = "Sessions end."},
    {.noun = "machine", .verb = "internal", .summary = "Not for people", .flags = COMMAND_HIDDEN},
};

static size_t count(void)
{
    return sizeof commands / sizeof commands[0];
}

static const struct command *at(size_t index)
{
    return &commands[index];
}

static const char *noun_summary(const char *noun)
{
    return strcmp(noun, "connection") == 0 ? "Networks" : "Other things";
}

const struct rows fake_rows = {count, at, noun_summary};

static const struct fh_field hop_fields[] = {
    {.name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = "Name"},
    {.name = "destination", .type = "cidr", .flags = FH_FIELD_REQUIRED, .help = "Where to"},
};

static const struct fh_field mesh_fields[] = {
    {.name = "address-range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "Range",
     .min = 16,
     .max = 24},
    {.name = "transit", .type = "bool", .help = "Pass traffic on"},
    {.name = "shared-key", .type = "secret", .help = "Pre-shared key"},
    {.name = "route",
     .type = "object",
     .flags = FH_FIELD_LIST,
     .help = "Route",
     .fields = hop_fields,
     .field_count = 2},
};

static const struct plugin plugins[] = {
    {.kind = "connection", .name = "broken", .enabled = true, .refusal = "no such file"},
    {.kind = "connection",
     .name = "mesh",
     .enabled = true,
     .entry = {.summary = "A mesh", .fields = mesh_fields, .field_count = 4}},
};

static const struct plugin *plugin_at(void *context, size_t index)
{
    return index < sizeof plugins / sizeof plugins[0] ? &plugins[index] : NULL;
}

static const struct plugin *plugin_find(void *context, const char *kind, const char *name,
                                        struct error *err)
{
    for (size_t i = 0; plugin_at(NULL, i); i++)
        if (strcmp(plugins[i].name, name) == 0 && strcmp(plugins[i].kind, kind) == 0 &&
            !plugins[i].refusal)
            return &plugins[i];
    error_set(err, ERROR_USAGE, "type", "no plugin \"%s\"", name);
    return NULL;
}

/* "m1" is a mesh. */
static const struct plugin *of_subject(void *context, const char *kind, const char *name,
                                       struct error *err)
{
    if (strcmp(name, "m1") == 0)
        return plugin_find(NULL, kind, "mesh", err);
    error_set(err, ERROR_USAGE, "name", "there is no %s called \"%s\"", kind, name);
    return NULL;
}

const struct plugin_source fake_plugins = {NULL, plugin_find, of_subject, plugin_at};
