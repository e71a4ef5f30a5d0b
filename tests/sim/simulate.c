/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate [-v] SEED RUNS: whole lives of subjects, from creation over changes to deletion, each
 * under all that can go wrong. A violation prints how to replay it.
 */
#include "azure/arm.h"
#include "plan/engine.h"
#include "scenario.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RESUMES_MOST = 60, LIVES_A_STORE = 500, LEASE_MS = 60000 };

struct life {
    struct sim sim;
    struct scenario scenario;
    uint64_t chance;
    uint64_t number; /* of all lives of this process: tells their subjects apart in the store */
    uint64_t next_operation;
    struct faults faults;
    uint64_t operations;
};

static void must(int result, const struct error *err)
{
    if (result == 0)
        return;
    fprintf(stderr, "simulate: the store fails by itself: %s\n", error_text(err));
    exit(2);
}

/* ---- one run of the host ---- */

static void new_operation(struct life *life)
{
    struct sim *sim = &life->sim;
    struct store *store = sim->store;
    struct error err = ERROR_INIT;
    snprintf(sim->operation, sizeof sim->operation, "%08llx-0000-7000-8001-%012llx",
             (unsigned long long)life->number, (unsigned long long)++life->next_operation);
    const struct operation operation = {.id = sim->operation,
                                        .subject_kind = "connection",
                                        .subject_id = sim->subject,
                                        .subject_name = "sim",
                                        .action = "create",
                                        .request = "{}",
                                        .status = "Running",
                                        .principal = "sim",
                                        .started_ms = clock_wall(&sim->clock)};
    must(store->ops->begin(store, &err), &err);
    must(store->ops->operation_put(store, &operation, &err), &err);
    must(store->ops->commit(store, &err), &err);
    life->operations++;
    sim->cancelled = false;
}

static void take_lease(struct life *life)
{
    struct sim *sim = &life->sim;
    struct store *store = sim->store;
    struct error err = ERROR_INIT;
    struct lease_holder holder;
    /* The last holder's process is this one, so it has to run out. */
    while (store->ops->lease_acquire(store, sim->subject, sim->operation, LEASE_MS, &holder,
                                     &err) != 0) {
        sim->now_ms += LEASE_MS + 1000;
        sim->wall_offset_ms += LEASE_MS + 1000;
        error_clear(&err);
    }
}

static enum engine_end run_host(struct life *life, const struct plan *plan)
{
    struct sim *sim = &life->sim;
    struct loop *loop = loop_new(&sim->clock, &sim->transport);
    const struct arm_settings settings = {.authority = "https://login.sim",
                                          .resource_manager = SIM_BASE,
                                          .poll_default_ms = 2000,
                                          .no_pace = life->chance & 1};
    const struct arm_credential credential = {
        .name = "main", .kind = ARM_FIXED_TOKEN, .source = "sim"};
    struct error err = ERROR_INIT;
    struct arm *arm = arm_new(loop, &settings, &credential, 1, &err);
    const struct engine_run run = {.store = &sim->flaky,
                                   .arm = arm,
                                   .loop = loop,
                                   .subject_id = sim->subject,
                                   .operation_id = sim->operation,
                                   .credential = "main",
                                   .plan = plan,
                                   .in_flight_limit = 1 + (int64_t)(life->chance % 12),
                                   .lease_ttl_ms = LEASE_MS,
                                   .verify_window_ms = VERIFY_WINDOW_MS,
                                   .interrupted = &sim->interrupted};
    struct engine_result result;
    engine_apply(&run, &result);
    enum engine_end end = result.end;
    sim_log(sim, "the run ended %d: %s", end, error_text(&result.error));
    if (sim->in_transaction)
        sim_violation(sim, "the engine left a transaction open");
    engine_result_clear(&result);
    arm_free(arm);
    loop_free(loop);
    return end;
}

/* ---- an operation with all its resumptions ---- */

static void foresee(struct life *life)
{
    struct sim *sim = &life->sim;
    if (chance_of(&life->chance, 150))
        sim_schedule(sim, EVENT_CANCEL, chance_between(&life->chance, 0, 60000), NULL, 0);
    if (chance_of(&life->chance, 150))
        sim_schedule(sim, EVENT_INTERRUPT, chance_between(&life->chance, 0, 60000), NULL, 0);
    if (chance_of(&life->chance, 100))
        sim_schedule(sim, EVENT_JUMP, chance_between(&life->chance, 0, 60000), NULL,
                     (size_t)chance_between(&life->chance, 0, 10000));
    if (chance_of(&life->chance, 300))
        sim_schedule(sim, EVENT_CRASH, chance_between(&life->chance, 0, 60000), NULL, 0);
}

static void forget_foreseen(struct sim *sim)
{
    sim_drop_events(sim, EVENT_CANCEL);
    sim_drop_events(sim, EVENT_INTERRUPT);
    sim_drop_events(sim, EVENT_JUMP);
    sim_drop_events(sim, EVENT_CRASH);
}

static enum engine_end operate(struct life *life, bool disturbed)
{
    struct sim *sim = &life->sim;
    enum engine_end end = ENGINE_BROKEN;
    new_operation(life);
    for (int i = 0; i < RESUMES_MOST; i++) {
        /* What was foreseen for this host may still come, but rarely for ever. */
        sim->faults = disturbed ? life->faults : (struct faults){0};
        if (disturbed && i < 4)
            foresee(life);
        take_lease(life);
        struct plan *plan = life->scenario.count ? scenario_plan(&life->scenario) : NULL;
        end = run_host(life, plan);
        plan_free(plan);
        forget_foreseen(sim);
        flaky_reset(sim);
        scenario_check_journal(sim);
        sim_forget_host(sim);
        if (*sim->violation || (end != ENGINE_BROKEN && end != ENGINE_INTERRUPTED))
            break;
        sim->resumes++;
    }
    sim->store->ops->lease_release(sim->store, sim->subject, sim->operation, NULL);
    return end;
}

/* Again and again as an operator would, at last without disturbance: then it must come out well. */
static void reach(struct life *life)
{
    struct sim *sim = &life->sim;
    enum engine_end end = ENGINE_FAILED;
    int rounds = (int)(chance_next(&life->chance) % 4);
    for (int i = 0; i < rounds && end != ENGINE_SUCCEEDED && !*sim->violation; i++)
        end = operate(life, true);
    bool calm = end != ENGINE_SUCCEEDED;
    memset(sim->full, 0, calm ? sizeof sim->full : 0);
    /* What an earlier run left under way may still end badly: that is told, and mended by the next.
     */
    for (int i = 0; i < 3 && end != ENGINE_SUCCEEDED && !*sim->violation; i++)
        end = operate(life, false);
    if (end != ENGINE_SUCCEEDED && !*sim->violation)
        sim_violation(sim, "an operation that nothing disturbs ends %d", end);
}

static void set_secret(struct life *life)
{
    struct store *store = life->sim.store;
    struct error err = ERROR_INIT;
    char value[32];
    snprintf(value, sizeof value, "s3cret-%d", life->scenario.secret_rev);
    must(store->ops->begin(store, &err), &err);
    must(store->ops->secret_put(store, life->sim.subject, "psk", value, strlen(value), &err), &err);
    must(store->ops->commit(store, &err), &err);
}

static struct faults choose_faults(uint64_t *chance)
{
    struct faults faults = {0};
    int *const all[] = {
        &faults.lost_before, &faults.lost_after,    &faults.lost_late,    &faults.not_sent,
        &faults.throttled,   &faults.broken_before, &faults.broken_after, &faults.doubled,
        &faults.slow,        &faults.refused,       &faults.async_failed, &faults.invisible,
        &faults.forgotten,
    };
    /* Some lives are quiet, some have one trouble, some have all. */
    int mode = (int)(chance_next(chance) % 4);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (mode == 3 || (mode && chance_of(chance, 250)))
            *all[i] = (int)chance_between(chance, 5, mode == 3 ? 60 : 200);
    faults.late_success = (int)chance_between(chance, 0, 800);
    if (mode && chance_of(chance, 500))
        faults.write_failed = (int)chance_between(chance, 1, 20);
    if (mode && chance_of(chance, 500))
        faults.crash = (int)chance_between(chance, 1, 15);
    return faults;
}

static void live(struct life *life)
{
    struct sim *sim = &life->sim;
    azure_add_foreign(sim, SIM_GROUP "/providers/Sim.Foreign/things/hub");
    life->faults = choose_faults(&life->chance);
    for (int i = 0; i < ZONES; i++)
        sim->full[i] = chance_of(&life->chance, 250);
    scenario_make(&life->scenario, &life->chance);
    set_secret(life);
    int changes = (int)(chance_next(&life->chance) % 3);
    for (int i = 0; i <= changes && !*sim->violation; i++) {
        reach(life);
        if (*sim->violation)
            return;
        sim->faults = (struct faults){0};
        sim_settle(sim);
        scenario_check(&life->scenario, sim);
        if (i < changes) {
            int before = life->scenario.secret_rev;
            scenario_change(&life->scenario, &life->chance);
            if (before != life->scenario.secret_rev)
                set_secret(life);
        }
    }
    life->scenario.count = 0;
    if (!*sim->violation)
        reach(life);
    sim_settle(sim);
    if (!*sim->violation)
        scenario_check_gone(sim);
}

/* ---- many lives ---- */

struct totals {
    uint64_t requests, crashes, resumes, operations;
};

static uint64_t simulate(struct life *life, uint64_t seed, bool verbose, struct totals *totals,
                         char *violation, size_t size)
{
    struct store *store = life->sim.store;
    uint64_t number = life->number + 1;
    memset(life, 0, sizeof *life);
    life->number = number;
    life->sim.verbose = verbose;
    life->chance = seed * 7 + 3;
    sim_open(&life->sim, seed, number, store);
    live(life);
    uint64_t digest = life->sim.digest;
    totals->requests += life->sim.requests;
    totals->crashes += life->sim.crashes;
    totals->resumes += life->sim.resumes;
    totals->operations += life->operations;
    snprintf(violation, size, "%s", life->sim.violation);
    sim_close(&life->sim);
    return digest;
}

/* Opening a store takes longer than most lives: one serves many, each with a subject of its own. */
static void renew_store(struct life *life)
{
    struct error err = ERROR_INIT;
    if (life->sim.store)
        life->sim.store->ops->close(life->sim.store);
    sim_open(&life->sim, 0, 0, NULL);
    life->sim.store = store_open_memory(&life->sim.clock, &err);
    must(life->sim.store ? 0 : -1, &err);
    sim_close(&life->sim);
}

int main(int argc, char **argv)
{
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    argv += verbose;
    argc -= verbose;
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    uint64_t runs = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    struct totals totals = {0};
    char violation[1024], again[1024];
    struct timespec begin, end;
    struct life *life = calloc(1, sizeof *life);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (uint64_t seed = first; seed < first + runs; seed++) {
        if ((seed - first) % LIVES_A_STORE == 0)
            renew_store(life);
        uint64_t digest = simulate(life, seed, verbose, &totals, violation, sizeof violation);
        struct totals ignored = {0};
        bool replays = *violation || seed % 64 != 0 ||
                       simulate(life, seed, false, &ignored, again, sizeof again) == digest;
        if (*violation || !replays) {
            printf("not ok - seed %" PRIu64 ": %s\n# replay: make simulate SEED=%" PRIu64
                   " RUNS=1\n",
                   seed, *violation ? violation : "a second run went another way", seed);
            return 1;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    life->sim.store->ops->close(life->sim.store);
    free(life);
    double seconds =
        (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("ok - %" PRIu64 " seeds: %" PRIu64 " operations, %" PRIu64 " requests, %" PRIu64
           " crashes, %" PRIu64 " resumptions in %.1f s\n",
           runs, totals.operations, totals.requests, totals.crashes, totals.resumes, seconds);
    return 0;
}
