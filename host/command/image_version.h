/* SPDX-License-Identifier: Apache-2.0 */
/* Which version of an image of the INI is in use in a region: the newest when it was first used,
 * until the operator takes a newer one. */
#ifndef FLEXHOST_COMMAND_IMAGE_VERSION_H
#define FLEXHOST_COMMAND_IMAGE_VERSION_H

#include "base/error.h"
#include "command/context.h"

#include <jansson.h>

/* What the plugin has learned of the image in the region, {"version", "newest"}; NULL: it was not
 * used there. The caller decrefs. */
json_t *image_version_known(struct context *context, const char *name, const char *region,
                            struct error *err);
/* Keeps what was learned. In use stays what was; with `take` the newest. */
int image_version_keep(struct context *context, const char *name, const char *region,
                       const json_t *learned, bool take, struct error *err);
/* {REGION: {"version", "newest"}}; the caller decrefs. */
json_t *image_version_regions(struct context *context, const char *name, struct error *err);
/* Adds "versions", and "update" where a newer one is known, to what `list` shows. */
void image_version_tell(struct context *context, const char *name, json_t *json);

#endif
