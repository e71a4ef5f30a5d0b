/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what Azure answers. Pure: no state, no clock; every byte of an answer is hostile. */
#ifndef FLEXHOST_AZURE_ANSWER_H
#define FLEXHOST_AZURE_ANSWER_H

#include "base/transport.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise; free with arm_answer_clear. */
struct arm_parsed {
    int status;
    json_t *body;    /* any JSON value; NULL: none */
    bool unreadable; /* there is a body, and it is not JSON */
    char *code;      /* Azure's error code; "" if none. Never NULL after success, nor is message */
    char *message;   /* its text with the details, one line; "" if none */
    const char *resource_state;  /* properties.provisioningState; within body; NULL: absent */
    const char *operation_state; /* status of what an Azure-AsyncOperation URL tells */
    char *async_url;             /* Azure-AsyncOperation, NULL if absent */
    char *location;
    int64_t retry_after_ms; /* -1: absent or unreadable */
    int64_t remaining;      /* the least of the x-ms-ratelimit-remaining-... counts; -1: none */
};

enum arm_state { ARM_STATE_NONE, ARM_STATE_RUNNING, ARM_STATE_SUCCEEDED, ARM_STATE_FAILED };

/* wall_ms: for a Retry-After that is a date. Returns 0, or -1 without memory. */
int arm_answer_parse(const struct http_response *response, int64_t wall_ms,
                     struct arm_parsed *parsed);
void arm_answer_clear(struct arm_parsed *parsed);

/* Canceled counts as failed, all that is not terminal as running. */
enum arm_state arm_state_of(const char *state);
/* Whether a 409 says "not now": nothing was done, and the same request will go through later. */
bool arm_answer_is_busy(const struct arm_parsed *parsed);

#endif
