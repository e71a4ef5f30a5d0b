/* SPDX-License-Identifier: Apache-2.0 */
/* A store that counts commits and fails at the n-th, and an eye on what leaves: nothing without an
 * intent that is committed, at most one commit a turn. */
#ifndef FLEXHOST_TESTS_UNIT_PLAN_GUARD_H
#define FLEXHOST_TESTS_UNIT_PLAN_GUARD_H

#include "plan_fixture.h"
#include "plan_world.h"

struct guard {
    struct store store; /* in the place of the real one while it guards */
    struct store_ops store_ops;
    struct store *real;
    struct transport_ops transport_ops;
    const struct transport_ops *real_transport;
    struct bench *bench;
    struct world *world; /* that answers; NULL: the rules of the fake */
    int commits;
    int fail_at;       /* the number of the commit that fails, and all behind it; 0: none */
    bool fails_late;   /* it took effect all the same */
    int lease_lost_at; /* the number of the renewal from which on the lease is another's; 0: never
                        */
    int renewals;
    int interrupt_at; /* the number of the request at which Ctrl-C comes; 0: never */
    int requests;
    bool open;
    int commits_of_turn;
};

/* The guard stands until guard_leave. */
void guard_bench(struct guard *guard, struct bench *bench, struct world *world);
void guard_leave(struct guard *guard);

#endif
