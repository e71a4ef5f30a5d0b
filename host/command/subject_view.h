/* SPDX-License-Identifier: Apache-2.0 */
/* Connections as they are in Azure: what was applied, and what is there. */
#ifndef FLEXHOST_COMMAND_SUBJECT_VIEW_H
#define FLEXHOST_COMMAND_SUBJECT_VIEW_H

#include "command/context.h"
#include "command/store_view.h"
#include "plan/plan.h"

#include <jansson.h>

struct subject_view {
    const struct subject *subject;
    const struct plugin *plugin;
    json_t *request;
    struct plan *plan;
    json_t *resources; /* {STEP: what Azure shows; null: it is gone} */
    json_t *unread;    /* {STEP: why Azure does not tell} */
};

/* operation: "check" or "observe". Cleared whatever the result. */
int subject_view_open(struct context *context, const struct subject *subject, const char *operation,
                      struct subject_view *view, struct error *err);
/* Reads the resources of all of them, each list that several are in once. */
int subject_view_read(struct context *context, struct subject_view *views, size_t count,
                      struct error *err);
void subject_view_clear(struct subject_view *view);

/* Whether an operation is under way, or was when its process ended. */
bool subject_is_settled(const struct subject *subject);

#endif
