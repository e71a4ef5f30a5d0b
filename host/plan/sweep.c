/* SPDX-License-Identifier: Apache-2.0 */
/* Watches many resources by reading the list that they are in, instead of asking for each. */
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MISSED_MOST = 3, ABSENT_MOST = 6, FAILURES_MOST = 3 };

struct sweep {
    struct sweep *next;
    struct run *run;
    char *collection;
    char *credential;
    struct item **members; /* those that have left have another sweep, or none */
    size_t count, room;
    struct item **sorted; /* by path, as of the start of the round */
    size_t sorted_count;
    int64_t round;
    size_t pages, listed, listed_before; /* of this round and the one before */
    int64_t due_ms;
    int failures;
    uint64_t call;
};

static struct sweep *find_sweep(struct run *run, const char *collection, const char *credential)
{
    for (struct sweep *sweep = run->sweeps; sweep; sweep = sweep->next)
        if (strcasecmp(sweep->collection, collection) == 0 &&
            strcmp(sweep->credential, credential) == 0)
            return sweep;
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep)
        return NULL;
    sweep->run = run;
    sweep->collection = strdup(collection);
    sweep->credential = strdup(credential);
    sweep->next = run->sweeps;
    run->sweeps = sweep;
    return sweep->collection && sweep->credential ? sweep : NULL;
}

static int make_room(struct sweep *sweep)
{
    if (sweep->count < sweep->room)
        return 0;
    size_t room = sweep->room ? 2 * sweep->room : 64;
    struct item **members = realloc(sweep->members, room * sizeof *members);
    if (!members)
        return -1;
    sweep->members = members;
    sweep->room = room;
    return 0;
}

void item_sweep(struct item *item)
{
    const char *collection = json_string_value(json_object_get(item->row.undo, "collection"));
    struct sweep *sweep = find_sweep(item->run, collection ? collection : "", item->row.credential);
    if (!sweep || make_room(sweep) != 0) {
        run_without_memory(item->run);
        return;
    }
    if (!sweep->count && !sweep->call)
        sweep->due_ms = run_now(item->run) + item->run->sweep_ms;
    /* A list that was on its way already may show what was before. */
    item->sweep_round = sweep->round + 1;
    item->sweep_missed = 0;
    item->sweep = sweep;
    if (item->listed != sweep)
        sweep->members[sweep->count++] = item;
    item->listed = sweep;
}

void sweep_leave(struct item *item)
{
    item->sweep = NULL;
}

static int by_path(const void *a, const void *b)
{
    const struct item *const *one = a, *const *other = b;
    return strcasecmp((*one)->row.path, (*other)->row.path);
}

static int by_id(const void *id, const void *member)
{
    const struct item *const *item = member;
    return strcasecmp(id, (*item)->row.path);
}

static void drop_left(struct sweep *sweep)
{
    size_t kept = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        struct item *item = sweep->members[i];
        if (item->sweep == sweep)
            sweep->members[kept++] = item;
        else if (item->listed == sweep)
            item->listed = NULL;
    }
    sweep->count = kept;
}

static void leave_for(struct item *item, enum act act)
{
    sweep_leave(item);
    item_post(item, act);
}

static void seen(struct item *item, const json_t *value)
{
    const json_t *state =
        json_object_get(json_object_get(value, "properties"), "provisioningState");
    bool undoing = item->row.state == ROW_UNDO_ACCEPTED;
    item->sweep_missed = 0;
    if (!json_is_string(state) || !state_is_final(json_string_value(state)))
        return;
    if (undoing) {
        leave_for(item, ACT_UNDO_POLL);
    } else if (strcasecmp(json_string_value(state), "Succeeded") != 0) {
        leave_for(item, ACT_POLL); /* its own operation knows why */
    } else if (item_is_recent(item, value)) {
        sweep_leave(item);
        item_arrived(item, value);
    }
}

static bool on_page(void *context, const json_t *values)
{
    struct sweep *sweep = context;
    size_t i;
    json_t *value;
    sweep->pages++;
    sweep->listed += json_array_size(values);
    json_array_foreach(values, i, value)
    {
        const char *id = json_string_value(json_object_get(value, "id"));
        struct item **found =
            id ? bsearch(id, sweep->sorted, sweep->sorted_count, sizeof *sweep->sorted, by_id)
               : NULL;
        if (!found || (*found)->sweep != sweep || (*found)->sweep_round > sweep->round)
            continue;
        (*found)->seen_round = sweep->round;
        seen(*found, value);
    }
    return true;
}

/* While things vanish, what stands behind them moves up a page and can be missed: absence counts
 * only when nothing has moved. */
static bool absence_is_sure(const struct sweep *sweep, const struct item *item)
{
    return sweep->pages <= 1 || (sweep->listed == sweep->listed_before && item->sweep_missed > 1);
}

static void missed(const struct sweep *sweep, struct item *item)
{
    item->sweep_missed++;
    if (item->row.state == ROW_UNDO_ACCEPTED) {
        if (absence_is_sure(sweep, item)) {
            sweep_leave(item);
            item_absent(item);
        } else if (item->sweep_missed >= ABSENT_MOST) {
            leave_for(item, ACT_UNDO_ASK);
        }
    } else if (item->sweep_missed >= MISSED_MOST) {
        item->doubtful = true;
        item->window_ms = 0;
        leave_for(item, ACT_ASK);
    }
}

static void give_up(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++)
        if (sweep->members[i]->sweep == sweep)
            leave_for(sweep->members[i],
                      sweep->members[i]->row.state == ROW_UNDO_ACCEPTED ? ACT_UNDO_POLL : ACT_POLL);
}

static void on_swept(void *context, const struct arm_answer *answer)
{
    struct sweep *sweep = context;
    sweep->call = 0;
    sweep->due_ms = run_now(sweep->run) + sweep->run->sweep_ms;
    if (answer->outcome == ARM_DONE) {
        sweep->failures = 0;
        for (size_t i = 0; i < sweep->sorted_count; i++) {
            struct item *item = sweep->sorted[i];
            if (item->sweep == sweep && item->sweep_round <= sweep->round &&
                item->seen_round != sweep->round)
                missed(sweep, item);
        }
    } else if (++sweep->failures >= FAILURES_MOST) {
        sweep->failures = 0;
        give_up(sweep);
    }
    drop_left(sweep);
}

static int sort_members(struct sweep *sweep)
{
    free(sweep->sorted);
    sweep->sorted = malloc((sweep->count + 1) * sizeof *sweep->sorted);
    if (!sweep->sorted)
        return -1;
    memcpy(sweep->sorted, sweep->members, sweep->count * sizeof *sweep->members);
    sweep->sorted_count = sweep->count;
    qsort(sweep->sorted, sweep->count, sizeof *sweep->sorted, by_path);
    return 0;
}

static void start(struct sweep *sweep)
{
    drop_left(sweep);
    if (!sweep->count)
        return;
    struct request request;
    if (sort_members(sweep) != 0) {
        run_without_memory(sweep->run);
        return;
    }
    sweep->round++;
    sweep->listed_before = sweep->listed;
    sweep->listed = sweep->pages = 0;
    if (request_make(&request, sweep->members[0], "GET", sweep->collection, NULL) != 0)
        return;
    sweep->call = arm_list(sweep->run->given->arm, &request.call, on_page, on_swept, sweep);
    request_clear(&request);
    if (!sweep->call)
        run_without_memory(sweep->run);
}

void run_sweep(struct run *run)
{
    int64_t now = run_now(run);
    for (struct sweep *sweep = run->sweeps; sweep; sweep = sweep->next)
        if (sweep->count && !sweep->call && now >= sweep->due_ms)
            start(sweep);
}

int64_t sweeps_due(const struct run *run)
{
    int64_t due = INT64_MAX;
    for (const struct sweep *sweep = run->sweeps; sweep; sweep = sweep->next)
        if (sweep->count && !sweep->call && sweep->due_ms < due)
            due = sweep->due_ms;
    return due;
}

void sweeps_free(struct run *run)
{
    while (run->sweeps) {
        struct sweep *next = run->sweeps->next;
        if (run->sweeps->call)
            arm_cancel(run->given->arm, run->sweeps->call);
        free(run->sweeps->collection);
        free(run->sweeps->credential);
        free(run->sweeps->members);
        free(run->sweeps->sorted);
        free(run->sweeps);
        run->sweeps = next;
    }
}
