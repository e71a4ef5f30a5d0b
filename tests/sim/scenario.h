/* SPDX-License-Identifier: Apache-2.0 */
/* Desired states by chance, the plans that a plugin would make of them, and what must then hold. */
#ifndef FLEXHOST_TESTS_SIM_SCENARIO_H
#define FLEXHOST_TESTS_SIM_SCENARIO_H

#include "plan/plan.h"
#include "sim.h"

enum { NODES_MOST = 40 };

enum node_kind { NODE_RESOURCE, NODE_WATCH, NODE_ACTION, NODE_FOREIGN_READ };

struct node {
    enum node_kind kind;
    bool present;
    int type; /* of the resource: which list it is in */
    int variant;
    int rev;
    int ref; /* the node that its body, watch or action names; -1: none */
    uint64_t after;
    int zone; /* 0: no alternatives */
    bool tagged, swept, temporary, container, optional, until, secret;
    int part; /* 0: the main one */
};

struct scenario {
    struct node nodes[NODES_MOST];
    int count;
    int secret_rev;
    bool changed; /* rows of earlier plans say what came after what, too */
};

void scenario_make(struct scenario *scenario, uint64_t *chance);
/* What an operator would change: bodies, places, steps less and more, a secret. */
void scenario_change(struct scenario *scenario, uint64_t *chance);
struct plan *scenario_plan(const struct scenario *scenario);
/* Everything that the plan wants is there as it wants it, and nothing else of ours. */
void scenario_check(const struct scenario *scenario, struct sim *sim);
/* What the journal holds for done is there, and what is there is in the journal. */
void scenario_check_journal(struct sim *sim);
void scenario_check_gone(struct sim *sim);
/* The mutating requests that an undisturbed creation takes. */
int scenario_writes(const struct scenario *scenario);

#endif
