/* SPDX-License-Identifier: Apache-2.0 */
/* The completion script for bash, generated from the command table. */
#ifndef FLEXHOST_FACE_COMPLETION_H
#define FLEXHOST_FACE_COMPLETION_H

#include "base/text.h"
#include "face/rows.h"

void completion_bash(struct text *out, const struct rows *rows);

/* "--region=@regions --[no-]gateway ...": what the script knows of options. Also what
 * `flexhost __complete options` prints for a plugin's. */
void completion_options(struct text *out, const struct rows *rows, const struct command *row,
                        const struct fh_field *fields, size_t count);

#endif
