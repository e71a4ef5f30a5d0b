/* SPDX-License-Identifier: Apache-2.0 */
/* Another name for an image that was made here. */
#ifndef FLEXHOST_COMMAND_IMAGE_RENAME_H
#define FLEXHOST_COMMAND_IMAGE_RENAME_H

#include "command/command.h"

/* The handler of `image rename`. */
int image_rename(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err);

#endif
