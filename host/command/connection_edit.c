/* SPDX-License-Identifier: Apache-2.0 */
/* connection set, route, nat, dns: commands that change what a connection declares. None knows a
 * type: they edit fields by their well-known names, see flexhost/plugin.h. */
#include "command/connection_change.h"
#include "command/machine_list.h"
#include "command/nouns.h"
#include "command/text_at.h"

#include <string.h>
#include <strings.h>

static json_t *fields_of(const struct connection *connection)
{
    return json_object_get(connection->subject.data, "fields");
}

static int set(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    struct connection connection;
    int result = connection_open(context, text_at(input->fields, "name"), &connection, err);
    if (result == 0)
        result = connection_set_fields(context, input, &connection, input->plugin_fields,
                                       input->secrets, output, err);
    connection_clear(&connection);
    return result;
}

/* ---- routes ---------------------------------------------------------------------------------- */

static bool is_called(const json_t *element, const char *name)
{
    const char *other = text_at(element, "name");
    return other && strcasecmp(other, name) == 0;
}

/* The list of routes after the edit: `element` in the place of the one of this name, or behind the
 * others; NULL: that one is left out. */
static json_t *edited(const json_t *routes, const char *name, json_t *element)
{
    json_t *list = json_array();
    bool placed = false;
    size_t i;
    json_t *route;
    json_array_foreach((json_t *)routes, i, route)
    {
        bool meant = is_called(route, name);
        if (!meant)
            json_array_append(list, route);
        else if (element)
            json_array_append(list, element);
        placed |= meant;
    }
    if (element && !placed)
        json_array_append(list, element);
    return list;
}

typedef json_t *edit_fn(const struct command_input *input, const json_t *route);

/* Takes the element over; NULL: the route goes. */
static int place_route(struct context *context, const struct command_input *input,
                       struct connection *connection, json_t *element,
                       struct command_output *output, struct error *err)
{
    const json_t *routes = json_object_get(fields_of(connection), "route");
    json_t *list = edited(routes, text_at(input->fields, "route"), element);
    int result = connection_set_field(context, input, connection, "route", list, output, err);
    json_decref(list);
    json_decref(element);
    return result;
}

static int edit_route(struct context *context, const struct command_input *input, edit_fn *edit,
                      struct command_output *output, struct error *err)
{
    const char *name = text_at(input->fields, "route");
    struct connection connection;
    int result = connection_open(context, text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !connection_field(&connection, "route", "routes", err))
        result = -1;
    if (result == 0) {
        const json_t *routes = json_object_get(fields_of(&connection), "route");
        const json_t *found = NULL;
        for (size_t i = 0; i < json_array_size(routes); i++)
            if (is_called(json_array_get(routes, i), name))
                found = json_array_get(routes, i);
        result = found || input->command->makes_element
                     ? place_route(context, input, &connection, edit(input, found), output, err)
                     : error_set(err, ERROR_USAGE, "/route",
                                 "there is no route called \"%s\": `flexhost connection route list "
                                 "%s` shows those there are",
                                 name, connection.subject.record.name);
    }
    connection_clear(&connection);
    return result;
}

/* The sub-fields were validated as the plugin declares them; a name keeps its place in front. */
static json_t *as_typed(const struct command_input *input, const json_t *route)
{
    const char *name = route ? text_at(route, "name") : text_at(input->fields, "route");
    json_t *element = json_pack("{s:s}", "name", name);
    json_object_update(element, input->plugin_fields);
    json_object_set_new(element, "name", json_string(name));
    return element;
}

static json_t *switched(const json_t *route, bool enabled)
{
    json_t *element = json_deep_copy(route);
    json_object_set_new(element, "enabled", json_boolean(enabled));
    return element;
}

static json_t *as_enabled(const struct command_input *input, const json_t *route)
{
    return switched(route, true);
}

static json_t *as_disabled(const struct command_input *input, const json_t *route)
{
    return switched(route, false);
}

static json_t *as_nothing(const struct command_input *input, const json_t *route)
{
    return NULL;
}

static int route_add(struct context *context, const struct command_input *input,
                     struct command_output *output, struct error *err)
{
    return edit_route(context, input, as_typed, output, err);
}

static int route_enable(struct context *context, const struct command_input *input,
                        struct command_output *output, struct error *err)
{
    return edit_route(context, input, as_enabled, output, err);
}

static int route_disable(struct context *context, const struct command_input *input,
                         struct command_output *output, struct error *err)
{
    return edit_route(context, input, as_disabled, output, err);
}

static int route_delete(struct context *context, const struct command_input *input,
                        struct command_output *output, struct error *err)
{
    return edit_route(context, input, as_nothing, output, err);
}

static int list_field(struct context *context, const struct command_input *input, const char *name,
                      const char *what, struct command_output *output, struct error *err)
{
    struct connection connection;
    int result = connection_open(context, text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !connection_field(&connection, name, what, err))
        result = -1;
    if (result == 0) {
        output->result = json_deep_copy(json_object_get(fields_of(&connection), name));
        if (!output->result)
            output->result = json_array();
    }
    connection_clear(&connection);
    return result;
}

static int route_list(struct context *context, const struct command_input *input,
                      struct command_output *output, struct error *err)
{
    return list_field(context, input, "route", "routes", output, err);
}

/* ---- NAT gateway ----------------------------------------------------------------------------- */

static int set_nat(struct context *context, const struct command_input *input, json_t *timeout,
                   bool must_be_on, struct command_output *output, struct error *err)
{
    struct connection connection;
    int result = connection_open(context, text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !connection_field(&connection, "nat-idle-timeout", "NAT gateway", err))
        result = -1;
    bool is_on = result == 0 && json_object_get(fields_of(&connection), "nat-idle-timeout");
    if (result == 0 && must_be_on && !is_on)
        result = error_set(err, ERROR_USAGE, "/name",
                           "the connection \"%s\" has no NAT gateway: `flexhost connection nat "
                           "enable %s` gives it one",
                           connection.subject.record.name, connection.subject.record.name);
    if (result == 0)
        result = connection_set_field(context, input, &connection, "nat-idle-timeout", timeout,
                                      output, err);
    connection_clear(&connection);
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
    struct connection connection;
    int result = connection_open(context, text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !connection_field(&connection, "dns-server", "DNS servers", err))
        result = -1;
    if (result == 0)
        result = connection_set_field(context, input, &connection, "dns-server",
                                      json_object_get(input->fields, "server"), output, err);
    connection_clear(&connection);
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
    struct connection connection;
    int result = connection_open(context, text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !connection_field(&connection, "dns-server", "DNS servers", err))
        result = -1;
    json_t *machines = json_array();
    if (result == 0)
        result = add_stale(context_store(context, err), &connection.subject, machines, err);
    if (result == 0)
        output->result = json_pack("{s:O?, s:O}", "servers",
                                   json_object_get(fields_of(&connection), "dns-server"),
                                   "machinesWithOldServers", machines);
    json_decref(machines);
    connection_clear(&connection);
    return result;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static int run_verb(struct context *context, const struct command_input *input, const char *verb,
                    const json_t *fields, struct command_output *output, struct error *err)
{
    struct connection connection;
    int result = connection_open(context, text_at(input->fields, "name"), &connection, err);
    if (result == 0)
        result = connection_verb(context, input, &connection, verb, fields, output, err);
    connection_clear(&connection);
    return result;
}

static int reset(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    json_t *none = json_object();
    int result = run_verb(context, input, "reset", none, output, err);
    json_decref(none);
    return result;
}

static int device_config(struct context *context, const struct command_input *input,
                         struct command_output *output, struct error *err)
{
    json_t *fields = json_copy(input->fields);
    json_object_del(fields, "name");
    int result = run_verb(context, input, "device-config", fields, output, err);
    json_decref(fields);
    return result;
}

/* "vendor=Cisco" */
static int run(struct context *context, const struct command_input *input,
               struct command_output *output, struct error *err)
{
    json_t *fields = json_object();
    size_t i;
    json_t *pair;
    int result = 0;
    json_array_foreach(json_object_get(input->fields, "set"), i, pair)
    {
        const char *text = json_string_value(pair);
        const char *equals = strchr(text, '=');
        if (!equals || equals == text) {
            result = error_set(err, ERROR_USAGE, "--set",
                               "--set: \"%s\" is not NAME=VALUE: write it so, once for each field",
                               text);
            break;
        }
        char name[80];
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
        json_object_set_new(fields, name, json_string(equals + 1));
    }
    if (result == 0)
        result = run_verb(context, input, text_at(input->fields, "verb"), fields, output, err);
    json_decref(fields);
    return result;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define NAME_FIELD                                                                                 \
    {                                                                                              \
        .name = "name", .type = "string", .flags = FH_FIELD_REQUIRED,                              \
        .help = "the connection's name or id"                                                      \
    }

static const struct fh_field name_fields[] = {NAME_FIELD};
static const struct fh_field route_fields[] = {
    NAME_FIELD,
    {.name = "route",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "the route's name",
     .min = 1,
     .max = 80,
     .pattern = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?",
     .pattern_help = "letters, digits, '.', '_' and '-', beginning with a letter or digit"},
};
static const struct fh_field nat_fields[] = {
    NAME_FIELD,
    {.name = "idle-timeout",
     .type = "int",
     .help = "minutes after which a silent outbound connection is closed",
     .default_value = "4",
     .min = 4,
     .max = 120},
};
static const struct fh_field nat_set_fields[] = {
    NAME_FIELD,
    {.name = "idle-timeout",
     .type = "int",
     .flags = FH_FIELD_REQUIRED,
     .help = "minutes after which a silent outbound connection is closed",
     .min = 4,
     .max = 120},
};
static const struct fh_field dns_fields[] = {
    NAME_FIELD,
    {.name = "server",
     .type = "ipv4",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST,
     .help = "all DNS servers from now on; the first is preferred"},
};
static const struct fh_field device_fields[] = {
    NAME_FIELD,
    {.name = "vendor",
     .type = "string",
     .help = "of the VPN device: Azure's own script for it (default: strongSwan's configuration)",
     .max = 64},
    {.name = "device-family", .type = "string", .help = "such as ISR", .max = 64},
    {.name = "firmware", .type = "string", .help = "such as IOS 15.1", .max = 64},
};
static const struct fh_field run_fields[] = {
    NAME_FIELD,
    {.name = "verb",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "what the type can do beyond the other commands (`flexhost plugin show`)",
     .max = 64},
    {.name = "set",
     .type = "string",
     .flags = FH_FIELD_LIST,
     .help = "a field of the verb, as NAME=VALUE",
     .max = 1024},
};
static const struct column route_columns[] = {{"name", "NAME"},
                                              {"destination", "DESTINATION"},
                                              {"next-hop-type", "NEXT HOP"},
                                              {"next-hop-address", "ADDRESS"},
                                              {"enabled", "ENABLED"}};

#define ROUTES_BREAK "changing a route may disrupt active sessions."

static const struct command commands[] = {
    {.noun = "connection",
     .verb = "set",
     .summary = "Change what may change of a connection after its creation",
     .description = "Takes the options of `connection create` for the connection's type. What "
                    "cannot change is refused with what to do instead.",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES,
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
     .verb = "route add",
     .summary = "Add a custom route",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES,
     .fields = route_fields,
     .field_count = 2,
     .positional = "name route",
     .plugin_kind = "connection",
     .plugin_subject = "name",
     .plugin_object = "route",
     .makes_element = true,
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection route add corp firewall --destination 10.1.0.0/16 "
                "--next-hop-type VirtualAppliance --next-hop-address 10.0.0.9",
     .run = route_add},
    {.noun = "connection",
     .verb = "route edit",
     .summary = "Change a custom route; what is not given stays",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = route_fields,
     .field_count = 2,
     .positional = "name route",
     .plugin_kind = "connection",
     .plugin_subject = "name",
     .plugin_object = "route",
     .acknowledgement = ROUTES_BREAK,
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection route edit corp firewall --destination 10.2.0.0/16 --yes",
     .run = route_add},
    {.noun = "connection",
     .verb = "route enable",
     .summary = "Enable a custom route that is disabled",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = route_fields,
     .field_count = 2,
     .positional = "name route",
     .acknowledgement = ROUTES_BREAK,
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection route enable corp firewall --yes",
     .run = route_enable},
    {.noun = "connection",
     .verb = "route disable",
     .summary = "Disable a custom route: it stays listed and leaves Azure",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = route_fields,
     .field_count = 2,
     .positional = "name route",
     .acknowledgement = ROUTES_BREAK,
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection route disable corp firewall --yes",
     .run = route_disable},
    {.noun = "connection",
     .verb = "route delete",
     .summary = "Delete a custom route",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES | COMMAND_ACKNOWLEDGE,
     .fields = route_fields,
     .field_count = 2,
     .positional = "name route",
     .acknowledgement = ROUTES_BREAK,
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection route delete corp firewall --yes",
     .run = route_delete},
    {.noun = "connection",
     .verb = "route list",
     .summary = "List a connection's custom routes, in the order in which they were entered",
     .permission = "connection/read",
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .columns = route_columns,
     .column_count = 5,
     .example = "flexhost connection route list corp",
     .run = route_list},
    {.noun = "connection",
     .verb = "nat enable",
     .summary = "Give a connection a NAT gateway: one public address for all its machines",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES,
     .fields = nat_fields,
     .field_count = 2,
     .positional = "name",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection nat enable corp --idle-timeout 10",
     .run = nat_enable},
    {.noun = "connection",
     .verb = "nat set",
     .summary = "Change the idle timeout of a connection's NAT gateway",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES,
     .fields = nat_set_fields,
     .field_count = 2,
     .positional = "name",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection nat set corp --idle-timeout 30",
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
     .flags = COMMAND_CHANGES,
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
     .flags = COMMAND_CHANGES,
     .fields = run_fields,
     .field_count = 3,
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
