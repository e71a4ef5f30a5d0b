/* SPDX-License-Identifier: Apache-2.0 */
/* Short words for the engine's tests: steps, answers, and what must have come of them. */
#ifndef FLEXHOST_TESTS_UNIT_PLAN_TOOLS_H
#define FLEXHOST_TESTS_UNIT_PLAN_TOOLS_H

#include "plan_fixture.h"

#include <stdint.h>

#define REFUSAL(code)    "{\"error\":{\"code\":\"" code "\",\"message\":\"no\"}}"
#define STATE(state)     "{\"properties\":{\"provisioningState\":\"" state "\"}}"
#define OPERATION_URL(n) "https://arm.test/op/" n
#define ASYNC(n)         "Azure-AsyncOperation: " OPERATION_URL(n)
#define IN_PROGRESS      "{\"status\":\"InProgress\"}"
#define SUCCEEDED        "{\"status\":\"Succeeded\"}"
#define ENDED_BADLY(code)                                                                          \
    "{\"status\":\"Failed\",\"error\":{\"code\":\"" code "\",\"message\":\"no\"}}"

/* The step behind these keys; the list ends with NULL. */
struct fh_step behind(struct fh_step step, const char *const *after);
struct fh_step giving(struct fh_step step, const struct fh_output *outputs, uint32_t count);
struct fh_step post_step(const char *key, const char *path, const char *body);
struct fh_step get_step(const char *key, const char *path);

/* 201 "Creating" with this header of Azure's; times as in struct fake_rule. */
void accept_put(struct bench *bench, const char *url, int times, const char *headers);
void lose(struct bench *bench, const char *method, const char *url, int times);

void expect_end(struct bench *bench, enum engine_end end);
void expect_text(const char *text, const char *part);
/* Ends the plan: what follows is a teardown. */
void drop_plan(struct bench *bench);
/* Whether any column of any row of the journal holds the text. */
bool journal_holds(struct bench *bench, const char *text);
/* Where the text stands in the events; fails when it is not there. */
const char *event(struct bench *bench, const char *text);

#endif
