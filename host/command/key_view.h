/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a key, for its own commands. */
#ifndef FLEXHOST_COMMAND_KEY_VIEW_H
#define FLEXHOST_COMMAND_KEY_VIEW_H

#include "base/error.h"
#include "command/context.h"
#include "command/store_view.h"

#include <jansson.h>

/* Asks the vault for the newest version, and writes down what it says: the vault may have rotated
 * the key by its policy. */
int key_refresh(struct context *context, struct subject *key, struct error *err);

/* The names of the kind's subjects that have this key. The caller decrefs; NULL with err set. */
json_t *key_users(struct store *store, const char *key, const char *kind, struct error *err);

#endif
