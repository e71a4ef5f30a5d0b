/* SPDX-License-Identifier: Apache-2.0 */
/* The one way in which the fields of a connection change, whatever command asks for it. */
#ifndef FLEXHOST_COMMAND_CONNECTION_CHANGE_H
#define FLEXHOST_COMMAND_CONNECTION_CHANGE_H

#include "command/command.h"
#include "command/context.h"
#include "command/store_view.h"

#include <jansson.h>

/* How one connection is shown in a line, and after a change. */
enum { CONNECTION_COLUMNS = 6 };
extern const struct column connection_columns[CONNECTION_COLUMNS];

struct connection {
    struct subject subject;
    const struct plugin *plugin;
};

/* By name or id. Cleared whatever the result. */
int connection_open(struct context *context, const char *name, struct connection *connection,
                    struct error *err);
void connection_clear(struct connection *connection);

/* The declared field of this name; NULL with err set, which says what the type does not have. */
const struct fh_field *connection_field(const struct connection *connection, const char *name,
                                        const char *what, struct error *err);

/* fields: all of them, validated. Checks, shows or runs the change; the same fields are no change.
 * secrets: those that were given, or NULL. */
int connection_set_fields(struct context *context, const struct command_input *input,
                          struct connection *connection, const json_t *fields,
                          const json_t *secrets, struct command_output *output, struct error *err);
/* One field to another value; value NULL: it is unset. Validated by the plugin's declaration. */
int connection_set_field(struct context *context, const struct command_input *input,
                         struct connection *connection, const char *name, json_t *value,
                         struct command_output *output, struct error *err);

/* Applies the same fields again; drifted: see struct change_request. */
int connection_renew(struct context *context, const struct command_input *input,
                     struct connection *connection, const json_t *drifted,
                     struct command_output *output, struct error *err);

/* A verb that the plugin declares; fields are the verb's. */
int connection_verb(struct context *context, const struct command_input *input,
                    struct connection *connection, const char *name, const json_t *typed,
                    struct command_output *output, struct error *err);

/* Fields that come with the first catalog get their defaults, and the connection is applied again.
 * A part that fails then keeps no catalog from being made: it is told as a warning. */
int connection_first_catalog(struct context *context, const struct command_input *input,
                             const char *name, struct error *err);

static inline json_t *connection_fields(const struct connection *connection)
{
    return json_object_get(connection->subject.data, "fields");
}

/* The first field of a row that is about one connection. */
#define CONNECTION_NAME_FIELD                                                                      \
    {                                                                                              \
        .name = "name", .type = "string", .flags = FH_FIELD_REQUIRED,                              \
        .help = "the connection's name or id"                                                      \
    }

#endif
