/* SPDX-License-Identifier: Apache-2.0 */
/* The simulation as a whole, and one exchange with it. */
#ifndef AZURE_LOCAL_SIM_H
#define AZURE_LOCAL_SIM_H

#include "clock.h"
#include "pool.h"
#include "table.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct options {
    int port;
    const char *port_file;
    const char *ca_file;
    const char *world_file;
    const char *record_file;
    uint64_t seed;
    double time_scale;
    bool no_tls;
    bool no_throttle;
    bool quiet;
};

struct pair {
    const char *name, *value;
};

struct pairs {
    struct pair *list;
    size_t count, space;
};

enum verb { VERB_GET, VERB_HEAD, VERB_PUT, VERB_POST, VERB_PATCH, VERB_DELETE, VERB_OTHER };

struct request {
    const char *method;
    enum verb verb;
    const char *target; /* path and query as sent */
    const char *path;   /* decoded */
    struct pairs query, headers;
    char *body;
    size_t size, space;
    json_t *json; /* NULL when absent or not JSON */
};

enum fate {
    FATE_SENT,     /* the client gets the answer */
    FATE_LOST,     /* the connection is closed without one */
    FATE_TRUNCATED /* and with half of the body */
};

struct content;

struct answer {
    int status;
    struct pairs headers;
    json_t *json;
    const void *raw;        /* instead of json; lives in the pool */
    struct content *stream; /* or this instead, from `from` on; ended with the exchange */
    uint64_t from;
    size_t size;
    const char *type;
    enum fate fate;
    bool garbled;
    int64_t delay; /* the client's milliseconds */
};

enum { MOST_SEGMENTS = 32, MOST_NAMES = 8 };

/* A resource id, taken apart. Texts are as sent; `key` and `kind` are lower case. */
struct arm_path {
    const char *segment[MOST_SEGMENTS];
    size_t count;
    const char *subscription, *group;
    const char *scope;            /* what stands before the last /providers/ */
    const char *type;             /* Microsoft.Network/virtualNetworks/subnets */
    const char *type_key;         /* the same in lower case */
    const char *name[MOST_NAMES]; /* one for each part of the type */
    size_t names, types;          /* types is names + 1 for a collection or an action */
    const char *id, *key;         /* of the resource, or the collection */
    const char *parent_key;       /* of the resource that contains it; NULL at the top */
};

struct principal;
struct op;

struct exchange {
    struct sim *sim;
    struct pool pool;
    struct request q;
    struct answer a;
    struct arm_path path;
    const char *api_version;
    const struct principal *caller;
    const char *correlation;
    const char *request_id;
    const struct fault *async_fault; /* waits for the operation that this request starts */
    bool unhandled;
};

/* What the throttling and the counting know of one principal and elsewhere is in their rooms. */
struct sim {
    const struct options *options;
    struct clock clock;
    uint64_t guids; /* how many were given out */
    char *base;     /* https://127.0.0.1:PORT */
    struct world *world;
    struct store *store;
    struct table ops;
    struct table leases;   /* of subnets */
    struct table cores;    /* in use, by subscription and region; to long long */
    struct table capacity; /* in use, by region, zone and size; to long long */
    struct tokens *tokens;
    struct signins *signins;
    struct throttle *throttle;
    struct faults *faults;
    struct counts *counts;
    struct blobs *blobs;
    json_t *vaults; /* key vaults and those that were deleted, by name: see vault.h */
    json_t *machine_roots, *script_answers; /* see script.h */
    struct table scripts;                   /* that run, by key of the run command */
    json_t *images;                         /* versions that were added to the marketplace */
    FILE *record;
};

/* exchange.c */
void pairs_add(struct pool *pool, struct pairs *pairs, const char *name, const char *value);
const char *pairs_get(const struct pairs *pairs, const char *name);
const char *header(const struct exchange *x, const char *name);
const char *query(const struct exchange *x, const char *name);
void reply_header(struct exchange *x, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Takes the reference to `body`, which may be NULL. Returns 0, so that a handler can end with it.
 */
int reply(struct exchange *x, int status, json_t *body);
int reply_raw(struct exchange *x, int status, const char *type, const void *data, size_t size);
/* {"error":{"code","message"}}; returns -1, so that a check can end with it. */
int refuse(struct exchange *x, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool refused(const struct exchange *x);
/* Adds to the error's details. */
void refuse_detail(struct exchange *x, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Each a new one, the same for the same seed and order. */
char *new_guid(struct sim *sim, struct pool *pool);
/* The same for the same seed and name. */
char *named_guid(struct sim *sim, struct pool *pool, const char *name);
/* A number in low..high that depends on the seed and the name alone. */
int64_t draw(const struct sim *sim, const char *name, int64_t low, int64_t high);

/* path.c: -1 when it is no ARM path. */
int arm_path_parse(struct pool *pool, const char *path, struct arm_path *out);

/* router.c */
void route(struct exchange *x);

#endif
