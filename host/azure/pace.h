/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's request budget: a token bucket and a queue for each credential, subscription and class of
 * request. */
#ifndef FLEXHOST_AZURE_PACE_H
#define FLEXHOST_AZURE_PACE_H

#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pace_class { PACE_READ, PACE_WRITE, PACE_DELETE, PACE_CLASSES };

struct pace_rate {
    double burst;      /* 0: no bucket, only what pace_stop says */
    double per_second; /* what comes back */
};

struct pace_bucket;

/* A place in a queue; part of the caller's call. Zero-initialise. */
struct pace_ticket {
    struct pace_bucket *bucket; /* that it waits for or has left; NULL: none */
    struct pace_ticket *previous;
    struct pace_ticket *next;
    bool waiting;
    bool urgent;
    bool in_flight;
    /* Called once when the turn comes. */
    void (*granted)(struct pace_ticket *ticket);
};

struct pace;

struct pace *pace_new(struct loop *loop, const struct pace_rate rates[PACE_CLASSES]);
void pace_free(struct pace *pace);

/* Whether the request may leave at once; otherwise granted is called when it may. urgent: before
 * those that wait (a request that was refused for its pace, and had its turn). -1: no memory. */
int pace_enter(struct pace *pace, struct pace_ticket *ticket, size_t principal,
               const char *subscription, size_t subscription_length, enum pace_class class,
               bool urgent);
/* Leaves the queue, or gives up counting as in flight. */
void pace_leave(struct pace_ticket *ticket);
/* The answer came; remaining is what Azure says is left, -1 if it does not. */
void pace_answered(struct pace_ticket *ticket, int64_t remaining);
/* Nothing of the ticket's bucket leaves for so long: a 429's Retry-After. */
void pace_stop(struct pace_ticket *ticket, int64_t delay_ms);

#endif
