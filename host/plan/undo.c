/* SPDX-License-Identifier: Apache-2.0 */
/* Removes what rows say is there, in the reverse of the order in which it came to be. */
#include "base/text.h"
#include "plan/binding.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { UNDO_LIMIT_MS = 60 * 60 * 1000, ABSENT_AGAIN_MS = 5000 };

/* ---- the order ---- */

static void count_dependents(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        run->items[i].undo_wait = 0;
    for (size_t i = 0; i < run->count; i++) {
        if (!run->items[i].undo_set)
            continue;
        size_t a;
        json_t *key;
        json_array_foreach(run->items[i].row.after, a, key)
        {
            struct item *before = run_find(run, json_string_value(key), json_string_length(key));
            if (before && before->undo_set)
                before->undo_wait++;
        }
    }
}

/* How many each item still waits for, while the order is rehearsed; -1: it has had its turn. */
struct order {
    struct run *run;
    int64_t *left;
    size_t *turn; /* places of items whose turn has come */
    size_t turns;
    size_t waiting;
};

static void give_turn(struct order *order, size_t place)
{
    order->left[place] = -1;
    order->turn[order->turns++] = place;
    order->waiting--;
}

/* Until nobody is left whose turn it is. */
static void take_turns(struct order *order)
{
    while (order->turns) {
        struct item *item = &order->run->items[order->turn[--order->turns]];
        size_t a;
        json_t *key;
        json_array_foreach(item->row.after, a, key)
        {
            struct item *before =
                run_find(order->run, json_string_value(key), json_string_length(key));
            size_t place = before ? (size_t)(before - order->run->items) : 0;
            if (before && before->undo_set && order->left[place] > 0 && --order->left[place] == 0)
                give_turn(order, place);
        }
    }
}

static bool comes_after(const struct item *item, const char *key)
{
    size_t a;
    json_t *name;
    json_array_foreach(item->row.after, a,
                       name) if (strcmp(json_string_value(name), key) == 0) return true;
    return false;
}

/* Whoever waits does so for one that waits too: going from one to the next ends in the circle. */
static size_t find_in_circle(const struct order *order, size_t place)
{
    const struct item *items = order->run->items;
    for (size_t steps = 0; steps < order->waiting; steps++) {
        size_t next = order->run->count;
        while (next-- > 0 &&
               (order->left[next] <= 0 || !comes_after(&items[next], items[place].key)))
            ;
        place = next;
    }
    return place;
}

/* Rows of several plans may wait for one another in a circle. One of it goes first then; where
 * Azure still needs it, it says so and is asked again. */
static void break_circles(struct run *run)
{
    struct order order = {.run = run,
                          .left = calloc(run->count + 1, sizeof *order.left),
                          .turn = calloc(run->count + 1, sizeof *order.turn)};
    bool fit = order.left && order.turn;
    for (size_t i = 0; fit && i < run->count; i++) {
        order.left[i] = run->items[i].undo_set ? run->items[i].undo_wait : -1;
        order.waiting += run->items[i].undo_set;
    }
    for (size_t i = 0; fit && i < run->count; i++)
        if (order.left[i] == 0)
            give_turn(&order, i);
    for (size_t i = run->count; fit && i-- > 0;) {
        take_turns(&order);
        while (order.left[i] > 0) {
            size_t place = find_in_circle(&order, i);
            run->items[place].undo_wait -= order.left[place]; /* those outside still come first */
            give_turn(&order, place);
            take_turns(&order);
        }
    }
    free(order.left);
    free(order.turn);
}

void undo_phase(struct run *run, bool (*chosen)(const struct item *item))
{
    run->undoing = true;
    for (size_t i = 0; i < run->count; i++) {
        struct item *item = &run->items[i];
        item->undo_set = item->row.state != ROW_NONE && chosen(item);
        if (!item->undo_set)
            continue;
        item->stage = STAGE_WAITING;
        item->retry_ms = 0;
        item->attempts = 0;
        item->then_send = false;
        run->open++;
    }
    count_dependents(run);
    break_circles(run);
    for (size_t i = run->count; i-- > 0;)
        if (run->items[i].undo_set && run->items[i].undo_wait == 0 &&
            run->items[i].stage == STAGE_WAITING)
            item_undo_begin(&run->items[i]);
}

/* Those that it came after may go now; or, when it stays, they stay too. */
static void release(struct item *item, json_t *after, bool gone)
{
    size_t a;
    json_t *key;
    json_array_foreach(after, a, key)
    {
        struct item *before = run_find(item->run, json_string_value(key), json_string_length(key));
        if (!before || !before->undo_set || before->stage != STAGE_WAITING)
            continue;
        if (gone && --before->undo_wait == 0) {
            item_undo_begin(before);
        } else if (!gone) {
            char *why = text_format("not removed because %s is still there",
                                    item->row.title ? item->row.title : item->key);
            error_set(&before->error, ERROR_FAILED, NULL, "%s", why ? why : "in use");
            free(why);
            before->stage = STAGE_SKIPPED;
            item->run->open--;
            item->run->result->steps_failed++;
            run_tell(item->run, PROGRESS_FAILED, before, error_text(&before->error));
            release(before, before->row.after, false);
        }
    }
}

/* ---- ends ---- */

/* What is known of a failure outlives what the failure has left. */
static void forget(struct item *item)
{
    struct row *row = &item->row;
    row->state = item->remnant ? ROW_FAILED : ROW_NONE;
    row->flags = item->remnant ? row->flags & ~ROW_DOUBT : 0;
    row_give(&row->poll, NULL);
    item->stage = item->remnant ? STAGE_FAILED : STAGE_GONE;
    item->remnant = false;
    item_dirty(item);
}

void item_gone(struct item *item)
{
    struct row *row = &item->row;
    error_clear(&item->error);
    if (item->then_send) {
        /* The row keeps which alternative comes next, and what others were bound with. */
        item->then_send = false;
        row->state = ROW_INTENT;
        row_give(&row->poll, NULL);
        item->retry_ms = 0;
        item_dirty(item);
        item_post(item, ACT_SEND);
        return;
    }
    bool asked = diff_needs_undo(row);
    item->act = ACT_NONE;
    item->run->open--;
    if (asked) {
        item->run->result->steps_done += !item->step;
        run_tell(item->run, PROGRESS_UNDONE, item, NULL);
    }
    forget(item);
    json_t *after = json_incref(row->after);
    if (row->state == ROW_NONE)
        row_give(&row->after, NULL);
    release(item, after, true);
    json_decref(after);
}

static void stays(struct item *item)
{
    if (item->then_send) {
        item->then_send = false;
        item_fail(item);
        return;
    }
    struct engine_result *result = item->run->result;
    result->steps_failed++;
    if (result->error.code == ERROR_NONE) {
        error_copy(&result->error, &item->error);
        error_prefix(&result->error, "removing %s", item->row.title ? item->row.title : item->key);
    }
    item->row.state = ROW_FAILED;
    row_give(&item->row.poll, NULL);
    row_give(&item->row.error,
             json_pack("{s:i, s:s, s:s*}", "code", item->error.code, "message",
                       error_text(&item->error), "azureCode", item->error.azure_code));
    item_dirty(item);
    run_tell(item->run, PROGRESS_FAILED, item, error_text(&item->error));
    item->stage = STAGE_FAILED;
    item->act = ACT_NONE;
    item->run->open--;
    release(item, item->row.after, false);
}

/* ---- requests ---- */

static const char *undo_method(const struct item *item)
{
    const char *method = json_string_value(json_object_get(item->row.undo, "method"));
    return method ? method : "DELETE";
}

/* A list may not show yet what was made just now: its absence says nothing then. */
static bool undo_is_swept(const struct item *item)
{
    return !item->fresh && json_object_get(item->row.undo, "collection") &&
           strcmp(undo_method(item), "DELETE") == 0;
}

void item_undo_begin(struct item *item)
{
    struct row *row = &item->row;
    item->stage = STAGE_ACTIVE;
    item->begun_ms = run_now(item->run);
    error_clear(&item->error);
    if (!diff_needs_undo(row)) {
        item_gone(item);
        return;
    }
    /* A request that may still be on its way would create after the DELETE has found nothing. */
    if (row->state == ROW_INTENT && !item->then_send)
        row->flags |= ROW_DOUBT;
    bool late_delete =
        row->state == ROW_UNDO_INTENT && item->run->plan && !(row->flags & ROW_UNSENT);
    item->window_ms = (row->flags & ROW_DOUBT) || late_delete
                          ? item->begun_ms + item->run->given->verify_window_ms
                          : 0;
    int64_t age = clock_wall(loop_clock(item->run->given->loop)) - row->updated_ms;
    item->fresh = item->acted || age < item->run->given->verify_window_ms;
    if (row->state == ROW_UNDO_ACCEPTED && row->poll)
        item_post(item, undo_is_swept(item) ? ACT_SWEEP : ACT_UNDO_POLL);
    else
        item_post(item, ACT_UNDO);
}

static char *undo_path(const struct item *item)
{
    const char *path = json_string_value(json_object_get(item->row.undo, "path"));
    return path ? strdup(path) : strndup(item->row.path, strcspn(item->row.path, "?"));
}

/* Something that it serves is still vanishing, or Azure is busy with it. */
static bool may_come_free(const struct arm_answer *answer)
{
    static const char *const parts[] = {
        "InUse",        "CannotBeDeleted", "CannotDelete",  "InProgress", "Retryable", "Conflict",
        "BeingDeleted", "NotProvisioned",  "StillAttached", "Timeout",    "Preempted"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcasestr(answer->code, parts[i]))
            return true;
    return answer->status == 409 || answer->status == 429 || answer->status >= 500;
}

static void try_again(struct item *item, const struct arm_answer *answer)
{
    int64_t now = run_now(item->run);
    if (!item->retry_ms)
        item->retry_ms = now + UNDO_LIMIT_MS;
    item_keep_error(item, answer);
    bool hopeful =
        answer->outcome == ARM_LOST || (answer->outcome == ARM_REFUSED && may_come_free(answer));
    if (!hopeful || now >= item->retry_ms) {
        stays(item);
        return;
    }
    /* A removal that comes in late must not meet what a plan makes anew under the same name. */
    if (answer->outcome == ARM_LOST && item->run->plan)
        item->window_ms = now + item->run->given->verify_window_ms;
    int64_t delay = item_backoff(item);
    item_waits(item, error_text(&item->error));
    error_clear(&item->error);
    item_rest(item, ACT_UNDO, delay);
}

/* Nothing is there, as far as Azure knows. */
void item_absent(struct item *item)
{
    if (run_now(item->run) < item->window_ms)
        item_rest(item, ACT_UNDO, ABSENT_AGAIN_MS);
    else
        item_gone(item);
}

static void on_undone(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    item->mutating = false;
    item->run->in_flight--;
    if (answer->outcome == ARM_ACCEPTED) {
        item->row.state = ROW_UNDO_ACCEPTED;
        row_give(&item->row.poll, poll_to_json(&answer->poll));
        item_dirty(item);
        item_post(item, undo_is_swept(item) ? ACT_SWEEP : ACT_UNDO_POLL);
    } else if (answer->status == 404 || answer->outcome == ARM_DONE) {
        item_absent(item);
    } else {
        try_again(item, answer);
    }
}

void item_undo(struct item *item)
{
    struct request request;
    json_t *body = NULL;
    if (json_object_get(item->row.undo, "body") && !(body = item_undo_body(item, &item->error))) {
        item->mutating = false;
        item->run->in_flight--;
        stays(item);
        return;
    }
    char *path = undo_path(item);
    if (request_make(&request, item, undo_method(item), path, NULL) == 0) {
        request.call.body = body;
        request_send(&request, item, on_undone);
    }
    free(path);
    binding_wipe(body);
    json_decref(body);
}

static void on_undo_polled(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    if (answer->outcome == ARM_DONE)
        item_absent(item);
    else if (answer->outcome == ARM_UNAVAILABLE)
        try_again(item, answer);
    else
        item_post(item, ACT_UNDO_ASK);
}

void item_undo_poll(struct item *item)
{
    struct request request;
    char *path = undo_path(item);
    if (request_make(&request, item, undo_method(item), path, NULL) == 0) {
        struct arm_poll poll = poll_from_json(item->row.poll);
        item->call = arm_await(item->run->given->arm, &request.call, &poll, on_undo_polled, item);
        request_clear(&request);
        if (!item->call)
            run_without_memory(item->run);
    }
    free(path);
}

static void on_undo_asked(void *context, const struct arm_answer *answer)
{
    struct item *item = context;
    item->call = 0;
    if (answer->status == 404) {
        item_absent(item);
        return;
    }
    if (!item->retry_ms)
        item->retry_ms = run_now(item->run) + UNDO_LIMIT_MS;
    if (run_now(item->run) >= item->retry_ms ||
        (answer->outcome != ARM_DONE && answer->outcome != ARM_ACCEPTED)) {
        item_keep_error(item, answer);
        stays(item);
        return;
    }
    item_rest(item, ACT_UNDO, item_backoff(item));
}

void item_undo_ask(struct item *item)
{
    struct request request;
    char *path = undo_path(item);
    if (request_make(&request, item, "GET", path, NULL) == 0)
        request_send(&request, item, on_undo_asked);
    free(path);
}
