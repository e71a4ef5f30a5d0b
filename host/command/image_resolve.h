/* SPDX-License-Identifier: Apache-2.0 */
/* Images by name: those that were made here, and those that the INI describes. */
#ifndef FLEXHOST_COMMAND_IMAGE_RESOLVE_H
#define FLEXHOST_COMMAND_IMAGE_RESOLVE_H

#include "base/error.h"
#include "command/context.h"

#include <jansson.h>

/* What a catalog needs of an image:
 * {"reference","os","generation","sessions","specialized","prepared",…}; the caller decrefs. For
 * one of the INI its plugin checks (read-only requests) and exports it. */
json_t *image_resolve(struct context *context, const char *name, const json_t *subscription,
                      const char *region, struct error *err);
/* Every image as `list` shows it, without asking Azure. */
json_t *image_list(struct context *context, struct error *err);

#endif
