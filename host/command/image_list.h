/* SPDX-License-Identifier: Apache-2.0 */
/* Images as people see them: those that were made here, and those of the INI. */
#ifndef FLEXHOST_COMMAND_IMAGE_LIST_H
#define FLEXHOST_COMMAND_IMAGE_LIST_H

#include "command/command.h"
#include "command/store_view.h"

#include <jansson.h>

enum { IMAGE_COLUMNS = 9 };
extern const struct column image_columns[IMAGE_COLUMNS];

/* Every image, without asking Azure; the caller decrefs. */
json_t *image_list(struct context *context, struct error *err);
/* One that was made here, with state and subState of the published model. */
json_t *image_json(const struct subject *subject);
/* What an operation has given becomes an image as it is shown. */
void image_output(struct context *context, struct command_output *output);

#endif
