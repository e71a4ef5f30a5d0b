/* SPDX-License-Identifier: Apache-2.0 */
/* What follows the verb: positional values and the options of the row and of its plugin. */
#ifndef FLEXHOST_FACE_ARGUMENTS_FIELDS_H
#define FLEXHOST_FACE_ARGUMENTS_FIELDS_H

#include "face/arguments.h"

bool word_is_option(const char *word);
/* word NULL: nothing follows; "": it is empty; else the option that follows. Returns -1. */
int arguments_refuse_value(const char *option, const char *word, struct error *err);

/* arguments->command is known, arguments->words is what follows it. */
int arguments_fields(struct arguments *arguments, const struct plugin_source *plugins,
                     struct error *err);

#endif
