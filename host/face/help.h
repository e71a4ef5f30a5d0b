/* SPDX-License-Identifier: Apache-2.0 */
/* --help at every level, from the command table and what plugins declare. */
#ifndef FLEXHOST_FACE_HELP_H
#define FLEXHOST_FACE_HELP_H

#include "base/text.h"
#include "face/arguments.h"
#include "face/rows.h"

#include <stdbool.h>
#include <stddef.h>

struct help {
    const struct rows *rows;
    const struct plugin_source *plugins; /* NULL: types are not listed */
    size_t columns;
    bool color;
    bool advanced; /* --all */
};

void help_overview(struct text *out, const struct help *help);
void help_noun(struct text *out, const struct help *help, const char *noun);
/* plugin NULL: without the fields of any; the types are listed instead. */
void help_command(struct text *out, const struct help *help, const struct command *row,
                  const struct plugin *plugin);

/* What the manual shares with --help: "flexhost connection create TYPE NAME --region REGION
 * [OPTIONS]" after "flexhost ", "--route NAME=VALUE,..." and "Custom routes (may be repeated)". The
 * caller frees them. A field of a plugin, or of another field, has no row. */
char *help_synopsis(const struct command *row);
/* The positions alone: " TYPE NAME", " MACHINE..." */
char *help_values(const struct command *row);
/* Whether "[OPTIONS]" belongs there. */
bool help_has_options(const struct command *row);
char *help_option_label(const struct fh_field *field);
char *help_field_text(const struct command *row, const struct fh_field *field);

#endif
