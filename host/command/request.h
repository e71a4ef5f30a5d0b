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

/* The request of a subject that exists: fields as they shall be; `previous` are those last applied.
 * verb: {"name", "fields"}, or NULL. The caller decrefs. */
json_t *request_existing(struct context *context, const struct subject *subject,
                         const struct plugin *plugin, const char *operation, const json_t *fields,
                         const json_t *verb, struct error *err);

/* What later requests of the subject take over goes into the record's data, which has "internal".
 */
void request_keep(const json_t *request, json_t *data);

/* The plugin of a subject. */
const struct plugin *request_plugin(struct context *context, const struct subject *subject,
                                    struct error *err);

/* The fields with which a subject was last applied; those of its record when it never was. */
const json_t *request_applied(const struct subject *subject);

/* Refuses a name that is taken within the kind. */
int request_check_name(struct context *context, const char *kind, const char *name,
                       struct error *err);

/* Picks ranges that are left to the host, asks the plugin what is wrong, holds occupied ranges
 * against every known one, and refuses with all that fails at once. Warnings go to the face.
 * secrets: {FIELD: value} that the plugin may ask with, or NULL; what it learns goes into the
 * request. *claims: the ranges that the plugin found in use, [{"cidr", "owner"}]; the caller
 * decrefs; NULL: not wanted. */
int request_check(struct context *context, const struct plugin *plugin, json_t *request,
                  const json_t *secrets, json_t **claims, struct error *err);
void request_learn(json_t *request, const struct plugin_check *check);

/* All findings that failed in one error, a line each; what warns goes to the face. */
int request_judge(struct context *context, const struct plugin_check *check, struct error *err);

/* subject_kind.plan and .settle of every kind that plugins plan. */
int request_plan(struct context *context, const json_t *request, struct plan **plan,
                 struct error *err);
/* Status and details from what is there: resources as Azure shows them ({STEP: resource or null}),
 * NULL when it was not asked. */
int request_observe(struct context *context, struct subject *subject, const json_t *request,
                    const json_t *resources, struct error *err);
int request_settle(struct context *context, struct subject *subject, const json_t *request,
                   struct error *err);

/* "fh-k3f9x2-connection-corp": the same for the same subject, legal for Azure. The caller frees. */
char *resource_group_name(const char *installation, const char *kind, const char *name);

#endif
