/* SPDX-License-Identifier: Apache-2.0 */
/* A world for the client's tests: a clock that only waiting moves, and a transport that answers by
 * a table. */
#ifndef FLEXHOST_TESTS_UNIT_AZURE_FAKE_H
#define FLEXHOST_TESTS_UNIT_AZURE_FAKE_H

#include "azure/arm.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/transport.h"

#include <stdbool.h>
#include <stddef.h>

/* The first rule that fits and is not used up answers. */
struct fake_rule {
    const char *method; /* NULL: any */
    const char *url;    /* a part of it; NULL: any */
    int times;          /* 0: always */
    int status;
    const char *headers; /* "Name: value\nName: value"; NULL: none */
    const char *body;    /* NULL: empty */
    enum transport_failure failure;
    bool lasting;
    int64_t delay_ms; /* 0: 10 ms */
};

struct fake_request {
    char *method;
    char *url;
    char *body;
    char *headers; /* "Name: value\n" each */
    int64_t at_ms;
};

struct fake_exchange;

struct fake {
    struct transport transport;
    struct clock clock;
    int64_t now_ms;
    uint64_t seed;
    struct fake_rule *rules;
    size_t rule_count;
    struct fake_request *requests;
    size_t request_count;
    struct fake_exchange *pending; /* by time */
    /* Asked before the rules; NULL: only rules. Returns whether it has filled the rule. */
    bool (*answer)(struct fake *fake, const struct http_request *request, struct fake_rule *rule);
    void *context;
    struct loop *loop;
    struct arm *arm;
};

/* With a loop and a client whose credential "main" is a fixed token; settings may be NULL. */
struct fake *fake_new(const struct arm_settings *settings);
/* The same with credentials of one's own. */
struct fake *fake_new_with(const struct arm_settings *settings,
                           const struct arm_credential *credentials, size_t count);
void fake_free(struct fake *fake);
void fake_add(struct fake *fake, struct fake_rule rule);
/* Turns the loop until *done, at most so much virtual time. */
void fake_run(struct fake *fake, const bool *done, int64_t limit_ms);
const char *fake_header(const struct fake_request *request, const char *name, char *value,
                        size_t size);
size_t fake_count(const struct fake *fake, const char *method, const char *url_part);

/* What done was told. */
struct fake_result {
    bool done;
    int calls;
    enum arm_outcome outcome;
    int status;
    int error_code;
    int attempts;
    char code[128];
    char message[2048];
    json_t *body;
    char *poll_url;
    char *poll_kind;
    char *poll_final;
    int64_t poll_after_ms;
    int64_t at_ms;
    struct fake *fake;
};

void fake_done(void *context, const struct arm_answer *answer);
void fake_result_clear(struct fake_result *result);

#endif
