/* SPDX-License-Identifier: Apache-2.0 */
/* A small Azure that remembers: resources, long-running operations, faults at the n-th request. */
#ifndef FLEXHOST_TESTS_UNIT_PLAN_WORLD_H
#define FLEXHOST_TESTS_UNIT_PLAN_WORLD_H

#include "azure_fake.h"

#include <jansson.h>

enum world_fault {
    FAULT_NONE,
    FAULT_REPLY_LOST,   /* after the effect */
    FAULT_REQUEST_LOST, /* before it */
    FAULT_THROTTLED,    /* 429 with Retry-After */
    FAULT_UNAVAILABLE,  /* 503 with Retry-After */
    FAULT_BROKEN,       /* 500 after the effect */
    FAULT_POLL_GONE,    /* 404 from then on for every operation's URL */
    FAULT_MOST
};

struct world {
    json_t *resources;  /* path -> {body, polls, deleting} */
    json_t *operations; /* paths, by number */
    int polls;          /* how often an operation says that it goes on; 0: no operations */
    int runs;           /* of the action */
    enum world_fault fault;
    int fault_at; /* the number of the mutating request that it hits; 0: none */
    int mutations;
    int64_t told_ms, quiet_until_ms; /* from when until when nothing may be sent */
    struct fake *fake;
    char *answer;
};

void world_make(struct world *world, struct fake *fake, int polls);
void world_clear(struct world *world);
bool world_answer(struct world *world, const struct http_request *request, struct fake_rule *rule);
/* Everything that is there, as text; the caller frees. */
char *world_dump(const struct world *world);

#endif
