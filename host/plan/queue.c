/* SPDX-License-Identifier: Apache-2.0 */
/* What the items of a run wait for: the limit, the commit, the clock. */
#include "plan/run.h"

#include <stdlib.h>
#include <string.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MOST_MS = 30000 };

int fifo_make(struct fifo *fifo, size_t room)
{
    fifo->room = room + 1;
    fifo->slots = calloc(fifo->room, sizeof(struct item *));
    return fifo->slots ? 0 : -1;
}

void fifo_push(struct fifo *fifo, struct item *item)
{
    fifo->slots[(fifo->head + fifo->count++) % fifo->room] = item;
}

struct item *fifo_pop(struct fifo *fifo)
{
    if (!fifo->count)
        return NULL;
    struct item *item = fifo->slots[fifo->head];
    fifo->head = (fifo->head + 1) % fifo->room;
    fifo->count--;
    return item;
}

int64_t run_now(const struct run *run)
{
    return clock_now(loop_clock(run->given->loop));
}

void item_post(struct item *item, enum act act)
{
    struct run *run = item->run;
    item->act = act;
    if (act == ACT_SEND || act == ACT_UNDO)
        fifo_push(&run->sends, item);
    else
        fifo_push(&run->outbox, item);
}

static bool sooner(const struct rest *a, const struct rest *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void sift_up(struct rest *heap, size_t i)
{
    for (; i > 0 && sooner(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2) {
        struct rest kept = heap[i];
        heap[i] = heap[(i - 1) / 2];
        heap[(i - 1) / 2] = kept;
    }
}

static void sift_down(struct rest *heap, size_t count, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++)
            if (sooner(&heap[child], &heap[least]))
                least = child;
        if (least == i)
            return;
        struct rest kept = heap[i];
        heap[i] = heap[least];
        heap[least] = kept;
        i = least;
    }
}

void item_rest(struct item *item, enum act act, int64_t delay_ms)
{
    struct run *run = item->run;
    if (run->rest_count == run->rest_room) {
        size_t room = run->rest_room ? 2 * run->rest_room : 64;
        struct rest *rests = realloc(run->rests, room * sizeof *rests);
        if (!rests) {
            run_without_memory(run);
            return;
        }
        run->rests = rests;
        run->rest_room = room;
    }
    item->act = act;
    run->rests[run->rest_count] =
        (struct rest){run_now(run) + (delay_ms > 0 ? delay_ms : 0), run->rest_order++, item};
    sift_up(run->rests, run->rest_count++);
}

int64_t run_next_rest(const struct run *run)
{
    return run->rest_count ? run->rests[0].due_ms : INT64_MAX;
}

void run_wake(struct run *run)
{
    int64_t now = run_now(run);
    while (run->rest_count && run->rests[0].due_ms <= now) {
        struct item *item = run->rests[0].item;
        run->rests[0] = run->rests[--run->rest_count];
        sift_down(run->rests, run->rest_count, 0);
        item_post(item, item->act);
    }
}

int64_t item_backoff(struct item *item)
{
    int64_t delay = BACKOFF_FIRST_MS;
    for (int i = 0; i < item->attempts && delay < BACKOFF_MOST_MS; i++)
        delay *= 2;
    item->attempts++;
    if (delay > BACKOFF_MOST_MS)
        delay = BACKOFF_MOST_MS;
    uint64_t jitter = clock_random(loop_clock(item->run->given->loop)) % (uint64_t)(delay / 4);
    return delay + (int64_t)jitter;
}

void item_dirty(struct item *item)
{
    if (item->dirty)
        return;
    item->dirty = true;
    item->row.updated_ms = clock_wall(loop_clock(item->run->given->loop));
    fifo_push(&item->run->dirty, item);
}

void run_break(struct run *run, const struct error *err)
{
    if (run->halted)
        return;
    run->halted = true;
    run->ended_early = true;
    run->end = ENGINE_BROKEN;
    error_copy(&run->result->error, err);
}

void run_without_memory(struct run *run)
{
    struct error err = ERROR_INIT;
    error_no_memory(&err);
    run_break(run, &err);
    error_clear(&err);
}
