/* SPDX-License-Identifier: Apache-2.0 */
/* Runs an operation: turn after turn, phase after phase. */
#include "plan/engine.h"

#include "plan/binding.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    IN_FLIGHT_DEFAULT = 128,
    LEASE_DEFAULT_MS = 30 * 1000,
    SWEEP_DEFAULT_MS = 10 * 1000,
    VERIFY_DEFAULT_MS = 60 * 1000,
    LOOK_MS = 1000,
    SLOW_LOOK_MS = 5000,
};

/* ---- what happens around the requests ---- */

static void stop(struct run *run, enum engine_end end)
{
    if (run->stopping)
        return;
    run->stopping = true;
    run->ended_early = true;
    run->end = end;
    run_stop_copies(run);
}

static void halt(struct run *run, enum engine_end end)
{
    stop(run, end);
    run->halted = true;
    run->end = end;
}

static void look_for_cancel(struct run *run)
{
    struct store *store = run->given->store;
    bool requested = false;
    struct error err = ERROR_INIT;
    if (store->ops->operation_cancel_requested(store, run->given->operation_id, &requested, &err) !=
        0)
        run_break(run, &err);
    else if (requested)
        stop(run, ENGINE_CANCELLED);
    error_clear(&err);
}

static void keep_lease(struct run *run, int64_t now)
{
    struct store *store = run->given->store;
    struct error err = ERROR_INIT;
    run->lease_due_ms = now + run->given->lease_ttl_ms / 3;
    if (store->ops->lease_renew(store, run->given->subject_id, run->given->operation_id,
                                run->given->lease_ttl_ms, &err) == 0)
        return;
    if (err.code == ERROR_RETRY) {
        /* Somebody else has taken over: nothing more is sent, and nothing written. */
        error_copy(&run->result->error, &err);
        halt(run, ENGINE_INTERRUPTED);
    } else {
        run_break(run, &err);
    }
    error_clear(&err);
}

static void tell_slow(struct run *run, int64_t now)
{
    run->slow_due_ms = now + SLOW_LOOK_MS;
    for (size_t i = 0; i < run->planned; i++) {
        struct item *item = &run->items[i];
        int64_t usual = (int64_t)item->step->expected_seconds * 1500;
        if (item->stage != STAGE_ACTIVE || item->slow_told || !usual ||
            now < item->begun_ms + usual)
            continue;
        item->slow_told = true;
        item_waits(item, "takes longer than expected");
    }
}

static void look_around(struct run *run)
{
    int64_t now = run_now(run);
    if (run->given->interrupted && *run->given->interrupted)
        stop(run, ENGINE_INTERRUPTED);
    if (now >= run->lease_due_ms)
        keep_lease(run, now);
    if (run->halted || now < run->look_due_ms)
        return;
    run->look_due_ms = now + LOOK_MS;
    if (!run->stopping)
        look_for_cancel(run);
    if (now >= run->slow_due_ms)
        tell_slow(run, now);
}

/* ---- the commit ---- */

struct operation_copy {
    struct operation operation;
    char *texts[10];
    bool found;
};

static const char *copy_text(struct operation_copy *copy, int i, const char *text)
{
    copy->texts[i] = text ? strdup(text) : NULL;
    return copy->texts[i];
}

static bool copy_operation(void *context, const struct operation *from)
{
    struct operation_copy *copy = context;
    copy->operation = *from;
    copy->operation.id = copy_text(copy, 0, from->id);
    copy->operation.subject_kind = copy_text(copy, 1, from->subject_kind);
    copy->operation.subject_id = copy_text(copy, 2, from->subject_id);
    copy->operation.subject_name = copy_text(copy, 3, from->subject_name);
    copy->operation.action = copy_text(copy, 4, from->action);
    copy->operation.request = copy_text(copy, 5, from->request);
    copy->operation.status = copy_text(copy, 6, from->status);
    copy->operation.error = copy_text(copy, 7, from->error);
    copy->operation.principal = copy_text(copy, 8, from->principal);
    copy->operation.counts = copy_text(copy, 9, from->counts);
    copy->found = true;
    return false;
}

/* How far it is, for those who look from outside. */
static int save_progress(struct run *run, struct error *err)
{
    struct store *store = run->given->store;
    struct operation_copy copy = {0};
    const struct operation_filter filter = {.id = run->given->operation_id};
    int result = store->ops->operation_each(store, &filter, copy_operation, &copy, err);
    if (result == 0 && copy.found) {
        copy.operation.steps_total = run->result->steps_total;
        copy.operation.steps_done = run->result->steps_done;
        result = store->ops->operation_put(store, &copy.operation, err);
    }
    for (int i = 0; i < 10; i++)
        free(copy.texts[i]);
    return result;
}

static int save_rows(struct run *run, struct error *err)
{
    const struct engine_run *given = run->given;
    struct item *item;
    while ((item = fifo_pop(&run->dirty))) {
        item->dirty = false;
        if (journal_save(given->store, given->subject_id, given->operation_id, item->key,
                         &item->row, err) != 0)
            return -1;
    }
    int64_t now = run_now(run);
    if (now < run->record_due_ms)
        return 0;
    run->record_due_ms = now + LOOK_MS;
    return save_progress(run, err);
}

/* One commit for all that this turn has changed. What is not in it does not leave. */
static void commit(struct run *run)
{
    struct store *store = run->given->store;
    if (run->halted)
        return;
    if (!run->dirty.count) {
        if (store->ops->tidy)
            store->ops->tidy(store);
        return;
    }
    struct error err = ERROR_INIT;
    if (store->ops->begin(store, &err) != 0) {
        run_break(run, &err);
    } else if (save_rows(run, &err) != 0) {
        store->ops->rollback(store);
        run_break(run, &err);
    } else if (store->ops->commit(store, &err) != 0) {
        run_break(run, &err);
    }
    error_clear(&err);
}

/* ---- the turn ---- */

static bool prepare(struct item *item)
{
    bool ready = item_prepare(item);
    if (!ready)
        shared_forget(item);
    return ready;
}

static void admit_each(struct run *run)
{
    while (!run->stopping && !run->halted && run->in_flight < run->given->in_flight_limit &&
           run->sends.count) {
        struct item *item = fifo_pop(&run->sends);
        if (item->act == ACT_SEND && shared_is_unread(item)) {
            item_post(item, ACT_READ);
            continue;
        }
        if (item->act == ACT_SEND && !prepare(item))
            continue;
        if (item->act == ACT_UNDO) {
            item->row.state = ROW_UNDO_INTENT;
            item->row.flags &= ~ROW_UNSENT;
            row_give(&item->row.poll, NULL);
            item_dirty(item);
        }
        item->mutating = true;
        run->in_flight++;
        fifo_push(&run->outbox, item);
    }
}

/* Mutating requests get their intent here; in the order they asked, as far as the limit allows.
 * Their secrets are unsealed once for all of a turn, and forgotten with it. */
static void admit(struct run *run)
{
    if (!run->sends.count)
        return;
    run->secrets = json_object();
    admit_each(run);
    binding_wipe(run->secrets);
    json_decref(run->secrets);
    run->secrets = NULL;
}

static void act(struct item *item)
{
    static void (*const acts[])(struct item *) = {
        [ACT_SEND] = item_send,           [ACT_READ] = item_read_shared,  [ACT_ASK] = item_ask,
        [ACT_POLL] = item_poll,           [ACT_SWEEP] = item_sweep,       [ACT_WATCH] = item_watch,
        [ACT_FETCH] = item_fetch,         [ACT_COPY] = item_copy_go,      [ACT_UNDO] = item_undo,
        [ACT_UNDO_POLL] = item_undo_poll, [ACT_UNDO_ASK] = item_undo_ask,
    };
    if (item->stage == STAGE_ACTIVE && acts[item->act])
        acts[item->act](item);
}

/* While it stops, only those leave whose intent is journaled. */
static void deliver(struct run *run)
{
    struct item *item;
    while (!run->halted && (item = fifo_pop(&run->outbox)))
        if (!run->stopping || item->mutating)
            act(item);
}

static bool is_over(const struct run *run)
{
    if (run->halted)
        return true;
    if (run->stopping)
        return run->in_flight == 0 && !run->dirty.count;
    return run->open == 0 && !run->dirty.count;
}

static void wait(struct run *run)
{
    int64_t now = run_now(run);
    int64_t until = run->look_due_ms;
    int64_t others[] = {run->lease_due_ms, run_next_rest(run), sweeps_due(run)};
    size_t count = run->stopping ? 1 : sizeof others / sizeof *others;
    for (size_t i = 0; i < count; i++)
        if (others[i] < until)
            until = others[i];
    bool can_go_on =
        !run->stopping && (run->ripe.count || run->outbox.count ||
                           (run->sends.count && run->in_flight < run->given->in_flight_limit));
    if (run->dirty.count || can_go_on)
        until = now;
    loop_turn(run->given->loop, until > now ? until - now : 0);
}

static void run_phase(struct run *run)
{
    loop_turn(run->given->loop, 0); /* the last phase has had its commit of this turn */
    for (;;) {
        look_around(run);
        if (!run->stopping) {
            run_wake(run);
            run_ripen(run);
            admit(run);
        }
        commit(run);
        if (is_over(run))
            return;
        deliver(run);
        if (!run->stopping)
            run_sweep(run);
        wait(run);
    }
}

/* ---- the phases ---- */

/* A removal that an earlier run has begun is ended first. */
static bool is_half_removed(const struct item *item)
{
    bool undoing = item->row.state == ROW_UNDO_INTENT || item->row.state == ROW_UNDO_ACCEPTED;
    return item->step && item->stage != STAGE_IDLE && undoing && item->row.alternative == 0;
}

static bool part_failed(const struct item *item)
{
    const struct run *run = item->run;
    for (size_t i = 0; i < run->planned; i++) {
        const struct item *other = &run->items[i];
        if (other->stage != STAGE_FAILED && other->stage != STAGE_SKIPPED)
            continue;
        const char *part = other->step->part;
        if (!part || (item->row.part && strcmp(part, item->row.part) == 0))
            return true;
    }
    return false;
}

/* What failed may still use it: then it stays until that has come right. */
static bool is_vanished(const struct item *item)
{
    return !item->step && (!item->run->plan || !part_failed(item));
}

static bool is_temporary(const struct item *item)
{
    return item->row.ownership == FH_TEMPORARY && item->stage != STAGE_GONE;
}

static void forget_calls(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        if (run->items[i].call)
            arm_cancel(run->given->arm, run->items[i].call);
        run->items[i].call = 0;
        copy_drop(&run->items[i]);
        run->items[i].sweep = NULL;
        run->items[i].ripe = false;
    }
    run->rest_count = 0;
    run->ripe.count = run->sends.count = run->outbox.count = 0;
    run->open = 0;
}

static void undo(struct run *run, bool (*chosen)(const struct item *))
{
    undo_phase(run, chosen);
    run_phase(run);
}

static void apply(struct run *run)
{
    struct run *const r = run;
    undo_phase(r, is_half_removed);
    if (r->open)
        run_phase(r);
    if (r->stopping)
        return;
    for (size_t i = 0; i < r->planned; i++) {
        struct item *item = &r->items[i];
        if (item->stage == STAGE_IDLE)
            continue;
        item->stage = STAGE_WAITING;
        item->retry_ms = item->window_ms = 0;
        item->attempts = 0;
        r->open++;
        item_ripen(item);
    }
    run_phase(r);
}

static void undo_some(struct run *run, bool (*chosen)(const struct item *))
{
    forget_calls(run);
    undo_phase(run, chosen);
    if (run->open)
        run_phase(run);
}

/* What failed in them first; one that does not let go of that stays. */
static void remove_containers(struct run *run)
{
    bool (*const chosen[])(const struct item *) = {container_has_remnant, container_is_empty};
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
        if (!run->stopping && !run->halted) {
            run_look_at_containers(run);
            undo_some(run, chosen[i]);
        }
}

/* Temporary ones go whatever the result, and then containers in which nothing is left; only an
 * interruption leaves them to the next run. */
static void remove_temporary(struct run *run)
{
    bool cancelled = run->stopping && !run->halted && run->end == ENGINE_CANCELLED;
    if (run->halted || (run->stopping && !cancelled))
        return;
    run->stopping = false;
    bool early = run->ended_early;
    run->ended_early = false;
    undo_some(run, is_temporary);
    remove_containers(run);
    if (!run->ended_early)
        run->ended_early = early;
}

static void judge(struct run *run)
{
    struct engine_result *result = run->result;
    if (run->ended_early) {
        result->end = run->end;
        return;
    }
    if (!result->steps_failed) {
        result->end = ENGINE_SUCCEEDED;
    } else {
        bool main_failed = !run->plan;
        for (size_t i = 0; i < run->planned; i++) {
            const struct item *item = &run->items[i];
            bool lost = item->stage == STAGE_FAILED || item->stage == STAGE_SKIPPED;
            if (lost && !item->step->part && !(item->step->flags & FH_STEP_OPTIONAL))
                main_failed = true;
        }
        result->end = main_failed ? ENGINE_FAILED : ENGINE_PARTLY;
    }
    if (run->plan && result->end != ENGINE_FAILED)
        result->exports = run_bind_exports(run);
}

static void run_all(struct run *run)
{
    int64_t now = run_now(run);
    run->lease_due_ms = now + run->given->lease_ttl_ms / 3;
    run->look_due_ms = run->record_due_ms = now;
    run->slow_due_ms = now + SLOW_LOOK_MS;
    run->sweep_ms = run->given->sweep_interval_ms;
    if (run->plan)
        apply(run);
    if (!run->stopping && !run->halted) {
        forget_calls(run);
        undo(run, is_vanished);
    }
    remove_temporary(run);
    judge(run);
}

static void say_why(struct run *run)
{
    struct error *err = &run->result->error;
    if (err->code != ERROR_NONE)
        return;
    if (run->result->end == ENGINE_CANCELLED)
        error_set(err, ERROR_INTERRUPTED, NULL,
                  "cancelled: what is done stays until it is deleted");
    else if (run->result->end == ENGINE_INTERRUPTED)
        error_set(err, ERROR_INTERRUPTED, NULL, "interrupted: resume the operation to go on");
    else if (run->result->end != ENGINE_SUCCEEDED)
        error_set(err, ERROR_FAILED, NULL, "some steps were not carried out");
}

int engine_apply(const struct engine_run *given, struct engine_result *result)
{
    struct engine_run settings = *given;
    if (!settings.in_flight_limit)
        settings.in_flight_limit = IN_FLIGHT_DEFAULT;
    if (!settings.lease_ttl_ms)
        settings.lease_ttl_ms = LEASE_DEFAULT_MS;
    if (!settings.sweep_interval_ms)
        settings.sweep_interval_ms = SWEEP_DEFAULT_MS;
    if (!settings.verify_window_ms)
        settings.verify_window_ms = VERIFY_DEFAULT_MS;
    struct run run = {.given = &settings, .result = result, .plan = settings.plan};
    memset(result, 0, sizeof *result);
    if (run_set_up(&run, &result->error) == 0)
        run_all(&run);
    else
        result->end = ENGINE_BROKEN;
    say_why(&run);
    run_take_down(&run);
    return result->end == ENGINE_SUCCEEDED ? 0 : -1;
}

void engine_result_clear(struct engine_result *result)
{
    json_decref(result->exports);
    free(result->failed_status);
    error_clear(&result->error);
    memset(result, 0, sizeof *result);
}
