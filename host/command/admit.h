/* SPDX-License-Identifier: Apache-2.0 */
/* What must still hold at the moment in which a change is recorded: the checks before it ran
 * without a lock, and another process may have been faster. */
#ifndef FLEXHOST_COMMAND_ADMIT_H
#define FLEXHOST_COMMAND_ADMIT_H

#include "base/error.h"
#include "command/context.h"
#include "command/store_view.h"

/* subject_kind.admit. */
int admit_connection(struct context *context, const struct subject *subject, const char *action,
                     struct error *err);
int admit_catalog(struct context *context, const struct subject *subject, const char *action,
                  struct error *err);

int admit_image(struct context *context, const struct subject *subject, const char *action,
                struct error *err);
int admit_activity(struct context *context, const struct subject *subject, const char *action,
                   struct error *err);

/* Refuses a connection that catalogs or images stand on. */
int refuse_used_connection(struct store *store, const struct subject *connection,
                           struct error *err);
/* Refuses an image that catalogs or other images stand on. */
int refuse_used_image(struct store *store, const struct subject *image, struct error *err);
/* Refuses a connection that cannot take machines (yet, or any more). */
int refuse_unready_connection(const struct subject *connection, struct error *err);

#endif
