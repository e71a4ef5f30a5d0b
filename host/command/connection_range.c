/* SPDX-License-Identifier: Apache-2.0 */
/* connection range: the machines' addresses, and which are free. */
#include "base/text.h"
#include "command/nouns.h"
#include "command/overlap.h"
#include "command/subject_change.h"
#include "command/subject_view.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>

static json_t *ranges_of(const struct planned *connection)
{
    return json_object_get(json_object_get(connection->subject.data, "fields"), "address-range");
}

/* "10.1.0.0/24", or several with commas between; "" when it was left to the plugin. */
static char *shown_ranges(const struct planned *connection)
{
    const json_t *value = ranges_of(connection);
    struct text out = {0};
    size_t i;
    json_t *range;
    if (json_is_string(value))
        text_add(&out, json_string_value(value));
    json_array_foreach((json_t *)value, i, range)
        text_printf(&out, "%s%s", i ? ", " : "", json_string_value(range));
    return text_take(&out);
}

/* Opens the connection of a range command; its ranges must be a list that may change. */
static int open_ranges(struct context *context, const struct command_input *input,
                       struct planned *connection, struct error *err)
{
    if (planned_open(context, "connection", text_at(input->fields, "name"), connection, err) < 0)
        return -1;
    const struct fh_field *field =
        planned_field(connection, "address-range", "address range of its own", err);
    if (!field)
        return -1;
    if ((field->flags & FH_FIELD_LIST) && !(field->flags & FH_FIELD_IMMUTABLE))
        return 0;
    char *ranges = shown_ranges(connection);
    error_set(err, ERROR_USAGE, "/range",
              "the range%s%s of the connection \"%s\" can't change after creation: %s",
              ranges && *ranges ? " " : "", ranges ? ranges : "", connection->subject.record.name,
              field->immutable_advice ? field->immutable_advice
                                      : "create another connection with the other range");
    free(ranges);
    return -1;
}

static size_t place_of(const json_t *ranges, const char *range)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)ranges, i,
                       item) if (strcmp(json_string_value(item), range) == 0) return i;
    return json_array_size(ranges);
}

static int require_range(const struct planned *connection, const char *range, struct error *err)
{
    if (place_of(ranges_of(connection), range) < json_array_size(ranges_of(connection)))
        return 0;
    return error_set(err, ERROR_USAGE, "/range",
                     "the connection \"%s\" has no range %s: `flexhost connection range list %s` "
                     "shows those it has",
                     connection->subject.record.name, range, connection->subject.record.name);
}

/* from NULL: `to` is added; to NULL: `from` is taken out. */
static int change_ranges(struct context *context, const struct command_input *input,
                         const char *from, const char *to, struct command_output *output,
                         struct error *err)
{
    struct planned connection;
    int result = open_ranges(context, input, &connection, err);
    if (result == 0 && from)
        result = require_range(&connection, from, err);
    if (result == 0 && from && !to && json_array_size(ranges_of(&connection)) == 1)
        result = error_set(err, ERROR_USAGE, "/range",
                           "%s is the only range of the connection \"%s\", and one must remain: "
                           "add another first",
                           from, connection.subject.record.name);
    if (result == 0) {
        json_t *ranges = json_deep_copy(ranges_of(&connection));
        size_t place = from ? place_of(ranges, from) : json_array_size(ranges);
        if (!from)
            json_array_append_new(ranges, json_string(to));
        else if (to)
            json_array_set_new(ranges, place, json_string(to));
        else
            json_array_remove(ranges, place);
        result =
            planned_set_field(context, input, &connection, "address-range", ranges, output, err);
        json_decref(ranges);
    }
    planned_clear(&connection);
    return result;
}

static int add(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    return change_ranges(context, input, NULL, text_at(input->fields, "range"), output, err);
}

static int edit(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    return change_ranges(context, input, text_at(input->fields, "range"),
                         text_at(input->fields, "new-range"), output, err);
}

static int delete_range(struct context *context, const struct command_input *input,
                        struct command_output *output, struct error *err)
{
    return change_ranges(context, input, text_at(input->fields, "range"), NULL, output, err);
}

/* A network that nothing reaches has its range from the plugin. */
static json_t *ranges_in_use(const struct planned *connection)
{
    const json_t *data = connection->subject.data;
    json_t *ranges = overlap_ranges(connection->plugin, json_object_get(data, "fields"));
    const json_t *exports = json_object_get(data, "exports");
    size_t i;
    json_t *subnet;
    if (json_array_size(ranges) == 0)
        json_array_foreach(json_object_get(exports, "subnets"), i, subnet)
            json_array_append(ranges, json_object_get(subnet, "addressRange"));
    return ranges;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct planned connection;
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    if (result == 0) {
        json_t *ranges = ranges_in_use(&connection);
        output->result = json_array();
        size_t i;
        json_t *range;
        json_array_foreach(ranges, i, range)
            json_array_append_new(output->result, overlap_describe(json_string_value(range)));
        json_decref(ranges);
    }
    planned_clear(&connection);
    return result;
}

/* What the connection's plugin finds in use, without a verdict on anything else. */
static int ask_claims(struct context *context, const char *name, struct plugin_check *check,
                      struct error *err)
{
    struct planned connection;
    struct subject_view view = {0};
    const struct plugin_services *services = NULL;
    int result = planned_open(context, "connection", name, &connection, err);
    if (result == 0)
        result = subject_view_open(context, &connection.subject, "check", &view, err);
    if (result == 0)
        services = context_services(context, err);
    if (result == 0)
        result = services
                     ? plugin_run_check(view.plugin, NULL, view.request, NULL, services, check, err)
                     : -1;
    subject_view_clear(&view);
    planned_clear(&connection);
    return result;
}

static int preview(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    const char *name = text_at(input->fields, "connection");
    struct plugin_check check = {0};
    if (name && ask_claims(context, name, &check, err) < 0) {
        plugin_check_clear(&check);
        return -1;
    }
    output->result = json_array();
    size_t i;
    json_t *range;
    int result = 0;
    json_array_foreach(json_object_get(input->fields, "range"), i, range)
    {
        json_t *line = overlap_examine(context, json_string_value(range), check.claims,
                                       check.claim_count, err);
        if (!line) {
            result = -1;
            break;
        }
        json_array_append_new(output->result, line);
    }
    plugin_check_clear(&check);
    return result;
}

static const struct fh_field name_fields[] = {CONNECTION_NAME_FIELD};
static const struct fh_field add_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_OCCUPIES,
     .help = "the new range, or auto:/24 for the next free one of that size",
     .min = 8,
     .max = 29}};
static const struct fh_field edit_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "range", .type = "cidr", .flags = FH_FIELD_REQUIRED, .help = "the range as it is"},
    {.name = "new-range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_OCCUPIES,
     .help = "the range as it shall be, or auto:/24",
     .min = 8,
     .max = 29}};
static const struct fh_field delete_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "range", .type = "cidr", .flags = FH_FIELD_REQUIRED, .help = "the range"}};
static const struct fh_field preview_fields[] = {
    {.name = "range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST | FH_FIELD_OCCUPIES,
     .help = "a range, or auto:/24 for the next free one of that size",
     .min = 8,
     .max = 29},
    {.name = "connection",
     .type = "string",
     .help = "also ask Azure what this connection reaches"}};
static const struct column range_columns[] = {
    {"range", "RANGE"}, {"first", "FIRST"}, {"last", "LAST"}, {"forMachines", "FOR MACHINES"}};
static const struct column preview_columns[] = {
    {"range", "RANGE"},         {"first", "FIRST"},
    {"last", "LAST"},           {"forMachines", "FOR MACHINES"},
    {"conflicts", "CONFLICTS"}, {"proposal", "FREE"}};

static const struct command commands[] = {
    {.noun = "connection",
     .verb = "range add",
     .summary = "Add an address range for machines",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES,
     .fields = add_fields,
     .field_count = 2,
     .positional = "name range",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection range add spoke auto:/24",
     .run = add},
    {.noun = "connection",
     .verb = "range edit",
     .summary = "Change an address range that no machine uses",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = edit_fields,
     .field_count = 3,
     .positional = "name range new-range",
     .acknowledgement = "the range and its subnet will be removed, and another made.",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection range edit spoke 10.200.1.0/24 10.201.0.0/23 --yes",
     .run = edit},
    {.noun = "connection",
     .verb = "range delete",
     .summary = "Take away an address range that no machine uses",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = delete_fields,
     .field_count = 2,
     .positional = "name range",
     .acknowledgement = "the range and its subnet will be removed.",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection range delete spoke 10.200.1.0/24 --yes",
     .run = delete_range},
    {.noun = "connection",
     .verb = "range list",
     .summary =
         "List a connection's address ranges, with the addresses that they have for machines",
     .permission = "connection/read",
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .columns = range_columns,
     .column_count = 4,
     .example = "flexhost connection range list spoke",
     .run = list},
    {.noun = "connection",
     .verb = "range preview",
     .summary = "Show what a range gives, and what it overlaps of all that is known",
     .description = "Known are the ranges of all connections and what lies behind them, and those "
                    "that the INI file declares on-premises. Networks that nothing reaches do not "
                    "count.",
     .permission = "connection/read",
     .fields = preview_fields,
     .field_count = 2,
     .positional = "range...",
     .columns = preview_columns,
     .column_count = 6,
     .example = "flexhost connection range preview 172.18.0.0/21 --connection corp",
     .run = preview},
};

struct noun noun_connection_range(void)
{
    return (struct noun){"connection", "", commands, sizeof commands / sizeof *commands};
}
