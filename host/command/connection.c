/* SPDX-License-Identifier: Apache-2.0 */
/* connection types, create, list, show, delete. */
#include "command/admit.h"
#include "command/change.h"
#include "command/listing.h"
#include "command/machine_list.h"
#include "command/nouns.h"
#include "command/overlap.h"
#include "command/references.h"
#include "command/request.h"
#include "command/subject_change.h"
#include "command/subscription.h"
#include "command/text_at.h"

#include <string.h>

static int types(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    return list_plugins(context, "connection", output, err);
}

static int create_checked(struct context *context, const struct command_input *input,
                          json_t *request, struct command_output *output, struct error *err)
{
    const struct plugin *plugin = input->plugin;
    json_t *claims = NULL;
    if (request_check(context, plugin, request, input->secrets, &claims, err) < 0)
        return -1;
    /* What it occupies is written into its record, for the overlap checks of later ones. */
    json_t *internal = json_pack(
        "{s:o, s:o*, s:b}", "occupies", overlap_ranges(plugin, json_object_get(request, "fields")),
        "claims", claims, "domainJoin", (plugin->entry.flags & FH_PLUGIN_DOMAIN_JOIN) != 0);
    return planned_create(context, input, "connection", request, internal, output, err);
}

static int create(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    const char *name = text_at(input->fields, "name");
    if (request_check_name(context, "connection", name, err) < 0)
        return -1;
    json_t *subscription =
        subscription_resolve(context, text_at(input->fields, "subscription"), err);
    if (!subscription)
        return -1;
    const char *region = text_at(input->fields, "region");
    if (!region)
        region = text_at(subscription, "region");
    int result = -1;
    if (!region)
        error_set(err, ERROR_USAGE, "--region",
                  "--region: missing, and the subscription \"%s\" has no default: give one "
                  "(`flexhost region list` "
                  "shows them) or set region in [subscription \"%s\"]",
                  text_at(subscription, "name"), text_at(subscription, "name"));
    struct request_parts parts = {.operation = "create",
                                  .kind = "connection",
                                  .plugin = input->plugin,
                                  .name = name,
                                  .subscription = subscription,
                                  .region = region,
                                  .fields = input->plugin_fields};
    json_t *request = region ? request_new(context, &parts, err) : NULL;
    if (request)
        result = create_checked(context, input, request, output, err);
    json_decref(request);
    json_decref(subscription);
    return result;
}

/* Who uses it: what its deletion would break. */
static json_t *users(struct store *store, const struct subject *subject, struct error *err)
{
    json_t *catalogs = json_array();
    json_t *images = json_array();
    json_t *bastions = json_array();
    const char *name = subject->record.name;
    json_t *used_by =
        json_pack("{s:o, s:o, s:o}", "catalogs", catalogs, "images", images, "bastions", bastions);
    if (subject_users(store, "catalog", "connection", name, catalogs, err) == 0 &&
        subject_users(store, "image", "connection", name, images, err) == 0 &&
        subject_users(store, "bastion", "connection", name, bastions, err) == 0)
        return used_by;
    json_decref(used_by);
    return NULL;
}

static void add_counts(struct store *store, json_t *json, const json_t *used_by)
{
    const json_t *catalogs = json_object_get(used_by, "catalogs");
    json_object_set_new(
        json, "counts",
        json_pack("{s:I, s:I, s:I, s:I}", "catalogs", (json_int_t)json_array_size(catalogs),
                  "machines", machine_count(store, catalogs), "images",
                  (json_int_t)json_array_size(json_object_get(used_by, "images")), "bastions",
                  (json_int_t)json_array_size(json_object_get(used_by, "bastions"))));
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    return list_subjects(context, "connection", output, err);
}

/* The plugin's rules, one a line, and where each of them stands. */
static void add_rules(json_t *lines, const json_t *details, const char *name, const char *where)
{
    size_t i, j;
    json_t *detail, *rule;
    json_array_foreach((json_t *)details, i, detail)
    {
        const char *called = text_at(detail, "name");
        if (!called || strcmp(called, name) != 0)
            continue;
        json_array_foreach(json_object_get(detail, "value"), j, rule)
        {
            json_t *line = json_deep_copy(json_object_get(rule, "properties"));
            json_t *ports = json_object_get(line, "destinationPortRanges");
            if (ports)
                json_object_set(line, "destinationPortRange", ports);
            json_object_del(line, "destinationPortRanges");
            json_object_set(line, "name", json_object_get(rule, "name"));
            json_object_set_new(line, "where", json_string(where));
            json_array_append_new(lines, line);
        }
    }
}

static void show_firewall(const struct subject *subject, struct command_output *output)
{
    static const struct column columns[] = {{"where", "WHERE"},
                                            {"name", "RULE"},
                                            {"direction", "DIRECTION"},
                                            {"access", "ACCESS"},
                                            {"protocol", "PROTOCOL"},
                                            {"sourceAddressPrefix", "FROM"},
                                            {"destinationAddressPrefix", "TO"},
                                            {"destinationPortRange", "PORTS"},
                                            {"priority", "PRIORITY"}};
    const json_t *details = json_object_get(subject->data, "details");
    output->result = json_array();
    output->columns = columns;
    output->column_count = sizeof columns / sizeof *columns;
    add_rules(output->result, details, "firewall", "machines");
    add_rules(output->result, details, "customerFirewall", "your side");
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject subject;
    if (!store ||
        subject_load(store, "connection", text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    if (json_is_true(json_object_get(input->fields, "firewall"))) {
        show_firewall(&subject, output);
        subject_clear(&subject);
        return 0;
    }
    json_t *used_by = users(store, &subject, err);
    if (used_by) {
        output->result = subject_json(&subject);
        add_counts(store, output->result, used_by);
        json_object_set_new(output->result, "usedBy", used_by);
    }
    subject_clear(&subject);
    return used_by ? 0 : -1;
}

static int delete_connection(struct context *context, const struct command_input *input,
                             struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject subject;
    if (!store ||
        subject_load(store, "connection", text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    int result = refuse_used_connection(store, &subject, err);
    if (result == 0)
        result = change_delete(context, input, &subject, output, err);
    subject_clear(&subject);
    return result;
}

static const struct fh_field create_fields[] = {
    {.name = "type",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "the connection type: `flexhost connection types` shows them"},
    {.name = "name",
     .type = "name",
     .flags = FH_FIELD_REQUIRED,
     .help = "what to call it: 1 to 64 letters, digits, spaces, '-', '_', '.'"},
    {.name = "subscription",
     .type = "string",
     .help = "the managed subscription (default: the only one there is)"},
    {.name = "region", .type = "region", .help = "the region (default: the subscription's)"},
};
static const struct fh_field name_field[] = {{.name = "name",
                                              .type = "string",
                                              .flags = FH_FIELD_REQUIRED,
                                              .help = "the connection's name or id"}};
static const struct fh_field show_fields[] = {
    {.name = "name",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "the connection's name or id"},
    {.name = "firewall",
     .type = "bool",
     .help = "only the firewall rules, and those to open on your side",
     .default_value = "no"}};
static const struct column type_columns[] = {
    {"name", "TYPE"}, {"version", "VERSION"}, {"summary", "SUMMARY"}};
static const struct command commands[] = {
    {.noun = "connection",
     .verb = "types",
     .summary = "List the connection types that plugins offer",
     .permission = "connection/read",
     .columns = type_columns,
     .column_count = 3,
     .example = "flexhost connection types",
     .run = types},
    {.noun = "connection",
     .verb = "create",
     .summary = "Create a network connection",
     .description = "Checks the request against the configuration, the store and Azure, and "
                    "refuses with all that is "
                    "wrong before anything is created.",
     .permission = "connection/create",
     .flags = COMMAND_CHANGES,
     .fields = create_fields,
     .field_count = 4,
     .positional = "type name",
     .plugin_kind = "connection",
     .plugin_field = "type",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection create none lab --region westeurope",
     .run = create},
    {.noun = "connection",
     .verb = "list",
     .summary = "List the network connections",
     .permission = "connection/read",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection list -o json",
     .run = list},
    {.noun = "connection",
     .verb = "show",
     .summary = "Show a connection, its details and what uses it",
     .permission = "connection/read",
     .fields = show_fields,
     .field_count = 2,
     .positional = "name",
     .example = "flexhost connection show corp",
     .run = show},
    {.noun = "connection",
     .verb = "delete",
     .summary = "Delete a connection and all that it created, on the customer's side too",
     .permission = "connection/delete",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_field,
     .field_count = 1,
     .positional = "name",
     .acknowledgement = "the connection and every Azure resource that it created will be removed.",
     .example = "flexhost connection delete corp --yes",
     .run = delete_connection},
};

struct noun noun_connection(void)
{
    return (struct noun){"connection", "Network connections to the customer's networks", commands,
                         sizeof commands / sizeof *commands};
}
