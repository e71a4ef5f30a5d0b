/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks, and a heap of events that are looked at before every request. */
#include "clock.h"

#include "pool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_real(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_start(struct clock *clock, double scale)
{
    memset(clock, 0, sizeof *clock);
    clock->scale = scale;
    clock->started = clock_real();
}

int64_t clock_azure(const struct clock *clock)
{
    return (int64_t)((double)(clock_real() - clock->started) * clock->scale) + clock->advanced;
}

int64_t clock_calendar(const struct clock *clock)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + clock->shifted;
}

int64_t clock_to_client(const struct clock *clock, int64_t azure)
{
    return (int64_t)((double)azure / clock->scale);
}

static int before(const struct event *a, const struct event *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void swap(struct clock *clock, size_t a, size_t b)
{
    struct event event = clock->heap[a];

    clock->heap[a] = clock->heap[b];
    clock->heap[b] = event;
}

static void sink(struct clock *clock, size_t at)
{
    for (;;) {
        size_t least = at;

        for (size_t child = at * 2 + 1; child <= at * 2 + 2 && child < clock->count; child++)
            if (before(&clock->heap[child], &clock->heap[least]))
                least = child;
        if (least == at)
            return;
        swap(clock, at, least);
        at = least;
    }
}

static void add(struct clock *clock, struct event event)
{
    size_t at = clock->count++;

    if (clock->count > clock->space) {
        clock->space = clock->space ? clock->space * 2 : 64;
        clock->heap = must_grow(clock->heap, clock->space * sizeof *clock->heap);
    }
    event.order = clock->orders++;
    clock->heap[at] = event;
    while (at && before(&clock->heap[at], &clock->heap[(at - 1) / 2])) {
        swap(clock, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

void clock_at(struct clock *clock, int64_t due, event_fn *fn, void *subject)
{
    add(clock, (struct event){.due = due, .fn = fn, .subject = subject});
}

void clock_at_own(struct clock *clock, int64_t due, event_fn *fn, void *subject)
{
    add(clock, (struct event){.due = due, .fn = fn, .subject = subject, .owned = true});
}

void clock_pump(struct clock *clock)
{
    int64_t now = clock_azure(clock);

    while (clock->count && clock->heap[0].due <= now) {
        struct event event = clock->heap[0];

        clock->heap[0] = clock->heap[--clock->count];
        sink(clock, 0);
        event.fn(event.subject);
        if (event.owned)
            free(event.subject);
    }
}

void clock_end(struct clock *clock)
{
    for (size_t i = 0; i < clock->count; i++)
        if (clock->heap[i].owned)
            free(clock->heap[i].subject);
    free(clock->heap);
}
