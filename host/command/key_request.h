/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of `key add`, `rotate` and `set` to a request that says all that planning needs.
 */
#ifndef FLEXHOST_COMMAND_KEY_REQUEST_H
#define FLEXHOST_COMMAND_KEY_REQUEST_H

#include "base/error.h"
#include "command/command.h"
#include "command/store_view.h"
#include "rules/key_policy.h"

#include <jansson.h>

struct key_parts {
    json_t *request;
    json_t *data;   /* of the record */
    json_t *unkept; /* the private part of a key that was brought; NULL: the vault makes it */
};

/* Each checks what can be known before Azure is asked, then asks, and refuses with the option. */
int key_request_add(struct context *context, const struct command_input *input,
                    struct key_parts *parts, struct error *err);
int key_request_rotate(struct context *context, const struct command_input *input,
                       const struct subject *key, struct key_parts *parts, struct error *err);
int key_request_set(struct context *context, const struct command_input *input,
                    const struct subject *key, struct key_parts *parts, struct error *err);
void key_parts_clear(struct key_parts *parts);

/* The texts of {"rotationType", "rotationTime", "expiryTime"}; borrowed. */
struct key_policy key_policy_of(const json_t *policy);

#endif
