/* SPDX-License-Identifier: Apache-2.0 */
/* connection set, nat, dns and verbs: commands that change what a connection declares. None knows a
 * type: they edit fields by their well-known names, see flexhost/plugin.h. */
#include "command/machine_list.h"
#include "command/nouns.h"
#include "command/subject_change.h"
#include "command/text_at.h"

#include <string.h>
#include <strings.h>

static int set(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    struct planned connection;
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    if (result == 0)
        result = planned_set_fields(context, input, &connection, input->plugin_fields,
                                    input->secrets, output, err);
    planned_clear(&connection);
    return result;
}

/* ---- NAT gateway ----------------------------------------------------------------------------- */

static int set_nat(struct context *context, const struct command_input *input, json_t *timeout,
                   bool must_be_on, struct command_output *output, struct error *err)
{
    struct planned connection;
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !planned_field(&connection, "nat-idle-timeout", "NAT gateway", err))
        result = -1;
    bool is_on = result == 0 && json_object_get(planned_fields(&connection), "nat-idle-timeout");
    if (result == 0 && must_be_on && !is_on)
        result = error_set(err, ERROR_USAGE, "/name",
                           "the connection \"%s\" has no NAT gateway: `flexhost connection nat "
                           "enable %s` gives it one",
                           connection.subject.record.name, connection.subject.record.name);
    if (result == 0)
        result = planned_set_field(context, input, &connection, "nat-idle-timeout", timeout, output,
                                   err);
    planned_clear(&connection);
    return result;
}

static int nat_enable(struct context *context, const struct command_input *input,
                      struct command_output *output, struct error *err)
{
    return set_nat(context, input, json_object_get(input->fields, "idle-timeout"), false, output,
                   err);
}

static int nat_set(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    return set_nat(context, input, json_object_get(input->fields, "idle-timeout"), true, output,
                   err);
}

static int nat_disable(struct context *context, const struct command_input *input,
                       struct command_output *output, struct error *err)
{
    return set_nat(context, input, NULL, true, output, err);
}

/* ---- DNS servers ----------------------------------------------------------------------------- */

static int dns_set(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    struct planned connection;
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !planned_field(&connection, "dns-server", "DNS servers", err))
        result = -1;
    if (result == 0)
        result = planned_set_field(context, input, &connection, "dns-server",
                                   json_object_get(input->fields, "server"), output, err);
    planned_clear(&connection);
    return result;
}

/* Machines that were made before the servers changed know the old ones. */
static int add_stale(struct store *store, const struct subject *connection, json_t *machines,
                     struct error *err)
{
    const json_t *internal = json_object_get(connection->data, "internal");
    json_int_t changed = json_integer_value(json_object_get(internal, "dnsChangedMs"));
    json_t *catalogs = json_array();
    int result =
        subject_users(store, "catalog", "connection", connection->record.name, catalogs, err);
    json_t *all = result == 0 ? machine_list(store, NULL, err) : NULL;
    size_t i, j;
    json_t *machine, *catalog;
    json_array_foreach(all, i, machine)
    {
        json_int_t made = json_integer_value(json_object_get(machine, "createdMs"));
        const char *of = text_at(machine, "catalog");
        json_array_foreach(catalogs, j, catalog)
        {
            if (of && strcasecmp(of, json_string_value(catalog)) == 0 && made < changed)
                json_array_append(machines, json_object_get(machine, "name"));
        }
    }
    json_decref(all);
    json_decref(catalogs);
    return all ? 0 : -1;
}

static int dns_list(struct context *context, const struct command_input *input,
                    struct command_output *output, struct error *err)
{
    struct planned connection;
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !planned_field(&connection, "dns-server", "DNS servers", err))
        result = -1;
    json_t *machines = json_array();
    if (result == 0)
        result = add_stale(context_store(context, err), &connection.subject, machines, err);
    if (result == 0)
        output->result = json_pack("{s:O?, s:O}", "servers",
                                   json_object_get(planned_fields(&connection), "dns-server"),
                                   "machinesWithOldServers", machines);
    json_decref(machines);
    planned_clear(&connection);
    return result;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static int reset(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    json_t *none = json_object();
    int result = planned_run_verb(context, input, "connection", "reset", none, output, err);
    json_decref(none);
    return result;
}

static int device_config(struct context *context, const struct command_input *input,
                         struct command_output *output, struct error *err)
{
    json_t *fields = json_copy(input->fields);
    json_object_del(fields, "name");
    int result =
        planned_run_verb(context, input, "connection", "device-config", fields, output, err);
    json_decref(fields);
    return result;
}

static int run(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    return planned_run(context, input, "connection", output, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct fh_field name_fields[] = {CONNECTION_NAME_FIELD};
static const struct fh_field nat_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "idle-timeout",
     .type = "int",
     .help = "minutes after which a silent outbound connection is closed",
     .default_value = "4",
     .min = 4,
     .max = 120},
};
static const struct fh_field nat_set_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "idle-timeout",
     .type = "int",
     .flags = FH_FIELD_REQUIRED,
     .help = "minutes after which a silent outbound connection is closed",
     .min = 4,
     .max = 120},
};
static const struct fh_field dns_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "server",
     .type = "ipv4",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST,
     .help = "all DNS servers from now on; the first is preferred"},
};
static const struct fh_field device_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "vendor",
     .type = "string",
     .help = "of the VPN device: Azure's own script for it (default: strongSwan's configuration)",
     .max = 64},
    {.name = "device-family", .type = "string", .help = "such as ISR", .max = 64},
    {.name = "firmware", .type = "string", .help = "such as IOS 15.1", .max = 64},
};
static const struct command commands[] = {
    {.noun = "connection",
     .verb = "set",
     .summary = "Change what may change of a connection after its creation",
     .description = "Takes the options of `connection create` for the connection's type; what is "
                    "not given stays. An empty value, such as --ntp-server=, unsets what is not "
                    "required: a list becomes empty, and what has a default gets it again. What "
                    "cannot change is refused with what to do instead.",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .plugin_kind = "connection",
     .plugin_subject = "name",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection set corp --no-gateway-route-propagation --yes",
     .run = set},
    {.noun = "connection",
     .verb = "nat enable",
     .summary = "Give a connection a NAT gateway: one public address for all its machines",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = nat_fields,
     .field_count = 2,
     .positional = "name",
     .acknowledgement =
         "the machines appear to the Internet under another address, and connections "
         "that are open there may be cut.",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection nat enable corp --idle-timeout 10 --yes",
     .run = nat_enable},
    {.noun = "connection",
     .verb = "nat set",
     .summary = "Change the idle timeout of a connection's NAT gateway",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = nat_set_fields,
     .field_count = 2,
     .positional = "name",
     .acknowledgement = "connections of the machines to the Internet may be cut.",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection nat set corp --idle-timeout 30 --yes",
     .run = nat_set},
    {.noun = "connection",
     .verb = "nat disable",
     .summary = "Take a connection's NAT gateway and its public address away",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .acknowledgement =
         "the public address is given back, and outbound connections through it end.",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection nat disable corp --yes",
     .run = nat_disable},
    {.noun = "connection",
     .verb = "dns set",
     .summary = "Change the DNS servers of a connection's machines",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES,
     .fields = dns_fields,
     .field_count = 2,
     .positional = "name server...",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection dns set corp 10.0.0.4 10.0.0.5",
     .run = dns_set},
    {.noun = "connection",
     .verb = "dns list",
     .summary = "List a connection's DNS servers, and the machines that still have older ones",
     .permission = "connection/read",
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .example = "flexhost connection dns list corp",
     .run = dns_list},
    {.noun = "connection",
     .verb = "reset",
     .summary = "Reset a connection's gateway: the tunnel is established anew",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection reset branch --yes",
     .run = reset},
    {.noun = "connection",
     .verb = "device-config",
     .summary = "Print the configuration for the VPN device at the other end",
     .permission = "connection/read",
     .fields = device_fields,
     .field_count = 4,
     .positional = "name",
     .example = "flexhost connection device-config branch",
     .run = device_config},
    {.noun = "connection",
     .verb = "run",
     .summary = "Run a verb that the connection's type declares",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = planned_run_fields,
     .field_count = PLANNED_RUN_FIELDS,
     .positional = "name verb",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection run branch reset --yes",
     .run = run},
};

struct noun noun_connection_edit(void)
{
    return (struct noun){"connection", "", commands, sizeof commands / sizeof *commands};
}
