/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a run out of what is given, and takes it apart again. */
#include "base/text.h"
#include "plan/binding.h"
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>

static int add_item(struct run *run, const char *key, struct item **added, struct error *err)
{
    if (run->count == run->room) {
        size_t room = run->room ? 2 * run->room : 64;
        struct item *items = realloc(run->items, room * sizeof *items);
        if (!items)
            return error_no_memory(err);
        run->items = items;
        run->room = room;
    }
    struct item *item = &run->items[run->count];
    memset(item, 0, sizeof *item);
    item->run = run;
    item->key = key;
    item->place = run->count;
    item->fetch_fd = -1;
    if (json_object_set_new(run->index, key, json_integer((json_int_t)run->count)) != 0)
        return error_no_memory(err);
    run->count++;
    *added = item;
    return 0;
}

static int add_planned(struct run *run, struct error *err)
{
    struct secret_versions versions = {.store = run->given->store,
                                       .subject_id = run->given->subject_id};
    int result = 0;
    for (size_t i = 0; run->plan && i < run->plan->count && result == 0; i++) {
        const struct plan_step *step = &run->plan->steps[i];
        struct item *item;
        result = add_item(run, step->key, &item, err);
        if (result != 0)
            break;
        item->step = step;
        result = diff_digest(step, &versions, item->digest, err);
    }
    run->planned = run->count;
    secret_versions_clear(&versions);
    return result;
}

static int take_row(void *context, const char *key, struct row *row, struct error *err)
{
    struct run *run = context;
    struct item *item = run_find(run, key, strlen(key));
    if (!item) {
        char *own_key = strdup(key);
        int result = own_key ? add_item(run, own_key, &item, err) : error_no_memory(err);
        if (result != 0) {
            free(own_key);
            row_clear(row);
            return -1;
        }
        item->own_key = own_key;
    }
    item->row = *row;
    item->alternative = row->alternative;
    return 0;
}

/* Each step may leave one thing behind. From now on items do not move in memory. */
static int make_room_to_move(struct run *run, struct error *err)
{
    size_t room = run->count + run->planned + 1;
    struct item *items = realloc(run->items, room * sizeof *items);
    if (!items)
        return error_no_memory(err);
    run->items = items;
    run->room = room;
    return 0;
}

/* Keys of what is left behind are no plan's: '@' cannot stand in a step's key. */
int run_leave_behind(struct item *item, struct row *row)
{
    struct run *run = item->run;
    struct item *left = NULL;
    char *key = NULL;
    for (int n = 1; !left; n++) {
        free(key);
        key = text_format("%s@%d", item->key, n);
        if (!key ||
            (!run_find(run, key, strlen(key)) && add_item(run, key, &left, &item->error) != 0)) {
            free(key);
            return error_no_memory(&item->error);
        }
    }
    left->own_key = key;
    left->row = *row;
    memset(row, 0, sizeof *row);
    run->result->steps_total++;
    item_dirty(left);
    return 0;
}

static int choose_wanted(struct run *run, struct error *err)
{
    bool *holds = calloc(2 * run->planned + 2, sizeof *holds);
    if (!holds)
        return error_no_memory(err);
    bool *wants = holds + run->planned + 1;
    for (size_t i = 0; i < run->planned; i++)
        holds[i] = diff_holds(&run->items[i].row, run->items[i].digest, run->given->operation_id);
    if (run->plan)
        diff_wants(run->plan, holds, wants);
    for (size_t i = 0; i < run->planned; i++) {
        struct item *item = &run->items[i];
        bool needed = item->step->ownership != FH_TEMPORARY || wants[i];
        item->stage = needed ? STAGE_WAITING : STAGE_IDLE;
        run->result->steps_total += needed;
        if (wants[i] && holds[i] && item->step->ownership != FH_TEMPORARY)
            row_set(&item->row.digest, ""); /* a watch that looks again */
    }
    for (size_t i = run->planned; i < run->count; i++)
        run->result->steps_total += diff_needs_undo(&run->items[i].row);
    free(holds);
    return 0;
}

int run_set_up(struct run *run, struct error *err)
{
    run->index = json_object();
    run->exhausted = json_object();
    if (!run->index || !run->exhausted)
        return error_no_memory(err);
    if (add_planned(run, err) != 0 ||
        journal_load(run->given->store, run->given->subject_id, take_row, run, err) != 0 ||
        choose_wanted(run, err) != 0 || make_room_to_move(run, err) != 0)
        return -1;
    if (fifo_make(&run->ripe, run->room) || fifo_make(&run->sends, run->room) ||
        fifo_make(&run->outbox, run->room) || fifo_make(&run->dirty, run->room))
        return error_no_memory(err);
    return 0;
}

static void free_item(struct item *item)
{
    if (item->call)
        arm_cancel(item->run->given->arm, item->call);
    fetch_drop(item);
    copy_drop(item);
    row_clear(&item->row);
    error_clear(&item->error);
    binding_wipe(item->body);
    json_decref(item->body);
    json_decref(item->others);
    binding_wipe(item->secrets);
    json_decref(item->secrets);
    free(item->placement);
    free(item->tried_names);
    free(item->own_key);
}

void run_take_down(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        free_item(&run->items[i]);
    sweeps_free(run);
    free(run->items);
    json_decref(run->index);
    json_decref(run->exhausted);
    free(run->ripe.slots);
    free(run->sends.slots);
    free(run->outbox.slots);
    free(run->dirty.slots);
    free(run->rests);
}
