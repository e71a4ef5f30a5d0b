/* SPDX-License-Identifier: Apache-2.0 */
/* One event loop: a heap of timers over a transport's wait. */
#include "base/loop.h"

#include <stdlib.h>

struct timer {
    int64_t due_ms;
    uint64_t sequence; /* rising, so that timers of one instant fire in the order they were set */
    loop_fn *fn;
    void *context;
    uint32_t generation; /* rising with each use of the slot, so that an old id cancels nothing */
    uint32_t place;      /* in the heap; of a free slot: the next free one */
};

/* Timers stay in their slot, so that an id finds its timer at once; the heap orders the slots. */
struct loop {
    struct clock *clock;
    struct transport *transport;
    struct timer *slots;
    uint32_t *heap;
    uint32_t room;
    uint32_t count;
    uint32_t free_slot; /* NONE: all are in use */
    uint64_t last_sequence;
};

static const uint32_t NONE = UINT32_MAX;

struct loop *loop_new(struct clock *clock, struct transport *transport)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->clock = clock;
    loop->transport = transport;
    loop->free_slot = NONE;
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    free(loop->slots);
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

static bool sooner(const struct loop *loop, uint32_t a, uint32_t b)
{
    const struct timer *one = &loop->slots[loop->heap[a]];
    const struct timer *other = &loop->slots[loop->heap[b]];
    return one->due_ms != other->due_ms ? one->due_ms < other->due_ms
                                        : one->sequence < other->sequence;
}

static void put_at(struct loop *loop, uint32_t place, uint32_t slot)
{
    loop->heap[place] = slot;
    loop->slots[slot].place = place;
}

static void swap(struct loop *loop, uint32_t a, uint32_t b)
{
    uint32_t slot = loop->heap[a];
    put_at(loop, a, loop->heap[b]);
    put_at(loop, b, slot);
}

static void sift_up(struct loop *loop, uint32_t place)
{
    while (place > 0 && sooner(loop, place, (place - 1) / 2)) {
        swap(loop, place, (place - 1) / 2);
        place = (place - 1) / 2;
    }
}

static void sift_down(struct loop *loop, uint32_t place)
{
    for (;;) {
        uint32_t least = place;
        for (uint32_t child = 2 * place + 1; child <= 2 * place + 2 && child < loop->count; child++)
            if (sooner(loop, child, least))
                least = child;
        if (least == place)
            return;
        swap(loop, place, least);
        place = least;
    }
}

static bool grow(struct loop *loop)
{
    uint32_t room = loop->room ? 2 * loop->room : 64;
    if (room > UINT32_MAX / 4)
        return false;
    struct timer *slots = realloc(loop->slots, room * sizeof *slots);
    if (slots)
        loop->slots = slots;
    uint32_t *heap = slots ? realloc(loop->heap, room * sizeof *heap) : NULL;
    if (!heap)
        return false;
    loop->heap = heap;
    for (uint32_t i = loop->room; i < room; i++)
        slots[i] = (struct timer){.place = i + 1 < room ? i + 1 : NONE};
    loop->free_slot = loop->room;
    loop->room = room;
    return true;
}

static int64_t due_after(const struct loop *loop, int64_t delay_ms)
{
    int64_t now = clock_now(loop->clock);
    if (delay_ms <= 0)
        return now;
    return delay_ms < INT64_MAX - now ? now + delay_ms : INT64_MAX;
}

uint64_t loop_after(struct loop *loop, int64_t delay_ms, loop_fn *fn, void *context)
{
    if (loop->free_slot == NONE && !grow(loop))
        return 0;
    uint32_t slot = loop->free_slot;
    struct timer *timer = &loop->slots[slot];
    loop->free_slot = timer->place;
    *timer = (struct timer){.due_ms = due_after(loop, delay_ms),
                            .sequence = ++loop->last_sequence,
                            .fn = fn,
                            .context = context,
                            .generation = timer->generation + 1};
    put_at(loop, loop->count++, slot);
    sift_up(loop, timer->place);
    return (uint64_t)timer->generation << 32 | (slot + 1);
}

static void remove_at(struct loop *loop, uint32_t place)
{
    uint32_t slot = loop->heap[place];
    uint32_t last = loop->heap[--loop->count];
    if (last != slot) {
        put_at(loop, place, last);
        sift_up(loop, place);
        sift_down(loop, loop->slots[last].place);
    }
    loop->slots[slot].fn = NULL;
    loop->slots[slot].place = loop->free_slot;
    loop->free_slot = slot;
}

void loop_cancel(struct loop *loop, uint64_t id)
{
    uint32_t slot = (uint32_t)id - 1;
    if (slot >= loop->room)
        return;
    const struct timer *timer = &loop->slots[slot];
    if (timer->fn && timer->generation == id >> 32)
        remove_at(loop, timer->place);
}

/* Timers set while firing wait for the next turn, so that a turn ends. */
static bool fire_due(struct loop *loop)
{
    bool fired = false;
    int64_t now = clock_now(loop->clock);
    uint64_t newest = loop->last_sequence;
    while (loop->count) {
        const struct timer timer = loop->slots[loop->heap[0]];
        if (timer.due_ms > now || timer.sequence > newest)
            break;
        remove_at(loop, 0);
        timer.fn(timer.context);
        fired = true;
    }
    return fired;
}

bool loop_turn(struct loop *loop, int64_t max_wait_ms)
{
    /* What fired may be what the caller waits for. */
    int64_t wait = fire_due(loop) || max_wait_ms < 0 ? 0 : max_wait_ms;
    if (loop->count) {
        int64_t until = loop->slots[loop->heap[0]].due_ms - clock_now(loop->clock);
        if (until < wait)
            wait = until > 0 ? until : 0;
    }
    loop->transport->ops->wait(loop->transport, wait);
    fire_due(loop);
    return loop->count > 0;
}
