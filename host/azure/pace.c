/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets: a request spends one, time gives them back, Azure's headers correct the count. */
#include "azure/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct pace_bucket {
    struct pace *pace;
    struct pace_bucket *next;
    size_t principal;
    enum pace_class class;
    double tokens;
    int64_t counted_ms;    /* when tokens was right */
    int64_t stopped_until; /* nothing leaves before */
    size_t in_flight;
    struct pace_ticket *first;
    struct pace_ticket *last;
    uint64_t timer;
    char subscription[64]; /* longer ones share a bucket, which only makes them slower */
};

struct pace {
    struct loop *loop;
    struct pace_rate rates[PACE_CLASSES];
    struct pace_bucket *buckets;
};

/* A token is whole although the sum of its fractions falls short. */
static const double NEARLY = 1e-6;

struct pace *pace_new(struct loop *loop, const struct pace_rate rates[PACE_CLASSES])
{
    struct pace *pace = calloc(1, sizeof *pace);
    if (!pace)
        return NULL;
    pace->loop = loop;
    memcpy(pace->rates, rates, sizeof pace->rates);
    return pace;
}

void pace_free(struct pace *pace)
{
    if (!pace)
        return;
    while (pace->buckets) {
        struct pace_bucket *bucket = pace->buckets;
        pace->buckets = bucket->next;
        if (bucket->timer)
            loop_cancel(pace->loop, bucket->timer);
        free(bucket);
    }
    free(pace);
}

static int64_t now_ms(const struct pace *pace)
{
    return clock_now(loop_clock(pace->loop));
}

static struct pace_bucket *find_bucket(struct pace *pace, size_t principal,
                                       const char *subscription, size_t length,
                                       enum pace_class class)
{
    struct pace_bucket **link = &pace->buckets;
    if (length >= sizeof((struct pace_bucket *)0)->subscription)
        length = sizeof((struct pace_bucket *)0)->subscription - 1;
    for (; *link; link = &(*link)->next) {
        struct pace_bucket *bucket = *link;
        if (bucket->principal == principal && bucket->class == class &&
            strlen(bucket->subscription) == length &&
            strncasecmp(bucket->subscription, subscription, length) == 0)
            return bucket;
    }
    struct pace_bucket *bucket = calloc(1, sizeof *bucket);
    if (!bucket)
        return NULL;
    bucket->pace = pace;
    bucket->principal = principal;
    bucket->class = class;
    bucket->tokens = pace->rates[class].burst;
    bucket->counted_ms = now_ms(pace);
    memcpy(bucket->subscription, subscription, length);
    *link = bucket;
    return bucket;
}

static void refill(struct pace_bucket *bucket)
{
    const struct pace_rate *rate = &bucket->pace->rates[bucket->class];
    int64_t now = now_ms(bucket->pace);
    if (now <= bucket->counted_ms)
        return;
    bucket->tokens += (double)(now - bucket->counted_ms) * rate->per_second / 1000;
    if (bucket->tokens > rate->burst)
        bucket->tokens = rate->burst;
    bucket->counted_ms = now;
}

/* How long until a request may leave. */
static int64_t delay_of(struct pace_bucket *bucket)
{
    const struct pace_rate *rate = &bucket->pace->rates[bucket->class];
    int64_t stopped = bucket->stopped_until - now_ms(bucket->pace);
    if (stopped > 0)
        return stopped;
    if (rate->burst <= 0)
        return 0;
    refill(bucket);
    double missing = 1 - bucket->tokens - NEARLY;
    return missing <= 0 ? 0 : (int64_t)ceil(missing * 1000 / rate->per_second);
}

static void spend(struct pace_bucket *bucket)
{
    if (bucket->pace->rates[bucket->class].burst > 0)
        bucket->tokens -= 1;
    bucket->in_flight++;
}

static void unlink_ticket(struct pace_ticket *ticket)
{
    struct pace_bucket *bucket = ticket->bucket;
    if (ticket->previous)
        ticket->previous->next = ticket->next;
    else
        bucket->first = ticket->next;
    if (ticket->next)
        ticket->next->previous = ticket->previous;
    else
        bucket->last = ticket->previous;
    ticket->previous = ticket->next = NULL;
    ticket->waiting = false;
}

/* Where an urgent one goes: behind those that are urgent as well. */
static struct pace_ticket *last_urgent(const struct pace_bucket *bucket)
{
    struct pace_ticket *last = NULL;
    for (struct pace_ticket *each = bucket->first; each && each->urgent; each = each->next)
        last = each;
    return last;
}

static void link_ticket(struct pace_bucket *bucket, struct pace_ticket *ticket, bool urgent)
{
    ticket->urgent = urgent;
    ticket->previous = urgent ? last_urgent(bucket) : bucket->last;
    ticket->next = ticket->previous ? ticket->previous->next : bucket->first;
    if (ticket->previous)
        ticket->previous->next = ticket;
    else
        bucket->first = ticket;
    if (ticket->next)
        ticket->next->previous = ticket;
    else
        bucket->last = ticket;
    ticket->waiting = true;
}

static void grant_waiting(void *context);

static bool schedule(struct pace_bucket *bucket)
{
    if (!bucket->timer && bucket->first)
        bucket->timer = loop_after(bucket->pace->loop, delay_of(bucket), grant_waiting, bucket);
    return bucket->timer || !bucket->first;
}

static void grant_waiting(void *context)
{
    struct pace_bucket *bucket = context;
    bucket->timer = 0;
    while (bucket->first && delay_of(bucket) == 0) {
        struct pace_ticket *ticket = bucket->first;
        unlink_ticket(ticket);
        spend(bucket);
        ticket->in_flight = true;
        ticket->granted(ticket);
    }
    schedule(bucket);
}

int pace_enter(struct pace *pace, struct pace_ticket *ticket, size_t principal,
               const char *subscription, size_t subscription_length, enum pace_class class,
               bool urgent)
{
    struct pace_bucket *bucket =
        find_bucket(pace, principal, subscription, subscription_length, class);
    if (!bucket)
        return -1;
    ticket->bucket = bucket;
    if (!bucket->first && delay_of(bucket) == 0) {
        spend(bucket);
        ticket->in_flight = true;
        return 1;
    }
    link_ticket(bucket, ticket, urgent);
    if (schedule(bucket))
        return 0;
    unlink_ticket(ticket);
    ticket->bucket = NULL;
    return -1;
}

static void land(struct pace_ticket *ticket)
{
    if (ticket->in_flight)
        ticket->bucket->in_flight--;
    ticket->in_flight = false;
}

void pace_leave(struct pace_ticket *ticket)
{
    if (!ticket->bucket)
        return;
    if (ticket->waiting)
        unlink_ticket(ticket);
    land(ticket);
    ticket->bucket = NULL;
}

void pace_answered(struct pace_ticket *ticket, int64_t remaining)
{
    struct pace_bucket *bucket = ticket->bucket;
    if (!bucket)
        return;
    land(ticket);
    if (remaining < 0)
        return;
    /* Those in flight may not be counted yet. Azure counts whole tokens, and ours have grown since:
     * less than one apart is no disagreement. Never raised: the rate is the operator's. */
    refill(bucket);
    double left = (double)remaining - (double)bucket->in_flight;
    if (left < 0)
        left = 0;
    if (bucket->tokens > left + 1)
        bucket->tokens = left;
}

void pace_stop(struct pace_ticket *ticket, int64_t delay_ms)
{
    struct pace_bucket *bucket = ticket->bucket;
    if (!bucket)
        return;
    int64_t until = now_ms(bucket->pace) + delay_ms;
    if (until <= bucket->stopped_until)
        return;
    bucket->stopped_until = until;
    /* When the stop is over there is one token, not what would have gathered meanwhile: Azure's
     * bucket was empty. */
    bucket->tokens = 1;
    bucket->counted_ms = until;
    if (bucket->timer)
        loop_cancel(bucket->pace->loop, bucket->timer);
    bucket->timer = 0;
    schedule(bucket);
}
