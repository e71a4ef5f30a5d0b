/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks. Azure's clock runs `scale` times faster than the client's: operations and token
 * buckets live on it. The calendar runs with the client's, since certificates, tokens and
 * signatures carry dates that both sides compare. Both can be advanced.
 */
#ifndef AZURE_LOCAL_CLOCK_H
#define AZURE_LOCAL_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void event_fn(void *subject);

struct event {
    int64_t due;
    uint64_t order;
    event_fn *fn;
    void *subject;
    bool owned; /* the subject is freed with the event */
};

struct clock {
    double scale;
    int64_t started;  /* monotonic milliseconds */
    int64_t advanced; /* milliseconds added by hand */
    int64_t shifted;  /* the same, of the calendar */
    struct event *heap;
    size_t count, space;
    uint64_t orders;
};

void clock_start(struct clock *clock, double scale);
int64_t clock_real(void);                          /* monotonic milliseconds of the client */
int64_t clock_azure(const struct clock *clock);    /* milliseconds of Azure since the start */
int64_t clock_calendar(const struct clock *clock); /* milliseconds since 1970 */
/* Azure's milliseconds as the client counts them. */
int64_t clock_to_client(const struct clock *clock, int64_t azure);
void clock_at(struct clock *clock, int64_t due, event_fn *fn, void *subject);
/* The same; `subject` is freed afterwards. */
void clock_at_own(struct clock *clock, int64_t due, event_fn *fn, void *subject);
/* Runs what is due, in order of time. */
void clock_pump(struct clock *clock);
void clock_end(struct clock *clock);

#endif
