/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens: one at a time for each credential, fetched once however many calls wait for it. */
#ifndef FLEXHOST_AZURE_TOKEN_H
#define FLEXHOST_AZURE_TOKEN_H

#include "azure/arm.h"
#include "base/error.h"
#include "base/loop.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct token_source;

struct token_settings {
    struct loop *loop;
    const char *authority; /* borrowed, like all of these, until token_source_free */
    const char *audience;
    const char *metadata;
    const char *user_agent;
    int64_t timeout_ms;
    void (*trace)(void *context, const char *line);
    void *trace_context;
    int64_t *requests; /* counted up */
    /* Set by a signal's handler: nobody waits for a person any longer. NULL: never. */
    const volatile sig_atomic_t *interrupted;
};

/* A place among those that wait; part of the caller's call. Zero-initialise. */
struct token_waiter {
    struct token_source *source; /* NULL: does not wait */
    struct token_waiter *previous;
    struct token_waiter *next;
    /* err NULL: a token is there. Called once. */
    void (*ready)(struct token_waiter *waiter, const struct error *err);
};

/* The credential is copied. */
struct token_source *token_source_new(const struct token_settings *settings,
                                      const struct arm_credential *credential);
void token_source_free(struct token_source *source);

const char *token_source_name(const struct token_source *source);
bool token_source_is_person(const struct token_source *source);
/* Where the credential comes from: "flexhost.ini:12"; never NULL. */
const char *token_source_origin(const struct token_source *source);

/* The token, borrowed until the loop turns; NULL when there is none yet: wait. */
const char *token_get(struct token_source *source);
/* The token that token_get gave, however old by now; "" if it was rejected meanwhile. */
const char *token_held(const struct token_source *source);
/* Rises with each token: what token_reject takes. */
uint64_t token_generation(const struct token_source *source);
/* Calls waiter->ready from the loop when a token is there, or why there is none. */
int token_wait(struct token_source *source, struct token_waiter *waiter);
/* As token_wait, but a person signs in anew, whatever is kept. Only for ARM_PERSON. */
int token_sign_in(struct token_source *source, struct token_waiter *waiter);
void token_leave(struct token_waiter *waiter);
/* Azure has refused this generation (401): the next call fetches another. */
void token_reject(struct token_source *source, uint64_t generation);

#endif
