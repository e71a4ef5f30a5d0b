/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and images as Azure has them: read again, and what failed or has changed made again.
 */
#ifndef FLEXHOST_COMMAND_SUBJECT_REFRESH_H
#define FLEXHOST_COMMAND_SUBJECT_REFRESH_H

#include "command/subject_change.h"

/* names: an array of names or ids; none: all of the kind. The output shows each. */
int planned_refresh(struct context *context, const char *kind, const json_t *names,
                    struct command_output *output, struct error *err);
/* Goes on with the last operation where it failed, or else makes anew what has changed in Azure. */
int planned_retry(struct context *context, const struct command_input *input, const char *kind,
                  const char *name, struct command_output *output, struct error *err);
/* Stores the record, in a transaction of the caller's, unless an operation has changed it
 * meanwhile: that knows more. */
int planned_put(struct store *store, struct subject *subject, struct error *err);

#endif
