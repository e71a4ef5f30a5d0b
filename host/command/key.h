/* SPDX-License-Identifier: Apache-2.0 */
/* Customer-managed keys that disks are encrypted with: what the rest of flexhost needs of them. */
#ifndef FLEXHOST_COMMAND_KEY_H
#define FLEXHOST_COMMAND_KEY_H

#include "base/error.h"
#include "command/context.h"
#include "command/store_view.h"
#include "plan/plan.h"

#include <jansson.h>

/* subject_kind.plan, .admit and .settle. */
int key_plan(struct context *context, const json_t *request, struct plan **plan, struct error *err);
int key_admit(struct context *context, const struct subject *subject, const char *action,
              struct error *err);
int key_settle(struct context *context, struct subject *subject, const json_t *request,
               struct error *err);

/* Every list that shows a key warns once its rotation is due. names: an array of names of keys, in
 * which one may stand twice; NULL: all keys. Asks the store alone. */
int key_warn_due(struct context *context, const json_t *names, struct error *err);
/* The same of the keys of a subscription. */
int key_warn_due_in(struct context *context, const char *subscription, struct error *err);

/* A key as `show` and `list` have it. */
json_t *key_json(const struct subject *subject);

/* Refuses a key that an image or a catalog has. */
int refuse_used_key(struct store *store, const struct subject *key, struct error *err);

#endif
