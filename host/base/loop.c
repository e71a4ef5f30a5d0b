/* SPDX-License-Identifier: Apache-2.0 */
/* One event loop: a heap of timers over a transport's wait. */
#include "base/loop.h"

#include <stdlib.h>

struct timer {
    int64_t due_ms;
    uint64_t id; /* rising, so that timers of one instant fire in the order they were set */
    loop_fn *fn; /* NULL: cancelled */
    void *context;
};

struct loop {
    struct clock *clock;
    struct transport *transport;
    struct timer *heap;
    size_t count;
    size_t room;
    uint64_t last_id;
};

struct loop *loop_new(struct clock *clock, struct transport *transport)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->clock = clock;
    loop->transport = transport;
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    free(loop->heap);
    free(loop);
}

struct clock *loop_clock(struct loop *loop)
{
    return loop->clock;
}

struct transport *loop_transport(struct loop *loop)
{
    return loop->transport;
}

static bool sooner(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->id < b->id;
}

static void swap(struct timer *a, struct timer *b)
{
    struct timer kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_up(struct loop *loop, size_t i)
{
    while (i > 0 && sooner(&loop->heap[i], &loop->heap[(i - 1) / 2])) {
        swap(&loop->heap[i], &loop->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct loop *loop, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < loop->count; child++)
            if (sooner(&loop->heap[child], &loop->heap[least]))
                least = child;
        if (least == i)
            return;
        swap(&loop->heap[i], &loop->heap[least]);
        i = least;
    }
}

uint64_t loop_after(struct loop *loop, int64_t delay_ms, loop_fn *fn, void *context)
{
    if (loop->count == loop->room) {
        size_t room = loop->room ? 2 * loop->room : 64;
        struct timer *heap = realloc(loop->heap, room * sizeof *heap);
        if (!heap)
            return 0;
        loop->heap = heap;
        loop->room = room;
    }
    int64_t due = clock_now(loop->clock) + (delay_ms > 0 ? delay_ms : 0);
    loop->heap[loop->count] = (struct timer){due, ++loop->last_id, fn, context};
    sift_up(loop, loop->count++);
    return loop->last_id;
}

void loop_cancel(struct loop *loop, uint64_t timer)
{
    for (size_t i = 0; i < loop->count; i++)
        if (loop->heap[i].id == timer) {
            loop->heap[i] = loop->heap[--loop->count];
            if (i < loop->count) {
                sift_up(loop, i);
                sift_down(loop, i);
            }
            return;
        }
}

/* Timers set while firing wait for the next turn, so that a turn ends. */
static void fire_due(struct loop *loop)
{
    int64_t now = clock_now(loop->clock);
    uint64_t newest = loop->last_id;
    while (loop->count && loop->heap[0].due_ms <= now && loop->heap[0].id <= newest) {
        struct timer timer = loop->heap[0];
        loop->heap[0] = loop->heap[--loop->count];
        sift_down(loop, 0);
        timer.fn(timer.context);
    }
}

bool loop_turn(struct loop *loop, int64_t max_wait_ms)
{
    fire_due(loop);
    int64_t wait = max_wait_ms;
    if (loop->count) {
        int64_t until = loop->heap[0].due_ms - clock_now(loop->clock);
        if (until < wait)
            wait = until > 0 ? until : 0;
    }
    loop->transport->ops->wait(loop->transport, wait);
    fire_due(loop);
    return loop->count > 0;
}
