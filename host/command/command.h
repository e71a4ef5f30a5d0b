/* SPDX-License-Identifier: Apache-2.0 */
/* A command is declared once: help, completion, validation, permission and audit come from its row.
 */
#ifndef FLEXHOST_COMMAND_COMMAND_H
#define FLEXHOST_COMMAND_COMMAND_H

#include "base/error.h"
#include "command/context.h"

#include <flexhost/plugin.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a result is shown in a table; JSON shows all of it. */
struct column {
    const char *key; /* of the object, or a JSON pointer */
    const char *heading;
};

/* Flags of a row. */
#define COMMAND_CHANGES     UINT32_C(0x01) /* takes --dry-run and --no-wait: it runs an operation */
#define COMMAND_ACKNOWLEDGE UINT32_C(0x02) /* may ask for --yes, or a yes at a terminal */
#define COMMAND_NO_CONFIG   UINT32_C(0x04) /* works without a configuration file */
#define COMMAND_STREAMS     UINT32_C(0x08) /* the handler writes its data to stdout itself (a log) */
#define COMMAND_HIDDEN      UINT32_C(0x10) /* not in help or completion: for flexhost's own use */

struct command_input {
    const struct command *command;
    const struct plugin *plugin;  /* of plugin_kind; NULL where the command takes none */
    const struct fh_verb *action; /* a plugin's verb; NULL otherwise */
    json_t *fields;               /* validated, of the row itself */
    json_t *plugin_fields; /* validated, as the plugin declares them; secrets as ${secret:FIELD} */
    json_t *secrets;       /* {FIELD: value}: wiped by the caller */
    int64_t subject_ms;    /* with plugin_subject: when the record was written that this changes */
    bool dry_run;
    bool no_wait;
    bool acknowledged; /* --yes */
};

struct command_output {
    json_t *result;               /* object, array of objects, or NULL: nothing to show */
    const struct column *columns; /* NULL: the row's own */
    size_t column_count;
    bool document; /* the result is {"name", "document"}: people get the text as it is */
};

typedef int command_fn(struct context *context, const struct command_input *input,
                       struct command_output *output, struct error *err);

struct command {
    const char *noun;        /* "connection" */
    const char *verb;        /* "create", "route add"; "" for a noun that is a command by itself
                                (doctor) */
    const char *summary;     /* one line, no full stop */
    const char *description; /* paragraphs for --help and the man page; may be NULL */
    const char
        *permission; /* "connection/create", recorded in the audit log and checked by roles */
    uint32_t flags;
    const struct fh_field *fields;
    size_t field_count;
    const char *positional;   /* names of the fields that are given by position, in order: "type
                                 name"; the last may end in "..." */
    const char *plugin_kind;  /* the plugin's fields join: "connection" */
    const char *plugin_field; /* the field that names the plugin: "type"; with plugin_kind */
    /* Instead of plugin_field: the field that names a subject of the noun, whose plugin it is. What
     * is typed changes the fields that the subject has. */
    const char *plugin_subject;
    /* With plugin_subject: the sub-fields of this list of objects join instead ("route"), and the
     * row's field of the same name says which one is meant. */
    const char *plugin_object;
    bool makes_element;          /* with plugin_object: a new one, not one that is there */
    const char *acknowledgement; /* what the operator acknowledges */
    /* An optional secret that a value of another field makes necessary, and is then asked for at a
     * terminal: "service-account-password domain-type active-directory". A "-" for the value: when
     * the other field is not given. */
    const char *secret_at_need;
    const struct column *columns;
    size_t column_count;
    const char *example; /* one command line */
    command_fn *run;
};

/* Every row of every noun. */
size_t command_count(void);
const struct command *command_at(size_t index);
/* NULL when there is none. */
const struct command *command_find(const char *noun, const char *verb);
/* One line a noun for the overview; "" when unknown. */
const char *command_noun_summary(const char *noun);

/*
 * From raw input ({"name": "corp", "route": ["…", "…"]}: options and positional values by field
 * name, as typed) to validated input: loads the plugin that the row needs, validates both sets of
 * fields, tells all problems at once (one error whose message has a line each; unknown options with
 * a suggestion).
 */
int command_prepare(struct context *context, const struct command *command, const json_t *raw,
                    struct command_input *input, struct error *err);
void command_input_clear(struct command_input *input);

/* The list of objects that plugin_object names; NULL with err set when the type of the subject has
 * none. */
const struct fh_field *command_object(const struct command *command, const struct plugin *plugin,
                                      const char *subject, struct error *err);

/* Whether the operator acknowledges what may break; refused otherwise, with how to do so. Asked
 * when the rest has been checked, and before anything is recorded or sent; breaks NULL: nothing. */
int command_acknowledge(struct context *context, const struct command_input *input,
                        const char *name, const char *breaks, struct error *err);

/* Runs the handler, writes the audit record. */
int command_run(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err);

#endif
