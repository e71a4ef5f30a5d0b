/* SPDX-License-Identifier: Apache-2.0 */
/* The one way in which a connection or an image changes, whatever command asks for it. */
#ifndef FLEXHOST_COMMAND_SUBJECT_CHANGE_H
#define FLEXHOST_COMMAND_SUBJECT_CHANGE_H

#include "command/command.h"
#include "command/context.h"
#include "command/store_view.h"

#include <jansson.h>

/* How one connection is shown in a line, and after a change. */
enum { CONNECTION_COLUMNS = 6 };
extern const struct column connection_columns[CONNECTION_COLUMNS];

/* A subject, and the plugin that plans it. */
struct planned {
    struct subject subject;
    const struct plugin *plugin;
};

/* By name or id. An image of the INI is told as one: it is none that commands change. */
int planned_load(struct context *context, const char *kind, const char *name,
                 struct subject *subject, struct error *err);

/* The same with its plugin. Cleared whatever the result. */
int planned_open(struct context *context, const char *kind, const char *name,
                 struct planned *planned, struct error *err);
void planned_clear(struct planned *planned);

/* The declared field of this name; NULL with err set, which says what the type does not have. */
const struct fh_field *planned_field(const struct planned *planned, const char *name,
                                     const char *what, struct error *err);

/* Records and begins the subject of a request that has been checked. internal is the host's own
 * part of its record, and stolen. */
int planned_create(struct context *context, const struct command_input *input, const char *kind,
                   const json_t *request, json_t *internal, struct command_output *output,
                   struct error *err);

/* fields: all of them, validated. Checks, shows or runs the change; the same fields are no change.
 * secrets: those that were given, or NULL. */
int planned_set_fields(struct context *context, const struct command_input *input,
                       struct planned *planned, const json_t *fields, const json_t *secrets,
                       struct command_output *output, struct error *err);
/* One field to another value; value NULL: it is unset. Validated by the plugin's declaration. */
int planned_set_field(struct context *context, const struct command_input *input,
                      struct planned *planned, const char *name, json_t *value,
                      struct command_output *output, struct error *err);

/* As planned_set_fields, also when nothing differs, and without asking; breaks: what the operator
 * must acknowledge, or NULL. */
int planned_apply(struct context *context, const struct command_input *input,
                  struct planned *planned, const json_t *fields, const json_t *secrets,
                  const char *breaks, struct command_output *output, struct error *err);

/* Applies the same fields again; drifted: see struct change_request. */
int planned_renew(struct context *context, const struct command_input *input,
                  struct planned *planned, const json_t *drifted, struct command_output *output,
                  struct error *err);

/* A verb that the plugin declares; fields are the verb's. */
int planned_verb(struct context *context, const struct command_input *input,
                 struct planned *planned, const char *name, const json_t *typed,
                 struct command_output *output, struct error *err);

/* Opens the subject of the row's field "name" and runs the verb; typed: the verb's fields. */
int planned_run_verb(struct context *context, const struct command_input *input, const char *kind,
                     const char *verb, const json_t *typed, struct command_output *output,
                     struct error *err);
/* The same for a row with these fields; set is a list of NAME=VALUE. */
enum { PLANNED_RUN_FIELDS = 3 };
extern const struct fh_field planned_run_fields[PLANNED_RUN_FIELDS];
int planned_run(struct context *context, const struct command_input *input, const char *kind,
                struct command_output *output, struct error *err);

static inline json_t *planned_fields(const struct planned *planned)
{
    return json_object_get(planned->subject.data, "fields");
}

/* The first field of a row that is about one connection or image. */
#define PLANNED_NAME_FIELD(words)                                                                  \
    {                                                                                              \
        .name = "name", .type = "string", .flags = FH_FIELD_REQUIRED, .help = (words)              \
    }
#define CONNECTION_NAME_FIELD PLANNED_NAME_FIELD("the connection's name or id")

#endif
