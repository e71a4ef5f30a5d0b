/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that name other subjects of this installation: connections, images, keys. */
#ifndef FLEXHOST_COMMAND_REFERENCES_H
#define FLEXHOST_COMMAND_REFERENCES_H

#include "base/error.h"
#include "command/context.h"
#include "command/store_view.h"
#include "plugin/registry.h"

#include <jansson.h>

/* Sets request's "references": {FIELD: {"name", ...}} of the fields that name something. What is
 * named must be ready, and in the request's subscription and region. known: those of the subject's
 * earlier requests, which stay as they were while the field names the same; NULL: none. */
int references_add(struct context *context, const struct plugin *plugin, json_t *request,
                   const json_t *known, struct error *err);

/* Settles the versions of the prepared images that a request names, and drops what is for that
 * alone.
 */
int references_keep_versions(struct context *context, json_t *request, bool keep,
                             struct error *err);

/* The region of the connection that the fields name; NULL: they name none. In the arena of
 * `connection`, which the caller clears. */
const char *references_region(struct context *context, const struct plugin *plugin,
                              const json_t *fields, struct subject *connection, struct error *err);

/* data's "connection", "image" and "key": the names of what the fields name, so that nobody deletes
 * it meanwhile. */
void references_note(const struct plugin *plugin, const json_t *fields, json_t *data);

/* Whether what a record says it uses is still there and, for one that is created, ready. */
int references_admit(struct context *context, const struct subject *subject, bool created,
                     struct error *err);

#endif
