/* SPDX-License-Identifier: Apache-2.0 */
/* The command table and the plugins as the command line sees them: interfaces, so that tests can
 * bring their own. */
#ifndef FLEXHOST_FACE_ROWS_H
#define FLEXHOST_FACE_ROWS_H

#include "base/error.h"
#include "command/command.h"
#include "plugin/registry.h"

#include <flexhost/plugin.h>
#include <stdbool.h>
#include <stddef.h>

struct rows {
    size_t (*count)(void);
    const struct command *(*at)(size_t index);
    const char *(*noun_summary)(const char *noun);
};

struct plugin_source {
    void *context;
    /* NULL with err set when it does not serve. */
    const struct plugin *(*find)(void *context, const char *kind, const char *name,
                                 struct error *err);
    /* That of a subject, by its name. */
    const struct plugin *(*of_subject)(void *context, const char *kind, const char *name,
                                       struct error *err);
    /* All of them, served and refused; NULL past the end. */
    const struct plugin *(*at)(void *context, size_t index);
};

const struct command *rows_find(const struct rows *rows, const char *noun, const char *verb);
/* Whether some verb of the noun begins with this word and goes on: "route" of "route add". */
bool rows_has_group(const struct rows *rows, const char *noun, const char *word);
bool rows_has_noun(const struct rows *rows, const char *noun);
/* Whether the row at `index` is the first visible one of its noun. */
bool rows_starts_noun(const struct rows *rows, size_t index);

const struct fh_field *field_find(const struct fh_field *fields, size_t count, const char *name);
const struct fh_field *row_field(const struct command *row, const char *name);
/* The field that tells which plugin's fields join the row; NULL when none do. */
const struct fh_field *row_type_field(const struct command *row);
/* The same for the field that names a subject. */
const struct fh_field *row_subject_field(const struct command *row);
/* Whether what is typed changes fields that are there: none of them has to be given. */
bool row_edits(const struct command *row);
/* The fields of the plugin that join the row; plugin NULL: none. */
const struct fh_field *row_joined(const struct command *row, const struct plugin *plugin,
                                  size_t *count);
/* Whether a field of the row, or one that joins it, is offered as an option: not what is given by
 * position, what the row has a field of its own for, or what an edit cannot change. */
bool row_offers(const struct command *row, const struct fh_field *field);
/* The field of the position `index` (from 0), NULL past the last; *repeats says whether it takes
 * all that follow. */
const struct fh_field *row_positional(const struct command *row, size_t index, bool *repeats);
bool row_is_positional(const struct command *row, const struct fh_field *field);
bool field_is(const struct fh_field *field, const char *type);
/* "--name", or "NAME" for a field that is given by position: as the operator knows it. */
char *field_label(const struct command *row, const struct fh_field *field);
/* What stands for the value in a synopsis: "CIDR", "yes|no"; the caller frees it. */
char *field_placeholder(const struct fh_field *field);

#endif
