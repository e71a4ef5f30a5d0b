/* SPDX-License-Identifier: Apache-2.0 */
/* The request that a plugin sees, its check, and the plan that it makes of it. */
#ifndef FLEXHOST_COMMAND_REQUEST_H
#define FLEXHOST_COMMAND_REQUEST_H

#include "base/error.h"
#include "command/context.h"
#include "command/store_view.h"

#include <jansson.h>

struct request_parts {
    const char *operation; /* "create" … */
    const char *kind;
    const struct plugin *plugin; /* NULL: a kind that the host plans itself */
    const char *name;
    const json_t *subscription;
    const char *region; /* NULL: none */
    const json_t *fields;
};

/* A new subject's request, with an id of its own. The caller decrefs. */
json_t *request_new(struct context *context, const struct request_parts *parts, struct error *err);

/* Refuses a name that is taken within the kind. */
int request_check_name(struct context *context, const char *kind, const char *name,
                       struct error *err);

/* Asks the plugin what is wrong, holds occupied ranges against every known one, and refuses with
 * all that fails at once. Warnings go to the face. */
int request_check(struct context *context, const struct plugin *plugin, const json_t *request,
                  struct error *err);

/* subject_kind.plan and .settle of every kind that plugins plan. */
int request_plan(struct context *context, const json_t *request, struct plan **plan,
                 struct error *err);
int request_settle(struct context *context, struct subject *subject, const json_t *request,
                   struct error *err);

/* "fh-k3f9x2-connection-corp": the same for the same subject, legal for Azure. The caller frees. */
char *resource_group_name(const char *installation, const char *kind, const char *name);

#endif
