/* SPDX-License-Identifier: Apache-2.0 */
/* Images by name: those that were made here, and those that the INI describes. */
#ifndef FLEXHOST_COMMAND_IMAGE_RESOLVE_H
#define FLEXHOST_COMMAND_IMAGE_RESOLVE_H

#include "base/error.h"
#include "command/context.h"
#include "command/store_view.h"

#include <jansson.h>

/* As image_resolve(), for one of the INI, whatever version of it is in use. */
json_t *image_resolve_newest(struct context *context, const char *name, const json_t *subscription,
                             const char *region, struct error *err);
/* What a catalog needs of an image:
 * {"reference","os","generation","sessions","specialized","prepared",…}; the caller decrefs. For
 * one of the INI its plugin checks (read-only requests) and exports it, with what it has "learned".
 */
json_t *image_resolve(struct context *context, const char *name, const json_t *subscription,
                      const char *region, struct error *err);
/* The source of an [image "NAME"], "" if it names none, and its other keys; the caller decrefs. */
const char *image_section_source(const struct ini_section *section);
json_t *image_section_json(const struct ini_section *section);

/* Whether an image that was made here can be had in the region. */
bool image_is_in(const struct subject *image, const char *region);
/* One that was made here; one of the INI is refused with where it stands. */
int image_load(struct context *context, const char *name, struct subject *subject,
               struct error *err);

#endif
