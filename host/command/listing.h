/* SPDX-License-Identifier: Apache-2.0 */
/* What `list`, `types` and `delete` of every kind of subject have in common. */
#ifndef FLEXHOST_COMMAND_LISTING_H
#define FLEXHOST_COMMAND_LISTING_H

#include "command/command.h"
#include "store/store.h"

/* The serving plugins of a kind. */
int list_plugins(struct context *context, const char *kind, struct command_output *output,
                 struct error *err);
/* Every record of a kind, from the store alone: asks Azure nothing. */
int list_subjects(struct context *context, const char *kind, struct command_output *output,
                  struct error *err);
/* ERROR_USAGE naming the users, if there are any. */
int refuse_while_used(const struct record *record, const json_t *users, const char *user_kind,
                      struct error *err);

#endif
