/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand: rules that match requests and say what goes wrong. */
#ifndef AZURE_LOCAL_FAULT_H
#define AZURE_LOCAL_FAULT_H

#include "sim.h"

struct op;
struct resource;

enum effect {
    EFFECT_STATUS,        /* an error status instead of the effect */
    EFFECT_ASYNC_FAILURE, /* accepted, then the operation fails */
    EFFECT_LATE_SUCCESS,  /* accepted, reported as failed, then done all the same */
    EFFECT_LOST_REQUEST,  /* the connection closes before anything happens */
    EFFECT_LOST_REPLY,    /* everything happens, then the connection closes */
    EFFECT_NOT_FOUND,     /* after the PUT a GET gives 404 for some reads or some time */
    EFFECT_EXPIRE_TOKEN,  /* the token that came with the request is no good any more */
    EFFECT_MALFORMED,     /* the answer is not JSON */
    EFFECT_SLOW,          /* the answer takes its time */
    EFFECT_TRUNCATED,     /* the answer ends early */
    EFFECT_COUNT
};

struct fault {
    char *name, *method, *path, *code, *message;
    enum effect effect;
    int status;
    long long nth, count;  /* the first match that is hit, and how many are (-1: all) */
    long long retry_after; /* the client's seconds; -1: no header */
    long long after;       /* late success, Azure's seconds */
    long long delay;       /* slow, the client's milliseconds */
    long long reads;       /* not found, reads */
    long long seconds;     /* not found, Azure's seconds */
    bool wrapper;
    long long matched, hit;
};

struct faults;

struct faults *faults_new(void);
void faults_end(struct faults *faults);
void faults_clear(struct faults *faults);
/* 0, or -1 with a sentence. */
int faults_add(struct faults *faults, const json_t *rule, char *why, size_t size);
json_t *faults_show(const struct faults *faults);

/* Before a request is handled. True: it has its answer already. */
bool fault_before(struct exchange *x);
/* After it was handled. */
void fault_after(struct exchange *x);
/* An operation starts on behalf of the request. */
void fault_on_operation(struct exchange *x, struct op *op);
/* A resource was made by the request. */
void fault_on_resource(struct exchange *x, struct resource *resource);

#endif
