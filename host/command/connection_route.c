/* SPDX-License-Identifier: Apache-2.0 */
/* connection route: the custom routes that a connection's type declares. */
#include "base/text.h"
#include "command/nouns.h"
#include "command/subject_change.h"
#include "command/text_at.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
                       struct planned *connection, json_t *element, struct command_output *output,
                       struct error *err)
{
    const json_t *routes = json_object_get(planned_fields(connection), "route");
    json_t *list = edited(routes, text_at(input->fields, "route"), element);
    int result = planned_set_field(context, input, connection, "route", list, output, err);
    json_decref(list);
    json_decref(element);
    return result;
}

/* Who typed the sub-fields of one route as options is told of these, not of the list. */
static void name_option(struct error *err, size_t place)
{
    static const char list[] = "--route: ";
    char *start = text_format("/route/%zu/", place);
    size_t length = start ? strlen(start) : 0;
    if (length && err->field && strncmp(err->field, start, length) == 0 &&
        strcmp(err->field + length, "name") != 0) {
        const char *option = err->field + length, *message = error_text(err);
        bool prefixed = strncmp(message, list, sizeof list - 1) == 0;
        char *label = text_format("--%s", option);
        struct error own = ERROR_INIT;
        error_set(&own, err->code, label, "--%s: %s", option,
                  message + (prefixed ? sizeof list - 1 : 0));
        error_move(err, &own);
        free(label);
    }
    free(start);
}

static int edit_route(struct context *context, const struct command_input *input, edit_fn *edit,
                      struct command_output *output, struct error *err)
{
    const char *name = text_at(input->fields, "route");
    struct planned connection;
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !planned_field(&connection, "route", "routes", err))
        result = -1;
    if (result == 0) {
        const json_t *routes = json_object_get(planned_fields(&connection), "route");
        size_t place = 0;
        while (place < json_array_size(routes) && !is_called(json_array_get(routes, place), name))
            place++;
        const json_t *found = json_array_get(routes, place);
        result = found || input->command->makes_element
                     ? place_route(context, input, &connection, edit(input, found), output, err)
                     : error_set(err, ERROR_USAGE, "/route",
                                 "there is no route called \"%s\": `flexhost connection route list "
                                 "%s` shows those there are",
                                 name, connection.subject.record.name);
        if (result < 0 && input->command->plugin_object)
            name_option(err, place);
    }
    planned_clear(&connection);
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
    struct planned connection;
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    if (result == 0 && !planned_field(&connection, name, what, err))
        result = -1;
    if (result == 0) {
        output->result = json_deep_copy(json_object_get(planned_fields(&connection), name));
        if (!output->result)
            output->result = json_array();
    }
    planned_clear(&connection);
    return result;
}

static int route_list(struct context *context, const struct command_input *input,
                      struct command_output *output, struct error *err)
{
    return list_field(context, input, "route", "routes", output, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct fh_field name_fields[] = {CONNECTION_NAME_FIELD};
static const struct fh_field route_fields[] = {
    CONNECTION_NAME_FIELD,
    {.name = "route",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "the route's name",
     .min = 1,
     .max = 80,
     .pattern = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?",
     .pattern_help = "letters, digits, '.', '_' and '-', beginning with a letter or digit"},
};
static const struct column route_columns[] = {{"name", "NAME"},
                                              {"destination", "DESTINATION"},
                                              {"next-hop-type", "NEXT HOP"},
                                              {"next-hop-address", "ADDRESS"},
                                              {"enabled", "ENABLED"}};

#define ROUTES_BREAK "changing a route may disrupt active sessions."

static const struct command commands[] = {
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
     .description = "An empty value, such as --next-hop-address=, unsets what is not required.",
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
};

struct noun noun_connection_route(void)
{
    return (struct noun){"connection", "", commands, sizeof commands / sizeof *commands};
}
