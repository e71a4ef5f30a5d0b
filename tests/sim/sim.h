/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seeded world for the real engine, the real client and the real store: its clock moves only when
 * somebody waits, its network loses, delays, doubles and reorders, its Azure is slow, full, busy or
 * broken, its store fails, and the host dies at any moment. One number gives all of it.
 */
#ifndef FLEXHOST_TESTS_SIM_SIM_H
#define FLEXHOST_TESTS_SIM_SIM_H

#include "base/clock.h"
#include "base/transport.h"
#include "store/store.h"

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_BASE  "https://arm.sim"
#define SIM_GROUP "/subscriptions/s/resourceGroups/rg"

enum { VERIFY_WINDOW_MS = 60000, LATEST_EFFECT_MS = 30000, ZONES = 3 };

/* Chances in a thousand. */
struct faults {
    int lost_before, lost_after, lost_late, not_sent, throttled, broken_before, broken_after,
        doubled, slow;
    int refused, async_failed, late_success, invisible, forgotten;
    int write_failed, crash;
};

enum resource_state { RESOURCE_CREATING, RESOURCE_DELETING, RESOURCE_SUCCEEDED, RESOURCE_FAILED };

struct resource {
    char *path;
    json_t *body;
    enum resource_state state;
    bool gone;
    bool foreign;
    int64_t visible_ms; /* reads find it from here on */
    int64_t ready_ms;   /* properties.ready from here on */
    int64_t flip_ms;    /* Failed becomes Succeeded; 0: never */
    int acted_rev;
};

struct world_operation {
    size_t resource;
    bool deletes;
    int64_t end_ms;
    int64_t late_ms;  /* after a failure: when the resource comes right all the same; 0: never */
    const char *code; /* NULL: it succeeds */
    bool ended;
    bool forgotten;
};

struct exchange;
struct event;

struct sim {
    struct clock clock;
    struct transport transport;
    int64_t now_ms;
    int64_t wall_offset_ms;
    uint64_t chance; /* of the world */
    uint64_t jitter; /* of the client */
    struct faults faults;
    bool full[ZONES];
    bool echo; /* the network delivers a request a second time */
    bool dead; /* the host: nothing it does has any effect */
    volatile sig_atomic_t interrupted;

    struct event *events; /* a heap */
    size_t event_count, event_room;
    uint64_t event_order;
    struct exchange *exchanges;
    struct resource *resources;
    size_t resource_count, resource_room;
    json_t *by_path; /* lower case -> place */
    struct world_operation *operations;
    size_t operation_count, operation_room;
    json_t *not_before; /* "METHOD url" -> ms */
    json_t *actions;    /* "path rev" -> how often */

    struct store *store; /* the real one */
    struct store flaky;  /* what the engine sees */
    bool in_transaction;
    bool cancelled; /* this operation was asked to stop */
    json_t *rows;   /* key -> [state, path], as committed */
    json_t *noted;  /* the same, of the open transaction */
    int commits;    /* since the last wait */
    char subject[40];
    char operation[40];

    uint64_t digest;
    uint64_t requests, crashes, resumes;
    bool verbose;
    char violation[1024]; /* the first */
};

/* chance.c */
uint64_t chance_next(uint64_t *state);
bool chance_of(uint64_t *state, int in_a_thousand);
int64_t chance_between(uint64_t *state, int64_t least, int64_t most);

/* network.c */
void sim_open(struct sim *sim, uint64_t seed, uint64_t number, struct store *store);
void sim_close(struct sim *sim);
void sim_log(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_violation(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum event_kind {
    EVENT_ARRIVE,
    EVENT_ANSWER,
    EVENT_OPERATION_ENDS,
    EVENT_COMES_RIGHT,
    EVENT_CANCEL,
    EVENT_INTERRUPT,
    EVENT_JUMP,
    EVENT_CRASH
};
void sim_schedule(struct sim *sim, enum event_kind kind, int64_t delay_ms, void *subject,
                  size_t index);
/* The host's memory is gone, what it has sent is not. */
void sim_forget_host(struct sim *sim);
/* Lets everything that is on its way arrive. */
void sim_settle(struct sim *sim);
void sim_drop_events(struct sim *sim, enum event_kind kind);

/* azure.c */
struct reply {
    int status;
    char headers[2][256]; /* "Name: value" */
    size_t header_count;
    char *body; /* malloced; NULL: none */
};
void azure_answer(struct sim *sim, const char *method, const char *url, const char *body,
                  struct reply *reply);
void azure_operation_ends(struct sim *sim, size_t operation);
void azure_comes_right(struct sim *sim, size_t resource);
struct resource *azure_find(struct sim *sim, const char *path);
void azure_add_foreign(struct sim *sim, const char *path);

/* flaky_store.c */
void flaky_open(struct sim *sim);
bool flaky_has_intent(const struct sim *sim, const char *path, size_t length);
/* What the host had not committed is gone. */
void flaky_reset(struct sim *sim);

#endif
