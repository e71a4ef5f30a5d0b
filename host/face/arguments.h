/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a row of the command table and the raw input for it. */
#ifndef FLEXHOST_FACE_ARGUMENTS_H
#define FLEXHOST_FACE_ARGUMENTS_H

#include "base/error.h"
#include "face/globals.h"
#include "face/rows.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum secret_from { SECRET_FILE, SECRET_ENVIRONMENT };

/* Where a secret field's value comes from; the value itself never stands on the command line. */
struct secret_source {
    const struct fh_field *field;
    enum secret_from from;
    const char *value; /* the file, or the name of the variable */
};

struct arguments {
    struct globals global;
    const char **words; /* what is left of argv, borrowed; "--" is kept */
    size_t word_count;
    const char *noun;              /* NULL: none was given */
    const struct command *command; /* NULL: a noun without a verb, or nothing at all */
    const struct plugin *plugin;   /* whose fields joined */
    json_t *raw;                   /* what command_prepare() takes */
    struct secret_source *secrets;
    size_t secret_count;
    char *hint; /* after an error: what to read or type next; NULL: nothing to add */
};

/* Takes the options that every command has out of argv, and finds out nothing else. */
int arguments_globals(struct arguments *arguments, int argc, char **argv, struct error *err);

/* Finds the row, loads the plugin that it needs, and collects fields. With --help it stops as soon
 * as the row and the plugin are known. */
int arguments_command(struct arguments *arguments, const struct rows *rows,
                      const struct plugin_source *plugins, struct error *err);

void arguments_clear(struct arguments *arguments);

/* "flexhost connection create vnet-peering", as far as it is known; the caller frees it. */
char *arguments_command_line(const struct arguments *arguments);

#endif
