/* SPDX-License-Identifier: Apache-2.0 */
/* The seeded clock and the seeded network. */
#include "base/text.h"
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct event {
    int64_t due_ms;
    uint64_t order;
    enum event_kind kind;
    void *subject;
    size_t index;
};

enum fate { FATE_CARRIED, FATE_DOUBLED, FATE_BROKEN_AFTER };

struct exchange {
    struct exchange *next;
    char *method;
    char *url;
    char *body;
    http_done *done;
    void *context; /* NULL: nobody waits for it */
    enum fate fate;
    enum transport_failure failure;
    struct reply reply;
    int64_t not_before_ms; /* of a 429 */
    int events;            /* that are still to come */
};

/* ---- clock ---- */

static struct sim *of_clock(struct clock *clock)
{
    return (struct sim *)((char *)clock - offsetof(struct sim, clock));
}

static int64_t sim_monotonic(struct clock *clock)
{
    return of_clock(clock)->now_ms;
}

static int64_t sim_wall(struct clock *clock)
{
    struct sim *sim = of_clock(clock);
    return INT64_C(1700000000000) + sim->now_ms + sim->wall_offset_ms;
}

static uint64_t sim_random(struct clock *clock)
{
    return chance_next(&of_clock(clock)->jitter);
}

/* ---- what happened ---- */

static void mix(struct sim *sim, const char *text)
{
    for (; *text; text++)
        sim->digest = (sim->digest ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
}

void sim_log(struct sim *sim, const char *format, ...)
{
    char line[512];
    int length = snprintf(line, sizeof line, "%9lld ", (long long)sim->now_ms);
    va_list args;
    va_start(args, format);
    vsnprintf(line + length, sizeof line - (size_t)length, format, args);
    va_end(args);
    mix(sim, line);
    if (sim->verbose)
        printf("# %s\n", line);
}

void sim_violation(struct sim *sim, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!*sim->violation)
        vsnprintf(sim->violation, sizeof sim->violation, format, args);
    va_end(args);
    sim_log(sim, "VIOLATION %s", sim->violation);
}

/* ---- events ---- */

static bool sooner(const struct event *a, const struct event *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event kept = *a;
    *a = *b;
    *b = kept;
}

void sim_schedule(struct sim *sim, enum event_kind kind, int64_t delay_ms, void *subject,
                  size_t index)
{
    if (sim->event_count == sim->event_room) {
        sim->event_room = sim->event_room ? 2 * sim->event_room : 64;
        sim->events = realloc(sim->events, sim->event_room * sizeof *sim->events);
    }
    if (kind == EVENT_ARRIVE || kind == EVENT_ANSWER)
        ((struct exchange *)subject)->events++;
    size_t i = sim->event_count++;
    sim->events[i] =
        (struct event){sim->now_ms + delay_ms, sim->event_order++, kind, subject, index};
    for (; i > 0 && sooner(&sim->events[i], &sim->events[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&sim->events[i], &sim->events[(i - 1) / 2]);
}

static struct event next_event(struct sim *sim)
{
    struct event first = sim->events[0];
    sim->events[0] = sim->events[--sim->event_count];
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < sim->event_count; child++)
            if (sooner(&sim->events[child], &sim->events[least]))
                least = child;
        if (least == i)
            return first;
        swap(&sim->events[i], &sim->events[least]);
        i = least;
    }
}

void sim_drop_events(struct sim *sim, enum event_kind kind)
{
    struct event *kept = sim->events;
    size_t count = sim->event_count;
    if (!count)
        return;
    struct event *all = malloc((count + 1) * sizeof *all);
    memcpy(all, kept, count * sizeof *all);
    sim->event_count = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].kind != kind)
            sim->events[sim->event_count++] = all[i];
    /* A heap again: few events, seldom done. */
    for (size_t i = 1; i < sim->event_count; i++)
        for (size_t j = i; j > 0 && sooner(&sim->events[j], &sim->events[(j - 1) / 2]);
             j = (j - 1) / 2)
            swap(&sim->events[j], &sim->events[(j - 1) / 2]);
    free(all);
}

static void arrive(struct sim *sim, struct exchange *exchange)
{
    azure_answer(sim, exchange->method, exchange->url, exchange->body, &exchange->reply);
    if (exchange->fate == FATE_DOUBLED && exchange->reply.status < 300) {
        struct reply again = {0};
        sim->echo = true;
        azure_answer(sim, exchange->method, exchange->url, exchange->body, &again);
        sim->echo = false;
        free(again.body);
    }
    sim_log(sim, "%s %s -> %d", exchange->method, exchange->url + strlen(SIM_BASE),
            exchange->reply.status);
    if (exchange->fate == FATE_BROKEN_AFTER) {
        free(exchange->reply.body);
        exchange->reply = (struct reply){.status = 504};
    }
    if (exchange->failure == TRANSPORT_OK)
        sim_schedule(sim, EVENT_ANSWER, chance_between(&sim->chance, 1, 60), exchange, 0);
}

static void remember_throttle(struct sim *sim, const struct exchange *exchange)
{
    char *key =
        text_format("%s %.*s", exchange->method, (int)strcspn(exchange->url, "?"), exchange->url);
    json_object_set_new(sim->not_before, key, json_integer(exchange->not_before_ms));
    free(key);
}

static void tell(struct sim *sim, struct exchange *exchange)
{
    if (!exchange->context || sim->dead)
        return;
    if (exchange->not_before_ms)
        remember_throttle(sim, exchange);
    struct http_header headers[2];
    struct reply *reply = &exchange->reply;
    struct http_response response = {.failure = exchange->failure, .headers = headers, .body = ""};
    if (exchange->failure == TRANSPORT_OK) {
        response.status = reply->status;
        response.body = reply->body ? reply->body : "";
        response.body_length = strlen(response.body);
        for (size_t i = 0; i < reply->header_count; i++) {
            char *colon = strstr(reply->headers[i], ": ");
            *colon = '\0';
            headers[response.header_count++] = (struct http_header){reply->headers[i], colon + 2};
        }
    } else {
        response.reason = "the connection broke";
    }
    void *context = exchange->context;
    exchange->context = NULL;
    exchange->done(context, &response);
}

static void free_exchange(struct exchange *exchange)
{
    free(exchange->method);
    free(exchange->url);
    free(exchange->body);
    free(exchange->reply.body);
    free(exchange);
}

static void drop_if_through(struct sim *sim, struct exchange *exchange)
{
    if (--exchange->events > 0)
        return;
    struct exchange **link = &sim->exchanges;
    while (*link != exchange)
        link = &(*link)->next;
    *link = exchange->next;
    free_exchange(exchange);
}

static void happen(struct sim *sim, const struct event *event)
{
    switch (event->kind) {
    case EVENT_ARRIVE:
        arrive(sim, event->subject);
        drop_if_through(sim, event->subject);
        break;
    case EVENT_ANSWER:
        tell(sim, event->subject);
        drop_if_through(sim, event->subject);
        break;
    case EVENT_OPERATION_ENDS:
        azure_operation_ends(sim, event->index);
        break;
    case EVENT_COMES_RIGHT:
        azure_comes_right(sim, event->index);
        break;
    case EVENT_CANCEL:
        sim_log(sim, "cancel is requested");
        sim->cancelled = true;
        sim->store->ops->operation_request_cancel(sim->store, sim->operation, NULL);
        break;
    case EVENT_INTERRUPT:
        sim_log(sim, "interrupt");
        sim->interrupted = 1;
        break;
    case EVENT_JUMP:
        sim->wall_offset_ms += ((int64_t)event->index - 5000) * 1000;
        sim_log(sim, "the clock jumps by %lld s", (long long)event->index - 5000);
        break;
    case EVENT_CRASH:
        sim_log(sim, "crash");
        sim->crashes += !sim->dead;
        sim->dead = true;
        break;
    }
}

/* ---- transport ---- */

static struct sim *of_transport(struct transport *transport)
{
    return (struct sim *)((char *)transport - offsetof(struct sim, transport));
}

static bool is_mutating(const char *method)
{
    return strcmp(method, "GET") != 0;
}

static void check_intent(struct sim *sim, const char *method, const char *url)
{
    const char *path = url + strlen(SIM_BASE);
    if (!flaky_has_intent(sim, path, strcspn(path, "?")))
        sim_violation(sim, "%s %s left without an intent in the journal", method, url);
}

static void check_pace(struct sim *sim, const char *method, const char *url)
{
    char *key = text_format("%s %.*s", method, (int)strcspn(url, "?"), url);
    json_int_t not_before = json_integer_value(json_object_get(sim->not_before, key));
    if (sim->now_ms < not_before)
        sim_violation(sim, "%s was asked %lld ms before its Retry-After", key,
                      (long long)(not_before - sim->now_ms));
    json_object_del(sim->not_before, key);
    free(key);
}

static void throttle(struct sim *sim, struct exchange *exchange)
{
    int64_t seconds = chance_between(&sim->chance, 1, 20);
    exchange->reply = (struct reply){.status = 429, .header_count = 1};
    snprintf(exchange->reply.headers[0], sizeof exchange->reply.headers[0], "Retry-After: %lld",
             (long long)seconds);
    exchange->reply.body =
        strdup("{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"slow\"}}");
    exchange->not_before_ms = sim->now_ms + seconds * 1000;
}

static void lose(struct sim *sim, struct exchange *exchange, enum transport_failure failure)
{
    exchange->failure = failure;
    sim_schedule(sim, EVENT_ANSWER, chance_between(&sim->chance, 1, 4000), exchange, 0);
}

/* What becomes of a request, and when. */
static void send_off(struct sim *sim, struct exchange *exchange)
{
    const struct faults *faults = &sim->faults;
    uint64_t *chance = &sim->chance;
    int64_t delay = chance_between(chance, 1, 60);
    if (chance_of(chance, faults->slow))
        delay = chance_between(chance, 60, 8000);
    if (chance_of(chance, faults->not_sent)) {
        lose(sim, exchange, TRANSPORT_NOT_SENT);
        return;
    }
    if (chance_of(chance, faults->throttled)) {
        throttle(sim, exchange);
        sim_log(sim, "%s %s -> throttled", exchange->method, exchange->url + strlen(SIM_BASE));
        sim_schedule(sim, EVENT_ANSWER, 0, exchange, 0);
        return;
    }
    if (chance_of(chance, faults->broken_before)) {
        exchange->reply = (struct reply){.status = 500};
        sim_schedule(sim, EVENT_ANSWER, delay, exchange, 0);
        return;
    }
    if (chance_of(chance, faults->lost_before)) {
        sim_log(sim, "%s %s lost", exchange->method, exchange->url + strlen(SIM_BASE));
        lose(sim, exchange, TRANSPORT_LOST);
        return;
    }
    if (chance_of(chance, faults->lost_after))
        lose(sim, exchange, TRANSPORT_LOST);
    else if (chance_of(chance, faults->lost_late)) {
        lose(sim, exchange, TRANSPORT_LOST);
        delay = chance_between(chance, 1000, LATEST_EFFECT_MS);
    } else if (chance_of(chance, faults->broken_after))
        exchange->fate = FATE_BROKEN_AFTER;
    else if (chance_of(chance, faults->doubled) && strcmp(exchange->method, "POST") != 0)
        exchange->fate = FATE_DOUBLED;
    sim_schedule(sim, EVENT_ARRIVE, delay, exchange, 0);
}

static int sim_submit(struct transport *transport, const struct http_request *request,
                      http_done *done, void *context)
{
    struct sim *sim = of_transport(transport);
    if (sim->dead)
        return 0;
    sim->requests++;
    if (is_mutating(request->method))
        check_intent(sim, request->method, request->url);
    check_pace(sim, request->method, request->url);
    struct exchange *exchange = calloc(1, sizeof *exchange);
    exchange->method = strdup(request->method);
    exchange->url = strdup(request->url);
    exchange->body = request->body ? strndup(request->body, request->body_length) : NULL;
    exchange->done = done;
    exchange->context = context;
    exchange->next = sim->exchanges;
    sim->exchanges = exchange;
    send_off(sim, exchange);
    if (sim->verbose && exchange->body)
        printf("# %s %s\n", exchange->method, exchange->body);
    if (chance_of(&sim->chance, sim->faults.crash)) {
        sim_log(sim, "crash after sending");
        sim->crashes++;
        sim->dead = true;
    }
    return 0;
}

static void sim_wait(struct transport *transport, int64_t timeout_ms)
{
    struct sim *sim = of_transport(transport);
    if (sim->commits > 2)
        sim_violation(sim, "%d commits in one turn", sim->commits);
    sim->commits = 0;
    int64_t end = sim->now_ms + timeout_ms;
    if (!sim->event_count || sim->events[0].due_ms > end) {
        sim->now_ms = end;
        return;
    }
    struct event event = next_event(sim);
    if (event.due_ms > sim->now_ms)
        sim->now_ms = event.due_ms;
    happen(sim, &event);
}

static void sim_cancel(struct transport *transport, void *context)
{
    for (struct exchange *e = of_transport(transport)->exchanges; e; e = e->next)
        if (e->context == context)
            e->context = NULL;
}

static void sim_free(struct transport *transport)
{
}

void sim_forget_host(struct sim *sim)
{
    for (struct exchange *e = sim->exchanges; e; e = e->next)
        e->context = NULL;
    json_object_clear(sim->not_before);
    sim->dead = false;
    sim->interrupted = 0;
    sim->commits = 0;
}

void sim_settle(struct sim *sim)
{
    while (sim->event_count) {
        struct event event = next_event(sim);
        if (event.due_ms > sim->now_ms)
            sim->now_ms = event.due_ms;
        happen(sim, &event);
    }
}

void sim_open(struct sim *sim, uint64_t seed, uint64_t number, struct store *store)
{
    static const struct clock_ops clock_ops = {sim_monotonic, sim_wall, sim_random};
    static const struct transport_ops transport_ops = {sim_submit, sim_wait, sim_free, sim_cancel};
    bool verbose = sim->verbose;
    memset(sim, 0, sizeof *sim);
    sim->verbose = verbose;
    sim->clock.ops = &clock_ops;
    sim->transport.ops = &transport_ops;
    sim->chance = seed * 3 + 1;
    sim->jitter = seed * 5 + 2;
    sim->digest = UINT64_C(0xcbf29ce484222325);
    sim->by_path = json_object();
    sim->not_before = json_object();
    sim->actions = json_object();
    sim->rows = json_object();
    sim->noted = json_array();
    sim->store = store;
    snprintf(sim->subject, sizeof sim->subject, "00000000-0000-7000-8000-%012llx",
             (unsigned long long)number);
    flaky_open(sim);
}

void sim_close(struct sim *sim)
{
    while (sim->exchanges) {
        struct exchange *next = sim->exchanges->next;
        free_exchange(sim->exchanges);
        sim->exchanges = next;
    }
    for (size_t i = 0; i < sim->resource_count; i++) {
        free(sim->resources[i].path);
        json_decref(sim->resources[i].body);
    }
    free(sim->resources);
    free(sim->operations);
    free(sim->events);
    json_decref(sim->by_path);
    json_decref(sim->not_before);
    json_decref(sim->actions);
    json_decref(sim->rows);
    json_decref(sim->noted);
}
