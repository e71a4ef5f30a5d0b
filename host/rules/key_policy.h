/* SPDX-License-Identifier: Apache-2.0 */
/* When a key of a vault rotates and expires, and what Azure allows of that. */
#ifndef FLEXHOST_RULES_KEY_POLICY_H
#define FLEXHOST_RULES_KEY_POLICY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* As an operator gives it; a text that is not given is NULL. */
struct key_policy {
    const char *type;     /* "time-after-create" or "time-before-expiry" */
    const char *rotation; /* an ISO 8601 duration */
    const char *expiry;   /* the same: how long a version lives */
};

/* Whether anything is given. */
bool key_policy_is_set(const struct key_policy *policy);
/* Refuses with the option's name; a policy of which nothing is given passes. */
int key_policy_check(const struct key_policy *policy, struct error *err);

/* When a version that was made then expires; 0: never. The policy has passed the check. */
int64_t key_policy_expires(const struct key_policy *policy, int64_t created_ms);
/* When its rotation is due; 0: never. expires_ms: when it does, 0: never. */
int64_t key_policy_due(const struct key_policy *policy, int64_t created_ms, int64_t expires_ms);

#endif
