/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine's tests share: a store in memory, a scripted Azure, a subject. */
#ifndef FLEXHOST_TESTS_UNIT_PLAN_FIXTURE_H
#define FLEXHOST_TESTS_UNIT_PLAN_FIXTURE_H

#include "azure_fake.h"
#include "plan/engine.h"
#include "plan/plan.h"
#include "store/store.h"

#include <signal.h>

#define SUBJECT    "01890000-0000-7000-8000-000000000001"
#define OPERATION  "01890000-0000-7000-8000-0000000000aa"
#define GROUP      "/subscriptions/s/resourceGroups/rg"
#define VERSION    "2024-01-01"
#define NETWORK(n) GROUP "/providers/Microsoft.Network/virtualNetworks/" n
#define VMS        GROUP "/providers/Microsoft.Compute/virtualMachines"

struct bench {
    struct fake *fake;
    struct store *store;
    struct plan *plan;
    struct engine_run run;
    struct engine_result result;
    char events[8192]; /* "started a\n" … */
    volatile sig_atomic_t interrupted;
    const char *diff_operation; /* the one that bench_diff goes on with; NULL: a new one */
    int interrupt_at;           /* the number of reads after which Ctrl-C comes; 0: never */
};

struct bench *bench_new(void);
void bench_free(struct bench *bench);
/* A new plan of these steps; the test fails when it is refused. */
void bench_plan(struct bench *bench, const struct fh_step *steps, size_t count);
/* A PUT with the usual members filled in where they are missing. */
struct fh_step put_step(const char *key, const char *path, const char *body);
/* Applies the plan (or tears down, when there is none) and returns how it ended. */
enum engine_end bench_apply(struct bench *bench);
/* The row's state, "" when there is none; good until the next call. */
const char *bench_state(struct bench *bench, const char *key);
/* The rows as "key state" lines, in order. */
const char *bench_rows(struct bench *bench);
void bench_put_row(struct bench *bench, const struct journal_step *row);
void bench_secret(struct bench *bench, const char *name, const char *value);
/* The number of requests with this method to a URL with this part. */
size_t sent(const struct bench *bench, const char *method, const char *url);
/* The place of the n-th (from 0) such request among all; -1 if there is none. */
int sent_at(const struct bench *bench, const char *method, const char *url, int n);
const char *sent_body(const struct bench *bench, const char *method, const char *url, int n);
void answer(struct bench *bench, const char *method, const char *url, int times, int status,
            const char *body);
/* The diff as "create a: is new" lines. */
const char *bench_diff(struct bench *bench);

#endif
