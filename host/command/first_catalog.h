/* SPDX-License-Identifier: Apache-2.0 */
/* What a catalog needs of others before it is made: fields of its connection, a region of its
 * image. */
#ifndef FLEXHOST_COMMAND_FIRST_CATALOG_H
#define FLEXHOST_COMMAND_FIRST_CATALOG_H

#include "command/command.h"
#include "command/context.h"

/* Fields that come with the first catalog get their defaults, and the connection is applied again.
 * A part that fails then keeps no catalog from being made: it is told as a warning. */
int first_catalog_connection(struct context *context, const struct command_input *input,
                             const char *name, struct error *err);
/* An image that is made is brought to the region, if it can be; one of the INI needs nothing. */
int first_catalog_image(struct context *context, const struct command_input *input,
                        const char *name, const char *region, struct error *err);

#endif
